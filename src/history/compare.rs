//! What became better and worse from one version of the firmware to another.

use super::runs::count;
use super::select::{Judged, pick};
use super::{Firmware, History, HistoryError, Selection, compare_versions};
use crate::verdict::{Glob, Severity, TestCaseVerdict, goodness};
use rusqlite::Row;
use serde::Serialize;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It was not there before.
    New,
    /// There is more of it.
    Worse,
    /// There is less of it.
    Better,
    /// It is no longer there.
    Gone,
    /// There is as much of it.
    Same,
}

impl Word {
    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Gone => "gone",
            Self::Same => "same",
        }
    }

    /// Whether it is a change for the worse.
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::New | Self::Worse)
    }
}

/// The sessions of one version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct SideFacts {
    /// The version, as it was asked for.
    pub firmware: String,
    /// Sessions.
    pub sessions: u64,
    /// Devices.
    pub devices: u64,
    /// Runs that judged them.
    pub runs: u64,
    /// When the first one began.
    pub first: Option<String>,
    /// When the last one began.
    pub last: Option<String>,
}

/// What is known of a rule on one side.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Known {
    /// Sessions that were judged by it.
    pub sessions: u64,
    /// Those with a violation that no waiver accepts.
    pub violated: u64,
    /// Whether it had anything to look at in the runs of these sessions.
    pub exercised: bool,
    /// The worst severity.
    pub severity: Option<Severity>,
    /// Fingerprints of its violations.
    #[serde(skip)]
    fingerprints: BTreeSet<String>,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// By the share of sessions in which it was violated; where that is the same, by severity.
    pub change: Word,
    /// Its id.
    pub rule: String,
    /// How much its violations weigh: now, or before where they are gone.
    pub severity: Severity,
    /// Before.
    pub before: Known,
    /// After.
    pub after: Known,
    /// Fingerprints that are only there now: other places than before.
    pub new_fingerprints: Vec<String>,
}

/// What became of a test case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseChange {
    /// By its verdict.
    pub change: Word,
    /// Its id.
    pub id: String,
    /// Its verdict before; null where it was not run.
    pub before: Option<TestCaseVerdict>,
    /// Its verdict after; null where it was not run.
    pub after: Option<TestCaseVerdict>,
    /// Whether the case itself changed in between.
    pub case_changed: bool,
    /// Why it is what it is now.
    pub reason: String,
}

/// Two versions beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The earlier version.
    pub before: SideFacts,
    /// The later version.
    pub after: SideFacts,
    /// Rules that were violated on either side, the worst change first.
    pub rules: Vec<RuleChange>,
    /// Rules that were violated on one side, and were not judged by on the other.
    pub not_judged: Vec<String>,
    /// Test cases that were run on either side, the worst change first.
    pub testcases: Vec<CaseChange>,
    /// Versions that are known of the sessions that are meant, where a side has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known_firmware: Vec<String>,
}

impl Comparison {
    /// Whether something that weighs at least this much got worse.
    pub fn is_regression(&self, least: Severity) -> bool {
        self.rules.iter().any(|rule| rule.change.is_bad() && rule.severity >= least)
            || self.testcases.iter().any(|case| case.change.is_bad())
    }

    /// Whether there are sessions on both sides.
    pub fn is_whole(&self) -> bool {
        self.before.sessions > 0 && self.after.sessions > 0
    }
}

/// The worst of what is known of a case.
struct Case {
    verdict: TestCaseVerdict,
    sha256: String,
    reason: String,
}

