//! What is known of the nodes that commands address ([`NodeFact`]), as rules look at it.

use super::cx::Cmd;
use super::helper::{plain, without_query};
use super::sta::common::{command_at, property};
use crate::dm::{Known, NodeFact, Session};
use crate::markup::NodeId;
use crate::syncml::{CommandName, Item, trim};

/// Something that is known of a node, with the command that addressed it, its Status, and what it is known from.
pub(super) struct Case<'s> {
    pub(super) fact: NodeFact,
    pub(super) cmd: Cmd<'s>,
    pub(super) status: Cmd<'s>,
    pub(super) by: Cmd<'s>,
    /// Its place among the facts of the session.
    at: usize,
}

/// The facts of a session that a rule is about.
pub(super) fn cases(session: &Session, is_wanted: impl Fn(&NodeFact) -> bool) -> impl Iterator<Item = Case<'_>> {
    session.node_facts().iter().enumerate().filter(move |(_, fact)| is_wanted(fact)).filter_map(|(at, fact)| {
        let (cmd, status) = (command_at(session, fact.command)?, command_at(session, fact.status)?);
        Some(Case { fact: *fact, cmd, status, by: command_at(session, fact.by)?, at })
    })
}

/// The facts of a session that a rule is about, of one property that was read with success.
pub(super) fn readings<'s>(
    session: &'s Session,
    name: &'static str,
    is_wanted: impl Fn(Known) -> bool,
) -> impl Iterator<Item = (Case<'s>, Told<'s>)> {
    cases(session, move |fact| fact.code == 200 && is_wanted(fact.known)).filter_map(move |case| {
        let is_meant = case.cmd.command.name == CommandName::Get && case.property() == Some(name);
        let told = if is_meant { case.answer() } else { None }?;
        Some((case, told))
    })
}

/// An Item of Results with the whole value of what a Get asked for.
#[derive(Clone, Copy)]
pub(super) struct Told<'s> {
    pub(super) results: Cmd<'s>,
    pub(super) data: NodeId,
}

impl<'s> Told<'s> {
    /// The value without what an encoder left around it.
    pub(super) fn value(self) -> &'s str {
        value(self.results, self.data)
    }
}

/// A value without what an encoder left around it: white space, and U+0000 at its end.
pub(super) fn value<'s>(cmd: Cmd<'s>, data: impl Into<Option<NodeId>>) -> &'s str {
    trim(cmd.text(data).trim_end_matches('\0'))
}

/// Items of one Get whose answers are looked for: each is looked for among all Results.
const COMPARED: usize = 32;

impl<'s> Case<'s> {
    pub(super) fn item(&self) -> Option<&'s Item> {
        item_at(self.cmd, self.fact.item)
    }

    pub(super) fn target(&self) -> &'s str {
        self.item().map_or("", |item| self.cmd.text(item.target_uri))
    }

    /// Everything that is known of the same Item of the same command.
    pub(super) fn beside(&self) -> impl Iterator<Item = &'s NodeFact> {
        let same = (self.fact.command, self.fact.item);
        let is_same = move |fact: &&NodeFact| (fact.command, fact.item) == same;
        let (before, from) = self.cmd.session().node_facts().split_at_checked(self.at).unwrap_or_default();
        before.iter().rev().take_while(is_same).chain(from.iter().take_while(is_same))
    }

    /// Whether something else is known of the same Item of the same command.
    pub(super) fn is_also(&self, known: Known) -> bool {
        self.beside().any(|fact| fact.known == known)
    }

    /// The property that the command addresses.
    pub(super) fn property(&self) -> Option<&'s str> {
        property(self.target())
    }

    /// The one Item of Results that answers the Item of a Get, with the whole value.
    pub(super) fn answer(&self) -> Option<Told<'s>> {
        if self.cmd.items().len() > COMPARED {
            return None;
        }
        let target = self.target();
        let mut found = None;
        for results in self.cmd.session().results_of(self.cmd.place()) {
            let results = command_at(self.cmd.session(), results)?;
            if results.msg.entry.is_continuation(results.id) {
                return None;
            }
            for item in results.items() {
                let source = results.text(item.source_uri);
                // Some clients leave the query out.
                let is_short = results.items().len() == 1 && self.cmd.items().len() == 1 && !source.contains('?');
                let is_meant = if is_short {
                    plain(source) == plain(without_query(target))
                } else {
                    plain(source) == plain(target)
                };
                if !is_meant {
                    continue;
                }
                if item.more_data.is_some() || found.is_some() {
                    return None;
                }
                found = Some(Told { results, data: item.data? });
            }
        }
        found
    }
}

/// An Item of a command by its position.
pub(super) fn item_at<'s>(cmd: Cmd<'s>, position: u32) -> Option<&'s Item> {
    cmd.items().get(usize::try_from(position).ok()?)
}

/// Whether a URI names the root, or a node that every device has and that no server can delete or rename
/// (OMA-TS-DM_StdObj-V1_2_1, DevInfo and DevDetail).
pub(super) fn is_permanent(uri: &str) -> bool {
    let path = plain(uri).trim_end_matches('/');
    let Some((object, below)) = path.split_once('/') else {
        return !uri.is_empty() && matches!(path, "" | "." | "DevInfo" | "DevDetail");
    };
    match object {
        "DevInfo" => matches!(below, "DevId" | "Man" | "Mod" | "DmV" | "Lang"),
        "DevDetail" => matches!(
            below,
            "DevTyp"
                | "OEM"
                | "FwV"
                | "SwV"
                | "HwV"
                | "LrgObj"
                | "URI"
                | "URI/MaxDepth"
                | "URI/MaxTotLen"
                | "URI/MaxSegLen"
        ),
        _ => false,
    }
}

/// Documents of the requirements that rest on what is known of nodes.
pub(super) use super::sta::common::{DREP, TND};

/// A session in which the server reads the names of the children of ./DevInfo, and asks for something in a second message.
macro_rules! listed {
    ($($line:literal),* $(,)?) => {
        $crate::rules::sta::common::opened!(
            " Get ./DevInfo",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevInfo=DevId/Man/Mod/DmV/Lang format=node",
            "server",
            " Status SyncHdr 200",
            $($line),*
        )
    };
}
pub(super) use listed;

/// A session in which the server adds a leaf and an interior node, and asks for something in a second message.
macro_rules! grown {
    ($($line:literal),* $(,)?) => {
        $crate::rules::sta::common::opened!(
            " Add ./Vendor/Leaf=abc format=chr type=text/plain",
            " Add ./Vendor/Dir format=node",
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
            " Status Add 200",
            "server",
            " Status SyncHdr 200",
            $($line),*
        )
    };
}
pub(super) use grown;
