//! Walks a session once and runs every rule where it registered.

use super::cx::{Cmd, Cx, Gates, Msg};
use super::finding::{Finding, Reason};
use super::rule::{Check, Rule};
use crate::base::Role;
use crate::dm::{Profile, Session};
use crate::syncml::CommandName;

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
    /// The profile; `None` for the one that the session shows.
    pub profile: Option<Profile>,
    /// The side that is judged; `None` for both.
    pub role: Option<Role>,
    /// How strictly.
    pub mode: Mode,
}

impl Selection {
    /// Whether a rule runs.
    pub fn includes(&self, rule: &Rule) -> bool {
        let matches = |list: &[String]| {
            list.iter().any(|prefix| {
                rule.name.eq_ignore_ascii_case(prefix)
                    || rule.id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            })
        };
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
    /// Times that nobody could say, by reason.
    pub undecided: [u64; Reason::ALL.len()],
}

impl Tally {
    pub(super) fn undecide(&mut self, reason: Reason) {
        if let Some(count) = self.undecided.get_mut(reason.index()) {
            *count += 1;
        }
    }

    /// Times that nobody could say, for whatever reason.
    pub fn undecided_in_all(&self) -> u64 {
        self.undecided.iter().sum()
    }

    /// Adds another tally of the same rule.
    pub fn merge(&mut self, other: &Tally) {
        self.occasions += other.occasions;
        self.violations += other.violations;
        for (mine, others) in self.undecided.iter_mut().zip(other.undecided) {
            *mine += others;
        }
    }
}

/// What judging one session gave.
#[derive(Debug)]
pub struct Outcome {
    /// The profile that it was judged by.
    pub profile: Profile,
    /// Violations, by message, command and rule.
    pub findings: Vec<Finding>,
    /// One tally for each rule of [`Engine::rules`], in that order.
    pub tallies: Vec<Tally>,
    /// Occasions of requirements (MUST, MUST NOT) that nobody could decide.
    pub undecided_requirements: u64,
}

/// All selected rules, sorted by what they look at.
#[derive(Debug)]
pub struct Engine {
    rules: Vec<&'static Rule>,
    selection: Selection,
    session: Vec<usize>,
    message: Vec<usize>,
    encoding: Vec<usize>,
    command: Vec<Vec<usize>>,
}

impl Engine {
    /// An engine for a selection of all rules.
    pub fn new(selection: Selection) -> Self {
        let rules: Vec<&'static Rule> = super::all().filter(|rule| selection.includes(rule)).collect();
        Self::with_rules(rules, selection)
    }

    /// An engine for these rules and no others.
    pub fn with_rules(rules: Vec<&'static Rule>, selection: Selection) -> Self {
        let mut engine = Self {
            selection,
            session: Vec::new(),
            message: Vec::new(),
            encoding: Vec::new(),
            command: vec![Vec::new(); CommandName::Sync as usize + 1],
            rules,
        };
        for (at, rule) in engine.rules.iter().enumerate() {
            match rule.check {
                Check::Session(_) => engine.session.push(at),
                Check::Message(_) => engine.message.push(at),
                Check::Encoding(_) => engine.encoding.push(at),
                Check::Command(names, _) => {
                    for name in names {
                        if let Some(list) = engine.command.get_mut(*name as usize) {
                            list.push(at);
                        }
                    }
                }
            }
        }
        engine
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
            tallies: vec![Tally::default(); self.rules.len()],
            undecided_requirements: 0,
        };
        let version = profile.version();
        let gates: Vec<Gates> = (self.rules.iter())
            .map(|rule| match rule.versions.include(version) {
                true => Gates::new(rule, profile, self.selection.role),
                false => Gates::SHUT,
            })
            .collect();
        self.run(&self.session, session, &gates, &mut outcome, |check, cx| {
            if let Check::Session(check) = check {
                check(session, cx);
            }
        });
        for (id, entry) in session.entries_with_ids() {
            let msg = Msg { session, id, entry };
            self.run(&self.encoding, session, &gates, &mut outcome, |check, cx| {
                if let Check::Encoding(check) = check {
                    check(msg, cx);
                }
            });
            if !entry.message.is_judgeable() {
                continue;
            }
            self.run(&self.message, session, &gates, &mut outcome, |check, cx| {
                if let Check::Message(check) = check {
                    check(msg, cx);
                }
            });
            for (command_id, command) in entry.message.commands_with_ids() {
                let Some(list) = self.command.get(command.name as usize) else { continue };
                let cmd = Cmd { msg, id: command_id, command };
                self.run(list, session, &gates, &mut outcome, |check, cx| {
                    if let Check::Command(_, check) = check {
                        check(cmd, cx);
                    }
                });
            }
        }
        yield_to_specific(&mut outcome, &self.rules);
        outcome.undecided_requirements = (self.rules.iter().zip(&outcome.tallies))
            .filter(|(rule, _)| rule.level.is_requirement())
            .map(|(_, tally)| tally.undecided_in_all())
            .sum();
        outcome.findings.sort_by(|a, b| (a.at, a.rule.id).cmp(&(b.at, b.rule.id)));
        outcome
    }

    fn run<'s>(
        &self,
        list: &[usize],
        session: &'s Session,
        gates: &[Gates],
        outcome: &'s mut Outcome,
        mut call: impl FnMut(Check, &mut Cx<'_>),
    ) {
        for at in list {
            let (Some(rule), Some(gates), Some(tally)) =
                (self.rules.get(*at), gates.get(*at), outcome.tallies.get_mut(*at))
            else {
                continue;
            };
            if gates.are_shut() {
                continue;
            }
            let mut cx = Cx {
                session,
                rule,
                mode: self.selection.mode,
                profile: outcome.profile,
                gates: *gates,
                tally,
                findings: &mut outcome.findings,
            };
            call(rule.check, &mut cx);
        }
    }
}

/// Where several rules see one cause, the more specific one speaks (guard G16): a finding is dropped when a rule that its
/// own rule yields to has one at the same command, or, where it has no command, at the same message.
fn yield_to_specific(outcome: &mut Outcome, rules: &[&'static Rule]) {
    if outcome.findings.iter().all(|finding| finding.rule.yields_to.is_empty()) {
        return;
    }
    let spoken: Vec<_> = outcome.findings.iter().map(|finding| (finding.rule.id, finding.at)).collect();
    let findings = std::mem::take(&mut outcome.findings);
    for finding in findings {
        let silent = spoken.iter().any(|(id, at)| {
            finding.rule.yields_to.contains(id)
                && at.entry == finding.at.entry
                && (finding.at.command.is_none() || at.command.is_none() || at.command == finding.at.command)
        });
        if silent {
            if let Some(at) = rules.iter().position(|rule| rule.id == finding.rule.id)
                && let Some(tally) = outcome.tallies.get_mut(at)
            {
                tally.violations = tally.violations.saturating_sub(1);
            }
        } else {
            outcome.findings.push(finding);
        }
    }
}
