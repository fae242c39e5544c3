//! What ACLs allow, and what was done: PRP-022, PRP-023, PRP-027.

use super::super::cx::Cx;
use super::super::finding::Reason;
use super::super::helper::{quoted, without_query};
use super::super::known::{Case, TND, cases, item_at, value};
use super::super::rule::{Check, Clause, Judged, Level, Rule, Scope};
use super::super::sta::common::{ONE_GET, command_at, is_done, opened, shown, status_shown};
use super::NO_ACLS;
use super::acl::{CHANGING, INHERITANCE, with_root};
use crate::base::Severity;
use crate::dm::{AuthState, Known, Place, Session};
use crate::syncml::CommandName;
use crate::tree::{self, Acl, Right};

const SYNTAX: Clause = Clause { document: TND, section: "7.7.1.5 ACL syntax" };
const VALUES: Clause = Clause { document: TND, section: "Addressing object values" };

/// What an ACL grants to the server of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Grant {
    /// Every server has the right.
    Everybody,
    /// None has it.
    Nobody,
    /// Servers are named, and this one is among them or not.
    Named(bool),
    /// Servers are named; which one this is was not seen.
    Unseen,
}

/// What an ACL grants to a server whose identifier may be known.
pub(super) fn grant(acl: &Acl, right: Right, id: Option<&str>) -> Grant {
    match (acl.of(right), id) {
        (Some(tree::Grant::Everybody), _) => Grant::Everybody,
        (None, _) => Grant::Nobody,
        (Some(tree::Grant::Servers(servers)), Some(id)) => Grant::Named(servers.contains(id)),
        (Some(tree::Grant::Servers(_)), None) => Grant::Unseen,
    }
}

/// The name under which the server proved itself to the client: its identifier (OMA-TS-DM_Security-V1_2_1, 5.3). A URI in
/// SyncHdr is none.
pub(super) fn server_id(session: &Session) -> Option<&str> {
    let track = &session.server_auth;
    if track.state != AuthState::Accepted {
        return None;
    }
    let messages = track.presented.iter().filter_map(|id| session.entry(*id)).map(|entry| &entry.message);
    let mut names = messages.map(|message| message.value(message.hdr.source_name));
    let first = names.next()??;
    names.all(|name| name == Some(first)).then_some(first)
}

/// The ACL that an Item tells, where it is well-formed.
pub(super) fn effective(session: &Session, (by, item): (Place, u32)) -> Option<Acl> {
    let cmd = command_at(session, by)?;
    let (acl, problems) = Acl::parse(value(cmd, item_at(cmd, item)?.data));
    let is_harmless = |problem: &tree::AclProblem| {
        matches!(problem, tree::AclProblem::Twice(_) | tree::AclProblem::WildcardBeside(_))
    };
    problems.iter().all(is_harmless).then_some(acl)
}

/// The right that a command needs (OMA-TS-DM_TND-V1_2_1, "ACL syntax").
const fn right_for(name: CommandName) -> Option<Right> {
    match name {
        CommandName::Add => Some(Right::Add),
        CommandName::Delete => Some(Right::Delete),
        CommandName::Exec => Some(Right::Exec),
        CommandName::Get => Some(Right::Get),
        CommandName::Replace => Some(Right::Replace),
        _ => None,
    }
}

/// A command for which the deciding ACL is known.
struct Decision<'s> {
    case: Case<'s>,
    right: Right,
    grant: Grant,
    acl: Acl,
}

/// Commands of a session for which the deciding ACL is known; changes of ACLs are apart.
fn decisions(session: &Session) -> impl Iterator<Item = Decision<'_>> {
    let id = server_id(session);
    cases(session, |fact| matches!(fact.known, Known::Access { .. })).filter_map(move |case| {
        let Known::Access { item } = case.fact.known else { return None };
        let right = right_for(case.cmd.command.name).filter(|_| case.property() != Some("ACL"))?;
        let acl = effective(session, (case.fact.by, item))?;
        Some(Decision { grant: grant(&acl, right, id), case, right, acl })
    })
}

impl Decision<'_> {
    fn seen(&self) -> String {
        format!(
            "{} of {}; the ACL that {} told is {}",
            status_shown(self.case.status),
            quoted(self.case.target()),
            shown(self.case.by),
            quoted(&self.acl.to_string())
        )
    }
}

/// A session in which the ACLs of the root and of ./V are read, and something is asked for.
macro_rules! asked {
    ($root:literal, $own:literal, $ask:literal, $status:literal) => {
        opened!(
            " Get .?prop=ACL",
            " Get ./V?prop=ACL",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            " Status Get 200",
            $root,
            $own,
            "server",
            " Status SyncHdr 200",
            $ask,
            "device",
            " Status SyncHdr 200",
            $status,
            "server",
            " Status SyncHdr 200",
        )
    };
}

