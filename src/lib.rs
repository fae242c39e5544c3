//! dmscope: conformance tests and protocol analysis for OMA Device Management.
//!
//! Reading the modules in this order is reading the way of the data, from bytes to verdict. Each knows only the ones
//! that the picture puts to its left; `tests/layers.rs` holds the code to it, and `ARCHITECTURE.md` says why.
#![doc = include_str!("../docs/layers.txt")]
//!
//! From a capture to what the rules found:
//!
//! ```
//! use dmscope::analysis::{self, Inputs, Options, Sink};
//! use dmscope::capture::sources::Source;
//! use dmscope::verdict::JudgedSession;
//!
//! /// Counts sessions; a report would keep them.
//! struct Count(u32);
//!
//! impl Sink for Count {
//!     fn session(&mut self, _number: u32, _session: &JudgedSession) -> std::io::Result<()> {
//!         self.0 += 1;
//!         Ok(())
//!     }
//! }
//!
//! let capture = Source { path: "captures/10-atomic.pcap".into(), size: None };
//! let mut sessions = Count(0);
//! let outcome = analysis::run(&Inputs { sources: vec![capture], of_more: false }, &Options::default(), &mut sessions)?;
//! assert_eq!(sessions.0, 2);
//! // Four commands without a Status.
//! assert!(outcome.rules.iter().any(|rule| rule.id == "STA-002" && rule.violations == 4));
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod base;
pub mod capture;
pub mod net;
pub mod tls;

pub mod http;
pub mod push;
pub mod sms;

pub mod markup;
pub mod wbxml;

pub mod syncml;
pub mod provisioning;
pub mod download;

pub mod dm;
pub mod objects;
pub mod tree;
pub mod ddf;
pub mod rules;

pub mod verdict;

pub mod testcase;

#[cfg(feature = "history")]
pub mod history;

pub mod report;
pub mod export;

pub mod analysis;

#[cfg(feature = "tui")]
pub mod tui;

#[cfg(feature = "proxy")]
pub mod proxy;

pub mod fixture;

#[doc(hidden)]
pub mod entry;

pub mod cli;
