//! One live session: what is known of it so far, and the recorded messages made to fit.
//!
//! No socket and no clock: messages in, messages out.

use super::Settings;
use super::compare;
use super::event::{Event, clip};
use super::heard::{Heard, summary};
use super::nonces::Nonces;
use super::script::{Script, Step};
use crate::base::{Direction, Limits};
use crate::dm::{AuthTrack, Challenge, EntryId, Identity, NonceGiven, ProofOutcome, Scheme, Secret, Secrets};
use crate::syncml::{Command, CommandName, Message};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A message to send.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) body: Vec<u8>,
    pub(super) media: String,
    /// The value of `x-syncml-hmac`.
    pub(super) hmac: Option<String>,
}

/// What a peer's credentials proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Its secret is not known, or the scheme can't be recomputed.
    Unknown,
    /// It sent none.
    Missing,
    /// They are right; with another nonce than the last one, that is said.
    Right { remark: Option<&'static str> },
    /// They are wrong, for this reason.
    Wrong { why: &'static str },
}

/// The Status that the peer's SyncHdr gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HdrStatus {
    /// The recorded one.
    AsRecorded,
    /// This code, whatever was recorded.
    Code(u16),
}

/// What one side remembers of a peer from one session to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The nonce handed to the peer last.
    pub(super) given: Option<NonceGiven>,
    /// The nonce that the peer handed out last.
    pub(super) received: Option<Vec<u8>>,
}

/// One live session.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) script: Arc<Script>,
    pub(super) settings: Arc<Settings>,
    pub(super) number: u32,
    pub(super) session_id: String,
    /// Where the device posts to, or should: for Target (as client) and RespURI (as server).
    pub(super) here: String,
    /// As a client, where it posted to first.
    pub(super) home: String,
    /// The next exchange of the script.
    pub(super) cursor: usize,
    /// Live messages by the recorded ones that they stand for.
    pub(super) heard: BTreeMap<EntryId, Arc<Heard>>,
    /// The message to be answered.
    pub(super) current: Arc<Heard>,
    /// MsgIDs under which own recorded messages went out, in order.
    pub(super) sent: Vec<(String, EntryId)>,
    /// Messages in either direction.
    pub(super) messages: u32,
    pub(super) divergences: u32,
    pub(super) challenges: u32,
    pub(super) retries: u32,
    pub(super) secrets: Secrets,
    secrets_known: bool,
    pub(super) nonces: Nonces,
    /// Nonces handed to the peer.
    pub(super) given: AuthTrack,
    /// What the peer asked for, and its nonce.
    pub(super) asked_scheme: Option<Scheme>,
    pub(super) received: Option<Vec<u8>>,
    /// The peer refused a message for want of credentials.
    pub(super) must_prove: bool,
    pub(super) told_unknown: bool,
    given_up: bool,
    pub(super) last_msg_id: u64,
    /// By how much MsgIDs are ahead of the recorded ones.
    pub(super) shift: i64,
    log: Vec<Event>,
}

impl Player {
    pub(super) fn new(script: &Arc<Script>, settings: &Arc<Settings>, number: u32, memory: Memory) -> Self {
        let mut nonces = Nonces::new(settings.seed.map(|seed| seed.wrapping_add(u64::from(number))));
        let recorded = &script.session().identity.session_id;
        let session_id = match &settings.session_id {
            None => nonces.session_id(),
            Some(id) if id == "recorded" => recorded.clone(),
            Some(id) => id.clone(),
        };
        let given = AuthTrack { nonces: memory.given.into_iter().collect(), ..AuthTrack::default() };
        Self {
            script: script.clone(),
            settings: settings.clone(),
            number,
            session_id,
            here: String::new(),
            home: String::new(),
            cursor: 0,
            heard: BTreeMap::new(),
            current: Arc::default(),
            sent: Vec::new(),
            messages: 0,
            divergences: 0,
            challenges: 0,
            retries: 0,
            secrets: Secrets::default(),
            secrets_known: false,
            nonces,
            given,
            asked_scheme: None,
            received: memory.received,
            must_prove: false,
            told_unknown: false,
            given_up: false,
            last_msg_id: 0,
            shift: 0,
            log: Vec::new(),
        }
    }

    pub(super) fn memory(&self) -> Memory {
        Memory { given: self.given.nonces.last().cloned(), received: self.received.clone() }
    }

