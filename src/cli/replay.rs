//! `dmscope replay`.

use super::exit::{Exit, Failure};
use super::output::Output;
#[cfg(feature = "proxy")]
use super::tls;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Arguments {
    /// pcap or pcapng with the session; - is standard input
    #[arg(value_name = "RECORDING")]
    recording: PathBuf,
    /// The side that is played; the other one is the live peer
    #[arg(long = "as", value_name = "SIDE", value_enum)]
    side: Side,
    /// Which session of the recording, as `dmscope analyze` numbers them [default: the only one]
    #[arg(long, value_name = "N")]
    session: Option<NonZeroU32>,
    /// User names, secrets and nonces by device and server (TOML): own credentials are made anew, the peer's checked
    #[arg(long, value_name = "FILE")]
    credentials: Option<PathBuf>,
    /// Nonces that are handed to the peer
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = NonceArgument::Fresh)]
    nonces: NonceArgument,
    /// Nonces and SessionIDs that are the same in every run, and can be guessed: for tests
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long the peer may take for a message, and between two of them
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    timeout: NonZeroU64,
    /// How the log looks: text on standard error, or one JSON object a line on standard output
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
    format: Form,

    /// Where the server listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", help_heading = "As server")]
    listen: SocketAddr,
    /// End after one session
    #[arg(long, help_heading = "As server")]
    once: bool,

    /// The server that the device talks to; never taken from the recording
    #[arg(long, value_name = "URL", help_heading = "As client")]
    to: Option<String>,
    /// SessionID; `recorded` takes that of the recording [default: a new one]
    #[arg(long, value_name = "ID", help_heading = "As client")]
    session_id: Option<String>,
    /// Status code for a command that the recording does not have
    #[arg(long, value_name = "CODE", default_value_t = 405, value_parser = clap::value_parser!(u16).range(200..600),
        help_heading = "As client")]
    unknown_status: u16,
    /// Follow a RespURI that leads to another host
    #[arg(long, help_heading = "As client")]
    follow_other_hosts: bool,

    #[cfg(feature = "proxy")]
    #[command(flatten)]
    device_tls: tls::DeviceArguments,
    #[cfg(feature = "proxy")]
    #[command(flatten)]
    upstream_tls: tls::UpstreamArguments,

    /// Secrets of TLS connections of the recording
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    keylog: Vec<PathBuf>,
    /// RSA private key of the recorded server (PEM), for TLS connections with RSA key exchange
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    tls_key: Vec<PathBuf>,
}

const AFTER: &str = "\
Exit codes:
  0  the session was played to its end, as recorded
  1  played, and the peer went another way than the recording
  2  the command line, or a file that it names as a setting, is wrong; or the address can't be used
  3  the recording can't be read, or holds no session that can be played";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    Server,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum NonceArgument {
    // New ones: digests can't be those of the recording.
    Fresh,
    Recorded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Ndjson,
}

#[cfg(not(feature = "proxy"))]
pub(super) fn run(_arguments: Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage("this build has no replay; build it with `cargo install dmscope --features proxy`"))
}

#[cfg(feature = "proxy")]
pub(super) use play::run;

#[cfg(feature = "proxy")]
mod play {
    use super::super::{credentials, inputs, secrets};
    use super::{Arguments, Exit, Failure, Form, NonceArgument, Output, Side};
    use crate::analysis::{self, Gathered};
    use crate::base::Role;
    use crate::capture::sources::Source;
    use crate::dm::Session;
    use crate::proxy::replay::{self, Client, Dial, Event, NonceChoice, Outcome, ReplayError, Script, Server, Url};
    use crate::report::{Detail, visible};
    use std::fmt::Write as _;
    use std::io::{self, Write as _};
    use std::sync::Arc;
    use std::time::Duration;

    /// Sessions that are listed where one must be chosen.
    const LISTED: usize = 50;

