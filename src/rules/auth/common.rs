//! What the checks of the family share: who proves itself, by what, and the other side's word on it.

use crate::base::Direction;
use crate::dm::{AuthTrack, Challenge, Entry, EntryId, Place, Resolution, Scheme, Session};
use crate::rules::cx::{Cmd, Msg};
use crate::syncml::CommandName;

pub(super) const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
pub(super) const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
pub(super) const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
pub(super) const SEC: &str = "OMA-TS-DM_Security-V1_2_1";
pub(super) const NOT: &str = "OMA-TS-DM_Notification-V1_2_1";
pub(super) const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";

pub(super) const STATUS: &[CommandName] = &[CommandName::Status];

/// The first message of a session, and what follows; each message is a line and the lines of its commands.
macro_rules! script {
    ($($line:literal),* $(,)?) => { concat!($($line, "\n"),*) };
}
pub(super) use script;

/// A session whose first message is refused: options of the first message, what the server says, options of the repetition,
/// and what the server says of that.
macro_rules! challenged {
    ($first:literal, $refusal:literal, $retry:literal, $answer:literal $(, $rest:literal)* $(,)?) => {
        script!(
            $first,
            " Alert 1201",
            "server",
            $refusal,
            " Status Alert 407",
            $retry,
            " Status SyncHdr 200",
            " Alert 1201",
            "server",
            $answer,
            " Status Alert 200",
            " Get ./DevDetail/SwV",
            $($rest),*
        )
    };
}
pub(super) use challenged;

/// A session without credentials.
pub(super) const PLAIN: &str = script!(
    "device",
    " Alert 1201",
    "server",
    " Status SyncHdr 200",
    " Status Alert 200",
    " Get ./DevDetail/SwV",
    "device",
    " Status SyncHdr 200",
    " Status Get 200",
    " Results ./DevDetail/SwV=7.1",
    "server",
    " Status SyncHdr 200",
);

/// A session with basic credentials that the server asked for.
pub(super) const BASIC: &str = challenged!(
    "device",
    " Status SyncHdr 407 chal=basic",
    "device cred=basic:Bruce2:OhBehave",
    " Status SyncHdr 212",
    "device",
    " Status SyncHdr 200",
    " Status Get 404",
    "server",
    " Status SyncHdr 200",
);

/// A session with a digest that the server asked for.
pub(super) const MD5: &str = challenged!(
    "device",
    " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==",
    "device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
    " Status SyncHdr 212 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==",
    "device locname=Bruce2",
    " Status SyncHdr 200",
    " Status Get 404",
    "server",
    " Status SyncHdr 200",
);

/// A session with an integrity header that the server asked for.
pub(super) const MAC: &str = challenged!(
    "device",
    " Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==",
    "device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==",
    " Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
    "device hmac=Bruce2:OhBehave:9RfKc3YtV6oAeN0uGhB5Jw==",
    " Status SyncHdr 200",
    " Status Get 404",
    "server",
    " Status SyncHdr 200 chal=mac:Zk81QxLrT2mWvD7yPs0bCA==",
);

/// The value of the `x-syncml-hmac` header that came with a message.
pub(super) fn hmac_of(entry: &Entry) -> Option<&str> {
    entry.transport.as_ref()?.header("x-syncml-hmac")
}

/// How a message shows who sent it; `None` without credentials. Cred without a Type is of type basic.
pub(super) fn scheme_of(msg: Msg<'_>) -> Option<Scheme> {
    if hmac_of(msg.entry).is_some() {
        return Some(Scheme::Mac);
    }
    let cred = msg.message().hdr.cred?;
    Some(Scheme::of_type(msg.message().auth_type(cred).unwrap_or("syncml:auth-basic")))
}

/// Authentication of the side that sends messages of a direction.
pub(super) fn track(session: &Session, claimant: Direction) -> &AuthTrack {
    match claimant {
        Direction::DeviceToServer => &session.client_auth,
        Direction::ServerToDevice => &session.server_auth,
    }
}

