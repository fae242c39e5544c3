//! The session as a state machine (OMA-TS-DM_Protocol-V1_2_1, sections 6 and 8).
//!
//! An endpoint may stop at the first surprise; an analyser follows what happened. The machine is pure: no clock, no I/O.

use super::classify::Content;
use crate::base::Direction;

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Phase {
    /// Nothing was seen.
    #[default]
    Start,
    /// The client is sending package 1.
    ClientSetup,
    /// The client's package is complete: the server's turn.
    ServerTurn,
    /// The server has a large object under way.
    ServerOpen,
    /// The server's package expects answers: the client's turn.
    ClientTurn,
    /// The server has challenged: the client must repeat its package.
    ClientAuth,
    /// The client has challenged: the server must repeat its package.
    ServerAuth,
    /// The server has closed the session.
    Closed,
    /// One side has sent Alert 1223.
    Aborted,
    /// The capture begins in the middle.
    Unknown,
}

/// One message, as the machine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhaseInput {
    /// Who sent it.
    pub direction: Direction,
    /// What it holds.
    pub content: Content,
}

impl Phase {
    /// Takes the next message of the session; never fails.
    #[must_use]
    pub fn step(self, input: PhaseInput) -> Phase {
        let content = input.content;
        if content.abort || self == Phase::Aborted {
            return Phase::Aborted;
        }
        match input.direction {
            Direction::DeviceToServer => self.client(content),
            Direction::ServerToDevice => self.server(content),
        }
    }

    fn client(self, content: Content) -> Phase {
        match self {
            Phase::Start | Phase::ClientSetup | Phase::ClientAuth if content.session_alert && !content.final_mark => {
                Phase::ClientSetup
            }
            Phase::Start if !content.session_alert && !content.final_mark => Phase::Unknown,
            Phase::ClientSetup if !content.final_mark => Phase::ClientSetup,
            Phase::ServerOpen => Phase::ServerOpen,
            Phase::Closed if !content.operations && !content.failing_status && !content.credentials => Phase::Closed,
            _ if content.challenge => Phase::ServerAuth,
            Phase::Unknown if !content.final_mark => Phase::Unknown,
            _ if content.final_mark => Phase::ServerTurn,
            Phase::ClientAuth => Phase::ClientTurn,
            other => other,
        }
    }

    fn server(self, content: Content) -> Phase {
        if content.challenge {
            return Phase::ClientAuth;
        }
        if content.next_message && !content.operations {
            return if self == Phase::ServerTurn { Phase::ClientTurn } else { self };
        }
        if content.chunk {
            return Phase::ServerOpen;
        }
        if content.operations {
            return Phase::ClientTurn;
        }
        if content.object_error {
            return Phase::ClientTurn;
        }
        match self {
            // A client that has not finished its package cannot be told that the session is over.
            Phase::ClientSetup => Phase::ClientSetup,
            Phase::ClientTurn if !content.final_mark => Phase::ClientTurn,
            _ => Phase::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{DeviceToServer as C, ServerToDevice as S};

    fn content(words: &str) -> Content {
        let mut content = Content { responses: true, ..Content::default() };
        for word in words.split_whitespace() {
            match word {
                "alert" => {
                    content.session_alert = true;
                    content.operations = true;
                }
                "ops" => content.operations = true,
                "chunk" => {
                    content.operations = true;
                    content.chunk = true;
                }
                "F" => content.final_mark = true,
                "1222" => content.next_message = true,
                "1223" => content.abort = true,
                "1225" => content.object_error = true,
                "chal" => content.challenge = true,
                "cred" => content.credentials = true,
                other => panic!("unknown word {other}"),
            }
        }
        content
    }

    #[test]
    fn transitions_follow_the_table() {
        let table = [
            (Phase::Start, C, "alert F", Phase::ServerTurn),
            (Phase::Start, C, "alert", Phase::ClientSetup),
            (Phase::Start, C, "", Phase::Unknown),
            (Phase::ClientSetup, S, "1222", Phase::ClientSetup),
            (Phase::ClientSetup, S, "chal F", Phase::ClientAuth),
            (Phase::ClientSetup, C, "", Phase::ClientSetup),
            (Phase::ClientSetup, C, "F", Phase::ServerTurn),
            (Phase::ServerTurn, S, "ops F", Phase::ClientTurn),
            (Phase::ServerTurn, S, "chunk", Phase::ServerOpen),
            (Phase::ServerTurn, S, "ops", Phase::ClientTurn),
            (Phase::ServerTurn, S, "F", Phase::Closed),
            (Phase::ServerOpen, C, "1222", Phase::ServerOpen),
            (Phase::ServerOpen, S, "chunk", Phase::ServerOpen),
            (Phase::ServerOpen, S, "ops F", Phase::ClientTurn),
            (Phase::ClientTurn, C, "", Phase::ClientTurn),
            (Phase::ClientTurn, S, "1222", Phase::ClientTurn),
            (Phase::ClientTurn, C, "F", Phase::ServerTurn),
            (Phase::ClientTurn, C, "chal F", Phase::ServerAuth),
            (Phase::ClientAuth, C, "cred alert F", Phase::ServerTurn),
            (Phase::ServerAuth, S, "ops F", Phase::ClientTurn),
            (Phase::ServerAuth, S, "F", Phase::Closed),
            (Phase::ServerTurn, C, "1223 F", Phase::Aborted),
            (Phase::Aborted, S, "F", Phase::Aborted),
            (Phase::Closed, C, "F", Phase::Closed),
            (Phase::Closed, C, "ops F", Phase::ServerTurn),
            (Phase::Unknown, C, "F", Phase::ServerTurn),
            (Phase::Unknown, S, "ops F", Phase::ClientTurn),
            (Phase::Unknown, S, "F", Phase::Closed),
        ];
        for (from, direction, words, to) in table {
            assert_eq!(
                from.step(PhaseInput { direction, content: content(words) }),
                to,
                "{from:?} {direction:?} \"{words}\""
            );
        }
    }
}
