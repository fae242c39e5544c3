//! Values that are signed or encrypted: AUTH-053 to AUTH-055.
//!
//! Any document may be a value, and have a signature of its own: what XML signatures and XML encryption leave free, and only the
//! appendix asks for, is an observation.

use super::common::{PLAIN, SEC};
use crate::base::Severity;
use crate::dm::Challenge;
use crate::markup::{NodeId, Tag, Tree};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::At;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Rule, Scope, Versions};
use crate::syncml::{CommandName, Item, trim, xml};
use std::borrow::Cow;

const SIGNED: Clause = Clause { document: SEC, section: "Appendix: Content signature" };
const SEALED: Clause = Clause { document: SEC, section: "Appendix: Content confidentiality" };

/// Commands that carry values.
const CARRIERS: &[CommandName] = &[CommandName::Add, CommandName::Replace, CommandName::Results, CommandName::Exec];

/// Name spaces of XML signatures and XML encryption.
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";

/// A server that writes a value of this media type.
macro_rules! written {
    ($kind:literal, $data:expr) => {
        concat!(
            "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status * 200\n Replace ./Vendor/Value format=xml type=",
            $kind,
            " data=\"",
            $data,
            "\"\ndevice\n Status SyncHdr 200\n Status Replace 200\n"
        )
    };
}

/// A signed value; what stands before the digest value, and that value.
macro_rules! signed {
    ($before:literal, $digest:literal) => {
        written!(
            "application/xml",
            concat!(
                "<v><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><SignedInfo><Reference>",
                $before,
                $digest,
                "</Reference></SignedInfo><SignatureValue>AAEC</SignatureValue></Signature></v>"
            )
        )
    };
}

/// An encrypted value: the method of the content, that of the key, and what stands around the key.
macro_rules! sealed {
    ($method:literal, $key:literal, $behind:literal) => {
        written!(
            "application/xenc+xml",
            concat!(
                "<EncryptedData xmlns='http://www.w3.org/2001/04/xmlenc#'><EncryptionMethod \
                 Algorithm='http://www.w3.org/2001/04/xmlenc#",
                $method,
                "'/>",
                $key,
                "<CipherData><CipherValue>AAEC</CipherValue></CipherData></EncryptedData>",
                $behind
            )
        )
    };
}

const BASELINE: &str = include_str!("../../../tests/fixtures/s19.dms");

/// The document in a value, where it can be read as a whole, and an element in it has one of the two name spaces.
fn document<'s>(cmd: Cmd<'s>, item: &Item) -> Option<Cow<'s, Tree>> {
    let message = cmd.message();
    let data = item.data.filter(|_| item.more_data.is_none())?;
    if message.tree().elements(data).next().is_some() {
        let is_meant = |id: NodeId| matches!(message.tree().namespace_uri(id), Some(DSIG | XENC));
        return message.tree().descendants(data).any(is_meant).then_some(Cow::Borrowed(message.tree()));
    }
    let text = trim(message.text(data));
    if !text.starts_with('<') || !text.contains(DSIG) && !text.contains(XENC) {
        return None;
    }
    let document = xml::decode(text.as_bytes()).ok().filter(|document| document.is_well_formed())?;
    Some(Cow::Owned(document.tree))
}

/// Each value of a command with a document of this kind: where it stands, the document, and its outermost elements.
fn values<'s>(cmd: Cmd<'s>) -> Vec<(At, &'s Item, Cow<'s, Tree>, Vec<NodeId>)> {
    if !cmd.message().survey().has_markup_data {
        return Vec::new();
    }
    let read = |item: &'s Item| {
        let tree = document(cmd, item)?;
        let tops = match &tree {
            Cow::Borrowed(tree) => tree.elements(item.data?).collect(),
            Cow::Owned(tree) => tree.root().into_iter().collect(),
        };
        Some((cmd.at_node(item.data.unwrap_or(item.node)), item, tree, tops))
    };
    cmd.items().iter().filter_map(read).collect()
}

fn is(tree: &Tree, id: NodeId, space: &str, name: &str) -> bool {
    tree.name(id) == name && tree.namespace_uri(id) == Some(space)
}

/// Elements of that name in some elements, themselves included.
fn all(tree: &Tree, tops: &[NodeId], space: &str, name: &str) -> Vec<NodeId> {
    let below = tops.iter().flat_map(|top| std::iter::once(*top).chain(tree.descendants(*top)));
    below.filter(|id| is(tree, *id, space, name)).collect()
}

fn child(tree: &Tree, id: NodeId, space: &str, name: &str) -> Option<NodeId> {
    tree.elements(id).find(|child| is(tree, *child, space, name))
}

