//! The rows of the report on what devices report of their own accord; see [`Report`](super::Report).

use super::Text;
use crate::base::{UNMARKED, rank_of_mark};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a device reports of its own accord: an Item of a Generic Alert (1226) or of a Client Event (1224), or such an Alert
/// without Items (OMA-TS-DM_Protocol-V1_2_1, 8.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlertReport<'a> {
    /// Number of the message.
    pub message: u32,
    /// CmdID of the Alert, as written.
    pub cmd_id: Option<Text<'a>>,
    /// `1226` or `1224`.
    pub code: u16,
    /// How important the device calls it, as written (Mark); left out where it says nothing, which means `informational`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Text<'a>>,
    /// Its type, as written.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Text<'a>>,
    /// The node that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Text<'a>>,
    /// Correlator of the Alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlator: Option<Text<'a>>,
    /// Its Data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Text<'a>>,
    /// The status code with which the server acknowledged it; null where none was seen.
    pub status: Option<Text<'a>>,
}

impl AlertReport<'_> {
    /// How important the device calls it, and what that means where it says nothing.
    pub fn mark(&self) -> &str {
        self.mark.as_deref().unwrap_or(UNMARKED)
    }

    /// The place of its mark among all, the most important first; a word that is none comes last.
    pub fn rank(&self) -> usize {
        rank_of_mark(self.mark.as_deref())
    }
}
