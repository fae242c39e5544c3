//! Between device and server: a relay that changes nothing, records everything, and feeds the pipeline.
//!
//! **In**: connections of devices. **Out**: the same octets to the server and back; packets of synthesised TCP for a
//! recording and for the pipeline. **Does not know** rules, reports, the terminal, nor the command line.
//!
//! What passes is parsed only to decide something (where to connect, whether a fault applies), and never written anew unless a
//! fault asks for it.

pub mod authority;
pub mod counters;
pub mod fault;
pub mod log;
pub mod recorder;
pub mod replay;
pub mod server;
pub mod settings;
pub mod tls;

mod answer;
mod connection;
mod cut;
mod exchange;
mod passing;
mod tap;
mod watch;