pub(super) static REFUSED: Rule = Rule {
    id: "PRP-022",
    name: "permitted-command-refused",
    title: "A command that the ACL permits is not refused with 425",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[VALUES, SYNTAX],
    overrides: NO_ACLS,
    what: "An Add, Delete, Exec, Get or Replace is not answered with 425 where the ACL that decides, that of the node (of an Add: of \
           the node above) or the next one above it that is not empty, grants the right to everybody. Every ACL on the way must \
           have been read or written in the session, and be left alone since by the package, an Exec and a Delete. Where it \
           grants the right to the server by name, it is information. ACLs themselves are said at PRP-027; Copy, the Inbox and \
           serialised trees are not looked at.",
    why: "The server cannot do what it has the right to do.",
    mend: "Look for the ACL on the node and upwards until one has a value, and decide by that one alone.",
    pass: &[asked!(" Results .?prop=ACL=Add=*&Get=*", " Results ./V?prop=ACL=\"\"", " Get ./V", " Status Get 404")],
    violate: &[asked!(" Results .?prop=ACL=Add=*&Get=*", " Results ./V?prop=ACL=\"\"", " Get ./V", " Status Get 425")],
    not_applicable: &[
        ONE_GET,
        asked!(" Results .?prop=ACL=Add=*&Get=*", " Results ./V?prop=ACL=Add=*", " Get ./V", " Status Get 425"),
        asked!(" Results .?prop=ACL=Add=*&Get=*", " Results ./V?prop=ACL=\"\"", " Get ./V/x", " Status Get 425"),
    ],
    check: Check::Session(refused),
    ..Rule::MUST
};

fn refused(session: &Session, cx: &mut Cx<'_>) {
    for decision in decisions(session) {
        let case = &decision.case;
        let is_refused = case.fact.code == 425;
        if decision.grant == Grant::Nobody || decision.grant == Grant::Named(false) {
            continue;
        }
        // Where it was permitted all the same, nobody has to know.
        if decision.grant == Grant::Unseen && !is_refused {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if !is_refused {
            continue;
        }
        let expected = format!("the command to be executed: {} is granted", decision.right.name());
        match decision.grant {
            Grant::Everybody => occasion.violated(decision.seen(), expected),
            Grant::Named(_) => occasion.violated_as(Severity::Info, decision.seen(), expected),
            Grant::Nobody | Grant::Unseen => occasion.undecided(Reason::NotVisible),
        }
    }
}

pub(super) static ALLOWED: Rule = Rule {
    id: "PRP-023",
    name: "forbidden-command-executed",
    title: "A command that the ACL does not permit is not executed",
    level: Level::MustNot,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[INHERITANCE, SYNTAX],
    overrides: NO_ACLS,
    what: "An Add, Delete, Exec, Get or Replace does not succeed where the ACL that decides grants the right to no server. Where it \
           grants it to others by name, it is a warning. What must be known of ACLs, and what is not looked at, is said at \
           PRP-022.",
    why: "Whoever reaches the device can do what the ACL was set to prevent.",
    mend: "Answer 425 where the ACL does not grant the right.",
    pass: &[asked!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Results ./V?prop=ACL=Get=*",
        " Delete ./V",
        " Status Delete 425"
    )],
    violate: &[asked!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Results ./V?prop=ACL=Get=*",
        " Delete ./V",
        " Status Delete 200"
    )],
    not_applicable: &[
        ONE_GET,
        asked!(
            " Results .?prop=ACL=Add=*&Get=*",
            " Results ./V?prop=ACL=Delete=*",
            " Delete ./V",
            " Status Delete 200"
        ),
        asked!(" Results .?prop=ACL=Add=*&Get=*", " Results ./V?prop=ACL=Get=*", " Delete ./V/x", " Status Delete 200"),
    ],
    check: Check::Session(allowed),
    ..Rule::MUST
};

