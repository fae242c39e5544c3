//! What depends on the screen.

use super::moves::say_unless;
use super::{Place, Then};
use crate::markup::Tag;
use crate::tui::cursor::Cursor;
use crate::tui::findings::FindingsView;
use crate::tui::keys::Action;
use crate::tui::line::{Spot, Subject, Tone};
use crate::tui::message::{MessageView, Part};
use crate::tui::model::{Listing, Mark, Model, Popup, Screen};
use crate::tui::sessions::{Column, SessionsView};
use crate::tui::timeline::{TimelineView, tied};

pub(super) fn on_sessions(model: &mut Model, view: &mut SessionsView, action: Action, then: &mut Option<Then>) {
    match action {
        Action::Open | Action::Right => match view.selected() {
            Some(at) => *then = Some(Then::Session(at)),
            None => model.say(Tone::Plain, "there is no session to open (I shows what was read)"),
        },
        Action::Sort => {
            let columns = view.shown_columns(usize::from(model.size.0));
            let at = columns.iter().position(|column| *column == view.sort);
            let next = at.and_then(|at| columns.get(at.saturating_add(1))).or(columns.first());
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
pub(super) fn mark(model: &mut Model, mark: Mark) {
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
    model.say(
        Tone::Plain,
        match number {
            2 => format!("two marked; {key} compares them"),
            _ => format!("1 marked; mark another, then {key} compares"),
        },
    );
}

pub(super) fn marked(model: &Model, session: u32) -> std::collections::BTreeSet<u32> {
    let of = |mark: &Mark| match mark {
        Mark::Message(at, message) if *at == session => Some(*message),
        _ => None,
    };
    model.marks.iter().filter_map(of).collect()
}

pub(super) fn on_timeline(model: &mut Model, view: &mut TimelineView, action: Action, then: &mut Option<Then>) {
    match action {
        Action::Open | Action::Right => {
            *then = match view.list.subject() {
                Subject::Bootstrap(at) => {
                    let lines = crate::tui::details::bootstrap(&view.open, at, crate::tui::explain::width(model));
                    let title = "Bootstrap message".to_owned();
                    model.popup = Some(Popup::Text { title, list: Listing::new(lines) });
                    None
                }
                subject @ Subject::Download(_) => {
                    let width = crate::tui::explain::width(model);
                    let list = Listing::new(crate::tui::details::details(&view.open, &subject, width));
                    model.popup = Some(Popup::Text { title: "Download".to_owned(), list });
                    None
                }
                Subject::Notification => {
                    let lines = crate::tui::details::notification_opened(&view.open, crate::tui::explain::width(model));
                    model.popup = Some(Popup::Text { title: "Notification".to_owned(), list: Listing::new(lines) });
                    None
                }
                Subject::Object(_) => view.spot().map(|spot| {
                    Then::Message(view.at, spot.message, spot.command.map_or(Place::Start, Place::Command))
                }),
                Subject::Spot(spot) => {
                    let place = spot.command.map_or(Place::Start, Place::Command);
                    Some(Then::Message(view.at, spot.message, place))
                }
                Subject::Finding(at, number) if view.spot().is_some() => {
                    view.spot().map(|spot| Then::Message(at, spot.message, Place::Finding(number)))
                }
                Subject::Finding(..) => {
                    let key = model.settings.keys.name_of(Action::Explain);
                    model.say(Tone::Plain, format!("it is about the session as a whole; {key} tells more"));
                    None
                }
                Subject::Nothing => {
                    model.say(Tone::Plain, "there is nothing to open in this line");
                    None
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

/// Makes the ladder anew, and stays where one was.
pub(super) fn refold(view: &mut TimelineView, spot: Spot) {
    view.refresh();
    view.select(spot);
}

/// The session after or before one in the order of the table.
pub(super) fn neighbour(model: &Model, at: u32, forward: bool) -> Option<u32> {
    let Some(Screen::Sessions(sessions)) = model.screens.first() else { return None };
    let position = sessions.order.iter().position(|known| *known == at)?;
    let position = if forward { position.checked_add(1)? } else { position.checked_sub(1)? };
    sessions.order.get(position).copied()
}

pub(super) fn on_message(model: &mut Model, view: &mut MessageView, action: Action, then: &mut Option<Then>) {
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
            let forward = action == Action::NextFinding;
            if !view.step_finding(forward) {
                match view.beyond(forward) {
                    Some((message, at)) => {
                        *then = Some(Then::ReplaceMessage(view.session, message, Place::Finding(at)));
                    }
                    None => model.say(Tone::Plain, "no more findings in this direction"),
                }
            }
        }
        Action::Open if matches!(view.subject(), Subject::Finding(..)) => {
            let found = match view.subject() {
                Subject::Finding(_, at) => usize::try_from(at).ok().and_then(|at| view.open.findings.get(at)),
                _ => None,
            };
            if let Some(finding) = found {
                let lines = crate::tui::findings::told(&view.open, finding, 72);
                model.popup = Some(Popup::Text { title: finding.rule.to_string(), list: Listing::new(lines) });
            }
        }
        Action::Decode | Action::Open => match view.value() {
            Some(value) => {
                let width = usize::from(model.size.0).saturating_sub(10).min(100);
                let lines = crate::tui::values::readings(&value, width);
                let title = view.element().unwrap_or_default();
                model.popup = Some(Popup::Text { title: format!("Value of {title}"), list: Listing::new(lines) });
            }
            None => model.say(Tone::Plain, "there is no value in this line"),
        },
        Action::Jump if view.is_within(Tag::Cred) || view.is_within(Tag::Chal) => {
            let close = crate::tui::timeline::close(&view.open, view.number);
            let to = match view.is_within(Tag::Cred) {
                true => close.and_then(|close| close.credentials.as_ref()?.asked).map(|at| (at, Tag::Chal)),
                false => close.and_then(|close| close.challenge.as_ref()?.used).map(|at| (at, Tag::Cred)),
            };
            match to {
                Some((message, tag)) => *then = Some(Then::Message(view.session, message, Place::Element(tag))),
                None => model.say(Tone::Plain, "what belongs to this is not in the session"),
            }
        }
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
            if crate::tui::timeline::message(&view.open, next).is_some() {
                *then = Some(Then::ReplaceMessage(view.session, next, Place::Start));
            }
        }
        Action::Preceding if view.number > 1 => {
            *then = Some(Then::ReplaceMessage(view.session, view.number.saturating_sub(1), Place::Start));
        }
        _ => {}
    }
}

pub(super) fn on_findings(model: &mut Model, view: &mut FindingsView, action: Action, then: &mut Option<Then>) {
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

/// Where a case was decided: session, message and place in it.
pub(super) fn first_evidence(model: &Model, subject: &Subject) -> Option<(u32, u32, Place)> {
    let Subject::Case(id) = subject else { return None };
    let case = model.store.tail()?.testcases.iter().find(|case| case.id == *id)?;
    let evidence = crate::tui::findings::deciding(case)?;
    let place = evidence.element.as_deref().map_or(Place::Start, |path| Place::Path(path.to_owned()));
    Some((evidence.session, evidence.message.unwrap_or(1), place))
}
