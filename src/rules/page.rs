//! What is known of a rule, for readers: as text, as Markdown, as JSON. `dmscope rules` and the pages of `docs/rules/` come
//! from here, so that they cannot say different things.

use super::{Clause, Effect, FAMILIES, Family, Need, Override, Rule};
use crate::base::{Direction, Severity};
use crate::dm::Profile;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Columns of a text page.
const WIDTH: usize = 98;

/// A rule in full, for the JSON format.
#[derive(Debug, Serialize)]
pub struct Entry {
    id: &'static str,
    also: Vec<&'static str>,
    name: &'static str,
    title: &'static str,
    family: &'static str,
    level: &'static str,
    severity: Severity,
    severity_strict: Severity,
    judges: &'static str,
    versions: &'static str,
    scope: &'static str,
    source: &'static str,
    clauses: Vec<Place>,
    what: &'static str,
    why: &'static str,
    mend: &'static str,
    needs: Vec<&'static str>,
    profiles: Vec<String>,
    yields_to: &'static [&'static str],
    pass: Vec<&'static str>,
    violate: Vec<&'static str>,
    not_applicable: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Place {
    document: &'static str,
    section: &'static str,
}

impl Entry {
    /// Everything that is known of a rule.
    pub fn of(rule: &Rule) -> Self {
        let trimmed = |scripts: &[&'static str]| scripts.iter().map(|script| script.trim_matches('\n')).collect();
        Self {
            id: rule.id,
            also: rule.also().collect(),
            name: rule.name,
            title: rule.title,
            family: rule.family(),
            level: rule.level.name(),
            severity: rule.severity,
            severity_strict: rule.strict,
            judges: rule.judged.name(),
            versions: rule.versions.name(),
            scope: rule.scope.name(),
            source: rule.source.name(),
            clauses: rule.clause.iter().map(|at| Place { document: at.document, section: at.section }).collect(),
            what: rule.what,
            why: rule.why,
            mend: rule.mend,
            needs: rule.needs.iter().map(|need| self::need(*need)).collect(),
            profiles: rule.overrides.iter().map(profile).collect(),
            yields_to: rule.yields_to,
            pass: trimmed(rule.pass),
            violate: trimmed(rule.violate),
            not_applicable: trimmed(rule.not_applicable),
        }
    }
}

/// How bad a violation is in a profile, by default; `None` where the profile switches the rule off, or its version does not
/// have it. What a profile changes for one side only is left aside.
pub fn severity_in(rule: &Rule, profile: Profile) -> Option<Severity> {
    if !rule.versions.include(profile.version()) {
        return None;
    }
    let changes = rule.overrides.iter().filter(|change| change.profile == profile && change.direction.is_none());
    changes.map(|change| change.effect).try_fold(rule.severity, |severity, effect| match effect {
        Effect::Off => None,
        Effect::AtMost(most) => Some(severity.min(most)),
    })
}

/// The short facts of a rule, each with its heading.
fn facts(rule: &Rule) -> Vec<(&'static str, Vec<String>)> {
    let severity = if rule.strict == rule.severity {
        rule.severity.to_string()
    } else {
        format!("{}; {} with --strict", rule.severity, rule.strict)
    };
    let judges = match rule.judged.name() {
        "both" => "client and server",
        one => one,
    };
    let one = |text: &str| vec![text.to_owned()];
    let mut facts = vec![
        ("Also", rule.also().map(str::to_owned).collect()),
        ("Level", one(rule.level.name())),
        ("Severity", vec![severity]),
        ("Judges", one(judges)),
        ("Versions", one(rule.versions.name())),
        ("Scope", one(rule.scope.name())),
        ("Clause", rule.clause.iter().map(clause).collect()),
        ("Source", one(rule.source.name())),
        ("Profiles", rule.overrides.iter().map(profile).collect()),
        ("Needs", rule.needs.iter().map(|need| self::need(*need).to_owned()).collect()),
        ("Yields to", rule.yields_to.iter().map(|id| (*id).to_owned()).collect()),
    ];
    facts.retain(|(_, lines)| !lines.is_empty());
    facts
}

fn clause(clause: &Clause) -> String {
    format!("{}, \"{}\"", clause.document, clause.section)
}

/// What a profile changes, in one line.
fn profile(change: &Override) -> String {
    let side = match change.direction {
        None => "",
        Some(Direction::DeviceToServer) => " for messages of the client",
        Some(Direction::ServerToDevice) => " for messages of the server",
    };
    let effect = match change.effect {
        Effect::Off => "not judged".to_owned(),
        Effect::AtMost(severity) => format!("at most {severity}"),
    };
    format!("{}: {effect}{side}", change.profile)
}

/// What must be known for a rule to decide, in one line.
const fn need(need: Need) -> &'static str {
    match need {
        Need::Start => "the beginning of the session",
        Need::NoLoss => "a session without gaps up to the message",
        Need::Transport => "the HTTP layer",
        Need::NotAborted => "no Alert 1223 before the message",
        Need::Executed => "a message that was not refused with 401 or 407",
        Need::SoundCmdId => "a CmdID that is present and occurs once",
    }
}

