//! Findings and test cases: lists with what is selected told beside them.

use super::keys::Context;
use super::line::{Line, Subject, Tone, cut, fitted, folded, wrapped};
use super::model::{Listing, Model, Screen, TextView};
use super::store::FindingLine;
use crate::base::{Role, Severity};
use crate::report::words::{count, frames};
use crate::rules;
use crate::verdict::{
    Evidence, EvidencePart, FindingReport, OpenSession, RuleReport, Tail, TestCaseReport, TestCaseVerdict,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Findings of a group that are listed; the rest is counted.
const LISTED: usize = 2_000;

/// What findings are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grouping {
    /// Their rule.
    #[default]
    Rule,
    /// How much they weigh.
    Severity,
    /// Who is at fault.
    Party,
    /// Their session.
    Session,
}

impl Grouping {
    /// The one after it.
    pub const fn next(self) -> Self {
        match self {
            Self::Rule => Self::Severity,
            Self::Severity => Self::Party,
            Self::Party => Self::Session,
            Self::Session => Self::Rule,
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Severity => "severity",
            Self::Party => "party",
            Self::Session => "session",
        }
    }
}

/// The state of the screen of findings.
#[derive(Debug, Clone)]
pub struct FindingsView {
    /// One session, by its position in the store; `None`: all.
    pub of: Option<u32>,
    /// Of all, those that the filter of the first screen shows; `None`: every one.
    shown: Option<BTreeSet<u32>>,
    /// That session.
    open: Option<Rc<OpenSession>>,
    /// What they are grouped by.
    pub grouping: Grouping,
    /// Groups whose findings are shown.
    pub unfolded: BTreeSet<u32>,
    /// The list.
    pub list: Listing,
    /// Lines of what is selected that are scrolled away.
    pub scroll: usize,
    /// What is selected, told in full: made anew when the selection changes.
    pub told: Vec<Line>,
    /// What that is told of.
    pub told_of: Subject,
    /// Whether keys move what is told.
    pub beside: bool,
}

impl FindingsView {
    /// Of one session, or of all.
    pub fn new(of: Option<u32>, open: Option<Rc<OpenSession>>, model: &Model) -> Self {
        let mut view = Self {
            of,
            shown: shown(model).filter(|_| of.is_none()),
            open,
            grouping: Grouping::default(),
            unfolded: BTreeSet::new(),
            list: Listing::default(),
            scroll: 0,
            told: Vec::new(),
            told_of: Subject::Nothing,
            beside: false,
        };
        view.rebuild(model);
        // A few are shown at once.
        if view.findings(model).count() <= 40 {
            let groups = view.list.lines.iter().filter_map(|line| match line.subject {
                Subject::Group(number) => Some(number),
                _ => None,
            });
            view.unfolded = groups.collect();
            view.rebuild(model);
            let first = view.list.lines.iter().position(|line| matches!(line.subject, Subject::Finding(..)));
            view.list.cursor.go(first.unwrap_or_default());
        }
        view
    }

    fn findings<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m FindingLine> {
        let findings = match self.of {
            Some(session) => model.store.findings_of(session),
            None => model.store.findings(),
        };
        findings.iter().filter(|finding| self.shown.as_ref().is_none_or(|shown| shown.contains(&finding.session)))
    }

