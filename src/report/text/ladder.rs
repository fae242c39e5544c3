//! Sessions, each as a ladder of messages.

use super::paint::{Paint, count, frames, short, width};
use crate::base::Direction;
use crate::report::visible;
use crate::verdict::{
    AuthReport, AuthState, BootstrapAccount, BootstrapReport, CommandReport, DecodeState, DownloadReport, FetchReport,
    FindingCounts, MessageReport, ProductReport, ReportStore, Rows, SessionReport, Severity, Text, Verdict,
};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::iter::Peekable;

/// With more sessions, only those that matter are shown.
const ALL_SESSIONS: u64 = 20;
/// Sessions with something to see that are shown as ladders.
const LADDERS: u64 = 20;
/// Those that are shown as one line after that.
const HEADS: u64 = 80;
/// Messages of a session that are shown from its start and its end; those with findings are shown anyway.
const FIRST_MESSAGES: usize = 12;
const LAST_MESSAGES: usize = 8;
/// Lines for the commands of one message.
const COMMAND_LINES: usize = 3;
/// Digests that are not right and are shown for each side.
const DIGESTS: usize = 4;
/// How the report words credentials that are right, with the nonce that they should have.
const RIGHT: &str = ": correct, with ";
/// Operations that are shown of each session.
const OPERATIONS: usize = 8;
/// Columns of one thing that a device says of itself.
const PRODUCT: usize = 24;
/// Columns of one URI.
const URI: usize = 56;

pub(super) fn write(report: &mut ReportStore, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let total = report.tail().summary.sessions;
    let several = report.tail().inputs.len() > 1;
    let only_those_that_matter = total > ALL_SESSIONS && !paint.verbose();
    let (mut ladders, mut heads, mut quiet, mut more) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut sessions, findings) = report.read()?;
    let mut findings = findings.narrowed().peekable();
    let is_quiet = |head: &Head| only_those_that_matter && head.findings.total() == 0 && head.verdict == Verdict::Pass;
    loop {
        let has_room = ladders < LADDERS || paint.verbose();
        let Some((brief, session)) = sessions.next_with(|head| has_room && !is_quiet(head))? else { break };
        if let Some(session) = session {
            ladders = ladders.saturating_add(1);
            writeln!(out)?;
            head(&brief, out, paint)?;
            let marks = marks(&mut findings, brief.index)?;
            ladder(&session, &marks, several, out, paint)?;
        } else if is_quiet(&brief) {
            quiet = quiet.saturating_add(1);
        } else if heads < HEADS {
            if heads == 0 {
                writeln!(out)?;
            }
            heads = heads.saturating_add(1);
            head(&brief, out, paint)?;
        } else {
            more = more.saturating_add(1);
        }
    }
    if more.saturating_add(quiet) > 0 {
        writeln!(out)?;
    }
    if more > 0 {
        writeln!(out, "… {} with something to see (--verbose shows all)", count(more, "more session"))?;
    }
    if quiet > 0 {
        writeln!(out, "… {} passed without findings (--verbose shows all)", count(quiet, "more session"))?;
    }
    Ok(())
}

/// What one line says of a session.
#[derive(Debug, Deserialize)]
struct Head {
    index: u32,
    device: Option<String>,
    server: Option<String>,
    verdict: Verdict,
    findings: FindingCounts,
}

/// What a ladder says of a finding.
#[derive(Debug, Deserialize)]
struct Mark {
    session: u32,
    message: Option<u32>,
    severity: Severity,
    waived: Option<IgnoredAny>,
}

/// The worst finding at each message of a session. Both spools are in the order of sessions.
fn marks(findings: &mut Peekable<Rows<'_, Mark>>, session: u32) -> io::Result<BTreeMap<u32, Severity>> {
    let mut marks = BTreeMap::new();
    while let Some(finding) = findings.next_if(|finding| finding.as_ref().map_or(true, |f| f.session <= session)) {
        let finding = finding?;
        if finding.session == session && finding.waived.is_none() {
            let mark = marks.entry(finding.message.unwrap_or(0)).or_insert(finding.severity);
            *mark = finding.severity.max(*mark);
        }
    }
    Ok(marks)
}

/// One line: number, verdict, who with whom.
fn head(session: &Head, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let word = session.verdict.name().to_uppercase();
    let device = session.device.as_deref().map_or("unknown device".into(), |device| short(device, URI));
    let server = session.server.as_deref().map_or("unknown server".into(), |server| short(server, URI));
    writeln!(
        out,
        "{}  {}  {device} with {server}",
        paint.bold(format_args!("Session {}", session.index)),
        paint.verdict(session.verdict, word),
    )
}

