//! Exceptions of the rules on meta information.

use super::super::proof::{check, judge};
use super::super::{Engine, Mode, Rule, Selection};
use super::{formats, places, values};
use crate::base::Severity::{self, Error, Info, Warning};

/// A server that replaces something: options and Items of the Replace, and what follows it.
fn replace(item: &str) -> String {
    format!("device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Replace {item}\n")
}

fn strictly(rule: &'static Rule, script: &str) -> Vec<Severity> {
    let engine = Engine::with_rules(vec![rule], Selection { mode: Mode::Strict, ..Selection::default() });
    let sessions = super::super::proof::sessions(script);
    let findings = sessions.iter().flat_map(|session| engine.judge(session).findings);
    findings.map(|finding| finding.severity).collect()
}

#[test]
fn formats_in_other_case_and_of_a_later_version() {
    check(
        &formats::FORMAT,
        &[
            (&replace("./A=1 format=INT"), &[Warning]),
            (&replace("format=\" chr \" ./A=1"), &[]),
            (&replace("./A=1 format=date").replacen("device", "session version=1.1\ndevice", 1), &[Warning]),
            (&replace("./A=1 format=text/plain"), &[Error]),
            // Meta of Cred and Chal.
            ("device cred=raw:text:abc\n Alert 1201\n", &[]),
        ],
    );
}

#[test]
fn types_of_all_kinds() {
    check(
        &formats::TYPE,
        &[
            (&replace("./A=1 type=\"text/plain; charset=UTF-8\""), &[]),
            (&replace("./A=1 type=urn:oma:mo:oma-fumo:1.0"), &[]),
            (&replace("./A=1 type=org.openmobilealliance/1.0/w7"), &[]),
            (&replace("./A=1 type=bin"), &[Warning]),
            (&replace("./A=1 type=\"text plain\""), &[Warning]),
            (&replace("./A=1 type=text/"), &[Warning]),
            ("device\n Alert 1201\n Alert 1226 type=done format=chr data=1\n", &[]),
        ],
    );
}

#[test]
fn base64_and_what_is_near_it() {
    let b64 = |value: &str| replace(&format!("./A=\"{value}\" format=b64"));
    check(
        &values::BASE64,
        &[
            (&b64("aGVsbG8="), &[]),
            (&b64("aGVs\\n bG8="), &[]),
            (&b64(""), &[]),
            (&b64("aGVsbG8"), &[Warning]),
            (&b64("a==="), &[Warning]),
            (&b64("aGVsb"), &[Warning]),
            (&b64("aGV-"), &[Warning]),
        ],
    );
    assert_eq!(strictly(&values::BASE64, &b64("aGVsbG8")), [Warning]);
    assert_eq!(strictly(&values::BASE64, &b64("a*==")), [Error]);
}

#[test]
fn values_in_parts_are_judged_whole() {
    let parts = |first: &str, second: &str| {
        format!(
            "device\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n \
             Replace ./A={first} format=b64 size=8 more\ndevice nofinal\n Status SyncHdr 200\n Status Replace 213\n \
             Alert 1222\nserver\n Status SyncHdr 200\n Status Alert 200\n Replace ./A={second} format=b64\n"
        )
    };
    check(&values::BASE64, &[(&parts("aGVsb", "G8="), &[]), (&parts("aGVsb", "G*="), &[Warning])]);
    let (tally, findings) = judge(&values::BASE64, &parts("aGVsb", "G8=").replace("server\n", "server lost\n"));
    assert_eq!((tally.occasions, tally.undecided_in_all(), findings.len()), (1, 1, 0));
}

#[test]
fn binary_data_by_encoding() {
    let bin = |value: &str| replace(&format!("./A{value} format=bin"));
    let wbxml =
        |script: &str| script.replace("server", "server encoding=wbxml").replacen("device", "device encoding=wbxml", 1);
    check(
        &values::BIN_IN_XML,
        &[
            (&bin("=aGVsbG8="), &[Error]),
            (&bin("="), &[]),
            (&bin(""), &[]),
            // The builder says b64 where it writes base64.
            (&bin("#=0001"), &[]),
            (&wbxml(&bin("#=0001")), &[]),
        ],
    );
    check(&values::INTEGER, &[(&wbxml(&replace("./A#=ff00 format=int")), &[Warning])]);
}

