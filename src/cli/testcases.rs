//! `dmscope testcases`.

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::base::suggest::similar;
use crate::report::visible;
use crate::testcase::{self, Case, CaseMode, IdMap, proof};
use crate::verdict::TestedRole;
use clap::{Args, Subcommand, ValueEnum};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Arguments of `testcases`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// One line for each test case (what happens without a command)
    List(ListArguments),
    /// One test case in full
    Explain {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        /// Test case files or folders instead of the built-in ones
        #[arg(long, value_name = "PATH")]
        tests: Vec<PathBuf>,
        /// How it is written
        #[arg(long, value_name = "FMT", value_enum, default_value_t = Page::Text)]
        format: Page,
    },
    /// Check files of test cases, and hold each to its fixtures (ID.fixtures beside it)
    Check {
        /// Files, and folders of files [default: the built-in ones]
        #[arg(value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
    /// Print the JSON Schema of a file
    Schema,
}

#[derive(Debug, Default, Args)]
struct ListArguments {
    /// Only ids that begin like this
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
    /// Only test cases of this side
    #[arg(long, value_name = "ROLE", value_enum)]
    role: Option<Side>,
    /// Only test cases of these areas
    #[arg(long, value_name = "AREA", value_delimiter = ',')]
    area: Vec<String>,
    /// Test case files or folders instead of the built-in ones
    #[arg(long, value_name = "PATH")]
    tests: Vec<PathBuf>,
    /// How they are written
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Page {
    #[default]
    Text,
    Json,
    Yaml,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    Client,
    Server,
    Interop,
}

impl Side {
    const fn role(self) -> TestedRole {
        match self {
            Self::Client => TestedRole::Client,
            Self::Server => TestedRole::Server,
            Self::Interop => TestedRole::Interop,
        }
    }
}

/// A file that is wrong, as the user is told.
fn wrong(error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(error.to_string())
}

/// The built-in cases.
pub(super) fn built_in() -> Result<&'static [Case], Failure> {
    testcase::built_in().map_err(|error| wrong(&error))
}

/// Reads files of cases, and folders of them, in the order of their names.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for path in files(paths)? {
        let name = path.display().to_string();
        let octets =
            fs::read(&path).map_err(|error| Failure::usage(format!("{} can't be read: {error}", visible(&name))))?;
        match testcase::load(&name, &octets) {
            Ok(file) => cases.push(Case { path: name, file }),
            Err(errors) => told.push(errors.to_string()),
        }
    }
    if !told.is_empty() {
        return Err(wrong(&told.join("\n")));
    }
    testcase::unique(cases.iter().map(|case| (case.path.as_str(), &case.file))).map_err(|error| wrong(&error))?;
    cases.sort_by(|a, b| a.file.id.cmp(&b.file.id));
    Ok(cases)
}

/// Reads a file with the ids that others gave to cases.
pub(super) fn id_map(path: &Path, cases: &[Case]) -> Result<IdMap, Failure> {
    let name = path.display().to_string();
    let octets =
        fs::read(path).map_err(|error| Failure::usage(format!("{} can't be read: {error}", visible(&name))))?;
    let map: IdMap = testcase::read(&name, &octets).map_err(|error| wrong(&error))?;
    if map.format != testcase::FORMAT {
        let format = testcase::FORMAT;
        return Err(Failure::usage(format!(
            "{}: this program reads format {format}, the file has {}",
            visible(&name),
            map.format
        )));
    }
    match map.map.keys().find(|id| !cases.iter().any(|case| case.file.id == **id)) {
        None => Ok(map),
        Some(id) => {
            let known = cases.iter().map(|case| case.file.id.as_str());
            let guess = similar(id, known).map(|guess| format!("; did you mean {guess}?")).unwrap_or_default();
            Err(Failure::usage(format!("{}: there is no test case \"{}\"{guess}", visible(&name), visible(id))))
        }
    }
}

fn is_case(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Files of cases under these paths. Folders named `schema` hold none.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    while let Some(path) = todo.pop() {
        let failed = |error: io::Error| {
            Failure::usage(format!("{} can't be read: {error}", visible(&path.display().to_string())))
        };
        if fs::metadata(&path).map_err(failed)?.is_dir() {
            let mut entries = fs::read_dir(&path)
                .map_err(failed)?
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<PathBuf>>>()
                .map_err(failed)?;
            entries.sort();
            todo.extend(entries.into_iter().rev().filter(|entry| is_case(entry) || entry.is_dir()));
        } else {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Failure::usage("there is no test case under these paths; files of test cases end in .yaml"));
    }
    Ok(found)
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut results = output.results();
    let exit = match arguments.action.unwrap_or_else(|| Action::List(ListArguments::default())) {
        Action::List(arguments) => {
            let given = if arguments.tests.is_empty() { Vec::new() } else { read(&arguments.tests)? };
            let all = if arguments.tests.is_empty() { built_in()? } else { &given };
            let cases: Vec<&Case> = all.iter().filter(|case| arguments.wants(case)).collect();
            if cases.is_empty() {
                return Err(Failure::usage("no test case is like this; dmscope testcases list shows all"));
            }
            list(&cases, arguments.format, &mut results)?;
            Exit::Done
        }
        Action::Explain { id, tests, format } => {
            let given = if tests.is_empty() { Vec::new() } else { read(&tests)? };
            let all = if tests.is_empty() { built_in()? } else { &given };
            let case = all.iter().find(|case| case.file.id.eq_ignore_ascii_case(&id));
            explain(case.ok_or_else(|| unknown(&id, all))?, format, &mut results)?;
            Exit::Done
        }
        Action::Check { paths } => check(&paths, &mut results)?,
        Action::Schema => {
            results.write_all(testcase::case_schema().as_bytes())?;
            Exit::Done
        }
    };
    results.flush()?;
    Ok(exit)
}

