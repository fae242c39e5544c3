//! The screen of a proxy: what is judged, counted and said goes there, and its keys come back.
//!
//! The screen has a thread of its own. Sessions wait for it in a bounded channel that it always empties, held still or not;
//! everything else it asks for. The report does not depend on it.

use super::Arguments;
use super::voice::Voice;
use crate::analysis::Sink;
use crate::base::Severity;
use crate::cli::exit::Failure;
use crate::cli::live::{Prepared, describe};
use crate::cli::output::{Level, Output};
use crate::cli::view;
use crate::proxy::recorder::Recorder;
use crate::proxy::settings::{Mode, Settings};
use crate::tui::line::Tone;
use crate::tui::live::{LiveControl, LiveStatus, Remark, Switch};
use crate::tui::{self, Feeder, Incoming, Model};
use crate::verdict::{Arisen, JudgedSession};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::{self, JoinHandle};
use tokio::sync::Notify;

/// A screen that was asked for, and how it is to look.
pub(super) struct Wanted(Option<tui::Settings>);

impl Wanted {
    /// Of the arguments.
    ///
    /// # Errors
    ///
    /// Where there is no terminal, or the configuration is wrong.
    pub(super) fn new(arguments: &Arguments, output: &Output) -> Result<Self, Failure> {
        if !arguments.tui {
            return match arguments.look.is_given() {
                true => Err(Failure::usage("--theme, --no-mouse and --config are for the screen: add --tui")),
                false => Ok(Self(None)),
            };
        }
        view::need_terminal("--tui needs a terminal; without it, findings are lines and the report comes at the end")?;
        Ok(Self(Some(view::settings(&arguments.look, output)?)))
    }
}

/// A screen before it is opened: sessions can wait for it already.
pub(super) struct Stage {
    settings: tui::Settings,
    incoming: Receiver<Incoming>,
    findings: Arc<Findings>,
}

/// Puts a screen, where one is wanted, beside the report.
///
/// # Errors
///
/// Where the output is wanted for something else.
pub(super) fn set(
    wanted: Wanted,
    judge: Option<Prepared>,
    voice: &Arc<Voice>,
) -> Result<(Option<Prepared>, Option<Stage>), Failure> {
    let (settings, judge) = match (wanted.0, judge) {
        (Some(settings), Some(judge)) => (settings, judge),
        (_, judge) => return Ok((judge, None)),
    };
    let (feeder, incoming) = tui::feed();
    let trees = feeder.trees().clone();
    let findings = Arc::<Findings>::default();
    let spectator = Spectator { feeder: Some(feeder), findings: Arc::clone(&findings), voice: Arc::clone(voice) };
    let judge = judge.on_screen(Box::new(spectator), &trees)?;
    Ok((Some(judge), Some(Stage { settings, incoming, findings })))
}

/// Findings that have arisen: errors, warnings, infos.
#[derive(Debug, Default)]
struct Findings([AtomicU64; 3]);

