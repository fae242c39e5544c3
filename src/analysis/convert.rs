//! A judged session as the report writes it.

use super::{alerts, bootstraps, downloads, product};
use crate::base::{Direction, Injected};
use crate::dm::{self, Carrier, Entry, EntryId, NoticeProof, Notified, Place, Session, Tie};
use crate::http::HttpVersion;
use crate::markup::NodeId;
use crate::objects::{self, Begun, Outcome, Story};
use crate::rules::{self, At, Finding};
use crate::syncml::{Command, CommandId, CommandName, Message};
use crate::tree::{ShownAcl, shown_acls};
use crate::verdict::{
    AuthReport, AuthSides, AuthState, CommandReport, DecodeState, FindingCounts, FindingReport, Frames, HttpReport,
    MessageReport, NotificationReport, OperationOutcome, OperationReport, OtherWayReport, RelatedReport, RightsReport,
    SessionEnd, SessionReport, SpecReport, Text, Verdict, Violation, clip,
};

/// Elements that stand around one at most before its item does.
const ITEM_DEPTH: usize = 8;

/// The session and its findings, borrowed from it, with the number 0; `input` is named where there are several.
pub(super) fn report<'s>(
    session: &'s Session,
    outcome: &'s rules::Outcome,
    input: Option<u32>,
) -> (SessionReport<'s>, Vec<FindingReport<'s>>) {
    let (started, ended) = session.times();
    let undecided = outcome_undecided(outcome);
    let report = SessionReport {
        index: 0,
        session_id: some(&session.identity.session_id),
        device: some(&session.identity.device),
        server: some(&session.identity.server),
        profile: outcome.profile.name().into(),
        transport: transport(session).into(),
        started: started.into(),
        ended: ended.into(),
        end: match session.end {
            dm::End::Completed => SessionEnd::Completed,
            dm::End::Aborted => SessionEnd::Aborted,
            dm::End::Truncated => SessionEnd::Truncated,
            dm::End::Open => SessionEnd::Open,
        },
        why: session.why.as_str().into(),
        auth: AuthSides { client: auth(&session.client_auth), server: auth(&session.server_auth) },
        verdict: Verdict::None,
        findings: FindingCounts::default(),
        undecided,
        unjudged: false,
        product: product::of(session),
        notification: session.notification.as_deref().map(|notified| notification(notified, input)),
        tls: tls(session).map(Into::into),
        rights: rights(session),
        alerts: alerts::report(session),
        bootstraps: bootstraps::report(session, input),
        downloads: downloads::report(session, input),
        operations: objects::stories(session).iter().map(operation).collect(),
        messages: session.entries_with_ids().map(|(id, entry)| message(session, id, entry, input)).collect(),
    };
    let findings = outcome.findings.iter().filter_map(|found| finding(session, found, input)).collect();
    (report, findings)
}

fn outcome_undecided(outcome: &rules::Outcome) -> u32 {
    u32::try_from(outcome.undecided_requirements).unwrap_or(u32::MAX)
}

fn some(text: &str) -> Option<Text<'_>> {
    (!text.is_empty()).then(|| clip(text))
}

fn transport(session: &Session) -> &'static str {
    let tls = session.entries.iter().filter_map(|entry| entry.transport.as_ref()).any(|transport| transport.tls);
    if tls { "https" } else { "http" }
}

/// The oldest version of TLS that protects a message of the session.
fn tls(session: &Session) -> Option<&'static str> {
    let secured = session.entries.iter().filter_map(|entry| entry.transport.as_ref()?.secured);
    secured.filter(|secured| secured.version != 0).min_by_key(|secured| secured.version)?.version_name()
}

fn rights(session: &Session) -> Vec<RightsReport<'static>> {
    let row = |shown: ShownAcl| RightsReport {
        node: clip(&shown.node).into_owned().into(),
        acl: clip(&shown.acl).into_owned().into(),
        message: shown.message,
    };
    shown_acls(session).into_iter().map(row).collect()
}

