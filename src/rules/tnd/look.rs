//! One serialised tree, looked at once for all rules on such trees.
//!
//! Source: OMA-TS-DM_TNDS-V1_2_1 (elements and their content); OMA-TS-DM_TND-V1_2_1, 7 (values of properties).

use super::super::cmd::acl_defect;
use super::super::evidence::Voice;
use super::super::helper::quoted;
use super::super::met::misfit;
use super::super::res::is_time;
use super::super::stdobj::account::{self, Leaf};
use super::found::{About, Kind, Look};
use crate::base::{Limits, Severity};
use crate::dm::Version;
use crate::markup::{NodeId, Tree};
use crate::syncml::{Format, trim};
use crate::wbxml::Anomaly;
use std::collections::HashMap;

/// Leaves whose later fate is followed.
const LEAVES: usize = 256;
/// Nodes that are looked at; trees of devices have some ten thousand.
const NODES: usize = 50_000;

/// A node on the way through the tree.
struct Open {
    node: NodeId,
    /// Names of the nodes above it, each with a slash behind it.
    above: String,
    is_top: bool,
}

/// What Node holds; of elements that come twice the first.
#[derive(Default)]
struct Parts {
    name: Option<NodeId>,
    path: Option<NodeId>,
    properties: Option<NodeId>,
    value: Option<NodeId>,
    nodes: Vec<NodeId>,
}

/// What RTProperties holds.
#[derive(Default)]
struct Properties {
    acl: Option<NodeId>,
    format: Option<NodeId>,
    kind: Option<NodeId>,
    title: Option<NodeId>,
    tstamp: Option<NodeId>,
    ver_no: Option<NodeId>,
}

/// Looks at the tree that begins with MgmtTree.
pub(in crate::rules) fn look_into(
    tree: &Tree,
    root: NodeId,
    anomalies: &[Anomaly],
    fault: Option<&str>,
    about: About<'_>,
) -> Look {
    let mut walk = Walk {
        tree,
        is_top: false,
        about,
        look: Look::default(),
        known: HashMap::new(),
        leaves: Vec::new(),
        accounts: Vec::new(),
    };
    if about.is_wbxml {
        walk.tokens(anomalies, fault);
    }
    // What was not read, or not understood, may be anything.
    if fault.is_some() || walk.look.of(Kind::Tokens).next().is_some() {
        return walk.look;
    }
    walk.root(root);
    walk.references();
    walk.accounts();
    walk.look
}

struct Walk<'t> {
    tree: &'t Tree,
    /// Whether the node at hand stands directly in MgmtTree.
    is_top: bool,
    about: About<'t>,
    look: Look,
    /// Paths of nodes, and whether each has nodes in it.
    known: HashMap<String, bool>,
    /// Leaves with their values.
    leaves: Vec<(String, Option<&'t str>)>,
    /// Roots of accounts.
    accounts: Vec<String>,
}

