//! Exceptions of the rules on operations that end later.

use super::super::proof::check;
use super::super::rule::Rule;
use super::super::sta::common::{opened, package_1};
use crate::base::Severity::{self, Info, Warning};

fn rule(id: &str) -> &'static Rule {
    super::super::find(id).unwrap_or_else(|| panic!("no {id}"))
}

fn exec(correlator: &str) -> String {
    format!(
        "{}server\n Status SyncHdr 200\n Status * 200\n Exec ./FwUpdate/Update{correlator}\ndevice\n Status SyncHdr 200\n Status * 202\nserver\n Status SyncHdr 200\n",
        package_1!()
    )
}

fn told(kind: &str, correlator: &str, code: &str) -> String {
    format!(
        "{} Alert 1226 source=./FwUpdate type={kind} format=chr data=200{correlator}\nserver\n Status SyncHdr 200\n Status Alert 200\n Status Replace 200\n{code}",
        package_1!()
    )
}

const UPDATE: &str = "org.openmobilealliance.dm.firmwareupdate.update";

#[test]
fn an_end_may_be_told_again_where_the_server_did_not_take_it_or_asked_again() {
    let sessions = |parts: &[String]| -> String {
        parts.iter().enumerate().map(|(at, part)| format!("session session={}\n{part}", at + 1)).collect()
    };
    let (own, taken, refused) = (" correlator=7", " Status Alert 200\n", " Status Alert 500\n");
    let table: &[(String, &[Severity])] = &[
        (sessions(&[exec(own), told(UPDATE, own, taken), told(UPDATE, own, taken)]), &[Warning]),
        (sessions(&[exec(own), told(UPDATE, own, refused), told(UPDATE, own, taken)]), &[]),
        (sessions(&[exec(own), told(UPDATE, own, taken), exec(own), told(UPDATE, own, taken)]), &[]),
        (sessions(&[exec(own), told(UPDATE, own, taken), exec(" correlator=8"), told(UPDATE, own, taken)]), &[]),
        (sessions(&[exec(""), told(UPDATE, "", taken), told(UPDATE, "", taken)]), &[Warning]),
        (sessions(&[exec(own), told("org.example.job", own, taken), told("org.example.job", own, taken)]), &[]),
        (
            sessions(&[
                exec(""),
                told("urn:oma:at:lawmo:1.0:OperationComplete", "", taken),
                told("urn:oma:at:lawmo:1.0:OperationComplete", "", taken),
            ]),
            &[],
        ),
        (
            sessions(&[
                exec(own),
                told("org.openmobilealliance.dm.firmwareupdate.download", own, taken),
                told(UPDATE, own, taken),
            ]),
            &[],
        ),
    ];
    for (script, expected) in table {
        check(rule("MOA-002"), &[(script.as_str(), expected)]);
    }
}

#[test]
fn an_end_without_exec_is_an_observation() {
    let known =
        format!("session session=1\n{}session session=2\n{}", exec(""), told(UPDATE, "", " Status Alert 200\n"));
    check(rule("MOA-003"), &[(known.as_str(), &[]), (told(UPDATE, "", " Status Alert 200\n").as_str(), &[Info])]);
}

#[test]
fn results_of_operations_may_be_the_status_of_an_exec() {
    let answered = |code: &str| {
        format!("{} Exec ./LAWMO/Operations/FullyLock\ndevice\n Status SyncHdr 200\n Status Exec {code}\n", opened!())
    };
    let codes: [(&str, &[Severity]); 6] =
        [("1200", &[]), ("202", &[]), ("409", &[]), ("418", &[Warning]), ("301", &[Warning]), ("516", &[Warning])];
    for (code, expected) in codes {
        check(rule("MOA-001"), &[(answered(code).as_str(), expected)]);
    }
    // No other rule accuses them either.
    let engine = super::super::Engine::new(super::super::Selection::default());
    for session in super::super::proof::sessions(&answered("1200")) {
        let findings = engine.judge(&session).findings;
        assert!(findings.iter().all(|finding| finding.severity < Warning), "{findings:?}");
    }
}
