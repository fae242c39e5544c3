//! MSG: messages as wholes, what they refer to, and how a package goes on in the next one.
//!
//! [`transport`] asks whether a message fits the other side and stands alone in its HTTP message; [`references`] follows
//! MsgRef and CmdRef; [`next_message`] judges the answer to a package that is not complete, [`container`] what goes on in
//! the next message though it must not.

mod container;
mod next_message;
mod references;
#[cfg(test)]
mod tests;
mod transport;

use super::rule::{Family, Same};

const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";
const HTTP_BINDING: &str = "OMA-TS-SyncML_HTTPBinding-V1_2_1";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "MSG",
    title: "Messages and references",
    rules: &[
        &container::SPLIT,
        &transport::TOO_LARGE,
        &references::MSG_REF,
        &references::CMD_REF,
        &references::CMD,
        &references::FORWARD,
        &next_message::SHAPE,
        &next_message::NEEDLESS,
        &next_message::MISSING,
        &transport::ONE_DOCUMENT,
        &references::OWN,
        &references::STALE_MSG_REF,
    ],
    same: &[Same { id: "MSG-010", title: "The client sends no Status for a bootstrap message", rules: &["BST-016"] }],
    ..Family::NONE
};

/// The first exchange of a session; the server asks for one value.
macro_rules! opened {
    ($($rest:literal),* $(,)?) => {
        concat!(
            "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
             ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n\
             server\n    Status SyncHdr 200\n    Status * 200\n    Get ./DevDetail/SwV\n",
            $($rest, "\n"),*
        )
    };
}
use opened;

/// The first message of a session, and nothing after it.
const FIRST: &str = "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
                     ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n";

/// A session with one Get.
const ONE_GET: &str = opened!(
    "device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DevDetail/SwV=7.1",
    "server\n    Status SyncHdr 200",
);
