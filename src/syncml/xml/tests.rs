//! Documents with what must come of them.

use super::*;
use crate::base::Limits;
use crate::markup::{ElementForm, Namespace, NodeId, Since, Tag, TextForm, Tree, TreeBuilder};
use AnomalyKind as A;
use XmlErrorKind as F;
use proptest::prelude::*;

const MESSAGE: &str = concat!(
    "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.2//EN\" ",
    "'x.dtd'>\n<!-- c --><SyncML xmlns='SYNCML:SYNCML1.2' >\n  <SyncHdr><VerDTD>1.2</VerDTD><Meta><MaxMsgSize ",
    "xmlns=\"syncml:metinf\">5000</MaxMsgSize></Meta></SyncHdr  >\n<SyncBody><?pi x?><Replace><CmdID>1</CmdID><Item><Data>",
    "a&amp;b&#x41;<![CDATA[<c>]]></Data></Item></Replace><Final/><Final></Final ></SyncBody>\r\n</SyncML\n>\n<!--d-->\n",
);

fn doc(text: &str) -> XmlDocument {
    decode(text.as_bytes()).unwrap()
}

fn kinds(document: &XmlDocument) -> Vec<AnomalyKind> {
    document.anomalies.iter().map(|anomaly| anomaly.kind.clone()).collect()
}

fn find(tree: &Tree, name: &str) -> NodeId {
    tree.ids().find(|&id| tree.name(id) == name).unwrap()
}

#[test]
fn a_good_message_has_nothing_odd_and_every_fact() {
    let document = doc(MESSAGE);
    assert!(document.is_well_formed() && document.anomalies.is_empty(), "{:?}", document.anomalies);
    assert!(document.encoding.bom && document.text().is_none());
    assert_eq!(document.encoding.declared.as_deref(), Some("UTF-8"));
    assert_eq!(document.declaration.as_ref().unwrap().version.as_deref(), Some("1.0"));
    let doctype = document.doctype.as_ref().unwrap();
    assert_eq!((&*doctype.name, doctype.public_id.as_deref()), ("SyncML", Some("-//SYNCML//DTD SyncML 1.2//EN")));
    let tree = &document.tree;
    assert_eq!(tree.text(find(tree, "Data")), "a&bA<c>");
    let size = find(tree, "MaxMsgSize");
    assert_eq!((tree.tag(size), tree.namespace_uri(size)), (Some(Tag::MaxMsgSize), Some("syncml:metinf")));
    assert_eq!(tree.span(size).of(MESSAGE.as_bytes()), b"<MaxMsgSize xmlns=\"syncml:metinf\">5000</MaxMsgSize>");
    let root = tree.root().unwrap();
    assert_eq!((tree.tag(root), tree.namespace_uri(root)), (Some(Tag::SyncML), Some("SYNCML:SYNCML1.2")));
    let finals: Vec<_> = tree.ids().filter(|&id| tree.tag(id) == Some(Tag::Final)).collect();
    assert_eq!(tree.element_form(finals[0]), Some(ElementForm::Empty));
    assert_eq!(tree.element_form(finals[1]), Some(ElementForm::Open));
    assert_eq!(write_faithful(&document), MESSAGE.as_bytes());
}

