//! What the two ends agree on, and the keys that follow from it.

use super::certificate;
use super::closed::{ClientRandom, Closed, Sender};
use super::connection::{Connection, Cx};
use super::handshake::{ClientHello, ServerHello, encrypted_extensions, encrypted_premaster, message, session_ticket};
use super::hash::Secret;
use super::keylog::{Label, SessionId};
use super::offer::is_grease;
use super::prf::{KeyBlock, MasterSeed, master, next_secret, session_hash};
use super::protect::Opener;
use super::side::{Keys, Need, Place, Stage};
use super::suite::{Cipher, Suite};
use super::version::Version;
use crate::base::{Handshake, Limits, Offered};

/// What the ServerHello settled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen {
    pub(super) version: Version,
    pub(super) suite: Suite,
    random: [u8; 32],
    session: Option<SessionId>,
    encrypt_then_mac: bool,
    extended_master_secret: bool,
}

/// The state of a handshake.
#[derive(Default)]
pub(super) struct Negotiation {
    pub(super) client_random: Option<ClientRandom>,
    pub(super) server_name: Option<Box<str>>,
    pub(super) protocol: Option<Box<str>>,
    pub(super) chosen: Option<Chosen>,
    /// A HelloRetryRequest was sent.
    pub(super) retry: bool,
    /// What was shown beside it.
    pub(super) shown: Handshake,
    offered_version: u16,
    offered_session: Option<SessionId>,
    offered_ticket: Option<SessionId>,
    /// Early data was offered.
    early: bool,
    early_accepted: Option<bool>,
    /// Messages of a full handshake were seen, up to TLS 1.2.
    full: bool,
    master: Option<Secret>,
    premaster: Option<Secret>,
    encrypted: Option<[u8; 8]>,
    /// The ticket that the server issued.
    issued: Option<SessionId>,
    /// Messages up to ClientKeyExchange, while their hash may be wanted: the client's first, the server's, the client's.
    transcript: [Vec<u8>; 3],
    session_hash: Option<Secret>,
}

impl Negotiation {
    pub(super) fn weight(&self) -> usize {
        self.transcript.iter().map(Vec::capacity).fold(0, usize::saturating_add)
    }

    /// Lets go of what is held for a hash that may be wanted.
    pub(super) fn release(&mut self) {
        self.transcript = Default::default();
    }

    /// Whether the hash of the messages may still be wanted (RFC 7627).
    fn wants_transcript(&self) -> bool {
        self.session_hash.is_none()
            && self.chosen.is_none_or(|chosen| chosen.extended_master_secret && chosen.version < Version::TLS_1_3)
    }

    fn note(&mut self, sender: Sender, whole: &[u8]) {
        if !self.wants_transcript() {
            return;
        }
        let part = match sender {
            Sender::Client if self.chosen.is_none() => 0,
            Sender::Server => 1,
            Sender::Client => 2,
        };
        if self.weight().saturating_add(whole.len()) <= 4 * Limits::TLS_MESSAGE
            && let Some(part) = self.transcript.get_mut(part)
        {
            part.extend_from_slice(whole);
        }
    }

    fn master_seed<'a>(&'a self, chosen: &'a Chosen) -> Option<MasterSeed<'a>> {
        if chosen.extended_master_secret {
            return self.session_hash.as_ref().map(MasterSeed::Session);
        }
        self.client_random.as_ref().map(|random| MasterSeed::Randoms(&random.0, &chosen.random))
    }
}

/// What is kept of an offer. A list of versions counts more than the field that was there before it.
fn offered(hello: &ClientHello<'_>) -> Offered {
    let highest = hello.versions.iter().filter(|version| !is_grease(*version)).max();
    Offered::new(highest.unwrap_or(hello.version), hello.suites.iter())
}

const fn label(sender: Sender, stage: Stage) -> Label {
    match (stage, sender) {
        (Stage::Early, _) => Label::ClientEarly,
        (Stage::Handshake | Stage::Tls12, Sender::Client) => Label::ClientHandshake,
        (Stage::Handshake | Stage::Tls12, Sender::Server) => Label::ServerHandshake,
        (Stage::Application, Sender::Client) => Label::ClientTraffic,
        (Stage::Application, Sender::Server) => Label::ServerTraffic,
    }
}

