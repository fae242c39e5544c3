//! What a message is for, by what it holds.

use crate::base::Direction;
use crate::syncml::{CommandName, Message};

/// What a message holds, as far as the flow of a session depends on it. Several can be true at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content {
    /// Alert 1200 or 1201: a client opens a session.
    pub session_alert: bool,
    /// Alert 1222: the next message is asked for.
    pub next_message: bool,
    /// Alert 1223: the session is aborted.
    pub abort: bool,
    /// Alert 1225: a large object did not come to its end.
    pub object_error: bool,
    /// A Status for SyncHdr with 401 or 407, with a Chal.
    pub challenge: bool,
    /// A Status for SyncHdr with 401 or 407 and without Chal, or another code that refuses the message.
    pub refusal: bool,
    /// The code of the first Status for SyncHdr.
    pub hdr_status: Option<u16>,
    /// The last command that is no Status carries MoreData.
    pub chunk: bool,
    /// Commands other than Status, Results and Alerts 1222, 1223, 1225: management operations and user interaction from a
    /// server; session Alert, DevInfo and events from a client.
    pub operations: bool,
    /// Status or Results.
    pub responses: bool,
    /// Results.
    pub results: bool,
    /// A Status with a failing code (4xx, 5xx).
    pub failing_status: bool,
    /// Final.
    pub final_mark: bool,
    /// Cred in SyncHdr, or an x-syncml-hmac header on the transport.
    pub credentials: bool,
}

impl Content {
    /// Looks through a message. `hmac` says whether it came with an x-syncml-hmac header.
    pub fn of(message: &Message, hmac: bool) -> Self {
        let mut content = Content {
            final_mark: message.has_final(),
            credentials: hmac || message.hdr.cred.is_some(),
            ..Content::default()
        };
        let mut last_more = false;
        for command in &message.commands {
            match command.name {
                CommandName::Status => {
                    content.responses = true;
                    let code = message.code(command);
                    let for_hdr = message.text(command.cmd) == "SyncHdr"
                        || (command.cmd.is_none() && message.text(command.cmd_ref) == "0");
                    if let Some(code @ 400..=599) = code {
                        content.failing_status = true;
                        if for_hdr {
                            if matches!(code, 401 | 407) && command.chal.is_some() {
                                content.challenge = true;
                            } else {
                                content.refusal = true;
                            }
                        }
                    }
                    if for_hdr {
                        content.hdr_status = content.hdr_status.or(code);
                    }
                }
                CommandName::Results => {
                    content.responses = true;
                    content.results = true;
                    last_more = message.items(command).iter().any(|item| item.more_data.is_some());
                }
                CommandName::Alert => {
                    last_more = message.items(command).iter().any(|item| item.more_data.is_some());
                    match message.code(command) {
                        Some(1222) => content.next_message = true,
                        Some(1223) => content.abort = true,
                        Some(1225) => content.object_error = true,
                        Some(1200 | 1201) => {
                            content.session_alert = true;
                            content.operations = true;
                        }
                        _ => content.operations = true,
                    }
                }
                _ => {
                    content.operations = true;
                    last_more = message.items(command).iter().any(|item| item.more_data.is_some());
                }
            }
        }
        content.chunk = last_more;
        content
    }

    /// Whether a server's message closes the session: nothing but Status elements, and none of them a challenge.
    pub fn is_closing(&self, direction: Direction) -> bool {
        direction == Direction::ServerToDevice
            && !self.operations
            && !self.challenge
            && !self.next_message
            && !self.abort
            && !self.object_error
            && !self.chunk
    }
}
