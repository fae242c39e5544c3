//! The notation of faults: a name, what belongs to it, and conditions.

use super::error::{FaultError, FaultErrorKind};
use super::spec::{Conditions, Fault, FaultKind, Probability};
use crate::base::{Direction, Limits};
use std::str::FromStr;
use std::time::Duration;

/// Names of all faults.
pub(super) const KINDS: &[&str] = &[
    "delay",
    "drop",
    "http",
    "truncate",
    "corrupt",
    "drop-final",
    "msgid",
    "repeat-msgid",
    "alter-nonce",
    "strip-status",
    "repeat",
];

/// Conditions, as a message names them.
pub(super) const CONDITIONS: &[&str] = &[
    "client",
    "server",
    "session N",
    "package N",
    "message N",
    "status to COMMAND",
    "p=PROBABILITY",
    "seed=N",
    "once",
    "times N",
];

/// First words of conditions.
const WORDS: &[&str] = &["client", "server", "session", "package", "message", "status", "once", "times", "p", "seed"];

/// Words that only make a condition readable.
const JOINTS: &[&str] = &["on", "in", "with", "and"];

/// What a Status may answer.
const COMMANDS: &[&str] = &[
    "SyncHdr", "Add", "Alert", "Atomic", "Copy", "Delete", "Exec", "Get", "Replace", "Results", "Sequence", "Map",
    "Move", "Put", "Search", "Sync",
];

const NUMBER: &str = "a number from 1";
const OCTETS: &str = "a number of octets";

/// Reads a file of faults: one a line; blank lines, and what follows a `#`, are passed over.
///
/// # Errors
/// The first line that can't be read, with its number and the column in it.
pub fn read_file(text: &str) -> Result<Vec<Fault>, FaultError> {
    if text.len() > Limits::FAULT_FILE {
        let kind = FaultErrorKind::TooLong { limit: Limits::FAULT_FILE };
        return Err(FaultError { line: None, column: 1, kind });
    }
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(text).lines()) {
        let line = line.split('#').next().unwrap_or_default();
        if !line.trim().is_empty() {
            faults.push(line.parse().map_err(|error| FaultError { line: Some(number), ..error })?);
        }
    }
    Ok(faults)
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        if text.len() > Limits::FAULT_SPEC {
            let kind = FaultErrorKind::TooLong { limit: Limits::FAULT_SPEC };
            return Err(FaultError { line: None, column: 1, kind });
        }
        let mut words = Words::new(text);
        let kind = kind(&mut words)?;
        let mut when = Conditions::default();
        while let Some(word) = words.next() {
            condition(word, &mut words, &mut when)?;
        }
        check(&kind, &when, words.start)?;
        Ok(Fault { kind, when })
    }
}

/// A word and the column of its first character, from 1.
#[derive(Debug, Clone, Copy)]
struct Word<'t> {
    text: &'t str,
    column: usize,
}

impl Word<'_> {
    fn is(self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word)
    }

    fn error(self, kind: FaultErrorKind) -> FaultError {
        FaultError { line: None, column: self.column, kind }
    }

    fn bad(self, allowed: &'static str) -> FaultError {
        self.error(FaultErrorKind::BadValue { found: shown(self.text), allowed, meant: None })
    }

    fn number(self, allowed: &'static str) -> Result<u64, FaultError> {
        number(self.text).ok_or_else(|| self.bad(allowed))
    }
}

fn number(text: &str) -> Option<u64> {
    crate::syncml::number(text)
}

/// A word of the text for a message: cut where it is long.
fn shown(word: &str) -> String {
    const LONGEST: usize = 40;
    let mut cut: String = word.chars().take(LONGEST).collect();
    if cut.len() < word.len() {
        cut.push('…');
    }
    cut
}

struct Words<'t> {
    rest: &'t str,
    column: usize,
    start: usize,
    /// The word that was read last.
    last: &'t str,
}

impl<'t> Words<'t> {
    fn new(text: &'t str) -> Self {
        let mut words = Self { rest: text, column: 1, start: 1, last: "" };
        words.skip_blanks();
        words.start = words.column;
        words
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest.trim_start();
        let blanks = self.rest.len().saturating_sub(rest.len());
        self.column += self.rest.get(..blanks).unwrap_or_default().chars().count();
        self.rest = rest;
    }

