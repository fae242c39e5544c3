//! The proxy on a terminal, which tmux plays. Left out, with a line that says so, where there is no tmux.
#![cfg(feature = "tui")]

use super::house::{PATIENCE, Server, analyze, ask, play, post, session};
use super::program::{Folder, dmscope};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A proxy on a terminal of its own. Both end when it goes out of scope.
struct Terminal {
    folder: Folder,
}

impl Terminal {
    /// Starts one; `None` where there is no tmux.
    fn start(arguments: &[&str]) -> Option<Self> {
        let has_tmux = Command::new("tmux").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        if !has_tmux {
            println!("not tested: the screen of the proxy needs a terminal, and tmux is not installed");
            return None;
        }
        let terminal = Self { folder: Folder::new() };
        let script = "\
            stty -a > before\n\
            \"$1\" proxy --tui --format ndjson 2> refused\n\
            echo $? > refused-code\n\
            sh -c 'echo $$ > pid; exec \"$0\" \"$@\" 2> said' \"$@\"\n\
            code=$?\n\
            stty -a > after\n\
            echo $code > code.new\n\
            mv code.new code\n\
            cat\n";
        terminal.folder.put("script", script.as_bytes());
        let program = env!("CARGO_BIN_EXE_dmscope");
        let all = ["new-session", "-d", "-x", "120", "-y", "40", "sh", "script", program, "proxy", "--tui"];
        let proxy = ["--listen", "127.0.0.1:0", "--no-mouse", "--theme", "plain"];
        terminal.tmux([&all[..], &proxy, arguments].concat());
        Some(terminal)
    }

    fn tmux<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S", &self.folder.place("socket")])
            .args(arguments)
            .current_dir(self.folder.path("."))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path("."))
            .env("TERM", "xterm")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn screen(&self) -> String {
        self.tmux(["capture-pane", "-p"])
    }

    fn press(&self, keys: &[&str]) {
        self.tmux(["send-keys"].iter().chain(keys).copied());
    }

    /// Waits until the screen shows something.
    fn wait_for(&self, what: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if screen.contains(what) {
                return screen;
            }
            assert!(Instant::now() < deadline, "{what:?} does not show:\n{screen}\n{:?}", self.folder.names("."));
            sleep(Duration::from_millis(50));
        }
    }

    fn address(&self) -> SocketAddr {
        let screen = self.wait_for("proxy 127.0.0.1:");
        let rest = screen.split("proxy ").nth(1).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Waits for the end of the proxy; gives its exit code.
    fn ended(&self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while !self.folder.path("code").exists() {
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.screen());
            sleep(Duration::from_millis(50));
        }
        assert_eq!(self.folder.read("after"), self.folder.read("before"), "the terminal is not as it was");
        self.folder.read("code").trim().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(["kill-server"]);
    }
}

#[test]
fn sessions_show_while_they_come_faults_are_switched_and_the_report_is_written_after_it() {
    let (media, exchanges) = session("10-atomic.pcap");
    let server = Server::dm(media, exchanges.clone());
    let more =
        ["--upstream", &server.url(), "--record", "r.pcapng", "--out", "report", "--fault", "http 503 on client"];
    let Some(terminal) = Terminal::start(&more) else { return };
    let address = terminal.address();
    assert_eq!(terminal.folder.read("refused-code").trim(), "2");
    assert!(terminal.folder.read("refused").contains("--tui and --format ndjson both need standard output"));

    // The fault is switched off before anything comes.
    terminal.press(&["L"]);
    terminal.wait_for("[on]  http 503 on client");
    terminal.press(&["/", "503", "Enter"]);
    terminal.press(&["Enter"]);
    terminal.wait_for("[off] http 503 on client  applied 0 ×");
    // Held still, it takes everything all the same.
    terminal.press(&["p"]);
    let mut stream = TcpStream::connect(address).unwrap();
    play(&mut stream, media, &exchanges);
    let screen = terminal.wait_for("E STA-002  client of dev-atomic");
    assert!(screen.contains("connections   1 open, 1 so far"), "{screen}");
    // A bar may stand at the end of the line, or not.
    let told = screen.lines().find_map(|line| line.strip_prefix("exchanges")?.split_whitespace().next());
    assert_eq!(told, Some(&*exchanges.len().to_string()), "{screen}");

    // On again, it strikes.
    terminal.press(&["Enter"]);
    terminal.wait_for("[on]  http 503 on client  applied 0 ×");
    let (head, _) = ask(&mut stream, &post("dm.example.com", media, &exchanges[0].0));
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    terminal.wait_for("applied 1 ×");
    drop(stream);
    terminal.wait_for("connections   0 open, 1 so far");

    terminal.press(&["p"]);
    terminal.press(&["Escape"]);
    terminal.wait_for("dev-atomic");
    terminal.press(&["q"]);
    terminal.wait_for("q again ends the proxy; then the report is written");
    terminal.press(&["q"]);
    assert_eq!(terminal.ended(), "1", "the session has an error");
    assert_eq!(terminal.folder.read("said"), "", "nothing is written under the screen");
    assert!(terminal.screen().contains("\nTest cases\n"), "the text comes after the screen:\n{}", terminal.screen());
    assert_eq!(terminal.folder.read("report/report.json"), {
        terminal.folder.dmscope(["analyze", "--out", "later", "r.pcapng"]);
        terminal.folder.read("later/report.json")
    });
    let report: serde_json::Value = serde_json::from_str(&analyze(&terminal.folder, "r.pcapng")).unwrap();
    assert!(report["summary"]["sessions"].as_u64().unwrap() > 0);
}

#[test]
fn a_signal_ends_the_proxy_and_its_screen() {
    let server = Server::start(|_| None);
    let Some(terminal) = Terminal::start(&["--upstream", &server.url(), "--out", "report"]) else { return };
    terminal.address();
    terminal.wait_for("no session has ended yet");
    let pid = terminal.folder.read("pid");
    assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
    assert_eq!(terminal.ended(), "0");
    assert!(terminal.folder.path("report/report.json").exists());
}

#[test]
fn a_screen_needs_a_terminal_and_judged_traffic() {
    let run = dmscope(["proxy", "--listen", "127.0.0.1:0", "--tui"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--tui needs a terminal"), "{}", run.stderr);
    let run = dmscope(["proxy", "--listen", "127.0.0.1:0", "--theme", "light"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("add --tui"), "{}", run.stderr);
    let run = dmscope(["proxy", "--listen", "127.0.0.1:0", "--tui", "--no-analysis"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("cannot be used with"), "{}", run.stderr);
}
