//! How a session ended, and the sentence that says why.

use super::build::Ending;
use super::phase::Phase;
use super::session::{End, Entry, HttpAnswer};
use crate::base::{Direction, Injected};

/// How it ended, and the sentence that says why.
pub(super) fn ending_of(entries: &[Entry], ending: Ending, start_seen: bool, loss_at_end: bool) -> (End, String) {
    let Some(last) = entries.last() else { return (End::Open, "no message was captured".to_owned()) };
    let number = |entry: &Entry| entry.message.msg_id().unwrap_or("?").to_owned();
    let (end, mut why) = match last.phase_after {
        Phase::Closed => {
            let refused = entries
                .iter()
                .rev()
                .find(|entry| entry.direction == Direction::ServerToDevice)
                .and_then(|entry| entry.content.hdr_status)
                .filter(|code| *code >= 400);
            match refused {
                Some(code) => (
                    End::Completed,
                    format!("the server refused the client's message with {code} and closed the session"),
                ),
                None => (End::Completed, "the server had no more operations and closed the session".to_owned()),
            }
        }
        Phase::Aborted => {
            let abort = entries.iter().find(|entry| entry.content.abort).unwrap_or(last);
            let who = if abort.direction == Direction::DeviceToServer { "client" } else { "server" };
            (End::Aborted, format!("the {who} sent Alert 1223 (session abort) in message {}", number(abort)))
        }
        _ if matches!(last.http_answer, HttpAnswer::Undecodable { .. }) => {
            (End::Truncated, format!("the server's answer to message {} could not be decoded", number(last)))
        }
        _ if loss_at_end || !last.message.is_judgeable() => {
            (End::Truncated, "a message after this could not be decoded, or is not in the capture".to_owned())
        }
        phase => match (last.direction, last.http_answer) {
            (Direction::DeviceToServer, HttpAnswer::Empty { status }) => {
                (End::Open, format!("the server answered message {} with HTTP {status} and no body", number(last)))
            }
            (Direction::DeviceToServer, HttpAnswer::Other { status }) => (
                End::Open,
                format!("the server answered message {} with HTTP {status} and no readable SyncML", number(last)),
            ),
            (Direction::DeviceToServer, HttpAnswer::Nothing) => {
                (End::Open, format!("the connection was closed without an answer to message {}", number(last)))
            }
            (Direction::DeviceToServer, _) => {
                (End::Truncated, format!("the server's answer to message {} is not in the capture", number(last)))
            }
            (Direction::ServerToDevice, _) if phase == Phase::ClientAuth => {
                let end = if ending == Ending::Superseded { End::Completed } else { End::Open };
                (end, "the server asked for credentials, and the client did not come back with any".to_owned())
            }
            (Direction::ServerToDevice, _) => {
                (End::Open, format!("the client never answered the server's message {}", number(last)))
            }
        },
    };
    if !matches!(end, End::Completed | End::Aborted) && last.injected.iter().any(Injected::alters) {
        // What the device got, or the server, was not what the other side sent.
        why.push_str("; a fault was injected there");
    }
    match ending {
        Ending::Superseded if end != End::Completed && end != End::Aborted => {
            why.push_str("; the device then began a new session under the same SessionID");
        }
        Ending::GivenUp => why.push_str("; a ceiling on open sessions was hit"),
        _ => {}
    }
    if !start_seen {
        why.push_str("; its beginning was not captured");
    }
    (end, why)
}
