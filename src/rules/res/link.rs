//! What Results belong to: RES-001, RES-002, RES-003, RES-015.

use super::super::cx::{Cmd, Cx};
use super::super::finding::Reason;
use super::super::helper::{UriMatch, compare_uris, quoted};
use super::super::rule::{Check, Clause, Judged, Level, Need, Rule, Scope};
use super::{Answered, DREP, LEAF, NO_GET, PACKAGE_3, PRO, RESULTS, answered, get_of, reading, requested};
use crate::base::Severity;
use crate::dm::{Place, Resolution};
use crate::markup::Tag;
use crate::syncml::CommandName;

pub(super) static RESULTS_ANSWER_GET: Rule = Rule {
    id: "RES-001",
    name: "results-without-get",
    title: "Results answer a Get of the server",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[RESULTS, PACKAGE_3],
    what: "MsgRef and CmdRef of each Results lead to a Get of the server. Without MsgRef the server's latest message that has \
           such a Get, or else such an Exec, is taken. Results for an Exec, which the definition of some objects provides for, are only a warning; \
           references into messages that were not captured, or to a CmdID that occurs twice, decide nothing.",
    why: "The server cannot tell which question was answered, and drops the values or files them under the wrong node.",
    mend: "Copy the MsgID of the server's message into MsgRef and the CmdID of the Get into CmdRef.",
    yields_to: &["RES-014", "MSG-003", "MSG-004", "MSG-006", "MSG-012"],
    pass: &[LEAF],
    violate: &[
        reading!("Replace ./A/x=5", "Status Replace 200\n    Results ./A/x=5 msgref=1 ref=4"),
        reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5 ref=77"),
    ],
    not_applicable: &[NO_GET],
    check: Check::Command(&[CommandName::Results], results_answer_get),
    ..Rule::MUST
};

fn results_answer_get(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(results.at());
    let expected = "MsgRef and CmdRef of a Get";
    let references = || {
        format!(
            "MsgRef {}, CmdRef {}",
            shown(results.text(results.command.msg_ref)),
            shown(results.text(results.command.cmd_ref))
        )
    };
    match answered(results) {
        Answered::Get(_) => occasion.held(),
        Answered::Unknown(reason) => occasion.undecided(reason),
        Answered::Other(command) => {
            let is_exec = command.command.name == CommandName::Exec;
            let seen = format!("Results with {}, which is a {}", references(), command.command.name);
            let occasion = occasion.related(command.at());
            if is_exec {
                occasion.violated_as(Severity::Warning, seen, expected)
            } else {
                occasion.violated(seen, expected)
            }
        }
        Answered::Header => occasion.violated(format!("Results with {}, which is a SyncHdr", references()), expected),
        Answered::Nothing(why) => {
            let what = match why {
                Some(Resolution::NoSuchMessage) => "no such message of the server",
                Some(Resolution::NoSuchCommand(_)) => "no such command in that message",
                Some(Resolution::Forward(_)) => "a message that the server sent only later",
                Some(Resolution::Own(_)) => "a message of the client itself",
                _ => "which leads to no Get",
            };
            occasion.violated(format!("Results with {}: {what}", references()), expected);
        }
    }
}

/// The text of a reference for a finding.
fn shown(text: &str) -> String {
    if text.is_empty() { "absent".to_owned() } else { quoted(text) }
}

pub(super) static RESULTS_AFTER_FAILURE: Rule = Rule {
    id: "RES-002",
    name: "results-for-failed-get",
    title: "Results come only for what was read successfully",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[PACKAGE_3, RESULTS],
    what: "A Get, or an Item of it, that has only failing Status codes (4xx, 5xx) has no Results. One failing Status for a Get \
           of several Items as a whole may go with Results for those that could be read, 206 counts as success, and a Get \
           without any Status is another rule's matter.",
    why: "The server has two answers that contradict each other; most believe the Status and lose the value.",
    mend: "Send 200 with the value, or the failing code without Results; for a Get of several Items, one Status for each.",
    needs: &[Need::Executed],
    pass: &[LEAF],
    violate: &[reading!("Get ./A/x", "Status Get 404\n    Results ./A/x=5")],
    not_applicable: &[NO_GET, reading!("Get ./A/x", "Results ./A/x=5")],
    check: Check::Command(&[CommandName::Results], results_after_failure),
    ..Rule::MUST
};

fn results_after_failure(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results).filter(|get| !get.msg.entry.refused) else { return };
    let session = results.session();
    if session.codes_of(get.place()).next().is_none() {
        return;
    }
    let occasion = cx.occasion(results.at());
    let whole = get.items().len() < 2;
    for status in statuses(get) {
        let Some(code) = status.code().filter(|code| (400..=599).contains(code)) else { continue };
        let item = if whole {
            // Another Status may have said since that it went well.
            if session.codes_of(get.place()).any(|code| code < 400) {
                continue;
            }
            requested(get).next().unwrap_or_default()
        } else {
            match failed_item(results, get, status) {
                Some(item) => item,
                None => continue,
            }
        };
        let seen = format!("Status {code} and Results for the Get of {}", quoted(item));
        return occasion.related(status.at()).related(get.at()).violated(seen, "no Results for what could not be read");
    }
}

