//! The JSON document of `dmscope tree`.

use super::diff::Difference;
use super::journal::SessionMark;
use super::node::Row;
use super::place::Point;
use super::problem::TreeProblem;
use super::readings::Readings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of the trees of the devices of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TreeDocument {
    /// Kind and version of the document: `dmscope-tree/1`.
    pub schema: String,
    /// One for each device, in the order in which they first showed.
    pub devices: Vec<DeviceDocument>,
}

/// A session of a device.
pub type TreeSession = SessionMark;

/// The tree of one device, what differs between two points, or every value that nodes had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceDocument {
    /// The device, as its messages name it.
    pub device: String,
    /// Its sessions, in order.
    pub sessions: Vec<TreeSession>,
    /// The point that the nodes are of; absent: the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
    /// Its nodes from the top down, a node before those in it; none where something else was asked for.
    pub nodes: Vec<Row>,
    /// What differs between two points, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<DiffDocument>,
    /// Every value that nodes had, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Readings>>,
    /// What was wrong with what was told of the tree.
    pub problems: Vec<TreeProblem>,
    /// Problems that are not listed.
    pub more_problems: u64,
}

/// What differs between two points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffDocument {
    /// The first point.
    pub from: Point,
    /// The second point.
    pub to: Point,
    /// Nodes that differ, by URI.
    pub nodes: Vec<Difference>,
}

/// The schema of [`TreeDocument`] as it is committed in `reports/tree.schema.json`: pretty JSON with a line feed at its end.
pub fn tree_schema() -> String {
    let mut schema = schemars::schema_for!(TreeDocument);
    schema.insert("$id".to_owned(), "dmscope-tree/1".into());
    schema.insert("title".to_owned(), "dmscope tree, version 1".into());
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
