//! Operations that end later, and the Generic Alerts that tell of their ends, as later sessions depend on them.

use super::uri::plain;
use crate::base::{FrameNo, Limits};
use crate::markup::{NodeId, Tag};
use crate::syncml::{Command, CommandName, Message};
use md5::{Digest, Md5};

/// Code of a Generic Alert (OMA-TS-DM_Protocol-V1_2_1, section 8.7).
const GENERIC_ALERT: u16 = 1226;

/// An Exec of an earlier session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierExec {
    /// Target of its first Item as written.
    pub uri: String,
    /// Its Correlator; `None` when absent or empty.
    pub correlator: Option<String>,
    /// Codes of the Status elements that answered it, where that is known.
    pub codes: Vec<u16>,
    /// The last frame of the message.
    pub frame: FrameNo,
}

impl EarlierExec {
    /// Whether the client accepted it, to report its end later (Status 202: OMA-TS-DM_RepPro-V1_2_1, section 6.6.6).
    pub fn is_accepted(&self) -> bool {
        self.codes.last() == Some(&202)
    }
}

/// What a Generic Alert says in its first Item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertContent {
    /// Source as written; empty when absent.
    pub source: String,
    /// Type as written; empty when absent.
    pub kind: String,
    /// Its Correlator; `None` when absent or empty.
    pub correlator: Option<String>,
    /// MD5 of its Data, which may be large.
    pub data: [u8; 16],
    /// The result code in its Data, where that is one: a number, alone or in a ResultCode element.
    pub result: Option<u16>,
}

/// The result code that a text is, or that it has in a ResultCode element.
pub fn result_code(text: &str) -> Option<u16> {
    const OPENS: &str = "<ResultCode>";
    let text = text.trim();
    let number = match text.find(OPENS) {
        Some(at) => text.get(at.saturating_add(OPENS.len())..)?.split('<').next()?.trim(),
        None => text,
    };
    let is_number = !number.is_empty() && number.len() <= 5 && number.bytes().all(|octet| octet.is_ascii_digit());
    if is_number { number.parse().ok() } else { None }
}

/// The result code in the Data of an alert.
fn result_in(message: &Message, data: NodeId) -> Option<u16> {
    let tree = message.tree();
    let text = std::str::from_utf8(tree.content_bytes(data)).unwrap_or_default();
    let element = || tree.elements(data).find(|element| tree.name(*element) == "ResultCode");
    result_code(text).or_else(|| result_code(message.text(element()?)))
}

impl AlertContent {
    /// What a Generic Alert says; `None` of another command, and of an Alert with another code or without Items.
    pub fn of(message: &Message, command: &Command) -> Option<Self> {
        if command.name != CommandName::Alert || message.code(command) != Some(GENERIC_ALERT) {
            return None;
        }
        let item = message.items(command).first()?;
        let data = item.data.map_or(&[][..], |data| message.tree().content_bytes(data));
        Some(Self {
            source: message.text(item.source_uri).to_owned(),
            kind: message.text(message.effective_met_inf(command, Some(item), Tag::Type)).to_owned(),
            correlator: message.value(command.correlator).map(str::to_owned),
            data: Md5::digest(data).into(),
            result: item.data.and_then(|data| result_in(message, data)),
        })
    }
}

/// A Generic Alert of an earlier session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierAlert {
    /// What it says.
    pub content: AlertContent,
    /// Codes of the Status elements that answered it, where that is known.
    pub codes: Vec<u16>,
    /// The last frame of the message.
    pub frame: FrameNo,
}

/// A node that the server added in an earlier session, with success: before that, it did not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierNode {
    /// Target of the Item as written.
    pub uri: String,
    /// The last frame of the message with the Add.
    pub frame: FrameNo,
}

/// A state that a client gave in an earlier session: the short value of a leaf that is named like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierState {
    /// URI of the leaf as written.
    pub uri: String,
    /// Its value.
    pub value: String,
    /// The last frame of the message with the Results.
    pub frame: FrameNo,
}

