//! `dmscope rules`.

use super::catalogue;
use super::exit::{Exit, Failure};
use super::output::Output;
use crate::rules::{self, Rule};
use clap::{Args, Subcommand};
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
    List {
        /// Only ids that begin like this
        #[arg(value_name = "PREFIX")]
        prefix: Option<String>,
    },
    /// One rule in full
    Explain {
        /// Its id, or its name
        #[arg(value_name = "ID")]
        id: String,
    },
}

pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    let mut results = output.results();
    match arguments.action.unwrap_or(Action::List { prefix: None }) {
        Action::List { prefix } => {
            if let Some(prefix) = &prefix {
                catalogue::check("rules list", std::slice::from_ref(prefix), rules::all())?;
            }
            list(rules::all(), prefix.as_deref().unwrap_or_default(), &mut results)?;
        }
        Action::Explain { id } => {
            let rule = rules::find(&id).ok_or_else(|| Failure::usage(catalogue::unknown(&id, rules::all())))?;
            explain(rule, &mut results)?;
        }
    }
    results.flush()?;
    Ok(Exit::Done)
}

fn list<'r>(rules: impl Iterator<Item = &'r Rule> + Clone, prefix: &str, out: &mut dyn Write) -> io::Result<()> {
    let rules = rules.filter(|rule| catalogue::is_meant(rule, prefix));
    let ids = rules.clone().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules {
        let (severity, level) = (rule.severity.name(), rule.level.name());
        writeln!(out, "{:ids$}  {severity:<7}  {level:<10}  {}", rule.id, rule.title)?;
    }
    Ok(())
}

fn explain(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}", rule.id, rule.name)?;
    writeln!(out, "{}", rule.title)?;
    writeln!(out)?;
    writeln!(out, "Level     {}", rule.level.name())?;
    if rule.strict == rule.severity {
        writeln!(out, "Severity  {}", rule.severity)?;
    } else {
        writeln!(out, "Severity  {}, to the letter {}", rule.severity, rule.strict)?;
    }
    writeln!(
        out,
        "Judges    {}",
        match rule.judged.name() {
            "both" => "client and server",
            one => one,
        }
    )?;
    writeln!(out, "Versions  {}", rule.versions.name())?;
    writeln!(out, "Scope     {}", rule.scope.name())?;
    for (number, clause) in rule.clause.iter().enumerate() {
        let head = if number == 0 { "Clause" } else { "" };
        writeln!(out, "{head:<8}  {}, \"{}\"", clause.document, clause.section)?;
    }
    writeln!(out, "Source    {}", rule.source.name())?;
    for (head, text) in [("What is checked", rule.what), ("Why it matters", rule.why), ("How to mend it", rule.mend)] {
        if !text.is_empty() {
            writeln!(out, "\n{head}")?;
            wrapped(text, out)?;
        }
    }
    let examples = [("Passes", rule.pass), ("Violates", rule.violate), ("Does not apply", rule.not_applicable)];
    for (head, scripts) in examples {
        for script in scripts {
            writeln!(out, "\n{head}")?;
            for line in script.trim_matches('\n').lines() {
                writeln!(out, "{}", format!("    {line}").trim_end())?;
            }
        }
    }
    Ok(())
}

/// A text in lines of a readable length.
fn wrapped(text: &str, out: &mut dyn Write) -> io::Result<()> {
    const WIDTH: usize = 96;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count().saturating_add(word.chars().count()) >= WIDTH {
            writeln!(out, "  {line}")?;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "  {line}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Severity;
    use crate::rules::{Clause, Level};

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
        insta::assert_snapshot!("list", written(|out| list(rules(), "", out)));
        assert_eq!(written(|out| list(rules(), "sta", out)).lines().count(), 1);
        insta::assert_snapshot!("explain", written(|out| explain(&LENGTH, out)));
    }

    #[test]
    fn every_rule_of_the_registry_can_be_listed_and_explained() {
        let all = written(|out| list(rules::all(), "", out));
        assert_eq!(all.lines().count(), rules::all().count());
        for rule in rules::all() {
            let page = written(|out| explain(rule, out));
            assert!(page.starts_with(rule.id) && page.contains("How to mend it"), "{page}");
        }
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
