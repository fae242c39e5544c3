//! Bootstrap messages, and the sessions of the devices that they went to (OMA-TS-DM_Bootstrap-V1_2_1, section 5).

use super::carrier::{Carrier, Delivery};
use super::named::Names;
use super::notified::Notice;
use super::tracker::Tracker;
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::provisioning::{self, Characteristic, Document, Item, Proof, Secrets};
use crate::push::{BootstrapMedia, BootstrapPush, Push};
use crate::syncml::{self, Encoding, MediaType, Message, sniff};
use md5::{Digest as _, Md5};
use std::collections::VecDeque;
use std::net::IpAddr;

/// What is in a bootstrap message.
#[derive(Debug, Clone)]
pub enum BootstrapContent {
    /// A provisioning document, as far as it could be read.
    Document(Document),
    /// A message of DM, as far as it could be read.
    Message(Box<Message>),
    /// Nothing could be made of it: why.
    Unread(&'static str),
}

/// What holding the server's credentials in a bootstrap message against those for other devices showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharedSecret {
    /// There was nothing to hold against one another.
    NotCompared,
    /// No other device got them.
    Own,
    /// Another device got the same ones, in the bootstrap message of that frame.
    With(FrameNo),
}

/// What ties a bootstrap message to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tied {
    /// The session comes from the address that it went to.
    Address,
    /// The session is with the server that it names, and no other bootstrap message would fit. That the device is the one that it
    /// went to, nothing says.
    Server,
}

/// A bootstrap message, tied to the session of its device that began after it.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// What it came by, from whom and to whom.
    pub carrier: Carrier,
    /// What ties it to the session.
    pub tied: Tied,
    /// The push PDU.
    pub push: BootstrapPush,
    /// What the content looks like, whatever its type is said to be; `None` where it looks like none of them.
    pub looks_like: Option<BootstrapMedia>,
    /// What is in it.
    pub content: BootstrapContent,
    /// How often it was sent again before the session began, content and all.
    pub repeated: u32,
    /// What recomputing the MAC showed, with the secrets that were given.
    pub proof: Proof,
    /// Whether the server's secret in it went to another device as well.
    pub shared: SharedSecret,
}

impl Bootstrap {
    fn read(sent: Sent, tied: Tied) -> Self {
        let Sent { frame, time, carrier, push, .. } = sent;
        let looks_like = looks_like_bootstrap(&push.body);
        let content = content(&push, looks_like);
        let mut bootstrap = Self {
            frame,
            time,
            carrier,
            tied,
            push,
            looks_like,
            content,
            repeated: 0,
            proof: Proof::Unprotected,
            shared: SharedSecret::NotCompared,
        };
        bootstrap.verify(&Secrets::default());
        bootstrap
    }

    /// Whether it is a provisioning document, and not a message of DM: by what it looks like, or else by what it says.
    pub fn is_provisioning(&self) -> bool {
        self.looks_like.unwrap_or(self.push.media).is_provisioning()
    }

    /// By whose rules it is protected.
    pub fn profile(&self) -> provisioning::Profile {
        if self.is_provisioning() { provisioning::Profile::Provisioning } else { provisioning::Profile::Dm }
    }

    /// The provisioning document in it.
    pub fn document(&self) -> Option<&Document> {
        match &self.content {
            BootstrapContent::Document(document) => Some(document),
            _ => None,
        }
    }

