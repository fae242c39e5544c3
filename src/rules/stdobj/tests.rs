//! Exceptions of the rules on standard objects.

use super::super::proof::{check, judge};
use super::super::rule::Rule;
use super::super::sta::common::opened;
use crate::base::Severity::{self, Error, Info, Warning};

fn rule(id: &str) -> &'static Rule {
    super::super::find(id).unwrap_or_else(|| panic!("no {id}"))
}

/// A session in which the server reads something: Get, Status of it, and the Results.
fn reading(get: &str, code: &str, results: &str) -> String {
    let results = if results.is_empty() { String::new() } else { format!(" Results {results}\n") };
    format!(
        "{} Get {get}\ndevice\n Status SyncHdr 200\n Status Get {code}\n{results}server\n Status SyncHdr 200\n",
        opened!()
    )
}

fn holds(id: &str, table: &[(String, &[Severity])]) {
    for (script, expected) in table {
        check(rule(id), &[(script.as_str(), expected)]);
    }
}

#[test]
fn a_device_may_call_itself_many_things() {
    let first = |device_id: &str, lang: &str| {
        format!(
            "device\n Alert 1201\n Replace ./DevInfo/DevId=\"{device_id}\" ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang={lang}\n"
        )
    };
    holds(
        "STD-004",
        &[
            (first("urn:uuid:4A3D7B1C-0E52-4F60-9C11-7D2B8A6E5F03", "en"), &[]),
            (first("IMEI: 493005100592800", "en"), &[]),
            (first("MAC:00:11", "en"), &[]),
            (first("A493005100592800", "en"), &[Warning]),
            (reading("./DevInfo/DevId", "200", "./DevInfo/DevId?prop=Type=text/plain"), &[]),
        ],
    );
    let windows = first("A493005100592800", "en")
        .replace("device\n", "device header=\"User-Agent: MSFT OMA DM Client/1.2.0.1\"\n");
    check(rule("STD-004"), &[(windows.as_str(), &[Info])]);
    holds(
        "STD-005",
        &[
            (first("IMEI:1", "zh-Hant-TW"), &[]),
            (first("IMEI:1", "en-US-x-1"), &[]),
            (first("IMEI:1", "\"English (US)\""), &[Warning]),
            (first("IMEI:1", "englishlanguage"), &[Warning]),
        ],
    );
}

#[test]
fn what_a_device_lists_may_be_more_and_may_be_hidden() {
    let all = "URI/DevTyp/OEM/FwV/SwV/HwV/LrgObj";
    holds(
        "STD-008",
        &[
            (reading("./DevDetail", "200", &format!("./DevDetail={all}/Ext/Bearer/More format=node")), &[]),
            (reading("./DevDetail", "200", "./DevDetail=Ext format=node"), &[]),
            (reading("./DevDetail", "425", ""), &[]),
            (reading("./DevDetail/FwV", "425", ""), &[]),
            (reading("./DevDetail/FwV", "405", ""), &[Error]),
            (reading("./DevDetail/Ext", "404", ""), &[]),
            (reading("./DevDetail/FwV?prop=Title", "404", ""), &[]),
            (reading("./DevDetail/URI", "200", "./DevDetail/URI=MaxDepth/MaxTotLen format=node"), &[Error]),
        ],
    );
    let (tally, _) = judge(rule("STD-008"), &reading("./DevDetail", "200", "./DevDetail=Ext format=node"));
    assert_eq!(tally.undecided_in_all(), 1);
    holds(
        "STD-011",
        &[
            (reading("./DevDetail", "200", &format!("./DevDetail={all}/Ext format=node")), &[]),
            (reading("./DevDetail/Ext/Foo", "200", "./DevDetail/Ext/Foo=1"), &[]),
            (reading("./DevDetail/Foo", "200", "./DevDetail/Foo=1"), &[Info]),
        ],
    );
}

