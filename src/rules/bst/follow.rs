//! What a device makes of a bootstrap message: BST-016, BST-023, BST-025, BST-027.

use super::{ALONE, BOOT, CP, DM, FIRST, OTHER, SEC, STD, account, of_server, place, session, tnds};
use crate::base::{Direction, Severity};
use crate::dm::{Bootstrap, Entry, EntryId, Session, SharedSecret, Tied, written_accounts};
use crate::provisioning::Characteristic;
use crate::rules::cx::Cx;
use crate::rules::finding::{At, Reason};
use crate::rules::helper::{is_below, percent_decoded, quoted, without_query};
use crate::rules::rule::{Check, Clause, Judged, Level, Rule, Scope, Versions};
use crate::syncml::{Command, CommandId, CommandName, Message};

/// A provisioning document, and a session in which the server reads these nodes.
macro_rules! read_back {
    ($results:literal) => {
        concat!(
            account!(),
            "    Get ./DMAcc/1\ndevice\n    Status SyncHdr 200\n    Status Get 200\n    Results ",
            $results,
            "\nserver\n    Status SyncHdr 200\n"
        )
    };
}
/// A provisioning document with that secret, and the session of that device.
macro_rules! two {
    ($secret:literal, $device:literal) => {
        concat!(
            "session session=",
            $secret,
            " device=",
            $device,
            "\nbootstrap at=+60\n    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com\n        APPAUTH AAUTHLEVEL=CLIENT AAUTHSECRET=",
            $secret,
            "\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=",
            $device,
            "\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        )
    };
}
const PROCESSING: Clause = Clause { document: BOOT, section: "Processing of the Bootstrap" };

pub(super) static ANSWERED: Rule = Rule {
    id: "BST-016",
    name: "bootstrap-message-answered",
    title: "The client sends no Status for a bootstrap message",
    level: Level::MustNot,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[PROCESSING, Clause { document: BOOT, section: "Bootstrap Message Content" }],
    what: "In the session that follows a message of DM that bootstraps the device, no Status of the client can only be meant for that message: \
           with the same SessionID, a MsgRef that no message of the server in the session has but the bootstrap message, and CmdRef and \
           Cmd of one of its commands. Undecided where messages of the session are missing.",
    why: "The server takes the Status for the answer to something that it did not ask in this session.",
    mend: "Do what the bootstrap message says without an answer; a session with its server shows that it went well.",
    pass: &[DM],
    violate: &[concat!(
        "session session=0\nbootstrap dm\n",
        tnds!("./Inbox"),
        "device\n    Status Add 200 msgref=0 ref=1 cmd-name=Add\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n\
         server\n    Status SyncHdr 200\n    Status * 200\n"
    )],
    not_applicable: &[ALONE, CP],
    check: Check::Session(answered),
    ..Rule::MUST
};

fn answered(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let Some(message) = bootstrap.message() else { continue };
        let found = session.sent_by(Direction::DeviceToServer).find_map(|(id, entry)| {
            let (at, _) =
                entry.message.commands_with_ids().find(|(_, status)| is_for(message, entry, status, session))?;
            Some(At { entry: id, command: Some(at), node: None })
        });
        let occasion = cx.occasion_against(Direction::DeviceToServer, found.unwrap_or(FIRST));
        if session.has_losses {
            occasion.undecided(Reason::MessageLost);
        } else if found.is_some() {
            occasion
                .violated(format!("a Status for the command {}", place(bootstrap)), "no answer to a bootstrap message");
        }
    }
}

