//! Properties and access control: requirements of the management-tree side, `PRP-001` to `PRP-038`.
//!
//! [`support`] is about properties that a device has or lacks, [`values`] and [`stored`] about what they say, alone and beside
//! what was written, [`acl`] and [`account`] about the value of the property ACL, [`rights`] about what it allows, [`lists`] about parts of the
//! tree that are read at once.

use super::cx::Cmd;
use super::helper::{plain, without_query};
use super::res::{Query, get_of, goes_on, path, query, request_of};
use super::rule::{Effect, Family, LeftOut, Override, Same};
use super::sta::common::{command_at, property};
use crate::dm::Profile;
use crate::markup::NodeId;
use crate::syncml::{CommandName, Item};

mod account;
mod acl;
mod lists;
mod rights;
mod stored;
mod support;
#[cfg(test)]
mod tests;
mod values;
#[cfg(test)]
mod vectors;

pub(super) use acl::judge_new;
pub(super) use stored::{met_inf, stored};

pub(super) static FAMILY: Family = Family {
    letters: "PRP",
    title: "Properties and access control",
    rules: &[
        &support::MANDATORY,
        &support::SIZE_OF_INTERIOR,
        &support::NOT_SUPPORTED,
        &values::FORMAT,
        &values::NAME,
        &stored::SIZE,
        &values::TITLE,
        &values::TIME,
        &stored::VERSION,
        &values::TYPE,
        &stored::AS_WRITTEN,
        &values::ACL,
        &acl::NEW_NODE,
        &acl::CREATOR,
        &rights::REFUSED,
        &rights::ALLOWED,
        &acl::INHERITED,
        &acl::MERGED,
        &acl::AS_WRITTEN,
        &rights::ACL_CHANGE,
        &acl::ROOT,
        &acl::ROOT_ADD,
        &account::DELETED_ACCOUNT,
        &lists::HIERARCHY,
        &lists::SECRETS,
        &lists::SERIALISED,
    ],
    same: &[
        Same { id: "PRP-004", title: "Add/Delete/Exec/Copy on a property → 405", rules: &["CMD-025", "STA-041"] },
        Same { id: "PRP-005", title: "Read-only properties", rules: &["CMD-025", "STA-041"] },
        Same { id: "PRP-006", title: "Property values are plain strings", rules: &["CMD-029", "RES-017"] },
        Same { id: "PRP-016", title: "No command without server identifier", rules: &["CMD-028", "PRP-015"] },
        Same { id: "PRP-017", title: "Wildcard stands alone", rules: &["CMD-028", "PRP-015"] },
        Same { id: "PRP-018", title: "Copy has no ACL entry", rules: &["CMD-028", "PRP-015"] },
        Same { id: "PRP-019", title: "Duplicate command entries", rules: &["CMD-028", "PRP-015"] },
        Same { id: "PRP-028", title: "Status codes for ACL Replace", rules: &["STA-045"] },
        Same { id: "PRP-033", title: "`list=Struct` results", rules: &["RES-011"] },
        Same { id: "PRP-034", title: "`list=StructData` results", rules: &["RES-016"] },
        Same { id: "PRP-037", title: "Unsupported list attribute → 406", rules: &["STA-042"] },
    ],
    left_out: &[LeftOut {
        id: "PRP-031",
        title: "A server secures the nodes that it creates",
        why: "It is recommended only, inheritance is often what the server wants, and it may set the ACL in a later session: nearly \
              every session with an Add would be told of.",
    }],
};

/// Windows has no ACLs.
const NO_ACLS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// Whether a URI names the root, or a property of it.
fn is_root(uri: &str) -> bool {
    plain(without_query(uri)).trim_matches('/').is_empty() && !uri.is_empty()
}

/// A property that Results tell: the URI that was asked for, and the whole value.
pub(super) struct Property<'s> {
    pub(super) uri: &'s str,
    pub(super) data: NodeId,
}

