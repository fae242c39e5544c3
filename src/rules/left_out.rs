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
        id: "HDR-009",
        title: "Two sessions in a row do not share a SessionID",
        why: "Needs two sessions side by side; rules see one session at a time. It also needs notifications, since a session \
              that one asked for repeats its SessionID on purpose.",
    },
    LeftOut {
        id: "MSG-001",
        title: "A command is not split over messages",
        why: "Nothing on the wire can show it: a split command makes both messages undecodable, which is reported as such, and \
              data that goes on in the next message is a large object.",
    },
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
        why: "Needs two sessions side by side; rules see one session at a time.",
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
        why: "Needs two sessions side by side; rules see one session at a time.",
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
];

/// The rule without a check of that id, compared without case.
pub fn left_out(id: &str) -> Option<&'static LeftOut> {
    LEFT_OUT.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))
}
