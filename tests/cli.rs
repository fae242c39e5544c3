//! The program from outside: exit codes, messages, help.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use program::{Folder, dmscope};

#[test]
fn help_names_every_command_and_the_exit_codes() {
    insta::assert_snapshot!("help", dmscope(["--help"]).succeeds());
    insta::assert_snapshot!("help-analyze", dmscope(["analyze", "--help"]).succeeds());
    insta::assert_snapshot!("help-export", dmscope(["export", "--help"]).succeeds());
    insta::assert_snapshot!("help-capture", dmscope(["capture", "--help"]).succeeds());
    #[cfg(feature = "history")]
    insta::assert_snapshot!("help-history-compare", dmscope(["history", "compare", "--help"]).succeeds());
    insta::assert_snapshot!("help-rules", dmscope(["rules", "--help"]).succeeds());
    assert_eq!(dmscope(["--version"]).succeeds(), format!("dmscope {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_is_answered_with_code_2_and_a_way_out() {
    let table: [(&[&str], &str); 15] = [
        (&[], "Usage: dmscope"),
        (&["analyse", "a.pcap"], "a similar subcommand exists: 'analyze'"),
        (&["analyze"], "<CAPTURE>..."),
        (&["analyze", "--formt", "json", "a.pcap"], "a similar argument exists: '--format'"),
        (&["analyze", "--format", "jsn", "a.pcap"], "a similar value exists: 'json'"),
        (&["analyze", "--format", "text,json", "a.pcap"], "several formats need a folder to go to: add --out DIR"),
        (&["analyze", "--profile", "oma-dm-1.4", "a.pcap"], "oma-dm-1.1.2, oma-dm-1.2, oma-dm-1.3, ms-mdm"),
        (&["analyze", "--role", "device", "a.pcap"], "client, server, both"),
        (&["analyze", "--fail-on", "warn", "a.pcap"], "a similar value exists: 'warning'"),
        (&["analyze", "--jobs", "0", "a.pcap"], "invalid value '0' for '--jobs <N>'"),
        (&["analyze", "--port", "0", "a.pcap"], "0 is not in 1..=65535"),
        (&["analyze", "--filter", "devise=x", "a.pcap"], "at character 1: there is no field \"devise\""),
        (&["analyze", "--select", "NOPE-999", "a.pcap"], "--select: there is no rule or test case \"NOPE-999\""),
        (&["analyze", "--credentials", "missing.toml", "a.pcap"], "--credentials: missing.toml can't be read"),
        (&["analyze", "-q", "-v", "a.pcap"], "cannot be used with"),
    ];
    for (arguments, message) in table {
        let run = dmscope(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[cfg(not(feature = "proxy"))]
#[test]
fn a_command_that_is_not_built_in_says_how_to_build_it() {
    let run = dmscope(["replay", "a.pcap", "--as", "server"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--features proxy"), "{}", run.stderr);
}

#[test]
fn a_capture_that_cannot_be_is_answered_with_code_2() {
    let table: [(&[&str], &str); 7] = [
        (&["-i", "lo", "--ring", "10x100M"], "--record <FILE>"),
        (&["-i", "lo", "--record", "dm.pcapng", "--ring", "10"], "as in 10x100M or 24x1h"),
        (&[], "--interface <IFACE>"),
        (&["-i", "lo", "--list-interfaces"], "cannot be used with"),
        (&["-i", "lo", "--snaplen", "0"], "0 is not in 1..=262144"),
        (&["-i", "lo", "--count", "0"], "invalid value '0' for '--count <N>'"),
        (&["-i", "lo", "--duration", "90"], "a time looks like 90s, 15m or 1h30m"),
    ];
    for (arguments, message) in table {
        let run = dmscope([&["capture"], arguments].concat());
        assert_eq!((run.code, &*run.stdout), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
#[cfg(not(feature = "live"))]
fn a_build_without_live_capture_says_how_to_get_it_and_what_works_now() {
    for arguments in [&["capture", "-i", "lo"][..], &["capture", "--list-interfaces"]] {
        let run = dmscope(arguments);
        assert_eq!((run.code, &*run.stdout), (2, ""));
        for words in [
            "built without live capture",
            "libpcap-dev",
            "cargo install --path . --features live",
            "tcpdump -i IFACE -U -w - | dmscope analyze -",
        ] {
            assert!(run.stderr.contains(words), "{}", run.stderr);
        }
    }
}

#[test]
fn a_wrong_credentials_file_is_named_with_line_and_column() {
    let folder = Folder::new();
    folder.put("c.toml", b"[[account]]\nclient_secret = \"hush\"\npasword = \"hush\"\n");
    folder.put("a.pcap", b"");
    let run = folder.dmscope(["analyze", "--credentials", "c.toml", "a.pcap"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: c.toml:3:1: unknown field `pasword`"), "{}", run.stderr);
    assert!(!run.stderr.contains("hush"));
}

#[test]
fn what_is_no_capture_gives_code_3_and_says_what_was_found() {
    let folder = Folder::new();
    folder.put("empty.pcap", b"");
    folder.put("page.html", b"<html>this is no capture at all</html>");
    folder.put("notes/readme.txt", b"text");
    let table = [
        ("empty.pcap", "empty"),
        ("page.html", "page.html"),
        ("notes", "no capture is in the folder"),
        ("empty.pcp", "there is no such file; did you mean empty.pcap?"),
        ("elsewhere/x.pcap", "there is no such file or folder"),
    ];
    for (path, message) in table {
        // A text says it itself; beside another format it is said on standard error.
        let text = folder.dmscope(["analyze", path]);
        assert_eq!((text.code, &*text.stderr), (3, ""));
        assert!(text.stdout.starts_with(&format!("NONE  {path}: ")), "{path}: {}", text.stdout);
        assert!(text.stdout.contains(message) && text.stdout.lines().count() == 1, "{path}: {}", text.stdout);
        let json = folder.dmscope(["analyze", "--format", "json", path]);
        assert_eq!(json.code, 3, "{path}: {}", json.stderr);
        assert!(json.stderr.starts_with(&format!("warning: {path}: ")), "{path}: {}", json.stderr);
        assert!(json.stderr.contains(message), "{path}: {}", json.stderr);
        assert!(json.stdout.contains(path), "the report lists {path}");
        for format in ["text", "json"] {
            let quiet = folder.dmscope(["analyze", "--quiet", "--format", format, path]);
            assert_eq!((quiet.code, &*quiet.stderr), (3, ""));
        }
    }
}

#[test]
fn a_capture_without_dm_traffic_is_code_0_and_verdict_none() {
    let folder = Folder::new();
    folder.put("quiet.pcap", &program::EMPTY_PCAP);
    let run = folder.dmscope(["analyze", "quiet.pcap"]);
    assert_eq!((run.code, &*run.stderr), (0, ""), "{}", run.stdout);
    assert_eq!(run.stdout, "NONE  quiet.pcap: it holds no packet\n");
    let quiet = folder.dmscope(["analyze", "-q", "quiet.pcap"]);
    assert_eq!(quiet.stdout, "NONE  no DM session found\n");
}

#[test]
fn one_unreadable_input_does_not_hide_the_others() {
    let folder = Folder::new();
    folder.put("quiet.pcap", &program::EMPTY_PCAP);
    let run = folder.dmscope(["analyze", "--format", "json", "missing.pcap", "quiet.pcap"]);
    assert_eq!(run.code, 3);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let paths: Vec<_> = report["inputs"].as_array().unwrap().iter().map(|input| &input["path"]).collect();
    assert_eq!(paths, ["quiet.pcap", "missing.pcap"]);
    assert_eq!(report["inputs"][1]["problems"][0]["kind"], "io");
}

#[test]
fn reports_go_into_the_folder_that_was_asked_for() {
    let folder = Folder::new();
    folder.put("quiet.pcap", &program::EMPTY_PCAP);
    let both = folder.dmscope(["analyze", "--out", "new/reports", "quiet.pcap"]);
    assert_eq!((both.code, &*both.stderr), (0, ""));
    assert!(both.stdout.starts_with("NONE"), "text goes to standard output");
    let written = folder.read("new/reports/report.json");
    let names = ["junit.xml", "report.csv", "report.html", "report.json", "report.md", "report.ndjson", "report.sarif"];
    assert_eq!(folder.names("new/reports"), names);
    let json = folder.dmscope(["analyze", "--format", "json", "quiet.pcap"]);
    assert_eq!(written, json.stdout, "the same octets in a file and on standard output");
    let only = folder.dmscope(["analyze", "--out", "only", "--format", "json", "quiet.pcap"]);
    assert_eq!((only.code, &*only.stdout), (0, ""));
    let refused = folder.dmscope(["analyze", "--out", "quiet.pcap", "quiet.pcap"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--out: the folder quiet.pcap can't be made"), "{}", refused.stderr);
}

#[test]
fn colour_comes_when_it_is_asked_for() {
    let folder = Folder::new();
    folder.put("quiet.pcap", &program::EMPTY_PCAP);
    let colored = folder.dmscope(["analyze", "--color", "always", "quiet.pcap"]);
    let plain = folder.dmscope(["analyze", "--color", "never", "quiet.pcap"]);
    assert!(colored.stdout.contains("\x1b[1mNONE\x1b[0m"));
    assert!(!plain.stdout.contains('\x1b'));
    assert_eq!(plain.stdout, folder.dmscope(["analyze", "quiet.pcap"]).stdout);
}

#[test]
fn completions_and_man_pages_cover_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = dmscope(["completions", shell]).succeeds();
        for word in ["analyze", "capture", "rules", "completions", "man", "fail-on"] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
    assert!(dmscope(["man"]).succeeds().contains("dmscope\\-analyze(1)"));
    assert!(dmscope(["man", "analyze"]).succeeds().contains("\\-\\-fail\\-on"));
    let unknown = dmscope(["man", "analyse"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("did you mean \"analyze\"?"), "{}", unknown.stderr);
    let folder = Folder::new();
    assert_eq!(folder.dmscope(["man", "--out", "man"]).succeeds(), "");
    let names = folder.names("man");
    for page in [
        "dmscope.1",
        "dmscope-analyze.1",
        "dmscope-ca-init.1",
        "dmscope-rules.1",
        "dmscope-rules-explain.1",
        "dmscope-man.1",
    ] {
        assert!(names.iter().any(|name| name == page), "{page} is missing from {names:?}");
    }
}

#[cfg(not(feature = "proxy"))]
#[test]
fn without_the_proxy_its_command_says_what_is_missing() {
    assert!(dmscope(["--help"]).succeeds().contains("\n  ca "));
    for action in ["init", "show", "export"] {
        let run = dmscope(["ca", action]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{action}");
        assert!(run.stderr.contains("build with --features proxy"), "{}", run.stderr);
    }
}
