//! Short messages: TPDUs and files of them, radio interfaces, gateways.

use super::records;
use super::streams::events;
use crate::base::{FrameNo, Timestamp};
use crate::sms::gsmtap::Radio;
use crate::sms::smpp::Gateways;
use crate::sms::{Assembler, Part, ShortMessage, Tpdu, UserDataHeader, listed, tpdu_of};

/// Reads octets as a TPDU, as a user data header and as a file of short messages. Asserts that what is read lies inside them.
pub fn sms(octets: &[u8]) {
    if let Ok(tpdu) = Tpdu::decode(octets) {
        assert!(tpdu.data.len() + tpdu.behind < octets.len(), "user data lie inside the TPDU");
        let (header, content) = tpdu.user_data();
        assert!(content.len() <= tpdu.data.len(), "the content is a part of the user data");
        assert!(header.is_none_or(|header| header.elements.len() <= tpdu.data.len() / 2), "an element has two octets");
    }
    let (header, content) = UserDataHeader::read(octets);
    let within: usize = header.elements.iter().map(|element| element.octets.len() + 2).sum();
    assert!(within + content.len() <= octets.len(), "elements and content lie inside the octets");
    let mut joined = Joined::default();
    for tpdu in listed(octets).unwrap_or_default() {
        let with = tpdu_of(&tpdu);
        assert!(with.is_some(), "what is listed is a TPDU");
        let tpdu = with.and_then(|with| Tpdu::decode(with.tpdu).ok());
        joined.take(tpdu.and_then(|tpdu| Part::of(&tpdu, FrameNo::FIRST, Timestamp::default())));
    }
    joined.finish(octets.len());
}

/// Gives records, each a datagram, to the reader of radio interfaces. Asserts that no more octets come out than went in.
pub fn gsmtap(octets: &[u8]) {
    let (mut radio, mut joined) = (Radio::new(), Joined::default());
    for (_, datagram) in records::read(octets) {
        joined.take(radio.take(datagram, FrameNo::FIRST, Timestamp::default()));
    }
    let _ = radio.take_problems();
    joined.finish(octets.len());
}

/// Gives records, as [`http`](super::http) takes them, to the reader of gateways' streams. Asserts that no more octets come out than
/// went in.
pub fn smpp(octets: &[u8]) {
    let (mut gateways, mut joined) = (Gateways::new(), Joined::default());
    events(octets, &mut |event| gateways.event(event, &mut |part| joined.take(Some(part))));
    let _ = gateways.take_problems();
    joined.finish(octets.len());
}

#[derive(Default)]
struct Joined {
    assembler: Assembler,
    octets: usize,
}

impl Joined {
    fn take(&mut self, part: Option<Part>) {
        if let Some(ShortMessage { data, joined, .. }) = part.and_then(|part| self.assembler.take(part)) {
            assert!(joined.parts > 0, "a message has parts");
            self.octets += data.len();
        }
    }

    fn finish(mut self, octets: usize) {
        self.assembler.finish();
        let _ = self.assembler.take_problems();
        assert!(self.octets <= octets, "messages hold no more than what they came in");
    }
}
