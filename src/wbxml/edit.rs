//! Changes to a document that leave all other octets of it as they were written.

use super::document::{Choice, Document, What};
use crate::markup::{Kind, NodeId, Tree};
use std::collections::BTreeSet;

impl Document {
    /// Takes out nodes, each with all below it; ids of the nodes behind them change. What the encoder chose for the others
    /// stays, and a switch of the code page is written where it is needed now.
    pub fn remove(&mut self, ids: &[NodeId]) {
        let owners = owners(&self.tree);
        let places = self.tree.remove(ids);
        // For each event, how many were left before it, and whether it is left itself.
        let mut left = 0;
        let mut fates: Vec<(u32, bool)> = Vec::with_capacity(owners.len());
        for owner in owners {
            let is_left = places.get(owner.index()).copied().flatten().is_some();
            fates.push((left, is_left));
            left += u32::from(is_left);
        }
        let moved = |event: u32| fates.get(event as usize).copied().unwrap_or((left, true));
        self.choices.list.retain_mut(|choice| {
            let (event, is_left) = moved(choice.event);
            choice.event = event;
            is_left
        });
        self.choices.cut = self.choices.cut.map(|event| moved(event).0);
        self.embedded.retain_mut(|embedded| match places.get(embedded.node.index()).copied().flatten() {
            Some(node) => {
                embedded.node = node;
                true
            }
            None => false,
        });
    }

    /// Replaces one piece of text or octets; see [`Tree::replace_piece`].
    pub fn replace_piece(&mut self, id: NodeId, octets: &[u8]) -> bool {
        self.replace_pieces(&[(id, octets)])
    }

    /// Replaces several of them, each given once. Says whether all could be.
    pub fn replace_pieces(&mut self, pieces: &[(NodeId, &[u8])]) -> bool {
        let mut all = true;
        let mut replaced: BTreeSet<NodeId> = BTreeSet::new();
        for (id, octets) in pieces {
            match self.tree.replace_piece(*id, octets) {
                true => drop(replaced.insert(*id)),
                false => all = false,
            }
        }
        let events: BTreeSet<u32> = (0..)
            .zip(owners(&self.tree))
            .filter(|(_, owner)| replaced.contains(owner))
            .map(|(event, _)| event)
            .collect();
        // How the old text was written says nothing of the new one.
        self.choices.list.retain(|Choice { event, what }| !events.contains(event) || matches!(what, What::Switch(_)));
        all
    }

    /// Writes over strings of the string table, without moving any: those that begin at these places, and those that `shows`
    /// picks out.
    pub(crate) fn blank(&mut self, at: &[u32], shows: &dyn Fn(&str) -> bool) {
        let width = if self.header.charset().is_wide() { 2 } else { 1 };
        let table = self.header.string_table.clone();
        let mut starts: BTreeSet<usize> = at.iter().filter_map(|index| usize::try_from(*index).ok()).collect();
        let mut start = 0_usize;
        while start < table.len() {
            let index = u32::try_from(start).unwrap_or(u32::MAX);
            let Some(rest) = table.get(start..) else { break };
            let length = rest.chunks(width).take_while(|unit| unit.iter().any(|octet| *octet != 0)).count();
            if self.header.string(index).is_some_and(|(text, _)| shows(&text)) {
                starts.insert(start);
            }
            start = start.saturating_add(length.saturating_add(1).saturating_mul(width));
        }
        for start in starts {
            let Some(rest) = self.header.string_table.get_mut(start..) else { continue };
            // In UTF-16 of either order, what two of these make is a character, too.
            for unit in rest.chunks_mut(width).take_while(|unit| unit.iter().any(|octet| *octet != 0)) {
                unit.fill(b'*');
            }
        }
    }

    /// Leaves out the octets that were not decoded.
    pub(crate) fn forget_undecoded(&mut self) {
        self.choices.rest.clear();
    }

