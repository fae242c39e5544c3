//! The only list of keys: what they do, the footer, the help and the documentation come from it.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeMap;
use std::fmt;

/// What the user can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Up a line.
    Up,
    /// Down a line.
    Down,
    /// Left: fold, or the pane to the left.
    Left,
    /// Right: unfold, or the pane to the right.
    Right,
    /// Up a page.
    PageUp,
    /// Down a page.
    PageDown,
    /// To the first line.
    Home,
    /// To the last line.
    End,
    /// Open what is selected.
    Open,
    /// Back, or close what is on top.
    Back,
    /// Leave.
    Quit,
    /// All keys of this screen.
    Help,
    /// What is selected, explained.
    Explain,
    /// The next pane.
    NextPane,
    /// Fold or unfold.
    Fold,
    /// Fold or unfold everything.
    FoldAll,
    /// Search.
    Search,
    /// The next place that was searched for.
    Next,
    /// The one before.
    Previous,
    /// Filter sessions.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Turn the order round.
    Reverse,
    /// Choose columns.
    Columns,
    /// Mark what is selected.
    Mark,
    /// Compare what is marked.
    Compare,
    /// Findings.
    Findings,
    /// Test cases.
    Cases,
    /// Rules: exercised or not.
    Coverage,
    /// Security: protection, rules on it, rights.
    Security,
    /// The device's management tree.
    Tree,
    /// What was read, and what was wrong with it.
    Inputs,
    /// Group by something else.
    Group,
    /// Only test cases that were decided.
    OnlyDecided,
    /// Time: since the start, since the message before, of the day.
    TimeMode,
    /// The next finding.
    NextFinding,
    /// The finding before.
    PreviousFinding,
    /// What a Status answers, or the answer of a command.
    Jump,
    /// A value, decoded.
    Decode,
    /// The session, package or message after this.
    Following,
    /// The one before.
    Preceding,
    /// Write something to a file.
    Export,
    /// Copy the selected line or value.
    Copy,
    /// Stop taking in what arrives; go on.
    Pause,
    /// Go to what arrives.
    Follow,
    /// Live traffic: rates, connections, faults.
    Live,
    /// Codes and elements, to be looked up.
    Codes,
    /// The next theme.
    Theme,
    /// Mouse on or off.
    Mouse,
    /// Draw everything anew.
    Redraw,
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The table of sessions.
    Sessions,
    /// The timeline of a session.
    Timeline,
    /// A message.
    Message,
    /// Findings.
    Findings,
    /// Test cases.
    Cases,
    /// Rules and how often each was exercised.
    Coverage,
    /// Two things side by side.
    Compare,
    /// The management tree.
    Tree,
    /// Live traffic.
    Live,
    /// Codes and elements, to be looked up.
    Codes,
    /// A text on top of everything.
    Popup,
}

impl Context {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 11] = [
        Self::Sessions,
        Self::Timeline,
        Self::Message,
        Self::Findings,
        Self::Cases,
        Self::Coverage,
        Self::Compare,
        Self::Tree,
        Self::Live,
        Self::Codes,
        Self::Popup,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Timeline => "timeline",
            Self::Message => "message",
            Self::Findings => "findings",
            Self::Cases => "test cases",
            Self::Coverage => "coverage",
            Self::Compare => "compare",
            Self::Tree => "device tree",
            Self::Live => "live",
            Self::Codes => "codes and elements",
            Self::Popup => "popup",
        }
    }
}

/// One key and what it does.
#[derive(Debug)]
pub struct Key {
    /// What it does.
    pub action: Action,
    /// What it is called in the configuration.
    pub name: &'static str,
    /// The keys, unless the configuration has others.
    pub keys: &'static [&'static str],
    /// Where; everywhere where empty.
    pub contexts: &'static [Context],
    /// The word in the footer; empty for keys that stand in the help alone.
    pub short: &'static str,
    /// One line in the help.
    pub help: &'static str,
}

use Context as C;

const LISTS: &[Context] = &[C::Sessions, C::Findings, C::Cases, C::Coverage];

macro_rules! key {
    ($action:ident, $name:literal, $keys:expr, $contexts:expr, $short:literal, $help:literal) => {
        Key { action: Action::$action, name: $name, keys: &$keys, contexts: $contexts, short: $short, help: $help }
    };
}

