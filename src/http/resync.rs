//! Finding the next start line in a stream whose framing was lost.
//!
//! A start line after a body follows it without a line end, so that it is searched for anywhere, not at the start of
//! lines only. Only its plainest form is accepted: anything else would be found in bodies.

use super::head::{self, METHODS, Want};
use crate::base::Limits;
use memchr::{memchr, memmem, memrchr, memrchr2};

/// Offset of the first plausible start line of the wanted kind. Its version (request) or status (response) must stand
/// here as a whole, with one octet more.
pub(super) fn find(bytes: &[u8], want: Want) -> Option<usize> {
    let request = if want.request() { find_request(bytes) } else { None };
    let before = request.and_then(|at| bytes.get(..at)).unwrap_or(bytes);
    let response = if want.response() { find_response(before) } else { None };
    response.or(request)
}

fn find_response(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, b"HTTP/1.")
        .find(|at| bytes.get(*at..).is_some_and(|line| head::status_of(line) == head::Status::Is))
}

fn find_request(bytes: &[u8]) -> Option<usize> {
    memmem::find_iter(bytes, b" HTTP/1.").find_map(|blank| {
        let after = bytes.get(blank.checked_add(8)?..)?;
        if !matches!(after, [b'0'..=b'9', b'\n', ..] | [b'0'..=b'9', b'\r'] | [b'0'..=b'9', b'\r', b'\n', ..]) {
            return None;
        }
        let lowest = blank.saturating_sub(Limits::RESYNC_LINE);
        let before = bytes.get(lowest..blank)?;
        let line_start = memrchr(b'\n', before).map_or(0, |at| at.saturating_add(1));
        let line = before.get(line_start..)?;
        let target = memrchr2(b' ', b'\t', line)?;
        let name = line.get(target.checked_add(1)?..)?;
        if name.is_empty() || name.iter().any(u8::is_ascii_control) {
            return None;
        }
        let method = line.get(..target)?;
        let length = METHODS.iter().filter(|name| method.ends_with(name)).map(|name| name.len()).max()?;
        lowest.checked_add(line_start)?.checked_add(target)?.checked_sub(length)
    })
}

/// Octets at the end of `bytes` that may be the start of a start line: those after the last line end, not too many.
pub(super) fn tail(bytes: &[u8]) -> usize {
    let lowest = bytes.len().saturating_sub(Limits::RESYNC_LINE);
    let window = bytes.get(lowest..).unwrap_or_default();
    memrchr(b'\n', window).map_or(window.len(), |at| window.len().saturating_sub(at.saturating_add(1)))
}

/// Length of the first line with its LF, or `None`.
pub(super) fn line(bytes: &[u8]) -> Option<usize> {
    memchr(b'\n', bytes).map(|at| at.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_line_is_found_behind_anything() {
        for (bytes, want, expected) in [
            (&b"junkPOST /dm HTTP/1.1\r\n"[..], Want::Request, Some(4)),
            (b"junkPOST /dm HTTP/1.1\r\n", Want::Response, None),
            (b"a\nPROPPATCH /dm HTTP/1.0\n", Want::Request, Some(2)),
            (b"POST /dm HTTP/1.1", Want::Request, None),
            (b"POST /dm\0 HTTP/1.1\r\n", Want::Request, None),
            (b"POST /dm HTTP/1.1\rx\n", Want::Request, None),
            (b"POST  HTTP/1.1\r\n", Want::Request, None),
            (b"POST\n/dm HTTP/1.1\r\n", Want::Request, None),
            (b"say /dm HTTP/1.1\r\nGET / HTTP/1.1\r\n", Want::Request, Some(18)),
            (b"\x00\x01HTTP/1.1 200 OK", Want::Response, Some(2)),
            (b"\x00\x01HTTP/1.1 200", Want::Response, None),
            (b"HTTP/1.1 20x HTTP/1.0 404\r", Want::Response, Some(13)),
            (b"xHTTP/1.1 200 GET / HTTP/1.1\r\n", Want::Either, Some(1)),
            (b"GET / HTTP/1.1\r\nHTTP/1.1 200 ", Want::Either, Some(0)),
        ] {
            assert_eq!(find(bytes, want), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn only_the_unfinished_line_is_held() {
        assert_eq!(tail(b"abc\nPOS"), 3);
        assert_eq!(tail(b"abc\n"), 0);
        assert_eq!(tail(&[b'x'; 10_000]), Limits::RESYNC_LINE);
    }
}
