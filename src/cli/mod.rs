//! The command line: arguments to calls, one file for each command.
//!
//! **In**: arguments. **Out**: results on standard output, everything else on standard error, and an exit code:
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | everything asked for was done; nothing at or above `--fail-on` |
//! | 1 | done, and a verdict is at or above `--fail-on` |
//! | 2 | the command line, or a file that it names as a setting, is wrong; or a result could not be written |
//! | 3 | an input could not be read, or only in part; what could be read was analysed and reported |
//!
//! Where several apply, 2 comes before 3, and 3 before 1.

mod analyze;
mod args;
mod ca;
mod capture;
mod catalogue;
mod completions;
mod credentials;
mod ddf;
mod decode;
mod encode;
mod exit;
mod export;
mod history;
mod ics;
mod inputs;
mod judgement;
#[cfg(any(feature = "proxy", feature = "live"))]
mod live;
mod man;
mod messages;
mod output;
mod payload;
mod progress;
mod proxy;
mod recording;
mod replay;
mod reports;
mod rules;
mod run;
mod secrets;
mod shard;
mod stored;
mod testcases;
#[cfg(feature = "proxy")]
mod tls;
mod tree;
mod view;
mod waivers;
mod whole;

use crate::base::suggest;

pub use run::main;
