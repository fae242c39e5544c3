//! The objects of a session: where their roots are, and how surely.

use super::find::{ancestor, by_alert, by_id, by_operation, by_shape, fits};
use super::model::{AlertRole, Node, Object};
use super::tables::{FUMO, OBJECTS};
use crate::dm::uri::{LooseUri, UriMatch, compare_uris, plain, without_query};
use crate::dm::{Place, Session};
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Item, Message, trim};
use crate::tree::tnds::{self, Placing};
use std::sync::LazyLock;

/// How surely a node is the root of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sureness {
    /// Names of nodes look like it.
    Shape,
    /// An alert with a registered type names it. Clients name now and then what is above or below the root.
    Told,
    /// Its identifier says so, or its place, which is fixed.
    Sure,
}

/// The root of an object.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The object.
    pub object: &'static Object,
    /// URI of its root, as written.
    pub root: String,
    /// How surely.
    pub sureness: Sureness,
}

/// A node of an object.
#[derive(Debug, Clone, Copy)]
pub struct Found<'i> {
    /// The object.
    pub object: &'static Object,
    /// URI of its root, as written.
    pub root: &'i str,
    /// How surely it is one.
    pub sureness: Sureness,
    /// The entry of the node; `None` where the description has none.
    pub node: Option<&'static Node>,
    /// Names below the root, as written.
    pub path: &'i str,
}

/// The names of the nodes below one, as a client gave them.
#[derive(Debug, Clone)]
pub struct List {
    /// The node.
    pub uri: String,
    /// The names below it, as conveyed, parted by `/`.
    pub names: String,
    /// The Results.
    pub by: Place,
}

impl List {
    /// Whether a name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|one| one.eq_ignore_ascii_case(name))
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.split('/').map(str::trim).filter(|name| !name.is_empty())
    }
}

/// The objects of a session. At most [`Instances::MOST`] are kept, and as many lists.
#[derive(Debug, Default)]
pub struct Instances {
    known: Vec<Instance>,
    lists: Vec<List>,
    /// Roots of objects that dmscope does not know.
    foreign: Vec<String>,
    /// Nodes over one whose Exec may have started a firmware update, and nodes over one that is named State.
    executed: Vec<String>,
    stated: Vec<String>,
}

/// Octets of a URI or list that is followed.
const LONGEST: usize = 2048;

impl Instances {
    /// Objects that are kept of one session.
    pub const MOST: usize = 64;

    /// Looks through a session.
    pub fn of(session: &Session) -> Self {
        let mut all = Self::default();
        for (id, entry) in session.entries_with_ids() {
            let message = &entry.message;
            if entry.refused || !message.is_judgeable() {
                continue;
            }
            for (at, command) in message.commands_with_ids() {
                if entry.is_continuation(at) {
                    continue;
                }
                let place = Place { entry: id, command: Some(at) };
                match command.name {
                    CommandName::Results if entry.is_client() => all.results(session, message, at, command, place),
                    CommandName::Alert if entry.is_client() => all.alert(message, command),
                    CommandName::Exec if entry.is_server() => all.exec(message, command),
                    CommandName::Add | CommandName::Replace if entry.is_server() => {
                        all.written(session, message, command, place);
                    }
                    _ => {}
                }
            }
        }
        all.shapes();
        all
    }

    /// Whether none was found: objects whose place is fixed are not counted.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// All that were found, objects whose place is fixed apart.
    pub fn iter(&self) -> impl Iterator<Item = &Instance> {
        self.known.iter()
    }

    /// Lists of the nodes below roots, and below nodes in them.
    pub fn lists(&self) -> impl Iterator<Item = &List> {
        self.lists.iter()
    }