    fn peek(&mut self) -> Option<Word<'t>> {
        self.skip_blanks();
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let text = self.rest.get(..end).filter(|text| !text.is_empty())?;
        Some(Word { text, column: self.column })
    }

    fn next(&mut self) -> Option<Word<'t>> {
        let word = self.peek()?;
        self.rest = self.rest.get(word.text.len()..).unwrap_or_default();
        self.column += word.text.chars().count();
        self.last = word.text;
        Some(word)
    }

    /// The next word, which must be there.
    fn need(&mut self, allowed: &'static str) -> Result<Word<'t>, FaultError> {
        let after = self.last;
        let column = self.column;
        self.next().ok_or_else(|| FaultError {
            line: None,
            column,
            kind: FaultErrorKind::Missing { after: shown(after), allowed },
        })
    }

    /// Takes the next word where it is this one.
    fn take(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|next| next.is(word));
        if is {
            self.next();
        }
        is
    }
}

fn kind(words: &mut Words<'_>) -> Result<FaultKind, FaultError> {
    let Some(word) = words.next() else {
        return Err(FaultError { line: None, column: 1, kind: FaultErrorKind::Empty });
    };
    let Some(name) = KINDS.iter().copied().find(|name| word.is(name)) else {
        let meant = nearest(word.text, KINDS);
        return Err(word.error(FaultErrorKind::UnknownFault { found: shown(word.text), meant }));
    };
    Ok(match name {
        "delay" => {
            let word = words.need(DURATION)?;
            FaultKind::Delay(duration(word.text).ok_or_else(|| word.bad(DURATION))?)
        }
        "drop" => {
            words.take("after");
            FaultKind::Drop { after: words.need(OCTETS)?.number(OCTETS)? }
        }
        "http" => {
            const STATUS: &str = "a status of HTTP from 500 to 599";
            let word = words.need(STATUS)?;
            let status = u16::try_from(word.number(STATUS)?).ok();
            FaultKind::Http(status.filter(|status| matches!(status, 500..=599)).ok_or_else(|| word.bad(STATUS))?)
        }
        "truncate" => FaultKind::Truncate(octets(words.need(OCTETS)?)?),
        "corrupt" => match words.peek().filter(|word| number(word.text).is_some()) {
            Some(word) => {
                words.next();
                FaultKind::Corrupt(Some(octets(word)?))
            }
            None => FaultKind::Corrupt(None),
        },
        "drop-final" => FaultKind::DropFinal,
        "msgid" => {
            const MSG_ID: &str = "a number";
            FaultKind::MsgId(words.need(MSG_ID)?.number(MSG_ID)?)
        }
        "repeat-msgid" => FaultKind::RepeatMsgId,
        "alter-nonce" => FaultKind::AlterNonce,
        "strip-status" => {
            let all = words.take("all");
            if !all {
                words.take("first");
            }
            FaultKind::StripStatus { all }
        }
        _ => FaultKind::Repeat,
    })
}

fn octets(word: Word<'_>) -> Result<usize, FaultError> {
    usize::try_from(word.number(OCTETS)?).map_err(|_| word.bad(OCTETS))
}

const DURATION: &str = "a time of at most an hour, such as 500ms, 3s or 2m";

fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    let time = Duration::from_millis(number(count)?.checked_mul(millis)?);
    (time <= Duration::from_nanos(Limits::FAULT_DELAY)).then_some(time)
}

fn condition(word: Word<'_>, words: &mut Words<'_>, when: &mut Conditions) -> Result<(), FaultError> {
    const CONDITION: &str = "a condition";
    if JOINTS.iter().any(|joint| word.is(joint)) {
        let word = words.need(CONDITION)?;
        return plain_condition(word, words, when);
    }
    plain_condition(word, words, when)
}

