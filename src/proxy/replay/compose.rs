//! A recorded message made to fit the live session: references, addresses, nonces, credentials.

use super::NonceChoice;
use super::draft::{Draft, NewStatus};
use super::event::Event;
use super::heard::{Heard, HeardCommand, summary};
use super::player::{HdrStatus, Outgoing, Player, is_for_hdr};
use crate::base::{Direction, Limits};
use crate::dm::{Challenge, Entry, EntryId, HmacHeader, NonceGiven, Scheme};
use crate::markup::Tag;
use crate::syncml::{self, Command, CommandId, CommandName, Encoding, MediaType, Message};

impl Player {
    /// The recorded message, made to fit the live session. `again` says that it goes out once more.
    pub(super) fn compose(
        &mut self,
        id: EntryId,
        hdr: HdrStatus,
        encoding: Option<Encoding>,
        again: bool,
    ) -> Option<Outgoing> {
        let script = self.script.clone();
        let entry = script.entry(id)?;
        let message = &entry.message;
        let mut draft = Draft::new(message);
        for (at, command) in message.commands_with_ids().filter(|(_, command)| command.name.is_response()) {
            self.point(&mut draft, entry, at, command, hdr, again);
        }
        let refused = matches!(hdr, HdrStatus::Code(401 | 407));
        if again && self.own() == Direction::DeviceToServer {
            self.answer_challenge(&mut draft, message);
        } else if !refused && !again {
            self.answer_unknown(&mut draft);
        }
        self.send(draft, id, entry, encoding, again)
    }

    /// A message without commands of its own: Status for the header, with a challenge where `code` refuses, and for every
    /// command of the live message where `others` says with which code.
    pub(super) fn bare(
        &mut self,
        template: EntryId,
        code: u16,
        challenge: bool,
        others: Option<u16>,
        encoding: Encoding,
    ) -> Option<Outgoing> {
        let script = self.script.clone();
        let entry = script.entry(template)?;
        let mut draft = Draft::new(&entry.message);
        draft.clear();
        let current = self.current.clone();
        let chal = challenge.then(|| (self.peer_scheme(), self.hand_out(None)));
        if current.wants_hdr_status() {
            draft.add_status(&NewStatus {
                msg_ref: &current.msg_id,
                cmd_ref: "0",
                cmd: "SyncHdr",
                target_ref: current.target.as_deref(),
                source_ref: current.source.as_deref(),
                code,
                challenge: chal.as_ref().map(|(scheme, nonce)| (scheme, nonce.as_str())),
            });
        }
        let asking = current.commands.iter().filter(|command| current.wants_status(command));
        for command in asking.take(Limits::REPLAY_ANSWERS) {
            let Some(code) = others else { break };
            let cmd_ref = command.cmd_id.as_deref().unwrap_or_default();
            draft.add_status(&NewStatus {
                msg_ref: &current.msg_id,
                cmd_ref,
                cmd: command.name.name(),
                code,
                ..NewStatus::default()
            });
        }
        draft.add_final();
        self.send(draft, template, entry, Some(encoding), true)
    }

    /// The scheme that the peer proves itself with in the recording.
    fn peer_scheme(&self) -> Scheme {
        let session = self.script.session();
        let track = match self.own() {
            Direction::ServerToDevice => &session.client_auth,
            Direction::DeviceToServer => &session.server_auth,
        };
        match &track.scheme {
            None | Some(Scheme::Other(_)) => Scheme::Md5,
            Some(scheme) => scheme.clone(),
        }
    }

    /// A nonce for the peer: a fresh one, or the recorded one.
    fn hand_out(&mut self, recorded: Option<&str>) -> String {
        let text = match (self.settings.nonces, recorded) {
            (NonceChoice::Recorded, Some(recorded)) => recorded.to_owned(),
            _ => self.nonces.nonce(),
        };
        let octets = Challenge { scheme: None, nonce: Some(text.clone()) }.nonce_octets();
        let entry = EntryId(u32::try_from(self.given.nonces.len()).unwrap_or(u32::MAX).saturating_sub(1));
        self.given.nonces.push(NonceGiven { entry, text: text.clone(), octets, for_next_session: false });
        text
    }

    /// Points a recorded Status or Results at the live command that it answers, or leaves it out.
    fn point(
        &mut self,
        draft: &mut Draft<'_>,
        entry: &Entry,
        at: CommandId,
        command: &Command,
        hdr: HdrStatus,
        again: bool,
    ) {
        let message = &entry.message;
        let Some(place) = entry.resolution(at).and_then(|resolution| resolution.found()) else { return };
        let Some(heard) = self.heard.get(&place.entry).cloned() else {
            draft.remove(command.node);
            self.remark(format!(
                "{} {} left out: what it answers did not come",
                command.name,
                message.text(command.cmd)
            ));
            return;
        };
        let Some(asked) = place.command else {
            // A header may stand for one that was asked again in between.
            let now = again || entry.answers == Some(place.entry);
            let heard = if now { self.current.clone() } else { heard };
            self.point_hdr(draft, message, command, &heard, hdr);
            return;
        };
        let Some(live) = heard.pair(asked).filter(|live| live.cmd_id.is_some()) else {
            draft.remove(command.node);
            let name = message.value(command.cmd).unwrap_or("a command");
            let peer = self.peer();
            self.remark(format!("{} for {name} left out: the {peer} did not send it", command.name));
            return;
        };
        draft.text(command.msg_ref, &heard.msg_id);
        draft.text(command.cmd_ref, live.cmd_id.as_deref().unwrap_or_default());
        self.point_items(draft, entry, command, (place.entry, asked), live);
    }

