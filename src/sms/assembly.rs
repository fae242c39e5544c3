//! Parts of short messages to whole ones (3GPP TS 23.040, 9.2.3.24.1).

use super::part::{Joined, Part, ShortMessage};
use super::tpdu::CAPACITY;
use crate::base::{FrameNo, Limits, Problem, ProblemKind};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Ports of WAP push, and of WAP push that is protected (WAP-235-PushOTA, section 6.2).
const PUSH: [u16; 2] = [2948, 2949];

/// What the parts of one message have in common: who sent them, to whom, reference, how many there are.
type Key = (Option<String>, Option<String>, u16, u8);

/// Parts of one message that have come, by their number.
#[derive(Debug)]
struct Open {
    /// How many messages were begun before it.
    number: u64,
    first: FrameNo,
    octets: usize,
    parts: BTreeMap<u8, Part>,
}

impl Open {
    fn is_push(&self) -> bool {
        self.parts.values().any(is_push)
    }
}

/// Joins parts, in whatever order they come. What waits for a part that never comes is named at the end; of messages that are no
/// push, nothing is said.
#[derive(Debug, Default)]
pub struct Assembler {
    open: BTreeMap<Key, Open>,
    /// The last ones that became whole, each with what its parts were: the network may deliver one again.
    done: VecDeque<(Key, BTreeMap<u8, u64>)>,
    octets: usize,
    begun: u64,
    /// How many were given up for lack of room, and where the first of them began.
    given_up: (u64, Option<FrameNo>),
    problems: Vec<Problem>,
}

impl Assembler {
    /// One without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a short message, and gives the whole one that it is, or completes.
    pub fn take(&mut self, part: Part) -> Option<ShortMessage> {
        if let Some(fault) = part.fault.filter(|_| is_push(&part) || part.ports.is_none()) {
            self.say(part.frame, format!("a short message from {} is odd: {fault}", named(part.originator.as_deref())));
        }
        if part.missing > 0 && is_push(&part) {
            let text = format!(
                "a short message from {} to port {} is said to have {} octets more than are there; it is not read",
                named(part.originator.as_deref()),
                port(&part).unwrap_or_default(),
                part.missing
            );
            self.say(part.frame, text);
            return None;
        }
        let Some(own) = part.concatenation else { return Some(whole(vec![part], false)) };
        let key = (part.originator.clone(), part.destination.clone(), own.reference, own.total);
        let is_late_copy =
            |(done, parts): &(Key, BTreeMap<u8, u64>)| *done == key && parts.get(&own.sequence) == Some(&digest(&part));
        if !self.open.contains_key(&key) && self.done.iter().any(is_late_copy) {
            return None;
        }
        if let Some(open) = self.open.get(&key)
            && let Some(known) = open.parts.get(&own.sequence)
        {
            if known.data == part.data && known.ports == part.ports {
                return None;
            }
            // A reference is used again after a while: the parts that came before are of another message.
            let text = format!(
                "part {} of {} of a short message from {} came again with other content (first in frame {}); the parts before it are left",
                own.sequence,
                own.total,
                named(part.originator.as_deref()),
                known.frame
            );
            let is_push = open.is_push();
            self.forget(&key);
            if is_push {
                self.say(part.frame, text);
            }
        }
        let octets = part.data.len().saturating_add(size_of::<Part>());
        self.octets = self.octets.saturating_add(octets);
        let begun = &mut self.begun;
        let open = self.open.entry(key.clone()).or_insert_with(|| {
            *begun += 1;
            Open { number: *begun, first: part.frame, octets: 0, parts: BTreeMap::new() }
        });
        open.octets = open.octets.saturating_add(octets);
        open.parts.insert(own.sequence, part);
        if open.parts.len() == usize::from(own.total) {
            let parts = self.forget(&key)?.parts;
            if self.done.len() >= Limits::SMS_DONE {
                self.done.pop_front();
            }
            self.done.push_back((key, parts.iter().map(|(number, part)| (*number, digest(part))).collect()));
            return Some(whole(parts.into_values().collect(), true));
        }
        self.hold_limits();
        None
    }

    fn forget(&mut self, key: &Key) -> Option<Open> {
        let open = self.open.remove(key)?;
        self.octets = self.octets.saturating_sub(open.octets);
        Some(open)
    }

