//! How an Atomic ended: ATM-005 to ATM-011, ATM-015.

use super::{ATOMIC, DONE, IN_SEQUENCE, ROLLED_BACK, SEQUENCE};
use crate::base::Severity;
use crate::dm::{EntryId, Profile};
use crate::rules::cx::{Cmd, Cx};
use crate::rules::finding::Reason;
use crate::rules::rule::{Check, Clause, Effect, Judged, Level, Need, Override, Rule, Scope, Versions};
use crate::rules::sta::common::{CREP, ONE_GET, inside, is_done, is_failure, last_status, opened, shown, status_shown};
use crate::syncml::CommandName;

const ATOMICS: &[CommandName] = &[CommandName::Atomic];
const CODES: Clause = Clause { document: CREP, section: "10 Response Status Codes: 215, 216, 507, 516" };

/// A command inside an Atomic, with its last Status.
#[derive(Clone, Copy)]
struct Child<'s> {
    cmd: Cmd<'s>,
    status: Cmd<'s>,
    code: u16,
}

impl Child<'_> {
    /// Whether it stands directly in the Atomic. What becomes of an Atomic when a command of a Sequence inside it fails is
    /// written nowhere: a Sequence has 200 all the same.
    fn is_of(&self, atomic: Cmd<'_>) -> bool {
        self.cmd.command.parent == Some(atomic.id)
    }

    /// Whether it failed by itself, which makes the Atomic fail.
    fn has_failed(&self) -> bool {
        (is_failure(self.code) && self.code != 516) || matches!(self.code, 214 | 304)
    }

    /// Whether it changed something that can be undone, and says that it stayed done.
    fn stays_done(&self) -> bool {
        let changes = matches!(
            self.cmd.command.name,
            CommandName::Add | CommandName::Copy | CommandName::Delete | CommandName::Exec | CommandName::Replace
        );
        changes && is_done(self.code)
    }
}

/// The commands inside an Atomic that were answered, and whether all were.
fn children(atomic: Cmd<'_>) -> (Vec<Child<'_>>, bool) {
    let mut all = true;
    let mut answered = Vec::new();
    for cmd in inside(atomic) {
        match last_status(cmd) {
            Some((status, code)) => answered.push(Child { cmd, status, code }),
            None => all = false,
        }
    }
    (answered, all)
}

/// Whether a CmdID in the Atomic cannot be referred to: then nobody knows which Status is whose.
fn is_vague(atomic: Cmd<'_>) -> bool {
    let entry = atomic.msg.entry;
    !entry.is_sound(atomic.id) || inside(atomic).any(|cmd| !entry.is_sound(cmd.id))
}

pub(super) static ILLEGAL_ACCEPTED: Rule = Rule {
    id: "ATM-005",
    name: "illegal-command-in-atomic-accepted",
    title: "A Get or an Atomic inside an Atomic is refused",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Warning) }],
    what: "Where an Atomic holds a Get or another Atomic, that command is not answered with success, nor is the Atomic around it. \
           500 is the code for it; 507 for the Atomic around it is in use too, and other failing codes are not looked at. A \
           warning in the ms-mdm profile, whose grammar allows both.",
    why: "What the Get returns belongs to a state that may be undone, and nobody knows what of a nested Atomic is.",
    mend: "Answer 500 to the command, and 507 or 500 to the Atomic.",
    needs: &[Need::SoundCmdId],
    pass: &[opened!(
        " Atomic",
        "  Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Get 500",
    )],
    violate: &[opened!(
        " Atomic",
        "  Get ./Vendor/A",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 200",
        " Status Get 200",
        " Results ./Vendor/A=1",
    )],
    not_applicable: &[ONE_GET, DONE, IN_SEQUENCE],
    check: Check::Command(ATOMICS, illegal_accepted),
    ..Rule::MUST
};

