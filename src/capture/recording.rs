//! A pcapng file, or a ring of them, that grows while traffic flows.
//!
//! Whole blocks are handed to the operating system with one call, so that a file whose writer is killed can be read up to its
//! last whole block.

use crate::base::Timestamp;
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// When a recording goes on in another file, and how many files are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// Octets after which a new file begins; it is passed by one write at most.
    pub octets: Option<u64>,
    /// Time after which a new file begins, counted from the file's first write.
    pub after: Option<Duration>,
    /// Files that are kept: when one more begins, the oldest is deleted. `None`: all.
    pub files: Option<NonZeroUsize>,
}

impl Rotation {
    /// Whether there is only one file.
    pub const fn is_none(&self) -> bool {
        self.octets.is_none() && self.after.is_none()
    }
}

/// A ring that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no ring: write how many files of what size or time, as in 10x100M or 24x1h; k, M and G are powers of 1024, s, m and h times"
)]
pub struct RotationError(String);

impl FromStr for Rotation {
    type Err = RotationError;

    /// `10x100M`, `24x1h`; without a number of files (`100M`), all are kept.
    fn from_str(text: &str) -> Result<Self, RotationError> {
        let wrong = || RotationError(text.to_owned());
        let (files, each) = match text.split_once('x') {
            Some((files, each)) => (Some(files.parse::<NonZeroUsize>().map_err(|_| wrong())?), each),
            None => (None, text),
        };
        let unit = each.chars().last().ok_or_else(wrong)?;
        let number = each.get(..each.len().saturating_sub(unit.len_utf8())).ok_or_else(wrong)?;
        let number = number.parse::<u64>().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
        let times = |factor: u64| number.checked_mul(factor).ok_or_else(wrong);
        Ok(match unit {
            'k' => Self { octets: Some(times(1 << 10)?), after: None, files },
            'M' => Self { octets: Some(times(1 << 20)?), after: None, files },
            'G' => Self { octets: Some(times(1 << 30)?), after: None, files },
            's' => Self { octets: None, after: Some(Duration::from_secs(number)), files },
            'm' => Self { octets: None, after: Some(Duration::from_secs(times(60)?)), files },
            'h' => Self { octets: None, after: Some(Duration::from_secs(times(3_600)?)), files },
            _ => return Err(wrong()),
        })
    }
}

/// Why a recording can't begin, or go on.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// A file of that name is there.
    #[error("{} exists; name another file, or allow it to be replaced", .0.display())]
    Exists(PathBuf),
    /// The file can't be made.
    #[error("{} can't be made: {source}{}", path.display(), folder_hint(path))]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Blocks can't be written.
    #[error("{} can't be written any more: {source}; it holds what was written before, {octets} octets", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Octets of whole blocks in it.
        octets: u64,
        /// Why.
        source: io::Error,
    },
}

fn folder_hint(path: &Path) -> &'static str {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.exists() => "; its folder does not exist",
        _ => "",
    }
}

/// A recording under way.
#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    rotation: Rotation,
    replace: bool,
    file: File,
    current: PathBuf,
    number: u64,
    octets: u64,
    /// Octets of the file's beginning, which alone is no reason for a new one.
    prelude: u64,
    since: Option<Timestamp>,
    kept: VecDeque<PathBuf>,
}

impl Recording {
    /// Begins a recording. `prelude` is what every file begins with: section header, interfaces, secrets. Files of a
    /// rotated recording have a number before their extension: `dm-00001.pcapng`.
    ///
    /// # Errors
    ///
    /// [`RecordingError::Exists`], unless it may be replaced, and [`RecordingError::Create`].
    pub fn create(path: &Path, rotation: Rotation, replace: bool, prelude: &[u8]) -> Result<Self, RecordingError> {
        let current = if rotation.is_none() { path.to_owned() } else { numbered(path, 1) };
        let file = create(&current, replace)?;
        let mut recording = Self {
            path: path.to_owned(),
            rotation,
            replace,
            file,
            kept: VecDeque::from([current.clone()]),
            current,
            number: 1,
            octets: 0,
            prelude: prelude.len() as u64,
            since: None,
        };
        recording.append(prelude)?;
        Ok(recording)
    }

    /// The file that is written at the moment.
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// The files that there are, the oldest first, and how many octets of each hold whole blocks.
    pub fn files(&self) -> impl Iterator<Item = (&Path, u64)> {
        self.kept.iter().map(|path| (path.as_path(), if *path == self.current { self.octets } else { u64::MAX }))
    }

    /// Hands whole blocks to the operating system, in a new file where it is time for one. `now` is the time of the blocks.
    ///
    /// # Errors
    ///
    /// [`RecordingError`]; the file then ends with its last whole block, and nothing more should be written.
    pub fn write(
        &mut self,
        blocks: &[u8],
        now: Timestamp,
        prelude: impl FnOnce() -> Vec<u8>,
    ) -> Result<(), RecordingError> {
        let since = *self.since.get_or_insert(now);
        let full = self.rotation.octets.is_some_and(|most| self.octets.saturating_add(blocks.len() as u64) > most);
        let old = self
            .rotation
            .after
            .is_some_and(|most| u128::try_from(now.since(since)).is_ok_and(|age| age >= most.as_nanos()));
        if (full || old) && self.octets > self.prelude {
            self.rotate(&prelude())?;
            self.since = Some(now);
        }
        self.append(blocks)
    }