impl Connection {
    /// Takes the handshake octets of one record.
    pub(super) fn messages(&mut self, sender: Sender, octets: &[u8], place: Place, cx: &mut Cx<'_>) {
        let mut messages = std::mem::take(&mut self.side(sender).messages);
        messages.take(octets, &mut |kind, body, whole| self.message(sender, kind, body, whole, place, cx));
        let side = self.side(sender);
        if !side.closed {
            side.messages = messages;
        }
    }

    fn message(&mut self, sender: Sender, kind: u8, body: &[u8], whole: &[u8], place: Place, cx: &mut Cx<'_>) {
        let tls13 = self.is_tls13();
        match (sender, kind) {
            (Sender::Client, message::CLIENT_HELLO) => match ClientHello::parse(body) {
                Some(hello) => self.client_hello(&hello, whole, cx),
                None => self.close_side(sender, Closed::HandshakeNotCaptured, place, cx),
            },
            (Sender::Server, message::SERVER_HELLO) => match ServerHello::parse(body) {
                Some(hello) => self.server_hello(&hello, whole, place, cx),
                None => self.close_side(sender, Closed::HandshakeNotCaptured, place, cx),
            },
            (Sender::Server, message::ENCRYPTED_EXTENSIONS) if tls13 => {
                let (protocol, early) = encrypted_extensions(body);
                self.negotiation.protocol = protocol.map(Into::into);
                self.negotiation.early_accepted = Some(early);
                self.news = true;
            }
            (Sender::Client, message::END_OF_EARLY_DATA) if tls13 => self.side(sender).want(Stage::Handshake),
            (_, message::FINISHED) if tls13 => {
                if matches!(self.side(sender).keys, Keys::Open(Stage::Handshake, _)) {
                    self.side(sender).want(Stage::Application);
                }
            }
            (_, message::KEY_UPDATE) if tls13 => self.key_update(sender),
            (Sender::Server, message::CERTIFICATE) if tls13 => {
                self.negotiation.shown.certificate = certificate::shown(body, true, place.time);
            }
            // Requests for another handshake are part of none (RFC 5246, section 7.4.1.1).
            (Sender::Server, 0) => {}
            _ if !tls13 => {
                self.negotiation.note(sender, whole);
                match (sender, kind) {
                    (Sender::Server, message::CERTIFICATE) => {
                        self.negotiation.full = true;
                        self.negotiation.shown.certificate = certificate::shown(body, false, place.time);
                    }
                    (_, message::CERTIFICATE | message::SERVER_HELLO_DONE) => self.negotiation.full = true,
                    (Sender::Client, message::CLIENT_KEY_EXCHANGE) => self.client_key_exchange(body, cx),
                    (Sender::Server, message::NEW_SESSION_TICKET) => {
                        self.negotiation.issued = session_ticket(body);
                        self.remember(cx);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    pub(super) fn client_hello(&mut self, hello: &ClientHello<'_>, whole: &[u8], cx: &mut Cx<'_>) {
        if self.negotiation.retry && self.negotiation.chosen.is_none() {
            // The second hello after a HelloRetryRequest has the random of the first.
            self.negotiation.early = false;
            return;
        }
        self.news = true;
        if self.negotiation.client_random.is_none() {
            cx.stats.connections = cx.stats.connections.saturating_add(1);
        }
        let before = std::mem::take(&mut self.negotiation);
        self.negotiation = Negotiation {
            client_random: Some(ClientRandom(hello.random)),
            server_name: hello.server_name.map(Into::into).or(before.server_name),
            protocol: before.protocol,
            shown: Handshake { offered: Some(offered(hello)), certificate: None },
            offered_version: hello.version,
            offered_session: hello.session,
            offered_ticket: hello.ticket,
            early: hello.early_data,
            ..Negotiation::default()
        };
        // Records of a second handshake go on under the keys of the first until it ends: their version is the same.
        self.negotiation.note(Sender::Client, whole);
    }

    fn server_hello(&mut self, hello: &ServerHello<'_>, whole: &[u8], place: Place, cx: &mut Cx<'_>) {
        let close = |connection: &mut Self, reason, cx: &mut Cx<'_>| {
            for sender in [Sender::Server, Sender::Client] {
                connection.close_side(sender, reason, place, cx);
            }
        };
        self.news = true;
        if self.negotiation.client_random.is_none() {
            return close(self, Closed::HandshakeNotCaptured, cx);
        }
        let version = Version(hello.version);
        if !version.is_supported() {
            return close(self, Closed::VersionUnsupported(hello.version), cx);
        }
        if hello.retry {
            self.negotiation.retry = true;
            return;
        }
        let suite = Suite::find(hello.suite).filter(|suite| suite.is_tls13() == (version == Version::TLS_1_3));
        let Some(suite) = suite else { return close(self, Closed::CipherUnsupported(hello.suite), cx) };
        if hello.compression != 0 {
            return close(self, Closed::CompressionUnsupported(hello.compression), cx);
        }
        self.negotiation.chosen = Some(Chosen {
            version,
            suite,
            random: hello.random,
            session: hello.session,
            encrypt_then_mac: hello.encrypt_then_mac && suite.cipher.block() > 0,
            extended_master_secret: hello.extended_master_secret,
        });
        if self.negotiation.wants_transcript() {
            self.negotiation.note(Sender::Server, whole);
        } else {
            self.negotiation.release();
        }
        if version < Version::TLS_1_3 {
            self.negotiation.protocol = hello.protocol.map(Into::into);
            return;
        }
        self.side(Sender::Server).want(Stage::Handshake);
        let stage = if self.negotiation.early { Stage::Early } else { Stage::Handshake };
        self.side(Sender::Client).want(stage);
    }

    fn client_key_exchange(&mut self, body: &[u8], cx: &mut Cx<'_>) {
        let negotiation = &mut self.negotiation;
        negotiation.full = true;
        let Some(chosen) = negotiation.chosen else { return };
        if chosen.extended_master_secret {
            let [first, second, third] = &negotiation.transcript;
            negotiation.session_hash = session_hash(chosen.version, chosen.suite.hash, &[first, second, third]);
        }
        negotiation.transcript = Default::default();
        if chosen.suite.rsa
            && let Some(encrypted) = encrypted_premaster(body)
        {
            negotiation.encrypted = encrypted.first_chunk().copied();
            negotiation.premaster = cx.sources.given.keys.premaster(encrypted, negotiation.offered_version);
        }
    }

    fn key_update(&mut self, sender: Sender) {
        let Some(suite) = self.suite().copied() else { return };
        let side = self.side(sender);
        let (Keys::Open(Stage::Application, _), Some(secret)) = (&side.keys, side.secret) else { return };
        let next = next_secret(suite.hash, &secret);
        if let Some(opener) = Opener::tls13(&suite, &next) {
            side.keys = Keys::Open(Stage::Application, opener);
            side.secret = Some(next);
            side.sequence = 0;
        }
    }

    /// Makes the keys that the next record needs. Where that can't be, the direction waits or is closed.
    pub(super) fn install(
        &mut self,
        sender: Sender,
        mut stage: Stage,
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<(), Need> {
        let (Some(chosen), Some(random)) = (self.negotiation.chosen, self.negotiation.client_random) else {
            return Err(Need::Hello);
        };
        if stage == Stage::Early {
            match self.negotiation.early_accepted {
                Some(true) => {}
                // Its early data is not part of the stream; the client sends it again.
                Some(false) => {
                    stage = Stage::Handshake;
                    self.side(sender).foreign = Limits::TLS_FOREIGN_RECORDS;
                }
                None if self.other_is_closed(sender) => {
                    let reason = self.no_secret(sender, Stage::Handshake, cx);
                    self.close_side(sender, reason, place, cx);
                    return Ok(());
                }
                None => return Err(Need::Extensions),
            }
        }
        let secret = match stage {
            Stage::Tls12 => return self.install_tls12(sender, &chosen, place, cx),
            stage => cx.sources.traffic(&random, label(sender, stage)),
        };
        if let Some(secret) = secret {
            self.use_secret(sender, stage, &chosen.suite, secret);
            return Ok(());
        }
        // Records of a handshake that stays closed are passed over where what follows it can be opened.
        let skipped = cx.sources.traffic(&random, label(sender, Stage::Application));
        if stage == Stage::Handshake
            && let Some(secret) = skipped
        {
            self.side(sender).foreign = Limits::TLS_FOREIGN_RECORDS;
            self.use_secret(sender, Stage::Application, &chosen.suite, secret);
            return Ok(());
        }
        if cx.sources.late {
            return Err(Need::Secret);
        }
        if stage == Stage::Early
            && let Some(secret) = cx.sources.traffic(&random, label(sender, Stage::Handshake))
        {
            self.emit_gap(sender, None, place, cx);
            self.side(sender).foreign = Limits::TLS_FOREIGN_RECORDS;
            self.use_secret(sender, Stage::Handshake, &chosen.suite, secret);
            return Ok(());
        }
        let reason = self.no_secret(sender, stage, cx);
        self.close_side(sender, reason, place, cx);
        Ok(())
    }

    fn use_secret(&mut self, sender: Sender, stage: Stage, suite: &Suite, secret: Secret) {
        let side = self.side(sender);
        if let Some(opener) = Opener::tls13(suite, &secret) {
            side.keys = Keys::Open(stage, opener);
            side.secret = Some(secret);
            side.sequence = 0;
        }
    }

    fn install_tls12(&mut self, sender: Sender, chosen: &Chosen, place: Place, cx: &mut Cx<'_>) -> Result<(), Need> {
        let opener = match (chosen.suite.cipher, self.master(chosen, cx), self.negotiation.client_random) {
            (Cipher::Null, ..) => Opener::null(&chosen.suite),
            (_, Some(master), Some(random)) => {
                self.negotiation.master = Some(master);
                self.remember(cx);
                let block = KeyBlock::new(chosen.version, &chosen.suite, &master, &random.0, &chosen.random);
                let keys = block.keys(sender == Sender::Client);
                Opener::tls12(chosen.version, &chosen.suite, keys, chosen.encrypt_then_mac)
            }
            _ if cx.sources.late => return Err(Need::Secret),
            _ => {
                let reason = self.no_secret(sender, Stage::Tls12, cx);
                self.close_side(sender, reason, place, cx);
                return Ok(());
            }
        };
        match opener {
            Some(opener) => {
                let side = self.side(sender);
                side.keys = Keys::Open(Stage::Tls12, opener);
                side.sequence = 0;
            }
            None => self.close_side(sender, Closed::CipherUnsupported(chosen.suite.id), place, cx),
        }
        Ok(())
    }

    /// The master secret, from wherever it can be had.
    fn master(&self, chosen: &Chosen, cx: &Cx<'_>) -> Option<Secret> {
        let negotiation = &self.negotiation;
        let random = negotiation.client_random?;
        if let Some(known) = negotiation.master.or_else(|| cx.sources.master(&random)) {
            return Some(known);
        }
        let premaster = negotiation.premaster.as_ref().map(Secret::octets);
        let premaster = premaster.or_else(|| cx.sources.premaster(&random, negotiation.encrypted.as_ref()));
        if let (Some(premaster), Some(seed)) = (premaster, negotiation.master_seed(chosen)) {
            return Some(master(chosen.version, chosen.suite.hash, premaster, seed));
        }
        if negotiation.full {
            return None;
        }
        let session = chosen.session.filter(|session| negotiation.offered_session.as_ref() == Some(session));
        [session, negotiation.offered_ticket].into_iter().flatten().find_map(|session| cx.sources.resumed(&session))
    }

    /// Keeps the master secret for connections that resume the session.
    fn remember(&mut self, cx: &mut Cx<'_>) {
        let negotiation = &self.negotiation;
        let (Some(master), Some(chosen)) = (negotiation.master, negotiation.chosen) else { return };
        for session in [chosen.session, negotiation.issued].into_iter().flatten() {
            cx.sources.sessions.add(session, master);
        }
    }

    /// Why there are no keys.
    pub(super) fn no_secret(&self, sender: Sender, stage: Stage, cx: &Cx<'_>) -> Closed {
        let Some(client_random) = self.negotiation.client_random else { return Closed::HandshakeNotCaptured };
        if stage != Stage::Tls12 && cx.sources.knows(&client_random) {
            return Closed::NoLine { client_random, label: label(sender, stage).name() };
        }
        let resumed =
            self.negotiation.chosen.is_some_and(|chosen| chosen.version < Version::TLS_1_3 && !self.negotiation.full);
        if resumed { Closed::NoSecretResumed { client_random } } else { Closed::NoSecret { client_random } }
    }
}
