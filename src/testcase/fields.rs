//! The value of a field of an event.

use super::events::{Chain, Event, Part};
use super::expr::Value;
use super::path::{FieldPath, Hop, Leaf, Way, Which};
use super::window::doubt_of_answer;
use super::{EventKind, Reason, Window};
use crate::base::Limits;
use crate::dm::uri::without_query;
use crate::dm::{AuthState, Chunk, End, Entry, HmacHeader, Place, ProofOutcome, Session, Version};
use crate::markup::{NodeId, Tag};
use crate::syncml::{Command, CommandId, Encoding, Item, Message, number};

/// Marks the number of a [`Value::Thing`] as the whole value that an Item carries a part of.
const OBJECT: u64 = 1 << 48;

/// The beginning of an alert's type that says how it is to be read, and is no part of it.
const REVERSED_DOMAIN: &str = "Reversed-Domain-Name:";

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Absent, Value::text)
}

fn int(value: Option<u64>) -> Value<'static> {
    value.and_then(|value| i64::try_from(value).ok()).map_or(Value::Absent, Value::Int)
}

fn thing(at: Option<usize>) -> Value<'static> {
    at.and_then(|at| u64::try_from(at).ok()).map_or(Value::Absent, Value::Thing)
}

impl<'s> Chain<'s> {
    /// The event that a value stands for.
    pub(super) fn event(&self, value: &Value<'_>) -> Option<(usize, Event)> {
        let Value::Thing(at) = value else { return None };
        let at = usize::try_from(*at).ok()?;
        self.events.get(at).map(|event| (at, *event))
    }

