//! Lock and wipe: requirements of the management-tree side, `LAW-001` to `LAW-012`.

use super::cx::{Cmd, Cx};
use super::mo::{self, SEEN, accuse, alerted, leaves, typed};
use super::rule::{Check, Clause, Family, Judged, LeftOut, Need, Rule, Scope, Versions};
use super::sta::common::ONE_GET;
use crate::base::Severity;
use crate::objects::LAWMO;
use crate::syncml::CommandName;

/// Where it is specified; the text itself could not be read.
const CLAUSE: &[Clause] = &[Clause { document: "OMA-TS-LAWMO-V1_0", section: "Lock and Wipe Management Object" }];

pub(super) static FAMILY: Family = Family {
    letters: "LAW",
    title: "Lock and wipe",
    rules: &[&NODES, &STATE, &TARGETS, &ITEMS, &WRITTEN, &ALERT, &CODE, &CODE_FITS, &EFFECT],
    left_out: &[
        LeftOut {
            id: "LAW-010",
            title: "A locked device stays manageable",
            why: "That no session follows a notification has many reasons; only a longer observation of the device would tell.",
        },
        LeftOut {
            id: "LAW-011",
            title: "Items that are wiped leave the list, where the code says so",
            why: "The list before and after would have to be read in one session, which servers do not do.",
        },
        LeftOut {
            id: "LAW-012",
            title: "A factory reset may end without an alert",
            why: "An exception, not a requirement: no rule asks for an alert after a FactoryReset.",
        },
    ],
    ..Family::NONE
};

pub(super) static NODES: Rule = Rule {
    id: "LAW-001",
    name: "lock-object-nodes",
    title: "The object of lock and wipe has State and Operations",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of a LAWMO object, State and Operations are among them; an item of \
           AvailableWipeList has ListItemName and ToBeWiped; other names than those of the description stand below Ext. An \
           observation where only names tell that it is one.",
    why: "Servers look for packages, operations and states by these names.",
    mend: "Offer the nodes that must be there; put nodes of the vendor below Ext.",
    pass: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Get ./L\n",
        " Status Get 200\n Results ./L=State/AvailableWipeList/Operations format=node\n"
    )],
    violate: &[
        typed!(
            "./L",
            "urn:oma:mo:oma-lawmo:1.0",
            " Get ./L\n",
            " Status Get 200\n Results ./L=State/AvailableWipeList format=node\n"
        ),
        typed!(
            "./L",
            "urn:oma:mo:oma-lawmo:1.0",
            " Get ./L\n",
            " Status Get 200\n Results ./L=State/Operations/Lock format=node\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::structure(cmd, cx, &LAWMO, &["", "AvailableWipeList/<X>", "LAWMOConfig", "Operations"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static STATE: Rule = Rule {
    id: "LAW-002",
    name: "lock-state-unknown",
    title: "The state of a lock is one of three numbers",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-005"],
    what: "Results for State of a LAWMO object have 10, 20 or 30. An observation where only names tell that it is one.",
    why: "The server cannot tell where the operation stands.",
    mend: "Report the values that are defined.",
    pass: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Get ./L/State\n",
        " Status Get 200\n Results ./L/State=30 format=int\n"
    )],
    violate: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Get ./L/State\n",
        " Status Get 200\n Results ./L/State=40 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::numbered(cmd, cx, &LAWMO, &["State"], Severity::Warning)
    }),
    ..SEEN
};
pub(super) static TARGETS: Rule = Rule {
    id: "LAW-003",
    name: "lock-exec-elsewhere",
    title: "Exec is for the five operations of lock and wipe",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "The Target of an Exec below a LAWMO object is FullyLock, PartiallyLock, UnLock, FactoryReset or Wipe below \
           Operations; nodes below Ext are the vendor's.",
    why: "Nothing is started.",
    mend: "Send Exec to the node of the operation.",
    pass: &[typed!("./L", "urn:oma:mo:oma-lawmo:1.0", " Exec ./L/Operations/UnLock\n", " Status Exec 202\n")],
    violate: &[typed!("./L", "urn:oma:mo:oma-lawmo:1.0", " Exec ./L/Operations/Lock\n", " Status Exec 405\n")],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Exec], |cmd, cx| mo::operations(cmd, cx, &LAWMO, Severity::Warning)),
    ..SEEN
};
pub(super) static ITEMS: Rule = Rule {
    id: "LAW-004",
    name: "lock-item-malformed",
    title: "Items to wipe have a name, and are marked with true or false",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-006"],
    what: "A value of ToBeWiped or NotifyUser of a LAWMO object, in Results, Add or Replace, is true or false; one of \
           ListItemName in Results is not empty.",
    why: "What the server marks is not wiped, or something else is.",
    mend: "Send true or false.",
    pass: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Replace ./L/AvailableWipeList/a/ToBeWiped=true format=bool\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Replace ./L/AvailableWipeList/a/ToBeWiped=yes format=chr\n",
        " Status Replace 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace, CommandName::Results], items),
    ..SEEN
};
fn items(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    mo::boolean(cmd, cx, &LAWMO, &["AvailableWipeList/<X>/ToBeWiped", "LAWMOConfig/NotifyUser"], Severity::Warning);
    for leaf in leaves(cmd, cx, &LAWMO).into_iter().filter(|leaf| leaf.is(&["AvailableWipeList/<X>/ListItemName"])) {
        let occasion = cx.occasion(leaf.at);
        if leaf.value.is_empty() {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), "a name");
        }
    }
}

