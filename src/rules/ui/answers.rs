//! What the client answers to a user interaction: UI-015, UI-017 to UI-026.

use super::super::cx::{Cmd, Cx, Msg};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Source};
use super::super::sta::common::{
    Answered, FIRST, ONE_GET, answered, inside, is_done, is_inside, last_status, opened, status_shown,
};
use super::form::{CHOICE, CHOICES, CONFIRMATION, DISPLAY, INPUT, Interaction, KNOWN, interaction, is_sound, positive};
use super::{ALERTS, OPTIONS, PRO};
use crate::base::Severity;
use crate::syncml::CommandName;
use std::collections::HashSet;

const ALERT: &[CommandName] = &[CommandName::Alert];

/// All five interactions, answered as they should be.
const GOOD: &str = opened!(
    " Alert 1100 \"MINDT=10\" \"Please wait\"",
    " Alert 1101 \"\" \"Now?\"",
    " Alert 1102 \"MAXLEN=8&IT=N\" \"How many?\"",
    " Alert 1103 \"\" \"Choose\" \"red\" \"blue\"",
    " Alert 1104 \"\" \"Choose\" \"red\" \"blue\" \"green\"",
    "device",
    " Status SyncHdr 200",
    " Status Alert 200",
    " Status Alert 304",
    " Status Alert 200 \"-1.23\"",
    " Status Alert 200 \"2\"",
    " Status Alert 200 \"3\" \"1\"",
    "server",
    " Status SyncHdr 200",
);

/// A confirmation that the client gave up.
const TIMEOUT: &str = opened!(
    " Alert 1101 \"MAXDT=20\" \"Now?\"",
    "device",
    " Status SyncHdr 200",
    " Status Alert 408",
    "server",
    " Status SyncHdr 200",
);

/// The six options together have some hundred characters. Each Status for an Alert reads them again, so that their length
/// has to have an end.
const LONGEST_OPTIONS: usize = 4_096;

/// The interaction that a Status answers, and the code; 101 says nothing yet.
fn answer_to(status: Cmd<'_>) -> Option<(Interaction<'_>, u16)> {
    let Answered::Command(alert) = answered(status) else { return None };
    let code = status.code().filter(|code| *code != 101)?;
    let interaction = interaction(alert).filter(|interaction| interaction.option_text().len() <= LONGEST_OPTIONS)?;
    Some((interaction, code))
}

/// The same for one kind of interaction that has all its Items, and that the user answered.
fn answered_by_user(status: Cmd<'_>, kind: u16) -> Option<Interaction<'_>> {
    let (interaction, code) = answer_to(status)?;
    (code == 200 && interaction.kind.code == kind && interaction.has_its_items()).then_some(interaction)
}

pub(super) static UNKNOWN_OPTION: Rule = Rule {
    id: "UI-015",
    name: "unknown-option-refused",
    title: "Options that a client does not know are skipped",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[OPTIONS],
    what: "An Alert 1100 to 1104 whose only peculiarity is an option with a name of its own is not answered with 400, 412, 415 \
           or 416. The cause cannot be seen, hence an error in strict mode only; other failing codes have other reasons.",
    why: "Servers cannot use any option that is younger than the device.",
    mend: "Skip what is not known, and show the text.",
    pass: &[opened!(" Alert 1100 \"FOO=1\" \"Please wait\"", "device", " Status SyncHdr 200", " Status Alert 200")],
    violate: &[opened!(" Alert 1100 \"FOO=1\" \"Please wait\"", "device", " Status SyncHdr 200", " Status Alert 412")],
    not_applicable: &[FIRST, ONE_GET, GOOD],
    check: Check::Answer(ALERT, unknown_option),
    ..Rule::MUST
};

fn unknown_option(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, code)) = answer_to(status) else { return };
    let Some((name, _)) = interaction.pairs().find(|(name, _)| !KNOWN.contains(name)) else { return };
    let is_suspicious = matches!(code, 400 | 412 | 415 | 416);
    if !is_sound(interaction.alert) || !(is_suspicious || matches!(code, 200..=299 | 304)) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    if is_suspicious {
        occasion.violated(
            format!("{}, whose option {} is not defined", status_shown(status), quoted(name)),
            "the option skipped, and the code of the interaction",
        );
    }
}

