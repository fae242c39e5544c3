//! How sessions are judged: arguments that every command with a verdict understands.

use super::exit::Failure;
use super::output::Output;
use super::{catalogue, credentials, ddf, ics, secrets, stored, testcases, waivers};
use crate::analysis::{self, Account, JudgedRole, TestCases};
use crate::dm::Profile;
use crate::rules;
use crate::testcase::Case;
use crate::verdict::{Baseline, Day, FailOn, Filter, Waivers};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What stands for no rule and no test case in `--select`.
const NOTHING: &str = "none";

/// Arguments of everything that judges.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// Judge by this specification [default: what VerProto says, session by session]
    #[arg(long, value_name = "NAME", value_parser = profiles(), help_heading = "Judgement")]
    profile: Option<Profile>,
    /// Whose conformance is judged
    #[arg(long, value_name = "ROLE", value_enum, default_value_t = RoleArgument::Both, help_heading = "Judgement")]
    role: RoleArgument,
    /// Judge to the letter, also where the field deviates on a large scale
    #[arg(long, help_heading = "Judgement")]
    strict: bool,
    /// Only rules with these ids, beginnings of ids, or names, and test cases with these ids or beginnings of ids; none: the
    /// traffic is decoded, and not judged
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', help_heading = "Judgement")]
    select: Vec<String>,
    /// No rules and test cases with these ids, beginnings of ids, or names
    #[arg(long, value_name = "ID|PREFIX", value_delimiter = ',', help_heading = "Judgement")]
    ignore: Vec<String>,
    /// Test case files or folders instead of the built-in catalogue
    #[arg(long, value_name = "PATH", conflicts_with = "no_tests", help_heading = "Judgement")]
    tests: Vec<PathBuf>,
    /// Ids that others gave to test cases (YAML): they stand in the reports, and --select understands them
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    id_map: Option<PathBuf>,
    /// No test cases
    #[arg(long, help_heading = "Judgement")]
    no_tests: bool,
    /// Accepted findings and test cases (YAML), each with a reason, an owner and the day on which it expires
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    waivers: Option<PathBuf>,
    /// The day that decides which waivers have expired [default: today, in UTC]
    #[arg(long, value_name = "YYYY-MM-DD", requires = "waivers", help_heading = "Judgement")]
    today: Option<Day>,
    /// Earlier report in JSON: only what is new since then decides the exit code
    #[arg(long, value_name = "REPORT.json", help_heading = "Judgement")]
    baseline: Option<PathBuf>,
    /// User names, secrets and nonces by device and server (TOML), for recomputing digests
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    credentials: Option<PathBuf>,
    /// The PIN with which bootstrap messages were protected (USERPIN), where --credentials gives none for the device
    #[arg(long, value_name = "PIN", help_heading = "Judgement")]
    pin: Option<String>,
    /// The IMSI of the device, in digits, for bootstrap messages that are protected with it (NETWPIN, NETWORKID), where
    /// --credentials gives none
    #[arg(long, value_name = "DIGITS", help_heading = "Judgement")]
    imsi: Option<String>,
    /// What the product is declared to support (docs/ics.md); what the traffic contradicts is reported, and weighs as a
    /// warning
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    ics: Option<PathBuf>,
    /// What the device is described to look like (DDF, docs/ddf.md); what it does otherwise is reported as a warning
    #[arg(long, value_name = "FILE", help_heading = "Judgement")]
    ddf: Vec<PathBuf>,
    /// Mask credentials, nonces, identities of devices and the values under ./DMAcc in every output
    #[arg(long, help_heading = "Output")]
    redact: bool,
    /// From where on the exit code is 1: error, warning (errors and warnings), inconclusive (these, and what could
    /// not be judged), never
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOnArgument::Error, help_heading = "Judgement")]
    fail_on: FailOnArgument,

    #[command(flatten)]
    secrets: secrets::Arguments,
    /// Only sessions that match: device, server, session, profile, verdict, time, findings, errors, warnings; = != < <= > >=,
    /// * for any characters, and, or, not, parentheses
    #[arg(long, value_name = "EXPR", value_parser = Filter::parse, help_heading = "Reading")]
    filter: Option<Filter>,
}

impl Arguments {
    /// From where on the exit code is 1.
    pub(super) fn fail_on(&self) -> FailOn {
        self.fail_on.into()
    }

