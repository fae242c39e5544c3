//! Security: what protects the traffic, who is allowed in, and who may do what.

use super::escape::esc;
use super::shown::{Shown, place};
use crate::verdict::security::{RIGHTS, Rights, subjects};
use crate::verdict::{AuthSides, ReportStore, RightsReport};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows of access control, and of what was refused, that are shown.
const ROWS: usize = 500;

/// Codes of a Status that say that a server may not do what it asked for: forbidden, and not granted by the ACL
/// (OMA-TS-DM_RepPro-V1_2_1, 10.3).
const REFUSED: [&str; 2] = ["403", "425"];

#[derive(Deserialize)]
struct Head {
    index: u32,
    #[serde(default)]
    device: Option<String>,
    #[serde(default)]
    server: Option<String>,
    transport: String,
    #[serde(default)]
    tls: Option<String>,
    auth: AuthSides<'static>,
    #[serde(default)]
    rights: Vec<RightsReport<'static>>,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    index: u32,
    commands: Vec<Command>,
}

#[derive(Deserialize)]
struct Command {
    name: String,
    target: Option<String>,
    status: Option<String>,
}

/// A command that the device did not let the server do.
struct Refusal {
    session: u32,
    device: String,
    server: String,
    message: u32,
    command: Command,
}

/// Commands that were refused for want of rights; those for which there is room.
#[derive(Default)]
struct Refusals {
    rows: Vec<Refusal>,
    all: u64,
}

impl Refusals {
    fn add(&mut self, head: &Head, message: u32, command: Command) {
        self.all = self.all.saturating_add(1);
        if self.rows.len() < ROWS {
            let name = |name: &Option<String>| name.clone().unwrap_or_default();
            let (device, server) = (name(&head.device), name(&head.server));
            self.rows.push(Refusal { session: head.index, device, server, message, command });
        }
    }
}

/// Sessions by what protects them and by what both sides show.
#[derive(Debug, Default)]
struct Counts {
    transport: BTreeMap<String, u64>,
    client: BTreeMap<String, u64>,
    server: BTreeMap<String, u64>,
}

pub(super) fn write(report: &mut ReportStore, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let (mut counts, mut rights, mut refusals) = (Counts::default(), Rights::default(), Refusals::default());
    for head in report.sessions()?.narrowed::<Head>() {
        let mut head: Head = head?;
        for message in std::mem::take(&mut head.messages) {
            for command in message.commands {
                if command.status.as_deref().is_some_and(|status| REFUSED.contains(&status)) {
                    refusals.add(&head, message.index, command);
                }
            }
        }
        let is_secured = head.transport == "https";
        let protection = match (head.tls.take(), is_secured) {
            (Some(version), _) => version,
            (None, true) => "TLS, version not seen".to_owned(),
            (None, false) => "in clear".to_owned(),
        };
        let count = |counts: &mut BTreeMap<String, u64>, what: String| *counts.entry(what).or_default() += 1;
        count(&mut counts.transport, protection);
        let place = if is_secured { "over TLS" } else { "in clear" };
        let said = |scheme: &Option<crate::verdict::Text<'static>>| match scheme {
            Some(scheme) => format!("{} {place}", &**scheme),
            None => format!("no credentials, {place}"),
        };
        count(&mut counts.client, said(&head.auth.client.scheme));
        count(&mut counts.server, said(&head.auth.server.scheme));
        rights.add(head.device.as_deref().unwrap_or_default(), head.index, &head.rights);
    }
    writeln!(out, "<section id=\"security\"><h2>Security</h2>")?;
    let tables =
        [("Protection", &counts.transport), ("The client shows", &counts.client), ("The server shows", &counts.server)];
    writeln!(out, "<table><thead><tr><th>What<th>Sessions</tr></thead><tbody>")?;
    for (title, counts) in tables {
        for (what, sessions) in counts {
            writeln!(out, "<tr><td>{title}: {}<td class=\"num\">{sessions}</tr>", esc(what))?;
        }
    }
    writeln!(out, "</tbody></table>")?;
    writeln!(
        out,
        "<h3>What rules found</h3><table><thead><tr><th>Subject<th>Rule<th>Looked<th>Violated<th>Undecided</tr></thead><tbody>"
    )?;
    for (title, rules) in subjects(&report.tail().rules) {
        for (at, rule) in rules.into_iter().enumerate() {
            let undecided = rule.undecided.iter().fold(0_u64, |sum, one| sum.saturating_add(one.occasions));
            let id = esc(&rule.id);
            let name = match rule.violations {
                0 => format!("<b class=\"id\">{id}</b>"),
                _ => format!("<a href=\"#r-{id}\"><b class=\"id\">{id}</b></a>"),
            };
            let looked = match rule.occasions {
                0 => "never".to_owned(),
                occasions => occasions.to_string(),
            };
            writeln!(
                out,
                "<tr><td>{}<td>{name} {}<td class=\"num\">{looked}<td class=\"num\">{}<td class=\"num\">{undecided}</tr>",
                if at == 0 { title } else { "" },
                esc(&rule.title),
                rule.violations,
            )?;
        }
    }
    writeln!(out, "</tbody></table>")?;
    access(&rights, shown, out)?;
    refused(&refusals, shown, out)?;
    writeln!(out, "</section>")
}

