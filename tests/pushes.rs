//! Pushes that come in no datagram of their own: over HTTP, by a push proxy, in SIP. Each is read, shown, and tied to its session.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod traffic;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dmscope::base::ProblemKind;
use dmscope::capture::{Event, Reader};
use dmscope::entry;
use dmscope::fixture::Script;
use dmscope::verdict::{NotificationReport, Report};
use std::io::Cursor;
use traffic::Traffic;

/// The content of a notification for session 1A of the server.
fn content() -> Vec<u8> {
    let script = Script::parse("notification id=1A server=dm.example.com\n").unwrap();
    let payload = &script.pushes()[0].payload;
    payload[3 + usize::from(payload[2])..].to_vec()
}

/// The device comes from the address from which the connections of the test are opened, or to which they go.
const SESSION: &str = "network link=raw\nsession session=1A server=http://dm.example.com/dm\ndevice at=30\n    Alert 1200\n    \
    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * 200\n";

/// What comes of traffic with the session after it.
fn report(mut traffic: Traffic) -> Report {
    let mut reader = Reader::open(Box::new(Cursor::new(Script::parse(SESSION).unwrap().capture())));
    while let Some(event) = reader.next() {
        if let Event::Frame(frame) = event {
            traffic.frame(frame.data);
        }
    }
    entry::analyse(&traffic.file).unwrap()
}

fn notification(report: &Report) -> Option<&NotificationReport<'static>> {
    assert_eq!(report.sessions.len(), 1);
    report.sessions[0].notification.as_ref()
}

/// A request with a body.
fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /wappush HTTP/1.1\r\nHost: x\r\n{headers}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

const ACCEPTED: &[u8] = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";

fn over_http(headers: &str, body: &[u8]) -> Traffic {
    let mut traffic = Traffic::new();
    traffic.exchange(50_000, &post(headers, body), ACCEPTED);
    traffic
}

/// A message to a push proxy for this receiver.
fn pap(receiver: &str) -> Vec<u8> {
    let start = format!(
        "--b\r\nContent-Type: application/xml\r\n\r\n<pap><push-message push-id=\"1\"><address address-value=\"{receiver}\"/>\
         </push-message></pap>\r\n--b\r\nContent-Type: application/vnd.syncml.notification\r\nX-Wap-Application-Id: 7\r\n\r\n"
    );
    [start.as_bytes(), &content(), b"\r\n--b--\r\n"].concat()
}

#[test]
fn a_notification_by_a_push_proxy_is_tied_by_what_it_names() {
    let headers = "Content-Type: multipart/related; boundary=b; type=\"application/xml\"";
    let number = report(over_http(headers, &pap("WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com")));
    let found = notification(&number).unwrap();
    assert_eq!((&*found.tie, &*found.destination), ("session-id", "+491701234567"));
    // To the address of the device, as a datagram would be.
    let address = report(over_http(headers, &pap("WAPPUSH=192.0.2.10/TYPE=IPV4@ppg.example.com")));
    assert_eq!(notification(&address).unwrap().destination, "192.0.2.10");
    // For a server that is not asked for.
    let body = pap("WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com");
    let other = report(over_http(
        headers,
        &String::from_utf8_lossy(&body).replace("dm.example.com", "dm.example.org").into_bytes(),
    ));
    assert!(notification(&other).is_none());
}

/// A request whose answer is not in the capture before the session is over.
fn unanswered(request: &[u8]) -> Traffic {
    let mut traffic = Traffic::new();
    let mut connection = traffic.open(50_000);
    traffic.send(&mut connection, false, request);
    traffic
}

#[test]
fn a_push_over_http_needs_no_answer_to_be_tied_to_its_session() {
    let plain = "Content-Type: application/vnd.syncml.notification";
    let direct = post(plain, &content());
    let proxied = "Content-Type: multipart/related; boundary=b; type=\"application/xml\"";
    let proxied = post(proxied, &pap("WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com"));
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut coder, &content()).unwrap();
    let coded = post(&format!("{plain}\r\nContent-Encoding: gzip"), &coder.finish().unwrap());
    for request in [&direct, &proxied, &coded] {
        let report = report(unanswered(request));
        assert_eq!(notification(&report).map(|found| &*found.tie), Some("session-id"));
        assert_eq!(report.inputs[0].problems, []);
    }
    // An answer that comes as usual changes nothing, and the push is one.
    let mut traffic = unanswered(&[direct.as_slice(), &direct].concat());
    let once = report(traffic.clone());
    let mut connection = traffic.open(50_001);
    traffic.send(&mut connection, false, &direct);
    traffic.send(&mut connection, true, ACCEPTED);
    let answered = report(traffic);
    assert_eq!(notification(&once).unwrap().frame, notification(&answered).unwrap().frame);
}

