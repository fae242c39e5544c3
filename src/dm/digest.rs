//! Digests recomputed, where the secrets are known (OMA-TS-DM_Security-V1_2_1, section 5.3; the formulas of
//! `syncml:auth-md5` and of `x-syncml-hmac`).
//!
//! `A1 = B64(MD5(name ":" secret))`; md5: `B64(MD5(A1 ":" nonce))`; MAC: `B64(MD5(A1 ":" nonce ":" B64(MD5(body))))`. The
//! nonce is the octets that NextNonce stands for, not its base64 text: using the text is the most frequent mistake, and
//! has a diagnosis of its own.

use super::auth::{AuthTrack, NonceOrigin, Proof, ProofOutcome, Scheme, decode_base64};
use super::links::Place;
use super::notified::NoticeProof;
use super::operations::secrets_in;
use super::session::{Entry, EntryId, Session};
use crate::base::{Direction, Limits};
use crate::markup::Tag;
use crate::provisioning;
use crate::syncml::{CommandName, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// What one side shows to the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secret {
    /// User name; `None` where Source/LocName of the message is to be taken.
    pub name: Option<String>,
    /// Password.
    pub secret: String,
    /// Nonce of the first digest of the session; later ones are in the traffic.
    pub nonce: Option<Vec<u8>>,
}

/// The secrets of both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// What the client shows to the server.
    pub client: Option<Secret>,
    /// What the server shows to the client.
    pub server: Option<Secret>,
    /// What bootstrap messages to the device are protected with.
    pub bootstrap: provisioning::Secrets,
}

fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// `B64(MD5(name ":" secret))`: all that a verifier must keep.
fn a1(name: &str, secret: &str) -> String {
    STANDARD.encode(md5(&[name.as_bytes(), b":", secret.as_bytes()]))
}

/// The digest of `syncml:auth-md5`.
fn md5_digest(a1: &str, nonce: &[u8]) -> [u8; 16] {
    md5(&[a1.as_bytes(), b":", nonce])
}

/// The digest of `x-syncml-hmac`.
fn mac_digest(a1: &str, nonce: &[u8], body: &[u8]) -> [u8; 16] {
    let body = STANDARD.encode(md5(&[body]));
    md5(&[a1.as_bytes(), b":", nonce, b":", body.as_bytes()])
}

/// The value of an `x-syncml-hmac` header (OMA-TS-DM_Security-V1_2_1, section 5.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacHeader<'h> {
    /// `algorithm`; MD5 where it is absent.
    pub algorithm: &'h str,
    /// `username`, without its quotes.
    pub username: Option<&'h str>,
    /// `mac`, without quotes that should not be there.
    pub mac: Option<&'h str>,
}

impl<'h> HmacHeader<'h> {
    /// Reads the header: a list with commas, in any order, with or without white space.
    pub fn parse(value: &'h str) -> Self {
        let mut header = Self { algorithm: "MD5", username: None, mac: None };
        for part in Self::parts(value) {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = value.trim();
            let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
            match name.trim().to_ascii_lowercase().as_str() {
                "algorithm" => header.algorithm = value,
                "username" => header.username = Some(value),
                "mac" => header.mac = Some(value),
                _ => {}
            }
        }
        header
    }

    /// The parts of the header between its commas; those inside quotes do not separate (RFC 2616, section 2.2,
    /// quoted-string). Where a backslash before a quote leaves the text open to its end, it is no escape.
    pub fn parts(value: &'h str) -> Vec<&'h str> {
        let split = |escapes: bool| {
            let (mut quoted, mut escaped) = (false, false);
            let parts: Vec<&str> = value
                .split(|ch: char| {
                    quoted ^= ch == '"' && !escaped;
                    escaped = escapes && quoted && ch == '\\' && !escaped;
                    ch == ',' && !quoted
                })
                .collect();
            (parts, quoted)
        };
        match split(true) {
            (parts, false) => parts,
            (_, true) => split(false).0,
        }
    }

    /// A text from inside quotes without the backslashes that escape.
    pub fn unescaped(text: &str) -> String {
        let mut escaped = false;
        text.chars()
            .filter(|ch| {
                escaped = *ch == '\\' && !escaped;
                !escaped
            })
            .collect()
    }
}

/// A nonce that may have been used, and what it means when it fits.
struct Candidate {
    octets: Vec<u8>,
    origin: NonceOrigin,
    in_force: bool,
    /// Using it is a mistake: which one.
    mistake: Option<&'static str>,
}

impl Candidate {
    fn new(octets: &[u8], origin: NonceOrigin, in_force: bool) -> Self {
        Self { octets: octets.to_vec(), origin, in_force, mistake: None }
    }

