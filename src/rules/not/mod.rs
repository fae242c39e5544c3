//! NOT: the notification that asks a device for a session (package 0).
//!
//! A notification is judged where a session was captured that it is tied to: findings stand at the first message of that
//! session, and name the frame of the notification. [`content`] looks at what it says, [`carrier`] at the push around it,
//! [`answer`] at the session that follows.

mod answer;
mod carrier;
mod content;
#[cfg(test)]
mod tests;

use super::cx::{Cx, Occasion};
use super::finding::At;
use super::rule::{Effect, Family, LeftOut, Override};
use crate::base::Direction;
use crate::dm::{EntryId, Notified, Profile, Session};

const NOT: &str = "OMA-TS-DM_Notification-V1_2_1";
const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const TND: &str = "OMA-TS-DM_TND-V1_2_1";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "NOT",
    title: "Notification (package 0)",
    rules: &[
        &content::TOO_SHORT,
        &content::DIGEST,
        &content::VERSION,
        &content::UI_MODE,
        &content::FUTURE_USE,
        &content::SESSION_ID,
        &content::LENGTH,
        &content::SERVER,
        &answer::INVALID,
        &answer::ALERT,
        &answer::FORM,
        &carrier::MEDIA_TYPE,
        &carrier::APPLICATION,
        &carrier::PORT,
        &carrier::ONE_SHORT_MESSAGE,
        &content::VENDOR,
        &carrier::DM_1_3,
        &content::INITIATOR,
    ],
    left_out: &[
        LeftOut {
            id: "NOT-009",
            title: "A notification names a server that the device knows",
            why: "Needs the accounts of the device (DMAcc), which are not put together from what sessions show.",
        },
        LeftOut {
            id: "NOT-010",
            title: "Notifications for different sessions have different SessionIDs",
            why: "What is remembered of an earlier session does not hold its notification.",
        },
        LeftOut {
            id: "NOT-011",
            title: "A client opens the session that a valid notification asks for",
            why: "A notification is judged with the session that it asked for; one without a session is not. And no time is set within which it must come.",
        },
        LeftOut {
            id: "NOT-015",
            title: "A notification that is sent again keeps its SessionID",
            why: "Two notifications before one session may have two reasons; nothing in them tells.",
        },
        LeftOut {
            id: "NOT-016",
            title: "A client opens one session for a notification that was sent several times",
            why: "What is remembered of an earlier session does not hold its notification.",
        },
        LeftOut {
            id: "NOT-020",
            title: "A client verifies a notification with the default nonce as well",
            why: "A notification is judged with the session that it asked for; one without a session is not.",
        },
        LeftOut {
            id: "NOT-022",
            title: "The fields of a notification are in network order",
            why: "The digest covers octets as they are sent, in whatever order they were meant: that it is right says nothing of the order. A version field that is out of order is no 11, which another rule finds.",
        },
    ],
    ..Family::NONE
};

/// Windows devices are woken by another service ([MS-MDM]).
const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// A notification with these options, and the session that it asks for, with that SessionID and Alert.
macro_rules! notified {
    ($options:literal) => {
        notified!($options, "1A", "1200")
    };
    ($options:literal, $id:literal, $alert:literal) => {
        concat!(
            "session session=",
            $id,
            "\nnotification ",
            $options,
            "\ndevice\n    Alert ",
            $alert,
            "\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
             ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        )
    };
}
use notified;

/// A notification as it should be, and its session.
const PLAIN: &str = notified!("");

/// A session that nobody asked for.
const UNASKED: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr \
                       200\n    Status * 200\n";

/// The first message of a session.
const FIRST: At = At { entry: EntryId(0), command: None, node: None };

/// The notification of a session, as something that the server is judged by.
fn of_server<'a, 'c, 's>(session: &'a Session, cx: &'c mut Cx<'s>) -> Option<(&'a Notified, Occasion<'c, 's>)> {
    let notified = session.notification.as_deref()?;
    Some((notified, cx.occasion_against(Direction::ServerToDevice, FIRST)))
}

/// Where a notification was seen, for the text of a finding.
fn place(notified: &Notified) -> String {
    format!("in the notification of frame {}", notified.notice.frame)
}
