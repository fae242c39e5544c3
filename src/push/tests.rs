use super::*;
use crate::base::Limits;
use std::net::IpAddr;

const NOTIFICATION: &[u8] = include_bytes!("../../tests/corpus/push/notification");

fn content() -> Vec<u8> {
    NOTIFICATION.to_vec()
}

fn read(content_type: &str, application: Option<&str>) -> Option<Pushed> {
    Entity { content_type, application, body: b"body" }.read()
}

#[test]
fn an_entity_is_told_by_its_headers() {
    let Some(Pushed::Notification(push)) = read("Application/VND.syncml.notification; x=y", Some("7")) else {
        panic!()
    };
    assert_eq!((push.carries, push.application), (Carries::Notification, Some(ApplicationId::Number(7))));
    let typed = "application/vnd.wap.connectivity-wbxml; charset=\"a;b\" ;SEC=1; MAC=\"00FF\"";
    let Some(Pushed::Bootstrap(push)) = read(typed, None) else { panic!() };
    assert_eq!((push.sec.as_deref(), push.mac.as_deref()), (Some("1"), Some("00FF")));
    assert_eq!((push.body.as_slice(), push.head_length()), (&b"body"[..], 0));
    // A message of DM as clients send it is none.
    assert_eq!(read("application/vnd.syncml.dm+wbxml; charset=utf-8", None), None);
    assert!(read("application/vnd.syncml.dm+wbxml; SEC=USERPIN", None).is_some());
    let named = read("application/vnd.syncml.dm+wbxml", Some("x-wap-application:syncml.dm"));
    let Some(Pushed::Bootstrap(push)) = named else { panic!() };
    assert_eq!(push.application, Some(ApplicationId::Name("x-wap-application:syncml.dm".to_owned())));
    for other in ["", "text/plain", ";", "application/vnd.syncml.dm", "multipart/related"] {
        assert_eq!(read(other, Some("7")), None, "{other}");
    }
}

/// A message to a push proxy, with these parts of it.
fn pap(addresses: &str, headers: &str, content: &[u8]) -> Vec<u8> {
    let start = format!(
        "preamble\r\n--b\r\nContent-Type: application/xml\r\n\r\n<?xml version=\"1.0\"?><pap><push-message push-id=\"1\">\
         {addresses}</push-message></pap>\r\n--b\r\n{headers}\r\n\r\n"
    );
    [start.as_bytes(), content, b"\r\n--b--\r\n"].concat()
}

const PAP: &str = "multipart/related; boundary=\"b\"; type=\"application/xml\"";
const OF_CONTENT: &str = "Content-Type: application/vnd.syncml.notification\r\nX-Wap-Application-Id: 7";

#[test]
fn a_message_to_a_push_proxy_names_receivers_and_has_what_is_pushed() {
    let addresses = "<address address-value=\"WAPPUSH=+491701234567/TYPE=PLMN@ppg.example.com\"/>\
        <address address-value='wappush=192.0.2.10/type=IPv4@ppg.example.com'/><address address-value=\"a&amp;b\"/>";
    let body = pap(addresses, OF_CONTENT, &content());
    let message = PapMessage::read(PAP, &body).unwrap();
    let expected = [
        PapAddress::Number("+491701234567".to_owned()),
        PapAddress::Address(IpAddr::from([192, 0, 2, 10])),
        PapAddress::Other("a&b".to_owned()),
    ];
    assert_eq!(message.receivers, expected);
    let Some(Pushed::Notification(push)) = message.entity().read() else { panic!() };
    assert_eq!(push.body, content());
    let coded = format!("{OF_CONTENT}\r\nContent-Transfer-Encoding: base64");
    let body = pap(addresses, &coded, b"AAEC\r\nAw==");
    assert_eq!(PapMessage::read(PAP, &body).unwrap().entity().body, [0, 1, 2, 3]);
}

