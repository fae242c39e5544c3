//! Operations that are not finished.

use super::paint::{Paint, count};
use crate::report::visible;
use crate::verdict::Tail;
use std::io::{self, Write};

/// Operations that are listed; the others are counted.
const LISTED: usize = 12;

pub(super) fn write(tail: &Tail, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if tail.pending.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}\n", paint.bold("Not yet finished"))?;
    let shown = if paint.verbose() { usize::MAX } else { LISTED };
    for row in tail.pending.iter().take(shown) {
        let device = row.device.as_deref().unwrap_or("unknown device");
        let input = row.input.map(|input| format!(" (input {input})")).unwrap_or_default();
        let text = format!("{}: {}, {}{input}", visible(device), visible(&row.name()), visible(&row.since()));
        paint.paragraph(out, "  ", "    ", &text)?;
    }
    let listed = u64::try_from(tail.pending.len().min(shown)).unwrap_or(u64::MAX);
    let left = tail.summary.pending.saturating_sub(listed);
    if left > 0 {
        writeln!(out, "  {}", paint.dim(format_args!("… {}", count(left, "more operation"))))?;
    }
    Ok(())
}
