//! What was looked at, what was wrong with the inputs, what to do next.

use super::paint::{Paint, count};
use crate::base::ProblemKind;
use crate::report::visible;
use crate::verdict::{
    EvidencePart, Reason, RequirementLevel, Tail, TestCaseReport, TestCaseVerdict, Verdict, nothing_was_judged,
};
use std::io::{self, Write};

/// Problems of one input that are shown.
const PROBLEMS: usize = 8;
/// Inputs without problems that are listed.
const INPUTS: usize = 8;

pub(super) fn write(tail: &Tail, first_rule: Option<&str>, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    rules(tail, out, paint)?;
    testcases(tail, out, paint)?;
    inputs(tail, out, paint)?;
    next(tail, first_rule, out, paint)
}

fn rules(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if tail.rules.is_empty() {
        return Ok(());
    }
    let counts = &tail.summary.rules;
    writeln!(out, "\n{}", paint.bold("Rules"))?;
    let text = format!(
        "{} exercised, {} violated, {} with occasions that could not be decided, {} not exercised by this traffic",
        counts.exercised, counts.violated, counts.undecided, counts.not_exercised
    );
    paint.paragraph(out, "  ", "  ", &text)?;
    let mut behind_faults = 0_u64;
    for rule in tail.rules.iter().filter(|rule| !rule.undecided.is_empty()) {
        for undecided in &rule.undecided {
            // All rules on the server, as a rule.
            if undecided.reason == Reason::FaultInjected.name() && !paint.verbose() {
                behind_faults = behind_faults.saturating_add(1);
                continue;
            }
            let text = format!("undecided: {} {}×, {}", rule.id, undecided.occasions, visible(&undecided.reason));
            paint.paragraph(out, "  ", "    ", &text)?;
        }
    }
    if behind_faults > 0 {
        let rules = count(behind_faults, "rule");
        writeln!(out, "  undecided: {rules} behind an injected fault {}", paint.dim("(--verbose lists them)"))?;
    }
    if paint.verbose() && counts.not_exercised > 0 {
        let ids: Vec<&str> = tail.rules.iter().filter(|rule| rule.occasions == 0).map(|rule| &*rule.id).collect();
        paint.paragraph(out, "  not exercised: ", "    ", &ids.join(" "))?;
    }
    Ok(())
}

/// Test cases that failed, one by one; the others as numbers, and with `--verbose` one by one where they were exercised.
fn testcases(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if tail.testcases.is_empty() {
        return Ok(());
    }
    let counts = &tail.summary.testcases;
    writeln!(out, "\n{}", paint.bold("Test cases"))?;
    let is_idle = |case: &&TestCaseReport| {
        case.verdict == TestCaseVerdict::Inconclusive && case.reason.starts_with("not-exercised")
    };
    let idle = tail.testcases.iter().filter(is_idle).count();
    let idle = u64::try_from(idle).unwrap_or(u64::MAX);
    let text = format!(
        "{} passed, {} failed, {} inconclusive, {idle} not exercised by this traffic, {} not applicable",
        counts.pass,
        counts.fail,
        counts.inconclusive.saturating_sub(idle),
        counts.not_applicable
    );
    paint.paragraph(out, "  ", "  ", &text)?;
    let is_bad = |case: &TestCaseReport| matches!(case.verdict, TestCaseVerdict::Fail | TestCaseVerdict::Error);
    let told = tail.testcases.iter().filter(|case| {
        is_bad(case) || (paint.verbose() && !is_idle(case) && case.verdict != TestCaseVerdict::NotApplicable)
    });
    for case in told {
        let word = match (case.verdict, &case.waived, case.level) {
            (TestCaseVerdict::Fail, Some(_), _) => "waived (fail)",
            (TestCaseVerdict::Fail, None, RequirementLevel::Should) => "fail (should)",
            (verdict, ..) => verdict.name(),
        };
        let text = format!("{word}: {} {}", case.id, visible(&case.title));
        paint.paragraph(out, "  ", "    ", &text)?;
        let step = case.step.as_deref().map(|step| format!("{}: ", visible(step))).unwrap_or_default();
        paint.paragraph(out, "    ", "    ", &format!("{step}{}", visible(&case.reason)))?;
        let shown = case.evidence.iter().find(|one| one.part != EvidencePart::Matched).or(case.evidence.last());
        if let Some(evidence) = shown {
            let message = evidence.message.map(|message| format!(", message {message}")).unwrap_or_default();
            let frames: Vec<String> = evidence.frames.iter().take(8).map(ToString::to_string).collect();
            let frames = if frames.is_empty() { String::new() } else { format!(", frames {}", frames.join(", ")) };
            paint.paragraph(out, "    ", "    ", &format!("session {}{message}{frames}", evidence.session))?;
        }
    }
    Ok(())
}

