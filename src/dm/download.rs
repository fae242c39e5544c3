//! Downloads that a server asked for by writing a PkgURL, and the sessions that they belong to (OMA-TS-DM-FUMO-V1_0 and
//! OMA-TS-DM-SCOMO-V1_0, alternate download; OMA-Download-OTA-V1_0).
//!
//! Servers write addresses into nodes named PkgURL. Requests of the same device for such an address, and for what the
//! descriptor behind it names, are kept as [`Fetch`]es: what was asked and how it was answered, never the object itself. The
//! session of that device with that server during which they came, or else the next one, is given them.

use super::memory::Pair;
use super::tracker::Tracker;
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use crate::download::{Descriptor, Report, absolute, is_descriptor, same_place};
use crate::http::{Anomaly, BodyEnd, Exchange, HttpMessage, ResponseLine};
use crate::syncml::{CommandName, Message};
use std::collections::VecDeque;
use std::net::IpAddr;

/// Name of the nodes that hold the address of a package or of its descriptor.
const PKG_URL: &str = "PkgURL";
/// Nodes that are named of one download.
const NODES: usize = 4;

/// What a request of a download was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// PkgURL: a descriptor, or the package itself.
    Package,
    /// An objectURI of a descriptor.
    Object,
    /// An installNotifyURI of a descriptor.
    Report,
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
    /// Media type of the answer in lower case, without parameters.
    pub media: Option<String>,
    /// Content-Length of the answer.
    pub declared: Option<u64>,
    /// Octets of the whole object, where Content-Range says it.
    pub total: Option<u64>,
    /// Octets of the body of the answer, as transferred.
    pub received: u64,
    /// Whether the body came to its end.
    pub completeness: Completeness,
    /// Whether the body came under a content coding: its octets are not those of the object.
    pub coded: bool,
    /// What it is.
    pub content: FetchContent,
}

impl Fetch {
    fn of(exchange: &Exchange, purpose: Purpose, url: &str) -> Option<Self> {
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
            total: header("content-range").and_then(total),
            received: response.map_or(0, |response| response.transferred),
            completeness: response.map_or(Completeness::Unknown, |response| completeness(exchange, response)),
            coded: header("content-encoding").is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")),
            content: FetchContent::Nothing,
        };
        if purpose == Purpose::Report {
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
            Purpose::Report | Purpose::Elsewhere => false,
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

    fn octets(&self) -> usize {
        let content = match &self.content {
            FetchContent::Descriptor(descriptor) => descriptor.octets(),
            FetchContent::Report(report) => report.line.len(),
            FetchContent::Nothing => 0,
        };
        size_of::<Self>() + self.method.len() + self.url.len() + self.media.as_ref().map_or(0, String::len) + content
    }
}

/// A download, as a session is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The nodes that the address was written to.
    pub nodes: Vec<String>,
    /// The address, as written.
    pub url: String,
    /// The first frame of the message that wrote it.
    pub written: FrameNo,
    /// SessionID of the session that wrote it.
    pub session_id: String,
    /// What was seen of it, in order; at most [`Limits::DOWNLOAD_FETCHES`].
    pub fetches: Vec<Fetch>,
    /// How many of these an earlier session was given already.
    pub told: usize,
    /// Whether there were more.
    pub shortened: bool,
}

impl Download {
    /// What no earlier session was given.
    pub fn fresh(&self) -> &[Fetch] {
        self.fetches.get(self.told..).unwrap_or_default()
    }

    /// The report that was sent last.
    pub fn reported(&self) -> Option<&Report> {
        self.fetches.iter().rev().find_map(Fetch::report)
    }

    /// The latest descriptor before a request, and which of its objects the request is for.
    pub fn described(&self, fetch: &Fetch) -> Option<(&Descriptor, &crate::download::MediaObject)> {
        let place = same_place(&fetch.url)?;
        let before = self.fetches.iter().rev().skip_while(|other| !std::ptr::eq(*other, fetch));
        let (descriptor, base) = before.skip(1).find_map(|other| Some((other.descriptor()?, &other.url)))?;
        let is_it = |uri: &str| same_place(&absolute(base, uri)).as_deref() == Some(&place);
        match (fetch.purpose, descriptor.objects.as_slice()) {
            // Where it was sent on to is of the one object there is.
            (Purpose::Object, [only]) => Some((descriptor, only)),
            _ => {
                let object = descriptor.objects.iter().find(|object| object.uri.as_deref().is_some_and(is_it))?;
                Some((descriptor, object))
            }
        }
    }

