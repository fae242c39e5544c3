//! Capture files: bytes to frames.
//!
//! **In**: a file or a pipe: pcap or pcapng, plain, gzip or zstd. **Out**: [`Frame`]s in the order of the file, TLS
//! secrets, and [`Problem`](crate::base::Problem)s. **Does not know** what is inside a frame.

mod frame;

pub use frame::{Frame, FrameDirection, LinkType};
