//! The program, with the sample whose secrets stand inside.

use super::read;
use crate::runner::{Folder, Run};
use dmscope::base::ProblemKind;
use dmscope::verdict::Report;

/// The blocks of a pcapng file, each with its type.
fn blocks(file: &[u8]) -> Vec<(u32, &[u8])> {
    let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut at, mut blocks) = (0, Vec::new());
    while at < file.len() {
        let length = number(at + 4) as usize;
        blocks.push((number(at), &file[at..at + length]));
        at += length;
    }
    blocks
}

const SECRETS: u32 = 10;

fn report(run: &Run) -> Report {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

#[test]
fn secrets_count_wherever_in_the_capture_or_beside_it_they_stand() {
    let whole = read("../../captures/22-https-tls12.pcapng");
    let blocks = blocks(&whole);
    let pick = |secrets: bool| -> Vec<u8> {
        blocks.iter().filter(|(kind, _)| (*kind == SECRETS) == secrets).flat_map(|(_, block)| block.to_vec()).collect()
    };
    let (frames, secrets) = (pick(false), pick(true));
    // Type, length, format and length of the secrets stand before them.
    let log: Vec<u8> = secrets[16..].iter().copied().take_while(|octet| *octet != 0 && octet.is_ascii()).collect();
    let folder = Folder::new();
    folder.put("x.pcapng", &whole);
    let expected = folder.dmscope(["analyze", "--format", "json", "x.pcapng"]);
    let sessions = report(&expected).sessions;
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|session| session.messages.len() > 5));
    let same = |run: Run, what: &str| {
        assert_eq!(run.stdout.replace("\"path\":\"-\"", "\"path\":\"x.pcapng\""), expected.stdout, "{what}");
    };
    let arguments = ["analyze", "--format", "json", "-"];
    same(folder.dmscope_with(&whole, arguments), "a pipe");
    let late = [frames.clone(), secrets.clone()].concat();
    folder.put("x.pcapng", &late);
    let from_file = folder.dmscope(["analyze", "--format", "json", "x.pcapng"]);
    assert_eq!(report(&from_file).sessions, sessions, "at the end of a file");
    let from_pipe = folder.dmscope_with(&late, arguments);
    assert_eq!(report(&from_pipe).sessions, sessions, "at the end of a pipe");
    folder.put("x.pcapng", &frames);
    folder.put("keys.log", &log);
    let beside = folder.dmscope(["analyze", "--format", "json", "--keylog", "keys.log", "x.pcapng"]);
    assert_eq!(report(&beside).sessions, sessions, "{}", beside.stderr);
    let without = report(&folder.dmscope(["analyze", "--format", "json", "x.pcapng"]));
    assert_eq!(without.sessions.len(), 0);
    assert!(without.inputs[0].seen.as_ref().is_some_and(|seen| seen.contains("--keylog")), "{:?}", without.inputs[0]);
    let problems = &without.inputs[0].problems;
    assert_eq!(problems.len(), 2);
    assert!(problems.iter().all(|problem| problem.kind == ProblemKind::EncryptedTraffic));
}

#[test]
fn files_without_secrets_are_refused_and_bad_lines_are_named() {
    let folder = Folder::new();
    folder.put("c.pcap", &read("captures/tls12-aes256-ccm.pcap"));
    folder.put("empty.log", b"# nothing\n");
    folder.put("other.log", b"GET / HTTP/1.1\n");
    let mut log = b"CLIENT_RANDOM 00 11\n".to_vec();
    log.extend(read("captures/tls12-aes256-ccm.keys.log"));
    folder.put("keys.log", &log);
    folder.put("ec.pem", &read("ec.key.pem"));
    let table: [(&[&str], i32, &str); 7] = [
        (&["--keylog", "missing.log"], 2, "--keylog: missing.log can't be read"),
        (&["--keylog", "empty.log"], 2, "--keylog: empty.log holds no secret: it has no line with one"),
        (&["--keylog", "other.log"], 2, "--keylog: other.log holds no secret: line 1 of the key log"),
        (&["--keylog", "keys.log"], 0, "keys.log: line 1 of the key log was left out: the second word"),
        (&["--tls-key", "missing.pem"], 2, "--tls-key: missing.pem"),
        (&["--tls-key", "ec.pem"], 2, "--tls-key: ec.pem: its key is no RSA key"),
        (&["--tls-key", "keys.log"], 2, "--tls-key: keys.log: it holds no private key"),
    ];
    for (options, code, text) in table {
        let run = folder.dmscope([&["analyze", "c.pcap"], options].concat());
        assert_eq!(run.code, code, "{options:?}: {}", run.stderr);
        assert!(run.stderr.contains(text), "{options:?}: {}", run.stderr);
    }
}
