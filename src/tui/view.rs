//! The state on the screen. Changes nothing, and draws what is seen: a capture with a million messages costs what a
//! screenful costs.

mod theme;

use super::keys::{Action, Context};
use super::layout::{self, Areas, SMALLEST};
use super::line::{Line, Spot, Subject, Tone, columns, cut, wrapped};
use super::message::Part;
use super::model::{Listing, Loading, Model, Popup, Prompt, Screen};
use super::timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line as TextLine, Span};
use theme::Palette;

/// Draws everything.
pub fn draw(model: &Model, buffer: &mut Buffer) {
    let palette = Palette::of(model.settings.theme);
    buffer.set_style(buffer.area, palette.base());
    let (width, height) = model.size;
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let quit = model.settings.keys.name_of(Action::Quit);
        let text = format!("too small: {width}×{height}, needs {}×{}; {quit} quits", SMALLEST.0, SMALLEST.1);
        let lines = wrapped(Tone::Open, "", &text, usize::from(width));
        for (line, y) in lines.iter().zip(0..height) {
            put(buffer, &palette, Rect::new(0, y, width, 1), line, false);
        }
        return;
    }
    let areas = layout::areas(model);
    put(buffer, &palette, areas.title, &title(model, usize::from(width)), false);
    buffer.set_style(areas.title, palette.bar());
    match model.screen() {
        Some(Screen::Sessions(view)) => {
            if areas.time_bar.height == 2 {
                let [top, below] = view.time_bar(model, usize::from(width));
                put(buffer, &palette, Rect { height: 1, ..areas.time_bar }, &top, false);
                put(
                    buffer,
                    &palette,
                    Rect { y: areas.time_bar.y.saturating_add(1), height: 1, ..areas.time_bar },
                    &below,
                    false,
                );
            }
            put(buffer, &palette, areas.heading, &view.heading(usize::from(width)), false);
            let room = usize::from(areas.main.width);
            rows(buffer, &palette, areas.main, view.cursor.at, view.cursor.top, view.order.len(), |at| {
                (view.line(model, at, room).unwrap_or_default(), false)
            });
            if view.order.is_empty() {
                let count = model.store.sessions().len();
                let none = match count {
                    1 => format!("the session does not match {}", view.filter_text),
                    _ => format!("none of the {count} sessions matches {}", view.filter_text),
                };
                let none = format!("{none} (f changes it, Esc shows all)");
                let text = match (&model.loading, view.is_filtered()) {
                    (_, true) if !model.store.sessions().is_empty() => none.as_str(),
                    (Loading::Reading { .. }, _) if model.live.is_some() => {
                        "no session has ended yet (L shows the traffic)"
                    }
                    (Loading::Reading { .. }, _) => "reading…",
                    (Loading::Failed(_), _) => "it could not be read",
                    _ => "no DM session was found (I shows what was read)",
                };
                let mut lines = vec![Line::of(Tone::Open, text)];
                if count == 0 {
                    lines.extend(troubles(model, usize::from(areas.main.width)));
                }
                for (line, y) in lines.iter().zip(areas.main.y..areas.main.bottom()) {
                    put(buffer, &palette, Rect { y, height: 1, ..areas.main }, line, false);
                }
            }
        }
        Some(Screen::Timeline(view)) => {
            put(buffer, &palette, Rect { height: 1, ..areas.heading }, &view.heading(), false);
            let below = Rect { y: areas.heading.y.saturating_add(1), height: 1, ..areas.heading };
            put(buffer, &palette, below, &view.ends(), false);
            let tied = view.tied();
            let is_tied = |line: &Line| matches!(&line.subject, Subject::Spot(spot) if lights(&tied, *spot));
            list(buffer, &palette, areas.main, &view.list, is_tied);
            if areas.side.width > 0 {
                let room = usize::from(areas.side.width).saturating_sub(2);
                let lines = super::details::details(&view.open, &view.list.subject(), room);
                side(buffer, &palette, areas, &lines, 0, false);
            }
        }
        Some(Screen::Message(view)) => {
            put(buffer, &palette, areas.heading, &view.heading(), false);
            let octets = |buffer: &mut Buffer, area: Rect| {
                let cursor = view.octet_cursor;
                rows(buffer, &palette, area, cursor.at, cursor.top, view.octet_rows(), |at| {
                    (view.octet_line(at).unwrap_or_default(), false)
                });
            };
            let xml = |buffer: &mut Buffer, area: Rect| {
                rows(buffer, &palette, area, view.cursor.at, view.cursor.top, view.shown.len(), |at| {
                    (view.line(at).unwrap_or_default(), false)
                });
            };
            match (view.part, areas.side.width > 0) {
                (Part::Head, _) => list(buffer, &palette, areas.main, &view.head, |_| false),
                (Part::Octets, false) => octets(buffer, areas.main),
                (_, beside) => {
                    xml(buffer, areas.main);
                    if beside {
                        edge(buffer, &palette, areas, view.part == Part::Octets);
                        octets(buffer, areas.side);
                    }
                }
            }
        }
        Some(Screen::Findings(view)) => {
            list(buffer, &palette, areas.main, &view.list, |_| false);
            side(buffer, &palette, areas, &view.told, view.scroll, view.beside);
        }
        Some(Screen::Cases(view)) => {
            list(buffer, &palette, areas.main, &view.list, |_| false);
            side(buffer, &palette, areas, &view.told, view.scroll, view.beside);
        }
        Some(Screen::Tree(view)) => {
            put(buffer, &palette, areas.heading, &Line::of(Tone::Plain, format!(" {}", view.moment)), false);
            list(buffer, &palette, areas.main, &view.list, |_| false);
            let room = usize::from(areas.side.width).saturating_sub(2);
            side(buffer, &palette, areas, &view.told(room), 0, false);
        }
        Some(Screen::Compare(view)) => {
            put(buffer, &palette, areas.heading, &view.heading(), false);
            list(buffer, &palette, areas.main, &view.list, |_| false);
        }
        Some(Screen::Live(view)) => list(buffer, &palette, areas.main, &view.list, |_| false),
        Some(Screen::Text(view)) => list(buffer, &palette, areas.main, &view.list, |_| false),
        None => {}
    }
    if model.marks_hits {
        hits(model, buffer, &palette, areas.main);
    }
    notice(model, buffer, &palette, areas.notice);
    footer(model, buffer, &palette, areas.footer);
    popup(model, buffer, &palette);
}

