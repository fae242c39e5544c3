//! Pushes whose carrier knows no address of the device, tied to sessions by what they name. Where more than one would fit, or
//! none surely, nothing is tied.

use super::accounts::written_accounts;
use super::bootstrap::{Bootstrap, Bootstraps, Sent, Tied};
use super::carrier::Party;
use super::live::{Live, normal_server};
use super::notified::{Notified, Pending, Tie};
use super::tracker::Tracker;
use crate::base::{Direction, Timestamp};
use crate::syncml::Message;
use std::collections::{BTreeSet, VecDeque};

/// Whether an address of a server, as SyncHdr has it, is that of the server with this identifier: the same text, or a URI on
/// the host of that name.
pub(super) fn is_called(server: &str, uri: &str) -> bool {
    let server = server.trim();
    let host = uri.split_once("://").map(|(_, rest)| rest.split(['/', ':', '?']).next().unwrap_or_default());
    !server.is_empty()
        && (server == uri
            || normal_server(server).trim_end_matches('/') == normal_server(uri).trim_end_matches('/')
            || host.is_some_and(|host| host.eq_ignore_ascii_case(server)))
}

/// What a bootstrap message names, by which its session is found.
#[derive(Debug, Default)]
pub(super) struct Names {
    servers: Vec<String>,
    clients: Vec<String>,
}

impl Names {
    /// Names of one message that are looked at.
    const MOST: usize = 16;

    pub(super) fn of(bootstrap: &Bootstrap) -> Self {
        let mut names = Self::default();
        let mut server = |name: Option<&str>| {
            names.servers.extend(name.filter(|name| !name.trim().is_empty()).map(str::to_owned));
        };
        if let Some(document) = bootstrap.document() {
            for account in document.applications("w7").take(Self::MOST) {
                server(account.value("PROVIDER-ID"));
                server(account.value("ADDR"));
                account.groups("APPADDR").take(Self::MOST).for_each(|group| server(group.value("ADDR")));
            }
            let accounts = document.applications("w7").take(Self::MOST);
            let own = accounts.flat_map(|account| account.groups("APPAUTH").take(Self::MOST)).filter(|group| {
                // What the client shows to the server (OMA-TS-DM_StdObj-V1_2_1, mapping of the application w7).
                group.value("AAUTHLEVEL").is_some_and(|level| level.eq_ignore_ascii_case("APPSRV"))
            });
            names.clients = own.filter_map(|group| group.value("AAUTHNAME").map(str::to_owned)).collect();
        }
        if let Some(message) = bootstrap.message() {
            server(message.source());
            for account in written_accounts(message) {
                server(account.server.as_deref());
                account.addresses.iter().for_each(|address| server(Some(address)));
            }
        }
        names
    }

    /// Whether it is for a client that may be the one that says this of itself.
    fn fit(&self, server: &str, client: Option<&str>) -> bool {
        let fits_client = |client: &str| self.clients.is_empty() || self.clients.iter().any(|name| name == client);
        self.servers.iter().any(|name| is_called(name, server)) && client.is_none_or(fits_client)
    }
}

/// What a client's first message, and the server in it or in its answer, say of a session.
struct Wanted<'m> {
    first: &'m Message,
    server: &'m str,
    begun: Timestamp,
}

impl Pending {
    /// The notification that asked for such a session: it has its SessionID, names its server, and is the only such one.
    fn claim_named(&mut self, wanted: &Wanted<'_>) -> Option<Notified> {
        let id = wanted.first.session_id().unwrap_or_default();
        wanted.first.alerts(1200).next()?;
        let mut fitting = self.waiting().filter(|(_, notice, content)| {
            notice.carrier.device().is_none()
                && notice.time <= wanted.begun
                && content.is_some_and(|content| {
                    content.session_id_text() == id && is_called(&content.server_text(), wanted.server)
                })
        });
        let (at, notice, _) = fitting.next()?;
        let is_other = |other: &super::Notice| {
            other.carrier.destination() != notice.carrier.destination() || other.push.body != notice.push.body
        };
        let is_only = !fitting.any(|(_, other, _)| is_other(other));
        drop(fitting);
        if is_only { self.take(at, Tie::SameId, wanted.begun) } else { None }
    }
}

impl Bootstraps {
    /// Those that went to one telephone, of which one names the server of such a session; none where those to several do.
    fn claim_named(&mut self, wanted: &Wanted<'_>) -> Vec<Bootstrap> {
        let client = wanted.first.value(wanted.first.hdr.source_name);
        let is_early = |sent: &Sent| sent.carrier.device().is_none() && sent.time <= wanted.begun;
        let fitting: Vec<&Sent> =
            self.waiting.iter().filter(|sent| is_early(sent) && sent.names.fit(wanted.server, client)).collect();
        let Some(first) = fitting.first() else { return Vec::new() };
        let to = first.carrier.destination();
        // What went to nobody knows whom is one thing with nothing but what is the same.
        let is_together =
            |sent: &Sent| sent.carrier.destination() == to && (to != Party::Unknown || sent.push == first.push);
        if !fitting.iter().all(|sent| is_together(sent)) {
            return Vec::new();
        }
        let together: BTreeSet<usize> = self
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, sent)| is_early(sent) && is_together(sent))
            .map(|(at, _)| at)
            .collect();
        let (mut here, mut others) = (VecDeque::new(), VecDeque::new());
        for (at, sent) in self.waiting.drain(..).enumerate() {
            if together.contains(&at) { here.push_back(sent) } else { others.push_back(sent) }
        }
        self.waiting = others;
        self.read(here, Tied::Server)
    }
}

