//! A part of the inputs, for a run that is spread over several jobs.

use super::inputs::Found;
use std::str::FromStr;

/// The I-th of N parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    /// From 1.
    number: usize,
    of: usize,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "expected I/N with I from 1 to N, such as 1/4";
        let (number, of) = text.split_once('/').ok_or(wrong)?;
        let (number, of) = (number.parse().map_err(|_| wrong)?, of.parse().map_err(|_| wrong)?);
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err(wrong) }
    }
}

impl Shard {
    /// Keeps what belongs to the part. Parts follow each other, so that their reports, put together in order, are the report
    /// of one run; what could not be found belongs to the last one.
    pub(super) fn keep(self, found: &mut Found) {
        let sources = &mut found.inputs.sources;
        let border = |number: usize| sources.len().saturating_mul(number).checked_div(self.of).unwrap_or_default();
        let (from, to) = (border(self.number.saturating_sub(1)), border(self.number));
        sources.truncate(to);
        sources.drain(..from.min(sources.len()));
        if self.number < self.of {
            found.missing.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::sources::Source;

    #[test]
    fn parts_follow_each_other_and_leave_nothing_out() {
        for (count, of) in [(0, 3), (1, 3), (7, 3), (9, 3), (2, 5)] {
            let mut all = Vec::new();
            for number in 1..=of {
                let source = |at: usize| Source { path: at.to_string().into(), size: None };
                let mut found = Found::default();
                found.inputs.sources = (0..count).map(source).collect();
                Shard { number, of }.keep(&mut found);
                all.extend(found.inputs.sources.iter().map(|source| source.path.display().to_string()));
            }
            assert_eq!(all, (0..count).map(|at| at.to_string()).collect::<Vec<_>>(), "{count} in {of}");
        }
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
    }
}
