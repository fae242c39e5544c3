//! One connection: its records in both directions, and what waits.

use super::closed::{ClientRandom, Closed, Sender};
use super::handshake::ClientHello;
use super::negotiation::Negotiation;
use super::protect::Bad;
use super::reader::Stats;
use super::record::{HEADER, Header, content};
use super::side::{Framed, Keys, Need, Place, Side, Stage};
use super::sources::Sources;
use super::suite::Suite;
use super::version::Version;
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use crate::net::{CloseReason, Endpoint, FlowDirection, FlowEvent, FlowEventKind, FlowId, Secured};
use std::collections::VecDeque;

/// What a connection works with and writes to.
pub(super) struct Cx<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) sink: &'a mut dyn FnMut(FlowEvent<'_>),
    /// Room for the plaintext of one record.
    pub(super) scratch: &'a mut Vec<u8>,
    pub(super) problems: &'a mut Vec<Problem>,
    pub(super) stats: &'a mut Stats,
}

/// Something that came while its direction waited.
pub(super) enum Held {
    Octets(Sender, Box<[u8]>),
    Gap(Sender, Option<u64>),
    End(Sender),
    Closed(CloseReason),
}

/// What holding one piece costs beyond its octets.
const HELD_COST: usize = size_of::<(Place, Held)>();

/// Whether anything more can come of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Verdict {
    Keep,
    Done,
}

/// A connection that began with a ClientHello.
pub(super) struct Connection {
    flow: FlowId,
    client: Endpoint,
    server: Endpoint,
    /// The way of what the TLS client sends.
    to_server: FlowDirection,
    from_client: Side,
    from_server: Side,
    pub(super) negotiation: Negotiation,
    /// Where the ClientHello stands.
    began: Place,
    waiting: VecDeque<(Place, Held)>,
    waiting_weight: usize,
    /// Something came that a record may wait for.
    pub(super) news: bool,
    /// [`FlowEventKind::Secured`] was told.
    told: bool,
    /// A problem was told.
    complained: bool,
    /// Octets of records that were tried after gaps.
    pub(super) trials: usize,
}

impl Connection {
    pub(super) fn new(
        flow: FlowId,
        client: Endpoint,
        server: Endpoint,
        to_server: FlowDirection,
        began: Place,
    ) -> Self {
        Self {
            flow,
            client,
            server,
            to_server,
            from_client: Side::default(),
            from_server: Side::default(),
            negotiation: Negotiation::default(),
            began,
            waiting: VecDeque::new(),
            waiting_weight: 0,
            news: false,
            told: false,
            complained: false,
            trials: 0,
        }
    }

    fn sender(&self, direction: FlowDirection) -> Sender {
        if direction == self.to_server { Sender::Client } else { Sender::Server }
    }

    fn direction(&self, sender: Sender) -> FlowDirection {
        match sender {
            Sender::Client => self.to_server,
            Sender::Server => self.to_server.reverse(),
        }
    }

    pub(super) fn side(&mut self, sender: Sender) -> &mut Side {
        match sender {
            Sender::Client => &mut self.from_client,
            Sender::Server => &mut self.from_server,
        }
    }

    pub(super) fn client_random(&self) -> Option<ClientRandom> {
        self.negotiation.client_random
    }

    pub(super) fn version(&self) -> Option<Version> {
        self.negotiation.chosen.as_ref().map(|chosen| chosen.version)
    }

    pub(super) fn suite(&self) -> Option<&Suite> {
        self.negotiation.chosen.as_ref().map(|chosen| &chosen.suite)
    }

    pub(super) fn is_tls13(&self) -> bool {
        self.version().is_some_and(|version| version >= Version::TLS_1_3)
    }

    /// The lowest frame of anything that was not passed on yet.
    pub(super) fn oldest(&self) -> Option<FrameNo> {
        let side = |side: &Side| side.place.filter(|_| side.need.is_some()).map(|place| place.frame);
        let held = self.waiting.front().map(|(place, _)| place.frame);
        [held, side(&self.from_client), side(&self.from_server)].into_iter().flatten().min()
    }

    /// Octets held in memory, roughly.
    pub(super) fn weight(&self) -> usize {
        [self.from_client.weight(), self.from_server.weight(), self.negotiation.weight()]
            .into_iter()
            .fold(self.waiting_weight, usize::saturating_add)
    }

