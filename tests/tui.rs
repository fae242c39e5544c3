//! The screens of `dmscope view`: keys in, what is seen out, on the captures of this repository.
#![cfg(feature = "tui")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use dmscope::analysis::{self, Inputs, Options, TestCases};
use dmscope::capture::sources::expand;
use dmscope::tui::keys::{Context, KEYS, Stroke};
use dmscope::tui::model::Popup;
use dmscope::tui::update::{self, Effect};
use dmscope::tui::{Incoming, Model, Settings, feed, picture, view};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use std::num::NonZeroUsize;
use std::path::PathBuf;

const SMALL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (140, 45);

/// Everything that arrives while captures are read, the end included.
fn arriving(captures: &[&str], options: &Options) -> Vec<Incoming> {
    let paths: Vec<PathBuf> = captures.iter().map(|name| PathBuf::from("captures").join(name)).collect();
    let sources = expand(&paths).sources.into_iter().filter_map(Result::ok).collect();
    let (mut feeder, incoming) = feed();
    let trees = Some(feeder.trees().clone());
    let options = Options { closeups: true, carried: true, trees, jobs: NonZeroUsize::new(1), ..options.clone() };
    let reader = std::thread::spawn(move || {
        let outcome = analysis::run(&Inputs { sources, of_more: false }, &options, &mut feeder);
        feeder.finish(outcome);
    });
    let arrived = incoming.iter().collect();
    reader.join().unwrap();
    arrived
}

/// The program without a terminal.
struct Stage {
    model: Model,
    effects: Vec<Effect>,
}

impl Stage {
    /// Everything of some captures was read.
    fn of(captures: &[&str], size: (u16, u16)) -> Self {
        Self::with(captures, size, &Options { testcases: TestCases::BuiltIn, ..Options::default() })
    }

    fn with(captures: &[&str], size: (u16, u16), options: &Options) -> Self {
        let settings = Settings::parse("theme = \"plain\"").unwrap();
        let mut model = Model::new(captures.join(" "), settings);
        model.size = size;
        for arrived in arriving(captures, options) {
            update::arrive(&mut model, arrived);
        }
        let mut stage = Self { model, effects: Vec::new() };
        stage.settle();
        stage
    }

    fn settle(&mut self) {
        update::settle(&mut self.model, 0);
    }

    /// Keys, with blanks between them; what stands between quotes is typed.
    fn press(&mut self, keys: &str) -> &mut Self {
        for word in keys.split(' ').filter(|word| !word.is_empty()) {
            match word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')) {
                Some(text) => text
                    .chars()
                    .for_each(|ch| self.stroke(&(if ch == '_' { "space".to_owned() } else { ch.to_string() }))),
                None => self.stroke(word),
            }
        }
        self
    }

    fn stroke(&mut self, name: &str) {
        let stroke = Stroke::parse(name).unwrap_or_else(|| panic!("{name} is no key"));
        let code = match name {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backspace" => KeyCode::Backspace,
            "space" => KeyCode::Char(' '),
            name => name.chars().next_back().map_or(KeyCode::Null, KeyCode::Char),
        };
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        let effect = update::key(&mut self.model, stroke, &event);
        if effect != Effect::None {
            self.effects.push(effect);
        }
        self.settle();
    }

    /// What is seen.
    fn screen(&self) -> String {
        let (width, height) = self.model.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        view::draw(&self.model, &mut buffer);
        let row = |y: u16| {
            let mut text = String::new();
            let mut x = 0;
            while x < width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += u16::try_from(ratatui::text::Span::raw(symbol).width().max(1)).unwrap();
            }
            format!("{}\n", text.trim_end())
        };
        (0..height).map(row).collect()
    }
}

/// A scripted walk: what is seen at its end, in both sizes.
macro_rules! walks {
    ($($name:ident: $captures:expr, $keys:literal;)*) => {
        $(#[test]
        fn $name() {
            for (size, word) in [(SMALL, "small"), (WIDE, "wide")] {
                let mut stage = Stage::of(&$captures, size);
                stage.press($keys);
                insta::assert_snapshot!(format!("{}-{word}", stringify!($name)), stage.screen());
            }
        })*
    };
}

