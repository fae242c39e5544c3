//! Exceptions of the Alert rules.

use super::super::proof::check;
use super::super::rule::Rule;
use super::super::{Engine, Mode, Selection};
use super::{abort, codes, events, objects};
use crate::base::Severity::{self, Error, Info, Warning};

/// Severities of what one rule finds in strict mode.
fn strictly(rule: &'static Rule, script: &str) -> Vec<Severity> {
    let engine = Engine::with_rules(vec![rule], Selection { mode: Mode::Strict, ..Selection::default() });
    let sessions = super::super::proof::sessions(script);
    let findings = sessions.iter().flat_map(|session| engine.judge(session).findings);
    findings.map(|finding| finding.severity).collect()
}

#[test]
fn codes_depend_on_the_version() {
    check(
        &codes::DEFINED,
        &[
            ("session version=1.1\ndevice\n Alert 1201\n Alert 1226 type=a.b format=chr data=1\n", &[Warning]),
            ("device\n Alert 1201\n Alert 1227\n", &[Error]),
            ("session version=1.3\ndevice\n Alert 1201\n Alert 1227\n", &[Warning]),
            ("session version=1.3\ndevice\n Alert 1201\n Alert 1105\n", &[Error]),
            ("device\n Alert 1201\n Alert 70000\n", &[Error]),
            ("device\n Alert 1201\n patch \"1201\" => \"x\"\n", &[]),
        ],
    );
    check(&codes::CODE, &[("device\n Alert 1201\n patch \"<Data>1201\" => \"<Data>alert\"\n", &[Error])]);
}

#[test]
fn events_of_old_clients_and_of_windows() {
    check(&events::EVENT_ITEM, &[("session version=1.1\ndevice\n Alert 1201\n Alert 1224\n", &[Warning])]);
    check(
        &events::EVENT_META,
        &[
            ("device\n Alert 1201\n Alert 1224 type=com.microsoft/MDM/LoginStatus data=user\n", &[Info]),
            ("session version=1.1\ndevice\n Alert 1201\n Alert 1224 type=a.b data=user\n", &[Warning]),
            // The rest of an event that the message before began.
            (
                "device nofinal\n Alert 1201\n Alert 1224 type=a.b format=chr size=4 data=ab more\n\
                 server nofinal\n Status SyncHdr 200\n Status Alert 200\n Status Alert 213\n Alert 1222\n\
                 device\n Status SyncHdr 200\n Status Alert 200\n Alert 1224 data=cd\n",
                &[],
            ),
        ],
    );
    check(
        &events::AFTER_SESSION_ALERT,
        &[
            ("device\n Alert 1226 type=com.microsoft/MDM/LoginStatus format=chr data=user\n Alert 1201\n", &[]),
            ("device\n Alert 1224 type=a.b format=chr data=user\n Alert 1201\n", &[]),
            ("device\n Alert 1226 type=a.b format=chr data=user\n Alert 1201\n", &[Warning]),
        ],
    );
}

#[test]
fn parts_of_a_generic_alert_may_lack_meta() {
    const REST: &str = "device nofinal\n Alert 1201\n Alert 1226 source=./A type=a.b format=chr size=4 data=ab more\n\
                        server nofinal\n Status SyncHdr 200\n Status Alert 200\n Status Alert 213\n Alert 1222\n\
                        device\n Status SyncHdr 200\n Status Alert 200\n Alert 1226 source=./A data=cd\n";
    check(&events::GENERIC_META, &[(REST, &[]), (&REST.replacen("device nofinal", "device nofinal lost", 1), &[])]);
}

#[test]
fn types_of_generic_alerts() {
    let alert = |kind: &str| format!("device\n Alert 1201\n Alert 1226 type=\"{kind}\" format=chr data=1\n");
    check(
        &events::GENERIC_TYPE,
        &[
            (&alert("Content-Type: text/plain"), &[]),
            (&alert("org.example.alert/name"), &[]),
            (&alert("com.microsoft:mdm.unenrollment.userrequest"), &[]),
            (&alert("done"), &[Warning]),
        ],
    );
    assert_eq!(strictly(&events::GENERIC_TYPE, &alert("org.example.alert")), [Warning]);
    assert_eq!(strictly(&events::GENERIC_TYPE, &alert("update done")), [Error]);
    check(&events::MARK, &[(&alert("a.b").replace("format", "mark=Critical format"), &[Warning])]);
}

#[test]
fn aborts_that_were_refused_or_are_answered_by_the_client() {
    check(
        &abort::NO_COMMANDS,
        &[("device\n Alert 1201\n Alert 1223\nserver\n Status SyncHdr 407 chal=basic\n Status * 407\n Get ./A\n", &[])],
    );
    check(&abort::ACKNOWLEDGED, &[("device\n Alert 1201\n Alert 1223 cmd=1\nserver\n Status SyncHdr 200\n", &[])]);
}

#[test]
fn objects_that_leave_nothing_open() {
    let broken = |code: &str, uri: &str| {
        format!(
            "device\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n \
             Replace ./Vendor/A=Hello size=12 more\ndevice nofinal\n Status SyncHdr 200\n Status Replace {code}\n \
             Alert 1222\nserver\n Status SyncHdr 200\n Status Alert 200\n Replace {uri}=x\ndevice\n Status SyncHdr 200\n \
             Status Replace 200\n"
        )
    };
    check(
        &objects::BROKEN_OBJECT,
        &[
            (&broken("213", "./Vendor/B"), &[Error]),
            (&broken("413", "./Vendor/B"), &[]),
            (&broken("213", "Vendor/A"), &[]),
        ],
    );
}
