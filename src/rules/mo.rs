//! What the rules on management objects share: leaves, lists, operations and alerts of an object, with how surely it is one
//! (guard 10: a root that only names of nodes give away makes a finding milder), and the sessions of the examples.

use super::cx::{Cmd, Cx, Msg, Occasion};
use super::finding::At;
use super::helper::{UriMatch, compare_uris, is_below, quoted, without_query};
use super::operation;
use super::rule::{Effect, Override, Rule, Source, Versions};
use super::sta::common::{last_status, shown};
use crate::base::Severity;
use crate::dm::{AlertContent, EntryId, Profile};
use crate::markup::Tag;
use crate::objects::{self, AlertRole, AlertType, Node, Object, Sureness, is_success, uri_of};
use crate::syncml::CommandName;

/// Windows has objects of its own.
const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// What rules share whose text was read; to be used as `..READ`.
pub(super) const READ: Rule = Rule {
    versions: Versions::All,
    overrides: NOT_WINDOWS,
    severity: Severity::Warning,
    strict: Severity::Warning,
    ..Rule::MUST
};

/// What rules share that implementations and expert knowledge suggest; to be used as `..SEEN`.
pub(super) const SEEN: Rule = Rule { source: Source::Code, ..READ };

/// A session in which the server asks and the device answers; both say first what the root is.
macro_rules! typed {
    ($root:literal, $id:literal, $server:expr, $device:expr) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Get ",
            $root,
            "?prop=Type\n",
            $server,
            "device\n Status SyncHdr 200\n Status Get 200\n Results ",
            $root,
            "?prop=Type=",
            $id,
            "\n",
            $device
        )
    };
}
pub(in crate::rules) use typed;

/// A session that begins with a Generic Alert.
macro_rules! alerted {
    ($alert:expr) => {
        concat!($crate::rules::sta::common::package_1!(), " Alert 1226 ", $alert, "\n")
    };
}
pub(in crate::rules) use alerted;

/// The severity of a finding on an object that is known so surely.
pub(super) const fn soft(severity: Severity, sureness: Sureness) -> Severity {
    match (sureness, severity) {
        (Sureness::Sure | Sureness::Told, severity) => severity,
        (Sureness::Shape, Severity::Error) => Severity::Warning,
        (Sureness::Shape, _) => Severity::Info,
    }
}

/// How surely the nodes of an object must be those of its description: an alert may have named what is not quite its root.
pub(super) const fn of_nodes(sureness: Sureness) -> Sureness {
    match sureness {
        Sureness::Sure => Sureness::Sure,
        Sureness::Told | Sureness::Shape => Sureness::Shape,
    }
}

/// A leaf of an object, with its value.
pub(super) struct Leaf<'s> {
    pub(super) uri: &'s str,
    pub(super) value: &'s str,
    pub(super) format: &'s str,
    pub(super) at: At,
    /// The entry of the node.
    pub(super) node: &'static Node,
    pub(super) root: String,
    pub(super) sureness: Sureness,
}

impl Leaf<'_> {
    /// Whether it is the node of that path in the table.
    pub(super) fn is(&self, paths: &[&str]) -> bool {
        paths.contains(&self.node.path)
    }

    /// For the text of a finding.
    pub(super) fn shown(&self) -> String {
        format!("{} is {}", self.uri, quoted(self.value))
    }
}

/// The complete values of an object's nodes in Results of the client, or in an Add or Replace of the server.
pub(super) fn leaves<'s>(cmd: Cmd<'s>, cx: &Cx<'_>, object: &'static Object) -> Vec<Leaf<'s>> {
    let mut leaves = Vec::new();
    let (entry, message) = (cmd.msg.entry, cmd.message());
    let is_results = cmd.command.name == CommandName::Results;
    if entry.refused || entry.is_continuation(cmd.id) || is_results != entry.is_client() {
        return leaves;
    }
    let instances = cx.instances();
    if instances.is_empty() {
        return leaves;
    }
    for item in cmd.items() {
        let Some(data) = item.data.filter(|_| item.more_data.is_none()) else { continue };
        let uri = match is_results {
            true => uri_of(cmd.session(), message, cmd.id, cmd.command, item, cmd.place()),
            false => cmd.text(item.target_uri),
        };
        if uri.is_empty() || uri.contains('?') {
            continue;
        }
        let Some(found) = instances.of_object(object, uri) else { continue };
        let Some(node) = found.node else { continue };
        let format = cmd.text(message.effective_met_inf(cmd.command, Some(item), Tag::Format));
        if format.eq_ignore_ascii_case("node") {
            continue;
        }
        leaves.push(Leaf {
            uri,
            value: cmd.text(data),
            format,
            at: cmd.at_node(data),
            node,
            root: found.root.to_owned(),
            sureness: found.sureness,
        });
    }
    leaves
}

