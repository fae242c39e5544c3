//! The option string of a user interaction Alert: UI-004 to UI-014, UI-016.

use super::super::cx::{Cmd, Cx};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope, Source};
use super::super::sta::common::{FIRST, ONE_GET, opened};
use super::form::{
    CHOICE, CHOICES, CONFIRMATION, Form, INPUT, Interaction, has_sound_escapes, interaction, is_encoded, positive,
};
use super::{OPTIONS, PRO};
use crate::base::Severity;
use crate::syncml::CommandName;
use std::collections::HashSet;

const ALERT: &[CommandName] = &[CommandName::Alert];

/// All options, in their forms.
const GOOD: &str = opened!(
    " Alert 1101 \"MINDT=10&MAXDT=60&DR=1\" \"Now?\"",
    " Alert 1102 \"DR=John+Doe&MAXLEN=20&IT=A&ET=T\" \"Your name\"",
    " Alert 1103 \"DR=2\" \"Choose\" \"red\" \"blue\"",
    " Alert 1104 \"DR=1-2\" \"Choose\" \"red\" \"blue\"",
);

/// Interactions without options.
const NO_OPTIONS: &str = opened!(" Alert 1100 \"\" \"Please wait\"");

pub(super) static OPTIONS_ONLY: Rule = Rule {
    id: "UI-004",
    name: "first-item-holds-no-options",
    title: "The first Item of a user interaction holds options only",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[OPTIONS],
    what: "Data of the first Item of an Alert 1100 to 1104 is empty, or a list of `NAME=value` with & between. Target or Source \
           in that Item, a stray & and an option without a value are warnings; a default response may be empty.",
    why: "The text for the user is taken for options and never shown.",
    mend: "Send an empty first Item where there are no options, and the text in the second.",
    pass: &[GOOD, NO_OPTIONS],
    violate: &[opened!(" Alert 1100 \"Please wait\" \"10\"")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, options_only),
    ..Rule::MUST
};

fn options_only(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    let Some(first) = interaction.items().first() else { return };
    let occasion = cx.occasion(alert.at_node(first.node));
    let text = interaction.option_text();
    let expected = "an empty Item, or options such as MINDT=10&MAXDT=60";
    match interaction.form() {
        Form::Text => {
            occasion.violated(format!("{} in the first Item of {}", quoted(text), interaction.shown()), expected)
        }
        Form::Sloppy(what) => {
            let seen = format!("{what} in {}, the options of {}", quoted(text), interaction.shown());
            occasion.violated_as(Severity::Warning, seen, expected);
        }
        Form::Empty | Form::Options => {
            if first.target.is_some() || first.source.is_some() {
                let seen = format!("a URI in the first Item of {}", interaction.shown());
                occasion.violated_as(Severity::Warning, seen, expected);
            }
        }
    }
}

pub(super) static ENCODED: Rule = Rule {
    id: "UI-005",
    name: "options-not-encoded",
    title: "The options of a user interaction are encoded like a URL",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[OPTIONS, Clause { document: "RFC 2396", section: "2.4 Escape sequences" }],
    what: "In the option string each % begins an escape of two hexadecimal digits. Blanks, quotes and characters that are no \
           ASCII are a warning; a + for a blank is right.",
    why: "Clients decode the wrong characters, or drop all options.",
    mend: "Percent-encode the values, % itself as %25.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1102 \"DR=50%\" \"How much?\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, encoded),
    ..Rule::MUST
};

fn encoded(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    if matches!(interaction.form(), Form::Empty | Form::Text) {
        return;
    }
    let text = interaction.option_text();
    let occasion = cx.occasion(alert.at_node(interaction.items().first().and_then(|item| item.data)));
    if !has_sound_escapes(text) {
        occasion.violated(format!("a broken escape in {}", quoted(text)), "% and two hexadecimal digits");
    } else if !is_encoded(text) {
        let seen = format!("{} has characters that are not encoded", quoted(text));
        occasion.violated_as(Severity::Warning, seen, "values that are percent-encoded");
    }
}

