//! Names, name spaces and content of elements: XML-003 to XML-006, XML-011 to XML-015.

use super::super::cx::{Cx, Msg, Occasion};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Level, Rule, Scope, Source};
use super::{CREP, DREP, DTD, GOOD, MET, MS_MDM, WBXML, document_of, places, session, sighting};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::{NodeId, Tag, Vocabulary};
use crate::syncml::{Command, Item, Oddity, known_in_other_case, xml};

const META: Clause = Clause { document: CREP, section: "6.3 Meta" };

/// An occasion at the first place of an oddity, or at the message where it does not occur; with what to do about it.
fn occasion_at<'c, 's>(
    msg: Msg<'_>,
    cx: &'c mut Cx<'s>,
    oddity: Oddity,
) -> (Occasion<'c, 's>, Option<(NodeId, String)>) {
    match sighting(msg, oddity) {
        Some(seen) => (cx.occasion(msg.at_node(seen.first)), Some((seen.first, places(msg, seen.first, seen.count)))),
        None => (cx.occasion(msg.at()), None),
    }
}

/// The URI of an element's name space, for a finding.
fn namespace(msg: Msg<'_>, node: NodeId) -> String {
    match msg.message().tree().namespace_uri(node) {
        Some(uri) => format!("the name space {}", quoted(uri)),
        None => "no name space".to_owned(),
    }
}

pub(super) static MET_INF_ELSEWHERE: Rule = Rule {
    id: "XML-003",
    name: "metinf-in-other-namespace",
    title: "Elements of Meta are in the name space syncml:metinf",
    severity: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: MET, section: "Name space" }, META],
    what: "Format, Type, Size, NextNonce and the other elements of meta information inside Meta are in the name space \
           syncml:metinf, by a declaration of their own, of an element around them, or by a prefix. A misspelled name space is \
           another rule's matter. Servers written by hand often leave the declaration out, hence only a warning outside strict \
           mode.",
    why: "A client that reads name spaces does not find Format and Type, and takes each value for plain text.",
    mend: "Declare xmlns='syncml:metinf' on the elements inside Meta.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<Format xmlns='syncml:metinf'>\" => \"<Format>\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(met_inf_elsewhere),
    ..Rule::MUST
};

fn met_inf_elsewhere(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() || !msg.message().survey().has_met_inf {
        return;
    }
    if let (occasion, Some((node, places))) = occasion_at(msg, cx, Oddity::MetInfElsewhere) {
        occasion.violated(format!("{} for {places}", namespace(msg, node)), "syncml:metinf");
    }
}

