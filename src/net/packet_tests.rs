//! Datagrams, tunnels and fragments: what comes out of the whole layer for packets made by hand.

use super::testing::{Bench, CLIENT, RAW, SERVER, endpoint, ethernet, ip, tcp, udp};
use crate::base::{Limits, ProblemKind};

#[test]
fn datagrams_of_one_conversation_share_their_number() {
    let (client, server) = (endpoint(CLIENT).address, endpoint(SERVER).address);
    let mut bench = Bench::default();
    bench.frame(RAW, &ip(client, server, 17, &udp((5_000, 2948), b"push")));
    bench.frame(RAW, &ip(server, client, 17, &udp((53, 5_000), b"name")));
    bench.frame(RAW, &ip(server, client, 17, &udp((2948, 5_000), b"back")));
    assert_eq!(bench.events, ["5000>2948 push", "#1 53>5000 name", "2948>5000 back"]);
    assert_eq!(bench.net.counters().udp_datagrams, 3);
}

#[test]
fn half_a_datagram_is_not_passed_on() {
    let (client, server) = (endpoint(CLIENT).address, endpoint(SERVER).address);
    let packet = ip(client, server, 17, &udp((5_000, 2948), b"notification"));
    let mut bench = Bench::default();
    bench.cut_frame(RAW, &packet[..packet.len() - 1], packet.len());
    assert_eq!(bench.events, [""; 0]);
    assert_eq!(bench.problems(), [ProblemKind::CutPackets]);
}

#[test]
fn an_ip_packet_without_a_length_reaches_to_the_end_of_the_frame() {
    let (client, server) = (endpoint(CLIENT).address, endpoint(SERVER).address);
    let mut packet = ip(client, server, 6, &tcp((4_000, 80), 1, 1, "A", b"POST offloaded"));
    packet[2..4].fill(0);
    let mut bench = Bench::default();
    bench.frame(RAW, &packet);
    assert_eq!(bench.events, ["open 4000 mid", "c POST offloaded @1"]);
}

#[test]
fn an_unknown_link_type_is_told_once() {
    let mut bench = Bench::default();
    for _ in 0..3 {
        bench.frame(147, b"frame");
        bench.frame(148, b"frame");
    }
    assert_eq!(bench.problems(), [ProblemKind::UnknownLinkType; 2]);
    assert_eq!(bench.net.counters().frames(), 6);
    assert_eq!(bench.net.counters().unknown_link, 6);
}

#[test]
fn tunnels_lead_to_the_stream_inside() {
    let (outer, peer) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
    let (outer_6, peer_6) = ("2001:db8::1".parse().unwrap(), "2001:db8::2".parse().unwrap());
    let inner = ip(endpoint(CLIENT).address, endpoint(SERVER).address, 6, &tcp((4_000, 80), 1, 1, "A", b"POST /"));
    let inner_6 = ip(outer_6, peer_6, 6, &tcp((4_000, 80), 1, 1, "A", b"POST /"));
    let gtp = |packet: &[u8]| [&[0x32, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0][..], packet].concat();
    let extended = [&[43, 0, 0, 0, 0, 0, 0, 0, 6, 1][..], &[0; 14], &inner_6[40..]].concat();
    let authenticated = [&[6, 4, 0, 0][..], &[0; 20], &inner[20..]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("plain", inner.clone()),
        ("IPv4 in IPv4", ip(outer, peer, 4, &inner)),
        ("IPv6 in IPv4", ip(outer, peer, 41, &inner_6)),
        ("IPv4 in IPv6", ip(outer_6, peer_6, 4, &inner)),
        ("GTP-U", ip(outer, peer, 17, &udp((2152, 2152), &gtp(&inner)))),
        ("GTP-U in IPv6, IPv6 inside", ip(outer_6, peer_6, 17, &udp((999, 2152), &gtp(&inner_6)))),
        ("GRE", ip(outer, peer, 47, &[&[0, 0, 8, 0][..], &inner].concat())),
        (
            "VXLAN",
            ip(outer, peer, 17, &udp((9, 4789), &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &ethernet(0x0800, &inner)].concat())),
        ),
        ("IPv6 extension headers", ip(outer_6, peer_6, 0, &extended)),
        ("authentication header", ip(outer, peer, 51, &authenticated)),
    ];
    for (name, packet) in cases {
        let mut bench = Bench::default();
        bench.frame(RAW, &packet);
        assert_eq!(bench.events, ["open 4000 mid", "c POST / @1"], "{name}");
        for end in 0..packet.len() {
            let mut bench = Bench::default();
            bench.frame(RAW, &packet[..end]);
            bench.cut_frame(RAW, &packet[..end], packet.len());
            bench.finish();
        }
    }
}

