//! What stands in a provisioning document: BST-002 to BST-007.

use super::{ALONE, CP, DM, OTHER, PROV_CONT, STD, account, groups, of_server, place, session};
use crate::base::Severity;
use crate::dm::{Bootstrap, Session};
use crate::provisioning::{self, Characteristic, Document, characteristics};
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Rule, Source};

/// What rules on provisioning documents share.
pub(super) const OF_DOCUMENT: Rule = Rule {
    judged: Judged::Server,
    severity: Severity::Warning,
    strict: Severity::Warning,
    source: Source::Code,
    ..Rule::MUST
};

const MAPPING: Clause = Clause { document: STD, section: "Appendix: mapping of the w7 application characteristic" };

/// The documents of a session that could be read whole. `cut` is told the others.
pub(super) fn documents(session: &Session, mut cut: impl FnMut()) -> impl Iterator<Item = (&Bootstrap, &Document)> {
    session.bootstraps.iter().filter_map(move |bootstrap| {
        let document = bootstrap.document()?;
        if document.fault.is_some() {
            cut();
            return None;
        }
        Some((bootstrap, document))
    })
}

pub(super) static HEADER: Rule = Rule {
    id: "BST-002",
    name: "provisioning-wbxml-header",
    title: "The WBXML of a provisioning document begins as it should",
    clause: &[Clause { document: PROV_CONT, section: "Binary encoding" }],
    what: "A provisioning document in WBXML has version 1.1 to 1.3 (01 to 03), the public identifier 0B, by number or by text, and the \
           character set UTF-8 (6A). US-ASCII, ISO-8859-1, and no character set, are told.",
    why: "The device does not know which document it is, and drops it.",
    mend: "Begin with 03 0B 6A.",
    pass: &[CP],
    violate: &[
        account!("publicid=0d"),
        "bootstrap body-hex=000b00c5460101\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n",
        account!("charset=04"),
        account!("charset=0c"),
    ],
    not_applicable: &[ALONE, DM, account!("encoding=xml")],
    check: Check::Session(header),
    ..OF_DOCUMENT
};

fn header(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let Some(document) = bootstrap.document() else { continue };
        if document.encoding != provisioning::Encoding::Wbxml {
            continue;
        }
        let occasion = of_server(cx);
        let Some(header) = provisioning::wbxml_header(&bootstrap.push.body) else {
            occasion.undecided(Reason::Undecodable);
            continue;
        };
        let at = place(bootstrap);
        match header.charset {
            _ if header.version == 0 => occasion.violated(format!("WBXML 1.0 {at}"), "WBXML 1.1, 1.2 or 1.3"),
            _ if !header.is_provisioning => {
                let seen = format!("the public identifier {:#04x} {at}", header.public_id);
                occasion.violated(seen, "0x0b, that of provisioning documents");
            }
            Some(106) => {}
            Some(number @ (0 | 3 | 4)) => {
                let seen = format!("the character set with the number {number} {at}");
                occasion.violated_as(Severity::Info, seen, "106, UTF-8");
            }
            number => {
                let number = number.map_or("no".to_owned(), |number| number.to_string());
                occasion.violated(format!("the character set with the number {number} {at}"), "106, UTF-8");
            }
        }
    }
}

pub(super) static VERSION: Rule = Rule {
    id: "BST-003",
    name: "provisioning-document-version",
    title: "A provisioning document has version 1.0 or 1.1",
    clause: &[Clause { document: PROV_CONT, section: "The wap-provisioningdoc element" }],
    what: "The attribute version of the root, where it is there, is 1.0 or 1.1.",
    why: "A device that knows these two drops the document.",
    mend: "Write version=\"1.1\".",
    pass: &[CP, account!("version=1.0")],
    violate: &[account!("version=3")],
    not_applicable: &[ALONE, DM],
    check: Check::Session(version),
    ..OF_DOCUMENT
};

fn version(session: &Session, cx: &mut Cx<'_>) {
    for bootstrap in &session.bootstraps {
        let Some(version) = bootstrap.document().and_then(|document| document.version.as_deref()) else { continue };
        let occasion = of_server(cx);
        if !matches!(version.trim(), "1.0" | "1.1") {
            occasion.violated(format!("version {} {}", quoted(version), place(bootstrap)), "1.0 or 1.1");
        }
    }
}

pub(super) static NESTING: Rule = Rule {
    id: "BST-004",
    name: "characteristic-misplaced",
    title: "Groups of a provisioning document stand where they belong",
    source: Source::Memory,
    clause: &[Clause { document: PROV_CONT, section: "Characteristics" }],
    what: "A group (characteristic) of a known type stands in the root, or in a group of the type that it belongs to: PORT in PXLOGICAL, \
           PXPHYSICAL or APPADDR, APPAUTH in APPLICATION, and so on. Types that are not known, and what stands in groups of such \
           types or in VENDORCONFIG, are not asked about.",
    why: "The device does not find the group, and the account or connection lacks what is in it.",
    mend: "Put the group into the one that it describes.",
    pass: &[
        CP,
        groups!(
            "    VENDORCONFIG NAME=Own\n        APPAUTH AAUTHLEVEL=CLIENT\n    OWN-GROUP X=1\n        PORT PORTNBR=1\n    NAPDEF NAPID=A\n"
        ),
    ],
    violate: &[
        account!("", "    APPAUTH AAUTHLEVEL=CLIENT\n"),
        groups!("    NAPDEF NAPID=A\n        PORT PORTNBR=1\n"),
    ],
    not_applicable: &[ALONE, DM, groups!("    OWN-GROUP X=1\n")],
    check: Check::Session(nesting),
    ..OF_DOCUMENT
};

