//! Operations that are not finished.

use super::escape::esc;
use super::shown::{Shown, place};
use crate::verdict::Tail;
use std::io::{self, Write};

pub(super) fn write(tail: &Tail, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if tail.pending.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"pending\"><h2>Not yet finished <span class=\"n\">{}</span></h2><p>Operations that were accepted (202), and \
         whose end no alert tells by the end of the captures.</p><table><thead><tr><th>Device<th>Operation<th>Correlator<th>Since\
         <th>Latest word in</tr></thead><tbody>",
        tail.summary.pending
    )?;
    for row in &tail.pending {
        let since = match row.session {
            Some(session) => place(shown, session, row.message),
            None => esc(&row.since()).to_string(),
        };
        let input = row.input.map(|input| format!(" <i>·</i> input {input}")).unwrap_or_default();
        writeln!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{since}{input}<td>{}</tr>",
            esc(row.device.as_deref().unwrap_or("unknown device")),
            esc(&row.name()),
            esc(row.correlator.as_deref().unwrap_or("–")),
            place(shown, row.last_session, None),
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    let listed = u64::try_from(tail.pending.len()).unwrap_or(u64::MAX);
    let left = tail.summary.pending.saturating_sub(listed);
    if left > 0 {
        writeln!(out, "<p class=\"dim\">… and {left} more.</p>")?;
    }
    writeln!(out, "</section>")
}
