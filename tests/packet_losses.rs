//! Packets that the capture lacks, or holds only in part, are nobody's fault: of the sample captures, no rule reports more errors
//! than it does on the whole.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, unused_crate_dependencies)]

use dmscope::base::{Severity, Timestamp};
use dmscope::capture::write::{Precision, pcap_header, pcap_record};
use dmscope::capture::{Event, LinkType, Reader};
use dmscope::entry;
use std::collections::BTreeMap;
use std::io::Cursor;

/// A capture, frame by frame.
#[derive(Clone)]
struct Frames {
    link_type: LinkType,
    frames: Vec<(Timestamp, Vec<u8>, u32)>,
}

impl Frames {
    /// Those of a file; `None` of one whose secrets would be lost with its format.
    fn read(octets: Vec<u8>) -> Option<Self> {
        let mut reader = Reader::open(Box::new(Cursor::new(octets)));
        let mut found = Self { link_type: LinkType(0), frames: Vec::new() };
        while let Some(event) = reader.next() {
            match event {
                Event::Frame(frame) => {
                    found.link_type = frame.link_type;
                    found.frames.push((frame.time?, frame.data.to_vec(), frame.original_len));
                }
                Event::Secrets(_) => return None,
                _ => {}
            }
        }
        Some(found)
    }

    fn errors(&self) -> BTreeMap<(String, String), u64> {
        let mut file = Vec::new();
        pcap_header(&mut file, Precision::Nanos, self.link_type, 0).unwrap();
        for (time, data, length) in &self.frames {
            pcap_record(&mut file, Precision::Nanos, *time, data, *length).unwrap();
        }
        let mut errors = BTreeMap::new();
        let report = entry::analyse(&file).unwrap();
        for finding in report.findings.iter().filter(|finding| finding.severity == Severity::Error) {
            *errors.entry((finding.rule.to_string(), format!("{:?}", finding.role))).or_default() += 1;
        }
        errors
    }

    /// Each frame holds so many octets at most.
    fn snapped(&self, most: usize) -> Self {
        let mut snapped = self.clone();
        snapped.frames.iter_mut().for_each(|(_, data, _)| data.truncate(most));
        snapped
    }

    /// One frame holds so many octets at most.
    fn snapped_at(&self, at: usize, most: usize) -> Self {
        let mut snapped = self.clone();
        snapped.frames[at].1.truncate(most);
        snapped
    }

    fn without(&self, from: usize, count: usize) -> Self {
        let mut less = self.clone();
        less.frames.drain(from..(from + count).min(self.frames.len()));
        less
    }
}

#[test]
fn packets_that_are_missing_or_cut_raise_no_error_that_the_whole_did_not() {
    let mut wrong = Vec::new();
    let mut tried = 0_u32;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/captures");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.contains(".pcap") {
            continue;
        }
        let Some(whole) = Frames::read(std::fs::read(&path).unwrap()) else { continue };
        let known = whole.errors();
        let mut check = |what: String, frames: &Frames| {
            tried += 1;
            let found = frames.errors();
            let more = found.iter().filter(|(key, count)| **count > known.get(*key).copied().unwrap_or_default());
            wrong.extend(more.map(|((rule, role), _)| format!("{name}, {what}: {rule} of the {role}")));
        };
        for most in [96, 200, 256, 512, 700] {
            check(format!("{most} octets of each frame"), &whole.snapped(most));
        }
        // Every third frame, so that the whole stays short; over all captures, every place of a session is among them.
        for at in (0..whole.frames.len()).step_by(3) {
            check(format!("without frame {}", at + 1), &whole.without(at, 1));
            check(format!("100 octets of frame {}", at + 1), &whole.snapped_at(at, 100));
        }
        for at in (0..whole.frames.len()).step_by(7) {
            check(format!("without three frames from {}", at + 1), &whole.without(at, 3));
        }
    }
    assert!(tried > 500, "{tried}");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}
