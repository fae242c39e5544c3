//! Text from the wire on its way into HTML.

use crate::report::visible;
use std::fmt::{self, Write as _};

/// A text that shows as itself in HTML, between tags and between quotes: what is not seen is made visible, what HTML would
/// act upon is escaped.
pub(super) struct Esc<'t>(&'t str);

/// [`Esc`] of a text.
pub(super) fn esc(text: &str) -> Esc<'_> {
    Esc(text)
}

impl fmt::Display for Esc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        entities(&visible(self.0), f)
    }
}

/// As [`Esc`], for a line of an indented message, in which tabs stay.
pub(super) struct Code<'t>(pub(super) &'t str);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, piece) in self.0.split('\t').enumerate() {
            if position > 0 {
                f.write_char('\t')?;
            }
            entities(&visible(piece), f)?;
        }
        Ok(())
    }
}

fn entities(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (plain, special) = rest.split_at(at);
        f.write_str(plain)?;
        let mut chars = special.chars();
        f.write_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&#39;",
        })?;
        rest = chars.as_str();
    }
    f.write_str(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_acts_upon_is_left() {
        let table = [
            ("plain ü 漢", "plain ü 漢"),
            ("<script>a('b')</script>", "&lt;script&gt;a(&#39;b&#39;)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"),
            ("&amp;\u{202e}\n\0", "&amp;amp;\\u{202e}\\n\\x00"),
        ];
        for (wire, html) in table {
            assert_eq!(esc(wire).to_string(), html);
        }
        assert_eq!(Code("\t<a>\t\x1b").to_string(), "\t&lt;a&gt;\t\\x1b");
    }
}