impl Findings {
    fn count(&self, severity: Severity) {
        let [errors, warnings, infos] = &self.0;
        let counter = match severity {
            Severity::Error => errors,
            Severity::Warning => warnings,
            Severity::Info => infos,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Gets what the judge finds. A screen that was left takes nothing more, and the judge goes on.
struct Spectator {
    feeder: Option<Feeder>,
    findings: Arc<Findings>,
    voice: Arc<Voice>,
}

impl Sink for Spectator {
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()> {
        let Some(feeder) = &mut self.feeder else { return Ok(()) };
        if let Err(error) = feeder.session(number, session) {
            self.feeder = None;
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.voice.line(Level::Error, &format!("the screen shows no more sessions: {error}"));
            }
        }
        Ok(())
    }

    fn arisen(&mut self, arisen: &Arisen) -> io::Result<()> {
        self.findings.count(arisen.severity);
        let tone = match arisen.severity {
            // It is a finding, and no failure of the proxy.
            Severity::Error => Tone::Open,
            severity => Tone::of(severity),
        };
        let text = format!("{} {}", arisen.severity.letter(), describe(arisen));
        self.voice.journal().say(Remark { tone, text });
        Ok(())
    }
}

impl Stage {
    /// Opens the screen.
    pub(super) fn open(
        self,
        local: SocketAddr,
        record: Option<&Path>,
        settings: &Arc<Settings>,
        recorder: &Arc<Recorder>,
        voice: &Arc<Voice>,
    ) -> Screen {
        let control = Arc::new(Control {
            local,
            record: record.map(Path::to_owned),
            settings: Arc::clone(settings),
            recorder: Arc::clone(recorder),
            findings: self.findings,
            voice: Arc::clone(voice),
            ended: AtomicBool::new(false),
        });
        let left = Arc::new(Notify::new());
        let leaving = Leaving { left: Arc::clone(&left), voice: Arc::clone(voice) };
        voice.to_screen();
        let title = match &settings.mode {
            Mode::Reverse(origin) => format!("proxy {local} → {origin}"),
            Mode::Forward => format!("proxy {local}"),
        };
        let (look, incoming) = (self.settings, self.incoming);
        let live: Arc<dyn LiveControl> = Arc::clone(&control) as _;
        let thread = thread::spawn(move || {
            let _leaving = leaving;
            let mut model = Model::new(title, look);
            tui::update::arrive(&mut model, Incoming::Live(live));
            view::begin(&mut model, &incoming)
        });
        Screen { control, left, thread }
    }
}

/// Whichever way the screen was left, the proxy is told, and its lines go to standard error again.
struct Leaving {
    left: Arc<Notify>,
    voice: Arc<Voice>,
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.voice.to_stderr();
        self.left.notify_one();
    }
}

/// A screen that is open.
pub(super) struct Screen {
    control: Arc<Control>,
    left: Arc<Notify>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Screen {
    /// Waits until it was left.
    pub(super) async fn left(&self) {
        self.left.notified().await;
    }

    /// Closes it, and waits until the terminal is as it was.
    ///
    /// # Errors
    ///
    /// Where the terminal could not be used.
    pub(super) fn close(self) -> Result<(), Failure> {
        self.control.ended.store(true, Ordering::Release);
        self.thread.join().map_err(|_| io::Error::other("the screen broke down"))?
    }
}

/// What the screen may ask for and switch.
#[derive(Debug)]
struct Control {
    local: SocketAddr,
    record: Option<PathBuf>,
    settings: Arc<Settings>,
    recorder: Arc<Recorder>,
    findings: Arc<Findings>,
    voice: Arc<Voice>,
    ended: AtomicBool,
}

impl LiveControl for Control {
    fn status(&self) -> LiveStatus {
        let counted = self.recorder.counters().counted();
        let leads = match &self.settings.mode {
            Mode::Reverse(origin) => origin.to_string(),
            Mode::Forward => String::new(),
        };
        let records = match &self.record {
            Some(path) if self.recorder.is_recording() => path.display().to_string(),
            Some(path) => format!("nothing any more ({} has ended)", path.display()),
            None => String::new(),
        };
        LiveStatus {
            listens: self.local.to_string(),
            leads,
            records,
            connections: counted.open,
            accepted: counted.accepted,
            exchanges: counted.exchanges,
            from_devices: counted.from_devices,
            to_devices: counted.to_devices,
            findings: self.findings.0.each_ref().map(|counter| counter.load(Ordering::Relaxed)),
        }
    }

    fn switches(&self) -> Vec<Switch> {
        let standing = self.settings.faults.as_ref().map(|engine| engine.faults()).unwrap_or_default();
        let switch = |one: crate::proxy::fault::Standing| Switch {
            name: one.fault.to_string(),
            on: one.on,
            applied: one.applied,
        };
        standing.into_iter().map(switch).collect()
    }

    fn turn(&self, number: usize) -> Option<bool> {
        let on = self.settings.faults.as_ref()?.turn(number)?;
        if let Some(switch) = self.switches().get(number) {
            let word = if on { "on" } else { "off" };
            self.voice.line(Level::Note, &format!("switched {word}: {}", switch.name));
        }
        Some(on)
    }

    fn remarks(&self) -> Vec<Remark> {
        self.voice.journal().take()
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}