    /// How it went, in a few words.
    pub fn summary(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        if self.fetches.iter().any(|fetch| fetch.descriptor().is_some()) {
            words.push("descriptor".to_owned());
        }
        if let Some(text) = self.object_summary() {
            words.push(text);
        }
        if let Some(report) = self.reported() {
            words.push(format!("reported {}", if report.line.is_empty() { "nothing" } else { &report.line }));
        }
        let is_there = self.fetches.iter().any(|fetch| fetch.object_size().is_some());
        let head = if is_there { "downloaded" } else { "download" };
        format!("{head} ({})", if words.is_empty() { "no answer".to_owned() } else { words.join(", ") })
    }

    fn object_summary(&self) -> Option<String> {
        let size = self.fetches.iter().rev().find_map(Fetch::object_size);
        let of_object = self.fetches.iter().rev().find(|fetch| fetch.is_for_object());
        let any = self.fetches.iter().rev().find(|fetch| fetch.purpose != Purpose::Report);
        match (size, of_object, any) {
            (Some(octets), ..) => Some(format!("{octets} octets")),
            (None, Some(fetch), _) if fetch.is_accepted() => Some(match fetch.declared {
                Some(declared) => format!("{} of {declared} octets", fetch.received),
                None => format!("{} octets, not known whether that is all", fetch.received),
            }),
            (None, Some(fetch), _) | (None, None, Some(fetch)) => match fetch.status {
                Some(status) if !fetch.is_accepted() => Some(format!("HTTP {status}")),
                _ => None,
            },
            (None, None, None) => None,
        }
    }
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
                _ => Completeness::Unknown,
            }
        }
        BodyEnd::Truncated { .. } => Completeness::Unknown,
    }
}

/// A media type in lower case, without its parameters.
fn essence(value: &str) -> String {
    clipped(value.split(';').next().unwrap_or_default().trim()).to_ascii_lowercase()
}

/// The length of the whole in a Content-Range (RFC 9110, section 14.4).
fn total(value: &str) -> Option<u64> {
    value.rsplit_once('/')?.1.trim().parse().ok()
}

