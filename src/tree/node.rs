//! A node as plain data, for whoever shows it.

use super::place::Origin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Properties of nodes (OMA-TS-DM_TND-V1_2_1, 7.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each is the property of that name")]
pub enum Property {
    #[serde(rename = "ACL")]
    Acl,
    Format,
    Name,
    Size,
    Title,
    TStamp,
    Type,
    VerNo,
}

impl Property {
    /// Every property.
    pub const ALL: [Self; 8] =
        [Self::Acl, Self::Format, Self::Name, Self::Size, Self::Title, Self::TStamp, Self::Type, Self::VerNo];

    /// On the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acl => "ACL",
            Self::Format => "Format",
            Self::Name => "Name",
            Self::Size => "Size",
            Self::Title => "Title",
            Self::TStamp => "TStamp",
            Self::Type => "Type",
            Self::VerNo => "VerNo",
        }
    }

    /// The property of that name, letter by letter.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.name() == name)
    }

    /// Whether the device changes it by itself whenever it changes the node.
    pub const fn is_kept_by_device(self) -> bool {
        matches!(self, Self::Size | Self::TStamp | Self::VerNo)
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// It has children, or may have.
    Interior,
    /// It has a value, or may have.
    Leaf,
    /// Nothing says which.
    Unknown,
}

/// Whether a node is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Existence {
    /// It is.
    Present,
    /// It is not.
    Absent,
    /// Nothing says whether it is.
    Unknown,
}

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It was told in the session of that place, and nothing seen since may have changed it.
    Certain,
    /// It follows from what was seen, but something else may be so by then: it is of an earlier session, an Exec or a gap came
    /// after it, commands of one package may have been executed in another order, or the device changes it by itself.
    Inferred,
}

/// Something that is known, how surely, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Known<T> {
    /// What it is.
    pub value: T,
    /// How sure it is.
    pub certainty: Certainty,
    /// Who told it, and when.
    pub origin: Origin,
}

/// The value of a leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Value {
    /// Its text, or its octets in base64; at most [`Limits::TREE_VALUE`](crate::base::Limits::TREE_VALUE) octets of it. `None`
    /// where something was written that was not seen.
    pub text: Option<String>,
    /// Octets of the whole value as it was conveyed.
    pub length: u64,
    /// Whether `text` is base64 of octets that are no text.
    pub is_octets: bool,
    /// Whether `text` is only the beginning.
    pub is_clipped: bool,
}

/// What may be known of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Whether it is there.
    Existence,
    /// Interior or leaf.
    Kind,
    /// Property Format.
    Format,
    /// Property Type.
    Type,
    /// Its value.
    Value,
    /// Property ACL.
    Acl,
    /// Another property.
    Property,
    /// That all its children are known.
    Children,
}

/// One node of a tree: a row of a list that is read from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// How deep it is; 0 for the root.
    pub depth: u32,
    /// Its URI from the root, `./DevInfo/Man` for one.
    pub uri: String,
    /// Its name, as it was first written; `.` for the root.
    pub name: String,
    /// Whether it is there.
    pub existence: Existence,
    /// How sure that is, and where it comes from; `None` where nothing says it.
    pub certainty: Option<Certainty>,
    /// Who told it, and when.
    pub origin: Option<Origin>,
    /// Interior or leaf.
    pub kind: NodeKind,
    /// Property Format, where it was told.
    pub format: Option<Known<String>>,
    /// Property Type, where it was told: a media type of a leaf, an identifier of an object of an interior node.
    pub media_type: Option<Known<String>>,
    /// The identifier of the management object that begins here.
    pub mo_id: Option<String>,
    /// The value of a leaf.
    pub value: Option<Known<Value>>,
    /// Property ACL as written; empty: what the node above says.
    pub acl: Option<Known<String>>,
    /// The other properties that were told.
    pub properties: Vec<(Property, Known<String>)>,
    /// Whether all its children are known, and how surely.
    pub children_complete: Option<Certainty>,
    /// How many nodes directly below it are rows.
    pub children: u32,
}

/// Whether the Type of an interior node is the identifier of a management object: a URN, or a reversed domain name with a
/// version (OMA-TS-DM_TND-V1_2_1, 7.7.7.2), which no media type looks like.
pub(super) fn is_mo_id(text: &str) -> bool {
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:")) {
        return text.len() > 4;
    }
    let mut parts = text.split('/');
    let domain = parts.next().unwrap_or_default();
    let version = parts.next().unwrap_or_default();
    let is_version = version
        .split_once('.')
        .is_some_and(|(major, minor)| [major, minor].iter().all(|part| crate::syncml::number(part).is_some()));
    domain.contains('.') && is_version && parts.next().is_some_and(|name| !name.is_empty())
}

/// Whether the device changes the value of a node by itself: states of objects, and what vendors put below Ext.
pub(super) fn is_kept_by_device(path: &str) -> bool {
    let mut names = path.split('/');
    let leaf = names.next_back().unwrap_or_default();
    matches!(leaf, "State" | "Status") || names.any(|name| name == "Ext")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_known_by_the_identifiers_in_their_type() {
        for id in ["urn:oma:mo:oma-fumo:1.0", "org.openmobilealliance/1.0/w7", "com.example/2.13/a/b"] {
            assert!(is_mo_id(id), "{id}");
        }
        for text in
            ["", "urn:", "text/plain", "application/vnd.syncml.dmtnds+xml", "com.example/x/a", "com.example/1.0"]
        {
            assert!(!is_mo_id(text), "{text}");
        }
    }
}
