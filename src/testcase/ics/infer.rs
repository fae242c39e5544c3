//! What a session shows of the items.
//!
//! A use makes an item true; a refusal with 406 (of TNDS objects 415, of large objects `LrgObj` false) speaks against it;
//! silence says nothing. What a proxy changed, and what was refused with its whole message, is passed over.

use super::seen::{Seen, Sight};
use crate::dm::uri::{is_below, plain, without_query};
use crate::dm::{Entry, EntryId, Place, Scheme, Session, Tie};
use crate::markup::Tag;
use crate::syncml::{Command, CommandId, CommandName, Encoding, Item, number};

/// Reads one session.
struct Reader<'s> {
    session: &'s Session,
    input: Option<u32>,
    seen: Seen,
    /// Nodes of which the session says that they are a firmware object.
    fumo: Vec<String>,
}

impl Seen {
    /// What a session shows; `input` is named where there are several.
    pub fn of(session: &Session, input: Option<u32>) -> Self {
        let mut reader = Reader { session, input, seen: Self::default(), fumo: Vec::new() };
        for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.injected.is_empty()) {
            if entry.is_client() {
                reader.client(id, entry);
            } else {
                reader.server(id, entry);
            }
        }
        reader.notification();
        reader.large_objects();
        for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.injected.is_empty()) {
            reader.firmware(id, entry);
        }
        reader.seen
    }
}

