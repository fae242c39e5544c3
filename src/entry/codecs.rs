//! Bodies: pushes, bootstrap messages, descriptions of devices, WBXML, XML, messages.

use crate::base::Limits;
use crate::ddf::{self, Found, Place};
use crate::download::{Descriptor, Report, absolute, is_descriptor, same_place};
use crate::markup::{Since, Tree};
use crate::provisioning::{self, Profile, Secrets};
use crate::push::{BootstrapPush, Notification, PapMessage, Push, SipMessage, SipRead, SipStream};
use crate::syncml::xml::{self, XmlDocument};
use crate::syncml::{self, MediaType};
use crate::wbxml::{self, EncodeOptions, Hint, Language};

/// Decodes and encodes a WBXML body. Asserts that the octets come back, that the annotation covers each of them once, and
/// that a document built anew from the tree is a fixed point.
pub fn wbxml(body: &[u8]) {
    let mut at = 0;
    for line in wbxml::annotate(body, Hint::default()) {
        assert_eq!(line.span.start as usize, at, "a line of the annotation begins where the one before it ends");
        assert!(!line.span.is_empty(), "a line of the annotation has octets");
        at = line.span.end as usize;
    }
    assert_eq!(at, body.len(), "the annotation covers all octets");
    let hints = [None, Some(Language::SyncMl), Some(Language::MetInf), Some(Language::Ddf), Some(Language::DevInf)];
    for language in hints {
        let Ok(document) = wbxml::decode(body, Hint { language }) else { continue };
        assert_eq!(wbxml::encode(&document), body, "encoding gives the octets that were decoded");
        walk(&document.tree);
        let again = wbxml::encode(&wbxml::from_tree(&document.tree, &EncodeOptions::default()));
        if let Ok(document) = wbxml::decode(&again, Hint::default()) {
            assert_eq!(wbxml::encode(&document), again, "encoding gives the octets of a document built anew");
        }
        other_faces(&document.tree);
    }
}

/// Decodes and writes an XML body, once as it stands and once as if the transport had named a character set. Asserts that
/// the octets of a document without fault come back, and that what the canonical writer wrote reads without fault.
pub fn xml(body: &[u8]) {
    for charset in [None, Some("utf-8"), Some("utf-16le"), Some("iso-8859-1"), Some("shift_jis")] {
        let Ok(document) = xml::decode_as(body, charset) else { continue };
        walk(&document.tree);
        if charset.is_none() && comes_back(&document) {
            assert_eq!(xml::write_faithful(&document), body, "writing gives the octets that were read");
        }
        for at in
            document.anomalies.iter().map(|anomaly| anomaly.at).chain(document.fault.as_ref().map(|fault| fault.at))
        {
            assert!(at <= document.text().map_or(body.len(), str::len), "a place lies inside the text");
            assert!(
                document.original_offset(body, at).is_none_or(|at| at <= body.len()),
                "a place lies inside the body"
            );
        }
        other_faces(&document.tree);
    }
}

/// Whether [`xml::write_faithful`] promises the same octets.
fn comes_back(document: &XmlDocument) -> bool {
    let encoding = &document.encoding;
    document.fault.is_none() && !encoding.lossy && (encoding.utf16 || encoding.actual == "UTF-8")
}

/// The two writers that are not faithful: what they write can be read.
fn other_faces(tree: &Tree) {
    let (pretty, places) = xml::write_pretty_with_positions(tree);
    let lines = pretty.lines().count();
    assert!(places.iter().all(|(_, place)| place.line <= lines.max(1)), "a place lies on a line");
    if tree.root().is_some() {
        let canonical = xml::write_canonical(tree, Since::V1_2);
        let again = xml::decode(&canonical);
        assert!(again.is_ok(), "what the canonical writer writes can be read: {again:?}");
    }
}

/// Asks a tree everything that it is asked elsewhere, in time that follows its size.
fn walk(tree: &Tree) {
    let mut children = 0_usize;
    for (number, id) in tree.ids().enumerate() {
        children = children.saturating_add(tree.children(id).count());
        let _ = (tree.tag(id), tree.qualified_name(id), tree.namespace_uri(id), tree.piece(id), tree.bytes(id));
        // A path costs the depth, a text the nodes below.
        if number < 64 {
            let _ = (tree.path(id), tree.text(id), tree.content_bytes(id), tree.has_stray_text(id));
        }
        if let Some(embedded) = tree.embedded(id) {
            walk(embedded);
        }
    }
    assert_eq!(children.saturating_add(tree.top().count()), tree.len(), "every node has one parent, or is at the top");
}

/// Reads a body as a message, whatever its media type says, and asks it everything.
pub fn message(body: &[u8]) {
    let medias = [MediaType::Missing, MediaType::DmXml, MediaType::DmWbxml, MediaType::DsWbxml, MediaType::Other];
    for media in medias {
        let message = match syncml::decode(body.to_vec(), media) {
            Ok(message) => message,
            Err((_, given_back)) => {
                assert_eq!(given_back, body, "the body is given back");
                continue;
            }
        };
        assert_eq!(message.body(), body, "the body is kept as it was");
        let _ = (message.session_id(), message.msg_number(), message.target(), message.source(), message.has_final());
        for (id, command) in message.commands_with_ids() {
            let _ = (message.cmd_id(command), message.code(command), message.children_of(id).count());
            for item in message.items(command) {
                let _ = (message.value(item.target_uri), message.value(item.source_uri));
            }
            assert!(command.parent.is_none_or(|parent| parent < id), "a container comes before its children");
        }
    }
}

