//! The history as text.

use crate::cli::output::Output;
use crate::history::{CaseChange, Comparison, DeviceRow, Known, RuleChange, RunRow, SideFacts, TrendRow, Word};
use crate::report::{Detail, visible};
use crate::rules;
use crate::verdict::TestCaseVerdict;
use std::io::{self, Write};

/// Devices of a run, rules of a row and rules without a change that are shown.
const DEVICES: usize = 20;
const RULES: usize = 3;
const UNCHANGED: usize = 10;

fn plural(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// A day out of a time.
fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

pub(super) fn runs(runs: &[RunRow], output: &Output) -> io::Result<()> {
    let mut out = output.results();
    if runs.is_empty() {
        writeln!(out, "no sessions")?;
    }
    for (number, run) in runs.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let (started, verdict) = (visible(&run.started), run.verdict.to_uppercase());
        writeln!(out, "Run {}  {started}  {}  dmscope {}", run.run, visible(&verdict), visible(&run.tool))?;
        let shown = if output.detail == Detail::Verbose { usize::MAX } else { DEVICES };
        for device in run.devices.iter().take(shown) {
            writeln!(out, "  {}", device_line(device))?;
        }
        if run.devices.len() > shown {
            writeln!(out, "  … {} more (--verbose shows all)", run.devices.len().saturating_sub(shown))?;
        }
        let inputs: Vec<_> = run.inputs.iter().take(RULES).map(|path| visible(path)).collect();
        let more = if run.inputs.len() > RULES { ", …" } else { "" };
        writeln!(out, "  from {}{more}", inputs.join(", "))?;
    }
    out.flush()
}

fn device_line(row: &DeviceRow) -> String {
    let shown = |text: &Option<String>| text.as_deref().map(|text| visible(text).into_owned());
    let name: Vec<String> = [&row.manufacturer, &row.model].into_iter().filter_map(shown).collect();
    let mut parts = vec![shown(&row.device).unwrap_or_else(|| "unknown device".to_owned())];
    parts.extend(Some(name.join(" ")).filter(|name| !name.is_empty()));
    parts.extend(shown(&row.firmware).map(|firmware| format!("firmware {firmware}")));
    parts.extend(shown(&row.server).map(|server| format!("with {server}")));
    let verdicts = [(row.pass, "pass"), (row.fail, "fail"), (row.inconclusive, "inconclusive")];
    let verdicts: Vec<String> =
        verdicts.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    format!("{}: {}: {}", parts.join(", "), plural(row.sessions, "session"), verdicts.join(", "))
}

pub(super) fn trend(rows: &[TrendRow], output: &Output) -> io::Result<()> {
    let mut out = output.results();
    if rows.is_empty() {
        writeln!(out, "no sessions")?;
        return out.flush();
    }
    let by_run = rows.iter().any(|row| row.run.is_some());
    let mut table = Vec::new();
    let mut head: Vec<String> =
        ["day", "sessions", "pass", "fail", "inconclusive", "errors", "warnings", "devices"].map(Into::into).to_vec();
    if by_run {
        head.insert(1, "run".into());
    }
    head.extend(["firmware".into(), "rules violated (sessions)".into()]);
    table.push(head);
    for row in rows {
        let numbers = [row.sessions, row.pass, row.fail, row.inconclusive, row.errors, row.warnings, row.devices];
        let mut line = vec![visible(&row.day).into_owned()];
        line.extend(row.run.map(|run| run.to_string()));
        line.extend(numbers.map(|number| number.to_string()));
        line.push(firmware(&row.firmware));
        let shown = if output.detail == Detail::Verbose { usize::MAX } else { RULES };
        let mut rules: Vec<String> =
            row.rules.iter().take(shown).map(|one| format!("{} {}", visible(&one.rule), one.sessions)).collect();
        if row.rules.len() > shown {
            rules.push(format!("… {} more", row.rules.len().saturating_sub(shown)));
        }
        line.push(if rules.is_empty() { "–".to_owned() } else { rules.join(", ") });
        table.push(line);
    }
    write_table(&table, &mut out)?;
    out.flush()
}

/// The only version, or the first and the last.
fn firmware(versions: &[String]) -> String {
    match versions {
        [] => "–".to_owned(),
        [one] => visible(one).into_owned(),
        [first, .., last] => format!("{} … {}", visible(first), visible(last)),
    }
}

