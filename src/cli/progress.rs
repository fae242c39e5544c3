//! Progress on standard error, when that is a terminal.

use crate::analysis::Progress;
use crate::report::visible;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal};

/// A bar with what is being read; nothing where nobody looks.
#[derive(Debug)]
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(super) fn new(wanted: bool) -> Self {
        Self((wanted && io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec}  {wide_msg}");
            let bar = ProgressBar::no_length();
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        }))
    }

    pub(super) fn show(&self, progress: &Progress<'_>) {
        let Some(bar) = &self.0 else { return };
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_message(visible(progress.input).into_owned());
        bar.set_position(progress.bytes);
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
