//! What every format offers.

use super::{Csv, Github, Html, Json, Junit, Markdown, Ndjson, Sarif, Text};
use crate::verdict::ReportStore;
use std::io;

/// One way to write a report.
pub trait Format: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The name of its file in an output folder; `None` for what is only read on a terminal.
    fn file_name(&self) -> Option<&'static str>;

    /// Whether it shows the messages as text, or says at which line of them something is: that costs time to prepare.
    fn wants_exhibits(&self) -> bool {
        false
    }

    /// Writes the report.
    ///
    /// # Errors
    ///
    /// When `out` can't be written, or the store not be read.
    fn write(&self, report: &mut ReportStore, out: &mut dyn io::Write, options: &Options) -> io::Result<()>;
}

/// All formats, in the order in which the help lists them.
pub static FORMATS: &[&dyn Format] = &[&Text, &Json, &Html, &Ndjson, &Junit, &Markdown, &Sarif, &Csv, &Github];

/// The format of that name.
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}

/// How much a person wants to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// The verdict alone.
    Quiet,
    /// The verdict, what led to it, the rest folded.
    #[default]
    Normal,
    /// Everything, nothing folded.
    Verbose,
}

/// What a person may choose about a text.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Columns.
    pub width: usize,
    /// Whether to use colour.
    pub color: bool,
    /// How much.
    pub detail: Detail,
}

impl Default for Options {
    fn default() -> Self {
        Self { width: 100, color: false, detail: Detail::Normal }
    }
}
