//! Nodes of software components: SCO-001 to SCO-009, SCO-016, SCO-018 to SCO-021.

use super::super::cx::{Cmd, Cx};
use super::super::helper::quoted;
use super::super::mo::{self, SEEN, accuse, leaves, typed};
use super::super::rule::{Check, Judged, Need, Rule, Scope};
use super::super::sta::common::{ONE_GET, shown};
use super::CLAUSE;
use crate::base::Severity;
use crate::objects::SCOMO;
use crate::syncml::CommandName;

pub(super) static ROOT: Rule = Rule {
    id: "SCO-001",
    name: "software-object-nodes",
    title: "The object of software components has Download and Inventory",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of a SCOMO object, Download and Inventory are among them, and below \
           Inventory there are Delivered and Deployed; other names stand below Ext. An observation where only names tell that \
           it is one.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S\n",
        " Status Get 200\n Results ./S=Download/Inventory format=node\n"
    )],
    violate: &[
        typed!("./S", "urn:oma:mo:oma-scomo:1.0", " Get ./S\n", " Status Get 200\n Results ./S=Download format=node\n"),
        typed!(
            "./S",
            "urn:oma:mo:oma-scomo:1.0",
            " Get ./S\n",
            " Status Get 200\n Results ./S=Download/Inventory/Files format=node\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &SCOMO, &["", "Inventory"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static DOWNLOAD: Rule = Rule {
    id: "SCO-002",
    name: "software-download-nodes",
    title: "A package to download has PkgID and Status",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes of a package below Download, PkgID and Status are among them, and no name but \
           Name, PkgURL, InstallParams, Description, EnvType, PkgType, Operations, Ext.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Download/g\n",
        " Status Get 200\n Results ./S/Download/g=PkgID/PkgURL/Status/Operations format=node\n"
    )],
    violate: &[
        typed!(
            "./S",
            "urn:oma:mo:oma-scomo:1.0",
            " Get ./S/Download/g\n",
            " Status Get 200\n Results ./S/Download/g=PkgID/PkgURL format=node\n"
        ),
        typed!(
            "./S",
            "urn:oma:mo:oma-scomo:1.0",
            " Get ./S/Download/g\n",
            " Status Get 200\n Results ./S/Download/g=PkgID/Status/Size format=node\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &SCOMO, &["Download/<X>"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static DELIVERED: Rule = Rule {
    id: "SCO-003",
    name: "software-delivered-nodes",
    title: "A delivered package has PkgID, Status and State",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes of a package below Inventory/Delivered, PkgID, Status and State are among them, \
           and no name but Data, Name, Description, InstallParams, EnvType, PkgType, Operations, Ext.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Delivered/g\n",
        " Status Get 200\n Results ./S/Inventory/Delivered/g=PkgID/Status/State format=node\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Delivered/g\n",
        " Status Get 200\n Results ./S/Inventory/Delivered/g=PkgID/Status format=node\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &SCOMO, &["Inventory/Delivered/<X>"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static DEPLOYED: Rule = Rule {
    id: "SCO-004",
    name: "software-deployed-nodes",
    title: "An installed component has ID, Status and State",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes of a component below Inventory/Deployed, ID, Status and State are among them, and \
           no name but PkgIDRef, Name, Description, Version, EnvType, Operations, Ext.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g=ID/Version/Status/State format=node\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g=ID/Name/Status format=node\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &SCOMO, &["Inventory/Deployed/<X>"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static DOWNLOAD_STATUS: Rule = Rule {
    id: "SCO-005",
    name: "software-download-status-unknown",
    title: "The status of a download is one of seven numbers",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-005"],
    what: "Results for Status of a package below Download have 10, 20, 30, 40, 50, 60 or 70. An observation where only names \
           tell that it is a SCOMO object.",
    why: "The server cannot tell where the operation stands.",
    mend: "Report the values that are defined.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Download/g/Status\n",
        " Status Get 200\n Results ./S/Download/g/Status=40 format=int\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Download/g/Status\n",
        " Status Get 200\n Results ./S/Download/g/Status=45 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::numbered(cmd, cx, &SCOMO, &["Download/<X>/Status"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static DELIVERED_STATUS: Rule = Rule {
    id: "SCO-006",
    name: "software-delivered-status-unknown",
    title: "The status of a delivered package is one of six numbers",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-005"],
    what: "Results for Status of a package below Inventory/Delivered have 10, 20, 30, 40, 50 or 60. 70, which one \
           implementation sends, is an observation.",
    why: "The server cannot tell where the operation stands.",
    mend: "Report the values that are defined.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Delivered/g/Status\n",
        " Status Get 200\n Results ./S/Inventory/Delivered/g/Status=60 format=int\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Delivered/g/Status\n",
        " Status Get 200\n Results ./S/Inventory/Delivered/g/Status=80 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], delivered_status),
    ..SEEN
};
fn delivered_status(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &SCOMO).into_iter().filter(|leaf| leaf.is(&["Inventory/Delivered/<X>/Status"])) {
        let occasion = cx.occasion(leaf.at);
        if !leaf.node.values.iter().any(|one| one.value == leaf.value) {
            let severity = if leaf.value == "70" { Severity::Info } else { Severity::Warning };
            accuse(occasion, (severity, leaf.sureness), leaf.shown(), "10, 20, 30, 40, 50 or 60");
        }
    }
}

pub(super) static STATE: Rule = Rule {
    id: "SCO-007",
    name: "software-state-unknown",
    title: "The state of a package or component is one of two numbers",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-005"],
    what: "Results for State of a package below Inventory/Delivered, or of a component below Inventory/Deployed, have 10 or \
           20.",
    why: "The server cannot tell where the operation stands.",
    mend: "Report the values that are defined.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/State\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/State=20 format=int\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/State\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/State=30 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::numbered(
            cmd,
            cx,
            &SCOMO,
            &["Inventory/Delivered/<X>/State", "Inventory/Deployed/<X>/State"],
            Severity::Warning,
        )
    }),
    ..SEEN
};
pub(super) static DEPLOYED_STATUS: Rule = Rule {
    id: "SCO-008",
    name: "software-deployed-status-unknown",
    title: "The status of a component is one of seven numbers",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-005"],
    what: "Results for Status of a component below Inventory/Deployed have 10, 20, 30, 40, 50, 60 or 70.",
    why: "The server cannot tell where the operation stands.",
    mend: "Report the values that are defined.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/Status\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/Status=10 format=int\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/Status\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/Status=15 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::numbered(cmd, cx, &SCOMO, &["Inventory/Deployed/<X>/Status"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static TARGETS: Rule = Rule {
    id: "SCO-009",
    name: "software-exec-elsewhere",
    title: "Exec is for the operations of a package or component",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "The Target of an Exec below a SCOMO object is an operation of a package below Download or Inventory/Delivered, or \
           of a component below Inventory/Deployed; nodes below Ext are the vendor's.",
    why: "Nothing is started.",
    mend: "Send Exec to the node of the operation.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Exec ./S/Inventory/Deployed/g/Operations/Remove\n",
        " Status Exec 202\n"
    )],
    violate: &[typed!("./S", "urn:oma:mo:oma-scomo:1.0", " Exec ./S/Inventory/Deployed/g\n", " Status Exec 405\n")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], |cmd, cx| mo::operations(cmd, cx, &SCOMO, Severity::Warning)),
    ..SEEN
};
/// What activation and its opposite leave behind.
const AFTER: &[mo::After] =
    &[("Activate", "Inventory/Deployed/<X>/State", "20"), ("Deactivate", "Inventory/Deployed/<X>/State", "10")];

