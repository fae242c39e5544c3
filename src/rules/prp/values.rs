//! What properties say, each alone or beside the kind of its node: PRP-007, PRP-008, PRP-010, PRP-011, PRP-013.

use super::super::cmd::acl_defect;
use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::{percent_decoded, plain, quoted, without_query};
use super::super::known::{TND, listed, readings, value};
use super::super::rule::{Check, Clause, Judged, Rule, Scope};
use super::super::sta::common::{ONE_GET, opened, property, shown};
use super::{NO_ACLS, is_root, told};
use crate::base::{Direction, Severity};
use crate::dm::{Known, Session};
use crate::syncml::{CommandName, Format};
use std::collections::HashSet;

/// Results of a session that tell a property of one name.
fn each_told<'s>(session: &'s Session, name: &'static str) -> impl Iterator<Item = (Cmd<'s>, super::Property<'s>)> {
    let is_asked = session.has_queries();
    let answers = session.sent_by(Direction::DeviceToServer).take_while(move |_| is_asked);
    let answers = answers.filter(|(_, entry)| entry.message.is_judgeable());
    let commands = answers.flat_map(move |(id, entry)| Msg { session, id, entry }.commands());
    let results = commands.filter(|cmd| cmd.command.name == CommandName::Results);
    results.flat_map(move |results| told(results, name).map(move |property| (results, property)))
}

