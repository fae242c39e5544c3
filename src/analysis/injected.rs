//! Which exchange the comments on packets belong to that tell of injected faults.

use crate::base::{Direction, FrameNo, Injected, Limits};
use crate::dm::Marks;
use crate::http::{BodyEnd, Exchange};
use crate::net::{FlowDirection, FlowEvent, FlowEventKind, FlowId};
use std::collections::VecDeque;

/// A frame whose comment tells of faults, and that no exchange has claimed yet.
#[derive(Debug)]
struct Commented {
    frame: FrameNo,
    flow: FlowId,
    /// The side that sent its octets; `None` where it has none (a FIN, for one).
    sent_by: Option<Direction>,
    faults: Vec<Injected>,
}

/// Frames with injected faults, in the order of the capture; at most [`Limits::INJECTED_FRAMES`], the latest.
#[derive(Debug, Default)]
pub(super) struct InjectedFrames {
    /// The frame that is being read, until its connection is known.
    current: Option<(FrameNo, Vec<Injected>)>,
    waiting: VecDeque<Commented>,
}

impl InjectedFrames {
    /// A frame follows.
    pub(super) fn frame(&mut self, number: FrameNo, comment: Option<&str>) {
        self.current = None;
        if let Some(comment) = comment {
            let faults = Injected::read(comment);
            self.current = (!faults.is_empty()).then_some((number, faults));
        }
    }

    /// Something happened because of that frame.
    pub(super) fn event(&mut self, event: &FlowEvent<'_>) {
        let Some((frame, faults)) = self.current.take() else { return };
        let sent_by = match event.kind {
            FlowEventKind::Data { direction: FlowDirection::ToServer, .. } => Some(Direction::DeviceToServer),
            FlowEventKind::Data { direction: FlowDirection::ToClient, .. } => Some(Direction::ServerToDevice),
            _ => None,
        };
        if self.waiting.len() >= Limits::INJECTED_FRAMES {
            self.waiting.pop_front();
        }
        self.waiting.push_back(Commented { frame, flow: event.flow, sent_by, faults });
    }

    /// The faults of an exchange. Frames up to the last one of a message belong to it: in TLS, a message names only those
    /// in which a record ends. What stands behind an answer that did not come whole tells why it did not.
    pub(super) fn claim(&mut self, exchange: &Exchange) -> Marks {
        let mut marks = Marks::default();
        if self.waiting.is_empty() {
            return marks;
        }
        let request = exchange.request.as_ref().and_then(|request| request.frames.last());
        let response = exchange.response.as_ref();
        let is_whole = response.is_some_and(|response| response.end == BodyEnd::Complete);
        let response = response.and_then(|response| response.frames.last());
        self.waiting.retain_mut(|commented| {
            if commented.flow != exchange.flow {
                return true;
            }
            commented.faults.retain(|fault| {
                let (last, list, is_open) = match commented.sent_by.unwrap_or(fault.direction) {
                    Direction::DeviceToServer => (request, &mut marks.request, false),
                    Direction::ServerToDevice => (response, &mut marks.response, !is_whole),
                };
                // A frame without octets stands behind those of its message.
                let belongs =
                    is_open || commented.sent_by.is_none() || last.is_some_and(|last| commented.frame <= *last);
                if belongs && !list.contains(fault) && list.len() < Limits::INJECTED {
                    list.push(fault.clone());
                }
                !belongs
            });
            !commented.faults.is_empty()
        });
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;

    #[test]
    fn frames_that_nobody_claims_are_forgotten_at_the_ceiling() {
        let mut frames = InjectedFrames::default();
        for number in 1..=Limits::INJECTED_FRAMES as u64 + 5 {
            let frame = FrameNo::new(number).unwrap();
            frames.frame(frame, Some("dmscope fault: x"));
            let kind = FlowEventKind::HalfClosed { direction: FlowDirection::ToServer };
            frames.event(&FlowEvent { flow: FlowId(number), frame, time: Timestamp::default(), kind });
            frames.event(&FlowEvent { flow: FlowId(number), frame, time: Timestamp::default(), kind });
        }
        assert_eq!(frames.waiting.len(), Limits::INJECTED_FRAMES);
        assert_eq!(frames.waiting[0].frame.get(), 6);
        frames.frame(FrameNo::FIRST, Some("a note"));
        assert!(frames.current.is_none());
    }
}
