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
    // In chunks the last one says that nothing follows.
    let script = Script::parse(&text()).unwrap();
    let chunked = script.with_network(Network { chunked: true, ..Network::default() }).unwrap();
    let report = entry::analyse(&chunked.capture()).unwrap();
    assert_eq!(rows(&report.sessions[1])[1], ("object".to_owned(), Some(200), 1234, Some(true)));
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

/// A session that writes this address, and asks for the download; then these lines, and the session after it.
fn asked(url: &str, requests: &str) -> Report {
    analysed(&format!(
        "session session=1A\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
         Replace ./F/Download/PkgURL={url}\n    Exec ./F/Download correlator=c\ndevice\n    Status SyncHdr 200\n    Status Replace 200\n    Status Exec 202\nserver\n    \
         Status SyncHdr 200\n{requests}session session=1B\ndevice at=+90\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    \
         Status * 200\n"
    ))
}

#[test]
fn an_address_is_the_same_in_every_spelling() {
    for (written, fetched) in [
        ("http://dl.example.com/a%2fb/fw", "http://dl.example.com/a%2Fb/fw"),
        ("http://dl.example.com/%7Ex/fw", "http://dl.example.com/~x/fw"),
        ("http://dl.example.com/a/../b/./fw", "http://dl.example.com/b/fw"),
        ("http://DL.EXAMPLE.com/fw", "http://dl.example.com/fw"),
        ("http://dl.example.com:80/fw", "http://dl.example.com/fw"),
        ("http://dl.example.com./fw", "http://dl.example.com/fw"),
        ("http://bücher.example/fw", "http://xn--bcher-kva.example/fw"),
        ("http://dl.example.com/fw?n=ä", "http://dl.example.com/fw?n=%c3%a4"),
        ("http://dl.example.com", "http://dl.example.com/"),
    ] {
        let report = asked(written, &format!("download GET {fetched} size=10\n"));
        assert_eq!(rows(&report.sessions[1]), [("package".to_owned(), Some(200), 10, Some(true))], "{written}");
        assert!(report.findings.iter().all(|finding| !finding.rule.starts_with("DLO")), "{written}");
    }
    // These are two places.
    let report = asked("http://dl.example.com/a%2Fb", "download GET http://dl.example.com/a/b size=10\n");
    assert!(report.sessions[1].downloads.is_empty());
}

#[test]
fn ranges_of_an_object_are_added_up() {
    let of = |requests: &str| {
        let report = asked("http://dl.example.com/fw", requests);
        assert!(report.findings.iter().all(|finding| !finding.rule.starts_with("DLO")), "{requests}");
        let download = &report.sessions[1].downloads[0];
        (download.received, download.size, download.complete, download.summary.to_string())
    };
    let part = |first: u64, last: u64, total: &str| {
        format!(
            "download GET http://dl.example.com/fw size={} status=206 range=\"bytes {first}-{last}/{total}\"\n",
            last - first + 1
        )
    };
    let whole = [part(0, 49, "200"), part(50, 149, "200"), part(150, 199, "200")].concat();
    assert_eq!(of(&whole), (Some(200), Some(200), Some(true), "downloaded (200 octets in 3 parts)".to_owned()));
    // In another order, and some octets twice.
    let again = [part(100, 199, "200"), part(0, 120, "200")].concat();
    assert_eq!(of(&again), (Some(200), Some(200), Some(true), "downloaded (200 octets in 2 parts)".to_owned()));
    let hole = [part(0, 49, "200"), part(100, 199, "200")].concat();
    assert_eq!(of(&hole), (Some(150), Some(200), Some(false), "download (150 of 200 octets in 2 parts)".to_owned()));
    assert_eq!(of(&part(0, 49, "200")), (Some(50), Some(200), Some(false), "download (50 of 200 octets)".to_owned()));
    // It became another one on the way, or nobody says how long it is.
    for other in [[part(0, 49, "200"), part(50, 299, "300")].concat(), part(0, 49, "*")] {
        assert_eq!(of(&other).2, None, "{other}");
    }
    // Broken off, and gone on with.
    let resumed = format!(
        "download GET http://dl.example.com/fw size=80 length=200\n{}",
        part(80, 199, "200").trim_end().to_owned() + " conn=2000\n"
    );
    assert_eq!(of(&resumed), (Some(200), Some(200), Some(true), "downloaded (200 octets in 2 parts)".to_owned()));
    // One that is lost may have brought the rest.
    let lost = format!("{}download GET http://dl.example.com/fw lost\n{}", part(0, 49, "200"), part(100, 199, "200"));
    assert_eq!(of(&lost).2, None);
}

