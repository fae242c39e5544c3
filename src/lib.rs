//! dmscope: conformance tests and protocol analysis for OMA Device Management.
//!
//! Reading the modules in this order is reading the way of the data, from bytes to verdict. Each knows only the ones
//! that the picture puts to its left; `tests/layers.rs` holds the code to it, and `ARCHITECTURE.md` says why.
#![doc = include_str!("../docs/layers.txt")]

pub mod base;
pub mod capture;
pub mod net;

pub mod http;

pub mod markup;
pub mod wbxml;

pub mod syncml;

pub mod dm;
pub mod rules;

pub mod verdict;

pub mod report;

pub mod analysis;

pub mod fixture;

#[doc(hidden)]
pub mod entry;

pub mod cli;
