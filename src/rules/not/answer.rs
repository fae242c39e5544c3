//! The session that follows a notification: NOT-012 to NOT-014.

use super::{FIRST, NOT, NOT_WINDOWS, PLAIN, PRO, UNASKED, notified, place};
use crate::base::Severity;
use crate::dm::{IdForm, NoticeProof, Session, Tie};
use crate::rules::cx::Cx;
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Rule, Scope};

/// Whether the client says that it was asked for the session.
pub(super) fn is_answer(session: &Session) -> bool {
    session.entries.first().is_some_and(|first| first.message.alerts(1200).next().is_some())
}

pub(super) static INVALID: Rule = Rule {
    id: "NOT-012",
    name: "invalid-notification-answered",
    title: "A client ignores a notification whose digest is wrong",
    judged: Judged::Client,
    severity: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: NOT, section: "5.1" }],
    what: "A session with Alert 1200 and the SessionID of a notification does not follow one whose digest is zeros, or, where the \
           server's password and a nonce were given, fits no nonce that is known. Undecided where they were not given: the nonce in \
           force may come from a session that was not captured.",
    why: "Anybody who can send a datagram makes the device call its server.",
    mend: "Verify the digest before opening the session.",
    overrides: NOT_WINDOWS,
    pass: &[PLAIN],
    violate: &[notified!("digest=00000000000000000000000000000000")],
    not_applicable: &[UNASKED, notified!("", "1A", "1201")],
    check: Check::Session(invalid),
    ..Rule::MUST
};

fn invalid(session: &Session, cx: &mut Cx<'_>) {
    let Some(notified) = session.notification.as_deref().filter(|notified| notified.tie == Tie::SameId) else { return };
    if !is_answer(session) {
        return;
    }
    let occasion = cx.occasion(FIRST);
    let seen = |what: &str| format!("a session with Alert 1200 after {what} {}", place(notified));
    let expected = "no session for this notification";
    if notified.has_empty_digest() {
        return occasion.violated(seen("a digest of zeros"), expected);
    }
    match notified.proof {
        None => occasion.undecided(Reason::NoCredentials),
        Some(NoticeProof::Verified { .. } | NoticeProof::OtherName) => {}
        Some(NoticeProof::Unverified { with_nonce: false }) => occasion.undecided(Reason::NotVisible),
        Some(NoticeProof::Unverified { with_nonce: true }) => {
            // The nonce in force may be one of a session that was not captured, in strict mode too.
            occasion.violated_as(Severity::Warning, seen("a digest that fits no known nonce"), expected);
        }
    }
}

pub(super) static ALERT: Rule = Rule {
    id: "NOT-013",
    name: "notified-session-without-1200",
    title: "A session that a notification asked for has Alert 1200",
    judged: Judged::Client,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: PRO, section: "8.3" }],
    what: "The first message of a session with the SessionID of a notification that came before it has Alert 1200, and not 1201. A \
           session that the client opened of itself may have the same number by chance. Without any session Alert, other rules \
           speak.",
    why: "The server does not know that its notification arrived, and sends it again.",
    mend: "Send Alert 1200 in sessions that a notification asked for.",
    overrides: NOT_WINDOWS,
    pass: &[PLAIN],
    violate: &[notified!("", "1A", "1201")],
    not_applicable: &[UNASKED],
    check: Check::Session(alert),
    ..Rule::MUST
};

fn alert(session: &Session, cx: &mut Cx<'_>) {
    let Some(notified) = session.notification.as_deref() else { return };
    let Some(first) = session.entries.first().filter(|first| first.content.session_alert) else { return };
    let own = first.message.alerts(1201).next().map(|(id, _)| id);
    let occasion = cx.occasion(At { command: own, ..FIRST });
    if !is_answer(session) {
        occasion.violated(format!("Alert 1201 after the same SessionID {}", place(notified)), "Alert 1200");
    }
}

pub(super) static FORM: Rule = Rule {
    id: "NOT-014",
    name: "session-id-form",
    title: "The SessionID of a notified session is written in hexadecimal",
    judged: Judged::Client,
    scope: Scope::CrossSession,
    clause: &[Clause { document: NOT, section: "6.2.10" }],
    what: "A session with Alert 1200 whose SessionID is the number of a notification writes it in hexadecimal digits in upper case, \
           without leading zeros. Digits in lower case are a warning, in strict mode an error. Another number, one that may be \
           another, and octets in the other order, are left to the rule on SessionID.",
    why: "The server compares texts, and does not find the session that it asked for.",
    mend: "Write 00A1 as A1.",
    overrides: NOT_WINDOWS,
    pass: &[notified!("id=a1", "A1", "1200")],
    violate: &[notified!("id=a1", "161", "1200"), notified!("id=a1", "00A1", "1200"), notified!("id=a1", "a1", "1200")],
    not_applicable: &[UNASKED, notified!("id=a1", "7", "1200"), notified!("", "1A", "1201")],
    check: Check::Session(form),
    ..Rule::MUST
};

fn form(session: &Session, cx: &mut Cx<'_>) {
    let Some(notified) = session.notification.as_deref() else { return };
    let Some(content) = notified.content.as_ref().filter(|_| is_answer(session)) else { return };
    let is_in_doubt = |form: IdForm| form == IdForm::Swapped || !form.is_sure(&session.identity.session_id);
    match notified.tie {
        Tie::Address => return,
        Tie::OtherForm(form) if is_in_doubt(form) => return,
        _ => {}
    }
    let node = session.entries.first().and_then(|first| first.message.hdr.session_id);
    let is_strict = cx.is_strict();
    let occasion = cx.occasion(At { node, ..FIRST });
    let expected = content.session_id_text();
    let seen = |how: &str| {
        format!(
            "SessionID {}, {how}, after 0x{:04X} {}",
            quoted(&session.identity.session_id),
            content.session_id,
            place(notified)
        )
    };
    match notified.tie {
        Tie::OtherForm(IdForm::LowerCase) if !is_strict => {
            occasion.violated_as(Severity::Warning, seen("in lower case"), expected);
        }
        Tie::OtherForm(IdForm::LowerCase) => occasion.violated(seen("in lower case"), expected),
        Tie::OtherForm(IdForm::LeadingZeros) => occasion.violated(seen("with leading zeros"), expected),
        Tie::OtherForm(IdForm::Decimal) => occasion.violated(seen("in decimal digits"), expected),
        _ => {}
    }
}
