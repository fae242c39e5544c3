//! Link layers: what stands before the IP header. One function for each form.
//!
//! Numbers of link types are those of the pcap registry (`LINKTYPE_`); Ethernet types are those of the IEEE registry.

use super::header::{Budget, HeaderError, be16, octet};
use crate::capture::LinkType;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// An IP packet, of the version that its first four bits say, perhaps with padding after it.
    Ip(&'a [u8]),
    /// Something else (ARP, LLDP, PPP negotiation …).
    Other,
}

type Unwrapped<'a> = Result<Content<'a>, HeaderError>;

/// Whether dmscope reads this link type. What a radio interface carries (217) is no IP, and read by another layer.
pub(super) fn is_known(link: LinkType) -> bool {
    matches!(link.0, 0 | 1 | 9 | 12 | 14 | 50 | 51 | 101 | 104 | 108 | 113 | 217 | 228 | 229 | 276)
}

/// Takes the link layer off a frame. Frames of an unknown link type are [`Content::Other`].
pub(super) fn unwrap<'a>(link: LinkType, data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    match link.0 {
        1 => ethernet(data, budget),
        0 | 108 => loopback(data),
        12 | 14 | 101 | 228 | 229 => Ok(Content::Ip(data)),
        113 => linux_cooked(data, budget),
        276 => linux_cooked_2(data, budget),
        9 | 50 => ppp(data, budget),
        51 => pppoe(data, budget),
        104 => cisco_hdlc(data, budget),
        _ => Ok(Content::Other),
    }
}

fn short(layer: &'static str, data: &[u8]) -> HeaderError {
    HeaderError::Short { layer, have: data.len() }
}

/// Ethernet (IEEE 802.3): two addresses, then a type or a length.
pub(super) fn ethernet<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("Ethernet", data);
    let ether_type = be16(data, 12).ok_or(error)?;
    by_ether_type(ether_type, data.get(14..).ok_or(error)?, budget)
}

/// What follows an Ethernet type. VLAN tags are taken off one by one (802.1Q `0x8100`, 802.1ad `0x88a8`, and the values
/// used before it); a number up to 1500 is a length, and LLC follows.
pub(super) fn by_ether_type<'a>(mut ether_type: u16, mut data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    loop {
        match ether_type {
            0x0800 | 0x86dd => return Ok(Content::Ip(data)),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
                budget.spend()?;
                let error = short("VLAN", data);
                ether_type = be16(data, 2).ok_or(error)?;
                data = data.get(4..).ok_or(error)?;
            }
            0x8864 => {
                budget.spend()?;
                return pppoe(data, budget);
            }
            0x8847 | 0x8848 => return mpls(data),
            0..=1500 => {
                // LLC (IEEE 802.2). SNAP carries an Ethernet type after its organisation code 00-00-00 or, for tunnelled
                // bridges, 00-00-F8; SAP 06 is IP without one (RFC 1042).
                match data {
                    [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low, rest @ ..] => {
                        budget.spend()?;
                        ether_type = u16::from_be_bytes([*high, *low]);
                        data = rest;
                        if ether_type <= 1500 {
                            return Ok(Content::Other);
                        }
                    }
                    [0x06, 0x06, 0x03, rest @ ..] => return Ok(Content::Ip(rest)),
                    _ => return Ok(Content::Other),
                }
            }
            _ => return Ok(Content::Other),
        }
    }
}

/// BSD loopback: the address family in the byte order of the capturing host (`LINKTYPE_NULL`) or of the network
/// (`LINKTYPE_LOOP`). IPv6 is 24, 28 or 30 among the BSDs, 10 on Linux, 23 on Windows; IPv4 is 2 on all.
fn loopback(data: &[u8]) -> Unwrapped<'_> {
    let error = short("loopback", data);
    let family: [u8; 4] = data.first_chunk().copied().ok_or(error)?;
    let is_ip = |family: u32| matches!(family, 2 | 10 | 23 | 24 | 28 | 30);
    if is_ip(u32::from_be_bytes(family)) || is_ip(u32::from_le_bytes(family)) {
        Ok(Content::Ip(data.get(4..).unwrap_or_default()))
    } else {
        Ok(Content::Other)
    }
}