impl Tracker {
    /// Ties a session that has begun to what asked for it, or to what its device got, by its server's name: the one that the
    /// client calls when it begins, and then the one that the server gives itself.
    pub(super) fn claim_named(&mut self, session: u64, server: &str) {
        let Some(live) = self.live.get(&session) else { return };
        let Some(begin) = live.draft.entries.first().filter(|_| live.draft.start_seen) else { return };
        let wanted = Wanted { first: &begin.message, server, begun: begin.started };
        let notified = match &live.draft.notification {
            Some(_) => None,
            None => self.pending.claim_named(&wanted).map(Box::new),
        };
        // A device that had a session with the server before had an account already: nobody can say for whom a new one is.
        let may_be_new = live.draft.bootstraps.is_empty() && self.is_first(session, live);
        let bootstraps = if may_be_new { self.bootstraps.claim_named(&wanted) } else { Vec::new() };
        let octets = bootstraps.iter().map(Bootstrap::octets).sum::<usize>();
        let Some(live) = self.live.get_mut(&session) else { return };
        if notified.is_some() {
            live.draft.notification = notified;
        }
        if !bootstraps.is_empty() {
            live.draft.bootstraps = bootstraps;
            live.octets += octets;
            let held = if live.ended { &mut self.ended_octets } else { &mut self.open_octets };
            *held += octets;
        }
    }

    /// Whether no earlier session of the device with the server was seen.
    fn is_first(&self, session: u64, live: &Live) -> bool {
        let Some(pair) = super::memory::pair_of(live) else { return false };
        let beside = self.of_device.get(&pair.0).is_some_and(|others| others.iter().any(|other| *other != session));
        !beside && !self.memory.knows(&pair)
    }

