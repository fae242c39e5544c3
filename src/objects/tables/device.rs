//! Capabilities of a device (DCMO).

use super::super::model::{Action, AlertRole, Basis, Node, Object, Occurs, ResultCode};
use super::{alert, id, value};
use Basis::{Code, Memory};
use Occurs::{One, ZeroOrMore, ZeroOrOne};

static ENABLE: Action = Action { name: "enabling", done: "enabled", failed: "not enabled", shown_by: "Enabled" };
static DISABLE: Action = Action { name: "disabling", done: "disabled", failed: "not disabled", shown_by: "Enabled" };

const fn node(
    path: &'static str,
    occurs: Occurs,
    format: &'static str,
    access: &'static str,
    meaning: &'static str,
) -> Node {
    Node::new(path, occurs, format, access, meaning).from(Code)
}

/// Capabilities of a device: an instance each.
pub static DCMO: Object = Object {
    name: "DCMO",
    title: "Device capabilities",
    ids: &[id("urn:oma:mo:oma-dcmo:1.0", Code)],
    document: "OMA-TS-DCMO-V1_0",
    nodes: &[
        node("", ZeroOrMore, "node", "Get", "The root: one capability."),
        node("Property", One, "chr", "Get", "Its name, such as camera."),
        node("Group", ZeroOrOne, "chr", "Get", "Hardware, I/O, Connectivity, Software, Service; free text."),
        node("Description", ZeroOrOne, "chr", "Get", "What it is."),
        node("Attached", ZeroOrOne, "bool", "Get", "Whether one that can be removed is there."),
        node("Enabled", One, "bool", "Get", "Whether it can be used.")
            .values(&[value("true", "Enabled", "enabled"), value("false", "Disabled", "disabled")]),
        node("DCMOConfig", ZeroOrOne, "node", "Get", "Settings."),
        node("DCMOConfig/DenyUserEnable", ZeroOrOne, "bool", "Get Replace", "Whether the user may not enable it."),
        node("DCMOConfig/NotifyUser", ZeroOrOne, "bool", "Get Replace", "Whether the user is told."),
        node("Operations", One, "node", "Get", "What can be done."),
        node("Operations/Enable", ZeroOrOne, "null chr node", "Exec", "Enables it.").starts(&ENABLE),
        node("Operations/Disable", ZeroOrOne, "null chr node", "Exec", "Disables it.").starts(&DISABLE),
        node("Operations/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[alert("urn:oma:at:dcmo:1.0:OperationComplete", "an operation has ended", AlertRole::Result(""), Code)],
    codes: &[
        ResultCode::range(1200, 1299, "success").by(Memory),
        ResultCode::range(1400, 1403, "error of the client").by(Memory),
        ResultCode::new(1404, "enabling failed").by(Code),
        ResultCode::range(1405, 1499, "error of the client").by(Memory),
        ResultCode::range(1500, 1599, "other error").by(Memory),
    ],
    shapes: &[&["Property", "Enabled", "Operations"]],
    ..Object::NONE
};
