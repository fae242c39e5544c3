//! The typed message on top of an element tree.

use super::command::{Command, CommandId, CommandName, Item};
use super::survey::Survey;
use super::{Document, Encoding};
use crate::base::Span;
use crate::markup::{NodeId, Places, Tag, Tree};
use std::sync::OnceLock;

/// SyncHdr. Fields name elements of the message's tree; where an element occurs twice, the first.
#[derive(Debug, Clone, Default)]
pub struct SyncHdr {
    /// The SyncHdr element itself; `None` when the message has none.
    pub node: Option<NodeId>,
    /// VerDTD.
    pub ver_dtd: Option<NodeId>,
    /// VerProto.
    pub ver_proto: Option<NodeId>,
    /// SessionID.
    pub session_id: Option<NodeId>,
    /// MsgID.
    pub msg_id: Option<NodeId>,
    /// Target.
    pub target: Option<NodeId>,
    /// LocURI of Target.
    pub target_uri: Option<NodeId>,
    /// Source.
    pub source: Option<NodeId>,
    /// LocURI of Source.
    pub source_uri: Option<NodeId>,
    /// LocName of Source: the user name of digest authentication.
    pub source_name: Option<NodeId>,
    /// RespURI.
    pub resp_uri: Option<NodeId>,
    /// NoResp.
    pub no_resp: Option<NodeId>,
    /// Cred.
    pub cred: Option<NodeId>,
    /// Meta.
    pub meta: Option<NodeId>,
}

/// One SyncML message: the body as transported, its tree, and the typed view of it.
#[derive(Debug, Clone)]
pub struct Message {
    body: Vec<u8>,
    document: Document,
    /// SyncHdr; its fields are `None` where the message lacks them.
    pub hdr: SyncHdr,
    /// SyncBody; `None` when the message has none.
    pub sync_body: Option<NodeId>,
    /// All commands and response elements in document order, a container before its children.
    pub commands: Vec<Command>,
    /// The first Final, wherever in SyncBody it stands.
    pub final_mark: Option<NodeId>,
    items: Vec<Item>,
    survey: Box<Survey>,
    places: OnceLock<Places>,
}

/// Nodes from which on a message counts as large.
const LARGE: usize = 4096;

impl Message {
    /// Reads the typed view out of a decoded document. Never fails: what is missing is `None`.
    pub fn new(body: Vec<u8>, document: Document) -> Self {
        let tree = document.tree();
        // While the tree is close to the processor.
        let survey = Box::new(Survey::of(tree, document.encoding() == Encoding::Xml));
        // A command has a dozen nodes or more; an Item half as many.
        let mut reader = Reader {
            commands: Vec::with_capacity(tree.len() / 16),
            items: Vec::with_capacity(tree.len() / 24),
            ..Reader::default()
        };
        if let Some(root) = tree.root() {
            reader.root(tree, root);
        }
        let Reader { hdr, sync_body, commands, items, final_mark } = reader;
        Self { body, document, hdr, sync_body, commands, final_mark, items, survey, places: OnceLock::new() }
    }

    /// The body as transported, content coding removed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Octets of memory that it holds, roughly.
    pub fn octets(&self) -> usize {
        self.body.capacity()
            + self.tree().octets()
            + self.commands.capacity() * size_of::<Command>()
            + self.items.capacity() * size_of::<Item>()
            + size_of::<Survey>()
    }

    /// The element tree.
    pub fn tree(&self) -> &Tree {
        self.document.tree()
    }

    /// The decoded document, with what was odd about its encoding.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is to be said about the form of its elements.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// How it was encoded.
    pub fn encoding(&self) -> Encoding {
        self.document.encoding()
    }

    /// Whether rules on content may judge it: it was decoded to its end, or forbidden characters in text are its only
    /// defect.
    pub fn is_judgeable(&self) -> bool {
        self.document.is_judgeable()
    }

    /// The text of an element, white space and trailing U+0000 cut off; empty for `None`.
    pub fn text(&self, node: impl Into<Option<NodeId>>) -> &str {
        match node.into() {
            Some(node) => trim(self.tree().text(node)),
            None => "",
        }
    }

    /// Like [`Message::text`], but `None` where the element is absent or its text is empty.
    pub fn value(&self, node: impl Into<Option<NodeId>>) -> Option<&str> {
        Some(self.text(node)).filter(|text| !text.is_empty())
    }

    /// The path of an element from the root.
    pub fn path(&self, node: NodeId) -> String {
        let tree = self.tree();
        // Elements of a small message are counted each time; in a large one there may be as many paths as elements.
        if tree.len() < LARGE { tree.path(node) } else { tree.path_by(node, self.places.get_or_init(|| tree.places())) }
    }

    /// The octets of the body that an element came from.
    pub fn span(&self, node: NodeId) -> Span {
        self.tree().span(node)
    }

    /// SessionID, trimmed; `None` when absent or empty.
    pub fn session_id(&self) -> Option<&str> {
        self.value(self.hdr.session_id)
    }

