//! The refusal of a message, and what follows it.

use super::common::{
    BASIC, MAC, MD5, PLAIN, PRO, SEC, Word, challenged, is_request, may_be_authenticated_below, message_at, number,
    refusal_before, scheme_of, script, words,
};
use crate::base::Severity;
use crate::dm::{Profile, Scheme};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::hdr;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope};
use crate::syncml::CommandName;

const CHALLENGE: Clause = Clause { document: PRO, section: "9.1" };

/// The reply to a refusal with a challenge, where it repeats the refused message: the challenge, and the scheme asked for.
fn retry(msg: Msg<'_>) -> Option<(Word<'_>, Scheme)> {
    let word = refusal_before(msg)?;
    let scheme = word.scheme().cloned()?;
    is_request(msg).then_some((word, scheme))
}

/// Why nobody can say whether the credentials asked for came: the header is not seen, or the transport may have brought them.
fn unseen(msg: Msg<'_>, word: &Word<'_>, scheme: &Scheme) -> Option<Reason> {
    let transport = msg.entry.transport.as_ref();
    if !msg.session.is_whole_between(word.status.msg.id, msg.id) {
        Some(Reason::MessageLost)
    } else if *scheme == Scheme::Mac && transport.is_none()
        || transport.is_some_and(|transport| transport.has_http_credentials())
    {
        Some(Reason::NotVisible)
    } else {
        None
    }
}

pub(super) static SCHEME: Rule = Rule {
    id: "AUTH-017",
    name: "other-credentials-than-asked",
    title: "The repetition brings the type of credentials that was asked for",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.4.1" }, Clause { document: PRO, section: "9.2" }],
    what: "After a refusal with Chal, the first message of the side that was refused has, if it has credentials at all, those of the \
           type in Chal; for syncml:auth-MAC that is the x-syncml-hmac header. An observation where it refuses the type with \
           Status 406. Ending the session instead is allowed.",
    why: "The other side has asked for something stronger, and must end the session.",
    mend: "Answer with the type that was asked for, or end the session.",
    pass: &[BASIC, MD5, MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 212",
    )],
    not_applicable: &[PLAIN],
    check: Check::Message(scheme),
    ..Rule::MUST
};

fn scheme(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(word) = refusal_before(msg) else { return };
    let (Some(asked), Some(brought)) = (word.scheme().cloned(), scheme_of(msg)) else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred)).related(word.status.at());
    if brought == asked {
        return;
    }
    if let Some(reason) = unseen(msg, &word, &asked) {
        return occasion.undecided(reason);
    }
    let seen = format!("{} brings {brought}; asked for was {asked}", number(msg));
    let expected = format!("credentials of type {asked}");
    if words(msg).any(|word| word.code == 406) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static UNMET: Rule = Rule {
    id: "AUTH-018",
    name: "unmet-challenge-forgotten",
    title: "Who asked for credentials does not go on without them",
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.3" }, Clause { document: SEC, section: "5.4.1" }],
    what: "A side refused a message with Chal, and the repetition has no credentials, or those of another type. The answer to that \
           neither accepts its SyncHdr (2xx) nor has commands.",
    why: "The challenge protects nothing: whoever ignores it is served.",
    mend: "Refuse again with 401 or 407, or end the session.",
    yields_to: &["AUTH-043"],
    pass: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 407 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==",
        " patch-all \"<Cmd>Alert</Cmd><Data>200</Data>\" => \"<Cmd>Alert</Cmd><Data>407</Data>\"",
        " patch \"<Get>\" => \"<!--\"",
        " patch \"</Get>\" => \"-->\"",
    )],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 212",
    )],
    not_applicable: &[PLAIN, MD5, BASIC, MAC],
    check: Check::Message(unmet),
    ..Rule::MUST
};

fn unmet(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(asked) = msg.entry.answers.and_then(|id| message_at(msg.session, id)) else { return };
    if !asked.message().is_judgeable() {
        return;
    }
    let Some((word, scheme)) = retry(asked) else { return };
    let brought = scheme_of(asked);
    let goes_on = msg.session.previous_of_sender(msg.id).is_some_and(|(_, before)| before.answers == msg.entry.answers);
    if brought.as_ref() == Some(&scheme) || goes_on {
        return;
    }
    let reason = unseen(asked, &word, &scheme);
    let occasion = cx.occasion(msg.at()).related(word.status.at()).related(asked.at_node(None));
    if let Some(reason) = reason {
        return occasion.undecided(reason);
    }
    let accepted = words(msg).find(|word| word.about.id == asked.id && word.is_acceptance()).map(|word| word.code);
    let brought = brought.map_or("no credentials".to_owned(), |scheme| scheme.to_string());
    let expected = format!("a new refusal, or the end of the session: asked for was {scheme}");
    match accepted {
        Some(code) => occasion.violated(format!("Status {code} for a message with {brought}"), expected),
        None if is_request(msg) && words(msg).next().is_none() => {
            occasion.violated(format!("commands after a message with {brought}"), expected);
        }
        None => {}
    }
}

