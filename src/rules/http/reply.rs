//! Responses, and what comes instead of a message: HTTP-013 to HTTP-015, HTTP-023, HTTP-025, HTTP-026, HTTP-028.

use super::{HTTP_BINDING, MS_MDM, PLAIN, SEC, UNANSWERED, exchange, request_of, response_of};
use crate::base::{Direction, Severity};
use crate::dm::{Entry, EntryId, HttpVersion, Profile, Session, Transport};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source, Versions};

/// The same request twice, with a response without a message in between.
macro_rules! refused {
    ($options:literal, $bare:literal, $next:literal) => {
        concat!(
            "session ",
            $options,
            "\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver ",
            $bare,
            "\ndevice ",
            $next,
            "\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        )
    };
}

fn whole(entry: EntryId) -> At {
    At { entry, command: None, node: None }
}

pub(super) static STATUS: Rule = Rule {
    id: "HTTP-013",
    name: "response-status-not-200",
    title: "A response that holds a DM message has status 200",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Response" }],
    what: "The HTTP status of each response that holds a server's message is 200. Responses without a message are errors of the \
           transport, and not looked at.",
    why: "Clients take another status for a failure of the transport, and do not look at the body.",
    mend: "Answer with 200; what went wrong in the protocol is said by a Status.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "", "status=202"), exchange!("", "", "status=500")],
    not_applicable: &[UNANSWERED],
    check: Check::Encoding(status),
    ..Rule::MUST
};

fn status(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((_, status)) = response_of(msg) else { return };
    let occasion = cx.occasion(msg.at());
    if status != 200 {
        occasion.violated(format!("HTTP status {status} with a DM message"), "HTTP status 200");
    }
}

pub(super) static VERSION: Rule = Rule {
    id: "HTTP-014",
    name: "http-1-0",
    title: "Messages are sent in HTTP/1.1 or later",
    level: Level::Should,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "HTTP version" }],
    what: "The HTTP message that holds a DM message is of HTTP/1.1 or HTTP/2; HTTP/1.0 is an observation.",
    why: "HTTP/1.0 has no chunked coding and opens a connection, with TLS a costly one, for each message.",
    mend: "Speak HTTP/1.1.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("", "http=1.0", ""), exchange!("", "", "http=1.0")],
    not_applicable: &["device lost\n    Alert 1201\n"],
    check: Check::Encoding(version),
    ..Rule::MUST
};

fn version(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = &msg.entry.transport else { return };
    let occasion = cx.occasion(msg.at());
    if transport.version == (HttpVersion::Http1 { minor: 0 }) {
        occasion.violated("HTTP/1.0", "HTTP/1.1 or later");
    }
}

pub(super) static CACHED: Rule = Rule {
    id: "HTTP-015",
    name: "response-may-be-cached",
    title: "Responses are not kept by caches",
    judged: Judged::Server,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Cache-Control" }],
    what: "Where a response that holds a message has Cache-Control, it has no-store, no-cache or private, or at least neither \
           public nor a max-age or s-maxage above 0; and Age, where it stands, is 0. In strict mode Cache-Control must stand.",
    why: "A cache on the way answers with a message of an earlier session.",
    mend: "Send Cache-Control: no-store.",
    needs: &[Need::Transport],
    pass: &[PLAIN, exchange!("", "", "header=\"Cache-Control: private, max-age=0\"")],
    violate: &[
        exchange!("", "", "header=\"Cache-Control: public\""),
        exchange!("", "", "header=\"Cache-Control: max-age=60\""),
        exchange!("", "", "header=\"Age: 7\""),
    ],
    not_applicable: &[UNANSWERED, exchange!("", "", "noheader=Cache-Control")],
    check: Check::Encoding(cached),
    ..Rule::MUST
};

