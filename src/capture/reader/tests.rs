use super::*;
use crate::base::{FrameNo, Timestamp};
use crate::capture::unfold::tests::{gzip, zstd};
use crate::capture::{FrameDirection, LinkType, write};
use proptest::prelude::*;
use std::io::Cursor;

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
        let expected: [(u64, u16, u32, Option<i64>, &[u8]); 4] = [
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

/// Reads each prefix: frames must be the first of the whole, and a cut inside a record must be said.
fn cut_everywhere(whole: &[u8], ends: &[usize], first: usize) {
    let all = read(whole);
    assert_eq!(all.problems, []);
    for length in 0..=whole.len() {
        let outcome = read(&whole[..length]);
        assert!(all.frames.starts_with(&outcome.frames), "cut after {length} octets");
        let expected = ends.iter().filter(|end| **end <= length).count();
        assert_eq!(outcome.frames.len(), expected, "cut after {length} octets");
        let kinds = outcome.kinds();
        if length == 0 {
            assert_eq!(kinds, [ProblemKind::Empty]);
        } else if ends.contains(&length) || length == first {
            assert_eq!(kinds, [], "cut after {length} octets");
        } else {
            assert_eq!(kinds, [ProblemKind::TruncatedRecord], "cut after {length} octets");
            if length > first {
                assert_eq!(outcome.problems[0].frame, FrameNo::new(expected as u64 + 1));
                assert!(outcome.problems[0].offset.is_some_and(|offset| offset < length as u64));
            }
        }
    }
}

#[test]
fn a_pcap_cut_anywhere_yields_its_whole_frames_and_says_so() {
    let ends: Vec<usize> = (1..=6).map(|count| small_pcap(count).len()).collect();
    cut_everywhere(&small_pcap(6), &ends, 24);
}

#[test]
fn a_pcapng_cut_anywhere_yields_its_whole_frames_and_says_so() {
    let whole = small_pcapng(6);
    let ends: Vec<usize> = (1..=6).map(|count| small_pcapng(count).len()).collect();
    let section = LE.section().len();
    let first = small_pcapng(0).len();
    cut_everywhere(&whole[..section], &[], section);
    let from_interface: Vec<usize> = (section + 1..first).collect();
    for length in from_interface {
        assert_eq!(read(&whole[..length]).kinds(), [ProblemKind::TruncatedRecord]);
    }
    for length in first..=whole.len() {
        let outcome = read(&whole[..length]);
        assert_eq!(outcome.frames.len(), ends.iter().filter(|end| **end <= length).count());
        let is_whole = length == first || ends.contains(&length);
        assert_eq!(outcome.problems.is_empty(), is_whole, "cut after {length} octets");
    }
}

#[test]
fn a_record_of_4_gib_is_stepped_over() {
    let mut bad = LE.record(T + 3, 7, b"abc");
    bad[8..12].copy_from_slice(&[0xff; 4]);
    let rest = [LE.record(T + 4, 7, b"defg"), LE.record(T + 5, 7, b"hijkl")].concat();
    let outcome = read(&[small_pcap(2), bad.clone(), rest.clone()].concat());
    assert_eq!(outcome.data(), [&[1][..], &[2, 2], b"defg", b"hijkl"]);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord, ProblemKind::Resynchronised]);
    let at = small_pcap(2).len() as u64;
    assert_eq!(outcome.problems[0].offset, Some(at));
    assert_eq!(outcome.problems[1].offset, Some(at + bad.len() as u64));
    assert!(outcome.problems[1].text.starts_with("19 octets"), "{}", outcome.problems[1].text);

    let outcome = read(&[small_pcap(2), bad].concat());
    assert_eq!(outcome.frames.len(), 2);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
}

#[test]
fn a_record_longer_than_the_file_hides_no_records_behind_it() {
    let mut bad = LE.record(T + 3, 7, b"abc");
    bad[8..12].copy_from_slice(&LE.u32(100_000));
    let rest = [LE.record(T + 4, 7, b"defg"), LE.record(T + 5, 7, b"hijkl")].concat();
    let outcome = read(&[small_pcap(2), bad, rest].concat());
    assert_eq!(outcome.data(), [&[1][..], &[2, 2], b"defg", b"hijkl"]);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord, ProblemKind::Resynchronised]);
}

