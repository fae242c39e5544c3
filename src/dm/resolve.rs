//! Where references lead: MsgRef to a message of the other side, CmdRef to a command in it
//! (OMA-TS-SyncML-RepPro-V1_2_2, section 6.1).

use super::links::{Links, Place, Resolution};
use super::session::{Entry, EntryId};
use crate::base::Direction;
use crate::syncml::{Command, CommandId, CommandName, Message, number};

fn id(at: usize) -> EntryId {
    EntryId(u32::try_from(at).unwrap_or(u32::MAX))
}

/// A CmdID or MsgID as something that compares fast: its number, or a hash of its text with the highest bit set. Two
/// different texts of one number (`1` and `01`) are the same identifier.
fn key(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    Some(match number(text) {
        Some(number) => number & !(1 << 63),
        None => {
            text.bytes()
                .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3))
                | 1 << 63
        }
    })
}
/// Who sent which MsgID, for one side.
struct Sent(Vec<(u64, EntryId)>);

impl Sent {
    fn of(entries: &[Entry], direction: Direction) -> Self {
        let mut sent: Vec<(u64, EntryId)> = entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.direction == direction)
            .filter_map(|(at, entry)| Some((key(entry.message.msg_id()?)?, id(at))))
            .collect();
        sent.sort_unstable();
        Self(sent)
    }

    fn all(&self, key: u64) -> &[(u64, EntryId)] {
        let start = self.0.partition_point(|(other, _)| *other < key);
        let end = self.0.partition_point(|(other, _)| *other <= key);
        self.0.get(start..end).unwrap_or_default()
    }

    fn lowest(&self) -> Option<u64> {
        self.0.first().map(|(key, _)| *key)
    }

    /// The highest MsgID that is a number.
    fn highest(&self) -> Option<u64> {
        let numbers = self.0.partition_point(|(key, _)| key >> 63 == 0);
        self.0.get(numbers.checked_sub(1)?).map(|(key, _)| *key)
    }

    /// How many MsgIDs are missing between the lowest and a given one.
    fn missing_up_to(&self, key: u64) -> u64 {
        let seen = self.0.partition_point(|(other, _)| *other <= key) as u64;
        self.lowest().map_or(0, |lowest| key.saturating_sub(lowest).saturating_add(1).saturating_sub(seen))
    }
}

/// What a CmdRef leads to in a message.
enum Found {
    Command(CommandId),
    Doubled,
    Nothing,
}

/// CmdIDs of one message as keys.
#[derive(Debug)]
pub(super) struct CommandKeys {
    keys: Vec<Option<u64>>,
    /// Each is there and greater than the one before, as in nearly every message.
    ascending: bool,
}

impl CommandKeys {
    pub(super) fn of(message: &Message) -> Self {
        let keys: Vec<Option<u64>> = message.commands.iter().map(|command| key(message.text(command.cmd_id))).collect();
        let ascending = keys.iter().all(Option::is_some) && keys.is_sorted_by(|a, b| a < b);
        Self { keys, ascending }
    }

    /// For each command, whether its CmdID can be referred to: present, and once in the message (guard G15).
    pub(super) fn soundness(&self) -> Vec<bool> {
        if self.ascending {
            return vec![true; self.keys.len()];
        }
        let mut sorted: Vec<u64> = self.keys.iter().copied().flatten().collect();
        sorted.sort_unstable();
        let is_single = |key: u64| {
            let start = sorted.partition_point(|other| *other < key);
            sorted.get(start + 1) != Some(&key)
        };
        self.keys.iter().map(|key| key.is_some_and(is_single)).collect()
    }

    fn find(&self, wanted: u64, sound: &[bool]) -> Found {
        let at = if self.ascending {
            self.keys.binary_search(&Some(wanted)).ok()
        } else {
            self.keys.iter().position(|key| *key == Some(wanted))
        };
        match at {
            None => Found::Nothing,
            Some(at) if sound.get(at).copied().unwrap_or(false) => {
                Found::Command(CommandId(u32::try_from(at).unwrap_or(u32::MAX)))
            }
            Some(_) => Found::Doubled,
        }
    }
}

/// Where a session first becomes doubtful to somebody who follows references.
struct Doubts {
    /// A message is missing, or one without a readable MsgID is there.
    loss: Option<EntryId>,
    /// A message without MsgID, by who sent it.
    nameless: [Option<EntryId>; 2],
}