    /// A field of the event at a position; with an empty path the event itself.
    pub(super) fn field(&self, at: usize, path: &FieldPath) -> Value<'s> {
        self.follow(Some(at), path.way())
    }

    /// Where a way leads from an event.
    pub(super) fn follow(&self, at: Option<usize>, way: &Way) -> Value<'s> {
        let found = at.and_then(|at| self.events.get(at));
        let Some((event, session)) = found.and_then(|event| Some((event, self.session(event)?))) else {
            return Value::Absent;
        };
        match (way, event.part) {
            (Way::Here, _) => thing(at),
            (Way::Nowhere, _) => Value::Absent,
            (Way::To(name), Part::Notification) => notification(session, *name),
            (Way::To(name), Part::Session) => of_session(session, *name),
            (_, Part::Notification | Part::Session) => Value::Absent,
            (_, Part::Http | Part::Bare(_)) => self.http(session, event, way),
            _ => {
                let Some(entry) = session.entry(event.entry) else { return Value::Absent };
                match way {
                    Way::Over(hop, rest) => self.over(session, event, entry, *hop, rest),
                    Way::To(name) => in_message(session, event, entry, *name),
                    Way::Header(name) if event.part == Part::Message => {
                        text(entry.transport.as_ref().and_then(|transport| transport.header(name)))
                    }
                    Way::Header(_) | Way::Here | Way::Nowhere => Value::Absent,
                }
            }
        }
    }

    /// From an event in a message to another one, and on from there.
    fn over(&self, session: &'s Session, event: &Event, entry: &'s Entry, hop: Hop, rest: &Way) -> Value<'s> {
        let here = |part| self.find(event.session, event.entry, part);
        match (event.part, hop) {
            (Part::Message, Hop::Reply) => {
                let is_reply = |other: &Entry| other.answers == Some(event.entry);
                let reply = session.next_of_peer(event.entry).filter(|(_, other)| is_reply(other));
                match reply {
                    Some((id, _)) => self.follow(self.find(event.session, id, Part::Message), rest),
                    None => self.not_seen(event),
                }
            }
            (Part::Message, _) => Value::Absent,
            (_, Hop::Message) => self.follow(here(Part::Message), rest),
            (Part::Item(command, _), Hop::Command) => self.follow(here(Part::Command(command)), rest),
            (Part::Command(id), _) => {
                let Some(command) = entry.message.command(id) else { return Value::Absent };
                let items = || entry.message.items(command).len();
                let place = event.place();
                let answer = match hop {
                    Hop::Item => {
                        return match items() {
                            0 => Value::Absent,
                            1 => self.follow(here(Part::Item(id, 0)), rest),
                            _ => Value::Unknown(Reason::Ambiguous),
                        };
                    }
                    Hop::Items(Which::One(item)) => return self.follow(here(Part::Item(id, item)), rest),
                    Hop::Items(Which::All) => return self.items(event, id, items(), rest),
                    Hop::Parent => {
                        return self.follow(command.parent.and_then(|parent| here(Part::Command(parent))), rest);
                    }
                    Hop::Status => session.statuses_of(place).last(),
                    Hop::Results => session.results_of(place).next(),
                    Hop::Message | Hop::Reply | Hop::Command => return Value::Absent,
                };
                let answer = answer.and_then(|to| self.find(event.session, to.entry, Part::Command(to.command?)));
                if answer.is_none() { self.not_seen(event) } else { self.follow(answer, rest) }
            }
            _ => Value::Absent,
        }
    }

    /// What it means that nothing answers an event: that nothing came, or that nobody can say.
    fn not_seen(&self, event: &Event) -> Value<'s> {
        let Some(session) = self.session(event) else { return Value::Absent };
        let sender = event.sender.reverse();
        doubt_of_answer(session, event.place(), sender, Window::Package).map_or(Value::Absent, Value::Unknown)
    }

    /// The positions of the Items of a command, which stand behind it; `None` for another event.
    pub(super) fn items_of(&self, at: usize) -> Option<std::ops::Range<usize>> {
        let event = self.events.get(at)?;
        let Part::Command(id) = event.part else { return None };
        let message = &self.session(event)?.entry(event.entry)?.message;
        let first = at.saturating_add(1);
        Some(first..first.saturating_add(message.items(message.command(id)?).len()))
    }

    fn items(&self, event: &Event, command: CommandId, count: usize, rest: &Way) -> Value<'s> {
        let all = (0..u32::try_from(count).unwrap_or(u32::MAX)).filter_map(|item| {
            let at = self.find(event.session, event.entry, Part::Item(command, item))?;
            Some(self.follow(Some(at), rest))
        });
        // What an Item does not have is no element of the list.
        Value::List(all.filter(|value| *value != Value::Absent).collect())
    }

    fn http(&self, session: &'s Session, event: &Event, way: &Way) -> Value<'s> {
        let Some(entry) = session.entry(event.entry) else { return Value::Absent };
        if let Part::Bare(at) = event.part {
            let bare = usize::try_from(at).ok().and_then(|at| entry.bare.get(at));
            return match (way, bare) {
                (Way::To(Leaf::Code), Some(bare)) => Value::Int(i64::from(bare.status)),
                (Way::To(Leaf::Of), Some(_)) => thing(self.find(event.session, event.entry, Part::Http)),
                _ => Value::Absent,
            };
        }
        let Some(transport) = &entry.transport else { return Value::Absent };
        match way {
            Way::To(Leaf::Method) if entry.is_client() => Value::text(&*transport.method),
            Way::To(Leaf::Url) => Value::text(&*transport.url),
            Way::To(Leaf::Code) => transport.status.map_or(Value::Absent, |code| Value::Int(i64::from(code))),
            Way::To(Leaf::Length) => int(Some(transport.transferred)),
            Way::To(Leaf::Of) => thing(
                entry.answers.filter(|_| entry.is_server()).and_then(|id| self.find(event.session, id, Part::Http)),
            ),
            Way::Header(name) => text(transport.header(name)),
            _ => Value::Absent,
        }
    }

    /// The HTTP request that an HTTP response belongs to.
    pub(super) fn request_of(&self, at: usize) -> Option<(usize, Event)> {
        self.event(&self.follow(Some(at), &Way::To(Leaf::Of)))
    }

    /// The whole value that an Item carries, or carries a part of.
    pub(super) fn object(&self, item: &Value<'_>) -> Value<'s> {
        match self.event(item) {
            Some((at, event)) if event.kind == EventKind::Item => {
                u64::try_from(at).map_or(Value::Absent, |at| Value::Thing(at | OBJECT))
            }
            _ => Value::Absent,
        }
    }

    /// The parts of a whole value: the texts that were sent, in order, and whether it is complete.
    fn parts(&self, object: &Value<'_>) -> Option<(Vec<&'s str>, bool, Event)> {
        let Value::Thing(number) = object else { return None };
        let (_, event) = self.event(&Value::Thing(number.checked_sub(OBJECT)?))?;
        let Part::Item(command, item) = event.part else { return None };
        let session = self.session_of(event.session)?;
        let text_at = |entry, command, item: u32| {
            let message = &session.entry(entry)?.message;
            let found = message.items(message.command(command)?).get(usize::try_from(item).ok()?)?;
            Some(found.data.map_or("", |data| message.tree().text(data)))
        };
        match session.object_of(event.place()) {
            Some(object) => {
                let parts = object.chunks.iter().filter_map(|chunk| text_at(chunk.entry, chunk.command, chunk.item));
                Some((parts.collect(), object.end == crate::dm::ObjectEnd::Complete, event))
            }
            None => Some((vec![text_at(event.entry, command, item)?], true, event)),
        }
    }

    fn session_of(&self, at: usize) -> Option<&'s Session> {
        self.sessions.get(at).map(|seen| seen.session)
    }

    /// A field of a whole value: `len`.
    pub(super) fn object_field(&self, object: &Value<'_>, path: &str) -> Value<'s> {
        match (path, self.parts(object)) {
            ("decoded_len", Some((_, true, _))) => {
                let octets = self.object_octets(object).and_then(|octets| i64::try_from(octets.len()).ok());
                octets.map_or(Value::Absent, Value::Int)
            }
            ("len", Some((parts, true, _))) => {
                int(u64::try_from(parts.iter().map(|part| part.len()).sum::<usize>()).ok())
            }
            ("len" | "decoded_len", Some(_)) => Value::Unknown(Reason::WindowOpen),
            _ => Value::Absent,
        }
    }

    /// The octets of a whole value, with Base64 undone where its Format says so.
    pub(super) fn object_octets(&self, object: &Value<'_>) -> Option<Vec<u8>> {
        let (parts, is_complete, event) = self.parts(object)?;
        if !is_complete {
            return None;
        }
        let joined = parts.concat();
        let at = self.find(event.session, event.entry, event.part)?;
        if self.follow(Some(at), &Way::To(Leaf::MetaFormat)) == Value::text("b64") {
            return super::expr::decoded(&joined);
        }
        Some(joined.into_bytes())
    }
}

/// A field of an event in a message.
fn in_message<'s>(session: &'s Session, event: &Event, entry: &'s Entry, name: Leaf) -> Value<'s> {
    let message = &entry.message;
    match event.part {
        Part::Message => message_field(entry, name),
        Part::SyncHdr => header(session, event, entry, name),
        Part::Item(id, item) => {
            let found = message.command(id).and_then(|command| {
                let item_at = usize::try_from(item).ok()?;
                Some((command, message.items(command).get(item_at)?))
            });
            let Some((command, found)) = found else { return Value::Absent };
            item_field(message, command, found, name, || chunk_of(session, event.place(), item))
        }
        Part::Command(id) => message.command(id).map_or(Value::Absent, |command| command_field(message, command, name)),
        Part::Unknown(at) => {
            let unknown = &message.survey().unknown_commands;
            let node = usize::try_from(at).ok().and_then(|at| unknown.get(at).copied());
            let path = node.map(|node| message.path(node)).unwrap_or_default();
            match name {
                Leaf::Name => {
                    let last = path.rsplit('/').next().unwrap_or_default();
                    Value::text(last.split('[').next().unwrap_or_default().to_owned())
                }
                Leaf::Path => Value::text(path),
                _ => Value::Absent,
            }
        }
        _ => Value::Absent,
    }
}

fn message_field(entry: &Entry, name: Leaf) -> Value<'_> {
    let transport = entry.transport.as_ref();
    let content_type = transport.and_then(|transport| transport.content_type.as_ref());
    let hmac = || transport.and_then(|transport| transport.header("x-syncml-hmac")).map(HmacHeader::parse);
    match name {
        Leaf::Encoding => Value::text(match entry.message.encoding() {
            Encoding::Xml => "xml",
            Encoding::Wbxml => "wbxml",
        }),
        Leaf::ContentType => text(content_type.map(|media| media.essence.as_str())),
        Leaf::Charset => text(content_type.and_then(|media| media.charset.as_deref())),
        Leaf::Size => int(u64::try_from(entry.message.body().len()).ok()),
        Leaf::Final => Value::Bool(entry.message.has_final()),
        Leaf::Hmac => hmac().map_or(Value::Absent, |_| Value::Bool(true)),
        Leaf::HmacUsername => text(hmac().and_then(|hmac| hmac.username)),
        Leaf::HmacAlgorithm => text(hmac().map(|hmac| hmac.algorithm)),
        Leaf::HmacMac => text(hmac().and_then(|hmac| hmac.mac)),
        _ => Value::Absent,
    }
}

