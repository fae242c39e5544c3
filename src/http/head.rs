//! Start lines and header lines (RFC 9112, sections 2 to 5), read leniently.
//!
//! A header section is given to `httparse` first. What it refuses is split by lines here, and each oddity is noted.

use super::exchange::{Anomaly, Header, HttpVersion, RequestLine, ResponseLine, StartLine};
use super::h2;
use crate::base::Limits;
use memchr::{memchr, memchr_iter};

/// Methods by which a request is recognised where nothing else tells.
pub(super) const METHODS: &[&[u8]] = &[
    b"POST",
    b"GET",
    b"PUT",
    b"HEAD",
    b"DELETE",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"NOTIFY",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"M-SEARCH",
    b"BCOPY",
    b"BMOVE",
    b"BDELETE",
    b"BPROPFIND",
    b"BPROPPATCH",
];

/// Octets of the longest method that is taken for one.
const METHOD_LENGTH: usize = 32;

/// Which messages may begin in a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Request,
    Response,
    Either,
}

impl Want {
    pub(super) const fn request(self) -> bool {
        matches!(self, Self::Request | Self::Either)
    }

    pub(super) const fn response(self) -> bool {
        matches!(self, Self::Response | Self::Either)
    }
}

/// What the first octets of a message are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// A start line.
    Http,
    /// Possibly one; more octets are needed.
    More,
    /// A TLS record (RFC 8446, section 5.1).
    Tls,
    /// The first line of what a client says in HTTP/2.
    Http2,
    /// The first frame of a server that speaks HTTP/2.
    Http2Server,
    /// No HTTP.
    No,
}

/// Judges the start of a message: its first line with its LF, or what is there of it. Octets before `from` were judged
/// by an earlier call that said [`Probe::More`]. Where the rest of a message may stand before the next one (`glued`), a
/// method that only ends like one is none: `abcPOST`.
pub(super) fn probe(bytes: &[u8], from: usize, want: Want, glued: bool) -> Probe {
    match bytes {
        [] | [0x14..=0x17] => return Probe::More,
        [0x14..=0x17, 0x03, ..] => return Probe::Tls,
        _ => {}
    }
    if want.response() && !glued {
        match h2::first_frame(bytes) {
            h2::Start::Is => return Probe::Http2Server,
            h2::Start::May => return Probe::More,
            h2::Start::Not => {}
        }
    }
    if want.request() && h2::is_preface_line(bytes) {
        return Probe::Http2;
    }
    match status_of(bytes) {
        Status::Is if want.response() => return Probe::Http,
        Status::May if want.response() => return Probe::More,
        // `HEAD` and `HTTP/1.` begin alike.
        Status::Is => return Probe::No,
        Status::May | Status::Not => {}
    }
    if want.request() { probe_request(bytes, from, glued) } else { Probe::No }
}

fn probe_request(bytes: &[u8], from: usize, glued: bool) -> Probe {
    let window = bytes.get(..bytes.len().min(METHOD_LENGTH.saturating_add(1))).unwrap_or_default();
    let Some(method) = window.iter().position(|octet| !is_token(*octet)) else {
        return if window.len() > METHOD_LENGTH { Probe::No } else { Probe::More };
    };
    if method == 0 || !matches!(window.get(method), Some(b' ' | b'\t')) {
        return Probe::No;
    }
    let method = bytes.get(..method).unwrap_or_default();
    if glued && !METHODS.contains(&method) && METHODS.iter().any(|name| method.ends_with(name)) {
        return Probe::No;
    }
    let fresh = bytes.get(from..).unwrap_or_default();
    if let Some(end) = memchr(b'\n', fresh) {
        let line = bytes.get(..from.saturating_add(end)).unwrap_or_default();
        let mut oddities = Vec::new();
        let plausible = request_line(line, &mut oddities).is_some();
        let known = METHODS.iter().any(|name| name.eq_ignore_ascii_case(method));
        return if plausible && (known || !glued || oddities.is_empty()) { Probe::Http } else { Probe::No };
    }
    let binary = fresh.iter().any(|octet| is_control(*octet) && *octet != b'\r');
    if binary || bytes.len() > Limits::HTTP_HEAD { Probe::No } else { Probe::More }
}

