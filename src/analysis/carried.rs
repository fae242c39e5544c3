//! What carried a session, as it is written out again: by an export, or for a cut-out of one session.

use super::redact::{self, Hidden, Mask};
use crate::base::Injected;
use crate::dm::{Bootstrap, Carrier, Entry, EntryId, Kept, Party, Session};
use crate::http::{Anomaly, BodyEnd, ContentCoding, Exchange, Header, HttpMessage};
use crate::net::Endpoint;
use crate::sms::gsmtap;
use crate::syncml::Encoding;
use crate::verdict::{
    Carried, CarriedCoding, CarriedDatagram, CarriedEncoding, CarriedEnding, CarriedHeader, CarriedLine,
    CarriedMessage, CarriedSms, CarriedTls,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What stands in place of what must not be seen.
const HIDDEN: &str = "***";
/// Letters of the longest name of a scheme of authentication.
const SCHEME: usize = 12;
/// Octets of a digest at the beginning of a notification (OMA-TS-DM_Notification-V1_2_1, section 6.2).
const DIGEST: usize = 16;

/// Writes down the exchanges of a session and the notification that asked for it; without what must not be seen, where
/// something must not.
pub(super) fn write_down(
    session: &Session,
    kept: Vec<Kept>,
    input: Option<u32>,
    redaction: Option<&(Mask, Hidden)>,
) -> Vec<Carried> {
    let writer = Writer { session, redaction };
    let mut rows: Vec<Carried> = writer.bootstraps(input);
    rows.extend(writer.notification(input));
    rows.extend(kept.into_iter().map(|kept| writer.exchange(kept, input)));
    rows
}

struct Writer<'s> {
    session: &'s Session,
    redaction: Option<&'s (Mask, Hidden)>,
}