walks! {
    sessions: ["10-atomic.pcap", "challenge.pcapng", "32-package0-push.pcap", "abort.pcap", "truncated.pcap"], "";
    columns: ["abort.pcap"], "c down down space";
    filter_with_a_mistake: ["10-atomic.pcap"], "f 'verdikt=fail'";
    filter_completed: ["10-atomic.pcap", "abort.pcap"], "f 'ver' tab 'f' tab enter";
    filter_without_a_match: ["10-atomic.pcap"], "f 'device=nobody' enter";
    timeline_of_atomic: ["10-atomic.pcap"], "enter";
    timeline_with_a_challenge: ["challenge.pcapng"], "enter down down down o";
    timeline_with_package_0: ["32-package0-push.pcap"], "enter t";
    timeline_of_a_large_object: ["large-object.pcap"], "enter z z";
    large_object_that_was_refused: ["09-large-object.pcap"], "enter";
    large_object_explained: ["09-large-object.pcap"], "enter / 'large_object' enter i";
    notification_explained: ["32-package0-push.pcap"], "enter g i";
    notification_opened: ["32-package0-push.pcap"], "enter g enter";
    timeline_with_a_download: ["download.pcap"], "down enter";
    download_report_opened: ["download.pcap"], "down enter / 'report_on' enter enter";
    download_descriptor_explained: ["download.pcap"], "down enter g i";
    authentication_explained: ["03-wbxml-md5-challenge.pcapng"], "i";
    credentials_explained: ["03-wbxml-md5-challenge.pcapng"], "enter enter > > / '<Cred>' enter i";
    challenge_explained: ["03-wbxml-md5-challenge.pcapng"], "enter enter > / 'NextNonce' enter i";
    codes: ["abort.pcap"], "C / '407' enter";
    code_explained: ["abort.pcap"], "? C / '407' enter enter";
    timeline_folded: ["10-atomic.pcap"], "enter z";
    timeline_searched: ["01-xml-basic.pcap"], "enter / 'VerProto' enter";
    findings_scrolled: ["10-atomic.pcap"], "F tab pagedown pagedown pagedown pagedown";
    finding_that_weighs_less: ["03-wbxml-md5-challenge.pcapng"], "F / 'HTTP-007' enter down";
    timeline_with_losses: ["gap.pcap"], "enter t t";
    timeline_that_was_broken_off: ["abort.pcap"], "enter G";
    timeline_of_faults: ["faults.pcap"], "enter";
    next_finding: ["10-atomic.pcap"], "enter ] ] ]";
    message_in_xml: ["10-atomic.pcap"], "enter ] enter";
    message_in_wbxml: ["03-wbxml-md5-challenge.pcapng"], "enter enter down down down down down down";
    octets_of_wbxml: ["03-wbxml-md5-challenge.pcapng"], "enter enter tab down down down down down down down down down down";
    head_of_http: ["03-wbxml-md5-challenge.pcapng"], "enter enter tab tab";
    message_folded: ["10-atomic.pcap"], "enter enter z";
    value_decoded: ["01-xml-basic.pcap"], "enter enter / 'ZnVuYW' enter d";
    element_explained: ["01-xml-basic.pcap"], "enter enter / '<Cred>' enter i";
    command_explained: ["01-xml-basic.pcap"], "enter / 'Status_212' enter i";
    finding_explained: ["10-atomic.pcap"], "enter ] i";
    session_explained: ["10-atomic.pcap"], "i";
    findings_of_everything: ["10-atomic.pcap", "challenge.pcapng"], "F";
    findings_by_party: ["10-atomic.pcap"], "F b b space";
    findings_of_a_session: ["10-atomic.pcap"], "enter F";
    findings_behind_a_filter: ["10-atomic.pcap", "abort.pcap"], "f 'device=dev-atomic-w' enter F";
    no_findings: ["abort.pcap"], "f 'findings=0' enter F";
    test_cases: ["10-atomic.pcap"], "T down";
    test_cases_decided: ["10-atomic.pcap"], "T u down down down";
    coverage: ["10-atomic.pcap"], "R";
    security: ["10-atomic.pcap", "challenge.pcapng"], "A";
    inputs: ["truncated.pcap", "gap.pcap", "data-sync.pcap"], "I";
    message_of_a_difference: ["10-atomic.pcap"], "m down m D ] ] ] ] ] ] ] ] ] enter";
    next_difference: ["10-atomic.pcap"], "m down m D ] ]";
    compare_sessions: ["10-atomic.pcap"], "m down m D";
    compare_messages: ["10-atomic.pcap"], "enter m > m D";
    device_tree: ["01-xml-basic.pcap"], "M down down down";
    device_tree_differences: ["01-xml-basic.pcap"], "M < m > D";
    node_explained: ["01-xml-basic.pcap"], "M down down down down down down i";
    media_type_explained: ["03-wbxml-md5-challenge.pcapng"], "enter enter tab tab / 'Content-T' enter i";
    export_menu: ["10-atomic.pcap"], "enter enter e";
    help_of_sessions: ["abort.pcap"], "?";
    help_of_the_timeline: ["abort.pcap"], "enter ?";
    nothing_to_compare: ["abort.pcap"], "D";
    not_found: ["abort.pcap"], "/ 'nothing_like_it' enter";
    no_session: ["no-such-capture.pcap"], "";
}

