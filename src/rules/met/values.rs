//! Data held to its Format and Size: MET-003 to MET-008, MET-017.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::finding::Reason;
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Level, Rule, Scope, Source, Versions};
use super::super::sta::common::opened;
use super::{DREP, MET, NO_META, TND, is_rest, item_shown};
use crate::base::Severity;
use crate::dm::ObjectEnd;
use crate::markup::{NodeId, Tag};
use crate::syncml::{CommandName, Encoding, Format, Item, number, trim};
use std::borrow::Cow;

const FORMAT: Clause = Clause { document: MET, section: "Format" };

/// Values in all formats that have a form.
const GOOD: &str = opened!(
    " Replace ./Vendor/A=aGVsbG8= format=b64",
    " Replace ./Vendor/B=-5 format=int",
    " Replace ./Vendor/C=true format=bool",
    " Replace ./Vendor/D=2007-12-31 format=date",
    " Replace ./Vendor/E=23:59:59Z format=time",
    " Replace ./Vendor/F=-1.5e3 format=float",
    " Replace ./Vendor/G=\"\" format=null",
    " Replace ./Vendor/H=hello format=chr size=5",
);

/// An Item with Data, of a certain format.
struct Typed<'s> {
    cmd: Cmd<'s>,
    position: usize,
    item: &'s Item,
    data: NodeId,
    format: Format,
}

/// The Items with Data in one of these formats; elements inside Data are another rule's matter.
fn typed<'s>(msg: Msg<'s>, formats: &'static [Format]) -> impl Iterator<Item = Typed<'s>> {
    let survey = msg.message().survey();
    let has_some = formats.iter().any(|format| survey.formats.contains(*format));
    let commands = has_some.then(|| msg.commands()).into_iter().flatten();
    let commands = commands.filter(|cmd| cmd.command.name != CommandName::Status);
    commands.flat_map(move |cmd| {
        cmd.items().iter().enumerate().filter_map(move |(position, item)| {
            let data = item.data?;
            let message = cmd.message();
            let format = Format::of(message.text(message.effective_met_inf(cmd.command, Some(item), Tag::Format)))?;
            let is_plain = formats.contains(&format) && message.tree().elements(data).next().is_none();
            is_plain.then_some(Typed { cmd, position, item, data, format })
        })
    })
}

/// A value, with all its parts.
enum Value<'s> {
    Text(Cow<'s, str>),
    /// Octets that are no text.
    Octets,
    /// It began in an earlier message, where it is judged.
    Rest,
    /// Not all of it is there.
    Unknown(Reason),
}

impl<'s> Typed<'s> {
    fn value(&self) -> Value<'s> {
        let Self { cmd, position, item, data, .. } = *self;
        if is_rest(cmd, position) {
            return Value::Rest;
        }
        if item.more_data.is_none() {
            return match text(cmd, data) {
                Some(text) => Value::Text(Cow::Borrowed(trim(text))),
                None => Value::Octets,
            };
        }
        let session = cmd.session();
        let Some(object) = session.object_of(cmd.place()).filter(|object| object.end == ObjectEnd::Complete) else {
            return Value::Unknown(Reason::EndNotCaptured);
        };
        let last = object.chunks.last().map_or(cmd.msg.id, |chunk| chunk.entry);
        if !session.is_whole_between(cmd.msg.id, last) {
            return Value::Unknown(Reason::MessageLost);
        }
        let mut whole = String::new();
        for chunk in &object.chunks {
            let part = session.entry(chunk.entry).and_then(|entry| {
                let msg = Msg { session, id: chunk.entry, entry };
                let cmd = msg.command(chunk.command)?;
                Some((cmd, cmd.items().get(chunk.item as usize)?.data?))
            });
            let Some((cmd, data)) = part else { continue };
            match text(cmd, data) {
                Some(text) => whole.push_str(text),
                None => return Value::Octets,
            }
        }
        Value::Text(Cow::Owned(trim(&whole).to_owned()))
    }

    fn shown(&self, value: &str) -> String {
        format!("{} in {}, Format {}", quoted(value), item_shown(self.cmd, self.item), self.format.name())
    }
}

/// The text of a Data as it came; `None` for octets that are none.
fn text(cmd: Cmd<'_>, data: NodeId) -> Option<&str> {
    std::str::from_utf8(cmd.message().tree().content_bytes(data)).ok()
}