/// The properties of one name that Results tell.
pub(super) fn told<'s>(results: Cmd<'s>, name: &'static str) -> impl Iterator<Item = Property<'s>> {
    let is_answer = results.msg.entry.is_client() && !results.msg.entry.refused;
    let get = (is_answer && results.session().has_queries()).then(|| get_of(results)).flatten();
    let get = get.filter(|get| get.message().survey().uris.query);
    let items = get.map_or(&[][..], |_| results.items());
    items.iter().enumerate().filter_map(move |(position, item)| {
        let uri = request_of(get?, results.text(item.source_uri)).filter(|uri| property(uri) == Some(name))?;
        let is_whole = item.more_data.is_none() && !goes_on(results, position);
        Some(Property { uri, data: item.data.filter(|_| is_whole)? })
    })
}

/// A Get of the structure of a part of the tree, and nothing else, with its answer.
pub(super) struct Listing<'s> {
    /// What was asked for: the node at which the part begins, with the query.
    pub(super) uri: &'s str,
    get: Cmd<'s>,
}

/// What a Get of one URI asks for, where that is a structure, with or without data.
pub(super) fn listed_by(get: Cmd<'_>) -> Option<Listing<'_>> {
    let [item] = get.items() else { return None };
    if !get.msg.entry.is_server() || get.msg.entry.refused || !get.message().survey().uris.query {
        return None;
    }
    let uri = get.text(item.target_uri);
    matches!(query(uri), Query::Struct | Query::StructData).then_some(Listing { uri, get })
}

impl<'s> Listing<'s> {
    /// All Items of its Results, without later parts of large values.
    pub(super) fn items(&self) -> impl Iterator<Item = (Cmd<'s>, &'s Item)> {
        let session = self.get.session();
        let all = session.results_of(self.get.place()).filter_map(move |place| command_at(session, place));
        let all = all.filter(|results| results.msg.entry.is_client() && !results.msg.entry.refused);
        all.flat_map(|results| {
            let items = results.items().iter().enumerate();
            items.filter(move |(at, _)| !goes_on(results, *at)).map(move |(_, item)| (results, item))
        })
    }

    /// The path of the node at which it begins.
    fn start(&self) -> &'s str {
        path(self.uri)
    }
}

/// What a request for a serialised tree may name: the properties of a node, and its value.
pub(super) const SELECTABLE: [&str; 9] = ["ACL", "Format", "Name", "Size", "Title", "TStamp", "Type", "VerNo", "Value"];

/// Whether a request for a serialised tree may name it.
pub(super) fn is_selectable(name: &str) -> bool {
    SELECTABLE.contains(&name)
}

/// What a request for a serialised tree names behind its signs.
pub(super) struct Selection {
    pub(super) names: Vec<String>,
    /// Whether the names are what is wanted, and not what is not.
    pub(super) is_wanted: bool,
}

/// The names in `?list=TNDS+ACL+Value`, where there are some, all behind the same sign.
pub(super) fn tnds_properties(uri: &str) -> Option<Selection> {
    let names = uri.split_once("?list=TNDS").map(|(_, names)| names.replace("%2B", "+").replace("%2b", "+"))?;
    let is_wanted = names.starts_with('+');
    if names.len() < 2 || !names.starts_with(['+', '-']) || (names.contains('+') && names.contains('-')) {
        return None;
    }
    let names: Vec<String> = names.split(['+', '-']).skip(1).map(str::to_owned).collect();
    let is_name = |name: &String| !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric());
    names.iter().all(is_name).then_some(Selection { names, is_wanted })
}

/// Whether a command asks for a serialised tree, and nothing else.
fn asks_for_tnds(get: Cmd<'_>) -> Option<&str> {
    let [item] = get.items() else { return None };
    let uri = get.text(item.target_uri);
    (get.command.name == CommandName::Get && uri.contains("?list=TNDS")).then_some(uri)
}
