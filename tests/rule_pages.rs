//! Holds `docs/rules/` to what the rules say of themselves. `UPDATE=1 cargo test --test rule_pages` writes the pages.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use dmscope::analysis::{self, Inputs, Options, Sink};
use dmscope::base::Severity;
use dmscope::capture::sources::expand;
use dmscope::rules::{self, page};
use dmscope::verdict::JudgedSession;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many requirements the catalogues have in each family; the numbers run from 1 without a gap.
const CATALOGUE: [(&str, usize); 37] = [
    ("HDR", 28),
    ("MSG", 13),
    ("PKG", 25),
    ("CMD", 48),
    ("STA", 47),
    ("RES", 17),
    ("ALR", 30),
    ("LOB", 25),
    ("AUTH", 55),
    ("XML", 16),
    ("WBX", 16),
    ("NOT", 25),
    ("HTTP", 30),
    ("MET", 18),
    ("UI", 26),
    ("ATM", 17),
    ("SES", 18),
    ("URI", 20),
    ("NOD", 33),
    ("PRP", 38),
    ("TND", 24),
    ("DDF", 21),
    ("STD", 26),
    ("BST", 30),
    ("MOA", 16),
    ("FUM", 23),
    ("SCO", 22),
    ("LAW", 12),
    ("DCM", 10),
    ("DIA", 12),
    ("CON", 11),
    ("SCH", 6),
    ("SC", 4),
    ("DLO", 10),
    ("GPP", 5),
    ("GW", 3),
    ("DSR", 3),
];

#[test]
fn every_number_is_a_rule_or_says_why_it_is_none() {
    let mut seen = BTreeMap::new();
    let mut note =
        |id: &'static str, how: &str| assert_eq!(seen.insert(id.to_owned(), how.to_owned()), None, "{id} twice");
    for family in rules::FAMILIES {
        family.rules.iter().for_each(|rule| note(rule.id, "encoded"));
        family.same.iter().for_each(|same| note(same.id, "elsewhere"));
        family.left_out.iter().for_each(|rule| note(rule.id, "left out"));
    }
    let accounted: BTreeSet<String> = seen.into_keys().collect();
    let numbers = |(letters, count): (&'static str, usize)| (1..=count).map(move |at| format!("{letters}-{at:03}"));
    let catalogue: BTreeSet<String> = CATALOGUE.into_iter().flat_map(numbers).collect();
    let odd: Vec<_> = accounted.symmetric_difference(&catalogue).collect();
    assert!(odd.is_empty(), "neither encoded nor left out, or not in the catalogue: {odd:?}");
    let letters: Vec<&str> = rules::FAMILIES.iter().map(|family| family.letters).collect();
    assert_eq!(letters, CATALOGUE.map(|(letters, _)| letters));
}

#[test]
fn what_stands_under_another_id_is_checked_by_rules_that_exist() {
    let known: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
    for same in rules::FAMILIES.iter().flat_map(|family| family.same) {
        assert!(!same.rules.is_empty(), "{}", same.id);
        for id in same.rules {
            assert!(known.contains(id), "{} is said to be checked by {id}, which does not exist", same.id);
            assert!(rules::find(id).unwrap().also().any(|also| also == same.id));
        }
        assert_eq!(rules::find(same.id).unwrap().id, same.rules[0]);
    }
}

struct Nothing;

impl Sink for Nothing {
    fn session(&mut self, _number: u32, _session: &JudgedSession) -> std::io::Result<()> {
        Ok(())
    }
}

/// How often each rule looked, and what it found, over all sample captures.
fn exercised() -> String {
    let sources = expand(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("captures")]).sources;
    let inputs = Inputs { sources: sources.into_iter().map(Result::unwrap).collect(), of_more: true };
    let outcome = analysis::run(&inputs, &Options::default(), &mut Nothing).unwrap();
    let never: Vec<_> = outcome.rules.iter().filter(|rule| rule.occasions == 0).collect();
    let mut text = format!(
        "<!-- Written by `UPDATE=1 cargo test --test rule_pages`; change the rules or the captures, not this page. -->\n\n\
         # Exercised by the sample captures\n\n\
         How often each rule had something to look at in the {} captures of `captures/`, how often it was violated there, and how often nobody could say. \
         Of {} rules, {} were never exercised by them: what these do is shown by their examples and mutants alone.\n\n\
         | rule | occasions | violations | undecided | what is asked |\n| --- | --- | --- | --- | --- |\n",
        inputs.sources.len(),
        outcome.rules.len(),
        never.len()
    );
    for rule in &outcome.rules {
        let undecided: u64 = rule.undecided.iter().map(|one| one.occasions).sum();
        let occasions = if rule.occasions == 0 { "**never**".to_owned() } else { rule.occasions.to_string() };
        let row = [occasions, rule.violations.to_string(), undecided.to_string(), rule.title.to_string()];
        text += &format!("| [{0}]({0}.md) | {1} |\n", rule.id, row.join(" | "));
    }
    text
}

#[test]
fn the_pages_are_what_the_rules_say_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let update = std::env::var_os("UPDATE").is_some();
    fs::create_dir_all(&folder).unwrap();
    let mut wrong = Vec::new();
    let mut pages = page::pages();
    pages.push(("exercised.md".to_owned(), exercised()));
    for (name, content) in &pages {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_ref() != Some(content) {
            match update {
                true => fs::write(&path, content).unwrap(),
                false => wrong.push(format!("{name} is stale")),
            }
        }
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !pages.iter().any(|(page, _)| *page == name) {
            match update {
                true => fs::remove_file(&path).unwrap(),
                false => wrong.push(format!("{name} belongs to no rule")),
            }
        }
    }
    assert!(wrong.is_empty(), "UPDATE=1 cargo test --test rule_pages writes them again: {wrong:?}");
}

/// The part of the README that counts.
fn families() -> String {
    let mut table =
        "| family | subject | rules | error | warning | info |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
    let row = |name: &str, title: &str, rules: &[&rules::Rule]| {
        let count = |severity: Severity| rules.iter().filter(|rule| rule.severity == severity).count();
        let counts = Severity::ALL.map(|severity| count(severity).to_string());
        format!("| {name} | {title} | {} | {} |\n", rules.len(), counts.join(" | "))
    };
    for family in rules::FAMILIES.iter().filter(|family| !family.rules.is_empty()) {
        table.push_str(&row(family.letters, family.title, family.rules));
    }
    table.push_str(&row("all", "", &rules::all().collect::<Vec<_>>()));
    table
}

#[test]
fn the_readme_counts_what_is_there() {
    const MARKS: (&str, &str) = ("<!-- families -->\n", "<!-- /families -->");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(MARKS.0).unwrap();
    let (_, after) = rest.split_once(MARKS.1).unwrap();
    let right = format!("{before}{}{}{}{after}", MARKS.0, families(), MARKS.1);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, right).unwrap();
    } else {
        assert!(text == right, "UPDATE=1 cargo test --test rule_pages counts again:\n{}", families());
    }
}