/// How far a value is from its format.
enum Fit {
    Right,
    /// No more than a warning, in strict mode too.
    Nearly,
    Wrong,
}

/// What a value of a format must look like, where the text is clearly none.
pub(in crate::rules) fn misfit(format: Format, text: &str) -> Option<&'static str> {
    let (fit, expected) = match format {
        Format::Bin | Format::B64 => (base64(text), "base64 text"),
        Format::Int => (integer(text), "a whole number"),
        Format::Bool => (boolean(text), "true or false"),
        Format::Date | Format::Time | Format::Float => (iso_or_float(format, text), iso_expected(format)),
        _ => return None,
    };
    matches!(fit, Fit::Wrong).then_some(expected)
}

/// Holds all values of some formats to what they must look like.
fn judge(
    msg: Msg<'_>,
    cx: &mut Cx<'_>,
    formats: &'static [Format],
    fit: fn(Format, &str) -> Fit,
    expected: fn(Format) -> &'static str,
) {
    for typed in typed(msg, formats) {
        let value = typed.value();
        if matches!(value, Value::Rest) {
            continue;
        }
        let expected = expected(typed.format);
        let occasion = cx.occasion(typed.cmd.at_node(typed.data));
        match value {
            Value::Text(text) => match fit(typed.format, &text) {
                Fit::Right => {}
                Fit::Nearly => occasion.violated_as(Severity::Warning, typed.shown(&text), expected),
                Fit::Wrong => occasion.violated(typed.shown(&text), expected),
            },
            Value::Octets => {
                let what = item_shown(typed.cmd, typed.item);
                occasion
                    .violated(format!("octets that are no text in {what}, Format {}", typed.format.name()), expected);
            }
            Value::Unknown(reason) => occasion.undecided(reason),
            Value::Rest => {}
        }
    }
}

pub(super) static BIN_IN_XML: Rule = Rule {
    id: "MET-003",
    name: "bin-in-xml",
    title: "Binary data in XML has Format b64",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[Clause { document: TND, section: "7.7.2 Format" }],
    what: "In a message in XML no Item with Data has Format bin: binary data is base64 there, and says so. Items without Data, \
           or with an empty one, are not looked at.",
    why: "The receiver stores the base64 text as if it were the octets.",
    mend: "Send Format b64 with base64 in XML; bin is for octets as they are, in WBXML.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=aGVsbG8= format=bin")],
    not_applicable: &[NO_META, opened!(" Replace ./Vendor/A=\"\" format=bin")],
    check: Check::Message(bin_in_xml),
    ..Rule::MUST
};

fn bin_in_xml(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if msg.message().encoding() != Encoding::Xml {
        return;
    }
    for typed in typed(msg, &[Format::Bin, Format::B64]) {
        if typed.cmd.text(typed.data).is_empty() {
            continue;
        }
        let occasion = cx.occasion(typed.cmd.at_node(typed.data));
        if typed.format == Format::Bin {
            let seen = format!("Format bin for {} in XML", item_shown(typed.cmd, typed.item));
            occasion.violated(seen, "Format b64, and base64 in Data");
        }
    }
}

pub(super) static BASE64: Rule = Rule {
    id: "MET-004",
    name: "base64-malformed",
    title: "Data with Format b64 is base64",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[FORMAT, Clause { document: "RFC 2045", section: "6.8 Base64 Content-Transfer-Encoding" }],
    what: "Data with Format b64, without its white space, has only characters of base64, and = at its end to fill up to four. \
           A value in several parts is judged when all of them are there. What lacks only the = at the end is a warning in \
           strict mode too.",
    why: "The receiver decodes a wrong value, or none.",
    mend: "Encode the octets as RFC 2045 says, with padding.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=abc* format=b64")],
    not_applicable: &[NO_META],
    check: Check::Message(|msg, cx| {
        judge(msg, cx, &[Format::B64], |_, text| base64(text), |_| "base64 text with its padding")
    }),
    ..Rule::MUST
};

fn base64(text: &str) -> Fit {
    let octets = || text.bytes().filter(|octet| !octet.is_ascii_whitespace());
    let padding = octets().rev().take_while(|octet| *octet == b'=').count();
    let count = octets().count();
    let digits = count.saturating_sub(padding);
    let is_digit = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
    if padding > 2 || !octets().take(digits).all(is_digit) || digits % 4 == 1 {
        Fit::Wrong
    } else if count.is_multiple_of(4) {
        Fit::Right
    } else if padding == 0 {
        Fit::Nearly
    } else {
        Fit::Wrong
    }
}

