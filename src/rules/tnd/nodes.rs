//! The nodes of a serialised tree: TND-003, TND-004, TND-006 to TND-011, TND-019, TND-022, TND-024.

use super::super::rule::{Check, Clause, Effect, Level, Override, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, TND, opened};
use super::{GOOD, Kind, adding, clause, judge};
use crate::base::Severity;
use crate::dm::Profile;

const NOT_WINDOWS: &[Override] = &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }];

/// Trees are looked at element by element, from DM 1.2 on.
const ERROR: Rule = Rule {
    versions: Versions::Since1_2,
    scope: Scope::Element,
    not_applicable: &[ONE_GET],
    pass: &[GOOD],
    ..Rule::MUST
};
const WARNING: Rule = Rule { severity: Severity::Warning, strict: Severity::Warning, ..ERROR };

pub(super) static NODE_NAME: Rule = Rule {
    id: "TND-003",
    name: "serialised-node-without-name",
    title: "Each Node of a serialised tree has a NodeName",
    clause: &[clause("NodeName")],
    what: "Each Node has NodeName, which may be empty: then the target of the command names it. A warning only, since the text speaks of \
           a NodeName that is left out. A list that leaves properties out by its request is not looked at.",
    why: "The receiver cannot place the node, or refuses the document as invalid.",
    mend: "Write NodeName in each Node, empty for a top node that the target names.",
    violate: &[adding!("<Node><RTProperties><Format><node/></Format></RTProperties></Node>")],
    check: Check::Session(|_, cx| judge(Kind::NodeName, cx)),
    ..WARNING
};

pub(super) static PROPERTIES: Rule = Rule {
    id: "TND-004",
    name: "serialised-node-without-properties",
    title: "Each Node of a serialised tree has RTProperties",
    clause: &[clause("RTProperties")],
    overrides: NOT_WINDOWS,
    what: "Each Node has RTProperties, which may be empty. A warning only, since an example of the specification lacks it. A node that \
           comes again to hold more nodes needs none, and lists that leave properties out by their request are not looked at.",
    why: "The receiver does not know Format and Type of the node, or refuses the document as invalid.",
    mend: "Write RTProperties with Format and Type in each Node.",
    violate: &[adding!("<Node><NodeName>A</NodeName><Value>5</Value></Node>")],
    check: Check::Session(|_, cx| judge(Kind::Properties, cx)),
    ..WARNING
};

pub(super) static VALUE: Rule = Rule {
    id: "TND-006",
    name: "serialised-node-with-value-and-nodes",
    title: "A Node of a serialised tree has a value or nodes, not both",
    clause: &[clause("Node")],
    what: "A Node with Value has no Node in it, and its Format is not node. An empty Value is forgiven with Format node, and a warning \
           beside nodes.",
    why: "Only leaves have values: the receiver drops the value or the nodes.",
    mend: "Leave Value out of interior nodes.",
    pass: &[GOOD],
    violate: &[
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties/><Value>5</Value><Node><NodeName>x</NodeName><RTProperties/></Node></Node>"
        ),
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format></RTProperties><Value>5</Value></Node>"
        ),
    ],
    check: Check::Session(|_, cx| judge(Kind::Value, cx)),
    ..ERROR
};

pub(super) static FORMAT: Rule = Rule {
    id: "TND-007",
    name: "serialised-node-with-other-format",
    title: "Format in a serialised tree is one element, node for an interior node",
    clause: &[clause("Format")],
    what: "Format holds one element with the name of a format, and that is node where the Node has nodes in it. The name as text, or in \
           another case, is a warning. An empty Format says nothing.",
    why: "The receiver makes a leaf of an interior node, or cannot read the value.",
    mend: "Write <Format><node/></Format> for interior nodes, and <Format><chr/></Format> and the like for leaves.",
    violate: &[
        adding!("<Node><NodeName>A</NodeName><RTProperties><Format><chr/><int/></Format></RTProperties></Node>"),
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties><Format><chr/></Format></RTProperties><Node><NodeName>x</NodeName>\
             <RTProperties/></Node></Node>"
        ),
        adding!("<Node><NodeName>A</NodeName><RTProperties><Format><string/></Format></RTProperties></Node>"),
    ],
    check: Check::Session(|_, cx| judge(Kind::Format, cx)),
    ..ERROR
};

