//! TCP: what comes out of the whole layer for segments made by hand, and for hostile ones.

use super::testing::{Bench, CLIENT, ETHERNET, RAW, SERVER, Step, c, endpoint, ethernet, handshake, ip, s, tcp};
use crate::base::{Limits, ProblemKind};
use proptest::prelude::*;

struct Scenario {
    name: &'static str,
    /// Whether the three packets of the handshake come first (frames 1 to 3).
    established: bool,
    steps: Vec<Step>,
    expected: &'static [&'static str],
    problems: &'static [ProblemKind],
}

fn acks(count: usize, acknowledgement: u32) -> Vec<Step> {
    vec![s(1, acknowledgement, "A", ""); count]
}

fn scenarios() -> Vec<Scenario> {
    use ProblemKind::{BadPacket, ConflictingRetransmission, StreamGap};
    let of = |name, steps, expected| Scenario { name, established: true, steps, expected, problems: &[] };
    let bare = |name, steps, expected| Scenario { established: false, ..of(name, steps, expected) };
    let with = |problems, scenario| Scenario { problems, ..scenario };
    let lost_then = |after: Vec<Step>| [vec![c(1, 1, "A", "ab"), c(5, 1, "A", "ef")], after].concat();
    vec![
        of(
            "segments in order",
            vec![c(1, 1, "A", "ab"), s(1, 3, "A", "xyz"), c(3, 4, "A", "cd")],
            &["open 40000", "c ab @4", "s xyz @5", "c cd @6", "end"],
        ),
        of(
            "swapped segments keep their own frames",
            vec![c(3, 1, "A", "cd"), c(5, 1, "A", "ef"), c(1, 1, "A", "ab")],
            &["open 40000", "c ab @6", "c cd @4", "c ef @5", "end"],
        ),
        of(
            "a retransmission is dropped",
            vec![c(1, 1, "A", "abcd"), c(1, 1, "A", "abcd"), c(3, 1, "A", "cd"), c(5, 1, "A", "e")],
            &["open 40000", "c abcd @4", "c e @7", "end"],
        ),
        of(
            "a retransmission with more in it gives what is new",
            vec![c(1, 1, "A", "abc"), c(1, 1, "A", "abcdef")],
            &["open 40000", "c abc @4", "c def @5", "end"],
        ),
        of(
            "pieces that wait are filled in around",
            vec![c(5, 1, "A", "ef"), c(9, 1, "A", "ij"), c(3, 1, "A", "cdefghijkl"), c(1, 1, "A", "ab")],
            &["open 40000", "c ab @7", "c cd @6", "c ef @4", "c gh @6", "c ij @5", "c kl @6", "end"],
        ),
        of(
            "a segment in order that reaches over pieces that wait",
            vec![c(3, 1, "A", "cd"), c(7, 1, "A", "gh"), c(1, 1, "A", "abcdefghi")],
            &["open 40000", "c ab @6", "c cd @4", "c ef @6", "c gh @5", "c i @6", "end"],
        ),
        with(
            &[ConflictingRetransmission],
            of(
                "of different octets that wait the first win",
                vec![c(3, 1, "A", "cd"), c(3, 1, "A", "XY"), c(1, 1, "A", "abZZef")],
                &["open 40000", "c ab @6", "c cd @4", "c ef @6", "end"],
            ),
        ),
        with(
            &[ConflictingRetransmission],
            of(
                "a different retransmission of what was passed on",
                vec![c(1, 1, "A", "ab"), c(3, 1, "A", "cd"), c(1, 1, "A", "aB")],
                &["open 40000", "c ab @4", "c cd @5", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "a hole is closed after the acknowledgement and some packets",
                lost_then([acks(40, 7), vec![c(7, 1, "A", "gh")]].concat()),
                &["open 40000", "c ab @4", "c gap 2", "c ef @5", "c gh @46", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "a hole is closed after the acknowledgement and some time",
                lost_then(vec![s(1, 7, "A", ""), s(1, 7, "A", "late").wait(1_500)]),
                &["open 40000", "c ab @4", "c gap 2", "c ef @5", "s late @7", "end"],
            ),
        ),
        of(
            "an acknowledgement captured before what it acknowledges makes no hole",
            [vec![c(1, 1, "A", "ab")], acks(20, 7), vec![c(3, 1, "A", "cdef")], acks(40, 7)].concat(),
            &["open 40000", "c ab @4", "c cdef @25", "end"],
        ),
        with(
            &[StreamGap],
            of(
                "octets of which nothing was captured but the acknowledgement",
                [vec![c(1, 1, "A", "ab")], acks(40, 10), vec![c(10, 1, "A", "xy")]].concat(),
                &["open 40000", "c ab @4", "c gap 7", "c xy @45", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "a hole that is still open at the end",
                lost_then(vec![]),
                &["open 40000", "c ab @4", "c gap 2", "c ef @5", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "two holes, one acknowledged",
                [vec![c(3, 1, "A", "cd"), c(7, 1, "A", "gh")], acks(40, 5), vec![c(5, 1, "A", "ef")]].concat(),
                &["open 40000", "c gap 2", "c cd @4", "c ef @46", "c gh @5", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "what the snap length cut off is a hole",
                vec![c(1, 1, "A", "abcd").snap(2), c(5, 1, "A", "ef"), s(1, 7, "FA", ""), c(7, 2, "FA", "")],
                &["open 40000", "c ab @4", "s fin @6", "c gap 2", "c ef @5", "c fin @7", "end"],
            ),
        ),
        of(
            "a FIN with data",
            vec![c(1, 1, "FA", "ab"), s(1, 4, "FA", "xyz"), c(4, 5, "A", "")],
            &["open 40000", "c ab @4", "c fin @4", "s xyz @5", "s fin @5", "Finished"],
        ),
        of(
            "a FIN before the data",
            vec![c(3, 1, "FA", "cd"), c(1, 1, "A", "ab")],
            &["open 40000", "c ab @5", "c cd @4", "c fin @4", "end"],
        ),
        of(
            "one end goes on after the other's FIN",
            vec![c(1, 1, "FA", ""), s(1, 2, "A", "xyz"), s(4, 2, "FA", "")],
            &["open 40000", "c fin @4", "s xyz @5", "s fin @6", "Finished"],
        ),
        of(
            "a FIN that was not captured is no missing octet",
            [vec![c(1, 1, "A", "ab")], acks(40, 4)].concat(),
            &["open 40000", "c ab @4", "end"],
        ),
        with(
            &[StreamGap],
            of(
                "an acknowledged FIN behind a hole is no octet",
                [vec![c(1, 1, "A", "ab"), c(5, 1, "FA", "ef")], acks(40, 8)].concat(),
                &["open 40000", "c ab @4", "c gap 2", "c ef @5", "c fin @5", "end"],
            ),
        ),
        with(
            &[StreamGap],
            of(
                "an acknowledgement of a FIN that comes after it",
                [vec![c(1, 1, "A", "ab")], acks(2, 6), vec![c(5, 1, "FA", "")], acks(40, 6)].concat(),
                &["open 40000", "c ab @4", "c gap 2", "c fin @7", "end"],
            ),
        ),
        of(
            "stragglers after the end open nothing",
            vec![
                c(1, 1, "FA", "ab"),
                s(1, 4, "FA", "xyz"),
                c(1, 1, "FA", "ab"),
                s(1, 4, "FA", "xyz"),
                c(4, 5, "A", ""),
                s(5, 4, "R", ""),
                c(0, 0, "S", ""),
            ],
            &["open 40000", "c ab @4", "c fin @4", "s xyz @5", "s fin @5", "Finished"],
        ),
        of(
            "a RST ends both directions",
            vec![c(1, 1, "A", "ab"), s(1, 3, "RA", ""), c(3, 1, "A", "in flight"), s(1, 3, "R", "")],
            &["open 40000", "c ab @4", "Reset"],
        ),
        with(
            &[StreamGap],
            of(
                "a RST gives up what is missing",
                lost_then(vec![s(1, 7, "RA", "")]),
                &["open 40000", "c ab @4", "c gap 2", "c ef @5", "Reset"],
            ),
        ),
        of(
            "a RST out of the window is not believed",
            vec![c(1, 1, "A", "ab"), s(2_000_000_000, 3, "R", ""), c(3, 1, "A", "cd")],
            &["open 40000", "c ab @4", "c cd @6", "end"],
        ),
        of(
            "a forged RST, after which its sender goes on",
            vec![c(1, 1, "A", "ab"), s(1, 3, "R", ""), s(1, 3, "A", "HTTP/1.1 200")],
            &["open 40000", "c ab @4", "Reset", "#1 open 40000 mid", "#1 s HTTP/1.1 200 @6", "#1 end"],
        ),
        bare(
            "a refused connection, tried again",
            vec![
                c(0, 0, "S", ""),
                s(0, 1, "RA", "").base(1_000, 0),
                c(0, 0, "S", ""),
                s(0, 1, "SA", ""),
                c(1, 1, "A", "ab"),
            ],
            &["open 40000", "Reset", "#1 open 40000", "#1 c ab @5", "#1 end"],
        ),
        of(
            "the ports are used again",
            vec![c(1, 1, "A", "ab"), c(0, 0, "S", "").base(9_000, 0), s(0, 1, "SA", "").base(9_000, 70_000)],
            &["open 40000", "c ab @4", "Reopened", "#1 open 40000", "#1 end"],
        ),
        of(
            "the ports are used again after the end",
            vec![
                c(1, 1, "FA", ""),
                s(1, 2, "FA", ""),
                c(0, 0, "S", "").base(9_000, 0),
                s(0, 1, "SA", "").base(9_000, 70_000),
                c(1, 1, "A", "new").base(9_000, 70_000),
            ],
            &["open 40000", "c fin @4", "s fin @5", "Finished", "#1 open 40000", "#1 c new @8", "#1 end"],
        ),
        of(
            "the ports are used again and the SYN is not captured",
            vec![
                c(1, 1, "A", "ab"),
                c(1, 1, "A", "POST 1").base(3_000_000_000, 2_000_000_000),
                c(7, 1, "A", "POST 2").base(3_000_000_000, 2_000_000_000),
                c(13, 1, "A", "POST 3").base(3_000_000_000, 2_000_000_000),
            ],
            &["open 40000", "c ab @4", "Reopened", "#1 open 40000 mid", "#1 c POST 3 @7", "#1 end"],
        ),
        of(
            "a repeated SYN is no new connection",
            vec![c(0, 0, "S", ""), s(0, 1, "SA", ""), c(1, 1, "A", "ab"), c(0, 0, "S", "")],
            &["open 40000", "c ab @6", "end"],
        ),
        bare(
            "a SYN with data",
            vec![c(0, 0, "S", "ab"), s(0, 3, "SA", ""), c(1, 1, "A", "abcd")],
            &["open 40000", "c ab @1", "c cd @3", "end"],
        ),
        bare(
            "the SYN is not captured, its answer is",
            vec![s(0, 1, "SA", ""), c(1, 1, "A", "ab"), c(0, 0, "S", "")],
            &["open 40000", "c ab @2", "end"],
        ),
        bare(
            "both ends send a SYN",
            vec![c(0, 0, "S", ""), s(0, 0, "S", ""), c(0, 1, "SA", ""), s(0, 1, "SA", ""), s(1, 1, "A", "x1")],
            &["open 40000", "s x1 @5", "end"],
        ),
        bare(
            "a request in the middle tells the client",
            vec![c(100, 100, "A", "POST /dm HTTP/1.1"), s(100, 117, "A", "HTTP/1.1 200")],
            &["open 40000 mid", "c POST /dm HTTP/1.1 @1", "s HTTP/1.1 200 @2", "end"],
        ),
        bare(
            "a response in the middle tells the server",
            vec![s(100, 100, "A", "HTTP/1.1 200")],
            &["open 40000 mid", "s HTTP/1.1 200 @1", "end"],
        ),
        bare(
            "other data in the middle: the higher port is the client's",
            vec![s(100, 100, "A", "body"), c(100, 104, "A", "more")],
            &["open 40000 mid", "s body @1", "c more @2", "end"],
        ),
        bare(
            "in the middle, the other end may begin before what was acknowledged",
            vec![c(100, 110, "A", "POST x"), s(100, 100, "A", "0123456789ab")],
            &["open 40000 mid", "c POST x @1", "s 0123456789ab @2", "end"],
        ),
        bare(
            "packets without data open nothing in the middle",
            vec![c(1, 1, "A", ""), s(1, 1, "FA", ""), c(1, 2, "R", ""), c(0, 2, "A", "\0")],
            &[],
        ),
        of(
            "probes are no data",
            vec![
                c(1, 1, "A", "abc"),
                c(3, 1, "A", ""),
                c(3, 1, "A", "\0"),
                s(1, 4, "A", ""),
                c(4, 1, "A", "d"),
                c(4, 1, "A", "\0"),
                c(5, 1, "A", "e"),
            ],
            &["open 40000", "c abc @4", "c d @8", "c e @10", "end"],
        ),
        bare(
            "numbers wrap around",
            [
                vec![c(0, 0, "S", ""), s(0, 1, "SA", ""), c(3, 1, "A", "cdef"), c(1, 1, "A", "ab")],
                vec![c(9, 1, "A", "ij"), c(7, 1, "A", "gh"), s(1, 11, "A", "ok")],
            ]
            .concat()
            .into_iter()
            .map(|step| step.base(u32::MAX - 3, u32::MAX))
            .collect(),
            &["open 40000", "c ab @4", "c cdef @3", "c gh @6", "c ij @5", "s ok @7", "end"],
        ),
        with(
            &[BadPacket],
            of(
                "octets after the FIN are told",
                vec![c(1, 1, "FA", "ab"), c(4, 1, "A", "more")],
                &["open 40000", "c ab @4", "c fin @4", "end"],
            ),
        ),
        of(
            "SYN with FIN is noise",
            vec![c(0, 0, "SF", "").base(77, 77), c(1, 1, "A", "ab")],
            &["open 40000", "c ab @5", "end"],
        ),
    ]
}

fn run(scenario: &Scenario, copies: usize) -> Bench {
    let mut bench = Bench::default();
    let before = if scenario.established { handshake() } else { Vec::new() };
    for step in before.iter().chain(&scenario.steps) {
        for _ in 0..copies {
            bench.step(step);
        }
    }
    bench.finish();
    bench
}

#[test]
fn streams_come_out_as_the_scenarios_say() {
    for scenario in scenarios() {
        let mut bench = run(&scenario, 1);
        assert_eq!(bench.events, scenario.expected, "{}", scenario.name);
        assert_eq!(bench.problems(), scenario.problems, "{}", scenario.name);
    }
}

#[test]
fn frames_captured_twice_change_nothing() {
    for scenario in scenarios() {
        // Counts of packets and of strays are those of single frames.
        if scenario.name.contains("captured before") || scenario.name.contains("SYN is not captured") {
            continue;
        }
        let plain = |event: &str| event.split(" @").next().unwrap_or_default().to_owned();
        let mut bench = run(&scenario, 2);
        let events: Vec<String> = bench.events.iter().map(|event| plain(event)).collect();
        let expected: Vec<String> = scenario.expected.iter().map(|event| plain(event)).collect();
        assert_eq!(events, expected, "{}", scenario.name);
        assert_eq!(bench.problems(), scenario.problems, "{}", scenario.name);
    }
}

#[test]
fn every_ceiling_ends_in_a_gap_or_a_close() {
    let mut bench = Bench::default();
    for step in handshake() {
        bench.step(&step);
    }
    let block = "z".repeat(60_000);
    for at in 0..=(Limits::FLOW_BUFFER / block.len()) as u32 {
        bench.step(&c(10 + at * 60_000, 1, "A", &block));
    }
    assert_eq!(bench.events.get(1).map(String::as_str), Some("c gap 9"));
    assert_eq!(bench.problems(), [ProblemKind::BufferLimit, ProblemKind::StreamGap]);
}

#[test]
fn the_ceiling_over_all_flows_frees_the_one_that_waited_longest() {
    let mut bench = Bench::default();
    let (client, server) = (endpoint(CLIENT), endpoint(SERVER));
    let mut send = |port: u16, sequence: u32, payload: &[u8]| {
        let segment = tcp((port, 80), sequence, 1, if payload.is_empty() { "S" } else { "A" }, payload);
        bench.frame(ETHERNET, &ethernet(0x0800, &ip(client.address, server.address, 6, &segment)));
    };
    let block = vec![b'z'; 60_000];
    let blocks = (Limits::FLOW_BUFFER / block.len() - 1) as u32;
    let flows = (Limits::ALL_FLOW_BUFFERS / Limits::FLOW_BUFFER + 1) as u16;
    for port in 0..flows {
        send(1_000 + port, 0, b"");
        for at in 0..blocks {
            send(1_000 + port, 100 + at * 60_000, &block);
        }
    }
    assert!(bench.events.contains(&"c gap 99".to_owned()));
    assert!(!bench.events.contains(&"#1 c gap 99".to_owned()));
    assert!(bench.problems().contains(&ProblemKind::BufferLimit));
}

#[test]
fn with_too_many_flows_the_one_idle_longest_is_closed() {
    let mut bench = Bench::default();
    let server = endpoint(SERVER);
    let syn = |bench: &mut Bench, number: u32| {
        let client = std::net::IpAddr::V4(std::net::Ipv4Addr::from(0x0a01_0000 + number));
        bench.frame(RAW, &ip(client, server.address, 6, &tcp((4_000, 80), 1, 0, "S", b"")));
    };
    for number in 0..Limits::FLOWS as u32 {
        syn(&mut bench, number);
    }
    syn(&mut bench, 0);
    syn(&mut bench, Limits::FLOWS as u32);
    syn(&mut bench, Limits::FLOWS as u32 + 1);
    let closed: Vec<&String> = bench.events.iter().filter(|event| event.ends_with("Evicted")).collect();
    assert_eq!(closed, ["#1 Evicted", "#2 Evicted"]);
    assert_eq!(bench.problems(), [ProblemKind::FlowLimit]);
}

/// Segments of a text: cut at random, some twice, in a random order within a window.
fn segments(len: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let piece = (1..60usize, 0..12u32, any::<u32>());
    proptest::collection::vec(piece, len).prop_map(move |pieces| {
        let mut out: Vec<(u64, usize, usize)> = Vec::new();
        let mut start = 0;
        for (at, (size, repeat, delay)) in (0u64..).zip(pieces) {
            let end = (start + size).min(len);
            if start == end {
                break;
            }
            let delay = u64::from(delay % 20);
            out.push((at * 4 + delay, start, end));
            if repeat < 4 {
                // A repetition that is cut elsewhere, later.
                out.push((at * 4 + delay * 3 + 1, start.saturating_sub(repeat as usize * 5), end));
            }
            start = end;
        }
        out.sort_by_key(|(key, ..)| *key);
        out.into_iter().map(|(_, start, end)| (start, end)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_the_order_the_octets_come_out_as_sent(
        request in segments(700),
        response in segments(900),
        base in (any::<u32>(), any::<u32>()),
        acknowledged in any::<bool>(),
    ) {
        let sent: Vec<String> = [700, 900].map(|len| {
            (0..len).map(|at: u32| char::from(b'a' + (at.wrapping_mul(at) / 7 % 26) as u8)).collect()
        }).into();
        let mut bench = Bench::default();
        for step in handshake() {
            bench.step(&step.base(base.0, base.1));
        }
        let mut streams = [request.into_iter(), response.into_iter()];
        let mut turn = 0;
        let mut open = [true, true];
        // Only what has arrived is acknowledged, as the last octets would be.
        let mut reached = [0usize; 2];
        let mut arrived = [vec![false; 700], vec![false; 900]];
        while open.contains(&true) {
            let Some((start, end)) = streams[turn].next() else {
                open[turn] = false;
                turn = 1 - turn;
                continue;
            };
            arrived[turn][start..end].fill(true);
            while arrived[turn].get(reached[turn]) == Some(&true) {
                reached[turn] += 1;
            }
            let other = 1 - turn;
            let ack = if acknowledged { 1 + reached[other] as u32 } else { 1 };
            let make = if turn == 0 { c } else { s };
            bench.step(&make(1 + start as u32, ack, "A", &sent[turn][start..end]).base(base.0, base.1));
            turn = other;
        }
        bench.step(&c(701, 901, "FA", "").base(base.0, base.1));
        bench.step(&s(901, 702, "FA", "").base(base.0, base.1));
        prop_assert_eq!(bench.events.last().map(String::as_str), Some("Finished"));
        bench.finish();
        let got: Vec<String> = bench.octets.iter().map(|octets| String::from_utf8_lossy(octets).into()).collect();
        prop_assert_eq!(got, sent);
        prop_assert_eq!(bench.problems(), []);
    }

    #[test]
    fn random_octets_are_no_harm(
        link in prop::sample::select(vec![0u16, 1, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147]),
        head in prop::sample::select(vec![
            vec![],
            vec![0x45],
            vec![0x60],
            ethernet(0x0800, &[])[..14].to_vec(),
            ethernet(0x86dd, &[])[..14].to_vec(),
            ethernet(0x8864, &[0x11, 0, 0, 1])[..18].to_vec(),
        ]),
        frames in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..120), 0..3usize), 1..8),
    ) {
        let mut bench = Bench::default();
        for (tail, cut) in frames {
            let frame = [&head[..], &tail].concat();
            bench.cut_frame(link, &frame, frame.len() + cut * 700);
        }
        bench.finish();
    }

    #[test]
    fn random_segments_of_one_connection_are_no_harm(
        segments in proptest::collection::vec(
            (any::<bool>(), prop_oneof![0..40u32, any::<u32>()], prop_oneof![0..40u32, any::<u32>()],
             prop::sample::select(vec!["S", "SA", "A", "A", "A", "A", "FA", "F", "R", "RA", "SF"]), 0..12usize,
             prop_oneof![Just(1i64), Just(700)]),
            1..60),
    ) {
        let mut bench = Bench::default();
        let text = "abcdefghijkl";
        for (from_client, sequence, acknowledgement, flags, len, wait) in segments {
            let step = c(sequence, acknowledgement, flags, &text[..len]).wait(wait);
            bench.step(&Step { from_client, ..step });
        }
        bench.finish();
        let opened = bench.events.iter().filter(|event| event.contains("open ")).count();
        let closed = ["end", "Reset", "Finished", "Reopened", "Evicted"];
        let ended = bench.events.iter().filter(|event| closed.iter().any(|end| event.ends_with(end))).count();
        prop_assert_eq!(opened, ended, "every flow that opens closes");
    }
}