/// Says of an object that is known so surely what is wrong.
pub(super) fn accuse(
    occasion: Occasion<'_, '_>,
    (severity, sureness): (Severity, Sureness),
    seen: impl Into<String>,
    expected: impl Into<String>,
) {
    occasion.violated_as(soft(severity, sureness), seen, expected);
}

/// Holds leaves to the values of the table.
pub(super) fn numbered(cmd: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, paths: &[&str], severity: Severity) {
    for leaf in leaves(cmd, cx, object).into_iter().filter(|leaf| leaf.is(paths)) {
        let occasion = cx.occasion(leaf.at);
        let number = leaf.value.trim_start_matches('0');
        let is_known = leaf.node.values.iter().any(|one| one.value == number);
        if !is_known {
            accuse(occasion, (severity, leaf.sureness), leaf.shown(), format!("one of {}", listed(leaf.node)));
        }
    }
}

/// The values of a leaf.
fn listed(node: &Node) -> String {
    node.values.iter().map(|one| one.value).collect::<Vec<_>>().join(", ")
}

/// Holds leaves to true and false, where their Format does not already ask for it.
pub(super) fn boolean(cmd: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, paths: &[&str], severity: Severity) {
    for leaf in leaves(cmd, cx, object).into_iter().filter(|leaf| leaf.is(paths)) {
        let occasion = cx.occasion(leaf.at);
        let is_boolean = ["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(leaf.value));
        if !is_boolean {
            accuse(occasion, (severity, leaf.sureness), leaf.shown(), "true or false");
        }
    }
}

/// Whether a path leads through a node that is the vendor's.
fn is_vendors(path: &str) -> bool {
    path.split('/').any(|name| name.eq_ignore_ascii_case("Ext"))
}

/// Holds the Target of an Exec to the operations of an object.
pub(super) fn operations(exec: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let instances = cx.instances();
    if !exec.msg.entry.is_server() || instances.is_empty() {
        return;
    }
    let Some(item) = exec.items().first() else { return };
    let uri = exec.text(item.target_uri);
    let Some(found) = instances.of_object(object, uri) else { return };
    if is_vendors(found.path) {
        return;
    }
    let occasion = cx.occasion(exec.at_node(item.target_uri));
    let mut names: Vec<&str> = object.operations().map(|(node, _)| node.name()).collect();
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    // A node of that name elsewhere is one of an instance below, whose root is not known.
    let last = found.path.rsplit('/').next().unwrap_or_default();
    let is_named = found.node.is_none() && names.iter().any(|name| name.eq_ignore_ascii_case(last));
    if !is_named && found.node.is_none_or(|node| node.action.is_none()) {
        let seen = format!("{} on {}", shown(exec), quoted(uri));
        accuse(
            occasion,
            (severity, found.sureness),
            seen,
            format!("an operation of {}: {}", object.name, names.join(", ")),
        );
    }
}

/// Holds a list of child nodes to the description: those that must be there, and those that may.
pub(super) fn structure(cmd: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, over: &[&str], severity: Severity) {
    let instances = cx.instances();
    let place = cmd.place();
    for list in instances.lists().filter(|list| list.by == place && list.names().next().is_some()) {
        let Some(found) = instances.of_object(object, &list.uri) else { continue };
        let Some(node) = found.node.filter(|node| over.contains(&node.path)) else { continue };
        let below: Vec<&Node> = object.below(node.path).collect();
        let must = below.iter().filter(|node| node.occurs == objects::Occurs::One && node.name() != "<X>");
        let missing: Vec<&str> = must.map(|node| node.name()).filter(|name| !list.has(name)).collect();
        let is_known = |name: &str| {
            name.eq_ignore_ascii_case("Ext")
                || below.iter().any(|node| node.name() == "<X>" || node.name().eq_ignore_ascii_case(name))
        };
        // Nothing of it: rather a node over instances than one of them.
        if !list.names().any(|name| below.iter().any(|node| node.name().eq_ignore_ascii_case(name))) {
            continue;
        }
        let sureness = of_nodes(found.sureness);
        let unknown: Vec<String> = list.names().filter(|name| !is_known(name)).take(8).map(quoted).collect();
        let occasion = cx.occasion(cmd.at());
        if !missing.is_empty() {
            let seen = format!("{} has no {}", list.uri, missing.join(", no "));
            accuse(occasion, (severity, sureness), seen, format!("nodes of {}", object.name));
        } else if !unknown.is_empty() {
            let seen = format!("{} has {}", list.uri, unknown.join(", "));
            accuse(occasion, (severity, sureness), seen, format!("nodes of {}, others below Ext", object.name));
        }
    }
}

/// Nodes that a server writes, and that are the device's.
pub(super) fn written(cmd: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, paths: &[&str], severity: Severity) {
    let instances = cx.instances();
    if !cmd.msg.entry.is_server() || cmd.msg.entry.is_continuation(cmd.id) || instances.is_empty() {
        return;
    }
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if uri.contains('?') {
            continue;
        }
        let Some(found) = instances.of_object(object, uri) else { continue };
        let Some(node) = found.node.filter(|node| !node.path.is_empty()) else { continue };
        let occasion = cx.occasion(cmd.at_node(item.target_uri));
        if paths.contains(&node.path) {
            let seen = format!("{} of {}", shown(cmd), quoted(uri));
            accuse(occasion, (severity, found.sureness), seen, "Get alone: the device keeps it");
        }
    }
}

