//! Pushes in SIP: the method MESSAGE (RFC 3428, RFC 3261 sections 7 and 18), in a datagram or on a connection.

use super::entity::{APPLICATION_ID, Entity, header, headers};
use crate::base::Limits;
use std::fmt;

/// Methods with which a connection of SIP may begin, beside an answer.
const METHODS: [&str; 9] =
    ["MESSAGE ", "REGISTER ", "INVITE ", "OPTIONS ", "SUBSCRIBE ", "NOTIFY ", "PUBLISH ", "ACK ", "BYE "];
/// The version, at the end of a request line and at the beginning of a status line.
const VERSION: &str = "SIP/2.0";

/// A request of SIP that carries something, or another message of SIP that only takes its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipMessage {
    /// Whether it is a request with the method MESSAGE.
    pub is_message: bool,
    /// URI of the sender, from From.
    pub from: String,
    /// URI of the receiver, from To: the request line changes from hop to hop.
    pub to: String,
    content_type: String,
    application: Option<String>,
    body: Vec<u8>,
}

/// What octets are at the beginning of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SipRead {
    /// A message, and its octets.
    Message(Box<SipMessage>, usize),
    /// One that goes on.
    More,
    /// One that cannot be read.
    Bad(SipFault),
    /// Something else.
    Other,
}

/// Why a message of SIP is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SipFault {
    /// It came on a connection, and does not say how long its body is (RFC 3261, section 18.3).
    NoLength,
    /// Its Content-Length is no number.
    BadLength,
    /// It has more octets before its body than [`Limits::SIP_HEAD`].
    LongHead,
    /// Its body has this many octets, which are more than [`Limits::SIP_BODY`].
    LongBody(usize),
    /// It ends early: the datagram, the connection or the capture ends first, or octets are missing.
    Cut,
}

impl fmt::Display for SipFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLength => {
                f.write_str("it came on a connection and has no Content-Length, so that nobody knows where it ends")
            }
            Self::BadLength => f.write_str("its Content-Length is no number"),
            Self::LongHead => write!(f, "its headers have more than {} octets", Limits::SIP_HEAD),
            Self::LongBody(octets) => {
                write!(f, "its body has {octets} octets, and at most {} are read", Limits::SIP_BODY)
            }
            Self::Cut => f.write_str("its end is not in the capture, or never came"),
        }
    }
}

impl SipMessage {
    /// Octets of a URI that are kept.
    const LONGEST: usize = 256;

    /// What it carries.
    pub fn entity(&self) -> Entity<'_> {
        Entity { content_type: &self.content_type, application: self.application.as_deref(), body: &self.body }
    }

    /// Reads a message at the beginning of octets. Of a datagram, `is_all` says that no more comes: a body without a length
    /// ends with it.
    pub fn read(octets: &[u8], is_all: bool) -> SipRead {
        let blanks = blank(octets);
        let octets = octets.get(blanks..).unwrap_or_default();
        if !may_begin(octets) {
            return SipRead::Other;
        }
        let unfinished = |octets: &[u8], fault: Option<SipFault>| match fault {
            _ if octets.len() < Limits::SIP_HEAD && !is_all => SipRead::More,
            Some(fault) => SipRead::Bad(if is_all { SipFault::Cut } else { fault }),
            None => SipRead::Other,
        };
        let head = octets.get(..octets.len().min(Limits::SIP_HEAD)).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', head) else {
            return unfinished(octets, None);
        };
        let line = head.get(..end).and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default().trim_end();
        let is_answer = line.starts_with(VERSION);
        if !is_answer && line.split(' ').nth(2) != Some(VERSION) {
            return SipRead::Other;
        }
        let rest = head.get(end.saturating_add(1)..).unwrap_or_default();
        let Some((headers, length)) = headers(rest) else {
            return unfinished(octets, Some(SipFault::LongHead));
        };
        let begin = end.saturating_add(1).saturating_add(length);
        let said = match header(&headers, &["content-length", "l"]).map(str::parse::<usize>) {
            Some(Ok(length)) => Some(length),
            Some(Err(_)) => return SipRead::Bad(SipFault::BadLength),
            None => None,
        };
        let behind = octets.get(begin..).unwrap_or_default();
        // Without a length, nothing on a connection tells where the message ends.
        let Some(length) = said.or(is_all.then_some(behind.len())) else {
            return SipRead::Bad(SipFault::NoLength);
        };
        if length > Limits::SIP_BODY {
            return SipRead::Bad(SipFault::LongBody(length));
        }
        let Some(body) = behind.get(..length) else {
            return if is_all { SipRead::Bad(SipFault::Cut) } else { SipRead::More };
        };
        let text = |names: &[&str]| header(&headers, names).unwrap_or_default();
        let message = Self {
            is_message: line.starts_with("MESSAGE "),
            from: uri_of(text(&["from", "f"])),
            to: uri_of(text(&["to", "t"])),
            content_type: text(&["content-type", "c"]).to_owned(),
            application: header(&headers, &[APPLICATION_ID]).map(str::to_owned),
            body: body.to_vec(),
        };
        SipRead::Message(Box::new(message), blanks.saturating_add(begin).saturating_add(length))
    }
}

