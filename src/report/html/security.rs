//! Security: what protects the traffic, who is allowed in, and who may do what.

use super::escape::esc;
use super::shown::{Shown, place};
use crate::verdict::security::{RIGHTS, Rights, subjects};
use crate::verdict::{AuthSides, ReportStore, RightsReport};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Rows of access control that are shown.
const ROWS: usize = 500;

#[derive(Deserialize)]
struct Head {
    index: u32,
    #[serde(default)]
    device: Option<String>,
    transport: String,
    #[serde(default)]
    tls: Option<String>,
    auth: AuthSides<'static>,
    #[serde(default)]
    rights: Vec<RightsReport<'static>>,
}

/// Sessions by what protects them and by what both sides show.
#[derive(Debug, Default)]
struct Counts {
    transport: BTreeMap<String, u64>,
    client: BTreeMap<String, u64>,
    server: BTreeMap<String, u64>,
}

pub(super) fn write(report: &mut ReportStore, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let (mut counts, mut rights) = (Counts::default(), Rights::default());
    for head in report.sessions()?.narrowed::<Head>() {
        let head: Head = head?;
        let is_secured = head.transport == "https";
        let protection = match (head.tls, is_secured) {
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
    writeln!(out, "</section>")
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
