//! Operations that end later: which Exec a Generic Alert belongs to, in the session and in earlier ones.

use super::cx::{Cmd, Cx};
use super::sta::common::last_status;
use crate::base::FrameNo;
use crate::dm::{AlertContent, Earlier, EntryId, Past, Session};
use crate::objects;
use crate::syncml::CommandName;

/// An Exec, in an earlier session or in this one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'s> {
    /// Target as written.
    pub(super) uri: &'s str,
    pub(super) correlator: Option<&'s str>,
    /// Whether it was accepted with 202; `None` where its Status is not known.
    pub(super) accepted: Option<bool>,
    /// The last frame of its message.
    pub(super) frame: FrameNo,
    /// The earlier session, counted from the oldest that is known; `None` for this one.
    pub(super) session: Option<usize>,
    /// The Exec, where it is of this session.
    pub(super) exec: Option<Cmd<'s>>,
}

impl Operation<'_> {
    /// Whether a Generic Alert whose Source is this URI can tell of its end: it names the node, or the object that has it.
    pub(super) fn is_of(&self, source: &str) -> bool {
        objects::is_of(self.uri, source)
    }

    /// Whether a Generic Alert with that content, sent behind a frame, tells of its end.
    pub(super) fn is_ended_by(&self, alert: &AlertContent, frame: FrameNo) -> bool {
        objects::is_ended_by(self.uri, self.correlator, self.frame, alert, frame)
    }
}

/// Every Exec that is known of before a message of a session, the oldest first.
pub(super) fn known<'s>(session: &'s Session, past: &'s Past, before: EntryId) -> Vec<Operation<'s>> {
    let mut operations = Vec::new();
    for (at, earlier) in past.sessions().enumerate() {
        operations.extend(earlier.execs().iter().map(|exec| Operation {
            uri: &exec.uri,
            correlator: exec.correlator.as_deref(),
            accepted: (!exec.codes.is_empty() || earlier.whole).then(|| exec.is_accepted()),
            frame: exec.frame,
            session: Some(at),
            exec: None,
        }));
    }
    for (id, entry) in
        session.entries_with_ids().take_while(|(id, _)| *id < before).filter(|(_, entry)| entry.is_server())
    {
        let msg = super::cx::Msg { session, id, entry };
        for exec in msg.commands().filter(|cmd| cmd.command.name == CommandName::Exec) {
            operations.push(Operation {
                uri: exec.items().first().map_or("", |item| exec.text(item.target_uri)),
                correlator: exec.message().value(exec.command.correlator),
                accepted: last_status(exec).map(|(_, code)| code == 202),
                frame: entry.frames.last().copied().unwrap_or(FrameNo::FIRST),
                session: None,
                exec: Some(exec),
            });
        }
    }
    operations
}

/// Generic Alerts that are known of before a message of a session, with the frame of each, the oldest first.
pub(super) fn told<'s>(session: &'s Session, past: &'s Past, before: EntryId) -> Vec<(AlertContent, FrameNo)> {
    let earlier = past.sessions().flat_map(Earlier::alerts).map(|alert| (alert.content.clone(), alert.frame));
    let own = session.entries_with_ids().take_while(|(id, _)| *id < before).filter(|(_, entry)| entry.is_client());
    let own = own.flat_map(|(_, entry)| {
        let frame = entry.frames.last().copied().unwrap_or(FrameNo::FIRST);
        let alerts = entry.message.commands.iter();
        alerts.filter_map(move |alert| Some((AlertContent::of(&entry.message, alert)?, frame)))
    });
    earlier.chain(own).collect()
}

/// Whether all of the sessions from one of the past on is known, and nothing else went on beside them.
pub(super) fn is_known_since(past: &Past, session: usize) -> bool {
    !past.is_interleaved() && past.sessions().skip(session).all(|earlier| earlier.whole && !earlier.shortened)
}

/// What a Generic Alert of the client says, where it is one that a rule may compare: not the rest of a value, not refused.
pub(super) fn content(alert: Cmd<'_>, cx: &Cx<'_>) -> Option<AlertContent> {
    let entry = alert.msg.entry;
    if entry.is_server() || entry.refused || entry.is_continuation(alert.id) || cx.session().is_aborted_by(alert.msg.id)
    {
        return None;
    }
    AlertContent::of(alert.message(), alert.command)
}
