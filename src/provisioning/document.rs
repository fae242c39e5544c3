//! A provisioning document, whatever it was written in.

use super::error::{Fault, Remark};
use crate::base::Span;

/// How a document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// `text/vnd.wap.connectivity-xml`.
    Xml,
    /// `application/vnd.wap.connectivity-wbxml`.
    Wbxml,
}

/// A `wap-provisioningdoc` (OMA-WAP-TS-ProvCont-V1_1, section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// How it was written.
    pub encoding: Encoding,
    /// The attribute `version` of the root; `None` where it has none.
    pub version: Option<String>,
    /// What the root holds, in order.
    pub items: Vec<Item>,
    /// What was odd about it, in the order in which it was noticed.
    pub remarks: Vec<Remark>,
    /// The place from which on nothing could be read. `items` holds what stands before it.
    pub fault: Option<Fault>,
}

/// What an element holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A parameter.
    Parm(Parm),
    /// A group of parameters.
    Characteristic(Characteristic),
}

/// A parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parm {
    /// The attribute `name`; empty where there is none.
    pub name: String,
    /// The attribute `value`; some parameters say all by being there.
    pub value: Option<String>,
    /// The octets of the element.
    pub span: Span,
}

/// A group of parameters, and of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Characteristic {
    /// The attribute `type`; empty where there is none.
    pub kind: String,
    /// What it holds, in order.
    pub items: Vec<Item>,
    /// The octets of the element.
    pub span: Span,
}

impl Characteristic {
    /// The first parameter of a name (names are compared with their case).
    pub fn parm(&self, name: &str) -> Option<&Parm> {
        parms(&self.items).find(|parm| parm.name == name)
    }

    /// The value of the first parameter of a name that has one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parm(name)?.value.as_deref()
    }

    /// The groups of a type directly in it.
    pub fn groups<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Characteristic> {
        characteristics(&self.items).filter(move |group| group.kind == kind)
    }
}

/// The parameters among items.
pub fn parms(items: &[Item]) -> impl Iterator<Item = &Parm> {
    items.iter().filter_map(|item| match item {
        Item::Parm(parm) => Some(parm),
        Item::Characteristic(_) => None,
    })
}

/// The groups among items.
pub fn characteristics(items: &[Item]) -> impl Iterator<Item = &Characteristic> {
    items.iter().filter_map(|item| match item {
        Item::Characteristic(group) => Some(group),
        Item::Parm(_) => None,
    })
}

impl Document {
    /// The applications of an identifier, `w7` for device management (parameter APPID of a group APPLICATION).
    pub fn applications<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Characteristic> {
        characteristics(&self.items)
            .filter(move |group| group.kind == "APPLICATION" && group.value("APPID").is_some_and(|found| found == id))
    }

    /// Readable XML: one element a line, indented. Two documents that say the same give the same text.
    pub fn to_xml(&self) -> String {
        let mut out = String::from("<wap-provisioningdoc");
        if let Some(version) = &self.version {
            attribute(&mut out, "version", version);
        }
        out.push_str(">\n");
        write(&mut out, &self.items, 1);
        out.push_str("</wap-provisioningdoc>\n");
        out
    }
}

/// Recursion is bounded by the depth that decoders allow.
fn write(out: &mut String, items: &[Item], depth: usize) {
    for item in items {
        out.extend(std::iter::repeat_n("  ", depth));
        match item {
            Item::Parm(parm) => {
                out.push_str("<parm");
                attribute(out, "name", &parm.name);
                if let Some(value) = &parm.value {
                    attribute(out, "value", value);
                }
                out.push_str("/>\n");
            }
            Item::Characteristic(group) => {
                out.push_str("<characteristic");
                attribute(out, "type", &group.kind);
                if group.items.is_empty() {
                    out.push_str("/>\n");
                    continue;
                }
                out.push_str(">\n");
                write(out, &group.items, depth + 1);
                out.extend(std::iter::repeat_n("  ", depth));
                out.push_str("</characteristic>\n");
            }
        }
    }
}

/// Writes an attribute. Characters that XML does not have at all become U+FFFD: terminals read this too.
fn attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    for ch in value.chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            ch if ch.is_control() => out.push('\u{fffd}'),
            ch => out.push(ch),
        }
    }
    out.push('"');
}
