//! One side of a recorded session, played against a live peer.
//!
//! **In**: a [`Session`](crate::dm::Session) as [`Script`], and messages of the peer. **Out**: the recorded messages of the
//! played side, with what depends on the peer made anew: SessionID, MsgRef and CmdRef, addresses, nonces, credentials and
//! digests; [`Event`]s that say what was sent and where the peer went another way. **Does not know** the command line, nor
//! where the recording came from. As a server it opens no connection at all.
//!
//! `script` (which message answers which), `heard` (live commands for recorded ones), `draft` (a recorded message on its way to
//! a live one) and `player` (one live session) have no socket; `serving` and `asking` are its two sides. `http` speaks HTTP/1.x
//! over any stream, `server` and `client` over TCP.
//!
//! **Rests on**: OMA-TS-DM_Protocol-V1_2_1 (sections 6 to 9), OMA-TS-DM_Security-V1_2_1 (5.3), OMA-TS-SyncML-RepPro-V1_2_2,
//! OMA-TS-SyncML_HTTPBinding-V1_2, RFC 9112.
//! **Limits**: those of [`Limits`](crate::base::Limits) whose names begin with `REPLAY`, and `HTTP_HEAD`, `CHUNK_LINE`.

mod asking;
mod client;
mod compare;
mod compose;
mod draft;
mod event;
mod heard;
mod http;
mod nonces;
mod player;
mod script;
mod server;
mod serving;
mod url;

#[cfg(test)]
mod tests;

pub use client::{Client, Connect, Dial};
pub use event::Event;
pub use http::{HttpError, Stream};
pub use script::{Answer, Script, ScriptError, Step};
pub use server::Server;
pub use url::{Url, UrlError};

use crate::analysis::Credentials;
use crate::base::Direction;
use crate::proxy::tls::UpstreamTlsError;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Which nonces this side hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NonceChoice {
    /// New ones, so that the digests of the peer can't be those of the recording.
    #[default]
    Fresh,
    /// Those of the recording, where it has them.
    Recorded,
}

/// How to play.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Secrets of both sides: to make own credentials anew, and to check those of the peer.
    pub credentials: Credentials,
    /// Which nonces this side hands out.
    pub nonces: NonceChoice,
    /// Makes nonces and SessionIDs the same in every run. For tests: they can be guessed.
    pub seed: Option<u64>,
    /// As a client, the Status code for a command that the recording does not have.
    pub unknown_status: u16,
    /// As a client, the SessionID; `recorded` takes that of the recording, `None` a new one.
    pub session_id: Option<String>,
    /// How long the peer may take: for a message, and between two of them.
    pub timeout: Duration,
    /// As a client, whether a RespURI on another host is followed.
    pub follow_other_hosts: bool,
    /// As a server, whether it ends after one session.
    pub once: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            nonces: NonceChoice::Fresh,
            seed: None,
            unknown_status: 405,
            session_id: None,
            timeout: Duration::from_secs(30),
            follow_other_hosts: false,
            once: false,
        }
    }
}

impl Settings {
    /// The Status code for a command that the recording does not have: a server takes note of what a device says, a device
    /// does not do what nobody did before.
    fn unknown_status(&self, own: Direction) -> u16 {
        match own {
            Direction::ServerToDevice => 200,
            Direction::DeviceToServer => self.unknown_status,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Sessions that ended.
    pub sessions: u32,
    /// Divergences over all of them.
    pub divergences: u32,
}

/// Why a replay could not run, or not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The address can't be listened on.
    #[error("{address} can't be listened on: {error}; name another one with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The runtime that waits for sockets can't be started.
    #[error("the network can't be used: {0}")]
    Runtime(io::Error),
    /// The server can't be reached.
    #[error("{host} can't be reached: {error}")]
    Connect {
        /// Host and port.
        host: String,
        /// Why.
        error: io::Error,
    },
    /// There is no TLS with the server.
    #[error("{host}: {error}")]
    Tls {
        /// Host and port.
        host: String,
        /// Why.
        error: Box<UpstreamTlsError>,
    },
    /// The server sent what is no usable HTTP response.
    #[error("{host}: {error}")]
    Http {
        /// Host and port.
        host: String,
        /// Why.
        error: HttpError,
    },
    /// The server's body is no SyncML message.
    #[error("{host}: the response is no SyncML message: {text}")]
    NotSyncMl {
        /// Host and port.
        host: String,
        /// Why.
        text: String,
    },
}

/// Runs something that waits for sockets, on this thread.
///
/// # Errors
///
/// [`ReplayError::Runtime`] when the system refuses.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, ReplayError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ReplayError::Runtime)?;
    Ok(runtime.block_on(future))
}
