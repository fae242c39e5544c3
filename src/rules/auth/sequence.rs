//! How authentication goes on in a session once it has begun, and whether it takes place at all.

use super::common::{
    BASIC, CREP, MAC, MD5, PLAIN, PRO, SEC, STATUS, Word, challenged, is_request, may_be_authenticated_below,
    message_at, number, scheme_of, script, track, word, word_on, words,
};
use crate::base::{Direction, Severity};
use crate::dm::{Phase, Scheme, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope};
use crate::syncml::CommandName;

const CHALLENGE: Clause = Clause { document: PRO, section: "9.1" };
const MUTUAL: Clause = Clause { document: SEC, section: "5.3" };

pub(super) static CODE: Rule = Rule {
    id: "AUTH-025",
    name: "refusal-code-swapped",
    title: "407 asks for credentials that are missing, 401 refuses those that came",
    level: Level::Should,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    clause: &[CHALLENGE, Clause { document: CREP, section: "10 Response Status Codes: 401, 407" }],
    what: "A message that had credentials of the type that Chal asks for is refused with 401, one without credentials with 407. An \
           observation: both codes ask for the same.",
    why: "The user reads \"wrong password\" where none was sent, or is never told that it is wrong.",
    mend: "Answer 407 where no credentials came, and 401 where they were wrong.",
    pass: &[BASIC],
    violate: &[script!(
        "device cred=basic:Bruce2:OhBehave",
        " Alert 1201",
        "server",
        " Status SyncHdr 407 chal=basic",
        " Status Alert 407",
    )],
    not_applicable: &[PLAIN],
    check: Check::Command(STATUS, code),
    ..Rule::MUST
};

fn code(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word(status).filter(Word::is_refusal) else { return };
    if !word.about.message().is_judgeable() {
        return;
    }
    let brought = scheme_of(word.about);
    // Credentials of another type are as good as none.
    let is_right = brought.is_some() && word.scheme().is_none_or(|asked| Some(asked) == brought.as_ref());
    let occasion = cx.occasion(status.at()).related(word.about.at_node(word.about.message().hdr.cred));
    match (word.code, brought) {
        (407, Some(brought)) if is_right => occasion.violated(format!("407 for a message with {brought}"), "401"),
        (401, None) if word.about.entry.transport.is_some() => {
            occasion.violated("401 for a message without credentials", "407");
        }
        _ => {}
    }
}

pub(super) static FINISHED: Rule = Rule {
    id: "AUTH-026",
    name: "challenge-after-acceptance",
    title: "After 212 no more credentials are asked for",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[CHALLENGE],
    what: "Once credentials of a side were accepted with 212, no later SyncHdr of that side is refused with 401 or 407 in the session. \
           Sides that use the x-syncml-hmac header are not looked at.",
    why: "The other side has put its credentials away, and a session that was going well ends.",
    mend: "Answer 200 where each message is to have credentials of its own; after 212 ask for none.",
    pass: &[MD5],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=basic",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 212",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 407 chal=basic",
    )],
    not_applicable: &[PLAIN, MAC],
    check: Check::Session(finished),
    ..Rule::MUST
};

fn finished(session: &Session, cx: &mut Cx<'_>) {
    for verifier in [Direction::ServerToDevice, Direction::DeviceToServer] {
        let mut accepted = None;
        for (id, entry) in session.sent_by(verifier).filter(|(_, entry)| entry.message.is_judgeable()) {
            for word in words(Msg { session, id, entry }) {
                if let Some(first) = accepted {
                    let occasion = cx.occasion(word.status.at()).related(first);
                    if word.is_refusal() {
                        let seen = format!("Status {} after 212 for the same side", word.code);
                        occasion.violated(seen, "no further challenge in the session");
                    }
                } else if word.code == 212 && matches!(scheme_of(word.about), Some(scheme) if scheme != Scheme::Mac) {
                    accepted = Some(word.status.at());
                }
            }
        }
    }
}

