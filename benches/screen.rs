//! How long a frame of the terminal UI takes: `cargo bench --bench screen`. A table of 8 000 sessions at 140×45.

#![allow(missing_docs, reason = "criterion's macros write functions")]
#![allow(unused_crate_dependencies, reason = "benches share the library's list")]
#![allow(clippy::expect_used, reason = "a bench without its input is none")]

use criterion::{Criterion, criterion_group, criterion_main};
use dmscope::analysis::{self, Inputs, Options, Sink};
use dmscope::capture::sources::Source;
use dmscope::tui::keys::Action;
use dmscope::tui::store::Arrival;
use dmscope::tui::update;
use dmscope::tui::{Incoming, Model, Settings, view};
use dmscope::verdict::JudgedSession;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::hint::black_box;

const SESSIONS: u32 = 8_000;
const SIZE: (u16, u16) = (140, 45);

struct Keep(Vec<JudgedSession>);

impl Sink for Keep {
    fn session(&mut self, _number: u32, session: &JudgedSession) -> std::io::Result<()> {
        self.0.push(session.clone());
        Ok(())
    }
}

/// The sessions of a sample, again and again.
fn model() -> Model {
    let sources = ["captures/10-atomic.pcap", "captures/03-wbxml-md5-challenge.pcapng"];
    let sources = sources.map(|path| Source { path: path.into(), size: None }).to_vec();
    let mut keep = Keep(Vec::new());
    let options = Options { closeups: true, carried: true, ..Options::default() };
    analysis::run(&Inputs { sources, of_more: false }, &options, &mut keep).expect("the samples can be read");
    let mut model = Model::new("bench", Settings::default());
    model.size = SIZE;
    for (number, session) in (1..=SESSIONS).zip(keep.0.iter().cycle()) {
        let arrival = Arrival::new(number, session).expect("a session");
        update::arrive(&mut model, Incoming::Session(Box::new(arrival)));
    }
    update::settle(&mut model, 0);
    model
}

fn frame(model: &Model, buffer: &mut Buffer) {
    view::draw(model, buffer);
    black_box(buffer);
}

fn screens(criterion: &mut Criterion) {
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    let mut group = criterion.benchmark_group("screen");
    let walks: [(&str, &[Action]); 4] = [
        ("sessions", &[]),
        ("timeline", &[Action::Open]),
        ("message", &[Action::Open, Action::Open]),
        ("findings", &[Action::Findings]),
    ];
    for (name, walk) in walks {
        let mut model = model();
        for action in walk {
            update::update(&mut model, *action);
        }
        update::settle(&mut model, 0);
        group.bench_function(format!("{name}/frame"), |bencher| bencher.iter(|| frame(&model, &mut buffer)));
        group.bench_function(format!("{name}/key and frame"), |bencher| {
            bencher.iter(|| {
                update::update(&mut model, Action::Down);
                update::settle(&mut model, 0);
                frame(&model, &mut buffer);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, screens);
criterion_main!(benches);
