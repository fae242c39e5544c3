//! What a management object is made of.

/// Where a fact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// In the specification text.
    Text,
    /// In the public registry of OMA, or in a published excerpt of a description.
    Registry,
    /// In independent public implementations.
    Code,
    /// Expert knowledge, to be confirmed.
    Memory,
}

impl Basis {
    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "specification text",
            Self::Registry => "public registry",
            Self::Code => "public implementations",
            Self::Memory => "expert knowledge",
        }
    }
}

/// The identifier of an object: the Type property of its root, the DDFName of a serialised tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoId {
    /// The whole identifier; one that ends with `*` stands for all that begin so.
    pub id: &'static str,
    /// Where it was read.
    pub basis: Basis,
}

/// How often a node occurs below the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occurs {
    /// Always, once.
    One,
    /// Once or not at all.
    ZeroOrOne,
    /// Any number of times.
    ZeroOrMore,
    /// At least once.
    OneOrMore,
}

impl Occurs {
    /// As specifications write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::One => "One",
            Self::ZeroOrOne => "ZeroOrOne",
            Self::ZeroOrMore => "ZeroOrMore",
            Self::OneOrMore => "OneOrMore",
        }
    }
}

/// The commands that a standard description lists for a node, in one word each: `Get Replace`. Implementations may take more
/// (OMA-TS-DM_StdObj-V1_2_1, DDF compliance).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access(pub &'static str);

impl Access {
    /// Whether it lists a command.
    pub fn lists(self, command: &str) -> bool {
        self.0.split(' ').any(|one| one == command)
    }
}

/// One value of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// As it is conveyed.
    pub value: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How a story tells of it.
    pub told: &'static str,
}

/// One node of an object.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Names from the root of the object down; `<X>` is a name that is made at run time. Empty for the root.
    pub path: &'static str,
    /// How often it occurs.
    pub occurs: Occurs,
    /// Its formats, parted by blanks: the first is that of the description, others are seen.
    pub format: &'static str,
    /// What its description lets servers do.
    pub access: Access,
    /// What it holds.
    pub meaning: &'static str,
    /// Its values, where they are numbered.
    pub values: &'static [Value],
    /// What an Exec on it starts.
    pub action: Option<&'static Action>,
    /// Where it was read.
    pub basis: Basis,
}

impl Node {
    /// One that was read in a specification.
    pub const fn new(
        path: &'static str,
        occurs: Occurs,
        format: &'static str,
        access: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self { path, occurs, format, access: Access(access), meaning, values: &[], action: None, basis: Basis::Text }
    }

    /// With its values.
    pub const fn values(self, values: &'static [Value]) -> Self {
        Self { values, ..self }
    }

    /// With what an Exec on it starts.
    pub const fn starts(self, action: &'static Action) -> Self {
        Self { action: Some(action), ..self }
    }

    /// Read elsewhere.
    pub const fn from(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }

    /// Its own name.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it may have nodes below it, as the description has it.
    pub fn is_interior(&self) -> bool {
        self.format.split(' ').any(|format| format == "node")
    }
}

/// What an Exec on a node starts.
#[derive(Debug, PartialEq, Eq)]
pub struct Action {
    /// What it is called: `firmware update`.
    pub name: &'static str,
    /// When it went well: `updated`.
    pub done: &'static str,
    /// When it did not: `update failed`.
    pub failed: &'static str,
    /// Names of the leaves of its instance that say where it stands, parted by blanks.
    pub shown_by: &'static str,
}

/// What an alert of a type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertRole {
    /// How the operation on this node ended; on any node of the object where the name is empty.
    Result(&'static str),
    /// Somebody asks the server for something.
    Request,
    /// Something happened.
    Report,
}

/// A type of Generic Alert (Meta/Type of its Item).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertType {
    /// The type.
    pub kind: &'static str,
    /// What it says, for lists and stories.
    pub meaning: &'static str,
    /// What it tells of.
    pub role: AlertRole,
    /// Whether only drafts have it.
    pub draft: bool,
    /// Where it was read.
    pub basis: Basis,
}