fn header<'s>(session: &Session, event: &Event, entry: &'s Entry, name: Leaf) -> Value<'s> {
    let message = &entry.message;
    let hdr = &message.hdr;
    match name {
        Leaf::VerDtd => text(message.value(hdr.ver_dtd)),
        Leaf::VerProto => text(message.value(hdr.ver_proto)),
        Leaf::SessionId => text(message.session_id()),
        Leaf::MsgId => int(message.msg_number()),
        Leaf::Target => present(hdr.target),
        Leaf::TargetUri => text(message.value(hdr.target_uri)),
        Leaf::Source => present(hdr.source),
        Leaf::SourceUri => text(message.value(hdr.source_uri)),
        Leaf::SourceName => text(message.value(hdr.source_name)),
        Leaf::RespUri => text(message.value(hdr.resp_uri)),
        Leaf::MaxMsgSize => int(message.value(message.met_inf(hdr.meta, Tag::MaxMsgSize)).and_then(number)),
        Leaf::MaxObjSize => int(message.value(message.met_inf(hdr.meta, Tag::MaxObjSize)).and_then(number)),
        Leaf::CredRight => {
            let track = if entry.is_client() { &session.client_auth } else { &session.server_auth };
            match track.proof(event.entry).map(|proof| &proof.outcome) {
                Some(ProofOutcome::Verified { in_force, .. }) => Value::Bool(*in_force),
                Some(ProofOutcome::Wrong { .. } | ProofOutcome::WrongCredentials | ProofOutcome::ReplacedSecret) => {
                    Value::Bool(false)
                }
                None => Value::Unknown(Reason::MissingSecret),
            }
        }
        _ => cred(message, hdr.cred, name),
    }
}

