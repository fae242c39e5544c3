//! SMPP 3.4: the PDUs that carry short messages between a gateway and a service centre, and the streams that they come in.

use super::part::Part;
use super::udh::{Concatenation, Ports, UserDataHeader};
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::net::{FlowDirection, FlowEvent, FlowEventKind, FlowId};
use std::collections::BTreeMap;

/// Octets of a PDU's header (3.2).
const HEADER: usize = 16;
/// Octets of a PDU at most: a message payload has 64 KiB (5.3.2.32), and what stands around it is small.
const LONGEST: usize = 66_000;
/// Commands (5.1.2.1); a response has the highest bit besides.
const SUBMIT_SM: u32 = 4;
const DELIVER_SM: u32 = 5;
const SUBMIT_MULTI: u32 = 0x21;
const DATA_SM: u32 = 0x103;
const RESPONSE: u32 = 0x8000_0000;
const COMMANDS: [u32; 17] =
    [0, 1, 2, 3, SUBMIT_SM, DELIVER_SM, 6, 7, 8, 9, 0x0b, 0x15, SUBMIT_MULTI, 0x102, DATA_SM, 0x111, 0x112];
/// esm_class: what kind of message it is, and whether its octets begin with a user data header (5.2.12).
const KIND: u8 = 0x3c;
const HAS_HEADER: u8 = 0x40;
/// Type of number: international, alphanumeric (5.2.5).
const INTERNATIONAL: u8 = 1;
/// What a receiver of several is (5.2.25).
const ONE_NUMBER: u8 = 1;
const A_LIST: u8 = 2;
/// Optional parameters (5.3.2).
const SOURCE_PORT: u16 = 0x020a;
const DESTINATION_PORT: u16 = 0x020b;
const SAR_REFERENCE: u16 = 0x020c;
const SAR_TOTAL: u16 = 0x020e;
const SAR_SEQUENCE: u16 = 0x020f;
const PAYLOAD: u16 = 0x0424;

/// The header of a PDU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    length: usize,
    command: u32,
}

impl Head {
    /// Reads a header; `None` where it cannot be one.
    fn read(octets: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let octets = octets.get(at..)?.first_chunk::<4>()?;
            Some(u32::from_be_bytes(*octets))
        };
        let (length, command, status, sequence) = (number(0)?, number(4)?, number(8)?, number(12)?);
        let length = usize::try_from(length).ok().filter(|length| (HEADER..=LONGEST).contains(length))?;
        let is_response = command & RESPONSE != 0;
        // A request has status 0; sequence numbers go up to 7FFFFFFF, and an answer to nobody knows what has 0.
        let known = COMMANDS.contains(&(command & !RESPONSE)) && (is_response || command != 0);
        let fits = (is_response || status == 0 && sequence != 0) && sequence < RESPONSE;
        (known && fits).then_some(Self { length, command })
    }
}

struct Reader<'o>(&'o [u8]);

impl<'o> Reader<'o> {
    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, octets: usize) -> Option<&'o [u8]> {
        let (taken, rest) = self.0.split_at_checked(octets)?;
        self.0 = rest;
        Some(taken)
    }

    /// A text up to its NUL, of so many octets at most with it.
    fn text(&mut self, most: usize) -> Option<&'o [u8]> {
        let end = self.0.iter().take(most).position(|octet| *octet == 0)?;
        let text = self.take(end)?;
        self.octet()?;
        Some(text)
    }

    /// Type of number, plan, number; `None` inside where there is no number.
    fn address(&mut self, most: usize) -> Option<Option<String>> {
        let kind = self.octet()?;
        self.octet()?;
        let text = String::from_utf8_lossy(self.text(most)?).into_owned();
        let plus = kind == INTERNATIONAL && !text.starts_with('+');
        Some((!text.is_empty()).then(|| if plus { format!("+{text}") } else { text }))
    }
}

impl Reader<'_> {
    /// The receivers of a message to several: numbers, and names of lists of them (4.5.1). Their count is one octet.
    fn receivers(&mut self) -> Option<Vec<Option<String>>> {
        let count = self.octet()?;
        let one = |_| match self.octet()? {
            ONE_NUMBER => self.address(21),
            A_LIST => Some(Some(String::from_utf8_lossy(self.text(21)?).into_owned())),
            _ => None,
        };
        (0..count).map(one).collect()
    }
}

/// Optional parameters, as far as they are read.
#[derive(Debug, Default)]
struct Options<'o> {
    source_port: Option<u16>,
    destination_port: Option<u16>,
    reference: Option<u16>,
    total: Option<u8>,
    sequence: Option<u8>,
    payload: Option<&'o [u8]>,
}

