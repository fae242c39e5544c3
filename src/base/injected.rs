//! Faults that the proxy injected on purpose, as the comments on packets of a recording tell of them.
//!
//! One line a fault: `dmscope fault: drop-final on server package 4 (altered; recorded as received)`. A recording shows the
//! device's side of the proxy. The proxy writes these comments and the analysis reads them: both do it here.

use super::{Direction, Limits};
use std::fmt::{self, Write as _};

/// What an injected fault did to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It came later, octet by octet the same.
    Delayed,
    /// One side got something other than what the other side sent.
    Altered,
    /// It did not come whole: the connection was closed, the body was cut, or an error of HTTP came in its place.
    Interrupted,
}

impl Effect {
    const ALL: [Self; 3] = [Self::Delayed, Self::Altered, Self::Interrupted];

    /// The word of a comment.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delayed => "delayed",
            Self::Altered => "altered",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One fault that was injected into one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Injected {
    /// What it did.
    pub effect: Effect,
    /// Which way the message went. Of what a device sent, the recording has the octets before the fault; of what it got,
    /// those after it.
    pub direction: Direction,
    /// The fault, as its specification says it, with what was done in this case. Without line ends.
    pub text: String,
}

/// How a line of a comment begins that tells of a fault.
pub const INJECTED_PREFIX: &str = "dmscope fault: ";

impl Injected {
    /// A fault; line ends in `text` become blanks, and it is cut to [`Limits::REPORT_TEXT`] octets.
    pub fn new(effect: Effect, direction: Direction, text: &str) -> Self {
        let mut end = text.len().min(Limits::REPORT_TEXT);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        let text = text.get(..end).unwrap_or_default().replace(['\r', '\n'], " ");
        Self { effect, direction, text }
    }

    /// Whether it changed what one side got of the other.
    pub fn alters(&self) -> bool {
        self.effect != Effect::Delayed
    }

    /// The comment of a packet that tells of these faults, a line each; `None` where there are none.
    pub fn comment(faults: &[Self]) -> Option<String> {
        let mut comment = String::new();
        for fault in faults.iter().take(Limits::INJECTED) {
            if !comment.is_empty() {
                comment.push('\n');
            }
            // Writing to a String cannot fail.
            let _ = write!(comment, "{fault}");
        }
        (!comment.is_empty()).then_some(comment)
    }

    /// The faults that the comment of a packet tells of; lines of another kind are passed over.
    ///
    /// A fault whose effect is not known was written by another version: it counts as [`Effect::Altered`].
    pub fn read(comment: &str) -> Vec<Self> {
        comment.lines().filter_map(Self::read_line).take(Limits::INJECTED).collect()
    }

    fn read_line(line: &str) -> Option<Self> {
        let line = line.strip_prefix(INJECTED_PREFIX)?.trim();
        let tail = line.strip_suffix(')').and_then(|line| line.rsplit_once(" ("));
        let known = tail.and_then(|(text, tail)| {
            let (effect, recorded) = tail.split_once("; recorded as ")?;
            let effect = Effect::ALL.into_iter().find(|one| one.name() == effect)?;
            let direction = SIDES.into_iter().find(|(_, word)| *word == recorded)?.0;
            Some(Self::new(effect, direction, text))
        });
        Some(known.unwrap_or_else(|| Self::new(Effect::Altered, Direction::ServerToDevice, line)))
    }
}

const SIDES: [(Direction, &str); 2] = [(Direction::DeviceToServer, "sent"), (Direction::ServerToDevice, "received")];

impl fmt::Display for Injected {
    /// As a line of a comment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = SIDES.into_iter().find(|(direction, _)| *direction == self.direction).map_or("", |(_, word)| word);
        write!(f, "{INJECTED_PREFIX}{} ({}; recorded as {side})", self.text, self.effect.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let faults = [
            Injected::new(Effect::Delayed, Direction::DeviceToServer, "delay 3s on client"),
            Injected::new(Effect::Altered, Direction::ServerToDevice, "msgid 7 (it was 3)"),
            Injected::new(Effect::Interrupted, Direction::ServerToDevice, "two\nlines"),
        ];
        let comment = Injected::comment(&faults).unwrap();
        assert_eq!(comment.lines().next(), Some("dmscope fault: delay 3s on client (delayed; recorded as sent)"));
        assert_eq!(comment.lines().count(), 3);
        assert_eq!(Injected::read(&comment), faults);
        assert_eq!(Injected::comment(&[]), None);
    }

    #[test]
    fn other_comments_are_none_and_unknown_effects_are_taken_for_alterations() {
        assert_eq!(Injected::read("lunch\nthe dmscope fault: no"), []);
        let read = Injected::read("note\ndmscope fault: swap on server (swapped)\n");
        assert_eq!(read, [Injected::new(Effect::Altered, Direction::ServerToDevice, "swap on server (swapped)")]);
        assert_eq!(Injected::read(&"dmscope fault: x\n".repeat(1_000)).len(), Limits::INJECTED);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let fault = Injected::new(Effect::Altered, Direction::DeviceToServer, &format!("x{}", "ä".repeat(1_000)));
        assert_eq!(fault.text.len(), Limits::REPORT_TEXT - 1);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_comment_makes_it_panic_and_every_text_comes_back(
            comment in ".{0,60}(\\(.{0,20}\\))?",
            text in "[^\r\n]{0,40}x",
        ) {
            Injected::read(&comment);
            Injected::read(&format!("{INJECTED_PREFIX}{comment}"));
            let fault = Injected::new(Effect::Altered, Direction::DeviceToServer, text.trim_start());
            let comment = Injected::comment(std::slice::from_ref(&fault)).unwrap();
            proptest::prop_assert_eq!(Injected::read(&comment), [fault]);
        }
    }
}
