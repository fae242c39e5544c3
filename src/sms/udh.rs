//! The header before the user data of a short message: ports, and which part of a whole it is (3GPP TS 23.040, 9.2.3.24).

/// Information elements.
const CONCATENATED_8: u8 = 0x00;
const PORTS_8: u8 = 0x04;
const PORTS_16: u8 = 0x05;
const CONCATENATED_16: u8 = 0x08;

/// Application ports (9.2.3.24.3 and 9.2.3.24.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ports {
    /// The port that it goes to.
    pub destination: u16,
    /// The port that it comes from.
    pub source: u16,
}

/// Which part of a concatenated message it is (9.2.3.24.1 and 9.2.3.24.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concatenation {
    /// What all parts have in common.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub sequence: u8,
}

impl Concatenation {
    /// Numbers that make sense; a receiver passes over others.
    pub(super) fn of(reference: u16, total: u8, sequence: u8) -> Option<Self> {
        (1..=total).contains(&sequence).then_some(Self { reference, total, sequence })
    }
}

/// One information element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'o> {
    /// Its identifier.
    pub id: u8,
    /// Its octets.
    pub octets: &'o [u8],
}

impl Element<'_> {
    /// What it is, in a few words.
    pub fn name(&self) -> &'static str {
        match self.id {
            CONCATENATED_8 => "concatenation, 8-bit reference",
            PORTS_8 => "ports, 8 bits",
            PORTS_16 => "ports, 16 bits",
            CONCATENATED_16 => "concatenation, 16-bit reference",
            _ => "not read",
        }
    }
}

/// What is wrong with a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UdhFault {
    /// Its length says more than there is.
    #[error("the user data header is said to have {said} octets, and {there} are there")]
    TooLong {
        /// What its length octet says.
        said: u8,
        /// Octets that there are.
        there: usize,
    },
    /// An element goes beyond its end.
    #[error("the information element {id:02X} goes beyond the end of the user data header")]
    ElementCut {
        /// Its identifier.
        id: u8,
    },
    /// An element has another length than its kind has.
    #[error("the information element {id:02X} has {octets} octets, which it cannot have")]
    ElementLength {
        /// Its identifier.
        id: u8,
        /// How many it has.
        octets: usize,
    },
    /// Numbers of a part that make no sense; a receiver passes over them.
    #[error("part {sequence} of {total} is no part")]
    NoPart {
        /// Which part it is said to be.
        sequence: u8,
        /// Of how many.
        total: u8,
    },
}

/// A user data header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserDataHeader<'o> {
    /// Its elements, in order.
    pub elements: Vec<Element<'o>>,
    /// Where it goes and comes from.
    pub ports: Option<Ports>,
    /// Which part it is.
    pub concatenation: Option<Concatenation>,
    /// What is wrong with it, the first thing.
    pub fault: Option<UdhFault>,
}

impl<'o> UserDataHeader<'o> {
    /// Takes the header off user data that begin with one. Gives what follows it: nothing where its length lies.
    pub fn read(data: &'o [u8]) -> (Self, &'o [u8]) {
        let mut header = Self::default();
        let Some((length, rest)) = data.split_first() else {
            header.fault = Some(UdhFault::TooLong { said: 0, there: 0 });
            return (header, &[]);
        };
        let (mut elements, content) = rest.split_at_checked(usize::from(*length)).unwrap_or_else(|| {
            header.fault = Some(UdhFault::TooLong { said: *length, there: rest.len() });
            (rest, &[])
        });
        while let [id, length, after @ ..] = elements {
            let Some((octets, after)) = after.split_at_checked(usize::from(*length)) else {
                header.fault.get_or_insert(UdhFault::ElementCut { id: *id });
                break;
            };
            header.element(Element { id: *id, octets });
            elements = after;
        }
        if let [id] = elements {
            header.fault.get_or_insert(UdhFault::ElementCut { id: *id });
        }
        (header, content)
    }

    /// Takes an element; of several of a kind, the last one counts.
    fn element(&mut self, element: Element<'o>) {
        let fault = match (element.id, element.octets) {
            (PORTS_16, [a, b, c, d]) => {
                let (destination, source) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
                self.ports = Some(Ports { destination, source });
                None
            }
            (PORTS_8, [destination, source]) => {
                self.ports = Some(Ports { destination: (*destination).into(), source: (*source).into() });
                None
            }
            (CONCATENATED_8, [reference, total, sequence]) => self.part((*reference).into(), *total, *sequence),
            (CONCATENATED_16, [a, b, total, sequence]) => self.part(u16::from_be_bytes([*a, *b]), *total, *sequence),
            (id @ (CONCATENATED_8 | PORTS_8 | PORTS_16 | CONCATENATED_16), octets) => {
                Some(UdhFault::ElementLength { id, octets: octets.len() })
            }
            _ => None,
        };
        self.fault = self.fault.or(fault);
        self.elements.push(element);
    }

