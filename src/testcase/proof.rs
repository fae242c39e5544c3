//! Cases are held to conversations: one that passes, some that fail, one that decides nothing, one where the case does not
//! apply. They stand beside the case, in `<ID>.fixtures`.
//!
//! A file of fixtures is parted by lines that begin with `===`:
//!
//! ```text
//! === base
//! device
//!     Alert 1201
//! server
//!     Status SyncHdr 200
//! === pass
//! === fail answered
//! drop 2 "Status SyncHdr"
//! === inconclusive window-open
//! cut 1
//! === not-applicable
//! ics C-AUTH-MD5=false
//! ```
//!
//! `base` is a script in the notation of [`crate::fixture`]. The other parts are scripts of their own, or changes to it, one a
//! line; messages are counted from 1, notifications among them:
//!
//! | Change | Meaning |
//! |---|---|
//! | `opt N OPTIONS` | message options more for a message |
//! | `add N LINE` | a line more at the end of a message |
//! | `drop N "TEXT"` | without the lines of a message in which the text stands |
//! | `swap N "OLD" "NEW"` | other text at the first place in a message where it stands; `\n` parts lines |
//! | `remove N` | without a message |
//! | `cut N` | only the first N messages, notifications not counted |
//! | `from N` | only the messages from N on, notifications not counted |
//! | `session OPTIONS` | options more for the session |
//! | `profile NAME` | the profile by which it is judged |
//! | `ics ITEM=VALUE` | what is declared; without it, all that `when` names is supported |
//! | `secret client=TEXT server=TEXT` | secrets that are known |

use super::catalogue::Case;
use super::docket::{Cases, Docket};
use super::file::{CaseVersion, Step};
use super::ics::{IcsFile, IcsKind, ItemId, ItemValue, Side, check_when, find};
use crate::base::FrameNo;
use crate::dm::{Carrier, Delivery, Finished, Profile, Secret, Secrets, Session, Tracker};
use crate::fixture::{Bearer, Encoding, FixtureError, Script, ScriptPush};
use crate::rules::{Engine, Rule, Selection};
use crate::sms::{Assembler, Part, Tpdu, smpp};
use crate::verdict::{RequirementLevel, TestCaseReport, TestCaseVerdict};
use std::collections::BTreeMap;

/// What a part of a file of fixtures has to come to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Pass,
    Fail { step: String },
    Inconclusive { reason: String },
    NotApplicable,
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Fail { step } => write!(f, "fail at `{step}`"),
            Self::Inconclusive { reason } => write!(f, "inconclusive: {reason}"),
            Self::NotApplicable => f.write_str("not-applicable"),
        }
    }
}

#[derive(Debug)]
struct Section<'t> {
    line: usize,
    wanted: Option<Wanted>,
    lines: Vec<(usize, &'t str)>,
}

/// What is wrong with a case or its fixtures: the line in the file of fixtures, 0 for the file as a whole, and the problem.
pub type Problem = (usize, String);

fn sections(text: &str) -> Result<Vec<Section<'_>>, Problem> {
    let mut all: Vec<Section<'_>> = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(head) = content.strip_prefix("===") {
            let words: Vec<&str> = head.split_whitespace().collect();
            let wanted = match words.as_slice() {
                ["base"] => None,
                ["pass", ..] => Some(Wanted::Pass),
                ["fail", step] => Some(Wanted::Fail { step: (*step).to_owned() }),
                ["inconclusive", reason] => Some(Wanted::Inconclusive { reason: (*reason).to_owned() }),
                ["not-applicable", ..] => Some(Wanted::NotApplicable),
                _ => {
                    let known = "base, pass, fail STEP, inconclusive REASON, not-applicable";
                    return Err((line, format!("`==={head}` is no part of a file of fixtures; there are {known}")));
                }
            };
            all.push(Section { line, wanted, lines: Vec::new() });
            continue;
        }
        match all.last_mut() {
            Some(section) => section.lines.push((line, content)),
            None if content.trim().is_empty() || content.starts_with('#') => {}
            None => return Err((line, "a file of fixtures begins with `=== base`".to_owned())),
        }
    }
    Ok(all)
}

