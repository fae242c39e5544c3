//! Downloads in captures: tied to the session after them, told in its operation, never kept.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

use dmscope::base::ProblemKind;
use dmscope::entry;
use dmscope::fixture::{Capture, Network, Script};
use dmscope::verdict::{Report, SessionReport};

fn text() -> String {
    let path = format!("{}/tests/fixtures/o05.dms", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn analysed(text: &str) -> Report {
    entry::analyse(&Script::parse(text).unwrap().capture()).unwrap()
}

/// The rows of the requests of a session: purpose, status, octets received, whether they are all.
fn rows(session: &SessionReport<'_>) -> Vec<(String, Option<u16>, u64, Option<bool>)> {
    let requests = session.downloads.iter().flat_map(|download| &download.requests);
    requests.map(|one| (one.purpose.to_string(), one.status, one.received, one.complete)).collect()
}

#[test]
fn a_download_is_shown_with_the_session_after_it_whatever_carries_it() {
    let networks = [
        Network::default(),
        Network { split: 100, reorder: 5, duplicate: 7, seed: 3, ..Network::default() },
        Network { connection_per_exchange: true, ipv6: true, ..Network::default() },
    ];
    for network in networks {
        let script = Script::parse(&text()).unwrap().with_network(network.clone()).unwrap();
        let report = entry::analyse(&script.capture()).unwrap();
        let [first, second] = report.sessions.as_slice() else { panic!("{}", report.sessions.len()) };
        assert!(first.downloads.is_empty());
        let rows = rows(second);
        assert_eq!(
            rows[1..],
            [("object".to_owned(), Some(200), 1234, Some(true)), ("report".to_owned(), Some(204), 0, Some(true)),],
            "{network:?}"
        );
        let download = &second.downloads[0];
        assert_eq!((&*download.nodes[0], &*download.asked_in), ("./FwUpdate/Download/PkgURL", "1A"));
        let holds = download.requests[0].holds.as_deref().unwrap();
        assert!(holds.contains("size 1234") && holds.contains("at http://dl.example.com/fw.bin"), "{holds}");
        assert_eq!(download.requests[2].holds.as_deref(), Some("900 Success"));
        assert_eq!(
            second.operations[0].text,
            "firmware download of ./FwUpdate (begun in session 1A): accepted, downloaded (descriptor, 1234 octets, reported 900 Success), \
             downloaded (200 success)"
        );
    }
}

#[test]
fn an_object_is_counted_and_not_kept() {
    let size = 300_000_usize;
    let large = text().replace("1234", &size.to_string());
    let report = analysed(&large);
    assert_eq!(rows(&report.sessions[1])[1], ("object".to_owned(), Some(200), size as u64, Some(true)));
    assert!(report.findings.iter().all(|finding| !finding.rule.starts_with("DLO")));
    // In chunks nothing says how long it is.
    let script = Script::parse(&text()).unwrap();
    let chunked = script.with_network(Network { chunked: true, ..Network::default() }).unwrap();
    let report = entry::analyse(&chunked.capture()).unwrap();
    assert_eq!(rows(&report.sessions[1])[1], ("object".to_owned(), Some(200), 1234, None));
    assert_eq!(report.sessions[1].downloads[0].requests[2].holds.as_deref(), Some("900 Success"));
}

#[test]
fn a_download_that_no_session_follows_is_a_problem_of_the_input() {
    let text = text();
    let (alone, _) = text.split_once("session session=1B").unwrap();
    let report = analysed(alone);
    assert!(report.sessions[0].downloads.is_empty());
    let problem = report.inputs[0].problems.iter().find(|one| one.kind == ProblemKind::DownloadAlone).unwrap();
    assert!(
        problem.text.contains("./FwUpdate/Download/PkgURL (downloaded (descriptor, 1234 octets"),
        "{}",
        problem.text
    );
}

#[test]
fn a_download_while_the_session_goes_on_belongs_to_it() {
    let text = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
        Replace ./F/Download/PkgURL=http://dl.example.com/fw\n    Exec ./F/Download correlator=c\ndownload GET http://dl.example.com/fw size=10\n\
        download GET http://dl.example.com/other size=10\ndevice\n    Status SyncHdr 200\n    Status * 200\nserver\n    Status SyncHdr 200\n";
    let report = analysed(text);
    assert_eq!(rows(&report.sessions[0]), [("package".to_owned(), Some(200), 10, Some(true))]);
}

#[test]
fn of_two_devices_behind_one_address_nobody_can_say() {
    let first = text();
    let other = "IMEI:004400112233446";
    let second = first
        .replace("IMEI:004400112233445", other)
        .replace("session session=", &format!("session device={other} session="));
    let (asks, after) = first.split_once("download GET").unwrap();
    let (asks_too, _) = second.split_once("download GET").unwrap();
    let report = analysed(&format!("{asks}{asks_too}download GET{after}"));
    assert!(report.sessions.iter().all(|session| session.downloads.is_empty()), "{:?}", report.sessions.len());
    // At addresses of their own, each has its own.
    let capture = Capture::new().script(&Script::parse(&first).unwrap()).script(&Script::parse(&second).unwrap());
    let report = entry::analyse(&capture.interleaved().bytes()).unwrap();
    let with: Vec<bool> = report.sessions.iter().map(|session| session.downloads.is_empty()).collect();
    assert_eq!(with, [true, true, false, false]);
}

#[test]
fn what_goes_on_is_given_to_the_session_after_it_once() {
    let text = text();
    let later = "download GET http://dl.example.com/fw.bin size=1234 type=application/x-delta\n";
    let third = "session session=1C\ndevice at=+900\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status \
        SyncHdr 200\n    Status * 200\n";
    let report = analysed(&format!("{text}{later}{third}"));
    let counts: Vec<usize> = report.sessions.iter().map(|session| rows(session).len()).collect();
    assert_eq!(counts, [0, 3, 1]);
}

/// What devices may do, and what leaves room for doubt: nothing is said of it.
#[test]
fn legal_downloads_are_accused_of_nothing() {
    let before = "session session=1A\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
        Replace ./F/Download/PkgURL=http://dl.example.com/fw.dd ./G/Download/PkgURL=http://dl.example.com/other.dd\n    Exec ./F/Download correlator=c\ndevice\n    Status SyncHdr 200\n    Status Replace 200\n    \
        Status Exec 202\nserver\n    Status SyncHdr 200\n";
    let after = "session session=1B\ndevice at=+90\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let descriptor = |name: &str, object: &str| {
        format!(
            "download GET http://dl.example.com/{name}\n    type=application/octet-stream size=200 objectURI={object} installNotifyURI=http://dl.example.com/done\n"
        )
    };
    let report = "download POST http://dl.example.com/done send=\"900 Success\"\n";
    let object = "http://dl.example.com/fw.bin";
    let variants = [
        // The server was busy, or wanted to know who asks; the object comes where nobody sees it.
        format!(
            "download GET http://dl.example.com/fw.dd status=503\n{}{report}",
            descriptor("fw.dd", "https://dl.example.com/fw.bin")
        ),
        format!(
            "download GET http://dl.example.com/fw.dd status=401\n{}{report}",
            descriptor("fw.dd", "https://dl.example.com/fw.bin")
        ),
        // It is there already, and asked for its rest.
        format!("{}download GET {object} status=416\n{report}", descriptor("fw.dd", object)),
        // Two downloads that are reported to one address.
        format!(
            "{}{}download GET {object} size=200\ndownload GET http://dl.example.com/b.bin status=404\n{report}download POST http://dl.example.com/done send=\"954 Loader Error\"\n",
            descriptor("fw.dd", object),
            descriptor("other.dd", "http://dl.example.com/b.bin")
        ),
        // A mirror that nobody sees, of a descriptor of version 2.0, whose reports have codes of their own.
        format!(
            "{}download GET {object} status=404\ndownload POST http://dl.example.com/done send=\"970 License Failed\"\n",
            descriptor("fw.dd DDVersion=2.0", object).replace("fw.dd DDVersion=2.0\n    ", "fw.dd\n    DDVersion=2.0 ")
        ),
    ];
    for requests in variants {
        let report = analysed(&format!("{before}{requests}{after}"));
        let found: Vec<&str> =
            report.findings.iter().map(|one| &*one.rule).filter(|rule| rule.starts_with("DLO")).collect();
        assert!(found.is_empty(), "{found:?}\n{requests}");
        assert!(report.sessions.iter().any(|session| !session.downloads.is_empty()), "{requests}");
    }
}
