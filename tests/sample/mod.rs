//! The sample captures, and what the layers make of one.

#![allow(dead_code, reason = "each file of tests uses its part")]

#[path = "../../examples/samples/mod.rs"]
pub(crate) mod samples;

use dmscope::capture::{Event, Reader, sources};
use dmscope::dm::{Session, Tracker};
use dmscope::http::{Exchange, Http};
use dmscope::net::Net;
use dmscope::tls::Tls;
use samples::truth::Truth;
use std::path::PathBuf;
use std::sync::Arc;

/// Names of all captures, sorted.
pub(crate) fn captures() -> Vec<String> {
    let entries = std::fs::read_dir(samples::folder()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| [".pcap", ".pcapng", ".gz"].iter().any(|ending| name.ends_with(ending)));
    names.sort();
    names
}

/// The truth about a capture.
pub(crate) fn truth(capture: &str) -> Truth {
    let path = samples::truth_path(capture);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path to a capture.
pub(crate) fn path(capture: &str) -> PathBuf {
    samples::folder().join(capture)
}

/// Every HTTP exchange of a capture, with its bodies.
pub(crate) fn exchanges(capture: &str) -> Vec<Exchange> {
    let source = sources::Source { path: path(capture), size: None };
    let mut reader = Reader::open(source.open().unwrap());
    let mut net = Net::new();
    let mut tls = Tls::new(Arc::default());
    let mut http = Http::new(|_, _| true);
    let mut exchanges = Vec::new();
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                net.frame(&frame, &mut |event| {
                    tls.event(&event, &mut |event| http.event(&event, &mut |exchange| exchanges.push(exchange)));
                });
            }
            // They stand before the frames.
            Event::Secrets(block) => tls.secrets(block.bytes, None, &mut |_| {}),
            Event::Problem(problem) => panic!("{capture}: {problem:?}"),
        }
    }
    net.finish(&mut |event| {
        tls.event(&event, &mut |event| http.event(&event, &mut |exchange| exchanges.push(exchange)));
    });
    http.finish(&mut |exchange| exchanges.push(exchange));
    exchanges
}

/// The sessions of a capture, in the order in which they began.
pub(crate) fn sessions(capture: &str) -> Vec<Session> {
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    for exchange in exchanges(capture) {
        tracker.exchange(exchange, &mut |finished| sessions.push(*finished.session));
    }
    tracker.finish(&mut |finished| sessions.push(*finished.session));
    sessions.sort_by_key(|session| session.first_frame);
    sessions
}