/// A download that an earlier session was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierDownload {
    /// The nodes that its address was written to.
    pub nodes: Vec<String>,
    /// How it went, in a few words.
    pub told: String,
    /// The first frame of what was new of it.
    pub frame: FrameNo,
    /// Whether it is the device that sent.
    pub is_upload: bool,
}

/// Octets of a value that is a state.
const LONGEST_STATE: usize = 8;

/// Octets of a version.
const LONGEST_VERSION: usize = 64;

/// Whether a URI names the version of the firmware (OMA-TS-DM_StdObj-V1_2_1, "DevDetail").
pub fn is_firmware_version(uri: &str) -> bool {
    plain(uri) == "DevDetail/FwV"
}

/// Names of leaves that say where an operation stands.
const STATES: &[&str] = &["State", "Status", "Enabled"];

/// Whether a URI names a leaf that says where an operation stands, by its name.
pub fn is_state(uri: &str) -> bool {
    let name = uri.rsplit('/').next().unwrap_or_default();
    STATES.iter().any(|state| state.eq_ignore_ascii_case(name))
}

/// What of one message later sessions may ask for. Lists hold at most [`Limits::REMEMBERED_OF_A_KIND`], the latest ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Operations {
    pub(super) execs: Vec<EarlierExec>,
    pub(super) alerts: Vec<EarlierAlert>,
    pub(super) added: Vec<EarlierNode>,
    pub(super) states: Vec<EarlierState>,
    pub(super) versions: Vec<EarlierState>,
    pub(super) downloads: Vec<EarlierDownload>,
    pub(super) secrets: Vec<String>,
    /// Whether one of the lists is not complete.
    pub(super) shortened: bool,
}

impl Operations {
    /// Takes a command of a message; `codes` are those of the Status elements that answered it.
    pub(super) fn read(&mut self, message: &Message, command: &Command, codes: impl Fn() -> Vec<u16>, frame: FrameNo) {
        // Where its answer was not captured, it may be in force.
        if writes_secret(message, command) && codes().iter().all(|code| *code == 200) {
            for secret in secrets_in(message, command) {
                self.shortened |= keep(&mut self.secrets, secret.to_owned(), secret.len());
            }
        }
        match command.name {
            CommandName::Exec => {
                let uri = message.items(command).first().map_or("", |item| message.text(item.target_uri)).to_owned();
                let correlator = message.value(command.correlator).map(str::to_owned);
                let exec = EarlierExec { uri, correlator, codes: codes(), frame };
                let length = exec.uri.len().max(exec.correlator.as_ref().map_or(0, String::len));
                self.shortened |= keep(&mut self.execs, exec, length);
            }
            CommandName::Alert => {
                let Some(content) = AlertContent::of(message, command) else { return };
                let correlator = content.correlator.as_ref().map_or(0, String::len);
                let length = content.source.len().max(content.kind.len()).max(correlator);
                self.shortened |= keep(&mut self.alerts, EarlierAlert { content, codes: codes(), frame }, length);
            }
            CommandName::Results => {
                for item in message.items(command) {
                    let own = message.text(item.source_uri);
                    let uri = if own.is_empty() { message.text(command.target_ref) } else { own };
                    let value = message.text(item.data);
                    // Their number says nothing of what else is complete.
                    if is_state(uri) && value.len() <= LONGEST_STATE {
                        let state = EarlierState { uri: uri.to_owned(), value: value.to_owned(), frame };
                        keep(&mut self.states, state, uri.len());
                    }
                    if is_firmware_version(uri) && !value.is_empty() && value.len() <= LONGEST_VERSION {
                        let version = EarlierState { uri: uri.to_owned(), value: value.to_owned(), frame };
                        keep(&mut self.versions, version, uri.len());
                    }
                }
            }
            CommandName::Add if codes().last().is_some_and(|code| matches!(code, 200 | 201)) => {
                for item in message.items(command) {
                    let uri = message.text(item.target_uri).to_owned();
                    let length = uri.len();
                    // That a node was added only helps: what is not kept is not known.
                    keep(&mut self.added, EarlierNode { uri, frame }, length);
                }
            }
            _ => {}
        }
    }

