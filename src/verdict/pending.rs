//! Operations that are not finished when the captures end: kept up with session by session.

use super::{OperationOutcome, OperationReport, Text};
use crate::base::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io;

/// How the operations of a session begin in its row: quotation marks inside texts are escaped there.
const OPERATIONS: &[u8] = b"\"operations\":[";

/// An operation that was accepted with Status 202, and whose end no alert tells by the end of the captures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PendingReport {
    /// The device's LocURI.
    pub device: Option<Text<'static>>,
    /// The server's LocURI.
    pub server: Option<Text<'static>>,
    /// The object, such as `FUMO`; left out where nothing tells which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Text<'static>>,
    /// What was started, such as `firmware update`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Text<'static>>,
    /// Target of the Exec.
    pub node: Text<'static>,
    /// Its Correlator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlator: Option<Text<'static>>,
    /// Number of the session with its Exec; null where that session is not in this report.
    pub session: Option<u32>,
    /// SessionID of that session.
    pub session_id: Option<Text<'static>>,
    /// Number of the message with its Exec.
    pub message: Option<u32>,
    /// The file that it was read from, where there are several: position in `inputs`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// Number of the latest session that has to do with it.
    pub last_session: u32,
    /// What was known of it by the end of that session, in one line.
    pub text: Text<'static>,
}

impl PendingReport {
    /// What it is: the operation and its node, or the node alone.
    pub fn name(&self) -> String {
        match (&self.operation, &self.object) {
            (Some(operation), Some(object)) => format!("{operation} of {} ({object})", self.node),
            (Some(operation), None) => format!("{operation} of {}", self.node),
            (None, _) => format!("operation {}", self.node),
        }
    }

    /// Since when, in words.
    pub fn since(&self) -> String {
        match (self.session, &self.session_id, self.message) {
            (Some(session), _, Some(message)) => format!("since session {session}, message {message}"),
            (Some(session), _, None) => format!("since session {session}"),
            (None, Some(id), _) => format!("since a session that is not in this report (SessionID {id})"),
            (None, None, _) => "since a session that is not in this report".to_owned(),
        }
    }
}

/// What a row says of whose session it is.
#[derive(Deserialize)]
struct Row {
    device: Option<Text<'static>>,
    server: Option<Text<'static>>,
    session_id: Option<Text<'static>>,
    #[serde(default)]
    operations: Vec<OperationReport<'static>>,
    messages: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    input: Option<u32>,
}

/// Keeps up with the operations that are not finished.
#[derive(Debug, Clone, Default)]
pub(super) struct PendingOperations {
    open: Vec<PendingReport>,
    left_out: u64,
}

impl PendingOperations {
    /// Takes the row of a session. Rows come in the order of their numbers.
    pub(super) fn take(&mut self, number: u32, row: &[u8]) -> io::Result<()> {
        if memchr::memmem::find(row, OPERATIONS).is_none() {
            return Ok(());
        }
        let row: Row = serde_json::from_slice(row)?;
        for operation in &row.operations {
            self.operation(number, &row, operation);
        }
        Ok(())
    }

    fn operation(&mut self, number: u32, row: &Row, operation: &OperationReport<'static>) {
        let is_pending = operation.outcome == OperationOutcome::Pending;
        let is_of_device = |open: &PendingReport| open.device == row.device && open.server == row.server;
        let is_same = |open: &PendingReport| {
            is_of_device(open)
                && open.session != Some(number)
                && open.node == operation.node
                && open.correlator == operation.correlator
                && open.session_id == operation.begun_in
        };
        let known = match (operation.begun, &operation.begun_in) {
            (Some(_), _) => None,
            (None, Some(_)) => self.open.iter().position(is_same),
            // Its Exec is in another file, as far as anybody can say: each is a capture of its own.
            (None, None) => {
                let is_told = |open: &PendingReport| {
                    let (node, source) = (&*open.node, &*operation.node);
                    let is_at = node == source || node.strip_prefix(source).is_some_and(|rest| rest.starts_with('/'));
                    let tied = open.correlator.is_some() && open.correlator == operation.correlator;
                    is_of_device(open) && (tied || open.correlator.is_none() && is_at)
                };
                let known = self.open.iter().position(is_told);
                if known.is_none() {
                    return;
                }
                known
            }
        };
        match (known, is_pending) {
            (Some(at), false) => {
                self.open.remove(at);
            }
            (Some(at), true) => {
                if let Some(open) = self.open.get_mut(at) {
                    (open.last_session, open.text) = (number, operation.text.clone());
                }
            }
            (None, false) => {}
            (None, true) if self.open.len() >= Limits::PENDING_OPERATIONS => {
                self.left_out = self.left_out.saturating_add(1);
            }
            (None, true) => {
                let is_here = operation.begun.is_some();
                self.open.push(PendingReport {
                    device: row.device.clone(),
                    server: row.server.clone(),
                    object: operation.object.clone(),
                    operation: operation.operation.clone(),
                    node: operation.node.clone(),
                    correlator: operation.correlator.clone(),
                    session: is_here.then_some(number),
                    session_id: if is_here { row.session_id.clone() } else { operation.begun_in.clone() },
                    message: operation.begun,
                    input: row.messages.first().and_then(|message| message.input),
                    last_session: number,
                    text: operation.text.clone(),
                });
            }
        }
    }

