//! Walks a session once and runs every rule where it registered.

use super::cx::{Cmd, Cx, Gates, Msg};
use super::finding::{At, Finding, Reason};
use super::rule::{Check, CommandCheck, MessageCheck, Rule, SessionCheck};
use crate::base::{Direction, Role};
use crate::ddf::Description;
use crate::dm::{EntryId, Profile, Session};
use crate::syncml::CommandName;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

/// How strictly a session is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Where specifications contradict each other or the field deviates on a large scale, a finding is a warning.
    #[default]
    Interop,
    /// To the letter.
    Strict,
}

/// Which rules run, and how.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Ids or beginnings of ids (`HDR`, `STA-0`); empty for all.
    pub select: Vec<String>,
    /// Ids or beginnings of ids that do not run, though selected.
    pub ignore: Vec<String>,
    /// Ids of rules that run although they are not selected, and of which nothing is reported: test cases rest on them.
    pub unheard: BTreeSet<&'static str>,
    /// Ids of rules whose occasions are told one by one: test cases ask for those of single messages.
    pub watched: BTreeSet<&'static str>,
    /// The profile; `None` for the one that the session shows.
    pub profile: Option<Profile>,
    /// The side that is judged; `None` for both.
    pub role: Option<Role>,
    /// How strictly.
    pub mode: Mode,
    /// What devices are said to look like.
    pub descriptions: Vec<Arc<Description>>,
}

impl Selection {
    /// Whether a rule runs.
    pub fn includes(&self, rule: &Rule) -> bool {
        let matches = |list: &[String]| list.iter().any(|name| rule.is_meant_by(name));
        (self.select.is_empty() || matches(&self.select)) && !matches(&self.ignore)
    }
}

/// How often a rule looked, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tally {
    /// Times that it looked.
    pub occasions: u64,
    /// Times that it was violated.
    pub violations: u64,
    /// Times that nobody could say, by reason. Most rules in most sessions have none, and there is a tally for each of them: a
    /// small one stays close to the processor.
    undecided: Option<Box<[u64; Reason::ALL.len()]>>,
    /// All of them: it is asked for of each rule and session.
    undecided_in_all: u64,
    /// Of the occasions, those against the server, and of these the undecided ones.
    pub(super) against_server: (u64, u64),
}

impl Tally {
    pub(super) fn occasion(&mut self, judged: Direction) {
        self.occasions += 1;
        self.against_server.0 += u64::from(judged == Direction::ServerToDevice);
    }

    /// Times that it decided about a side; `None` for either.
    pub fn decided_for(&self, role: Option<Role>) -> u64 {
        let (occasions, _) = self.against_server;
        let all = match role {
            None => self.occasions,
            Some(Role::Server) => occasions,
            Some(Role::Client) => self.occasions.saturating_sub(occasions),
        };
        all.saturating_sub(self.undecided_for_side(role))
    }

    /// Times that nobody could say of a side; `None` for either.
    pub fn undecided_for_side(&self, role: Option<Role>) -> u64 {
        let (_, undecided) = self.against_server;
        match role {
            None => self.undecided_in_all(),
            Some(Role::Server) => undecided,
            Some(Role::Client) => self.undecided_in_all().saturating_sub(undecided),
        }
    }

    pub(super) fn undecide(&mut self, judged: Direction, reason: Reason) {
        self.against_server.1 += u64::from(judged == Direction::ServerToDevice);
        if let Some(count) = self.undecided.get_or_insert_default().get_mut(reason.index()) {
            *count += 1;
            self.undecided_in_all += 1;
        }
    }

    /// Times that nobody could say, for whatever reason.
    pub fn undecided_in_all(&self) -> u64 {
        self.undecided_in_all
    }

    /// Times that nobody could say, for one reason.
    pub fn undecided_for(&self, reason: Reason) -> u64 {
        let counts = self.undecided.as_deref();
        counts.and_then(|counts| counts.get(reason.index())).copied().unwrap_or_default()
    }

