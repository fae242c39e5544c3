//! The transfer layer of SMS: SMS-DELIVER and SMS-SUBMIT (3GPP TS 23.040, sections 9.2.2 and 9.2.3).

use super::address::Address;
use super::udh::UserDataHeader;

/// Octets of user data that one short message has (9.2.3.24).
pub(super) const CAPACITY: usize = 140;
/// Octets of a service centre's time stamp (9.2.3.11), and of a validity period that is no relative one (9.2.3.12).
const STAMP: usize = 7;
/// The data coding of octets, as push messages are sent: no class, eight bits (TS 23.038, section 4).
const EIGHT_BIT: u8 = 0xf5;

/// Which TPDU it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TpduKind {
    /// From the service centre to the telephone.
    Deliver,
    /// From the telephone to the service centre.
    Submit,
}

impl TpduKind {
    /// As the specification calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deliver => "SMS-DELIVER",
            Self::Submit => "SMS-SUBMIT",
        }
    }
}

/// Why octets are no TPDU that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TpduError {
    /// It is of another type.
    #[error("the TPDU is neither an SMS-DELIVER nor an SMS-SUBMIT")]
    Other,
    /// It ends before its user data.
    #[error("the TPDU ends inside its {field}")]
    Cut {
        /// The field in which it ends.
        field: &'static str,
    },
    /// It has an address that cannot be one.
    #[error("the address in the TPDU is longer than one can be")]
    Address,
}

/// How letters, or octets, are written (TS 23.038, section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// Letters of seven bits.
    Seven,
    /// Octets.
    Eight,
    /// Letters of sixteen bits.
    Ucs2,
    /// Letters that are compressed: they are counted in octets, and not read.
    Compressed,
}

/// A TPDU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tpdu<'o> {
    /// Which one it is.
    pub kind: TpduKind,
    /// The first octet, with what it says besides the type.
    pub first: u8,
    /// TP-Message-Reference of an SMS-SUBMIT.
    pub reference: Option<u8>,
    /// Who sent it, or to whom it goes: what the telephone is told, or tells.
    pub address: Address,
    /// TP-Protocol-Identifier.
    pub pid: u8,
    /// TP-Data-Coding-Scheme.
    pub dcs: u8,
    /// TP-Service-Centre-Time-Stamp, or TP-Validity-Period, as sent.
    pub times: &'o [u8],
    /// TP-User-Data-Length as sent.
    pub length: u8,
    /// TP-User-Data, header and all, as far as they are there.
    pub data: &'o [u8],
    /// Octets of user data that are not there.
    pub missing: usize,
    /// Octets behind the user data.
    pub behind: usize,
}

impl<'o> Tpdu<'o> {
    /// Whether user data begin with a header (TP-UDHI).
    const HEADER: u8 = 0x40;