    /// Groups, the worst first, each with its findings.
    fn groups<'m>(&self, model: &'m Model) -> Vec<(u32, String, Vec<&'m FindingLine>)> {
        let mut groups: BTreeMap<u32, Vec<&FindingLine>> = BTreeMap::new();
        for finding in self.findings(model) {
            let key = match self.grouping {
                Grouping::Rule => u32::from(finding.rule),
                Grouping::Severity if finding.waived => 3,
                Grouping::Severity => match finding.severity {
                    Severity::Error => 0,
                    Severity::Warning => 1,
                    Severity::Info => 2,
                },
                Grouping::Party => u32::from(finding.role == Role::Server),
                Grouping::Session => finding.session,
            };
            groups.entry(key).or_default().push(finding);
        }
        let mut groups: Vec<(u32, String, Vec<&FindingLine>)> = groups
            .into_iter()
            .map(|(key, findings)| {
                let name = match self.grouping {
                    Grouping::Rule => {
                        let id = findings.first().map_or("", |first| model.store.rule(first.rule));
                        let title = rules::find(id).map_or("", |rule| rule.title);
                        format!("{id}  {title}")
                    }
                    Grouping::Severity => ["errors", "warnings", "infos", "waived"]
                        .get(usize::try_from(key).unwrap_or(0))
                        .map_or(String::new(), |word| (*word).to_owned()),
                    Grouping::Party => if key == 0 { "client" } else { "server" }.to_owned(),
                    Grouping::Session => model
                        .store
                        .session(key)
                        .map_or_else(String::new, |session| format!("session {}  {}", session.number, session.device)),
                };
                (key, name, findings)
            })
            .collect();
        groups.sort_by_key(|(_, name, findings)| {
            let worst = findings.iter().filter(|finding| !finding.waived).map(|finding| finding.severity).max();
            (std::cmp::Reverse(worst), name.clone())
        });
        groups
    }

    /// Makes the list anew.
    pub fn rebuild(&mut self, model: &Model) {
        let mut lines = Vec::new();
        for (key, name, findings) in self.groups(model) {
            let is_open = self.unfolded.contains(&key);
            let worst = findings.iter().filter(|finding| !finding.waived).map(|finding| finding.severity).max();
            let (tone, letter) = worst.map_or((Tone::Dim, '–'), |worst| (Tone::of(worst), worst.letter()));
            let sign = if is_open { '▾' } else { '▸' };
            let number = u64::try_from(findings.len()).unwrap_or(u64::MAX);
            let line = Line::of(Tone::Plain, format!("{sign} "))
                .and(tone, format!("{letter} "))
                .and(Tone::Strong, name)
                .and(Tone::Dim, format!("  {}", count(number, "finding")));
            lines.push(line.for_subject(Subject::Group(key)));
            if !is_open {
                continue;
            }
            for finding in findings.iter().take(LISTED) {
                lines.push(self.line(model, finding));
            }
            let more = findings.len().saturating_sub(LISTED);
            if more > 0 {
                lines.push(Line::of(Tone::Dim, format!("    … {more} more")));
            }
        }
        if lines.is_empty() {
            let done = model.store.tail().is_some();
            lines.push(Line::of(Tone::Good, if done { "no findings" } else { "no findings so far" }));
        }
        self.list.replace(lines);
    }

    fn line(&self, model: &Model, finding: &FindingLine) -> Line {
        let session = model.store.session(finding.session);
        let letter = if finding.waived { '–' } else { finding.severity.letter() };
        let tone = if finding.waived { Tone::Dim } else { Tone::of(finding.severity) };
        let mut line = Line::of(tone, format!("    {letter} "));
        if self.grouping != Grouping::Rule {
            line.push(Tone::Strong, format!("{} ", model.store.rule(finding.rule)));
        }
        line.push(Tone::Plain, format!("{:<6} ", finding.role.name()));
        let place = match finding.message {
            0 => "the session".to_owned(),
            number => format!("message {number}"),
        };
        let told = usize::try_from(finding.at).ok().and_then(|at| self.open.as_ref()?.findings.get(at));
        match (told, session) {
            (Some(told), _) => {
                line.push(Tone::Dim, format!("{place:<11} "));
                line.push(Tone::Plain, &*told.text);
            }
            (None, Some(session)) => {
                line.push(Tone::Dim, format!("session {}, {place}  {}", session.number, session.device));
            }
            (None, None) => {}
        }
        line.for_subject(Subject::Finding(finding.session, finding.at))
    }

    /// The title of the screen.
    pub fn title(&self, model: &Model) -> String {
        let whose = match self.of.and_then(|at| model.store.session(at)) {
            Some(session) => format!(" of session {}", session.number),
            None if self.shown.is_some() => " of the filtered sessions".to_owned(),
            None => String::new(),
        };
        format!("Findings{whose}, by {}", self.grouping.name())
    }
}