    /// The base64 text of a nonce in place of its octets.
    fn text(text: &str, origin: NonceOrigin) -> Self {
        const MISTAKE: &str = "the base64 text of the nonce was used instead of the octets that it stands for";
        Self { octets: text.as_bytes().to_vec(), origin, in_force: false, mistake: Some(MISTAKE) }
    }
}

impl Session {
    /// Secrets of accounts that the server replaced, and the client accepted with 200, each with its command; at most
    /// [`Limits::REMEMBERED_OF_A_KIND`], the first ones.
    pub fn replaced_secrets(&self) -> Vec<(Place, &str)> {
        let mut found = Vec::new();
        for (entry, sent) in self.sent_by(Direction::ServerToDevice) {
            for (id, command) in sent.message.commands_with_ids() {
                let place = Place { entry, command: Some(id) };
                let is_meant = matches!(command.name, CommandName::Add | CommandName::Replace);
                if !is_meant || found.len() >= Limits::REMEMBERED_OF_A_KIND {
                    continue;
                }
                for value in secrets_in(&sent.message, command) {
                    let mut codes = self.codes_of(place).peekable();
                    if codes.peek().is_some() && codes.all(|code| code == 200) {
                        found.push((place, value));
                    }
                }
            }
        }
        found.truncate(Limits::REMEMBERED_OF_A_KIND);
        found
    }

    /// Recomputes every digest of the session with these secrets; results stand in `proofs` of both sides afterwards.
    pub fn verify(&mut self, secrets: &Secrets) {
        if let Some(secret) = &secrets.client {
            let proofs = proofs(self, Direction::DeviceToServer, &self.client_auth, secret);
            self.client_auth.proofs = proofs;
        }
        if let Some(secret) = &secrets.server {
            let proofs = proofs(self, Direction::ServerToDevice, &self.server_auth, secret);
            self.server_auth.proofs = proofs;
        }
        let earlier: Vec<Secret> = secrets.server.iter().flat_map(|secret| earlier_secrets(self, secret)).collect();
        if let (Some(secret), Some(notification)) = (&secrets.server, &mut self.notification) {
            notification.verify(secret, &self.server_auth.carried);
            for new in &earlier {
                if matches!(notification.proof, Some(NoticeProof::Unverified { .. })) {
                    let first = notification.proof;
                    notification.verify(new, &self.server_auth.carried);
                    notification.proof =
                        notification.proof.filter(|proof| matches!(proof, NoticeProof::Verified { .. })).or(first);
                }
            }
        }
        self.bootstraps.iter_mut().for_each(|bootstrap| bootstrap.verify(&secrets.bootstrap));
    }
}

/// Secrets of earlier sessions that are tried: servers seldom write one.
const EARLIER: usize = 8;

/// What a side may show in place of a secret that was given: what its server wrote in earlier sessions, the latest first.
fn earlier_secrets(session: &Session, secret: &Secret) -> Vec<Secret> {
    let written = session.past().sessions().rev().flat_map(|earlier| earlier.secrets().iter().rev());
    written.take(EARLIER).map(|new| Secret { secret: new.clone(), ..secret.clone() }).collect()
}

fn proofs(session: &Session, claimant: Direction, track: &AuthTrack, secret: &Secret) -> Vec<Proof> {
    let replaced = session.replaced_secrets();
    let earlier = earlier_secrets(session, secret);
    let mut fitted = false;
    let mut judge = |id: EntryId, entry: &Entry| {
        let is_right = |shown: &Proof| matches!(shown.outcome, ProofOutcome::Verified { .. });
        let mut shown = proof(id, entry, track, secret)?;
        if !is_right(&shown) {
            let with_earlier = |new| proof(id, entry, track, new).filter(is_right);
            shown = earlier.iter().find_map(with_earlier).unwrap_or(shown);
        }
        match shown.outcome {
            ProofOutcome::Verified { .. } => fitted = true,
            // A secret that never fitted may be the wrong one, and the account another one.
            _ if !fitted => {}
            _ => {
                let known = replaced.iter().filter(|(place, _)| place.entry < id);
                let fits = known.map(|(_, new)| Secret { secret: (*new).to_owned(), ..secret.clone() }).any(|new| {
                    let shown = proof(id, entry, track, &new);
                    shown.is_some_and(|shown| matches!(shown.outcome, ProofOutcome::Verified { .. }))
                });
                if fits {
                    shown.outcome = ProofOutcome::ReplacedSecret;
                }
            }
        }
        Some(shown)
    };
    session
        .sent_by(claimant)
        .filter(|(_, entry)| entry.content.credentials)
        .filter_map(|(id, entry)| judge(id, entry))
        .collect()
}

fn proof(id: EntryId, entry: &Entry, track: &AuthTrack, secret: &Secret) -> Option<Proof> {
    let header = entry.transport.as_ref().and_then(|transport| transport.header("x-syncml-hmac"));
    secret.check(&entry.message, header, id, track)
}

impl Secret {
    /// Recomputes the credentials of one message of the side that this secret is of; `hmac` is the value of its
    /// `x-syncml-hmac` header. `track` holds the nonces handed to that side, of which those of entries before `id` count.
    /// `None` without credentials, or with those of another scheme.
    pub fn check(&self, message: &Message, hmac: Option<&str>, id: EntryId, track: &AuthTrack) -> Option<Proof> {
        proof_of(id, message, hmac, track, self)
    }

