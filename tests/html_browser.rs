//! The HTML report in a real browser, where one is installed: nothing in it fails, its links land, hostile text does not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, unused_crate_dependencies)]

#[path = "program/mod.rs"]
mod program;

use dmscope::fixture::Script;
use program::Folder;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where a browser may be; `DMSCOPE_CHROMIUM` names another.
fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("DMSCOPE_CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: chromium is not installed");
    }
    found
}

struct Page {
    dom: String,
    log: String,
}

fn browse(browser: &Path, url: &str, arguments: &[&str]) -> Page {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=2000", "--window-size=1200,900"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(arguments)
        .arg(url)
        .output()
        .unwrap();
    Page {
        dom: String::from_utf8_lossy(&output.stdout).into_owned(),
        log: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Page {
    fn is_clean(&self) {
        let said: Vec<&str> = self.log.lines().filter(|line| line.contains("CONSOLE")).collect();
        assert!(said.is_empty(), "{said:#?}");
        assert!(self.dom.contains("</html>"), "{}", self.log);
    }
}

fn url(folder: &Folder, file: &str) -> String {
    format!("file://{}", folder.path(file).display())
}

#[test]
fn a_report_opens_without_errors_and_a_link_opens_what_it_leads_into() {
    let Some(browser) = chromium() else { return };
    let folder = Folder::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures");
    for name in ["01-xml-basic.pcap", "faults.pcap", "18-same-sessionid-reused.pcap"] {
        folder.put(name, &std::fs::read(root.join(name)).unwrap());
    }
    folder.dmscope(["analyze", "--out", "out", "01-xml-basic.pcap", "faults.pcap", "18-same-sessionid-reused.pcap"]);
    let report = url(&folder, "out/report.html");
    let page = browse(&browser, &report, &["--dump-dom"]);
    page.is_clean();
    assert!(!page.dom.contains("<div class=\"bar\" hidden"), "the script did not run");
    assert!(page.dom.contains("<details class=\"message\" id=\"m-1-3\">"), "folded until asked for");
    let page = browse(&browser, &format!("{report}#m-1-3"), &["--dump-dom"]);
    page.is_clean();
    assert!(page.dom.contains("<details class=\"message\" id=\"m-1-3\" open=\"\">"));
    assert!(page.dom.contains("<details class=\"session\" id=\"s-1\" open=\"\">"));
    let picture = folder.path("picture.png");
    let screenshot = format!("--screenshot={}", picture.display());
    browse(&browser, &report, &[&screenshot]);
    assert!(std::fs::metadata(&picture).unwrap().len() > 20_000, "a page with something on it");
}

#[test]
fn hostile_text_of_the_wire_is_shown_and_does_not_run() {
    let Some(browser) = chromium() else { return };
    let folder = Folder::new();
    let hostile = "<script>document.title='owned'</script><img/src=x/onerror=document.title='owned'>";
    let text = format!(
        "session device=\"{hostile}\"\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Get \"./{hostile}\"\n"
    );
    folder.put("a.pcap", &Script::parse(&text).unwrap().capture());
    folder.dmscope(["analyze", "--out", "out", "a.pcap"]);
    let page = browse(&browser, &url(&folder, "out/report.html"), &["--dump-dom"]);
    page.is_clean();
    assert!(!page.dom.contains("<title>owned") && !page.dom.contains("<img"), "{}", page.dom);
    assert!(page.dom.matches("&lt;img/src=x/onerror=").count() > 3, "it is there, as a text");
}