pub(super) static FORMAT: Rule = Rule {
    id: "PRP-007",
    name: "format-property-wrong",
    title: "The property Format is a defined word, and node for interior nodes alone",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.2 Format" }],
    what: "Data of Results for a Get of `?prop=Format` is b64, bin, bool, chr, int, node, null, xml, date, time or float; another \
           case, or none of them, is a warning. For a node that an earlier Add or Results of the session showed to be interior it is node, for one \
           that they showed to be a leaf it is not.",
    why: "The server reads the value in the wrong way, or takes children for a value.",
    mend: "Return the Format that the value has, and node for an interior node.",
    pass: &[
        listed!(
            " Get ./DevInfo?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevInfo?prop=Format=node",
            "server",
            " Status SyncHdr 200",
        ),
        opened!(
            " Get ./Vendor/A?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=Format=chr",
        ),
    ],
    violate: &[
        listed!(
            " Get ./DevInfo?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevInfo?prop=Format=chr",
        ),
        opened!(
            " Get ./Vendor/A?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=Format=string",
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(format),
    ..Rule::MUST
};

fn format(session: &Session, cx: &mut Cx<'_>) {
    let kinds = readings(session, "Format", |known| matches!(known, Known::Interior | Known::Leaf));
    let mut judged = HashSet::new();
    for (case, told) in kinds {
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if Format::of(told.value()).is_none() {
            // Said below, with the words that there are.
            continue;
        }
        judged.insert((told.results.place(), told.data));
        let seen = |kind: &str| {
            format!(
                "the property Format of {} is {}; {} showed {kind}",
                quoted(case.target()),
                quoted(told.value()),
                shown(case.by)
            )
        };
        match (case.fact.known, told.value()) {
            (Known::Interior, "node") => occasion.held(),
            (Known::Interior, _) => occasion.violated(seen("an interior node"), "node"),
            (_, "node") => occasion.violated(seen("a leaf"), "the Format of the value"),
            _ => occasion.held(),
        }
    }
    for (results, property) in each_told(session, "Format") {
        if judged.contains(&(results.place(), property.data)) {
            continue;
        }
        let text = value(results, property.data);
        let occasion = cx.occasion(results.at_node(property.data));
        if Format::of(text).is_some() {
            continue;
        }
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        let seen = format!("the property Format of {} is {}", quoted(without_query(property.uri)), quoted(text));
        let expected = format!("one of {}", names.join(", "));
        if text.is_empty() || Format::of(&text.to_ascii_lowercase()).is_some() {
            occasion.violated_as(Severity::Warning, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}

pub(super) static NAME: Rule = Rule {
    id: "PRP-008",
    name: "name-property-wrong",
    title: "The property Name is the last segment of the node's URI",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.3 Name" }],
    yields_to: &["URI-020"],
    what: "Data of Results for a Get of `?prop=Name` is the last segment of the URI in the Get, percent-encoding apart. Another \
           case of letters, as of a device that compares names without it, is information; the root is not looked at, nor a \
           value that is no name at all.",
    why: "The server files the node under a name by which the device does not know it.",
    mend: "Return the name by which the node is addressed.",
    pass: &[opened!(
        " Get ./Vendor/%41bc?prop=Name",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/%41bc?prop=Name=Abc",
    )],
    violate: &[opened!(
        " Get ./Vendor/abc?prop=Name",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/abc?prop=Name=abd",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], name),
    ..Rule::MUST
};

fn name(results: Cmd<'_>, cx: &mut Cx<'_>) {
    for property in told(results, "Name") {
        if is_root(property.uri) {
            continue;
        }
        let occasion = cx.occasion(results.at_node(property.data));
        let found = value(results, property.data);
        let path = plain(without_query(property.uri)).trim_end_matches('/');
        let wanted = path.rsplit_once('/').map_or(path, |(_, name)| name);
        let (own, asked) = (percent_decoded(found), percent_decoded(wanted));
        if found == wanted || own == asked || found.is_empty() {
            continue;
        }
        let seen = format!("the Name of {} is {}", quoted(path), quoted(found));
        if own.to_lowercase() == asked.to_lowercase() {
            occasion.violated_as(Severity::Info, seen, quoted(wanted));
        } else {
            occasion.violated(seen, quoted(wanted));
        }
    }
}

pub(super) static TITLE: Rule = Rule {
    id: "PRP-010",
    name: "title-too-long",
    title: "The property Title has 255 octets at most",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.5 Title" }],
    what: "Data of a Replace of `?prop=Title`, and of Results for a Get of it, has no more than 255 octets.",
    why: "Devices keep the beginning, or refuse the title.",
    mend: "Shorten the title.",
    pass: &[opened!(" Replace ./Vendor/A?prop=Title=Hello")],
    violate: &[opened!(
        " Replace ./Vendor/A?prop=Title=\
         0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
         0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\
         01234567890123456789012345678901234567890123456789012345"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Replace, CommandName::Results], title),
    ..Rule::MUST
};

fn title(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    const MOST: usize = 255;
    let mut judge = |uri: &str, data| {
        let length = value(cmd, data).len();
        let occasion = cx.occasion(cmd.at_node(data));
        if length > MOST {
            occasion
                .violated(format!("the Title of {} has {length} octets", quoted(without_query(uri))), "255 at most");
        }
    };
    if cmd.command.name == CommandName::Results {
        told(cmd, "Title").for_each(|property| judge(property.uri, property.data));
    } else if cmd.msg.entry.is_server() && cmd.message().survey().uris.query {
        for item in cmd.items() {
            let uri = cmd.text(item.target_uri);
            if let Some(data) = item.data.filter(|_| property(uri) == Some("Title") && item.more_data.is_none()) {
                judge(uri, data);
            }
        }
    }
}

pub(super) static TIME: Rule = Rule {
    id: "PRP-011",
    name: "time-that-does-not-exist",
    title: "The property TStamp is a time that exists",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.6 TStamp" }],
    what: "Data of Results for a Get of `?prop=TStamp`, where it has the form YYYYMMDDThhmmssZ, names a day of the calendar and a \
           time of that day; a leap second is one. Another form is said at RES-017, and an empty value is right.",
    why: "The server cannot tell which of two values is the later one.",
    mend: "Write the time of the last change in UTC.",
    pass: &[opened!(
        " Get ./Vendor/A?prop=TStamp",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./Vendor/A?prop=TStamp=20240229T235960Z",
    )],
    violate: &[
        opened!(
            " Get ./Vendor/A?prop=TStamp",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=TStamp=20230229T100000Z",
        ),
        opened!(
            " Get ./Vendor/A?prop=TStamp",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=TStamp=20240101T240100Z",
        ),
    ],
    not_applicable: &[
        ONE_GET,
        opened!(
            " Get ./Vendor/A?prop=TStamp",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=TStamp=2024-01-01",
        ),
    ],
    check: Check::Command(&[CommandName::Results], time),
    ..Rule::MUST
};

fn time(results: Cmd<'_>, cx: &mut Cx<'_>) {
    for property in told(results, "TStamp") {
        let text = value(results, property.data);
        let Some(exists) = exists(text) else { continue };
        let occasion = cx.occasion(results.at_node(property.data));
        if !exists {
            let seen = format!("the TStamp of {} is {}", quoted(without_query(property.uri)), quoted(text));
            occasion.violated(seen, "a day of the calendar and a time of that day");
        }
    }
}

/// Whether a time exists; `None` where the text has not the form of one.
fn exists(text: &str) -> Option<bool> {
    let digits = text.as_bytes();
    let is_formed = digits.len() == 16
        && digits.iter().enumerate().all(|(at, octet)| match at {
            8 => *octet == b'T',
            15 => *octet == b'Z',
            _ => octet.is_ascii_digit(),
        });
    if !is_formed {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    // ISO 8601 writes the end of a day as 24:00:00, too.
    let is_end = (hour, minute, second) == (24, 0, 0);
    Some((1..=days).contains(&day) && (is_end || hour < 24 && minute < 60 && second <= 60))
}

pub(super) static TYPE: Rule = Rule {
    id: "PRP-013",
    name: "type-property-wrong",
    title: "The property Type is a media type, or the identifier of a management object",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.7 Type" }],
    yields_to: &["PRP-014"],
    what: "Data of Results for a Get of `?prop=Type` is a media type `type/subtype`, a URI or URN, a reversed domain name with \
           version and name, or empty. Where an earlier Add or Results of the session showed the kind of the node, it is the \
           former for a leaf and one of the others for an interior node; an interior node with text/plain or node, as many \
           devices have it, and a leaf without a type are information.",
    why: "The server cannot tell what the value is, or which management object begins here.",
    mend: "Return the media type of a leaf, and the identifier of the object that is rooted at an interior node, or nothing.",
    pass: &[listed!(
        " Get ./DevInfo?prop=Type",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevInfo?prop=Type=urn:oma:mo:oma-dm-devinfo:1.1",
        "server",
        " Status SyncHdr 200",
    )],
    violate: &[
        opened!(
            " Get ./Vendor/A?prop=Type",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./Vendor/A?prop=Type=text",
        ),
        listed!(
            " Get ./DevInfo?prop=Type",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevInfo?prop=Type=image/gif",
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(kind),
    ..Rule::MUST
};

fn kind(session: &Session, cx: &mut Cx<'_>) {
    let mut judged = HashSet::new();
    for (case, told) in readings(session, "Type", |known| matches!(known, Known::Interior | Known::Leaf)) {
        judged.insert((told.results.place(), told.data));
        let text = told.value();
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        let is_interior = case.fact.known == Known::Interior;
        let kind = if is_interior { "an interior node" } else { "a leaf" };
        let seen = format!(
            "the Type of {} is {}; {} showed {kind}",
            quoted(without_query(case.target())),
            quoted(text),
            shown(case.by)
        );
        if is_interior {
            let expected = "the identifier of a management object, or nothing";
            if text.is_empty() || is_object_id(text) {
                occasion.held();
            } else if matches!(text, "text/plain" | "node") {
                occasion.violated_as(Severity::Info, seen, expected);
            } else {
                occasion.violated(seen, expected);
            }
        } else if text.is_empty() {
            occasion.violated_as(Severity::Info, seen, "a media type such as text/plain");
        } else if !is_media_type(text) {
            occasion.violated(seen, "a media type such as text/plain");
        }
    }
    for (results, property) in each_told(session, "Type") {
        if judged.contains(&(results.place(), property.data)) {
            continue;
        }
        let text = value(results, property.data);
        let occasion = cx.occasion(results.at_node(property.data));
        if text.is_empty() || is_media_type(text) || is_object_id(text) {
            continue;
        }
        let seen = format!("the Type of {} is {}", quoted(without_query(property.uri)), quoted(text));
        let expected = "a media type, or the identifier of a management object";
        if text == "node" {
            occasion.violated_as(Severity::Info, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}

pub(super) static ACL: Rule = Rule {
    id: "PRP-015",
    name: "acl-returned-malformed",
    title: "An ACL that is returned follows its grammar",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.1.5 ACL syntax" }],
    overrides: NO_ACLS,
    what: "Data of Results for a Get of `?prop=ACL` is empty, or a list of COMMAND=ID+ID… parted by &, as CMD-028 says it of the \
           server's, and with the same severities. That the root must have one is said at PRP-029.",
    why: "The server cannot tell who may use the node, and locks itself out when it writes the ACL back.",
    mend: "Write for example Get=*&Replace=server-1+server-2; leave out commands that nobody may use.",
    pass: &[opened!(
        " Get ./V?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./V?prop=ACL=Get=*&Replace=a+b",
    )],
    violate: &[opened!(
        " Get ./V?prop=ACL",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./V?prop=ACL=Get=*&Delete=",
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], acl),
    ..Rule::MUST
};

fn acl(results: Cmd<'_>, cx: &mut Cx<'_>) {
    for property in told(results, "ACL") {
        let raw = results.message().tree().text(property.data).trim_end_matches('\0');
        let occasion = cx.occasion(results.at_node(property.data));
        let Some((what, severity)) = acl_defect(raw, false) else { continue };
        let seen = format!("{} for {}: {what}", quoted(raw), quoted(property.uri));
        let expected = "COMMAND=ID+ID, parted by &";
        match severity {
            Some(severity) => occasion.violated_as(severity, seen, expected),
            None => occasion.violated(seen, expected),
        }
    }
}

/// Whether a text has the form of a media type (RFC 2045, section 5.1), parameters apart.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&octet))
    };
    let name = text.split(';').next().unwrap_or_default().trim_end();
    name.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// Whether a text can be the identifier of a management object: a URI, or a reversed domain name with version and name
/// (OMA-TS-DM_TND-V1_2_1, Type). A domain name alone is let pass.
fn is_object_id(text: &str) -> bool {
    if !text.bytes().all(|octet| octet.is_ascii_graphic() || octet >= 0x80) {
        return false;
    }
    let is_uri = text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|ch: char| ch.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    });
    let domain = text.split('/').next().unwrap_or_default();
    let is_domain = domain.split('.').count() > 1
        && domain.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-')
        });
    is_uri || is_domain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart_by_their_form() {
        for text in ["text/plain", "application/vnd.syncml.dmtnds+xml", "text/plain;charset=utf-8", "text/plain ; a=b"]
        {
            assert!(is_media_type(text), "{text}");
        }
        for text in ["text", "text/", "/plain", "te xt/plain", "urn:oma:mo:x:1.0", "com.x/1.0/Y"] {
            assert!(!is_media_type(text), "{text}");
        }
        for text in ["urn:oma:mo:oma-fumo:1.0", "com.companyx/1.2/ProductY", "http://a/b", "com.example.x"] {
            assert!(is_object_id(text), "{text}");
        }
        for text in ["text/plain", "node", "a b:c", ":x", "x:"] {
            assert!(!is_object_id(text), "{text}");
        }
    }

    #[test]
    fn times_are_held_to_the_calendar() {
        let table = [
            ("20240229T000000Z", Some(true)),
            ("19000229T000000Z", Some(false)),
            ("20000229T000000Z", Some(true)),
            ("20241301T000000Z", Some(false)),
            ("20240100T000000Z", Some(false)),
            ("20240431T000000Z", Some(false)),
            ("20240101T235960Z", Some(true)),
            ("20240101T240000Z", Some(true)),
            ("20240101T240001Z", Some(false)),
            ("20240101T006000Z", Some(false)),
            ("20240101T000000", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(exists(text), expected, "{text}");
        }
    }
}
