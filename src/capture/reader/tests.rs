use super::*;
use crate::base::{FrameNo, Timestamp};
use crate::capture::{FrameDirection, LinkType, write};
use std::io::Cursor;

mod damage;

/// A frame as it was read, owned.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    number: u64,
    nanos: Option<i64>,
    link_type: u16,
    interface: u32,
    data: Vec<u8>,
    original_len: u32,
    direction: Option<FrameDirection>,
    comment: Option<String>,
}

#[derive(Debug, Default, PartialEq)]
struct Outcome {
    frames: Vec<Seen>,
    secrets: Vec<(u32, Vec<u8>)>,
    problems: Vec<Problem>,
    numbered: u64,
}

impl Outcome {
    fn kinds(&self) -> Vec<ProblemKind> {
        self.problems.iter().map(|problem| problem.kind).collect()
    }

    fn data(&self) -> Vec<&[u8]> {
        self.frames.iter().map(|frame| frame.data.as_slice()).collect()
    }

    fn numbers(&self) -> Vec<u64> {
        self.frames.iter().map(|frame| frame.number).collect()
    }
}

fn drain(mut reader: Reader) -> Outcome {
    let mut outcome = Outcome::default();
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => outcome.frames.push(Seen {
                number: frame.number.get(),
                nanos: frame.time.map(Timestamp::nanos),
                link_type: frame.link_type.0,
                interface: frame.interface,
                data: frame.data.to_vec(),
                original_len: frame.original_len,
                direction: frame.direction,
                comment: frame.comment.map(str::to_owned),
            }),
            Event::Secrets(block) => outcome.secrets.push((block.format, block.bytes.to_vec())),
            Event::Problem(problem) => outcome.problems.push(problem),
        }
    }
    assert!(reader.next().is_none(), "the end is the end");
    outcome.numbered = reader.frames();
    outcome
}

fn read(bytes: &[u8]) -> Outcome {
    drain(Reader::open(Box::new(Cursor::new(bytes.to_vec()))))
}

fn read_small(bytes: &[u8]) -> Outcome {
    drain(Reader::with_limits(Box::new(Cursor::new(bytes.to_vec())), 64, 1 << 24))
}

/// Numbers in the byte order of a test.
#[derive(Debug, Clone, Copy)]
struct Put(bool);

impl Put {
    fn u16(self, n: u16) -> [u8; 2] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }
    fn u32(self, n: u32) -> [u8; 4] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }
    fn u64(self, n: u64) -> [u8; 8] {
        if self.0 { n.to_be_bytes() } else { n.to_le_bytes() }
    }

    fn pcap(self, magic: u32, snaplen: u32, network: u32) -> Vec<u8> {
        [&self.u32(magic)[..], &self.u16(2), &self.u16(4), &[0; 8], &self.u32(snaplen), &self.u32(network)].concat()
    }

    fn record(self, seconds: u32, fraction: u32, data: &[u8]) -> Vec<u8> {
        let length = data.len() as u32;
        [&self.u32(seconds)[..], &self.u32(fraction), &self.u32(length), &self.u32(length), data].concat()
    }

    fn block(self, kind: u32, body: &[u8]) -> Vec<u8> {
        let padded = body.len().next_multiple_of(4);
        let total = self.u32(padded as u32 + 12);
        [&self.u32(kind)[..], &total, body, &vec![0xee; padded - body.len()], &total].concat()
    }

    fn section(self) -> Vec<u8> {
        self.block(0x0a0d_0d0a, &[&self.u32(0x1a2b_3c4d)[..], &self.u16(1), &self.u16(0), &[0xff; 8]].concat())
    }

    fn interface(self, link_type: u16, snaplen: u32, options: &[u8]) -> Vec<u8> {
        self.block(1, &[&self.u16(link_type)[..], &[0; 2], &self.u32(snaplen), options].concat())
    }

    fn option(self, code: u16, value: &[u8]) -> Vec<u8> {
        let padding = vec![0; value.len().next_multiple_of(4) - value.len()];
        [&self.u16(code)[..], &self.u16(value.len() as u16), value, &padding].concat()
    }

    fn packet(self, interface: u32, ticks: u64, data: &[u8], options: &[u8]) -> Vec<u8> {
        let length = self.u32(data.len() as u32);
        let high = self.u32((ticks >> 32) as u32);
        let padding = vec![0xee; data.len().next_multiple_of(4) - data.len()];
        let head = [&self.u32(interface)[..], &high, &self.u32(ticks as u32), &length, &length].concat();
        self.block(6, &[&head[..], data, &padding, options].concat())
    }

    fn simple(self, original: u32, data: &[u8]) -> Vec<u8> {
        self.block(3, &[&self.u32(original)[..], data].concat())
    }
}