/// A line of a script, and the line of the file of fixtures that it comes from.
#[derive(Debug, Clone)]
struct Line {
    text: String,
    from: usize,
}

/// A message of a script with its lines, or what stands before one.
#[derive(Debug, Clone)]
struct Block {
    lines: Vec<Line>,
    is_message: bool,
}

impl Block {
    /// Puts other lines in place of its own. Those that stay as they were, at the beginning and at the end, still come from where they
    /// came from.
    fn rewrite(&mut self, new: &str, from: usize) {
        let old = std::mem::take(&mut self.lines);
        let new: Vec<&str> = new.split('\n').collect();
        let before = old.iter().zip(&new).take_while(|(old, new)| old.text == **new).count();
        let most = old.len().min(new.len()).saturating_sub(before);
        let behind =
            old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old.text == **new).count();
        let tail = new.len().saturating_sub(behind);
        let shift = old.len().saturating_sub(behind);
        self.lines = new
            .iter()
            .enumerate()
            .map(|(at, text)| {
                let kept = match at {
                    at if at < before => old.get(at),
                    at if at >= tail => old.get(at.saturating_sub(tail).saturating_add(shift)),
                    _ => None,
                };
                Line { text: (*text).to_owned(), from: kept.map_or(from, |line| line.from) }
            })
            .collect();
    }
}

/// A script under change, and what is known beside it.
#[derive(Debug, Clone, Default)]
struct Draft {
    blocks: Vec<Block>,
    cut: (Option<usize>, Option<usize>),
    ics: BTreeMap<String, String>,
    secrets: Secrets,
    profile: Option<Profile>,
}

fn is_message(line: &str) -> bool {
    ["device", "server", "notification", "bootstrap"].iter().any(|word| line.split_whitespace().next() == Some(word))
}

/// The words of a change: what stands in quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut word = String::new();
            let mut chars = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((at, ch)) = chars.next() {
                match ch {
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    '\\' => match chars.next() {
                        Some((_, 'n')) => word.push('\n'),
                        Some((_, other)) => word.push(other),
                        None => {}
                    },
                    ch => word.push(ch),
                }
            }
            words.push(word);
            rest = quoted.get(end..).unwrap_or_default().trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            words.push(rest.get(..end).unwrap_or_default().to_owned());
            rest = rest.get(end..).unwrap_or_default().trim_start();
        }
    }
    words
}

impl Draft {
    fn script(&mut self, text: &str, from: usize) {
        let line = Line { text: text.to_owned(), from };
        match self.blocks.last_mut().filter(|_| text.starts_with([' ', '\t'])) {
            Some(block) => block.lines.push(line),
            None => self.blocks.push(Block { lines: vec![line], is_message: is_message(text) }),
        }
    }

    fn message(&mut self, number: &str) -> Result<&mut Block, String> {
        let at: usize = number.parse().map_err(|_| format!("`{number}` is no number of a message"))?;
        let mut messages = self.blocks.iter_mut().filter(|block| block.is_message);
        let found = at.checked_sub(1).and_then(|at| messages.nth(at));
        found.ok_or_else(|| format!("there is no message {number}"))
    }