/// Whether octets begin as a message of SIP does, as far as they go. Blank lines before it are nothing (RFC 3261, section 7.5).
pub fn begins_as_sip(octets: &[u8]) -> bool {
    may_begin(octets.get(blank(octets)..).unwrap_or_default())
}

/// Octets of blank lines; they keep a connection open, too (RFC 5626, section 3.5.1).
fn blank(octets: &[u8]) -> usize {
    octets.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count()
}

/// Whether octets may be the beginning of a message of SIP.
fn may_begin(octets: &[u8]) -> bool {
    let begins = |text: &str| {
        let length = text.len().min(octets.len());
        octets.get(..length) == text.as_bytes().get(..length)
    };
    !octets.is_empty() && (begins(VERSION) || METHODS.iter().any(|method| begins(method)))
}

/// The URI in a From or a To: between angle brackets, or up to its parameters.
fn uri_of(text: &str) -> String {
    let uri = match text.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or_default(),
        None => text.split(';').next().unwrap_or_default(),
    };
    uri.trim().chars().take(SipMessage::LONGEST).collect()
}

/// One direction of a connection that may be SIP.
#[derive(Debug, Default)]
pub struct SipStream {
    pending: Vec<u8>,
    is_other: bool,
}

impl SipStream {
    /// Takes the next octets; gives the requests with the method MESSAGE that they complete, and why what follows them is not
    /// read, where it is not.
    pub fn data(&mut self, octets: &[u8]) -> (Vec<SipMessage>, Option<SipFault>) {
        let (mut found, mut fault) = (Vec::new(), None);
        if self.is_other {
            return (found, fault);
        }
        self.pending.extend_from_slice(octets);
        let mut at = 0_usize;
        loop {
            at = at.saturating_add(blank(self.pending.get(at..).unwrap_or_default()));
            let rest = self.pending.get(at..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            match SipMessage::read(rest, false) {
                SipRead::Message(message, length) => {
                    at = at.saturating_add(length);
                    if message.is_message {
                        found.push(*message);
                    }
                }
                SipRead::More => break,
                SipRead::Bad(bad) => {
                    (self.is_other, fault) = (true, Some(bad));
                    break;
                }
                SipRead::Other => {
                    self.is_other = true;
                    break;
                }
            }
        }
        self.pending.drain(..at.min(self.pending.len()));
        if self.is_other || self.pending.len() > Limits::SIP_HEAD.saturating_add(Limits::SIP_BODY) {
            self.is_other = true;
            self.pending = Vec::new();
        }
        (found, fault)
    }

    /// Whether a request with the method MESSAGE has begun and not ended.
    pub fn is_within_message(&self) -> bool {
        self.pending.starts_with(b"MESSAGE ")
    }

    /// Whether nothing is open: it is no SIP, or the last message is whole.
    pub const fn is_idle(&self) -> bool {
        self.is_other || self.pending.is_empty()
    }
}
