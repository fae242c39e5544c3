//! What is on the screen as a picture: SVG, each cell where it is on a terminal.

use super::model::Model;
use super::view;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// A cell in units of the picture.
const WIDE: usize = 8;
const HIGH: usize = 17;

/// Draws the state as a picture.
pub fn of(model: &Model) -> String {
    let (width, height) = model.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    view::draw(model, &mut buffer);
    svg(&buffer, matches!(model.settings.theme, super::settings::Theme::Light))
}

/// A buffer as a picture, on a light or a dark ground.
pub fn svg(buffer: &Buffer, light: bool) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) =
        (columns.saturating_mul(WIDE).saturating_add(16), rows.saturating_mul(HIGH).saturating_add(16));
    let (ground, ink) = if light { ("#ffffff", "#1f2328") } else { ("#16181d", "#d6d9de") };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"13\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{ground}\"/>\n"
    );
    for row in 0..buffer.area.height {
        let y = usize::from(row).saturating_mul(HIGH).saturating_add(8);
        let mut column = 0_u16;
        while column < buffer.area.width {
            let Some(first) = buffer.cell((column, row)) else { break };
            let mut text = String::new();
            let start = column;
            while let Some(cell) = buffer.cell((column, row)).filter(|cell| same(cell, first)) {
                text.push_str(cell.symbol());
                column = column.saturating_add(1);
            }
            run(
                &mut out,
                first,
                &text,
                usize::from(start),
                usize::from(column.saturating_sub(start)),
                y,
                (ground, ink),
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

fn same(one: &Cell, other: &Cell) -> bool {
    one.fg == other.fg && one.bg == other.bg && one.modifier == other.modifier
}

/// Cells of one look.
fn run(out: &mut String, cell: &Cell, text: &str, at: usize, cells: usize, y: usize, (ground, ink): (&str, &str)) {
    let x = at.saturating_mul(WIDE).saturating_add(8);
    let width = cells.saturating_mul(WIDE);
    let mut front = color(cell.fg).unwrap_or_else(|| ink.to_owned());
    let mut back = color(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        (front, back) = (back.unwrap_or_else(|| ground.to_owned()), Some(front));
    }
    // Writing to a String cannot fail.
    if let Some(back) = back {
        let _ = writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HIGH}\" fill=\"{back}\"/>");
    }
    if text.trim().is_empty() {
        return;
    }
    let weight = if cell.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let line = if cell.modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
    let dim = if cell.modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let base = y.saturating_add(13);
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{base}\" xml:space=\"preserve\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{front}\"{weight}{line}{dim}>{}</text>",
        escaped(text)
    );
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for ch in text.chars() {
        match ch {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            ch => out.push(ch),
        }
    }
    out
}

/// A colour of a terminal; `None` for its own.
fn color(color: Color) -> Option<String> {
    let rgb = |r: u8, g: u8, b: u8| Some(format!("#{r:02x}{g:02x}{b:02x}"));
    match color {
        Color::Indexed(number @ 16..=231) => {
            let level = |part: u8| if part == 0 { 0 } else { part.saturating_mul(40).saturating_add(55) };
            let number = number.saturating_sub(16);
            rgb(level(number / 36), level(number / 6 % 6), level(number % 6))
        }
        Color::Indexed(number @ 232..) => {
            let grey = number.saturating_sub(232).saturating_mul(10).saturating_add(8);
            rgb(grey, grey, grey)
        }
        Color::Rgb(r, g, b) => rgb(r, g, b),
        Color::White => rgb(255, 255, 255),
        Color::Black => rgb(0, 0, 0),
        Color::LightRed => rgb(255, 110, 110),
        Color::LightGreen => rgb(120, 230, 120),
        Color::LightYellow => rgb(255, 230, 110),
        Color::LightCyan => rgb(110, 230, 240),
        _ => None,
    }
}
