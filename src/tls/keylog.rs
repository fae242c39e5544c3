//! Key logs: the secrets of connections, as programs write them (NSS key log format, draft-ietf-tls-keylogfile).

use super::closed::ClientRandom;
use super::hash::{Hash, LONGEST, Secret};
use super::prf::MASTER;
use crate::base::Limits;
use std::collections::BTreeMap;
use std::fmt;
use thiserror::Error;

/// What a line of TLS 1.3 is the secret of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    ClientEarly,
    ClientHandshake,
    ServerHandshake,
    ClientTraffic,
    ServerTraffic,
}

impl Label {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ClientEarly => "CLIENT_EARLY_TRAFFIC_SECRET",
            Self::ClientHandshake => "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            Self::ServerHandshake => "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            Self::ClientTraffic => "CLIENT_TRAFFIC_SECRET_0",
            Self::ServerTraffic => "SERVER_TRAFFIC_SECRET_0",
        }
    }

    const ALL: [Self; 5] =
        [Self::ClientEarly, Self::ClientHandshake, Self::ServerHandshake, Self::ClientTraffic, Self::ServerTraffic];
}

/// What is known of one connection.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) master: Option<Secret>,
    pub(super) premaster: Option<Box<[u8]>>,
    traffic: [Option<Secret>; 5],
}

impl Known {
    pub(super) fn traffic(&self, label: Label) -> Option<Secret> {
        self.traffic.get(label as usize).copied().flatten()
    }
}

/// The secrets of a key log. They are never printed.
#[derive(Clone, Default)]
pub struct KeyLog {
    connections: BTreeMap<ClientRandom, Known>,
    /// Premaster secrets by the first octets of their encrypted form.
    by_encrypted: BTreeMap<[u8; 8], Secret>,
    /// Master secrets by session identifier.
    by_session: BTreeMap<SessionId, Secret>,
    lines: usize,
}

/// A session identifier of at most 32 octets, or what stands for a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SessionId {
    octets: [u8; 32],
    len: u8,
}

impl SessionId {
    /// `None` for none, and for one that is too long.
    pub(super) fn new(from: &[u8]) -> Option<Self> {
        let mut octets = [0; 32];
        octets.get_mut(..from.len()).filter(|place| !place.is_empty())?.copy_from_slice(from);
        Some(Self { octets, len: u8::try_from(from.len()).ok()? })
    }

    /// What stands for a session ticket: its digest, and a length that no identifier has.
    pub(super) fn of_ticket(ticket: &[u8]) -> Option<Self> {
        let digest = Hash::Sha256.digest(&[ticket]);
        Some(Self { len: u8::MAX, ..Self::new(digest.octets()).filter(|_| !ticket.is_empty())? })
    }
}

/// A line of a key log that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line} of the key log was left out: {what}")]
pub struct KeyLogError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: BadLine,
}

/// What is wrong with a line of a key log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadLine {
    /// A label that is not known.
    #[error("its label is not known; a line is LABEL, client random and secret, with blanks between")]
    Label,
    /// Fewer or more than three words.
    #[error("it has not three words; a line is LABEL, client random and secret, with blanks between")]
    Words,
    /// The second word is no client random.
    #[error("the second word is not the 64 hexadecimal digits of a client random")]
    Random,
    /// The third word is no secret of this label.
    #[error("the secret is not hexadecimal, or not of the length that its label asks for")]
    Secret,
    /// There are too many lines.
    #[error("so many secrets are not kept; give only the part of the key log that belongs to the capture")]
    TooMany,
}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyLog({} lines)", self.lines)
    }
}

impl KeyLog {
    /// A key log from the octets of a file.
    ///
    /// Empty lines, comments (`#`), and secrets for other uses (exporters, later generations, QUIC) are passed over; lines
    /// that can't be read are left out and named.
    pub fn parse(text: &[u8]) -> (Self, Vec<KeyLogError>) {
        let mut log = Self::default();
        let errors = log.add(text);
        (log, errors)
    }

    /// Takes more lines. At most [`Limits::PROBLEMS_OF_A_KIND`] errors are named.
    pub fn add(&mut self, text: &[u8]) -> Vec<KeyLogError> {
        let mut errors = Vec::new();
        for (index, line) in text.split(|octet| *octet == b'\n').enumerate() {
            if let Err(what) = self.line(line.trim_ascii())
                && errors.len() < Limits::PROBLEMS_OF_A_KIND
            {
                errors.push(KeyLogError { line: index.saturating_add(1), what });
            }
        }
        errors
    }

