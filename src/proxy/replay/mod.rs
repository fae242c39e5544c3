//! One side of a recorded session, played against a live peer.
