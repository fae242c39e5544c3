//! What a push came by, from whom and to whom.

use super::tracker::Tracker;
use crate::base::{FrameNo, Problem, ProblemKind, Timestamp};
use crate::net::Endpoint;
use crate::push::{BootstrapPush, Push};
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
}

impl Carrier {
    /// Its name, as reports write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Udp { .. } => "udp",
            Self::Sms { .. } => "sms",
        }
    }

    /// Who sent the push.
    pub fn source(&self) -> Party {
        match self {
            Self::Udp { source, .. } => Party::Endpoint(*source),
            Self::Sms { originator, .. } => originator.clone(),
        }
    }

    /// To whom it went.
    pub fn destination(&self) -> Party {
        match self {
            Self::Udp { destination, .. } => Party::Endpoint(*destination),
            Self::Sms { destination, .. } => destination.clone(),
        }
    }

    /// The address of the device that it went to; `None` where the carrier knows none, and only what the push says can tie it
    /// to a session.
    pub const fn device(&self) -> Option<IpAddr> {
        match self {
            Self::Udp { destination, .. } => Some(destination.address),
            Self::Sms { .. } => None,
        }
    }

    /// The port that it went to; `None` where the carrier has none.
    pub const fn port(&self) -> Option<u16> {
        match self {
            Self::Udp { destination, .. } => Some(destination.port),
            Self::Sms { port, .. } => *port,
        }
    }

    /// What is to be said of the parts of a short message; `None` of what is none.
    pub const fn parts(&self) -> Option<Joined> {
        match self {
            Self::Udp { .. } => None,
            Self::Sms { joined, .. } => Some(*joined),
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
    /// A telephone number, or a name in the place of one.
    Number(String),
    /// What was captured does not say.
    Unknown,
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

impl Tracker {
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