impl Doubts {
    fn of(entries: &[Entry]) -> Self {
        let is_nameless = |entry: &Entry| entry.message.msg_id().is_none();
        let nameless =
            |direction| entries.iter().position(|entry| entry.direction == direction && is_nameless(entry)).map(id);
        Self {
            loss: entries
                .iter()
                .position(|entry| entry.after_loss || !entry.message.is_judgeable() && is_nameless(entry))
                .map(id),
            nameless: [nameless(Direction::DeviceToServer), nameless(Direction::ServerToDevice)],
        }
    }

    fn nameless(&self, direction: Direction) -> Option<EntryId> {
        let [client, server] = self.nameless;
        if direction == Direction::DeviceToServer { client } else { server }
    }
}

/// Follows MsgRef and CmdRef of every Status and Results.
pub(super) fn resolve(entries: &mut [Entry], keys: &[CommandKeys], start_seen: bool, links: &mut Links) {
    let doubts = Doubts::of(entries);
    let client = Sent::of(entries, Direction::DeviceToServer);
    let server = Sent::of(entries, Direction::ServerToDevice);
    for at in 0..entries.len() {
        let Some(entry) = entries.get(at) else { break };
        let (own, peer) = match entry.direction {
            Direction::DeviceToServer => (&client, &server),
            Direction::ServerToDevice => (&server, &client),
        };
        let scope = Scope { entries, keys, own, peer, start_seen, doubts: &doubts, at: id(at) };
        let mut found = Vec::new();
        for (command_id, command) in entry.message.commands_with_ids() {
            if command.name.is_response() {
                found.push((command_id, scope.resolve(&entry.message, command)));
            }
        }
        for (command_id, resolution) in found {
            let answer = Place { entry: id(at), command: Some(command_id) };
            if let Resolution::Found(to) = resolution {
                let is_status = entries
                    .get(at)
                    .and_then(|entry| entry.message.command(command_id))
                    .is_some_and(|command| command.name == CommandName::Status);
                if is_status {
                    links.add_status(to, answer);
                } else {
                    links.add_results(to, answer);
                }
            }
            let Some(entry) = entries.get_mut(at) else { continue };
            if let Some(slot) = entry.resolutions.get_mut(command_id.index()) {
                *slot = Some(resolution);
            }
            let is_status = entry.message.command(command_id).is_some_and(|one| one.name == CommandName::Status);
            if is_status && matches!(resolution, Resolution::Found(Place { command: None, .. })) {
                entry.header_answers.push(command_id);
            }
        }
    }
}

struct Scope<'a> {
    entries: &'a [Entry],
    keys: &'a [CommandKeys],
    own: &'a Sent,
    peer: &'a Sent,
    start_seen: bool,
    doubts: &'a Doubts,
    at: EntryId,
}