pub(super) static ONLY_STATUS: Rule = Rule {
    id: "AUTH-019",
    name: "refusal-with-commands",
    title: "A message that refuses another holds nothing but Status",
    level: Level::MustNot,
    clause: &[CHALLENGE],
    what: "A message with Status 401 or 407 for a SyncHdr has no command that is no Status; Alerts 1222 and 1223 apart. Where both \
           sides refuse each other, a message must repeat its package and refuse the other side's at once: it is not looked at.",
    why: "The other side may carry out commands of a session that is not authenticated, or repeat its package and lose them.",
    mend: "Send commands only after the repetition was accepted.",
    pass: &[BASIC],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status Alert 407",
        " Get ./DevDetail/SwV",
    )],
    not_applicable: &[PLAIN],
    check: Check::Message(only_status),
    ..Rule::MUST
};

fn only_status(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let asked = msg.entry.answers.and_then(|id| msg.session.entry(id)).map(|entry| entry.content);
    let is_refused_itself = asked.is_some_and(|content| content.challenge || content.refusal);
    let Some(word) = words(msg).find(Word::is_refusal).filter(|_| !is_refused_itself) else { return };
    let is_command = |cmd: &crate::rules::cx::Cmd<'_>| {
        cmd.command.name != CommandName::Status && !matches!(cmd.code(), Some(1222 | 1223))
    };
    let found = msg.commands().find(is_command);
    let occasion = cx.occasion(found.map_or(word.status.at(), |cmd| cmd.at())).related(word.status.at());
    if found.is_some() && msg.entry.is_after_loss() {
        // What it answers, and whether that refused it, is not known.
        occasion.undecided(Reason::MessageLost);
    } else if let Some(found) = found {
        let seen = format!("{} beside Status {} for SyncHdr", found.command.name, word.code);
        occasion.violated(seen, "nothing but Status");
    }
}

pub(super) static EVERY_COMMAND: Rule = Rule {
    id: "AUTH-020",
    name: "refused-command-unanswered",
    title: "A message that refuses another answers each of its commands",
    clause: &[CHALLENGE],
    what: "Each command of a message that is refused with 401 or 407 has a Status in the package that refuses it. Not asked for with \
           NoResp; at most a warning for servers of Windows devices.",
    why: "The other side cannot tell commands that were refused from commands that were overlooked.",
    mend: "Give every command of the refused message a Status with the code of its SyncHdr.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Warning) }],
    pass: &[BASIC],
    violate: &[script!("device", " Alert 1201", "server", " Status SyncHdr 407 chal=basic")],
    not_applicable: &[PLAIN],
    check: Check::Message(every_command),
    ..Rule::MUST
};

fn every_command(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(word) = words(msg).find(Word::is_refusal) else { return };
    let refused = word.about;
    if refused.message().hdr.no_resp.is_some() || !refused.message().is_judgeable() {
        return;
    }
    for cmd in refused.commands() {
        if cmd.command.name.is_response() || cmd.command.no_resp.is_some() {
            continue;
        }
        let occasion = cx.occasion(msg.at()).related(cmd.at()).related(word.status.at());
        if msg.session.statuses_of(cmd.place()).next().is_some() {
            continue;
        }
        let name = cmd.command.name.name();
        if !refused.entry.is_sound(cmd.id) || msg.session.has_stray_answer(msg.id, name) {
            occasion.undecided(Reason::AmbiguousReference);
        } else if msg.session.package_end(msg.id).is_none() {
            occasion.undecided(Reason::EndNotCaptured);
        } else {
            let seen = format!("{} refuses {}, and has no Status for its {name}", number(msg), number(refused));
            occasion.violated(seen, format!("Status {} for {name}", word.code));
        }
    }
}

pub(super) static CREDENTIALS: Rule = Rule {
    id: "AUTH-021",
    name: "repetition-without-credentials",
    title: "A message that was refused is repeated with credentials",
    clause: &[Clause { document: PRO, section: "9.2 Authorization" }],
    what: "After a refusal with Chal, the first message of the side that was refused has Cred, or the x-syncml-hmac header. Not asked \
           of a message that only answers or aborts: that gives the session up. Undecided where HTTP credentials may be meant.",
    why: "It is refused again: the session goes round in circles.",
    mend: "Put credentials of the type that was asked for into the repetition.",
    pass: &[BASIC, MAC],
    violate: &[challenged!("device", " Status SyncHdr 407 chal=basic", "device", " Status SyncHdr 407 chal=basic")],
    not_applicable: &[PLAIN],
    check: Check::Message(credentials),
    ..Rule::MUST
};

