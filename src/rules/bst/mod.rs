//! BST: the bootstrap message that gives a device its first account, as a provisioning document (OMA CP) or a message of DM.
//!
//! A bootstrap message is judged with the session of its device that was captured after it: findings stand at the first
//! message of that session, and name the frame of the bootstrap message. [`push`] looks at the push around it and at what
//! protects it, [`document`] at provisioning documents, [`references`] at what their parts say of one another, [`message`] at
//! messages of DM, [`follow`] at what the device makes of it.

mod document;
mod follow;
mod message;
mod push;
mod references;
#[cfg(test)]
mod tests;

use super::cx::{Cx, Occasion};
use super::finding::At;
use super::rule::{Family, LeftOut, Same};
use crate::base::Direction;
use crate::dm::{Bootstrap, EntryId};

const BOOT: &str = "OMA-TS-DM_Bootstrap-V1_2_1";
const SEC: &str = "OMA-TS-DM_Security-V1_2_1";
const STD: &str = "OMA-TS-DM_StdObj-V1_2_1";
const NOT: &str = "OMA-TS-DM_Notification-V1_2_1";
const PROV_CONT: &str = "OMA-WAP-TS-ProvCont-V1_1";
const PROV_BOOT: &str = "OMA-WAP-TS-ProvBoot-V1_1";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "BST",
    title: "Bootstrap and Client Provisioning",
    rules: &[
        &push::CONTENT_TYPE,
        &document::HEADER,
        &document::VERSION,
        &document::NESTING,
        &document::ACCOUNT,
        &document::LEVEL,
        &document::TYPE,
        &references::RESOLVE,
        &references::UNIQUE,
        &push::SEC_AND_MAC,
        &push::MAC,
        &push::UNPROTECTED,
        &message::WBXML,
        &push::SEC_NAME,
        &follow::ANSWERED,
        &message::SHAPE,
        &message::NO_ACCOUNT,
        &message::ACL,
        &message::INBOX,
        &follow::MAPPED,
        &follow::FIRST_SESSION,
        &follow::SHARED_SECRET,
        &push::CONFUSED,
        &push::JOINED,
    ],
    same: &[Same {
        id: "BST-013",
        title: "A push goes to port 2948, with the headers that devices expect",
        rules: &["NOT-017", "NOT-018", "NOT-019"],
    }],
    left_out: &[
        LeftOut {
            id: "BST-021",
            title: "The server of a provisioning document gets rights on the account that comes of it",
            why: "Needs the ACL of the account in the device's tree, which a server can hardly read before it has rights on it; and ACLs that it has from elsewhere.",
        },
        LeftOut {
            id: "BST-022",
            title: "A document without an account for DM gives no server rights",
            why: "Needs what a server might do in the tree before the document came.",
        },
        LeftOut {
            id: "BST-024",
            title: "The device chooses the names of the nodes that come of a document",
            why: "Any name is allowed: there is nothing to violate.",
        },
        LeftOut {
            id: "BST-026",
            title: "A device may skip objects that it does not support, and older versions of them",
            why: "It is allowed: there is nothing to violate.",
        },
        LeftOut {
            id: "BST-028",
            title: "What stands on a smart card becomes an account",
            why: "Needs the content of the card, which no capture holds.",
        },
    ],
};

/// What devices and servers say in a session that the device opens of itself.
macro_rules! session {
    () => {
        "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example ./DevInfo/Mod=X1 \
         ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\nserver\n    Status SyncHdr 200\n    Status * 200\n"
    };
}
use session;

/// A session that no bootstrap message came before.
const ALONE: &str = session!();

/// A provisioning document with an account, as it should be, after these options; then other groups and a session.
macro_rules! account {
    () => {
        account!("", "")
    };
    ($options:literal) => {
        account!($options, "")
    };
    ($options:literal, $more:literal) => {
        concat!(
            "bootstrap cp ",
            $options,
            "\n    NAPDEF NAPID=NAP1 NAME=\"Test APN\" BEARER=GSM-GPRS NAP-ADDRESS=apn.example.com NAP-ADDRTYPE=APN\n    \
             APPLICATION APPID=w7 PROVIDER-ID=dm.example.com NAME=Example TO-NAPID=NAP1\n        APPADDR \
             ADDR=https://dm.example.com/dm ADDRTYPE=URI\n            PORT PORTNBR=443\n        APPAUTH AAUTHLEVEL=APPSRV \
             AAUTHTYPE=DIGEST AAUTHNAME=dev001 AAUTHSECRET=devsecret\n        APPAUTH AAUTHLEVEL=CLIENT AAUTHTYPE=DIGEST \
             AAUTHNAME=dm.example.com AAUTHSECRET=srvsecret\n",
            $more,
            session!()
        )
    };
}
use account;

/// A provisioning document of these groups, and a session.
macro_rules! groups {
    ($groups:literal) => {
        concat!("bootstrap cp\n", $groups, session!())
    };
}
use groups;

/// A message of DM that adds an account through the Inbox, after these options; then other commands and a session.
macro_rules! dm {
    () => {
        dm!("", "")
    };
    ($options:literal) => {
        dm!($options, "")
    };
    ($options:literal, $more:literal) => {
        concat!("bootstrap dm ", $options, "\n", tnds!("./Inbox"), $more, session!())
    };
}
use dm;

/// The command that adds the serialised account of `dm.example.com` at a place.
macro_rules! tnds {
    ($place:literal) => {
        concat!(
            "    Add ",
            $place,
            "#=02016a000002607703312e3200016466034578616d706c65444d00016f46034765743d646d2e6578616d706c652e636f6d265265706c6163\
             653d646d2e6578616d706c652e636f6d2644656c6574653d646d2e6578616d706c652e636f6d00015c250175510375726e3a6f6d613a6d6f3a6f\
             6d612d646d2d646d6163633a312e3000010101646603417070494400016f5c0b01756103746578742f706c61696e000101017603773700010101\
             0101 format=bin type=application/vnd.syncml.dmtnds+wbxml\n"
        )
    };
}
use tnds;

/// The account of another application.
const OTHER: &str = groups!(
    "    NAPDEF NAPID=NAP1\n    APPLICATION APPID=w2 NAME=Browser TO-NAPID=NAP1\n        RESOURCE URI=http://example.com/\n"
);

/// A document as it should be.
const CP: &str = account!();

/// A message of DM as it should be.
const DM: &str = dm!();

/// The first message of a session.
const FIRST: At = At { entry: EntryId(0), command: None, node: None };

/// Something that the server is judged by for a bootstrap message.
fn of_server<'c, 's>(cx: &'c mut Cx<'s>) -> Occasion<'c, 's> {
    cx.occasion_against(Direction::ServerToDevice, FIRST)
}

/// Where a bootstrap message was seen, for the text of a finding.
fn place(bootstrap: &Bootstrap) -> String {
    format!("in the bootstrap message of frame {}", bootstrap.frame)
}
