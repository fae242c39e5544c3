//! A recorded message on its way to a live one: changes to its tree, and the octets in the end.

use crate::dm::Scheme;
use crate::markup::{Edits, NodeId, Since, Tag, TreeBuilder, Vocabulary};
use crate::syncml::{Command, CommandName, Document, Encoding, Message, number, xml};
use crate::wbxml::{self, EncodeOptions, IdForm, PublicId};

/// A recorded message with changes.
#[derive(Debug)]
pub(super) struct Draft<'m> {
    message: &'m Message,
    edits: Edits,
    /// The prefix with which SyncML elements are written, its colon included.
    prefix: &'m str,
    next_cmd_id: u64,
}

/// A Status that the recording does not have.
#[derive(Debug, Default)]
pub(super) struct NewStatus<'a> {
    pub(super) msg_ref: &'a str,
    pub(super) cmd_ref: &'a str,
    pub(super) cmd: &'a str,
    pub(super) target_ref: Option<&'a str>,
    pub(super) source_ref: Option<&'a str>,
    pub(super) code: u16,
    pub(super) challenge: Option<(&'a Scheme, &'a str)>,
}

impl<'m> Draft<'m> {
    pub(super) fn new(message: &'m Message) -> Self {
        let tree = message.tree();
        let prefix = message.sync_body.or(message.hdr.node).map_or("", |node| tree.qualified_name(node));
        let prefix = prefix.rfind(':').and_then(|colon| prefix.get(..=colon)).unwrap_or_default();
        let ids = message.commands.iter().filter_map(|command| number(message.cmd_id(command)?));
        let next_cmd_id = ids.max().unwrap_or_default().saturating_add(1);
        Self { message, edits: Edits::default(), prefix, next_cmd_id }
    }

    /// Gives an element another text, if it is there.
    pub(super) fn text(&mut self, element: Option<NodeId>, text: &str) {
        if let Some(element) = element
            && self.message.text(element) != text
        {
            self.edits.set_text(element, text);
        }
    }

    pub(super) fn remove(&mut self, node: NodeId) {
        self.edits.remove(node);
    }

    /// Leaves all commands out, and Final.
    pub(super) fn clear(&mut self) {
        let nodes: Vec<NodeId> = self.message.commands.iter().map(|command| command.node).collect();
        for node in nodes.into_iter().chain(self.message.final_mark) {
            self.remove(node);
        }
        self.next_cmd_id = 1;
    }

    /// Adds a Status behind the recorded ones.
    pub(super) fn add_status(&mut self, status: &NewStatus<'_>) {
        let Some(body) = self.message.sync_body else { return };
        let cmd_id = self.next_cmd_id.to_string();
        self.next_cmd_id = self.next_cmd_id.saturating_add(1);
        let mut out = self.fragment(Tag::Status);
        for (tag, text) in [
            (Tag::CmdID, Some(&*cmd_id)),
            (Tag::MsgRef, Some(status.msg_ref)),
            (Tag::CmdRef, Some(status.cmd_ref)),
            (Tag::Cmd, Some(status.cmd)),
            (Tag::TargetRef, status.target_ref),
            (Tag::SourceRef, status.source_ref),
        ] {
            if let Some(text) = text {
                self.leaf(&mut out, tag, text);
            }
        }
        if let Some((scheme, nonce)) = status.challenge {
            self.chal_into(&mut out, scheme, nonce);
        }
        self.leaf(&mut out, Tag::Data, &status.code.to_string());
        let added = out.finish(0);
        let commands = self.message.commands.iter();
        let behind = commands
            .filter(|command| command.parent.is_none() && command.name != CommandName::Status)
            .map(|command| command.node)
            .next()
            .or(self.message.final_mark);
        match behind {
            Some(node) => self.edits.insert_before(node, added),
            None => self.edits.append(body, added),
        }
    }

    /// Ends the package.
    pub(super) fn add_final(&mut self) {
        if let Some(body) = self.message.sync_body {
            let added = self.fragment(Tag::Final).finish(0);
            self.edits.append(body, added);
        }
    }

    /// Gives a recorded Status a Chal in place of the one it has.
    pub(super) fn challenge(&mut self, status: &Command, scheme: &Scheme, nonce: &str) {
        if let Some(chal) = status.chal {
            self.edits.remove(chal);
        }
        let mut out = TreeBuilder::default();
        self.chal_into(&mut out, scheme, nonce);
        let added = out.finish(0);
        match status.data {
            Some(data) => self.edits.insert_before(data, added),
            None => self.edits.append(status.node, added),
        }
    }

