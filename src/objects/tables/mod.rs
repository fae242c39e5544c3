//! The tables, a file for each group of objects.

mod connectivity;
mod device;
mod diagnostics;
mod firmware;
mod lock;
mod network;
mod others;
mod software;
mod standard;

pub use connectivity::{CONN_NAP, CONN_PROXY};
pub use device::DCMO;
pub use diagnostics::{DIAG_FUNCTION, DIAG_TRAP};
pub use firmware::FUMO;
pub use lock::LAWMO;
pub use network::{ANDSF, IMS, NAS};
pub use others::{GATEWAY, SACMO, SCHEDULING, SMART_CARD};
pub use software::SCOMO;
pub use standard::{DEV_DETAIL, DEV_INFO, DM_ACC, DM_ACC_1_1, INBOX};

use super::model::{AlertRole, AlertType, Basis, MoId, Object, Value};

/// Every object that dmscope knows, the standardized ones first.
pub static OBJECTS: &[&Object] = &[
    &DEV_INFO,
    &DEV_DETAIL,
    &DM_ACC,
    &DM_ACC_1_1,
    &INBOX,
    &FUMO,
    &SCOMO,
    &LAWMO,
    &DCMO,
    &DIAG_FUNCTION,
    &DIAG_TRAP,
    &CONN_NAP,
    &CONN_PROXY,
    &connectivity::CONN_OLD,
    &SCHEDULING,
    &SMART_CARD,
    &GATEWAY,
    &SACMO,
    &IMS,
    &NAS,
    &ANDSF,
    &network::TV,
    &network::OTHER_3GPP,
    &network::PASSPOINT,
    &network::ONE_M2M,
    &network::CDMA,
    &network::APPLICATION,
];

const fn id(id: &'static str, basis: Basis) -> MoId {
    MoId { id, basis }
}

const fn value(value: &'static str, name: &'static str, told: &'static str) -> Value {
    Value { value, name, told }
}

const fn alert(kind: &'static str, meaning: &'static str, role: AlertRole, basis: Basis) -> AlertType {
    AlertType { kind, meaning, role, draft: false, basis }
}
