//! XML: how a message is written in XML.
//!
//! [`document`] is about the document as a whole, decodable or not; [`elements`] about names, name spaces and content of
//! its elements, in documents that could be read without doubt. Every rule has one occasion for each message, and one
//! finding that names the first place and counts the others.

use super::cx::Msg;
use super::rule::{Clause, Family};
use crate::markup::NodeId;
use crate::syncml::xml::XmlDocument;
use crate::syncml::{Document, Oddity, Sighting};

mod document;
mod elements;

#[cfg(test)]
mod tests;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "XML",
    title: "XML encoding",
    rules: &[
        &document::NOT_WELL_FORMED,
        &document::ROOT,
        &elements::MET_INF_ELSEWHERE,
        &elements::MET_INF_MISSPELLED,
        &elements::MARKUP_NOT_ESCAPED,
        &elements::MARKUP_WITHOUT_NAMESPACE,
        &document::ENCODING_MISMATCH,
        &document::UNUSUAL_ENCODING,
        &document::DOCTYPE,
        &document::ENTITIES,
        &elements::NAME_IN_OTHER_CASE,
        &elements::NOT_EMPTY,
        &elements::MIXED_CONTENT,
        &elements::ATTRIBUTES,
        &elements::PADDED_VALUE,
        &document::FORBIDDEN_CHARACTERS,
    ],
    ..Family::NONE
};

const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";
const MS_MDM: &str = "[MS-MDM]";

const XML_USAGE: Clause = Clause { document: CREP, section: "5 XML usage" };
const DTD: Clause = Clause { document: CREP, section: "7 DTD" };
const REGISTRATION: Clause =
    Clause { document: DREP, section: "Media type registration of application/vnd.syncml.dm+xml" };

/// A session of two steps; `patch` lines change the server's message, which is the last but one of the server.
macro_rules! session {
    ($lines:literal) => {
        concat!(
            "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Acme ./DevInfo/Mod=One ",
            "./DevInfo/DmV=1.2 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n    Replace ./A/x=5 format=int\n",
            $lines,
            "device\n    Status SyncHdr 200\n    Status Replace 200\nserver\n    Status SyncHdr 200\n"
        )
    };
}
use session;

/// A session in XML with nothing to say about it.
const GOOD: &str = session!("");

/// The same session in WBXML.
const WBXML: &str = concat!("session encoding=wbxml\n", session!(""));

/// The document of a message in XML.
fn document_of(msg: Msg<'_>) -> Option<&XmlDocument> {
    match msg.message().document() {
        Document::Xml(document) => Some(document),
        Document::Wbxml(_) => None,
    }
}

/// Whether the body is in the capture from its first to its last octet.
pub(super) fn is_whole(msg: Msg<'_>) -> bool {
    msg.entry.transport.as_ref().is_none_or(|transport| transport.has_whole_body())
}

/// An oddity of a message in XML.
fn sighting(msg: Msg<'_>, oddity: Oddity) -> Option<Sighting> {
    msg.message().survey().sighting(oddity)
}

/// ` and N more`, for a finding that names the first place of several.
pub(super) fn and_more(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        count => format!(", and {} more like it", count - 1),
    }
}

/// The first place of several, with their number.
pub(super) fn places(msg: Msg<'_>, first: NodeId, count: u32) -> String {
    format!("{}{}", msg.message().path(first), and_more(usize::try_from(count).unwrap_or(usize::MAX)))
}