pub(super) static TYPE: Rule = Rule {
    id: "TND-008",
    name: "serialised-node-with-other-type",
    title: "Type in a serialised tree is MIME for a leaf, DDFName for an interior node",
    clause: &[clause("Type")],
    what: "Type of a leaf holds MIME; a DDFName with a name in it is an error. Type of an interior node holds DDFName; MIME is a warning, \
           since a description in the text has it so. A leaf without Type is information.",
    why: "The receiver takes a leaf for a management object, or does not recognise the object.",
    mend: "Write MIME in Type of leaves, and DDFName, with the identifier of the object, in that of interior nodes.",
    violate: &[
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties><Format><chr/></Format><Type><DDFName>urn:oma:mo:x:1.0</DDFName></Type>\
             </RTProperties><Value>5</Value></Node>"
        ),
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties><Format><node/></Format><Type><MIME>text/plain</MIME></Type></RTProperties></Node>"
        ),
    ],
    check: Check::Session(|_, cx| judge(Kind::Type, cx)),
    ..ERROR
};

pub(super) static ACL: Rule = Rule {
    id: "TND-009",
    name: "serialised-acl-malformed",
    title: "An ACL in a serialised tree follows its grammar",
    clause: &[clause("ACL"), Clause { document: TND, section: "7.7.1.5 ACL syntax" }],
    overrides: NOT_WINDOWS,
    what: "An ACL that is not empty is a list of COMMAND=ID+ID… parted by &, as CMD-028 says it of single nodes. Windows has no ACLs.",
    why: "The receiver refuses the tree, or shuts every server out of the node.",
    mend: "Write for example Get=*&Replace=server-1, with & as &amp; in XML.",
    violate: &[adding!("<Node><NodeName>A</NodeName><RTProperties><ACL>Get=</ACL></RTProperties></Node>")],
    check: Check::Session(|_, cx| judge(Kind::Acl, cx)),
    ..ERROR
};

pub(super) static STAMPS: Rule = Rule {
    id: "TND-010",
    name: "serialised-property-malformed",
    title: "TStamp, VerNo and Title in a serialised tree have their form",
    clause: &[clause("TStamp, VerNo"), Clause { document: TND, section: "7.7 Properties" }],
    what: "TStamp is a time in UTC of the form YYYYMMDDThhmmssZ, VerNo a decimal number up to 65535, Title at most 255 octets (a \
           warning). Empty ones say nothing.",
    why: "Servers that compare versions and times take the node for changed, or for unchanged.",
    mend: "Write these properties in their forms, or leave them out.",
    violate: &[
        adding!("<Node><NodeName>A</NodeName><RTProperties><VerNo>70000</VerNo></RTProperties></Node>"),
        adding!("<Node><NodeName>A</NodeName><RTProperties><TStamp>2007-12-31</TStamp></RTProperties></Node>"),
    ],
    check: Check::Session(|_, cx| judge(Kind::Stamps, cx)),
    ..ERROR
};

