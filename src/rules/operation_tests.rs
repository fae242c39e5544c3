//! What rules over several sessions make of sessions that were not captured as a whole, and of what they leave alone.

use super::finding::Reason;
use super::proof::{check, judge};
use super::rule::Rule;
use super::sta::common::package_1;
use crate::base::Severity::{Error, Info, Warning};

fn rule(id: &str) -> &'static Rule {
    super::find(id).unwrap()
}

const CLOSED: &str = "server\n Status SyncHdr 200\n";

/// The first session: an Exec with Correlator is accepted; `add` comes before it, `end` closes the session.
fn begun(add: &str, end: &str) -> String {
    format!(
        "session session=1\n{}server\n Status SyncHdr 200\n Status * 200\n{add} Exec ./Vendor/Job/Run correlator=job-7\ndevice\n \
         Status SyncHdr 200\n{} Status Exec 202\n{end}",
        package_1!(),
        if add.is_empty() { "" } else { " Status Add 200\n" },
    )
}

/// A later session with an alert in its first message.
fn later(id: &str, alert: &str) -> String {
    format!("session session={id}\n{}{alert}server\n Status SyncHdr 200\n Status * 200\n", package_1!())
}

fn alert(rest: &str) -> String {
    format!(" Alert 1226 source=./Vendor/Job type=org.example.job format=chr {rest}\n")
}

fn undecided(id: &str, script: &str) {
    let (tally, findings) = judge(rule(id), script);
    assert!(findings.is_empty(), "{id}: {findings:?}\n{script}");
    assert_eq!(tally.undecided_for(Reason::PastNotKnown), 1, "{id}: {tally:?}\n{script}");
}

fn no_occasion(id: &str, script: &str) {
    let (tally, findings) = judge(rule(id), script);
    assert!(findings.is_empty() && tally.occasions == 0, "{id}: {tally:?} {findings:?}\n{script}");
}

#[test]
fn a_correlator_is_held_against_what_is_known_since_the_exec() {
    let other = alert("data=done correlator=job-8");
    let add = " Add ./Vendor/Job\n";
    check(
        rule("CMD-037"),
        &[
            (&(begun(add, CLOSED) + &later("2", &other)), &[Error]),
            // One from before the capture may have ended.
            (&(begun("", CLOSED) + &later("2", &other)), &[Warning]),
            (&(begun("", CLOSED) + &later("2", &alert("data=done correlator=job-7"))), &[]),
        ],
    );
    // The end of the first session, or of one in between, is not there.
    undecided("CMD-037", &(begun(add, "") + &later("2", &other)));
    let cut = format!("session session=2\n{}", package_1!());
    undecided("CMD-037", &(begun(add, CLOSED) + &cut + &later("3", &other)));
}

#[test]
fn what_a_user_asked_for_and_what_has_ended_needs_no_correlator() {
    let ended = later("2", &alert("data=done correlator=job-7"));
    no_occasion(
        "CMD-037",
        &(begun("", CLOSED) + &later("2", &alert("data=x").replace("example.job", "example.userrequest"))),
    );
    let (tally, findings) = judge(rule("CMD-037"), &(begun("", CLOSED) + &ended + &later("3", &alert("data=idle"))));
    assert!(findings.is_empty() && tally.occasions == 1, "{tally:?} {findings:?}");
}

#[test]
fn a_correlator_that_no_exec_had_may_be_from_before_the_capture() {
    let unknown = alert("data=done correlator=job-9").replace("./Vendor/Job", "./Vendor/Fan");
    undecided("CMD-038", &(begun("", CLOSED) + &later("2", &unknown)));
    check(rule("CMD-038"), &[(&(begun(" Add ./Vendor/Fan\n", CLOSED) + &later("2", &unknown)), &[Warning])]);
    undecided("CMD-038", &(begun(" Add ./Vendor/Fan\n", "") + &later("2", &unknown)));
}

#[test]
fn the_end_of_an_operation_is_waited_for_in_four_sessions() {
    let idle = |from: u32, to: u32| (from..=to).map(|id| later(&id.to_string(), "")).collect::<String>();
    let told = alert("data=done correlator=job-7");
    check(
        rule("SES-011"),
        &[
            (&(begun("", CLOSED) + &idle(2, 4)), &[]),
            (&(begun("", CLOSED) + &idle(2, 5)), &[Info]),
            // It is said once.
            (&(begun("", CLOSED) + &idle(2, 8)), &[Info]),
            (&(begun("", CLOSED) + &idle(2, 4) + &later("5", &told)), &[]),
            (&(begun("", CLOSED) + &later("2", &told) + &idle(3, 8)), &[]),
        ],
    );
    undecided("SES-011", &(begun("", "server nofinal\n Status SyncHdr 200\n Get ./A\n") + &idle(2, 5)));
}

#[test]
fn an_alert_that_was_not_taken_may_come_again() {
    let told = |id: &str| later(id, &alert("data=done"));
    let refused =
        |id: &str| told(id).replace(" Status * 200", " Status Alert 200\n Status Replace 200\n Status Alert 500");
    check(
        rule("ALR-023"),
        &[
            (&(told("1") + &told("2")), &[]),
            (&(told("1") + &told("2") + &told("3")), &[Info]),
            (&(told("1") + &refused("2") + &told("3")), &[]),
            (&(told("1") + &later("2", "") + &told("3")), &[]),
        ],
    );
    let cut = format!("session session=2\n{}", package_1!());
    undecided("ALR-023", &(told("1") + &cut + &told("3")));
}

#[test]
fn a_resp_uri_that_is_the_address_of_the_account_says_nothing() {
    let given = |uri: &str| {
        format!(
            "session session=1\n{}server respuri={uri}\n Status SyncHdr 200\n Status * 200\nsession session=2\n{}server\n Status \
             SyncHdr 200\n Status * 200\n",
            package_1!(),
            package_1!()
        )
    };
    no_occasion("SES-012", &given("https://dm.example.com/dm"));
    let (tally, findings) = judge(rule("SES-012"), &given("https://dm.example.com/dm?sid=1"));
    assert!(findings.is_empty() && tally.occasions == 1, "{tally:?} {findings:?}");
}
