//! The committed JSON Schema, the types and the reports agree.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

use dmscope::testcase::ics::{self, ics_schema};
use dmscope::tree::tree_schema;
use dmscope::verdict::{Report, WaiverFile, report_schema, waivers_schema};
use serde_json::Value;
use std::path::Path;

#[test]
fn the_committed_schemas_are_what_the_types_say() {
    let schemas = [
        ("reports/report.schema.json", report_schema()),
        ("reports/tree.schema.json", tree_schema()),
        ("testcases/schema/waivers.schema.json", waivers_schema()),
    ];
    for (name, schema) in schemas {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &schema).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(committed == schema, "{name} is stale; run: UPDATE=1 cargo test --test schema");
    }
}

#[test]
fn the_schema_of_waivers_takes_what_the_program_takes() {
    let schema: Value = serde_json::from_str(&waivers_schema()).unwrap();
    let good = serde_json::json!({"format": 1, "kind": "waivers", "waivers": [
        {"rule": "HDR-001", "match": {"device": "IMEI:35*"}, "why": "w", "owner": "o", "expires": "2027-06-30"},
        {"case": "X-1", "rev": 2, "accept": "inconclusive", "why": "w", "owner": "o", "ticket": "T-1", "expires": "2027-06-30"},
    ]});
    let mut errors = Vec::new();
    check(&schema, &schema, &good, "", &mut errors);
    assert_eq!(errors, Vec::<String>::new());
    serde_json::from_value::<WaiverFile>(good.clone()).unwrap();
    let mutants: [(&str, Value); 5] = [
        ("/kind", "baseline".into()),
        ("/waivers/0/expires", Value::Null),
        ("/waivers/1/accept", "pass".into()),
        ("/waivers/0/match", serde_json::json!({"place": "x"})),
        ("/waivers/1", serde_json::json!({"rule": "HDR-001", "owner": "o", "expires": "2027-06-30"})),
    ];
    for (path, value) in mutants {
        let mut wrong = good.clone();
        *wrong.pointer_mut(path).unwrap() = value;
        let mut errors = Vec::new();
        check(&schema, &schema, &wrong, "", &mut errors);
        assert!(!errors.is_empty(), "{path}");
        assert!(serde_json::from_value::<WaiverFile>(wrong).is_err(), "{path}");
    }
}

#[test]
fn the_committed_schema_of_test_cases_is_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/schema/case.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, dmscope::testcase::case_schema()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == dmscope::testcase::case_schema(),
        "testcases/schema/case.schema.json is stale; run: UPDATE=1 cargo test --test schema"
    );
}

#[test]
fn the_committed_schema_of_a_statement_is_what_the_types_say_and_takes_its_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("testcases/schema/ics.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, ics_schema()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(committed == ics_schema(), "{} is stale; run: UPDATE=1 cargo test --test schema", path.display());
    let schema: Value = serde_json::from_str(&committed).unwrap();
    let file = std::fs::read(root.join("docs/examples/example-x1.ics.yaml")).unwrap();
    let example = serde_json::to_value(ics::load("example", &file).unwrap()).unwrap();
    let errors = |value: &Value| {
        let mut errors = Vec::new();
        check(&schema, &schema, value, "", &mut errors);
        errors
    };
    assert_eq!(errors(&example), Vec::<String>::new());
    for (path, value) in [
        ("/items/C-COPY", Value::from("yes")),
        ("/items/C-MAXOBJ", (-1).into()),
        ("/items/C-NONE", true.into()),
        ("/side", "both".into()),
        ("/versions/0", "DM/2.0".into()),
        ("/more", true.into()),
    ] {
        let mut mutant = example.clone();
        match mutant.pointer_mut(path) {
            Some(place) => *place = value,
            None => {
                let (parent, name) = path.rsplit_once('/').unwrap();
                mutant.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
            }
        }
        assert!(!errors(&mutant).is_empty(), "{path}");
    }
}