/// What was wrong with inputs that have no session.
fn troubles(model: &Model, width: usize) -> Vec<Line> {
    let inputs = model.store.tail().map(|tail| tail.inputs.as_slice()).unwrap_or_default();
    let told = |input: &crate::verdict::InputReport| {
        let problems = input.problems.iter().map(|problem| format!("{}: {}", input.path, problem.text));
        let seen = input.seen.iter().map(|seen| format!("{}: {seen}", input.path));
        problems.chain(seen).collect::<Vec<String>>()
    };
    inputs.iter().flat_map(told).flat_map(|text| wrapped(Tone::Plain, "  ", &text, width)).collect()
}

/// Sets off what was searched for.
fn hits(model: &Model, buffer: &mut Buffer, palette: &Palette, area: Rect) {
    let exact = model.search.chars().any(char::is_uppercase);
    let alike = |one: char, other: char| one == other || !exact && one.to_lowercase().eq(other.to_lowercase());
    let wanted: Vec<char> = model.search.chars().collect();
    if wanted.is_empty() {
        return;
    }
    for y in area.y..area.bottom() {
        let cell = |x: u16| buffer.cell((x, y)).and_then(|cell| cell.symbol().chars().next()).unwrap_or(' ');
        let row: Vec<char> = (area.x..area.right()).map(cell).collect();
        let found = row.windows(wanted.len()).zip(area.x..);
        let found = found.filter(|(part, _)| part.iter().zip(&wanted).all(|(one, other)| alike(*one, *other)));
        let places: Vec<u16> = found.map(|(_, x)| x).collect();
        let width = u16::try_from(wanted.len()).unwrap_or(u16::MAX);
        for x in places {
            buffer.set_style(Rect { x, y, width, height: 1 }.intersection(area), palette.lit());
        }
    }
}

/// Whether a place is tied to the selected one: a header to its message.
fn lights(tied: &[Spot], spot: Spot) -> bool {
    tied.contains(&spot)
}

