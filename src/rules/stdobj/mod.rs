//! DevInfo, DevDetail, DMAcc, Inbox: requirements of the management-tree side, `STD-001` to `STD-026`.

use super::rule::{Family, LeftOut, Same};

/// The reason of all that are left for a later version.
const LATER: &str = "Not encoded in this version.";

pub(super) static FAMILY: Family = Family {
    letters: "STD",
    title: "DevInfo, DevDetail, DMAcc, Inbox",
    same: &[
        Same { id: "STD-001", title: "Package 1 carries DevInfo", rules: &["PKG-012"] },
        Same {
            id: "STD-002",
            title: "DevInfo items use Source, not Target",
            rules: &["PKG-013", "PKG-014", "PKG-015"],
        },
        Same { id: "STD-021", title: "Get on Inbox is refused with exactly 405", rules: &["CMD-034"] },
        Same { id: "STD-022", title: "Only Add is meant for Inbox", rules: &["CMD-048"] },
    ],
    left_out: &[
        LeftOut { id: "STD-003", title: "Only DevInfo nodes in the initial Replace", why: LATER },
        LeftOut { id: "STD-004", title: "DevId is a URN and stable", why: LATER },
        LeftOut { id: "STD-005", title: "Lang is a language tag", why: LATER },
        LeftOut { id: "STD-006", title: "Man, Mod, DmV not empty", why: LATER },
        LeftOut { id: "STD-007", title: "DevInfo read-back equals Package 1", why: LATER },
        LeftOut { id: "STD-008", title: "DevDetail mandatory nodes", why: LATER },
        LeftOut { id: "STD-009", title: "URI limits are numbers 0…65535", why: LATER },
        LeftOut { id: "STD-010", title: "LrgObj is boolean and truthful", why: LATER },
        LeftOut { id: "STD-011", title: "Extensions only below Ext / Bearer", why: LATER },
        LeftOut { id: "STD-012", title: "MO identifier of the standard objects", why: LATER },
        LeftOut { id: "STD-013", title: "DMAcc shape", why: LATER },
        LeftOut { id: "STD-014", title: "AppID is `w7`", why: LATER },
        LeftOut { id: "STD-015", title: "AddrType / Addr", why: LATER },
        LeftOut { id: "STD-016", title: "PortNbr decimal 0…65535", why: LATER },
        LeftOut { id: "STD-017", title: "AAuthLevel / AAuthType values and combinations", why: LATER },
        LeftOut { id: "STD-018", title: "AAuthPref", why: LATER },
        LeftOut { id: "STD-019", title: "Secrets are not readable", why: LATER },
        LeftOut { id: "STD-020", title: "ServerID can be used in an ACL", why: LATER },
        LeftOut { id: "STD-023", title: "Inbox objects are not reachable under ./Inbox", why: LATER },
        LeftOut { id: "STD-024", title: "Changed credentials take effect in the next session", why: LATER },
        LeftOut { id: "STD-025", title: "Exactly one account per authenticated server", why: LATER },
        LeftOut { id: "STD-026", title: "AppAddr is the address actually used", why: LATER },
    ],
    ..Family::NONE
};
