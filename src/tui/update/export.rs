//! What can be written to a file from where one stands.

use super::markdown;
use crate::syncml::xml::write_pretty_with_positions;
use crate::tui::line::Subject;
use crate::tui::message::MessageView;
use crate::tui::model::{Model, Screen};
use crate::tui::picture;
use crate::verdict::FindingReport;
use crate::wbxml::{self, EncodeOptions};
use std::rc::Rc;

/// Something that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    /// The message as indented XML.
    MessageXml,
    /// A message that was sent in XML, as WBXML.
    MessageWbxml,
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
            Self::MessageWbxml => "message as WBXML (it was sent in XML)",
            Self::MessageOctets => "message as it was sent (XML or WBXML)",
            Self::MessageDump => "message as hexadecimal dump",
            Self::Text => "this list as text (a timeline: the whole ladder)",
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
    let subject = match model.screen() {
        Some(Screen::Timeline(view)) => view.list.subject(),
        Some(Screen::Message(view)) => view.subject(),
        Some(Screen::Findings(view)) => view.list.subject(),
        _ => Subject::Nothing,
    };
    if matches!(subject, Subject::Finding(..)) {
        choices.push(Choice::Finding);
    }
    let has_octets = match model.screen() {
        Some(Screen::Message(view)) => Some(view.has_octets()),
        // The message that is selected, or that the selected line belongs to.
        Some(Screen::Timeline(view)) => {
            let carrier = |number| view.open.carrier(number).is_some_and(|carrier| !carrier.body.is_empty());
            view.spot().map(|spot| carrier(spot.message))
        }
        _ => None,
    };
    if let Some(has_octets) = has_octets {
        choices.push(Choice::MessageXml);
        if has_octets {
            let is_xml = |view: &MessageView| view.row().is_some_and(|row| row.encoding == "xml");
            if of_message(model, is_xml) == Some(true) {
                choices.push(Choice::MessageWbxml);
            }
            choices.extend([Choice::MessageOctets, Choice::MessageDump]);
        }
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
    match choice {
        Choice::Text => {
            let lines = super::super::view::all_lines(model);
            let name = match model.screen() {
                Some(Screen::Timeline(view)) => format!("session-{:04}-ladder.txt", view.open.session.index),
                _ => "dmscope-list.txt".to_owned(),
            };
            let text: String = lines.iter().map(|line| format!("{}\n", line.text().trim_end())).collect();
            Ok((name, text.into_bytes()))
        }
        Choice::Picture => Ok(("dmscope-screen.svg".to_owned(), picture::of(model).into_bytes())),
        Choice::MessageXml | Choice::MessageWbxml | Choice::MessageOctets | Choice::MessageDump => {
            of_message(model, |view| write_message(view, choice)).ok_or_else(none)?
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
            Ok((name, markdown::page(session, &open, &[finding], &|input| capture(model, input)).into_bytes()))
        }
        Choice::Findings => {
            let at = model.current_session().ok_or_else(none)?;
            let open = model.store.open(at).map_err(|error| error.to_string())?;
            let all: Vec<&FindingReport<'_>> = open.findings.iter().collect();
            let page = markdown::page(at, &open, &all, &|input| capture(model, input));
            Ok((format!("session-{:04}-findings.md", open.session.index), page.into_bytes()))
        }
    }
}

/// What is made of the message that is shown or selected, or that the selected line belongs to.
fn of_message<R>(model: &Model, make: impl FnOnce(&MessageView) -> R) -> Option<R> {
    match model.screen()? {
        Screen::Message(view) => Some(make(view)),
        Screen::Timeline(view) => {
            let spot = view.spot()?;
            Some(make(&MessageView::new(view.at, Rc::clone(&view.open), spot.message)))
        }
        _ => None,
    }
}

/// A message in one of its forms: the name of the file, and what goes into it.
fn write_message(view: &MessageView, choice: Choice) -> Result<(String, Vec<u8>), String> {
    let stem = format!("session-{:04}-message-{:04}", view.open.session.index, view.number);
    match choice {
        Choice::MessageOctets => {
            let encoding = view.row().map_or("xml", |row| if row.encoding == "wbxml" { "wbxml" } else { "xml" });
            Ok((format!("{stem}.raw.{encoding}"), view.body().to_vec()))
        }
        Choice::MessageDump => {
            let text: String = view.dump().iter().map(|line| format!("{}\n", line.text().trim_end())).collect();
            Ok((format!("{stem}.hex.txt"), text.into_bytes()))
        }
        Choice::MessageWbxml => {
            let message = view.decoded().filter(|message| message.is_judgeable()).ok_or_else(|| {
                "the message could not be read to its end, so that it can't be encoded anew".to_owned()
            })?;
            let octets = wbxml::encode(&wbxml::from_tree(message.tree(), &EncodeOptions::default()));
            Ok((format!("{stem}.wbxml"), octets))
        }
        _ => {
            let text = view.decoded().map(|message| write_pretty_with_positions(message.tree()).0);
            Ok((format!("{stem}.xml"), text.ok_or_else(none)?.into_bytes()))
        }
    }
}

fn none() -> String {
    "there is nothing to write".to_owned()
}

/// What a capture is called: the input of that number, or else the one there is.
fn capture(model: &Model, input: Option<u32>) -> String {
    let inputs = model.store.tail().map(|tail| tail.inputs.as_slice()).unwrap_or_default();
    let at = input.and_then(|input| usize::try_from(input).ok()?.checked_sub(1)).unwrap_or_default();
    inputs.get(at).map_or_else(|| model.title.clone(), |input| input.path.clone())
}