pub(super) static PATH: Rule = Rule {
    id: "TND-011",
    name: "serialised-path-misplaced",
    title: "Path stands in top nodes of a serialised tree, and leads to a node",
    level: Level::Should,
    clause: &[clause("Path")],
    what: "Path and NodeName together are a URI below the target: no empty, `.` or `..` segment, no query, no slash in a name. A Path in a \
           Node inside another one, and a slash at its beginning or end, are warnings; a leading `./` is right.",
    why: "The receiver puts the node elsewhere, or nowhere.",
    mend: "Give Path to nodes directly in MgmtTree only, relative to the target of the command.",
    violate: &[
        adding!(
            "<Node><NodeName>A</NodeName><RTProperties/><Node><NodeName>x</NodeName><Path>A</Path><RTProperties/></Node></Node>"
        ),
        adding!("<Node><NodeName>A</NodeName><Path>B/../C</Path><RTProperties/></Node>"),
    ],
    check: Check::Session(|_, cx| judge(Kind::Path, cx)),
    ..ERROR
};

pub(super) static SIBLINGS: Rule = Rule {
    id: "TND-019",
    name: "serialised-siblings-of-one-name",
    title: "A serialised tree has a node of one address once",
    clause: &[Clause { document: TND, section: "5 Common characteristics of nodes" }],
    what: "No two leaves have the same Path and names; two interior nodes that do, both with nodes in them, are a warning. A node that \
           comes again to hold more nodes, where one of the two has none, is right, and so are nodes whose NodeName is empty.",
    why: "Which of the two values holds is left to chance.",
    mend: "Write each node once.",
    violate: &[adding!(
        "<Node><NodeName>A</NodeName><RTProperties/><Value>1</Value></Node><Node><NodeName>A</NodeName><RTProperties/><Value>2</Value></Node>"
    )],
    check: Check::Session(|_, cx| judge(Kind::Siblings, cx)),
    ..ERROR
};

pub(super) static TYPED: Rule = Rule {
    id: "TND-022",
    name: "serialised-value-of-other-format",
    title: "Values in a serialised tree have the form of their Format",
    clause: &[Clause { document: TND, section: "7.7.2 Format" }],
    what: "A Value with Format int, bool, date, time or float has the form of that format; with bin or b64 it is base64 where the tree is \
           in XML. Leaves without Value are right.",
    why: "The receiver refuses the tree, or reads another value.",
    mend: "Write values as their Format asks.",
    violate: &[adding!(
        "<Node><NodeName>A</NodeName><RTProperties><Format><int/></Format></RTProperties><Value>x</Value></Node>"
    )],
    check: Check::Session(|_, cx| judge(Kind::Typed, cx)),
    ..WARNING
};

/// An account and the connectivity that it refers to, through the Inbox; the name of the connectivity.
macro_rules! bootstrapping {
    ($name:literal) => {
        concat!(
            opened!(),
            " Add ./Inbox=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>",
            "<Node><NodeName>Net1</NodeName><RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:oma-connmo-nap:1.0</DDFName>",
            "</Type></RTProperties></Node>",
            "<Node><NodeName>Acc</NodeName><RTProperties><Format><node/></Format><Type><DDFName>urn:oma:mo:x:1.0</DDFName></Type>",
            "</RTProperties><Node><NodeName>PrefConRef</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type>",
            "</RTProperties><Value>./Inbox/",
            $name,
            "</Value></Node></Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\n",
            "device\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}

pub(super) static REFERENCES: Rule = Rule {
    id: "TND-024",
    name: "serialised-reference-to-nothing",
    title: "A reference into the Inbox names a node of the same object",
    clause: &[Clause { document: "OMA-TS-DM_Bootstrap-V1_2_1", section: "Processing of the Bootstrap" }],
    what: "In a tree for ./Inbox, a ConRef or PrefConRef that begins with ./Inbox/ goes on with the path of a node in the same tree. Other \
           references, into the tree of the device, are not looked at.",
    why: "The account has no connection, and the device cannot reach its server.",
    mend: "Write ./Inbox/ and the name of the connectivity object in the same document.",
    pass: &[bootstrapping!("Net1")],
    violate: &[bootstrapping!("Net2")],
    not_applicable: &[ONE_GET, GOOD],
    check: Check::Session(|_, cx| judge(Kind::References, cx)),
    ..WARNING
};
