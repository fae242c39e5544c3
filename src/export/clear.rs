//! A capture of sessions in clear.
//!
//! What is written first waits outside memory, each half of a message for itself; then all of it goes out in the order of
//! its times. Memory holds some dozens of octets for each half.

use super::{Rendered, Then, h1, h2};
use crate::base::{Decrypted, FrameNo, Limits, Opener, Timestamp};
use crate::capture::write::{self, Packet};
use crate::capture::{FrameDirection, LinkType};
use crate::net::FlowDirection;
use crate::net::wire::{HANDSHAKE, Headers, MOST, Wire, flag};
use crate::sms::{self, Address, Tpdu, gsmtap};
use crate::verdict::{Carried, CarriedDatagram, CarriedLine, CarriedMessage};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use tempfile::SpooledTempFile;

/// The link type of the packets: IPv4 or IPv6 without anything around it.
const RAW_IP: LinkType = LinkType(101);
/// The port of a server whose TLS was taken off: what listens there speaks HTTP in clear.
const HTTP: u16 = 80;
/// Octets that are passed over where messages are missing and nobody knows how long they were.
const SOME: u32 = 1_000;
/// Runs of frames that a comment names.
const RUNS: usize = 64;

/// Writes one session as a pcapng file: its exchanges in clear, and the notification that asked for it. `name` is what
/// comments call the capture; the rows are all that is needed of the session.
///
/// # Errors
///
/// Those of the writer and of the temporary file.
pub fn slice(rows: &[Carried], name: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut clear = Clear::new(vec![name.to_owned()]);
    rows.iter().try_for_each(|row| clear.add(row))?;
    clear.write(out)
}

/// A capture under way: sessions go in, in any order, and all packets come out in that of their times.
#[derive(Debug)]
pub struct Clear {
    names: Vec<String>,
    spool: SpooledTempFile,
    spooled: u64,
    pieces: Vec<Piece>,
    connections: Vec<Connection>,
    numbers: BTreeMap<(u32, u64), usize>,
}

/// What is sent at one time in one direction.
#[derive(Debug, Clone, Copy)]
struct Piece {
    input: u32,
    time: i64,
    /// The connection, or the datagram.
    of: Of,
    ordinal: u64,
    part: Part,
    /// Where its comment and then its octets stand in the spool.
    at: u64,
    comment: u32,
    octets: u64,
    then: Then,
    /// Octets before it are missing.
    after_gap: bool,
}

/// The payloads of the datagrams that carry a push: itself, or the frames of a radio interface that carries short messages.
fn payloads(datagram: &CarriedDatagram) -> Vec<Cow<'_, [u8]>> {
    let Some(sms) = &datagram.sms else { return vec![Cow::Borrowed(&datagram.payload)] };
    let originator = Address::of(&sms.originator);
    // Pushes of one export are told apart by the frame that they were complete with.
    let reference = u16::try_from(datagram.frame.get() % 1_024).unwrap_or_default();
    let parts = sms::cut(&datagram.payload, sms_ports(sms.port.as_ref()), reference, None);
    let tpdus = parts.iter().map(|data| Tpdu::deliver(&originator, true, data));
    tpdus.flat_map(|tpdu| gsmtap::downlink(&tpdu, reference)).map(Cow::Owned).collect()
}

fn sms_ports(port: Option<&u16>) -> &[u16] {
    port.map(std::slice::from_ref).unwrap_or_default()
}

/// Whose piece it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Connection(usize),
    Datagram(SocketAddr, SocketAddr),
}

/// Which part of an exchange, in the order in which they come at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    RequestHead,
    RequestRest,
    ResponseHead,
    ResponseRest,
    /// What there is instead of a response.
    NoResponse,
}

impl Part {
    const fn direction(self) -> FlowDirection {
        match self {
            Self::RequestHead | Self::RequestRest => FlowDirection::ToServer,
            Self::ResponseHead | Self::ResponseRest | Self::NoResponse => FlowDirection::ToClient,
        }
    }
}

