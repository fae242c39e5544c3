//! What the parts of a provisioning document say of one another: BST-008, BST-009.

use super::document::{OF_DOCUMENT, documents};
use super::{ALONE, CP, DM, PROV_CONT, groups, of_server, place, session};
use crate::dm::Session;
use crate::provisioning::{Characteristic, Document, characteristics, parms};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Rule, Source};
use std::collections::BTreeSet;

pub(super) static RESOLVE: Rule = Rule {
    id: "BST-008",
    name: "provisioning-reference-dangling",
    title: "References of a provisioning document lead to something in it",
    source: Source::Memory,
    clause: &[Clause { document: PROV_CONT, section: "TO-NAPID, TO-PROXY" }],
    what: "Each TO-NAPID is INTERNET, or the NAPID of a NAPDEF of the document; each TO-PROXY the PROXY-ID of a PXLOGICAL. Those of \
           bootstrap messages to the same device before it count as well.",
    why: "The account has no connection to use, or the device drops it.",
    mend: "Refer to a NAPDEF or PXLOGICAL that comes with the document, or to INTERNET.",
    pass: &[
        CP,
        groups!(
            "    PXLOGICAL PROXY-ID=P\n        PXPHYSICAL PHYSICAL-PROXY-ID=1 TO-NAPID=INTERNET\n    APPLICATION APPID=w2 TO-PROXY=P\n"
        ),
        concat!("bootstrap\n    NAPDEF NAPID=A\n", groups!("    APPLICATION APPID=w2 TO-NAPID=A\n")),
    ],
    violate: &[
        groups!("    NAPDEF NAPID=NAP1\n    APPLICATION APPID=w2 TO-NAPID=NAP9\n"),
        groups!("    APPLICATION APPID=w2 TO-PROXY=P\n"),
    ],
    not_applicable: &[ALONE, DM, groups!("    NAPDEF NAPID=A\n")],
    check: Check::Session(resolve),
    ..OF_DOCUMENT
};

/// Every group of a document, those in others among them.
fn all_groups(document: &Document) -> Vec<&Characteristic> {
    let mut all: Vec<&Characteristic> = characteristics(&document.items).collect();
    let mut at = 0;
    while let Some(group) = all.get(at).copied() {
        all.extend(characteristics(&group.items));
        at += 1;
    }
    all
}

/// The values of a parameter of all groups, in the order of the document.
fn values<'d>(groups: &[&'d Characteristic], name: &'static str) -> impl Iterator<Item = &'d str> {
    groups
        .iter()
        .flat_map(move |group| parms(&group.items).filter(move |parm| parm.name == name))
        .filter_map(|parm| parm.value.as_deref())
}

fn resolve(session: &Session, cx: &mut Cx<'_>) {
    let (mut naps, mut proxies) = (BTreeSet::from(["INTERNET"]), BTreeSet::new());
    let mut cut = 0_u32;
    for (bootstrap, document) in documents(session, || cut += 1) {
        let groups = all_groups(document);
        naps.extend(values(&groups, "NAPID"));
        proxies.extend(values(&groups, "PROXY-ID"));
        for (name, known) in [("TO-NAPID", &naps), ("TO-PROXY", &proxies)] {
            for value in values(&groups, name) {
                let occasion = of_server(cx);
                if !known.contains(value) {
                    let target = if name == "TO-NAPID" { "a NAPDEF" } else { "a PXLOGICAL" };
                    let seen = format!("{name} {} {}", quoted(value), place(bootstrap));
                    occasion.violated(seen, format!("{target} of that name in the document"));
                }
            }
        }
    }
    (0..cut).for_each(|_| of_server(cx).undecided(Reason::Undecodable));
}

pub(super) static UNIQUE: Rule = Rule {
    id: "BST-009",
    name: "provisioning-identifier-twice",
    title: "Identifiers of a provisioning document occur once",
    source: Source::Memory,
    clause: &[Clause { document: PROV_CONT, section: "NAPID, PROXY-ID, PHYSICAL-PROXY-ID" }],
    what: "No two NAPDEF of a document have the same NAPID, no two PXLOGICAL the same PROXY-ID, and no two PXPHYSICAL of one PXLOGICAL \
           the same PHYSICAL-PROXY-ID.",
    why: "What refers to it may get the other one.",
    mend: "Give each its own identifier.",
    pass: &[CP],
    violate: &[
        groups!("    NAPDEF NAPID=A\n    NAPDEF NAPID=A\n"),
        groups!(
            "    PXLOGICAL PROXY-ID=P\n        PXPHYSICAL PHYSICAL-PROXY-ID=1\n        PXPHYSICAL PHYSICAL-PROXY-ID=1\n"
        ),
    ],
    not_applicable: &[ALONE, DM, groups!("    APPLICATION APPID=w2\n")],
    check: Check::Session(unique),
    ..OF_DOCUMENT
};

fn unique(session: &Session, cx: &mut Cx<'_>) {
    let mut cut = 0_u32;
    for (bootstrap, document) in documents(session, || cut += 1) {
        let top: Vec<&Characteristic> = characteristics(&document.items).collect();
        let of = |kind: &'static str| top.iter().copied().filter(move |group| group.kind == kind);
        let mut lists: Vec<(&'static str, Vec<&str>)> = Vec::new();
        for (kind, name) in [("NAPDEF", "NAPID"), ("PXLOGICAL", "PROXY-ID")] {
            lists.push((name, of(kind).filter_map(|group| group.value(name)).collect()));
        }
        for proxy in of("PXLOGICAL") {
            let name = "PHYSICAL-PROXY-ID";
            lists.push((name, proxy.groups("PXPHYSICAL").filter_map(|group| group.value(name)).collect()));
        }
        if lists.iter().all(|(_, list)| list.is_empty()) {
            continue;
        }
        let mut seen = BTreeSet::new();
        let mut twice = None;
        for (at, (name, list)) in lists.iter().enumerate() {
            for value in list {
                if !seen.insert((at, *value)) {
                    twice = twice.or(Some((*name, *value)));
                }
            }
        }
        let occasion = of_server(cx);
        if let Some((name, value)) = twice {
            let seen = format!("{name} {} twice {}", quoted(value), place(bootstrap));
            occasion.violated(seen, "an identifier for each");
        }
    }
    (0..cut).for_each(|_| of_server(cx).undecided(Reason::Undecodable));
}