#[test]
fn the_example_of_the_contract_is_valid_and_reads_as_a_report() {
    let schema: Value = serde_json::from_str(&report_schema()).unwrap();
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let mut errors = Vec::new();
    check(&schema, &schema, &example, "", &mut errors);
    assert_eq!(errors, Vec::<String>::new());
    let report: Report = serde_json::from_value(example.clone()).unwrap();
    let again = serde_json::to_value(&report).unwrap();
    let mut missing = Vec::new();
    contains(&again, &example, "", &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_check_finds_what_is_not_valid() {
    let schema: Value = serde_json::from_str(&report_schema()).unwrap();
    let mutants: [(&str, Value); 6] = [
        ("/summary/verdict", "passed".into()),
        ("/summary/sessions", (-1).into()),
        ("/sessions/0/end", "finished".into()),
        ("/sessions/0/messages/0/frames/0", 0.into()),
        ("/findings/0/severity", Value::Null),
        ("/schema", 1.into()),
    ];
    for (path, value) in mutants {
        let mut example: Value = serde_json::from_str(EXAMPLE).unwrap();
        *example.pointer_mut(path).unwrap() = value;
        let mut errors = Vec::new();
        check(&schema, &schema, &example, "", &mut errors);
        assert!(!errors.is_empty() && errors.iter().all(|error| error.starts_with(path)), "{path}: {errors:?}");
        assert!(serde_json::from_value::<Report>(example).is_err(), "{path}");
    }
    let mut errors = Vec::new();
    check(&schema, &schema, &serde_json::json!({"schema": "x"}), "", &mut errors);
    assert!(errors.iter().any(|error| error.contains("summary")), "{errors:?}");
}

/// As much of JSON Schema as the schemas use; anything else is an error.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, errors: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else {
        if *schema != Value::Bool(true) {
            errors.push(format!("{at}: nothing is allowed here"));
        }
        return;
    };
    for (keyword, argument) in keywords {
        let valid = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "default" | "format" => true,
            "$ref" => {
                let target = root.pointer(argument.as_str().unwrap().trim_start_matches('#')).unwrap();
                check(root, target, value, at, errors);
                true
            }
            "type" => {
                let types: Vec<&str> = match argument {
                    Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
                    one => vec![one.as_str().unwrap()],
                };
                types.iter().any(|name| is_of_type(name, value))
            }
            "enum" => argument.as_array().unwrap().contains(value),
            "const" => argument == value,
            "minimum" => value.as_f64().is_none_or(|number| number >= argument.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= argument.as_f64().unwrap()),
            "required" => argument.as_array().unwrap().iter().all(|name| {
                let there = value.get(name.as_str().unwrap()).is_some();
                if !there {
                    errors.push(format!("{at}: {name} is missing"));
                }
                true
            }),
            "properties" => {
                for (name, schema) in argument.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(root, schema, value, &format!("{at}/{name}"), errors);
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                let named = |name: &str| known.is_some_and(|known| known.contains_key(name));
                for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| !named(name)) {
                    if argument.is_object() {
                        check(root, argument, value, &format!("{at}/{name}"), errors);
                    }
                }
                let mut names = value.as_object().into_iter().flat_map(|object| object.keys());
                *argument != Value::Bool(false) || names.all(|name| named(name))
            }
            "items" => {
                for (index, value) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, argument, value, &format!("{at}/{index}"), errors);
                }
                true
            }
            "anyOf" | "oneOf" => argument.as_array().unwrap().iter().any(|schema| {
                let mut inner = Vec::new();
                check(root, schema, value, at, &mut inner);
                inner.is_empty()
            }),
            unknown => panic!("the schema uses {unknown}, which this check does not know"),
        };
        if !valid {
            errors.push(format!("{at}: {value} does not satisfy {keyword}"));
        }
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// Whether everything in `part` is in `whole`.
fn contains(whole: &Value, part: &Value, at: &str, missing: &mut Vec<String>) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (name, value) in part {
                match whole.get(name) {
                    Some(found) => contains(found, value, &format!("{at}/{name}"), missing),
                    None => missing.push(format!("{at}/{name}")),
                }
            }
        }
        (Value::Array(whole), Value::Array(part)) if whole.len() == part.len() => {
            for (index, (found, value)) in whole.iter().zip(part).enumerate() {
                contains(found, value, &format!("{at}/{index}"), missing);
            }
        }
        _ if whole == part => {}
        _ => missing.push(at.to_owned()),
    }
}

/// The fields that the command line's contract names, and no other.
const EXAMPLE: &str = r#"{
  "schema": "dmscope-report/1",
  "tool": {"name": "dmscope", "version": "0.1.0"},
  "inputs": [{"path": "a.pcapng", "bytes": 1, "packets": 1,
    "problems": [{"kind": "truncated-record", "offset": 1, "frame": 1, "text": "…"}]}],
  "summary": {
    "sessions": 1, "messages": 1, "commands": 1,
    "findings": {"error": 1, "warning": 0, "info": 0, "waived": 0},
    "rules": {"exercised": 1, "violated": 0, "not_exercised": 1},
    "testcases": {"pass": 1, "fail": 0, "inconclusive": 0, "not_applicable": 0, "error": 0},
    "verdict": "fail"
  },
  "sessions": [{
    "index": 1, "session_id": "1", "device": "IMEI:1", "server": "https://dm.example.com", "profile": "oma-dm-1.2",
    "transport": "http", "started": "2026-01-01T00:00:00.000000Z", "ended": "2026-01-01T00:00:01.500000Z",
    "end": "completed",
    "auth": {"client": {"scheme": "syncml:auth-md5", "state": "accepted"}, "server": {}},
    "messages": [{
      "index": 1, "direction": "device-to-server", "package": 1, "msg_id": "1", "encoding": "wbxml",
      "time": "2026-01-01T00:00:00.000000Z", "frames": [4, 6], "bytes": 1,
      "http": {"method": "POST", "path": "/dm", "status": null},
      "commands": [{"cmd_id": "1", "name": "Alert", "target": null, "source": null, "status": "200"}]
    }]
  }],
  "findings": [{
    "rule": "HDR-001", "severity": "error", "role": "client", "session": 1, "message": 1, "cmd_id": "2",
    "element": "/SyncML/SyncHdr/MsgID", "frames": [4], "text": "what is wrong", "expected": "…",
    "spec": {"document": "…", "section": "…"}, "waived": null
  }],
  "rules": [{"id": "HDR-001", "occasions": 12, "violations": 1}],
  "testcases": [{"id": "T-1", "title": "…", "role": "client", "verdict": "pass", "reason": "…",
    "evidence": [{"session": 1, "message": 3, "frames": [9]}]}]
}
"#;