/// Hardware types of cooked captures whose protocol field is no Ethernet type: 802.11 in its forms, netlink.
fn has_ether_type(hardware: u16) -> bool {
    !matches!(hardware, 801..=803 | 824)
}

/// Linux cooked capture, 16 octets: packet type, hardware type, address length, address, protocol.
fn linux_cooked<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("SLL", data);
    let hardware = be16(data, 2).ok_or(error)?;
    let protocol = be16(data, 14).ok_or(error)?;
    let rest = data.get(16..).ok_or(error)?;
    if has_ether_type(hardware) { by_ether_type(protocol, rest, budget) } else { Ok(Content::Other) }
}

/// Linux cooked capture version 2, 20 octets: protocol, two reserved, interface, hardware type, packet type, address
/// length, address.
fn linux_cooked_2<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("SLL2", data);
    let protocol = be16(data, 0).ok_or(error)?;
    let hardware = be16(data, 8).ok_or(error)?;
    let rest = data.get(20..).ok_or(error)?;
    if has_ether_type(hardware) { by_ether_type(protocol, rest, budget) } else { Ok(Content::Other) }
}

/// PPP (RFC 1661, RFC 1662): address and control octets may be left out, and the protocol may be one octet where it is
/// odd.
pub(super) fn ppp<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("PPP", data);
    let data = data.strip_prefix(&[0xff, 0x03]).unwrap_or(data);
    let first = octet(data, 0).ok_or(error)?;
    let (protocol, rest) =
        if first & 1 == 1 { (u16::from(first), data.get(1..)) } else { (be16(data, 0).ok_or(error)?, data.get(2..)) };
    let rest = rest.ok_or(error)?;
    match protocol {
        0x0021 | 0x0057 => Ok(Content::Ip(rest)),
        0x0281 | 0x0283 => {
            budget.spend()?;
            mpls(rest)
        }
        _ => Ok(Content::Other),
    }
}

/// PPPoE (RFC 2516, section 4): version and type, code, session, length. Code 0 carries PPP; others are discovery.
fn pppoe<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("PPPoE", data);
    let code = octet(data, 1).ok_or(error)?;
    let length = usize::from(be16(data, 4).ok_or(error)?);
    let rest = data.get(6..).ok_or(error)?;
    if code != 0 {
        return Ok(Content::Other);
    }
    ppp(rest.get(..length).unwrap_or(rest), budget)
}

/// MPLS (RFC 3032, section 2.1): labels up to the one marked as the bottom. What follows is not named; an IP packet is
/// known by its version.
fn mpls(mut data: &[u8]) -> Unwrapped<'_> {
    loop {
        let error = short("MPLS", data);
        let bottom = octet(data, 2).ok_or(error)? & 1 == 1;
        data = data.get(4..).ok_or(error)?;
        if bottom {
            break;
        }
    }
    match octet(data, 0).map(|first| first >> 4) {
        Some(4 | 6) => Ok(Content::Ip(data)),
        _ => Ok(Content::Other),
    }
}

