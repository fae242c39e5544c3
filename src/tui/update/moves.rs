//! Moving, searching and copying: what is the same on every screen.

use super::Effect;
use crate::syncml::xml::write_pretty_with_positions;
use crate::syncml::{MediaType, decode};
use crate::tui::cursor::Cursor;
use crate::tui::findings::{CasesView, FindingsView};
use crate::tui::keys::Action;
use crate::tui::line::{Spot, Tone};
use crate::tui::message::Part;
use crate::tui::model::{Model, Screen};

/// Messages that are decoded at most for one search.
const TEXTS: usize = 2_000;

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
    let has = |text: &str| if exact { text.contains(&wanted) } else { text.to_lowercase().contains(&wanted) };
    let in_xml = matches!(model.screen(), Some(Screen::Message(view)) if view.part == Part::Xml);
    let hit = |at: &usize| {
        let text = line_text(model, *at).unwrap_or_default();
        // The end of an element is no second place, unless ends are what is wanted.
        let ends =
            in_xml && !wanted.contains('/') && text.get(5..).is_some_and(|text| text.trim_start().starts_with("</"));
        !ends && has(&text)
    };
    let hits: Vec<usize> = (0..len).filter(hit).collect();
    let found = match forward {
        true => hits.iter().position(|hit| *hit > at).or((!hits.is_empty()).then_some(0)),
        false => hits.iter().rposition(|hit| *hit < at).or(hits.len().checked_sub(1)),
    };
    model.marks_hits = true;
    match found.and_then(|number| Some((number, *hits.get(number)?))) {
        Some((number, found)) => {
            let round = (forward && found <= at) || (!forward && found >= at);
            let round = if round { ", went round" } else { "" };
            let text = format!("\"{wanted}\": {} of {}{round}", number.saturating_add(1), hits.len());
            model.say(Tone::Plain, text);
            if let Some((cursor, _)) = model.screens.last_mut().and_then(focus) {
                cursor.go(found);
            }
        }
        None if matches!(model.screen(), Some(Screen::Timeline(_))) => search_messages(model, &has, &wanted, forward),
        None => model.say(Tone::Open, format!("\"{wanted}\" is not here")),
    }
}

/// Goes to the next message of the timeline that has what no line of it has, or to the one before.
fn search_messages(model: &mut Model, has: &dyn Fn(&str) -> bool, wanted: &str, forward: bool) {
    let Some(Screen::Timeline(view)) = model.screens.last_mut() else { return };
    let here = view.spot().map_or(0, |spot| spot.message);
    let numbers: Vec<u32> = view.open.session.messages.iter().map(|message| message.index).collect();
    let (before, behind): (Vec<u32>, Vec<u32>) = numbers.into_iter().partition(|number| *number <= here);
    let mut order: Vec<u32> = match forward {
        true => behind.into_iter().chain(before).collect(),
        false => {
            let before = before.into_iter().filter(|number| *number < here).rev();
            before.chain(behind.into_iter().rev()).chain([here]).collect()
        }
    };
    order.truncate(TEXTS);
    let text = |number: &u32| {
        let body = view.open.carrier(*number).map(|carried| carried.body.clone()).unwrap_or_default();
        let message = decode(body, MediaType::Missing).ok()?;
        has(&write_pretty_with_positions(message.tree()).0).then_some(*number)
    };
    match order.iter().find_map(text) {
        Some(message) => {
            view.select(Spot { message, command: None });
            let text = format!("\"{wanted}\" is in the text of message {message}: Enter, then n goes there");
            model.say(Tone::Plain, text);
        }
        None => model.say(Tone::Open, format!("\"{wanted}\" is neither in this list nor in the text of its messages")),
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