#[test]
fn odd_documents_are_read_whole_and_written_back() {
    let b = |text: &str| -> Box<str> { text.into() };
    let table: Vec<(&str, Vec<AnomalyKind>)> = vec![
        ("<a/><b/>", vec![A::SecondRoot]),
        ("<a/>x", vec![A::TextOutsideRoot]),
        ("<a/><![CDATA[]]>", vec![A::TextOutsideRoot]),
        ("<a/>&amp;", vec![A::TextOutsideRoot]),
        ("<a>]]></a>", vec![A::CDataEndInText]),
        ("<a>]]&gt;</a>", vec![]),
        ("<a>\0</a>", vec![A::ForbiddenCharacter { ch: '\0' }]),
        ("<a/>\0", vec![A::ForbiddenCharacter { ch: '\0' }]),
        (
            "<a>\u{1b}\u{ffff}</a>",
            vec![A::ForbiddenCharacter { ch: '\u{1b}' }, A::ForbiddenCharacter { ch: '\u{ffff}' }],
        ),
        ("<a>x & y</a>", vec![A::BareAmpersand]),
        ("<a>?a=1&b=2;</a>", vec![A::BareAmpersand]),
        ("<a>&</a>", vec![A::BareAmpersand]),
        ("<a>&nbsp;</a>", vec![A::UnknownEntity { name: b("nbsp") }]),
        ("<a>&#0;</a>", vec![A::BadCharacterReference { raw: b("#0") }]),
        ("<a>&#xD800;</a>", vec![A::BadCharacterReference { raw: b("#xD800") }]),
        ("<a>&;</a>", vec![A::BareAmpersand]),
        ("<1a/>", vec![A::BadName { name: b("1a") }]),
        ("<a/b>x</a/b>", vec![A::BadName { name: b("a/b") }]),
        ("<p:a/>", vec![A::UnboundPrefix { prefix: b("p") }]),
        ("<a p:b='1'/>", vec![A::UnboundPrefix { prefix: b("p") }]),
        ("<a xml:lang='en'/>", vec![]),
        ("<p:a xmlns:p='u'/>", vec![]),
        ("<a><p:b xmlns:p='u'/><p:b/></a>", vec![A::UnboundPrefix { prefix: b("p") }]),
        ("<a b='1' b='2'/>", vec![A::DuplicateAttribute { name: b("b") }]),
        ("<a b=1 />", vec![A::UnquotedAttribute { name: b("b") }]),
        ("<a b/>", vec![A::AttributeWithoutValue { name: b("b") }]),
        ("<a b='1'c='2'/>", vec![A::NoBlankBeforeAttribute { name: b("c") }]),
        ("<a b='<'/>", vec![A::LessThanInAttribute { name: b("b") }]),
        ("<a><!-- x -- y --></a>", vec![A::DoubleHyphenInComment]),
        ("<a><!-- x ---></a>", vec![A::DoubleHyphenInComment]),
        ("\n <?xml version='1.0'?><a/>", vec![A::BlankBeforeDeclaration]),
        ("<a/><?xml version='1.0'?>", vec![A::DeclarationNotFirst]),
        ("<!--x--><?xml version='1.0'?><a/>", vec![A::DeclarationNotFirst]),
        ("<?xml encoding='UTF-8'?><a/>", vec![A::BadDeclaration]),
        ("<?XML version='1.0'?><a/>", vec![A::BadInstruction { target: b("XML") }]),
        ("<? x?><a/>", vec![A::BadInstruction { target: b("") }]),
        ("<a/><!DOCTYPE a>", vec![A::MisplacedDocType]),
        (
            "<?xml version='1.0' encoding='utf-16'?><a>é</a>",
            vec![A::EncodingMismatch { declared: b("utf-16"), actual: "UTF-8" }],
        ),
        ("<?xml version='1.0' encoding='klingon'?><a/>", vec![A::UnknownEncoding { declared: b("klingon") }]),
        ("<?xml version='1.0' encoding='US-ASCII'?><a/>", vec![]),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", vec![]),
    ];
    for (text, expected) in table {
        let document = doc(text);
        assert_eq!(document.fault, None, "{text:?}");
        assert_eq!(kinds(&document), expected, "{text:?}");
        assert_eq!(document.is_well_formed(), !expected.iter().any(A::breaks_well_formedness), "{text:?}");
        assert_eq!(String::from_utf8(write_faithful(&document)).unwrap(), text);
    }
    assert_eq!(A::BareAmpersand.to_string(), "`&` begins no reference (write &amp;)");
}