pub(super) static CONFIRMATION_ANSWER: Rule = Rule {
    id: "UI-017",
    name: "confirmation-answered-with-other-code",
    title: "A confirmation is answered with yes, no, cancelled or a failure of its own",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.2 Confirmation" }],
    yields_to: &["STA-013", "STA-014", "STA-022", "STA-033"],
    what: "The Status of an Alert 1101 is not 201, 202, 204 to 213, 404 or 501. The lists of codes are guidance, hence a \
           warning.",
    why: "The server cannot tell a yes from a no.",
    mend: "Answer 200 for yes, 304 for no, 214 where the user cancelled and 408 where nobody answered.",
    pass: &[GOOD, TIMEOUT],
    violate: &[opened!(" Alert 1101 \"\" \"Now?\"", "device", " Status SyncHdr 200", " Status Alert 202")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, confirmation),
    ..Rule::MUST
};

fn confirmation(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, code)) = answer_to(status) else { return };
    if interaction.kind.code != CONFIRMATION {
        return;
    }
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    if matches!(code, 201 | 202 | 204..=213 | 404 | 501) {
        occasion.violated(format!("{}, a confirmation", status_shown(status)), "200, 304, 214, 408 or 406");
    }
}

pub(super) static INPUT_ANSWER: Rule = Rule {
    id: "UI-018",
    name: "input-not-returned",
    title: "What the user typed is in the Status",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.3 User input" }],
    what: "The Status 200 of an Alert 1102 has exactly one Item with Data, which may be empty.",
    why: "The user's answer is lost.",
    mend: "Return the text in Data of one Item of the Status.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1102 \"\" \"Your name\"", "device", " Status SyncHdr 200", " Status Alert 200")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, input),
    ..Rule::MUST
};

fn input(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = answered_by_user(status, INPUT) else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    let expected = "one Item with the text in Data";
    match status.items() {
        [item] if item.data.is_some() => occasion.held(),
        [_] => occasion.violated(format!("{} with an Item that has no Data", status_shown(status)), expected),
        items => occasion.violated(format!("{} with {} Items", status_shown(status), items.len()), expected),
    }
}

/// What a choice that came back is.
enum Chosen {
    Number(u64),
    Nothing,
    Other,
}

fn chosen(interaction: Interaction<'_>, text: &str) -> Chosen {
    match positive(text).filter(|number| *number <= interaction.choices() as u64) {
        Some(number) => Chosen::Number(number),
        None if text.is_empty() => Chosen::Nothing,
        None => Chosen::Other,
    }
}

