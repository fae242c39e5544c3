use super::*;
use crate::tui::keys::Action;
use crate::tui::model::Screen;
use crate::tui::update::{self, Effect};
use crate::tui::{Incoming, Model, Settings, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A proxy that is none.
#[derive(Debug, Default)]
struct Fake {
    on: AtomicBool,
    from_devices: AtomicU64,
    journal: Journal,
    ended: AtomicBool,
}

impl LiveControl for Fake {
    fn status(&self) -> LiveStatus {
        LiveStatus {
            listens: "127.0.0.1:8080".into(),
            leads: "http://dm.example.com".into(),
            records: String::new(),
            connections: 2,
            accepted: 7,
            exchanges: 19,
            from_devices: self.from_devices.load(Ordering::Relaxed),
            to_devices: 0,
            findings: [1, 2, 3],
        }
    }

    fn switches(&self) -> Vec<Switch> {
        let on = self.on.load(Ordering::Relaxed);
        let steady = Switch { name: "delay 3s on client".into(), on: true, applied: 4 };
        vec![steady, Switch { name: "drop-final on server package 4".into(), on, applied: 0 }]
    }

    fn turn(&self, number: usize) -> Option<bool> {
        (number == 1).then(|| !self.on.fetch_xor(true, Ordering::Relaxed))
    }

    fn remarks(&self) -> Vec<Remark> {
        self.journal.take()
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

impl Fake {
    fn say(&self, tone: Tone, text: impl Into<String>) {
        self.journal.say(Remark { tone, text: text.into() });
    }
}

fn model() -> (Model, Arc<Fake>) {
    let mut model = Model::new("proxy", Settings::default());
    let fake = Arc::new(Fake::default());
    update::arrive(&mut model, Incoming::Live(fake.clone()));
    update::settle(&mut model, 0);
    (model, fake)
}

fn drawn(model: &Model) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, model.size.0, model.size.1));
    view::draw(model, &mut buffer);
    let width = usize::from(model.size.0);
    let rows = buffer.content.chunks(width).map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    rows.map(|row| row.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_live_screen_shows_traffic_faults_and_what_was_said() {
    let (mut model, fake) = model();
    fake.say(Tone::Plain, "listening on 127.0.0.1:8080");
    fake.say(Tone::Error, "E STA-002  client of \u{1b}[2Jdev: no Status");
    update::update(&mut model, Action::Live);
    update::settle(&mut model, 1_000);
    fake.from_devices.store(6_144, Ordering::Relaxed);
    update::settle(&mut model, 3_000);
    insta::assert_snapshot!(drawn(&model));
}

#[test]
fn enter_turns_the_selected_fault() {
    let (mut model, fake) = model();
    update::update(&mut model, Action::Live);
    update::settle(&mut model, 0);
    let Some(Screen::Live(state)) = model.screens.last_mut() else { panic!("no live screen") };
    assert!(state.list.select(&Subject::Choice(1)));
    update::update(&mut model, Action::Open);
    assert!(fake.on.load(Ordering::Relaxed));
    assert_eq!(model.notice.as_ref().unwrap().text, "the fault is on");
    update::settle(&mut model, 10);
    assert!(drawn(&model).contains("[on]  drop-final on server package 4"));
    update::update(&mut model, Action::Open);
    assert!(!fake.on.load(Ordering::Relaxed));
    // What is no switch turns nothing.
    update::update(&mut model, Action::Home);
    model.notice = None;
    update::update(&mut model, Action::Open);
    assert_eq!(model.notice, None);
}

#[test]
fn what_is_live_ends_when_it_was_asked_twice_in_a_row() {
    let (mut model, _fake) = model();
    assert_eq!(update::update(&mut model, Action::Quit), Effect::None);
    assert_eq!(model.notice.as_ref().unwrap().text, "q again ends the proxy; then the report is written");
    update::update(&mut model, Action::Down);
    assert_eq!(update::update(&mut model, Action::Quit), Effect::None);
    assert_eq!(update::update(&mut model, Action::Quit), Effect::Quit);
    let mut model = Model::new("x.pcap", Settings::default());
    assert_eq!(update::update(&mut model, Action::Quit), Effect::Quit, "what is not live is left at once");
}

#[test]
fn the_last_remarks_are_kept_and_an_error_shows_on_every_screen() {
    let (mut model, fake) = model();
    for number in 0..REMARKS + 50 {
        fake.say(Tone::Plain, format!("line {number}"));
    }
    fake.say(Tone::Error, "the recording has ended");
    update::settle(&mut model, 0);
    assert_eq!(model.notice.as_ref().unwrap().text, "the recording has ended");
    assert_eq!(model.said.len(), REMARKS);
    assert_eq!(model.said.front().unwrap().text, "line 51");
    for _ in 0..REMARKS {
        fake.say(Tone::Plain, "more");
        update::settle(&mut model, 0);
    }
    assert_eq!(model.said.len(), REMARKS);
    assert!(model.said.iter().all(|remark| remark.text == "more"));
}

#[test]
fn before_a_session_has_ended_the_table_says_so() {
    let (model, _fake) = model();
    assert!(drawn(&model).contains("no session has ended yet (L shows the traffic)"));
}
