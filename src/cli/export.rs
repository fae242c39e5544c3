//! `dmscope export`.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::progress::Bar;
use super::{inputs, messages, reports, secrets, whole};
use crate::analysis::{self, Progress, Sink, redact_input};
use crate::export::{Clear, Har};
use crate::report::{Detail, visible};
use crate::verdict::{Filter, InputReport, JudgedSession, ReportStore};
use clap::{Args, ValueEnum};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  everything asked for was written
  2  the command line, or a file that it names as a setting, is wrong; or a file can't be written
  3  an input could not be read, or only in part; what could be read was written")]
pub(super) struct Arguments {
    /// pcap or pcapng, plain or compressed with gzip or zstd; folders are walked; - is standard input
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
    /// Write into this folder: messages/, decrypted.pcapng, session.har
    #[arg(long, value_name = "DIR")]
    to: PathBuf,

    /// What to write: messages (indented XML, one file each), pcapng (the sessions' traffic in clear), har (an HTTP archive); downloads of
    /// packages, which are counted and not kept, are in none of them
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_enum,
        default_values_t = [What::Messages, What::Pcapng, What::Har], help_heading = "Output")]
    what: Vec<What>,
    /// Each message also as it was sent: message-N.wbxml, message-N.raw.xml
    #[arg(long, help_heading = "Output")]
    raw: bool,
    /// Mask credentials, nonces, identities of devices and the values under ./DMAcc in everything that is written
    #[arg(long, help_heading = "Output")]
    redact: bool,

    /// Only these sessions, by the numbers of dmscope analyze: 1,4-6
    #[arg(long, value_name = "N,N-M", value_delimiter = ',', help_heading = "Reading")]
    session: Vec<Numbers>,
    /// Only sessions that match, as for dmscope analyze
    #[arg(long, value_name = "EXPR", value_parser = Filter::parse, help_heading = "Reading")]
    filter: Option<Filter>,
    #[command(flatten)]
    secrets: secrets::Arguments,
    /// Threads [default: the machine's cores]; never changes the result
    #[arg(long, value_name = "N", help_heading = "Reading")]
    jobs: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Messages,
    Pcapng,
    Har,
}

/// One number, or the numbers from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Numbers(u32, u32);

impl FromStr for Numbers {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "sessions are numbered from 1: 3, or 3-5";
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0).ok_or(wrong);
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(text)?, number(text)?),
        };
        if first > last { Err(wrong) } else { Ok(Self(first, last)) }
    }
}

impl Numbers {
    const fn has(self, number: u32) -> bool {
        self.0 <= number && number <= self.1
    }
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut options = analysis::Options {
        filter: arguments.filter.clone(),
        redact: arguments.redact,
        jobs: arguments.jobs,
        exhibits: arguments.what.contains(&What::Messages),
        carried: true,
        ..analysis::Options::default()
    };
    if arguments.raw && !options.exhibits {
        return Err(Failure::usage("--raw is for the files of messages: add messages to --what"));
    }
    options.secrets = Arc::new(arguments.secrets.read(output)?);
    let mut found = inputs::find(&arguments.captures)?;
    let mut keeper = Keeper {
        store: ReportStore::of_everything(),
        bar: Bar::new(output.detail != Detail::Quiet),
        wanted: &arguments.session,
        sessions: 0,
        kept: 0,
    };
    let outcome = analysis::run(&found.inputs, &options, &mut keeper)?;
    keeper.bar.finish();
    let Keeper { mut store, sessions, kept, .. } = keeper;
    let mut inputs = outcome.inputs;
    let names: Vec<String> = inputs.iter().map(|input| file_name(&input.path)).collect();
    if options.redact {
        found.missing.iter_mut().for_each(redact_input);
    }
    inputs.extend(found.missing);
    for numbers in arguments.session.iter().filter(|numbers| numbers.1 > sessions) {
        output.warning(&format!("--session {}: there are {sessions} sessions", numbers.1));
    }
    if kept == 0 {
        output.warning("there is no session to export: nothing was written");
        for input in inputs.iter().filter(|_| sessions == 0) {
            if let Some(seen) = &input.seen {
                output.warning(&format!("{}: {}", visible(&input.path), visible(seen)));
            }
        }
    } else {
        write(&arguments, &mut store, names, kept, output)?;
    }
    reports::tell(&inputs, output);
    Ok(if inputs.iter().any(InputReport::is_unread) { Exit::Unread } else { Exit::Done })
}

