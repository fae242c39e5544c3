//! Exceptions of the rules on user interaction.

use super::super::proof::check;
use super::{answers, options, shape};
use crate::base::Severity::{Error, Info, Warning};

/// A session in which the server sends some commands, each on a line, and the device answers with some others.
fn talk(server: &str, device: &str) -> String {
    let lines = |text: &str| text.lines().map(|line| format!(" {line}\n")).collect::<String>();
    format!(
        "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n{}device\n Status SyncHdr 200\n{}",
        lines(server),
        lines(device)
    )
}

fn ask(alert: &str) -> String {
    talk(alert, "Status Alert 200")
}

#[test]
fn items_too_many_and_empty_texts_are_milder() {
    check(
        &shape::ITEMS,
        &[(&ask("Alert 1100 \"\" \"Hello\" \"again\""), &[Warning]), (&ask("Alert 1102 \"\" \"a\" \"b\""), &[])],
    );
    check(&shape::TEXT, &[(&ask("Alert 1100 \"\" \"\""), &[Warning]), (&ask("Alert 1100 \"\""), &[])]);
    check(&shape::CHOICES, &[(&ask("Alert 1103 \"\" \"Choose\" \"a\" item"), &[Error])]);
}

#[test]
fn option_strings_in_all_forms() {
    let first = |text: &str| ask(&format!("Alert 1102 \"{text}\" \"Name\""));
    check(
        &options::OPTIONS_ONLY,
        &[
            (&first("MINDT=10&"), &[Warning]),
            (&first("MINDT"), &[Warning]),
            (&first("MINDT="), &[Warning]),
            (&first("DR="), &[]),
            (&first("FOO=1&x.y-z=2"), &[]),
            (&first("Please wait"), &[Error]),
            (&first("MINDT=10&amp;MAXDT=20"), &[Error]),
            (&ask("Alert 1100 target=./A item=\"Hello\""), &[Warning]),
            (&ask("Alert 1100 item item=\"Hello\""), &[]),
        ],
    );
    check(
        &options::ENCODED,
        &[
            (&first("DR=a%20b+c"), &[]),
            (&first("DR=a b"), &[Warning]),
            (&first("DR=\u{e4}"), &[Warning]),
            (&first("DR=100%"), &[Error]),
            (&first("DR=%2"), &[Error]),
            (&first("Please wait 50%"), &[]),
        ],
    );
}

#[test]
fn values_of_options() {
    let alert = |code: u16, options: &str| ask(&format!("Alert {code} \"{options}\" \"Text\" \"a\" \"b\""));
    check(&options::MIN_DISPLAY, &[(&alert(1104, "MINDT=1.5"), &[Error]), (&alert(1104, "MINDT="), &[])]);
    check(&options::MAX_LENGTH, &[(&alert(1101, "MAXLEN=ten"), &[Info]), (&alert(1102, "MAXLEN=0"), &[Error])]);
    check(&options::INPUT_TYPE, &[(&alert(1103, "IT=X"), &[Info]), (&alert(1102, "IT=a"), &[Error])]);
    check(&options::ECHO_TYPE, &[(&alert(1103, "ET=X"), &[Info])]);
    check(&options::DEFAULT_CHOICE, &[(&alert(1103, "DR=2"), &[]), (&alert(1103, "DR=3"), &[Warning])]);
    check(
        &options::DEFAULT_CHOICES,
        &[
            (&alert(1104, "DR=1-2"), &[]),
            (&alert(1104, "DR=1-1"), &[Warning]),
            (&alert(1104, "DR=1-"), &[Warning]),
            (&alert(1103, "DR=1-2"), &[]),
        ],
    );
}