pub(super) static INTEGER: Rule = Rule {
    id: "MET-005",
    name: "integer-malformed",
    title: "Data with Format int is a whole number",
    severity: Severity::Warning,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[FORMAT],
    what: "Data with Format int is a decimal number with or without a sign. An empty one is a warning in strict mode too.",
    why: "The receiver refuses the value, or reads another number.",
    mend: "Write a whole number in decimal digits, or use float or chr.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=1.5 format=int")],
    not_applicable: &[NO_META],
    check: Check::Message(|msg, cx| {
        judge(msg, cx, &[Format::Int], |_, text| integer(text), |_| "a whole number, such as -5")
    }),
    ..Rule::MUST
};

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn integer(text: &str) -> Fit {
    match text {
        "" => Fit::Nearly,
        text if are_digits(unsigned(text)) => Fit::Right,
        _ => Fit::Wrong,
    }
}

pub(super) static BOOLEAN: Rule = Rule {
    id: "MET-006",
    name: "boolean-malformed",
    title: "Data with Format bool is true or false",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[FORMAT],
    what: "Data with Format bool is true or false, in whatever case.",
    why: "1 and yes are false to many implementations.",
    mend: "Write true or false.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=1 format=bool")],
    not_applicable: &[NO_META],
    check: Check::Message(|msg, cx| judge(msg, cx, &[Format::Bool], |_, text| boolean(text), |_| "true or false")),
    ..Rule::MUST
};

fn boolean(text: &str) -> Fit {
    let is_right = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    if is_right { Fit::Right } else { Fit::Wrong }
}

pub(super) static DATE_TIME_FLOAT: Rule = Rule {
    id: "MET-007",
    name: "date-time-or-float-malformed",
    title: "Data with Format date, time or float has its form",
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[FORMAT],
    what: "Data with Format date is a date of ISO 8601 with its century, with time a time of ISO 8601, with or \
           without the date before it, with float a decimal number with or without an exponent. The basic and the extended form of ISO 8601 are both right.",
    why: "The receiver refuses the value, or takes the month for the day.",
    mend: "Write dates as 2007-12-31, times as 23:59:59, and a point in decimal numbers.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=31.12.2007 format=date")],
    not_applicable: &[NO_META],
    check: Check::Message(|msg, cx| {
        judge(msg, cx, &[Format::Date, Format::Time, Format::Float], iso_or_float, iso_expected)
    }),
    ..Rule::MUST
};

fn iso_expected(format: Format) -> &'static str {
    match format {
        Format::Date => "a date such as 2007-12-31",
        Format::Time => "a time such as 23:59:59",
        _ => "a number such as -1.5e3",
    }
}

fn iso_or_float(format: Format, text: &str) -> Fit {
    let is_right = match format {
        Format::Date => is_date(text),
        // A point in time with its date is a time of ISO 8601, too.
        Format::Time => {
            is_time(text) || text.split_once('T').is_some_and(|(date, time)| is_date(date) && is_time(time))
        }
        _ => is_float(text),
    };
    if is_right { Fit::Right } else { Fit::Wrong }
}

/// Year, and behind it month and day, or week and day, or the day of the year.
fn is_date(text: &str) -> bool {
    let shape: String = text.chars().map(|ch| if ch.is_ascii_digit() { '0' } else { ch }).collect();
    let shapes = [
        "0000",
        "0000-00",
        "0000-00-00",
        "00000000",
        "0000-W00",
        "0000W00",
        "0000-W00-0",
        "0000W000",
        "0000-000",
        "0000000",
    ];
    shapes.contains(&shape.as_str())
}

fn is_time(text: &str) -> bool {
    let text = text.strip_prefix('T').unwrap_or(text);
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let is_zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => is_clock(offset, 2),
        None => zone.is_empty() || zone == "Z",
    };
    let (clock, fraction) = clock.split_once(['.', ',']).map_or((clock, None), |(clock, part)| (clock, Some(part)));
    is_zone && is_clock(clock, 3) && fraction.is_none_or(are_digits)
}

/// Pairs of digits, with colons between all of them or none; so many pairs at most.
fn is_clock(text: &str, most: usize) -> bool {
    let digits: String = text.split(':').collect();
    let has_colons = text.contains(':');
    let is_even = are_digits(&digits) && digits.len().is_multiple_of(2) && digits.len() / 2 <= most;
    is_even && (!has_colons || text.split(':').all(|pair| pair.len() == 2))
}

fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(left, right)| (left, Some(right)));
    let mantissa = unsigned(mantissa);
    let is_number = match mantissa.split_once('.') {
        None => are_digits(mantissa),
        Some((whole, part)) => {
            (are_digits(whole) && (part.is_empty() || are_digits(part))) || (whole.is_empty() && are_digits(part))
        }
    };
    (is_number && exponent.is_none_or(|exponent| are_digits(unsigned(exponent))))
        || matches!(text, "INF" | "-INF" | "NaN")
}

pub(super) static NULL: Rule = Rule {
    id: "MET-008",
    name: "null-with-data",
    title: "Format null has no data",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[FORMAT, Clause { document: DREP, section: "6.3.2 Item" }],
    what: "Data with Format null is empty.",
    why: "The value is dropped without a word.",
    mend: "Leave the Data empty, or give the Format of the value.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=x format=null")],
    not_applicable: &[NO_META],
    check: Check::Message(|msg, cx| judge(msg, cx, &[Format::Null], |_, text| null(text), |_| "no data")),
    ..Rule::MUST
};

fn null(text: &str) -> Fit {
    if text.is_empty() { Fit::Right } else { Fit::Wrong }
}

pub(super) static SIZE: Rule = Rule {
    id: "MET-017",
    name: "size-of-other-length",
    title: "Size is the length of the data",
    scope: Scope::Element,
    clause: &[Clause { document: MET, section: "Size" }, Clause { document: TND, section: "7.7.4 Size" }],
    what: "Where an Item that comes in one piece has Size and data, Size is the number of its octets as they are carried: \
           base64 counts as text, and white space around it may count or not. Characters instead of octets are information. \
           Sizes of values in several parts, and of download descriptors, are not looked at.",
    why: "The receiver answers 424, or shows a progress that never ends.",
    mend: "Count the octets of Data as they are sent.",
    pass: &[GOOD],
    violate: &[opened!(" Replace ./Vendor/A=hello format=chr size=37214")],
    not_applicable: &[NO_META],
    check: Check::Message(size),
    yields_to: &["LOB-002"],
    ..Rule::SHOULD
};

fn size(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let message = msg.message();
    if !message.survey().met_inf.contains(Tag::Size) {
        return;
    }
    for cmd in msg.commands() {
        let items = cmd.items();
        for (position, item) in items.iter().enumerate() {
            let own = message.met_inf(item.meta, Tag::Size);
            // One Size cannot be that of several Items.
            let size = own.or_else(|| message.met_inf(cmd.command.meta, Tag::Size).filter(|_| items.len() == 1));
            let (Some(size), Some(data)) = (size, item.data) else { continue };
            let Some(announced) = number(message.text(size)) else { continue };
            let octets = message.tree().content_bytes(data);
            let has_elements = message.tree().elements(data).next().is_some();
            let kind = message.text(message.effective_met_inf(cmd.command, Some(item), Tag::Type));
            if octets.is_empty() || has_elements || item.more_data.is_some() || kind.contains("vnd.oma.dd") {
                continue;
            }
            if is_rest(cmd, position) {
                continue;
            }
            let occasion = cx.occasion(cmd.at_node(size));
            let is_xml = message.encoding() == Encoding::Xml;
            let written = if is_xml { message.span(data).of(message.body()) } else { &[] };
            if lengths(written, octets).contains(&announced) {
                continue;
            }
            let seen = format!("Size {announced} for {}, which has {} octets", item_shown(cmd, item), octets.len());
            let characters = std::str::from_utf8(octets).map_or(0, |text| text.chars().count() as u64);
            if characters == announced {
                occasion.violated_as(Severity::Info, seen, format!("Size {}", octets.len()));
            } else {
                occasion.violated(seen, format!("Size {}", octets.len()));
            }
        }
    }
}

/// Lengths that a value can be said to have: with and without white space around it, and as XML wrote it between the tags
/// of its Data.
fn lengths(written: &[u8], octets: &[u8]) -> [u64; 3] {
    let start = written.iter().position(|octet| *octet == b'>').map(|at| at + 1);
    let end = written.iter().rposition(|octet| *octet == b'<');
    let between = start.zip(end).map_or(octets.len(), |(start, end)| end.saturating_sub(start));
    [octets.len(), octets.trim_ascii().len(), between].map(|length| length as u64)
}