    /// Why and how often nobody could say, in the order of the reasons.
    pub fn undecided_reasons(&self) -> impl Iterator<Item = (Reason, u64)> + '_ {
        let counts = self.undecided.iter().flat_map(|counts| counts.iter());
        Reason::ALL.iter().zip(counts).filter(|(_, count)| **count > 0).map(|(reason, count)| (*reason, *count))
    }

    /// Adds another tally of the same rule.
    pub fn merge(&mut self, other: &Tally) {
        self.occasions += other.occasions;
        self.violations += other.violations;
        self.against_server.0 += other.against_server.0;
        self.against_server.1 += other.against_server.1;
        self.undecided_in_all += other.undecided_in_all;
        if let Some(others) = &other.undecided {
            let mine = self.undecided.get_or_insert_default();
            mine.iter_mut().zip(others.iter()).for_each(|(mine, others)| *mine += others);
        }
    }
}

/// An occasion of a rule that is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watched {
    /// The id of the rule.
    pub rule: &'static str,
    /// The message.
    pub at: EntryId,
    /// The side that it judges.
    pub role: Role,
    /// Why nobody could say, where that is so.
    pub undecided: Option<Reason>,
}

/// What judging one session gave.
#[derive(Debug)]
pub struct Outcome {
    /// The profile that it was judged by.
    pub profile: Profile,
    /// Violations, by message, command and rule.
    pub findings: Vec<Finding>,
    /// Violations that are not reported: a more specific rule speaks, or the rule was not selected.
    pub unheard: Vec<Finding>,
    /// The occasions of the watched rules.
    pub watched: Vec<Watched>,
    /// One tally for each rule of [`Engine::rules`], in that order.
    pub tallies: Vec<Tally>,
    /// Occasions of requirements (MUST, MUST NOT) that nobody could decide. Those that only want credentials do not count:
    /// who gives none does not ask for them.
    pub undecided_requirements: u64,
}

/// Where a rule stands in [`Engine::rules`], and its check.
type Registered<F> = (usize, F);

/// All selected rules.
pub struct Engine {
    rules: Vec<&'static Rule>,
    /// For each of them, whether it is watched.
    watch: Vec<bool>,
    selection: Selection,
    /// By profile; each is made when the first session of that profile comes.
    plans: [OnceLock<Plan>; Profile::COUNT],
}

/// The rules of which a profile leaves something, sorted by what they look at.
#[derive(Default)]
struct Plan {
    /// For each of [`Engine::rules`].
    gates: Vec<Gates>,
    session: Vec<Registered<SessionCheck>>,
    message: Vec<Registered<MessageCheck>>,
    encoding: Vec<Registered<MessageCheck>>,
    /// By name.
    command: Vec<Vec<Registered<CommandCheck>>>,
    /// By the name of what a Status answers.
    answer: Vec<Vec<Registered<CommandCheck>>>,
}

impl Engine {
    /// An engine for a selection of all rules.
    pub fn new(selection: Selection) -> Self {
        let runs = |rule: &&Rule| selection.includes(rule) || selection.unheard.contains(rule.id);
        let rules: Vec<&'static Rule> = super::all().filter(|rule| runs(rule)).collect();
        Self::with_rules(rules, selection)
    }

    /// An engine for these rules and no others.
    pub fn with_rules(rules: Vec<&'static Rule>, selection: Selection) -> Self {
        let watch = rules.iter().map(|rule| selection.watched.contains(rule.id)).collect();
        Self { rules, watch, selection, plans: Default::default() }
    }

    /// Whether what a rule finds is reported: it was selected itself.
    pub fn is_heard(&self, rule: &Rule) -> bool {
        self.selection.unheard.is_empty() || self.selection.includes(rule)
    }

    fn plan(&self, profile: Profile) -> Option<&Plan> {
        let plan = self.plans.get(profile as usize)?;
        Some(plan.get_or_init(|| Plan::new(&self.rules, profile, self.selection.role)))
    }

