//! What a notification says: NOT-001 to NOT-008, NOT-023, NOT-025.

use super::{NOT, NOT_WINDOWS, PLAIN, TND, UNASKED, notified, of_server, place};
use crate::base::Severity;
use crate::dm::{NOTIFICATION_HEADER as HEADER, NoticeProof, Notification, Notified, Session, Version};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Scope, Source, Versions};

/// What is no notification at all is not judged as one.
const CONFUSED: &[&str] = &["BST-029"];

const SYNTAX: Clause = Clause { document: NOT, section: "6.1" };

/// The notification of a session and what is in it.
fn content(session: &Session) -> Option<(&Notified, &Notification)> {
    let notified = session.notification.as_deref()?;
    Some((notified, notified.content.as_ref()?))
}

pub(super) static TOO_SHORT: Rule = Rule {
    id: "NOT-001",
    name: "notification-too-short",
    title: "A notification has all its fields",
    judged: Judged::Server,
    clause: &[SYNTAX],
    what: "The content of a push with the type of a notification of DM 1.1.2 and 1.2 has 25 octets at least: digest, header, and \
           one octet of server identifier. A notification that is too short is tied to a session by the address that both use.",
    why: "The device cannot read it, and drops it: no session comes.",
    mend: "Write all fields, in the width that the specification gives them.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("body-hex=0000000000000000000000000000000002d00000")],
    not_applicable: &[UNASKED, notified!("type=d8")],
    check: Check::Session(too_short),
    ..Rule::MUST
};

fn too_short(session: &Session, cx: &mut Cx<'_>) {
    if session.notification.as_deref().is_none_or(Notified::is_1_3) {
        return;
    }
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let octets = notified.notice.push.body.len();
    if octets <= HEADER {
        occasion.violated(format!("{octets} octets {}", place(notified)), "25 octets or more");
    }
}

pub(super) static DIGEST: Rule = Rule {
    id: "NOT-002",
    name: "notification-digest",
    title: "The digest of a notification is right",
    judged: Judged::Server,
    severity: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: NOT, section: "6.2.2" }],
    what: "With the server's password, the digest is MD5 over the encoded MD5 of server identifier and password, the nonce, and the \
           encoded MD5 of what follows. Tried are those that the device gave in earlier sessions, the one that was given for the analysis, \
           the empty one, and the default nonce as four zero octets and as text. A digest of zeros is an error, with or without password. One that fits no known nonce is a \
           warning where a nonce was given, and undecided else: nonces change in sessions that need not be captured. With the \
           user name in place of the server identifier it is an observation.",
    why: "The device ignores a notification whose digest is wrong.",
    mend: "Compute the digest with the nonce that the device gave last, over the octets as they are sent.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("digest=00000000000000000000000000000000")],
    not_applicable: &[UNASKED, notified!("type=d8")],
    check: Check::Session(digest),
    ..Rule::MUST
};

fn digest(session: &Session, cx: &mut Cx<'_>) {
    if content(session).is_none() {
        return;
    }
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let expected = "a digest over server identifier, password, nonce and content";
    if notified.has_empty_digest() {
        // Nothing excuses it.
        occasion.violated_as(Severity::Error, format!("a digest of zeros {}", place(notified)), expected);
        return;
    }
    match notified.proof {
        None => occasion.undecided(Reason::NoCredentials),
        Some(NoticeProof::Verified { .. }) => {}
        Some(NoticeProof::OtherName) => {
            let seen = format!("a digest with the user name {}", place(notified));
            occasion.violated_as(Severity::Info, seen, "the server identifier in its place");
        }
        Some(NoticeProof::Unverified { with_nonce: false }) => occasion.undecided(Reason::NotVisible),
        Some(NoticeProof::Unverified { with_nonce: true }) => {
            let seen = format!("a digest that fits no known nonce {}", place(notified));
            occasion.violated_as(Severity::Warning, seen, expected);
        }
    }
}

pub(super) static VERSION: Rule = Rule {
    id: "NOT-003",
    name: "notification-version",
    title: "The version of a notification is 1.1",
    judged: Judged::Server,
    versions: Versions::Since1_2,
    clause: &[Clause { document: NOT, section: "6.2.6" }],
    what: "The version field of a notification that asks for a session of DM 1.2 is 11. 12 is sent by many servers, and a warning; \
           in strict mode an error. 10, the version of DM 1.1.2, is a warning, since devices of both versions take it.",
    why: "A device may drop what it has no name for.",
    mend: "Write 11, in ten bits 0000001011.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("version=12"), notified!("version=0")],
    not_applicable: &[UNASKED],
    check: Check::Session(version),
    ..Rule::MUST
};

fn version(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session).filter(|_| session.version == Version::V1_2) else { return };
    let is_strict = cx.is_strict();
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let seen = format!("version field {} {}", content.version, place(notified));
    match content.version {
        11 => {}
        10 => occasion.violated_as(Severity::Warning, seen, "11"),
        12 if !is_strict => occasion.violated_as(Severity::Warning, seen, "11"),
        _ => occasion.violated(seen, "11"),
    }
}

pub(super) static UI_MODE: Rule = Rule {
    id: "NOT-004",
    name: "notification-ui-mode",
    title: "What a notification lets the device do with its user",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.7" }],
    what: "Tells ui-mode: not specified, background, informative, or user interaction. All four are allowed.",
    why: "It explains why a user was asked, or why no session came.",
    mend: "Nothing is to be done.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    violate: &[notified!("ui=2")],
    not_applicable: &[UNASKED],
    check: Check::Session(ui_mode),
    ..Rule::MAY
};

const OBSERVATION: &str = "nothing: an observation";