    /// The Data of a Cred; `None` for a scheme that has none. `name` counts where the secret comes without a name.
    pub fn cred(&self, scheme: &Scheme, name: &str, nonce: &[u8]) -> Option<String> {
        let name = self.name.as_deref().unwrap_or(name);
        match scheme {
            Scheme::Basic => Some(STANDARD.encode(format!("{name}:{}", self.secret))),
            Scheme::Md5 => Some(STANDARD.encode(md5_digest(&a1(name, &self.secret), nonce))),
            Scheme::Mac | Scheme::Other(_) => None,
        }
    }

    /// The value of an `x-syncml-hmac` header for a body. `name` counts where the secret comes without a name.
    pub fn hmac(&self, name: &str, nonce: &[u8], body: &[u8]) -> String {
        let name = self.name.as_deref().unwrap_or(name);
        let mac = STANDARD.encode(mac_digest(&a1(name, &self.secret), nonce, body));
        format!("algorithm=MD5, username=\"{name}\", mac={mac}")
    }
}

fn proof_of(id: EntryId, message: &Message, hmac: Option<&str>, track: &AuthTrack, secret: &Secret) -> Option<Proof> {
    if let Some(header) = hmac {
        let header = HmacHeader::parse(header);
        // The same name stands in LocName, without any quoting.
        let of_header = header.username.map(|found| match message.value(message.hdr.source_name) {
            Some(name) if HmacHeader::unescaped(found) == name => name,
            _ => found,
        });
        let name = secret.name.as_deref().or(of_header).unwrap_or_default();
        let given = decode_base64(header.mac?);
        let a1 = a1(name, &secret.secret);
        let outcome = compare(id, track, secret, given.as_deref(), |nonce| mac_digest(&a1, nonce, message.body()));
        return Some(Proof { entry: id, scheme: Scheme::Mac, outcome });
    }
    let cred = message.hdr.cred?;
    let scheme = Scheme::of_type(message.auth_type(cred).unwrap_or("syncml:auth-basic"));
    let data = message.text(message.tree().child(cred, Tag::Data));
    let known = secret.name.as_deref().or(message.value(message.hdr.source_name));
    let name = known.unwrap_or_default();
    let outcome = match scheme {
        Scheme::Basic => {
            // Whose name nobody gave may have any.
            let expected = format!("{name}:{}", secret.secret);
            let is_right = |given: Vec<u8>| match known {
                Some(_) => given == expected.as_bytes(),
                None => given.ends_with(expected.as_bytes()),
            };
            if decode_base64(data).is_some_and(is_right) {
                ProofOutcome::Verified { nonce: NonceOrigin::NotNeeded, in_force: true }
            } else {
                ProofOutcome::WrongCredentials
            }
        }
        Scheme::Md5 => {
            let given = decode_base64(data);
            let a1 = a1(name, &secret.secret);
            let outcome = compare(id, track, secret, given.as_deref(), |nonce| md5_digest(&a1, nonce));
            // With a name that nobody gave, a digest that does not fit says nothing.
            if known.is_none() && !matches!(outcome, ProofOutcome::Verified { .. }) {
                return None;
            }
            outcome
        }
        Scheme::Mac | Scheme::Other(_) => return None,
    };
    Some(Proof { entry: id, scheme, outcome })
}

fn compare(
    id: EntryId,
    track: &AuthTrack,
    secret: &Secret,
    given: Option<&[u8]>,
    digest: impl Fn(&[u8]) -> [u8; 16],
) -> ProofOutcome {
    let Some(given) = given else {
        return ProofOutcome::Wrong { diagnosis: "the digest is no base64" };
    };
    // Digests are sixteen octets; some peers send their hexadecimal text.
    let hex = |digest: [u8; 16]| digest.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    for candidate in candidates(id, track, secret) {
        let computed = digest(&candidate.octets);
        let fits = given == computed || given.eq_ignore_ascii_case(hex(computed).as_bytes());
        if fits && let Some(diagnosis) = candidate.mistake {
            return ProofOutcome::Wrong { diagnosis };
        }
        if fits {
            return ProofOutcome::Verified { nonce: candidate.origin, in_force: candidate.in_force };
        }
    }
    ProofOutcome::Wrong { diagnosis: "" }
}

/// Nonces to try, the one that should be used first.
fn candidates(id: EntryId, track: &AuthTrack, secret: &Secret) -> Vec<Candidate> {
    let mut list = Vec::new();
    let mut known = false;
    for nonce in track.nonces.iter().rev().filter(|nonce| nonce.entry < id) {
        let origin = if known { NonceOrigin::EarlierInSession } else { NonceOrigin::Latest };
        if let Some(octets) = &nonce.octets {
            list.push(Candidate::new(octets, origin, !known));
        }
        list.push(Candidate::text(&nonce.text, origin));
        known = true;
    }
    let in_session = known;
    for (at, nonce) in track.carried.iter().rev().enumerate() {
        let origin = if at == 0 { NonceOrigin::LastSession } else { NonceOrigin::OlderSession };
        // Where more may have been given than was seen, an old nonce is as good as any.
        let in_force = !in_session && (nonce.in_force || !known && secret.nonce.is_none());
        known |= nonce.in_force;
        list.push(Candidate::new(&nonce.octets, origin, in_force));
        list.push(Candidate::text(&nonce.text, origin));
    }
    if let Some(nonce) = &secret.nonce {
        list.push(Candidate::new(nonce, NonceOrigin::Given, !known));
        known = true;
    }
    for (octets, origin) in [
        (&b""[..], NonceOrigin::Empty),
        (&b"\0\0\0\0"[..], NonceOrigin::DefaultOctets),
        (&b"0x00000000"[..], NonceOrigin::DefaultText),
    ] {
        list.push(Candidate::new(octets, origin, !known));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &[u8] = b"Nonce";
    const RAW: &[u8] = &[0x2c, 0x6d, 0xe2, 0x65, 0x08, 0x61, 0x76, 0x62, 0x8d, 0x1e];

    fn b64(digest: [u8; 16]) -> String {
        STANDARD.encode(digest)
    }

    #[test]
    fn credentials_match_the_known_vectors() {
        let bruce = a1("Bruce2", "OhBehave");
        assert_eq!(bruce, "PtEdr8lBQ45IbT1bZIkrOQ==");
        let table: &[(&[u8], &str)] = &[
            (NONCE, "Zz6EivR3yeaaENcRN6lpAQ=="),
            (RAW, "LAK2i25Fh0nxxGGaAzRRpg=="),
            (b"LG3iZQhhdmKNHg==", "kpKgquN4uuyvg2Io01gZ5A=="),
            (b"", "lEf25jyjHbCcTbj4p/1pUw=="),
            (b"\0\0\0\0", "cnPI6nO9RgujiHU0y58kNA=="),
            (b"0x00000000", "/rEaWnNuFj+omqNv8Zls6w=="),
        ];
        for (nonce, expected) in table {
            assert_eq!(b64(md5_digest(&bruce, nonce)), *expected);
        }
        assert_eq!(b64(md5_digest(&a1("Zoë", "pässwörd"), NONCE)), "BF5xxFbAoByg/9ov/gCTyw==");
    }

    #[test]
    fn macs_match_the_known_vectors() {
        let bruce = a1("Bruce2", "OhBehave");
        let body = b"<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>";
        assert_eq!(b64(mac_digest(&bruce, NONCE, body)), "6AZk96DG6F0jSIaEpbK4Ng==");
        assert_eq!(b64(mac_digest(&bruce, RAW, body)), "zkMzIvz+qvb2/PZLDErc7Q==");
    }

    #[test]
    fn an_hmac_header_is_read_in_any_order_and_with_common_mistakes() {
        let expected =
            HmacHeader { algorithm: "MD5", username: Some("Bruce, 2"), mac: Some("6AZk96DG6F0jSIaEpbK4Ng==") };
        let named = |text| HmacHeader::parse(text).username.map(HmacHeader::unescaped);
        assert_eq!(named(r#"username="a\"b,c", mac=x"#).as_deref(), Some("a\"b,c"));
        assert_eq!(HmacHeader::parse(r#"username="a\"b,c", mac=x"#).mac, Some("x"));
        // A backslash that escapes nothing.
        assert_eq!(HmacHeader::parse(r#"username="a\", mac=x"#).mac, Some("x"));
        for text in [
            "algorithm=MD5, username=\"Bruce, 2\", mac=6AZk96DG6F0jSIaEpbK4Ng==",
            "mac=\"6AZk96DG6F0jSIaEpbK4Ng==\",username=\"Bruce, 2\"",
        ] {
            assert_eq!(HmacHeader::parse(text), expected);
        }
        assert_eq!(HmacHeader::parse("").mac, None);
    }
}