/// What an option may have for a value.
struct Values {
    name: &'static str,
    /// In these Alerts.
    codes: std::ops::RangeInclusive<u16>,
    /// Whether it means nothing in the others, where a wrong value is told as information.
    ignored_elsewhere: bool,
    fits: fn(Interaction<'_>, &str) -> bool,
    expected: &'static str,
}

const ALL: std::ops::RangeInclusive<u16> = 1100..=1104;

static MINDT: Values = seconds("MINDT");
static MAXDT: Values = seconds("MAXDT");
static MAXLEN: Values = input("MAXLEN", |_, value| positive(value).is_some(), "a positive number of characters");
static IT: Values = input("IT", |_, value| ["A", "N", "D", "T", "P", "I"].contains(&value), "A, N, D, T, P or I");
static ET: Values = input("ET", |_, value| ["T", "P"].contains(&value), "T or P");
static DR_CONFIRMATION: Values = default_response(CONFIRMATION, |_, value| matches!(value, "0" | "1"), "0 or 1");
static DR_CHOICE: Values = default_response(CHOICE, is_choice, "the number of a choice, from 1");
static DR_CHOICES: Values = default_response(CHOICES, are_choices, "numbers of choices with - between, each once");

const fn seconds(name: &'static str) -> Values {
    Values {
        name,
        codes: ALL,
        ignored_elsewhere: false,
        fits: |_, value| positive(value).is_some(),
        expected: "a positive number of seconds",
    }
}

const fn input(name: &'static str, fits: fn(Interaction<'_>, &str) -> bool, expected: &'static str) -> Values {
    Values { name, codes: INPUT..=INPUT, ignored_elsewhere: true, fits, expected }
}

