//! DevDetail, and what the roots of the standard objects say they are: STD-008 to STD-012.

use super::super::cx::{Cmd, Cx};
use super::super::evidence::{Told, Voice};
use super::super::finding::Reason;
use super::super::helper::{plain, quoted};
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use super::super::sta::common::{FIRST, ONE_GET, ending_of, opened, shown, status_shown};
use super::{STDOBJ, account};
use crate::base::Severity;
use crate::dm::Profile;
use crate::syncml::CommandName;

const DEV_DETAIL: Clause = Clause { document: STDOBJ, section: "5.3.3 DevDetail" };
const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// Nodes that every device has (5.3.3).
const NODES: [&str; 7] = ["URI", "DevTyp", "OEM", "FwV", "SwV", "HwV", "LrgObj"];
const LIMITS: [&str; 3] = ["MaxDepth", "MaxTotLen", "MaxSegLen"];

/// A session in which the server reads something: the URI of the Get, and the Results.
macro_rules! reading {
    ($uri:literal, $results:literal) => {
        concat!(
            opened!(),
            " Get ",
            $uri,
            "\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ",
            $results,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}

pub(super) static MANDATORY: Rule = Rule {
    id: "STD-008",
    name: "device-detail-incomplete",
    title: "DevDetail has all its mandatory nodes",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[DEV_DETAIL],
    what: "The list of children of ./DevDetail has URI, DevTyp, OEM, FwV, SwV, HwV and LrgObj, that of ./DevDetail/URI has MaxDepth, \
           MaxTotLen and MaxSegLen, and a Get of one of these is not answered with 404 or 405. Undecided where none of them is listed: \
           then the server may lack the right to see them.",
    why: "The server cannot tell which firmware the device has, or how large a value it takes.",
    mend: "Provide every node, with an empty value where there is nothing to say.",
    pass: &[
        ONE_GET,
        reading!("./DevDetail", "./DevDetail=URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj/Ext format=node"),
        reading!("./DevDetail/URI", "./DevDetail/URI=MaxDepth/MaxTotLen/MaxSegLen format=node"),
    ],
    violate: &[
        reading!("./DevDetail", "./DevDetail=URI/DevTyp/OEM/FwV/SwV/LrgObj format=node"),
        opened!(" Get ./DevDetail/HwV", "device", " Status SyncHdr 200", " Status Get 404"),
    ],
    not_applicable: &[FIRST, opened!(" Get ./DevInfo/FwV", "device", " Status SyncHdr 200", " Status Get 404")],
    check: Check::Command(&[CommandName::Get], mandatory),
    ..Rule::MUST
};

fn mandatory(get: Cmd<'_>, cx: &mut Cx<'_>) {
    if get.msg.entry.is_client() || get.msg.entry.refused {
        return;
    }
    for item in get.items() {
        let path = plain(get.text(item.target_uri));
        let Some(rest) = path.strip_prefix("DevDetail") else { continue };
        let leaf = rest.strip_prefix('/').unwrap_or(rest);
        let limit = leaf.strip_prefix("URI/");
        let wanted: &[&str] = match leaf {
            "" => &NODES,
            "URI" => &LIMITS,
            _ => &[],
        };
        let is_leaf = NODES.contains(&leaf) || limit.is_some_and(|limit| LIMITS.contains(&limit));
        let Some((status, code)) = ending_of(get, item).filter(|_| is_leaf || !wanted.is_empty()) else { continue };
        // Where the value comes all the same, the Status is wrong.
        if is_leaf && matches!(code, 404 | 405) && get.session().results_of(get.place()).next().is_none() {
            let seen = format!("{} of {}", status_shown(status), quoted(path));
            cx.occasion(status.at()).related(get.at()).violated(seen, "200, and its value");
            continue;
        }
        if code != 200 {
            continue;
        }
        if wanted.is_empty() {
            cx.occasion(status.at()).held();
            continue;
        }
        let evidence = cx.evidence();
        let answers =
            |told: &&Told<'_>| told.path == path && told.cmd.answered().is_some_and(|one| one.place() == get.place());
        let Some((told, children)) =
            evidence.told.iter().filter(answers).find_map(|told| Some((told, told.children()?)))
        else {
            continue;
        };
        let missing: Vec<&str> = wanted.iter().copied().filter(|node| !children.contains(node)).collect();
        let occasion = cx.occasion(told.at()).related(get.at());
        if missing.len() == wanted.len() {
            occasion.undecided(Reason::NotVisible);
        } else if !missing.is_empty() {
            let seen = format!("{} without {}", quoted(path), missing.join(", "));
            occasion.violated(seen, format!("children {}", wanted.join(", ")));
        }
    }
}

pub(super) static URI_LIMITS: Rule = Rule {
    id: "STD-009",
    name: "uri-limit-no-number",
    title: "The limits of URIs are numbers up to 65535",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[DEV_DETAIL],
    what: "The values of ./DevDetail/URI/MaxDepth, MaxTotLen and MaxSegLen are decimal numbers from 0, for no limit, to 65535, in whatever \
           Format.",
    why: "The server does not know which URIs the device takes.",
    mend: "Return the number, or 0 where there is no limit.",
    pass: &[reading!("./DevDetail/URI/MaxDepth", "./DevDetail/URI/MaxDepth=0")],
    violate: &[
        reading!("./DevDetail/URI/MaxDepth", "./DevDetail/URI/MaxDepth=unlimited"),
        reading!("./DevDetail/URI/MaxTotLen", "./DevDetail/URI/MaxTotLen=70000"),
    ],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(|_, cx| uri_limits(cx)),
    ..Rule::MUST
};

/// What the device returns for nodes of DevDetail.
fn read<'e, 's>(told: &'e [Told<'s>], path: &str) -> impl Iterator<Item = (&'e Told<'s>, &'s str)> {
    let is_meant = move |told: &&Told<'_>| told.voice == Voice::Read && told.path == path;
    told.iter().filter(is_meant).filter_map(|told| Some((told, told.plain()?)))
}

fn uri_limits(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for limit in LIMITS {
        let path = format!("DevDetail/URI/{limit}");
        for (told, value) in read(&evidence.told, &path) {
            let occasion = cx.occasion(told.at());
            let is_number = value.bytes().all(|octet| octet.is_ascii_digit()) && value.parse::<u16>().is_ok();
            // An int may be written with a sign.
            let unsigned = value.strip_prefix('+').unwrap_or(value);
            if is_number {
                continue;
            }
            let seen = format!("{limit} {}", quoted(value));
            let is_near = unsigned.parse::<u16>().is_ok();
            if is_near {
                occasion.violated_as(Severity::Warning, seen, "a decimal number from 0 to 65535");
            } else {
                occasion.violated(seen, "a decimal number from 0 to 65535");
            }
        }
    }
}

pub(super) static LARGE_OBJECTS: Rule = Rule {
    id: "STD-010",
    name: "large-object-support-no-boolean",
    title: "LrgObj is true or false",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[DEV_DETAIL],
    what: "The value of ./DevDetail/LrgObj is true or false; another case is information, and so is another Format than bool, where one is \
           given. Where its Format is bool, the rule on booleans speaks of other values. That the device does what it says is LOB-017.",
    why: "The server sends large objects to a device that takes none, or does not send what it could take.",
    mend: "Return true or false.",
    pass: &[reading!("./DevDetail/LrgObj", "./DevDetail/LrgObj=true format=bool")],
    violate: &[reading!("./DevDetail/LrgObj", "./DevDetail/LrgObj=yes")],
    not_applicable: &[FIRST, ONE_GET, reading!("./DevDetail/LrgObj", "./DevDetail/LrgObj=yes format=bool")],
    check: Check::Session(|_, cx| large_objects(cx)),
    ..Rule::MUST
};

fn large_objects(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for (told, value) in read(&evidence.told, "DevDetail/LrgObj") {
        let is_right = matches!(value, "true" | "false");
        let is_near = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
        if !is_near && told.format().eq_ignore_ascii_case("bool") {
            continue;
        }
        let occasion = cx.occasion(told.at());
        let seen = format!("LrgObj {}", quoted(value));
        if is_near && !is_right {
            occasion.violated_as(Severity::Info, seen, "true or false, in small letters");
        } else if !is_right {
            occasion.violated(seen, "true or false");
        } else if !told.format().is_empty() && !told.format().eq_ignore_ascii_case("bool") {
            occasion.violated_as(
                Severity::Info,
                format!("{seen} with Format {}", quoted(told.format())),
                "Format bool",
            );
        }
    }
}

pub(super) static EXTENSIONS: Rule = Rule {
    id: "STD-011",
    name: "extension-outside-ext",
    title: "DevInfo and DevDetail are extended below Ext and Bearer only",
    level: Level::MustNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: STDOBJ, section: "5.3.2 DevInfo, 5.3.3 DevDetail" }],
    overrides: NOT_WINDOWS,
    what: "What a device lists or tells directly below ./DevInfo and ./DevDetail are the nodes of the specification, Ext and Bearer. Vendors \
           add others; hence only information, and none for Windows.",
    why: "A server that reads the standard nodes does not find what is beside them, and the name may get another meaning.",
    mend: "Move the nodes below Ext.",
    pass: &[ONE_GET],
    violate: &[reading!("./DevDetail", "./DevDetail=URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj/Foo format=node")],
    not_applicable: &["device\n Alert 1201\n"],
    check: Check::Session(|_, cx| extensions(cx)),
    ..Rule::MUST
};