fn cached(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some((transport, _)) = response_of(msg) else { return };
    let is_given = transport.count("cache-control") > 0;
    let age = transport.header("age").and_then(|age| age.parse::<u64>().ok());
    if !is_given && age.is_none() && !cx.is_strict() {
        return;
    }
    let is_strict = cx.is_strict();
    let occasion = cx.occasion(msg.at());
    let directives: Vec<String> = transport.elements("cache-control").map(str::to_ascii_lowercase).collect();
    let has = |name: &str| directives.iter().any(|found| found.split('=').next() == Some(name));
    let is_positive = |name: &str| {
        directives.iter().any(|found| {
            let value =
                found.split_once('=').filter(|(found, _)| *found == name).map(|(_, value)| value.trim_matches('"'));
            value.and_then(|value| value.parse::<u64>().ok()).is_some_and(|seconds| seconds > 0)
        })
    };
    let is_kept_out = has("no-store") || has("no-cache") || has("private");
    let may_be_cached = has("public") || is_positive("max-age") || is_positive("s-maxage");
    let expected = "Cache-Control: no-store";
    if age.is_some_and(|age| age > 0) {
        occasion
            .violated(format!("Age {}: it comes out of a cache", age.unwrap_or_default()), "a response of the server");
    } else if may_be_cached && !is_kept_out {
        occasion.violated(format!("Cache-Control {}", quoted(&directives.join(", "))), expected);
    } else if is_strict && !is_given {
        occasion.violated("no Cache-Control", expected);
    }
}

pub(super) static REDIRECT: Rule = Rule {
    id: "HTTP-023",
    name: "redirect-with-new-message",
    title: "A client that is redirected sends the same message again",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Redirection" }],
    what: "After a response 301, 302, 307 or 308 the next message of the client in the session is the one that was redirected, \
           or has its MsgID. Undecided where no message follows; a GET without a message is not seen as part of a session.",
    why: "The server has not seen the first message: it misses what was in it, and finds a number left out.",
    mend: "Send the message again, as it is, to the address in Location.",
    needs: &[Need::Transport],
    pass: &[refused!("", "empty status=307 header=\"Location: https://dm.example.com/b\"", "resend")],
    violate: &[refused!("", "empty status=307 header=\"Location: https://dm.example.com/b\"", "\n    Alert 1201")],
    not_applicable: &[PLAIN],
    check: Check::Session(redirect),
    ..Rule::MUST
};

fn redirect(session: &Session, cx: &mut Cx<'_>) {
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        for bare in entry.bare.iter().filter(|bare| matches!(bare.status, 301 | 302 | 307 | 308)) {
            let next = session.next_of_sender(id).filter(|_| bare.next_try.is_none());
            let occasion = cx.occasion(whole(next.map_or(id, |(next, _)| next))).related(whole(id));
            let Some((_, next)) = next else {
                if bare.next_try.is_none() {
                    occasion.undecided(Reason::EndNotCaptured);
                }
                continue;
            };
            let (before, after) = (entry.message.msg_id(), next.message.msg_id());
            if before != after {
                let seen = format!(
                    "message {} after message {} was answered with HTTP status {}",
                    after.unwrap_or("?"),
                    before.unwrap_or("?"),
                    bare.status
                );
                occasion.violated(seen, "the same message at the new address");
            }
        }
    }
}

pub(super) static CREDENTIALS: Rule = Rule {
    id: "HTTP-025",
    name: "http-authentication",
    title: "The client proves itself to HTTP as well",
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Authentication" }],
    what: "Tells, once for each session, where a request has Authorization or a response asks for it with WWW-Authenticate.",
    why: "Who is let in by HTTP need not send credentials of DM.",
    mend: "Nothing is to be done.",
    needs: &[Need::Transport],
    violate: &[
        exchange!("", "header=\"Authorization: Basic QTpi\"", ""),
        refused!("", "empty status=401 header=\"WWW-Authenticate: Basic\"", "resend"),
    ],
    not_applicable: &[PLAIN],
    check: Check::Session(credentials),
    ..Rule::MAY
};

/// Names of authentication schemes that may stand in a report; of another one, the rest could be the secret.
const SCHEMES: &[&str] = &["Basic", "Digest", "Bearer", "Negotiate", "NTLM"];

fn credentials(session: &Session, cx: &mut Cx<'_>) {
    const EXPECTED: &str = "nothing: an observation";
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        let given = entry.transport.as_ref().and_then(|transport| transport.header("authorization"));
        if let Some(given) = given {
            let scheme = given.split(' ').next().unwrap_or_default();
            let known = SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme));
            let scheme = known.copied().unwrap_or("of another scheme");
            cx.occasion(whole(id)).violated(format!("Authorization {scheme}"), EXPECTED);
            return;
        }
        if let Some(bare) = entry.bare.iter().find(|bare| bare.asks_for_credentials) {
            let occasion = cx.occasion_against(Direction::ServerToDevice, whole(id));
            occasion.violated(format!("HTTP status {} with WWW-Authenticate", bare.status), EXPECTED);
            return;
        }
    }
}

