//! The device's side of a session: what it says next, given what the server answered.

use super::player::{HdrStatus, Outgoing, Player, Shown};
use super::script::Answer;
use crate::base::{Direction, Limits};
use crate::dm::{Content, EntryId};
use crate::syncml::Message;

impl Player {
    /// The next recorded message of the device, made to fit; `None` when the script is at its end.
    pub(super) fn ask(&mut self, hdr: HdrStatus) -> Option<Outgoing> {
        while let Some(step) = self.step() {
            match step.asked {
                Some(id) => return self.compose(id, hdr, None, false),
                None => {
                    self.diverge("the recording lacks a message of the device; it is left out");
                    self.cursor = self.cursor.saturating_add(1);
                }
            }
        }
        None
    }

    /// Takes the server's message, and gives what the device says next; `None` when the session is over.
    pub(super) fn hear(&mut self, message: &Message, hmac: Option<&str>) -> Option<Outgoing> {
        let shown = self.verify(message, hmac);
        let script = self.script.clone();
        let content = |id: Option<EntryId>| id.and_then(|id| script.entry(id)).map(|entry| entry.content);
        let step = self.step()?;
        let mut expected = step.answer.message();
        let mut as_recorded = true;
        let package = expected.and_then(|id| script.entry(id)).map(|entry| entry.package.number);
        self.receive(message, package);
        if self.is_exhausted() {
            self.diverge("the session has more messages than a session may have; it is ended");
            return None;
        }
        let live = Content::of(message, hmac.is_some());
        let recorded = content(expected);
        let refused_then = recorded.is_some_and(|content| content.challenge || content.refusal);
        if live.challenge && !refused_then {
            return self.ask_again(message, step.asked?);
        }
        if recorded.is_some_and(|content| content.challenge) && !live.challenge && !live.refusal {
            let next = script.step(self.cursor.saturating_add(1));
            if let Some(next) = next.filter(|next| next.answer.message().is_some()) {
                self.diverge(
                    "the server accepted what it challenged in the recording; the repeated package is left out",
                );
                self.skip();
                as_recorded = false;
                expected = next.answer.message();
            }
        }
        match step.answer {
            Answer::Message(_) => {}
            Answer::Status(status) => {
                self.diverge(format!("the server answered with a message, recorded HTTP {status} without one"));
            }
            Answer::Closed => self.diverge("the server answered with a message, recorded nothing"),
            Answer::Unknown => self.remark("the recording does not hold what the server answered here"),
        }
        self.retries = 0;
        self.take_for(message, expected, as_recorded);
        self.cursor = self.cursor.saturating_add(1);
        let hdr = self.judge_server(shown, content(expected).is_some_and(|content| content.credentials));
        self.go_on(live, content(expected), hdr)
    }

    /// What the device says to credentials of the server.
    fn judge_server(&mut self, shown: Shown, proved_then: bool) -> HdrStatus {
        match shown {
            Shown::Wrong { why } => {
                self.diverge(format!("the server's credentials are wrong: {why}"));
                return HdrStatus::Code(401);
            }
            Shown::Missing if proved_then => self.diverge("the server sent no credentials, recorded some"),
            Shown::Right { remark: Some(nonce) } => {
                self.diverge(format!("the server's credentials are right, but with {nonce}"));
            }
            Shown::Right { remark: None } => {
                let next = self.step().and_then(|step| step.asked);
                let code = next.and_then(|id| self.script.entry(id)).and_then(|entry| entry.content.hdr_status);
                if matches!(code, Some(401 | 407)) {
                    return HdrStatus::Code(212);
                }
            }
            Shown::Missing | Shown::Unknown => {}
        }
        HdrStatus::AsRecorded
    }

    fn go_on(&mut self, live: Content, recorded: Option<Content>, hdr: HdrStatus) -> Option<Outgoing> {
        let closes = |content: Content| content.is_closing(Direction::ServerToDevice);
        if live.abort && !recorded.is_some_and(|content| content.abort) {
            self.diverge("the server aborted the session (Alert 1223)");
            return None;
        }
        let nothing_to_compare = self.is_over() && recorded.is_none();
        if closes(live) && !recorded.is_some_and(closes) && !nothing_to_compare {
            let (played, of) = (self.cursor, self.script.steps().len());
            self.diverge(format!("the server closed the session after {played} of {of} exchanges"));
            return None;
        }
        if self.is_over() && !closes(live) {
            if recorded.is_some_and(closes) {
                self.diverge("the server asks for more than the recording has answers for");
            } else {
                self.remark("the recording ends here; the server waits for an answer");
            }
        }
        self.ask(hdr)
    }

    /// The server wants credentials that the recording did not need: the package goes out again with those of the file.
    fn ask_again(&mut self, message: &Message, asked: EntryId) -> Option<Outgoing> {
        let code = self.verdict_on_us(message).unwrap_or(401);
        self.diverge(format!("the server answered SyncHdr with {code}: it wants other credentials"));
        if self.own_secret().is_none() {
            self.remark("--credentials gives the secret to answer the challenge with");
            return None;
        }
        self.retries = self.retries.saturating_add(1);
        if self.retries > Limits::REPLAY_CHALLENGES {
            self.remark("given up: the server takes none of the credentials");
            return None;
        }
        self.must_prove = true;
        self.take(message, None);
        self.compose(asked, HdrStatus::AsRecorded, None, true)
    }

    /// Takes an HTTP response without a message; gives what the device says next.
    pub(super) fn hear_status(&mut self, status: u16) -> Option<Outgoing> {
        let step = self.step()?;
        self.cursor = self.cursor.saturating_add(1);
        match step.answer {
            Answer::Status(recorded) if recorded == status => {
                self.remark(format!("answered with HTTP {status} and no message, as recorded"));
            }
            Answer::Status(recorded) => {
                self.diverge(format!("the server answered with HTTP {status}, recorded HTTP {recorded}"));
            }
            Answer::Closed | Answer::Message(_) => {
                self.diverge(format!("the server answered with HTTP {status} and no message, recorded otherwise"));
                self.cursor = self.cursor.saturating_sub(1);
                return None;
            }
            Answer::Unknown => self.remark(format!("answered with HTTP {status} and no message")),
        }
        self.ask(HdrStatus::AsRecorded)
    }
}
