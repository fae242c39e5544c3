//! URIs of nodes: CMD-016, CMD-017, CMD-039, CMD-040.

use super::who::is_from_server;
use super::{EVERY_MESSAGE, ON_NODES, UNDECODABLE};
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Session};
use crate::markup::NodeId;
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::{loose_uri, percent_decoded, percent_octets, plain, quoted, without_query};
use crate::rules::rule::{Check, Clause, Judged, Rule, Scope, Source};
use crate::rules::sta::common::{CREP, DREP, FIRST, ONE_GET, PRO, TND, is_done, last_status, opened, shown};
use crate::syncml::{CommandName, Item, number};

const TREE: Clause = Clause { document: TND, section: "The Management Tree" };

pub(super) static FULL_URI: Rule = Rule {
    id: "CMD-016",
    name: "target-not-a-full-device-uri",
    title: "The Target of a server's command is a full device URI",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[
        Clause { document: PRO, section: "5 Node addressing" },
        Clause { document: DREP, section: "6.6 Add, Copy, Delete, Exec, Get, Replace" },
        TREE,
    ],
    what: "The URI of a Target, and of the Source of a Copy, without its query, has no scheme, does not end with a slash, and has neither `../` nor, behind \
           its beginning, `./`. A leading slash, an empty segment and `./` alone are warnings; `.` alone is the root. A colon \
           behind `./` makes no scheme, and percent-encoding is not decoded.",
    why: "Clients look for a node with an empty name, or for none at all, and answer 404.",
    mend: "Write the path from the root, as ./A/B.",
    pass: &[ONE_GET, opened!(" Get .", " Get ./urn:a/B", " Get DevInfo/Man", " Get ./A?list=Struct")],
    violate: &[
        opened!(" Get ./DMAcc/x/"),
        opened!(" Get ../DevInfo"),
        opened!(" Get http://dev/DevInfo"),
        opened!(" Get ./A/./B"),
        opened!(" Get /A/B"),
    ],
    not_applicable: &[FIRST, UNDECODABLE],
    check: Check::Command(ON_NODES, full_uri),
    ..Rule::MUST
};

/// What is wrong with the form of a node's URI, and whether that is a warning only.
fn defect(path: &str) -> Option<(&'static str, bool)> {
    let (rest, is_rooted) = match path.strip_prefix("./") {
        Some(rest) => (rest, true),
        None => (path, false),
    };
    if path == "." || (is_rooted && is_usual(rest)) {
        None
    } else if path == "./" {
        Some(("ends with a slash", true))
    } else if path.contains("../") || path == ".." || path.ends_with("/..") {
        Some(("climbs up by ..", false))
    } else if rest.contains("./") || rest.ends_with("/.") {
        Some(("has ./ behind its beginning", false))
    } else if !is_rooted && has_scheme(path) {
        Some(("has a scheme", false))
    } else if path.starts_with('/') {
        Some(("begins with a slash", true))
    } else if path.ends_with('/') {
        Some(("ends with a slash", false))
    } else if path.contains("//") {
        Some(("has an empty segment", true))
    } else {
        None
    }
}

/// Whether nothing can be wrong with what follows `./`: no segment is empty or ends with a dot.
fn is_usual(rest: &str) -> bool {
    let mut last = b'/';
    for octet in rest.bytes() {
        if octet == b'/' && matches!(last, b'/' | b'.') {
            return false;
        }
        last = octet;
    }
    !matches!(last, b'/' | b'.')
}