pub(super) static WRITTEN: Rule = Rule {
    id: "LAW-005",
    name: "lock-state-written",
    title: "Servers only read the state of a lock and the names of items",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "No Add, Replace or Delete of the server is for State or ListItemName of a LAWMO object. Devices may take more \
           commands: an observation.",
    why: "The device refuses it, and the lock does not change.",
    mend: "Lock with Exec; mark items with ToBeWiped.",
    pass: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Replace ./L/AvailableWipeList/a/ToBeWiped=true format=bool\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Replace ./L/State=10 format=int\n",
        " Status Replace 405\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Add, CommandName::Replace, CommandName::Delete], |cmd, cx| {
        mo::written(cmd, cx, &LAWMO, &["State", "AvailableWipeList/<X>/ListItemName"], Severity::Info)
    }),
    ..SEEN
};
pub(super) static ALERT: Rule = Rule {
    id: "LAW-006",
    name: "lock-alert-malformed",
    title: "The alert about a lock or wipe has its type, its node and a result code",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "The type of an alert that begins like those of LAWMO is the registered one, in any version; its Source is there, \
           and is not the root of the tree or a node of the standardized objects; its Data is a whole number, or has one in a \
           ResultCode element.",
    why: "The server does not know whether the device is locked.",
    mend: "Send the registered type, the URI of the operation, and the code.",
    pass: &[alerted!("source=./L/Operations/Wipe type=urn:oma:at:lawmo:1.0:OperationComplete format=int data=1201")],
    violate: &[
        alerted!("source=./L type=urn:oma:at:lawmo:1.0:Done format=int data=1200"),
        alerted!("source=./DevInfo type=urn:oma:at:lawmo:1.0:OperationComplete format=int data=1200"),
        alerted!("source=./L type=urn:oma:at:lawmo:1.0:OperationComplete format=chr data=done"),
    ],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| {
        mo::kind(cmd, cx, "urn:oma:at:lawmo:", &LAWMO, Severity::Warning);
        mo::source(cmd, cx, &LAWMO, Severity::Warning);
        mo::has_code(cmd, cx, &LAWMO, Severity::Warning);
    }),
    ..SEEN
};
pub(super) static CODE: Rule = Rule {
    id: "LAW-007",
    name: "lock-result-unknown",
    title: "The result of a lock or wipe is one of the defined codes",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    what: "The result code of an alert about a lock or wipe is 1200 to 1202, 1250 to 1299, 1400 to 1406, 1411, 1412, or 1450 \
           to 1499.",
    why: "The server does not know whether the device is locked.",
    mend: "Send a code of the table; those of the vendor have numbers of their own.",
    pass: &[alerted!("source=./L/Operations/Wipe type=urn:oma:at:lawmo:1.0:OperationComplete format=int data=1201")],
    violate: &[alerted!("source=./L type=urn:oma:at:lawmo:1.0:OperationComplete format=int data=1300")],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::code_known(cmd, cx, &LAWMO, Severity::Warning)),
    ..SEEN
};
pub(super) static CODE_FITS: Rule = Rule {
    id: "LAW-008",
    name: "lock-result-of-other-operation",
    title: "The result of a lock or wipe is one that the operation can have",
    judged: Judged::Client,
    scope: Scope::Message,
    clause: CLAUSE,
    versions: Versions::Since1_2,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "Where Source of an alert about a lock or wipe names the operation: 1201, 1202, 1405 and 1406 come of Wipe, 1402 of \
           FullyLock, 1403 of PartiallyLock, 1404 of UnLock.",
    why: "The server repeats the wrong operation.",
    mend: "Choose the code by what was done.",
    pass: &[alerted!("source=./L/Operations/Wipe type=urn:oma:at:lawmo:1.0:OperationComplete format=int data=1201")],
    violate: &[alerted!(
        "source=./L/Operations/UnLock type=urn:oma:at:lawmo:1.0:OperationComplete format=int mark=warning data=1402"
    )],
    not_applicable: &[ONE_GET, alerted!("source=./X type=org.example.thing format=int data=7")],
    check: Check::Command(&[CommandName::Alert], |cmd, cx| mo::result_fits(cmd, cx, &LAWMO, Severity::Info)),
    ..SEEN
};
/// What locks and their opposite leave behind.
const AFTER: &[mo::After] =
    &[("FullyLock", "State", "10"), ("PartiallyLock", "State", "20"), ("UnLock", "State", "30")];

pub(super) static EFFECT: Rule = Rule {
    id: "LAW-009",
    name: "lock-state-against-result",
    title: "A device that was locked is locked, one that was unlocked is not",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    needs: &[Need::NoLoss],
    what: "State of a LAWMO object, asked for after a FullyLock, PartiallyLock or UnLock that went well by its Status or \
           alert, with no other operation in between, is 10, 20 or 30.",
    why: "The server believes that the operation has done what it has not.",
    mend: "Answer with success when the new value can be read.",
    pass: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Exec ./L/Operations/FullyLock\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./L/State\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./L/State=10 format=int\n"
    )],
    violate: &[typed!(
        "./L",
        "urn:oma:mo:oma-lawmo:1.0",
        " Exec ./L/Operations/FullyLock\n",
        " Status Exec 200\nserver\n Status SyncHdr 200\n Get ./L/State\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./L/State=30 format=int\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], |cmd, cx| {
        mo::after_success(cmd, cx, &LAWMO, AFTER, Severity::Warning)
    }),
    ..SEEN
};
