//! What was wrong with an input, as opposed to what was wrong with the traffic in it.

use super::FrameNo;
use serde::{Deserialize, Serialize};

/// Every kind of trouble that an input can give. Closed: the report's readers may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The file could not be opened or read.
    Io,
    /// The file holds no octet.
    Empty,
    /// The file is no capture that dmscope knows.
    NotACapture,
    /// The file ends inside a header, a block or a record.
    TruncatedRecord,
    /// A record or block contradicts itself (an implausible length, for one).
    BadRecord,
    /// Octets were skipped up to the next plausible record.
    Resynchronised,
    /// The compressed stream is broken or ends early.
    BadCompression,
    /// A ceiling on decompressed octets was hit.
    DecompressionLimit,
    /// The capturing machine says that it dropped packets.
    DroppedPackets,
    /// Packets were cut by the snap length.
    CutPackets,
    /// Frames of a link type that dmscope does not read.
    UnknownLinkType,
    /// A packet's headers contradict themselves.
    BadPacket,
    /// Fragments of an IP datagram never became complete, or overlapped.
    BadFragments,
    /// The same TCP octets were sent twice with different content; the first were taken.
    ConflictingRetransmission,
    /// TCP octets are missing from the capture.
    StreamGap,
    /// A ceiling on flows was hit; the oldest idle flow was closed.
    FlowLimit,
    /// A ceiling on buffered octets was hit; a gap was assumed.
    BufferLimit,
    /// An HTTP message was understood, but something about it is odd.
    HttpAnomaly,
    /// An HTTP message could not be framed.
    BadHttp,
    /// An HTTP body was larger than what is kept.
    BodyLimit,
    /// A content coding could not be undone.
    BadContentCoding,
    /// TLS traffic that could not be read.
    EncryptedTraffic,
    /// A line of a key log that could not be read.
    BadKeyLog,
    /// A body that should be a DM message could not be decoded, or only in part.
    BadMessage,
    /// A ceiling on sessions, or on the messages of one, was hit.
    SessionLimit,
    /// Data synchronisation traffic: recognised, not judged.
    DataSync,
    /// A short message that could not be read, or of which parts are missing.
    BadShortMessage,
    /// A push by another carrier that could not be read, or only in part.
    BadPush,
    /// A notification after which no session was captured that it may have asked for, or that came by a second way after its session
    /// had begun: no rule looks at it.
    NotificationAlone,
    /// A bootstrap message after which no session of its device was captured: no rule looks at it.
    BootstrapAlone,
    /// A download that a server asked for, after which no session of its device with that server was captured: no rule looks
    /// at it.
    DownloadAlone,
}

impl ProblemKind {
    /// The kind as the JSON report writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Io => "io",
            Self::Empty => "empty",
            Self::NotACapture => "not-a-capture",
            Self::TruncatedRecord => "truncated-record",
            Self::BadRecord => "bad-record",
            Self::Resynchronised => "resynchronised",
            Self::BadCompression => "bad-compression",
            Self::DecompressionLimit => "decompression-limit",
            Self::DroppedPackets => "dropped-packets",
            Self::CutPackets => "cut-packets",
            Self::UnknownLinkType => "unknown-link-type",
            Self::BadPacket => "bad-packet",
            Self::BadFragments => "bad-fragments",
            Self::ConflictingRetransmission => "conflicting-retransmission",
            Self::StreamGap => "stream-gap",
            Self::FlowLimit => "flow-limit",
            Self::BufferLimit => "buffer-limit",
            Self::HttpAnomaly => "http-anomaly",
            Self::BadHttp => "bad-http",
            Self::BodyLimit => "body-limit",
            Self::BadContentCoding => "bad-content-coding",
            Self::EncryptedTraffic => "encrypted-traffic",
            Self::BadKeyLog => "bad-key-log",
            Self::BadMessage => "bad-message",
            Self::SessionLimit => "session-limit",
            Self::DataSync => "data-sync",
            Self::BadShortMessage => "bad-short-message",
            Self::BadPush => "bad-push",
            Self::NotificationAlone => "notification-alone",
            Self::BootstrapAlone => "bootstrap-alone",
            Self::DownloadAlone => "download-alone",
        }
    }

    /// Whether it means that a part of the input itself could not be read (exit code 3), as opposed to a remark on the
    /// traffic in it.
    pub const fn is_unread(self) -> bool {
        matches!(
            self,
            Self::Io
                | Self::Empty
                | Self::NotACapture
                | Self::TruncatedRecord
                | Self::BadRecord
                | Self::Resynchronised
                | Self::BadCompression
                | Self::DecompressionLimit
        )
    }
}

/// One entry of `inputs[].problems`: what happened, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Problem {
    /// What kind of trouble.
    pub kind: ProblemKind,
    /// Octets from the start of the (decompressed) file, where the place is known by offset.
    pub offset: Option<u64>,
    /// The frame at which it showed.
    pub frame: Option<FrameNo>,
    /// One sentence for a person: what happened and what to do.
    pub text: String,
}

impl Problem {
    /// A problem at a frame.
    pub fn at_frame(kind: ProblemKind, frame: FrameNo, text: impl Into<String>) -> Self {
        Self { kind, offset: None, frame: Some(frame), text: text.into() }
    }

    /// A problem at an offset of the file.
    pub fn at_offset(kind: ProblemKind, offset: u64, frame: Option<FrameNo>, text: impl Into<String>) -> Self {
        Self { kind, offset: Some(offset), frame, text: text.into() }
    }

    /// A problem of the whole input.
    pub fn whole(kind: ProblemKind, text: impl Into<String>) -> Self {
        Self { kind, offset: None, frame: None, text: text.into() }
    }
}