#[test]
fn broken_documents_give_a_fault_and_what_could_be_read() {
    let b = |text: &str| -> Box<str> { text.into() };
    let mismatch = |expected, found| F::MismatchedEndTag { expected: b(expected), found: b(found) };
    for (text, at, kind, rest) in [
        ("<a>", 3, F::UnclosedElement { name: b("a") }, "<a/>"),
        ("<a><b>x", 7, F::UnclosedElement { name: b("b") }, "<a><b>x</b></a>"),
        ("<a><b>x</a>", 7, mismatch("b", "a"), "<a><b>x</b></a>"),
        ("<a><b>x</c>y</b></a>", 7, F::UnmatchedEndTag { found: b("c") }, "<a><b>xy</b></a>"),
        ("<a/></b>", 4, F::UnmatchedEndTag { found: b("b") }, "<a/>"),
        ("<a>x</ a><b/>", 4, F::BadEndTag, "<a>x</a>"),
        ("<a>x</a y='1'>", 4, F::BadEndTag, "<a>x</a>"),
        ("<a>x<", 4, F::UnclosedTag, "<a>x</a>"),
        ("<a>x<b", 4, F::UnclosedTag, "<a>x</a>"),
        ("<a>x<b c='>", 4, F::UnclosedTag, "<a>x</a>"),
        ("<a>1 < 2</a>", 5, F::StrayLessThan, "<a>1 </a>"),
        ("<a>x<b<c>y</c></a>", 6, F::StrayLessThan, "<a>x</a>"),
        ("<a>x<b <c>y</c></a>", 7, F::StrayLessThan, "<a>x</a>"),
        ("<a>x<></a>", 4, F::StrayLessThan, "<a>x</a>"),
        ("<a>x<!-- y</a>", 4, F::UnclosedComment, "<a>x</a>"),
        ("<a>x<![CDATA[ y</a>", 4, F::UnclosedCData, "<a>x</a>"),
        ("<a>x<?y</a>", 4, F::UnclosedInstruction, "<a>x</a>"),
        ("<a>x<!y></a>", 4, F::StrayLessThan, "<a>x</a>"),
        ("<!DOCTYPE a [", 0, F::UnclosedDocType, ""),
        ("<!DOCTYPE><a/>", 0, F::BadDocType, "<a/>"),
        ("<!doctype a><a/>", 0, F::BadDocType, "<a/>"),
        ("<!-- x -->", 10, F::NoRoot, ""),
        ("<?xml version='1.0'?>", 21, F::NoRoot, ""),
    ] {
        let document = doc(text);
        assert_eq!(document.fault, Some(XmlError { at, kind }), "{text}");
        assert!(!document.is_well_formed() && !document.only_nul_is_wrong());
        let written = String::from_utf8(write_canonical(&document.tree, Since::V1_2)).unwrap();
        let expected = write_canonical(&doc_or_empty(rest), Since::V1_2);
        assert_eq!(written.as_bytes(), expected, "{text}");
    }
}

fn doc_or_empty(text: &str) -> Tree {
    decode(text.as_bytes()).map(|document| document.tree).unwrap_or_default()
}

#[test]
fn what_is_no_document_is_refused() {
    for (body, at, kind) in [
        (&b""[..], 0, F::Empty),
        (b" \r\n\t", 0, F::Empty),
        (b"\xef\xbb\xbf\n", 0, F::Empty),
        (b" hello", 1, F::NotXml),
        (b"\x03\x01\x6a\x00", 0, F::NotXml),
        (b"<\0\0\0a\0\0\0", 0, F::UnsupportedEncoding { name: "UTF-32" }),
    ] {
        assert_eq!(decode(body).unwrap_err(), XmlError { at, kind });
    }
}

#[test]
fn u_0000_as_the_only_defect_is_told_from_others() {
    let document = doc("<SyncML><Data>a\0b\0</Data></SyncML>\0\0");
    assert!(document.only_nul_is_wrong() && !document.is_well_formed());
    assert_eq!(document.anomalies.iter().map(|anomaly| anomaly.at).collect::<Vec<_>>(), [15, 17, 34, 35]);
    assert_eq!(document.tree.text(find(&document.tree, "Data")), "a\0b\0");
    for other in ["<a>\0&b</a>", "<a>\0\u{1}</a>", "<a>\0</b></a>", "<a\0>x</a\0>", "<a>\0"] {
        assert!(!doc(other).only_nul_is_wrong(), "{other:?}");
    }
    let many = format!("<a>{}&</a>", "\0".repeat(1_000));
    let document = doc(&many);
    assert_eq!(document.anomalies.len(), Limits::PROBLEMS_OF_A_KIND + 1);
    assert_eq!(document.unlisted, 1_000 - Limits::PROBLEMS_OF_A_KIND);
    assert!(!document.only_nul_is_wrong());
}

