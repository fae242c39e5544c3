//! From the text of a case file to its types, past what cannot be read.

use super::file::CaseFile;
use super::load::{Fault, missing, typed};
use super::outline::Outline;
use crate::base::Limits;
use std::borrow::Cow;

/// What stands for a key that no case file may lack, so that the rest of one that lacks it can be read.
const STANDS_FOR: [(&str, &str); 12] = [
    ("format", "1"),
    ("id", "X-1"),
    ("rev", "1"),
    ("title", "x"),
    ("purpose", "x"),
    ("role", "client"),
    ("versions", "[DM/1.2]"),
    ("level", "must"),
    ("modes", "[passive]"),
    ("spec", "[{doc: x, sec: x}]"),
    ("scope", "session"),
    ("flow", "[]"),
];

/// A case as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// What was read, without the steps and keys of another form than they should be.
    pub(super) case: Option<(Outline, CaseFile)>,
    /// What is wrong with the form of the file.
    pub(super) faults: Vec<Fault>,
    /// Keys of the file that are not there, or were left out.
    pub(super) lacking: Vec<&'static str>,
    /// Whether something was left out that may bind names.
    pub(super) is_partial: bool,
}

/// Reads a case. Where a step or a key is of another form than it should be, it is left out, and the rest is read.
pub(super) fn case(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut rest = Cow::Borrowed(text);
    loop {
        let outline = match Outline::read(&rest) {
            Ok(outline) => outline,
            Err(fault) => {
                // What is left when something is left out need not be YAML.
                if reading.faults.is_empty() {
                    reading.faults.push(fault);
                }
                return reading;
            }
        };
        let absent: Vec<_> = STANDS_FOR.iter().filter(|(key, _)| !outline.has(key)).collect();
        if !absent.is_empty() {
            let begin = outline.value(&[]);
            if begin.column != 1 {
                // A file in braces takes no lines at its end.
                reading.faults.extend(absent.iter().map(|(key, _)| Fault::new(Some(begin), missing(key))));
                return reading;
            }
            for (key, value) in absent {
                // One that was left out is told already.
                if !reading.lacking.contains(key) {
                    reading.lacking.push(key);
                    reading.faults.push(Fault::new(Some(begin), missing(key)));
                }
                let gap = if rest.is_empty() || rest.ends_with('\n') { "" } else { "\n" };
                rest = Cow::Owned(format!("{rest}{gap}{key}: {value}\n"));
            }
            continue;
        }
        let fault = match typed::<CaseFile>(&rest, &outline) {
            Ok(case) => {
                reading.case = Some((outline, case));
                return reading;
            }
            Err(fault) => fault,
        };
        // A key that is only spelt otherwise is not missing as well.
        let meant = reading.lacking.iter().find(|key| fault.mend.as_deref() == Some(&format!("did you mean `{key}`?")));
        if let Some(key) = meant {
            let text = missing(key);
            reading.faults.retain(|other| other.what != text);
        }
        let unit = fault.place.and_then(|place| outline.unit(place));
        let is_known = reading.faults.contains(&fault);
        reading.faults.push(fault);
        let is_full = reading.faults.len() >= Limits::CASE_FAULTS;
        let Some(unit) = unit.filter(|_| !is_full && !is_known) else { return reading };
        let key = STANDS_FOR.iter().map(|(key, _)| *key).find(|key| unit.key.as_deref() == Some(key));
        reading.lacking.extend(key);
        reading.is_partial |= unit.key.is_none_or(|key| ["given", "flow", "params"].contains(&key.as_str()));
        let is_kept = |line: u32| line < unit.from || unit.to.is_some_and(|to| line >= to);
        let lines = (1u32..).zip(rest.lines()).map(|(line, text)| if is_kept(line) { text } else { "" });
        rest = Cow::Owned(lines.fold(String::new(), |all, line| all + line + "\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_stands_for_every_key_that_is_needed() {
        let schema = schemars::schema_for!(CaseFile);
        let required = schema.get("required").and_then(|keys| keys.as_array());
        let mut required: Vec<&str> = required.into_iter().flatten().filter_map(|key| key.as_str()).collect();
        let mut known: Vec<&str> = STANDS_FOR.iter().map(|(key, _)| *key).collect();
        required.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, required);
        let reading = case("a: 1\n");
        assert!(reading.case.is_some());
        assert_eq!(reading.faults.len(), 1 + STANDS_FOR.len());
    }
}