#[test]
fn values_of_dev_detail_have_some_play() {
    let limit =
        |value: &str| reading("./DevDetail/URI/MaxSegLen", "200", &format!("./DevDetail/URI/MaxSegLen={value}"));
    holds(
        "STD-009",
        &[
            (limit("65535"), &[]),
            (limit("0"), &[]),
            (limit("+5"), &[Warning]),
            (limit("000000"), &[]),
            (limit("-1"), &[Error]),
            (limit("65536"), &[Error]),
        ],
    );
    let large = |value: &str| reading("./DevDetail/LrgObj", "200", &format!("./DevDetail/LrgObj={value}"));
    holds(
        "STD-010",
        &[
            (large("false"), &[]),
            (large("TRUE format=bool"), &[Info]),
            (large("true format=chr"), &[Info]),
            (large("1"), &[Error]),
        ],
    );
    let kind =
        |uri: &str, value: &str| reading(&format!("{uri}?prop=Type"), "200", &format!("{uri}?prop=Type={value}"));
    holds(
        "STD-012",
        &[
            (kind("./DevDetail", "urn:oma:mo:oma-dm-devdetail:1.2"), &[]),
            (kind("./DMAcc/srv", "org.openmobilealliance/1.0/w7"), &[]),
            (kind("./DMAcc", "x/y"), &[]),
            (kind("./DevInfo", ""), &[Info]),
            (kind("./DevInfo", "text/plain"), &[Info]),
            (kind("./Inbox", "urn:oma:mo:oma-dm-devinfo:1.0"), &[Warning]),
        ],
    );
}

#[test]
fn leaves_of_accounts_are_judged_by_what_is_known_of_them() {
    let told =
        |leaf: &str| reading("./DMAcc/srv", "200", leaf).replace("Get ./DMAcc/srv", "Get ./DMAcc/srv?list=StructData");
    holds(
        "STD-015",
        &[
            (told("./DMAcc/srv/AppAddr/1/AddrType=\"\""), &[]),
            (told("./DMAcc/srv/AppAddr/1/AddrType=IPV4"), &[Info]),
            (told("./DMAcc/srv/AppAddr/1/AddrType=DNS"), &[Warning]),
            (told("./SyncML/DMAcc/srv/AddrType=1"), &[]),
        ],
    );
    holds(
        "STD-016",
        &[
            (told("./DMAcc/srv/AppAddr/1/Port/1/PortNbr=443"), &[]),
            (told("./DMAcc/srv/AppAddr/1/Port/1/PortNbr=0"), &[Info]),
            (told("./DMAcc/srv/AppAddr/1/Port/1/PortNbr=70000"), &[Warning]),
        ],
    );
    holds(
        "STD-017",
        &[
            (told("./DMAcc/srv/AppAuth/1/AAuthLevel=HTTP ./DMAcc/srv/AppAuth/1/AAuthType=HTTP-DIGEST"), &[]),
            (told("./DMAcc/srv/AppAuth/1/AAuthLevel=HTTP ./DMAcc/srv/AppAuth/2/AAuthType=DIGEST"), &[]),
            (told("./DMAcc/srv/AppAuth/1/AAuthLevel=APPSRV"), &[Warning]),
        ],
    );
    holds("STD-018", &[(told("./DMAcc/srv/AAuthPref=\"\""), &[]), (told("./DMAcc/srv/AAuthPref=x"), &[Warning])]);
    holds(
        "STD-019",
        &[
            (told("./DMAcc/srv/AppAuth/1/AAuthSecret=****"), &[Info]),
            (told("./DMAcc/srv/AppAuth/1/AAuthData=abc"), &[Warning]),
            (told("./DMAcc/srv/AppAuth/1/AAuthName=abc"), &[]),
        ],
    );
    // The device says that it is an account.
    let proven = format!(
        "{} Get ./DMAcc/srv?prop=Type\n Get ./DMAcc/srv/AppAuth/1/AAuthSecret\ndevice\n Status SyncHdr 200\n Status Get 200\n Status Get 200\n Results ./DMAcc/srv?prop=Type=urn:oma:mo:oma-dm-dmacc:1.0\n Results ./DMAcc/srv/AppAuth/1/AAuthSecret=hush\n",
        opened!()
    );
    let (_, findings) = judge(rule("STD-019"), &proven);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].severity, Error);
    assert!(!findings[0].seen.contains("hush"), "{}", findings[0].seen);
}

#[test]
fn the_inbox_takes_objects() {
    let add = |add: &str| format!("{} {add}\n", opened!());
    holds(
        "STD-022",
        &[
            (add("Add ./Inbox/A format=node type=urn:oma:mo:oma-dm-dmacc:1.0"), &[]),
            (add("Add ./Inbox/A/AppID=w7"), &[]),
            (add("Exec ./Inbox/A"), &[Warning]),
            (add("Get ./Inbox/A"), &[]),
            (add("Delete ./InboxOfMine/A"), &[]),
        ],
    );
}
