//! Sessions to files that other tools read: a capture in clear, and an HTTP archive.
//!
//! **In**: what carried the sessions ([`Carried`](crate::verdict::Carried)). **Out**: pcapng ([`Clear`], [`slice`]) and HAR
//! ([`Har`]). **Does not know** how sessions came about, nor what is in a message.
//!
//! HTTP is written again from heads and bodies (`h1`, `h2`), each with the framing that its head names; around it go the
//! packets of `net::wire`. Times, addresses and what was missing are those of the capture, so that reading the file again
//! gives the same sessions with the same findings; frames are new ones, and comments say which they were.

mod clear;
mod h1;
mod h2;
mod har;

pub use clear::{Clear, slice};
pub use har::Har;

use crate::verdict::{CarriedCoding, CarriedMessage};
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use std::io::{self, Write};

/// The octets of one HTTP message.
#[derive(Debug, Default)]
struct Rendered {
    /// Its head: what was there when it began.
    head: Vec<u8>,
    /// Everything after that.
    rest: Vec<u8>,
    /// What happens to the connection then.
    then: Then,
}

/// What happens to a connection behind a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Then {
    /// Nothing.
    #[default]
    GoesOn,
    /// So many octets follow that are not in the capture.
    Skips(u32),
    /// The sender has sent all that it sends.
    Finishes,
    /// The connection breaks.
    Breaks,
}

/// The body with the content coding that it had.
fn coded(message: &CarriedMessage) -> io::Result<Vec<u8>> {
    match message.coding {
        None => Ok(message.body.clone()),
        // The same octets for the same body: no name, no time.
        Some(CarriedCoding::Gzip) => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&message.body)?;
            encoder.finish()
        }
        Some(CarriedCoding::Deflate) => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&message.body)?;
            encoder.finish()
        }
    }
}
