//! The one reader of YAML: from octets to types, with the place of what is wrong.

use super::outline::{Outline, Place};
use crate::base::Limits;
use crate::base::suggest::similar;
use serde::de::DeserializeOwned;
use serde_saphyr::{DuplicateKeyPolicy, MergeKeyPolicy};
use std::fmt;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CaseError {
    /// The file, as it was named.
    pub file: String,
    /// Its line, counted from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// The column, in characters, counted from 1.
    pub column: u32,
    /// The line itself.
    pub excerpt: String,
    /// What is wrong.
    pub what: String,
    /// What helps.
    pub mend: Option<String>,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.what)?;
        if let Some(mend) = &self.mend {
            write!(f, "; {mend}")?;
        }
        if !self.excerpt.is_empty() {
            write!(f, "\n  {:>4} | {}", self.line, self.excerpt)?;
        }
        Ok(())
    }
}

/// All that is wrong with a file, by place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CaseErrors {
    /// What is told: one at least, and at most [`Limits::CASE_FAULTS`].
    pub errors: Vec<CaseError>,
    /// Those past that.
    pub more: usize,
}

impl CaseErrors {
    pub(super) fn new(mut faults: Vec<Fault>, more: usize, file: &str, text: &str) -> Self {
        faults.sort_by_key(|fault| fault.place);
        faults.dedup();
        Self { errors: faults.into_iter().map(|fault| fault.of(file, text)).collect(), more }
    }
}

impl From<CaseError> for CaseErrors {
    fn from(error: CaseError) -> Self {
        Self { errors: vec![error], more: 0 }
    }
}

impl fmt::Display for CaseErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            write!(f, "{}{error}", if at > 0 { "\n" } else { "" })?;
        }
        match (self.more, self.errors.first()) {
            (0, _) | (_, None) => Ok(()),
            (more, Some(first)) => write!(f, "\n{}: {more} more are not listed", first.file),
        }
    }
}

/// What is wrong, before it is known in which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) place: Option<Place>,
    pub(super) what: String,
    pub(super) mend: Option<String>,
}

impl Fault {
    pub(super) fn new(place: Option<Place>, what: impl Into<String>) -> Self {
        Self { place, what: what.into(), mend: None }
    }

    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// *Did you mean*, or what there is.
    pub(super) fn meant<'c>(self, word: &str, candidates: impl IntoIterator<Item = &'c str> + Clone) -> Self {
        if let Some(guess) = similar(word, candidates.clone()) {
            return self.mend(format!("did you mean `{guess}`?"));
        }
        let all: Vec<&str> = candidates.into_iter().collect();
        match all.len() {
            0 => self,
            1..=40 => self.mend(format!("known: {}", all.join(", "))),
            _ => self,
        }
    }

    /// In a file with this text.
    pub(super) fn of(self, file: &str, text: &str) -> CaseError {
        let (line, column) = self.place.map_or((0, 0), |place| (place.line, place.column));
        let number = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
        let excerpt = number.and_then(|line| text.lines().nth(line)).unwrap_or_default();
        CaseError {
            file: shown(file),
            line,
            column,
            excerpt: shown(excerpt.trim_end()),
            what: shown(&self.what),
            mend: self.mend.as_deref().map(shown),
        }
    }
}

/// A text of a file as it may stand on a terminal.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut out: String = text
        .chars()
        .take(LONGEST)
        .map(|ch| {
            if ch.is_control()
                || matches!(ch, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            {
                '\u{fffd}'
            } else {
                ch
            }
        })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

/// The text of a file that is small enough and UTF-8.
///
/// # Errors
///
/// Where it is not.
pub fn text_of<'b>(file: &str, octets: &'b [u8]) -> Result<&'b str, CaseError> {
    if octets.len() > Limits::CASE_FILE {
        let what = format!("the file is too large; the limit is {} octets", Limits::CASE_FILE);
        return Err(Fault::new(None, what).of(file, ""));
    }
    std::str::from_utf8(octets).map_err(|error| {
        let before = octets.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|octet| **octet == b'\n').count().saturating_add(1);
        let place = Place { line: u32::try_from(line).unwrap_or(u32::MAX), column: 1 };
        Fault::new(Some(place), "the file is not UTF-8").mend("save it in that encoding").of(file, "")
    })
}

/// Reads a file of one of the formats into its type.
///
/// Unknown keys and keys that stand twice are errors, and so are anchors, aliases, merge keys, tags and a second document.
///
/// # Errors
///
/// The first thing that is wrong, with its place.
pub fn read<T: DeserializeOwned>(file: &str, octets: &[u8]) -> Result<T, CaseError> {
    let text = text_of(file, octets)?;
    let outline = Outline::read(text).map_err(|fault| fault.of(file, text))?;
    typed(text, &outline).map_err(|fault| fault.of(file, text))
}