    /// Takes a root in: where one is known, the surer word counts, and of two alike the first.
    pub(super) fn add(&mut self, object: &'static Object, root: &str, sureness: Sureness) {
        let root = without_query(root);
        if root.len() > LONGEST || plain(root).is_empty() {
            return;
        }
        let is_foreign = self.foreign.iter().any(|other| compare_uris(other, root) != UriMatch::Different);
        if sureness == Sureness::Shape && is_foreign {
            return;
        }
        let is_full = self.known.len() >= Self::MOST;
        let known = self.known.iter_mut().find(|one| compare_uris(&one.root, root) != UriMatch::Different);
        match known {
            Some(known) if known.sureness >= sureness => {}
            Some(known) => (known.object, known.sureness) = (object, sureness),
            None if is_full => {}
            None => self.known.push(Instance { object, root: root.to_owned(), sureness }),
        }
    }

    fn typed(&mut self, uri: &str, id: &str) {
        // A media type is none, but an object may have none.
        let is_media = id.get(..12).is_some_and(|start| start.eq_ignore_ascii_case("application/"));
        if is_media || id.is_empty() || id.len() > LONGEST || !id.contains([':', '.']) {
            return;
        }
        match by_id(id) {
            Some(object) => self.add(object, uri, Sureness::Sure),
            None if self.foreign.len() < Self::MOST && uri.len() <= LONGEST => {
                let uri = without_query(uri);
                self.known.retain(|one| {
                    one.sureness == Sureness::Sure || compare_uris(&one.root, uri) == UriMatch::Different
                });
                self.foreign.push(uri.to_owned());
            }
            None => {}
        }
    }

    /// The identifiers of objects in a serialised tree that a command wrote to a target, or that Results tell of a node.
    fn serialised(&mut self, message: &Message, command: &Command, item: &Item, target: &str, is_result: bool) {
        const TNDS: &str = "application/vnd.syncml.dmtnds";
        let of_meta = |tag| message.text(message.effective_met_inf(command, Some(item), tag));
        let is_tree = message.survey().met_inf.contains(Tag::Type)
            && of_meta(Tag::Type).get(..TNDS.len()).is_some_and(|start| start.eq_ignore_ascii_case(TNDS));
        let Some(data) = item.data.filter(|_| is_tree && item.more_data.is_none()) else { return };
        let tree = message.tree();
        let object = tnds::inside(tree, data).unwrap_or_else(|| {
            let octets = tree.content_bytes(data);
            let octets = std::str::from_utf8(octets).map_or(octets, |text| trim(text).as_bytes());
            tnds::decode(Some(of_meta(Tag::Format)), octets)?.object()
        });
        let Ok(object) = object else { return };
        let segments: Vec<&str> = plain(without_query(target)).split('/').filter(|name| !name.is_empty()).collect();
        let placing = Placing::of(&segments, &object, is_result);
        if !placing.is_sure {
            return;
        }
        for node in object.nodes.iter().filter(|node| node.is_interior()) {
            if let Some(id) = &node.media_type {
                self.typed(&format!("./{}", placing.segments(node).join("/")), id);
            }
        }
    }

