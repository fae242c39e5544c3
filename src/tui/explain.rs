//! What is selected, explained: from the texts of rules and test cases, and from the lists of codes and elements.

use super::line::{Line, Spot, Subject, Tone, folded, named, wrapped};
use super::message::{MessageView, Part};
use super::model::{Model, Screen};
use super::timeline::command_at;
use crate::markup::Tag;
use crate::rules::{self, alert_meaning, status_meaning};
use crate::testcase;
use crate::verdict::{CommandReport, OpenSession};

/// A text with a title.
pub struct Explained {
    /// What it is about.
    pub title: String,
    /// The text.
    pub lines: Vec<Line>,
}

fn page(title: &str, text: &str, width: usize) -> Explained {
    let lines = text.lines().flat_map(|line| folded(Tone::Plain, line, width)).collect();
    Explained { title: title.to_owned(), lines }
}

/// Columns of a text on top of a screen.
pub fn width(model: &Model) -> usize {
    usize::from(model.size.0).saturating_sub(10).clamp(20, 100)
}

/// A rule.
pub fn rule(id: &str, width: usize) -> Option<Explained> {
    rules::find(id).map(|rule| page(id, &rules::page::text_in(rule, width), width))
}

/// A test case.
pub fn case(id: &str, width: usize) -> Option<Explained> {
    let case = testcase::built_in().ok()?.iter().find(|case| case.file.id == id)?;
    Some(page(id, &testcase::page::text(case), width))
}

/// A word: a code, or the name of an element.
pub fn word(word: &str, width: usize) -> Explained {
    let lines = match word.parse() {
        Ok(code) => super::codes::code(code, width),
        Err(_) => {
            let mut lines = element_text(word, width);
            lines.extend(rules_about(word, width));
            lines
        }
    };
    Explained { title: word.to_owned(), lines }
}

/// What is selected on the shown screen; `None` where there is nothing to explain. `session` is the one that is selected on the
/// first screen.
pub fn selected(model: &Model, session: Option<&OpenSession>, width: usize) -> Option<Explained> {
    let screen = model.screen()?;
    let of = |subject: Subject, open: Option<&OpenSession>| match subject {
        Subject::Rule(id) => rule(&id, width),
        Subject::Case(id) => case(&id, width),
        Subject::Word(text) => Some(word(&text, width)),
        subject @ (Subject::Object(_) | Subject::Notification | Subject::Download(_)) => {
            let title = match subject {
                Subject::Notification => "Notification",
                Subject::Download(_) => "Download",
                _ => "Large object",
            };
            Some(Explained { title: title.to_owned(), lines: super::details::details(open?, &subject, width) })
        }
        Subject::Finding(_, at) => {
            let finding = open?.findings.get(usize::try_from(at).ok()?)?;
            rule(&finding.rule, width)
        }
        Subject::Spot(spot) => place(open?, spot, width),
        Subject::Bootstrap(at) => {
            let lines = super::details::bootstrap(open?, at, width);
            Some(Explained { title: "Bootstrap message".to_owned(), lines })
        }
        _ => None,
    };
    match screen {
        Screen::Timeline(view) => of(view.list.subject(), Some(&view.open)),
        Screen::Message(view) if view.part == Part::Head => {
            let (name, text) = super::glossary::media_type(&view.head.selected()?.text())?;
            Some(Explained { title: name.to_owned(), lines: wrapped(Tone::Plain, "", text, width) })
        }
        Screen::Tree(view) => {
            let uri = view.uri()?;
            let mut lines = match super::glossary::node(&uri) {
                Some(text) => {
                    let mut lines = wrapped(Tone::Plain, "", text, width);
                    lines.push(Line::of(Tone::Dim, super::glossary::STD_OBJ));
                    lines
                }
                None => vec![Line::of(Tone::Dim, "no node of a standard object has this place")],
            };
            lines.push(Line::new());
            lines.extend(view.told(width));
            Some(Explained { title: uri, lines })
        }
        Screen::Message(view) => of(view.subject(), Some(&view.open)).or_else(|| element(view, width)),
        Screen::Findings(view) => match view.list.subject() {
            Subject::Finding(session, at) => {
                let line = model.store.findings_of(session).iter().find(|finding| finding.at == at)?;
                rule(model.store.rule(line.rule), width)
            }
            Subject::Group(number) if view.grouping == super::findings::Grouping::Rule => {
                rule(model.store.rule(u16::try_from(number).ok()?), width)
            }
            _ => None,
        },
        Screen::Cases(view) => of(view.list.subject(), None),
        Screen::Text(view) => of(view.list.subject(), None),
        Screen::Sessions(view) => {
            let opened = session;
            let session = model.store.session(view.selected()?)?;
            let mut lines = Vec::new();
            for (name, text) in [
                ("Device", session.device.to_string()),
                ("Product", session.product.to_string()),
                ("Server", session.server.to_string()),
                ("SessionID", session.session_id.to_string()),
                ("Profile", session.profile.to_string()),
                ("Transport", session.transport.to_string()),
                ("Began", session.started.to_string()),
                ("Ended", session.ended.to_string()),
                ("End", session.end.name().to_owned()),
                ("Verdict", session.verdict.name().to_owned()),
            ] {
                lines.push(Line::of(Tone::Dim, format!("{name:<12}")).and(Tone::Plain, text));
            }
            lines.extend(opened.map(|open| super::details::authentication(open, width)).unwrap_or_default());
            Some(Explained { title: format!("Session {}", session.number), lines })
        }
        _ => None,
    }
}