const LE: Put = Put(false);
const BE: Put = Put(true);
const T: u32 = 1_700_000_000;

/// A pcap of packets of 1, 2, 3 … octets, a second apart.
fn small_pcap(count: u8) -> Vec<u8> {
    let mut out = LE.pcap(0xa1b2_c3d4, 262_144, 1);
    for at in 1..=count {
        out.extend(LE.record(T + u32::from(at), 7, &vec![at; usize::from(at)]));
    }
    out
}

/// A pcapng of packets of 1, 2, 3 … octets.
fn small_pcapng(count: u8) -> Vec<u8> {
    let mut out = [LE.section(), LE.interface(1, 0, &[])].concat();
    for at in 1..=count {
        out.extend(LE.packet(0, u64::from(at), &vec![at; usize::from(at)], &[]));
    }
    out
}

#[test]
fn a_pcap_of_every_magic_and_byte_order_is_read() {
    let cases: [(u32, usize, i64); 3] = [(0xa1b2_c3d4, 0, 5_000), (0xa1b2_3c4d, 0, 5), (0xa1b2_cd34, 8, 5_000)];
    for (magic, more, nanos) in cases {
        for put in [LE, BE] {
            let mut bytes = put.pcap(magic, 65_535, 113);
            for data in [&b"one"[..], b"three"] {
                let record = put.record(T, 5, data);
                bytes.extend(&record[..16]);
                bytes.extend(vec![9; more]);
                bytes.extend(data);
            }
            let outcome = read(&bytes);
            assert_eq!(outcome.problems, [], "{magic:#x}, {put:?}");
            assert_eq!(outcome.data(), [&b"one"[..], b"three"], "{magic:#x}, {put:?}");
            assert_eq!(outcome.numbers(), [1, 2]);
            let first = &outcome.frames[0];
            assert_eq!(first.nanos, Some(i64::from(T) * 1_000_000_000 + nanos), "{magic:#x}, {put:?}");
            assert_eq!((first.link_type, first.original_len), (113, 3));
        }
    }
}

#[test]
fn the_link_type_of_a_pcap_is_in_the_low_half_of_its_field() {
    let bytes = [LE.pcap(0xa1b2_c3d4, 0, 0x4400_0001), LE.record(T, 0, b"x")].concat();
    let outcome = read(&bytes);
    assert_eq!(outcome.frames[0].link_type, 1);
    assert_eq!(outcome.problems, []);
}

#[test]
fn greatest_times_do_not_overflow() {
    let bytes = [LE.pcap(0xa1b2_c3d4, 0, 1), LE.record(u32::MAX, u32::MAX, b"x")].concat();
    assert_eq!(read(&bytes).frames[0].nanos, Some(4_294_967_295_000_000_000 + 4_294_967_295_000));
}

#[test]
fn a_large_record_is_read_through_a_small_window() {
    let large = vec![5; 3 << 20];
    let bytes =
        [LE.pcap(0xa1b2_c3d4, 0, 1), LE.record(T, 0, b"x"), LE.record(T, 0, &large), LE.record(T, 0, b"y")].concat();
    for outcome in [read(&bytes), read_small(&bytes)] {
        assert_eq!(outcome.data(), [&b"x"[..], &large, b"y"]);
        assert_eq!(outcome.problems, []);
    }
}

