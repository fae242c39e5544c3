//! Access control lists.
//!
//! Source: OMA-TS-DM_TND-V1_2_1, 7.7.1 (property ACL: syntax, inheritance, the root's value).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What an ACL can grant: the commands that it names (OMA-TS-DM_TND-V1_2_1, 7.7.1 "ACL syntax"). Copy has none of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the command of that name")]
pub enum Right {
    Add,
    Delete,
    Exec,
    Get,
    Replace,
}

impl Right {
    /// Every right, in the order of the alphabet.
    pub const ALL: [Self; 5] = [Self::Add, Self::Delete, Self::Exec, Self::Get, Self::Replace];

    /// As an ACL writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Delete => "Delete",
            Self::Exec => "Exec",
            Self::Get => "Get",
            Self::Replace => "Replace",
        }
    }

    /// The right of that name, letter by letter.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.name() == name)
    }
}

/// Who is granted a right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Every server (`*`).
    Everybody,
    /// Servers with these identifiers.
    Servers(BTreeSet<String>),
}

impl Grant {
    /// Whether a server is among them.
    pub fn includes(&self, server: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Servers(servers) => servers.contains(server),
        }
    }
}

/// What is odd about the text of an ACL that was still understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AclProblem {
    /// A part without `=`.
    #[error("\"{0}\" grants nothing: it has no \"=\"")]
    NoGrant(String),
    /// A command that ACLs do not have.
    #[error("\"{0}\" is none of Add, Delete, Exec, Get, Replace")]
    UnknownCommand(String),
    /// A command without a server.
    #[error("{0} names no server")]
    NoServer(&'static str),
    /// A server identifier with a character that ends it.
    #[error("\"{0}\" is no server identifier")]
    BadServer(String),
    /// `*` beside servers.
    #[error("{0} has * beside server identifiers")]
    WildcardBeside(&'static str),
    /// A command that comes twice: both count.
    #[error("{0} comes twice")]
    Twice(&'static str),
}

/// Who may do what with a node. Empty: whatever the node above says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acl(BTreeMap<Right, Grant>);

impl Acl {
    /// Reads an ACL. Never fails: what can't be understood grants nothing and is named.
    pub fn parse(text: &str) -> (Self, Vec<AclProblem>) {
        let (mut acl, mut problems) = (Self::default(), Vec::new());
        let text = text.trim();
        if text.is_empty() {
            return (acl, problems);
        }
        for part in text.split('&') {
            let Some((command, servers)) = part.split_once('=') else {
                problems.push(AclProblem::NoGrant(part.to_owned()));
                continue;
            };
            let Some(right) = Right::of(command) else {
                problems.push(AclProblem::UnknownCommand(command.to_owned()));
                continue;
            };
            let names: Vec<&str> = servers.split('+').filter(|name| !name.is_empty()).collect();
            if names.is_empty() || servers.split('+').count() != names.len() {
                problems.push(AclProblem::NoServer(right.name()));
            }
            if names.len() > 1 && names.contains(&"*") {
                problems.push(AclProblem::WildcardBeside(right.name()));
            }
            if acl.0.contains_key(&right) {
                problems.push(AclProblem::Twice(right.name()));
            }
            for name in names {
                if is_server(name) {
                    acl.grant(right, name);
                } else {
                    problems.push(AclProblem::BadServer(name.to_owned()));
                }
            }
        }
        (acl, problems)
    }

    /// Grants a right to a server, or to everybody (`*`).
    fn grant(&mut self, right: Right, server: &str) {
        let grant = self.0.entry(right).or_insert_with(|| Grant::Servers(BTreeSet::new()));
        match grant {
            Grant::Everybody => {}
            Grant::Servers(_) if server == "*" => *grant = Grant::Everybody,
            Grant::Servers(servers) => {
                servers.insert(server.to_owned());
            }
        }
    }

    /// Whether it is empty: the node above decides.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who has a right; `None` where it is granted to nobody.
    pub fn of(&self, right: Right) -> Option<&Grant> {
        self.0.get(&right)
    }

    /// Whether it grants a right to a server. Says nothing of an empty ACL: see
    /// [`Tree::effective_acl`](super::Tree::effective_acl).
    pub fn grants(&self, right: Right, server: &str) -> bool {
        self.of(right).is_some_and(|grant| grant.includes(server))
    }
}

/// Whether a text is `*`, or printable without a character that has a meaning in ACLs.
fn is_server(name: &str) -> bool {
    name == "*" || !name.chars().any(|ch| ch.is_whitespace() || ch.is_control() || matches!(ch, '=' | '&' | '*' | '+'))
}

impl fmt::Display for Acl {
    /// In the order of the alphabet, without what says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (right, grant)) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("&")?;
            }
            write!(f, "{}=", right.name())?;
            match grant {
                Grant::Everybody => f.write_str("*")?,
                Grant::Servers(servers) => {
                    for (at, server) in servers.iter().enumerate() {
                        if at > 0 {
                            f.write_str("+")?;
                        }
                        f.write_str(server)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acl_is_read_and_written_and_two_that_mean_the_same_are_equal() {
        let table = [
            ("", ""),
            (" Add=*&Get=* ", "Add=*&Get=*"),
            ("Replace=b+a&Get=a", "Get=a&Replace=a+b"),
            ("Get=ServerA&Replace=ServerA&Get=ServerB", "Get=ServerA+ServerB&Replace=ServerA"),
            ("Get=*+srv", "Get=*"),
            ("Get=srv+*", "Get=*"),
            ("get=*", ""),
            ("Get=&Delete=x", "Delete=x"),
            ("Get=*;Add=srv", ""),
            ("Copy=*&Get=é", "Get=é"),
        ];
        for (text, written) in table {
            let (acl, _) = Acl::parse(text);
            assert_eq!(acl.to_string(), written, "{text}");
            assert_eq!(Acl::parse(written), (acl, Vec::new()), "{text}");
        }
    }

    #[test]
    fn what_is_odd_about_an_acl_is_named() {
        let table = [
            ("Get", "\"Get\" grants nothing: it has no \"=\""),
            ("get=*", "\"get\" is none of Add, Delete, Exec, Get, Replace"),
            ("Copy=*", "\"Copy\" is none of Add, Delete, Exec, Get, Replace"),
            ("Get=", "Get names no server"),
            ("Get=a++b", "Get names no server"),
            ("Get=*;Add=srv", "\"*;Add=srv\" is no server identifier"),
            ("Get=a b", "\"a b\" is no server identifier"),
            ("Get=*+a", "Get has * beside server identifiers"),
            ("Get=a&Get=b", "Get comes twice"),
        ];
        for (text, problem) in table {
            let (_, problems) = Acl::parse(text);
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(told, [problem], "{text}");
        }
    }
}
