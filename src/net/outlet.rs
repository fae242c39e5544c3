//! Where events and problems go.

use super::{FlowEvent, FlowEventKind, FlowId};
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use std::collections::BTreeMap;

/// The frame that is being read, and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) frame: FrameNo,
    pub(super) time: Timestamp,
}

/// Problems found so far, of each kind at most [`Limits::PROBLEMS_OF_A_KIND`]; the rest are counted.
#[derive(Debug, Default)]
pub(super) struct Problems {
    list: Vec<Problem>,
    seen: BTreeMap<ProblemKind, usize>,
}

impl Problems {
    /// Adds a problem at a frame; the text is only made where it is kept.
    pub(super) fn add(&mut self, kind: ProblemKind, frame: FrameNo, text: impl FnOnce() -> String) {
        let seen = self.seen.entry(kind).or_default();
        *seen = seen.saturating_add(1);
        if *seen <= Limits::PROBLEMS_OF_A_KIND {
            self.list.push(Problem::at_frame(kind, frame, text()));
        }
    }

    /// Adds a problem unless one of this kind is known.
    pub(super) fn add_first(&mut self, kind: ProblemKind, frame: FrameNo, text: impl FnOnce() -> String) {
        if !self.seen.contains_key(&kind) {
            self.add(kind, frame, text);
        }
    }

    /// Says how many were left out.
    pub(super) fn finish(&mut self) {
        for (kind, seen) in std::mem::take(&mut self.seen) {
            let more = seen.saturating_sub(Limits::PROBLEMS_OF_A_KIND);
            if more > 0 {
                let text = format!("{more} more problems of the kind {} are not listed", kind.name());
                self.list.push(Problem::whole(kind, text));
            }
        }
    }

    pub(super) fn take(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.list)
    }
}

/// The caller's sink, the problems, and the next number of a flow.
pub(super) struct Outlet<'s> {
    pub(super) sink: &'s mut dyn FnMut(FlowEvent<'_>),
    pub(super) problems: &'s mut Problems,
    pub(super) next_flow: &'s mut u64,
}

impl Outlet<'_> {
    pub(super) fn emit(&mut self, flow: FlowId, at: Moment, kind: FlowEventKind<'_>) {
        (self.sink)(FlowEvent { flow, frame: at.frame, time: at.time, kind });
    }

    pub(super) fn new_flow(&mut self) -> FlowId {
        let id = FlowId(*self.next_flow);
        *self.next_flow = self.next_flow.saturating_add(1);
        id
    }
}
