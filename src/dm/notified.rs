//! Notifications (package 0), and the sessions that they asked for (OMA-TS-DM_Notification-V1_2_1, section 5).

use super::auth::{Carried, NonceOrigin};
use super::carrier::Carrier;
use super::digest::Secret;
use super::tracker::Tracker;
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::push::{Carries, Notification, Push, UiMode, digest};
use crate::syncml::Message;
use md5::{Digest, Md5};
use std::collections::VecDeque;
use std::net::IpAddr;

/// A notification as it was carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// What it came by, from whom and to whom.
    pub carrier: Carrier,
    /// The push PDU.
    pub push: Push,
}

/// A SessionID that is the number of a notification, written otherwise than the specification writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdForm {
    /// With digits in lower case.
    LowerCase,
    /// With zeros before it.
    LeadingZeros,
    /// In decimal digits.
    Decimal,
    /// With its two octets in the other order.
    Swapped,
}

impl IdForm {
    /// Whether a SessionID in that form can be told from another number: in one or two digits, the number in decimal or with
    /// its octets exchanged is as well that of another notification, which may not have been captured.
    pub fn is_sure(self, text: &str) -> bool {
        match self {
            Self::Decimal | Self::Swapped => text.len() > 2,
            Self::LowerCase | Self::LeadingZeros => true,
        }
    }

    /// In which form a SessionID is the number; `None` where it is the number as it should be, or is not the number.
    fn of(text: &str, number: u16) -> Option<Self> {
        let wanted = format!("{number:X}");
        let is_hex = |number: u16| u16::from_str_radix(text, 16).is_ok_and(|read| read == number);
        if text == wanted {
            None
        } else if text.eq_ignore_ascii_case(&wanted) {
            Some(Self::LowerCase)
        } else if is_hex(number) {
            Some(Self::LeadingZeros)
        } else if text.parse() == Ok(number) {
            Some(Self::Decimal)
        } else {
            (is_hex(number.swap_bytes()) && number.swap_bytes() != number).then_some(Self::Swapped)
        }
    }
}

/// What ties a notification to its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tie {
    /// The session has its SessionID.
    SameId,
    /// The session has its number in another form, and comes from the address that the notification went to.
    OtherForm(IdForm),
    /// The session has Alert 1200 and comes from the address that the notification went to, and nothing else fits.
    Address,
}

/// What recomputing the digest of a notification showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeProof {
    /// It is right, with the server identifier and that nonce.
    Verified {
        /// Which nonce.
        nonce: NonceOrigin,
    },
    /// It is right with another user name than the server identifier.
    OtherName,
    /// It is right with none of the nonces that are known.
    Unverified {
        /// A nonce was given for the server.
        with_nonce: bool,
    },
}

/// Another way by which a notification came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherWay {
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// What it came by.
    pub carrier: Carrier,
}

/// A notification, tied to the session that it asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// The notification.
    pub notice: Notice,
    /// What is in it; `None` in the format of DM 1.3, and where it is too short.
    pub content: Option<Notification>,
    /// What ties it to the session.
    pub tie: Tie,
    /// How often it was sent again before the session began, content and all.
    pub repeated: u32,
    /// The same one by other ways before the session began: by a short message where this one came to an address of the network, or
    /// the other way round. At most [`Limits::NOTIFICATION_WAYS`].
    pub other_ways: Vec<OtherWay>,
    /// Whether no other one to the same device waited for a session when this one began.
    pub is_alone: bool,
    /// What recomputing the digest showed, where the server's secret was given.
    pub proof: Option<NoticeProof>,
}

impl Notified {
    /// Whether it is of the format of DM 1.3, which is not read.
    pub fn is_1_3(&self) -> bool {
        self.notice.push.carries == Carries::Notification1_3
    }

    /// What the device may do with its user.
    pub fn ui_mode(&self) -> Option<UiMode> {
        self.content.as_ref().map(|content| content.ui_mode)
    }

    /// Whether its digest is no digest at all: nobody can have computed it.
    pub fn has_empty_digest(&self) -> bool {
        self.content.as_ref().is_some_and(|content| content.digest == [0; 16])
    }

    /// Recomputes its digest with the server's secret.
    /// `carried` are the nonces that the device gave to the server in earlier sessions, in order.
    pub(super) fn verify(&mut self, secret: &Secret, carried: &[Carried]) {
        let Some(content) = &self.content else { return };
        let trigger = content.trigger();
        let fits =
            |name: &[u8], nonce: &[u8]| digest(name, secret.secret.as_bytes(), nonce, &trigger) == content.digest;
        let latest = carried.len().saturating_sub(1);
        let of_past = carried.iter().enumerate().rev().map(|(at, nonce)| {
            let origin = if at == latest { NonceOrigin::LastSession } else { NonceOrigin::OlderSession };
            (nonce.octets.as_slice(), origin)
        });
        let given = secret.nonce.as_deref().map(|nonce| (nonce, NonceOrigin::Given));
        let nonces: Vec<(&[u8], NonceOrigin)> = of_past
            .chain(given)
            .chain([
                (&b""[..], NonceOrigin::Empty),
                (&b"\0\0\0\0"[..], NonceOrigin::DefaultOctets),
                (&b"0x00000000"[..], NonceOrigin::DefaultText),
            ])
            .collect();
        let found = |name: &[u8]| nonces.iter().find(|(nonce, _)| fits(name, nonce)).map(|(_, origin)| *origin);
        self.proof = Some(if let Some(nonce) = found(&content.server) {
            NoticeProof::Verified { nonce }
        } else if secret.name.as_deref().is_some_and(|name| found(name.as_bytes()).is_some()) {
            NoticeProof::OtherName
        } else {
            NoticeProof::Unverified { with_nonce: secret.nonce.is_some() }
        });
    }
}

