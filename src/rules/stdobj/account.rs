//! What an account of a management server holds: its shape and its values, wherever they are told.
//!
//! Source: OMA-TS-DM_StdObj-V1_2_1, 5.3.1 (the DM Account management object).

use super::super::evidence::Voice;
use super::super::helper::quoted;
use super::super::tnd::{About, Defect, Kind, Look};
use crate::base::Severity;
use crate::dm::Version;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A leaf of an account, by its path below the root of the account.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Leaf<'a> {
    pub(in crate::rules) path: &'a str,
    /// `None` where it is not known.
    pub(in crate::rules) value: Option<&'a str>,
}

/// Whether an identifier is that of accounts.
pub(in crate::rules) fn is_account(id: &str) -> bool {
    let begins = |start: &str| id.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    begins("urn:oma:mo:oma-dm-dmacc:") || begins("org.openmobilealliance/") && id.ends_with("/w7")
}

/// Ways to prove an identity (5.3.1, AAuthType).
const TYPES: [&str; 10] =
    ["HTTP-BASIC", "HTTP-DIGEST", "BASIC", "DIGEST", "HMAC", "X509", "SECURID", "SAFEWORD", "DIGIPASS", "TRANSPORT"];
const LEVELS: [&str; 4] = ["CLCRED", "SRVCRED", "OBEX", "HTTP"];

/// What a rule says of a leaf: which rule, and what is wrong, where something is.
pub(in crate::rules) type Verdict = (Kind, Option<(Severity, String, &'static str)>);

/// Which rule looks at a leaf of that path.
pub(in crate::rules) fn kind_of(path: &str) -> Option<Kind> {
    let parts: Vec<&str> = path.split('/').collect();
    Some(match parts.as_slice() {
        ["AppID"] => Kind::AppId,
        ["ServerID"] => Kind::ServerId,
        ["AAuthPref"] => Kind::Preference,
        ["AppAddr", _, "AddrType" | "Addr"] => Kind::Address,
        ["AppAddr", _, "Port", _, "PortNbr"] => Kind::Port,
        ["AppAuth", _, "AAuthLevel" | "AAuthType"] => Kind::Authentication,
        ["AppAuth", _, "AAuthSecret" | "AAuthData"] => Kind::Secret,
        _ => return None,
    })
}

/// Judges the leaf of an account, with those beside it.
pub(in crate::rules) fn verdict(
    leaf: Leaf<'_>,
    beside: &Beside<'_>,
    voice: Voice,
    version: Version,
) -> Option<Verdict> {
    let kind = kind_of(leaf.path)?;
    let value = leaf.value?;
    let (over, name) = leaf.path.rsplit_once('/').unwrap_or(("", leaf.path));
    let seen = || format!("{name} {}", quoted(value));
    let wrong = match kind {
        Kind::AppId if value != "w7" => Some((Severity::Error, seen(), "w7")),
        Kind::ServerId if voice != Voice::Written => return None,
        Kind::ServerId => server_id(value).map(|expected| (Severity::Warning, seen(), expected)),
        Kind::Preference if value.is_empty() || TYPES.contains(&value) => None,
        Kind::Preference => Some((Severity::Warning, seen(), "a type of AAuthType, or nothing")),
        Kind::Address if name == "AddrType" => match value {
            "" | "URI" | "IPv4" | "IPv6" => None,
            _ if matches!(value.to_ascii_lowercase().as_str(), "uri" | "ipv4" | "ipv6") => {
                Some((Severity::Info, seen(), "URI, IPv4 or IPv6, in these letters"))
            }
            _ => Some((Severity::Error, seen(), "URI, IPv4 or IPv6")),
        },
        Kind::Address => {
            let of_type = beside.of(over, "AddrType").unwrap_or_default();
            let is_right = match of_type {
                "IPv4" => value.parse::<Ipv4Addr>().is_ok(),
                "IPv6" => value.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok(),
                _ => true,
            };
            (!is_right).then(|| {
                (
                    Severity::Warning,
                    format!("{} with AddrType {of_type}", seen()),
                    "an address of the form that AddrType says",
                )
            })
        }
        Kind::Port => match value.parse::<u16>() {
            Ok(0) => Some((Severity::Info, seen(), "the number of a port")),
            Ok(_) if value.bytes().all(|octet| octet.is_ascii_digit()) => None,
            _ if value.is_empty() => Some((Severity::Warning, seen(), "a decimal number from 1 to 65535")),
            _ => Some((Severity::Error, seen(), "a decimal number from 1 to 65535")),
        },
        Kind::Authentication => authentication(name, value, beside.of(over, "AAuthLevel"), version),
        Kind::Secret if voice != Voice::Read => return None,
        Kind::Secret => secret(name, value),
        _ => None,
    };
    Some((kind, wrong))
}

/// What is wrong with an identifier of a server that is to stand in ACLs (OMA-TS-DM_TND-V1_2_1, 7.7.1 ACL syntax).
pub(super) fn server_id(value: &str) -> Option<&'static str> {
    let is_bad = |ch: char| matches!(ch, '=' | '&' | '*' | '+') || ch.is_whitespace();
    (value.is_empty() || value.contains(is_bad)).then_some("an identifier without =, &, *, + and blanks")
}

fn authentication(
    name: &str,
    value: &str,
    level: Option<&str>,
    version: Version,
) -> Option<(Severity, String, &'static str)> {
    let seen = format!("{name} {}", quoted(value));
    let (known, expected): (&[&str], _) = if name == "AAuthLevel" {
        (&LEVELS, "CLCRED, SRVCRED, OBEX or HTTP")
    } else {
        (&TYPES, "one of the types that the specification lists, such as DIGEST")
    };
    if known.contains(&value) {
        let is_of_http = matches!(value, "HTTP-BASIC" | "HTTP-DIGEST" | "TRANSPORT");
        let level = level.filter(|level| matches!(*level, "OBEX" | "HTTP") && name == "AAuthType" && !is_of_http)?;
        return Some((
            Severity::Error,
            format!("{seen} with AAuthLevel {level}"),
            "HTTP-BASIC, HTTP-DIGEST or TRANSPORT at that level",
        ));
    }
    // CLIENT and APPSRV are what a provisioning document says.
    let is_mild = value.is_empty()
        || matches!(value, "APPSRV" | "CLIENT")
        || version == Version::V1_3
        || known.iter().any(|name| name.eq_ignore_ascii_case(value));
    Some((if is_mild { Severity::Warning } else { Severity::Error }, seen, expected))
}

/// A secret that is returned; its value is not shown.
pub(super) fn secret(name: &str, value: &str) -> Option<(Severity, String, &'static str)> {
    if value.is_empty() {
        return None;
    }
    let is_mask = value.chars().all(|ch| matches!(ch, '*' | 'x' | 'X' | '•'));
    let (severity, what) = if is_mask { (Severity::Info, "a mask") } else { (Severity::Error, "a value") };
    Some((severity, format!("{name} is returned, with {what} in it"), "405, or no value"))
}

/// Values of leaves that tell what others mean, by the path of the node above them.
#[derive(Debug, Default)]
pub(in crate::rules) struct Beside<'a>(BTreeMap<(&'a str, &'a str), &'a str>);

