//! The functions of expressions: those that need nothing but their arguments are worked out here.

use super::eval::{Env, open};
use super::value::{Compare, Value, all, within};
use crate::dm::uri::{percent_decoded, plain, without_query};
use crate::dm::{Scheme, Secret};
use crate::testcase::Reason;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A function.
#[derive(Debug, PartialEq)]
pub(super) struct Function {
    pub(super) name: &'static str,
    /// How many arguments it takes.
    pub(super) args: RangeInclusive<usize>,
    /// The argument for which a bare word is a text.
    pub(super) word: Option<usize>,
    pub(super) usage: &'static str,
}

const fn function(
    name: &'static str,
    args: RangeInclusive<usize>,
    word: Option<usize>,
    usage: &'static str,
) -> Function {
    Function { name, args, word, usage }
}

/// All functions, by name.
static FUNCTIONS: [Function; 19] = [
    function("acl_allows", 3..=3, Some(1), "acl_allows(acl, command, server_id)"),
    function("between", 3..=3, None, "between(x, a, b)"),
    function("count", 1..=2, Some(0), "count(kind, $name)"),
    function("hmac", 4..=4, None, "hmac(user, password, nonce_b64, $message)"),
    function("in_ranges", 2..=2, None, "in_ranges(x, \"200 250-299\")"),
    function("join", 2..=2, None, "join(uri, name)"),
    function("md5_cred", 3..=3, None, "md5_cred(user, password, nonce_b64)"),
    function("mo_root", 1..=1, None, "mo_root(urn)"),
    function("name", 1..=1, None, "name(uri)"),
    function("node", 1..=1, None, "node(uri)"),
    function("noti_digest", 4..=4, None, "noti_digest(server_id, password, nonce_b64, $notification)"),
    function("object", 1..=1, None, "object($item)"),
    function("opt", 2..=2, Some(1), "opt(text, key)"),
    function("parent", 1..=1, None, "parent(uri)"),
    function("profile", 1..=1, Some(0), "profile(name)"),
    function("same_set", 2..=2, None, "same_set(a, b)"),
    function("secret", 1..=1, Some(0), "secret(name)"),
    function("sha256", 1..=1, None, "sha256(x)"),
    function("is_permanent", 1..=1, None, "is_permanent(uri)"),
];

pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// The names of all functions, in one text.
pub(super) fn names() -> String {
    let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    names.join(", ")
}

/// What a function comes to. Unknown arguments make the result unknown; what is absent makes it absent, or false.
pub(super) fn call<'v>(function: &str, args: &[Value<'v>], env: &dyn Env<'v>) -> Value<'v> {
    if let ("same_set", [a, b]) = (function, args) {
        return same_set(a, b);
    }
    if let Some(reason) = open(args) {
        return Value::Unknown(reason);
    }
    match (function, args) {
        ("sha256", [Value::Text(text)]) => Value::text(hex(&Sha256::digest(text.as_bytes()))),
        ("noti_digest", [_, _, _, Value::Thing(_)]) => env.call(function, args),
        ("in_ranges", [x, ranges]) => Value::Bool(in_ranges(x, ranges)),
        ("between", [x, a, b]) => all([Compare::Le.compare(a, x, false), Compare::Le.compare(x, b, false)]),
        ("acl_allows", [acl, command, server]) => {
            let texts = (acl.scalar_text(), command.scalar_text(), server.scalar_text());
            let (Some(acl), Some(command), Some(server)) = texts else { return Value::Bool(false) };
            // Without a value of its own a node has that of an ancestor, which is not told here.
            acl_allows(&acl, &command, &server).map_or(Value::Unknown(Reason::Truncated), Value::Bool)
        }
        ("md5_cred" | "noti_digest" | "parent" | "name" | "join" | "opt", _) => {
            let texts: Option<Vec<Cow<'_, str>>> = args.iter().map(Value::scalar_text).collect();
            let texts = texts.unwrap_or_default();
            let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
            of_texts(function, &texts).map_or(Value::Absent, Value::text)
        }
        _ => env.call(function, args),
    }
}

fn of_texts(function: &str, args: &[&str]) -> Option<String> {
    match (function, args) {
        ("md5_cred", [user, password, nonce]) => {
            let secret = Secret { name: Some((*user).to_owned()), secret: (*password).to_owned(), nonce: None };
            secret.cred(&Scheme::Md5, user, &decoded(nonce)?)
        }
        ("noti_digest", [server, password, nonce, trigger]) => {
            Some(noti_digest(server, password, &decoded(nonce)?, &octets(trigger)?))
        }
        ("parent", [uri]) => parent(uri),
        ("name", [uri]) => segments(uri).pop().map(str::to_owned),
        ("join", [uri, name]) => Some(join(uri, name)),
        ("opt", [text, key]) => option(text, key),
        _ => None,
    }
}

