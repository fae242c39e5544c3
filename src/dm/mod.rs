//! DM sessions: messages with direction, time and frames to [`Session`]s.
//!
//! **In**: HTTP exchanges ([`Tracker`]). **Out**: one [`Session`] for each management session, complete: packages and
//! messages numbered, every Status and Results tied to what it answers and back, authentication of both sides, large
//! objects re-joined, sizes followed, what answers tell of nodes, and in one sentence how it ended. **Does not know** rules.
//!
//! Two steps, each testable alone: [`Tracker`] decides which message belongs to which session and when nothing more will
//! come, and remembers what a later session may depend on ([`Past`]); `Session::build` reads the messages of one session in
//! order and works out everything else.
//!
//! Sources: OMA-TS-DM_Protocol-V1_2_1 (sections 6 to 9), OMA-TS-DM_Security-V1_2_1 (5.3), OMA-TS-SyncML-RepPro-V1_2_2.

mod accounts;
mod auth;
mod bootstrap;
mod build;
mod carrier;
mod classify;
mod digest;
mod download;
mod ending;
mod http_facts;
mod links;
mod live;
mod memory;
mod named;
mod nodes;
mod notified;
mod object;
mod operations;
mod package;
mod phase;
mod reorder;
mod resolve;
mod session;
mod tracker;
mod transport;
pub mod uri;
mod version;

pub use crate::download::{Descriptor, MediaObject, Report};
pub use crate::http::{Anomaly as HttpAnomaly, BodyEnd, HttpVersion};
pub use crate::push::{ApplicationId, BootstrapMedia, BootstrapPush, HEADER as NOTIFICATION_HEADER, Notification};
pub use accounts::{WrittenAccount, written_accounts};
pub use auth::{AuthState, AuthTrack, Carried, Challenge, NonceGiven, NonceOrigin, Proof, ProofOutcome, Scheme};
pub use bootstrap::{Bootstrap, BootstrapContent, SharedSecret, Tied, looks_like_bootstrap};
pub use carrier::{Carrier, Delivery, PUSHES, Party};
pub use classify::Content;
pub use digest::{HmacHeader, Secret, Secrets};
pub use download::{Completeness, Coverage, Download, Fetch, FetchContent, Purpose};
pub use http_facts::{Accept, BareResponse, ContentType};
pub use links::{Place, Resolution};
pub use memory::{Earlier, EarlierDigest, EarlierNonce, Past};
pub use nodes::{Known, NodeFact};
pub use notified::{EarlierNotice, IdForm, Notice, NoticeProof, Notified, OtherWay, Tie};
pub use object::{Chunk, LargeObject, LargeObjectSupport, ObjectEnd};
pub use operations::{
    AlertContent, EarlierAlert, EarlierDownload, EarlierExec, EarlierNode, EarlierState, is_firmware_version, is_state,
    result_code,
};
pub use package::{Packages, Step};
pub use phase::{Phase, PhaseInput};
pub use session::{End, Entry, EntryId, HttpAnswer, Identity, Package, Session, SizeLimit};
pub use tracker::{Finished, Kept, Marks, Tracker};
pub use transport::Transport;
pub use version::{Profile, Version};

#[cfg(test)]
mod tests;