impl Key {
    /// The word in the footer of a place.
    pub const fn word(&self, context: Context) -> &'static str {
        match (self.action, context) {
            (Action::NextFinding, C::Compare) => "next difference",
            (Action::Open, C::Codes) => "tell more",
            (Action::Open, C::Tree) => "fold or open",
            (Action::Following, C::Tree) => "later",
            (Action::Preceding, C::Tree) => "earlier",
            _ => self.short,
        }
    }
}

/// All keys. In the footer they stand in this order.
pub static KEYS: &[Key] = &[
    key!(Open, "open", ["enter"], &[], "open", "open what is selected"),
    key!(Explain, "explain", ["i"], &[], "explain", "explain what is selected: rule, command, status, element"),
    key!(
        Findings,
        "findings",
        ["F"],
        &[C::Sessions, C::Timeline, C::Message, C::Live],
        "findings",
        "findings, of everything or of this session"
    ),
    key!(
        Filter,
        "filter",
        ["f"],
        &[C::Sessions],
        "filter",
        "show only sessions that match an expression; Tab completes"
    ),
    key!(
        NextFinding,
        "next-finding",
        ["]"],
        &[C::Timeline, C::Message, C::Compare],
        "next finding",
        "go to the next finding, or difference"
    ),
    key!(
        PreviousFinding,
        "previous-finding",
        ["["],
        &[C::Timeline, C::Message, C::Compare],
        "",
        "go to the finding before, or difference"
    ),
    key!(
        Export,
        "export",
        ["e"],
        &[C::Sessions, C::Timeline, C::Message, C::Findings, C::Compare, C::Tree],
        "export",
        "write something to a file: message, session, ladder, finding"
    ),
    key!(Fold, "fold", ["space"], &[C::Timeline, C::Message, C::Findings, C::Tree], "fold", "fold or unfold"),
    key!(FoldAll, "fold-all", ["z"], &[C::Timeline, C::Message, C::Findings, C::Tree], "", "fold or unfold everything"),
    key!(
        Jump,
        "jump",
        ["o"],
        &[C::Timeline, C::Message],
        "other end",
        "from a Status or Results to the command that it answers, and back"
    ),
    key!(
        NextPane,
        "next-pane",
        ["tab"],
        &[C::Timeline, C::Message, C::Findings, C::Cases],
        "pane",
        "to the next pane: beside the list, XML, octets, HTTP"
    ),
    key!(
        Decode,
        "decode",
        ["d"],
        &[C::Message],
        "decode",
        "decode the selected value: Base64, URL, entities, hex, XML, certificate, codes"
    ),
    key!(Group, "group", ["b"], &[C::Findings], "group by", "group by something else: rule, severity, party, session"),
    key!(
        OnlyDecided,
        "only-decided",
        ["u"],
        &[C::Cases],
        "only decided",
        "only test cases that passed or failed, or all"
    ),
    key!(
        Cases,
        "cases",
        ["T"],
        &[C::Sessions, C::Timeline, C::Findings, C::Live],
        "tests",
        "test cases with their verdicts"
    ),
    key!(Sort, "sort", ["s"], &[C::Sessions], "sort", "sort by the next column"),
    key!(Reverse, "reverse", ["S"], &[C::Sessions], "", "turn the order round"),
    key!(Columns, "columns", ["c"], &[C::Sessions], "columns", "choose columns"),
    key!(
        Mark,
        "mark",
        ["m"],
        &[C::Sessions, C::Timeline, C::Message, C::Tree],
        "",
        "mark a session or a message; two marks can be compared"
    ),
    key!(
        Compare,
        "compare",
        ["D"],
        &[C::Sessions, C::Timeline, C::Message, C::Tree],
        "",
        "compare the two marked sessions or messages; of a tree, with the marked moment"
    ),
    key!(
        Tree,
        "tree",
        ["M"],
        &[C::Sessions, C::Timeline, C::Message],
        "tree",
        "the device's management tree as known at this point"
    ),
    key!(
        Coverage,
        "coverage",
        ["R"],
        &[C::Sessions, C::Timeline, C::Findings, C::Cases],
        "",
        "rules: how often each was exercised, and which never"
    ),
    key!(
        Security,
        "security",
        ["A"],
        &[C::Sessions, C::Timeline, C::Findings, C::Cases, C::Coverage],
        "",
        "security: what protects the sessions, what rules found, who may do what"
    ),
    key!(Inputs, "inputs", ["I"], LISTS, "", "what was read, and what was wrong with it"),
    key!(Live, "live", ["L"], &[C::Sessions, C::Timeline], "", "live traffic: rates, connections, faults"),
    key!(
        TimeMode,
        "time",
        ["t"],
        &[C::Timeline],
        "time",
        "time: since the start, since the message before, of the day"
    ),
    key!(
        Following,
        "following",
        [">"],
        &[C::Timeline, C::Message, C::Tree],
        "",
        "the session, message or moment after this one"
    ),
    key!(
        Preceding,
        "preceding",
        ["<"],
        &[C::Timeline, C::Message, C::Tree],
        "",
        "the session, message or moment before this one"
    ),
    key!(Copy, "copy", ["y"], &[], "", "copy the selected line or value to the clipboard of the terminal (OSC 52)"),
    key!(
        Pause,
        "pause",
        ["p"],
        &[C::Sessions, C::Live],
        "",
        "hold the table still; what arrives is kept, and shown when it goes on"
    ),
    key!(Follow, "follow", ["a"], &[C::Sessions], "", "follow: keep the newest session selected"),
    key!(
        Codes,
        "codes",
        ["C"],
        &[],
        "",
        "look up status and alert codes and elements, those of the traffic and all others"
    ),
    key!(Search, "search", ["/"], &[], "", "search in this screen; case counts only where capitals are typed"),
    key!(Next, "next", ["n"], &[], "", "the next place that was searched for"),
    key!(Previous, "previous", ["N"], &[], "", "the one before"),
    key!(Up, "up", ["up", "k"], &[], "", "up a line"),
    key!(Down, "down", ["down", "j"], &[], "", "down a line"),
    key!(Left, "left", ["left", "h"], &[], "", "fold; to the pane on the left; back"),
    key!(Right, "right", ["right", "l"], &[], "", "unfold; to the pane on the right; open"),
    key!(PageUp, "page-up", ["pageup", "ctrl-b"], &[], "", "up a page"),
    key!(PageDown, "page-down", ["pagedown", "ctrl-f"], &[], "", "down a page"),
    key!(Home, "home", ["home", "g"], &[], "", "to the first line"),
    key!(End, "end", ["end", "G"], &[], "", "to the last line"),
    key!(Theme, "theme", ["ctrl-t"], &[], "", "the next theme: dark, light, high contrast, none"),
    key!(Mouse, "mouse", ["ctrl-o"], &[], "", "mouse on or off; off, the terminal's own selection works"),
    key!(Redraw, "redraw", ["ctrl-l"], &[], "", "draw everything anew"),
    key!(Back, "back", ["esc", "backspace"], &[], "back", "back, or close what is on top"),
    key!(Help, "help", ["?", "f1"], &[], "keys", "all keys of this screen"),
    key!(Quit, "quit", ["q", "ctrl-c"], &[], "quit", "leave"),
];