    /// Takes the next event of the flow.
    pub(super) fn event(&mut self, kind: FlowEventKind<'_>, place: Place, cx: &mut Cx<'_>) -> Verdict {
        match kind {
            FlowEventKind::Data { direction, bytes } => self.octets(self.sender(direction), bytes, place, cx),
            FlowEventKind::Gap { direction, length } => self.take(Held::Gap(self.sender(direction), length), place, cx),
            FlowEventKind::HalfClosed { direction } => self.take(Held::End(self.sender(direction)), place, cx),
            FlowEventKind::Closed { reason } => {
                if self.waits_for_secret() {
                    self.hold(place, Held::Closed(reason));
                    return Verdict::Keep;
                }
                self.finish(cx);
                self.emit(place, FlowEventKind::Closed { reason }, cx);
                return Verdict::Done;
            }
            FlowEventKind::Opened { .. } | FlowEventKind::Secured(_) | FlowEventKind::Datagram { .. } => {}
        }
        self.catch_up(cx)
    }

    /// More secrets have come.
    pub(super) fn more_secrets(&mut self, cx: &mut Cx<'_>) -> Verdict {
        self.news = true;
        self.catch_up(cx)
    }

    /// Nothing more comes that could help: what waits is given up. Passes on that the flow was closed, where it was.
    pub(super) fn give_up(&mut self, cx: &mut Cx<'_>) -> Verdict {
        self.finish(cx);
        self.catch_up(cx)
    }

    /// Too much is held: this connection's part is given up.
    pub(super) fn relieve(&mut self, place: Place, cx: &mut Cx<'_>) -> Verdict {
        self.finish(cx);
        for sender in [Sender::Client, Sender::Server] {
            self.close_side(sender, Closed::Limit, place, cx);
        }
        self.negotiation.release();
        self.catch_up(cx)
    }

    /// Nothing of it will be read any more, and nothing waits.
    pub(super) fn is_dead(&self) -> bool {
        self.from_client.closed && self.from_server.closed && self.waiting.is_empty()
    }

    pub(super) fn waits_for_secret(&self) -> bool {
        [&self.from_client, &self.from_server].iter().any(|side| side.need == Some(Need::Secret))
    }

    /// Ends every wait and every search.
    fn finish(&mut self, cx: &mut Cx<'_>) {
        for sender in [Sender::Client, Sender::Server] {
            let began = self.began;
            let side = self.side(sender);
            let record = side.records.saturating_add(1);
            let place = side.place.unwrap_or(began);
            if side.is_searching() && side.record.is_empty() {
                // Nothing came any more.
                side.search = None;
                self.emit_gap(sender, None, place, cx);
            } else if side.is_searching() {
                self.close_side(sender, Closed::GapBefore { sender, record }, place, cx);
            } else if let Some(need) = side.need {
                let reason = match (need, &side.keys) {
                    (Need::Secret, Keys::Wanted(stage)) => {
                        let stage = *stage;
                        self.no_secret(sender, stage, cx)
                    }
                    // The extensions are under the keys of the server's handshake.
                    (Need::Extensions, _) => self.no_secret(Sender::Server, Stage::Handshake, cx),
                    _ => Closed::HandshakeNotCaptured,
                };
                self.close_side(sender, reason, place, cx);
            }
        }
    }

    pub(super) fn hold(&mut self, place: Place, held: Held) {
        let octets = match &held {
            Held::Octets(_, octets) => octets.len(),
            _ => 0,
        };
        self.waiting_weight = self.waiting_weight.saturating_add(octets).saturating_add(HELD_COST);
        self.waiting.push_back((place, held));
    }

    /// Takes anything but octets, now or when its direction goes on.
    fn take(&mut self, held: Held, place: Place, cx: &mut Cx<'_>) {
        let (Held::Gap(sender, _) | Held::End(sender)) = held else { return };
        if self.side(sender).need.is_some() {
            return self.hold(place, held);
        }
        match held {
            Held::Gap(sender, length) => self.gap(sender, length, place, cx),
            _ => self.end(sender, place, cx),
        }
    }

