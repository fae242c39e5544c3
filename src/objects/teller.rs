//! Ties what was seen of operations to one story each, over the messages of a session and the earlier sessions of its device.

use super::find::{ancestor, by_alert, by_operation, has_kind, is_ended_by};
use super::instance::{Instances, is_standard, uri_of};
use super::model::{AlertRole, Node, Object, is_success};
use super::story::{Begun, Outcome, STEPS, Step, Story, Versions};
use super::tables::{FUMO, OBJECTS};
use crate::base::{FrameNo, Limits};
use crate::dm::uri::{UriMatch, compare_uris, is_below, without_query};
use crate::dm::{AlertContent, Download, Earlier, Entry, EntryId, Place, Session, is_firmware_version, is_state};
use crate::syncml::{Command, CommandId, CommandName};

/// The operations that a session has to do with, in the order in which they began: those that its server starts, those that its
/// client tells the end of, and those whose state is read. At most [`Limits::STORIES`].
pub fn stories(session: &Session) -> Vec<Story> {
    let tales = Teller::of(session).map(|teller| teller.tales).unwrap_or_default();
    tales.into_iter().filter(|tale| tale.is_touched).map(|tale| tale.story).collect()
}

/// The operations of all sessions, each told once and to its end.
pub fn of_run<'s>(sessions: impl IntoIterator<Item = &'s Session>) -> Vec<Story> {
    let mut all: Vec<Tale> = Vec::new();
    for session in sessions {
        let Some(teller) = Teller::of(session) else { continue };
        for tale in teller.tales.into_iter().filter(|tale| tale.is_touched) {
            let device = &session.identity.device;
            let is_same = |other: &&mut Tale| {
                matches!(tale.story.begun, Begun::Earlier(_))
                    && (other.sent, &other.story.node, &other.device) == (tale.sent, &tale.story.node, device)
            };
            let tale = Tale { device: device.clone(), ..tale.clone() };
            match all.iter_mut().find(is_same) {
                // What the later session knows of it goes on from what the earlier one knew.
                Some(known) => {
                    let begun = known.story.begun.clone();
                    *known = tale;
                    known.story.begun = begun;
                }
                None => all.push(tale),
            }
        }
    }
    all.into_iter().map(|tale| tale.story).collect()
}

#[derive(Debug, Clone)]
struct Tale {
    story: Story,
    device: String,
    /// The last frame of the message with the Exec, or with the alert.
    sent: FrameNo,
    /// Whether the session has to do with it.
    is_touched: bool,
}

struct Teller {
    instances: Instances,
    tales: Vec<Tale>,
    /// The version of the firmware that was read last.
    firmware: Option<String>,
    /// How many operations began before the session that is being told.
    before: usize,
}

