//! Writes the sample captures in `captures/` again from their scripts in `captures/src/`.

#![allow(clippy::print_stdout, reason = "it is a tool for the terminal")]
#![allow(unused_crate_dependencies, reason = "examples share the library's list")]

use dmscope::fixture::{Format, Script};
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    for entry in fs::read_dir(folder.join("src"))? {
        let path = entry?.path();
        let script = Script::parse(&fs::read_to_string(&path)?)?;
        let extension = if script.network().format == Format::Pcapng { "pcapng" } else { "pcap" };
        let name = path.file_stem().unwrap_or_default();
        let target = folder.join(name).with_extension(extension);
        fs::write(&target, script.capture())?;
        println!("{}", target.display());
    }
    Ok(())
}