/// Whether octets begin a status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Version, blank, three digits, and one octet that is no digit.
    Is,
    /// More octets are needed.
    May,
    Not,
}

/// Octets within which the status code must have ended.
const STATUS_WINDOW: usize = 64;

/// Whether `bytes` begin a status line (RFC 9112, section 4).
pub(super) fn status_of(bytes: &[u8]) -> Status {
    const NAME: &[u8] = b"HTTP/1.";
    let shared = bytes.len().min(NAME.len());
    let same = bytes.iter().zip(NAME).all(|(octet, expected)| octet.eq_ignore_ascii_case(expected));
    if !same {
        return Status::Not;
    }
    let rest = bytes.get(shared..).unwrap_or_default();
    match rest {
        [] => return Status::May,
        [b'0'..=b'9'] => return Status::May,
        [b'0'..=b'9', b' ' | b'\t', ..] => {}
        _ => return Status::Not,
    }
    let rest = rest.get(1..).unwrap_or_default();
    let code = rest.trim_start_blanks();
    match code {
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9', next, ..] if !next.is_ascii_digit() => Status::Is,
        [] | [b'1'..=b'9'] | [b'1'..=b'9', b'0'..=b'9'] | [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9']
            if bytes.len() < STATUS_WINDOW =>
        {
            Status::May
        }
        _ => Status::Not,
    }
}

/// Blanks are SP and HTAB (OWS of RFC 9110, section 5.6.3).
trait Blanks {
    fn trim_start_blanks(&self) -> &[u8];
    fn trim_blanks(&self) -> &[u8];
}

impl Blanks for [u8] {
    fn trim_start_blanks(&self) -> &[u8] {
        let mut rest = self;
        while let [b' ' | b'\t', after @ ..] = rest {
            rest = after;
        }
        rest
    }

    fn trim_blanks(&self) -> &[u8] {
        let mut rest = self.trim_start_blanks();
        while let [before @ .., b' ' | b'\t'] = rest {
            rest = before;
        }
        rest
    }
}

/// A head, read.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) line: StartLine,
    pub(super) headers: Vec<Header>,
    pub(super) anomalies: Vec<Anomaly>,
}

/// Reads a head from its start line on, up to its blank line or the end of `bytes`; `None` when the start line is none.
pub(super) fn parse(bytes: &[u8]) -> Option<Head> {
    let line_end = memchr(b'\n', bytes)?;
    let line = strip_cr(bytes.get(..line_end)?);
    let mut anomalies = Vec::new();
    let line = match status_of(bytes) {
        Status::Is => StartLine::Response(status_line(line, &mut anomalies)?),
        _ => StartLine::Request(request_line(line, &mut anomalies)?),
    };
    let mut headers = Vec::new();
    let fields_at = line_end.saturating_add(1);
    let fields = bytes.get(fields_at..).unwrap_or_default();
    if let Some(offset) = bare_line_feed(bytes) {
        note(&mut anomalies, Anomaly::BareLineFeed { offset });
    }
    header_section(fields, fields_at, &mut headers, &mut anomalies);
    Some(Head { line, headers, anomalies })
}

/// Reads header lines up to a blank line or the end of `fields`, which stand at `base` in the message.
pub(super) fn header_section(fields: &[u8], base: usize, headers: &mut Vec<Header>, anomalies: &mut Vec<Anomaly>) {
    let mut parsed = [httparse::EMPTY_HEADER; 64];
    if let Ok(httparse::Status::Complete((_, parsed))) = httparse::parse_headers(fields, &mut parsed) {
        headers.reserve(parsed.len());
        headers.extend(
            parsed.iter().map(|header| Header { name: header.name.as_bytes().into(), value: header.value.into() }),
        );
        return;
    }
    split_lines(fields, base, headers, anomalies);
}