fn unknown(id: &str, all: &[Case]) -> Failure {
    if let Some(case) = testcase::unwritten(id) {
        return Failure::usage(format!("{} ({}) is not written. {}", case.id, case.title, case.why));
    }
    Failure::usage(match similar(id, all.iter().map(|case| case.file.id.as_str())) {
        Some(guess) => format!("there is no test case \"{id}\"; did you mean {guess}?"),
        None => format!("there is no test case \"{id}\"; dmscope testcases list shows all"),
    })
}

impl ListArguments {
    fn wants(&self, case: &Case) -> bool {
        let begins =
            |prefix: &String| case.file.id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        self.prefix.as_ref().is_none_or(begins)
            && self.role.is_none_or(|side| side.role() == case.file.role)
            && (self.area.is_empty() || self.area.iter().any(|area| area.eq_ignore_ascii_case(case.area())))
    }
}

fn modes(case: &Case) -> &'static str {
    match (case.is_passive(), case.file.modes.contains(&CaseMode::Active)) {
        (true, true) => "passive, active",
        (true, false) => "passive",
        (false, _) => "active",
    }
}

fn list(cases: &[&Case], form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Text => {
            let width = cases.iter().map(|case| case.file.id.len()).max().unwrap_or_default();
            for case in cases {
                let file = &case.file;
                let level = match file.level {
                    crate::verdict::RequirementLevel::Must => "must",
                    crate::verdict::RequirementLevel::Should => "should",
                    crate::verdict::RequirementLevel::May => "may",
                };
                writeln!(out, "{:width$}  {:<7}  {level:<6}  {}", file.id, file.role.name(), visible(&file.title))?;
            }
            Ok(())
        }
        Form::Markdown => {
            writeln!(out, "| id | role | area | modes | title |\n| --- | --- | --- | --- | --- |")?;
            cases.iter().try_for_each(|case| {
                let (file, area) = (&case.file, case.area());
                writeln!(
                    out,
                    "| {} | {} | {area} | {} | {} |",
                    file.id,
                    file.role.name(),
                    modes(case),
                    visible(&file.title).replace('|', "\\|")
                )
            })
        }
        Form::Json => {
            let rows: Vec<&testcase::CaseFile> = cases.iter().map(|case| &case.file).collect();
            serde_json::to_writer_pretty(&mut *out, &rows)?;
            writeln!(out)
        }
    }
}

fn explain(case: &Case, page: Page, out: &mut dyn Write) -> io::Result<()> {
    match page {
        Page::Yaml => out.write_all(testcase::source(&case.file.id).unwrap_or_default().as_bytes()),
        Page::Json => {
            serde_json::to_writer_pretty(&mut *out, &case.file)?;
            writeln!(out)
        }
        Page::Text => out.write_all(testcase::page::text(case).as_bytes()),
    }
}

/// Checks files and their fixtures; all that is wrong is told, and the exit code is that of a wrong file.
fn check(paths: &[PathBuf], out: &mut dyn Write) -> Result<Exit, Failure> {
    let given = if paths.is_empty() { Vec::new() } else { read(paths)? };
    if paths.is_empty() {
        let checked = testcase::checked().map_err(|error| wrong(&error))?;
        writeln!(out, "{} built-in test cases are well-formed", checked.len())?;
        return Ok(Exit::Done);
    }
    let mut wrong = 0_usize;
    for case in &given {
        let fixtures = Path::new(&case.path).with_extension("fixtures");
        let name = fixtures.display().to_string();
        let problems = match fs::read_to_string(&fixtures) {
            Ok(text) => proof::prove(case, &text),
            Err(error) => {
                vec![(0, format!("it can't be read: {error}; write fixtures that pass, fail and decide nothing"))]
            }
        };
        for (line, problem) in &problems {
            let place = if *line > 0 { format!(":{line}") } else { String::new() };
            writeln!(out, "{}{place}: {}", visible(&name), visible(problem))?;
        }
        wrong = wrong.saturating_add(usize::from(!problems.is_empty()));
    }
    out.flush()?;
    if wrong > 0 {
        return Err(Failure::usage(format!("{wrong} of {} test cases do not hold to their fixtures", given.len())));
    }
    match given.len() {
        1 => writeln!(out, "the test case is well-formed and holds to its fixtures")?,
        all => writeln!(out, "{all} test cases are well-formed and hold to their fixtures")?,
    }
    Ok(Exit::Done)
}