#[test]
fn the_search_takes_no_record_of_another_day() {
    let mut bad = LE.record(T + 3, 7, b"abc");
    bad[8..12].copy_from_slice(&[0xff; 4]);
    let far = [LE.record(T + 400_000, 7, b"defg"), LE.record(T + 400_001, 7, b"hijkl")].concat();
    let outcome = read(&[small_pcap(2), bad, far].concat());
    assert_eq!(outcome.frames.len(), 2);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
}

#[test]
fn the_search_ends_at_its_ceiling() {
    let mut bad = LE.record(T + 3, 7, b"abc");
    bad[8..12].copy_from_slice(&[0xff; 4]);
    let rest = [LE.record(T + 4, 7, b"defg"), LE.record(T + 5, 7, b"hijkl")].concat();
    let near = [small_pcap(2), bad.clone(), vec![0xaa; Limits::RESYNC - 100], rest.clone()].concat();
    assert_eq!(read(&near).frames.len(), 4);
    let far = [small_pcap(2), bad, vec![0xaa; Limits::RESYNC + 100], rest].concat();
    let outcome = read(&far);
    assert_eq!(outcome.frames.len(), 2);
    assert_eq!(outcome.kinds(), [ProblemKind::BadRecord]);
    assert!(outcome.problems[0].text.contains("16 MiB"), "{}", outcome.problems[0].text);
}

#[test]
fn a_broken_block_is_stepped_over() {
    let whole = LE.packet(0, 5, b"lost", &[]);
    let mut huge = whole.clone();
    huge[4..8].copy_from_slice(&[0xff; 4]);
    let mut zero = whole.clone();
    zero[4..8].copy_from_slice(&[0; 4]);
    let mut longer_than_file = whole.clone();
    longer_than_file[4..8].copy_from_slice(&LE.u32(4_000));
    let mut no_order = BE.section();
    no_order[8] = 0;
    let missing_octet = whole[..whole.len() - 1].to_vec();
    for bad in [huge, zero, longer_than_file, no_order, missing_octet] {
        let rest = [LE.packet(0, 6, b"next", &[]), LE.packet(0, 7, b"last", &[])].concat();
        let outcome = read(&[small_pcapng(1), bad.clone(), rest].concat());
        assert_eq!(outcome.data(), [&[1][..], b"next", b"last"], "{bad:x?}");
        assert_eq!(outcome.kinds(), [ProblemKind::BadRecord, ProblemKind::Resynchronised]);
        let text = &outcome.problems[1].text;
        assert!(text.starts_with(&format!("{} octets", bad.len())), "{text}");
    }
}