#[test]
fn choices_that_come_back() {
    let one = |answer: &str| talk("Alert 1103 \"\" \"Choose\" \"a\" \"b\"", answer);
    check(
        &answers::CHOICE_ANSWER,
        &[
            (&one("Status Alert 200 \"2\""), &[]),
            (&one("Status Alert 200 \"0\""), &[Error]),
            (&one("Status Alert 200 \"3\""), &[Error]),
            (&one("Status Alert 200"), &[Error]),
            (&one("Status Alert 200 \"\""), &[Warning]),
            (&one("Status Alert 214"), &[]),
        ],
    );
    let several = |answer: &str| talk("Alert 1104 \"\" \"Choose\" \"a\" \"b\"", answer);
    check(
        &answers::CHOICES_ANSWER,
        &[
            (&several("Status Alert 200"), &[Info]),
            (&several("Status Alert 200 \"2\" \"1\""), &[]),
            (&several("Status Alert 200 \"2\" \"2\""), &[Error]),
            (&several("Status Alert 200 \"\""), &[Warning]),
        ],
    );
}

#[test]
fn texts_that_come_back() {
    let input = |options: &str, answer: &str| {
        talk(&format!("Alert 1102 \"{options}\" \"Type\""), &format!("Status Alert 200 \"{answer}\""))
    };
    check(&answers::INPUT_ANSWER, &[(&input("", ""), &[])]);
    check(
        &answers::TYPED,
        &[
            (&input("IT=N", "-1.23"), &[]),
            (&input("IT=N", "12a"), &[Warning]),
            (&input("IT=D", "13022001"), &[]),
            (&input("IT=D", "02132001"), &[Warning]),
            (&input("IT=T", "235900"), &[]),
            (&input("IT=T", "23:59"), &[Warning]),
            (&input("IT=P", "+49170p1"), &[]),
            (&input("IT=P", "0170+1"), &[Warning]),
            (&input("IT=I", "192.168.000.001"), &[]),
            (&input("IT=I", "192.168.0"), &[Warning]),
            (&input("IT=I", ""), &[]),
            (&input("IT=A", "any"), &[]),
        ],
    );
    check(&answers::LENGTH, &[(&input("MAXLEN=4", "\u{e4}bcd"), &[]), (&input("MAXLEN=four", "12345"), &[])]);
}

#[test]
fn codes_of_interactions() {
    let confirm = |options: &str, answer: &str| talk(&format!("Alert 1101 \"{options}\" \"Now?\""), answer);
    check(
        &answers::UNKNOWN_OPTION,
        &[
            (&confirm("FOO=1", "Status Alert 406"), &[]),
            (&confirm("FOO=1&MINDT=", "Status Alert 400"), &[]),
            (&confirm("FOO=1", "Status Alert 400"), &[Warning]),
        ],
    );
    check(
        &answers::TIMED_OUT,
        &[(&confirm("MAXDT=5", "Status Alert 408"), &[]), (&confirm("MINDT=5", "Status Alert 408"), &[Info])],
    );
    let later = "Status Alert 214\nStatus Replace 200";
    check(
        &answers::CANCELLED,
        &[
            (&talk("Replace ./A=1\nAlert 1101 \"\" \"Now?\"", "Status Replace 200\nStatus Alert 214"), &[]),
            (&talk("Sequence\n Alert 1101 \"\" \"Now?\"\n Replace ./A=1", later), &[]),
        ],
    );
}

#[test]
fn an_atomic_with_a_confirmation_in_it() {
    let atomic = |answer: &str| talk("Atomic\n Get ./B\n Alert 1101 \"\" \"Now?\"\n Replace ./A=1", answer);
    check(
        &answers::REJECTED_IN_ATOMIC,
        &[
            (&atomic("Status Atomic 406\nStatus Get 406\nStatus Alert 304\nStatus Replace 406"), &[]),
            (&atomic("Status Atomic 507\nStatus Get 200\nStatus Alert 304\nStatus Replace 215"), &[]),
            (&atomic("Status Atomic 507\nStatus Get 200\nStatus Alert 304\nStatus Replace 500"), &[]),
            (&atomic("Status Atomic 507\nStatus Get 200\nStatus Alert 304\nStatus Replace 200"), &[Error]),
        ],
    );
}