    /// What a message that is about to be added calls the server, where it is the first one of its side and something waits
    /// for the name.
    pub(super) fn names_server(&self, session: u64, message: &Message, direction: Direction) -> Option<String> {
        if self.pending.is_empty() && self.bootstraps.waiting.is_empty() {
            return None;
        }
        self.live.get(&session).filter(|live| live.last_of(direction).is_none())?;
        match direction {
            Direction::DeviceToServer => message.target().map(str::to_owned),
            Direction::ServerToDevice => message.source().map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::carrier::{Carrier, Delivery};
    use super::*;
    use crate::base::FrameNo;
    use crate::dm::{Finished, Session};
    use crate::fixture::Script;
    use crate::sms::Joined;

    const PLAIN: &str =
        "device at=5\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:1\nserver\n    Status SyncHdr 200\n";

    /// A push as a script has it, by short message to a number, or to nobody knows whom.
    fn sent(line: &str, to: Option<&str>) -> (Vec<u8>, Party) {
        let payload = Script::parse(line).unwrap().pushes()[0].payload.clone();
        (payload, to.map_or(Party::Unknown, |number| Party::Number(number.to_owned())))
    }

    /// The sessions of a script that these pushes came before, and how many pushes no session followed.
    fn sessions(pushes: &[(Vec<u8>, Party)], script: &str) -> (Vec<Session>, usize) {
        let mut tracker = Tracker::new();
        for (payload, destination) in pushes {
            let originator = Party::Number("4911".to_owned());
            let carrier = Carrier::Sms {
                originator,
                destination: destination.clone(),
                port: Some(2948),
                joined: Joined::default(),
            };
            tracker.deliver(Delivery { frame: FrameNo::FIRST, time: Timestamp::default(), carrier, payload });
        }
        let mut sessions = Vec::new();
        let mut keep = |finished: Finished| sessions.push(*finished.session);
        for exchange in Script::parse(script).unwrap().exchanges() {
            tracker.exchange(exchange, &mut keep);
        }
        tracker.finish(&mut keep);
        (sessions, tracker.take_problems().len())
    }

    #[test]
    fn a_notification_to_a_number_is_tied_by_session_id_and_server() {
        let notification = |options: &str, to| sent(&format!("notification id=1A {options}"), to);
        let tied = |pushes: &[(Vec<u8>, Party)], script: &str| {
            sessions(pushes, script).0[0].notification.as_ref().map(|notified| (notified.tie, notified.repeated))
        };
        let script = format!("session session=1A\n{PLAIN}");
        let one = notification("", Some("+491"));
        assert_eq!(tied(std::slice::from_ref(&one), &script), Some((Tie::SameId, 0)));
        assert_eq!(tied(&[one.clone(), one.clone()], &script), Some((Tie::SameId, 1)));
        // Another SessionID, another server, another opening, another telephone with the same number.
        assert_eq!(tied(std::slice::from_ref(&one), &script.replace("1A", "1B")), None);
        assert_eq!(tied(&[notification("server=other.example.com", None)], &script), None);
        assert_eq!(tied(std::slice::from_ref(&one), &script.replace("1200", "1201")), None);
        assert_eq!(tied(&[one, notification("", Some("+492"))], &script), None);
    }

    #[test]
    fn a_server_that_calls_itself_otherwise_is_known_by_its_own_message() {
        let one = sent("notification id=1A server=srv1", Some("+491"));
        let script = "session session=1A\ndevice at=5\n    Alert 1200\nserver source=srv1\n    Status SyncHdr 200\n";
        let (found, _) = sessions(std::slice::from_ref(&one), script);
        assert_eq!(found[0].notification.as_ref().map(|notified| notified.tie), Some(Tie::SameId));
        let (found, _) = sessions(&[one], &script.replace(" source=srv1", ""));
        assert!(found[0].notification.is_none());
    }

    #[test]
    fn a_bootstrap_message_to_a_number_is_tied_by_its_server_where_one_fits_alone() {
        let document = "bootstrap\n    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com\n        APPAUTH AAUTHLEVEL=APPSRV AAUTHNAME=dev1\n";
        let account = |to| sent(document, to);
        let napdef = |to| sent("bootstrap\n    NAPDEF NAPID=N1\n", to);
        let count = |pushes: &[(Vec<u8>, Party)], script: &str| {
            let (found, alone) = sessions(pushes, script);
            assert!(found[0].bootstraps.iter().all(|bootstrap| bootstrap.tied == Tied::Server));
            (found.iter().map(|session| session.bootstraps.len()).collect::<Vec<_>>(), alone)
        };
        // What went to the same number goes with it.
        assert_eq!(count(&[account(Some("+491")), napdef(Some("+491"))], PLAIN), (vec![2], 0));
        assert_eq!(count(&[account(Some("+491")), napdef(Some("+492"))], PLAIN), (vec![1], 1));
        assert_eq!(count(&[account(None), napdef(None), account(None)], PLAIN), (vec![1], 1));
        assert_eq!(count(&[account(Some("+491")), account(Some("+492"))], PLAIN), (vec![0], 2));
        let other = "bootstrap\n    APPLICATION APPID=w7 PROVIDER-ID=other.example.com\n";
        assert_eq!(count(&[sent(other, Some("+491"))], PLAIN), (vec![0], 1));
        assert_eq!(count(&[sent("bootstrap dm\n    Add ./Inbox=x\n", Some("+491"))], PLAIN), (vec![1], 0));
        // One that another server sends names its own, in a serialised tree and node by node.
        let add =
            include_str!("../../tests/fixtures/s18.dms").lines().find(|line| line.contains("Add ./Inbox")).unwrap();
        let plain = "    Add ./DMAcc/x/ServerID=dm.example.com ./DMAcc/x/AppID=w7";
        for (lines, expected) in [(add, (vec![1], 0)), (plain, (vec![1], 0)), ("    Add ./Inbox=x", (vec![0], 1))] {
            let boot = format!("bootstrap dm source=boot.example.net\n{lines}\n");
            assert_eq!(count(&[sent(&boot, Some("+491"))], PLAIN), expected, "{lines}");
        }
        // The account of another client.
        let named = |name: &str| PLAIN.replace("device at=5", &format!("device at=5 locname={name}"));
        assert_eq!(count(&[account(Some("+491"))], &named("dev2")), (vec![0], 1));
        assert_eq!(count(&[account(Some("+491"))], &named("dev1")), (vec![1], 0));
        // A device that had an account with the server.
        let twice = format!("{}session session=2\n{PLAIN}", PLAIN.replace("at=5", "at=0"));
        let early = Script::parse(&twice).unwrap().messages()[0].time;
        let mut tracker = Tracker::new();
        let mut found = Vec::new();
        let mut keep = |finished: Finished| found.push(finished.session.bootstraps.len());
        for (at, exchange) in Script::parse(&twice).unwrap().exchanges().into_iter().enumerate() {
            if at == 1 {
                let (payload, destination) = account(Some("+491"));
                let carrier = Carrier::Sms {
                    originator: Party::Unknown,
                    destination,
                    port: Some(2948),
                    joined: Joined::default(),
                };
                tracker.deliver(Delivery { frame: FrameNo::FIRST, time: early, carrier, payload: &payload });
            }
            tracker.exchange(exchange, &mut keep);
        }
        tracker.finish(&mut keep);
        assert_eq!((found, tracker.take_problems().len()), (vec![0, 0], 1));
    }
}
