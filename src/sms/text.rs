//! Files of short messages: one TPDU, or lines of hexadecimal digits, as modems write them in their PDU mode (3GPP TS 27.005,
//! 3.1).

use super::tpdu::{Tpdu, WithCentre, split_centre};
use crate::base::Limits;

/// The TPDUs of a file, each with the service centre before it where there is one; `None` where it is something else.
///
/// A file is octets of one TPDU, or text with one in each line; lines that a modem says around them are passed over.
pub fn listed(file: &[u8]) -> Option<Vec<Vec<u8>>> {
    if tpdu_of(file).is_some() {
        return Some(vec![file.to_vec()]);
    }
    let text = std::str::from_utf8(file).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !is_of_modem(line));
    let mut found = Vec::new();
    for line in lines {
        if found.len() >= Limits::SMS_FILE {
            return None;
        }
        found.push(hex(line).filter(|octets| tpdu_of(octets).is_some())?);
    }
    (!found.is_empty()).then_some(found)
}

/// A file of short messages as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The TPDUs, at most [`Limits::SMS_FILE`].
    pub messages: Vec<Vec<u8>>,
    /// Lines that are none, by their numbers from 1, and what is wrong with each.
    pub unread: Vec<(usize, &'static str)>,
    /// TPDUs past that ceiling.
    pub left: usize,
}

/// The lines of a file that are TPDUs, and those that are none; `None` where not one is, or it is no text.
pub fn lines(file: &[u8]) -> Option<Lines> {
    let text = std::str::from_utf8(file).ok()?;
    let mut found = Lines::default();
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || is_of_modem(line) {
            continue;
        }
        match hex(line) {
            Some(octets) if tpdu_of(&octets).is_some() => match found.messages.len() < Limits::SMS_FILE {
                true => found.messages.push(octets),
                false => found.left = found.left.saturating_add(1),
            },
            Some(_) => found.unread.push((number, "its octets are no TPDU: a length in it does not fit")),
            None => found.unread.push((number, "it is not made of pairs of hexadecimal digits")),
        }
    }
    (!found.messages.is_empty()).then_some(found)
}

/// Octets as a TPDU whose lengths fit, with or without a service centre before it.
pub fn tpdu_of(octets: &[u8]) -> Option<WithCentre<'_>> {
    let alone = || Tpdu::decode(octets).ok().filter(Tpdu::is_exact).map(|_| WithCentre { centre: None, tpdu: octets });
    alone().or_else(|| split_centre(octets))
}

/// Commands, results and headings: `AT+CMGL=4`, `+CMT: ,155`, `OK`, `> `.
fn is_of_modem(line: &str) -> bool {
    line.starts_with(['+', '>', '#', '^']) || line.starts_with("AT") || matches!(line, "OK" | "ERROR")
}

/// Pairs of digits, with blanks between them or without.
fn hex(line: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = line.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok().filter(|_| pair.len() == 2);
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::Address;

    #[test]
    fn lines_that_are_no_tpdus_leave_the_others() {
        let tpdu = Tpdu::deliver(&Address::of("+491711"), true, &[6, 5, 4, 0x0b, 0x84, 0x23, 0xf0, 1]);
        let text: String = tpdu.iter().map(|octet| format!("{octet:02X}")).collect();
        let found = lines(format!("{text}\n\nhello\n{}\n{text}\n", &text[..text.len() - 4]).as_bytes()).unwrap();
        assert_eq!(found.messages, [tpdu.clone(), tpdu]);
        assert_eq!(found.unread.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [3, 4]);
        let many = lines(format!("{text}\n").repeat(Limits::SMS_FILE + 2).as_bytes()).unwrap();
        assert_eq!((many.messages.len(), many.left), (Limits::SMS_FILE, 2));
        assert_eq!(lines(b"hello\n"), None);
        assert_eq!(lines(&[0xff]), None);
    }

    #[test]
    fn files_of_tpdus_are_told_from_others() {
        let tpdu = Tpdu::deliver(&Address::of("+491711"), true, &[6, 5, 4, 0x0b, 0x84, 0x23, 0xf0, 1]);
        let with = [&[0x07, 0x91, 0x94, 0x71, 0x01, 0x67, 0x00, 0xf0][..], &tpdu].concat();
        assert_eq!(listed(&tpdu), Some(vec![tpdu.clone()]));
        assert_eq!(listed(&with), Some(vec![with.clone()]));
        let text = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
        let log = format!("AT+CMGL=4\r\n+CMGL: 1,0,,30\r\n{}\r\n\r\n{}\nOK\n", text(&with), text(&tpdu));
        assert_eq!(listed(log.as_bytes()), Some(vec![with.clone(), tpdu.clone()]));
        assert_eq!(tpdu_of(&with).unwrap().tpdu, tpdu);
        for other in [&b"<SyncML/>"[..], b"03016a00", b"OK\n", b"", b"0", &[3, 1, 0x6a, 0, 0x6d], &tpdu[..20]] {
            assert_eq!(listed(other), None, "{other:?}");
        }
        let many = format!("{}\n", text(&tpdu)).repeat(Limits::SMS_FILE + 1);
        assert_eq!(listed(many.as_bytes()), None);
    }
}
