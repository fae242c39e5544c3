use super::{answers, device_info, exchange, finality, opening};
use crate::base::Severity::{Error, Info, Warning};
use crate::rules::finding::Reason;
use crate::rules::proof::{check, judge, sessions};
use crate::rules::rule::Rule;
use crate::rules::sta::common::{after_package_1, opened};
use crate::rules::{Engine, Selection};

/// A script in which a rule finds nothing, and cannot say so many times for this reason.
fn undecided(rule: &'static Rule, script: &str, reason: Reason) {
    let (tally, findings) = judge(rule, script);
    assert!(findings.is_empty(), "{}: {findings:?}\n{script}", rule.id);
    assert!(tally.undecided_for(reason) > 0, "{}: {tally:?}\n{script}", rule.id);
}

#[test]
fn a_missing_final_is_held_against_the_side_that_left_it_out() {
    check(
        &finality::MISSING,
        &[
            // Refused, or not the last message after all.
            (after_package_1!("server nofinal", " Status SyncHdr 404", " Status * 404"), &[Warning]),
            (after_package_1!("server nofinal", " Status SyncHdr 407 chal=basic", " Status * 407"), &[]),
            (opened!(" patch <Final/> => \"\"", "device", " Status SyncHdr 200"), &[]),
            // The server cannot close a package of the client that is open.
            ("device nofinal\n Alert 1201\nserver nofinal\n Status SyncHdr 200\n Status Alert 200\n", &[]),
            // One Final of the client, and going on is the server's fault.
            (
                opened!(
                    " Get ./A",
                    "device nofinal",
                    " Status SyncHdr 200",
                    " Status Get 404",
                    "server",
                    " Status SyncHdr 200",
                    " Get ./B",
                    "device nofinal",
                    " Status SyncHdr 200",
                    " Status Get 404",
                ),
                &[],
            ),
        ],
    );
}

#[test]
fn an_answer_after_final_is_late_only_where_it_is_the_first() {
    let later = |first: &str, second: &str| {
        format!(
            "{}device\n Status SyncHdr 200\n {first}\nserver\n Status SyncHdr 200\n Get ./B\ndevice\n Status SyncHdr 200\n \
             Status Get 404\n {second}\n",
            opened!(" Exec ./A")
        )
    };
    check(
        &finality::EARLY,
        &[
            (&later("Status Exec 202", "Status Exec 200 msgref=1 ref=4"), &[]),
            (&later("Status Exec 101", "Status Exec 200 msgref=1 ref=4"), &[]),
            (&later("Alert 1226 type=org.example.e format=chr data=x", "Status Exec 200 msgref=1 ref=4"), &[Error]),
            // A refused package is sent again with everything in it.
            (
                opened!(
                    " Get ./A",
                    "device",
                    " Status SyncHdr 407 chal=basic",
                    " Status Get 407",
                    "server cred=basic:a:b",
                    " Status SyncHdr 200",
                    " Get ./A",
                    "device",
                    " Status SyncHdr 212",
                    " Status Get 404",
                ),
                &[],
            ),
        ],
    );
    check(&finality::EMPTY_AND_SINGLE, &[("device\n Alert 1201\n patch <Final/> => \"<Final> </Final>\"\n", &[Info])]);
}

#[test]
fn a_client_may_close_where_the_server_is_at_fault_or_was_refused() {
    let answered = |first: &str, device: &str| {
        format!(
            "{}server nofinal\n Status SyncHdr 200\n Status * 200\n {first}\ndevice\n {device}\n",
            after_package_1!()
        )
    };
    check(
        &finality::BEFORE_SERVER,
        &[
            (&answered("Replace ./A=Hello size=12 more", "Status SyncHdr 200\n Status Replace 413"), &[Info]),
            (&answered("Replace ./A=Hello size=12 more", "Status SyncHdr 200\n Status Replace 213\n Alert 1223"), &[]),
            (&answered("Replace ./A=Hello size=12 more", "Status SyncHdr 407 chal=basic\n Status Replace 407"), &[]),
            (&answered("Get ./A", "Status SyncHdr 200\n Status Get 404"), &[]),
        ],
    );
    check(
        &finality::SERVER_ALWAYS,
        &[
            (after_package_1!("server nofinal", " Status SyncHdr 407 chal=basic", " Status * 407"), &[Info]),
            (after_package_1!("server nofinal", " Status SyncHdr 200", " Status * 200"), &[]),
            (opened!(" Alert 1223", " patch <Final/> => \"\""), &[]),
        ],
    );
    let strict = Engine::new(Selection {
        select: vec!["PKG-006".to_owned()],
        mode: crate::rules::Mode::Strict,
        ..Selection::default()
    });
    let found = strict.judge(&sessions(opened!(" Get ./A", " patch <Final/> => \"\""))[0]).findings;
    assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Error]);
}

