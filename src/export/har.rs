//! An HTTP archive (HAR 1.2) of exchanges.
//!
//! Fields of our own begin with `_dmscope`: session and message, as the report numbers them, and frames of the capture.

use crate::base::{FrameNo, Timestamp};
use crate::verdict::{Carried, CarriedHeader, CarriedLine, CarriedMessage, SessionReport};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{self, Write};
use std::time::Duration;

/// An archive under way: all sessions first, each a page, then their exchanges.
#[derive(Debug)]
pub struct Har<W> {
    out: W,
    first: bool,
}

impl<W: Write> Har<W> {
    /// Begins an archive.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn begin(mut out: W) -> io::Result<Self> {
        let creator = json!({ "name": "dmscope", "version": env!("CARGO_PKG_VERSION") });
        write!(out, "{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"pages\":[")?;
        Ok(Self { out, first: true })
    }

    /// Adds a session.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn page(&mut self, session: &SessionReport<'_>) -> io::Result<()> {
        let unknown = "?";
        let title = format!(
            "SessionID {} of {} with {}",
            session.session_id.as_deref().unwrap_or(unknown),
            session.device.as_deref().unwrap_or(unknown),
            session.server.as_deref().unwrap_or(unknown)
        );
        let page = json!({
            "startedDateTime": session.started.to_string(),
            "id": page(session.index),
            "title": title,
            "pageTimings": {},
            "_dmscope": { "session": session.index },
        });
        self.row(&page)
    }

    /// All sessions were added; exchanges follow.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn entries(&mut self) -> io::Result<()> {
        self.first = true;
        self.out.write_all(b"\n],\"entries\":[")
    }

    /// Adds an exchange; a datagram is none.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn exchange(&mut self, row: &Carried) -> io::Result<()> {
        if row.datagram.is_some() {
            return Ok(());
        }
        self.row(&entry(row))
    }

    /// Ends the archive, and gives the writer back.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn end(mut self) -> io::Result<W> {
        self.out.write_all(b"\n]}}\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn row(&mut self, row: &Value) -> io::Result<()> {
        let before = if std::mem::replace(&mut self.first, false) { "\n" } else { ",\n" };
        self.out.write_all(before.as_bytes())?;
        serde_json::to_writer(&mut self.out, row)?;
        Ok(())
    }
}

fn page(session: u32) -> String {
    format!("session-{session}")
}

fn entry(row: &Carried) -> Value {
    let (request, response) = (row.request.as_ref(), row.response.as_ref());
    let started = request.or(response).map_or(0, |message| message.started);
    let millis = |nanos: i64| {
        let micros = u64::try_from(nanos / 1_000).unwrap_or(0);
        (Duration::from_micros(micros).as_secs_f64() * 1e6).round() / 1e3
    };
    let length = |message: Option<&CarriedMessage>| {
        millis(message.map_or(0, |message| message.ended.saturating_sub(message.started)))
    };
    let between = request.zip(response).map_or(0, |(request, response)| response.started.saturating_sub(request.ended));
    let (send, wait, receive) = (length(request), millis(between), length(response));
    let about = |message: Option<&CarriedMessage>| {
        message.map(|message| {
            let frames: Vec<FrameNo> = message.frames.clone();
            json!({ "message": message.message, "again": message.again, "frames": frames })
        })
    };
    let mut entry = json!({
        "pageref": page(row.session),
        "startedDateTime": Timestamp::from_nanos(started).to_string(),
        "time": send + wait + receive,
        "request": asked(row),
        "response": answered(response),
        "cache": {},
        "timings": { "send": send, "wait": wait, "receive": receive },
        "serverIPAddress": row.server.ip().to_canonical().to_string(),
        "connection": row.connection.to_string(),
        "_dmscope": {
            "session": row.session,
            "input": row.input,
            "client": row.client.to_string(),
            "server": row.server.to_string(),
            "tls": row.tls,
            "request": about(request),
            "response": about(response),
            "cut": row.cut,
        },
    });
    let comment = match (request, response) {
        (None, _) => Some("the request is not in the capture"),
        (_, None) if row.cut => Some("the response is not in the capture"),
        (_, None) => Some("the connection ended without a response"),
        _ => None,
    };
    if let (Some(comment), Some(entry)) = (comment, entry.as_object_mut()) {
        entry.insert("comment".to_owned(), comment.into());
    }
    entry
}

