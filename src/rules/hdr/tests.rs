//! The exceptions of the rules on headers.
