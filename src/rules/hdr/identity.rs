//! SessionID and MsgID.

use super::scripts::{FIRST, PLAIN, UNDECODABLE};
use super::{CREP, PRO};
use crate::base::Severity;
use crate::dm::{Entry, EntryId, IdForm, Profile, Session, Tie};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Effect, Judged, Need, Override, Rule, Scope, Source};

const MSG_ID_CLAUSE: Clause = Clause { document: CREP, section: "6.1 MsgID" };

pub(super) static SESSION_ID: Rule = Rule {
    id: "HDR-005",
    name: "session-id-missing",
    title: "SessionID is present and not empty",
    clause: &[Clause { document: PRO, section: "8.3 to 8.6" }, Clause { document: CREP, section: "6.1 SessionID" }],
    what: "Each SyncHdr has a SessionID with text in it, white space aside.",
    why: "The receiver cannot tell to which session the message belongs, and refuses it or begins a new one.",
    mend: "Write the SessionID into every message; a server repeats the one of the client.",
    pass: &[PLAIN],
    violate: &[one_get!("", "session=", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(session_id),
    ..Rule::MUST
};

fn session_id(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.session_id));
    if msg.message().session_id().is_none() {
        occasion.violated("SyncHdr has no SessionID, or an empty one", "a SessionID");
    }
}

pub(super) static SESSION_ID_LENGTH: Rule = Rule {
    id: "HDR-006",
    name: "session-id-too-long",
    title: "SessionID is at most four octets",
    severity: Severity::Warning,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 SessionID" }],
    what: "Each SyncHdr that carries a SessionID is looked at, but for a server that repeats the client's: its text, without white space around it, has at most four \
           octets of UTF-8. Longer decimal counters are met in the field, hence only a warning outside strict mode.",
    why: "Servers keep the id in four octets; a longer one is cut, and two sessions become one.",
    mend: "Count sessions in hexadecimal, and start again after FFFF.",
    pass: &[concat!("session session=1A2F\n", one_get!("", "", "", ""))],
    violate: &["session session=20240131\ndevice\n    Alert 1201\n"],
    not_applicable: &["device\n    Alert 1201\n    patch \"<SessionID>1A</SessionID>\" => \"<SessionID/>\"\n"],
    check: Check::Message(session_id_length),
    ..Rule::MUST
};

fn session_id_length(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(id) = msg.message().session_id() else { return };
    // The server must repeat the client's SessionID, however long; only one of its own making is its own fault.
    if msg.entry.is_server() && id == msg.session.identity.session_id {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.session_id));
    if id.len() > 4 {
        occasion.violated(format!("SessionID {} has {} octets", quoted(id), id.len()), "at most four octets");
    }
}

pub(super) static SESSION_ID_CONSTANT: Rule = Rule {
    id: "HDR-007",
    name: "session-id-changes",
    title: "SessionID stays the same throughout a session",
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "8.3 Package 1" }, Clause { document: PRO, section: "9.1" }],
    what: "A client's message, the repetition after 401 or 407 among them, has the SessionID of its message before; a \
           server's message has that of the message which it answers. The SessionID with which the session began is never \
           wrong. Values that differ only in leading zeros or in case are a warning. What belongs to a session is told \
           by device, references and the HTTP exchange, not by the connection.",
    why: "The other side loses the state of the session: credentials, nonces and large objects are gone, and the session \
          begins again or fails.",
    mend: "Keep the SessionID until the session has ended; a server repeats the client's text unchanged.",
    pass: &[PLAIN],
    violate: &[one_get!("", "", "session=1B", "session=1B"), one_get!("", "session=2", "", "")],
    not_applicable: &[FIRST],
    check: Check::Message(session_id_constant),
    ..Rule::MUST
};

fn session_id_constant(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(found) = msg.message().session_id() else { return };
    let other = if msg.entry.is_client() {
        msg.session.previous_of_sender(msg.id)
    } else {
        msg.entry.answers.and_then(|id| Some((id, msg.session.entry(id)?)))
    };
    let Some((other_id, other)) = other else { return };
    let began = msg.session.identity.session_id.as_str();
    let expected = match (other.message.session_id(), began) {
        (Some(expected), _) => expected,
        (None, "") => return,
        (None, began) => began,
    };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.session_id));
    if found == expected || found == began {
        return;
    }
    let what =
        if msg.entry.is_client() { "the client's message before has" } else { "the message that it answers has" };
    let seen = format!("SessionID {}; {what} {}", quoted(found), quoted(expected));
    let wanted = format!("SessionID {}", quoted(expected));
    let occasion = occasion.related(At { entry: other_id, command: None, node: other.message.hdr.session_id });
    let bare = |text: &str| text.trim_start_matches('0').to_ascii_lowercase();
    if bare(found) == bare(expected) {
        occasion.violated_as(Severity::Warning, seen, wanted);
    } else {
        occasion.violated(seen, wanted);
    }
}