    /// Whether it holds no secret.
    pub fn is_empty(&self) -> bool {
        self.lines == 0
    }

    /// Lines with secrets.
    pub fn len(&self) -> usize {
        self.lines
    }

    pub(super) fn get(&self, client_random: &ClientRandom) -> Option<&Known> {
        self.connections.get(client_random)
    }

    pub(super) fn premaster_of(&self, encrypted: &[u8; 8]) -> Option<&Secret> {
        self.by_encrypted.get(encrypted)
    }

    pub(super) fn master_of(&self, session: &SessionId) -> Option<&Secret> {
        self.by_session.get(session)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), BadLine> {
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(());
        }
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let label = words.next().unwrap_or_default();
        if is_for_other_uses(label) {
            return Ok(());
        }
        let (Some(second), Some(third), None) = (words.next(), words.next(), words.next()) else {
            return Err(BadLine::Words);
        };
        if self.lines >= Limits::KEY_LOG_LINES {
            return Err(BadLine::TooMany);
        }
        if label == b"RSA" {
            self.rsa(second, third)?;
        } else {
            let traffic = Label::ALL.into_iter().find(|known| known.name().as_bytes() == label);
            if traffic.is_none() && label != b"CLIENT_RANDOM" && label != b"PMS_CLIENT_RANDOM" {
                return Err(BadLine::Label);
            }
            let random = hex(second, &mut [0; 32]).and_then(|random| random.first_chunk().copied());
            let random = ClientRandom(random.ok_or(BadLine::Random)?);
            let mut octets = [0; PREMASTER];
            let octets = hex(third, &mut octets).ok_or(BadLine::Secret)?;
            let fits = match (label, traffic) {
                (_, Some(_)) => octets.len() == Hash::Sha256.size() || octets.len() == Hash::Sha384.size(),
                (b"CLIENT_RANDOM", None) => octets.len() == MASTER,
                _ => !octets.is_empty(),
            };
            if !fits {
                return Err(BadLine::Secret);
            }
            let known = self.connections.entry(random).or_default();
            match traffic {
                Some(traffic) => {
                    if let Some(place) = known.traffic.get_mut(traffic as usize) {
                        *place = Secret::new(octets);
                    }
                }
                None if label == b"CLIENT_RANDOM" => known.master = Secret::new(octets),
                None => known.premaster = Some(octets.into()),
            }
        }
        self.lines = self.lines.saturating_add(1);
        Ok(())
    }

    /// `RSA encrypted premaster`, and Wireshark's `RSA Session-ID:id Master-Key:key`.
    fn rsa(&mut self, second: &[u8], third: &[u8]) -> Result<(), BadLine> {
        let mut octets = [0; LONGEST];
        if let Some(session) = second.strip_prefix(b"Session-ID:") {
            let key = third.strip_prefix(b"Master-Key:").and_then(|key| hex(key, &mut octets));
            let key = key.filter(|key| key.len() == MASTER).and_then(Secret::new).ok_or(BadLine::Secret)?;
            let session = hex(session, &mut [0; 32]).and_then(SessionId::new).ok_or(BadLine::Random)?;
            self.by_session.insert(session, key);
            return Ok(());
        }
        let encrypted = hex(second, &mut [0; 8]).and_then(|octets| octets.first_chunk().copied());
        let premaster = hex(third, &mut octets).filter(|octets| octets.len() == MASTER).and_then(Secret::new);
        self.by_encrypted.insert(encrypted.ok_or(BadLine::Random)?, premaster.ok_or(BadLine::Secret)?);
        Ok(())
    }
}

/// Octets of the longest premaster secret that a line may have: a Diffie-Hellman group of 8192 bits.
const PREMASTER: usize = 1_024;