fn clipped(text: &str) -> String {
    let mut end = text.len().min(Limits::DOWNLOAD_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Where a request went, as an absolute address.
fn address(exchange: &Exchange) -> Option<String> {
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

/// An address that was written into a device, and what came of it.
#[derive(Debug)]
struct Watched {
    pair: Pair,
    device: IpAddr,
    /// Places that belong to it, and what a request there is for.
    places: Vec<(String, Purpose)>,
    download: Download,
}

impl Watched {
    fn octets(&self) -> usize {
        let places: usize = self.places.iter().map(|(place, _)| size_of::<(String, Purpose)>() + place.len()).sum();
        let nodes: usize = self.download.nodes.iter().map(|node| size_of::<String>() + node.len()).sum();
        let fetches: usize = self.download.fetches.iter().map(Fetch::octets).sum();
        let texts = self.pair.0.len() + self.pair.1.len() + self.download.url.len() + self.download.session_id.len();
        size_of::<Self>() + places + nodes + fetches + texts
    }

    fn add(&mut self, url: &str, purpose: Purpose) {
        if let Some(place) = same_place(url)
            && place.len() <= Limits::DOWNLOAD_TEXT
            && self.places.len() < Limits::DOWNLOAD_ADDRESSES
            && !self.places.iter().any(|known| known.0 == place && known.1 == purpose)
        {
            self.places.push((place, purpose));
        }
    }

    /// What a request to a place is for: who posts reports, where that is one of the things that are done there.
    fn purpose(&self, place: &str, is_post: bool) -> Option<Purpose> {
        let mut known = self.places.iter().filter(|(known, _)| known == place).map(|(_, purpose)| *purpose);
        let first = known.next()?;
        if (first == Purpose::Report) == is_post {
            return Some(first);
        }
        Some(known.find(|other| (*other == Purpose::Report) == is_post).unwrap_or(first))
    }

    /// Takes a request, and the addresses that its answer names.
    fn take(&mut self, fetch: Fetch, location: Option<&str>) {
        if let Some(location) = location.filter(|_| matches!(fetch.status, Some(301 | 302 | 303 | 307 | 308))) {
            self.add(&absolute(&fetch.url, location), fetch.purpose);
        }
        if let Some(descriptor) = fetch.descriptor().filter(|_| fetch.purpose == Purpose::Package) {
            for object in descriptor.objects.clone() {
                if let Some(uri) = &object.uri {
                    self.add(&absolute(&fetch.url, uri), Purpose::Object);
                }
                if let Some(uri) = &object.notify {
                    self.add(&absolute(&fetch.url, uri), Purpose::Report);
                }
            }
        }
        if self.download.fetches.len() < Limits::DOWNLOAD_FETCHES {
            self.download.fetches.push(fetch);
        } else {
            self.download.shortened = true;
        }
    }
}

/// Addresses that servers wrote into devices, in the order in which they did.
#[derive(Debug, Default)]
pub(super) struct Downloads {
    watched: VecDeque<Watched>,
    octets: usize,
}

/// A message of a server that may write addresses, and who gets it.
pub(super) struct Writing<'m> {
    pub(super) message: &'m Message,
    pub(super) frame: FrameNo,
    pub(super) device: IpAddr,
    pub(super) pair: Option<Pair>,
    pub(super) session_id: &'m str,
}

impl Downloads {
    /// Notes the addresses that a message of a server writes; what had to be forgotten for them is given back.
    pub(super) fn written(&mut self, writing: &Writing<'_>) -> Vec<Problem> {
        let Some(pair) = &writing.pair else { return Vec::new() };
        let message = writing.message;
        let writes = |name: CommandName| matches!(name, CommandName::Add | CommandName::Replace);
        for command in message.commands.iter().filter(|command| writes(command.name)) {
            for item in message.items(command) {
                let node = message.text(item.target_uri);
                let is_one = node.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(PKG_URL));
                if is_one && node.len() <= Limits::DOWNLOAD_TEXT {
                    self.note(node, message.text(item.data), writing, pair);
                }
            }
        }
        self.hold_limits()
    }

    fn note(&mut self, node: &str, url: &str, writing: &Writing<'_>, pair: &Pair) {
        let Some(place) = same_place(url).filter(|place| place.len() <= Limits::DOWNLOAD_TEXT) else { return };
        let is_unused = |watched: &Watched| watched.download.fetches.is_empty() && watched.pair == *pair;
        let same = |watched: &&mut Watched| {
            is_unused(watched) && watched.places.first().is_some_and(|(known, _)| *known == place)
        };
        if let Some(known) = self.watched.iter_mut().find(same) {
            self.octets = self.octets.saturating_sub(known.octets());
            known.device = writing.device;
            let nodes = &mut known.download.nodes;
            if !nodes.iter().any(|known| known == node) && nodes.len() < NODES {
                nodes.push(node.to_owned());
            }
            self.octets = self.octets.saturating_add(known.octets());
            return;
        }
        let watched = Watched {
            pair: pair.clone(),
            device: writing.device,
            places: vec![(place, Purpose::Package)],
            download: Download {
                nodes: vec![node.to_owned()],
                url: clipped(url),
                written: writing.frame,
                session_id: clipped(writing.session_id),
                fetches: Vec::new(),
                told: 0,
                shortened: false,
            },
        };
        self.octets = self.octets.saturating_add(watched.octets());
        self.watched.push_back(watched);
    }

    fn hold_limits(&mut self) -> Vec<Problem> {
        let mut problems = Vec::new();
        while self.watched.len() > Limits::DOWNLOADS || self.octets > Limits::DOWNLOADS_OCTETS {
            let Some(oldest) = self.watched.pop_front() else { break };
            self.octets = self.octets.saturating_sub(oldest.octets());
            problems.extend(alone(&oldest.download));
        }
        problems
    }

    /// Takes an exchange that carries no DM, where it belongs to a download.
    pub(super) fn exchange(&mut self, exchange: &Exchange) -> Vec<Problem> {
        if self.watched.is_empty() {
            return Vec::new();
        }
        let Some((url, place)) = address(exchange).and_then(|url| Some((same_place(&url)?, url))).map(|(p, u)| (u, p))
        else {
            return Vec::new();
        };
        let is_post = exchange.request.as_ref().is_some_and(|request| request.line.method == "POST");
        let found = self.find(exchange.client.address, &place, is_post).or_else(|| self.elsewhere(exchange));
        let Some((at, purpose)) = found else { return Vec::new() };
        let (Some(watched), Some(fetch)) = (self.watched.get_mut(at), Fetch::of(exchange, purpose, &url)) else {
            return Vec::new();
        };
        self.octets = self.octets.saturating_sub(watched.octets());
        let location = exchange.response.as_ref().and_then(|response| response.header("location"));
        watched.take(fetch, location);
        self.octets = self.octets.saturating_add(watched.octets());
        self.hold_limits()
    }

    /// The address that a request goes to, the latest one. Where several devices share an address of the network and were told
    /// the same place, nothing tells which it is.
    fn find(&self, device: IpAddr, place: &str, is_post: bool) -> Option<(usize, Purpose)> {
        let here = self.watched.iter().enumerate().filter(|(_, watched)| watched.device == device);
        let mut found = here.filter_map(|(at, watched)| Some((at, watched.purpose(place, is_post)?, &watched.pair)));
        let (mut at, mut purpose, pair) = found.next()?;
        for (other, of_other, other_pair) in found {
            if other_pair != pair {
                return None;
            }
            (at, purpose) = (other, of_other);
        }
        Some((at, purpose))
    }

    /// The one address of a device from which nothing was fetched yet, where the device gets a descriptor from elsewhere.
    fn elsewhere(&self, exchange: &Exchange) -> Option<(usize, Purpose)> {
        let response = exchange.response.as_ref().filter(|response| response.line.status == 200)?;
        if !response.header("content-type").is_some_and(crate::download::is_descriptor_type) {
            return None;
        }
        let device = exchange.client.address;
        let mut here = self.watched.iter().enumerate().filter(|(_, watched)| watched.device == device);
        let (at, watched) = here.next()?;
        (here.next().is_none() && watched.download.fetches.is_empty()).then_some((at, Purpose::Elsewhere))
    }

    /// The downloads of a device with a server of which something was seen up to a frame that no session was given yet.
    pub(super) fn claim(&mut self, pair: &Pair, until: FrameNo) -> Vec<Download> {
        let mut claimed = Vec::new();
        for watched in self.watched.iter_mut().filter(|watched| watched.pair == *pair) {
            let known = watched.download.fetches.partition_point(|fetch| fetch.frame <= until);
            let Some(fetches) = watched.download.fetches.get(..known).filter(|_| known > watched.download.told) else {
                continue;
            };
            claimed.push(Download { fetches: fetches.to_vec(), ..watched.download.clone() });
            watched.download.told = known;
        }
        claimed
    }

    /// The capture ended: the downloads after which no session came.
    pub(super) fn finish(&mut self) -> Vec<Problem> {
        self.octets = 0;
        std::mem::take(&mut self.watched).iter().filter_map(|watched| alone(&watched.download)).collect()
    }
}

/// What is to be said of a download that no session was given.
fn alone(download: &Download) -> Option<Problem> {
    let first = download.fresh().first()?;
    let node = download.nodes.first().map_or("", String::as_str);
    Some(Problem::at_frame(
        ProblemKind::DownloadAlone,
        first.frame,
        format!(
            "a download that the server asked for in {node} ({}) is followed by no session of that device with that server, so that no rule looks at it",
            download.summary()
        ),
    ))
}

impl Tracker {
    /// Looks at an exchange that carries no DM: it may be a part of a download.
    pub(super) fn look_for_download(&mut self, exchange: &Exchange) {
        let problems = self.downloads.exchange(exchange);
        self.problems.extend(problems);
    }
}
