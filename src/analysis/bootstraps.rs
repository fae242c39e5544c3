//! Bootstrap messages of a session, as the report and a close look at it show them.

use super::convert::carrier;
use crate::dm::{Bootstrap, BootstrapContent, Session, Tied, WrittenAccount, written_accounts};
use crate::provisioning::{Characteristic, Document, Proof, Security, characteristics};
use crate::syncml::Message;
use crate::syncml::xml::{PrettyOptions, write_pretty};
use crate::verdict::{BootstrapAccount, BootstrapReport, Text, clip};

/// Groups or commands that are named of one message.
const NAMED: usize = 8;
/// Addresses that are named of one account.
const ADDRESSES: usize = 4;

/// The rows of a session.
pub(super) fn report(session: &Session, input: Option<u32>) -> Vec<BootstrapReport<'_>> {
    session.bootstraps.iter().map(|bootstrap| one(bootstrap, input)).collect()
}

fn one(bootstrap: &Bootstrap, input: Option<u32>) -> BootstrapReport<'_> {
    let (holds, summary, accounts) = match &bootstrap.content {
        BootstrapContent::Document(document) => ("provisioning-document", of_document(document), accounts(document)),
        BootstrapContent::Message(message) => ("dm-message", of_message(message), servers(message)),
        BootstrapContent::Unread(why) => ("unread", (*why).to_owned(), Vec::new()),
    };
    BootstrapReport {
        input,
        frame: bootstrap.frame.get(),
        time: bootstrap.time.into(),
        bearer: "wap-push".into(),
        carrier: carrier(&bootstrap.carrier).map(Into::into),
        parts: bootstrap.carrier.parts().map(|joined| joined.parts.into()),
        tie: match bootstrap.tied {
            Tied::Address => None,
            Tied::Server => Some("server".into()),
        },
        source: bootstrap.carrier.source().to_string().into(),
        destination: bootstrap.carrier.destination().to_string().into(),
        media: bootstrap.push.media.name().into(),
        holds: holds.into(),
        summary: clip(&summary).into_owned().into(),
        accounts,
        sec: bootstrap.push.sec.as_deref().map(clip),
        protection: protection(bootstrap).into(),
        repeated: bootstrap.repeated,
    }
}

/// How it is protected, in a few words.
fn protection(bootstrap: &Bootstrap) -> String {
    let security = bootstrap.push.sec.as_deref().and_then(Security::parse);
    let method = security.map_or("a method that is not known", |security| security.name(bootstrap.profile()));
    match bootstrap.proof {
        Proof::Unprotected => "not protected".to_owned(),
        Proof::Authentic(form) => match form.name() {
            "" => format!("{method}, MAC correct"),
            form => format!("{method}, MAC correct ({form})"),
        },
        Proof::Wrong => format!("{method}, MAC not correct with the secret that was given"),
        Proof::Undecided(why) => format!("{method}, MAC not verified: {}", why.name()),
    }
}

/// Names, the first few of them.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.take(NAMED + 1).collect();
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("…".to_owned());
    }
    names.join(", ")
}

fn of_document(document: &Document) -> String {
    let version = document.version.as_deref().map(|version| format!(" {}", clip(version))).unwrap_or_default();
    let groups = characteristics(&document.items).map(|group| match group.value("APPID") {
        Some(id) => format!("{} {}", clip(&group.kind), clip(id)),
        None => clip(&group.kind).into_owned(),
    });
    let groups = listed(groups);
    let groups = if groups.is_empty() { "nothing in it".to_owned() } else { groups };
    let cut = if document.fault.is_some() { "; the rest cannot be read" } else { "" };
    format!("provisioning document{version}: {groups}{cut}")
}

fn accounts<'d>(document: &'d Document) -> Vec<BootstrapAccount<'d>> {
    let account = |account: &'d Characteristic| {
        let groups = account.groups("APPADDR").filter_map(|group| group.value("ADDR"));
        let addresses = account.value("ADDR").into_iter().chain(groups).take(ADDRESSES).map(clip).collect();
        BootstrapAccount { server: account.value("PROVIDER-ID").map(clip), addresses, node: None }
    };
    document.applications("w7").take(NAMED).map(account).collect()
}

fn of_message(message: &Message) -> String {
    let commands = message.commands.iter().map(|command| {
        let uri = message.items(command).first().and_then(|item| message.value(item.target_uri));
        match uri {
            Some(uri) => format!("{} {}", command.name, clip(uri)),
            None => command.name.to_string(),
        }
    });
    let commands = listed(commands);
    let commands = if commands.is_empty() { "no commands".to_owned() } else { commands };
    let cut = if message.is_judgeable() { "" } else { "; not all of it can be read" };
    format!("message of DM: {commands}{cut}")
}

fn servers(message: &Message) -> Vec<BootstrapAccount<'_>> {
    let written = written_accounts(message);
    if written.is_empty() {
        let server = message.source().map(clip);
        return server
            .map(|server| BootstrapAccount { server: Some(server), ..BootstrapAccount::default() })
            .into_iter()
            .collect();
    }
    let owned = |text: &String| clip(text).into_owned().into();
    let account = |account: &WrittenAccount| BootstrapAccount {
        server: account.server.as_ref().map(owned),
        addresses: account.addresses.iter().take(ADDRESSES).map(owned).collect(),
        node: Some(owned(&account.root)),
    };
    written.iter().take(NAMED).map(account).collect()
}

/// What is in each bootstrap message of a session, as XML; empty where nothing could be read, and of a message of DM where
/// nothing may be seen that need not: its objects may stand in it as octets.
pub(super) fn shown(session: &Session, redact: bool) -> Vec<Text<'_>> {
    let text = |bootstrap: &Bootstrap| match &bootstrap.content {
        BootstrapContent::Document(document) => document.to_xml(),
        BootstrapContent::Message(message) if !redact => write_pretty(message.tree(), &PrettyOptions::default()),
        BootstrapContent::Message(_) | BootstrapContent::Unread(_) => String::new(),
    };
    session.bootstraps.iter().map(|bootstrap| text(bootstrap).into()).collect()
}