    pub(in crate::cli) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
        let to = target(&arguments)?;
        let credentials = arguments.credentials.as_deref().map(credentials::read).transpose()?;
        let settings = replay::Settings {
            credentials: credentials.unwrap_or_default(),
            nonces: match arguments.nonces {
                NonceArgument::Fresh => NonceChoice::Fresh,
                NonceArgument::Recorded => NonceChoice::Recorded,
            },
            seed: arguments.seed,
            unknown_status: arguments.unknown_status,
            session_id: arguments.session_id.clone(),
            timeout: Duration::from_secs(arguments.timeout.get()),
            follow_other_hosts: arguments.follow_other_hosts,
            once: arguments.once,
        };
        let session = choose(&arguments, output)?;
        let role = if arguments.side == Side::Server { Role::Server } else { Role::Client };
        let script = Script::new(session, role).map_err(|error| Failure::input(error.to_string()))?;
        let log = log(arguments.format, output);
        let dial = Dial::new(arguments.upstream_tls.tls()?, settings.timeout);
        let outcome = match to {
            None => serve(&arguments, script, settings, log, output)?,
            Some(to) => replay::block_on(Client::new(script, settings, dial, log).run(&to))
                .and_then(|outcome| outcome)
                .map_err(|error| failure(&error))?,
        };
        Ok(if outcome.divergences > 0 { Exit::Failed } else { Exit::Done })
    }

    fn failure(error: &ReplayError) -> Failure {
        Failure::usage(visible(&error.to_string()).into_owned())
    }

    /// Where the client posts to; `None` for the server.
    fn target(arguments: &Arguments) -> Result<Option<Url>, Failure> {
        match (arguments.side, &arguments.to) {
            (Side::Server, None) => Ok(None),
            (Side::Server, Some(_)) => {
                Err(Failure::usage("--to is for --as client; a replayed server connects to nobody"))
            }
            (Side::Client, None) => {
                Err(Failure::usage("--as client needs --to URL; the recorded server's URL is not used by itself"))
            }
            (Side::Client, Some(to)) => match Url::parse(to) {
                Ok(url) => Ok(Some(url)),
                Err(error) => Err(Failure::usage(format!("--to: {error}"))),
            },
        }
    }

    fn serve(
        arguments: &Arguments,
        script: Script,
        settings: replay::Settings,
        log: impl Fn(&Event) + Send + Sync + 'static,
        output: &Output,
    ) -> Result<Outcome, Failure> {
        if !arguments.listen.ip().is_loopback() {
            output.warning(&format!(
                "{} can be reached from other machines: whoever reaches it gets the recorded server's messages",
                arguments.listen
            ));
        }
        let authority = arguments.device_tls.authority(false)?;
        let tls = arguments.device_tls.tls(authority)?;
        let served = replay::block_on(async {
            let mut server = Server::bind(arguments.listen, script, settings, log).await?;
            if let Some(tls) = tls {
                server = server.with_tls(tls);
            }
            let stop = async {
                if tokio::signal::ctrl_c().await.is_err() {
                    // Without the signal, the server runs until it is killed.
                    std::future::pending::<()>().await;
                }
            };
            Ok(server.run(stop).await)
        });
        served.and_then(|outcome| outcome).map_err(|error| failure(&error))
    }

    /// Reads the recording, and takes the session that is asked for.
    fn choose(arguments: &Arguments, output: &Output) -> Result<Session, Failure> {
        let secrets = Arc::new(secrets::read(&arguments.keylog, &arguments.tls_key, output)?);
        let found = inputs::find(std::slice::from_ref(&arguments.recording))?;
        if let Some(missing) = found.missing.first() {
            let why = missing.problems.first().map_or("", |problem| problem.text.as_str());
            return Err(Failure::input(format!("{}: {}", visible(&missing.path), visible(why))));
        }
        let [source] = found.inputs.sources.as_slice() else {
            return Err(Failure::usage("RECORDING must be one capture, not a folder of several"));
        };
        let Gathered { mut sessions, input } = analysis::gather(source, &secrets);
        for problem in input.problems.iter().filter(|problem| problem.kind.is_unread()) {
            output.warning(&format!("{}: {}", visible(&input.path), visible(&problem.text)));
        }
        if sessions.is_empty() {
            let seen = input.seen.as_deref().unwrap_or("no DM session was found in it");
            return Err(Failure::input(format!("{}: {}", visible(&input.path), visible(seen))));
        }
        let at = match arguments.session {
            Some(number) => number.get() as usize - 1,
            None if sessions.len() == 1 => 0,
            None => return Err(Failure::usage(list(source, &sessions, "which one is to be played? Add --session N:"))),
        };
        if at >= sessions.len() {
            return Err(Failure::usage(list(source, &sessions, "there is no session of that number:")));
        }
        Ok(sessions.swap_remove(at))
    }

    fn list(source: &Source, sessions: &[Session], question: &str) -> String {
        let mut text = format!("{} holds {} sessions; {question}", visible(&source.name()), sessions.len());
        for (number, session) in (1..).zip(sessions).take(LISTED) {
            let identity = &session.identity;
            let (started, _) = session.times();
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n  {number}: {} with {}, SessionID {}, {started}, {} messages",
                visible(&identity.device),
                visible(&identity.server),
                visible(&identity.session_id),
                session.entries.len()
            );
        }
        if let Some(more) = sessions.len().checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = write!(text, "\n  and {more} more");
        }
        text
    }

    /// Shows what a replay tells.
    fn log(form: Form, output: &Output) -> impl Fn(&Event) + Send + Sync + 'static {
        let quiet = output.detail == Detail::Quiet;
        move |event| match form {
            Form::Text => {
                // Of a quiet run, the address is still needed where the port was left open.
                if !quiet || matches!(event, Event::Listening { .. } | Event::End { .. }) {
                    let _ = writeln!(io::stderr().lock(), "{}", visible(&event.to_string()));
                }
            }
            Form::Ndjson => {
                if let Ok(line) = serde_json::to_string(event) {
                    let mut stdout = io::stdout().lock();
                    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
                }
            }
        }
    }
}
