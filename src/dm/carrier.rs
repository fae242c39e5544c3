//! What a push came by, from whom and to whom.

use super::notified::Notice;
use super::tracker::Tracker;
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::http::{BodyEnd, Exchange, Header, HttpMessage, OneWay, RequestLine};
use crate::net::Endpoint;
use crate::push::{BootstrapPush, Entity, PapAddress, PapMessage, Push, Pushed, SipMessage, is_pap_type};
use crate::sms::{Joined, ShortMessage};
use std::fmt;
use std::net::IpAddr;

/// Ports of WAP push, and of WAP push that is protected (WAP-235-PushOTA, section 6.2), in datagrams and in short messages.
const PORTS: [u16; 2] = [2948, SECURE];
const SECURE: u16 = 2949;

/// What a push came by. Whoever adds one finds every place that must know it in an exhaustive match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Carrier {
    /// A UDP datagram.
    Udp {
        /// Who sent it.
        source: Endpoint,
        /// To whom.
        destination: Endpoint,
    },
    /// A short message, or several that are parts of one.
    Sms {
        /// Who sent it.
        originator: Party,
        /// To whom.
        destination: Party,
        /// The port that it went to; `None` where it names none.
        port: Option<u16>,
        /// What is to be said of its parts.
        joined: Joined,
    },
    /// A request of HTTP to the device (WAP-235-PushOTA, OTA-HTTP).
    Http {
        /// Who sent it.
        source: Endpoint,
        /// To whom.
        destination: Endpoint,
    },
    /// A message to a push proxy, which hands on what is in it (WAP-247-PAP).
    Pap {
        /// Who sent it to the proxy.
        source: Endpoint,
        /// For whom.
        receiver: Party,
        /// The address of the network that it is for, where it names one.
        address: Option<IpAddr>,
    },
    /// A request of SIP with the method MESSAGE (RFC 3428).
    Sip {
        /// Who sent it: a URI.
        from: Party,
        /// To whom: a URI.
        to: Party,
    },
}

impl Carrier {
    /// Its name, as reports write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Udp { .. } => "udp",
            Self::Sms { .. } => "sms",
            Self::Http { .. } => "http",
            Self::Pap { .. } => "pap",
            Self::Sip { .. } => "sip",
        }
    }

    /// Who sent the push.
    pub fn source(&self) -> Party {
        match self {
            Self::Udp { source, .. } | Self::Http { source, .. } | Self::Pap { source, .. } => Party::Endpoint(*source),
            Self::Sms { originator, .. } => originator.clone(),
            Self::Sip { from, .. } => from.clone(),
        }
    }

    /// To whom it went.
    pub fn destination(&self) -> Party {
        match self {
            Self::Udp { destination, .. } | Self::Http { destination, .. } => Party::Endpoint(*destination),
            Self::Sms { destination, .. } => destination.clone(),
            Self::Pap { receiver, .. } => receiver.clone(),
            Self::Sip { to, .. } => to.clone(),
        }
    }

    /// The address of the device that it went to; `None` where the carrier knows none, and only what the push says can tie it
    /// to a session.
    pub const fn device(&self) -> Option<IpAddr> {
        match self {
            Self::Udp { destination, .. } | Self::Http { destination, .. } => Some(destination.address),
            Self::Pap { address, .. } => *address,
            Self::Sms { .. } | Self::Sip { .. } => None,
        }
    }

    /// The port that it went to; `None` where the carrier has none.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Udp { destination, .. } => Some(destination.port),
            Self::Sms { port, .. } => *port,
            // Their ports are none of WAP push.
            Self::Http { .. } | Self::Pap { .. } | Self::Sip { .. } => None,
        }
    }

    /// What is to be said of the parts of a short message; `None` of what is none.
    pub const fn parts(&self) -> Option<Joined> {
        match self {
            Self::Sms { joined, .. } => Some(*joined),
            Self::Udp { .. } | Self::Http { .. } | Self::Pap { .. } | Self::Sip { .. } => None,
        }
    }

    /// Whether the push is a PDU of WSP, whose headers are octets; elsewhere they are text.
    pub const fn has_pdu(&self) -> bool {
        match self {
            Self::Udp { .. } | Self::Sms { .. } => true,
            Self::Http { .. } | Self::Pap { .. } | Self::Sip { .. } => false,
        }
    }

    /// Whether a bootstrap message may come by it: in octets that are for something else, one is not looked for.
    pub(super) fn is_for_push(&self) -> bool {
        self.port().is_some_and(|port| PORTS.contains(&port))
    }
}

/// One end of what carried a push.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// An address and a port.
    Endpoint(Endpoint),
    /// A telephone number, or a name in the place of one; a URI of SIP.
    Number(String),
    /// What was captured does not say.
    Unknown,
}

