//! What is accepted, and what was known before: `--waivers` and `--baseline`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use dmscope::fixture::Script;
use dmscope::verdict::{Report, Verdict};
use program::{Folder, Run};

/// A Get that is not answered: one finding of STA-002. `more` stands before the last message of the server.
fn session(device: &str, more: &str) -> Vec<u8> {
    let text = format!(
        "session device={device} server=http://dm.example.com/dm session=1A\n\
         device\n    Alert 1201\n    Replace ./DevInfo/DevId={device} ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
         ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
         server\n    Status SyncHdr 200\n    Status * 200\n    Get ./DevDetail/SwV\n\
         device\n    Status SyncHdr 200\n    Results ./DevDetail/SwV=7.1\n{more}\
         server\n    Status SyncHdr 200\n"
    );
    Script::parse(&text).unwrap().capture()
}

/// A second Get that is not answered, of another node.
const ANOTHER: &str = "server\n    Status SyncHdr 200\n    Get ./DevDetail/FwV\ndevice\n    Status SyncHdr 200\n    Results ./DevDetail/FwV=1\n";

const WAIVER: &str = "\
format: 1
kind: waivers
waivers:
  - rule: STA-002
    match: {device: \"IMEI:0044*\"}
    why: \"firmware 1 forgets the Status of a Get, mended in 2\"
    owner: lab@example.com
    ticket: ACME-7
    expires: 2027-01-01
";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.put("a.pcap", &session("IMEI:004400112233445", ""));
    folder.put("waivers.yaml", WAIVER.as_bytes());
    folder
}

fn analyze(folder: &Folder, arguments: &[&str]) -> Run {
    folder.dmscope(["analyze", "--select", "STA-002"].iter().chain(arguments))
}

fn report(folder: &Folder, arguments: &[&str]) -> (i32, Report) {
    let run = analyze(folder, &[&["--format", "json"], arguments].concat());
    (run.code, serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr)))
}

const ON_TIME: [&str; 4] = ["--waivers", "waivers.yaml", "--today", "2026-12-31"];
const LATE: [&str; 4] = ["--waivers", "waivers.yaml", "--today", "2027-01-01"];

#[test]
fn an_accepted_finding_is_reported_and_fails_nothing() {
    let folder = folder();
    assert_eq!(analyze(&folder, &["a.pcap"]).code, 1, "it does fail without a waiver");
    let (code, report) = report(&folder, &[&ON_TIME[..], &["a.pcap"]].concat());
    assert_eq!((code, report.summary.verdict), (0, Verdict::Pass), "{:?}", report.summary);
    let counts = report.summary.findings;
    assert_eq!((counts.error, counts.waived, report.sessions[0].findings.waived), (0, 1, 1));
    let waived = report.findings[0].waived.as_ref().unwrap();
    assert!(waived.reason.contains("mended in 2") && waived.reason.contains("ACME-7"), "{waived:?}");
    assert_eq!((waived.owner.as_deref(), waived.expires.as_deref()), (Some("lab@example.com"), Some("2027-01-01")));
    assert_eq!((report.summary.remarks.len(), report.rules[0].violations), (0, 1));
    for level in ["warning", "inconclusive"] {
        assert_eq!(analyze(&folder, &[&ON_TIME[..], &["--fail-on", level, "a.pcap"]].concat()).code, 0, "{level}");
    }
    let text = analyze(&folder, &[&ON_TIME[..], &["a.pcap"]].concat()).stdout;
    assert!(text.contains("Waived\n  STA-002 1×: firmware 1 forgets") && text.contains("1 waived"), "{text}");
}

#[test]
fn another_device_or_another_fingerprint_is_not_accepted() {
    let folder = folder();
    folder.put("b.pcap", &session("IMEI:990000112233445", ""));
    let (code, both) = report(&folder, &[&ON_TIME[..], &["a.pcap", "b.pcap"]].concat());
    assert_eq!(code, 1);
    let accepted: Vec<bool> = both.findings.iter().map(|finding| finding.waived.is_some()).collect();
    assert_eq!(accepted, [true, false]);
    let fingerprint = both.findings[0].fingerprint.clone().unwrap();
    for (print, expected) in [(&*fingerprint, 0), ("00000000000000000000000000000000", 1)] {
        let text = WAIVER.replace("    why:", &format!("    fingerprint: \"{print}\"\n    why:"));
        folder.put("print.yaml", text.as_bytes());
        let run = analyze(&folder, &["--waivers", "print.yaml", "--today", "2026-01-01", "a.pcap"]);
        assert_eq!(run.code, expected, "{print}: {}", run.stderr);
    }
}

