//! Where secrets come from.

use super::closed::ClientRandom;
use super::hash::Secret;
use super::keylog::{KeyLog, Known, Label, SessionId};
use super::private_key::PrivateKeys;
use crate::base::Limits;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The secrets that a user gives.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Key logs.
    pub log: KeyLog,
    /// Private keys of servers.
    pub keys: PrivateKeys,
}

/// All secrets of one input: those that the user gave, those in the capture, those of sessions seen before.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) given: Arc<Secrets>,
    pub(super) captured: KeyLog,
    pub(super) sessions: Sessions,
    /// More secrets may come.
    pub(super) late: bool,
}

impl Sources {
    fn logs(&self) -> [&KeyLog; 2] {
        [&self.captured, &self.given.log]
    }

    fn known(&self, client_random: &ClientRandom) -> impl Iterator<Item = &Known> {
        let client_random = *client_random;
        self.logs().into_iter().filter_map(move |log| log.get(&client_random))
    }

    /// Whether any secret of this connection is known.
    pub(super) fn knows(&self, client_random: &ClientRandom) -> bool {
        self.known(client_random).next().is_some()
    }

    pub(super) fn master(&self, client_random: &ClientRandom) -> Option<Secret> {
        self.known(client_random).find_map(|known| known.master)
    }

    pub(super) fn traffic(&self, client_random: &ClientRandom, label: Label) -> Option<Secret> {
        self.known(client_random).find_map(|known| known.traffic(label))
    }

    pub(super) fn premaster(&self, client_random: &ClientRandom, encrypted: Option<&[u8; 8]>) -> Option<&[u8]> {
        let by_random = self.known(client_random).find_map(|known| known.premaster.as_deref());
        by_random.or_else(|| {
            let encrypted = encrypted?;
            self.logs().into_iter().find_map(|log| log.premaster_of(encrypted)).map(Secret::octets)
        })
    }

    /// The master secret of a session that is resumed.
    pub(super) fn resumed(&self, session: &SessionId) -> Option<Secret> {
        self.sessions.get(session).or_else(|| self.logs().into_iter().find_map(|log| log.master_of(session)).copied())
    }
}

/// Master secrets of sessions that may be resumed, up to TLS 1.2; the oldest is forgotten first.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    known: BTreeMap<SessionId, Secret>,
    order: VecDeque<SessionId>,
}

impl Sessions {
    fn get(&self, session: &SessionId) -> Option<Secret> {
        self.known.get(session).copied()
    }

    pub(super) fn add(&mut self, session: SessionId, master: Secret) {
        if self.known.insert(session, master).is_none() {
            self.order.push_back(session);
            if self.order.len() > Limits::TLS_SESSIONS
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
        }
    }
}
