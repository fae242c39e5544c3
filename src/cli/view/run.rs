//! From the arguments of `view` to a screen.

use super::{Arguments, LookArguments, inputs};
use crate::analysis;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::report::visible;
use crate::tui::keys::{Context, KEYS};
use crate::tui::sessions::Column;
use crate::tui::settings::{Theme, columns};
use crate::tui::{self, Model, Outside, Settings};
use std::fs::{self, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::thread;

/// Names that are tried before a file is given up.
const NAMES: u32 = 1_000;

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    if arguments.keys {
        return list_keys(output);
    }
    let settings = settings(&arguments.look, output)?;
    arguments.judgement.share_stdin(&arguments.captures)?;
    let mut options = arguments.judgement.options(output)?;
    arguments.reading.apply(&mut options);
    options.closeups = true;
    options.carried = true;
    // The filter is the screen's own: it is shown there, and can be changed.
    let filter = options.filter.take();
    let found = inputs::find(&arguments.captures)?;
    if found.inputs.sources.is_empty() {
        let text = |input: &crate::verdict::InputReport| {
            let problem = input.problems.first().map_or("", |problem| problem.text.as_str());
            format!("{}: {}", visible(&input.path), visible(problem))
        };
        let lines: Vec<String> = found.missing.iter().map(text).collect();
        return Err(Failure::input(if lines.is_empty() { "there is no capture".to_owned() } else { lines.join("\n") }));
    }
    need_terminal("view needs a terminal; dmscope analyze writes the same as text, HTML and JSON")?;
    let title = match arguments.captures.as_slice() {
        [one] => one.display().to_string(),
        several => format!("{} captures", several.len()),
    };
    let (mut feeder, incoming) = tui::feed();
    options.trees = Some(feeder.trees().clone());
    let reader = thread::spawn(move || {
        let outcome = analysis::run(&found.inputs, &options, &mut feeder).map(|mut outcome| {
            outcome.inputs.extend(found.missing);
            outcome
        });
        feeder.finish(outcome);
    });
    let mut model = Model::new(title, settings);
    if let Some(filter) = filter {
        model.filter(filter.text()).map_err(Failure::usage)?;
    }
    begin(&mut model, &incoming)?;
    drop(incoming);
    // What is still being read ends with the next session, which nobody takes any more: nothing waits for it.
    drop(reader);
    let unread = model.store.tail().is_some_and(|tail| tail.inputs.iter().any(|input| input.is_unread()));
    Ok(if unread { Exit::Unread } else { Exit::Done })
}

/// Shows the screen until the user leaves.
pub(in crate::cli) fn begin(
    model: &mut Model,
    incoming: &std::sync::mpsc::Receiver<tui::Incoming>,
) -> Result<(), Failure> {
    tui::run(model, incoming, &mut Files)
        .map_err(|error| Failure::usage(format!("the terminal can't be used: {error}")))
}

/// Refuses to draw into a file, with words that say what to do instead.
pub(in crate::cli) fn need_terminal(otherwise: &str) -> Result<(), Failure> {
    match io::stdout().is_terminal() {
        true => Ok(()),
        false => Err(Failure::usage(otherwise)),
    }
}

/// Settings from the configuration, what was remembered, and the command line.
pub(in crate::cli) fn settings(look: &LookArguments, output: &Output) -> Result<Settings, Failure> {
    let text = match &look.config {
        Some(path) => Some((
            path.clone(),
            fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("{}: it can't be read: {error}", visible(&path.to_string_lossy())))
            })?,
        )),
        None => config_file().and_then(|path| Some((path.clone(), fs::read_to_string(path).ok()?))),
    };
    let mut settings = match &text {
        Some((path, text)) => Settings::parse(text)
            .map_err(|error| Failure::usage(format!("{}: {error}", visible(&path.to_string_lossy()))))?,
        None => Settings::default(),
    };
    let says_columns = text.as_ref().is_some_and(|(_, text)| text.contains("columns"));
    if !says_columns && let Some(names) = remembered_file().and_then(|path| fs::read_to_string(path).ok()) {
        let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        // Of another version, perhaps: then the usual ones.
        if let Ok(columns) = columns(&names)
            && !columns.is_empty()
        {
            settings.columns = columns;
        }
    }
    if !output.text_options().color {
        settings.theme = Theme::Plain;
    }
    if let Some(name) = &look.theme {
        let theme = Theme::ALL.into_iter().find(|theme| theme.name() == name);
        settings.theme = theme.ok_or_else(|| {
            let names = Theme::ALL.map(Theme::name).join(", ");
            Failure::usage(format!("--theme: there is no theme \"{}\"; there are {names}", visible(name)))
        })?;
    }
    settings.mouse &= !look.no_mouse;
    Ok(settings)
}

/// A folder that the environment names, or else one below the home folder.
fn folder(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).filter(|path| Path::new(path).is_absolute()).map(PathBuf::from);
    let path = named.or_else(|| std::env::home_dir().map(|home| home.join(below_home)))?;
    Some(path.join("dmscope"))
}

fn config_file() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("view.toml"))
}

fn remembered_file() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("view-columns"))
}

struct Files;

impl Outside for Files {
    fn write(&mut self, name: &str, octets: &[u8]) -> io::Result<String> {
        let (stem, extension) = name.split_once('.').unwrap_or((name, "txt"));
        for number in 1..=NAMES {
            let name = if number == 1 { name.to_owned() } else { format!("{stem}-{number}.{extension}") };
            match OpenOptions::new().write(true).create_new(true).open(&name) {
                Ok(mut file) => {
                    if let Err(error) = file.write_all(octets) {
                        // Nothing half-written stays.
                        let _ = fs::remove_file(&name);
                        return Err(error);
                    }
                    return Ok(name);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "all names are taken"))
    }

    fn remember(&mut self, columns: &[Column]) {
        let Some(path) = remembered_file() else { return };
        let names: Vec<&str> = columns.iter().map(|column| column.name()).collect();
        // A convenience: where it can't be kept, it is as usual the next time.
        if let Some(folder) = path.parent()
            && fs::create_dir_all(folder).is_ok()
        {
            let _ = fs::write(path, format!("{}\n", names.join(" ")));
        }
    }
}

/// All keys as a table.
fn list_keys(output: &Output) -> Result<Exit, Failure> {
    let mut results = output.results();
    for context in Context::ALL {
        let keys: Vec<_> = KEYS.iter().filter(|key| key.contexts.contains(&context)).collect();
        if keys.is_empty() {
            continue;
        }
        writeln!(results, "{}", context.name())?;
        for key in keys {
            writeln!(results, "  {:<18} {:<16} {}", key.keys.join(" "), key.name, key.help)?;
        }
    }
    writeln!(results, "everywhere")?;
    for key in KEYS.iter().filter(|key| key.contexts.is_empty()) {
        writeln!(results, "  {:<18} {:<16} {}", key.keys.join(" "), key.name, key.help)?;
    }
    results.flush()?;
    Ok(Exit::Done)
}
