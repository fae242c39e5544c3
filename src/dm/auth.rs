//! Authentication: who proves what to whom, and how far it came (OMA-TS-DM_Security-V1_2_1, section 5.3;
//! OMA-TS-DM_Protocol-V1_2_1, section 9).
//!
//! Two machines run in a session, one for each claimant: the client proves itself to the server, and the server to the
//! client. The verifier's word is its Status for the claimant's SyncHdr.

use super::memory::Past;
use super::session::EntryId;
use crate::base::Direction;
use crate::markup::Tag;
use crate::syncml::Message;
use base64::Engine as _;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way to prove who one is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `syncml:auth-basic`: user name and password in base64.
    Basic,
    /// `syncml:auth-md5`: digest over user name, password and nonce.
    Md5,
    /// `syncml:auth-MAC`, carried by the `x-syncml-hmac` header: digest over the message too.
    Mac,
    /// Another type, as written.
    Other(String),
}

impl Scheme {
    /// Reads the Type of a Cred or Chal; compared without case, since the texts do not say.
    pub fn of_type(text: &str) -> Self {
        if text.eq_ignore_ascii_case("syncml:auth-basic") {
            Self::Basic
        } else if text.eq_ignore_ascii_case("syncml:auth-md5") {
            Self::Md5
        } else if text.eq_ignore_ascii_case("syncml:auth-MAC") {
            Self::Mac
        } else {
            Self::Other(text.to_owned())
        }
    }

    /// The type as the specification writes it.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Basic => "syncml:auth-basic",
            Self::Md5 => "syncml:auth-md5",
            Self::Mac => "syncml:auth-MAC",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

/// How far a claimant came.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum AuthState {
    /// No credentials, no challenge.
    #[default]
    None,
    /// Credentials were sent and not answered in the capture.
    Presented,
    /// Credentials were asked for, and none that was accepted followed.
    Challenged,
    /// Credentials were accepted.
    Accepted,
    /// Credentials were refused, and the session went no further.
    Failed,
}

/// A nonce that a verifier handed out with a Chal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NonceGiven {
    /// The message with the Chal.
    pub entry: EntryId,
    /// NextNonce as written.
    pub text: String,
    /// NextNonce decoded from base64; `None` when it does not decode.
    pub octets: Option<Vec<u8>>,
    /// Whether it is for the next session (it came with Status 212) and not for the next message.
    pub for_next_session: bool,
}

/// A nonce that was given to a side in an earlier session of the same device and server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// NextNonce as written.
    pub text: String,
    /// NextNonce decoded.
    pub octets: Vec<u8>,
    /// Whether it came with Status 212, to be used from the next session on.
    pub for_next_session: bool,
    /// Whether it is known to be the one in force when the session began: nothing that may have replaced it is missing.
    pub in_force: bool,
}

/// Which nonce made a digest right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NonceOrigin {
    /// None: the scheme has no nonce.
    NotNeeded,
    /// The last one that was given in the session.
    Latest,
    /// One that was given in the session before the last one.
    EarlierInSession,
    /// The last one that was given in an earlier session.
    LastSession,
    /// An older one of an earlier session.
    OlderSession,
    /// The one that was given with the secrets.
    Given,
    /// The empty one.
    Empty,
    /// The default nonce, as four octets 0.
    DefaultOctets,
    /// The default nonce, as the text `0x00000000`.
    DefaultText,
}

impl NonceOrigin {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotNeeded => "no nonce",
            Self::Latest => "the nonce in force",
            Self::EarlierInSession => "an earlier nonce of the session",
            Self::LastSession => "the last nonce of an earlier session",
            Self::OlderSession => "an older nonce of an earlier session",
            Self::Given => "the nonce given for the session",
            Self::Empty => "the empty nonce",
            Self::DefaultOctets => "the default nonce as four zero octets",
            Self::DefaultText => "the default nonce as text",
        }
    }

    /// Whether it is the default nonce, in either form.
    pub const fn is_default(self) -> bool {
        matches!(self, Self::DefaultOctets | Self::DefaultText)
    }
}

/// What recomputing a digest showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProofOutcome {
    /// The digest is right, with this nonce.
    Verified {
        /// Which nonce verified it.
        nonce: NonceOrigin,
        /// Whether that is the nonce that should be used.
        in_force: bool,
    },
    /// No nonce known makes it right; a diagnosis where one fits.
    Wrong {
        /// What was probably done wrong, in words; empty when nothing fits.
        diagnosis: &'static str,
    },
    /// The user name or the password sent in clear is not the one given.
    WrongCredentials,
    /// It is right with a secret that the server put into the account earlier in the session, and no longer with the one that earlier
    /// messages of the session were made with.
    ReplacedSecret,
}

/// One recomputed digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The message whose credentials were recomputed.
    pub entry: EntryId,
    /// By which scheme.
    pub scheme: Scheme,
    /// The result.
    pub outcome: ProofOutcome,
}