/// The Status elements for a command.
pub(super) fn statuses<'s>(command: Cmd<'s>) -> impl Iterator<Item = Cmd<'s>> {
    let session = command.session();
    session.statuses_of(command.place()).filter_map(move |place| command_at(command, place))
}

/// The command at a place of the same session.
pub(super) fn command_at<'s>(any: Cmd<'s>, place: Place) -> Option<Cmd<'s>> {
    let session = any.session();
    let msg = super::super::cx::Msg { session, id: place.entry, entry: session.entry(place.entry)? };
    msg.command(place.command?)
}

/// The first Item of some Results that a failing Status names in a TargetRef, and no other Status names with success.
fn failed_item<'s>(results: Cmd<'s>, get: Cmd<'s>, failing: Cmd<'s>) -> Option<&'s str> {
    let names = |status: Cmd<'s>, uri: &str| {
        status.each(Tag::TargetRef).any(|node| compare_uris(status.text(node), uri) == UriMatch::Same)
    };
    results.items().iter().map(|item| results.text(item.source_uri)).find(|uri| {
        names(failing, uri)
            && !statuses(get).any(|other| other.code().is_some_and(|code| code < 400) && names(other, uri))
    })
}

pub(super) static RESULTS_BEFORE_STATUS: Rule = Rule {
    id: "RES-003",
    name: "results-before-status",
    title: "Results come after the Status of their Get",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[RESULTS],
    what: "Where a Get has both Status and Results, its first Status stands before its Results, in the same message or in an \
           earlier one.",
    why: "A server that reads a message once from front to back does not know yet that the Get succeeded, and drops the value.",
    mend: "Write all Status elements for a message before the Results for it.",
    needs: &[Need::Executed],
    pass: &[LEAF],
    violate: &[reading!("Get ./A/x", "Results ./A/x=5\n    Status Get 200")],
    not_applicable: &[NO_GET, reading!("Get ./A/x", "Results ./A/x=5")],
    check: Check::Command(&[CommandName::Results], results_before_status),
    ..Rule::MUST
};

fn results_before_status(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results).filter(|get| !get.msg.entry.refused) else { return };
    let session = results.session();
    let Some(status) = session.statuses_of(get.place()).next() else { return };
    let occasion = cx.occasion(results.at());
    if status < results.place() {
        return;
    }
    if session.has_stray_answer(results.msg.id, CommandName::Get.name()) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    if !session.is_whole_between(get.msg.id, results.msg.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    let occasion = match command_at(results, status) {
        Some(status) => occasion.related(status.at()),
        None => occasion,
    };
    occasion.violated(
        format!("Results for the Get with CmdID {} stand before its Status", quoted(get.text(get.command.cmd_id))),
        "the Status first",
    );
}

pub(super) static RESULTS_ACKNOWLEDGED: Rule = Rule {
    id: "RES-015",
    name: "status-for-accepted-results",
    title: "Accepted Results get no Status",
    level: Level::MustNot,
    judged: Judged::Server,
    clause: &[Clause { document: DREP, section: "6.5.1 Status" }, Clause { document: PRO, section: "6.1" }],
    what: "A server's Status for Results does not say 200. A failing code is right, and so is 213 for a part of a large \
           value; a 200 for such a part is another rule's matter.",
    why: "The client expects no answer to Results. It may take the package for one that asks for more, and the session goes on \
          without end.",
    mend: "Leave the Status for Results out unless they were refused or a part of a large value was taken in.",
    pass: &[reading!(
        "Get ./A/x",
        "Status Get 200\n    Results ./A/x=5\nserver\n    Status SyncHdr 200\n    Status Results 415\n    Get ./A/y\ndevice\n    \
         Status SyncHdr 200\n    Status Get 200\n    Results ./A/y=5"
    )],
    violate: &[reading!(
        "Get ./A/x",
        "Status Get 200\n    Results ./A/x=5\nserver\n    Status SyncHdr 200\n    Status Results 200\n    Get ./A/y\ndevice\n    \
         Status SyncHdr 200\n    Status Get 200\n    Results ./A/y=5"
    )],
    not_applicable: &[LEAF, NO_GET],
    check: Check::Command(&[CommandName::Status], results_acknowledged),
    ..Rule::MUST
};

fn results_acknowledged(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if !status.msg.entry.is_server() {
        return;
    }
    let of_results = match status.resolution() {
        Some(Resolution::Found(_)) => status.answered().filter(|command| command.command.name == CommandName::Results),
        // Whatever the references say, the name says what is answered.
        _ if status.text(status.command.cmd) == CommandName::Results.name() => None,
        _ => return,
    };
    if matches!(status.resolution(), Some(Resolution::Found(_))) && of_results.is_none() {
        return;
    }
    if of_results.is_some_and(|results| results.items().iter().any(|item| item.more_data.is_some())) {
        return;
    }
    let occasion = cx.occasion(status.at());
    if status.code() == Some(200) {
        let occasion = match of_results {
            Some(results) => occasion.related(results.at()),
            None => occasion,
        };
        occasion.violated("Status 200 for Results", "no Status for Results that were accepted");
    }
}