/// What later sessions need to know of the notification of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarlierNotice {
    /// The frame of its datagram.
    pub frame: FrameNo,
    /// To which address it went.
    pub device: IpAddr,
    /// Its SessionID.
    pub session_id: u16,
    /// What tied it to the session.
    pub tie: Tie,
    /// How often it was sent again before the session began.
    pub repeated: u32,
    content: [u8; 16],
}

impl EarlierNotice {
    /// Of a notification whose content was read, and that went to an address.
    pub(super) fn of(notified: &Notified) -> Option<Self> {
        let Notified { notice, content, tie, repeated, .. } = notified;
        Some(Self {
            frame: notice.frame,
            device: notice.carrier.device()?,
            session_id: content.as_ref()?.session_id,
            tie: *tie,
            repeated: *repeated,
            content: Md5::digest(&notice.push.body).into(),
        })
    }

    /// Whether another notification has the same octets.
    pub fn is_repeated_by(&self, other: &Notice) -> bool {
        <[u8; 16]>::from(Md5::digest(&other.push.body)) == self.content
    }
}

/// Notifications for which no session has begun yet, in the order in which they were seen.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: VecDeque<(Notice, Option<Notification>)>,
    /// Those that a session was given, the latest ones: digests of their bodies, and whether they went to an address.
    answered: VecDeque<([u8; 16], bool, Timestamp)>,
    problems: Vec<Problem>,
}

/// Within how many nanoseconds a notification that comes by two ways comes by both.
const TOGETHER: i64 = 600_000_000_000;

fn digest_of(notice: &Notice) -> [u8; 16] {
    Md5::digest(&notice.push.body).into()
}

/// Whether two notifications are the same one by two ways. To two telephones, or to two addresses, goes the same one only where their
/// digests are no secret: those are of two devices.
fn is_same_otherwise(one: &Notice, other: &Notice) -> bool {
    one.push.body == other.push.body
        && one.carrier.device().is_some() != other.carrier.device().is_some()
        && one.time.since(other.time).abs() <= TOGETHER
}

/// What is to be said of a notification that no session was given.
fn alone(notice: &Notice, content: Option<&Notification>) -> Problem {
    let what = match content {
        Some(content) => {
            format!("a notification of \"{}\" for SessionID {}", content.server_text(), content.session_id_text())
        }
        None => "a notification whose content is not read".to_owned(),
    };
    Problem::at_frame(
        ProblemKind::NotificationAlone,
        notice.frame,
        format!(
            "{what} to {} is followed by no session in this capture that it may have asked for, so that no rule looks at it",
            notice.carrier.destination().said()
        ),
    )
}

impl Pending {
    fn add(&mut self, notice: Notice) {
        let content = notice.push.notification().and_then(Result::ok);
        let (digest, to_address) = (digest_of(&notice), notice.carrier.device().is_some());
        let is_late = |(known, was_to_address, at): &([u8; 16], bool, Timestamp)| {
            *known == digest && *was_to_address != to_address && notice.time.since(*at).abs() <= TOGETHER
        };
        if self.answered.iter().any(is_late) {
            let text = format!(
                "a notification to {} is the same as one that came by another way before, and its session had begun already",
                notice.carrier.destination().said()
            );
            self.problems.push(Problem::at_frame(ProblemKind::NotificationAlone, notice.frame, text));
            return;
        }
        if self.waiting.len() >= Limits::NOTIFICATIONS
            && let Some((oldest, content)) = self.waiting.pop_front()
        {
            self.problems.push(alone(&oldest, content.as_ref()));
        }
        self.waiting.push_back((notice, content));
    }