pub(super) static EFFECT: Rule = Rule {
    id: "SCO-016",
    name: "software-state-against-result",
    title: "A component that was activated is active, one that was deactivated is not",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    needs: &[Need::NoLoss],
    what: "State of a component, asked for after an Activate or Deactivate that went well by its Status or alert, with no \
           command for the component in between, is 20 or 10.",
    why: "The server believes that the operation has done what it has not.",
    mend: "Answer with success when the new value can be read.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Exec ./S/Inventory/Deployed/g/Operations/Activate\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./S/Inventory/Deployed/g/State\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./S/Inventory/Deployed/g/State=20 format=int\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Exec ./S/Inventory/Deployed/g/Operations/Activate\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./S/Inventory/Deployed/g/State\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./S/Inventory/Deployed/g/State=10 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::after_success(cmd, cx, &SCOMO, AFTER, Severity::Warning)
    }),
    ..SEEN
};
pub(super) static WITHOUT_URL: Rule = Rule {
    id: "SCO-018",
    name: "software-download-without-url",
    title: "A download is started when its PkgURL is set",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    needs: &[Need::NoLoss, Need::Executed],
    what: "An Exec of a download below a SCOMO object does not follow the client's word that PkgURL of the package is empty or \
           absent, with no command for the package in between. Where the client said nothing of PkgURL there is no occasion.",
    why: "The device has nothing to download.",
    mend: "Write PkgURL, then send Exec.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Download/g/PkgURL\n",
        " Status Get 200\n Results ./S/Download/g/PkgURL=http://example.com/g\nserver\n Status SyncHdr 200\n Exec ./S/Download/g/Operations/Download\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Download/g/PkgURL\n",
        " Status Get 404\nserver\n Status SyncHdr 200\n Exec ./S/Download/g/Operations/Download\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], without_url),
    ..SEEN
};
/// The operation of a package or component that an Exec starts: its name, and the URI of the package or component.
fn started<'s>(exec: Cmd<'s>, cx: &Cx<'_>) -> Option<(&'static str, &'s str, crate::objects::Sureness)> {
    if !exec.msg.entry.is_server() {
        return None;
    }
    let uri = exec.text(exec.items().first()?.target_uri);
    let instances = cx.instances();
    let found = instances.of_object(&SCOMO, uri)?;
    let node = found.node.filter(|node| node.action.is_some())?;
    let (over, _) = uri.rsplit_once('/')?;
    let (instance, _) = over.rsplit_once('/')?;
    Some((node.name(), instance, found.sureness))
}