/// Whether a Status can only be meant for a command of the bootstrap message.
fn is_for(bootstrap: &Message, entry: &Entry, status: &Command, session: &Session) -> bool {
    let message = &entry.message;
    let msg_ref = message.value(status.msg_ref);
    status.name == CommandName::Status
        && msg_ref.is_some()
        && msg_ref == bootstrap.msg_id()
        && message.session_id() == bootstrap.session_id()
        && !session.sent_by(Direction::ServerToDevice).any(|(_, server)| server.message.msg_id() == msg_ref)
        && bootstrap.commands.iter().any(|command| {
            let cmd_id = bootstrap.cmd_id(command);
            cmd_id.is_some()
                && cmd_id == message.value(status.cmd_ref)
                && message.text(status.cmd) == command.name.name()
        })
}

pub(super) static MAPPED: Rule = Rule {
    id: "BST-023",
    name: "account-differs-from-document",
    title: "The account in the tree has the values of the provisioning document",
    judged: Judged::Client,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: STD, section: "Appendix: mapping of the w7 application characteristic" }],
    what: "Where the session that follows a provisioning document shows, in Results, an account whose ServerID is the PROVIDER-ID of the document's one \
           application w7 of that server, then AppID, Name, and of one address with one port Addr, AddrType and PortNbr, are those \
           of the document. Values that the server may have changed before in the session, and secrets, are not asked about; nor \
           are values in several messages.",
    why: "The device talks to its server by what stands in the tree.",
    mend: "Copy the values of the document into the account.",
    pass: &[read_back!(
        "./DMAcc/1/ServerID=dm.example.com ./DMAcc/1/Name=Example ./DMAcc/1/AppAddr/1/Addr=https://dm.example.com/dm"
    )],
    violate: &[
        read_back!("./DMAcc/1/ServerID=dm.example.com ./DMAcc/1/Name=Sample"),
        read_back!("./DMAcc/x/ServerID=dm.example.com ./DMAcc/x/AppAddr/a/Addr=https://other.example.com/dm"),
        read_back!("./DMAcc/x/ServerID=dm.example.com ./DMAcc/x/AppAddr/a/Port/p/PortNbr=8443"),
    ],
    not_applicable: &[
        ALONE,
        CP,
        DM,
        read_back!("./DMAcc/1/ServerID=other.example.com ./DMAcc/1/Name=Sample"),
        read_back!("./DMAcc/1/Name=Sample"),
    ],
    check: Check::Session(mapped),
    ..Rule::MUST
};

/// A value that Results show.
struct Shown<'s> {
    at: At,
    uri: &'s str,
    value: &'s str,
}

/// Values of nodes that Results of the client show, each whole, before the server changes anything in an account.
fn shown(session: &Session) -> Vec<Shown<'_>> {
    let mut found = Vec::new();
    for (id, entry) in session.entries_with_ids() {
        for (at, command) in entry.message.commands_with_ids() {
            if !entry.is_client() && changes_account(&entry.message, command) {
                return found;
            }
            if entry.is_client() && command.name == CommandName::Results {
                results(id, at, &entry.message, command, &mut found);
            }
        }
    }
    found
}

fn results<'s>(entry: EntryId, at: CommandId, message: &'s Message, command: &Command, found: &mut Vec<Shown<'s>>) {
    for item in message.items(command) {
        let uri = message.value(item.source_uri).or_else(|| message.value(item.target_uri));
        let (Some(uri), Some(value)) = (uri, message.value(item.data)) else { continue };
        if item.more_data.is_none() && !uri.contains('?') {
            found.push(Shown { at: At { entry, command: Some(at), node: item.data }, uri, value });
        }
    }
}

/// Whether a command of the server may change an account: it names one, or nobody can say what it does.
fn changes_account(message: &Message, command: &Command) -> bool {
    use CommandName::{Add, Copy, Delete, Exec, Replace};
    let changes = matches!(command.name, Add | Copy | Delete | Replace);
    let names = |uri: &str| uri.to_ascii_lowercase().contains("dmacc") || without_query(uri) == ".";
    command.name == Exec
        || changes && message.items(command).iter().any(|item| message.value(item.target_uri).is_none_or(names))
}