    /// The message of DM in it.
    pub fn message(&self) -> Option<&Message> {
        match &self.content {
            BootstrapContent::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Recomputes its MAC.
    pub(super) fn verify(&mut self, secrets: &Secrets) {
        let (sec, mac) = (self.push.sec.as_deref(), self.push.mac.as_deref());
        self.proof = provisioning::verify(self.profile(), sec, mac, &self.push.body, secrets);
    }

    /// Octets of memory that it holds, roughly.
    pub(super) fn octets(&self) -> usize {
        let content = match &self.content {
            BootstrapContent::Document(document) => size(&document.items),
            BootstrapContent::Message(message) => message.octets(),
            BootstrapContent::Unread(_) => 0,
        };
        size_of::<Self>() + self.push.body.len() + content
    }

    /// The secrets with which servers show who they are, each with the server that it is of.
    fn server_secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        let accounts = self.document().into_iter().flat_map(|document| document.applications("w7"));
        accounts.flat_map(|account| {
            let server = account.value("PROVIDER-ID").unwrap_or_default();
            let of_server = account.groups("APPAUTH").filter(|group| group.value("AAUTHLEVEL") == Some("CLIENT"));
            let secrets = of_server.filter_map(|group| group.value("AAUTHSECRET"));
            secrets.filter(|secret| !secret.is_empty()).map(move |secret| (server, secret))
        })
    }
}

/// What octets look like: the content of which bootstrap message, in which encoding.
pub fn looks_like_bootstrap(body: &[u8]) -> Option<BootstrapMedia> {
    if provisioning::is_wbxml(body) {
        return Some(BootstrapMedia::ProvisioningWbxml);
    }
    match sniff(body) {
        Some(Encoding::Wbxml) => Some(BootstrapMedia::DmWbxml),
        Some(Encoding::Xml) => Some(BootstrapMedia::DmXml),
        None => provisioning::is_xml(body).then_some(BootstrapMedia::ProvisioningXml),
    }
}

/// Octets of memory of what a document holds, roughly. Recursion is bounded by the depth that decoders allow.
fn size(items: &[Item]) -> usize {
    let of = |item: &Item| match item {
        Item::Parm(parm) => parm.name.len() + parm.value.as_ref().map_or(0, String::len),
        Item::Characteristic(Characteristic { kind, items, .. }) => kind.len() + size(items),
    };
    items.iter().map(|item| size_of::<Item>() + of(item)).sum()
}

fn content(push: &BootstrapPush, looks_like: Option<BootstrapMedia>) -> BootstrapContent {
    const TOO_LARGE: BootstrapContent = BootstrapContent::Unread("it unfolds to more than is kept of one");
    if looks_like.unwrap_or(push.media).is_provisioning() {
        let document = provisioning::decode(&push.body);
        return match size(&document.items) {
            octets if octets > Limits::BOOTSTRAP => TOO_LARGE,
            _ => BootstrapContent::Document(document),
        };
    }
    match syncml::decode(push.body.clone(), MediaType::parse(Some(looks_like.unwrap_or(push.media).name()))) {
        Ok(message) if message.octets() > Limits::BOOTSTRAP => TOO_LARGE,
        Ok(message) => BootstrapContent::Message(Box::new(message)),
        Err(_) => BootstrapContent::Unread("it cannot be decoded"),
    }
}

/// A bootstrap message on its way.
#[derive(Debug)]
pub(super) struct Sent {
    frame: FrameNo,
    pub(super) time: Timestamp,
    pub(super) carrier: Carrier,
    pub(super) push: BootstrapPush,
    /// What it names; of one that went to an address, nothing.
    pub(super) names: Names,
}

impl Sent {
    fn new(frame: FrameNo, time: Timestamp, carrier: Carrier, push: BootstrapPush) -> Self {
        let sent = Self { frame, time, carrier, push, names: Names::default() };
        if sent.carrier.device().is_some() {
            return sent;
        }
        let (carrier, push) = (sent.carrier.clone(), sent.push.clone());
        let read = Bootstrap::read(Self { frame, time, carrier, push, names: Names::default() }, Tied::Server);
        Self { names: Names::of(&read), ..sent }
    }

    /// Whether it is another one once more.
    fn is_again(&self, other: &Self) -> bool {
        self.carrier.destination() == other.carrier.destination() && self.push == other.push
    }
}

/// Bootstrap messages after which no session of their device has begun yet, in the order in which they were seen; and what
/// is remembered of the secrets in earlier ones.
#[derive(Debug, Default)]
pub(super) struct Bootstraps {
    pub(super) waiting: VecDeque<Sent>,
    /// Digests of a server with its secret, the device that got it, and where; the latest ones.
    secrets: VecDeque<(Shared, String, FrameNo)>,
}

/// Digests of a server's name, and of its name with its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shared {
    server: [u8; 16],
    secret: [u8; 16],
}

