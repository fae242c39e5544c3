//! HTTP/2: frames to exchanges.
//!
//! **In**: the octets of a connection whose client said the preface of HTTP/2, or went over to it with `Upgrade: h2c`.
//! **Out**: the same [`Exchange`](super::Exchange)s as from HTTP/1.x, one a stream, in the order in which they become
//! complete. `:authority` becomes a header `host`, `:scheme` stays among the headers; what the server pushes is skipped.
//!
//! [`Http2`] listens; it never speaks, and what would make an endpoint close the connection is passed over where what
//! follows can still be read. Octets that are missing inside a DATA frame leave a gap in that body and nothing else. After
//! others that are missing the heads of that direction can't be read any more, since each rests on those before it, or
//! not even its frames can be told apart: one problem says so, and what the other direction says is still handed out.
//!
//! The header compression is our own (`hpack`). The crates for it decode whole blocks at the pace of a hash table that is
//! built for every string, can't be stopped in a block that unfolds without end, and bring a logger along.
//!
//! **Rests on**: RFC 9113 (HTTP/2), RFC 7540, section 3.2 (the upgrade from HTTP/1.1), RFC 7541 (HPACK).
//! **Limits**: [`Limits::HTTP_HEAD`](crate::base::Limits::HTTP_HEAD) for a header block and for the list it unfolds to,
//! [`Limits::HTTP2_STREAMS`](crate::base::Limits::HTTP2_STREAMS),
//! [`Limits::HPACK_TABLE`](crate::base::Limits::HPACK_TABLE), and those of bodies.
//!
//! From the inside out: `huffman`, `table` (static and dynamic), `hpack` (header blocks), `fields` (their meaning),
//! `frame` (frame headers), `lane` (one direction), `connection` (streams).

mod connection;
mod fields;
mod frame;
mod hpack;
pub(super) mod huffman;
mod lane;
mod table;

pub(super) use connection::Http2;
pub(super) use frame::{Start, first_frame, is_preface_line};
