//! The files that a user names: files as they are, folders with all captures below them, `-` for standard input.

use super::sniff::{self, Look};
use crate::base::{Problem, ProblemKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

/// One capture to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the user gave it; below a folder, the folder's path as given and the path from there. `-` is standard
    /// input.
    pub path: PathBuf,
    /// Octets of the file, compressed as it is; `None` for pipes.
    pub size: Option<u64>,
}

impl Source {
    /// Whether it is standard input.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// Its path as reports name it: with slashes on every system.
    pub fn name(&self) -> Cow<'_, str> {
        let text = self.path.to_string_lossy();
        if MAIN_SEPARATOR == '/' { text } else { Cow::Owned(text.replace(MAIN_SEPARATOR, "/")) }
    }

    /// Opens it for a [`Reader`](super::Reader).
    ///
    /// # Errors
    /// A problem of kind [`ProblemKind::Io`] that says why it can't be opened.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, Problem> {
        if self.is_stdin() {
            return Ok(Box::new(io::stdin()));
        }
        match File::open(&self.path) {
            Ok(file) => Ok(Box::new(file)),
            Err(error) => Err(unreadable("file", "opened", &error)),
        }
    }
}

/// A path that gives no capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The path, as in [`Source::path`].
    pub path: PathBuf,
    /// Why, and what to do.
    pub problem: Problem,
}

/// What the paths of a command line stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The captures, and the paths that could not be read, in the order of the command line; below a folder by name.
    pub sources: Vec<Result<Source, Unreadable>>,
    /// Files in folders that are no captures and were passed over.
    pub skipped: u64,
}

/// Finds the captures that paths stand for.
///
/// A file is taken as it is. A folder stands for the captures in it and below it, told by their first octets, also those
/// of compressed ones; a file that is named like a capture is taken even where it is none, so that the report says so.
/// Links are followed, and each folder is read once, so that a loop of links ends.
pub fn expand(paths: &[PathBuf]) -> Expansion {
    let mut expansion = Expansion::default();
    for path in paths {
        if path.as_os_str() == "-" {
            expansion.sources.push(Ok(Source { path: path.clone(), size: None }));
            continue;
        }
        match fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walk(path, &mut expansion),
            Ok(meta) => expansion.take(path.clone(), &meta),
            Err(error) => expansion.refuse(path.clone(), unreadable("path", "read", &error)),
        }
    }
    expansion
}

impl Expansion {
    fn take(&mut self, path: PathBuf, meta: &fs::Metadata) {
        self.sources.push(Ok(Source { path, size: meta.is_file().then_some(meta.len()) }));
    }

    fn refuse(&mut self, path: PathBuf, problem: Problem) {
        self.sources.push(Err(Unreadable { path, problem }));
    }
}

/// Walks a folder, without recursion; what waits stands on a stack, the next path on top.
fn walk(root: &Path, expansion: &mut Expansion) {
    let (found_before, skipped_before) = (expansion.sources.len(), expansion.skipped);
    let mut seen = BTreeSet::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(path) = waiting.pop() {
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => match list(&path, &mut seen) {
                Ok(inside) => waiting.extend(inside.into_iter().rev()),
                Err(error) => expansion.refuse(path, unreadable("folder", "read", &error)),
            },
            Ok(meta) if meta.is_file() => match is_capture(&path) {
                Ok(true) => expansion.take(path, &meta),
                Ok(false) => expansion.skipped = expansion.skipped.saturating_add(1),
                Err(error) => expansion.refuse(path, unreadable("file", "read", &error)),
            },
            // Devices, sockets and pipes would block; a link to nothing is no capture.
            Ok(_) => expansion.skipped = expansion.skipped.saturating_add(1),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                expansion.skipped = expansion.skipped.saturating_add(1);
            }
            Err(error) => expansion.refuse(path, unreadable("file", "read", &error)),
        }
    }
    if expansion.sources.len() == found_before {
        let passed = expansion.skipped.saturating_sub(skipped_before);
        let text = format!(
            "no capture is in the folder or below it ({passed} other files were passed over); name a folder with pcap or \
             pcapng files, plain, gzip or zstd"
        );
        expansion.refuse(root.to_owned(), Problem::whole(ProblemKind::NotACapture, text));
    }
}

