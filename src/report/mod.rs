//! A report to bytes: one file for each format.
//!
//! **In**: a finished [`ReportStore`](crate::verdict::ReportStore). **Out**: octets, through a writer. **Does not know**
//! how the report came about, nor where the octets go.
//!
//! Text from the wire is hostile: each format escapes it for its own reader. Order is part of a format: sessions, then
//! messages, then rule ids; no hash order, no clock, no absolute path.

mod csv;
mod escape;
mod format;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod ndjson;
mod place;
mod sarif;
mod text;
mod xml;

pub use csv::{Csv, csv_row};
pub use escape::visible;
pub use format::{Detail, FORMATS, Format, Options, by_name};
pub use github::Github;
pub use html::Html;
pub use json::{Json, JsonStream};
pub use junit::Junit;
pub use markdown::Markdown;
pub use ndjson::Ndjson;
pub use sarif::Sarif;
pub use text::{Text, severity_style};
/// The words of the text report, for whoever shows the same things in another way.
#[cfg(feature = "tui")]
pub(crate) mod words {
    pub(crate) use super::text::{FETCHES, auth, bootstrap_accounts, command, count, fetch, frames, seconds, statuses};
}

#[cfg(test)]
pub(crate) mod example;