fn ui_mode(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    occasion.violated(format!("ui-mode \"{}\" {}", content.ui_mode.name(), place(notified)), OBSERVATION);
}

pub(super) static FUTURE_USE: Rule = Rule {
    id: "NOT-005",
    name: "notification-reserved-bits",
    title: "The bits for future use are zero",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.9" }],
    what: "The 27 bits between initiator and SessionID are zero. A warning where the version is above 1.1, which may know them.",
    why: "A later version gives them a meaning, and devices of that version follow it.",
    mend: "Write zeros.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("future=1"), notified!("future=1 version=12")],
    not_applicable: &[UNASKED],
    check: Check::Session(future_use),
    ..Rule::MUST
};

fn future_use(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    if content.future != 0 {
        let seen = format!("future-use {:#09x} {}", content.future, place(notified));
        let severity = if content.version > 11 { Severity::Warning } else { Severity::Error };
        occasion.violated_as(severity, seen, "zero");
    }
}

pub(super) static SESSION_ID: Rule = Rule {
    id: "NOT-006",
    name: "notification-session-id-zero",
    title: "The SessionID of a notification is not zero",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.10" }],
    what: "The sixteen bits of the SessionID are not all zero.",
    why: "Zero is reserved; a device cannot tell the session that is meant.",
    mend: "Count SessionIDs from 1 to FFFF.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("id=0", "0", "1200")],
    not_applicable: &[UNASKED],
    check: Check::Session(session_id),
    ..Rule::MUST
};

fn session_id(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    if content.session_id == 0 {
        occasion.violated(format!("sessionid 0 {}", place(notified)), "1 to FFFF");
    }
}

pub(super) static LENGTH: Rule = Rule {
    id: "NOT-007",
    name: "notification-identifier-length",
    title: "The length of the server identifier fits",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.11" }],
    what: "The length of the server identifier is above 0, and no more than the octets that follow.",
    why: "The device cannot tell which server asks, and drops the notification.",
    mend: "Write the number of octets of the server identifier, without what vendors add.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN, notified!("vendor=010203")],
    violate: &[notified!("length=18"), notified!("length=0")],
    not_applicable: &[UNASKED],
    check: Check::Session(length),
    ..Rule::MUST
};

fn length(session: &Session, cx: &mut Cx<'_>) {
    // Without an octet behind the header it is too short, and another rule says so.
    let Some((_, content)) = content(session).filter(|(notified, _)| notified.notice.push.body.len() > HEADER) else {
        return;
    };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    if !content.has_whole_server() {
        let left = content.server.len().saturating_add(content.vendor.len());
        let seen = format!("length {} with {left} octets left {}", content.length, place(notified));
        occasion.violated(seen, format!("1 to {left}"));
    }
}

pub(super) static SERVER: Rule = Rule {
    id: "NOT-008",
    name: "notification-server-identifier",
    title: "The server identifier has only characters that an ACL can name",
    level: Level::Should,
    judged: Judged::Server,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    clause: &[SYNTAX, Clause { document: TND, section: "7.7.1.5" }],
    what: "The server identifier has neither control characters nor blanks, and none of = & * +.",
    why: "Such an identifier cannot stand in the ACL of a node.",
    mend: "Choose another identifier for the server.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    pass: &[PLAIN],
    violate: &[notified!("server=\"srv 1\"")],
    not_applicable: &[UNASKED],
    check: Check::Session(server),
    ..Rule::MUST
};

fn server(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session).filter(|(_, content)| content.has_whole_server()) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let is_odd = |octet: &u8| *octet <= b' ' || *octet == 0x7f || b"=&*+".contains(octet);
    if content.server.iter().any(is_odd) {
        let seen = format!("server identifier {} {}", quoted(&content.server_text()), place(notified));
        occasion.violated(seen, "no blanks, control characters, =, &, * or +");
    }
}

pub(super) static VENDOR: Rule = Rule {
    id: "NOT-023",
    name: "notification-vendor-data",
    title: "A notification carries data of a vendor",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.13" }],
    what: "Tells that octets follow the server identifier, which is allowed. The digest covers them.",
    why: "What they mean, only the vendor knows.",
    mend: "Nothing is to be done.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    violate: &[notified!("vendor=010203")],
    not_applicable: &[PLAIN, UNASKED],
    check: Check::Session(vendor),
    ..Rule::MAY
};

fn vendor(session: &Session, cx: &mut Cx<'_>) {
    // With a length of 0 nobody can tell vendor data from the identifier.
    let found = content(session).filter(|(_, content)| content.has_whole_server() && !content.vendor.is_empty());
    let Some((_, content)) = found else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    occasion.violated(format!("{} octets of vendor data {}", content.vendor.len(), place(notified)), OBSERVATION);
}

pub(super) static INITIATOR: Rule = Rule {
    id: "NOT-025",
    name: "notification-initiator",
    title: "Who caused a notification",
    judged: Judged::Server,
    clause: &[Clause { document: NOT, section: "6.2.8" }],
    what: "Tells whether the user or the server caused the notification. The session has Alert 1200 either way.",
    why: "It explains why the session took place.",
    mend: "Nothing is to be done.",
    overrides: NOT_WINDOWS,
    yields_to: CONFUSED,
    violate: &[notified!("initiator=user")],
    not_applicable: &[UNASKED],
    check: Check::Session(initiator),
    ..Rule::MAY
};

fn initiator(session: &Session, cx: &mut Cx<'_>) {
    let Some((_, content)) = content(session) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let who = if content.by_server { "server" } else { "user" };
    occasion.violated(format!("initiator \"{who}\" {}", place(notified)), OBSERVATION);
}
