//! What a close look at a session needs beside its row and what carried it: what belongs to what, and how often something was tried. It stays beside the report and is never a part of one.

use super::Text;
use serde::{Deserialize, Serialize};

/// A session as somebody sees who opens it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CloseUp<'a> {
    /// Number of the session.
    #[serde(rename = "closeup")]
    pub session: u32,
    /// Its messages, in the order of its row.
    pub messages: Vec<MessageCloseUp<'a>>,
    /// Values that came in several messages.
    pub objects: Vec<ObjectCloseUp<'a>>,
    /// What is in the bootstrap messages of its row, as XML; empty where it cannot be shown.
    #[serde(default)]
    pub bootstraps: Vec<Text<'a>>,
}

/// One message from close by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageCloseUp<'a> {
    /// Who carried it to whom, and how: addresses, TLS version and cipher suite.
    pub carried: Text<'a>,
    /// Which try of its package it is, from 1: what was refused with 401 or 407 is sent again.
    pub attempt: u32,
    /// Which message of its package it is, from 1.
    pub part: u32,
    /// How often it was sent again, octet by octet the same.
    pub resent: u32,
    /// Whether the other side refused it with 401 or 407.
    pub refused: bool,
    /// Whether a message is known to be missing before it.
    pub after_loss: bool,
    /// Responses of HTTP that it got before a DM message came, or in place of one; one line each.
    pub bare: Vec<Text<'a>>,
    /// Which of its commands answer what.
    pub ties: Vec<Tie>,
    /// The credentials of its sender, where it has some.
    #[serde(default)]
    pub credentials: Option<CredentialsCloseUp<'a>>,
    /// What it asks of the other side, where it does.
    #[serde(default)]
    pub challenge: Option<ChallengeCloseUp<'a>>,
}

/// Credentials in a message (OMA-TS-DM_Security-V1_2_1, section 5.3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CredentialsCloseUp<'a> {
    /// Their scheme, as the specification writes it.
    pub scheme: Text<'a>,
    /// Whether a nonce goes into them.
    pub has_nonce: bool,
    /// Number of the message whose Chal asked for them, or handed out their nonce; `None`: nothing before it in the session.
    pub asked: Option<u32>,
    /// What recomputing them showed, where a secret was given.
    pub proof: Option<Text<'a>>,
}

/// A Chal in a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChallengeCloseUp<'a> {
    /// The scheme that it asks for, where it names one.
    pub scheme: Option<Text<'a>>,
    /// Whether it hands out a nonce.
    pub has_nonce: bool,
    /// Whether it came with Status 212: its nonce is for the next session.
    pub for_next_session: bool,
    /// Number of the first message whose credentials follow it; `None`: none in the session.
    pub used: Option<u32>,
}

/// A Status or Results and what it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tie {
    /// Position of the Status or Results among the commands of its message, from 0.
    pub command: u32,
    /// Number of the message that it answers, from 1.
    pub message: u32,
    /// Position of the command that it answers, from 0; `None` for SyncHdr.
    pub to: Option<u32>,
}

/// A value that came in several messages (OMA-TS-DM_Protocol-V1_2_1, section 7).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObjectCloseUp<'a> {
    /// The command that carried it.
    pub command: Text<'a>,
    /// Its node.
    pub uri: Text<'a>,
    /// Octets that the first chunk announced.
    pub announced: Option<u64>,
    /// Octets of all chunks together.
    pub octets: u64,
    /// `complete`, `broken off`, `refused`, `open`.
    pub end: Text<'a>,
    /// Number of the message of each chunk, and position of its command there.
    pub chunks: Vec<(u32, u32)>,
}
