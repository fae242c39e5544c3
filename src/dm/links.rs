//! What answers what: every Status and Results tied to its command, and back.

use super::session::{Entry, EntryId};
use crate::syncml::CommandId;

/// Something in a session that can be answered or pointed at: a message's header, or one of its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The message.
    pub entry: EntryId,
    /// The command; `None` for the SyncHdr.
    pub command: Option<CommandId>,
}

/// Where the references of a Status or Results lead (MsgRef and CmdRef: OMA-TS-SyncML-RepPro-V1_2_2, section 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// To this header or command of the other side.
    Found(Place),
    /// To a message that the capture does not hold, or holds only in part: nobody can say.
    NotCaptured,
    /// To a message or command whose identifier occurs twice: nobody can say which is meant.
    Ambiguous,
    /// MsgRef is absent (and, for Results, no default leads anywhere).
    NoMsgRef,
    /// CmdRef is absent or empty, and Cmd is not SyncHdr. Names the message.
    NoCmdRef(EntryId),
    /// No message of the other side has that MsgID.
    NoSuchMessage,
    /// The message exists; it has no command with that CmdID.
    NoSuchCommand(EntryId),
    /// Only a message that was sent later has that MsgID.
    Forward(EntryId),
    /// Only the sender's own messages fit.
    Own(Place),
}

impl Resolution {
    /// The place, where there is one.
    pub const fn found(self) -> Option<Place> {
        match self {
            Self::Found(place) => Some(place),
            _ => None,
        }
    }

    /// Whether it is plainly wrong, as opposed to found or unknowable.
    pub const fn is_broken(self) -> bool {
        matches!(
            self,
            Self::NoMsgRef
                | Self::NoCmdRef(_)
                | Self::NoSuchMessage
                | Self::NoSuchCommand(_)
                | Self::Forward(_)
                | Self::Own(_)
        )
    }
}

/// One answer: the Status or Results at `answer` answers `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Link {
    pub(super) to: Place,
    pub(super) answer: Place,
}

/// Answers of one kind, by what they answer.
#[derive(Debug, Default)]
struct Answers {
    links: Vec<Link>,
    /// For each message, its header first and then its commands: where the links to it begin; last, where all end.
    heads: Vec<u32>,
    /// Where in `heads` each message begins.
    begins: Vec<usize>,
}

/// Where a place stands among those of its message.
const fn slot_of(place: Place) -> usize {
    match place.command {
        Some(command) => command.index() + 1,
        None => 0,
    }
}

impl Answers {
    /// Takes the number of commands of each message.
    fn sort(&mut self, commands: impl Iterator<Item = usize>) {
        self.links.sort_unstable();
        self.heads.clear();
        self.begins.clear();
        let mut at = 0;
        for (entry, commands) in commands.enumerate() {
            self.begins.push(self.heads.len());
            for slot in 0..=commands {
                self.heads.push(u32::try_from(at).unwrap_or(u32::MAX));
                let is_here = |link: &Link| (link.to.entry.index(), slot_of(link.to)) <= (entry, slot);
                while self.links.get(at).is_some_and(is_here) {
                    at += 1;
                }
            }
        }
        self.heads.push(u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn to(&self, to: Place) -> impl Iterator<Item = Place> + '_ {
        let slot = self.begins.get(to.entry.index()).map_or(usize::MAX - 1, |begin| begin + slot_of(to));
        let bound = |slot: usize| self.heads.get(slot).copied().unwrap_or_default() as usize;
        let links = self.links.get(bound(slot)..bound(slot + 1)).unwrap_or_default();
        links.iter().filter(move |link| link.to == to).map(|link| link.answer)
    }
}

/// All answers of a session, found from what they answer.
#[derive(Debug, Default)]
pub(super) struct Links {
    statuses: Answers,
    results: Answers,
}

impl Links {
    pub(super) fn add_status(&mut self, to: Place, answer: Place) {
        self.statuses.links.push(Link { to, answer });
    }

    pub(super) fn add_results(&mut self, to: Place, answer: Place) {
        self.results.links.push(Link { to, answer });
    }

    /// Answers arrive in the order of the session; afterwards they are looked up by what they answer.
    pub(super) fn sort(&mut self, entries: &[Entry]) {
        let commands = || entries.iter().map(|entry| entry.message.commands.len());
        self.statuses.sort(commands());
        self.results.sort(commands());
    }

    pub(super) fn statuses(&self, to: Place) -> impl Iterator<Item = Place> + '_ {
        self.statuses.to(to)
    }

    pub(super) fn results(&self, to: Place) -> impl Iterator<Item = Place> + '_ {
        self.results.to(to)
    }
}
