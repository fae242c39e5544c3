//! Octets of any kind, cut anywhere.

use super::*;
use proptest::prelude::*;

/// Pieces of HTTP and of nothing, from which scripts are made.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<Vec<u8>> = [
        POST,
        OK,
        GET,
        "POST /dm HTTP/1.1\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 101 Up\r\n\r\n",
        "HEAD / HTTP/1.1\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\n\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Expect: 100-continue\r\n",
        "Connection: close\r\n",
        "Content-Encoding: gzip\r\n",
        "\r\n",
        "\r",
        "\n",
        "5\r\nabcde\r\n",
        "0\r\n\r\n",
        "0\r\n",
        " HTTP/1.1\r",
        "\x16\x03\x01",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    prop_oneof![
        6 => proptest::sample::select(known),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => piece().prop_map(Step::Client),
        8 => piece().prop_map(Step::Server),
        1 => proptest::option::of(0u64..200).prop_map(Step::ClientGap),
        1 => proptest::option::of(0u64..200).prop_map(Step::ServerGap),
    ]
}

#[test]
fn scripts_that_once_depended_on_where_they_were_cut_no_longer_do() {
    const START: &str = "POST /dm HTTP/1.1\r\n";
    for (mid_stream, steps) in [
        (true, vec![c("Content-Length: 5\r\n"), c(START), s(POST)]),
        (true, vec![c("!"), c(START), s(POST)]),
        (true, vec![s(START), c(OK), s("Expect: 100-continue\r\n"), s(POST), Step::ClientGap(None)]),
        (false, vec![Step::ServerGap(None), s(START), c("HEAD / HTTP/1.1\r\n\r\n"), s(POST)]),
        (false, vec![Step::ServerGap(None), s(START), c("HTTP/1.1 200 OK\r\n"), Step::ClientGap(None)]),
        (
            false,
            vec![
                c("HTTP/1.1 200 OK\r\n"),
                c(START),
                c("\r"),
                s("HTTP/1.1 101 Up\r\n\r\n"),
                Step::ServerGap(None),
                c(POST),
            ],
        ),
    ] {
        let run = whole(mid_stream, &steps);
        let expected = run.lines();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check("a script", mid_stream, &steps, &expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_octets_give_the_same_exchanges_however_they_are_cut(
        mid_stream: bool,
        steps in proptest::collection::vec(step(), 0..24),
        width in 1usize..9,
    ) {
        let run = whole(mid_stream, &steps);
        let cut = replay(mid_stream, &steps, everything, &|_, bytes| (1..bytes.len()).step_by(width).collect());
        prop_assert_eq!(run.lines(), cut.lines());
        prop_assert_eq!(run.stats, cut.stats);
        let mut ordinals: Vec<_> = run.exchanges.iter().map(|exchange| exchange.ordinal).collect();
        ordinals.sort_unstable();
        ordinals.dedup();
        prop_assert_eq!(ordinals.len(), run.exchanges.len());
    }

    #[test]
    fn random_octets_are_survived(mid_stream: bool, bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = whole(mid_stream, &[c(&bytes), s(&bytes), FINISHED]);
    }
}
