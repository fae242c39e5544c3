//! Who may send what, and what DM does not use at all: CMD-005 to CMD-011, CMD-044.

use super::{EVERY_MESSAGE, UNDECODABLE, uri_of};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Resolution};
use crate::markup::{NodeId, Tag};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::{loose_uri, quoted};
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source, Versions};
use crate::rules::sta::common::{CREP, DREP, FIRST, ONE_GET, PRO, STATUS, message_at, opened};
use crate::rules::xml::places;
use crate::syncml::{CommandId, CommandName, Oddity};

const PACKAGES: Clause = Clause { document: PRO, section: "8 Packages" };

pub(super) static CLIENT_COMMANDS: Rule = Rule {
    id: "CMD-005",
    name: "command-of-the-server-from-client",
    title: "A client sends Status, Results, Alert, Replace and Final only",
    level: Level::MustNot,
    judged: Judged::Client,
    clause: &[PACKAGES],
    what: "SyncBody of a client's message holds Status, Results, Alert, Replace and Final, and nothing else. Commands and elements \
           of data synchronisation are another rule's matter.",
    why: "The server does not expect to be managed: it refuses the command, or the whole message.",
    mend: "Tell the server by an Alert what happened, and let it ask for what it needs.",
    yields_to: &["XML-011", "WBX-005", "WBX-006", "WBX-007"],
    pass: &[ONE_GET],
    violate: &["device\n Alert 1201\n Get ./A\n", "device\n Alert 1201\n xml <Reboot><CmdID>9</CmdID></Reboot>\n"],
    not_applicable: &[UNDECODABLE, "device\n Put ./A=1\n Final\n"],
    check: Check::Message(client_commands),
    ..Rule::MUST
};

/// Whether other rules say that the element has no place in DM.
pub(in crate::rules) const fn is_excluded(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::Map
            | Tag::MapItem
            | Tag::Put
            | Tag::Search
            | Tag::Sync
            | Tag::Archive
            | Tag::Lang
            | Tag::NoResp
            | Tag::NoResults
            | Tag::NumberOfChanges
            | Tag::SftDel
            | Tag::Move
            | Tag::Field
            | Tag::Filter
            | Tag::FilterType
            | Tag::Record
            | Tag::SourceParent
            | Tag::TargetParent
    )
}

fn client_commands(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(body) = msg.message().sync_body.filter(|_| msg.entry.is_client()) else { return };
    let tree = msg.message().tree();
    let mut is_right = false;
    let mut wrong = Vec::new();
    for node in tree.elements(body) {
        match tree.tag(node) {
            Some(Tag::Status | Tag::Results | Tag::Alert | Tag::Replace) => is_right = true,
            Some(Tag::Final) => {}
            Some(tag) if is_excluded(tag) => {}
            _ => wrong.push(node),
        }
    }
    if wrong.is_empty() && is_right {
        return cx.occasion(msg.at()).held();
    }
    for node in wrong {
        // Commands stand in the order of their elements.
        let command = msg.message().commands.binary_search_by_key(&node, |command| command.node).ok();
        let command = command.and_then(|at| msg.command(CommandId(u32::try_from(at).ok()?)));
        let at = command.map_or(msg.at_node(node), Cmd::at);
        cx.occasion(at).violated(
            format!("{} from the client", quoted(tree.name(node))),
            "Status, Results, Alert, Replace of DevInfo, and Final",
        );
    }
}

pub(super) static CLIENT_REPLACE: Rule = Rule {
    id: "CMD-006",
    name: "client-replaces-other-than-devinfo",
    title: "A client's Replace is about ./DevInfo",
    level: Level::MustNot,
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[PACKAGES, Clause { document: PRO, section: "8.3 Package 1" }],
    what: "Every Item of a client's Replace names ./DevInfo or a node below it. Some devices tell ./DevDetail too, hence only a \
           warning outside strict mode; in the ms-mdm profile nodes below ./Vendor/MSFT are information.",
    why: "Servers look for the five nodes of DevInfo, and refuse or drop what they do not know.",
    mend: "Send DevInfo alone; other values go into Results when the server asks for them, or into an Alert.",
    pass: &[FIRST],
    violate: &["device\n Alert 1201\n Replace ./DevDetail/SwV=1\n"],
    not_applicable: &[UNDECODABLE, "device\n Alert 1201\n"],
    check: Check::Command(&[CommandName::Replace], client_replace),
    ..Rule::MUST
};

