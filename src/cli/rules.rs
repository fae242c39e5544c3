//! `dmscope rules`.

use super::catalogue;
use super::exit::{Exit, Failure};
use super::output::Output;
use super::suggest::similar;
use crate::base::{Direction, Severity};
use crate::dm::{Profile, Version};
use crate::rules::page::{self, Entry};
use crate::rules::{self, FAMILIES, Level, Rule};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use std::io::{self, Write};

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// One line for each rule (what happens without a command)
    List(ListArguments),
    /// One rule in full
    Explain {
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        id: String,
        /// How it is written
        #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text)]
        format: Form,
    },
}

#[derive(Debug, Default, Args)]
struct ListArguments {
    /// Only ids that begin like this
    #[arg(value_name = "PREFIX")]
    prefix: Option<String>,
    /// Only rules of these families
    #[arg(long, value_name = "FAMILY", value_delimiter = ',', help_heading = "Which rules")]
    family: Vec<String>,
    /// Only rules of these levels
    #[arg(long, value_name = "LEVEL", value_delimiter = ',', value_parser = levels(), help_heading = "Which rules")]
    level: Vec<Level>,
    /// Only rules that judge this side, those that judge both among them
    #[arg(long, value_name = "ROLE", value_enum, help_heading = "Which rules")]
    role: Option<Side>,
    /// Only rules that hold in this version of OMA DM
    #[arg(long, value_name = "VERSION", value_parser = versions(), help_heading = "Which rules")]
    version: Option<Version>,
    /// Only rules that are judged in this profile, with the severity that they have there
    #[arg(long, value_name = "NAME", value_parser = profiles(), help_heading = "Which rules")]
    profile: Option<Profile>,
    /// How they are written
    #[arg(long, value_name = "FMT", value_enum, default_value_t = Form::Text, help_heading = "Output")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    #[default]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    Client,
    Server,
}

impl Side {
    const fn direction(self) -> Direction {
        match self {
            Self::Client => Direction::DeviceToServer,
            Self::Server => Direction::ServerToDevice,
        }
    }
}

const LEVELS: [(&str, Level); 5] = [
    ("must", Level::Must),
    ("must-not", Level::MustNot),
    ("should", Level::Should),
    ("should-not", Level::ShouldNot),
    ("may", Level::May),
];

const VERSIONS: [(&str, Version); 3] = [("1.1.2", Version::V1_1_2), ("1.2", Version::V1_2), ("1.3", Version::V1_3)];

fn levels() -> impl TypedValueParser<Value = Level> {
    one_of(&LEVELS)
}

fn versions() -> impl TypedValueParser<Value = Version> {
    one_of(&VERSIONS)
}

fn profiles() -> impl TypedValueParser<Value = Profile> {
    PossibleValuesParser::new(Profile::ALL.map(Profile::name))
        .try_map(|name| Profile::of_name(&name).ok_or("there is no such profile"))
}

fn one_of<T: Copy + Send + Sync>(values: &'static [(&'static str, T)]) -> impl TypedValueParser<Value = T> {
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).try_map(|name| {
        values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).ok_or("there is no such value")
    })
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut results = output.results();
    match arguments.action.unwrap_or_else(|| Action::List(ListArguments::default())) {
        Action::List(arguments) => {
            arguments.check()?;
            let rules: Vec<&Rule> = rules::all().filter(|rule| arguments.wants(rule)).collect();
            list(&rules, &arguments, &mut results)?;
        }
        Action::Explain { id, format } => {
            let rule = rules::find(&id).ok_or_else(|| unknown(&id))?;
            explain(rule, format, &mut results)?;
        }
    }
    results.flush()?;
    Ok(Exit::Done)
}

/// Why there is nothing to explain.
fn unknown(id: &str) -> Failure {
    Failure::usage(match rules::left_out(id) {
        Some(rule) => format!("{} ({}) is not encoded. {}", rule.id, rule.title, rule.why),
        None => catalogue::unknown(id, rules::all()),
    })
}

impl ListArguments {
    fn check(&self) -> Result<(), Failure> {
        if let Some(prefix) = &self.prefix {
            catalogue::check("rules list", std::slice::from_ref(prefix), rules::all())?;
        }
        let known = || FAMILIES.iter().map(|family| family.letters);
        match self.family.iter().find(|name| !known().any(|letters| letters.eq_ignore_ascii_case(name))) {
            None => Ok(()),
            Some(name) => Err(Failure::usage(match similar(name, known()) {
                Some(guess) => format!("--family: there is no family \"{name}\"; did you mean {guess}?"),
                None => {
                    let known: Vec<&str> = known().collect();
                    format!("--family: there is no family \"{name}\"; there are {}", known.join(", "))
                }
            })),
        }
    }

    fn wants(&self, rule: &Rule) -> bool {
        (self.prefix.as_ref().is_none_or(|prefix| rule.is_meant_by(prefix)))
            && (self.family.is_empty() || self.family.iter().any(|name| name.eq_ignore_ascii_case(rule.family())))
            && (self.level.is_empty() || self.level.contains(&rule.level))
            && (self.role.is_none_or(|side| rule.judged.includes(side.direction())))
            && (self.version.is_none_or(|version| rule.versions.include(version)))
            && (self.profile.is_none_or(|profile| page::severity_in(rule, profile).is_some()))
    }

    fn severity(&self, rule: &Rule) -> Severity {
        self.profile.and_then(|profile| page::severity_in(rule, profile)).unwrap_or(rule.severity)
    }
}

