//! The server's side of a session: which recorded message answers what the device just said.

use super::event::Event;
use super::player::{HdrStatus, Outgoing, Player, Shown, cut};
use super::script::{Answer, Step};
use crate::base::Limits;
use crate::dm::{Content, EntryId};
use crate::syncml::Message;

/// What goes back to the device.
#[derive(Debug)]
pub(super) enum Reply {
    /// A message, with HTTP 200.
    Message(Outgoing),
    /// This HTTP status, with no body.
    Status(u16),
    /// Nothing: the connection is closed, as it was in the recording.
    Close,
}

impl Player {
    /// Takes a message of the device, and gives what answers it.
    ///
    /// With the device's secret at hand, the Status for its SyncHdr follows what its credentials prove: right ones are
    /// accepted where the recording refused them (its challenge is left out then), wrong ones and none are challenged where
    /// the recording accepted some, and the script waits for the next try.
    pub(super) fn answer(&mut self, message: &Message, hmac: Option<&str>) -> Reply {
        message.session_id().unwrap_or_default().clone_into(&mut self.session_id);
        self.find_secrets(Some(message));
        let shown = self.verify(message, hmac);
        let step = self.step();
        let asked = step.and_then(|step| step.asked);
        let package = asked.and_then(|asked| self.script.entry(asked)).map(|entry| entry.package.number);
        let told = self.told(message);
        self.receive(message, package);
        let content = Content::of(message, hmac.is_some());
        let recorded = asked.and_then(|asked| self.script.entry(asked)).map(|entry| entry.content);
        if self.is_exhausted() {
            self.diverge("the session has more messages than a session may have; it is ended");
            self.give_up();
            return Reply::Status(400);
        }
        if content.abort && !recorded.is_some_and(|content| content.abort) {
            self.diverge("the device aborted the session (Alert 1223)");
            return self.close(message);
        }
        let Some(step) = step else {
            self.diverge("the device sent a message that the script has no answer for; the session is closed");
            return self.close(message);
        };
        if let Some(reply) = self.prove_again(message, told, recorded.and_then(|content| content.hdr_status)) {
            return reply;
        }
        self.judge(message, shown, step)
    }

    /// The code for this side's last message, where the device refuses it for want of credentials.
    fn told(&self, message: &Message) -> Option<u16> {
        self.verdict_on_us(message).filter(|code| matches!(code, 401 | 407) && !self.sent.is_empty())
    }

    /// A device that refuses the server's credentials gets the message again, with those that it asked for.
    fn prove_again(&mut self, message: &Message, told: Option<u16>, recorded: Option<u16>) -> Option<Reply> {
        let code = told?;
        if matches!(recorded, Some(401 | 407)) {
            return None;
        }
        if self.own_secret().is_none() || self.retries >= 1 {
            return None;
        }
        self.diverge(format!("the device answered SyncHdr with {code}: it wants credentials of the server"));
        self.retries = self.retries.saturating_add(1);
        self.must_prove = true;
        let (_, last) = self.sent.last()?;
        let last = *last;
        self.take(message, None);
        self.compose(last, HdrStatus::AsRecorded, Some(message.encoding()), true).map(Reply::Message)
    }

    fn judge(&mut self, message: &Message, shown: Shown, step: Step) -> Reply {
        let script = self.script.clone();
        let content = |id: Option<EntryId>| id.and_then(|id| script.entry(id)).map(|entry| entry.content);
        let answer = content(step.answer.message());
        let refused_then = answer.is_some_and(|answer| answer.challenge || answer.refusal);
        let proved_then = content(step.asked).is_some_and(|asked| asked.credentials);
        let mut step = step;
        let mut hdr = HdrStatus::AsRecorded;
        match shown {
            Shown::Unknown => {}
            Shown::Missing if !proved_then || refused_then => {}
            Shown::Missing => return self.refuse(message, "the device sent no credentials, recorded some"),
            Shown::Wrong { .. } if refused_then => {}
            Shown::Wrong { why } => return self.refuse(message, &format!("the device's credentials are wrong: {why}")),
            Shown::Right { remark } => {
                if let Some(nonce) = remark {
                    self.diverge(format!("the device's credentials are right, but with {nonce}"));
                }
                if answer.is_some_and(|answer| answer.challenge)
                    && let Some(next) = self.script.step(self.cursor.saturating_add(1))
                {
                    self.diverge("the device's credentials are right at once; the recorded challenge is left out");
                    self.skip();
                    step = next;
                } else if refused_then {
                    self.diverge("the device's credentials are right, recorded ones were refused");
                    hdr = HdrStatus::Code(212);
                }
            }
        }
        self.challenges = 0;
        self.retries = 0;
        self.take(message, step.asked);
        self.cursor = self.cursor.saturating_add(1);
        match step.answer {
            Answer::Message(id) => match self.compose(id, hdr, Some(message.encoding()), false) {
                Some(outgoing) => Reply::Message(outgoing),
                None => Reply::Status(500),
            },
            Answer::Status(status) => {
                self.remark(format!("answered with HTTP {status} and no message, as recorded"));
                Reply::Status(status)
            }
            Answer::Closed => {
                self.remark("not answered, as recorded");
                Reply::Close
            }
            Answer::Unknown => {
                self.remark("the recording lacks the server's answer; the session is closed");
                self.closing(message)
            }
        }
    }

    /// Refuses a message for its credentials; the script stays where it is.
    fn refuse(&mut self, message: &Message, why: &str) -> Reply {
        self.diverge(why);
        self.challenges = self.challenges.saturating_add(1);
        let again = self.challenges <= Limits::REPLAY_CHALLENGES;
        if !again {
            self.remark(format!("refused for good after {} challenges", Limits::REPLAY_CHALLENGES));
            self.diverge("the session ended before the script did");
            self.give_up();
        }
        self.take(message, None);
        self.bare_reply(message, 401, again, None)
    }

    /// Ends the session: Status for everything, and no command.
    fn close(&mut self, message: &Message) -> Reply {
        if !self.is_over() {
            self.give_up();
        }
        self.closing(message)
    }

    fn closing(&mut self, message: &Message) -> Reply {
        self.take(message, None);
        self.bare_reply(message, 200, false, Some(200))
    }

    fn bare_reply(&mut self, message: &Message, code: u16, challenge: bool, others: Option<u16>) -> Reply {
        let own = self.own();
        let template = self.sent.last().map(|(_, id)| *id);
        let template = template.or_else(|| self.script.session().sent_by(own).map(|(id, _)| id).next());
        let outgoing = template.and_then(|id| self.bare(id, code, challenge, others, message.encoding()));
        outgoing.map_or(Reply::Status(500), Reply::Message)
    }

    /// Says in the log that a session begins.
    pub(super) fn begin(&mut self, device: &str, server: &str, session_id: &str) {
        let session = self.number;
        // A query may hold a token.
        let server = server.split('?').next().unwrap_or_default();
        let event = Event::Session { session, device: cut(device), server: cut(server), session_id: cut(session_id) };
        self.tell(event);
    }
}
