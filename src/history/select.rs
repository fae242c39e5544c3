//! Which sessions are meant.

use super::HistoryError;
use crate::verdict::Glob;
use rusqlite::{Connection, params};
use std::cmp::Ordering;

/// Sessions by who took part in them. What is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The device.
    pub device: Option<Glob>,
    /// The server.
    pub server: Option<Glob>,
    /// The model.
    pub model: Option<Glob>,
    /// The version of the firmware.
    pub firmware: Firmware,
}

/// Versions of firmware.
#[derive(Debug, Clone, Default)]
pub enum Firmware {
    /// Any, also none that is known.
    #[default]
    Any,
    /// Those like a pattern.
    Like(Glob),
    /// Those between two, these included; an end that is left out is open.
    Between(Option<String>, Option<String>),
}

impl Firmware {
    /// Reads `1.2`, `1.*`, `1.2..1.3`, `1.2..` or `..1.3`.
    pub fn parse(text: &str) -> Self {
        let end = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match text.split_once("..") {
            Some((first, last)) => Self::Between(end(first), end(last)),
            None => Self::Like(Glob::new(text.trim())),
        }
    }

    fn matches(&self, firmware: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Like(glob) => firmware.is_some_and(|firmware| glob.matches(firmware)),
            Self::Between(first, last) => firmware.is_some_and(|firmware| {
                first.as_ref().is_none_or(|first| compare_versions(firmware, first).is_ge())
                    && last.as_ref().is_none_or(|last| compare_versions(firmware, last).is_le())
            }),
        }
    }
}

/// The order of versions: numbers in them count as numbers, so that 1.10 comes after 1.9.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (token(&mut a), token(&mut b)) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => match compare_tokens(one, other) {
                Ordering::Equal => {}
                decided => return decided,
            },
        }
    }
}

/// Takes digits, or what is none, from the beginning.
fn token<'t>(text: &mut &'t str) -> Option<&'t str> {
    let is_digit = text.starts_with(|ch: char| ch.is_ascii_digit());
    let end = text.find(|ch: char| ch.is_ascii_digit() != is_digit).unwrap_or(text.len());
    let (token, rest) = text.split_at_checked(end)?;
    *text = rest;
    Some(token).filter(|token| !token.is_empty())
}

fn compare_tokens(a: &str, b: &str) -> Ordering {
    let is_number = |text: &str| text.starts_with(|ch: char| ch.is_ascii_digit());
    if is_number(a) && is_number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        return a.len().cmp(&b.len()).then(a.cmp(b));
    }
    a.cmp(b)
}

impl Selection {
    fn matches(&self, device: Option<&str>, server: Option<&str>, model: Option<&str>) -> bool {
        let like = |glob: &Option<Glob>, text: Option<&str>| {
            glob.as_ref().is_none_or(|glob| text.is_some_and(|text| glob.matches(text)))
        };
        like(&self.device, device) && like(&self.server, server) && like(&self.model, model)
    }
}

/// Which of the sessions that were judged more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// As often as they were.
    EachTime,
    /// As the run that was added last judged them.
    Last,
}

/// Fills the temporary table `picked` with the sessions that are meant: for each of the versions of firmware, those of that
/// side, by its position.
pub(super) fn pick(
    connection: &Connection,
    selection: &Selection,
    sides: &[Firmware],
    judged: Judged,
) -> Result<(), HistoryError> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.picked; \
         CREATE TEMP TABLE picked (session INTEGER NOT NULL, run INTEGER NOT NULL, side INTEGER NOT NULL, \
         PRIMARY KEY (side, session)) WITHOUT ROWID",
    )?;
    let mut add = connection.prepare("INSERT INTO temp.picked (session, run, side) VALUES (?1, ?2, ?3)")?;
    let mut all = connection.prepare(match judged {
        Judged::EachTime => "SELECT id, run, device, server, model, firmware FROM main.sessions",
        Judged::Last => {
            "SELECT id, run, device, server, model, firmware FROM main.sessions \
             WHERE id IN (SELECT max(id) FROM main.sessions GROUP BY key)"
        }
    })?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let text = |at: usize| row.get_ref(at).and_then(|value| Ok(value.as_str_or_null()?));
        if !selection.matches(text(2)?, text(3)?, text(4)?) {
            continue;
        }
        let firmware = text(5)?;
        for (side, _) in (0_i64..).zip(sides).filter(|(_, wanted)| wanted.matches(firmware)) {
            add.execute(params![row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, side])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let sorted = ["", "1", "1.2", "1.2-beta", "1.2.0", "1.2.1", "1.3", "1.9", "1.10", "1.010.1", "2", "A", "A1"];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(compare_versions(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(compare_versions("1.02", "1.2"), Ordering::Equal);
    }

    #[test]
    fn a_range_includes_its_ends() {
        let table = [
            ("1.2..1.3", &["1.2", "1.2.7", "1.3"][..], &["1.1", "1.3.1", "2"][..]),
            ("..1.3", &["0", "1.3"], &["1.4"]),
            ("1.9..", &["1.9", "1.10"], &["1.8"]),
            ("1.*", &["1.2", "1."], &["2.1"]),
            ("1.2", &["1.2"], &["1.2.1", "11.2"]),
        ];
        for (text, inside, outside) in table {
            let firmware = Firmware::parse(text);
            assert!(inside.iter().all(|one| firmware.matches(Some(one))), "{text}");
            assert!(!outside.iter().any(|one| firmware.matches(Some(one))), "{text}");
            assert!(!firmware.matches(None));
        }
        assert!(Firmware::Any.matches(None));
    }
}
