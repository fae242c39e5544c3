//! Digests, recomputed where the credentials are known.

use super::common::{
    BASIC, MAC, MD5, NOT, PLAIN, PRO, SEC, challenged, message_at, number, refusal_before, scheme_of, script, track,
    word_on,
};
use super::credentials::format_of;
use crate::base::Severity;
use crate::dm::{AuthTrack, Challenge, NonceOrigin, NoticeProof, ProofOutcome, Scheme, Session};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Need, Rule, Scope};

/// A session that a notification over the default nonce asked for, with this nonce in the client's credentials.
macro_rules! resync {
    ($nonce:literal) => {
        concat!(
            "session session=2B7\nnotification id=2b7 nonce=AAAAAA== at=+60\ndevice at=+5 cred=md5:Bruce2:OhBehave:",
            $nonce,
            "\n Alert 1200\nserver\n Status SyncHdr 212 chal=md5:Zk81QxLrT2mWvD7yPs0bCA==\n Status Alert 200\n",
        )
    };
}

pub(super) static VALUE: Rule = Rule {
    id: "AUTH-007",
    name: "digest-wrong",
    title: "A digest is made of user name, password and the nonce in force",
    scope: Scope::CrossSession,
    clause: &[Clause { document: SEC, section: "5.3.2" }],
    what: "Data of Cred of type syncml:auth-md5 is recomputed with the credentials given for the analysis, over every nonce that may \
           have been used: those of the session, of earlier ones, the one given, the empty and the default ones. Violated \
           where a known mistake explains it (the base64 text of the nonce in place of its octets, unless Chal did not say that it is base64), or where it answers a \
           challenge of the session, was accepted, fits no nonce, and other digests of the session fit. An observation where it was refused, and once where \
           nothing fits in the whole session, since the password given may be the wrong one; a secret that the server wrote in an earlier \
           session is tried, too, and where none of them fits, or the server writes one in this session, it is undecided. Without credentials it is \
           undecided.",
    why: "A receiver that computes as the specification says refuses it; one that accepts it does not look, or shares the \
          mistake.",
    mend: "Compute B64(MD5(B64(MD5(user:password)):nonce)), with the nonce as the octets that NextNonce stands for.",
    yields_to: &["AUTH-005"],
    pass: &[MD5, include_str!("../../../tests/fixtures/s04.dms")],
    violate: &[
        // The nonce is the base64 text of the one that was given.
        challenged!(
            "device",
            " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
            "device cred=md5:Bruce2:OhBehave:cXpKN20wYjJFOFh4TDF2UDRzV2RUZz09",
            " Status SyncHdr 212",
        ),
    ],
    not_applicable: &[PLAIN, BASIC, MAC],
    check: Check::Message(value),
    ..Rule::MUST
};

fn value(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if scheme_of(msg) == Some(Scheme::Md5) {
        judge(msg, "digest", msg.message().hdr.cred, cx);
    }
}

