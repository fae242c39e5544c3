//! The file of waivers.

use super::exit::Failure;
use crate::base::Limits;
use crate::report::visible;
use crate::testcase;
use crate::verdict::{Day, WaiverFile, Waivers};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads the file that `--waivers` names; `-` is standard input.
pub(super) fn read(path: &Path, today: Day) -> Result<Waivers, Failure> {
    let name = path.display().to_string();
    let octets = octets(path)
        .map_err(|error| Failure::usage(format!("--waivers: {} can't be read: {error}", visible(&name))))?;
    parse(&name, &octets, today)
}

/// The file, or a little more than a file may have.
fn octets(path: &Path) -> io::Result<Vec<u8>> {
    let most = u64::try_from(Limits::CASE_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut octets = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut octets)?;
    } else {
        File::open(path)?.take(most).read_to_end(&mut octets)?;
    }
    Ok(octets)
}

fn parse(name: &str, octets: &[u8], today: Day) -> Result<Waivers, Failure> {
    let file: WaiverFile = testcase::read(name, octets).map_err(|error| Failure::usage(error.to_string()))?;
    Waivers::new(file, today).map_err(|error| {
        let located = testcase::located(name, octets, &error.path(), &error.to_string());
        Failure::usage(located.to_string())
    })
}