    /// TargetRef and SourceRef name items of a command; those of the live command stand at the same positions.
    fn point_items(
        &self,
        draft: &mut Draft<'_>,
        entry: &Entry,
        command: &Command,
        (asked_in, asked): (EntryId, CommandId),
        live: &HeardCommand,
    ) {
        let Some(recorded) = self.script.entry(asked_in).map(|entry| &entry.message) else { return };
        let Some(asked) = recorded.command(asked) else { return };
        let message = &entry.message;
        let pairs = || recorded.items(asked).iter().zip(&live.items);
        for node in message.each(command.node, Tag::TargetRef) {
            let found = pairs().find(|(item, _)| recorded.text(item.target_uri) == message.text(node));
            if let Some(target) = found.and_then(|(_, (target, _))| target.as_deref()) {
                draft.text(Some(node), target);
            }
        }
        for node in message.each(command.node, Tag::SourceRef) {
            let found = pairs().find(|(item, _)| recorded.text(item.source_uri) == message.text(node));
            if let Some(source) = found.and_then(|(_, (_, source))| source.as_deref()) {
                draft.text(Some(node), source);
            }
        }
    }

    fn point_hdr(
        &mut self,
        draft: &mut Draft<'_>,
        message: &Message,
        command: &Command,
        heard: &Heard,
        hdr: HdrStatus,
    ) {
        draft.text(command.msg_ref, &heard.msg_id);
        for (node, live) in [(command.target_ref, &heard.target), (command.source_ref, &heard.source)] {
            if let Some(live) = live {
                draft.text(node, live);
            }
        }
        let recorded = command.chal.map(|chal| Challenge::of(message, chal));
        let code = match hdr {
            HdrStatus::AsRecorded => command.code.unwrap_or_default(),
            HdrStatus::Code(code) => {
                draft.text(command.data, &code.to_string());
                code
            }
        };
        match recorded {
            Some(Challenge { scheme, nonce: Some(nonce) }) => {
                let live = self.hand_out(Some(&nonce));
                if live != nonce {
                    draft.challenge(command, &scheme.unwrap_or(Scheme::Md5), &live);
                }
            }
            Some(_) => {}
            None if matches!(code, 401 | 407) && hdr != HdrStatus::AsRecorded => {
                let (scheme, nonce) = (self.peer_scheme(), self.hand_out(None));
                draft.challenge(command, &scheme, &nonce);
            }
            None => {}
        }
    }

    /// Gives commands that the recording does not have a Status.
    fn answer_unknown(&mut self, draft: &mut Draft<'_>) {
        let current = self.current.clone();
        let code = self.settings.unknown_status(self.own());
        let unknown = current.unknown().filter(|command| current.wants_status(command));
        for (at, command) in unknown.take(Limits::REPLAY_ANSWERS).enumerate() {
            draft.add_status(&NewStatus {
                msg_ref: &current.msg_id,
                cmd_ref: command.cmd_id.as_deref().unwrap_or_default(),
                cmd: command.name.name(),
                code,
                ..NewStatus::default()
            });
            if at < Limits::REPLAY_DIVERGENCES {
                self.remark(format!("{} is answered with {code}", command.text));
            }
        }
    }

    /// A package that is sent again answers the header of the message that refused it.
    fn answer_challenge(&self, draft: &mut Draft<'_>, message: &Message) {
        let has_one =
            message.commands.iter().any(|command| command.name == CommandName::Status && is_for_hdr(message, command));
        if !has_one && self.current.wants_hdr_status() {
            draft.add_status(&NewStatus {
                msg_ref: &self.current.msg_id,
                cmd_ref: "0",
                cmd: "SyncHdr",
                target_ref: self.current.target.as_deref(),
                source_ref: self.current.source.as_deref(),
                code: 200,
                challenge: None,
            });
        }
    }