#[test]
fn names_find_their_vocabulary() {
    use Tag as T;
    for (text, name, tag, uri) in [
        ("<SyncML><Meta><Type>x</Type></Meta></SyncML>", "Type", T::Type, None),
        (
            "<SyncML xmlns='SYNCML:SYNCML1.2'><Meta><Type>x</Type></Meta></SyncML>",
            "Type",
            T::Type,
            Some("SYNCML:SYNCML1.2"),
        ),
        (
            "<SyncML xmlns='SYNCML:SYNCML1.2'><Meta xmlns='syncml:metinf'><Type>x</Type></Meta></SyncML>",
            "Meta",
            T::Meta,
            Some("syncml:metinf"),
        ),
        ("<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:Cmd/></s:SyncML>", "Cmd", T::Cmd, Some("SYNCML:SYNCML1.2")),
        ("<SyncML xmlns='syncml:SyncML 1.2'><Cmd/></SyncML>", "Cmd", T::Cmd, Some("syncml:SyncML 1.2")),
        ("<SyncML xmlns='http://x'><Cmd/></SyncML>", "Cmd", T::Cmd, Some("http://x")),
        ("<SyncML><Cmd xmlns='http://x'/></SyncML>", "Cmd", T::Unknown, Some("http://x")),
        ("<SyncML><Cmdid/></SyncML>", "Cmdid", T::Unknown, None),
        ("<syncml/>", "syncml", T::Unknown, None),
        (
            "<MgmtTree xmlns='syncml:dmddf1.2'><Node><Path/></Node></MgmtTree>",
            "Path",
            T::DdfPath,
            Some("syncml:dmddf1.2"),
        ),
        ("<MgmtTree><Node><Format/></Node></MgmtTree>", "Format", T::DdfFormat, None),
        (
            "<SyncML xmlns='SYNCML:SYNCML1.2'><Data><MgmtTree><x><Type/></x></MgmtTree></Data></SyncML>",
            "Type",
            T::DdfType,
            Some("SYNCML:SYNCML1.2"),
        ),
        ("<MgmtTree><Format xmlns='syncml:metinf'/></MgmtTree>", "Format", T::Format, Some("syncml:metinf")),
        ("<DevInf xmlns='syncml:devinf'><Man/></DevInf>", "Man", T::DevInfMan, Some("syncml:devinf")),
        ("<SyncML><Put><Data><DevInf><VerDTD/></DevInf></Data></Put></SyncML>", "VerDTD", T::DevInfVerDTD, None),
    ] {
        let document = doc(text);
        let id = find(&document.tree, name);
        assert_eq!((document.tree.tag(id), document.tree.namespace_uri(id)), (Some(tag), uri), "{text}");
    }
    let document = doc("<p:SyncML><p:Cmd/></p:SyncML>");
    let id = find(&document.tree, "Cmd");
    assert_eq!(document.tree.namespace(id), Namespace::UnboundPrefix);
    assert_eq!((document.tree.tag(id), document.tree.qualified_name(id)), (Some(Tag::Cmd), "p:Cmd"));
}

#[test]
fn encodings_are_read_and_written_back() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é😀</a>";
    let wide = |bom: bool, little: bool| -> Vec<u8> {
        let bom = if bom { "\u{feff}" } else { "" };
        let to_bytes = if little { u16::to_le_bytes } else { u16::to_be_bytes };
        format!("{bom}{text}").encode_utf16().flat_map(to_bytes).collect()
    };
    for (bom, little) in [(true, true), (true, false), (false, true), (false, false)] {
        let body = wide(bom, little);
        let document = decode(&body).unwrap();
        assert!(document.encoding.utf16 && document.encoding.bom == bom && document.anomalies.is_empty());
        assert_eq!(document.tree.text(document.tree.root().unwrap()), "é😀");
        assert_eq!(write_faithful(&document), body);
        let span = document.tree.span(document.tree.root().unwrap());
        let start = document.original_offset(&body, span.start as usize).unwrap();
        assert_eq!(start, 2 * (usize::from(bom) + text.find("<a>").unwrap()));
        assert!(document.text().unwrap().ends_with("</a>"));
    }
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9\x80</a>";
    let document = decode(latin).unwrap();
    assert_eq!(document.tree.text(document.tree.root().unwrap()), "é€");
    assert_eq!((document.encoding.actual, document.anomalies.len()), ("windows-1252", 0));
    assert_eq!(write_faithful(&document), latin);
    let same = decode_as(b"<a>\xe9</a>", Some("iso-8859-1")).unwrap();
    assert!(same.anomalies.is_empty());
    assert_eq!(same.tree.text(same.tree.root().unwrap()), "é");
    let disputed = decode_as("<?xml version='1.0' encoding='UTF-8'?><a>é</a>".as_bytes(), Some("iso-8859-1")).unwrap();
    assert_eq!(kinds(&disputed), [A::EncodingMismatch { declared: "iso-8859-1".into(), actual: "UTF-8" }]);
}

