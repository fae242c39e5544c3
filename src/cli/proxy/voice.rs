//! What the proxy says: on standard error, or on its screen while there is one.

use crate::cli::output::{Level, Output, Remarks};
#[cfg(feature = "tui")]
use crate::tui::live::{Journal, Remark};
#[cfg(feature = "tui")]
use std::sync::atomic::{AtomicBool, Ordering};
#[cfg(feature = "tui")]
use std::sync::{Mutex, PoisonError};

/// Errors that are said once more on standard error after the screen was left.
#[cfg(feature = "tui")]
const AGAIN: usize = 20;

/// Where lines go. Under a screen nothing goes to standard error: it would be written into what is drawn.
#[derive(Debug)]
pub(super) struct Voice {
    remarks: Remarks,
    #[cfg(feature = "tui")]
    on_screen: AtomicBool,
    #[cfg(feature = "tui")]
    journal: Journal,
    #[cfg(feature = "tui")]
    errors: Mutex<Vec<String>>,
}

impl Voice {
    /// On standard error.
    pub(super) fn new(output: &Output) -> Self {
        Self {
            remarks: output.remarks(),
            #[cfg(feature = "tui")]
            on_screen: AtomicBool::new(false),
            #[cfg(feature = "tui")]
            journal: Journal::default(),
            #[cfg(feature = "tui")]
            errors: Mutex::default(),
        }
    }

    /// One line. Never waits for the screen.
    pub(super) fn line(&self, level: Level, text: &str) {
        #[cfg(feature = "tui")]
        if self.on_screen.load(Ordering::Acquire) {
            if self.remarks.wants(level) {
                self.on_screen(level, text);
            }
            return;
        }
        self.remarks.line(level, text);
    }
}

#[cfg(feature = "tui")]
impl Voice {
    fn on_screen(&self, level: Level, text: &str) {
        use crate::tui::line::Tone;
        let tone = match level {
            Level::Detail => Tone::Dim,
            Level::Note => Tone::Plain,
            Level::Warning => Tone::Warning,
            Level::Error => Tone::Error,
        };
        if level == Level::Error {
            let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            if errors.len() < AGAIN {
                errors.push(text.to_owned());
            }
        }
        self.journal.say(Remark { tone, text: text.to_owned() });
    }

    /// From now on there is a screen.
    pub(super) fn to_screen(&self) {
        self.on_screen.store(true, Ordering::Release);
    }

    /// From now on there is none. What no longer works is said once more.
    pub(super) fn to_stderr(&self) {
        self.on_screen.store(false, Ordering::Release);
        let errors = std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner));
        errors.iter().for_each(|text| self.remarks.line(Level::Error, text));
    }

    /// What waits for the screen.
    pub(super) fn journal(&self) -> &Journal {
        &self.journal
    }
}