fn has_scheme(path: &str) -> bool {
    path.split('/').next().and_then(|first| first.split_once(':')).is_some_and(|(scheme, _)| {
        scheme.starts_with(|ch: char| ch.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    })
}

fn path(uri: &str) -> &str {
    without_query(uri)
}

fn full_uri(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    if !is_from_server(cmd) {
        return;
    }
    let is_copy = cmd.command.name == CommandName::Copy;
    let sources = |item: &Item| item.source_uri.filter(|_| is_copy).map(|node| ("Source", node));
    let nodes = cmd.items().iter().flat_map(|item| [item.target_uri.map(|node| ("Target", node)), sources(item)]);
    for (element, node) in nodes.flatten() {
        let uri = cmd.text(node);
        if uri.is_empty() {
            continue;
        }
        let occasion = cx.occasion(cmd.at_node(node));
        let Some((what, is_mild)) = defect(path(uri)) else { continue };
        let seen = format!("the {element} {} of {} {what}", quoted(uri), shown(cmd));
        if is_mild {
            occasion.violated_as(Severity::Warning, seen, "a URI like ./A/B");
        } else {
            occasion.violated(seen, "a URI like ./A/B");
        }
    }
}

/// A session in which the device says that names have eight characters at most.
macro_rules! limited {
    ($line:literal) => {
        opened!(
            " Get ./DevDetail/URI/MaxSegLen",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevDetail/URI/MaxSegLen=8",
            "server",
            " Status SyncHdr 200",
            $line,
            "device",
            " Status SyncHdr 200",
            " Status Get 404",
            "server",
            " Status SyncHdr 200",
        )
    };
}

pub(super) static LIMITS: Rule = Rule {
    id: "CMD-017",
    name: "uri-beyond-limits-of-device",
    title: "URIs keep to the limits that the device tells",
    judged: Judged::Server,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[Clause { document: "OMA-TS-DM_StdObj-V1_2_1", section: "5.3.3 DevDetail: URI" }],
    what: "Once Results of the session have told ./DevDetail/URI/MaxDepth, MaxTotLen or MaxSegLen, no Target in a later message of \
           the server has more segments, is longer, or has a longer segment. 0 is no limit; the query and the leading `./` do \
           not count, and percent-encoded characters count once. Where the device took the command all the same, it is information.",
    why: "The client answers 414, or cuts the name of the node.",
    mend: "Read the limits, and keep to them.",
    pass: &[limited!(" Get ./Vendor/Short")],
    violate: &[limited!(" Get ./Vendor/AVeryLongNameOfANode")],
    not_applicable: &[ONE_GET, UNDECODABLE],
    check: Check::Session(limits),
    ..Rule::SHOULD
};

/// A limit that the device tells: its node, how a path is measured against it, and in what.
type Measure = (&'static str, fn(&str) -> usize, &'static str);

const MEASURES: [Measure; 3] = [
    ("devdetail/uri/maxdepth", |path| path.split('/').count(), "segments"),
    ("devdetail/uri/maxtotlen", |path| path.chars().count(), "characters"),
    (
        "devdetail/uri/maxseglen",
        |path| path.split('/').map(|segment| segment.chars().count()).max().unwrap_or(0),
        "characters in a segment",
    ),
];

fn limits(session: &Session, cx: &mut Cx<'_>) {
    let mut known: [Option<(u64, Cmd<'_>)>; 3] = [None; 3];
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.message.is_judgeable()) {
        let msg = Msg { session, id, entry };
        if entry.direction == Direction::DeviceToServer {
            learn(msg, &mut known);
        } else if known.iter().any(Option::is_some) {
            for cmd in msg.commands().filter(|cmd| ON_NODES.contains(&cmd.command.name)) {
                hold_to(cmd, &known, cx);
            }
        }
    }
}

fn learn<'s>(msg: Msg<'s>, known: &mut [Option<(u64, Cmd<'s>)>; 3]) {
    for results in msg.commands().filter(|cmd| cmd.command.name == CommandName::Results) {
        for item in results.items() {
            let uri = results.text(item.source_uri);
            // Nearly all Results are about something else.
            if !uri.contains("/Max") {
                continue;
            }
            let uri = loose_uri(uri);
            let slot = MEASURES.iter().position(|(name, ..)| *name == uri).and_then(|at| known.get_mut(at));
            if let (Some(slot), Some(value)) = (slot, number(results.text(item.data))) {
                *slot = (value > 0).then_some((value, results));
            }
        }
    }
}

fn hold_to(cmd: Cmd<'_>, known: &[Option<(u64, Cmd<'_>)>; 3], cx: &mut Cx<'_>) {
    for item in cmd.items() {
        let uri = cmd.text(item.target_uri);
        if uri.is_empty() {
            continue;
        }
        let path = percent_decoded(plain(path(uri)));
        let beyond = MEASURES.iter().zip(known).find_map(|((_, measure, unit), known)| {
            let (limit, results) = (*known)?;
            let found = measure(&path);
            (found as u64 > limit).then_some((found, limit, unit, results))
        });
        let occasion = cx.occasion(cmd.at_node(item.target_uri));
        if let Some((found, limit, unit, results)) = beyond {
            let occasion = occasion.related(results.at());
            let (seen, expected) = (format!("{} has {found} {unit}", quoted(uri)), format!("{limit} {unit} at most"));
            if last_status(cmd).is_some_and(|(_, code)| is_done(code)) {
                occasion.violated_as(Severity::Info, seen, expected);
            } else {
                occasion.violated(seen, expected);
            }
        }
    }
}

pub(super) static WELL_FORMED: Rule = Rule {
    id: "CMD-039",
    name: "locuri-malformed",
    title: "LocURI holds a valid URI",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[
        Clause { document: CREP, section: "6.1 LocURI" },
        Clause { document: "RFC 2396", section: "2 URI Characters" },
    ],
    what: "No LocURI has a blank, a control character, `<`, `>`, a quotation mark or a brace inside, nor a percent sign without two \
           hexadecimal digits. Characters outside ASCII are information, and so is everything in SyncHdr, where identifiers of \
           devices are often no URIs. Braces are usual on Windows, and not looked at in the ms-mdm profile.",
    why: "Parsers cut the URI at the first character that cannot belong to it, and address another node.",
    mend: "Percent-encode the characters, in UTF-8.",
    pass: &[EVERY_MESSAGE],
    violate: &[opened!(" Get \"./My Node/x\""), opened!(" Get ./A%2"), opened!(" Get ./Ä")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(well_formed),
    ..Rule::MUST
};

/// What keeps a text from being a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Flaw {
    NotAscii,
    Character(char),
    Percent,
}

/// Whether nothing can be wrong with an octet: printable ASCII without `"`, `%`, `<`, `>` and braces.
fn is_sound(octet: u8) -> bool {
    matches!(octet, b'!' | b'#'..=b'$' | b'&'..=b';' | b'=' | b'?'..=b'z' | b'|' | b'~')
}

fn flaw(uri: &str, allows_braces: bool) -> Option<Flaw> {
    if uri.bytes().all(is_sound) {
        return None;
    }
    let mut found = None;
    for (at, octet) in uri.bytes().enumerate() {
        match octet {
            b'%' => {
                let digits = uri.as_bytes().get(at + 1..at + 3).unwrap_or_default();
                if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Some(Flaw::Percent);
                }
            }
            b'{' | b'}' if allows_braces => {}
            0..=b' ' | b'<' | b'>' | b'"' | b'{' | b'}' | 0x7f => return Some(Flaw::Character(char::from(octet))),
            0x80.. => found = Some(Flaw::NotAscii),
            _ => {}
        }
    }
    found
}

