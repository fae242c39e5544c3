//! The exceptions of the rules on messages and references.