/// The Algorithm of an element.
fn algorithm(tree: &Tree, id: NodeId) -> Option<String> {
    let all = xml::attributes_of(tree.raw(id));
    all.into_iter().find(|(name, _)| name == "Algorithm").map(|(_, value)| value)
}

/// What is wrong with a signature, and how bad it is.
fn defect(tree: &Tree, signature: NodeId) -> Option<(Severity, String)> {
    let warning = |text: &str| Some((Severity::Warning, text.to_owned()));
    let is_base64 = |id: NodeId| {
        let text = tree.text(id);
        !trim(text).is_empty() && Challenge { scheme: None, nonce: Some(text.to_owned()) }.nonce_octets().is_some()
    };
    let Some(info) = child(tree, signature, DSIG, "SignedInfo") else {
        return warning("a Signature without SignedInfo");
    };
    match child(tree, signature, DSIG, "SignatureValue") {
        None => return warning("a Signature without SignatureValue"),
        Some(value) if !is_base64(value) => return warning("a SignatureValue that is no base64"),
        Some(_) => {}
    }
    let references: Vec<NodeId> = tree.elements(info).filter(|id| is(tree, *id, DSIG, "Reference")).collect();
    for reference in &references {
        let Some(digest) = child(tree, *reference, DSIG, "DigestValue") else {
            return warning("a Reference without DigestValue");
        };
        if child(tree, *reference, DSIG, "DigestMethod").is_none() {
            return warning("a Reference without DigestMethod");
        }
        if !is_base64(digest) {
            return warning("a DigestValue that is no base64");
        }
    }
    let transforms = references.iter().map(|reference| child(tree, *reference, DSIG, "Transforms"));
    for transforms in transforms {
        let Some(transforms) = transforms else {
            return Some((Severity::Info, "a Reference without Transforms".to_owned()));
        };
        let xpath = |id: NodeId| algorithm(tree, id).is_some_and(|name| name.to_ascii_lowercase().contains("xpath"));
        if tree.elements(transforms).any(xpath) {
            return Some((Severity::Info, "a Reference with an XPath transform".to_owned()));
        }
    }
    None
}

pub(super) static SIGNATURE: Rule = Rule {
    id: "AUTH-053",
    name: "content-signature-form",
    title: "Signed content is built as XML signatures are",
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[SIGNED],
    what: "A Signature of XML signatures in a value has SignedInfo and SignatureValue; each Reference has DigestMethod and DigestValue; both \
           values are base64. A Reference without Transforms, and an XPath transform, are observations: XML signatures allow \
           both, and the document may be one of an application. What the signature is worth is not computed.",
    why: "The device cannot verify the value, and refuses it.",
    mend: "Build the signature as the appendix of the security document shows.",
    pass: &[BASELINE],
    violate: &[
        signed!("<Transforms/><DigestMethod/>", ""),
        signed!("<Transforms/><DigestMethod/>", "<DigestValue>%</DigestValue>"),
        signed!("<Transforms/>", "<DigestValue>AAEC</DigestValue>"),
        signed!("<DigestMethod/>", "<DigestValue>AAEC</DigestValue>"),
    ],
    not_applicable: &[PLAIN, written!("application/xml", "<Signature/>")],
    check: Check::Command(CARRIERS, signature),
    ..Rule::MUST
};

fn signature(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for (at, _, tree, tops) in values(cmd) {
        for signature in all(&tree, &tops, DSIG, "Signature") {
            let occasion = cx.occasion(at);
            if let Some((severity, seen)) = defect(&tree, signature) {
                let expected = "Reference with Transforms, DigestMethod and DigestValue; values in base64";
                occasion.violated_as(severity, seen, expected);
            }
        }
    }
}

/// Whether an item says that its value is encrypted XML.
fn is_sealed(cmd: Cmd<'_>, item: &Item) -> bool {
    let message = cmd.message();
    let kind = message.text(message.effective_met_inf(cmd.command, Some(item), Tag::Type));
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/xenc+xml")
}

