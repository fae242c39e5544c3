//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers. Checksums are not verified: with offloading, the capture of a sending
//! machine holds none.

use super::header::{HeaderError, be16, be32, octet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP packet, or one fragment of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IpPacket<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// The transport protocol; in a fragment, the protocol of the first header after the fragment header.
    pub(super) protocol: u8,
    /// What follows the headers, without link layer padding.
    pub(super) payload: &'a [u8],
    /// Octets of the payload that were on the wire and are not in the capture.
    pub(super) cut: usize,
    /// Set where this is a fragment.
    pub(super) fragment: Option<Fragment>,
}

/// Place of a fragment in its datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) id: u32,
    /// Octets before it.
    pub(super) offset: u32,
    /// Others follow.
    pub(super) more: bool,
}

/// Reads the IP headers. `frame_cut` is the number of octets by which the frame was cut at its end.
pub(super) fn parse(data: &[u8], frame_cut: usize) -> Result<IpPacket<'_>, HeaderError> {
    let first = octet(data, 0).ok_or(HeaderError::Short { layer: "IP", have: 0 })?;
    match first >> 4 {
        4 => v4(data, frame_cut),
        6 => v6(data, frame_cut),
        version => Err(HeaderError::Field { layer: "IP", field: "version", value: version.into() }),
    }
}

/// Payload and missing octets, from where the header ends and how long the packet is.
fn payload_of(data: &[u8], start: usize, wire_len: usize) -> (&[u8], usize) {
    let end = wire_len.min(data.len());
    (data.get(start..end).unwrap_or_default(), wire_len.saturating_sub(start.max(data.len())))
}

fn v4(data: &[u8], frame_cut: usize) -> Result<IpPacket<'_>, HeaderError> {
    let Some(header) = data.first_chunk::<20>() else {
        return Err(HeaderError::Short { layer: "IPv4", have: data.len() });
    };
    let [first, _, len_1, len_2, id_1, id_2, frag_1, frag_2, _, protocol, _, _, s1, s2, s3, s4, d1, d2, d3, d4] =
        *header;
    let header_len = usize::from(first & 0x0f) * 4;
    if header_len < 20 {
        return Err(HeaderError::Field { layer: "IPv4", field: "header length", value: header_len as u32 });
    }
    if header_len > data.len() {
        return Err(HeaderError::Short { layer: "IPv4", have: data.len() });
    }
    // Segmentation offload: the length is left to the network card, or does not fit.
    let total = match usize::from(u16::from_be_bytes([len_1, len_2])) {
        0 => data.len().saturating_add(frame_cut),
        total => total,
    };
    if total < header_len {
        return Err(HeaderError::Field { layer: "IPv4", field: "total length", value: total as u32 });
    }
    let (payload, cut) = payload_of(data, header_len, total);
    let flags = u16::from_be_bytes([frag_1, frag_2]);
    let offset = u32::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    let fragment =
        (offset != 0 || more).then_some(Fragment { id: u16::from_be_bytes([id_1, id_2]).into(), offset, more });
    let packet = IpPacket {
        source: IpAddr::V4(Ipv4Addr::new(s1, s2, s3, s4)),
        destination: IpAddr::V4(Ipv4Addr::new(d1, d2, d3, d4)),
        protocol,
        payload,
        cut,
        fragment,
    };
    if protocol == AUTHENTICATION && fragment.is_none() { extensions(packet) } else { Ok(packet) }
}

fn v6(data: &[u8], frame_cut: usize) -> Result<IpPacket<'_>, HeaderError> {
    let error = HeaderError::Short { layer: "IPv6", have: data.len() };
    let address = |at: usize| {
        let octets: [u8; 16] = data.get(at..)?.first_chunk().copied()?;
        Some(IpAddr::V6(Ipv6Addr::from(octets)))
    };
    let (Some(source), Some(destination)) = (address(8), address(24)) else { return Err(error) };
    // 0: a jumbogram (RFC 2675), or segmentation offload.
    let total = match usize::from(be16(data, 4).ok_or(error)?) {
        0 => data.len().saturating_add(frame_cut),
        len => len.saturating_add(40),
    };
    let (payload, cut) = payload_of(data, 40, total);
    let protocol = octet(data, 6).ok_or(error)?;
    extensions(IpPacket { source, destination, protocol, payload, cut, fragment: None })
}

const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;

/// Walks over extension headers up to the transport or to a fragment header that says that this is a fragment. Also for
/// what fragments were put together to.
pub(super) fn extensions(mut packet: IpPacket<'_>) -> Result<IpPacket<'_>, HeaderError> {
    loop {
        let data = packet.payload;
        let error = HeaderError::Short { layer: "IP extension", have: data.len() };
        let length = match packet.protocol {
            // Hop-by-hop options, routing, destination options (RFC 8200, section 4), mobility (RFC 6275), HIP (RFC 7401),
            // Shim6 (RFC 5533): units of eight octets, the first not counted.
            0 | 43 | 60 | 135 | 139 | 140 => (usize::from(octet(data, 1).ok_or(error)?) + 1) * 8,
            // Authentication (RFC 4302, section 2.2): units of four, two not counted.
            AUTHENTICATION => (usize::from(octet(data, 1).ok_or(error)?) + 2) * 4,
            FRAGMENT => {
                let place = be16(data, 2).ok_or(error)?;
                let id = be32(data, 4).ok_or(error)?;
                let fragment = Fragment { id, offset: u32::from(place & 0xfff8), more: place & 1 == 1 };
                if fragment.offset != 0 || fragment.more {
                    packet.protocol = octet(data, 0).ok_or(error)?;
                    packet.payload = data.get(8..).ok_or(error)?;
                    packet.fragment = Some(fragment);
                    return Ok(packet);
                }
                8
            }
            _ => return Ok(packet),
        };
        packet.protocol = octet(data, 0).ok_or(error)?;
        packet.payload = data.get(length..).ok_or(error)?;
    }
}
