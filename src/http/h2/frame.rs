//! Frame headers (RFC 9113, section 4.1) and how a connection begins (section 3.4).

/// What the client says first.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Octets of a frame header.
pub(super) const HEADER: usize = 9;

/// Whether a line, with its line end, is the first of the preface.
pub(in crate::http) fn is_preface_line(line: &[u8]) -> bool {
    line == b"PRI * HTTP/2.0\r\n"
}

/// What octets are that may begin what a server says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Start {
    /// The frame that comes first: SETTINGS.
    Is,
    /// More octets are needed.
    May,
    Not,
}

/// Whether octets begin the first frame of a server: SETTINGS, no acknowledgement, on no stream, of less than 43
/// settings. It may come before the client's preface.
pub(in crate::http) fn first_frame(bytes: &[u8]) -> Start {
    let fits = bytes.iter().take(HEADER).zip(0usize..).all(|(octet, at)| match at {
        2 => octet % 6 == 0,
        3 => *octet == 4,
        _ => *octet == 0,
    });
    match fits {
        true if bytes.len() >= HEADER => Start::Is,
        true => Start::May,
        false => Start::Not,
    }
}

/// What a frame is to a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Headers,
    PushPromise,
    Continuation,
    ResetStream,
    Settings,
    /// PRIORITY, PING, GOAWAY, WINDOW_UPDATE, and what is not known (section 4.1: to be ignored).
    Other,
}

/// A frame, and how much of its payload is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    pub(super) stream: u32,
    pub(super) end_stream: bool,
    pub(super) end_headers: bool,
    /// The length of the padding comes first.
    pub(super) padded: bool,
    /// Octets before the content: the length of the padding, the priority, the promised stream.
    pub(super) prefix: u32,
    pub(super) content: u32,
    /// Octets of padding after the content.
    pub(super) padding: u32,
    /// It is shorter than what it must hold.
    pub(super) malformed: bool,
}

impl Frame {
    /// Reads a frame header; `None` when it is not nine octets.
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let [l1, l2, l3, kind, flags, s1, s2, s3, s4] = *<&[u8; HEADER]>::try_from(header).ok()?;
        let length = u32::from_be_bytes([0, l1, l2, l3]);
        // The first bit is reserved.
        let stream = u32::from_be_bytes([s1, s2, s3, s4]) & 0x7fff_ffff;
        let kind = match kind {
            0 => Kind::Data,
            1 => Kind::Headers,
            3 => Kind::ResetStream,
            4 => Kind::Settings,
            5 => Kind::PushPromise,
            9 => Kind::Continuation,
            _ => Kind::Other,
        };
        let padded = flags & 0x08 != 0 && matches!(kind, Kind::Data | Kind::Headers | Kind::PushPromise);
        let more = match kind {
            Kind::Headers if flags & 0x20 != 0 => 5,
            Kind::PushPromise => 4,
            _ => 0,
        };
        let prefix = more + u32::from(padded);
        let mut frame = Self {
            kind,
            stream,
            end_stream: flags & 0x01 != 0 && matches!(kind, Kind::Data | Kind::Headers),
            end_headers: flags & 0x04 != 0,
            padded,
            prefix,
            content: length.saturating_sub(prefix),
            padding: 0,
            malformed: length < prefix,
        };
        if frame.malformed {
            (frame.prefix, frame.padding, frame.padded) = (0, length, false);
        }
        Some(frame)
    }

    /// The length of the padding was read.
    pub(super) fn pad(&mut self, padding: u32) {
        self.padded = false;
        match self.content.checked_sub(padding) {
            Some(content) => (self.content, self.padding) = (content, padding),
            None => self.spoil(),
        }
    }

    /// What is its content can't be known.
    pub(super) fn spoil(&mut self) {
        self.malformed = true;
        (self.content, self.padding) = (0, self.padding.saturating_add(self.content));
    }

    /// Octets of the payload that are still to come.
    pub(super) fn left(&self) -> u64 {
        u64::from(self.prefix).saturating_add(u64::from(self.content)).saturating_add(u64::from(self.padding))
    }

    /// Whether it carries a part of a header block.
    pub(super) const fn is_block(&self) -> bool {
        matches!(self.kind, Kind::Headers | Kind::PushPromise | Kind::Continuation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_recognised_by_its_settings() {
        for (bytes, expected) in [
            (&b""[..], Start::May),
            (b"\0", Start::May),
            (b"\0\0\x12\x04\0\0\0\0\0", Start::Is),
            (b"\0\0\0\x04\0\0\0\0\0\0", Start::Is),
            (b"\0\0\x12\x04\0\0\0\0", Start::May),
            (b"\0\0\x12\x04\x01\0\0\0\0", Start::Not),
            (b"\0\0\x11\x04", Start::Not),
            (b"\0\0\x12\x04\0\0\0\0\x01", Start::Not),
            (b"HTTP/1.1", Start::Not),
        ] {
            assert_eq!(first_frame(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_stands_around_the_content_is_known() {
        // Type, flags and length; then prefix and content.
        for (kind, flags, length, prefix, content, malformed) in [
            (0, 0x00, 10, 0, 10, false),
            (0, 0x08, 10, 1, 9, false),
            (0, 0x20, 10, 0, 10, false),
            (0, 0x08, 0, 0, 0, true),
            (1, 0x28, 10, 6, 4, false),
            (1, 0x20, 4, 0, 0, true),
            (5, 0x08, 10, 5, 5, false),
            (9, 0x28, 10, 0, 10, false),
            (4, 0x08, 12, 0, 12, false),
            (0x77, 0xff, 12, 0, 12, false),
        ] {
            let frame = Frame::parse(&[0, 0, length, kind, flags, 0x80, 0, 0, 5]).unwrap();
            assert_eq!(frame.stream, 5);
            assert_eq!(
                (frame.prefix, frame.content, frame.malformed, frame.left()),
                (prefix, content, malformed, u64::from(length)),
                "{kind} {flags}"
            );
        }
    }
}
