//! The x-syncml-hmac header: its form, its place in each message, and the answers to it.

use super::common::{
    BASIC, MAC, MD5, PLAIN, SEC, Word, challenged, hmac_of, is_base64, message_at, number, refusal_before, scheme_of,
    script, track, word_on, words,
};
use crate::base::Severity;
use crate::dm::{HmacHeader, Profile, Scheme, Version};
use crate::rules::cx::{Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Need, Rule, Scope};

const HEADER: Clause = Clause { document: SEC, section: "5.4.3" };

/// One part of a header: its name in lower case, and its value.
struct Part<'h> {
    name: String,
    value: &'h str,
}

/// The parts of a header, parted by commas that stand outside quotes; what is no `name=value` as it is.
fn parts(header: &str) -> Vec<Result<Part<'_>, &str>> {
    HmacHeader::parts(header)
        .into_iter()
        .map(|part| match part.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Part { name: name.trim().to_ascii_lowercase(), value: value.trim() })
            }
            _ => Err(part.trim()),
        })
        .collect()
}

/// The value of a part.
fn value<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    parts(header).into_iter().flatten().find(|part| part.name == name).map(|part| part.value)
}

/// The header of a message, where its parts but mac are not those of the sender's message before: what is wrong with them
/// is said once.
fn new_form(msg: Msg<'_>) -> Option<&str> {
    let form = |header| -> Vec<_> {
        let named = parts(header).into_iter().flatten().filter(|part| part.name != "mac");
        named.map(|part| (part.name, part.value.to_owned())).collect()
    };
    let header = hmac_of(msg.entry)?;
    let before = msg.session.previous_of_sender(msg.id).and_then(|(_, before)| hmac_of(before));
    before.is_none_or(|before| form(before) != form(header)).then_some(header)
}

/// The text inside quotes; `None` where there are none.
fn unquoted(value: &str) -> Option<&str> {
    value.strip_prefix('"')?.strip_suffix('"')
}

/// A message with a header, as an example: the header in place of the right one.
macro_rules! with_header {
    ($header:literal) => {
        concat!("device locname=Bruce2 header=\"x-syncml-hmac: ", $header, "\"\n Alert 1201\n")
    };
}

pub(super) static GRAMMAR: Rule = Rule {
    id: "AUTH-035",
    name: "integrity-header-malformed",
    title: "The integrity header is a list of algorithm, username and mac",
    clause: &[HEADER],
    what: "The value of x-syncml-hmac is a list, parted by commas, of algorithm=, username= and mac=, each at most once and in any \
           order; white space around commas and equals signs does not count. A warning where mac stands in quotes. The form \
           of username and mac is judged by rules of their own.",
    why: "The receiver finds no digest, and takes the message for one without.",
    mend: "Write: algorithm=MD5, username=\"name\", mac=digest",
    needs: &[Need::Transport],
    pass: &[MAC],
    violate: &[
        with_header!("mac=6AZk96DG6F0jSIaEpbK4Ng==; username=bob"),
        with_header!("realm=x, username=\\\"Bruce2\\\", mac=6AZk96DG6F0jSIaEpbK4Ng=="),
    ],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(grammar),
    ..Rule::MUST
};

fn grammar(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(header) = hmac_of(msg.entry) else { return };
    let occasion = cx.occasion(msg.at());
    let expected = "algorithm=MD5, username=\"…\", mac=…";
    let mut seen: Vec<String> = Vec::new();
    for part in parts(header) {
        let part = match part {
            Ok(part) => part,
            Err(text) => return occasion.violated(format!("{} in x-syncml-hmac", quoted(text)), expected),
        };
        if !matches!(part.name.as_str(), "algorithm" | "username" | "mac") {
            return occasion.violated(format!("parameter {} in x-syncml-hmac", quoted(&part.name)), expected);
        }
        if seen.contains(&part.name) {
            return occasion.violated(format!("{} twice in x-syncml-hmac", part.name), expected);
        }
        // A semicolon where a comma should be makes one value of two.
        if part.name != "username" && part.value.contains(';') {
            return occasion.violated(format!("{} in x-syncml-hmac", quoted(part.value)), expected);
        }
        seen.push(part.name);
    }
    if value(header, "mac").is_some_and(|mac| mac.starts_with('"')) {
        occasion.violated_as(Severity::Warning, "mac in quotes", expected);
    }
}