    fn hold_limits(&mut self) {
        while self.open.len() > Limits::SMS_OPEN || self.octets > Limits::SMS_OCTETS {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.number).map(|(key, _)| key.clone());
            let Some(open) = oldest.and_then(|key| self.forget(&key)) else { return };
            self.given_up.0 = self.given_up.0.saturating_add(1);
            self.given_up.1.get_or_insert(open.first);
        }
    }

    /// Everything that was captured has been taken: names pushes that never became whole.
    pub fn finish(&mut self) {
        self.octets = 0;
        if let (count, Some(first)) = std::mem::take(&mut self.given_up) {
            let text = format!(
                "more short messages waited for their parts than are kept; {count} {} given up, the first of which begins here",
                if count == 1 { "was" } else { "were" }
            );
            self.say(first, text);
        }
        let mut open: Vec<(Key, Open)> = std::mem::take(&mut self.open).into_iter().collect();
        open.sort_by_key(|(_, open)| open.number);
        for ((originator, _, _, total), open) in open.into_iter().filter(|(_, open)| open.is_push()) {
            let missing: Vec<String> = (1..=total)
                .filter(|number| !open.parts.contains_key(number))
                .map(|number| number.to_string())
                .collect();
            let text = format!(
                "a push from {} came in {total} short messages, of which {} {} not in the capture; it is not read",
                named(originator.as_deref()),
                shortened(&missing),
                if missing.len() == 1 { "is" } else { "are" }
            );
            self.say(open.first, text);
        }
    }

    /// What was wrong since the last call.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    fn say(&mut self, frame: FrameNo, text: String) {
        self.problems.push(Problem::at_frame(ProblemKind::BadShortMessage, frame, text));
    }
}

/// The first few of them.
fn shortened(numbers: &[String]) -> String {
    const NAMED: usize = 8;
    let more = if numbers.len() > NAMED { " and others" } else { "" };
    let first: Vec<&str> = numbers.iter().take(NAMED).map(String::as_str).collect();
    format!("number {}{more}", first.join(", "))
}

/// A name from the wire, so short that it can stand in a sentence. It stands between quotes, where whoever hides what must not be
/// seen finds it, be it a number or not.
fn named(party: Option<&str>) -> String {
    const LETTERS: usize = 32;
    let letters = |party: &str| party.chars().filter(|letter| *letter != '"').take(LETTERS).collect::<String>();
    party.map_or_else(|| "nobody knows whom".to_owned(), |party| format!("\"{}\"", letters(party)))
}

/// What tells a part from another one of the same number.
fn digest(part: &Part) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&part.data, port(part)).hash(&mut hasher);
    hasher.finish()
}

fn port(part: &Part) -> Option<u16> {
    part.ports.map(|ports| ports.destination)
}

fn is_push(part: &Part) -> bool {
    port(part).is_some_and(|port| PUSH.contains(&port))
}

/// The message that parts are, in their order.
fn whole(parts: Vec<Part>, is_concatenated: bool) -> ShortMessage {
    let last = parts.iter().max_by_key(|part| part.frame);
    let (frame, time) = last.map_or((FrameNo::FIRST, Default::default()), |part| (part.frame, part.time));
    let first = parts.first();
    let own = first.and_then(port);
    let other = (1..=u8::MAX).zip(&parts).find(|(_, part)| port(part) != own);
    let other = other.map(|(number, part)| (number, port(part)));
    // Where one part is left to the service centre, nobody knows how it is cut.
    let sizes: Option<Vec<usize>> = parts.iter().map(|part| part.octets).collect();
    ShortMessage {
        frame,
        time,
        originator: first.and_then(|part| part.originator.clone()),
        destination: first.and_then(|part| part.destination.clone()),
        port: own,
        joined: Joined {
            parts: u8::try_from(parts.len()).unwrap_or(u8::MAX),
            largest: sizes.and_then(|sizes| sizes.into_iter().max()),
            is_concatenated,
            other_port: other,
        },
        data: parts.into_iter().flat_map(|part| part.data).collect(),
    }
}

impl Joined {
    /// Octets of user data that one short message has, the header among them.
    pub const CAPACITY: usize = CAPACITY;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::sms::{Concatenation, Ports};

    fn part(reference: u16, total: u8, sequence: u8, data: &[u8]) -> Part {
        Part {
            frame: FrameNo::new(sequence.into()).unwrap(),
            time: Timestamp::from_nanos(sequence.into()),
            originator: Some("+491711".to_owned()),
            destination: None,
            ports: Some(Ports { destination: 2948, source: 9200 }),
            concatenation: Concatenation::of(reference, total, sequence),
            octets: Some(data.len() + 12),
            data: data.to_vec(),
            fault: None,
            missing: 0,
        }
    }

