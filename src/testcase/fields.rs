//! The value of a field of an event.

use super::events::{Chain, Event, Part};
use super::expr::Value;
use super::plan::{Quick, QuickUri};
use super::window::doubt_of_answer;
use super::{EventKind, Reason, Window};
use crate::base::Limits;
use crate::dm::uri::without_query;
use crate::dm::{AuthState, Chunk, End, Entry, HmacHeader, Place, ProofOutcome, Session, Version};
use crate::markup::{NodeId, Tag};
use crate::syncml::{Command, Encoding, Item, Message, number};

/// Marks the number of a [`Value::Thing`] as the whole value that an Item carries a part of.
const OBJECT: u64 = 1 << 48;

/// The beginning of an alert's type that says how it is to be read, and is no part of it.
const REVERSED_DOMAIN: &str = "Reversed-Domain-Name:";

fn text(value: Option<&str>) -> Value {
    value.map_or(Value::Absent, Value::text)
}

fn int(value: Option<u64>) -> Value {
    value.and_then(|value| i64::try_from(value).ok()).map_or(Value::Absent, Value::Int)
}

fn thing(at: Option<usize>) -> Value {
    at.and_then(|at| u64::try_from(at).ok()).map_or(Value::Absent, Value::Thing)
}

impl Chain<'_> {
    /// The event that a value stands for.
    pub(super) fn event(&self, value: &Value) -> Option<(usize, Event)> {
        let Value::Thing(at) = value else { return None };
        let at = usize::try_from(*at).ok()?;
        self.events.get(at).map(|event| (at, *event))
    }

    /// A field of the event at a position; with an empty path the event itself.
    pub(super) fn field(&self, at: usize, path: &str) -> Value {
        let Some(event) = self.events.get(at) else { return Value::Absent };
        if path.is_empty() {
            return thing(Some(at));
        }
        let Some(session) = self.session(event) else { return Value::Absent };
        match event.part {
            Part::Notification => notification(session, path),
            Part::Session => of_session(session, path),
            Part::Http | Part::Bare(_) => self.http(session, event, path),
            _ => self.in_message(session, event, path),
        }
    }

    /// A URI of an Item, without a copy of it; the outer `None` where there is not one Item.
    pub(super) fn quick_text(&self, event: &Event, quick: Quick) -> Option<Option<&str>> {
        let (id, item_at) = match event.part {
            Part::Item(id, item) if !quick.of_command => (id, usize::try_from(item).ok()?),
            Part::Command(id) if quick.of_command => (id, 0),
            _ => return None,
        };
        let message = &self.sessions.get(event.session)?.session.entry(event.entry)?.message;
        let items = message.items(message.command(id)?);
        if quick.of_command && items.len() > 1 {
            return None;
        }
        let Some(item) = items.get(item_at) else { return Some(None) };
        let either = || message.value(item.target_uri).or_else(|| message.value(item.source_uri));
        Some(match quick.which {
            QuickUri::Target => message.value(item.target_uri),
            QuickUri::Source => message.value(item.source_uri),
            QuickUri::Node => either().map(without_query),
            QuickUri::Either => either(),
        })
    }

    fn in_message(&self, session: &Session, event: &Event, path: &str) -> Value {
        let Some(entry) = session.entry(event.entry) else { return Value::Absent };
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        let here = |part| self.find(event.session, event.entry, part);
        let follow = |at: Option<usize>| at.map_or(Value::Absent, |at| self.field(at, rest));
        match (event.part, head) {
            (Part::Message, "reply") => {
                let is_reply = |other: &Entry| other.answers == Some(event.entry);
                let reply = session.next_of_peer(event.entry).filter(|(_, other)| is_reply(other));
                match reply {
                    Some((id, _)) => follow(self.find(event.session, id, Part::Message)),
                    None => self.not_seen(event),
                }
            }
            (Part::Message, _) => message_field(entry, path),
            (_, "message") => follow(here(Part::Message)),
            (Part::SyncHdr, _) => header(session, event, entry, path),
            (Part::Item(command, _), "command") => follow(here(Part::Command(command))),
            (Part::Item(id, item), _) => {
                let found = entry.message.command(id).and_then(|command| {
                    let item_at = usize::try_from(item).ok()?;
                    Some((command, entry.message.items(command).get(item_at)?))
                });
                let Some((command, found)) = found else { return Value::Absent };
                let chunk = || chunk_of(session, Place { entry: event.entry, command: Some(id) }, item);
                item_field(&entry.message, command, found, path, chunk)
            }
            (Part::Command(id), _) => {
                let Some(command) = entry.message.command(id) else { return Value::Absent };
                match head {
                    "item" => match entry.message.items(command).len() {
                        0 => Value::Absent,
                        1 => follow(here(Part::Item(id, 0))),
                        _ => Value::Unknown(Reason::Ambiguous),
                    },
                    "items" => self.items(event, entry.message.items(command).len(), rest),
                    "parent" => follow(command.parent.and_then(|parent| here(Part::Command(parent)))),
                    "status" | "results" => {
                        let place = Place { entry: event.entry, command: Some(id) };
                        let answer = if head == "status" {
                            session.statuses_of(place).last()
                        } else {
                            session.results_of(place).next()
                        };
                        let answer =
                            answer.and_then(|to| self.find(event.session, to.entry, Part::Command(to.command?)));
                        if answer.is_none() { self.not_seen(event) } else { follow(answer) }
                    }
                    _ => command_field(&entry.message, command, path),
                }
            }
            (Part::Unknown(_), "name" | "path") => {
                let node = self.node(event);
                let path_of = node.map(|node| entry.message.path(node)).unwrap_or_default();
                let name = path_of.rsplit('/').next().unwrap_or_default().split('[').next().unwrap_or_default();
                Value::text(if head == "name" { name } else { &path_of })
            }
            _ => Value::Absent,
        }
    }

    /// What it means that nothing answers an event: that nothing came, or that nobody can say.
    fn not_seen(&self, event: &Event) -> Value {
        let Some(session) = self.session(event) else { return Value::Absent };
        let sender = event.sender.reverse();
        doubt_of_answer(session, event.place(), sender, Window::Package).map_or(Value::Absent, Value::Unknown)
    }

    fn items(&self, event: &Event, count: usize, path: &str) -> Value {
        let Some(command) = event.command() else { return Value::Absent };
        let at = |item: u32| self.find(event.session, event.entry, Part::Item(command, item));
        let (which, rest) = path.split_once('.').unwrap_or((path, ""));
        if let Ok(item) = which.parse() {
            return at(item).map_or(Value::Absent, |at| self.field(at, rest));
        }
        let all = (0..u32::try_from(count).unwrap_or(u32::MAX)).filter_map(at);
        // What an Item does not have is no element of the list.
        Value::List(all.map(|at| self.field(at, rest)).filter(|value| *value != Value::Absent).collect())
    }

    fn http(&self, session: &Session, event: &Event, path: &str) -> Value {
        let Some(entry) = session.entry(event.entry) else { return Value::Absent };
        if let Part::Bare(at) = event.part {
            let bare = usize::try_from(at).ok().and_then(|at| entry.bare.get(at));
            return match (path, bare) {
                ("code", Some(bare)) => Value::Int(i64::from(bare.status)),
                ("of", Some(_)) => thing(self.find(event.session, event.entry, Part::Http)),
                _ => Value::Absent,
            };
        }
        let Some(transport) = &entry.transport else { return Value::Absent };
        match path {
            "method" if entry.is_client() => Value::text(&*transport.method),
            "url" => Value::text(&*transport.url),
            "code" => transport.status.map_or(Value::Absent, |code| Value::Int(i64::from(code))),
            "length" => int(Some(transport.transferred)),
            "of" => thing(
                entry.answers.filter(|_| entry.is_server()).and_then(|id| self.find(event.session, id, Part::Http)),
            ),
            _ => text(path.strip_prefix("header.").and_then(|name| transport.header(name))),
        }
    }

    /// The whole value that an Item carries, or carries a part of.
    pub(super) fn object(&self, item: &Value) -> Value {
        match self.event(item) {
            Some((at, event)) if event.kind == EventKind::Item => {
                u64::try_from(at).map_or(Value::Absent, |at| Value::Thing(at | OBJECT))
            }
            _ => Value::Absent,
        }
    }

    /// The parts of a whole value: the texts that were sent, in order, and whether it is complete.
    fn parts(&self, object: &Value) -> Option<(Vec<&str>, bool, Event)> {
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

    fn session_of(&self, at: usize) -> Option<&Session> {
        self.sessions.get(at).map(|seen| seen.session)
    }

    /// A field of a whole value: `len`.
    pub(super) fn object_field(&self, object: &Value, path: &str) -> Value {
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
    pub(super) fn object_octets(&self, object: &Value) -> Option<Vec<u8>> {
        let (parts, is_complete, event) = self.parts(object)?;
        if !is_complete {
            return None;
        }
        let joined = parts.concat();
        let at = self.find(event.session, event.entry, event.part)?;
        if self.field(at, "meta.format") == Value::text("b64") {
            return super::expr::decoded(&joined);
        }
        Some(joined.into_bytes())
    }
}

fn message_field(entry: &Entry, path: &str) -> Value {
    let transport = entry.transport.as_ref();
    let content_type = transport.and_then(|transport| transport.content_type.as_ref());
    let hmac = || transport.and_then(|transport| transport.header("x-syncml-hmac")).map(HmacHeader::parse);
    match path {
        "encoding" => Value::text(match entry.message.encoding() {
            Encoding::Xml => "xml",
            Encoding::Wbxml => "wbxml",
        }),
        "content_type" => text(content_type.map(|media| media.essence.as_str())),
        "charset" => text(content_type.and_then(|media| media.charset.as_deref())),
        "size" => int(u64::try_from(entry.message.body().len()).ok()),
        "final" => Value::Bool(entry.message.has_final()),
        "hmac" => hmac().map_or(Value::Absent, |_| Value::Bool(true)),
        "hmac.username" => text(hmac().and_then(|hmac| hmac.username)),
        "hmac.algorithm" => text(hmac().map(|hmac| hmac.algorithm)),
        "hmac.mac" => text(hmac().and_then(|hmac| hmac.mac)),
        _ => text(path.strip_prefix("http.").and_then(|name| transport?.header(name))),
    }
}

fn header(session: &Session, event: &Event, entry: &Entry, path: &str) -> Value {
    let message = &entry.message;
    let hdr = &message.hdr;
    match path {
        "ver_dtd" => text(message.value(hdr.ver_dtd)),
        "ver_proto" => text(message.value(hdr.ver_proto)),
        "session_id" => text(message.session_id()),
        "msg_id" => int(message.msg_number()),
        "target" => present(hdr.target),
        "target.uri" => text(message.value(hdr.target_uri)),
        "source" => present(hdr.source),
        "source.uri" => text(message.value(hdr.source_uri)),
        "source.name" => text(message.value(hdr.source_name)),
        "resp_uri" => text(message.value(hdr.resp_uri)),
        "max_msg_size" => int(message.value(message.met_inf(hdr.meta, Tag::MaxMsgSize)).and_then(number)),
        "max_obj_size" => int(message.value(message.met_inf(hdr.meta, Tag::MaxObjSize)).and_then(number)),
        "cred.right" => {
            let track = if entry.is_client() { &session.client_auth } else { &session.server_auth };
            match track.proof(event.entry).map(|proof| &proof.outcome) {
                Some(ProofOutcome::Verified { in_force, .. }) => Value::Bool(*in_force),
                Some(ProofOutcome::Wrong { .. } | ProofOutcome::WrongCredentials) => Value::Bool(false),
                None => Value::Unknown(Reason::MissingSecret),
            }
        }
        _ => cred(message, hdr.cred, path),
    }
}

fn present(node: Option<NodeId>) -> Value {
    node.map_or(Value::Absent, |_| Value::Bool(true))
}

fn cred(message: &Message, node: Option<NodeId>, path: &str) -> Value {
    let meta = || message.tree().child(node?, Tag::Meta);
    match path {
        "cred" => present(node),
        "cred.type" => text(node.and_then(|node| message.auth_type(node))),
        "cred.format" => text(message.value(message.met_inf(meta(), Tag::Format))),
        "cred.data" => text(node.and_then(|node| message.value(message.tree().child(node, Tag::Data)))),
        _ => Value::Absent,
    }
}

fn command_field(message: &Message, command: &Command, path: &str) -> Value {
    let meta = |tag| message.value(message.met_inf(command.meta, tag));
    let chal_meta = || message.tree().child(command.chal?, Tag::Meta);
    let refs = |tag| Value::List(message.each(command.node, tag).map(|node| Value::text(message.text(node))).collect());
    match path {
        "cmd_id" => text(message.cmd_id(command)),
        "code" => command.code.map_or(Value::Absent, |code| Value::Int(i64::from(code))),
        "msg_ref" => text(message.value(command.msg_ref)),
        "cmd_ref" => text(message.value(command.cmd_ref)),
        "cmd" => text(message.value(command.cmd)),
        "target_refs" => refs(Tag::TargetRef),
        "source_refs" => refs(Tag::SourceRef),
        "meta" => present(command.meta),
        "meta.type" => text(meta(Tag::Type)),
        "meta.format" => text(meta(Tag::Format)),
        "meta.size" => int(meta(Tag::Size).and_then(number)),
        "meta.mark" => text(meta(Tag::Mark)),
        // Of an element that DM does not have.
        "name" => Value::text(command.name.name()),
        "path" => Value::Text(message.path(command.node)),
        "correlator" => text(message.value(command.correlator)),
        "chal" => present(command.chal),
        "chal.type" => text(command.chal.and_then(|chal| message.auth_type(chal))),
        "chal.format" => text(message.value(message.met_inf(chal_meta(), Tag::Format))),
        "chal.next_nonce" => text(message.value(message.met_inf(chal_meta(), Tag::NextNonce))),
        _ => cred(message, command.cred, path),
    }
}

fn item_field(
    message: &Message,
    command: &Command,
    item: &Item,
    path: &str,
    chunk: impl FnOnce() -> (Value, Option<Chunk>),
) -> Value {
    let meta = |tag| message.value(message.effective_met_inf(command, Some(item), tag));
    let uri = || message.value(item.target_uri).or_else(|| message.value(item.source_uri));
    let query = |key: &str| {
        let (_, query) = uri()?.split_once('?')?;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    match path {
        "target" => present(item.target),
        "target.uri" => text(message.value(item.target_uri)),
        "source" => present(item.source),
        "source.uri" => text(message.value(item.source_uri)),
        "uri" => text(uri()),
        "node" => text(uri().map(without_query)),
        "data" => match item.data {
            // Mark-up is a value too.
            Some(data) if message.tree().elements(data).next().is_some() => Value::Text(markup(message, data)),
            data => text(data.map(|data| message.text(data))),
        },
        "meta" => present(item.meta),
        "meta.type" => text(meta(Tag::Type)),
        "meta.format" => text(meta(Tag::Format)),
        "meta.size" | "size" => int(meta(Tag::Size).and_then(number)),
        "meta.mark" => text(meta(Tag::Mark)),
        "alert_type" => {
            text(meta(Tag::Type).map(|kind| kind.strip_prefix(REVERSED_DOMAIN).map_or(kind, str::trim_start)))
        }
        "more_data" => Value::Bool(item.more_data.is_some()),
        "chunk" => chunk().0,
        "prop" => text(query("prop")),
        "list" => text(query("list")),
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
fn chunk_of(session: &Session, place: Place, item: u32) -> (Value, Option<Chunk>) {
    let found = session.object_of(place).and_then(|object| {
        let is_it =
            |chunk: &&Chunk| chunk.entry == place.entry && Some(chunk.command) == place.command && chunk.item == item;
        let at = object.chunks.iter().position(|chunk| is_it(&chunk))?;
        Some((Value::Int(i64::try_from(at).unwrap_or(i64::MAX)), object.chunks.get(at).copied()))
    });
    found.unwrap_or((Value::Int(0), None))
}

fn notification(session: &Session, path: &str) -> Value {
    let Some(notified) = &session.notification else { return Value::Absent };
    let content = notified.content.as_ref();
    match path {
        "digest" => content.map_or(Value::Absent, |content| {
            Value::Text(content.digest.iter().map(|octet| format!("{octet:02x}")).collect())
        }),
        "version" => content
            .map_or(Value::Absent, |content| Value::Text(format!("{}.{}", content.version / 10, content.version % 10))),
        "ui_mode" => content.map_or(Value::Absent, |content| Value::text(content.ui_mode.name())),
        "initiator" => {
            content.map_or(Value::Absent, |content| Value::text(if content.by_server { "server" } else { "user" }))
        }
        "session_id" => content.map_or(Value::Absent, |content| Value::Text(format!("{:X}", content.session_id))),
        "server_id" => {
            content.map_or(Value::Absent, |content| Value::Text(String::from_utf8_lossy(&content.server).into_owned()))
        }
        "reserved" => int(content.map(|content| u64::from(content.future))),
        "vendor_len" => int(content.and_then(|content| u64::try_from(content.vendor.len()).ok())),
        "repeated" => int(Some(u64::from(notified.repeated))),
        _ => Value::Absent,
    }
}

fn of_session(session: &Session, path: &str) -> Value {
    let state = |track: &crate::dm::AuthTrack, secured: bool| {
        let scheme = track.scheme.as_ref().filter(|_| !track.presented.is_empty()).map(crate::dm::Scheme::type_name);
        match scheme {
            Some(scheme) => Value::text(scheme.strip_prefix("syncml:auth-").unwrap_or(scheme).to_ascii_lowercase()),
            None if secured => Value::text("transport"),
            None => Value::text("none"),
        }
    };
    let transport = session.entries.iter().find_map(|entry| entry.transport.as_ref());
    match path {
        "initiator" => {
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
        "complete" => Value::Bool(session.start_seen && session.end == End::Completed && !session.has_losses),
        "end" => Value::text(match session.end {
            End::Completed => "closed",
            End::Aborted => "aborted",
            End::Open => "lost",
            End::Truncated => "cut",
        }),
        "version" => Value::text(match session.version {
            Version::V1_1_2 => "DM/1.1",
            Version::V1_2 => "DM/1.2",
            Version::V1_3 => "DM/1.3",
            Version::Unknown => "unknown",
        }),
        "tls.version" => {
            text(transport.and_then(|transport| transport.secured).and_then(|secured| secured.version_name()))
        }
        "tls" => Value::Bool(transport.is_some_and(|transport| transport.tls)),
        "auth.client" => state(&session.client_auth, false),
        "auth.client_state" => Value::text(state_name(session.client_auth.state)),
        "auth.server" => state(&session.server_auth, transport.is_some_and(|transport| transport.tls)),
        "auth.server_state" => Value::text(state_name(session.server_auth.state)),
        "messages" => int(u64::try_from(session.entries.len()).ok()),
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
