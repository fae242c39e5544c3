//! UI: user interaction Alerts (1100 to 1104) and what comes back for them.
//!
//! [`form`] holds the tables of Alerts and options and reads an Alert by them, [`shape`] looks at its Items, [`options`] at
//! the option string, [`answers`] at the client's Status.

mod answers;
mod form;
mod options;
mod shape;
#[cfg(test)]
mod tests;

pub(super) use form::is_sound;

use super::rule::{Clause, Family};

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "UI",
    title: "User interaction alerts",
    rules: &[
        &shape::ITEMS,
        &shape::TEXT,
        &shape::CHOICES,
        &options::OPTIONS_ONLY,
        &options::ENCODED,
        &options::MIN_DISPLAY,
        &options::MAX_DISPLAY,
        &options::MAX_BELOW_MIN,
        &options::DEFAULT_OF_CONFIRMATION,
        &options::DEFAULT_CHOICE,
        &options::DEFAULT_CHOICES,
        &options::MAX_LENGTH,
        &options::INPUT_TYPE,
        &options::ECHO_TYPE,
        &answers::UNKNOWN_OPTION,
        &options::TWICE,
        &answers::CONFIRMATION_ANSWER,
        &answers::INPUT_ANSWER,
        &answers::CHOICE_ANSWER,
        &answers::CHOICES_ANSWER,
        &answers::NO_DATA,
        &answers::LENGTH,
        &answers::TYPED,
        &answers::CANCELLED,
        &answers::REJECTED_IN_ATOMIC,
        &answers::TIMED_OUT,
    ],
    ..Family::NONE
};

const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";

/// The Alerts and their Items.
const ALERTS: Clause = Clause { document: PRO, section: "10.2 User interaction alert codes" };
/// The option string.
const OPTIONS: Clause = Clause { document: PRO, section: "10.3 User interaction options" };