pub(super) static CHOICE_ANSWER: Rule = Rule {
    id: "UI-019",
    name: "choice-not-returned",
    title: "The number of what the user chose is in the Status",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.4 User choice" }],
    what: "The Status 200 of an Alert 1103 has exactly one Item whose Data is a number from 1 to the number of choices. An \
           empty Data is a warning.",
    why: "The server does not learn what was chosen, or takes the wrong line.",
    mend: "Return the number of the choice, counted from 1, and not its text.",
    pass: &[GOOD],
    violate: &[opened!(
        " Alert 1103 \"\" \"Choose\" \"red\" \"blue\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200 \"red\"",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, choice),
    ..Rule::MUST
};

fn choice(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = answered_by_user(status, CHOICE) else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    let expected = format!("one Item with a number from 1 to {}", interaction.choices());
    let [item] = status.items() else {
        return occasion.violated(format!("{} with {} Items", status_shown(status), status.items().len()), expected);
    };
    let text = status.text(item.data);
    match chosen(interaction, text) {
        Chosen::Number(_) => occasion.held(),
        Chosen::Nothing => occasion.violated_as(
            Severity::Warning,
            format!("{} with an Item that names no choice", status_shown(status)),
            expected,
        ),
        Chosen::Other => occasion.violated(format!("{} with {}", status_shown(status), quoted(text)), expected),
    }
}

pub(super) static CHOICES_ANSWER: Rule = Rule {
    id: "UI-020",
    name: "choices-not-returned",
    title: "The numbers of what the user chose are in the Status",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.4 User choice" }],
    what: "Each Item of the Status 200 of an Alert 1104 has a number from 1 to the number of choices for Data, and no number \
           comes twice. No Item at all is information, since nothing may have been chosen; an empty Data is a warning. The \
           order is free.",
    why: "The server does not learn what was chosen, or takes the wrong lines.",
    mend: "Return one Item for each choice, with its number counted from 1.",
    pass: &[GOOD],
    violate: &[opened!(
        " Alert 1104 \"\" \"Choose\" \"red\" \"blue\" \"green\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200 \"2,3\"",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, choices),
    ..Rule::MUST
};

fn choices(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = answered_by_user(status, CHOICES) else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    let expected = format!("an Item for each choice, with a number from 1 to {}", interaction.choices());
    if status.items().is_empty() {
        return occasion.violated_as(Severity::Info, format!("{} without Items", status_shown(status)), expected);
    }
    let mut seen = HashSet::new();
    let mut is_empty = false;
    for item in status.items() {
        let text = status.text(item.data);
        match chosen(interaction, text) {
            Chosen::Number(number) if seen.insert(number) => {}
            Chosen::Number(number) => {
                return occasion.violated(format!("{} with {number} twice", status_shown(status)), expected);
            }
            Chosen::Nothing => is_empty = true,
            Chosen::Other => {
                return occasion.violated(format!("{} with {}", status_shown(status), quoted(text)), expected);
            }
        }
    }
    if is_empty {
        let seen = format!("{} with an Item that names no choice", status_shown(status));
        occasion.violated_as(Severity::Warning, seen, expected);
    }
}

pub(super) static NO_DATA: Rule = Rule {
    id: "UI-021",
    name: "data-for-display",
    title: "A display or confirmation returns no data",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "10.2.1 Display" }],
    what: "The Status of an Alert 1100 or 1101 has no Item.",
    why: "The code says everything; servers do not read the Item.",
    mend: "Leave the Item out.",
    pass: &[GOOD],
    violate: &[opened!(
        " Alert 1100 \"\" \"Please wait\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200 \"OK\""
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, no_data),
    ..Rule::SHOULD
};

fn no_data(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, _)) = answer_to(status) else { return };
    if !matches!(interaction.kind.code, DISPLAY | CONFIRMATION) {
        return;
    }
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    if !status.items().is_empty() {
        occasion.violated(format!("{}, a {}, has an Item", status_shown(status), interaction.kind.name), "no Item");
    }
}

/// What the user typed.
fn typed<'s>(status: Cmd<'s>) -> Option<(Interaction<'s>, &'s str)> {
    let interaction = answered_by_user(status, INPUT)?;
    let [item] = status.items() else { return None };
    Some((interaction, status.text(item.data))).filter(|(_, text)| !text.is_empty())
}

pub(super) static LENGTH: Rule = Rule {
    id: "UI-022",
    name: "input-too-long",
    title: "What the user typed is not longer than MAXLEN",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.4 MAXLEN" }],
    what: "The text returned for an Alert 1102 with MAXLEN has at most so many characters. A client may ignore a MAXLEN beyond \
           what it can do, hence a warning.",
    why: "The server cuts the text, or refuses it.",
    mend: "Let the user type no more than MAXLEN characters.",
    pass: &[GOOD],
    violate: &[opened!(
        " Alert 1102 \"MAXLEN=4\" \"PIN\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200 \"12345\"",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, length),
    ..Rule::MUST
};

fn length(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, text)) = typed(status) else { return };
    let Some(most) = interaction.number("MAXLEN") else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    let count = text.chars().count() as u64;
    if count > most {
        occasion.violated(
            format!("{} with {count} characters", status_shown(status)),
            format!("at most {most} characters (MAXLEN)"),
        );
    }
}