pub(super) static REPEATED: Rule = Rule {
    id: "AUTH-027",
    name: "credentials-not-repeated",
    title: "After 200, credentials are sent again",
    severity: Severity::Warning,
    scope: Scope::Session,
    clause: &[CHALLENGE],
    what: "Where a message with Cred was answered with 200, and not with 212, for its SyncHdr, the sender's next message has credentials \
           again. Not asked of messages that only answer, and where the transport may authenticate: over TLS, with HTTP \
           credentials, behind a proxy, for a server whose address is https.",
    why: "200 accepts one message. The next one comes from nobody, and is refused.",
    mend: "Send credentials with each message until 212 comes.",
    needs: &[Need::Transport],
    pass: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device cred=basic:Bruce2:OhBehave",
            " Alert 1201",
            "server",
            " Status SyncHdr 200",
            " Status Alert 200",
            " Get ./DevDetail/SwV",
            "device cred=basic:Bruce2:OhBehave",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/SwV=7.1",
        ),
    )],
    violate: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device cred=basic:Bruce2:OhBehave",
            " Alert 1201",
            "server",
            " Status SyncHdr 200",
            " Status Alert 200",
            " Get ./DevDetail/SwV",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/SwV=7.1",
        ),
    )],
    not_applicable: &[PLAIN, BASIC, MAC],
    check: Check::Message(repeated),
    ..Rule::MUST
};

fn repeated(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let session = msg.session;
    let Some(before) = session.previous_of_sender(msg.id).and_then(|(id, _)| message_at(session, id)) else { return };
    if !matches!(scheme_of(before), Some(scheme) if scheme != Scheme::Mac) || may_be_authenticated_below(msg) {
        return;
    }
    let asks = is_request(msg) || msg.entry.content.results && !msg.entry.content.abort;
    let Some(word) = word_on(before).filter(|word| word.code == 200 && word.status.msg.id < msg.id && asks) else {
        return;
    };
    let was_accepted_before = session
        .sent_by(word.status.msg.entry.direction)
        .take_while(|(id, _)| *id < word.status.msg.id)
        .any(|(_, entry)| entry.content.hdr_status == Some(212));
    if was_accepted_before {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred)).related(word.status.at());
    if scheme_of(msg).is_some() {
        return;
    }
    if !session.is_whole_between(before.id, msg.id) {
        return occasion.undecided(Reason::MessageLost);
    }
    occasion.violated(format!("{} has no credentials, after 200 for the one before", number(msg)), "Cred in SyncHdr");
}

pub(super) static CONSTANT: Rule = Rule {
    id: "AUTH-030",
    name: "credential-type-changes",
    title: "A side keeps the type of its credentials in a session",
    scope: Scope::Session,
    clause: &[CHALLENGE],
    what: "Once credentials of a side were accepted, its later credentials in the session are of the same type, the x-syncml-hmac header \
           counting as one. Not looked at after another challenge, which changes the type on demand.",
    why: "The other side has settled on one way to check, and refuses the rest of the session.",
    mend: "Use one type from the first accepted message to the end of the session.",
    pass: &[MAC],
    violate: &[challenged!(
        "device",
        " Status SyncHdr 407 chal=basic",
        "device cred=basic:Bruce2:OhBehave",
        " Status SyncHdr 200",
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Status SyncHdr 200",
        " Status Get 404",
    )],
    not_applicable: &[PLAIN, BASIC, MD5],
    check: Check::Session(constant),
    ..Rule::MUST
};