/// The first line: what is shown, how far it was read, what there is.
fn title(model: &Model, width: usize) -> Line {
    let mut line = Line::of(Tone::Heading, " dmscope ");
    let what = match model.screen() {
        Some(Screen::Findings(view)) => view.title(model),
        Some(Screen::Cases(_)) => "Test cases, all sessions".to_owned(),
        Some(Screen::Compare(_)) => "Compared".to_owned(),
        Some(Screen::Tree(view)) => view.title.clone(),
        Some(Screen::Live(_)) => "Live traffic".to_owned(),
        Some(Screen::Text(view)) => view.title.clone(),
        _ => model.title.clone(),
    };
    let summary = match model.screens.first() {
        Some(Screen::Sessions(view)) => view.summary(model),
        _ => String::new(),
    };
    let loading = match &model.loading {
        Loading::Reading { bytes, total: Some(total), .. } if *total > 0 => {
            format!("reading {} %", bytes.saturating_mul(100).checked_div(*total).unwrap_or(0).min(100))
        }
        Loading::Reading { .. } if model.live.is_some() => "live".to_owned(),
        Loading::Reading { bytes, .. } => format!("reading {}", timeline::size(*bytes)),
        Loading::Done => match model.store.tail() {
            Some(tail) => tail.summary.verdict.name().to_uppercase(),
            None => String::new(),
        },
        Loading::Failed(_) => "broken off".to_owned(),
    };
    let held = if model.held.is_some() { "HELD " } else { "" };
    let filter = match model.screens.first() {
        Some(Screen::Sessions(view)) if view.is_filtered() => format!("filter: {}  ", view.filter_text),
        _ => String::new(),
    };
    let problems: usize =
        model.store.tail().map_or(0, |tail| tail.inputs.iter().map(|input| input.problems.len()).sum());
    let inputs = model.settings.keys.name_of(Action::Inputs);
    let problems = match problems {
        0 => String::new(),
        1 => format!("1 problem: {inputs}  "),
        number => format!("{number} problems: {inputs}  "),
    };
    let right = format!("{held}{filter}{problems}{summary}  {loading} ");
    let room = width.saturating_sub(columns(&right)).saturating_sub(11);
    let what = cut(&what, room);
    let gap = room.saturating_sub(columns(&what));
    line.push(Tone::Plain, format!(" {what}{} ", " ".repeat(gap)));
    line.push(Tone::Strong, right);
    line
}

fn put(buffer: &mut Buffer, palette: &Palette, area: Rect, line: &Line, selected: bool) {
    if area.width == 0 || area.height == 0 {
        return;
    }
    let line = line.clone().cut_to(usize::from(area.width));
    let spans: Vec<Span<'_>> =
        line.pieces.iter().map(|piece| Span::styled(piece.text(), palette.style(piece.tone))).collect();
    buffer.set_line(area.x, area.y, &TextLine::from(spans), area.width);
    if selected {
        buffer.set_style(Rect { height: 1, ..area }, palette.selected());
    }
}

/// Lines of a list from `top` on, the selected one set off, with a bar at the right where there are more than fit.
fn rows(
    buffer: &mut Buffer,
    palette: &Palette,
    area: Rect,
    at: usize,
    top: usize,
    len: usize,
    line: impl Fn(usize) -> (Line, bool),
) {
    let height = usize::from(area.height);
    let more = len > height;
    let width = if more { area.width.saturating_sub(1) } else { area.width };
    for (row, number) in (0..area.height).zip(top..len) {
        let place = Rect { y: area.y.saturating_add(row), height: 1, width, ..area };
        let (line, lit) = line(number);
        put(buffer, palette, place, &line, number == at);
        if lit && number != at {
            buffer.set_style(place, palette.lit());
        }
    }
    if more && height > 0 {
        let size = (height.saturating_mul(height) / len).max(1);
        let from = top.saturating_mul(height.saturating_sub(size)) / len.saturating_sub(height).max(1);
        for (number, row) in (0..height).zip(area.y..) {
            let sign = if (from..from.saturating_add(size)).contains(&number) { "█" } else { "│" };
            let x = area.x.saturating_add(area.width).saturating_sub(1);
            buffer.set_string(x, row, sign, palette.style(Tone::Dim));
        }
    }
}

fn list(buffer: &mut Buffer, palette: &Palette, area: Rect, list: &Listing, lit: impl Fn(&Line) -> bool) {
    rows(buffer, palette, area, list.cursor.at, list.cursor.top, list.lines.len(), |at| {
        let line = list.lines.get(at).cloned().unwrap_or_default();
        let lit = lit(&line);
        (line, lit)
    });
}

/// The line between a list and what is beside or below it.
fn edge(buffer: &mut Buffer, palette: &Palette, areas: Areas, focused: bool) {
    let style = palette.style(if focused { Tone::Key } else { Tone::Dim });
    if areas.side.x > 0 {
        for y in areas.side.y..areas.side.bottom() {
            buffer.set_string(areas.side.x.saturating_sub(1), y, if focused { "┃" } else { "│" }, style);
        }
    } else {
        let line = if focused { "━" } else { "─" }.repeat(usize::from(areas.side.width));
        buffer.set_string(areas.side.x, areas.side.y, line, style);
    }
}

