//! One direction of a connection.

use super::handshake::Messages;
use super::hash::Secret;
use super::protect::Opener;
use super::record::{HEADER, Header};
use super::search::Search;
use crate::base::{FrameNo, Timestamp};

/// The frame that is being read, and its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) frame: FrameNo,
    pub(super) time: Timestamp,
}

/// Which keys the records of a direction are under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Those of TLS 1.0 to 1.2.
    Tls12,
    /// Those of early data.
    Early,
    /// Those of the handshake of TLS 1.3.
    Handshake,
    /// Those of application data of TLS 1.3.
    Application,
}

/// How the next record is read.
pub(super) enum Keys {
    /// As it is.
    Plain,
    /// With keys that are made when the record comes.
    Wanted(Stage),
    /// With these.
    Open(Stage, Opener),
}

/// What a record waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// The hello of the other end, which may stand in a later frame.
    Hello,
    /// EncryptedExtensions, which say whether early data counts.
    Extensions,
    /// A secret that the capture may still bring.
    Secret,
}

/// The state of one direction.
pub(super) struct Side {
    /// The record under reassembly, or the one that waits; after missing octets, all that came since.
    pub(super) record: Vec<u8>,
    /// Where the last octet in `record` came from.
    pub(super) place: Option<Place>,
    /// What the record waits for.
    pub(super) need: Option<Need>,
    /// Octets that still come of a record that is lost.
    pub(super) skip: usize,
    /// The search for the next record.
    pub(super) search: Option<Search>,
    pub(super) keys: Keys,
    /// The traffic secret in use, from which the next one follows.
    pub(super) secret: Option<Secret>,
    /// Number of the next record under these keys.
    pub(super) sequence: u64,
    /// Records read or passed over so far.
    pub(super) records: u64,
    /// Records that may fail to open, since they are under other keys.
    pub(super) foreign: u32,
    pub(super) messages: Messages,
    /// Nothing more is read.
    pub(super) closed: bool,
    /// The end was told.
    pub(super) ended: bool,
}

impl Default for Side {
    fn default() -> Self {
        Self {
            record: Vec::new(),
            place: None,
            need: None,
            skip: 0,
            search: None,
            keys: Keys::Plain,
            secret: None,
            sequence: 0,
            records: 0,
            foreign: 0,
            messages: Messages::default(),
            closed: false,
            ended: false,
        }
    }
}

/// What stands at the start of some octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framed {
    /// It takes this many octets to tell more.
    Short(usize),
    /// A whole record of this many octets.
    Whole(usize),
    /// No record.
    Bad,
}

impl Side {
    /// What stands at the start of `octets`. `hello` where a hello in the format of SSL 2.0 may come.
    pub(super) fn framed(octets: &[u8], hello: bool) -> Framed {
        let total = match octets {
            [first @ 0x80..=0xff, rest @ ..] if hello => {
                let Some(second) = rest.first() else { return Framed::Short(2) };
                2 + usize::from(u16::from_be_bytes([first & 0x7f, *second]))
            }
            _ => match Header::parse(octets) {
                Some(header) => header.total(),
                None if octets.len() < HEADER => return Framed::Short(HEADER),
                None => return Framed::Bad,
            },
        };
        if octets.len() < total { Framed::Short(total) } else { Framed::Whole(total) }
    }

    /// The next records are under other keys.
    pub(super) fn want(&mut self, stage: Stage) {
        self.keys = Keys::Wanted(stage);
        self.sequence = 0;
    }

    /// Lets go of all that is held.
    pub(super) fn release(&mut self) {
        self.record = Vec::new();
        self.messages = Messages::default();
        self.keys = Keys::Plain;
        self.secret = None;
        self.need = None;
        self.search = None;
        self.skip = 0;
    }

    /// Octets held.
    pub(super) fn weight(&self) -> usize {
        self.record.capacity().saturating_add(self.messages.weight())
    }
}
