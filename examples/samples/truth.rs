//! The truth of a sample: what is in it, and what a report on it must say.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that is known of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Truth {
    /// Name of the capture.
    pub(crate) capture: String,
    /// HTTP exchanges of which at least a half is in the capture, those without DM among them.
    pub(crate) exchanges: u64,
    /// DM sessions.
    pub(crate) sessions_total: u64,
    /// DM messages; one that was sent again, octet by octet the same, counts once.
    pub(crate) dm_messages: u64,
    /// Everything with a CmdID, Status and Results among them, also inside of Atomic and Sequence.
    pub(crate) commands_total: u64,
    /// Codes of Status elements, and how often each was sent.
    pub(crate) status_codes: BTreeMap<String, u64>,
    /// Exit codes of the client's runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_exit: Vec<i32>,
    /// Kinds of the problems with the capture that a report must name, and no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<String>,
    /// In the order in which they began.
    pub(crate) sessions: Vec<Session>,
    /// Every finding of error or warning level that a report must have, and no other.
    #[serde(default)]
    pub(crate) findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    /// Source of the client's messages.
    pub(crate) device: String,
    /// SessionID.
    pub(crate) session: String,
    /// `xml` or `wbxml`.
    pub(crate) encoding: String,
    /// `completed`, `aborted`, `truncated` or `open`.
    #[serde(default)]
    pub(crate) end: String,
    /// What the server was told to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scenario: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) client_ports: Vec<u16>,
    pub(crate) messages: Vec<Message>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Message {
    /// `c2s` or `s2c`.
    pub(crate) dir: String,
    /// Number of the exchange in the capture, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) http_n: Option<u64>,
    /// Octets of the body, codings removed.
    pub(crate) len: u64,
    /// SHA-256 of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) http_status: Option<u16>,
    /// What is wrong with it as XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_wellformed: Option<String>,
    /// Octets of it are missing from the capture: only its direction can be known for sure.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) damaged: bool,
    pub(crate) session: String,
    pub(crate) msgid: String,
    pub(crate) target: String,
    pub(crate) source: String,
    /// Type of the credentials in SyncHdr.
    pub(crate) cred: Option<String>,
    #[serde(rename = "final")]
    pub(crate) is_final: bool,
    pub(crate) commands: Vec<Command>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    pub(crate) cmd: String,
    pub(crate) id: String,
    /// MsgRef, CmdRef and Cmd of a Status.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub(crate) reference: Option<[String; 3]>,
    /// Data of a Status or an Alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Of each Item the LocURI of Target, else of Source; Items without either are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) uris: Vec<String>,
    /// Commands of an Atomic or a Sequence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) inner: Vec<Command>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    pub(crate) rule: String,
    /// `error` or `warning`.
    pub(crate) severity: String,
    /// Number of the session, from 1.
    pub(crate) session: u32,
    /// Number of the message in it, from 1.
    pub(crate) message: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cmd_id: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Truth {
    /// Counts what the sessions hold.
    pub(crate) fn count(&mut self) {
        self.sessions_total = self.sessions.len() as u64;
        self.dm_messages = self.sessions.iter().map(|session| session.messages.len() as u64).sum();
        self.commands_total = 0;
        self.status_codes.clear();
        for message in self.sessions.iter().flat_map(|session| &session.messages) {
            for (command, _) in message.all() {
                self.commands_total += 1;
                if let (true, Some(code)) = (command.cmd == "Status", &command.code) {
                    *self.status_codes.entry(code.clone()).or_default() += 1;
                }
            }
        }
    }

    /// As it stands in its file: findings on a line each, since they are what is read most.
    pub(crate) fn text(&self) -> Result<String, serde_json::Error> {
        let mut rest = self.clone();
        let findings = std::mem::take(&mut rest.findings);
        let text = serde_json::to_string_pretty(&rest)?;
        let lines: Vec<String> = findings.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let lines = if lines.is_empty() { String::new() } else { format!("\n    {}\n  ", lines.join(",\n    ")) };
        Ok(text.replace("\n  \"findings\": []\n", &format!("\n  \"findings\": [{lines}]\n")) + "\n")
    }
}

impl Message {
    /// Its commands, a container before its children, each with the CmdID of the container around it.
    pub(crate) fn all(&self) -> Vec<(&Command, Option<&str>)> {
        fn walk<'c>(commands: &'c [Command], within: Option<&'c str>, out: &mut Vec<(&'c Command, Option<&'c str>)>) {
            for command in commands {
                out.push((command, within));
                walk(&command.inner, Some(&command.id), out);
            }
        }
        let mut out = Vec::new();
        walk(&self.commands, None, &mut out);
        out
    }
}
