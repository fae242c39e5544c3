//! Turns a script in the fixture notation into a capture: `cargo run --example capture -- SCRIPT CAPTURE`.

#![allow(unused_crate_dependencies, reason = "examples share the library's list")]

use dmscope::fixture::Script;
use std::error::Error;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let (Some(script), Some(capture)) = (arguments.next(), arguments.next()) else {
        return Err("name a script and the capture to write".into());
    };
    fs::write(capture, Script::parse(&fs::read_to_string(script)?)?.capture())?;
    Ok(())
}
