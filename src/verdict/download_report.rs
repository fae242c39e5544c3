//! The rows of the report on downloads; see [`Report`](super::Report).

use super::{Text, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A download that a server asked for by writing a PkgURL, or what a device uploads to a DiagDataURL, as far as no earlier session
/// has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct DownloadReport<'a> {
    /// The file that it was read from, where there are several: position in `inputs`, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u32>,
    /// The nodes that the address was written to.
    pub nodes: Vec<Text<'a>>,
    /// The address, as written.
    pub url: Text<'a>,
    /// SessionID of the session that wrote it.
    pub asked_in: Text<'a>,
    /// How it went by then, in a few words.
    pub summary: Text<'a>,
    /// Octets of the object that came by then, each counted once, over all requests for it; null where none was answered with
    /// success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<u64>,
    /// Octets that the object has, where that is known for certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whether all of it came; left out where the capture does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<bool>,
    /// Its requests, in order.
    pub requests: Vec<FetchReport<'a>>,
}

/// One HTTP request of a download, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct FetchReport<'a> {
    /// The first frame of the request.
    pub frame: u64,
    /// The time of that frame.
    pub time: Time,
    /// What it was for: `package` (PkgURL), `object`, `report` (installNotifyURI), `upload` (DiagDataURL), or `elsewhere`, a
    /// descriptor from another address.
    pub purpose: Text<'a>,
    /// Method of the request.
    pub method: Text<'a>,
    /// Where it went.
    pub url: Text<'a>,
    /// HTTP status; null where no answer was captured.
    pub status: Option<u16>,
    /// Media type of the answer; of an upload, that of what was sent.
    pub media: Option<Text<'a>>,
    /// Content-Length of the answer.
    pub declared: Option<u64>,
    /// Octets of the body of the answer.
    pub received: u64,
    /// Of an upload, octets of the body of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// Whether the body came to its end; null where the capture does not say.
    pub complete: Option<bool>,
    /// The part of the object in the answer (Content-Range): first and last octet from 0, and octets of the whole or `*`, as in
    /// `0-49/200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Text<'a>>,
    /// Further requests that went on where the one before ended, and are not told one by one.
    #[serde(default, skip_serializing_if = "super::report::is_never")]
    pub more: u32,
    /// What a descriptor says, or a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Text<'a>>,
    /// The fields of a descriptor, each with its name, in the order of the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub descriptor: Vec<DescriptorField<'a>>,
    /// What the code of a report means; left out of one that the specification does not have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Text<'a>>,
}

/// A field of a download descriptor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct DescriptorField<'a> {
    /// Its element, such as `objectURI`.
    pub name: Text<'a>,
    /// Its text, as written.
    pub value: Text<'a>,
}
