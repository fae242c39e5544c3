//! Ids of rules on the command line.

use super::exit::Failure;
use super::suggest::similar;
use crate::rules::Rule;

/// Whether a rule is meant by an id, the beginning of one, or a name.
pub(super) fn is_meant(rule: &Rule, id: &str) -> bool {
    rule.id.get(..id.len()).is_some_and(|start| start.eq_ignore_ascii_case(id)) || rule.name.eq_ignore_ascii_case(id)
}

/// Whether each id, beginning or name of an option means at least one rule.
pub(super) fn check<'r>(
    option: &str,
    ids: &[String],
    rules: impl Iterator<Item = &'r Rule> + Clone,
) -> Result<(), Failure> {
    for id in ids {
        if id.is_empty() || !rules.clone().any(|rule| is_meant(rule, id)) {
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