#[test]
fn a_session_alert_may_come_again_where_the_client_may_begin_again() {
    let again = |answer: &str| {
        format!(
            "{}{answer}\ndevice cred=basic:a:b\n Status SyncHdr 200\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\n",
            after_package_1!()
        )
    };
    for script in [
        again("server\n Status SyncHdr 407 chal=basic\n Status * 407"),
        again("server\n Status SyncHdr 401\n Status * 401"),
        again("server\n Status SyncHdr 503\n Status * 503"),
        again("server status=500 type=text/html body=\"<html/>\"").replace(" Status SyncHdr 200\n Alert", " Alert"),
    ] {
        check(&opening::LATE_SESSION_ALERT, &[(&script, &[])]);
        check(&opening::ONE_SESSION_ALERT, &[(&script, &[])]);
        check(&opening::AFTER_CHALLENGE, &[(&script, &[])]);
    }
    check(
        &opening::AFTER_CHALLENGE,
        &[
            (
                after_package_1!("server", " Status SyncHdr 407 chal=basic", " Status * 407", "device", " Alert 1223"),
                &[],
            ),
            // Spread over two messages.
            (
                after_package_1!(
                    "server",
                    " Status SyncHdr 407 chal=basic",
                    " Status * 407",
                    "device nofinal cred=basic:a:b",
                    " Status SyncHdr 200",
                    " Alert 1201",
                    "server nofinal",
                    " Status SyncHdr 212",
                    " Status Alert 200",
                    " Alert 1222",
                    "device",
                    " Status SyncHdr 200",
                    " Status Alert 200",
                    " Replace ./DevInfo/DevId=IMEI:004400112233445",
                ),
                &[],
            ),
        ],
    );
    check(
        &opening::SESSION_ALERT,
        &[
            ("device\n Alert 1224 type=com.microsoft/x format=chr data=x\n Replace ./DevInfo/DevId=x\n", &[Info]),
            ("device\n Alert 1226 type=com.microsoft:mdm.x format=int data=1\n Replace ./DevInfo/DevId=x\n", &[Info]),
            ("device\n Alert 1226 type=org.example.x format=int data=1\n Replace ./DevInfo/DevId=x\n", &[Error]),
        ],
    );
    undecided(&opening::SESSION_ALERT, "device nofinal\n Replace ./DevInfo/DevId=x\n", Reason::EndNotCaptured);
}

#[test]
fn device_information_may_be_spread_and_empty() {
    let four =
        "device\n Alert 1201\n Replace ./DevInfo/DevId=x ./DevInfo/Man=x\n Replace DevInfo/Mod=x ./DevInfo/DmV=x";
    check(
        &device_info::LEAVES_SENT,
        &[
            (&format!("{four} ./DevInfo/Lang=x\n"), &[Info]),
            (&format!("{four}\n"), &[Warning]),
            (
                "device\n Alert 1201\n Replace ./DevInfo/DevId=x ./DevInfo/Man=x ./devinfo/mod=x ./DevInfo/DmV=x ./DevInfo/Lang=x\n",
                &[],
            ),
        ],
    );
    undecided(
        &device_info::LEAVES_SENT,
        "device nofinal\n Alert 1201\n Replace ./DevInfo/Man=x\n",
        Reason::EndNotCaptured,
    );
    check(
        &device_info::SOURCE,
        &[
            ("device\n Alert 1201\n Replace source=./DevInfo/Man target=./DevInfo/Man data=x\n", &[Warning]),
            (
                "device\n Alert 1201\n Replace source=./DevInfo/Man target=https://dm.example.com/dm data=x\n",
                &[Warning],
            ),
            ("device\n Alert 1201\n Replace ./Vendor/MSFT/A=x\n", &[]),
        ],
    );
    check(&device_info::DATA, &[("device\n Alert 1201\n Replace ./DevInfo/Man=\n", &[Info])]);
    check(&device_info::PRESENT, &[("device\n Alert 1201\n Replace target=DevInfo/Man data=x\n", &[])]);
}

