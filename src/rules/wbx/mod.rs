//! WBX: how a message is written in WBXML.
//!
//! [`header`] is about what stands before the first tag, [`tokens`] about the tokens, [`opaque`] about binary data. Every
//! rule has one occasion for each message, and one finding that names the first place and counts the others.

use super::cx::Msg;
use super::rule::{Clause, Family};
use super::xml::{and_more, is_whole, places};
use crate::syncml::{Document as AnyDocument, Oddity, Sighting};
use crate::wbxml::{Anomaly, Document};

mod header;
mod opaque;
mod tokens;

#[cfg(test)]
mod tests;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "WBX",
    title: "WBXML encoding",
    rules: &[
        &header::VERSION,
        &header::PUBLIC_ID,
        &header::PUBLIC_ID_AND_VERSION,
        &header::CHARSET,
        &header::STRING_TABLE,
        &tokens::UNDEFINED_TOKEN,
        &tokens::WRONG_PAGE,
        &tokens::END_BALANCE,
        &tokens::CONTENT_BIT,
        &tokens::ATTRIBUTES,
        &opaque::BINARY_DATA,
        &opaque::LENGTH,
        &header::VERSION_REFUSED,
        &tokens::LITERALS,
        &tokens::EXTENSIONS,
        &opaque::INNER_DOCUMENT,
    ],
    ..Family::NONE
};

const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";
const TND: &str = "OMA-TS-DM_TND-V1_2_1";
const WAP_WBXML: &str = "WAP-192-WBXML";

const WBXML_USAGE: Clause = Clause { document: DREP, section: "5.2 WBXML" };
const CODE_PAGES: Clause = Clause { document: CREP, section: "8.2 Code pages" };

/// A session of two steps in WBXML; lines change the server's first message.
macro_rules! session {
    ($lines:literal) => {
        session!("", $lines)
    };
    ($options:literal, $lines:literal) => {
        concat!(
            "session encoding=wbxml",
            $options,
            "\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Acme ./DevInfo/Mod=One ",
            "./DevInfo/DmV=1.2 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n    Replace ./A/x=5 format=int\n",
            $lines,
            "device\n    Status SyncHdr 200\n    Status Replace 200\nserver\n    Status SyncHdr 200\n"
        )
    };
}
use session;

/// A session in WBXML with nothing to say about it.
const GOOD: &str = session!("");

/// A session in XML.
const XML: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Acme \
                   ./DevInfo/Mod=One ./DevInfo/DmV=1.2 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n";

/// The document of a message in WBXML.
fn document_of(msg: Msg<'_>) -> Option<&Document> {
    match msg.message().document() {
        AnyDocument::Wbxml(document) => Some(document),
        AnyDocument::Xml(_) => None,
    }
}

/// An oddity of a message in WBXML.
fn sighting(msg: Msg<'_>, oddity: Oddity) -> Option<Sighting> {
    msg.message().survey().sighting(oddity)
}

/// The first of some anomalies, with how many more there are, as a text.
fn first_of(document: &Document, wanted: fn(&Anomaly) -> bool) -> Option<(&Anomaly, String)> {
    let mut all = document.anomalies.iter().filter(|anomaly| wanted(anomaly));
    let first = all.next()?;
    Some((first, format!("{first}{}", and_more(all.count() + 1))))
}
