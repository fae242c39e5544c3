//! How an Exec is answered: MOA-001.

use super::super::cx::{Cmd, Cx};
use super::super::rule::{Check, Clause, Judged, Rule, Scope};
use super::super::sta::common::{
    Answered, DREP, FUMO, ONE_GET, answered, is_inside, opened, proper_code, status_shown,
};
use super::super::sta::is_foreign_to_exec;
use crate::base::Severity;
use crate::syncml::CommandName;

pub(super) static LEGAL: Rule = Rule {
    id: "MOA-001",
    name: "exec-answered-with-foreign-code",
    title: "An Exec is answered with a code that an operation can have",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[Clause { document: DREP, section: "6.6.6 Exec" }, Clause { document: FUMO, section: "Exec Command" }],
    what: "The Status of an Exec has no code that speaks of an existing target (418), of other addresses (300 to 303, 305), or, outside an \
           Atomic, of its roll back (516). Results of operations, such as 1200, and codes that SyncML does not define are no matter of \
           this rule.",
    why: "The server cannot tell whether the operation runs, has ended or was refused.",
    mend: "Answer 202 for what ends later, 200 for what has ended, and a listed code such as 405, 406 or 500 else.",
    pass: &[opened!(" Exec ./FwUpdate/Update correlator=1", "device", " Status SyncHdr 200", " Status Exec 202")],
    violate: &[opened!(" Exec ./FwUpdate/Update correlator=1", "device", " Status SyncHdr 200", " Status Exec 418")],
    not_applicable: &[ONE_GET],
    check: Check::Answer(&[CommandName::Exec], legal),
    ..Rule::MUST
};

fn legal(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Answered::Command(exec) = answered(status) else { return };
    let Some(code) = proper_code(status.text(status.command.data)) else { return };
    let occasion = cx.occasion(status.at_node(status.command.data)).related(exec.at());
    if is_foreign_to_exec(code, is_inside(exec, CommandName::Atomic)) {
        occasion.violated(status_shown(status), "202, 200, or a failure such as 405, 406 or 500");
    }
}
