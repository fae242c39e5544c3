//! What the rules on Status share: what a Status answers, how a command ended, and the sessions of the examples.

use crate::dm::{EntryId, Place, Profile, Resolution, Session};
use crate::markup::Tag;
use crate::rules::cx::{Cmd, Msg};
use crate::rules::finding::Reason;
use crate::rules::helper::{plain, quoted};
use crate::rules::rule::Clause;
use crate::syncml::{CommandId, CommandName, Item};

/// Documents.
pub(in crate::rules) const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
pub(in crate::rules) const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
pub(in crate::rules) const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
pub(in crate::rules) const TND: &str = "OMA-TS-DM_TND-V1_2_1";
pub(in crate::rules) const FUMO: &str = "OMA-TS-DM-FUMO-V1_0";
pub(in crate::rules) const MS_MDM: &str = "[MS-MDM]";

/// The place of most requirements on Status.
pub(in crate::rules) const STATUS_ELEMENT: Clause = Clause { document: CREP, section: "6.4 Status" };
/// Content of Status in the document type definition.
pub(in crate::rules) const STATUS_DTD: Clause = Clause { document: CREP, section: "7 DTD: Status" };
/// The list of codes.
pub(in crate::rules) const CODES: Clause = Clause { document: CREP, section: "10 Response Status Codes" };

/// For checks that look at each Status.
pub(in crate::rules) const STATUS: &[CommandName] = &[CommandName::Status];

/// Everything that must be answered with a Status.
pub(in crate::rules) const COMMANDS: &[CommandName] = &[
    CommandName::Add,
    CommandName::Alert,
    CommandName::Atomic,
    CommandName::Copy,
    CommandName::Delete,
    CommandName::Exec,
    CommandName::Get,
    CommandName::Replace,
    CommandName::Sequence,
    CommandName::Map,
    CommandName::Move,
    CommandName::Put,
    CommandName::Search,
    CommandName::Sync,
];

/// What a Status answers.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) enum Answered<'s> {
    /// The header of this message.
    Header(Msg<'s>),
    /// This command.
    Command(Cmd<'s>),
    /// Nobody can say.
    Unknown(Reason),
    /// Nothing: its references are wrong, which rules on references report.
    Nothing,
}

/// What a Status answers.
pub(in crate::rules) fn answered(status: Cmd<'_>) -> Answered<'_> {
    let session = status.session();
    match status.resolution() {
        Some(Resolution::Found(place)) => match (message_at(session, place.entry), place.command) {
            (Some(message), None) => Answered::Header(message),
            (Some(message), Some(id)) => message.command(id).map_or(Answered::Nothing, Answered::Command),
            (None, _) => Answered::Nothing,
        },
        Some(Resolution::NotCaptured) if session.start_seen => Answered::Unknown(Reason::MessageLost),
        Some(Resolution::NotCaptured) => Answered::Unknown(Reason::StartNotCaptured),
        Some(Resolution::Ambiguous) => Answered::Unknown(Reason::AmbiguousReference),
        _ => Answered::Nothing,
    }
}

/// A message of a session.
pub(in crate::rules) fn message_at(session: &Session, id: EntryId) -> Option<Msg<'_>> {
    Some(Msg { session, id, entry: session.entry(id)? })
}

/// A command of a session.
pub(in crate::rules) fn command_at(session: &Session, place: Place) -> Option<Cmd<'_>> {
    message_at(session, place.entry)?.command(place.command?)
}

/// The Status elements of a command or header that count: those in a message that was refused with 401 or 407 are sent
/// again (guard G5).
pub(in crate::rules) fn statuses(session: &Session, to: Place) -> impl Iterator<Item = Cmd<'_>> {
    session.statuses_of(to).filter_map(|place| command_at(session, place)).filter(|status| !status.msg.entry.refused)
}

/// The last Status of a command that says how it ended (101 does not), with its code.
pub(in crate::rules) fn last_status(cmd: Cmd<'_>) -> Option<(Cmd<'_>, u16)> {
    let mut last = None;
    for status in statuses(cmd.session(), cmd.place()) {
        match status.code() {
            Some(101) | None => {}
            Some(code) => last = Some((status, code)),
        }
    }
    last
}

/// How an Item of a command ended, where its Status says so: that of a command with one Item, or the only one that names it in
/// TargetRef.
pub(in crate::rules) fn ending_of<'s>(cmd: Cmd<'s>, item: &Item) -> Option<(Cmd<'s>, u16)> {
    if cmd.items().len() == 1 {
        return last_status(cmd);
    }
    let uri = plain(cmd.text(item.target_uri));
    let names = |status: &Cmd<'_>| {
        status.each(Tag::TargetRef).any(|node| plain(super::presence::reference_text(*status, node)) == uri)
    };
    let mut found = statuses(cmd.session(), cmd.place()).filter(names);
    let status = found.next().filter(|_| found.next().is_none())?;
    Some((status, status.code().filter(|code| *code != 101)?))
}

/// Whether a command with that code was executed to its end: 2xx, but not accepted for later, buffered, cancelled,
/// skipped or rolled back.
pub(in crate::rules) const fn is_done(code: u16) -> bool {
    matches!(code, 200..=299) && !matches!(code, 202 | 213..=216)
}

/// Whether a code says that something failed.
pub(in crate::rules) const fn is_failure(code: u16) -> bool {
    matches!(code, 400..=599)
}

