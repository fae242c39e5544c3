//! A bootstrap message: a provisioning document (OMA CP), alone or in its push, and what its MAC is worth.

use super::{Form, dump};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::provisioning::{self, Document, Encoding, Profile, Proof, Secrets, account_rows};
use crate::push::BootstrapPush;
use crate::report::visible;
use serde_json::json;
use std::io::Write;

/// What the user knows of the device.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) pin: Option<String>,
    pub(super) imsi: Option<String>,
}

/// What the push around a bootstrap message says, each with a name.
pub(super) fn of_push(push: &BootstrapPush, known: &Known) -> Vec<(&'static str, String)> {
    let secrets = Secrets { imsi: known.imsi.clone(), pin: known.pin.clone(), ..Secrets::default() };
    let profile = if push.media.is_provisioning() { Profile::Provisioning } else { Profile::Dm };
    let proof = provisioning::verify(profile, push.sec.as_deref(), push.mac.as_deref(), &push.body, &secrets);
    let proof = match proof {
        Proof::Unprotected => "nothing protects the message".to_owned(),
        Proof::Authentic(_) => "right".to_owned(),
        Proof::Wrong => "wrong with the secrets that were given".to_owned(),
        Proof::Undecided(why) => format!("not decided: {}", why.name()),
    };
    let mut facts = vec![("carries", push.media.name().to_owned())];
    facts.extend(push.sec.clone().map(|sec| ("SEC", sec)));
    facts.extend(push.mac.clone().map(|mac| ("MAC", mac)));
    facts.push(("MAC is", proof));
    facts
}

pub(super) fn run(body: &[u8], form: Form, known: &Known, output: &Output) -> Result<Exit, Failure> {
    let push = BootstrapPush::decode(body).ok();
    let facts = push.as_ref().map(|push| of_push(push, known)).unwrap_or_default();
    let content = push.as_ref().map_or(body, |push| &push.body);
    let document = provisioning::decode(content);
    let mut results = output.results();
    match form {
        Form::Xml => {
            for (name, value) in &facts {
                writeln!(results, "<!-- {name}: {} -->", visible(value).replace("--", "- -"))?;
            }
            results.write_all(document.to_xml().as_bytes())?;
            account(&document, &mut results)?;
        }
        Form::Hex => {
            let start = push.as_ref().map_or(0, BootstrapPush::head_length);
            if start > 0 {
                writeln!(results, "{start} octets of the push, then")?;
            }
            match document.encoding {
                Encoding::Xml => dump::plain(content, &mut results)?,
                Encoding::Wbxml => {
                    for line in provisioning::annotate(content).0 {
                        let octets: String = line.span.of(content).iter().map(|octet| format!("{octet:02x}")).collect();
                        let indent = "  ".repeat(line.depth.min(20));
                        let text = format!("{indent}{:<8} {}", line.token, visible(&line.text));
                        writeln!(results, "{:08x}  {octets:<24}  {}", line.span.start, text.trim_end())?;
                    }
                }
            }
        }
        Form::Json => {
            let rows: Vec<_> = account_rows(&document)
                .into_iter()
                .map(|row| json!({ "node": row.path, "value": row.value }))
                .collect();
            let push: Vec<_> = facts.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
            let remarks: Vec<String> = document.remarks.iter().map(ToString::to_string).collect();
            let fault = document.fault.as_ref().map(ToString::to_string);
            let json = json!({
                "type": "provisioning", "push": push, "version": document.version, "xml": document.to_xml(),
                "account": rows, "remarks": remarks, "fault": fault,
            });
            writeln!(results, "{json}")?;
        }
    }
    results.flush()?;
    for remark in document.remarks.iter().take(super::TOLD) {
        output.warning(&remark.to_string());
    }
    match &document.fault {
        Some(fault) => {
            output.warning(&format!("the rest could not be decoded: {}", visible(&fault.to_string())));
            Ok(Exit::Unread)
        }
        None => Ok(Exit::Done),
    }
}

/// What a device makes of its applications for DM.
fn account(document: &Document, out: &mut dyn Write) -> std::io::Result<()> {
    let rows = account_rows(document);
    if !rows.is_empty() {
        writeln!(out, "<!-- what a device makes of it, below ./DMAcc:")?;
        for row in rows {
            let text = format!("{} = {}", row.path, row.value);
            writeln!(out, "     {}", visible(&text).replace("--", "- -"))?;
        }
        writeln!(out, "-->")?;
    }
    Ok(())
}
