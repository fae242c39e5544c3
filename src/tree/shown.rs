//! The ACLs that a session shows: who may do what, as devices and servers say it on the wire.

use super::lesson::{Lesson, Said};
use super::node::Property;
use crate::base::Limits;
use crate::dm::Session;
use memchr::memmem::Finder;
use std::sync::OnceLock;

/// The ACL of a node, as a session shows it: read by Get, or set by an accepted Replace, or in a serialised tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAcl {
    /// The node, from the root (`./DMAcc/1`).
    pub node: String,
    /// The ACL, as written; empty where the node has none of its own.
    pub acl: String,
    /// Number of the message with which it became known, from 1.
    pub message: u32,
}

/// The ACLs that a session shows, the last one of each node, by node; at most [`Limits::SHOWN_ACLS`].
pub fn shown_acls(session: &Session) -> Vec<ShownAcl> {
    static NAME: OnceLock<Finder<'static>> = OnceLock::new();
    // As the property of a URI it is text in either encoding, and a serialised tree names its type.
    let name = NAME.get_or_init(|| Finder::new(b"ACL"));
    static TREE: OnceLock<Finder<'static>> = OnceLock::new();
    let tree = TREE.get_or_init(|| Finder::new(b"dmtnds"));
    let may_show = |body: &[u8]| name.find(body).is_some() || tree.find(body).is_some();
    if !session.entries.iter().any(|entry| may_show(entry.message.body())) {
        return Vec::new();
    }
    let lesson = Lesson::of(session, None);
    let mut shown = std::collections::BTreeMap::new();
    for event in &lesson.events {
        let Said::Property { property: Property::Acl, text } = event.said else { continue };
        let path = lesson.texts.get(event.path);
        let node = if path.is_empty() { ".".to_owned() } else { format!("./{path}") };
        let message = lesson.sources.get(event.source as usize).map_or(0, |source| source.message);
        if shown.len() < Limits::SHOWN_ACLS || shown.contains_key(&node) {
            shown.insert(node, (lesson.texts.get(text).to_owned(), message));
        }
    }
    shown.into_iter().map(|(node, (acl, message))| ShownAcl { node, acl, message }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<ShownAcl> {
        let script = crate::fixture::Script::parse(text).unwrap();
        let mut tracker = crate::dm::Tracker::new();
        let mut all = Vec::new();
        let mut keep = |finished: crate::dm::Finished| all.extend(shown_acls(&finished.session));
        script.exchanges().into_iter().for_each(|exchange| tracker.exchange(exchange, &mut keep));
        tracker.finish(&mut keep);
        all
    }

    #[test]
    fn acls_that_are_read_and_set_are_shown() {
        let read = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status * 200\n Get ./A?prop=ACL\n Replace \
                    ./B?prop=ACL=\"Get=*\"\ndevice\n Status SyncHdr 200\n Status Get 200\n Status Replace 200\n Results \
                    ./A?prop=ACL=\"Add=*&Get=srv\"\nserver\n Status SyncHdr 200\n";
        let acl = |node: &str, acl: &str, message| ShownAcl { node: node.into(), acl: acl.into(), message };
        assert_eq!(shown(read), [acl("./A", "Add=*&Get=srv", 3), acl("./B", "Get=*", 3)]);
        assert_eq!(shown(&read.replace("Status Replace 200", "Status Replace 425")).len(), 1);
        assert!(shown("device\n Alert 1201\nserver\n Status SyncHdr 200\n Get ./A\n").is_empty());
    }
}
