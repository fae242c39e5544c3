//! `analyze` from a capture to the report.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;

use dmscope::fixture::{Encoding, Script};
use dmscope::verdict::{Report, Verdict};
use program::Folder;

/// A script of `tests/fixtures` as a capture.
fn capture(name: &str, encoding: Encoding) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{name}.dms", env!("CARGO_MANIFEST_DIR"));
    let script = Script::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    script.with_encoding(encoding).unwrap().capture()
}

fn report(folder: &Folder, arguments: &[&str]) -> (i32, Report) {
    let run = folder.dmscope([&["analyze", "--format", "json"], arguments].concat());
    (run.code, serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)))
}

#[test]
fn a_session_is_shown_as_a_ladder() {
    let folder = Folder::new();
    folder.put("s01.pcap", &capture("s01", Encoding::Wbxml));
    let run = folder.dmscope(["analyze", "s01.pcap"]);
    // How many rules there are is not the matter here.
    let ladder = run.stdout.split("\nRules\n").next().unwrap();
    insta::assert_snapshot!("ladder", ladder);
}

#[test]
fn credentials_that_nobody_answered_are_not_called_absent() {
    let folder = Folder::new();
    let whole = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/captures/10-atomic.pcap")).unwrap();
    // The file header and six packets: the first message of the client, which holds Cred, and no answer.
    let mut end = 24;
    for _ in 0..6 {
        let length: [u8; 4] = whole[end + 8..end + 12].try_into().unwrap();
        end += 16 + u32::from_le_bytes(length) as usize;
    }
    folder.put("first.pcap", &whole[..end]);
    let run = folder.dmscope(["analyze", "first.pcap"]);
    assert!(
        run.stdout.contains("client auth-basic not\n  answered")
            || run.stdout.contains("client auth-basic not answered")
    );
    assert!(!run.stdout.contains("client auth-basic without"), "{}", run.stdout);
}

#[test]
fn the_report_is_the_same_with_any_number_of_threads_and_in_a_file() {
    let folder = Folder::new();
    for name in ["s01", "s05", "s12", "s24"] {
        folder.put(&format!("in/{name}.pcap"), &capture(name, Encoding::Xml));
    }
    let one = folder.dmscope(["analyze", "--format", "json", "--jobs", "1", "in"]);
    // A thread for each input; then, more than inputs, so that they are judged beside their reading.
    for jobs in ["4", "8"] {
        let many = folder.dmscope(["analyze", "--format", "json", "--jobs", jobs, "in"]);
        assert_eq!(one.stdout, many.stdout);
        assert_eq!(one.code, many.code);
    }
    let stored = folder.dmscope(["analyze", "--out", "out", "in"]);
    assert_eq!(stored.code, one.code);
    // Beside the messages, findings say at which line of them they are.
    let mut beside: Report = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    let lines = beside.findings.iter().filter(|finding| finding.line.is_some()).count();
    assert!(lines > 0);
    for finding in &mut beside.findings {
        (finding.line, finding.column) = (None, None);
    }
    assert_eq!(beside, serde_json::from_str(&one.stdout).unwrap());
    let report: Report = serde_json::from_str(&one.stdout).unwrap();
    assert!(report.sessions.iter().zip(1..).all(|(session, number)| session.index == number));
    assert_eq!(report.summary.sessions, report.sessions.len() as u64);
    let from_stdin = folder.dmscope_with(&capture("s01", Encoding::Xml), ["analyze", "--format", "json", "-"]);
    let from_file = folder.dmscope(["analyze", "--format", "json", "in/s01.pcap"]);
    assert_eq!(from_stdin.stdout.replace("\"path\":\"-\"", "\"path\":\"in/s01.pcap\""), from_file.stdout);
}

