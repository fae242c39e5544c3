//! What the mouse does: the wheel scrolls, a click selects, a click on what is selected opens it.

use super::keys::Action;
use super::layout;
use super::model::{Model, Popup, Screen};
use super::update::{self, Effect};
use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Lines that one turn of the wheel goes.
const WHEEL: usize = 3;

/// An event of the mouse.
pub fn update(model: &mut Model, event: &MouseEvent) -> Effect {
    match event.kind {
        MouseEventKind::ScrollDown => repeat(model, Action::Down),
        MouseEventKind::ScrollUp => repeat(model, Action::Up),
        MouseEventKind::Down(MouseButton::Left) => click(model, Position::new(event.column, event.row)),
        MouseEventKind::Down(MouseButton::Right) => update::update(model, Action::Back),
        _ => Effect::None,
    }
}

fn repeat(model: &mut Model, action: Action) -> Effect {
    for _ in 0..WHEEL {
        update::update(model, action);
    }
    Effect::None
}

fn click(model: &mut Model, at: Position) -> Effect {
    if let Some(Popup::Text { .. } | Popup::Prompt { .. }) = model.popup {
        model.popup = None;
        return Effect::None;
    }
    if model.popup.is_some() {
        return Effect::None;
    }
    let areas = layout::areas(model);
    if !areas.main.contains(at) {
        return Effect::None;
    }
    let row = usize::from(at.y.saturating_sub(areas.main.y));
    let (cursor, len) = match model.screens.last_mut() {
        Some(Screen::Findings(view)) => {
            view.beside = false;
            (&mut view.list.cursor, view.list.lines.len())
        }
        Some(Screen::Cases(view)) => {
            view.beside = false;
            (&mut view.list.cursor, view.list.lines.len())
        }
        Some(screen) => match update::focus(screen) {
            Some(focus) => focus,
            None => return Effect::None,
        },
        None => return Effect::None,
    };
    let wanted = cursor.top.saturating_add(row);
    if wanted >= len {
        return Effect::None;
    }
    if cursor.at == wanted {
        return update::update(model, Action::Open);
    }
    cursor.go(wanted);
    Effect::None
}
