//! What protects a bootstrap message: a MAC over its octets, keyed with what the network and the user know.
//!
//! `MAC = HMAC-SHA1(key, body)` in hexadecimal digits. Provisioning documents and messages of DM build some keys in
//! different ways (OMA-WAP-TS-ProvBoot-V1_1, section 6; OMA-TS-DM_Bootstrap-V1_2_1, section 5.7).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// Whose rules the key follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// A provisioning document.
    Provisioning,
    /// A message of DM.
    Dm,
}

/// A method, as the parameter SEC names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Security {
    /// 0, NETWPIN (NETWORKID): a secret of the network.
    Network,
    /// 1, USERPIN: a PIN that the user was told.
    UserPin,
    /// 2, USERNETWPIN (USERPIN_NETWORKID): both.
    UserNetwork,
    /// 3, USERPINMAC: the user was told PIN and MAC; none is in the push.
    UserPinMac,
}

impl Security {
    /// The method of a parameter, by number or by name.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |names: &[&str]| names.iter().any(|name| text.trim().eq_ignore_ascii_case(name));
        match () {
            () if is(&["0", "NETWPIN", "NETWORKID"]) => Some(Self::Network),
            () if is(&["1", "USERPIN"]) => Some(Self::UserPin),
            () if is(&["2", "USERNETWPIN", "USERPIN_NETWORKID"]) => Some(Self::UserNetwork),
            () if is(&["3", "USERPINMAC"]) => Some(Self::UserPinMac),
            () => None,
        }
    }

    /// As the specifications call it.
    pub const fn name(self, profile: Profile) -> &'static str {
        match (self, profile) {
            (Self::Network, Profile::Provisioning) => "NETWPIN",
            (Self::Network, Profile::Dm) => "NETWORKID",
            (Self::UserPin, _) => "USERPIN",
            (Self::UserNetwork, Profile::Provisioning) => "USERNETWPIN",
            (Self::UserNetwork, Profile::Dm) => "USERPIN_NETWORKID",
            (Self::UserPinMac, _) => "USERPINMAC",
        }
    }
}

/// What the one who asks knows.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The IMSI, in digits.
    pub imsi: Option<String>,
    /// Another secret of the network: an ESN, or what an operator shares.
    pub network: Option<Vec<u8>>,
    /// The PIN; for USERPINMAC, all that the user enters.
    pub pin: Option<String>,
}

impl std::fmt::Debug for Secrets {
    /// Never shows what is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_there = |there: bool| if there { "given" } else { "none" };
        f.debug_struct("Secrets")
            .field("imsi", &is_there(self.imsi.is_some()))
            .field("network", &is_there(self.network.is_some()))
            .field("pin", &is_there(self.pin.is_some()))
            .finish()
    }
}

/// In which form the secret of the network was part of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyForm {
    /// It is no part of it.
    NoNetwork,
    /// The IMSI in semi-octets, as it is stored on the card.
    SemiOctets,
    /// The IMSI in digits.
    Digits,
    /// The octets that were given.
    Octets,
}

impl KeyForm {
    /// In words; empty where the network has no part in it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoNetwork => "",
            Self::SemiOctets => "IMSI in semi-octets",
            Self::Digits => "IMSI in digits",
            Self::Octets => "network secret as given",
        }
    }
}

/// What recomputing a MAC showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The push has neither SEC nor MAC.
    Unprotected,
    /// It is right.
    Authentic(KeyForm),
    /// It is right with no key that can be made of the secrets, though all that the method wants were given.
    Wrong,
    /// There is nothing to say.
    Undecided(Undecided),
}

/// Why a MAC was not held against anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Undecided {
    /// A secret that the method wants was not given.
    NoSecret,
    /// SEC names no method that is known, or is absent.
    NoMethod,
    /// The MAC is absent though the method has one in the push.
    NoMac,
    /// The MAC is none: forty hexadecimal digits.
    BadMac,
    /// What was given cannot be a secret of this kind.
    BadSecret,
}

impl Undecided {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoSecret => "no secret for this method was given",
            Self::NoMethod => "SEC names no method that is known",
            Self::NoMac => "the push has no MAC",
            Self::BadMac => "the MAC is not of forty hexadecimal digits",
            Self::BadSecret => "what was given can be no secret of this method",
        }
    }
}

