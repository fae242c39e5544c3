//! What stays the same when the same violation shows again.
//!
//! A fingerprint is the first half of a SHA-256 over what makes a violation *this* one, in hexadecimal. Waivers, baselines,
//! `dmscope diff` and the places that show SARIF recognise a finding by it.
//!
//! | in it | not in it |
//! | --- | --- |
//! | the rule, and who violated it | numbers of inputs, sessions, messages and frames; times |
//! | the path of the element, without the positions in it | MsgID, CmdID, and the position of a command in its message |
//! | the command, its code (Alert, Status), and the command that it answers | the words of the finding and the values in it |
//! | the LocURI of the item, without long numbers | severity, waiver, profile |
//! | | device, model, firmware and server |
//!
//! So the same mistake at the same node is one fingerprint, however often and in whatever session it is made, and whoever
//! makes it: what is to hold for one device alone says so beside the fingerprint. Another node, another command, another
//! code, or another element of it is another fingerprint.

use super::Role;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write as _;

/// What a fingerprint is made of. A change to it, or to how it is read, is a new version.
const VERSION: &str = "dmscope-fingerprint/1";
/// Octets of the hash that are kept.
const OCTETS: usize = 16;
/// Digits from which on a number in a LocURI is one of a device, a day or a download, and not the name of a node.
const LONG: usize = 6;

/// What makes a violation this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// Who violated it.
    pub role: Role,
    /// Path of the element, as [`FindingReport::element`](super::FindingReport::element) says it.
    pub element: Option<&'a str>,
    /// Name of the command.
    pub command: Option<&'a str>,
    /// Code of an Alert or a Status, as written.
    pub code: Option<&'a str>,
    /// Name of the command that it is about: the one that a Status answers, or the one that got no answer.
    pub about: Option<&'a str>,
    /// LocURI of the item, or of the command that it is about.
    pub uri: Option<&'a str>,
}

impl Violation<'_> {
    /// Its fingerprint.
    pub fn fingerprint(&self) -> String {
        hash([
            self.rule,
            self.role.name(),
            &without_positions(self.element.unwrap_or_default()),
            self.command.unwrap_or_default(),
            self.code.unwrap_or_default(),
            self.about.unwrap_or_default(),
            &without_long_numbers(self.uri.unwrap_or_default()),
        ])
    }
}

/// The fingerprint of a test case that did not pass: its id, and the step that decided it. A new revision is the same case.
pub fn case_fingerprint(id: &str, step: Option<&str>) -> String {
    hash(["testcase", id, step.unwrap_or_default()])
}

