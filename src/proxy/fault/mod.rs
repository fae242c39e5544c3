//! Faults on demand: what to break, when, and how it is written down.