#[test]
fn a_screen_that_is_too_small_says_so() {
    let mut stage = Stage::of(&["abort.pcap"], (30, 6));
    insta::assert_snapshot!("too-small", stage.screen());
    // Any size can be drawn, whatever is open.
    stage.press("enter enter tab");
    for width in (1..150).step_by(7) {
        for height in 1..40 {
            stage.model.size = (width, height);
            stage.settle();
            stage.screen();
        }
    }
}

#[test]
fn every_key_of_every_screen_does_something_or_says_why_not_and_never_breaks() {
    let walks = ["", "enter", "enter enter", "F", "T", "R", "I", "m down m D", "c", "e", "?", "f", "/"];
    for walk in walks {
        for key in KEYS {
            // Without test cases, which take the time.
            let mut stage = Stage::with(&["10-atomic.pcap"], SMALL, &Options::default());
            stage.press(walk);
            for name in key.keys {
                stage.stroke(name);
                stage.screen();
            }
        }
    }
}

#[test]
fn what_is_exported_is_what_was_seen() {
    let mut stage = Stage::of(&["03-wbxml-md5-challenge.pcapng"], WIDE);
    stage.press("enter enter");
    for name in ["message as XML", "message as it was sent", "message as hexadecimal dump"] {
        stage.press("e");
        choose(&mut stage, name);
    }
    let names: Vec<String> = stage
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::Write { name, octets, .. } => {
                assert!(!octets.is_empty());
                name.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        names,
        ["session-0001-message-0001.xml", "session-0001-message-0001.raw.wbxml", "session-0001-message-0001.hex.txt"]
    );
    let Effect::Write { octets, .. } = &stage.effects[1] else { panic!("nothing was written") };
    assert_eq!(octets.first(), Some(&2), "WBXML 1.2 begins with 02");
}

#[test]
fn a_finding_is_handed_to_a_colleague_as_markdown() {
    let mut stage = Stage::of(&["10-atomic.pcap"], WIDE);
    stage.press("enter ] e enter");
    let [Effect::Write { name, octets, .. }] = stage.effects.as_slice() else { panic!("{:?}", stage.effects) };
    assert!(name.starts_with("session-0001-") && name.ends_with(".md"), "{name}");
    insta::assert_snapshot!("finding-markdown", String::from_utf8(octets.clone()).unwrap());
}

/// What the line above the keys says: the path of the selected element, or a notice.
fn below(screen: &str) -> String {
    screen.lines().rev().nth(1).unwrap().trim().to_owned()
}