#[test]
fn messages_to_a_push_proxy_that_are_cut_or_lie_are_none() {
    let body = pap("<address address-value=\"x\"/>", OF_CONTENT, &content());
    for end in 0..body.len() {
        let _ = PapMessage::read(PAP, &body[..end]).map(|message| message.entity().read());
    }
    for kind in ["multipart/related", "multipart/related; boundary=", "multipart/mixed; boundary=b", "text/plain"] {
        assert_eq!(PapMessage::read(kind, &body), None, "{kind}");
    }
    assert_eq!(PapMessage::read("multipart/related; boundary=c", &body), None);
    let many = "<address address-value=\"x\"/>".repeat(100);
    let body = pap(&many, OF_CONTENT, b"x");
    assert_eq!(PapMessage::read(PAP, &body).unwrap().receivers.len(), Limits::PUSH_RECEIVERS);
}

/// A request of SIP with the method MESSAGE.
fn sip(length: &str) -> Vec<u8> {
    let head = format!(
        "MESSAGE sip:dev@192.0.2.10:5060 SIP/2.0\r\nVia: SIP/2.0/UDP ppg.example.com\r\nf: \"P\" <sip:ppg@example.com>;tag=1\r\n\
         To: sip:dev@example.com;x=y\r\nc: application/vnd.syncml.notification\r\n{length}\r\n"
    );
    [head.as_bytes(), &content()].concat()
}

#[test]
fn a_request_of_sip_carries_a_push() {
    let octets = sip(&format!("l: {}\r\n", content().len()));
    let SipRead::Message(message, length) = SipMessage::read(&octets, false) else { panic!() };
    assert_eq!((length, message.is_message), (octets.len(), true));
    assert_eq!((message.from.as_str(), message.to.as_str()), ("sip:ppg@example.com", "sip:dev@example.com"));
    assert!(matches!(message.entity().read(), Some(Pushed::Notification(push)) if push.body == content()));
    // In a datagram the length may be missing, on a connection it may not.
    assert!(matches!(SipMessage::read(&sip(""), true), SipRead::Message(..)));
    assert_eq!(SipMessage::read(&sip(""), false), SipRead::Bad(SipFault::NoLength));
    assert_eq!(
        SipMessage::read(&sip("Content-Length: 999999999\r\n"), false),
        SipRead::Bad(SipFault::LongBody(999_999_999))
    );
    assert_eq!(SipMessage::read(&sip("Content-Length: 99\r\n"), true), SipRead::Bad(SipFault::Cut));
    assert_eq!(SipMessage::read(&sip("Content-Length: many\r\n"), true), SipRead::Bad(SipFault::BadLength));
    for end in 0..octets.len() {
        let read = SipMessage::read(&octets[..end], false);
        assert!(read == SipRead::More || end == 0, "{end}: {read:?}");
    }
    for other in
        [&b"MESSAGES sip:a SIP/2.0\r\n\r\n"[..], b"MESSAGE sip:a HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b""]
    {
        assert_eq!(SipMessage::read(other, true), SipRead::Other);
    }
}

#[test]
fn a_connection_of_sip_is_followed_from_message_to_message() {
    let one = sip(&format!("Content-Length: {}\r\n", content().len()));
    let answer = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    let all = [&one[..], b"\r\n\r\n", answer, &one].concat();
    for size in [1, 7, 100, 10_000] {
        let mut stream = SipStream::default();
        let found: Vec<SipMessage> = all.chunks(size).flat_map(|chunk| stream.data(chunk).0).collect();
        assert_eq!((found.len(), stream.is_idle()), (2, true), "{size}");
    }
    let mut stream = SipStream::default();
    assert_eq!((stream.data(b"MESSAGE or not\r\n").0.len(), stream.is_idle()), (0, true));
    // A head without an end takes bounded room.
    let mut stream = SipStream::default();
    stream.data(b"MESSAGE sip:a SIP/2.0\r\n");
    for _ in 0..Limits::SIP_HEAD {
        stream.data(b"X: y\r\n");
    }
    assert!(stream.is_idle());
}
