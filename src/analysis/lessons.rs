//! What finished sessions tell of trees, until they have their numbers.

use crate::base::{FrameNo, Limits};
use crate::tree::Lesson;
use std::collections::{BTreeMap, VecDeque};

/// Lessons by the first frame of their session.
#[derive(Debug, Default)]
pub(super) struct Lessons {
    waiting: BTreeMap<FrameNo, VecDeque<Lesson>>,
    octets: usize,
}

impl Lessons {
    /// Takes one. Where too much waits for one long session, only that there was a session is kept.
    pub(super) fn add(&mut self, first: FrameNo, mut lesson: Lesson) {
        if self.octets.saturating_add(lesson.octets()) > Limits::TREE_WAITING {
            lesson.forget();
        }
        self.octets = self.octets.saturating_add(lesson.octets());
        self.waiting.entry(first).or_default().push_back(lesson);
    }

    /// The lesson of the session that began at a frame; of several, the one that was finished first.
    pub(super) fn take(&mut self, first: FrameNo) -> Option<Lesson> {
        let waiting = self.waiting.get_mut(&first)?;
        let lesson = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&first);
        }
        self.octets = self.octets.saturating_sub(lesson.as_ref().map_or(0, Lesson::octets));
        lesson
    }
}