/// Bootstrap messages that went to the very device; of one that is tied by its server alone, that is not sure.
fn own(session: &Session) -> impl Iterator<Item = &Bootstrap> {
    session.bootstraps.iter().filter(|bootstrap| bootstrap.tied == Tied::Address)
}

/// The one application of a server in the documents of a session.
fn only_account<'s>(session: &'s Session, server: &str) -> Option<(&'s Bootstrap, &'s Characteristic)> {
    let all = own(session).flat_map(|bootstrap| {
        let document = bootstrap.document().filter(|document| document.fault.is_none());
        document.into_iter().flat_map(|document| document.applications("w7")).map(move |account| (bootstrap, account))
    });
    let mut of_server = all.filter(|(_, account)| account.value("PROVIDER-ID") == Some(server));
    let found = of_server.next()?;
    of_server.next().is_none().then_some(found)
}

/// What a leaf of an account should be by the document, where it has one value alone.
fn expected<'d>(account: &'d Characteristic, path: &[&str]) -> Option<&'d str> {
    let one = |kind: &'static str, group: &'d Characteristic| {
        let mut groups = group.groups(kind);
        groups.next().filter(|_| groups.next().is_none())
    };
    match path {
        ["AppID"] => account.value("APPID"),
        ["Name"] => account.value("NAME"),
        ["AppAddr", _, "Addr"] => one("APPADDR", account)?.value("ADDR"),
        ["AppAddr", _, "AddrType"] => one("APPADDR", account)?.value("ADDRTYPE"),
        ["AppAddr", _, "Port", _, "PortNbr"] => one("PORT", one("APPADDR", account)?)?.value("PORTNBR"),
        _ => None,
    }
}

fn mapped(session: &Session, cx: &mut Cx<'_>) {
    if own(session).all(|bootstrap| bootstrap.document().is_none()) {
        return;
    }
    let shown = shown(session);
    for server in shown.iter().filter(|shown| shown.uri.ends_with("/ServerID")) {
        let Some(root) = server.uri.strip_suffix("/ServerID") else { continue };
        let Some((bootstrap, account)) = only_account(session, server.value) else { continue };
        for leaf in shown.iter().filter(|leaf| is_below(leaf.uri, root)) {
            let path = leaf.uri.strip_prefix(root).unwrap_or_default().trim_start_matches('/');
            let path: Vec<&str> = path.split('/').collect();
            let Some(expected) = expected(account, &path) else { continue };
            let occasion = cx.occasion(leaf.at);
            if is_same(expected, leaf.value, &path) {
                continue;
            }
            if session.has_losses {
                occasion.undecided(Reason::MessageLost);
            } else {
                let seen = format!("{} is {}, not as {}", leaf.uri, quoted(leaf.value), place(bootstrap));
                occasion.violated(seen, quoted(expected));
            }
        }
    }
}

/// Whether a value of the tree is that of the document: types of addresses are written in capitals or not.
fn is_same(expected: &str, value: &str, path: &[&str]) -> bool {
    let (expected, value) = (expected.trim(), value.trim());
    match path.last() {
        Some(&"AddrType") => expected.eq_ignore_ascii_case(value),
        Some(&"Addr") => {
            let plain = |text: &str| percent_decoded(text).trim_end_matches('/').to_owned();
            plain(expected) == plain(value)
        }
        _ => expected == value,
    }
}

