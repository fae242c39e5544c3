//! From the octets of a file to a description.

use super::description::{Access, Description, Node, NodeId, Occurrence, Operation, segments};
use super::requirements::{Fault, Place};
use crate::base::{Limits, Severity};
use crate::markup::{self, Tag, Tree, Vocabulary};
use crate::syncml::xml;
use crate::tree::Acl;
use crate::wbxml::{self, Anomaly};

/// Why a file gives no description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DdfError {
    /// It is no XML.
    #[error("it is no XML that can be read: {0}")]
    NoXml(String),
    /// It begins like WBXML, and is none.
    #[error("it is no WBXML that can be read: {0}")]
    NoWbxml(String),
    /// It is another document.
    #[error("it is no description of a device: its root is {0}, not MgmtTree")]
    OtherRoot(String),
    /// It ends too early, or goes wrong in the middle.
    #[error("{place}: {text}")]
    Broken {
        /// Where.
        place: Place,
        /// What is wrong.
        text: String,
    },
}

/// Formats that a node may have (OMA-TS-DM_TND-V1_2_1, "DFFormat").
const FORMATS: [&str; 11] = ["b64", "bin", "bool", "chr", "int", "node", "null", "xml", "date", "time", "float"];

/// Elements of DFProperties, and whether each has to be there.
const PROPERTIES: [(&str, bool); 9] = [
    ("AccessType", true),
    ("DefaultValue", false),
    ("Description", false),
    ("DFFormat", true),
    ("Occurrence", false),
    ("Scope", false),
    ("DFTitle", false),
    ("DFType", true),
    ("CaseSense", false),
];

/// Elements of a Node, in their order.
const ORDER: [&str; 6] = ["NodeName", "Path", "RTProperties", "DFProperties", "Node", "Value"];

/// Reads a description: WBXML by its first octet, XML else. What is wrong with it is told among its faults, as far as it can be read
/// at all.
///
/// # Errors
///
/// Where it is neither, no description, or breaks off.
pub fn read(file: &str, octets: &[u8]) -> Result<Description, DdfError> {
    if matches!(octets.first(), Some(0..=3)) {
        let hint = wbxml::Hint { language: Some(wbxml::Language::Ddf) };
        let document = wbxml::decode(octets, hint).map_err(|error| DdfError::NoWbxml(error.to_string()))?;
        let cut = document.anomalies.iter().find(|anomaly| matches!(anomaly, Anomaly::MissingEnd { .. }));
        let broken = document.fault.as_ref().map(|fault| (fault.at, fault.kind.to_string()));
        if let Some((at, text)) = broken.or_else(|| cut.map(|cut| (cut.offset(), cut.to_string()))) {
            return Err(DdfError::Broken { place: Places::Octets.place(at), text });
        }
        if document.ends_early() {
            let at = octets.len().saturating_sub(document.undecoded().len());
            let text = "an element is closed too early: what follows belongs to nothing".to_owned();
            return Err(DdfError::Broken { place: Places::Octets.place(at), text });
        }
        return of_tree(file, &document.tree, Places::Octets);
    }
    let document = xml::decode(octets).map_err(|error| DdfError::NoXml(error.to_string()))?;
    let lines = Places::lines(document.text().map_or(octets, str::as_bytes));
    if let Some(fault) = &document.fault {
        return Err(DdfError::Broken { place: lines.place(fault.at), text: fault.kind.to_string() });
    }
    of_tree(file, &document.tree, lines)
}

fn of_tree(file: &str, tree: &Tree, places: Places) -> Result<Description, DdfError> {
    let root = tree.root().ok_or_else(|| match places {
        Places::Octets => DdfError::NoWbxml("it has no element".to_owned()),
        Places::Lines(_) => DdfError::NoXml("it has no element".to_owned()),
    })?;
    if tree.name(root) != "MgmtTree" {
        return Err(DdfError::OtherRoot(tree.name(root).to_owned()));
    }
    let mut reader = Reader {
        tree,
        places,
        old: false,
        description: Description {
            file: file.to_owned(),
            version: None,
            manufacturer: None,
            model: None,
            nodes: Vec::new(),
            tops: Vec::new(),
            faults: Vec::new(),
            more_faults: 0,
        },
    };
    reader.tokens(root);
    reader.root(root);
    let mut description = reader.description;
    description.faults.sort_by_key(|fault| (fault.place, fault.id));
    Ok(description)
}