impl Reader<'_> {
    fn sight(&self, id: EntryId, text: String) -> Sight {
        Sight {
            input: self.input,
            session: 0,
            message: id.0.saturating_add(1),
            frames: self.session.entry(id).map(|entry| entry.frames.clone()).unwrap_or_default(),
            text,
            first: self.session.first_frame,
        }
    }

    fn show(&mut self, item: &str, id: EntryId, text: impl FnOnce() -> String) {
        if self.seen.wants(item, false) {
            let sight = self.sight(id, text());
            self.seen.show(item, sight);
        }
    }

    fn refuse(&mut self, item: &str, id: EntryId, text: impl FnOnce() -> String) {
        if self.seen.wants(item, true) {
            let sight = self.sight(id, text());
            self.seen.refuse(item, sight);
        }
    }

    /// What both sides show by sending a message at all; `side` is the letter of their items.
    fn sent(&mut self, side: char, id: EntryId, entry: &Entry) {
        let encoding = match entry.message.encoding() {
            Encoding::Xml => "XML",
            Encoding::Wbxml => "WBXML",
        };
        self.show(&format!("{side}-{encoding}"), id, || format!("sent in {encoding}"));
        if entry.transport.as_ref().is_some_and(|transport| transport.tls) {
            self.show(&format!("{side}-TLS"), id, || "sent through TLS".to_owned());
        }
    }

    fn client(&mut self, id: EntryId, entry: &Entry) {
        let message = &entry.message;
        self.sent('C', id, entry);
        if entry.transport.is_some() {
            self.show("C-HTTP", id, || "sent over HTTP".to_owned());
        }
        self.credentials(id, entry);
        for (item, tag, name) in
            [("C-MAXMSG", Tag::MaxMsgSize, "MaxMsgSize"), ("C-MAXOBJ", Tag::MaxObjSize, "MaxObjSize")]
        {
            let octets = message.value(message.met_inf(message.hdr.meta, tag)).and_then(number);
            if let Some(octets) = octets.and_then(|octets| i64::try_from(octets).ok()) {
                let sight = self.sight(id, format!("{name} {octets}"));
                self.seen.announce(item, octets, sight);
            }
        }
        if entry.content.next_message {
            self.show("C-MULTIMSG", id, || "Alert 1222 asks for the next message of a package".to_owned());
        } else if entry.package.part > 1 {
            self.show("C-MULTIMSG", id, || format!("message {} of one package", entry.package.part));
        }
        for (at, command) in message.commands_with_ids() {
            let place = Place { entry: id, command: Some(at) };
            match command.name {
                CommandName::Alert => self.client_alert(place, entry, command),
                CommandName::Status => {
                    if command.chal.is_some() {
                        self.show("C-CHAL", id, || "Chal in a Status".to_owned());
                    }
                    if message.code(command) == Some(213) {
                        self.show("C-LRGOBJ", id, || "Status 213 takes a part of a large object".to_owned());
                    }
                }
                CommandName::Results => self.answered("S-RESULTS", place, "Results"),
                _ => {}
            }
            for item in message.items(command) {
                if item.more_data.is_some() {
                    self.show("C-LRGOBJ-UP", id, || format!("MoreData in a {}", command.name));
                }
                self.object_type(id, entry, command, item);
            }
        }
    }

    /// Credentials of a client, and whether the server takes them.
    fn credentials(&mut self, id: EntryId, entry: &Entry) {
        let message = &entry.message;
        let of_cred = message.hdr.cred.and_then(|cred| message.auth_type(cred)).map(Scheme::of_type);
        let has_hmac = entry.transport.as_ref().is_some_and(|transport| transport.header("x-syncml-hmac").is_some());
        let of_header = has_hmac.then_some(Scheme::Mac);
        for scheme in of_cred.into_iter().filter(|scheme| *scheme != Scheme::Mac).chain(of_header) {
            let suffix = match scheme {
                Scheme::Basic => "AUTH-BASIC",
                Scheme::Md5 => "AUTH-MD5",
                Scheme::Mac => "AUTH-MAC",
                Scheme::Other(_) => continue,
            };
            self.show(&format!("C-{suffix}"), id, || format!("{} sent", scheme.type_name()));
            let header = Place { entry: id, command: None };
            let accepted = self.statuses(header).into_iter().find(|(_, code)| matches!(code, 200 | 212));
            if let Some((answer, code)) = accepted.filter(|(answer, _)| !self.session.is_altered_by(*answer)) {
                self.show(&format!("S-{suffix}"), answer, || format!("{} answered with {code}", scheme.type_name()));
            }
        }
    }

    fn client_alert(&mut self, place: Place, entry: &Entry, command: &Command) {
        let (id, code) = (place.entry, entry.message.code(command));
        let item = match code {
            Some(1201) => Some("C-INIT-USER"),
            Some(1223) => Some("C-ABORT"),
            Some(1224) => Some("C-CEVENT"),
            Some(1226) => Some("C-GALERT"),
            _ => None,
        };
        let code = code.unwrap_or(0);
        if let Some(item) = item {
            self.show(item, id, || format!("Alert {code}"));
        }
        for (answer, status) in self.statuses(place) {
            if self.session.is_altered_by(answer) {
                continue;
            }
            match (status, code) {
                (200, 1226) => {
                    self.show("S-ALERT", answer, || format!("Alert {code} answered with {status}"));
                    self.show("S-GALERT", answer, || format!("Alert {code} answered with {status}"));
                }
                (200, _) => self.show("S-ALERT", answer, || format!("Alert {code} answered with {status}")),
                (406, 1226) => self.refuse("S-GALERT", answer, || format!("Alert {code} answered with {status}")),
                _ => {}
            }
        }
    }

    fn answered(&mut self, item: &str, place: Place, what: &str) {
        let answer = self.statuses(place).into_iter().find(|(_, code)| *code == 200);
        if let Some((answer, code)) = answer.filter(|(answer, _)| !self.session.is_altered_by(*answer)) {
            self.show(item, answer, || format!("{what} answered with {code}"));
        }
    }

    /// Messages and codes that answer a header or command, as the peer sent them.
    fn statuses(&self, place: Place) -> Vec<(EntryId, u16)> {
        let own = self.session.statuses_of(place).filter_map(|status| {
            let (entry, command) = self.session.command(status)?;
            let code = entry.message.code(command).filter(|code| *code != 101)?;
            (entry.injected.is_empty() && !entry.refused).then_some((status.entry, code))
        });
        own.collect()
    }

    fn server(&mut self, id: EntryId, entry: &Entry) {
        let message = &entry.message;
        let of_itself = !self.session.is_altered_by(id);
        if of_itself {
            self.sent('S', id, entry);
            let has_hmac =
                entry.transport.as_ref().is_some_and(|transport| transport.header("x-syncml-hmac").is_some());
            if message.hdr.cred.is_some() || has_hmac {
                self.show("S-CRED", id, || "credentials sent".to_owned());
            }
        }
        for (at, command) in message.commands_with_ids() {
            if of_itself {
                self.server_sent(id, entry, command);
            }
            if !entry.refused {
                self.received(Place { entry: id, command: Some(at) }, at, entry, command);
            }
        }
    }

    /// What a server shows by sending a command.
    fn server_sent(&mut self, id: EntryId, entry: &Entry, command: &Command) {
        let message = &entry.message;
        let item = match (command.name, message.code(command)) {
            (CommandName::Add, _) => Some("S-ADD"),
            (CommandName::Atomic, _) => Some("S-ATOMIC"),
            (CommandName::Copy, _) => Some("S-COPY"),
            (CommandName::Delete, _) => Some("S-DELETE"),
            (CommandName::Exec, _) => Some("S-EXEC"),
            (CommandName::Get, _) => Some("S-GET"),
            (CommandName::Replace, _) => Some("S-REPLACE"),
            (CommandName::Sequence, _) => Some("S-SEQUENCE"),
            (CommandName::Alert, Some(1100..=1104)) => Some("S-UI"),
            _ => None,
        };
        if let Some(item) = item {
            self.show(item, id, || format!("{} sent", command.name));
        }
        for item in message.items(command) {
            if item.more_data.is_some() {
                self.show("S-LRGOBJ", id, || format!("MoreData in a {}", command.name));
            }
            if is_tnds(entry, command, item) || query(message.text(item.target_uri)) == Some("C-TNDS") {
                self.show("S-TNDS", id, || format!("a TNDS object in a {}", command.name));
            }
        }
    }

    /// What a client shows by its answers to a command.
    fn received(&mut self, place: Place, at: CommandId, entry: &Entry, command: &Command) {
        let message = &entry.message;
        let what = match (command.name, message.code(command)) {
            (CommandName::Alert, Some(code)) => format!("Alert {code}"),
            (name, _) => name.to_string(),
        };
        let own = match (command.name, message.code(command)) {
            (CommandName::Add, _) => "C-ADD",
            (CommandName::Atomic, _) => "C-ATOMIC",
            (CommandName::Copy, _) => "C-COPY",
            (CommandName::Delete, _) => "C-DELETE",
            (CommandName::Exec, _) => "C-EXEC",
            (CommandName::Get, _) => "C-GET",
            (CommandName::Replace, _) => "C-REPLACE",
            (CommandName::Sequence, _) => "C-SEQUENCE",
            (CommandName::Alert, Some(1100)) => "C-UI-DISPLAY",
            (CommandName::Alert, Some(1101)) => "C-UI-CONFIRM",
            (CommandName::Alert, Some(1102)) => "C-UI-INPUT",
            (CommandName::Alert, Some(1103)) => "C-UI-CHOICE",
            (CommandName::Alert, Some(1104)) => "C-UI-MULTI",
            _ => return,
        };
        let is_success = |code: u16| match command.name {
            CommandName::Atomic => matches!(code, 200 | 507),
            CommandName::Exec => matches!(code, 200 | 202),
            CommandName::Alert => matches!(code, 200 | 304 | 408),
            _ => code == 200,
        };
        for (answer, code, items) in self.ends(place, at, entry, command) {
            let said = |what: &str| format!("{what} answered with {code}");
            let features: Vec<&'static str> = items.iter().flat_map(|item| features(entry, command, item)).collect();
            if is_success(code) {
                self.show(own, answer, || said(&what));
                for feature in features {
                    self.show(feature, answer, || format!("{} for {}", said(&what), meaning(feature)));
                }
                continue;
            }
            // A refusal speaks of one thing: of what is special in it, or else of the command.
            match (code, features.as_slice()) {
                (406, []) => self.refuse(own, answer, || said(&what)),
                (406, [feature]) if !matches!(*feature, "C-INBOX" | "C-TNDS") => {
                    self.refuse(feature, answer, || format!("{} for {}", said(&what), meaning(feature)));
                }
                (415, features) if features.contains(&"C-TNDS") => {
                    self.refuse("C-TNDS", answer, || format!("{} for {}", said(&what), meaning("C-TNDS")));
                }
                _ => {}
            }
        }
    }

    /// How a command ended: the message with the Status, its code, and the Items that it certainly speaks of.
    fn ends<'e>(
        &self,
        place: Place,
        at: CommandId,
        entry: &'e Entry,
        command: &Command,
    ) -> Vec<(EntryId, u16, Vec<&'e Item>)> {
        // A part of a large object is answered as a part, and an Alert as a whole.
        let is_whole = entry.is_continuation(at) || command.name == CommandName::Alert;
        let items = if is_whole { &[] } else { entry.message.items(command) };
        let mut ends = Vec::new();
        for status in self.session.statuses_of(place) {
            let Some((answer, response)) = self.session.command(status) else { continue };
            let Some(code) = answer.message.code(response).filter(|code| *code != 101) else { continue };
            if !answer.injected.is_empty() || answer.refused {
                continue;
            }
            let targets: Vec<&str> = answer
                .message
                .each(response.node, Tag::TargetRef)
                .map(|node| plain(answer.message.text(node)))
                .collect();
            let spoken_of: Vec<&Item> = match items {
                [_] => items.iter().collect(),
                _ if targets.is_empty() && code == 200 => items.iter().collect(),
                _ => {
                    items.iter().filter(|item| targets.contains(&plain(entry.message.text(item.target_uri)))).collect()
                }
            };
            // Of many Items, the one that failed must be known.
            if code == 406 && items.len() > 1 && spoken_of.len() != 1 {
                continue;
            }
            ends.push((status.entry, code, spoken_of));
        }
        ends
    }

    /// Management objects, by the types that the client gives to nodes and alerts.
    fn object_type(&mut self, id: EntryId, entry: &Entry, command: &Command, item: &Item) {
        let message = &entry.message;
        let uri = message.text(item.source_uri);
        let (text, what) = match (command.name, message.code(command)) {
            (CommandName::Results, _) if query(uri) == Some("C-PROP-TYPE") => {
                (message.text(item.data), "type of a node")
            }
            (CommandName::Results, _) => {
                (message.text(message.effective_met_inf(command, Some(item), Tag::Type)), "type of a node")
            }
            (CommandName::Alert, Some(1226)) => {
                (message.text(message.met_inf(item.meta, Tag::Type)), "type of an Alert")
            }
            _ => return,
        };
        const OBJECTS: [(&str, &str); 17] = [
            ("urn:oma:mo:oma-fumo:", "C-FUMO"),
            ("org.openmobilealliance.dm.firmwareupdate.", "C-FUMO"),
            ("urn:oma:at:fumo:", "C-FUMO"),
            ("urn:oma:mo:oma-scomo:", "C-SCOMO"),
            ("urn:oma:at:scomo:", "C-SCOMO"),
            ("org.openmobilealliance.dm.softwarecomponent.", "C-SCOMO"),
            ("urn:oma:mo:oma-lawmo:", "C-LAWMO"),
            ("urn:oma:at:lawmo:", "C-LAWMO"),
            ("urn:oma:mo:oma-dcmo:", "C-DCMO"),
            ("urn:oma:at:dcmo:", "C-DCMO"),
            ("urn:oma:mo:oma-diagmon:", "C-DIAG"),
            ("urn:oma:mo:oma-diag:", "C-DIAG"),
            ("urn:oma:at:diagmon:", "C-DIAG"),
            ("urn:oma:mo:oma-diagmontrap:", "C-DIAG"),
            ("urn:oma:mo:oma-connmo-", "C-CONN"),
            ("urn:oma:mo:oma-dm-sched:", "C-SCHED"),
            ("urn:oma:mo:oma-sched:", "C-SCHED"),
        ];
        let starts = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        let Some((prefix, object)) = OBJECTS.iter().find(|(prefix, _)| starts(prefix)) else { return };
        if *object == "C-FUMO" && command.name == CommandName::Results {
            self.fumo.push(without_query(uri).to_owned());
        }
        self.show(object, id, || format!("{what}: {prefix}…"));
    }

    /// Parts of a firmware object: nodes below one that are read.
    fn firmware(&mut self, id: EntryId, entry: &Entry) {
        if self.fumo.is_empty() || !entry.is_client() {
            return;
        }
        let message = &entry.message;
        for command in message.commands.iter().filter(|command| command.name == CommandName::Results) {
            for item in message.items(command) {
                let uri = without_query(message.text(item.source_uri));
                let Some(root) = self.fumo.iter().find(|root| is_below(uri, root)) else { continue };
                let below = plain(uri).get(plain(root).len()..).unwrap_or_default();
                let part = match below.trim_start_matches('/').split('/').next() {
                    Some("Download") => "C-FUMO-DL",
                    Some("Update") => "C-FUMO-UPD",
                    Some("DownloadAndUpdate") => "C-FUMO-DLU",
                    _ => continue,
                };
                self.show(part, id, || format!("a node of {}", meaning(part)));
            }
        }
    }

    fn notification(&mut self) {
        let Some(notified) = &self.session.notification else { return };
        // An address alone may be a coincidence.
        if !matches!(notified.tie, Tie::SameId | Tie::OtherForm(_)) {
            return;
        }
        let (first, frame) = (EntryId(0), notified.notice.frame);
        let sight = Sight { frames: vec![frame], ..self.sight(first, "package 0 before the session".to_owned()) };
        self.seen.show("S-NOTI", sight);
        let opens = self.session.entry(first).is_some_and(|entry| entry.message.alerts(1200).next().is_some());
        if opens {
            self.show("C-NOTI", first, || "Alert 1200 after package 0".to_owned());
        }
    }

    fn large_objects(&mut self) {
        for told in &self.session.large_object_support {
            if told.supported {
                self.show("C-LRGOBJ", told.at.entry, || "DevDetail/LrgObj true".to_owned());
            } else {
                self.refuse("C-LRGOBJ", told.at.entry, || "DevDetail/LrgObj false".to_owned());
            }
        }
    }
}

