//! How important an alert is.

/// Values of Mark, the most important one first (OMA-TS-DM_Protocol-V1_2_1, section 8.7.1).
pub const MARKS: [&str; 7] = ["fatal", "critical", "minor", "warning", "informational", "harmless", "indeterminate"];

/// What an alert without Mark is (same section).
pub const UNMARKED: &str = "informational";

/// The place of a Mark among [`MARKS`], in whatever case; a word that is none of them comes last.
pub fn rank_of_mark(mark: Option<&str>) -> usize {
    let mark = mark.unwrap_or(UNMARKED);
    MARKS.iter().position(|known| known.eq_ignore_ascii_case(mark)).unwrap_or(MARKS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_ranked() {
        let table =
            [(Some("fatal"), 0), (Some("Critical"), 1), (None, 4), (Some("indeterminate"), 6), (Some("high"), 7)];
        for (mark, expected) in table {
            assert_eq!(rank_of_mark(mark), expected, "{mark:?}");
        }
    }
}