pub(super) static USER: Rule = Rule {
    id: "AUTH-036",
    name: "integrity-header-without-user",
    title: "The integrity header names the user",
    clause: &[HEADER],
    what: "The first x-syncml-hmac of a side, and each that differs in more than mac, has username, a text in quotes. A warning where only the quotes are missing.",
    why: "The receiver cannot find the password with which to check the digest.",
    mend: "Add username=\"name\", the text of Source/LocName.",
    needs: &[Need::Transport],
    yields_to: &["AUTH-035"],
    pass: &[MAC],
    violate: &[
        with_header!("mac=6AZk96DG6F0jSIaEpbK4Ng=="),
        with_header!("username=Bruce2, mac=6AZk96DG6F0jSIaEpbK4Ng=="),
    ],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(user),
    ..Rule::MUST
};

fn user(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(header) = new_form(msg) else { return };
    let occasion = cx.occasion(msg.at());
    match value(header, "username") {
        Some(value) if unquoted(value).is_some() => {}
        Some("") | None => occasion.violated("x-syncml-hmac without username", "username=\"…\""),
        Some(value) => {
            occasion.violated_as(
                Severity::Warning,
                format!("username {} without quotes", quoted(value)),
                "username=\"…\"",
            );
        }
    }
}

pub(super) static DIGEST: Rule = Rule {
    id: "AUTH-037",
    name: "integrity-header-without-digest",
    title: "The integrity header has a digest",
    clause: &[HEADER],
    what: "x-syncml-hmac has mac, in base64; its padding may be missing.",
    why: "Nothing shows that the message was not altered.",
    mend: "Add mac= with the digest in base64.",
    needs: &[Need::Transport],
    yields_to: &["AUTH-035"],
    pass: &[MAC],
    violate: &[with_header!("algorithm=MD5, username=\\\"Bruce2\\\"")],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(digest),
    ..Rule::MUST
};

fn digest(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(header) = hmac_of(msg.entry) else { return };
    let occasion = cx.occasion(msg.at());
    match value(header, "mac").map(|mac| mac.trim_matches('"')) {
        Some("") | None => occasion.violated("x-syncml-hmac without mac", "mac=…"),
        Some(mac) if !is_base64(mac) => occasion.violated(format!("mac {}", quoted(mac)), "a digest in base64"),
        Some(_) => {}
    }
}

pub(super) static ALGORITHM: Rule = Rule {
    id: "AUTH-038",
    name: "integrity-algorithm-other",
    title: "The integrity header is made with MD5",
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[HEADER],
    what: "Where the first x-syncml-hmac of a side, or one that differs in more than mac, has algorithm, it is MD5. An observation in DM 1.3 and in versions that are not known.",
    why: "No other algorithm is defined: the receiver cannot check the digest.",
    mend: "Write algorithm=MD5, or leave it out.",
    needs: &[Need::Transport],
    pass: &[MAC],
    violate: &[with_header!("algorithm=SHA1, username=\\\"Bruce2\\\", mac=6AZk96DG6F0jSIaEpbK4Ng==")],
    not_applicable: &[PLAIN, with_header!("username=\\\"Bruce2\\\", mac=6AZk96DG6F0jSIaEpbK4Ng==")],
    check: Check::Message(algorithm),
    ..Rule::MUST
};

