//! Sessions as they arrive: a line of each in memory, everything else in a temporary file.
//!
//! What a line holds is what the first screen, its filter and its order need. A session that is opened is read back as a
//! whole. Memory follows the number of sessions and findings, not their size.

use crate::base::{Limits, Role, Severity};
use crate::tree::{Journal, SharedForest};
use crate::verdict::{
    FindingCounts, JudgedSession, OpenSession, ProductReport, SessionEnd, SessionReport, Tail, Time, Verdict,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::rc::Rc;
use std::sync::Arc;

/// Sessions that were opened last and stay in memory.
const OPEN: usize = 8;

/// One session, as the first screen shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionLine {
    /// Its number.
    pub number: u32,
    /// Its device; empty when unknown.
    pub device: Arc<str>,
    /// Its server; empty when unknown.
    pub server: Arc<str>,
    /// Its SessionID, as written.
    pub session_id: Box<str>,
    /// The profile it was judged by.
    pub profile: Arc<str>,
    /// `xml`, `wbxml`, or both.
    pub encoding: Arc<str>,
    /// `http` or `https`.
    pub transport: Arc<str>,
    /// What the device says it is: manufacturer, model and firmware.
    pub product: Arc<str>,
    /// When its first octet was seen.
    pub started: Time,
    /// When its last octet was seen.
    pub ended: Time,
    /// Its messages.
    pub messages: u64,
    /// Their commands.
    pub commands: u64,
    /// How it ended.
    pub end: SessionEnd,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its findings.
    pub findings: FindingCounts,
    /// Whether a notification asked for it.
    pub notified: bool,
}

/// One finding, as far as lists and counts need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingLine {
    /// Position of its session in the store.
    pub session: u32,
    /// Its position among the findings of the session.
    pub at: u32,
    /// Its rule: a number of [`Store::rule`].
    pub rule: u16,
    /// Number of its message; 0 where it is about the session.
    pub message: u32,
    /// How much it weighs.
    pub severity: Severity,
    /// Who violated it.
    pub role: Role,
    /// Whether a waiver accepts it.
    pub waived: bool,
}

/// A session on its way from the analysis to the store. Made where it was judged, so that the screen need not wait.
#[derive(Debug)]
pub struct Arrival {
    line: SessionLine,
    findings: Vec<Found>,
    rows: Vec<u8>,
}

#[derive(Debug, Deserialize)]
struct Found {
    rule: String,
    severity: Severity,
    role: Role,
    message: Option<u32>,
    waived: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Head {
    device: Option<String>,
    server: Option<String>,
    session_id: Option<String>,
    profile: String,
    transport: String,
    started: Time,
    ended: Time,
    end: SessionEnd,
    verdict: Verdict,
    findings: FindingCounts,
    #[serde(default)]
    product: ProductReport<'static>,
    notification: Option<IgnoredAny>,
    messages: Vec<MessageHead>,
}

#[derive(Deserialize)]
struct MessageHead {
    encoding: String,
}

impl Arrival {
    /// Takes a judged session.
    ///
    /// # Errors
    ///
    /// When its rows can't be read, which would be a mistake of the program.
    pub fn new(number: u32, session: &JudgedSession) -> io::Result<Self> {
        let rows = session.octets();
        let mut lines = rows.split(|octet| *octet == b'\n');
        let head: Head = serde_json::from_slice(lines.next().unwrap_or_default())?;
        let findings = lines.take_while(|line| line.starts_with(b"{\"session\":"));
        let findings = findings.map(serde_json::from_slice).collect::<Result<Vec<Found>, _>>()?;
        let facts = session.facts();
        let mut encodings: Vec<&str> = head.messages.iter().map(|message| message.encoding.as_str()).collect();
        encodings.sort_unstable();
        encodings.dedup();
        let text = |text: Option<String>| -> Arc<str> { text.unwrap_or_default().into() };
        let product = &head.product;
        let product: Vec<&str> = [&product.manufacturer, &product.model, &product.firmware]
            .into_iter()
            .filter_map(|text| text.as_deref())
            .collect();
        let line = SessionLine {
            number,
            session_id: head.session_id.unwrap_or_default().into(),
            profile: head.profile.into(),
            encoding: encodings.join("+").into(),
            transport: head.transport.into(),
            product: product.join(" ").into(),
            started: head.started,
            ended: head.ended,
            messages: facts.messages,
            commands: facts.commands,
            end: head.end,
            verdict: head.verdict,
            findings: head.findings,
            notified: head.notification.is_some(),
            device: text(head.device),
            server: text(head.server),
        };
        Ok(Self { line, findings, rows: rows.to_vec() })
    }
}

/// Where the rows of a session are in the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    octets: u64,
}

/// Everything that has arrived.
#[derive(Debug, Default)]
pub struct Store {
    file: Option<File>,
    written: u64,
    lines: Vec<SessionLine>,
    places: Vec<Place>,
    findings: Vec<FindingLine>,
    rules: Vec<Box<str>>,
    by_rule: BTreeMap<Box<str>, u16>,
    texts: BTreeMap<Arc<str>, ()>,
    open: VecDeque<(u32, Rc<OpenSession>)>,
    /// Sessions that found no room any more.
    left_out: u64,
    tail: Option<Box<Tail>>,
    trees: SharedForest,
}

