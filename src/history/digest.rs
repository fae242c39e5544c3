//! What makes a run, or a session, the same one.

use crate::verdict::SessionReport;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What a key is made of. A change to it is a new version.
const VERSION: &str = "dmscope-history/1";

/// A SHA-256 over values, each kept apart from the next.
pub(super) struct Digest(Sha256);

impl Digest {
    pub(super) fn new() -> Self {
        Self(Sha256::new_with_prefix(VERSION))
    }

    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.number(u64::try_from(text.len()).unwrap_or(u64::MAX));
        self.0.update(text);
        self
    }

    pub(super) fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.0.update([u8::from(text.is_some())]);
        self.text(text.unwrap_or_default())
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.0.update(number.to_be_bytes());
        self
    }

    /// In hexadecimal.
    pub(super) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut text, octet| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{octet:02x}");
            text
        })
    }
}

/// What stays the same when the same session is judged again: who, when, and what was sent. Frames are not in it: a part of
/// a capture holds the same session in other frames.
pub(super) fn session_key(session: &SessionReport<'_>) -> String {
    let mut digest = Digest::new();
    let product = &session.product;
    let who = [
        &session.device,
        &session.server,
        &session.session_id,
        &product.manufacturer,
        &product.model,
        &product.firmware,
        &product.software,
        &product.hardware,
    ];
    for text in who {
        digest.optional(text.as_deref());
    }
    digest.text(&session.started.to_string()).text(&session.ended.to_string());
    for message in &session.messages {
        digest.text(&message.time.to_string()).text(&message.encoding).number(message.bytes);
        digest.optional(message.msg_id.as_deref());
        for command in &message.commands {
            digest.text(&command.name).optional(command.target.as_deref()).optional(command.status.as_deref());
        }
    }
    digest.finish()
}
