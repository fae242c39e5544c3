//! Cred: where it stands, of which type it is, and whether its Data can be read.

use super::common::{
    BASIC, CREP, DREP, MAC, MD5, PLAIN, PRO, SEC, hmac_of, may_be_authenticated_below, scheme_of, script,
};
use crate::base::Severity;
use crate::dm::{Challenge, Scheme};
use crate::markup::{NodeId, Tag};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Level, Rule, Scope};
use crate::syncml::CommandName;

const CRED: Clause = Clause { document: DREP, section: "6.1.6 Cred" };

/// Every command but Status, of which another rule speaks.
const COMMANDS: &[CommandName] = &[
    CommandName::Add,
    CommandName::Alert,
    CommandName::Atomic,
    CommandName::Copy,
    CommandName::Delete,
    CommandName::Exec,
    CommandName::Get,
    CommandName::Replace,
    CommandName::Results,
    CommandName::Sequence,
];

/// Types that may be asked for and shown (CREP, Cred; STDOBJ, AAuthType).
pub(super) const TYPES: &[&str] = &[
    "syncml:auth-basic",
    "syncml:auth-md5",
    "syncml:auth-X509",
    "syncml:auth-securid",
    "syncml:auth-safeword",
    "syncml:auth-digipass",
];

pub(super) static IN_COMMAND: Rule = Rule {
    id: "AUTH-001",
    name: "credentials-in-command",
    title: "Credentials stand in SyncHdr alone",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[CRED],
    what: "No command contains Cred. Of Status, a rule of its own speaks.",
    why: "In device management the header alone is authenticated: credentials at a command are not checked, and are exposed \
          for nothing.",
    mend: "Put Cred into SyncHdr.",
    pass: &[MD5],
    violate: &[script!("device", " Alert 1201", " patch \"</CmdID>\" => \"</CmdID><Cred><Data>QTpC</Data></Cred>\"",)],
    not_applicable: &["device\n"],
    check: Check::Command(COMMANDS, in_command),
    ..Rule::MUST
};

fn in_command(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(cmd.at_node(cmd.command.cred));
    if cmd.command.cred.is_some() {
        occasion.violated(format!("{} contains Cred", cmd.command.name), "credentials in SyncHdr only");
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "AUTH-002",
    name: "credential-type-unknown",
    title: "Credentials are of a type that is defined",
    scope: Scope::Element,
    clause: &[CRED, Clause { document: CREP, section: "6.1 Cred" }],
    what: "Where Cred of a SyncHdr has a Type, it is one of syncml:auth-basic, auth-md5, auth-X509, auth-securid, auth-safeword \
           and auth-digipass. A warning where only the case differs, and for a type with a prefix of its own; without a Type, \
           basic is meant.",
    why: "The receiver does not know how to read the credentials, and refuses them.",
    mend: "Write the type as it is defined: syncml:auth-basic, syncml:auth-md5.",
    yields_to: &["AUTH-003"],
    pass: &[MD5],
    violate: &["device cred=raw:basic:QTpC\n Alert 1201\n"],
    not_applicable: &[PLAIN],
    check: Check::Message(credential_type),
    ..Rule::MUST
};

fn credential_type(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(cred) = msg.message().hdr.cred else { return };
    let Some(found) = msg.message().auth_type(cred) else { return };
    let occasion = cx.occasion(msg.at_node(cred));
    judge_type(occasion, found, "Cred", TYPES);
}

/// Judges the Type of a Cred or Chal.
pub(super) fn judge_type(occasion: crate::rules::cx::Occasion<'_, '_>, found: &str, what: &str, known: &[&str]) {
    if known.contains(&found) {
        return;
    }
    let seen = format!("Type {} in {what}", quoted(found));
    let expected = format!("one of {}", known.join(", "));
    let differs_in_case = known.iter().any(|known| known.eq_ignore_ascii_case(found));
    let is_own = !found.starts_with("syncml:") && found.contains([':', '.']);
    if differs_in_case || is_own {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static MAC_TYPE: Rule = Rule {
    id: "AUTH-003",
    name: "integrity-type-in-credentials",
    title: "syncml:auth-MAC is no type of Cred",
    level: Level::MustNot,
    scope: Scope::Element,
    clause: &[Clause { document: SEC, section: "5.4.1" }],
    what: "The Type of a Cred is not syncml:auth-MAC: that type occurs in Chal alone, and is answered with the x-syncml-hmac header.",
    why: "The digest over the message cannot stand inside the message; the receiver finds no credentials.",
    mend: "Send the digest in the x-syncml-hmac header, and no Cred.",
    pass: &[MD5],
    violate: &["device cred=raw:syncml:auth-MAC:QTpC\n Alert 1201\n"],
    not_applicable: &[MAC, PLAIN],
    check: Check::Message(mac_type),
    ..Rule::MUST
};

fn mac_type(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(cred) = msg.message().hdr.cred else { return };
    let occasion = cx.occasion(msg.at_node(cred));
    if msg.message().auth_type(cred).is_some_and(|kind| Scheme::of_type(kind) == Scheme::Mac) {
        occasion.violated("Cred of type syncml:auth-MAC", "the x-syncml-hmac header");
    }
}

/// Cred of a scheme.
fn cred_of(msg: Msg<'_>, scheme: &Scheme) -> Option<NodeId> {
    let cred = msg.message().hdr.cred?;
    let kind = msg.message().auth_type(cred).unwrap_or("syncml:auth-basic");
    (Scheme::of_type(kind) == *scheme).then_some(cred)
}

/// The Format that Meta of a Cred or Chal names.
pub(super) fn format_of<'s>(msg: Msg<'s>, node: NodeId) -> Option<&'s str> {
    let message = msg.message();
    message.value(message.met_inf(message.tree().child(node, Tag::Meta), Tag::Format))
}

/// The text of Data in a Cred.
pub(super) fn data_of<'s>(msg: Msg<'s>, cred: NodeId) -> &'s str {
    msg.text(msg.message().tree().child(cred, Tag::Data))
}