/// What is wrong with encrypted data, and how bad it is.
fn weakness(tree: &Tree, data: NodeId) -> Option<(Severity, String)> {
    let method = |id: NodeId| algorithm(tree, child(tree, id, XENC, "EncryptionMethod")?);
    let Some(info) = child(tree, data, DSIG, "KeyInfo") else {
        return Some((Severity::Warning, "EncryptedData without KeyInfo".to_owned()));
    };
    if let Some(key) = child(tree, info, XENC, "EncryptedKey") {
        if child(tree, key, DSIG, "KeyInfo").is_none() {
            return Some((Severity::Warning, "EncryptedKey without KeyInfo".to_owned()));
        }
        if let Some(name) = method(key).filter(|name| !name.ends_with("#rsa-1_5")) {
            return Some((Severity::Info, format!("a key that is encrypted with {}", quoted(&name))));
        }
    }
    match method(data) {
        Some(name) if name.contains("aes128-") => None,
        // Stronger ones do no harm where the device knows them.
        Some(name) if ["aes192-", "aes256-"].iter().any(|aes| name.contains(aes)) => {
            Some((Severity::Info, format!("content that is encrypted with {}", quoted(&name))))
        }
        Some(name) => Some((Severity::Warning, format!("content that is encrypted with {}", quoted(&name)))),
        // It may be known from elsewhere.
        None => None,
    }
}

pub(super) static ENCRYPTION: Rule = Rule {
    id: "AUTH-054",
    name: "content-encryption-form",
    title: "Encrypted content is built as XML encryption is",
    severity: Severity::Warning,
    strict: Severity::Warning,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[SEALED],
    what: "A value of the type application/xenc+xml is an EncryptedData (or EncryptedKey) document; EncryptedData has KeyInfo, and so has an \
           EncryptedKey in it; the content is encrypted with AES of 128 bits. Longer keys of AES, and another method than RSA 1.5 for the \
           key, are observations. Judged where the value can be read as XML with one of the name spaces.",
    why: "The device cannot decrypt the value, and refuses it.",
    mend: "Encrypt the content with AES-128 and the key of it with RSA 1.5, and name both keys in KeyInfo.",
    pass: &[BASELINE],
    violate: &[
        written!(
            "application/xenc+xml",
            "<Sealed xmlns:x='http://www.w3.org/2001/04/xmlenc#'><x:CipherData/></Sealed>"
        ),
        sealed!("aes128-cbc", "", ""),
        sealed!(
            "tripledes-cbc",
            "<KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><KeyName>k</KeyName></KeyInfo>",
            ""
        ),
        sealed!("aes256-cbc", "<KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><KeyName>k</KeyName></KeyInfo>", ""),
    ],
    not_applicable: &[PLAIN, signed!("<Transforms/><DigestMethod/>", "<DigestValue>AAEC</DigestValue>")],
    check: Check::Command(CARRIERS, encryption),
    ..Rule::MUST
};

fn encryption(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for (at, item, tree, tops) in values(cmd) {
        if !is_sealed(cmd, item) {
            continue;
        }
        let occasion = cx.occasion(at);
        let expected = "EncryptedData with KeyInfo, AES-128 for the content and RSA 1.5 for its key";
        let is_root = |id: &NodeId| ["EncryptedData", "EncryptedKey"].iter().any(|name| is(&tree, *id, XENC, name));
        match tops.first() {
            Some(top) if is_root(top) => {
                if let Some((severity, seen)) = weakness(&tree, *top).filter(|_| is(&tree, *top, XENC, "EncryptedData"))
                {
                    occasion.violated_as(severity, seen, expected);
                }
            }
            top => {
                let name = top.map_or("", |top| tree.name(*top));
                occasion.violated(
                    format!("{} as the root of a value that is said to be encrypted", quoted(name)),
                    expected,
                );
            }
        }
    }
}

pub(super) static ORDER: Rule = Rule {
    id: "AUTH-055",
    name: "content-signed-after-encryption",
    title: "Content is signed before it is encrypted",
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[SEALED],
    what: "A value with EncryptedData in it has no Signature outside of that. The signature would cover what is encrypted, or stand \
           beside it in clear; an application may want that, hence an observation.",
    why: "Whoever reads the value can tell who signed it, and put another signature in its place.",
    mend: "Sign the content, then encrypt content and signature together.",
    pass: &[BASELINE],
    violate: &[written!(
        "application/xml",
        "<v><EncryptedData xmlns='http://www.w3.org/2001/04/xmlenc#'/><Signature xmlns='http://www.w3.org/2000/09/xmldsig#'/></v>"
    )],
    not_applicable: &[PLAIN, signed!("<Transforms/><DigestMethod/>", "<DigestValue>AAEC</DigestValue>")],
    check: Check::Command(CARRIERS, order),
    ..Rule::MUST
};

fn order(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for (at, _, tree, tops) in values(cmd) {
        let sealed = all(&tree, &tops, XENC, "EncryptedData");
        if sealed.is_empty() {
            continue;
        }
        let occasion = cx.occasion(at);
        let inside = all(&tree, &sealed, DSIG, "Signature").len();
        if all(&tree, &tops, DSIG, "Signature").len() > inside {
            occasion.violated("a Signature beside EncryptedData", "the Signature inside of what is encrypted");
        }
    }
}
