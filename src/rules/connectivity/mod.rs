//! Connectivity: requirements of the management-tree side, `CON-001` to `CON-011`.

use super::cx::{Cmd, Cx};
use super::mo::{SEEN, accuse, leaves, typed};
use super::rule::{Check, Clause, Family, Judged, LeftOut, Rule, Scope, Source};
use super::sta::common::ONE_GET;
use crate::base::Severity;
use crate::objects::{CONN_NAP, CONN_PROXY};
use crate::syncml::CommandName;
use std::net::{IpAddr, Ipv4Addr};

/// Where it is specified; the text itself could not be read.
const CLAUSE: &[Clause] = &[Clause { document: "OMA-DDS-DM_ConnMO-V1_0", section: "Network Access Point, Proxy" }];

const GIVEN: &[CommandName] = &[CommandName::Add, CommandName::Replace, CommandName::Results];

pub(super) static FAMILY: Family = Family {
    letters: "CON",
    title: "Connectivity",
    rules: &[&NAP, &ADDRESS_TYPE, &IP, &CREDENTIALS, &PROXY],
    left_out: &[
        LeftOut {
            id: "CON-001",
            title: "Access points and proxies have their identifiers",
            why: "That is how they are recognised: an object with another identifier is another object.",
        },
        LeftOut {
            id: "CON-004",
            title: "BearerType names a branch of BearerParams",
            why: "How bearers are spelt in the one and in the other could not be read.",
        },
        LeftOut {
            id: "CON-008",
            title: "References of accounts and proxies lead to nodes that exist",
            why: "References need not be URIs of nodes, and that a node is absent is seldom certain.",
        },
        LeftOut {
            id: "CON-009",
            title: "A reference follows the object that the device moves out of the Inbox",
            why: "Where the device has put the object is known only when the whole tree is read.",
        },
        LeftOut {
            id: "CON-010",
            title: "What was bootstrapped by Client Provisioning shows in the tree",
            why: "How the parameters of NAPDEF and PXLOGICAL become nodes of these objects could not be read in a specification.",
        },
        LeftOut {
            id: "CON-011",
            title: "Parameters of wireless networks are complete, and keys are not readable",
            why: "Names of these nodes could not be read.",
        },
    ],
    ..Family::NONE
};

pub(super) static NAP: Rule = Rule {
    id: "CON-002",
    name: "access-point-incomplete",
    title: "An access point has an identifier and a bearer",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of an access point of ConnMO, NAPID or ID is among them, and \
           BearerType. An observation where only names tell that it is one.",
    why: "Proxies and accounts cannot refer to it, or it cannot be used.",
    mend: "Offer NAPID and BearerType.",
    pass: &[typed!(
        "./N",
        "urn:oma:mo:oma-connmo-nap:1.0",
        " Get ./N\n",
        " Status Get 200\n Results ./N=NAPID/Addr/BearerType format=node\n"
    )],
    violate: &[
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Get ./N\n",
            " Status Get 200\n Results ./N=Name/Addr/BearerType format=node\n"
        ),
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Get ./N\n",
            " Status Get 200\n Results ./N=NAPID/Addr format=node\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(&[CommandName::Results], nap),
    ..SEEN
};
fn nap(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let instances = cx.instances();
    let place = cmd.place();
    for list in instances.lists().filter(|list| list.by == place && list.names().next().is_some()) {
        let Some(found) = instances.of_object(&CONN_NAP, &list.uri).filter(|found| found.path.is_empty()) else {
            continue;
        };
        if !list.names().any(|name| CONN_NAP.below("").any(|node| node.name().eq_ignore_ascii_case(name))) {
            continue;
        }
        let occasion = cx.occasion(cmd.at());
        let severity = (Severity::Warning, found.sureness);
        if !list.has("NAPID") && !list.has("ID") {
            accuse(occasion, severity, format!("{} has no NAPID", list.uri), "NAPID or ID");
        } else if !list.has("BearerType") {
            accuse(occasion, severity, format!("{} has no BearerType", list.uri), "BearerType");
        }
    }
}