fn algorithm(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(found) = new_form(msg).and_then(|header| value(header, "algorithm")) else { return };
    let is_mild = matches!(msg.session.version, Version::V1_3 | Version::Unknown) || cx.profile() == Profile::Unknown;
    let occasion = cx.occasion(msg.at());
    if found.trim_matches('"').eq_ignore_ascii_case("MD5") {
        return;
    }
    let seen = format!("algorithm {}", quoted(found));
    if is_mild {
        occasion.violated_as(Severity::Info, seen, "MD5");
    } else {
        occasion.violated(seen, "MD5");
    }
}

pub(super) static SAME_USER: Rule = Rule {
    id: "AUTH-039",
    name: "integrity-user-differs",
    title: "The user of the integrity header is the one in LocName",
    clause: &[HEADER],
    what: "username of x-syncml-hmac is the text of Source/LocName in the same message. Where LocName is missing, another rule speaks.",
    why: "The receiver checks the digest with the password of another user.",
    mend: "Write the same name into both.",
    needs: &[Need::Transport],
    pass: &[MAC],
    violate: &[with_header!("username=\\\"bob\\\", mac=6AZk96DG6F0jSIaEpbK4Ng==")],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(same_user),
    ..Rule::MUST
};

fn same_user(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(found) = hmac_of(msg.entry).and_then(|header| value(header, "username")) else { return };
    let found = unquoted(found).unwrap_or(found);
    let Some(name) = msg.message().value(msg.message().hdr.source_name) else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.source_name));
    // Header lines are no place for other letters than those of ASCII: what became of them nobody can say.
    if found != name && HmacHeader::unescaped(found) != name && found.is_ascii() && name.is_ascii() {
        occasion.violated(format!("username {}, LocName {}", quoted(found), quoted(name)), quoted(name));
    }
}

pub(super) static EVERY_MESSAGE: Rule = Rule {
    id: "AUTH-034",
    name: "integrity-header-missing",
    title: "Once used, the integrity header comes with every message",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.4" }, HEADER],
    what: "After a message of a side with x-syncml-hmac was accepted, the next message of that side has the header. Not looked at where \
           another type was asked for since, or 212 said that no more is needed: that is the other side's fault.",
    why: "A message without it may have been altered on the way, and must be refused.",
    mend: "Send the header with every message to the end of the session.",
    needs: &[Need::Transport],
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(every_message),
    ..Rule::MUST
};

fn every_message(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let presented = &track(session, msg.entry.direction).presented;
    let before = presented.iter().rev().find(|id| **id < msg.id).and_then(|id| message_at(session, *id));
    let Some(before) = before.filter(|before| hmac_of(before.entry).is_some()) else { return };
    let said_before = session.previous_of_sender(msg.id).is_some_and(|(id, _)| id > before.id);
    let goes_on = |word: Word<'_>| word.is_acceptance() && word.code != 212 && word.status.msg.id < msg.id;
    if said_before || !word_on(before).is_some_and(goes_on) || refusal_before(msg).is_some() {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(before.at());
    if hmac_of(msg.entry).is_none() {
        occasion.violated(format!("{} without x-syncml-hmac", number(msg)), "the header, as in the messages before");
    }
}

/// The word on a message with the header.
fn word_on_hmac<'s>(msg: Msg<'s>) -> Option<Word<'s>> {
    hmac_of(msg.entry)?;
    word_on(msg)
}

pub(super) static NOT_FOR_ALL: Rule = Rule {
    id: "AUTH-041",
    name: "integrity-accepted-for-session",
    title: "A message with the integrity header is not answered with 212",
    clause: &[HEADER, Clause { document: SEC, section: "5.4.4" }],
    what: "The Status for the SyncHdr of a message with x-syncml-hmac is not 212.",
    why: "212 ends authentication for the session, but each message is to be checked.",
    mend: "Answer 200, with the next nonce in Chal.",
    needs: &[Need::Transport],
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 212 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(not_for_all),
    ..Rule::MUST
};

fn not_for_all(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word_on_hmac(msg) else { return };
    let occasion = cx.occasion(word.status.at()).related(msg.at());
    if word.code == 212 {
        occasion.violated("212 for a message with x-syncml-hmac", "200");
    }
}

