//! Walks over the frames of a capture and does nothing else: what reading alone costs, for `scripts/bench/compare.py`.

#![allow(clippy::print_stdout, reason = "it is a tool for the terminal")]
#![allow(unused_crate_dependencies, reason = "examples share the library's list")]

use dmscope::capture::{Event, Reader};
use std::error::Error;
use std::fs::File;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let mut reader = Reader::open(Box::new(File::open(&path)?));
        let (mut frames, mut octets, mut problems, mut mixed) = (0_u64, 0_u64, 0_u64, 0_u8);
        while let Some(event) = reader.next() {
            match event {
                Event::Frame(frame) => {
                    frames += 1;
                    octets += frame.data.len() as u64;
                    // One octet of each line of the processor's cache, so that the frame is touched.
                    mixed = frame.data.iter().step_by(64).fold(mixed, |sum, octet| sum ^ octet);
                }
                Event::Secrets(_) => {}
                Event::Problem(problem) => {
                    problems += 1;
                    println!("{}", problem.text);
                }
            }
        }
        println!("{}: {frames} frames, {octets} octets, {problems} problems, {mixed:02x}", path.to_string_lossy());
    }
    Ok(())
}