fn client_replace(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !cmd.msg.entry.is_client() || cmd.msg.entry.is_continuation(cmd.id) {
        return;
    }
    let mut uris =
        cmd.items().iter().map(|item| (item, uri_of(cmd, item))).filter(|(_, uri)| !uri.is_empty()).peekable();
    if uris.peek().is_none() {
        return;
    }
    let is_device_information = |uri: &str| {
        let uri = loose_uri(uri);
        uri.strip_prefix("devinfo").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut wrong = uris.filter(|(_, uri)| !is_device_information(uri));
    let Some((item, uri)) = wrong.next() else { return cx.occasion(cmd.at()).held() };
    let is_windows = |uri: &str| loose_uri(uri).starts_with("vendor/msft");
    let is_usual = cx.profile() == Profile::MsMdm && is_windows(uri) && wrong.all(|(_, uri)| is_windows(uri));
    let occasion = cx.occasion(cmd.at_node(item.node));
    let seen = format!("Replace of {} from the client", quoted(uri));
    if is_usual {
        occasion.violated_as(Severity::Info, seen, "nodes of ./DevInfo");
    } else {
        occasion.violated(seen, "nodes of ./DevInfo");
    }
}

pub(super) static LATE_REPLACE: Rule = Rule {
    id: "CMD-007",
    name: "client-replace-after-package-1",
    title: "A client sends DevInfo in package 1 only",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "8.3 Package 1" }, Clause { document: PRO, section: "8.5 Package 3" }],
    what: "No client message behind package 1 has a Replace, unless the client's message before it was refused with 401 or 407.",
    why: "The server has worked with DevInfo already, and does not look for another one.",
    mend: "Send DevInfo once, in package 1, and again only when that is repeated.",
    needs: &[Need::Start, Need::NoLoss],
    pass: &[FIRST],
    violate: &[opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404", " Replace ./DevInfo/Lang=de")],
    not_applicable: &[UNDECODABLE, "device\n Alert 1201\n"],
    check: Check::Command(&[CommandName::Replace], late_replace),
    ..Rule::SHOULD
};

fn late_replace(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let entry = cmd.msg.entry;
    if !entry.is_client() {
        return;
    }
    let occasion = cx.occasion(cmd.at());
    let is_repetition = || cmd.session().previous_of_sender(cmd.msg.id).is_some_and(|(_, before)| before.refused);
    if entry.package.number != 1 && !is_repetition() {
        occasion.violated(format!("Replace in package {}", entry.package.number), "DevInfo in package 1 only");
    }
}

pub(super) static SERVER_RESULTS: Rule = Rule {
    id: "CMD-008",
    name: "results-from-server",
    title: "A server sends no Results",
    level: Level::MustNot,
    judged: Judged::Server,
    clause: &[
        Clause { document: DREP, section: "6.6 (support table)" },
        Clause { document: PRO, section: "8.5 Package 3" },
    ],
    what: "No message of a server holds Results: a client asks for nothing that they could answer.",
    why: "Clients refuse the message, or take the Results for a command that they do not know.",
    mend: "Leave Results out of the server's messages.",
    pass: &[ONE_GET],
    violate: &[opened!(" Results ./A=1 msgref=1 ref=1")],
    not_applicable: &[FIRST, UNDECODABLE],
    check: Check::Message(server_results),
    ..Rule::MUST
};

fn server_results(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.is_server() {
        return;
    }
    match msg.commands().find(|cmd| cmd.command.name == CommandName::Results) {
        None => cx.occasion(msg.at()).held(),
        Some(results) => cx.occasion(results.at()).violated("Results from the server", "no Results"),
    }
}

pub(super) static DATA_SYNC: Rule = Rule {
    id: "CMD-009",
    name: "data-sync-command",
    title: "Commands of data synchronisation are not used",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6 Map, MapItem, Put, Search, Sync" }],
    what: "No message holds Map, MapItem, Put, Search or Sync, outside of Data.",
    why: "The peer of a management session does not have these commands and refuses them, or the message.",
    mend: "Use the commands of DM: Replace for DevInfo, not Put.",
    yields_to: &["WBX-007"],
    pass: &[EVERY_MESSAGE],
    violate: &["device\n Alert 1201\n Put ./DevInfo/DevId=1\n"],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| unused(msg, cx, Oddity::DataSyncCommand)),
    ..Rule::MUST
};