#[test]
fn undecodable_octets_are_replaced_and_reported_where_they_stand() {
    let body = b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9\xe9<b/></a>";
    let document = decode(body).unwrap();
    assert!(document.encoding.lossy);
    assert_eq!(document.anomalies, [Anomaly { at: 41, kind: A::UndecodableOctets { encoding: "UTF-8" } }]);
    let at = document.tree.span(find(&document.tree, "b")).start as usize;
    assert_eq!(document.original_offset(body, at), Some(43));
    let ascii = decode(b"<?xml version='1.0' encoding='us-ascii'?><a>\xe9</a>").unwrap();
    assert_eq!(kinds(&ascii), [A::EncodingMismatch { declared: "us-ascii".into(), actual: "windows-1252" }]);
}

#[test]
fn entities_are_never_expanded() {
    let mut text = String::from("<!DOCTYPE SyncML [<!ENTITY lol0 'lol'>");
    for level in 1..10 {
        text += &format!("<!ENTITY lol{level} '{}'>", format!("&lol{};", level - 1).repeat(10));
    }
    text += "<!ENTITY x SYSTEM 'file:///etc/passwd'>]><SyncML>&lol9;&x;</SyncML>";
    let document = doc(&text);
    let doctype = document.doctype.as_ref().unwrap();
    assert!(doctype.entities && doctype.external_entities && doctype.internal_subset);
    assert_eq!(document.tree.text(document.tree.root().unwrap()), "&lol9;&x;");
    assert_eq!(kinds(&document).len(), 2);
    assert_eq!(write_faithful(&document), text.as_bytes());
}

#[test]
fn ceilings_end_the_reading_and_keep_the_tree() {
    let deep = doc(&"<a>".repeat(100_000));
    assert_eq!(deep.fault, Some(XmlError { at: 3 * Limits::DEPTH, kind: F::TooDeep }));
    assert_eq!(deep.tree.len(), Limits::DEPTH);
    let wild = doc(&format!("<a>{}", "</b>".repeat(100_000)));
    assert_eq!(wild.fault.unwrap().kind, F::UnmatchedEndTag { found: "b".into() });
    let spaces: String = (0..1_000).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
    assert_eq!(doc(&format!("<a{spaces}/>")).fault.unwrap().kind, F::TooManyNamespaces);
}

#[test]
fn a_document_inside_data_is_decoded_with_it() {
    let inner = "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>";
    let escaped = inner.replace('<', "&lt;").replace('>', "&gt;");
    for held in
        [format!("<![CDATA[{inner}]]>"), escaped.clone(), format!("\n <![CDATA[<?xml version='1.0'?>\n{inner}]]>")]
    {
        let document = doc(&format!("<SyncML><Data>{held}</Data></SyncML>"));
        let tree = &document.tree;
        let embedded = tree.children(find(tree, "Data")).find_map(|child| tree.embedded(child)).unwrap();
        assert_eq!(embedded.tag(embedded.root().unwrap()), Some(Tag::DdfMgmtTree), "{held}");
        assert!(document.is_well_formed());
    }
    for held in ["plain &lt;MgmtTree/>", "<![CDATA[<wap-provisioningdoc/>]]>", "&lt;MgmtTreeX/&gt;"] {
        let document = doc(&format!("<SyncML><Data>{held}</Data></SyncML>"));
        assert!(document.tree.ids().all(|id| document.tree.embedded(id).is_none()) && document.anomalies.is_empty());
    }
    let broken = doc("<SyncML><Data><![CDATA[<MgmtTree><Node>]]></Data></SyncML>");
    assert_eq!(kinds(&broken), [A::EmbeddedFault(F::UnclosedElement { name: "Node".into() })]);
    assert!(broken.is_well_formed());
}