    fn part(&mut self, reference: u16, total: u8, sequence: u8) -> Option<UdhFault> {
        let read = Concatenation::of(reference, total, sequence);
        self.concatenation = read.or(self.concatenation);
        read.is_none().then_some(UdhFault::NoPart { sequence, total })
    }

    /// The octets of a header, its length first; the reference of a part takes sixteen bits where `is_wide` says so.
    pub fn encode(ports: Option<Ports>, concatenation: Option<Concatenation>, is_wide: bool) -> Vec<u8> {
        let mut octets = vec![0];
        if let Some(Ports { destination, source }) = ports {
            octets.extend([PORTS_16, 4]);
            octets.extend(destination.to_be_bytes());
            octets.extend(source.to_be_bytes());
        }
        if let Some(Concatenation { reference, total, sequence }) = concatenation {
            let [high, low] = reference.to_be_bytes();
            match is_wide {
                true => octets.extend([CONCATENATED_16, 4, high, low, total, sequence]),
                false => octets.extend([CONCATENATED_8, 3, low, total, sequence]),
            }
        }
        let length = u8::try_from(octets.len() - 1).unwrap_or(u8::MAX);
        octets.splice(..1, [length]);
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_parts_are_read() {
        let (header, rest) = UserDataHeader::read(&[0x06, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 1, 2]);
        assert_eq!(header.ports, Some(Ports { destination: 2948, source: 9200 }));
        assert_eq!((header.concatenation, header.fault, rest), (None, None, &[1, 2][..]));
        let segment = [0x0b, 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0, 0x00, 0x03, 0x2a, 0x03, 0x02, 7];
        let (header, rest) = UserDataHeader::read(&segment);
        let part = Concatenation { reference: 0x2a, total: 3, sequence: 2 };
        assert_eq!((header.concatenation, rest), (Some(part), &[7][..]));
        assert_eq!(UserDataHeader::encode(header.ports, header.concatenation, false), segment[..12]);
        let wide = UserDataHeader::encode(None, Some(Concatenation { reference: 0x1234, ..part }), true);
        assert_eq!(UserDataHeader::read(&wide).0.concatenation.unwrap().reference, 0x1234);
        // Eight bits of a port, and an element that is skipped.
        let (header, rest) = UserDataHeader::read(&[0x07, 0x70, 0x01, 0xff, 0x04, 0x02, 0xf0, 0xf1, 9]);
        assert_eq!(header.ports, Some(Ports { destination: 240, source: 241 }));
        assert_eq!((header.elements.len(), header.fault, rest), (2, None, &[9][..]));
        // Of several alike, the last one.
        let (header, _) = UserDataHeader::read(&[8, 4, 2, 1, 1, 4, 2, 2, 2]);
        assert_eq!(header.ports.unwrap().destination, 2);
    }

    #[test]
    fn lengths_that_lie_are_named() {
        let read = |octets: &[u8]| {
            let (header, rest) = UserDataHeader::read(octets);
            (header.fault.unwrap(), rest.to_vec())
        };
        assert_eq!(read(&[9, 5, 4, 1]), (UdhFault::TooLong { said: 9, there: 3 }, Vec::new()));
        assert_eq!(read(&[3, 5, 4, 1, 7]), (UdhFault::ElementCut { id: 5 }, vec![7]));
        assert_eq!(read(&[1, 5, 7]), (UdhFault::ElementCut { id: 5 }, vec![7]));
        assert_eq!(read(&[3, 5, 1, 1, 7]), (UdhFault::ElementLength { id: 5, octets: 1 }, vec![7]));
        assert_eq!(read(&[5, 0, 3, 1, 2, 3]).0, UdhFault::NoPart { sequence: 3, total: 2 });
        assert_eq!(read(&[5, 0, 3, 1, 2, 0]).0, UdhFault::NoPart { sequence: 0, total: 2 });
        assert_eq!(read(&[]).0, UdhFault::TooLong { said: 0, there: 0 });
    }
}