#[test]
fn numbers_dates_and_times() {
    let value = |format: &str, value: &str| replace(&format!("./A=\"{value}\" format={format}"));
    check(
        &values::INTEGER,
        &[(&value("int", "+7"), &[]), (&value("int", ""), &[Warning]), (&value("int", "0x1F"), &[Warning])],
    );
    assert_eq!(strictly(&values::INTEGER, &value("int", "")), [Warning]);
    assert_eq!(strictly(&values::INTEGER, &value("int", "x")), [Error]);
    check(&values::BOOLEAN, &[(&value("bool", "TRUE"), &[]), (&value("bool", "yes"), &[Warning])]);
    let right = [
        ("date", "20071231"),
        ("date", "2007-12-31"),
        ("date", "2007-W52-1"),
        ("time", "235959"),
        ("time", "23:59"),
        ("time", "T23:59:59.5+01:00"),
        ("time", "235959-0100"),
        ("float", "1"),
        ("float", ".5"),
        ("float", "1.E-3"),
    ];
    for (format, text) in right {
        check(&values::DATE_TIME_FLOAT, &[(&value(format, text), &[])]);
    }
    for text in ["2007-12-31T23:59:59Z", "20071231T235959+0100"] {
        check(&values::DATE_TIME_FLOAT, &[(&value("time", text), &[]), (&value("date", text), &[Warning])]);
    }
    check(&values::DATE_TIME_FLOAT, &[(&value("time", "2007T11 pm"), &[Warning])]);
    for (format, text) in [("date", "07-12-31"), ("time", "23:5"), ("time", "11 pm"), ("float", "1,5"), ("float", "e5")]
    {
        check(&values::DATE_TIME_FLOAT, &[(&value(format, text), &[Warning])]);
    }
    check(&values::NULL, &[(&value("null", " \\n "), &[])]);
}

#[test]
fn sizes_as_they_are_carried() {
    check(
        &values::SIZE,
        &[
            (&replace("./A=\"\u{e4}\u{f6}\" size=4"), &[]),
            (&replace("./A=\"\u{e4}\u{f6}\" size=2"), &[Info]),
            (&replace("./A=\"a<b\" size=3"), &[]),
            (&replace("./A=\"a<b\" size=6"), &[]),
            (&replace("./A=\" ab \" size=2"), &[]),
            (&replace("./A=aGVsbG8= format=b64 size=5"), &[Warning]),
            (&replace("./A= size=37214"), &[]),
            (&replace("./A size=37214"), &[]),
            (&replace("./A=hello type=application/vnd.oma.dd+xml size=37214"), &[]),
            (&replace("size=5 ./A=hello"), &[]),
            (&replace("size=5 ./A=hello ./B=x"), &[]),
            (&replace("./A=hello size=12 more"), &[]),
        ],
    );
}

#[test]
fn limits_and_their_values() {
    let header = |options: &str| format!("device {options}\n Alert 1201\n");
    check(
        &places::MAX_MSG_SIZE,
        &[
            (&header("maxmsg=0"), &[Warning]),
            (&header("maxmsg=199"), &[Warning]),
            (&header("maxmsg=-5"), &[Error]),
            (&header("maxmsg=99999999999999999999999"), &[]),
        ],
    );
    check(&places::MAX_OBJ_SIZE, &[(&header("maxobj=0"), &[]), (&header("maxobj=1.5"), &[Error])]);
}

#[test]
fn nonces_where_they_may_be_tolerated() {
    let nonce = "<NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce>";
    check(
        &places::NEXT_NONCE,
        &[
            (&format!("device cred=basic:a:b\n Alert 1201\n patch \"</Format>\" => \"</Format>{nonce}\"\n"), &[Info]),
            (&format!("device\n Alert 1201\n Replace ./Vendor/MSFT/A=1\n hdr-xml <Meta>{nonce}</Meta>\n"), &[Info]),
        ],
    );
}

#[test]
fn emi_may_be_repeated() {
    let emi = "<EMI xmlns='syncml:metinf'>x</EMI>";
    check(&places::TWICE, &[(&format!("device\n Alert 1201\n hdr-xml <Meta>{emi}{emi}</Meta>\n"), &[])]);
    check(&places::TWICE, &[(&format!("{} type=a/b type=a/b", replace("./A=1").trim_end()), &[Warning])]);
}
