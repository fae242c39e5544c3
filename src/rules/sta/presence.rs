//! Whether a Status is there, and once.

use super::common::{Answered, is_failure};
use super::common::{
    COMMANDS, FIRST, MS_MDM, ONE_GET, PRO, STATUS, STATUS_ELEMENT, after_package_1, answered, command_at, is_tnds,
    message_at, number, opened, shown, statuses,
};
use crate::base::Severity;
use crate::dm::{EntryId, Phase, Profile};
use crate::markup::{NodeId, Tag};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{loose_uri, quoted};
use crate::rules::rule::{Check, Clause, Level, Rule, Scope, Source};
use crate::syncml::CommandName;
use std::collections::{HashMap, HashSet};

pub(super) static HEADER_STATUS: Rule = Rule {
    id: "STA-001",
    name: "header-status-missing",
    title: "A message that answers another has a Status for its SyncHdr",
    clause: &[
        Clause { document: PRO, section: "8.4 to 8.6" },
        STATUS_ELEMENT,
        Clause { document: MS_MDM, section: "2.2.6.1" },
    ],
    what: "Each message that answers a message of the other side, and is the first one to do so, has a Status with Cmd \
           SyncHdr whose MsgRef is the MsgID of that message. Not asked for after the server has closed or aborted the \
           session; only a warning in a message that aborts it, and an observation for a keep-alive of Windows clients \
           (Alert 1224 requestpending without Final).",
    why: "Without it the other side does not know whether its message arrived and was accepted; many stop the session, or \
          send the message again.",
    mend: "Put a Status for the SyncHdr, with the MsgID of the message received as MsgRef and CmdRef 0, in front of all \
           others.",
    pass: &[ONE_GET],
    yields_to: &["AUTH-022"],
    violate: &[after_package_1!("server", " Status Alert 200", " Status Replace 200")],
    not_applicable: &[FIRST],
    check: Check::Message(header_status),
    ..Rule::MUST
};

