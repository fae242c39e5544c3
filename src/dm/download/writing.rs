//! Addresses in the messages of servers and devices, whole or in several chunks.

use super::super::memory::Pair;
use super::fetch::Purpose;
use crate::base::{Direction, FrameNo, Limits};
use crate::markup::Tag;
use crate::syncml::{CommandName, Message};
use std::net::IpAddr;

/// Names of nodes that hold an address, and what a request there is for: that of a package or of its descriptor
/// (OMA-TS-DM-FUMO-V1_0, 5.1), and that where the data of diagnostics go (OMA-TS-DiagMon-V1_0).
const ADDRESSES: [(&str, Purpose); 2] = [("PkgURL", Purpose::Package), ("DiagDataURL", Purpose::Upload)];

/// What a request to the address in a node is for, by the name of the node.
fn purpose_of(node: &str) -> Option<Purpose> {
    let name = node.rsplit('/').next()?;
    ADDRESSES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, purpose)| *purpose)
}

/// An address, and the node that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) node: String,
    pub(super) url: String,
    pub(super) purpose: Purpose,
}

impl Address {
    fn of(node: &str, url: String) -> Option<Self> {
        Some(Self { node: node.to_owned(), url, purpose: purpose_of(node)? })
    }
}

/// The addresses for uploads that a device tells of in its Results: it may have had them before.
pub(super) fn told(message: &Message) -> Vec<Address> {
    let results = message.commands.iter().filter(|command| command.name == CommandName::Results);
    let items = results.flat_map(|command| message.items(command));
    let whole = items.filter(|item| item.more_data.is_none());
    let told = whole.filter_map(|item| {
        let node = message.text(item.source_uri);
        (node.len() <= Limits::DOWNLOAD_TEXT).then(|| Address::of(node, message.text(item.data).to_owned())).flatten()
    });
    told.filter(|address| address.purpose == Purpose::Upload).collect()
}

/// A message that may tell addresses, and the device that has them.
pub(in crate::dm) struct Writing<'m> {
    pub(in crate::dm) message: &'m Message,
    pub(in crate::dm) direction: Direction,
    pub(in crate::dm) frame: FrameNo,
    pub(in crate::dm) device: IpAddr,
    pub(in crate::dm) pair: Option<Pair>,
    pub(in crate::dm) session_id: &'m str,
}

/// An address of which parts came, and the last one not yet: a large object (OMA-TS-DM_Protocol-V1_2_1, section 7). What is too
/// long for an address is not kept.
#[derive(Debug, Default)]
pub(in crate::dm) struct Chunked(Option<Begun>);

#[derive(Debug)]
struct Begun {
    node: String,
    parts: Vec<String>,
}

impl Begun {
    fn octets(&self) -> usize {
        self.parts.iter().map(String::len).sum()
    }
}

impl Chunked {
    /// The nodes that hold an address, and the addresses, that are complete with a message. One that does not go on in a message
    /// with other commands was broken off.
    pub(super) fn addresses(&mut self, message: &Message) -> Vec<Address> {
        let mut found = Vec::new();
        let was_open = self.0.is_some();
        let (mut goes_on, mut has_commands) = (false, false);
        for command in &message.commands {
            has_commands |= !matches!(command.name, CommandName::Status | CommandName::Alert);
            if !matches!(command.name, CommandName::Add | CommandName::Replace) {
                continue;
            }
            for item in message.items(command) {
                let (node, more) = (message.text(item.target_uri), item.more_data.is_some());
                let data = message.text(item.data);
                let is_next = |begun: &Begun| node == begun.node || node.is_empty();
                if let Some(mut begun) = self.0.take_if(|begun| was_open && !goes_on && is_next(begun)) {
                    goes_on = true;
                    let has_size = message.effective_met_inf(command, Some(item), Tag::Size).is_some();
                    // What was refused as a whole is sent again from its beginning.
                    if has_size && begun.parts.first().is_some_and(|first| first == data) {
                        begun.parts.clear();
                    }
                    begun.parts.push(data.to_owned());
                    match more {
                        true if begun.octets() <= Limits::DOWNLOAD_TEXT => self.0 = Some(begun),
                        true => {}
                        false => found.extend(Address::of(&begun.node, begun.parts.concat())),
                    }
                    continue;
                }
                if purpose_of(node).is_none() || node.len() > Limits::DOWNLOAD_TEXT {
                    continue;
                }
                match more {
                    true if data.len() <= Limits::DOWNLOAD_TEXT => {
                        self.0 = Some(Begun { node: node.to_owned(), parts: vec![data.to_owned()] });
                        goes_on = true;
                    }
                    true => {}
                    false => found.extend(Address::of(node, data.to_owned())),
                }
            }
        }
        if was_open && has_commands && !goes_on {
            self.0 = None;
        }
        found
    }
}