/// The LocURIs of a command's Items.
fn uris(cmd: Cmd<'_>) -> impl Iterator<Item = NodeId> {
    cmd.items().iter().flat_map(|item| [item.target_uri, item.source_uri]).flatten()
}

fn well_formed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let allows_braces = cx.profile() == Profile::MsMdm;
    let hdr = &msg.message().hdr;
    let marks = msg.message().survey().uris;
    let flaw = |uri, allows_braces| if marks.percent || marks.unusual { flaw(uri, allows_braces) } else { None };
    for node in [hdr.target_uri, hdr.source_uri].into_iter().flatten() {
        let occasion = cx.occasion(msg.at_node(node));
        if let Some(flaw) = flaw(msg.text(node), allows_braces) {
            let (seen, expected) = described(flaw, msg.text(node));
            occasion.violated_as(Severity::Info, seen, expected);
        }
    }
    for cmd in msg.commands() {
        let mut nodes = uris(cmd).peekable();
        if nodes.peek().is_none() {
            continue;
        }
        let flaws = nodes.filter_map(|node| Some((flaw(cmd.text(node), allows_braces)?, node)));
        let worst = flaws.reduce(|a, b| if b.0 > a.0 { b } else { a });
        let occasion = cx.occasion(cmd.at_node(worst.map(|(_, node)| node)));
        match worst {
            None => {}
            Some((flaw, node)) => {
                let (seen, expected) = described(flaw, cmd.text(node));
                if flaw == Flaw::NotAscii {
                    occasion.violated_as(Severity::Info, seen, expected);
                } else {
                    occasion.violated(seen, expected);
                }
            }
        }
    }
}

fn described(flaw: Flaw, uri: &str) -> (String, &'static str) {
    let uri = quoted(uri);
    match flaw {
        Flaw::NotAscii => (format!("{uri} has characters outside ASCII"), "percent-encoded UTF-8"),
        Flaw::Character(ch) => (format!("{uri} has {ch:?}"), "characters that may stand in a URI"),
        Flaw::Percent => (format!("{uri} has % without two hexadecimal digits"), "%25 for the percent sign"),
    }
}

pub(super) static UTF_8: Rule = Rule {
    id: "CMD-040",
    name: "locuri-not-utf-8",
    title: "Percent-encoding in a URI is of UTF-8",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[TREE],
    what: "The octets of a LocURI with percent-encoded characters are valid UTF-8 once they are decoded.",
    why: "The client compares the name with one in UTF-8, and does not find the node.",
    mend: "Encode names in UTF-8 before percent-encoding them.",
    pass: &[opened!(" Get ./A/%C3%A9")],
    violate: &[opened!(" Get ./A/%E9")],
    not_applicable: &[ONE_GET],
    check: Check::Message(utf_8),
    ..Rule::MUST
};

fn utf_8(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.message().survey().uris.percent {
        return;
    }
    let hdr = &msg.message().hdr;
    let header = [hdr.target_uri, hdr.source_uri].into_iter().flatten().map(|node| (msg.at_node(node), node));
    let items = msg.commands().flat_map(|cmd| uris(cmd).map(move |node| (cmd.at_node(node), node)));
    for (at, node) in header.chain(items) {
        let uri = msg.text(node);
        if memchr::memchr(b'%', uri.as_bytes()).is_none() {
            continue;
        }
        let occasion = cx.occasion(at);
        if std::str::from_utf8(&percent_octets(uri)).is_err() {
            occasion.violated(format!("{} is no UTF-8 once decoded", quoted(uri)), "percent-encoded UTF-8");
        }
    }
}