/// Judges what recomputing showed of a message.
fn judge(msg: Msg<'_>, what: &str, node: Option<crate::markup::NodeId>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let track = track(session, msg.entry.direction);
    // Two sessions at a time may share their nonces.
    let is_alone = !cx.past().is_interleaved();
    let may_be_replaced = cx.past().sessions().any(|earlier| !earlier.secrets().is_empty());
    let occasion = cx.occasion(msg.at_node(node));
    let Some(proof) = track.proof(msg.id) else { return occasion.undecided(Reason::NoCredentials) };
    let ProofOutcome::Wrong { diagnosis } = proof.outcome else { return };
    let word = word_on(msg);
    let is_refused = word.as_ref().is_some_and(super::common::Word::is_refusal);
    let is_accepted = word.as_ref().is_some_and(super::common::Word::is_acceptance);
    let expected = format!("the {what} of user name and password given, over the nonce in force");
    if !diagnosis.is_empty() && may_be_plain_nonce(msg) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    if !diagnosis.is_empty() {
        let seen = format!("{} has a wrong {what}: {diagnosis}", number(msg));
        return match is_refused {
            true => occasion.violated_as(Severity::Info, seen, expected),
            false => occasion.violated(seen, expected),
        };
    }
    let answers_challenge = refusal_before(msg).is_some_and(|word| {
        let given = word.challenge.and_then(|challenge| challenge.nonce_octets()).is_some();
        given && session.is_whole_between(word.status.msg.id, msg.id)
    });
    let seen = format!("{} has a {what} that fits no nonce known", number(msg));
    if !fits_anywhere(track) {
        // Whoever wrote another secret before need not have been captured with it.
        if may_be_replaced {
            return occasion.undecided(Reason::PastNotKnown);
        }
        // The one that was given may be the new one.
        if !session.replaced_secrets().is_empty() {
            return occasion.undecided(Reason::NoCredentials);
        }
        return match track.proofs.first().is_some_and(|first| first.entry == msg.id) {
            true => {
                let seen =
                    format!("{seen}, and neither does any other of the session: the password given may be wrong");
                occasion.violated_as(Severity::Info, seen, expected);
            }
            false => occasion.undecided(Reason::NoCredentials),
        };
    }
    match (answers_challenge, is_refused, is_accepted) {
        (true, false, true) if is_alone => occasion.violated(seen, expected),
        (true, true, _) => occasion.violated_as(Severity::Info, format!("{seen}, and was refused"), expected),
        // It may have been made with a nonce of a session that was not captured.
        _ => occasion.undecided(Reason::NotVisible),
    }
}

/// Whether a nonce was given before without the word that it is base64: its text may be meant, and whoever gave it is at
/// fault.
fn may_be_plain_nonce(msg: Msg<'_>) -> bool {
    let session = msg.session;
    let given = track(session, msg.entry.direction).nonces.iter().filter(|nonce| nonce.entry < msg.id);
    given.filter_map(|nonce| message_at(session, nonce.entry)).any(|giver| {
        let chals = giver.commands().filter_map(|cmd| cmd.command.chal);
        chals.into_iter().any(|chal| {
            let is_base64 = |found: &str| found.eq_ignore_ascii_case("b64");
            Challenge::of(giver.message(), chal).nonce.is_some() && !format_of(giver, chal).is_some_and(is_base64)
        })
    })
}

/// Whether any credentials of a side were found to be right.
fn fits_anywhere(track: &AuthTrack) -> bool {
    track.proofs.iter().any(|proof| matches!(proof.outcome, ProofOutcome::Verified { .. }))
}

pub(super) static MAC_VALUE: Rule = Rule {
    id: "AUTH-040",
    name: "integrity-digest-wrong",
    title: "The integrity header is made of user name, password, nonce and body",
    scope: Scope::CrossSession,
    clause: &[Clause { document: SEC, section: "5.4.2" }],
    what: "mac of an x-syncml-hmac header is recomputed with the credentials given for the analysis over the octets of the body as \
           they were sent, transfer and content coding undone. Judged as digests in Cred are; the base64 of the hexadecimal \
           digest is taken too. Undecided without credentials, and where the body was not captured as a whole.",
    why: "The receiver takes the message for altered on the way, and refuses it.",
    mend: "Make the digest over the very octets that are sent, after the last change to them.",
    needs: &[Need::Transport],
    yields_to: &["AUTH-035", "AUTH-036", "AUTH-037", "AUTH-038", "AUTH-039"],
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device hmac=Bruce2:OhBehave:cXpKN20wYjJFOFh4TDF2UDRzV2RUZz09",
        " Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(mac_value),
    ..Rule::MUST
};