pub(super) static HMAC_WITHOUT_BODY: Rule = Rule {
    id: "HTTP-026",
    name: "hmac-header-misplaced",
    title: "x-syncml-hmac stands once, and only beside the body that it covers",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.4.3" }],
    what: "An HTTP message with a DM message has x-syncml-hmac once at most; a response without a body, given to a client's \
           message, does not have it.",
    why: "A receiver that takes the other of two headers finds the message forged; over no body there is nothing to prove.",
    mend: "Write the header once, when the body is final.",
    needs: &[Need::Transport],
    pass: &[exchange!("", "hmac=Bruce2:OhBehave:Tm9uY2U=", "")],
    violate: &[
        exchange!(
            "",
            "header=\"x-syncml-hmac: algorithm=MD5, username=a, mac=b\" header=\"x-syncml-hmac: algorithm=MD5, username=a, mac=c\"",
            ""
        ),
        refused!("", "empty status=503 header=\"x-syncml-hmac: algorithm=MD5, username=a, mac=b\"", "resend"),
    ],
    not_applicable: &[PLAIN],
    check: Check::Session(hmac_without_body),
    ..Rule::MUST
};

fn hmac_without_body(session: &Session, cx: &mut Cx<'_>) {
    for (id, entry) in session.entries_with_ids() {
        let count = entry.transport.as_ref().map_or(0, |transport| transport.count("x-syncml-hmac"));
        if count > 0 {
            let occasion = cx.occasion(whole(id));
            if count > 1 {
                occasion.violated(format!("{count} headers x-syncml-hmac"), "one");
            }
        }
        for bare in entry.bare.iter().filter(|bare| bare.has_hmac) {
            let occasion = cx.occasion_against(Direction::ServerToDevice, whole(id));
            if bare.is_empty {
                let seen = format!("x-syncml-hmac on a response {} without a body", bare.status);
                occasion.violated(seen, "the header beside a DM message only");
            }
        }
    }
}

pub(super) static TOO_EARLY: Rule = Rule {
    id: "HTTP-028",
    name: "retry-before-retry-after",
    title: "A client that is told to wait does not come back earlier",
    level: Level::Should,
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Session,
    source: Source::TextMs,
    versions: Versions::Since1_2,
    clause: &[Clause { document: MS_MDM, section: "3.1.6" }],
    what: "In the profile ms-mdm: after a response 429 with Retry-After in seconds, the client's next request of the session comes \
           no earlier than these seconds, less one.",
    why: "A server that is under load stays so.",
    mend: "Wait as long as Retry-After asks for.",
    needs: &[Need::Transport],
    pass: &[refused!(
        "url=\"/dm?mode=Maintenance&Platform=WoA\"",
        "empty status=429 header=\"Retry-After: 60\"",
        "resend at=+70"
    )],
    violate: &[refused!(
        "url=\"/dm?mode=Maintenance&Platform=WoA\"",
        "empty status=429 header=\"Retry-After: 60\"",
        "resend at=+2"
    )],
    not_applicable: &[PLAIN, refused!("", "empty status=429 header=\"Retry-After: 60\"", "resend at=+2")],
    check: Check::Session(too_early),
    ..Rule::MUST
};

const SECOND: i64 = 1_000_000_000;

fn too_early(session: &Session, cx: &mut Cx<'_>) {
    if cx.profile() != Profile::MsMdm {
        return;
    }
    let asked = |entry: &Entry| entry.bare.iter().filter(|bare| bare.status == 429).copied().collect::<Vec<_>>();
    for (id, entry) in session.sent_by(Direction::DeviceToServer) {
        for bare in asked(entry) {
            let Some(seconds) = bare.retry_after else { continue };
            let next = session.next_of_sender(id).map(|(_, next)| next.started);
            let Some(next) = bare.next_try.or(next) else { continue };
            let occasion = cx.occasion(whole(id));
            let waited = next.since(bare.time);
            if waited < i64::from(seconds).saturating_sub(1).saturating_mul(SECOND) {
                let seen = format!("the next request {} s after a response 429", waited.div_euclid(SECOND));
                occasion.violated(seen, format!("{seconds} s, as Retry-After asks"));
            }
        }
    }
}

/// Whether a client's request was sent in chunks.
pub(super) fn is_chunked(transport: &Transport) -> bool {
    transport.elements("transfer-encoding").any(|coding| coding.eq_ignore_ascii_case("chunked"))
}

/// What of a client's message is judged by its answer, where something answered it.
pub(super) fn asked_in_chunks(msg: Msg<'_>) -> bool {
    request_of(msg).is_some_and(is_chunked)
}