/// What comes below the head of a session.
fn ladder(
    session: &SessionReport<'_>,
    marks: &BTreeMap<u32, Severity>,
    several: bool,
    out: &mut dyn Write,
    paint: &Paint,
) -> io::Result<()> {
    let mut facts = Vec::new();
    if let Some(id) = &session.session_id {
        facts.push(format!("SessionID {}", short(id, 20)));
    }
    facts.push(format!("{} over {}", visible(&session.profile), visible(&session.transport)));
    facts.push(format!("{}, {} s", session.started, seconds(session.ended.0.since(session.started.0))));
    facts.extend(product(&session.product));
    facts.extend(auth("client", &session.auth.client));
    facts.extend(auth("server", &session.auth.server));
    paint.paragraph(out, "  ", "  ", &facts.join(" · "))?;
    digests("client", &session.auth.client, out, paint)?;
    digests("server", &session.auth.server, out, paint)?;

    bootstraps(session, several, out, paint)?;
    downloads(session, several, out, paint)?;
    operations(session, out, paint)?;
    notification(session, several, out, paint)?;
    let total = session.messages.len();
    let mut folded = 0_u64;
    for (position, message) in session.messages.iter().enumerate() {
        let mark = marks.get(&message.index).copied();
        let near_an_end = position < FIRST_MESSAGES || total.saturating_sub(position) <= LAST_MESSAGES;
        if near_an_end || mark.is_some() || paint.verbose() {
            fold(&mut folded, out, paint)?;
            rung(session, message, mark, several, out, paint)?;
        } else {
            folded = folded.saturating_add(1);
        }
    }
    fold(&mut folded, out, paint)?;
    let end = match &*session.why {
        "" => session.end.name().to_owned(),
        why => format!("{}: {}", session.end.name(), visible(why)),
    };
    paint.paragraph(out, "  ", "    ", &end)
}

/// What the device says of itself, in a few words.
fn product(product: &ProductReport<'_>) -> Option<String> {
    let shown = |text: &Option<Text<'_>>| text.as_deref().map(|text| short(text, PRODUCT).into_owned());
    let name: Vec<String> = [&product.manufacturer, &product.model].into_iter().filter_map(shown).collect();
    let versions = [("firmware", &product.firmware), ("software", &product.software), ("hardware", &product.hardware)];
    let versions = versions.into_iter().filter_map(|(what, text)| Some(format!("{what} {}", shown(text)?)));
    let parts: Vec<String> = Some(name.join(" ")).filter(|name| !name.is_empty()).into_iter().chain(versions).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The accounts in a bootstrap message, each with its server and addresses.
pub(crate) fn bootstrap_accounts(bootstrap: &BootstrapReport<'_>) -> impl Iterator<Item = String> {
    bootstrap.accounts.iter().map(|account| {
        let server = account.server.as_deref().unwrap_or("without a server");
        match account.addresses.as_slice() {
            [] => format!("account {server}"),
            addresses => format!("account {server} at {}", addresses.join(" and ")),
        }
    })
}

/// In how many short messages a push came.
fn short_messages(parts: u32) -> String {
    format!("in {}", count(parts.into(), "short message"))
}

/// What gave the device its account.
fn bootstraps(session: &SessionReport<'_>, several: bool, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    for bootstrap in &session.bootstraps {
        let mut place = format!("frame {}", bootstrap.frame);
        if let Some(input) = bootstrap.input.filter(|_| several) {
            place.push_str(&format!(" of input {input}"));
        }
        let before = seconds(session.started.0.since(bootstrap.time.0));
        writeln!(out, "    {before:>9}  before        B   bootstrap message  {}", paint.dim(place))?;
        let mut notes = vec![short(&bootstrap.summary, URI).into_owned()];
        notes.extend(bootstrap_accounts(bootstrap).map(|account| short(&account, URI).into_owned()));
        let places = bootstrap.accounts.iter().filter_map(BootstrapAccount::place);
        notes.extend(places.map(|place| short(&place, URI).into_owned()));
        notes.push(visible(&bootstrap.protection).into_owned());
        notes.push(format!("from {}", visible(&bootstrap.source)));
        notes.extend(bootstrap.parts.map(short_messages));
        if bootstrap.repeated > 0 {
            notes.push(format!("sent {} times", u64::from(bootstrap.repeated).saturating_add(1)));
        }
        list(&notes, out, paint)?;
    }
    Ok(())
}

/// Requests of downloads that are shown of one session; the others are counted.
pub(crate) const FETCHES: usize = 12;

