//! Pushes in SIP on their way to sessions: from datagrams and from connections.

use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::dm::Tracker;
use crate::net::{FlowDirection, FlowEvent, FlowEventKind, FlowId};
use crate::push::{SipMessage, SipRead, SipStream, begins_as_sip};
use std::collections::HashMap;

/// What reads the messages of SIP of one input.
#[derive(Default)]
pub(super) struct Signalling {
    /// Directions of connections on which something of SIP is open.
    streams: HashMap<(FlowId, FlowDirection), SipStream>,
    is_full: bool,
    problems: Vec<Problem>,
}

impl Signalling {
    /// Takes a datagram that may be a message of SIP.
    pub(super) fn datagram(event: &FlowEvent<'_>, tracker: &mut Tracker) {
        if let FlowEventKind::Datagram { bytes, .. } = event.kind
            && begins_as_sip(bytes)
            && let SipRead::Message(message, _) = SipMessage::read(bytes, true)
            && message.is_message
        {
            tracker.sip_message(&message, event.frame, event.time);
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
                self.streams.remove(&(event.flow, direction));
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
                    "more than {} connections of SIP are open; on the others, no push is looked for",
                    Limits::SIP_CONNECTIONS
                );
                self.problems.push(Problem::at_frame(ProblemKind::FlowLimit, frame, text));
            }
            return false;
        }
        self.streams.insert(key, SipStream::default());
        true
    }

    fn data(
        &mut self,
        key: (FlowId, FlowDirection),
        bytes: &[u8],
        (frame, time): (FrameNo, Timestamp),
        tracker: &mut Tracker,
    ) {
        let Some(stream) = self.streams.get_mut(&key) else { return };
        for message in stream.data(bytes) {
            tracker.sip_message(&message, frame, time);
        }
        if stream.is_idle() {
            self.streams.remove(&key);
        }
    }

    fn forget(&mut self, flow: FlowId) {
        if self.streams.is_empty() {
            return;
        }
        for direction in [FlowDirection::ToServer, FlowDirection::ToClient] {
            self.streams.remove(&(flow, direction));
        }
    }

    /// What was wrong since the last call.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}
