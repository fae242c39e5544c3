//! What can be written to a file from where one stands.

use crate::report::Format as _;
use crate::report::Markdown;
use crate::syncml::xml::write_pretty_with_positions;
use crate::tui::line::Subject;
use crate::tui::model::{Model, Screen};
use crate::tui::picture;
use crate::verdict::{FindingReport, OpenSession};
use std::fmt::Write as _;

/// Something that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The message as indented XML.
    MessageXml,
    /// Its octets.
    MessageOctets,
    /// Its octets as a dump.
    MessageDump,
    /// The ladder, or whatever list is shown, as text.
    Text,
    /// What is on the screen, as a picture.
    Picture,
    /// The finding, as Markdown.
    Finding,
    /// All findings of the session, as Markdown.
    Findings,
    /// The session as a capture of its own.
    Slice,
}

impl Choice {
    /// What stands in the menu.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::MessageXml => "message as XML",
            Self::MessageOctets => "message as it was sent (XML or WBXML)",
            Self::MessageDump => "message as hexadecimal dump",
            Self::Text => "this list as text (a timeline: the ladder)",
            Self::Picture => "this screen as a picture (SVG)",
            Self::Finding => "this finding as Markdown",
            Self::Findings => "all findings of this session as Markdown",
            Self::Slice => "this session as a capture, in clear (pcapng)",
        }
    }
}

/// What there is to write.
pub(super) fn choices(model: &Model) -> Vec<Choice> {
    let mut choices = Vec::new();
    if let Some(Screen::Message(view)) = model.screen() {
        choices.push(Choice::MessageXml);
        if view.has_octets() {
            choices.extend([Choice::MessageOctets, Choice::MessageDump]);
        }
    }
    let subject = match model.screen() {
        Some(Screen::Timeline(view)) => view.list.subject(),
        Some(Screen::Message(view)) => view.subject(),
        Some(Screen::Findings(view)) => view.list.subject(),
        _ => Subject::Nothing,
    };
    if matches!(subject, Subject::Finding(..)) {
        choices.push(Choice::Finding);
    }
    if let Some(Screen::Timeline(_) | Screen::Message(_)) = model.screen() {
        choices.push(Choice::Findings);
    }
    if model.current_session().is_some() {
        choices.push(Choice::Slice);
    }
    choices.extend([Choice::Text, Choice::Picture]);
    choices
}

/// The name of a file and what goes into it.
pub(super) fn write(model: &mut Model, choice: Choice) -> Result<(String, Vec<u8>), String> {
    let none = || "there is nothing to write".to_owned();
    match choice {
        Choice::Text => {
            let lines = super::super::view::all_lines(model);
            let text: String = lines.iter().map(|line| format!("{}\n", line.text().trim_end())).collect();
            Ok(("dmscope-list.txt".to_owned(), text.into_bytes()))
        }
        Choice::Picture => Ok(("dmscope-screen.svg".to_owned(), picture::of(model).into_bytes())),
        Choice::MessageXml | Choice::MessageOctets | Choice::MessageDump => {
            let Some(Screen::Message(view)) = model.screen() else { return Err(none()) };
            let stem = format!("session-{:04}-message-{:04}", view.open.session.index, view.number);
            let encoding = view.row().map_or("xml", |row| if row.encoding == "wbxml" { "wbxml" } else { "xml" });
            match choice {
                Choice::MessageOctets => Ok((format!("{stem}.raw.{encoding}"), view.body().to_vec())),
                Choice::MessageDump => {
                    let text: String = view.dump().iter().map(|line| format!("{}\n", line.text().trim_end())).collect();
                    Ok((format!("{stem}.hex.txt"), text.into_bytes()))
                }
                _ => {
                    let text = view.decoded().map(|message| write_pretty_with_positions(message.tree()).0);
                    let text = text.ok_or_else(none)?;
                    Ok((format!("{stem}.xml"), text.into_bytes()))
                }
            }
        }
        Choice::Slice => {
            let at = model.current_session().ok_or_else(none)?;
            let open = model.store.open(at).map_err(|error| error.to_string())?;
            let mut octets = Vec::new();
            let name = model.title.clone();
            crate::export::slice(&open.carried, &name, &mut octets).map_err(|error| error.to_string())?;
            Ok((format!("session-{:04}.pcapng", open.session.index), octets))
        }
        Choice::Finding => {
            let subject = match model.screen() {
                Some(Screen::Timeline(view)) => view.list.subject(),
                Some(Screen::Message(view)) => view.subject(),
                Some(Screen::Findings(view)) => view.list.subject(),
                _ => Subject::Nothing,
            };
            let Subject::Finding(session, at) = subject else { return Err(none()) };
            let open = model.store.open(session).map_err(|error| error.to_string())?;
            let finding = usize::try_from(at).ok().and_then(|at| open.findings.get(at)).ok_or_else(none)?;
            let name = format!("session-{:04}-{}.md", open.session.index, finding.rule);
            Ok((name, markdown(&open, &[finding]).into_bytes()))
        }
        Choice::Findings => {
            let at = model.current_session().ok_or_else(none)?;
            let open = model.store.open(at).map_err(|error| error.to_string())?;
            let all: Vec<&FindingReport<'_>> = open.findings.iter().collect();
            Ok((format!("session-{:04}-findings.md", open.session.index), markdown(&open, &all).into_bytes()))
        }
    }
}

/// Findings for a colleague: what, who, where, why, how to mend.
fn markdown(open: &OpenSession, findings: &[&FindingReport<'_>]) -> String {
    let session = &open.session;
    let escape = |text: &str| {
        let text = crate::report::visible(text);
        let special = |ch: char| matches!(ch, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '`' | '|' | '#');
        text.chars().flat_map(|ch| special(ch).then_some('\\').into_iter().chain([ch])).collect::<String>()
    };
    let mut page = format!(
        "# Session {}: {} with {}\n\n{} over {}, began {}, {}.\n",
        session.index,
        escape(session.device.as_deref().unwrap_or("unknown device")),
        escape(session.server.as_deref().unwrap_or("unknown server")),
        escape(&session.profile),
        escape(&session.transport),
        session.started,
        escape(&session.why),
    );
    if findings.is_empty() {
        page.push_str("\nNo findings.\n");
    }
    for finding in findings {
        let mut place = Vec::new();
        place.extend(finding.message.map(|message| format!("message {message}")));
        place.extend(finding.cmd_id.as_deref().map(|id| format!("CmdID {}", escape(id))));
        place.extend(Some(crate::report::words::frames(&finding.frames)).filter(|frames| !frames.is_empty()));
        place.extend(finding.element.as_deref().map(escape));
        // Writing to a String cannot fail.
        let _ = write!(
            page,
            "\n## {} {} ({})\n\n- **At fault:** {}\n- **Where:** {}\n- **Seen:** {}\n- **Expected:** {}\n- **Clause:** {} {}\n- **How to mend it:** {}\n",
            finding.severity.letter(),
            finding.rule,
            finding.severity,
            finding.role.name(),
            place.join(", "),
            escape(&finding.text),
            escape(&finding.expected),
            escape(&finding.spec.document),
            escape(&finding.spec.section),
            escape(&finding.mend),
        );
    }
    // The report in the same format says the rest.
    let _ =
        writeln!(page, "\nWritten by dmscope; `dmscope analyze --format {}` gives the whole report.", Markdown.name());
    page
}