fn illegal_accepted(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let is_illegal = |cmd: &Cmd<'_>| matches!(cmd.command.name, CommandName::Get | CommandName::Atomic);
    let mut illegal = inside(atomic).filter(|cmd| cmd.command.parent == Some(atomic.id)).filter(is_illegal).peekable();
    let Some(first) = illegal.peek().copied() else { return };
    let own = last_status(atomic);
    let answered: Vec<(Cmd<'_>, u16)> = own.into_iter().chain(illegal.filter_map(last_status)).collect();
    let Some((any, _)) = answered.first() else { return };
    match answered.iter().find(|(_, code)| matches!(code, 200..=299) && !matches!(code, 214..=216)) {
        None => cx.occasion(any.at()).held(),
        Some((status, _)) => {
            let occasion = cx.occasion(status.at()).related(first.at());
            if is_vague(atomic) {
                return occasion.undecided(Reason::AmbiguousReference);
            }
            let seen = format!("{}; {} stands in an Atomic", status_shown(*status), shown(first));
            occasion.violated(seen, "500 for the command, 507 or 500 for the Atomic around it");
        }
    }
}

pub(super) static SUCCESS: Rule = Rule {
    id: "ATM-006",
    name: "atomic-succeeds-with-failed-command",
    title: "An Atomic succeeds only when all of its commands do",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC],
    what: "Where an Atomic has 200, none of the commands directly in it has a failing code, 214, 215, 216 or 304. A command \
           without Status is another rule's matter.",
    why: "The server takes a change for made that was made by half.",
    mend: "Undo what was done, and answer 507 for the Atomic.",
    yields_to: &["ATM-005"],
    pass: &[DONE],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Delete ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 200",
        " Status Replace 200",
        " Status Delete 404",
    )],
    not_applicable: &[ONE_GET, ROLLED_BACK],
    check: Check::Command(ATOMICS, success),
    ..Rule::MUST
};

fn success(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((own, 200)) = last_status(atomic) else { return };
    let (children, _) = children(atomic);
    if children.is_empty() {
        return;
    }
    let occasion = cx.occasion(own.at()).related(atomic.at());
    let is_undone = |child: &&Child<'_>| child.has_failed() || matches!(child.code, 215 | 216 | 516);
    let Some(failed) = children.iter().filter(|child| child.is_of(atomic)).find(is_undone) else {
        return occasion.held();
    };
    if is_vague(atomic) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    let seen = format!("{}, and {}", status_shown(own), status_shown(failed.status));
    occasion.related(failed.status.at()).violated(seen, "507 where a command of the Atomic failed");
}

pub(super) static NO_FAILURE: Rule = Rule {
    id: "ATM-007",
    name: "atomic-fails-without-failed-command",
    title: "An Atomic fails because a command of it failed",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC],
    what: "Where an Atomic has 507 and every command in it has a Status, one of them has a failing code, 214 or 304. Where all of \
           them are undone or not executed, another rule says so.",
    why: "The server cannot tell what to change before it tries again.",
    mend: "Answer the command that failed with its own code.",
    yields_to: &["ATM-009"],
    pass: &[ROLLED_BACK],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Replace ./Vendor/B=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 200",
        " Status Replace 216",
    )],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(ATOMICS, no_failure),
    ..Rule::MUST
};

/// An Atomic with 507, its Status, and its commands, all of them answered.
fn failed(atomic: Cmd<'_>) -> Option<(Cmd<'_>, Vec<Child<'_>>)> {
    let (own, _) = last_status(atomic).filter(|(_, code)| *code == 507)?;
    let (children, is_whole) = children(atomic);
    (is_whole && !children.is_empty()).then_some((own, children))
}

fn no_failure(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((own, children)) = failed(atomic) else { return };
    let occasion = cx.occasion(own.at()).related(atomic.at());
    if children.iter().any(Child::has_failed) {
        return occasion.held();
    }
    if is_vague(atomic) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    let seen = format!("{}, and none of its commands failed", status_shown(own));
    occasion.violated(seen, "a failing code for the command that failed");
}

pub(super) static NO_OWN_CODE: Rule = Rule {
    id: "ATM-009",
    name: "failed-command-without-own-code",
    title: "The command that made an Atomic fail has its own code",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC],
    what: "Where an Atomic has 507 and every command in it has a Status, not all of these are 215, 216 or 516. With 517, too large \
           an answer, they may be.",
    why: "The server cannot tell which command failed, nor why.",
    mend: "Answer the command that failed with its own code, 216 what was undone, 215 what was not begun.",
    pass: &[ROLLED_BACK],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Replace ./Vendor/B=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 216",
        " Status Replace 216",
    )],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(ATOMICS, no_own_code),
    ..Rule::MUST
};