fn allowed(session: &Session, cx: &mut Cx<'_>) {
    for decision in decisions(session) {
        let case = &decision.case;
        let is_executed = is_done(case.fact.code) || case.fact.code == 202;
        match decision.grant {
            Grant::Everybody | Grant::Named(true) => continue,
            Grant::Unseen if !is_executed => continue,
            Grant::Nobody | Grant::Named(false) | Grant::Unseen => {}
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        if !is_executed {
            continue;
        }
        let expected = format!("425: {} is not granted", decision.right.name());
        match decision.grant {
            Grant::Nobody => occasion.violated(decision.seen(), expected),
            Grant::Named(_) => occasion.violated_as(Severity::Warning, decision.seen(), expected),
            Grant::Everybody | Grant::Unseen => occasion.undecided(Reason::NotVisible),
        }
    }
}

pub(super) static ACL_CHANGE: Rule = Rule {
    id: "PRP-027",
    name: "acl-changed-without-right",
    title: "Who may replace the node above, or an interior node itself, may change its ACL",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[CHANGING],
    overrides: NO_ACLS,
    what: "A Replace of `?prop=ACL` does not succeed where neither the ACL that decides about the node above grants Replace nor, of a \
           node that is not known to be a leaf, that of the node itself; and it is not answered with 425 where the one above does, \
           or, of an interior node, that of the node. A success is an error where nobody is granted the right, else a warning, and \
           so is a refusal of what everybody may do; what hangs on the name of the server is information then. What must be \
           known of ACLs is said at PRP-022.",
    why: "A server takes over nodes that are not its own, or loses those that are.",
    mend: "For a leaf, look at the node above alone; for an interior node, at both.",
    pass: &[asked!(
        " Results .?prop=ACL=Add=*&Get=*",
        " Results ./V?prop=ACL=Get=*",
        " Replace ./V?prop=ACL=Get=a",
        " Status Replace 425"
    )],
    violate: &[
        asked!(
            " Results .?prop=ACL=Add=*&Get=*",
            " Results ./V?prop=ACL=Get=*",
            " Replace ./V?prop=ACL=Get=a",
            " Status Replace 200"
        ),
        asked!(
            " Results .?prop=ACL=Add=*&Replace=*",
            " Results ./V?prop=ACL=Get=*",
            " Replace ./V?prop=ACL=Get=a",
            " Status Replace 425"
        ),
    ],
    not_applicable: &[
        ONE_GET,
        with_root!(
            " Results .?prop=ACL=Add=*&Get=*",
            " Replace ./V?prop=ACL=Get=a",
            "device",
            " Status SyncHdr 200",
            " Status Replace 200"
        ),
    ],
    check: Check::Session(acl_change),
    ..Rule::MUST
};

fn acl_change(session: &Session, cx: &mut Cx<'_>) {
    let id = server_id(session);
    for case in cases(session, |fact| matches!(fact.known, Known::Access { .. })) {
        let Known::Access { item } = case.fact.known else { continue };
        if case.cmd.command.name != CommandName::Replace || case.property() != Some("ACL") {
            continue;
        }
        let is_root = super::is_root(case.target());
        let replace = |at| Some(grant(&effective(session, at)?, Right::Replace, id));
        let above = case.beside().find_map(|fact| match fact.known {
            Known::AccessAbove { item } => replace((fact.by, item)),
            _ => None,
        });
        let (Some(own), Some(above)) = (replace((case.fact.by, item)), above.or(is_root.then_some(Grant::Nobody)))
        else {
            continue;
        };
        let is_leaf = case.is_also(Known::Leaf);
        let is_interior = is_root || case.is_also(Known::Interior);
        let own_counts = !is_leaf;
        let is_denied = |grant| matches!(grant, Grant::Nobody | Grant::Named(false));
        let is_granted = |grant| matches!(grant, Grant::Everybody | Grant::Named(true));
        let is_forbidden = is_denied(above) && (!own_counts || is_denied(own));
        let is_permitted = is_granted(above) || is_interior && is_granted(own);
        let is_success = is_done(case.fact.code);
        if !(is_forbidden || is_permitted || own == Grant::Unseen || above == Grant::Unseen) {
            continue;
        }
        let occasion = cx.occasion(case.status.at()).related(case.cmd.at()).related(case.by.at());
        let seen = format!("{} of {}", status_shown(case.status), quoted(without_query(case.target())));
        if is_forbidden && is_success {
            let is_sure = above == Grant::Nobody && (!own_counts || own == Grant::Nobody);
            let expected = "425: Replace is granted neither by the ACL above nor by that of an interior node";
            if is_sure {
                occasion.violated(seen, expected);
            } else {
                occasion.violated_as(Severity::Warning, seen, expected);
            }
        } else if is_permitted && case.fact.code == 425 {
            let is_sure = above == Grant::Everybody || is_interior && own == Grant::Everybody;
            let severity = if is_sure { Severity::Warning } else { Severity::Info };
            occasion.violated_as(severity, seen, "200: Replace is granted");
        } else if !is_forbidden && !is_permitted && (is_success || case.fact.code == 425) {
            occasion.undecided(Reason::NotVisible);
        }
    }
}