/// Where groups of known types stand; the root is the empty text (OMA-WAP-TS-ProvCont-V1_1, section 4).
const PARENTS: &[(&str, &[&str])] = &[
    ("BOOTSTRAP", &[""]),
    ("NAPDEF", &[""]),
    ("NAPAUTHINFO", &["NAPDEF"]),
    ("VALIDITY", &["NAPDEF"]),
    ("PXLOGICAL", &[""]),
    ("PXAUTHINFO", &["PXLOGICAL"]),
    ("PORT", &["PXLOGICAL", "PXPHYSICAL", "APPADDR"]),
    ("PXPHYSICAL", &["PXLOGICAL"]),
    ("CLIENTIDENTITY", &[""]),
    ("VENDORCONFIG", &[""]),
    ("APPLICATION", &[""]),
    ("APPADDR", &["APPLICATION"]),
    ("APPAUTH", &["APPLICATION"]),
    ("RESOURCE", &["APPLICATION"]),
    ("ACCESS", &[""]),
];

fn parents(kind: &str) -> Option<&'static [&'static str]> {
    PARENTS.iter().find(|(known, _)| *known == kind).map(|(_, parents)| *parents)
}

fn nesting(session: &Session, cx: &mut Cx<'_>) {
    let mut cut = 0_u32;
    for (bootstrap, document) in documents(session, || cut += 1) {
        let mut todo: Vec<(&str, &Characteristic)> =
            characteristics(&document.items).map(|group| ("", group)).collect();
        let mut is_known = false;
        let mut misplaced = None;
        while let Some((above, group)) = todo.pop() {
            let Some(parents) = parents(&group.kind) else { continue };
            is_known = true;
            if !parents.contains(&above) {
                misplaced = Some((above, group, parents));
            }
            if group.kind != "VENDORCONFIG" {
                todo.extend(characteristics(&group.items).map(|inner| (group.kind.as_str(), inner)));
            }
        }
        if !is_known {
            continue;
        }
        let occasion = of_server(cx);
        if let Some((above, group, parents)) = misplaced {
            let name = |kind: &str| if kind.is_empty() { "the root".to_owned() } else { kind.to_owned() };
            let expected: Vec<String> = parents.iter().map(|kind| name(kind)).collect();
            let seen = format!("{} in {} {}", group.kind, name(above), place(bootstrap));
            occasion.violated(seen, format!("it stands in {}", expected.join(" or ")));
        }
    }
    (0..cut).for_each(|_| of_server(cx).undecided(Reason::Undecodable));
}

pub(super) static ACCOUNT: Rule = Rule {
    id: "BST-005",
    name: "provisioning-account-incomplete",
    title: "An account for DM has a server, an address, and credentials for both sides",
    source: Source::Memory,
    clause: &[MAPPING],
    what: "An application w7 has PROVIDER-ID, an address (ADDR, its own or that of an APPADDR), and APPAUTH with AAUTHLEVEL APPSRV and \
           with CLIENT. Where an AAUTHLEVEL is none that is known, or absent, the credentials are left to the rule on it.",
    why: "The device has no server to call, or one of the sides cannot show who it is.",
    mend: "Give PROVIDER-ID, an APPADDR with ADDR, and an APPAUTH for each side.",
    pass: &[CP],
    violate: &[
        groups!(
            "    APPLICATION APPID=w7 ADDR=https://dm.example.com/dm\n        APPAUTH AAUTHLEVEL=APPSRV\n        APPAUTH AAUTHLEVEL=CLIENT\n"
        ),
        groups!(
            "    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com\n        APPAUTH AAUTHLEVEL=APPSRV\n        APPAUTH AAUTHLEVEL=CLIENT\n"
        ),
        groups!(
            "    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com ADDR=https://dm.example.com/dm\n        APPAUTH AAUTHLEVEL=APPSRV\n"
        ),
    ],
    not_applicable: &[ALONE, DM, OTHER],
    check: Check::Session(account),
    ..OF_DOCUMENT
};

