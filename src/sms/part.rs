//! What a short message is a part of, and what parts become.

use super::tpdu::{Alphabet, Tpdu, TpduKind};
use super::udh::{Concatenation, Ports, UdhFault, UserDataHeader};
use crate::base::{FrameNo, Timestamp};

/// One short message, as it was carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// Who sent it; `None` where what was captured does not say.
    pub originator: Option<String>,
    /// To whom; `None` where what was captured does not say.
    pub destination: Option<String>,
    /// The ports that it names.
    pub ports: Option<Ports>,
    /// Which part it is; `None` where it says of itself that it is a whole, or nothing.
    pub concatenation: Option<Concatenation>,
    /// Octets of user data with the header, as they have to fit into one short message; `None` where that is left to the service
    /// centre.
    pub octets: Option<usize>,
    /// The user data without the header.
    pub data: Vec<u8>,
    /// What is wrong with the header.
    pub fault: Option<UdhFault>,
    /// Octets of user data that are not there.
    pub missing: usize,
}

impl Part {
    /// The part that a TPDU is; `None` of letters, which no push is made of.
    pub fn of(tpdu: &Tpdu<'_>, frame: FrameNo, time: Timestamp) -> Option<Self> {
        if tpdu.alphabet() != Alphabet::Eight {
            return None;
        }
        let (header, data) = tpdu.user_data();
        let header = header.unwrap_or_default();
        let address = Some(tpdu.address.text.clone());
        let (originator, destination) = match tpdu.kind {
            TpduKind::Deliver => (address, None),
            TpduKind::Submit => (None, address),
        };
        Some(Self {
            frame,
            time,
            originator,
            destination,
            ports: header.ports,
            concatenation: header.concatenation,
            octets: Some(tpdu.length.into()),
            data: data.to_vec(),
            fault: header.fault,
            missing: tpdu.missing,
        })
    }
}

/// A short message whose parts are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortMessage {
    /// The frame with which it was complete.
    pub frame: FrameNo,
    /// The time of that frame.
    pub time: Timestamp,
    /// Who sent it.
    pub originator: Option<String>,
    /// To whom.
    pub destination: Option<String>,
    /// The port that it went to: that of the first part.
    pub port: Option<u16>,
    /// What is to be said of its parts.
    pub joined: Joined,
    /// The octets.
    pub data: Vec<u8>,
}

/// What is to be said of the parts of a short message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Joined {
    /// How many there are.
    pub parts: u8,
    /// Octets of user data, headers among them, in the largest of them; `None` where the service centre cuts what is too large.
    pub largest: Option<usize>,
    /// Whether they say of themselves that they are parts.
    pub is_concatenated: bool,
    /// A port of a part that is not that of the first one, or that a part has none; with which part it is.
    pub other_port: Option<(u8, Option<u16>)>,
}

/// Octets of a push beside a header with ports, and with a part besides (3GPP TS 23.040, 9.2.3.24).
const ALONE: usize = 133;
const PART: usize = 128;

/// The user data, header and all, of the short messages that octets for a port are cut into; of their parts, `size` octets each
/// where that is given, and all in one where it is 0.
pub fn cut(octets: &[u8], ports: &[u16], reference: u16, size: Option<usize>) -> Vec<Vec<u8>> {
    let size = match size {
        None if octets.len() > ALONE => PART,
        None | Some(0) => octets.len(),
        Some(size) => size,
    };
    let chunks: Vec<&[u8]> = octets.chunks(size.max(1)).collect();
    let total = u8::try_from(chunks.len()).unwrap_or(u8::MAX);
    let part = |(sequence, chunk): (u8, &&[u8])| {
        let at = usize::from(sequence - 1) % ports.len().max(1);
        let ports = ports.get(at).map(|port| Ports { destination: *port, source: 9200 });
        let own = Concatenation { reference, total, sequence };
        let header = UserDataHeader::encode(ports, (total > 1).then_some(own), false);
        [&header, *chunk].concat()
    };
    (1..=total).zip(&chunks).map(part).collect()
}
