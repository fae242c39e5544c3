//! Names of permanent nodes, and formats of octets: NOD-013, NOD-024.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{plain, quoted, without_query};
use super::super::known::{TND, is_permanent, readings, value};
use super::super::prp::{met_inf, stored};
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope};
use super::super::sta::common::{
    Answered, ONE_GET, answered, is_done, last_status, opened, property, shown, status_shown,
};
use crate::base::Severity;
use crate::dm::{Known, Profile, Session};
use crate::markup::Tag;
use crate::syncml::CommandName;

pub(super) static PERMANENT: Rule = Rule {
    id: "NOD-013",
    name: "permanent-node-renamed",
    title: "The name of a permanent node cannot be changed",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "Permanent and dynamic nodes" }],
    what: "A Replace of `?prop=Name` of the root, ./DevInfo, ./DevDetail or a node that every device has below them does not get \
           200, unless the new name is the one that it has.",
    why: "No other server finds the node any more.",
    mend: "Answer 405.",
    pass: &[opened!(" Replace ./DevInfo?prop=Name=X", "device", " Status SyncHdr 200", " Status Replace 405")],
    violate: &[opened!(" Replace ./DevInfo?prop=Name=X", "device", " Status SyncHdr 200", " Status Replace 200")],
    not_applicable: &[
        ONE_GET,
        opened!(" Replace ./DevInfo?prop=Name=DevInfo", "device", " Status SyncHdr 200", " Status Replace 200"),
        opened!(" Replace ./Vendor/A?prop=Name=B", "device", " Status SyncHdr 200", " Status Replace 200"),
    ],
    check: Check::Answer(&[CommandName::Replace], permanent),
    ..Rule::MUST
};

fn permanent(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(replace) = answered(status) else { return };
    let [item] = replace.items() else { return };
    let uri = replace.text(item.target_uri);
    if !replace.msg.entry.is_server() || property(uri) != Some("Name") || !is_permanent(without_query(uri)) {
        return;
    }
    // The last Status counts, and only where the containers around were executed.
    let is_executed = |cmd: Cmd<'_>| last_status(cmd).is_some_and(|(_, code)| code == 200);
    let Some((last, code)) = last_status(replace).filter(|(last, _)| last.place() == status.place()) else { return };
    let path = plain(without_query(uri));
    let own = path.rsplit_once('/').map_or(path, |(_, name)| name);
    if own == value(replace, item.data) || !replace.containers().all(is_executed) {
        return;
    }
    let occasion = cx.occasion(last.at()).related(replace.at());
    if is_done(code) {
        occasion.violated(format!("{} of {}", status_shown(last), quoted(uri)), "405 for a permanent node");
    }
}

/// A session in which octets are written, and the property Format is read.
macro_rules! octets {
    ($add:literal, $read:literal) => {
        opened!(
            $add,
            "device",
            " Status SyncHdr 200",
            " Status Add 200",
            "server",
            " Status SyncHdr 200",
            " Get ./Vendor/A?prop=Format",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $read,
            "server",
            " Status SyncHdr 200",
        )
    };
}

pub(super) static OCTETS: Rule = Rule {
    id: "NOD-024",
    name: "format-of-octets-not-bin",
    title: "The property Format of octets is bin, however they were sent",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.7.2 Format" }],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    yields_to: &["PRP-007"],
    what: "Results for a Get of `?prop=Format` are bin where the value was written earlier in the session with Format bin, or with \
           b64 and a media type that is of octets by nature (application/octet-stream, image, audio, video). A value that is \
           base64 itself, as a text, may keep b64.",
    why: "Another server that reads the value decodes it once too often, or not at all.",
    mend: "Decode base64 that was used for transport, and keep the Format bin.",
    pass: &[octets!(" Add ./Vendor/A=aGVsbG8= format=b64 type=image/png", " Results ./Vendor/A?prop=Format=bin")],
    violate: &[octets!(" Add ./Vendor/A=aGVsbG8= format=b64 type=image/png", " Results ./Vendor/A?prop=Format=b64")],
    not_applicable: &[
        ONE_GET,
        octets!(" Add ./Vendor/A=aGVsbG8= format=b64 type=text/plain", " Results ./Vendor/A?prop=Format=b64"),
    ],
    check: Check::Session(octets),
    ..Rule::MUST
};

fn octets(session: &Session, cx: &mut Cx<'_>) {
    for (case, told) in readings(session, "Format", |known| matches!(known, Known::Stored { .. })) {
        let Some(item) = stored(&case) else { continue };
        let kind = met_inf(case.by, item, Tag::Type).to_ascii_lowercase();
        let is_octets = match met_inf(case.by, item, Tag::Format) {
            "bin" => true,
            "b64" => {
                kind.starts_with("application/octet-stream")
                    || ["image/", "audio/", "video/"].iter().any(|family| kind.starts_with(family))
                        && !kind.contains("xml")
            }
            _ => false,
        };
        if !is_octets {
            continue;
        }
        let occasion = cx.occasion(told.results.at_node(told.data)).related(case.cmd.at()).related(case.by.at());
        if told.value() != "bin" {
            let seen = format!(
                "the Format of {} is {}; {} wrote octets",
                quoted(without_query(case.target())),
                quoted(told.value()),
                shown(case.by)
            );
            occasion.violated(seen, "bin");
        }
    }
}
