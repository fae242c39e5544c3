//! One request of a download, and its answer.

use crate::base::{FrameNo, Limits, Timestamp};
use crate::download::{Descriptor, Report, is_descriptor};
use crate::http::{Anomaly, BodyEnd, Exchange, HttpMessage, HttpVersion, ResponseLine};

/// What a request of a download was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// PkgURL: a descriptor, or the package itself.
    Package,
    /// An objectURI of a descriptor.
    Object,
    /// An installNotifyURI of a descriptor.
    Report,
    /// DiagDataURL: data that the device collected.
    Upload,
    /// A descriptor behind another address, while nothing was fetched from PkgURL.
    Elsewhere,
}

/// Whether the body of an answer came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Completeness {
    /// All that the head of the answer promises was sent.
    Whole,
    /// The sender ended before that.
    Short,
    /// The capture does not say.
    Unknown,
}

/// What a body of a download was, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchContent {
    /// Nothing that is looked at: the object itself, or no body.
    Nothing,
    /// The answer is a descriptor.
    Descriptor(Box<Descriptor>),
    /// The request is a report.
    Report(Report),
}

/// One request of a download, and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// What it was for.
    pub purpose: Purpose,
    /// The first frame of the request.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// Method of the request.
    pub method: String,
    /// Where it went, its beginning.
    pub url: String,
    /// HTTP status; `None` where no answer was captured.
    pub status: Option<u16>,
    /// Media type of the answer, of an upload that of the request, in lower case, without parameters.
    pub media: Option<String>,
    /// Content-Length of the answer.
    pub declared: Option<u64>,
    /// First and last octet of the object in the answer, counted from 0, where Content-Range says it.
    pub range: Option<(u64, u64)>,
    /// Octets of the whole object, where Content-Range says it.
    pub total: Option<u64>,
    /// Octets of the body of the answer, as transferred.
    pub received: u64,
    /// Octets of the body of the request, as transferred.
    pub sent: u64,
    /// Whether the body came to its end.
    pub completeness: Completeness,
    /// Whether the body came under a content coding: its octets are not those of the object.
    pub coded: bool,
    /// Whether messages before it on its connection, or octets in it, are missing from the capture, or its framing leaves doubt
    /// what belongs to it: the answer may be one to another request, and another descriptor may have come in between.
    pub after_loss: bool,
    /// Further requests that went on where the one before ended, and of which nothing else is kept.
    pub more: u32,
    /// What it is.
    pub content: FetchContent,
}

impl Fetch {
    pub(super) fn of(exchange: &Exchange, purpose: Purpose, url: &str) -> Option<Self> {
        let request = exchange.request.as_ref()?;
        let response = exchange.response.as_ref();
        let header = |name: &str| response.and_then(|response| response.header(name));
        let mut fetch = Self {
            purpose,
            frame: request.frames.first().copied()?,
            time: request.started,
            method: clipped(&request.line.method),
            url: clipped(url),
            status: response.map(|response| response.line.status),
            media: header("content-type").map(essence),
            declared: header("content-length").and_then(|length| length.parse().ok()),
            range: header("content-range").and_then(range),
            total: header("content-range").and_then(total),
            received: response.map_or(0, |response| response.transferred),
            sent: request.transferred,
            completeness: response.map_or(Completeness::Unknown, |response| completeness(exchange, response)),
            coded: header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")),
            after_loss: is_after_loss(exchange),
            more: 0,
            content: FetchContent::Nothing,
        };
        if purpose == Purpose::Upload {
            fetch.media = request.header("content-type").map(essence);
        } else if purpose == Purpose::Report {
            if request.end == BodyEnd::Complete && fetch.method == "POST" {
                fetch.content = FetchContent::Report(Report::read(&request.body));
            }
        } else if let Some(response) = response.filter(|response| response.line.status == 200)
            && is_descriptor(response.header("content-type"), &response.body)
            && response.end == BodyEnd::Complete
            && !response.body.is_empty()
        {
            fetch.content = FetchContent::Descriptor(Box::new(Descriptor::read(&response.body)));
        }
        Some(fetch)
    }

    /// The descriptor that was fetched.
    pub fn descriptor(&self) -> Option<&Descriptor> {
        match &self.content {
            FetchContent::Descriptor(descriptor) => Some(descriptor),
            _ => None,
        }
    }

    /// The report that was sent.
    pub fn report(&self) -> Option<&Report> {
        match &self.content {
            FetchContent::Report(report) => Some(report),
            _ => None,
        }
    }