#[test]
fn a_filter_picks_sessions_and_leaves_them_their_number() {
    let folder = Folder::new();
    let script = |device: &str| {
        let text = format!("session device={device}\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n");
        Script::parse(&text).unwrap().capture()
    };
    folder.put("in/1.pcap", &script("IMEI:1"));
    folder.put("in/2.pcap", &script("IMEI:2"));
    let (_, all) = report(&folder, &["in"]);
    assert_eq!(all.summary.sessions, 2);
    let (_, picked) = report(&folder, &["--filter", "device=*2", "in"]);
    let numbers: Vec<u32> = picked.sessions.iter().map(|session| session.index).collect();
    assert_eq!(numbers, [2]);
    assert_eq!((picked.summary.sessions, picked.summary.messages), (1, 2));
    assert!(picked.findings.iter().all(|finding| finding.session == 2));
    let (code, none) = report(&folder, &["--filter", "device=nobody", "in"]);
    assert_eq!((code, none.summary.verdict, none.sessions.len()), (0, Verdict::None, 0));
    assert_eq!(none.summary.why, "none of the 2 DM sessions matches the filter");
    assert_eq!(none.inputs.iter().map(|input| input.left_out).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_cut_capture_is_analysed_as_far_as_it_goes_and_never_passes() {
    let folder = Folder::new();
    let whole = capture("s01", Encoding::Wbxml);
    folder.put("whole.pcap", &whole);
    let (code, report_of_whole) = report(&folder, &["--select", "HDR-006", "whole.pcap"]);
    assert_eq!((code, report_of_whole.summary.verdict), (0, Verdict::Pass), "{:?}", report_of_whole.summary);
    for tenth in 1..10 {
        folder.put("cut.pcap", &whole[..whole.len() * tenth / 10 + 1]);
        let (code, report) = report(&folder, &["--select", "HDR-006", "cut.pcap"]);
        assert!(code == 3 || code == 0, "{tenth}/10: {code}");
        assert_ne!(report.summary.verdict, Verdict::Pass, "{tenth}/10: {:?}", report.summary);
        let strict = folder.dmscope(["analyze", "-q", "--select", "HDR-006", "--fail-on", "inconclusive", "cut.pcap"]);
        assert!(strict.code != 0 || report.summary.verdict == Verdict::None, "{tenth}/10");
    }
}

#[test]
fn messages_stand_beside_the_report_and_findings_name_their_lines() {
    let folder = Folder::new();
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/captures/faults.pcap");
    folder.dmscope(["analyze", "--out", "out", "--format", "json", capture]);
    let report: Report = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    let mut seen = 0;
    for session in &report.sessions {
        for message in &session.messages {
            let path = format!("out/messages/session-{:04}/message-{:04}.xml", session.index, message.index);
            let text = folder.read(&path);
            assert!(text.contains("<SyncML xmlns="), "{text}");
            let here = |finding: &&dmscope::verdict::FindingReport<'_>| {
                finding.session == session.index && finding.message == Some(message.index)
            };
            for finding in report.findings.iter().filter(here) {
                let (Some(line), Some(column)) = (finding.line, finding.column) else { continue };
                let line: String =
                    text.lines().nth(line as usize - 1).unwrap().chars().skip(column as usize - 1).collect();
                let name = finding.element.as_ref().unwrap().rsplit('/').next().unwrap().split('[').next().unwrap();
                assert!(line.starts_with(&format!("<{name}")), "{line}: {finding:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "{:?}", report.findings);
    assert!(!report.sessions.is_empty());
}

#[test]
fn what_a_device_says_of_itself_is_in_the_report() {
    let folder = Folder::new();
    let session = |name: &str, package_1: &str, get: &str, results: &str| {
        let text = format!(
            "session device=IMEI:1\ndevice\n    Alert 1201\n    {package_1}\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
             Get {get}\ndevice\n    Status SyncHdr 200\n    Status * 200\n    Results {results}\nserver\n    Status SyncHdr 200\n"
        );
        folder.put(name, &Script::parse(&text).unwrap().capture());
    };
    session("1.pcap", "Replace ./DevInfo/Man=Acme ./DevInfo/Mod=X1", "./DevDetail/FwV", "./DevDetail/FwV=1.2");
    session(
        "2.pcap",
        "Replace DevInfo/Man=Acme DevInfo/Mod=X2",
        "./DevDetail?list=StructData",
        "./DevDetail= ./DevDetail/FwV=1.3 ./DevDetail/SwV=4 DevDetail/HwV=B",
    );
    // A value of something else, a value in parts, an empty one; then the last one of two.
    session(
        "3.pcap",
        "Replace ./DevInfo/Man=",
        "./DevDetail/FwV?prop=Size",
        "./DevDetail/FwV?prop=Size=3 ./Vendor/FwV=9",
    );
    session("4.pcap", "Replace ./DevInfo/Man=One ./DevInfo/Man=Two", "./DevInfo/Mod", "./DevInfo/Mod=Later");
    let (_, report) = report(&folder, &["."]);
    let told: Vec<Vec<Option<&str>>> = report
        .sessions
        .iter()
        .map(|session| {
            let told = &session.product;
            let all = [&told.manufacturer, &told.model, &told.firmware, &told.software, &told.hardware];
            all.into_iter().map(Option::as_deref).collect()
        })
        .collect();
    let expected = [
        [Some("Acme"), Some("X1"), Some("1.2"), None, None],
        [Some("Acme"), Some("X2"), Some("1.3"), Some("4"), Some("B")],
        [None; 5],
        [Some("Two"), Some("Later"), None, None, None],
    ];
    assert_eq!(told, expected);
    let text = folder.dmscope(["analyze", "2.pcap"]).stdout;
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(words.join(" ").contains("· Acme X2, firmware 1.3, software 4, hardware B ·"), "{text}");
    let csv = folder.dmscope(["analyze", "--format", "csv", "2.pcap"]).stdout;
    assert!(csv.lines().next().unwrap().ends_with("waived,manufacturer,model,firmware,software,hardware"), "{csv}");
    assert!(csv.lines().nth(1).unwrap().ends_with(",Acme,X2,1.3,4,B"), "{csv}");
    let html = folder.dmscope(["analyze", "--format", "html", "2.pcap"]).stdout;
    assert!(html.contains("Acme · X2 · 1.3 · 4 · B"));
}

#[test]
fn a_bootstrap_message_stands_before_its_session() {
    let folder = Folder::new();
    folder.put("s18b.pcap", &capture("s18b", Encoding::Xml));
    let (_, without) = report(&folder, &["s18b.pcap"]);
    let (_, with) = report(&folder, &["--pin", "1234", "--imsi", "262011234567890", "s18b.pcap"]);
    let (_, wrong) = report(&folder, &["--pin", "4321", "--imsi", "262011234567890", "s18b.pcap"]);
    let one = &with.sessions[0].bootstraps[0];
    assert_eq!((with.sessions.len(), with.sessions[0].bootstraps.len(), one.frame, one.repeated), (1, 1, 1, 1));
    assert_eq!(
        (&*one.holds, &*one.destination, one.sec.as_deref()),
        ("provisioning-document", "192.0.2.10:2948", Some("2"))
    );
    assert_eq!(one.summary, "provisioning document 1.1: NAPDEF, APPLICATION w7");
    assert_eq!(one.accounts[0].server.as_deref(), Some("dm.example.com"));
    assert_eq!(one.accounts[0].addresses, ["https://dm.example.com/dm"]);
    assert_eq!(one.protection, "USERNETWPIN, MAC correct (IMSI in semi-octets)");
    let protection = |report: &Report| report.sessions[0].bootstraps[0].protection.to_string();
    assert_eq!(protection(&without), "USERNETWPIN, MAC not verified: no secret for this method was given");
    assert_eq!(protection(&wrong), "USERNETWPIN, MAC not correct with the secret that was given");
    let found = |report: &Report| report.findings.iter().filter(|finding| finding.rule == "BST-011").count();
    assert_eq!([found(&without), found(&with), found(&wrong)], [0, 0, 1]);
    assert!(with.inputs[0].problems.is_empty(), "{:?}", with.inputs[0].problems);

    // The credentials file knows more than the command line.
    folder.put("c.toml", b"[[account]]\ndevice = \"IMEI:0044*\"\npin = \"1234\"\n");
    let arguments = ["--credentials", "c.toml", "--pin", "4321", "--imsi", "262011234567890", "s18b.pcap"];
    assert_eq!(report(&folder, &arguments).1.findings.iter().filter(|one| one.rule == "BST-011").count(), 0);

    let text = folder.dmscope(["analyze", "--pin", "1234", "--imsi", "262011234567890", "s18b.pcap"]).stdout;
    let line = text.lines().position(|line| line.contains("before        B   bootstrap message  frame 1")).unwrap();
    let ladder: String = text.lines().skip(line + 1).take(3).collect::<Vec<_>>().join(" ");
    assert!(ladder.contains("account dm.example.com at https://dm.example.com/dm"), "{text}");
    assert!(ladder.contains("MAC correct") && ladder.contains("sent 2 times"), "{text}");
    let html = folder.dmscope(["analyze", "--format", "html", "s18b.pcap"]).stdout;
    assert!(html.contains("bootstrap · account dm.example.com"));
    for output in [text, html] {
        assert!(!output.contains("262011234567890") && !output.contains("1234\""), "{output}");
    }
}

#[test]
fn a_bootstrap_message_that_no_session_follows_is_named_once() {
    let folder = Folder::new();
    let text = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\nbootstrap at=+5\n    NAPDEF NAPID=A\nbootstrap \
                at=+1\n    NAPDEF NAPID=A\n";
    folder.put("a.pcap", &Script::parse(text).unwrap().capture());
    let (_, report) = report(&folder, &["a.pcap"]);
    let problems: Vec<_> = report.inputs[0].problems.iter().map(|one| (one.kind.name(), one.text.as_str())).collect();
    let [("bootstrap-alone", text)] = problems.as_slice() else { panic!("{problems:?}") };
    assert!(text.contains("to 192.0.2.10:2948, sent 2 times,") && text.contains("dmscope decode"), "{text}");
    assert!(report.sessions[0].bootstraps.is_empty());
}

#[test]
fn with_nothing_selected_the_traffic_is_decoded_and_nothing_has_passed() {
    let folder = Folder::new();
    folder.put("s01.pcap", &capture("s01", Encoding::Xml));
    let run = folder.dmscope(["analyze", "--select", "none", "s01.pcap"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("INCONCLUSIVE  nothing was judged"), "{}", run.stdout);
    assert!(run.stdout.contains("\nSession 1  INCONCLUSIVE  "), "{}", run.stdout);
    assert!(run.stdout.contains("Next: select rules or test cases"), "{}", run.stdout);
    let strict = folder.dmscope(["analyze", "--select", "none", "--fail-on", "inconclusive", "s01.pcap"]);
    assert_eq!(strict.code, 1, "{}", strict.stderr);
    // Nothing, and something beside it, contradict each other.
    let run = folder.dmscope(["analyze", "--select", "none,HDR-006", "s01.pcap"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("\"none\""), "{}", run.stderr);
}

#[test]
fn alerts_of_devices_are_listed_with_mark_and_acknowledgement() {
    let script = "
device
    Alert 1201
    Alert 1226 source=./Log type=com.example.log format=chr mark=harmless data=\"<b>\"
    Alert 1226 source=./Temp type=com.example.heat format=int mark=fatal data=91 correlator=t-1
    Alert 1224 type=com.example.key format=chr data=x
    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en
server
    Status SyncHdr 200
    Status Alert 200 ref=1
    Status Alert 200 ref=2
    Status Alert 200 ref=3
    Status Alert 412 ref=4
    Status Replace 200
";
    let folder = Folder::new();
    folder.put("alerts.pcap", &Script::parse(script).unwrap().capture());
    let (_, report) = report(&folder, &["--no-tests", "alerts.pcap"]);
    let alerts: Vec<String> = (report.sessions[0].alerts.iter())
        .map(|alert| {
            let text = |text: &Option<dmscope::verdict::Text<'_>>| text.as_deref().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {} {} {} {}",
                alert.code,
                text(&alert.mark),
                text(&alert.kind),
                text(&alert.source),
                text(&alert.correlator),
                text(&alert.data),
                text(&alert.status)
            )
        })
        .collect();
    assert_eq!(
        alerts,
        [
            "1226 harmless com.example.log ./Log - <b> 200",
            "1226 fatal com.example.heat ./Temp t-1 91 200",
            "1224 - com.example.key - - x 412",
        ]
    );
    folder.dmscope(["analyze", "--no-tests", "--format", "html", "--out", "out", "alerts.pcap"]);
    let html = folder.read("out/report.html");
    let section = html.split("<section id=\"alerts\">").nth(1).unwrap().split("</section>").next().unwrap();
    let places = ["fatal", "com.example.key", "harmless"].map(|text| section.find(text).unwrap());
    assert!(places.is_sorted(), "{section}");
    assert!(section.contains("<td>&lt;b&gt;<td>") && html.contains("<a href=\"#alerts\">Alerts</a>"), "{section}");
}

#[test]
fn what_was_refused_for_want_of_rights_is_listed() {
    let script = "
device
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en
server
    Status SyncHdr 200
    Status * 200
    Get ./Vendor/Other
    Delete ./Vendor/Locked
device
    Status SyncHdr 200
    Status Get 404
    Status Delete 425
server
    Status SyncHdr 200
";
    let folder = Folder::new();
    folder.put("refused.pcap", &Script::parse(script).unwrap().capture());
    folder.dmscope(["analyze", "--no-tests", "--format", "html", "--out", "out", "refused.pcap"]);
    let html = folder.read("out/report.html");
    let section = html.split("<h3>Refused for want of rights</h3>").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(section.contains("<td>Delete<td><code>./Vendor/Locked</code><td>425<td>"), "{section}");
    assert!(!section.contains("./Vendor/Other"), "{section}");
}
