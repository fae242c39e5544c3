//! Where everything stands on the screen. View and update ask here, so that they agree.

use super::model::{Model, Screen};
use ratatui::layout::Rect;

/// Narrower or lower terminals get a line that says so.
pub const SMALLEST: (u16, u16) = (40, 10);
/// From this width on, what is selected is shown beside the list.
pub const WIDE: u16 = 110;

/// The parts of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Areas {
    /// What is shown, and how far it was read.
    pub title: Rect,
    /// Time over the capture, on the first screen.
    pub time_bar: Rect,
    /// Heading of the list.
    pub heading: Rect,
    /// The list.
    pub main: Rect,
    /// What is beside it; empty on a narrow terminal.
    pub side: Rect,
    /// What is said.
    pub notice: Rect,
    /// Keys.
    pub footer: Rect,
}

/// Where the parts are.
pub fn areas(model: &Model) -> Areas {
    let (width, height) = model.size;
    let row = |y: u16, lines: u16| Rect::new(0, y.min(height), width, lines.min(height.saturating_sub(y)));
    let bar = match model.screen() {
        Some(Screen::Sessions(_)) if height >= 16 => 2,
        _ => 0,
    };
    let heading = match model.screen() {
        Some(Screen::Sessions(_) | Screen::Message(_) | Screen::Tree(_) | Screen::Compare(_)) => 1,
        Some(Screen::Timeline(_)) => 2,
        _ => 0,
    };
    let top = 1_u16.saturating_add(bar).saturating_add(heading);
    let body = row(top, height.saturating_sub(top).saturating_sub(2));
    let share = match model.screen() {
        Some(Screen::Timeline(view)) if width >= WIDE && view.beside => 60,
        Some(Screen::Findings(_) | Screen::Cases(_)) if width >= WIDE => 50,
        Some(Screen::Tree(_)) if width >= WIDE => 60,
        _ => 100,
    };
    let left = match model.screen() {
        Some(Screen::Message(view)) if width >= WIDE && view.has_octets() => {
            width.saturating_sub(super::message::beside(view, width)).saturating_sub(1)
        }
        _ => u16::try_from(u32::from(width).saturating_mul(share) / 100).unwrap_or(width),
    };
    let (main, side) = match (model.screen(), share) {
        // Below the list on a narrow terminal, where it is what one came for.
        (Some(Screen::Findings(_) | Screen::Cases(_) | Screen::Tree(_)), 100) => {
            let list = body.height.saturating_mul(11) / 20;
            let main = Rect { height: list, ..body };
            let rest = body.height.saturating_sub(list);
            (main, Rect { y: body.y.saturating_add(list), height: rest, ..body })
        }
        (_, 100) if left == width => (body, Rect::default()),
        _ => {
            let side = Rect { x: left.saturating_add(1), width: width.saturating_sub(left).saturating_sub(1), ..body };
            (Rect { width: left, ..body }, side)
        }
    };
    Areas {
        title: row(0, 1),
        time_bar: row(1, bar),
        heading: row(1_u16.saturating_add(bar), heading),
        main,
        side,
        notice: row(height.saturating_sub(2), 1),
        footer: row(height.saturating_sub(1), 1),
    }
}

/// Where a text on top of everything stands.
pub fn popup(model: &Model, lines: usize, widest: usize) -> Rect {
    let (width, height) = model.size;
    let most_wide = width.saturating_sub(4).max(20).min(width);
    let most_high = height.saturating_sub(3).max(5).min(height);
    let wide = u16::try_from(widest.saturating_add(4)).unwrap_or(u16::MAX).clamp(30.min(most_wide), most_wide);
    let high = u16::try_from(lines.saturating_add(2)).unwrap_or(u16::MAX).clamp(3, most_high);
    Rect::new((width.saturating_sub(wide)) / 2, (height.saturating_sub(high)) / 2, wide, high)
}