#[test]
fn ever_so_many_ranges_leave_room_for_the_report() {
    let mut requests = "download GET http://dl.example.com/fw\n    type=application/octet-stream size=2000 objectURI=fw.bin installNotifyURI=done\n".to_owned();
    for at in 0..200 {
        let first = at * 10;
        requests.push_str(&format!(
            "download GET http://dl.example.com/fw.bin size=10 status=206 range=\"bytes {first}-{}/2000\"\n",
            first + 9
        ));
    }
    requests.push_str("download POST http://dl.example.com/done send=\"900 Success\"\n");
    let report = asked("http://dl.example.com/fw", &requests);
    let download = &report.sessions[1].downloads[0];
    assert_eq!(download.summary, "downloaded (descriptor, 2000 octets in 200 parts, reported 900 Success)");
    let last = download.requests.last().unwrap();
    assert_eq!((&*last.purpose, last.meaning.as_deref()), ("report", Some("Success")));
    let folded: Vec<(Option<&str>, u32)> =
        download.requests.iter().filter(|one| one.more > 0).map(|one| (one.range.as_deref(), one.more)).collect();
    assert_eq!(folded, [(Some("300-1999/2000"), 169)]);
}

#[test]
fn an_address_that_comes_in_chunks_is_one() {
    let asks = |first: &str, second: &str| {
        let text = format!(
            "session session=1A\ndevice\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n    \
             {first}\ndevice\n    Status SyncHdr 200\n    Status * 213\n    Alert 1222\nserver\n    Status SyncHdr 200\n    Status * 200\n    {second}\n    Exec ./F/Download \
             correlator=c\ndevice\n    Status SyncHdr 200\n    Status Replace 200\n    Status Exec 202\nserver\n    Status SyncHdr 200\n\
             download GET http://dl.example.com/fw.bin size=10\nsession session=1B\ndevice at=+90\n    Alert 1201\n    Replace \
             ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n"
        );
        analysed(&text).sessions[1].downloads.len()
    };
    let first = "Replace ./F/Download/PkgURL=http://dl.exam size=28 more";
    assert_eq!(asks(first, "Replace ./F/Download/PkgURL=ple.com/fw.bin"), 1);
    // What was broken off does not go on in another node, and a whole value begins anew.
    assert_eq!(asks(first, "Replace ./G/Download/PkgURL=ple.com/fw.bin"), 0);
    assert_eq!(asks(first, "Replace ./F/Download/PkgURL=ple.com/other.bin"), 0);
}

/// Rows of the list of operations without an end: what, since which session and message.
fn pending(report: &Report) -> Vec<(String, String)> {
    report.pending.iter().map(|row| (row.name(), row.since())).collect()
}

#[test]
fn an_operation_without_an_end_is_listed() {
    let text = text();
    let (first, _) = text.split_once("session session=1B").unwrap();
    let report = analysed(first);
    assert_eq!(
        pending(&report),
        [("firmware download of ./FwUpdate/Download (FUMO)".to_owned(), "since session 1, message 2".to_owned())]
    );
    assert_eq!(report.summary.pending, 1);
    let mut store = report.into_store().unwrap();
    for (format, told) in [
        ("text", "IMEI:004400112233445: firmware download of ./FwUpdate/Download (FUMO), since session 1, message 2"),
        (
            "markdown",
            "| `IMEI:004400112233445` | firmware download of ./FwUpdate/Download (FUMO) | since session 1, message 2 |",
        ),
        ("html", "<td>firmware download of ./FwUpdate/Download (FUMO)<td>fw-8<td>"),
        ("ndjson", "{\"type\":\"pending\",\"pending\":{"),
        ("json", "\"pending\":[\n{"),
    ] {
        let mut out = Vec::new();
        let options = dmscope::report::Options { width: 200, ..dmscope::report::Options::default() };
        dmscope::report::by_name(format).unwrap().write(&mut store, &mut out, &options).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(told), "{format}: {out}");
    }
    assert_eq!(pending(&analysed(&text)), []);
}

/// A session that starts diagnostics, what the device sends after it, and the session with its report.
fn diagnosed(address: &str, sent: &str) -> Report {
    analysed(&format!(
        "session session=D1\ndevice\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n Status SyncHdr 200\n Status * 200\n\
         {address} Exec ./DiagMon/Radio/Operations/Start correlator=d-1\ndevice\n Status SyncHdr 200\n Status Replace 200\n Status Exec 202\nserver\n Status SyncHdr 200\n\
         {sent}\
         session session=D2\ndevice at=+100\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\n \
         Alert 1226 source=./DiagMon/Radio type=urn:oma:at:diagmon:1.0:OperationComplete format=chr data=200 correlator=d-1\n\
         server\n Status SyncHdr 200\n Status * 200\n"
    ))
}

