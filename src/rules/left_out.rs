//! Rules of the encoded families that are not encoded, and why: what a list of rules leaves out is part of what it says.

/// A rule whose number is taken but that has no check.
#[derive(Debug)]
pub struct LeftOut {
    /// Its id, in the numbers of its family.
    pub id: &'static str,
    /// The requirement in one short sentence.
    pub title: &'static str,
    /// Why there is no check.
    pub why: &'static str,
}

impl LeftOut {
    /// Letters before the hyphen of the id.
    pub fn family(&self) -> &'static str {
        self.id.split('-').next().unwrap_or_default()
    }
}

/// Every rule of the encoded families without a check, in the order of the families.
pub static LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        id: "MSG-010",
        title: "The client sends no Status for a bootstrap message",
        why: "Needs the bootstrap message. It comes by push, smart card or another bearer, and of pushes only notifications are read.",
    },
    LeftOut {
        id: "NOT-009",
        title: "A notification names a server that the device knows",
        why: "Needs the accounts of the device (DMAcc), which are not put together from what sessions show.",
    },
    LeftOut {
        id: "NOT-010",
        title: "Notifications for different sessions have different SessionIDs",
        why: "What is remembered of an earlier session does not hold its notification.",
    },
    LeftOut {
        id: "NOT-011",
        title: "A client opens the session that a valid notification asks for",
        why: "A notification is judged with the session that it asked for; one without a session is not. And no time is set within which it must come.",
    },
    LeftOut {
        id: "NOT-015",
        title: "A notification that is sent again keeps its SessionID",
        why: "Two notifications before one session may have two reasons; nothing in them tells.",
    },
    LeftOut {
        id: "NOT-016",
        title: "A client opens one session for a notification that was sent several times",
        why: "What is remembered of an earlier session does not hold its notification.",
    },
    LeftOut {
        id: "NOT-020",
        title: "A client verifies a notification with the default nonce as well",
        why: "A notification is judged with the session that it asked for; one without a session is not.",
    },
    LeftOut {
        id: "NOT-021",
        title: "A push that does not fit into one short message is sent in several",
        why: "Short messages are not read, only datagrams.",
    },
    LeftOut {
        id: "NOT-022",
        title: "The fields of a notification are in network order",
        why: "The digest covers octets as they are sent, in whatever order they were meant: that it is right says nothing of the order. A version field that is out of order is no 11, which another rule finds.",
    },
    LeftOut {
        id: "HTTP-002",
        title: "No connection is protected by SSL 2 or PCT",
        why: "Connections under SSL 2 and PCT are not opened: no DM message of theirs is ever seen.",
    },
    LeftOut {
        id: "HTTP-005",
        title: "A client that speaks TLS 1.0 offers one of the cipher suites that the specification names",
        why: "Of a handshake, the version and the cipher suite that were agreed on go with a session, not what was offered.",
    },
    LeftOut {
        id: "HTTP-027",
        title: "The certificate of the server is valid at the time of the capture",
        why: "Certificates in handshakes are not read.",
    },
    LeftOut {
        id: "ALR-028",
        title: "Alerts are answered with a Status",
        why: "STA-002 asks for the Status of every command, Alerts among them, with the same exceptions. A second rule would \
              report each gap twice.",
    },
    LeftOut {
        id: "ALR-029",
        title: "A session that opens with Alert 1200 was asked for by a notification",
        why: "Needs the notification message (package 0). It comes by WAP push, SMS or another bearer, and only HTTP is read.",
    },
    LeftOut {
        id: "ALR-030",
        title: "A session that a notification asked for does not open with Alert 1201",
        why: "Needs the notification message (package 0). It comes by WAP push, SMS or another bearer, and only HTTP is read.",
    },
    LeftOut {
        id: "PKG-024",
        title: "A package of the server with Status elements alone closes the session",
        why: "An observation without a condition: every report says of each session how it ended, and where.",
    },
    LeftOut {
        id: "SES-001",
        title: "A session starts with package 1 from the client",
        why: "A session is known by its client's messages: what a server sends before the first of them belongs to none. A first \
              message that is no package 1 is PKG-009 and PKG-012.",
    },
    LeftOut {
        id: "SES-003",
        title: "A client answers commands of the server before it begins another session",
        why: "Sessions may end without a sign, for want of power or coverage; every report says of each session that the client never answered, and what.",
    },
    LeftOut {
        id: "SES-008",
        title: "There is no time limit between packages",
        why: "An observation without a condition: no rule measures pauses, and reports give the time of every message.",
    },
    LeftOut {
        id: "SES-014",
        title: "Every message has a package number",
        why: "An observation without a condition: reports give the package of every message.",
    },
    LeftOut {
        id: "CMD-021",
        title: "Data that is not plain text comes with its Format",
        why: "Both forms of it that can be seen have a rule: WBX-011 reports octets that are no text, XML-005 mark-up. A third \
              rule would say the same twice.",
    },
    LeftOut {
        id: "ATM-012",
        title: "An Atomic or Sequence and each command in it have a Status",
        why: "STA-002 asks it of every command, containers and what stands in them included. A rule of its own would say the \
              same twice.",
    },
    LeftOut {
        id: "ATM-013",
        title: "The commands of a Sequence are executed in their order",
        why: "Only the order of the Status elements shows it, and STA-004 reports that for all commands.",
    },
    LeftOut {
        id: "ATM-014",
        title: "A Sequence goes on behind a command that failed",
        why: "It says what is no violation. What can be seen, a command skipped without cause, is reported by STA-025.",
    },
    LeftOut {
        id: "AUTH-047",
        title: "Changed credentials take effect in the next session",
        why: "Needs digests recomputed with a secret that is replaced in the traffic itself; secrets come from the credentials file alone.",
    },
    LeftOut {
        id: "AUTH-048",
        title: "A bootstrap message is WBXML",
        why: "Needs the bootstrap message. It comes by push, smart card or another bearer, and only HTTP is read.",
    },
    LeftOut {
        id: "AUTH-049",
        title: "A bootstrap message has SEC and MAC parameters",
        why: "Needs the bootstrap message, and the content type of the push that brings it.",
    },
    LeftOut {
        id: "AUTH-050",
        title: "The MAC of a bootstrap message is right",
        why: "Needs the bootstrap message, and the content type of the push that brings it.",
    },
    LeftOut {
        id: "AUTH-051",
        title: "After a notification over the default nonce, the session uses the default nonce",
        why: "Needs the notification message (package 0), whose digest shows which nonce it was made with.",
    },
    LeftOut {
        id: "AUTH-053",
        title: "Signed content is built as XML signatures are",
        why: "Content of Data is not read as a signature in this version.",
    },
    LeftOut {
        id: "AUTH-054",
        title: "Encrypted content is built as XML encryption is",
        why: "Content of Data is not read as encrypted XML in this version.",
    },
    LeftOut {
        id: "AUTH-055",
        title: "Content is signed before it is encrypted",
        why: "Content of Data is read neither as a signature nor as encrypted XML in this version.",
    },
];

/// The rule without a check of that id, compared without case.
pub fn left_out(id: &str) -> Option<&'static LeftOut> {
    LEFT_OUT.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
