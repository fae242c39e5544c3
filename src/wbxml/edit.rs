//! Changes to a document that leave all other octets of it as they were written.

use super::document::{Choice, Document, What};
use crate::markup::{Kind, NodeId, Tree};

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
        if !self.tree.replace_piece(id, octets) {
            return false;
        }
        let event = owners(&self.tree).iter().position(|&owner| owner == id);
        let event = event.and_then(|event| u32::try_from(event).ok());
        // How the old text was written says nothing of the new one.
        self.choices.list.retain(|Choice { event: own, what }| Some(*own) != event || matches!(what, What::Switch(_)));
        true
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
