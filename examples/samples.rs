//! Writes the built sample captures in `captures/` again from their scripts in `captures/src/`, and the truths beside them.
//! The findings in a truth stay as they are: somebody has read them.

#![allow(clippy::print_stdout, reason = "it is a tool for the terminal")]
#![allow(unused_crate_dependencies, reason = "examples share the library's list")]

#[path = "samples/mod.rs"]
mod samples;

use samples::truth::Truth;
use std::error::Error;
use std::fs;

fn main() -> Result<(), Box<dyn Error>> {
    for sample in samples::all()? {
        let target = samples::folder().join(&sample.file);
        fs::write(&target, &sample.bytes)?;
        let path = samples::truth_path(&sample.file);
        let mut truth = sample.truth;
        if let Ok(text) = fs::read_to_string(&path) {
            truth.findings = serde_json::from_str::<Truth>(&text)?.findings;
        }
        fs::write(&path, truth.text()?)?;
        println!("{}", target.display());
    }
    Ok(())
}
