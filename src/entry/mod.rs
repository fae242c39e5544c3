//! One entry for each decoder, for whoever sends it hostile octets.
//!
//! **In**: any octets. **Out**: nothing, or what was read. Each function must come back, without a panic, in time and
//! memory that follow the length of its input; and it asserts what its decoder promises of every input, that encoding
//! again gives the same octets for one. **Does not know** who calls: the fuzzer (`fuzz/`), generated input and the replayed
//! corpus (`tests/hostile.rs`) all come through here, so that what one of them finds the others keep.
//!
//! Not part of the public interface: an assertion here is a defect of dmscope that was found.
//!
//! [`frames`] and [`http`] take what lies between two layers, which has no file format. [`records`] says how they are
//! written in a row of octets.

mod codecs;
mod pipeline;
pub mod records;
mod sms;
mod streams;

pub use codecs::{download, message, provisioning, push, wbxml, xml};
pub use pipeline::{analyse, filter, fixture, pipeline};
pub use sms::{gsmtap, smpp, sms};
pub use streams::{capture, frames, http, tls};

/// An entry, by the name of its folder in the corpus.
pub type Entry = (&'static str, fn(&[u8]));

/// Every entry.
pub const ALL: &[Entry] = &[
    ("capture", capture),
    ("frames", frames),
    ("tls", tls),
    ("http", http),
    ("push", push),
    ("sms", sms),
    ("gsmtap", gsmtap),
    ("smpp", smpp),
    ("provisioning", provisioning),
    ("download", download),
    ("wbxml", wbxml),
    ("xml", xml),
    ("message", message),
    ("filter", filter),
    ("fixture", fixture),
    ("pipeline", pipeline),
];