impl<'o> Options<'o> {
    /// Those that there are, and whether they fit into what is left of the PDU.
    fn read(mut reader: Reader<'o>) -> (Self, bool) {
        let mut options = Self::default();
        while let Some(head) = reader.take(4) {
            let [a, b, c, d] = head else { break };
            let Some(value) = reader.take(u16::from_be_bytes([*c, *d]).into()) else { return (options, false) };
            let number = value.iter().take(2).fold(0, |sum, octet| sum << 8 | u16::from(*octet));
            let octet = value.first().copied();
            match u16::from_be_bytes([*a, *b]) {
                SOURCE_PORT => options.source_port = Some(number),
                DESTINATION_PORT => options.destination_port = Some(number),
                SAR_REFERENCE => options.reference = Some(number),
                SAR_TOTAL => options.total = octet,
                SAR_SEQUENCE => options.sequence = octet,
                PAYLOAD => options.payload = Some(value),
                _ => {}
            }
        }
        (options, reader.0.is_empty())
    }
}

/// Reads a PDU, header and all: a short message for each of its receivers; none of one that carries no short message, or a receipt.
pub fn read(pdu: &[u8], frame: FrameNo, time: Timestamp) -> impl Iterator<Item = Part> {
    read_one(pdu, frame, time).unwrap_or_default().into_iter().flat_map(Message::each)
}

/// The fields of a PDU do not fit into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NoFit;

/// A short message, without a receiver, and its receivers.
struct Message {
    part: Part,
    receivers: Vec<Option<String>>,
    /// Its optional parameters end where the PDU does.
    is_whole: bool,
}

impl Message {
    /// The message for each of its receivers.
    fn each(self) -> impl Iterator<Item = Part> {
        let Self { part, receivers, .. } = self;
        receivers.into_iter().map(move |destination| Part { destination, ..part.clone() })
    }
}

/// The short message in a PDU; `None` of one that carries none, or a receipt.
fn read_one(pdu: &[u8], frame: FrameNo, time: Timestamp) -> Result<Option<Message>, NoFit> {
    let head = Head::read(pdu).filter(|head| head.length == pdu.len());
    let carries = |head: &Head| matches!(head.command, SUBMIT_SM | DELIVER_SM | SUBMIT_MULTI | DATA_SM);
    match head.filter(carries) {
        Some(head) => fields(head, pdu, frame, time).ok_or(NoFit),
        None => Ok(None),
    }
}

fn fields(head: Head, pdu: &[u8], frame: FrameNo, time: Timestamp) -> Option<Option<Message>> {
    let mut reader = Reader(pdu.get(HEADER..)?);
    let is_data = head.command == DATA_SM;
    reader.text(6)?;
    let longest = if is_data { 65 } else { 21 };
    let originator = reader.address(longest)?;
    let receivers = if head.command == SUBMIT_MULTI { reader.receivers()? } else { vec![reader.address(longest)?] };
    let class = reader.octet()?;
    let short = if is_data {
        reader.take(2)?;
        &[][..]
    } else {
        // Protocol, priority; two times; receipt, replacement, coding, default message.
        reader.take(2)?;
        reader.text(17)?;
        reader.text(17)?;
        reader.take(4)?;
        let length = reader.octet()?;
        reader.take(length.into())?
    };
    let (options, is_whole) = Options::read(reader);
    if class & KIND != 0 {
        return Some(None);
    }
    let octets = options.payload.filter(|_| short.is_empty()).unwrap_or(short);
    let (header, data) = match class & HAS_HEADER != 0 && !octets.is_empty() {
        true => UserDataHeader::read(octets),
        false => (UserDataHeader::default(), octets),
    };
    let of_options = |destination| Ports { destination, source: options.source_port.unwrap_or_default() };
    let sar = match (options.reference, options.total, options.sequence) {
        (Some(reference), Some(total), Some(sequence)) => Concatenation::of(reference, total, sequence),
        _ => None,
    };
    // Ports and parts that are given as parameters become a header on their way.
    let added = match (header.ports, options.destination_port, sar) {
        (None, Some(_), None) => 7,
        (None, Some(_), Some(_)) => 12,
        _ => 0,
    };
    let part = Part {
        frame,
        time,
        originator,
        destination: None,
        ports: header.ports.or(options.destination_port.map(of_options)),
        concatenation: header.concatenation.or(sar),
        octets: options.payload.is_none().then(|| octets.len().saturating_add(added)),
        data: data.to_vec(),
        fault: header.fault,
        missing: 0,
    };
    Some(Some(Message { part, receivers, is_whole }))
}

