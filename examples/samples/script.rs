//! The truth of a built sample, from its script. The bodies are read from the XML that the script's own writer makes, by the
//! few lines below; the decoders have no part in it.

use super::Directions;
use super::truth::{Command, Message, Session, Truth};
use dmscope::base::Direction;
use dmscope::fixture::{Encoding, Script, ScriptMessage};
use std::collections::BTreeMap;
use std::error::Error;

/// An element of well-formed XML without comments, CDATA and self-made entities.
#[derive(Debug, Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn read(xml: &str) -> Option<Self> {
        let mut open = vec![Self::default()];
        for piece in xml.split('<').skip(1) {
            let (tag, text) = piece.split_once('>')?;
            if tag.starts_with(['?', '!']) {
                continue;
            }
            if tag.starts_with('/') {
                let done = open.pop()?;
                open.last_mut()?.children.push(done);
                continue;
            }
            let name = tag.trim_end_matches('/').split_whitespace().next()?.to_owned();
            let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
            let element = Self { name, text, children: Vec::new() };
            if tag.ends_with('/') {
                open.last_mut()?.children.push(element);
            } else {
                open.push(element);
            }
        }
        open.pop()?.children.pop()
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Text of the element at the end of a path.
    fn at(&self, path: &[&str]) -> Option<String> {
        let found = path.iter().try_fold(self, |element, name| element.child(name))?;
        Some(found.text.clone())
    }

    fn word(&self, path: &[&str]) -> String {
        self.at(path).unwrap_or_default()
    }

    fn commands(&self) -> Vec<Command> {
        let names = [
            "Add", "Alert", "Atomic", "Copy", "Delete", "Exec", "Get", "Put", "Replace", "Results", "Sequence",
            "Status",
        ];
        let commands = self.children.iter().filter(|child| names.contains(&child.name.as_str()));
        commands.map(Self::command).collect()
    }

    fn command(&self) -> Command {
        let items = self.children.iter().filter(|child| child.name == "Item");
        let uri = |item: &Self| item.at(&["Target", "LocURI"]).or_else(|| item.at(&["Source", "LocURI"]));
        let is_status = self.name == "Status";
        Command {
            cmd: self.name.clone(),
            id: self.word(&["CmdID"]),
            reference: is_status.then(|| [self.word(&["MsgRef"]), self.word(&["CmdRef"]), self.word(&["Cmd"])]),
            code: if is_status || self.name == "Alert" { self.at(&["Data"]) } else { None },
            uris: if is_status { Vec::new() } else { items.filter_map(uri).collect() },
            inner: self.commands(),
        }
    }
}

/// The truth of one script; `findings` stay empty.
pub(super) fn truth(name: &str, script: &Script, directions: &Directions) -> Result<Truth, Box<dyn Error>> {
    let plain = script.with_encoding(Encoding::Xml)?;
    let mut sessions: Vec<Session> = Vec::new();
    let mut latest: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut sent: Vec<&ScriptMessage> = Vec::new();
    for (number, (message, plain)) in script.messages().iter().zip(plain.messages()).enumerate() {
        let again = |earlier: &&ScriptMessage| {
            (earlier.direction, &earlier.body, earlier.session) == (message.direction, &message.body, message.session)
        };
        let is_dm = message.msg_id.is_some();
        if message.lost || !is_dm || sent.iter().any(again) {
            continue;
        }
        sent.push(message);
        // The only body that is not UTF-8 is ISO-8859-1, in which octets and characters are the same.
        let text = plain.text().map_or_else(|| plain.body.iter().copied().map(char::from).collect(), str::to_owned);
        let root = Element::read(&text).ok_or("a body of the script can't be read")?;
        let header = root.child("SyncHdr").ok_or("a message without SyncHdr")?;
        let body = root.child("SyncBody").ok_or("a message without SyncBody")?;
        if header.word(&["VerProto"]).starts_with("SyncML/") {
            continue;
        }
        let from_device = message.direction == Direction::DeviceToServer;
        let truth = Message {
            dir: if from_device { "c2s" } else { "s2c" }.to_owned(),
            http_n: None,
            len: message.body.len() as u64,
            sha256: None,
            content_type: message.content_type().map(str::to_owned),
            http_status: None,
            not_wellformed: None,
            damaged: directions.damaged.contains(&(number + 1)),
            session: header.word(&["SessionID"]),
            msgid: header.word(&["MsgID"]),
            target: header.word(&["Target", "LocURI"]),
            source: header.word(&["Source", "LocURI"]),
            cred: header.at(&["Cred", "Meta", "Type"]),
            is_final: body.child("Final").is_some(),
            commands: body.commands(),
        };
        let device = if from_device { &truth.source } else { &truth.target };
        let key = (device.clone(), truth.session.clone());
        let begins = from_device && truth.msgid == "1";
        let at = match latest.get(&key) {
            Some(at) if !begins => *at,
            _ => {
                let encoding =
                    if message.content_type().is_some_and(|name| name.contains("wbxml")) { "wbxml" } else { "xml" };
                let end = directions.ends.get(sessions.len()).cloned().ok_or("a session without an end")?;
                sessions.push(Session {
                    device: key.0.clone(),
                    session: key.1.clone(),
                    encoding: encoding.to_owned(),
                    end,
                    scenario: None,
                    client_ports: Vec::new(),
                    messages: Vec::new(),
                });
                latest.insert(key, sessions.len() - 1);
                sessions.len() - 1
            }
        };
        if let Some(session) = sessions.get_mut(at) {
            session.messages.push(truth);
        }
    }
    let mut truth = Truth {
        capture: name.to_owned(),
        exchanges: script.exchanges().len() as u64,
        sessions_total: 0,
        dm_messages: 0,
        commands_total: 0,
        status_codes: BTreeMap::new(),
        client_exit: Vec::new(),
        problems: directions.problems.clone(),
        sessions,
        findings: Vec::new(),
    };
    truth.count();
    Ok(truth)
}
