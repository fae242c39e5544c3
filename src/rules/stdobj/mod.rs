//! STD: DevInfo, DevDetail, accounts, Inbox.
//!
//! [`device`] is about DevInfo, [`detail`] about DevDetail and the identifiers of the objects, [`accounts`] about accounts, whose
//! values [`account`] judges wherever they stand, [`inbox`] about the Inbox.

use super::rule::{Family, LeftOut, Same};

pub(super) mod account;
mod accounts;
mod detail;
mod device;
mod inbox;
#[cfg(test)]
mod tests;

const STDOBJ: &str = "OMA-TS-DM_StdObj-V1_2_1";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "STD",
    title: "DevInfo, DevDetail, DMAcc, Inbox",
    rules: &[
        &device::DEV_ID,
        &device::LANGUAGE,
        &device::READ_BACK,
        &detail::MANDATORY,
        &detail::URI_LIMITS,
        &detail::LARGE_OBJECTS,
        &detail::EXTENSIONS,
        &detail::IDENTIFIER,
        &accounts::SHAPE,
        &accounts::APP_ID,
        &accounts::ADDRESS,
        &accounts::PORT,
        &accounts::AUTHENTICATION,
        &accounts::PREFERENCE,
        &accounts::SECRET,
        &accounts::SERVER_ID,
        &inbox::ADD_ONLY,
        &accounts::ONE_ACCOUNT,
    ],
    same: &[
        Same { id: "STD-001", title: "Package 1 carries DevInfo", rules: &["PKG-012", "PKG-013", "PKG-015"] },
        Same { id: "STD-002", title: "Items of DevInfo name their node in Source, not in Target", rules: &["PKG-014"] },
        Same {
            id: "STD-003",
            title: "The first Replace of a client holds DevInfo only",
            rules: &["CMD-006", "STD-011"],
        },
        Same { id: "STD-006", title: "Man, Mod and DmV are not empty", rules: &["PKG-015"] },
        Same { id: "STD-021", title: "A Get of the Inbox is refused with 405", rules: &["CMD-034"] },
        Same { id: "STD-023", title: "What was put into the Inbox cannot be read there", rules: &["CMD-034"] },
        Same {
            id: "STD-024",
            title: "Credentials that a server changes hold from the next session on",
            rules: &["AUTH-047"],
        },
    ],
    left_out: &[LeftOut {
        id: "STD-026",
        title: "A session goes to an address of the account",
        why: "Needs all addresses of the account, and no RespURI in between. A bootstrap message shows those that an account begins with; \
                  servers seldom read what became of them, and a name that a proxy or a load balancer answers for looks like another \
                  address.",
    }],
};
