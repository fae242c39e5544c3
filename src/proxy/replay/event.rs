//! What a replay tells while it runs. No credential, nonce or value is in any of it.

use crate::base::Direction;
use serde::Serialize;
use std::fmt;

/// One line of the log. Texts from the wire are as they came: who shows them makes them visible first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The server waits for devices.
    Listening {
        /// Where, as a URL.
        url: String,
    },
    /// A session began.
    Session {
        /// Its number in this run, from 1.
        session: u32,
        /// The device's LocURI.
        device: String,
        /// The server's LocURI, as the device calls it.
        server: String,
        /// SessionID.
        session_id: String,
    },
    /// A message came or went.
    Message {
        /// The session.
        session: u32,
        /// Which way it went.
        direction: Direction,
        /// MsgID.
        msg_id: String,
        /// The package that the recording says it belongs to.
        package: Option<u8>,
        /// Its commands in short.
        commands: String,
    },
    /// The peer, or the session, went another way than the recording.
    Divergence {
        /// The session.
        session: u32,
        /// What was different.
        text: String,
    },
    /// Worth knowing, and no divergence.
    Remark {
        /// The session; `None` for the whole run.
        session: Option<u32>,
        /// What.
        text: String,
    },
    /// A connection was given up, or something on it refused.
    Connection {
        /// The other end.
        peer: String,
        /// Why.
        text: String,
    },
    /// A session ended.
    End {
        /// The session.
        session: u32,
        /// Exchanges of the recording that were played.
        played: usize,
        /// Exchanges of the recording.
        of: usize,
        /// Divergences.
        divergences: u32,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening { url } => write!(f, "listening on {url}"),
            Self::Session { session, device, server, session_id } => {
                write!(f, "session {session}: {device} with {server}, SessionID {session_id}")
            }
            Self::Message { session, direction, msg_id, package, commands } => {
                let arrow = match direction {
                    Direction::DeviceToServer => "device -> server",
                    Direction::ServerToDevice => "device <- server",
                };
                write!(f, "session {session}: {arrow}")?;
                if let Some(package) = package {
                    write!(f, "  P{package}")?;
                }
                write!(f, "  Msg {msg_id}  {commands}")
            }
            Self::Divergence { session, text } => write!(f, "session {session}: divergence: {text}"),
            Self::Remark { session: Some(session), text } => write!(f, "session {session}: {text}"),
            Self::Remark { session: None, text } => f.write_str(text),
            Self::Connection { peer, text } => write!(f, "connection from {peer}: {text}"),
            Self::End { session, played, of, divergences } => {
                let plural = if *divergences == 1 { "" } else { "s" };
                write!(
                    f,
                    "session {session}: ended, {played} of {of} exchanges played, {divergences} divergence{plural}"
                )
            }
        }
    }
}

/// The first characters of a text.
pub(super) fn clip(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}