/// Chooses what begins like this in the menu on top.
fn choose(stage: &mut Stage, name: &str) {
    let Some(Popup::Menu { list, .. }) = &stage.model.popup else { panic!("no menu") };
    let at = list.lines.iter().position(|line| line.text().starts_with(name)).expect("a choice");
    (0..at).for_each(|_| stage.stroke("down"));
    stage.stroke("enter");
}

#[test]
fn the_selected_element_stays_selected_from_pane_to_pane() {
    for size in [SMALL, WIDE] {
        let mut stage = Stage::of(&["10-atomic.pcap"], size);
        stage.press("enter enter > >");
        for _ in 0..20 {
            stage.press("down");
            let path = below(&stage.screen());
            stage.press("tab");
            assert_eq!(below(&stage.screen()), path);
            stage.press("tab tab");
            assert_eq!(below(&stage.screen()), path);
        }
        // In the octets another row is another element, or still the same.
        stage.press("tab down down down down down down");
        assert!(below(&stage.screen()).starts_with("/SyncML"), "{}", stage.screen());
    }
}

#[test]
fn the_end_of_an_element_is_the_elements() {
    let mut stage = Stage::of(&["10-atomic.pcap"], SMALL);
    stage.press("enter enter end");
    assert_eq!(below(&stage.screen()), "/SyncML");
}

#[test]
fn credentials_and_the_challenge_before_them_are_tied() {
    let mut stage = Stage::of(&["03-wbxml-md5-challenge.pcapng"], SMALL);
    stage.press("enter enter > > / '<Cred>' enter o");
    let chal = stage.screen();
    assert!(chal.contains("message 2 ") && below(&chal).ends_with("/Chal"), "{chal}");
    stage.press("o");
    let cred = stage.screen();
    assert!(cred.contains("message 3 ") && below(&cred).ends_with("/Cred"), "{cred}");
}

#[test]
fn a_test_case_opens_where_it_was_decided() {
    let mut stage = Stage::of(&["03-wbxml-md5-challenge.pcapng"], SMALL);
    stage.press("T / 'DM12-CLI-AUTH-003' enter");
    assert!(stage.screen().contains("Where (Enter opens it)"), "{}", stage.screen());
    stage.press("enter");
    assert!(stage.screen().contains("Session 1 message 3 "), "{}", stage.screen());
}

#[test]
fn the_ladder_is_written_without_the_cuts_of_the_screen() {
    let mut stage = Stage::of(&["09-large-object.pcap"], SMALL);
    stage.press("enter e");
    choose(&mut stage, "this list as text");
    let [Effect::Write { name, octets, .. }] = stage.effects.as_slice() else { panic!("{:?}", stage.effects) };
    assert_eq!(name, "session-0001-ladder.txt");
    let text = String::from_utf8(octets.clone()).unwrap();
    assert!(!text.contains("… │") && text.contains("large object refused: 6000 of 9000 octets"), "{text}");
    let widths: std::collections::BTreeSet<usize> =
        text.lines().skip(2).map(|line| ratatui::text::Span::raw(line).width()).collect();
    assert_eq!(widths.len(), 1, "{text}");
}

#[test]
fn a_message_is_written_from_the_ladder() {
    let mut stage = Stage::of(&["10-atomic.pcap"], SMALL);
    stage.press("enter");
    assert!(stage.screen().lines().last().unwrap().contains(" e export "), "{}", stage.screen());
    stage.press("down e");
    choose(&mut stage, "message as XML");
    stage.press("e");
    choose(&mut stage, "this session as a capture");
    let [Effect::Write { name, .. }, Effect::Write { remark, .. }] = stage.effects.as_slice() else {
        panic!("{:?}", stage.effects)
    };
    assert_eq!(name, "session-0001-message-0001.xml");
    assert!(remark.starts_with("frames are renumbered"));
}

