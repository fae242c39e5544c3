//! The parts of one HTTP/1 message that is at hand as a whole, for those who relay it.

use super::coding::{self, Coded};
use super::exchange::{Header, StartLine};
use super::head;
use std::borrow::Cow;

/// Reads a head from its start line up to its blank line; `None` when the start line is none.
pub fn read_head(octets: &[u8]) -> Option<(StartLine, Vec<Header>)> {
    head::parse(octets).map(|head| (head.line, head.headers))
}

/// A body without its content coding (RFC 9110, section 8.4): borrowed where there is none, `None` where the coding is not
/// known or can't be undone to its end.
pub fn content<'b>(headers: &[Header], body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
    match coding::named(headers) {
        Coded::No => Some(Cow::Borrowed(body)),
        Coded::Yes(coding) => {
            let decoded = coding::undo(coding, body)?;
            decoded.anomaly.is_none().then_some(Cow::Owned(decoded.body))
        }
        Coded::Unknown => None,
    }
}

/// A head for a body of another length: with that Content-Length, and without Transfer-Encoding (RFC 9112, section 6);
/// every other line as it was.
pub fn with_length(octets: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len().saturating_add(32));
    let mut is_dropped = false;
    for (at, line) in octets.split_inclusive(|octet| *octet == b'\n').enumerate() {
        let text = line.trim_ascii_end();
        if at > 0 && text.is_empty() {
            break;
        }
        // A folded line belongs to the one before it.
        if !matches!(line.first(), Some(b' ' | b'\t')) {
            let name = text.split(|octet| *octet == b':').next().unwrap_or_default().trim_ascii();
            is_dropped = at > 0
                && ["content-length", "transfer-encoding", "trailer"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
        }
        if !is_dropped {
            out.extend_from_slice(line);
        }
    }
    if !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_fitted_to_another_body_and_otherwise_left_alone() {
        let head =
            b"POST /dm HTTP/1.1\r\nHost: a\r\ntransfer-encoding: gzip,\r\n chunked\r\nX-odd : 1\r\nTrailer: x\r\n\r\n";
        let fitted = with_length(head, 17);
        assert_eq!(
            String::from_utf8(fitted.clone()).unwrap(),
            "POST /dm HTTP/1.1\r\nHost: a\r\nX-odd : 1\r\nContent-Length: 17\r\n\r\n"
        );
        assert_eq!(with_length(&fitted, 17), fitted);
        assert_eq!(with_length(b"HTTP/1.1 200 OK", 0), b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        let (line, headers) = read_head(&fitted).unwrap();
        assert!(matches!(line, StartLine::Request(line) if line.target == "/dm"));
        assert_eq!(headers.len(), 3);
    }

    #[test]
    fn a_body_without_its_coding_is_whole_or_none() {
        let coded =
            |coding: &str| vec![Header { name: b"Content-Encoding"[..].into(), value: coding.as_bytes().into() }];
        assert_eq!(content(&[], b"abc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(content(&coded("br"), b"abc"), None);
        assert_eq!(content(&coded("gzip"), b"abc"), None);
    }
}
