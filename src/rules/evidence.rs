//! What the messages of a session say of the standard objects, and the serialised trees in them: gathered once for a session,
//! since many rules ask.

use super::cx::{Cmd, Msg};
use super::finding::{At, Reason};
use super::helper::{plain, without_query};
use super::met::is_rest;
use super::res::{get_of, request_of};
use super::tnd::{About, Look, look_into};
use crate::base::Limits;
use crate::dm::{ObjectEnd, Session};
use crate::markup::{NodeId, Tag, Tree};
use crate::syncml::{CommandName, Encoding, Item, trim};
use crate::tree::tnds;
use std::borrow::Cow;

/// Who says something of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Voice {
    /// The client, in a Replace of its own.
    Reported,
    /// The client, in Results.
    Read,
    /// The server, in an Add or a Replace.
    Written,
}

/// What an Item says of a node of a standard object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told<'s> {
    pub(super) cmd: Cmd<'s>,
    pub(super) item: &'s Item,
    /// The URI without query, leading `./` and slash at the end.
    pub(super) path: &'s str,
    /// What the Get asked for behind `?`; empty for the node itself.
    pub(super) query: &'s str,
    /// The value, where it stands in one text.
    pub(super) value: Option<&'s str>,
    pub(super) voice: Voice,
}

impl<'s> Told<'s> {
    /// The Data, as a place.
    pub(super) fn at(&self) -> At {
        self.cmd.at_node(self.item.data.unwrap_or(self.item.node))
    }

    /// Format, its own or that of the command; empty where absent.
    pub(super) fn format(&self) -> &'s str {
        let message = self.cmd.message();
        message.text(message.effective_met_inf(self.cmd.command, Some(self.item), Tag::Format))
    }

    /// The value of the node itself.
    pub(super) fn plain(&self) -> Option<&'s str> {
        self.value.filter(|_| self.query.is_empty())
    }

    /// The names of the children, where it is an answer to a Get of an interior node.
    pub(super) fn children(&self) -> Option<Vec<&'s str>> {
        let is_list = self.voice == Voice::Read && self.format().eq_ignore_ascii_case("node");
        let list = self.plain().filter(|_| is_list)?;
        Some(list.split('/').map(str::trim).filter(|name| !name.is_empty()).collect())
    }
}

/// What the Type of an Item promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// A serialised tree.
    Tnds {
        /// In WBXML.
        is_wbxml: bool,
    },
    /// A description of a device.
    Ddf,
    /// Neither: what was asked for is a serialised tree all the same.
    Other,
}

impl Media {
    fn of(kind: &str) -> Self {
        let begins = |start: &str| kind.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        if begins("application/vnd.syncml.dmtnds") {
            Self::Tnds { is_wbxml: kind.to_ascii_lowercase().contains("+wbxml") }
        } else if begins("application/vnd.syncml.dmddf") {
            Self::Ddf
        } else {
            Self::Other
        }
    }
}

/// What a serialised tree is found to be.
#[derive(Debug)]
pub(super) enum Found {
    /// Nobody can say.
    Unknown(Reason),
    /// A document with another root.
    OtherRoot(String),
    /// A tree.
    Tree(Box<Look>),
}

/// An Item with a serialised tree in it, or with what should be one.
#[derive(Debug)]
pub(super) struct Serialised<'s> {
    pub(super) cmd: Cmd<'s>,
    pub(super) item: &'s Item,
    /// Target of the command, or what the Get asked for.
    pub(super) uri: &'s str,
    pub(super) voice: Voice,
    pub(super) media: Media,
    /// Whether it stands in the message as elements.
    pub(super) is_inline: bool,
    pub(super) found: Found,
}

impl Serialised<'_> {
    /// The Data, as a place.
    pub(super) fn at(&self) -> At {
        self.cmd.at_node(self.item.data.unwrap_or(self.item.node))
    }

    /// What is in it, where it is a tree, and said to be one.
    pub(super) fn look(&self) -> Option<&Look> {
        match &self.found {
            Found::Tree(look) if self.media != Media::Ddf => Some(look),
            _ => None,
        }
    }
}

