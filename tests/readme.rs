//! Documentation is tried out: every `console` block of `README.md` and `docs/` is run, and what it prints is compared.
//! `UPDATE=1 cargo test --test readme` writes what has changed.
//!
//! A line that begins with `$ ` is a command: `dmscope …`, also as `cargo run --release -- …` and in pipes, or `echo $?`.
//! What follows is what it prints, standard output before standard error; `[…]` stands for lines that are left out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../examples/screen.rs"]
mod screen;

use dmscope::fixture::Script;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CUT: &str = "[…]";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// README.md and the pages of docs/.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    pages.sort();
    pages
}

/// Runs programs of a pipe; what they print, and the code of the last one.
fn run(folder: &Path, line: &str) -> (String, i32) {
    let mut input = Vec::new();
    let mut printed = (String::new(), 0);
    for words in split(line) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let arguments = match &words[..] {
            ["cargo", "run", "--release", "--", arguments @ ..] | ["dmscope", arguments @ ..] => arguments,
            _ => panic!("{line:?} is no command that is known here"),
        };
        let mut child = Command::new(env!("CARGO_BIN_EXE_dmscope"))
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Small enough for the pipe's buffer; a program that reads nothing closes it.
        let _ = child.stdin.take().unwrap().write_all(&input);
        let output = child.wait_with_output().unwrap();
        printed.0.push_str(&String::from_utf8(output.stderr).unwrap());
        printed.1 = output.status.code().unwrap();
        input = output.stdout;
    }
    (String::from_utf8(input).unwrap() + &printed.0, printed.1)
}

/// The words of each program of a pipe; quotes keep blanks and bars together.
fn split(line: &str) -> Vec<Vec<String>> {
    let mut programs = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for ch in line.chars() {
        match (quote, ch) {
            (None, '\'' | '"') => {
                quote = Some(ch);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == ch => quote = None,
            (None, ' ') => programs.last_mut().unwrap().extend(word.take()),
            (None, '|') => programs.push(Vec::new()),
            _ => word.get_or_insert_default().push(ch),
        }
    }
    programs.last_mut().unwrap().extend(word);
    programs
}

/// What the program printed, shortened in the way of `shown`; `None` where the kept lines cannot be found again.
fn shortened(shown: &[String], printed: &[String]) -> Option<Vec<String>> {
    let pieces: Vec<&[String]> = shown.split(|line| line.trim() == CUT).collect();
    if pieces.len() == 1 {
        return Some(printed.to_vec());
    }
    let mut lines = printed.get(..pieces[0].len())?.to_vec();
    let mut rest = printed.get(pieces[0].len()..)?;
    for (number, piece) in pieces.iter().enumerate().skip(1) {
        let at = match number + 1 == pieces.len() {
            true => rest.len().checked_sub(piece.len())?,
            // What has changed behind its first words is still the same line.
            false => {
                let start: String = piece.first()?.chars().take(20).collect();
                let same = rest.iter().position(|line| Some(line) == piece.first());
                same.or_else(|| rest.iter().position(|line| line.starts_with(&start)))?
            }
        };
        // Nothing is cut where nothing is left out.
        if at > 0 {
            lines.push(CUT.to_owned());
        }
        lines.extend_from_slice(rest.get(at..at + piece.len())?);
        rest = rest.get(at + piece.len()..)?;
    }
    Some(lines)
}

/// The page as it should be, and what is wrong with it.
fn tried(page: &Path) -> (String, Vec<String>) {
    let text = fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // Commands may write files; they do it beside links to what they read.
    for name in ["captures", "docs", "tests"] {
        std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    // The captures of the scripts that the pages speak of.
    for entry in fs::read_dir(root().join("docs/examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dms") {
            let script = Script::parse(&fs::read_to_string(&path).unwrap()).unwrap();
            let name = Path::new(path.file_name().unwrap()).with_extension("pcap");
            fs::write(folder.path().join(name), script.capture()).unwrap();
        }
    }
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    let mut lines = text.lines().map(str::to_owned).peekable();
    let mut code = 0;
    let mut block = false;
    while let Some(line) = lines.next() {
        right.push(line.clone());
        block = match &*line {
            "```console" => true,
            "```" => false,
            _ => block,
        };
        let Some(command) = line.strip_prefix("$ ").filter(|_| block) else { continue };
        let mut shown = Vec::new();
        while let Some(line) = lines.next_if(|line| line != "```" && !line.starts_with("$ ")) {
            shown.push(line);
        }
        let printed = match command {
            "echo $?" => code.to_string(),
            _ => {
                let (printed, exit) = run(folder.path(), command);
                code = exit;
                printed
            }
        };
        // Blank lines before the next command are the page's own.
        let blanks = shown.iter().rev().take_while(|line| line.is_empty()).count();
        let kept = shown.len() - blanks;
        let printed: Vec<String> = printed.trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
        match shortened(&shown[..kept], &printed) {
            Some(now) => {
                if now != shown[..kept] {
                    wrong.push(format!("{}: {command}\n{}\n", page.display(), now.join("\n")));
                }
                right.extend(now);
            }
            None => {
                wrong.push(format!(
                    "{}: {command}: kept lines are gone; cut it anew\n{}",
                    page.display(),
                    printed.join("\n")
                ));
                right.extend_from_slice(&shown[..kept]);
            }
        }
        right.extend_from_slice(&shown[kept..]);
    }
    (right.join("\n") + "\n", wrong)
}

#[test]
#[cfg(unix)]
fn every_command_of_the_documentation_prints_what_is_shown() {
    let mut all = Vec::new();
    for page in pages() {
        let (right, wrong) = tried(&page);
        if update() {
            fs::write(&page, right).unwrap();
            all.extend(wrong.into_iter().filter(|wrong| wrong.contains("cut it anew")));
        } else {
            all.extend(wrong);
        }
    }
    assert!(all.is_empty(), "UPDATE=1 cargo test --test readme writes them again\n{}", all.join("\n"));
}

#[test]
fn the_picture_shows_what_the_program_prints() {
    let line = "dmscope analyze --color always --filter session=1 captures/10-atomic.pcap";
    let (printed, _) = run(root(), line);
    let picture = screen::draw(&format!("\u{1b}[2m$\u{1b}[0m {}\n{printed}", line.replace(" --color always", "")));
    let path = root().join("docs/img/report.svg");
    if update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, picture).unwrap();
    } else {
        assert!(fs::read_to_string(path).unwrap() == picture, "UPDATE=1 cargo test --test readme draws it again");
    }
}

