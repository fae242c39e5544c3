#![allow(clippy::unwrap_used)]

use super::*;

const CASE: &str = "\
format: 1
id: T-1
rev: 1
title: it answers
purpose: a case
role: client
versions: [DM/1.2]
level: must
modes: [passive, active]
spec: [{doc: D, sec: \"1\"}]
scope: session
params:
  leaf: {type: uri}
flow:
  - id: first
    send: {server: [{Get: {target: $leaf}}]}
    upon: {server: Get, where: {item.target.uri: $leaf}, as: get}
    expect:
      - {client: Status, of: $get, where: {code: [200, 404]}, as: done}
    check: $done.code == 200
";

fn message(text: &str) -> String {
    load("T-1.yaml", text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn what_is_written_reads_back_as_it_was() {
    let case = load("cases/T-1.yaml", CASE.as_bytes()).unwrap();
    let json = serde_json::to_string(&case).unwrap();
    assert_eq!(serde_json::from_str::<CaseFile>(&json).unwrap(), case);
}

/// What is replaced, what by, where the message points, and what it says.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    ("rev: 1", "revv: 1", "3:1", "unknown key `revv`; did you mean `rev`?"),
    ("rev: 1\n", "", "", "the key `rev` is missing"),
    ("rev: 1", "rev: 1\nrev: 2", "4:1", "the key `rev` stands twice"),
    ("id: T-1", "id: T-2", "2:5", "the id T-2 is not the name of the file; name the file T-2.yaml"),
    ("format: 1", "format: 2", "1:9", "this program reads format 1"),
    ("role: client", "role: clint", "6:7", "`clint` is not known here; did you mean `client`?"),
    ("title: it answers", "title: &a it answers", "", "anchors (`&name`) are not read"),
    ("title: it answers", "title: *a", "4:8", "unknown anchor"),
    ("title: it answers", "title: !x it", "", "tags (`!name`) are not read"),
    ("title: it answers", "<<: {title: x}", "4:1", "merge keys are not read"),
    ("check: $done.code == 200\n", "check: $done.code == 200\n---\na: 1\n", "", "a second document"),
    ("within", "within", "", ""),
    (
        "of: $get, where",
        "of: $got, where",
        "19:30",
        "`$got` is not bound by an earlier step and is no parameter; did you mean `get`?",
    ),
    ("$done.code == 200", "$done.cod == 200", "20:12", "Status has no field `cod`; did you mean `code`?"),
    ("$done.code == 200", "($done.code == 200", "20:12", "at character 1"),
    ("$done.code == 200", "$done.code", "20:12", "a value alone is neither true nor false"),
    ("$done.code == 200", "'\"200\"'", "20:12", "what has to be true is no comparison"),
    ("$done.code == 200", "$done.items.*.data == \"x\"", "20:12", "is a list, and is compared with one value"),
    ("$done.code == 200", "$done.cmd == \"$get.cmd_id\"", "20:12", "a name in quotes is not filled in"),
    ("$done.code == 200", "$done.code in 200", "20:12", "what stands behind `in` is no list"),
    ("code: [200, 404]", "code: [200, \"404\"]", "19:56", "`code` is a whole number; write it without quotes"),
    ("code: [200, 404]", "cmd_ref: 3", "19:53", "quote it"),
    ("code: [200, 404]", "cmd_ref: 1E3", "", "write it in quotes"),
    ("code: [200, 404]", "cmd: {re: \"(\"}", "19:54", "the regular expression is wrong"),
    ("code: [200, 404]", "cmd: {ree: \"(\"}", "19:50", "unknown key `ree`; did you mean `re`?"),
    ("where: {code: [200, 404]}", "whithin: reply", "19:36", "unknown key `whithin`; did you mean `within`?"),
    ("client: Status", "client: Statsu", "19:10", "`Statsu` is not known here; did you mean `Status`?"),
    ("client: Status, of", "any: Status, server: Status, of", "", "one of `client`, `server` and `any`"),
    ("    send: {server: [{Get: {target: $leaf}}]}\n", "", "", "an active run has nothing to send"),
    ("{Get: {target: $leaf}}", "{Get: {target: $leef}}", "16:36", "`$leef` is not bound"),
    ("scope: session", "rules: [HDR-01]\nscope: session", "11:9", "there is no rule `HDR-01`"),
    ("scope: session", "profiles: [ms-mdm]\nscope: session", "11:12", "write \"!ms-mdm\""),
    ("as: done", "as: get", "", "the name `get` is taken"),
    ("  - id: first\n", "  - title: x\n", "", "needs an `id`"),
];

#[test]
fn each_fault_is_told_with_its_place() {
    let mut wrong = Vec::new();
    for (old, new, place, text) in FAULTS.iter().filter(|fault| !fault.3.is_empty()) {
        assert!(CASE.contains(old), "{old}");
        let told = message(&CASE.replacen(old, new, 1));
        let beginning = if place.is_empty() { "T-1.yaml:".to_owned() } else { format!("T-1.yaml:{place}: ") };
        if !(told.starts_with(&beginning) && told.contains(text)) {
            wrong.push(format!("{new:?} gives\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_files_end_in_a_message() {
    let deep = format!("format: {}", "[".repeat(10_000));
    let many = format!("flow: [{}]", "a,".repeat(50_000));
    let large = "#".repeat(crate::base::Limits::CASE_FILE + 1);
    for text in ["", "- 1", "a", "{", "\u{0}", "? [a]\n: b", deep.as_str(), many.as_str(), large.as_str()] {
        assert!(load("T-1.yaml", text.as_bytes()).is_err());
    }
    assert!(load("T-1.yaml", b"a: \xff").unwrap_err().to_string().contains("not UTF-8"));
    let told = message(&CASE.replacen("id: T-1", "id: \"\\e[31m\"", 1));
    assert!(!told.contains('\u{1b}'), "{told}");
}

#[test]
fn a_path_leads_to_its_place() {
    let outline = Outline::read(CASE).unwrap();
    let path = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
    let code = path("flow/0/expect/0/where/code");
    assert_eq!(
        (outline.entry(&code), outline.value(&code)),
        (Place { line: 19, column: 44 }, Place { line: 19, column: 50 })
    );
    // A list of one without its brackets.
    assert_eq!(outline.value(&path("flow/0/check/0")), Place { line: 20, column: 12 });
}

#[test]
fn the_built_in_cases_load() {
    let cases = built_in().unwrap_or_else(|error| unreachable!("{error}"));
    assert!(cases.len() >= 3);
    assert_eq!(cases.iter().find(|case| case.file.id == "DM12-CLI-AUTH-003").unwrap().area(), "auth");
    assert!(source("DM12-CLI-AUTH-003").unwrap().starts_with("format: 1"));
}

#[test]
fn names_branch_as_the_steps_do() {
    let with = |step: &str| load("T-1.yaml", format!("{CASE}{step}").as_bytes()).map_err(|error| error.to_string());
    let known = "  - id: a\n    any_of:\n      - {expect: {client: Status, as: x}}\n      - {expect: {client: Alert, as: x}}\n  - id: b\n    check: $x.cmd_id == \"1\"\n";
    assert!(with(known).is_ok(), "{:?}", with(known));
    let sibling = "  - id: a\n    any_of:\n      - {expect: {client: Status, as: x}}\n      - {check: $x.code == 1}\n";
    assert!(with(sibling).unwrap_err().contains("`$x` is not bound"));
    let round = "  - id: a\n    repeat: {each: {client: Status, as: x}, steps: [{check: $x.code == 1}]}\n  - id: b\n    check: $x.code == 1\n";
    assert!(with(round).unwrap_err().contains("`$x` is not bound"));
}

#[test]
fn parts_of_a_run_weigh_reasons_as_cases_do() {
    let words = crate::verdict::REASONS;
    let reason = |word: &str| serde_json::from_value::<Reason>(word.into()).unwrap();
    assert!(words.iter().all(|word| reason(word).name() == *word));
    assert!(words.is_sorted_by_key(|word| reason(word)));
    assert_eq!(reason(words[words.len() - 1]), Reason::NoAgreement);
}

#[test]
fn fixtures_that_ask_for_what_does_not_exist_are_refused() {
    let case = Case { path: "T-1.yaml".into(), file: load("T-1.yaml", CASE.as_bytes()).unwrap() };
    let problems = |fixtures: &str| -> Vec<String> {
        proof::prove(&case, fixtures).into_iter().map(|(_, problem)| problem).collect()
    };
    let base = "=== base\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let told = problems(&format!("{base}=== fail nosuch\n=== inconclusive nosuch\n=== pass\ndelete 3\n"));
    assert!(told.contains(&"there is no step `nosuch` in the flow".to_owned()), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("there is no reason `nosuch`; there are ")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("`delete 3` is no change; there are ")), "{told:?}");
    let told = problems(&format!("{base}=== pass\n"));
    assert!(told.iter().any(|told| told.starts_with("pass was wanted, and it comes to inconclusive")), "{told:?}");
}

#[test]
fn items_of_a_command_are_looked_for_behind_it_whatever_was_matched_since() {
    let text = CASE.replace(
        "    expect:\n      - {client: Status, of: $get, where: {code: [200, 404]}, as: done}\n    check: $done.code == 200\n",
        "    expect:\n      - {client: Results, of: $get, as: results}\n  - id: status\n    \
         expect: {client: Status, of: $get}\n  - id: value\n    expect: {client: Item, of: $results}\n",
    );
    let text = text.replace("where: {item.target.uri: $leaf}", "where: {item.target.uri: ./A}");
    let case = Case { path: "T-1.yaml".into(), file: load("T-1.yaml", text.as_bytes()).unwrap() };
    let fixtures = "=== base\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A\ndevice\n    \
                    Status SyncHdr 200\n    Results ./A=1\n    Status Get 200\nserver\n    Status SyncHdr 200\n=== pass\n";
    let told = proof::prove(&case, fixtures);
    assert!(told.iter().all(|(line, _)| *line == 0), "{told:?}");
}
