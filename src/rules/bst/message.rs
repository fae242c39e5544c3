//! A bootstrap message that is a message of DM: BST-014, BST-017 to BST-020.

use super::{ALONE, BOOT, CP, DM, SEC, dm, of_server, place, session, tnds};
use crate::base::Severity;
use crate::dm::{Bootstrap, BootstrapContent, BootstrapMedia, Session};
use crate::markup::{Kind, NodeId, Tag, Tree};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::{is_below, quoted, without_query};
use crate::rules::rule::{Check, Clause, Judged, Rule, Versions};
use crate::syncml::{Command, CommandName, Item, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const CONTENT: Clause = Clause { document: BOOT, section: "Bootstrap Message Content" };
const PROFILE: Clause = Clause { document: BOOT, section: "OMA Device Management Profile" };

/// What rules on messages of DM share.
const OF_MESSAGE: Rule = Rule { judged: Judged::Server, versions: Versions::Since1_2, ..Rule::MUST };

/// Bootstrap messages that say that they are messages of DM, or look like ones, with the message where it could be read whole.
fn messages(session: &Session) -> impl Iterator<Item = (&Bootstrap, Option<&Message>)> {
    session.bootstraps.iter().filter_map(|bootstrap| match &bootstrap.content {
        BootstrapContent::Message(message) => {
            Some((bootstrap, Some(&**message).filter(|message| message.is_judgeable())))
        }
        BootstrapContent::Unread(_) if !bootstrap.is_provisioning() => Some((bootstrap, None)),
        _ => None,
    })
}

pub(super) static WBXML: Rule = Rule {
    id: "BST-014",
    name: "bootstrap-message-in-xml",
    title: "A message of DM that bootstraps a device is WBXML",
    clause: &[PROFILE, CONTENT, Clause { document: SEC, section: "5.7.2.1" }],
    what: "A bootstrap message that is a message of DM has the type application/vnd.syncml.dm+wbxml, and is WBXML.",
    why: "Devices read WBXML alone here; and in XML it does not fit into a few short messages.",
    mend: "Encode the message in WBXML, and write C2 before it.",
    pass: &[DM],
    violate: &[dm!("encoding=xml"), dm!("type=c3"), dm!("encoding=xml type=c2")],
    not_applicable: &[ALONE, CP],
    check: Check::Session(wbxml),
    ..OF_MESSAGE
};

fn wbxml(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in session.bootstraps.iter().filter(|bootstrap| !bootstrap.is_provisioning()) {
        let occasion = of_server(cx);
        if bootstrap.push.media == BootstrapMedia::DmXml {
            let seen = format!("the type {} {}", bootstrap.push.media.name(), place(bootstrap));
            occasion.violated(seen, BootstrapMedia::DmWbxml.name());
        } else if bootstrap.looks_like == Some(BootstrapMedia::DmXml) {
            occasion.violated(format!("a message in XML {}", place(bootstrap)), "WBXML");
        } else if bootstrap.looks_like.is_none() {
            occasion.undecided(Reason::Undecodable);
        }
    }
}

pub(super) static SHAPE: Rule = Rule {
    id: "BST-017",
    name: "bootstrap-message-shape",
    title: "A message of DM that bootstraps a device has a whole header, and only commands that build the tree",
    clause: &[CONTENT],
    what: "SyncHdr has VerDTD, VerProto, SessionID, MsgID, Target and Source, and SyncBody follows. Commands are Add, Replace, Atomic and \
           Sequence; another one, whose result nobody gets, is a warning.",
    why: "The device drops a message that is not whole; what a Get asks for is never told.",
    mend: "Write all elements of SyncHdr, and nothing but commands that build the tree.",
    pass: &[DM],
    violate: &[dm!("source="), dm!("verproto="), dm!("", "    Get ./DevDetail/SwV\n")],
    not_applicable: &[ALONE, CP],
    check: Check::Session(shape),
    ..OF_MESSAGE
};

fn shape(session: &Session, cx: &mut Cx<'_>) {
    for (bootstrap, message) in messages(session) {
        let occasion = of_server(cx);
        let Some(message) = message else {
            occasion.undecided(Reason::Undecodable);
            continue;
        };
        let hdr = &message.hdr;
        let parts = [
            (hdr.ver_dtd, "VerDTD"),
            (hdr.ver_proto, "VerProto"),
            (hdr.session_id, "SessionID"),
            (hdr.msg_id, "MsgID"),
            (hdr.target_uri, "Target"),
            (hdr.source_uri, "Source"),
            (message.sync_body, "SyncBody"),
        ];
        let missing: Vec<&str> = parts.iter().filter(|(node, _)| node.is_none()).map(|(_, name)| *name).collect();
        if !missing.is_empty() {
            let seen = format!("no {} {}", missing.join(", no "), place(bootstrap));
            occasion.violated(seen, "a whole SyncHdr, and SyncBody");
            continue;
        }
        let builds = [CommandName::Add, CommandName::Replace, CommandName::Atomic, CommandName::Sequence];
        if let Some(other) = message.commands.iter().find(|command| !builds.contains(&command.name)) {
            let seen = format!("{} {}", other.name, place(bootstrap));
            occasion.violated_as(Severity::Warning, seen, "Add, Replace, Atomic, Sequence");
        }
    }
}

pub(super) static NO_ACCOUNT: Rule = Rule {
    id: "BST-018",
    name: "bootstrap-without-account",
    title: "A bootstrap message brings an account for DM",
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[PROFILE],
    what: "A message of DM that bootstraps a device, or another bootstrap message to it before the same session, has an account (DMAcc): \
           a place or an object of that name, or an application w7. Whether it brings a connection as well is not asked: the \
           device may have one.",
    why: "The device does not know its server afterwards.",
    mend: "Send the account of the server with the first message.",
    pass: &[
        DM,
        concat!(
            "bootstrap\n    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com\n",
            "bootstrap dm\n    Add ./Nap/x=1\n",
            session!()
        ),
    ],
    violate: &[concat!("bootstrap dm\n    Add ./Nap/x=1\n", session!())],
    not_applicable: &[ALONE, CP],
    check: Check::Session(no_account),
    ..OF_MESSAGE
};

fn no_account(session: &Session, cx: &mut Cx<'_>) {
    if messages(session).next().is_none() {
        return;
    }
    let of_document = |bootstrap: &Bootstrap| {
        bootstrap.document().is_some_and(|document| document.applications("w7").next().is_some())
    };
    let has_account = session.bootstraps.iter().any(|bootstrap| {
        of_document(bootstrap) || bootstrap.message().is_some_and(|message| names_account(message.tree()))
    });
    let is_unread = session.bootstraps.iter().any(|bootstrap| match &bootstrap.content {
        BootstrapContent::Unread(_) => true,
        BootstrapContent::Document(document) => document.fault.is_some(),
        BootstrapContent::Message(message) => !message.is_judgeable(),
    });
    let occasion = of_server(cx);
    let Some((bootstrap, _)) = messages(session).next().filter(|_| !has_account) else { return };
    if is_unread {
        return occasion.undecided(Reason::Undecodable);
    }
    occasion.violated(format!("no account {}", place(bootstrap)), "an account for DM (DMAcc)");
}

/// Whether any text of a message, and of the objects in it, names the account of a server.
fn names_account(tree: &Tree) -> bool {
    let names = |text: &str| text.trim() == "w7" || text.to_ascii_lowercase().contains("dmacc");
    let mut todo = vec![tree];
    while let Some(tree) = todo.pop() {
        for id in tree.ids() {
            let found = match tree.kind(id) {
                Kind::Bytes => names(&String::from_utf8_lossy(tree.bytes(id))),
                Kind::Text { .. } => names(tree.piece(id)) || decoded(tree.piece(id)).is_some_and(|text| names(&text)),
                _ => false,
            };
            if found {
                return true;
            }
            todo.extend(tree.embedded(id));
        }
    }
    false
}

/// A long text that is base64 of something.
fn decoded(text: &str) -> Option<String> {
    const SHORTEST: usize = 64;
    if text.len() < SHORTEST {
        return None;
    }
    let clean: String = text.chars().filter(|ch| !ch.is_ascii_whitespace()).collect();
    STANDARD.decode(clean).ok().map(|octets| String::from_utf8_lossy(&octets).into_owned())
}

/// Items of Add and Replace, each with its place.
fn items(message: &Message) -> impl Iterator<Item = (&Command, &Item, &str)> {
    let commands =
        message.commands.iter().filter(|command| matches!(command.name, CommandName::Add | CommandName::Replace));
    commands.flat_map(move |command| {
        let items = message.items(command).iter();
        items.filter_map(move |item| Some((command, item, message.value(item.target_uri)?)))
    })
}

/// What Type of an item says.
fn kind<'m>(message: &'m Message, command: &Command, item: &Item) -> &'m str {
    let node: Option<NodeId> = message.effective_met_inf(command, Some(item), Tag::Type);
    message.text(node)
}

