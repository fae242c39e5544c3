//! Every sample capture is held to the truth about it.
//!
//! After a change of the rules, `UPDATE=1 cargo test --test captures` writes the findings that reports have now into the truths.
//! The difference is then read, and each new finding looked up in the capture, before it is committed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;
#[path = "sample/mod.rs"]
mod sample;

use dmscope::base::{Direction, Problem};
use dmscope::dm::Entry;
use dmscope::syncml::CommandName;
use dmscope::verdict::{DecodeState, MessageReport, Report, SessionReport, Severity};
use sample::samples;
use sample::samples::truth::{Finding, Message};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

fn report(arguments: &[&str]) -> Report {
    let run = program::dmscope([&["analyze", "--format", "json"], arguments].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.stderr))
}

fn report_on(capture: &str) -> Report {
    report(&[sample::path(capture).to_str().unwrap()])
}

/// Findings of error and warning level.
fn findings(report: &Report) -> Vec<Finding> {
    let weighty = report.findings.iter().filter(|finding| finding.severity != Severity::Info);
    weighty
        .map(|finding| Finding {
            rule: finding.rule.to_string(),
            severity: finding.severity.to_string(),
            session: finding.session,
            message: finding.message,
            cmd_id: finding.cmd_id.as_deref().map(str::to_owned),
        })
        .collect()
}

fn direction(message: &Message) -> Direction {
    if message.dir == "c2s" { Direction::DeviceToServer } else { Direction::ServerToDevice }
}

fn status_codes<'r>(messages: impl Iterator<Item = &'r MessageReport<'r>>) -> BTreeMap<String, u64> {
    let mut codes = BTreeMap::new();
    for command in messages.flat_map(|message| &message.commands).filter(|command| command.name == "Status") {
        *codes.entry(command.data.as_deref().unwrap_or_default().to_owned()).or_default() += 1;
    }
    codes
}

fn compare_message(truth: &Message, report: &MessageReport, place: &str) {
    assert_eq!(direction(truth), report.direction, "{place}");
    if truth.damaged {
        assert_ne!(report.decoded, DecodeState::Whole, "{place}");
        return;
    }
    assert_eq!(report.decoded, DecodeState::Whole, "{place}");
    assert_eq!(truth.len, report.bytes, "{place}");
    assert_eq!(Some(truth.msgid.as_str()), report.msg_id.as_deref(), "{place}");
    assert_eq!(truth.is_final, report.is_final, "{place}");
    if truth.http_status.is_some() {
        assert_eq!(truth.http_status, report.http.status, "{place}");
    }
    let commands = truth.all();
    assert_eq!(commands.len(), report.commands.len(), "{place}");
    for ((truth, within), report) in commands.iter().zip(&report.commands) {
        let place = format!("{place}, {} {}", truth.cmd, truth.id);
        assert_eq!(truth.cmd, report.name, "{place}");
        assert_eq!(Some(truth.id.as_str()), report.cmd_id.as_deref(), "{place}");
        assert_eq!(truth.code.as_deref(), report.data.as_deref(), "{place}");
        assert_eq!(*within, report.within.as_deref(), "{place}");
        if let Some(reference) = &truth.reference {
            let references =
                [&report.msg_ref, &report.cmd_ref, &report.cmd].map(|text| text.clone().unwrap_or_default());
            assert_eq!(*reference, references, "{place}");
        }
        if truth.cmd != "Status" {
            let first = report.target.as_ref().or(report.source.as_ref());
            assert_eq!(truth.uris.first().map(String::as_str), first.map(|uri| &**uri), "{place}");
        }
    }
}

fn compare_session(truth: &samples::truth::Session, report: &SessionReport, place: &str) {
    assert_eq!(Some(truth.device.as_str()), report.device.as_deref(), "{place}");
    assert_eq!(Some(truth.session.as_str()), report.session_id.as_deref(), "{place}");
    assert_eq!(truth.end, report.end.name(), "{place}: {}", report.why);
    assert_eq!(truth.messages.len(), report.messages.len(), "{place}");
    for (number, (message, report)) in truth.messages.iter().zip(&report.messages).enumerate() {
        assert_eq!(truth.encoding, report.encoding, "{place}");
        compare_message(message, report, &format!("{place}, message {}", number + 1));
    }
}