fn extensions(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    // Each name is told once.
    let mut told_of: Vec<(&str, &str)> = Vec::new();
    for told in evidence.told.iter().filter(|told| told.voice != Voice::Written && told.query.is_empty()) {
        let (root, own) = told.path.split_once('/').unwrap_or((told.path, ""));
        let known: &[&str] = match root {
            "DevInfo" => &["DevId", "Man", "Mod", "DmV", "Lang"],
            "DevDetail" => &NODES,
            _ => continue,
        };
        let children = if own.is_empty() { told.children() } else { None };
        let names =
            children.unwrap_or_else(|| own.split('/').next().into_iter().filter(|name| !name.is_empty()).collect());
        if names.is_empty() {
            continue;
        }
        let is_foreign = |name: &&str| !known.contains(name) && !matches!(*name, "Ext" | "Bearer");
        let foreign: Vec<&str> =
            names.into_iter().filter(is_foreign).filter(|name| !told_of.contains(&(root, name))).take(16).collect();
        let occasion = cx.occasion(told.at());
        if !foreign.is_empty() && told_of.len() < 64 {
            let seen = format!("{} directly below ./{root} in {}", foreign.join(", "), shown(told.cmd));
            told_of.extend(foreign.iter().map(|name| (root, *name)));
            occasion.violated(seen, "extensions below Ext or Bearer");
        }
    }
}

