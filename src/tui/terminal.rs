//! The terminal itself: events in, frames out, and the way back on every way out.

use super::feed::Incoming;
use super::keys::Stroke;
use super::line::Tone;
use super::model::Model;
use super::mouse;
use super::sessions::Column;
use super::update::{self, Effect};
use super::view;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, DisableMouseCapture, EnableMouseCapture, Event, KeyEventKind};
use ratatui::crossterm::execute;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// How long arrivals are taken in before the next frame.
const TAKING: Duration = Duration::from_millis(12);
/// How long is waited for a key while something arrives, and while nothing does.
const BUSY: Duration = Duration::from_millis(15);
const IDLE: Duration = Duration::from_millis(200);
/// Octets of a text that terminals take into their clipboard.
const CLIPBOARD: usize = 70_000;

/// What happens outside the screen.
pub trait Outside {
    /// Writes a file under a name like this that is not taken yet; gives the name.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    fn write(&mut self, name: &str, octets: &[u8]) -> io::Result<String>;

    /// Remembers the columns for the next time.
    fn remember(&mut self, columns: &[Column]);
}

/// Gives the terminal back, on return, on error and on panic.
struct Guard {
    mouse: bool,
}

impl Guard {
    fn enter(mouse: bool) -> io::Result<(Self, DefaultTerminal)> {
        // Also sets a hook that restores the terminal before a panic is told.
        let terminal = ratatui::try_init()?;
        let guard = Self { mouse };
        if mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
            let hook = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                let _ = execute!(io::stdout(), DisableMouseCapture);
                hook(info);
            }));
        }
        Ok((guard, terminal))
    }

    fn mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.mouse {
            let _ = execute!(io::stdout(), DisableMouseCapture);
        }
        ratatui::restore();
    }
}

/// Shows the state until the user leaves, or what is live has come to its end.
///
/// # Errors
///
/// When there is no terminal, or it can't be written to.
pub fn run(model: &mut Model, incoming: &Receiver<Incoming>, outside: &mut dyn Outside) -> io::Result<()> {
    let (mut guard, mut terminal) = Guard::enter(model.settings.mouse)?;
    let began = Instant::now();
    let mut open = true;
    loop {
        let busy = take(model, incoming, &mut open);
        if model.live.as_ref().is_some_and(|live| live.has_ended()) {
            return Ok(());
        }
        let size = terminal.size()?;
        model.size = (size.width, size.height);
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        update::settle(model, millis);
        terminal.draw(|frame| {
            let area = frame.area();
            model.size = (area.width, area.height);
            view::draw(model, frame.buffer_mut());
        })?;
        let mut wait = if busy { BUSY } else { IDLE };
        // All keys that wait count before the next frame: a key that repeats never lags behind.
        while event::poll(wait)? {
            wait = Duration::ZERO;
            match happened(model, &event::read()?) {
                Effect::None => {}
                Effect::Quit => return Ok(()),
                Effect::Redraw => terminal.clear()?,
                Effect::Mouse(on) => guard.mouse(on)?,
                Effect::Copy(text) => copy(model, &text)?,
                Effect::Remember(columns) => outside.remember(&columns),
                Effect::Write { name, octets, remark } => match outside.write(&name, &octets) {
                    Ok(name) if remark.is_empty() => model.say(Tone::Good, format!("written: {name}")),
                    Ok(name) => model.say(Tone::Good, format!("written: {name} ({remark})")),
                    Err(error) => model.say(Tone::Error, format!("{name} can't be written: {error}")),
                },
            }
            let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            update::settle(model, millis);
        }
    }
}

/// Takes arrivals for a moment; whether more may be waiting, or come soon. What is live may be still for hours: then it is
/// looked at less often.
fn take(model: &mut Model, incoming: &Receiver<Incoming>, open: &mut bool) -> bool {
    let until = Instant::now() + TAKING;
    let mut taken = false;
    while *open {
        match incoming.try_recv() {
            Ok(arrived) => {
                update::arrive(model, arrived);
                taken = true;
            }
            Err(TryRecvError::Empty) => return taken || model.live.is_none(),
            Err(TryRecvError::Disconnected) => *open = false,
        }
        if Instant::now() >= until {
            return true;
        }
    }
    false
}

fn happened(model: &mut Model, event: &Event) -> Effect {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => match Stroke::of(key) {
            Some(stroke) => update::key(model, stroke, event),
            None => Effect::None,
        },
        Event::Mouse(mouse) => mouse::update(model, mouse),
        Event::Resize(width, height) => {
            model.size = (*width, *height);
            Effect::None
        }
        _ => Effect::None,
    }
}

/// OSC 52: the terminal takes it into its clipboard, also over ssh.
fn copy(model: &mut Model, text: &str) -> io::Result<()> {
    if text.len() > CLIPBOARD {
        model.say(Tone::Open, "too long for the clipboard of a terminal; e writes it to a file");
        return Ok(());
    }
    let mut out = io::stdout();
    write!(out, "\x1b]52;c;{}\x07", STANDARD.encode(text))?;
    out.flush()
}
