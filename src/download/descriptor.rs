//! Download descriptors: what a package is, where it is fetched, and where the end is reported (OMA-Download-OTA-V1_0, Download
//! Descriptor; OMA-TS-DLOTA-V2_0).

use crate::base::Limits;
use crate::markup::{NodeId, Tree};
use crate::syncml::xml;

/// Media types of descriptors, of both versions.
const TYPES: [&str; 2] = ["application/vnd.oma.dd+xml", "application/vnd.oma.dd2+xml"];
/// The root of a descriptor.
const ROOT: &str = "media";
/// Beginning of the name spaces of both versions.
const NAMESPACE: &str = "http://www.openmobilealliance.org/xmlns/dd";

/// Whether a Content-Type is that of a descriptor.
pub fn is_descriptor_type(value: &str) -> bool {
    let essence = value.split(';').next().unwrap_or_default().trim();
    TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known))
}

/// Whether the first octets of a body look like a descriptor.
pub fn looks_like_descriptor(first: &[u8]) -> bool {
    memchr::memmem::find(first, b"<media").is_some_and(|at| {
        let behind = first.get(at.saturating_add(b"<media".len())).copied();
        behind.is_none_or(|octet| octet == b'>' || octet.is_ascii_whitespace())
    })
}

/// Whether a body is a descriptor, by what it is said to be or by what it looks like.
pub fn is_descriptor(content_type: Option<&str>, body: &[u8]) -> bool {
    content_type.is_some_and(is_descriptor_type)
        || looks_like_descriptor(body.get(..body.len().min(512)).unwrap_or_default())
            && memchr::memmem::find(body.get(..body.len().min(1_024)).unwrap_or_default(), NAMESPACE.as_bytes())
                .is_some()
}

/// One object that a descriptor describes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaObject {
    /// Media types that it may have, as written: at most [`Limits::DOWNLOAD_TYPES`].
    pub types: Vec<String>,
    /// `size` as written.
    pub size: Option<String>,
    /// `objectURI`, where it is fetched.
    pub uri: Option<String>,
    /// `installNotifyURI`, where the end is reported.
    pub notify: Option<String>,
}

impl MediaObject {
    /// Its size in octets; `None` where there is none, or it is no number.
    pub fn octets(&self) -> Option<u64> {
        let text = self.size.as_deref()?;
        let is_number = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        if is_number { text.parse().ok() } else { None }
    }
}

/// A download descriptor, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// Name of the root element, as written; empty where there is none.
    pub root: String,
    /// `DDVersion` as written.
    pub version: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `vendor`.
    pub vendor: Option<String>,
    /// What it describes: one object in version 1.0, some in version 2.0; at most [`Limits::DOWNLOAD_OBJECTS`].
    pub objects: Vec<MediaObject>,
    /// Whether the whole of it was read.
    pub whole: bool,
}

impl Descriptor {
    /// Reads a body. What is no XML has no root, and no objects.
    pub fn read(body: &[u8]) -> Self {
        if body.len() > Limits::DOWNLOAD_DESCRIPTOR {
            return Self::default();
        }
        let Ok(document) = xml::decode(body) else { return Self::default() };
        let whole = document.fault.is_none() && !document.encoding.lossy;
        let tree = &document.tree;
        let Some(root) = tree.root() else { return Self { whole, ..Self::default() } };
        let mut descriptor = Self {
            root: clipped(tree.name(root)),
            version: value(tree, root, "DDVersion").or_else(|| attribute(tree, root, "DDVersion")),
            name: value(tree, root, "name"),
            vendor: value(tree, root, "vendor"),
            objects: Vec::new(),
            whole,
        };
        let parts = tree.descendants(root).filter(|part| tree.name(*part) == "mediaObject");
        for part in parts.take(Limits::DOWNLOAD_OBJECTS) {
            descriptor.objects.push(object(tree, part));
        }
        if descriptor.objects.is_empty() && descriptor.is_media() {
            descriptor.objects.push(object(tree, root));
        }
        descriptor
    }

    /// Whether its root is that of a descriptor.
    pub fn is_media(&self) -> bool {
        self.root == ROOT
    }

    /// The major version that it says: 1 where it says none.
    pub fn major(&self) -> &str {
        self.version.as_deref().map_or("1", |version| version.split('.').next().unwrap_or_default().trim())
    }

    /// What it says, in one line.
    pub fn summary(&self) -> String {
        let mut words: Vec<String> = self.vendor.iter().chain(&self.name).map(|text| format!("{text:?}")).collect();
        if !self.is_media() {
            words.push(format!("root {:?}", self.root));
        }
        for object in self.objects.iter().take(2) {
            words.extend(object.size.as_ref().map(|size| format!("size {size}")));
            words.extend(object.types.first().cloned());
            words.extend(object.uri.as_ref().map(|uri| format!("at {uri}")));
        }
        let left = self.objects.len().saturating_sub(2);
        if left > 0 {
            words.push(format!("{left} more objects"));
        }
        if !self.whole {
            words.push("the rest cannot be read".to_owned());
        }
        format!("descriptor: {}", words.join(", "))
    }

    /// Octets of memory that it holds, roughly.
    pub fn octets(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let of_object = |object: &MediaObject| {
            let types: usize = object.types.iter().map(|kind| size_of::<String>() + kind.len()).sum();
            size_of::<MediaObject>() + types + text(&object.size) + text(&object.uri) + text(&object.notify)
        };
        let objects: usize = self.objects.iter().map(of_object).sum();
        size_of::<Self>() + self.root.len() + text(&self.version) + text(&self.name) + text(&self.vendor) + objects
    }
}

fn clipped(text: &str) -> String {
    let mut end = text.len().min(Limits::DOWNLOAD_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// The text of an element; of one that only holds another, the text of that: version 2.0 puts addresses into `server`.
fn text(tree: &Tree, id: NodeId) -> String {
    let own = tree.text(id).trim();
    match tree.elements(id).next() {
        Some(inner) if own.is_empty() => clipped(tree.text(inner).trim()),
        _ => clipped(own),
    }
}

fn value(tree: &Tree, parent: NodeId, name: &str) -> Option<String> {
    tree.elements(parent).find(|child| tree.name(*child) == name).map(|child| text(tree, child))
}

fn attribute(tree: &Tree, id: NodeId, name: &str) -> Option<String> {
    let found = xml::attributes_of(tree.raw(id)).into_iter().find(|(own, _)| own == name);
    found.map(|(_, value)| clipped(value.trim()))
}

fn object(tree: &Tree, element: NodeId) -> MediaObject {
    let mut object = MediaObject::default();
    // What version 2.0 says of an object stands in groups of its own.
    for part in tree.descendants(element) {
        let slot = match tree.name(part) {
            "type" if object.types.len() < Limits::DOWNLOAD_TYPES => {
                object.types.push(text(tree, part));
                continue;
            }
            "size" => &mut object.size,
            "objectURI" => &mut object.uri,
            "installNotifyURI" => &mut object.notify,
            _ => continue,
        };
        if slot.is_none() {
            *slot = Some(text(tree, part));
        }
    }
    object
}
