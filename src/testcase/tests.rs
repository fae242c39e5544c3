#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

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
    ("sec: \"1\"", "sec: 5.3", "10:22", "a text belongs here; write it in quotes: \"5.3\""),
    ("doc: D", "doc: true", "10:14", "a text belongs here; write it in quotes: \"true\""),
    ("{type: uri}", "{type: int, default: 5}", "13:30", "write it in quotes: \"5\""),
    ("title: it answers", "title:", "4:6", "nothing stands where a text belongs"),
    ("rev: 1", "rev: one", "3:6", "a whole number belongs in `rev`, and `one` is none"),
    ("modes: [passive, active]", "modes: passive", "9:8", "a list belongs in `modes`; write [passive]"),
    ("code: [200, 404]", "code: 2xx", "19:50", "`code` is a whole number, and `2xx` is none; write {ge: 200, le: 299}"),
    ("code: [200, 404]", "code: ok", "19:50", "a list such as [200, 212], or a range such as {ge: 200, le: 299}"),
    ("where: {code: [200, 404]}", "where: code == 200", "19:43", "write fields with conditions, such as {code: 200}"),
    (
        "{server: Get, where: {item.target.uri: $leaf}, as: get}",
        "Get",
        "17:11",
        "write a matcher, such as {client: Status",
    ),
    ("$done.code == 200", "done.code == 200", "20:12", "`done.code` is no name; Names begin with `$`: `$done.code`."),
    ("check: $done.code == 200", "check: {code: 200}", "20:12", "write an expression, such as `$name.code == 200`"),
    ("check: $done.code == 200", "check: true", "20:5", "write an expression, such as `$name.code == 200`"),
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

/// The places of all that is wrong, and the beginnings of what is said.
fn told(text: &str) -> Vec<(u32, u32, String)> {
    let errors = load("T-1.yaml", text.as_bytes()).unwrap_err();
    assert_eq!(errors.more, 0);
    errors.errors.into_iter().map(|error| (error.line, error.column, error.what)).collect()
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let two = format!(
        "{CASE}  - id: second\n    expect: {{client: Item, of: $get, as: item}}\n    check: $item.data != \"\"\n"
    );
    let wrong = two
        .replace("sec: \"1\"", "sec: 5.3")
        .replace("rev: 1\n", "")
        .replace("code: [200, 404]", "code: 2xx, cmdref: \"1\"")
        .replace("$item.data", "$itm.data");
    let places: Vec<(u32, u32)> = told(&wrong).into_iter().map(|(line, column, _)| (line, column)).collect();
    assert_eq!(places, [(1, 1), (9, 22), (18, 50), (18, 55), (22, 12)], "{:#?}", told(&wrong));
    // What a step binds that could not be read is not asked for; the rest of it is looked at when it can be.
    let unread = two.replace("server: Get", "server: Gett").replace("id: second", "id: second\n    whim: 1");
    let whats: Vec<String> = told(&unread).into_iter().map(|(.., what)| what).collect();
    assert_eq!(whats, ["`Gett` is not known here", "unknown key `whim`"]);
    let shown = message(&wrong);
    assert_eq!(shown.lines().filter(|line| line.starts_with("T-1.yaml:")).count(), 5, "{shown}");
    assert_eq!(shown.lines().filter(|line| line.contains(" | ")).count(), 5, "{shown}");
}

#[test]
fn what_is_told_of_a_file_has_an_end() {
    let steps: String = (0..100).map(|at| format!("  - id: s{at}\n    check: $nothing.code == 1\n")).collect();
    let errors = load("T-1.yaml", format!("{CASE}{steps}").as_bytes()).unwrap_err();
    let most = crate::base::Limits::CASE_FAULTS;
    assert_eq!((errors.errors.len(), errors.more), (most, 100 - most));
    assert!(errors.to_string().ends_with("T-1.yaml: 60 more are not listed"));
    let unknown: String = (0..100).map(|at| format!("  - id: s{at}\n    whim: 1\n")).collect();
    let errors = load("T-1.yaml", format!("{CASE}{unknown}").as_bytes()).unwrap_err();
    assert_eq!(errors.errors.len(), most);
}

#[test]
fn every_cut_of_a_file_is_read_or_refused() {
    for end in 0..CASE.len() {
        let _ = load("T-1.yaml", &CASE.as_bytes()[..end]);
    }
}

#[test]
fn a_fixture_that_cannot_be_built_names_one_line() {
    let case = Case { path: "T-1.yaml".into(), file: load("T-1.yaml", CASE.as_bytes()).unwrap() };
    let base = "=== base\n# a session\ndevice\n    Alert 1201\n\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let of = |fixtures: &str| {
        let all = proof::prove(&case, fixtures);
        all.into_iter().filter(|(_, told)| told.contains("has no option")).collect::<Vec<_>>()
    };
    // In a line of the base: once, though two sections change it.
    let wrong = base.replace("Status * 200", "Status * 200 colour=red");
    let told = of(&format!("{wrong}=== pass\n=== fail first\nadd 1 Alert 1222\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, 8);
    assert!(told[0].1.starts_with("a line of `Status` has no option `colour=red`; it has cmd= "), "{told:?}");
    // In a change.
    for (change, line) in [
        ("swap 2 \"* 200\" \"* 200 colour=red\"", 10),
        ("swap 1 \"Alert\" \"Alert 1222\\nAlert 1201 colour=red\\nAlert\"", 10),
        ("opt 2 colour=red", 10),
        ("add 2 Get colour=red", 10),
        ("# nothing\nadd 2 Get colour=red", 11),
    ] {
        let told = of(&format!("{base}=== pass\n{change}\n"));
        assert_eq!(told.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [line], "{change}: {told:?}");
        assert!(!told[0].1.contains("line 1"), "{told:?}");
    }
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