impl<'a> Beside<'a> {
    /// Of the leaves of one account.
    pub(in crate::rules) fn new(leaves: &[Leaf<'a>]) -> Self {
        let own = |leaf: &Leaf<'a>| {
            let key = leaf.path.rsplit_once('/')?;
            matches!(key.1, "AddrType" | "AAuthLevel").then_some((key, leaf.value?))
        };
        Self(leaves.iter().filter_map(own).collect())
    }

    fn of(&self, over: &str, name: &str) -> Option<&'a str> {
        self.0.get(&(over, name)).copied()
    }
}

/// Looks at an account in a serialised tree: the paths of its nodes, and its leaves.
pub(in crate::rules) fn look_at(names: &[&str], leaves: &[Leaf<'_>], about: &About<'_>, look: &mut Look) {
    let beside = Beside::new(leaves);
    for leaf in leaves {
        let Some((kind, wrong)) = verdict(*leaf, &beside, about.voice, about.version) else { continue };
        look.ask(kind);
        if let Some((severity, seen, expected)) = wrong {
            look.note(Defect { kind, severity, seen, expected });
        }
    }
    let is_there = |path: &str| names.contains(&path);
    if ["AppID", "ServerID", "AppAddr"].iter().any(|name| is_there(name)) {
        look.ask(Kind::AccountShape);
        shape(names, about.voice, look);
    }
}

/// Names of the nodes directly below a path.
fn below<'a>(names: &[&'a str], path: &str) -> Vec<&'a str> {
    let inside = |name: &&'a str| {
        name.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| !rest.contains('/'))
    };
    names.iter().copied().filter(inside).collect()
}

fn shape(names: &[&str], voice: Voice, look: &mut Look) {
    const EXPECTED: &str = "the nodes that every account has";
    // What is read may lack what the server has no right to see.
    let worst = if voice == Voice::Written { Severity::Error } else { Severity::Warning };
    let is_there = |path: &str| names.contains(&path);
    let mut missing = |severity: Severity, what: String| {
        let severity = severity.min(worst);
        look.note(Defect {
            kind: Kind::AccountShape,
            severity,
            seen: format!("an account without {what}"),
            expected: EXPECTED,
        });
    };
    for name in ["AppID", "ServerID", "AppAddr"] {
        if !is_there(name) {
            missing(Severity::Error, name.to_owned());
        }
    }
    // Each of these has nodes of any name, and these have leaves.
    let parts: [(&str, &[(&str, Severity)]); 3] = [
        ("AppAddr", &[("Addr", Severity::Error), ("AddrType", Severity::Warning)]),
        ("ToConRef", &[("ConRef", Severity::Error)]),
        ("AppAuth", &[("AAuthLevel", Severity::Error), ("AAuthType", Severity::Error)]),
    ];
    for (part, wanted) in parts {
        if !is_there(part) {
            continue;
        }
        let inner = below(names, part);
        if inner.is_empty() && part == "AppAddr" {
            missing(Severity::Error, "an address in AppAddr".to_owned());
        }
        for node in inner {
            for (leaf, severity) in wanted {
                let path = format!("{node}/{leaf}");
                if !is_there(&path) {
                    missing(*severity, path);
                }
            }
            let ports = format!("{node}/Port");
            if part != "AppAddr" || !is_there(&ports) {
                continue;
            }
            let inner = below(names, &ports);
            if inner.is_empty() {
                missing(Severity::Error, format!("a port in {ports}"));
            }
            for port in inner {
                let path = format!("{port}/PortNbr");
                if !is_there(&path) {
                    missing(Severity::Error, path);
                }
            }
        }
    }
}