fn no_own_code(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((own, children)) = failed(atomic) else { return };
    let occasion = cx.occasion(own.at()).related(atomic.at());
    if children.iter().any(|child| !matches!(child.code, 215 | 216 | 516)) {
        return occasion.held();
    }
    if is_vague(atomic) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    let seen = format!("{}, and all of its commands have 215, 216 or 516", status_shown(own));
    occasion.violated(seen, "the code of its failure for the command that failed");
}

pub(super) static NOT_ROLLED_BACK: Rule = Rule {
    id: "ATM-008",
    name: "atomic-not-rolled-back",
    title: "What was done of an Atomic that fails is undone",
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC, CODES],
    what: "Where a command of an Atomic failed (4xx, 5xx, 214, 304), no Add, Copy, Delete, Exec or Replace of it keeps a code of \
           success, whether the Atomic has a failing code or, once its answer is complete, no Status at all. It is a warning \
           where that code was sent in an earlier message than the failure. An Atomic with 200 or 406 is another rule's matter.",
    why: "The tree is left between two states, which is what Atomic is there to prevent.",
    mend: "Undo the commands before the one that failed, and answer 216 for each, or 516 where that is impossible.",
    pass: &[ROLLED_BACK],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Delete ./Vendor/B",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Replace 200",
        " Status Delete 404",
    )],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(ATOMICS, not_rolled_back),
    ..Rule::MUST
};

fn not_rolled_back(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let own = last_status(atomic);
    if own.is_some_and(|(_, code)| !is_failure(code) || matches!(code, 401 | 406 | 407)) {
        return;
    }
    let (children, _) = children(atomic);
    let makes_fail = |child: &&Child<'_>| child.has_failed() && (own.is_some() || child.is_of(atomic));
    let Some(failed) = children.iter().find(makes_fail) else { return };
    let Some(done) = children.iter().find(|child| child.stays_done()) else {
        return cx.occasion(failed.status.at()).related(atomic.at()).held();
    };
    let session = atomic.session();
    let occasion = cx.occasion(done.status.at()).related(failed.status.at()).related(atomic.at());
    if is_vague(atomic) {
        return occasion.undecided(Reason::AmbiguousReference);
    }
    if own.is_none() {
        // Its Status, with 200, may still come.
        match session.answer_end(atomic.msg.id) {
            None => return occasion.undecided(Reason::EndNotCaptured),
            Some(end) if !session.is_whole_between(atomic.msg.id, end) => {
                return occasion.undecided(Reason::MessageLost);
            }
            Some(_) => {}
        }
    }
    let of_atomic = match own {
        Some((status, _)) => status_shown(status),
        None => format!("{} has no Status", shown(atomic)),
    };
    let seen = format!("{}, {}, and {of_atomic}", status_shown(done.status), status_shown(failed.status));
    let expected = "216 for what was undone, 516 where that is impossible";
    if done.status.msg.id < failed.status.msg.id {
        occasion.violated_as(Severity::Warning, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

pub(super) static AFTER_FAILURE: Rule = Rule {
    id: "ATM-010",
    name: "executed-behind-failed-command",
    title: "Commands of an Atomic behind the one that failed are not executed",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC, SEQUENCE],
    what: "In an Atomic that did not succeed, no command behind the first one that failed has 216, which says that it was executed \
           and undone. What stayed done is another rule's matter. A client that looks through all commands before it begins may \
           do so with reason, hence only a warning.",
    why: "The commands are to be executed in their order; side effects of what was needlessly done remain.",
    mend: "Stop at the first failure, and answer 215 for the rest.",
    pass: &[ROLLED_BACK],
    violate: &[opened!(
        " Atomic",
        "  Delete ./Vendor/B",
        "  Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 507",
        " Status Delete 404",
        " Status Replace 216",
    )],
    not_applicable: &[ONE_GET, DONE],
    check: Check::Command(ATOMICS, after_failure),
    ..Rule::MUST
};

fn after_failure(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    if last_status(atomic).is_some_and(|(_, code)| !is_failure(code) || matches!(code, 401 | 406 | 407)) {
        return;
    }
    let (children, _) = children(atomic);
    let mut rest = children.iter().skip_while(|child| !child.has_failed());
    let Some(failed) = rest.next() else { return };
    let can_be_undone =
        |child: &&Child<'_>| child.cmd.command.name != CommandName::Alert && !child.cmd.command.name.is_container();
    let mut behind = rest.filter(can_be_undone).peekable();
    if behind.peek().is_none() {
        return;
    }
    match behind.find(|child| child.code == 216) {
        None => cx.occasion(failed.status.at()).related(atomic.at()).held(),
        Some(undone) => {
            let occasion = cx.occasion(undone.status.at()).related(failed.status.at());
            if is_vague(atomic) {
                return occasion.undecided(Reason::AmbiguousReference);
            }
            let seen = format!("{}, behind {}", status_shown(undone.status), status_shown(failed.status));
            occasion.violated(seen, "215 for what stands behind the command that failed");
        }
    }
}

pub(super) static SPREAD: Rule = Rule {
    id: "ATM-011",
    name: "atomic-answered-over-several-messages",
    title: "An Atomic whose answer does not fit into one message fails with 517",
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::Package,
    clause: &[ATOMIC],
    what: "The Status elements of an Atomic with 200 and of its commands stand in one message. A client that can be sure of the \
           result may spread them, which nobody can see: it is an observation.",
    why: "Where the session breaks between the messages, the server does not know whether the Atomic was done.",
    mend: "Undo the Atomic and answer 517, or be sure that it can be executed as a whole.",
    pass: &[DONE],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "  Replace ./Vendor/B=1",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Atomic 200",
        " Status Replace 200",
        "server nofinal",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Status Replace 200 msgref=1 ref=6",
    )],
    not_applicable: &[ONE_GET, ROLLED_BACK],
    check: Check::Command(ATOMICS, spread),
    ..Rule::MUST
};

