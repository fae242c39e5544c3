//! Where a body ends (RFC 9112, section 6.3).

use super::exchange::{Anomaly, Header};
use super::head::note;

/// What follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// No body.
    None,
    /// So many octets.
    Length(u64),
    /// Chunks (RFC 9112, section 7.1).
    Chunked,
    /// Everything until the connection is closed.
    UntilClose,
    /// A request whose length can't be known; the next start line ends it.
    Unknown,
}

/// The framing of a request.
pub(super) fn of_request(headers: &[Header], anomalies: &mut Vec<Anomaly>) -> Framing {
    let length = length(headers, anomalies);
    match transfer(headers) {
        Transfer::None => match length {
            Length::None => Framing::None,
            Length::Is(length) => Framing::Length(length),
            Length::Bad => Framing::Unknown,
        },
        Transfer::Chunked { other } => {
            chunked(other, length, anomalies);
            Framing::Chunked
        }
        Transfer::Other => {
            note(anomalies, Anomaly::UnknownTransferCoding);
            match length {
                Length::Is(length) => Framing::Length(length),
                Length::None | Length::Bad => Framing::Unknown,
            }
        }
    }
}

/// The framing of a response that may have a body (not to HEAD, not 1xx, 204 or 304).
pub(super) fn of_response(headers: &[Header], anomalies: &mut Vec<Anomaly>) -> Framing {
    let length = length(headers, anomalies);
    match transfer(headers) {
        Transfer::None => match length {
            Length::Is(length) => Framing::Length(length),
            Length::None | Length::Bad => Framing::UntilClose,
        },
        Transfer::Chunked { other } => {
            chunked(other, length, anomalies);
            Framing::Chunked
        }
        Transfer::Other => {
            note(anomalies, Anomaly::UnknownTransferCoding);
            match length {
                Length::Is(length) => Framing::Length(length),
                Length::None | Length::Bad => Framing::UntilClose,
            }
        }
    }
}

fn chunked(other: bool, length: Length, anomalies: &mut Vec<Anomaly>) {
    if other {
        note(anomalies, Anomaly::UnknownTransferCoding);
    }
    if length != Length::None {
        note(anomalies, Anomaly::LengthAndChunked);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    None,
    Is(u64),
    Bad,
}

/// Content-Length (RFC 9110, section 8.6): several equal values count as one, of different ones the first is taken.
fn length(headers: &[Header], anomalies: &mut Vec<Anomaly>) -> Length {
    let mut found = Length::None;
    let mut bad = false;
    let mut conflict = false;
    for value in values(headers, "content-length") {
        match (number(value), found) {
            (Some(length), Length::Is(first)) => conflict |= length != first,
            (Some(length), _) => found = Length::Is(length),
            (None, Length::None) => {
                found = Length::Bad;
                bad = true;
            }
            (None, _) => bad = true,
        }
    }
    if bad {
        note(anomalies, Anomaly::BadLength);
    }
    if conflict {
        note(anomalies, Anomaly::ConflictingLengths);
    }
    found
}

/// A decimal number that fits into 63 bits.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter()
        .try_fold(0u64, |sum, digit| match digit {
            b'0'..=b'9' => sum.checked_mul(10)?.checked_add(u64::from(digit.saturating_sub(b'0'))),
            _ => None,
        })
        .filter(|number| i64::try_from(*number).is_ok())
}

enum Transfer {
    /// No coding, or `identity` (RFC 2616, section 3.6).
    None,
    /// `chunked` comes last; whether there are others before it.
    Chunked { other: bool },
    /// Not `chunked`.
    Other,
}

fn transfer(headers: &[Header]) -> Transfer {
    let mut transfer = Transfer::None;
    for value in values(headers, "transfer-encoding") {
        let name = value.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"identity") || name.is_empty() {
            continue;
        }
        let other = matches!(transfer, Transfer::Other | Transfer::Chunked { other: true });
        transfer = if name.eq_ignore_ascii_case(b"chunked") { Transfer::Chunked { other } } else { Transfer::Other };
    }
    transfer
}

/// The elements of all headers of a name, which are lists (RFC 9110, section 5.6.1).
pub(super) fn values<'a>(headers: &'a [Header], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name.as_bytes()))
        .flat_map(|header| header.value.split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
}