    /// Those that are left at the end, and how many more there may be.
    pub(super) fn finish(&mut self) -> (Vec<PendingReport>, u64) {
        (std::mem::take(&mut self.open), std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{JudgedSession, ReportStore, example};

    fn operation(outcome: OperationOutcome, begun: Option<u32>, begun_in: Option<&str>) -> OperationReport<'static> {
        OperationReport {
            text: "firmware download of ./F".into(),
            object: Some("FUMO".into()),
            operation: Some("firmware download".into()),
            node: "./F/Download".into(),
            correlator: Some("c".into()),
            outcome,
            begun,
            begun_in: begun_in.map(|id| id.to_owned().into()),
            ..OperationReport::default()
        }
    }

    /// What is left after sessions with these operations, all of one device.
    fn left(sessions: Vec<Vec<OperationReport<'static>>>) -> Vec<PendingReport> {
        let mut store = ReportStore::default();
        for (number, operations) in (1..).zip(sessions) {
            let mut session = example::session(1);
            (session.session_id, session.operations) = (Some(format!("S{number}").into()), operations);
            store.add(number, &JudgedSession::new(session, Vec::new()).unwrap()).unwrap();
        }
        store.finish(Vec::new(), Vec::new(), Vec::new());
        store.tail().pending.clone()
    }

    #[test]
    fn an_operation_is_open_until_an_alert_tells_of_its_end() {
        use OperationOutcome::{Done, Failed, Pending, Succeeded};
        let begun = || operation(Pending, Some(2), None);
        let open = left(vec![vec![begun()], vec![operation(Pending, None, Some("S1"))], vec![]]);
        let [one] = open.as_slice() else { panic!("{open:?}") };
        assert_eq!((one.session, one.message, one.last_session), (Some(1), Some(2), 2));
        assert_eq!(one.name(), "firmware download of ./F/Download (FUMO)");
        assert_eq!(one.since(), "since session 1, message 2");
        for end in [Succeeded, Failed] {
            assert_eq!(left(vec![vec![begun()], vec![operation(end, None, Some("S1"))]]), []);
        }
        // Another one, and one that was done at once.
        assert_eq!(left(vec![vec![begun()], vec![operation(Succeeded, None, Some("S7"))]]).len(), 1);
        assert_eq!(left(vec![vec![operation(Done, Some(1), None)]]), []);
        // Two of the same name end one by one.
        let two = vec![begun(), begun()];
        let ends = operation(Succeeded, None, Some("S1"));
        assert_eq!(left(vec![two.clone(), vec![ends.clone()]]).len(), 1);
        assert_eq!(left(vec![two, vec![ends.clone(), ends]]), []);
    }

    #[test]
    fn an_alert_in_another_file_ends_it_too() {
        let told = OperationReport { node: "./F".into(), ..operation(OperationOutcome::Succeeded, None, None) };
        let begun = operation(OperationOutcome::Pending, Some(2), None);
        assert_eq!(left(vec![vec![begun.clone()], vec![told.clone()]]), []);
        let other = OperationReport { correlator: Some("d".into()), ..told };
        assert_eq!(left(vec![vec![begun], vec![other]]).len(), 1);
    }

    #[test]
    fn what_began_in_a_session_that_is_left_out_says_so() {
        let open = left(vec![vec![operation(OperationOutcome::Pending, None, Some("9"))]; 2]);
        let [one] = open.as_slice() else { panic!("{open:?}") };
        assert_eq!((one.session, one.message, one.last_session), (None, None, 2));
        assert_eq!(one.since(), "since a session that is not in this report (SessionID 9)");
    }

    #[test]
    fn so_many_are_kept_and_the_others_counted() {
        let mut store = ReportStore::default();
        let mut session = example::session(1);
        session.operations = vec![operation(OperationOutcome::Pending, Some(1), None); Limits::PENDING_OPERATIONS + 3];
        store.add(1, &JudgedSession::new(session, Vec::new()).unwrap()).unwrap();
        store.finish(Vec::new(), Vec::new(), Vec::new());
        assert_eq!(store.tail().pending.len(), Limits::PENDING_OPERATIONS);
        assert_eq!(store.tail().summary.pending, Limits::PENDING_OPERATIONS as u64 + 3);
    }
}
