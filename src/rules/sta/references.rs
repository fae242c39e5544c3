//! What a Status refers to: MsgRef, CmdRef, TargetRef, SourceRef.

use super::common::{
    Answered, CREP, FIRST, MS_MDM, ONE_GET, STATUS, STATUS_DTD, answered, message_at, node_name, number, opened, shown,
    status_shown,
};
use super::presence::reference_text;
use crate::base::Severity;
use crate::dm::{Profile, Resolution};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{UriMatch, compare_uris, plain, quoted};
use crate::rules::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope, Source};

pub(super) static REFERENCE_MATCHES: Rule = Rule {
    id: "STA-007",
    name: "status-reference-names-something-else",
    title: "TargetRef and SourceRef name what the command named",
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 TargetRef" }, Clause { document: CREP, section: "6.1 SourceRef" }],
    what: "Each TargetRef (SourceRef) of a Status equals a Target (Source) of the command or SyncHdr that the Status answers. \
           Differences in case, percent-encoding or query are an observation, and so is a reference to a command that names \
           nothing; for a SyncHdr, Target and Source exchanged, a RespURI and a shortened address are warnings.",
    why: "The result is booked on another node, or on none.",
    mend: "Copy Target and Source of the Item, or of the SyncHdr, into TargetRef and SourceRef unchanged, or leave both out.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200 targetref=./DevDetail/HwV",
        " Results ./DevDetail/SwV=7.1",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, reference_matches),
    ..Rule::MUST
};

fn reference_matches(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.command.target_ref.is_none() && status.command.source_ref.is_none() {
        return;
    }
    let to = answered(status);
    let tags = [(Tag::TargetRef, status.command.target_ref), (Tag::SourceRef, status.command.source_ref)];
    for (tag, _) in tags.into_iter().filter(|(_, first)| first.is_some()) {
        for node in status.each(tag) {
            let reference = reference_text(status, node);
            if reference.is_empty() {
                continue;
            }
            let profile = cx.profile();
            let occasion = cx.occasion(status.at_node(node));
            let fit = match to {
                // Rules on references report it.
                Answered::Nothing => {
                    occasion.undecided(Reason::AmbiguousReference);
                    continue;
                }
                Answered::Unknown(reason) => {
                    occasion.undecided(reason);
                    continue;
                }
                Answered::Header(msg) => fit_header(msg, status, tag, reference),
                Answered::Command(cmd) => fit_command(cmd, tag, reference, profile),
            };
            if fit == Fit::Same {
                occasion.held();
                continue;
            }
            let (name, source) = match tag {
                Tag::TargetRef => ("TargetRef", "Target"),
                _ => ("SourceRef", "Source"),
            };
            let of = match to {
                Answered::Command(cmd) => shown(cmd),
                Answered::Header(msg) => format!("the SyncHdr of {}", number(msg)),
                Answered::Unknown(_) | Answered::Nothing => String::new(),
            };
            let reference = quoted(reference);
            let (severity, seen, expected) = match fit {
                Fit::Same | Fit::Loosely => (
                    Some(Severity::Info),
                    format!("{name} {reference}, written differently in {of}"),
                    format!("the text of {source} unchanged"),
                ),
                Fit::NothingNamed => (
                    Some(Severity::Info),
                    format!("{name} {reference}, while {of} has no {source}"),
                    format!("no {name}"),
                ),
                Fit::Related => (
                    Some(Severity::Warning),
                    format!("{name} {reference}, while {of} has {source} {}", quoted(header_uri(to, tag))),
                    format!("the text of {source}"),
                ),
                Fit::Foreign => (
                    None,
                    format!("{name} {reference}, which is no {source} of {of}"),
                    format!("a {source} of what is answered"),
                ),
            };
            match severity {
                Some(severity) => occasion.violated_as(severity, seen, expected),
                None => occasion.violated(seen, expected),
            }
        }
    }
}

/// How a TargetRef or SourceRef goes with what is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Same,
    Loosely,
    /// The command names nothing that could be referred to.
    NothingNamed,
    /// Another address of the same side, or a part of the address.
    Related,
    Foreign,
}

fn header_uri(to: Answered<'_>, tag: Tag) -> &str {
    match to {
        Answered::Header(msg) if tag == Tag::TargetRef => msg.text(msg.message().hdr.target_uri),
        Answered::Header(msg) => msg.text(msg.message().hdr.source_uri),
        _ => "",
    }
}

fn fit_header(msg: Msg<'_>, status: Cmd<'_>, tag: Tag, reference: &str) -> Fit {
    let hdr = &msg.message().hdr;
    let (named, other) = match tag {
        Tag::TargetRef => (msg.text(hdr.target_uri), msg.text(hdr.source_uri)),
        _ => (msg.text(hdr.source_uri), msg.text(hdr.target_uri)),
    };
    match compare_uris(reference, named) {
        UriMatch::Same => return Fit::Same,
        _ if named.is_empty() => return Fit::NothingNamed,
        UriMatch::Loosely => return Fit::Loosely,
        UriMatch::Different => {}
    }
    let answer = &status.message().hdr;
    let session = &msg.session.identity;
    let known = [
        other,
        msg.text(hdr.resp_uri),
        status.text(answer.resp_uri),
        status.text(answer.source_uri),
        status.text(answer.target_uri),
        &session.device,
        &session.server,
    ];
    let shortened = named.contains(reference) || reference.contains(named);
    let before = msg.session.previous_of_sender(status.msg.id);
    let resp_uri = before.map_or("", |(_, entry)| entry.message.text(entry.message.hdr.resp_uri));
    let is_known = known.iter().any(|uri| !uri.is_empty() && compare_uris(reference, uri) != UriMatch::Different)
        || (!resp_uri.is_empty() && compare_uris(reference, resp_uri) != UriMatch::Different);
    if shortened || is_known { Fit::Related } else { Fit::Foreign }
}

