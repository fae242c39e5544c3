//! Notifications one after another, and the sessions that they ask for: NOT-010, NOT-016.

use super::{FIRST, NOT, NOT_WINDOWS, PLAIN, UNASKED, of_server, place};
use crate::base::Severity;
use crate::dm::{Earlier, EarlierNotice, Session, Tie};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Scope};

const SESSION_ID: Clause = Clause { document: NOT, section: "6.2.10" };

/// Two sessions with Alert 1200 and these SessionIDs, and lines before each.
macro_rules! two_notified {
    ($before:literal, $id:literal, $between:literal, $second:literal) => {
        concat!(
            "session session=",
            $id,
            "\n",
            $before,
            "device\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * \
             200\nsession session=",
            $second,
            "\n",
            $between,
            "device at=+45\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status \
             * 200\n"
        )
    };
}

/// The session before this one of those that a notification asked for, with that notification. Only where nobody can take it for
/// another one's: it has the SessionID, and the client says that it was asked.
fn asked_before<'s>(mut sessions: impl Iterator<Item = &'s Earlier>) -> Option<(&'s Earlier, EarlierNotice)> {
    let (session, notice) = sessions.find_map(|session| Some((session, session.notice?)))?;
    (notice.tie == Tie::SameId && session.opened_by == Some(1200)).then_some((session, notice))
}

pub(super) static REUSED: Rule = Rule {
    id: "NOT-010",
    name: "notification-session-id-reused",
    title: "Notifications for different sessions have different SessionIDs",
    judged: Judged::Server,
    severity: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[SESSION_ID],
    what: "A notification that was sent after the session which the last one had asked for was complete has another SessionID than that. \
           Only two in a row are compared, since counters begin again some time, and only those to one address. The same octets \
           once more are an observation: the network may have delivered them twice. Undecided where the session before was captured in \
           part, was not accepted, was aborted, or went on at the same time.",
    why: "A device that recognises repeated notifications by their SessionID takes the new one for the old one, and drops it.",
    mend: "Count the SessionID up for each session that is asked for.",
    overrides: NOT_WINDOWS,
    pass: &[two_notified!("notification id=1A\n", "1A", "notification id=1B at=+60\n", "1B")],
    violate: &[
        two_notified!("notification id=1A\n", "1A", "notification id=1A ui=2 at=+60\n", "1A"),
        two_notified!("notification id=1A\n", "1A", "notification id=1A at=+60\n", "1A"),
    ],
    not_applicable: &[PLAIN, UNASKED, two_notified!("notification id=1A\nnotification id=1A\n", "1A", "", "1B")],
    check: Check::Session(reused),
    ..Rule::MUST
};

fn reused(session: &Session, cx: &mut Cx<'_>) {
    let past = cx.past();
    let Some((previous, notice)) = asked_before(past.sessions().rev()) else { return };
    let Some(own) = session.notification.as_deref().filter(|own| own.tie == Tie::SameId) else { return };
    let Some(content) = &own.content else { return };
    if own.notice.carrier.device() != Some(notice.device) || own.notice.time <= previous.ended {
        return;
    }
    let Some((own, occasion)) = of_server(session, cx) else { return };
    if content.session_id != notice.session_id {
        return;
    }
    if !previous.whole || !previous.accepted || previous.aborted || past.is_interleaved() {
        return occasion.undecided(Reason::PastNotKnown);
    }
    let seen = format!(
        "SessionID {} again {}, after the session that the notification of frame {} had asked for",
        quoted(&content.session_id_text()),
        place(own),
        notice.frame
    );
    if notice.is_repeated_by(&own.notice) {
        occasion.violated_as(Severity::Info, format!("{seen}, with the same octets"), "another SessionID");
    } else {
        occasion.violated(seen, "another SessionID");
    }
}

pub(super) static TWICE: Rule = Rule {
    id: "NOT-016",
    name: "repeated-notification-answered-twice",
    title: "A client opens one session for a notification that was sent several times",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::CrossSession,
    clause: &[SESSION_ID],
    what: "Where a notification was sent several times before the session that it asked for had ended, no second session with Alert 1200 \
           and its SessionID follows that one. Undecided where the first session was captured in part, was not accepted, was aborted, or went on at \
           the same time: the client may be trying again.",
    why: "Each notification that the network repeats costs a session.",
    mend: "Keep the SessionID of the last session that was asked for, and drop notifications that have it.",
    overrides: NOT_WINDOWS,
    pass: &[two_notified!("notification id=1A\nnotification id=1A\n", "1A", "", "1B")],
    violate: &[two_notified!("notification id=1A\nnotification id=1A\n", "1A", "", "1A")],
    not_applicable: &[PLAIN, UNASKED, two_notified!("notification id=1A\n", "1A", "notification id=1B at=+60\n", "1B")],
    check: Check::Session(twice),
    ..Rule::MUST
};

fn twice(session: &Session, cx: &mut Cx<'_>) {
    let past = cx.past();
    let Some((previous, notice)) = past.previous().and_then(|previous| asked_before(std::iter::once(previous))) else {
        return;
    };
    if !session.start_seen || !super::answer::is_answer(session) {
        return;
    }
    let own = session.notification.as_deref().map(|own| &own.notice);
    let is_late_copy = own.is_some_and(|own| notice.is_repeated_by(own) && own.time <= previous.ended);
    if !is_late_copy && (own.is_some() || notice.repeated == 0) {
        return;
    }
    let occasion = cx.occasion(FIRST);
    if session.identity.session_id != previous.session_id {
        return;
    }
    if !previous.whole || !previous.accepted || previous.aborted || past.is_interleaved() {
        return occasion.undecided(Reason::PastNotKnown);
    }
    let seen = format!(
        "a second session with SessionID {} and Alert 1200 after the notification of frame {}, which was sent several times",
        quoted(&session.identity.session_id),
        notice.frame
    );
    occasion.violated(seen, "one session");
}
