//! The Items of a user interaction Alert: UI-001 to UI-003.

use super::super::cx::{Cmd, Cx};
use super::super::rule::{Check, Clause, Judged, Rule, Scope};
use super::super::sta::common::{FIRST, ONE_GET, opened};
use super::form::{Kind, interaction};
use super::{ALERTS, PRO};
use crate::base::Severity;
use crate::syncml::CommandName;

const ALERT: &[CommandName] = &[CommandName::Alert];

/// One of each kind.
const GOOD: &str = opened!(
    " Alert 1100 \"MINDT=10\" \"Please wait\"",
    " Alert 1101 \"\" \"Now?\"",
    " Alert 1102 \"\" \"Your name\"",
    " Alert 1103 \"\" \"Choose\" \"red\" \"blue\"",
    " Alert 1104 \"\" \"Choose\" \"red\" \"blue\"",
);

pub(super) static ITEMS: Rule = Rule {
    id: "UI-001",
    name: "interaction-item-count",
    title: "A user interaction has its options, its text and its choices",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[ALERTS],
    what: "Alerts 1100 and 1101 have two Items, 1102 at least two, 1103 and 1104 at least three. A third Item of 1100 or 1101 \
           is a warning.",
    why: "The client shows the options as if they were the text, or nothing at all.",
    mend: "Send an Item for the options, also where there are none, then one for the text, then one for each choice.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"Now?\""), opened!(" Alert 1103 \"\" \"Choose\"")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, items),
    ..Rule::MUST
};

fn items(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    let Kind { least, most, .. } = *interaction.kind;
    let count = interaction.items().len();
    let occasion = cx.occasion(alert.at());
    let seen = || format!("{} with {count} Items", interaction.shown());
    if count < least {
        occasion
            .violated(seen(), if least == most { "two Items".to_owned() } else { format!("at least {least} Items") });
    } else if count > most {
        occasion.violated_as(Severity::Warning, seen(), "two Items");
    }
}

pub(super) static TEXT: Rule = Rule {
    id: "UI-002",
    name: "interaction-without-text",
    title: "The second Item of a user interaction is its text",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[ALERTS],
    what: "The second Item of an Alert 1100 to 1104 has exactly one Data. An empty one is a warning.",
    why: "The user is asked nothing, and answers something.",
    mend: "Put the text for the user into Data of the second Item.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1101 \"\" item")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, text),
    ..Rule::MUST
};

fn text(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert) else { return };
    let Some(item) = interaction.items().get(1) else { return };
    let count = interaction.data_in(item);
    let occasion = cx.occasion(alert.at_node(item.node));
    let expected = "one Data with the text for the user";
    if count != 1 {
        occasion.violated(format!("the second Item of {} has {count} Data elements", interaction.shown()), expected);
    } else if is_blank(alert, item.data) {
        let seen = format!("the text of {} is empty", interaction.shown());
        occasion.violated_as(Severity::Warning, seen, expected);
    }
}

/// Whether a Data holds nothing at all; elements and octets are something.
fn is_blank(alert: Cmd<'_>, data: Option<crate::markup::NodeId>) -> bool {
    data.is_some_and(|data| {
        alert.text(data).is_empty()
            && alert.message().tree().elements(data).next().is_none()
            && alert.message().tree().content_bytes(data).iter().all(u8::is_ascii_whitespace)
    })
}

pub(super) static CHOICES: Rule = Rule {
    id: "UI-003",
    name: "choice-without-text",
    title: "Each choice has its text",
    judged: Judged::Server,
    scope: Scope::Element,
    clause: &[Clause { document: PRO, section: "10.2.4 User choice" }],
    what: "Each Item of an Alert 1103 or 1104 from the third on has exactly one Data, which is not empty.",
    why: "The user cannot tell what the line means, and clients that skip it count the others wrongly.",
    mend: "Put the text of the choice into Data of its Item.",
    pass: &[GOOD],
    violate: &[opened!(" Alert 1103 \"\" \"Choose\" \"red\" \"\"")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(ALERT, choices),
    ..Rule::MUST
};

fn choices(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(interaction) = interaction(alert).filter(|interaction| interaction.kind.has_choices) else { return };
    for (number, item) in interaction.items().iter().skip(2).enumerate() {
        let count = interaction.data_in(item);
        let occasion = cx.occasion(alert.at_node(item.node));
        let choice = format!("choice {} of {}", number + 1, interaction.shown());
        if count != 1 {
            occasion.violated(format!("{choice} has {count} Data elements"), "one Data with its text");
        } else if is_blank(alert, item.data) {
            occasion.violated(format!("{choice} is empty"), "one Data with its text");
        }
    }
}
