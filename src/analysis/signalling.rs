//! Pushes in SIP on their way to sessions: from datagrams and from connections.

use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::dm::Tracker;
use crate::net::{FlowDirection, FlowEvent, FlowEventKind, FlowId};
use crate::push::{SipFault, SipMessage, SipRead, SipStream, begins_as_sip};
use std::collections::BTreeMap;

/// One direction of a connection.
#[derive(Default)]
struct Open {
    stream: SipStream,
    /// The last frame that brought something.
    last: Option<FrameNo>,
}

/// What reads the messages of SIP of one input.
#[derive(Default)]
pub(super) struct Signalling {
    /// Directions of connections on which something of SIP is open.
    streams: BTreeMap<(FlowId, FlowDirection), Open>,
    is_full: bool,
    problems: Vec<Problem>,
}

impl Signalling {
    /// Takes a datagram that may be a message of SIP.
    pub(super) fn datagram(&mut self, event: &FlowEvent<'_>, tracker: &mut Tracker) {
        let FlowEventKind::Datagram { bytes, .. } = event.kind else { return };
        if !begins_as_sip(bytes) {
            return;
        }
        match SipMessage::read(bytes, true) {
            SipRead::Message(message, _) if message.is_message => {
                tracker.sip_message(&message, event.frame, event.time);
            }
            SipRead::Bad(fault) if bytes.trim_ascii_start().starts_with(b"MESSAGE ") => self.say(fault, event.frame),
            SipRead::Message(..) | SipRead::More | SipRead::Bad(_) | SipRead::Other => {}
        }
    }

    fn say(&mut self, fault: SipFault, frame: FrameNo) {
        let text = format!(
            "a message of SIP is not read: {fault}; whether it pushes something, or what follows at once on its connection, is not known"
        );
        self.problems.push(Problem::at_frame(ProblemKind::BadPush, frame, text));
    }

    /// Forgets one direction, and says so where it was within a message.
    fn end(&mut self, key: (FlowId, FlowDirection)) {
        if let Some(open) = self.streams.remove(&key)
            && open.stream.is_within_message()
        {
            self.say(SipFault::Cut, open.last.unwrap_or(FrameNo::FIRST));
        }
    }

    /// The capture ended.
    pub(super) fn finish(&mut self) {
        while let Some(key) = self.streams.first_key_value().map(|(key, _)| *key) {
            self.end(key);
        }
    }

    /// Takes what happened on a connection, in clear.
    pub(super) fn stream(&mut self, event: &FlowEvent<'_>, tracker: &mut Tracker) {
        match event.kind {
            FlowEventKind::Data { direction, bytes } => {
                let key = (event.flow, direction);
                if !self.streams.contains_key(&key) && !self.begin(key, bytes, event.frame) {
                    return;
                }
                self.data(key, bytes, (event.frame, event.time), tracker);
            }
            FlowEventKind::Gap { direction, .. } => {
                self.end((event.flow, direction));
            }
            FlowEventKind::Closed { .. } => self.forget(event.flow),
            FlowEventKind::Opened { .. }
            | FlowEventKind::Secured(_)
            | FlowEventKind::HalfClosed { .. }
            | FlowEventKind::Datagram { .. } => {}
        }
    }

    fn begin(&mut self, key: (FlowId, FlowDirection), bytes: &[u8], frame: FrameNo) -> bool {
        if !begins_as_sip(bytes) {
            return false;
        }
        if self.streams.len() >= Limits::SIP_CONNECTIONS {
            if !std::mem::replace(&mut self.is_full, true) {
                let text = format!(
                    "more than {} connections that may be SIP are open; on the others, no push is looked for",
                    Limits::SIP_CONNECTIONS
                );
                self.problems.push(Problem::at_frame(ProblemKind::FlowLimit, frame, text));
            }
            return false;
        }
        self.streams.insert(key, Open::default());
        true
    }

    fn data(
        &mut self,
        key: (FlowId, FlowDirection),
        bytes: &[u8],
        (frame, time): (FrameNo, Timestamp),
        tracker: &mut Tracker,
    ) {
        let Some(open) = self.streams.get_mut(&key) else { return };
        open.last = Some(frame);
        let (messages, fault) = open.stream.data(bytes);
        for message in messages {
            tracker.sip_message(&message, frame, time);
        }
        if open.stream.is_idle() {
            self.streams.remove(&key);
        }
        if let Some(fault) = fault {
            self.say(fault, frame);
        }
    }

    fn forget(&mut self, flow: FlowId) {
        if self.streams.is_empty() {
            return;
        }
        for direction in [FlowDirection::ToServer, FlowDirection::ToClient] {
            self.end((flow, direction));
        }
    }

    /// What was wrong since the last call.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}