fn credentials(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((word, scheme)) = retry(msg) else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred)).related(word.status.at());
    if scheme_of(msg).is_some() {
        return;
    }
    match unseen(msg, &word, &scheme) {
        Some(reason) => occasion.undecided(reason),
        None => occasion.violated(
            format!("{} follows a refusal with {}, and has no credentials", number(msg), word.code),
            format!("credentials of type {scheme}"),
        ),
    }
}

pub(super) static HEADER_STATUS: Rule = Rule {
    id: "AUTH-022",
    name: "repetition-without-header-status",
    title: "The repetition of a refused message answers the refusal",
    clause: &[CHALLENGE],
    what: "The first message with credentials after a refusal has a Status for the SyncHdr of the message that refused.",
    why: "The other side takes it for the first message of a new session, and the nonce it gave is lost.",
    mend: "Put a Status for the SyncHdr of the refusing message in front of the repetition.",
    pass: &[BASIC],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status Alert 407",
        "device cred=basic:Bruce2:OhBehave",
        " Alert 1201",
    )],
    not_applicable: &[PLAIN],
    check: Check::Message(header_status),
    ..Rule::MUST
};

fn header_status(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(word) = refusal_before(msg) else { return };
    let asked = word.status.msg;
    if scheme_of(msg).is_none() || asked.message().hdr.no_resp.is_some() {
        return;
    }
    let occasion = cx.occasion(msg.at()).related(asked.at_node(None));
    if msg.session.statuses_of(asked.header()).any(|status| status.entry == msg.id) {
        occasion.held();
    } else if !msg.session.is_whole_between(asked.id, msg.id) {
        occasion.undecided(Reason::MessageLost);
    } else if asked.message().msg_id().is_none() || msg.session.has_stray_answer(msg.id, "SyncHdr") {
        occasion.undecided(Reason::AmbiguousReference);
    } else {
        let seen = format!("{} repeats after {}, and has no Status for its SyncHdr", number(msg), number(asked));
        occasion.violated(seen, "a Status for the SyncHdr of the refusing message");
    }
}

pub(super) static RESP_URI: Rule = Rule {
    id: "AUTH-023",
    name: "repetition-sent-elsewhere",
    title: "The repetition goes to the RespURI of the refusal",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[CHALLENGE],
    what: "After a refusal with an http or https RespURI, the client's next request goes there. Addresses are compared as for every \
           RespURI.",
    why: "The server finds the session by RespURI: elsewhere the credentials are answers to a question that nobody asked.",
    mend: "Send the repetition to the RespURI of the message that refused.",
    needs: &[Need::Transport],
    pass: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=basic\n patch \"<LocURI>https://dm.example.com/dm</LocURI></Source>\" => \
         \"<LocURI>https://dm.example.com/dm</LocURI></Source><RespURI>https://dm.example.com/dm?s=7</RespURI>\"",
        "device cred=basic:Bruce2:OhBehave url=/dm?s=7",
        " Status SyncHdr 212",
    )],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=basic\n patch \"<LocURI>https://dm.example.com/dm</LocURI></Source>\" => \
         \"<LocURI>https://dm.example.com/dm</LocURI></Source><RespURI>https://dm.example.com/dm?s=7</RespURI>\"",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 212",
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Message(resp_uri),
    ..Rule::MUST
};

fn resp_uri(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if refusal_before(msg).is_some() {
        hdr::judge_resp_uri(msg, cx);
    }
}

pub(super) static DIGEST_REFUSED: Rule = Rule {
    id: "AUTH-046",
    name: "digest-not-supported",
    title: "A client answers a challenge for a digest with a digest",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.3" }],
    what: "A client that was challenged with syncml:auth-md5 does not answer with basic credentials or with Status 406. An \
           observation: clients that are authenticated by the transport need not support digests.",
    why: "Without transport authentication, digests are what every client must support.",
    mend: "Support syncml:auth-md5 in the client.",
    pass: &[MD5],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 212",
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Message(digest_refused),
    ..Rule::MUST
};

fn digest_refused(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.entry.is_server() {
        return;
    }
    let Some(word) = refusal_before(msg).filter(|word| word.scheme() == Some(&Scheme::Md5)) else { return };
    let over_tls = may_be_authenticated_below(msg);
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred)).related(word.status.at());
    let below = if over_tls { "; the transport may have authenticated it" } else { "" };
    if scheme_of(msg) == Some(Scheme::Basic) {
        occasion.violated(format!("basic credentials after a challenge for a digest{below}"), "a digest");
    } else if words(msg).any(|word| word.code == 406) {
        occasion.violated(format!("Status 406 for a challenge for a digest{below}"), "a digest");
    }
}