/// A key of a keyboard with what is held beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stroke {
    code: Code,
    ctrl: bool,
    alt: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Code {
    Char(char),
    Named(&'static str),
    F(u8),
}

/// Keys with names.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Stroke {
    /// Reads the spelling of the configuration: `G`, `space`, `ctrl-t`, `alt-enter`, `f5`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let (mut ctrl, mut alt) = (false, false);
        loop {
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !after.is_empty()) {
                (ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !after.is_empty()) {
                (alt, rest) = (true, after);
            } else {
                break;
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(ch), None) if !ch.is_control() && ch != ' ' => Code::Char(ch),
            _ if rest == "space" => Code::Char(' '),
            (Some('f'), Some(_)) if rest.get(1..)?.parse::<u8>().is_ok_and(|number| (1..=12).contains(&number)) => {
                Code::F(rest.get(1..)?.parse().ok()?)
            }
            _ => Code::Named(NAMED.iter().find(|(name, _)| *name == rest)?.0),
        };
        Some(Self { code, ctrl, alt })
    }

    /// That of an event; `None` for keys that mean nothing here.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let code = match event.code {
            KeyCode::Char(ch) => Code::Char(ch),
            KeyCode::F(number) => Code::F(number),
            code => Code::Named(NAMED.iter().find(|(_, known)| *known == code)?.0),
        };
        let held = |what| event.modifiers.contains(what);
        Some(Self { code, ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT) })
    }

    /// The character that it types, where it types one.
    pub const fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(ch) if !self.ctrl && !self.alt => Some(ch),
            _ => None,
        }
    }
}