fn inputs(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if tail.inputs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint.bold(if tail.inputs.len() == 1 { "Input" } else { "Inputs" }))?;
    let (mut shown, mut folded) = (0_usize, 0_u64);
    for (position, input) in tail.inputs.iter().enumerate() {
        if input.problems.is_empty() {
            // What is left out is counted.
            if shown >= INPUTS && !paint.verbose() {
                folded = folded.saturating_add(1);
                continue;
            }
            shown = shown.saturating_add(1);
        }
        let number = if tail.inputs.len() > 1 { format!("{}. ", position.saturating_add(1)) } else { String::new() };
        let (packets, octets) = (count(input.packets, "packet"), count(input.bytes, "octet"));
        let text = format!("{number}{}: {packets}, {octets}", visible(&input.path));
        paint.paragraph(out, "  ", "    ", &text)?;
        if let Some(seen) = &input.seen {
            paint.paragraph(out, "     ", "     ", &visible(seen))?;
        }
        let most = if paint.verbose() { usize::MAX } else { PROBLEMS };
        if input.left_out > 0 {
            writeln!(out, "     {} left out by the filter", count(input.left_out, "session"))?;
        }
        for problem in input.problems.iter().take(most) {
            let mut text = problem.kind.name().to_owned();
            if let Some(frame) = problem.frame {
                text.push_str(&format!(", frame {frame}"));
            }
            if let Some(offset) = problem.offset {
                text.push_str(&format!(", octet {offset}"));
            }
            text.push_str(": ");
            text.push_str(&visible(&problem.text));
            paint.paragraph(out, "     ! ", "       ", &text)?;
        }
        let left = input.problems.len().saturating_sub(most);
        if left > 0 {
            let left = count(u64::try_from(left).unwrap_or(u64::MAX), "more problem");
            writeln!(out, "     {}", paint.dim(format_args!("… {left} (--verbose shows all)")))?;
        }
    }
    if folded > 0 {
        let left = count(folded, "more input");
        writeln!(out, "  {}", paint.dim(format_args!("… {left} without problems")))?;
    }
    Ok(())
}

fn next(tail: &Tail, first_rule: Option<&str>, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let summary = &tail.summary;
    let problems = || tail.inputs.iter().flat_map(|input| &input.problems);
    let readable = tail.inputs.iter().any(|input| !input.is_unread());
    let encrypted = problems().any(|problem| problem.kind == ProblemKind::EncryptedTraffic);
    let text = match (summary.verdict, first_rule) {
        (Verdict::None, _) if !readable => {
            "dmscope reads pcap and pcapng, plain or compressed with gzip or zstd; name such a file".to_owned()
        }
        // There are sessions; nobody asked for them.
        (Verdict::None, _) if tail.inputs.iter().any(|input| input.left_out > 0) => return Ok(()),
        (Verdict::None, _) if encrypted => {
            "the traffic is encrypted; capture it behind the TLS endpoint, where it is plain HTTP".to_owned()
        }
        (Verdict::None, _) => {
            "nothing looked like SyncML DM over HTTP; was it captured on the right interface, and from \
                               the start of the session? --port names a port that is not recognised"
                .to_owned()
        }
        (_, Some(rule)) => {
            format!("dmscope rules explain {} says more; --format json has every place", visible(rule))
        }
        (Verdict::Inconclusive, None) if nothing_was_judged(&summary.rules, &summary.testcases) => {
            "select rules or test cases that look at such sessions; dmscope rules list and dmscope testcases list show all"
                .to_owned()
        }
        (Verdict::Inconclusive, None) => {
            "capture the whole session, from its first message to its last, and analyse it again".to_owned()
        }
        _ => return Ok(()),
    };
    writeln!(out)?;
    paint.paragraph(out, "Next: ", "      ", &text)
}