fn fit_command(cmd: Cmd<'_>, tag: Tag, reference: &str, profile: Profile) -> Fit {
    let named = || {
        let items = cmd.items().iter();
        items.map(|item| cmd.text(if tag == Tag::TargetRef { item.target_uri } else { item.source_uri }))
    };
    let wanted = plain(reference);
    if named().any(|uri| !uri.is_empty() && plain(uri) == wanted) {
        return Fit::Same;
    }
    if named().all(str::is_empty) {
        return Fit::NothingNamed;
    }
    if named().any(|uri| node_name(uri, profile) == node_name(reference, profile)) {
        return Fit::Same;
    }
    if named().any(|uri| !uri.is_empty() && compare_uris(uri, reference) != UriMatch::Different) {
        return Fit::Loosely;
    }
    Fit::Foreign
}

pub(super) static MSG_REF: Rule = Rule {
    id: "STA-009",
    name: "status-without-msgref",
    title: "A Status has MsgRef",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[STATUS_DTD],
    what: "Each Status has a MsgRef that is not empty, unless the message that it answers has no MsgID.",
    why: "CmdIDs begin anew in each message: without MsgRef nobody knows which command the Status is for.",
    mend: "Write the MsgID of the message that holds the command.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 200 nomsgref",
        " Results ./DevDetail/SwV=7.1",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, msg_ref),
    ..Rule::MUST
};

fn msg_ref(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at());
    if status.text(status.command.msg_ref).is_empty() {
        let answered = status.msg.entry.answers.and_then(|id| status.session().entry(id));
        if answered.is_some_and(|answered| answered.message.msg_id().is_none()) {
            // What has no MsgID cannot be named (guard G15).
            return occasion.undecided(Reason::AmbiguousReference);
        }
        let how = if status.command.msg_ref.is_some() { "an empty" } else { "no" };
        occasion.violated(
            format!("{} has {how} MsgRef", status_shown(status)),
            "MsgRef with the MsgID of the message answered",
        );
    }
}

pub(super) static CMD_REF: Rule = Rule {
    id: "STA-010",
    name: "status-without-cmdref",
    title: "A Status has CmdRef",
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 CmdRef" }],
    what: "Each Status has a CmdRef. Only a warning where it answers a SyncHdr, since older texts left it out there; an empty \
           one is right for a command that came without CmdID.",
    why: "Without CmdRef the Status belongs to no command.",
    mend: "Write the CmdID of the command, or 0 for the SyncHdr.",
    pass: &[ONE_GET],
    violate: &[
        opened!(
            " Get ./DevDetail/SwV",
            "device",
            " Status SyncHdr 200",
            " Status Get 200 nocmdref",
            " Results ./DevDetail/SwV=7.1",
        ),
        "device\n Alert 1201\nserver\n Status SyncHdr 200 nocmdref\n Status Alert 200\n",
    ],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, cmd_ref),
    ..Rule::MUST
};

fn cmd_ref(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at());
    if !status.text(status.command.cmd_ref).is_empty() {
        return occasion.held();
    }
    let expected = "CmdRef with the CmdID of the command answered, 0 for the SyncHdr";
    let how = if status.command.cmd_ref.is_some() { "an empty" } else { "no" };
    let seen = format!("{} has {how} CmdRef", status_shown(status));
    if status.text(status.command.cmd) == "SyncHdr" {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else if status.command.cmd_ref.is_none() || command_without_id(status).is_none() {
        occasion.violated(seen, expected);
    }
}

/// The first command without CmdID in the message that a Status without CmdRef answers.
fn command_without_id(status: Cmd<'_>) -> Option<Cmd<'_>> {
    let Some(Resolution::NoCmdRef(message)) = status.resolution() else { return None };
    message_at(status.session(), message)?.commands().find(|cmd| cmd.text(cmd.command.cmd_id).is_empty())
}

pub(super) static NO_CMD_ID: Rule = Rule {
    id: "STA-020",
    name: "status-for-command-without-cmdid",
    title: "A command without CmdID was answered with an empty CmdRef",
    judged: Judged::Client,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[Clause { document: MS_MDM, section: "2.2.6.1 Status" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "A client's Status with an empty CmdRef, or none, answers a message in which a command lacks CmdID. Windows clients \
           are known to answer so and are not mentioned.",
    why: "It shows that the client noticed the command without CmdID; the fault lies with the server.",
    mend: "Nothing to mend in the client: the server has to give each command a CmdID.",
    pass: &[],
    violate: &[opened!(" Get ./DevDetail/SwV nocmd", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\"",)],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, no_cmd_id),
    ..Rule::MAY
};

fn no_cmd_id(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if let Some(cmd) = command_without_id(status) {
        cx.occasion(status.at()).related(cmd.at()).violated(
            format!("Status {} without CmdRef for {}", status.text(status.command.data), shown(cmd)),
            "commands with CmdID, and a Status that refers to it",
        );
    }
}