    fn rotate(&mut self, prelude: &[u8]) -> Result<(), RecordingError> {
        self.number = self.number.saturating_add(1);
        let next = numbered(&self.path, self.number);
        self.file = create(&next, self.replace)?;
        self.octets = 0;
        self.prelude = prelude.len() as u64;
        self.current = next.clone();
        self.kept.push_back(next);
        self.append(prelude)?;
        while self.rotation.files.is_some_and(|most| self.kept.len() > most.get()) {
            if let Some(oldest) = self.kept.pop_front() {
                // Somebody else may have moved it away.
                let _ = std::fs::remove_file(oldest);
            }
        }
        Ok(())
    }

    fn append(&mut self, blocks: &[u8]) -> Result<(), RecordingError> {
        if let Err(source) = self.file.write_all(blocks) {
            // Half a block is worse than none.
            let _ = self.file.set_len(self.octets);
            return Err(RecordingError::Write { path: self.current.clone(), octets: self.octets, source });
        }
        self.octets = self.octets.saturating_add(blocks.len() as u64);
        Ok(())
    }
}

fn create(path: &Path, replace: bool) -> Result<File, RecordingError> {
    let mut options = OpenOptions::new();
    options.write(true);
    if replace {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    // A recording holds credentials and secrets.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => RecordingError::Exists(path.to_owned()),
        _ => RecordingError::Create { path: path.to_owned(), source },
    })
}

fn numbered(path: &Path, number: u64) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map_or_else(|| "pcapng".into(), |extension| extension.to_string_lossy());
    path.with_file_name(format!("{stem}-{number:05}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(seconds * 1_000_000_000)
    }

    #[test]
    fn a_ring_is_a_number_of_files_and_their_size_or_age() {
        let rotation = |octets, after: Option<u64>, files| Rotation {
            octets,
            after: after.map(Duration::from_secs),
            files: NonZeroUsize::new(files),
        };
        let table = [
            ("10x100M", rotation(Some(100 << 20), None, 10)),
            ("24x1h", rotation(None, Some(3_600), 24)),
            ("5k", rotation(Some(5 << 10), None, 0)),
            ("2x1G", rotation(Some(1 << 30), None, 2)),
            ("3x30s", rotation(None, Some(30), 3)),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Rotation>().unwrap(), expected, "{text}");
        }
        for text in ["", "x", "10x", "0x1M", "1x0M", "10x100", "10x100é", "-1x1M", "1x99999999999999G"] {
            assert_eq!(text.parse::<Rotation>().unwrap_err(), RotationError(text.to_owned()));
        }
    }

    #[test]
    fn a_full_file_is_followed_by_another_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dm.pcapng");
        let rotation = Rotation { octets: Some(10), after: None, files: NonZeroUsize::new(2) };
        let mut recording = Recording::create(&path, rotation, false, b"HEAD").unwrap();
        for block in [&b"aaaa"[..], b"bbbb", b"a block longer than a file", b"cccc"] {
            recording.write(block, at(0), || b"AGAIN".to_vec()).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["dm-00003.pcapng", "dm-00004.pcapng"]);
        assert_eq!(fs::read(folder.path().join("dm-00003.pcapng")).unwrap(), b"AGAINa block longer than a file");
        assert_eq!(fs::read(recording.current()).unwrap(), b"AGAINcccc");
        assert_eq!(recording.files().count(), 2);
    }

    #[test]
    fn a_file_that_is_old_enough_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let rotation = "1m".parse().unwrap();
        let mut recording = Recording::create(&folder.path().join("dm"), rotation, false, b"").unwrap();
        for second in [100, 159, 160, 219, 220] {
            recording.write(b"x", at(second), Vec::new).unwrap();
        }
        let sizes: Vec<u64> = recording.files().map(|(file, _)| fs::metadata(file).unwrap().len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
        assert!(recording.current().ends_with("dm-00003.pcapng"));
    }

    #[test]
    fn nothing_is_replaced_unless_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dm.pcapng");
        fs::write(&path, "evidence").unwrap();
        let error = Recording::create(&path, Rotation::default(), false, b"").unwrap_err();
        assert!(matches!(error, RecordingError::Exists(_)));
        assert_eq!(fs::read(&path).unwrap(), b"evidence");
        Recording::create(&path, Rotation::default(), true, b"HEAD").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"HEAD");
        let missing = folder.path().join("no/dm.pcapng");
        let error = Recording::create(&missing, Rotation::default(), false, b"").unwrap_err().to_string();
        assert!(error.ends_with("its folder does not exist"), "{error}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_ends_the_recording_with_its_name() {
        let error = Recording::create(Path::new("/dev/full"), Rotation::default(), true, b"HEAD").unwrap_err();
        assert!(matches!(error, RecordingError::Write { octets: 0, .. }), "{error}");
    }
}
