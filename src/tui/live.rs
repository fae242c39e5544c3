//! Live traffic: what the program behind the screen does, and its switches.

use super::line::{Line, Subject, Tone};
use super::model::Listing;
use super::timeline::size;
use std::fmt::Debug;

/// What runs behind a live view.
pub trait LiveControl: Debug + Send + Sync {
    /// How it stands.
    fn status(&self) -> LiveStatus;
    /// Its switches: faults that can be turned on and off.
    fn switches(&self) -> Vec<Switch>;
    /// Turns a switch; says what it is now.
    fn turn(&self, number: usize) -> Option<bool>;
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
    /// Octets from the server.
    pub from_server: u64,
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
    /// Takes in how it stands; `millis` is the time of the program, for rates alone.
    pub fn rebuild(&mut self, control: &dyn LiveControl, millis: u64) {
        const EVERY: u64 = 900;
        let status = control.status();
        match &self.last {
            Some((before, then)) if millis.saturating_sub(*then) >= EVERY => {
                let span = millis.saturating_sub(*then).max(1);
                let rate = |now: u64, then: u64| now.saturating_sub(then).saturating_mul(1_000) / span;
                self.rates =
                    (rate(status.from_devices, before.from_devices), rate(status.from_server, before.from_server));
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
        fact("from server", format!("{}, {}/s", size(status.from_server), size(self.rates.1)));
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
        self.list.replace(lines);
    }
}