fn mac_value(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if scheme_of(msg) != Some(Scheme::Mac) {
        return;
    }
    let header = super::common::hmac_of(msg.entry).unwrap_or_default();
    // Without a value there is nothing to recompute: that is another rule's finding.
    if crate::dm::HmacHeader::parse(header).mac.is_none_or(|mac| !super::common::is_base64(mac)) {
        return;
    }
    if msg.entry.transport.as_ref().is_some_and(|transport| !transport.has_whole_body()) {
        return cx.occasion(msg.at()).undecided(Reason::MessageLost);
    }
    judge(msg, "mac", None, cx);
}

pub(super) static NEXT_SESSION: Rule = Rule {
    id: "AUTH-029",
    name: "nonce-for-next-session-not-used",
    title: "The nonce that came with 212 is used in the next session",
    severity: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: PRO, section: "9.1" }, Clause { document: PRO, section: "9.4.2" }],
    what: "Where the last session of the same device with the same server was captured as a whole and its last nonce for a side came \
           with Status 212, that side's first digest in this session is made with it, and not with an older or an empty one. The default nonce \
           (0x00000000) is right after a notification that was made with it. The text foresees stale nonces after lost data, \
           hence a warning. Needs credentials.",
    why: "The first digest of every session is refused, and each session costs one more exchange.",
    mend: "Store the NextNonce that comes with 212, and use it for the first digest of the next session.",
    pass: &[include_str!("../../../tests/fixtures/s04.dms")],
    violate: &[script!(
        "session session=4",
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status Alert 407",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200",
        " Alert 1201",
        "server",
        " Status SyncHdr 212 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==",
        " Status Alert 200",
        "session session=5",
        "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg== at=+60",
        " Alert 1201",
        "server",
        " Status SyncHdr 401 chal=md5:Zk81QxLrT2mWvD7yPs0bCA==",
        " Status Alert 401",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Session(next_session),
    ..Rule::MUST
};

fn next_session(session: &Session, cx: &mut Cx<'_>) {
    if cx.past().previous().is_none() || !session.start_seen {
        return;
    }
    for track in [&session.client_auth, &session.server_auth] {
        let Some(last) = track.carried.last().filter(|last| last.in_force && last.for_next_session) else { continue };
        let Some(first) = track.presented.first().and_then(|id| message_at(session, *id)) else { continue };
        if scheme_of(first) != Some(Scheme::Md5) || track.nonces.first().is_some_and(|nonce| nonce.entry < first.id) {
            continue;
        }
        let occasion = cx.occasion(first.at_node(first.message().hdr.cred));
        match track.proof(first.id).map(|proof| &proof.outcome) {
            None => occasion.undecided(Reason::NoCredentials),
            Some(ProofOutcome::Verified {
                nonce: nonce @ (NonceOrigin::OlderSession | NonceOrigin::Empty), ..
            }) => {
                let seen = format!("a digest over {}", nonce.name());
                occasion.violated(seen, format!("the NextNonce that came with 212, \"{}\"", last.text));
            }
            Some(ProofOutcome::Verified { .. }) => {}
            Some(ProofOutcome::Wrong { .. } | ProofOutcome::WrongCredentials | ProofOutcome::ReplacedSecret) => {
                occasion.undecided(Reason::NotVisible);
            }
        }
    }
}

pub(super) static AFTER_DEFAULT: Rule = Rule {
    id: "AUTH-051",
    name: "default-nonce-left-half-way",
    title: "After a notification over the default nonce, the session uses the default nonce",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: NOT, section: "5.1" }],
    what: "Where a notification was made with the default nonce (four octets 0, or the text 0x00000000) although the device had given the \
           server another one in an earlier session, the first digest of each side in the session that follows is made with the \
           default nonce, too, unless the other side gave it a new one before. Violated where it was made with a nonce of an \
           earlier session, or with the empty one. Undecided where it fits no nonce, or the one given for the analysis, which may be \
           the default one. Needs credentials.",
    why: "The side that has lost its nonces refuses what is made with the old ones: the session that was to bring new ones fails.",
    mend: "Use the default nonce for the first credentials after a notification that verifies only with it.",
    pass: &[concat!(include_str!("../../../tests/fixtures/s11b.dms"), resync!("AAAAAA=="))],
    violate: &[concat!(include_str!("../../../tests/fixtures/s11b.dms"), resync!("qzJ7m0b2E8XxL1vP4sWdTg=="))],
    not_applicable: &[PLAIN, MD5, include_str!("../../../tests/fixtures/s11.dms")],
    check: Check::Session(after_default),
    ..Rule::SHOULD
};

