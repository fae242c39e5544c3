//! The link layer between telephone and network, as far as short messages need it: frames of service access point 3, and the
//! messages that they are segments of (3GPP TS 44.006, sections 5 and 6).

/// The service access point of short messages (section 6.3).
const SMS: u8 = 3;
/// Octets of a message of the control layer of SMS at most (TS 24.011, 8.1.4.1).
const LONGEST: usize = 251;

/// One frame with information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'o> {
    /// Its number, modulo 8; `None` of an unnumbered one.
    number: Option<u8>,
    /// More of the message follows.
    more: bool,
    information: &'o [u8],
}

impl<'o> Frame<'o> {
    /// Reads a frame; `None` of one without information, of another service, or that is none.
    pub(super) fn read(octets: &'o [u8]) -> Option<Self> {
        let [address, control, length, rest @ ..] = octets else { return None };
        // Link protocol discriminator 0, the address is of one octet, and so is the length.
        let is_sms = address & 0x61 == 0x01 && address >> 2 & 7 == SMS && length & 1 == 1;
        let number = match control {
            control if control & 1 == 0 => Some(control >> 1 & 7),
            // UI.
            control if control & 0xef == 0x03 => None,
            _ => return None,
        };
        let information = rest.get(..usize::from(length >> 2)).filter(|_| is_sms)?;
        (!information.is_empty()).then_some(Self { number, more: length & 2 != 0, information })
    }
}

/// What came of one direction of a channel so far.
#[derive(Debug, Default)]
pub(super) struct Segments {
    last: Option<u8>,
    /// What the last frame brought.
    latest: Vec<u8>,
    octets: Vec<u8>,
    /// The beginning of what comes is missing: up to its end, nothing is joined.
    is_broken: bool,
}

/// What a frame brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Brought {
    /// A message is whole.
    Message(Vec<u8>),
    /// Nothing yet.
    Nothing,
    /// Segments before it are missing, or too many came: what there was of the message is left.
    Lost,
}

impl Segments {
    /// Takes a frame. Segments are joined in their order; where one is missing, the message is lost.
    pub(super) fn take(&mut self, frame: Frame<'_>) -> Brought {
        let Some(number) = frame.number else { return Brought::Message(frame.information.to_vec()) };
        if self.last == Some(number) && self.latest == frame.information {
            // Sent again, since its acknowledgement was lost.
            return Brought::Nothing;
        }
        // The set-up of a connection, from which on frames are counted anew, may be missing where nothing is open.
        let begins = number == 0 && self.octets.is_empty() && !self.is_broken;
        let follows = begins || self.last.is_none_or(|last| number == (last + 1) & 7);
        self.last = Some(number);
        self.latest.clear();
        self.latest.extend_from_slice(frame.information);
        if !follows {
            self.octets.clear();
            // What comes now may be the rest of a message as well as the beginning of one.
            self.is_broken = frame.more;
            return Brought::Lost;
        }
        if self.is_broken {
            self.is_broken = frame.more;
            return Brought::Nothing;
        }
        self.octets.extend_from_slice(frame.information);
        if self.octets.len() > LONGEST {
            self.octets.clear();
            self.is_broken = frame.more;
            return Brought::Lost;
        }
        match frame.more {
            true => Brought::Nothing,
            false => Brought::Message(std::mem::take(&mut self.octets)),
        }
    }

    /// A connection begins: frames are counted from 0 again.
    pub(super) fn begin(&mut self) {
        *self = Self::default();
    }

    /// Octets that are kept.
    pub(super) fn is_open(&self) -> bool {
        !self.octets.is_empty()
    }
}

/// Whether a frame sets up the connection of short messages (SABM), or agrees to it (UA).
pub(super) fn begins(octets: &[u8]) -> bool {
    let is_sms = octets.first().is_some_and(|address| address & 0x61 == 0x01 && address >> 2 & 7 == SMS);
    is_sms && octets.get(1).is_some_and(|control| matches!(control & 0xef, 0x2f | 0x63))
}