const fn default_response(code: u16, fits: fn(Interaction<'_>, &str) -> bool, expected: &'static str) -> Values {
    Values { name: "DR", codes: code..=code, ignored_elsewhere: false, fits, expected }
}

/// Without choices, which is another rule's matter, any number will do.
fn is_choice(interaction: Interaction<'_>, value: &str) -> bool {
    let choices = interaction.choices() as u64;
    positive(value).is_some_and(|number| choices == 0 || number <= choices)
}

fn are_choices(interaction: Interaction<'_>, value: &str) -> bool {
    let mut seen = HashSet::new();
    value.split('-').all(|part| is_choice(interaction, part) && seen.insert(positive(part)))
}

/// Holds the values of an option to the table.
fn judge(alert: Cmd<'_>, cx: &mut Cx<'_>, values: &'static Values) {
    let Some(interaction) = interaction(alert) else { return };
    let is_defined = values.codes.contains(&interaction.kind.code);
    if !is_defined && !values.ignored_elsewhere || interaction.form() == Form::Text {
        return;
    }
    for value in interaction.values(values.name) {
        let occasion = cx.occasion(alert.at_node(interaction.items().first().and_then(|item| item.data)));
        if (values.fits)(interaction, &value) {
            continue;
        }
        let seen = format!("{}={} in {}", values.name, quoted(&value), interaction.shown());
        if is_defined {
            occasion.violated(seen, values.expected);
        } else {
            occasion.violated_as(Severity::Info, seen, values.expected);
        }
    }
}

pub(super) static MIN_DISPLAY: Rule = Rule {
    id: "UI-006",
    name: "minimum-display-time",
    title: "MINDT is a positive number",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.1 MINDT" }],
    what: "Each value of MINDT is a positive decimal number of seconds.",
    why: "The client drops the option, and the text may vanish before it is read.",
    mend: "Give whole seconds, or leave MINDT out.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1100 \"MINDT=-1\" \"Please wait\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &MINDT)),
    ..Rule::MUST
};

pub(super) static MAX_DISPLAY: Rule = Rule {
    id: "UI-007",
    name: "maximum-display-time",
    title: "MAXDT is a positive number",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.2 MAXDT" }],
    what: "Each value of MAXDT is a positive decimal number of seconds.",
    why: "The client waits for ever, or not at all.",
    mend: "Give whole seconds, or leave MAXDT out for no limit.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"MAXDT=0\" \"Now?\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &MAXDT)),
    ..Rule::MUST
};

pub(super) static MAX_BELOW_MIN: Rule = Rule {
    id: "UI-008",
    name: "maximum-below-minimum-display-time",
    title: "MAXDT is not below MINDT",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[OPTIONS],
    what: "Where an Alert has both MINDT and MAXDT, MAXDT is not the smaller one.",
    why: "The client cannot keep both, and each one chooses in its own way.",
    mend: "Make MAXDT at least as long as MINDT.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"MINDT=30&MAXDT=10\" \"Now?\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, max_below_min),
    ..Rule::SHOULD
};

fn max_below_min(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    let (Some(least), Some(most)) = (interaction.number("MINDT"), interaction.number("MAXDT")) else { return };
    let occasion = cx.occasion(alert.at());
    if most < least {
        occasion.violated(format!("MINDT={least} and MAXDT={most} in {}", interaction.shown()), "MAXDT from MINDT on");
    }
}

pub(super) static DEFAULT_OF_CONFIRMATION: Rule = Rule {
    id: "UI-009",
    name: "default-of-confirmation",
    title: "The default of a confirmation is 0 or 1",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.3 DR" }],
    what: "Each DR of an Alert 1101 is 0 (no) or 1 (yes).",
    why: "The client offers whatever it thinks best.",
    mend: "Write DR=1 to offer yes, DR=0 to offer no.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"DR=yes\" \"Now?\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &DR_CONFIRMATION)),
    ..Rule::MUST
};

pub(super) static DEFAULT_CHOICE: Rule = Rule {
    id: "UI-010",
    name: "default-of-single-choice",
    title: "The default of a single choice is the number of one",
    severity: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.3 DR" }],
    what: "Each DR of an Alert 1103 is a number from 1 to the number of choices. The specification gives the range as an \
           example, hence an error in strict mode only.",
    why: "The client offers nothing, or the wrong line.",
    mend: "Count the choices from 1.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1103 \"DR=4\" \"Choose\" \"red\" \"green\" \"blue\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &DR_CHOICE)),
    ..Rule::MUST
};

pub(super) static DEFAULT_CHOICES: Rule = Rule {
    id: "UI-011",
    name: "default-of-multiple-choice",
    title: "The default of a multiple choice is a list of numbers",
    severity: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.3 DR" }],
    what: "Each DR of an Alert 1104 is a list of numbers from 1 to the number of choices, with - between and no number twice. \
           The specification gives the form as an example, hence an error in strict mode only.",
    why: "The client offers nothing, or the wrong lines.",
    mend: "Write the numbers with - between: DR=1-3.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1104 \"DR=2,3\" \"Choose\" \"red\" \"green\" \"blue\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &DR_CHOICES)),
    ..Rule::MUST
};

pub(super) static MAX_LENGTH: Rule = Rule {
    id: "UI-012",
    name: "maximum-length-of-input",
    title: "MAXLEN is a positive number",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.4 MAXLEN" }],
    what: "Each value of MAXLEN is a positive decimal number. In Alerts other than 1102, which ignore the option, a wrong value \
           is information.",
    why: "The client drops the limit, and the server gets more than it can store.",
    mend: "Give a number of characters, or leave MAXLEN out.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1102 \"MAXLEN=ten\" \"Your name\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &MAXLEN)),
    ..Rule::MUST
};

pub(super) static INPUT_TYPE: Rule = Rule {
    id: "UI-013",
    name: "input-type-unknown",
    title: "IT is one of six letters",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.5 IT" }],
    what: "Each value of IT is A, N, D, T, P or I. In Alerts other than 1102, which ignore the option, a wrong value is \
           information.",
    why: "The client lets the user type anything, and the server gets what it cannot read.",
    mend: "Use A (any text), N (number), D (date), T (time), P (telephone number) or I (IP address).",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1102 \"IT=X\" \"Your name\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &IT)),
    ..Rule::MUST
};

pub(super) static ECHO_TYPE: Rule = Rule {
    id: "UI-014",
    name: "echo-type-unknown",
    title: "ET is T or P",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.3.6 ET" }],
    what: "Each value of ET is T or P. In Alerts other than 1102, which ignore the option, a wrong value is information.",
    why: "A password is shown while it is typed.",
    mend: "Use P for a password, T or nothing for other texts.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1102 \"ET=H\" \"Your name\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, |alert, cx| judge(alert, cx, &ET)),
    ..Rule::MUST
};

pub(super) static TWICE: Rule = Rule {
    id: "UI-016",
    name: "option-twice",
    title: "An option is given once",
    level: Level::ShouldNot,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Server,
    scope: Scope::Element,
    source: Source::Memory,
    clause: &[OPTIONS],
    what: "No option occurs twice in one Alert.",
    why: "Which of the two values holds is left to the client.",
    mend: "Give each option once.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"DR=1&DR=0\" \"Now?\"")],
    not_applicable: &[FIRST, ONE_GET, NO_OPTIONS],
    check: Check::Command(ALERT, twice),
    ..Rule::SHOULD
};

fn twice(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    if matches!(interaction.form(), Form::Empty | Form::Text) {
        return;
    }
    let mut seen = HashSet::new();
    let occasion = cx.occasion(alert.at());
    if let Some((name, _)) = interaction.pairs().find(|(name, _)| !seen.insert(*name)) {
        occasion.violated(format!("{} twice in {}", quoted(name), interaction.shown()), "each option once");
    }
}
