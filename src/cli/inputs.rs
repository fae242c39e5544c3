//! From the paths of the command line to captures.

use super::exit::Failure;
use super::suggest::similar;
use crate::analysis::{Inputs, Source};
use crate::base::{Problem, ProblemKind};
use crate::verdict::InputReport;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Folders inside folders that are walked.
const DEPTH: usize = 64;
/// Names of a folder that are compared with a missing one.
const SIMILAR: usize = 1_000;

/// What was found, and what could not be.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) inputs: Inputs,
    /// Paths that lead to no capture, with the reason.
    pub(super) missing: Vec<InputReport>,
}

/// Walks folders, in the order of names.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, Failure> {
    let mut found = Found::default();
    for path in paths {
        if path.as_os_str() == "-" {
            if found.inputs.sources.contains(&Source::Stdin) {
                return Err(Failure::usage("standard input (-) can be read only once"));
            }
            if io::stdin().is_terminal() {
                return Err(Failure::usage("standard input is a terminal; pipe a capture into it, or name a file"));
            }
            found.inputs.sources.push(Source::Stdin);
            continue;
        }
        match fs::metadata(path) {
            Err(error) => found.missing.push(unreadable(path, &error)),
            Ok(meta) if meta.is_dir() => {
                let before = found.inputs.sources.len();
                walk(path, &mut found);
                if found.inputs.sources.len() == before {
                    let text = "this folder holds no capture; a capture begins like pcap or pcapng, or its name ends in \
                                .pcap, .pcapng or .cap (and .gz or .zst after that)";
                    found.missing.push(report(path, ProblemKind::NotACapture, text.to_owned()));
                }
            }
            Ok(_) => found.inputs.sources.push(file(path)),
        }
    }
    Ok(found)
}

fn file(path: &Path) -> Source {
    Source::File { path: path.to_owned(), name: name(path) }
}

/// A path as the report names it: with slashes on every system.
fn name(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

fn report(path: &Path, kind: ProblemKind, text: String) -> InputReport {
    InputReport { path: name(path), problems: vec![Problem::whole(kind, text)], ..InputReport::default() }
}

fn unreadable(path: &Path, error: &io::Error) -> InputReport {
    let text = if error.kind() == io::ErrorKind::NotFound {
        match neighbour(path) {
            Some(name) => format!("there is no such file; did you mean {name}?"),
            None => "there is no such file or folder".to_owned(),
        }
    } else {
        format!("it can't be read: {error}")
    };
    report(path, ProblemKind::Io, text)
}

/// A file beside a missing one whose name is like it.
fn neighbour(path: &Path) -> Option<String> {
    let missing = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let mut names: Vec<String> =
        entries.take(SIMILAR).flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let found = similar(missing, names.iter().map(String::as_str))?;
    Some(folder.map_or_else(|| found.to_owned(), |folder| name(&folder.join(found))))
}

/// Collects the captures of a folder and of the folders in it, by name. Hidden ones and links to folders are left out.
fn walk(folder: &Path, found: &mut Found) {
    let mut waiting = vec![(folder.to_owned(), 0_usize)];
    while let Some((path, depth)) = waiting.pop() {
        let is_dir = if depth == 0 {
            true
        } else {
            match fs::symlink_metadata(&path) {
                Ok(meta) => meta.is_dir(),
                Err(_) => false,
            }
        };
        if !is_dir {
            if fs::metadata(&path).is_ok_and(|meta| meta.is_file()) && is_capture(&path) {
                found.inputs.sources.push(file(&path));
            }
            continue;
        }
        if depth > DEPTH {
            found.missing.push(report(&path, ProblemKind::Io, "this folder lies too deep; name it itself".to_owned()));
            continue;
        }
        match fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
            Err(error) => found.missing.push(unreadable(&path, &error)),
            Ok(mut entries) => {
                entries.retain(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
                // The last one is taken first.
                entries.sort_unstable_by_key(|entry| std::cmp::Reverse(entry.file_name()));
                waiting.extend(entries.into_iter().map(|entry| (entry.path(), depth.saturating_add(1))));
            }
        }
    }
}

/// Whether a file in a folder is meant: its first octets say so, or its name does, however broken it is.
fn is_capture(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let stem = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    if [".pcap", ".pcapng", ".cap", ".ntar", ".dmp"].iter().any(|ending| stem.ends_with(ending)) {
        return true;
    }
    let mut start = [0; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok()
        && matches!(
            start,
            [0x0a, 0x0d, 0x0d, 0x0a]
                | [0xd4, 0xc3, 0xb2, 0xa1]
                | [0xa1, 0xb2, 0xc3, 0xd4]
                | [0x4d, 0x3c, 0xb2, 0xa1]
                | [0xa1, 0xb2, 0x3c, 0x4d]
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_captures_in_the_order_of_names() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        put("b.pcap", b"");
        put("a/z.pcapng.gz", b"\x1f\x8b");
        put("a/trace", b"\x0a\x0d\x0d\x0arest");
        put("a/notes.txt", b"text");
        put("a/log.gz", b"\x1f\x8b\x08\x00");
        put("c.cap", b"broken");
        put(".hidden/d.pcap", b"");
        put("empty", b"");
        let found = find(&[folder.path().to_owned()]).unwrap();
        let prefix = format!("{}/", name(folder.path()));
        let names: Vec<&str> =
            found.inputs.sources.iter().map(|source| source.name().strip_prefix(&prefix).unwrap()).collect();
        assert_eq!(names, ["a/trace", "a/z.pcapng.gz", "b.pcap", "c.cap"]);
        assert!(found.missing.is_empty());
    }

    #[test]
    fn a_path_that_leads_nowhere_is_reported_and_the_rest_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trace.pcap"), b"").unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        let paths = ["tracee.pcap", "empty", "trace.pcap", "quite-different"].map(|name| folder.path().join(name));
        let found = find(&paths).unwrap();
        assert_eq!(found.inputs.sources.len(), 1);
        let problems: Vec<_> = found.missing.iter().map(|input| &input.problems[0]).collect();
        assert!(problems[0].text.contains("did you mean") && problems[0].text.contains("trace.pcap?"));
        assert_eq!(problems[1].kind, ProblemKind::NotACapture);
        assert_eq!(problems[2].text, "there is no such file or folder");
        assert!(found.missing.iter().all(InputReport::is_unread));
    }
}