#[test]
fn answers_that_lead_nowhere_or_to_something_broken_accuse_nobody() {
    let answered = |device: &str| format!("{}device\n {device}\n", opened!(" Get ./A", " Get ./B"));
    check(
        &answers::PACKAGE_3,
        &[
            (&answered("Status SyncHdr 200\n Status Get 404\n Status Get 404"), &[]),
            (&answered("Status SyncHdr 500\n Status Get 500"), &[Warning]),
            (&answered("Status SyncHdr 200\n Alert 1223"), &[]),
            (&answered("Status SyncHdr 407 chal=basic"), &[]),
            (opened!(" Atomic", "  Replace ./A=1", "device", " Status SyncHdr 200", " Status Atomic 406"), &[Warning]),
        ],
    );
    undecided(
        &answers::PACKAGE_3,
        &answered("Status SyncHdr 200\n Status Get 404\n Status Get 404 ref=77"),
        Reason::AmbiguousReference,
    );
    undecided(
        &answers::PACKAGE_3,
        &answered("Status SyncHdr 200\n Status Get 404")
            .replace("device\n Status SyncHdr 200\n Status Get", "device nofinal\n Status SyncHdr 200\n Status Get"),
        Reason::EndNotCaptured,
    );
    check(
        &answers::RESULTS,
        &[
            (&answered("Status SyncHdr 200\n Status Get 204\n Status Get 404"), &[]),
            (&answered("Status SyncHdr 200\n Status Get 200\n Status Get 404"), &[Error]),
        ],
    );
    for wrong in ["Results ./A=1 ref=77", "Results ./A=1 ref=5", "xml <results/>"] {
        let script = answered(&format!("Status SyncHdr 200\n Status Get 200\n Status Get 404\n {wrong}"));
        undecided(&answers::RESULTS, &script, Reason::AmbiguousReference);
    }
    let windows = "device\n Alert 1201\n Replace ./Vendor/MSFT/A=1\nserver\n Status SyncHdr 200\n Get ./A\n";
    check(&answers::PACKAGE_2, &[(windows, &[Info])]);
}

#[test]
fn the_rule_that_names_the_command_speaks_for_the_package() {
    let script = opened!(
        " Get ./A",
        " Delete ./B",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 200"
    );
    let session = &sessions(script)[0];
    let found = |ignore: &str| {
        let engine = Engine::new(Selection { ignore: vec![ignore.to_owned()], ..Selection::default() });
        let findings = engine.judge(session).findings;
        findings
            .into_iter()
            .filter(|finding| finding.severity == Error)
            .map(|finding| finding.rule.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("QQQ"), ["STA-002"]);
    assert_eq!(found("STA-002"), ["PKG-018"]);
}

#[test]
fn an_exchange_that_the_transport_broke_decides_nothing() {
    let last = |answer: &str| format!("{}device\n Status SyncHdr 200\n Status Get 404\n{answer}", opened!(" Get ./A"));
    undecided(&exchange::UNANSWERED, &last("server status=500 empty\n"), Reason::NotVisible);
    undecided(&exchange::UNANSWERED, &last("server status=200 type=text/html body=\"<html/>\"\n"), Reason::NotVisible);
    // The client should not have sent what stays without an answer.
    check(
        &exchange::UNANSWERED,
        &[
            (opened!("device", " Status SyncHdr 200", "server empty"), &[]),
            (&last("server status=204 empty\n"), &[Error]),
        ],
    );
    let alive = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Get ./Device/Vendor/MSFT/A\ndevice nofinal\n \
                 Alert 1224 type=Reversed-Domain-Name:com.microsoft.mdm.requestpending data=1\nserver empty\n";
    check(&exchange::UNANSWERED_PART, &[(alive, &[Info])]);
    check(
        &exchange::IDLE_ANSWER,
        &[
            (opened!("device", " Status SyncHdr 200", " Alert 1226 type=org.example.e format=chr data=x"), &[]),
            (opened!("device", " Status SyncHdr 500"), &[]),
            (after_package_1!("server", " Status SyncHdr 503", " Status * 503", "device", " Status SyncHdr 200"), &[]),
        ],
    );
}

#[test]
fn a_message_that_got_no_answer_is_not_held_against_the_answer_to_the_next() {
    let script = "device\n Alert 1201\n Replace ./DevInfo/DevId=x\nserver status=500 empty\ndevice at=+30\n Alert 1201\n Replace \
                  ./DevInfo/DevId=x\n Alert 1226 type=org.example.e format=chr data=x\nserver\n Status SyncHdr 200\n Status * 200\n";
    assert_eq!(sessions(script).len(), 1);
    check(&answers::PACKAGE_2, &[(script, &[])]);
    check(crate::rules::find("STA-002").unwrap(), &[(script, &[])]);
}

#[test]
fn a_client_may_end_its_own_package_when_the_server_has_closed_the_session() {
    let script = opened!(
        " Get ./A",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Get 200",
        " Results ./A=0123456789 format=chr size=100 more",
        "server",
        " Status SyncHdr 200",
        " Status Results 413",
        "device",
        " Status SyncHdr 200",
        "server",
        " Status SyncHdr 200",
    );
    let closed = script.replace("device nofinal", "device").replace("more", "");
    check(&exchange::IDLE_ANSWER, &[(script, &[]), (&closed, &[Error])]);
    let lost =
        closed.replacen("device\n Status SyncHdr 200\n Status Get", "device lost\n Status SyncHdr 200\n Status Get", 1);
    undecided(&exchange::IDLE_ANSWER, &lost, Reason::MessageLost);
}