fn auth(track: &dm::AuthTrack) -> AuthReport<'_> {
    AuthReport {
        scheme: track.scheme.as_ref().map(|scheme| clip(scheme.type_name())),
        state: Some(match track.state {
            dm::AuthState::None => AuthState::None,
            // Credentials that nobody answered were neither accepted nor refused: nothing is known of their fate.
            dm::AuthState::Presented => AuthState::None,
            dm::AuthState::Challenged => AuthState::Challenged,
            dm::AuthState::Accepted => AuthState::Accepted,
            dm::AuthState::Failed => AuthState::Failed,
        }),
        digests: track.proofs.iter().map(|proof| proof.to_string().into()).collect(),
    }
}

fn operation(story: &Story) -> OperationReport<'static> {
    let own = |text: &str| clip(text).into_owned();
    let (begun, begun_in) = match &story.begun {
        Begun::Here(place) => (Some(number(place.entry)), None),
        Begun::Earlier(session) => (None, Some(own(session).into())),
        Begun::Unseen => (None, None),
    };
    OperationReport {
        text: own(&story.text()).into(),
        object: story.object.map(|object| object.name.into()),
        operation: story.action.map(|action| action.name.into()),
        node: own(&story.node).into(),
        correlator: story.correlator.as_deref().map(|correlator| own(correlator).into()),
        outcome: match story.outcome {
            Outcome::Unanswered => OperationOutcome::Unanswered,
            Outcome::Refused(_) => OperationOutcome::Refused,
            Outcome::Done(_) => OperationOutcome::Done,
            Outcome::Pending => OperationOutcome::Pending,
            Outcome::Succeeded(_) => OperationOutcome::Succeeded,
            Outcome::Failed(_) => OperationOutcome::Failed,
            Outcome::Told => OperationOutcome::Told,
        },
        code: story.outcome.code(),
        version_before: story.versions.before.as_deref().map(|version| own(version).into()),
        version_after: story.versions.after.as_deref().map(|version| own(version).into()),
        begun,
        begun_in,
        ended: story.ended.map(|place| number(place.entry)),
    }
}

/// What carried a push, where that is worth a word.
pub(super) fn carrier(carrier: &Carrier) -> Option<&'static str> {
    match carrier {
        Carrier::Udp { .. } => None,
        Carrier::Sms { .. } | Carrier::Http { .. } | Carrier::Pap { .. } | Carrier::Sip { .. } => Some(carrier.name()),
    }
}

fn notification(notified: &Notified, input: Option<u32>) -> NotificationReport<'_> {
    let content = notified.content.as_ref();
    NotificationReport {
        input,
        frame: notified.notice.frame.get(),
        time: notified.notice.time.into(),
        bearer: "wap-push".into(),
        carrier: carrier(&notified.notice.carrier).map(Into::into),
        parts: notified.notice.carrier.parts().map(|joined| joined.parts.into()),
        destination: notified.notice.carrier.destination().to_string().into(),
        also: notified
            .other_ways
            .iter()
            .map(|way| OtherWayReport {
                frame: way.frame.get(),
                carrier: way.carrier.name().into(),
                destination: way.carrier.destination().to_string().into(),
            })
            .collect(),
        tie: match notified.tie {
            Tie::SameId => "session-id",
            Tie::OtherForm(_) => "session-id-in-other-form",
            Tie::Address => "address",
        }
        .into(),
        version: content.map(|content| format!("{}.{}", content.version / 10, content.version % 10).into()),
        ui_mode: content.map(|content| content.ui_mode.name().into()),
        initiator: content.map(|content| if content.by_server { "server" } else { "user" }.into()),
        session_id: content.map(|content| content.session_id_text().into()),
        server: content.map(|content| content.server_text().into()),
        digest: notified.proof.map(|proof| match proof {
            NoticeProof::Verified { nonce } => format!("correct, with {}", nonce.name()).into(),
            NoticeProof::OtherName => "correct, with the user name in place of the server identifier".into(),
            NoticeProof::Unverified { .. } => "not correct with any nonce that is known".into(),
        }),
    }
}

