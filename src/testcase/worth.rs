//! From trials to the verdict of a case.

use super::{Aggregate, Reason};
use crate::verdict::{RequirementLevel, TestCaseVerdict};

/// What came out of a trial, or of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// Every expectation was met.
    Pass,
    /// A requirement of this strength was violated.
    Fail(RequirementLevel),
    /// The input does not settle it.
    Open(Reason),
}

impl Came {
    /// A failure as the case may have it: weaker than its step says where the case's source is weaker than a text of a
    /// specification, and nothing where it only informs.
    #[must_use]
    pub(super) fn tempered(self, is_source_weak: bool) -> Self {
        match self {
            Self::Fail(RequirementLevel::May) => Self::Open(Reason::NotExercised),
            Self::Fail(_) if is_source_weak => Self::Fail(RequirementLevel::Should),
            other => other,
        }
    }

    /// The word of the report.
    pub(super) const fn verdict(self) -> TestCaseVerdict {
        match self {
            Self::Pass => TestCaseVerdict::Pass,
            Self::Fail(_) => TestCaseVerdict::Fail,
            Self::Open(_) => TestCaseVerdict::Inconclusive,
        }
    }
}

/// Trials by what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Passed.
    pub(super) pass: u64,
    /// Failed a must.
    pub(super) must: u64,
    /// Failed a should.
    pub(super) should: u64,
    /// Failed what only informs.
    pub(super) may: u64,
    /// Could not be decided.
    pub(super) open: u64,
    /// The most telling reason of those.
    pub(super) reason: Option<Reason>,
}

impl Counts {
    /// Counts one.
    pub(super) fn add(&mut self, came: Came) {
        let count = match came {
            Came::Pass => &mut self.pass,
            Came::Fail(RequirementLevel::Must) => &mut self.must,
            Came::Fail(RequirementLevel::Should) => &mut self.should,
            Came::Fail(RequirementLevel::May) => &mut self.may,
            Came::Open(reason) => {
                self.reason = self.reason.max(Some(reason));
                &mut self.open
            }
        };
        *count = count.saturating_add(1);
    }

    /// All of them.
    pub(super) fn total(&self) -> u64 {
        [self.must, self.should, self.may, self.open].iter().fold(self.pass, |sum, count| sum.saturating_add(*count))
    }

    /// Adds those of another input.
    pub(super) fn merge(&mut self, other: &Self) {
        self.pass = self.pass.saturating_add(other.pass);
        self.must = self.must.saturating_add(other.must);
        self.should = self.should.saturating_add(other.should);
        self.may = self.may.saturating_add(other.may);
        self.open = self.open.saturating_add(other.open);
        self.reason = self.reason.max(other.reason);
    }

    /// The verdict over all: one failure fails, unless one pass is enough; then one pass passes; then the most telling reason.
    pub(super) fn verdict(&self, aggregate: Aggregate) -> Came {
        if self.pass > 0 && aggregate == Aggregate::Any {
            return Came::Pass;
        }
        if self.must > 0 {
            Came::Fail(RequirementLevel::Must)
        } else if self.should > 0 {
            Came::Fail(RequirementLevel::Should)
        } else if self.pass > 0 {
            Came::Pass
        } else if self.may > 0 {
            Came::Fail(RequirementLevel::May)
        } else {
            Came::Open(self.reason.unwrap_or(Reason::NotExercised))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(all: &[Came]) -> Counts {
        let mut counts = Counts::default();
        all.iter().for_each(|came| counts.add(*came));
        counts
    }

    #[test]
    fn trials_make_a_verdict() {
        use Came::{Fail, Open, Pass};
        use RequirementLevel::{May, Must, Should};
        let table: [(&[Came], Aggregate, Came); 9] = [
            (&[], Aggregate::All, Open(Reason::NotExercised)),
            (&[Pass, Open(Reason::Gap)], Aggregate::All, Pass),
            (&[Pass, Fail(Must), Open(Reason::Gap)], Aggregate::All, Fail(Must)),
            (&[Pass, Fail(Should)], Aggregate::All, Fail(Should)),
            (&[Fail(Should), Fail(Must)], Aggregate::All, Fail(Must)),
            (&[Pass, Fail(Must)], Aggregate::Any, Pass),
            (&[Fail(Must), Open(Reason::Gap)], Aggregate::Any, Fail(Must)),
            (
                &[Open(Reason::WindowOpen), Open(Reason::PeerFault), Open(Reason::Gap)],
                Aggregate::All,
                Open(Reason::PeerFault),
            ),
            (&[Fail(May)], Aggregate::All, Fail(May)),
        ];
        for (trials, aggregate, expected) in table {
            assert_eq!(counts(trials).verdict(aggregate), expected, "{trials:?}");
            let (one, other) = trials.split_at(trials.len() / 2);
            let mut merged = counts(one);
            merged.merge(&counts(other));
            assert_eq!(merged, counts(trials));
        }
    }

    #[test]
    fn a_failure_weighs_no_more_than_its_source() {
        use Came::{Fail, Open};
        let must = Fail(RequirementLevel::Must);
        assert_eq!(must.tempered(false), must);
        assert_eq!(must.tempered(true), Fail(RequirementLevel::Should));
        assert_eq!(Fail(RequirementLevel::May).tempered(false), Open(Reason::NotExercised));
    }
}
