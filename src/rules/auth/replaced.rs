//! Secrets that a server replaces: AUTH-047.

use super::common::{BASIC, MAC, MD5, PLAIN, SEC, number, scheme_of, track};
use crate::base::Severity;
use crate::dm::{Place, ProofOutcome, Session};
use crate::rules::cx::{Cx, Msg};
use crate::rules::finding::{At, Reason};
use crate::rules::rule::{Check, Clause, Rule, Scope};

/// A session with an integrity header in which the server replaces the secret of the account; the password of the next message.
macro_rules! replaced {
    ($password:literal) => {
        concat!(
            "device\n Alert 1201\nserver\n Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==\n Status Alert 407\n\
             device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==\n Status SyncHdr 200\n Alert 1201\n\
             server\n Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n \
             Replace ./DMAcc/x/AppAuth/c/AAuthSecret=Shagadelic\ndevice hmac=Bruce2:",
            $password,
            ":9RfKc3YtV6oAeN0uGhB5Jw==\n Status SyncHdr 200\n Status Replace 200\n\
             server\n Status SyncHdr 200 chal=mac:Zk81QxLrT2mWvD7yPs0bCA==\n"
        )
    };
}

pub(super) static NEXT_SESSION: Rule = Rule {
    id: "AUTH-047",
    name: "new-secret-used-at-once",
    title: "Changed credentials take effect in the next session",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: SEC, section: "5.4.3" }],
    what: "Behind a command of the server that wrote a secret of an account (AAuthSecret, ClientPW, ServerPW) and was answered with 200, \
           the credentials of both sides are made with the old secret to the end of the session. Violated where they are right with the new \
           one, and those of an earlier message of that side were right with the old one. Needs the old secret among the credentials.",
    why: "The other side still verifies with the old secret, and refuses the message.",
    mend: "Take a new secret into use when the session in which it came has ended.",
    pass: &[replaced!("OhBehave")],
    violate: &[replaced!("Shagadelic")],
    not_applicable: &[PLAIN, BASIC, MD5, MAC],
    check: Check::Session(next_session),
    ..Rule::MUST
};

fn next_session(session: &Session, cx: &mut Cx<'_>) {
    let replaced = session.replaced_secrets();
    let Some((Place { entry: from, command }, _)) = replaced.first() else { return };
    for (id, entry) in session.entries_with_ids().filter(|(id, _)| id > from) {
        let msg = Msg { session, id, entry };
        if scheme_of(msg).is_none() {
            continue;
        }
        let occasion = cx.occasion(msg.at_node(msg.message().hdr.cred));
        let occasion = occasion.related(At { entry: *from, command: *command, node: None });
        match track(session, entry.direction).proof(id).map(|proof| &proof.outcome) {
            None => occasion.undecided(Reason::NoCredentials),
            Some(ProofOutcome::Verified { .. }) => {}
            Some(ProofOutcome::ReplacedSecret) => {
                let seen = format!("{} has credentials with the secret that came in this session", number(msg));
                occasion.violated(seen, "credentials with the old secret until the session ends");
            }
            Some(ProofOutcome::Wrong { .. } | ProofOutcome::WrongCredentials) => {
                occasion.undecided(Reason::NotVisible);
            }
        }
    }
}