impl Party {
    /// As it stands in a sentence: a number or a name between quotes, where whoever hides what must not be seen finds it.
    pub(super) fn said(&self) -> String {
        match self {
            Self::Number(number) => format!("\"{}\"", number.replace('"', "")),
            Self::Endpoint(_) | Self::Unknown => self.to_string(),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(endpoint) => endpoint.fmt(f),
            Self::Number(number) => f.write_str(number),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// Octets that may be a push PDU, as they were carried.
#[derive(Debug, Clone)]
pub struct Delivery<'d> {
    /// The frame with which they were complete.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// What they came by.
    pub carrier: Carrier,
    /// The octets.
    pub payload: &'d [u8],
}

/// What a request carries, with the headers that say what it is.
fn entity_of(request: &HttpMessage<RequestLine>) -> Option<Entity<'_>> {
    let content_type = request.header("content-type")?;
    Some(Entity { content_type, application: request.header("x-wap-application-id"), body: &request.body })
}

/// Requests that push something, to a device or to a push proxy: the session that they ask for may come before their response.
pub const PUSHES: OneWay = OneWay { head: may_push, whole: is_push };

/// By the headers alone: a message of DM that nothing says to be pushed is none.
fn may_push(headers: &[Header]) -> bool {
    let text = |name: &[u8]| {
        let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(&header.value).ok()
    };
    let Some(content_type) = text(b"content-type") else { return false };
    let entity = Entity { content_type, application: text(b"x-wap-application-id"), body: &[] };
    is_pap_type(content_type) || entity.read().is_some()
}

fn is_push(exchange: &Exchange) -> bool {
    let Some(request) = exchange.request.as_ref().filter(|request| request.line.method == "POST") else { return false };
    let Some(entity) = entity_of(request) else { return false };
    match PapMessage::read(entity.content_type, entity.body) {
        Some(message) => !message.receivers.is_empty() && message.entity().read().is_some(),
        None => entity.read().is_some(),
    }
}

impl Tracker {
    /// Takes a request of SIP that carries something.
    pub fn sip_message(&mut self, message: &SipMessage, frame: FrameNo, time: Timestamp) {
        let party = |uri: &str| if uri.is_empty() { Party::Unknown } else { Party::Number(uri.to_owned()) };
        let carrier = Carrier::Sip { from: party(&message.from), to: party(&message.to) };
        self.deliver_entity(frame, time, carrier, message.entity());
    }

    /// Takes an exchange whose request pushes something, to a device or to a push proxy; says whether it does.
    pub(super) fn pushed_over_http(&mut self, exchange: &Exchange) -> bool {
        let Some(request) = &exchange.request else { return false };
        let Some(content_type) = request.header("content-type") else { return false };
        if request.line.method != "POST" {
            return false;
        }
        let (frame, time) = (request.frames.last().copied().unwrap_or(FrameNo::FIRST), request.ended);
        if request.end != BodyEnd::Complete {
            let is_push = entity_of(request).is_some_and(|entity| entity.read().is_some());
            if is_push {
                let text = format!(
                    "a push over HTTP from {} to {} is not whole: of its body {} octets are in the capture, and it is not read",
                    exchange.client, exchange.server, request.transferred
                );
                self.problems.push(Problem::at_frame(ProblemKind::BadPush, frame, text));
            }
            return is_push;
        }
        let (source, destination) = (exchange.client, exchange.server);
        if let Some(message) = PapMessage::read(content_type, &request.body) {
            let mut is_one = false;
            if message.receivers_left > 0 && message.entity().read().is_some() {
                let (read, left) = (message.receivers.len(), message.receivers_left);
                let text = format!(
                    "a message to a push proxy names {} receivers; the push is shown for the first {read}, not for the other {left}",
                    read.saturating_add(left)
                );
                self.problems.push(Problem::at_frame(ProblemKind::BadPush, frame, text));
            }
            for receiver in &message.receivers {
                let (receiver, address) = match receiver {
                    PapAddress::Number(number) => (Party::Number(number.clone()), None),
                    PapAddress::Address(address) => (Party::Number(address.to_string()), Some(*address)),
                    PapAddress::Other(text) => (Party::Number(text.clone()), None),
                };
                let carrier = Carrier::Pap { source, receiver, address };
                is_one |= self.deliver_entity(frame, time, carrier, message.entity());
            }
            return is_one;
        }
        entity_of(request)
            .is_some_and(|entity| self.deliver_entity(frame, time, Carrier::Http { source, destination }, entity))
    }

    /// Takes what may be a push whose headers are text; says whether it is one.
    fn deliver_entity(&mut self, frame: FrameNo, time: Timestamp, carrier: Carrier, entity: Entity<'_>) -> bool {
        let Some(pushed) = entity.read() else { return false };
        if entity.body.len() > Limits::PUSH_ENTITY {
            self.problems.push(Problem::at_frame(
                ProblemKind::BodyLimit,
                frame,
                format!("a push of {} octets is larger than any, and is not read", entity.body.len()),
            ));
            return true;
        }
        match pushed {
            Pushed::Notification(push) => self.notice(Notice { frame, time, carrier, push }),
            Pushed::Bootstrap(push) => self.bootstrap(frame, time, carrier, push),
        }
        true
    }

    /// Takes a short message whose parts are joined.
    pub fn short_message(&mut self, message: &ShortMessage) {
        let ShortMessage { frame, time, originator, destination, port, joined, data } = message;
        let party = |number: &Option<String>| number.clone().map_or(Party::Unknown, Party::Number);
        if *port == Some(SECURE) && Push::decode(data).is_err() && BootstrapPush::decode(data).is_err() {
            self.problems.push(Problem::at_frame(
                ProblemKind::BadShortMessage,
                *frame,
                format!("a short message to port {SECURE} is a push that is protected (WTLS), and is not read"),
            ));
            return;
        }
        let (originator, destination) = (party(originator), party(destination));
        let carrier = Carrier::Sms { originator, destination, port: *port, joined: *joined };
        self.deliver(Delivery { frame: *frame, time: *time, carrier, payload: data });
    }
}