fn present(node: Option<NodeId>) -> Value<'static> {
    node.map_or(Value::Absent, |_| Value::Bool(true))
}

fn cred(message: &Message, node: Option<NodeId>, name: Leaf) -> Value<'_> {
    let meta = || message.tree().child(node?, Tag::Meta);
    match name {
        Leaf::Cred => present(node),
        Leaf::CredType => text(node.and_then(|node| message.auth_type(node))),
        Leaf::CredFormat => text(message.value(message.met_inf(meta(), Tag::Format))),
        Leaf::CredData => text(node.and_then(|node| message.value(message.tree().child(node, Tag::Data)))),
        _ => Value::Absent,
    }
}

fn command_field<'s>(message: &'s Message, command: &'s Command, name: Leaf) -> Value<'s> {
    let meta = |tag| message.value(message.met_inf(command.meta, tag));
    let chal_meta = || message.tree().child(command.chal?, Tag::Meta);
    let refs = |tag| Value::List(message.each(command.node, tag).map(|node| Value::text(message.text(node))).collect());
    match name {
        Leaf::CmdId => text(message.cmd_id(command)),
        Leaf::Code => command.code.map_or(Value::Absent, |code| Value::Int(i64::from(code))),
        Leaf::MsgRef => text(message.value(command.msg_ref)),
        Leaf::CmdRef => text(message.value(command.cmd_ref)),
        Leaf::Cmd => text(message.value(command.cmd)),
        Leaf::TargetRefs => refs(Tag::TargetRef),
        Leaf::SourceRefs => refs(Tag::SourceRef),
        Leaf::Meta => present(command.meta),
        Leaf::MetaType => text(meta(Tag::Type)),
        Leaf::MetaFormat => text(meta(Tag::Format)),
        Leaf::MetaSize => int(meta(Tag::Size).and_then(number)),
        Leaf::MetaMark => text(meta(Tag::Mark)),
        // Of an element that DM does not have.
        Leaf::Name => Value::text(command.name.name()),
        Leaf::Path => Value::text(message.path(command.node)),
        Leaf::Correlator => text(message.value(command.correlator)),
        Leaf::Chal => present(command.chal),
        Leaf::ChalType => text(command.chal.and_then(|chal| message.auth_type(chal))),
        Leaf::ChalFormat => text(message.value(message.met_inf(chal_meta(), Tag::Format))),
        Leaf::ChalNextNonce => text(message.value(message.met_inf(chal_meta(), Tag::NextNonce))),
        _ => cred(message, command.cred, name),
    }
}

