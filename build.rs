//! Lists the built-in test cases, so that the program carries them: each as its author wrote it, and as JSON, which reads a great
//! deal faster. What is wrong with a file is found by the tests, which read the former.

use granit_parser::{Event, Parser, ScalarStyle};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=testcases");
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut files = Vec::new();
    for area in entries(&root.join("testcases"))? {
        if area.is_dir() {
            let cases = entries(&area)?.into_iter();
            files.extend(cases.filter(|file| file.extension().is_some_and(|extension| extension == "yaml")));
        }
    }
    let mut list = String::from("&[\n");
    let mut all = String::from("[");
    for (at, file) in files.iter().enumerate() {
        let name = file.strip_prefix(&root).unwrap_or(file).to_string_lossy().replace('\\', "/");
        let _ = writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string());
        all.push_str(if at > 0 { ",\n" } else { "\n" });
        all.push_str(&json(&fs::read_to_string(file)?).map_err(|error| io::Error::other(format!("{name}: {error}")))?);
    }
    list.push_str("]\n");
    all.push_str("\n]\n");
    fs::write(out.join("testcases.rs"), list)?;
    fs::write(out.join("testcases.json"), all)
}

/// What a folder holds, by name; nothing where there is no such folder.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    all.sort();
    Ok(all)
}

/// A list or a map that goes on: what ends it, and how many values it has so far.
struct Open {
    is_map: bool,
    values: usize,
}

/// The same values as JSON. Plain scalars that are whole numbers, `true`, `false` or nothing are such; all others are texts.
fn json(yaml: &str) -> Result<String, granit_parser::ScanError> {
    let mut out = String::with_capacity(yaml.len());
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(yaml) {
        let (event, _) = event?;
        let is_end = matches!(event, Event::SequenceEnd | Event::MappingEnd);
        let is_value = matches!(event, Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..));
        let is_key = open.last().is_some_and(|open| open.is_map && open.values % 2 == 0);
        if is_value && let Some(parent) = open.last_mut() {
            if parent.values > 0 {
                out.push(if parent.is_map && !is_key { ':' } else { ',' });
            }
            parent.values += 1;
        }
        match event {
            Event::Scalar(text, style, ..) => scalar(&text, style == ScalarStyle::Plain && !is_key, &mut out),
            Event::SequenceStart(..) => {
                out.push('[');
                open.push(Open { is_map: false, values: 0 });
            }
            Event::MappingStart(..) => {
                out.push('{');
                open.push(Open { is_map: true, values: 0 });
            }
            _ if is_end => {
                out.push(if open.pop().is_some_and(|open| open.is_map) { '}' } else { ']' });
            }
            _ => {}
        }
    }
    Ok(out)
}

fn scalar(text: &str, is_plain: bool, out: &mut String) {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty()
        && digits.len() < 18
        && digits.bytes().all(|octet| octet.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    match text {
        "" | "~" | "null" if is_plain => out.push_str("null"),
        "true" | "false" if is_plain => out.push_str(text),
        _ if is_plain && is_number => out.push_str(text),
        _ => {
            out.push('"');
            for ch in text.chars() {
                match ch {
                    '"' => out.push_str("\\\""),
                    '\\' => out.push_str("\\\\"),
                    ch if u32::from(ch) < 0x20 => drop(write!(out, "\\u{:04x}", u32::from(ch))),
                    ch => out.push(ch),
                }
            }
            out.push('"');
        }
    }
}