    /// Applies a line: what is known beside the script, or a change to it.
    fn change(&mut self, line: &str, from: usize) -> Result<(), String> {
        let all = words(line);
        let words: Vec<&str> = all.iter().map(String::as_str).collect();
        let rest = |count: usize| {
            let mut text = line.trim();
            for _ in 0..count {
                text = text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
            }
            text.to_owned()
        };
        match words.as_slice() {
            ["opt", number, ..] => {
                let options = rest(2);
                if let Some(first) = self.message(number)?.lines.first_mut() {
                    *first = Line { text: format!("{} {options}", first.text), from };
                }
            }
            ["add", number, ..] => {
                let text = format!("    {}", rest(2));
                self.message(number)?.lines.push(Line { text, from });
            }
            ["drop", number, text] => {
                let message = self.message(number)?;
                let before = message.lines.len();
                let mut first = true;
                message.lines.retain(|line| std::mem::take(&mut first) || !line.text.contains(text));
                if message.lines.len() == before {
                    let is_first = message.lines.first().is_some_and(|line| line.text.contains(text));
                    let hint = if is_first { " but in its first line, which `swap` and `opt` change" } else { "" };
                    return Err(format!("\"{text}\" stands in no line of message {number}{hint}"));
                }
            }
            ["swap", number, old, new] => {
                let message = self.message(number)?;
                let lines: Vec<&str> = message.lines.iter().map(|line| line.text.as_str()).collect();
                let joined = lines.join("\n");
                if !joined.contains(old) {
                    return Err(format!("\"{old}\" does not stand in message {number}"));
                }
                let new = new.replace('\n', "\n    ");
                message.rewrite(&joined.replacen(old, &new, 1), from);
            }
            ["remove", number] => {
                self.message(number)?.lines.clear();
            }
            ["cut", number] => self.cut.1 = Some(number.parse().map_err(|_| format!("`{number}` is no number"))?),
            ["from", number] => self.cut.0 = Some(number.parse().map_err(|_| format!("`{number}` is no number"))?),
            ["session", ..] => {
                let options = rest(1);
                let is_session =
                    |block: &&mut Block| block.lines.first().is_some_and(|line| line.text.starts_with("session"));
                match self.blocks.iter_mut().find(|block| is_session(block)).and_then(|block| block.lines.first_mut()) {
                    Some(line) => *line = Line { text: format!("{} {options}", line.text), from },
                    None => {
                        let lines = vec![Line { text: format!("session {options}"), from }];
                        self.blocks.insert(0, Block { lines, is_message: false });
                    }
                }
            }
            ["profile", name] => {
                self.profile = Some(Profile::of_name(name).ok_or_else(|| format!("there is no profile `{name}`"))?);
            }
            ["ics", items @ ..] => {
                for item in items {
                    let (name, value) = item.split_once('=').ok_or_else(|| format!("`{item}` is not ITEM=VALUE"))?;
                    self.ics.insert(name.to_owned(), value.to_owned());
                }
            }
            ["secret", sides @ ..] => {
                for side in sides {
                    let secret = |text: &str| Some(Secret { name: None, secret: text.to_owned(), nonce: None });
                    match side.split_once('=') {
                        Some(("client", text)) => self.secrets.client = secret(text),
                        Some(("server", text)) => self.secrets.server = secret(text),
                        _ => return Err(format!("`{side}` is not client=TEXT or server=TEXT")),
                    }
                }
            }
            _ => {
                let known = "opt N OPTIONS, add N LINE, drop N \"TEXT\", swap N \"OLD\" \"NEW\", remove N, cut N, from N, session \
                             OPTIONS, profile NAME, ics ITEM=VALUE, secret client=TEXT";
                return Err(format!("`{}` is no change; there are {known}", line.trim()));
            }
        }
        Ok(())
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.blocks.iter().flat_map(|block| &block.lines)
    }

    fn text(&self) -> String {
        self.lines().fold(String::new(), |text, line| text + &line.text + "\n")
    }

    /// What is wrong with the script, at the line of the file of fixtures.
    fn problem(&self, error: &FixtureError) -> Problem {
        let number = usize::try_from(error.line).unwrap_or_default();
        let line = number.checked_sub(1).and_then(|at| self.lines().nth(at));
        (line.map_or(0, |line| line.from), error.problem.to_string())
    }