pub(super) static ADDRESS_TYPE: Rule = Rule {
    id: "CON-003",
    name: "access-point-address-type-unknown",
    title: "The type of an address is a known word",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    severity: Severity::Info,
    strict: Severity::Info,
    source: Source::Memory,
    what: "A value of AddrType of an access point of ConnMO, in Results, Add or Replace, is APN, E164, SCODE, TETRA-ITSI, MAN, \
           SSID or ALPHA, or empty. The list may be longer: an observation.",
    why: "The device does not know how to use the address.",
    mend: "Send a known word.",
    pass: &[typed!(
        "./N",
        "urn:oma:mo:oma-connmo-nap:1.0",
        " Replace ./N/AddrType=APN format=chr\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./N",
        "urn:oma:mo:oma-connmo-nap:1.0",
        " Replace ./N/AddrType=Name format=chr\n",
        " Status Replace 200\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(GIVEN, address_type),
    ..SEEN
};
fn address_type(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &CONN_NAP).into_iter().filter(|leaf| leaf.is(&["AddrType"]) && !leaf.value.is_empty()) {
        let occasion = cx.occasion(leaf.at);
        if !leaf.node.values.iter().any(|one| one.value.eq_ignore_ascii_case(leaf.value)) {
            let known: Vec<&str> = leaf.node.values.iter().map(|one| one.value).collect();
            accuse(occasion, (Severity::Info, leaf.sureness), leaf.shown(), format!("one of {}", known.join(", ")));
        }
    }
}

pub(super) static IP: Rule = Rule {
    id: "CON-005",
    name: "access-point-ip-malformed",
    title: "IP parameters of an access point are addresses, true or false",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["MET-006"],
    what: "Below IP/IPv4 of an access point of ConnMO, in Results, Add or Replace: IPAddr, NetMask and Gateway are IPv4 \
           addresses, AutoConfig and AutoDNS true or false, addresses of name servers are IP addresses. Empty values say \
           nothing.",
    why: "The device has no connection.",
    mend: "Send addresses in their usual form.",
    pass: &[typed!(
        "./N",
        "urn:oma:mo:oma-connmo-nap:1.0",
        " Replace ./N/IP/IPv4/IPAddr=192.0.2.1 format=chr\n",
        " Status Replace 200\n"
    )],
    violate: &[
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Replace ./N/IP/IPv4/IPAddr=192.0.2 format=chr\n",
            " Status Replace 200\n"
        ),
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Replace ./N/IP/IPv4/AutoDNS=yes format=chr\n",
            " Status Replace 200\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(GIVEN, ip),
    ..SEEN
};
fn ip(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &CONN_NAP).into_iter().filter(|leaf| !leaf.value.is_empty()) {
        let (is_good, expected) = match leaf.node.path {
            "IP/IPv4/IPAddr" | "IP/IPv4/NetMask" | "IP/IPv4/Gateway" => {
                (leaf.value.parse::<Ipv4Addr>().is_ok(), "an IPv4 address")
            }
            "IP/IPv4/DNS/Servers/<X>/Addr" => (leaf.value.parse::<IpAddr>().is_ok(), "an IP address"),
            "IP/IPv4/AutoConfig" | "IP/IPv4/AutoDNS" => {
                (["true", "false"].iter().any(|word| word.eq_ignore_ascii_case(leaf.value)), "true or false")
            }
            _ => continue,
        };
        let occasion = cx.occasion(leaf.at);
        if !is_good {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), expected);
        }
    }
}

