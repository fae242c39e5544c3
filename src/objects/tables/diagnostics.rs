//! Diagnostics and monitoring (DiagMon): functions and traps.

use super::super::model::{Action, AlertRole, Basis, Node, Object, Occurs, ResultCode};
use super::{alert, id};
use Basis::{Code, Memory, Registry};
use Occurs::{One, ZeroOrMore, ZeroOrOne};

static START: Action =
    Action { name: "diagnostics", done: "completed", failed: "diagnostics failed", shown_by: "Status" };
static STOP: Action = Action { name: "diagnostics stop", done: "stopped", failed: "stop failed", shown_by: "Status" };
static ENABLE: Action = Action { name: "trap enabling", done: "enabled", failed: "not enabled", shown_by: "" };
static DISABLE: Action = Action { name: "trap disabling", done: "disabled", failed: "not disabled", shown_by: "" };

const CODES: &[ResultCode] = &[
    ResultCode::range(1200, 1299, "success").by(Memory),
    ResultCode::range(1400, 1499, "error of the client").by(Memory),
    ResultCode::range(1500, 1599, "other error").by(Memory),
];

const fn node(
    path: &'static str,
    occurs: Occurs,
    format: &'static str,
    access: &'static str,
    meaning: &'static str,
) -> Node {
    Node::new(path, occurs, format, access, meaning).from(Registry)
}

const fn recalled(
    path: &'static str,
    occurs: Occurs,
    format: &'static str,
    access: &'static str,
    meaning: &'static str,
) -> Node {
    Node::new(path, occurs, format, access, meaning).from(Memory)
}

/// The framework and its functions.
pub static DIAG_FUNCTION: Object = Object {
    name: "DiagMon",
    title: "Diagnostics and monitoring",
    ids: &[
        id("urn:oma:mo:oma-diagmon:1.0", Registry),
        id("urn:oma:mo:oma-diagmon:1.1", Registry),
        id("urn:oma:mo:oma-diag:*", Registry),
        id("urn:oma:mo:omadiag:*", Code),
    ],
    document: "OMA-TS-DiagMonMOFrame-V1_2",
    nodes: &[
        node("", ZeroOrMore, "node", "Get", "The root of a function."),
        node("ServerID", ZeroOrOne, "chr", "Get Replace", "The server that alerts and data go to."),
        node("Description", ZeroOrOne, "chr", "Get", "What it is."),
        node("DiagMonConfig", ZeroOrOne, "node", "Get", "Settings."),
        node("DiagMonConfig/ConfigParms", ZeroOrOne, "node", "Get", "Parameters of the function."),
        node("DiagMonConfig/DiagDataURL", ZeroOrOne, "chr", "Get Replace", "Where data goes instead."),
        node("DiagMonConfig/DefDuration", ZeroOrOne, "int", "Get Replace", "How long it runs."),
        node("DiagMonConfig/DefMemory", ZeroOrOne, "int", "Get Replace", "How much memory it takes."),
        node("DiagMonConfig/ReportCondition", ZeroOrOne, "node", "Get", "When it reports."),
        recalled("Status", ZeroOrOne, "int chr", "Get", "Where it stands."),
        recalled("DiagMonData", ZeroOrOne, "node", "Get", "Values that were collected."),
        recalled("DiagMonData/<X>", ZeroOrMore, "", "Get", "One of them."),
        recalled("Operations", ZeroOrOne, "node", "Get", "What can be done."),
        recalled("Operations/Start", ZeroOrOne, "null node chr", "Exec", "Starts it.").starts(&START),
        recalled("Operations/Stop", ZeroOrOne, "null node chr", "Exec", "Stops it.").starts(&STOP),
        recalled("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[
        alert("urn:oma:at:diagmon:1.0:OperationComplete", "an operation has ended", AlertRole::Result(""), Registry),
        alert("urn:oma:at:diagmon:1.0:CollectedSimpleDataReport", "data reported", AlertRole::Report, Registry),
    ],
    codes: CODES,
    shapes: &[&["DiagMonConfig"], &["DiagMonData"]],
    ..Object::NONE
};

/// Traps.
pub static DIAG_TRAP: Object = Object {
    name: "DiagMon trap",
    title: "Traps",
    ids: &[id("urn:oma:mo:oma-diagmontrap:1.0", Registry), id("urn:oma:mo:oma-diagmontrap:1.1", Registry)],
    document: "OMA-TS-DiagMonTrapMOFrame-V1_2",
    nodes: &[
        recalled("", ZeroOrMore, "node", "Get", "The root of a trap."),
        recalled("TrapID", One, "chr", "Get", "Its identifier."),
        recalled("Name", ZeroOrOne, "chr", "Get", "Its name."),
        recalled("Description", ZeroOrOne, "chr", "Get", "What it is."),
        recalled("TrapConfig", ZeroOrOne, "node", "Get", "When it fires."),
        recalled("EnabledStatus", ZeroOrOne, "node bool", "Get", "Whether it is enabled."),
        recalled("EnabledStatus/Status", ZeroOrOne, "bool int", "Get", "Whether it is enabled."),
        recalled("ToRef", ZeroOrOne, "node", "Get", "Who is told."),
        recalled("ToRef/<X>", ZeroOrMore, "node", "Add Get Delete", "One of them."),
        recalled("ToRef/<X>/ServerID", ZeroOrOne, "chr", "Get Replace", "A server: it gets an alert."),
        recalled(
            "ToRef/<X>/ExecRef",
            ZeroOrOne,
            "chr",
            "Get Replace",
            "An object of the device: its operation is started.",
        ),
        recalled("Operations", ZeroOrOne, "node", "Get", "What can be done."),
        recalled("Operations/Enable", ZeroOrOne, "null node chr", "Exec", "Enables it.").starts(&ENABLE),
        recalled("Operations/Disable", ZeroOrOne, "null node chr", "Exec", "Disables it.").starts(&DISABLE),
        recalled("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[
        alert("urn:oma:at:diagmon:1.0:TrapNotification", "the trap fired", AlertRole::Report, Registry),
        alert(
            "urn:oma:at:diagmon:1.0:TrapInactiveNotification",
            "the trap is no longer active",
            AlertRole::Report,
            Registry,
        ),
        alert("urn:oma:at:diagmon:1.0:TrapDeregistered", "the trap was deregistered", AlertRole::Report, Registry),
    ],
    codes: CODES,
    shapes: &[&["TrapID"]],
    ..Object::NONE
};
