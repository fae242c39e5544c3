//! From the arguments of `proxy` to a proxy that runs.

use super::{Arguments, RecordTls};
use crate::capture::recording::Recording;
use crate::cli::exit::{Exit, Failure};
use crate::cli::live::Judge;
use crate::cli::output::{self, Output, Remarks};
use crate::proxy::authority::{self, Authority};
use crate::proxy::fault::{self, Engine};
use crate::proxy::log::{Level, Log};
use crate::proxy::recorder::{self, Recorder};
use crate::proxy::server;
use crate::proxy::settings::{Mode, Patience, Settings};
use crate::proxy::tls::{Certificates, ClientCertificate, DeviceTls, NoKeyLog, UpstreamOptions, UpstreamTls};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, io};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What reports call traffic that is not recorded.
const UNRECORDED: &str = "live";

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let runtime = Runtime::new()?;
    let remarks = output.remarks();
    let faults = faults(&arguments)?;
    let upstream_tls = UpstreamTls::new(&UpstreamOptions {
        ca_files: arguments.upstream_ca.clone(),
        insecure: arguments.insecure_upstream,
        client: arguments
            .upstream_cert
            .clone()
            .zip(arguments.upstream_key.clone())
            .map(|(chain, key)| ClientCertificate { chain, key }),
    })
    .map_err(|error| Failure::usage(error.to_string()))?;
    let authority = authority(&arguments, &remarks)?;
    let judge = match arguments.no_analysis {
        true => None,
        false => Some(arguments.live.clone().prepare(output)?),
    };
    let listener = runtime.block_on(TcpListener::bind(arguments.listen)).map_err(|error| {
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
    let recording = match &arguments.record {
        None => None,
        Some(path) => {
            let rotation = arguments.ring.unwrap_or_default();
            let recording = Recording::create(path, rotation, arguments.overwrite, &recorder::prelude());
            Some(recording.map_err(|error| Failure::usage(format!("--record: {error}")))?)
        }
    };
    let name = arguments.record.as_deref().map_or_else(|| UNRECORDED.to_owned(), name_of);
    let (feed, judge) = match judge.map(|prepared| prepared.start(&name, output)) {
        Some((feed, judge)) => (Some(feed), Some(judge)),
        None => (None, None),
    };
    let log = Log::new({
        let remarks = remarks.clone();
        move |level, text| remarks.line(level_of(level), text)
    });
    let recorder = Recorder::new(recording, feed, arguments.strict_recording, log.clone());
    let device_tls = device_tls(&arguments, authority.clone())?;
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
    greet(&settings, local, arguments.record.as_deref(), &remarks);
    let outcome = runtime.block_on(serve(listener, Arc::new(settings), &recorder, judge.as_ref(), signals, output));
    // What was cut short passes nothing on any more that would not be recorded.
    runtime.shutdown_timeout(Duration::from_secs(1));
    recorder.close();
    let exit = match judge {
        Some(judge) => judge.finish(output)?,
        None => Exit::Done,
    };
    Ok(if outcome.is_err() { Exit::Unread } else { exit })
}

/// The signals that it listens to.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    report: Signal,
}

impl Signals {
    fn new(runtime: &Runtime) -> io::Result<Self> {
        let _inside = runtime.enter();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            report: signal(SignalKind::user_defined1())?,
        })
    }
}

/// Runs the proxy until a signal ends it; a second one ends it at once.
async fn serve(
    listener: TcpListener,
    settings: Arc<Settings>,
    recorder: &Arc<Recorder>,
    judge: Option<&Judge>,
    mut signals: Signals,
    output: &Output,
) -> io::Result<()> {
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let mut end = Some(end);
    // A task of its own: connections are taken while a report is written.
    let mut running = tokio::spawn(server::run(listener, settings, Arc::clone(recorder), async move {
        // The other end lives as long as this function.
        let _ = ended.await;
    }));
    loop {
        tokio::select! {
            outcome = &mut running => return outcome.map_err(io::Error::other)?,
            _ = signals.interrupt.recv() => {}
            _ = signals.terminate.recv() => {}
            _ = signals.report.recv() => {
                report_now(recorder, judge, output);
                continue;
            }
        }
        match end.take() {
            Some(end) => {
                let _ = end.send(());
            }
            None => return Ok(()),
        }
    }
}

fn report_now(recorder: &Recorder, judge: Option<&Judge>, output: &Output) {
    // What it says is that of the recording, in which everything that was answered is.
    let _ = recorder.flush();
    let files = recorder.files();
    let outcome = match (judge, files.is_empty()) {
        (None, _) => Err(Failure::usage("there is no report: the traffic is not judged (--no-analysis)")),
        (_, true) => Err(Failure::usage("there is no report before the end: the traffic is not recorded (--record)")),
        (Some(judge), false) => judge.report_now(files, output),
    };
    if let Err(failure) = outcome {
        output.warning(&failure.to_string());
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

/// The authority: the one that is named, or the one in the usual place, if there is one.
fn authority(arguments: &Arguments, remarks: &Remarks) -> Result<Option<Arc<Authority>>, Failure> {
    if arguments.cert.is_some() || arguments.no_intercept {
        return Ok(None);
    }
    let usual = authority::default_folder(|name| env::var_os(name));
    let wanted = arguments.ca_dir.is_some() || arguments.serve_ca || arguments.legacy_tls;
    let Some(folder) = arguments.ca_dir.clone().or(usual) else { return Ok(None) };
    if !wanted && !folder.exists() {
        let text = "there is no certificate authority: TLS of devices passes unopened (dmscope ca init makes one)";
        remarks.line(output::Level::Detail, text);
        return Ok(None);
    }
    let loaded = Authority::load(&folder).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Some(Arc::new(loaded)))
}

fn device_tls(arguments: &Arguments, authority: Option<Arc<Authority>>) -> Result<Option<DeviceTls>, Failure> {
    let fail = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let certificates = match (&arguments.cert, &arguments.cert_key) {
        (Some(chain), Some(key)) => Some(Certificates::from_files(chain, key).map_err(|error| fail(&error))?),
        _ => authority.map(Certificates::Authority),
    };
    let Some(certificates) = certificates else { return Ok(None) };
    // Each connection gives its secrets to its own record.
    let tls = DeviceTls::new(certificates, Arc::new(NoKeyLog)).map_err(|error| fail(&error))?;
    let tls = if arguments.legacy_tls { tls.with_legacy().map_err(|error| fail(&error))? } else { tls };
    Ok(Some(tls))
}

/// Says where it listens, and what that means.
fn greet(settings: &Settings, local: std::net::SocketAddr, record: Option<&Path>, remarks: &Remarks) {
    let target = match &settings.mode {
        Mode::Reverse(origin) => format!("for {origin}"),
        Mode::Forward => "as a forward proxy".to_owned(),
    };
    let recording =
        record.map_or_else(|| "not recorded".to_owned(), |path| format!("recorded into {}", path.display()));
    remarks.line(output::Level::Note, &format!("listening on {local} {target}; {recording}"));
    if settings.device_tls.is_some() {
        remarks.line(output::Level::Detail, "TLS of devices is opened");
    }
    if !local.ip().is_loopback() {
        let reach = match settings.mode {
            Mode::Reverse(_) => "whoever reaches this port reaches the server through it",
            Mode::Forward => "whoever reaches this port can connect through it to anything that this machine reaches",
        };
        let text = format!("{local} is open to other machines: {reach}, and is recorded with all credentials");
        remarks.line(output::Level::Warning, &text);
    }
}