    /// What it takes in memory, in octets, roughly.
    pub(super) fn octets(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let execs: usize =
            self.execs.iter().map(|exec| size_of_val(exec) + exec.uri.len() + text(&exec.correlator)).sum();
        let of_alert = |alert: &EarlierAlert| {
            let content = &alert.content;
            size_of_val(alert) + content.source.len() + content.kind.len() + text(&content.correlator)
        };
        let alerts: usize = self.alerts.iter().map(of_alert).sum();
        let added: usize = self.added.iter().map(|node| size_of_val(node) + node.uri.len()).sum();
        let states = self.states.iter().chain(&self.versions);
        let states: usize = states.map(|state| size_of_val(state) + state.uri.len() + state.value.len()).sum();
        let of_download = |download: &EarlierDownload| {
            let nodes: usize = download.nodes.iter().map(|node| size_of_val(node) + node.len()).sum();
            size_of_val(download) + nodes + download.told.len()
        };
        let downloads: usize = self.downloads.iter().map(of_download).sum();
        let secrets: usize = self.secrets.iter().map(|secret| size_of_val(secret) + secret.len()).sum();
        execs + alerts + added + states + downloads + secrets
    }
}

/// Leaves of accounts that hold a secret (OMA-TS-DM_StdObj-V1_2_1, "DMAcc"; SYNCML_DM_STDOBJ-V1_1_2).
const SECRETS: [&str; 3] = ["AAuthSecret", "ClientPW", "ServerPW"];

/// Secrets of accounts that a command writes.
pub(super) fn secrets_in<'m>(message: &'m Message, command: &'m Command) -> impl Iterator<Item = &'m str> {
    message.items(command).iter().filter_map(|item| {
        let uri = message.text(item.target_uri);
        let is_secret = uri.rsplit_once('/').is_some_and(|(_, leaf)| SECRETS.contains(&leaf));
        Some(message.text(item.data)).filter(|value| is_secret && !value.is_empty())
    })
}

fn writes_secret(message: &Message, command: &Command) -> bool {
    matches!(command.name, CommandName::Add | CommandName::Replace) && secrets_in(message, command).next().is_some()
}

/// Adds to a list what has no text that is too long, and lets go of the oldest where it is full. Says whether anything is missing.
pub(super) fn keep<T>(list: &mut Vec<T>, one: T, length: usize) -> bool {
    if length > Limits::REMEMBERED_TEXT {
        return true;
    }
    let is_full = list.len() >= Limits::REMEMBERED_OF_A_KIND;
    if is_full {
        list.remove(0);
    }
    list.push(one);
    is_full
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_code_is_a_number_or_stands_in_its_element() {
        let table = [
            ("200", Some(200)),
            (" 1200\n", Some(1200)),
            ("<ResultCode>1405</ResultCode><Identifier>game</Identifier>", Some(1405)),
            ("<X><ResultCode> 1200 </ResultCode></X>", Some(1200)),
            ("", None),
            ("done", None),
            ("-1", None),
            ("+200", None),
            ("999999", None),
            ("<ResultCode></ResultCode>", None),
        ];
        for (text, code) in table {
            assert_eq!(result_code(text), code, "{text}");
        }
        assert!(is_state("./FwUpdate/State") && is_state("./X/status") && !is_state("./State/Name") && !is_state(""));
    }

    #[test]
    fn of_one_kind_the_latest_are_kept() {
        let mut list = Vec::new();
        for at in 0..Limits::REMEMBERED_OF_A_KIND {
            assert!(!keep(&mut list, at, 1));
        }
        assert!(keep(&mut list, 1_000, 1));
        assert_eq!((list.len(), list.first(), list.last()), (Limits::REMEMBERED_OF_A_KIND, Some(&1), Some(&1_000)));
        assert!(keep(&mut list, 1_001, Limits::REMEMBERED_TEXT + 1));
        assert_eq!(list.last(), Some(&1_000));
    }
}
