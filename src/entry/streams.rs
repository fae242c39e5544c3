//! What comes in pieces: capture files, frames, the octets of connections.

use super::records::{self, event};
use crate::base::{FrameNo, Limits, Timestamp};
use crate::capture::{Event, Frame, LinkType, Reader};
use crate::http::{BodyEnd, Header, Http, HttpMessage};
use crate::net::{CloseReason, Endpoint, FlowEvent, FlowEventKind, FlowId, Net};
use crate::tls::{Secrets, Tls};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::sync::Arc;

/// Reads a capture file to its end. Asserts that frames count upwards and come from the file, and that the end is the end.
pub fn capture(file: &[u8]) {
    let mut reader = Reader::open(Box::new(Cursor::new(file.to_vec())));
    let mut last = 0;
    let mut octets = 0_u64;
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                assert!(frame.number.get() > last, "frames count upwards");
                last = frame.number.get();
                assert!(frame.data.len() <= Limits::RECORD, "a frame is no larger than the ceiling");
                octets = octets.saturating_add(frame.data.len() as u64);
            }
            Event::Secrets(secrets) => octets = octets.saturating_add(secrets.bytes.len() as u64),
            Event::Problem(problem) => {
                assert!(
                    !problem.text.is_empty() && problem.text.len() <= 2 * Limits::REPORT_TEXT,
                    "a problem is a sentence"
                );
            }
        }
        if matches!(file, [0xd4 | 0xa1 | 0x4d, ..]) {
            // What search for the next record reads twice is handed out once.
            assert!(octets <= file.len() as u64, "frames hold no more than the file");
        }
    }
    assert!(reader.next().is_none(), "the end is the end");
    assert!(reader.frames() >= last, "frames are counted");
}

/// Gives records, each a frame of the link type that its kind names, to the layer of packets and streams. Asserts that
/// every connection is opened once, closed once, and gives no more octets than there were.
pub fn frames(octets: &[u8]) {
    let mut net = Net::new();
    let mut watch = Watch::default();
    let mut number = FrameNo::FIRST;
    for (kind, content) in records::read(octets) {
        let link = records::LINKS.get(usize::from(kind & 15)).copied().unwrap_or(1);
        // The other bits let time pass, and cut the frame.
        let time = i64::try_from(number.get()).unwrap_or(0).saturating_mul(1 << (kind >> 4 & 7) << 20);
        let cut = if kind & 128 == 0 { 0 } else { 100 };
        let frame = Frame {
            number,
            time: Some(Timestamp::from_nanos(time)),
            link_type: LinkType(link),
            interface: 0,
            data: content,
            original_len: u32::try_from(content.len()).unwrap_or(u32::MAX).saturating_add(cut),
            direction: None,
            comment: None,
        };
        number = number.next();
        net.frame(&frame, &mut |event| watch.see(&event));
    }
    net.finish(&mut |event| watch.see(&event));
    assert!(watch.data <= octets.len(), "streams hold no more than the frames");
    assert_eq!(watch.open.len(), 0, "every connection is closed at the end");
    assert!(net.take_problems().len() <= 4096, "problems have a ceiling");
}

#[derive(Default)]
struct Watch {
    open: BTreeSet<FlowId>,
    seen: BTreeSet<FlowId>,
    data: usize,
}

impl Watch {
    fn see(&mut self, event: &FlowEvent<'_>) {
        match event.kind {
            FlowEventKind::Opened { .. } => {
                assert!(self.seen.insert(event.flow), "a connection is opened once");
                self.open.insert(event.flow);
            }
            FlowEventKind::Closed { .. } => {
                assert!(self.open.remove(&event.flow), "a connection is closed once");
            }
            FlowEventKind::Data { bytes, .. } => {
                assert!(self.open.contains(&event.flow), "octets belong to an open connection");
                assert!(!bytes.is_empty(), "there is no data of no octets");
                self.data = self.data.saturating_add(bytes.len());
            }
            FlowEventKind::Gap { .. } | FlowEventKind::HalfClosed { .. } => {
                assert!(self.open.contains(&event.flow), "what happens belongs to an open connection");
            }
            FlowEventKind::Datagram { .. } | FlowEventKind::Secured(_) => {}
        }
    }
}

/// Gives records, each an event of one of four connections (see [`records::event`]), to the HTTP layer. Asserts that
/// exchanges hold something, in ascending frames, below the ceilings, and that nothing is left open.
pub fn http(octets: &[u8]) {
    fn everything(_: &[Header], _: &[u8]) -> bool {
        true
    }
    let mut layer = Http::new(everything);
    let mut exchanges = Exchanges { ordinals: BTreeSet::new(), octets: 0 };
    events(octets, &mut |event| layer.event(event, &mut |exchange| exchanges.take(&exchange)));
    layer.finish(&mut |exchange| exchanges.take(&exchange));
    assert_eq!(layer.oldest_open(), None, "nothing is left open");
    let _ = layer.take_problems();
}

