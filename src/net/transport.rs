//! TCP (RFC 9293, section 3.1) and UDP (RFC 768) headers, and the tunnels whose payload is a packet again.

use super::header::{Budget, HeaderError, be16, octet};
use super::link::{self, Content};

/// The fields of a TCP header that reassembly needs, and the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    pub(super) sequence: u32,
    /// Set where the ACK flag is.
    pub(super) acknowledgement: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    /// The captured octets.
    pub(super) payload: &'a [u8],
    /// Octets of the payload on the wire.
    pub(super) wire_len: usize,
}

/// Reads a TCP segment; `cut` octets at its end are not in the capture.
pub(super) fn tcp(data: &[u8], cut: usize) -> Result<Segment<'_>, HeaderError> {
    let Some(header) = data.first_chunk::<20>() else {
        return Err(HeaderError::Short { layer: "TCP", have: data.len() });
    };
    let [s1, s2, d1, d2, q1, q2, q3, q4, a1, a2, a3, a4, offset, flags, ..] = *header;
    let header_len = usize::from(offset >> 4) * 4;
    let wire_len = data.len().saturating_add(cut).checked_sub(header_len).filter(|_| header_len >= 20);
    let Some(wire_len) = wire_len else {
        return Err(HeaderError::Field { layer: "TCP", field: "header length", value: header_len as u32 });
    };
    Ok(Segment {
        source_port: u16::from_be_bytes([s1, s2]),
        destination_port: u16::from_be_bytes([d1, d2]),
        sequence: u32::from_be_bytes([q1, q2, q3, q4]),
        acknowledgement: (flags & 0x10 != 0).then_some(u32::from_be_bytes([a1, a2, a3, a4])),
        fin: flags & 0x01 != 0,
        syn: flags & 0x02 != 0,
        rst: flags & 0x04 != 0,
        payload: data.get(header_len..).unwrap_or_default(),
        wire_len,
    })
}

/// One UDP datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Datagram<'a> {
    pub(super) source_port: u16,
    pub(super) destination_port: u16,
    pub(super) payload: &'a [u8],
    /// Octets that are not in the capture.
    pub(super) cut: usize,
}

/// Reads a UDP datagram; `cut` octets at its end are not in the capture.
pub(super) fn udp(data: &[u8], cut: usize) -> Result<Datagram<'_>, HeaderError> {
    let error = HeaderError::Short { layer: "UDP", have: data.len() };
    let source_port = be16(data, 0).ok_or(error)?;
    let destination_port = be16(data, 2).ok_or(error)?;
    let length = usize::from(be16(data, 4).ok_or(error)?);
    let rest = data.get(8..).ok_or(error)?;
    let (payload, cut) = match length {
        // Longer than the field can say (RFC 2675, section 4), or left to the network card.
        0 => (rest, cut),
        1..8 => return Err(HeaderError::Field { layer: "UDP", field: "length", value: length as u32 }),
        _ => {
            let payload = rest.get(..length - 8).unwrap_or(rest);
            (payload, (length - 8).saturating_sub(payload.len()))
        }
    };
    Ok(Datagram { source_port, destination_port, payload, cut })
}

/// The port of GTP-U (3GPP TS 29.281, section 4.4.2).
const GTP_U: u16 = 2152;
/// The port of VXLAN (RFC 7348, section 5).
const VXLAN: u16 = 4789;

/// The packet inside a UDP datagram that is a tunnel; `None` where it is a plain datagram.
pub(super) fn udp_tunnel<'a>(datagram: &Datagram<'a>, budget: &mut Budget) -> Option<&'a [u8]> {
    let ports = [datagram.source_port, datagram.destination_port];
    let inner = if ports.contains(&GTP_U) {
        gtp_u(datagram.payload)?
    } else if datagram.destination_port == VXLAN {
        vxlan(datagram.payload, budget)?
    } else {
        return None;
    };
    matches!(octet(inner, 0)? >> 4, 4 | 6).then_some(inner)
}

/// GTP-U version 1, a G-PDU (3GPP TS 29.281, sections 5.1 and 5.2): eight octets, four more where one of the flags E, S
/// and PN is set, then extension headers that each name the next.
fn gtp_u(data: &[u8]) -> Option<&[u8]> {
    let flags = octet(data, 0)?;
    // Version 1, protocol type 1 (not GTP'); message type 255.
    if flags & 0xf0 != 0x30 || octet(data, 1)? != 255 {
        return None;
    }
    if flags & 0x07 == 0 {
        return data.get(8..);
    }
    let mut next = if flags & 0x04 != 0 { octet(data, 11)? } else { 0 };
    let mut rest = data.get(12..)?;
    while next != 0 {
        let length = usize::from(octet(rest, 0)?) * 4;
        next = octet(rest, length.checked_sub(1)?)?;
        rest = rest.get(length..)?;
    }
    Some(rest)
}

/// VXLAN (RFC 7348, section 5): eight octets, then Ethernet.
fn vxlan<'a>(data: &'a [u8], budget: &mut Budget) -> Option<&'a [u8]> {
    if octet(data, 0)? & 0x08 == 0 {
        return None;
    }
    match link::ethernet(data.get(8..)?, budget) {
        Ok(Content::Ip(inner)) => Some(inner),
        _ => None,
    }
}

