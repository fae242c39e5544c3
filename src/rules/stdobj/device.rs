//! What a device says of itself in DevInfo: STD-004, STD-005, STD-007.

use super::super::cx::Cx;
use super::super::evidence::{Told, Voice};
use super::super::helper::quoted;
use super::super::rule::{Check, Clause, Effect, Judged, Override, Rule, Scope};
use super::super::sta::common::{FIRST, ONE_GET, opened, shown};
use super::STDOBJ;
use crate::base::Severity;
use crate::dm::Profile;

const DEV_INFO: Clause = Clause { document: STDOBJ, section: "5.3.2 DevInfo" };

/// A session in which the server reads a node of DevInfo: the node and its value.
macro_rules! reading {
    ($node:literal, $value:literal) => {
        concat!(
            opened!(),
            " Get ./DevInfo/",
            $node,
            "\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./DevInfo/",
            $node,
            "=",
            $value,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}

/// What is told of a leaf of DevInfo, with a value.
fn leaves<'e, 's>(told: &'e [Told<'s>], leaf: &str) -> impl Iterator<Item = (&'e Told<'s>, &'s str)> {
    told.iter()
        .filter(move |told| told.path.strip_prefix("DevInfo/") == Some(leaf) && told.voice != Voice::Written)
        .filter_map(|told| {
            let value = told.plain().filter(|value| !value.is_empty())?;
            Some((told, value))
        })
}

pub(super) static DEV_ID: Rule = Rule {
    id: "STD-004",
    name: "device-id-changes-or-is-no-urn",
    title: "DevId is a URN, and the same throughout",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[DEV_INFO],
    overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
    what: "The value of ./DevInfo/DevId has the form of a URN: a name space, a colon, and the rest, as in IMEI:493005100592800. One \
           without a colon is a warning. Every further value in the session is the same text, else it is an error. Of Windows \
           devices, which send identifiers of their own, both are information.",
    why: "The server takes the device for two, or mixes it up with another one whose number is the same.",
    mend: "Send one identifier with its name space, such as IMEI: or urn:uuid:, and do not change it.",
    pass: &[ONE_GET, reading!("DevId", "IMEI:004400112233445")],
    violate: &[
        "device\n Alert 1201\n Replace ./DevInfo/DevId=12345 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en\n",
        reading!("DevId", "IMEI:004400112233446"),
    ],
    not_applicable: &["device\n Alert 1201\n"],
    check: Check::Session(|_, cx| dev_id(cx)),
    ..Rule::MUST
};

fn dev_id(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    let mut first: Option<(&Told<'_>, &str)> = None;
    for (told, value) in leaves(&evidence.told, "DevId") {
        let mut occasion = cx.occasion(told.at());
        if let Some((before, known)) = first.filter(|(_, known)| *known != value) {
            occasion = occasion.related(before.at());
            let seen =
                format!("DevId {} in {}; {} had {}", quoted(value), shown(told.cmd), shown(before.cmd), quoted(known));
            occasion.violated(seen, "the same DevId in the whole session");
        } else if first.is_none() && !value.contains(':') {
            occasion.violated_as(
                Severity::Warning,
                format!("DevId {}", quoted(value)),
                "a URN, such as IMEI: and the number",
            );
        }
        first = first.or(Some((told, value)));
    }
}

pub(super) static LANGUAGE: Rule = Rule {
    id: "STD-005",
    name: "language-is-no-tag",
    title: "Lang is a language tag",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Element,
    clause: &[DEV_INFO, Clause { document: "RFC 1766", section: "2 The Language tag" }],
    what: "The value of ./DevInfo/Lang is a language tag: parts of up to eight letters or digits, the first one letters only, joined by \
           hyphens. An empty value is another rule's matter.",
    why: "The server does not know in which language to speak to the user.",
    mend: "Write en-US, not en_US or English (United States).",
    pass: &[ONE_GET],
    violate: &[
        "device\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en_US\n",
    ],
    not_applicable: &["device\n Alert 1201\n"],
    check: Check::Session(|_, cx| language(cx)),
    ..Rule::MUST
};

fn language(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for (told, value) in leaves(&evidence.told, "Lang") {
        let occasion = cx.occasion(told.at());
        if !is_language(value) {
            occasion.violated(format!("Lang {}", quoted(value)), "a language tag, such as en-US");
        }
    }
}

fn is_language(value: &str) -> bool {
    value.split('-').enumerate().all(|(at, part)| {
        let fits = |octet: u8| octet.is_ascii_alphabetic() || (at > 0 && octet.is_ascii_digit());
        (1..=8).contains(&part.len()) && part.bytes().all(fits)
    })
}

pub(super) static READ_BACK: Rule = Rule {
    id: "STD-007",
    name: "device-information-differs",
    title: "DevInfo that is read is DevInfo that was sent",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[DEV_INFO],
    what: "Where a Get of ./DevInfo/Man, Mod, DmV or Lang returns a value, it is the one that the client has sent in its package 1 of the \
           session. A user may change the language meanwhile; hence only a warning. DevId has a rule of its own, and Ext may change.",
    why: "The server chose what to send by a value that does not hold.",
    mend: "Take both from the same place.",
    pass: &[reading!("Man", "Example")],
    violate: &[reading!("Man", "Other")],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Session(|_, cx| read_back(cx)),
    ..Rule::MUST
};

fn read_back(cx: &mut Cx<'_>) {
    let evidence = cx.evidence();
    for leaf in ["Man", "Mod", "DmV", "Lang"] {
        let mut sent = None;
        for (told, value) in leaves(&evidence.told, leaf) {
            if told.voice == Voice::Reported {
                sent = Some((told, value));
                continue;
            }
            let Some((before, known)) = sent else { continue };
            let occasion = cx.occasion(told.at()).related(before.at());
            if value != known {
                let seen = format!(
                    "{leaf} {} in {}; {} had {}",
                    quoted(value),
                    shown(told.cmd),
                    shown(before.cmd),
                    quoted(known)
                );
                occasion.violated(seen, "the same value");
            }
        }
    }
}