/// Labels of secrets that open no record of TCP: exporters, secrets that follow from others, ECH, QUIC.
fn is_for_other_uses(label: &[u8]) -> bool {
    let generation =
        label.strip_prefix(b"CLIENT_TRAFFIC_SECRET_").or_else(|| label.strip_prefix(b"SERVER_TRAFFIC_SECRET_"));
    generation.is_some_and(|number| {
        number == b"N" || (number != b"0" && !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    }) || label.starts_with(b"QUIC_")
        || matches!(label, b"EXPORTER_SECRET" | b"EARLY_EXPORTER_SECRET" | b"ECH_SECRET" | b"ECH_CONFIG")
}

/// The octets that hexadecimal digits stand for; `None` where they are something else, or too many for `out`.
fn hex<'a>(digits: &[u8], out: &'a mut [u8]) -> Option<&'a [u8]> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let out = out.get_mut(..pairs.len())?;
    if !rest.is_empty() {
        return None;
    }
    for (place, [high, low]) in out.iter_mut().zip(pairs) {
        let digit = |octet: &u8| char::from(*octet).to_digit(16);
        *place = u8::try_from(digit(high)? << 4 | digit(low)?).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_read_or_named_with_its_number() {
        let random = "ab".repeat(32);
        let (short, long) = ("0c".repeat(32), "0d".repeat(48));
        let table: [(String, Option<BadLine>); 20] = [
            ("# SSL/TLS secrets log file".into(), None),
            (String::new(), None),
            (format!("CLIENT_RANDOM {random} {long}\r"), None),
            (format!("CLIENT_RANDOM {random} {short}"), Some(BadLine::Secret)),
            (format!("CLIENT_RANDOM {} {long}", &random[2..]), Some(BadLine::Random)),
            (format!("CLIENT_RANDOM {random}"), Some(BadLine::Words)),
            (format!("CLIENT_RANDOM {random} {long} x"), Some(BadLine::Words)),
            (format!("CLIENT_RANDOM {random} {}", long.replace('d', "g")), Some(BadLine::Secret)),
            (format!("CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} {short}"), None),
            (format!("SERVER_HANDSHAKE_TRAFFIC_SECRET  {random}\t{long}"), None),
            (format!("CLIENT_TRAFFIC_SECRET_0 {random} {short}"), None),
            (format!("CLIENT_TRAFFIC_SECRET_3 {random} {short}"), None),
            (format!("EXPORTER_SECRET {random} {short}"), None),
            (format!("RSA 0011223344556677 {long}"), None),
            (format!("RSA 00112233445566 {short}"), Some(BadLine::Random)),
            (format!("RSA Session-ID:0102 Master-Key:{long}"), None),
            (format!("PMS_CLIENT_RANDOM {random} {short}"), None),
            (format!("CLIENT_RANDON {random} {long}"), Some(BadLine::Label)),
            ("\u{0}\u{1}".into(), Some(BadLine::Words)),
            (format!("CLIENT_RANDOM {random} "), Some(BadLine::Words)),
        ];
        let text: Vec<&str> = table.iter().map(|(line, _)| line.as_str()).collect();
        let (log, errors) = KeyLog::parse(text.join("\n").as_bytes());
        let expected: Vec<(usize, BadLine)> =
            table.iter().enumerate().filter_map(|(index, (_, what))| Some((index + 1, (*what)?))).collect();
        assert_eq!(errors.iter().map(|error| (error.line, error.what)).collect::<Vec<_>>(), expected);
        let known = log.get(&ClientRandom([0xab; 32])).unwrap();
        assert_eq!(known.master.unwrap().octets(), [0x0d; 48]);
        assert_eq!(known.premaster.as_deref().unwrap(), [0x0c; 32]);
        assert_eq!(known.traffic(Label::ServerHandshake).unwrap().octets(), [0x0d; 48]);
        assert_eq!(known.traffic(Label::ServerTraffic), None);
        assert_eq!(log.premaster_of(&[0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77]).unwrap().octets(), [0x0d; 48]);
        assert_eq!(log.master_of(&SessionId::new(&[1, 2]).unwrap()).unwrap().octets(), [0x0d; 48]);
    }

    #[test]
    fn secrets_are_not_printed() {
        let (log, _) = KeyLog::parse(format!("CLIENT_RANDOM {} {}", "ab".repeat(32), "5d".repeat(48)).as_bytes());
        let known = log.get(&ClientRandom([0xab; 32])).unwrap();
        for text in [format!("{log:?}"), format!("{:?}", known.master)] {
            assert!(!text.contains("93") && !text.contains("5d"), "{text}");
        }
    }
}
