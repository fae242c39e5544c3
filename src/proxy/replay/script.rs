//! A recorded session as something to play: which message of the server answers which of the device.

use crate::base::{Direction, Role};
use crate::dm::{Entry, EntryId, HttpAnswer, Session};
use std::collections::BTreeSet;

/// One exchange of the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The device's message; `None` where the recording lacks it.
    pub asked: Option<EntryId>,
    /// How the server answered it.
    pub answer: Answer,
}

/// How the server answered in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With this message.
    Message(EntryId),
    /// With an HTTP response that carried no message.
    Status(u16),
    /// By closing the connection.
    Closed,
    /// The recording does not say.
    Unknown,
}

impl Answer {
    /// The server's message, where it is one.
    pub const fn message(self) -> Option<EntryId> {
        match self {
            Self::Message(entry) => Some(entry),
            _ => None,
        }
    }
}

/// A session that can be played.
#[derive(Debug)]
pub struct Script {
    session: Session,
    steps: Vec<Step>,
    own: Direction,
}

/// Why a session can't be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The side that is to be played has no message in it.
    #[error("the recording holds no message of the {0}; there is nothing to play")]
    NothingToPlay(Role),
}

impl Script {
    /// The script of one side of a session.
    ///
    /// # Errors
    ///
    /// When that side has no message in it.
    pub fn new(session: Session, side: Role) -> Result<Self, ScriptError> {
        let own = match side {
            Role::Client => Direction::DeviceToServer,
            Role::Server => Direction::ServerToDevice,
        };
        if session.sent_by(own).next().is_none() {
            return Err(ScriptError::NothingToPlay(side));
        }
        let steps = steps(&session);
        Ok(Self { session, steps, own })
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Its exchanges, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The direction of the side that is played.
    pub fn own(&self) -> Direction {
        self.own
    }

    /// The side that is played.
    pub fn side(&self) -> Role {
        Role::of(self.own)
    }

    /// What the recording lacks, in sentences.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.session.start_seen {
            remarks.push("the recording does not hold the start of the session; what it holds is played".to_owned());
        }
        if self.session.has_losses {
            remarks.push("messages inside the session are missing in the recording".to_owned());
        }
        for (id, _) in self.session.sent_by(self.own).filter(|(_, entry)| !entry.message.is_judgeable()) {
            let number = id.0.saturating_add(1);
            remarks.push(format!("message {number} could only be decoded in part; only that part is played"));
        }
        remarks
    }

    pub(super) fn entry(&self, id: EntryId) -> Option<&Entry> {
        self.session.entry(id)
    }

    pub(super) fn step(&self, at: usize) -> Option<Step> {
        self.steps.get(at).copied()
    }
}

fn steps(session: &Session) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut taken = BTreeSet::new();
    for (id, entry) in session.entries_with_ids() {
        if entry.is_client() {
            let answer = match entry.http_answer {
                HttpAnswer::Message(answer) => Answer::Message(answer),
                HttpAnswer::Empty { status } | HttpAnswer::Other { status } => Answer::Status(status),
                HttpAnswer::Nothing => Answer::Closed,
                HttpAnswer::Undecodable { .. } | HttpAnswer::NotCaptured => Answer::Unknown,
            };
            taken.extend(answer.message());
            steps.push(Step { asked: Some(id), answer });
        } else if taken.insert(id) {
            let open = steps.last_mut().filter(|step| step.answer == Answer::Unknown && step.asked == entry.answers);
            match open {
                Some(step) => step.answer = Answer::Message(id),
                None => steps.push(Step { asked: None, answer: Answer::Message(id) }),
            }
        }
    }
    steps
}
