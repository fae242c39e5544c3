//! Which codes there are, and which go with which command.

use super::common::{
    Answered, CODES, CREP, DREP, FIRST, ONE_GET, STATUS, STATUS_ELEMENT, answered, is_for_exec, opened, proper_code,
    shown, status_shown,
};
use crate::base::Severity;
use crate::dm::Version;
use crate::rules::cx::{Cmd, Cx};
use crate::rules::rule::{Check, Clause, Level, Rule, Scope, Source, Versions};
use crate::syncml::CommandName;
use std::sync::LazyLock;

/// One code of a Status.
struct Code {
    code: u16,
    name: &'static str,
    /// For each column of [`COLUMNS`]: `L` listed for that command, `o` possible by the meaning of the code, `.` neither.
    uses: &'static [u8; 11],
}

const fn code(code: u16, name: &'static str, uses: &'static [u8; 11]) -> Code {
    Code { code, name, uses }
}

/// What the columns of [`KNOWN`] stand for; the last one is the SyncHdr.
const COLUMNS: [Option<CommandName>; 11] = [
    Some(CommandName::Add),
    Some(CommandName::Alert),
    Some(CommandName::Atomic),
    Some(CommandName::Copy),
    Some(CommandName::Delete),
    Some(CommandName::Exec),
    Some(CommandName::Get),
    Some(CommandName::Replace),
    Some(CommandName::Sequence),
    Some(CommandName::Results),
    None,
];

/// All codes (OMA-TS-SyncML-RepPro-V1_2_2, section 10), ascending, and the commands that they are listed for
/// (OMA-TS-DM_RepPro-V1_2_1, section 6.6): Add, Alert, Atomic, Copy, Delete, Exec, Get, Replace, Sequence, Results, SyncHdr.
#[rustfmt::skip]
static KNOWN: &[Code] = &[
    code(101, "In progress", b"ooooooooooo"),
    code(200, "OK", b"LLLLLLLLL.L"),
    code(201, "Item added", b"..........."),
    code(202, "Accepted for processing", b"oLo..L.oo.o"),
    code(203, "Non-authoritative", b"..........."),
    code(204, "No content", b"......o...."),
    code(205, "Reset content", b"..........."),
    code(206, "Partial content", b"o.....oo..."),
    code(207, "Conflict resolved by merge", b"..........."),
    code(208, "Conflict resolved, client data won", b"..........."),
    code(209, "Conflict resolved with duplicate", b"..........."),
    code(210, "Delete without archive", b"..........."),
    code(211, "Item not deleted", b"....o......"),
    code(212, "Authentication accepted", b"..........L"),
    code(213, "Chunked item accepted and buffered", b"L.o....LoL."),
    code(214, "Operation cancelled", b".L........."),
    code(215, "Not executed", b"LLLLLoLLo.."),
    code(216, "Atomic roll back OK", b"LLoLLo.oo.."),
    code(300, "Multiple choices", b"..........."),
    code(301, "Moved permanently", b"..........o"),
    code(302, "Found", b"..........o"),
    code(303, "See other", b"..........o"),
    code(304, "Not modified", b".L........."),
    code(305, "Use proxy", b"..........o"),
    code(400, "Bad request", b"ooooooooooL"),
    code(401, "Invalid credentials", b"LLLLLLLLLLL"),
    code(402, "Payment needed", b"..........."),
    code(403, "Forbidden", b"oooLLLoL.oo"),
    code(404, "Not found", b"Lo.oLLLL.LL"),
    code(405, "Command not allowed", b"LLoLLLoLoLo"),
    code(406, "Optional feature not supported", b"oLLLoLLooLL"),
    code(407, "Missing credentials", b"LLLLLLLLLLL"),
    code(408, "Request timeout", b"oL.ooooo..o"),
    code(409, "Conflict", b"o...o..o..."),
    code(410, "Gone", b"o...o.oo..."),
    code(411, "Size required", b"o.....oo.o."),
    code(412, "Incomplete command", b".L...o....o"),
    code(413, "Request entity too large", b"L.oo.oLL.Lo"),
    code(414, "URI too long", b"L..LLLLL.oo"),
    code(415, "Unsupported media type or format", b"LL.o.oLL.Lo"),
    code(416, "Requested size too big", b".L....o...."),
    code(417, "Retry later", b"o....oo...o"),
    code(418, "Already exists", b"L..L...L..."),
    code(419, "Conflict resolved, server data won", b"..........."),
    code(420, "Device full", b"L..L.L.L.o."),
    code(421, "Unknown search grammar", b"..........."),
    code(422, "Bad CGI script", b"..........."),
    code(423, "Soft-delete conflict", b"..........."),
    code(424, "Size mismatch", b"L......L.L."),
    code(425, "Permission denied", b"L.oLLLLL..."),
    code(426, "Partial item not accepted", b"o.........."),
    code(427, "Item not empty", b"..........."),
    code(428, "Move failed", b"..........."),
    code(500, "Command failed", b"LLLLoLLLLLL"),
    code(501, "Command not implemented", b"ooooooooooo"),
    code(502, "Bad gateway", b"..........o"),
    code(503, "Service unavailable", b"..o..o....L"),
    code(504, "Gateway timeout", b"..........o"),
    code(505, "DTD version not supported", b"..........L"),
    code(506, "Processing error", b"o....oo..oL"),
    code(507, "Atomic failed", b"o.Looo.o..."),
    code(508, "Refresh required", b"..........."),
    code(509, "reserved", b"..........."),
    code(510, "Data store failure", b"o.oLoLoo.oo"),
    code(511, "Server failure", b".........oL"),
    code(512, "Synchronization failed", b"..........."),
    code(513, "Protocol version not supported", b"..........L"),
    code(514, "Operation cancelled", b"..o........"),
    code(516, "Atomic roll back failed", b"LLoLLo.Lo.."),
    code(517, "Atomic response too large", b"..L........"),
];

