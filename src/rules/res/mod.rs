//! RES: what a client returns for a Get.
//!
//! [`link`] is about what Results belong to, [`items`] about the Items in them, [`values`] about what the Items say,
//! [`form`] about the element itself.

use super::cx::{Cmd, Msg};
use super::finding::Reason;
use super::helper::{plain, without_query};
use super::rule::{Clause, Family};
use crate::dm::Resolution;
use crate::markup::{NodeId, Tag};
use crate::syncml::{CommandName, Item};

mod form;
mod items;
mod link;
mod values;

#[cfg(test)]
mod tests;

pub(super) use values::is_time;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "RES",
    title: "Results",
    rules: &[
        &link::RESULTS_ANSWER_GET,
        &link::RESULTS_AFTER_FAILURE,
        &link::RESULTS_BEFORE_STATUS,
        &items::NO_SOURCE,
        &items::WRONG_SOURCE,
        &items::ITEM_NOT_RETURNED,
        &values::FORMAT_MISSING,
        &values::INTERIOR_FORMAT,
        &values::CHILD_LIST,
        &items::NO_DATA,
        &values::STRUCTURE_WITH_VALUES,
        &form::CMD_IN_RESULTS,
        &form::ORDER,
        &form::NO_CMD_REF,
        &link::RESULTS_ACKNOWLEDGED,
        &values::LEAF_WITHOUT_VALUE,
        &values::PROPERTY_VALUE,
    ],
    ..Family::NONE
};

const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const TND: &str = "OMA-TS-DM_TND-V1_2_1";

const PACKAGE_3: Clause = Clause { document: PRO, section: "8.5 Package 3, item 4" };
const RESULTS: Clause = Clause { document: DREP, section: "6.6.12 Results" };
const CHILD_LISTS: Clause = Clause { document: TND, section: "Addressing Interior Node child lists" };
const RESULTS_DTD: Clause = Clause { document: CREP, section: "7 DTD, Results" };

/// A session in which the server reads something: the lines of the server's second message and of the client's answer to
/// it, after the Status for SyncHdr of each.
macro_rules! reading {
    ($get:literal, $answer:literal) => {
        concat!(
            "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Acme ./DevInfo/Mod=One ",
            "./DevInfo/DmV=1.2 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n    ",
            $get,
            "\ndevice\n    Status SyncHdr 200\n    ",
            $answer,
            "\nserver\n    Status SyncHdr 200\n"
        )
    };
}
use reading;

/// A session without any Get.
const NO_GET: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Acme \
                      ./DevInfo/Mod=One ./DevInfo/DmV=1.2 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n";

/// A plain Get of a leaf with its answer.
const LEAF: &str = reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5");

/// What a Results refers to.
enum Answered<'s> {
    /// A Get.
    Get(Cmd<'s>),
    /// Another command.
    Other(Cmd<'s>),
    /// A SyncHdr.
    Header,
    /// Nobody can say.
    Unknown(Reason),
    /// Nothing: its references are wrong, or absent.
    Nothing(Option<Resolution>),
}

fn answered(results: Cmd<'_>) -> Answered<'_> {
    match results.resolution() {
        Some(Resolution::Found(_)) => match results.answered() {
            Some(command) if command.command.name == CommandName::Get => Answered::Get(command),
            Some(command) => Answered::Other(command),
            None => Answered::Header,
        },
        Some(Resolution::NotCaptured) if results.session().start_seen => Answered::Unknown(Reason::MessageLost),
        Some(Resolution::NotCaptured) => Answered::Unknown(Reason::StartNotCaptured),
        Some(Resolution::Ambiguous) => Answered::Unknown(Reason::AmbiguousReference),
        other => Answered::Nothing(other),
    }
}

/// Why nobody can say what the sender's message before this one held.
pub(super) fn unseen_before(msg: Msg<'_>) -> Option<Reason> {
    match msg.session.previous_of_sender(msg.id) {
        Some((before, _)) => (!msg.session.is_whole_between(before, msg.id)).then_some(Reason::MessageLost),
        None if msg.entry.is_after_loss() => Some(Reason::MessageLost),
        None => (!msg.session.start_seen).then_some(Reason::StartNotCaptured),
    }
}

/// The Get that a Results answers, where that is known.
pub(in crate::rules) fn get_of(results: Cmd<'_>) -> Option<Cmd<'_>> {
    match answered(results) {
        Answered::Get(get) => Some(get),
        _ => None,
    }
}

/// A URI without its query and one leading `./`.
pub(in crate::rules) fn path(uri: &str) -> &str {
    plain(without_query(uri))
}

/// The query of a URI as written.
fn written_query(uri: &str) -> Option<&str> {
    uri.split_once('?').map(|(_, query)| query)
}

/// What the query of a URI asks for (OMA-TS-DM_TND-V1_2_1, sections 7 and 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Query<'u> {
    /// The node itself: its value, or the names of its children.
    None,
    /// One property.
    Prop(&'u str),
    /// The names of all nodes below.
    Struct,
    /// Names and values of all nodes below.
    StructData,
    /// A serialised tree, or something that is not known.
    Other,
}

pub(in crate::rules) fn query(uri: &str) -> Query<'_> {
    let Some((_, query)) = uri.split_once('?') else { return Query::None };
    for part in query.split('&') {
        match part.split_once('=') {
            Some(("prop", name)) => return Query::Prop(name),
            Some(("list", "Struct")) => return Query::Struct,
            Some(("list", "StructData")) => return Query::StructData,
            _ => {}
        }
    }
    Query::Other
}

/// Whether it asks for more than one node, so that nodes below the one in the URI may be returned.
fn asks_for_subtree(uri: &str) -> bool {
    matches!(query(uri), Query::Struct | Query::StructData | Query::Other)
}

/// The URIs that a Get asks for; Source where a server wrote no Target.
pub(in crate::rules) fn requested<'s>(get: Cmd<'s>) -> impl Iterator<Item = &'s str> + Clone {
    get.items().iter().map(move |item| {
        let target = get.text(item.target_uri);
        if target.is_empty() { get.text(item.source_uri) } else { target }
    })
}

