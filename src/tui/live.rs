//! Live traffic: what the program behind the screen does, what it has to say, and its switches.
//!
//! Nothing here waits for the screen: it asks, and whoever is asked answers from memory. What the program says goes into a
//! [`Journal`], because standard error is under the screen.

use super::line::{Line, Subject, Tone};
use super::model::Listing;
use super::timeline::size;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

/// Lines that are kept of what the program says: those that were said last.
pub const REMARKS: usize = 300;

/// What runs behind a live view.
pub trait LiveControl: Debug + Send + Sync {
    /// How it stands.
    fn status(&self) -> LiveStatus;
    /// Its switches: faults that can be turned on and off.
    fn switches(&self) -> Vec<Switch>;
    /// Turns a switch; says what it is now.
    fn turn(&self, number: usize) -> Option<bool>;
    /// Takes what was said since the last time, the oldest first; no more than [`REMARKS`].
    fn remarks(&self) -> Vec<Remark>;
    /// Whether it has come to its end, so that there is nothing to be shown any more.
    fn has_ended(&self) -> bool;
}

/// A line that the program would have put on standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// How it looks; [`Tone::Error`] shows on every screen.
    pub tone: Tone,
    /// The text; it need not be safe to print.
    pub text: String,
}

/// What was said and not taken yet. Who says something never waits: where nobody takes it, the oldest goes.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<Remark>>);

impl Journal {
    /// Adds a line.
    pub fn say(&self, remark: Remark) {
        // A list is sound after each step.
        let mut remarks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keep(&mut remarks, remark);
    }

    /// Takes what there is.
    pub fn take(&self) -> Vec<Remark> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

/// Adds a line to the last ones.
pub(super) fn keep(remarks: &mut VecDeque<Remark>, remark: Remark) {
    remarks.push_back(remark);
    while remarks.len() > REMARKS {
        remarks.pop_front();
    }
}

/// How it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveStatus {
    /// What it listens to.
    pub listens: String,
    /// Where it leads; empty where devices say.
    pub leads: String,
    /// Where it is recorded; empty where it is not.
    pub records: String,
    /// Connections at the moment.
    pub connections: u64,
    /// Connections so far.
    pub accepted: u64,
    /// Exchanges so far.
    pub exchanges: u64,
    /// Octets from devices.
    pub from_devices: u64,
    /// Octets to devices.
    pub to_devices: u64,
    /// Findings so far that are errors, warnings and infos; sessions that go on are among them.
    pub findings: [u64; 3],
}

/// Something that can be on or off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switch {
    /// What it does.
    pub name: String,
    /// Whether it does it.
    pub on: bool,
    /// How often it has done it.
    pub applied: u64,
}

/// The state of the screen.
#[derive(Debug, Clone, Default)]
pub struct LiveState {
    /// Its lines.
    pub list: Listing,
    /// What was last known, for rates.
    last: Option<(LiveStatus, u64)>,
    rates: (u64, u64),
}

impl LiveState {
    /// Takes in how it stands, and the last of what it said; `millis` is the time of the program, for rates alone.
    pub fn rebuild(&mut self, control: &dyn LiveControl, said: &VecDeque<Remark>, millis: u64) {
        const EVERY: u64 = 900;
        let status = control.status();
        match &self.last {
            Some((before, then)) if millis.saturating_sub(*then) >= EVERY => {
                let span = millis.saturating_sub(*then).max(1);
                let rate = |now: u64, then: u64| now.saturating_sub(then).saturating_mul(1_000) / span;
                self.rates =
                    (rate(status.from_devices, before.from_devices), rate(status.to_devices, before.to_devices));
                self.last = Some((status.clone(), millis));
            }
            Some(_) => {}
            None => self.last = Some((status.clone(), millis)),
        }
        let mut lines = Vec::new();
        let mut fact = |name: &str, text: String| {
            lines.push(Line::of(Tone::Dim, format!("{name:<14}")).and(Tone::Plain, text));
        };
        fact("listens at", status.listens.clone());
        fact("leads to", if status.leads.is_empty() { "where devices say".to_owned() } else { status.leads.clone() });
        fact("records to", if status.records.is_empty() { "nothing".to_owned() } else { status.records.clone() });
        fact("connections", format!("{} open, {} so far", status.connections, status.accepted));
        fact("exchanges", status.exchanges.to_string());
        fact("from devices", format!("{}, {}/s", size(status.from_devices), size(self.rates.0)));
        fact("to devices", format!("{}, {}/s", size(status.to_devices), size(self.rates.1)));
        let [errors, warnings, infos] = status.findings;
        fact("findings", format!("{errors} E, {warnings} W, {infos} I so far"));
        lines.push(Line::new());
        let switches = control.switches();
        lines.push(Line::of(
            Tone::Heading,
            if switches.is_empty() { "No faults (--fault)" } else { "Faults (Enter switches)" },
        ));
        for (number, switch) in (0..).zip(switches) {
            let (tone, sign) = if switch.on { (Tone::Warning, "[on]  ") } else { (Tone::Dim, "[off] ") };
            let line = Line::of(tone, sign)
                .and(Tone::Plain, &switch.name)
                .and(Tone::Dim, format!("  applied {} ×", switch.applied));
            lines.push(line.for_subject(Subject::Choice(number)));
        }
        lines.push(Line::new());
        lines.push(Line::of(
            Tone::Heading,
            if said.is_empty() { "Nothing was said yet" } else { "Said, the latest first" },
        ));
        lines.extend(said.iter().rev().map(|remark| Line::of(remark.tone, &remark.text)));
        self.list.replace(lines);
    }
}

#[cfg(test)]
mod tests;