/// Columns side by side: numbers to the right, texts to the left.
fn write_table(table: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| table.iter().filter_map(|line| line.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for line in table {
        let last = line.len().saturating_sub(1);
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| match at {
                _ if at == last => cell.clone(),
                _ if at == 0 || at.saturating_add(1) == last => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        writeln!(out, "{}", cells.join("  "))?;
    }
    Ok(())
}

pub(super) fn comparison(comparison: &Comparison, output: &Output) -> io::Result<()> {
    let mut out = output.results();
    writeln!(out, "before  {}", side(&comparison.before))?;
    writeln!(out, "after   {}\n", side(&comparison.after))?;
    let words = || comparison.rules.iter().map(|one| one.change);
    let bad = words().filter(|word| word.is_bad()).count();
    let same = words().filter(|word| *word == Word::Same).count();
    let good = comparison.rules.len().saturating_sub(bad).saturating_sub(same);
    writeln!(out, "rules: {bad} new or worse, {good} better or gone, {same} as before")?;
    let shown = if output.detail == Detail::Verbose { usize::MAX } else { UNCHANGED };
    let (changed, unchanged): (Vec<&RuleChange>, Vec<&RuleChange>) =
        comparison.rules.iter().partition(|one| one.change != Word::Same);
    for one in changed.into_iter().chain(unchanged.into_iter().take(shown)) {
        rule(one, &mut out)?;
    }
    if same > shown {
        writeln!(out, "… {} more as before (--verbose shows all)", same.saturating_sub(shown))?;
    }
    if !comparison.not_judged.is_empty() {
        let rules: Vec<_> = comparison.not_judged.iter().map(|rule| visible(rule)).collect();
        writeln!(out, "not comparable, since only one side was judged by them: {}", rules.join(", "))?;
    }
    if !comparison.testcases.is_empty() {
        let bad = comparison.testcases.iter().filter(|one| one.change.is_bad()).count();
        let same = comparison.testcases.iter().filter(|one| one.change == Word::Same).count();
        let good = comparison.testcases.len().saturating_sub(bad).saturating_sub(same);
        writeln!(out, "\ntest cases: {bad} new or worse, {good} better or gone, {same} as before")?;
        comparison.testcases.iter().filter(|one| one.change != Word::Same).try_for_each(|one| case(one, &mut out))?;
    }
    out.flush()
}

fn side(side: &SideFacts) -> String {
    let time = match (&side.first, &side.last) {
        (Some(first), Some(last)) if day(first) == day(last) => format!(", {}", visible(day(first))),
        (Some(first), Some(last)) => format!(", {} to {}", visible(day(first)), visible(day(last))),
        _ => String::new(),
    };
    format!(
        "firmware {}: {} of {}{time}",
        visible(&side.firmware),
        plural(side.sessions, "session"),
        plural(side.devices, "device")
    )
}

fn share(known: &Known) -> String {
    let percent = match known.sessions {
        0 => 0,
        sessions => u128::from(known.violated).saturating_mul(100) / u128::from(sessions),
    };
    format!("{} of {} ({percent} %)", known.violated, known.sessions)
}

fn rule(one: &RuleChange, out: &mut dyn Write) -> io::Result<()> {
    let title = rules::find(&one.rule).map_or("", |rule| rule.title);
    let (before, after) = (share(&one.before), share(&one.after));
    writeln!(
        out,
        "{:6} {:7} {}  {before} → {after} sessions  {title}",
        one.change.name(),
        one.severity.name(),
        visible(&one.rule)
    )?;
    // Whether it is new or was only never asked for makes a difference.
    match one.change {
        Word::New if !one.before.exercised => writeln!(out, "{:15}(before, nothing exercised it)", ""),
        Word::Gone if !one.after.exercised => writeln!(out, "{:15}(after, nothing exercises it)", ""),
        Word::Worse | Word::Better | Word::Same if !one.new_fingerprints.is_empty() => {
            let places = plural(u64::try_from(one.new_fingerprints.len()).unwrap_or(u64::MAX), "new kind");
            writeln!(out, "{:15}({places} of violation of it)", "")
        }
        _ => Ok(()),
    }
}

fn case(one: &CaseChange, out: &mut dyn Write) -> io::Result<()> {
    let word = |verdict: Option<TestCaseVerdict>| verdict.map_or("none", TestCaseVerdict::name);
    let revised = if one.case_changed { " (the case changed)" } else { "" };
    let (before, after, reason) = (word(one.before), word(one.after), visible(&one.reason));
    writeln!(out, "{:6} {} {before} → {after}{revised}: {reason}", one.change.name(), visible(&one.id))
}
