//! What an active run sends: the stimuli of a case file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an active run sends: for the side that the program plays, a list of things, each a map with one key.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Send {
    /// As the server.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub server: Vec<Stimulus>,
    /// As the client.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client: Vec<Stimulus>,
}

/// One thing to send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "each is the element of that name, or what the format's documentation says")]
pub enum Stimulus {
    Status(SendStatus),
    Add(SendItem),
    Replace(SendItem),
    Delete(SendItem),
    Copy(SendItem),
    Get(SendItem),
    Exec(SendItem),
    Results(SendItem),
    Alert(SendAlert),
    Atomic(SendGroup),
    Sequence(SendGroup),
    #[serde(rename = "raw")]
    Raw(SendRaw),
    #[serde(rename = "message")]
    Message(SendMessage),
    #[serde(rename = "notify")]
    Notify(SendNotification),
    #[serde(rename = "close")]
    Close(bool),
    #[serde(rename = "drop")]
    Drop(bool),
}

/// A Status.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the element of that name")]
pub struct SendStatus {
    pub of: String,
    pub code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chal: Option<SendChal>,
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the element of that name")]
pub struct SendChal {
    #[serde(rename = "type")]
    pub kind: String,
    pub format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<String>,
}

/// A command with one Item.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the element of that name")]
pub struct SendItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Octets of Data in each message, or `fill`: as many as there is room for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlator: Option<String>,
}

/// An Alert.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each is the element of that name")]
pub struct SendAlert {
    pub code: u16,
    /// The data of its Items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
}

/// A container and the commands in it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendGroup {
    /// The commands.
    #[serde(rename = "do")]
    pub content: Vec<Stimulus>,
}

/// Mark-up that is put in as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendRaw {
    /// The file, beside the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Or the mark-up itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
}

/// What is different about a message as a whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendMessage {
    /// `xml` or `wbxml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Fields of SyncHdr, named as in the event model.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hdr: BTreeMap<String, String>,
}

/// A notification.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SendNotification {
    /// How it is carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bearer: Option<String>,
    /// Its user interaction mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_mode: Option<String>,
    /// The SessionID that it asks for, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
}