#[test]
fn a_message_in_xml_is_written_as_wbxml_that_says_the_same() {
    let mut stage = Stage::of(&["10-atomic.pcap"], SMALL);
    stage.press("enter enter e");
    choose(&mut stage, "message as WBXML");
    stage.press("e");
    choose(&mut stage, "message as XML");
    let [Effect::Write { name, octets, .. }, Effect::Write { octets: xml, .. }] = stage.effects.as_slice() else {
        panic!("{:?}", stage.effects)
    };
    assert_eq!(name, "session-0001-message-0001.wbxml");
    let media = |name| dmscope::syncml::MediaType::parse(Some(name));
    let wbxml = dmscope::syncml::decode(octets.clone(), media("application/vnd.syncml.dm+wbxml")).unwrap();
    let xml = dmscope::syncml::decode(xml.clone(), media("application/vnd.syncml.dm+xml")).unwrap();
    assert_eq!(wbxml.commands.len(), xml.commands.len());
    assert_eq!((wbxml.session_id(), wbxml.target()), (xml.session_id(), xml.target()));
    let uris = |message: &dmscope::syncml::Message| -> Vec<String> {
        let items = message.commands.iter().flat_map(|command| message.items(command));
        items.map(|item| format!("{}={}", message.text(item.source_uri), message.text(item.data))).collect()
    };
    assert_eq!(uris(&wbxml), uris(&xml));
}

#[test]
fn a_filter_of_the_command_line_is_the_screens_own() {
    let settings = Settings::parse("theme = \"plain\"").unwrap();
    let mut stage = Stage { model: Model::new("10-atomic.pcap", settings), effects: Vec::new() };
    stage.model.filter("errors>500").unwrap();
    for arrived in arriving(&["10-atomic.pcap"], &Options::default()) {
        update::arrive(&mut stage.model, arrived);
    }
    stage.settle();
    let screen = stage.screen();
    assert!(screen.contains("none of the 2 sessions matches errors>500"), "{screen}");
    stage.press("f");
    assert!(matches!(&stage.model.popup, Some(Popup::Prompt { input, .. }) if input.value() == "errors>500"));
    stage.press("esc esc");
    assert!(stage.screen().contains("✗ FAIL"), "{}", stage.screen());
}

#[test]
fn hits_are_counted_and_ends_of_elements_are_none() {
    let mut stage = Stage::of(&["01-xml-basic.pcap"], SMALL);
    stage.press("enter enter / '<Alert' enter");
    assert!(below(&stage.screen()).starts_with("\"<Alert\": 1 of 1"), "{}", stage.screen());
    stage.press("/ 'Alert>' enter");
    assert!(below(&stage.screen()).starts_with("\"Alert>\": 1 of 1"), "{}", stage.screen());
}

#[test]
fn the_next_finding_may_be_in_the_next_message() {
    let mut stage = Stage::of(&["10-atomic.pcap"], SMALL);
    stage.press("enter enter");
    let messages: std::collections::BTreeSet<String> = (0..12)
        .map(|_| {
            stage.press("]");
            stage.screen().lines().nth(1).unwrap().split("message ").nth(1).unwrap()[..1].to_owned()
        })
        .collect();
    assert!(messages.len() > 2, "{messages:?}");
}

#[test]
fn differences_of_the_tree_are_left_to_the_tree_and_a_leaf_opens_its_message() {
    let mut stage = Stage::of(&["01-xml-basic.pcap"], SMALL);
    stage.press("M < m > D esc");
    assert!(stage.screen().contains("step through time"), "{}", stage.screen());
    stage.press("/ '_=_' enter enter");
    assert!(stage.screen().contains("Session 1 message "), "{}", stage.screen());
}

#[test]
fn sessions_are_sorted_by_shown_columns_the_worst_first() {
    for (size, word) in [(SMALL, "small"), (WIDE, "wide")] {
        let mut stage = Stage::of(&["abort.pcap", "10-atomic.pcap", "challenge.pcapng"], size);
        let sorted = |stage: &Stage| stage.screen().contains("Findings↑");
        for _ in 0..12 {
            if !sorted(&stage) {
                stage.press("s");
            }
        }
        assert!(sorted(&stage));
        stage.press("g m");
        insta::assert_snapshot!(format!("sessions_sorted_by_findings-{word}"), stage.screen());
    }
}

