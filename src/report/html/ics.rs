//! Where a statement of support does not agree with the traffic.

use super::escape::esc;
use super::shown::{Shown, mark, place};
use crate::report::text::frames;
use crate::verdict::{Severity, Tail};
use std::io::{self, Write};

pub(super) fn write(tail: &Tail, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if tail.ics.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"ics\"><h2>Statement of support <span class=\"n\">{}</span></h2><p>What is declared (ICS), and does not \
         agree with the traffic. Each weighs as a warning.</p><table><thead><tr><th>Item<th>Declared<th>Seen<th>What<th>Where\
         </tr></thead><tbody>",
        tail.ics.len()
    )?;
    for row in &tail.ics {
        let mut places: Vec<String> = row.input.map(|input| format!("input {input}")).into_iter().collect();
        places.extend(row.session.map(|session| place(shown, session, row.message)));
        places.extend(Some(frames(&row.frames)).filter(|frames| !frames.is_empty()));
        writeln!(
            out,
            "<tr><td class=\"id\">{} {}<td>{}<td>{}<td>{}<td>{}</tr>",
            mark(Severity::Warning),
            esc(&row.item),
            esc(&row.declared),
            esc(row.seen.as_deref().unwrap_or("–")),
            esc(&row.text),
            places.join(" <i>·</i> "),
        )?;
    }
    writeln!(out, "</tbody></table></section>")
}
