//! What lies on top of a screen: texts, prompts, choices.

use super::{Effect, export, search};
use crate::tui::keys::{Action, Context, Key, Stroke};
use crate::tui::layout;
use crate::tui::line::{Line, Subject, Tone, named};
use crate::tui::model::{Listing, Menu, Model, Popup, Prompt, Screen};
use crate::tui::sessions::Column;
use ratatui::crossterm::event::Event;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler as _;

/// Fields of a filter and what may stand behind each.
const FIELDS: [&str; 9] =
    ["device=", "server=", "session=", "profile=", "verdict=", "time>", "findings>", "errors>", "warnings>"];
const VERDICTS: [&str; 5] = ["pass", "fail", "inconclusive", "error", "none"];
const WORDS: [&str; 3] = ["and ", "or ", "not "];

/// All keys of the shown screen.
pub(super) fn help(model: &mut Model) {
    let context = model.context();
    let width = crate::tui::explain::width(model);
    let mut lines = vec![Line::of(Tone::Heading, format!("Keys: {}", context.name()))];
    let told = |(key, strokes): (&Key, &[Stroke])| {
        let names: Vec<String> = strokes.iter().map(Stroke::to_string).collect();
        named(&format!("{:<14}", names.join(" ")), key.help, width)
    };
    let here = model.settings.keys.of(context).filter(|(key, _)| !key.contexts.is_empty());
    lines.extend(here.flat_map(told));
    lines.push(Line::new());
    lines.push(Line::of(Tone::Heading, "Everywhere"));
    let everywhere = model.settings.keys.of(context).filter(|(key, _)| key.contexts.is_empty());
    lines.extend(everywhere.flat_map(told));
    if context == Context::Sessions {
        lines.push(Line::new());
        lines.push(Line::of(Tone::Heading, "Filter"));
        lines.push(Line::of(Tone::Plain, "device=IMEI:0049* and verdict=fail"));
        lines.push(Line::of(Tone::Plain, "(server=*example.com* or session=1A2F) and not findings=0"));
    }
    if context == Context::Tree {
        lines.push(Line::new());
        lines.push(Line::of(Tone::Heading, "Signs"));
        lines.extend(crate::tui::tree::legend());
    }
    if context == Context::Timeline {
        lines.push(Line::new());
        lines.push(Line::of(Tone::Heading, "Signs"));
        for (sign, meaning) in [
            ("P1", "package 1; P0 is the notification"),
            ("E W I", "a finding: error, warning, info; – is waived"),
            ("→ 200", "the Status that answered the command"),
            ("╓ ║ ╙", "a large object begins, goes on, ends"),
            ("⇠", "an answer of HTTP without a DM message"),
            ("●", "marked"),
        ] {
            lines.push(Line::of(Tone::Key, format!("{sign:<14}")).and(Tone::Plain, meaning));
        }
    }
    model.popup = Some(Popup::Text { title: "Help".to_owned(), list: Listing::new(lines) });
}

/// Asks for a line of text.
pub(super) fn prompt(model: &mut Model, prompt: Prompt) {
    let input = match (prompt, model.screens.first()) {
        (Prompt::Filter, Some(Screen::Sessions(view))) => Input::new(view.filter_text.clone()),
        _ => Input::default(),
    };
    let remark = match prompt {
        Prompt::Filter => {
            "device, server, session, profile, verdict, time, findings, errors, warnings; Tab completes; empty shows all"
        }
        Prompt::Search => "Enter searches; n and N go on",
    };
    model.popup = Some(Popup::Prompt { prompt, input, remark: remark.to_owned() });
}

/// Choices of columns.
pub(super) fn columns(model: &mut Model) {
    let Some(Screen::Sessions(view)) = model.screens.first() else { return };
    let lines = column_lines(&view.columns);
    let title = "Columns (Enter or Space: show or hide)".to_owned();
    model.popup = Some(Popup::Menu { menu: Menu::Columns, title, list: Listing::new(lines) });
}

fn column_lines(shown: &[Column]) -> Vec<Line> {
    let line = |(number, column): (u32, &Column)| {
        let sign = if shown.contains(column) { "[x] " } else { "[ ] " };
        Line::of(Tone::Key, sign).and(Tone::Plain, column.name()).for_subject(Subject::Choice(number))
    };
    (0..).zip(&Column::ALL).map(line).collect()
}

