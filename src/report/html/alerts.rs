//! What devices report of their own accord, the most important first.

use super::escape::esc;
use super::shown::{Shown, place};
use crate::verdict::{AlertReport, ReportStore, Text};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Alerts that are shown.
const ROWS: usize = 1_000;

#[derive(Deserialize)]
struct Head {
    index: u32,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    alerts: Vec<AlertReport<'static>>,
}

/// An alert, and whose it is.
struct Row {
    session: u32,
    device: String,
    alert: AlertReport<'static>,
}

/// The most important alerts, by Mark and then in the order of the capture.
#[derive(Default)]
pub(super) struct Alerts {
    rows: BTreeMap<(usize, u64), Row>,
    all: u64,
}

impl Alerts {
    fn add(&mut self, head: Head) {
        for alert in head.alerts {
            self.all = self.all.saturating_add(1);
            let key = (alert.rank(), self.all);
            let row = Row { session: head.index, device: head.device.clone().unwrap_or_default(), alert };
            self.rows.insert(key, row);
            if self.rows.len() > ROWS {
                self.rows.pop_last();
            }
        }
    }

    /// Those of a report.
    pub(super) fn of(report: &mut ReportStore) -> io::Result<Self> {
        let mut alerts = Self::default();
        for head in report.sessions()?.narrowed::<Head>() {
            alerts.add(head?);
        }
        Ok(alerts)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn write(&self, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section id=\"alerts\"><h2>Alerts of devices <span class=\"n\">{}</span></h2><p>What devices report of their own accord \
             (Generic Alerts and client events), the most important first, and what the server said to it.</p><table><thead><tr><th>Mark\
             <th>Type<th>Device<th>Node<th>Data<th>Seen in<th>Acknowledged</tr></thead><tbody>",
            self.all
        )?;
        for Row { session, device, alert } in self.rows.values() {
            let text = |text: &Option<Text<'_>>| match text {
                Some(text) => esc(text).to_string(),
                None => "–".to_owned(),
            };
            let mark = match &alert.mark {
                Some(mark) => esc(mark).to_string(),
                None => format!("<span class=\"dim\">{}</span>", alert.mark()),
            };
            let status = match &alert.status {
                Some(status) => esc(status).to_string(),
                None => "<span class=\"dim\">no Status seen</span>".to_owned(),
            };
            writeln!(
                out,
                "<tr><td>{mark}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{status}</tr>",
                text(&alert.kind),
                esc(device),
                text(&alert.source),
                text(&alert.data),
                place(shown, *session, Some(alert.message)),
            )?;
        }
        writeln!(out, "</tbody></table>")?;
        let left = self.all.saturating_sub(u64::try_from(self.rows.len()).unwrap_or(u64::MAX));
        if left > 0 {
            writeln!(out, "<p class=\"dim\">… and {left} more.</p>")?;
        }
        writeln!(out, "</section>")
    }
}