/// One thing that happened in an earlier session.
enum Event<'e> {
    Exec(&'e crate::dm::EarlierExec),
    State(&'e str, &'e str),
    Firmware(&'e str),
    Alert(&'e AlertContent),
    Download(&'e crate::dm::EarlierDownload),
}

/// Whether a session has anything to do with operations.
fn is_concerned(session: &Session) -> bool {
    let has_past = session.past().sessions().any(|earlier| !earlier.execs().is_empty());
    let is_of_interest = |entry: &Entry, command: &Command| match command.name {
        CommandName::Exec => entry.is_server(),
        CommandName::Alert => entry.is_client() && entry.message.code(command) == Some(1226),
        CommandName::Results => has_past && entry.is_client(),
        _ => false,
    };
    let has_downloads = !session.downloads.is_empty() || !session.uploads.is_empty();
    has_downloads
        || session
            .entries
            .iter()
            .any(|entry| entry.message.commands.iter().any(|command| is_of_interest(entry, command)))
}

impl Teller {
    fn of(session: &Session) -> Option<Self> {
        if !is_concerned(session) {
            return None;
        }
        let mut teller = Self { instances: Instances::of(session), tales: Vec::new(), firmware: None, before: 0 };
        let past = session.past();
        for earlier in past.sessions() {
            earlier
                .alerts()
                .iter()
                .for_each(|alert| teller.instances.named(&alert.content.kind, &alert.content.source));
            earlier.execs().iter().for_each(|exec| teller.instances.started(&exec.uri));
            earlier.states().iter().for_each(|state| teller.instances.state(&state.uri));
        }
        teller.instances.shapes();
        past.sessions().for_each(|earlier| teller.earlier(earlier));
        teller.before = teller.tales.len();
        let mut downloads: Vec<(Option<usize>, &Download)> =
            session.downloads.iter().enumerate().map(|(at, download)| (Some(at), download)).collect();
        downloads.extend(session.uploads.iter().map(|upload| (None, upload)));
        downloads.sort_by_key(|(_, download)| download.fresh().first().map(|fetch| fetch.frame));
        let mut downloads = downloads.into_iter().peekable();
        for (id, entry) in session.entries_with_ids() {
            let first = entry.frames.first();
            let is_before = |(_, download): &(Option<usize>, &Download)| {
                download.fresh().first().is_some_and(|fetch| first.is_some_and(|first| fetch.frame < *first))
            };
            while let Some((at, download)) = downloads.next_if(is_before) {
                teller.fetched(download, at);
            }
            if entry.refused || !entry.message.is_judgeable() {
                continue;
            }
            let sent = entry.frames.last().copied().unwrap_or(FrameNo::FIRST);
            for (at, command) in entry.message.commands_with_ids() {
                if !entry.is_continuation(at) {
                    teller.command(session, (id, entry), (at, command), sent);
                }
            }
        }
        for (at, download) in downloads {
            teller.fetched(download, at);
        }
        Some(teller)
    }

    /// What an earlier session told, in its order.
    fn earlier(&mut self, earlier: &Earlier) {
        self.before = self.tales.len();
        let execs = earlier.execs().iter().map(|exec| (exec.frame, Event::Exec(exec)));
        let states = earlier.states().iter().map(|state| (state.frame, Event::State(&state.uri, &state.value)));
        let alerts = earlier.alerts().iter().map(|alert| (alert.frame, Event::Alert(&alert.content)));
        let downloads = earlier.downloads().iter().map(|download| (download.frame, Event::Download(download)));
        let firmware = earlier.firmware().iter().map(|state| (state.frame, Event::Firmware(&state.value)));
        let mut events: Vec<(FrameNo, Event<'_>)> =
            execs.chain(states).chain(alerts).chain(downloads).chain(firmware).collect();
        events.sort_by_key(|(frame, _)| *frame);
        for (frame, event) in events {
            match event {
                Event::Exec(exec) => {
                    let code = exec.codes.iter().copied().rfind(|code| *code != 101);
                    let begun = Begun::Earlier(earlier.session_id.clone());
                    self.begin(&exec.uri, exec.correlator.as_deref(), code, begun, frame, None);
                }
                Event::State(uri, value) => self.state(uri, value, false),
                Event::Firmware(version) => self.version(version, false),
                Event::Alert(content) => self.alert(content, None, frame),
                Event::Download(download) if download.is_upload => {
                    self.upload(&download.nodes, download.told.clone(), false);
                }
                Event::Download(download) => self.download(&download.nodes, download.told.clone(), None),
            }
        }
    }

    fn command(
        &mut self,
        session: &Session,
        (id, entry): (EntryId, &Entry),
        (at, command): (CommandId, &Command),
        sent: FrameNo,
    ) {
        let message = &entry.message;
        let place = Place { entry: id, command: Some(at) };
        match command.name {
            CommandName::Exec if entry.is_server() => {
                let uri = message.items(command).first().map_or("", |item| message.text(item.target_uri));
                let said = user(session, entry, id, command);
                self.begin(
                    uri,
                    message.value(command.correlator),
                    last_code(session, place),
                    Begun::Here(place),
                    sent,
                    said,
                );
            }
            CommandName::Results if entry.is_client() => {
                for item in message.items(command) {
                    let uri = uri_of(session, message, at, command, item, place);
                    if is_state(uri) && !self.tales.is_empty() {
                        self.state(uri, message.text(item.data), true);
                    } else if is_firmware_version(uri) && item.more_data.is_none() {
                        self.version(message.text(item.data), true);
                    }
                }
            }
            CommandName::Alert if entry.is_client() => {
                if let Some(content) = AlertContent::of(message, command) {
                    self.alert(&content, Some(place), sent);
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, story: Story, sent: FrameNo, is_touched: bool) {
        if self.tales.len() < Limits::STORIES {
            self.tales.push(Tale { story, device: String::new(), sent, is_touched });
        }
    }

    /// The operation on a node, and the instance that it is about.
    fn operation(&self, uri: &str) -> Option<(&'static Object, &'static Node, String)> {
        let found = self.instances.at(uri).and_then(|found| Some((found.object, found.node?)));
        let found = found.filter(|(_, node)| node.action.is_some());
        let (object, node) = found.or_else(|| by_operation(uri).map(|operand| (operand.object, operand.node)))?;
        let levels = if node.path.rsplit('/').nth(1) == Some("Operations") { 2 } else { 1 };
        Some((object, node, ancestor(uri, levels)?.to_owned()))
    }

    fn begin(
        &mut self,
        uri: &str,
        correlator: Option<&str>,
        code: Option<u16>,
        begun: Begun,
        sent: FrameNo,
        said: Option<&'static str>,
    ) {
        let operation = self.operation(uri);
        let mut steps: Vec<Step> = said.map(Step::User).into_iter().collect();
        let outcome = match code {
            None => Outcome::Unanswered,
            Some(202) => {
                steps.push(Step::Accepted);
                Outcome::Pending
            }
            // Some devices give the result code of the object as Status.
            Some(code @ 1000..) if !is_success(code) => Outcome::Failed(code),
            Some(code @ (200..=213 | 1000..)) => {
                steps.push(Step::Done(code));
                Outcome::Done(code)
            }
            Some(code) => Outcome::Refused(code),
        };
        let is_touched = matches!(begun, Begun::Here(_));
        let versions = match &operation {
            Some((object, node, _)) if changes_firmware(object, node) => {
                Versions { before: self.firmware.clone(), after: None }
            }
            _ => Versions::default(),
        };
        let story = Story {
            object: operation.as_ref().map(|(object, ..)| *object),
            action: operation.as_ref().and_then(|(_, node, _)| node.action),
            alert: None,
            node: uri.to_owned(),
            about: operation.map_or_else(|| uri.to_owned(), |(.., about)| about),
            correlator: correlator.map(str::to_owned),
            begun,
            ended: None,
            download: None,
            steps,
            outcome,
            versions,
        };
        self.push(story, sent, is_touched);
    }

    /// A state that was read: it belongs to the operation under way on its instance.
    fn state(&mut self, uri: &str, value: &str, is_here: bool) {
        let uri = without_query(uri);
        let name = uri.rsplit('/').next().unwrap_or_default();
        let is_of = |tale: &&mut Tale| {
            let shown_by = tale.story.action.map_or("", |action| action.shown_by);
            shown_by.split(' ').any(|leaf| leaf.eq_ignore_ascii_case(name)) && is_below(uri, &tale.story.about)
        };
        let Some(tale) = self.tales.iter_mut().rev().find(is_of) else { return };
        if !tale.story.outcome.is_open() {
            return;
        }
        let node = self.instances.at(uri).and_then(|found| found.node).or_else(|| {
            let object = tale.story.object?;
            object.nodes.iter().find(|node| node.path.eq_ignore_ascii_case(name))
        });
        let Some(node) = node.filter(|node| !node.values.is_empty()) else { return };
        let told = match node.values.iter().find(|one| one.value == value) {
            Some(known) => known.told.to_owned(),
            None => format!("{} {}", node.name(), value.chars().take(8).collect::<String>()),
        };
        tale.is_touched |= is_here;
        let is_new = !matches!(tale.story.steps.last(), Some(Step::State(last)) if *last == told);
        if is_new && tale.story.steps.len() < STEPS {
            tale.story.steps.push(Step::State(told));
        }
    }

    /// A version of the firmware that was read: it is that after the latest operation which changes the firmware, where that has
    /// ended.
    fn version(&mut self, version: &str, is_here: bool) {
        if version.is_empty() {
            return;
        }
        self.firmware = Some(version.to_owned());
        let changes = |(_, tale): &(usize, &mut Tale)| {
            let name = tale.story.node.rsplit('/').next().unwrap_or_default();
            tale.story.object.is_some_and(|object| changes_firmware_by(object, name))
        };
        let Some((at, tale)) = self.tales.iter_mut().enumerate().rev().find(changes) else { return };
        // In the session that starts it, it is on its way: what is read there is still what was before.
        if tale.story.outcome == Outcome::Pending && at >= self.before && tale.story.versions.before.is_none() {
            tale.story.versions.before = Some(version.to_owned());
        }
        let has_ended = matches!(tale.story.outcome, Outcome::Succeeded(_) | Outcome::Failed(_));
        if has_ended && tale.story.versions.after.is_none() && tale.story.begun != Begun::Unseen {
            tale.story.versions.after = Some(version.to_owned());
            tale.is_touched |= is_here;
        }
    }

    /// A download of the session, at its position, or an upload.
    fn fetched(&mut self, download: &Download, at: Option<usize>) {
        match at {
            Some(at) => self.download(&download.nodes, download.summary(), Some(at)),
            None => self.upload(&download.nodes, download.summary(), true),
        }
    }

    /// An upload: it belongs to the latest operation on the instance that has the address.
    fn upload(&mut self, nodes: &[String], told: String, is_here: bool) {
        let has_it = |tale: &&mut Tale| {
            tale.story.begun != Begun::Unseen && nodes.iter().any(|node| is_below(node, &tale.story.about))
        };
        let Some(tale) = self.tales.iter_mut().rev().find(has_it) else { return };
        tale.is_touched |= is_here;
        tale.story.fetched(told, false);
    }

    /// A download: it belongs to the operation under way whose address was written to one of these nodes.
    fn download(&mut self, nodes: &[String], told: String, here: Option<usize>) {
        let is_at = |story: &Story, node: &String| {
            let parent = ancestor(node, 1).unwrap_or_default();
            let is_own = compare_uris(parent, &story.node) != UriMatch::Different;
            let is_about = compare_uris(parent, &story.about) != UriMatch::Different;
            (is_own || is_about).then_some(is_own)
        };
        let fits = |(at, tale): (usize, &Tale)| {
            let story = &tale.story;
            let is_own = nodes.iter().filter_map(|node| is_at(story, node)).max()?;
            (story.outcome.is_open() && story.begun != Begun::Unseen).then_some((is_own, at))
        };
        let Some((_, at)) = self.tales.iter().enumerate().filter_map(fits).max() else { return };
        let Some(tale) = self.tales.get_mut(at) else { return };
        tale.is_touched |= here.is_some();
        tale.story.download = here.or(tale.story.download);
        tale.story.fetched(told, true);
    }

    /// A Generic Alert: the end of an operation, a second word on one, or something that nobody asked for.
    fn alert(&mut self, content: &AlertContent, here: Option<Place>, sent: FrameNo) {
        let known = by_alert(&content.kind);
        if let Some((_, alert)) = known
            && alert.role == AlertRole::Request
        {
            // Whoever asks tells of no end.
            return self.unasked(content, here, sent);
        }
        let rank = |(at, tale): &(usize, &Tale)| {
            let story = &tale.story;
            let is_tied = story.correlator.is_some() && story.correlator == content.correlator;
            let is_node = compare_uris(&story.node, &content.source) != UriMatch::Different;
            (story.outcome.is_open(), is_tied, is_node, fits(story, &content.kind), *at)
        };
        let may_be = |(_, tale): &(usize, &Tale)| {
            let story = &tale.story;
            let correlator = story.correlator.as_deref();
            // Of a type that nobody knows, and without the Correlator that it was given: another event on the same node.
            let is_stranger =
                known.is_none() && content.correlator.is_none() && (!story.outcome.is_open() || correlator.is_some());
            !is_stranger
                && story.begun != Begun::Unseen
                && !matches!(story.outcome, Outcome::Refused(_))
                && is_ended_by(&story.node, correlator, tale.sent, content, sent)
                && match (story.object, known) {
                    (Some(own), Some((other, _))) => {
                        own == other || correlator.is_some() && story.correlator == content.correlator
                    }
                    _ => true,
                }
        };
        let Some((at, _)) = self.tales.iter().enumerate().filter(may_be).max_by_key(rank) else {
            return self.unasked(content, here, sent);
        };
        let Some(tale) = self.tales.get_mut(at) else { return };
        tale.is_touched |= here.is_some();
        let story = &mut tale.story;
        if !story.outcome.is_open() {
            if story.steps.len() < STEPS {
                story.steps.push(Step::Again(content.result));
            }
            return;
        }
        if let Some((_, alert)) = known
            && alert.role == AlertRole::Report
        {
            if story.steps.len() < STEPS {
                story.steps.push(Step::Part(alert.meaning.to_owned()));
            }
            return;
        }
        if let Some(code) = content.result.filter(|code| is_success(*code))
            && let Some(part) = part_of(story, &content.kind)
        {
            if story.steps.len() < STEPS {
                story.steps.push(Step::Part(format!("{part} ({code})")));
            }
            return;
        }
        if let Some((object, alert)) = known {
            story.object = story.object.or(Some(object));
            story.alert = Some(alert);
        }
        story.outcome = match content.result {
            Some(code) if is_success(code) => Outcome::Succeeded(code),
            Some(code) => Outcome::Failed(code),
            None => Outcome::Told,
        };
        story.ended = here;
    }

    /// An alert that belongs to no Exec which was seen. Of types that nobody knows there is nothing to tell.
    fn unasked(&mut self, content: &AlertContent, here: Option<Place>, sent: FrameNo) {
        let Some((object, alert)) = by_alert(&content.kind) else { return };
        let operation = match alert.role {
            AlertRole::Result(name) => {
                let by_name = object.operations().find(|(node, _)| !name.is_empty() && node.path == name);
                let by_name = by_name.map(|(node, _)| (node, content.source.clone()));
                by_name.or_else(|| self.operation(&content.source).map(|(_, node, about)| (node, about)))
            }
            AlertRole::Request | AlertRole::Report => None,
        };
        let about = match &operation {
            Some((_, about)) => about.clone(),
            None => content.source.clone(),
        };
        let is_result = matches!(alert.role, AlertRole::Result(_));
        let story = Story {
            object: Some(object),
            action: operation.and_then(|(node, _)| node.action),
            alert: Some(alert),
            node: content.source.clone(),
            about: if is_standard(&about) { String::new() } else { about },
            correlator: content.correlator.clone(),
            begun: Begun::Unseen,
            ended: here,
            download: None,
            steps: Vec::new(),
            outcome: match content.result.filter(|_| is_result) {
                Some(code) if is_success(code) => Outcome::Succeeded(code),
                Some(code) => Outcome::Failed(code),
                None => Outcome::Told,
            },
            versions: Versions::default(),
        };
        self.push(story, sent, here.is_some());
    }
}

/// Whether an operation of an object puts another firmware in place, by the name of its node (OMA-TS-DM-FUMO-V1_0, 5.1).
fn changes_firmware_by(object: &Object, name: &str) -> bool {
    object.name == FUMO.name && ["Update", "DownloadAndUpdate"].iter().any(|update| update.eq_ignore_ascii_case(name))
}

fn changes_firmware(object: &Object, node: &Node) -> bool {
    changes_firmware_by(object, node.path)
}

/// The name of the operation node that a type of alert tells the end of; empty for any.
fn told_of(kind: &str) -> Option<&'static str> {
    OBJECTS.iter().flat_map(|object| object.alerts).find_map(|alert| match alert.role {
        AlertRole::Result(name) if has_kind(kind, alert) => Some(name),
        _ => None,
    })
}

/// Whether an alert of a type tells of the end of what an Exec started.
fn fits(story: &Story, kind: &str) -> bool {
    let name = story.node.rsplit('/').next().unwrap_or_default();
    told_of(kind).is_some_and(|told| told.is_empty() || told.eq_ignore_ascii_case(name))
}

/// What ended, where an alert tells of the first part of an operation: of the download, where an update follows it.
fn part_of(story: &Story, kind: &str) -> Option<&'static str> {
    let name = story.node.rsplit('/').next().unwrap_or_default();
    let told = told_of(kind).filter(|told| !told.is_empty() && !told.eq_ignore_ascii_case(name))?;
    (told == "Download" && name.eq_ignore_ascii_case("DownloadAndUpdate")).then_some("downloaded")
}

/// The code of the last Status that says how a command ended.
fn last_code(session: &Session, place: Place) -> Option<u16> {
    let statuses = session.statuses_of(place).filter_map(|status| session.command(status));
    let codes = statuses.filter(|(entry, _)| !entry.refused).filter_map(|(entry, status)| entry.message.code(status));
    codes.filter(|code| *code != 101).last()
}

/// What the user answered to a confirmation before an Exec in the same container (OMA-TS-DM_Protocol-V1_2_1, User Interaction
/// Commands).
fn user(session: &Session, entry: &Entry, id: EntryId, exec: &Command) -> Option<&'static str> {
    let container = exec.parent?;
    let before = entry.message.children_of(container).take_while(|(_, command)| command.node != exec.node);
    let asked =
        before.filter(|(_, command)| command.name == CommandName::Alert && entry.message.code(command) == Some(1101));
    let codes = asked.filter_map(|(at, _)| last_code(session, Place { entry: id, command: Some(at) }));
    match codes.last()? {
        200 => Some("confirmed"),
        304 => Some("declined"),
        214 => Some("cancelled"),
        _ => None,
    }
}
