//! Values of nodes as CSV (RFC 4180), for spreadsheets and plots.

use super::super::output::Output;
use super::Asked;
use crate::report::csv_row;
use crate::tree::{Certainty, Journal, Teller};
use std::borrow::Cow;
use std::io::{self, Write};

/// The columns.
const COLUMNS: [&str; 10] =
    ["device", "uri", "time", "session", "message", "value", "octets", "certainty", "teller", "command"];

/// One line for each value that was told; what is not there any more has none, and 0 octets.
pub(super) fn csv(journals: &[&Journal], asked: &Asked, output: &Output) -> io::Result<()> {
    let mut out = output.results();
    csv_row(&mut out, &COLUMNS.map(Cow::from))?;
    let Asked::Values(uri) = asked else { return out.flush() };
    for journal in journals {
        for node in journal.readings(uri).unwrap_or_default() {
            for reading in &node.readings {
                let origin = &reading.origin;
                let value = reading.value.as_ref();
                let teller = match origin.teller {
                    Teller::Report => "report",
                    Teller::Answer => "answer",
                    Teller::Command => "command",
                    Teller::Gap => "gap",
                };
                let certainty = match reading.certainty {
                    Certainty::Certain => "certain",
                    Certainty::Inferred => "inferred",
                };
                let row: [Cow<'_, str>; 10] = [
                    journal.device().into(),
                    (&*node.uri).into(),
                    (&*origin.time).into(),
                    origin.session.to_string().into(),
                    origin.message.to_string().into(),
                    value.and_then(|value| value.text.as_deref()).unwrap_or_default().into(),
                    value.map_or(0, |value| value.length).to_string().into(),
                    certainty.into(),
                    teller.into(),
                    origin.command.map_or_else(String::new, |command| command.to_string()).into(),
                ];
                csv_row(&mut out, &row)?;
            }
        }
    }
    out.flush()
}