fn item_field<'s>(
    message: &'s Message,
    command: &Command,
    item: &Item,
    name: Leaf,
    chunk: impl FnOnce() -> Value<'static>,
) -> Value<'s> {
    let meta = |tag| message.value(message.effective_met_inf(command, Some(item), tag));
    let uri = || message.value(item.target_uri).or_else(|| message.value(item.source_uri));
    let query = |key: &str| {
        let (_, query) = uri()?.split_once('?')?;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    match name {
        Leaf::Target => present(item.target),
        Leaf::TargetUri => text(message.value(item.target_uri)),
        Leaf::Source => present(item.source),
        Leaf::SourceUri => text(message.value(item.source_uri)),
        Leaf::Uri => text(uri()),
        Leaf::Node => text(uri().map(without_query)),
        Leaf::Data => match item.data {
            // Mark-up is a value too.
            Some(data) if message.tree().elements(data).next().is_some() => Value::text(markup(message, data)),
            data => text(data.map(|data| message.text(data))),
        },
        Leaf::Meta => present(item.meta),
        Leaf::MetaType => text(meta(Tag::Type)),
        Leaf::MetaFormat => text(meta(Tag::Format)),
        Leaf::MetaSize | Leaf::Size => int(meta(Tag::Size).and_then(number)),
        Leaf::MetaMark => text(meta(Tag::Mark)),
        Leaf::AlertType => {
            text(meta(Tag::Type).map(|kind| kind.strip_prefix(REVERSED_DOMAIN).map_or(kind, str::trim_start)))
        }
        Leaf::MoreData => Value::Bool(item.more_data.is_some()),
        Leaf::Chunk => chunk(),
        Leaf::Prop => text(query("prop")),
        Leaf::List => text(query("list")),
        _ => Value::Absent,
    }
}

/// The elements inside one and their texts, without attributes and name spaces.
fn markup(message: &Message, node: NodeId) -> String {
    let tree = message.tree();
    let mut out = String::new();
    // Depth is bounded by the decoder; so is what comes of it.
    for id in tree.descendants(node).take(Limits::CASE_NODES) {
        if tree.tag(id).is_some() || !tree.name(id).is_empty() {
            out.push_str(&format!("<{}>{}", tree.name(id), tree.text(id)));
        }
        if out.len() > Limits::CASE_FILE {
            break;
        }
    }
    out
}

/// Which part of its large object an Item is, from 0; 0 for what is none.
fn chunk_of(session: &Session, place: Place, item: u32) -> Value<'static> {
    let is_it =
        |chunk: &Chunk| chunk.entry == place.entry && Some(chunk.command) == place.command && chunk.item == item;
    let at = session.object_of(place).and_then(|object| object.chunks.iter().position(is_it));
    Value::Int(i64::try_from(at.unwrap_or_default()).unwrap_or(i64::MAX))
}

