//! Presence, order and form.

use super::{check, interop, said};
use crate::fixture::Script;
use crate::rules::engine::Mode;
use crate::rules::sta::common::{after_package_1, opened};

#[test]
fn missing_header_status_has_its_exceptions() {
    check(&[
        ("STA-001", "e", after_package_1!("server", " Status Alert 200", " Status Replace 200")),
        // The message that aborts.
        ("STA-001", "w", after_package_1!("server", " Alert 1223")),
        // The server has aborted: the client had better be silent.
        ("STA-001", "w", after_package_1!("server", " Alert 1223", "device", " Status Alert 200")),
        // A server confirms the client's abort.
        ("STA-001", "e", "device\n Alert 1223\nserver\n Status Alert 200\n"),
        // An answer whose reference leads nowhere is an answer, reported elsewhere.
        ("STA-001", "?", after_package_1!("server", " Status SyncHdr 200 msgref=9", " Status Alert 200")),
        // The header asked for no answer.
        ("STA-001", "", "device noresp\n Alert 1201\nserver\n Status Alert 200\n"),
        // The other side's message has no MsgID.
        ("STA-001", "?", "device\n Alert 1201\n patch \"<MsgID>1</MsgID>\" => \"\"\nserver\n Status Alert 200\n"),
        // A Windows client that is still at work.
        (
            "STA-001",
            "i",
            opened!(
                " Get ./Vendor/MSFT/A",
                "device nofinal",
                " Alert 1224 type=com.microsoft.mdm.requestpending format=int data=1",
            ),
        ),
        // Something that was sent after the session was over.
        ("STA-001", ".", opened!("device", " Alert 1226 source=./Vendor/A type=a.b format=chr data=1")),
    ]);
}