#[test]
fn a_push_over_http_of_which_the_end_is_missing_is_named() {
    let whole = post("Content-Type: application/vnd.syncml.notification", &content());
    let report = report(unanswered(&whole[..whole.len() - 5]));
    assert!(notification(&report).is_none());
    let texts = problems(&report, ProblemKind::BadPush);
    assert!(texts.len() == 1 && texts[0].contains("is not whole: of its body 33 octets"), "{texts:?}");
    // What is no push is of no interest, whole or not.
    let other = post("Content-Type: application/octet-stream", &content());
    let report = crate::report(unanswered(&other[..other.len() - 5]));
    assert_eq!(problems(&report, ProblemKind::BadPush), [""; 0]);
}

#[test]
fn a_bootstrap_message_over_http_that_no_session_follows_is_named() {
    let script = Script::parse("bootstrap cp sec=\n    APPLICATION APPID=w7 PROVIDER-ID=other.example.com\n").unwrap();
    let payload = &script.pushes()[0].payload;
    let body = payload[3 + usize::from(payload[2])..].to_vec();
    let report = report(over_http("Content-Type: application/vnd.wap.connectivity-wbxml; SEC=1; MAC=00", &body));
    let alone = report.inputs[0].problems.iter().find(|problem| problem.kind == ProblemKind::BootstrapAlone).unwrap();
    assert!(alone.text.contains("connectivity-wbxml") && alone.text.contains("198.51.100.1:80"), "{}", alone.text);
}

#[test]
fn receivers_that_are_more_than_are_looked_at_are_counted() {
    let receiver = |number: u32| format!("WAPPUSH=+49170{number:07}/TYPE=PLMN@ppg.example.com");
    let others: String = (1..20).map(|number| format!("<address address-value=\"{}\"/>", receiver(number))).collect();
    let body =
        String::from_utf8_lossy(&pap(&receiver(0))).replace("</push-message>", &format!("{others}</push-message>"));
    let headers = "Content-Type: multipart/related; boundary=b; type=\"application/xml\"";
    let report = report(over_http(headers, body.as_bytes()));
    let texts = problems(&report, ProblemKind::BadPush);
    assert!(texts.len() == 1 && texts[0].contains("20 receivers") && texts[0].contains("other 4"), "{texts:?}");
}

fn problems(report: &Report, kind: ProblemKind) -> Vec<&str> {
    let all = report.inputs[0].problems.iter();
    all.filter(|problem| problem.kind == kind).map(|problem| &*problem.text).collect()
}

/// A request of SIP that carries the notification.
fn sip() -> Vec<u8> {
    sip_with("application/vnd.syncml.notification", true, &content())
}

