//! The connectionless push PDU of WSP: transaction, type, length of the headers, Content-Type, headers, content
//! (WAP-230-WSP, sections 8.2.4.1 and 8.4).

use super::notification::{Notification, TooShort};

/// PDU type of a connectionless push (appendix A, table 34).
pub(super) const PUSH: u8 = 0x06;
/// X-Wap-Application-Id (appendix A, table 39), and its value for device management (OMA-TS-DM_Notification-V1_2_1, 7.1).
const APPLICATION_ID: u8 = 0x2f;
/// Media types by number (registry of OMA, "WINA content types").
const NOTIFICATION: u32 = 0x44;
const NOTIFICATION_1_3: u32 = 0x58;

/// Why octets are no push that carries what was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The PDU type is another one.
    #[error("the second octet is not 06, the type of a push PDU")]
    NoPush,
    /// The headers end before they should.
    #[error("the push PDU ends inside its headers")]
    Cut,
    /// It carries something else.
    #[error("the media type of the push is another one")]
    Other,
}

/// What a push carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carries {
    /// A notification of DM 1.1.2 or 1.2.
    Notification,
    /// A notification in the format of DM 1.3, which is not read.
    Notification1_3,
}

/// The application that a push is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplicationId {
    /// By number; 7 is device management.
    Number(u32),
    /// By name.
    Name(String),
}

/// A push PDU that carries a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// Everything before the content, as it was sent.
    head: Vec<u8>,
    /// What it carries.
    pub carries: Carries,
    /// Whether Content-Type is one octet, a number, with nothing behind it.
    pub is_type_short: bool,
    /// X-Wap-Application-Id; `None` when absent.
    pub application: Option<ApplicationId>,
    /// The content.
    pub body: Vec<u8>,
}

/// The parts of a push PDU (WAP-230-WSP, section 8.2.4.1).
pub(super) struct Pdu<'o> {
    /// Everything before the content.
    pub(super) head: &'o [u8],
    /// The headers; the value of Content-Type comes first.
    pub(super) headers: Reader<'o>,
    /// The content.
    pub(super) body: &'o [u8],
}

impl<'o> Pdu<'o> {
    /// Takes a push PDU apart.
    pub(super) fn read(octets: &'o [u8]) -> Result<Self, PushError> {
        let [_, PUSH, after @ ..] = octets else { return Err(PushError::NoPush) };
        let mut reader = Reader { rest: after };
        let length = reader.integer().ok_or(PushError::Cut)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= reader.rest.len());
        let (headers, body) = reader.rest.split_at(length.ok_or(PushError::Cut)?);
        let head = octets.get(..octets.len().saturating_sub(body.len())).unwrap_or_default();
        Ok(Self { head, headers: Reader { rest: headers }, body })
    }
}

impl Push {
    /// Reads a push PDU.
    ///
    /// # Errors
    ///
    /// Where it is none, or carries something else than a notification.
    pub fn decode(octets: &[u8]) -> Result<Self, PushError> {
        let Pdu { head, headers: mut reader, body } = Pdu::read(octets)?;
        let media = reader.value().ok_or(PushError::Cut)?;
        let carries = media.carries().ok_or(PushError::Other)?;
        let is_type_short = matches!(media, Value::Octet(_));
        let application = reader.application_id();
        Ok(Self { head: head.to_vec(), carries, is_type_short, application, body: body.to_vec() })
    }

    /// One whose headers are text, and not a part of its octets.
    pub(super) fn of_entity(carries: Carries, application: Option<ApplicationId>, body: &[u8]) -> Self {
        Self { head: Vec::new(), carries, is_type_short: false, application, body: body.to_vec() }
    }

    /// The octets again.
    pub fn encode(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }

    /// Octets before the content.
    pub fn head_length(&self) -> usize {
        self.head.len()
    }

    /// The notification; `None` in the format of DM 1.3.
    pub fn notification(&self) -> Option<Result<Notification, TooShort>> {
        (self.carries == Carries::Notification).then(|| Notification::decode(&self.body))
    }
}

/// A value of a header, by its form (section 8.4.1.2).
pub(super) enum Value<'a> {
    /// A short integer.
    Octet(u8),
    /// A text up to its NUL.
    Text(&'a [u8]),
    /// Octets with a length before them.
    Block(&'a [u8]),
}

impl Value<'_> {
    /// What Content-Type says (section 8.4.2.24).
    fn carries(&self) -> Option<Carries> {
        let of_number = |number| match number {
            NOTIFICATION => Some(Carries::Notification),
            NOTIFICATION_1_3 => Some(Carries::Notification1_3),
            _ => None,
        };
        match self {
            Self::Octet(octet) => of_number(u32::from(*octet)),
            Self::Text(text) if text.eq_ignore_ascii_case(b"application/vnd.syncml.notification") => {
                Some(Carries::Notification)
            }
            Self::Text(text) if text.eq_ignore_ascii_case(b"application/vnd.syncml.dm.notification") => {
                Some(Carries::Notification1_3)
            }
            Self::Text(_) => None,
            // The media type comes first, parameters follow. A long integer is a block of its own, of four octets at most.
            Self::Block(block) => match (Reader { rest: block }).value()? {
                Value::Block(number) if number.len() <= 4 => of_number(long(number)),
                Value::Block(_) => None,
                other => other.carries(),
            },
        }
    }

    pub(super) fn application(&self) -> Option<ApplicationId> {
        match self {
            Self::Octet(octet) => Some(ApplicationId::Number(u32::from(*octet))),
            Self::Text(text) => Some(ApplicationId::Name(String::from_utf8_lossy(text).into_owned())),
            Self::Block(block) => (block.len() <= 4).then(|| ApplicationId::Number(long(block))),
        }
    }

    pub(super) fn is_application_id(&self) -> bool {
        match self {
            Self::Octet(octet) => *octet == APPLICATION_ID,
            Self::Text(text) => text.eq_ignore_ascii_case(b"X-Wap-Application-Id"),
            Self::Block(_) => false,
        }
    }
}