fn account(session: &Session, cx: &mut Cx<'_>) {
    let mut cut = 0_u32;
    for (bootstrap, document) in documents(session, || cut += 1) {
        for account in document.applications("w7") {
            let has = |value: Option<&str>| value.is_some_and(|value| !value.trim().is_empty());
            let levels: Vec<&str> =
                account.groups("APPAUTH").map(|group| group.value("AAUTHLEVEL").unwrap_or_default()).collect();
            let are_known = levels.iter().all(|level| LEVELS.contains(level));
            let mut missing = Vec::new();
            if !has(account.value("PROVIDER-ID")) {
                missing.push("PROVIDER-ID");
            }
            if !has(account.value("ADDR")) && !account.groups("APPADDR").any(|group| has(group.value("ADDR"))) {
                missing.push("an address (ADDR)");
            }
            for (level, text) in [("APPSRV", "APPAUTH with APPSRV"), ("CLIENT", "APPAUTH with CLIENT")] {
                if are_known && !levels.contains(&level) {
                    missing.push(text);
                }
            }
            let occasion = of_server(cx);
            if !missing.is_empty() {
                let seen = format!("an application w7 without {} {}", missing.join(" and "), place(bootstrap));
                occasion.violated(seen, "PROVIDER-ID, an address, APPAUTH for both sides");
            }
        }
    }
    (0..cut).for_each(|_| of_server(cx).undecided(Reason::Undecodable));
}

/// Values of AAUTHLEVEL.
const LEVELS: [&str; 3] = ["APPSRV", "CLIENT", "OBEX"];

pub(super) static LEVEL: Rule = Rule {
    id: "BST-006",
    name: "provisioning-aauthlevel",
    title: "AAUTHLEVEL of an account for DM is APPSRV, CLIENT or OBEX",
    source: Source::Text,
    clause: &[MAPPING],
    what: "AAUTHLEVEL of an APPAUTH in an application w7 is APPSRV, CLIENT or OBEX. CLCRED and SRVCRED are the words of the tree, into \
           which the device turns them.",
    why: "The device does not know whose credentials they are.",
    mend: "Write APPSRV for what the client shows, CLIENT for what the server shows.",
    pass: &[CP],
    violate: &[
        groups!("    APPLICATION APPID=w7\n        APPAUTH AAUTHLEVEL=SERVER\n"),
        groups!("    APPLICATION APPID=w7\n        APPAUTH AAUTHLEVEL=CLCRED\n"),
    ],
    not_applicable: &[ALONE, DM, OTHER, groups!("    APPLICATION APPID=w5\n        APPAUTH AAUTHLEVEL=SERVER\n")],
    check: Check::Session(level),
    ..OF_DOCUMENT
};

/// The values of a parameter in the APPAUTH groups of accounts for DM.
fn auth_values<'s>(session: &'s Session, name: &'static str) -> impl Iterator<Item = (&'s Bootstrap, &'s str)> {
    session.bootstraps.iter().flat_map(move |bootstrap| {
        let accounts = bootstrap.document().into_iter().flat_map(|document| document.applications("w7"));
        let groups = accounts.flat_map(|account| account.groups("APPAUTH"));
        groups.filter_map(move |group| Some((bootstrap, group.value(name)?)))
    })
}

fn level(session: &Session, cx: &mut Cx<'_>) {
    for (bootstrap, value) in auth_values(session, "AAUTHLEVEL") {
        let occasion = of_server(cx);
        if !LEVELS.contains(&value) {
            let seen = format!("AAUTHLEVEL {} {}", quoted(value), place(bootstrap));
            occasion.violated(seen, "APPSRV, CLIENT or OBEX");
        }
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "BST-007",
    name: "provisioning-aauthtype",
    title: "AAUTHTYPE of an account for DM names types that are known",
    source: Source::Text,
    clause: &[Clause { document: STD, section: "AAuthType" }, MAPPING],
    what: "AAUTHTYPE of an APPAUTH in an application w7 is one of HTTP-BASIC, HTTP-DIGEST, BASIC, DIGEST, HMAC, X509, SECURID, SAFEWORD, \
           DIGIPASS, TRANSPORT, or several of them with commas between.",
    why: "The device does not know how to show who it is.",
    mend: "Write DIGEST for syncml:auth-md5, BASIC for syncml:auth-basic, HMAC for syncml:auth-MAC.",
    pass: &[CP, groups!("    APPLICATION APPID=w7\n        APPAUTH AAUTHTYPE=\"HTTP-BASIC,DIGEST\"\n")],
    violate: &[groups!("    APPLICATION APPID=w7\n        APPAUTH AAUTHTYPE=MD4\n")],
    not_applicable: &[ALONE, DM, OTHER],
    check: Check::Session(kind),
    ..OF_DOCUMENT
};

fn kind(session: &Session, cx: &mut Cx<'_>) {
    const TYPES: [&str; 10] = [
        "HTTP-BASIC",
        "HTTP-DIGEST",
        "BASIC",
        "DIGEST",
        "HMAC",
        "X509",
        "SECURID",
        "SAFEWORD",
        "DIGIPASS",
        "TRANSPORT",
    ];
    for (bootstrap, value) in auth_values(session, "AAUTHTYPE") {
        let occasion = of_server(cx);
        if !value.split(',').all(|part| TYPES.contains(&part.trim())) {
            let seen = format!("AAUTHTYPE {} {}", quoted(value), place(bootstrap));
            occasion.violated(seen, TYPES.join(", "));
        }
    }
}
