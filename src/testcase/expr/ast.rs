//! What an expression is made of.

use super::functions::Function;
use super::value::Compare;
use crate::testcase::FieldPath;

/// An expression that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub(super) node: Node,
}

/// Chains are lists: the depth of the tree is that of the nesting, which is bounded.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Absent,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Node>),
    /// `$name.field`.
    Name {
        name: String,
        path: FieldPath,
        at: usize,
    },
    /// `$name.field/Rest`.
    Place {
        name: String,
        path: FieldPath,
        rest: String,
        at: usize,
    },
    /// A bare word, such as an ICS item.
    Word {
        word: String,
        at: usize,
    },
    Call {
        function: &'static Function,
        args: Vec<Node>,
        at: usize,
    },
    Member {
        of: Box<Node>,
        path: String,
    },
    Compare {
        how: Compare,
        a: Box<Node>,
        b: Box<Node>,
    },
    In {
        value: Box<Node>,
        list: Box<Node>,
        negated: bool,
    },
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// The first one, and what is added (true) or taken away.
    Sum(Box<Node>, Vec<(bool, Node)>),
    Negative(Box<Node>),
}

/// A name with `$` that an expression uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameUse {
    /// The name, without `$`.
    pub name: String,
    /// Its field; empty for the thing itself.
    pub path: FieldPath,
    /// Where it stands, in octets.
    pub at: usize,
}

impl Expr {
    /// The names with `$` that it uses, in the order in which they stand.
    pub fn names(&self) -> Vec<NameUse> {
        let mut found = Vec::new();
        self.node.walk(&mut |node| match node {
            Node::Name { name, path, at } | Node::Place { name, path, at, .. } => {
                found.push(NameUse { name: name.clone(), path: path.clone(), at: *at });
            }
            _ => {}
        });
        found
    }

    /// The bare words that it uses, each with where it stands in octets: in `when` of a case they are ICS items.
    pub fn words(&self) -> Vec<(&str, usize)> {
        let mut found = Vec::new();
        self.node.walk(&mut |node| {
            if let Node::Word { word, at } = node {
                found.push((word.as_str(), *at));
            }
        });
        found
    }

    /// The functions that it calls, each with where.
    pub fn calls(&self) -> Vec<(&'static str, usize)> {
        let mut found = Vec::new();
        self.node.walk(&mut |node| {
            if let Node::Call { function, at, .. } = node {
                found.push((function.name, *at));
            }
        });
        found
    }

    /// Values that stand in the expression as first argument of a function: `mo_root("urn:…")`, `profile(name)`.
    pub fn literal_args(&self, function: &str) -> Vec<&str> {
        let mut found = Vec::new();
        self.node.walk(&mut |node| {
            if let Node::Call { function: called, args, .. } = node
                && called.name == function
                && let Some(Node::Text(text)) = args.first()
            {
                found.push(text.as_str());
            }
        });
        found
    }
}

/// A part of an expression that looks right, and can mean nothing that its author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt<'e> {
    /// What has to be true is this name alone: only a field that is true or false can be.
    Alone(NameUse),
    /// What has to be true is no comparison, and no name either.
    NoComparison,
    /// A list is compared with a single value.
    ListWithOne(NameUse),
    /// A name in quotes, which is not filled in.
    Quoted(&'e str),
    /// What is looked for in something that is no list.
    InOne,
}

impl Expr {
    /// What of the expression is in doubt; `is_condition` says that it has to be true.
    pub fn doubts(&self, is_condition: bool) -> Vec<Doubt<'_>> {
        let mut doubts = Vec::new();
        if is_condition {
            self.node.truths(&mut |node| match node {
                Node::Name { name, path, at } => {
                    doubts.push(Doubt::Alone(NameUse { name: name.clone(), path: path.clone(), at: *at }));
                }
                Node::Compare { .. } | Node::In { .. } | Node::Call { .. } | Node::Bool(_) => {}
                _ => doubts.push(Doubt::NoComparison),
            });
        }
        self.node.walk(&mut |node| match node {
            Node::Text(text) if text.contains('$') && !super::names_in(text).is_empty() => {
                doubts.push(Doubt::Quoted(text));
            }
            Node::In { list, .. } if matches!(**list, Node::Text(_) | Node::Int(_) | Node::Bool(_)) => {
                doubts.push(Doubt::InOne);
            }
            Node::Compare { a, b, .. } => {
                let is_one = |node: &Node| matches!(node, Node::Text(_) | Node::Int(_) | Node::Bool(_));
                for (list, one) in [(a, b), (b, a)] {
                    if let Node::Name { name, path, at } = &**list
                        && path.as_str().split('.').any(|part| part == "*")
                        && is_one(one)
                    {
                        doubts.push(Doubt::ListWithOne(NameUse { name: name.clone(), path: path.clone(), at: *at }));
                    }
                }
            }
            _ => {}
        });
        doubts
    }
}

impl Node {
    /// The parts that have to be true or false for the whole to be so.
    fn truths<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.truths(visit)),
            Self::Not(node) => node.truths(visit),
            node => visit(node),
        }
    }

    fn walk<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        visit(self);
        match self {
            Self::Absent | Self::Bool(_) | Self::Int(_) | Self::Text(_) => {}
            Self::Name { .. } | Self::Place { .. } | Self::Word { .. } => {}
            Self::List(nodes) | Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.walk(visit)),
            Self::Call { args, .. } => args.iter().for_each(|node| node.walk(visit)),
            Self::Member { of, .. } => of.walk(visit),
            Self::Not(node) | Self::Negative(node) => node.walk(visit),
            Self::Compare { a, b, .. } | Self::In { value: a, list: b, .. } => {
                a.walk(visit);
                b.walk(visit);
            }
            Self::Sum(first, rest) => {
                first.walk(visit);
                rest.iter().for_each(|(_, node)| node.walk(visit));
            }
        }
    }

    /// Whether it is a URI by what it is: values beside it then compare as URIs.
    pub(super) fn is_uri(&self) -> bool {
        match self {
            Self::Name { path, .. } => path.is_uri(),
            Self::Place { .. } => true,
            Self::Call { function, .. } => matches!(function.name, "mo_root" | "parent" | "join"),
            Self::List(nodes) => nodes.iter().any(Self::is_uri),
            _ => false,
        }
    }
}
