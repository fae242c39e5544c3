//! The push around a notification, and what carries it: NOT-017 to NOT-019, NOT-021, NOT-024.

use super::{NOT, NOT_WINDOWS, PLAIN, UNASKED, notified, of_server, place};
use crate::base::Severity;
use crate::dm::{ApplicationId, Notified, Session};
use crate::rules::cx::Cx;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Rule, Source};

const WAP_PUSH: Clause = Clause { document: NOT, section: "7.1" };

/// The notification of a session, where it has the format of DM 1.1.2 and 1.2, and came in a push whose headers are octets.
fn old_format(session: &Session) -> Option<&Notified> {
    session.notification.as_deref().filter(|notified| !notified.is_1_3() && notified.notice.carrier.has_pdu())
}

pub(super) static MEDIA_TYPE: Rule = Rule {
    id: "NOT-017",
    name: "push-content-type-long",
    title: "Content-Type of a WAP push is the single octet C4",
    judged: Judged::Server,
    clause: &[WAP_PUSH],
    what: "Content-Type in the headers of a WAP push that carries a notification is the number 44 in its short form, one octet, \
           without parameters.",
    why: "The push has to fit into one short message, and devices compare the octet.",
    mend: "Write C4.",
    overrides: NOT_WINDOWS,
    pass: &[PLAIN],
    violate: &[notified!("type=6170706c69636174696f6e2f766e642e73796e636d6c2e6e6f74696669636174696f6e00")],
    not_applicable: &[UNASKED, notified!("type=d8")],
    check: Check::Session(media_type),
    ..Rule::MUST
};

fn media_type(session: &Session, cx: &mut Cx<'_>) {
    if old_format(session).is_none() {
        return;
    }
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    if !notified.notice.push.is_type_short {
        occasion.violated(format!("Content-Type in its long form {}", place(notified)), "the octet C4");
    }
}

pub(super) static APPLICATION: Rule = Rule {
    id: "NOT-018",
    name: "push-application-id",
    title: "A WAP push names device management as its application",
    judged: Judged::Server,
    clause: &[WAP_PUSH],
    what: "The headers of a WAP push that carries a notification have X-Wap-Application-Id with the number 7 (AF 87). The name \
           of the application in place of its number is a warning.",
    why: "The device gives the push to another application, or to none.",
    mend: "Write AF 87 behind Content-Type.",
    overrides: NOT_WINDOWS,
    pass: &[PLAIN],
    violate: &[
        notified!("application="),
        notified!("application=af82"),
        notified!("application=af782d7761702d6170706c69636174696f6e3a73796e636d6c2e646d00"),
    ],
    not_applicable: &[UNASKED, notified!("type=d8")],
    check: Check::Session(application),
    ..Rule::MUST
};

fn application(session: &Session, cx: &mut Cx<'_>) {
    if old_format(session).is_none() {
        return;
    }
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let expected = "X-Wap-Application-Id 7 (AF 87)";
    match &notified.notice.push.application {
        Some(ApplicationId::Number(7)) => {}
        Some(ApplicationId::Number(number)) => {
            occasion.violated(format!("application {number} {}", place(notified)), expected);
        }
        Some(ApplicationId::Name(name)) => {
            let is_dm = name.to_ascii_lowercase().ends_with("syncml.dm");
            let severity = if is_dm { Severity::Warning } else { Severity::Error };
            occasion.violated_as(severity, format!("application {} {}", quoted(name), place(notified)), expected);
        }
        None => occasion.violated(format!("no X-Wap-Application-Id {}", place(notified)), expected),
    }
}

