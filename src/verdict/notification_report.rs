//! The rows of the report on notifications; see [`Report`](super::Report).

use super::{Text, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Another way by which a notification came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherWayReport<'a> {
    /// The frame with which it was complete.
    pub frame: u64,
    /// What carried it: `udp`, `sms`, `http`, `pap` or `sip`.
    pub carrier: Text<'a>,
    /// Address and port that it went to, or the telephone number.
    pub destination: Text<'a>,
}

impl OtherWayReport<'_> {
    /// In a few words.
    pub fn text(&self) -> String {
        format!("also by {} to {}, frame {}", self.carrier, self.destination, self.frame)
    }
}

/// The notification that asked a device for a session (package 0).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct NotificationReport<'a> {
    /// The file that it was read from, where there are several: position in `inputs`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// The frame with which it was complete.
    pub frame: u64,
    /// The time of that frame.
    pub time: Time,
    /// How it was carried: `wap-push`.
    pub bearer: Text<'a>,
    /// What carried the push, where that was no UDP datagram: `sms`, `http`, `pap` or `sip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Text<'a>>,
    /// In how many short messages it came, where it came by them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<u32>,
    /// Address and port that it went to, or the telephone number; `unknown` where the capture does not say.
    pub destination: Text<'a>,
    /// The same notification by other ways before its session began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<OtherWayReport<'a>>,
    /// What ties it to the session: `session-id`, `session-id-in-other-form`, `address`.
    pub tie: Text<'a>,
    /// Version of its format, such as `1.1`; null, with all that follows, where its content was not read.
    pub version: Option<Text<'a>>,
    /// `not specified`, `background`, `informative`, `user interaction`.
    pub ui_mode: Option<Text<'a>>,
    /// `server` or `user`.
    pub initiator: Option<Text<'a>>,
    /// The SessionID that it asks for.
    pub session_id: Option<Text<'a>>,
    /// Its server identifier.
    pub server: Option<Text<'a>>,
    /// What recomputing its digest showed, where credentials were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Text<'a>>,
}