pub(super) static NOTIFIED: Rule = Rule {
    id: "HDR-008",
    name: "session-id-not-of-the-notification",
    title: "A session that a notification asked for has the notification's SessionID",
    judged: Judged::Client,
    scope: Scope::CrossSession,
    clause: &[
        Clause { document: PRO, section: "8.3" },
        Clause { document: "OMA-TS-DM_Notification-V1_2_1", section: "6.2.10" },
    ],
    what: "A session with Alert 1200 that a captured notification asked for has its SessionID, in hexadecimal digits. An error \
           where the SessionID is the same number in another form, its octets in the other order among them; not where it has one or \
           two digits and is as well the number of another notification. Any other SessionID is a warning, and only where it is the one notification that the same address was sent: another one may \
           have come by a bearer that was not captured. Where the number is right and its digits are not, the rule on the form \
           speaks.",
    why: "The server does not find the session that it asked for, and refuses it or begins anew.",
    mend: "Write the sixteen bits of the notification as a number, most significant octet first, in hexadecimal digits.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    yields_to: &["NOT-014", "BST-029"],
    pass: &[
        "session session=A1\nnotification id=a1\ndevice\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n",
    ],
    violate: &[
        "session session=201\nnotification id=102\ndevice\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n",
        "session session=77\nnotification id=102\ndevice\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n",
    ],
    not_applicable: &[
        PLAIN,
        "session session=77\nnotification id=102\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n",
    ],
    check: Check::Session(notified),
    ..Rule::MUST
};

fn notified(session: &Session, cx: &mut Cx<'_>) {
    let Some(first) = session.entries.first().filter(|first| first.message.alerts(1200).next().is_some()) else {
        return;
    };
    let Some(notified) = session.notification.as_deref() else { return };
    let Some(content) = &notified.content else { return };
    let occasion = cx.occasion(At { entry: EntryId(0), command: None, node: first.message.hdr.session_id });
    let seen = |how: &str| {
        format!(
            "SessionID {}{how}, after 0x{:04X} in the notification of frame {}",
            quoted(&session.identity.session_id),
            content.session_id,
            notified.notice.frame
        )
    };
    let expected = content.session_id_text();
    let is_sure = |form: IdForm| form.is_sure(&session.identity.session_id);
    match notified.tie {
        Tie::SameId => {}
        Tie::OtherForm(form) if !is_sure(form) => occasion.violated_as(Severity::Warning, seen(""), expected),
        Tie::OtherForm(IdForm::Swapped) => occasion.violated(seen(", with its octets in the other order"), expected),
        Tie::OtherForm(IdForm::Decimal) => occasion.violated(seen(", in decimal digits"), expected),
        Tie::OtherForm(IdForm::LeadingZeros) => occasion.violated(seen(", with leading zeros"), expected),
        Tie::OtherForm(IdForm::LowerCase) => occasion.violated_as(Severity::Warning, seen(", in lower case"), expected),
        Tie::Address => occasion.violated_as(Severity::Warning, seen(""), expected),
    }
}

pub(super) static SESSION_ID_NEW: Rule = Rule {
    id: "HDR-009",
    name: "session-id-reused",
    title: "Two sessions in a row do not share a SessionID",
    judged: Judged::Client,
    scope: Scope::CrossSession,
    clause: &[Clause { document: CREP, section: "6.1 SessionID" }, Clause { document: PRO, section: "8.3" }],
    what: "A session that the client opened with Alert 1201 has another SessionID than the last one of the same device with the same \
           server, where the client opened that one too. Counters start again some time: only the last session counts. Undecided where \
           the last one was not captured from its beginning, went on at the same time, or broke off before its first answer was used: the \
           client may be trying again. After a session that the server never accepted it does so, and keeps the SessionID.",
    why: "The server takes the new session for the old one, and goes on where that stood.",
    mend: "Count the SessionID up for each session, and keep the counter over restarts.",
    pass: &[two_sessions!("session=1", "1201", "session=2", "1201")],
    violate: &[two_sessions!("session=1", "1201", "session=1", "1201")],
    not_applicable: &[PLAIN, two_sessions!("session=1", "1200", "session=1", "1200")],
    check: Check::Session(session_id_new),
    ..Rule::SHOULD
};

