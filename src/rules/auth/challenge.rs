//! Chal: what a refusal must carry, and what its parts look like.

use super::common::{
    BASIC, CREP, DREP, MAC, MD5, MET, PLAIN, PRO, SEC, STATUS, Word, challenged, is_base64, script, track, word,
};
use super::credentials::{TYPES, judge_format, judge_type};
use crate::base::Severity;
use crate::dm::{Challenge, Scheme};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Need, Rule, Scope};

const CHAL: Clause = Clause { document: DREP, section: "6.1.2 Chal" };

/// Types that may be asked for.
const ASKED: &[&str] = &[
    "syncml:auth-basic",
    "syncml:auth-md5",
    "syncml:auth-MAC",
    "syncml:auth-X509",
    "syncml:auth-securid",
    "syncml:auth-safeword",
    "syncml:auth-digipass",
];
const _: () = assert!(ASKED.len() == TYPES.len() + 1);

pub(super) static PRESENT: Rule = Rule {
    id: "AUTH-008",
    name: "challenge-missing",
    title: "A refusal for want of credentials carries a challenge",
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "9.1" }],
    what: "Each Status 401 or 407 for a SyncHdr has Chal. A warning where the same side was challenged before in the session: that \
           is the last word on its credentials. Not looked at after an abort.",
    why: "The other side does not learn which credentials are asked for, and cannot come in.",
    mend: "Add Chal with Type, Format and, for digests, NextNonce.",
    needs: &[Need::Start, Need::NoLoss, Need::NotAborted],
    yields_to: &["AUTH-024"],
    pass: &[BASIC],
    violate: &[script!("device", " Alert 1201", "server", " Status SyncHdr 407", " Status Alert 407")],
    not_applicable: &[PLAIN],
    check: Check::Command(STATUS, present),
    ..Rule::MUST
};

fn present(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word(status).filter(Word::is_refusal) else { return };
    let occasion = cx.occasion(status.at());
    if word.challenge.is_some() {
        return;
    }
    let code = word.code;
    let session = status.session();
    let challenged_before = session.sent_by(status.msg.entry.direction).take_while(|(id, _)| *id < status.msg.id);
    let seen = format!("Status {code} for SyncHdr without Chal");
    let expected = "Chal with the type of credentials that is asked for";
    if challenged_before.into_iter().any(|(_, entry)| entry.content.challenge) {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "AUTH-009",
    name: "challenge-type-missing",
    title: "A challenge names a type of credentials that is defined",
    scope: Scope::Element,
    clause: &[CHAL, Clause { document: CREP, section: "6.1 Chal" }],
    what: "Meta of each Chal has a Type, one of syncml:auth-basic, auth-md5, auth-MAC, auth-X509, auth-securid, auth-safeword and \
           auth-digipass. A warning where only the case differs, and for a type with a prefix of its own.",
    why: "The other side does not know which credentials to send.",
    mend: "Write the type as it is defined: syncml:auth-md5.",
    pass: &[MD5],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status Alert 407",
        " patch \"<Type xmlns='syncml:metinf'>syncml:auth-basic</Type>\" => \"\"",
    )],
    not_applicable: &[PLAIN],
    check: Check::Command(STATUS, challenge_type),
    ..Rule::MUST
};

fn challenge_type(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(chal) = status.command.chal else { return };
    let occasion = cx.occasion(status.at_node(chal));
    match status.message().auth_type(chal) {
        Some(found) => judge_type(occasion, found, "Chal", ASKED),
        None => occasion.violated("Chal without a Type", format!("one of {}", ASKED.join(", "))),
    }
}

pub(super) static FORMAT: Rule = Rule {
    id: "AUTH-010",
    name: "challenge-format-missing",
    title: "A challenge says that base64 is asked for",
    scope: Scope::Element,
    clause: &[CHAL],
    what: "Meta of each Chal of type syncml:auth-md5 or syncml:auth-MAC has Format b64. A warning for type basic, and where only the \
           case differs.",
    why: "A receiver that believes the default, text, takes NextNonce for the nonce itself.",
    mend: "Write Format b64 beside the Type.",
    pass: &[MD5],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=md5:Tm9uY2U=",
        " Status Alert 407",
        " patch \"<Format xmlns='syncml:metinf'>b64</Format>\" => \"\"",
    )],
    not_applicable: &[PLAIN],
    check: Check::Command(STATUS, format),
    ..Rule::MUST
};

fn format(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((chal, challenge)) = challenge(status) else { return };
    match challenge.scheme {
        Some(Scheme::Md5 | Scheme::Mac) => judge_format(status.msg, chal, "Chal", Severity::Error, cx),
        Some(Scheme::Basic) => judge_format(status.msg, chal, "Chal", Severity::Warning, cx),
        _ => {}
    }
}

fn challenge(status: Cmd<'_>) -> Option<(crate::markup::NodeId, Challenge)> {
    let chal = status.command.chal?;
    Some((chal, Challenge::of(status.message(), chal)))
}