/// What is told of the selected line.
fn side(buffer: &mut Buffer, palette: &Palette, areas: Areas, lines: &[Line], scroll: usize, focused: bool) {
    if areas.side.height == 0 || areas.side.width == 0 {
        return;
    }
    edge(buffer, palette, areas, focused);
    let area = match areas.side.x {
        0 => Rect { y: areas.side.y.saturating_add(1), height: areas.side.height.saturating_sub(1), ..areas.side },
        _ => Rect { x: areas.side.x.saturating_add(1), width: areas.side.width.saturating_sub(1), ..areas.side },
    };
    rows(buffer, palette, area, usize::MAX, scroll, lines.len(), |at| {
        (lines.get(at).cloned().unwrap_or_default(), false)
    });
}

/// What is said; else where one is.
fn notice(model: &Model, buffer: &mut Buffer, palette: &Palette, area: Rect) {
    if let Some(notice) = &model.notice {
        put(buffer, palette, area, &Line::of(notice.tone, format!(" {}", notice.text)), false);
        return;
    }
    let text = match model.screen() {
        Some(Screen::Sessions(view)) if !view.order.is_empty() => {
            let session = view.selected().and_then(|at| model.store.session(at));
            let who = session.map(|session| format!("{} with {}", session.device, session.server)).unwrap_or_default();
            format!(" {} of {}  {who}", view.cursor.at.saturating_add(1), view.order.len())
        }
        Some(Screen::Message(view)) => {
            let path = view.decoded().zip(view.node()).map(|(message, node)| message.path(node));
            format!(" {}", path.unwrap_or_default())
        }
        _ => String::new(),
    };
    put(buffer, palette, area, &Line::of(Tone::Dim, text), false);
}

/// The best keys of this place, as many as fit.
fn footer(model: &Model, buffer: &mut Buffer, palette: &Palette, area: Rect) {
    let context = model.context();
    let mut line = Line::new();
    let room = usize::from(area.width);
    let last: Vec<(String, &str)> = [Action::Back, Action::Help, Action::Quit]
        .into_iter()
        .filter(|action| context != Context::Popup || *action == Action::Back)
        // Further in, the way back leads to where one leaves.
        .filter(|action| match action {
            Action::Back => model.screens.len() > 1 || model.popup.is_some(),
            Action::Quit => model.screens.len() == 1,
            _ => true,
        })
        .map(|action| (model.settings.keys.name_of(action), word(model, action)))
        .collect();
    let reserved: usize =
        last.iter().map(|(key, word)| columns(key).saturating_add(word.len()).saturating_add(3)).sum();
    let own = model.settings.keys.of(context).filter(|(key, _)| {
        !key.word(context).is_empty()
            && !matches!(key.action, Action::Back | Action::Help | Action::Quit)
            && (context != Context::Popup)
    });
    for (key, strokes) in own {
        let Some(stroke) = strokes.first() else { continue };
        let name = stroke.to_string();
        let word = match (key.action, model.screen()) {
            (Action::Open, Some(Screen::Findings(view))) if matches!(view.list.subject(), Subject::Group(_)) => "fold",
            (Action::Open, Some(Screen::Compare(view))) if view.list.subject() == Subject::Nothing => continue,
            _ => key.word(context),
        };
        let wide = columns(&name).saturating_add(word.len()).saturating_add(3);
        if line.width().saturating_add(wide).saturating_add(reserved) > room {
            break;
        }
        line.push(Tone::Key, format!(" {name}"));
        line.push(Tone::Dim, format!(" {word} "));
    }
    for (key, word) in last {
        line.push(Tone::Key, format!(" {key}"));
        line.push(Tone::Dim, format!(" {word} "));
    }
    put(buffer, palette, area, &line, false);
    buffer.set_style(area, palette.bar());
}

fn word(model: &Model, action: Action) -> &'static str {
    let found = model.settings.keys.of(Context::Sessions).find(|(key, _)| key.action == action);
    found.map_or("", |(key, _)| key.short)
}