    #[test]
    fn another_message_under_a_reference_that_was_used_is_begun() {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.take(part(1, 2, 1, b"a")), None);
        assert_eq!(assembler.take(part(1, 2, 2, b"b")).unwrap().data, b"ab");
        assert_eq!(assembler.take(part(1, 2, 2, b"B")), None);
        assert_eq!(assembler.take(part(1, 2, 1, b"A")).unwrap().data, b"AB");
    }

    #[test]
    fn as_many_parts_as_there_can_be_are_joined() {
        let mut assembler = Assembler::new();
        let joined =
            (1..=u8::MAX).rev().find_map(|number| assembler.take(part(1, u8::MAX, number, &[number]))).unwrap();
        assert_eq!((joined.joined.parts, joined.data.len(), joined.joined.other_port), (255, 255, None));
    }

    #[test]
    fn parts_are_joined_in_any_order_and_repeated_ones_left() {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.take(part(1, 3, 3, b"c")), None);
        assert_eq!(assembler.take(part(1, 3, 1, b"a")), None);
        assert_eq!(assembler.take(part(2, 2, 2, b"y")), None);
        assert_eq!(assembler.take(part(1, 3, 1, b"a")), None);
        let whole = assembler.take(part(1, 3, 2, b"b")).unwrap();
        assert_eq!((whole.data.as_slice(), whole.port, whole.frame.get()), (&b"abc"[..], Some(2948), 3));
        assert_eq!((whole.joined.parts, whole.joined.largest), (3, Some(13)));
        assert!(whole.joined.is_concatenated && whole.joined.other_port.is_none());
        // Once more, after it was whole.
        assert_eq!(assembler.take(part(1, 3, 2, b"b")), None);
        assert!(assembler.open.keys().all(|(.., total)| *total == 2));
        assert_eq!(assembler.take(part(2, 2, 1, b"x")).unwrap().data, b"xy");
        let alone = assembler.take(Part { concatenation: None, ..part(1, 1, 1, b"z") }).unwrap();
        assert!(!alone.joined.is_concatenated);
        assembler.finish();
        assert!(assembler.take_problems().is_empty());
    }

    #[test]
    fn who_sent_it_and_to_whom_tell_messages_apart() {
        let mut assembler = Assembler::new();
        assembler.take(part(1, 2, 1, b"a"));
        let to = |name: &str| Part { destination: Some(name.to_owned()), ..part(1, 2, 2, b"b") };
        assert_eq!(assembler.take(to("+1")), None);
        assert_eq!(assembler.take(Part { originator: None, ..part(1, 2, 2, b"b") }), None);
        assert_eq!(assembler.take(part(1, 3, 2, b"b")), None);
        assert_eq!(assembler.take(part(1, 2, 2, b"b")).unwrap().data, b"ab");
    }

    #[test]
    fn a_part_that_comes_again_with_other_content_begins_anew() {
        let mut assembler = Assembler::new();
        assembler.take(part(1, 2, 1, b"a"));
        assert_eq!(assembler.take(part(1, 2, 1, b"A")), None);
        assert_eq!(assembler.take(part(1, 2, 2, b"B")).unwrap().data, b"AB");
        let problems = assembler.take_problems();
        assert!(problems.len() == 1 && problems[0].text.contains("came again with other content"), "{problems:?}");
    }

    #[test]
    fn parts_that_never_came_are_named_of_pushes() {
        let mut assembler = Assembler::new();
        assembler.take(part(1, 20, 4, b"a"));
        assembler.take(part(2, 2, 2, b"a"));
        assembler.take(Part { ports: None, ..part(3, 2, 2, b"a") });
        assembler.finish();
        let texts: Vec<String> = assembler.take_problems().into_iter().map(|problem| problem.text).collect();
        assert_eq!(texts.len(), 2);
        assert!(texts[0].contains("number 1, 2, 3, 5, 6, 7, 8, 9 and others are not"), "{texts:?}");
        assert!(texts[1].contains("of which number 1 is not"), "{texts:?}");
        assert!(texts[1].contains("from \"+491711\""), "{texts:?}");
    }

    #[test]
    fn ports_that_differ_and_headers_that_lie_are_told() {
        let mut assembler = Assembler::new();
        assembler.take(part(1, 2, 1, b"a"));
        let other = Some(Ports { destination: 9200, source: 1 });
        let whole = assembler.take(Part { ports: other, ..part(1, 2, 2, b"b") }).unwrap();
        assert_eq!(whole.joined.other_port, Some((2, Some(9200))));
        assert_eq!(assembler.take(Part { missing: 2, ..part(1, 1, 1, b"b") }), None);
        let fault = Some(crate::sms::UdhFault::ElementCut { id: 5 });
        assembler.take(Part { fault, ports: None, concatenation: None, ..part(1, 1, 1, b"b") });
        assert_eq!(assembler.take_problems().len(), 2);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut assembler = Assembler::new();
        for reference in 0..=u16::try_from(Limits::SMS_OPEN).unwrap() {
            assembler.take(part(reference, 2, 1, b"a"));
        }
        assert_eq!(assembler.open.len(), Limits::SMS_OPEN);
        let large = vec![0; 60_000];
        for reference in 0..200 {
            assembler.take(part(reference, 3, 2, &large));
        }
        assert!(assembler.octets <= Limits::SMS_OCTETS && assembler.take_problems().is_empty());
        assembler.finish();
        let problems = assembler.take_problems();
        let given_up: Vec<&str> =
            problems.iter().map(|problem| &*problem.text).filter(|text| text.contains("given up")).collect();
        assert_eq!(given_up.len(), 1, "however many they are: {given_up:?}");
        assert_eq!((assembler.open.len(), assembler.octets), (0, 0));
    }
}
