//! Exceptions and doubtful cases.