impl Writer<'_> {
    /// The bootstrap messages; none where anything must not be seen, since they are made of secrets.
    fn bootstraps(&self, input: Option<u32>) -> Vec<Carried> {
        let bootstraps = self.session.bootstraps.iter().filter(|_| self.redaction.is_none());
        let row = |bootstrap: &Bootstrap| {
            let datagram = CarriedDatagram {
                payload: bootstrap.push.encode(),
                time: bootstrap.time.nanos(),
                frame: bootstrap.frame,
                repeated: bootstrap.repeated,
                sms: None,
            };
            of_datagram(&bootstrap.carrier, datagram, input)
        };
        bootstraps.filter_map(row).collect()
    }

    fn notification(&self, input: Option<u32>) -> Option<Carried> {
        let notified = self.session.notification.as_deref()?;
        let notice = &notified.notice;
        let mut push = notice.push.clone();
        if self.redaction.is_some() {
            // The digest is made of the server's secret.
            push.body.iter_mut().take(DIGEST).for_each(|octet| *octet = b'*');
            let text = String::from_utf8_lossy(push.body.get(DIGEST..).unwrap_or_default()).into_owned();
            if self.mask(&text).is_some() {
                push.body.clear();
            }
        }
        let datagram = CarriedDatagram {
            payload: push.encode(),
            time: notice.time.nanos(),
            frame: notice.frame,
            repeated: notified.repeated,
            sms: None,
        };
        let mut row = of_datagram(&notice.carrier, datagram, input)?;
        if let Some(sms) = row.datagram.as_mut().and_then(|datagram| datagram.sms.as_mut())
            && self.redaction.is_some()
        {
            sms.originator.clear();
        }
        Some(row)
    }

    fn exchange(&self, kept: Kept, input: Option<u32>) -> Carried {
        let Kept { exchange, marks } = kept;
        let Exchange { flow, client, server, ordinal, request, response, tls, secured, after_gap, cut } = exchange;
        let entry = |is_request: bool| {
            let here = |(_, entry): &(EntryId, &Entry)| {
                let transport = entry.transport.as_ref();
                transport.is_some_and(|transport| {
                    transport.connection == flow && transport.ordinal == ordinal && transport.is_request() == is_request
                })
            };
            self.session.entries_with_ids().find(here).map(|(id, _)| id)
        };
        let request = request.map(|message| {
            let line = CarriedLine::Request {
                method: message.line.method.clone(),
                target: self.mask(&message.line.target).unwrap_or_else(|| message.line.target.clone()),
            };
            let version = message.line.version.to_string();
            self.message(message, line, version, entry(true), cut, &marks.request)
        });
        let response = response.map(|message| {
            let line = CarriedLine::Response { status: message.line.status, reason: message.line.reason.clone() };
            let version = message.line.version.to_string();
            self.message(message, line, version, entry(false), cut, &marks.response)
        });
        Carried {
            session: 0,
            input,
            connection: flow.0,
            ordinal,
            client: socket(client),
            server: socket(server),
            tls: tls.then(|| CarriedTls {
                version: secured.and_then(|secured| secured.version_name()).unwrap_or_default().to_owned(),
                suite: secured.map(|secured| secured.cipher_name).unwrap_or_default().to_owned(),
                handshake: secured.map(|secured| secured.handshake).unwrap_or_default(),
            }),
            after_gap,
            cut,
            faults: match response {
                Some(_) => Vec::new(),
                None => marks.response.iter().map(|fault| self.text(&fault.to_string())).collect(),
            },
            request,
            response,
            datagram: None,
        }
    }

    fn message<L>(
        &self,
        message: HttpMessage<L>,
        line: CarriedLine,
        version: String,
        entry: Option<EntryId>,
        cut: bool,
        faults: &[Injected],
    ) -> CarriedMessage {
        let again = || {
            let mut entries = self.session.entries_with_ids();
            let same = |entry: &Entry| !message.body.is_empty() && entry.message.body() == message.body;
            entries.find(|(_, entry)| same(entry)).map(|(id, _)| id)
        };
        let (entry, again) = match entry {
            Some(entry) => (Some(entry), false),
            None => (again(), true),
        };
        let ending = ending(&message, cut);
        let found = entry.and_then(|id| Some((id, self.session.entry(id)?)));
        let encoding = found.map(|(_, entry)| match entry.message.encoding() {
            Encoding::Xml => CarriedEncoding::Xml,
            Encoding::Wbxml => CarriedEncoding::Wbxml,
        });
        let masked = self.redaction.and_then(|redaction| masked(redaction, found, &message.body));
        let mut headers: Vec<CarriedHeader> = message.headers.iter().map(|header| self.header(header)).collect();
        if let Some(body) = &masked {
            let missing = match ending {
                CarriedEnding::Missing { octets } => octets.unwrap_or(0),
                _ => 0,
            };
            let length = u64::try_from(body.len()).unwrap_or(u64::MAX).saturating_add(missing);
            for header in headers.iter_mut().filter(|header| header.is("content-length")) {
                header.value = length.to_string();
            }
        }
        CarriedMessage {
            message: entry.map(|id| id.0.saturating_add(1)),
            again: again && entry.is_some(),
            encoding,
            line,
            version,
            headers,
            coding: message.coding.map(|coding| match coding {
                ContentCoding::Gzip => CarriedCoding::Gzip,
                ContentCoding::Deflate => CarriedCoding::Deflate,
            }),
            ending,
            started: message.started.nanos(),
            ended: message.ended.nanos(),
            frames: message.frames,
            faults: faults.iter().map(|fault| self.text(&fault.to_string())).collect(),
            body: masked.unwrap_or(message.body),
        }
    }

    fn header(&self, header: &Header) -> CarriedHeader {
        let written = CarriedHeader::new(&header.name, &header.value);
        if self.redaction.is_none() {
            return written;
        }
        let name = String::from_utf8_lossy(&header.name);
        let value = String::from_utf8_lossy(&header.value);
        if redact::is_secret_header(&name) {
            // The scheme may be seen, what comes behind it not.
            let lower = name.to_ascii_lowercase();
            let has_scheme = lower.ends_with("authorization") || lower.ends_with("authenticate");
            let scheme = value.split_once(' ').map(|(scheme, _)| scheme).filter(|scheme| {
                has_scheme && scheme.len() <= SCHEME && scheme.bytes().all(|octet| octet.is_ascii_alphabetic())
            });
            let value = scheme.map_or_else(|| HIDDEN.to_owned(), |scheme| format!("{scheme} {HIDDEN}"));
            return CarriedHeader { value, ..written };
        }
        match (self.mask(&name), self.mask(&value)) {
            (None, None) => written,
            (name, value) => CarriedHeader {
                name: name.map_or(written.name, |_| "x-hidden".to_owned()),
                value: value.map_or(written.value, |value| CarriedHeader::new(b"", value.as_bytes()).value),
            },
        }
    }

    fn mask(&self, text: &str) -> Option<String> {
        self.redaction.and_then(|(mask, _)| mask.text(text))
    }

    fn text(&self, text: &str) -> String {
        self.mask(text).unwrap_or_else(|| text.to_owned())
    }
}