fn session_id_new(session: &Session, cx: &mut Cx<'_>) {
    let past = cx.past();
    let Some((id, first)) = session.entries_with_ids().next().filter(|(_, first)| first.is_client()) else { return };
    let (Some(previous), Some(own)) = (past.previous(), first.message.session_id()) else { return };
    if !session.start_seen || first.message.alerts(1201).next().is_none() || previous.opened_by == Some(1200) {
        return;
    }
    let is_in_doubt = previous.opened_by.is_none() || past.is_interleaved() || !(previous.whole || previous.went_on);
    if !previous.accepted && !is_in_doubt {
        return;
    }
    let occasion = cx.occasion(At { entry: id, command: None, node: first.message.hdr.session_id });
    if own != previous.session_id {
        return;
    }
    if is_in_doubt {
        return occasion.undecided(Reason::PastNotKnown);
    }
    occasion.violated(
        format!("SessionID {}, as in the session before, which the client opened too", quoted(own)),
        "another SessionID",
    );
}

pub(super) static MSG_ID: Rule = Rule {
    id: "HDR-010",
    name: "msg-id-missing",
    title: "MsgID is present and not empty",
    clause: &[MSG_ID_CLAUSE, Clause { document: PRO, section: "8.3 to 8.6" }],
    what: "Each SyncHdr has a MsgID with text in it, white space aside.",
    why: "The other side has no MsgRef to answer with: no Status can refer to anything in the message.",
    mend: "Number the messages of a session from 1, each side for itself.",
    pass: &[PLAIN],
    violate: &[one_get!("", "msg=", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(msg_id),
    ..Rule::MUST
};

fn msg_id(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.msg_id));
    if msg.message().msg_id().is_none() {
        occasion.violated("SyncHdr has no MsgID, or an empty one", "a MsgID");
    }
}

pub(super) static MSG_ID_NUMERIC: Rule = Rule {
    id: "HDR-011",
    name: "msg-id-not-numeric",
    title: "MsgID is a decimal number",
    source: Source::TextMs,
    clause: &[MSG_ID_CLAUSE],
    what: "The text of each MsgID consists of decimal digits. Leading zeros are a warning.",
    why: "Receivers that keep MsgID as a number refuse the message or lose the references to it.",
    mend: "Write MsgID as an unsigned decimal number without leading zeros.",
    pass: &[PLAIN],
    violate: &[one_get!("", "msg=m1", "", "msg=m2"), one_get!("msg=01", "", "", "")],
    not_applicable: &["device msg=\n    Alert 1201\n"],
    check: Check::Message(msg_id_numeric),
    ..Rule::MUST
};

fn msg_id_numeric(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(id) = msg.message().msg_id() else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.msg_id));
    if !id.bytes().all(|octet| octet.is_ascii_digit()) {
        occasion.violated(format!("MsgID {}", quoted(id)), "an unsigned decimal number");
    } else if id.len() > 1 && id.starts_with('0') {
        occasion.violated_as(Severity::Warning, format!("MsgID {} has leading zeros", quoted(id)), "no leading zeros");
    }
}

pub(super) static MSG_ID_FIRST: Rule = Rule {
    id: "HDR-012",
    name: "msg-id-first",
    title: "The first message of each side has MsgID 1",
    severity: Severity::Warning,
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[MSG_ID_CLAUSE],
    what: "The first message that each side sends in a session has MsgID 1. Undecided where the beginning of the session, \
           or a message before this one, is not in the capture.",
    why: "A peer that expects 1 takes the message for one of another session, or for a repetition.",
    mend: "Let each side count its own messages of a session from 1.",
    needs: &[Need::Start],
    pass: &[PLAIN],
    violate: &[one_get!("", "msg=0", "", ""), one_get!("msg=0", "", "", "")],
    not_applicable: &["device msg=\n    Alert 1201\nserver msg=\n    Status SyncHdr 200 norefs msgref=1\n"],
    check: Check::Message(msg_id_first),
    ..Rule::MUST
};