    /// Goes on with what waited, where something has come for it.
    fn catch_up(&mut self, cx: &mut Cx<'_>) -> Verdict {
        while std::mem::take(&mut self.news) {
            for sender in [Sender::Client, Sender::Server] {
                self.retry(sender, cx);
            }
            self.waiting_weight = 0;
            for (place, held) in std::mem::take(&mut self.waiting) {
                match held {
                    Held::Octets(sender, octets) => self.octets(sender, &octets, place, cx),
                    Held::Closed(reason) => {
                        // With news, what waits goes on first.
                        if self.news || self.waits_for_secret() {
                            self.hold(place, held);
                            continue;
                        }
                        self.finish(cx);
                        self.emit(place, FlowEventKind::Closed { reason }, cx);
                        return Verdict::Done;
                    }
                    held => self.take(held, place, cx),
                }
            }
        }
        Verdict::Keep
    }

    /// Tries the record that waits once more.
    fn retry(&mut self, sender: Sender, cx: &mut Cx<'_>) {
        let side = self.side(sender);
        let (Some(_), Some(place)) = (side.need.take(), side.place) else { return };
        let record = std::mem::take(&mut side.record);
        // It may be a gap that waits.
        if !record.is_empty()
            && let Err(need) = self.record(sender, &record, place, cx)
        {
            let side = self.side(sender);
            side.record = record;
            side.need = Some(need);
        }
    }

    /// Takes octets of one direction.
    pub(super) fn octets(&mut self, sender: Sender, mut octets: &[u8], place: Place, cx: &mut Cx<'_>) {
        while !octets.is_empty() {
            let hello = sender == Sender::Client && self.negotiation.client_random.is_none();
            let side = self.side(sender);
            if side.closed {
                return;
            }
            if side.need.is_some() {
                return self.hold(place, Held::Octets(sender, octets.into()));
            }
            side.place = Some(place);
            if side.skip > 0 {
                let skipped = side.skip.min(octets.len());
                side.skip -= skipped;
                octets = octets.get(skipped..).unwrap_or_default();
                continue;
            }
            if side.is_searching() {
                side.record.extend_from_slice(octets);
                return self.search(sender, place, cx);
            }
            if side.record.is_empty() {
                match Side::framed(octets, hello) {
                    Framed::Whole(total) => {
                        let (record, rest) = octets.split_at_checked(total).unwrap_or((octets, &[]));
                        if let Err(need) = self.record(sender, record, place, cx) {
                            let side = self.side(sender);
                            side.record = record.to_vec();
                            side.need = Some(need);
                        }
                        octets = rest;
                    }
                    Framed::Short(_) => {
                        side.record.extend_from_slice(octets);
                        return;
                    }
                    Framed::Bad => return self.bad_record(sender, place, cx),
                }
                continue;
            }
            match Side::framed(&side.record, hello) {
                Framed::Short(wanted) => {
                    let missing = wanted.saturating_sub(side.record.len()).min(octets.len());
                    let (taken, rest) = octets.split_at_checked(missing).unwrap_or((octets, &[]));
                    side.record.extend_from_slice(taken);
                    octets = rest;
                }
                Framed::Whole(_) => {}
                Framed::Bad => return self.bad_record(sender, place, cx),
            }
            let side = self.side(sender);
            match Side::framed(&side.record, hello) {
                Framed::Short(_) => {}
                Framed::Bad => return self.bad_record(sender, place, cx),
                Framed::Whole(_) => {
                    let record = std::mem::take(&mut side.record);
                    if let Err(need) = self.record(sender, &record, place, cx) {
                        let side = self.side(sender);
                        side.record = record;
                        side.need = Some(need);
                    }
                }
            }
        }
    }

    fn bad_record(&mut self, sender: Sender, place: Place, cx: &mut Cx<'_>) {
        let record = self.side(sender).records.saturating_add(1);
        self.close_side(sender, Closed::BadRecord { sender, record }, place, cx);
    }

