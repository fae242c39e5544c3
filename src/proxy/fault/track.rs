//! Sessions as they pass: which one a message belongs to, and where in it.

use crate::base::{Direction, Limits};
use crate::dm::{Content, Packages};
use crate::syncml::Message;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Where a message stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The session, from 1.
    pub(super) session: u64,
    /// Its package, 1 to 4.
    pub(super) package: u8,
    /// Which message of its sender it is, from 1.
    pub(super) message: u64,
    /// MsgID of the sender's message before it, where that is a plain number.
    pub(super) previous_msg_id: Option<u64>,
}

/// Device and SessionID, as a number of fixed size: what is remembered is not the sender's to choose.
type Key = u64;

/// All sessions that passed lately. Memory: [`Limits::FAULT_SESSIONS`] of them, a few hundred octets each.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    count: u64,
    clock: u64,
    live: BTreeMap<Key, Live>,
    of_connection: BTreeMap<u64, (u64, Key)>,
}

#[derive(Debug)]
struct Live {
    number: u64,
    touched: u64,
    packages: Packages,
    client: Side,
    server: Side,
}

/// What one side has sent.
#[derive(Debug, Default)]
struct Side {
    place: Place,
    /// Its last body, as a number.
    body: Option<u64>,
    msg_id: Option<u64>,
}

impl Sessions {
    /// The place of a message that passes. `None` for one that says neither whose it is, nor follows one on its connection.
    pub(super) fn place(&mut self, connection: u64, direction: Direction, message: &Message) -> Option<Place> {
        self.clock += 1;
        let clock = self.clock;
        let device = match direction {
            Direction::DeviceToServer => message.source(),
            Direction::ServerToDevice => message.target(),
        };
        let named = device.zip(message.session_id()).map(|names| fingerprint(&names));
        let body = fingerprint(message.body());
        let of_connection = || self.of_connection.get(&connection).map(|(_, key)| *key);
        let key = match direction {
            Direction::DeviceToServer => named.or_else(of_connection)?,
            Direction::ServerToDevice => named.filter(|key| self.live.contains_key(key)).or_else(of_connection)?,
        };
        let is_new = direction == Direction::DeviceToServer
            && self.live.get(&key).is_none_or(|live| live.client.body != Some(body) && begins(message));
        if is_new {
            self.count += 1;
            let live = Live {
                number: self.count,
                touched: clock,
                packages: Packages::new(message.msg_number().is_none_or(|number| number <= 1)),
                client: Side::default(),
                server: Side::default(),
            };
            self.live.insert(key, live);
            evict(&mut self.live, |live| live.touched);
        }
        self.of_connection.insert(connection, (clock, key));
        evict(&mut self.of_connection, |(touched, _)| *touched);
        let live = self.live.get_mut(&key)?;
        live.touched = clock;
        let side = match direction {
            Direction::DeviceToServer => &mut live.client,
            Direction::ServerToDevice => &mut live.server,
        };
        // Sent again, it is the same message.
        if side.body == Some(body) {
            return Some(side.place.clone());
        }
        let step = live.packages.next(direction, Content::of(message, false), message.is_judgeable());
        side.place = Place {
            session: live.number,
            package: step.package.number,
            message: side.place.message + 1,
            previous_msg_id: side.msg_id,
        };
        side.body = Some(body);
        side.msg_id = message.msg_number();
        Some(side.place.clone())
    }
}

/// Whether a client's message begins a session: it opens one, with MsgID 1, and answers nothing (a package that is repeated
/// after a challenge does).
fn begins(message: &Message) -> bool {
    let opens = message.alerts(1200).next().is_some() || message.alerts(1201).next().is_some();
    opens && message.msg_number() == Some(1) && !Content::of(message, false).responses
}

fn fingerprint(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Forgets what was touched longest ago, where there is too much.
fn evict<T>(map: &mut BTreeMap<u64, T>, touched: impl Fn(&T) -> u64) {
    if map.len() > Limits::FAULT_SESSIONS
        && let Some(oldest) = map.iter().min_by_key(|(_, one)| touched(one)).map(|(key, _)| *key)
    {
        map.remove(&oldest);
    }
}