    /// Reads a TPDU. User data that are shorter than they should be are read as far as they go.
    ///
    /// # Errors
    ///
    /// Where it is another TPDU, or ends before its user data.
    pub fn decode(octets: &'o [u8]) -> Result<Self, TpduError> {
        let cut = |field| TpduError::Cut { field };
        let (first, rest) = octets.split_first().ok_or(cut("first octet"))?;
        // TP-MTI; the reports and the command have other values, or go the other way.
        let (kind, reference, rest) = match (first & 3, rest) {
            (0, rest) => (TpduKind::Deliver, None, rest),
            (1, [reference, rest @ ..]) => (TpduKind::Submit, Some(*reference), rest),
            (1, []) => return Err(cut("TP-Message-Reference")),
            _ => return Err(TpduError::Other),
        };
        let longest = rest.first().is_some_and(|digits| *digits > 20);
        let (address, rest) = Address::read(rest).ok_or(if longest { TpduError::Address } else { cut("address") })?;
        let [pid, dcs, rest @ ..] = rest else { return Err(cut("TP-Data-Coding-Scheme")) };
        let times = match (kind, first >> 3 & 3) {
            (TpduKind::Deliver, _) | (TpduKind::Submit, 1 | 3) => STAMP,
            (TpduKind::Submit, 2) => 1,
            (TpduKind::Submit, _) => 0,
        };
        let (times, rest) = rest.split_at_checked(times).ok_or(cut(match kind {
            TpduKind::Deliver => "TP-Service-Centre-Time-Stamp",
            TpduKind::Submit => "TP-Validity-Period",
        }))?;
        let (length, rest) = rest.split_first().ok_or(cut("TP-User-Data-Length"))?;
        let octets = match alphabet(*dcs) {
            Alphabet::Seven => (usize::from(*length) * 7).div_ceil(8),
            Alphabet::Eight | Alphabet::Ucs2 | Alphabet::Compressed => usize::from(*length),
        };
        let (data, behind) = rest.split_at_checked(octets).unwrap_or((rest, &[]));
        Ok(Self {
            kind,
            first: *first,
            reference,
            address,
            pid: *pid,
            dcs: *dcs,
            times,
            length: *length,
            data,
            missing: octets.saturating_sub(data.len()),
            behind: behind.len(),
        })
    }

    /// How its user data are written.
    pub const fn alphabet(&self) -> Alphabet {
        alphabet(self.dcs)
    }

    /// The header before the user data, where there is one, and what follows it.
    pub fn user_data(&self) -> (Option<UserDataHeader<'o>>, &'o [u8]) {
        if self.first & Self::HEADER == 0 {
            return (None, self.data);
        }
        let (header, rest) = UserDataHeader::read(self.data);
        (Some(header), rest)
    }

    /// An SMS-DELIVER from an address with these octets, which begin with a header where there is one.
    pub fn deliver(originator: &Address, has_header: bool, data: &[u8]) -> Vec<u8> {
        // No more messages wait (TP-MMS); a morning in 2020.
        let first = 0x04 | if has_header { Self::HEADER } else { 0 };
        let head = [&[first][..], &originator.encode(), &[0, EIGHT_BIT, 0x02, 0x10, 0x10, 0x80, 0, 0, 0]].concat();
        [head.as_slice(), &[u8::try_from(data.len()).unwrap_or(u8::MAX)], data].concat()
    }
}

/// The alphabet of a data coding scheme; what is reserved is seven bits (TS 23.038, section 4).
const fn alphabet(dcs: u8) -> Alphabet {
    match (dcs >> 4, dcs >> 2 & 3) {
        (0..=7, _) if dcs & 0x20 != 0 => Alphabet::Compressed,
        (0..=7, 1) => Alphabet::Eight,
        (0..=7, 2) => Alphabet::Ucs2,
        (0xe, _) => Alphabet::Ucs2,
        (0xf, 1 | 3) => Alphabet::Eight,
        _ => Alphabet::Seven,
    }
}

/// A TPDU with the address of its service centre before it, as modems write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithCentre<'o> {
    /// The service centre; `None` where it is the modem's own.
    pub centre: Option<Address>,
    /// The octets of the TPDU.
    pub tpdu: &'o [u8],
}

/// Takes the address of a service centre off, where what follows it is a whole TPDU.
pub(super) fn split_centre(octets: &[u8]) -> Option<WithCentre<'_>> {
    let (centre, tpdu) = Address::read_centre(octets)?;
    Tpdu::decode(tpdu).ok().filter(Tpdu::is_exact)?;
    Some(WithCentre { centre, tpdu })
}

