//! A case as a page for people.

use super::catalogue::Case;
use super::file::{CaseMode, Step};
use crate::verdict::RequirementLevel;
use std::fmt::Write as _;

const fn level_name(level: RequirementLevel) -> &'static str {
    match level {
        RequirementLevel::Must => "must",
        RequirementLevel::Should => "should",
        RequirementLevel::May => "may",
    }
}

/// What a case tests, and how, in plain text.
pub fn text(case: &Case) -> String {
    let file = &case.file;
    let mut page = format!("{}  {}\n\n  {}\n\n", file.id, file.title, file.purpose.trim());
    let versions: Vec<&str> = file.versions.iter().map(|version| version.name()).collect();
    let modes: Vec<&str> = file
        .modes
        .iter()
        .map(|mode| match mode {
            CaseMode::Passive => "passive",
            CaseMode::Active => "active",
        })
        .collect();
    // Writing to a String cannot fail.
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(page, "  {name:<10} {value}");
        }
    };
    row("tests", &format!("the {} ({})", file.role.name(), level_name(file.level)));
    row("versions", &versions.join(", "));
    row("left out", &file.profiles.iter().map(|name| name.trim_start_matches('!')).collect::<Vec<_>>().join(", "));
    row("applies", file.when.as_deref().unwrap_or_default());
    row("runs", &modes.join(", "));
    for spec in &file.spec {
        row("asked by", &format!("{} {} {}", spec.doc, spec.sec, spec.topic.as_deref().unwrap_or_default()));
    }
    row("rules", &file.rules.join(", "));
    page.push_str("\n  Steps\n");
    for step in file.given.iter().chain(&file.flow) {
        steps(step, 1, &mut page);
    }
    page
}

fn steps(step: &Step, depth: usize, page: &mut String) {
    let indent = "  ".repeat(depth.saturating_add(1));
    let name = step.id.as_deref().map(|id| format!("{id}: ")).unwrap_or_default();
    let title = step.title.as_deref().or(step.why.as_deref()).unwrap_or_default();
    let level = step.level.map(|level| format!(" ({})", level_name(level))).unwrap_or_default();
    if !name.is_empty() || !title.is_empty() {
        let _ = writeln!(page, "{indent}{name}{title}{level}");
    }
    let lists = [("one of", &step.any_of), ("all of", &step.all_of), ("the first that decides", &step.first_decided)];
    for (word, list) in lists {
        if !list.is_empty() {
            let _ = writeln!(page, "{indent}  {word}");
            list.iter().for_each(|inner| steps(inner, depth.saturating_add(2), page));
        }
    }
    step.steps.iter().for_each(|inner| steps(inner, depth.saturating_add(1), page));
    if let Some(repeat) = &step.repeat {
        repeat.steps.iter().for_each(|inner| steps(inner, depth.saturating_add(1), page));
    }
}
