//! `dmscope view` in a real terminal, of tmux where that is installed: opened, walked through, left, and the terminal as before.
#![cfg(all(unix, feature = "tui"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use dmscope::fixture::{Encoding, Script};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A terminal of its own, which ends with the test.
struct Terminal {
    socket: String,
}

impl Terminal {
    fn new(name: &str, folder: &Path) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("left out: tmux is not installed");
            return None;
        }
        let socket = format!("dmscope-test-{}-{name}", std::process::id());
        let terminal = Self { socket };
        let folder = folder.to_str().unwrap();
        let began = terminal.tmux(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "100",
            "-y",
            "30",
            "-c",
            folder,
            "env -i PATH=\"$PATH\" TERM=tmux-256color HOME=/nonexistent PS1='ready> ' sh",
        ]);
        assert!(began.is_some(), "tmux does not start");
        terminal.wait_for("ready>");
        Some(terminal)
    }

    fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("tmux").args(["-L", &self.socket]).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn keys(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat()).expect("tmux takes keys");
    }

    fn line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]).expect("tmux takes text");
        self.keys(&["Enter"]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).unwrap_or_default()
    }

    /// Waits until something is on the screen; a slow machine may take its time.
    fn wait_for(&self, text: &str) -> String {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(Instant::now() < until, "{text:?} did not come; there is:\n{screen}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn captures() -> String {
    format!("{}/captures", env!("CARGO_MANIFEST_DIR"))
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_dmscope");

#[test]
fn from_a_capture_to_a_written_finding_and_back_to_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let Some(terminal) = Terminal::new("walk", folder.path()) else { return };
    terminal.line("stty -g > before");
    let began = Instant::now();
    terminal.line(&format!("{PROGRAM} view {}/10-atomic.pcap", captures()));
    terminal.wait_for("Verdict");
    println!("first screen after {} ms", began.elapsed().as_millis());
    terminal.wait_for("2 sessions");
    terminal.keys(&["Enter"]);
    terminal.wait_for("device");
    terminal.keys(&["]"]);
    terminal.keys(&["]"]);
    terminal.keys(&["]"]);
    terminal.keys(&["Enter"]);
    terminal.wait_for("[XML]");
    terminal.keys(&["Escape"]);
    // Only the ladder has it: a key sent too early would be taken together with the escape.
    terminal.wait_for("✗ FAIL");
    terminal.keys(&["e"]);
    terminal.wait_for("finding as Markdown");
    terminal.keys(&["Enter"]);
    terminal.wait_for("written: session-0001-");
    terminal.keys(&["q"]);
    terminal.wait_for("ready>");
    terminal.line("stty -g > after; echo left");
    terminal.wait_for("left\n");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("before"), read("after"), "the modes of the terminal are as before");
    let written = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name());
    let written: Vec<String> = written.filter_map(|name| name.into_string().ok()).collect();
    let finding = written.iter().find(|name| name.ends_with(".md")).expect("the finding was written");
    assert!(read(finding).contains("**How to mend it:**"));
}

#[test]
fn what_could_be_read_only_in_part_is_shown_and_the_exit_code_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(format!("{}/10-atomic.pcap", captures())).unwrap();
    std::fs::write(folder.path().join("cut.pcap"), whole.get(..5_000).unwrap()).unwrap();
    let Some(terminal) = Terminal::new("cut", folder.path()) else { return };
    terminal.line(&format!("{PROGRAM} view cut.pcap; echo code $?"));
    terminal.wait_for("the file ends inside a record");
    terminal.keys(&["q"]);
    terminal.wait_for("code 3");
}

#[test]
fn a_window_may_change_its_size_at_any_time() {
    let folder = tempfile::tempdir().unwrap();
    let Some(terminal) = Terminal::new("size", folder.path()) else { return };
    terminal.line(&format!("{PROGRAM} view {}", captures()));
    terminal.wait_for("sessions,");
    for (columns, rows) in [("30", "8"), ("140", "45"), ("80", "24")] {
        terminal.tmux(&["resize-window", "-x", columns, "-y", rows]).unwrap();
        terminal.wait_for(if columns == "30" { "too small" } else { "Verdict" });
    }
    terminal.keys(&["C-c"]);
    terminal.wait_for("ready>");
}

#[test]
fn a_mistake_in_the_settings_is_told_before_anything_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("view.toml"), "theme = \"pink\"\n").unwrap();
    let output = Command::new(PROGRAM)
        .args(["view", "--config"])
        .arg(folder.path().join("view.toml"))
        .arg(format!("{}/10-atomic.pcap", captures()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("there is no theme \"pink\"; there are dark, light"), "{text}");
    assert!(output.stdout.is_empty());
}

#[test]
fn without_a_terminal_it_says_what_to_do_instead() {
    let output = Command::new(PROGRAM).arg("view").arg(format!("{}/10-atomic.pcap", captures())).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("view needs a terminal; dmscope analyze"));
    let output = Command::new(PROGRAM).args(["view", "no-such-file.pcap"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no such file"));
}

#[test]
fn hostile_names_do_not_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let Some(terminal) = Terminal::new("hostile", folder.path()) else { return };
    // A device that calls itself a command to the terminal, a text that runs backwards, and wide characters.
    let device = "IMEI:\u{1b}]0;owned\u{7}\u{202e}漢字🦀";
    let script = format!(
        "session device={device} server=http://dm.example.com/dm session=1\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n"
    );
    let script = Script::parse(&script).unwrap().with_encoding(Encoding::Wbxml).unwrap();
    std::fs::write(folder.path().join("hostile.pcap"), script.capture()).unwrap();
    terminal.line(&format!("{PROGRAM} view hostile.pcap"));
    let screen = terminal.wait_for("1 session");
    assert!(screen.contains("IMEI:\\x1b]"), "{screen}");
    terminal.keys(&["Enter"]);
    terminal.wait_for("Session 1");
    let title = terminal.tmux(&["display-message", "-p", "#{pane_title}"]).unwrap_or_default();
    assert!(!title.contains("owned"), "{title}");
    terminal.keys(&["q"]);
    terminal.wait_for("ready>");
}
