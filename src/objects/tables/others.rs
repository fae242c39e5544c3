//! Objects that are recognised, and whose descriptions could not be read.

use super::super::model::{AlertRole, Basis, Node, Object, Occurs};
use super::{alert, id};
use Basis::{Code, Memory, Registry};
use Occurs::{ZeroOrMore, ZeroOrOne};

const fn node(path: &'static str, occurs: Occurs, meaning: &'static str) -> Node {
    Node::new(path, occurs, "", "Get", meaning).from(Memory)
}

/// Work that devices do later, on their own. Names of nodes are those of the concept.
pub static SCHEDULING: Object = Object {
    name: "Scheduling",
    title: "Scheduling of management work",
    ids: &[id("urn:oma:mo:oma-dm-schedul*", Memory)],
    document: "OMA-TS-DM_Scheduling-V1_0",
    nodes: &[
        node("", ZeroOrMore, "The root: a schedule, which belongs to a server."),
        node("ServerID", ZeroOrOne, "Its owner."),
        node("Validity", ZeroOrOne, "From when to when it holds."),
        node("State", ZeroOrOne, "Whether it runs."),
        node("Task", ZeroOrMore, "DM commands to be done."),
        node("Condition", ZeroOrMore, "When: a timer, a threshold of a node, a trap."),
        node("Gating", ZeroOrOne, "Whether results are reported."),
        node("Report", ZeroOrOne, "Whom they are reported to."),
    ],
    ..Object::NONE
};

/// A server on the smart card, and accounts that come from one.
pub static SMART_CARD: Object = Object {
    name: "Smart card",
    title: "Management by way of a smart card",
    ids: &[id("urn:oma:mo:oma-dm-smartcard*", Memory)],
    document: "OMA-TS-DM_SmartCard-V1_0",
    ..Object::NONE
};

/// A gateway that manages devices behind it.
pub static GATEWAY: Object = Object {
    name: "Gateway",
    title: "Gateway",
    ids: &[id("urn:oma:mo:oma-gwmo-*", Memory), id("urn:oma:mo:oma-gwmo:*", Memory)],
    document: "OMA-TS-GwMO-V1_0",
    ..Object::NONE
};

/// Software and applications (SACMO).
pub static SACMO: Object = Object {
    name: "SACMO",
    title: "Software and application control",
    ids: &[id("urn:oma:mo:oma-sacmo:1.0", Registry)],
    document: "OMA-TS-SACMO-V1_0",
    alerts: &[alert("urn:oma:at:sacmo:1.0:OperationReport", "an operation has ended", AlertRole::Result(""), Registry)],
    nodes: &[Node::new("", ZeroOrMore, "node", "Get", "The root.").from(Code)],
    ..Object::NONE
};
