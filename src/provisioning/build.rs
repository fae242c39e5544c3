//! Elements and attributes, one after the other, to a document; what both readers share.

use super::document::{Characteristic, Document, Encoding, Item, Parm};
use super::error::{Fault, FaultKind, Remark, RemarkKind};
use crate::base::{Limits, Span};

/// An element that was opened.
enum Open {
    Root,
    Group(Characteristic),
    Parm(Parm),
    /// One that is left out, with all that is in it.
    Other,
}

/// A name as it is quoted: nobody reads more, and a name may have the length of a string table.
fn clipped(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Builds one document.
pub(super) struct Builder {
    document: Document,
    open: Vec<Open>,
    has_root: bool,
    nodes: usize,
    text: usize,
}

impl Builder {
    pub(super) fn new(encoding: Encoding) -> Self {
        let document = Document { encoding, version: None, items: Vec::new(), remarks: Vec::new(), fault: None };
        Self { document, open: Vec::new(), has_root: false, nodes: 0, text: 0 }
    }

    /// Notes something odd; more than a reader could want to see are not kept.
    pub(super) fn remark(&mut self, at: usize, kind: RemarkKind) {
        if self.document.remarks.len() < Limits::PROBLEMS_OF_A_KIND {
            self.document.remarks.push(Remark { at, kind });
        }
    }

    /// Counts an element or an attribute with so many octets of text.
    pub(super) fn count(&mut self, octets: usize) -> Result<(), FaultKind> {
        self.nodes += 1;
        self.text = self.text.saturating_add(octets);
        match () {
            () if self.nodes > Limits::NODES => Err(FaultKind::Nodes),
            () if self.text > Limits::DECODED_BODY => Err(FaultKind::Text),
            () => Ok(()),
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Whether the root was read to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.has_root && self.open.is_empty()
    }

    /// Opens an element with its attributes.
    pub(super) fn open(&mut self, at: usize, name: &str, attributes: Vec<(String, String)>) -> Result<(), FaultKind> {
        self.count(0)?;
        if self.open.len() >= Limits::DEPTH {
            return Err(FaultKind::Depth);
        }
        if self.open.is_empty() && name != "wap-provisioningdoc" {
            return Err(FaultKind::Root(clipped(name)));
        }
        let may_hold = matches!(self.open.last(), Some(Open::Root | Open::Group(_)));
        let is_left_out = matches!(self.open.last(), Some(Open::Other));
        let span = Span::new(at, at);
        let opened = match name {
            "wap-provisioningdoc" if self.open.is_empty() => {
                self.has_root = true;
                let [version] = self.known(at, "wap-provisioningdoc", ["version"], attributes);
                self.document.version = version;
                Open::Root
            }
            "characteristic" if may_hold => {
                let [kind] = self.known(at, "characteristic", ["type"], attributes);
                if kind.is_none() {
                    self.remark(at, RemarkKind::Missing { element: "characteristic", attribute: "type" });
                }
                Open::Group(Characteristic { kind: kind.unwrap_or_default(), items: Vec::new(), span })
            }
            "parm" if may_hold => {
                let [name, value] = self.known(at, "parm", ["name", "value"], attributes);
                if name.is_none() {
                    self.remark(at, RemarkKind::Missing { element: "parm", attribute: "name" });
                }
                Open::Parm(Parm { name: name.unwrap_or_default(), value, span })
            }
            _ => {
                let misplaced = match name {
                    "wap-provisioningdoc" => Some("wap-provisioningdoc"),
                    "characteristic" => Some("characteristic"),
                    "parm" => Some("parm"),
                    _ => None,
                };
                match misplaced {
                    _ if is_left_out => {}
                    Some(name) => self.remark(at, RemarkKind::Misplaced(name)),
                    None => self.remark(at, RemarkKind::Element(clipped(name))),
                }
                Open::Other
            }
        };
        self.open.push(opened);
        Ok(())
    }

    /// The values of the attributes that an element has.
    fn known<const N: usize>(
        &mut self,
        at: usize,
        element: &'static str,
        names: [&'static str; N],
        attributes: Vec<(String, String)>,
    ) -> [Option<String>; N] {
        let mut values = [const { None }; N];
        for (attribute, value) in attributes {
            let slot = names.iter().zip(&mut values).find(|(name, _)| **name == attribute);
            match slot {
                Some((name, slot)) => {
                    if slot.replace(value).is_some() {
                        self.remark(at, RemarkKind::Twice(name));
                    }
                }
                None => self.remark(at, RemarkKind::Attribute { element, attribute: clipped(&attribute) }),
            }
        }
        values
    }

    /// Closes the element that was opened last.
    pub(super) fn close(&mut self, end: usize) {
        let ended = |span: Span| Span::new(span.start as usize, end);
        let item = match self.open.pop() {
            None | Some(Open::Root | Open::Other) => return,
            Some(Open::Group(group)) => Item::Characteristic(Characteristic { span: ended(group.span), ..group }),
            Some(Open::Parm(parm)) => Item::Parm(Parm { span: ended(parm.span), ..parm }),
        };
        match self.open.last_mut() {
            Some(Open::Root) => self.document.items.push(item),
            Some(Open::Group(group)) => group.items.push(item),
            Some(Open::Parm(_) | Open::Other) | None => {}
        }
    }

    /// The document. What is open was cut, and is closed at `end`.
    pub(super) fn finish(mut self, end: usize, fault: Option<Fault>) -> Document {
        while !self.open.is_empty() {
            self.close(end);
        }
        let fault = fault.or_else(|| (!self.has_root).then_some(Fault { at: end, kind: FaultKind::NoRoot }));
        Document { fault, ..self.document }
    }
}