/// What is wrong with a file that has been read, beyond its type: `path` leads there, by keys of maps and numbers in lists,
/// counted from 0.
pub fn located(file: &str, octets: &[u8], path: &[String], what: &str) -> CaseError {
    let text = std::str::from_utf8(octets).unwrap_or_default();
    let place = Outline::read(text).ok().map(|outline| outline.value(path));
    Fault::new(place, what).of(file, text)
}

/// What is said of a key that is not there.
pub(super) fn missing(key: &str) -> String {
    format!("the key `{key}` is missing")
}

/// The same of a text that has been outlined.
pub(super) fn typed<T: DeserializeOwned>(text: &str, outline: &Outline) -> Result<T, Fault> {
    let budget = serde_saphyr::budget! {
        max_events: Limits::CASE_NODES * 3,
        max_nodes: Limits::CASE_NODES,
        max_depth: Limits::CASE_DEPTH * 2,
        max_aliases: 0,
        max_anchors: 0,
        max_merge_keys: 0,
        max_documents: 1,
        max_total_scalar_bytes: Limits::CASE_FILE,
    };
    let options = serde_saphyr::options! {
        budget: budget,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        with_snippet: false,
        // Who reads the file with another reader gets the same texts.
        no_schema: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| fault(&error, outline))
}

/// What the reader says, in the words of this program.
fn fault(error: &serde_saphyr::Error, outline: &Outline) -> Fault {
    use serde_saphyr::Error;
    let place = error.location().filter(|at| at.line() > 0).map(|at| Place {
        line: u32::try_from(at.line()).unwrap_or(u32::MAX),
        column: u32::try_from(at.column()).unwrap_or(u32::MAX),
    });
    let here = place.and_then(|place| outline.at(place));
    // What is of another form than it should be, in the words of the key that it stands under.
    let form = |what: String| {
        let fault = Fault::new(place, what);
        match here {
            Some(("check" | "when", _)) => {
                fault.mend("write an expression, such as `$name.code == 200`; conditions on fields stand in `where`")
            }
            Some(("where", _)) => fault.mend("write fields with conditions, such as {code: 200}"),
            Some(("upon" | "expect" | "never" | "match" | "each", _)) => {
                fault.mend("write a matcher, such as {client: Status, of: $name}")
            }
            _ => fault,
        }
    };
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            // The key itself is where the eye has to go.
            let key = outline.key(field, place);
            Fault::new(key.or(place), format!("unknown key `{field}`")).meant(field, expected.iter().copied())
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            Fault::new(place, format!("`{variant}` is not known here")).meant(variant, expected.iter().copied())
        }
        Error::SerdeMissingField { field, .. } => Fault::new(place, missing(field)),
        Error::DuplicateMappingKey { key, .. } => match key {
            Some(key) => Fault::new(place, format!("the key `{key}` stands twice")),
            None => Fault::new(place, "a key stands twice"),
        },
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            form(format!("{unexpected} stands where {expected} belongs"))
        }
        Error::QuotingRequired { value, .. } => {
            let what = format!("`{value}` without quotes is a number, true, false or nothing, and a text belongs here");
            Fault::new(place, what).mend(format!("write it in quotes: \"{value}\""))
        }
        Error::NullIntoString { .. } => {
            Fault::new(place, "nothing stands where a text belongs").mend("write \"\" for an empty text")
        }
        Error::Message { msg, .. } => Fault::new(place, msg.clone()),
        other => {
            let text = other.to_string();
            let first = text.lines().next().unwrap_or_default();
            let first = first.split(" at line ").next().unwrap_or(first);
            let first =
                first.split_once(": ").filter(|(head, _)| head.starts_with("line ")).map_or(first, |(_, rest)| rest);
            let key = here.map_or_else(String::new, |(key, _)| format!(" in `{key}`"));
            match (first, here) {
                ("expected sequence start", Some((_, Some(value)))) => {
                    Fault::new(place, format!("a list belongs{key}")).mend(format!("write [{value}]"))
                }
                ("expected sequence start", _) => Fault::new(place, format!("a list belongs{key}")),
                ("expected mapping start", _) => form(format!("keys with values belong{key}")),
                (other, Some((_, Some(value)))) if other.starts_with("invalid u") || other.starts_with("invalid i") => {
                    Fault::new(place, format!("a whole number belongs{key}, and `{value}` is none"))
                }
                _ => Fault::new(place, first),
            }
        }
    }
}