/// What a code means.
pub(in crate::rules) fn meaning(code: u16) -> Option<&'static str> {
    known(code).map(|known| known.name)
}

/// What is known of a code.
fn known(code: u16) -> Option<&'static Code> {
    KNOWN.binary_search_by_key(&code, |known| known.code).ok().and_then(|at| KNOWN.get(at))
}

/// A code with its name, for the text of a finding.
fn named(code: u16) -> String {
    match known(code) {
        Some(known) => format!("{code} ({})", known.name),
        None => code.to_string(),
    }
}

/// Codes that data synchronisation alone uses.
const fn is_data_sync(code: u16) -> bool {
    matches!(code, 201 | 205 | 207..=211 | 419 | 421 | 423 | 427 | 428 | 508)
}

/// The code of a Status that has a proper one.
fn code_of(status: Cmd<'_>) -> Option<u16> {
    proper_code(status.text(status.command.data))
}

pub(super) static DEFINED: Rule = Rule {
    id: "STA-013",
    name: "status-code-undefined",
    title: "The code of a Status is defined",
    scope: Scope::Element,
    clause: &[CODES],
    what: "Each code of three digits is one of those that SyncML defines. An observation for 426 to 428 and 517 in DM 1.1.2, \
           which came with SyncML 1.2, and for the vendor ranges of firmware results (250 to 299, 450 to 499, 550 to 599) in \
           the Status of an Exec.",
    why: "The receiver knows only the class of the code and guesses what to do.",
    mend: "Use the defined code that comes nearest, 500 where nothing fits, and put details into an Item.",
    pass: &[ONE_GET],
    violate: &[opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Status Get 430")],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, defined),
    ..Rule::MUST
};

fn defined(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code) = code_of(status) else { return };
    let is_old = cx.profile().version() == Version::V1_1_2;
    let occasion = cx.occasion(status.at_node(status.command.data));
    let seen = || format!("{}, and {code} is not defined", status_shown(status));
    if known(code).is_some() {
        if is_old && matches!(code, 426..=428 | 517) {
            occasion.violated_as(
                Severity::Info,
                format!("{}, which SyncML 1.1 does not have", status_shown(status)),
                "a code that SyncML 1.1 defines",
            );
        }
    } else if matches!(code, 250..=299 | 450..=499 | 550..=599) && is_for_exec(status) {
        occasion.violated_as(
            Severity::Info,
            format!("{} by SyncML", seen()),
            "a code of SyncML, or one the vendor documents",
        );
    } else {
        occasion.violated(seen(), "a code that SyncML defines");
    }
}

pub(super) static DATA_SYNC: Rule = Rule {
    id: "STA-014",
    name: "status-code-of-data-synchronisation",
    title: "The code of a Status does not belong to data synchronisation",
    level: Level::ShouldNot,
    scope: Scope::Element,
    clause: &[CODES, Clause { document: DREP, section: "6.6" }],
    what: "No Status has 201, 205, 207 to 211, 419, 421, 423, 427, 428 or 508. For 201, 205 and 211 it is an observation: \
           their definitions do not speak of data synchronisation, they are only missing in the lists of device management.",
    why: "Device management does not say what such a code means; implementations treat it as success or failure as they \
          please.",
    mend: "Use 200 for success, and for a failure the code that the command lists.",
    pass: &[ONE_GET],
    violate: &[
        opened!(" Replace ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Replace 208"),
        opened!(" Add ./Vendor/A=1", "device", " Status SyncHdr 200", " Status Add 201"),
    ],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, data_sync),
    ..Rule::SHOULD
};

fn data_sync(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code) = code_of(status) else { return };
    let occasion = cx.occasion(status.at_node(status.command.data));
    if !is_data_sync(code) {
        return occasion.held();
    }
    let seen = format!("{}: {}", status_shown(status), named(code));
    if matches!(code, 201 | 205 | 211) {
        occasion.violated_as(Severity::Info, seen, "a code listed for device management, such as 200");
    } else {
        occasion.violated(seen, "a code that device management uses");
    }
}

