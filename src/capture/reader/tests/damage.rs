//! Files that are cut, damaged, compressed or no captures at all.

use super::*;
use crate::capture::unfold::tests::{gzip, zstd};
use proptest::prelude::*;

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
