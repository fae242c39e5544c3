use super::super::proof::{check, judge};
use super::{again, answer, carrier, content, notified};
use crate::base::Severity::{Error, Info, Warning};
use crate::rules::hdr;

#[test]
fn versions_that_are_widespread_are_warnings() {
    check(
        &content::VERSION,
        &[
            (notified!("version=10"), &[Warning]),
            (notified!("version=12"), &[Warning]),
            (notified!("version=110"), &[Error]),
        ],
    );
}

#[test]
fn a_digest_is_tried_with_the_nonces_that_are_known() {
    check(
        &content::DIGEST,
        &[
            (notified!("nonce=AAAAAA=="), &[]),
            (notified!("nonce=MHgwMDAwMDAwMA=="), &[]),
            (notified!("vendor=0102"), &[]),
            // No nonce was given: another session may have brought the right one.
            (notified!("nonce=qzJ7"), &[]),
            (notified!("password=wrong"), &[]),
            (notified!("digest=00000000000000000000000000000000"), &[Error]),
        ],
    );
    let (tally, _) = judge(&content::DIGEST, notified!("password=wrong"));
    assert_eq!((tally.occasions, tally.undecided_in_all()), (1, 1));
    let (tally, findings) = judge(&answer::INVALID, notified!("password=wrong"));
    assert_eq!((findings.len(), tally.undecided_in_all()), (0, 1));
}

#[test]
fn the_name_of_the_application_is_better_than_none() {
    check(
        &carrier::APPLICATION,
        &[
            (notified!("application=af82"), &[Error]),
            (notified!("application=af0107"), &[]),
            (notified!("application=af782d7761702d6170706c69636174696f6e3a73796e636d6c2e646d00"), &[Warning]),
        ],
    );
}

#[test]
fn digits_in_lower_case_are_let_off_lightly() {
    check(
        &answer::FORM,
        &[
            (notified!("id=a1", "a1", "1200"), &[Warning]),
            (notified!("id=a1", "00a1", "1200"), &[Error]),
            (notified!("id=a1", "A1", "1200"), &[]),
        ],
    );
}

#[test]
fn only_a_session_that_can_have_been_asked_for_is_held_to_a_notification() {
    let rule = hdr::FAMILY.rules.iter().find(|rule| rule.id == "HDR-008").copied().unwrap();
    let after = |notifications: &str| {
        format!(
            "session session=77\n{notifications}device\n    Alert 1200\n    Replace \
             ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        )
    };
    let later = format!("{}notification id=7700 at=+5\n", after(""));
    check(
        rule,
        &[
            (&after("notification id=7700\n"), &[Warning]),
            (&after("notification id=119\n"), &[Warning]),
            // 0x4d is 77, and 77 is 0x77.
            (&after("notification id=4d\n"), &[Warning]),
            (&after("notification id=a1\n").replace("session=77", "session=161"), &[Error]),
            (&after("notification id=102\n").replace("session=77", "session=201"), &[Error]),
            (&after("notification id=100\n").replace("session=77", "session=1"), &[Warning]),
            // One of two: nobody can say which.
            (&after("notification id=5\nnotification id=6\n"), &[]),
            // The right one is among several.
            (&after("notification id=5\nnotification id=77\nnotification id=7700\n"), &[]),
            (&later, &[]),
        ],
    );
}

#[test]
fn observations_tell_what_is_in_a_notification() {
    check(&content::UI_MODE, &[(notified!("ui=3"), &[Info])]);
    let (_, findings) = judge(&content::UI_MODE, notified!("ui=3"));
    assert_eq!(findings[0].seen, "ui-mode \"user interaction\" in the notification of frame 1");
    assert_eq!(findings[0].role, crate::base::Role::Server);
}

/// Two sessions, each with lines before it, a SessionID and an Alert; the second begins so many seconds after the first.
fn two(first: &str, second: &str, id: &str, alert: &str) -> String {
    let session = |id: &str, before: &str, at: &str, alert: &str| {
        format!(
            "session session={id}\n{before}device {at}\n    Alert {alert}\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    \
             Status SyncHdr 200\n    Status * 200\n"
        )
    };
    session("1A", first, "", "1200") + &session(id, second, "at=+100", alert)
}

#[test]
fn a_number_that_comes_again_is_found_only_where_nothing_explains_it() {
    let one = "notification id=1A\n";
    check(
        &again::REUSED,
        &[
            (&two(one, "notification id=1A ui=2 at=+60\n", "1A", "1200"), &[Warning]),
            (&two(one, "notification id=1A at=+60\n", "1A", "1200"), &[Info]),
            (&two(one, "notification id=1A ui=2 at=+60\n", "1A", "1201"), &[Warning]),
            (&two(one, "notification id=1B at=+60\n", "1B", "1200"), &[]),
            // Sent before the first session was over, it may be for that one.
            (&two(one, "notification id=1A ui=2 at=0.05\n", "1A", "1200"), &[]),
            // The number of the second may be one by chance.
            (&two("", "notification id=1A at=+60\n", "1A", "1200"), &[]),
            (&two(one, "notification id=1A ui=2 at=+60\n", "2A", "1200"), &[]),
        ],
    );
    // The first session broke off: the server asks again.
    let cut = two(one, "notification id=1A ui=2 at=+60\n", "1A", "1200").replacen(
        "    Status * 200\n",
        "    Status * 200\n    Get ./A\n",
        1,
    );
    let (tally, findings) = judge(&again::REUSED, &cut);
    assert_eq!((tally.occasions, tally.undecided_in_all(), findings.len()), (1, 1, 0));
}

#[test]
fn a_second_session_is_found_only_after_a_notification_that_was_repeated() {
    let twice = "notification id=1A\nnotification id=1A\n";
    check(
        &again::TWICE,
        &[
            (&two(twice, "", "1A", "1200"), &[Info]),
            (&two(twice, "", "1B", "1200"), &[]),
            (&two(twice, "", "1A", "1201"), &[]),
            (&two("notification id=1A\n", "", "1A", "1200"), &[]),
            // A copy that came while the first session went on.
            (&two("notification id=1A\n", "notification id=1A at=0.05\n", "1A", "1200"), &[Info]),
            (&two(twice, "notification id=1A ui=2 at=+60\n", "1A", "1200"), &[]),
        ],
    );
    let refused = two(twice, "", "1A", "1200")
        .replacen("Status SyncHdr 200", "Status SyncHdr 401 chal=basic", 1)
        .replacen("Status * 200", "Status * 401", 1);
    let (tally, findings) = judge(&again::TWICE, &refused);
    assert_eq!((tally.occasions, tally.undecided_in_all(), findings.len()), (1, 1, 0));
}

#[test]
fn a_notification_over_a_nonce_of_an_earlier_session_is_right() {
    let first = include_str!("../../../tests/fixtures/s11b.dms");
    let asked = |nonce: &str| {
        format!(
            "{first}session session=2B7\nnotification id=2b7 at=+60 nonce={nonce}\ndevice at=+5\n    Alert 1200\nserver\n    Status \
             SyncHdr 200\n    Status Alert 200\n"
        )
    };
    let decided = |nonce: &str| {
        let (tally, findings) = judge(&content::DIGEST, &asked(nonce));
        assert!(findings.is_empty(), "{findings:?}");
        tally.occasions - tally.undecided_in_all()
    };
    // What the device gave the server with 212.
    assert_eq!(decided("9RfKc3YtV6oAeN0uGhB5Jw=="), 2);
    assert_eq!(decided("qzJ7m0b2E8XxL1vP4sWdTg=="), 1);
}