fn message<'s>(session: &'s Session, id: EntryId, entry: &'s Entry, input: Option<u32>) -> MessageReport<'s> {
    let message = &entry.message;
    MessageReport {
        index: number(id),
        direction: entry.direction,
        package: Some(u32::from(entry.package.number)),
        msg_id: message.msg_id().map(clip),
        encoding: message.encoding().name().into(),
        time: entry.started.into(),
        input,
        frames: entry.frames.as_slice().into(),
        bytes: message.body().len() as u64,
        http: http(entry),
        is_final: message.has_final(),
        decoded: if message.is_judgeable() { DecodeState::Whole } else { DecodeState::Partial },
        injected: entry.injected.iter().map(|fault| injected(entry, fault)).collect(),
        commands: message.commands_with_ids().map(|(at, one)| command(session, id, entry, at, one)).collect(),
    }
}

fn injected<'s>(entry: &Entry, fault: &'s Injected) -> Text<'s> {
    let text = clip(&fault.text);
    if fault.direction == entry.direction {
        text
    } else {
        // What came in its place is no message.
        format!("{text} (into its answer)").into()
    }
}

fn number(id: EntryId) -> u32 {
    id.0.saturating_add(1)
}

fn http(entry: &Entry) -> HttpReport<'_> {
    let Some(transport) = &entry.transport else { return HttpReport::default() };
    let request = entry.direction == Direction::DeviceToServer && transport.status.is_none();
    HttpReport {
        method: (request && !transport.method.is_empty()).then(|| clip(&transport.method)),
        path: (request && !transport.url.is_empty()).then(|| clip(path(&transport.url))),
        status: transport.status,
        version: (transport.version != HttpVersion::Http1 { minor: 1 }).then(|| transport.version.to_string().into()),
    }
}

/// The path of a request target, which may be an absolute URI where a forward proxy stands between.
fn path(target: &str) -> &str {
    match target.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    }
}

fn command<'s>(
    session: &'s Session,
    id: EntryId,
    entry: &'s Entry,
    at: CommandId,
    command: &'s Command,
) -> CommandReport<'s> {
    let message = &entry.message;
    let items = message.items(command);
    let first = items.first();
    let place = Place { entry: id, command: Some(at) };
    let data = match command.name {
        CommandName::Status | CommandName::Alert => message.value(command.data).map(clip),
        _ => None,
    };
    let reference = |node| message.value(node).map(clip);
    CommandReport {
        cmd_id: message.cmd_id(command).map(clip),
        name: command.name.name().into(),
        target: first.and_then(|item| message.value(item.target_uri)).map(clip),
        source: first.and_then(|item| message.value(item.source_uri)).map(clip),
        status: status(session, place),
        data,
        msg_ref: reference(command.msg_ref),
        cmd_ref: reference(command.cmd_ref),
        cmd: reference(command.cmd),
        items: u32::try_from(items.len()).ok().filter(|count| *count > 1),
        within: command.parent.and_then(|parent| message.cmd_id(message.command(parent)?)).map(clip),
    }
}

/// The code with which the other side answered a command: of several, the first that failed, or else the last.
fn status(session: &Session, place: Place) -> Option<Text<'_>> {
    let mut last = None;
    for answer in session.statuses_of(place) {
        let (entry, status) = session.command(answer)?;
        let code = entry.message.value(status.data);
        last = code.or(last);
        if entry.message.code(status).is_some_and(|code| code >= 300) {
            break;
        }
    }
    last.map(clip)
}