fn msg_id_first(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.session.previous_of_sender(msg.id).is_some() {
        return;
    }
    let Some(number) = msg.message().msg_number() else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.msg_id));
    if number == 1 {
        return;
    }
    if !msg.session.is_whole_between(EntryId(0), msg.id) {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    let who = if msg.entry.is_client() { "client" } else { "server" };
    occasion.violated(format!("the first message of the {who} in the session has MsgID {number}"), "MsgID 1");
}

pub(super) static MSG_ID_INCREASING: Rule = Rule {
    id: "HDR-013",
    name: "msg-id-not-increasing",
    title: "MsgID grows with every message of a side",
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[MSG_ID_CLAUSE],
    what: "Each MsgID is greater than that of the same sender's message before it in the session, also when a package is \
           repeated after 401 or 407. The same message sent again, octet by octet, does not count, nor does a server's new \
           answer to such a repetition. A client's message with MsgID 1 that does not answer the challenge is taken for a \
           new session.",
    why: "References by MsgID become ambiguous: a Status can belong to either message.",
    mend: "Count on through the whole session, authentication included, and never use a MsgID twice.",
    pass: &[PLAIN],
    violate: &[one_get!("", "", "", "msg=1"), one_get!("msg=5", "", "msg=4", "")],
    not_applicable: &[FIRST],
    check: Check::Message(msg_id_increasing),
    ..Rule::MUST
};

fn msg_id_increasing(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((now, before, before_id, then)) = numbers(msg) else { return };
    if now == then && is_repetition(msg.session, msg.entry, before) {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.msg_id));
    if now <= then {
        occasion
            .related(At { entry: before_id, command: None, node: before.message.hdr.msg_id })
            .violated(format!("MsgID {now} after MsgID {then}"), format!("a MsgID greater than {then}"));
    }
}

/// MsgID of a message, and the sender's message before with its MsgID.
fn numbers(msg: Msg<'_>) -> Option<(u64, &Entry, EntryId, u64)> {
    let (before_id, before) = msg.session.previous_of_sender(msg.id)?;
    Some((msg.message().msg_number()?, before, before_id, before.message.msg_number()?))
}

/// Whether a message is the one before again, or answers a request that was sent again.
fn is_repetition(session: &Session, entry: &Entry, before: &Entry) -> bool {
    let same_request = entry.is_server() && entry.answers.is_some() && entry.answers == before.answers;
    entry.message.body() == before.message.body()
        || same_request && entry.answers.and_then(|id| session.entry(id)).is_some_and(|request| request.resent > 0)
}

pub(super) static MSG_ID_STEP: Rule = Rule {
    id: "HDR-014",
    name: "msg-id-gap",
    title: "MsgID grows by one",
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[MSG_ID_CLAUSE],
    what: "Each MsgID is the one of the same sender's message before it plus one; messages of the other side do not count. \
           Undecided where messages between the two are missing from the capture, or where the other side's MsgIDs have a \
           gap at the same place.",
    why: "Nothing breaks, but peers and people who look for lost messages by their numbers are misled.",
    mend: "Count the messages of each side for itself, in steps of one.",
    pass: &[PLAIN],
    violate: &[one_get!("", "", "msg=3", "")],
    not_applicable: &[FIRST],
    check: Check::Message(msg_id_step),
    ..Rule::SHOULD
};

fn msg_id_step(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((now, before, before_id, then)) = numbers(msg) else { return };
    if now <= then {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.msg_id));
    if now - then == 1 {
        return;
    }
    if !msg.session.is_whole_between(before_id, msg.id) || other_side_jumps(msg) {
        occasion.undecided(Reason::MessageLost);
        return;
    }
    occasion
        .related(At { entry: before_id, command: None, node: before.message.hdr.msg_id })
        .violated(format!("MsgID {now} after MsgID {then}"), format!("MsgID {}", then.saturating_add(1)));
}

/// Whether the other side's MsgIDs have a gap around a message: a whole exchange is missing from the capture.
fn other_side_jumps(msg: Msg<'_>) -> bool {
    let session = msg.session;
    let Some(answered) = msg.entry.answers else { return false };
    let number = |entry: Option<(EntryId, &Entry)>| entry.and_then(|(_, entry)| entry.message.msg_number());
    let at = session.entry(answered).and_then(|entry| entry.message.msg_number());
    let jumps = |from: Option<u64>, to: Option<u64>| matches!((from, to), (Some(from), Some(to)) if to > from.saturating_add(1));
    jumps(number(session.previous_of_sender(answered)), at) || jumps(at, number(session.next_of_sender(answered)))
}
