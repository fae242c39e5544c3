//! What a rule is.

use super::cx::{Cmd, Cx, Msg};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Session, Version};
use crate::syncml::CommandName;

/// One requirement of a specification, with everything that is known about it: what it checks, who says so, how to mend a
/// violation, and examples in the fixture notation that its own tests run.
#[derive(Debug)]
pub struct Rule {
    /// Family and number; never used again, never renumbered.
    pub id: &'static str,
    /// What is wrong, in lower case with hyphens; reads well after "allow".
    pub name: &'static str,
    /// The requirement in one short sentence.
    pub title: &'static str,
    /// How strongly the specification asks for it.
    pub level: Level,
    /// How bad a violation is, by default.
    pub severity: Severity,
    /// How bad a violation is in strict mode.
    pub strict: Severity,
    /// Whose messages it judges.
    pub judged: Judged,
    /// In which versions it holds.
    pub versions: Versions,
    /// What must be in memory to decide.
    pub scope: Scope,
    /// Where its text was read.
    pub source: Source,
    /// Documents and sections that ask for it.
    pub clause: &'static [Clause],
    /// What is looked at, and when it counts as violated, exceptions included.
    pub what: &'static str,
    /// What goes wrong in the field when it is violated.
    pub why: &'static str,
    /// What the implementation at fault should do.
    pub mend: &'static str,
    /// What must be known for it to decide; the engine keeps it from deciding otherwise.
    pub needs: &'static [Need],
    /// What a profile changes.
    pub overrides: &'static [Override],
    /// More specific rules: when one of these finds something at the same command (or, where this rule speaks of a whole
    /// message, at the same message), this one stays silent.
    pub yields_to: &'static [&'static str],
    /// Sessions that exercise it and violate nothing.
    pub pass: &'static [&'static str],
    /// Sessions that violate it.
    pub violate: &'static [&'static str],
    /// Sessions in which it has no occasion.
    pub not_applicable: &'static [&'static str],
    /// The check.
    pub check: Check,
}

impl Rule {
    /// What most rules of level MUST share; to be used as `..Rule::MUST`. Texts are empty, and a test refuses a rule that
    /// leaves one so.
    pub const MUST: Rule = Rule {
        id: "",
        name: "",
        title: "",
        level: Level::Must,
        severity: Severity::Error,
        strict: Severity::Error,
        judged: Judged::Sender,
        versions: Versions::All,
        scope: Scope::Message,
        source: Source::Text,
        clause: &[],
        what: "",
        why: "",
        mend: "",
        needs: &[],
        overrides: &[],
        yields_to: &[],
        pass: &[],
        violate: &[],
        not_applicable: &[],
        check: Check::Session(|_, _| {}),
    };

    /// What most rules of level SHOULD share.
    pub const SHOULD: Rule =
        Rule { level: Level::Should, severity: Severity::Warning, strict: Severity::Warning, ..Rule::MUST };

    /// What most observations share.
    pub const MAY: Rule = Rule { level: Level::May, severity: Severity::Info, strict: Severity::Info, ..Rule::MUST };

    /// Letters before the hyphen of the id.
    pub fn family(&self) -> &'static str {
        self.id.split('-').next().unwrap_or_default()
    }

    /// Other ids under which the same requirement is known, in the order of their families.
    pub fn also(&self) -> impl Iterator<Item = &'static str> + use<> {
        let id = self.id;
        let same = super::FAMILIES.iter().flat_map(|family| family.same);
        same.filter(move |same| same.rules.contains(&id)).map(|same| same.id)
    }

    /// Whether it is meant by an id, the beginning of one, or a name, compared without case.
    pub fn is_meant_by(&self, name: &str) -> bool {
        let begins = |id: &str| id.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        begins(self.id) || self.name.eq_ignore_ascii_case(name) || self.also().any(begins)
    }
}

/// Rules of one subject. Every number of a family is a rule, or stands under another id, or says why it has no check.
#[derive(Debug)]
pub struct Family {
    /// Letters of the ids.
    pub letters: &'static str,
    /// The subject.
    pub title: &'static str,
    /// Its rules in the order of their numbers.
    pub rules: &'static [&'static Rule],
    /// Requirements of its own numbers that rules of other families check.
    pub same: &'static [Same],
    /// Requirements of its own numbers without a check.
    pub left_out: &'static [LeftOut],
}

impl Family {
    /// What families share; to be used as `..Family::NONE`.
    pub const NONE: Family = Family { letters: "", title: "", rules: &[], same: &[], left_out: &[] };
}

/// A requirement that two subjects state, each from its side: it is checked and reported once.
#[derive(Debug)]
pub struct Same {
    /// Its id in this family.
    pub id: &'static str,
    /// The requirement in one short sentence.
    pub title: &'static str,
    /// The rules that check it, the most important one first.
    pub rules: &'static [&'static str],
}

/// A requirement that has a number but no check: what a list of rules leaves out is part of what it says.
#[derive(Debug)]
pub struct LeftOut {
    /// Its id, in the numbers of its family.
    pub id: &'static str,
    /// The requirement in one short sentence.
    pub title: &'static str,
    /// Why there is no check.
    pub why: &'static str,
}

