//! The push around a bootstrap message, and what protects it: BST-001, BST-010 to BST-012, BST-015, BST-029, BST-030.

use super::{ALONE, BOOT, CP, DM, NOT, PROV_BOOT, SEC, account, dm, of_server, place, session, tnds};
use crate::base::Severity;
use crate::dm::{Bootstrap, Notification, Session, Tied, looks_like_bootstrap};
use crate::provisioning::{Proof, Security, Undecided};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Rule, Scope, Source, Versions};
use crate::syncml::Message;

const TRANSPORT_NEUTRAL: Clause = Clause { document: SEC, section: "5.7.2.1" };
const CP_SECURITY: Clause = Clause { document: PROV_BOOT, section: "Security" };

/// The session that a notification asked for.
macro_rules! notified {
    () => {
        "device\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * \
         200\n"
    };
}

pub(super) static CONTENT_TYPE: Rule = Rule {
    id: "BST-001",
    name: "bootstrap-of-another-type",
    title: "A bootstrap message is what its content type says",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Code,
    clause: &[Clause { document: PROV_BOOT, section: "Content types" }],
    what: "A push with the type of a provisioning document (application/vnd.wap.connectivity-wbxml, B6, or the one of XML, B5) \
           carries one in that encoding, and a provisioning document comes under no other type. A message of DM in XML is left to \
           the rule that speaks of it.",
    why: "The device hands the content to the application that the type names, and that one drops it.",
    mend: "Write B6 before a provisioning document in WBXML, C2 before a message of DM.",
    pass: &[CP, account!("encoding=xml")],
    violate: &[dm!("type=b6"), account!("type=c2"), account!("encoding=xml type=b6")],
    not_applicable: &[ALONE, DM],
    check: Check::Session(content_type),
    ..Rule::MUST
};

fn content_type(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let said = bootstrap.push.media;
        let Some(seen) = bootstrap.looks_like else {
            if said.is_provisioning() {
                of_server(cx).undecided(Reason::Undecodable);
            }
            continue;
        };
        if said.is_provisioning() || seen.is_provisioning() {
            let occasion = of_server(cx);
            if said != seen {
                let seen = format!("{} with what looks like {} {}", said.name(), seen.name(), place(bootstrap));
                occasion.violated(seen, "content of that type");
            }
        }
    }
}

pub(super) static SEC_AND_MAC: Rule = Rule {
    id: "BST-010",
    name: "bootstrap-sec-without-mac",
    title: "SEC and MAC of a bootstrap message belong together",
    judged: Judged::Server,
    clause: &[TRANSPORT_NEUTRAL, CP_SECURITY],
    what: "Content-Type of a bootstrap message that is protected has SEC, and MAC with forty hexadecimal digits. A provisioning \
           document has SEC 0 to 3; with 3 (USERPINMAC) the user enters the MAC, and the push need not have it. An error in messages of DM, \
           a warning in provisioning documents. A MAC in lower case, and one beside SEC 3, are told. Which methods messages of DM may name is \
           asked by another rule, and so is whether there is any protection at all.",
    why: "The device cannot verify the message, and drops it.",
    mend: "Give SEC with MAC: HMAC-SHA1 of the content, in forty hexadecimal digits.",
    pass: &[CP, DM, account!("sec=3")],
    violate: &[
        account!("mac="),
        account!("sec=7"),
        account!("mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D"),
        account!("sec= mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41"),
        dm!("mac=abcd"),
        dm!("sec= mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41"),
    ],
    not_applicable: &[ALONE, account!("sec="), dm!("sec=")],
    check: Check::Session(sec_and_mac),
    ..Rule::MUST
};

fn sec_and_mac(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let push = &bootstrap.push;
        if push.sec.is_none() && push.mac.is_none() {
            continue;
        }
        let occasion = of_server(cx);
        let severity = if bootstrap.is_provisioning() { Severity::Warning } else { Severity::Error };
        let security = push.sec.as_deref().and_then(Security::parse);
        let (seen, expected, severity) = match (push.sec.as_deref(), push.mac.as_deref()) {
            (None, _) => {
                ("a MAC without SEC".to_owned(), "SEC, which says how it was made", severity.min(Severity::Warning))
            }
            (Some(sec), _) if security.is_none() && bootstrap.is_provisioning() => {
                (format!("SEC {}", quoted(sec)), "SEC 0, 1, 2 or 3", severity)
            }
            (Some(_), None) if security == Some(Security::UserPinMac) => continue,
            (Some(_), Some(_)) if security == Some(Security::UserPinMac) => {
                ("a MAC beside SEC 3".to_owned(), "no MAC: the user enters it", Severity::Info)
            }
            (Some(sec), None) => (format!("SEC {} without a MAC", quoted(sec)), "SEC with MAC", severity),
            (Some(_), Some(mac)) if mac.len() != 40 || !mac.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
                (format!("a MAC of {} characters", mac.chars().count()), "forty hexadecimal digits", severity)
            }
            (Some(_), Some(mac)) if mac.bytes().any(|octet| octet.is_ascii_lowercase()) => {
                ("a MAC in lower case".to_owned(), "digits in upper case", Severity::Info)
            }
            _ => continue,
        };
        occasion.violated_as(severity, format!("{seen} {}", place(bootstrap)), expected);
    }
}

