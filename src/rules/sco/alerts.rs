//! Alerts about software components: SCO-010 to SCO-014.

use super::super::mo::{self, SEEN, alerted};
use super::super::rule::{Check, Judged, Rule, Scope, Versions};
use super::super::sta::common::ONE_GET;
use super::CLAUSE;
use crate::base::Severity;
use crate::objects::SCOMO;
use crate::syncml::CommandName;

pub(super) static TYPE: Rule = Rule {
    id: "SCO-010",
    name: "software-alert-type-unknown",
    title: "The alert about a software operation has its registered type",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "The type of an alert that begins like those of SCOMO is the registered one, in any version. The one of the drafts \
           is an observation.",
    why: "The server does not recognise the end of its operation.",
    mend: "Send the type urn:oma:at:scomo:1.0:OperationComplete.",
    pass: &[alerted!(
        "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[
        alerted!("source=./S type=urn:oma:at:scomo:1.0:Complete format=int data=1200"),
        alerted!("source=./S type=org.openmobilealliance.dm.softwarecomponent.OperationComplete format=int data=1200"),
    ],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| {
        mo::kind(cmd, cx, "urn:oma:at:scomo:", &SCOMO, Severity::Warning)
    }),
    ..SEEN
};
pub(super) static SOURCE: Rule = Rule {
    id: "SCO-011",
    name: "software-alert-from-elsewhere",
    title: "The alert about a software operation names its node",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "Source of an alert about a software operation is there, and is not the root of the tree or a node of DevInfo, \
           DevDetail, DMAcc or the Inbox.",
    why: "The server cannot tell which operation has ended.",
    mend: "Put the URI of the operation into Source.",
    pass: &[alerted!(
        "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[alerted!("source=./DevInfo/DevId type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::source(cmd, cx, &SCOMO, Severity::Warning)),
    ..SEEN
};
pub(super) static DATA: Rule = Rule {
    id: "SCO-012",
    name: "software-result-without-code",
    title: "The alert about a software operation has a result code",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "Data of an alert about a software operation is a whole number, or has one in a ResultCode element.",
    why: "The server cannot tell success from failure.",
    mend: "Send the code alone, or in ResultCode.",
    pass: &[
        alerted!(
            "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200"
        ),
        alerted!(
            "source=./S type=urn:oma:at:scomo:1.0:OperationComplete format=xml data=\"<ResultCode>1200</ResultCode><Identifier>g</Identifier>\""
        ),
    ],
    violate: &[alerted!("source=./S type=urn:oma:at:scomo:1.0:OperationComplete format=chr data=done")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::has_code(cmd, cx, &SCOMO, Severity::Warning)),
    ..SEEN
};
pub(super) static CODE: Rule = Rule {
    id: "SCO-013",
    name: "software-result-unknown",
    title: "The result of a software operation is one of the defined codes",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "The result code of an alert about a software operation is 1200, 1250 to 1299, 1400 to 1413, 1450 to 1499, 1500, \
           1501, or 1550 to 1599.",
    why: "The server cannot tell success from failure.",
    mend: "Send a code of the table; those of the vendor have numbers of their own.",
    pass: &[alerted!(
        "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[alerted!("source=./S type=urn:oma:at:scomo:1.0:OperationComplete format=int data=200")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::code_known(cmd, cx, &SCOMO, Severity::Warning)),
    ..SEEN
};
pub(super) static CODE_FITS: Rule = Rule {
    id: "SCO-014",
    name: "software-result-of-other-operation",
    title: "The result of a software operation is one that the operation can have",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "Where Source of an alert about a software operation names the operation: codes of a download come of operations \
           that download, those of an installation of ones that install, and 1408 to 1410 of removal, activation and \
           deactivation.",
    why: "The server repeats the wrong operation.",
    mend: "Choose the code by what failed.",
    pass: &[alerted!(
        "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int data=1200"
    )],
    violate: &[alerted!(
        "source=./S/Inventory/Deployed/g/Operations/Remove type=urn:oma:at:scomo:1.0:OperationComplete format=int mark=warning data=1405"
    )],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::result_fits(cmd, cx, &SCOMO, Severity::Info)),
    ..SEEN
};