pub(super) static PLAUSIBLE: Rule = Rule {
    id: "STA-015",
    name: "status-code-unusual-for-command",
    title: "The code of a Status is one that its command lists",
    level: Level::May,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.1 to 6.6.14" }],
    yields_to: &["MOA-001"],
    what: "Each code is listed for the command that the Status answers, or possible by its meaning. The lists call themselves \
           guidance, so that this is never more than an observation; codes that are not defined, or of data \
           synchronisation, are reported elsewhere.",
    why: "Servers have branches for the listed codes and treat others as a failure without a cause.",
    mend: "Look whether a listed code says the same.",
    pass: &[ONE_GET],
    violate: &[opened!(" Copy ./Vendor/A -> ./Vendor/B", "device", " Status SyncHdr 200", " Status Copy 426",)],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, plausible),
    ..Rule::MAY
};

/// Whether a code that SyncML defines cannot be that of an Exec by its meaning: it speaks of an existing target, of a choice of
/// addresses, or of an Atomic.
pub(in crate::rules) fn is_foreign_to_exec(code: u16, is_in_atomic: bool) -> bool {
    matches!(code, 300..=303 | 305 | 418) || code == 516 && !is_in_atomic
}

fn plausible(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code) = code_of(status) else { return };
    let Some(known) = known(code).filter(|_| !is_data_sync(code)) else { return };
    let (name, what) = match answered(status) {
        Answered::Header(_) => (None, None),
        Answered::Command(cmd) => (Some(cmd.command.name), Some(cmd)),
        Answered::Unknown(_) | Answered::Nothing => return,
    };
    let Some(column) = COLUMNS.iter().position(|column| *column == name) else { return };
    let occasion = cx.occasion(status.at_node(status.command.data));
    if known.uses.get(column) != Some(&b'.') {
        return occasion.held();
    }
    let of = what.map_or_else(|| "a SyncHdr".to_owned(), shown);
    let listed = LISTED.get(column).map_or("", String::as_str);
    occasion.violated(format!("{} for {of}", named(code)), listed);
}

/// For each column, the codes that are listed, in words.
static LISTED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let codes = |column: usize| {
        let listed = KNOWN.iter().filter(|known| known.uses.get(column) == Some(&b'L'));
        listed.map(|known| known.code.to_string()).collect::<Vec<_>>().join(", ")
    };
    (0..COLUMNS.len()).map(|column| format!("one of {}", codes(column))).collect()
});

pub(super) static STATUS_FOR_STATUS: Rule = Rule {
    id: "STA-016",
    name: "status-answers-status",
    title: "A Status is not answered with a Status",
    level: Level::ShouldNot,
    source: Source::TextMs,
    clause: &[STATUS_ELEMENT],
    what: "No Status has Cmd Status. Refusing a type of challenge, 406 for a Status 401 or 407, is an observation.",
    why: "The other side answers the answer in turn, and the session does not end.",
    mend: "Take a Status as the end of the matter.",
    pass: &[ONE_GET],
    violate: &[opened!(
        " Get ./DevDetail/SwV",
        "device",
        " Status SyncHdr 200",
        " Status Status 200 ref=2",
        " Status Get 200",
        " Results ./DevDetail/SwV=7.1",
    )],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, status_for_status),
    ..Rule::SHOULD
};

fn status_for_status(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(status.at());
    if status.text(status.command.cmd) != "Status" {
        return occasion.held();
    }
    let seen = status_shown(status);
    let expected = "no answer to a Status";
    let refuses_challenge = status.code() == Some(406)
        && match answered(status) {
            Answered::Command(cmd) => cmd.command.chal.is_some() || matches!(cmd.code(), Some(401 | 407)),
            Answered::Header(_) | Answered::Unknown(_) | Answered::Nothing => true,
        };
    if refuses_challenge {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static PARTIAL_AND_MOVE: Rule = Rule {
    id: "STA-029",
    name: "status-code-of-folder-synchronisation",
    title: "426, 427 and 428 are not used in device management",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    versions: Versions::Since1_2,
    scope: Scope::Element,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 426, 427, 428" }],
    yields_to: &["STA-014"],
    what: "No Status has 426, 427 or 428.",
    why: "They came with SyncML 1.2 for partial items and folders of data synchronisation; a management server takes them for \
          unknown failures.",
    mend: "Answer 413 where a part of an object is not accepted, and 405 or 500 where a node cannot be deleted or moved.",
    pass: &[ONE_GET],
    violate: &[opened!(" Delete ./Vendor/A", "device", " Status SyncHdr 200", " Status Delete 426")],
    not_applicable: &[FIRST],
    check: Check::Command(STATUS, partial_and_move),
    ..Rule::SHOULD
};

fn partial_and_move(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code) = code_of(status) else { return };
    let occasion = cx.occasion(status.at_node(status.command.data));
    if matches!(code, 426..=428) {
        occasion.violated(format!("{}: {}", status_shown(status), named(code)), "a code that device management uses");
    }
}