fn spread(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((own, 200)) = last_status(atomic) else { return };
    let (children, _) = children(atomic);
    if children.is_empty() {
        return;
    }
    let messages = || children.iter().map(|child| child.status.msg.id).chain([own.msg.id]);
    let range: Option<(EntryId, EntryId)> = messages().min().zip(messages().max());
    let occasion = cx.occasion(own.at()).related(atomic.at());
    if range.is_some_and(|(first, last)| first != last) {
        occasion.violated(format!("the Status elements for {} stand in several messages", shown(atomic)), "517");
    }
}

pub(super) static UNSUPPORTED: Rule = Rule {
    id: "ATM-015",
    name: "command-of-refused-atomic-executed",
    title: "Nothing of an Atomic that is not supported is executed",
    level: Level::May,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Package,
    clause: &[ATOMIC],
    what: "Where an Atomic has 406, since the client does not support it, none of its commands has a code of success: 406, 215 or \
           no Status are right.",
    why: "The server cannot tell whether the commands were executed one by one instead.",
    mend: "Answer 215 or 406 for each command of an Atomic that was refused, and execute none.",
    pass: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 406",
        " Status Replace 215",
    )],
    violate: &[opened!(
        " Atomic",
        "  Replace ./Vendor/A=1",
        "device",
        " Status SyncHdr 200",
        " Status Atomic 406",
        " Status Replace 200",
    )],
    not_applicable: &[ONE_GET, DONE, ROLLED_BACK],
    check: Check::Command(ATOMICS, unsupported),
    ..Rule::MAY
};

fn unsupported(atomic: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((own, 406)) = last_status(atomic) else { return };
    let (children, _) = children(atomic);
    let done = children.iter().find(|child| is_done(child.code));
    let occasion = cx.occasion(done.map_or(own, |child| child.status).at()).related(atomic.at());
    if let Some(child) = done {
        if is_vague(atomic) {
            return occasion.undecided(Reason::AmbiguousReference);
        }
        let seen = format!("{}, though {}", status_shown(child.status), status_shown(own));
        occasion.violated(seen, "215 or 406 for every command of it");
    }
}