fn meaning(item: &str) -> &'static str {
    super::items::find(item).map_or("", |item| item.meaning)
}

/// Whether an Item holds a TNDS object.
fn is_tnds(entry: &Entry, command: &Command, item: &Item) -> bool {
    let message = &entry.message;
    let written = matches!(command.name, CommandName::Add | CommandName::Replace);
    written
        && message
            .text(message.effective_met_inf(command, Some(item), Tag::Type))
            .to_ascii_lowercase()
            .starts_with("application/vnd.syncml.dmtnds")
}

/// What an Item asks for beyond its command.
fn features(entry: &Entry, command: &Command, item: &Item) -> Vec<&'static str> {
    let uri = entry.message.text(item.target_uri);
    let mut features = Vec::new();
    if matches!(command.name, CommandName::Get | CommandName::Replace) {
        features.extend(query(uri));
    }
    if is_tnds(entry, command, item) {
        features.push("C-TNDS");
    }
    let inbox = plain(uri).eq_ignore_ascii_case("Inbox") || is_below(uri, "./Inbox");
    if command.name == CommandName::Add && inbox {
        features.push("C-INBOX");
    }
    features
}

/// The item that the query of a URI belongs to.
fn query(uri: &str) -> Option<&'static str> {
    let (_, query) = uri.split_once('?')?;
    query.split('&').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let table: &[(&str, &'static str)] = match name.to_ascii_lowercase().as_str() {
            "list" => &[("Struct", "C-LIST-STRUCT"), ("StructData", "C-LIST-STRUCTDATA"), ("TNDS", "C-TNDS")],
            "prop" => &[
                ("ACL", "C-PROP-ACL"),
                ("Format", "C-PROP-FORMAT"),
                ("Name", "C-PROP-NAME"),
                ("Size", "C-PROP-SIZE"),
                ("Title", "C-PROP-TITLE"),
                ("TStamp", "C-PROP-TSTAMP"),
                ("Type", "C-PROP-TYPE"),
                ("VerNo", "C-PROP-VERNO"),
            ],
            _ => return None,
        };
        table.iter().find(|(known, _)| value.eq_ignore_ascii_case(known)).map(|(_, item)| *item)
    })
}
