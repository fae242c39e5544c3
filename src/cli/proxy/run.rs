//! From the arguments of `proxy` to a proxy that runs.

use super::voice::Voice;
use super::{Arguments, RecordTls};
use crate::cli::exit::{Exit, Failure};
use crate::cli::live::Judge;
use crate::cli::output::{self, Output};
use crate::proxy::fault::{self, Engine};
use crate::proxy::log::{Level, Log};
use crate::proxy::recorder::{self, Recorder};
use crate::proxy::server;
use crate::proxy::settings::{Mode, Patience, Settings};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What reports call traffic that is not recorded.
const UNRECORDED: &str = "live";

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    #[cfg(feature = "tui")]
    let wanted = super::screen::Wanted::new(&arguments, output)?;
    #[cfg(not(feature = "tui"))]
    if arguments.tui {
        return Err(Failure::usage("this dmscope was built without its terminal UI; build with --features tui"));
    }
    let runtime = Runtime::new()?;
    let voice = Arc::new(Voice::new(output));
    let faults = faults(&arguments)?;
    let upstream_tls = arguments.upstream_tls.tls()?;
    let authority = match arguments.no_intercept {
        true => None,
        false => arguments.device_tls.authority(arguments.serve_ca)?,
    };
    let judge = match arguments.no_analysis {
        true => None,
        false => Some(arguments.live.clone().prepare(output)?),
    };
    #[cfg(feature = "tui")]
    let (judge, stage) = super::screen::set(wanted, judge, &voice)?;
    let listener = runtime.block_on(async { server::listen(arguments.listen) }).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => "; another program has that port: choose one with --listen",
            io::ErrorKind::PermissionDenied => {
                "; ports below 1024 are the administrator's: choose another with --listen"
            }
            _ => "",
        };
        Failure::usage(format!("{} can't be listened on: {error}{hint}", arguments.listen))
    })?;
    let local = listener.local_addr()?;
    let recording = arguments.recording.begin(&recorder::prelude());
    let recording = recording.map_err(|error| Failure::usage(format!("--record: {error}")))?;
    let name = arguments.recording.record.as_deref().map_or_else(|| UNRECORDED.to_owned(), name_of);
    let (feed, judge) = match judge.map(|prepared| prepared.start(&name, output)) {
        Some((feed, judge)) => (Some(feed), Some(judge)),
        None => (None, None),
    };
    let log = Log::new({
        let voice = Arc::clone(&voice);
        move |level, text| voice.line(level_of(level), text)
    });
    let recorder = Recorder::new(recording, feed, arguments.strict_recording, log.clone());
    let device_tls = arguments.device_tls.tls(authority.clone())?;
    let settings = Settings {
        mode: arguments.upstream.clone().map_or(Mode::Forward, Mode::Reverse),
        device_tls,
        upstream_tls,
        record_clear: arguments.record_tls == RecordTls::Clear,
        rewrite_host: arguments.rewrite_host,
        downloads: authority.filter(|_| arguments.serve_ca),
        faults: (!faults.is_empty()).then(|| Engine::new(faults)),
        patience: Patience {
            connections: usize::try_from(arguments.max_connections).unwrap_or(usize::MAX),
            handshake: Duration::from_secs(arguments.handshake_timeout),
            idle: Duration::from_secs(arguments.idle_timeout),
            total: Duration::from_secs(arguments.max_time),
            drain: Duration::from_secs(arguments.drain_timeout),
        },
        log,
    };
    // Whoever reads where it listens may send a signal.
    let signals = Signals::new(&runtime)?;
    let record = arguments.recording.record.as_deref();
    let settings = Arc::new(settings);
    #[cfg(feature = "tui")]
    let screen = stage.map(|stage| stage.open(local, record, &settings, &recorder, &voice));
    greet(&settings, local, record, &voice);
    let left = async {
        #[cfg(feature = "tui")]
        if let Some(screen) = &screen {
            return screen.left().await;
        }
        std::future::pending().await
    };
    let ends = Ends { signals, left };
    let outcome = runtime.block_on(serve(listener, settings, &recorder, judge.as_ref(), ends, output, &voice));
    // What was cut short passes nothing on any more that would not be recorded.
    runtime.shutdown_timeout(Duration::from_secs(1));
    recorder.close();
    // The terminal is as it was before the report comes.
    #[cfg(feature = "tui")]
    let shown = screen.map_or(Ok(()), super::screen::Screen::close);
    let exit = match judge {
        Some(judge) => judge.finish(output)?,
        None => Exit::Done,
    };
    #[cfg(feature = "tui")]
    shown?;
    Ok(if outcome.is_err() { Exit::Unread } else { exit })
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    End,
    Report,
}