impl Tpdu<'_> {
    /// Whether its lengths fit to the octet: what is something else hardly ever does.
    pub fn is_exact(&self) -> bool {
        self.missing == 0 && self.behind == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{Concatenation, Ports};

    const DELIVER: [u8; 27] = [
        0x44, 0x0b, 0x91, 0x94, 0x71, 0x21, 0x43, 0x65, 0xf7, 0x00, 0xf5, 0x02, 0x10, 0x10, 0x80, 0x00, 0x00, 0x00,
        0x08, 0x06, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0x2a,
    ];

    #[test]
    fn a_deliver_is_read_and_written() {
        let tpdu = Tpdu::decode(&DELIVER).unwrap();
        assert_eq!((tpdu.kind, tpdu.address.text.as_str(), tpdu.pid), (TpduKind::Deliver, "+49171234567", 0));
        assert_eq!((tpdu.alphabet(), tpdu.length, tpdu.is_exact()), (Alphabet::Eight, 8, true));
        let (header, content) = tpdu.user_data();
        let header = header.unwrap();
        assert_eq!((header.ports, content), (Some(Ports { destination: 2948, source: 9200 }), &[0x2a][..]));
        let data = [&UserDataHeader::encode(header.ports, None, false)[..], content].concat();
        assert_eq!(Tpdu::deliver(&tpdu.address, true, &data), DELIVER);
    }

    #[test]
    fn a_submit_is_read_with_each_validity_period() {
        for (format, times) in [(0x00, 0), (0x10, 1), (0x08, 7), (0x18, 7)] {
            let part = UserDataHeader::encode(None, Concatenation::of(7, 2, 1), false);
            let octets =
                [&[0x41 | format, 9, 4, 0x81, 0x21, 0x43, 0, 4][..], &vec![0xaa; times], &[7], &part, &[1]].concat();
            let tpdu = Tpdu::decode(&octets).unwrap();
            assert_eq!((tpdu.kind, tpdu.reference, tpdu.times.len()), (TpduKind::Submit, Some(9), times));
            assert_eq!((tpdu.address.text.as_str(), tpdu.user_data().1), ("1234", &[1][..]));
            assert!(tpdu.is_exact());
        }
    }

    #[test]
    fn what_is_none_is_told_apart_and_cuts_are_named() {
        assert_eq!(Tpdu::decode(&[2]), Err(TpduError::Other));
        assert_eq!(Tpdu::decode(&[4, 21, 0x81]), Err(TpduError::Address));
        let data = DELIVER.len() - 8;
        for end in 0..DELIVER.len() {
            let read = Tpdu::decode(&DELIVER[..end]);
            if end < data {
                assert!(matches!(read, Err(TpduError::Cut { .. })), "{end}: {read:?}");
            } else {
                assert_eq!(read.unwrap().missing, DELIVER.len() - end);
            }
        }
        let more = [&DELIVER[..], &[1, 2]].concat();
        assert_eq!(Tpdu::decode(&more).unwrap().behind, 2);
    }

    #[test]
    fn alphabets_are_told_by_the_data_coding() {
        for (dcs, expected) in [
            (0x00, Alphabet::Seven),
            (0x04, Alphabet::Eight),
            (0x15, Alphabet::Eight),
            (0x08, Alphabet::Ucs2),
            (0xf5, Alphabet::Eight),
            (0xf6, Alphabet::Eight),
            (0xf1, Alphabet::Seven),
            (0xe0, Alphabet::Ucs2),
            (0xc0, Alphabet::Seven),
            (0x24, Alphabet::Compressed),
        ] {
            assert_eq!(alphabet(dcs), expected, "{dcs:02x}");
        }
    }

    #[test]
    fn a_centre_before_a_tpdu_is_taken_off() {
        let with = [&[0x07, 0x91, 0x94, 0x71, 0x21, 0x43, 0x65, 0xf7][..], &DELIVER].concat();
        let split = split_centre(&with).unwrap();
        assert_eq!((split.centre.unwrap().text.as_str(), split.tpdu), ("+49171234567", &DELIVER[..]));
        assert_eq!(split_centre(&[&[0][..], &DELIVER].concat()).unwrap().centre, None);
        assert_eq!(split_centre(&DELIVER), None);
    }
}
