//! Which fault applies to which message.

use super::change::{self, Changed};
use super::random::Random;
use super::spec::{Fault, FaultKind};
use super::track::{Place, Sessions};
use crate::base::{Direction, Injected, Limits};
use crate::http;
use crate::syncml::{self, CommandName, MediaType, Message};
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// All faults of a proxy, shared by its connections.
#[derive(Debug)]
pub struct Engine {
    faults: Vec<Fault>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// One for each fault.
    uses: Vec<Use>,
    sessions: Sessions,
}

/// What became of a fault so far.
#[derive(Debug)]
struct Use {
    /// Whether it may strike.
    on: bool,
    done: u64,
    random: Random,
}

/// How a fault stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The fault.
    pub fault: Fault,
    /// Whether it may strike.
    pub on: bool,
    /// How often it has struck, switched off in between or not.
    pub applied: u64,
}

/// What is to be done with one HTTP message. The default is to send it on as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Wait so long before anything of it (or of `replace_with`) is sent on.
    pub delay: Option<Duration>,
    /// Close both connections after so many octets of it, head included, were sent on; the whole of it where it is shorter.
    pub drop_after: Option<u64>,
    /// A whole HTTP response for the device: to a request, instead of sending that on; to a response, in its place.
    pub replace_with: Option<Vec<u8>>,
    /// The body to send instead; the head must be fitted to it ([`http::with_length`]).
    pub body: Option<Vec<u8>>,
    /// Send the request twice, and give the device the first answer.
    pub repeat: bool,
    /// What the recording is to say of it ([`Injected::comment`]): of a request, at the octets that the device sent; of a
    /// response, at those that it gets, or at the end of the connection where it gets none.
    pub notes: Vec<Injected>,
}

impl Plan {
    /// Whether the message passes as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Engine {
    /// An engine for these faults. Those that apply to one message apply in this order.
    pub fn new(faults: Vec<Fault>) -> Self {
        let begin = |fault: &Fault| Use { on: true, done: 0, random: Random::new(fault.when.seed.unwrap_or(0)) };
        let state = State { uses: faults.iter().map(begin).collect(), sessions: Sessions::default() };
        Self { faults, state: Mutex::new(state) }
    }

    /// The faults, in their order, and how each stands.
    pub fn faults(&self) -> Vec<Standing> {
        let standing =
            |(fault, used): (&Fault, &Use)| Standing { fault: fault.clone(), on: used.on, applied: used.done };
        self.with_state(|state| self.faults.iter().zip(&state.uses).map(standing).collect())
    }

    /// Switches a fault on or off, by its position from 0, from the next message on; gives what it is now. All begin switched
    /// on. One that is off counts sessions and messages all the same, and uses up neither `times` nor chance.
    pub fn turn(&self, position: usize) -> Option<bool> {
        self.with_state(|state| {
            let used = state.uses.get_mut(position)?;
            used.on = !used.on;
            Some(used.on)
        })
    }

    fn with_state<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        // What is in it is sound after each step, also after one that failed.
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether messages of that direction and media type (Content-Type) must come to [`Engine::message`]: a fault can apply
    /// to them, or one that counts sessions must see them. What says that it is something else than SyncML passes.
    pub fn wants(&self, direction: Direction, media_type: Option<&str>) -> bool {
        let media = MediaType::parse(media_type);
        if !media.is_syncml() && media != MediaType::Missing {
            return false;
        }
        self.with_state(|state| {
            self.faults.iter().zip(&state.uses).any(|(fault, used)| {
                used.is_left(fault)
                    && ((used.on && fault.when.is_for(direction))
                        || fault.when.follow_sessions()
                        || fault.kind == FaultKind::RepeatMsgId)
            })
        })
    }

    /// Looks at one whole HTTP/1 message: its head as it was sent, blank line included, and its body without transfer coding,
    /// of at most [`Limits::FAULT_BODY`] octets. `connection` names the device's connection. Each message comes once, in the
    /// order in which it is sent on.
    ///
    /// What is not SyncML passes. Where the body has a content coding, only faults that do not change SyncML apply, and those
    /// of octets to the octets as transferred.
    pub fn message(&self, connection: u64, direction: Direction, head: &[u8], body: &[u8]) -> Plan {
        if body.is_empty() || body.len() > Limits::FAULT_BODY {
            return Plan::default();
        }
        let Some((_, headers)) = http::read_head(head) else { return Plan::default() };
        let media = headers.iter().find(|header| header.name.eq_ignore_ascii_case(b"content-type"));
        let media = MediaType::parse(media.and_then(|header| str::from_utf8(&header.value).ok()));
        let content = http::content(&headers, body);
        let is_syncml = media.is_syncml() || content.as_deref().is_some_and(|content| syncml::sniff(content).is_some());
        if !is_syncml || !self.wants(direction, None) {
            return Plan::default();
        }
        let coded = !matches!(content, Some(Cow::Borrowed(_)));
        let message = content.and_then(|content| syncml::decode(content.into_owned(), media).ok());
        self.with_state(|state| {
            let place = message.as_ref().and_then(|message| state.sessions.place(connection, direction, message));
            let work =
                Work { direction, media, coded, place, message, body: Cow::Borrowed(body), plan: Plan::default() };
            work.run(&self.faults, &mut state.uses)
        })
    }
}