#[derive(Debug)]
struct Connection {
    client: SocketAddr,
    server: SocketAddr,
    /// What is said of its first packet.
    about: Option<String>,
    is_h2: bool,
    /// The last exchange that was added to it, by its position, and whether the capture left that one incomplete.
    last: (u64, bool),
}

impl Clear {
    /// A capture without sessions. `names` are those of the inputs, in their order, for comments.
    pub fn new(names: Vec<String>) -> Self {
        Self {
            names,
            spool: SpooledTempFile::new(Limits::REPORT_IN_MEMORY),
            spooled: 0,
            pieces: Vec::new(),
            connections: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds one exchange, or the datagram that asked for a session.
    ///
    /// # Errors
    ///
    /// Those of the temporary file.
    pub fn add(&mut self, row: &Carried) -> io::Result<()> {
        let input = row.input.unwrap_or(1);
        if let Some(datagram) = &row.datagram {
            let comment = self.comment(row.session, None, &[datagram.frame], input, &[]);
            for _ in 0..=datagram.repeated.min(RUNS as u32) {
                let of = Of::Datagram(row.client, row.server);
                for (number, payload) in (0..).zip(payloads(datagram)) {
                    let comment = if number == 0 { comment.as_str() } else { "" };
                    let at = self.spool(comment, &payload)?;
                    let time = datagram.time.saturating_add(number);
                    self.piece(input, at, time, of, 0, Part::RequestHead, comment, payload.len());
                }
            }
            return Ok(());
        }
        let number = self.connection(row, input);
        let of = Of::Connection(number);
        let is_h2 = self.connections.get(number).is_some_and(|connection| connection.is_h2);
        let render = |message: &CarriedMessage| -> io::Result<Rendered> {
            match is_h2 {
                true => h2::render(message, h2::stream(row.ordinal), row.tls.is_some()),
                false => {
                    let asked = row.request.as_ref().map(|request| &request.line);
                    let to_head = matches!(asked, Some(CarriedLine::Request { method, .. }) if method == "HEAD")
                        && matches!(message.line, CarriedLine::Response { .. });
                    h1::render(message, to_head)
                }
            }
        };
        let first = self.pieces.len();
        let parts = [
            (&row.request, Part::RequestHead, Part::RequestRest),
            (&row.response, Part::ResponseHead, Part::ResponseRest),
        ];
        for (message, head, rest) in parts {
            let Some(message) = message else { continue };
            let rendered = render(message)?;
            let comment = self.comment(row.session, message.message, &message.frames, input, &message.faults);
            let at = self.spool(&comment, &rendered.head)?;
            self.piece(input, at, message.started, of, row.ordinal, head, &comment, rendered.head.len());
            if !rendered.rest.is_empty() {
                let at = self.spool("", &rendered.rest)?;
                self.piece(
                    input,
                    at,
                    message.ended.max(message.started),
                    of,
                    row.ordinal,
                    rest,
                    "",
                    rendered.rest.len(),
                );
            }
            if let Some(piece) = self.pieces.last_mut() {
                piece.then = rendered.then;
            }
        }
        if let (Some(request), None) = (&row.request, &row.response)
            && (!row.faults.is_empty() || row.cut)
        {
            let comment = row.faults.join("\n");
            let at = self.spool(&comment, &[])?;
            self.piece(input, at, request.ended, of, row.ordinal, Part::NoResponse, &comment, 0);
            if let Some(piece) = self.pieces.last_mut() {
                piece.then = if row.faults.is_empty() { Then::Skips(SOME) } else { Then::Breaks };
            }
        }
        if let Some(piece) = self.pieces.get_mut(first) {
            piece.after_gap = row.after_gap || row.request.is_none();
        }
        Ok(())
    }

    /// The connection of a row, by its number.
    fn connection(&mut self, row: &Carried, input: u32) -> usize {
        let fresh = self.connections.len();
        let number = *self.numbers.entry((input, row.connection)).or_insert(fresh);
        if number == fresh {
            let mut server = row.server;
            let about = row.tls.as_ref().map(|tls| {
                let known = |text: &str, or: &str| if text.is_empty() { or.to_owned() } else { text.to_owned() };
                let (version, suite) = (known(&tls.version, "TLS"), known(&tls.suite, "an unknown cipher suite"));
                let agreed = Decrypted::new(&version, &suite, Opener::Export);
                server.set_port(HTTP);
                let mut about = format!("{agreed}\nthe server's port was {}", row.server.port());
                if !tls.handshake.is_unknown() {
                    // Writing to a String cannot fail.
                    let _ = write!(about, "\n{}", tls.handshake);
                }
                about
            });
            let message = row.request.as_ref().or(row.response.as_ref());
            let is_h2 = message.is_some_and(|message| message.version == "HTTP/2");
            let last = (row.ordinal, row.cut);
            self.connections.push(Connection { client: row.client, server, about, is_h2, last });
        }
        if let Some(connection) = self.connections.get_mut(number)
            && row.ordinal >= connection.last.0
        {
            connection.last = (row.ordinal, row.cut);
        }
        number
    }

    /// What is said of a packet: what it is of, and where that stood.
    fn comment(&self, session: u32, message: Option<u32>, frames: &[FrameNo], input: u32, faults: &[String]) -> String {
        let mut comment = String::new();
        // Writing to a String cannot fail.
        let _ = match (session, message) {
            (0, None) => Ok(()),
            (0, Some(message)) => write!(comment, "message {message}; "),
            (session, None) => write!(comment, "session {session}; "),
            (session, Some(message)) => write!(comment, "session {session}, message {message}; "),
        };
        comment.push_str(&runs(frames));
        let name = usize::try_from(input).ok().and_then(|input| self.names.get(input.checked_sub(1)?));
        if let Some(name) = name {
            let _ = write!(comment, " of {name}");
        }
        for fault in faults {
            comment.push('\n');
            comment.push_str(fault);
        }
        comment
    }

    fn spool(&mut self, comment: &str, octets: &[u8]) -> io::Result<u64> {
        let at = self.spooled;
        self.spool.write_all(comment.as_bytes())?;
        self.spool.write_all(octets)?;
        let length = u64::try_from(comment.len().saturating_add(octets.len())).unwrap_or(u64::MAX);
        self.spooled = at.saturating_add(length);
        Ok(at)
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one piece, each from another place")]
    fn piece(
        &mut self,
        input: u32,
        at: u64,
        time: i64,
        of: Of,
        ordinal: u64,
        part: Part,
        comment: &str,
        octets: usize,
    ) {
        let comment = u32::try_from(comment.len()).unwrap_or(0);
        let octets = u64::try_from(octets).unwrap_or(0);
        self.pieces.push(Piece {
            input,
            time,
            of,
            ordinal,
            part,
            at,
            comment,
            octets,
            then: Then::GoesOn,
            after_gap: false,
        });
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// Those of the writer and of the temporary file.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<()> {
        self.order();
        let mut out = Packets { out };
        write::section(&mut out.out, concat!("dmscope export ", env!("CARGO_PKG_VERSION")))?;
        write::interface(&mut out.out, RAW_IP, 0)?;
        let mut ends: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            if let Of::Connection(number) = piece.of {
                ends.insert(number, at);
            }
        }
        let mut open: BTreeMap<usize, Line> = BTreeMap::new();
        for (at, piece) in std::mem::take(&mut self.pieces).into_iter().enumerate() {
            let (comment, octets) = self.read(&piece)?;
            let time = Timestamp::from_nanos(piece.time);
            match piece.of {
                Of::Datagram(source, destination) => {
                    let mut wire = Wire::new(source, destination);
                    let headers = wire.datagram(FlowDirection::ToServer, &octets);
                    out.packet(time, &headers, &octets, FlowDirection::ToClient, Some(&comment))?;
                }
                Of::Connection(number) => {
                    let Some(connection) = self.connections.get(number) else { continue };
                    let line = match open.entry(number) {
                        std::collections::btree_map::Entry::Occupied(line) => {
                            let line = line.into_mut();
                            if piece.after_gap {
                                line.skip(&mut out, time, FlowDirection::ToServer, SOME)?;
                            }
                            line
                        }
                        std::collections::btree_map::Entry::Vacant(place) => {
                            place.insert(Line::open(connection, &piece, &mut out)?)
                        }
                    };
                    line.send(&mut out, time, piece.part.direction(), &octets, &comment)?;
                    line.then(&mut out, time, &piece, &comment)?;
                    if ends.get(&number) == Some(&at) {
                        if !connection.last.1 {
                            line.close(&mut out, time)?;
                        }
                        open.remove(&number);
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts all pieces into the order in which they are sent. On a connection of HTTP/1.x, each side sends its messages in
    /// their order whatever the clock of the capture says.
    fn order(&mut self) {
        let connections = &self.connections;
        self.pieces.sort_by_key(|piece| (piece.of, piece.ordinal, piece.part));
        let mut latest: Option<(Of, [i64; 2])> = None;
        for piece in &mut self.pieces {
            let Of::Connection(number) = piece.of else { continue };
            if connections.get(number).is_some_and(|connection| connection.is_h2) {
                continue;
            }
            let times = match &mut latest {
                Some((of, times)) if *of == piece.of => times,
                _ => &mut latest.insert((piece.of, [i64::MIN; 2])).1,
            };
            let side = usize::from(piece.part.direction() == FlowDirection::ToClient);
            if let Some(latest) = times.get_mut(side) {
                piece.time = piece.time.max(*latest);
                *latest = piece.time;
            }
        }
        // Inputs follow each other: connections do not go on from one to the next.
        self.pieces.sort_by_key(|piece| (piece.input, piece.time, piece.ordinal, piece.part, piece.of));
    }

    fn read(&mut self, piece: &Piece) -> io::Result<(String, Vec<u8>)> {
        self.spool.seek(SeekFrom::Start(piece.at))?;
        let mut comment = Vec::new();
        (&mut self.spool).take(u64::from(piece.comment)).read_to_end(&mut comment)?;
        let mut octets = Vec::new();
        (&mut self.spool).take(piece.octets).read_to_end(&mut octets)?;
        Ok((String::from_utf8_lossy(&comment).into_owned(), octets))
    }
}

/// Frames as a comment names them: `frames 4, 6-9`.
fn runs(frames: &[FrameNo]) -> String {
    let frames: BTreeSet<u64> = frames.iter().map(|frame| frame.get()).collect();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for frame in &frames {
        match runs.last_mut() {
            Some((_, last)) if last.saturating_add(1) == *frame => *last = *frame,
            _ => runs.push((*frame, *frame)),
        }
    }
    let named = runs.iter().take(RUNS).map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let mut text = if frames.len() == 1 { "frame ".to_owned() } else { "frames ".to_owned() };
    text.push_str(&named.collect::<Vec<String>>().join(", "));
    if runs.len() > RUNS {
        text.push_str(" and more");
    }
    text
}

/// Where packets go.
struct Packets<'o> {
    out: &'o mut dyn Write,
}

impl Packets<'_> {
    fn packet(
        &mut self,
        time: Timestamp,
        headers: &Headers,
        payload: &[u8],
        direction: FlowDirection,
        comment: Option<&str>,
    ) -> io::Result<()> {
        let original_len = u32::try_from(payload.len().saturating_add(headers.octets().len())).unwrap_or(u32::MAX);
        let direction = match direction {
            FlowDirection::ToServer => FrameDirection::Inbound,
            FlowDirection::ToClient => FrameDirection::Outbound,
        };
        let comment = comment.filter(|comment| !comment.is_empty());
        let packet = Packet { interface: 0, time, data: payload, original_len, direction: Some(direction), comment };
        write::packet_with(&mut self.out, headers.octets(), &packet)
    }
}

/// A connection whose packets are being written.
struct Line {
    wire: Wire,
    /// What is to be said of the next packet.
    about: Option<String>,
    closed: [bool; 2],
}

const fn side(direction: FlowDirection) -> usize {
    match direction {
        FlowDirection::ToServer => 0,
        FlowDirection::ToClient => 1,
    }
}

impl Line {
    /// Opens a connection, with its first packets where they were captured.
    fn open(connection: &Connection, first: &Piece, out: &mut Packets<'_>) -> io::Result<Self> {
        let wire = Wire::new(connection.client, connection.server);
        let mut line = Self { wire, about: connection.about.clone(), closed: [false; 2] };
        let time = Timestamp::from_nanos(first.time);
        if first.after_gap && !connection.is_h2 {
            // Seen from its middle.
            line.wire.skip(FlowDirection::ToServer, SOME);
            line.wire.skip(FlowDirection::ToClient, SOME);
            return Ok(line);
        }
        for (direction, flags) in HANDSHAKE {
            line.packet(out, time, direction, flags, &[], None)?;
        }
        if connection.is_h2 {
            line.send(out, time, FlowDirection::ToServer, h2::PREFACE, "")?;
            line.send(out, time, FlowDirection::ToClient, h2::SETTINGS, "")?;
        }
        Ok(line)
    }

    fn packet(
        &mut self,
        out: &mut Packets<'_>,
        time: Timestamp,
        direction: FlowDirection,
        flags: u8,
        payload: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        let headers = self.wire.headers(direction, flags, payload);
        let comment = match (self.about.take(), comment) {
            (Some(about), Some(comment)) if !comment.is_empty() => Some(format!("{about}\n{comment}")),
            (Some(about), _) => Some(about),
            (None, comment) => comment.map(str::to_owned),
        };
        out.packet(time, &headers, payload, direction, comment.as_deref())
    }

    fn send(
        &mut self,
        out: &mut Packets<'_>,
        time: Timestamp,
        direction: FlowDirection,
        octets: &[u8],
        comment: &str,
    ) -> io::Result<()> {
        let mut comment = Some(comment);
        for chunk in octets.chunks(MOST) {
            self.packet(out, time, direction, flag::PSH | flag::ACK, chunk, comment.take())?;
        }
        Ok(())
    }

    /// Octets are missing: the other side acknowledges them, so often that nobody waits for them any more.
    fn skip(
        &mut self,
        out: &mut Packets<'_>,
        time: Timestamp,
        direction: FlowDirection,
        octets: u32,
    ) -> io::Result<()> {
        self.wire.skip(direction, octets);
        for _ in 0..=Limits::GAP_PACKETS {
            self.packet(out, time, direction.reverse(), flag::ACK, &[], None)?;
        }
        Ok(())
    }

    /// What happens behind a piece.
    fn then(&mut self, out: &mut Packets<'_>, time: Timestamp, piece: &Piece, comment: &str) -> io::Result<()> {
        let direction = piece.part.direction();
        match piece.then {
            Then::GoesOn => Ok(()),
            Then::Skips(octets) => self.skip(out, time, direction, octets),
            Then::Finishes => self.end(out, time, direction, flag::FIN | flag::ACK, ""),
            Then::Breaks => {
                let comment = if piece.octets == 0 { comment } else { "" };
                self.end(out, time, direction, flag::RST | flag::ACK, comment)
            }
        }
    }

    fn end(
        &mut self,
        out: &mut Packets<'_>,
        time: Timestamp,
        direction: FlowDirection,
        flags: u8,
        comment: &str,
    ) -> io::Result<()> {
        match self.closed.get_mut(side(direction)) {
            Some(closed) if !*closed => *closed = true,
            _ => return Ok(()),
        }
        if flags & flag::RST != 0 {
            self.closed = [true; 2];
        }
        self.packet(out, time, direction, flags, &[], Some(comment))
    }

    /// Nothing more comes, of either side.
    fn close(&mut self, out: &mut Packets<'_>, time: Timestamp) -> io::Result<()> {
        if self.closed == [true; 2] {
            return Ok(());
        }
        self.end(out, time, FlowDirection::ToServer, flag::FIN | flag::ACK, "")?;
        self.end(out, time, FlowDirection::ToClient, flag::FIN | flag::ACK, "")?;
        self.packet(out, time, FlowDirection::ToServer, flag::ACK, &[], None)
    }
}