    /// Refuses to read standard input more than once.
    pub(super) fn share_stdin(&self, captures: &[PathBuf]) -> Result<(), Failure> {
        let paths = captures.iter().chain(&self.waivers).chain(&self.baseline);
        match paths.filter(|path| path.as_os_str() == "-").count() {
            0 | 1 => Ok(()),
            _ => Err(Failure::usage("standard input (-) can be read only once")),
        }
    }

    /// Reads the files that they name.
    pub(super) fn options(mut self, output: &Output) -> Result<analysis::Options, Failure> {
        let testcases = if self.no_tests {
            TestCases::None
        } else if self.tests.is_empty() {
            testcases::built_in()?;
            TestCases::BuiltIn
        } else {
            TestCases::Given(testcases::read(&self.tests)?.into())
        };
        let ids = match &self.id_map {
            Some(path) => Some(testcases::id_map(path, testcases.all())?),
            None => None,
        };
        for list in [&mut self.select, &mut self.ignore] {
            let ours = |id: &String| match ids.iter().flat_map(|ids| ids.cases_of(id)).collect::<Vec<&str>>() {
                cases if cases.is_empty() => vec![id.clone()],
                cases => cases.into_iter().map(str::to_owned).collect(),
            };
            *list = list.iter().flat_map(ours).collect();
        }
        let is_case = |id: &String| {
            let begins = |case: &Case| case.file.id.get(..id.len()).is_some_and(|start| start.eq_ignore_ascii_case(id));
            !id.is_empty() && testcases.all().iter().any(begins)
        };
        let rule_ids = |ids: &[String]| ids.iter().filter(|id| !is_case(id)).cloned().collect::<Vec<String>>();
        let cases: Vec<&str> = testcases.all().iter().map(|case| case.file.id.as_str()).collect();
        // No rule and no test case has this id, so that nothing runs.
        if self.select.iter().any(|id| id != NOTHING) {
            catalogue::check_with_cases("--select", &rule_ids(&self.select), rules::all(), &cases)?;
        }
        catalogue::check_with_cases("--ignore", &rule_ids(&self.ignore), rules::all(), &cases)?;
        let today = self.today.unwrap_or_else(Day::today);
        let read = |path: &Path| waivers::read(path, today);
        let waivers: Option<Waivers> = self.waivers.as_deref().map(read).transpose()?;
        let baseline = self.baseline.as_deref().map(|path| stored::read(path).map(|report| Baseline::new(&report)));
        let baseline = baseline.transpose()?.map(Arc::new);
        let credentials = self.credentials.as_deref().map(credentials::read).transpose()?;
        let descriptions = self.ddf.iter().map(|path| ddf::read(path)).collect::<Result<Vec<_>, Failure>>()?;
        let mut credentials = credentials.unwrap_or_default();
        if self.pin.is_some() || self.imsi.is_some() {
            let (pin, imsi) = (self.pin.clone(), self.imsi.clone());
            credentials.accounts.push(Account { pin, imsi, ..Account::default() });
        }
        let statement = self.ics.as_deref().map(ics::read).transpose()?.map(Arc::new);
        let secrets = self.secrets.read(output)?;
        Ok(analysis::Options {
            profile: self.profile,
            role: self.role.into(),
            strict: self.strict,
            select: self.select,
            ignore: self.ignore,
            filter: self.filter,
            descriptions,
            waivers: waivers.unwrap_or_default(),
            baseline,
            redact: self.redact,
            credentials,
            secrets: Arc::new(secrets),
            testcases,
            ids: ids.map(Arc::new),
            wants_seen: statement.is_some(),
            ics: statement,
            ..analysis::Options::default()
        })
    }
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.map(Profile::name)).try_map(|name| {
        Profile::ALL.into_iter().find(|profile| profile.name() == name).ok_or("there is no such profile")
    })
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArgument {
    Client,
    Server,
    Both,
}

impl From<RoleArgument> for JudgedRole {
    fn from(role: RoleArgument) -> Self {
        match role {
            RoleArgument::Client => Self::Client,
            RoleArgument::Server => Self::Server,
            RoleArgument::Both => Self::Both,
        }
    }
}

/// From where on the exit code is 1.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailOnArgument {
    Error,
    Warning,
    Inconclusive,
    Never,
}

impl From<FailOnArgument> for FailOn {
    fn from(level: FailOnArgument) -> Self {
        match level {
            FailOnArgument::Error => Self::Error,
            FailOnArgument::Warning => Self::Warning,
            FailOnArgument::Inconclusive => Self::Inconclusive,
            FailOnArgument::Never => Self::Never,
        }
    }
}