#[test]
fn keys_that_can_do_nothing_say_why() {
    let mut stage = Stage::of(&["no-such-capture.pcap"], SMALL);
    for (key, text) in [("L", "nothing is live: this is a file"), ("enter", "there is no session to open")] {
        stage.press(key);
        assert!(below(&stage.screen()).starts_with(text), "{}", stage.screen());
    }
}

#[test]
fn a_session_is_opened_where_it_was_left() {
    let mut stage = Stage::of(&["10-atomic.pcap"], WIDE);
    stage.press("enter ] ]");
    let before = stage.model.screens.len();
    let subject = |stage: &Stage| match stage.model.screen() {
        Some(dmscope::tui::model::Screen::Timeline(view)) => view.list.subject(),
        other => panic!("{other:?}"),
    };
    let left = subject(&stage);
    stage.press("esc enter");
    assert_eq!((subject(&stage), stage.model.screens.len()), (left, before));
    // The first line is something.
    stage.press("g");
    assert_ne!(subject(&stage), dmscope::tui::line::Subject::Nothing);
}

#[test]
fn the_selected_value_is_copied_without_what_is_around_it() {
    let mut stage = Stage::of(&["01-xml-basic.pcap"], SMALL);
    stage.press("enter enter / 'ZnVuYW' enter y");
    assert_eq!(stage.effects, [Effect::Copy("ZnVuYW1ib2w6ZnVuYW1ib2w=".to_owned())]);
}

#[test]
fn with_redaction_no_secret_is_seen() {
    let options = Options { redact: true, ..Options::default() };
    let mut stage = Stage::with(&["01-xml-basic.pcap"], WIDE, &options);
    let mut seen = stage.screen();
    stage.press("enter");
    seen.push_str(&stage.screen());
    stage.press("enter");
    for _ in 0..8 {
        seen.push_str(&stage.screen());
        stage.press("tab");
        seen.push_str(&stage.screen());
        stage.press(">");
    }
    for secret in ["ZnVuYW1ib2w6ZnVuYW1ib2w=", "490154203237518"] {
        assert!(!seen.contains(secret), "{secret}");
    }
}

#[test]
fn selecting_octets_selects_the_element_and_back() {
    let mut stage = Stage::of(&["03-wbxml-md5-challenge.pcapng"], WIDE);
    stage.press("enter enter tab");
    for _ in 0..30 {
        stage.press("down");
    }
    let seen = stage.screen();
    stage.press("tab tab");
    let again = stage.screen();
    let path = |screen: &str| screen.lines().rev().nth(1).unwrap().trim().to_owned();
    assert!(path(&seen).starts_with("/SyncML"), "{seen}");
    assert_eq!(path(&seen), path(&again));
}

#[test]
fn what_arrives_while_the_table_is_held_comes_when_it_goes_on() {
    let settings = Settings::parse("theme = \"plain\"").unwrap();
    let mut stage = Stage { model: Model::new("live", settings), effects: Vec::new() };
    stage.model.size = SMALL;
    let mut sessions = arriving(&["10-atomic.pcap"], &Options::default()).into_iter();
    let mut next = || sessions.find(|arrived| matches!(arrived, Incoming::Session(_))).expect("a session");
    update::arrive(&mut stage.model, next());
    stage.settle();
    stage.press("p");
    update::arrive(&mut stage.model, next());
    stage.settle();
    let held = stage.screen();
    let rows = |screen: &str| screen.matches("✗ FAIL").count();
    assert!(held.contains("HELD") && rows(&held) == 1, "{held}");
    stage.press("p");
    let all = stage.screen();
    assert!(!all.contains("HELD") && rows(&all) == 2, "{all}");
}

#[test]
fn the_tree_of_a_device_is_shown_while_traffic_still_flows() {
    let settings = Settings::parse("theme = \"plain\"").unwrap();
    let mut stage = Stage { model: Model::new("live", settings), effects: Vec::new() };
    stage.model.size = SMALL;
    let arrived = arriving(&["access.pcap"], &Options::default());
    for arrived in arrived.into_iter().filter(|arrived| !matches!(arrived, Incoming::Finished(_))) {
        update::arrive(&mut stage.model, arrived);
    }
    stage.settle();
    stage.press("M");
    let seen = stage.screen();
    assert!(stage.model.store.tail().is_none() && seen.contains("DevInfo") && seen.contains("DevId"), "{seen}");
}