fn without_url(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((name, package, sureness)) = started(exec, cx).filter(|(name, ..)| name.starts_with("Download")) else {
        return;
    };
    let url = format!("{package}/PkgURL");
    let Some((at, value)) = mo::last_value(exec, &url, package) else { return };
    let occasion = cx.occasion(exec.at()).related(at);
    if value.is_empty() {
        let seen = format!("{} of {name}, and {} is empty or absent", shown(exec), quoted(&url));
        accuse(occasion, (Severity::Warning, sureness), seen, "a Replace or Add of PkgURL before");
    }
}

pub(super) static ALREADY: Rule = Rule {
    id: "SCO-019",
    name: "software-state-already-so",
    title: "A component is activated when it is inactive, and deactivated when it is active",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    needs: &[Need::NoLoss, Need::Executed],
    what: "An Exec of Activate does not follow State 20 of the component that the client gave in the session, nor one of \
           Deactivate State 10, with no command for the component in between.",
    why: "The command is for nothing; some devices refuse it.",
    mend: "Read State before.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/State\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/State=10 format=int\nserver\n Status SyncHdr 200\n Exec ./S/Inventory/Deployed/g/Operations/Activate\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Get ./S/Inventory/Deployed/g/State\n",
        " Status Get 200\n Results ./S/Inventory/Deployed/g/State=20 format=int\nserver\n Status SyncHdr 200\n Exec ./S/Inventory/Deployed/g/Operations/Activate\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], already),
    ..SEEN
};
fn already(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((name, component, _)) = started(exec, cx) else { return };
    let wrong = match name {
        "Activate" => "20",
        "Deactivate" => "10",
        _ => return,
    };
    let state = format!("{component}/State");
    let Some((at, value)) = mo::last_value(exec, &state, component) else { return };
    let occasion = cx.occasion(exec.at()).related(at);
    if value == wrong {
        occasion.violated(format!("{} of {name}, and {state} is {value}", shown(exec)), "no Exec, or another state");
    }
}

pub(super) static DATA: Rule = Rule {
    id: "SCO-020",
    name: "software-package-format",
    title: "A package is delivered as binary data",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "An Add or Replace of Data of a package below Inventory/Delivered has Format bin or b64.",
    why: "Devices that take the octets for text damage the package.",
    mend: "Send Format bin, in XML b64.",
    pass: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Add ./S/Inventory/Delivered/g/Data=AAEC format=b64\n",
        " Status Add 200\n"
    )],
    violate: &[typed!(
        "./S",
        "urn:oma:mo:oma-scomo:1.0",
        " Add ./S/Inventory/Delivered/g/Data=AAEC format=chr\n",
        " Status Add 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace], data),
    ..SEEN
};
fn data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &SCOMO).into_iter().filter(|leaf| leaf.is(&["Inventory/Delivered/<X>/Data"])) {
        let occasion = cx.occasion(leaf.at);
        let is_binary = ["bin", "b64"].iter().any(|format| format.eq_ignore_ascii_case(leaf.format));
        if !is_binary {
            occasion.violated(format!("{} with Format {}", leaf.uri, quoted(leaf.format)), "Format bin or b64");
        }
    }
}

pub(super) static OWNED: Rule = Rule {
    id: "SCO-021",
    name: "software-component-added",
    title: "Components are created by the device",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "No Add of the server is for a node below Inventory/Deployed: servers add packages below Download and \
           Inventory/Delivered.",
    why: "The device refuses it, or shows software that is not there.",
    mend: "Deliver a package, and install it with Exec.",
    pass: &[typed!("./S", "urn:oma:mo:oma-scomo:1.0", " Add ./S/Download/g/PkgID=g\n", " Status Add 200\n")],
    violate: &[typed!("./S", "urn:oma:mo:oma-scomo:1.0", " Add ./S/Inventory/Deployed/g/ID=g\n", " Status Add 405\n")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add], |cmd, cx| mo::written(cmd, cx, &SCOMO, DEPLOYED_NODES, Severity::Info)),
    ..SEEN
};
/// Nodes of a component.
const DEPLOYED_NODES: &[&str] = &[
    "Inventory/Deployed/<X>",
    "Inventory/Deployed/<X>/ID",
    "Inventory/Deployed/<X>/PkgIDRef",
    "Inventory/Deployed/<X>/Name",
    "Inventory/Deployed/<X>/Description",
    "Inventory/Deployed/<X>/Version",
    "Inventory/Deployed/<X>/EnvType",
    "Inventory/Deployed/<X>/Status",
    "Inventory/Deployed/<X>/State",
    "Inventory/Deployed/<X>/Operations",
];
