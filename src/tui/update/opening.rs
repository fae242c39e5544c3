//! From one screen to another, and back.

use super::Place;
use super::screens::marked;
use crate::tui::compare;
use crate::tui::explain;
use crate::tui::findings::FindingsView;
use crate::tui::keys::{Action, Context};
use crate::tui::layout;
use crate::tui::line::{Spot, Subject, Tone};
use crate::tui::message::MessageView;
use crate::tui::model::{Listing, Mark, Model, Popup, Screen};
use crate::tui::timeline::TimelineView;

pub(super) fn back(model: &mut Model) {
    model.marks_hits = false;
    if let Some(Screen::Tree(view)) = model.screens.last_mut()
        && view.end_comparing()
    {
        return;
    }
    if model.screens.len() > 1 {
        if let Some(Screen::Timeline(view)) = model.screens.pop()
            && view.list.subject() != Subject::Nothing
        {
            model.left.insert(view.at, view.list.subject());
        }
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
                // Where one was when one left it.
                if let Some(subject) = model.left.get(&at) {
                    view.list.select(subject);
                }
                if let Some(message) = message {
                    view.select(Spot { message, command: None });
                }
            }
        }
        Err(error) => model.say(Tone::Error, format!("this session can't be read back: {error}")),
    }
}

pub(super) fn open_message(model: &mut Model, at: u32, number: u32, place: Place) {
    match model.store.open(at) {
        Ok(open) => {
            let mut view = MessageView::new(at, open, number);
            match place {
                Place::Start => {}
                Place::Command(command) => view.select_command(command),
                Place::Finding(finding) => view.select_finding(finding),
                Place::Element(tag) => view.select_tag(tag),
                Place::Path(path) => view.select_path(&path),
            }
            let height = usize::from(model.size.1).saturating_sub(4);
            view.cursor.center(view.shown.len(), height);
            model.screens.push(Screen::Message(Box::new(view)));
        }
        Err(error) => model.say(Tone::Error, format!("this message can't be read back: {error}")),
    }
}

pub(super) fn open_findings(model: &mut Model) {
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

/// Opens the list of codes and elements.
pub(super) fn look_up(model: &mut Model) {
    let is_open = matches!(model.screen(), Some(Screen::Text(view)) if view.context == Context::Codes);
    if !is_open {
        model.screens.push(Screen::Text(crate::tui::codes::list()));
    }
}

pub(super) fn explain_selected(model: &mut Model) {
    let width = explain::width(model);
    // The rest of what is known of a session stands in its rows.
    let opened = match model.screen() {
        Some(Screen::Sessions(view)) => view.selected(),
        _ => None,
    };
    let opened = opened.and_then(|at| model.store.open(at).ok());
    match explain::selected(model, opened.as_deref(), width) {
        Some(explained) => {
            model.popup = Some(Popup::Text { title: explained.title, list: Listing::new(explained.lines) });
        }
        None => model.say(Tone::Plain, "there is nothing to explain in this line"),
    }
}

pub(super) fn compare_marked(model: &mut Model) {
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