    /// Header, credentials and octets.
    fn send(
        &mut self,
        mut draft: Draft<'_>,
        id: EntryId,
        entry: &Entry,
        encoding: Option<Encoding>,
        again: bool,
    ) -> Option<Outgoing> {
        let message = &entry.message;
        let encoding = encoding.unwrap_or_else(|| message.encoding());
        let msg_id = self.number_of(message, again);
        draft.text(message.hdr.msg_id, &msg_id);
        draft.text(message.hdr.session_id, &self.session_id);
        self.address(&mut draft, message);
        let recorded = entry.transport.as_ref().and_then(|transport| transport.header("x-syncml-hmac"));
        let mac = self.prove(&mut draft, message, recorded);
        let body = draft.encode(encoding);
        let hmac = match mac {
            Mac::None => None,
            Mac::Recorded => recorded.map(str::to_owned),
            Mac::Of { name, nonce } => self.own_secret().map(|secret| secret.hmac(&name, &nonce, &body)),
        };
        self.messages = self.messages.saturating_add(1);
        self.sent.push((msg_id.clone(), id));
        let kept = entry.transport.as_ref().filter(|_| encoding == message.encoding());
        let media = kept.and_then(|transport| transport.header("content-type")).unwrap_or(match encoding {
            Encoding::Xml => "application/vnd.syncml.dm+xml",
            Encoding::Wbxml => "application/vnd.syncml.dm+wbxml",
        });
        let outgoing = Outgoing { body, media: media.to_owned(), hmac };
        // What the log shows is what goes out, not what was meant to.
        let commands = syncml::decode(outgoing.body.clone(), MediaType::parse(Some(media)))
            .map_or_else(|_| String::new(), |message| summary(&message));
        let package = (!again).then_some(entry.package.number);
        self.tell(Event::Message { session: self.number, direction: self.own(), msg_id, package, commands });
        Some(outgoing)
    }

    /// The MsgID of the next own message.
    fn number_of(&mut self, message: &Message, again: bool) -> String {
        let Some(recorded) = message.msg_number().and_then(|number| i64::try_from(number).ok()) else {
            return message.msg_id().unwrap_or_default().to_owned();
        };
        let number = if again {
            self.shift = self.shift.saturating_add(1);
            self.last_msg_id.saturating_add(1)
        } else {
            u64::try_from(recorded.saturating_add(self.shift)).unwrap_or_default().max(1)
        };
        self.last_msg_id = number;
        number.to_string()
    }

    fn address(&self, draft: &mut Draft<'_>, message: &Message) {
        let recorded = &self.script.session().identity;
        match self.own() {
            Direction::ServerToDevice => {
                if let Some(device) = &self.current.source {
                    draft.text(message.hdr.target_uri, device);
                }
                // A server that calls itself what the device calls it goes on to do so.
                if let Some(server) = &self.current.target
                    && message.source().is_some_and(|source| source == recorded.server || source.contains("://"))
                {
                    draft.text(message.hdr.source_uri, server);
                }
                if let Some(recorded) = message.value(message.hdr.resp_uri) {
                    let path = recorded.split_once("://").map_or(recorded, |(_, rest)| rest);
                    let path = path.find('/').and_then(|at| path.get(at..)).unwrap_or("/");
                    draft.text(message.hdr.resp_uri, &format!("{}{path}", self.here));
                }
            }
            Direction::DeviceToServer => {
                if let Some(target) = message.target().filter(|target| target.contains("://")) {
                    // A device that goes over to the RespURI does so again.
                    let live = if target == recorded.server { &self.home } else { &self.here };
                    draft.text(message.hdr.target_uri, live);
                }
            }
        }
    }

    /// Proves who this side is, where the recording did or the peer asked for it.
    fn prove(&mut self, draft: &mut Draft<'_>, message: &Message, hmac: Option<&str>) -> Mac {
        let recorded = match (hmac, message.hdr.cred) {
            (Some(_), _) => Some(Scheme::Mac),
            (None, Some(cred)) => Some(Scheme::of_type(message.auth_type(cred).unwrap_or("syncml:auth-basic"))),
            (None, None) => None,
        };
        if recorded.is_none() && !self.must_prove {
            return Mac::None;
        }
        let Some(secret) = self.own_secret().cloned() else {
            if !std::mem::replace(&mut self.told_unknown, true) {
                self.remark("credentials go out as they were recorded; --credentials lets them be made anew");
            }
            return if hmac.is_some() { Mac::Recorded } else { Mac::None };
        };
        let scheme = match &self.asked_scheme {
            Some(scheme) if !matches!(scheme, Scheme::Other(_)) => scheme.clone(),
            _ => recorded.unwrap_or(Scheme::Md5),
        };
        let nonce = self.received.clone().or_else(|| secret.nonce.clone()).unwrap_or_default();
        let written = hmac.and_then(|header| HmacHeader::parse(header).username);
        let name = message.value(message.hdr.source_name).or(written).unwrap_or_default().to_owned();
        if let Some(name) = &secret.name {
            draft.text(message.hdr.source_name, name);
        }
        match scheme {
            Scheme::Mac => {
                draft.credentials(None);
                Mac::Of { name, nonce }
            }
            Scheme::Other(_) => Mac::None,
            Scheme::Basic | Scheme::Md5 => {
                let data = secret.cred(&scheme, &name, &nonce);
                draft.credentials(data.as_deref().map(|data| (&scheme, data)));
                Mac::None
            }
        }
    }
}

/// The `x-syncml-hmac` header of a message that goes out.
enum Mac {
    None,
    Recorded,
    Of { name: String, nonce: Vec<u8> },
}
