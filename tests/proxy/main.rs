//! The proxy, from outside: what passes, what is recorded, what is judged.
#![cfg(feature = "proxy")]
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../program/mod.rs"]
mod program;

mod crowded;
mod faithful;
mod faulty;
mod forward;
mod hostile;
mod house;
mod judged;
mod lasting;
mod screen;
mod secured;
