//! The device's management tree as it became known.

use super::keys::Action;
use super::line::Tone;
use super::model::{Listing, Model};

/// The state of the screen.
#[derive(Debug, Clone, Default)]
pub struct TreeView {
    /// What stands above it.
    pub title: String,
    /// Its lines.
    pub list: Listing,
}

/// Opens the screen.
pub(super) fn show(model: &mut Model) {
    model.say(Tone::Plain, "no tree yet");
}

/// An action on it.
pub(super) fn update(_model: &mut Model, _view: &mut TreeView, _action: Action) {}
