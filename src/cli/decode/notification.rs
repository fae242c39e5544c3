//! A notification (package 0), alone or in its push.

use super::Form;
use crate::base::Span;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::push::{ApplicationId, Carries, Field, Notification, Push};
use crate::report::visible;
use serde_json::json;
use std::io::Write;

pub(super) fn run(body: &[u8], form: Form, output: &Output) -> Result<Exit, Failure> {
    let push = Push::decode(body).ok();
    let start = push.as_ref().map_or(0, Push::head_length);
    let mut fields = push.as_ref().map(of_push).unwrap_or_default();
    let content = body.get(start..).unwrap_or_default();
    if push.as_ref().is_none_or(|push| push.carries == Carries::Notification) {
        let notification = Notification::decode(content).map_err(|error| Failure::input(error.to_string()))?;
        let shifted = |at: u32| (at as usize).saturating_add(start);
        fields.extend(
            notification
                .fields()
                .into_iter()
                .map(|field| Field { span: Span::new(shifted(field.span.start), shifted(field.span.end)), ..field }),
        );
        if !notification.has_whole_server() {
            output.warning("the length of the server identifier is 0, or more than there is");
        }
    } else {
        output.warning("the format of DM 1.3 is not read");
    }
    let mut results = output.results();
    match form {
        Form::Json => {
            let list: Vec<_> = (fields.iter())
                .map(|field| {
                    json!({ "name": field.name, "value": field.value, "span": [field.span.start, field.span.end] })
                })
                .collect();
            writeln!(results, "{}", json!({ "type": "notification", "fields": list }))?;
        }
        Form::Xml => {
            for field in &fields {
                writeln!(results, "{:<18} {}", field.name, visible(&field.value))?;
            }
        }
        Form::Hex => {
            for field in &fields {
                let octets: String = field.span.of(body).iter().map(|octet| format!("{octet:02x}")).collect();
                writeln!(results, "{:08x}  {:<18} {octets}  {}", field.span.start, field.name, visible(&field.value))?;
            }
        }
    }
    results.flush()?;
    Ok(Exit::Done)
}

/// What the headers of a push say.
fn of_push(push: &Push) -> Vec<Field> {
    let span = Span::new(0, push.head_length());
    let media = match push.carries {
        Carries::Notification => "application/vnd.syncml.notification",
        Carries::Notification1_3 => "application/vnd.syncml.dm.notification",
    };
    let mut fields = vec![Field { name: "content-type", span, value: media.to_owned() }];
    let application = match &push.application {
        Some(ApplicationId::Number(number)) => number.to_string(),
        Some(ApplicationId::Name(name)) => name.clone(),
        None => return fields,
    };
    fields.push(Field { name: "application-id", span, value: application });
    fields
}