fn popup(model: &Model, buffer: &mut Buffer, palette: &Palette) {
    match &model.popup {
        None => {}
        Some(Popup::Text { title, list }) => {
            let widest = list.lines.iter().map(Line::width).max().unwrap_or_default();
            let area = layout::popup(model, list.lines.len(), widest);
            let inner = frame(buffer, palette, area, title);
            rows(buffer, palette, inner, usize::MAX, list.cursor.top, list.lines.len(), |at| {
                (list.lines.get(at).cloned().unwrap_or_default(), false)
            });
        }
        Some(Popup::Menu { title, list, .. }) => {
            let widest = list.lines.iter().map(Line::width).max().unwrap_or_default().max(columns(title));
            let area = layout::popup(model, list.lines.len(), widest);
            let inner = frame(buffer, palette, area, title);
            self::list(buffer, palette, inner, list, |_| false);
        }
        Some(Popup::Prompt { prompt, input, remark }) => {
            let (width, height) = model.size;
            let area = Rect::new(0, height.saturating_sub(6), width, 6);
            let title = match prompt {
                Prompt::Filter => "Filter",
                Prompt::Search => "Search",
            };
            let inner = frame(buffer, palette, area, title);
            let room = usize::from(inner.width).saturating_sub(3);
            let scroll = input.visual_scroll(room);
            let text: String = input.value().chars().skip(scroll).collect();
            put(
                buffer,
                palette,
                Rect { height: 1, ..inner },
                &Line::of(Tone::Key, "> ").and(Tone::Plain, cut(&text, room)),
                false,
            );
            let x = inner
                .x
                .saturating_add(2)
                .saturating_add(u16::try_from(input.visual_cursor().saturating_sub(scroll)).unwrap_or(0));
            if x < inner.right() {
                buffer.set_style(Rect::new(x, inner.y, 1, 1), palette.base().add_modifier(Modifier::REVERSED));
            }
            let lines = wrapped(Tone::Dim, "", remark, usize::from(inner.width));
            for (line, y) in lines.iter().zip(inner.y.saturating_add(1)..inner.bottom()) {
                put(buffer, palette, Rect { y, height: 1, ..inner }, line, false);
            }
        }
    }
}

/// An empty frame with a title; gives what is inside.
fn frame(buffer: &mut Buffer, palette: &Palette, area: Rect, title: &str) -> Rect {
    let style = palette.style(Tone::Heading);
    for y in area.y..area.bottom() {
        let blank = " ".repeat(usize::from(area.width));
        buffer.set_string(area.x, y, blank, palette.base());
    }
    let inside = usize::from(area.width.saturating_sub(2));
    let title = cut(&format!(" {title} "), inside);
    let rest = inside.saturating_sub(columns(&title));
    buffer.set_string(area.x, area.y, format!("┌{title}{}┐", "─".repeat(rest)), style);
    let bottom = area.bottom().saturating_sub(1);
    buffer.set_string(area.x, bottom, format!("└{}┘", "─".repeat(inside)), style);
    for y in area.y.saturating_add(1)..bottom {
        buffer.set_string(area.x, y, "│", style);
        buffer.set_string(area.right().saturating_sub(1), y, "│", style);
    }
    Rect::new(
        area.x.saturating_add(1),
        area.y.saturating_add(1),
        area.width.saturating_sub(2),
        area.height.saturating_sub(2),
    )
}

/// All lines of the shown list, seen or not.
pub(super) fn all_lines(model: &Model) -> Vec<Line> {
    let width = usize::from(model.size.0);
    match model.screen() {
        Some(Screen::Sessions(view)) => {
            let lines = (0..view.order.len()).filter_map(|at| view.line(model, at, width));
            std::iter::once(view.heading(width)).chain(lines).collect()
        }
        Some(Screen::Timeline(view)) => std::iter::once(view.heading()).chain(view.whole()).collect(),
        Some(Screen::Message(view)) => match view.part {
            Part::Xml => (0..view.shown.len()).filter_map(|at| view.line(at)).collect(),
            Part::Octets => (0..view.octet_rows()).filter_map(|at| view.octet_line(at)).collect(),
            Part::Head => view.head.lines.clone(),
        },
        Some(Screen::Findings(view)) => view.list.lines.clone(),
        Some(Screen::Cases(view)) => view.list.lines.clone(),
        Some(Screen::Compare(view)) => view.list.lines.clone(),
        Some(Screen::Tree(view)) => view.list.lines.clone(),
        Some(Screen::Live(view)) => view.list.lines.clone(),
        Some(Screen::Text(view)) => view.list.lines.clone(),
        None => Vec::new(),
    }
}