fn plain_condition(word: Word<'_>, words: &mut Words<'_>, when: &mut Conditions) -> Result<(), FaultError> {
    fn set<T>(slot: &mut Option<T>, value: T, word: Word<'_>, what: &'static str) -> Result<(), FaultError> {
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(word.error(FaultErrorKind::Twice { what })),
        }
    }
    let positive =
        |word: Word<'_>| Some(word.number(NUMBER)?).filter(|number| *number > 0).ok_or_else(|| word.bad(NUMBER));
    let (name, value) = match word.text.split_once('=') {
        Some((name, value)) => (Word { text: name, ..word }, Some(value)),
        None => (word, None),
    };
    let value_word = |value| Word { text: value, column: word.column + name.text.chars().count() + 1 };
    match value {
        Some(value) if name.is("p") => {
            const PROBABILITY: &str = "a probability from 0 to 1, such as 0.1";
            let value = value_word(value);
            let probability = Probability::read(value.text).ok_or_else(|| value.bad(PROBABILITY))?;
            set(&mut when.probability, probability, word, "p")
        }
        Some(value) if name.is("seed") => set(&mut when.seed, value_word(value).number("a number")?, word, "seed"),
        None if word.is("client") => set(&mut when.direction, Direction::DeviceToServer, word, "the side"),
        None if word.is("server") => set(&mut when.direction, Direction::ServerToDevice, word, "the side"),
        None if word.is("session") => set(&mut when.session, positive(words.need(NUMBER)?)?, word, "session"),
        None if word.is("message") => set(&mut when.message, positive(words.need(NUMBER)?)?, word, "message"),
        None if word.is("package") => {
            const PACKAGE: &str = "1 or 3 of the client, 2 or 4 of the server";
            let value = words.need(PACKAGE)?;
            let number = u8::try_from(value.number(PACKAGE)?).ok().filter(|number| matches!(number, 1..=4));
            set(&mut when.package, number.ok_or_else(|| value.bad(PACKAGE))?, word, "package")
        }
        None if word.is("status") => {
            const COMMAND: &str = "the name of a command, or SyncHdr";
            if !words.take("to") {
                let next = words.need("\"to\" and the name of a command")?;
                return Err(next.bad("\"to\" and the name of a command"));
            }
            let value = words.need(COMMAND)?;
            let Some(command) = COMMANDS.iter().copied().find(|command| value.is(command)) else {
                let meant = nearest(value.text, COMMANDS);
                let found = shown(value.text);
                return Err(value.error(FaultErrorKind::BadValue { found, allowed: COMMAND, meant }));
            };
            set(&mut when.status_to, command, word, "status to")
        }
        None if word.is("once") => set(&mut when.times, 1, word, "how often"),
        None if word.is("times") => set(&mut when.times, positive(words.need(NUMBER)?)?, word, "how often"),
        _ => {
            let meant = nearest(name.text, WORDS);
            Err(word.error(FaultErrorKind::UnknownCondition { found: shown(word.text), meant }))
        }
    }
}

/// Refuses what no message can meet.
fn check(kind: &FaultKind, when: &Conditions, column: usize) -> Result<(), FaultError> {
    use Direction::{DeviceToServer, ServerToDevice};
    let why = match (when.direction, when.package) {
        (Some(DeviceToServer), Some(2 | 4)) => "packages 2 and 4 are the server's",
        (Some(ServerToDevice), Some(1 | 3)) => "packages 1 and 3 are the client's",
        (direction, package)
            if *kind == FaultKind::Repeat && (direction == Some(ServerToDevice) || matches!(package, Some(2 | 4))) =>
        {
            "nothing can be sent to the device that it does not ask for; repeat-msgid and http are ways to make it see a \
             message again"
        }
        _ => return Ok(()),
    };
    Err(FaultError { line: None, column, kind: FaultErrorKind::Never { why } })
}

/// The word that another resembles: at most a third of it is wrong.
fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    if word.len() > 32 {
        return None;
    }
    let (distance, found) =
        known.iter().map(|known| (distance(&word, &known.to_ascii_lowercase()), *known)).min_by_key(|(far, _)| *far)?;
    (distance <= found.len().max(3) / 3).then_some(found)
}

/// Letters to be put in, left out or replaced to make one word of another.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (at, left) in a.chars().enumerate() {
        let mut diagonal = at;
        let mut before = at + 1;
        for (right, slot) in b.chars().zip(row.iter_mut().skip(1)) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *slot;
            before = replaced.min(diagonal + 1).min(before + 1);
            *slot = before;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