pub(super) static FIRST_SESSION: Rule = Rule {
    id: "BST-025",
    name: "no-session-of-its-own-after-bootstrap",
    title: "After the bootstrap, the device opens a session with its new server",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[PROCESSING],
    what: "The session that follows an account for DM, with the server at the address of the account, is one that the device opened of itself \
           (Alert 1201), and not only when it was asked (1200). Undecided where the session is with another server: the right one may \
           come later. The address is that of the document; of a message, Addr and ServerID of the account that it writes, or else its Source.",
    why: "The server does not learn that the device has its account.",
    mend: "Open a session with the new server as soon as the account is there.",
    pass: &[CP, DM, include_str!("../../../tests/fixtures/s18.dms")],
    violate: &[
        concat!(
            "bootstrap\n    APPLICATION APPID=w7 ADDR=https://dm.example.com/dm\n",
            "device\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        ),
        // Who sends the message need not be who it writes an account of.
        concat!(
            "bootstrap dm source=boot.example.net\n    Add ./DMAcc/x/AppID=w7 ./DMAcc/x/ServerID=dm.example.com\n",
            "device\n    Alert 1200\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        ),
    ],
    not_applicable: &[ALONE, OTHER, account!("bearer=sms")],
    check: Check::Session(first_session),
    ..Rule::SHOULD
};

/// The addresses of the servers that a bootstrap message gives accounts of.
fn servers(bootstrap: &Bootstrap) -> Vec<String> {
    if let Some(message) = bootstrap.message() {
        let accounts = written_accounts(message);
        if accounts.is_empty() {
            return message.source().map(str::to_owned).into_iter().collect();
        }
        return accounts.into_iter().flat_map(|account| account.server.into_iter().chain(account.addresses)).collect();
    }
    let accounts = bootstrap.document().into_iter().flat_map(|document| document.applications("w7"));
    accounts
        .flat_map(|account| {
            let own = account.value("ADDR");
            own.into_iter().chain(account.groups("APPADDR").filter_map(|group| group.value("ADDR")))
        })
        .map(str::to_owned)
        .collect()
}

/// The host of an address, with or without a scheme, a port and a path.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let end = rest.find(['/', ':', '?']).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default().to_ascii_lowercase()
}

fn first_session(session: &Session, cx: &mut Cx<'_>) {
    let Some(first) = session.entries.first() else { return };
    let address = host(&session.identity.server);
    for bootstrap in own(session) {
        let servers = servers(bootstrap);
        if servers.is_empty() {
            continue;
        }
        let occasion = cx.occasion_against(Direction::DeviceToServer, FIRST);
        let asked = first.message.alerts(1200).next().is_some();
        let opened = first.message.alerts(1201).next().is_some();
        if !servers.iter().any(|server| host(server) == address) || !(asked || opened) {
            occasion.undecided(Reason::NotVisible);
        } else if !opened {
            let seen = format!("a session that was asked for after the account {}", place(bootstrap));
            occasion.violated(seen, "a session with Alert 1201");
        }
    }
}

pub(super) static SHARED_SECRET: Rule = Rule {
    id: "BST-027",
    name: "server-secret-shared",
    title: "A server shows each device another secret",
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::CrossSession,
    clause: &[Clause { document: SEC, section: "Credentials" }],
    what: "AAUTHSECRET of the server's own credentials (AAUTHLEVEL CLIENT) in the provisioning document of a device is not the one that another device \
           got from the same server (PROVIDER-ID) before. Devices are told apart by the Source of the sessions that follow.",
    why: "Who has one device can play the server of all others.",
    mend: "Make a secret for each device.",
    pass: &[concat!(two!("srvsecret", "IMEI:1"), two!("another", "IMEI:2"))],
    violate: &[concat!(two!("srvsecret", "IMEI:1"), two!("srvsecret", "IMEI:2"))],
    not_applicable: &[ALONE, CP, DM, concat!(two!("srvsecret", "IMEI:1"), two!("srvsecret", "IMEI:1"))],
    check: Check::Session(shared_secret),
    ..Rule::MUST
};

fn shared_secret(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        match bootstrap.shared {
            SharedSecret::NotCompared => {}
            SharedSecret::Own => of_server(cx).held(),
            SharedSecret::With(frame) => {
                let seen = format!(
                    "the server's secret {} is the one that another device got with frame {frame}",
                    place(bootstrap)
                );
                of_server(cx).violated(seen, "a secret for this device alone");
            }
        }
    }
}