/// Everything of a session that rules on objects ask for.
#[derive(Debug, Default)]
pub(super) struct Evidence<'s> {
    pub(super) told: Vec<Told<'s>>,
    pub(super) trees: Vec<Serialised<'s>>,
}

/// How much of each is kept: how much there is is the sender's choice.
const KEPT: usize = 4096;

/// Whether a path lies in one of the standard objects.
fn is_standard(path: &str) -> bool {
    // Most paths begin with another letter.
    if !matches!(path.as_bytes().first(), Some(b'D' | b'I' | b'S')) {
        return false;
    }
    let path = path.strip_prefix("SyncML/").unwrap_or(path);
    let first = path.split('/').next().unwrap_or_default();
    matches!(first, "DevInfo" | "DevDetail" | "DMAcc" | "Inbox")
}

impl<'s> Evidence<'s> {
    /// Walks the session once.
    pub(super) fn of(session: &'s Session) -> Self {
        let mut evidence = Self::default();
        for (id, entry) in session.entries_with_ids() {
            if entry.refused || !entry.message.is_judgeable() {
                continue;
            }
            let msg = Msg { session, id, entry };
            let has_type = entry.message.survey().met_inf.contains(Tag::Type);
            for cmd in msg.commands() {
                let voice = match cmd.command.name {
                    CommandName::Replace if entry.is_client() => Voice::Reported,
                    CommandName::Results if entry.is_client() => Voice::Read,
                    CommandName::Add | CommandName::Replace if entry.is_server() => Voice::Written,
                    _ => continue,
                };
                evidence.command(cmd, voice, has_type);
            }
        }
        evidence
    }

    fn command(&mut self, cmd: Cmd<'s>, voice: Voice, has_type: bool) {
        let get = if voice == Voice::Read { get_of(cmd) } else { None };
        for (position, item) in cmd.items().iter().enumerate() {
            let source = cmd.text(item.source_uri);
            let uri = match voice {
                Voice::Written => cmd.text(item.target_uri),
                Voice::Read | Voice::Reported if source.is_empty() => cmd.text(item.target_uri),
                Voice::Read | Voice::Reported => source,
            };
            let path = plain(without_query(uri)).trim_end_matches('/');
            let asked = || if voice == Voice::Read { request_of(get?, uri) } else { Some(uri) };
            if is_standard(path)
                && self.told.len() < KEPT
                && let Some(asked) = if uri.contains('?') { Some(uri) } else { asked() }
            {
                let query = asked.split_once('?').map_or("", |(_, query)| query);
                let value = whole_text(cmd, position, item);
                self.told.push(Told { cmd, item, path, query, value, voice });
            }
            let media = if has_type {
                Media::of(cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Type)))
            } else {
                Media::Other
            };
            let is_asked = || voice == Voice::Read && asked().is_some_and(|uri| uri.contains("?list=TNDS"));
            if self.trees.len() < KEPT && voice != Voice::Reported && (media != Media::Other || is_asked()) {
                let base = if voice == Voice::Read { asked().unwrap_or(uri) } else { uri };
                self.trees.extend(serialised(cmd, position, item, base, voice, media));
            }
        }
    }
}

/// The text in Data of an Item, where all of it is there.
fn whole_text<'s>(cmd: Cmd<'s>, position: usize, item: &'s Item) -> Option<&'s str> {
    let data = item.data.filter(|_| item.more_data.is_none() && !is_rest(cmd, position))?;
    let tree = cmd.message().tree();
    let is_text = tree.elements(data).next().is_none() && std::str::from_utf8(tree.content_bytes(data)).is_ok();
    is_text.then(|| cmd.text(data))
}

