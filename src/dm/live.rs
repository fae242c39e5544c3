//! A session that may go on, and whether a message can be the next one of it.

use super::build::{Draft, DraftEntry};
use super::download::Chunked;
use super::phase::Phase;
use super::session::{EntryId, HttpAnswer};
use super::tracker::Kept;
use super::uri::without_query;
use crate::base::{Direction, FrameNo, Limits, Timestamp};
use crate::net::FlowId;
use crate::syncml::{Command, CommandName, Message, number};

/// A session that may go on.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) draft: Draft,
    pub(super) phase: Phase,
    pub(super) octets: usize,
    pub(super) ended: bool,
    /// A message was lost or could not be decoded since the last entry.
    pub(super) loss: bool,
    pub(super) connections: Vec<FlowId>,
    pub(super) first_frame: FrameNo,
    pub(super) touched: Timestamp,
    /// Entries that it had when it was last looked at.
    pub(super) looked_at: usize,
    /// What the server is called in it: by the client, by itself, and in its RespURIs. Normalised.
    pub(super) servers: Vec<String>,
    /// The exchanges that carried it, where they are kept.
    pub(super) kept: Vec<Kept>,
    /// The address of a download that its server writes in several parts.
    pub(super) chunked_address: Chunked,
}

impl Live {
    pub(super) fn last_of(&self, direction: Direction) -> Option<(EntryId, &DraftEntry)> {
        let at = self.draft.entries.iter().rposition(|entry| entry.direction == direction)?;
        Some((entry_id(at), self.draft.entries.get(at)?))
    }

    /// Whether a client's message names the server's last message in its Status for SyncHdr, and counts on.
    pub(super) fn is_continued_by(&self, message: &Message) -> bool {
        let Some((_, server)) = self.last_of(Direction::ServerToDevice) else { return false };
        let Some(wanted) = server.message.msg_id() else { return false };
        // `1` and `01` are the same number.
        let is_wanted = |text: &str| text == wanted || number(text).is_some() && number(text) == number(wanted);
        message.commands.iter().any(|command| {
            command.name == CommandName::Status
                && message.text(command.cmd) == "SyncHdr"
                && message.value(command.msg_ref).is_some_and(is_wanted)
        })
    }

    /// Whether all that a client's message answers in the server's last message is there, under its CmdID and its name: two
    /// sessions count alike, but they seldom ask for the same.
    pub(super) fn is_answered_by(&self, message: &Message) -> bool {
        let Some((_, server)) = self.last_of(Direction::ServerToDevice) else { return false };
        message.commands.iter().all(|answer| {
            let name = match answer.name {
                CommandName::Status => message.text(answer.cmd),
                CommandName::Results => CommandName::Get.name(),
                _ => return true,
            };
            let is_asked = |command: &Command| {
                server.message.cmd_id(command) == message.value(answer.cmd_ref)
                    && (name.is_empty() || command.name.name() == name)
            };
            name == "SyncHdr" || server.message.commands.iter().any(is_asked)
        })
    }

    pub(super) fn next_client_number(&self) -> Option<u64> {
        self.next_number(Direction::DeviceToServer)
    }

    pub(super) fn next_number(&self, direction: Direction) -> Option<u64> {
        let (_, entry) = self.last_of(direction)?;
        entry.message.msg_number()?.checked_add(1)
    }

    /// Whether a message can belong to this session, given that device and SessionID do: two servers may use one
    /// SessionID at the same time. Who calls the server by a name of its own, on a connection of its own, must at least
    /// count on.
    pub(super) fn can_hold(
        &self,
        message: &Message,
        direction: Direction,
        connection: FlowId,
        server: Option<&str>,
    ) -> bool {
        server.is_none_or(|server| self.servers.iter().any(|known| known == server))
            || self.connections.contains(&connection)
            || (self.next_number(direction).is_some() && self.next_number(direction) == message.msg_number())
    }

    /// Whether a server's message whose request is not in the capture must be of another session that has the same
    /// identity: its number was used, or what it answers has its answer, or had to get it on another connection. One that comes
    /// late, held back for the request that is missing, has a number between those of the others.
    pub(super) fn is_past(&self, message: &Message, connection: FlowId, frames: &[FrameNo]) -> bool {
        let latest = self.draft.entries.last().and_then(|entry| entry.frames.first());
        let is_late = latest.zip(frames.last()).is_some_and(|(latest, last)| last < latest);
        let own = message.msg_number();
        let is_used = if is_late {
            let sent = |entry: &DraftEntry| entry.direction == Direction::ServerToDevice;
            self.draft.entries.iter().any(|entry| sent(entry) && own.is_some() && entry.message.msg_number() == own)
        } else {
            matches!((self.next_number(Direction::ServerToDevice), own), (Some(next), Some(number)) if number < next)
        };
        let answered = message.commands.iter().find_map(|command| {
            (command.name == CommandName::Status && message.text(command.cmd) == "SyncHdr")
                .then(|| number(message.text(command.msg_ref)))
                .flatten()
        });
        let has_answer = self.draft.entries.iter().any(|entry| {
            entry.direction == Direction::DeviceToServer
                && answered.is_some()
                && entry.message.msg_number() == answered
                && match entry.http_answer {
                    HttpAnswer::Message(_) => true,
                    // The request that is missing may be the same one again, on another connection.
                    _ if is_late => false,
                    HttpAnswer::NotCaptured => {
                        entry.transport.as_ref().is_some_and(|transport| transport.connection != connection)
                    }
                    _ => true,
                }
        });
        is_used || has_answer
    }

