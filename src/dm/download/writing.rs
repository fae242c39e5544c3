//! Addresses in the messages of servers, whole or in several chunks.

use super::super::memory::Pair;
use crate::base::{FrameNo, Limits};
use crate::markup::Tag;
use crate::syncml::{CommandName, Message};
use std::net::IpAddr;

/// Name of the nodes that hold the address of a package or of its descriptor.
const PKG_URL: &str = "PkgURL";

/// A message of a server that may write addresses, and who gets it.
pub(in crate::dm) struct Writing<'m> {
    pub(in crate::dm) message: &'m Message,
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
    pub(super) fn addresses(&mut self, message: &Message) -> Vec<(String, String)> {
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
                        false => found.push((begun.node.clone(), begun.parts.concat())),
                    }
                    continue;
                }
                let is_one = node.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(PKG_URL));
                if !is_one || node.len() > Limits::DOWNLOAD_TEXT {
                    continue;
                }
                match more {
                    true if data.len() <= Limits::DOWNLOAD_TEXT => {
                        self.0 = Some(Begun { node: node.to_owned(), parts: vec![data.to_owned()] });
                        goes_on = true;
                    }
                    true => {}
                    false => found.push((node.to_owned(), data.to_owned())),
                }
            }
        }
        if was_open && has_commands && !goes_on {
            self.0 = None;
        }
        found
    }
}
