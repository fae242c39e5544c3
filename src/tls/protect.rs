//! Record protection: ciphertext to plaintext, checked.

use super::hash::{Hash, Secret};
use super::prf::{Keys, expand_label};
use super::record::{HEADER, Header};
use super::suite::{Cipher, Suite};
use super::version::Version;
use aes::{Aes128, Aes256};
use aes_gcm::aead::{AeadCore, AeadInOut, KeyInit, Nonce, Tag};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use cbc::cipher::array::Array;
use cbc::cipher::consts::{U8, U12, U16};
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, StreamCipher};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;
use des::{Des, TdesEde3};
use rc4::Rc4;

/// A record did not pass its check: another key, another place in the sequence, or altered octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bad;

/// Octets of the nonce of every AEAD in use.
const NONCE: usize = 12;
/// Octets of the part of a nonce that TLS 1.2 sends with each record (RFC 5288, section 3).
const EXPLICIT: usize = 8;

enum Aead {
    Aes128Gcm(Aes128Gcm),
    Aes256Gcm(Aes256Gcm),
    ChaCha20Poly1305(ChaCha20Poly1305),
    Aes128Ccm(Ccm<Aes128, U16, U12>),
    Aes256Ccm(Ccm<Aes256, U16, U12>),
    Aes128Ccm8(Ccm<Aes128, U8, U12>),
    Aes256Ccm8(Ccm<Aes256, U8, U12>),
}