/// Whether a list header has this element.
pub(super) fn has(headers: &[Header], name: &'static str, element: &str) -> bool {
    values(headers, name).any(|value| value.eq_ignore_ascii_case(element.as_bytes()))
}

/// The size of a chunk, from its line: hexadecimal digits that fit into 63 bits, then blanks or an extension.
pub(super) fn chunk_size(line: &[u8]) -> Option<u64> {
    let size = line.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii();
    if size.is_empty() {
        return None;
    }
    size.iter()
        .try_fold(0u64, |sum, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            sum.checked_mul(16)?.checked_add(u64::from(digit))
        })
        .filter(|size| i64::try_from(*size).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Vec<Header> {
        lines
            .iter()
            .map(|(name, value)| Header { name: name.as_bytes().into(), value: value.as_bytes().into() })
            .collect()
    }

    #[test]
    fn a_body_ends_where_the_head_says() {
        use Anomaly::{BadLength, ConflictingLengths, LengthAndChunked, UnknownTransferCoding};
        const LENGTH: &str = "Content-Length";
        const TRANSFER: &str = "transfer-encoding";
        for (lines, request, response, anomalies) in [
            (&[][..], Framing::None, Framing::UntilClose, &[][..]),
            (&[(LENGTH, "0")], Framing::Length(0), Framing::Length(0), &[]),
            (&[(LENGTH, "12"), (LENGTH, "12")], Framing::Length(12), Framing::Length(12), &[]),
            (&[(LENGTH, "12, 12")], Framing::Length(12), Framing::Length(12), &[]),
            (&[(LENGTH, "12"), (LENGTH, "13")], Framing::Length(12), Framing::Length(12), &[ConflictingLengths]),
            (&[(LENGTH, "x"), (LENGTH, "13")], Framing::Length(13), Framing::Length(13), &[BadLength]),
            (&[(LENGTH, "-1")], Framing::Unknown, Framing::UntilClose, &[BadLength]),
            (&[(LENGTH, "+1")], Framing::Unknown, Framing::UntilClose, &[BadLength]),
            (&[(LENGTH, "")], Framing::Unknown, Framing::UntilClose, &[BadLength]),
            (
                &[(LENGTH, "9223372036854775807")],
                Framing::Length(i64::MAX as u64),
                Framing::Length(i64::MAX as u64),
                &[],
            ),
            (&[(LENGTH, "9223372036854775808")], Framing::Unknown, Framing::UntilClose, &[BadLength]),
            (&[(LENGTH, "99999999999999999999999")], Framing::Unknown, Framing::UntilClose, &[BadLength]),
            (&[(TRANSFER, "Chunked")], Framing::Chunked, Framing::Chunked, &[]),
            (&[(TRANSFER, "chunked"), (LENGTH, "3")], Framing::Chunked, Framing::Chunked, &[LengthAndChunked]),
            (&[(TRANSFER, "gzip, chunked")], Framing::Chunked, Framing::Chunked, &[UnknownTransferCoding]),
            (&[(TRANSFER, "chunked, gzip")], Framing::Unknown, Framing::UntilClose, &[UnknownTransferCoding]),
            (&[(TRANSFER, "identity"), (LENGTH, "3")], Framing::Length(3), Framing::Length(3), &[]),
            (&[(TRANSFER, "zip"), (LENGTH, "3")], Framing::Length(3), Framing::Length(3), &[UnknownTransferCoding]),
        ] {
            let headers = headers(lines);
            let mut noted = Vec::new();
            assert_eq!(of_request(&headers, &mut noted), request, "{lines:?}");
            assert_eq!(noted, anomalies, "{lines:?}");
            assert_eq!(of_response(&headers, &mut Vec::new()), response, "{lines:?}");
        }
    }

    #[test]
    fn a_chunk_size_is_hexadecimal_and_fits_into_63_bits() {
        for (line, expected) in [
            ("0", Some(0)),
            ("1aF", Some(0x1af)),
            ("5 ; name=\"x\"", Some(5)),
            ("5  ", Some(5)),
            ("0000000000000000000005", Some(5)),
            ("7fffffffffffffff", Some(i64::MAX as u64)),
            ("8000000000000000", None),
            ("ffffffffffffffff", None),
            ("10000000000000000", None),
            ("", None),
            (";x", None),
            ("0x5", None),
            ("-5", None),
        ] {
            assert_eq!(chunk_size(line.as_bytes()), expected, "{line:?}");
        }
    }
}