fn list(rules: &[&Rule], arguments: &ListArguments, out: &mut dyn Write) -> io::Result<()> {
    match arguments.format {
        Form::Text => {
            let ids = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in rules {
                let (severity, level) = (arguments.severity(rule).name(), rule.level.name());
                writeln!(out, "{:ids$}  {severity:<7}  {level:<10}  {}", rule.id, rule.title)?;
            }
            Ok(())
        }
        Form::Markdown => out.write_all(page::table(rules.iter().copied(), None).as_bytes()),
        Form::Json => json(&rules.iter().map(|rule| Entry::of(rule)).collect::<Vec<_>>(), out),
    }
}

fn explain(rule: &Rule, format: Form, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Form::Text => out.write_all(page::text(rule).as_bytes()),
        Form::Markdown => out.write_all(page::markdown(rule).as_bytes()),
        Form::Json => json(&Entry::of(rule), out),
    }
}

fn json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Clause, Judged, Versions};

    static LENGTH: Rule = Rule {
        id: "HDR-906",
        name: "session-id-length",
        title: "SessionID is at most four octets",
        severity: Severity::Warning,
        clause: &[Clause { document: "OMA-TS-SyncML-RepPro-V1_2_2", section: "SessionID" }],
        what: "The text of each SessionID is counted; its octets in UTF-8 are what counts, and white space around it \
               does not.",
        why: "Servers keep it in four octets.",
        mend: "Count in hexadecimal.",
        pass: &["\nclient\n  Alert 1201\n"],
        violate: &["client session=20240131"],
        ..Rule::MUST
    };
    static CODE: Rule = Rule {
        id: "STA-902",
        name: "unknown-status",
        title: "A status code is one of the specification",
        level: Level::ShouldNot,
        judged: Judged::Client,
        versions: Versions::Since1_2,
        ..Rule::SHOULD
    };

    fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
        [&LENGTH, &CODE].into_iter()
    }

    fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_rule_has_one_line_in_the_list_and_a_page_of_its_own() {
        let list = |format: Form| {
            let arguments = ListArguments { format, ..ListArguments::default() };
            written(|out| list(&rules().collect::<Vec<_>>(), &arguments, out))
        };
        insta::assert_snapshot!("list", list(Form::Text));
        insta::assert_snapshot!("list-markdown", list(Form::Markdown));
        let json: serde_json::Value = serde_json::from_str(&list(Form::Json)).unwrap();
        assert_eq!((&json[0]["id"], &json[1]["level"]), (&"HDR-906".into(), &"SHOULD NOT".into()));
        insta::assert_snapshot!("explain", written(|out| explain(&LENGTH, Form::Text, out)));
        insta::assert_snapshot!("explain-markdown", written(|out| explain(&LENGTH, Form::Markdown, out)));
    }

    #[test]
    fn a_list_holds_the_rules_that_were_asked_for() {
        let ids = |arguments: &ListArguments| -> Vec<&str> {
            rules().filter(|rule| arguments.wants(rule)).map(|rule| rule.id).collect()
        };
        let both = ["HDR-906", "STA-902"];
        let all = ListArguments::default;
        assert_eq!(ids(&all()), both);
        assert_eq!(ids(&ListArguments { prefix: Some("sta".to_owned()), ..all() }), ["STA-902"]);
        assert_eq!(ids(&ListArguments { family: vec!["hdr".to_owned()], ..all() }), ["HDR-906"]);
        assert_eq!(ids(&ListArguments { level: vec![Level::ShouldNot], ..all() }), ["STA-902"]);
        assert_eq!(ids(&ListArguments { role: Some(Side::Server), ..all() }), ["HDR-906"]);
        assert_eq!(ids(&ListArguments { role: Some(Side::Client), ..all() }), both);
        assert_eq!(ids(&ListArguments { version: Some(Version::V1_1_2), ..all() }), ["HDR-906"]);
        assert_eq!(ids(&ListArguments { profile: Some(Profile::OmaDm1_1_2), ..all() }), ["HDR-906"]);
        let check = |family: &str| {
            let arguments = ListArguments { family: vec![family.to_owned()], ..all() };
            arguments.check().map_err(|failure| failure.to_string()).err()
        };
        assert_eq!(check("HDR"), None);
        assert_eq!(check("HRD").unwrap(), "--family: there is no family \"HRD\"; did you mean HDR?");
        assert!(check("QQQQ").unwrap().contains("there are HDR, MSG, PKG"));
    }

    #[test]
    fn a_rule_that_is_not_encoded_is_answered_with_the_reason() {
        let text = unknown("bst-028").to_string();
        assert!(
            text.starts_with("BST-028 (") && text.contains("is not encoded. Needs the content of the card"),
            "{text}"
        );
    }

    #[test]
    fn an_unknown_rule_is_answered_with_the_one_that_was_meant() {
        let check = |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            catalogue::check("--select", &ids, rules()).map_err(|failure| failure.to_string()).err()
        };
        assert_eq!(check(&["HDR-906", "STA", "hdr-9", "unknown-status"]), None);
        assert_eq!(check(&["HRD"]).unwrap(), "--select: there is no rule \"HRD\"; did you mean HDR?");
        assert_eq!(check(&["STA-92"]).unwrap(), "--select: there is no rule \"STA-92\"; did you mean STA-902?");
        assert_eq!(check(&["x9"]).unwrap(), "--select: there is no rule \"x9\"; dmscope rules list shows all");
        let unknown = catalogue::unknown("session-id-lenght", rules());
        assert_eq!(unknown, "there is no rule \"session-id-lenght\"; did you mean session-id-length?");
    }
}