#[test]
fn pcaps_that_were_appended_to_one_another_are_read_on() {
    let bytes = [small_pcap(2), [BE.pcap(0xa1b2_3c4d, 0, 101), BE.record(T, 1, b"end")].concat()].concat();
    let outcome = read(&bytes);
    assert_eq!(outcome.data(), [&[1][..], &[2, 2], b"end"]);
    assert_eq!(outcome.frames[2].link_type, 101);
    assert_eq!(outcome.numbers(), [1, 2, 3]);
    assert_eq!(outcome.problems, []);
}

#[test]
fn sections_of_either_order_and_interfaces_of_every_link_type_are_read() {
    for put in [LE, BE] {
        let nanos = put.option(9, &[9]);
        let bytes = [
            put.section(),
            put.interface(1, 0, &[]),
            put.packet(0, 3, b"abc", &[]),
            put.interface(101, 0, &nanos),
            put.packet(1, 3, b"defgh", &[]),
            put.packet(0, u64::from(T) << 32, b"i", &[]),
            BE.section(),
            BE.interface(228, 0, &BE.option(14, &BE.u64(100))),
            BE.packet(0, 5, b"jk", &[]),
        ]
        .concat();
        let outcome = read(&bytes);
        assert_eq!(outcome.problems, []);
        let seen: Vec<_> =
            outcome.frames.iter().map(|f| (f.number, f.link_type, f.interface, f.nanos, f.data.as_slice())).collect();
        let late = i64::try_from((i128::from(T) << 32) * 1_000).unwrap_or(i64::MAX);
        let expected: [(_, _, _, _, &[u8]); 4] = [
            (1, 1, 0, Some(3_000), b"abc"),
            (2, 101, 1, Some(3), b"defgh"),
            (3, 1, 0, Some(late), b"i"),
            (4, 228, 2, Some(100_000_005_000), b"jk"),
        ];
        assert_eq!(seen, expected);
    }
}

#[test]
fn simple_packets_have_no_time_and_the_length_that_the_snap_length_leaves() {
    for put in [LE, BE] {
        let bytes = [
            put.section(),
            put.interface(1, 5, &[]),
            put.simple(3, b"abc"),
            put.simple(9, b"abcde"),
            put.section(),
            put.interface(1, 0, &[]),
            put.simple(6, b"abcdef"),
            put.simple(90, b"abcd"),
        ]
        .concat();
        let outcome = read(&bytes);
        assert_eq!(outcome.data(), [&b"abc"[..], b"abcde", b"abcdef", b"abcd"]);
        assert!(outcome.frames.iter().all(|frame| frame.nanos.is_none()));
        assert_eq!(outcome.kinds(), [ProblemKind::CutPackets]);
        assert_eq!(outcome.problems[0].frame, FrameNo::new(2));
        assert!(outcome.problems[0].text.starts_with("2 packets"), "{}", outcome.problems[0].text);
    }
}

#[test]
fn old_packet_blocks_are_read() {
    for put in [LE, BE] {
        let head = [&put.u16(0)[..], &put.u16(4), &put.u32(0), &put.u32(7), &put.u32(2), &put.u32(2)].concat();
        let body = [&head[..], b"hi\0\0", &put.option(2, &put.u32(2))].concat();
        let outcome = read(&[put.section(), put.interface(1, 0, &[]), put.block(2, &body)].concat());
        assert_eq!(outcome.data(), [b"hi"]);
        assert_eq!(outcome.frames[0].nanos, Some(7_000));
        assert_eq!(outcome.frames[0].direction, Some(FrameDirection::Outbound));
        assert_eq!(outcome.kinds(), [ProblemKind::DroppedPackets]);
    }
}

