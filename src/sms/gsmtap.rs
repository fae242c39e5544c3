//! GSMTAP: what a radio interface carried, in UDP datagrams or as a link layer of its own (gsmtap.h of libosmocore).
//!
//! Read are messages of SMS over LAPDm on dedicated channels of GSM, and in transport messages of NAS in LTE that are in clear
//! (3GPP TS 24.301, 8.2.12 and 8.2.30).

use super::address::Address;
use super::lapdm::{Brought, Frame, Segments, begins, frames};
use super::part::Part;
use super::relay;
use super::tpdu::Tpdu;
use crate::base::{FrameNo, Limits, Problem, ProblemKind, Timestamp};
use std::collections::BTreeMap;

/// The UDP port of GSMTAP.
pub const PORT: u16 = 4729;
/// Its number among the link types of captures: GSMTAP with a frame of the radio interface.
pub const LINK_TYPE: u32 = 217;

const VERSION: u8 = 2;
/// Payload types.
const UM: u8 = 1;
const LTE_NAS: u8 = 18;
/// Channels of [`UM`]; the flag says that it is the slow associated channel of one.
const SDCCH: u8 = 6;
const TCH_H: u8 = 10;
const SLOW: u8 = 0x80;
const UPLINK: u16 = 0x4000;
/// Protocol discriminator and message types of NAS (TS 24.301, 9.2 and 9.8).
const EMM: u8 = 0x07;
const DOWNLINK_NAS: u8 = 0x62;
const UPLINK_NAS: u8 = 0x63;

/// A header, and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'o> {
    kind: u8,
    /// Time slot, channel number with its flags, kind of channel, sub-slot.
    channel: (u8, u16, u8, u8),
    payload: &'o [u8],
}

impl<'o> Header<'o> {
    /// Reads a header of version 2.
    pub fn read(octets: &'o [u8]) -> Option<Self> {
        let [VERSION, words, kind, slot, arfcn_high, arfcn_low, _, _, _, _, _, _, sub_type, _, sub_slot, _, ..] =
            octets
        else {
            return None;
        };
        let payload = octets.get(usize::from(*words) * 4..).filter(|_| *words >= 4)?;
        let arfcn = u16::from_be_bytes([*arfcn_high, *arfcn_low]);
        Some(Self { kind: *kind, channel: (*slot, arfcn, *sub_type, *sub_slot), payload })
    }
}

/// Reads short messages from GSMTAP. Segments of a message are joined where they come in order.
#[derive(Debug, Default)]
pub struct Radio {
    open: BTreeMap<(u8, u16, u8, u8), Segments>,
    problems: Vec<Problem>,
    lost: u64,
}

impl Radio {
    /// One that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what a datagram to [`PORT`], or a frame of [`LINK_TYPE`], holds.
    pub fn take(&mut self, octets: &[u8], frame: FrameNo, time: Timestamp) -> Option<Part> {
        let header = Header::read(octets)?;
        let message = match header.kind {
            UM => self.um(&header, frame)?,
            LTE_NAS => nas(header.payload)?.to_vec(),
            _ => return None,
        };
        let tpdu = relay::tpdu(&message)?;
        Part::of(&Tpdu::decode(tpdu).ok()?, frame, time)
    }

    fn um(&mut self, header: &Header<'_>, at: FrameNo) -> Option<Vec<u8>> {
        let (_, arfcn, sub_type, _) = header.channel;
        if !(SDCCH..=TCH_H).contains(&(sub_type & !SLOW)) {
            return None;
        }
        // Power and timing come first on the slow channel.
        let octets = if sub_type & SLOW != 0 { header.payload.get(2..)? } else { header.payload };
        if begins(octets) {
            // Both directions count from 0 again.
            for way in [arfcn | UPLINK, arfcn & !UPLINK] {
                let (slot, _, sub_type, sub_slot) = header.channel;
                if let Some(segments) = self.open.get_mut(&(slot, way, sub_type, sub_slot)) {
                    segments.begin();
                }
            }
            return None;
        }
        let frame = Frame::read(octets)?;
        if self.open.len() >= Limits::SMS_CHANNELS && !self.open.contains_key(&header.channel) {
            // Those with half a message go last.
            let idle = self.open.iter().find(|(_, segments)| !segments.is_open()).map(|(channel, _)| *channel);
            match idle {
                Some(idle) => self.open.remove(&idle),
                None => self.open.pop_first().map(|(_, segments)| segments),
            };
        }
        match self.open.entry(header.channel).or_default().take(frame) {
            Brought::Message(message) => Some(message),
            Brought::Nothing => None,
            Brought::Lost => {
                self.lost += 1;
                if self.lost == 1 {
                    let text = "segments of a short message on a radio channel are missing, or are more than one has; it is not read, and nor are others of that kind";
                    self.problems.push(Problem::at_frame(ProblemKind::BadShortMessage, at, text));
                }
                None
            }
        }
    }