fn sip_with(content_type: &str, has_length: bool, body: &[u8]) -> Vec<u8> {
    let length = if has_length { format!("Content-Length: {}\r\n", body.len()) } else { String::new() };
    let head = format!(
        "MESSAGE sip:dev@192.0.2.10 SIP/2.0\r\nFrom: <sip:ppg@example.com>;tag=1\r\nTo: <sip:dev@example.com>\r\nContent-Type: \
         {content_type}\r\n{length}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// These pieces on a connection of SIP, from the server.
fn on_connection(pieces: &[&[u8]]) -> Traffic {
    let mut traffic = Traffic::new();
    let mut connection = traffic.open(50_600);
    pieces.iter().for_each(|piece| traffic.send(&mut connection, true, piece));
    traffic.close(&connection);
    traffic
}

/// This datagram of SIP.
fn in_datagram(payload: &[u8]) -> Traffic {
    let mut traffic = Traffic::new();
    let length = u16::try_from(payload.len()).unwrap();
    let mut packet = vec![0x45, 0];
    packet.extend((length + 28).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 17, 0, 0, 198, 51, 100, 7, 192, 0, 2, 99, 0x13, 0xc4, 0x13, 0xc4]);
    packet.extend((length + 8).to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(payload);
    traffic.frame(&packet);
    traffic
}

#[test]
fn blank_lines_and_small_segments_do_not_hide_a_message_of_sip() {
    let message = sip();
    let blank = [b"\r\n", &message[..]].concat();
    let kept_alive = [b"\r\n\r\n", &message[..]].concat();
    for traffic in [
        on_connection(&[&message[..1], &message[1..5], &message[5..]]),
        on_connection(&[&blank]),
        on_connection(&[b"\r\n\r\n", &message]),
        on_connection(&[b"\r", b"\n", &message[..3], &message[3..]]),
        in_datagram(&blank),
        in_datagram(&kept_alive),
    ] {
        assert!(notification(&report(traffic)).is_some());
    }
}

#[test]
fn a_message_of_sip_that_cannot_be_read_is_named() {
    let endless = sip_with("application/vnd.syncml.notification", false, &content());
    let message = sip();
    let cut = &message[..message.len() - 2];
    let long = String::from_utf8_lossy(&message).replace("Content-Length: ", "Content-Length: 9999").into_bytes();
    for (traffic, why) in [
        (on_connection(&[&endless]), "no Content-Length"),
        (on_connection(&[cut]), "is not in the capture"),
        (in_datagram(cut), "is not in the capture"),
        (on_connection(&[&long]), "at most"),
    ] {
        let report = report(traffic);
        assert!(notification(&report).is_none());
        let texts = problems(&report, ProblemKind::BadPush);
        assert!(texts.len() == 1 && texts[0].contains(why), "{why}: {texts:?}");
    }
    // In a datagram, the end is where the datagram ends; and the next message of a connection is read again.
    assert!(notification(&report(in_datagram(&endless))).is_some());
    assert!(notification(&report(on_connection(&[&endless, &message]))).is_some());
}

#[test]
fn of_a_body_in_parts_the_one_with_the_push_is_read() {
    let within = |content_type: &str, encoding: &str, body: &[u8]| {
        let start = format!(
            "--x\r\nContent-Type: text/plain\r\n\r\nA push follows.\r\n--x\r\nContent-Type: {content_type}\r\n{encoding}\r\n"
        );
        [start.as_bytes(), body, b"\r\n--x--\r\n"].concat()
    };
    let plain = within("application/vnd.syncml.notification", "X-Wap-Application-Id: 7\r\n", &content());
    let text = STANDARD.encode(content());
    let coded = within("application/vnd.syncml.notification", "Content-Transfer-Encoding: base64\r\n", text.as_bytes());
    let mixed = "multipart/mixed; boundary=x";
    for body in [plain.clone(), coded] {
        assert!(notification(&report(in_datagram(&sip_with(mixed, true, &body)))).is_some());
        assert!(notification(&report(on_connection(&[&sip_with(mixed, true, &body)]))).is_some());
    }
    // The second part of a message to a push proxy may have parts as well.
    let outer = String::from_utf8_lossy(&pap("WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com")).into_owned();
    let head = outer.split("Content-Type: application/vnd").next().unwrap();
    let body =
        [head.as_bytes(), b"Content-Type: multipart/mixed; boundary=x\r\n\r\n", &plain, b"\r\n--b--\r\n"].concat();
    let headers = "Content-Type: multipart/related; boundary=b; type=\"application/xml\"";
    assert!(notification(&report(over_http(headers, &body))).is_some());
}

#[test]
fn a_notification_in_sip_is_read_from_datagrams_and_connections() {
    let mut stream = Traffic::new();
    let mut connection = stream.open(50_600);
    stream.send(&mut connection, false, b"REGISTER sip:example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n");
    for piece in sip().chunks(40) {
        stream.send(&mut connection, true, piece);
    }
    stream.close(&connection);
    for traffic in [stream, in_datagram(&sip())] {
        let report = report(traffic);
        let found = notification(&report).unwrap();
        assert_eq!((&*found.tie, &*found.destination), ("session-id", "sip:dev@example.com"));
    }
}

#[test]
fn the_account_in_a_serialised_tree_is_shown_with_its_server() {
    let text = include_str!("fixtures/s18.dms").replace("bootstrap dm", "bootstrap dm source=boot.example.net");
    let report = entry::analyse(&Script::parse(&text).unwrap().capture()).unwrap();
    let [account] = report.sessions[0].bootstraps[0].accounts.as_slice() else { panic!("{:?}", report.sessions[0]) };
    assert_eq!(
        (account.server.as_deref(), account.node.as_deref(), account.addresses.as_slice()),
        (Some("dm.example.com"), Some("./Inbox/ExampleDM"), &["https://dm.example.com/dm".into()][..])
    );
    assert_eq!(account.place().as_deref(), Some("written to ./Inbox/ExampleDM, for ./DMAcc"));
    // Without one, who sent the message is all that is known.
    let text = "bootstrap dm source=boot.example.net\n    Add ./Inbox=x\ndevice at=+5\n    Alert 1201\n    Replace \
        ./DevInfo/DevId=IMEI:1\nserver\n    Status SyncHdr 200\n    Status * 200\n";
    let report = entry::analyse(&Script::parse(text).unwrap().capture()).unwrap();
    let account = &report.sessions[0].bootstraps[0].accounts[0];
    assert_eq!((account.server.as_deref(), account.node.as_deref()), (Some("boot.example.net"), None));
}
