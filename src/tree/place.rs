//! Places in the traffic of a run, and who told something there.

use super::texts::TextId;
use crate::base::Timestamp;
use crate::syncml::CommandName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A point of a run: up to and with a message of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Number of the session in the run, from 1, as reports have it.
    pub session: u32,
    /// Number of the message in the session, from 1, as reports have it.
    pub message: u32,
}

impl Point {
    /// Before everything.
    pub const START: Self = Self { session: 0, message: 0 };
    /// After everything.
    pub const END: Self = Self { session: u32::MAX, message: u32::MAX };
}

/// A text that is no [`Point`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a place looks like 2:5 (session 2, message 5), 2 (the end of session 2), start or end")]
pub struct NoPoint;

impl FromStr for Point {
    type Err = NoPoint;

    /// `S:M`, `S` for the end of a session, `start` or `end`.
    fn from_str(text: &str) -> Result<Self, NoPoint> {
        let number = |text: &str| match text.bytes().all(|octet| octet.is_ascii_digit()) {
            true => text.parse().map_err(|_| NoPoint),
            false => Err(NoPoint),
        };
        match text {
            "start" => Ok(Self::START),
            "end" => Ok(Self::END),
            _ => match text.split_once(':') {
                Some((session, message)) => Ok(Self { session: number(session)?, message: number(message)? }),
                None => Ok(Self { session: number(text)?, message: u32::MAX }),
            },
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::START => f.write_str("the start"),
            Self::END => f.write_str("the end"),
            Self { session, message: u32::MAX } => write!(f, "the end of session {session}"),
            Self { session, message } => write!(f, "session {session}, message {message}"),
        }
    }
}

/// Who told something, and in what way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Teller {
    /// The device of its own accord: DevInfo in package 1, a Generic Alert.
    Report,
    /// The device, asked by the server: Results, or the code of a Status (404 and 418 tell of existence).
    Answer,
    /// The server, with a command that the device accepted.
    Command,
    /// Nobody: something was not seen, and may have changed anything.
    Gap,
}

impl Teller {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Report => "the device reported it",
            Self::Answer => "the device answered",
            Self::Command => "the device accepted the server's command",
            Self::Gap => "something was not seen",
        }
    }
}

/// The place that a change comes from, as a journal keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) session: u32,
    /// The message with which it became known.
    pub(super) message: u32,
    /// The message with the command, where that is another one.
    pub(super) asked: u32,
    pub(super) cmd_id: Option<TextId>,
    pub(super) command: Option<CommandName>,
    pub(super) status: Option<u16>,
    pub(super) teller: Teller,
    /// Nanoseconds since the epoch.
    pub(super) time: i64,
}

impl Source {
    pub(super) const fn point(&self) -> Point {
        Point { session: self.session, message: self.message }
    }
}

/// Where something comes from: who told it, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Number of the session in the run.
    pub session: u32,
    /// The message with which it became known: that of the Status or Results, or the device's own report.
    pub message: u32,
    /// The message with the command that it is about.
    pub command_message: u32,
    /// CmdID of that command, where there is one.
    pub cmd_id: Option<String>,
    /// That command.
    pub command: Option<CommandName>,
    /// Code of the Status that tells how the command ended.
    pub status: Option<u16>,
    /// Who told it.
    pub teller: Teller,
    /// When the message was seen: RFC 3339 in UTC.
    pub time: String,
}

impl Origin {
    pub(super) fn of(source: &Source, cmd_id: Option<&str>) -> Self {
        Self {
            session: source.session,
            message: source.message,
            command_message: source.asked,
            cmd_id: cmd_id.map(str::to_owned),
            command: source.command,
            status: source.status,
            teller: source.teller,
            time: Timestamp::from_nanos(source.time).to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(command) = self.command {
            write!(f, "{command}")?;
            if let Some(id) = &self.cmd_id {
                write!(f, " {id}")?;
            }
            write!(f, " in message {}", self.command_message)?;
            if let Some(status) = self.status {
                write!(f, ", {status}")?;
            }
            if self.message != self.command_message {
                write!(f, " in message {}", self.message)?;
            }
        } else {
            write!(f, "message {}", self.message)?;
        }
        write!(f, " of session {}: {}", self.session, self.teller.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_from_a_command_line() {
        let point = |session, message| Ok(Point { session, message });
        let table = [
            ("2:5", point(2, 5)),
            ("2", point(2, u32::MAX)),
            ("start", Ok(Point::START)),
            ("end", Ok(Point::END)),
            ("", Err(NoPoint)),
            (":", Err(NoPoint)),
            ("2:", Err(NoPoint)),
            ("+2", Err(NoPoint)),
            ("2:5:1", Err(NoPoint)),
            ("99999999999", Err(NoPoint)),
        ];
        for (text, expected) in table {
            // An empty number is none.
            assert_eq!(text.parse(), expected, "{text}");
        }
        assert_eq!(Point { session: 2, message: u32::MAX }.to_string(), "the end of session 2");
    }
}