    fn sessions(&self, encoding: Option<Encoding>, cut: Option<usize>) -> Result<Vec<Session>, Problem> {
        let mut script = Script::parse(&self.text()).map_err(|error| self.problem(&error))?;
        if let Some(encoding) = encoding {
            script = script.with_encoding(encoding).map_err(|error| self.problem(&error))?;
        }
        let messages = script.messages().len();
        let from = self.cut.0.unwrap_or(1).saturating_sub(1);
        let to = self.cut.1.unwrap_or(messages).min(cut.unwrap_or(messages));
        let script = script.cut(from, to);
        let mut sessions = sessions(&script, &self.secrets);
        sessions.sort_by_key(|session| session.first_frame);
        Ok(sessions)
    }

    /// What is declared: all that `when` names, but for what the fixtures say.
    fn ics(&self, case: &Case) -> Result<IcsFile, String> {
        let mut items = BTreeMap::new();
        let when = case.file.when.as_deref().and_then(|when| check_when(when).ok());
        for (word, _) in when.iter().flat_map(super::expr::Expr::words) {
            let limit = find(word).is_some_and(|item| item.kind == super::ics::ItemKind::Limit);
            if let Some(id) = ItemId::new(word) {
                items.insert(id, if limit { ItemValue::Number(1 << 20) } else { ItemValue::Flag(true) });
            }
        }
        let mut file = IcsFile {
            format: 1,
            kind: IcsKind::Ics,
            id: "fixture".to_owned(),
            side: Side::Client,
            product: None,
            versions: vec![CaseVersion::Dm12],
            profile: Some("oma-dm-1.2".to_owned()),
            items,
            bind: BTreeMap::new(),
        };
        for (name, value) in &self.ics {
            if name == "profile" {
                file.profile = Some(value.clone());
                continue;
            }
            let id = ItemId::new(name).ok_or_else(|| format!("there is no ICS item `{name}`"))?;
            let value = match value.as_str() {
                "true" => ItemValue::Flag(true),
                "false" => ItemValue::Flag(false),
                "unknown" => ItemValue::Unknown,
                number => ItemValue::Number(number.parse().map_err(|_| format!("`{number}` is no value of an item"))?),
            };
            file.items.insert(id, value);
        }
        Ok(file)
    }

    /// What the case makes of it.
    fn row(&self, case: &Case, encoding: Option<Encoding>, cut: Option<usize>) -> Result<TestCaseReport, Problem> {
        let ics = self.ics(case).map_err(|problem| (0, problem))?;
        let rules = rules_of(case);
        let watched = rules.iter().map(|rule| rule.id).collect();
        let selection = Selection { watched, profile: self.profile, ..Selection::default() };
        let engine = Engine::with_rules(rules, selection);
        let cases = Cases::new([case], engine.rules(), Some(&ics));
        let mut docket = Docket::new(&cases);
        for (number, session) in (1..).zip(self.sessions(encoding, cut)?) {
            let (outcome, first) = (engine.judge(&session), session.first_frame);
            docket.session(session, &outcome);
            docket.numbered(first, number);
        }
        let tallies = docket.finish();
        cases.report(&tallies).pop().ok_or_else(|| (0, "the case was not run".to_owned()))
    }
}

/// The sessions of a script, as a capture of it would show them, with what these secrets show of its digests.
pub fn sessions(script: &Script, secrets: &Secrets) -> Vec<Session> {
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    let mut keep = |finished: Finished| sessions.push(*finished.session);
    for push in script.pushes() {
        deliver(push, &mut tracker);
    }
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    sessions.iter_mut().for_each(|session| session.verify(secrets));
    sessions
}