    /// Whether it was answered with success.
    pub fn is_accepted(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether it is a request for an object: of a descriptor, or behind PkgURL itself, where that is no descriptor.
    pub fn is_for_object(&self) -> bool {
        let is_object = match self.purpose {
            Purpose::Object => true,
            Purpose::Package => {
                self.descriptor().is_none() && !self.media.as_deref().is_some_and(crate::download::is_descriptor_type)
            }
            Purpose::Report | Purpose::Upload | Purpose::Elsewhere => false,
        };
        is_object && self.method == "GET"
    }

    /// Octets of the whole object, where the answer tells them for certain.
    pub fn object_size(&self) -> Option<u64> {
        if !self.is_for_object() || self.coded {
            return None;
        }
        match self.status {
            Some(200) if self.completeness == Completeness::Whole => Some(self.received),
            Some(206) => self.total,
            _ => None,
        }
    }

    /// Takes a request that goes on where this one ended, with the next octets of the same object.
    pub(super) fn goes_on_with(&mut self, next: &Self) -> bool {
        let is_range = |fetch: &Self| {
            fetch.status == Some(206) && fetch.completeness == Completeness::Whole && !fetch.coded && !fetch.after_loss
        };
        let joined = match (self.range, next.range) {
            (Some((first, last)), Some((then, end))) if last.checked_add(1) == Some(then) => (first, end),
            _ => return false,
        };
        let is_next = is_range(self) && is_range(next) && next.total == self.total && next.media == self.media;
        if !is_next || next.url != self.url || next.purpose != self.purpose {
            return false;
        }
        self.range = Some(joined);
        self.received = self.received.saturating_add(next.received);
        self.declared = self.declared.zip(next.declared).map(|(own, other)| own.saturating_add(other));
        self.more = self.more.saturating_add(1);
        true
    }

    pub(super) fn octets(&self) -> usize {
        let content = match &self.content {
            FetchContent::Descriptor(descriptor) => descriptor.octets(),
            FetchContent::Report(report) => report.line.len(),
            FetchContent::Nothing => 0,
        };
        size_of::<Self>() + self.method.len() + self.url.len() + self.media.as_ref().map_or(0, String::len) + content
    }
}

/// Whether what is known of an exchange may belong to another one, or something was sent before it that nobody saw.
fn is_after_loss(exchange: &Exchange) -> bool {
    let is_doubtful = |anomaly: &Anomaly| {
        matches!(
            anomaly,
            Anomaly::ConflictingLengths
                | Anomaly::BadLength
                | Anomaly::LengthDiffers { .. }
                | Anomaly::LengthAndChunked
                | Anomaly::BadChunk { .. }
                | Anomaly::UnknownTransferCoding
                | Anomaly::Garbage { .. }
                | Anomaly::Unsolicited
        )
    };
    let doubtful = |anomalies: &[Anomaly]| anomalies.iter().any(is_doubtful);
    exchange.after_gap
        || exchange.request.as_ref().is_some_and(|request| doubtful(&request.anomalies))
        || exchange.response.as_ref().is_some_and(|response| doubtful(&response.anomalies))
}

/// Whether the octets that the head of an answer promises were sent.
fn completeness(exchange: &Exchange, response: &HttpMessage<ResponseLine>) -> Completeness {
    let is_short = |anomaly: &Anomaly| matches!(anomaly, Anomaly::ShortOfLength { .. });
    if response.anomalies.iter().any(is_short) {
        return Completeness::Short;
    }
    match response.end {
        BodyEnd::Complete => Completeness::Whole,
        // Octets that the capture lacks were sent, and are counted.
        _ if exchange.cut => Completeness::Unknown,
        BodyEnd::NotKept | BodyEnd::Limit | BodyEnd::Gap => {
            let declared = response.header("content-length").and_then(|length| length.parse::<u64>().ok());
            let is_odd = |anomaly: &Anomaly| {
                matches!(
                    anomaly,
                    Anomaly::ConflictingLengths | Anomaly::LengthAndChunked | Anomaly::LengthDiffers { .. }
                )
            };
            match declared {
                Some(declared) if declared == response.transferred && !response.anomalies.iter().any(is_odd) => {
                    Completeness::Whole
                }
                // The last chunk, or the last frame of HTTP/2, says that nothing follows.
                None if response.was_sent_whole && marks_its_end(response) => Completeness::Whole,
                _ => Completeness::Unknown,
            }
        }
        BodyEnd::Truncated { .. } => Completeness::Unknown,
    }
}

/// Whether the end of a body without Content-Length is marked by its sender, and not by the closing of the connection.
fn marks_its_end(response: &HttpMessage<ResponseLine>) -> bool {
    let is_chunked =
        |coding: &str| coding.rsplit(',').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("chunked"));
    response.line.version == HttpVersion::Http2 || response.header("transfer-encoding").is_some_and(is_chunked)
}

/// A media type in lower case, without its parameters.
fn essence(value: &str) -> String {
    clipped(value.split(';').next().unwrap_or_default().trim()).to_ascii_lowercase()
}

/// The first and the last octet in a Content-Range (RFC 9110, section 14.4).
fn range(value: &str) -> Option<(u64, u64)> {
    let (unit, range) = value.trim().split_once(char::is_whitespace)?;
    let (first, last) = range.split_once('/')?.0.trim().split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (unit.eq_ignore_ascii_case("bytes") && first <= last).then_some((first, last))
}

/// The length of the whole in a Content-Range.
fn total(value: &str) -> Option<u64> {
    value.rsplit_once('/')?.1.trim().parse().ok()
}

pub(super) fn clipped(text: &str) -> String {
    let mut end = text.len().min(Limits::DOWNLOAD_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Where a request went, as an absolute address.
pub(super) fn address(exchange: &Exchange) -> Option<String> {
    let request = exchange.request.as_ref()?;
    let target = request.line.target.as_str();
    if !target.starts_with('/') {
        return target.contains("://").then(|| target.to_owned());
    }
    let scheme = if exchange.tls { "https" } else { "http" };
    Some(match request.header("host") {
        Some(host) => format!("{scheme}://{host}{target}"),
        None => format!("{scheme}://{}{target}", exchange.server),
    })
}