#[test]
fn every_prefix_of_a_message_gives_the_front_of_its_tree() {
    let whole = doc(MESSAGE).tree;
    for end in 0..MESSAGE.len() {
        let Ok(document) = decode(&MESSAGE.as_bytes()[..end]) else {
            assert!(end <= 3, "{end}");
            continue;
        };
        assert!(document.fault.is_some() || end > MESSAGE.rfind("</SyncML").unwrap(), "{end}");
        let elements = |tree: &Tree| -> Vec<(Option<Tag>, u32)> {
            let all = tree.ids().filter(|&id| tree.tag(id).is_some());
            all.map(|id| (tree.tag(id), tree.span(id).start)).collect()
        };
        assert!(elements(&whole).starts_with(&elements(&document.tree)), "{end}");
    }
}

#[test]
fn canonical_form_declares_name_spaces_and_has_one_form_of_text() {
    let document = doc(MESSAGE);
    let written = String::from_utf8(write_canonical(&document.tree, Since::V1_1)).unwrap();
    assert_eq!(
        written,
        "<SyncML xmlns='SYNCML:SYNCML1.1'><SyncHdr><VerDTD>1.2</VerDTD><Meta><MaxMsgSize xmlns='syncml:metinf'>5000\
         </MaxMsgSize></Meta></SyncHdr><SyncBody><Replace><CmdID>1</CmdID><Item><Data>a&amp;bA&lt;c&gt;</Data></Item>\
         </Replace><Final/><Final/></SyncBody></SyncML>"
    );
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::Meta);
    builder.leaf(Tag::Type, "b64");
    builder.close(0);
    builder.start(Tag::Data);
    builder.bytes(b"\0\xff", crate::base::Span::default());
    builder.close(0);
    builder.start(Tag::Data);
    builder.start(Tag::DdfMgmtTree);
    builder.leaf(Tag::DdfPath, "a\r\nb");
    let tree = builder.finish(0);
    assert_eq!(
        String::from_utf8(write_canonical(&tree, Since::V1_2)).unwrap(),
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Meta><Type xmlns='syncml:metinf'>b64</Type></Meta><Data>AP8=</Data><Data>\
         <MgmtTree xmlns='syncml:dmddf1.2'><Path>a&#13;&#10;b</Path></MgmtTree></Data></SyncML>"
    );
}