#[test]
fn comments_and_directions_of_packets_are_kept() {
    let first = [LE.option(1, "Grüße".as_bytes()), LE.option(2, &LE.u32(0x21)), LE.option(0, &[])].concat();
    let second = [LE.option(2, &LE.u32(2)), LE.option(1, b"first"), LE.option(1, b"second")].concat();
    let bytes = [
        LE.section(),
        LE.interface(1, 0, &[]),
        LE.packet(0, 1, b"abcde", &first),
        LE.packet(0, 1, b"abcde", &second),
        LE.packet(0, 1, b"abcde", &LE.option(1, b"\xff\xfe")),
        LE.packet(0, 1, b"abcde", &[]),
    ]
    .concat();
    let outcome = read(&bytes);
    let seen: Vec<_> = outcome.frames.iter().map(|frame| (frame.direction, frame.comment.as_deref())).collect();
    let expected = [
        (Some(FrameDirection::Inbound), Some("Grüße")),
        (Some(FrameDirection::Outbound), Some("first")),
        (None, None),
        (None, None),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn blocks_that_wireshark_numbers_take_a_number_and_others_do_not() {
    let pen = LE.u32(32_473);
    let cases: [(u32, Vec<u8>, bool); 12] = [
        (0xbad, [&pen[..], b"hello"].concat(), true),
        (0x4000_0bad, [&pen[..], b"hello"].concat(), true),
        (9, b"MESSAGE=hello\n".to_vec(), true),
        (0x204, vec![0; 24], true),
        (0x216, vec![0; 32], true),
        (0x221, vec![0; 32], true),
        (0x208, vec![0; 32], false),
        (4, vec![0; 4], false),
        (7, b"hello".to_vec(), false),
        (8, b"hello".to_vec(), false),
        (0x77, b"hello".to_vec(), false),
        (0x8000_0001, b"hello".to_vec(), false),
    ];
    for (kind, body, numbered) in cases {
        let bytes = [small_pcapng(1), LE.block(kind, &body), LE.packet(0, 9, b"end", &[])].concat();
        let outcome = read(&bytes);
        assert_eq!(outcome.problems, [], "block {kind:#x}");
        assert_eq!(outcome.numbers(), [1, if numbered { 3 } else { 2 }], "block {kind:#x}");
    }
}

#[test]
fn secrets_are_handed_out_in_their_place() {
    let secrets = [&LE.u32(SecretsBlock::TLS_KEY_LOG)[..], &LE.u32(5), b"CLIEN", &[0; 3], &LE.option(0, &[])].concat();
    let short = [&LE.u32(1)[..], &LE.u32(500), b"CLIEN"].concat();
    let bytes = [small_pcapng(1), LE.block(10, &secrets), LE.block(10, &short), LE.packet(0, 9, b"end", &[])].concat();
    let outcome = read(&bytes);
    assert_eq!(outcome.secrets, [(SecretsBlock::TLS_KEY_LOG, b"CLIEN".to_vec())]);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
    assert_eq!(outcome.numbers(), [1, 2]);
}

#[test]
fn dropped_packets_are_told_once_for_each_interface() {
    let statistics = |interface: u32, dropped: u64| {
        let options = [LE.option(4, &LE.u64(4_000)), LE.option(5, &LE.u64(dropped)), LE.option(7, &LE.u64(2))].concat();
        LE.block(5, &[&LE.u32(interface)[..], &[0; 8], &options].concat())
    };
    let bytes = [
        LE.section(),
        LE.interface(1, 0, &[]),
        LE.interface(1, 0, &[]),
        LE.packet(0, 1, b"a", &LE.option(4, &LE.u64(3))),
        statistics(1, 5),
        statistics(1, 8),
        statistics(9, 8),
    ]
    .concat();
    let outcome = read(&bytes);
    assert_eq!(outcome.kinds(), [ProblemKind::DroppedPackets; 2]);
    assert!(outcome.problems[0].text.contains("dropped 3 packets on interface 0;"), "{}", outcome.problems[0].text);
    assert!(
        outcome.problems[1].text.contains("dropped 10 packets on interface 1 (4000"),
        "{}",
        outcome.problems[1].text
    );
}

#[test]
fn a_packet_block_that_contradicts_itself_is_stepped_over_and_numbered() {
    let mut too_long = LE.packet(0, 1, b"abcd", &[]);
    too_long[20] = 200;
    for bad in [too_long, LE.packet(7, 1, b"abcd", &[]), LE.block(6, b"short")] {
        let outcome = read(&[small_pcapng(1), bad, LE.packet(0, 9, b"end", &[])].concat());
        assert_eq!(outcome.data(), [&[1][..], b"end"]);
        assert_eq!(outcome.numbers(), [1, 3]);
        assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
        assert_eq!(outcome.problems[0].frame, FrameNo::new(2));
        assert_eq!(outcome.problems[0].offset, Some(small_pcapng(1).len() as u64));
    }
}

#[test]
fn a_block_with_two_lengths_is_read_by_the_first_where_another_block_follows() {
    let mut bad = LE.packet(0, 1, b"abcd", &[]);
    *bad.last_mut().unwrap() = 9;
    for rest in [LE.packet(0, 9, b"end", &[]), Vec::new()] {
        let outcome = read(&[small_pcapng(1), bad.clone(), rest].concat());
        assert_eq!(outcome.frames[1].data, b"abcd");
        assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
    }
}

#[test]
fn what_the_writer_writes_is_read_back() {
    let time = Timestamp::from_nanos(1_700_000_000_123_456_789);
    let mut bytes = Vec::new();
    write::section(&mut bytes, "dmscope").unwrap();
    write::secrets(&mut bytes, SecretsBlock::TLS_KEY_LOG, b"CLIENT_RANDOM 0 0\n").unwrap();
    write::interface(&mut bytes, LinkType(101), 0).unwrap();
    let packet = write::Packet {
        interface: 0,
        time,
        data: b"hello",
        original_len: 5,
        direction: Some(FrameDirection::Outbound),
        comment: Some("why"),
    };
    write::packet(&mut bytes, &packet).unwrap();
    write::packet(&mut bytes, &write::Packet { direction: None, comment: None, ..packet }).unwrap();
    let outcome = read(&bytes);
    assert_eq!(outcome.problems, []);
    assert_eq!(outcome.secrets, [(SecretsBlock::TLS_KEY_LOG, b"CLIENT_RANDOM 0 0\n".to_vec())]);
    let expected = Seen {
        number: 1,
        nanos: Some(time.nanos()),
        link_type: 101,
        interface: 0,
        data: b"hello".to_vec(),
        original_len: 5,
        direction: Some(FrameDirection::Outbound),
        comment: Some("why".to_owned()),
    };
    assert_eq!(outcome.frames[0], expected);
    assert_eq!(outcome.frames[1], Seen { number: 2, direction: None, comment: None, ..expected });
    let mut counted = write::Statistics { interface: 0, time, received: 12, interface_dropped: 0, system_dropped: 0 };
    write::statistics(&mut bytes, &counted).unwrap();
    assert_eq!(read(&bytes).problems, []);
    (counted.interface_dropped, counted.system_dropped) = (3, 4);
    write::statistics(&mut bytes, &counted).unwrap();
    let problems = read(&bytes).problems;
    assert!(problems[0].text.contains("dropped 7 packets on interface 0 (12 were received)"), "{problems:?}");

    for (precision, nanos) in [(write::Precision::Nanos, 123_456_789), (write::Precision::Micros, 123_456_000)] {
        let mut bytes = Vec::new();
        write::pcap_header(&mut bytes, precision, LinkType(1), 262_144).unwrap();
        write::pcap_record(&mut bytes, precision, time, b"hello", 9).unwrap();
        let outcome = read(&bytes);
        assert_eq!(outcome.frames[0].nanos, Some(1_700_000_000_000_000_000 + nanos));
        assert_eq!(outcome.kinds(), [ProblemKind::CutPackets]);
    }
}