pub(super) static NONCE: Rule = Rule {
    id: "AUTH-011",
    name: "next-nonce-missing",
    title: "A challenge for a digest gives the nonce",
    scope: Scope::Element,
    clause: &[Clause { document: SEC, section: "5.3.3" }, Clause { document: SEC, section: "5.4.1" }],
    what: "Each Status 401 or 407 with Chal of type syncml:auth-md5 or syncml:auth-MAC has a NextNonce that is not empty.",
    why: "The other side has only old nonces, or none, to make its digest with, and is refused again.",
    mend: "Put a fresh nonce of 16 random octets, in base64, into NextNonce.",
    pass: &[MD5],
    violate: &[script!("device", " Alert 1201", "server", " Status SyncHdr 407 chal=md5", " Status Alert 407")],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Command(STATUS, nonce),
    ..Rule::MUST
};

fn nonce(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((chal, challenge)) = challenge(status) else { return };
    let Some(scheme @ (Scheme::Md5 | Scheme::Mac)) = &challenge.scheme else { return };
    if !matches!(status.code(), Some(401 | 407)) {
        return;
    }
    let occasion = cx.occasion(status.at_node(chal));
    if challenge.nonce.is_none() {
        occasion.violated(format!("Chal of type {scheme} without NextNonce"), "NextNonce");
    }
}

pub(super) static NONCE_ENCODING: Rule = Rule {
    id: "AUTH-012",
    name: "next-nonce-malformed",
    title: "NextNonce is base64",
    scope: Scope::Element,
    clause: &[CHAL, Clause { document: MET, section: "NextNonce" }],
    what: "Each NextNonce in a Chal decodes from base64; padding and white space do not count.",
    why: "The digest is made over the octets that NextNonce stands for: both sides must read the same ones.",
    mend: "Encode the nonce in base64.",
    pass: &[MD5],
    violate: &[script!("device", " Alert 1201", "server", " Status SyncHdr 407 chal=md5:Nonce!", " Status Alert 407")],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Command(STATUS, nonce_encoding),
    ..Rule::MUST
};

fn nonce_encoding(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((chal, challenge)) = challenge(status) else { return };
    let Some(text) = challenge.nonce else { return };
    let occasion = cx.occasion(status.at_node(chal));
    if !is_base64(&text) {
        occasion.violated(format!("NextNonce {}", quoted(&text)), "base64");
    }
}

pub(super) static NONCE_LENGTH: Rule = Rule {
    id: "AUTH-013",
    name: "nonce-short",
    title: "A nonce has at least 16 octets",
    level: Level::Should,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    clause: &[Clause { document: SEC, section: "5.3.3" }],
    what: "The first NextNonce that each side is given in a session stands for at least 16 octets, where it is base64. An observation: \
           published examples have ten.",
    why: "A short nonce repeats sooner, and can be guessed.",
    mend: "Make nonces of 16 random octets.",
    pass: &[MD5],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=md5:Tm9uY2U=",
        " Status Alert 407"
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Command(STATUS, nonce_length),
    ..Rule::MUST
};

fn nonce_length(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((chal, challenge)) = challenge(status) else { return };
    let Some(octets) = challenge.nonce_octets() else { return };
    let first = word(status).and_then(|word| track(status.session(), word.about.entry.direction).nonces.first());
    if first.is_none_or(|first| first.entry != status.msg.id) {
        return;
    }
    let occasion = cx.occasion(status.at_node(chal));
    if octets.len() < 16 {
        occasion.violated(format!("a nonce of {} octets", octets.len()), "16 octets or more");
    }
}

pub(super) static AFTER_FIRST_DIGEST: Rule = Rule {
    id: "AUTH-024",
    name: "stale-nonce-not-forgiven",
    title: "A first digest that fails is answered with one more challenge",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.3.3" }],
    what: "Where the first credentials of a side in a session are a digest (syncml:auth-md5, or the x-syncml-hmac header), were not \
           asked for in the session, and are refused with 401 or 407, the refusal has Chal.",
    why: "The digest may have been made with a nonce that is no longer in force. Without a new one the two sides never come \
          together again.",
    mend: "Challenge once more, with a fresh NextNonce, before giving up.",
    needs: &[Need::Start, Need::NoLoss],
    pass: &[challenged!(
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Status SyncHdr 401 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 212",
    )],
    violate: &[script!(
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Alert 1201",
        "server",
        " Status SyncHdr 401",
        " Status Alert 401",
    )],
    not_applicable: &[PLAIN, BASIC, MAC],
    check: Check::Command(STATUS, after_first_digest),
    ..Rule::MUST
};

fn after_first_digest(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word(status).filter(Word::is_refusal) else { return };
    if !matches!(super::common::scheme_of(word.about), Some(Scheme::Md5 | Scheme::Mac)) {
        return;
    }
    let claimant = track(status.session(), word.about.entry.direction);
    let is_first = claimant.presented.first() == Some(&word.about.id);
    let was_asked = status
        .session()
        .sent_by(status.msg.entry.direction)
        .take_while(|(id, _)| *id < word.about.id)
        .any(|(_, entry)| entry.content.challenge || entry.content.refusal);
    if !is_first || was_asked {
        return;
    }
    let occasion = cx.occasion(status.at()).related(word.about.at_node(word.about.message().hdr.cred));
    if word.challenge.is_none() {
        let seen = format!("Status {} for the first digest of the session, without Chal", word.code);
        occasion.violated(seen, "Chal with a fresh NextNonce");
    }
}