impl fmt::Display for Proof {
    /// One sentence for the report.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}, {}: {}", self.entry.0.saturating_add(1), self.scheme, self.outcome)
    }
}

impl fmt::Display for ProofOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified { nonce, in_force: true } => write!(f, "correct, with {}", nonce.name()),
            Self::Verified { nonce, in_force: false } => {
                write!(f, "correct, but with {} and not with the nonce in force", nonce.name())
            }
            Self::Wrong { diagnosis: "" } => f.write_str("wrong: no nonce known makes it right"),
            Self::Wrong { diagnosis } => write!(f, "wrong: {diagnosis}"),
            Self::WrongCredentials => f.write_str("wrong: another user name or password"),
            Self::ReplacedSecret => f.write_str("wrong: the password is one that was put there earlier in the session"),
        }
    }
}

/// Authentication of one side.
#[derive(Debug, Clone, Default)]
pub struct AuthTrack {
    /// The scheme last used or asked for.
    pub scheme: Option<Scheme>,
    /// How far it came.
    pub state: AuthState,
    /// Nonces handed to this side, in order.
    pub nonces: Vec<NonceGiven>,
    /// Messages in which this side sent credentials.
    pub presented: Vec<EntryId>,
    /// Nonces handed to this side in earlier sessions, in order.
    pub carried: Vec<Carried>,
    /// Digests recomputed with given credentials; empty when none were given.
    pub proofs: Vec<Proof>,
}

impl AuthTrack {
    /// Takes the nonces of earlier sessions.
    pub(super) fn carry(&mut self, past: &Past, claimant: Direction) {
        let mut known = past.is_complete() && !past.is_interleaved();
        for earlier in past.sessions().rev() {
            known &= earlier.whole;
            for nonce in earlier.nonces.iter().rev().filter(|nonce| nonce.claimant == claimant) {
                if let Some(octets) = &nonce.octets {
                    let (text, octets) = (nonce.text.clone(), octets.clone());
                    self.carried.push(Carried {
                        text,
                        octets,
                        for_next_session: nonce.code == Some(212),
                        in_force: known,
                    });
                }
                known = false;
            }
        }
        self.carried.reverse();
    }

    /// What recomputing the credentials of a message showed.
    pub fn proof(&self, entry: EntryId) -> Option<&Proof> {
        self.proofs.iter().find(|proof| proof.entry == entry)
    }

    /// Takes note of credentials in a message of the claimant.
    pub(super) fn present(&mut self, entry: EntryId, message: &Message, hmac: bool) {
        let cred = message.hdr.cred.and_then(|cred| message.auth_type(cred)).map(Scheme::of_type);
        let scheme = if hmac { Some(Scheme::Mac) } else { cred };
        if hmac || message.hdr.cred.is_some() {
            self.presented.push(entry);
            self.scheme = scheme.or(self.scheme.take());
            if self.state != AuthState::Accepted {
                self.state = AuthState::Presented;
            }
        }
    }

    /// Takes the verifier's Status for the claimant's SyncHdr; `carried` says whether that message had credentials.
    pub(super) fn answer(&mut self, entry: EntryId, code: u16, challenge: Option<Challenge>, carried: bool) {
        let challenged = challenge.is_some();
        if let Some(Challenge { scheme, nonce }) = challenge {
            if self.scheme.is_none() || matches!(code, 401 | 407) {
                self.scheme = scheme.or(self.scheme.take());
            }
            if let Some(text) = nonce {
                let octets = decode_base64(&text);
                self.nonces.push(NonceGiven { entry, text, octets, for_next_session: code == 212 });
            }
        }
        self.state = match code {
            212 => AuthState::Accepted,
            200..=299 if carried => AuthState::Accepted,
            401 if carried && !challenged => AuthState::Failed,
            401 | 407 => AuthState::Challenged,
            _ => self.state,
        };
    }
}

/// What a Chal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme that is asked for.
    pub scheme: Option<Scheme>,
    /// NextNonce as written.
    pub nonce: Option<String>,
}

impl Challenge {
    /// Reads a Chal element.
    pub fn of(message: &Message, chal: crate::markup::NodeId) -> Self {
        let meta = message.tree().child(chal, Tag::Meta);
        Self {
            scheme: message.auth_type(chal).map(Scheme::of_type),
            nonce: message.value(message.met_inf(meta, Tag::NextNonce)).map(str::to_owned),
        }
    }

    /// The octets that NextNonce stands for; `None` without one, or when it does not decode.
    pub fn nonce_octets(&self) -> Option<Vec<u8>> {
        decode_base64(self.nonce.as_deref()?)
    }
}

/// Decodes base64 as it is met on the wire: white space ignored, padding optional.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let clean: String = text.chars().filter(|ch| !ch.is_ascii_whitespace() && *ch != '=').collect();
    base64::engine::general_purpose::STANDARD_NO_PAD.decode(clean).ok()
}
