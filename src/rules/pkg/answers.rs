//! Whether a package answers all of the one before.

use super::{MID_SESSION, PRO_6_1};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::loose_uri;
use crate::rules::rule::{Check, Clause, Effect, Judged, Need, Override, Rule, Scope};
use crate::rules::sta::common::{
    COMMANDS, FIRST, ONE_GET, PRO, after_package_1, is_failure, message_at, number, opened, shown,
};
use crate::syncml::CommandName;
use std::collections::HashSet;

const WINDOWS: &[Override] =
    &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }];

pub(super) static PACKAGE_2: Rule = Rule {
    id: "PKG-017",
    name: "package-1-not-answered",
    title: "Package 2 has Status for the SyncHdr and the Alerts of package 1",
    judged: Judged::Server,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.4 Package 2, item 2" }],
    needs: &[Need::NotAborted],
    overrides: WINDOWS,
    what: "When the server closes its package 2, SyncHdr and each Alert of the client's package 1 have a Status. A warning where \
           the server refused the message with another failing code than 401 or 407; an observation from Windows servers. \
           STA-001 and STA-002 name what is missing, and speak first.",
    why: "The client cannot tell whether the server knows who began the session, and which of its events arrived.",
    mend: "Answer SyncHdr and every Alert in the server's first package.",
    yields_to: &["STA-001", "STA-002"],
    pass: &[ONE_GET],
    violate: &[after_package_1!("server", " Status SyncHdr 200", " Status Replace 200", " Get ./DevDetail/SwV")],
    not_applicable: &[FIRST, MID_SESSION],
    check: Check::Message(package_2),
    ..Rule::MUST
};

fn package_2(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() && msg.entry.package.number == 1 {
        client_package(msg, cx);
    }
}

pub(super) static PACKAGE_4: Rule = Rule {
    id: "PKG-023",
    name: "package-3-not-answered",
    title: "Package 4 has Status for the SyncHdr and the Alerts of package 3",
    judged: Judged::Server,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.6 Package 4, item 2" }],
    needs: &[Need::NotAborted],
    overrides: WINDOWS,
    what: "When the server closes the package that answers a package 3, SyncHdr and each Alert in it have a Status; an \
           observation from Windows servers. STA-001 and STA-002 name what is missing, and speak first.",
    why: "The client repeats an event that was never acknowledged, or drops one that never arrived.",
    mend: "Answer SyncHdr and every Alert of the client's package.",
    yields_to: &["STA-001", "STA-002"],
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        " Alert 1226 type=org.example.event format=chr data=x",
        "server",
        " Status SyncHdr 200",
    )],
    not_applicable: &[FIRST],
    check: Check::Message(package_4),
    ..Rule::MUST
};

fn package_4(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() && msg.entry.package.number == 3 {
        client_package(msg, cx);
    }
}

/// SyncHdr and Alerts of a client's message, and what the server answered.
fn client_package(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let Some(next) = session.next_of_peer(msg.id).and_then(|(id, _)| message_at(session, id)) else { return };
    if msg.entry.refused || msg.entry.is_unanswered() || msg.message().hdr.no_resp.is_some() {
        return;
    }
    // The closing message is not answered by right, and what follows is the client's fault (PKG-020).
    if next.entry.answers == Some(msg.id) {
        let occasion = cx.occasion(next.at()).related(msg.at_node(None));
        if session.statuses_of(msg.header()).next().is_some() {
            occasion.held();
        } else if !next.message().is_judgeable() || next.entry.is_after_loss() {
            occasion.undecided(Reason::MessageLost);
        } else if msg.message().msg_id().is_none() || session.has_stray_answer(next.id, "SyncHdr") {
            occasion.undecided(Reason::AmbiguousReference);
        } else {
            occasion.violated(format!("no Status for the SyncHdr of {}", number(msg)), "a Status with Cmd SyncHdr");
        }
    }
    let is_refused = session.codes_of(msg.header()).any(is_failure);
    let alerts = || msg.commands().filter(|cmd| cmd.command.name == CommandName::Alert);
    // Whether 1222 needs a Status is told by STA-002, which is a warning there.
    let counts = |cmd: &Cmd<'_>| cmd.code() != Some(1222);
    commands(msg, alerts().filter(counts), |_| is_refused, cx);
}