pub(super) static IDENTIFIER: Rule = Rule {
    id: "STD-012",
    name: "standard-object-of-other-type",
    title: "The Type of a standard object is its identifier",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Session,
    clause: &[Clause { document: STDOBJ, section: "5.3 Management objects" }],
    what: "What a Get of the property Type returns for ./DevInfo, ./DevDetail, ./Inbox, or an account below ./DMAcc is the identifier \
           of that object, in whatever minor version; older identifiers with org.openmobilealliance are accepted. An empty value and \
           text/plain are information.",
    why: "Servers find objects by their Type, and do not find this one.",
    mend: "Return urn:oma:mo:oma-dm-devinfo:1.0 and the like.",
    pass: &[reading!("./DevInfo?prop=Type", "./DevInfo?prop=Type=urn:oma:mo:oma-dm-devinfo:1.1")],
    violate: &[reading!("./DevInfo?prop=Type", "./DevInfo?prop=Type=urn:oma:mo:oma-fumo:1.0")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(|_, cx| identifier(cx)),
    ..Rule::MUST
};

fn identifier(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for told in evidence.told.iter().filter(|told| told.voice == Voice::Read && told.query == "prop=Type") {
        let wanted = match told.path {
            "DevInfo" => "urn:oma:mo:oma-dm-devinfo:",
            "DevDetail" => "urn:oma:mo:oma-dm-devdetail:",
            "Inbox" => "urn:oma:mo:oma-dm-inbox:",
            path if path.strip_prefix("DMAcc/").is_some_and(|name| !name.contains('/')) => "urn:oma:mo:oma-dm-dmacc:",
            _ => continue,
        };
        let Some(value) = told.value else { continue };
        let occasion = cx.occasion(told.at());
        let is_right = value.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
            || account::is_account(value) && wanted.ends_with("dmacc:")
            || value.starts_with("org.openmobilealliance");
        let seen = format!("Type {} of {}", quoted(value), quoted(told.path));
        let expected = format!("{wanted}1.0");
        if is_right {
            occasion.held();
        } else if matches!(value, "" | "text/plain") {
            occasion.violated_as(Severity::Info, seen, expected);
        } else {
            occasion.violated(seen, expected);
        }
    }
}
