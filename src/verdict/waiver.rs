//! Accepted findings: which ones, why, by whom, and until when.

use super::{FindingReport, SessionReport, TestCaseReport, TestCaseVerdict, WaivedReport};
use crate::base::suggest::similar;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The format that this program reads.
const FORMAT: u32 = 1;
/// Words that a reason must have at least; fewer say nothing.
const WORDS: usize = 3;
/// Reasons that are none, however many words they have.
const EMPTY: &[&str] = &["to be defined", "to be done later", "not a problem", "known issue for now", "will fix later"];

/// A file of waivers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaiverFile {
    /// Number of the format: 1.
    pub format: u32,
    /// `waivers`.
    pub kind: WaiverKind,
    /// The waivers.
    pub waivers: Vec<Waiver>,
}

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WaiverKind {
    /// Waivers.
    Waivers,
}

/// One waiver: a rule or a test case, where it is accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule whose findings are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The test case whose failure is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Of a test case, the revision; a new one ends the waiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<u32>,
    /// Of a test case, the verdict that is accepted; without it, *fail*.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Accepted>,
    /// Only what has this fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// Only what matches all of these.
    #[serde(rename = "match", default, skip_serializing_if = "WaiverMatch::is_empty")]
    pub matches: WaiverMatch,
    /// Why it is accepted.
    pub why: String,
    /// Who accepted it.
    pub owner: String,
    /// Where it is followed up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The day from which it is no longer accepted.
    pub expires: Day,
}

/// Which verdict of a test case is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Accepted {
    /// It failed.
    Fail,
    /// It could not be decided.
    Inconclusive,
}

impl Accepted {
    const fn verdict(self) -> TestCaseVerdict {
        match self {
            Self::Fail => TestCaseVerdict::Fail,
            Self::Inconclusive => TestCaseVerdict::Inconclusive,
        }
    }
}

/// Where a waiver holds; `*` stands for any characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WaiverMatch {
    /// The device's LocURI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The server's LocURI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Path of the element.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element: Option<String>,
    /// Of a test case, the step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