    /// Gives the header other credentials; without, it gets none.
    pub(super) fn credentials(&mut self, cred: Option<(&Scheme, &str)>) {
        let Some(hdr) = self.message.hdr.node else { return };
        if let Some(old) = self.message.hdr.cred {
            self.edits.remove(old);
        }
        let Some((scheme, data)) = cred else { return };
        let mut out = self.fragment(Tag::Cred);
        self.auth_meta(&mut out, scheme, None);
        self.leaf(&mut out, Tag::Data, data);
        let added = out.finish(0);
        match self.message.hdr.cred.or(self.message.hdr.meta) {
            Some(node) => self.edits.insert_before(node, added),
            None => self.edits.append(hdr, added),
        }
    }

    fn chal_into(&self, out: &mut TreeBuilder, scheme: &Scheme, nonce: &str) {
        self.open(out, Tag::Chal);
        self.auth_meta(out, scheme, (*scheme != Scheme::Basic).then_some(nonce));
        out.close(0);
    }

    /// The Meta of a Cred or Chal (OMA-TS-DM_Security-V1_2_1, section 5.3).
    fn auth_meta(&self, out: &mut TreeBuilder, scheme: &Scheme, nonce: Option<&str>) {
        self.open(out, Tag::Meta);
        for (tag, text) in [(Tag::Format, Some("b64")), (Tag::Type, Some(scheme.type_name())), (Tag::NextNonce, nonce)]
        {
            if let Some(text) = text {
                self.leaf(out, tag, text);
            }
        }
        out.close(0);
    }

    fn fragment(&self, tag: Tag) -> TreeBuilder {
        let mut out = TreeBuilder::default();
        self.open(&mut out, tag);
        out
    }

    fn leaf(&self, out: &mut TreeBuilder, tag: Tag, text: &str) {
        self.open(out, tag);
        out.characters(text);
        out.close(0);
    }

    /// Opens an element as this document writes its name: SyncML with the prefix in use, MetInf with a declaration.
    fn open(&self, out: &mut TreeBuilder, tag: Tag) {
        let id = out.start(tag);
        match tag.vocabulary() {
            Some(Vocabulary::MetInf) => out.set_raw(id, " xmlns=\"syncml:metinf\""),
            _ if !self.prefix.is_empty() => {
                let name = format!("{}{}", self.prefix, tag.known_name().unwrap_or_default());
                out.set_name(id, &name);
            }
            _ => {}
        }
    }

    /// The octets, in the encoding that the peer speaks.
    pub(super) fn encode(&self, encoding: Encoding) -> Vec<u8> {
        let tree = self.message.tree().edited(&self.edits);
        match (self.message.document(), encoding) {
            (Document::Xml(document), Encoding::Xml) => {
                let mut document = document.clone();
                document.tree = tree;
                xml::write_faithful(&document)
            }
            (Document::Wbxml(document), Encoding::Wbxml) => {
                let header = &document.header;
                let public_id = match &header.public_id {
                    PublicId::Number(number) => Some(IdForm::Number(*number)),
                    PublicId::Unknown => Some(IdForm::Number(1)),
                    PublicId::Table { text, .. } => text
                        .as_ref()
                        .map(|text| IdForm::Text { text: text.to_string(), terminated: header.is_table_terminated() }),
                };
                let options = EncodeOptions { version: header.version, public_id, ..EncodeOptions::default() };
                wbxml::encode(&wbxml::from_tree(&tree, &options))
            }
            (Document::Xml(_), Encoding::Wbxml) => wbxml::encode(&wbxml::from_tree(&tree, &EncodeOptions::default())),
            (Document::Wbxml(_), Encoding::Xml) => {
                let mut octets = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_vec();
                octets.extend(xml::write_canonical(&tree, self.version()));
                octets
            }
        }
    }

    fn version(&self) -> Since {
        match self.message.text(self.message.hdr.ver_dtd) {
            "1.0" => Since::V1_0,
            "1.1" => Since::V1_1,
            _ => Since::V1_2,
        }
    }

    /// The tree with the changes so far.
    #[cfg(test)]
    pub(super) fn tree(&self) -> crate::markup::Tree {
        self.message.tree().edited(&self.edits)
    }
}