/// A deliver_sm with these octets, which begin with a user data header.
pub fn deliver(originator: &str, destination: &str, data: &[u8], sequence: u32) -> Vec<u8> {
    let address = |text: &str| {
        let digits = text.strip_prefix('+');
        [&[if digits.is_some() { INTERNATIONAL } else { 0 }, 1][..], digits.unwrap_or(text).as_bytes(), &[0]].concat()
    };
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
    let body =
        [&[0][..], &address(originator), &address(destination), &[HAS_HEADER, 0, 0, 0, 0, 0, 0, 4, 0, length], data]
            .concat();
    let length = u32::try_from(body.len() + HEADER).unwrap_or_default();
    let head = [length, DELIVER_SM, 0, sequence].map(u32::to_be_bytes).concat();
    [head, body].concat()
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Half {
    /// The beginning of a PDU whose end has not come; empty, too, behind octets that are missing or are no PDUs: what follows is
    /// looked at where a segment begins.
    held: Vec<u8>,
    /// That PDUs are looked for is known already: octets are missing, or it was said.
    is_lost: bool,
}

/// One connection.
#[derive(Debug, Default)]
struct Stream {
    /// A PDU was seen whole, so that what follows is SMPP.
    is_known: bool,
    up: Half,
    down: Half,
}

impl Stream {
    fn half(&mut self, direction: FlowDirection) -> &mut Half {
        match direction {
            FlowDirection::ToServer => &mut self.up,
            FlowDirection::ToClient => &mut self.down,
        }
    }

    fn held(&self) -> usize {
        self.up.held.len() + self.down.held.len()
    }
}

/// Reads short messages from streams that are SMPP, on whatever port. Of other streams nothing is kept.
#[derive(Debug, Default)]
pub struct Gateways {
    streams: BTreeMap<FlowId, Stream>,
    held: usize,
    problems: Vec<Problem>,
}

impl Gateways {
    /// One without streams.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what happened on a flow; short messages go to `sink`.
    pub fn event(&mut self, event: &FlowEvent<'_>, sink: &mut dyn FnMut(Part)) {
        match event.kind {
            FlowEventKind::Opened { .. } => {
                self.streams.insert(event.flow, Stream::default());
            }
            FlowEventKind::Data { direction, bytes } => self.data(event, direction, bytes, sink),
            FlowEventKind::Gap { direction, .. } => {
                if let Some(stream) = self.streams.get_mut(&event.flow) {
                    let half = stream.half(direction);
                    self.held = self.held.saturating_sub(half.held.len());
                    half.held = Vec::new();
                    half.is_lost = true;
                }
            }
            FlowEventKind::Closed { .. } => self.forget(event.flow),
            FlowEventKind::Secured(_) | FlowEventKind::HalfClosed { .. } | FlowEventKind::Datagram { .. } => {}
        }
    }

    fn forget(&mut self, flow: FlowId) {
        if let Some(stream) = self.streams.remove(&flow) {
            self.held = self.held.saturating_sub(stream.held());
        }
    }

    fn data(&mut self, event: &FlowEvent<'_>, direction: FlowDirection, bytes: &[u8], sink: &mut dyn FnMut(Part)) {
        let Some(stream) = self.streams.get_mut(&event.flow) else { return };
        let is_known = stream.is_known;
        let half = stream.half(direction);
        let before = half.held.len();
        // A header that is cut is told by its first octets: no length begins with anything else.
        let begins = |octets: &[u8]| match octets.get(..HEADER) {
            Some(head) => Head::read(head).is_some(),
            None => octets.iter().zip([0, 1]).all(|(octet, most)| *octet <= most),
        };
        if half.held.is_empty() && !begins(bytes) {
            if is_known && !std::mem::replace(&mut half.is_lost, true) {
                self.problems.push(lost(event.frame));
            }
            if !is_known {
                self.forget(event.flow);
            }
            return;
        }
        half.held.extend_from_slice(bytes);
        let mut whole = false;
        let mut rest = half.held.as_slice();
        let (mut is_lost, was_lost) = (false, half.is_lost);
        loop {
            if rest.len() < HEADER {
                break;
            }
            let Some(head) = Head::read(rest) else {
                is_lost = true;
                rest = &[];
                break;
            };
            let Some((pdu, after)) = rest.split_at_checked(head.length) else { break };
            let is_smpp = is_known || whole;
            whole = true;
            let message = read_one(pdu, event.frame, event.time);
            // What looks like a PDU in another protocol has no others around it.
            if is_smpp && !matches!(&message, Ok(message) if message.as_ref().is_none_or(|message| message.is_whole)) {
                self.problems.push(misfit(event.frame, pdu));
            }
            message.ok().flatten().into_iter().flat_map(Message::each).for_each(&mut *sink);
            rest = after;
        }
        let used = half.held.len().saturating_sub(rest.len());
        half.held.drain(..used);
        let after = half.held.len();
        half.is_lost = is_lost || was_lost && !whole;
        stream.is_known |= whole;
        self.held = self.held.saturating_sub(before).saturating_add(after);
        if is_lost {
            if !stream.is_known {
                self.forget(event.flow);
            } else if whole || !was_lost {
                self.problems.push(lost(event.frame));
            }
        }
        if self.held > Limits::SMPP_OCTETS {
            self.forget(event.flow);
            let text = "the connections that are SMPP hold more octets of PDUs that have not ended than are kept; one was given up";
            self.problems.push(Problem::at_frame(ProblemKind::BufferLimit, event.frame, text));
        }
    }

    /// What was wrong since the last call.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}

/// What is said where a stream goes on with what is no PDU.
fn lost(frame: FrameNo) -> Problem {
    let text = "a connection that is SMPP goes on with octets that are no header of a PDU; what follows is not read up to a segment that begins with one";
    Problem::at_frame(ProblemKind::StreamGap, frame, text)
}

/// What is said of a PDU whose fields do not fit into it.
fn misfit(frame: FrameNo, pdu: &[u8]) -> Problem {
    let name = match Head::read(pdu).map(|head| head.command) {
        Some(SUBMIT_SM) => "submit_sm",
        Some(DELIVER_SM) => "deliver_sm",
        Some(SUBMIT_MULTI) => "submit_multi",
        _ => "data_sm",
    };
    let text = format!(
        "the fields of a {name} of {} octets (SMPP) do not fit into it; of the short message in it nothing is read, or only what stands \
         before the field that is too long",
        pdu.len()
    );
    Problem::at_frame(ProblemKind::BadShortMessage, frame, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::UdhFault;

    const HEAD: [u8; 7] = [0x06, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0];

    fn pdu() -> Vec<u8> {
        deliver("49171", "+491711234567", &[&HEAD[..], b"push"].concat(), 7)
    }

    fn part(pdu: &[u8]) -> Option<Part> {
        read(pdu, FrameNo::FIRST, Timestamp::from_nanos(0)).next()
    }

    /// A PDU with other octets in place of its body.
    fn with(command: u32, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + HEADER).unwrap();
        [&[length, command, 0, 1].map(u32::to_be_bytes).concat()[..], body].concat()
    }

    #[test]
    fn a_deliver_sm_with_a_header_is_read() {
        let part = part(&pdu()).unwrap();
        assert_eq!((part.originator.as_deref(), part.destination.as_deref()), (Some("49171"), Some("+491711234567")));
        assert_eq!((part.ports, part.octets), (Some(Ports { destination: 2948, source: 9200 }), Some(11)));
        assert_eq!((part.data.as_slice(), part.fault), (&b"push"[..], None));
    }

    #[test]
    fn ports_and_parts_are_read_from_parameters() {
        let body = |class: u8, parameters: &[&[u8]]| {
            let head = [&[0, 1, 1][..], b"4912\0", &[0, 0], b"77\0", &[class, 0, 4]].concat();
            with(DATA_SM, &[head, parameters.concat()].concat())
        };
        let ports: [&[u8]; 5] = [
            &[0x02, 0x0b, 0, 2, 0x0b, 0x84],
            &[0x02, 0x0c, 0, 2, 0, 9],
            &[0x02, 0x0e, 0, 1, 2],
            &[0x02, 0x0f, 0, 1, 1],
            &[0x04, 0x24, 0, 3, 1, 6, 1],
        ];
        let read = part(&body(0, &ports)).unwrap();
        assert_eq!((read.ports.unwrap().destination, read.concatenation), (2948, Concatenation::of(9, 2, 1)));
        assert_eq!((read.octets, read.data.as_slice()), (None, &[1, 6, 1][..]));
        assert_eq!((read.originator.as_deref(), read.destination.as_deref()), (Some("+4912"), Some("77")));
        // A header in the payload; a receipt.
        let payload = [&[0x04, 0x24, 0, 8][..], &HEAD, &[1]].concat();
        assert_eq!(part(&body(HAS_HEADER, &[&payload])).unwrap().data, [1]);
        assert!(part(&body(0x04, &[&payload])).is_none());
        let lies = part(&body(HAS_HEADER, &[&[0x04, 0x24, 0, 2, 9, 9]])).unwrap();
        assert_eq!(lies.fault, Some(UdhFault::TooLong { said: 9, there: 1 }));
    }

    #[test]
    fn a_message_to_several_is_one_for_each() {
        let several = |count: u8, receivers: &[u8]| {
            let rest = [&HEAD[..], &[9]].concat();
            let length = u8::try_from(rest.len()).unwrap();
            let fields = [&[HAS_HEADER, 0, 0, 0, 0, 0, 0, 4, 0, length][..], &rest].concat();
            with(SUBMIT_MULTI, &[&[0, 1, 1][..], b"4912\0", &[count], receivers, &fields].concat())
        };
        let read = |pdu: &[u8]| read(pdu, FrameNo::FIRST, Timestamp::default()).collect::<Vec<Part>>();
        let found = read(&several(3, b"\x01\x01\x01491\0\x02friends\0\x01\x00\x0077\0"));
        let to: Vec<Option<&str>> = found.iter().map(|part| part.destination.as_deref()).collect();
        assert_eq!(to, [Some("+491"), Some("friends"), Some("77")]);
        assert!(found.iter().all(|part| part.data == [9] && part.ports.unwrap().destination == 2948));
        assert_eq!(read(&several(255, &b"\x01\x00\x0077\0".repeat(255))).len(), 255);
        // A count that lies, and a receiver of a kind that nobody knows.
        assert!(read(&several(4, b"\x01\x01\x01491\0")).is_empty());
        assert!(read(&several(1, b"\x03\x01\x01491\0")).is_empty());
    }

    #[test]
    fn a_length_that_cannot_be_is_named_and_the_next_segment_read() {
        let mut broken = pdu();
        broken[..4].copy_from_slice(&9_u32.to_be_bytes());
        let length = pdu().len();
        let (parts, mut gateways) = stream(&[pdu(), broken.clone(), broken.clone(), pdu()].concat(), length, None);
        assert_eq!(parts, 2);
        let problems = gateways.take_problems();
        assert!(problems.len() == 1 && problems[0].kind == ProblemKind::StreamGap, "{problems:?}");
        // Behind a whole one in the same segment; missing octets are named elsewhere.
        let both = [pdu(), broken.clone()].concat();
        assert_eq!(stream(&[&both[..], &both].concat(), both.len(), None).1.take_problems().len(), 2);
        let (_, mut gateways) = stream(&[pdu(), broken].concat(), length, Some(1));
        assert!(gateways.take_problems().is_empty());
    }

    #[test]
    fn a_message_whose_fields_do_not_fit_is_named() {
        let bind = with(9, b"id\0pw\0\0\x34\0\0\0");
        let good = pdu();
        let (body, data) = (&good[HEADER..], &good[HEADER..].len() - 11);
        let mut too_long = body.to_vec();
        too_long[data - 1] += 1;
        let cases: [(&str, Vec<u8>, usize); 5] = [
            ("good", good.clone(), 0),
            ("longer than the PDU", with(DELIVER_SM, &too_long), 1),
            ("a text without end", with(DELIVER_SM, &[b'x'; 30]), 1),
            ("a parameter that is too long", with(DELIVER_SM, &[body, &[4, 0x24, 0, 9, 1]].concat()), 1),
            ("no short message", with(SUBMIT_SM | RESPONSE, b"1\0"), 0),
        ];
        for (what, pdu, expected) in cases {
            let (_, mut gateways) = stream(&[bind.as_slice(), &pdu, &good].concat(), 400, None);
            let texts: Vec<Problem> = gateways.take_problems();
            assert_eq!(texts.len(), expected, "{what}: {texts:?}");
            assert!(
                texts.iter().all(|one| one.kind == ProblemKind::BadShortMessage && one.text.contains("deliver_sm"))
            );
            // Alone it may be anything.
            let (_, mut gateways) = stream(&pdu, 400, None);
            assert_eq!(gateways.take_problems(), [], "{what}");
        }
    }

    #[test]
    fn what_is_no_short_message_is_passed_over() {
        let pdu = pdu();
        for end in 0..pdu.len() {
            assert!(part(&pdu[..end]).is_none());
            // The same with a length that fits: what is left of the body may still be one, but never more than that.
            let mut cut = pdu[..end].to_vec();
            if end >= HEADER {
                cut[..4].copy_from_slice(&u32::try_from(end).unwrap().to_be_bytes());
                assert!(part(&cut).is_none(), "{end}");
            }
        }
        assert!(part(&with(0x15, &[])).is_none());
        assert!(Head::read(&with(0x15, &[])).is_some() && Head::read(&with(0x16, &[])).is_none());
        assert!(Head::read(b"GET / HTTP/1.1\r\n").is_none());
    }

    /// What comes of a stream that is cut into pieces of this size, with a gap before piece number `gap`.
    fn stream(octets: &[u8], size: usize, gap: Option<usize>) -> (usize, Gateways) {
        let mut gateways = Gateways::new();
        let mut parts = 0;
        let event = |kind| FlowEvent { flow: FlowId(1), frame: FrameNo::FIRST, time: Timestamp::from_nanos(0), kind };
        let end = crate::net::Endpoint { address: std::net::IpAddr::from([192, 0, 2, 1]), port: 2775 };
        let opened = FlowEventKind::Opened { client: end, server: end, mid_stream: false };
        gateways.event(&event(opened), &mut |_| {});
        let direction = FlowDirection::ToServer;
        for (at, bytes) in octets.chunks(size).enumerate() {
            if gap == Some(at) {
                gateways.event(&event(FlowEventKind::Gap { direction, length: None }), &mut |_| {});
            }
            gateways.event(&event(FlowEventKind::Data { direction, bytes }), &mut |_| parts += 1);
        }
        (parts, gateways)
    }

    #[test]
    fn pdus_are_found_however_segments_cut_them() {
        let bind = with(9, b"id\0secret\0\0\x34\0\0\0");
        let octets = [&bind[..], &pdu(), &with(0x15, &[]), &pdu()].concat();
        for size in 1..octets.len() {
            let (parts, gateways) = stream(&octets, size, None);
            assert_eq!((parts, gateways.held), (2, 0), "{size}");
        }
    }

    #[test]
    fn behind_missing_octets_pdus_are_found_again() {
        let octets = pdu().repeat(4);
        let length = pdu().len();
        let (parts, _) = stream(&octets, length, Some(2));
        assert_eq!(parts, 4);
        // The second PDU is cut by the gap, and the rest of it is passed over.
        let cut = [&octets[..length + 20], &octets[length + 30..]].concat();
        let (parts, gateways) = stream(&cut, length + 20, Some(1));
        assert_eq!((parts, gateways.held), (1, 0));
    }

    #[test]
    fn of_other_streams_nothing_is_kept() {
        let (parts, gateways) = stream(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 5, None);
        assert_eq!((parts, gateways.streams.len(), gateways.held), (0, 0, 0));
        let (_, gateways) = stream(&[0, 0, 0, 0x40, 0xff, b'S', b'M', b'B', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 3, None);
        assert_eq!((gateways.streams.len(), gateways.held), (0, 0));
    }

    #[test]
    fn what_is_held_is_bounded() {
        let mut gateways = Gateways::new();
        let end = crate::net::Endpoint { address: std::net::IpAddr::from([192, 0, 2, 1]), port: 2775 };
        let large = [&[66_000_u32, SUBMIT_SM, 0, 1].map(u32::to_be_bytes).concat()[..], &vec![0; 60_000]].concat();
        let flows = u64::try_from(Limits::SMPP_OCTETS / 60_000 + 8).unwrap();
        for flow in 0..flows {
            let event =
                |kind| FlowEvent { flow: FlowId(flow), frame: FrameNo::FIRST, time: Timestamp::default(), kind };
            let opened = FlowEventKind::Opened { client: end, server: end, mid_stream: false };
            gateways.event(&event(opened), &mut |_| {});
            let direction = FlowDirection::ToClient;
            gateways.event(&event(FlowEventKind::Data { direction, bytes: &large }), &mut |_| {});
        }
        assert!(gateways.held <= Limits::SMPP_OCTETS && !gateways.take_problems().is_empty());
        for flow in 0..flows {
            let kind = FlowEventKind::Closed { reason: crate::net::CloseReason::Finished };
            let event = FlowEvent { flow: FlowId(flow), frame: FrameNo::FIRST, time: Timestamp::default(), kind };
            gateways.event(&event, &mut |_| {});
        }
        assert_eq!((gateways.held, gateways.streams.len()), (0, 0));
    }
}