/// The texts of a rule, each with its heading.
fn texts(rule: &Rule) -> [(&'static str, &'static str); 3] {
    [("What is checked", rule.what), ("Why it matters", rule.why), ("How to mend it", rule.mend)]
}

/// The examples of a rule, each with its heading.
fn examples(rule: &Rule) -> impl Iterator<Item = (&'static str, &'static str)> {
    [("Passes", rule.pass), ("Violates", rule.violate), ("Does not apply", rule.not_applicable)]
        .into_iter()
        .flat_map(|(heading, scripts)| scripts.iter().map(move |script| (heading, script.trim_matches('\n'))))
}

/// A rule in full, as text.
pub fn text(rule: &Rule) -> String {
    text_in(rule, WIDTH)
}

/// The same with paragraphs of so many columns.
pub fn text_in(rule: &Rule, width: usize) -> String {
    let mut page = format!("{} {}\n{}\n\n", rule.id, rule.name, rule.title);
    for (heading, lines) in facts(rule) {
        for (number, line) in lines.iter().enumerate() {
            let heading = if number == 0 { heading } else { "" };
            let _ = writeln!(page, "{heading:<10}{line}");
        }
    }
    for (heading, text) in texts(rule) {
        if !text.is_empty() {
            let _ = write!(page, "\n{heading}\n{}", paragraph(text, width));
        }
    }
    for (heading, script) in examples(rule) {
        let _ = write!(page, "\n{heading}\n{}", indented(script));
    }
    page
}

/// A text in indented lines of a readable length.
fn paragraph(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut columns = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if columns > 0 && columns + 1 + length <= width {
            lines.push(' ');
            columns += 1 + length;
        } else {
            lines.push_str(if columns == 0 { "  " } else { "\n  " });
            columns = 2 + length;
        }
        lines.push_str(word);
    }
    lines.push('\n');
    lines
}

fn indented(script: &str) -> String {
    script.lines().map(|line| format!("{}\n", format!("    {line}").trim_end())).collect()
}

/// A rule in full, as Markdown.
pub fn markdown(rule: &Rule) -> String {
    let mut page = format!("# {} {}\n\n{}\n\n| | |\n| --- | --- |\n", rule.id, rule.name, escaped(rule.title));
    for (heading, lines) in facts(rule) {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| if heading == "Yields to" { format!("[{line}]({line}.md)") } else { escaped(line) })
            .collect();
        let _ = writeln!(page, "| {heading} | {} |", lines.join("<br>"));
    }
    for (heading, text) in texts(rule) {
        let _ = write!(page, "\n## {heading}\n\n{}\n", escaped(text));
    }
    page.push_str("\n## Examples\n\nIn the [fixture notation](../fixtures.md); the rule's own tests run them.\n");
    for (heading, script) in examples(rule) {
        let script: String = script.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let _ = write!(page, "\n{heading}:\n\n```text\n{script}```\n");
    }
    page
}