pub(super) static CREDENTIALS: Rule = Rule {
    id: "CON-006",
    name: "access-point-credentials",
    title: "Credentials of an access point are of a known kind, and its password is not readable",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "A value of AuthInfo/AuthType of an access point of ConnMO, in Results, Add or Replace, is PAP, CHAP, MSCHAP or \
           begins with EAP, or is empty; another one is an observation. Results for AuthInfo/AuthSecret have no value but \
           stars.",
    why: "Whoever may read the tree gets the password.",
    mend: "Refuse a Get of AuthSecret.",
    pass: &[typed!(
        "./N",
        "urn:oma:mo:oma-connmo-nap:1.0",
        " Replace ./N/AuthInfo/AuthType=PAP format=chr\n",
        " Status Replace 200\n"
    )],
    violate: &[
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Get ./N/AuthInfo/AuthSecret\n",
            " Status Get 200\n Results ./N/AuthInfo/AuthSecret=geheim format=chr\n"
        ),
        typed!(
            "./N",
            "urn:oma:mo:oma-connmo-nap:1.0",
            " Replace ./N/AuthInfo/AuthType=Magic format=chr\n",
            " Status Replace 200\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(GIVEN, credentials),
    ..SEEN
};
fn credentials(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &CONN_NAP) {
        match leaf.node.path {
            "AuthInfo/AuthSecret" if cmd.command.name == CommandName::Results => {
                let occasion = cx.occasion(leaf.at);
                if !leaf.value.trim_matches('*').is_empty() {
                    let seen = format!("Results with the value of {}", leaf.uri);
                    accuse(occasion, (Severity::Warning, leaf.sureness), seen, "Status 405, or no value");
                }
            }
            "AuthInfo/AuthType" => {
                let occasion = cx.occasion(leaf.at);
                let own = leaf.value.to_ascii_uppercase().replace('-', "");
                let is_known =
                    own.is_empty() || own.starts_with("EAP") || ["PAP", "CHAP", "MSCHAP"].contains(&own.as_str());
                if !is_known {
                    occasion.violated_as(Severity::Info, leaf.shown(), "PAP, CHAP, MSCHAP or EAP");
                }
            }
            _ => {}
        }
    }
}

pub(super) static PROXY: Rule = Rule {
    id: "CON-007",
    name: "proxy-incomplete",
    title: "A proxy has an identifier, a type and an address, and its ports are ports",
    judged: Judged::Sender,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of a proxy of ConnMO, ProxyId, ProxyType and Addr are among them; a \
           value of PortNbr, in Results, Add or Replace, is a number up to 65535. An observation where only names tell that it \
           is one.",
    why: "The device does not reach the server.",
    mend: "Offer the nodes that must be there; send the port as a number.",
    pass: &[typed!(
        "./P",
        "urn:oma:mo:oma-connmo-proxy:1.0",
        " Get ./P\n",
        " Status Get 200\n Results ./P=ProxyId/ProxyType/Addr/Ports format=node\n"
    )],
    violate: &[
        typed!(
            "./P",
            "urn:oma:mo:oma-connmo-proxy:1.0",
            " Get ./P\n",
            " Status Get 200\n Results ./P=ProxyId/Addr format=node\n"
        ),
        typed!(
            "./P",
            "urn:oma:mo:oma-connmo-proxy:1.0",
            " Replace ./P/Ports/1/PortNbr=80800 format=chr\n",
            " Status Replace 200\n"
        ),
    ],
    not_applicable: &[ONE_GET],
    check: Check::Command(GIVEN, proxy),
    ..SEEN
};
fn proxy(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let instances = cx.instances();
    let place = cmd.place();
    for list in instances.lists().filter(|list| list.by == place && list.names().next().is_some()) {
        let is_proxy = |found: &crate::objects::Found<'_>| found.object == &CONN_PROXY && found.path.is_empty();
        let Some(found) = instances.at(&list.uri).filter(is_proxy) else { continue };
        let missing: Vec<&str> = ["ProxyId", "ProxyType", "Addr"].into_iter().filter(|name| !list.has(name)).collect();
        let occasion = cx.occasion(cmd.at());
        if !missing.is_empty() {
            let seen = format!("{} has no {}", list.uri, missing.join(", no "));
            accuse(occasion, (Severity::Warning, found.sureness), seen, "ProxyId, ProxyType and Addr");
        }
    }
    for leaf in leaves(cmd, cx, &CONN_PROXY).into_iter().filter(|leaf| leaf.is(&["Ports/<X>/PortNbr"])) {
        let occasion = cx.occasion(leaf.at);
        if leaf.value.parse::<u16>().is_err() {
            accuse(occasion, (Severity::Warning, leaf.sureness), leaf.shown(), "a number up to 65535");
        }
    }
}
