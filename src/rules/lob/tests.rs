use super::{DOWN, UP, answers, chunks, down, order, size, support, up};
use crate::base::Severity::{self, Error, Info, Warning};
use crate::dm::ObjectEnd;
use crate::rules::finding::Reason;
use crate::rules::proof::{check, judge, sessions};
use crate::rules::rule::Rule;
use crate::rules::sta::common::opened;

fn undecided(rule: &'static Rule, script: &str, reason: Reason) {
    let (tally, findings) = judge(rule, script);
    assert!(findings.is_empty(), "{}: {findings:?}\n{script}", rule.id);
    assert!(tally.undecided_for(reason) > 0, "{}: {tally:?}\n{script}", rule.id);
}

/// The value of [`DOWN`] with other text in some places.
fn changed(script: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(script.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    })
}

#[test]
fn objects_end_as_what_came_shows() {
    let end = |script: &str| {
        let session = sessions(script).remove(0);
        session.objects.iter().map(|object| (object.chunks.len(), object.end)).collect::<Vec<_>>()
    };
    assert_eq!(end(DOWN), [(2, ObjectEnd::Complete)]);
    assert_eq!(end(UP), [(2, ObjectEnd::Complete)]);
    // Refused: what comes next is another command.
    assert_eq!(end(&changed(DOWN, &[("Status Replace 213", "Status Replace 413")])), [(1, ObjectEnd::Refused)]);
    let told = changed(DOWN, &[("Alert 1222", "Alert 1225 target=./Vendor/A")]);
    assert_eq!(end(&told), [(1, ObjectEnd::Refused)]);
    // Something stands in between, before the next part and instead of it.
    let between =
        changed(DOWN, &[("Replace ./Vendor/A=\" world!\"", "Delete ./Vendor/B\n Replace ./Vendor/A=\" world!\"")]);
    assert_eq!(end(&between), [(2, ObjectEnd::Complete)]);
    let instead = changed(DOWN, &[("Replace ./Vendor/A=\" world!\"", "Replace ./Vendor/B=\" world!\"")]);
    assert_eq!(end(&instead), [(1, ObjectEnd::Broken)]);
    // Behind the part, in its own message.
    let behind = changed(DOWN, &[("size=12 more", "size=12 more\n Delete ./Vendor/B")]);
    assert_eq!(end(&behind), [(2, ObjectEnd::Complete)]);
    // From its beginning after an answer that was no 213, and a part under another command.
    let anew = changed(
        DOWN,
        &[("Status Replace 213", "Status Replace 200"), ("world!\" format=chr", "world!\" format=chr size=7 more")],
    );
    assert_eq!(end(&anew), [(1, ObjectEnd::Broken), (1, ObjectEnd::Open)]);
    let other = changed(
        DOWN,
        &[("Replace ./Vendor/A=Hello", "Add ./Vendor/A=Hello"), ("Status Replace 213", "Status Add 213")],
    );
    assert_eq!(end(&other), [(2, ObjectEnd::Complete)]);
}

#[test]
fn a_sender_may_stop_where_the_receiver_gave_it_reason() {
    let stopped = |answer: &str, after: &str| {
        let told = if answer.contains("Alert") { " Status Alert 200\n" } else { "" };
        format!(
            "{}device nofinal\n Status SyncHdr 200\n {answer}\nserver\n Status SyncHdr 200\n{told} Get ./B\ndevice\n Status SyncHdr \
             200\n {after}\nserver\n Status SyncHdr 200\n",
            opened!(" Replace ./Vendor/A=Hello size=12 more", " patch <Final/> => \"\"")
        )
    };
    check(
        &order::NOT_CONTINUED,
        &[
            (&stopped("Status Replace 213\n Alert 1222", "Status Get 404"), &[Error]),
            (&stopped("Status Replace 413", "Status Get 404"), &[]),
            (&stopped("Status Replace 200\n Alert 1222", "Status Get 404"), &[]),
            (&stopped("Status Replace 213\n Alert 1222", "Alert 1225 target=./Vendor/A\n Status Get 404"), &[]),
            (&stopped("Status Replace 213\n Alert 1222", "Status Get 404\n Alert 1223"), &[]),
        ],
    );
    let cut = stopped("Status Replace 213\n Alert 1222", "Status Get 404");
    let cut = &cut[..cut.rfind("device").unwrap()];
    undecided(&order::NOT_CONTINUED, cut, Reason::EndNotCaptured);
}

