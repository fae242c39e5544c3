//! MET: meta information: formats, types, sizes, and the values that they speak of.
//!
//! [`formats`] looks at Format and Type themselves, [`values`] holds Data to its Format, [`places`] knows where each element
//! of Meta belongs and what it may hold, [`scope`] tells how Metas combine.

mod formats;
mod places;
mod scope;
#[cfg(test)]
mod tests;
mod values;

use super::cx::{Cmd, Msg};
use super::finding::At;
use super::rule::Family;
use crate::markup::{NodeId, Tag};
use crate::syncml::{CommandId, Item};

pub(super) use values::misfit;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "MET",
    title: "Meta information",
    rules: &[
        &formats::FORMAT,
        &formats::TYPE,
        &values::BIN_IN_XML,
        &values::BASE64,
        &values::INTEGER,
        &values::BOOLEAN,
        &values::DATE_TIME_FLOAT,
        &values::NULL,
        &places::MAX_MSG_SIZE,
        &places::MAX_OBJ_SIZE,
        &places::SIZES_IN_HEADER,
        &places::NEXT_NONCE,
        &places::MARK,
        &scope::ITEM_OVERRIDES,
        &places::TWICE,
        &places::NOT_OF_DM,
        &values::SIZE,
        &scope::CONTAINER,
    ],
    ..Family::NONE
};

/// Documents.
const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";
const TND: &str = "OMA-TS-DM_TND-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";

/// A session whose messages have no Meta, but for the sizes that the device may announce.
const NO_META: &str = super::sta::common::ONE_GET;

/// The Metas of commands and Items, with what they belong to. Those of Cred and Chal belong to the rules on credentials.
fn metas<'s>(msg: Msg<'s>) -> impl Iterator<Item = (Cmd<'s>, NodeId)> {
    msg.commands().flat_map(|cmd| {
        let own = cmd.command.meta;
        own.into_iter().chain(cmd.items().iter().filter_map(|item| item.meta)).map(move |meta| (cmd, meta))
    })
}

/// The MetInf elements with a tag, one for each Meta of a command or an Item.
fn each_met_inf<'s>(msg: Msg<'s>, tag: Tag) -> impl Iterator<Item = (Cmd<'s>, NodeId)> {
    // Most messages do not have what a rule looks for.
    let has_some = msg.message().survey().met_inf.contains(tag);
    let all = has_some.then(|| metas(msg)).into_iter().flatten();
    all.filter_map(move |(cmd, meta)| Some((cmd, cmd.message().met_inf(meta, tag)?)))
}

/// What an element of a Meta belongs to: the parent of the Meta.
#[derive(Debug, Clone, Copy)]
struct Holder {
    node: NodeId,
    tag: Tag,
}

/// All MetInf elements with one of these tags (not Format, Type or Size), directly in a Meta, with what the Meta belongs to.
fn occurrences<'s>(msg: Msg<'s>, tags: &'static [Tag]) -> impl Iterator<Item = (NodeId, Holder)> {
    let tree = msg.message().tree();
    let all = msg.message().survey().rare_met_inf.iter().copied();
    all.filter(|node| tree.tag(*node).is_some_and(|tag| tags.contains(&tag))).filter_map(|node| {
        let mut meta = tree.parent(node)?;
        if tree.tag(meta) == Some(Tag::MetInf) {
            meta = tree.parent(meta)?;
        }
        let holder = tree.parent(meta).filter(|_| tree.tag(meta) == Some(Tag::Meta))?;
        Some((node, Holder { node: holder, tag: tree.tag(holder)? }))
    })
}

/// The command that an element stands in, by the order of the document; none for the header.
fn command_around(msg: Msg<'_>, node: NodeId) -> Option<Cmd<'_>> {
    let commands = &msg.message().commands;
    let behind = commands.partition_point(|command| command.node <= node);
    let last = behind.checked_sub(1)?;
    msg.command(CommandId(u32::try_from(last).ok()?))
}

/// An element, as a place inside its command.
fn place(msg: Msg<'_>, node: NodeId) -> At {
    match command_around(msg, node) {
        Some(cmd) => cmd.at_node(node),
        None => msg.at_node(node),
    }
}

/// Whether an Item of a command is the rest of a value that an earlier message began.
pub(super) fn is_rest(cmd: Cmd<'_>, position: usize) -> bool {
    cmd.msg.entry.is_continuation(cmd.id)
        && cmd.session().object_of(cmd.place()).is_some_and(|object| {
            let is_here = |chunk: &crate::dm::Chunk| {
                chunk.entry == cmd.msg.id && chunk.command == cmd.id && chunk.item as usize == position
            };
            object.chunks.iter().skip(1).any(is_here)
        })
}

/// An Item for the text of a finding: by its URI, where it has one.
fn item_shown(cmd: Cmd<'_>, item: &Item) -> String {
    let uri = [item.target_uri, item.source_uri].into_iter().map(|uri| cmd.text(uri)).find(|uri| !uri.is_empty());
    match uri {
        Some(uri) => format!("{} of {}", cmd.command.name, super::helper::quoted(uri)),
        None => cmd.command.name.to_string(),
    }
}