/// Whether a type is that of a serialised tree.
fn is_tnds(kind: &str) -> bool {
    kind.to_ascii_lowercase().starts_with("application/vnd.syncml.dmtnds+")
}

pub(super) static ACL: Rule = Rule {
    id: "BST-019",
    name: "bootstrap-acl-beside-object",
    title: "ACLs of nodes that come as an object stand in the object",
    severity: Severity::Warning,
    strict: Severity::Warning,
    clause: &[Clause { document: BOOT, section: "Management tree ACL and bootstrap" }],
    what: "A message of DM that adds a serialised object (TNDS) does not set ACLs below the same place with commands of its own.",
    why: "The device may put the object elsewhere, and the ACL has no node then.",
    mend: "Write the ACL into the object.",
    pass: &[DM],
    violate: &[dm!("", "    Replace ./Inbox/ExampleDM?prop=ACL=Get=dm.example.com\n")],
    not_applicable: &[ALONE, CP, concat!("bootstrap dm\n    Add ./DMAcc/x/AppID=w7\n", session!())],
    check: Check::Session(acl),
    ..OF_MESSAGE
};

fn acl(session: &Session, cx: &mut Cx<'_>) {
    for (bootstrap, message) in messages(session) {
        let Some(message) = message else { continue };
        let objects: Vec<&str> = items(message)
            .filter(|(command, item, _)| is_tnds(kind(message, command, item)))
            .map(|(_, _, uri)| uri)
            .collect();
        if objects.is_empty() {
            continue;
        }
        let sets = items(message).map(|(_, _, uri)| uri).find(|uri| {
            let plain = without_query(uri);
            uri.ends_with("?prop=ACL") && objects.iter().any(|object| plain == *object || is_below(plain, object))
        });
        let occasion = of_server(cx);
        if let Some(uri) = sets {
            let seen = format!("{} beside the object {}", quoted(uri), place(bootstrap));
            occasion.violated(seen, "the ACL in the object");
        }
    }
}