pub(super) static MET_INF_MISSPELLED: Rule = Rule {
    id: "XML-004",
    name: "metinf-namespace-misspelled",
    title: "The name space of meta information is spelled syncml:metinf",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: MET, section: "Name space" }],
    what: "The name space of elements of Meta does not differ from syncml:metinf in case, blanks or a version at its end only.",
    why: "Name spaces are compared letter by letter: to a careful parser it is another one.",
    mend: "Write syncml:metinf, in small letters and without a version.",
    pass: &[GOOD],
    violate: &[session!("    patch \"xmlns='syncml:metinf'\" => \"xmlns='syncml:metinf1.2'\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(met_inf_misspelled),
    ..Rule::MUST
};

fn met_inf_misspelled(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() || !msg.message().survey().has_met_inf {
        return;
    }
    if let (occasion, Some((node, places))) = occasion_at(msg, cx, Oddity::MetInfMisspelled) {
        occasion.violated(format!("{} for {places}", namespace(msg, node)), "syncml:metinf");
    }
}

pub(super) static MARKUP_NOT_ESCAPED: Rule = Rule {
    id: "XML-005",
    name: "markup-not-escaped",
    title: "Mark-up in Data is escaped unless its Format is xml",
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.3.1 Data" }],
    what: "Data holds no elements unless the Format that holds for it is xml, or its Type is one of XML. Entities and CDATA \
           sections are both right; in the ms-mdm profile a CDATA section from the server is a warning, since not every \
           node of Windows reads it.",
    why: "The client reads the elements as part of the message and stores an empty value, or refuses the message.",
    mend: "Write &lt; and &amp; for < and & in Data, or give Format xml and a name space of its own.",
    pass: &[
        session!("    patch \"<Data>5\" => \"<Data>&lt;b&gt;5&lt;/b&gt;\"\n"),
        session!("    patch \"<Data>5\" => \"<Data><b xmlns='urn:b'>5</b>\"\n    patch \"int<\" => \"xml<\"\n"),
    ],
    violate: &[session!("    patch \"<Data>5\" => \"<Data><b>5</b>\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(markup_not_escaped),
    ..Rule::MUST
};

/// The Data elements of a message with the command and Item that they stand in.
fn each_data<'s>(msg: Msg<'s>) -> impl Iterator<Item = (NodeId, &'s Command, Option<&'s Item>)> {
    let message = msg.message();
    message.commands.iter().flat_map(move |command| {
        let own = command.data.map(|data| (data, command, None));
        let items = message.items(command).iter().filter_map(move |item| Some((item.data?, command, Some(item))));
        own.into_iter().chain(items)
    })
}

/// The element inside a Data, where there is one.
fn element_in(msg: Msg<'_>, data: NodeId) -> Option<NodeId> {
    msg.message().tree().elements(data).next()
}

fn may_hold_markup(msg: Msg<'_>, command: &Command, item: Option<&Item>) -> bool {
    let message = msg.message();
    let value = |tag| message.text(message.effective_met_inf(command, item, tag));
    if value(Tag::Format).eq_ignore_ascii_case("xml") {
        return true;
    }
    let essence = value(Tag::Type).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/xml")
        || essence.ends_with("+xml")
        || essence.contains("syncml.dmtnds")
        || essence.contains("syncml.dmddf")
}

fn markup_not_escaped(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() || !msg.message().survey().has_data {
        return;
    }
    let windows = cx.profile() == Profile::MsMdm && msg.entry.is_server();
    if let Some(seen) = sighting(msg, Oddity::DataWithCData).filter(|_| windows) {
        let seen_at = places(msg, seen.first, seen.count);
        let occasion = cx.occasion(msg.at_node(seen.first));
        occasion.violated_as(
            Severity::Warning,
            format!("a CDATA section in {seen_at}"),
            "escaped mark-up, which every client reads",
        );
    }
    if sighting(msg, Oddity::DataWithElements).is_none() {
        return cx.occasion(msg.at()).held();
    }
    let mut wrong = each_data(msg)
        .filter(|(data, command, item)| element_in(msg, *data).is_some() && !may_hold_markup(msg, command, *item));
    let Some((data, command, item)) = wrong.next() else { return cx.occasion(msg.at()).held() };
    let count = u32::try_from(wrong.count()).unwrap_or(u32::MAX).saturating_add(1);
    let occasion = cx.occasion(msg.at_node(data));
    let message = msg.message();
    let name = element_in(msg, data).map_or("", |element| message.tree().qualified_name(element));
    let format = match message.text(message.effective_met_inf(command, item, Tag::Format)) {
        "" => "no Format".to_owned(),
        format => format!("Format {}", quoted(format)),
    };
    occasion.violated(
        format!("the element {} in {}, which has {format}", quoted(name), places(msg, data, count)),
        "escaped mark-up, or Format xml",
    );
}

pub(super) static MARKUP_WITHOUT_NAMESPACE: Rule = Rule {
    id: "XML-006",
    name: "markup-in-syncml-namespace",
    title: "Mark-up in Data has a name space of its own",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.3 Data" }, Clause { document: MS_MDM, section: "2.2.5.1" }],
    what: "Elements in Data are not in the name space of SyncML, which they inherit when they declare none. A MgmtTree in it, as \
           converters from WBXML write it, is information.",
    why: "A parser that validates takes the elements for ones of SyncML, and refuses the message.",
    mend: "Declare a name space on the outermost element in Data.",
    yields_to: &["XML-005"],
    pass: &[session!("    patch \"<Data>5\" => \"<Data><b xmlns='urn:b'>5</b>\"\n    patch \"int<\" => \"xml<\"\n")],
    violate: &[session!("    patch \"<Data>5\" => \"<Data><b>5</b>\"\n    patch \"int<\" => \"xml<\"\n")],
    not_applicable: &[WBXML, GOOD],
    check: Check::Message(markup_without_namespace),
    ..Rule::MUST
};

fn markup_without_namespace(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let Some(seen) = sighting(msg, Oddity::DataWithElements) else { return };
    let tree = msg.message().tree();
    let is_ours = |element: &NodeId| {
        tree.namespace_uri(*element).and_then(xml::vocabulary_of_namespace) == Some(Vocabulary::SyncMl)
    };
    let all = || each_data(msg).flat_map(|(data, ..)| tree.elements(data)).filter(is_ours);
    let is_tree = |element: &NodeId| tree.name(*element) == "MgmtTree";
    // A MgmtTree is told only where nothing worse is there.
    let Some(first) = all().find(|element| !is_tree(element)).or_else(|| all().next()) else {
        return cx.occasion(msg.at_node(seen.first)).held();
    };
    let count = u32::try_from(all().filter(|element| is_tree(element) == is_tree(&first)).count()).unwrap_or(u32::MAX);
    let occasion = cx.occasion(msg.at_node(first));
    let seen = format!("{} of {}", namespace(msg, first), places(msg, first, count));
    let expected = "a name space of its own";
    if is_tree(&first) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static NAME_IN_OTHER_CASE: Rule = Rule {
    id: "XML-011",
    name: "element-name-in-other-case",
    title: "Names of elements are written in the right case",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "No element differs from one of SyncML or meta information in the case of its name only. The root is another rule's \
           matter, and so is what stands inside Data.",
    why: "XML compares names letter by letter: the peer does not see the element at all.",
    mend: "Write the name as the DTD has it.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<CmdID>1</CmdID>\" => \"<Cmdid>1</Cmdid>\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(name_in_other_case),
    ..Rule::MUST
};

fn name_in_other_case(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    if let (occasion, Some((node, places))) = occasion_at(msg, cx, Oddity::NameInOtherCase) {
        let name = msg.message().tree().name(node);
        let right = known_in_other_case(name).unwrap_or_default();
        occasion.violated(format!("the element {} at {places}", quoted(name)), right);
    }
}

pub(super) static NOT_EMPTY: Rule = Rule {
    id: "XML-012",
    name: "empty-element-with-content",
    title: "Elements that are empty by definition have no content",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "Final, MoreData, NoResp, NoResults, Archive and SftDel hold nothing. White space in them is information.",
    why: "A parser that validates refuses the message; others may read a 0 as a No, which it is not.",
    mend: "Write the element empty, or leave it out.",
    yields_to: &["PKG-004", "LOB-003"],
    pass: &[GOOD],
    violate: &[session!("    patch \"<Final/>\" => \"<Final>1</Final>\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(not_empty),
    ..Rule::MUST
};

fn not_empty(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() || !msg.message().survey().has_empty {
        return;
    }
    let content = sighting(msg, Oddity::EmptyWithContent);
    let Some(seen) = content.or_else(|| sighting(msg, Oddity::EmptyWithBlank)) else {
        return cx.occasion(msg.at()).held();
    };
    let occasion = cx.occasion(msg.at_node(seen.first));
    let places = places(msg, seen.first, seen.count);
    if content.is_some() {
        occasion.violated(format!("content in {places}"), "an empty element");
    } else {
        occasion.violated_as(Severity::Info, format!("white space in {places}"), "an empty element");
    }
}

pub(super) static MIXED_CONTENT: Rule = Rule {
    id: "XML-013",
    name: "text-beside-elements",
    title: "Elements that hold elements hold no text",
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "No text other than white space stands directly in SyncML, SyncHdr, SyncBody, a command, Item, Target, Source, Cred \
           or Chal. Target with a URI and no LocURI, as a published sample of Copy and Delete has it, is an error too.",
    why: "The peer does not find the value where it looks for it: a Target without LocURI has no URI.",
    mend: "Put the text into the element that is made for it: LocURI, Data.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<LocURI>./A/x</LocURI>\" => \"./A/x\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(mixed_content),
    ..Rule::MUST
};

fn mixed_content(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    if let (occasion, Some((node, places))) = occasion_at(msg, cx, Oddity::StrayText) {
        let tree = msg.message().tree();
        let text = tree.children(node).map(|child| tree.piece(child).trim()).find(|text| !text.is_empty());
        occasion.violated(format!("the text {} in {places}", quoted(text.unwrap_or_default())), "elements only");
    }
}

pub(super) static ATTRIBUTES: Rule = Rule {
    id: "XML-014",
    name: "attributes",
    title: "Elements of SyncML have no attributes",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[DTD],
    what: "No element outside Data has an attribute other than declarations of name spaces. In the ms-mdm profile the \
           attribute originalerror is expected.",
    why: "The DTD has no other attributes: a parser that validates refuses the message, and WBXML cannot carry them.",
    mend: "Leave attributes out.",
    pass: &[GOOD],
    violate: &[session!("    patch \"<Data>5\" => \"<Data id='1'>5\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(attributes),
    ..Rule::SHOULD
};

fn attributes(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    let windows = cx.profile() == Profile::MsMdm;
    let found = sighting(msg, Oddity::Attribute).or_else(|| sighting(msg, Oddity::OriginalError).filter(|_| !windows));
    let Some(seen) = found else { return cx.occasion(msg.at()).held() };
    let occasion = cx.occasion(msg.at_node(seen.first));
    let raw = msg.message().tree().raw(seen.first).trim();
    occasion.violated(format!("the attributes {} of {}", quoted(raw), places(msg, seen.first, seen.count)), "none");
}

pub(super) static PADDED_VALUE: Rule = Rule {
    id: "XML-015",
    name: "white-space-around-value",
    title: "Identifiers and URIs have no white space around them",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: CREP, section: "6.1 Common use elements" }],
    what: "MsgID, CmdID, MsgRef, CmdRef, SessionID, Cmd, LocURI and Data of Status neither begin nor end with white space. All \
           rules compare values without it, and tools that indent messages for people add it: it is no more than information.",
    why: "A peer that compares values as they stand does not find the message, command or node.",
    mend: "Write values without white space around them.",
    pass: &[GOOD],
    violate: &[session!("    patch \"./A/x\" => \"\\n./A/x\\n\"\n")],
    not_applicable: &[WBXML],
    check: Check::Message(padded_value),
    ..Rule::SHOULD
};

fn padded_value(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if document_of(msg).is_none() {
        return;
    }
    if let (occasion, Some((node, places))) = occasion_at(msg, cx, Oddity::PaddedValue) {
        let value = msg.message().tree().text(node).escape_debug().to_string();
        occasion.violated(format!("{} in {places}", quoted(&value)), "no white space around it");
    }
}