/// The signals that it listens to; elsewhere than on Unix there is Ctrl-C alone.
#[cfg(unix)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    report: Signal,
}

#[cfg(unix)]
impl Signals {
    fn new(runtime: &Runtime) -> io::Result<Self> {
        let _inside = runtime.enter();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            report: signal(SignalKind::user_defined1())?,
        })
    }

    async fn next(&mut self) -> Wanted {
        tokio::select! {
            _ = self.interrupt.recv() => Wanted::End,
            _ = self.terminate.recv() => Wanted::End,
            _ = self.report.recv() => Wanted::Report,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new(_runtime: &Runtime) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Wanted {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without it, the proxy runs until it is killed.
            std::future::pending::<()>().await;
        }
        Wanted::End
    }
}

/// What ends a proxy.
struct Ends<L> {
    signals: Signals,
    /// Comes when its screen was left.
    left: L,
}

/// Runs the proxy until a signal ends it, or its screen was left; a second signal ends it at once.
async fn serve(
    listener: TcpListener,
    settings: Arc<Settings>,
    recorder: &Arc<Recorder>,
    judge: Option<&Judge>,
    Ends { mut signals, left }: Ends<impl Future<Output = ()>>,
    output: &Output,
    voice: &Voice,
) -> io::Result<()> {
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let mut end = Some(end);
    // A task of its own: connections are taken while a report is written.
    let mut running = tokio::spawn(server::run(listener, settings, Arc::clone(recorder), async move {
        // The other end lives as long as this function.
        let _ = ended.await;
    }));
    let mut left = pin!(left);
    let mut is_left = false;
    loop {
        tokio::select! {
            outcome = &mut running => return outcome.map_err(io::Error::other)?,
            wanted = signals.next() => if wanted == Wanted::Report {
                report_now(recorder, judge, output, voice);
                continue;
            },
            () = &mut left, if !is_left => is_left = true,
        }
        match end.take() {
            Some(end) => {
                let _ = end.send(());
            }
            None => return Ok(()),
        }
    }
}

fn report_now(recorder: &Recorder, judge: Option<&Judge>, output: &Output, voice: &Voice) {
    // What it says is that of the recording, in which everything that was answered is.
    let _ = recorder.flush();
    let files = recorder.files();
    let outcome = match (judge, files.is_empty()) {
        (None, _) => Err(Failure::usage("there is no report: the traffic is not judged (--no-analysis)")),
        (_, true) => Err(Failure::usage("there is no report before the end: the traffic is not recorded (--record)")),
        (Some(judge), false) => judge.report_now(files, output),
    };
    if let Err(failure) = outcome {
        voice.line(output::Level::Warning, &failure.to_string());
    }
}

fn level_of(level: Level) -> output::Level {
    match level {
        Level::Info => output::Level::Detail,
        Level::Warning => output::Level::Warning,
        Level::Error => output::Level::Error,
    }
}

fn name_of(path: &Path) -> String {
    crate::capture::sources::Source { path: path.to_owned(), size: None }.name().into_owned()
}

fn faults(arguments: &Arguments) -> Result<Vec<fault::Fault>, Failure> {
    let mut faults = arguments.fault.clone();
    for path in &arguments.fault_file {
        let fail = |what: &dyn std::fmt::Display| Failure::usage(format!("--fault-file: {}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| fail(&error))?;
        faults.extend(fault::read_file(&text).map_err(|error| fail(&error))?);
    }
    Ok(faults)
}

/// Says where it listens, and what that means.
fn greet(settings: &Settings, local: std::net::SocketAddr, record: Option<&Path>, remarks: &Voice) {
    let target = match &settings.mode {
        Mode::Reverse(origin) => format!("for {origin}"),
        Mode::Forward => "as a forward proxy".to_owned(),
    };
    let recording =
        record.map_or_else(|| "not recorded".to_owned(), |path| format!("recorded into {}", path.display()));
    remarks.line(output::Level::Note, &format!("listening on {local} {target}; {recording}"));
    let tls = match settings.device_tls {
        Some(_) => "TLS of devices is opened",
        None => "TLS of devices passes unopened (dmscope ca init makes a certificate authority)",
    };
    remarks.line(output::Level::Detail, tls);
    if !local.ip().is_loopback() {
        let reach = match settings.mode {
            Mode::Reverse(_) => "whoever reaches this port reaches the server through it",
            Mode::Forward => "whoever reaches this port can connect through it to anything that this machine reaches",
        };
        let text = format!("{local} is open to other machines: {reach}, and is recorded with all credentials");
        remarks.line(output::Level::Warning, &text);
    }
}