/// The octets that a text in base64 stands for.
fn decoded(text: &str) -> Option<Vec<u8>> {
    Challenge { scheme: None, nonce: Some(text.to_owned()) }.nonce_octets()
}

pub(super) static FORMAT: Rule = Rule {
    id: "AUTH-004",
    name: "digest-format-missing",
    title: "A digest says that it is base64",
    scope: Scope::Element,
    clause: &[CRED],
    what: "Cred of type syncml:auth-md5 has Format b64 in its Meta; a warning where only the case differs.",
    why: "A receiver that believes the default, text, compares the wrong octets.",
    mend: "Write Format b64 beside the Type.",
    pass: &[MD5],
    violate: &[script!(
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Alert 1201",
        " patch \"<Format xmlns='syncml:metinf'>b64</Format>\" => \"\"",
    )],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Message(format),
    ..Rule::MUST
};

fn format(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(cred) = cred_of(msg, &Scheme::Md5) else { return };
    judge_format(msg, cred, "Cred", Severity::Error, cx);
}

/// Judges Format of a Cred or Chal; missing, it is at most so bad.
pub(super) fn judge_format(msg: Msg<'_>, node: NodeId, what: &str, worst: Severity, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(msg.at_node(node));
    match format_of(msg, node) {
        Some("b64") => {}
        Some(found) if found.eq_ignore_ascii_case("b64") => {
            occasion.violated_as(Severity::Warning, format!("Format {} in {what}", quoted(found)), "Format b64");
        }
        Some(found) => occasion.violated_as(worst, format!("Format {} in {what}", quoted(found)), "Format b64"),
        None => occasion.violated_as(worst, format!("{what} has no Format"), "Format b64"),
    }
}

pub(super) static DIGEST_SHAPE: Rule = Rule {
    id: "AUTH-005",
    name: "digest-malformed",
    title: "A digest is 16 octets in base64",
    scope: Scope::Element,
    clause: &[Clause { document: SEC, section: "5.3.2" }, Clause { document: PRO, section: "9.4" }],
    what: "Data of Cred of type syncml:auth-md5 decodes from base64 to 16 octets. A warning where it decodes to 32 hexadecimal \
           digits, which some peers expect.",
    why: "No nonce and no password can make it right: the receiver refuses it.",
    mend: "Encode the 16 octets of the digest in base64: 24 characters.",
    pass: &[MD5],
    violate: &["device cred=raw:syncml:auth-md5:668e848af477c9e69a10d71137a96901\n Alert 1201\n"],
    not_applicable: &[PLAIN, BASIC],
    check: Check::Message(digest_shape),
    ..Rule::MUST
};