impl Use {
    fn is_left(&self, fault: &Fault) -> bool {
        fault.when.times.is_none_or(|times| self.done < times)
    }

    /// Whether chance lets the fault apply this time.
    fn strikes(&mut self, fault: &Fault) -> bool {
        fault.when.probability.is_none_or(|probability| probability.holds(self.random.next()))
    }
}

impl super::Conditions {
    fn is_for(&self, direction: Direction) -> bool {
        self.direction.is_none_or(|only| only == direction)
            && self.package.is_none_or(|package| (package % 2 == 1) == (direction == Direction::DeviceToServer))
    }

    fn hold(&self, direction: Direction, place: Option<&Place>, message: Option<&Message>) -> bool {
        let at = |wanted: Option<u64>, is: fn(&Place) -> u64| {
            wanted.is_none_or(|wanted| place.is_some_and(|place| is(place) == wanted))
        };
        self.is_for(direction)
            && at(self.session, |place| place.session)
            && at(self.package.map(u64::from), |place| place.package.into())
            && at(self.message, |place| place.message)
            && self.status_to.is_none_or(|to| {
                message.is_some_and(|message| {
                    message
                        .commands
                        .iter()
                        .any(|command| command.name == CommandName::Status && message.text(command.cmd) == to)
                })
            })
    }
}

/// One message and what was decided about it so far.
struct Work<'b> {
    direction: Direction,
    media: MediaType,
    /// Its body has a content coding.
    coded: bool,
    place: Option<Place>,
    message: Option<Message>,
    body: Cow<'b, [u8]>,
    plan: Plan,
}

impl Work<'_> {
    fn run(mut self, faults: &[Fault], uses: &mut [Use]) -> Plan {
        // An answer in its place leaves nothing to be changed: it is decided first.
        let is_http = |fault: &Fault| matches!(fault.kind, FaultKind::Http(_));
        let holding: Vec<bool> = faults
            .iter()
            .zip(uses.iter())
            .map(|(fault, used)| {
                used.on
                    && used.is_left(fault)
                    && fault.when.hold(self.direction, self.place.as_ref(), self.message.as_ref())
            })
            .collect();
        for first in [true, false] {
            for ((fault, used), holds) in faults.iter().zip(uses.iter_mut()).zip(&holding) {
                if *holds && is_http(fault) == first && self.may(fault) {
                    self.apply(fault, used);
                }
            }
        }
        self.plan
    }

    /// Whether a fault has something to act on after those that applied before.
    fn may(&self, fault: &Fault) -> bool {
        match fault.kind {
            FaultKind::Delay(_) => true,
            FaultKind::Http(_) => self.plan.replace_with.is_none(),
            FaultKind::Drop { .. } => self.plan.replace_with.is_none() && self.plan.drop_after.is_none(),
            FaultKind::Repeat => {
                self.plan.replace_with.is_none() && !self.plan.repeat && self.direction == Direction::DeviceToServer
            }
            _ => self.plan.replace_with.is_none(),
        }
    }

    fn apply(&mut self, fault: &Fault, used: &mut Use) {
        let changed = match fault.kind {
            FaultKind::DropFinal
            | FaultKind::MsgId(_)
            | FaultKind::RepeatMsgId
            | FaultKind::AlterNonce
            | FaultKind::StripStatus { .. } => {
                let message = self.message.as_ref().filter(|_| !self.coded);
                match message.and_then(|one| change::message(&fault.kind, &fault.when, one, self.place.as_ref())) {
                    Some(changed) => Some(changed),
                    None => return,
                }
            }
            FaultKind::Truncate(length) if length >= self.body.len() => return,
            FaultKind::Corrupt(Some(at)) if at >= self.body.len() => return,
            FaultKind::Corrupt(None) if self.body.is_empty() => return,
            _ => None,
        };
        if !used.strikes(fault) {
            return;
        }
        let changed = changed.or_else(|| change::octets(&fault.kind, &self.body, &mut used.random));
        let mut text = fault.to_string();
        match fault.kind {
            FaultKind::Delay(time) => {
                self.plan.delay = Some(self.plan.delay.unwrap_or_default().saturating_add(time));
            }
            FaultKind::Drop { after } => self.plan.drop_after = Some(after),
            FaultKind::Http(status) => self.plan.replace_with = Some(answer(status)),
            FaultKind::Repeat => self.plan.repeat = true,
            _ => {}
        }
        if let Some(Changed { body, detail }) = changed {
            if !detail.is_empty() {
                text = format!("{text} ({detail})");
            }
            self.take(body);
        }
        used.done += 1;
        self.plan.notes.push(Injected::new(fault.kind.effect(), self.direction, &text));
    }

    /// Goes on with another body.
    fn take(&mut self, body: Vec<u8>) {
        if !self.coded {
            self.message = syncml::decode(body.clone(), self.media).ok();
        }
        self.plan.body = Some(body.clone());
        self.body = Cow::Owned(body);
    }
}

/// A response of the proxy's own.
fn answer(status: u16) -> Vec<u8> {
    let reason = match status {
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Server Error",
    };
    format!("HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}
