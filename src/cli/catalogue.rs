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

/// That there is no such rule, and what may have been meant.
pub(super) fn unknown<'r>(id: &str, rules: impl Iterator<Item = &'r Rule> + Clone) -> String {
    let candidates = rules.clone().map(|rule| rule.id);
    let candidates = candidates.chain(rules.clone().map(Rule::family)).chain(rules.map(|rule| rule.name));
    match similar(id, candidates) {
        Some(guess) => format!("there is no rule \"{id}\"; did you mean {guess}?"),
        None => format!("there is no rule \"{id}\"; dmscope rules list shows all"),
    }
}
