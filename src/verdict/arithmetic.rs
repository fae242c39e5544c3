//! From findings, and from what could not be judged, to one word.

use super::{
    DecodeState, FindingCounts, InputReport, RuleCounts, SessionEnd, SessionReport, Summary, TestCaseCounts, Verdict,
};
use crate::base::ProblemKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Sessions by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SessionVerdicts {
    /// Passed.
    pub pass: u64,
    /// Could not be judged as a whole.
    pub inconclusive: u64,
    /// Failed.
    pub fail: u64,
    /// dmscope itself failed to judge them.
    pub error: u64,
}

impl SessionVerdicts {
    /// Counts one session.
    pub fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Pass => &mut self.pass,
            // A session that nobody judged has not passed.
            Verdict::None | Verdict::Inconclusive => &mut self.inconclusive,
            Verdict::Fail => &mut self.fail,
            Verdict::Error => &mut self.error,
        };
        *count = count.saturating_add(1);
    }

    /// The worst of them.
    pub const fn worst(&self) -> Verdict {
        match self {
            Self { error: 1.., .. } => Verdict::Error,
            Self { fail: 1.., .. } => Verdict::Fail,
            Self { inconclusive: 1.., .. } => Verdict::Inconclusive,
            Self { pass: 1.., .. } => Verdict::Pass,
            _ => Verdict::None,
        }
    }
}

