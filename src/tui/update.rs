//! What an action does to the state. Pure but for reading opened sessions back: what must happen outside comes back as an
//! [`Effect`].

mod export;
mod popup;

use super::compare;
use super::cursor::Cursor;
use super::explain;
use super::feed::Incoming;
use super::findings::{CasesView, FindingsView, coverage, inputs};
use super::keys::{Action, Stroke};
use super::layout;
use super::line::{Line, Spot, Subject, Tone};
use super::live::{self, LiveState};
use super::message::{MessageView, Part};
use super::model::{Listing, Loading, Mark, Model, Popup, Prompt, Screen};
use super::sessions::{Column, SessionsView};
use super::timeline::{TimelineView, tied};

/// What must happen outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// Leave.
    Quit,
    /// Write a file, under a name that is not taken yet; then say so.
    Write {
        /// The name that it should have.
        name: String,
        /// What is in it.
        octets: Vec<u8>,
    },
    /// Give a text to the terminal's clipboard.
    Copy(String),
    /// Take the mouse, or let it go.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Remember the chosen columns.
    Remember(Vec<Column>),
}

/// Takes what has arrived.
pub fn arrive(model: &mut Model, incoming: Incoming) {
    match incoming {
        Incoming::Session(arrival) => {
            if let Err(error) = model.store.add(*arrival) {
                model.say(Tone::Error, format!("sessions can't be kept any more: {error}"));
            }
        }
        Incoming::Progress { input, bytes, total } => model.loading = Loading::Reading { input, bytes, total },
        Incoming::Finished(tail, trees) => {
            model.several = tail.inputs.len() > 1;
            let unread = tail.inputs.iter().find(|input| input.is_unread());
            if let Some(problem) =
                unread.and_then(|input| input.problems.iter().find(|problem| problem.kind.is_unread()))
            {
                let text = format!("{} (I shows what was read)", problem.text);
                model.say(Tone::Error, text);
            } else if tail.summary.sessions == 0 {
                let seen = tail.inputs.iter().find_map(|input| input.seen.clone());
                model.say(Tone::Open, seen.unwrap_or_else(|| tail.summary.why.clone()));
            }
            model.store.finish(tail, trees);
            model.loading = Loading::Done;
            refresh_lists(model);
        }
        Incoming::Failed(text) => {
            model.say(Tone::Error, text.clone());
            model.loading = Loading::Failed(text);
        }
        Incoming::Live(control) => model.live = Some(control),
    }
}

/// Makes lists anew that show everything there is.
fn refresh_lists(model: &mut Model) {
    let Some(mut screen) = model.screens.pop() else { return };
    match &mut screen {
        Screen::Findings(view) => view.rebuild(model),
        Screen::Cases(view) => view.rebuild(model),
        _ => {}
    }
    model.screens.push(screen);
}