/// Recomputes the MAC of a body with what is known.
pub fn verify(profile: Profile, sec: Option<&str>, mac: Option<&str>, body: &[u8], secrets: &Secrets) -> Proof {
    if sec.is_none() && mac.is_none() {
        return Proof::Unprotected;
    }
    let Some(security) = sec.and_then(Security::parse) else { return Proof::Undecided(Undecided::NoMethod) };
    if security == Security::UserPinMac {
        return entered(body, secrets);
    }
    let Some(mac) = mac else { return Proof::Undecided(Undecided::NoMac) };
    let Some(wanted) = octets_of(mac) else { return Proof::Undecided(Undecided::BadMac) };
    match keys(profile, security, secrets) {
        Err(reason) => Proof::Undecided(reason),
        Ok(keys) => match keys.iter().find(|(_, key)| digest(key, body).is_some_and(|found| found == wanted)) {
            Some((form, _)) => Proof::Authentic(*form),
            None => Proof::Wrong,
        },
    }
}

/// Every key that the method can have.
fn keys(profile: Profile, security: Security, secrets: &Secrets) -> Result<Vec<(KeyForm, Vec<u8>)>, Undecided> {
    let pin = || secrets.pin.as_deref().map(str::as_bytes).ok_or(Undecided::NoSecret);
    if security == Security::UserPin {
        return Ok(vec![(KeyForm::NoNetwork, pin()?.to_vec())]);
    }
    let mut network = Vec::new();
    if let Some(imsi) = &secrets.imsi {
        network.push((KeyForm::SemiOctets, semi_octets(imsi).ok_or(Undecided::BadSecret)?));
        // The DM profile does not say in which form the IMSI is meant.
        if profile == Profile::Dm {
            network.push((KeyForm::Digits, imsi.as_bytes().to_vec()));
        }
    }
    network.extend(secrets.network.iter().map(|octets| (KeyForm::Octets, octets.clone())));
    if network.is_empty() {
        return Err(Undecided::NoSecret);
    }
    if security == Security::UserNetwork {
        let pin = pin()?;
        for (_, key) in &mut network {
            *key = match profile {
                Profile::Provisioning => [key.as_slice(), pin].concat(),
                Profile::Dm => [pin, b":", key.as_slice()].concat(),
            };
        }
    }
    Ok(network)
}

/// USERPINMAC: what the user enters is a key and, of the same length, the MAC in decimal digits, each the remainder by ten
/// of an octet.
fn entered(body: &[u8], secrets: &Secrets) -> Proof {
    const SHORTEST: usize = 5;
    let Some(entered) = secrets.pin.as_deref() else { return Proof::Undecided(Undecided::NoSecret) };
    let is_entry = entered.bytes().all(|octet| octet.is_ascii_digit()) && entered.len().is_multiple_of(2);
    let Some((key, mac)) = entered
        .as_bytes()
        .split_at_checked(entered.len() / 2)
        .filter(|(key, _)| is_entry && (SHORTEST..=20).contains(&key.len()))
    else {
        return Proof::Undecided(Undecided::BadSecret);
    };
    let Some(digest) = digest(key, body) else { return Proof::Undecided(Undecided::BadSecret) };
    if digest.iter().zip(mac).all(|(octet, digit)| octet % 10 + b'0' == *digit) {
        Proof::Authentic(KeyForm::NoNetwork)
    } else {
        Proof::Wrong
    }
}

fn digest(key: &[u8], body: &[u8]) -> Option<[u8; 20]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(body);
    Some(mac.finalize().into_bytes().into())
}

/// An IMSI as a card stores it, without its length: the first half octet says whether the number of digits is odd (9) or
/// even (1), each octet has its earlier digit in its lower half, and F fills the last (3GPP TS 31.102, 4.2.2).
fn semi_octets(imsi: &str) -> Option<Vec<u8>> {
    const LONGEST: usize = 15;
    if imsi.is_empty() || imsi.len() > LONGEST || !imsi.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let mut halves = vec![if imsi.len() % 2 == 1 { 9 } else { 1 }];
    halves.extend(imsi.bytes().map(|octet| octet - b'0'));
    if halves.len() % 2 == 1 {
        halves.push(0xf);
    }
    Some(halves.chunks_exact(2).map(|pair| pair.iter().rev().fold(0, |sum, half| sum << 4 | half)).collect())
}

/// The twenty octets of forty hexadecimal digits.
fn octets_of(text: &str) -> Option<[u8; 20]> {
    let text = text.trim().as_bytes();
    let mut octets = [0; 20];
    if text.len() != 2 * octets.len() {
        return None;
    }
    for (octet, pair) in octets.iter_mut().zip(text.chunks_exact(2)) {
        for digit in pair {
            let digit = char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())?;
            *octet = *octet << 4 | digit;
        }
    }
    Some(octets)
}
