//! `dmscope rules`.

use super::catalogue::{self, RuleCard};
use super::exit::{Exit, Failure};
use super::output::Output;
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
    let rules = catalogue::rules();
    let mut results = output.results();
    match arguments.action.unwrap_or(Action::List { prefix: None }) {
        Action::List { prefix } => {
            if let Some(prefix) = &prefix {
                catalogue::check("rules list", std::slice::from_ref(prefix), rules)?;
            }
            list(rules, prefix.as_deref().unwrap_or_default(), &mut results)?;
        }
        Action::Explain { id } => {
            let rule =
                rules.iter().find(|rule| rule.id.eq_ignore_ascii_case(&id) || rule.name.eq_ignore_ascii_case(&id));
            let rule = rule.ok_or_else(|| Failure::usage(catalogue::unknown(&id, rules)))?;
            explain(rule, &mut results)?;
        }
    }
    results.flush()?;
    Ok(Exit::Done)
}

fn list(rules: &[RuleCard], prefix: &str, out: &mut dyn Write) -> io::Result<()> {
    let hit = |rule: &&RuleCard| rule.id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let ids = rules.iter().filter(hit).map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in rules.iter().filter(hit) {
        writeln!(out, "{:ids$}  {:<7}  {:<6}  {}", rule.id, rule.severity, rule.level, rule.title)?;
    }
    Ok(())
}

fn explain(rule: &RuleCard, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{} {}: {}", rule.id, rule.name, rule.title)?;
    writeln!(out, "\n{} · {} · judges the {} · {}", rule.level, rule.severity, rule.judged, rule.versions)?;
    for (document, section) in rule.clauses {
        writeln!(out, "{document}, \"{section}\"")?;
    }
    for (head, text) in [("What is checked", rule.what), ("Why", rule.why), ("How to mend it", rule.mend)] {
        if !text.is_empty() {
            writeln!(out, "\n{head}\n{text}")?;
        }
    }
    for (head, examples) in [("Passes", rule.pass), ("Violates", rule.violate)] {
        for example in examples {
            writeln!(out, "\n{head}")?;
            for line in example.lines() {
                writeln!(out, "  {line}")?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    static CARDS: [RuleCard; 2] = [
        RuleCard {
            id: "HDR-006",
            name: "session-id-length",
            title: "SessionID is at most four octets",
            level: "MUST",
            severity: "warning",
            judged: "sender",
            versions: "all versions",
            clauses: &[("OMA-TS-SyncML-RepPro-V1_2_2", "SessionID")],
            what: "The text of each SessionID is counted.",
            why: "Servers keep it in four octets.",
            mend: "Count in hexadecimal.",
            pass: &["<SessionID>1A2F</SessionID>"],
            violate: &["<SessionID>20240131</SessionID>"],
        },
        RuleCard {
            id: "STA-002",
            name: "unknown-status",
            title: "A status code is one of the specification",
            level: "SHOULD",
            severity: "error",
            judged: "sender",
            versions: "all versions",
            clauses: &[],
            what: "",
            why: "",
            mend: "",
            pass: &[],
            violate: &[],
        },
    ];

    fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_rule_has_one_line_in_the_list_and_a_page_of_its_own() {
        insta::assert_snapshot!(written(|out| list(&CARDS, "", out)), @r"
        HDR-006  warning  MUST    SessionID is at most four octets
        STA-002  error    SHOULD  A status code is one of the specification
        ");
        assert_eq!(written(|out| list(&CARDS, "sta", out)).lines().count(), 1);
        insta::assert_snapshot!(written(|out| explain(&CARDS[0], out)), @r#"
        HDR-006 session-id-length: SessionID is at most four octets

        MUST · warning · judges the sender · all versions
        OMA-TS-SyncML-RepPro-V1_2_2, "SessionID"

        What is checked
        The text of each SessionID is counted.

        Why
        Servers keep it in four octets.

        How to mend it
        Count in hexadecimal.

        Passes
          <SessionID>1A2F</SessionID>

        Violates
          <SessionID>20240131</SessionID>
        "#);
    }

    #[test]
    fn an_unknown_rule_is_answered_with_the_one_that_was_meant() {
        let check = |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            catalogue::check("--select", &ids, &CARDS).map_err(|failure| failure.to_string())
        };
        assert_eq!(check(&["HDR-006", "STA", "hdr-0"]), Ok(()));
        assert_eq!(check(&["HRD"]).unwrap_err(), "--select: there is no rule \"HRD\"; did you mean HDR?");
        assert_eq!(check(&["STA-02"]).unwrap_err(), "--select: there is no rule \"STA-02\"; did you mean STA-002?");
        assert_eq!(check(&["x9"]).unwrap_err(), "--select: there is no rule \"x9\"; dmscope rules list shows all");
        assert_eq!(
            catalogue::unknown("unknown-status", &CARDS),
            "there is no rule \"unknown-status\"; did you mean STA-002?"
        );
    }
}
