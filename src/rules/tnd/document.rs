//! The document of a serialised tree, and how it is carried: TND-001, TND-002, TND-005, TND-012, TND-020, TND-021, TND-023.

use super::super::cx::Cx;
use super::super::evidence::{Found, Media};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, TND, opened};
use super::{GOOD, Kind, adding, clause, command, judge};
use crate::base::Severity;
use crate::markup::Tag;
use crate::syncml::Encoding;

const IN_COMMANDS: Clause = clause("DM Commands with TNDS data");

/// A session in which a serialised tree stands in Data as elements.
macro_rules! adding_inline {
    ($document:literal) => {
        concat!(
            opened!(),
            " Add target=./Vendor data-xml=\"",
            $document,
            "\" format=xml type=application/vnd.syncml.dmtnds+xml\n",
            "device\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}
pub(super) static ROOT: Rule = Rule {
    id: "TND-001",
    name: "serialised-tree-without-mgmt-tree",
    title: "A serialised tree is a document with the root MgmtTree",
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[clause("MgmtTree")],
    what: "Data whose Type says that it is a serialised tree holds a document with the root MgmtTree, as text, as an OPAQUE, or as \
           elements. Undecided where the document cannot be read as it stands, or is not all there.",
    why: "The receiver finds no tree, and refuses the command or drops what was read.",
    mend: "Put all nodes into one MgmtTree.",
    pass: &[GOOD],
    violate: &[adding!(
        "<Node xmlns='syncml:dmddf1.2'><NodeName>A</NodeName></Node>",
        "format=xml type=application/vnd.syncml.dmtnds+xml"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Session(|_, cx| root(cx)),
    ..Rule::MUST
};

fn root(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for tree in evidence.trees.iter().filter(|tree| matches!(tree.media, Media::Tnds { .. })) {
        let occasion = cx.occasion(tree.at());
        match &tree.found {
            Found::Tree(_) => occasion.held(),
            Found::Unknown(reason) => occasion.undecided(*reason),
            Found::OtherRoot(name) => {
                occasion.violated(format!("root {} in {}", quoted(name), command(tree.cmd)), "root MgmtTree");
            }
        }
    }
}

pub(super) static VERSION: Rule = Rule {
    id: "TND-002",
    name: "serialised-tree-without-version",
    title: "A serialised tree has VerDTD 1.2",
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[clause("VerDTD")],
    what: "MgmtTree has VerDTD with the value 1.2. Another value is a warning; in DM 1.3 so is none but 1.2 and 1.3, and 1.1.2, \
           which old descriptions have, is information.",
    why: "The receiver does not know which elements to expect, and refuses the tree.",
    mend: "Begin MgmtTree with <VerDTD>1.2</VerDTD>.",
    pass: &[GOOD],
    violate: &[
        adding!(
            "<MgmtTree xmlns='syncml:dmddf1.2'><Node><NodeName>A</NodeName><RTProperties/></Node></MgmtTree>",
            "format=xml type=application/vnd.syncml.dmtnds+xml"
        ),
        adding!(
            "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.1</VerDTD></MgmtTree>",
            "format=xml type=application/vnd.syncml.dmtnds+xml"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(|_, cx| judge(Kind::Version, cx)),
    ..Rule::MUST
};

pub(super) static ELEMENTS: Rule = Rule {
    id: "TND-005",
    name: "serialised-tree-with-other-elements",
    title: "A serialised tree holds elements of serialised trees only",
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[clause("Supported properties in file")],
    what: "MgmtTree holds VerDTD, Man, Mod and Node; Node holds NodeName, Path, RTProperties, Value and Node; RTProperties holds ACL, \
           Format, Title, TStamp, Type and VerNo, and is forgiven Name and Size. DFProperties, which describe a device, are an error, \
           other elements a warning.",
    why: "The receiver refuses the document as invalid, or skips what was meant to be set.",
    mend: "Send run-time properties in trees; descriptions have a media type of their own.",
    pass: &[GOOD],
    violate: &[
        adding!("<Node><NodeName>A</NodeName><DFProperties/><RTProperties/></Node>"),
        adding!("<Node><NodeName>A</NodeName><RTProperties><Owner>x</Owner></RTProperties></Node>"),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(|_, cx| judge(Kind::Elements, cx)),
    ..Rule::MUST
};

pub(super) static META: Rule = Rule {
    id: "TND-012",
    name: "serialised-tree-with-other-format",
    title: "Format of a serialised tree is xml, or bin for WBXML",
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[IN_COMMANDS, Clause { document: TND, section: "7.7.2 Format" }],
    yields_to: &["RES-007", "MET-001", "MET-003"],
    what: "Data with the Type of a serialised tree in XML has Format xml; in WBXML it has bin, or b64 where the message is in XML. Format \
           chr or none, bin or b64 for a tree in XML is information: the specification shows xml in an example. Format bin in a \
           message in XML is another rule's matter.",
    why: "The receiver stores the document as the value of a leaf, or decodes base64 where there is none.",
    mend: "Give Format xml with application/vnd.syncml.dmtnds+xml, and bin with +wbxml.",
    pass: &[GOOD],
    violate: &[
        adding!(
            "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>",
            "format=node type=application/vnd.syncml.dmtnds+xml"
        ),
        adding!("AwFqAGB3AzEuMgABAQ==", "format=chr type=application/vnd.syncml.dmtnds+wbxml"),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Session(|_, cx| meta(cx)),
    ..Rule::MUST
};

fn meta(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for tree in &evidence.trees {
        let Media::Tnds { is_wbxml } = tree.media else { continue };
        let message = tree.cmd.message();
        let format = message.text(message.effective_met_inf(tree.cmd.command, Some(tree.item), Tag::Format));
        let is_xml = message.encoding() == Encoding::Xml;
        let occasion = cx.occasion(tree.at());
        let what = if format.is_empty() { "no Format".to_owned() } else { format!("Format {}", quoted(format)) };
        let kind = if is_wbxml { "WBXML" } else { "XML" };
        let seen = format!("{what} for a tree in {kind} in {}", command(tree.cmd));
        match format {
            "bin" if is_xml => occasion.held(),
            "bin" if is_wbxml => occasion.held(),
            "b64" if is_wbxml && is_xml => occasion.held(),
            _ if is_wbxml && is_xml => occasion.violated(seen, "Format b64"),
            _ if is_wbxml => occasion.violated(seen, "Format bin"),
            "xml" => occasion.held(),
            "" | "chr" | "bin" | "b64" => occasion.violated_as(Severity::Info, seen, "Format xml"),
            _ => occasion.violated(seen, "Format xml"),
        }
    }
}

pub(super) static DESCRIPTION: Rule = Rule {
    id: "TND-020",
    name: "serialised-tree-as-description",
    title: "A serialised tree does not go by the media type of descriptions",
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[clause("TNDS XML usage")],
    what: "Data with the Type application/vnd.syncml.dmddf+xml or +wbxml holds no tree with run-time properties or values. Descriptions of \
           devices that are kept as values are right.",
    why: "The receiver keeps the document as a value, and no node of it is made.",
    mend: "Use application/vnd.syncml.dmtnds+xml or +wbxml for trees.",
    pass: &[adding!(
        "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><DFProperties/></Node></MgmtTree>",
        "format=xml type=application/vnd.syncml.dmddf+xml"
    )],
    violate: &[adding!(
        "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>A</NodeName><RTProperties/></Node></MgmtTree>",
        "format=xml type=application/vnd.syncml.dmddf+xml"
    )],
    not_applicable: &[ONE_GET, GOOD],
    check: Check::Session(|_, cx| description(cx)),
    ..Rule::MUST
};

fn description(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for tree in evidence.trees.iter().filter(|tree| tree.media == Media::Ddf) {
        let Found::Tree(look) = &tree.found else { continue };
        let occasion = cx.occasion(tree.at());
        if look.is_of_run_time {
            let seen = format!("a tree with run-time properties or values in {}", command(tree.cmd));
            occasion.violated(seen, "Type application/vnd.syncml.dmtnds+xml or +wbxml");
        }
    }
}

pub(super) static NAMESPACE: Rule = Rule {
    id: "TND-021",
    name: "serialised-tree-without-namespace",
    title: "A serialised tree among the elements of a message declares its name space",
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[clause("DM Commands with TNDS data")],
    what: "Where a message in XML holds MgmtTree as an element, not as text, the element is not in the name space of SyncML: it declares \
           syncml:dmddf1.2, by a prefix or as default. Trees in text are documents of their own and not looked at.",
    why: "A reader that keeps name spaces apart takes MgmtTree for an unknown element of SyncML.",
    mend: "Write <MgmtTree xmlns=\"syncml:dmddf1.2\">.",
    pass: &[adding_inline!("<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>")],
    violate: &[adding_inline!("<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>")],
    not_applicable: &[ONE_GET, GOOD],
    check: Check::Session(|_, cx| namespace(cx)),
    ..Rule::MUST
};

fn namespace(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for tree in evidence.trees.iter().filter(|tree| tree.is_inline && tree.look().is_some()) {
        let message = tree.cmd.message();
        if message.encoding() != Encoding::Xml {
            continue;
        }
        let Some(root) = tree.item.data.and_then(|data| message.tree().elements(data).next()) else { continue };
        let occasion = cx.occasion(tree.cmd.at_node(root));
        let is_declared =
            message.tree().namespace_uri(root).is_some_and(|uri| uri.to_ascii_lowercase().starts_with("syncml:dm"));
        if !is_declared {
            let uri = message.tree().namespace_uri(root).map_or("no name space".to_owned(), quoted);
            occasion.violated(format!("MgmtTree with {uri} in {}", command(tree.cmd)), "xmlns=\"syncml:dmddf1.2\"");
        }
    }
}

pub(super) static TOKENS: Rule = Rule {
    id: "TND-023",
    name: "serialised-tree-with-unknown-token",
    title: "A serialised tree in WBXML uses the tokens of its code page",
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "10 WBXML Definition" }],
    what: "A serialised tree that is a WBXML document of its own has no token and no code page that the definition does not list, and \
           can be read to its end. Trees among the elements of a message are looked at with the message.",
    why: "The receiver cannot tell which element was meant, and refuses the whole tree.",
    mend: "Encode elements with the tokens of code page 2.",
    pass: &[adding!("AwFqAGB3AzEuMgABAQ==", "format=b64 type=application/vnd.syncml.dmtnds+wbxml")],
    violate: &[adding!("AwFqAGB9AzEuMgABAQ==", "format=b64 type=application/vnd.syncml.dmtnds+wbxml")],
    not_applicable: &[ONE_GET, GOOD],
    check: Check::Session(|_, cx| judge(Kind::Tokens, cx)),
    ..Rule::MUST
};
