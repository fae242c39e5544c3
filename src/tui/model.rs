//! The state of the program: what has arrived, which screens are open, what lies on top. It knows no terminal.

use super::compare::Compared;
use super::cursor::Cursor;
use super::findings::{CasesView, FindingsView};
use super::keys::Context;
use super::line::{Line, Subject, Tone};
use super::live::{LiveControl, LiveState, Remark};
use super::message::MessageView;
use super::sessions::SessionsView;
use super::settings::Settings;
use super::store::Store;
use super::timeline::TimelineView;
use super::tree::TreeView;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tui_input::Input;

/// Lines and where one is in them.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The lines.
    pub lines: Vec<Line>,
    /// The selected one, and the first that is seen.
    pub cursor: Cursor,
}

impl Listing {
    /// From lines, at the first one.
    pub fn new(lines: Vec<Line>) -> Self {
        Self { lines, cursor: Cursor::default() }
    }

    /// The selected line.
    pub fn selected(&self) -> Option<&Line> {
        self.lines.get(self.cursor.at)
    }

    /// What the selected line stands for.
    pub fn subject(&self) -> Subject {
        self.selected().map(|line| line.subject.clone()).unwrap_or_default()
    }

    /// Other lines in place of these; the selection stays at what it was on, or else where it was.
    pub fn replace(&mut self, lines: Vec<Line>) {
        let subject = self.subject();
        self.lines = lines;
        if subject != Subject::Nothing {
            self.select(&subject);
        }
        self.cursor.at = self.cursor.at.min(self.lines.len().saturating_sub(1));
    }

    /// Selects the first line that stands for something.
    pub fn select(&mut self, subject: &Subject) -> bool {
        let found = self.lines.iter().position(|line| line.subject == *subject);
        if let Some(at) = found {
            self.cursor.go(at);
        }
        found.is_some()
    }
}

/// A screen that is no more than lines.
#[derive(Debug, Clone)]
pub struct TextView {
    /// Which keys work in it.
    pub context: Context,
    /// What stands above it.
    pub title: String,
    /// The lines.
    pub list: Listing,
}

/// One screen.
#[derive(Debug)]
pub enum Screen {
    /// The table of sessions.
    Sessions(SessionsView),
    /// One session.
    Timeline(TimelineView),
    /// One message.
    Message(Box<MessageView>),
    /// Findings.
    Findings(FindingsView),
    /// Test cases.
    Cases(CasesView),
    /// Two things side by side.
    Compare(Compared),
    /// A device's tree.
    Tree(TreeView),
    /// Live traffic.
    Live(LiveState),
    /// Lines: coverage, inputs.
    Text(TextView),
}

impl Screen {
    /// Which keys work in it.
    pub const fn context(&self) -> Context {
        match self {
            Self::Sessions(_) => Context::Sessions,
            Self::Timeline(_) => Context::Timeline,
            Self::Message(_) => Context::Message,
            Self::Findings(_) => Context::Findings,
            Self::Cases(_) => Context::Cases,
            Self::Compare(_) => Context::Compare,
            Self::Tree(_) => Context::Tree,
            Self::Live(_) => Context::Live,
            Self::Text(view) => view.context,
        }
    }
}

/// What a prompt asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// A filter of sessions.
    Filter,
    /// Something to search for.
    Search,
}

/// What one of several choices does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Menu {
    /// Columns of the table of sessions.
    Columns,
    /// What can be written from here.
    Export,
}

/// What lies on top of a screen.
#[derive(Debug, Clone)]
pub enum Popup {
    /// A text.
    Text {
        /// What stands above it.
        title: String,
        /// The lines.
        list: Listing,
    },
    /// One line to be typed.
    Prompt {
        /// What for.
        prompt: Prompt,
        /// What was typed.
        input: Input,
        /// What is wrong with it, or what could come next.
        remark: String,
    },
    /// Choices.
    Menu {
        /// Of what.
        menu: Menu,
        /// What stands above them.
        title: String,
        /// The choices.
        list: Listing,
    },
}

