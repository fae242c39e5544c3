//! ALR: Alerts, what they say and what they need.
//!
//! [`codes`] knows which codes exist and who may send them, [`events`] what the client's own Alerts hold, [`abort`] what goes
//! before and after the end of a session by Alert, [`objects`] when a large object is reported as broken, [`repeated`] what comes in session
//! after session, [`asked`] who asked for one.

mod abort;
mod asked;
mod codes;
mod events;
mod objects;
mod repeated;
#[cfg(test)]
mod tests;

pub(super) use codes::meaning;
pub(super) use events::has_namespace;

use super::cx::Cmd;
use super::rule::{Family, LeftOut, Same};
use crate::syncml::CommandName;

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "ALR",
    title: "Alerts",
    rules: &[
        &codes::CODE,
        &codes::DEFINED,
        &codes::USER_INTERACTION,
        &codes::SESSION,
        &codes::CLIENT_EVENT,
        &codes::GENERIC_ALERT,
        &events::EVENT_ITEM,
        &events::EVENT_META,
        &events::EVENT_DATA,
        &events::GENERIC_ITEM,
        &events::GENERIC_META,
        &events::GENERIC_TYPE,
        &events::GENERIC_DATA,
        &abort::FINAL,
        &abort::ACKNOWLEDGED,
        &abort::NO_COMMANDS,
        &abort::SILENCE,
        &abort::NOTHING_FOLLOWS,
        &events::MARK,
        &events::FAILURE_MARKED,
        &events::SOURCE,
        &events::AFTER_SESSION_ALERT,
        &repeated::AGAIN,
        &objects::BROKEN_OBJECT,
        &objects::NAMES_COMMAND,
        &objects::WITHOUT_OBJECT,
        &abort::USER_DATA,
        &asked::UNASKED,
    ],
    same: &[Same {
        id: "ALR-030",
        title: "A session that a notification asked for does not open with Alert 1201",
        rules: &["NOT-013"],
    }],
    left_out: &[LeftOut {
        id: "ALR-028",
        title: "Alerts are answered with a Status",
        why: "STA-002 asks for the Status of every command, Alerts among them, with the same exceptions. A second rule would \
                  report each gap twice.",
    }],
};

/// Documents.
const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const FUMO: &str = "OMA-TS-DM-FUMO-V1_0";

/// For checks that look at each Alert.
const ALERT: &[CommandName] = &[CommandName::Alert];

/// An Alert for the text of a finding: `Alert 3 (1226) of MsgID 1`.
fn shown(alert: Cmd<'_>) -> String {
    let message = super::sta::common::number(alert.msg);
    let code = alert.text(alert.command.data);
    match alert.message().cmd_id(alert.command) {
        Some(id) => format!("Alert {id} ({code}) of {message}"),
        None => format!("Alert {code} without CmdID of {message}"),
    }
}
