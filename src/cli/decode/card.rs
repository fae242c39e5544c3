//! The image of a file on a smart card: the bootstrap documents in it, and what was skipped around them.

use super::{Form, bootstrap, dump};
use crate::base::Limits;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::provisioning::{self, CardDocument, CardKind, Skipped, card};
use crate::report::visible;
use crate::syncml::xml::{PrettyOptions, write_pretty};
use crate::wbxml::{self, Hint};
use serde_json::json;
use std::io::Write;

pub(super) fn run(image: &[u8], form: Form, known: &bootstrap::Known, output: &Output) -> Result<Exit, Failure> {
    let found = card(image);
    if let Some(unread) = found.unread {
        output.warning(&format!(
            "octets {} to {} of the image are not read: at most {} octets are, with {} documents, and {} places that look like one",
            unread.start,
            unread.end,
            Limits::CARD_IMAGE,
            Limits::CARD_DOCUMENTS,
            Limits::CARD_TRIES
        ));
        if found.documents.is_empty() {
            return Err(Failure::input("what was read of this image holds no bootstrap document"));
        }
    }
    if found.documents.is_empty() {
        return Err(Failure::input(
            "there is no bootstrap document in this image: none begins as a provisioning document or a message of DM in WBXML",
        ));
    }
    for skipped in &found.skipped {
        output.warning(&told(skipped));
    }
    let mut exit = if found.unread.is_some() { Exit::Unread } else { Exit::Done };
    let mut results = output.results();
    if form == Form::Json {
        let documents: Vec<_> = found.documents.iter().map(|document| row(document, image)).collect();
        let skipped = found.skipped.iter().map(|skipped| {
            json!({ "offset": skipped.span.start, "octets": skipped.span.len(), "unused": skipped.is_unused, "length": skipped.has_length })
        });
        let json = json!({ "type": "card", "documents": documents, "skipped": skipped.collect::<Vec<_>>(), "unread": found.unread.map(|span| span.start) });
        writeln!(results, "{json}")?;
        results.flush()?;
    }
    for (number, document) in (1..).zip(&found.documents) {
        let body = document.span.of(image);
        if !document.whole {
            exit = Exit::Unread;
            output.warning(&format!("document {number} could not be decoded to its end"));
        }
        let what = kind(document.kind);
        let place = format!("document {number}: {what}, octets {} to {}", document.span.start, document.span.end);
        match (form, document.kind) {
            (Form::Json, _) => {}
            (Form::Hex, CardKind::Dm) => {
                writeln!(results, "{place}")?;
                dump::annotated(body, wbxml::annotate(body, Hint::NONE), &mut results)?;
                results.flush()?;
            }
            (Form::Xml, CardKind::Dm) => {
                writeln!(results, "<!-- {place} -->")?;
                results.write_all(message(body).as_bytes())?;
                results.flush()?;
            }
            (_, CardKind::Provisioning) => {
                let open = if form == Form::Hex { ("", "") } else { ("<!-- ", " -->") };
                writeln!(results, "{}{place}{}", open.0, open.1)?;
                results.flush()?;
                bootstrap::run(body, form, known, output)?;
            }
        }
    }
    Ok(exit)
}

fn kind(kind: CardKind) -> &'static str {
    match kind {
        CardKind::Provisioning => "provisioning document",
        CardKind::Dm => "message of DM",
    }
}

fn message(body: &[u8]) -> String {
    wbxml::decode(body, Hint::NONE)
        .map(|document| write_pretty(&document.tree, &PrettyOptions::default()))
        .unwrap_or_default()
}

fn row(document: &CardDocument, image: &[u8]) -> serde_json::Value {
    let body = document.span.of(image);
    let xml = match document.kind {
        CardKind::Provisioning => provisioning::decode(body).to_xml(),
        CardKind::Dm => message(body),
    };
    json!({
        "offset": document.span.start, "octets": document.span.len(), "kind": kind(document.kind), "whole": document.whole, "xml": xml,
    })
}

fn told(skipped: &Skipped) -> String {
    let Skipped { span, is_unused, has_length } = skipped;
    let place = format!("{} octets at {} were skipped", span.len(), span.start);
    let what = match (is_unused, has_length) {
        (true, _) => ": all of them are FF, nothing was written there",
        (false, true) => ": they end with the length of the document behind them",
        (false, false) => ": they are no document",
    };
    visible(&format!("{place}{what}")).into_owned()
}