/// The operations in which a result code may come.
pub type Range = &'static [&'static str];

/// Result codes of an object, one or several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultCode {
    /// The first one.
    pub from: u16,
    /// The last one.
    pub to: u16,
    /// What they mean.
    pub meaning: &'static str,
    /// What failed, where it is not the operation as a whole.
    pub failed: Option<&'static str>,
    /// Names of the operation nodes that may end so; empty for all.
    pub only: Range,
    /// Where they were read.
    pub basis: Basis,
}

impl ResultCode {
    /// One code that was read in a specification.
    pub const fn new(code: u16, meaning: &'static str) -> Self {
        Self { from: code, to: code, meaning, failed: None, only: &[], basis: Basis::Text }
    }

    /// Several in a row.
    pub const fn range(from: u16, to: u16, meaning: &'static str) -> Self {
        Self { from, to, ..Self::new(from, meaning) }
    }

    /// What failed.
    pub const fn fails(self, what: &'static str) -> Self {
        Self { failed: Some(what), ..self }
    }

    /// Only for operations on nodes of these names.
    pub const fn only(self, names: Range) -> Self {
        Self { only: names, ..self }
    }

    /// Read elsewhere.
    pub const fn by(self, basis: Basis) -> Self {
        Self { basis, ..self }
    }

    /// Whether a code is one of them.
    pub const fn has(&self, code: u16) -> bool {
        self.from <= code && code <= self.to
    }
}

/// What may follow a state, as far as the server can see (it may miss states).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The state that was read first.
    pub from: &'static str,
    /// States that may be read next, where the server did nothing in between.
    pub alone: &'static [&'static str],
    /// As well, when an operation on a node of that name was started in between; an empty name stands for a new package.
    pub after: &'static [(&'static str, &'static [&'static str])],
}

/// A management object.
#[derive(Debug)]
pub struct Object {
    /// Its short name.
    pub name: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// Its identifiers, the usual one first.
    pub ids: &'static [MoId],
    /// Where it is, where that is fixed.
    pub place: Option<&'static str>,
    /// The document that specifies it.
    pub document: &'static str,
    /// Its nodes, a node before those below it.
    pub nodes: &'static [Node],
    /// Types of the alerts about it.
    pub alerts: &'static [AlertType],
    /// Result codes of its operations.
    pub codes: &'static [ResultCode],
    /// Transitions between its states.
    pub transitions: &'static [Transition],
    /// Nodes below the root that together give it away; any of these sets.
    pub shapes: &'static [&'static [&'static str]],
}

impl Object {
    /// What objects share; to be used as `..Object::NONE`.
    pub const NONE: Self = Self {
        name: "",
        title: "",
        ids: &[],
        place: None,
        document: "",
        nodes: &[],
        alerts: &[],
        codes: &[],
        transitions: &[],
        shapes: &[],
    };

    /// The node at a path of names below the root.
    pub fn node(&self, path: &str) -> Option<&'static Node>
    where
        Self: 'static,
    {
        self.nodes.iter().find(|node| super::find::fits(node.path, path))
    }

    /// What a result code means.
    pub fn code(&self, code: u16) -> Option<&'static ResultCode> {
        self.codes.iter().find(|one| one.has(code))
    }

    /// Nodes whose Exec starts an operation.
    pub fn operations(&self) -> impl Iterator<Item = (&'static Node, &'static Action)> {
        self.nodes.iter().filter_map(|node| Some((node, node.action?)))
    }

    /// The nodes directly below one, by its path in the table.
    pub fn below(&self, path: &str) -> impl Iterator<Item = &'static Node> {
        self.nodes.iter().filter(move |node| match node.path.rsplit_once('/') {
            Some((over, _)) => over == path,
            None => path.is_empty() && !node.path.is_empty(),
        })
    }
}

/// Whether a result code says that all went well: 2xx, and 12xx in the newer objects.
pub const fn is_success(code: u16) -> bool {
    (code / 100) % 10 == 2
}