impl Scope<'_> {
    fn resolve(&self, message: &Message, command: &Command) -> Resolution {
        let Some(msg_ref) = key(message.text(command.msg_ref)) else {
            return if command.name == CommandName::Results {
                self.default_of_results(message, command)
            } else {
                Resolution::NoMsgRef
            };
        };
        let all = self.peer.all(msg_ref);
        let mut earlier = all.iter().map(|(_, entry)| *entry).filter(|entry| *entry < self.at);
        match (earlier.next(), earlier.next()) {
            (Some(entry), None) => self.in_message(entry, message, command),
            (Some(_), Some(_)) => Resolution::Ambiguous,
            (None, _) => self.unfound(msg_ref, all.first().map(|(_, entry)| *entry), message, command),
        }
    }

    fn unfound(&self, msg_ref: u64, later: Option<EntryId>, message: &Message, command: &Command) -> Resolution {
        let before_capture =
            !self.start_seen && self.peer.lowest().is_none_or(|lowest| msg_ref <= lowest || msg_ref >> 63 == 1);
        let lost = self.doubts.loss.is_some_and(|loss| loss <= self.at);
        if before_capture || lost || later.is_none() && self.is_in_gap(msg_ref) {
            return Resolution::NotCaptured;
        }
        // A message of the other side without a MsgID cannot be referred to (guard G15).
        if self.doubts.nameless(self.direction().reverse()).is_some_and(|nameless| nameless < self.at) {
            return Resolution::Ambiguous;
        }
        if let Some(later) = later {
            return Resolution::Forward(later);
        }
        let cmd = message.text(command.cmd);
        for (_, own) in self.own.all(msg_ref) {
            let Some(entry) = self.entries.get(own.index()) else { continue };
            if let Resolution::Found(place) = self.in_message(*own, message, command)
                && place.command.is_some()
                && self.name_at(place, entry) == Some(cmd)
            {
                return Resolution::Own(place);
            }
        }
        Resolution::NoSuchMessage
    }

    /// Whether nobody but the capture may be at fault for a MsgID that is not there: the other side's numbers leave it out,
    /// or they end before it while the sender's own leave out as many.
    fn is_in_gap(&self, msg_ref: u64) -> bool {
        let (Some(lowest), Some(highest)) = (self.peer.lowest(), self.peer.highest()) else { return false };
        if msg_ref < highest {
            return msg_ref > lowest;
        }
        let own = self.entries.get(self.at.index()).and_then(|entry| entry.message.msg_number());
        own.is_some_and(|own| msg_ref - highest <= self.own.missing_up_to(own))
    }

    fn direction(&self) -> Direction {
        self.entries.get(self.at.index()).map_or(Direction::DeviceToServer, |entry| entry.direction)
    }

    fn name_at(&self, place: Place, entry: &Entry) -> Option<&'static str> {
        Some(entry.message.command(place.command?)?.name.name())
    }

    fn in_message(&self, target: EntryId, message: &Message, command: &Command) -> Resolution {
        let cmd_ref = message.text(command.cmd_ref);
        let for_hdr = message.text(command.cmd) == "SyncHdr";
        if cmd_ref.is_empty() && !for_hdr {
            return Resolution::NoCmdRef(target);
        }
        let wanted = key(cmd_ref).unwrap_or(0);
        if wanted == 0 {
            return Resolution::Found(Place { entry: target, command: None });
        }
        let Some(entry) = self.entries.get(target.index()) else { return Resolution::NoSuchMessage };
        let Some(keys) = self.keys.get(target.index()) else { return Resolution::NoSuchMessage };
        match keys.find(wanted, &entry.sound) {
            Found::Command(id) => Resolution::Found(Place { entry: target, command: Some(id) }),
            Found::Doubled => Resolution::Ambiguous,
            Found::Nothing if !entry.message.is_judgeable() => Resolution::NotCaptured,
            // Which command a reference means cannot be known where one has no CmdID (guard G15).
            Found::Nothing if keys.keys.contains(&None) => Resolution::Ambiguous,
            Found::Nothing if for_hdr => Resolution::Found(Place { entry: target, command: None }),
            Found::Nothing => Resolution::NoSuchCommand(target),
        }
    }

    /// Results without MsgRef: the other side's latest message that has a Get with that CmdID, or else an Exec. Where the
    /// message that they mean may be one that nobody saw, that is all that can be said.
    fn default_of_results(&self, message: &Message, command: &Command) -> Resolution {
        let Some(wanted) = key(message.text(command.cmd_ref)) else { return Resolution::NoMsgRef };
        let direction = self.direction();
        let mut exec = None;
        let mut unread = self.has_missing();
        let mut ambiguous = false;
        for at in (0..self.at.index()).rev() {
            let (Some(entry), Some(keys)) = (self.entries.get(at), self.keys.get(at)) else { break };
            if entry.direction == direction {
                continue;
            }
            unread |= !entry.message.is_judgeable();
            let found = match keys.find(wanted, &entry.sound) {
                Found::Command(found) => found,
                Found::Doubled => return Resolution::Ambiguous,
                Found::Nothing => {
                    ambiguous |= keys.keys.contains(&None);
                    continue;
                }
            };
            let place = Place { entry: id(at), command: Some(found) };
            match entry.message.command(found).map(|command| command.name) {
                Some(CommandName::Get) => return Resolution::Found(place),
                Some(CommandName::Exec) => exec = exec.or(Some(place)),
                _ => {}
            }
        }
        match exec {
            _ if unread => Resolution::NotCaptured,
            _ if ambiguous => Resolution::Ambiguous,
            Some(place) => Resolution::Found(place),
            None => Resolution::NoMsgRef,
        }
    }

    /// Whether messages before this one are not in the capture, or may not be.
    fn has_missing(&self) -> bool {
        let own = self.entries.get(self.at.index()).and_then(|entry| entry.message.msg_number());
        !self.start_seen
            || self.doubts.loss.is_some_and(|loss| loss <= self.at)
            || self.peer.highest().is_some_and(|highest| self.peer.missing_up_to(highest) > 0)
            || own.is_some_and(|own| self.own.missing_up_to(own) > 0)
    }
}

/// Marks messages that the other side refused with 401 or 407 on SyncHdr.
pub(super) fn mark_refused(entries: &mut [Entry], links: &Links) {
    for at in 0..entries.len() {
        let place = Place { entry: id(at), command: None };
        let refused = links.statuses(place).any(|answer| {
            answer
                .command
                .and_then(|command| {
                    let entry = entries.get(answer.entry.index())?;
                    entry.message.code(entry.message.command(command)?)
                })
                .is_some_and(|code| matches!(code, 401 | 407))
        });
        if let Some(entry) = entries.get_mut(at) {
            entry.refused = refused;
        }
    }
}