fn finding<'s>(session: &'s Session, found: &'s Finding, input: Option<u32>) -> Option<FindingReport<'s>> {
    let entry = session.entry(found.at.entry)?;
    let clause = found.rule.clause.first();
    let place = place(session, found.at)?;
    let fingerprint = fingerprint(session, found, entry, place.element.as_deref());
    Some(FindingReport {
        rule: found.rule.id.into(),
        severity: found.severity,
        role: found.role,
        session: 0,
        message: place.message,
        cmd_id: place.cmd_id,
        element: place.element,
        input,
        frames: entry.frames.as_slice().into(),
        line: None,
        column: None,
        text: found.seen.as_str().into(),
        expected: found.expected.as_str().into(),
        spec: SpecReport {
            document: clause.map_or("", |clause| clause.document).into(),
            section: clause.map_or("", |clause| clause.section).into(),
        },
        mend: found.rule.mend.into(),
        related: found.related.iter().filter_map(|at| related(session, *at)).collect(),
        fingerprint: Some(fingerprint.into()),
        waived: None,
        known: false,
    })
}

/// What makes the violation known again in another capture.
fn fingerprint(session: &Session, found: &Finding, entry: &Entry, element: Option<&str>) -> String {
    let message = &entry.message;
    let command = found.at.command.and_then(|command| message.command(command));
    let about = about(session, found, entry);
    let uri = command.and_then(|command| item_uri(message, command, found.at.node));
    let about_uri = || about.and_then(|(entry, command)| item_uri(&entry.message, command, None));
    Violation {
        rule: found.rule.id,
        role: found.role,
        element,
        command: command.map(|command| command.name.name()),
        code: command.and_then(|command| message.value(command.data)),
        about: about.map(|(_, command)| command.name.name()),
        uri: uri.or_else(about_uri),
    }
    .fingerprint()
}

/// The command that a finding is about besides its own: the one that it answers, or else the first related one.
fn about<'s>(session: &'s Session, found: &Finding, entry: &'s Entry) -> Option<(&'s Entry, &'s Command)> {
    let answered = found.at.command.and_then(|command| entry.resolution(command)?.found());
    let related = || {
        let at = found.related.iter().find(|at| at.command.is_some())?;
        Some(Place { entry: at.entry, command: at.command })
    };
    session.command(answered.or_else(related)?)
}

/// The LocURI of the item in which the element stands, or else of the first one, or else the one that is referred to.
fn item_uri<'s>(message: &'s Message, command: &Command, node: Option<NodeId>) -> Option<&'s str> {
    let items = message.items(command);
    let tree = message.tree();
    let around = std::iter::successors(node, |node| tree.parent(*node)).take(ITEM_DEPTH).find_map(|node| {
        // Items stand in the order of the document, as elements do.
        items.get(items.binary_search_by_key(&node, |item| item.node).ok()?)
    });
    let item = around.or(items.first());
    let of_item = item.and_then(|item| message.value(item.target_uri).or_else(|| message.value(item.source_uri)));
    of_item.or_else(|| message.value(command.target_ref)).or_else(|| message.value(command.source_ref))
}

struct Where<'s> {
    message: Option<u32>,
    cmd_id: Option<Text<'s>>,
    element: Option<Text<'s>>,
    frames: Frames<'s>,
}

fn place(session: &Session, at: At) -> Option<Where<'_>> {
    let entry = session.entry(at.entry)?;
    let message = &entry.message;
    let command = at.command.and_then(|command| message.command(command));
    let node = at.node.or(command.map(|command| command.node));
    Some(Where {
        message: Some(number(at.entry)),
        cmd_id: command.and_then(|command| message.cmd_id(command)).map(clip),
        element: node.map(|node| message.path(node).into()),
        frames: entry.frames.as_slice().into(),
    })
}

fn related(session: &Session, at: At) -> Option<RelatedReport<'_>> {
    let entry = session.entry(at.entry)?;
    let place = place(session, at)?;
    let command = at.command.and_then(|command| entry.message.command(command));
    let who = if entry.is_client() { "client" } else { "server" };
    let text = match command {
        Some(command) => format!("the {who}'s {}", command.name),
        None => format!("the {who}'s message"),
    };
    Some(RelatedReport {
        text: text.into(),
        message: place.message,
        cmd_id: place.cmd_id,
        element: place.element,
        frames: place.frames,
    })
}