/// The verdict of one session.
///
/// - **fail**: at least one error finding that is not waived; whatever else could not be judged, this could.
/// - **inconclusive**: no such finding, but the capture does not hold the whole session (its end is *truncated* or
///   *open*), or a message of it was not decoded as a whole, or an occasion of a MUST rule could not be decided (for want of
///   credentials apart, which nobody has to give), or nothing that was selected had anything to look at in it.
/// - **pass**: anything else. Warnings and infos do not change a verdict.
pub fn session_verdict(session: &SessionReport<'_>, findings: &FindingCounts) -> Verdict {
    let cut = matches!(session.end, SessionEnd::Truncated | SessionEnd::Open);
    if findings.error > 0 {
        Verdict::Fail
    } else if cut
        || session.undecided > 0
        || session.unjudged
        || session.messages.iter().any(|message| message.decoded != DecodeState::Whole)
    {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

/// Whether a problem of an input means that traffic which might be of interest was not judged.
///
/// Encrypted connections and gaps in streams are not among them: nearly every capture has some that are none of DM's
/// business; a session that is hurt by one is *truncated* itself.
pub const fn leaves_unjudged(kind: ProblemKind) -> bool {
    kind.is_unread()
        || matches!(
            kind,
            ProblemKind::BadMessage
                | ProblemKind::SessionLimit
                | ProblemKind::FlowLimit
                | ProblemKind::BufferLimit
                | ProblemKind::BodyLimit
        )
}

/// The verdict over everything: the worst of the sessions; **inconclusive** instead of **pass** when a part of an input
/// was not judged ([`leaves_unjudged`]); **none** when there was no session, unless something that should be a DM message
/// could not be decoded, which is **inconclusive** too.
///
/// A test case that failed a MUST makes it **fail**, one that could not be run **error**. What a case left open does not count:
/// most captures exercise few cases. Where no rule was exercised and no case decided, nothing was judged: **inconclusive** too.
pub fn report_verdict(
    sessions: &SessionVerdicts,
    rules: &RuleCounts,
    cases: &TestCaseCounts,
    inputs: &[InputReport],
) -> Verdict {
    let mut problems = inputs.iter().flat_map(|input| &input.problems);
    let of_cases = match cases {
        TestCaseCounts { error: 1.., .. } => Verdict::Error,
        cases if cases.fail > cases.fail_should => Verdict::Fail,
        _ => Verdict::None,
    };
    match sessions.worst().max(of_cases) {
        Verdict::None if problems.any(|problem| problem.kind == ProblemKind::BadMessage) => Verdict::Inconclusive,
        Verdict::Pass if problems.any(|problem| leaves_unjudged(problem.kind)) => Verdict::Inconclusive,
        Verdict::Pass if nothing_was_judged(rules, cases) => Verdict::Inconclusive,
        verdict => verdict,
    }
}

/// Whether nothing that was selected had anything to look at.
pub const fn nothing_was_judged(rules: &RuleCounts, cases: &TestCaseCounts) -> bool {
    rules.exercised == 0 && cases.pass == 0 && cases.fail == 0
}

/// Why the verdict of a summary is what it is, in one sentence without a full stop.
pub fn why(summary: &Summary, inputs: &[InputReport]) -> String {
    let sessions = summary.sessions;
    let by = &summary.session_verdicts;
    match summary.verdict {
        Verdict::None => {
            let unread = inputs.iter().filter(|input| input.is_unread()).count();
            let left_out = inputs.iter().fold(0_u64, |sum, input| sum.saturating_add(input.left_out));
            match (inputs.len(), unread) {
                _ if left_out == 1 => "the only DM session does not match the filter".to_owned(),
                _ if left_out > 1 => format!("none of the {left_out} DM sessions matches the filter"),
                (0, _) => "there was nothing to read".to_owned(),
                (all, unread) if all == unread => "no DM session in what could be read".to_owned(),
                _ => "no DM session found".to_owned(),
            }
        }
        Verdict::Pass if sessions == 1 => "the session was judged and violates no requirement".to_owned(),
        Verdict::Pass => format!("all {sessions} sessions were judged and violate no requirement"),
        Verdict::Inconclusive if sessions > 0 && nothing_was_judged(&summary.rules, &summary.testcases) => {
            "nothing was judged: no rule and no test case that was selected had anything to look at".to_owned()
        }
        Verdict::Inconclusive if by.inconclusive > 0 => {
            format!(
                "no requirement violated, but {} of {} could not be judged as a whole",
                by.inconclusive,
                plural(sessions, "session")
            )
        }
        Verdict::Inconclusive => "no requirement violated, but not all of the input could be judged".to_owned(),
        Verdict::Fail => {
            let errors = summary.findings.error;
            let failed = summary.testcases.fail.saturating_sub(summary.testcases.fail_should);
            let of_sessions = format!("{} in {} of {}", plural(errors, "error"), by.fail, plural(sessions, "session"));
            match (by.fail, failed) {
                (_, 0) => of_sessions,
                (0, failed) => format!("{} failed", plural(failed, "test case")),
                (_, failed) => format!("{of_sessions}; {} failed", plural(failed, "test case")),
            }
        }
        Verdict::Error if by.error == 0 => {
            format!("dmscope could not run {}", plural(summary.testcases.error, "test case"))
        }
        Verdict::Error => format!("dmscope could not judge {} of {}", by.error, plural(sessions, "session")),
    }
}

fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Problem;

    fn session(end: SessionEnd, undecided: u32) -> SessionReport<'static> {
        SessionReport { end, undecided, ..SessionReport::default() }
    }

    #[test]
    fn a_session_passes_only_when_all_of_it_was_judged() {
        let clean = FindingCounts { warning: 3, info: 1, waived: 2, ..FindingCounts::default() };
        let errors = FindingCounts { error: 1, ..FindingCounts::default() };
        let table = [
            (SessionEnd::Completed, 0, clean, Verdict::Pass),
            (SessionEnd::Aborted, 0, clean, Verdict::Pass),
            (SessionEnd::Truncated, 0, clean, Verdict::Inconclusive),
            (SessionEnd::Open, 0, clean, Verdict::Inconclusive),
            (SessionEnd::Completed, 1, clean, Verdict::Inconclusive),
            (SessionEnd::Completed, 0, errors, Verdict::Fail),
            (SessionEnd::Truncated, 1, errors, Verdict::Fail),
        ];
        for (end, undecided, findings, expected) in table {
            assert_eq!(session_verdict(&session(end, undecided), &findings), expected, "{end:?} {undecided}");
        }
    }

    #[test]
    fn a_message_that_was_not_decoded_keeps_a_session_from_passing() {
        let mut session = session(SessionEnd::Completed, 0);
        session.messages.push(crate::verdict::example::message(1));
        assert_eq!(session_verdict(&session, &FindingCounts::default()), Verdict::Pass);
        session.messages[0].decoded = DecodeState::Partial;
        assert_eq!(session_verdict(&session, &FindingCounts::default()), Verdict::Inconclusive);
    }

    #[test]
    fn a_session_at_which_nothing_looked_has_not_passed() {
        let session = SessionReport { unjudged: true, ..session(SessionEnd::Completed, 0) };
        assert_eq!(session_verdict(&session, &FindingCounts::default()), Verdict::Inconclusive);
    }

    #[test]
    fn a_report_is_as_good_as_its_worst_session_and_its_inputs() {
        let input = |kind: Option<ProblemKind>| InputReport {
            problems: kind.map(|kind| Problem::whole(kind, "")).into_iter().collect(),
            ..InputReport::default()
        };
        let pass = SessionVerdicts { pass: 2, ..SessionVerdicts::default() };
        let fail = SessionVerdicts { fail: 1, inconclusive: 3, ..pass };
        let none = SessionVerdicts::default();
        let looked = RuleCounts { exercised: 1, ..RuleCounts::default() };
        let nothing = report_verdict(&pass, &RuleCounts::default(), &TestCaseCounts::default(), &[input(None)]);
        assert_eq!(nothing, Verdict::Inconclusive);
        let table = [
            (none, None, Verdict::None),
            (none, Some(ProblemKind::NotACapture), Verdict::None),
            (none, Some(ProblemKind::EncryptedTraffic), Verdict::None),
            (none, Some(ProblemKind::BadMessage), Verdict::Inconclusive),
            (pass, None, Verdict::Pass),
            (pass, Some(ProblemKind::EncryptedTraffic), Verdict::Pass),
            (pass, Some(ProblemKind::StreamGap), Verdict::Pass),
            (pass, Some(ProblemKind::TruncatedRecord), Verdict::Inconclusive),
            (pass, Some(ProblemKind::FlowLimit), Verdict::Inconclusive),
            (fail, Some(ProblemKind::TruncatedRecord), Verdict::Fail),
        ];
        for (sessions, kind, expected) in table {
            assert_eq!(
                report_verdict(&sessions, &looked, &TestCaseCounts::default(), &[input(None), input(kind)]),
                expected,
                "{sessions:?} {kind:?}"
            );
        }
    }
}