#[test]
fn missing_command_status_has_its_exceptions() {
    let one_of_two = |answer: &str| format!("{}device\n Status SyncHdr {answer}\n", opened!(" Get ./DevDetail/SwV"));
    assert_eq!(interop("STA-002", &one_of_two("200")), "e");
    assert_eq!(interop("STA-002", &one_of_two("500")), "w");
    assert_eq!(interop("STA-002", &one_of_two("401 chal=md5:Tm9uY2U=")), ".");
    check(&[
        // Only the Replace of DevInfo has no answer.
        ("STA-002", "w", after_package_1!("server", " Status SyncHdr 200", " Status Alert 200")),
        ("STA-002", "ee", after_package_1!("server", " Status SyncHdr 200")),
        // Windows servers answer the SyncHdr alone.
        (
            "STA-002",
            "i",
            after_package_1!(
                "server",
                " Status SyncHdr 200",
                " Status Alert 200",
                " Get ./Vendor/MSFT/A",
                "device",
                " Status * 200"
            ),
        ),
        // Nobody wants an answer.
        ("STA-002", ".", opened!(" Get ./DevDetail/SwV noresp", "device", " Status SyncHdr 200")),
        // Aborted.
        ("STA-002", ".", opened!(" Get ./DevDetail/SwV", "device", " Status SyncHdr 200", " Alert 1223")),
        // The end is not captured.
        ("STA-002", "?", opened!(" Get ./DevDetail/SwV")),
        ("STA-002", "?", opened!(" Get ./DevDetail/SwV", "device nofinal", " Status SyncHdr 200", " Alert 1222")),
        // Two commands with one CmdID.
        (
            "STA-002",
            "?",
            opened!(" Get ./A cmd=4", " Get ./B cmd=4", "device", " Status SyncHdr 200", " Status Get 404"),
        ),
        // A Status that may have meant it.
        ("STA-002", "?", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404 ref=77")),
        // The Atomic was not executed as a whole.
        ("STA-002", "w", opened!(" Atomic", "  Replace ./A=1", "device", " Status SyncHdr 200", " Status Atomic 406")),
        ("STA-002", "e", opened!(" Atomic", "  Replace ./A=1", "device", " Status SyncHdr 200", " Status Atomic 507")),
        // An answer in several messages.
        (
            "STA-002",
            ".",
            opened!(
                " Get ./A",
                " Get ./B",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Get 404",
                "server nofinal",
                " Status SyncHdr 200",
                " Alert 1222",
                "device",
                " Status SyncHdr 200",
                " Status Alert 200",
                " Status Get 404",
            ),
        ),
        // Many servers leave the Status for Alert 1222 out.
        (
            "STA-002",
            "w",
            opened!(
                " Get ./A",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Get 404",
                " Alert 1222",
                "server",
                " Status SyncHdr 200",
            ),
        ),
    ]);
}

#[test]
fn a_lost_message_may_have_held_the_status() {
    let text = opened!(
        " Get ./A",
        "device nofinal lost",
        " Status SyncHdr 200",
        " Status Get 404",
        "server nofinal lost",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Alert 200",
    );
    assert_eq!(interop("STA-002", text), "?");
}

#[test]
fn a_lost_message_may_have_held_an_earlier_status() {
    let text = opened!(
        " Exec ./A",
        " Get ./C",
        "device nofinal lost",
        " Status SyncHdr 200",
        " Status Exec 101",
        "server nofinal lost",
        " Status SyncHdr 200",
        " Alert 1222",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        " Status Exec 200 msgref=1 ref=4",
    );
    assert_eq!(interop("STA-004", text), "?");
}

#[test]
fn the_cause_may_stand_before_the_capture() {
    let cancelled = "device nofinal msg=3\n Status SyncHdr 200 msgref=2 norefs\n Alert 1222\nserver msg=3\n Status SyncHdr 200\n \
                     Status Alert 200\n Delete ./A\ndevice msg=4\n Status SyncHdr 200\n Status Delete 215\n";
    assert_eq!(interop("STA-025", cancelled), "?");
    let refused = "device msg=3\n Status SyncHdr 200 msgref=2 norefs\nserver msg=3\n Status SyncHdr 200\n \
                   Add type=application/vnd.syncml.dmtnds+xml format=xml ./A=<MgmtTree/>\ndevice msg=4\n Status SyncHdr 200\n \
                   Status Add 406\n";
    assert_eq!(interop("STA-034", refused), "?");
}

#[test]
fn order_has_its_exceptions() {
    check(&[
        ("STA-003", "w", after_package_1!("server", " Status Alert 200", " Status SyncHdr 200", " Status Replace 200")),
        // Commands may stand before it.
        (
            "STA-003",
            ".",
            after_package_1!("server", " Alert 1100 \"\" \"Hi\"", " Status SyncHdr 200", " Status Alert 200")
                .trim_end(),
        ),
        // The container after its children.
        (
            "STA-004",
            ".",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                "  Delete ./B",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Delete 200",
                " Status Sequence 200",
                " Status Get 404",
            ),
        ),
        (
            "STA-004",
            "w",
            opened!(
                " Sequence",
                "  Replace ./A=1",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Get 404",
                " Status Sequence 200",
            ),
        ),
        // 101 first, the end later.
        (
            "STA-004",
            ".",
            opened!(
                " Exec ./A",
                " Get ./C",
                "device",
                " Status SyncHdr 200",
                " Status Exec 101",
                " Status Get 404",
                " Status Exec 200 msgref=1 ref=4",
            ),
        ),
        // Across messages of a package.
        (
            "STA-004",
            "w",
            opened!(
                " Get ./A",
                " Delete ./B",
                "device nofinal",
                " Status SyncHdr 200",
                " Status Delete 200",
                "server nofinal",
                " Status SyncHdr 200",
                " Alert 1222",
                "device",
                " Status SyncHdr 200",
                " Status Get 404",
                " Status Alert 200",
            ),
        ),
        (
            "STA-004",
            "i",
            opened!(
                " Get ./Vendor/MSFT/A",
                " Delete ./B",
                "device",
                " Status SyncHdr 200",
                " Status Delete 200",
                " Status Get 404",
            ),
        ),
    ]);
}

#[test]
fn repeated_status_has_its_exceptions() {
    check(&[
        (
            "STA-005",
            ".",
            opened!(
                " Exec ./A",
                "device",
                " Status SyncHdr 200",
                " Status Exec 101",
                " Status Exec 200 msgref=1 ref=4"
            ),
        ),
        (
            "STA-005",
            ".",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200 targetref=./A",
                " Status Replace 404 targetref=./B msgref=1 ref=4",
            ),
        ),
        (
            "STA-005",
            "w",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200",
                " Status Replace 404 msgref=1 ref=4",
            ),
        ),
        (
            "STA-005",
            "e",
            opened!(
                " Replace ./A=1 ./B=2",
                "device",
                " Status SyncHdr 200",
                " Status Replace 200 targetref=./A",
                " Status Replace 404 targetref=./A msgref=1 ref=4",
            ),
        ),
        // Which of two Gets with one CmdID is answered twice cannot be known.
        (
            "STA-005",
            ".",
            opened!(
                " Get ./A cmd=4",
                " Get ./B cmd=4",
                "device",
                " Status SyncHdr 200",
                " Status Get 404 msgref=1 ref=4",
                " Status Get 404 msgref=1 ref=4",
            ),
        ),
        ("STA-043", ".", after_package_1!("server", " Status SyncHdr 101", " Status SyncHdr 200", " Status * 200")),
        ("STA-043", "e", after_package_1!("server", " Status SyncHdr 200", " Status SyncHdr 200", " Status * 200")),
    ]);
}