/// A long integer of at most four octets, most significant first.
pub(super) fn long(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, octet| sum << 8 | u32::from(*octet))
}

pub(super) struct Reader<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// X-Wap-Application-Id of the headers that are left.
    pub(super) fn application_id(&mut self) -> Option<ApplicationId> {
        let mut application = None;
        // What follows an odd header cannot be read: the rest is left.
        while let Some((name, value)) = self.header() {
            if name.is_application_id() {
                application = application.or(value.application());
            }
        }
        application
    }

    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// An integer of variable length (section 8.1.2): seven bits an octet, five octets at most.
    pub(super) fn integer(&mut self) -> Option<u32> {
        let mut sum = 0_u64;
        for _ in 0..5 {
            let octet = self.octet()?;
            sum = sum << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return u32::try_from(sum).ok();
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    pub(super) fn value(&mut self) -> Option<Value<'a>> {
        let first = *self.rest.first()?;
        if (0x20..0x80).contains(&first) {
            let text = self.take(self.rest.iter().position(|octet| *octet == 0)?)?;
            self.octet()?;
            // A quote may only say that a text begins (section 8.4.2.1).
            let bare = text.strip_prefix(&[0x7f]).or_else(|| text.strip_prefix(b"\""));
            return Some(Value::Text(bare.unwrap_or(text)));
        }
        match self.octet()? {
            length @ 0..=30 => self.take(usize::from(length)).map(Value::Block),
            31 => {
                let length = self.integer()?;
                self.take(usize::try_from(length).ok()?).map(Value::Block)
            }
            octet => Some(Value::Octet(octet & 0x7f)),
        }
    }

    pub(super) fn header(&mut self) -> Option<(Value<'a>, Value<'a>)> {
        Some((self.value()?, self.value()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"0123456789abcdef\x02\xd0\0\0\0\x12\x34\x04srv1";

    fn push(headers: &[u8]) -> Result<Push, PushError> {
        let length = u8::try_from(headers.len()).unwrap();
        let octets = [&[1, 6, length][..], headers, BODY].concat();
        let read = Push::decode(&octets)?;
        assert_eq!(read.encode(), octets);
        assert_eq!(read.body, BODY);
        assert_eq!(read.head_length(), headers.len() + 3);
        Ok(read)
    }

    #[test]
    fn a_push_is_read_by_numbers_and_by_names() {
        let read = push(&[0xc4, 0xaf, 0x87]).unwrap();
        assert!(read.is_type_short);
        assert_eq!(read.application, Some(ApplicationId::Number(7)));
        assert_eq!(read.notification().unwrap().unwrap().server, b"srv1");
        let read =
            push(b"application/vnd.syncml.notification\0X-Wap-Application-Id\0x-wap-application:syncml.dm\0").unwrap();
        assert!(!read.is_type_short);
        assert_eq!(read.application, Some(ApplicationId::Name("x-wap-application:syncml.dm".to_owned())));
        // Content-Type in its long form, with a parameter; another header before the application.
        let read = push(&[0x03, 0xc4, 0x81, 0xea, 0xb4, 0x01, 0x80, 0xaf, 0x01, 0x07]).unwrap();
        assert_eq!(read.application, Some(ApplicationId::Number(7)));
        let read = push(&[0xd8]).unwrap();
        assert_eq!((read.carries, read.application.clone()), (Carries::Notification1_3, None));
        assert!(read.notification().is_none());
    }

    #[test]
    fn what_is_no_push_of_a_notification_is_told_apart() {
        assert_eq!(push(&[0xb6]), Err(PushError::Other));
        assert_eq!(push(&[]), Err(PushError::Cut));
        assert_eq!(Push::decode(&[1, 6]), Err(PushError::Cut));
        assert_eq!(Push::decode(&[1, 6, 9, 0xc4]), Err(PushError::Cut));
        assert_eq!(Push::decode(&[1, 7, 1, 0xc4]), Err(PushError::NoPush));
        assert_eq!(Push::decode(&[]), Err(PushError::NoPush));
        assert_eq!(Push::decode(&[1, 6, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Err(PushError::Cut));
    }
}
