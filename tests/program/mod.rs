//! Runs the real program in a scrubbed environment.

#![allow(dead_code, reason = "each file of tests uses its part")]

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A pcap file with a header and no record.
pub(crate) const EMPTY_PCAP: [u8; 24] =
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0];

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output of a run with code 0.
    pub(crate) fn succeeds(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }
}

/// Runs the program.
pub(crate) fn dmscope<I: IntoIterator<Item: AsRef<OsStr>>>(arguments: I) -> Run {
    run(Path::new("."), arguments)
}

fn run<I: IntoIterator<Item: AsRef<OsStr>>>(folder: &Path, arguments: I) -> Run {
    run_with(folder, Stdio::null(), arguments)
}

fn run_with<I: IntoIterator<Item: AsRef<OsStr>>>(folder: &Path, stdin: Stdio, arguments: I) -> Run {
    run_in(folder, stdin, &[], arguments)
}

fn run_in<I: IntoIterator<Item: AsRef<OsStr>>>(
    folder: &Path,
    stdin: Stdio,
    environment: &[(&str, &str)],
    arguments: I,
) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_dmscope"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(stdin)
        .output()
        .unwrap();
    Run {
        code: output.status.code().expect("the program was not killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder that goes away with the test.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file, and the folders around it.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The content of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    /// The content of a file that is no text.
    pub(crate) fn octets(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Where a file lies.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// The same, as a word of a command line.
    pub(crate) fn place(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The names in a folder, sorted.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the program in the folder with octets on its standard input.
    pub(crate) fn dmscope_with<I: IntoIterator<Item: AsRef<OsStr>>>(&self, stdin: &[u8], arguments: I) -> Run {
        self.put("stdin", stdin);
        let file = fs::File::open(self.0.path().join("stdin")).unwrap();
        run_with(self.0.path(), Stdio::from(file), arguments)
    }

    /// Runs the program in the folder with these variables in its environment.
    pub(crate) fn dmscope_in<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        environment: &[(&str, &str)],
        arguments: I,
    ) -> Run {
        run_in(self.0.path(), Stdio::null(), environment, arguments)
    }

    /// Runs the program in the folder.
    pub(crate) fn dmscope<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Run {
        run(self.0.path(), arguments)
    }
}
