//! Smart card: requirements of the management-tree side, `SC-001` to `SC-004`.

use super::rule::{Family, LeftOut};

pub(super) static FAMILY: Family = Family {
    letters: "SC",
    title: "Smart card",
    left_out: &[
        LeftOut {
            id: "SC-001",
            title: "What a smart card holds for the bootstrap is a provisioning document or a message of DM as others are",
            why: "Needs the files of the card, which go to the device over no network; dmscope decode shows one that was read from the card.",
        },
        LeftOut {
            id: "SC-002",
            title: "What came from a smart card goes when the card is removed or changed",
            why: "Needs the files of the card, and when it was in the device: no capture shows either.",
        },
        LeftOut {
            id: "SC-003",
            title: "The content of a smart card is applied when the device is switched on",
            why: "Happens inside the device; a session shows at most that an account is there, not where it comes from.",
        },
        LeftOut {
            id: "SC-004",
            title: "A session with a server on the smart card follows the rules of every session",
            why: "It says nothing of its own: a session with an address of the device itself is judged like any other.",
        },
    ],
    ..Family::NONE
};