/// Text for a paragraph or a cell of Markdown: nothing in it is mark-up, but for code between backticks.
fn escaped(text: &str) -> String {
    let mut code = false;
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '`' => code = !code,
            // A cell ends at a bar even inside code.
            '|' => out.push('\\'),
            '*' | '_' | '<' | '>' | '[' | ']' | '\\' if !code => out.push('\\'),
            _ => {}
        }
        out.push(ch);
    }
    out
}

/// Rules as the rows of a Markdown table; `link` is what stands before the file name of a rule's page.
pub fn table<'r>(rules: impl Iterator<Item = &'r Rule>, link: Option<&str>) -> String {
    let mut table =
        "| rule | level | severity | judges | what is asked |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for rule in rules {
        let id = match link {
            Some(folder) => format!("[{0}]({folder}{0}.md)", rule.id),
            None => rule.id.to_owned(),
        };
        let (level, severity, judges) = (rule.level.name(), rule.severity, rule.judged.name());
        let _ = writeln!(table, "| {id} | {level} | {severity} | {judges} | {} |", escaped(rule.title));
    }
    table
}

/// The pages of `docs/rules/`: file names and contents.
pub fn pages() -> Vec<(String, String)> {
    let mut pages = vec![
        ("README.md".to_owned(), by_family()),
        ("by-section.md".to_owned(), by_section()),
        ("not-encoded.md".to_owned(), not_encoded()),
    ];
    pages.extend(super::all().map(|rule| (format!("{}.md", rule.id), markdown(rule))));
    pages
}

const GENERATED: &str =
    "<!-- Written by `UPDATE=1 cargo test --test rule_pages`; change the rules, not this page. -->\n\n";

fn count_of(family: &Family) -> String {
    let rules = match family.rules.len() {
        1 => "1 rule".to_owned(),
        rules => format!("{rules} rules"),
    };
    match family.left_out.len() {
        0 => rules,
        more => format!("{rules}; {more} more are [not encoded](not-encoded.md)"),
    }
}

fn by_family() -> String {
    let all = super::all().count();
    let mut page = format!(
        "{GENERATED}# Rules\n\nThe {all} rules that dmscope {} checks, by family. Also: [by section of the \
         specifications](by-section.md), [what is not encoded](not-encoded.md), with reasons, and [how often each was exercised](exercised.md) by the sample captures. `dmscope rules explain ID` \
         prints the same pages.\n\nLevel is how strongly the specification asks; severity is what dmscope makes of a violation \
         by default. *Source* on a rule's page says where its text was read.\n",
        env!("CARGO_PKG_VERSION")
    );
    for family in FAMILIES {
        let _ = write!(page, "\n## {}: {}\n\n{}.\n\n", family.letters, family.title, count_of(family));
        if !family.rules.is_empty() {
            page.push_str(&table(family.rules.iter().copied(), Some("")));
        }
        if !family.same.is_empty() {
            page.push_str("\n| checked by other rules | what is asked | rules |\n| --- | --- | --- |\n");
        }
        for same in family.same {
            let rules: Vec<String> = same.rules.iter().map(|id| format!("[{id}]({id}.md)")).collect();
            let _ = writeln!(page, "| {} | {} | {} |", same.id, escaped(same.title), rules.join(", "));
        }
    }
    page
}

