//! The rules as the command line shows them.

use super::exit::Failure;
use super::suggest::similar;

/// One rule, as much of it as a person reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleCard {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// MUST, SHOULD …
    pub(super) level: &'static str,
    pub(super) severity: &'static str,
    /// Whose conformance it is about.
    pub(super) judged: &'static str,
    pub(super) versions: &'static str,
    /// Documents and sections.
    pub(super) clauses: &'static [(&'static str, &'static str)],
    pub(super) what: &'static str,
    pub(super) why: &'static str,
    pub(super) mend: &'static str,
    pub(super) pass: &'static [&'static str],
    pub(super) violate: &'static [&'static str],
}

/// All rules, in the order of the registry.
pub(super) fn rules() -> &'static [RuleCard] {
    &[]
}

/// Whether each id or prefix of an option names at least one rule.
pub(super) fn check(option: &str, ids: &[String], rules: &[RuleCard]) -> Result<(), Failure> {
    for id in ids {
        let hit = |rule: &RuleCard| rule.id.get(..id.len()).is_some_and(|start| start.eq_ignore_ascii_case(id));
        if id.is_empty() || !rules.iter().any(hit) {
            return Err(Failure::usage(format!("{option}: {}", unknown(id, rules))));
        }
    }
    Ok(())
}

/// That there is no such rule, and what may have been meant.
pub(super) fn unknown(id: &str, rules: &[RuleCard]) -> String {
    let families = rules.iter().filter_map(|rule| rule.id.split_once('-').map(|(family, _)| family));
    let guess = similar(id, rules.iter().map(|rule| rule.id).chain(families))
        .or_else(|| rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(id)).map(|rule| rule.id));
    match guess {
        Some(guess) => format!("there is no rule \"{id}\"; did you mean {guess}?"),
        None => format!("there is no rule \"{id}\"; dmscope rules list shows all"),
    }
}
