//! The elements of SyncHdr, and of the containers around it.

use super::scripts::{PLAIN, UNDECODABLE};
use super::{CREP, DREP, MET, MS_MDM};
use crate::base::Severity;
use crate::markup::{NodeId, Tag, Tree};
use crate::rules::cx::{Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Rule, Source};

const HDR_DTD: Clause = Clause { document: CREP, section: "7 DTD: SyncHdr" };

pub(super) static NO_RESP: Rule = Rule {
    id: "HDR-022",
    name: "no-resp-in-header",
    title: "SyncHdr has no NoResp",
    level: Level::MustNot,
    clause: &[Clause { document: DREP, section: "6.1.14 NoResp" }],
    what: "No SyncHdr holds NoResp: DM does not use it.",
    why: "A receiver that follows it leaves out every Status, and the sender waits for answers that never come.",
    mend: "Leave NoResp out.",
    pass: &[PLAIN],
    violate: &[one_get!("", "noresp", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(no_resp),
    ..Rule::MUST
};

fn no_resp(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let node = msg.message().hdr.no_resp;
    let occasion = cx.occasion(msg.at_node(node));
    if node.is_some() {
        occasion.violated("SyncHdr holds NoResp", "no NoResp: every message is answered");
    }
}

/// Children of SyncHdr in the order of the DTD.
const CHILDREN: [Tag; 10] = [
    Tag::VerDTD,
    Tag::VerProto,
    Tag::SessionID,
    Tag::MsgID,
    Tag::Target,
    Tag::Source,
    Tag::RespURI,
    Tag::NoResp,
    Tag::Cred,
    Tag::Meta,
];

/// Position of an element among the children of SyncHdr.
fn rank(tree: &Tree, node: NodeId) -> Option<usize> {
    let tag = tree.tag(node)?;
    CHILDREN.iter().position(|known| *known == tag)
}

pub(super) static ORDER: Rule = Rule {
    id: "HDR-023",
    name: "header-order",
    title: "Elements of SyncHdr stand in the order of the DTD, each once",
    severity: Severity::Warning,
    source: Source::TextDtd,
    clause: &[HDR_DTD, Clause { document: MS_MDM, section: "2.2.2" }],
    what: "Children of SyncHdr come as VerDTD, VerProto, SessionID, MsgID, Target, Source, RespURI, NoResp, Cred, Meta, and \
           none of them twice. Another order is a warning (in strict mode an error), a second element always an error.",
    why: "Validating parsers refuse the message; of two equal elements some receivers take the first, others the last.",
    mend: "Write the elements in the order of the DTD, each at most once.",
    pass: &[PLAIN],
    violate: &[
        one_get!(
            "",
            "",
            "",
            "    patch \"<VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\" => \"<VerProto>DM/1.2</VerProto><VerDTD>1.2</VerDTD>\"\n",
            "",
            "",
            "",
            ""
        ),
        one_get!(
            "",
            "    hdr-xml <RespURI>https://dm.example.com/a</RespURI><RespURI>https://dm.example.com/b</RespURI>\n",
            "",
            "",
            "",
            "",
            "",
            ""
        ),
    ],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(order),
    ..Rule::MUST
};

fn order(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(hdr) = msg.message().hdr.node else { return };
    let tree = msg.message().tree();
    let mut seen = 0u16;
    let mut highest: Option<(usize, NodeId)> = None;
    let mut doubled = None;
    let mut misplaced = None;
    for child in tree.elements(hdr) {
        let Some(rank) = rank(tree, child) else { continue };
        if seen & 1 << rank != 0 {
            doubled = doubled.or(Some(child));
        } else if let Some((other, before)) = highest
            && rank < other
        {
            misplaced = misplaced.or(Some((child, before)));
        }
        seen |= 1 << rank;
        if highest.is_none_or(|(other, _)| rank > other) {
            highest = Some((rank, child));
        }
    }
    match (doubled, misplaced) {
        (Some(node), _) => cx.occasion(msg.at_node(node)).violated_as(
            Severity::Error,
            format!("SyncHdr holds {} twice", tree.name(node)),
            format!("{} once", tree.name(node)),
        ),
        (None, Some((node, before))) => cx.occasion(msg.at_node(node)).violated(
            format!("{} stands after {}", tree.name(node), tree.name(before)),
            "VerDTD, VerProto, SessionID, MsgID, Target, Source, RespURI, NoResp, Cred, Meta, in this order",
        ),
        (None, None) => cx.occasion(msg.at_node(hdr)).held(),
    }
}

pub(super) static UNKNOWN_CHILD: Rule = Rule {
    id: "HDR-024",
    name: "header-unknown-child",
    title: "SyncHdr holds only elements that belong there",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::TextDtd,
    clause: &[HDR_DTD],
    what: "Every child element of SyncHdr is one that the DTD names. Elements of a foreign name space are an observation.",
    why: "Validating parsers refuse the message; others pass over what the sender meant to say.",
    mend: "Leave the element out, or put it where it belongs: sizes into Meta, data into commands.",
    pass: &[PLAIN],
    violate: &[one_get!("", "    hdr-xml <Lang>en</Lang>\n", "", "", "", "", "", "")],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(unknown_child),
    ..Rule::MUST
};

fn unknown_child(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(hdr) = msg.message().hdr.node else { return };
    let tree = msg.message().tree();
    let mut unknown = tree.elements(hdr).filter(|child| rank(tree, *child).is_none());
    let Some(first) = unknown.next() else {
        cx.occasion(msg.at_node(hdr)).held();
        return;
    };
    // Of several, one of SyncML's own counts more than a foreign one.
    let own = std::iter::once(first).chain(unknown).find(|child| !is_foreign(tree, *child));
    let node = own.unwrap_or(first);
    let name = quoted(tree.qualified_name(node));
    let occasion = cx.occasion(msg.at_node(node));
    let expected = "only elements that the DTD names for SyncHdr";
    match tree.namespace_uri(node) {
        Some(uri) if own.is_none() => {
            let seen = format!("SyncHdr holds the element {name} of the name space {}", quoted(uri));
            occasion.violated_as(Severity::Info, seen, expected);
        }
        _ => occasion.violated(format!("SyncHdr holds the element {name}"), expected),
    }
}

/// Whether an element is of a name space other than SyncML's and the root's.
fn is_foreign(tree: &Tree, node: NodeId) -> bool {
    let Some(uri) = tree.namespace_uri(node) else { return false };
    let of_root = tree.root().and_then(|root| tree.namespace_uri(root));
    of_root != Some(uri) && !uri.get(.."syncml".len()).is_some_and(|start| start.eq_ignore_ascii_case("syncml"))
}

pub(super) static CONTAINERS: Rule = Rule {
    id: "HDR-026",
    name: "containers",
    title: "SyncML holds one SyncHdr and then one SyncBody",
    source: Source::TextDtd,
    clause: &[Clause { document: CREP, section: "7 DTD: SyncML" }],
    what: "The root element is SyncML; its child elements are exactly one SyncHdr and after it one SyncBody.",
    why: "Receivers read the first of each and lose the rest, or refuse the message with 400.",
    mend: "Send one message per document: SyncHdr first, one SyncBody, nothing else.",
    yields_to: &["XML-002"],
    pass: &[PLAIN],
    violate: &[
        one_get!(
            "",
            "",
            "",
            "    patch \"</SyncBody>\" => \"</SyncBody><SyncBody><Final/></SyncBody>\"\n",
            "",
            "",
            "",
            ""
        ),
        "device body=\"<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>https://dm.example.com/dm</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr></SyncML>\"\n",
    ],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(containers),
    ..Rule::MUST
};

fn containers(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let tree = msg.message().tree();
    let Some(root) = tree.root() else { return };
    let occasion = cx.occasion(msg.at_node(root));
    let mut children = tree.elements(root).map(|child| tree.tag(child));
    let (first, second, third) = (children.next(), children.next(), children.next());
    if tree.tag(root) == Some(Tag::SyncML)
        && first == Some(Some(Tag::SyncHdr))
        && second == Some(Some(Tag::SyncBody))
        && third.is_none()
    {
        return;
    }
    const SHOWN: usize = 6;
    let mut names: Vec<&str> = tree.elements(root).take(SHOWN).map(|child| tree.name(child)).collect();
    if third.is_some() && tree.elements(root).nth(SHOWN).is_some() {
        names.push("…");
    }
    let seen = format!("{} holds {}", quoted(tree.qualified_name(root)), names.join(", "));
    occasion.violated(seen, "SyncML with SyncHdr and SyncBody, in this order, and nothing else");
}

pub(super) static EMPTY_BODY: Rule = Rule {
    id: "HDR-027",
    name: "empty-body",
    title: "SyncBody holds at least one command",
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::TextDtd,
    clause: &[Clause { document: CREP, section: "7 DTD: SyncBody" }],
    what: "Each SyncBody has a child element other than Final. A message that answers another always has something to say: \
           the Status for its SyncHdr.",
    why: "Validating parsers refuse the message, and the other side learns nothing of what it sent.",
    mend: "Answer each message with a Status for its SyncHdr, also where there is nothing else to do.",
    pass: &[PLAIN],
    violate: &["device\n    Alert 1201\nserver\n"],
    not_applicable: &[UNDECODABLE],
    check: Check::Message(empty_body),
    ..Rule::MUST
};

fn empty_body(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(body) = msg.message().sync_body else { return };
    let tree = msg.message().tree();
    let occasion = cx.occasion(msg.at_node(body));
    if msg.message().commands.is_empty() && tree.elements(body).all(|child| tree.tag(child) == Some(Tag::Final)) {
        let seen = if msg.message().has_final() { "SyncBody holds only Final" } else { "SyncBody is empty" };
        occasion.violated(seen, "at least one command or Status");
    }
}

pub(super) static META: Rule = Rule {
    id: "HDR-028",
    name: "header-meta",
    title: "Meta of SyncHdr holds MaxMsgSize, MaxObjSize or EMI",
    level: Level::May,
    clause: &[
        Clause { document: MET, section: "5 Meta information elements" },
        Clause { document: DREP, section: "6.4" },
    ],
    what: "Elements in the Meta of a SyncHdr other than MaxMsgSize, MaxObjSize and EMI are named. They are allowed and mean \
           only what the two implementations agreed on.",
    why: "Peers of another make pass over them, or stumble.",
    mend: "Nothing needs mending; leave out what no peer understands.",
    pass: &[one_get!("maxmsg=16384 maxobj=65536", "", "", "")],
    violate: &[one_get!(
        "",
        "    hdr-xml <Meta><Mem xmlns='syncml:metinf'><FreeMem>10</FreeMem></Mem></Meta>\n",
        "",
        "",
        "",
        "",
        "",
        ""
    )],
    not_applicable: &[PLAIN],
    check: Check::Message(meta),
    ..Rule::MAY
};

fn meta(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(meta) = msg.message().hdr.meta else { return };
    let tree = msg.message().tree();
    let children = |node| tree.elements(node);
    let is_odd =
        |node: &NodeId| !matches!(tree.tag(*node), Some(Tag::MaxMsgSize | Tag::MaxObjSize | Tag::EMI | Tag::MetInf));
    let wrapped = children(meta).filter(|child| tree.tag(*child) == Some(Tag::MetInf)).flat_map(children);
    let odd = children(meta).chain(wrapped).find(is_odd);
    let occasion = cx.occasion(msg.at_node(odd.unwrap_or(meta)));
    if let Some(node) = odd {
        let name = quoted(tree.qualified_name(node));
        occasion.violated(format!("Meta of SyncHdr holds {name}"), "MaxMsgSize, MaxObjSize or EMI");
    }
}
