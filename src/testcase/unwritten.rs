//! Cases that have an id and no file: what a catalogue leaves out is part of what it says.

/// A case that is not written.
#[derive(Debug)]
pub struct Unwritten {
    /// Its id.
    pub id: &'static str,
    /// What it would ask, in one short sentence.
    pub title: &'static str,
    /// Why it is not written.
    pub why: &'static str,
}

/// Every case that is not written, by id.
pub static UNWRITTEN: &[Unwritten] = &[
    Unwritten {
        id: "DM12-SRV-ROB-004",
        title: "Two sessions at once, and a message of a foreign session",
        why: "Two clients have to speak at the same time, and the steps of a case know one. What a server mixes up in sessions \
              that were captured, rules find.",
    },
    Unwritten {
        id: "DM13-CLI-BOOT-001",
        title: "Bootstrap over HTTPS",
        why: "The steps of a case look at sessions. A document that is fetched before the first one, and the certificate of the \
              server that gave it, are no events of a session.",
    },
    Unwritten {
        id: "DM13-CLI-SLESS-001",
        title: "A sessionless message is executed without a session",
        why: "Without a session nothing comes back over the air that would show the effect, and nothing tells whether a client \
              that stays silent was asked at all.",
    },
    Unwritten {
        id: "DM13-SRV-DLG-001",
        title: "Delegation of a device between servers",
        why: "What has to follow a delegation was not read in a specification, but is remembered; and a session with the one \
              server shows nothing of the rights that the other one keeps.",
    },
];

/// The case without a file of that id, compared without case.
pub fn unwritten(id: &str) -> Option<&'static Unwritten> {
    UNWRITTEN.iter().find(|case| case.id.eq_ignore_ascii_case(id))
}