fn hash<const N: usize>(parts: [&str; N]) -> String {
    let mut sha = Sha256::new_with_prefix(VERSION);
    for part in parts {
        // The length keeps two parts apart, whatever is in them.
        sha.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        sha.update(part);
    }
    sha.finalize().iter().take(OCTETS).fold(String::with_capacity(2 * OCTETS), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// `/SyncML/SyncBody/Status[3]/Item[1]` to `/SyncML/SyncBody/Status/Item`.
fn without_positions(path: &str) -> Cow<'_, str> {
    if !path.contains('[') {
        return path.into();
    }
    let mut out = String::with_capacity(path.len());
    for (number, part) in path.split('[').enumerate() {
        let rest = match part.split_once(']') {
            Some((position, rest)) if number > 0 && position.bytes().all(|octet| octet.is_ascii_digit()) => rest,
            _ => part,
        };
        out.push_str(rest);
    }
    out.into()
}

/// Puts `#` in place of what changes from device to device and from day to day: numbers of [`LONG`] digits and more, with
/// the hexadecimal digits and hyphens that belong to them (an IMEI, a date, a UUID).
fn without_long_numbers(uri: &str) -> Cow<'_, str> {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    if digits(uri) < LONG {
        return uri.into();
    }
    let of_number = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut out = String::with_capacity(uri.len());
    let mut rest = uri;
    while !rest.is_empty() {
        let start = rest.find(of_number).unwrap_or(rest.len());
        let (before, from) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = from.find(|c| !of_number(c)).unwrap_or(from.len());
        let (number, after) = from.split_at_checked(end).unwrap_or((from, ""));
        out.push_str(before);
        out.push_str(if digits(number) < LONG { number } else { "#" });
        rest = after;
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Violation<'_> = Violation {
        rule: "STA-002",
        role: Role::Client,
        element: Some("/SyncML/SyncBody/Status[3]/Data"),
        command: Some("Status"),
        code: Some("999"),
        about: Some("Replace"),
        uri: Some("./Vendor/Mode"),
    };

    #[test]
    fn the_same_violation_in_another_place_of_a_capture_is_the_same() {
        let print = ONE.fingerprint();
        assert_eq!(
            print, "944b76a60ea3d25654a4ab8e92178e68",
            "stored reports hold these: a change needs a new version"
        );
        for element in ["/SyncML/SyncBody/Status/Data", "/SyncML/SyncBody/Status[41]/Data"] {
            assert_eq!(Violation { element: Some(element), ..ONE }.fingerprint(), print);
        }
        let at = |uri: &str| Violation { uri: Some(uri), ..ONE }.fingerprint();
        assert_eq!(at("./Inbox/004999010640000/Job"), at("./Inbox/004999010640001/Job"));
        let job = |id: &str| at(&format!("./Jobs/{id}/State"));
        assert_eq!(job("6f9619ff-8b86-d011-b42d-00c04fc964ff"), job("0b9619aa-1b86-4011-b42d-20c04fc964ff"));
    }

    #[test]
    fn another_violation_is_another_one() {
        let others = [
            Violation { rule: "STA-003", ..ONE },
            Violation { role: Role::Server, ..ONE },
            Violation { element: Some("/SyncML/SyncBody/Status/Cmd"), ..ONE },
            Violation { element: None, ..ONE },
            Violation { command: Some("Alert"), ..ONE },
            Violation { code: Some("998"), ..ONE },
            Violation { about: Some("Add"), ..ONE },
            Violation { uri: Some("./Vendor/Mode2"), ..ONE },
            Violation { uri: Some("./Vendor/Mode/1"), ..ONE },
            Violation { uri: Some("./Vendor/Mode/2"), ..ONE },
            Violation { uri: None, ..ONE },
            // The same letters, cut elsewhere.
            Violation { code: Some("999Re"), about: Some("place"), ..ONE },
        ];
        let mut prints: Vec<String> = others.iter().chain([&ONE]).map(Violation::fingerprint).collect();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), others.len() + 1);
        assert!(prints.iter().all(|print| print.len() == 32));
    }

    #[test]
    fn positions_and_long_numbers_are_taken_out_and_nothing_else() {
        let paths = [
            ("", ""),
            ("/SyncML/SyncHdr/MsgID", "/SyncML/SyncHdr/MsgID"),
            ("/A[2]/B[12]", "/A/B"),
            ("/A[x]/B[1]", "/Ax]/B"),
            ("[", ""),
        ];
        for (path, without) in paths {
            assert_eq!(without_positions(path), without);
        }
        let uris = [
            ("./DevInfo/DevId", "./DevInfo/DevId"),
            ("./FUMO/x12345", "./FUMO/x12345"),
            ("./FUMO/x123456", "./FUMO/x#"),
            ("IMEI:004999010640000", "IMEI:#"),
            ("./ü/123456/é", "./ü/#/é"),
        ];
        for (uri, without) in uris {
            assert_eq!(without_long_numbers(uri), without);
        }
    }

    #[test]
    fn a_case_is_known_by_its_id_and_step() {
        let print = case_fingerprint("DM12-CLI-LO-002", Some("each-chunk"));
        assert_eq!(print, case_fingerprint("DM12-CLI-LO-002", Some("each-chunk")));
        assert_ne!(print, case_fingerprint("DM12-CLI-LO-002", Some("outcome")));
        assert_ne!(print, case_fingerprint("DM12-CLI-LO-002", None));
        assert_ne!(print, case_fingerprint("DM12-CLI-LO-003", Some("each-chunk")));
    }
}