impl fmt::Display for Stroke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.code {
            Code::Char(' ') => f.write_str("Space"),
            Code::Char(ch) => write!(f, "{ch}"),
            Code::F(number) => write!(f, "F{number}"),
            Code::Named("enter") => f.write_str("Enter"),
            Code::Named("esc") => f.write_str("Esc"),
            Code::Named("tab") => f.write_str("Tab"),
            Code::Named("up") => f.write_str("↑"),
            Code::Named("down") => f.write_str("↓"),
            Code::Named("left") => f.write_str("←"),
            Code::Named("right") => f.write_str("→"),
            Code::Named("pageup") => f.write_str("PgUp"),
            Code::Named("pagedown") => f.write_str("PgDn"),
            Code::Named("home") => f.write_str("Home"),
            Code::Named("end") => f.write_str("End"),
            Code::Named(name) => f.write_str(name),
        }
    }
}

/// The keys as they are after the configuration.
#[derive(Debug, Clone)]
pub struct KeyMap {
    strokes: Vec<(&'static Key, Vec<Stroke>)>,
}

impl Default for KeyMap {
    fn default() -> Self {
        let strokes = |key: &'static Key| key.keys.iter().filter_map(|text| Stroke::parse(text)).collect();
        Self { strokes: KEYS.iter().map(|key| (key, strokes(key))).collect() }
    }
}

/// What is wrong with the keys of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No action has that name.
    #[error("there is no action \"{0}\"; `dmscope view --keys` lists all")]
    UnknownAction(String),
    /// No key has that name.
    #[error("\"{1}\" (for {0}) is no key; keys are written G, space, enter, ctrl-t, alt-x, f5")]
    UnknownKey(String, String),
    /// Two actions of one screen have one key.
    #[error("{0} has two meanings: {1} and {2}")]
    Twice(String, &'static str, &'static str),
}

impl KeyMap {
    /// The built-in keys with those of the configuration in place of their own.
    ///
    /// # Errors
    ///
    /// When a name is unknown, or a key would have two meanings.
    pub fn with(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, KeyError> {
        let mut map = Self::default();
        for (name, keys) in changes {
            let entry = map.strokes.iter_mut().find(|(key, _)| key.name == name);
            let (_, strokes) = entry.ok_or_else(|| KeyError::UnknownAction(name.clone()))?;
            let parse =
                |text: &String| Stroke::parse(text).ok_or_else(|| KeyError::UnknownKey(name.clone(), text.clone()));
            *strokes = keys.iter().map(parse).collect::<Result<_, _>>()?;
        }
        match map.clash() {
            Some((stroke, one, other)) => Err(KeyError::Twice(stroke.to_string(), one, other)),
            None => Ok(map),
        }
    }

    /// A key that means two things in one place.
    fn clash(&self) -> Option<(Stroke, &'static str, &'static str)> {
        for context in Context::ALL {
            let mut seen: BTreeMap<Stroke, &'static str> = BTreeMap::new();
            for (key, stroke) in self.of(context).flat_map(|(key, strokes)| strokes.iter().map(move |s| (key, *s))) {
                if let Some(other) = seen.insert(stroke, key.name).filter(|other| *other != key.name) {
                    return Some((stroke, other, key.name));
                }
            }
        }
        None
    }

    /// The keys of a context, in order.
    pub fn of(&self, context: Context) -> impl Iterator<Item = (&'static Key, &[Stroke])> + '_ {
        self.strokes
            .iter()
            .filter(move |(key, _)| key.contexts.is_empty() || key.contexts.contains(&context))
            .map(|(key, strokes)| (*key, strokes.as_slice()))
    }

    /// What a key means somewhere.
    pub fn action(&self, context: Context, stroke: Stroke) -> Option<Action> {
        self.of(context).find(|(_, strokes)| strokes.contains(&stroke)).map(|(key, _)| key.action)
    }

    /// The first key of an action, as it is written.
    pub fn name_of(&self, action: Action) -> String {
        let found = self.strokes.iter().find(|(key, _)| key.action == action);
        found.and_then(|(_, strokes)| strokes.first()).map(Stroke::to_string).unwrap_or_default()
    }
}
