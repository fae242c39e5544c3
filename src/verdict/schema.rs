//! The JSON Schema of the report.

use super::Report;

/// The schema of [`Report`] as it is committed in `reports/report.schema.json`: pretty JSON with a line feed at its end.
pub fn report_schema() -> String {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("$id".to_owned(), "dmscope-report/1".into());
    schema.insert("title".to_owned(), "dmscope report, version 1".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