#[test]
fn pretty_form_is_indented_and_shows_what_is_not_seen() {
    let text = "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><!-- c --><Data>a\0\u{202e}&lt;</Data><Data><![CDATA[<MgmtTree>\
                <Node/></MgmtTree>]]></Data><Final></Final></SyncBody></SyncML>";
    let document = doc(text);
    let (pretty, places) = write_pretty_with_positions(&document.tree);
    insta::assert_snapshot!(pretty, @r"
    <SyncML xmlns='SYNCML:SYNCML1.2'>
      <SyncBody>
        <!-- c -->
        <Data>a␀[U+202E]&lt;</Data>
        <Data>
          <!-- a document in a CDATA section: -->
          <MgmtTree>
            <Node/>
          </MgmtTree>
        </Data>
        <Final></Final>
      </SyncBody>
    </SyncML>
    ");
    let place = |id| places.iter().find(|(node, _)| *node == id).unwrap().1;
    let last = find(&document.tree, "Final");
    assert_eq!(place(last), Place { line: 11, column: 5 });
    let text_node = document.tree.children(find(&document.tree, "Data")).next().unwrap();
    assert_eq!(place(text_node), Place { line: 4, column: 11 });
}

#[test]
fn a_built_tree_is_shown_with_the_name_spaces_of_its_code_pages() {
    let mut builder = TreeBuilder::default();
    builder.start(Tag::SyncML);
    builder.start(Tag::SyncHdr);
    builder.leaf(Tag::VerDTD, "1.1");
    builder.start(Tag::Meta);
    builder.leaf(Tag::MaxMsgSize, "9");
    builder.start(Tag::Data);
    builder.bytes(b"\x01\xff", crate::base::Span::default());
    let pretty = write_pretty(&builder.finish(0), &PrettyOptions { indent: 1, ..PrettyOptions::default() });
    insta::assert_snapshot!(pretty, @r"
    <SyncML xmlns='SYNCML:SYNCML1.1'>
     <SyncHdr>
      <VerDTD>1.1</VerDTD>
      <Meta>
       <MaxMsgSize xmlns='syncml:metinf'>9</MaxMsgSize>
       <Data><!-- 2 octets in base64: -->Af8=</Data>
      </Meta>
     </SyncHdr>
    </SyncML>
    ");
}

/// What must hold for any octets.
fn check(body: &[u8]) {
    let Ok(document) = decode(body) else { return };
    if document.fault.is_none()
        && !document.encoding.lossy
        && matches!(document.encoding.actual, "UTF-8" | "windows-1252")
    {
        assert_eq!(write_faithful(&document), body);
    }
    let (_, places) = write_pretty_with_positions(&document.tree);
    assert!(places.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    for id in document.tree.ids() {
        let _ = document.original_offset(body, document.tree.span(id).end as usize);
    }
    let once = write_canonical(&document.tree, Since::V1_2);
    if document.tree.root().is_some() {
        let again = decode(&once).unwrap();
        assert_eq!(again.fault, None, "{}", String::from_utf8_lossy(&once));
        let twice = write_canonical(&again.tree, Since::V1_2);
        assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
        if !document.anomalies.iter().any(|anomaly| matches!(anomaly.kind, A::BadName { .. })) {
            assert!(document.tree.same_content(&again.tree), "{}", String::from_utf8_lossy(&once));
        }
    }
}

fn piece() -> impl Strategy<Value = String> {
    let fixed = [
        "<SyncML xmlns='SYNCML:SYNCML1.2'>",
        "<SyncML>",
        "</SyncML>",
        "<Data>",
        "</Data>",
        "<Meta>",
        "</Meta >",
        "<Type xmlns=\"syncml:metinf\">",
        "</Type>",
        "<MgmtTree>",
        "</MgmtTree>",
        "<Add xmlns='syncml:dmddf1.2'>",
        "<Add>",
        "</Add>",
        "<p:x xmlns:p='u'>",
        "</p:x>",
        "<Final/>",
        "<x xmlns=''/>",
        "<x xmlns='http://x'>",
        "</x>",
        "<![CDATA[<DevInf/>]]>",
        "&lt;",
        "&#0;",
        "&",
        "&amp;",
        "<!-- - -->",
        "<?pi?>",
        "<!DOCTYPE a>",
        " ",
        "\r\n",
        "]]>",
        "\0",
        "é",
        "<?xml version='1.0'?>",
        "\u{feff}",
        "<",
        ">",
        "text ",
        "<Type a='1' a=2>",
    ];
    prop_oneof![8 => proptest::sample::select(fixed.to_vec()).prop_map(String::from), 1 => ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mixture_of_pieces_keeps_the_promises(pieces in proptest::collection::vec(piece(), 0..24)) {
        check(format!("<SyncML>{}", pieces.concat()).as_bytes());
        check(format!("{}</SyncML>", pieces.concat()).as_bytes());
    }

    #[test]
    fn any_change_of_a_message_keeps_the_promises(at in 0..MESSAGE.len(), octets in proptest::collection::vec(any::<u8>(), 0..3), cut in 0usize..4) {
        let mut body = MESSAGE.as_bytes().to_vec();
        let end = (at + cut).min(body.len());
        body.splice(at..end, octets);
        check(&body);
    }

    #[test]
    fn any_octets_keep_the_promises(octets in proptest::collection::vec(any::<u8>(), 0..64)) {
        check(&octets);
        check(&[b"<a>".as_slice(), &octets].concat());
    }
}

#[test]
fn text_forms_are_kept_apart() {
    let document = doc("<a>x&lt;<![CDATA[y]]></a>");
    let tree = &document.tree;
    let forms: Vec<_> = tree.children(tree.root().unwrap()).map(|id| tree.kind(id)).collect();
    use crate::markup::Kind::Text;
    assert_eq!(
        forms,
        [Text { form: TextForm::Plain }, Text { form: TextForm::Reference }, Text { form: TextForm::CData }]
    );
}