#[test]
fn the_same_node_again_is_a_new_command() {
    let twice = |first: &str, second: &str| {
        format!(
            "{}device\n Status SyncHdr 200\n Status Replace 200\nserver\n Status SyncHdr 200\n Replace {second}\n",
            opened!(" Replace FIRST").replace("FIRST", first)
        )
    };
    check(
        &order::UNMARKED,
        &[
            (&twice("./A=Hello size=12", "./A=\" world!\""), &[Error]),
            (&twice("./A=Hello size=12", "./A=other"), &[]),
            (&twice("./A=Hello size=12", "./A=\" world!\" size=7"), &[]),
            (&twice("./A=Hello size=5", "./A=\" world!\""), &[]),
            (&twice("./A=Hello", "./A=\" world!\""), &[]),
        ],
    );
    // The whole value again after it was refused, with its Size.
    let again = changed(
        DOWN,
        &[
            ("Status Replace 213\n Alert 1222", "Status Replace 413\n Alert 1222"),
            ("world!\" format=chr", "world!\" format=chr size=7"),
        ],
    );
    check(&chunks::SIZE_REPEATED, &[(&again, &[])]);
    check(
        &chunks::SIZE_NUMBER,
        &[(&changed(DOWN, &[("size=12", "size=0")]), &[]), (&changed(DOWN, &[("size=12", "size=-1")]), &[Error])],
    );
}

#[test]
fn size_is_compared_in_every_way_that_it_may_have_been_meant() {
    let of = |first: &str, format: &str, size: &str, last: &str| {
        changed(
            DOWN,
            &[
                ("A=Hello format=chr size=12", &format!("A={first} format={format} size={size}")),
                ("\" world!\" format=chr", &format!("{last} format={format}")),
            ],
        )
    };
    let table: &[(&str, &str, &str, &str, &[Severity])] = &[
        ("Hello", "chr", "12", "\" world!\"", &[]),
        ("Hello", "chr", "11", "\" world!\"", &[Error]),
        // base64 of nine octets.
        ("SGVsbG8g", "b64", "12", "d29y", &[]),
        ("SGVsbG8g", "b64", "9", "d29y", &[Warning]),
        ("SGVsbG8g", "b64", "12", "\"\\n d2 9y\"", &[Info]),
        ("\"\\n Hello\"", "chr", "12", "\" world!\\n\"", &[Info]),
        // Line ends of two octets that became one.
        ("\"Hel\\r\\nlo\"", "chr", "13", "\" world!\"", &[]),
        ("\"Hel\\r\\nlo\"", "chr", "14", "\" world!\"", &[]),
    ];
    for (first, format, size, last, expected) in table {
        check(&size::MISMATCH, &[(&of(first, format, size, last), expected)]);
    }
    let tree = changed(DOWN, &[("A=\" world!\"", "A:=<b>world</b>")]);
    undecided(&size::MISMATCH, &tree, Reason::NotVisible);
    check(
        &size::MISMATCH_ACCEPTED,
        &[(&of("SGVsbG8g", "b64", "9", "d29y"), &[]), (&of("Hello", "chr", "11", "\" world!\""), &[Warning])],
    );
}

#[test]
fn what_the_receiver_takes_is_what_it_said_last() {
    let sent = |first: &str, second: &str, value: &str| {
        format!(
            "device maxobj={first}\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Get ./B\ndevice {second}\n Status \
             SyncHdr 200\n Status Get 404\nserver\n Status SyncHdr 200\n Replace ./A={value}\n"
        )
    };
    check(
        &size::TOO_LARGE,
        &[
            (&sent("10", "", "0123456789"), &[]),
            (&sent("9", "", "0123456789"), &[Error]),
            (&sent("9", "maxobj=20", "0123456789"), &[]),
            (&sent("20", "maxobj=9", "0123456789"), &[Error]),
            (&sent("0", "", "0123456789"), &[]),
            (&sent("9", "", "MDEyMzQ1Njc4 format=b64"), &[Warning]),
        ],
    );
}