/// Gives records, as [`http`] takes them, to the TLS layer, once with the secrets among them and once before they come. Asserts that
/// every connection is opened once, closed once where it was, and gives no more octets than there were; and that nothing
/// is held at the end.
pub fn tls(octets: &[u8]) {
    let logs = || records::read(octets).filter(|(kind, _)| records::parts(*kind).0 == event::SECRETS);
    for late in [false, true] {
        let mut secrets = Secrets::default();
        if !late {
            logs().for_each(|(_, log)| drop(secrets.log.add(log)));
        }
        let mut layer = Tls::new(Arc::new(secrets));
        layer.expect_secrets(late);
        let (mut watch, mut closed) = (Watch::default(), BTreeSet::new());
        events(octets, &mut |event| {
            if let FlowEventKind::Closed { .. } = event.kind {
                closed.insert(event.flow);
            }
            layer.event(event, &mut |event| watch.see(&event));
        });
        for (_, log) in logs().filter(|_| late) {
            layer.secrets(log, None, &mut |event| watch.see(&event));
        }
        layer.finish(&mut |event| watch.see(&event));
        assert_eq!(layer.oldest_open(), None, "nothing is held back at the end");
        assert!(watch.open.intersection(&closed).next().is_none(), "what was closed is told as closed");
        assert!(watch.data <= octets.len(), "plaintext is no longer than what carried it");
        assert!(layer.take_problems().len() <= 32 * Limits::PROBLEMS_OF_A_KIND, "problems have a ceiling");
    }
}

/// The events that records stand for.
pub(super) fn events(octets: &[u8], each: &mut dyn FnMut(&FlowEvent<'_>)) {
    let mut flows: BTreeMap<u8, FlowId> = BTreeMap::new();
    let mut fresh = 0_u64;
    let mut frame = FrameNo::FIRST;
    for (kind, content) in records::read(octets) {
        let (what, direction, slot) = records::parts(kind);
        let time = Timestamp::from_nanos(i64::try_from(frame.get()).unwrap_or(0).saturating_mul(1_000_000));
        let mut tell = |flow, kind| each(&FlowEvent { flow, frame, time, kind });
        let mut open = |mid_stream| {
            let flow = FlowId(fresh);
            fresh = fresh.saturating_add(1);
            let end = |last, port| Endpoint { address: std::net::Ipv4Addr::new(192, 0, 2, last).into(), port };
            (flow, FlowEventKind::Opened { client: end(1, 40_000), server: end(2, 80), mid_stream })
        };
        if what == event::OPENED || !flows.contains_key(&slot) {
            let (flow, opened) = open(what == event::OPENED && content.is_empty());
            if let Some(old) = flows.insert(slot, flow) {
                tell(old, FlowEventKind::Closed { reason: CloseReason::Reopened });
            }
            tell(flow, opened);
        }
        let Some(flow) = flows.get(&slot).copied() else { continue };
        match what {
            event::DATA if !content.is_empty() => tell(flow, FlowEventKind::Data { direction, bytes: content }),
            event::GAP => {
                let length = content.iter().take(8).fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
                tell(flow, FlowEventKind::Gap { direction, length: (!content.is_empty()).then_some(length.max(1)) });
            }
            event::HALF_CLOSED => tell(flow, FlowEventKind::HalfClosed { direction }),
            event::CLOSED => {
                let reason = if content.is_empty() { CloseReason::Reset } else { CloseReason::Finished };
                tell(flow, FlowEventKind::Closed { reason });
                flows.remove(&slot);
            }
            _ => {}
        }
        frame = frame.next();
    }
}

struct Exchanges {
    ordinals: BTreeSet<(FlowId, u64)>,
    octets: u64,
}

impl Exchanges {
    fn take(&mut self, exchange: &crate::http::Exchange) {
        assert!(exchange.request.is_some() || exchange.response.is_some(), "an exchange holds something");
        assert!(self.ordinals.insert((exchange.flow, exchange.ordinal)), "an exchange has a place of its own");
        if let Some(request) = &exchange.request {
            self.message(request);
        }
        if let Some(response) = &exchange.response {
            self.message(response);
            assert!((100..=999).contains(&response.line.status), "a status has three digits");
        }
    }

    fn message<L>(&mut self, message: &HttpMessage<L>) {
        self.octets = self.octets.saturating_add(message.transferred);
        assert!(message.body.len() <= Limits::BODY.max(Limits::DECODED_BODY), "a body is no larger than the ceiling");
        assert!(message.headers.len() <= 2 * Limits::HTTP_HEADERS, "headers have a ceiling");
        assert!(message.anomalies.len() <= 2 * Limits::HTTP_ANOMALIES, "anomalies have a ceiling");
        assert!(message.frames.windows(2).all(|pair| pair.first() < pair.last()), "frames ascend");
        assert!(!message.frames.is_empty(), "a message comes from somewhere");
        if message.end == BodyEnd::NotKept {
            assert!(message.body.is_empty(), "what is not kept is not there");
        }
        if message.end == BodyEnd::Complete && message.coding.is_none() {
            assert_eq!(message.body.len() as u64, message.transferred, "a complete body is all that was sent");
        }
    }
}
