//! The run over all inputs.

use super::beside::Seat;
use super::judge::Judge;
use super::live::Follow;
use super::order::Ready;
use super::pipeline;
use super::redact::redact_input;
use super::{Inputs, Options};
use crate::rules::{Engine, Tally};
use crate::testcase::CaseTally;
use crate::testcase::ics::Seen;
use crate::tree::{Lesson, SharedForest};
use crate::verdict::{Arisen, InputReport, JudgedSession, Notes, RuleReport, TestCaseReport, UndecidedReport};
use std::io;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Takes what is finished.
pub trait Sink {
    /// One session, which is in its place, with its final number.
    ///
    /// # Errors
    ///
    /// When it can't be kept; the run ends there.
    fn session(&mut self, number: u32, session: &JudgedSession) -> io::Result<()>;

    /// How far the reading has come; called now and then.
    fn progress(&mut self, _progress: &Progress<'_>) {}

    /// A finding, as soon as it is one: only of a stream that is followed ([`follow`]). It comes again with its session.
    ///
    /// # Errors
    ///
    /// When it can't be told; the run ends there.
    fn arisen(&mut self, _arisen: &Arisen) -> io::Result<()> {
        Ok(())
    }
}

/// How far the reading has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is being read.
    pub input: &'a str,
    /// Octets read over all inputs.
    pub bytes: u64,
    /// Octets there are over all inputs; `None` with standard input among them.
    pub total: Option<u64>,
}

/// What is known at the end.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One for each source, in their order.
    pub inputs: Vec<InputReport>,
    /// Every selected rule, in the order of the registry.
    pub rules: Vec<RuleReport>,
    /// Every selected test case.
    pub testcases: Vec<TestCaseReport>,
    /// What is to be said of waivers and baseline.
    pub notes: Notes,
    /// What the traffic shows of the items of a statement of support, where that was wanted.
    pub seen: Seen,
}

/// Reads all inputs and judges every session in them. What is wrong with an input becomes one of its problems.
///
/// Each input is a capture of its own: connections and sessions do not go on from one to the next. Inputs are read by as
/// many threads as `jobs` says; where there are more than inputs to read, each is judged beside its reading. What comes out
/// does not depend on it.
///
/// # Errors
///
/// Only those of the sink.
pub fn run(inputs: &Inputs, options: &Options, sink: &mut dyn Sink) -> io::Result<Outcome> {
    let judge = Judge::new(options);
    let engine = judge.engine();
    let total = inputs.sources.iter().map(|source| source.size).sum();
    let mut collector = Collector::new(sink, &judge, options, total);
    let jobs = options.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let readers = jobs.min(inputs.sources.len());
    let seat = if jobs >= readers.saturating_mul(2) { Seat::Beside } else { Seat::Here };
    let mut reports = if readers <= 1 {
        one_by_one(inputs, &judge, seat, &mut collector)?
    } else {
        side_by_side(inputs, &judge, (readers, seat), &mut collector)?
    };
    let rules = rule_reports(engine, &collector.tallies);
    if options.redact {
        reports.iter_mut().for_each(redact_input);
    }
    let mut testcases = judge.cases().report(&collector.cases);
    let notes = judge.close(options, &mut testcases);
    Ok(Outcome { inputs: reports, rules, testcases, notes, seen: collector.seen })
}

/// Judges a capture while it is written, until its writers are gone; `name` is what reports call it. What comes out is what
/// [`run`] makes of the same octets in a file of that name.
///
/// # Errors
///
/// Only those of the sink.
pub fn follow(name: &str, stream: Follow, options: &Options, sink: &mut dyn Sink) -> io::Result<Outcome> {
    let judge = Judge::new(options);
    let mut collector = Collector::new(sink, &judge, options, None);
    let mut report = pipeline::follow(name, stream, &judge, &mut |part| collector.take(name, part))?;
    let rules = rule_reports(judge.engine(), &collector.tallies);
    if options.redact {
        redact_input(&mut report);
    }
    let mut testcases = judge.cases().report(&collector.cases);
    let notes = judge.close(options, &mut testcases);
    Ok(Outcome { inputs: vec![report], rules, testcases, notes, seen: collector.seen })
}

fn rule_reports(engine: &Engine, tallies: &[Tally]) -> Vec<RuleReport> {
    let row = |(rule, tally): (&&'static crate::rules::Rule, &Tally)| RuleReport {
        id: rule.id.into(),
        name: rule.name.into(),
        title: rule.title.into(),
        also: rule.also().map(Into::into).collect(),
        occasions: tally.occasions,
        violations: tally.violations,
        undecided: (tally.undecided_reasons())
            .map(|(reason, occasions)| UndecidedReport { reason: reason.name().into(), occasions })
            .collect(),
    };
    engine.rules().iter().zip(tallies).filter(|(rule, _)| engine.is_heard(rule)).map(row).collect()
}