    /// MsgID, trimmed; `None` when absent or empty.
    pub fn msg_id(&self) -> Option<&str> {
        self.value(self.hdr.msg_id)
    }

    /// MsgID as a number; `None` when it is none.
    pub fn msg_number(&self) -> Option<u64> {
        number(self.msg_id()?)
    }

    /// LocURI of Target.
    pub fn target(&self) -> Option<&str> {
        self.value(self.hdr.target_uri)
    }

    /// LocURI of Source.
    pub fn source(&self) -> Option<&str> {
        self.value(self.hdr.source_uri)
    }

    /// Whether SyncBody has Final.
    pub fn has_final(&self) -> bool {
        self.final_mark.is_some()
    }

    /// The command at a position.
    pub fn command(&self, id: CommandId) -> Option<&Command> {
        self.commands.get(id.index())
    }

    /// Commands with their positions, in document order.
    pub fn commands_with_ids(&self) -> impl Iterator<Item = (CommandId, &Command)> + '_ {
        self.commands
            .iter()
            .enumerate()
            .map(|(at, command)| (CommandId(u32::try_from(at).unwrap_or(u32::MAX)), command))
    }

    /// The children of a container, in order, without theirs.
    pub fn children_of(&self, container: CommandId) -> impl Iterator<Item = (CommandId, &Command)> + '_ {
        self.commands_with_ids()
            .skip(container.index() + 1)
            .filter(move |(_, command)| command.parent == Some(container))
    }

    /// The Items of a command.
    pub fn items(&self, command: &Command) -> &[Item] {
        let (start, end) = command.items;
        self.items.get(start as usize..end as usize).unwrap_or_default()
    }

    /// CmdID of a command, trimmed; `None` when absent or empty.
    pub fn cmd_id(&self, command: &Command) -> Option<&str> {
        self.value(command.cmd_id)
    }

    /// The code of a Status or an Alert: Data as a number; `None` when it is none.
    pub fn code(&self, command: &Command) -> Option<u16> {
        command.code
    }

    /// Child elements of a node with a tag, in order (for elements that may be repeated: TargetRef, SourceRef, Item).
    pub fn each(&self, node: NodeId, tag: Tag) -> impl Iterator<Item = NodeId> + '_ {
        self.tree().elements(node).filter(move |&child| self.tree().tag(child) == Some(tag))
    }

    /// A MetInf element inside a Meta, directly or in a MetInf wrapper.
    pub fn met_inf(&self, meta: impl Into<Option<NodeId>>, tag: Tag) -> Option<NodeId> {
        let meta = meta.into()?;
        let tree = self.tree();
        tree.child(meta, tag).or_else(|| tree.child(tree.child(meta, Tag::MetInf)?, tag))
    }

    /// A MetInf value that holds for an Item: its own Meta's, else the command's, else those of the containers around it.
    pub fn effective_met_inf(&self, command: &Command, item: Option<&Item>, tag: Tag) -> Option<NodeId> {
        if let Some(found) = item.and_then(|item| self.met_inf(item.meta, tag)) {
            return Some(found);
        }
        let mut at = Some(command);
        while let Some(command) = at {
            if let Some(found) = self.met_inf(command.meta, tag) {
                return Some(found);
            }
            at = command.parent.and_then(|parent| self.command(parent));
        }
        None
    }

    /// The type of a Cred or Chal (`syncml:auth-md5` for one).
    pub fn auth_type(&self, cred_or_chal: NodeId) -> Option<&str> {
        let meta = self.tree().child(cred_or_chal, Tag::Meta)?;
        self.value(self.met_inf(meta, Tag::Type))
    }

    /// Commands with this Alert code.
    pub fn alerts(&self, code: u16) -> impl Iterator<Item = (CommandId, &Command)> + '_ {
        self.commands_with_ids()
            .filter(move |(_, command)| command.name == CommandName::Alert && self.code(command) == Some(code))
    }
}

/// Cuts white space on both sides and U+0000 at the end (a client's C string with its terminator).
#[inline]
pub fn trim(text: &str) -> &str {
    let solid = |octet: Option<&u8>| octet.is_some_and(|octet| *octet > b' ');
    let octets = text.as_bytes();
    // Nearly every value begins and ends with something.
    if solid(octets.first()) && solid(octets.last()) {
        return text;
    }
    text.trim_matches(|ch: char| matches!(ch, ' ' | '\t' | '\r' | '\n' | '\0'))
}

/// An unsigned decimal number without sign; `None` when the text is anything else or does not fit.
pub fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|octet| octet.is_ascii_digit()) { None } else { text.parse().ok() }
}

#[derive(Default)]
struct Reader {
    hdr: SyncHdr,
    sync_body: Option<NodeId>,
    commands: Vec<Command>,
    items: Vec<Item>,
    final_mark: Option<NodeId>,
}

/// Keeps the first of several.
fn first(slot: &mut Option<NodeId>, node: NodeId) {
    slot.get_or_insert(node);
}