/// The sessions that the filter of the first screen leaves, where there is one.
fn shown(model: &Model) -> Option<BTreeSet<u32>> {
    match model.screens.first() {
        Some(Screen::Sessions(view)) if view.is_filtered() => Some(view.order.iter().copied().collect()),
        _ => None,
    }
}

/// A finding in full: what, where and by which clause first, since a small pane shows no more.
pub fn told(open: &OpenSession, finding: &FindingReport<'_>, width: usize) -> Vec<Line> {
    let tone = if finding.waived.is_some() { Tone::Dim } else { Tone::of(finding.severity) };
    let mut head = Line::of(tone, format!("{} {}", finding.severity.letter(), finding.rule));
    head.push(Tone::Strong, format!("  {} at fault", finding.role.name()));
    let mut lines = vec![head];
    let mut part = |name: &str, text: &str| {
        if !text.is_empty() {
            lines.push(Line::of(Tone::Dim, name));
            lines.extend(wrapped(Tone::Plain, "  ", text, width));
        }
    };
    part("Seen", &finding.text);
    part("Expected", &finding.expected);
    let mut place = Vec::new();
    place.extend(finding.message.map(|message| super::details::message_name(open, message)));
    place.extend(finding.cmd_id.as_deref().map(|id| format!("CmdID {id}")));
    place.extend(Some(frames(&finding.frames)).filter(|frames| !frames.is_empty()));
    place.extend(finding.element.as_deref().map(str::to_owned));
    part("Where", &place.join(", "));
    let clause = format!("{} {}", finding.spec.document, finding.spec.section);
    part("Clause", clause.trim());
    part("Milder", &milder(open, finding));
    part("How to mend it", &finding.mend);
    for related in &finding.related {
        let name = |message| format!(", {}", super::details::message_name(open, message));
        let place = related.message.map(name).unwrap_or_default();
        let id = related.cmd_id.as_deref().map(|id| format!(", CmdID {id}")).unwrap_or_default();
        part("Belongs to", &format!("{}{place}{id}", related.text));
    }
    if let Some(waived) = &finding.waived {
        part("Waived", &waived.reason);
    }
    lines
}

/// Why a finding weighs less than its rule usually does; empty where it does not.
fn milder(open: &OpenSession, finding: &FindingReport<'_>) -> String {
    let Some(rule) = rules::find(&finding.rule).filter(|rule| finding.severity < rule.severity) else {
        return String::new();
    };
    let profile = &*open.session.profile;
    let changes = rule.overrides.iter().any(|change| change.profile.name() == profile);
    let why = match changes {
        true => format!("that is what profile {profile} makes of it"),
        false => "the rule says which cases weigh less, and this is one of them (i)".to_owned(),
    };
    format!("{} in place of {}: {why}", finding.severity, rule.severity)
}

/// The state of the screen of test cases.
#[derive(Debug, Clone)]
pub struct CasesView {
    /// Whether cases that do not apply or were not exercised are hidden.
    pub only_decided: bool,
    /// The list.
    pub list: Listing,
    /// Lines of what is selected that are scrolled away.
    pub scroll: usize,
    /// What is selected, told in full.
    pub told: Vec<Line>,
    /// What that is told of.
    pub told_of: Subject,
    /// Whether keys move what is told.
    pub beside: bool,
}

impl CasesView {
    /// All cases, the worst first.
    pub fn new(model: &Model) -> Self {
        let mut view = Self {
            only_decided: false,
            list: Listing::default(),
            scroll: 0,
            told: Vec::new(),
            told_of: Subject::Nothing,
            beside: false,
        };
        view.rebuild(model);
        view
    }