/// After arrivals and before drawing: brings what is shown up to date.
pub fn settle(model: &mut Model, millis: u64) {
    let shown = model.shown_sessions();
    if let Some(Screen::Sessions(view)) = model.screens.first_mut() {
        view.take(&model.store, shown);
    }
    listen(model);
    if let (Some(Screen::Live(state)), Some(control)) = (model.screens.last_mut(), &model.live) {
        state.rebuild(control.as_ref(), &model.said, millis);
    }
    let areas = layout::areas(model);
    let height = usize::from(areas.main.height);
    let width = usize::from(areas.main.width);
    let side = usize::from(areas.side.width).saturating_sub(2);
    tell(model, side.max(20));
    match model.screens.last_mut() {
        Some(Screen::Sessions(view)) => view.cursor.fit(view.order.len(), height),
        Some(Screen::Timeline(view)) => {
            view.fit_to(width);
            view.list.cursor.fit(view.list.lines.len(), height);
        }
        Some(Screen::Message(view)) => {
            match view.part {
                Part::Octets => view.follow_xml(),
                _ => view.follow_octets(),
            }
            view.cursor.fit(view.shown.len(), height);
            let octets = view.octet_rows();
            view.octet_cursor.fit(octets, height);
            view.head.cursor.fit(view.head.lines.len(), height);
        }
        Some(Screen::Findings(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        Some(Screen::Cases(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        Some(Screen::Compare(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        Some(Screen::Tree(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        Some(Screen::Live(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        Some(Screen::Text(view)) => view.list.cursor.fit(view.list.lines.len(), height),
        None => {}
    }
    popup::settle(model);
}

/// Takes what the proxy says; an error shows wherever one is.
fn listen(model: &mut Model) {
    for remark in model.live.as_ref().map(|live| live.remarks()).unwrap_or_default() {
        if remark.tone == Tone::Error {
            model.say(Tone::Error, remark.text.clone());
        }
        live::keep(&mut model.said, remark);
    }
}

/// What is selected in a list of findings or cases, in full.
fn tell(model: &mut Model, width: usize) {
    let Some(mut screen) = model.screens.pop() else { return };
    match &mut screen {
        Screen::Findings(view) => {
            view.told = match view.list.subject() {
                Subject::Finding(session, at) => match model.store.open(session) {
                    Ok(open) => {
                        let finding = usize::try_from(at).ok().and_then(|at| open.findings.get(at));
                        finding.map(|finding| super::findings::told(finding, width)).unwrap_or_default()
                    }
                    Err(error) => vec![Line::of(Tone::Error, error.to_string())],
                },
                Subject::Group(number) if view.grouping == super::findings::Grouping::Rule => {
                    let id = u16::try_from(number).map(|number| model.store.rule(number).to_owned());
                    let rule = id.ok().and_then(|id| explain::rule(&id));
                    rule.map(|rule| rule.lines).unwrap_or_default()
                }
                _ => Vec::new(),
            };
            view.scroll = view.scroll.min(view.told.len().saturating_sub(1));
        }
        Screen::Cases(view) => {
            let found = match view.list.subject() {
                Subject::Case(id) => {
                    model.store.tail().and_then(|tail| tail.testcases.iter().find(|case| case.id == id))
                }
                _ => None,
            };
            view.told = found.map(|case| super::findings::case_told(case, width)).unwrap_or_default();
            view.scroll = view.scroll.min(view.told.len().saturating_sub(1));
        }
        _ => {}
    }
    model.screens.push(screen);
}

/// A key.
pub fn key(model: &mut Model, stroke: Stroke, event: &ratatui::crossterm::event::Event) -> Effect {
    model.notice = None;
    if let Some(Popup::Prompt { .. }) = model.popup {
        return popup::typed(model, stroke, event);
    }
    match model.settings.keys.action(model.context(), stroke) {
        Some(action) => update(model, action),
        None => {
            model.leaving = false;
            Effect::None
        }
    }
}

/// An action.
pub fn update(model: &mut Model, action: Action) -> Effect {
    let asked = std::mem::take(&mut model.leaving);
    if model.popup.is_some() {
        return popup::update(model, action);
    }
    match action {
        Action::Quit => return quit(model, asked),
        Action::Redraw => return Effect::Redraw,
        Action::Back => back(model),
        Action::Help => popup::help(model),
        Action::Explain => explain_selected(model),
        Action::Search => popup::prompt(model, Prompt::Search),
        Action::Filter => popup::prompt(model, Prompt::Filter),
        Action::Next => search(model, true),
        Action::Previous => search(model, false),
        Action::Theme => {
            model.settings.theme = model.settings.theme.next();
            let name = model.settings.theme.name();
            model.say(Tone::Plain, format!("theme {name}"));
        }
        Action::Mouse => {
            model.settings.mouse = !model.settings.mouse;
            let on = model.settings.mouse;
            model.say(Tone::Plain, if on { "the mouse works here" } else { "the mouse is the terminal's" });
            return Effect::Mouse(on);
        }
        Action::Findings => open_findings(model),
        Action::Cases => {
            let view = CasesView::new(model);
            model.screens.push(Screen::Cases(view));
        }
        Action::Coverage => match model.store.tail() {
            Some(tail) => {
                let view = coverage(tail);
                model.screens.push(Screen::Text(view));
            }
            None => model.say(Tone::Plain, "rules are counted when everything was read"),
        },
        Action::Inputs => match model.store.tail() {
            Some(tail) => {
                let view = inputs(tail);
                model.screens.push(Screen::Text(view));
            }
            None => model.say(Tone::Plain, "known when everything was read"),
        },
        Action::Live => match model.live {
            Some(_) => model.screens.push(Screen::Live(LiveState::default())),
            None => model.say(Tone::Plain, "nothing is live here; dmscope proxy --tui"),
        },
        Action::Tree => super::tree::show(model),
        Action::Columns => popup::columns(model),
        Action::Export => popup::exports(model),
        Action::Copy => return copy(model),
        Action::Compare if !matches!(model.screen(), Some(Screen::Tree(_))) => compare_marked(model),
        Action::Pause => {
            model.held = match model.held {
                Some(_) => None,
                None => Some(model.store.sessions().len()),
            };
            let text = match model.held {
                Some(_) => "held still; what arrives is kept (p goes on)",
                None => "goes on",
            };
            model.say(Tone::Plain, text);
        }
        _ => return on_screen(model, action),
    }
    Effect::None
}

/// Leaves. What is live ends with the screen: that is asked for twice.
fn quit(model: &mut Model, asked: bool) -> Effect {
    if model.live.is_none() || asked {
        return Effect::Quit;
    }
    model.leaving = true;
    let key = model.settings.keys.name_of(Action::Quit);
    model.say(Tone::Warning, format!("{key} again ends the proxy; then the report is written"));
    Effect::None
}

/// What depends on the screen.
fn on_screen(model: &mut Model, action: Action) -> Effect {
    let height = usize::from(layout::areas(model).main.height);
    if moved(model, action, height) {
        return Effect::None;
    }
    let Some(mut screen) = model.screens.pop() else { return Effect::None };
    let mut then = None;
    match &mut screen {
        Screen::Sessions(view) => on_sessions(model, view, action, &mut then),
        Screen::Timeline(view) => on_timeline(model, view, action, &mut then),
        Screen::Message(view) => on_message(model, view, action, &mut then),
        Screen::Findings(view) => on_findings(model, view, action, &mut then),
        Screen::Cases(view) => match action {
            Action::Open | Action::Right => {
                if let Some((session, message)) = first_evidence(model, &view.list.subject()) {
                    then = Some(Then::Elsewhere(session, message));
                }
            }
            Action::OnlyDecided => {
                view.only_decided = !view.only_decided;
                view.rebuild(model);
            }
            Action::NextPane => view.beside = !view.beside,
            _ => {}
        },
        Screen::Compare(view) => match action {
            Action::NextFinding => {
                view.step(true);
            }
            Action::PreviousFinding => {
                view.step(false);
            }
            _ => {}
        },
        Screen::Tree(view) => super::tree::update(model, view, action),
        Screen::Live(view) => {
            if let (Action::Open | Action::Fold, Subject::Choice(number)) = (action, view.list.subject()) {
                let turned = model.live.as_ref().and_then(|live| live.turn(usize::try_from(number).ok()?));
                if let Some(on) = turned {
                    model.say(Tone::Warning, if on { "the fault is on" } else { "the fault is off" });
                }
            }
        }
        Screen::Text(view) => {
            if action == Action::Open {
                then = Some(Then::Explain(view.list.subject()));
            }
        }
    }
    let is_first = model.screens.is_empty();
    model.screens.push(screen);
    match then {
        Some(Then::Session(at)) => open_session(model, at, None),
        Some(Then::Message(at, number, place)) => open_message(model, at, number, place),
        Some(Then::Elsewhere(session, message)) => match model.store.position(session) {
            Some(at) => open_message(model, at, message, Place::Start),
            None => model.say(Tone::Plain, format!("session {session} is not shown")),
        },
        Some(Then::Explain(subject)) => {
            let explained = match subject {
                Subject::Rule(id) => explain::rule(&id),
                Subject::Case(id) => explain::case(&id),
                _ => None,
            };
            if let Some(explained) = explained {
                model.popup = Some(Popup::Text { title: explained.title, list: Listing::new(explained.lines) });
            }
        }
        Some(Then::Back) if !is_first => back(model),
        Some(Then::Replace(at)) => {
            model.screens.pop();
            open_session(model, at, None);
        }
        Some(Then::ReplaceMessage(at, number)) => {
            model.screens.pop();
            open_message(model, at, number, Place::Start);
        }
        Some(Then::Back) | None => {}
    }
    Effect::None
}

/// Where in a message.
#[derive(Debug, Clone, Copy)]
enum Place {
    Start,
    Command(u32),
    Finding(u32),
}

/// What follows from an action on a screen.
enum Then {
    Session(u32),
    Message(u32, u32, Place),
    Elsewhere(u32, u32),
    Explain(Subject),
    Back,
    Replace(u32),
    ReplaceMessage(u32, u32),
}

/// The list that keys move in at the moment: its cursor, and how many lines it has.
pub(super) fn focus(screen: &mut Screen) -> Option<(&mut Cursor, usize)> {
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
fn moved(model: &mut Model, action: Action, height: usize) -> bool {
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

fn on_sessions(model: &mut Model, view: &mut SessionsView, action: Action, then: &mut Option<Then>) {
    match action {
        Action::Open | Action::Right => *then = view.selected().map(Then::Session),
        Action::Sort => {
            let at = view.columns.iter().position(|column| *column == view.sort).unwrap_or_default();
            let next = view.columns.get(at.saturating_add(1)).or(view.columns.first());
            view.sort = next.copied().unwrap_or(Column::Number);
            view.rearrange(&model.store);
            model.say(Tone::Plain, format!("sorted by {} (S turns it round)", view.sort.name()));
        }
        Action::Reverse => {
            view.reversed = !view.reversed;
            view.rearrange(&model.store);
        }
        Action::Mark => {
            if let Some(at) = view.selected() {
                mark(model, Mark::Session(at));
            }
        }
        Action::Follow => {
            view.follow = !view.follow;
            if view.follow {
                view.cursor.go(view.order.len().saturating_sub(1));
            }
            model.say(Tone::Plain, if view.follow { "following the newest session" } else { "no longer following" });
        }
        _ => {}
    }
}

/// Marks, or takes the mark away; of three marks of a kind the oldest goes.
fn mark(model: &mut Model, mark: Mark) {
    if let Some(at) = model.marks.iter().position(|known| *known == mark) {
        model.marks.remove(at);
        return;
    }
    let is_alike = |known: &Mark| std::mem::discriminant(known) == std::mem::discriminant(&mark);
    if model.marks.iter().filter(|known| is_alike(known)).count() >= 2
        && let Some(oldest) = model.marks.iter().position(is_alike)
    {
        model.marks.remove(oldest);
    }
    model.marks.push(mark);
    let number = model.marks.iter().filter(|known| is_alike(known)).count();
    let key = model.settings.keys.name_of(Action::Compare);
    model.say(Tone::Plain, if number == 2 { format!("two marked; {key} compares them") } else { "marked".to_owned() });
}

fn on_timeline(model: &mut Model, view: &mut TimelineView, action: Action, then: &mut Option<Then>) {
    match action {
        Action::Open | Action::Right => {
            *then = match view.list.subject() {
                Subject::Spot(spot) => {
                    let place = spot.command.map_or(Place::Start, Place::Command);
                    Some(Then::Message(view.at, spot.message, place))
                }
                Subject::Finding(at, number) => {
                    view.spot().map(|spot| Then::Message(at, spot.message, Place::Finding(number)))
                }
                _ => None,
            };
        }
        Action::Left => *then = Some(Then::Back),
        Action::Fold => {
            if let Some(spot) = view.spot() {
                if !view.unfolded.remove(&spot.message) {
                    view.unfolded.insert(spot.message);
                }
                refold(view, spot);
            }
        }
        Action::FoldAll => {
            let spot = view.spot();
            if view.unfolded.is_empty() {
                view.unfolded = view.open.session.messages.iter().map(|message| message.index).collect();
            } else {
                view.unfolded.clear();
            }
            refold(view, spot.unwrap_or(Spot { message: 1, command: None }));
        }
        Action::NextPane => view.beside = !view.beside,
        Action::TimeMode => {
            view.time = view.time.next();
            model.say(Tone::Plain, view.time.name());
            view.refresh();
        }
        Action::NextFinding | Action::PreviousFinding => {
            let found = view.step_finding(action == Action::NextFinding);
            say_unless(model, found, "no more findings in this direction");
        }
        Action::Jump => match view.spot().map(|spot| tied(&view.open, spot)).unwrap_or_default().first() {
            Some(spot) => {
                if !view.unfolded.contains(&spot.message) && spot.command.is_some() {
                    view.unfolded.insert(spot.message);
                    refold(view, *spot);
                }
                view.select(*spot);
            }
            None => model.say(Tone::Plain, "nothing answers this, and it answers nothing"),
        },
        Action::Mark => {
            if let Some(spot) = view.spot() {
                mark(model, Mark::Message(view.at, spot.message));
                view.marked = marked(model, view.at);
                refold(view, spot);
            }
        }
        Action::Following | Action::Preceding => {
            *then = neighbour(model, view.at, action == Action::Following).map(Then::Replace);
        }
        _ => {}
    }
}

fn marked(model: &Model, session: u32) -> std::collections::BTreeSet<u32> {
    let of = |mark: &Mark| match mark {
        Mark::Message(at, message) if *at == session => Some(*message),
        _ => None,
    };
    model.marks.iter().filter_map(of).collect()
}

/// Makes the ladder anew, and stays where one was.
fn refold(view: &mut TimelineView, spot: Spot) {
    view.refresh();
    view.select(spot);
}

/// The session after or before one in the order of the table.
fn neighbour(model: &Model, at: u32, forward: bool) -> Option<u32> {
    let Some(Screen::Sessions(sessions)) = model.screens.first() else { return None };
    let position = sessions.order.iter().position(|known| *known == at)?;
    let position = if forward { position.checked_add(1)? } else { position.checked_sub(1)? };
    sessions.order.get(position).copied()
}

fn on_message(model: &mut Model, view: &mut MessageView, action: Action, then: &mut Option<Then>) {
    match action {
        Action::NextPane => {
            view.part = view.part.next();
            if view.part == Part::Octets && !view.has_octets() {
                view.part = Part::Head;
            }
        }
        Action::Fold => view.fold(),
        Action::FoldAll => view.fold_all(),
        Action::Left => *then = Some(Then::Back),
        Action::NextFinding | Action::PreviousFinding => {
            let found = view.step_finding(action == Action::NextFinding);
            say_unless(model, found, "no more findings in this direction");
        }
        Action::Open if matches!(view.subject(), Subject::Finding(..)) => {
            let found = match view.subject() {
                Subject::Finding(_, at) => usize::try_from(at).ok().and_then(|at| view.open.findings.get(at)),
                _ => None,
            };
            if let Some(finding) = found {
                let lines = super::findings::told(finding, 72);
                model.popup = Some(Popup::Text { title: finding.rule.to_string(), list: Listing::new(lines) });
            }
        }
        Action::Decode | Action::Open => match view.value() {
            Some(value) => {
                let width = usize::from(model.size.0).saturating_sub(10).min(100);
                let lines = super::values::readings(&value, width);
                let title = view.element().unwrap_or_default();
                model.popup = Some(Popup::Text { title: format!("Value of {title}"), list: Listing::new(lines) });
            }
            None => model.say(Tone::Plain, "there is no value in this line"),
        },
        Action::Jump => {
            let spot = view.command().map(|command| Spot { message: view.number, command: Some(command) });
            match spot.map(|spot| tied(&view.open, spot)).unwrap_or_default().first() {
                Some(spot) => {
                    let place = spot.command.map_or(Place::Start, Place::Command);
                    *then = Some(Then::Message(view.session, spot.message, place));
                }
                None => model.say(Tone::Plain, "nothing answers this, and it answers nothing"),
            }
        }
        Action::Mark => mark(model, Mark::Message(view.session, view.number)),
        Action::Following => {
            let next = view.number.saturating_add(1);
            if super::timeline::message(&view.open, next).is_some() {
                *then = Some(Then::ReplaceMessage(view.session, next));
            }
        }
        Action::Preceding if view.number > 1 => {
            *then = Some(Then::ReplaceMessage(view.session, view.number.saturating_sub(1)));
        }
        _ => {}
    }
}

fn on_findings(model: &mut Model, view: &mut FindingsView, action: Action, then: &mut Option<Then>) {
    let subject = view.list.subject();
    match (action, &subject) {
        (Action::Open | Action::Right, Subject::Finding(session, at)) => {
            let line = model.store.findings_of(*session).iter().find(|finding| finding.at == *at).copied();
            *then = match line {
                Some(line) if line.message > 0 => Some(Then::Message(*session, line.message, Place::Finding(*at))),
                _ => Some(Then::Session(*session)),
            };
        }
        (Action::Open | Action::Fold, Subject::Group(number)) => {
            if !view.unfolded.remove(number) {
                view.unfolded.insert(*number);
            }
            view.rebuild(model);
        }
        (Action::Right, Subject::Group(number)) => {
            view.unfolded.insert(*number);
            view.rebuild(model);
        }
        (Action::Left, Subject::Group(number)) if view.unfolded.contains(number) => {
            view.unfolded.remove(number);
            view.rebuild(model);
        }
        (Action::Left, _) => *then = Some(Then::Back),
        (Action::FoldAll, _) => {
            if view.unfolded.is_empty() {
                let groups = view.list.lines.iter().filter_map(|line| match line.subject {
                    Subject::Group(number) => Some(number),
                    _ => None,
                });
                view.unfolded = groups.collect();
            } else {
                view.unfolded.clear();
            }
            view.rebuild(model);
        }
        (Action::Group, _) => {
            view.grouping = view.grouping.next();
            view.unfolded.clear();
            view.rebuild(model);
            view.list.cursor = Cursor::default();
        }
        (Action::NextPane, _) => view.beside = !view.beside,
        _ => {}
    }
}

fn first_evidence(model: &Model, subject: &Subject) -> Option<(u32, u32)> {
    let Subject::Case(id) = subject else { return None };
    let case = model.store.tail()?.testcases.iter().find(|case| case.id == *id)?;
    case.evidence.first().map(|evidence| (evidence.session, evidence.message.unwrap_or(1)))
}

fn back(model: &mut Model) {
    if model.screens.len() > 1 {
        model.screens.pop();
        let shown = match model.screens.last_mut() {
            Some(Screen::Timeline(view)) => Some(view.at),
            _ => None,
        };
        // What was marked further inside shows here, too.
        if let Some(at) = shown {
            let marks = marked(model, at);
            if let Some(Screen::Timeline(view)) = model.screens.last_mut() {
                view.marked = marks;
                view.refresh();
            }
        }
    } else if let Some(Screen::Sessions(view)) = model.screens.first_mut() {
        if view.is_filtered() {
            // An empty expression is never wrong.
            let _ = view.set_filter("", &model.store);
            model.say(Tone::Plain, "all sessions are shown");
        } else {
            let key = model.settings.keys.name_of(Action::Quit);
            model.say(Tone::Plain, format!("{key} leaves"));
        }
    }
}

/// Opens a session, at a message where one is given.
pub(super) fn open_session(model: &mut Model, at: u32, message: Option<u32>) {
    match model.store.open(at) {
        Ok(open) => {
            let width = usize::from(model.size.0);
            let mut view = TimelineView::new(at, open, width);
            view.marked = marked(model, at);
            model.screens.push(Screen::Timeline(view));
            let width = usize::from(layout::areas(model).main.width);
            if let Some(Screen::Timeline(view)) = model.screens.last_mut() {
                view.rebuild(width);
                if let Some(message) = message {
                    view.select(Spot { message, command: None });
                }
            }
        }
        Err(error) => model.say(Tone::Error, format!("this session can't be read back: {error}")),
    }
}

fn open_message(model: &mut Model, at: u32, number: u32, place: Place) {
    match model.store.open(at) {
        Ok(open) => {
            let mut view = MessageView::new(at, open, number);
            match place {
                Place::Start => {}
                Place::Command(command) => view.select_command(command),
                Place::Finding(finding) => view.select_finding(finding),
            }
            let height = usize::from(model.size.1).saturating_sub(4);
            view.cursor.center(view.shown.len(), height);
            model.screens.push(Screen::Message(Box::new(view)));
        }
        Err(error) => model.say(Tone::Error, format!("this message can't be read back: {error}")),
    }
}

fn open_findings(model: &mut Model) {
    let of = match model.screen() {
        Some(Screen::Timeline(view)) => Some(view.at),
        Some(Screen::Message(view)) => Some(view.session),
        _ => None,
    };
    let open = match of.map(|at| model.store.open(at)).transpose() {
        Ok(open) => open,
        Err(error) => {
            model.say(Tone::Error, format!("this session can't be read back: {error}"));
            return;
        }
    };
    let view = FindingsView::new(of, open, model);
    model.screens.push(Screen::Findings(view));
}

fn explain_selected(model: &mut Model) {
    let width = usize::from(model.size.0).saturating_sub(10).min(96);
    match explain::selected(model, width) {
        Some(explained) => {
            model.popup = Some(Popup::Text { title: explained.title, list: Listing::new(explained.lines) });
        }
        None => model.say(Tone::Plain, "there is nothing to explain in this line"),
    }
}

fn compare_marked(model: &mut Model) {
    let messages: Vec<(u32, u32)> = model
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Message(at, number) => Some((*at, *number)),
            Mark::Session(_) => None,
        })
        .collect();
    let sessions: Vec<u32> = model
        .marks
        .iter()
        .filter_map(|mark| match mark {
            Mark::Session(at) => Some(*at),
            Mark::Message(..) => None,
        })
        .collect();
    let on_sessions = matches!(model.screen(), Some(Screen::Sessions(_)));
    let compared = match (sessions.as_slice(), messages.as_slice()) {
        ([one, other], _) if on_sessions || messages.len() < 2 => {
            match (model.store.open(*one), model.store.open(*other)) {
                (Ok(one), Ok(other)) => Some(compare::sessions(&one, &other)),
                _ => None,
            }
        }
        (_, [(one, first), (other, second)]) => match (model.store.open(*one), model.store.open(*other)) {
            (Ok(one_open), Ok(other_open)) => {
                let first = MessageView::new(*one, one_open, *first);
                let second = MessageView::new(*other, other_open, *second);
                Some(compare::messages(&first, &second))
            }
            _ => None,
        },
        _ => {
            let key = model.settings.keys.name_of(Action::Mark);
            model.say(Tone::Plain, format!("mark two sessions or two messages with {key} first"));
            return;
        }
    };
    match compared {
        Some(compared) => model.screens.push(Screen::Compare(compared)),
        None => model.say(Tone::Error, "they can't be read back"),
    }
}

/// The text of a line of the shown list.
fn line_text(model: &Model, at: usize) -> Option<String> {
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

fn say_unless(model: &mut Model, well: bool, text: &str) {
    if !well {
        model.say(Tone::Plain, text);
    }
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
fn copy(model: &mut Model) -> Effect {
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
            model.say(Tone::Plain, format!("copied: {}", super::line::cut(&text, 60)));
            Effect::Copy(text)
        }
        None => Effect::None,
    }
}