/// A Generic Alert of a type that belongs to an object.
pub(super) struct Told<'s> {
    pub(super) alert: Cmd<'s>,
    pub(super) content: AlertContent,
    pub(super) kind: &'static AlertType,
    pub(super) data: &'s str,
    pub(super) format: &'s str,
}

impl Told<'_> {
    /// Whether it tells of the end of an operation.
    pub(super) fn is_result(&self) -> bool {
        matches!(self.kind.role, AlertRole::Result(_))
    }

    /// The name of the operation node that its type or its Source tells.
    pub(super) fn operation(&self, object: &'static Object) -> Option<&'static str> {
        match self.kind.role {
            AlertRole::Result("") => {
                let name = without_query(&self.content.source).rsplit('/').next().unwrap_or_default();
                object.operations().map(|(node, _)| node.name()).find(|own| own.eq_ignore_ascii_case(name))
            }
            AlertRole::Result(name) => Some(name),
            AlertRole::Request | AlertRole::Report => None,
        }
    }

    /// Where its data stands.
    pub(super) fn at_data(&self) -> At {
        let item = self.alert.items().first();
        self.alert.at_node(item.and_then(|item| item.data))
    }

    /// Where its Source stands.
    pub(super) fn at_source(&self) -> At {
        let item = self.alert.items().first();
        self.alert.at_node(item.and_then(|item| item.source_uri))
    }
}

/// An alert of the client about an object.
pub(super) fn told<'s>(alert: Cmd<'s>, cx: &Cx<'_>, object: &'static Object) -> Option<Told<'s>> {
    let content = operation::content(alert, cx)?;
    let (_, kind) = objects::by_alert(&content.kind).filter(|(other, _)| *other == object)?;
    let item = alert.items().first().filter(|item| item.more_data.is_none())?;
    let data = alert.text(item.data);
    let format = alert.text(alert.message().effective_met_inf(alert.command, Some(item), Tag::Format));
    Some(Told { alert, content, kind, data, format })
}

/// Holds the result code of an alert to the table.
pub(super) fn result(alert: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let Some(told) = told(alert, cx, object).filter(Told::is_result) else { return };
    let occasion = cx.occasion(told.at_data());
    let seen = || format!("{} with Data {}", shown(alert), quoted(told.data));
    match told.content.result {
        None => occasion.violated_as(severity, seen(), "a result code, a whole number"),
        Some(code) if object.code(code).is_none() => {
            occasion.violated_as(severity, seen(), format!("a result code of {}", object.name));
        }
        Some(_) => {}
    }
}

