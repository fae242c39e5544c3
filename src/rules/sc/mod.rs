//! Smart card: requirements of the management-tree side, `SC-001` to `SC-004`.

use super::rule::{Family, LeftOut};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "SC",
    title: "Smart card",
    left_out: &[
        LeftOut {
            id: "SC-001",
            title: "Smart-card bootstrap content decoded as CP (connectivity-wbxml) or DM (dm+wbxml) document; rules BST-002…009 …",
            why: LATER,
        },
        LeftOut {
            id: "SC-002",
            title: "Objects originating from a removed/changed card should disappear from the tree (*Boot \"Smart Card …",
            why: LATER,
        },
        LeftOut {
            id: "SC-003",
            title: "Card content is applied at power-on unless disabled by policy; no re-prompt unless the card asks for …",
            why: LATER,
        },
        LeftOut {
            id: "SC-004",
            title: "DM session between a DM client and a server hosted on the card (smart-card web server, local HTTP/BIP) …",
            why: LATER,
        },
    ],
    ..Family::NONE
};
