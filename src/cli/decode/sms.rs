//! Short messages: their TPDUs, and what they are parts of.

use super::Form;
use crate::base::{FrameNo, Limits, Timestamp};
use crate::cli::output::Output;
use crate::report::visible;
use crate::sms::{Alphabet, Assembler, Lines, Part, ShortMessage, Tpdu, TpduKind, lines, listed, tpdu_of};
use serde_json::json;
use std::io::{self, Write};

/// Whether octets are short messages of a push, or parts of one: every length fits, and a header says so.
pub(in crate::cli) fn are_these(octets: &[u8]) -> bool {
    let is_push = |octets: &Vec<u8>| {
        let part = tpdu_of(octets).and_then(|with| part(&Tpdu::decode(with.tpdu).ok()?, 0));
        part.is_some_and(|part| part.ports.is_some() || part.concatenation.is_some())
    };
    let list = listed(octets).or_else(|| lines(octets).map(|lines| lines.messages));
    list.is_some_and(|list| list.iter().any(is_push))
}

fn part(tpdu: &Tpdu<'_>, at: usize) -> Option<Part> {
    let number = u64::try_from(at).ok().and_then(|at| FrameNo::new(at.saturating_add(1)));
    Part::of(tpdu, number.unwrap_or(FrameNo::FIRST), Timestamp::default())
}

/// What came of short messages.
pub(super) struct Shown {
    /// Those that are whole.
    pub(super) whole: Vec<ShortMessage>,
    /// Whether every one could be read.
    pub(super) is_all: bool,
}

/// The TPDUs of a file; what is wrong with it is told.
fn list(octets: &[u8], output: &Output) -> (Vec<Vec<u8>>, bool) {
    if let Some(list) = listed(octets) {
        return (list, true);
    }
    let Some(Lines { messages, unread, left }) = lines(octets) else { return (vec![octets.to_vec()], true) };
    for (number, why) in unread.iter().take(super::TOLD) {
        output.warning(&format!("line {number} is passed over: {why}"));
    }
    if unread.len() > super::TOLD {
        output.warning(&format!("{} more lines are passed over", unread.len().saturating_sub(super::TOLD)));
    }
    if left > 0 {
        output.warning(&format!(
            "the file has {left} short messages past the {} that are read at a time; split it",
            Limits::SMS_FILE
        ));
    }
    (messages, unread.is_empty() && left == 0)
}

/// Shows short messages, and gives those that are whole; what is wrong with the others is told.
pub(super) fn show(octets: &[u8], form: Form, output: &Output) -> io::Result<Shown> {
    let (list, mut is_all) = list(octets, output);
    let mut results = output.results();
    let (mut assembler, mut whole, mut rows) = (Assembler::new(), Vec::new(), Vec::new());
    for (at, octets) in list.iter().enumerate() {
        let number = at.saturating_add(1);
        let with = tpdu_of(octets);
        let tpdu = match Tpdu::decode(with.as_ref().map_or(octets, |with| with.tpdu)) {
            Ok(tpdu) => tpdu,
            Err(error) => {
                output.warning(&format!("short message {number} cannot be read: {error}"));
                is_all = false;
                continue;
            }
        };
        let mut fields = vec![("message", format!("{number} of {}", list.len()))];
        fields.extend(with.and_then(|with| with.centre).map(|centre| ("service centre", centre.text)));
        fields.extend(facts(&tpdu));
        match form {
            Form::Json => rows.push(json!({
                "fields": fields.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>()
            })),
            Form::Xml | Form::Hex => {
                for (name, value) in &fields {
                    writeln!(results, "{name:<18} {}", visible(value))?;
                }
                writeln!(results)?;
            }
        }
        if form == Form::Hex {
            super::dump::plain(octets, &mut results)?;
            writeln!(results)?;
        }
        match part(&tpdu, at) {
            Some(part) => whole.extend(assembler.take(part)),
            None => output.warning(&format!("short message {number} is made of letters, and no push")),
        }
    }
    if form == Form::Json {
        writeln!(results, "{}", json!({ "type": "short-messages", "messages": rows }))?;
    }
    results.flush()?;
    assembler.finish();
    for problem in assembler.take_problems().iter().take(super::TOLD) {
        output.warning(&visible(&problem.text));
    }
    Ok(Shown { whole, is_all })
}

/// What a TPDU says, each with a name.
fn facts(tpdu: &Tpdu<'_>) -> Vec<(&'static str, String)> {
    let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let (way, times) = match tpdu.kind {
        TpduKind::Deliver => ("originator", "time stamp"),
        TpduKind::Submit => ("destination", "validity period"),
    };
    let coding = match tpdu.alphabet() {
        Alphabet::Seven => "letters of seven bits",
        Alphabet::Eight => "octets",
        Alphabet::Ucs2 => "letters of sixteen bits",
        Alphabet::Compressed => "compressed letters",
    };
    let (header, content) = tpdu.user_data();
    let mut facts = vec![("TPDU", tpdu.kind.name().to_owned())];
    facts.extend(tpdu.reference.map(|reference| ("reference", reference.to_string())));
    facts.push((way, tpdu.address.text.clone()));
    facts.push(("protocol", format!("{:02x}", tpdu.pid)));
    facts.push(("data coding", format!("{:02x}, {coding}", tpdu.dcs)));
    facts.extend((!tpdu.times.is_empty()).then(|| (times, hex(tpdu.times))));
    facts.push(("user data", format!("{} octets", tpdu.data.len())));
    let Some(header) = header else { return facts };
    for element in &header.elements {
        facts.push(("header element", format!("{:02x} {}, {}", element.id, hex(element.octets), element.name())));
    }
    facts.extend(header.ports.map(|ports| ("port", format!("{} from {}", ports.destination, ports.source))));
    facts.extend(
        header
            .concatenation
            .map(|part| ("part", format!("{} of {}, reference {}", part.sequence, part.total, part.reference))),
    );
    facts.extend(header.fault.map(|fault| ("fault", fault.to_string())));
    facts.push(("content", format!("{} octets", content.len())));
    facts
}