/// Commands of a message, and whether all have a Status when the other side has closed its answer. `is_mild` says where a
/// missing one is a warning only.
fn commands<'s>(
    msg: Msg<'s>,
    commands: impl Iterator<Item = Cmd<'s>>,
    is_mild: impl Fn(Cmd<'s>) -> bool,
    cx: &mut Cx<'_>,
) {
    let session = msg.session;
    let mut missing: Vec<Cmd<'_>> = Vec::new();
    let mut exist = false;
    for cmd in commands.filter(|cmd| cmd.command.no_resp.is_none()) {
        exist = true;
        if session.statuses_of(cmd.place()).next().is_none() {
            missing.push(cmd);
        }
    }
    if !exist {
        return;
    }
    let end = session.answer_end(msg.id).and_then(|id| message_at(session, id));
    let next = session.next_of_peer(msg.id).and_then(|(id, _)| message_at(session, id));
    let Some(place) = end.or(next) else { return };
    let occasion = cx.occasion(place.at());
    let Some(first) = missing.first() else { return occasion.held() };
    let Some(end) = end else { return occasion.undecided(Reason::EndNotCaptured) };
    let occasion = occasion.related(first.at());
    let is_stray = |cmd: &Cmd<'_>| {
        let first = session.next_of_peer(msg.id);
        first.is_some_and(|(first, _)| session.has_stray_answer_between(first, end.id, cmd.command.name.name()))
    };
    if missing.iter().any(|cmd| !msg.entry.is_sound(cmd.id)) || is_stray(first) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    if session.has_losses && !session.is_whole_between(msg.id, end.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    let more = match missing.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let seen = format!("no Status for {}{more} when {} closes the answer", shown(*first), number(end));
    let expected = "a Status for each of them";
    if missing.iter().all(|cmd| is_mild(*cmd)) {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static PACKAGE_3: Rule = Rule {
    id: "PKG-018",
    name: "server-command-not-answered",
    title: "Package 3 has a Status for every command of the server's package",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.5 Package 3, items 2 and 3" }],
    needs: &[Need::NotAborted],
    what: "When the client closes its package, each command of the server's package has a Status: Alerts, containers and what \
           is in them. A warning where the client refused the message with another failing code than 401 or 407, or where the \
           container around the command failed. Parts of a value with MoreData are LOB-012. STA-002 names each command, and \
           speaks first.",
    why: "The server cannot tell whether the command was executed: it waits, or repeats what must not be done twice.",
    mend: "Answer each command of the package before Final.",
    yields_to: &["STA-002"],
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        " Delete ./Vendor/Old",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
    )],
    not_applicable: &[FIRST, after_package_1!("server", " Status SyncHdr 200", " Status * 200")],
    check: Check::Message(package_3),
    ..Rule::MUST
};

fn package_3(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_client() || msg.entry.refused || msg.message().hdr.no_resp.is_some() {
        return;
    }
    let session = msg.session;
    let is_refused = session.codes_of(msg.header()).any(is_failure);
    let is_asked = |cmd: &Cmd<'_>| {
        COMMANDS.contains(&cmd.command.name)
            && !cmd.items().iter().any(|item| item.more_data.is_some())
            && !(cmd.command.name == CommandName::Alert && matches!(cmd.code(), Some(1222 | 1223)))
    };
    let is_skipped = |cmd: Cmd<'_>| {
        cmd.containers()
            .any(|container| session.codes_of(container.place()).any(|code| is_failure(code) && code != 507))
    };
    commands(msg, msg.commands().filter(is_asked), |cmd| is_refused || is_skipped(cmd), cx);
}