/// Hands a push of a script to a tracker, as if it had been captured.
pub fn deliver(push: &ScriptPush, tracker: &mut Tracker) {
    let (frame, time) = (FrameNo::FIRST, push.time);
    let mut assembler = Assembler::new();
    let mut join = |part: Option<Part>| {
        if let Some(message) = part.and_then(|part| assembler.take(part)) {
            tracker.short_message(&message);
        }
    };
    match &push.bearer {
        Bearer::Udp { source, destination } => {
            let carrier = Carrier::Udp { source: *source, destination: *destination };
            tracker.deliver(Delivery { frame, time, carrier, payload: &push.payload });
        }
        Bearer::Sms { tpdus } => {
            let tpdus = tpdus.iter().filter_map(|tpdu| Tpdu::decode(tpdu).ok());
            tpdus.for_each(|tpdu| join(Part::of(&tpdu, frame, time)));
        }
        Bearer::Smpp { pdus } => {
            pdus.iter().flat_map(|pdu| smpp::read(pdu, frame, time)).for_each(|part| join(Some(part)));
        }
    }
}

/// The rules that a case leans on; the others say nothing that it would ask for.
fn rules_of(case: &Case) -> Vec<&'static Rule> {
    let named = case.rules_held();
    crate::rules::all().filter(|rule| named.contains(&rule.id)).collect()
}

/// Whether something in a step can fail at the level of a must.
fn can_fail(step: &Step, level: RequirementLevel) -> bool {
    let level = step.level.unwrap_or(level);
    if step.otherwise.is_some_and(|worth| worth != super::Worth::Fail) || level != RequirementLevel::Must {
        return false;
    }
    let own = !step.expect.is_empty() || !step.never.is_empty() || !step.check.is_empty() || step.holds.is_some();
    let bounds = step.repeat.as_ref().is_some_and(|repeat| repeat.min.is_some() || repeat.max.is_some());
    own || bounds || step.inner().any(|step| can_fail(step, level))
}

fn draft_of<'t>(section: &Section<'t>, base: &Draft) -> Result<Draft, Problem> {
    let begins_script = |line: &str| is_message(line) || line.split_whitespace().next() == Some("network");
    let is_script = section.wanted.is_none() || section.lines.iter().any(|(_, line)| begins_script(line));
    let mut draft = if is_script {
        Draft { ics: base.ics.clone(), secrets: base.secrets.clone(), profile: base.profile, ..Draft::default() }
    } else {
        base.clone()
    };
    for (line, text) in &section.lines {
        let blank = text.trim().is_empty() || text.starts_with('#');
        let beside =
            ["ics", "profile", "secret", "cut", "from"].iter().any(|word| text.split_whitespace().next() == Some(word));
        if blank {
            continue;
        }
        if is_script && !beside {
            draft.script(text, *line);
        } else {
            draft.change(text, *line).map_err(|problem| (*line, problem))?;
        }
    }
    Ok(draft)
}