    /// What was wrong since the last call.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }
}

/// The message of the control layer in a transport message of NAS: its container with one octet of length.
fn nas(message: &[u8]) -> Option<&[u8]> {
    let [EMM, DOWNLINK_NAS | UPLINK_NAS, length, rest @ ..] = message else { return None };
    rest.get(..usize::from(*length))
}

/// The datagrams that carry a TPDU from the network to a telephone, on a channel of its own: what goes on at the same time on one
/// channel cannot be told apart.
pub fn downlink(tpdu: &[u8], channel: u16) -> Vec<Vec<u8>> {
    let [high, low] = (channel % 1_024).to_be_bytes();
    let head = [VERSION, 4, UM, 1, high, low, 0, 0, 0, 0, 0, 0, SDCCH + 2, 0, 0, 0];
    let message = relay::down(&Address::of("+491710760000"), tpdu);
    frames(&message).into_iter().map(|frame| [&head[..], &frame].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{Ports, UserDataHeader};

    fn tpdu() -> Vec<u8> {
        let ports = Some(Ports { destination: 2948, source: 9200 });
        let data = [&UserDataHeader::encode(ports, None, false)[..], &[7; 100]].concat();
        Tpdu::deliver(&Address::of("+491711"), true, &data)
    }

    fn take(radio: &mut Radio, octets: &[u8]) -> Option<Part> {
        radio.take(octets, FrameNo::FIRST, Timestamp::from_nanos(0))
    }

    #[test]
    fn a_short_message_is_read_from_its_frames() {
        let datagrams = downlink(&tpdu(), 1);
        let mut radio = Radio::new();
        let parts: Vec<Part> = datagrams.iter().filter_map(|octets| take(&mut radio, octets)).collect();
        assert_eq!((parts.len(), parts[0].data.as_slice()), (1, &[7; 100][..]));
        assert_eq!((parts[0].originator.as_deref(), parts[0].destination.as_deref()), (Some("+491711"), None));
        // The same on the slow channel, with its two octets first.
        let slow = |octets: &Vec<u8>| {
            let mut octets = octets.clone();
            octets[12] |= SLOW;
            octets.splice(16..16, [5, 0]);
            octets
        };
        assert_eq!(datagrams.iter().map(slow).filter_map(|octets| take(&mut radio, &octets)).count(), 1);
        assert!(radio.take_problems().is_empty());
    }

    #[test]
    fn a_missing_frame_is_named_once_and_the_next_connection_is_read() {
        let mut datagrams = downlink(&tpdu(), 1);
        let whole = datagrams.clone();
        datagrams.remove(3);
        let mut radio = Radio::new();
        for _ in 0..2 {
            assert_eq!(datagrams.iter().filter_map(|octets| take(&mut radio, octets)).count(), 0);
        }
        assert_eq!(radio.take_problems().len(), 1);
        let mut begin = whole[0].clone();
        begin.splice(16.., [0x0f, 0x3f, 0x01]);
        assert_eq!(take(&mut radio, &begin), None);
        assert_eq!(whole.iter().filter_map(|octets| take(&mut radio, octets)).count(), 1);
    }

    #[test]
    fn a_message_in_clear_nas_is_read() {
        let message = relay::down(&Address::of("+1"), &tpdu());
        let length = u8::try_from(message.len()).unwrap();
        let nas = [&[EMM, DOWNLINK_NAS, length][..], &message].concat();
        let octets = [&[VERSION, 4, LTE_NAS, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &nas].concat();
        assert!(take(&mut Radio::new(), &octets).is_some());
        let mut secured = octets.clone();
        secured[16] = 0x27;
        assert!(take(&mut Radio::new(), &secured).is_none());
        for end in 0..octets.len() {
            assert!(take(&mut Radio::new(), &octets[..end]).is_none());
        }
    }

    #[test]
    fn channels_are_bounded() {
        let mut radio = Radio::new();
        let first = downlink(&tpdu(), 1).remove(0);
        for channel in 0..=u16::try_from(Limits::SMS_CHANNELS).unwrap() {
            let mut octets = first.clone();
            octets[4..6].copy_from_slice(&channel.to_be_bytes());
            take(&mut radio, &octets);
        }
        assert_eq!(radio.open.len(), Limits::SMS_CHANNELS);
        assert!(
            Header::read(&[1; 16]).is_none()
                && Header::read(&[2, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0]).is_none()
        );
    }
}