/// The message at a position.
pub(super) fn message_at(session: &Session, id: EntryId) -> Option<Msg<'_>> {
    Some(Msg { session, id, entry: session.entry(id)? })
}

/// A message by its number, for the text of a finding.
pub(super) fn number(msg: Msg<'_>) -> String {
    let who = if msg.entry.is_client() { "the client's" } else { "the server's" };
    match msg.message().msg_id() {
        Some(id) => format!("{who} message {id}"),
        None => format!("{who} message without MsgID"),
    }
}

/// A Status for a SyncHdr: one side's word on the other's message.
#[derive(Debug, Clone)]
pub(super) struct Word<'s> {
    pub(super) status: Cmd<'s>,
    pub(super) code: u16,
    /// The message that it is about.
    pub(super) about: Msg<'s>,
    pub(super) challenge: Option<Challenge>,
}

impl Word<'_> {
    /// Whether it asks for credentials.
    pub(super) const fn is_refusal(&self) -> bool {
        matches!(self.code, 401 | 407)
    }

    /// Whether it accepts the message.
    pub(super) const fn is_acceptance(&self) -> bool {
        matches!(self.code, 200..=299)
    }

    /// The scheme that it asks for.
    pub(super) fn scheme(&self) -> Option<&Scheme> {
        self.challenge.as_ref()?.scheme.as_ref()
    }
}

/// Reads a command as a word on a message.
pub(super) fn word(status: Cmd<'_>) -> Option<Word<'_>> {
    let Some(Resolution::Found(Place { entry, command: None })) = status.resolution() else { return None };
    let about = message_at(status.session(), entry)?;
    let challenge = status.command.chal.map(|chal| Challenge::of(status.message(), chal));
    Some(Word { status, code: status.code()?, about, challenge })
}

/// The words of a message on messages of the other side.
pub(super) fn words(msg: Msg<'_>) -> impl Iterator<Item = Word<'_>> {
    msg.entry.header_answers().iter().filter_map(move |id| word(msg.command(*id)?))
}

/// The other side's first word on a message.
pub(super) fn word_on(msg: Msg<'_>) -> Option<Word<'_>> {
    let place = msg.session.statuses_of(msg.header()).next()?;
    word(message_at(msg.session, place.entry)?.command(place.command?)?)
}

/// The refusal to which a message is the reply: the first message of its sender after it.
pub(super) fn refusal_before(msg: Msg<'_>) -> Option<Word<'_>> {
    let asked = message_at(msg.session, msg.entry.answers?)?;
    let goes_on = msg.session.previous_of_sender(msg.id).is_some_and(|(_, before)| before.answers == msg.entry.answers);
    if goes_on || !asked.message().is_judgeable() {
        return None;
    }
    words(asked).find(Word::is_refusal)
}

/// Whether a message asks for something, and does not only answer.
pub(super) fn is_request(msg: Msg<'_>) -> bool {
    msg.entry.content.operations && !msg.entry.content.abort
}

/// Whether the connection may show who its ends are: TLS, HTTP credentials, a proxy in front that ends TLS, a server whose
/// address is https though the traffic was captured in clear, or a connection that nobody saw.
pub(super) fn may_be_authenticated_below(msg: Msg<'_>) -> bool {
    let is_https = |uri: &str| uri.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    msg.entry.transport.as_ref().is_none_or(|transport| {
        let by_proxy = ["via", "forwarded", "x-forwarded-for", "x-forwarded-proto"];
        transport.tls
            || transport.has_http_credentials()
            || by_proxy.iter().any(|name| transport.header(name).is_some())
            || is_https(&msg.session.identity.server)
    })
}

/// Whether a text is base64, its padding and white space apart.
pub(super) fn is_base64(text: &str) -> bool {
    Challenge { scheme: None, nonce: Some(text.to_owned()) }.nonce_octets().is_some()
}
