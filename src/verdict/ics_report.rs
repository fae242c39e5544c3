//! The rows of the report on what a product is declared to support; see [`Report`](super::Report).

use super::Text;
use crate::base::FrameNo;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value of a statement of support that does not agree with the traffic, or with what every product must support.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct IcsMismatch {
    /// The item (docs/ics.md).
    pub item: Text<'static>,
    /// What is declared: `true`, `false`, or the number of a limit.
    pub declared: String,
    /// What was seen, in the same words; null where the item is declared as missing although it is mandatory.
    pub seen: Option<String>,
    /// Number of the session in which it was first seen.
    pub session: Option<u32>,
    /// Number of the message in it.
    pub message: Option<u32>,
    /// Number of the input whose frames are meant, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// Frames that carried the message, or the notification before it.
    pub frames: Vec<FrameNo>,
    /// What does not agree, in one sentence without a full stop.
    pub text: String,
}