    /// Takes one whole record.
    fn record(&mut self, sender: Sender, record: &[u8], place: Place, cx: &mut Cx<'_>) -> Result<(), Need> {
        if sender == Sender::Server && self.client_random().is_none() && !self.from_client.closed {
            return Err(Need::Hello);
        }
        let Some(header) = Header::parse(record) else {
            // A hello in the format of SSL 2.0.
            let message = record.get(2..).unwrap_or_default();
            match ClientHello::parse_v2(message) {
                Some(hello) => self.client_hello(&hello, message, cx),
                None => self.close_side(sender, Closed::HandshakeNotCaptured, place, cx),
            }
            self.count(sender);
            return Ok(());
        };
        let fragment = record.get(HEADER..).unwrap_or_default();
        if let Keys::Plain = self.side(sender).keys {
            self.plain_record(sender, header, fragment, place, cx)?;
        } else if self.is_tls13() && header.kind != content::APPLICATION_DATA {
            // Change-cipher-spec for middleboxes (RFC 8446, appendix D.4), and an alert of an end that has no keys.
            if header.kind == content::ALERT {
                self.alert(sender, fragment, place, cx);
            }
        } else {
            if let Keys::Wanted(stage) = self.side(sender).keys {
                self.install(sender, stage, place, cx)?;
            }
            self.open(sender, header, fragment, place, cx);
        }
        self.count(sender);
        Ok(())
    }

    fn count(&mut self, sender: Sender) {
        let side = self.side(sender);
        side.records = side.records.saturating_add(1);
    }

