//! What an action does to the state. Pure but for reading opened sessions back: what must happen outside comes back as an
//! [`Effect`].

mod export;
mod markdown;
mod moves;
mod opening;
mod popup;
mod screens;

pub(super) use moves::focus;

use moves::{copy, moved, search};
use opening::{back, compare_marked, explain_selected, look_up, open_findings, open_message, open_session};
use screens::{first_evidence, on_findings, on_message, on_sessions, on_timeline};

use super::explain;
use super::feed::Incoming;
use super::findings::{CasesView, coverage, inputs};
use super::keys::{Action, Stroke};
use super::layout;
use super::line::{Line, Subject, Tone};
use super::live::{self, LiveState};
use super::message::Part;
use super::model::{Listing, Loading, Model, Popup, Prompt, Screen};
use super::sessions::Column;
use crate::markup::Tag;

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
        /// What is to be known of it besides; empty for nothing.
        remark: &'static str,
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
        Incoming::Trees(trees) => model.store.look_for_trees(trees),
        Incoming::Finished(tail) => {
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
            model.store.finish(tail);
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
    // Below a list, a line divides them.
    let pane = areas.side.height.saturating_sub(u16::from(areas.side.x == 0));
    tell(model, side.max(20), usize::from(pane));
    match model.screens.last_mut() {
        Some(Screen::Sessions(view)) => view.cursor.fit(view.order.len(), height),
        Some(Screen::Timeline(view)) => {
            view.fit_to(width);
            view.list.cursor.fit(view.list.lines.len(), height);
        }
        Some(Screen::Message(view)) => {
            let pane = if areas.side.width > 0 { areas.side.width } else { areas.main.width };
            view.fit_octets(usize::from(pane).saturating_sub(1));
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
fn tell(model: &mut Model, width: usize, height: usize) {
    let Some(mut screen) = model.screens.pop() else { return };
    match &mut screen {
        Screen::Findings(view) => {
            if view.told_of != view.list.subject() {
                view.told_of = view.list.subject();
                view.scroll = 0;
            }
            view.told = match view.list.subject() {
                Subject::Finding(session, at) => match model.store.open(session) {
                    Ok(open) => {
                        let finding = usize::try_from(at).ok().and_then(|at| open.findings.get(at));
                        finding.map(|finding| super::findings::told(&open, finding, width)).unwrap_or_default()
                    }
                    Err(error) => vec![Line::of(Tone::Error, error.to_string())],
                },
                Subject::Group(number) if view.grouping == super::findings::Grouping::Rule => {
                    let id = u16::try_from(number).map(|number| model.store.rule(number).to_owned());
                    let rule = id.ok().and_then(|id| explain::rule(&id, width));
                    rule.map(|rule| rule.lines).unwrap_or_default()
                }
                _ => Vec::new(),
            };
            view.scroll = view.scroll.min(view.told.len().saturating_sub(height));
        }
        Screen::Cases(view) => {
            if view.told_of != view.list.subject() {
                view.told_of = view.list.subject();
                view.scroll = 0;
            }
            let found = match view.list.subject() {
                Subject::Case(id) => {
                    model.store.tail().and_then(|tail| tail.testcases.iter().find(|case| case.id == id))
                }
                _ => None,
            };
            view.told = found.map(|case| super::findings::case_told(case, width)).unwrap_or_default();
            view.scroll = view.scroll.min(view.told.len().saturating_sub(height));
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
        Action::Security => match model.store.tail() {
            Some(tail) => {
                let (sessions, trees) = (model.store.sessions(), model.store.trees());
                let view = trees.read(|trees| super::security::security(tail, sessions, trees.journals().into_iter()));
                model.screens.push(Screen::Text(view));
            }
            None => model.say(Tone::Plain, "rules are counted when everything was read"),
        },
        Action::Inputs => match model.store.tail() {
            Some(tail) => {
                let view = inputs(tail, usize::from(model.size.0).saturating_sub(2));
                model.screens.push(Screen::Text(view));
            }
            None => model.say(Tone::Plain, "known when everything was read"),
        },
        Action::Live => match model.live {
            Some(_) => model.screens.push(Screen::Live(LiveState::default())),
            None => model.say(Tone::Plain, "nothing is live: this is a file (dmscope proxy --tui shows live traffic)"),
        },
        Action::Codes => look_up(model),
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
            Action::Open | Action::Right => match first_evidence(model, &view.list.subject()) {
                Some((session, message, place)) => then = Some(Then::Elsewhere(session, message, place)),
                None => model.say(Tone::Plain, "nothing of the traffic belongs to this line"),
            },
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
            Action::Open => match view.list.subject() {
                Subject::Elsewhere(session, message) => {
                    then = Some(Then::Elsewhere(session, message, Place::Start));
                }
                _ => model.say(Tone::Plain, "this line is of no message"),
            },
            _ => {}
        },
        Screen::Tree(view) => {
            if let Some((session, message)) = super::tree::update(model, view, action) {
                then = Some(Then::Elsewhere(session, message, Place::Start));
            }
        }
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
        Some(Then::Elsewhere(session, message, place)) => match model.store.position(session) {
            Some(at) => open_message(model, at, message, place),
            None => model.say(Tone::Plain, format!("session {session} is not shown")),
        },
        Some(Then::Explain(subject)) => {
            let explained = match subject {
                Subject::Rule(id) => explain::rule(&id, explain::width(model)),
                Subject::Case(id) => explain::case(&id, explain::width(model)),
                Subject::Word(word) => Some(explain::word(&word, explain::width(model))),
                _ => None,
            };
            match explained {
                Some(explained) => {
                    model.popup = Some(Popup::Text { title: explained.title, list: Listing::new(explained.lines) });
                }
                None => model.say(Tone::Plain, "there is nothing to open in this line"),
            }
        }
        Some(Then::Back) if !is_first => back(model),
        Some(Then::Replace(at)) => {
            model.screens.pop();
            open_session(model, at, None);
        }
        Some(Then::ReplaceMessage(at, number, place)) => {
            model.screens.pop();
            open_message(model, at, number, place);
        }
        Some(Then::Back) | None => {}
    }
    Effect::None
}

/// Where in a message.
#[derive(Debug, Clone)]
enum Place {
    Start,
    Command(u32),
    Finding(u32),
    Element(Tag),
    Path(String),
}

/// What follows from an action on a screen.
enum Then {
    Session(u32),
    Message(u32, u32, Place),
    Elsewhere(u32, u32, Place),
    Explain(Subject),
    Back,
    Replace(u32),
    ReplaceMessage(u32, u32, Place),
}