impl Aead {
    fn new(cipher: Cipher, key: &[u8]) -> Option<Self> {
        Some(match cipher {
            Cipher::Aes128Gcm => Self::Aes128Gcm(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes256Gcm => Self::Aes256Gcm(KeyInit::new_from_slice(key).ok()?),
            Cipher::ChaCha20Poly1305 => Self::ChaCha20Poly1305(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes128Ccm => Self::Aes128Ccm(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes256Ccm => Self::Aes256Ccm(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes128Ccm8 => Self::Aes128Ccm8(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes256Ccm8 => Self::Aes256Ccm8(KeyInit::new_from_slice(key).ok()?),
            _ => return None,
        })
    }

    /// Opens `text` in place.
    fn open(&self, nonce: &[u8; NONCE], extra: &[u8], text: &mut [u8], tag: &[u8]) -> Result<(), Bad> {
        match self {
            Self::Aes128Gcm(aead) => open_with(aead, nonce, extra, text, tag),
            Self::Aes256Gcm(aead) => open_with(aead, nonce, extra, text, tag),
            Self::ChaCha20Poly1305(aead) => open_with(aead, nonce, extra, text, tag),
            Self::Aes128Ccm(aead) => open_with(aead, nonce, extra, text, tag),
            Self::Aes256Ccm(aead) => open_with(aead, nonce, extra, text, tag),
            Self::Aes128Ccm8(aead) => open_with(aead, nonce, extra, text, tag),
            Self::Aes256Ccm8(aead) => open_with(aead, nonce, extra, text, tag),
        }
    }
}

fn open_with<A: AeadInOut + AeadCore>(
    aead: &A,
    nonce: &[u8; NONCE],
    extra: &[u8],
    text: &mut [u8],
    tag: &[u8],
) -> Result<(), Bad> {
    let nonce = Nonce::<A>::try_from(nonce.as_slice()).map_err(|_| Bad)?;
    let tag = Tag::<A>::try_from(tag).map_err(|_| Bad)?;
    aead.decrypt_inout_detached(&nonce, extra, text.into(), &tag).map_err(|_| Bad)
}

enum Block {
    Des(Des),
    TripleDes(TdesEde3),
    Aes128(Aes128),
    Aes256(Aes256),
}

impl Block {
    fn new(cipher: Cipher, key: &[u8]) -> Option<Self> {
        Some(match cipher {
            Cipher::DesCbc => Self::Des(KeyInit::new_from_slice(key).ok()?),
            Cipher::TripleDesCbc => Self::TripleDes(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes128Cbc => Self::Aes128(KeyInit::new_from_slice(key).ok()?),
            Cipher::Aes256Cbc => Self::Aes256(KeyInit::new_from_slice(key).ok()?),
            _ => return None,
        })
    }

    /// Decrypts in place; only whole blocks, and an IV of one block.
    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Result<(), Bad> {
        match self {
            Self::Des(cipher) => decrypt_with(cipher, iv, text),
            Self::TripleDes(cipher) => decrypt_with(cipher, iv, text),
            Self::Aes128(cipher) => decrypt_with(cipher, iv, text),
            Self::Aes256(cipher) => decrypt_with(cipher, iv, text),
        }
    }
}

fn decrypt_with<C: BlockCipherDecrypt + Clone>(cipher: &C, iv: &[u8], text: &mut [u8]) -> Result<(), Bad> {
    let iv = Array::try_from(iv).map_err(|_| Bad)?;
    let (blocks, rest) = Array::slice_as_chunks_mut(text);
    if !rest.is_empty() {
        return Err(Bad);
    }
    cbc::Decryptor::<C>::inner_iv_init(cipher.clone(), &iv).decrypt_blocks(blocks);
    Ok(())
}

/// The HMAC of records (RFC 5246, section 6.2.3.1).
struct RecordMac {
    hash: Hash,
    key: Secret,
}

impl RecordMac {
    /// Octets that it adds to a record.
    const fn size(&self) -> usize {
        self.hash.size()
    }

    fn check(&self, sequence: u64, header: Header, covered: &[u8], mac: &[u8]) -> Result<(), Bad> {
        let prefix = prefix(sequence, header, covered.len());
        let expected = self.hash.hmac(self.key.octets(), &[&prefix, covered]);
        if expected.octets() == mac { Ok(()) } else { Err(Bad) }
    }
}

/// What MACs and AEADs of TLS 1.2 cover before the text: sequence number, type, version, length.
fn prefix(sequence: u64, header: Header, length: usize) -> [u8; 13] {
    let [a, b, c, d, e, f, g, h] = sequence.to_be_bytes();
    let [major, minor] = header.version.0.to_be_bytes();
    // Records are shorter than 2^16.
    let [high, low] = (length as u16).to_be_bytes();
    [a, b, c, d, e, f, g, h, header.kind, major, minor, high, low]
}

enum Protection {
    Aead {
        aead: Aead,
        iv: [u8; NONCE],
        tag: usize,
        /// Part of the nonce stands in the record.
        explicit: bool,
        tls13: bool,
    },
    Cbc {
        block: Block,
        size: usize,
        mac: RecordMac,
        /// The last block of the record before, up to TLS 1.0; later the record carries its IV.
        previous: Option<[u8; 16]>,
        /// Encrypt-then-MAC (RFC 7366).
        encrypt_then_mac: bool,
    },
    Rc4 {
        stream: Rc4,
        mac: RecordMac,
    },
    Null {
        mac: usize,
    },
}

/// Opens the records of one direction. Large, so it stands in a box.
pub(super) struct Opener(Box<Protection>);

impl Opener {
    /// Opens records of TLS 1.0 to 1.2. `None` where the keys do not fit the suite.
    pub(super) fn tls12(version: Version, suite: &Suite, keys: Keys<'_>, encrypt_then_mac: bool) -> Option<Self> {
        let mac = || Some(RecordMac { hash: suite.mac?, key: Secret::new(keys.mac)? });
        let cipher = suite.cipher;
        let protection = match cipher {
            Cipher::Null => return Self::null(suite),
            Cipher::Rc4 => Protection::Rc4 { stream: Rc4::new_from_slice(keys.key).ok()?, mac: mac()? },
            _ if cipher.block() > 0 => {
                let mut previous = None;
                if version <= Version::TLS_1_0 {
                    let place: &mut [u8; 16] = previous.insert([0; 16]);
                    place
                        .get_mut(..cipher.block())
                        .filter(|place| place.len() == keys.iv.len())?
                        .copy_from_slice(keys.iv);
                }
                let block = Block::new(cipher, keys.key)?;
                Protection::Cbc { block, size: cipher.block(), mac: mac()?, previous, encrypt_then_mac }
            }
            _ => {
                let mut iv = [0; NONCE];
                iv.get_mut(..keys.iv.len())?.copy_from_slice(keys.iv);
                let explicit = cipher != Cipher::ChaCha20Poly1305;
                Protection::Aead { aead: Aead::new(cipher, keys.key)?, iv, tag: cipher.tag(), explicit, tls13: false }
            }
        };
        Some(Self(Box::new(protection)))
    }

    /// Opens records that are not encrypted: they need no secret. Their MAC is left out of account.
    pub(super) fn null(suite: &Suite) -> Option<Self> {
        Some(Self(Box::new(Protection::Null { mac: suite.mac?.size() })))
    }

    /// Opens records of TLS 1.3 (RFC 8446, section 7.3).
    pub(super) fn tls13(suite: &Suite, secret: &Secret) -> Option<Self> {
        let (mut key, mut iv) = ([0; 32], [0; NONCE]);
        let key = key.get_mut(..suite.cipher.key())?;
        expand_label(suite.hash, secret, b"key", key);
        expand_label(suite.hash, secret, b"iv", &mut iv);
        let aead = Aead::new(suite.cipher, key)?;
        Some(Self(Box::new(Protection::Aead { aead, iv, tag: suite.cipher.tag(), explicit: false, tls13: true })))
    }

    /// Whether a record can be opened though the ones before it are lost.
    pub(super) fn can_skip(&self) -> bool {
        !matches!(*self.0, Protection::Rc4 { .. })
    }

    /// Whether the octets before a record are needed to open it (CBC up to TLS 1.0).
    pub(super) fn needs_before(&self) -> bool {
        matches!(*self.0, Protection::Cbc { previous: Some(_), .. })
    }

    /// Says what stood before the next record, where that is needed to open it (CBC up to TLS 1.0). False where it was too
    /// little.
    pub(super) fn comes_after(&mut self, before: &[u8]) -> bool {
        let Protection::Cbc { size, previous: Some(previous), .. } = &mut *self.0 else { return true };
        let last = before.len().checked_sub(*size).and_then(|at| before.get(at..));
        match (last, previous.get_mut(..*size)) {
            (Some(last), Some(place)) => {
                place.copy_from_slice(last);
                true
            }
            _ => false,
        }
    }

    /// Octets of plaintext in a record with application data, where its length alone tells.
    pub(super) fn plain_length(&self, header: Header) -> Option<usize> {
        match &*self.0 {
            Protection::Aead { tag, explicit, tls13: false, .. } => {
                header.length.checked_sub(*tag + if *explicit { EXPLICIT } else { 0 })
            }
            Protection::Aead { .. } | Protection::Cbc { .. } => None,
            Protection::Rc4 { mac, .. } => header.length.checked_sub(mac.size()),
            Protection::Null { mac } => header.length.checked_sub(*mac),
        }
    }

    /// Opens one record into `out`, which is emptied first. Gives the content type: the inner one in TLS 1.3, 0 where a
    /// record holds none. After [`Bad`] the contents of `out` mean nothing.
    pub(super) fn open(
        &mut self,
        header: Header,
        fragment: &[u8],
        sequence: u64,
        out: &mut Vec<u8>,
    ) -> Result<u8, Bad> {
        out.clear();
        match &mut *self.0 {
            Protection::Aead { aead, iv, tag, explicit, tls13 } => {
                let mut nonce = *iv;
                let mut text = fragment;
                if *explicit {
                    let (sent, rest) = fragment.split_first_chunk::<EXPLICIT>().ok_or(Bad)?;
                    nonce.last_chunk_mut::<EXPLICIT>().ok_or(Bad)?.copy_from_slice(sent);
                    text = rest;
                } else {
                    let last = nonce.last_chunk_mut::<EXPLICIT>().ok_or(Bad)?;
                    *last = (u64::from_be_bytes(*last) ^ sequence).to_be_bytes();
                }
                let (text, check) = text.split_at_checked(text.len().checked_sub(*tag).ok_or(Bad)?).ok_or(Bad)?;
                out.extend_from_slice(text);
                if *tls13 {
                    let [major, minor] = header.version.0.to_be_bytes();
                    let [high, low] = (header.length as u16).to_be_bytes();
                    let extra: [u8; HEADER] = [header.kind, major, minor, high, low];
                    aead.open(&nonce, &extra, out, check)?;
                    return Ok(inner_type(out));
                }
                aead.open(&nonce, &prefix(sequence, header, text.len()), out, check)?;
                Ok(header.kind)
            }
            Protection::Cbc { block, size, mac, previous, encrypt_then_mac } => {
                let mut rest = fragment;
                if *encrypt_then_mac {
                    let (covered, check) =
                        rest.split_at_checked(rest.len().checked_sub(mac.size()).ok_or(Bad)?).ok_or(Bad)?;
                    mac.check(sequence, header, covered, check)?;
                    rest = covered;
                }
                let iv = match previous {
                    Some(previous) => previous.get(..*size).ok_or(Bad)?,
                    None => {
                        let (iv, text) = rest.split_at_checked(*size).ok_or(Bad)?;
                        rest = text;
                        iv
                    }
                };
                out.extend_from_slice(rest);
                block.decrypt(iv, out)?;
                if let Some(place) = previous.as_mut().and_then(|previous| previous.get_mut(..*size)) {
                    let last = rest.len().checked_sub(*size).and_then(|at| rest.get(at..)).ok_or(Bad)?;
                    place.copy_from_slice(last);
                }
                remove_padding(out)?;
                if !*encrypt_then_mac {
                    take_mac(mac, sequence, header, out)?;
                }
                Ok(header.kind)
            }
            Protection::Rc4 { stream, mac } => {
                out.extend_from_slice(fragment);
                stream.try_apply_keystream(out).map_err(|_| Bad)?;
                take_mac(mac, sequence, header, out)?;
                Ok(header.kind)
            }
            Protection::Null { mac } => {
                let length = fragment.len().checked_sub(*mac).ok_or(Bad)?;
                out.extend_from_slice(fragment.get(..length).unwrap_or_default());
                Ok(header.kind)
            }
        }
    }
}

/// Takes off the zeros and the type that end the plaintext of TLS 1.3 (RFC 8446, section 5.2).
fn inner_type(out: &mut Vec<u8>) -> u8 {
    let end = out.iter().rposition(|octet| *octet != 0);
    let kind = end.and_then(|end| out.get(end).copied());
    out.truncate(end.unwrap_or(0));
    kind.unwrap_or(0)
}

/// Takes off the padding of CBC: as many octets as the last one says, each with that value, and the last one itself
/// (RFC 5246, section 6.2.3.2).
fn remove_padding(out: &mut Vec<u8>) -> Result<(), Bad> {
    let last = *out.last().ok_or(Bad)?;
    let length = out.len().checked_sub(usize::from(last) + 1).ok_or(Bad)?;
    if out.iter().skip(length).any(|octet| *octet != last) {
        return Err(Bad);
    }
    out.truncate(length);
    Ok(())
}

/// Checks the MAC at the end of the plaintext and takes it off.
fn take_mac(mac: &RecordMac, sequence: u64, header: Header, out: &mut Vec<u8>) -> Result<(), Bad> {
    let length = out.len().checked_sub(mac.size()).ok_or(Bad)?;
    let (text, check) = out.split_at_checked(length).ok_or(Bad)?;
    mac.check(sequence, header, text, check)?;
    out.truncate(length);
    Ok(())
}
