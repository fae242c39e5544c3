//! A capture that is judged while it is written gives the report of the file, and tells findings before their session ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dmscope::analysis::{self, Inputs, Options, Sink, channel};
use dmscope::capture::sources::Source;
use dmscope::report::{self, Options as Looks};
use dmscope::verdict::{Arisen, JudgedSession, ReportStore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel as signals};
use std::thread;
use std::time::Duration;

struct Keeper {
    store: ReportStore,
    arisen: Vec<Arisen>,
    tell: Option<Sender<Arisen>>,
}

impl Keeper {
    fn new(tell: Option<Sender<Arisen>>) -> Self {
        Self { store: ReportStore::default(), arisen: Vec::new(), tell }
    }

    fn json(mut self, outcome: analysis::Outcome) -> String {
        self.store.finish(outcome.inputs, outcome.rules, outcome.testcases);
        let mut out = Vec::new();
        report::by_name("json").unwrap().write(&mut self.store, &mut out, &Looks::default()).unwrap();
        String::from_utf8(out).unwrap()
    }
}

impl Sink for Keeper {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.store.add(number, session)
    }

    fn arisen(&mut self, arisen: &Arisen) -> io::Result<()> {
        self.arisen.push(arisen.clone());
        if let Some(tell) = &self.tell {
            let _ = tell.send(arisen.clone());
        }
        Ok(())
    }
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng"))
        .collect();
    paths.sort();
    assert!(paths.len() > 5);
    paths
}

#[test]
fn the_report_is_that_of_the_file() {
    for path in captures() {
        let octets = std::fs::read(&path).unwrap();
        let inputs =
            Inputs { sources: vec![Source { path: path.clone(), size: Some(octets.len() as u64) }], of_more: false };
        let mut whole = Keeper::new(None);
        let outcome = analysis::run(&inputs, &Options::default(), &mut whole).unwrap();
        let expected = whole.json(outcome);

        let (feed, follow) = channel(4_096);
        let writer = thread::spawn(move || octets.chunks(333).for_each(|chunk| feed.write(chunk.to_vec()).unwrap()));
        let mut live = Keeper::new(None);
        let name = path.to_str().unwrap();
        let outcome = analysis::follow(name, follow, &Options::default(), &mut live).unwrap();
        writer.join().unwrap();
        let findings = live.arisen.len();
        let json = live.json(outcome);
        assert_eq!(json, expected, "{name}");
        // Each finding was told once, before or with its session.
        let told: usize =
            serde_json::from_str::<serde_json::Value>(&json).unwrap()["findings"].as_array().unwrap().len();
        assert_eq!(findings, told, "{name}");
    }
}

#[test]
fn a_finding_is_told_while_its_session_goes_on() {
    let octets = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/10-atomic.pcap")).unwrap();
    let (feed, follow) = channel(1 << 20);
    let (tell, told): (_, Receiver<Arisen>) = signals();
    let judge = thread::spawn(move || {
        let mut live = Keeper::new(Some(tell));
        analysis::follow("live", follow, &Options::default(), &mut live).unwrap()
    });
    // Frames 1 to 20: the first of two sessions, up to the message that leaves an Atomic unanswered, and its answer.
    let mut end = 24;
    for _ in 0..20 {
        end += 16 + u32::from_le_bytes(octets[end + 8..end + 12].try_into().unwrap()) as usize;
    }
    feed.write(octets[..end].to_vec()).unwrap();
    let wait = Duration::from_secs(60);
    let arisen = loop {
        let arisen = told.recv_timeout(wait).expect("the finding is not told");
        if arisen.rule == "STA-002" {
            break arisen;
        }
    };
    assert_eq!((arisen.message, arisen.session_id.as_deref()), (Some(3), Some("1")));
    drop(feed);
    judge.join().unwrap();
}