/// How a place in a file is told.
enum Places {
    /// Where the lines of a text begin, so that a place in it is found without reading it again.
    Lines(Vec<usize>),
    /// WBXML has no lines.
    Octets,
}

impl Places {
    fn lines(octets: &[u8]) -> Self {
        Self::Lines(std::iter::once(0).chain(memchr::memchr_iter(b'\n', octets).map(|at| at + 1)).collect())
    }

    /// The place of an octet.
    fn place(&self, at: usize) -> Place {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let Self::Lines(lines) = self else { return Place::Octet(number(at)) };
        let line = lines.partition_point(|begin| *begin <= at);
        let begin = line.checked_sub(1).and_then(|line| lines.get(line)).copied().unwrap_or_default();
        Place::Text { line: number(line), column: number(at.saturating_sub(begin).saturating_add(1)) }
    }
}

struct Reader<'t> {
    tree: &'t Tree,
    places: Places,
    /// The file is of a version whose DTD is another one.
    old: bool,
    description: Description,
}

impl<'t> Reader<'t> {
    fn name(&self, id: markup::NodeId) -> &'t str {
        self.tree.name(id)
    }

    /// The elements inside one that are the framework's own: extensions carry a name space of their own, in WBXML a code page.
    fn own(&self, id: markup::NodeId) -> impl Iterator<Item = markup::NodeId> + use<'t> {
        let (tree, is_wbxml) = (self.tree, matches!(self.places, Places::Octets));
        tree.elements(id).filter(move |child| {
            if is_wbxml { is_of_page(tree, *child) } else { !tree.qualified_name(*child).contains(':') }
        })
    }

    /// Tokens of other code pages, and tokens that have no meaning.
    fn tokens(&mut self, root: markup::NodeId) {
        if matches!(self.places, Places::Lines(_)) {
            return;
        }
        let mut todo = vec![root];
        while let Some(element) = todo.pop() {
            todo.extend(self.tree.elements(element));
            if !is_of_page(self.tree, element) {
                let text = format!("{} is no element of code page 2", self.tree.name(element));
                self.fault("DDF-019", Severity::Error, element, text);
            }
        }
    }

    fn child(&self, id: markup::NodeId, name: &str) -> Option<markup::NodeId> {
        self.own(id).find(|child| self.name(*child) == name)
    }

    fn text(&self, id: markup::NodeId, name: &str) -> Option<&'t str> {
        self.child(id, name).map(|child| self.tree.text(child).trim())
    }

    fn fault(&mut self, id: &'static str, severity: Severity, at: markup::NodeId, text: String) {
        // A file of another version follows another DTD.
        let is_of_dtd = matches!(id, "DDF-002" | "DDF-003" | "DDF-004" | "DDF-005" | "DDF-006" | "DDF-007" | "DDF-008");
        let severity = if self.old && is_of_dtd { severity.min(Severity::Warning) } else { severity };
        let place = self.places.place(self.tree.span(at).start as usize);
        self.keep(Fault { id, severity, place, text });
    }

    fn keep(&mut self, fault: Fault) {
        if self.description.faults.len() < Limits::DDF_FAULTS {
            self.description.faults.push(fault);
        } else {
            self.description.more_faults = self.description.more_faults.saturating_add(1);
        }
    }

    fn root(&mut self, root: markup::NodeId) {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        self.description.version = owned(self.text(root, "VerDTD"));
        self.description.manufacturer = owned(self.text(root, "Man"));
        self.description.model = owned(self.text(root, "Mod"));
        match self.description.version.clone().as_deref() {
            Some("1.2") => {}
            None => self.fault("DDF-001", Severity::Error, root, "VerDTD is missing".to_owned()),
            Some(version) => {
                self.old = true;
                let is_known = matches!(version, "1.1" | "1.1.2");
                let severity = if is_known { Severity::Info } else { Severity::Warning };
                self.fault("DDF-001", severity, root, format!("VerDTD is {version}, not 1.2"));
            }
        }
        // The way down: each element with the node above it.
        let mut todo: Vec<(markup::NodeId, Option<NodeId>)> = Vec::new();
        for child in self.own(root) {
            match self.name(child) {
                "Node" => todo.push((child, None)),
                "VerDTD" | "Man" | "Mod" => {}
                other => self.fault("DDF-001", Severity::Error, child, format!("{other} has no place in MgmtTree")),
            }
        }
        if todo.is_empty() {
            self.fault("DDF-001", Severity::Error, root, "there is no Node".to_owned());
        }
        todo.reverse();
        while let Some((element, parent)) = todo.pop() {
            let id = self.node(element, parent);
            let below: Vec<_> = self.own(element).filter(|child| self.name(*child) == "Node").collect();
            todo.extend(below.into_iter().rev().map(|child| (child, Some(id))));
        }
        for at in 0..self.description.nodes.len() {
            self.siblings(at);
        }
    }

    /// Of the children of a node, at most one has no name.
    fn siblings(&mut self, at: usize) {
        let Ok(id) = u32::try_from(at) else { return };
        let unnamed = self.description.children(NodeId(id)).filter(|(_, node)| node.name.is_empty());
        let places: Vec<Place> = unnamed.map(|(_, node)| node.place).collect();
        if let [_, second, ..] = places.as_slice() {
            let text = "a second sibling without a name: nobody can tell the two apart".to_owned();
            let fault = Fault { id: "DDF-011", severity: Severity::Warning, place: *second, text };
            self.keep(fault);
        }
    }

    fn node(&mut self, element: markup::NodeId, parent: Option<NodeId>) -> NodeId {
        self.order(element);
        let name = self.text(element, "NodeName").unwrap_or_default().to_owned();
        let has_children = self.child(element, "Node").is_some();
        let place = self.places.place(self.tree.span(element).start as usize);
        let mut node = Node {
            parent,
            children: Vec::new(),
            name,
            access: None,
            format: String::new(),
            types: Vec::new(),
            ddf_name: None,
            occurrence: Occurrence::ONE,
            is_permanent: false,
            ignores_case: false,
            place,
        };
        match self.child(element, "DFProperties") {
            Some(properties) => self.properties(properties, has_children, &mut node),
            None => {
                let text = format!("the Node {} has no DFProperties", named(&node.name));
                self.fault("DDF-003", Severity::Warning, element, text);
            }
        }
        if let Some(run_time) = self.child(element, "RTProperties") {
            self.run_time(run_time, &node);
        }
        let path = self.child(element, "Path");
        let id = NodeId(u32::try_from(self.description.nodes.len()).unwrap_or(u32::MAX));
        match (parent, path) {
            (Some(_), Some(path)) => {
                self.fault("DDF-012", Severity::Warning, path, "Path in a Node that is not outermost".to_owned());
            }
            (None, path) => {
                let above = path.map(|path| self.tree.text(path).trim()).unwrap_or_default();
                // The root itself, and objects whose place and name the device chooses, are not found by URI.
                let above: Vec<String> = segments(above).into_iter().map(str::to_owned).collect();
                if !node.name.is_empty() && node.name != "." {
                    self.description.tops.push((above, id));
                }
            }
            (Some(_), None) => {}
        }
        if let Some(above) = parent.and_then(|parent| self.description.nodes.get_mut(parent.0 as usize)) {
            above.children.push(id);
            // What stands in the root is outermost where devices are concerned.
            if above.name == "." && above.parent.is_none() && !node.name.is_empty() {
                self.description.tops.push((Vec::new(), id));
            }
        }
        self.description.nodes.push(node);
        id
    }

    fn order(&mut self, element: markup::NodeId) {
        let mut last = 0;
        for child in self.own(element) {
            let name = self.name(child);
            match ORDER.iter().position(|known| *known == name) {
                None => self.fault("DDF-002", Severity::Warning, child, format!("{name} has no place in a Node")),
                Some(at) if at < last => {
                    let before = ORDER.get(last).copied().unwrap_or_default();
                    self.fault("DDF-002", Severity::Warning, child, format!("{name} stands behind {before}"));
                }
                Some(at) => last = at,
            }
        }
        if let (Some(value), Some(_)) = (self.child(element, "Value"), self.child(element, "Node")) {
            self.fault("DDF-002", Severity::Error, value, "a Node has a Value and Nodes in it".to_owned());
        }
        if self.child(element, "NodeName").is_none() {
            self.fault("DDF-002", Severity::Warning, element, "a Node has no NodeName".to_owned());
        }
    }

    fn properties(&mut self, properties: markup::NodeId, has_children: bool, node: &mut Node) {
        for (name, is_needed) in PROPERTIES {
            let mut found = self.own(properties).filter(|child| self.name(*child) == name);
            let (first, second) = (found.next(), found.next());
            if first.is_none() && is_needed {
                let text = format!("the Node {} has no {name}", named(&node.name));
                self.fault("DDF-004", Severity::Error, properties, text);
            }
            if let Some(second) = second {
                self.fault("DDF-004", Severity::Error, second, format!("{name} stands twice"));
            }
        }
        let children: Vec<_> = self.own(properties).collect();
        for child in children {
            match self.name(child) {
                "AccessType" => self.access(child, node),
                "DFFormat" => self.format(child, has_children, node),
                "DFType" => self.kind(child, has_children, node),
                "Occurrence" => self.occurrence(child, node),
                "Scope" => self.scope(child, node),
                "CaseSense" => self.case(child, node),
                "DefaultValue" | "Description" | "DFTitle" => {}
                other => self.fault("DDF-004", Severity::Error, child, format!("{other} has no place in DFProperties")),
            }
        }
        if let (true, Some(access)) = (node.is_permanent, node.access)
            && (access.has(Operation::Add) || access.has(Operation::Delete))
        {
            let text = format!("the permanent node {} allows {}", named(&node.name), access.names());
            self.fault("DDF-010", Severity::Warning, properties, text);
        }
        if let Some(value) = self.child(properties, "DefaultValue") {
            let text = self.tree.text(value).trim();
            if !text.is_empty() && !is_of_format(text, &node.format) {
                let text = format!("the DefaultValue \"{text}\" is no {}", node.format);
                self.fault("DDF-016", Severity::Warning, value, text);
            }
        }
    }

    fn access(&mut self, element: markup::NodeId, node: &mut Node) {
        let mut access = Access::default();
        let children: Vec<_> = self.own(element).collect();
        for child in children {
            let name = self.name(child);
            match Operation::of(name) {
                None => self.fault("DDF-005", Severity::Error, child, format!("{name} is no command of AccessType")),
                Some(operation) if !access.add(operation) => {
                    self.fault("DDF-005", Severity::Error, child, format!("{name} stands twice"));
                }
                Some(_) => {}
            }
        }
        node.access = Some(access);
    }

    fn format(&mut self, element: markup::NodeId, has_children: bool, node: &mut Node) {
        let formats: Vec<&str> = self.own(element).map(|child| self.name(child)).collect();
        match formats.as_slice() {
            [one] if FORMATS.contains(one) => node.format = (*one).to_owned(),
            [other] => self.fault("DDF-006", Severity::Error, element, format!("{other} is no format")),
            [] => self.fault("DDF-006", Severity::Error, element, "DFFormat is empty".to_owned()),
            _ => self.fault("DDF-006", Severity::Error, element, "DFFormat has several formats".to_owned()),
        }
        if has_children && !node.format.is_empty() && node.format != "node" {
            let text = format!("the Node {} has Nodes in it, and the format {}", named(&node.name), node.format);
            self.fault("DDF-006", Severity::Error, element, text);
        }
    }

    fn kind(&mut self, element: markup::NodeId, has_children: bool, node: &mut Node) {
        let mut names = 0_u32;
        let children: Vec<_> = self.own(element).collect();
        for child in children {
            let text = self.tree.text(child).trim();
            match self.name(child) {
                "DDFName" => {
                    names += 1;
                    node.ddf_name = (!text.is_empty()).then(|| text.to_owned());
                }
                "MIME" => node.types.push(text.to_owned()),
                other => self.fault("DDF-007", Severity::Error, child, format!("{other} has no place in DFType")),
            }
        }
        let is_interior = has_children || node.format == "node";
        let wrong = match (is_interior, names, node.types.len()) {
            (true, 1, 0) => None,
            (true, 0, 1) => Some((Severity::Info, "an interior node has a MIME where a DDFName belongs")),
            (true, ..) => Some((Severity::Error, "DFType of an interior node is not one DDFName")),
            (false, 0, 1..) => None,
            (false, 1.., _) => Some((Severity::Error, "DFType of a leaf has a DDFName")),
            (false, 0, 0) => Some((Severity::Error, "DFType of a leaf has no MIME")),
        };
        if let Some((severity, text)) = wrong {
            self.fault("DDF-007", severity, element, format!("{text} ({})", named(&node.name)));
        }
        // What it says of an interior node is no type of a value.
        if is_interior {
            node.types.clear();
        }
    }

    fn occurrence(&mut self, element: markup::NodeId, node: &mut Node) {
        let found: Vec<_> = self.own(element).collect();
        let [one] = found.as_slice() else {
            let text = "Occurrence is not one of One, ZeroOrOne, ZeroOrMore, OneOrMore, ZeroOrN, OneOrN".to_owned();
            return self.fault("DDF-008", Severity::Error, element, text);
        };
        let text = self.tree.text(*one).trim();
        let number = || text.parse::<u32>().ok().filter(|number| (2..=65_536).contains(number));
        let (least, most) = match self.name(*one) {
            "One" => (1, Some(1)),
            "ZeroOrOne" => (0, Some(1)),
            "ZeroOrMore" => (0, None),
            "OneOrMore" => (1, None),
            name @ ("ZeroOrN" | "OneOrN") => {
                if number().is_none() {
                    let text = format!("{name} has \"{text}\", and not a number from 2 to 65536");
                    self.fault("DDF-008", Severity::Error, *one, text);
                }
                (u32::from(name == "OneOrN"), number())
            }
            other => return self.fault("DDF-008", Severity::Error, *one, format!("{other} is no Occurrence")),
        };
        node.occurrence = Occurrence { least, most };
    }

    fn scope(&mut self, element: markup::NodeId, node: &mut Node) {
        match self.own(element).map(|child| self.name(child)).collect::<Vec<_>>().as_slice() {
            ["Permanent"] => node.is_permanent = true,
            ["Dynamic"] => {}
            _ => self.fault("DDF-009", Severity::Error, element, "Scope is neither Permanent nor Dynamic".to_owned()),
        }
    }

    fn case(&mut self, element: markup::NodeId, node: &mut Node) {
        match self.own(element).map(|child| self.name(child)).collect::<Vec<_>>().as_slice() {
            ["CS"] => {}
            ["CIS"] => node.ignores_case = true,
            _ => self.fault("DDF-015", Severity::Error, element, "CaseSense is neither CS nor CIS".to_owned()),
        }
    }

    fn run_time(&mut self, element: markup::NodeId, node: &Node) {
        let names: Vec<&str> = self.own(element).map(|child| self.name(child)).collect();
        let missing: Vec<&str> =
            ["ACL", "Format", "Name", "Type"].into_iter().filter(|name| !names.contains(name)).collect();
        if !names.is_empty() && !missing.is_empty() {
            let text = format!("RTProperties of {} lacks {}", named(&node.name), missing.join(", "));
            self.fault("DDF-013", Severity::Warning, element, text);
        }
        if node.format == "node" && names.contains(&"Size") {
            let text = format!("RTProperties of the interior node {} has Size", named(&node.name));
            self.fault("DDF-013", Severity::Warning, element, text);
        }
        if let Some(acl) = self.child(element, "ACL") {
            let (_, problems) = Acl::parse(self.tree.text(acl));
            for problem in problems {
                self.fault("DDF-014", Severity::Error, acl, problem.to_string());
            }
        }
    }
}

/// Whether an element of WBXML is one of the framework.
fn is_of_page(tree: &Tree, id: markup::NodeId) -> bool {
    tree.tag(id).and_then(Tag::vocabulary) == Some(Vocabulary::Ddf)
}

fn named(name: &str) -> String {
    if name.is_empty() { "without a name".to_owned() } else { format!("\"{name}\"") }
}

/// Whether a value can be of a format, where that can be told.
fn is_of_format(value: &str, format: &str) -> bool {
    match format {
        "int" => value.parse::<i64>().is_ok(),
        "bool" => value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
        "float" => value.parse::<f64>().is_ok(),
        _ => true,
    }
}