pub(super) static INBOX: Rule = Rule {
    id: "BST-020",
    name: "bootstrap-object-outside-inbox",
    title: "Objects of a bootstrap message go to the Inbox, as WBXML",
    severity: Severity::Info,
    strict: Severity::Info,
    clause: &[PROFILE],
    what: "Tells that a message of DM adds a serialised object elsewhere than to ./Inbox, or that what it adds to ./Inbox is none in WBXML \
           (application/vnd.syncml.dmtnds+wbxml). Both are allowed where the device's description says so.",
    why: "A device need not have the place, and need not read another form.",
    mend: "Nothing is to be done where the device is known.",
    pass: &[DM],
    violate: &[concat!("bootstrap dm\n", tnds!("./DMAcc/x"), session!())],
    not_applicable: &[ALONE, CP, concat!("bootstrap dm\n    Add ./DMAcc/x/AppID=w7\n", session!())],
    check: Check::Session(inbox),
    ..Rule { judged: Judged::Server, versions: Versions::Since1_2, ..Rule::MAY }
};

fn inbox(session: &Session, cx: &mut Cx<'_>) {
    const INBOX: &str = "./Inbox";
    for (bootstrap, message) in messages(session) {
        let Some(message) = message else { continue };
        for (command, item, uri) in items(message) {
            let kind = kind(message, command, item);
            let plain = without_query(uri);
            let is_inbox = plain == INBOX || is_below(plain, INBOX);
            if command.name != CommandName::Add || !(is_inbox || is_tnds(kind)) {
                continue;
            }
            let occasion = of_server(cx);
            if !is_inbox {
                let seen = format!("a serialised object for {} {}", quoted(uri), place(bootstrap));
                occasion.violated(seen, "./Inbox, as devices expect it");
            } else if !kind.eq_ignore_ascii_case("application/vnd.syncml.dmtnds+wbxml") {
                let seen = format!("the type {} for {} {}", quoted(kind), quoted(uri), place(bootstrap));
                occasion.violated(seen, "application/vnd.syncml.dmtnds+wbxml, as devices expect it");
            }
        }
    }
}