    fn results(&mut self, session: &Session, message: &Message, at: CommandId, command: &Command, place: Place) {
        for item in message.items(command) {
            if item.more_data.is_some() {
                continue;
            }
            let uri = uri_of(session, message, at, command, item, place);
            if uri.is_empty() || uri.len() > LONGEST {
                continue;
            }
            self.state(uri);
            let data = item.data.map(|data| message.text(data)).unwrap_or_default();
            if let Some((_, query)) = uri.split_once('?') {
                if query.eq_ignore_ascii_case("prop=Type") {
                    self.typed(uri, data);
                } else if query.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("list=TNDS")) {
                    self.serialised(message, command, item, uri, true);
                }
                continue;
            }
            self.serialised(message, command, item, uri, true);
            let is_interior = is_node(message, command, item);
            if !is_interior {
                continue;
            }
            self.typed(uri, message.text(message.effective_met_inf(command, Some(item), Tag::Type)));
            if data.len() <= LONGEST && self.lists.len() < Self::MOST.saturating_mul(4) {
                self.lists.push(List { uri: uri.to_owned(), names: data.to_owned(), by: place });
            }
        }
    }

    fn written(&mut self, session: &Session, message: &Message, command: &Command, place: Place) {
        for item in message.items(command) {
            let uri = message.text(item.target_uri);
            if uri.len() > LONGEST || uri.contains('?') {
                continue;
            }
            let is_done = || session.codes_of(place).last().is_some_and(|code| matches!(code, 200 | 201));
            let last = uri.rsplit('/').next().unwrap_or_default();
            if last.eq_ignore_ascii_case("PkgURL") || last.eq_ignore_ascii_case("PkgData") {
                self.package(uri);
            } else if message.effective_met_inf(command, Some(item), Tag::Type).is_some()
                && is_node(message, command, item)
                && is_done()
            {
                self.typed(uri, message.text(message.effective_met_inf(command, Some(item), Tag::Type)));
            } else if message.survey().met_inf.contains(Tag::Type) && is_done() {
                self.serialised(message, command, item, uri, false);
            }
        }
    }

    /// A node that only packages of firmware and software have.
    fn package(&mut self, uri: &str) {
        for object in OBJECTS.iter().copied() {
            for node in object.nodes.iter().filter(|node| matches!(node.name(), "PkgURL" | "PkgData")) {
                if let Some(root) = root_of(uri, node.path) {
                    return self.add(object, root, Sureness::Shape);
                }
            }
        }
    }

    fn exec(&mut self, message: &Message, command: &Command) {
        let Some(item) = message.items(command).first() else { return };
        let uri = message.text(item.target_uri);
        if uri.len() <= LONGEST {
            self.started(uri);
        }
    }

    /// The Target of an Exec.
    pub(super) fn started(&mut self, uri: &str) {
        if let Some(operand) = by_operation(uri) {
            self.add(operand.object, operand.root, Sureness::Shape);
        } else if let Some((over, name)) = uri.rsplit_once('/')
            && ["Download", "Update"].iter().any(|known| known.eq_ignore_ascii_case(name))
            && self.executed.len() < Self::MOST
        {
            self.executed.push(over.to_owned());
        }
    }

    /// The URI of a leaf that was read.
    pub(super) fn state(&mut self, uri: &str) {
        if let Some((over, name)) = uri.rsplit_once('/')
            && name.eq_ignore_ascii_case("State")
            && self.stated.len() < Self::MOST
            && !self.stated.iter().any(|known| known == over)
        {
            self.stated.push(over.to_owned());
        }
    }

    fn alert(&mut self, message: &Message, command: &Command) {
        if message.code(command) != Some(1226) {
            return;
        }
        for item in message.items(command) {
            let kind = message.text(message.effective_met_inf(command, Some(item), Tag::Type));
            self.named(kind, message.text(item.source_uri));
        }
    }

    /// The Source of an alert with a registered type.
    pub(super) fn named(&mut self, kind: &str, source: &str) {
        let Some((object, alert)) = by_alert(kind) else { return };
        if source.len() > LONGEST || plain(source).is_empty() || is_standard(source) {
            return;
        }
        // Requests may name anything.
        if alert.role == AlertRole::Request {
            return;
        }
        self.add(object, root_in(object, source), Sureness::Told);
    }

    /// Roots that names of nodes give away.
    pub(super) fn shapes(&mut self) {
        let mut found = Vec::new();
        for root in &self.executed {
            if self.stated.iter().any(|over| compare_uris(over, root) != UriMatch::Different) {
                found.push((&FUMO, root.clone()));
            }
        }
        for list in &self.lists {
            let has = |name: &str| match name.rsplit_once('/') {
                None => list.has(name),
                Some((over, last)) => {
                    let below = format!("{}/{over}", list.uri.trim_end_matches('/'));
                    let is_below = |other: &&List| compare_uris(&other.uri, &below) != UriMatch::Different;
                    self.lists.iter().filter(is_below).any(|other| other.has(last))
                }
            };
            if let Some(object) = by_shape(has) {
                found.push((object, list.uri.clone()));
            }
        }
        for (object, root) in found {
            self.add(object, &root, Sureness::Shape);
        }
    }

    /// The node at a URI, where it is one of an object that was found, or of one whose place is fixed: of several around it,
    /// the innermost.
    pub fn at<'i>(&'i self, uri: &'i str) -> Option<Found<'i>> {
        let uri = without_query(uri);
        let own = LooseUri::of(uri);
        let fixed = FIXED.iter().filter(|(_, root)| own.is_at_or_below(root));
        let fixed = fixed.filter_map(|(object, _)| Some((*object, object.place?, Sureness::Sure)));
        let known = self.known.iter().filter(|one| own.is_at_or_below(&LooseUri::of(&one.root)));
        let known = known.map(|one| (one.object, one.root.as_str(), one.sureness));
        let (object, root, sureness) = known.chain(fixed).max_by_key(|(_, root, _)| depth(root))?;
        let path = below(uri, depth(root));
        let node = object.nodes.iter().find(|node| fits(node.path, path));
        Some(Found { object, root, sureness, node, path })
    }

    /// The node at a URI, where it is one of that object.
    pub fn of_object<'i>(&'i self, object: &'static Object, uri: &'i str) -> Option<Found<'i>> {
        // Most sessions have none of it.
        let is_known = object.place.is_some() || self.known.iter().any(|one| one.object == object);
        if is_known { self.at(uri).filter(|found| found.object == object) } else { None }
    }
}