#[test]
fn every_link_inside_the_documentation_leads_somewhere() {
    let mut pages = pages();
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        pages.push(root().join(page));
    }
    for entry in fs::read_dir(root().join("docs/rules")).unwrap() {
        pages.push(entry.unwrap().path());
    }
    let mut broken = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let headings = fs::read_to_string(&target).unwrap_or_default();
            let slug = |heading: &str| -> String {
                let kept = heading.to_lowercase().replace(' ', "-");
                kept.chars().filter(|ch| ch.is_alphanumeric() || *ch == '-').collect()
            };
            let named = headings.lines().filter_map(|line| line.split_once("# ")).any(|(_, name)| slug(name) == anchor);
            if !target.exists() || !(anchor.is_empty() || named) {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Names of fields in a JSON Schema, and the words of its enumerations.
fn names(schema: &serde_json::Value, found: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            if let Some(fields) = map.get("properties").and_then(|value| value.as_object()) {
                found.extend(fields.keys().cloned());
            }
            if let Some(word) = map.get("const").and_then(|value| value.as_str()) {
                found.push(word.to_owned());
            }
            if let Some(words) = map.get("enum").and_then(|value| value.as_array()) {
                found.extend(words.iter().filter_map(|word| word.as_str()).map(str::to_owned));
            }
            map.values().for_each(|value| names(value, found));
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

#[test]
fn every_field_and_word_of_the_json_report_is_explained() {
    let schema = fs::read_to_string(root().join("reports/report.schema.json")).unwrap();
    let mut found = Vec::new();
    names(&serde_json::from_str(&schema).unwrap(), &mut found);
    found.sort();
    found.dedup();
    let page = fs::read_to_string(root().join("docs/reading-a-report.md")).unwrap();
    let missing: Vec<_> = found.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(found.len() > 80 && missing.is_empty(), "{missing:?}");
}
