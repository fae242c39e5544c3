use super::super::proof::{check, judge};
use super::{answer, carrier, content, notified};
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
