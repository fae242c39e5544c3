//! The cases that the program carries.

use super::check;
use super::file::CaseFile;
use super::load::CaseErrors;
use std::sync::OnceLock;

/// Files of the catalogue: name and text, in the order of their names.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/testcases.rs"));

/// A case and the file that it stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The file, with its folder.
    pub path: String,
    /// What it says.
    pub file: CaseFile,
}

impl Case {
    /// The area: the folder of the file.
    pub fn area(&self) -> &str {
        self.path.rsplit(['/', '\\']).nth(1).unwrap_or_default()
    }

    /// Whether it can be run over traffic that others made.
    pub fn is_passive(&self) -> bool {
        self.file.modes.contains(&super::CaseMode::Passive)
    }

    /// Ids of the rules that its `holds` name.
    pub fn rules_held(&self) -> Vec<&str> {
        let mut named = Vec::new();
        let mut todo: Vec<&super::Step> = self.file.given.iter().chain(&self.file.flow).collect();
        while let Some(step) = todo.pop() {
            named.extend(step.holds.iter().flat_map(|holds| holds.rules.iter()).map(String::as_str));
            todo.extend(step.inner());
        }
        named
    }

    /// Ids of those of them that are asked for in single messages.
    pub fn rules_held_in_messages(&self) -> Vec<&str> {
        let mut named = Vec::new();
        let mut todo: Vec<&super::Step> = self.file.given.iter().chain(&self.file.flow).collect();
        while let Some(step) = todo.pop() {
            let single = step.holds.iter().filter(|holds| holds.inside.is_some());
            named.extend(single.flat_map(|holds| holds.rules.iter()).map(String::as_str));
            todo.extend(step.inner());
        }
        named
    }

    /// SHA-256 of its content, in hexadecimal, whatever its layout.
    pub fn sha256(&self) -> String {
        super::sha256(&serde_json::to_vec(&self.file).unwrap_or_default())
    }
}

/// The same files, already read: a list in the same order.
const READ: &str = include_str!(concat!(env!("OUT_DIR"), "/testcases.json"));

/// The built-in cases by id. They are read when they are first asked for; that they are well-formed, [`checked`] says.
///
/// # Errors
///
/// A built-in file that is wrong, which the tests exclude.
pub fn built_in() -> Result<&'static [Case], CaseErrors> {
    static CASES: OnceLock<Result<Vec<Case>, CaseErrors>> = OnceLock::new();
    let read = || {
        let Ok(files) = serde_json::from_str::<Vec<CaseFile>>(READ) else {
            // The files themselves tell what is wrong, and where.
            return checked();
        };
        let mut cases: Vec<Case> =
            FILES.iter().zip(files).map(|((path, _), file)| Case { path: (*path).to_owned(), file }).collect();
        cases.sort_by(|a, b| a.file.id.cmp(&b.file.id));
        Ok(cases)
    };
    CASES.get_or_init(read).as_deref().map_err(Clone::clone)
}

/// The built-in cases by id, read from their files with every check.
///
/// # Errors
///
/// What is wrong with the first one that is.
pub fn checked() -> Result<Vec<Case>, CaseErrors> {
    let one = |(path, text): &(&str, &str)| {
        check::load(path, text.as_bytes()).map(|file| Case { path: (*path).to_owned(), file })
    };
    let mut cases = FILES.iter().map(one).collect::<Result<Vec<Case>, CaseErrors>>()?;
    cases.sort_by(|a, b| a.file.id.cmp(&b.file.id));
    check::unique(cases.iter().map(|case| (case.path.as_str(), &case.file)))?;
    Ok(cases)
}

/// The text of a built-in case, as its author wrote it.
pub fn source(id: &str) -> Option<&'static str> {
    FILES
        .iter()
        .find(|(path, _)| path.rsplit('/').next().and_then(|name| name.strip_suffix(".yaml")) == Some(id))
        .map(|(_, text)| *text)
}

/// The JSON Schema of a case file, as it is committed in `testcases/schema/case.schema.json`: pretty JSON with a line feed
/// at its end.
pub fn case_schema() -> String {
    let mut schema = schemars::schema_for!(CaseFile);
    schema.insert("$id".to_owned(), "dmscope-testcase/1".into());
    schema.insert("title".to_owned(), "dmscope test case, format 1".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
