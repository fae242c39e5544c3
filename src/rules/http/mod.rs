//! HTTP: how messages are carried, over HTTP and TLS.
//!
//! [`secure`] looks at what protects the connection; [`media`] at what the headers say of the body; [`request`] at what a
//! client sends with it; [`reply`] at responses, and at what comes instead of a message; [`framing`] at where bodies end.

mod framing;
mod media;
mod reply;
mod request;
mod secure;
#[cfg(test)]
mod tests;

use super::cx::Msg;
use super::rule::{Family, LeftOut};
use crate::dm::{Entry, Transport};

const SEC: &str = "OMA-TS-DM_Security-V1_2_1";
const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const HTTP_BINDING: &str = "OMA-TS-SyncML_HTTPBinding-V1_2_1";
const REGISTRATION: &str = "Registrations of application/vnd.syncml.dm+xml and +wbxml (IANA)";
const MS_MDM: &str = "[MS-MDM]";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "HTTP",
    title: "Transport: HTTP and TLS",
    rules: &[
        &secure::IN_CLEAR,
        &secure::OLD_VERSION,
        &secure::WEAK_CIPHER,
        &secure::OFFERED,
        &request::METHOD,
        &media::REQUEST_TYPE,
        &media::RESPONSE_TYPE,
        &media::TYPE_AND_ENCODING,
        &media::CHARSET,
        &media::VER_PROTO,
        &media::VER_DTD,
        &reply::STATUS,
        &reply::VERSION,
        &reply::CACHED,
        &request::ACCEPT,
        &media::NOT_ACCEPTED,
        &media::OTHER_ENCODING,
        &request::ACCEPT_CHARSET,
        &request::USER_AGENT,
        &framing::LENGTH,
        &framing::CHUNKS_REFUSED,
        &reply::REDIRECT,
        &request::ADDRESS,
        &reply::CREDENTIALS,
        &reply::HMAC_WITHOUT_BODY,
        &secure::CERTIFICATE,
        &reply::TOO_EARLY,
        &framing::CONTENT_CODING,
        &request::WINDOWS,
    ],
    left_out: &[LeftOut {
        id: "HTTP-002",
        title: "No connection is protected by SSL 2 or PCT",
        why: "Connections under SSL 2 and PCT are not opened: no DM message of theirs is ever seen.",
    }],
    ..Family::NONE
};

/// The first exchange of a session: its `session` line, and options of both messages.
macro_rules! exchange {
    ($session:literal, $device:literal, $server:literal) => {
        concat!(
            "session ",
            $session,
            "\ndevice ",
            $device,
            "\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
             ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver ",
            $server,
            "\n    Status SyncHdr 200\n    Status * 200\n"
        )
    };
}
use exchange;

/// A session in which all is well.
const PLAIN: &str = exchange!("", "", "");

/// A request without an answer.
const UNANSWERED: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\n";

/// An answer whose request was not captured.
const ANSWER_ALONE: &str = "device lost\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n";

/// How a client's message was carried, where it came in an HTTP request.
fn request_of(msg: Msg<'_>) -> Option<&Transport> {
    msg.entry.transport.as_ref().filter(|transport| msg.entry.is_client() && transport.is_request())
}

/// How a server's message was carried, where it came in an HTTP response, and its status.
fn response_of(msg: Msg<'_>) -> Option<(&Transport, u16)> {
    let transport = msg.entry.transport.as_ref().filter(|_| msg.entry.is_server())?;
    Some((transport, transport.status?))
}

/// The message in the request that a response answers, and how it was carried.
fn request_to(msg: Msg<'_>) -> Option<(&Entry, &Transport)> {
    let own = msg.entry.transport.as_ref()?;
    let entry = msg.session.entry(msg.entry.answers?)?;
    let request = entry.transport.as_ref()?;
    // A request that was sent again is kept once, with the connection of its first try.
    let same = request.connection == own.connection && request.ordinal == own.ordinal;
    (same || entry.resent > 0).then_some((entry, request))
}
