//! The element Results itself: RES-012, RES-013, RES-014.

use super::super::cx::{Cmd, Cx};
use super::super::helper::quoted;
use super::super::rule::{Check, Effect, Judged, Level, Override, Rule, Scope, Source};
use super::{LEAF, NO_GET, RESULTS_DTD, reading};
use crate::base::Severity;
use crate::dm::Profile;
use crate::markup::Tag;
use crate::syncml::CommandName;

pub(super) static CMD_IN_RESULTS: Rule = Rule {
    id: "RES-012",
    name: "cmd-in-results",
    title: "Results have no Cmd",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[RESULTS_DTD],
    what: "Results have no element Cmd, which belongs to Status. Windows device management defines it for Results, so the \
           ms-mdm profile does not look.",
    why: "A server that validates messages against the DTD refuses the whole message.",
    mend: "Leave Cmd out of Results.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
    pass: &[LEAF],
    violate: &[reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5 cmd-name=Get")],
    not_applicable: &[
        NO_GET,
        reading!("Get ./Vendor/MSFT/x", "Status Get 200\n    Results ./Vendor/MSFT/x=5 cmd-name=Get"),
    ],
    check: Check::Command(&[CommandName::Results], cmd_in_results),
    ..Rule::MUST
};

fn cmd_in_results(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(results.at_node(results.command.cmd));
    if results.command.cmd.is_some() {
        occasion.violated(format!("Cmd {} in Results", quoted(results.text(results.command.cmd))), "no Cmd");
    }
}

pub(super) static ORDER: Rule = Rule {
    id: "RES-013",
    name: "results-out-of-order",
    title: "The elements of Results have the order of the DTD",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[RESULTS_DTD],
    what: "The elements of Results stand in the order CmdID, MsgRef, CmdRef, Meta, TargetRef, SourceRef, Item. Published \
           samples have CmdID behind MsgRef and CmdRef: outside strict mode that alone is information, and so is any order in \
           the ms-mdm profile. Elements that are absent or do not belong there are other rules' matter.",
    why: "A server that validates messages, or reads them element by element, refuses the Results.",
    mend: "Write the elements in the order of the DTD.",
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    pass: &[LEAF],
    violate: &[reading!(
        "Get ./A/x",
        "Status Get 200\n    xml <Results><Item><Source><LocURI>./A/x</LocURI></Source><Data>5</Data></Item><CmdID>3</CmdID>\
         <MsgRef>1</MsgRef><CmdRef>4</CmdRef></Results>"
    )],
    not_applicable: &[NO_GET],
    check: Check::Command(&[CommandName::Results], order),
    ..Rule::MUST
};

const fn rank(tag: Tag) -> Option<u8> {
    Some(match tag {
        Tag::CmdID => 0,
        Tag::MsgRef => 1,
        Tag::CmdRef => 2,
        Tag::Meta => 3,
        Tag::TargetRef => 4,
        Tag::SourceRef => 5,
        Tag::Item => 6,
        _ => return None,
    })
}

fn order(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let strict = cx.is_strict();
    let occasion = cx.occasion(results.at());
    let tree = results.message().tree();
    let elements = || {
        tree.elements(results.command.node).filter_map(|node| {
            let tag = tree.tag(node)?;
            Some((tag, rank(tag)?))
        })
    };
    let Some((late, early)) = misplaced(elements()) else { return };
    let name = |tag: Tag| tag.known_name().unwrap_or_default();
    let seen = format!("{} stands after {} in Results", name(late), name(early));
    let expected = "CmdID, MsgRef, CmdRef, Meta, TargetRef, SourceRef, Item";
    let only_cmd_id = late == Tag::CmdID
        && matches!(early, Tag::MsgRef | Tag::CmdRef)
        && misplaced(elements().filter(|(tag, _)| *tag != Tag::CmdID)).is_none();
    if only_cmd_id && !strict {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// The first element that stands after one that is due later, and that one.
fn misplaced(elements: impl Iterator<Item = (Tag, u8)>) -> Option<(Tag, Tag)> {
    let mut last: Option<(Tag, u8)> = None;
    for (tag, rank) in elements {
        match last {
            Some((before, highest)) if rank < highest => return Some((tag, before)),
            _ => last = Some((tag, rank)),
        }
    }
    None
}

pub(super) static NO_CMD_REF: Rule = Rule {
    id: "RES-014",
    name: "results-without-cmdref",
    title: "Results have a CmdRef",
    severity: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    source: Source::TextDtd,
    clause: &[RESULTS_DTD],
    what: "Results have a CmdRef that is not empty. One text reads an absent CmdRef as 1, hence only a warning outside strict \
           mode.",
    why: "Where the server sent more than one Get, nobody can say which was answered.",
    mend: "Copy the CmdID of the Get into CmdRef.",
    pass: &[LEAF],
    violate: &[reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5 nocmdref")],
    not_applicable: &[NO_GET],
    check: Check::Command(&[CommandName::Results], no_cmd_ref),
    ..Rule::MUST
};

fn no_cmd_ref(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let occasion = cx.occasion(results.at());
    if results.text(results.command.cmd_ref).is_empty() {
        let how = if results.command.cmd_ref.is_some() { "an empty CmdRef" } else { "no CmdRef" };
        occasion.violated(format!("Results with {how}"), "the CmdID of the Get in CmdRef");
    }
}
