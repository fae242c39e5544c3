//! 3GPP and 3GPP2 objects: requirements of the management-tree side, `GPP-001` to `GPP-005`.

use super::cx::{Cmd, Cx};
use super::helper::quoted;
use super::mo::{self, SEEN, accuse, alerted, leaves, typed};
use super::rule::{Check, Clause, Family, Judged, LeftOut, Rule, Scope, Source, Versions};
use super::sta::common::{ONE_GET, status_shown};
use crate::base::Severity;
use crate::objects::{ANDSF, IMS, NAS, Object};
use crate::syncml::CommandName;

const ANDSF_TEXT: &[Clause] = &[Clause { document: "3GPP TS 24.312", section: "ANDSF MO" }];
const IMS_TEXT: &[Clause] = &[
    Clause { document: "3GPP TS 24.167", section: "IMS Management Object" },
    Clause { document: "3GPP TS 24.368", section: "NAS configuration MO" },
];

pub(super) static FAMILY: Family = Family {
    letters: "GPP",
    title: "3GPP and 3GPP2 objects",
    rules: &[&ALERT, &NUMBERS, &IDENTITIES],
    left_out: &[
        LeftOut {
            id: "GPP-001",
            title: "Objects of 3GPP are recognised by their identifiers",
            why: "Nothing is asked: later releases add nodes, so that a name which is not known is no fault.",
        },
        LeftOut {
            id: "GPP-005",
            title: "Subtrees of cdma2000 devices hold opaque values",
            why: "There is no public description to hold them to.",
        },
    ],
    ..Family::NONE
};

pub(super) static ALERT: Rule = Rule {
    id: "GPP-002",
    name: "andsf-alert-malformed",
    title: "An alert of ANDSF has a registered type and names the object",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: ANDSF_TEXT,
    versions: Versions::Since1_2,
    what: "The type of an alert that begins like those of ANDSF is one of the six that are registered, in any version; Source \
           of one with a location or profile is there, and is not the root of the tree or a node of DevInfo, DevDetail, DMAcc \
           or the Inbox.",
    why: "The server does not know what the device wants, or what it is about.",
    mend: "Send a registered type, and the URI of the object.",
    pass: &[alerted!("source=./A type=urn:oma:at:ext-3gpp-andsf:1.0:provision format=chr data=1")],
    violate: &[
        alerted!("source=./A type=urn:oma:at:ext-3gpp-andsf:1.0:provide format=chr data=1"),
        alerted!("source=./DevInfo type=urn:oma:at:ext-3gpp-andsf:1.0:ue_location format=chr data=1"),
    ],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| {
        mo::kind(cmd, cx, "urn:oma:at:ext-3gpp-andsf:", &ANDSF, Severity::Warning);
        mo::source(cmd, cx, &ANDSF, Severity::Warning);
    }),
    ..SEEN
};
pub(super) static NUMBERS: Rule = Rule {
    id: "GPP-003",
    name: "network-parameter-no-number",
    title: "Numbers of IMS and NAS objects are numbers",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: IMS_TEXT,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    yields_to: &["MET-005"],
    what: "A value of a timer, count or preference of an IMS or NAS object of 3GPP, in Results, Add or Replace, is a whole \
           number, or empty.",
    why: "The device falls back to values of its own.",
    mend: "Send a whole number.",
    pass: &[typed!(
        "./I",
        "urn:oma:mo:ext-3gpp-ims:1.0",
        " Get ./I/Timer_T1\n",
        " Status Get 200\n Results ./I/Timer_T1=2000 format=int\n"
    )],
    violate: &[typed!(
        "./I",
        "urn:oma:mo:ext-3gpp-ims:1.0",
        " Get ./I/Timer_T1\n",
        " Status Get 200\n Results ./I/Timer_T1=2s format=chr\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace, CommandName::Results], numbers),
    ..SEEN
};
fn numbers(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    const OBJECTS: [&Object; 2] = [&IMS, &NAS];
    for object in OBJECTS {
        for leaf in
            leaves(cmd, cx, object).into_iter().filter(|leaf| leaf.node.format == "int" && !leaf.value.is_empty())
        {
            let occasion = cx.occasion(leaf.at);
            if leaf.value.parse::<i64>().is_err() {
                accuse(occasion, (Severity::Info, leaf.sureness), leaf.shown(), "a whole number");
            }
        }
    }
}

pub(super) static IDENTITIES: Rule = Rule {
    id: "GPP-004",
    name: "network-identity-written",
    title: "Identities of IMS are only read",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: IMS_TEXT,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    what: "A Replace of Private_user_identity, Public_user_identity or Home_network_domain_name of an IMS object of 3GPP is \
           not answered 200: they come from the card.",
    why: "The device registers under a name that the network does not know.",
    mend: "Refuse the command with 405.",
    pass: &[typed!(
        "./I",
        "urn:oma:mo:ext-3gpp-ims:1.0",
        " Replace ./I/Private_user_identity=a\n",
        " Status Replace 405\n"
    )],
    violate: &[typed!(
        "./I",
        "urn:oma:mo:ext-3gpp-ims:1.0",
        " Replace ./I/Private_user_identity=a\n",
        " Status Replace 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Answer(&[CommandName::Replace], identities),
    ..SEEN
};
fn identities(status: Cmd<'_>, cx: &mut Cx<'_>) {
    const NAMES: &[&str] = &["Private_user_identity", "Public_user_identity", "Home_network_domain_name"];
    let Some(replace) = status.answered().filter(|cmd| cmd.msg.entry.is_server() && cmd.items().len() == 1) else {
        return;
    };
    let uri = replace.items().first().map_or("", |item| replace.text(item.target_uri));
    let instances = cx.instances();
    let Some(found) = instances.of_object(&IMS, uri).filter(|_| !uri.contains('?')) else { return };
    if found.node.is_none_or(|node| !NAMES.contains(&node.name())) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(replace.at());
    if status.code() == Some(200) {
        occasion.violated(format!("{} of {}", status_shown(status), quoted(uri)), "Status 405");
    }
}