/// What can be written from here.
pub(super) fn exports(model: &mut Model) {
    let choices = export::choices(model);
    if choices.is_empty() {
        model.say(Tone::Plain, "there is nothing to export here");
        return;
    }
    let line = |(number, choice): (u32, export::Choice)| {
        Line::of(Tone::Plain, choice.name()).for_subject(Subject::Choice(number))
    };
    let lines = (0..).zip(choices).map(line).collect();
    let title = "Export (Enter writes into the working folder)".to_owned();
    model.popup = Some(Popup::Menu { menu: Menu::Export, title, list: Listing::new(lines) });
}

/// An action while something lies on top.
pub(super) fn update(model: &mut Model, action: Action) -> Effect {
    let height = isize::from(i16::try_from(model.size.1).unwrap_or(i16::MAX)).saturating_sub(6).max(1);
    let Some(popup) = &mut model.popup else { return Effect::None };
    let list = match popup {
        Popup::Text { list, .. } | Popup::Menu { list, .. } => list,
        Popup::Prompt { .. } => return Effect::None,
    };
    let len = list.lines.len();
    let is_text = matches!(model.popup, Some(Popup::Text { .. }));
    let Some(Popup::Text { list, .. } | Popup::Menu { list, .. }) = &mut model.popup else { return Effect::None };
    let mut step = |steps: isize| {
        if is_text {
            // A text is scrolled as a whole.
            list.cursor.top = list.cursor.top.saturating_add_signed(steps).min(len.saturating_sub(1));
        } else {
            list.cursor.step(steps, len);
        }
    };
    match action {
        Action::Up => step(-1),
        Action::Down => step(1),
        Action::PageUp => step(-height),
        Action::PageDown => step(height),
        Action::Home => step(isize::MIN),
        Action::End => step(isize::MAX),
        Action::Open | Action::Fold => return chosen(model),
        Action::Back | Action::Help | Action::Explain | Action::Left => model.popup = None,
        Action::Quit => model.popup = None,
        Action::Codes => {
            model.popup = None;
            super::look_up(model);
        }
        Action::Redraw => return Effect::Redraw,
        Action::Copy => {
            if let Some(Popup::Text { list, .. }) = &model.popup {
                let text: Vec<String> = list.lines.iter().map(Line::text).collect();
                model.say(Tone::Plain, "copied");
                return Effect::Copy(text.join("\n"));
            }
        }
        _ => {}
    }
    Effect::None
}

fn chosen(model: &mut Model) -> Effect {
    let Some(Popup::Menu { menu, list, .. }) = &model.popup else {
        model.popup = None;
        return Effect::None;
    };
    let Subject::Choice(number) = list.subject() else { return Effect::None };
    let Ok(number) = usize::try_from(number) else { return Effect::None };
    match menu {
        Menu::Columns => {
            let Some(column) = Column::ALL.get(number).copied() else { return Effect::None };
            let Some(Screen::Sessions(view)) = model.screens.first_mut() else { return Effect::None };
            if view.columns.contains(&column) {
                if view.columns.len() > 1 {
                    view.columns.retain(|known| *known != column);
                }
            } else {
                view.columns.push(column);
                view.columns.sort_unstable();
            }
            let columns = view.columns.clone();
            if let Some(Popup::Menu { list, .. }) = &mut model.popup {
                list.replace(column_lines(&columns));
            }
            Effect::Remember(columns)
        }
        Menu::Export => {
            model.popup = None;
            let choice = export::choices(model).get(number).copied();
            match choice.map(|choice| export::write(model, choice)) {
                Some(Ok((name, octets))) => {
                    let renumbered = choice == Some(export::Choice::Slice);
                    let remark =
                        if renumbered { "frames are renumbered; comments of packets say which they were" } else { "" };
                    Effect::Write { name, octets, remark }
                }
                Some(Err(text)) => {
                    model.say(Tone::Error, text);
                    Effect::None
                }
                None => Effect::None,
            }
        }
    }
}

