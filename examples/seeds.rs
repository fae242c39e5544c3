//! Writes the seeds of `tests/corpus/` again: small inputs from which the fuzzer and the generated tests set out.
//!
//! It only adds and overwrites files of its own; inputs that once found a defect stay.

#![allow(clippy::print_stdout, reason = "it is a tool for the terminal")]
#![allow(unused_crate_dependencies, reason = "examples share the library's list")]

use dmscope::capture::{Event, Reader};
use dmscope::entry::records::{self, LINKS, event};
use dmscope::fixture::{Bearer, Encoding, Script};
use dmscope::net::{CloseReason, FlowDirection, FlowEventKind, Net};
use dmscope::sms::gsmtap;
use std::error::Error;
use std::io::{Cursor, Write};
use std::path::Path;

/// A session with most of what messages are made of.
const SESSION: &str = r#"
session device=IMEI:1 server=http://s/ session=1
device cred=md5:user:secret:bm9uY2U= maxmsg=4096
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:1
server
    Status SyncHdr 212 chal=md5:bm9uY2Uy
    Status * 200
    Get ./DevDetail/SwV
    Atomic
        Replace "./A?prop=ACL"="Add=*&Get=*"
        Add ./B#=000102ff format=bin
device
    Status SyncHdr 212
    Status * 200
    Results ./DevDetail/SwV="1 & 2"
server
    Status SyncHdr 200
"#;

/// What is added to the script for a variety of captures.
const NETWORKS: &[(&str, &str)] = &[
    ("plain", ""),
    ("ng", "network format=pcapng split=300 reorder=4 duplicate=5\n"),
    ("big-endian", "network format=pcap-be link=null\n"),
    ("nanos", "network format=pcap-ns link=sll loss=7 split=200\n"),
    ("gzip-chunked", "network gzip chunked link=vlan\n"),
    ("gtpu", "network link=gtpu ipv6 conn=per-message\n"),
    ("sll2", "network link=sll2\n"),
    ("pppoe", "network link=pppoe format=pcapng\n"),
    ("raw", "network link=raw\n"),
];

/// Pushes in short messages, and the session that they ask for.
const PUSHED: &str = "
session session=1A
bootstrap bearer=sms part=60 order=2,1,2
    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com
notification id=1A bearer=smpp part=30
notification id=1A bearer=sms vendor=010203
device at=+5
    Alert 1200
server
    Status SyncHdr 200
";

/// Pieces of a connection of HTTP/2, and whether the client sends them: fields that enter the table and fields out of it,
/// a head in two frames, padding, what is pushed, a reset.
const HTTP2: &[(bool, &[u8])] = &[
    (true, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x01\0\0\x10\0"),
    (false, b"\0\0\0\x04\0\0\0\0\0"),
    (true, b"\0\0\x05\x01\0\0\0\0\x01\x83\x86\x44\x03/\0\0\x0d\x09\x04\0\0\0\x01dm\x41\x81\x07\x5f\x01a\x40\x01b\x01c"),
    (true, b"\0\0\x08\0\x09\0\0\0\x01\x02<Syn>\0\0"),
    (false, b"\0\0\x06\x05\x04\0\0\0\x01\0\0\0\x02\x82\x84\0\0\x05\x01\x04\0\0\0\x01\x88\x40\x01c\0"),
    (false, b"\0\0\x02\0\x01\0\0\0\x01ok"),
    (true, b"\0\0\x09\x01\x25\0\0\0\x03\0\0\0\0\x10\x83\x86\xbf\xbe"),
    (false, b"\0\0\x02\x01\x04\0\0\0\x03\x8d\xbe\0\0\x04\x03\0\0\0\0\x03\0\0\0\x08"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let put = |entry: &str, name: &str, octets: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(corpus.join(entry))?;
        std::fs::write(corpus.join(entry).join(name), octets)?;
        println!("{entry}/{name}: {} octets", octets.len());
        Ok(())
    };
    for name in TLS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/captures");
        let (_, mut streams) = layers(&std::fs::read(folder.join(format!("{name}.pcap")))?);
        records::write(
            &mut streams,
            records::kind(event::SECRETS, FlowDirection::ToServer, 0),
            &std::fs::read(folder.join(format!("{name}.keys.log")))?,
        );
        put("tls", name, &streams)?;
    }
    let mut streams = Vec::new();
    for (client, octets) in HTTP2 {
        let direction = if *client { FlowDirection::ToServer } else { FlowDirection::ToClient };
        records::write(&mut streams, records::kind(event::DATA, direction, 0), octets);
    }
    put("http", "http2", &streams)?;
    for (name, network) in NETWORKS {
        let script = Script::parse(&format!("{network}{SESSION}"))?;
        put("fixture", name, format!("{network}{SESSION}").as_bytes())?;
        let file = script.with_encoding(Encoding::Wbxml)?.capture();
        put("capture", name, &file)?;
        put("pipeline", name, &file)?;
        let (frames, streams) = layers(&file);
        put("frames", name, &frames)?;
        put("http", name, &streams)?;
    }
    let pushed = Script::parse(PUSHED)?;
    put("fixture", "short-messages", PUSHED.as_bytes())?;
    put("pipeline", "short-messages", &pushed.capture())?;
    put("smpp", "deliver", &layers(&pushed.capture()).1)?;
    let (mut frames, mut lines) = (Vec::new(), String::new());
    for push in pushed.pushes() {
        let Bearer::Sms { tpdus } = &push.bearer else { continue };
        for tpdu in tpdus {
            gsmtap::downlink(tpdu).iter().for_each(|datagram| records::write(&mut frames, 0, datagram));
            lines.extend(tpdu.iter().map(|octet| format!("{octet:02X}")));
            lines.push('\n');
            put("sms", "deliver", tpdu)?;
        }
    }
    put("gsmtap", "downlink", &frames)?;
    put("sms", "lines", lines.as_bytes())?;
    put("sms", "submit", b"\0\x41\x09\x04\x81\x21\x43\0\x04\x08\x06\x05\x04\x0b\x84\x23\xf0\x01")?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&Script::parse(SESSION)?.capture())?;
    put("capture", "gzip", &gzip.finish()?)?;
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let script = Script::parse(SESSION)?.with_encoding(encoding)?;
        let entry = if encoding == Encoding::Xml { "xml" } else { "wbxml" };
        for (message, number) in script.messages().iter().zip(1..) {
            put(entry, &format!("message-{number}"), &message.body)?;
            put("message", &format!("{entry}-{number}"), &message.body)?;
        }
    }
    for (name, body) in XML {
        put("xml", name, body.as_bytes())?;
    }
    let utf16: Vec<u8> = XML.iter().flat_map(|(_, body)| body.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    put("xml", "utf-16", &utf16)?;
    for (name, body) in WBXML {
        put("wbxml", name, body)?;
    }
    for (name, text) in FILTERS {
        put("filter", name, text.as_bytes())?;
    }
    Ok(())
}

