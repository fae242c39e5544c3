//! Where a statement of support does not agree with the traffic.

use super::paint::{Paint, frames};
use crate::report::visible;
use crate::verdict::{Severity, Tail};
use std::io::{self, Write};

pub(super) fn write(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if tail.ics.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}\n", paint.bold("Statement of support (ICS)"))?;
    for row in &tail.ics {
        let mark = paint.severity(Severity::Warning, Severity::Warning.letter());
        let seen = row.seen.as_deref().map(|seen| format!(", seen {}", visible(seen))).unwrap_or_default();
        writeln!(out, "{mark} {}  declared {}{seen}", visible(&row.item), visible(&row.declared))?;
        paint.paragraph(out, "  ", "  ", &visible(&row.text))?;
        let place = [
            row.input.map(|input| format!("input {input}")),
            row.session.map(|session| format!("session {session}")),
            row.message.map(|message| format!("message {message}")),
            Some(frames(&row.frames)).filter(|frames| !frames.is_empty()),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            writeln!(out, "  {}", paint.dim(place.join(", ")))?;
        }
    }
    Ok(())
}