/// A key while a line is typed.
pub(super) fn typed(model: &mut Model, stroke: Stroke, event: &Event) -> Effect {
    let is = |name: &str| Stroke::parse(name) == Some(stroke);
    if is("esc") || is("ctrl-c") {
        model.popup = None;
    } else if is("enter") {
        submit(model);
    } else if let Some(Popup::Prompt { prompt, input, remark }) = &mut model.popup {
        if is("tab") && *prompt == Prompt::Filter {
            let (text, next) = complete(input.value());
            *input = Input::new(text);
            *remark = next;
        } else {
            input.handle_event(event);
            if *prompt == Prompt::Filter {
                *remark = match input.value().trim() {
                    "" => "empty shows all".to_owned(),
                    text => match crate::verdict::Filter::parse(text) {
                        Ok(_) => "Enter filters".to_owned(),
                        Err(error) => error.to_string(),
                    },
                };
            }
        }
    }
    Effect::None
}

/// Completes the last word as far as it is clear, and says what could come.
fn complete(text: &str) -> (String, String) {
    let at = text.rfind([' ', '(']).map_or(0, |at| at.saturating_add(1));
    let (before, word) = text.split_at_checked(at).unwrap_or(("", text));
    let (stem, word, from): (String, &str, Vec<&str>) = match word.split_once('=') {
        Some((field @ "verdict", value)) => (format!("{before}{field}="), value, VERDICTS.to_vec()),
        Some(_) => return (text.to_owned(), String::new()),
        None => {
            let begun = before.trim_end();
            let wants_field = begun.is_empty() || ["and", "or", "not", "("].iter().any(|word| begun.ends_with(word));
            let from =
                if wants_field { FIELDS.iter().chain(&WORDS[2..]).copied().collect() } else { WORDS[..2].to_vec() };
            (before.to_owned(), word, from)
        }
    };
    let fitting: Vec<&str> = from.into_iter().filter(|candidate| candidate.starts_with(word)).collect();
    match fitting.as_slice() {
        [] => (text.to_owned(), "nothing begins like this".to_owned()),
        [one] => (format!("{stem}{one}"), String::new()),
        [first, ..] => {
            let shared = (0..=first.len())
                .rev()
                .find_map(|len| first.get(..len).filter(|start| fitting.iter().all(|other| other.starts_with(start))));
            (format!("{stem}{}", shared.unwrap_or(word)), fitting.join("  "))
        }
    }
}

fn submit(model: &mut Model) {
    let Some(Popup::Prompt { prompt, input, .. }) = &model.popup else { return };
    let text = input.value().to_owned();
    match prompt {
        Prompt::Search => {
            model.popup = None;
            model.search = text;
            search(model, true);
        }
        Prompt::Filter => {
            let Some(Screen::Sessions(view)) = model.screens.first_mut() else { return };
            match view.set_filter(&text, &model.store) {
                Ok(()) => model.popup = None,
                Err(error) => {
                    if let Some(Popup::Prompt { remark, .. }) = &mut model.popup {
                        *remark = error;
                    }
                }
            }
        }
    }
}

/// Keeps what is selected in sight.
pub(super) fn settle(model: &mut Model) {
    let (lines, widest) = match &model.popup {
        Some(Popup::Text { list, .. } | Popup::Menu { list, .. }) => {
            (list.lines.len(), list.lines.iter().map(Line::width).max().unwrap_or_default())
        }
        _ => return,
    };
    let height = usize::from(layout::popup(model, lines, widest).height).saturating_sub(2);
    match &mut model.popup {
        Some(Popup::Text { list, .. }) => list.cursor.top = list.cursor.top.min(lines.saturating_sub(height)),
        Some(Popup::Menu { list, .. }) => list.cursor.fit(lines, height),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_completed_as_far_as_it_is_clear() {
        assert_eq!(complete("dev").0, "device=");
        assert_eq!(complete("device=x a").0, "device=x and ");
        assert_eq!(complete("verdict=f").0, "verdict=fail");
        assert_eq!(complete("s").0, "se");
        assert_eq!(complete("s").1, "server=  session=");
        assert_eq!(complete("(ver").0, "(verdict=");
        assert_eq!(complete("zzz").0, "zzz");
    }
}