/// Reads octets as a description of a device. Asserts that places lie inside the file, and that what is found by
/// URI is there.
pub fn ddf(octets: &[u8]) {
    let Ok(description) = ddf::read("input", octets) else { return };
    let is_inside = |place: Place| match place {
        // One octet of a file may be three of its text in UTF-8.
        Place::Text { line, column } => (line.max(column) as usize) <= octets.len().saturating_mul(3).saturating_add(1),
        Place::Octet(at) => at as usize <= octets.len(),
    };
    assert!(description.faults.iter().all(|fault| is_inside(fault.place)), "a fault lies inside the file");
    for uri in ["./DevInfo", "./Vendor/Example/Settings", "./A/B/C/D"] {
        if let Some(Found::Node(id) | Found::Below(id)) = description.find(uri) {
            assert!(description.node(id).is_some_and(|node| is_inside(node.place)), "a node that is found is there");
            assert!(description.children(id).count() <= description.len(), "children are nodes");
        }
    }
}

/// Reads octets as a push and as a notification, as a message to a push proxy and as one of SIP. Asserts that the octets come back, and that fields lie inside them.
pub fn push(octets: &[u8]) {
    if let Ok(push) = Push::decode(octets) {
        assert_eq!(push.encode(), octets, "encoding gives the octets of a push");
        assert_eq!(push.head_length() + push.body.len(), octets.len(), "head and content are all of it");
    }
    if let Some(message) = PapMessage::read("multipart/related; boundary=b", octets) {
        assert!(message.receivers.len() <= Limits::PUSH_RECEIVERS, "receivers are bounded");
        let _ = message.entity().read();
    }
    if let SipRead::Message(message, length) = SipMessage::read(octets, true) {
        assert!(length <= octets.len(), "a message lies inside the octets");
        let _ = message.entity().read();
    }
    let mut stream = SipStream::default();
    octets.chunks(13).for_each(|piece| drop(stream.data(piece)));
    if let Ok(notification) = Notification::decode(octets) {
        assert_eq!(notification.encode(), octets, "encoding gives the octets of a notification");
        for field in notification.fields() {
            assert!(field.span.end as usize <= octets.len(), "a field lies inside the notification");
        }
    }
}

/// Reads octets as a bootstrap message, with and without its push. Asserts that a push comes back, that lines cover what was
/// read once each, that a fault lies inside, and that what is written of a document is read as the same document.
pub fn provisioning(octets: &[u8]) {
    let mut body = octets;
    if let Ok(push) = BootstrapPush::decode(octets) {
        assert_eq!(push.encode(), octets, "encoding gives the octets of a push");
        body = octets.get(push.head_length()..).unwrap_or_default();
        assert_eq!(body, push.body, "head and content are all of it");
    }
    card(octets);
    let document = provisioning::decode(body);
    assert!(document.fault.as_ref().is_none_or(|fault| fault.at <= body.len()), "a fault lies inside the body");
    let again = provisioning::decode(document.to_xml().as_bytes());
    assert_eq!(again.fault, None, "what is written is read");
    assert_eq!(again.to_xml(), document.to_xml(), "what is written is the same document");
    let _ = provisioning::account_rows(&document);
    let secrets = Secrets { pin: Some("2468049082".to_owned()), ..Secrets::default() };
    for sec in ["0", "1", "2", "3"] {
        let _ = provisioning::verify(Profile::Dm, Some(sec), Some(&"0".repeat(40)), body, &secrets);
    }
    let (lines, fault) = provisioning::annotate(body);
    let mut at = 0;
    for line in lines {
        assert_eq!(line.span.start as usize, at, "a line begins where the one before it ends");
        at = line.span.end as usize;
    }
    assert!(fault.is_some() || at == body.len(), "without a fault, lines cover the body");
}

/// Reads octets as the image of a file of a smart card. Asserts that what was found, what was skipped and what was not looked at cover it once.
fn card(image: &[u8]) {
    let found = provisioning::card(image);
    assert!(found.documents.len() <= Limits::CARD_DOCUMENTS, "documents are bounded");
    let spans = found.documents.iter().map(|document| document.span);
    let mut spans: Vec<_> = spans.chain(found.skipped.iter().map(|skipped| skipped.span)).chain(found.unread).collect();
    spans.sort_by_key(|span| span.start);
    let mut at = 0;
    for span in spans {
        assert_eq!(span.start as usize, at, "a part begins where the one before it ends");
        assert!(!span.is_empty(), "a part has octets");
        at = span.end as usize;
    }
    assert_eq!(at, image.len(), "all of the image is told of");
}

/// Reads octets as a download descriptor and as a report on a download. Asserts that what is kept is bounded, and that addresses
/// that were made absolute stay so.
pub fn download(octets: &[u8]) {
    let descriptor = Descriptor::read(octets);
    assert!(descriptor.objects.len() <= Limits::DOWNLOAD_OBJECTS, "objects are bounded");
    assert!(descriptor.octets() <= 40 * octets.len() + 1_024 * Limits::DOWNLOAD_OBJECTS, "memory follows the input");
    let _ = (is_descriptor(None, octets), descriptor.summary(), descriptor.major().len());
    for object in &descriptor.objects {
        assert!(object.types.len() <= Limits::DOWNLOAD_TYPES, "types are bounded");
        let _ = object.octets();
        for uri in object.uri.iter().chain(&object.notify) {
            let url = absolute("http://dl.example.com/a/b?c", uri);
            assert_eq!(absolute("http://other/", &url), url, "an absolute address stays as it is");
            let place = same_place(&url).unwrap_or_default();
            assert!(place.len() <= 8 * url.len() + 64, "what is compared follows the input");
        }
    }
    let report = Report::read(octets);
    assert!(report.line.chars().count() <= 64, "a line is bounded");
    assert!(report.code.is_none_or(|code| code <= 999), "a code has three digits");
}