/// A body without what must not be seen; `None` where it may stay as it is.
fn masked(redaction: &(Mask, Hidden), entry: Option<(EntryId, &Entry)>, body: &[u8]) -> Option<Vec<u8>> {
    let (mask, hidden) = redaction;
    let masked = match entry {
        Some((id, entry)) => {
            let none = std::collections::BTreeSet::new();
            entry.message.masked(hidden.of(id).unwrap_or(&none), &|text| mask.text(text))
        }
        // Whatever it is, nobody has looked for secrets in it.
        None if body.is_empty() => return None,
        None => HIDDEN.into(),
    };
    (masked != body).then_some(masked)
}

fn ending<L>(message: &HttpMessage<L>, cut: bool) -> CarriedEnding {
    let has = |is: fn(&Anomaly) -> bool| message.anomalies.iter().any(is);
    if has(|anomaly| matches!(anomaly, Anomaly::BadChunk { .. })) {
        return CarriedEnding::BadChunk;
    }
    match message.end {
        BodyEnd::Complete => CarriedEnding::Whole,
        BodyEnd::Truncated { .. } if has(|anomaly| matches!(anomaly, Anomaly::ShortOfLength { .. })) => {
            CarriedEnding::Finished
        }
        BodyEnd::Truncated { .. } if !cut => CarriedEnding::Broken,
        BodyEnd::Truncated { missing } => CarriedEnding::Missing { octets: missing },
        BodyEnd::Gap | BodyEnd::Limit | BodyEnd::NotKept => {
            let length = message.header("content-length").and_then(|length| length.parse::<u64>().ok());
            let here = u64::try_from(message.body.len()).unwrap_or(u64::MAX);
            let sent = length.unwrap_or(message.transferred);
            CarriedEnding::Missing { octets: Some(sent.saturating_sub(here)).filter(|octets| *octets > 0) }
        }
    }
}

/// The row of a push; `None` of one that was a part of something else: what carried that is no part of the session.
fn of_datagram(carrier: &Carrier, datagram: CarriedDatagram, input: Option<u32>) -> Option<Carried> {
    let (source, destination, sms) = match carrier {
        Carrier::Udp { source, destination } => (*source, *destination, None),
        Carrier::Sms { originator, port, .. } => {
            let originator = match originator {
                Party::Number(number) => number.clone(),
                Party::Endpoint(_) | Party::Unknown => String::new(),
            };
            // Where GSMTAP comes from and goes to, on one machine.
            let end = |port| Endpoint { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port };
            (end(gsmtap::PORT + 1), end(gsmtap::PORT), Some(CarriedSms { originator, port: *port }))
        }
        Carrier::Http { .. } | Carrier::Pap { .. } | Carrier::Sip { .. } => return None,
    };
    Some(Carried {
        session: 0,
        input,
        connection: 0,
        ordinal: 0,
        client: socket(source),
        server: socket(destination),
        tls: None,
        after_gap: false,
        cut: false,
        faults: Vec::new(),
        request: None,
        response: None,
        datagram: Some(CarriedDatagram { sms, ..datagram }),
    })
}

fn socket(endpoint: Endpoint) -> SocketAddr {
    SocketAddr::new(endpoint.address, endpoint.port)
}