/// The frames of a message from the network, of 23 octets each.
pub(super) fn frames(message: &[u8]) -> Vec<Vec<u8>> {
    const ROOM: usize = 20;
    let count = message.chunks(ROOM).count();
    let frame = |(at, chunk): (usize, &[u8])| {
        let number = u8::try_from(at % 8).unwrap_or_default();
        let more = u8::from(at + 1 < count);
        let length = u8::try_from(chunk.len()).unwrap_or_default() << 2 | more << 1 | 1;
        let mut octets = [&[SMS << 2 | 0x03, number << 1, length][..], chunk].concat();
        octets.resize(23, 0x2b);
        octets
    };
    message.chunks(ROOM).enumerate().map(frame).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_cut_and_joined() {
        let message: Vec<u8> = (0..=180).collect();
        let mut segments = Segments::default();
        let frames = frames(&message);
        assert_eq!(frames.len(), 10);
        for (at, octets) in frames.iter().enumerate() {
            let brought = segments.take(Frame::read(octets).unwrap());
            if at + 1 < frames.len() {
                assert_eq!(brought, Brought::Nothing);
                // Once more, as after a lost acknowledgement.
                assert_eq!(segments.take(Frame::read(octets).unwrap()), Brought::Nothing);
            } else {
                assert_eq!(brought, Brought::Message(message.clone()));
            }
        }
        assert!(!segments.is_open());
    }

    #[test]
    fn a_missing_segment_loses_the_message() {
        let message: Vec<u8> = (0..60).collect();
        let frames = frames(&message);
        let mut segments = Segments::default();
        assert_eq!(segments.take(Frame::read(&frames[0]).unwrap()), Brought::Nothing);
        assert_eq!(segments.take(Frame::read(&frames[2]).unwrap()), Brought::Lost);
        segments.begin();
        for octets in &frames[..2] {
            assert_eq!(segments.take(Frame::read(octets).unwrap()), Brought::Nothing);
        }
        assert!(segments.is_open());
        assert_eq!(segments.take(Frame::read(&frames[2]).unwrap()), Brought::Message(message));
        // The last frame once more, behind the message.
        assert_eq!(segments.take(Frame::read(&frames[2]).unwrap()), Brought::Nothing);
        // Frames that jump may be the middle of another message: up to its end, nothing is joined.
        let numbered = |at: usize, number: u8| {
            let mut octets = frames[at].clone();
            octets[1] = number << 1;
            octets
        };
        assert_eq!(segments.take(Frame::read(&numbered(0, 5)).unwrap()), Brought::Lost);
        assert_eq!(segments.take(Frame::read(&numbered(1, 6)).unwrap()), Brought::Nothing);
        assert_eq!(segments.take(Frame::read(&numbered(2, 7)).unwrap()), Brought::Nothing);
        assert!(!segments.is_open());
        for octets in &frames[..2] {
            assert_eq!(segments.take(Frame::read(octets).unwrap()), Brought::Nothing);
        }
        assert!(matches!(segments.take(Frame::read(&frames[2]).unwrap()), Brought::Message(_)));
        // A message that never ends is not kept.
        segments.begin();
        let endless = [&[0x0f, 0, 0x53][..], &[7; 20]].concat();
        let mut lost = 0;
        for number in 0..40_u8 {
            let mut octets = endless.clone();
            octets[1] = (number % 8) << 1;
            lost += usize::from(segments.take(Frame::read(&octets).unwrap()) == Brought::Lost);
        }
        assert_eq!(lost, 1);
    }

    #[test]
    fn frames_of_others_are_passed_over() {
        assert_eq!(Frame::read(&[0x03, 0x00, 0x05, 1]), None, "another service");
        assert_eq!(Frame::read(&[0x0f, 0x01, 0x01]), None, "RR");
        assert_eq!(Frame::read(&[0x0f, 0x00, 0x05]), None, "cut");
        assert_eq!(Frame::read(&[0x0f, 0x00, 0x01]), None, "empty");
        assert_eq!(Frame::read(&[0x0f, 0x00, 0x04, 1]), None, "a length of two octets");
        assert_eq!(Frame::read(&[0x0f]), None);
        assert!(Frame::read(&[0x0f, 0x03, 0x05, 1]).is_some_and(|frame| frame.number.is_none()));
        assert!(begins(&[0x0f, 0x3f, 0x01]) && begins(&[0x0d, 0x73, 0x01]) && !begins(&[0x01, 0x3f, 0x01]));
    }
}