    /// Makes the list anew.
    pub fn rebuild(&mut self, model: &Model) {
        let Some(tail) = model.store.tail() else {
            let text = "test cases are decided when everything was read";
            self.list.replace(vec![Line::of(Tone::Dim, text)]);
            return;
        };
        let mut cases: Vec<&TestCaseReport> = tail.testcases.iter().collect();
        let rank = |verdict: TestCaseVerdict| match verdict {
            TestCaseVerdict::Error => 0,
            TestCaseVerdict::Fail => 1,
            TestCaseVerdict::Pass => 2,
            TestCaseVerdict::Inconclusive => 3,
            TestCaseVerdict::NotApplicable => 4,
        };
        cases.sort_by_key(|case| rank(case.verdict));
        let mut lines = Vec::new();
        let mut last = None;
        for case in cases {
            if self.only_decided && rank(case.verdict) > 2 {
                break;
            }
            if last != Some(case.verdict) {
                let number = tail.testcases.iter().filter(|other| other.verdict == case.verdict).count();
                let word = case.verdict.name().replace('_', " ");
                lines.push(Line::of(Tone::Heading, format!("{word} ({number})")));
                last = Some(case.verdict);
            }
            let line = Line::of(Tone::of_case(case.verdict), format!("  {} ", case_sign(case.verdict)))
                .and(Tone::Strong, fitted(&case.id, 20))
                .and(Tone::Dim, format!(" {:<8}", case.role.name()))
                .and(Tone::Plain, &*case.title);
            lines.push(line.for_subject(Subject::Case(case.id.to_string())));
        }
        if lines.is_empty() {
            lines.push(Line::of(Tone::Dim, "no test cases were run"));
        }
        self.list.replace(lines);
    }
}

/// The sign of a verdict; the letter beside the colour.
pub const fn case_sign(verdict: TestCaseVerdict) -> char {
    match verdict {
        TestCaseVerdict::NotApplicable => '-',
        TestCaseVerdict::Pass => '✓',
        TestCaseVerdict::Inconclusive => '?',
        TestCaseVerdict::Fail => '✗',
        TestCaseVerdict::Error => '!',
    }
}

/// A test case in full.
pub fn case_told(case: &TestCaseReport, width: usize) -> Vec<Line> {
    let mut lines = vec![
        Line::of(
            Tone::of_case(case.verdict),
            format!("{} {}", case_sign(case.verdict), case.verdict.name().replace('_', " ")),
        )
        .and(Tone::Strong, format!("  {}", case.id)),
    ];
    lines.extend(wrapped(Tone::Plain, "", &case.title, width));
    let mut part = |name: &str, text: &str| {
        if !text.is_empty() {
            lines.push(Line::of(Tone::Dim, name));
            lines.extend(wrapped(Tone::Plain, "  ", text, width));
        }
    };
    part("Why", &case.reason);
    if let Some(evidence) = deciding(case) {
        let mut place = vec![format!("session {}", evidence.session)];
        place.extend(evidence.message.map(|message| format!("message {message}")));
        place.extend(Some(frames(&evidence.frames)).filter(|frames| !frames.is_empty()));
        place.extend(evidence.element.as_deref().map(str::to_owned));
        part("Where (Enter opens it)", &place.join(", "));
    }
    part("Step that decided", case.step.as_deref().unwrap_or_default());
    let trials = &case.trials;
    part("Trials", &format!("{} passed, {} failed, {} undecided", trials.pass, trials.fail, trials.inconclusive));
    for spec in &case.spec {
        part("Asked by", format!("{} {}", spec.document, spec.section).trim());
    }
    if !case.evidence.is_empty() {
        lines.push(Line::of(Tone::Dim, "Evidence"));
    }
    for evidence in &case.evidence {
        let mut text = format!("  session {}", evidence.session);
        if let Some(message) = evidence.message {
            text.push_str(&format!(", message {message}"));
        }
        if let Some(step) = &evidence.step {
            text.push_str(&format!(": {step}"));
        }
        if let Some(element) = &evidence.element {
            text.push_str(&format!("  {}", cut(element, 60)));
        }
        lines.push(
            Line::of(Tone::Plain, text)
                .for_subject(Subject::Elsewhere(evidence.session, evidence.message.unwrap_or(1))),
        );
    }
    lines
}

