//! Capture files: bytes to frames.
//!
//! **In**: a file or a pipe: pcap or pcapng, plain, gzip or zstd. **Out**: [`Frame`]s in the order of the file, TLS
//! secrets, and [`Problem`](crate::base::Problem)s, all as [`Event`]s of one [`Reader`]. **Does not know** what is inside
//! a frame.
//!
//! [`sources`] finds the files that a user names; [`mod@write`] writes small captures; `live`, with the feature of that
//! name, makes the same octets out of an interface. A file is read through one bounded
//! window, so its size does not matter. Broken places are reported and stepped over where the next record can be found.
//!
//! Sources: draft-ietf-opsawg-pcap (pcap), draft-ietf-opsawg-pcapng (pcapng), RFC 1952 (gzip), RFC 8878 (zstd). Which
//! pcapng blocks take a frame number is observed from Wireshark, so that numbers are the same there and here.

mod frame;
mod event;
mod reader;
mod sniff;
mod unfold;
mod window;
mod bytes;
mod ledger;
mod resync;
mod pcap;
mod pcapng;
mod interface;

#[cfg(feature = "live")]
pub mod live;
pub mod recording;
pub mod sources;
pub mod write;

pub use event::{Event, SecretsBlock};
pub use frame::{Frame, FrameDirection, LinkType};
pub use reader::Reader;
