//! Sessions that nobody was seen to ask for: ALR-029.

use super::PRO;
use crate::base::Severity;
use crate::dm::{EntryId, Profile, Session};
use crate::rules::cx::Cx;
use crate::rules::finding::At;
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope};
use crate::rules::sta::common::FIRST;

const NOT: &str = "OMA-TS-DM_Notification-V1_2_1";

/// A session that a notification asked for, and one with Alert 1200 after these lines.
macro_rules! asked_once {
    ($between:literal, $alert:literal) => {
        concat!(
            "session session=1A\nnotification\ndevice\n Alert 1200\nserver\n Status SyncHdr 200\n Status * 200\nsession session=1B\n",
            $between,
            "device at=+60\n Alert ",
            $alert,
            "\nserver\n Status SyncHdr 200\n Status * 200\n"
        )
    };
}

pub(super) static UNASKED: Rule = Rule {
    id: "ALR-029",
    name: "server-alert-without-notification",
    title: "A session that opens with Alert 1200 was asked for by a notification",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::CrossSession,
    clause: &[Clause { document: PRO, section: "8.3" }, Clause { document: NOT, section: "5" }],
    what: "Where a notification that asked the same device for an earlier session of the same server was captured, a later session with \
           Alert 1200 has one, too. An observation: notifications come over other bearers as well, which the capture need not hold. A \
           session with the SessionID of an earlier one that was asked for is that one again.",
    why: "A device that says it was asked when it was not hides from its server why it calls.",
    mend: "Send Alert 1201 in sessions that no notification asked for.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    pass: &[asked_once!("notification id=1B at=+30\n", "1200")],
    violate: &[asked_once!("", "1200")],
    not_applicable: &[FIRST, asked_once!("", "1201")],
    check: Check::Session(unasked),
    ..Rule::SHOULD
};

fn unasked(session: &Session, cx: &mut Cx<'_>) {
    let Some(first) = session.entries.first().filter(|_| session.start_seen) else { return };
    let Some((alert, _)) = first.message.alerts(1200).next() else { return };
    let past = cx.past();
    let asked = || past.sessions().filter(|earlier| earlier.notice.is_some());
    let Some(notice) = asked().next_back().and_then(|earlier| earlier.notice) else { return };
    let occasion = cx.occasion(At { entry: EntryId(0), command: Some(alert), node: None });
    let is_again = asked().any(|earlier| earlier.session_id == session.identity.session_id);
    if session.notification.is_none() && !is_again {
        let seen = format!("Alert 1200 without a notification in the capture, which has one in frame {}", notice.frame);
        occasion.violated(seen, "a notification before the session, or Alert 1201");
    }
}