impl WaiverMatch {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A day of the calendar, `2027-06-30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(jiff::civil::Date);

impl Day {
    /// Today, by the clock of the machine, in UTC. For the command line: nothing below it asks a clock.
    pub fn today() -> Self {
        Self(jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date())
    }
}

impl FromStr for Day {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "expected a day such as \"2027-06-30\"")
    }
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date"})
    }
}

/// Why a waiver does not hold as it is written. The number is its position in the file, from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiverError {
    /// Another format.
    #[error("format {0} is not known; this program reads format 1")]
    Format(u32),
    /// Neither a rule nor a case, or both.
    #[error("a waiver names either a rule or a case: `rule: HDR-001`, or `case: DM12-CLI-LO-002`")]
    NoSubject(usize),
    /// There is no such rule.
    #[error("there is no rule `{1}`; {2}")]
    NoSuchRule(usize, String, String),
    /// The reason says nothing.
    #[error("{1:?} is no reason: say what is accepted and why, so that somebody else can follow it")]
    NoReason(usize, String),
    /// Nobody answers for it.
    #[error("a waiver needs an owner: who accepted it, and decides on it when it expires")]
    NoOwner(usize),
    /// A key that means nothing for what the waiver is about.
    #[error("`{1}` says nothing of a {2}; remove it")]
    Senseless(usize, &'static str, &'static str),
}

impl WaiverError {
    /// Where in the file it stands: names of keys, and numbers in lists, counted from 0.
    pub fn path(&self) -> Vec<String> {
        let (at, key) = match self {
            Self::Format(_) => return vec!["format".to_owned()],
            Self::NoSubject(at) => (at, ""),
            Self::NoSuchRule(at, ..) => (at, "rule"),
            Self::NoReason(at, _) => (at, "why"),
            Self::NoOwner(at) => (at, "owner"),
            Self::Senseless(at, key, _) => (at, *key),
        };
        let keys = key.split('.').filter(|key| !key.is_empty()).map(str::to_owned);
        ["waivers".to_owned(), at.to_string()].into_iter().chain(keys).collect()
    }
}

/// Waivers that hold, with how often each was used.
#[derive(Debug, Default)]
pub struct Waivers {
    waivers: Vec<(Waiver, AtomicU64)>,
    today: Option<Day>,
}

/// For another run: what it covered in this one is not taken along.
impl Clone for Waivers {
    fn clone(&self) -> Self {
        let waivers = self.waivers.iter().map(|(waiver, _)| (waiver.clone(), AtomicU64::new(0))).collect();
        Self { waivers, today: self.today }
    }
}

/// Waivers that covered findings of one session, by position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use = "whether they count as used is only known when the session is kept"]
pub struct Used(BTreeSet<usize>);

impl Waivers {
    /// Takes a file; `today` decides what has expired.
    ///
    /// # Errors
    ///
    /// For the first waiver that says too little, or what cannot be.
    pub fn new(file: WaiverFile, today: Day) -> Result<Self, WaiverError> {
        if file.format != FORMAT {
            return Err(WaiverError::Format(file.format));
        }
        for (at, waiver) in file.waivers.iter().enumerate() {
            waiver.check(at)?;
        }
        let waivers = file.waivers.into_iter().map(|waiver| (waiver, AtomicU64::new(0))).collect();
        Ok(Self { waivers, today: Some(today) })
    }

    fn is_over(&self, waiver: &Waiver) -> bool {
        self.today.is_some_and(|today| waiver.expires <= today)
    }

    /// Accepts the findings of a session that a waiver covers.
    pub fn apply(&self, session: &SessionReport<'_>, findings: &mut [FindingReport<'_>]) -> Used {
        let mut used = Used::default();
        for finding in findings {
            for (at, (waiver, _)) in self.waivers.iter().enumerate() {
                if !self.is_over(waiver) && waiver.covers(session, finding) {
                    used.0.insert(at);
                    finding.waived.get_or_insert_with(|| waiver.report());
                }
            }
        }
        used
    }

    /// Counts what was used in a session that stays in the report.
    pub fn count(&self, used: &Used) {
        for (_, count) in used.0.iter().filter_map(|at| self.waivers.get(*at)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Accepts the verdicts of test cases that a waiver covers.
    pub fn apply_to_cases(&self, cases: &mut [TestCaseReport]) {
        for case in cases {
            for (waiver, used) in &self.waivers {
                if !self.is_over(waiver) && waiver.covers_case(case) {
                    used.fetch_add(1, Ordering::Relaxed);
                    case.waived.get_or_insert_with(|| waiver.report());
                }
            }
        }
    }

    /// What is to be said of waivers after a run: those that have expired, and those that covered nothing. A waiver for a rule
    /// or a case that was not asked for may well cover nothing.
    pub fn remarks(&self, was_asked: impl Fn(&str) -> bool) -> Vec<String> {
        let remark = |(waiver, used): &(Waiver, AtomicU64)| {
            let subject = waiver.rule.as_deref().or(waiver.case.as_deref()).unwrap_or_default();
            let why = waiver.why.trim();
            if self.is_over(waiver) {
                let day = waiver.expires;
                return Some(format!(
                    "the waiver for {subject} expired on {day}: {why}; renew it with its owner, or remove it"
                ));
            }
            (used.load(Ordering::Relaxed) == 0 && was_asked(subject)).then(|| {
                format!("the waiver for {subject} covers nothing in these captures: {why}; remove it if that is mended")
            })
        };
        self.waivers.iter().filter_map(remark).collect()
    }
}

impl Waiver {
    fn check(&self, at: usize) -> Result<(), WaiverError> {
        let (subject, senseless): (_, [(&'static str, bool); 3]) = match (&self.rule, &self.case) {
            (Some(rule), None) => {
                if !crate::rules::all().any(|known| known.id == rule) {
                    let mend = match similar(rule, crate::rules::all().map(|known| known.id)) {
                        Some(id) => format!("did you mean `{id}`?"),
                        None => "`dmscope rules list` shows all".to_owned(),
                    };
                    return Err(WaiverError::NoSuchRule(at, rule.clone(), mend));
                }
                let step = self.matches.step.is_some();
                let of_cases = [("rev", self.rev.is_some()), ("accept", self.accept.is_some()), ("match.step", step)];
                ("rule", of_cases)
            }
            // A case is judged over all sessions: nothing says whose they are.
            (None, Some(_)) => {
                let WaiverMatch { device, server, element, .. } = &self.matches;
                let places = [("match.device", device), ("match.server", server), ("match.element", element)];
                ("case", places.map(|(key, given)| (key, given.is_some())))
            }
            _ => return Err(WaiverError::NoSubject(at)),
        };
        if let Some((key, _)) = senseless.iter().find(|(_, given)| *given) {
            return Err(WaiverError::Senseless(at, key, subject));
        }
        let why = self.why.trim();
        let is_empty = |phrase: &&str| why.trim_end_matches('.').eq_ignore_ascii_case(phrase);
        if why.split_whitespace().count() < WORDS || EMPTY.iter().any(is_empty) {
            return Err(WaiverError::NoReason(at, self.why.clone()));
        }
        if self.owner.trim().is_empty() {
            return Err(WaiverError::NoOwner(at));
        }
        Ok(())
    }

    fn has_fingerprint(&self, fingerprint: Option<&str>) -> bool {
        self.fingerprint.as_deref().is_none_or(|wanted| fingerprint == Some(wanted))
    }

    fn covers(&self, session: &SessionReport<'_>, finding: &FindingReport<'_>) -> bool {
        self.rule.as_deref() == Some(finding.rule.as_ref())
            && self.has_fingerprint(finding.fingerprint.as_deref())
            && fits(self.matches.device.as_deref(), session.device.as_deref())
            && fits(self.matches.server.as_deref(), session.server.as_deref())
            && fits(self.matches.element.as_deref(), finding.element.as_deref())
    }

    fn covers_case(&self, case: &TestCaseReport) -> bool {
        self.case.as_deref() == Some(case.id.as_ref())
            && self.accept.unwrap_or(Accepted::Fail).verdict() == case.verdict
            && self.rev.is_none_or(|rev| rev == case.rev)
            && self.has_fingerprint(case.fingerprint.as_deref())
            && fits(self.matches.step.as_deref(), case.step.as_deref())
    }

    fn report(&self) -> WaivedReport<'static> {
        let ticket = self.ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
        WaivedReport {
            reason: format!("{}{ticket}", self.why).into(),
            owner: Some(self.owner.clone().into()),
            expires: Some(self.expires.to_string().into()),
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for any characters.
fn fits(pattern: Option<&str>, text: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    let Some(mut text) = text else { return false };
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    text = rest;
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return text.is_empty() };
    for part in parts {
        match text.split_once(part) {
            Some((_, rest)) => text = rest,
            None => return false,
        }
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Severity, example};

    type Change = fn(&mut Waiver);

    fn waiver(rule: &str) -> Waiver {
        Waiver {
            rule: Some(rule.to_owned()),
            case: None,
            rev: None,
            accept: None,
            fingerprint: None,
            matches: WaiverMatch::default(),
            why: "firmware 1 counts from 7, mended in 2".to_owned(),
            owner: "lab".to_owned(),
            ticket: Some("ACME-7".to_owned()),
            expires: "2027-01-01".parse().unwrap(),
        }
    }

    fn waivers(list: Vec<Waiver>, today: &str) -> Result<Waivers, WaiverError> {
        Waivers::new(WaiverFile { format: 1, kind: WaiverKind::Waivers, waivers: list }, today.parse().unwrap())
    }

    #[test]
    fn a_finding_is_accepted_where_everything_fits() {
        let table: [(Change, &str, bool); 9] = [
            (|_| {}, "2026-12-31", true),
            (|_| {}, "2027-01-01", false),
            (|waiver| waiver.rule = Some("HDR-002".into()), "2026-01-01", false),
            (|waiver| waiver.fingerprint = Some("abc".into()), "2026-01-01", true),
            (|waiver| waiver.fingerprint = Some("abd".into()), "2026-01-01", false),
            (|waiver| waiver.matches.device = Some("IMEI:0049*".into()), "2026-01-01", true),
            (|waiver| waiver.matches.device = Some("IMEI:0050*".into()), "2026-01-01", false),
            (|waiver| waiver.matches.element = Some("*/MsgID".into()), "2026-01-01", true),
            (|waiver| waiver.matches.server = Some("http:*".into()), "2026-01-01", false),
        ];
        for (at, (change, today, expected)) in table.into_iter().enumerate() {
            let mut waiver = waiver("HDR-001");
            change(&mut waiver);
            let waivers = waivers(vec![waiver], today).unwrap();
            let mut findings = [example::finding("HDR-001", Severity::Error, 1, 1)];
            findings[0].fingerprint = Some("abc".into());
            let used = waivers.apply(&example::session(1), &mut findings);
            assert_eq!(findings[0].waived.is_some(), expected, "row {at}");
            assert!(!waivers.remarks(|_| true).is_empty(), "row {at}: the session may not be kept");
            waivers.count(&used);
            assert_eq!(waivers.remarks(|_| true).is_empty(), expected, "row {at}");
            assert!(!waivers.clone().remarks(|_| true).is_empty(), "row {at}: another run begins anew");
        }
    }

    #[test]
    fn a_waiver_that_says_too_little_is_refused() {
        let table: [(Change, &str, &str); 10] = [
            (|waiver| waiver.why = "ok".into(), "no reason", "why"),
            (|waiver| waiver.why = "To be done later.".into(), "no reason", "why"),
            (|waiver| waiver.owner = " ".into(), "owner", "owner"),
            (|waiver| waiver.rule = None, "either a rule or a case", ""),
            (|waiver| waiver.case = Some("X".into()), "either a rule or a case", ""),
            (|waiver| waiver.rule = Some("HRD-001".into()), "did you mean `HDR-001`?", "rule"),
            (|waiver| waiver.rule = Some("nothing like one".into()), "dmscope rules list", "rule"),
            (|waiver| waiver.rev = Some(1), "`rev` says nothing of a rule", "rev"),
            (|waiver| waiver.matches.step = Some("x".into()), "`match.step` says nothing of a rule", "match/step"),
            (
                |waiver| {
                    (waiver.rule, waiver.case) = (None, Some("X-1".into()));
                    waiver.matches.device = Some("IMEI:1".into());
                },
                "`match.device` says nothing of a case",
                "match/device",
            ),
        ];
        for (change, expected, place) in table {
            let mut wrong = waiver("HDR-001");
            change(&mut wrong);
            let error = waivers(vec![waiver("HDR-001"), wrong], "2026-01-01").unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.path().join("/"), format!("waivers/1/{place}").trim_end_matches('/'));
        }
        let file = WaiverFile { format: 2, kind: WaiverKind::Waivers, waivers: Vec::new() };
        let error = Waivers::new(file, "2026-01-01".parse().unwrap()).unwrap_err();
        assert_eq!((error.path(), error), (vec!["format".to_owned()], WaiverError::Format(2)));
    }

    #[test]
    fn a_case_is_accepted_at_its_step_in_its_revision_with_its_verdict() {
        use crate::report::example::case;
        let table: [(Change, bool); 7] = [
            (|_| {}, true),
            (|waiver| waiver.rev = Some(1), true),
            (|waiver| waiver.rev = Some(2), false),
            (|waiver| waiver.matches.step = Some("re*".into()), true),
            (|waiver| waiver.matches.step = Some("other".into()), false),
            (|waiver| waiver.accept = Some(Accepted::Inconclusive), false),
            (|waiver| waiver.case = Some("X-1".into()), false),
        ];
        for (row, (change, expected)) in table.into_iter().enumerate() {
            let mut cases = [case(1, TestCaseVerdict::Fail, "no retry"), case(1, TestCaseVerdict::Pass, "")];
            let mut waiver = Waiver { rule: None, case: Some(cases[0].id.to_string()), ..waiver("") };
            change(&mut waiver);
            let waivers = waivers(vec![waiver], "2026-01-01").unwrap();
            waivers.apply_to_cases(&mut cases);
            assert_eq!(cases[0].waived.is_some(), expected, "row {row}");
            assert!(cases[1].waived.is_none(), "row {row}: nothing is to be accepted");
            assert_eq!(waivers.remarks(|_| true).is_empty(), expected, "row {row}");
            assert!(waivers.remarks(|_| false).is_empty(), "row {row}: nobody asked for it");
        }
    }

    #[test]
    fn patterns_have_stars() {
        let table = [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*", "abcd", true),
            ("*d", "abcd", true),
            ("a*c*d", "abcd", true),
            ("a*e*d", "abcd", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(fits(Some(pattern), Some(text)), expected, "{pattern} {text}");
        }
        assert!(fits(None, None) && !fits(Some("*"), None));
    }
}
