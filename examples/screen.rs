//! Draws coloured output of a terminal as SVG:
//! `dmscope analyze --color always CAPTURE | cargo run --example screen > picture.svg`.

#![allow(dead_code, reason = "a test draws with it, too")]

use std::fmt::Write as _;
use std::io::{self, Read, Write};

const FONT_SIZE: f32 = 14.0;
/// Width of a character and height of a line, in pixels.
const CELL: (f32, f32) = (8.4, 19.0);
/// Pixels around the text, and above it for the bar of the window.
const MARGIN: f32 = 16.0;
const BAR: f32 = 34.0;

fn main() -> io::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    io::stdout().write_all(draw(&text).as_bytes())
}

/// How characters look, as escape sequences set it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Style {
    bold: bool,
    dim: bool,
    color: Option<&'static str>,
}

impl Style {
    /// Takes the parameters of one `ESC [ … m`.
    fn set(&mut self, parameters: &str) {
        for parameter in parameters.split(';') {
            match parameter {
                "" | "0" => *self = Self::default(),
                "1" => self.bold = true,
                "2" => self.dim = true,
                "22" => (self.bold, self.dim) = (false, false),
                "31" | "91" => self.color = Some("#ff7b72"),
                "32" | "92" => self.color = Some("#7ee787"),
                "33" | "93" => self.color = Some("#e3b341"),
                "34" | "94" => self.color = Some("#79c0ff"),
                "35" | "95" => self.color = Some("#d2a8ff"),
                "36" | "96" => self.color = Some("#56d4dd"),
                "39" => self.color = None,
                _ => {}
            }
        }
    }
}

/// One run of characters of one style.
struct Run {
    column: usize,
    text: String,
    style: Style,
}

/// The picture of a text with escape sequences.
pub(crate) fn draw(text: &str) -> String {
    let rows = rows(text);
    let columns = rows.iter().flatten().map(|run| run.column + run.text.chars().count()).max().unwrap_or(0);
    let width = 2.0 * MARGIN + CELL.0 * columns as f32;
    let height = BAR + MARGIN + CELL.1 * rows.len() as f32;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <circle cx=\"20\" cy=\"17\" r=\"6\" fill=\"#ff5f56\"/><circle cx=\"40\" cy=\"17\" r=\"6\" fill=\"#ffbd2e\"/>\
         <circle cx=\"60\" cy=\"17\" r=\"6\" fill=\"#27c93f\"/>\n\
         <g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"{FONT_SIZE}\" \
         fill=\"#e6edf3\" xml:space=\"preserve\">\n"
    );
    for (number, row) in rows.iter().enumerate() {
        let y = BAR + CELL.1 * (number as f32 + 0.8);
        for run in row {
            let (x, length) = (MARGIN + CELL.0 * run.column as f32, CELL.0 * run.text.chars().count() as f32);
            let _ = write!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\"");
            if run.style.bold {
                svg.push_str(" font-weight=\"bold\"");
            }
            if let Some(color) = run.style.color {
                let _ = write!(svg, " fill=\"{color}\"");
            } else if run.style.dim {
                svg.push_str(" fill=\"#8b949e\"");
            }
            let text = run.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = writeln!(svg, ">{text}</text>");
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Lines of runs without blanks at their ends.
fn rows(text: &str) -> Vec<Vec<Run>> {
    let mut style = Style::default();
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut row = Vec::new();
        let mut column = 0;
        for (number, part) in line.split("\u{1b}[").enumerate() {
            let plain = match part.split_once('m') {
                Some((parameters, plain)) if number > 0 => {
                    style.set(parameters);
                    plain
                }
                _ => part,
            };
            let blanks = plain.chars().take_while(|ch| *ch == ' ').count();
            let shown = plain.trim();
            if !shown.is_empty() {
                row.push(Run { column: column + blanks, text: shown.to_owned(), style });
            }
            column += plain.chars().count();
        }
        rows.push(row);
    }
    rows
}
