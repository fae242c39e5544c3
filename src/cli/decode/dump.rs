//! Octets with what they are beside them.

use crate::report::visible;
use crate::wbxml::Annotation;
use std::io::{self, Write};

/// Octets of one line of an annotated dump.
const ROW: usize = 8;

/// One line for each field and token, with more lines of octets where they do not fit into one.
pub(super) fn annotated(body: &[u8], lines: Annotation<'_>, out: &mut dyn Write) -> io::Result<()> {
    for line in lines {
        let octets = line.span.of(body);
        let mut rows = octets.chunks(ROW).enumerate();
        let first = rows.next().map_or(&[][..], |(_, row)| row);
        let indent = line.depth.saturating_mul(2).min(80);
        let text = format!("{:indent$}{:<8} {}", "", line.token, visible(&line.text));
        writeln!(out, "{:08x}  {}  {}", line.span.start, pairs(first), text.trim_end())?;
        for (number, row) in rows {
            let offset = (line.span.start as usize).saturating_add(number.saturating_mul(ROW));
            writeln!(out, "{offset:08x}  {}", pairs(row).trim_end())?;
        }
    }
    Ok(())
}

fn pairs(row: &[u8]) -> String {
    let pairs: Vec<String> = row.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{:<width$}", pairs.join(" "), width = ROW * 3 - 1)
}

/// Sixteen octets a line, with their characters.
pub(super) fn plain(body: &[u8], out: &mut dyn Write) -> io::Result<()> {
    for (number, row) in body.chunks(16).enumerate() {
        let pairs: Vec<String> = row.iter().map(|octet| format!("{octet:02x}")).collect();
        let characters: String = row
            .iter()
            .map(|octet| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '.' })
            .collect();
        writeln!(out, "{:08x}  {:<47}  |{characters}|", number.saturating_mul(16), pairs.join(" "))?;
    }
    Ok(())
}