#[test]
fn a_tunnel_in_itself_ends() {
    let (outer, peer) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
    let packet = (0..100).fold(Vec::new(), |inner, _| ip(outer, peer, 4, &inner));
    let mut bench = Bench::default();
    bench.frame(RAW, &packet);
    assert_eq!(bench.problems(), [ProblemKind::BadPacket]);
    assert_eq!(bench.net.counters().ip_packets as usize, Limits::ENCAPSULATIONS + 1);
}

/// Cuts an IP packet without options into fragments of `size` octets.
fn fragments(packet: &[u8], size: usize) -> Vec<Vec<u8>> {
    let six = packet[0] >> 4 == 6;
    let (header, payload) = packet.split_at(if six { 40 } else { 20 });
    let count = payload.len().div_ceil(size);
    let cut = |(number, piece): (usize, &[u8])| {
        let place = (number * size) as u16;
        let more = number + 1 < count;
        let mut header = header.to_vec();
        if six {
            header[4..6].copy_from_slice(&(8 + piece.len() as u16).to_be_bytes());
            let [high, low] = (place | u16::from(more)).to_be_bytes();
            let extension = [std::mem::replace(&mut header[6], 44), 0, high, low, 0, 0, 0, 9];
            header.extend(extension);
        } else {
            header[2..4].copy_from_slice(&(20 + piece.len() as u16).to_be_bytes());
            header[6..8].copy_from_slice(&((place / 8) | (u16::from(more) << 13)).to_be_bytes());
        }
        header.extend(piece);
        header
    };
    payload.chunks(size).enumerate().map(cut).collect()
}

fn fragmented(six: bool) -> Vec<Vec<u8>> {
    let (source, destination) = if six { ("2001:db8::1", "2001:db8::2") } else { ("192.0.2.1", "192.0.2.2") };
    let datagram = udp((5_000, 2948), b"0123456789abcdefghijklmnopqrstuvwxyz");
    fragments(&ip(source.parse().unwrap(), destination.parse().unwrap(), 17, &datagram), 16)
}

const WHOLE: [&str; 1] = ["5000>2948 0123456789abcdefghijklmnopqrstuvwxyz"];

#[test]
fn fragments_come_together_in_any_order() {
    for six in [false, true] {
        let pieces = fragmented(six);
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            for copies in [1, 2] {
                let mut bench = Bench::default();
                for at in order {
                    for _ in 0..copies {
                        bench.frame(RAW, &pieces[at]);
                    }
                }
                bench.finish();
                assert_eq!(bench.events, WHOLE, "{six} {order:?} {copies}");
                assert_eq!(bench.problems(), [], "{six} {order:?} {copies}");
            }
        }
    }
}

#[test]
fn fragments_that_overlap_with_other_content_give_nothing() {
    for six in [false, true] {
        let pieces = fragmented(six);
        let mut other = pieces[1].clone();
        *other.last_mut().unwrap() ^= 1;
        let mut bench = Bench::default();
        for piece in [&pieces[0], &pieces[1], &other] {
            bench.frame(RAW, piece);
        }
        assert_eq!(bench.problems(), [ProblemKind::BadFragments]);
        bench.frame(RAW, &pieces[2]);
        bench.finish();
        assert_eq!(bench.events, [""; 0]);
        assert_eq!(bench.problems(), [ProblemKind::BadFragments]);
    }
}

#[test]
fn a_datagram_that_lacks_a_fragment_is_given_up_after_a_while() {
    let pieces = fragmented(false);
    let mut bench = Bench::default();
    bench.frame(RAW, &pieces[0]);
    bench.frame(RAW, &pieces[2]);
    bench.wait(Limits::FRAGMENT_AGE / 1_000_000);
    bench.frame(RAW, &pieces[1]);
    assert_eq!(bench.problems(), [ProblemKind::BadFragments]);
    bench.frame(RAW, &pieces[0]);
    bench.frame(RAW, &pieces[2]);
    assert_eq!(bench.events, WHOLE, "the new fragments stand for themselves");
}

#[test]
fn fragments_have_a_ceiling() {
    let mut bench = Bench::default();
    let (source, destination) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
    for id in 0..Limits::FRAGMENTED as u16 + 50 {
        let mut packet = ip(source, destination, 17, &[0; 16]);
        packet[4..6].copy_from_slice(&id.to_be_bytes());
        packet[6] = 0x20;
        bench.frame(RAW, &packet);
    }
    assert_eq!(bench.problems().len(), 50);
    bench.finish();
    assert_eq!(bench.problems().len(), Limits::PROBLEMS_OF_A_KIND - 50 + 1, "the rest are counted in one line");
}
