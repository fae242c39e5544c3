//! Downloads that a server asked for by writing a PkgURL, and the sessions that they belong to (OMA-TS-DM-FUMO-V1_0 and
//! OMA-TS-DM-SCOMO-V1_0, alternate download; OMA-Download-OTA-V1_0).
//!
//! Servers write addresses into nodes named PkgURL. Requests of the same device for such an address, and for what the
//! descriptor behind it names, are kept as [`Fetch`]es: what was asked and how it was answered, never the object itself. The
//! session of that device with that server during which they came, or else the next one, is given them. What a device uploads to
//! a DiagDataURL is followed in the same way.

mod coverage;
mod fetch;
mod writing;

use super::memory::Pair;
use super::tracker::Tracker;
use crate::base::{Direction, FrameNo, Limits, Problem, ProblemKind};
use crate::download::{Descriptor, Report, absolute, same_place};
use crate::http::Exchange;
pub use coverage::Coverage;
pub use fetch::{Completeness, Fetch, FetchContent, Purpose};
use fetch::{address, clipped};
use std::collections::VecDeque;
use std::net::IpAddr;
use writing::Address;
pub(super) use writing::{Chunked, Writing};

/// Nodes that are named of one download.
const NODES: usize = 4;

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
    /// Whether it is the device that sends: data of diagnostics.
    pub is_upload: bool,
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
        if self.is_upload {
            return self.upload_summary();
        }
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
        let is_there = self.coverage().is_some_and(|coverage| coverage.whole == Some(true));
        let head = if is_there { "downloaded" } else { "download" };
        format!("{head} ({})", if words.is_empty() { "no answer".to_owned() } else { words.join(", ") })
    }

    fn upload_summary(&self) -> String {
        let accepted = || self.fetches.iter().filter(|fetch| fetch.is_accepted());
        let octets = accepted().fold(0_u64, |sum, fetch| sum.saturating_add(fetch.sent));
        let more = if self.shortened { ", and more" } else { "" };
        match (accepted().count(), self.fetches.last()) {
            (0, Some(Fetch { status: Some(status), .. })) => format!("upload (HTTP {status})"),
            (0, _) => "upload (no answer)".to_owned(),
            (1, _) => format!("uploaded ({octets} octets)"),
            (parts, _) => format!("uploaded ({octets} octets in {parts} requests{more})"),
        }
    }

    fn object_summary(&self) -> Option<String> {
        if let Some(coverage) = self.coverage() {
            return Some(coverage.text());
        }
        let mut latest = self.fetches.iter().rev();
        let of_object = latest.clone().find(|fetch| fetch.is_for_object());
        let fetch = of_object.or_else(|| latest.find(|fetch| fetch.purpose != Purpose::Report))?;
        fetch.status.filter(|_| !fetch.is_accepted()).map(|status| format!("HTTP {status}"))
    }

    /// How much has come of the object that was asked for last, over all requests for it; `None` where none was answered with
    /// success.
    pub fn coverage(&self) -> Option<Coverage> {
        let of_object = || self.fetches.iter().filter(|fetch| fetch.is_for_object());
        let latest = of_object().rfind(|fetch| fetch.is_accepted())?;
        let mut descriptors = self.fetches.iter().filter_map(Fetch::descriptor);
        // Where it was sent on to, the one object there is has another address.
        let is_one = descriptors.all(|descriptor| descriptor.objects.len() <= 1);
        let place = same_place(&latest.url);
        let mut coverage = Coverage::of(of_object().filter(|fetch| is_one || same_place(&fetch.url) == place))?;
        if self.shortened && coverage.whole == Some(false) {
            coverage.whole = None;
        }
        Some(coverage)
    }

    /// Whether something that was fetched up to a request may be missing from the capture.
    pub fn has_losses_before(&self, fetch: &Fetch) -> bool {
        let end = self.fetches.iter().position(|other| std::ptr::eq(other, fetch));
        let before = end.and_then(|end| self.fetches.get(..=end)).unwrap_or(&self.fetches);
        before.iter().any(|fetch| fetch.after_loss)
    }
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

    /// What a request to a place is for: who posts reports, where that is one of the things that are done there. Data are sent to
    /// an address, or to a name below it.
    fn purpose(&self, place: &str, method: &str) -> Option<Purpose> {
        if self.download.is_upload {
            let is_there = |known: &str| {
                place.strip_prefix(known).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || known.ends_with('/') || rest.starts_with('?')
                })
            };
            let is_known = self.places.iter().any(|(known, _)| is_there(known));
            return (is_known && matches!(method, "PUT" | "POST")).then_some(Purpose::Upload);
        }
        let is_post = method == "POST";
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
        let fetches = &mut self.download.fetches;
        // Of an object that comes in ever so many ranges, what follows is not lost for it: the report, above all.
        if fetches.len() >= Limits::DOWNLOAD_FETCHES / 2
            && fetches.len() > self.download.told
            && fetches.last_mut().is_some_and(|last| last.goes_on_with(&fetch))
        {
            return;
        }
        if fetches.len() < Limits::DOWNLOAD_FETCHES {
            fetches.push(fetch);
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

impl Downloads {
    /// Notes the addresses that a message of a server writes; what had to be forgotten for them is given back. `chunked` is the one
    /// of which a part came before.
    pub(super) fn written(&mut self, writing: &Writing<'_>, chunked: &mut Chunked) -> Vec<Problem> {
        let addresses = match writing.direction {
            Direction::ServerToDevice => chunked.addresses(writing.message),
            Direction::DeviceToServer => writing::told(writing.message),
        };
        for address in addresses {
            if let Some(pair) = &writing.pair {
                self.note(&address, writing, pair);
            }
        }
        self.hold_limits()
    }

    fn note(&mut self, Address { node, url, purpose }: &Address, writing: &Writing<'_>, pair: &Pair) {
        let Some(place) = same_place(url).filter(|place| place.len() <= Limits::DOWNLOAD_TEXT) else { return };
        let is_upload = *purpose == Purpose::Upload;
        // What is uploaded goes there again and again: an address that is told once more is the same one.
        let is_unused = |watched: &Watched| {
            (is_upload || watched.download.fetches.is_empty())
                && watched.download.is_upload == is_upload
                && watched.pair == *pair
        };
        let same = |watched: &&mut Watched| {
            is_unused(watched) && watched.places.first().is_some_and(|(known, _)| *known == place)
        };
        if let Some(known) = self.watched.iter_mut().find(same) {
            self.octets = self.octets.saturating_sub(known.octets());
            known.device = writing.device;
            let nodes = &mut known.download.nodes;
            if !nodes.contains(node) && nodes.len() < NODES {
                nodes.push(node.clone());
            }
            self.octets = self.octets.saturating_add(known.octets());
            return;
        }
        let watched = Watched {
            pair: pair.clone(),
            device: writing.device,
            places: vec![(place, *purpose)],
            download: Download {
                nodes: vec![node.clone()],
                url: clipped(url),
                written: writing.frame,
                session_id: clipped(writing.session_id),
                fetches: Vec::new(),
                told: 0,
                shortened: false,
                is_upload,
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
        let method = exchange.request.as_ref().map_or("", |request| request.line.method.as_str());
        let found = self.find(exchange.client.address, &place, method).or_else(|| self.elsewhere(exchange));
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
    fn find(&self, device: IpAddr, place: &str, method: &str) -> Option<(usize, Purpose)> {
        let here = self.watched.iter().enumerate().filter(|(_, watched)| watched.device == device);
        let mut found = here.filter_map(|(at, watched)| Some((at, watched.purpose(place, method)?, &watched.pair)));
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
        let of_device = |watched: &Watched| watched.device == device && !watched.download.is_upload;
        let mut here = self.watched.iter().enumerate().filter(|(_, watched)| of_device(watched));
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
            if watched.download.is_upload {
                // Each upload is one of its own, and they may go on for ever.
                self.octets = self.octets.saturating_sub(watched.octets());
                watched.download.fetches.drain(..known);
                watched.download.shortened = false;
                self.octets = self.octets.saturating_add(watched.octets());
            } else {
                watched.download.told = known;
            }
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
    let what = match download.is_upload {
        true => "data that the device sent to the address",
        false => "a download that the server asked for",
    };
    Some(Problem::at_frame(
        ProblemKind::DownloadAlone,
        first.frame,
        format!(
            "{what} in {node} ({}) is followed by no session of that device with that server, so that no rule looks at it",
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