impl<'t> Walk<'t> {
    fn text(&self, id: Option<NodeId>) -> &'t str {
        id.map_or("", |id| trim(self.tree.text(id)))
    }

    /// An unknown token, or a page that is none, makes a tree unreadable (OMA-TS-DM_TND-V1_2_1, 10).
    fn tokens(&mut self, anomalies: &[Anomaly], fault: Option<&str>) {
        const EXPECTED: &str = "tokens of code page 2, as the WBXML definition lists them";
        self.look.ask(Kind::Tokens);
        let is_meant = |anomaly: &&Anomaly| matches!(anomaly, Anomaly::UnknownPage { .. } | Anomaly::UnknownTag { .. });
        for anomaly in anomalies.iter().filter(is_meant) {
            self.look.bad(Kind::Tokens, Severity::Error, anomaly.to_string(), EXPECTED);
        }
        if let Some(fault) = fault {
            self.look.bad(Kind::Tokens, Severity::Error, format!("the document breaks off: {fault}"), EXPECTED);
        }
    }

    fn root(&mut self, root: NodeId) {
        self.look.ask(Kind::Version);
        self.look.ask(Kind::Elements);
        let tree = self.tree;
        let mut version = None;
        let mut todo = Vec::new();
        for element in tree.elements(root) {
            match tree.name(element) {
                "VerDTD" => version = version.or(Some(element)),
                "Man" | "Mod" => {}
                "Node" => todo.push(Open { node: element, above: String::new(), is_top: true }),
                _ => self.foreign(element, "MgmtTree"),
            }
        }
        self.version(version);
        let tops = todo.len();
        todo.reverse();
        let mut count = 0_usize;
        while let Some(open) = todo.pop() {
            count = count.saturating_add(1);
            if count > NODES {
                break;
            }
            self.node(open, tops, &mut todo);
        }
    }

    fn version(&mut self, version: Option<NodeId>) {
        let is_late = self.about.version == Version::V1_3;
        let expected = if is_late { "VerDTD 1.2 or 1.3" } else { "VerDTD 1.2" };
        let (severity, seen) = match (version, self.text(version)) {
            (None, _) => (Severity::Error, "no VerDTD in MgmtTree".to_owned()),
            (_, "1.2") => return,
            (_, "1.3") if is_late => return,
            (_, "1.1.2") => (Severity::Info, "VerDTD \"1.1.2\"".to_owned()),
            (_, other) => (Severity::Warning, format!("VerDTD {}", quoted(other))),
        };
        self.look.bad(Kind::Version, severity, seen, expected);
    }

    /// An element that trees do not have (OMA-TS-DM_TNDS-V1_2_1, supported properties).
    fn foreign(&mut self, element: NodeId, holder: &str) {
        let name = self.tree.name(element);
        let severity = if name == "DFProperties" { Severity::Error } else { Severity::Warning };
        let seen = format!("{} in {holder}", quoted(name));
        self.look.bad(Kind::Elements, severity, seen, "elements of serialised trees only");
    }

    fn node(&mut self, open: Open, tops: usize, todo: &mut Vec<Open>) {
        let tree = self.tree;
        self.is_top = open.is_top;
        let mut parts = Parts::default();
        for element in tree.elements(open.node) {
            let slot = match tree.name(element) {
                "NodeName" => &mut parts.name,
                "Path" => &mut parts.path,
                "RTProperties" => &mut parts.properties,
                "Value" => &mut parts.value,
                "Node" => {
                    parts.nodes.push(element);
                    continue;
                }
                _ => {
                    self.foreign(element, "Node");
                    continue;
                }
            };
            *slot = slot.or(Some(element));
        }
        self.look.is_of_run_time |= parts.properties.is_some() || parts.value.is_some();
        let own = self.path(&open, &parts);
        if own.len() > Limits::TREE_URI {
            return;
        }
        if open.is_top && tops == 1 {
            self.look.top = Some(own.clone());
        }
        let shown =
            if own.is_empty() { "the node without a name".to_owned() } else { format!("the node {}", quoted(&own)) };
        let is_whole = !self.about.is_selection();
        if is_whole {
            self.look.ask(Kind::NodeName);
            self.look.ask(Kind::Properties);
            if parts.name.is_none() {
                self.look.bad(
                    Kind::NodeName,
                    Severity::Warning,
                    format!("{shown} has no NodeName"),
                    "NodeName, empty where the target names the node",
                );
            }
            // A node that comes again to hold more nodes has said all of itself.
            if parts.properties.is_none() && !self.known.contains_key(&own) {
                self.look.bad(
                    Kind::Properties,
                    Severity::Warning,
                    format!("{shown} has no RTProperties"),
                    "RTProperties in each Node",
                );
            }
        }
        let has_nodes = !parts.nodes.is_empty();
        self.siblings(&own, has_nodes, &shown);
        let format = self.properties(&parts, has_nodes, &shown, &own, is_whole);
        self.value(&parts, format, has_nodes, &shown);
        if !has_nodes && format != Some(Format::Node) {
            let value = parts.value.filter(|value| tree.elements(*value).next().is_none());
            let value = value.filter(|value| std::str::from_utf8(tree.content_bytes(*value)).is_ok());
            if self.look.leaves.len() < LEAVES {
                self.look.leaves.push(own.clone());
            }
            self.leaves.push((own.clone(), value.map(|value| trim(tree.text(value)))));
        }
        let below = todo.len();
        let above = if own.is_empty() { String::new() } else { format!("{own}/") };
        // Depth is the sender's choice, and so is the length of each name.
        if above.split('/').count() <= Limits::TREE_SEGMENTS {
            let inner = parts.nodes.into_iter().map(|node| Open { node, above: above.clone(), is_top: false });
            todo.extend(inner);
        }
        todo.get_mut(below..).unwrap_or_default().reverse();
    }

    /// Names from the top of the object to a node; says what is wrong with Path and NodeName.
    fn path(&mut self, open: &Open, parts: &Parts) -> String {
        const EXPECTED: &str = "a Path that is a URI relative to the target, and a name without slash";
        let (name, written) = (self.text(parts.name), self.text(parts.path));
        let mut above = open.above.clone();
        if parts.path.is_some() || !name.is_empty() {
            self.look.ask(Kind::Path);
        }
        if !written.is_empty() {
            if !open.is_top {
                let seen = format!("Path {} in a Node inside another", quoted(written));
                self.look.bad(Kind::Path, Severity::Warning, seen, "Path in the nodes directly in MgmtTree only");
                above.clear();
            }
            let path = if written == "." { "" } else { written.strip_prefix("./").unwrap_or(written) };
            let inner = path.trim_matches('/');
            if path != inner {
                let seen = format!("Path {} begins or ends with a slash", quoted(written));
                self.look.bad(Kind::Path, Severity::Warning, seen, EXPECTED);
            }
            let is_bad = |part: &str| matches!(part, "" | "." | "..") || part.contains('?');
            if !inner.is_empty() && inner.split('/').any(is_bad) {
                self.look.bad(Kind::Path, Severity::Error, format!("Path {}", quoted(written)), EXPECTED);
            }
            above.push_str(inner);
            if !inner.is_empty() {
                above.push('/');
            }
        }
        if name.contains('/') || matches!(name, "." | "..") {
            self.look.bad(Kind::Path, Severity::Error, format!("NodeName {}", quoted(name)), EXPECTED);
        }
        if name.is_empty() {
            above.pop();
        } else {
            above.push_str(name);
        }
        above
    }

    fn siblings(&mut self, own: &str, has_nodes: bool, shown: &str) {
        if own.is_empty() {
            return;
        }
        self.look.ask(Kind::Siblings);
        let Some(before) = self.known.get_mut(own) else {
            self.known.insert(own.to_owned(), has_nodes);
            return;
        };
        // A node that comes again to hold more nodes: one of the two has none.
        let severity = match (*before, has_nodes) {
            (false, false) => Severity::Error,
            (true, true) => Severity::Warning,
            _ => {
                *before = true;
                return;
            }
        };
        self.look.bad(Kind::Siblings, severity, format!("{shown} is there twice"), "one node of each name");
    }

    /// Looks at RTProperties; gives the Format.
    fn properties(&mut self, parts: &Parts, has_nodes: bool, shown: &str, own: &str, is_whole: bool) -> Option<Format> {
        let tree = self.tree;
        let mut found = Properties::default();
        for element in parts.properties.into_iter().flat_map(|properties| tree.elements(properties)) {
            let slot = match tree.name(element) {
                "ACL" => &mut found.acl,
                "Format" => &mut found.format,
                "Type" => &mut found.kind,
                "Title" => &mut found.title,
                "TStamp" => &mut found.tstamp,
                "VerNo" => &mut found.ver_no,
                "Name" | "Size" => continue,
                _ => {
                    self.foreign(element, "RTProperties");
                    continue;
                }
            };
            *slot = slot.or(Some(element));
        }
        let format = self.format(found.format, has_nodes, shown);
        let has_value = !self.text(parts.value).is_empty();
        self.kind(found.kind, has_nodes, format, has_value, shown, own, is_whole && parts.properties.is_some());
        let acl = self.text(found.acl);
        if !acl.is_empty() {
            self.look.ask(Kind::Acl);
            if let Some((what, severity)) = acl_defect(acl, false) {
                let seen = format!("ACL {} of {shown}: {what}", quoted(acl));
                self.look.bad(Kind::Acl, severity.unwrap_or(Severity::Error), seen, "COMMAND=ID+ID, parted by &");
            }
        }
        self.stamps(&found, shown);
        format
    }

    fn format(&mut self, element: Option<NodeId>, has_nodes: bool, shown: &str) -> Option<Format> {
        const EXPECTED: &str = "one element in Format, such as <chr/>";
        let tree = self.tree;
        let element = element?;
        let mut names = tree.elements(element).map(|id| tree.name(id));
        let written = trim(tree.text(element));
        let (first, second) = (names.next(), names.next());
        // An empty property says nothing.
        if first.is_none() && written.is_empty() {
            return None;
        }
        self.look.ask(Kind::Format);
        if let Some(second) = second {
            let seen = format!("Format of {shown} has {} and {}", quoted(first.unwrap_or_default()), quoted(second));
            self.look.bad(Kind::Format, Severity::Error, seen, EXPECTED);
            return None;
        }
        let name = first.unwrap_or(written);
        if first.is_none() {
            let seen = format!("Format of {shown} has the text {}", quoted(written));
            self.look.bad(Kind::Format, Severity::Warning, seen, EXPECTED);
        }
        let format = Format::of(name);
        if format.is_none() {
            let lower = Format::of(&name.to_ascii_lowercase());
            let severity = if lower.is_some() { Severity::Warning } else { Severity::Error };
            let seen = format!("Format {} of {shown}", quoted(name));
            self.look.bad(
                Kind::Format,
                severity,
                seen,
                "b64, bin, bool, chr, int, node, null, xml, date, time or float",
            );
            return lower;
        }
        if has_nodes && format != Some(Format::Node) {
            let seen = format!("{shown} has nodes in it, and Format {}", quoted(name));
            self.look.bad(Kind::Format, Severity::Error, seen, "Format node for an interior node");
        }
        format
    }

    #[expect(clippy::too_many_arguments, reason = "what is known of a node before its Type is judged")]
    fn kind(
        &mut self,
        element: Option<NodeId>,
        has_nodes: bool,
        format: Option<Format>,
        has_value: bool,
        shown: &str,
        own: &str,
        is_whole: bool,
    ) {
        let tree = self.tree;
        let is_interior = has_nodes || format == Some(Format::Node);
        let is_leaf = !has_nodes && (has_value || format.is_some_and(|format| format != Format::Node));
        let Some(element) = element else {
            if is_leaf && is_whole {
                let seen = format!("{shown} has no Type");
                self.look.bad(Kind::Type, Severity::Info, seen, "Type, with MIME for a leaf");
            }
            self.inbox_type(own, "");
            return;
        };
        self.look.ask(Kind::Type);
        let part = |wanted: &str| tree.elements(element).find(|id| tree.name(*id) == wanted);
        let (mime, name) = (self.text(part("MIME")), self.text(part("DDFName")));
        if is_leaf && !name.is_empty() {
            let seen = format!("the leaf {} has DDFName {}", quoted(own), quoted(name));
            self.look.bad(Kind::Type, Severity::Error, seen, "MIME in Type of a leaf");
        } else if is_interior && !mime.is_empty() {
            let seen = format!("the interior node {} has MIME {}", quoted(own), quoted(mime));
            self.look.bad(Kind::Type, Severity::Warning, seen, "DDFName in Type of an interior node");
        }
        let id = if name.is_empty() { mime } else { name };
        if is_interior && account::is_account(id) && self.accounts.len() < 16 {
            self.accounts.push(own.to_owned());
        }
        self.inbox_type(own, id);
    }

    /// The device places what comes through the Inbox by its Type (OMA-TS-DM_StdObj-V1_2_1, 5.3.4).
    fn inbox_type(&mut self, own: &str, id: &str) {
        if self.is_top && self.about.voice == Voice::Written && self.about.is_for_inbox() {
            self.look.ask(Kind::InboxType);
            if id.is_empty() {
                let seen = format!("the top node {} has no DDFName", quoted(own));
                self.look.bad(Kind::InboxType, Severity::Warning, seen, "an object with its identifier in Type");
            }
        }
    }

    fn stamps(&mut self, found: &Properties, shown: &str) {
        let (title, tstamp, ver_no) = (self.text(found.title), self.text(found.tstamp), self.text(found.ver_no));
        if title.is_empty() && tstamp.is_empty() && ver_no.is_empty() {
            return;
        }
        self.look.ask(Kind::Stamps);
        if !tstamp.is_empty() && !is_time(tstamp) {
            let seen = format!("TStamp {} of {shown}", quoted(tstamp));
            self.look.bad(Kind::Stamps, Severity::Error, seen, "a time of the form YYYYMMDDThhmmssZ");
        }
        let is_number = ver_no.bytes().all(|octet| octet.is_ascii_digit()) && ver_no.parse::<u16>().is_ok();
        if !ver_no.is_empty() && !is_number {
            let seen = format!("VerNo {} of {shown}", quoted(ver_no));
            self.look.bad(Kind::Stamps, Severity::Error, seen, "a number from 0 to 65535");
        }
        if title.len() > 255 {
            let seen = format!("Title of {shown} has {} octets", title.len());
            self.look.bad(Kind::Stamps, Severity::Warning, seen, "at most 255 octets");
        }
    }

    fn value(&mut self, parts: &Parts, format: Option<Format>, has_nodes: bool, shown: &str) {
        let Some(value) = parts.value else { return };
        let tree = self.tree;
        self.look.ask(Kind::Value);
        let is_empty =
            tree.content_bytes(value).iter().all(u8::is_ascii_whitespace) && tree.elements(value).next().is_none();
        if has_nodes {
            let severity = if is_empty { Severity::Warning } else { Severity::Error };
            self.look.bad(
                Kind::Value,
                severity,
                format!("{shown} has Value and nodes in it"),
                "Value or nodes, not both",
            );
        } else if format == Some(Format::Node) && !is_empty {
            self.look.bad(
                Kind::Value,
                Severity::Error,
                format!("{shown} has Format node and a Value"),
                "no Value in an interior node",
            );
        }
        let is_binary = matches!(format, Some(Format::Bin | Format::B64));
        let Some(format) = format.filter(|_| !(is_empty || is_binary && self.about.is_wbxml)) else { return };
        let is_judged = !matches!(format, Format::Chr | Format::Node | Format::Null | Format::Xml);
        if !is_judged || tree.elements(value).next().is_some() {
            return;
        }
        self.look.ask(Kind::Typed);
        let text = trim(tree.text(value));
        if let Some(expected) = misfit(format, text) {
            let seen = format!("the value {} of {shown}, Format {}", quoted(text), format.name());
            self.look.bad(Kind::Typed, Severity::Warning, seen, expected);
        }
    }

    /// References to connectivity that comes in the same object (OMA-TS-DM_Bootstrap-V1_2_1, processing of the bootstrap).
    fn references(&mut self) {
        if !self.about.is_for_inbox() {
            return;
        }
        for (path, value) in &self.leaves {
            let name = path.rsplit('/').next().unwrap_or_default();
            let Some(meant) = value.and_then(|value| value.strip_prefix("./Inbox/")) else { continue };
            if !matches!(name, "ConRef" | "PrefConRef") {
                continue;
            }
            self.look.ask(Kind::References);
            if !self.known.contains_key(meant.trim_end_matches('/')) {
                let seen = format!("{name} {} names no node of the object", quoted(value.unwrap_or_default()));
                self.look.bad(
                    Kind::References,
                    Severity::Warning,
                    seen,
                    "./Inbox/ and the path of a node in the object",
                );
            }
        }
    }

    /// The DM accounts in it.
    fn accounts(&mut self) {
        for root in std::mem::take(&mut self.accounts) {
            let start = if root.is_empty() { String::new() } else { format!("{root}/") };
            let mut names: Vec<&str> = self.known.keys().filter_map(|path| path.strip_prefix(&start)).collect();
            // An account has some twenty nodes.
            if names.len() > 1024 {
                continue;
            }
            names.sort_unstable();
            let leaves: Vec<Leaf<'_>> = (self.leaves.iter())
                .filter_map(|(path, value)| Some(Leaf { path: path.strip_prefix(&start)?, value: *value }))
                .collect();
            account::look_at(&names, &leaves, &self.about, &mut self.look);
        }
    }
}