pub(super) static MAC: Rule = Rule {
    id: "BST-011",
    name: "bootstrap-mac-wrong",
    title: "The MAC of a bootstrap message is right",
    judged: Judged::Server,
    clause: &[TRANSPORT_NEUTRAL, CP_SECURITY],
    what: "With the PIN and the IMSI that were given (--pin, --imsi, or the credentials file), the MAC is HMAC-SHA1 of the content as \
           it was sent, keyed with the PIN, what the network knows, or both. An IMSI counts in semi-octets, and in messages of DM \
           in digits as well. An error in messages of DM, a warning in provisioning documents. Undecided where the secret of the \
           method was not given, and where a message that went to a telephone does not verify: it may be that of another device; not asked where SEC or MAC are not as they should be.",
    why: "The device takes the message for forged, and drops it.",
    mend: "Compute the MAC over the octets that are sent, with the key that SEC names.",
    pass: &[CP, DM, account!("sec=0"), account!("sec=2"), dm!("sec=NETWORKID"), dm!("sec=USERPIN_NETWORKID")],
    violate: &[account!("pin=4321"), dm!("pin=4321"), dm!("sec=NETWORKID imsi=262011234567891")],
    not_applicable: &[ALONE, account!("sec="), dm!("mac="), account!("mac=12")],
    check: Check::Session(mac),
    ..Rule::MUST
};

fn mac(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        match bootstrap.proof {
            Proof::Unprotected | Proof::Undecided(Undecided::NoMethod | Undecided::NoMac | Undecided::BadMac) => {}
            Proof::Authentic(_) => of_server(cx).held(),
            Proof::Undecided(Undecided::NoSecret | Undecided::BadSecret) => {
                of_server(cx).undecided(Reason::NoCredentials);
            }
            Proof::Wrong if bootstrap.tied == Tied::Server => of_server(cx).undecided(Reason::NotVisible),
            Proof::Wrong => {
                let severity = if bootstrap.is_provisioning() { Severity::Warning } else { Severity::Error };
                let seen = format!("a MAC that does not verify with the secret that was given {}", place(bootstrap));
                of_server(cx).violated_as(severity, seen, "the MAC of the content, keyed with that secret");
            }
        }
    }
}

pub(super) static UNPROTECTED: Rule = Rule {
    id: "BST-012",
    name: "bootstrap-unprotected",
    title: "A bootstrap message over the air is protected",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[Clause { document: SEC, section: "Transports" }],
    what: "A bootstrap message in a WAP push has SEC and MAC. One to port 2949 is protected by its transport.",
    why: "Whoever can send a datagram to the device becomes its server.",
    mend: "Protect the message with a PIN, or with what the network and the device know.",
    pass: &[CP, DM],
    violate: &[account!("sec="), dm!("sec=")],
    not_applicable: &[ALONE, account!("sec= port=2949")],
    check: Check::Session(unprotected),
    ..Rule::MUST
};

fn unprotected(session: &Session, cx: &mut Cx<'_>) {
    const SECURED: u16 = 2949;
    for bootstrap in session.bootstraps.iter().filter(|bootstrap| bootstrap.carrier.port() != Some(SECURED)) {
        let occasion = of_server(cx);
        if bootstrap.proof == Proof::Unprotected {
            occasion.violated(format!("neither SEC nor MAC {}", place(bootstrap)), "SEC and MAC");
        }
    }
}

pub(super) static JOINED: Rule = Rule {
    id: "BST-030",
    name: "parts-of-push-differ",
    title: "The short messages of one push fit together",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: "3GPP TS 23.040", section: "9.2.3.24" }],
    what: "The parts of a bootstrap message that comes in several short messages name one port. Undecided where what they are joined to cannot \
           be read: they may be parts of different messages with the same reference. Parts that are missing, or that come again with other \
           content, are problems of the input: the capture may not have all.",
    why: "A device that gives parts to ports does not join them.",
    mend: "Write the same ports into the header of every part.",
    pass: &[account!("bearer=sms"), dm!("bearer=smpp")],
    violate: &[account!("bearer=sms ports=2948,9200"), dm!("bearer=smpp ports=2948,2948,2949")],
    not_applicable: &[ALONE, CP],
    check: Check::Session(joined),
    ..Rule::MUST
};