fn by_section() -> String {
    type Sections = BTreeMap<(Vec<u32>, &'static str), BTreeSet<&'static str>>;
    let mut documents: BTreeMap<&str, Sections> = BTreeMap::new();
    for rule in super::all() {
        for clause in rule.clause {
            let key = (numbers(clause.section), clause.section);
            documents.entry(clause.document).or_default().entry(key).or_default().insert(rule.id);
        }
    }
    let mut page = format!(
        "{GENERATED}# Rules by section of the specifications\n\nA rule that rests on several sections stands at each of them. \
         A section that is missing here has no rule in this version. Back to the [rules by family](README.md).\n"
    );
    for (document, sections) in documents {
        let _ = write!(page, "\n## {}\n\n| section | rules |\n| --- | --- |\n", escaped(document));
        for ((_, section), ids) in sections {
            let ids: Vec<String> = ids.into_iter().map(|id| format!("[{id}]({id}.md)")).collect();
            let _ = writeln!(page, "| {} | {} |", escaped(section), ids.join(", "));
        }
    }
    page
}

/// The numbers at the start of a section's name, for sorting: 6.10 comes after 6.9, and names without one come last.
fn numbers(section: &str) -> Vec<u32> {
    let number: String = section.chars().take_while(|ch| ch.is_ascii_digit() || *ch == '.').collect();
    let numbers: Vec<u32> = number.split('.').filter_map(|part| part.parse().ok()).collect();
    if numbers.is_empty() { vec![u32::MAX] } else { numbers }
}

fn not_encoded() -> String {
    let mut page = format!(
        "{GENERATED}# What is not encoded\n\n{} requirements that have a number and no check. A requirement that another family \
         checks stands among the [rules by family](README.md).\n\n| rule | what is asked | why there is no check |\n| --- | --- \
         | --- |\n",
        super::all_left_out().count()
    );
    for rule in super::all_left_out() {
        let _ = writeln!(page, "| {} | {} | {} |", rule.id, escaped(rule.title), escaped(rule.why));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, Level};

    #[test]
    fn text_from_rules_is_no_mark_up() {
        assert_eq!(escaped("`./A?prop=ACL|x` is * and <b> [c]"), "`./A?prop=ACL\\|x` is \\* and \\<b\\> \\[c\\]");
    }

    #[test]
    fn sections_are_sorted_by_number() {
        let mut sections = ["SessionID", "6.10 Add", "6.9 Put", "10 Codes", "6 Elements"];
        sections.sort_by_key(|section| numbers(section));
        assert_eq!(sections, ["6 Elements", "6.9 Put", "6.10 Add", "10 Codes", "SessionID"]);
    }

    #[test]
    fn a_paragraph_keeps_to_its_width_and_loses_no_word() {
        let text = "word ".repeat(60);
        let lines = paragraph(&text, WIDTH);
        assert!(lines.lines().all(|line| line.starts_with("  ") && line.chars().count() <= WIDTH));
        assert_eq!(lines.split_whitespace().count(), 60);
        assert!(paragraph(&"x".repeat(200), WIDTH).lines().count() == 1);
    }

    #[test]
    fn every_rule_has_a_page_in_each_format() {
        for rule in rules::all() {
            for page in [text(rule), markdown(rule)] {
                for part in [rule.id, rule.name, rule.title, "How to mend it", "Violates"] {
                    assert!(page.contains(part) || escaped(part) != part, "{}: {part} is missing", rule.id);
                }
                assert!(rule.level == Level::May || page.contains("\nPasses"), "{}", rule.id);
            }
            assert_eq!(serde_json::to_value(Entry::of(rule)).unwrap()["id"], rule.id);
        }
    }

    #[test]
    fn a_profile_takes_rules_out_and_makes_others_milder() {
        static OFF: Rule = Rule {
            overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::Off }],
            ..Rule::MUST
        };
        static MILD: Rule = Rule {
            overrides: &[Override { profile: Profile::MsMdm, direction: None, effect: Effect::AtMost(Severity::Info) }],
            versions: rules::Versions::Since1_2,
            ..Rule::MUST
        };
        assert_eq!(severity_in(&OFF, Profile::MsMdm), None);
        assert_eq!(severity_in(&OFF, Profile::OmaDm1_2), Some(Severity::Error));
        assert_eq!(severity_in(&MILD, Profile::MsMdm), Some(Severity::Info));
        assert_eq!(severity_in(&MILD, Profile::OmaDm1_1_2), None);
    }
}
