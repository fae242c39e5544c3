//! The JSON Schemas of the report and of the file of waivers.

use super::{Report, WaiverFile};
use schemars::Schema;

/// The schema of [`Report`] as it is committed in `reports/report.schema.json`: pretty JSON with a line feed at its end.
pub fn report_schema() -> String {
    named(schemars::schema_for!(Report), "dmscope-report/1", "dmscope report, version 1")
}

/// The schema of [`WaiverFile`] as it is committed in `testcases/schema/waivers.schema.json`, in the same form.
pub fn waivers_schema() -> String {
    named(schemars::schema_for!(WaiverFile), "dmscope-waivers/1", "dmscope waivers, format 1")
}

fn named(mut schema: Schema, id: &str, title: &str) -> String {
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), title.into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
