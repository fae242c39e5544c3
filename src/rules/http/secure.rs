//! What protects the connection: HTTP-001, HTTP-003 to HTTP-005, HTTP-027.

use super::{ANSWER_ALONE, PLAIN, SEC, exchange};
use crate::base::{Certificate, Direction, Offered, Severity, Timestamp};
use crate::dm::{Entry, EntryId, Session, Transport};
use crate::rules::cx::Cx;
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Versions};
use std::collections::BTreeSet;

const TRANSPORT_SECURITY: Clause = Clause { document: SEC, section: "5.5.1.1" };

pub(super) static IN_CLEAR: Rule = Rule {
    id: "HTTP-001",
    name: "http-in-clear",
    title: "Messages over HTTP are protected by TLS",
    severity: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[TRANSPORT_SECURITY],
    what: "The first request of each session comes out of TLS. Not looked at where TLS may end before the place of the capture: \
           Target of the message has the scheme https, a header of a gateway stands in the request (Via, Forwarded, \
           X-Forwarded-Proto, X-Forwarded-For), or both ends are on one host. Undecided where Target is no http URI.",
    why: "Credentials of type basic, settings and passwords of the device can be read and changed by anyone on the way.",
    mend: "Serve DM over https, and give devices the https address of the server.",
    needs: &[Need::Transport],
    pass: &[PLAIN],
    violate: &[exchange!("server=http://dm.example.com/dm", "", "")],
    not_applicable: &[exchange!("", "notls", "notls"), ANSWER_ALONE],
    check: Check::Session(in_clear),
    ..Rule::MUST
};

fn in_clear(session: &Session, cx: &mut Cx<'_>) {
    let first = session.sent_by(Direction::DeviceToServer).next();
    let Some((id, entry)) = first else { return };
    let Some(transport) = entry.transport.as_ref().filter(|transport| transport.is_request()) else { return };
    let target = entry.message.target().unwrap_or_default();
    let is_of = |scheme: &str| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !transport.tls && (is_of("https:") || is_behind_a_gateway(transport)) {
        return;
    }
    let occasion = cx.occasion(At { entry: id, command: None, node: None });
    if transport.tls {
        return;
    }
    if !is_of("http:") {
        occasion.undecided(Reason::NotVisible);
        return;
    }
    let seen = format!("a request in clear to {}, Target {}", transport.server, quoted(target));
    occasion.violated(seen, "HTTP over TLS");
}

/// Whether TLS may have ended before the place where a request was captured.
fn is_behind_a_gateway(transport: &Transport) -> bool {
    let is_local = transport.client.address == transport.server.address
        || (transport.client.address.is_loopback() && transport.server.address.is_loopback());
    let headers = ["via", "forwarded", "x-forwarded-proto", "x-forwarded-for"];
    is_local || headers.iter().any(|name| transport.count(name) > 0)
}

/// The first message of each connection of which is known what protects it.
fn secured(session: &Session) -> Vec<(EntryId, &Entry, &Transport)> {
    let mut known = BTreeSet::new();
    session
        .entries_with_ids()
        .filter_map(|(id, entry)| Some((id, entry, entry.transport.as_ref()?)))
        .filter(|(.., transport)| transport.secured.is_some() && known.insert(transport.connection))
        .collect()
}

pub(super) static OLD_VERSION: Rule = Rule {
    id: "HTTP-003",
    name: "old-tls-version",
    title: "The version of TLS is one that is still held to be secure",
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[TRANSPORT_SECURITY],
    what: "Each connection of which the version is known speaks TLS 1.2 or 1.3. SSL 3.0, TLS 1.0 and TLS 1.1 are allowed by \
           the specification, and deprecated today: an observation.",
    why: "Old versions have known attacks, and current libraries refuse them.",
    mend: "Let both sides speak TLS 1.2 at least.",
    needs: &[Need::Transport],
    pass: &[
        exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", ""),
        exchange!("tls=1.3:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", ""),
    ],
    violate: &[exchange!("tls=1.0:TLS_RSA_WITH_3DES_EDE_CBC_SHA", "", "")],
    not_applicable: &[PLAIN, exchange!("", "notls", "notls")],
    check: Check::Session(old_version),
    ..Rule::MUST
};

fn old_version(session: &Session, cx: &mut Cx<'_>) {
    for (id, _, transport) in secured(session) {
        let Some(secured) = transport.secured else { continue };
        let Some(name) = secured.version_name() else { continue };
        let occasion = cx.occasion(At { entry: id, command: None, node: None });
        if secured.version < 0x0303 {
            occasion.violated(name, "TLS 1.2 or 1.3");
        }
    }
}

pub(super) static WEAK_CIPHER: Rule = Rule {
    id: "HTTP-004",
    name: "weak-cipher-suite",
    title: "The server chooses a cipher suite that protects",
    level: Level::Should,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[TRANSPORT_SECURITY],
    what: "The cipher suite of each connection of which it is known encrypts, with a key of 128 bits at least (3DES excepted), \
           is none of those for export, and has a key exchange that is not anonymous.",
    why: "Such suites can be broken, or let anyone stand between the two sides: TLS is there in name only.",
    mend: "Take these suites off the list of the server.",
    needs: &[Need::Transport],
    pass: &[
        exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", ""),
        exchange!("tls=1.0:TLS_RSA_WITH_3DES_EDE_CBC_SHA", "", ""),
    ],
    violate: &[
        exchange!("tls=1.2:TLS_RSA_WITH_NULL_SHA", "", ""),
        exchange!("tls=1.0:TLS_RSA_WITH_DES_CBC_SHA", "", ""),
    ],
    not_applicable: &[PLAIN],
    check: Check::Session(weak_cipher),
    ..Rule::MUST
};

