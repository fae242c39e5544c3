//! The verdict, and from where on it counts as failed.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What was found of a session, or of everything. Ordered: the worse wins.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There was no DM session to judge.
    #[default]
    None,
    /// Everything that was seen could be judged, and nothing was violated.
    Pass,
    /// Nothing was violated in what could be judged, but something needed could not be judged.
    Inconclusive,
    /// At least one error finding that is not waived.
    Fail,
    /// dmscope itself failed to judge.
    Error,
}

impl Verdict {
    /// The word of the JSON report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// From where on a run counts as failed (`--fail-on`). Each level includes the ones before it, except `Never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// A violated requirement: verdict fail or error.
    #[default]
    Error,
    /// Also a warning that is not waived.
    Warning,
    /// Also a verdict of inconclusive.
    Inconclusive,
    /// Nothing fails a run.
    Never,
}

impl FailOn {
    /// Whether a run with this verdict and so many warnings (without the waived ones) failed.
    pub const fn is_reached(self, verdict: Verdict, warnings: u64) -> bool {
        let failed = matches!(verdict, Verdict::Fail | Verdict::Error);
        match self {
            Self::Error => failed,
            Self::Warning => failed || warnings > 0,
            Self::Inconclusive => failed || warnings > 0 || matches!(verdict, Verdict::Inconclusive),
            Self::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Severity;

    #[test]
    fn the_worse_verdict_is_the_greater_one() {
        use Verdict::{Error, Fail, Inconclusive, None, Pass};
        let mut shuffled = [Fail, None, Error, Pass, Inconclusive];
        shuffled.sort();
        assert_eq!(shuffled, [None, Pass, Inconclusive, Fail, Error]);
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Error);
    }

    #[test]
    fn each_level_of_fail_on_includes_the_ones_before_it() {
        use FailOn::{Error, Inconclusive, Never, Warning};
        let table = [
            // verdict, warnings, reached at: error, warning, inconclusive
            (Verdict::None, 0, [false, false, false]),
            (Verdict::Pass, 0, [false, false, false]),
            (Verdict::Pass, 1, [false, true, true]),
            (Verdict::Inconclusive, 0, [false, false, true]),
            (Verdict::Inconclusive, 2, [false, true, true]),
            (Verdict::Fail, 0, [true, true, true]),
            (Verdict::Error, 0, [true, true, true]),
        ];
        for (verdict, warnings, reached) in table {
            for (level, expected) in [Error, Warning, Inconclusive].into_iter().zip(reached) {
                assert_eq!(level.is_reached(verdict, warnings), expected, "{level:?} {verdict} {warnings}");
            }
            assert!(!Never.is_reached(verdict, warnings));
        }
    }
}