fn joined(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let Some(parts) = bootstrap.carrier.parts().filter(|parts| parts.is_concatenated) else { continue };
        let is_whole = bootstrap.document().is_some_and(|document| document.fault.is_none())
            || bootstrap.message().is_some_and(Message::is_judgeable);
        let occasion = of_server(cx);
        let Some((number, port)) = parts.other_port else { continue };
        if !is_whole {
            occasion.undecided(Reason::Undecodable);
            continue;
        }
        let named = |port: Option<u16>| port.map_or_else(|| "no port".to_owned(), |port| format!("port {port}"));
        let seen = format!("part {number} with {} {}", named(port), place(bootstrap));
        occasion.violated(seen, named(bootstrap.carrier.port()));
    }
}

pub(super) static SEC_NAME: Rule = Rule {
    id: "BST-015",
    name: "bootstrap-sec-unknown",
    title: "SEC of a message of DM names a method that the specification knows",
    judged: Judged::Server,
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    clause: &[TRANSPORT_NEUTRAL],
    what: "SEC of a push with a message of DM is NETWORKID, USERPIN or USERPIN_NETWORKID, or one of their numbers, 0, 1, 2. Another \
           method may be agreed on, and is told.",
    why: "A device that does not know the method drops the message.",
    mend: "Name the method as the specification does.",
    pass: &[DM, dm!("sec=NETWORKID"), dm!("sec=2")],
    violate: &[dm!("sec=NETPIN")],
    not_applicable: &[ALONE, CP, dm!("sec=")],
    check: Check::Session(sec_name),
    ..Rule::MUST
};

fn sec_name(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in session.bootstraps.iter().filter(|bootstrap| !bootstrap.is_provisioning()) {
        let Some(sec) = bootstrap.push.sec.as_deref() else { continue };
        let occasion = of_server(cx);
        let known = ["0", "1", "2", "NETWORKID", "USERPIN", "USERPIN_NETWORKID"];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(sec.trim())) {
            let seen = format!("SEC {} {}", quoted(sec), place(bootstrap));
            occasion.violated(seen, "NETWORKID, USERPIN or USERPIN_NETWORKID");
        }
    }
}

pub(super) static CONFUSED: Rule = Rule {
    id: "BST-029",
    name: "notification-and-bootstrap-confused",
    title: "A notification and a bootstrap message do not come under each other's type",
    judged: Judged::Server,
    scope: Scope::CrossSession,
    clause: &[
        Clause { document: NOT, section: "7.1" },
        Clause { document: BOOT, section: "Bootstrap Message Content" },
    ],
    what: "A push with the type of a notification (C4) carries no bootstrap message, and one with the type of a message of DM (C2) no \
           notification: sixteen octets of digest, then a trigger whose fields fit its length.",
    why: "The device reads the one as the other, and drops it.",
    mend: "Write C4 before a notification, C2 before a message of DM, B6 before a provisioning document.",
    pass: &[DM, concat!("session session=1A\nnotification\n", notified!())],
    violate: &[
        concat!(
            "session session=1A\nnotification body-hex=030b6a00c54503312e310001c65501871106034e3100010101\n",
            notified!()
        ),
        concat!(
            "bootstrap dm body-hex=686860a800770b26a5d7fa957e8c509a02d0000000123412636f6d2e6d676d747372762e6d616e616765\n",
            session!()
        ),
    ],
    not_applicable: &[ALONE, CP],
    check: Check::Session(confused),
    ..Rule::MUST
};

fn confused(session: &Session, cx: &mut Cx<'_>) {
    if let Some(notified) = session.notification.as_deref() {
        let occasion = of_server(cx);
        if let Some(media) = looks_like_bootstrap(&notified.notice.push.body) {
            let seen = format!("{} in the notification of frame {}", media.name(), notified.notice.frame);
            occasion.violated(seen, "a digest and a trigger");
        }
    }
    for bootstrap in session.bootstraps.iter().filter(|bootstrap| !bootstrap.is_provisioning()) {
        let occasion = of_server(cx);
        if is_notification(bootstrap) {
            occasion.violated(format!("a notification {}", place(bootstrap)), "a message of DM");
        }
    }
}

/// Whether the content of a push can only be a notification.
fn is_notification(bootstrap: &Bootstrap) -> bool {
    bootstrap.looks_like.is_none()
        && Notification::decode(&bootstrap.push.body).is_ok_and(|content| {
            matches!(content.version, 10..=13) && content.future == 0 && content.has_whole_server()
        })
}