    /// Octets that are written as they were, because the tree does not hold them.
    pub(crate) fn written_otherwise(&self) -> impl Iterator<Item = &[u8]> {
        self.choices.list.iter().filter_map(|choice| match choice.what {
            What::Octets(start, end) | What::Attributes(start, end) => Some(self.choices.range(start, end)),
            What::Switch(_) | What::Integer(..) => None,
        })
    }
}

/// The node of each event (see [`Choices`](super::document::Choices)), in order.
fn owners(tree: &Tree) -> Vec<NodeId> {
    let mut owners = Vec::with_capacity(tree.len().saturating_mul(2));
    let mut open: Vec<NodeId> = Vec::new();
    for id in tree.ids() {
        while open.last().is_some_and(|&innermost| tree.parent(id) != Some(innermost)) {
            owners.extend(open.pop());
        }
        owners.push(id);
        if matches!(tree.kind(id), Kind::Element { .. }) && tree.has_content_bit(id) {
            open.push(id);
        }
    }
    while let Some(id) = open.pop() {
        owners.push(id);
    }
    owners
}

#[cfg(test)]
mod tests {
    use crate::markup::{NodeId, Tag};
    use crate::wbxml::{Document, Hint, decode, encode};

    /// SyncML 1.2 in UTF-8 without string table; the tokens of SyncML and SyncBody.
    const START: &[u8] = &[0x03, 0xa4, 0x01, 0x6a, 0x00, 0x6d, 0x6b];
    /// A Status whose Meta ends on code page 1.
    const STATUS: &[u8] = &[0x69, 0x5a, 0x00, 0x01, 0x53, 0x03, b'a', 0x00, 0x01, 0x01, 0x01];

    fn document(parts: &[&[u8]]) -> Document {
        let octets = [&[START], parts, &[&[0x01, 0x01]]].concat().concat();
        let document = decode(&octets, Hint::NONE).unwrap();
        assert!(document.fault.is_none() && encode(&document) == octets);
        document
    }

    fn body(document: &Document) -> Vec<NodeId> {
        let tree = &document.tree;
        tree.elements(tree.child(tree.root().unwrap(), Tag::SyncBody).unwrap()).collect()
    }

    fn without(parts: &[&[u8]], number: usize) -> Vec<u8> {
        let mut document = document(parts);
        let element = body(&document)[number];
        document.remove(&[element]);
        encode(&document)[START.len()..].to_vec()
    }

    #[test]
    fn what_the_encoder_chose_elsewhere_stays() {
        // A switch that is not needed, and a length of two octets.
        let odd: &[u8] = &[0x00, 0x00, 0x54, 0x4f, 0xc3, 0x80, 0x01, b'x', 0x01, 0x01];
        let id: &[u8] = &[0x4b, 0x03, b'7', 0x00, 0x01];
        assert_eq!(without(&[id, odd, id], 0), [odd, id, &[0x01, 0x01]].concat());
        assert_eq!(without(&[odd, id, odd], 1), [odd, odd, &[0x01, 0x01]].concat());
        assert_eq!(without(&[id, odd], 1), [id, &[0x01, 0x01]].concat());
    }

    #[test]
    fn the_code_page_is_switched_where_it_must_be_now() {
        let next: &[u8] = &[0x00, 0x00, 0x12];
        assert_eq!(without(&[STATUS, next], 0), [0x12, 0x01, 0x01]);
        // The switch back goes with the element that had it, and the next one needs it.
        assert_eq!(without(&[STATUS, next, &[0x12]], 1), [STATUS, &[0x00, 0x00, 0x12, 0x01, 0x01]].concat());
    }

    #[test]
    fn a_replaced_piece_is_written_in_the_shortest_way() {
        let mut opaque = document(&[&[0x4f, 0xc3, 0x80, 0x02, b'x', b'y', 0x01]]);
        let data = body(&opaque)[0];
        let piece = opaque.tree.only_piece(data).unwrap();
        assert!(opaque.replace_piece(piece, b"z"));
        assert_eq!(encode(&opaque)[START.len()..], [0x4f, 0xc3, 0x01, b'z', 0x01, 0x01, 0x01]);
    }
}
