//! What the proxy has to say, a line at a time. No credential and no octet of a body gets into a line.

use std::sync::Arc;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What happens: connections and exchanges.
    Info,
    /// A connection that failed, and what may help.
    Warning,
    /// Something that the proxy can't do any more.
    Error,
}

type Write = dyn Fn(Level, &str) + Send + Sync;

/// Where lines go. Texts in them that come from outside are not escaped yet.
#[derive(Clone)]
pub struct Log(Arc<Write>);

impl Log {
    /// A log that hands its lines over.
    pub fn new(write: impl Fn(Level, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    /// One line.
    pub fn line(&self, level: Level, text: &str) {
        (self.0)(level, text);
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
}
