//! What the readers of both formats share: the numbering, the problems, and the slots of frames.

use super::window::Window;
use super::{Frame, FrameDirection, LinkType};
use crate::base::{FrameNo, Problem, ProblemKind, Timestamp};
use std::collections::VecDeque;
use std::ops::Range;

/// A frame whose octets are named by their place in the window.
pub(super) struct Slot {
    pub(super) number: FrameNo,
    pub(super) time: Option<Timestamp>,
    pub(super) link_type: LinkType,
    pub(super) interface: u32,
    pub(super) data: Range<usize>,
    pub(super) original_len: u32,
    pub(super) direction: Option<FrameDirection>,
    pub(super) comment: Option<Range<usize>>,
}

impl Slot {
    /// The frame, borrowed from the window that was filled for it.
    #[inline]
    pub(super) fn borrow(self, window: &Window) -> Frame<'_> {
        Frame {
            number: self.number,
            time: self.time,
            link_type: self.link_type,
            interface: self.interface,
            data: window.at(self.data),
            original_len: self.original_len,
            direction: self.direction,
            comment: self.comment.and_then(|place| std::str::from_utf8(window.at(place)).ok()),
        }
    }
}

/// What one step of a format's reader came to.
pub(super) enum Step {
    /// A frame.
    Frame(Slot),
    /// TLS or other secrets: format, and place of the octets.
    Secrets(u32, Range<usize>),
    /// Nothing to tell; step again.
    Again,
    /// Nothing more can be read.
    End,
}

/// Numbers frames and gathers problems.
pub(super) struct Ledger {
    next: FrameNo,
    problems: VecDeque<Problem>,
    cut: u64,
    first_cut: Option<FrameNo>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { next: FrameNo::FIRST, problems: VecDeque::new(), cut: 0, first_cut: None }
    }

    /// The number of the next frame, taken.
    #[inline]
    pub(super) fn number(&mut self) -> FrameNo {
        let number = self.next;
        self.next = number.next();
        number
    }

    /// Gives a number to a frame that is not handed out.
    pub(super) fn pass_number(&mut self) {
        self.next = self.next.next();
    }

    /// Numbers given so far.
    pub(super) fn numbered(&self) -> u64 {
        self.next.get().saturating_sub(1)
    }

    /// Notes that a frame is shorter than the packet was, where it is.
    #[inline]
    pub(super) fn note_length(&mut self, number: FrameNo, captured: usize, original: u32) {
        if super::bytes::size(original) > captured {
            self.cut = self.cut.saturating_add(1);
            self.first_cut.get_or_insert(number);
        }
    }

    /// Adds a problem at an offset and at the frame that comes next.
    pub(super) fn problem(&mut self, kind: ProblemKind, offset: u64, text: impl Into<String>) {
        self.problems.push_back(Problem::at_offset(kind, offset, Some(self.next), text));
    }

    /// Adds a problem.
    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push_back(problem);
    }

    /// The problem noted longest ago.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Problem> {
        if self.problems.is_empty() { None } else { self.problems.pop_front() }
    }

    /// Says how many packets were cut, once, at the end.
    pub(super) fn close(&mut self) {
        let Some(first) = self.first_cut.take() else { return };
        let (count, verb) = match self.cut {
            1 => ("1 packet".to_owned(), "was"),
            n => (format!("{n} packets"), "were"),
        };
        self.problems.push_back(Problem::at_frame(
            ProblemKind::CutPackets,
            first,
            format!(
                "{count} {verb} cut by the snap length when captured, here for the first time; what was cut is missing \
                 from the messages. Capture whole packets: tcpdump -s 0, or no snap length in Wireshark"
            ),
        ));
    }
}