/// Splits header lines by hand. Every line yields a header or an anomaly.
fn split_lines(fields: &[u8], base: usize, headers: &mut Vec<Header>, anomalies: &mut Vec<Anomaly>) {
    let mut open: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut at = 0usize;
    for end in memchr_iter(b'\n', fields) {
        let line = strip_cr(fields.get(at..end).unwrap_or_default());
        let offset = offset(base.saturating_add(at));
        at = end.saturating_add(1);
        if line.is_empty() {
            break;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            note(anomalies, Anomaly::Folded { offset });
            if let Some((_, value)) = &mut open {
                let more = line.trim_blanks();
                if has_control(more) {
                    note(anomalies, Anomaly::ControlInValue { offset });
                }
                if !value.is_empty() && !more.is_empty() {
                    value.push(b' ');
                }
                value.extend_from_slice(more);
                continue;
            }
        }
        keep(open.take(), headers, anomalies);
        let line = line.trim_start_blanks();
        let Some(colon) = memchr(b':', line).filter(|colon| *colon > 0) else {
            note(anomalies, Anomaly::NoColon { offset });
            continue;
        };
        let name = line.get(..colon).unwrap_or_default();
        let value = line.get(colon.saturating_add(1)..).unwrap_or_default().trim_blanks();
        if matches!(name.last(), Some(b' ' | b'\t')) {
            note(anomalies, Anomaly::BlankBeforeColon { offset });
        }
        if has_control(value) {
            note(anomalies, Anomaly::ControlInValue { offset });
        }
        open = Some((name.trim_blanks().to_vec(), value.to_vec()));
    }
    keep(open, headers, anomalies);
}

/// Headers that decide about the body are kept even past the ceiling.
const FRAMING: &[&str] =
    &["content-length", "transfer-encoding", "content-encoding", "content-type", "connection", "expect"];

pub(super) fn keep(header: Option<(Vec<u8>, Vec<u8>)>, headers: &mut Vec<Header>, anomalies: &mut Vec<Anomaly>) {
    let Some((name, value)) = header else { return };
    if headers.len() >= Limits::HTTP_HEADERS {
        if !anomalies.contains(&Anomaly::TooManyHeaders) {
            anomalies.push(Anomaly::TooManyHeaders);
        }
        let needed = FRAMING.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        if !needed || headers.len() >= Limits::HTTP_HEADERS.saturating_add(FRAMING.len()) {
            return;
        }
    }
    headers.push(Header { name: name.into(), value: value.into() });
}

/// Adds an anomaly, unless there are many already.
pub(super) fn note(anomalies: &mut Vec<Anomaly>, anomaly: Anomaly) {
    if anomalies.len() < Limits::HTTP_ANOMALIES {
        anomalies.push(anomaly);
    }
}

/// Reads a request line without its line end; `None` when it can't be one.
fn request_line(line: &[u8], anomalies: &mut Vec<Anomaly>) -> Option<RequestLine> {
    let line = strip_cr(line);
    if line.iter().any(|octet| is_control(*octet)) {
        return None;
    }
    let blank = line.iter().position(|octet| matches!(octet, b' ' | b'\t'))?;
    let method = line.get(..blank)?;
    if method.is_empty() || !method.iter().all(|octet| is_token(*octet)) {
        return None;
    }
    let known = METHODS.iter().any(|name| name.eq_ignore_ascii_case(method));
    let rest = line.get(blank..)?;
    let trimmed = rest.trim_blanks();
    let last = trimmed.iter().rposition(|octet| matches!(octet, b' ' | b'\t')).map_or(0, |at| at.saturating_add(1));
    let word = trimmed.get(last..)?;
    let (target, minor) = match word {
        [h, t, t2, p, b'/', version @ ..] if [*h, *t, *t2, *p].eq_ignore_ascii_case(b"HTTP") => {
            let [b'1', b'.', minor @ b'0'..=b'9'] = version else { return None };
            if !word.starts_with(b"HTTP") {
                note(anomalies, Anomaly::StartLine { what: "the version is not in upper case" });
            }
            (trimmed.get(..last)?.trim_blanks(), minor.saturating_sub(b'0'))
        }
        // HTTP/0.9 (RFC 1945, section 4.1). Many protocols have lines of two words, so the target must look like one.
        _ => {
            let looks =
                trimmed.starts_with(b"/") || trimmed.starts_with(b"http://") || trimmed.starts_with(b"https://");
            if !known || !looks {
                return None;
            }
            note(anomalies, Anomaly::StartLine { what: "the request line has no version" });
            (trimmed, 0)
        }
    };
    if target.is_empty() {
        if !known {
            return None;
        }
        note(anomalies, Anomaly::StartLine { what: "the request line has no target" });
    }
    if method.iter().any(u8::is_ascii_lowercase) {
        note(anomalies, Anomaly::StartLine { what: "the method is not in upper case" });
    }
    let blanks = line.iter().filter(|octet| matches!(octet, b' ' | b'\t')).count();
    let inner = target.iter().filter(|octet| matches!(octet, b' ' | b'\t')).count();
    if inner > 0 {
        note(anomalies, Anomaly::StartLine { what: "a blank in the request target" });
    }
    if blanks.saturating_sub(inner) > 2 || memchr(b'\t', line).is_some() {
        note(anomalies, Anomaly::StartLine { what: "the words of the request line are not apart by one blank" });
    }
    Some(RequestLine { method: text(method), target: text(target), version: HttpVersion::Http1 { minor } })
}

