//! A message of the live peer, and which of its commands stands for which of the recording.

use super::event::clip;
use crate::syncml::{Command, CommandId, CommandName, Message};
use std::collections::{BTreeMap, VecDeque};

/// Characters of a URI in a log line.
const URI: usize = 120;

/// What is kept of a message of the live peer: as much as is needed to answer it.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) msg_id: String,
    pub(super) source: Option<String>,
    pub(super) target: Option<String>,
    no_resp: bool,
    pub(super) commands: Vec<HeardCommand>,
    /// From commands of the recording to positions in `commands`.
    pairs: BTreeMap<CommandId, usize>,
    /// For each of `commands`, whether it stands for one of the recording.
    paired: Vec<bool>,
}

/// One command of the live peer, Status left out.
#[derive(Debug)]
pub(super) struct HeardCommand {
    pub(super) name: CommandName,
    pub(super) cmd_id: Option<String>,
    /// LocURIs of Target and Source, item by item.
    pub(super) items: Vec<(Option<String>, Option<String>)>,
    pub(super) text: String,
    no_resp: bool,
}

impl Heard {
    /// Reads a live message beside the one of the recording that it stands for.
    pub(super) fn new(live: &Message, recorded: Option<&Message>) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let ids: Vec<(CommandId, &Command)> = asking(live).collect();
        let mut heard = Self {
            msg_id: live.msg_id().unwrap_or_default().to_owned(),
            source: owned(live.source()),
            target: owned(live.target()),
            no_resp: live.hdr.no_resp.is_some(),
            paired: vec![false; ids.len()],
            ..Self::default()
        };
        if let Some(recorded) = recorded {
            for (id, at) in pair(recorded, live, &ids) {
                heard.pairs.insert(id, at);
                if let Some(paired) = heard.paired.get_mut(at) {
                    *paired = true;
                }
            }
        }
        heard.commands = ids
            .into_iter()
            .map(|(_, command)| HeardCommand {
                name: command.name,
                cmd_id: owned(live.cmd_id(command)),
                items: live
                    .items(command)
                    .iter()
                    .map(|item| (owned(live.value(item.target_uri)), owned(live.value(item.source_uri))))
                    .collect(),
                text: describe(live, command),
                no_resp: command.no_resp.is_some(),
            })
            .collect();
        heard
    }

    /// The live command that stands for one of the recording.
    pub(super) fn pair(&self, recorded: CommandId) -> Option<&HeardCommand> {
        self.commands.get(*self.pairs.get(&recorded)?)
    }

    /// Commands that the recording does not have.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &HeardCommand> + '_ {
        let all = self.commands.iter().zip(&self.paired);
        all.filter(|(command, paired)| !**paired && !command.name.is_response()).map(|(command, _)| command)
    }

    /// Whether a command wants a Status (OMA-TS-SyncML-RepPro-V1_2_2, NoResp).
    pub(super) fn wants_status(&self, command: &HeardCommand) -> bool {
        !self.no_resp && !command.no_resp && !command.name.is_response() && command.cmd_id.is_some()
    }

    /// Whether the message wants a Status for its SyncHdr.
    pub(super) fn wants_hdr_status(&self) -> bool {
        !self.no_resp
    }
}

/// Everything but Status: what may be answered.
pub(super) fn asking(message: &Message) -> impl Iterator<Item = (CommandId, &Command)> + '_ {
    message.commands_with_ids().filter(|(_, command)| command.name != CommandName::Status)
}

/// The first URI that a command is about.
fn uri<'m>(message: &'m Message, command: &Command) -> Option<&'m str> {
    let item = message.items(command).first()?;
    message.value(item.target_uri).or_else(|| message.value(item.source_uri))
}

/// Which live command stands for which of the recording: first those of the same name, URI and Alert code, in order; then of
/// the rest the n-th of a name for the n-th. A Get stands only for one of the same URI, since its Results would be about
/// something else.
fn pair(recorded: &Message, live: &Message, ids: &[(CommandId, &Command)]) -> Vec<(CommandId, usize)> {
    type Key<'m> = (CommandName, Option<u16>, Option<&'m str>);
    let mut exact: BTreeMap<Key<'_>, VecDeque<usize>> = BTreeMap::new();
    for (at, (_, command)) in ids.iter().enumerate() {
        exact.entry((command.name, command.code, uri(live, command))).or_default().push_back(at);
    }
    let mut pairs = Vec::new();
    let mut left: Vec<(CommandId, CommandName)> = Vec::new();
    for (id, command) in asking(recorded) {
        let key = (command.name, command.code, uri(recorded, command));
        match exact.get_mut(&key).and_then(VecDeque::pop_front) {
            Some(at) => pairs.push((id, at)),
            None => left.push((id, command.name)),
        }
    }
    let mut rest: Vec<(usize, CommandName)> = Vec::new();
    for ((name, _, _), places) in &exact {
        rest.extend(places.iter().map(|&at| (at, *name)));
    }
    rest.sort_unstable();
    let mut by_name: BTreeMap<CommandName, VecDeque<usize>> = BTreeMap::new();
    for (at, name) in rest {
        by_name.entry(name).or_default().push_back(at);
    }
    for (id, name) in left {
        if name != CommandName::Get
            && let Some(at) = by_name.get_mut(&name).and_then(VecDeque::pop_front)
        {
            pairs.push((id, at));
        }
    }
    pairs
}

/// A command in a few words: no value, no credential.
pub(super) fn describe(message: &Message, command: &Command) -> String {
    let mut text = command.name.name().to_owned();
    match command.name {
        CommandName::Status => {
            for part in [command.cmd, command.data] {
                text.push(' ');
                text.push_str(clip(message.text(part), URI));
            }
        }
        CommandName::Alert => {
            text.push(' ');
            text.push_str(clip(message.text(command.data), URI));
        }
        _ => {
            if let Some(uri) = uri(message, command) {
                text.push(' ');
                text.push_str(clip(uri, URI));
            }
            if let Some(more) = message.items(command).len().checked_sub(1).filter(|more| *more > 0) {
                text.push_str(&format!(" (+{more})"));
            }
        }
    }
    text
}

/// Commands of one line of the log.
const LISTED: usize = 8;

/// All commands of a message in a few words.
pub(super) fn summary(message: &Message) -> String {
    let mut parts: Vec<String> =
        message.commands.iter().take(LISTED).map(|command| describe(message, command)).collect();
    if let Some(more) = message.commands.len().checked_sub(LISTED).filter(|more| *more > 0) {
        parts.push(format!("{more} more"));
    }
    if message.has_final() {
        parts.push("Final".to_owned());
    }
    parts.join(", ")
}