impl History {
    /// Compares the sessions of two versions of the firmware (`1.2`, or a pattern such as `1.2*`). Of a session that was
    /// judged more than once, the last time counts.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn compare(&self, selection: &Selection, before: &str, after: &str) -> Result<Comparison, HistoryError> {
        let sides = [before, after].map(|version| Firmware::Like(Glob::new(version)));
        pick(&self.connection, selection, &sides, Judged::Last)?;
        let facts = (self.facts(0, before)?, self.facts(1, after)?);
        let (rules, not_judged) = rule_changes(&self.rules_of(0)?, &self.rules_of(1)?);
        let testcases = case_changes(&self.cases_of(0)?, &self.cases_of(1)?);
        let mut comparison =
            Comparison { before: facts.0, after: facts.1, rules, not_judged, testcases, known_firmware: Vec::new() };
        if !comparison.is_whole() {
            comparison.known_firmware = self.firmware(selection)?;
        }
        Ok(comparison)
    }

    fn facts(&self, side: i64, firmware: &str) -> Result<SideFacts, HistoryError> {
        let sql = "SELECT count(*), count(DISTINCT s.device), count(DISTINCT p.run), min(s.started), max(s.started) \
                   FROM temp.picked p JOIN main.sessions s ON s.id = p.session WHERE p.side = ?1";
        Ok(self.connection.query_row(sql, [side], |row| {
            Ok(SideFacts {
                firmware: firmware.to_owned(),
                sessions: count(row, 0)?,
                devices: count(row, 1)?,
                runs: count(row, 2)?,
                first: row.get(3)?,
                last: row.get(4)?,
            })
        })?)
    }

    /// Every rule that the sessions of a side were judged by.
    fn rules_of(&self, side: i64) -> Result<BTreeMap<String, Known>, HistoryError> {
        let mut judged = self.connection.prepare(
            "SELECT r.rule, sum(p.sessions), max(r.occasions > 0) \
             FROM (SELECT run, count(*) AS sessions FROM temp.picked WHERE side = ?1 GROUP BY run) p \
             JOIN main.rules r ON r.run = p.run GROUP BY r.rule",
        )?;
        let rows = judged.query_map([side], |row| {
            let known = Known { sessions: count(row, 1)?, exercised: row.get(2)?, ..Known::default() };
            Ok((row.get(0)?, known))
        })?;
        let mut rules: BTreeMap<String, Known> = rows.collect::<rusqlite::Result<_>>()?;
        let mut violated = self.connection.prepare(
            "SELECT v.rule, count(DISTINCT v.session), \
             max(CASE v.severity WHEN 'error' THEN 2 WHEN 'warning' THEN 1 ELSE 0 END) \
             FROM temp.picked p JOIN main.violations v ON v.session = p.session \
             WHERE p.side = ?1 AND v.violations > 0 GROUP BY v.rule",
        )?;
        let mut rows = violated.query([side])?;
        while let Some(row) = rows.next()? {
            if let Some(known) = rules.get_mut(&row.get::<_, String>(0)?) {
                known.violated = count(row, 1)?;
                known.severity = Some(severity(row, 2)?);
            }
        }
        let mut places = self.connection.prepare(
            "SELECT DISTINCT v.rule, v.fingerprint FROM temp.picked p JOIN main.violations v ON v.session = p.session \
             WHERE p.side = ?1 AND v.violations > 0",
        )?;
        let mut rows = places.query([side])?;
        while let Some(row) = rows.next()? {
            if let Some(known) = rules.get_mut(&row.get::<_, String>(0)?) {
                known.fingerprints.insert(row.get(1)?);
            }
        }
        Ok(rules)
    }

    /// Test cases that were run on the sessions of a side, as the run with the latest date did. One without evidence counts
    /// where all sessions of its run are of the side.
    fn cases_of(&self, side: i64) -> Result<BTreeMap<String, Case>, HistoryError> {
        let mut all = self.connection.prepare(
            "SELECT c.testcase, c.verdict, c.sha256, c.reason FROM main.testcases c JOIN main.runs r ON r.id = c.run \
             WHERE EXISTS (SELECT 1 FROM main.evidence e JOIN main.sessions s ON s.run = e.run AND s.number = e.number \
               JOIN temp.picked p ON p.session = s.id AND p.side = ?1 WHERE e.run = c.run AND e.testcase = c.testcase) \
             OR (NOT EXISTS (SELECT 1 FROM main.evidence e WHERE e.run = c.run AND e.testcase = c.testcase) \
               AND NOT EXISTS (SELECT 1 FROM main.sessions s WHERE s.run = c.run \
                 AND s.id NOT IN (SELECT session FROM temp.picked WHERE side = ?1))) \
             ORDER BY r.started, r.id",
        )?;
        let mut rows = all.query([side])?;
        let mut cases = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let word = serde_json::Value::String(row.get(1)?);
            let verdict = serde_json::from_value(word)
                .map_err(|error| HistoryError::Broken(format!("a verdict of a test case: {error}")))?;
            cases.insert(row.get(0)?, Case { verdict, sha256: row.get(2)?, reason: row.get(3)? });
        }
        Ok(cases)
    }

    /// Versions of firmware of the sessions that are meant, in their order.
    fn firmware(&self, selection: &Selection) -> Result<Vec<String>, HistoryError> {
        pick(&self.connection, selection, &[Firmware::Any], Judged::Last)?;
        let mut all = self.connection.prepare(
            "SELECT DISTINCT s.firmware FROM temp.picked p JOIN main.sessions s ON s.id = p.session \
             WHERE s.firmware IS NOT NULL",
        )?;
        let rows = all.query_map([], |row| row.get(0))?;
        let mut versions: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        versions.sort_by(|a, b| compare_versions(a, b).then_with(|| a.cmp(b)));
        Ok(versions)
    }
}

fn severity(row: &Row<'_>, at: usize) -> rusqlite::Result<Severity> {
    Ok(match row.get::<_, i64>(at)? {
        2.. => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Info,
    })
}

/// Compares two shares without dividing.
fn compare_shares(a: &Known, b: &Known) -> Ordering {
    let product = |one: u64, other: u64| u128::from(one).saturating_mul(u128::from(other));
    product(a.violated, b.sessions).cmp(&product(b.violated, a.sessions))
}