/// The last part of a path, however it is written.
fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// Keeps the sessions that are wanted.
struct Keeper<'a> {
    store: ReportStore,
    bar: Bar,
    wanted: &'a [Numbers],
    /// The number of the latest one.
    sessions: u32,
    kept: u32,
}

impl Sink for Keeper<'_> {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        self.sessions = self.sessions.max(number);
        if !self.wanted.is_empty() && !self.wanted.iter().any(|numbers| numbers.has(number)) {
            return Ok(());
        }
        self.kept = self.kept.saturating_add(1);
        self.store.add(number, session)
    }

    fn progress(&mut self, progress: &Progress<'_>) {
        self.bar.show(progress);
    }
}

/// Writes what is wanted, and says what it was.
fn write(
    arguments: &Arguments,
    store: &mut ReportStore,
    names: Vec<String>,
    sessions: u32,
    output: &Output,
) -> Result<(), Failure> {
    let to = &arguments.to;
    let failed = |path: &Path, error: io::Error| {
        Failure::usage(format!("--to: {} can't be written: {error}", visible(&path.display().to_string())))
    };
    fs::create_dir_all(to).map_err(|error| failed(to, error))?;
    let mut written: BTreeSet<PathBuf> = BTreeSet::new();
    if arguments.what.contains(&What::Messages) {
        let path = to.join("messages");
        messages::write(store, to).map_err(|error| failed(&path, error))?;
        if arguments.raw {
            messages::write_raw(store, to).map_err(|error| failed(&path, error))?;
        }
        written.insert(path);
    }
    if arguments.what.contains(&What::Pcapng) {
        let path = to.join("decrypted.pcapng");
        clear(store, names, &path).map_err(|error| failed(&path, error))?;
        written.insert(path);
    }
    if arguments.what.contains(&What::Har) {
        let path = to.join("session.har");
        har(store, &path).map_err(|error| failed(&path, error))?;
        written.insert(path);
    }
    if output.detail != Detail::Quiet {
        let mut results = output.results();
        let word = if sessions == 1 { "session" } else { "sessions" };
        writeln!(results, "{sessions} {word} written:")?;
        for path in &written {
            writeln!(results, "  {}", visible(&path.display().to_string()))?;
        }
        results.flush()?;
    }
    Ok(())
}

fn clear(store: &mut ReportStore, names: Vec<String>, path: &Path) -> io::Result<()> {
    let mut clear = Clear::new(names);
    for row in store.carried()? {
        clear.add(&row?)?;
    }
    whole::write(path, |out| clear.write(out))
}

fn har(store: &mut ReportStore, path: &Path) -> io::Result<()> {
    whole::write(path, |out| {
        let mut har = Har::begin(out)?;
        for session in store.sessions()? {
            har.page(&session?)?;
        }
        har.entries()?;
        for row in store.carried()? {
            har.exchange(&row?)?;
        }
        har.end().map(|_| ())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_one_or_from_one_to_another() {
        assert_eq!("3".parse(), Ok(Numbers(3, 3)));
        assert_eq!("3-5".parse(), Ok(Numbers(3, 5)));
        for wrong in ["", "0", "5-3", "-3", "3-", "x", "4294967296"] {
            assert!(wrong.parse::<Numbers>().is_err(), "{wrong}");
        }
        assert!(Numbers(3, 5).has(5) && !Numbers(3, 5).has(6));
    }
}