    /// The notification that asked for a session which begins with this message of the client, sent from there.
    pub(super) fn claim(&mut self, first: &Message, device: IpAddr, begun: Timestamp) -> Option<Notified> {
        if self.waiting.is_empty() {
            return None;
        }
        let id = first.session_id().unwrap_or_default();
        let is_asked_for = first.alerts(1200).next().is_some();
        let earlier = || self.waiting.iter().enumerate().filter(|(_, (notice, _))| notice.time <= begun);
        let here = || earlier().filter(|(_, (notice, _))| notice.carrier.device() == Some(device));
        let is_same =
            |content: &Option<Notification>| content.as_ref().is_some_and(|content| content.session_id_text() == id);
        // From another address only who says that it was asked: small numbers come up in the sessions of many devices.
        let elsewhere = earlier().filter(|(_, (notice, _))| is_asked_for && notice.carrier.device().is_some());
        let same = here().chain(elsewhere).find(|(_, (_, content))| is_same(content)).map(|(at, _)| (at, Tie::SameId));
        let other_form = || {
            here().find_map(|(at, (_, content))| {
                Some((at, Tie::OtherForm(IdForm::of(id, content.as_ref()?.session_id)?)))
            })
        };
        // With several to choose from, nobody can say which one it was.
        let only = || {
            let mut here = here();
            here.next().filter(|_| here.next().is_none()).map(|(at, _)| (at, Tie::Address))
        };
        let asked = same.or_else(|| is_asked_for.then(other_form).flatten());
        let (at, tie) = asked.or_else(|| is_asked_for.then(only).flatten())?;
        self.take(at, tie, begun)
    }

    /// Whether none waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Those that wait, each with its place and what is in it.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (usize, &Notice, Option<&Notification>)> {
        self.waiting.iter().enumerate().map(|(at, (notice, content))| (at, notice, content.as_ref()))
    }

    /// Takes the one at a place out, with those that are the same and came before a session that began then.
    pub(super) fn take(&mut self, at: usize, tie: Tie, begun: Timestamp) -> Option<Notified> {
        let (notice, content) = self.waiting.remove(at)?;
        let mut other_ways = Vec::new();
        self.waiting.retain(|(other, _)| {
            let is_same = is_same_otherwise(&notice, other);
            if is_same && other_ways.len() < Limits::NOTIFICATION_WAYS {
                other_ways.push(OtherWay { frame: other.frame, carrier: other.carrier.clone() });
            }
            !is_same
        });
        if self.answered.len() >= Limits::NOTIFICATIONS {
            self.answered.pop_front();
        }
        self.answered.push_back((digest_of(&notice), notice.carrier.device().is_some(), notice.time));
        let waiting = self.waiting.len();
        self.waiting.retain(|(other, _)| {
            other.time > begun
                || other.carrier.destination() != notice.carrier.destination()
                || other.push.body != notice.push.body
        });
        let repeated = u32::try_from(waiting.saturating_sub(self.waiting.len())).unwrap_or(u32::MAX);
        let is_rival = |(other, _): &(Notice, Option<Notification>)| {
            other.time <= begun && other.carrier.destination() == notice.carrier.destination()
        };
        let is_alone = !self.waiting.iter().any(is_rival);
        Some(Notified { notice, content, tie, repeated, other_ways, is_alone, proof: None })
    }

    /// The capture ended: those that no session was given.
    pub(super) fn finish(&mut self) -> Vec<Problem> {
        let left = std::mem::take(&mut self.waiting);
        let mut problems = self.take_problems();
        problems.extend(left.iter().map(|(notice, content)| alone(notice, content.as_ref())));
        problems
    }

    /// What there is to be said since the last call.
    pub(super) fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}

impl Tracker {
    /// Takes a notification. It is tied to the session that begins after it, if one does.
    pub fn notice(&mut self, notice: Notice) {
        self.pending.add(notice);
        self.problems.extend(self.pending.take_problems());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dm::Delivery;

    #[test]
    fn a_session_from_elsewhere_that_nobody_asked_for_is_tied_to_nothing() {
        let tied = |alert: u16, elsewhere: bool| {
            let text = format!("notification id=1A\ndevice session=1A\n Alert {alert}\nserver\n Status SyncHdr 200\n");
            let script = crate::fixture::Script::parse(&text).unwrap();
            let mut tracker = Tracker::new();
            for push in script.pushes() {
                let crate::fixture::Bearer::Udp { source, mut destination } = push.bearer else { continue };
                if elsewhere {
                    destination.address = IpAddr::from([192, 0, 2, 77]);
                }
                let carrier = Carrier::Udp { source, destination };
                let delivery = Delivery { frame: FrameNo::FIRST, time: push.time, carrier, payload: &push.payload };
                tracker.deliver(delivery);
            }
            let mut tied = false;
            let mut keep = |finished: crate::dm::Finished| tied |= finished.session.notification.is_some();
            for exchange in script.exchanges() {
                tracker.exchange(exchange, &mut keep);
            }
            tracker.finish(&mut keep);
            tied
        };
        assert!(tied(1200, false) && tied(1200, true) && tied(1201, false));
        assert!(!tied(1201, true));
    }

    #[test]
    fn a_number_is_known_in_other_forms() {
        let table = [
            ("A1", 0xa1, None),
            ("a1", 0xa1, Some(IdForm::LowerCase)),
            ("00A1", 0xa1, Some(IdForm::LeadingZeros)),
            ("161", 0xa1, Some(IdForm::Decimal)),
            ("201", 0x102, Some(IdForm::Swapped)),
            ("A100", 0xa1, Some(IdForm::Swapped)),
            ("7", 0xa1, None),
            ("", 0xa1, None),
        ];
        for (text, number, form) in table {
            assert_eq!(IdForm::of(text, number), form, "{text}");
        }
    }
}
