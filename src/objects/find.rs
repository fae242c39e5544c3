//! Which object an identifier, the type of an alert, the names of nodes or the Target of an Exec belongs to.

use super::model::{Action, AlertType, Node, Object};
use super::tables::OBJECTS;
use crate::base::FrameNo;
use crate::dm::AlertContent;
use crate::dm::uri::{UriMatch, compare_uris, is_below, plain, without_query};
use std::sync::LazyLock;

/// How a text and a pattern of nodes compare: names are alike whatever their case, `<X>` is any name.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let mut pattern = names(pattern);
    let mut path = names(path);
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if is_alike(one, other) => {}
            _ => return false,
        }
    }
}

fn is_alike(pattern: &str, name: &str) -> bool {
    pattern == "<X>" || pattern.eq_ignore_ascii_case(name)
}

fn names(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty())
}

/// Octets of an identifier up to its version: `urn:oma:mo:oma-fumo` of `urn:oma:mo:oma-fumo:1.0`.
fn without_version(id: &str) -> &str {
    let is_version = |text: &str| {
        !text.is_empty() && text.contains('.') && text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.')
    };
    match id.rsplit_once(':') {
        Some((start, version)) if is_version(version) => start,
        _ => id,
    }
}

/// Whether two identifiers of objects mean the same object, whatever their versions.
pub fn same_id(a: &str, b: &str) -> bool {
    match a.strip_suffix('*') {
        Some(start) => b.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => without_version(a.trim()).eq_ignore_ascii_case(without_version(b.trim())),
    }
}

/// The object of an identifier, whatever its version.
pub fn by_id(id: &str) -> Option<&'static Object> {
    OBJECTS.iter().copied().find(|object| object.ids.iter().any(|one| same_id(one.id, id)))
}

/// The type of an alert without the prefix that formal writing puts before it.
fn bare_kind(kind: &str) -> &str {
    const PREFIX: &str = "Reversed-Domain-Name:";
    let kind = kind.trim();
    let is_formal = kind.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX));
    if is_formal { kind.get(PREFIX.len()..).unwrap_or_default().trim() } else { kind }
}

/// Whether the type of an alert is one of the table, whatever its version and its formal prefix.
pub fn has_kind(kind: &str, known: &AlertType) -> bool {
    let (own, other) = (bare_kind(kind), known.kind);
    if own.eq_ignore_ascii_case(other) {
        return true;
    }
    let parts = |text: &'_ str| -> Option<(String, String)> {
        let (start, event) = text.rsplit_once(':')?;
        let object = without_version(start);
        (object.len() < start.len()).then(|| (object.to_ascii_lowercase(), event.to_ascii_lowercase()))
    };
    parts(own).is_some_and(|own| Some(own) == parts(other))
}

/// The object that alerts of a type are about, and the entry of the type.
pub fn by_alert(kind: &str) -> Option<(&'static Object, &'static AlertType)> {
    OBJECTS.iter().copied().find_map(|object| Some((object, object.alerts.iter().find(|alert| has_kind(kind, alert))?)))
}

/// The object that nodes below a root give away; `has` says whether one is known to be there.
pub fn by_shape(has: impl Fn(&str) -> bool) -> Option<&'static Object> {
    let is_shown = |object: &&Object| object.shapes.iter().any(|names| names.iter().all(|name| has(name)));
    OBJECTS.iter().copied().find(is_shown)
}

/// An operation of an object, found by the URI of its node.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'u> {
    /// The object.
    pub object: &'static Object,
    /// The node of the operation.
    pub node: &'static Node,
    /// What is started.
    pub action: &'static Action,
    /// The URI of the object's root, as written.
    pub root: &'u str,
}

/// A URI up to the node that stands so many levels above it; `None` where there is none.
pub(super) fn ancestor(uri: &str, levels: usize) -> Option<&str> {
    let mut uri = without_query(uri).trim_end_matches('/');
    for _ in 0..levels {
        uri = uri.rsplit_once('/')?.0;
    }
    (!plain(uri).is_empty()).then_some(uri)
}

/// An operation that names alone give away.
struct Telling {
    object: &'static Object,
    node: &'static Node,
    action: &'static Action,
    /// Names of its path.
    levels: usize,
}

/// All of them: `Operations/UnLock`, but not `Update`.
static TELLING: LazyLock<Vec<Telling>> = LazyLock::new(|| {
    let all = OBJECTS.iter().flat_map(|object| object.operations().map(|(node, action)| (*object, node, action)));
    let all = all.map(|(object, node, action)| Telling { object, node, action, levels: names(node.path).count() });
    all.filter(|one| one.levels >= 2 || one.node.path == "DownloadAndUpdate").collect()
});

/// The operation that a URI names by its end, where names alone tell.
pub fn by_operation(uri: &str) -> Option<Operand<'_>> {
    let uri = without_query(uri);
    let last = names(uri).next_back()?;
    let mut found: Option<(&Telling, Operand<'_>)> = None;
    for one in TELLING.iter().filter(|one| is_alike(one.node.name(), last)) {
        let Some(root) = ancestor(uri, one.levels) else { continue };
        if !fits(one.node.path, uri.get(root.len()..).unwrap_or_default()) {
            continue;
        }
        match &found {
            // Two objects have a node of that name: nobody can say.
            Some((other, _)) if other.object != one.object && other.levels == one.levels => return None,
            // The longer path says more.
            Some((other, _)) if other.levels > one.levels => {}
            _ => found = Some((one, Operand { object: one.object, node: one.node, action: one.action, root })),
        }
    }
    found.map(|(_, operand)| operand)
}

/// Whether a Generic Alert whose Source is a URI can tell of the end of the operation that an Exec on a node started: it names
/// the node, or the object that has it.
pub fn is_of(exec: &str, source: &str) -> bool {
    let depth = |uri: &str| names(plain(uri)).count();
    let (own, named) = (depth(exec), depth(source));
    // A package of FUMO has its operations one level below, a component of SCOMO two; `./Vendor` is no object.
    let is_near = own == named + 1 || own == named + 2 && named > 1;
    named > 0 && (compare_uris(source, exec) != UriMatch::Different || is_near && is_below(exec, source))
}

/// Whether a Generic Alert with that content, sent behind a frame, tells of the end of an Exec: by their Correlators where both
/// have one (OMA-TS-DM_Protocol-V1_2_1, section 8.7.1), else by the node.
pub fn is_ended_by(exec: &str, correlator: Option<&str>, sent: FrameNo, alert: &AlertContent, frame: FrameNo) -> bool {
    frame >= sent
        && match (correlator, alert.correlator.as_deref()) {
            (Some(own), Some(told)) => own == told,
            _ => is_of(exec, &alert.source),
        }
}
