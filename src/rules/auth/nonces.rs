//! Nonces: each is new, in the session and after earlier ones, and is used.

use super::common::{
    BASIC, MAC, MD5, PLAIN, PRO, SEC, STATUS, challenged, message_at, number, scheme_of, script, track, word, word_on,
};
use super::credentials::data_of;
use crate::base::Severity;
use crate::dm::{Challenge, EarlierNonce, ProofOutcome, Scheme};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Rule, Scope};

const USAGE: Clause = Clause { document: SEC, section: "5.3.3" };

/// The NextNonce of a Status for the header of a known message.
fn given(status: Cmd<'_>) -> Option<(super::common::Word<'_>, String, Vec<u8>)> {
    let word = word(status)?;
    let challenge = word.challenge.as_ref()?;
    let (text, octets) = (challenge.nonce.clone()?, challenge.nonce_octets()?);
    Some((word, text, octets))
}

pub(super) static NEW_IN_SESSION: Rule = Rule {
    id: "AUTH-014",
    name: "nonce-of-an-earlier-session",
    title: "Each session gets new nonces",
    scope: Scope::CrossSession,
    clause: &[USAGE],
    what: "A NextNonce that one side gives to the other was not given to it in an earlier session of the same device with the same \
           server. A nonce that came with 212 was meant for the next session: a challenge there may give it once more. Undecided where none of them is the same, and one was captured only in part.",
    why: "A digest that was overheard once is accepted again.",
    mend: "Make each nonce of random octets when it is given.",
    pass: &[include_str!("../../../tests/fixtures/s04.dms")],
    violate: &[script!(
        "session session=4",
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Alert 1201",
        "server",
        " Status SyncHdr 212 chal=md5:LG3iZQhhdmKNHg==",
        " Status Alert 200",
        "session session=5",
        "device cred=md5:Bruce2:OhBehave:LG3iZQhhdmKNHg== at=+60",
        " Alert 1201",
        "server",
        " Status SyncHdr 212 chal=md5:LG3iZQhhdmKNHg==",
        " Status Alert 200",
    )],
    not_applicable: &[MD5, PLAIN],
    check: Check::Command(STATUS, new_in_session),
    ..Rule::SHOULD
};

fn new_in_session(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((word, text, octets)) = given(status) else { return };
    let past = cx.past();
    if past.previous().is_none() && past.is_complete() {
        return;
    }
    let claimant = word.about.entry.direction;
    let Some(first) = status.msg.entry.frames.first() else { return };
    let same = past.sessions().flat_map(|session| session.nonces.iter().map(move |nonce| (session, nonce))).find(
        |(_, nonce)| nonce.claimant == claimant && nonce.frame < *first && nonce.octets.as_ref() == Some(&octets),
    );
    let occasion = cx.occasion(status.at_node(status.command.chal));
    let is_for_now = |nonce: &EarlierNonce| {
        let mut last = past.previous().into_iter().flat_map(|last| &last.nonces);
        nonce.code == Some(212) && last.rfind(|other| other.claimant == claimant) == Some(nonce)
    };
    if let Some((session, nonce)) = same {
        if word.is_refusal() && is_for_now(nonce) {
            return;
        }
        let seen = format!(
            "NextNonce {}; the session with SessionID {} had it in frame {}",
            quoted(&text),
            quoted(&session.session_id),
            nonce.frame
        );
        occasion.violated(seen, "a nonce that was not used before");
    } else if !past.is_complete() || past.sessions().any(|session| !session.whole || session.shortened) {
        occasion.undecided(Reason::PastNotKnown);
    }
}

pub(super) static NEW_IN_MESSAGE: Rule = Rule {
    id: "AUTH-015",
    name: "nonce-of-an-earlier-message",
    title: "With the integrity header, each message gets a new nonce",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.4.4" }],
    what: "A NextNonce in a Chal of type syncml:auth-MAC was not given to the same side before in the session.",
    why: "Who overheard a message can send it again, and it is accepted.",
    mend: "Make a new nonce for each message that is answered.",
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Command(STATUS, new_in_message),
    ..Rule::MUST
};

fn new_in_message(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((word, text, octets)) = given(status) else { return };
    if word.scheme() != Some(&Scheme::Mac) {
        return;
    }
    let session = status.session();
    let before = &track(session, word.about.entry.direction).nonces;
    // A second answer to a message that was sent again may be like the first.
    let is_other = |id| session.entry(id).is_some_and(|entry| entry.answers != status.msg.entry.answers);
    let before = before.iter().take_while(|nonce| nonce.entry < status.msg.id);
    let mut before = before.filter(|nonce| is_other(nonce.entry)).peekable();
    if before.peek().is_none() {
        return;
    }
    let same = before.find(|nonce| nonce.octets.as_ref() == Some(&octets)).map(|nonce| nonce.entry);
    let occasion = cx.occasion(status.at_node(status.command.chal));
    if let Some(entry) = same {
        let occasion = occasion.related(At { entry, command: None, node: None });
        occasion.violated(format!("NextNonce {} for the second time in the session", quoted(&text)), "a new nonce");
    }
}