fn refused(refusals: &Refusals, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    if refusals.rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<h3>Refused for want of rights</h3><table><thead><tr><th>Device<th>Server<th>Command<th>Node<th>Answer<th>Seen in</tr></thead><tbody>"
    )?;
    for row in &refusals.rows {
        writeln!(
            out,
            "<tr><td>{}<td>{}<td>{}<td><code>{}</code><td>{}<td>{}</tr>",
            esc(&row.device),
            esc(&row.server),
            esc(&row.command.name),
            esc(row.command.target.as_deref().unwrap_or_default()),
            esc(row.command.status.as_deref().unwrap_or_default()),
            place(shown, row.session, Some(row.message)),
        )?;
    }
    writeln!(out, "</tbody></table>")?;
    let left = refusals.all.saturating_sub(u64::try_from(refusals.rows.len()).unwrap_or(u64::MAX));
    if left > 0 {
        writeln!(out, "<p class=\"more\">{left} more are not shown.</p>")?;
    }
    Ok(())
}

fn access(rights: &Rights, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<h3>Who may do what</h3>")?;
    if rights.is_empty() {
        return writeln!(
            out,
            "<p class=\"dim\">No ACL was read or set in this traffic: who may do what is not known.</p>"
        );
    }
    writeln!(
        out,
        "<p class=\"dim\">The ACLs that the traffic shows, of each node the latest. A node without a row has the rights of the \
         nearest node above it that has an ACL; * is every server.</p><table><thead><tr><th>Node"
    )?;
    RIGHTS.iter().try_for_each(|right| write!(out, "<th>{right}"))?;
    writeln!(out, "<th>Seen in</tr></thead><tbody>")?;
    let mut room = ROWS;
    let mut left = rights.left_out;
    for (device, rows) in rights.devices() {
        writeln!(out, "<tr><td colspan=\"7\"><b>{}</b></tr>", esc(device))?;
        for row in rows {
            if room == 0 {
                left = left.saturating_add(1);
                continue;
            }
            room = room.saturating_sub(1);
            write!(out, "<tr><td><code>{}</code>", esc(&row.node))?;
            if row.is_inherited {
                write!(out, "<td colspan=\"5\" class=\"dim\">none of its own: the node above decides")?;
            } else {
                row.servers.iter().try_for_each(|servers| write!(out, "<td>{}", esc(servers)))?;
            }
            writeln!(out, "<td>{}</tr>", place(shown, row.session, Some(row.message)))?;
        }
    }
    writeln!(out, "</tbody></table>")?;
    if left > 0 {
        writeln!(out, "<p class=\"more\">{left} more are not shown.</p>")?;
    }
    Ok(())
}