/// What a request of a download was for, and what came of it, in a few words.
pub(crate) fn fetch(fetch: &FetchReport<'_>) -> (&'static str, String) {
    let what = match &*fetch.purpose {
        "report" => "report on a download",
        "elsewhere" => "descriptor from elsewhere",
        "upload" => "upload",
        _ => "download",
    };
    let mut words: Vec<String> = Vec::new();
    words.push(match fetch.status {
        Some(status) => format!("HTTP {status}"),
        None => "no answer".to_owned(),
    });
    match (&fetch.holds, &*fetch.purpose) {
        (Some(report), "report") => words.insert(0, format!("{report:?}")),
        (Some(descriptor), _) => words.push(descriptor.to_string()),
        (None, "report") => {}
        (None, _) => {
            words.extend(fetch.media.as_deref().filter(|media| !media.is_empty()).map(str::to_owned));
            words.extend(fetch.range.as_deref().map(|range| format!("range {range}")));
            if fetch.more > 0 {
                words.push(format!("{} that go on from there", count(fetch.more.into(), "more request")));
            }
            words.extend(fetch.sent.map(|sent| format!("{sent} octets sent")));
            words.extend((fetch.received > 0 && fetch.sent.is_none()).then(|| {
                match (fetch.complete, fetch.declared) {
                    (Some(true), _) => format!("{} octets", fetch.received),
                    (_, Some(declared)) => format!("{} of {declared} octets", fetch.received),
                    _ => format!("{} octets so far", fetch.received),
                }
            }));
        }
    }
    (what, words.join(", "))
}

/// What the device fetched.
fn downloads(session: &SessionReport<'_>, several: bool, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let all = || session.downloads.iter().flat_map(|download| download.requests.iter().map(move |one| (download, one)));
    let shown = if paint.verbose() { usize::MAX } else { FETCHES };
    for (download, request) in all().take(shown) {
        let DownloadReport { input, .. } = download;
        let mut place = format!("frame {}", request.frame);
        if let Some(input) = input.filter(|_| several) {
            place.push_str(&format!(" of input {input}"));
        }
        let since = request.time.0.since(session.started.0);
        let (at, when) = if since < 0 {
            (seconds(session.started.0.since(request.time.0)), "before")
        } else {
            (seconds(since), "while  ")
        };
        let (what, words) = fetch(request);
        writeln!(out, "    {at:>9}  {when}        D   {what}  {}", paint.dim(place))?;
        let notes =
            [format!("{} {}", visible(&request.method), short(&request.url, URI)), short(&words, 160).into_owned()];
        list(&notes, out, paint)?;
    }
    let left = all().count().saturating_sub(shown);
    if left > 0 {
        let left = count(u64::try_from(left).unwrap_or(u64::MAX), "more request");
        writeln!(out, "               {}", paint.dim(format_args!("… {left} of downloads")))?;
    }
    Ok(())
}

/// Operations on management objects, a line each.
fn operations(session: &SessionReport<'_>, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let shown = if paint.verbose() { usize::MAX } else { OPERATIONS };
    for operation in session.operations.iter().take(shown) {
        paint.paragraph(out, "  operation: ", "    ", &visible(&operation.text))?;
    }
    let left = session.operations.len().saturating_sub(shown);
    if left > 0 {
        let left = count(u64::try_from(left).unwrap_or(u64::MAX), "more operation");
        writeln!(out, "  {}", paint.dim(format_args!("… {left} (--verbose shows all)")))?;
    }
    Ok(())
}

/// What asked for the session.
fn notification(session: &SessionReport<'_>, several: bool, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let Some(notified) = &session.notification else { return Ok(()) };
    let mut place = format!("frame {}", notified.frame);
    if let Some(input) = notified.input.filter(|_| several) {
        place.push_str(&format!(" of input {input}"));
    }
    let before = seconds(session.started.0.since(notified.time.0));
    writeln!(out, "    {before:>9}  before        P0  notification  {}", paint.dim(place))?;
    let mut notes = Vec::new();
    match (&notified.session_id, &notified.server) {
        (Some(id), Some(server)) => notes.push(format!("SessionID {} for {}", short(id, 20), short(server, URI))),
        _ => notes.push("its content was not read".to_owned()),
    }
    notes.extend(notified.parts.map(short_messages));
    notes.extend(notified.also.iter().map(|way| visible(&way.text()).into_owned()));
    notes.extend(notified.version.as_deref().map(|version| format!("version {}", visible(version))));
    notes.extend(notified.ui_mode.as_deref().map(|mode| format!("user: {}", visible(mode))));
    notes.extend(notified.initiator.as_deref().map(|initiator| format!("caused by the {}", visible(initiator))));
    notes.extend(notified.digest.as_deref().map(|digest| format!("digest {}", visible(digest))));
    list(&notes, out, paint)
}