    pub(super) fn take_log(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.log)
    }

    pub(super) fn tell(&mut self, event: Event) {
        self.log.push(event);
    }

    pub(super) fn diverge(&mut self, text: impl AsRef<str>) {
        self.divergences = self.divergences.saturating_add(1);
        self.log.push(Event::Divergence { session: self.number, text: cut(text) });
    }

    pub(super) fn remark(&mut self, text: impl AsRef<str>) {
        self.log.push(Event::Remark { session: Some(self.number), text: cut(text) });
    }

    pub(super) fn end(&mut self) {
        let (session, divergences) = (self.number, self.divergences);
        self.log.push(Event::End { session, played: self.cursor, of: self.script.steps().len(), divergences });
    }

    /// Whether everything was played, or nothing more will be.
    pub(super) fn is_over(&self) -> bool {
        self.given_up || self.cursor >= self.script.steps().len()
    }

    /// Ends the session before the script does.
    pub(super) fn give_up(&mut self) {
        self.given_up = true;
    }

    pub(super) fn step(&self) -> Option<Step> {
        if self.given_up {
            return None;
        }
        self.script.step(self.cursor)
    }

    pub(super) fn own(&self) -> Direction {
        self.script.own()
    }

    /// The peer, in words.
    pub(super) fn peer(&self) -> &'static str {
        match self.own() {
            Direction::ServerToDevice => "device",
            Direction::DeviceToServer => "server",
        }
    }

    /// Finds the secrets of the session: those of the live names, or else of the recorded ones.
    pub(super) fn find_secrets(&mut self, live: Option<&Message>) {
        if std::mem::replace(&mut self.secrets_known, true) {
            return;
        }
        let credentials = &self.settings.credentials;
        let recorded = &self.script.session().identity;
        let live = live.map(|live| Identity {
            device: live.source().unwrap_or_default().to_owned(),
            server: live.target().unwrap_or_default().to_owned(),
            session_id: String::new(),
        });
        let found = live.and_then(|live| credentials.of(&live)).or_else(|| credentials.of(recorded));
        self.secrets = found.unwrap_or_default();
    }

    pub(super) fn own_secret(&self) -> Option<&Secret> {
        match self.own() {
            Direction::ServerToDevice => self.secrets.server.as_ref(),
            Direction::DeviceToServer => self.secrets.client.as_ref(),
        }
    }

    fn peer_secret(&self) -> Option<&Secret> {
        match self.own() {
            Direction::ServerToDevice => self.secrets.client.as_ref(),
            Direction::DeviceToServer => self.secrets.server.as_ref(),
        }
    }

    /// Takes note of a live message before anything is done about it.
    pub(super) fn receive(&mut self, message: &Message, package: Option<u8>) {
        self.messages = self.messages.saturating_add(1);
        let msg_id = cut(message.msg_id().unwrap_or("none"));
        let (session, direction) = (self.number, self.own().reverse());
        self.tell(Event::Message { session, direction, msg_id, package, commands: summary(message) });
        // A Chal of the peer holds from now on, whatever its code.
        for (_, status) in message.commands_with_ids().filter(|(_, command)| command.name == CommandName::Status) {
            if let Some(chal) = status.chal.filter(|_| is_for_hdr(message, status)) {
                let challenge = Challenge::of(message, chal);
                if let Some(nonce) = challenge.nonce_octets() {
                    self.received = Some(nonce);
                }
                if matches!(status.code, Some(401 | 407)) {
                    self.asked_scheme = challenge.scheme;
                }
            }
        }
    }

    /// Whether more messages came and went than a session may have.
    pub(super) fn is_exhausted(&self) -> bool {
        self.messages >= Limits::REPLAY_MESSAGES
    }

    /// Recomputes the peer's credentials.
    pub(super) fn verify(&self, message: &Message, hmac: Option<&str>) -> Shown {
        let Some(secret) = self.peer_secret() else { return Shown::Unknown };
        if hmac.is_none() && message.hdr.cred.is_none() {
            return Shown::Missing;
        }
        match secret.check(message, hmac, EntryId(u32::MAX), &self.given).map(|proof| proof.outcome) {
            None => Shown::Unknown,
            Some(ProofOutcome::Verified { in_force: true, .. }) => Shown::Right { remark: None },
            Some(ProofOutcome::Verified { nonce, .. }) => Shown::Right { remark: Some(nonce.name()) },
            Some(ProofOutcome::Wrong { diagnosis: "" }) => {
                Shown::Wrong { why: "no nonce known makes the digest right" }
            }
            Some(ProofOutcome::Wrong { diagnosis }) => Shown::Wrong { why: diagnosis },
            Some(ProofOutcome::WrongCredentials) => Shown::Wrong { why: "another user name or password" },
            Some(ProofOutcome::ReplacedSecret) => Shown::Wrong { why: "the password of the next session" },
        }
    }

    /// Takes a live message as the one that stands for `recorded`, and says where they differ.
    pub(super) fn take(&mut self, live: &Message, recorded: Option<EntryId>) {
        self.take_for(live, recorded, true);
    }

    /// The same; `answers` says whether the live message answers the own one that the recorded message does.
    pub(super) fn take_for(&mut self, live: &Message, recorded: Option<EntryId>, answers: bool) {
        let script = self.script.clone();
        let entry = recorded.and_then(|id| script.entry(id));
        self.current = Arc::new(Heard::new(live, entry.map(|entry| &entry.message)));
        let Some((id, entry)) = recorded.zip(entry) else { return };
        let sent = if answers { self.sent.as_slice() } else { &[] };
        let differences = compare::differences(script.session(), sent, self.peer(), entry, live, &self.current);
        let left = differences.len().saturating_sub(Limits::REPLAY_DIVERGENCES);
        for text in differences.into_iter().take(Limits::REPLAY_DIVERGENCES) {
            self.diverge(text);
        }
        if left > 0 {
            self.divergences = self.divergences.saturating_add(u32::try_from(left).unwrap_or(u32::MAX));
            self.remark(format!("{left} more divergences in this message"));
        }
        self.heard.insert(id, self.current.clone());
    }

    /// Leaves a message of the script out that this side does not send.
    pub(super) fn skip(&mut self) {
        self.cursor = self.cursor.saturating_add(1);
        self.shift = self.shift.saturating_sub(1);
    }

    /// The code of the live Status for the header of this side's last message.
    pub(super) fn verdict_on_us(&self, message: &Message) -> Option<u16> {
        let statuses = message.commands.iter().filter(|command| command.name == CommandName::Status);
        statuses.filter(|status| is_for_hdr(message, status)).find_map(|status| status.code)
    }
}

/// Characters of a text in the log.
const TEXT: usize = 400;

/// A text for the log: what the wire can make long is cut.
pub(super) fn cut(text: impl AsRef<str>) -> String {
    clip(text.as_ref(), TEXT).to_owned()
}

/// Whether a Status answers a SyncHdr.
pub(super) fn is_for_hdr(message: &Message, status: &Command) -> bool {
    message.text(status.cmd) == "SyncHdr" || (status.cmd.is_none() && message.text(status.cmd_ref) == "0")
}