fn asked(row: &Carried) -> Value {
    let Some(request) = &row.request else {
        return json!({
            "method": "", "url": "", "httpVersion": "", "cookies": [], "headers": [], "queryString": [],
            "headersSize": -1, "bodySize": -1,
        });
    };
    let (method, target) = match &request.line {
        CarriedLine::Request { method, target } => (method.as_str(), target.as_str()),
        CarriedLine::Response { .. } => ("", ""),
    };
    let mut out = json!({
        "method": method,
        "url": url(row, request, target),
        "httpVersion": request.version,
        "cookies": [],
        "headers": headers(request),
        "queryString": query(target),
        "headersSize": -1,
        "bodySize": size(request),
    });
    if let (false, Some(out)) = (request.body.is_empty(), out.as_object_mut()) {
        let (text, encoding) = text(&request.body);
        let mut data = json!({ "mimeType": request.header("content-type").unwrap_or_default(), "text": text });
        // Only the content of a response has an encoding in HAR 1.2.
        if let (Some(encoding), Some(data)) = (encoding, data.as_object_mut()) {
            data.insert("_encoding".to_owned(), encoding.into());
            data.insert("comment".to_owned(), "the text is the body in base64".into());
        }
        out.insert("postData".to_owned(), data);
    }
    out
}

fn answered(response: Option<&CarriedMessage>) -> Value {
    let Some(response) = response else {
        return json!({
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "" }, "redirectURL": "", "headersSize": -1, "bodySize": -1,
        });
    };
    let (status, reason) = match &response.line {
        CarriedLine::Response { status, reason } => (*status, reason.as_str()),
        CarriedLine::Request { .. } => (0, ""),
    };
    let mut content =
        json!({ "size": response.body.len(), "mimeType": response.header("content-type").unwrap_or_default() });
    if let (false, Some(content)) = (response.body.is_empty(), content.as_object_mut()) {
        let (text, encoding) = text(&response.body);
        content.insert("text".to_owned(), text.into());
        if let Some(encoding) = encoding {
            content.insert("encoding".to_owned(), encoding.into());
        }
    }
    json!({
        "status": status,
        "statusText": reason,
        "httpVersion": response.version,
        "cookies": [],
        "headers": headers(response),
        "content": content,
        "redirectURL": response.header("location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": size(response),
    })
}

/// Octets of the body as transferred, where they are known.
fn size(message: &CarriedMessage) -> i64 {
    match message.coding {
        None => i64::try_from(message.body.len()).unwrap_or(-1),
        Some(_) => -1,
    }
}

fn headers(message: &CarriedMessage) -> Vec<Value> {
    let line = |header: &CarriedHeader| json!({ "name": header.name, "value": header.text() });
    message.headers.iter().map(line).collect()
}

/// The address that was asked for, as a whole.
fn url(row: &Carried, request: &CarriedMessage, target: &str) -> String {
    if !target.starts_with('/') {
        return target.to_owned();
    }
    let scheme = if row.tls.is_some() { "https" } else { "http" };
    let host = request.header("host").unwrap_or_else(|| row.server.to_string());
    format!("{scheme}://{host}{target}")
}

fn query(target: &str) -> Vec<Value> {
    let (_, query) = target.split_once('?').unwrap_or_default();
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        json!({ "name": name, "value": value })
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

/// A body as text, or else in base64.
fn text(body: &[u8]) -> (String, Option<&'static str>) {
    let is_plain = |text: &&str| text.chars().all(|ch| !ch.is_control() || matches!(ch, '\t' | '\r' | '\n'));
    match std::str::from_utf8(body).ok().filter(is_plain) {
        Some(text) => (text.to_owned(), None),
        None => (STANDARD.encode(body), Some("base64")),
    }
}