#[test]
fn every_sample_is_reported_as_it_is() {
    let names = sample::captures();
    assert!(names.len() >= 26, "{}", names.len());
    for name in &names {
        let truth = sample::truth(name);
        assert_eq!(truth.capture, *name);
        let report = report_on(name);
        assert_eq!(truth.sessions.len(), report.sessions.len(), "{name}");
        for (number, (session, report)) in truth.sessions.iter().zip(&report.sessions).enumerate() {
            compare_session(session, report, &format!("{name}, session {}", number + 1));
        }
        let mut counted = truth.clone();
        counted.count();
        assert_eq!(counted, truth, "{name}: the truth counts itself wrongly");
        let kind = |problem: &Problem| serde_json::to_value(problem.kind).unwrap().as_str().unwrap().to_owned();
        let problems: Vec<String> = report.inputs[0].problems.iter().map(kind).collect();
        assert_eq!(truth.problems, problems, "{name}");
        assert_eq!(truth.sessions_total, report.summary.sessions, "{name}");
        assert_eq!(truth.dm_messages, report.summary.messages, "{name}");
        if truth.sessions.iter().flat_map(|session| &session.messages).all(|message| !message.damaged) {
            assert_eq!(truth.commands_total, report.summary.commands, "{name}");
            let messages = report.sessions.iter().flat_map(|session| &session.messages);
            assert_eq!(truth.status_codes, status_codes(messages), "{name}");
        }
    }
}

#[test]
fn data_synchronisation_is_named_and_counted() {
    let report = report_on("data-sync.pcap");
    let text = &report.inputs[0].problems[0].text;
    assert!(
        text.contains("not judged: data synchronisation")
            && text.contains("\"phone\"")
            && text.ends_with("messages: 2"),
        "{text}"
    );
}

/// The LocURIs of each command's Items, Target before Source, as the truths have them.
fn uris(entry: &Entry) -> Vec<Vec<String>> {
    let message = &entry.message;
    let commands = message.commands.iter().map(|command| {
        if command.name == CommandName::Status {
            return Vec::new();
        }
        let items = message.items(command).iter();
        let uri = items.filter_map(|item| message.value(item.target_uri).or_else(|| message.value(item.source_uri)));
        uri.map(str::to_owned).collect()
    });
    commands.collect()
}

#[test]
fn every_message_is_the_one_that_was_sent() {
    let mut digests = 0;
    for name in sample::captures() {
        let truth = sample::truth(&name);
        let exchanges = sample::exchanges(&name);
        assert_eq!(truth.exchanges, exchanges.len() as u64, "{name}");
        let sessions = sample::sessions(&name);
        assert_eq!(truth.sessions.len(), sessions.len(), "{name}");
        for (session, found) in truth.sessions.iter().zip(&sessions) {
            for (number, (message, entry)) in session.messages.iter().zip(&found.entries).enumerate() {
                if message.damaged {
                    continue;
                }
                let place = format!("{name}, {}, message {}", session.device, number + 1);
                let decoded = &entry.message;
                if let Some(digest) = &message.sha256 {
                    let hex: String =
                        Sha256::digest(decoded.body()).iter().map(|octet| format!("{octet:02x}")).collect();
                    assert_eq!(*digest, hex, "{place}");
                    digests += 1;
                }
                let transport = entry.transport.as_ref().unwrap();
                if message.content_type.is_some() {
                    assert_eq!(message.content_type.as_deref(), transport.header("content-type"), "{place}");
                }
                if !session.client_ports.is_empty() {
                    assert!(session.client_ports.contains(&transport.client.port), "{place}");
                }
                assert_eq!(Some(message.session.as_str()), decoded.session_id(), "{place}");
                assert_eq!(Some(message.target.as_str()), decoded.target(), "{place}");
                assert_eq!(Some(message.source.as_str()), decoded.source(), "{place}");
                let cred = decoded.hdr.cred.and_then(|cred| decoded.auth_type(cred));
                assert_eq!(message.cred.as_deref(), cred, "{place}");
                let wanted: Vec<Vec<String>> = message.all().iter().map(|(command, _)| command.uris.clone()).collect();
                assert_eq!(wanted, uris(entry), "{place}");
            }
        }
    }
    assert!(digests >= 150, "{digests}");
}

#[test]
fn every_sample_has_exactly_its_findings() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut different = Vec::new();
    for name in sample::captures() {
        let mut truth = sample::truth(&name);
        let found = findings(&report_on(&name));
        if update {
            truth.findings.clone_from(&found);
            std::fs::write(samples::truth_path(&name), truth.text().unwrap()).unwrap();
        }
        let listed = |of: &[Finding]| -> Vec<String> {
            of.iter().map(|finding| format!("{name}: {}", serde_json::to_string(finding).unwrap())).collect()
        };
        let (missing, more) = difference(&listed(&truth.findings), &listed(&found));
        different.extend(missing.iter().map(|one| format!("- {one}")));
        different.extend(more.iter().map(|one| format!("+ {one}")));
    }
    assert!(different.is_empty(), "findings of the truth (-) and of the report (+):\n{}", different.join("\n"));
}