pub(super) static TYPED: Rule = Rule {
    id: "UI-023",
    name: "input-not-of-its-type",
    title: "What the user typed has the form that IT asks for",
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.5 IT" }],
    what: "The text returned for an Alert 1102 with IT is a number (N), eight digits DDMMYYYY (D), six digits hhmmss (T), a \
           telephone number of digits, p, w and s with a + in front at most (P), or four numbers with dots between (I). Any \
           text will do for A, and an empty one always.",
    why: "The server reads the wrong date or number, or none.",
    mend: "Convert what the user typed into the form of the specification before it is sent.",
    pass: &[GOOD],
    violate: &[opened!(
        " Alert 1102 \"IT=D\" \"Date\"",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200 \"2001-02-13\"",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Answer(ALERT, typed_as_asked),
    ..Rule::SHOULD
};

/// Values of IT with the form of the answer (OMA-TS-DM_Protocol-V1_2_1, section 10.3.5).
type InputForm = (&'static str, fn(&str) -> bool, &'static str);

static INPUT_FORMS: [InputForm; 5] = [
    ("N", is_number, "a number"),
    ("D", is_date, "a date, DDMMYYYY"),
    ("T", is_time, "a time, hhmmss"),
    ("P", is_telephone, "a telephone number: digits, p, w, s, and + in front"),
    ("I", is_address, "an IP address, four numbers with dots between"),
];

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = rest.splitn(2, ['.', ',']);
    let whole = parts.next().unwrap_or_default();
    match parts.next() {
        None => are_digits(whole),
        Some(part) => (whole.is_empty() || are_digits(whole)) && are_digits(part),
    }
}

/// Two digits at a place of a text of digits, where they are in range.
fn two_digits(text: &str, at: usize, range: std::ops::RangeInclusive<u8>) -> bool {
    text.get(at..at + 2).and_then(|digits| digits.parse().ok()).is_some_and(|number: u8| range.contains(&number))
}

fn is_date(text: &str) -> bool {
    text.len() == 8 && are_digits(text) && two_digits(text, 0, 1..=31) && two_digits(text, 2, 1..=12)
}

fn is_time(text: &str) -> bool {
    text.len() == 6
        && are_digits(text)
        && two_digits(text, 0, 0..=24)
        && two_digits(text, 2, 0..=59)
        && two_digits(text, 4, 0..=60)
}

fn is_telephone(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    !rest.is_empty() && rest.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'p' | b'w' | b's'))
}

fn is_address(text: &str) -> bool {
    let mut count = 0;
    let sound = text.split('.').all(|part| {
        count += 1;
        are_digits(part) && part.parse::<u16>().is_ok_and(|number| number < 256)
    });
    sound && count == 4
}

fn typed_as_asked(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, text)) = typed(status) else { return };
    let Some(kind) = interaction.values("IT").next() else { return };
    let Some((_, fits, expected)) = INPUT_FORMS.iter().find(|(name, ..)| *name == kind) else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    if !fits(text) {
        occasion.violated(format!("{} with {}, and IT={kind}", status_shown(status), quoted(text)), *expected);
    }
}

pub(super) static CANCELLED: Rule = Rule {
    id: "UI-024",
    name: "commands-executed-after-cancel",
    title: "Nothing is executed after the user cancelled",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ALERTS],
    what: "Where an Alert 1100 to 1104 directly in SyncBody has Status 214, the management commands behind it in the message \
           have no success code. Other Alerts may come in any order; inside a Sequence STA-040 asks for 215. An observation.",
    why: "The user said stop, and the change was made all the same.",
    mend: "Stop at the cancellation, and answer 215 for what was not executed.",
    pass: &[opened!(
        " Alert 1101 \"\" \"Now?\"",
        " Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Alert 214",
        " Status Replace 215",
    )],
    violate: &[opened!(
        " Alert 1101 \"\" \"Now?\"",
        " Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Alert 214",
        " Status Replace 200",
    )],
    not_applicable: &[FIRST, ONE_GET, GOOD],
    check: Check::Message(cancelled),
    ..Rule::SHOULD
};