fn unused(msg: Msg<'_>, cx: &mut Cx<'_>, oddity: Oddity) {
    let Some(seen) = msg.message().survey().sighting(oddity) else { return cx.occasion(msg.at()).held() };
    let name = msg.message().tree().name(seen.first);
    cx.occasion(msg.at_node(seen.first))
        .violated(format!("{} at {}", quoted(name), places(msg, seen.first, seen.count)), "elements that DM uses");
}

pub(super) static NOT_USED: Rule = Rule {
    id: "CMD-010",
    name: "element-that-dm-excludes",
    title: "Archive, Lang, NoResp, NoResults, NumberOfChanges and SftDel are not used",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.1 Common use elements" }],
    what: "None of these elements stands in SyncBody, outside of Data. What stands in SyncHdr is judged by the rules on SyncHdr. \
           A command with NoResp is not reported for a Status that is missing.",
    why: "A peer that follows them behaves otherwise than DM expects: it does not answer, or keeps what was to be deleted.",
    mend: "Leave the element out.",
    yields_to: &["WBX-007"],
    pass: &[EVERY_MESSAGE],
    violate: &[opened!(" Get lang=en ./DevDetail/SwV"), opened!(" Get noresp ./DevDetail/SwV")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| unused(msg, cx, Oddity::NotInDm)),
    ..Rule::MUST
};

pub(super) static ADDITIONS: Rule = Rule {
    id: "CMD-011",
    name: "data-sync-addition",
    title: "Elements that SyncML 1.2 added for data synchronisation are not used",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "6.5 Move" }, Clause { document: CREP, section: "7 DTD" }],
    what: "No message holds Move, Field, Filter, FilterType, Record, SourceParent or TargetParent, outside of Data: they are in \
           none of the tables of DM.",
    why: "Clients of DM do not know them, and refuse the command or do something else than was meant.",
    mend: "Use Replace of the property Name to rename a node, Copy and Delete to move it.",
    yields_to: &["WBX-007"],
    pass: &[EVERY_MESSAGE],
    violate: &[opened!(" xml <Move><CmdID>9</CmdID></Move>")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(|msg, cx| unused(msg, cx, Oddity::DataSyncAddition)),
    ..Rule::MUST
};

pub(super) static UNRECOGNISED: Rule = Rule {
    id: "CMD-044",
    name: "unknown-command-accepted",
    title: "A command that is not known is answered with a failing code",
    level: Level::Should,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 400, 501" }],
    what: "Where SyncBody holds an element that is no command of SyncML, and a Status refers to its CmdID, that Status has no \
           code of success.",
    why: "The sender believes that the command was executed.",
    mend: "Answer 400, 406 or 501 to what is not known.",
    pass: &[opened!(
        " xml <Reboot><CmdID>9</CmdID></Reboot>",
        "device",
        " Status SyncHdr 200",
        " Status Reboot 501 msgref=1 ref=9",
    )],
    violate: &[opened!(
        " xml <Reboot><CmdID>9</CmdID></Reboot>",
        "device",
        " Status SyncHdr 200",
        " Status Reboot 200 msgref=1 ref=9",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(STATUS, unrecognised),
    ..Rule::SHOULD
};

fn unrecognised(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(Resolution::NoSuchCommand(entry)) = status.resolution() else { return };
    let Some(msg) = message_at(status.session(), entry).filter(|msg| msg.entry.message.is_judgeable()) else { return };
    let Some(element) = unknown_element(msg, status.text(status.command.cmd_ref)) else { return };
    let Some(code) = status.code() else { return };
    let occasion = cx.occasion(status.at()).related(msg.at_node(element));
    if matches!(code, 200..=299) {
        occasion.violated(
            format!("Status {code} for {}", quoted(msg.message().tree().name(element))),
            "400, 406 or 501 for a command that SyncML does not have",
        );
    }
}

/// The element of SyncBody that is no command, with that CmdID.
pub(in crate::rules) fn unknown_element(msg: Msg<'_>, cmd_id: &str) -> Option<NodeId> {
    let tree = msg.message().tree();
    let mut unknown = msg.message().survey().unknown_commands.iter().copied();
    unknown.find(|node| msg.message().value(tree.child(*node, Tag::CmdID)) == Some(cmd_id))
}

/// Messages from the server alone, for rules that judge nothing else.
pub(super) fn is_from_server(cmd: Cmd<'_>) -> bool {
    cmd.msg.entry.direction == Direction::ServerToDevice
}