/// The octets of Base64, white space in it and missing padding apart.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text: String = text.chars().filter(|ch| !ch.is_ascii_whitespace()).collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, config).decode(text).ok()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The octets of a text in hexadecimal.
fn octets(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|ch| ch.to_digit(16)).collect();
    let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
    let octet = |[high, low]: &[u32; 2]| u8::try_from(high * 16 + low).ok();
    if rest.is_empty() { pairs.iter().map(octet).collect() } else { None }
}

/// The digest of a notification, in hexadecimal: `H(B64(H(server ":" password)) ":" nonce ":" B64(H(trigger)))`, where the
/// trigger is everything behind the digest (OMA-TS-DM_Notification-V1_2_1, section 6.2.2).
pub fn noti_digest(server: &str, password: &str, nonce: &[u8], trigger: &[u8]) -> String {
    let md5 = |parts: &[&[u8]]| {
        let mut hash = Md5::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize()
    };
    let account = STANDARD.encode(md5(&[server.as_bytes(), b":", password.as_bytes()]));
    let trigger = STANDARD.encode(md5(&[trigger]));
    hex(&md5(&[account.as_bytes(), b":", nonce, b":", trigger.as_bytes()]))
}

/// The ranges of `200 250-299`; `None` where they cannot be read.
pub(super) fn ranges(text: &str) -> Option<Vec<RangeInclusive<i64>>> {
    let number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse::<i64>().ok())?;
    let one = |part: &str| match part.split_once('-') {
        Some((from, to)) => Some(number(from)?..=number(to)?).filter(|range| range.start() <= range.end()),
        None => number(part).map(|value| value..=value),
    };
    let all: Option<Vec<_>> = text.split_ascii_whitespace().map(one).collect();
    all.filter(|all| !all.is_empty())
}

fn in_ranges(x: &Value<'_>, text: &Value<'_>) -> bool {
    let Value::Text(text) = text else { return false };
    x.number().zip(ranges(text)).is_some_and(|(x, ranges)| ranges.iter().any(|range| range.contains(&x)))
}

fn same_set(a: &Value<'_>, b: &Value<'_>) -> Value<'static> {
    let covers = |from: &Value<'_>, to: &Value<'_>| match from {
        Value::List(values) => all(values.iter().map(|value| within(value, to, false, false))),
        one => all([within(one, to, false, false)]),
    };
    all([covers(a, b), covers(b, a)])
}

/// The segments of the path of a URI.
fn segments(uri: &str) -> Vec<&str> {
    let path = plain(without_query(uri));
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}

fn parent(uri: &str) -> Option<String> {
    let path = without_query(uri).trim().trim_end_matches('/');
    if segments(path).is_empty() {
        return None;
    }
    Some(match path.rsplit_once('/') {
        Some(("", _)) | None => ".".to_owned(),
        Some((parent, _)) => parent.to_owned(),
    })
}

fn join(uri: &str, name: &str) -> String {
    format!("{}/{}", uri.trim_end_matches('/'), name.trim_start_matches('/'))
}

/// The value of a key in a text such as `MINDT=10&DR=1`.
fn option(text: &str, key: &str) -> Option<String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(found, _)| found.trim() == key).map(|(_, value)| value.trim().to_owned())
}

/// Whether the value of an ACL gives a server a command (OMA-TS-DM_TND-V1_2_1, section 7.7.1.5); `None` where the value is
/// empty: an ancestor's then counts.
pub fn acl_allows(acl: &str, command: &str, server: &str) -> Option<bool> {
    let acl = acl.trim();
    if acl.is_empty() {
        return None;
    }
    let entries = acl.split('&').filter_map(|entry| entry.split_once('='));
    let mut granted = entries.filter(|(found, _)| found.trim() == command).flat_map(|(_, servers)| servers.split('+'));
    Some(granted.any(|found| {
        let found = found.trim();
        found == "*" || found == server || percent_decoded(found) == server
    }))
}

/// Whether two URIs are the same after normalisation: a leading `./`, a slash at the end and percent-escapes apart. An
/// escaped slash is part of a name, and the case of letters counts.
pub fn same_uri(a: &str, b: &str) -> bool {
    // Most URIs have neither escapes nor queries.
    let is_plain = |uri: &str| memchr::memchr2(b'%', b'?', uri.as_bytes()).is_none();
    if is_plain(a) && is_plain(b) {
        return plain(a).trim_end_matches('/') == plain(b).trim_end_matches('/');
    }
    fn split(uri: &str) -> (&str, Option<&str>) {
        let uri = plain(uri);
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        (path.trim_end_matches('/'), query)
    }
    let ((a, a_query), (b, b_query)) = (split(a), split(b));
    let queries = match (a_query, b_query) {
        (Some(a), Some(b)) => percent_decoded(a) == percent_decoded(b),
        (None, None) => true,
        _ => false,
    };
    let same = |(a, b): (&str, &str)| a == b || percent_decoded(a) == percent_decoded(b);
    queries && a.split('/').count() == b.split('/').count() && a.split('/').zip(b.split('/')).all(same)
}
