//! What a report says besides sessions and findings: verdict, test cases, coverage, inputs.

use super::badge;
use super::escape::esc;
use super::findings::order;
use super::shown::{Shown, mark, place};
use crate::base::Problem;
use crate::report::text::{REDACTED, count, frames};
use crate::verdict::{
    Evidence, EvidencePart, InputReport, RequirementLevel, RuleReport, Tail, TestCaseReport, TestCaseVerdict,
    TestedRole, Verdict,
};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rules that the summary names.
const TOP: usize = 6;
/// Inputs and problems of one input that are shown.
const INPUTS: usize = 1_000;

/// The verdict and what it rests on.
pub(super) fn summary(tail: &Tail, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let summary = &tail.summary;
    let class = summary.verdict.name();
    writeln!(
        out,
        "<section id=\"summary\" class=\"verdict v-{class}\"><p class=\"say\">{} <span>{}</span></p>",
        badge(summary.verdict),
        esc(&summary.why)
    )?;
    let by = &summary.session_verdicts;
    let sides: Vec<String> =
        [(by.fail, "failed"), (by.inconclusive, "inconclusive"), (by.pass, "passed"), (by.error, "not judged")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
    let found = &summary.findings;
    let mut levels = vec![count(found.error, "error"), count(found.warning, "warning")];
    levels.extend((found.info > 0).then(|| count(found.info, "info")));
    levels.extend((found.waived > 0).then(|| format!("{} waived", found.waived)));
    let rules = &summary.rules;
    let cases = &summary.testcases;
    let unread = tail.inputs.iter().filter(|input| input.is_unread()).count();
    let packets = tail.inputs.iter().fold(0_u64, |sum, input| sum.saturating_add(input.packets));
    let mut tiles = vec![
        ("sessions", summary.sessions.to_string(), "Sessions", sides.join(" · ")),
        (
            "sessions",
            summary.messages.to_string(),
            "Messages",
            format!("{} in them", count(summary.commands, "command")),
        ),
        ("findings", found.total().to_string(), "Findings", levels.join(" · ")),
        (
            "coverage",
            rules.exercised.to_string(),
            "Rules exercised",
            format!("{} violated · {} undecided · {} never", rules.violated, rules.undecided, rules.not_exercised),
        ),
        (
            "inputs",
            tail.inputs.len().to_string(),
            "Inputs",
            match unread {
                0 => format!("{} read", count(packets, "packet")),
                unread => format!("{unread} not read, or only in part"),
            },
        ),
    ];
    if !tail.testcases.is_empty() {
        let text = format!("{} passed · {} failed · {} inconclusive", cases.pass, cases.fail, cases.inconclusive);
        tiles.insert(3, ("testcases", tail.testcases.len().to_string(), "Test cases", text));
    }
    writeln!(out, "<div class=\"tiles\">")?;
    for (anchor, number, name, text) in tiles {
        writeln!(
            out,
            "<a class=\"tile\" href=\"#{anchor}\"><b>{number}</b><span>{name}</span><small>{text}</small></a>"
        )?;
    }
    writeln!(out, "</div>")?;
    if summary.redacted {
        writeln!(out, "<p class=\"dim\">{}</p>", esc(REDACTED))?;
    }
    if !summary.remarks.is_empty() {
        writeln!(out, "<h3>Remarks</h3><ul class=\"problems\">")?;
        summary.remarks.iter().try_for_each(|remark| writeln!(out, "<li>{}</li>", esc(remark)))?;
        writeln!(out, "</ul>")?;
    }
    let open: Vec<_> = order(shown).into_iter().filter(|(_, rule)| rule.worst.is_some()).collect();
    if !open.is_empty() {
        writeln!(out, "<h3>What it rests on</h3><ul class=\"top\">")?;
        for (id, rule) in open.iter().take(TOP) {
            let title = tail.rules.iter().find(|row| row.id == *id).map_or("", |row| &*row.title);
            writeln!(
                out,
                "<li>{} <a href=\"#r-{1}\"><b class=\"id\">{1}</b></a> {2} <span class=\"n\">{3}</span></li>",
                rule.worst.map(mark).unwrap_or_default(),
                esc(id),
                esc(title),
                rule.count.saturating_sub(rule.waived),
            )?;
        }
        let left = open.len().saturating_sub(TOP);
        if left > 0 {
            writeln!(out, "<li class=\"dim\"><a href=\"#findings\">{left} more rules</a></li>")?;
        }
        writeln!(out, "</ul>")?;
    } else if summary.verdict == Verdict::Inconclusive {
        writeln!(
            out,
            "<p class=\"dim\">Nothing was violated in what could be judged; what could not be judged stands under \
             <a href=\"#coverage\">Coverage</a> and at the sessions.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

/// Test cases by area.
pub(super) fn testcases(tail: &Tail, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if tail.testcases.is_empty() {
        return Ok(());
    }
    let mut areas: BTreeMap<&str, Vec<&TestCaseReport>> = BTreeMap::new();
    for case in &tail.testcases {
        areas.entry(area(&case.id)).or_default().push(case);
    }
    writeln!(out, "<section id=\"testcases\"><h2>Test cases <span class=\"n\">{}</span></h2>", tail.testcases.len())?;
    for (area, cases) in areas {
        let bad = |case: &&&TestCaseReport| matches!(case.verdict, TestCaseVerdict::Fail | TestCaseVerdict::Error);
        let failed = cases.iter().filter(bad).count();
        let open = if failed > 0 { " open" } else { "" };
        let passed = cases.iter().filter(|case| case.verdict == TestCaseVerdict::Pass).count();
        writeln!(
            out,
            "<details class=\"area\"{open}><summary><b class=\"id\">{}</b> <span class=\"dim\">{passed} of {} passed, \
             {failed} failed</span></summary><div class=\"in\">",
            esc(area),
            cases.len()
        )?;
        cases.iter().try_for_each(|case| self::case(case, shown, out))?;
        writeln!(out, "</div></details>")?;
    }
    writeln!(out, "</section>")
}

/// The area of a test case: the word before its number.
fn area(id: &str) -> &str {
    id.rsplit('-').nth(1).unwrap_or(id)
}

fn case(case: &TestCaseReport, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let (class, sign, word) = match case.verdict {
        TestCaseVerdict::Pass => ("pass", "✓", "pass"),
        TestCaseVerdict::Fail => ("fail", "✕", "fail"),
        TestCaseVerdict::Inconclusive => ("inconclusive", "?", "inconclusive"),
        TestCaseVerdict::NotApplicable => ("none", "–", "not applicable"),
        TestCaseVerdict::Error => ("error", "!", "error"),
    };
    let role = match case.role {
        TestedRole::Client => "client",
        TestedRole::Server => "server",
        TestedRole::Interop => "both sides",
    };
    let level = match case.level {
        RequirementLevel::Must => "MUST",
        RequirementLevel::Should => "SHOULD",
        RequirementLevel::May => "MAY",
    };
    writeln!(
        out,
        "<details class=\"case\" id=\"t-{0}\"><summary><span class=\"badge v-{class}\"><i>{sign}</i> {word}</span> \
         <b class=\"id\">{0}</b> <span class=\"t\">{1}</span> <span class=\"dim\">{role} · {level}</span></summary>",
        esc(&case.id),
        esc(&case.title),
    )?;
    write!(out, "<dl class=\"facts\"><dt>Why</dt><dd>{}</dd>", esc(&case.reason))?;
    if let Some(step) = &case.step {
        write!(out, "<dt>Step</dt><dd>{}</dd>", esc(step))?;
    }
    for spec in &case.spec {
        write!(out, "<dt>Clause</dt><dd>{}, “{}”</dd>", esc(&spec.document), esc(&spec.section))?;
    }
    if let Some(waived) = &case.waived {
        write!(out, "<dt>Waived</dt><dd>{}</dd>", esc(&waived.reason))?;
    }
    writeln!(out, "</dl>")?;
    if !case.evidence.is_empty() {
        writeln!(out, "<ul class=\"evidence\">")?;
        case.evidence.iter().try_for_each(|evidence| self::evidence(evidence, shown, out))?;
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</details>")
}

fn evidence(evidence: &Evidence, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let part = match evidence.part {
        EvidencePart::Matched => "seen",
        EvidencePart::Violation => "violation",
        EvidencePart::Missing => "missing",
        EvidencePart::Context => "context",
    };
    let mut places = vec![place(shown, evidence.session, evidence.message)];
    places.extend(evidence.cmd_id.as_ref().map(|id| format!("CmdID {}", esc(id))));
    places.extend(Some(frames(&evidence.frames)).filter(|frames| !frames.is_empty()));
    places.extend(evidence.element.as_ref().map(|path| format!("<code>{}</code>", esc(path))));
    write!(out, "<li><b>{part}</b> {} {}", places.join(" <i>·</i> "), esc(&evidence.text))?;
    if let Some(expected) = &evidence.expected {
        write!(out, " <span class=\"dim\">expected</span> {}", esc(expected))?;
    }
    for rule in &evidence.rules {
        let rule = esc(rule);
        write!(out, " <span class=\"id\">{rule}</span>")?;
    }
    writeln!(out, "</li>")
}

/// What was exercised, and what never was.
pub(super) fn coverage(tail: &Tail, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if tail.rules.is_empty() {
        let text = "No rule was selected.";
        return writeln!(out, "<section id=\"coverage\"><h2>Coverage</h2><p class=\"empty\">{text}</p></section>");
    }
    let counts = &tail.summary.rules;
    let all = tail.rules.len();
    writeln!(
        out,
        "<section id=\"coverage\"><h2>Coverage</h2><p>{} of {all} rules had something to look at in this traffic; \
         {} never had. A rule that was never exercised says nothing about conformance.</p>",
        counts.exercised, counts.not_exercised
    )?;
    let mut families: BTreeMap<&str, Vec<&RuleReport>> = BTreeMap::new();
    for rule in &tail.rules {
        families.entry(rule.id.split('-').next().unwrap_or_default()).or_default().push(rule);
    }
    let never: Vec<_> = tail.rules.iter().filter(|rule| rule.occasions == 0).collect();
    if !never.is_empty() {
        writeln!(
            out,
            "<details class=\"family\"><summary><b class=\"id\">Never exercised</b> <span class=\"n\">{}</span></summary>\
             <div class=\"in\"><ul class=\"never\">",
            never.len()
        )?;
        for rule in never {
            writeln!(out, "<li><b class=\"id\">{}</b> {}</li>", esc(&rule.id), esc(&rule.title))?;
        }
        writeln!(out, "</ul></div></details>")?;
    }
    for (family, rules) in families {
        let exercised: Vec<_> = rules.iter().filter(|rule| rule.occasions > 0).collect();
        let violated = rules.iter().filter(|rule| rule.violations > 0).count();
        write!(
            out,
            "<details class=\"family\"><summary><b class=\"id\">{}</b> <meter min=\"0\" max=\"{1}\" value=\"{2}\">{2} of \
             {1}</meter> <span class=\"dim\">{2} of {1} exercised",
            esc(family),
            rules.len(),
            exercised.len(),
        )?;
        if violated > 0 {
            write!(out, ", {violated} violated")?;
        }
        writeln!(out, "</span></summary><div class=\"in\">")?;
        if exercised.is_empty() {
            writeln!(out, "<p class=\"empty\">Nothing in this traffic is for these rules.</p></div></details>")?;
            continue;
        }
        writeln!(
            out,
            "<table><thead><tr><th>Rule<th>Requirement<th class=\"num\">Occasions<th class=\"num\">Violations\
             <th>Undecided</tr></thead><tbody>"
        )?;
        for rule in exercised {
            let id = esc(&rule.id).to_string();
            let id = if shown.rules.contains_key(&*rule.id) { format!("<a href=\"#r-{id}\">{id}</a>") } else { id };
            let undecided: Vec<String> =
                rule.undecided.iter().map(|one| format!("{}× {}", one.occasions, esc(&one.reason))).collect();
            let class = if rule.violations > 0 { " class=\"bad\"" } else { "" };
            writeln!(
                out,
                "<tr{class}><td class=\"id\">{id}<td>{}<td class=\"num\">{}<td class=\"num\">{}<td>{}</tr>",
                esc(&rule.title),
                rule.occasions,
                rule.violations,
                undecided.join("<br>"),
            )?;
        }
        writeln!(out, "</tbody></table></div></details>")?;
    }
    writeln!(out, "</section>")
}

/// What was read, and what was wrong with it.
pub(super) fn inputs(tail: &Tail, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section id=\"inputs\"><h2>Inputs <span class=\"n\">{}</span></h2>", tail.inputs.len())?;
    for (number, input) in (1_u32..).zip(tail.inputs.iter().take(INPUTS)) {
        self::input(number, input, out)?;
    }
    let left = tail.inputs.len().saturating_sub(INPUTS);
    if left > 0 {
        writeln!(out, "<p class=\"more\">{left} more inputs are not listed here.</p>")?;
    }
    writeln!(out, "</section>")
}

fn input(number: u32, input: &InputReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<div class=\"input\" id=\"input-{number}\"><p><b>{number}.</b> <code>{}</code> <span class=\"dim\">{} · {}</span></p>",
        esc(&input.path),
        count(input.packets, "packet"),
        count(input.bytes, "octet"),
    )?;
    if let Some(seen) = &input.seen {
        writeln!(out, "<p>{}</p>", esc(seen))?;
    }
    if input.left_out > 0 {
        writeln!(out, "<p>{} left out by the filter</p>", count(input.left_out, "session"))?;
    }
    if !input.problems.is_empty() {
        writeln!(out, "<ul class=\"problems\">")?;
        input.problems.iter().take(INPUTS).try_for_each(|problem| self::problem(problem, out))?;
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</div>")
}

fn problem(problem: &Problem, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<li><b>{}</b>", problem.kind.name())?;
    if let Some(frame) = problem.frame {
        write!(out, ", frame {frame}")?;
    }
    if let Some(offset) = problem.offset {
        write!(out, ", octet {offset}")?;
    }
    writeln!(out, ": {}</li>", esc(&problem.text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_area_of_a_test_case_stands_before_its_number() {
        for (id, area) in [("DM12-CLI-AUTH-003", "AUTH"), ("one", "one"), ("a-b", "a"), ("", "")] {
            assert_eq!(super::area(id), area);
        }
    }
}