/// Cisco HDLC: address, control, Ethernet type.
fn cisco_hdlc<'a>(data: &'a [u8], budget: &mut Budget) -> Unwrapped<'a> {
    let error = short("HDLC", data);
    by_ether_type(be16(data, 2).ok_or(error)?, data.get(4..).ok_or(error)?, budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IP: &[u8] = &[0x45, 1, 2, 3];

    fn read(link: u16, data: &[u8]) -> Unwrapped<'_> {
        unwrap(LinkType(link), data, &mut Budget::new())
    }

    fn with_ip(header: &[u8]) -> Vec<u8> {
        [header, IP].concat()
    }

    #[test]
    fn every_link_layer_leads_to_the_ip_packet() {
        let addresses = [0u8; 12];
        let ethernet = |rest: &[u8]| [&addresses[..], rest].concat();
        let cases: Vec<(&str, u16, Vec<u8>)> = vec![
            ("Ethernet", 1, ethernet(&[0x08, 0x00])),
            ("802.1Q", 1, ethernet(&[0x81, 0, 0, 7, 0x08, 0])),
            ("QinQ", 1, ethernet(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 0x08, 0])),
            ("three tags", 1, ethernet(&[0x91, 0, 0, 7, 0x91, 0, 0, 8, 0x81, 0, 0, 9, 0x86, 0xdd])),
            ("SNAP", 1, ethernet(&[0, 12, 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0])),
            ("SNAP in a VLAN", 1, ethernet(&[0x81, 0, 0, 7, 0, 12, 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0])),
            ("LLC", 1, ethernet(&[0, 7, 6, 6, 3])),
            ("PPPoE", 1, ethernet(&[0x88, 0x64, 0x11, 0, 0, 1, 0, 6, 0, 0x21])),
            (
                "PPPoE in QinQ",
                1,
                ethernet(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 0x88, 0x64, 0x11, 0, 0, 1, 0, 6, 0, 0x21]),
            ),
            ("MPLS", 1, ethernet(&[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64])),
            ("NULL, little-endian", 0, vec![2, 0, 0, 0]),
            ("NULL, big-endian", 0, vec![0, 0, 0, 2]),
            ("NULL, IPv6 on Darwin", 0, vec![30, 0, 0, 0]),
            ("LOOP", 108, vec![0, 0, 0, 24]),
            ("RAW", 101, vec![]),
            ("RAW of BSD", 12, vec![]),
            ("RAW of OpenBSD", 14, vec![]),
            ("IPV4", 228, vec![]),
            ("IPV6", 229, vec![]),
            ("SLL", 113, vec![0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0]),
            ("SLL with a VLAN", 113, vec![0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 1, 0x08, 0]),
            ("SLL2", 276, vec![0x08, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("PPP", 9, vec![0xff, 3, 0, 0x21]),
            ("PPP, short protocol", 9, vec![0x21]),
            ("PPP, MPLS", 9, vec![0x02, 0x81, 0, 1, 1, 64]),
            ("PPP in HDLC framing", 50, vec![0xff, 3, 0, 0x57]),
            ("PPPoE link type", 51, vec![0x11, 0, 0, 1, 0, 6, 0, 0x21]),
            ("Cisco HDLC", 104, vec![0x0f, 0, 0x08, 0]),
        ];
        for (name, link, header) in cases {
            assert!(is_known(LinkType(link)), "{name}");
            let data = with_ip(&header);
            assert_eq!(read(link, &data), Ok(Content::Ip(IP)), "{name}");
            for end in 0..header.len() {
                assert!(
                    !matches!(read(link, &data[..end]), Ok(Content::Ip(ip)) if !ip.is_empty()),
                    "{name} cut at {end}"
                );
            }
        }
    }

    #[test]
    fn other_protocols_are_no_error() {
        let arp = [&[0; 12][..], &[0x08, 0x06, 0, 1]].concat();
        assert_eq!(read(1, &arp), Ok(Content::Other));
        assert_eq!(read(9, &[0xc0, 0x21, 1, 1]), Ok(Content::Other), "LCP");
        assert_eq!(read(0, &[7, 0, 0, 0]), Ok(Content::Other));
        assert_eq!(read(51, &[0x11, 9, 0, 0, 0, 0]), Ok(Content::Other), "PPPoE discovery");
        assert_eq!(read(147, IP), Ok(Content::Other));
        assert!(!is_known(LinkType(147)));
    }

    #[test]
    fn pppoe_padding_is_cut_off() {
        let data = with_ip(&[0x11, 0, 0, 1, 0, 6, 0, 0x21]);
        let padded = [&data[..], &[0; 9]].concat();
        assert_eq!(read(51, &padded), Ok(Content::Ip(IP)));
    }

    #[test]
    fn endless_tags_end() {
        let mut data = vec![0; 12];
        for _ in 0..100 {
            data.extend([0x81, 0, 0, 1]);
        }
        assert_eq!(read(1, &data), Err(HeaderError::TooDeep));
    }
}