fn digest_shape(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(cred) = cred_of(msg, &Scheme::Md5) else { return };
    let data = data_of(msg, cred);
    let occasion = cx.occasion(msg.at_node(cred));
    let expected = "16 octets in base64";
    match decoded(data) {
        Some(octets) if octets.len() == 16 => {}
        Some(octets) if octets.len() == 32 && octets.iter().all(u8::is_ascii_hexdigit) => {
            occasion.violated_as(Severity::Warning, "the hexadecimal text of a digest, in base64", expected);
        }
        Some(octets) => occasion.violated(format!("a digest of {} octets", octets.len()), expected),
        None => occasion.violated("a digest that is no base64", expected),
    }
}

pub(super) static BASIC_SHAPE: Rule = Rule {
    id: "AUTH-006",
    name: "basic-credentials-malformed",
    title: "Basic credentials are user:password in base64",
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "9.4.1" }, Clause { document: CREP, section: "6.1 Cred" }],
    what: "Data of Cred of type syncml:auth-basic, or without a Type, decodes from base64 to a text with a colon. A warning where \
           it is clear text that says so (Format chr).",
    why: "The receiver cannot part user name and password, and refuses the credentials.",
    mend: "Join user name and password with a colon, then encode them in base64.",
    pass: &[BASIC],
    violate: &["device cred=raw:syncml:auth-basic:QnJ1Y2Uy\n Alert 1201\n"],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(basic_shape),
    ..Rule::MUST
};

fn basic_shape(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(cred) = cred_of(msg, &Scheme::Basic) else { return };
    let data = data_of(msg, cred);
    let occasion = cx.occasion(msg.at_node(cred));
    let expected = "user:password in base64";
    if decoded(data).is_some_and(|octets| octets.contains(&b':')) {
        return;
    }
    // What stands there is a secret: no value is shown.
    if format_of(msg, cred) == Some("chr") && data.contains(':') {
        occasion.violated_as(Severity::Warning, "basic credentials in clear text, with Format chr", expected);
    } else if decoded(data).is_some() {
        occasion.violated("basic credentials that decode to a text without a colon", expected);
    } else {
        occasion.violated("basic credentials that are no base64", expected);
    }
}

pub(super) static IN_CLEAR: Rule = Rule {
    id: "AUTH-044",
    name: "password-in-clear",
    title: "Basic credentials are not sent over plain HTTP",
    level: Level::ShouldNot,
    clause: &[Clause { document: SEC, section: "5.5" }],
    what: "The first message of each side with basic credentials was carried by TLS. Not looked at where TLS \
           may have ended in front of the place of capture (a proxy, an https address in clear), and where no transport was captured.",
    why: "Everybody on the way reads the password; base64 hides nothing.",
    mend: "Use HTTPS, or digest credentials (syncml:auth-md5).",
    pass: &[BASIC],
    violate: &["session server=http://dm.example.com/dm\ndevice cred=basic:Bruce2:OhBehave\n Alert 1201\n"],
    not_applicable: &[PLAIN, MD5],
    check: Check::Message(in_clear),
    ..Rule::SHOULD
};

fn in_clear(msg: Msg<'_>, cx: &mut Cx<'_>) {
    let Some(transport) = &msg.entry.transport else { return };
    if cred_of(msg, &Scheme::Basic).is_none() || hmac_of(msg.entry).is_some() {
        return;
    }
    let is_basic = |id| super::common::message_at(msg.session, id).and_then(scheme_of) == Some(Scheme::Basic);
    let track = super::common::track(msg.session, msg.entry.direction);
    if track.presented.iter().copied().find(|id| is_basic(*id)) != Some(msg.id) {
        return;
    }
    if !transport.tls && may_be_authenticated_below(msg) {
        return;
    }
    let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred));
    if !transport.tls {
        occasion.violated("user name and password in base64 over plain HTTP", "TLS, or digest credentials");
    }
}
