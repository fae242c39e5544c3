//! What a case sees: the kinds of event, and the fields of each.

use super::file::EventKind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A text.
    Text,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// A list of texts.
    List,
    /// A part with fields of its own, of which only its presence can be asked.
    Group,
    /// Another event.
    Event(EventKind),
    /// A list of events.
    Events(EventKind),
}

/// A field of a kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name, with its dots; one that ends with `*` stands for every name that begins like this.
    pub name: &'static str,
    /// What it holds.
    pub kind: FieldType,
}

const fn text(name: &'static str) -> Field {
    Field { name, kind: FieldType::Text }
}

const fn int(name: &'static str) -> Field {
    Field { name, kind: FieldType::Int }
}

const fn boolean(name: &'static str) -> Field {
    Field { name, kind: FieldType::Bool }
}

const fn list(name: &'static str) -> Field {
    Field { name, kind: FieldType::List }
}

const fn event(name: &'static str, kind: EventKind) -> Field {
    Field { name, kind: FieldType::Event(kind) }
}

const ITEMS: Field = Field { name: "items", kind: FieldType::Events(EventKind::Item) };
const ITEM: Field = event("item", EventKind::Item);
const MESSAGE: Field = event("message", EventKind::Message);

const META_TYPE: Field = text("meta.type");
const META_FORMAT: Field = text("meta.format");
const META_SIZE: Field = int("meta.size");
const META_MARK: Field = text("meta.mark");

/// The fields of an event.
pub const fn fields(kind: EventKind) -> &'static [Field] {
    match kind {
        EventKind::Message => MESSAGE_FIELDS,
        EventKind::SyncHdr => HEADER,
        EventKind::Command
        | EventKind::Add
        | EventKind::Replace
        | EventKind::Delete
        | EventKind::Copy
        | EventKind::Get
        | EventKind::Exec
        | EventKind::Atomic
        | EventKind::Sequence => COMMAND,
        EventKind::Alert => ALERT,
        EventKind::Item => ITEM_FIELDS,
        EventKind::Status => STATUS,
        EventKind::Results => RESULTS,
        EventKind::Final => FINAL,
        EventKind::Unknown => UNKNOWN,
        EventKind::Notification => NOTIFICATION,
        EventKind::Http => HTTP,
        EventKind::Session => SESSION,
    }
}

const MESSAGE_FIELDS: &[Field] = &[
    text("encoding"),
    text("content_type"),
    text("charset"),
    int("size"),
    boolean("final"),
    text("hmac.username"),
    text("hmac.algorithm"),
    text("hmac.mac"),
    text("http.*"),
    event("reply", EventKind::Message),
];

const HEADER: &[Field] = &[
    text("ver_dtd"),
    text("ver_proto"),
    text("session_id"),
    int("msg_id"),
    text("target.uri"),
    text("source.uri"),
    text("source.name"),
    text("resp_uri"),
    text("cred.type"),
    text("cred.format"),
    text("cred.data"),
    boolean("cred.right"),
    int("max_msg_size"),
    int("max_obj_size"),
    MESSAGE,
];

/// Other commands have what an Alert has, but for its code.
const COMMAND: &[Field] = match ALERT.split_first() {
    Some((_, others)) => others,
    None => &[],
};

const ALERT: &[Field] = &[
    int("code"),
    text("cmd_id"),
    ITEMS,
    ITEM,
    META_TYPE,
    META_FORMAT,
    META_SIZE,
    META_MARK,
    text("correlator"),
    event("parent", EventKind::Command),
    text("cred.type"),
    text("cred.format"),
    text("cred.data"),
    event("status", EventKind::Status),
    event("results", EventKind::Results),
    MESSAGE,
];

const ITEM_FIELDS: &[Field] = &[
    text("target.uri"),
    text("source.uri"),
    text("uri"),
    text("node"),
    text("data"),
    META_TYPE,
    META_FORMAT,
    META_SIZE,
    META_MARK,
    text("alert_type"),
    int("size"),
    boolean("more_data"),
    int("chunk"),
    event("command", EventKind::Command),
    text("prop"),
    text("list"),
];