/// Asks an alert about the end of an operation for a result code.
pub(super) fn has_code(alert: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let Some(told) = told(alert, cx, object).filter(Told::is_result) else { return };
    let occasion = cx.occasion(told.at_data());
    if told.content.result.is_none() {
        occasion.violated_as(severity, format!("{} with Data {}", shown(alert), quoted(told.data)), "a result code");
    }
}

/// Holds the result code of an alert to the table, where there is one.
pub(super) fn code_known(alert: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let Some(told) = told(alert, cx, object).filter(Told::is_result) else { return };
    let Some(code) = told.content.result else { return };
    let occasion = cx.occasion(told.at_data());
    if object.code(code).is_none() {
        let seen = format!("{} with result code {code}", shown(alert));
        occasion.violated_as(severity, seen, format!("a result code of {}", object.name));
    }
}

/// Holds the result code of an alert to the operation that it tells of.
pub(super) fn result_fits(alert: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let Some(told) = told(alert, cx, object) else { return };
    let Some(name) = told.operation(object) else { return };
    let Some(code) = told.content.result.and_then(|code| Some((code, object.code(code)?))) else { return };
    let (code, known) = code;
    let occasion = cx.occasion(told.at_data());
    if !known.only.is_empty() && !known.only.contains(&name) {
        let seen = format!("{} tells of {name} with result code {code}, {}", shown(alert), known.meaning);
        occasion.violated_as(
            severity,
            seen,
            format!("a result code of {name}; {code} is for {}", known.only.join(", ")),
        );
    }
}

/// Holds the Source of an alert to what it must not be: absent, the root of the tree, a node of the standardized objects.
pub(super) fn source(alert: Cmd<'_>, cx: &mut Cx<'_>, object: &'static Object, severity: Severity) {
    let Some(told) = told(alert, cx, object).filter(|told| told.kind.role != AlertRole::Request) else { return };
    let occasion = cx.occasion(told.at_source());
    let own = &told.content.source;
    if own.is_empty() || objects::is_standard(own) {
        let seen = format!("{} of type {} with Source {}", shown(alert), quoted(&told.content.kind), quoted(own));
        occasion.violated_as(severity, seen, format!("a node of {}", object.name));
    }
}

/// Holds the type of an alert to those of an object, where it begins like them.
pub(super) fn kind(alert: Cmd<'_>, cx: &mut Cx<'_>, start: &str, object: &'static Object, severity: Severity) {
    let Some(content) = operation::content(alert, cx) else { return };
    let is_like = content.kind.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let known = objects::by_alert(&content.kind);
    let is_own = known.is_some_and(|(other, _)| other == object);
    if !is_like && !is_own {
        return;
    }
    let occasion = cx.occasion(alert.at());
    let expected = || format!("such as {}", object.alerts.first().map_or("", |alert| alert.kind));
    match known {
        None => {
            occasion.violated_as(severity, format!("{} of type {}", shown(alert), quoted(&content.kind)), expected())
        }
        Some((_, kind)) if kind.draft => {
            let seen = format!("{} of type {}, which only drafts have", shown(alert), quoted(&content.kind));
            occasion.violated_as(Severity::Info, seen, expected());
        }
        Some(_) => {}
    }
}

/// What is known of a leaf when a command comes: the value that the client gave last, empty where it said that there is none,
/// while nothing touched what is around it since. With the place of the word.
pub(super) fn last_value<'s>(cmd: Cmd<'s>, uri: &str, around: &str) -> Option<(At, &'s str)> {
    let session = cmd.session();
    let touches = |own: &str| {
        let is = |other: &str| compare_uris(own, other) != UriMatch::Different;
        is(around) || is_below(own, around) || is_below(around, own)
    };
    let before = session.entries_with_ids().take_while(|(id, _)| *id <= cmd.msg.id);
    for (id, entry) in before.collect::<Vec<_>>().into_iter().rev() {
        let msg = Msg { session, id, entry };
        if entry.is_server() {
            let is_change = |other: &Cmd<'_>| {
                let changes =
                    !matches!(other.command.name, CommandName::Get | CommandName::Status | CommandName::Alert);
                let is_other = (other.msg.id, other.id) != (cmd.msg.id, cmd.id);
                changes && is_other && other.items().iter().any(|item| touches(other.text(item.target_uri)))
            };
            if msg.commands().any(|other| is_change(&other)) {
                return None;
            }
            continue;
        }
        for other in msg.commands() {
            match other.command.name {
                CommandName::Results => {
                    for item in other.items() {
                        let own = uri_of(session, other.message(), other.id, other.command, item, other.place());
                        if !own.contains('?')
                            && compare_uris(own, uri) != UriMatch::Different
                            && item.more_data.is_none()
                        {
                            return Some((other.at(), other.text(item.data)));
                        }
                    }
                }
                CommandName::Status if other.code() == Some(404) => {
                    let get =
                        other.answered().filter(|get| get.command.name == CommandName::Get && get.items().len() == 1);
                    let asked = get.and_then(|get| Some(get.text(get.items().first()?.target_uri)));
                    if asked
                        .is_some_and(|asked| !asked.contains('?') && compare_uris(asked, uri) != UriMatch::Different)
                    {
                        return Some((other.at(), ""));
                    }
                }
                _ => {}
            }
        }
    }
    None
}

