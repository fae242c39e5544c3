//! Moving, searching and copying: what is the same on every screen.

use super::Effect;
use crate::tui::cursor::Cursor;
use crate::tui::findings::{CasesView, FindingsView};
use crate::tui::keys::Action;
use crate::tui::line::Tone;
use crate::tui::message::Part;
use crate::tui::model::{Model, Screen};

/// The list that keys move in at the moment: its cursor, and how many lines it has.
pub(in crate::tui) fn focus(screen: &mut Screen) -> Option<(&mut Cursor, usize)> {
    Some(match screen {
        Screen::Sessions(view) => (&mut view.cursor, view.order.len()),
        Screen::Timeline(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Message(view) => match view.part {
            Part::Xml => (&mut view.cursor, view.shown.len()),
            Part::Octets => {
                let rows = view.octet_rows();
                (&mut view.octet_cursor, rows)
            }
            Part::Head => (&mut view.head.cursor, view.head.lines.len()),
        },
        Screen::Findings(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Cases(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Compare(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Tree(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Live(view) => (&mut view.list.cursor, view.list.lines.len()),
        Screen::Text(view) => (&mut view.list.cursor, view.list.lines.len()),
    })
}

/// Moves; whether the action was one that moves.
pub(super) fn moved(model: &mut Model, action: Action, height: usize) -> bool {
    let page = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(isize::MAX);
    let steps = match action {
        Action::Up => -1,
        Action::Down => 1,
        Action::PageUp => -page,
        Action::PageDown => page,
        Action::Home => isize::MIN,
        Action::End => isize::MAX,
        _ => return false,
    };
    match model.screens.last_mut() {
        // What is told beside the list.
        Some(
            Screen::Findings(FindingsView { beside: true, scroll, told, .. })
            | Screen::Cases(CasesView { beside: true, scroll, told, .. }),
        ) => {
            *scroll = scroll.saturating_add_signed(steps).min(told.len().saturating_sub(1));
        }
        Some(screen) => {
            if let Some((cursor, len)) = focus(screen) {
                cursor.step(steps, len);
            }
            if let Screen::Sessions(view) = screen {
                view.follow &= action == Action::End;
            }
            if let Screen::Findings(FindingsView { scroll, .. }) | Screen::Cases(CasesView { scroll, .. }) = screen {
                *scroll = 0;
            }
        }
        None => {}
    }
    true
}

/// The text of a line of the shown list.
pub(super) fn line_text(model: &Model, at: usize) -> Option<String> {
    Some(match model.screen()? {
        Screen::Sessions(view) => view.text(model, at),
        Screen::Timeline(view) => view.list.lines.get(at)?.text(),
        Screen::Message(view) => match view.part {
            Part::Xml => view.line(at)?.text(),
            Part::Octets => view.octet_line(at)?.text(),
            Part::Head => view.head.lines.get(at)?.text(),
        },
        Screen::Findings(view) => view.list.lines.get(at)?.text(),
        Screen::Cases(view) => view.list.lines.get(at)?.text(),
        Screen::Compare(view) => view.list.lines.get(at)?.text(),
        Screen::Tree(view) => view.list.lines.get(at)?.text(),
        Screen::Live(view) => view.list.lines.get(at)?.text(),
        Screen::Text(view) => view.list.lines.get(at)?.text(),
    })
}

/// Goes to the next line that has what was searched for, or the one before; behind the last comes the first.
pub(super) fn search(model: &mut Model, forward: bool) {
    if model.search.is_empty() {
        model.say(Tone::Plain, "nothing was searched for yet; / searches");
        return;
    }
    let wanted = model.search.clone();
    let exact = wanted.chars().any(char::is_uppercase);
    let Some((at, len)) = model.screens.last_mut().and_then(focus).map(|(cursor, len)| (cursor.at, len)) else {
        return;
    };
    let hit = |at: &usize| {
        let text = line_text(model, *at).unwrap_or_default();
        if exact { text.contains(&wanted) } else { text.to_lowercase().contains(&wanted) }
    };
    let found = match forward {
        true => (at.saturating_add(1)..len).chain(0..=at.min(len.saturating_sub(1))).find(hit),
        false => (0..at).rev().chain((at..len).rev()).find(hit),
    };
    match found {
        Some(found) => {
            if (forward && found <= at) || (!forward && found >= at) {
                model.say(Tone::Plain, "went round");
            }
            if let Some((cursor, _)) = model.screens.last_mut().and_then(focus) {
                cursor.go(found);
            }
        }
        None => model.say(Tone::Open, format!("\"{wanted}\" is not here")),
    }
}

/// The selected value, or else the selected line.
pub(super) fn copy(model: &mut Model) -> Effect {
    let value = match model.screen() {
        Some(Screen::Message(view)) if view.part == Part::Xml => {
            view.value().and_then(|value| String::from_utf8(value).ok())
        }
        _ => None,
    };
    let line = || {
        let at = match model.screen()? {
            Screen::Sessions(view) => view.cursor.at,
            Screen::Timeline(view) => view.list.cursor.at,
            Screen::Message(view) => match view.part {
                Part::Xml => view.cursor.at,
                Part::Octets => view.octet_cursor.at,
                Part::Head => view.head.cursor.at,
            },
            Screen::Findings(view) => view.list.cursor.at,
            Screen::Cases(view) => view.list.cursor.at,
            Screen::Compare(view) => view.list.cursor.at,
            Screen::Tree(view) => view.list.cursor.at,
            Screen::Live(view) => view.list.cursor.at,
            Screen::Text(view) => view.list.cursor.at,
        };
        line_text(model, at)
    };
    match value.or_else(line) {
        Some(text) => {
            let text = text.trim().trim_matches('│').trim().to_owned();
            model.say(Tone::Plain, format!("copied: {}", crate::tui::line::cut(&text, 60)));
            Effect::Copy(text)
        }
        None => Effect::None,
    }
}

pub(super) fn say_unless(model: &mut Model, well: bool, text: &str) {
    if !well {
        model.say(Tone::Plain, text);
    }
}