/// The place that decided a case: what broke it, or where something is missing, or else what its last step waited for.
pub fn deciding(case: &TestCaseReport) -> Option<&Evidence> {
    let rank = |part: EvidencePart| match part {
        EvidencePart::Violation => 0,
        EvidencePart::Missing => 1,
        EvidencePart::Matched => 2,
        EvidencePart::Context => 3,
    };
    case.evidence.iter().min_by_key(|evidence| (rank(evidence.part), evidence.step != case.step))
}

const fn tone_of(rule: &RuleReport) -> Tone {
    match (rule.violations, rule.occasions) {
        (1.., _) => Tone::Error,
        (0, 1..) => Tone::Good,
        (0, 0) => Tone::Dim,
    }
}

/// A rule, how often it looked, and what came of that.
pub(super) fn exercised(rule: &RuleReport) -> Line {
    let mut line = Line::of(tone_of(rule), format!("  {:<9}", rule.id));
    line.push(Tone::Plain, format!("{:>7} × ", rule.occasions));
    if rule.violations > 0 {
        line.push(Tone::Error, format!("{:>5} violated ", rule.violations));
    }
    let open: u64 = rule.undecided.iter().map(|row| row.occasions).sum();
    if open > 0 {
        let reasons: Vec<&str> = rule.undecided.iter().map(|row| &*row.reason).collect();
        line.push(Tone::Open, format!("{open} undecided ({}) ", reasons.join(", ")));
    }
    line.push(Tone::Plain, format!(" {}", rule.title));
    line.for_subject(Subject::Rule(rule.id.to_string()))
}

/// Rules: violated, exercised, undecided, never.
pub fn coverage(tail: &Tail) -> TextView {
    let mut lines = Vec::new();
    let parts = [("violated", Tone::Error), ("exercised, never violated", Tone::Good), ("never exercised", Tone::Dim)];
    for (name, tone) in parts {
        let rules: Vec<&RuleReport> = tail.rules.iter().filter(|rule| tone_of(rule) == tone).collect();
        lines.push(Line::of(Tone::Heading, format!("{name} ({})", rules.len())));
        lines.extend(rules.into_iter().map(exercised));
    }
    TextView {
        context: Context::Coverage,
        title: "Rules: how often each was exercised".to_owned(),
        list: Listing::new(lines),
    }
}

/// What was read.
pub fn inputs(tail: &Tail, width: usize) -> TextView {
    let mut lines = Vec::new();
    for input in &tail.inputs {
        lines.push(
            Line::of(Tone::Strong, &input.path).and(
                Tone::Dim,
                format!("  {}, {}", super::timeline::size(input.bytes), count(input.packets, "packet")),
            ),
        );
        if let Some(seen) = &input.seen {
            lines.extend(folded(Tone::Plain, &format!("  {seen}"), width));
        }
        for problem in &input.problems {
            let frame = problem.frame.map(|frame| format!("frame {frame}: ")).unwrap_or_default();
            let tone = if problem.kind.is_unread() { Tone::Error } else { Tone::Warning };
            lines.extend(folded(tone, &format!("  ! {frame}{}", problem.text), width));
        }
    }
    for remark in &tail.summary.remarks {
        lines.extend(folded(Tone::Warning, &format!("! {remark}"), width));
    }
    TextView { context: Context::Coverage, title: "What was read".to_owned(), list: Listing::new(lines) }
}