/// How a leaf must read after an operation: the name of the operation node, the path of the leaf, its value.
pub(super) type After = (&'static str, &'static str, &'static str);

/// Holds a leaf that was read to the operation on its instance that went well before, where nothing came in between.
pub(super) fn after_success(
    cmd: Cmd<'_>,
    cx: &mut Cx<'_>,
    object: &'static Object,
    table: &[After],
    severity: Severity,
) {
    for leaf in leaves(cmd, cx, object) {
        // A value that is none is another rule's matter.
        let is_known = leaf.node.values.iter().any(|one| one.value.eq_ignore_ascii_case(leaf.value));
        if !is_known || !table.iter().any(|(_, path, _)| *path == leaf.node.path) {
            continue;
        }
        let Some((instance, _)) = leaf.uri.rsplit_once('/') else { continue };
        let asked = cmd.answered().map(|get| get.msg.id);
        let Some((name, at)) = last_success(cmd, instance, asked, object) else { continue };
        let Some((_, _, wanted)) = table.iter().find(|(own, path, _)| *own == name && *path == leaf.node.path) else {
            continue;
        };
        let occasion = cx.occasion(leaf.at).related(at);
        if !leaf.value.eq_ignore_ascii_case(wanted) {
            let named = leaf.node.values.iter().find(|one| one.value == *wanted).map_or("", |one| one.name);
            let seen = format!("{} after {name} went well", leaf.shown());
            accuse(occasion, (severity, leaf.sureness), seen, format!("{wanted}, {named}"));
        }
    }
}

/// The last operation on an instance before a message, where it went well: its name, and where that is said. The Exec must have
/// been sent before the message in which the value was asked for.
fn last_success(
    cmd: Cmd<'_>,
    instance: &str,
    asked: Option<EntryId>,
    object: &'static Object,
) -> Option<(&'static str, At)> {
    let session = cmd.session();
    let asked = asked?;
    let mut last = None;
    for (id, entry) in session.entries_with_ids().take_while(|(id, _)| *id < cmd.msg.id) {
        let msg = Msg { session, id, entry };
        for other in msg.commands() {
            let uri = match other.command.name {
                CommandName::Exec if entry.is_server() => other.items().first().map(|item| other.text(item.target_uri)),
                CommandName::Alert if entry.is_client() && id < asked => {
                    other.items().first().map(|item| other.text(item.source_uri))
                }
                CommandName::Add | CommandName::Replace | CommandName::Delete | CommandName::Copy
                    if entry.is_server() =>
                {
                    let touches = |uri: &str| is_below(uri, instance) || is_below(instance, uri);
                    if other.items().iter().any(|item| touches(other.text(item.target_uri))) {
                        last = None;
                    }
                    None
                }
                _ => None,
            };
            let Some(uri) = uri.filter(|uri| is_below(uri, instance)) else { continue };
            let name = uri.rsplit('/').next().unwrap_or_default();
            let Some(name) =
                object.operations().map(|(node, _)| node.name()).find(|own| own.eq_ignore_ascii_case(name))
            else {
                last = None;
                continue;
            };
            let went_well = if entry.is_server() {
                let code = last_status(other).map(|(_, code)| code);
                id < asked && code.is_some_and(|code| code == 200 || code >= 1000 && is_success(code))
            } else {
                AlertContent::of(other.message(), other.command).and_then(|told| told.result).is_some_and(is_success)
            };
            last = went_well.then(|| (name, other.at()));
        }
    }
    last
}
