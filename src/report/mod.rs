//! A report to bytes: one file for each format.
//!
//! **In**: a finished [`ReportStore`](crate::verdict::ReportStore). **Out**: octets, through a writer. **Does not know**
//! how the report came about, nor where the octets go.
//!
//! Text from the wire is hostile: each format escapes it for its own reader. Order is part of a format: sessions, then
//! messages, then rule ids; no hash order, no clock, no absolute path.

mod escape;
mod format;
mod json;
mod text;

pub use escape::visible;
pub use format::{Detail, FORMATS, Format, Options, by_name};
pub use json::{Json, JsonStream};
pub use text::{Text, severity_style};

#[cfg(test)]
pub(crate) mod example;