/// The octets in Data of an Item, all parts of it joined.
fn joined<'s>(cmd: Cmd<'s>, item: &'s Item) -> Result<Cow<'s, [u8]>, Reason> {
    let octets_of = |cmd: Cmd<'s>, item: &'s Item| item.data.map(|data| cmd.message().tree().content_bytes(data));
    if item.more_data.is_none() {
        return Ok(Cow::Borrowed(octets_of(cmd, item).unwrap_or_default()));
    }
    let session = cmd.session();
    let object = session.object_of(cmd.place()).filter(|object| object.end == ObjectEnd::Complete);
    let Some(object) = object else { return Err(Reason::EndNotCaptured) };
    let last = object.chunks.last().map_or(cmd.msg.id, |chunk| chunk.entry);
    if !session.is_whole_between(cmd.msg.id, last) {
        return Err(Reason::MessageLost);
    }
    if object.octets() > Limits::TREE_OBJECT as u64 {
        return Err(Reason::NotVisible);
    }
    let mut whole = Vec::new();
    for chunk in &object.chunks {
        let Some(entry) = session.entry(chunk.entry) else { continue };
        let part = Msg { session, id: chunk.entry, entry }.command(chunk.command);
        let octets = part.and_then(|part| octets_of(part, part.items().get(chunk.item as usize)?));
        whole.extend_from_slice(octets.unwrap_or_default());
    }
    Ok(Cow::Owned(whole))
}

/// The serialised tree in an Item; `None` where there is no sign of one.
fn serialised<'s>(
    cmd: Cmd<'s>,
    position: usize,
    item: &'s Item,
    uri: &'s str,
    voice: Voice,
    media: Media,
) -> Option<Serialised<'s>> {
    let data = item.data.filter(|_| !is_rest(cmd, position))?;
    let tree = cmd.message().tree();
    let first = tree.elements(data).next();
    let about =
        About { voice, uri, is_wbxml: cmd.message().encoding() == Encoding::Wbxml, version: cmd.session().version };
    let mut is_inline = false;
    let found = if let Some(root) = first {
        is_inline = true;
        if is_tree(tree, root) {
            Found::Tree(Box::new(look_into(tree, root, &[], None, about)))
        } else {
            Found::OtherRoot(tree.name(root).to_owned())
        }
    } else {
        match joined(cmd, item) {
            Err(reason) => Found::Unknown(reason),
            Ok(octets) => {
                let octets = std::str::from_utf8(&octets).map_or(&*octets, |text| trim(text).as_bytes());
                let format = cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Format));
                if octets.is_empty() {
                    return None;
                }
                match tnds::decode(Some(format), octets) {
                    Err(_) => Found::Unknown(Reason::Undecodable),
                    Ok(document) => of_document(&document, about),
                }
            }
        }
    };
    // A client that does not know the list may answer with another one.
    if media == Media::Other && !matches!(found, Found::Tree(_)) {
        return None;
    }
    Some(Serialised { cmd, item, uri, voice, media, is_inline, found })
}

fn is_tree(tree: &Tree, root: NodeId) -> bool {
    tree.name(root) == Tag::DdfMgmtTree.known_name().unwrap_or_default()
}

/// What a document of its own is. Where it could only be read in part, or with repairs, nobody can say; of WBXML the rule on its
/// tokens says so.
fn of_document(document: &tnds::Document, about: About<'_>) -> Found {
    let Some(root) = document.tree.root() else { return Found::Unknown(Reason::Undecodable) };
    let about = About { is_wbxml: document.wbxml.is_some(), ..about };
    if !document.is_sound && !about.is_wbxml {
        Found::Unknown(Reason::Undecodable)
    } else if is_tree(&document.tree, root) {
        let anomalies = document.wbxml.as_deref().unwrap_or_default();
        Found::Tree(Box::new(look_into(&document.tree, root, anomalies, document.fault.as_deref(), about)))
    } else if document.is_sound {
        Found::OtherRoot(document.tree.name(root).to_owned())
    } else {
        Found::Unknown(Reason::Undecodable)
    }
}