#[test]
fn a_file_that_is_no_capture_is_named() {
    for (bytes, says) in [
        (&b"<?xml version='1.0'?><SyncML/>"[..], "dmscope decode"),
        (b"{}", "JSON"),
        (b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x01\x02\x03\x04\0\0\0\0", "binary"),
        (&gzip(&gzip(b"")), "compressed twice"),
        (&gzip(b"hello"), "a text"),
    ] {
        let outcome = read(bytes);
        assert_eq!(outcome.kinds(), [ProblemKind::NotACapture]);
        assert!(outcome.problems[0].text.contains(says), "{}", outcome.problems[0].text);
    }
    assert_eq!(read(b"").kinds(), [ProblemKind::Empty]);
    assert_eq!(read(&gzip(b"")).kinds(), [ProblemKind::Empty]);
}

#[test]
fn compressed_captures_are_read_as_plain_ones() {
    for plain in [small_pcap(9), small_pcapng(9)] {
        let expected = read(&plain);
        let (head, tail) = plain.split_at(100);
        let forms = [
            gzip(&plain),
            [gzip(head), gzip(tail)].concat(),
            zstd(&plain, 50),
            [zstd(head, 1_000), zstd(tail, 7)].concat(),
            ruzstd::encoding::compress_to_vec(&plain[..], ruzstd::encoding::CompressionLevel::Fastest),
        ];
        for form in forms {
            assert_eq!(read(&form), expected);
            assert_eq!(read_small(&form), expected);
        }
    }
}

#[test]
fn a_compressed_capture_that_breaks_is_read_up_to_the_break() {
    let plain = small_pcap(9);
    for (form, keep) in [(zstd(&plain, 20), 150), (gzip(&plain), 100)] {
        let outcome = read(&form[..keep.min(form.len() - 9)]);
        assert!(read(&plain).frames.starts_with(&outcome.frames));
        assert_eq!(outcome.kinds(), [ProblemKind::BadCompression], "{:?}", outcome.problems);
        assert!(outcome.problems[0].offset.is_some());
    }
    assert!(!read(&zstd(&plain, 20)[..150]).frames.is_empty());
}

#[test]
fn a_compressed_capture_past_the_ceiling_is_read_up_to_it() {
    let form = gzip(&small_pcap(200));
    let outcome = drain(Reader::with_limits(Box::new(Cursor::new(form)), 64, 500));
    assert!(outcome.frames.len() > 10);
    assert_eq!(outcome.kinds(), [ProblemKind::DecompressionLimit]);
    assert_eq!(outcome.problems[0].offset, Some(500));
}

#[test]
fn a_pipe_that_fails_is_a_problem_behind_what_came_before() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    for (bytes, frames) in [(small_pcap(3), 3), (small_pcapng(3), 3), (Vec::new(), 0), (gzip(&small_pcap(3)), 3)] {
        let outcome = drain(Reader::open(Box::new(Cursor::new(bytes).chain(Fails))));
        assert_eq!(outcome.frames.len(), frames);
        assert_eq!(outcome.kinds(), [ProblemKind::Io], "{:?}", outcome.problems);
    }
}

#[test]
fn a_pipe_that_gives_one_octet_at_a_time_changes_nothing() {
    struct Drip(Cursor<Vec<u8>>);
    impl Read for Drip {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let one = into.len().min(1);
            self.0.read(&mut into[..one])
        }
    }
    let mut broken = small_pcap(5);
    broken.splice(100..103, [0xff; 40]);
    for bytes in [small_pcap(20), small_pcapng(20), gzip(&small_pcapng(20)), zstd(&small_pcap(20), 9), broken] {
        let outcome = drain(Reader::open(Box::new(Drip(Cursor::new(bytes.clone())))));
        assert_eq!(outcome, read(&bytes));
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

    for (precision, nanos) in [(write::Precision::Nanos, 123_456_789), (write::Precision::Micros, 123_456_000)] {
        let mut bytes = Vec::new();
        write::pcap_header(&mut bytes, precision, LinkType(1), 262_144).unwrap();
        write::pcap_record(&mut bytes, precision, time, b"hello", 9).unwrap();
        let outcome = read(&bytes);
        assert_eq!(outcome.frames[0].nanos, Some(1_700_000_000_000_000_000 + nanos));
        assert_eq!(outcome.kinds(), [ProblemKind::CutPackets]);
    }
}

/// Whatever the octets: no panic, an end, frames numbered upwards, and no more problems than octets.
fn holds(bytes: &[u8]) {
    let outcome = read_small(bytes);
    assert!(outcome.numbers().is_sorted_by(|a, b| a < b));
    assert!(outcome.problems.len() <= bytes.len() + 1);
    assert_eq!(outcome, read(bytes));
}

fn capture() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(small_pcap(12)),
        Just(small_pcapng(12)),
        Just([small_pcapng(3), BE.section(), BE.interface(1, 3, &[]), BE.simple(9, b"abc")].concat()),
        Just(gzip(&small_pcap(12))),
        Just(zstd(&small_pcapng(12), 30)),
        Just(ruzstd::encoding::compress_to_vec(&small_pcap(12)[..], ruzstd::encoding::CompressionLevel::Fastest)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        holds(&bytes);
        for head in [small_pcap(1), small_pcapng(1), BE.section()] {
            holds(&[head, bytes.clone()].concat());
        }
    }

    #[test]
    fn any_damage_is_survived(
        mut bytes in capture(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        for (at, octet) in damage {
            let at = at.index(bytes.len());
            bytes[at] = octet;
        }
        holds(&bytes);
        holds(&bytes[..cut.index(bytes.len())]);
        bytes.remove(cut.index(bytes.len()));
        holds(&bytes);
    }
}