/// A message with a known violation in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
struct Occurrence {
    /// Name of the capture, without extension.
    capture: String,
    device: String,
    session: String,
    encoding: String,
    dir: String,
    msgid: String,
}

impl Occurrence {
    /// The message of a finding.
    fn of(capture: &str, report: &Report, session: u32, message: u32) -> Self {
        let session = &report.sessions[session as usize - 1];
        let message = &session.messages[message as usize - 1];
        let from_device = message.direction == Direction::DeviceToServer;
        Self {
            capture: capture.split('.').next().unwrap().to_owned(),
            device: session.device.as_deref().unwrap().to_owned(),
            session: session.session_id.as_deref().unwrap().to_owned(),
            encoding: message.encoding.to_string(),
            dir: if from_device { "c2s" } else { "s2c" }.to_owned(),
            msgid: message.msg_id.as_deref().unwrap().to_owned(),
        }
    }
}

#[derive(serde::Deserialize)]
struct Violations {
    violations: BTreeMap<String, serde_json::Value>,
    occurrences: BTreeMap<String, Vec<Occurrence>>,
}

/// What stands in one list only, of the first and of the second; what is there twice has to be there twice in both.
fn difference<T: PartialEq + Clone>(first: &[T], second: &[T]) -> (Vec<T>, Vec<T>) {
    let mut rest = second.to_vec();
    let mut only = first.to_vec();
    only.retain(|one| rest.iter().position(|other| other == one).map(|at| rest.remove(at)).is_none());
    (only, rest)
}

/// The rules that must find each known violation, and find nothing else in the real captures; none where no
/// rule is about it yet.
const RULES: &[(&str, &[&str])] = &[
    ("V01", &[]),
    ("V02", &["XML-001", "WBX-011"]),
    ("V03", &["CMD-041"]),
    ("V04", &[]),
    ("V08", &["LOB-012"]),
    ("V09", &["MSG-002"]),
    ("V10", &["STA-002"]),
    ("V11", &["ATM-008"]),
    ("V13", &[]),
    ("V15", &[]),
];