/// How strongly a specification asks (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// MUST, SHALL.
    Must,
    /// MUST NOT.
    MustNot,
    /// SHOULD.
    Should,
    /// SHOULD NOT.
    ShouldNot,
    /// MAY, or an observation.
    May,
}

impl Level {
    /// As specifications write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
        }
    }

    /// Whether it is a requirement (MUST, MUST NOT).
    pub const fn is_requirement(self) -> bool {
        matches!(self, Self::Must | Self::MustNot)
    }
}

/// Whose messages a rule judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judged {
    /// The client's.
    Client,
    /// The server's.
    Server,
    /// Both; the sender of the message at fault is named.
    Sender,
}

impl Judged {
    /// Whether messages of that direction are judged.
    pub const fn includes(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::Sender, _) | (Self::Client, Direction::DeviceToServer) | (Self::Server, Direction::ServerToDevice)
        )
    }

    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Sender => "both",
        }
    }
}

/// The versions in which a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Versions {
    /// Every version, an unknown one included.
    All,
    /// From DM 1.2 on.
    Since1_2,
}

impl Versions {
    /// Whether it holds in that version (guard G7: where the version is unknown, only what holds in all of them).
    pub const fn include(self, version: Version) -> bool {
        match self {
            Self::All => true,
            Self::Since1_2 => matches!(version, Version::V1_2 | Version::V1_3),
        }
    }

    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Since1_2 => "1.2, 1.3",
        }
    }
}

/// What must be in memory to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One element.
    Element,
    /// One message.
    Message,
    /// One package.
    Package,
    /// One session.
    Session,
    /// Several sessions.
    CrossSession,
}

impl Scope {
    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Element => "element",
            Self::Message => "message",
            Self::Package => "package",
            Self::Session => "session",
            Self::CrossSession => "cross-session",
        }
    }
}

/// Where the text of a rule was read. A rule from memory is never more than a warning, unless the message could not be
/// interpreted at all otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// In the OMA specification.
    Text,
    /// In [MS-MDM], which restates the common SyncML documents.
    TextMs,
    /// In public restatements of the SyncML DTDs.
    TextDtd,
    /// In the public registry of OMA, or in a published excerpt of a description.
    Registry,
    /// In independent public implementations that agree on it; no more than a warning.
    Code,
    /// Expert knowledge, to be confirmed.
    Memory,
}

impl Source {
    /// In lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "specification text",
            Self::TextMs => "[MS-MDM] restatement",
            Self::TextDtd => "DTD restatement",
            Self::Registry => "public registry",
            Self::Code => "public implementations",
            Self::Memory => "expert knowledge, not re-read",
        }
    }
}

/// A place in a specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clause {
    /// Document, as its file is named: `OMA-TS-DM_Protocol-V1_2_1`.
    pub document: &'static str,
    /// Section: number where it is certain, else title.
    pub section: &'static str,
}

/// What must be known for a rule to decide. The engine turns every occasion into *undecided* where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The beginning of the session was captured (guard G1).
    Start,
    /// Nothing of the session up to the message is missing or undecodable.
    NoLoss,
    /// The evidence has a transport (guard G11): without one there is no occasion at all.
    Transport,
    /// No Alert 1223 was sent up to the message (guard G4): afterwards there is no occasion at all.
    NotAborted,
    /// The message was not refused with 401 or 407 on SyncHdr (guard G5): otherwise there is no occasion at all.
    Executed,
    /// The command can be referred to: its CmdID is present and occurs once (guard G15).
    SoundCmdId,
}

/// What a profile changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// In which profile.
    pub profile: Profile,
    /// For messages of which direction; `None` for both.
    pub direction: Option<Direction>,
    /// What changes.
    pub effect: Effect,
}

/// What an override does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The rule has no occasion.
    Off,
    /// A violation is at most this bad.
    AtMost(Severity),
}

/// Looks at a session.
pub type SessionCheck = fn(&Session, &mut Cx<'_>);
/// Looks at a message.
pub type MessageCheck = fn(Msg<'_>, &mut Cx<'_>);
/// Looks at a command.
pub type CommandCheck = fn(Cmd<'_>, &mut Cx<'_>);

/// How a rule looks. The engine walks a session once and calls each check where it registered.
#[derive(Clone, Copy)]
pub enum Check {
    /// Once for every session.
    Session(SessionCheck),
    /// Once for every message that could be decoded (guard G6).
    Message(MessageCheck),
    /// Once for every message, decodable or not: for rules on the encoding itself.
    Encoding(MessageCheck),
    /// Once for every command of these names in a message that could be decoded.
    Command(&'static [CommandName], CommandCheck),
    /// Once for every Status in a message that could be decoded whose references lead to a command of these names.
    Answer(&'static [CommandName], CommandCheck),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Session(_) => "Session",
            Self::Message(_) => "Message",
            Self::Encoding(_) => "Encoding",
            Self::Command(..) => "Command",
            Self::Answer(..) => "Answer",
        })
    }
}
