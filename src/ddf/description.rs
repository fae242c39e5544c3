//! The nodes of a description, and how they are found.

use super::requirements::{Fault, Place};

/// A node of a [`Description`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// Commands that a node may be addressed with (OMA-TS-DM_TND-V1_2_1, "AccessType").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum Operation {
    Add,
    Copy,
    Delete,
    Exec,
    Get,
    Replace,
}

impl Operation {
    /// All of them, in the order of the alphabet.
    pub const ALL: [Self; 6] = [Self::Add, Self::Copy, Self::Delete, Self::Exec, Self::Get, Self::Replace];

    /// As descriptions write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Copy => "Copy",
            Self::Delete => "Delete",
            Self::Exec => "Exec",
            Self::Get => "Get",
            Self::Replace => "Replace",
        }
    }

    /// The operation of that name, letter by letter.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }
}

/// A set of [`Operation`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Access(u8);

impl Access {
    /// Whether an operation is in it.
    pub const fn has(self, operation: Operation) -> bool {
        self.0 & (1 << operation as u8) != 0
    }

    /// Adds an operation; `false` where it was there.
    pub fn add(&mut self, operation: Operation) -> bool {
        let had = self.has(operation);
        self.0 |= 1 << operation as u8;
        !had
    }

    /// The operations in it, as a list of names.
    pub fn names(self) -> String {
        let names: Vec<&str> = Operation::ALL.into_iter().filter(|one| self.has(*one)).map(Operation::name).collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

/// How often a node occurs under its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// At least.
    pub least: u32,
    /// At most; `None` for any number.
    pub most: Option<u32>,
}

impl Occurrence {
    /// What holds where nothing is said: once.
    pub const ONE: Self = Self { least: 1, most: Some(1) };
}

/// What a description says of one node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub(super) parent: Option<NodeId>,
    pub(super) children: Vec<NodeId>,
    /// Its name; empty for one that is given at run time.
    pub name: String,
    /// The commands that it may be addressed with; `None` where nothing is said.
    pub access: Option<Access>,
    /// Its format (`node`, `chr`, …); empty where nothing is said.
    pub format: String,
    /// Its media types.
    pub types: Vec<String>,
    /// The identifier of the management object that it begins.
    pub ddf_name: Option<String>,
    /// How often it occurs.
    pub occurrence: Occurrence,
    /// Whether it is permanent.
    pub is_permanent: bool,
    /// Whether its name is compared without case.
    pub ignores_case: bool,
    /// Where it stands in the file.
    pub place: Place,
}

/// Where a URI leads in a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// To a node.
    Node(NodeId),
    /// To nothing that is described, below this node.
    Below(NodeId),
}

/// What a device says that its tree, or a part of it, looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The file, as it was named.
    pub file: String,
    /// VerDTD.
    pub version: Option<String>,
    /// Man: who made the device.
    pub manufacturer: Option<String>,
    /// Mod: which device it is.
    pub model: Option<String>,
    pub(super) nodes: Vec<Node>,
    /// The outermost nodes, each with the segments above it.
    pub(super) tops: Vec<(Vec<String>, NodeId)>,
    /// What is wrong with the file, by place.
    pub faults: Vec<Fault>,
    /// Faults for which there was no room.
    pub more_faults: u64,
}

impl Description {
    /// A node.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0 as usize)
    }

    /// How many nodes it describes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it describes none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The children of a node.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> {
        let children = self.node(id).map(|node| node.children.as_slice()).unwrap_or_default();
        children.iter().filter_map(|child| Some((*child, self.node(*child)?)))
    }

    /// Whether a node, or one above it, has a name.
    pub fn is_below(&self, id: NodeId, name: &str) -> bool {
        let mut at = Some(id);
        while let Some(node) = at.and_then(|id| self.node(id)) {
            if node.name == name {
                return true;
            }
            at = node.parent;
        }
        false
    }

    /// Where a URI without query leads; `None` where nothing above it is described either.
    pub fn find(&self, uri: &str) -> Option<Found> {
        let segments = segments(uri);
        self.tops.iter().find_map(|(above, top)| {
            let rest = segments.strip_prefix(above.iter().map(String::as_str).collect::<Vec<_>>().as_slice())?;
            let (first, rest) = rest.split_first()?;
            self.is_named(*top, first).then(|| self.follow(*top, rest))
        })
    }

    fn is_named(&self, id: NodeId, segment: &str) -> bool {
        self.node(id)
            .is_some_and(|node| node.name == segment || node.ignores_case && node.name.eq_ignore_ascii_case(segment))
    }

    fn follow(&self, from: NodeId, segments: &[&str]) -> Found {
        let mut at = from;
        for segment in segments {
            let named = self.children(at).find(|(id, _)| self.is_named(*id, segment));
            let unnamed = || self.children(at).find(|(_, node)| node.name.is_empty());
            match named.or_else(unnamed) {
                Some((id, _)) => at = id,
                None => return Found::Below(at),
            }
        }
        Found::Node(at)
    }
}

/// The segments of a URI; `./Device` in front of `Vendor` says nothing (Windows: the tree of the device is what `.` means).
pub(super) fn segments(uri: &str) -> Vec<&str> {
    let all: Vec<&str> = uri
        .trim()
        .split('/')
        .enumerate()
        .filter(|(at, one)| !(one.is_empty() || *at == 0 && *one == "."))
        .map(|(_, one)| one)
        .collect();
    match all.as_slice() {
        ["Device", rest @ ..] if rest.first() == Some(&"Vendor") => rest.to_vec(),
        _ => all,
    }
}
