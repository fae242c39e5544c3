//! How far a matcher looks, and what it means that nothing was found there.

use super::events::{Chain, Event};
use super::{Reason, Window};
use crate::base::Direction;
use crate::dm::{End, EntryId, Place, Session};

/// A window in one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    /// The last message in the window.
    to: EntryId,
    /// Why the absence of something in it proves nothing; `None` for a closed window without a hole.
    doubt: Option<Reason>,
}

/// A window over the events of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// The position after its last event.
    pub(super) end: usize,
    /// Why the absence of something in it proves nothing.
    pub(super) doubt: Option<Reason>,
    /// Why a `never` in which nothing was found is no pass: the evidence has to go on beyond the window.
    pub(super) silence: Option<Reason>,
}

/// The window that starts at an event.
pub(super) fn reach(chain: &Chain<'_>, from: &Event, sender: Direction, window: Window) -> Reach {
    let Some(session) = chain.session(from) else {
        return Reach { end: 0, doubt: Some(Reason::WindowOpen), silence: Some(Reason::WindowOpen) };
    };
    let later = matches!(window, Window::NextSession | Window::Device);
    let span = span(session, from.entry, sender, if later { Window::Session } else { window });
    if !later {
        let goes_on = session.end == End::Completed || session.entries.len() > span.to.index().saturating_add(1);
        return Reach {
            end: chain.of_message(from.session, span.to).end,
            doubt: span.doubt,
            silence: span.doubt.or((!goes_on).then_some(Reason::WindowOpen)),
        };
    }
    let next = from.session.saturating_add(1);
    let until = if window == Window::Device { chain.sessions.len() } else { next.saturating_add(1) };
    let between = chain.sessions.get(from.session..until.min(chain.sessions.len())).unwrap_or_default();
    let holes = between.iter().filter_map(|seen| {
        let last = last_of(seen.session);
        hole(seen.session, EntryId(0), last).or((!seen.session.start_seen).then_some(Reason::Truncated))
    });
    let is_closed = window == Window::NextSession && until < chain.sessions.len()
        || (window == Window::NextSession
            && until == chain.sessions.len()
            && between.last().is_some_and(|seen| seen.session.end == End::Completed));
    // The first session counts from where the window starts; that its own beginning is missing is no matter.
    let open = (!is_closed).then_some(Reason::WindowOpen);
    let doubt = holes.skip(1).max().or_else(|| hole(session, from.entry, last_of(session))).or(open);
    let end = chain.of_session(until.min(chain.sessions.len()).saturating_sub(1)).end;
    Reach { end, doubt, silence: doubt }
}

fn last_of(session: &Session) -> EntryId {
    EntryId(u32::try_from(session.entries.len().saturating_sub(1)).unwrap_or(u32::MAX))
}

/// Why it proves nothing that no answer to something was found; `None` where it should have come by then.
pub(super) fn doubt_of_answer(session: &Session, to: Place, sender: Direction, window: Window) -> Option<Reason> {
    let span = span(session, to.entry, sender, window);
    let name = match to.command {
        None => Some("SyncHdr"),
        Some(_) => session.command(to).map(|(_, command)| command.name.name()),
    };
    let first = session.next_of_peer(to.entry).map(|(id, _)| id);
    let is_stray = first.zip(name).is_some_and(|(first, name)| session.has_stray_answer_between(first, span.to, name));
    let is_unsound = to.command.is_some_and(|id| session.entry(to.entry).is_some_and(|entry| !entry.is_sound(id)));
    // Of a message that was refused with its header, nothing was executed.
    let is_refused = to.command.is_some() && session.entry(to.entry).is_some_and(|entry| entry.refused);
    span.doubt.or(is_refused.then_some(Reason::RefusedByPeer)).or((is_stray || is_unsound).then_some(Reason::Ambiguous))
}

/// The window that starts at a message, for something that `sender` is expected to send, in one session.
fn span(session: &Session, from: EntryId, sender: Direction, window: Window) -> Span {
    let last = last_of(session);
    let end = match window {
        Window::Message => Some(from),
        Window::Reply => reply(session, from, sender),
        // Of what the sender itself is about, the package that it stands in.
        Window::Package if session.entry(from).is_some_and(|entry| entry.direction == sender) => {
            session.package_end(from)
        }
        Window::Package => reply(session, from, sender).and_then(|first| session.package_end(first)),
        Window::Session if session.end == End::Completed => Some(last),
        Window::Session | Window::NextSession | Window::Device => None,
    };
    let to = end.unwrap_or(last);
    let stops = session.entry(from).is_some_and(|entry| entry.direction != sender && entry.is_unanswered());
    let doubt = if let Some(hole) = hole(session, from, to) {
        Some(hole)
    } else if session.is_altered_by(to) || session.is_interrupted_between(from, to) {
        Some(Reason::PeerFault)
    } else if session.abort().is_some_and(|abort| (from..=to).contains(&abort)) {
        Some(Reason::Aborted)
    } else if end.is_some() {
        (stops && window != Window::Message).then_some(Reason::Aborted)
    } else {
        Some(ending(session, window))
    };
    Span { to, doubt }
}

/// The next message of a sender after a message, those left out that repeat the MsgID of the sender's message before.
fn reply(session: &Session, from: EntryId, sender: Direction) -> Option<EntryId> {
    let is_own = session.entry(from)?.direction == sender;
    let mut next = if is_own { session.next_of_sender(from) } else { session.next_of_peer(from) };
    while let Some((id, entry)) = next {
        let msg_id = entry.message.msg_id();
        let before = session.previous_of_sender(id).and_then(|(_, before)| before.message.msg_id());
        if msg_id.is_none() || msg_id != before {
            return Some(id);
        }
        next = session.next_of_sender(id);
    }
    None
}

/// What is missing between two messages, if something is.
fn hole(session: &Session, from: EntryId, to: EntryId) -> Option<Reason> {
    if session.is_whole_between(from, to) {
        return None;
    }
    let is_unread =
        session.entries_with_ids().any(|(id, entry)| (from..=to).contains(&id) && !entry.message.is_judgeable());
    Some(if is_unread { Reason::Undecodable } else { Reason::Gap })
}

/// Why a window did not close in a session.
fn ending(session: &Session, window: Window) -> Reason {
    if matches!(window, Window::NextSession | Window::Device) {
        return Reason::WindowOpen;
    }
    match session.end {
        End::Aborted => Reason::Aborted,
        End::Open if session.entries.last().is_some_and(|entry| entry.is_unanswered()) => Reason::Aborted,
        End::Completed | End::Open | End::Truncated => Reason::WindowOpen,
    }
}
