//! One operation, told in one line.

use super::model::{Action, AlertType, Object};
use crate::dm::Place;

/// Where an operation began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// With this Exec of the session.
    Here(Place),
    /// With an Exec of the earlier session with this SessionID.
    Earlier(String),
    /// With nothing that was seen: what the device reports on its own, or what was asked for before the capture.
    Unseen,
}

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No Status for the Exec was seen.
    Unanswered,
    /// Its Status says that nothing was done.
    Refused(u16),
    /// Its Status says that it was done at once, and no alert came.
    Done(u16),
    /// It was accepted, and no alert came.
    Pending,
    /// Its result code is one of success.
    Succeeded(u16),
    /// Its result code is one of failure.
    Failed(u16),
    /// An alert tells of it, without a result code.
    Told,
}

impl Outcome {
    /// In reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unanswered => "unanswered",
            Self::Refused(_) => "refused",
            Self::Done(_) => "done",
            Self::Pending => "pending",
            Self::Succeeded(_) => "succeeded",
            Self::Failed(_) => "failed",
            Self::Told => "told",
        }
    }

    /// The result code, or that of the Status which stands for it.
    pub const fn code(self) -> Option<u16> {
        match self {
            Self::Refused(code) | Self::Done(code) | Self::Succeeded(code) | Self::Failed(code) => Some(code),
            Self::Unanswered | Self::Pending | Self::Told => None,
        }
    }

    /// Whether an alert may still tell of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Unanswered | Self::Done(_) | Self::Pending)
    }
}

/// Something that was seen of an operation on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// What the user said, when he was asked in the same container.
    User(&'static str),
    /// The Exec was accepted: Status 202.
    Accepted,
    /// The Exec was done at once: its Status.
    Done(u16),
    /// A state that was read, in the words of its object.
    State(String),
    /// What was fetched for it, or sent, and how that went.
    Fetched(String),
    /// An alert told of a part of it, or of data that it collected.
    Part(String),
    /// A second alert told of its end, with this result code.
    Again(Option<u16>),
}

/// Steps that are kept of one operation: a server may ask for the state again and again.
pub(super) const STEPS: usize = 16;

/// An operation, from its Exec to the alert that tells of its end, as far as they were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The object; `None` where nothing tells which it is.
    pub object: Option<&'static Object>,
    /// What was started; `None` where nothing tells, or nothing was.
    pub action: Option<&'static Action>,
    /// The type of the alert, where it is known.
    pub alert: Option<&'static AlertType>,
    /// Target of the Exec; of an alert without one, its Source.
    pub node: String,
    /// The instance that it is about: the node over its operations.
    pub about: String,
    /// Correlator of the Exec, or else of the alert.
    pub correlator: Option<String>,
    /// Where it began.
    pub begun: Begun,
    /// The alert of the session that told of its end.
    pub ended: Option<Place>,
    /// The download of the session that was for it, as a position in
    /// [`Session::downloads`](crate::dm::Session::downloads); the latest one.
    pub download: Option<usize>,
    /// What was seen in between.
    pub steps: Vec<Step>,
    /// What became of it.
    pub outcome: Outcome,
    /// The versions of the firmware that the device gave before it and after its end, of an operation that changes the firmware.
    pub versions: Versions,
}

/// A version before an operation, and one after its end, as far as they were read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Versions {
    /// Before its Exec.
    pub before: Option<String>,
    /// After the alert that tells of its end.
    pub after: Option<String>,
}

