//! PKG: packages, and the Final that ends them (OMA-TS-DM_Protocol-V1_2_1, sections 6 and 8).
//!
//! [`finality`] asks where Final stands and where it is missing; [`opening`] looks at package 1 and [`device_info`] at the
//! DevInfo in it; [`answers`] asks whether a package answers all of the one before, and [`exchange`] whether it is answered
//! itself.

mod answers;
mod device_info;
mod exchange;
mod finality;
mod opening;
#[cfg(test)]
mod tests;

pub(super) use device_info::{carries_device_information, device_nodes};
pub(super) use opening::may_begin_again;

use super::cx::Msg;
use super::rule::{Clause, Family, LeftOut};
use super::sta::common::PRO;
use crate::dm::Profile;
use crate::markup::Tag;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "PKG",
    title: "Packages and Final",
    rules: &[
        &finality::MISSING,
        &finality::EARLY,
        &finality::LAST_CHILD,
        &finality::EMPTY_AND_SINGLE,
        &finality::BEFORE_SERVER,
        &finality::SERVER_ALWAYS,
        &finality::SEVERAL_MESSAGES,
        &exchange::NEW_COMMANDS,
        &opening::SESSION_ALERT,
        &opening::ONE_SESSION_ALERT,
        &opening::LATE_SESSION_ALERT,
        &device_info::PRESENT,
        &device_info::LEAVES_SENT,
        &device_info::SOURCE,
        &device_info::DATA,
        &opening::AFTER_CHALLENGE,
        &answers::PACKAGE_2,
        &answers::PACKAGE_3,
        &answers::RESULTS,
        &exchange::IDLE_ANSWER,
        &exchange::UNANSWERED,
        &exchange::UNANSWERED_PART,
        &answers::PACKAGE_4,
        &opening::ALERT_FIRST,
    ],
    left_out: &[LeftOut {
        id: "PKG-024",
        title: "A package of the server with Status elements alone closes the session",
        why: "An observation without a condition: every report says of each session how it ended, and where.",
    }],
    ..Family::NONE
};

const PRO_6_1: Clause = Clause { document: PRO, section: "6.1 Description" };
const PRO_6_2: Clause = Clause { document: PRO, section: "6.2 Requirements" };
const PACKAGES: Clause = Clause { document: PRO, section: "8 Packages" };
const PACKAGE_1: Clause = Clause { document: PRO, section: "8.3 Package 1" };

/// A message of which nothing can be told.
const UNDECODABLE: &str = "device body=\"<SyncML><SyncHdr>\"\n";

/// A session that was captured from its second exchange on.
const MID_SESSION: &str = "device msg=3\n Status SyncHdr 200 msgref=2 norefs\nserver msg=3\n Status SyncHdr 200\n";

/// A value that goes to the device in two messages; the lines are the device's answer to the first.
macro_rules! chunked {
    ($device:literal, $($line:literal),* $(,)?) => {
        $crate::rules::sta::common::after_package_1!(
            "server nofinal",
            " Status SyncHdr 200",
            " Status * 200",
            " Replace ./Vendor/A=Hello size=12 more",
            $device,
            $($line,)*
            "server",
            " Status SyncHdr 200",
            " Status * 200",
            " Replace ./Vendor/A=\" world!\"",
            "device",
            " Status SyncHdr 200",
            " Status Replace 200",
            "server",
            " Status SyncHdr 200",
        )
    };
}
use chunked;

/// A Windows client that is still at work says so with an Alert 1224 and nothing else ([MS-MDM]).
pub(super) fn is_keep_alive(msg: Msg<'_>, profile: Profile) -> bool {
    let message = msg.message();
    profile == Profile::MsMdm
        && !msg.entry.content.final_mark
        && message
            .alerts(1224)
            .flat_map(|(_, alert)| message.items(alert))
            .any(|item| message.text(message.met_inf(item.meta, Tag::Type)).ends_with("requestpending"))
}
