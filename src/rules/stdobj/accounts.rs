//! Accounts of management servers: STD-013 to STD-020, STD-025.

use super::super::cx::Cx;
use super::super::evidence::{Told, Voice};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Effect, Judged, Level, Override, Rule, Scope, Versions};
use super::super::sta::common::{ONE_GET, TND, opened, shown};
use super::super::tnd::{self, Kind};
use super::STDOBJ;
use super::account::{self, Beside, Leaf};
use crate::base::Severity;
use crate::dm::Profile;
use crate::syncml::CommandName;
use std::collections::BTreeMap;

const ACCOUNT: Clause = Clause { document: STDOBJ, section: "5.3.1 DM Account" };

/// A session in which the server adds a leaf: its URI and value.
macro_rules! adding {
    ($leaf:literal) => {
        concat!(
            opened!(),
            " Add ",
            $leaf,
            " format=chr\ndevice\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}

/// A session in which the server reads a leaf and gets it.
macro_rules! reading {
    ($uri:literal, $value:literal) => {
        concat!(
            opened!(),
            " Get ",
            $uri,
            "\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ",
            $uri,
            "=",
            $value,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}

/// A session in which the server adds an account in one object: what stands in it beside AppID and ServerID.
macro_rules! object {
    ($app_id:literal, $nodes:literal) => {
        concat!(
            opened!(),
            " Add ./DMAcc=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD><Node><NodeName>srv</NodeName><RTProperties>",
            "<Format><node/></Format><Type><DDFName>urn:oma:mo:oma-dm-dmacc:1.0</DDFName></Type></RTProperties>",
            leaf!("AppID", $app_id),
            leaf!("ServerID", "srv"),
            $nodes,
            "</Node></MgmtTree>\" format=xml type=application/vnd.syncml.dmtnds+xml\n",
            "device\n Status SyncHdr 200\n Status Add 200\nserver\n Status SyncHdr 200\n"
        )
    };
}
macro_rules! leaf {
    ($name:literal, $value:literal) => {
        concat!(
            "<Node><NodeName>",
            $name,
            "</NodeName><RTProperties><Format><chr/></Format><Type><MIME>text/plain</MIME></Type></RTProperties><Value>",
            $value,
            "</Value></Node>"
        )
    };
}

const WHOLE: &str = object!(
    "w7",
    "<Node><NodeName>AppAddr</NodeName><RTProperties/><Node><NodeName>1</NodeName><RTProperties/><Node><NodeName>Addr</NodeName>\
     <RTProperties/><Value>http://dm.example.com/</Value></Node><Node><NodeName>AddrType</NodeName><RTProperties/><Value>URI</Value></Node>\
     <Node><NodeName>Port</NodeName><RTProperties/><Node><NodeName>1</NodeName><RTProperties/><Node><NodeName>PortNbr</NodeName>\
     <RTProperties/><Value>443</Value></Node></Node></Node></Node></Node>\
     <Node><NodeName>AAuthPref</NodeName><RTProperties/><Value>DIGEST</Value></Node>\
     <Node><NodeName>AppAuth</NodeName><RTProperties/><Node><NodeName>1</NodeName><RTProperties/><Node><NodeName>AAuthLevel</NodeName>\
     <RTProperties/><Value>CLCRED</Value></Node><Node><NodeName>AAuthType</NodeName><RTProperties/><Value>DIGEST</Value></Node></Node></Node>"
);

/// What holds for leaves of accounts, wherever they are told.
const VALUE: Rule = Rule {
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[ACCOUNT],
    pass: &[WHOLE],
    not_applicable: &[ONE_GET],
    ..Rule::MUST
};

/// The path of a leaf below the account that holds it, where it lies below `./DMAcc`.
fn in_account<'s>(told: &Told<'s>) -> Option<(&'s str, &'s str)> {
    told.path.strip_prefix("DMAcc/")?.split_once('/')
}

/// Whether a device said that the node is an account.
fn is_proven(told: &[Told<'_>], name: &str) -> bool {
    told.iter().any(|told| {
        told.query == "prop=Type"
            && told.voice == Voice::Read
            && told.path.strip_prefix("DMAcc/") == Some(name)
            && told.value.is_some_and(account::is_account)
    })
}

/// Judges the leaves for one rule: those in serialised trees, and those that are told one by one. That these lie in an account is
/// clear from their place alone, unless the device has said so: an error is no more than a warning then.
fn judge(kind: Kind, cx: &mut Cx<'_>) {
    tnd::judge(kind, cx);
    let evidence = cx.evidence();
    let version = cx.session().version;
    // What one message says of one account belongs together.
    let mut groups: BTreeMap<_, Vec<(&Told<'_>, Leaf<'_>)>> = BTreeMap::new();
    for told in &evidence.told {
        let Some((name, path)) =
            in_account(told).filter(|_| told.query.is_empty() || told.query.starts_with("list=Struct"))
        else {
            continue;
        };
        if account::kind_of(path).is_some() {
            let leaf = Leaf { path, value: told.value };
            groups.entry((told.cmd.msg.id, told.voice, name)).or_default().push((told, leaf));
        }
    }
    for ((_, voice, name), group) in groups {
        let leaves: Vec<Leaf<'_>> = group.iter().map(|(_, leaf)| *leaf).collect();
        let beside = Beside::new(&leaves);
        for (told, leaf) in group {
            let Some((_, wrong)) = account::verdict(leaf, &beside, voice, version).filter(|(own, _)| *own == kind)
            else {
                continue;
            };
            let occasion = cx.occasion(told.at());
            let Some((severity, seen, expected)) = wrong else { continue };
            let seen = format!("{seen} of {} in {}", quoted(told.path), shown(told.cmd));
            if severity == Severity::Error && is_proven(&evidence.told, name) {
                occasion.violated(seen, expected);
            } else {
                occasion.violated_as(severity.min(Severity::Warning), seen, expected);
            }
        }
    }
}

pub(super) static SHAPE: Rule = Rule {
    id: "STD-013",
    name: "account-incomplete",
    title: "An account has the nodes that each account has",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    what: "A serialised tree with a node whose Type is the identifier of accounts has AppID, ServerID and AppAddr there, at least one address \
           with Addr in AppAddr, PortNbr for each port, ConRef for each node of ToConRef, AAuthLevel and AAuthType for each node of \
           AppAuth. A missing AddrType is a warning, since URI is meant then; so is everything in a tree that is read, since the server \
           may lack rights. Accounts that are made node by node are not looked at.",
    why: "The device cannot reach its server, or cannot prove itself to it.",
    mend: "Send the whole account in one object.",
    violate: &[
        object!("w7", ""),
        object!(
            "w7",
            "<Node><NodeName>AppAddr</NodeName><RTProperties/><Node><NodeName>1</NodeName><RTProperties/><Node><NodeName>AddrType</NodeName>\
         <RTProperties/><Value>URI</Value></Node></Node></Node>"
        ),
    ],
    check: Check::Session(|_, cx| tnd::judge(Kind::AccountShape, cx)),
    ..VALUE
};

pub(super) static APP_ID: Rule = Rule {
    id: "STD-014",
    name: "account-with-other-app-id",
    title: "AppID of an account is w7",
    what: "The value of AppID in an account is w7. A warning for a leaf that lies below ./DMAcc but was not said to be one of an account.",
    why: "The device takes the account for that of another application.",
    mend: "Write w7.",
    violate: &[
        adding!("./DMAcc/srv/AppID=w5"),
        object!("w5", "<Node><NodeName>AppAddr</NodeName><RTProperties/></Node>"),
    ],
    check: Check::Session(|_, cx| judge(Kind::AppId, cx)),
    ..VALUE
};

pub(super) static ADDRESS: Rule = Rule {
    id: "STD-015",
    name: "account-address-of-other-type",
    title: "AddrType is URI, IPv4 or IPv6, and Addr has that form",
    what: "AddrType in an account is URI, IPv4, IPv6 or empty, which means URI; another case, as provisioning documents have it, is \
           information. Where one message tells both, Addr with IPv4 or IPv6 is such an address, else a warning. A warning at most \
           for a leaf that lies below ./DMAcc but was not said to be one of an account.",
    why: "The device cannot read the address of its server.",
    mend: "Write URI and the whole address.",
    violate: &[
        adding!("./DMAcc/srv/AppAddr/1/AddrType=DNS"),
        adding!("./DMAcc/srv/AppAddr/1/Addr=dm.example.com ./DMAcc/srv/AppAddr/1/AddrType=IPv4"),
    ],
    check: Check::Session(|_, cx| judge(Kind::Address, cx)),
    ..VALUE
};

pub(super) static PORT: Rule = Rule {
    id: "STD-016",
    name: "account-port-no-number",
    title: "PortNbr is a decimal number up to 65535",
    what: "PortNbr in an account is a decimal number; 0 is information, an empty value a warning. A warning at most for a leaf that lies \
           below ./DMAcc but was not said to be one of an account.",
    why: "The device cannot reach its server.",
    mend: "Write the number of the port, such as 443.",
    violate: &[adding!("./DMAcc/srv/AppAddr/1/Port/1/PortNbr=https")],
    check: Check::Session(|_, cx| judge(Kind::Port, cx)),
    ..VALUE
};

pub(super) static AUTHENTICATION: Rule = Rule {
    id: "STD-017",
    name: "account-authentication-unknown",
    title: "AAuthLevel and AAuthType are known, and go together",
    what: "AAuthLevel is CLCRED, SRVCRED, OBEX or HTTP; AAuthType is HTTP-BASIC, HTTP-DIGEST, BASIC, DIGEST, HMAC, X509, SECURID, SAFEWORD, \
           DIGIPASS or TRANSPORT. Where one message tells both, OBEX and HTTP go with HTTP-BASIC, HTTP-DIGEST and TRANSPORT only. \
           APPSRV and CLIENT, which provisioning documents have, another case, empty values, and unknown ones in DM 1.3 are warnings, \
           and so is everything of a leaf that lies below ./DMAcc but was not said to be one of an account.",
    why: "The device does not know which credentials to send where, and is refused.",
    mend: "Write CLCRED for the client's credentials, SRVCRED for the server's, and a type from the list.",
    violate: &[
        adding!("./DMAcc/srv/AppAuth/1/AAuthType=MD5"),
        adding!("./DMAcc/srv/AppAuth/1/AAuthLevel=HTTP ./DMAcc/srv/AppAuth/1/AAuthType=DIGEST"),
    ],
    check: Check::Session(|_, cx| judge(Kind::Authentication, cx)),
    ..VALUE
};

pub(super) static PREFERENCE: Rule = Rule {
    id: "STD-018",
    name: "account-preference-unknown",
    title: "AAuthPref is a known type of authentication, or empty",
    level: Level::Should,
    severity: Severity::Warning,
    strict: Severity::Warning,
    what: "AAuthPref in an account is one of the types that AAuthType can have, or empty. Whether the client follows it in its next session \
           is not looked at, since what was negotiated last counts as well.",
    why: "The client begins its next session with credentials of another type than was meant.",
    mend: "Write BASIC, DIGEST, HMAC or another type from the list.",
    violate: &[adding!("./DMAcc/srv/AAuthPref=syncml:auth-md5")],
    check: Check::Session(|_, cx| judge(Kind::Preference, cx)),
    ..VALUE
};

pub(super) static SECRET: Rule = Rule {
    id: "STD-019",
    name: "secret-of-account-readable",
    title: "Secrets of an account cannot be read",
    level: Level::MustNot,
    judged: Judged::Client,
    versions: Versions::All,
    scope: Scope::Session,
    what: "No Get, of the leaf or of a part of the tree, returns a value for AAuthSecret or AAuthData below AppAuth of an account. Nothing \
           but * or x, a mask, is information, and no value is right. A warning for a leaf that lies below ./DMAcc but was not said to be \
           one of an account, and for ServerPW, ClientPW, ServerNonce and ClientNonce below ./SyncML/DMAcc of DM 1.1. The value is not \
           shown here.",
    why: "Whoever reads the tree can speak for the device or for its server.",
    mend: "Answer 405 to a Get of the leaf, and leave its value out of lists.",
    pass: &[reading!("./DMAcc/srv/AppAuth/1/AAuthSecret", "")],
    violate: &[
        reading!("./DMAcc/srv/AppAuth/1/AAuthSecret", "secret"),
        reading!("./SyncML/DMAcc/srv/ClientPW", "secret"),
    ],
    not_applicable: &[ONE_GET, WHOLE],
    check: Check::Session(|_, cx| {
        judge(Kind::Secret, cx);
        old_secrets(cx);
    }),
    ..VALUE
};

/// Leaves of accounts as DM 1.1 has them.
fn old_leaf<'s>(told: &Told<'s>, names: &[&str]) -> Option<&'s str> {
    let (_, name) = told.path.strip_prefix("SyncML/DMAcc/")?.split_once('/')?;
    names.contains(&name).then_some(name)
}

fn old_secrets(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for told in evidence.told.iter().filter(|told| told.voice == Voice::Read && !told.query.starts_with("prop=")) {
        let Some(name) = old_leaf(told, &["ServerPW", "ClientPW", "ServerNonce", "ClientNonce"]) else { continue };
        let Some(value) = told.value else { continue };
        let occasion = cx.occasion(told.at());
        if let Some((severity, seen, expected)) = account::secret(name, value) {
            let seen = format!("{seen} in {}", shown(told.cmd));
            occasion.violated_as(severity.min(Severity::Warning), seen, expected);
        }
    }
}

pub(super) static SERVER_ID: Rule = Rule {
    id: "STD-020",
    name: "server-id-unfit-for-acl",
    title: "ServerID of an account can stand in an ACL",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    versions: Versions::All,
    clause: &[Clause { document: TND, section: "7.7.1.5 ACL syntax" }],
    what: "A ServerID that a server writes, in an object or as a leaf below ./DMAcc (ServerId below ./SyncML/DMAcc in DM 1.1), is not empty and \
           has no =, &, *, + and no blank.",
    why: "No ACL can name the server: it is shut out of the nodes that others own.",
    mend: "Use a name such as the domain of the server.",
    violate: &[adding!("./DMAcc/srv/ServerID=\"my server\"")],
    check: Check::Session(|_, cx| {
        judge(Kind::ServerId, cx);
        old_server_id(cx);
    }),
    ..VALUE
};

fn old_server_id(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for told in evidence.told.iter().filter(|told| told.voice == Voice::Written) {
        let Some(value) = told.plain().filter(|_| old_leaf(told, &["ServerId"]).is_some()) else { continue };
        let occasion = cx.occasion(told.at());
        if let Some(expected) = account::server_id(value) {
            occasion.violated(format!("ServerId {} in {}", quoted(value), shown(told.cmd)), expected);
        }
    }
}

pub(super) static ONE_ACCOUNT: Rule = Rule {
    id: "STD-025",
    name: "accounts-of-one-server",
    title: "A server has one account",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    what: "No two accounts below ./DMAcc have the same ServerID, as Gets of one session return them. Not looked at where the server has \
           changed nodes below ./DMAcc before.",
    why: "Which address and which credentials hold for the server is left to chance.",
    mend: "Replace the account of a server instead of adding another one.",
    pass: &[concat!(
        opened!(),
        " Get ./DMAcc/a/ServerID ./DMAcc/b/ServerID\ndevice\n Status SyncHdr 200\n Status Get 200\n",
        " Results ./DMAcc/a/ServerID=srv ./DMAcc/b/ServerID=other\nserver\n Status SyncHdr 200\n"
    )],
    violate: &[concat!(
        opened!(),
        " Get ./DMAcc/a/ServerID ./DMAcc/b/ServerID\ndevice\n Status SyncHdr 200\n Status Get 200\n",
        " Results ./DMAcc/a/ServerID=srv ./DMAcc/b/ServerID=srv\nserver\n Status SyncHdr 200\n"
    )],
    check: Check::Session(|_, cx| one_account(cx)),
    ..VALUE
};

fn one_account(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    let is_id = |told: &&Told<'_>| in_account(told).is_some_and(|(_, leaf)| leaf == "ServerID");
    let mut known: BTreeMap<&str, &Told<'_>> = BTreeMap::new();
    let read = evidence.told.iter().filter(is_id).filter(|told| told.voice == Voice::Read);
    let read: Vec<_> = read.filter_map(|told| Some((told, told.value.filter(|value| !value.is_empty())?))).collect();
    let [_, .., (last, _)] = read.as_slice() else { return };
    let is_changing = |name: CommandName| name != CommandName::Get && !name.is_response();
    let before = cx.session().entries.iter().take(last.cmd.msg.id.index()).filter(|entry| entry.is_server());
    let is_changed =
        before.map(|entry| &entry.message).any(|message| {
            message.commands.iter().filter(|command| is_changing(command.name)).any(|command| {
                message.items(command).iter().any(|item| message.text(item.target_uri).contains("DMAcc"))
            })
        });
    if is_changed {
        return;
    }
    for (told, value) in read {
        let before = known.get(value).copied().filter(|before| before.path != told.path);
        let occasion = cx.occasion(told.at());
        if let Some(before) = before {
            let seen = format!("{} and {} have ServerID {}", quoted(before.path), quoted(told.path), quoted(value));
            occasion.related(before.at()).violated(seen, "one account for a server");
        }
        known.entry(value).or_insert(told);
    }
}