/// The objects whose place is fixed, each with that place.
static FIXED: LazyLock<Vec<(&'static Object, LooseUri<'static>)>> =
    LazyLock::new(|| OBJECTS.iter().filter_map(|object| Some((*object, LooseUri::of(object.place?)))).collect());

/// Whether an Item is about an interior node.
fn is_node(message: &Message, command: &Command, item: &Item) -> bool {
    message.text(message.effective_met_inf(command, Some(item), Tag::Format)).eq_ignore_ascii_case("node")
}

/// The URI that an Item of Results is about: its Source, or else the Target of the only Item that was asked for.
pub fn uri_of<'s>(
    session: &'s Session,
    message: &'s Message,
    at: CommandId,
    command: &Command,
    item: &Item,
    place: Place,
) -> &'s str {
    let own = message.text(item.source_uri);
    if !own.is_empty() {
        return own;
    }
    let reference = message.text(command.target_ref);
    if !reference.is_empty() {
        return reference;
    }
    let asked = session.entry(place.entry).and_then(|entry| entry.resolution(at)?.found());
    let Some((entry, get)) = asked.and_then(|asked| session.command(asked)) else { return "" };
    match entry.message.items(get) {
        [only] => entry.message.text(only.target_uri),
        _ => "",
    }
}

/// Whether a URI is that of the root of the tree, or of a node of the standardized objects.
pub fn is_standard(uri: &str) -> bool {
    let uri = plain(uri);
    let first = uri.split('/').next().unwrap_or_default();
    first.is_empty() || ["DevInfo", "DevDetail", "DMAcc", "Inbox"].iter().any(|name| name.eq_ignore_ascii_case(first))
}

/// The root that a URI has, if its end is a node of that path.
fn root_of<'u>(uri: &'u str, path: &str) -> Option<&'u str> {
    let root = ancestor(uri, path.split('/').count())?;
    fits(path, without_query(uri).get(root.len()..).unwrap_or_default()).then_some(root)
}

/// The root of the object of which a URI names a node, or the URI itself.
fn root_in<'u>(object: &'static Object, uri: &'u str) -> &'u str {
    // The longest path says most.
    let nodes = object.nodes.iter().filter(|node| node.path.contains('/') || node.action.is_some());
    let fitting = nodes.filter_map(|node| Some((node.path.split('/').count(), root_of(uri, node.path)?)));
    fitting.max_by_key(|(names, _)| *names).map_or(uri, |(_, root)| root)
}

fn depth(uri: &str) -> usize {
    plain(uri).split('/').filter(|name| !name.is_empty()).count()
}

/// What is left of a URI behind so many names.
fn below(uri: &str, names: usize) -> &str {
    let mut rest = plain(uri).trim_end_matches('/');
    for _ in 0..names {
        rest = rest.trim_start_matches('/').split_once('/').map_or("", |(_, rest)| rest);
    }
    rest
}