fn after_default(session: &Session, cx: &mut Cx<'_>) {
    // The device may have gone by another one.
    let notified = session.notification.as_deref().filter(|notified| notified.is_alone);
    let Some(Some(NoticeProof::Verified { nonce })) = notified.map(|notified| notified.proof) else { return };
    let is_default = |octets: &[u8]| octets == b"\0\0\0\0" || octets == b"0x00000000";
    let stored = session.server_auth.carried.last().filter(|last| last.in_force && !is_default(&last.octets));
    if !nonce.is_default() || stored.is_none() {
        return;
    }
    for track in [&session.client_auth, &session.server_auth] {
        let Some(first) = track.presented.first().and_then(|id| message_at(session, *id)) else { continue };
        let is_new = track.nonces.first().is_some_and(|nonce| nonce.entry < first.id);
        if is_new || !matches!(scheme_of(first), Some(Scheme::Md5 | Scheme::Mac)) {
            continue;
        }
        let occasion = cx.occasion(first.at_node(first.message().hdr.cred));
        match track.proof(first.id).map(|proof| &proof.outcome) {
            None => occasion.undecided(Reason::NoCredentials),
            Some(ProofOutcome::Verified { nonce, .. }) => match nonce {
                NonceOrigin::DefaultOctets | NonceOrigin::DefaultText => {}
                NonceOrigin::LastSession if track.carried.last().is_some_and(|last| is_default(&last.octets)) => {}
                NonceOrigin::LastSession | NonceOrigin::Empty => {
                    occasion.violated(format!("a digest over {}", nonce.name()), "a digest over the default nonce");
                }
                _ => occasion.undecided(Reason::NotVisible),
            },
            Some(_) => occasion.undecided(Reason::NotVisible),
        }
    }
}

pub(super) static DEFAULT_RENEWED: Rule = Rule {
    id: "AUTH-052",
    name: "default-nonce-not-renewed",
    title: "Who accepts a digest over the default nonce gives a new one",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: NOT, section: "5.1" }],
    what: "A message whose digest was made with the default nonce (four octets 0, or the text 0x00000000) and that is accepted with \
           200 or 212 is given a NextNonce. Needs credentials: without them nobody sees which nonce it was.",
    why: "The next digest is made with the default nonce again, which everybody knows.",
    mend: "Add Chal with NextNonce to the Status that accepts a digest over the default nonce.",
    pass: &[include_str!("../../../tests/fixtures/s11b.dms")],
    violate: &[script!(
        "device cred=md5:Bruce2:OhBehave:AAAAAA==",
        " Alert 1200",
        "server",
        " Status SyncHdr 212",
        " Status Alert 200",
    )],
    not_applicable: &[PLAIN, MD5, BASIC],
    check: Check::Message(default_renewed),
    ..Rule::MUST
};

fn default_renewed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let proof = track(msg.session, msg.entry.direction).proof(msg.id);
    let Some(ProofOutcome::Verified { nonce, .. }) = proof.map(|proof| &proof.outcome) else { return };
    let Some(word) = word_on(msg).filter(super::common::Word::is_acceptance) else { return };
    if !nonce.is_default() {
        return;
    }
    let occasion = cx.occasion(word.status.at()).related(msg.at_node(msg.message().hdr.cred));
    if word.challenge.is_none_or(|challenge| challenge.nonce.is_none()) {
        let seen = format!("Status {} for a digest over the default nonce, without NextNonce", word.code);
        occasion.violated(seen, "Chal with a new NextNonce");
    }
}
