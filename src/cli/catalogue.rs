//! Ids of rules on the command line.

use super::exit::Failure;
use super::suggest::similar;
use crate::rules::Rule;

/// Whether each id, beginning or name of an option means at least one rule.
pub(super) fn check<'r>(
    option: &str,
    ids: &[String],
    rules: impl Iterator<Item = &'r Rule> + Clone,
) -> Result<(), Failure> {
    for id in ids {
        if id.is_empty() || !rules.clone().any(|rule| rule.is_meant_by(id)) {
            return Err(Failure::usage(format!("{option}: {}", unknown(id, rules))));
        }
    }
    Ok(())
}

/// The same, where test cases may be meant as well: those that run have these ids.
pub(super) fn check_with_cases<'r>(
    option: &str,
    ids: &[String],
    rules: impl Iterator<Item = &'r Rule> + Clone,
    cases: &[&str],
) -> Result<(), Failure> {
    let Some(id) = ids.iter().find(|id| id.is_empty() || !rules.clone().any(|rule| rule.is_meant_by(id))) else {
        return Ok(());
    };
    let of_rules = rules.flat_map(|rule| [rule.id, rule.family(), rule.name]);
    let known: Vec<&str> = of_rules.chain(cases.iter().copied()).collect();
    let text = match similar(id, known) {
        Some(guess) => format!("{option}: there is no rule or test case \"{id}\"; did you mean {guess}?"),
        None => format!(
            "{option}: there is no rule or test case \"{id}\"; dmscope rules list and dmscope testcases list show all"
        ),
    };
    Err(Failure::usage(text))
}

/// That there is no such rule, and what may have been meant.
pub(super) fn unknown<'r>(id: &str, rules: impl Iterator<Item = &'r Rule> + Clone) -> String {
    let candidates = rules.clone().map(|rule| rule.id);
    let candidates = candidates.chain(rules.clone().map(Rule::family)).chain(rules.map(|rule| rule.name));
    match similar(id, candidates) {
        Some(guess) => format!("there is no rule \"{id}\"; did you mean {guess}?"),
        None => format!("there is no rule \"{id}\"; dmscope rules list shows all"),
    }
}
