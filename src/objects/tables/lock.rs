//! Lock and wipe (LAWMO).

use super::super::model::{Action, AlertRole, Basis, Node, Object, Occurs, ResultCode};
use super::{alert, id, value};
use Basis::{Code, Memory};
use Occurs::{One, ZeroOrMore, ZeroOrOne};

static FULLY_LOCK: Action = Action { name: "full lock", done: "locked", failed: "lock failed", shown_by: "State" };
static PARTIALLY_LOCK: Action =
    Action { name: "partial lock", done: "partially locked", failed: "lock failed", shown_by: "State" };
static UNLOCK: Action = Action { name: "unlock", done: "unlocked", failed: "unlock failed", shown_by: "State" };
static FACTORY_RESET: Action = Action { name: "factory reset", done: "reset", failed: "reset failed", shown_by: "" };
static WIPE: Action = Action { name: "wipe", done: "wiped", failed: "wipe failed", shown_by: "" };

const fn node(
    path: &'static str,
    occurs: Occurs,
    format: &'static str,
    access: &'static str,
    meaning: &'static str,
) -> Node {
    Node::new(path, occurs, format, access, meaning).from(Code)
}

const fn code(code: u16, meaning: &'static str) -> ResultCode {
    ResultCode::new(code, meaning).by(Code)
}

/// Lock and wipe.
pub static LAWMO: Object = Object {
    name: "LAWMO",
    title: "Lock and wipe",
    ids: &[id("urn:oma:mo:oma-lawmo:1.0", Code)],
    document: "OMA-TS-LAWMO-V1_0",
    nodes: &[
        node("", ZeroOrOne, "node", "Get", "The root."),
        node("State", One, "int chr", "Get", "Whether the device is locked.").values(&[
            value("10", "Fully locked", "fully locked"),
            value("20", "Partially locked", "partially locked"),
            value("30", "Unlocked", "unlocked"),
        ]),
        node("AvailableWipeList", ZeroOrOne, "node", "Get", "What can be wiped."),
        node("AvailableWipeList/<X>", ZeroOrMore, "node", "Get", "One kind of data."),
        node("AvailableWipeList/<X>/ListItemName", One, "chr", "Get", "Its name."),
        node("AvailableWipeList/<X>/ToBeWiped", One, "bool", "Get Replace", "Whether Wipe deletes it."),
        node("LAWMOConfig", ZeroOrOne, "node", "Get", "Settings."),
        node("LAWMOConfig/NotifyUser", ZeroOrOne, "bool", "Get Replace", "Whether the user is told."),
        node("Operations", One, "node", "Get", "What can be done."),
        node("Operations/FullyLock", ZeroOrOne, "null chr node", "Exec", "Locks the device.").starts(&FULLY_LOCK),
        node(
            "Operations/PartiallyLock",
            ZeroOrOne,
            "null chr node",
            "Exec",
            "Locks the device, but for what the vendor chooses.",
        )
        .starts(&PARTIALLY_LOCK),
        node("Operations/UnLock", ZeroOrOne, "null chr node", "Exec", "Unlocks the device.").starts(&UNLOCK),
        node(
            "Operations/FactoryReset",
            ZeroOrOne,
            "null chr node",
            "Exec",
            "Deletes everything, the account of the server too.",
        )
        .starts(&FACTORY_RESET),
        node("Operations/Wipe", ZeroOrOne, "null chr node", "Exec", "Deletes what is marked.").starts(&WIPE),
        node("Operations/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[alert("urn:oma:at:lawmo:1.0:OperationComplete", "an operation has ended", AlertRole::Result(""), Code)],
    codes: &[
        code(1200, "success"),
        code(1201, "data wiped").only(&["Wipe"]),
        code(1202, "data and items of the list wiped").only(&["Wipe"]),
        ResultCode::range(1250, 1299, "success, of the vendor").by(Code),
        code(1400, "error of the client"),
        code(1401, "cancelled by the user"),
        code(1402, "full lock failed").only(&["FullyLock"]),
        code(1403, "partial lock failed").only(&["PartiallyLock"]),
        code(1404, "unlock failed").only(&["UnLock"]),
        code(1405, "wipe failed").only(&["Wipe"]),
        code(1406, "wipe not performed").only(&["Wipe"]),
        code(1411, "not implemented").by(Memory),
        code(1412, "undefined error").by(Memory),
        ResultCode::range(1450, 1499, "error of the client, of the vendor").by(Code),
    ],
    shapes: &[&["State", "AvailableWipeList"], &["State", "Operations/UnLock"], &["State", "LAWMOConfig"]],
    ..Object::NONE
};
