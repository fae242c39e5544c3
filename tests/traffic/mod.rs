//! Captures that no fixture would write: octets of connections as a test wants them, and a good session after them.

#![allow(dead_code, reason = "each file of tests uses its part")]

use dmscope::base::Timestamp;
use dmscope::capture::write::{Precision, pcap_header, pcap_record};
use dmscope::capture::{Event, LinkType, Reader};
use dmscope::fixture::Script;
use dmscope::verdict::Report;
use std::io::Cursor;

/// The device of the good session.
pub(crate) const GOOD: &str = "IMEI:good";

/// The good session: four messages.
const SCRIPT: &str = "
network link=raw
session device=IMEI:good session=600D
device
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:good
server
    Status SyncHdr 200
    Status * 200
    Get ./DevDetail/SwV
device
    Status SyncHdr 200
    Status * 200
    Results ./DevDetail/SwV=1
server
    Status SyncHdr 200
";

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// The good session alone.
pub(crate) fn good() -> Script {
    Script::parse(SCRIPT).unwrap()
}

/// Whether the good session is in a report, as a whole.
pub(crate) fn has_good(report: &Report) -> bool {
    let mut found = report.sessions.iter().filter(|session| session.device.as_deref() == Some(GOOD));
    found.next().is_some_and(|session| session.messages.len() == 4) && found.next().is_none()
}

/// A pcap file of IP packets under construction.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    pub(crate) file: Vec<u8>,
    time: i64,
}

/// One end of a connection as the next octet finds it.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    port: u16,
    sequence: [u32; 2],
}

impl Traffic {
    pub(crate) fn new() -> Self {
        let mut file = Vec::new();
        pcap_header(&mut file, Precision::Nanos, LinkType(101), 0).unwrap();
        Self { file, time: 1_767_225_000_000_000_000 }
    }

    /// Adds a frame, a tenth of a millisecond after the one before.
    pub(crate) fn frame(&mut self, data: &[u8]) {
        self.time += 100_000;
        let length = u32::try_from(data.len()).unwrap();
        pcap_record(&mut self.file, Precision::Nanos, Timestamp::from_nanos(self.time), data, length).unwrap();
    }

    /// Adds a TCP packet; `from_server` says which way.
    pub(crate) fn packet(&mut self, connection: &Connection, from_server: bool, flags: u8, at: u32, payload: &[u8]) {
        let (client, server) = ([192, 0, 2, 1], [198, 51, 100, 1]);
        let (source, destination, ports) =
            if from_server { (server, client, [80, connection.port]) } else { (client, server, [connection.port, 80]) };
        let acknowledged = connection.sequence[usize::from(!from_server)];
        let length = u16::try_from(40 + payload.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend(length.to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend(source);
        packet.extend(destination);
        packet.extend(ports[0].to_be_bytes());
        packet.extend(ports[1].to_be_bytes());
        packet.extend(at.to_be_bytes());
        packet.extend(acknowledged.to_be_bytes());
        packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(payload);
        self.frame(&packet);
    }

    /// Opens a connection from a port.
    pub(crate) fn open(&mut self, port: u16) -> Connection {
        let mut connection = Connection { port, sequence: [0, 0] };
        self.packet(&connection, false, SYN, 0, &[]);
        connection.sequence[0] = 1;
        self.packet(&connection, true, SYN | ACK, 0, &[]);
        connection.sequence[1] = 1;
        self.packet(&connection, false, ACK, 1, &[]);
        connection
    }

    /// Sends octets in large segments.
    pub(crate) fn send(&mut self, connection: &mut Connection, from_server: bool, octets: &[u8]) {
        for segment in octets.chunks(60_000) {
            let at = connection.sequence[usize::from(from_server)];
            self.packet(connection, from_server, ACK, at, segment);
            connection.sequence[usize::from(from_server)] = at.wrapping_add(u32::try_from(segment.len()).unwrap());
        }
    }

    /// Sends octets that leave a hole of so many before them.
    pub(crate) fn skip(&mut self, connection: &mut Connection, from_server: bool, hole: u32) {
        let at = &mut connection.sequence[usize::from(from_server)];
        *at = at.wrapping_add(hole);
    }

    /// Ends a connection from both sides.
    pub(crate) fn close(&mut self, connection: &Connection) {
        let [client, server] = connection.sequence;
        self.packet(connection, false, FIN | ACK, client, &[]);
        self.packet(connection, true, FIN | ACK, server, &[]);
    }

    /// A connection with one request and one response.
    pub(crate) fn exchange(&mut self, port: u16, request: &[u8], response: &[u8]) {
        let mut connection = self.open(port);
        self.send(&mut connection, false, request);
        self.send(&mut connection, true, response);
        self.close(&connection);
    }

    /// The good session after everything else.
    pub(crate) fn good(&mut self) {
        let file = good().capture();
        let mut reader = Reader::open(Box::new(Cursor::new(file)));
        while let Some(event) = reader.next() {
            if let Event::Frame(frame) = event {
                self.frame(frame.data);
            }
        }
    }
}

/// A POST request with a body of a type, and further header lines.
pub(crate) fn post(media: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /dm HTTP/1.1\r\nHost: dm.example.com\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A response of the same kind.
pub(crate) fn ok(media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub(crate) const XML: &str = "application/vnd.syncml.dm+xml";
pub(crate) const WBXML: &str = "application/vnd.syncml.dm+wbxml";

/// An XML message of a session, with this in its SyncBody.
pub(crate) fn message(session: &str, from_server: bool, number: u32, content: &str) -> String {
    let (device, server) = (format!("IMEI:{session}"), "http://dm.example.com/dm");
    let (target, source) = if from_server { (&*device, server) } else { (server, &*device) };
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>{session}</SessionID><MsgID>{number}</MsgID><Target><LocURI>{target}</LocURI></Target>\
         <Source><LocURI>{source}</LocURI></Source></SyncHdr><SyncBody>{content}<Final/></SyncBody></SyncML>"
    )
}

/// A document of SyncML 1.2 in WBXML with these tokens as its body.
pub(crate) fn wbxml(tokens: &[u8]) -> Vec<u8> {
    [b"\x03\xa4\x01\x6a\x00", tokens].concat()
}

/// Octets in gzip.
pub(crate) fn gzip(octets: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for piece in octets {
        encoder.write_all(piece.as_ref()).unwrap();
    }
    encoder.finish().unwrap()
}
