//! `docs/objects.md`: everything that the tables say.

use super::model::{AlertRole, Node, Object, ResultCode};
use super::tables::OBJECTS;
use std::fmt::Write as _;

/// The page.
pub fn text() -> String {
    let mut out = String::from(
        "# Management objects\n\n\
         What dmscope knows of management objects: their identifiers, nodes, values of leaves, operations, types of Generic \
         Alerts, result codes and states. Written from the tables in `src/objects/tables` by `UPDATE=1 cargo test --test \
         objects`; the rules, the line that reports give to an operation, and the search for objects in a session use the same \
         tables.\n\n\
         *Read in* says where a fact was read: in the specification text, in the public registry of OMA, in independent \
         implementations, or nowhere yet (expert knowledge, to be confirmed). `<X>` is a name that is made at run time. \
         Commands are those of the standard description; devices may take more. An object is found in a session by the Type \
         property of its root, by the type of an alert whose Source names it, by its place where that is fixed, or by the names \
         of its nodes, which is the least sure.\n\n\
         | Object | Title | Identifier | Specification |\n| --- | --- | --- | --- |\n",
    );
    for object in OBJECTS {
        let id = object.ids.first().map_or(String::new(), |id| format!("`{}`", id.id));
        row(&mut out, &[&format!("[{}](#{})", object.name, anchor(object)), object.title, &id, object.document]);
    }
    for object in OBJECTS {
        section(&mut out, object);
    }
    out
}

fn row(out: &mut String, cells: &[&str]) {
    // Writing into a string does not fail.
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn heading(object: &Object) -> String {
    format!("{}: {}", object.name, object.title)
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(object: &Object) -> String {
    let kept = heading(object)
        .to_lowercase()
        .chars()
        .filter(|ch| ch.is_alphanumeric() || matches!(ch, ' ' | '-'))
        .collect::<String>();
    kept.replace(' ', "-")
}

fn section(out: &mut String, object: &'static Object) {
    let _ = writeln!(out, "\n## {}\n\nSpecification: {}.", heading(object), object.document);
    if let Some(place) = object.place {
        let _ = writeln!(out, "Place: `{place}`.");
    }
    for shape in object.shapes {
        let _ = writeln!(out, "Found by names where a node has {} below it.", listed(shape));
    }
    if !object.ids.is_empty() {
        out.push_str("\n| Identifier | Read in |\n| --- | --- |\n");
        object.ids.iter().for_each(|id| row(out, &[&format!("`{}`", id.id), id.basis.name()]));
    }
    if !object.nodes.is_empty() {
        out.push_str(
            "\n| Node | Occurs | Format | Commands | Meaning | Read in |\n| --- | --- | --- | --- | --- | --- |\n",
        );
        object.nodes.iter().for_each(|node| node_row(out, node));
    }
    for node in object.nodes.iter().filter(|node| !node.values.is_empty()) {
        let _ = writeln!(out, "\nValues of `{}`:\n\n| Value | Name |\n| --- | --- |", node.path);
        node.values.iter().for_each(|value| row(out, &[value.value, value.name]));
    }
    if object.operations().next().is_some() {
        out.push_str("\n| Exec on | Starts | Went well | Did not |\n| --- | --- | --- | --- |\n");
        for (node, action) in object.operations() {
            row(out, &[&format!("`{}`", node.path), action.name, action.done, action.failed]);
        }
    }
    if !object.alerts.is_empty() {
        out.push_str("\n| Type of Generic Alert | Meaning | Tells of | Read in |\n| --- | --- | --- | --- |\n");
        for alert in object.alerts {
            let of = match alert.role {
                AlertRole::Result("") => "the end of an operation".to_owned(),
                AlertRole::Result(name) => format!("the end of `{name}`"),
                AlertRole::Request => "a wish".to_owned(),
                AlertRole::Report => "an event".to_owned(),
            };
            let of = if alert.draft { format!("{of}; in drafts") } else { of };
            row(out, &[&format!("`{}`", alert.kind), alert.meaning, &of, alert.basis.name()]);
        }
    }
    if !object.codes.is_empty() {
        out.push_str("\n| Result code | Meaning | Operations | Read in |\n| --- | --- | --- | --- |\n");
        object.codes.iter().for_each(|code| code_row(out, code));
    }
    if !object.transitions.is_empty() {
        out.push_str(
            "\nStates that may be read after another one, as a server sees them (it may miss some):\n\n\
             | First | Then | As well, when the server did this in between |\n| --- | --- | --- |\n",
        );
        for step in object.transitions {
            let after = step.after.iter().map(|(what, states)| match *what {
                "" => format!("a new package: {}", states.join(" ")),
                what => format!("Exec `{what}`: {}", states.join(" ")),
            });
            row(out, &[step.from, &step.alone.join(" "), &after.collect::<Vec<_>>().join("; ")]);
        }
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

fn node_row(out: &mut String, node: &Node) {
    let path = if node.path.is_empty() { "(root)".to_owned() } else { format!("`{}`", node.path) };
    let format = node.format.split(' ').filter(|format| !format.is_empty()).collect::<Vec<_>>().join(", ");
    let access = node.access.0.split(' ').filter(|one| !one.is_empty()).collect::<Vec<_>>().join(", ");
    let or = |text: String, empty: &str| if text.is_empty() { empty.to_owned() } else { text };
    let (format, access) = (or(format, "any"), or(access, "none"));
    row(out, &[&path, node.occurs.name(), &format, &access, node.meaning, node.basis.name()]);
}

fn code_row(out: &mut String, code: &ResultCode) {
    let number = if code.from == code.to { code.from.to_string() } else { format!("{}–{}", code.from, code.to) };
    let only = if code.only.is_empty() { "all".to_owned() } else { code.only.join(", ") };
    row(out, &[&number, code.meaning, &only, code.basis.name()]);
}