fn change(before: &Known, after: &Known) -> Word {
    match (before.violated, after.violated, compare_shares(before, after)) {
        (0, 0, _) => Word::Same,
        (0, _, _) => Word::New,
        (_, 0, _) => Word::Gone,
        (_, _, Ordering::Less) => Word::Worse,
        (_, _, Ordering::Greater) => Word::Better,
        (_, _, Ordering::Equal) => match before.severity.cmp(&after.severity) {
            Ordering::Less => Word::Worse,
            Ordering::Greater => Word::Better,
            Ordering::Equal => Word::Same,
        },
    }
}

/// What became of the rules that were violated; and those of them that one side was not judged by.
fn rule_changes(before: &BTreeMap<String, Known>, after: &BTreeMap<String, Known>) -> (Vec<RuleChange>, Vec<String>) {
    let is_violated = |known: Option<&Known>| known.is_some_and(|known| known.violated > 0);
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let (mut changes, mut not_judged) = (Vec::new(), Vec::new());
    for rule in all {
        let (then, now) = (before.get(rule), after.get(rule));
        if !is_violated(then) && !is_violated(now) {
            continue;
        }
        let (Some(then), Some(now)) = (then, now) else {
            not_judged.push(rule.clone());
            continue;
        };
        changes.push(RuleChange {
            change: change(then, now),
            rule: rule.clone(),
            severity: now.severity.or(then.severity).unwrap_or(Severity::Info),
            before: then.clone(),
            after: now.clone(),
            new_fingerprints: now.fingerprints.difference(&then.fingerprints).cloned().collect(),
        });
    }
    changes.sort_by_cached_key(|one| (one.change, Reverse(one.severity), one.rule.clone()));
    (changes, not_judged)
}

fn case_changes(before: &BTreeMap<String, Case>, after: &BTreeMap<String, Case>) -> Vec<CaseChange> {
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes: Vec<CaseChange> = all
        .into_iter()
        .map(|id| {
            let (then, now) = (before.get(id), after.get(id));
            // What the traffic of one side did not exercise, nobody can compare.
            let is_idle = |case: &Case| {
                case.verdict == TestCaseVerdict::NotApplicable
                    || (case.verdict == TestCaseVerdict::Inconclusive && case.reason.starts_with("not-exercised"))
            };
            let is_bad = |case: &Case| matches!(case.verdict, TestCaseVerdict::Fail | TestCaseVerdict::Error);
            let change = match (then, now) {
                (Some(then), Some(now)) if is_idle(now) && !is_bad(then) => Word::Same,
                (Some(then), Some(now)) if is_idle(then) && !is_bad(now) => Word::Same,
                (Some(then), Some(now)) => match goodness(now.verdict).cmp(&goodness(then.verdict)) {
                    Ordering::Less => Word::Worse,
                    Ordering::Greater => Word::Better,
                    Ordering::Equal => Word::Same,
                },
                // A case is told with one trial: where that belongs to other devices, what became of these is not known.
                (None, _) | (_, None) => Word::Same,
            };
            CaseChange {
                change,
                id: id.clone(),
                before: then.map(|case| case.verdict),
                after: now.map(|case| case.verdict),
                case_changed: then.zip(now).is_some_and(|(then, now)| then.sha256 != now.sha256),
                reason: now.map_or_else(|| "it is no longer run".to_owned(), |case| case.reason.clone()),
            }
        })
        .collect();
    changes.sort_by_cached_key(|one| (one.change, one.id.clone()));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(violated: u64, sessions: u64, severity: Severity) -> Known {
        Known { sessions, violated, exercised: true, severity: (violated > 0).then_some(severity), ..Known::default() }
    }

    #[test]
    fn a_rule_is_compared_by_its_share_of_sessions_and_then_by_severity() {
        use Severity::{Error, Warning};
        let table = [
            ((0, 3, Error), (1, 100, Error), Word::New),
            ((1, 3, Error), (0, 1, Error), Word::Gone),
            ((1, 3, Error), (2, 6, Error), Word::Same),
            ((1, 3, Error), (1, 2, Error), Word::Worse),
            ((1, 2, Error), (5, 11, Error), Word::Better),
            ((1, 2, Warning), (2, 4, Error), Word::Worse),
            ((1, 2, Error), (2, 4, Warning), Word::Better),
            ((u64::MAX, u64::MAX, Error), (u64::MAX - 1, u64::MAX, Error), Word::Better),
        ];
        for (before, after, word) in table {
            let (before, after) = (known(before.0, before.1, before.2), known(after.0, after.1, after.2));
            assert_eq!(change(&before, &after), word, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_rule_that_one_side_was_not_judged_by_is_no_change() {
        let before = BTreeMap::from([("A".to_owned(), known(1, 2, Severity::Error))]);
        let after = BTreeMap::from([("B".to_owned(), known(2, 2, Severity::Error))]);
        let (changes, not_judged) = rule_changes(&before, &after);
        assert_eq!(changes, []);
        assert_eq!(not_judged, ["A", "B"]);
    }
}
