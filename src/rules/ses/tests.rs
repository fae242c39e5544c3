use super::{course, order};
use crate::base::Severity::Info;
use crate::rules::proof::{check, judge};
use crate::rules::sta::common::{after_package_1, opened};

#[test]
fn a_client_need_not_wait_for_what_does_not_come() {
    check(
        &order::ALTERNATION,
        &[
            (
                "device\n Alert 1201\nserver status=500 empty\ndevice conn=2\n Alert 1201\n Alert 1226\nserver\n Status SyncHdr 200\n",
                &[],
            ),
            ("device\n Alert 1201\ndevice conn=2\n Alert 1201\n Alert 1226\nserver\n Status SyncHdr 200\n", &[]),
            (
                "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Exec ./Vendor/MSFT/A\ndevice\n Status SyncHdr 200\n \
                 Status Exec 202\nserver at=60\n Status SyncHdr 200\ndevice nofinal conn=2 at=50\n Alert 1224 \
                 type=Reversed-Domain-Name:com.microsoft.mdm.requestpending data=1\nserver\n Status SyncHdr 200\n",
                &[Info],
            ),
        ],
    );
}

#[test]
fn a_client_that_was_refused_may_try_again() {
    let again = |code: &str| {
        format!(
            "{}server\n Status SyncHdr {code}\n Status * {code}\ndevice\n Status SyncHdr 200\n Alert 1201\n Replace \
             ./DevInfo/DevId=IMEI:004400112233445\n",
            after_package_1!()
        )
    };
    for code in ["401", "503", "513"] {
        check(&order::AFTER_END, &[(&again(code), &[])]);
        check(&order::PACKAGE_1_AGAIN, &[(&again(code), &[])]);
    }
}

#[test]
fn a_client_whose_package_was_open_may_go_on_when_the_server_has_closed() {
    let script = opened!(
        " Get ./A",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Get 200",
        "server",
        " Status SyncHdr 200",
        "device",
        " Status SyncHdr 200",
        " Results ./A=1",
        "server",
        " Status SyncHdr 200",
    );
    assert_eq!(judge(crate::rules::find("MSG-007").unwrap(), script).0.violations, 1);
    let (tally, findings) = judge(&order::AFTER_END, script);
    assert!(findings.is_empty() && tally.occasions == 0, "{tally:?} {findings:?}");
}

#[test]
fn rounds_that_bring_something_are_no_circle() {
    let round = |brings: &str| {
        format!(
            "device nofinal\n Status SyncHdr 200\n Status * 200\n{brings}server nofinal\n Status SyncHdr 200\n Alert 1222\n"
        )
    };
    let session = |brings: &str, rounds: usize| {
        let first = "device nofinal\n Status SyncHdr 200\nserver nofinal\n Status SyncHdr 200\n Alert 1222\n";
        format!("{}{first}{}", opened!(" Get ./A"), round(brings).repeat(rounds))
    };
    let violations = |script: &str| judge(&order::NO_PROGRESS, script).0.violations;
    assert_eq!(violations(&session("", 10)), 0);
    assert_eq!(violations(&session("", 11)), 1);
    assert_eq!(violations(&session("", 30)), 1);
    assert_eq!(violations(&session(" Alert 1226 type=org.example.e format=chr data=x\n", 30)), 0);
}

#[test]
fn only_a_version_that_was_refused_counts() {
    let script =
        "device\n Alert 1201\nserver\n Status SyncHdr 503\n Status * 503\ndevice\n Status SyncHdr 200\n Alert 1201\n";
    assert_eq!(judge(&course::SAME_VERSION, script).0.occasions, 0);
}

#[test]
fn a_repeated_package_1_is_a_request_like_any_other() {
    let answered = |again: &str| {
        format!(
            "{}server\n Status SyncHdr 200\n Status * 200\n Get ./A\ndevice resend at=+2 conn=2\n{again}",
            after_package_1!()
        )
    };
    let (tally, findings) = judge(&order::OTHER_ANSWER, &answered("server resend\n"));
    assert!(findings.is_empty() && tally.occasions == 1, "{tally:?} {findings:?}");
    let (tally, findings) = judge(&order::OTHER_ANSWER, &answered("server msg=2\n Status SyncHdr 200\n Get ./A\n"));
    assert_eq!((findings.len(), tally.occasions), (1, 1), "{findings:?}");
}