#[test]
fn known_violations_are_found_and_no_others_by_the_same_rules() {
    let text = std::fs::read_to_string(samples::folder().join("violations.json")).unwrap();
    let known: Violations = serde_json::from_str(&text).unwrap();
    let ids: Vec<&str> = RULES.iter().map(|(id, ..)| *id).collect();
    assert_eq!(known.violations.keys().collect::<Vec<_>>(), ids);
    assert_eq!(known.occurrences.keys().collect::<Vec<_>>(), ids);
    let mut names = sample::captures();
    names.retain(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    let reports: Vec<(String, Report)> = names.into_iter().map(|name| (name.clone(), report_on(&name))).collect();
    let all = |hits: &dyn Fn(&Report) -> BTreeSet<(u32, u32)>| -> Vec<Occurrence> {
        let of = |(name, report): &(String, Report)| -> Vec<Occurrence> {
            let places = hits(report).into_iter();
            places.map(|(session, message)| Occurrence::of(name, report, session, message)).collect()
        };
        let mut all: Vec<Occurrence> = reports.iter().flat_map(of).collect();
        all.sort();
        all
    };
    let messages = all(&|report| {
        let of = |session: &SessionReport| -> Vec<(u32, u32)> {
            session.messages.iter().map(|message| (session.index, message.index)).collect()
        };
        report.sessions.iter().flat_map(of).collect()
    });
    for (id, rules) in RULES {
        let mut expected = known.occurrences[*id].clone();
        // The list counts every answer but 213; a code that refuses the part, as the 418 to the second one, is allowed.
        expected.retain(|occurrence| *id != "V08" || occurrence.msgid == "2");
        expected.sort();
        let (unknown, _) = difference(&expected, &messages);
        assert!(unknown.is_empty(), "{id}: no such message: {unknown:#?}");
        if rules.is_empty() {
            continue;
        }
        let found = all(&|report| {
            let hits = report.findings.iter().filter(|finding| rules.contains(&finding.rule.as_ref()));
            hits.map(|hit| (hit.session, hit.message.unwrap())).collect()
        });
        let (missed, wrong) = difference(&expected, &found);
        assert!(missed.is_empty() && wrong.is_empty(), "{id}, missed: {missed:#?}, not known: {wrong:#?}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folder = samples::folder();
    let folder = folder.to_str().unwrap();
    let run = |jobs: &str| program::dmscope(["analyze", "--format", "json", "--jobs", jobs, folder]);
    let one = run("1");
    assert!(one.stdout.len() > 100_000, "{}", one.stderr);
    // Of the latter, each capture is judged beside its reading.
    for jobs in ["4", "400"] {
        let many = run(jobs);
        assert_eq!(one.code, many.code);
        assert!(one.stdout == many.stdout, "reports of one and of {jobs} threads differ");
    }
}

#[test]
fn all_samples_together_are_the_sum_of_each() {
    type Count = fn(&Report) -> u64;
    let names = sample::captures();
    let whole = report(&[samples::folder().to_str().unwrap()]);
    assert_eq!(whole.inputs.len(), names.len());
    let singles: Vec<Report> = names.iter().map(|name| report_on(name)).collect();
    let sum = |count: Count| singles.iter().map(count).sum::<u64>();
    let counts: [(&str, Count); 8] = [
        ("sessions", |report| report.summary.sessions),
        ("messages", |report| report.summary.messages),
        ("commands", |report| report.summary.commands),
        ("errors", |report| report.summary.findings.error),
        ("warnings", |report| report.summary.findings.warning),
        ("infos", |report| report.summary.findings.info),
        ("packets", |report| report.inputs.iter().map(|input| input.packets).sum()),
        ("problems", |report| report.inputs.iter().map(|input| input.problems.len() as u64).sum()),
    ];
    for (what, count) in counts {
        assert_eq!(count(&whole), sum(count), "{what}");
    }
    for (at, rule) in whole.rules.iter().enumerate() {
        let of = |count: fn(&dmscope::verdict::RuleReport) -> u64| -> u64 {
            singles.iter().map(|report| count(&report.rules[at])).sum()
        };
        let undecided =
            |rule: &dmscope::verdict::RuleReport| rule.undecided.iter().map(|one| one.occasions).sum::<u64>();
        assert_eq!(rule.occasions, of(|rule| rule.occasions), "{}", rule.id);
        assert_eq!(rule.violations, of(|rule| rule.violations), "{}", rule.id);
        assert_eq!(undecided(rule), of(undecided), "{}", rule.id);
    }
    // Sessions and findings are those of the single captures too, whatever their numbers.
    let keys = |report: &Report| -> Vec<String> {
        let key = |finding: &dmscope::verdict::FindingReport| {
            let session = &report.sessions[finding.session as usize - 1];
            format!(
                "{:?} {:?} {} {:?} {:?}",
                session.device, session.started, finding.rule, finding.message, finding.text
            )
        };
        report.findings.iter().map(key).collect()
    };
    let mut together = keys(&whole);
    let mut single: Vec<String> = singles.iter().flat_map(keys).collect();
    together.sort();
    single.sort();
    assert_eq!(together, single);
}

#[test]
fn built_samples_are_what_their_scripts_say() {
    let built = samples::all().unwrap();
    assert!(built.len() >= 18, "{}", built.len());
    for sample in &built {
        let committed =
            std::fs::read(sample::path(&sample.file)).unwrap_or_else(|error| panic!("{}: {error}", sample.file));
        let advice = "`cargo run --example samples` writes it again";
        assert!(committed == sample.bytes, "{} is not what its script says; {advice}", sample.file);
        let mut truth = sample::truth(&sample.file);
        truth.findings.clear();
        assert_eq!(truth, sample.truth, "{}; {advice}", sample.file);
    }
    // Every other capture is a real one, and every file belongs to one.
    let names: BTreeSet<String> = sample::captures().into_iter().collect();
    for entry in std::fs::read_dir(samples::folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let known = names.contains(&file)
            || names.iter().any(|name| samples::truth_path(name).ends_with(&file))
            || ["README.md", "src", "violations.json"].contains(&file.as_str());
        assert!(known, "captures/{file} belongs to no sample");
    }
}

#[test]
fn notifications_are_tied_to_the_sessions_that_they_asked_for() {
    let report = report_on("32-package0-push.pcap");
    let notified: Vec<_> = report.sessions.iter().map(|session| session.notification.as_ref().unwrap()).collect();
    let found: Vec<_> = (notified.iter())
        .map(|one| (one.frame, one.session_id.as_deref(), one.server.as_deref(), one.ui_mode.as_deref(), &*one.tie))
        .collect();
    // Octets of the datagrams: the client writes 0x0102 as 201.
    let of = |frame, id| (frame, Some(id), Some("funambol"), Some("background"), "session-id-in-other-form");
    assert_eq!(found, [of(1, "102"), of(39, "103")]);
    assert_eq!(&*notified[0].destination, "127.0.0.1:2948");
    assert!(notified[0].time <= report.sessions[0].started);

    let text = program::dmscope(["analyze", sample::path("32-package0-push.pcap").to_str().unwrap()]).stdout;
    let line = text.lines().position(|line| line.contains("P0  notification  frame 1")).unwrap();
    assert!(text.lines().nth(line + 1).unwrap().contains("SessionID 102 for funambol"), "{text}");
}