/// Commands inside a container, at any depth, in order. They stand right behind it.
pub(in crate::rules) fn inside(container: Cmd<'_>) -> impl Iterator<Item = Cmd<'_>> {
    let msg = container.msg;
    let first = container.id.index() + 1;
    let commands = container.message().commands.get(first..).unwrap_or_default();
    commands
        .iter()
        .zip(container.id.0.saturating_add(1)..)
        .take_while(move |(command, _)| command.parent.is_some_and(|parent| parent >= container.id))
        .map(move |(command, id)| Cmd { msg, id: CommandId(id), command })
}

/// Whether a command stands in a container of that name, at any depth.
pub(in crate::rules) fn is_inside(cmd: Cmd<'_>, name: CommandName) -> bool {
    cmd.containers().any(|container| container.command.name == name)
}

/// A command for the text of a finding: `Get 4 of MsgID 2`.
pub(in crate::rules) fn shown(cmd: Cmd<'_>) -> String {
    let message = number(cmd.msg);
    match cmd.message().cmd_id(cmd.command) {
        Some(id) => format!("{} {id} of {message}", cmd.command.name),
        None => format!("{} without CmdID of {message}", cmd.command.name),
    }
}

/// A message for the text of a finding, by its MsgID: `MsgID 2`.
pub(in crate::rules) fn number(msg: Msg<'_>) -> String {
    match msg.message().msg_id() {
        Some(id) => format!("MsgID {id}"),
        None => "a message without MsgID".to_owned(),
    }
}

/// What a Status says of itself, for the text of a finding: `Status 304 for Replace 3 of MsgID 1`.
pub(in crate::rules) fn status_shown(status: Cmd<'_>) -> String {
    let code = status.text(status.command.data);
    match answered(status) {
        Answered::Command(cmd) => format!("Status {code} for {}", shown(cmd)),
        Answered::Header(msg) => format!("Status {code} for the SyncHdr of {}", number(msg)),
        Answered::Unknown(_) | Answered::Nothing => {
            format!("Status {code} with Cmd {}", quoted(status.text(status.command.cmd)))
        }
    }
}

/// Whether a code has three digits and is of a class that exists, and which it is.
pub(in crate::rules) fn proper_code(text: &str) -> Option<u16> {
    match text.as_bytes() {
        [b'1'..=b'5', second, third] if second.is_ascii_digit() && third.is_ascii_digit() => text.parse().ok(),
        _ => None,
    }
}

/// Whether a Status is for an Exec, by its references or, where they lead nowhere, by its Cmd.
pub(in crate::rules) fn is_for_exec(status: Cmd<'_>) -> bool {
    match answered(status) {
        Answered::Command(cmd) => cmd.command.name == CommandName::Exec,
        Answered::Header(_) => false,
        Answered::Unknown(_) | Answered::Nothing => status.text(status.command.cmd) == "Exec",
    }
}

/// Whether the MIME type of an Item is that of a serialised tree (OMA-TS-DM_TNDS-V1_2).
pub(in crate::rules) fn is_tnds(cmd: Cmd<'_>, item: &Item) -> bool {
    let kind = cmd.text(cmd.message().effective_met_inf(cmd.command, Some(item), Tag::Type));
    kind.get(.."application/vnd.syncml.dmtnds".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("application/vnd.syncml.dmtnds"))
}

/// The name of the property that a URI addresses (`./A?prop=ACL`).
pub(in crate::rules) fn property(uri: &str) -> Option<&str> {
    // Most URIs have no query: a look for one octet is cheap.
    let query = memchr::memchr(b'?', uri.as_bytes())?;
    uri.get(query..)?.split_once("?prop=").map(|(_, name)| name)
}

/// Whether a URI names a node and neither a property nor a list.
pub(in crate::rules) fn is_plain_node(uri: &str) -> bool {
    !uri.is_empty() && !uri.contains('?')
}

/// A URI of [MS-MDM], where `./Device/Vendor` and `./Vendor` name the same subtree.
pub(in crate::rules) fn node_name(uri: &str, profile: Profile) -> &str {
    let uri = plain(uri);
    match uri.strip_prefix("Device/") {
        Some(rest) if profile == Profile::MsMdm && rest.starts_with("Vendor") => rest,
        _ => uri,
    }
}

/// Package 1 of a client that opens a session on its own.
macro_rules! package_1 {
    () => {
        "device\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
         ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n"
    };
}
pub(in crate::rules) use package_1;

/// A session that begins with an accepted package 1; the lines go on inside the server's package 2.
macro_rules! opened {
    ($($line:literal),* $(,)?) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status Alert 200\n Status Replace 200\n",
            $($line, "\n"),*
        )
    };
}
pub(in crate::rules) use opened;

/// A session that begins with a package 1; the lines follow it.
macro_rules! after_package_1 {
    ($($line:literal),* $(,)?) => {
        concat!($crate::rules::sta::common::package_1!(), $($line, "\n"),*)
    };
}
pub(in crate::rules) use after_package_1;

/// The first message of a session, and no answer to it.
pub(in crate::rules) const FIRST: &str = package_1!();

/// A confirmation that the user refuses, and what was to be done then.
pub(in crate::rules) const CONFIRMED: &str = opened!(
    " Sequence",
    "  Alert 1101 \"\" \"Update now?\"",
    "  Replace ./Vendor/A=1",
    "device",
    " Status SyncHdr 200",
    " Status Sequence 200",
    " Status Alert 304",
    " Status Replace 215",
    "server",
    " Status SyncHdr 200",
);

/// One Get, answered, and the end.
pub(in crate::rules) const ONE_GET: &str = opened!(
    " Get ./DevDetail/SwV",
    "device",
    " Status SyncHdr 200",
    " Status Get 200",
    " Results ./DevDetail/SwV=7.1",
    "server",
    " Status SyncHdr 200",
);
