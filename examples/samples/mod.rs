//! What the sample captures are made of: each script in `captures/src/` becomes the octets of a capture and the truth about it.
//!
//! Comments at the head of a script direct what the notation does not know:
//!
//! | Comment | Meaning |
//! |---|---|
//! | `# ends: WORD, …` | how each session ends: `completed`, `aborted`, `truncated`, `open` |
//! | `# cut: FROM [TO]` | the capture holds only the messages from this number on, up to and not including the other; from 0 |
//! | `# damaged: N, …` | numbers, from 1, of messages of which octets are missing |
//! | `# problems: KIND, …` | what is wrong with the capture as a whole |
//! | `# file: gz` | the capture is compressed |

pub(crate) mod truth;

mod script;

use dmscope::fixture::{Format, Script};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use truth::Truth;

/// One built sample.
pub(crate) struct Sample {
    /// Name of its file.
    pub(crate) file: String,
    /// The capture.
    pub(crate) bytes: Vec<u8>,
    /// What the script says about it, without findings.
    pub(crate) truth: Truth,
}

/// The folder of the samples.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")
}

/// Where the truth of a capture stands.
pub(crate) fn truth_path(capture: &str) -> PathBuf {
    let name = capture.split('.').next().unwrap_or(capture);
    folder().join(format!("{name}.truth.json"))
}

/// What the comments of a script say.
#[derive(Debug, Default)]
struct Directions {
    ends: Vec<String>,
    cut: Vec<usize>,
    damaged: Vec<usize>,
    problems: Vec<String>,
    compressed: bool,
}

impl Directions {
    fn read(text: &str) -> Result<Self, Box<dyn Error>> {
        let mut directions = Self::default();
        for line in text.lines() {
            let Some((key, value)) = line.strip_prefix("# ").and_then(|line| line.split_once(": ")) else { continue };
            let words = || value.split([',', ' ']).filter(|word| !word.is_empty());
            let numbers = || words().map(str::parse).collect::<Result<Vec<usize>, _>>();
            match key {
                "ends" => directions.ends = words().map(str::to_owned).collect(),
                "cut" => directions.cut = numbers()?,
                "problems" => directions.problems = words().map(str::to_owned).collect(),
                "damaged" => directions.damaged = numbers()?,
                "file" => directions.compressed = value == "gz",
                _ => {}
            }
        }
        Ok(directions)
    }
}

/// All built samples, by name.
pub(crate) fn all() -> Result<Vec<Sample>, Box<dyn Error>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder().join("src"))? {
        paths.push(entry?.path());
    }
    paths.sort();
    paths.iter().map(|path| sample(path).map_err(|error| format!("{}: {error}", path.display()).into())).collect()
}

fn sample(path: &Path) -> Result<Sample, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let directions = Directions::read(&text)?;
    let whole = Script::parse(&text)?;
    let from = directions.cut.first().copied().unwrap_or_default();
    let to = directions.cut.get(1).copied().unwrap_or(usize::MAX);
    let script = whole.cut(from, to);
    let mut file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    file.push_str(if script.network().format == Format::Pcapng { ".pcapng" } else { ".pcap" });
    let mut bytes = script.capture();
    if directions.compressed {
        file.push_str(".gz");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&bytes)?;
        bytes = encoder.finish()?;
    }
    let truth = script::truth(&file, &script, &directions)?;
    Ok(Sample { file, bytes, truth })
}