fn constant(session: &Session, cx: &mut Cx<'_>) {
    for track in [&session.client_auth, &session.server_auth] {
        let mut settled: Option<(Msg<'_>, Scheme)> = None;
        for msg in track.presented.iter().filter_map(|id| message_at(session, *id)) {
            let Some(brought) = scheme_of(msg).filter(|_| msg.message().is_judgeable()) else { continue };
            let word = word_on(msg);
            if let Some((first, scheme)) = &settled {
                let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred)).related(first.at_node(None));
                if brought != *scheme {
                    occasion.violated(format!("{brought}, after {scheme} was accepted"), scheme.to_string());
                    // It is said once.
                    settled = Some((msg, brought.clone()));
                }
            } else if word.as_ref().is_some_and(Word::is_acceptance) {
                settled = Some((msg, brought.clone()));
            }
            // Whoever is asked for another type has to change.
            let asks_for_another =
                |word: Word<'_>| word.is_refusal() || word.scheme().is_some_and(|asked| *asked != brought);
            if word.is_some_and(asks_for_another) {
                settled = None;
            }
        }
    }
}

pub(super) static IDLE: Rule = Rule {
    id: "AUTH-031",
    name: "idle-package-challenged",
    title: "A client does not challenge a server that asks for nothing",
    level: Level::MustNot,
    judged: Judged::Client,
    clause: &[Clause { document: PRO, section: "9" }],
    what: "A client that refuses package 2 with 401 or 407 does so only where it has commands or a challenge of its own.",
    why: "The session is over: a challenge now begins an exchange in which nothing is left to be protected.",
    mend: "End the session in silence where package 2 holds nothing but Status.",
    pass: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 407 chal=basic",
        " Status Get 407",
    )],
    violate: &[script!(
        "device",
        " Alert 1201",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        "device",
        " Status SyncHdr 407 chal=basic",
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Command(STATUS, idle),
    ..Rule::MUST
};

fn idle(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(word) = word(status).filter(Word::is_refusal) else { return };
    let server = word.about;
    if status.msg.entry.is_server() || server.entry.package.number != 2 || !server.message().has_final() {
        return;
    }
    let occasion = cx.occasion(status.at()).related(server.at());
    let content = server.entry.content;
    if !server.message().is_judgeable() || server.entry.package.part != 1 {
        occasion.undecided(Reason::Undecodable);
    } else if content.is_closing(Direction::ServerToDevice) {
        occasion.violated("a challenge for a package 2 without commands", "no further message");
    }
}

/// Whether a server may have shown who it is before or in a message of the session.
fn has_shown(session: &Session, claimant: Direction, at: Msg<'_>) -> bool {
    track(session, claimant).presented.first().is_some_and(|first| *first <= at.id)
}

pub(super) static CLIENT_ASKS: Rule = Rule {
    id: "AUTH-032",
    name: "unknown-server-obeyed",
    title: "A client obeys only a server that it knows",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[MUTUAL, Clause { document: PRO, section: "9" }],
    what: "Looked at once in a session over plain HTTP: before the client's first Status 2xx for a command, the server has sent \
           credentials. Over TLS its certificate shows who it is; where no transport was captured, or TLS may have ended in \
           front of the place of capture (a proxy, an https address in clear), nobody can say.",
    why: "Whoever can answer in the place of the server controls the device.",
    mend: "Challenge the server with 407 before its commands are carried out, or use HTTPS.",
    needs: &[Need::Transport, Need::Start, Need::NoLoss],
    pass: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device",
            " Alert 1201",
            "server cred=basic:dm.example.com:secret",
            " Status SyncHdr 200",
            " Status Alert 200",
            " Delete ./A",
            "device",
            " Status SyncHdr 212",
            " Status Delete 200",
        ),
    )],
    violate: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device",
            " Alert 1201",
            "server",
            " Status SyncHdr 200",
            " Status Alert 200",
            " Delete ./A",
            "device",
            " Status SyncHdr 200",
            " Status Delete 200",
        ),
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Session(client_asks),
    ..Rule::MUST
};