/// Connections that between them have most of what TLS does.
const TLS: &[&str] =
    &["tls10-aes128-cbc-sha", "tls11-rc4-md5", "tls12-aes256-cbc-sha384", "tls12-renegotiated", "tls13-early-data"];

const XML: &[(&str, &str)] = &[
    ("doctype", "<!DOCTYPE a PUBLIC \"-//X\" 'x.dtd' [<!ENTITY e 'v'><!ENTITY x SYSTEM 'f'>]><a>&e;&x;&#x41;&amp;</a>"),
    (
        "sections",
        "<?xml version='1.0' encoding=\"UTF-8\" standalone='yes'?><!-- c --><s:a xmlns:s='u'><![CDATA[<b/>]]></s:a >",
    ),
    ("odd", "<a x=1 x='2' y z='<'>]]>&nbsp;&#0;\u{0}<b/></a>\n<?pi d?>x"),
    (
        "inside",
        "<SyncML><Data><![CDATA[<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>]]></Data></SyncML>",
    ),
];

const WBXML: &[(&str, &[u8])] = &[
    ("string-table", b"\x02\x00\x00\x6a\x1d-//SYNCML//DTD SyncML 1.2//EN\x6d\x6c\x83\x05\x01\x01"),
    ("opaque-in-opaque", b"\x03\xa4\x01\x6a\x00\x6d\x4f\xc3\x0a\x03\xa4\x01\x6a\x00\x6d\x4f\xc3\x01\x00\x01\x01\x01\x01"),
    ("odd", b"\x03\x01\x6a\x04abc\0\x6d\x00\x01\x45\x02\x81\x00\x04\x00\x44\x00\x05\x01\x40x\0\x43\x05\x01\xc1\x85\x05\x06\x85\x01\x3f"),
    ("page-two", b"\x03\xa4\x01\x6a\x00\x6d\x00\x02\x45\x46\x03x\0\x01\x01\x00\x00\x4f\x02\x80\x80\x41\x01\x01"),
];

const FILTERS: &[(&str, &str)] = &[
    ("one", "device=IMEI:1*"),
    ("all", "not (device=\"a b\" or server!=*x*) and verdict=fail and messages>3"),
    ("deep", "((((not not (device=x))))) or device=y"),
];

/// The frames of a capture, and the events of its connections, as records.
fn layers(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut frames, mut streams) = (Vec::new(), Vec::new());
    let mut reader = Reader::open(Box::new(Cursor::new(file.to_vec())));
    let mut net = Net::new();
    while let Some(read) = reader.next() {
        let Event::Frame(frame) = read else { continue };
        let link = LINKS.iter().position(|link| *link == frame.link_type.0).unwrap_or_default();
        records::write(&mut frames, u8::try_from(link).unwrap_or_default(), frame.data);
        net.frame(&frame, &mut |event| stream(&event, &mut streams));
    }
    net.finish(&mut |event| stream(&event, &mut streams));
    (frames, streams)
}

fn stream(seen: &dmscope::net::FlowEvent<'_>, out: &mut Vec<u8>) {
    let flow = u8::try_from(seen.flow.0 & 3).unwrap_or_default();
    let (what, direction, content) = match seen.kind {
        FlowEventKind::Opened { mid_stream, .. } => {
            (event::OPENED, FlowDirection::ToServer, if mid_stream { &[][..] } else { b"s" })
        }
        FlowEventKind::Data { direction, bytes } => (event::DATA, direction, bytes),
        FlowEventKind::Gap { direction, .. } => (event::GAP, direction, &b"\x10"[..]),
        FlowEventKind::HalfClosed { direction } => (event::HALF_CLOSED, direction, &[][..]),
        FlowEventKind::Closed { reason } => {
            let content = if reason == CloseReason::Finished { &b"f"[..] } else { &[] };
            (event::CLOSED, FlowDirection::ToServer, content)
        }
        FlowEventKind::Datagram { .. } | FlowEventKind::Secured(_) => return,
    };
    records::write(out, records::kind(what, direction, flow), content);
}
