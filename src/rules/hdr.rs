//! HDR: the message header, SyncHdr, and what holds it.

use super::cx::{Cx, Msg};
use super::helper::quoted;
use super::rule::{Check, Clause, Family, Rule, Source};
use crate::base::Severity;

/// The family.
pub(super) static FAMILY: Family =
    Family { letters: "HDR", title: "Message header (SyncHdr) and containers", rules: &[&SESSION_ID_LENGTH] };

const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";

static SESSION_ID_LENGTH: Rule = Rule {
    id: "HDR-006",
    name: "session-id-too-long",
    title: "SessionID is at most four octets",
    severity: Severity::Warning,
    source: Source::TextMs,
    clause: &[Clause { document: CREP, section: "6.1 SessionID" }],
    what: "Each SyncHdr that carries a SessionID is looked at: its text, without white space around it, has at most four \
           octets of UTF-8. Longer decimal counters are met in the field, hence only a warning outside strict mode.",
    why: "Servers keep the id in four octets; a longer one is cut, and two sessions become one.",
    mend: "Count sessions in hexadecimal, and start again after FFFF.",
    pass: &["session session=1A2F\ndevice\n    Alert 1201\n"],
    violate: &["session session=20240131\ndevice\n    Alert 1201\n"],
    not_applicable: &["device\n    Alert 1201\n    patch \"<SessionID>1A</SessionID>\" => \"<SessionID/>\"\n"],
    check: Check::Message(session_id_length),
    ..Rule::MUST
};

fn session_id_length(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(id) = msg.message().session_id() else { return };
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.session_id));
    if id.len() > 4 {
        occasion.violated(format!("SessionID {} has {} octets", quoted(id), id.len()), "at most four octets");
    }
}
