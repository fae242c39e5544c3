//! Recognition of data synchronisation: requirements of the management-tree side, `DSR-001` to `DSR-003`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "DSR",
    title: "Recognition of data synchronisation",
    same: &[Same {
        id: "DSR-002",
        title: "DM VerProto with DS-only commands (Sync, Map, MapItem, Search, Put) or elements (Archive, SftDel, NoResp …",
        rules: &["CMD-009", "CMD-010", "CMD-011"],
    }],
    left_out: &[
        LeftOut {
            id: "DSR-001",
            title: "VerProto `SyncML/1.x`, content types `application/vnd.syncml+xml|+wbxml`, commands Sync/Map/Put, alert codes …",
            why: LATER,
        },
        LeftOut {
            id: "DSR-003",
            title: "DS notification content type 0x4E / app id 0x05 is not a DM package 0; do not decode with the DM trigger …",
            why: LATER,
        },
    ],
    ..Family::NONE
};
