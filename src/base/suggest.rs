//! *Did you mean*.

/// The candidate that is most like a word, when one is like enough; the first of several.
pub(crate) fn similar<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    let most = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let steps = distance(&word, &candidate.to_lowercase());
        if steps <= most && best.is_none_or(|(fewest, _)| steps < fewest) {
            best = Some((steps, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Characters to insert, remove, replace or swap with a neighbour, to make one text from the other. Long texts are not
/// compared.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 256;
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(LONGEST).collect(), b.chars().take(LONGEST).collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, &left) in a.iter().enumerate() {
        let mut line = vec![row.saturating_add(1)];
        let mut above = None;
        for (column, &right) in b.iter().enumerate() {
            let at = |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column).saturating_add(usize::from(left != right));
            let removed = at(&last, column.saturating_add(1)).saturating_add(1);
            let inserted = at(&line, column).saturating_add(1);
            let swapped = match (column.checked_sub(1), previous, above) {
                (Some(two_left), Some(up), Some(beside)) if up == right && beside == left => {
                    at(&before_last, two_left).saturating_add(1)
                }
                _ => usize::MAX,
            };
            line.push(replaced.min(removed).min(inserted).min(swapped));
            above = Some(right);
        }
        before_last = std::mem::replace(&mut last, line);
        previous = Some(left);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_the_word_that_was_meant() {
        let ids = ["HDR-001", "HDR-006", "AUTH-004", "STA-002"];
        let table = [
            ("HRD-006", Some("HDR-006")),
            ("hdr-06", Some("HDR-006")),
            ("AUTH-04", Some("AUTH-004")),
            ("nonsense", None),
            ("", None),
        ];
        for (word, expected) in table {
            assert_eq!(similar(word, ids), expected, "{word}");
        }
    }

    #[test]
    fn a_distance_counts_single_steps() {
        let table = [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("abc", "abc", 0)];
        for (a, b, steps) in table {
            assert_eq!(distance(a, b), steps, "{a} {b}");
            assert_eq!(distance(b, a), steps, "{b} {a}");
        }
    }
}