#[test]
fn a_line_that_opens_nothing_says_so() {
    let mut stage = Stage::of(&["10-atomic.pcap"], SMALL);
    stage.press("enter end");
    let before = stage.model.screens.len();
    stage.press("enter");
    assert_eq!(stage.model.screens.len(), before);
    assert!(stage.screen().contains("there is nothing to open in this line"), "{}", stage.screen());
}

#[test]
fn a_prompt_takes_letters_that_are_keys_elsewhere() {
    let mut stage = Stage::of(&["abort.pcap"], SMALL);
    stage.press("/ 'quit'");
    assert!(matches!(&stage.model.popup, Some(Popup::Prompt { input, .. }) if input.value() == "quit"));
    stage.press("esc");
    assert!(stage.model.popup.is_none());
}

/// The table of keys in the guide is that of the program.
#[test]
fn the_guide_has_all_keys() {
    let mut table = String::new();
    for context in Context::ALL {
        let keys: Vec<_> = KEYS.iter().filter(|key| key.contexts.contains(&context)).collect();
        if !keys.is_empty() {
            table
                .push_str(&format!("\n### {}\n\n| key | name | what it does |\n| --- | --- | --- |\n", context.name()));
            for key in keys {
                table.push_str(&row(key));
            }
        }
    }
    table.push_str("\n### everywhere\n\n| key | name | what it does |\n| --- | --- | --- |\n");
    for key in KEYS.iter().filter(|key| key.contexts.is_empty()) {
        table.push_str(&row(key));
    }
    let path = "docs/view.md";
    let guide = std::fs::read_to_string(path).unwrap();
    let (before, _) = guide.split_once("<!-- keys -->").expect("the mark of the table");
    let expected = format!("{before}<!-- keys -->\n{table}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected, "UPDATE=1 writes the table of keys");
}

fn row(key: &dmscope::tui::keys::Key) -> String {
    let keys: Vec<String> = key.keys.iter().map(|name| format!("`{}`", Stroke::parse(name).unwrap())).collect();
    format!("| {} | `{}` | {} |\n", keys.join(" "), key.name, key.help)
}

/// The pictures of the guide are what the program draws.
#[test]
fn the_pictures_are_what_is_drawn() {
    let all = ["10-atomic.pcap", "challenge.pcapng", "32-package0-push.pcap", "abort.pcap", "large-object.pcap"];
    let pictures: [(&str, &[&str], &str); 4] = [
        ("view-sessions", &all, "down"),
        ("view-timeline", &["10-atomic.pcap"], "enter ] ] ]"),
        ("view-message", &["03-wbxml-md5-challenge.pcapng"], "enter enter down down down down down down"),
        ("view-findings", &["10-atomic.pcap"], "enter F down"),
    ];
    for (name, captures, keys) in pictures {
        let mut stage = Stage::of(captures, (132, 36));
        stage.model.settings.theme = dmscope::tui::settings::Theme::Dark;
        stage.press(keys);
        let path = format!("docs/img/{name}.svg");
        let drawn = picture::of(&stage.model);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &drawn).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == drawn, "{path} is not what is drawn; UPDATE=1 draws it anew");
    }
}

#[test]
fn a_bootstrap_message_opens_as_a_document() {
    let text = std::fs::read_to_string("tests/fixtures/s18b.dms").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pcap");
    std::fs::write(&path, dmscope::fixture::Script::parse(&text).unwrap().capture()).unwrap();
    for keys in ["up enter", "up i"] {
        let mut stage = Stage::of(&[path.to_str().unwrap()], WIDE);
        stage.press("enter");
        let ladder = stage.screen();
        assert!(ladder.contains("bootstrap (wap-push) account dm.example.com at https://"), "{ladder}");
        stage.press(keys);
        let opened = stage.screen();
        assert!(
            opened.contains("Bootstrap message") && opened.contains("<characteristic type=\"NAPDEF\">"),
            "{opened}"
        );
    }
}
