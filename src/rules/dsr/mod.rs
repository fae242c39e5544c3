//! Recognition of data synchronisation: requirements of the management-tree side, `DSR-001` to `DSR-003`.

use super::rule::{Family, LeftOut, Same};

pub(super) static FAMILY: Family = Family {
    letters: "DSR",
    title: "Recognition of data synchronisation",
    same: &[Same {
        id: "DSR-002",
        title: "A management session has no commands and elements of data synchronisation",
        rules: &["CMD-009", "CMD-010", "CMD-011"],
    }],
    left_out: &[
        LeftOut {
            id: "DSR-001",
            title: "Data synchronisation is told from device management",
            why: "Nothing that a peer could break: sessions that open with VerProto SyncML/1.x are recognised, named as a problem of the \
                  input, and not judged at all.",
        },
        LeftOut {
            id: "DSR-003",
            title: "A notification of data synchronisation is not read as one of device management",
            why: "Nothing that a peer could break: it is a matter of reading pushes, by their content type and application.",
        },
    ],
    ..Family::NONE
};
