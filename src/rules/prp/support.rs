//! Which properties a device has: PRP-001 to PRP-003.

use super::super::cx::Cx;
use super::super::helper::quoted;
use super::super::known::{TND, cases, listed};
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope};
use super::super::sta::common::{ONE_GET, shown, status_shown};
use crate::base::Severity;
use crate::dm::{Known, Profile, Session};
use crate::syncml::CommandName;

const SUPPORTED: Clause = Clause { document: TND, section: "7.2 Supported properties" };

/// Windows has no ACLs, and not every property.
const MILD_ON_WINDOWS: &[Override] =
    &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }];

pub(super) static MANDATORY: Rule = Rule {
    id: "PRP-001",
    name: "mandatory-property-missing",
    title: "Every node has the properties ACL, Format, Name and Type",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[SUPPORTED],
    overrides: MILD_ON_WINDOWS,
    what: "A Get of `?prop=ACL`, Format, Name or Type of a node that is known to be there from an earlier answer of the session is \
           not answered with 406; 404 is a warning. Other codes speak of something else.",
    why: "The server cannot tell who may use the node, or what is in it.",
    mend: "Implement the four properties for every node; an ACL or a Type without a value is empty.",
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
        listed!(" Get ./DevInfo?prop=Type", "device", " Status SyncHdr 200", " Status Get 406"),
        listed!(" Get ./DevInfo/Man?prop=ACL", "device", " Status SyncHdr 200", " Status Get 404"),
    ],
    not_applicable: &[
        ONE_GET,
        listed!(" Get ./DevInfo?prop=Title", "device", " Status SyncHdr 200", " Status Get 406"),
        listed!(" Get ./Vendor?prop=ACL", "device", " Status SyncHdr 200", " Status Get 406"),
    ],
    check: Check::Session(mandatory),
    ..Rule::MUST
};

fn mandatory(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::There) {
        if !matches!(case.property(), Some("ACL" | "Format" | "Name" | "Type")) {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        let seen = format!(
            "{} of {}, a node that {} showed",
            status_shown(case.status),
            quoted(case.target()),
            shown(case.by)
        );
        match case.fact.code {
            406 => occasion.violated(seen, "the property, which every node has"),
            404 => occasion.violated_as(Severity::Warning, seen, "the property, which every node has"),
            _ => occasion.held(),
        }
    }
}

pub(super) static SIZE_OF_INTERIOR: Rule = Rule {
    id: "PRP-002",
    name: "interior-node-with-size",
    title: "An interior node has no Size",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[SUPPORTED],
    overrides: MILD_ON_WINDOWS,
    what: "A Get of `?prop=Size` of a node that an Add with Format node, or Results with Format node, showed to be interior earlier \
           in the session does not return a value. Success with an empty value is a warning.",
    why: "The server takes the node for a leaf, and reads its children as a value.",
    mend: "Answer 406 to a Get of Size of an interior node.",
    pass: &[listed!(" Get ./DevInfo?prop=Size", "device", " Status SyncHdr 200", " Status Get 406")],
    violate: &[listed!(
        " Get ./DevInfo?prop=Size",
        "device",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./DevInfo?prop=Size=12",
    )],
    not_applicable: &[
        ONE_GET,
        listed!(
            " Get ./DevInfo/Man?prop=Size",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Results ./DevInfo/Man?prop=Size=7",
        ),
    ],
    check: Check::Session(size_of_interior),
    ..Rule::MUST
};

fn size_of_interior(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::Interior) {
        if case.cmd.command.name != CommandName::Get || case.property() != Some("Size") {
            continue;
        }
        let told = if case.fact.code == 200 { case.answer() } else { None };
        let at = told.map_or(case.status.at(), |told| told.results.at_node(told.data));
        let occasion = cx.occasion(at).related(case.cmd.at()).related(case.by.at());
        let Some(told) = told else { continue };
        let seen = format!(
            "the property Size of {} is {}; {} showed that the node is interior",
            quoted(case.target()),
            quoted(told.value()),
            shown(case.by)
        );
        if told.value().is_empty() {
            occasion.violated_as(Severity::Warning, seen, "406");
        } else {
            occasion.violated(seen, "406");
        }
    }
}

pub(super) static NOT_SUPPORTED: Rule = Rule {
    id: "PRP-003",
    name: "missing-property-refused-with-other-code",
    title: "A property that a device does not have is answered with 406",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: TND, section: "7.3 Property addressing" }],
    overrides: MILD_ON_WINDOWS,
    what: "A Get of `?prop=Size`, Title, TStamp or VerNo of a node that is known to be there from an earlier answer of the session \
           is not refused with 400, 403, 404, 405 or 415; 500 and 501 are information. Size of an interior node, which must not \
           have one, is not looked at.",
    why: "The server takes the node for missing or locked, while only the property is.",
    mend: "Answer 406 to a property that the device does not have.",
    pass: &[listed!(" Get ./DevInfo?prop=Title", "device", " Status SyncHdr 200", " Status Get 406")],
    violate: &[listed!(" Get ./DevInfo/Man?prop=VerNo", "device", " Status SyncHdr 200", " Status Get 404")],
    not_applicable: &[
        ONE_GET,
        listed!(" Get ./DevInfo?prop=ACL", "device", " Status SyncHdr 200", " Status Get 404"),
        listed!(" Get ./DevInfo?prop=Size", "device", " Status SyncHdr 200", " Status Get 405"),
    ],
    check: Check::Session(not_supported),
    ..Rule::MUST
};

fn not_supported(session: &Session, cx: &mut Cx<'_>) {
    for case in cases(session, |fact| fact.known == Known::There) {
        let is_optional = match case.property() {
            Some("Title" | "TStamp" | "VerNo") => true,
            Some("Size") => !case.is_also(Known::Interior),
            _ => false,
        };
        if !is_optional {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        let seen = || {
            format!("{} of {}, a node that {} showed", status_shown(case.status), quoted(case.target()), shown(case.by))
        };
        let expected = "406 for a property that the device does not have";
        match case.fact.code {
            400 | 403..=405 | 415 => occasion.violated(seen(), expected),
            500 | 501 => occasion.violated_as(Severity::Info, seen(), expected),
            _ => occasion.held(),
        }
    }
}