#[test]
fn answers_to_a_part_are_213_or_a_refusal() {
    let answer = |answer: &str| changed(DOWN, &[("Status Replace 213", answer)]);
    check(
        &answers::NOT_BUFFERED,
        &[
            (&answer("Status Replace 418"), &[]),
            (&answer("Status Replace 500"), &[]),
            (&answer("Status Replace 202"), &[Error]),
            (
                &changed(
                    &answer("Alert 1223"),
                    &[("\n Alert 1222", ""), ("Status * 200\n Replace ./V", "Status Alert 200\n Replace ./V")],
                ),
                &[],
            ),
            (
                &changed(
                    &answer("Status Replace 500"),
                    &[("device nofinal\n Status SyncHdr 200", "device nofinal\n Status SyncHdr 500")],
                ),
                &[],
            ),
        ],
    );
    undecided(&answers::NOT_BUFFERED, &answer("Status Replace 213 ref=77"), Reason::AmbiguousReference);
    // A part behind one that was not buffered is a command like others.
    let plain = changed(
        &answer("Status Replace 200"),
        &[("device\n Status SyncHdr 200\n Status Replace 200", "device\n Status SyncHdr 200\n Status Replace 213")],
    );
    check(&answers::LAST_CHUNK, &[(&plain, &[])]);
    let event = |code: &str| {
        format!(
            "{}device nofinal\n Status SyncHdr 200\n Alert 1226 type=org.example.e format=chr size=12 data=Hello more\nserver\n \
             Status SyncHdr 200\n Status Alert {code}\n",
            opened!()
        )
    };
    check(&support::SERVER_SUPPORT, &[(&event("415"), &[]), (&event("406"), &[Warning]), (&event("213"), &[])]);
    let results = up!(
        "Results ./Vendor/A=Hello format=chr size=12 more",
        "Status Results 415\n Alert 1222",
        "Alert 1226 type=org.example.e format=chr data=x"
    );
    check(&support::SERVER_SUPPORT, &[(results, &[Error])]);
}

#[test]
fn what_stands_between_or_behind_the_parts_counts_by_what_it_is() {
    let before = |command: &str| {
        changed(DOWN, &[("Replace ./Vendor/A=\" world!\"", &format!("{command}\n Replace ./Vendor/A=\" world!\""))])
    };
    check(
        &order::IN_BETWEEN,
        &[
            (&before("Get ./B"), &[Warning]),
            (&before("Exec ./B"), &[Warning]),
            (&before("Get ./B\n Copy ./B -> ./C"), &[Error]),
            (&before("Alert 1100 \"\" \"Wait\""), &[]),
            // An Item of the same command, and one behind the last part.
            (
                &changed(DOWN, &[("Replace ./Vendor/A=\" world!\"", "Replace ./Vendor/B=x ./Vendor/A=\" world!\"")]),
                &[Error],
            ),
            (&changed(DOWN, &[("world!\" format=chr", "world!\" format=chr\n Delete ./B")]), &[]),
        ],
    );
    let behind = |command: &str| changed(DOWN, &[("size=12 more", &format!("size=12 more\n {command}"))]);
    check(
        &order::NOT_LAST,
        &[
            (&behind("Get ./B"), &[Warning]),
            (&behind("Exec ./B"), &[Warning]),
            (&behind("Delete ./B"), &[Error]),
            (&behind("Alert 1100 \"\" \"Wait\""), &[]),
        ],
    );
    let container = down!(
        "Replace ./Vendor/A=Hello format=chr size=12 more",
        "Status Replace 213\n Alert 1222",
        "Sequence\n  Replace ./Vendor/A=\" world!\" format=chr",
        "Status Sequence 200\n Status Replace 200"
    );
    check(&order::IN_BETWEEN, &[(container, &[])]);
}

#[test]
fn a_part_that_got_no_answer_may_be_sent_again() {
    let again = changed(
        UP,
        &[(
            "server nofinal\n Status SyncHdr 200\n Status Results 213",
            "server status=500 empty\ndevice nofinal at=+30\n Status SyncHdr 200\n Status Get 200 msgref=1 ref=4\n Results ./Vendor/A=Hello \
             format=chr size=12 more msgref=1 ref=4\nserver nofinal\n Status SyncHdr 200\n Status Results 213",
        )],
    );
    for rule in super::FAMILY.rules {
        let found: Vec<_> = judge(rule, &again).1.into_iter().filter(|finding| finding.severity > Info).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn what_a_device_said_in_an_earlier_session_counts() {
    let sessions = |value: &str, ending: &str| {
        format!(
            "session session=1\n{}{}{ending}session session=2\n{}",
            opened!(" Get ./DevDetail/LrgObj"),
            format_args!(
                "device\n Status SyncHdr 200\n Status Get 200\n Results ./DevDetail/LrgObj={value} format=bool\n"
            ),
            opened!(
                " Get ./Vendor/Log",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Get 200",
                " Results ./Vendor/Log=0123456789 size=20 more",
                "server nofinal",
                " Status SyncHdr 200",
                " Status Results 213",
                " Alert 1222",
            )
        )
    };
    let whole = "server\n Status SyncHdr 200\n";
    check(
        &support::USED_WITHOUT_SUPPORT,
        &[(&sessions("false", whole), &[Warning]), (&sessions("true", whole), &[]), (&sessions("false", ""), &[])],
    );
    let (tally, _) = judge(&support::USED_WITHOUT_SUPPORT, &sessions("false", ""));
    assert_eq!(tally.undecided_for(Reason::PastNotKnown), 1);
}