    /// Keeps what a message calls the server.
    pub(super) fn name_server(&mut self, message: &Message, direction: Direction) {
        let (own, resp_uri) = match direction {
            Direction::DeviceToServer => (message.target(), None),
            Direction::ServerToDevice => (message.source(), message.value(message.hdr.resp_uri)),
        };
        for uri in own.into_iter().chain(resp_uri) {
            let uri = normal_server(uri);
            if self.servers.contains(&uri) {
                continue;
            }
            if self.servers.len() >= Limits::SERVER_NAMES {
                // The first one is the address of the session.
                self.servers.remove(1);
            }
            self.servers.push(uri);
        }
    }

    /// Whether the server sent a message before, octet by octet the same.
    pub(super) fn has_answer(&self, message: &Message) -> bool {
        self.draft
            .entries
            .iter()
            .any(|entry| entry.direction == Direction::ServerToDevice && entry.message.body() == message.body())
    }

    /// Whether a client's message begins a new session although a live one has its identity.
    pub(super) fn begins_anew(&self, message: &Message) -> bool {
        if self.ended
            && !self.is_continued_by(message)
            && self.next_client_number().zip(message.msg_number()).is_some_and(|(next, number)| number < next)
        {
            // Under an ended session's identity, with a number that it used, for a message that is not its last.
            return true;
        }
        if message.msg_id().map(number) != Some(Some(1)) {
            return false;
        }
        let opens = message.alerts(1200).next().is_some() || message.alerts(1201).next().is_some();
        if self.phase == Phase::ClientAuth {
            // A retry of a challenged package that starts counting again holds a Status for the challenge.
            return !self.is_continued_by(message);
        }
        opens || self.ended || !self.is_continued_by(message)
    }

    /// A message that the client sent before, octet by octet the same (guard G3); counts it. The first message of a session is
    /// none where the session went on after it, or where it was answered long ago: without credentials, and under a SessionID
    /// that is used again, every session of a device begins with the same octets.
    pub(super) fn resent(&mut self, message: &Message, answer: Option<&Message>, now: Timestamp) -> Option<EntryId> {
        let is_client = |entry: &DraftEntry| entry.direction == Direction::DeviceToServer;
        let at =
            self.draft.entries.iter().rposition(|entry| is_client(entry) && entry.message.body() == message.body())?;
        if is_start(message) {
            let known = self.draft.entries.get(at).and_then(|entry| match entry.http_answer {
                HttpAnswer::Message(known) => Some(known.index()),
                _ => None,
            });
            let went_on = (at + 1..self.draft.entries.len()).any(|other| Some(other) != known);
            // A server that took it for a new session answers with another message of the same number.
            let is_new = known.and_then(|known| self.draft.entries.get(known)).is_some_and(|known| {
                now.since(known.time) > Limits::RESEND_AGE
                    || answer.is_some_and(|answer| {
                        answer.body() != known.message.body() && answer.msg_number() == known.message.msg_number()
                    })
            });
            if went_on || is_new {
                return None;
            }
        }
        if let Some(entry) = self.draft.entries.get_mut(at) {
            entry.resent += 1;
            if let Some(bare) = entry.bare.last_mut() {
                bare.next_try.get_or_insert(now);
            }
            // The answer that counts is that to the latest request.
            if !matches!(entry.http_answer, HttpAnswer::Message(_)) {
                entry.http_answer = HttpAnswer::NotCaptured;
            }
        }
        Some(entry_id(at))
    }
}

/// A position as an entry.
pub(super) fn entry_id(at: usize) -> EntryId {
    EntryId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Whether a client's message begins its session (guard G1): MsgID not above 1, and something of package 1 in it.
pub(super) fn is_start(message: &Message) -> bool {
    let low = message.msg_number().is_none_or(|number| number <= 1);
    low && opens_management(message)
}

/// Whether a command carries nodes of DevInfo, as a client sends them.
pub(super) fn names_dev_info(message: &Message, command: &Command) -> bool {
    message.items(command).iter().any(|item| message.text(item.source_uri).contains("DevInfo/"))
}

/// Whether a message holds what only device management has: a session Alert of a client, or its DevInfo.
pub(super) fn opens_management(message: &Message) -> bool {
    message.commands.iter().any(|command| match command.name {
        CommandName::Alert => matches!(message.code(command), Some(1200 | 1201)),
        CommandName::Replace => names_dev_info(message, command),
        _ => false,
    })
}

/// A server's URI for comparison: scheme and host in lower case, default port and query dropped.
pub(super) fn normal_server(uri: &str) -> String {
    let uri = without_query(uri);
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let authority = authority.to_ascii_lowercase();
    let default = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let authority = authority.strip_suffix(default).unwrap_or(&authority);
    format!("{scheme}://{authority}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_compared_without_what_does_not_matter() {
        assert_eq!(normal_server("HTTPS://DM.Example.com:443/dm?x=1"), "https://dm.example.com/dm");
        assert_eq!(normal_server("http://h:8080/Dm"), "http://h:8080/Dm");
        assert_eq!(normal_server("http://h"), "http://h");
        assert_eq!(normal_server("srv1"), "srv1");
    }
}