    /// The rules that run, in the order of the registry.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// Judges one session.
    pub fn judge(&self, session: &Session) -> Outcome {
        let profile = self.selection.profile.unwrap_or(session.profile);
        let mut outcome = Outcome {
            profile,
            findings: Vec::new(),
            unheard: Vec::new(),
            watched: Vec::new(),
            tallies: vec![Tally::default(); self.rules.len()],
            undecided_requirements: 0,
        };
        let Some(plan) = self.plan(profile) else { return outcome };
        let mut cx = Cx::new(session, &self.rules, &plan.gates, &self.watch, &self.selection, &mut outcome);
        for (at, check) in &plan.session {
            cx.enter(*at);
            check(session, &mut cx);
        }
        for (id, entry) in session.entries_with_ids() {
            let msg = Msg { session, id, entry };
            cx.go_to(msg);
            for (at, check) in &plan.encoding {
                cx.enter(*at);
                check(msg, &mut cx);
            }
            if !entry.message.is_judgeable() {
                continue;
            }
            for (at, check) in &plan.message {
                cx.enter(*at);
                check(msg, &mut cx);
            }
            for (id, command) in entry.message.commands_with_ids() {
                let cmd = Cmd { msg, id, command };
                let is_status = command.name == CommandName::Status;
                let answered = if is_status { cmd.answered().map(|answered| answered.command.name) } else { None };
                let own = plan.command.get(command.name as usize);
                let of_answer = answered.and_then(|name| plan.answer.get(name as usize));
                for (at, check) in own.into_iter().chain(of_answer).flatten() {
                    cx.enter(*at);
                    check(cmd, &mut cx);
                }
            }
        }
        if !self.selection.unheard.is_empty() {
            let (heard, unheard) = outcome.findings.into_iter().partition(|finding| self.is_heard(finding.rule));
            (outcome.findings, outcome.unheard) = (heard, unheard);
        }
        yield_to_specific(&mut outcome, &self.rules);
        outcome.undecided_requirements = (self.rules.iter().zip(&outcome.tallies))
            .filter(|(rule, _)| rule.level.is_requirement() && self.is_heard(rule))
            .map(|(_, tally)| tally.undecided_in_all() - tally.undecided_for(Reason::NoCredentials))
            .sum();
        outcome.findings.sort_by(|a, b| (a.at, a.rule.id).cmp(&(b.at, b.rule.id)));
        outcome
    }
}

fn add(lists: &mut [Vec<Registered<CommandCheck>>], names: &[CommandName], registered: Registered<CommandCheck>) {
    for name in names {
        if let Some(list) = lists.get_mut(*name as usize) {
            list.push(registered);
        }
    }
}

impl Plan {
    fn new(rules: &[&'static Rule], profile: Profile, role: Option<Role>) -> Self {
        let by_name = || vec![Vec::new(); CommandName::Sync as usize + 1];
        let mut plan = Self { command: by_name(), answer: by_name(), ..Self::default() };
        for (at, rule) in rules.iter().enumerate() {
            let holds = rule.versions.include(profile.version());
            let gates = if holds { Gates::new(rule, profile, role) } else { Gates::SHUT };
            plan.gates.push(gates);
            if gates.are_shut() {
                continue;
            }
            match rule.check {
                Check::Session(check) => plan.session.push((at, check)),
                Check::Message(check) => plan.message.push((at, check)),
                Check::Encoding(check) => plan.encoding.push((at, check)),
                Check::Command(names, check) => add(&mut plan.command, names, (at, check)),
                Check::Answer(names, check) => add(&mut plan.answer, names, (at, check)),
            }
        }
        plan
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("rules", &self.rules.len()).field("selection", &self.selection).finish()
    }
}

/// Where several rules see one cause, the more specific one speaks (guard G16): a finding is dropped when a rule that its
/// own rule yields to has one at the same command, or, where it has no command, at the same message.
fn yield_to_specific(outcome: &mut Outcome, rules: &[&'static Rule]) {
    if outcome.findings.iter().all(|finding| finding.rule.yields_to.is_empty()) {
        return;
    }
    // A sender that wants to may bring about a great many findings in one message.
    let spoken: BTreeSet<_> =
        outcome.findings.iter().map(|finding| (finding.rule.id, finding.at.entry, finding.at.command)).collect();
    let has_spoken = |id: &'static str, at: At| match at.command {
        Some(_) => [None, at.command].into_iter().any(|command| spoken.contains(&(id, at.entry, command))),
        None => spoken
            .range((id, at.entry, None)..)
            .next()
            .is_some_and(|(other, entry, _)| (*other, *entry) == (id, at.entry)),
    };
    let findings = std::mem::take(&mut outcome.findings);
    for finding in findings {
        let silent = finding.rule.yields_to.iter().any(|id| has_spoken(id, finding.at));
        if silent {
            if let Some(at) = rules.iter().position(|rule| rule.id == finding.rule.id)
                && let Some(tally) = outcome.tallies.get_mut(at)
            {
                tally.violations = tally.violations.saturating_sub(1);
            }
            outcome.unheard.push(finding);
        } else {
            outcome.findings.push(finding);
        }
    }
}