#[test]
fn data_of_diagnostics_are_tied_to_the_operation_by_their_address() {
    let address = " Replace ./DiagMon/Radio/DiagMonConfig/DiagDataURL=http://logs.example.com/in format=chr\n";
    let report = diagnosed(
        address,
        "download PUT http://logs.example.com/in/radio.log at=+20 send=\"0123456789\" status=201\n\
         download POST http://logs.example.com/in at=+5 send=\"01234\" status=200\n\
         download GET http://logs.example.com/in at=+5 size=10\n\
         download PUT http://logs.example.com/inn at=+5 send=\"x\" status=200\n",
    );
    assert_eq!(report.sessions[0].downloads, []);
    let upload = &report.sessions[1].downloads[0];
    assert_eq!((&*upload.nodes[0], &*upload.asked_in), ("./DiagMon/Radio/DiagMonConfig/DiagDataURL", "D1"));
    let requests: Vec<(&str, &str, Option<u64>, Option<u16>)> = (upload.requests.iter())
        .map(|request| (&*request.purpose, &*request.method, request.sent, request.status))
        .collect();
    assert_eq!(requests, [("upload", "PUT", Some(10), Some(201)), ("upload", "POST", Some(5), Some(200))]);
    assert_eq!(upload.requests[0].media.as_deref(), Some("text/plain"));
    let line = &*report.sessions[1].operations[0].text;
    assert!(line.contains("uploaded (15 octets in 2 requests)"), "{line}");
    assert!(line.contains("(begun in session D1)"), "{line}");
    assert!(report.findings.iter().all(|finding| !finding.rule.starts_with("DLO")), "{:?}", report.findings);
    assert_eq!(report.inputs[0].problems, []);
}

#[test]
fn uploads_that_go_on_are_told_session_by_session() {
    let session = |number: u32, commands: &str| {
        format!(
            "session session=D{number}\ndevice at=+100\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n \
             Status SyncHdr 200\n Status * 200\n{commands}"
        )
    };
    let start = " Replace ./DiagMon/Radio/DiagMonConfig/DiagDataURL=http://logs.example.com/in format=chr\n \
                 Exec ./DiagMon/Radio/Operations/Start correlator=d-1\ndevice\n Status SyncHdr 200\n Status Replace 200\n \
                 Status Exec 202\nserver\n Status SyncHdr 200\n";
    let upload = |text: &str| format!("download PUT http://logs.example.com/in at=+20 send={text} status=200\n");
    let many = |count: usize| upload("x").repeat(count);
    let report = analysed(&[session(1, start), many(20), session(2, ""), upload("yyy"), session(3, "")].concat());
    let sent = |at: usize| report.sessions[at].downloads.iter().flat_map(|one| &one.requests).map(|one| one.sent);
    assert_eq!(sent(1).collect::<Vec<_>>(), [Some(1); 20]);
    assert_eq!(sent(2).collect::<Vec<_>>(), [Some(3)]);
    let line = &*report.sessions[2].operations[0].text;
    assert!(line.contains("uploaded (20 octets in 20 requests), uploaded (3 octets)"), "{line}");
    // More than are kept of one session.
    let report = analysed(&[session(1, start), many(70), session(2, "")].concat());
    let line = &*report.sessions[1].operations[0].text;
    assert!(line.contains("uploaded (64 octets in 64 requests, and more)"), "{line}");
}

#[test]
fn an_upload_that_is_refused_or_followed_by_no_session_is_said_to_be() {
    let address = " Replace ./DiagMon/Radio/DiagMonConfig/DiagDataURL=http://logs.example.com/in format=chr\n";
    let report = diagnosed(address, "download PUT http://logs.example.com/in at=+20 send=\"0123456789\" status=403\n");
    let line = &*report.sessions[1].operations[0].text;
    assert!(line.contains("upload (HTTP 403)"), "{line}");
    // The device had the address before, and told it.
    let read = " Get ./DiagMon/Radio/DiagMonConfig/DiagDataURL\n";
    let text = format!(
        "device\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n Status SyncHdr 200\n Status * 200\n{read}\
         device\n Status SyncHdr 200\n Status Get 200\n Results ./DiagMon/Radio/DiagMonConfig/DiagDataURL=http://logs.example.com/in format=chr\n\
         server\n Status SyncHdr 200\ndownload PUT http://logs.example.com/in at=+20 send=\"0123\" status=200\n"
    );
    let report = analysed(&text);
    let problem = &report.inputs[0].problems[0];
    assert_eq!(problem.kind, ProblemKind::DownloadAlone);
    assert!(
        problem.text.starts_with("data that the device sent to the address in ./DiagMon/Radio"),
        "{}",
        problem.text
    );
    assert!(problem.text.contains("(uploaded (4 octets))"), "{}", problem.text);
}