fn fold(folded: &mut u64, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    if *folded > 0 {
        writeln!(out, "             {}", paint.dim(format_args!("… {}", count(*folded, "more message"))))?;
        *folded = 0;
    }
    Ok(())
}

/// One message: mark, time, direction, package, MsgID, frames; then its commands.
fn rung(
    session: &SessionReport<'_>,
    message: &MessageReport<'_>,
    mark: Option<Severity>,
    several: bool,
    out: &mut dyn Write,
    paint: &Paint,
) -> io::Result<()> {
    let arrow = match message.direction {
        Direction::DeviceToServer => "device ──→ server",
        Direction::ServerToDevice => "device ←── server",
    };
    let package = message.package.map_or("P?".to_owned(), |package| format!("P{package}"));
    let msg_id = message.msg_id.as_deref().map_or("Msg ?".into(), |id| format!("Msg {}", short(id, 12)));
    let letter = match mark {
        Some(severity) => paint.severity(severity, severity.letter()),
        None => " ".to_owned(),
    };
    let mut place = frames(&message.frames);
    if let Some(input) = message.input.filter(|_| several) {
        place.push_str(&format!(" of input {input}"));
    }
    let after = seconds(message.time.0.since(session.started.0));
    writeln!(out, "  {letter} {after:>9}  {arrow}  {package:<3} {msg_id:<6} {}", paint.dim(place))?;
    let mut notes: Vec<String> = Vec::new();
    notes.extend(statuses(&message.commands));
    notes.extend(message.commands.iter().filter(|command| command.name != "Status").map(command));
    if let Some(status) = message.http.status.filter(|status| *status != 200) {
        notes.push(format!("HTTP {status}"));
    }
    match message.decoded {
        DecodeState::Whole if notes.is_empty() => notes.push("no commands".to_owned()),
        DecodeState::Whole => {}
        DecodeState::Partial => notes.push("the rest could not be decoded".to_owned()),
        DecodeState::None => notes.push("could not be decoded".to_owned()),
    }
    if !message.is_final && message.decoded == DecodeState::Whole {
        notes.push("no Final".to_owned());
    }
    list(&notes, out, paint)?;
    for fault in &message.injected {
        paint.paragraph(out, "               fault injected: ", "                 ", &visible(fault))?;
    }
    Ok(())
}