/// What comes from one input, in the order of its sessions.
pub(super) enum Part {
    /// A session, or one that the filter leaves out.
    Session(Ready),
    /// What the session before it tells of its device's tree.
    Lesson(Box<Lesson>),
    /// Octets read since the last time.
    Read(u64),
    /// A finding of a session that goes on, or has just ended.
    Arisen(Box<Arisen>),
    /// What the sessions that are reported show, which are numbered from 1; and how many sessions there were.
    Seen(Box<Seen>, u32),
    /// What the rules did in all sessions that are reported, in the order of the engine's rules.
    Rules(Vec<Tally>),
    /// What the test cases came to, in their order; `sessions` is how many the input has.
    Cases {
        /// One for each case.
        tallies: Vec<CaseTally>,
        /// Sessions of the input.
        sessions: u32,
        /// Its number, where there are several.
        input: Option<u32>,
    },
}

/// Numbers sessions and hands them on.
struct Collector<'a> {
    sink: &'a mut dyn Sink,
    number: u32,
    tallies: Vec<Tally>,
    cases: Vec<CaseTally>,
    seen: Seen,
    trees: Option<&'a SharedForest>,
    read: u64,
    total: Option<u64>,
}

impl<'a> Collector<'a> {
    fn new(sink: &'a mut dyn Sink, judge: &Judge<'_>, options: &'a Options, total: Option<u64>) -> Self {
        let tallies = vec![Tally::default(); judge.engine().rules().len()];
        let (seen, trees) = (Seen::default(), options.trees.as_ref());
        Self { sink, number: 0, tallies, cases: judge.cases().tallies(), seen, trees, read: 0, total }
    }

    fn take(&mut self, input: &str, part: Part) -> io::Result<()> {
        match part {
            Part::Session(ready) => {
                self.number = self.number.saturating_add(1);
                match ready {
                    Ready::Kept(session) => self.sink.session(self.number, &session),
                    Ready::LeftOut => Ok(()),
                }
            }
            Part::Lesson(lesson) => {
                if let Some(trees) = self.trees {
                    trees.learn(self.number, &lesson);
                }
                Ok(())
            }
            Part::Arisen(arisen) => self.sink.arisen(&arisen),
            Part::Read(octets) => {
                self.read = self.read.saturating_add(octets);
                self.sink.progress(&Progress { input, bytes: self.read, total: self.total });
                Ok(())
            }
            Part::Seen(seen, sessions) => {
                self.seen.merge(seen.behind(self.number.saturating_sub(sessions)));
                Ok(())
            }
            Part::Rules(tallies) => {
                for (sum, tally) in self.tallies.iter_mut().zip(&tallies) {
                    sum.merge(tally);
                }
                Ok(())
            }
            Part::Cases { tallies, sessions, input } => {
                let before = self.number.saturating_sub(sessions);
                for (sum, tally) in self.cases.iter_mut().zip(tallies) {
                    sum.merge(tally, before, input);
                }
                Ok(())
            }
        }
    }
}

fn one_by_one(
    inputs: &Inputs,
    judge: &Judge<'_>,
    seat: Seat,
    collector: &mut Collector<'_>,
) -> io::Result<Vec<InputReport>> {
    let several = inputs.of_more || inputs.sources.len() > 1;
    let mut reports = Vec::new();
    for (at, source) in inputs.sources.iter().enumerate() {
        let number = several.then(|| number_of(at));
        reports.push(pipeline::read(source, number, judge, seat, &mut |part| collector.take(&source.name(), part))?);
    }
    Ok(reports)
}

fn number_of(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}

/// Parts of one input that wait for those of earlier inputs.
const WAITING_PARTS: usize = 256;

type Channel = (SyncSender<Part>, Receiver<Part>);

/// Threads take inputs in their order; what an input gives waits in a channel until it is its turn. The thread that has the
/// earliest input is never held up, so that none waits for ever.
fn side_by_side(
    inputs: &Inputs,
    judge: &Judge<'_>,
    (readers, seat): (usize, Seat),
    collector: &mut Collector<'_>,
) -> io::Result<Vec<InputReport>> {
    let channels: Vec<Channel> = inputs.sources.iter().map(|_| sync_channel(WAITING_PARTS)).collect();
    let (senders, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
    let senders: Vec<Mutex<Option<SyncSender<Part>>>> = senders.into_iter().map(|one| Mutex::new(Some(one))).collect();
    let reports: Vec<Mutex<Option<io::Result<InputReport>>>> =
        inputs.sources.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let mut failed = Ok(());
    thread::scope(|scope| {
        for _ in 0..readers {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(source), Some(sender), Some(report)) =
                        (inputs.sources.get(at), senders.get(at), reports.get(at))
                    else {
                        break;
                    };
                    let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) else { break };
                    let gone = || io::Error::other("the report is no longer wanted");
                    let result = pipeline::read(source, Some(number_of(at)), judge, seat, &mut |part| {
                        sender.send(part).map_err(|_| gone())
                    });
                    if let Ok(mut slot) = report.lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
        // A receiver that is dropped early stops the thread that sends to it.
        for (receiver, source) in receivers.into_iter().zip(&inputs.sources) {
            for part in receiver {
                if let Err(error) = collector.take(&source.name(), part) {
                    failed = Err(error);
                    return;
                }
            }
        }
    });
    failed?;
    reports
        .into_iter()
        .map(|slot| match slot.into_inner() {
            Ok(Some(result)) => result,
            _ => Err(io::Error::other("a thread ended without its report")),
        })
        .collect()
}