fn place(open: &OpenSession, spot: Spot, width: usize) -> Option<Explained> {
    let Some(command) = command_at(open, spot) else {
        let lines = super::details::details(open, &Subject::Spot(spot), width);
        return Some(Explained { title: format!("Message {}", spot.message), lines });
    };
    let mut lines = element_text(&command.name, width);
    lines.extend(codes(command, width));
    lines.push(Line::new());
    lines.extend(super::details::details(open, &Subject::Spot(spot), width));
    lines.extend(rules_about(&command.name, width));
    Some(Explained { title: command.name.to_string(), lines })
}

/// What the codes at a command mean.
fn codes(command: &CommandReport<'_>, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let number = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u16>().ok());
    let mut told = |name: &str, code: u16, meaning: Option<&'static str>| {
        lines.push(Line::new());
        let text = format!("{name} {code}: {}", meaning.unwrap_or("no specification has this code"));
        lines.extend(wrapped(Tone::Strong, "", &text, width));
        lines.extend(
            super::glossary::code(code).map(|text| wrapped(Tone::Plain, "", text, width)).into_iter().flatten(),
        );
    };
    match &*command.name {
        "Status" => {
            if let Some(code) = number(command.data.as_deref()) {
                told("Status", code, status_meaning(code));
            }
        }
        "Alert" => {
            if let Some(code) = number(command.data.as_deref()) {
                told("Alert", code, alert_meaning(code));
            }
        }
        _ => {}
    }
    if let Some(code) = number(command.status.as_deref()) {
        told("answered with", code, status_meaning(code));
    }
    lines
}

fn element(view: &MessageView, width: usize) -> Option<Explained> {
    let name = view.element()?;
    let mut lines = Vec::new();
    if view.is_within(Tag::Cred) {
        lines.extend(super::details::credentials(&view.open, view.number, width));
    } else if view.is_within(Tag::Chal) {
        lines.extend(super::details::challenge(&view.open, view.number, width));
    }
    if !lines.is_empty() {
        lines.push(Line::new());
    }
    lines.extend(element_text(&name, width));
    if let Some(command) = view.command() {
        let spot = Spot { message: view.number, command: Some(command) };
        if let Some(command) = command_at(&view.open, spot) {
            lines.extend(codes(command, width));
        }
    }
    lines.extend(rules_about(&name, width));
    Some(Explained { title: name, lines })
}

/// What an element is.
fn element_text(name: &str, width: usize) -> Vec<Line> {
    match super::glossary::element(name) {
        Some(entry) => {
            let mut lines = wrapped(Tone::Plain, "", entry.text, width);
            lines.push(Line::of(Tone::Dim, entry.source));
            lines
        }
        None => vec![Line::of(Tone::Dim, "no element of OMA DM has this name")],
    }
}

/// The rules that speak of an element.
fn rules_about(name: &str, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let mentions = |text: &str| text.split(|ch: char| !ch.is_ascii_alphanumeric()).any(|word| word == name);
    let about: Vec<&rules::Rule> = rules::all().filter(|rule| mentions(rule.title)).collect();
    if !about.is_empty() {
        lines.push(Line::new());
        lines.push(Line::of(Tone::Heading, "Rules that speak of it"));
    }
    for rule in about {
        lines.extend(named(&format!("  {:<9}", rule.id), rule.title, width));
    }
    lines
}
