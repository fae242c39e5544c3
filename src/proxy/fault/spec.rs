//! What a fault is, and how it is written.

use crate::base::{Direction, Effect};
use std::fmt;
use std::time::Duration;

/// One fault, and when it is injected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is done.
    pub kind: FaultKind,
    /// To which messages.
    pub when: Conditions,
}

/// What is done to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// It is sent on later.
    Delay(Duration),
    /// Both connections are closed after so many octets of it, head included, were sent on.
    Drop {
        /// Octets.
        after: u64,
    },
    /// The device gets this status of HTTP, without a body: to a request instead of asking the server, to a response instead
    /// of the server's answer.
    Http(u16),
    /// Its body is cut to so many octets; the head says so.
    Truncate(usize),
    /// One octet of its body is another one: at an offset, or anywhere.
    Corrupt(Option<usize>),
    /// It has no Final.
    DropFinal,
    /// Its MsgID is this one.
    MsgId(u64),
    /// Its MsgID is that of the sender's message before.
    RepeatMsgId,
    /// Its first NextNonce is another one.
    AlterNonce,
    /// It lacks a Status: the first, or all; where a condition says which command they are to answer, of those.
    StripStatus {
        /// All, not just the first.
        all: bool,
    },
    /// A request is sent to the server twice; the device gets the first answer.
    Repeat,
}

impl FaultKind {
    /// Its name, without what follows it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Delay(_) => "delay",
            Self::Drop { .. } => "drop",
            Self::Http(_) => "http",
            Self::Truncate(_) => "truncate",
            Self::Corrupt(_) => "corrupt",
            Self::DropFinal => "drop-final",
            Self::MsgId(_) => "msgid",
            Self::RepeatMsgId => "repeat-msgid",
            Self::AlterNonce => "alter-nonce",
            Self::StripStatus { .. } => "strip-status",
            Self::Repeat => "repeat",
        }
    }

    /// What it does to a message, as the recording has it.
    pub const fn effect(&self) -> Effect {
        match self {
            Self::Delay(_) => Effect::Delayed,
            Self::Drop { .. } | Self::Http(_) | Self::Truncate(_) => Effect::Interrupted,
            _ => Effect::Altered,
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Delay(time) => match time.as_millis() {
                millis if millis > 0 && millis.is_multiple_of(60_000) => write!(f, " {}m", millis / 60_000),
                millis if millis.is_multiple_of(1_000) => write!(f, " {}s", millis / 1_000),
                millis => write!(f, " {millis}ms"),
            },
            Self::Drop { after } => write!(f, " after {after}"),
            Self::Http(status) => write!(f, " {status}"),
            Self::Truncate(octets) => write!(f, " {octets}"),
            Self::Corrupt(Some(offset)) => write!(f, " {offset}"),
            Self::MsgId(number) => write!(f, " {number}"),
            Self::StripStatus { all: true } => f.write_str(" all"),
            _ => Ok(()),
        }
    }
}

/// When a fault is injected: all that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Who sent the message.
    pub direction: Option<Direction>,
    /// The session, by the order in which sessions began on this proxy, from 1.
    pub session: Option<u64>,
    /// The package, 1 to 4; 3 and 4 repeat.
    pub package: Option<u8>,
    /// Which message of its sender in the session, from 1; a message sent again does not count.
    pub message: Option<u64>,
    /// The message has a Status whose Cmd is this.
    pub status_to: Option<&'static str>,
    /// How likely it is, each time.
    pub probability: Option<Probability>,
    /// The beginning of the fault's own random numbers; 0 where not given.
    pub seed: Option<u64>,
    /// How often at most.
    pub times: Option<u64>,
}

impl Conditions {
    /// Whether sessions and packages must be followed to know when they hold.
    pub(super) const fn follow_sessions(&self) -> bool {
        self.session.is_some() || self.package.is_some() || self.message.is_some()
    }
}

/// A probability in thousand-millionths, exact as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probability(u32);

impl Probability {
    const ONE: u32 = 1_000_000_000;

    /// Reads `0.1`, `1`, `.25`: at most nine digits behind the point; `None` above 1.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|one| one.is_ascii_digit());
        if !is_number(part) || (!whole.is_empty() && !is_number(whole)) {
            return None;
        }
        let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: u32 = format!("{part:0<9}").parse().ok()?;
        let parts = whole.checked_mul(Self::ONE)?.checked_add(part)?;
        (parts <= Self::ONE).then_some(Self(parts))
    }

    /// Whether it comes true for a random number.
    pub(super) fn holds(self, random: u64) -> bool {
        let place = (u128::from(random) * u128::from(Self::ONE)) >> 64;
        place < u128::from(self.0)
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:09}", self.0 % Self::ONE);
        match part.trim_end_matches('0') {
            "" => write!(f, "{}", self.0 / Self::ONE),
            part => write!(f, "{}.{part}", self.0 / Self::ONE),
        }
    }
}

impl fmt::Display for Fault {
    /// As it can be read back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = &self.when;
        write!(f, "{}", self.kind)?;
        match when.direction {
            Some(Direction::DeviceToServer) => f.write_str(" on client")?,
            Some(Direction::ServerToDevice) => f.write_str(" on server")?,
            None => {}
        }
        for (word, number) in
            [("package", when.package.map(u64::from)), ("message", when.message), ("in session", when.session)]
        {
            if let Some(number) = number {
                write!(f, " {word} {number}")?;
            }
        }
        if let Some(command) = when.status_to {
            write!(f, " with status to {command}")?;
        }
        if let Some(probability) = when.probability {
            write!(f, " p={probability}")?;
        }
        if let Some(seed) = when.seed {
            write!(f, " seed={seed}")?;
        }
        match when.times {
            Some(1) => f.write_str(" once"),
            Some(times) => write!(f, " times {times}"),
            None => Ok(()),
        }
    }
}