/// Whether more arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    /// Captures are being read.
    Reading {
        /// The one being read.
        input: String,
        /// Octets read.
        bytes: u64,
        /// Octets there are, where that is known.
        total: Option<u64>,
    },
    /// Everything was read.
    Done,
    /// It broke off.
    Failed(String),
}

/// What is said in the line above the keys, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The text.
    pub text: String,
    /// How it looks.
    pub tone: Tone,
}

/// What was marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A session, by its position in the store.
    Session(u32),
    /// A message of a session.
    Message(u32, u32),
}

/// The state.
#[derive(Debug)]
pub struct Model {
    /// What has arrived.
    pub store: Store,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// Screens, the shown one last; the first is always the table of sessions.
    pub screens: Vec<Screen>,
    /// What lies on top.
    pub popup: Option<Popup>,
    /// Theme, columns, keys.
    pub settings: Settings,
    /// Whether more arrives.
    pub loading: Loading,
    /// What is said.
    pub notice: Option<Notice>,
    /// What was marked, at most two things of a kind.
    pub marks: Vec<Mark>,
    /// What was searched for.
    pub search: String,
    /// Whether places that have it are set off.
    pub marks_hits: bool,
    /// Where one was in each timeline that one left.
    pub left: BTreeMap<u32, Subject>,
    /// What is shown, for the first line.
    pub title: String,
    /// Whether there are several inputs.
    pub several: bool,
    /// The proxy behind it, where there is one.
    pub live: Option<Arc<dyn LiveControl>>,
    /// The last of what it said, the oldest first.
    pub said: VecDeque<Remark>,
    /// Whether it was asked to end once: a second time ends it.
    pub leaving: bool,
    /// Sessions that are shown; `None`: all there are. What arrives while the table is held still comes later.
    pub held: Option<usize>,
}

impl Model {
    /// An empty one.
    pub fn new(title: impl Into<String>, settings: Settings) -> Self {
        let sessions = SessionsView::new(&settings);
        Self {
            store: Store::default(),
            size: (80, 24),
            screens: vec![Screen::Sessions(sessions)],
            popup: None,
            settings,
            loading: Loading::Reading { input: String::new(), bytes: 0, total: None },
            notice: None,
            marks: Vec::new(),
            search: String::new(),
            marks_hits: false,
            left: BTreeMap::new(),
            title: title.into(),
            several: false,
            live: None,
            said: VecDeque::new(),
            leaving: false,
            held: None,
        }
    }

    /// Shows only sessions that match an expression.
    ///
    /// # Errors
    ///
    /// What is wrong with the expression.
    pub fn filter(&mut self, text: &str) -> Result<(), String> {
        match self.screens.first_mut() {
            Some(Screen::Sessions(view)) => view.set_filter(text, &self.store),
            _ => Ok(()),
        }
    }

    /// The shown screen.
    pub fn screen(&self) -> Option<&Screen> {
        self.screens.last()
    }

    /// Which keys work at the moment.
    pub fn context(&self) -> Context {
        match (&self.popup, self.screen()) {
            (Some(_), _) | (None, None) => Context::Popup,
            (None, Some(screen)) => screen.context(),
        }
    }

    /// Says something until the next key.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), tone });
    }

    /// How many sessions are shown, before any filter.
    pub fn shown_sessions(&self) -> usize {
        self.held.unwrap_or(usize::MAX).min(self.store.sessions().len())
    }

    /// Whether something is marked.
    pub fn is_marked(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// The session that is looked at: by its position in the store.
    pub fn current_session(&self) -> Option<u32> {
        self.screens.iter().rev().find_map(|screen| match screen {
            Screen::Timeline(view) => Some(view.at),
            Screen::Message(view) => Some(view.session),
            Screen::Sessions(view) => view.selected(),
            _ => None,
        })
    }
}