impl Versions {
    /// What they say of the operation; nothing where the one after it is not known.
    fn text(&self) -> Option<String> {
        let after = self.after.as_deref()?;
        Some(match self.before.as_deref() {
            Some(before) if before == after => format!("firmware still {after}"),
            Some(before) => format!("firmware {before} → {after}"),
            None => format!("firmware {after} afterwards"),
        })
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Object {}

impl Story {
    /// Adds what was fetched for it, or sent; with `anew`, what goes on from before is told as a whole.
    pub(super) fn fetched(&mut self, told: String, anew: bool) {
        if let Some(Step::Fetched(known)) = self.steps.last_mut().filter(|_| anew) {
            *known = told;
        } else if self.steps.len() < STEPS {
            self.steps.push(Step::Fetched(told));
        }
    }

    /// Its line in the report of a session.
    pub fn text(&self) -> String {
        self.line("no alert by the end of this session")
    }

    /// Its line where everything that was captured has been looked at.
    pub fn text_of_run(&self) -> String {
        self.line("no alert in this capture")
    }

    fn line(&self, pending: &str) -> String {
        let mut words: Vec<String> = self.steps.iter().map(|step| self.step(step)).collect();
        let at = self.steps.iter().take_while(|step| !matches!(step, Step::Again(_))).count();
        if let Some(end) = self.end(pending) {
            words.insert(at, end);
        }
        words.extend(self.versions.text());
        if self.begun == Begun::Unseen && self.action.is_some() {
            words.push("its Exec is not in this capture".to_owned());
        }
        format!("{}: {}", self.head(), words.join(", "))
    }

    /// What it is, and of what.
    fn head(&self) -> String {
        let begun = match &self.begun {
            Begun::Earlier(session) => format!(" (begun in session {session})"),
            Begun::Here(_) | Begun::Unseen => String::new(),
        };
        match (self.action, self.object) {
            (Some(action), _) => format!("{} of {}{begun}", action.name, self.about),
            (None, Some(object)) if self.begun == Begun::Unseen => match self.about.as_str() {
                "" => object.name.to_owned(),
                about => format!("{} {about}", object.name),
            },
            _ => format!("operation {}{begun}", self.node),
        }
    }

    fn step(&self, step: &Step) -> String {
        match step {
            Step::User(said) => format!("{said} by the user"),
            Step::Accepted => "accepted".to_owned(),
            Step::Done(code) => match self.action {
                Some(action) if *code >= 1000 => format!("{} ({})", action.done, self.coded(*code)),
                _ => format!("done ({})", self.status(*code)),
            },
            Step::State(told) | Step::Part(told) | Step::Fetched(told) => told.clone(),
            Step::Again(Some(code)) => format!("told again ({})", self.coded(*code)),
            Step::Again(None) => "told again".to_owned(),
        }
    }

    /// A code with what it means to the object.
    fn coded(&self, code: u16) -> String {
        match self.object.and_then(|object| object.code(code)) {
            Some(known) => format!("{code} {}", known.meaning),
            None => code.to_string(),
        }
    }

    fn end(&self, pending: &str) -> Option<String> {
        let action = self.action;
        Some(match self.outcome {
            // Its step says so.
            Outcome::Done(_) => return None,
            Outcome::Unanswered => "no Status in this capture".to_owned(),
            Outcome::Refused(214) => "cancelled (214)".to_owned(),
            Outcome::Refused(215) => "not executed (215)".to_owned(),
            Outcome::Refused(code) => format!("refused ({})", self.status(code)),
            Outcome::Pending => format!("pending: {pending}"),
            Outcome::Succeeded(code) => {
                format!("{} ({})", action.map_or("succeeded", |action| action.done), self.coded(code))
            }
            Outcome::Failed(code) => {
                let known = self.object.and_then(|object| object.code(code)).and_then(|known| known.failed);
                let failed = known.or(action.map(|action| action.failed)).unwrap_or("failed");
                format!("{failed} ({})", self.coded(code))
            }
            Outcome::Told => match (action, self.alert) {
                (None, Some(alert)) => alert.meaning.to_owned(),
                _ if self.begun == Begun::Unseen => "told without a result code".to_owned(),
                _ => "ended, without a result code".to_owned(),
            },
        })
    }

    /// The code of a Status: those of an object have four digits, and a meaning there.
    fn status(&self, code: u16) -> String {
        if code >= 1000 { self.coded(code) } else { code.to_string() }
    }
}