impl Reader {
    fn root(&mut self, tree: &Tree, root: NodeId) {
        for child in tree.elements(root) {
            match tree.tag(child) {
                Some(Tag::SyncHdr) if self.hdr.node.is_none() => self.hdr(tree, child),
                Some(Tag::SyncBody) if self.sync_body.is_none() => {
                    self.sync_body = Some(child);
                    self.body(tree, child);
                }
                _ => {}
            }
        }
    }

    fn hdr(&mut self, tree: &Tree, node: NodeId) {
        let hdr = &mut self.hdr;
        hdr.node = Some(node);
        for child in tree.elements(node) {
            match tree.tag(child) {
                Some(Tag::VerDTD) => first(&mut hdr.ver_dtd, child),
                Some(Tag::VerProto) => first(&mut hdr.ver_proto, child),
                Some(Tag::SessionID) => first(&mut hdr.session_id, child),
                Some(Tag::MsgID) => first(&mut hdr.msg_id, child),
                Some(Tag::Target) if hdr.target.is_none() => {
                    hdr.target = Some(child);
                    hdr.target_uri = tree.child(child, Tag::LocURI);
                }
                Some(Tag::Source) if hdr.source.is_none() => {
                    hdr.source = Some(child);
                    hdr.source_uri = tree.child(child, Tag::LocURI);
                    hdr.source_name = tree.child(child, Tag::LocName);
                }
                Some(Tag::RespURI) => first(&mut hdr.resp_uri, child),
                Some(Tag::NoResp) => first(&mut hdr.no_resp, child),
                Some(Tag::Cred) => first(&mut hdr.cred, child),
                Some(Tag::Meta) => first(&mut hdr.meta, child),
                _ => {}
            }
        }
    }

    /// Reads SyncBody; containers are walked with a stack of their own, since nesting is the sender's choice.
    fn body(&mut self, tree: &Tree, body: NodeId) {
        let mut stack = vec![(tree.children(body), None::<CommandId>)];
        while let Some((children, parent)) = stack.last_mut() {
            let Some(child) = children.next() else {
                stack.pop();
                continue;
            };
            let parent = *parent;
            let Some(tag) = tree.tag(child) else { continue };
            if tag == Tag::Final && parent.is_none() {
                first(&mut self.final_mark, child);
            } else if let Some(name) = CommandName::of_tag(tag) {
                let id = CommandId(u32::try_from(self.commands.len()).unwrap_or(u32::MAX));
                self.command(tree, child, name, parent);
                if name.is_container() {
                    stack.push((tree.children(child), Some(id)));
                }
            }
        }
    }

    fn command(&mut self, tree: &Tree, node: NodeId, name: CommandName, parent: Option<CommandId>) {
        let here = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let mut command = Command {
            name,
            node,
            parent,
            cmd_id: None,
            msg_ref: None,
            cmd_ref: None,
            cmd: None,
            target_ref: None,
            source_ref: None,
            data: None,
            code: None,
            meta: None,
            cred: None,
            chal: None,
            correlator: None,
            no_resp: None,
            items: (here, here),
        };
        for child in tree.elements(node) {
            match tree.tag(child) {
                Some(Tag::CmdID) => first(&mut command.cmd_id, child),
                Some(Tag::MsgRef) => first(&mut command.msg_ref, child),
                Some(Tag::CmdRef) => first(&mut command.cmd_ref, child),
                Some(Tag::Cmd) => first(&mut command.cmd, child),
                Some(Tag::TargetRef) => first(&mut command.target_ref, child),
                Some(Tag::SourceRef) => first(&mut command.source_ref, child),
                Some(Tag::Data) => first(&mut command.data, child),
                Some(Tag::Meta) => first(&mut command.meta, child),
                Some(Tag::Cred) => first(&mut command.cred, child),
                Some(Tag::Chal) => first(&mut command.chal, child),
                Some(Tag::Correlator) => first(&mut command.correlator, child),
                Some(Tag::NoResp) => first(&mut command.no_resp, child),
                Some(Tag::Item) => self.items.push(item(tree, child)),
                _ => {}
            }
        }
        if matches!(name, CommandName::Status | CommandName::Alert)
            && let Some(data) = command.data
        {
            command.code = number(trim(tree.text(data))).and_then(|code| u16::try_from(code).ok());
        }
        command.items.1 = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.commands.push(command);
    }
}

fn item(tree: &Tree, node: NodeId) -> Item {
    let mut item = Item {
        node,
        target: None,
        target_uri: None,
        source: None,
        source_uri: None,
        meta: None,
        data: None,
        more_data: None,
    };
    for child in tree.elements(node) {
        match tree.tag(child) {
            Some(Tag::Target) if item.target.is_none() => {
                item.target = Some(child);
                item.target_uri = tree.child(child, Tag::LocURI);
            }
            Some(Tag::Source) if item.source.is_none() => {
                item.source = Some(child);
                item.source_uri = tree.child(child, Tag::LocURI);
            }
            Some(Tag::Meta) => first(&mut item.meta, child),
            Some(Tag::Data) => first(&mut item.data, child),
            Some(Tag::MoreData) => first(&mut item.more_data, child),
            _ => {}
        }
    }
    item
}