pub(super) static NEXT_NONCE: Rule = Rule {
    id: "AUTH-042",
    name: "integrity-without-next-nonce",
    title: "A message with the integrity header is given the next nonce",
    clause: &[HEADER],
    what: "The Status 200 for the SyncHdr of a message with x-syncml-hmac has Chal of type syncml:auth-MAC with NextNonce. A warning in \
           the server's message that closes the session. Of several in a row that do not, the first one is named. After Alert 1223 \
           there is no next message.",
    why: "The next message has no fresh nonce: its digest can be replayed, or is refused.",
    mend: "Add Chal with NextNonce to each Status for such a SyncHdr.",
    needs: &[Need::Transport, Need::NotAborted],
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status SyncHdr 200",
    )],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(next_nonce),
    ..Rule::MUST
};

fn next_nonce(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word_on_hmac(msg).filter(|word| word.code == 200) else { return };
    let closes = word.status.msg.entry.content.is_closing(word.status.msg.entry.direction);
    let presented = &track(msg.session, msg.entry.direction).presented;
    let before = presented.iter().rev().find(|id| **id < msg.id).and_then(|id| message_at(msg.session, *id));
    let before = before.and_then(word_on_hmac).filter(|word| word.code == 200);
    let occasion = cx.occasion(word.status.at()).related(msg.at());
    let expected = "Chal of type syncml:auth-MAC with NextNonce";
    let Some(seen) = without_next_nonce(&word) else { return };
    if before.is_some_and(|word| without_next_nonce(&word).is_some()) {
        // It was said of the message before.
        return;
    }
    if closes {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// What a word lacks to give the nonce for the next integrity header.
fn without_next_nonce(word: &Word<'_>) -> Option<&'static str> {
    match &word.challenge {
        None => Some("Status 200 for a message with x-syncml-hmac, without Chal"),
        Some(challenge) if challenge.nonce.is_none() => Some("Chal without NextNonce"),
        Some(challenge) if challenge.scheme.as_ref().is_some_and(|scheme| *scheme != Scheme::Mac) => {
            Some("Chal of another type")
        }
        Some(_) => None,
    }
}

pub(super) static MISSING_ACCEPTED: Rule = Rule {
    id: "AUTH-043",
    name: "missing-integrity-accepted",
    title: "A message without the integrity header that was asked for is refused",
    scope: Scope::Session,
    clause: &[HEADER],
    what: "A side asked for syncml:auth-MAC, and the repetition came without x-syncml-hmac: its SyncHdr is not answered with 2xx.",
    why: "The check is switched off by leaving the header out.",
    mend: "Refuse the message with 401 and a new nonce.",
    needs: &[Need::Transport],
    pass: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        " Status Alert 407",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
        " Status Alert 407",
    )],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
    )],
    not_applicable: &[PLAIN, MD5, BASIC, MAC],
    check: Check::Message(missing_accepted),
    ..Rule::MUST
};

fn missing_accepted(msg: Msg<'_>, cx: &mut Cx<'_>) {
    for word in words(msg) {
        let asked = word.about;
        if asked.entry.transport.is_none() || hmac_of(asked.entry).is_some() {
            continue;
        }
        let Some(refusal) = refusal_before(asked) else { continue };
        let is_request = super::common::is_request(asked) || scheme_of(asked).is_some();
        if refusal.scheme() != Some(&Scheme::Mac) || !is_request {
            continue;
        }
        let is_whole = msg.session.is_whole_between(refusal.status.msg.id, asked.id);
        let occasion = cx.occasion(word.status.at()).related(refusal.status.at()).related(asked.at());
        if !word.is_acceptance() {
            continue;
        }
        if is_whole {
            let seen = format!("Status {} for a message without the x-syncml-hmac that was asked for", word.code);
            occasion.violated(seen, "401, with a new nonce");
        } else {
            occasion.undecided(crate::rules::finding::Reason::MessageLost);
        }
    }
}
