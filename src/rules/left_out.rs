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
        id: "HDR-008",
        title: "A session that a notification asked for has the notification's SessionID",
        why: "Needs the notification message (package 0). It comes by WAP push, SMS or another bearer, and only HTTP is read.",
    },
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
        why: "Needs the bootstrap message. It comes by push, smart card or another bearer, and only HTTP is read.",
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