const STATUS: &[Field] = &[
    int("code"),
    text("cmd_id"),
    text("msg_ref"),
    text("cmd_ref"),
    text("cmd"),
    list("target_refs"),
    list("source_refs"),
    text("chal.type"),
    text("chal.format"),
    text("chal.next_nonce"),
    ITEMS,
    ITEM,
    MESSAGE,
];

const RESULTS: &[Field] = &[
    text("cmd_id"),
    text("msg_ref"),
    text("cmd_ref"),
    ITEMS,
    ITEM,
    META_TYPE,
    META_FORMAT,
    META_SIZE,
    META_MARK,
    MESSAGE,
];

const FINAL: &[Field] = &[MESSAGE];

const UNKNOWN: &[Field] = &[MESSAGE, text("name"), text("path")];

const NOTIFICATION: &[Field] = &[
    text("digest"),
    text("version"),
    text("ui_mode"),
    text("initiator"),
    text("session_id"),
    text("server_id"),
    int("reserved"),
    int("vendor_len"),
    int("repeated"),
];

const HTTP: &[Field] =
    &[text("method"), text("url"), int("code"), text("header.*"), int("length"), event("of", EventKind::Http)];

const SESSION: &[Field] = &[
    text("initiator"),
    boolean("complete"),
    text("end"),
    text("version"),
    int("messages"),
    boolean("tls"),
    text("tls.version"),
    text("auth.client"),
    text("auth.client_state"),
    text("auth.server"),
    text("auth.server_state"),
];

/// What a path of fields leads to, from an event of that kind; nothing where there is no such field.
pub fn resolve(kind: EventKind, path: &str) -> Option<FieldType> {
    let (mut kind, mut rest, mut many) = (kind, path, false);
    let listed = |many: bool, found: FieldType| match (many, found) {
        (true, FieldType::Event(kind)) => FieldType::Events(kind),
        (true, FieldType::Group | FieldType::Text | FieldType::Int | FieldType::Bool) => FieldType::List,
        (_, found) => found,
    };
    loop {
        let known = if kind == EventKind::Command && rest == "code" { fields(EventKind::Alert) } else { fields(kind) };
        if let Some(field) = known.iter().find(|field| is(field, rest)) {
            return Some(listed(many, field.kind));
        }
        if known.iter().any(|field| field.name.strip_prefix(rest).is_some_and(|more| more.starts_with('.'))) {
            return Some(listed(many, FieldType::Group));
        }
        let (field, more) = known
            .iter()
            .find_map(|field| rest.strip_prefix(field.name)?.strip_prefix('.').map(|more| (field, more)))?;
        match field.kind {
            FieldType::Event(next) => (kind, rest) = (next, more),
            FieldType::Events(next) => {
                let (index, more) = more.split_once('.').unwrap_or((more, ""));
                many |= index == "*";
                if index != "*" && index.parse::<usize>().is_err() {
                    return None;
                }
                if more.is_empty() {
                    return Some(listed(many, FieldType::Event(next)));
                }
                (kind, rest) = (next, more);
            }
            _ => return None,
        }
    }
}

fn is(field: &Field, path: &str) -> bool {
    match field.name.strip_suffix('*') {
        Some(beginning) => path.strip_prefix(beginning).is_some_and(|name| !name.is_empty() && !name.contains('.')),
        None => field.name == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_events_and_lists_to_what_it_holds() {
        let table = [
            (EventKind::SyncHdr, "cred.data", Some(FieldType::Text)),
            (EventKind::SyncHdr, "cred", Some(FieldType::Group)),
            (EventKind::Replace, "items.*.source.uri", Some(FieldType::List)),
            (EventKind::Replace, "items.0.data", Some(FieldType::Text)),
            (EventKind::Replace, "items", Some(FieldType::Events(EventKind::Item))),
            (EventKind::Alert, "item.alert_type", Some(FieldType::Text)),
            (EventKind::Alert, "status.code", Some(FieldType::Int)),
            (EventKind::Item, "command.message.final", Some(FieldType::Bool)),
            (EventKind::Command, "code", Some(FieldType::Int)),
            (EventKind::Message, "http.content-type", Some(FieldType::Text)),
            (EventKind::Get, "code", None),
            (EventKind::Replace, "items.x.data", None),
            (EventKind::Item, "data.more", None),
        ];
        for (kind, path, expected) in table {
            assert_eq!(resolve(kind, path), expected, "{kind:?} {path}");
        }
    }
}