/// The requested URI that an Item answers, where only one can be meant.
pub(in crate::rules) fn request_of<'s>(get: Cmd<'s>, source: &str) -> Option<&'s str> {
    let mut all = requested(get);
    let first = all.next()?;
    if all.next().is_none() {
        return Some(first);
    }
    let same = |uri: &&str| {
        path(uri) == path(source) && (!source.contains('?') || written_query(uri) == written_query(source))
    };
    let mut exact = requested(get).filter(same);
    if let Some(found) = exact.next() {
        // The same node with two queries: nobody can say which of them is answered.
        return exact.next().is_none().then_some(found);
    }
    let mut above = requested(get).filter(|uri| asks_for_subtree(uri) && is_directly_below(source, uri));
    let found = above.next()?;
    above.next().is_none().then_some(found)
}

/// Whether a URI lies below another one as both are written, queries apart.
pub(in crate::rules) fn is_directly_below(uri: &str, above: &str) -> bool {
    let (uri, above) = (path(uri), path(above));
    match uri.strip_prefix(above) {
        Some(rest) => !rest.is_empty() && (above.is_empty() || rest.starts_with('/')),
        None => false,
    }
}

/// Whether an Item of Results goes on with a value that an earlier message began.
pub(in crate::rules) fn goes_on(results: Cmd<'_>, position: usize) -> bool {
    position == 0 && results.msg.entry.is_continuation(results.id)
}

/// Format that holds for an Item: its own, or that of the Results.
pub(in crate::rules) fn format_of<'s>(results: Cmd<'s>, item: &Item) -> Option<&'s str> {
    let node = results.message().effective_met_inf(results.command, Some(item), Tag::Format)?;
    Some(results.text(node)).filter(|text| !text.is_empty())
}

/// Whether the Item after this one lies below it, which shows that the node has children.
fn next_lies_below(results: Cmd<'_>, position: usize) -> bool {
    let items = results.items();
    let uri = |at: usize| items.get(at).map_or("", |item| results.text(item.source_uri));
    let (this, next) = (uri(position), uri(position + 1));
    !this.is_empty() && is_directly_below(next, this)
}

/// Whether Data holds elements, or octets that are no text.
fn holds(results: Cmd<'_>, data: Option<NodeId>) -> Held {
    let Some(data) = data else { return Held::Nothing };
    let tree = results.message().tree();
    let mut held = Held::Nothing;
    for child in tree.children(data) {
        held = match tree.kind(child) {
            crate::markup::Kind::Element { .. } => return Held::Elements,
            crate::markup::Kind::Bytes => return Held::Octets,
            crate::markup::Kind::Text { .. } if tree.embedded(child).is_some() => return Held::Document,
            crate::markup::Kind::Text { .. } if !results.text(data).is_empty() => Held::Text,
            _ => held,
        };
    }
    held
}

/// See [`holds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Nothing,
    Text,
    /// Text that is a document of its own.
    Document,
    Elements,
    /// Octets that are no UTF-8.
    Octets,
}
