//! Short messages on their way to sessions: from radio interfaces and from gateways.

use crate::base::{FrameNo, Problem, Timestamp};
use crate::capture::Frame;
use crate::dm::Tracker;
use crate::net::{FlowEvent, FlowEventKind};
use crate::sms::gsmtap::{self, Radio};
use crate::sms::smpp::Gateways;
use crate::sms::{Assembler, Part};

/// What reads short messages of one input, and joins them.
#[derive(Default)]
pub(super) struct ShortMessages {
    radio: Radio,
    gateways: Gateways,
    assembler: Assembler,
}

impl ShortMessages {
    /// Takes a frame whose link layer is GSMTAP.
    pub(super) fn frame(&mut self, frame: &Frame<'_>, tracker: &mut Tracker) {
        if u32::from(frame.link_type.0) == gsmtap::LINK_TYPE {
            self.heard(frame.data, frame.number, frame.time.unwrap_or_default(), tracker);
        }
    }

    /// Takes a datagram that may be GSMTAP.
    pub(super) fn datagram(&mut self, event: &FlowEvent<'_>, tracker: &mut Tracker) {
        if let FlowEventKind::Datagram { destination, bytes, .. } = event.kind
            && destination.port == gsmtap::PORT
        {
            self.heard(bytes, event.frame, event.time, tracker);
        }
    }

    /// Takes what happened on a connection, in clear.
    pub(super) fn stream(&mut self, event: &FlowEvent<'_>, tracker: &mut Tracker) {
        let Self { gateways, assembler, .. } = self;
        gateways.event(event, &mut |part| join(assembler, part, tracker));
    }

    fn heard(&mut self, octets: &[u8], frame: FrameNo, time: Timestamp, tracker: &mut Tracker) {
        if let Some(part) = self.radio.take(octets, frame, time) {
            join(&mut self.assembler, part, tracker);
        }
    }

    /// The capture ended.
    pub(super) fn finish(&mut self) {
        self.assembler.finish();
    }

    /// What was wrong since the last call.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        let Self { radio, gateways, assembler } = self;
        [radio.take_problems(), gateways.take_problems(), assembler.take_problems()].concat()
    }
}

fn join(assembler: &mut Assembler, part: Part, tracker: &mut Tracker) {
    if let Some(message) = assembler.take(part) {
        tracker.short_message(&message);
    }
}