/// Parts of the name of a suite, and what they stand for.
const WEAK: &[(&str, &str)] = &[
    ("_NULL_", "without encryption"),
    ("_EXPORT", "for export"),
    ("_anon_", "with an anonymous key exchange"),
    ("_DES40_", "with a key of 40 bits"),
    ("_40_", "with a key of 40 bits"),
    ("_DES_CBC_", "with a key of 56 bits"),
];

fn weak_cipher(session: &Session, cx: &mut Cx<'_>) {
    for (id, _, transport) in secured(session) {
        let Some(name) = transport.secured.map(|secured| secured.cipher_name).filter(|name| !name.is_empty()) else {
            continue;
        };
        let occasion = cx.occasion_against(Direction::ServerToDevice, At { entry: id, command: None, node: None });
        if let Some((_, what)) = WEAK.iter().find(|(part, _)| name.contains(part)) {
            occasion.violated(format!("{name}, a cipher suite {what}"), "encryption with 128 bits or more");
        }
    }
}

/// The suites of TLS 1.0, as a version says that it offers them.
const TLS_1_0: u16 = 0x0301;

pub(super) static OFFERED: Rule = Rule {
    id: "HTTP-005",
    name: "offered-cipher-suites",
    title: "A client that speaks TLS 1.0 offers one of the cipher suites that the specification names",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[TRANSPORT_SECURITY],
    what: "The ClientHello of each connection whose highest version is TLS 1.0 lists TLS_RSA_WITH_RC4_128_SHA, \
           TLS_RSA_WITH_3DES_EDE_CBC_SHA or TLS_RSA_WITH_AES_128_CBC_SHA. Not looked at where the client offers a later version: the \
           suites of these are others.",
    why: "Servers that hold to the specification are sure to have these suites and no others: with such a server the client \
          comes to no connection.",
    mend: "Offer one of the three suites; better, offer TLS 1.2 and its suites.",
    needs: &[Need::Transport],
    pass: &[exchange!("tls=1.0:TLS_RSA_WITH_RC4_128_SHA offers=1.0:TLS_RSA_WITH_RC4_128_SHA", "", "")],
    violate: &[exchange!(
        "tls=1.0:TLS_DH_anon_WITH_AES_128_CBC_SHA offers=1.0:TLS_DH_anon_WITH_AES_128_CBC_SHA",
        "",
        ""
    )],
    not_applicable: &[
        PLAIN,
        exchange!("tls=1.0:TLS_DH_anon_WITH_AES_128_CBC_SHA", "", ""),
        exchange!("tls=1.0:TLS_RSA_WITH_DES_CBC_SHA offers=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", ""),
    ],
    check: Check::Session(offered),
    ..Rule::MUST
};

fn offered(session: &Session, cx: &mut Cx<'_>) {
    for (id, _, transport) in secured(session) {
        let offered = transport.secured.and_then(|secured| secured.handshake.offered);
        let Some(offered) = offered.filter(|offered| offered.highest == TLS_1_0) else { continue };
        let occasion = cx.occasion_against(Direction::DeviceToServer, At { entry: id, command: None, node: None });
        if offered.common().next().is_none() {
            let names = Offered::COMMON.map(|(_, name)| name).join(", ");
            occasion.violated("a ClientHello of TLS 1.0 with none of the suites", format!("one of {names}"));
        }
    }
}

pub(super) static CERTIFICATE: Rule = Rule {
    id: "HTTP-027",
    name: "certificate-validity",
    title: "The certificate of the server is valid at the time of the capture",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[TRANSPORT_SECURITY],
    what: "Each certificate that a server shows in a handshake was valid when it did so, by the clock of the capture. Undecided where \
           that clock was not set. Chains and names are not looked at: for these one must know whom the device trusts. In TLS 1.3 the \
           certificate is seen only with the secrets of the handshake.",
    why: "Clients that check certificates close the connection, and clients that do not can be led to any server.",
    mend: "Renew the certificate of the server in time, and put it in place.",
    needs: &[Need::Transport],
    pass: &[exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 certificate=2024-06-01..2030-06-01", "", "")],
    violate: &[
        exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 certificate=2010-01-01..2011-01-01", "", ""),
        exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 certificate=2090-01-01..2091-01-01", "", ""),
    ],
    not_applicable: &[PLAIN, exchange!("tls=1.2:TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "", "")],
    check: Check::Session(certificate),
    ..Rule::MUST
};

/// 2000-01-01: a clock that is behind it was never set.
const CLOCK_IS_SET: i64 = 946_684_800;
const SECOND: i64 = 1_000_000_000;

fn certificate(session: &Session, cx: &mut Cx<'_>) {
    for (id, _, transport) in secured(session) {
        let Some(Certificate { shown, not_before, not_after }) =
            transport.secured.and_then(|secured| secured.handshake.certificate)
        else {
            continue;
        };
        let occasion = cx.occasion_against(Direction::ServerToDevice, At { entry: id, command: None, node: None });
        let now = shown.nanos().div_euclid(SECOND);
        if now < CLOCK_IS_SET {
            occasion.undecided(Reason::NotVisible);
        } else if now < not_before {
            occasion
                .violated(format!("shown {}, valid only from {}", day(now), day(not_before)), "a valid certificate");
        } else if now > not_after {
            occasion.violated(format!("shown {}, valid until {}", day(now), day(not_after)), "a valid certificate");
        }
    }
}

/// Day and second.
fn day(seconds: i64) -> String {
    let text = Timestamp::from_nanos(seconds.saturating_mul(SECOND)).rfc3339();
    format!("{} {} UTC", text.as_str().get(..10).unwrap_or_default(), text.as_str().get(11..19).unwrap_or_default())
}