#[test]
fn what_has_expired_accepts_nothing_and_is_said() {
    let folder = folder();
    let run = analyze(&folder, &[&LATE[..], &["a.pcap"]].concat());
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("warning: the waiver for STA-002 expired on 2027-01-01"), "{}", run.stderr);
    assert!(run.stdout.contains("Remarks\n  ! the waiver for STA-002 expired on 2027-01-01"), "{}", run.stdout);
    let run = folder.dmscope(["analyze", "-q", "--waivers", "waivers.yaml", "--today", "2027-01-01", "a.pcap"]);
    assert_eq!(run.stderr, "");
    for format in ["html", "markdown", "github", "ndjson", "json"] {
        let run = analyze(&folder, &[&LATE[..], &["--format", format, "a.pcap"]].concat());
        assert!(run.stdout.contains("expired on 2027-01-01"), "{format}: {}", run.stdout);
    }
}

#[test]
fn what_covers_nothing_is_a_warning() {
    let folder = folder();
    folder.put("b.pcap", session("IMEI:990000112233445", "").split_at(24).0);
    let said = "the waiver for STA-002 covers nothing";
    let run = analyze(&folder, &[&ON_TIME[..], &["b.pcap"]].concat());
    assert!(run.code == 0 && run.stderr.contains(said) && run.stdout.contains(said), "{run:?}");
    let run = analyze(&folder, &[&ON_TIME[..], &["--fail-on", "warning", "b.pcap"]].concat());
    assert_eq!(run.code, 1, "{}", run.stderr);
    // What was not asked for may well cover nothing.
    let arguments = ["analyze", "--select", "HDR", "--fail-on", "warning", "b.pcap"];
    let run = folder.dmscope(arguments.iter().chain(&ON_TIME));
    assert!(run.code == 0 && run.stderr.is_empty(), "{}", run.stderr);
    // A session that the filter leaves out is not in the report.
    let run = analyze(&folder, &[&ON_TIME[..], &["--filter", "device=nobody", "a.pcap"]].concat());
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[test]
fn a_waiver_is_of_use_when_one_part_of_a_run_needs_it() {
    let folder = folder();
    folder.put("b.pcap", &session("IMEI:990000112233445", ""));
    for part in ["1", "2"] {
        let shard = format!("{part}/2");
        let arguments = ["--format", "json", "--fail-on", "never", "--shard", &shard, "a.pcap", "b.pcap"];
        let run = analyze(&folder, &[&ON_TIME[..], &arguments].concat());
        folder.put(&format!("{part}.json"), run.stdout.as_bytes());
    }
    assert!(folder.read("2.json").contains("covers nothing"));
    let merged = folder.dmscope(["merge", "--format", "json", "1.json", "2.json"]);
    let whole = analyze(&folder, &[&ON_TIME[..], &["--format", "json", "a.pcap", "b.pcap"]].concat());
    assert_eq!((merged.code, merged.stdout), (whole.code, whole.stdout));
}

#[test]
fn a_file_that_says_too_little_is_refused_with_its_place() {
    let folder = folder();
    let without = |key: &str| {
        let lines = WAIVER.lines().filter(|line| !line.trim_start().starts_with(key));
        lines.fold(String::new(), |text, line| text + line + "\n")
    };
    let table = [
        (without("why:"), &[":8:5", "the key `why` is missing"][..]),
        (without("owner:"), &[":8:5", "the key `owner` is missing"]),
        (without("expires:"), &[":8:5", "the key `expires` is missing"]),
        (
            WAIVER.replace("firmware 1 forgets the Status of a Get, mended in 2", "To be defined."),
            &[":6:10", "no reason"],
        ),
        (WAIVER.replace("lab@example.com", "\" \""), &[":7:12", "needs an owner"]),
        (WAIVER.replace("STA-002", "STA-0002"), &[":4:11", "no rule `STA-0002`", "did you mean `STA-002`?"]),
        (WAIVER.replace("ticket:", "tiket:"), &[":8:5", "unknown key `tiket`", "did you mean `ticket`?"]),
        (WAIVER.replace("{device:", "{devise:"), &[":5:13", "unknown key `devise`"]),
        (WAIVER.replace("2027-01-01", "2027-02-30"), &["expected a day such as"]),
        (WAIVER.replace("2027-01-01", "soon"), &["expected a day such as"]),
        (WAIVER.replace("format: 1", "format: 2"), &[":1:9", "format 2"]),
        (WAIVER.replace("kind: waivers", "kind: baseline"), &[":2:7", "`baseline`"]),
        (WAIVER.replace("    owner", "    rev: 3\n    owner"), &[":7:10", "`rev` says nothing of a rule"]),
        (WAIVER.replace("{device", "{step: x, device"), &[":5:19", "`match.step` says nothing of a rule"]),
        (without("- rule").replace("    match", "  - match"), &[":4:5", "either a rule or a case"]),
        ("\u{1b}[31m".to_owned(), &["wrong.yaml"]),
        (String::new(), &["wrong.yaml", "empty"]),
        ("x: ".to_owned() + &"y".repeat(300_000), &["too large"]),
    ];
    for (text, expected) in table {
        folder.put("wrong.yaml", text.as_bytes());
        let run = analyze(&folder, &["--waivers", "wrong.yaml", "a.pcap"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{expected:?}: {}", run.stderr);
        for part in expected {
            assert!(run.stderr.contains(part), "{expected:?}: {}", run.stderr);
        }
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    }
}

#[test]
fn both_files_may_come_through_standard_input_but_not_together() {
    let folder = folder();
    let arguments = ["analyze", "--select", "STA-002", "--waivers", "-", "--today", "2026-01-01", "a.pcap"];
    assert_eq!(folder.dmscope_with(WAIVER.as_bytes(), arguments).code, 0);
    let wrong = folder.dmscope_with(b"waivers: 1", arguments);
    assert!(wrong.code == 2 && wrong.stderr.contains("error: -:1:"), "{}", wrong.stderr);
    let old = analyze(&folder, &["--format", "json", "a.pcap"]).stdout;
    let arguments = ["analyze", "--select", "STA-002", "--baseline", "-", "a.pcap"];
    assert_eq!(folder.dmscope_with(old.as_bytes(), arguments).code, 0);
    for arguments in
        [&["--baseline", "-", "-"][..], &["--waivers", "-", "-"], &["--waivers", "-", "--baseline", "-", "a.pcap"]]
    {
        let run = analyze(&folder, arguments);
        assert!(run.code == 2 && run.stderr.contains("only once"), "{arguments:?}: {}", run.stderr);
    }
    let run = analyze(&folder, &["--today", "2026-01-01", "a.pcap"]);
    assert!(run.code == 2 && run.stderr.contains("--waivers"), "{}", run.stderr);
    let run = analyze(&folder, &["--waivers", "missing.yaml", "a.pcap"]);
    assert!(run.code == 2 && run.stderr.contains("missing.yaml can't be read"), "{}", run.stderr);
}

#[test]
fn what_stands_in_the_baseline_fails_nothing_and_what_is_new_does() {
    let folder = folder();
    folder.put("old.json", analyze(&folder, &["--format", "json", "a.pcap"]).stdout.as_bytes());
    // Another device, another capture, the same mistake.
    folder.put("b.pcap", &session("IMEI:990000112233445", ""));
    let (code, same) = report(&folder, &["--baseline", "old.json", "a.pcap", "b.pcap"]);
    assert_eq!((code, same.summary.verdict), (0, Verdict::Fail), "{:?}", same.summary);
    assert_eq!(same.summary.why, "2 errors in 2 of 2 sessions; since the baseline: nothing new, 2 known");
    let baseline = same.summary.baseline.unwrap();
    assert_eq!((baseline.known.error, baseline.new.error, baseline.inconclusive), (2, 0, false));
    assert!(same.findings.iter().all(|finding| finding.known));
    folder.put("c.pcap", &session("IMEI:004400112233445", ANOTHER));
    let (code, more) = report(&folder, &["--baseline", "old.json", "c.pcap"]);
    assert_eq!(code, 1, "{:?}", more.summary);
    let known: Vec<bool> = more.findings.iter().map(|finding| finding.known).collect();
    assert_eq!(known, [true, false], "{:?}", more.findings);
    assert!(more.summary.why.ends_with("since the baseline: 1 new, 1 known"), "{}", more.summary.why);
    let never = analyze(&folder, &["--baseline", "old.json", "--fail-on", "never", "c.pcap"]);
    assert_eq!(never.code, 0);
    // The same in every format, and in what is made of the stored report.
    let run = analyze(&folder, &["--baseline", "old.json", "--out", "out", "c.pcap"]);
    assert!(run.code == 1 && run.stdout.contains("  1. client, session 1, known, message 3"), "{}", run.stdout);
    assert!(folder.read("out/report.html").contains("<dt>baseline</dt><dd>known</dd>"));
    assert!(folder.read("out/report.md").contains("(known)"));
    let sarif = folder.read("out/report.sarif");
    for state in ["new", "unchanged"] {
        assert_eq!(sarif.matches(&format!("\"baselineState\":\"{state}\"")).count(), 1, "{sarif}");
    }
    let junit = folder.read("out/junit.xml");
    assert!(junit.contains("1 of ") && junit.contains("failures=\"1\""), "{junit}");
    let again = folder.dmscope(["report", "out/report.json", "--format", "json", "--fail-on", "error"]);
    assert_eq!((again.code, again.stdout), (1, folder.read("out/report.json")));
    analyze(&folder, &["--baseline", "old.json", "--out", "out", "a.pcap"]);
    assert!(folder.read("out/junit.xml").contains("<skipped message=\"known (1)"), "{}", folder.read("out/junit.xml"));
    let github = analyze(&folder, &["--baseline", "old.json", "--format", "github", "a.pcap"]);
    assert!(github.code == 0 && !github.stdout.contains("::error"), "{}", github.stdout);
    assert_eq!(folder.dmscope(["report", "out/report.json", "--fail-on", "error"]).code, 0);
}

#[test]
fn what_was_waived_then_is_not_known_now() {
    let folder = folder();
    let old = analyze(&folder, &[&ON_TIME[..], &["--format", "json", "a.pcap"]].concat()).stdout;
    folder.put("old.json", old.as_bytes());
    assert_eq!(analyze(&folder, &["--baseline", "old.json", "a.pcap"]).code, 1);
    // Both together: the waiver accepts, and the baseline has nothing to add.
    let (code, both) = report(&folder, &[&ON_TIME[..], &["--baseline", "old.json", "a.pcap"]].concat());
    assert_eq!(code, 0);
    assert!(both.findings[0].waived.is_some() && !both.findings[0].known);
    assert_eq!(both.summary.baseline.unwrap().known.total(), 0);
}

#[test]
fn what_could_not_be_judged_before_is_no_news() {
    let folder = folder();
    let whole = folder.octets("a.pcap");
    // The session without its end, and without its finding.
    folder.put("cut.pcap", &whole[..whole.len() * 2 / 5]);
    let cut = report(&folder, &["cut.pcap"]).1;
    assert_eq!((cut.summary.verdict, cut.findings.len()), (Verdict::Inconclusive, 0), "{:?}", cut.summary);
    folder.put("cut.json", serde_json::to_string(&cut).unwrap().as_bytes());
    folder.put("whole.json", analyze(&folder, &["--format", "json", "a.pcap"]).stdout.as_bytes());
    let strict = |baseline| {
        let (_, report) = report(&folder, &["--baseline", baseline, "--fail-on", "inconclusive", "cut.pcap"]);
        report.summary.baseline.unwrap().inconclusive
    };
    assert!(strict("whole.json") && !strict("cut.json"));
}

#[test]
fn a_baseline_that_is_none_is_refused_with_its_place() {
    let folder = folder();
    let old = analyze(&folder, &["--format", "json", "a.pcap"]).stdout;
    folder.put("other.json", old.replace("dmscope-report/1", "dmscope-report/9").as_bytes());
    folder.put("odd.json", b"{\n  \"schema\": 1\n}");
    let table = [
        ("other.json", &["other.json: line 2", "dmscope-report/9", "dmscope-report/1"][..]),
        ("odd.json", &["odd.json: line 2, column "]),
        ("missing.json", &["missing.json can't be read"]),
        ("a.pcap", &["a.pcap: line 1, column "]),
    ];
    for (name, expected) in table {
        let run = analyze(&folder, &["--baseline", name, "a.pcap"]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{name}: {}", run.stderr);
        for part in expected {
            assert!(run.stderr.contains(part), "{name}: {}", run.stderr);
        }
    }
}