fn client_asks(session: &Session, cx: &mut Cx<'_>) {
    let obeys = |cmd: &Cmd<'_>| {
        cmd.command.name == CommandName::Status
            && matches!(cmd.code(), Some(200..=299))
            && cmd.answered().is_some_and(|cmd| cmd.command.name != CommandName::Alert)
    };
    let first = session
        .sent_by(Direction::DeviceToServer)
        .filter(|(_, entry)| entry.message.is_judgeable())
        .find_map(|(id, entry)| Msg { session, id, entry }.commands().find(obeys));
    let Some(status) = first.filter(|status| !may_be_authenticated_below(status.msg)) else { return };
    let occasion = cx.occasion(status.at());
    if !has_shown(session, Direction::ServerToDevice, status.msg) {
        let seen = "commands of a server that has shown no credentials are carried out, over plain HTTP";
        occasion.violated(seen, "a challenge with 407 before");
    }
}

pub(super) static SERVER_ASKS: Rule = Rule {
    id: "AUTH-033",
    name: "unknown-client-managed",
    title: "A server manages only a device that it knows",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[MUTUAL],
    what: "Looked at once in a session over plain HTTP: before the server's first command, the client has sent credentials. Over TLS a \
           client certificate may have shown who it is, and HTTP credentials may have done so: neither is looked at.",
    why: "Whoever names a device in Source is given its settings, passwords among them.",
    mend: "Challenge the client with 407 before commands are sent, or ask for a client certificate.",
    needs: &[Need::Transport, Need::Start, Need::NoLoss],
    pass: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
            " Alert 1201",
            "server",
            " Status SyncHdr 212",
            " Status Alert 200",
            " Get ./A",
        ),
    )],
    violate: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!("device", " Alert 1201", "server", " Status SyncHdr 200", " Status Alert 200", " Get ./A",),
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Session(server_asks),
    ..Rule::MUST
};

fn server_asks(session: &Session, cx: &mut Cx<'_>) {
    let Some(first) = first_commands(session).filter(|msg| !may_be_authenticated_below(*msg)) else { return };
    let request = first.entry.answers.and_then(|id| message_at(session, id));
    if request.is_some_and(may_be_authenticated_below) {
        return;
    }
    let occasion = cx.occasion(first.at());
    if !has_shown(session, Direction::DeviceToServer, first) {
        let seen = "commands for a client that has shown no credentials, over plain HTTP";
        occasion.violated(seen, "a challenge with 407 before");
    }
}

/// The server's first message with commands.
fn first_commands(session: &Session) -> Option<Msg<'_>> {
    let mut sent = session.sent_by(Direction::ServerToDevice);
    let (id, entry) = sent.find(|(_, entry)| entry.message.is_judgeable() && entry.content.operations)?;
    Some(Msg { session, id, entry })
}

pub(super) static SERVER_SHOWS: Rule = Rule {
    id: "AUTH-045",
    name: "server-not-authenticated",
    title: "A server that sends commands in package 2 shows who it is",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    clause: &[Clause { document: PRO, section: "8.4" }],
    what: "A package 2 with commands over plain HTTP has Cred, or the x-syncml-hmac header. An observation: the client may ask for \
           credentials. Over TLS the certificate shows who the server is.",
    why: "A client that insists on credentials costs the session one more exchange.",
    mend: "Send credentials with package 2, or use HTTPS.",
    needs: &[Need::Transport],
    pass: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!(
            "device",
            " Alert 1201",
            "server cred=basic:dm.example.com:secret",
            " Status SyncHdr 200",
            " Status Alert 200",
            " Get ./A",
        ),
    )],
    violate: &[concat!(
        "session server=http://dm.example.com/dm\n",
        script!("device", " Alert 1201", "server", " Status SyncHdr 200", " Status Alert 200", " Get ./A"),
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Message(server_shows),
    ..Rule::MUST
};

fn server_shows(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let package = msg.entry.package;
    let is_first = package.number == 2 && package.part == 1 && msg.entry.phase_before != Phase::Unknown;
    if msg.entry.is_client() || !is_first || !is_request(msg) || may_be_authenticated_below(msg) {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred));
    if scheme_of(msg).is_none() {
        occasion.violated("package 2 with commands and without credentials, over plain HTTP", "Cred in SyncHdr");
    }
}