fn header_status(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let Some(asked) = msg.entry.answers.and_then(|id| message_at(session, id)) else { return };
    let continues = session.previous_of_sender(msg.id).is_some_and(|(_, before)| before.answers == msg.entry.answers);
    if continues || asked.message().hdr.no_resp.is_some() || may_be_silent(msg, asked) {
        return;
    }
    let profile = cx.profile();
    let occasion = cx.occasion(msg.at()).related(asked.at_node(None));
    if session.statuses_of(asked.header()).any(|status| status.entry == msg.id) {
        occasion.held();
    } else if msg.entry.is_after_loss() {
        occasion.undecided(Reason::MessageLost);
    } else if !asked.message().is_judgeable() {
        occasion.undecided(Reason::Undecodable);
    } else if asked.message().msg_id().is_none() || session.has_stray_answer(msg.id, "SyncHdr") {
        occasion.undecided(Reason::AmbiguousReference);
    } else {
        let wanted = asked.message().msg_id().unwrap_or_default();
        let seen = format!("{} answers {} and has no Status for its SyncHdr", number(msg), number(asked));
        let expected = format!("a Status with MsgRef {wanted}, CmdRef 0 and Cmd SyncHdr");
        if profile == Profile::MsMdm && is_keep_alive(msg) {
            occasion.violated_as(Severity::Info, seen, expected);
        } else if msg.entry.content.abort {
            occasion.violated_as(Severity::Warning, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}

/// Nothing is to be answered after the server has closed the session, or after an abort; only a server confirms the
/// client's abort.
fn may_be_silent(msg: Msg<'_>, asked: Msg<'_>) -> bool {
    if msg.entry.is_client() && msg.entry.phase_before == Phase::Closed {
        return true;
    }
    if !msg.session.is_aborted_by(asked.id) {
        return false;
    }
    let confirms = msg.entry.is_server()
        && asked.entry.content.abort
        && !asked.id.0.checked_sub(1).is_some_and(|before| msg.session.is_aborted_by(EntryId(before)));
    !confirms
}

/// The message with which a Windows client says that it is still at work ([MS-MDM]).
fn is_keep_alive(msg: Msg<'_>) -> bool {
    let message = msg.message();
    !message.has_final()
        && message.alerts(1224).any(|(_, alert)| {
            message
                .items(alert)
                .iter()
                .any(|item| message.text(message.met_inf(item.meta, Tag::Type)).contains("requestpending"))
        })
}

pub(super) static COMMAND_STATUS: Rule = Rule {
    id: "STA-002",
    name: "command-status-missing",
    title: "Every command is answered with a Status",
    scope: Scope::Package,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT, Clause { document: PRO, section: "8.4 to 8.6" }],
    what: "Each command, nested ones and Alerts included, has a Status when the other side has finished its package. Not \
           asked for with NoResp, after an abort, and for a message refused with 401 or 407 or without any answer. A warning where another \
           failing code refused the message or the container around the command, where only the client's Replace of \
           DevInfo lacks its Status, and for Alert 1222; an observation for events and DevInfo sent to Windows servers.",
    why: "The sender cannot tell whether the command was executed; servers wait, or repeat an operation that must not be \
          done twice.",
    mend: "Answer each command of a message, in its order, before Final ends the package.",
    pass: &[ONE_GET],
    violate: &[
        opened!(
            " Get ./DevDetail/SwV",
            " Delete ./Vendor/Old",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/SwV=7.1",
            "server",
            " Status SyncHdr 200",
        ),
        after_package_1!("server", " Status SyncHdr 200", " Status Alert 200"),
    ],
    not_applicable: &["device\n Alert 1223\n"],
    check: Check::Command(COMMANDS, command_status),
    ..Rule::MUST
};

fn command_status(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let session = cmd.session();
    if let Some(first) = session.statuses_of(cmd.place()).next() {
        if let Some(status) = command_at(session, first) {
            cx.occasion(status.at()).held();
        }
        return;
    }
    if cmd.msg.entry.refused
        || cmd.msg.entry.is_unanswered()
        || cmd.command.no_resp.is_some()
        || cmd.message().hdr.no_resp.is_some()
    {
        return;
    }
    // The part of a large object that is not answered is LOB-012.
    if cmd.items().iter().any(|item| item.more_data.is_some()) {
        return;
    }
    let Some(end) = session.answer_end(cmd.msg.id).and_then(|id| message_at(session, id)) else {
        if !session.is_aborted() {
            let next = session.next_of_peer(cmd.msg.id).and_then(|(id, _)| message_at(session, id));
            cx.occasion(next.map_or(cmd.at(), Msg::at)).undecided(Reason::EndNotCaptured);
        }
        return;
    };
    if session.is_aborted_by(end.id) {
        return;
    }
    let (profile, strict) = (cx.profile(), cx.is_strict());
    let occasion = cx.occasion(end.at()).related(cmd.at());
    if !cmd.msg.entry.is_sound(cmd.id) || has_stray_answer(cmd, end) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    if session.has_losses && !session.is_whole_between(cmd.msg.id, end.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    let seen = format!("{} has no Status when {} ends the answer", shown(cmd), number(end));
    let expected = format!("a Status with Cmd {}", cmd.command.name);
    match mildness(cmd, profile, strict) {
        Some(severity) => occasion.violated_as(severity, seen, expected),
        None => occasion.violated(seen, expected),
    }
}

/// Whether a Status of the answer that leads nowhere can have meant this command.
fn has_stray_answer(cmd: Cmd<'_>, end: Msg<'_>) -> bool {
    let session = cmd.session();
    let first = session.next_of_peer(cmd.msg.id);
    first.is_some_and(|(first, _)| session.has_stray_answer_between(first, end.id, cmd.command.name.name()))
}

/// Where a missing Status is no error.
fn mildness(cmd: Cmd<'_>, profile: Profile, strict: bool) -> Option<Severity> {
    let session = cmd.session();
    let from_client = cmd.msg.entry.is_client();
    let is_alert =
        |codes: &[u16]| cmd.command.name == CommandName::Alert && cmd.code().is_some_and(|code| codes.contains(&code));
    let is_opening = || cmd.command.name == CommandName::Replace || is_alert(&[1200, 1201, 1224, 1226]);
    if profile == Profile::MsMdm && from_client && is_opening() {
        return Some(Severity::Info);
    }
    let refused = session.codes_of(cmd.msg.header()).any(is_failure);
    let skipped = cmd
        .containers()
        .any(|container| session.codes_of(container.place()).any(|code| is_failure(code) && code != 507));
    let only_this = || {
        !cmd.msg.commands().any(|other| {
            other.id != cmd.id
                && !other.command.name.is_response()
                && session.statuses_of(other.place()).next().is_none()
        })
    };
    let is_device_information = from_client && cmd.command.name == CommandName::Replace;
    let mild =
        refused || skipped || (is_device_information && only_this()) || (from_client && !strict && is_alert(&[1222]));
    mild.then_some(Severity::Warning)
}

pub(super) static STATUS_ONCE: Rule = Rule {
    id: "STA-005",
    name: "command-status-repeated",
    title: "A command has one Status, or one for each Item",
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "No two Status elements of a command are alike in TargetRef and SourceRef, unless one of them has 101, 202 or \
           213. A Status in a message that was refused with 401 or 407 does not count; one Status for each of several \
           Items without TargetRef is only a warning.",
    why: "Two results for one command contradict each other, or are taken for the results of two commands; which of them \
          holds is left to chance.",
    mend: "Send the Status of a command once. Where Items ended differently, name each with TargetRef or SourceRef.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Status Get 200 msgref=1 ref=4",
        " Results ./DevDetail/SwV=7.1",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(COMMANDS, status_once),
    ..Rule::MUST
};

fn status_once(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let session = cmd.session();
    let mut all = session.statuses_of(cmd.place());
    let Some(first) = all.next().and_then(|place| command_at(session, place)) else { return };
    if all.next().is_none() {
        return cx.occasion(first.at()).held();
    }
    let mut seen: HashMap<Vec<&str>, Vec<Cmd<'_>>> = HashMap::new();
    for status in statuses(session, cmd.place()) {
        if !matches!(status.code(), Some(101 | 202 | 213)) {
            seen.entry(references(status)).or_default().push(status);
        }
    }
    let alike = seen.into_values().filter_map(|alike| match *alike.as_slice() {
        [first, second, ..] => Some((first, second, alike.len())),
        _ => None,
    });
    let Some((first, second, count)) = alike.min_by_key(|(_, second, _)| second.place()) else {
        return cx.occasion(first.at()).held();
    };
    let codes = format!("{} and {}", first.text(first.command.data), second.text(second.command.data));
    let seen = format!("{count} Status elements for {} that nothing tells apart, with {codes}", shown(cmd));
    let expected = "one Status, or one for each Item with its TargetRef or SourceRef";
    let occasion = cx.occasion(second.at()).related(first.at()).related(cmd.at());
    // The message that is missing may have refused the first one.
    if !session.is_whole_between(first.msg.id, second.msg.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    if cmd.items().len() > 1 && count <= cmd.items().len() && first.command.target_ref.is_none() {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// TargetRef and SourceRef of a Status, in order, each with what it is.
fn references(status: Cmd<'_>) -> Vec<&str> {
    let mut out = Vec::new();
    for (kind, tag) in [("T", Tag::TargetRef), ("S", Tag::SourceRef)] {
        for node in status.each(tag) {
            out.push(kind);
            out.push(reference_text(status, node));
        }
    }
    out
}

/// The text of a TargetRef or SourceRef; some encoders put a LocURI inside.
pub(in crate::rules) fn reference_text(status: Cmd<'_>, node: NodeId) -> &str {
    let inner = status.message().tree().child(node, Tag::LocURI);
    status.text(inner.unwrap_or(node))
}

pub(super) static ITEMS_DIFFER: Rule = Rule {
    id: "STA-006",
    name: "one-status-for-different-results",
    title: "Items that ended differently have a Status each",
    severity: Severity::Warning,
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "Where one Status 200 without TargetRef answers a Get with several Items, and Results came, all Items are among \
           them; an Item with empty Data counts. Gets of trees (`?list=`, TNDS) return other URIs and are not looked at.",
    why: "The server believes that it has read all values, and takes the one that is missing for empty.",
    mend: "Answer each Item with a Status of its own that names it in TargetRef as soon as one of them failed.",
    yields_to: &["RES-006"],
    pass: &[opened!(
        " Get ./DevDetail/SwV ./DevDetail/HwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1 ./DevDetail/HwV=2",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[opened!(
        " Get ./DevDetail/SwV ./DevDetail/HwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Get], items_differ),
    ..Rule::MUST
};

fn items_differ(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let session = cmd.session();
    let items = cmd.items();
    if items.len() < 2 || !cmd.msg.entry.is_sound(cmd.id) {
        return;
    }
    let targets = || items.iter().map(|item| cmd.text(item.target_uri));
    if targets().any(|uri| uri.is_empty() || uri.contains("?list=")) || items.iter().any(|item| is_tnds(cmd, item)) {
        return;
    }
    let mut all = statuses(session, cmd.place()).filter(|status| status.code() != Some(101));
    let (Some(status), None) = (all.next(), all.next()) else { return };
    if status.code() != Some(200) || status.command.target_ref.is_some() || status.command.source_ref.is_some() {
        return;
    }
    let results = || session.results_of(cmd.place()).filter_map(|place| command_at(session, place));
    if results().next().is_none() {
        return;
    }
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let returned: usize = results().map(|results| results.items().len()).sum();
    let chunks = results().any(|results| results.msg.entry.is_continuation(results.id));
    if returned >= items.len() && !chunks {
        return occasion.held();
    }
    let mut names = HashSet::new();
    for results in results() {
        for item in results.items() {
            names.insert(loose_uri(results.text(item.source_uri)));
            names.insert(loose_uri(results.text(item.target_uri)));
        }
        names.extend(references(results).into_iter().map(loose_uri));
    }
    let Some(missing) = targets().find(|uri| !names.contains(&loose_uri(uri))) else { return occasion.held() };
    match session.answer_end(cmd.msg.id) {
        None => occasion.undecided(Reason::EndNotCaptured),
        Some(end) if session.has_losses && !session.is_whole_between(cmd.msg.id, end) => {
            occasion.undecided(Reason::MessageLost);
        }
        Some(_) => occasion.violated(
            format!("one Status 200 for {}, and Results without {}", shown(cmd), quoted(missing)),
            "a Status for each Item, with a failing code where there is no value",
        ),
    }
}

pub(super) static REFERENCE_SUPERFLUOUS: Rule = Rule {
    id: "STA-008",
    name: "reference-in-status-for-all-items",
    title: "A Status for all Items has no TargetRef and no SourceRef",
    level: Level::MustNot,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "Where a command with several Items has a single Status, that Status has neither TargetRef nor SourceRef. With one \
           Item they may stand.",
    why: "It looks as if the code held for the Item that is named only, and the other Items had no answer.",
    mend: "Leave TargetRef and SourceRef out when the code holds for all Items.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Replace ./Vendor/A=1 ./Vendor/B=2",
        "device",
        " Status SyncHdr 200",
        " Status Replace 200 targetref=./Vendor/A",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, reference_superfluous),
    ..Rule::MUST
};

fn reference_superfluous(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(cmd) = answered(status) else { return };
    let session = status.session();
    if cmd.items().len() < 2 || session.statuses_of(cmd.place()).nth(1).is_some() {
        return;
    }
    let occasion = cx.occasion(status.at()).related(cmd.at());
    let Some(reference) = status.command.target_ref.or(status.command.source_ref) else { return occasion.held() };
    match session.answer_end(cmd.msg.id) {
        None => occasion.undecided(Reason::EndNotCaptured),
        Some(end) if session.has_losses && !session.is_whole_between(cmd.msg.id, end) => {
            occasion.undecided(Reason::MessageLost);
        }
        Some(_) => occasion.violated(
            format!(
                "the only Status for {}, which has {} Items, names {}",
                shown(cmd),
                cmd.items().len(),
                quoted(reference_text(status, reference))
            ),
            "no TargetRef or SourceRef in a Status for all Items, or a Status for each of them",
        ),
    }
}

pub(super) static HEADER_STATUS_ONCE: Rule = Rule {
    id: "STA-043",
    name: "header-status-repeated",
    title: "A message's SyncHdr is answered once",
    scope: Scope::Session,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "No message's SyncHdr has two Status elements in the whole session. 101 before the final code is allowed, and a \
           Status in a message that was refused with 401 or 407 does not count.",
    why: "The second Status is taken for the answer to another message, and whoever waits for that one goes on too early.",
    mend: "Answer the SyncHdr in the first message of the answer only; what follows answers the message in between.",
    yields_to: &["SES-016"],
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "server nofinal",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status SyncHdr 200 msgref=1",
        " Status Alert 200",
        " Status Get 404",
    )],
    not_applicable: &[FIRST],
    check: Check::Message(header_status_once),
    ..Rule::MUST
};

fn header_status_once(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let named = |status: &Cmd<'_>| status.code() != Some(101) && status.text(status.command.cmd) == "SyncHdr";
    let mut all = statuses(msg.session, msg.header()).filter(named);
    let Some(first) = all.next() else { return };
    let Some(second) = all.next() else { return cx.occasion(first.at()).held() };
    cx.occasion(second.at()).related(first.at()).related(msg.at_node(None)).violated(
        format!(
            "a second Status for the SyncHdr of {}, with {} after {}",
            number(msg),
            second.text(second.command.data),
            first.text(first.command.data)
        ),
        "one Status for the SyncHdr of each message",
    );
}