impl Store {
    /// Takes a session. Beyond [`Limits::VIEWED_SESSIONS`] only their number is kept.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be written.
    pub fn add(&mut self, arrival: Arrival) -> io::Result<()> {
        if self.lines.len() >= Limits::VIEWED_SESSIONS {
            self.left_out = self.left_out.saturating_add(1);
            return Ok(());
        }
        let Arrival { mut line, findings, rows } = arrival;
        for text in [
            &mut line.device,
            &mut line.server,
            &mut line.profile,
            &mut line.encoding,
            &mut line.transport,
            &mut line.product,
        ] {
            self.intern(text);
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&rows)?;
        let octets = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.places.push(Place { at: self.written, octets });
        self.written = self.written.saturating_add(octets);
        let session = u32::try_from(self.lines.len()).unwrap_or(u32::MAX);
        for (at, found) in (0..).zip(findings) {
            let rule = self.rule_number(&found.rule);
            self.findings.push(FindingLine {
                session,
                at,
                rule,
                message: found.message.unwrap_or_default(),
                severity: found.severity,
                role: found.role,
                waived: found.waived.is_some(),
            });
        }
        self.lines.push(line);
        Ok(())
    }

    /// Devices and servers come again and again.
    fn intern(&mut self, text: &mut Arc<str>) {
        match self.texts.get_key_value(text) {
            Some((known, ())) => *text = Arc::clone(known),
            None if self.texts.len() < Limits::VIEWED_TEXTS => {
                self.texts.insert(Arc::clone(text), ());
            }
            None => {}
        }
    }

    fn rule_number(&mut self, id: &str) -> u16 {
        if let Some(number) = self.by_rule.get(id) {
            return *number;
        }
        let number = u16::try_from(self.rules.len()).unwrap_or(u16::MAX);
        self.rules.push(id.into());
        self.by_rule.insert(id.into(), number);
        number
    }

    /// Takes what is known at the end.
    pub fn finish(&mut self, tail: Box<Tail>) {
        self.tail = Some(tail);
    }

    /// Looks for the trees of devices there from now on.
    pub fn look_for_trees(&mut self, trees: SharedForest) {
        self.trees = trees;
    }

    /// What is known at the end; `None` while captures are being read.
    pub fn tail(&self) -> Option<&Tail> {
        self.tail.as_deref()
    }

    /// What is known of the tree of a device by now.
    pub fn journal(&self, device: &str) -> Option<Rc<Journal>> {
        self.trees.read(|trees| trees.shown_as(device).cloned()).map(Rc::new)
    }

    /// What became known of the trees of all devices.
    pub const fn trees(&self) -> &SharedForest {
        &self.trees
    }

    /// All sessions, in order.
    pub fn sessions(&self) -> &[SessionLine] {
        &self.lines
    }

    /// The session at a position.
    pub fn session(&self, at: u32) -> Option<&SessionLine> {
        self.lines.get(usize::try_from(at).ok()?)
    }

    /// The position of the session with a number.
    pub fn position(&self, number: u32) -> Option<u32> {
        let at = self.lines.binary_search_by_key(&number, |line| line.number).ok()?;
        u32::try_from(at).ok()
    }

    /// All findings, by session.
    pub fn findings(&self) -> &[FindingLine] {
        &self.findings
    }

    /// Those of one session.
    pub fn findings_of(&self, session: u32) -> &[FindingLine] {
        let from = self.findings.partition_point(|finding| finding.session < session);
        let to = self.findings.partition_point(|finding| finding.session <= session);
        self.findings.get(from..to).unwrap_or_default()
    }

    /// The id of a rule.
    pub fn rule(&self, number: u16) -> &str {
        self.rules.get(usize::from(number)).map_or("", |id| id)
    }

    /// Sessions that found no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Reads a session back, or gives it again.
    ///
    /// # Errors
    ///
    /// When the temporary file can't be read.
    pub fn open(&mut self, at: u32) -> io::Result<Rc<OpenSession>> {
        if let Some((_, session)) = self.open.iter().find(|(known, _)| *known == at) {
            return Ok(Rc::clone(session));
        }
        let missing = || io::Error::new(io::ErrorKind::NotFound, "there is no such session");
        let index = usize::try_from(at).map_err(|_| missing())?;
        let (Some(line), Some(place), Some(file)) = (self.lines.get(index), self.places.get(index), self.file.as_mut())
        else {
            return Err(missing());
        };
        file.seek(SeekFrom::Start(place.at))?;
        let mut rows = Vec::new();
        file.take(place.octets).read_to_end(&mut rows)?;
        let session = Rc::new(OpenSession::read(&rows, line.number)?);
        if self.open.len() >= OPEN {
            self.open.pop_front();
        }
        self.open.push_back((at, Rc::clone(&session)));
        Ok(session)
    }
}

/// A row of a session for filters, which look at its head alone.
pub(super) fn head_of(line: &SessionLine) -> SessionReport<'static> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned().into());
    SessionReport {
        index: line.number,
        session_id: some(&line.session_id),
        device: some(&line.device),
        server: some(&line.server),
        profile: line.profile.to_string().into(),
        started: line.started,
        ended: line.ended,
        verdict: line.verdict,
        findings: line.findings,
        ..SessionReport::default()
    }
}