/// Holds a case to its fixtures; what is wrong, or nothing.
pub fn prove(case: &Case, fixtures: &str) -> Vec<Problem> {
    let sections = match sections(fixtures) {
        Ok(sections) => sections,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    let base =
        match sections.iter().find(|section| section.wanted.is_none()).map(|one| draft_of(one, &Draft::default())) {
            Some(Ok(base)) => base,
            Some(Err(problem)) => return vec![problem],
            None => Draft::default(),
        };
    for section in &sections {
        let Some(wanted) = &section.wanted else { continue };
        if let Some(problem) = unknown_in(case, wanted) {
            problems.push((section.line, problem));
            continue;
        }
        match draft_of(section, &base) {
            Ok(draft) => {
                for (line, problem) in held(case, &draft, wanted) {
                    let problem = (if line > 0 { line } else { section.line }, problem);
                    // What is wrong with the base is wrong in every section that changes it.
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(missing(case, &sections).into_iter().map(|problem| (0, problem)));
    problems
}

/// What of something wanted does not exist.
fn unknown_in(case: &Case, wanted: &Wanted) -> Option<String> {
    match wanted {
        Wanted::Fail { step } if !case.file.flow.iter().any(|known| known.id.as_ref() == Some(step)) => {
            Some(format!("there is no step `{step}` in the flow"))
        }
        Wanted::Inconclusive { reason } if !crate::verdict::REASONS.contains(&reason.as_str()) => {
            Some(format!("there is no reason `{reason}`; there are {}", crate::verdict::REASONS.join(", ")))
        }
        _ => None,
    }
}

/// What of the fixtures that every case needs is not there.
fn missing(case: &Case, sections: &[Section<'_>]) -> Vec<String> {
    let file = &case.file;
    let has = |is: &dyn Fn(&Wanted) -> bool| sections.iter().filter_map(|section| section.wanted.as_ref()).any(is);
    let mut missing = Vec::new();
    if !has(&|wanted| *wanted == Wanted::Pass) && !always_asks(file.flow.as_slice()) {
        missing.push("there is no `=== pass`".to_owned());
    }
    if !has(&|wanted| matches!(wanted, Wanted::Inconclusive { .. })) {
        missing.push("there is no `=== inconclusive REASON`".to_owned());
    }
    let can_be_left_out = file.when.is_some() || file.versions.len() < 3 || !file.profiles.is_empty();
    if can_be_left_out && !has(&|wanted| *wanted == Wanted::NotApplicable) {
        missing.push("there is no `=== not-applicable`".to_owned());
    }
    for step in file.flow.iter().filter(|step| can_fail(step, file.level)) {
        let id = step.id.as_deref().unwrap_or_default();
        if !has(&|wanted| matches!(wanted, Wanted::Fail { step } if step == id)) {
            missing.push(format!("nothing shows how step `{id}` fails: there is no `=== fail {id}`"));
        }
    }
    missing
}

/// Whether a case can end no better than with a question to a person.
fn always_asks(flow: &[Step]) -> bool {
    flow.iter().any(|step| step.observe.is_some() && step.when.is_none())
}

fn shown(row: &TestCaseReport) -> String {
    let step = row.step.as_deref().map(|step| format!(" at `{step}`")).unwrap_or_default();
    format!("{}{step}: {}", row.verdict.name(), row.reason)
}

/// What does not come out as it is wanted; line 0 is that of the section.
fn held(case: &Case, draft: &Draft, wanted: &Wanted) -> Vec<Problem> {
    let row = match draft.row(case, None, None) {
        Ok(row) => row,
        Err(problem) => return vec![problem],
    };
    let is_held = match wanted {
        Wanted::Pass => row.verdict == TestCaseVerdict::Pass,
        Wanted::Fail { step } => row.verdict == TestCaseVerdict::Fail && row.step.as_deref() == Some(step),
        Wanted::Inconclusive { reason } => {
            row.verdict == TestCaseVerdict::Inconclusive
                && row.reason.split(':').next().is_some_and(|word| word == reason)
        }
        Wanted::NotApplicable => row.verdict == TestCaseVerdict::NotApplicable,
    };
    if !is_held {
        return vec![(0, format!("{wanted} was wanted, and it comes to {}", shown(&row)))];
    }
    let mut problems = Vec::new();
    // What is right in XML is right in WBXML, where it can be written so.
    if let Ok(other) = draft.row(case, Some(Encoding::Wbxml), None)
        && other.verdict != row.verdict
        && !draft.text().contains("encoding=")
    {
        problems.push((0, format!("in WBXML it comes to {}", shown(&other))));
    }
    // What is conforming as a whole is so as far as it was captured.
    if *wanted == Wanted::Pass {
        let messages = Script::parse(&draft.text()).map_or(0, |script| script.messages().len());
        for cut in 1..messages {
            if let Ok(other) = draft.row(case, None, Some(cut))
                && other.verdict == TestCaseVerdict::Fail
            {
                problems.push((0, format!("cut after message {cut} it comes to {}", shown(&other))));
            }
        }
    }
    problems
}