/// Reads a status line that [`status_of`] accepted, without its line end.
fn status_line(line: &[u8], anomalies: &mut Vec<Anomaly>) -> Option<ResponseLine> {
    let minor = line.get(7)?.saturating_sub(b'0');
    let rest = line.get(8..)?;
    let code = rest.trim_start_blanks();
    let digits = code.get(..3)?;
    let status = digits
        .iter()
        .fold(0u16, |sum, digit| sum.saturating_mul(10).saturating_add(u16::from(digit.saturating_sub(b'0'))));
    let reason = code.get(3..)?;
    if !line.starts_with(b"HTTP") {
        note(anomalies, Anomaly::StartLine { what: "the version is not in upper case" });
    }
    if rest.len().saturating_sub(code.len()) != 1 || rest.first() == Some(&b'\t') {
        note(anomalies, Anomaly::StartLine { what: "the status is not after one blank" });
    }
    if !matches!(reason.first(), None | Some(b' ')) {
        note(anomalies, Anomaly::StartLine { what: "no blank after the status" });
    }
    if has_control(reason) {
        note(anomalies, Anomaly::StartLine { what: "a control character in the reason phrase" });
    }
    Some(ResponseLine { status, reason: text(reason.trim_blanks()), version: HttpVersion::Http1 { minor } })
}

/// How much of an unfinished line is known, when it may be the blank line that ends a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carry {
    /// The line has no octet yet.
    Empty,
    /// The line is a CR so far.
    Cr,
    /// The line is not blank.
    Text,
}

/// Finds the end of the blank line that ends a head: its length in `bytes`, or what the unfinished last line is.
pub(super) fn blank_line(mut carry: Carry, bytes: &[u8]) -> Result<usize, Carry> {
    let mut start = 0usize;
    for at in memchr_iter(b'\n', bytes) {
        let line = bytes.get(start..at).unwrap_or_default();
        if matches!((carry, line), (Carry::Empty, [] | [b'\r']) | (Carry::Cr, [])) {
            return Ok(at.saturating_add(1));
        }
        carry = Carry::Empty;
        start = at.saturating_add(1);
    }
    let rest = bytes.get(start..).unwrap_or_default();
    Err(match (carry, rest) {
        (carry, []) => carry,
        (Carry::Empty, [b'\r']) => Carry::Cr,
        _ => Carry::Text,
    })
}

fn bare_line_feed(head: &[u8]) -> Option<u32> {
    memchr_iter(b'\n', head)
        .find(|at| at.checked_sub(1).and_then(|before| head.get(before)) != Some(&b'\r'))
        .map(offset)
}

fn strip_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn has_control(value: &[u8]) -> bool {
    value.iter().any(|octet| is_control(*octet))
}

/// Control characters other than the tab.
const fn is_control(octet: u8) -> bool {
    (octet < 0x20 && octet != b'\t') || octet == 0x7f
}

/// `tchar` of RFC 9110, section 5.6.2.
const fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests;