impl Shared {
    fn of(server: &str, secret: &str) -> Self {
        let secret = [server.as_bytes(), b"\0", secret.as_bytes()].concat();
        Self { server: Md5::digest(server).into(), secret: Md5::digest(secret).into() }
    }
}

impl Bootstraps {
    /// Takes one; what had to be forgotten for it is given back.
    fn add(&mut self, sent: Sent) -> Option<Problem> {
        let full = self.waiting.len() >= Limits::BOOTSTRAPS;
        let forgotten = full.then(|| self.waiting.pop_front()).flatten();
        self.waiting.push_back(sent);
        // Of several alike, the last one is named.
        forgotten.filter(|sent| !self.waiting.iter().any(|other| other.is_again(sent))).map(|sent| alone(&sent, 0))
    }

    /// Those that went to a device before a session of its began, sent from there.
    pub(super) fn claim(&mut self, device: IpAddr, begun: Timestamp, name: &str) -> Vec<Bootstrap> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let is_for = |sent: &Sent| sent.carrier.device() == Some(device) && sent.time <= begun;
        let (here, others): (VecDeque<Sent>, VecDeque<Sent>) = self.waiting.drain(..).partition(is_for);
        self.waiting = others;
        let mut found = self.read(here, Tied::Address);
        found.iter_mut().for_each(|bootstrap| bootstrap.shared = self.compare(bootstrap, name));
        found
    }

    /// Reads what belongs to one session, each once. What is too much for one waits for the next.
    pub(super) fn read(&mut self, here: VecDeque<Sent>, tied: Tied) -> Vec<Bootstrap> {
        let mut found: Vec<Bootstrap> = Vec::new();
        for sent in here {
            let again = |known: &&mut Bootstrap| {
                known.push == sent.push && known.carrier.destination() == sent.carrier.destination()
            };
            if let Some(known) = found.iter_mut().find(again) {
                known.repeated = known.repeated.saturating_add(1);
            } else if found.len() < Limits::BOOTSTRAPS_OF_A_SESSION {
                found.push(Bootstrap::read(sent, tied));
            } else {
                // The next session of the device takes it, if one comes.
                self.waiting.push_back(sent);
            }
        }
        found
    }

    /// Holds the secrets of a message against those that other devices got of the same server, and remembers them.
    fn compare(&mut self, bootstrap: &Bootstrap, device: &str) -> SharedSecret {
        let mut seen = SharedSecret::NotCompared;
        if device.is_empty() {
            return seen;
        }
        for (server, secret) in bootstrap.server_secrets() {
            let own = Shared::of(server, secret);
            for (other, name, frame) in &self.secrets {
                if name == device || other.server != own.server {
                    continue;
                }
                seen = match seen {
                    SharedSecret::With(_) => seen,
                    _ if other.secret == own.secret => SharedSecret::With(*frame),
                    _ => SharedSecret::Own,
                };
            }
            if self.secrets.len() >= Limits::BOOTSTRAPS {
                self.secrets.pop_front();
            }
            self.secrets.push_back((own, device.chars().take(256).collect(), bootstrap.frame));
        }
        seen
    }

    /// The capture ended: those that no session followed, each once.
    pub(super) fn finish(&mut self) -> Vec<Problem> {
        let mut left: Vec<(Sent, u32)> = Vec::new();
        for sent in std::mem::take(&mut self.waiting) {
            match left.iter_mut().find(|(known, _)| sent.is_again(known)) {
                Some((_, repeated)) => *repeated = repeated.saturating_add(1),
                None => left.push((sent, 0)),
            }
        }
        left.iter().map(|(sent, repeated)| alone(sent, *repeated)).collect()
    }
}

/// What is to be said of a bootstrap message that belongs to no session.
fn alone(sent: &Sent, repeated: u32) -> Problem {
    let again = match repeated {
        0 => String::new(),
        repeated => format!(", sent {} times,", u64::from(repeated) + 1),
    };
    Problem::at_frame(
        ProblemKind::BootstrapAlone,
        sent.frame,
        format!(
            "a bootstrap message ({}) to {}{again} is followed by no session of that device, so that no rule looks at it; save the payload of the frame, and dmscope decode shows it",
            sent.push.media.name(),
            sent.carrier.destination().said()
        ),
    )
}