fn notification(session: &Session, name: Leaf) -> Value<'_> {
    let Some(notified) = &session.notification else { return Value::Absent };
    let content = notified.content.as_ref();
    match name {
        Leaf::Digest => content.map_or(Value::Absent, |content| {
            Value::text(content.digest.iter().map(|octet| format!("{octet:02x}")).collect::<String>())
        }),
        Leaf::Version => content
            .map_or(Value::Absent, |content| Value::text(format!("{}.{}", content.version / 10, content.version % 10))),
        Leaf::UiMode => content.map_or(Value::Absent, |content| Value::text(content.ui_mode.name())),
        Leaf::Initiator => {
            content.map_or(Value::Absent, |content| Value::text(if content.by_server { "server" } else { "user" }))
        }
        Leaf::SessionId => content.map_or(Value::Absent, |content| Value::text(format!("{:X}", content.session_id))),
        Leaf::ServerId => {
            content.map_or(Value::Absent, |content| Value::text(String::from_utf8_lossy(&content.server).into_owned()))
        }
        Leaf::Reserved => int(content.map(|content| u64::from(content.future))),
        Leaf::VendorLen => int(content.and_then(|content| u64::try_from(content.vendor.len()).ok())),
        Leaf::Repeated => int(Some(u64::from(notified.repeated))),
        _ => Value::Absent,
    }
}

fn of_session(session: &Session, name: Leaf) -> Value<'_> {
    let state = |track: &crate::dm::AuthTrack, secured: bool| {
        let scheme = track.scheme.as_ref().filter(|_| !track.presented.is_empty()).map(crate::dm::Scheme::type_name);
        match scheme {
            Some(scheme) => Value::text(scheme.strip_prefix("syncml:auth-").unwrap_or(scheme).to_ascii_lowercase()),
            None if secured => Value::text("transport"),
            None => Value::text("none"),
        }
    };
    let transport = session.entries.iter().find_map(|entry| entry.transport.as_ref());
    match name {
        Leaf::Initiator => {
            let first = session.entries.iter().find(|entry| entry.is_client());
            let has = |code| first.is_some_and(|entry| entry.message.alerts(code).next().is_some());
            if has(1200) {
                Value::text("server")
            } else if has(1201) {
                Value::text("client")
            } else {
                Value::Absent
            }
        }
        Leaf::Complete => Value::Bool(session.start_seen && session.end == End::Completed && !session.has_losses),
        Leaf::End => Value::text(match session.end {
            End::Completed => "closed",
            End::Aborted => "aborted",
            End::Open => "lost",
            End::Truncated => "cut",
        }),
        Leaf::Version => Value::text(match session.version {
            Version::V1_1_2 => "DM/1.1",
            Version::V1_2 => "DM/1.2",
            Version::V1_3 => "DM/1.3",
            Version::Unknown => "unknown",
        }),
        Leaf::TlsVersion => {
            text(transport.and_then(|transport| transport.secured).and_then(|secured| secured.version_name()))
        }
        Leaf::Tls => Value::Bool(transport.is_some_and(|transport| transport.tls)),
        Leaf::AuthClient => state(&session.client_auth, false),
        Leaf::AuthClientState => Value::text(state_name(session.client_auth.state)),
        Leaf::AuthServer => state(&session.server_auth, transport.is_some_and(|transport| transport.tls)),
        Leaf::AuthServerState => Value::text(state_name(session.server_auth.state)),
        Leaf::Messages => int(u64::try_from(session.entries.len()).ok()),
        _ => Value::Absent,
    }
}

const fn state_name(state: AuthState) -> &'static str {
    match state {
        AuthState::None => "none",
        AuthState::Presented => "presented",
        AuthState::Challenged => "challenged",
        AuthState::Accepted => "accepted",
        AuthState::Failed => "failed",
    }
}