/// Short texts side by side, at most [`COMMAND_LINES`] lines unless all is asked for.
fn list(notes: &[String], out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    const INDENT: &str = "               ";
    let room = paint.width.saturating_sub(INDENT.len());
    let mut lines = 0_usize;
    let mut line = String::new();
    for (position, note) in notes.iter().enumerate() {
        let full = width(&line).saturating_add(width(note)).saturating_add(2) > room;
        if full && !line.is_empty() {
            writeln!(out, "{INDENT}{line},")?;
            line.clear();
            lines = lines.saturating_add(1);
        }
        if lines == COMMAND_LINES && !paint.verbose() {
            let left = notes.len().saturating_sub(position);
            return writeln!(out, "{INDENT}{}", paint.dim(format_args!("… {left} more")));
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(note);
    }
    writeln!(out, "{INDENT}{line}")
}

/// The Status elements of a message by code, `Status 200 ×3`: which command each answers stands at that command. Codes
/// other than 200 are named with the command that they answer.
pub(crate) fn statuses(commands: &[CommandReport<'_>]) -> Vec<String> {
    const OTHERS: usize = 8;
    let statuses = || commands.iter().filter(|command| command.name == "Status");
    let is_ok = |status: &&CommandReport<'_>| status.data.as_deref() == Some("200");
    let fine = statuses().filter(is_ok).count();
    let mut notes = Vec::new();
    match fine {
        0 => {}
        1 => notes.push("Status 200".to_owned()),
        _ => notes.push(format!("Status 200 ×{fine}")),
    }
    let mut others = statuses().filter(|status| !is_ok(status));
    for status in others.by_ref().take(OTHERS) {
        let code = status.data.as_deref().map_or("without a code".into(), |code| short(code, 8));
        match &status.cmd {
            Some(cmd) => notes.push(format!("Status {code} for {}", short(cmd, 20))),
            None => notes.push(format!("Status {code}")),
        }
    }
    let left = others.count();
    if left > 0 {
        notes.push(format!("{left} more Status"));
    }
    notes
}

/// `Get ./DevInfo/DevId (5 items) → 200`.
pub(crate) fn command(command: &CommandReport<'_>) -> String {
    let mut text = visible(&command.name).into_owned();
    if let Some(data) = &command.data {
        text.push(' ');
        text.push_str(&short(data, 20));
    }
    if let Some(uri) = command.target.as_deref().or(command.source.as_deref()) {
        text.push(' ');
        text.push_str(&short(uri, URI));
    }
    if let Some(items) = command.items {
        text.push_str(&format!(" ({items} items)"));
    }
    match &command.status {
        Some(status) => text.push_str(&format!(" → {}", short(status, 8))),
        None if command.name == "Results" => {}
        None => text.push_str(" → no status"),
    }
    text
}

pub(crate) fn auth(side: &str, auth: &AuthReport<'_>) -> Option<String> {
    let state = match auth.state {
        Some(AuthState::Accepted) => "accepted",
        Some(AuthState::Challenged) => "challenged",
        Some(AuthState::Failed) => "failed",
        // They were sent, and nothing says what became of them.
        Some(AuthState::None) if auth.scheme.is_some() => "not answered",
        Some(AuthState::None) => "without credentials",
        None => "",
    };
    let scheme = auth.scheme.as_deref().map(|scheme| scheme.strip_prefix("syncml:").unwrap_or(scheme));
    let scheme = scheme.map(|scheme| short(scheme, 24)).unwrap_or_default();
    let words: Vec<&str> = [side, &*scheme, state].into_iter().filter(|word| !word.is_empty()).collect();
    (words.len() > 1).then(|| words.join(" "))
}

/// What recomputing one side's credentials showed, where secrets were given: each that is not simply right, the others
/// counted; with `--verbose` all.
fn digests(side: &str, auth: &AuthReport<'_>, out: &mut dyn Write, paint: &Paint) -> io::Result<()> {
    let is_right = |digest: &str| digest.contains(RIGHT);
    let (mut right, mut folded) = (0_u64, 0_u64);
    let mut shown = 0;
    for digest in &auth.digests {
        if is_right(digest) && !paint.verbose() {
            right = right.saturating_add(1);
        } else if shown < DIGESTS || paint.verbose() {
            shown += 1;
            paint.paragraph(out, &format!("  {side}'s credentials: "), "    ", &visible(digest))?;
        } else {
            folded = folded.saturating_add(1);
        }
    }
    if folded > 0 {
        writeln!(out, "  {}", paint.dim(format_args!("… {folded} more not right (--verbose shows all)")))?;
    }
    if right > 0 {
        writeln!(out, "  {side}'s credentials: {right} recomputed and right")?;
    }
    Ok(())
}

/// Nanoseconds as seconds with milliseconds.
pub(crate) fn seconds(nanos: i64) -> String {
    let millis = nanos.div_euclid(1_000_000);
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_milliseconds_and_may_run_backwards() {
        assert_eq!(seconds(1_234_567_890), "1.234");
        assert_eq!(seconds(-5_000_000), "-0.005");
        assert_eq!(seconds(0), "0.000");
    }

    #[test]
    fn credentials_that_are_right_are_counted_and_others_shown() {
        let digests = ["message 1, x: correct, with no nonce", "message 2, x: wrong: no nonce known makes it right"];
        let auth = AuthReport { digests: digests.map(Into::into).to_vec(), ..AuthReport::default() };
        let shown = |detail| {
            let mut out = Vec::new();
            let options = crate::report::Options { detail, ..crate::report::Options::default() };
            super::digests("client", &auth, &mut out, &Paint::new(&options)).unwrap();
            String::from_utf8(out).unwrap()
        };
        let normal = shown(crate::report::Detail::Normal);
        assert_eq!(
            normal,
            "  client's credentials: message 2, x: wrong: no nonce known makes it right\n  \
             client's credentials: 1 recomputed and right\n"
        );
        assert_eq!(shown(crate::report::Detail::Verbose).matches("message ").count(), 2);
    }

    #[test]
    fn a_long_list_of_commands_is_folded_and_counted() {
        let notes: Vec<String> = (0..40).map(|n| format!("Get ./A/B/{n:02} → 200")).collect();
        let mut out = Vec::new();
        let options = crate::report::Options::default();
        list(&notes, &mut out, &Paint::new(&options)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), COMMAND_LINES + 1);
        let shown = text.matches("Get").count();
        assert!(text.contains(&format!("… {} more", 40 - shown)), "{text}");
        assert!(text.lines().all(|line| width(line) <= 100));
    }
}
