//! Containers, which fit into one message.

use super::{ONE_GET, PRO};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::lob::chunk_inside;
use crate::rules::rule::{Check, Clause, Rule};
use crate::rules::sta::common::shown;
use crate::syncml::CommandName;

pub(super) static SPLIT: Rule = Rule {
    id: "MSG-001",
    name: "container-goes-on",
    title: "An Atomic or Sequence is complete in one message",
    clause: &[Clause { document: PRO, section: "6.1 Description" }],
    yields_to: &["LOB-024"],
    what: "An observation: an Item in an Atomic or Sequence has MoreData, so that the container would go on in the next message. \
           LOB-024 speaks first. A container that is cut off makes its message undecodable, which is reported as such.",
    why: "The receiver would have to execute half a container, or to keep it open over several messages.",
    mend: "Send the value outside the container.",
    pass: &[
        "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Sequence\n        Get ./A\n",
    ],
    violate: &[
        "device\n    Alert 1201\nserver nofinal\n    Status SyncHdr 200\n    Status Alert 200\n    Sequence\n        \
                Replace ./A=Hello size=12 more\n",
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Atomic, CommandName::Sequence], split),
    ..Rule::MAY
};

fn split(container: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(container.at());
    if let Some(chunk) = chunk_inside(container) {
        let seen = format!("{} in {} goes on in the next message", shown(chunk), shown(container));
        occasion.related(chunk.at()).violated(seen, "a container that is complete");
    }
}
