//! Where bodies end, and how they are coded: HTTP-021, HTTP-022, HTTP-029.

use super::reply::{asked_in_chunks, is_chunked};
use super::{HTTP_BINDING, PLAIN, SEC, exchange};
use crate::base::{Direction, Severity};
use crate::dm::{BodyEnd, HttpAnomaly, HttpAnswer, HttpVersion, Session, Transport};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Need, Rule, Scope, Source};

const HTTP_1_1: &str = "RFC 2616";

pub(super) static LENGTH: Rule = Rule {
    id: "HTTP-021",
    name: "body-length",
    title: "A body is as long as its head says",
    source: Source::Memory,
    clause: &[Clause { document: HTTP_1_1, section: "4.4" }],
    what: "In HTTP/1.x a body with Content-Length has that many octets, all Content-Length are one number, and a chunked body has \
           sizes that can be read. Less than was promised is only held against a sender who ended the connection itself; a \
           request that was cut after a refusal, a reset connection and the end of the capture are undecided. A request with \
           neither Content-Length nor chunks has no body at all, by the rules of HTTP, and is not seen as a message.",
    why: "The receiver waits for the rest until its time is up, or takes the next message for a part of this one.",
    mend: "Write Content-Length when the body is final, and send all of it.",
    needs: &[Need::Transport],
    pass: &[PLAIN, "network chunked\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n"],
    violate: &[
        exchange!("", "header=\"Content-Length: 5000\"", ""),
        exchange!("", "", "header=\"Content-Length: 5000\""),
        exchange!("", "header=\"Content-Length: 5\" header=\"Content-Length: 6\"", ""),
    ],
    not_applicable: &["device lost\n    Alert 1201\n"],
    check: Check::Encoding(length),
    ..Rule::MUST
};

fn length(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = &msg.entry.transport else { return };
    let is_counted = transport.count("content-length") > 0 && !is_chunked(transport);
    if transport.version == HttpVersion::Http2 || !(is_counted || is_chunked(transport)) {
        return;
    }
    let occasion = cx.occasion(msg.at());
    let said = || transport.elements("content-length").collect::<Vec<&str>>();
    for anomaly in &transport.anomalies {
        match *anomaly {
            HttpAnomaly::ConflictingLengths => {
                return occasion.violated(format!("Content-Length {}", said().join(" and ")), "one number");
            }
            HttpAnomaly::BadLength => {
                return occasion.violated(format!("Content-Length {}", quoted(&said().join(", "))), "a number");
            }
            HttpAnomaly::BadChunk { offset } if !transport.cut => {
                let seen = format!("no readable chunk size after {offset} octets of body");
                return occasion.violated(seen, "the size of a chunk, in hexadecimal digits");
            }
            HttpAnomaly::ShortOfLength { missing } if !transport.cut => {
                if !msg.entry.bare.is_empty() {
                    return occasion.undecided(Reason::NotVisible);
                }
                let seen = format!(
                    "{} octets, {missing} fewer than Content-Length {} promises",
                    transport.transferred,
                    said().first().copied().unwrap_or("?")
                );
                return occasion.violated(seen, "as many octets as Content-Length promises");
            }
            _ => {}
        }
    }
    match transport.body_end {
        BodyEnd::Complete => {}
        BodyEnd::Truncated { .. } => occasion.undecided(Reason::EndNotCaptured),
        BodyEnd::Gap => occasion.undecided(Reason::MessageLost),
        BodyEnd::Limit | BodyEnd::NotKept => occasion.undecided(Reason::NotVisible),
    }
}

pub(super) static CHUNKS_REFUSED: Rule = Rule {
    id: "HTTP-022",
    name: "chunked-request-refused",
    title: "A server takes requests in chunks",
    judged: Judged::Server,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[Clause { document: HTTP_BINDING, section: "Transfer-Encoding" }],
    what: "A request whose body is chunked is not answered with status 411 or 501.",
    why: "Clients that write a message while they send it do not know its length before.",
    mend: "Let the HTTP server read chunked requests.",
    needs: &[Need::Transport],
    pass: &["network chunked\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n"],
    violate: &["network chunked\ndevice\n    Alert 1201\nserver empty status=411\n"],
    not_applicable: &[PLAIN],
    check: Check::Encoding(chunks_refused),
    ..Rule::MUST
};

fn chunks_refused(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let entry = msg.entry;
    let refusal = entry.bare.iter().find(|bare| matches!(bare.status, 411 | 501));
    if !asked_in_chunks(msg) || (refusal.is_none() && entry.http_answer == HttpAnswer::NotCaptured) {
        return;
    }
    let occasion = cx.occasion_against(Direction::ServerToDevice, msg.at());
    if let Some(refusal) = refusal {
        occasion.violated(format!("HTTP status {} for a request in chunks", refusal.status), "a request that is read");
    }
}

pub(super) static CONTENT_CODING: Rule = Rule {
    id: "HTTP-029",
    name: "content-coding",
    title: "Content-Encoding names a content coding",
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[
        Clause { document: HTTP_BINDING, section: "Content-Encoding" },
        Clause { document: SEC, section: "5.4.3" },
    ],
    what: "Tells, once for each side of a session, that bodies come under a content coding (gzip, deflate and others); sizes are \
           those of the body without it. A Content-Encoding that is no content coding, the name of a charset for one, is a \
           warning at each message, and the body is read as it is.",
    why: "Who computes sizes or the integrity header over the compressed octets disagrees with who does not; who cannot find \
          the coding does not read the body.",
    mend: "Write names of content codings into Content-Encoding, and names of charsets into Content-Type.",
    needs: &[Need::Transport],
    violate: &[
        "network gzip\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n",
        exchange!("", "header=\"Content-Encoding: utf-8\"", ""),
    ],
    not_applicable: &[PLAIN, exchange!("", "header=\"Content-Encoding: identity\"", "")],
    check: Check::Session(content_coding),
    ..Rule::MAY
};

/// Content codings of the registry (IANA, HTTP Content Coding Registry), with their old names.
const CODINGS: &[&str] = &[
    "aes128gcm",
    "br",
    "compress",
    "dcb",
    "dcz",
    "deflate",
    "exi",
    "gzip",
    "pack200-gzip",
    "x-compress",
    "x-gzip",
    "zstd",
];

fn content_coding(session: &Session, cx: &mut Cx<'_>) {
    let mut told = Vec::new();
    for (id, entry) in session.entries_with_ids() {
        let Some(transport) = &entry.transport else { continue };
        let Some(coding) = coding_of(transport) else { continue };
        let at = At { entry: id, command: None, node: None };
        if !CODINGS.iter().any(|known| known.eq_ignore_ascii_case(coding)) {
            let seen = format!("Content-Encoding {}", quoted(coding));
            cx.occasion(at).violated_as(Severity::Warning, seen, "a content coding, or no such header");
        } else if !told.contains(&entry.direction) {
            told.push(entry.direction);
            cx.occasion(at).violated(format!("Content-Encoding {coding}"), "nothing: an observation");
        }
    }
}

/// The first content coding that is named, other than none at all.
fn coding_of(transport: &Transport) -> Option<&str> {
    transport.elements("content-encoding").find(|coding| !coding.eq_ignore_ascii_case("identity"))
}
