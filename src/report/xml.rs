//! Text inside XML that other programs read.

use std::fmt::Write as _;

/// Escapes text for content and for attributes in double quotes. Characters that XML 1.0 does not have, and those that a
/// reader would not see, become visible escapes.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(16));
    for c in super::visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Writing to a String cannot fail.
            '\u{fffe}' | '\u{ffff}' => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_the_wire_is_mark_up() {
        assert_eq!(xml("<a b=\"c\">&'x'"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;x&apos;");
        assert_eq!(xml("\0\u{1b}\u{ffff}\n"), "\\x00\\x1b\\u{ffff}\\n");
        assert_eq!(xml("]]>"), "]]&gt;");
    }
}
