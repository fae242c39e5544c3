//! `dmscope capture` with libpcap.

use super::Arguments;
use crate::base::Timestamp;
use crate::capture::live::{self, Ended, Ending, Interface, Live, LiveError, Settings, Until};
use crate::capture::recording::{Recording, RecordingError};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Level, Output};
use crate::cli::suggest::similar;
use crate::report::visible;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let Some(interface) = arguments.interface else {
        return list(output);
    };
    let settings =
        Settings { interface, filter: arguments.bpf, snaplen: arguments.snaplen, promiscuous: arguments.promiscuous };
    let remarks = output.remarks();
    let prepared = arguments.judging.prepare(output)?;
    let stop = stop_on_signals()?;
    let mut live = Live::open(&settings).map_err(failure)?;
    let prelude = live.prelude()?;
    let recording = arguments.recording.begin(&prelude).map_err(unrecorded)?;
    let (feed, judge) = prepared.start(&settings.interface, output);
    remarks.line(Level::Note, &format!("capturing on {}; Ctrl-C ends it", settings.interface));

    let until = Until { stop: &stop, count: arguments.count.map(NonZeroU64::get), duration: arguments.duration };
    let mut recorder = Recorder { recording, failed: None };
    let captured = feed.write(prelude.clone()).and_then(|()| {
        live.run(&until, &mut |time, blocks| {
            recorder.write(blocks, time, &prelude, output);
            feed.write(blocks.to_vec())
        })
    });
    if let Ok(ended) = &captured {
        remarks.line(Level::Note, &outcome(ended));
    }
    // The judge ends with the feed. Where it ended before, it knows why.
    drop(feed);
    let judged = judge.finish(output)?;
    let ended = captured?;
    if let Some(error) = recorder.failed {
        return Err(unrecorded(error));
    }
    if let Ending::Lost(reason) = &ended.ending {
        output.warning(&format!("{} gives nothing more: {}", visible(&settings.interface), visible(reason)));
        return Ok(Exit::Unread);
    }
    Ok(judged)
}

/// Records for as long as that is possible; a full disk is no reason to judge nothing.
struct Recorder {
    recording: Option<Recording>,
    failed: Option<RecordingError>,
}

impl Recorder {
    fn write(&mut self, blocks: &[u8], time: Timestamp, prelude: &[u8], output: &Output) {
        let Some(recording) = &mut self.recording else { return };
        if let Err(error) = recording.write(blocks, time, || prelude.to_vec()) {
            output.warning(&format!("--record: {error}. Judging goes on"));
            self.recording = None;
            self.failed = Some(error);
        }
    }
}

fn unrecorded(error: RecordingError) -> Failure {
    Failure::usage(format!("--record: {error}"))
}

/// How it ended, in numbers.
fn outcome(ended: &Ended) -> String {
    let mut text = match ended.packets {
        1 => "1 packet".to_owned(),
        packets => format!("{packets} packets"),
    };
    if let Some(counted) = &ended.statistics {
        text += &format!(", {} dropped by the kernel, {} by the interface", counted.dropped, counted.interface_dropped);
    }
    text
}

/// A flag that SIGINT and SIGTERM raise. The second of them ends the program at once.
fn stop_on_signals() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_default(signal, stop.clone())?;
        flag::register(signal, stop.clone())?;
    }
    Ok(stop)
}

fn list(output: &Output) -> Result<Exit, Failure> {
    let interfaces = live::interfaces().map_err(failure)?;
    let mut results = output.results();
    let width = interfaces.iter().map(|interface| interface.name.chars().count()).max().unwrap_or(0);
    for interface in &interfaces {
        writeln!(results, "{}", visible(format!("{:width$}  {}", interface.name, about(interface)).trim_end()))?;
    }
    results.flush()?;
    if interfaces.is_empty() {
        output.warning("there is no interface that this program may see");
    }
    Ok(Exit::Done)
}

/// State, addresses, what libpcap says of it.
fn about(interface: &Interface) -> String {
    let states = [(interface.up, "up"), (interface.loopback, "loopback"), (interface.wireless, "wireless")];
    let mut words: Vec<String> = states.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned()).collect();
    words.extend(interface.addresses.iter().map(ToString::to_string));
    words.extend(interface.description.clone());
    words.join(", ")
}

/// A name or a filter that is wrong is a wrong command line; what the system refuses is an input that can't be read.
fn failure(error: LiveError) -> Failure {
    match error {
        LiveError::NoInterface { name, known } => {
            let way_out = match similar(&name, known.iter().map(String::as_str)) {
                Some(guess) => format!("did you mean {}?", visible(guess)),
                None => "dmscope capture --list-interfaces shows all".to_owned(),
            };
            Failure::usage(format!("--interface: there is no interface {}; {way_out}", visible(&name)))
        }
        LiveError::Filter { expression, message } => {
            Failure::usage(format!("--bpf: \"{}\" is no filter: {}", visible(&expression), visible(&message)))
        }
        error => Failure::input(error.to_string()),
    }
}
