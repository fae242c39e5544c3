//! TND: serialised trees (TNDS), in commands and in Results.
//!
//! [`look`] walks a tree once for all rules, [`found`] keeps what it sees; [`document`] is about the document and how it is carried, [`nodes`] about its
//! nodes, [`effects`] about what became of them.

use super::cx::{Cmd, Cx};
use super::evidence::Serialised;
use super::rule::{Clause, Family, Same};
use super::sta::common::opened;
use crate::base::Severity;

mod document;
mod effects;
mod found;
mod look;
mod nodes;
#[cfg(test)]
mod tests;

pub(super) use found::{About, Defect, Kind, Look};
pub(super) use look::look_into;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "TND",
    title: "Serialised trees (TNDS)",
    rules: &[
        &document::ROOT,
        &document::VERSION,
        &nodes::NODE_NAME,
        &nodes::PROPERTIES,
        &document::ELEMENTS,
        &nodes::VALUE,
        &nodes::FORMAT,
        &nodes::TYPE,
        &nodes::ACL,
        &nodes::STAMPS,
        &nodes::PATH,
        &document::META,
        &effects::FAILED,
        &effects::ADDED,
        &effects::REPLACED,
        &effects::EXISTING,
        &nodes::SIBLINGS,
        &document::DESCRIPTION,
        &document::NAMESPACE,
        &nodes::TYPED,
        &document::TOKENS,
        &nodes::REFERENCES,
    ],
    same: &[
        Same { id: "TND-013", title: "A client without TNDS answers 415", rules: &["STA-034"] },
        Same { id: "TND-014", title: "A serialised tree has one Status", rules: &["STA-005", "STA-007"] },
    ],
    ..Family::NONE
};

const TNDS: &str = "OMA-TS-DM_TNDS-V1_2_1";

/// A place in the specification of serialised trees.
const fn clause(section: &'static str) -> Clause {
    Clause { document: TNDS, section }
}

/// A session in which the server adds a serialised tree at `./Vendor`: the content of MgmtTree behind VerDTD, and the Type.
macro_rules! adding {
    ($nodes:literal) => {
        concat!(
            opened!(),
            " Add ./Vendor=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>",
            $nodes,
            "</MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\n",
            "device\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
    ($document:literal, $meta:literal) => {
        concat!(
            opened!(),
            " Add ./Vendor=\"",
            $document,
            "\" ",
            $meta,
            "\ndevice\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}
pub(super) use adding;

/// A tree with everything that its nodes need.
const GOOD: &str = adding!(
    "<Node><NodeName>A</NodeName><RTProperties><ACL>Get=*&amp;Replace=srv</ACL><Format><node/></Format><Title>T</Title>\
     <TStamp>20071231T235959Z</TStamp><Type><DDFName/></Type><VerNo>7</VerNo></RTProperties>\
     <Node><NodeName>x</NodeName><RTProperties><Format><int/></Format><Type><MIME>text/plain</MIME></Type></RTProperties>\
     <Value>5</Value></Node></Node>"
);

/// Says what a walk over each serialised tree of the session found for the rule of a kind.
pub(super) fn judge(kind: Kind, cx: &mut Cx<'_>) {
    judge_trees(kind, cx, |_| true);
}

/// Like [`judge`], of some trees.
fn judge_trees(kind: Kind, cx: &mut Cx<'_>, is_meant: impl Fn(&Serialised<'_>) -> bool) {
    let evidence = cx.evidence();
    for tree in evidence.trees.iter().filter(|tree| is_meant(tree)) {
        let Some(look) = tree.look().filter(|look| look.is_asked(kind)) else { continue };
        let occasion = cx.occasion(tree.at());
        let Some(worst) = look.of(kind).map(|defect| defect.severity).max() else { continue };
        let Some(first) = look.of(kind).find(|defect| defect.severity == worst) else { continue };
        let more = look.count(kind).saturating_sub(1);
        let and = if more == 0 { String::new() } else { format!("; {more} more like it") };
        let seen = format!("{}, in {}{and}", first.seen, shown(tree));
        if worst == Severity::Error {
            occasion.violated(seen, first.expected);
        } else {
            occasion.violated_as(worst, seen, first.expected);
        }
    }
}

/// A serialised tree, for the text of a finding.
fn shown(tree: &Serialised<'_>) -> String {
    format!("the tree in {}", command(tree.cmd))
}

fn command(cmd: Cmd<'_>) -> String {
    super::sta::common::shown(cmd)
}