pub(super) static RESULTS: Rule = Rule {
    id: "PKG-019",
    name: "results-missing",
    title: "Package 3 brings Results for each successful Get",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "8.5 Package 3, item 4" }, PRO_6_1],
    needs: &[Need::NotAborted],
    what: "A Get that was answered with 200 has Results when the client closes its package. Results that come after Final are \
           PKG-002; Results that lead to no Get, or to another one, leave it undecided.",
    why: "The server has a success and no value: it takes the node for empty, or waits.",
    mend: "Send Results with each Status 200 for a Get, with empty Data where the node has no value.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Status Get 200")],
    not_applicable: &[FIRST, opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404")],
    check: Check::Message(results),
    ..Rule::MUST
};

fn results(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    if msg.entry.is_client() {
        return;
    }
    let mut missing: Vec<Cmd<'_>> = Vec::new();
    for get in msg.commands().filter(|cmd| cmd.command.name == CommandName::Get) {
        if !session.codes_of(get.place()).any(|code| code == 200) {
            continue;
        }
        match session.results_of(get.place()).next().and_then(|place| message_at(session, place.entry)) {
            Some(answer) => cx.occasion(answer.at()).held(),
            None => missing.push(get),
        }
    }
    missing.retain(|get| !get.containers().any(|container| session.codes_of(container.place()).any(is_failure)));
    if missing.is_empty() {
        return;
    }
    let end = session.answer_end(msg.id).and_then(|id| message_at(session, id));
    let Some(place) = end.or_else(|| session.next_of_peer(msg.id).and_then(|(id, _)| message_at(session, id))) else {
        return;
    };
    let returned = end.map(|end| Returned::of(msg, end));
    let is_whole = |end: Msg<'_>| !session.has_losses || session.is_whole_between(msg.id, end.id);
    for get in missing {
        let occasion = cx.occasion(place.at()).related(get.at());
        let (Some(end), Some(returned)) = (end, &returned) else {
            occasion.undecided(Reason::EndNotCaptured);
            continue;
        };
        if !is_whole(end) {
            occasion.undecided(Reason::MessageLost);
        } else if !msg.entry.is_sound(get.id) || returned.may_be_for(get) {
            occasion.undecided(Reason::AmbiguousReference);
        } else {
            occasion.violated(
                format!("Status 200 for {}, and no Results when {} closes the answer", shown(get), number(end)),
                "Results with the value of the node",
            );
        }
    }
}

/// Results of an answer that can have been meant for any Get.
struct Returned {
    /// Some lead nowhere, or stand in an element that nobody knows.
    lost: bool,
    /// Nodes that they name.
    nodes: HashSet<String>,
}

impl Returned {
    fn of(asked: Msg<'_>, end: Msg<'_>) -> Self {
        let session = asked.session;
        let mut returned = Self { lost: false, nodes: HashSet::new() };
        let mut at = session.next_of_peer(asked.id);
        while let Some(msg) = at.and_then(|(id, _)| message_at(session, id)).filter(|msg| msg.id <= end.id) {
            let message = msg.message();
            let is_unknown = |node| message.tree().tag(node) == Some(Tag::Unknown);
            returned.lost |= message.sync_body.is_some_and(|body| message.tree().elements(body).any(is_unknown));
            for results in msg.commands().filter(|cmd| cmd.command.name == CommandName::Results) {
                returned.lost |= results.resolution().is_some_and(|resolution| resolution.found().is_none());
                returned.nodes.extend(results.items().iter().map(|item| loose_uri(results.text(item.source_uri))));
            }
            at = session.next_of_sender(msg.id);
        }
        returned
    }

    fn may_be_for(&self, get: Cmd<'_>) -> bool {
        self.lost || get.items().iter().any(|item| self.nodes.contains(&loose_uri(get.text(item.target_uri))))
    }
}
