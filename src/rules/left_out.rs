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