/// The last Status of a command, where it has that code.
fn status_with(cmd: Cmd<'_>, wanted: u16) -> Option<Cmd<'_>> {
    last_status(cmd).filter(|(_, code)| *code == wanted).map(|(status, _)| status)
}

fn cancelled(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.is_server() {
        return;
    }
    let direct = msg.commands().filter(|cmd| cmd.command.parent.is_none() && interaction(*cmd).is_some());
    let Some((alert, status)) = direct.filter_map(|alert| Some((alert, status_with(alert, 214)?))).next() else {
        return;
    };
    let occasion = cx.occasion(status.at()).related(alert.at());
    let is_own = |cmd: &Cmd<'_>| cmd.command.name != CommandName::Alert && !cmd.command.name.is_response();
    let behind = msg.commands().skip(alert.id.index() + 1).filter(is_own);
    let executed = behind.filter_map(last_status).find(|(_, code)| is_done(*code));
    if let Some((executed, _)) = executed {
        occasion.related(executed.at()).violated(
            format!("{}, and behind it {}", status_shown(status), status_shown(executed)),
            "215 for what stands behind it",
        );
    }
}

pub(super) static REJECTED_IN_ATOMIC: Rule = Rule {
    id: "UI-025",
    name: "atomic-kept-after-no",
    title: "An Atomic fails when the user says no inside it",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[Clause { document: PRO, section: "10.2.2 Confirmation" }],
    what: "Where an Alert 1101 inside an Atomic has Status 304, the Atomic has no success code, and no command of it that \
           changes something has one. Codes of Alerts, of Gets and of containers inside are free, and so is an Atomic that the \
           client does not support.",
    why: "The user said no, and the change was made all the same.",
    mend: "Let the Atomic fail with 507, and roll back what was done in it (216).",
    pass: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Alert 1101 \"\" \"Now?\"",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 216",
        " Status Alert 304",
    )],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Alert 1101 \"\" \"Now?\"",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 200",
        " Status Replace 200",
        " Status Alert 304",
    )],
    not_applicable: &[FIRST, ONE_GET, GOOD],
    check: Check::Command(&[CommandName::Atomic], rejected_in_atomic),
    ..Rule::MUST
};

fn rejected_in_atomic(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    // The outermost one speaks for those inside it.
    if is_inside(atomic, CommandName::Atomic) {
        return;
    }
    let own = last_status(atomic);
    // What the client does not have, it does not roll back.
    if own.is_some_and(|(_, code)| matches!(code, 401 | 405 | 406 | 407 | 501)) {
        return;
    }
    let confirmations =
        inside(atomic).filter(|cmd| cmd.command.name == CommandName::Alert && cmd.code() == Some(CONFIRMATION));
    let Some((alert, status)) = confirmations.filter_map(|alert| Some((alert, status_with(alert, 304)?))).next() else {
        return;
    };
    let occasion = cx.occasion(status.at()).related(alert.at());
    let changes = |cmd: &Cmd<'_>| {
        !matches!(cmd.command.name, CommandName::Alert | CommandName::Get) && !cmd.command.name.is_container()
    };
    let kept = inside(atomic).filter(changes).filter_map(last_status);
    let kept = own.into_iter().chain(kept).find(|(_, code)| is_done(*code));
    if let Some((kept, _)) = kept {
        occasion.related(kept.at()).violated(
            format!("{}, and {}", status_shown(status), status_shown(kept)),
            "507 for the Atomic, and 216 or 215 for the commands in it",
        );
    }
}

pub(super) static TIMED_OUT: Rule = Rule {
    id: "UI-026",
    name: "timeout-without-limit",
    title: "408 is given where the server set a limit",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.2 MAXDT" }],
    what: "An Alert 1100 to 1104 with Status 408 has MAXDT among its options. A device may have a limit of its own, hence an \
           observation.",
    why: "The server did not expect that the user could be too late.",
    mend: "Wait for the user, or document the limit.",
    pass: &[TIMEOUT],
    violate: &[opened!(" Alert 1101 \"\" \"Now?\"", "device", " Status SyncHdr 200", " Status Alert 408")],
    not_applicable: &[FIRST, ONE_GET, GOOD],
    check: Check::Answer(ALERT, timed_out),
    ..Rule::SHOULD
};

fn timed_out(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((interaction, 408)) = answer_to(status) else { return };
    let occasion = cx.occasion(status.at()).related(interaction.alert.at());
    if interaction.pairs().all(|(name, _)| name != "MAXDT") {
        occasion.violated(
            format!("{}, {} without MAXDT", status_shown(status), interaction.shown()),
            "a wait without limit where the server sets none",
        );
    }
}