impl Tracker {
    /// Takes what may be a push. A notification, on whatever port it comes, is tied to the session that it asks for, and a
    /// bootstrap message on the ports of WAP push to the next session of its device, if one begins after it.
    pub fn deliver(&mut self, delivery: Delivery<'_>) {
        let Delivery { frame, time, carrier, payload } = delivery;
        if let Ok(push) = Push::decode(payload) {
            self.notice(Notice { frame, time, carrier, push });
        } else if carrier.is_for_push()
            && let Ok(push) = BootstrapPush::decode(payload)
        {
            self.bootstrap(frame, time, carrier, push);
        }
    }

    /// Takes a bootstrap message.
    pub(super) fn bootstrap(&mut self, frame: FrameNo, time: Timestamp, carrier: Carrier, push: BootstrapPush) {
        self.problems.extend(self.bootstraps.add(Sent::new(frame, time, carrier, push)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dm::Finished;
    use crate::fixture::Script;
    use crate::net::Endpoint;

    /// The tracker after a push with each of these contents, and the sessions of a device.
    fn after(bodies: &[Vec<u8>]) -> (Tracker, Vec<Finished>) {
        let script = Script::parse("device at=5\n    Alert 1201\nserver\n    Status SyncHdr 200\n").unwrap();
        let device = script.exchanges().remove(0).client;
        let mut tracker = Tracker::new();
        for (at, body) in (0..).zip(bodies) {
            let payload = [&[1, 6, 1, 0xb6][..], body].concat();
            let time = Timestamp::from_nanos(at);
            let destination = Endpoint { port: 2948, ..device };
            let carrier = Carrier::Udp { source: device, destination };
            tracker.deliver(Delivery { frame: FrameNo::FIRST, time, carrier, payload: &payload });
        }
        let mut sessions = Vec::new();
        for exchange in script.exchanges() {
            tracker.exchange(exchange, &mut |finished| sessions.push(finished));
        }
        tracker.finish(&mut |finished| sessions.push(finished));
        (tracker, sessions)
    }

    /// Contents that differ.
    fn bodies(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|at| [&[3, 0x0b, 0x6a, 0, 0x45][..], at.to_string().as_bytes()].concat()).collect()
    }

    #[test]
    fn a_session_has_so_many_bootstrap_messages_and_the_others_are_named() {
        let (mut tracker, sessions) = after(&bodies(Limits::BOOTSTRAPS_OF_A_SESSION + 3));
        assert_eq!(sessions[0].session.bootstraps.len(), Limits::BOOTSTRAPS_OF_A_SESSION);
        let problems = tracker.take_problems();
        assert_eq!(problems.len(), 3);
        assert!(problems.iter().all(|problem| problem.kind == ProblemKind::BootstrapAlone));
    }

    #[test]
    fn so_many_wait_and_those_that_are_forgotten_are_named() {
        let (mut tracker, _) = after(&bodies(Limits::BOOTSTRAPS + 2));
        let left = Limits::BOOTSTRAPS - Limits::BOOTSTRAPS_OF_A_SESSION;
        assert_eq!(tracker.take_problems().len(), left + 2);
        // The same one again and again is one.
        let (mut tracker, sessions) = after(&vec![bodies(1).remove(0); Limits::BOOTSTRAPS + 9]);
        assert_eq!(tracker.take_problems().len(), 0);
        assert_eq!(sessions[0].session.bootstraps.len(), 1);
    }

    #[test]
    fn what_unfolds_to_too_much_is_not_kept() {
        // A parameter whose value is the string table, again and again.
        let table = [&[b'x'; 16_000][..], &[0]].concat();
        let head = [&[3, 0x0b, 0x6a, 0xfd, 0x01][..], &table, &[0xc5, 0x01]].concat();
        let body = [head.as_slice(), &[0x87, 0x07, 0x06, 0x83, 0, 0x01].repeat(1_000)].concat();
        let (_, sessions) = after(&[body]);
        let bootstrap = &sessions[0].session.bootstraps[0];
        assert!(matches!(bootstrap.content, BootstrapContent::Unread(_)), "{:?}", bootstrap.octets());
        assert!(bootstrap.octets() < Limits::BOOTSTRAP);
    }
}