/// GRE (RFC 2784, RFC 2890) and its second version for PPTP (RFC 2637, section 4.1), down to the IP packet.
pub(super) fn gre<'a>(data: &'a [u8], budget: &mut Budget) -> Result<Content<'a>, HeaderError> {
    const TRANSPARENT_ETHERNET: u16 = 0x6558;
    const ERSPAN: u16 = 0x88be;
    const PPP: u16 = 0x880b;
    let error = HeaderError::Short { layer: "GRE", have: data.len() };
    let flags = be16(data, 0).ok_or(error)?;
    let protocol = be16(data, 2).ok_or(error)?;
    let optional = |flag: u16| if flags & flag != 0 { 4 } else { 0 };
    let length = match flags & 0x0007 {
        0 => 4 + optional(0x8000) + optional(0x2000) + optional(0x1000),
        1 => 4 + optional(0x2000) + optional(0x1000) + optional(0x0080),
        _ => return Ok(Content::Other),
    };
    let rest = data.get(length..).ok_or(error)?;
    match protocol {
        TRANSPARENT_ETHERNET => link::ethernet(rest, budget),
        ERSPAN if flags & 0x1000 != 0 => link::ethernet(rest.get(8..).ok_or(error)?, budget),
        ERSPAN => link::ethernet(rest, budget),
        PPP if rest.is_empty() => Ok(Content::Other),
        PPP => link::ppp(rest, budget),
        0..=1500 => Ok(Content::Other),
        _ => link::by_ether_type(protocol, rest, budget),
    }
}

/// Whether the first octets of a stream look like an HTTP request (`Some(true)`) or response (`Some(false)`).
pub(super) fn looks_like_request(payload: &[u8]) -> Option<bool> {
    if payload.starts_with(b"HTTP/") {
        return Some(false);
    }
    let method = payload.iter().take(16).take_while(|octet| octet.is_ascii_uppercase()).count();
    let rest = payload.get(method..).unwrap_or_default();
    (method >= 3 && rest.starts_with(b" ")).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: &[u8] = &[0x45, 9, 9];

    #[test]
    fn gtp_u_leads_to_the_inner_packet() {
        let cases: [(&str, &[u8]); 4] = [
            ("plain", &[0x30, 255, 0, 3, 0, 0, 0, 1]),
            ("sequence number", &[0x32, 255, 0, 7, 0, 0, 0, 1, 0, 5, 0, 0]),
            ("PDU session container", &[0x34, 255, 0, 11, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0x10, 9, 0]),
            ("two extensions", &[0x36, 255, 0, 19, 0, 0, 0, 1, 0, 0, 0, 0x85, 2, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0, 0]),
        ];
        for (name, header) in cases {
            let payload = [header, IP].concat();
            let datagram = Datagram { source_port: 40_000, destination_port: 2152, payload: &payload, cut: 0 };
            assert_eq!(udp_tunnel(&datagram, &mut Budget::new()), Some(IP), "{name}");
            for end in 0..header.len() {
                assert_eq!(gtp_u(&payload[..end]).filter(|inner| !inner.is_empty()), None, "{name} cut at {end}");
            }
        }
        let echo =
            Datagram { source_port: 2152, destination_port: 2152, payload: &[0x32, 1, 0, 4, 0, 0, 0, 0], cut: 0 };
        assert_eq!(udp_tunnel(&echo, &mut Budget::new()), None);
        assert_eq!(gtp_u(&[0x34, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), None, "an extension of no length ends it");
    }

    #[test]
    fn gre_leads_to_the_inner_packet() {
        let ethernet = [&[0; 12][..], &[0x08, 0]].concat();
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("plain", vec![0, 0, 8, 0]),
            ("key and sequence", vec![0x30, 0, 8, 0, 0, 0, 0, 1, 0, 0, 0, 2]),
            ("Ethernet", [&[0, 0, 0x65, 0x58][..], &ethernet].concat()),
            ("ERSPAN II", [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0][..], &ethernet].concat()),
            ("PPTP", vec![0x30, 0x81, 0x88, 0x0b, 0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0x21]),
        ];
        for (name, header) in cases {
            let data = [&header[..], IP].concat();
            assert_eq!(gre(&data, &mut Budget::new()), Ok(Content::Ip(IP)), "{name}");
        }
    }

    #[test]
    fn a_request_is_told_from_a_response() {
        let cases: [(&[u8], Option<bool>); 6] = [
            (b"POST /dm HTTP/1.1", Some(true)),
            (b"GET / HTTP/1.0", Some(true)),
            (b"HTTP/1.1 200 OK", Some(false)),
            (b"\x16\x03\x01", None),
            (b"OK then", None),
            (b"POS", None),
        ];
        for (payload, expected) in cases {
            assert_eq!(looks_like_request(payload), expected, "{payload:?}");
        }
    }

    #[test]
    fn a_udp_length_bounds_the_payload() {
        let header = |length: u8| vec![0, 1, 0, 2, 0, length, 0, 0, b'a', b'b', b'c'];
        assert_eq!(udp(&header(10), 0).unwrap().payload, b"ab");
        assert_eq!(udp(&header(0), 0).unwrap().payload, b"abc");
        assert_eq!(udp(&header(13), 2).unwrap().cut, 2);
        assert!(udp(&header(7), 0).is_err());
        assert!(udp(&header(8)[..7], 0).is_err());
    }

    #[test]
    fn a_tcp_header_cut_in_its_options_still_counts() {
        let mut data = vec![0; 24];
        data[12] = 8 << 4;
        assert_eq!(tcp(&data, 20).unwrap().wire_len, 12);
        assert!(tcp(&data, 0).is_err(), "not cut, but shorter than it says");
        data[12] = 4 << 4;
        assert!(tcp(&data, 20).is_err());
        assert!(tcp(&data[..19], 20).is_err());
    }
}