#[test]
fn a_package_that_was_refused_and_sent_again_answers_once() {
    let text = opened!(
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 401 chal=md5:Tm9uY2U=",
        " Status * 401",
        "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
        " Status SyncHdr 200",
        " Status Get 404 msgref=1 ref=4",
        "server",
        " Status SyncHdr 212",
    );
    let text = text.replace("\n Status * 401", "");
    assert_eq!(interop("STA-005", &text), ".");
    assert_eq!(interop("STA-043", &text), ".");
}

#[test]
fn different_results_have_their_exceptions() {
    check(&[
        (
            "STA-006",
            ".",
            opened!(
                " Get ./A ./B",
                "device",
                " Status SyncHdr 200",
                " Status Get 200",
                " Results ./a=1",
                " Results ./B= msgref=1 ref=4",
            ),
        ),
        // A tree.
        (
            "STA-006",
            "",
            opened!(" Get ./A?list=Struct ./B", "device", " Status SyncHdr 200", " Status Get 200", " Results ./A=1"),
        ),
        // A Status for each.
        (
            "STA-006",
            "",
            opened!(
                " Get ./A ./B",
                "device",
                " Status SyncHdr 200",
                " Status Get 200 targetref=./A",
                " Status Get 404 targetref=./B msgref=1 ref=4",
                " Results ./A=1",
            ),
        ),
        // The answer goes on after the capture.
        (
            "STA-006",
            "?",
            opened!(" Get ./A ./B", "device nofinal", " Status SyncHdr 200", " Status Get 200", " Results ./A=1"),
        ),
    ]);
}

#[test]
fn references_are_compared_by_their_meaning() {
    let get = |uri: &str, reference: &str| {
        format!(
            "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Get {uri}\ndevice\n \
             Status SyncHdr 200\n Status Get 404 targetref=\"{reference}\"\n"
        )
    };
    let header =
        |options: &str| format!("device\n Alert 1201\nserver\n Status SyncHdr 200 {options}\n Status Alert 200\n");
    for (expected, text) in [
        (".", get("./A/x", "A/x")),
        ("i", get("./A/x", "./a/X")),
        ("i", get("./A/x?list=Struct", "./A/x")),
        ("e", get("./A/x", "./A/y")),
        (".", get("./Device/Vendor/MSFT/x", "./Vendor/MSFT/x")),
        // An Alert names nothing.
        ("i", "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200 targetref=./A\n".to_owned()),
        (".", header("targetref=https://dm.example.com/dm sourceref=IMEI:004400112233445")),
        // Exchanged, shortened, foreign.
        ("ww", header("targetref=IMEI:004400112233445 sourceref=https://dm.example.com/dm")),
        ("w", header("targetref=https://dm.example.com")),
        ("e", header("targetref=https://elsewhere.example.com/dm")),
        // Inside a LocURI.
        (
            ".",
            header("")
                + " patch \"<TargetRef>https://dm.example.com/dm<\" => \"<TargetRef><LocURI>https://dm.example.com/dm</LocURI><\"\n",
        ),
    ] {
        assert_eq!(interop("STA-007", &text), expected, "{text}");
    }
}

#[test]
fn shape_has_its_exceptions() {
    check(&[
        ("STA-010", "w", "device\n Alert 1201\nserver\n Status SyncHdr 200 nocmdref\n Status Alert 200\n"),
        ("STA-010", ".", opened!(" Get ./A nocmd", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\"")),
        ("STA-010", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\"")),
        ("STA-012", ".", opened!(" Exec ./A", "device", " Status SyncHdr 200", " Status Exec 1450")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 1450")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 600")),
        ("STA-012", "e", opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get")),
        // Something is missing besides.
        (
            "STA-017",
            "w",
            "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
             patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"\n",
        ),
        (
            "STA-020",
            "",
            opened!(" Get ./Vendor/MSFT/A nocmd", "device", " Status SyncHdr 200", " Status Get 400 ref=\"\""),
        ),
    ]);
    let swapped = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
                   patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"\n";
    let swapped = Script::parse(swapped).unwrap();
    assert_eq!(said("STA-017", &swapped, Mode::Interop), "i");
    assert_eq!(said("STA-017", &swapped, Mode::Strict), "e");
}