pub(super) static PORT: Rule = Rule {
    id: "NOT-019",
    name: "push-port",
    title: "A WAP push goes to port 2948, with short headers",
    judged: Judged::Server,
    clause: &[WAP_PUSH],
    what: "The push of a notification goes to port 2948, and in a datagram its headers, those of UDP among them, have 48 octets at most. \
           A short message that names no port is not asked about.",
    why: "Devices listen on that port alone; with longer headers the push does not fit into one short message.",
    mend: "Send to port 2948, with no more headers than Content-Type and X-Wap-Application-Id.",
    overrides: NOT_WINDOWS,
    pass: &[PLAIN, notified!("bearer=sms")],
    violate: &[notified!("port=2949"), notified!("bearer=smpp port=9200")],
    not_applicable: &[UNASKED],
    check: Check::Session(port),
    ..Rule::MUST
};

fn port(session: &Session, cx: &mut Cx<'_>) {
    const UDP: usize = 8;
    const MOST: usize = 48;
    if old_format(session).is_none() {
        return;
    }
    let Some(port) = session.notification.as_deref().and_then(|notified| notified.notice.carrier.port()) else {
        return;
    };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    let headers = notified.notice.push.head_length().saturating_add(UDP);
    let is_datagram = notified.notice.carrier.parts().is_none();
    if port != 2948 {
        occasion.violated(format!("port {port} {}", place(notified)), "port 2948");
    } else if is_datagram && headers > MOST {
        occasion.violated(format!("{headers} octets of headers {}", place(notified)), format!("at most {MOST}"));
    }
}

pub(super) static ONE_SHORT_MESSAGE: Rule = Rule {
    id: "NOT-021",
    name: "push-not-cut-into-short-messages",
    title: "A push that does not fit into one short message is sent in several",
    judged: Judged::Server,
    severity: Severity::Info,
    strict: Severity::Info,
    clause: &[WAP_PUSH],
    what: "A notification that comes in one short message, which does not say that it is a part of several, has 140 octets at most, with the header of \
           the user data. Asked where short messages were captured; not where a gateway leaves it to the service centre to cut what is \
           too large (message_payload).",
    why: "No network carries the message as it is; what arrives is cut off, or nothing.",
    mend: "Cut the push into parts, with a concatenation element in the header of each.",
    overrides: NOT_WINDOWS,
    pass: &[notified!("bearer=sms"), notified!("bearer=smpp part=40")],
    violate: &[notified!(
        "bearer=smpp part=0 vendor=00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\
         000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
    )],
    not_applicable: &[PLAIN, UNASKED],
    check: Check::Session(one_short_message),
    ..Rule::MUST
};

fn one_short_message(session: &Session, cx: &mut Cx<'_>) {
    const CAPACITY: usize = 140;
    let parts = session.notification.as_deref().and_then(|notified| notified.notice.carrier.parts());
    let Some((parts, octets)) = parts.and_then(|parts| Some((parts, parts.largest?))) else { return };
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    if !parts.is_concatenated && octets > CAPACITY {
        let seen = format!("one short message of {octets} octets {}", place(notified));
        occasion.violated(seen, format!("at most {CAPACITY} octets, or several parts"));
    }
}

pub(super) static DM_1_3: Rule = Rule {
    id: "NOT-024",
    name: "notification-of-dm-1-3",
    title: "A notification has the format of DM 1.3",
    judged: Judged::Server,
    source: Source::Memory,
    clause: &[Clause { document: "OMA-TS-DM_Notification-V1_3", section: "Media type" }],
    what: "Tells that a push has the media type application/vnd.syncml.dm.notification (58). Its content is not read, and no rule \
           on the older format looks at it.",
    why: "What it asks for is not in the report.",
    mend: "Nothing is to be done.",
    overrides: NOT_WINDOWS,
    violate: &[notified!("type=d8")],
    not_applicable: &[PLAIN, UNASKED],
    check: Check::Session(dm_1_3),
    ..Rule::MAY
};

fn dm_1_3(session: &Session, cx: &mut Cx<'_>) {
    if session.notification.as_deref().is_none_or(|notified| !notified.is_1_3()) {
        return;
    }
    let Some((notified, occasion)) = of_server(session, cx) else { return };
    occasion.violated(format!("the format of DM 1.3 {}", place(notified)), "nothing: an observation");
}