    fn plain_record(
        &mut self,
        sender: Sender,
        header: Header,
        fragment: &[u8],
        place: Place,
        cx: &mut Cx<'_>,
    ) -> Result<(), Need> {
        let chosen = self.negotiation.chosen.is_some();
        let retried = self.negotiation.retry;
        match header.kind {
            content::HANDSHAKE => self.messages(sender, fragment, place, cx),
            content::ALERT => self.alert(sender, fragment, place, cx),
            // After a HelloRetryRequest: for middleboxes, and early data that the server refused by it.
            content::CHANGE_CIPHER_SPEC | content::APPLICATION_DATA if retried || self.is_tls13() => {}
            content::CHANGE_CIPHER_SPEC | content::APPLICATION_DATA if !chosen => {
                if sender == Sender::Client && !self.from_server.closed {
                    return Err(Need::Hello);
                }
                self.close_side(sender, Closed::HandshakeNotCaptured, place, cx);
            }
            content::CHANGE_CIPHER_SPEC => {
                self.side(sender).messages.lose();
                self.side(sender).want(Stage::Tls12);
            }
            content::APPLICATION_DATA => self.close_side(sender, Closed::HandshakeNotCaptured, place, cx),
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, sender: Sender, header: Header, fragment: &[u8], place: Place, cx: &mut Cx<'_>) {
        let mut text = std::mem::take(cx.scratch);
        let side = self.side(sender);
        if let Keys::Open(_, opener) = &mut side.keys {
            match opener.open(header, fragment, side.sequence, &mut text) {
                Ok(kind) => {
                    side.sequence = side.sequence.saturating_add(1);
                    side.foreign = 0;
                    self.content(sender, kind, &text, place, cx);
                }
                Err(Bad) if side.foreign > 0 => side.foreign -= 1,
                Err(Bad) => {
                    let record = side.records.saturating_add(1);
                    self.close_side(sender, Closed::BadMac { sender, record }, place, cx);
                }
            }
        }
        *cx.scratch = text;
    }

    /// Takes the plaintext of one record.
    pub(super) fn content(&mut self, sender: Sender, kind: u8, text: &[u8], place: Place, cx: &mut Cx<'_>) {
        match kind {
            content::APPLICATION_DATA if !text.is_empty() => {
                self.tell_secured(place, cx);
                self.emit(place, FlowEventKind::Data { direction: self.direction(sender), bytes: text }, cx);
            }
            content::HANDSHAKE => self.messages(sender, text, place, cx),
            content::ALERT => self.alert(sender, text, place, cx),
            // Of a second handshake on the connection.
            content::CHANGE_CIPHER_SPEC if !self.is_tls13() => self.side(sender).want(Stage::Tls12),
            _ => {}
        }
    }

    fn alert(&mut self, sender: Sender, text: &[u8], place: Place, cx: &mut Cx<'_>) {
        const CLOSE_NOTIFY: u8 = 0;
        const USER_CANCELED: u8 = 90;
        let &[level, alert] = text else { return };
        match alert {
            CLOSE_NOTIFY if !matches!(self.side(sender).keys, Keys::Plain) => self.end(sender, place, cx),
            CLOSE_NOTIFY | USER_CANCELED => {}
            _ if !self.told && (level == 2 || self.is_tls13()) => {
                for side in [sender, Sender::Client, Sender::Server] {
                    self.close_side(side, Closed::HandshakeFailed { by: sender, alert }, place, cx);
                }
            }
            _ => {}
        }
    }

    fn tell_secured(&mut self, place: Place, cx: &mut Cx<'_>) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        cx.stats.opened = cx.stats.opened.saturating_add(1);
        let Some(chosen) = &self.negotiation.chosen else { return };
        let secured = Secured {
            version: chosen.version.0,
            cipher: chosen.suite.id,
            cipher_name: chosen.suite.name,
            server_name: self.negotiation.server_name.as_deref(),
            protocol: self.negotiation.protocol.as_deref(),
            handshake: self.negotiation.shown,
        };
        self.emit(place, FlowEventKind::Secured(secured), cx);
        for sender in [Sender::Client, Sender::Server] {
            if self.side(sender).closed {
                self.emit_gap(sender, None, place, cx);
            }
        }
    }

    fn emit(&self, place: Place, kind: FlowEventKind<'_>, cx: &mut Cx<'_>) {
        (cx.sink)(FlowEvent { flow: self.flow, frame: place.frame, time: place.time, kind });
    }

    /// Says that plaintext is missing, where there was or will be any.
    pub(super) fn emit_gap(&mut self, sender: Sender, length: Option<u64>, place: Place, cx: &mut Cx<'_>) {
        if !self.side(sender).ended && length != Some(0) {
            self.tell_secured(place, cx);
            self.emit(place, FlowEventKind::Gap { direction: self.direction(sender), length }, cx);
        }
    }

    /// One end sends no more.
    fn end(&mut self, sender: Sender, place: Place, cx: &mut Cx<'_>) {
        let direction = self.direction(sender);
        let told = self.told;
        let side = self.side(sender);
        // The end came before the next record was found, or in the midst of one: what the last records held is not known.
        let is_torn = told && matches!(side.keys, Keys::Open(..)) && !side.record.is_empty();
        if side.is_searching() || is_torn {
            self.emit_gap(sender, None, place, cx);
        }
        if !std::mem::replace(&mut self.side(sender).ended, true) {
            self.emit(place, FlowEventKind::HalfClosed { direction }, cx);
        }
    }

    /// Gives one direction up. The connection complains once.
    pub(super) fn close_side(&mut self, sender: Sender, reason: Closed, place: Place, cx: &mut Cx<'_>) {
        let side = self.side(sender);
        if std::mem::replace(&mut side.closed, true) {
            return;
        }
        side.release();
        self.news = true;
        if self.told {
            self.emit_gap(sender, None, place, cx);
        }
        if !std::mem::replace(&mut self.complained, true) {
            cx.stats.closed = cx.stats.closed.saturating_add(1);
            // It was not counted by its ClientHello.
            cx.stats.connections = cx.stats.connections.saturating_add(u64::from(self.client_random().is_none()));
            if cx.problems.len() < 16 * Limits::PROBLEMS_OF_A_KIND {
                cx.problems.push(self.problem(reason, place));
            }
        }
    }

    fn problem(&self, reason: Closed, place: Place) -> Problem {
        let name = self.negotiation.server_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let (client, server) = match self.to_server {
            FlowDirection::ToServer => (self.client, self.server),
            FlowDirection::ToClient => (self.server, self.client),
        };
        let what = match (reason, self.told) {
            (Closed::HandshakeFailed { .. }, _) => "was never opened",
            (_, true) => "stays closed from here on",
            (_, false) => "stays closed",
        };
        // The frame of the ClientHello names the connection best; a broken record is looked for where it is.
        let frame = match reason {
            Closed::GapBefore { .. } | Closed::BadMac { .. } | Closed::BadRecord { .. } => place.frame,
            Closed::HandshakeFailed { .. } => place.frame,
            _ if self.told => place.frame,
            _ => self.began.frame,
        };
        let text = format!("connection {client} → {server}{name} {what}: {reason}");
        Problem::at_frame(ProblemKind::EncryptedTraffic, frame, text)
    }

    /// How the other direction fares.
    pub(super) fn other_is_closed(&self, sender: Sender) -> bool {
        match sender {
            Sender::Client => self.from_server.closed,
            Sender::Server => self.from_client.closed,
        }
    }
}