pub(super) static UNPREDICTABLE: Rule = Rule {
    id: "AUTH-016",
    name: "nonce-predictable",
    title: "Nonces cannot be predicted",
    level: Level::Should,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::CrossSession,
    clause: &[USAGE],
    what: "A NextNonce that follows others of the same side, in the session or in earlier ones, is no continuation of them: it does \
           not begin with more than half of the octets of the last one, it is not as far from it as that was from the one \
           before, and it is no decimal number. An observation: it is a guess. The same nonce again is another rule's.",
    why: "Who can guess the next nonce can have a digest made for it in advance.",
    mend: "Make nonces with a random number generator that is meant for secrets.",
    pass: &[include_str!("../../../tests/fixtures/s04.dms")],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:MTIzNDU2Nzg5MDEyMzQ1Ng==",
        "device cred=md5:Bruce2:OhBehave:MTIzNDU2Nzg5MDEyMzQ1Ng==",
        " Status SyncHdr 212 chal=md5:MTIzNDU2Nzg5MDEyMzQ1Nw==",
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Command(STATUS, unpredictable),
    ..Rule::MUST
};

fn unpredictable(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((word, _, octets)) = given(status) else { return };
    let track = track(status.session(), word.about.entry.direction);
    let earlier: Vec<&[u8]> = (track.carried.iter().filter(|_| cx.past().previous().is_some()))
        .map(|nonce| nonce.octets.as_slice())
        .chain(track.nonces.iter().take_while(|nonce| nonce.entry < status.msg.id).filter_map(|n| n.octets.as_deref()))
        .collect();
    let [.., last] = earlier.as_slice() else { return };
    let occasion = cx.occasion(status.at_node(status.command.chal));
    if *last == octets.as_slice() {
        return;
    }
    let common = last.iter().zip(&octets).take_while(|(a, b)| a == b).count();
    let step = |from: &[u8], to: &[u8]| {
        let number = |octets: &[u8]| {
            let tail = octets.get(octets.len().saturating_sub(16)..).unwrap_or_default();
            tail.iter().fold(0_u128, |sum, octet| sum << 8 | u128::from(*octet))
        };
        (from.len() == to.len()).then(|| number(to).wrapping_sub(number(from)))
    };
    let steps_on = matches!(earlier.as_slice(), [.., before, last]
        if step(before, last).is_some_and(|first| first != 0 && step(last, &octets) == Some(first)));
    let expected = "random octets";
    if last.len() == octets.len() && common * 2 > octets.len() {
        occasion.violated(format!("a nonce whose first {common} octets are those of the last one"), expected);
    } else if steps_on {
        occasion.violated("a nonce that goes on as the last two did", expected);
    } else if octets.iter().all(u8::is_ascii_digit) && !octets.is_empty() {
        occasion.violated("a nonce that is a decimal number", expected);
    }
}

pub(super) static USED: Rule = Rule {
    id: "AUTH-028",
    name: "next-nonce-not-used",
    title: "After 200 with a new nonce, the next digest is made with it",
    scope: Scope::Session,
    clause: &[Clause { document: PRO, section: "9.1" }],
    what: "Where credentials of type syncml:auth-md5 were answered with 200 and a NextNonce, the digest of the sender's next message \
           differs from the one before. Where they are the same, and the nonce of the first is not in the session, that \
           nonce may have been given again, which would be the other side's fault: undecided, unless credentials tell.",
    why: "A digest that is used twice can be used a third time by whoever overheard it; the other side refuses it.",
    mend: "Make a digest for each message, with the latest NextNonce.",
    pass: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==",
        "device cred=md5:Bruce2:OhBehave:9RfKc3YtV6oAeN0uGhB5Jw==",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    not_applicable: &[PLAIN, MD5, BASIC],
    check: Check::Message(used),
    ..Rule::MUST
};

fn used(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let Some(before) = session.previous_of_sender(msg.id).and_then(|(id, _)| message_at(session, id)) else { return };
    if scheme_of(msg) != Some(Scheme::Md5) || scheme_of(before) != Some(Scheme::Md5) {
        return;
    }
    let Some(word) = word_on(before).filter(|word| word.code == 200 && word.status.msg.id < msg.id) else { return };
    let Some(next) = word.challenge.as_ref().and_then(Challenge::nonce_octets) else { return };
    let (Some(own), Some(old)) = (msg.message().hdr.cred, before.message().hdr.cred) else { return };
    let occasion = cx.occasion(msg.at_node(own)).related(word.status.at()).related(before.at_node(old));
    if data_of(msg, own) != data_of(before, old) {
        return;
    }
    let track = track(session, msg.entry.direction);
    // The nonce that the first of the two digests was to be made with, where the session shows it.
    let asked = track.nonces.iter().rev().find(|nonce| nonce.entry < before.id);
    let is_verified =
        |id| matches!(track.proof(id).map(|proof| &proof.outcome), Some(ProofOutcome::Verified { in_force: true, .. }));
    match asked.and_then(|nonce| nonce.octets.as_ref()) {
        Some(nonce) if *nonce == next => {}
        _ if is_verified(msg.id) => {}
        Some(_) if session.is_whole_between(before.id, msg.id) => {
            let seen = format!("{} has the digest of the message before, though a new nonce was given", number(msg));
            occasion.violated(seen, "a digest made with the NextNonce of the last Status");
        }
        Some(_) => occasion.undecided(Reason::MessageLost),
        None => occasion.undecided(Reason::NotVisible),
    }
}