/// The paths in a folder by name; none where the folder was read before.
fn list(folder: &Path, seen: &mut BTreeSet<PathBuf>) -> io::Result<Vec<PathBuf>> {
    if !seen.insert(fs::canonicalize(folder)?) {
        return Ok(Vec::new());
    }
    let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Whether a file looks like a capture or is named like one.
fn is_capture(path: &Path) -> io::Result<bool> {
    if is_named_like_a_capture(path) {
        return Ok(true);
    }
    let first = beginning(File::open(path)?)?;
    let Look::Compressed(compression) = sniff::look(&first) else { return Ok(is_look_of_capture(&first)) };
    // A stream that breaks at once can't be told from a capture; it is taken, and the report will say what is wrong.
    Ok(match beginning(compression.unfold(Box::new(File::open(path)?), u64::MAX)) {
        Ok(first) => is_look_of_capture(&first),
        Err(_) => true,
    })
}

fn is_look_of_capture(first: &[u8]) -> bool {
    matches!(sniff::look(first), Look::Pcap | Look::Pcapng)
}

fn beginning(source: impl Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(sniff::ENOUGH);
    source.take(sniff::ENOUGH as u64).read_to_end(&mut first)?;
    Ok(first)
}

/// `.pcap`, `.pcapng` or `.cap`, with `.gz`, `.zst` or a number (`.pcap0`, as tcpdump rotates) after it.
fn is_named_like_a_capture(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    [".pcap", ".pcapng", ".cap"].iter().any(|end| name.ends_with(end))
}

fn unreadable(what: &str, verb: &str, error: &io::Error) -> Problem {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "check the path",
        io::ErrorKind::PermissionDenied => "check its permissions",
        _ => "check the disk",
    };
    Problem::whole(ProblemKind::Io, format!("the {what} can't be {verb} ({error}); {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{LinkType, unfold, write};

    fn capture() -> Vec<u8> {
        let mut out = Vec::new();
        write::pcap_header(&mut out, write::Precision::Micros, LinkType(1), 0).unwrap();
        out
    }

    fn names(expansion: &Expansion, root: &Path) -> Vec<String> {
        let path = |entry: &Result<Source, Unreadable>| match entry {
            Ok(source) => source.path.strip_prefix(root).unwrap().display().to_string(),
            Err(other) => {
                format!("! {} {}", other.path.strip_prefix(root).unwrap().display(), other.problem.kind.name())
            }
        };
        expansion.sources.iter().map(path).collect()
    }

    #[test]
    fn a_folder_stands_for_the_captures_below_it_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("b/deep")).unwrap();
        fs::write(root.join("z"), capture()).unwrap();
        fs::write(root.join("a.bin"), unfold::tests::gzip(&capture())).unwrap();
        fs::write(root.join("b/deep/x"), unfold::tests::zstd(&capture(), 7)).unwrap();
        fs::write(root.join("b/empty.pcap"), "").unwrap();
        fs::write(root.join("notes.txt"), "no capture").unwrap();
        fs::write(root.join("notes.gz"), unfold::tests::gzip(b"no capture")).unwrap();
        fs::write(root.join("broken.gz"), [0x1f, 0x8b, 8]).unwrap();
        let expansion = expand(&[root.to_owned()]);
        assert_eq!(names(&expansion, root), ["a.bin", "b/deep/x", "b/empty.pcap", "broken.gz", "z"]);
        assert_eq!(expansion.skipped, 2);
        assert_eq!(expansion.sources.last().unwrap().as_ref().unwrap().size, Some(24));
    }

    #[test]
    fn files_and_standard_input_are_taken_as_given() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("notes.txt"), "no capture").unwrap();
        let expansion = expand(&[root.join("notes.txt"), root.join("absent.pcap"), PathBuf::from("-")]);
        let kinds: Vec<_> = expansion.sources.iter().map(|entry| entry.as_ref().map_err(|e| e.problem.kind)).collect();
        assert_eq!(kinds[0].unwrap().size, Some(10));
        assert_eq!(kinds[1], Err(ProblemKind::Io));
        assert!(kinds[2].unwrap().is_stdin());
        let mut text = String::new();
        kinds[0].unwrap().open().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "no capture");
    }

    #[test]
    fn a_folder_without_a_capture_is_a_problem() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("notes.txt"), "no capture").unwrap();
        let expansion = expand(&[folder.path().to_owned()]);
        assert_eq!(names(&expansion, folder.path()), ["!  not-a-capture"]);
        assert_eq!(expansion.skipped, 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends_and_links_to_files_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("inner")).unwrap();
        fs::write(root.join("inner/x"), capture()).unwrap();
        std::os::unix::fs::symlink(root, root.join("inner/loop")).unwrap();
        std::os::unix::fs::symlink(root.join("inner/x"), root.join("link")).unwrap();
        std::os::unix::fs::symlink(root.join("nothing"), root.join("dangling")).unwrap();
        let expansion = expand(&[root.to_owned()]);
        assert_eq!(names(&expansion, root), ["inner/x", "link"]);
    }

    #[test]
    fn names_of_captures_are_known() {
        for name in ["a.pcap", "a.PCAPNG", "a.pcap.gz", "a.pcapng.zst", "a.pcap12", "a.cap"] {
            assert!(is_named_like_a_capture(Path::new(name)), "{name}");
        }
        for name in ["a.txt", "pcap", "a.gz", "a.pcap.txt"] {
            assert!(!is_named_like_a_capture(Path::new(name)), "{name}");
        }
    }
}
