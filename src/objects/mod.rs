//! Management objects: what their specifications say of them, as data; and the operations on them, each told as one story.
//!
//! **Holds** tables of every object that dmscope knows ([`OBJECTS`]): ids, nodes, values of leaves, operations, types of alerts,
//! result codes, transitions between states, each with where it was read. [`Instances`] finds the objects of a session,
//! [`stories`] ties an Exec to its Status, to the states that were read and to the Generic Alert that tells of its end, over
//! the sessions of one device. **Does not know** rules.
//!
//! Sources: OMA-TS-DM_StdObj-V1_2_1, OMA-TS-DM-FUMO-V1_0, and for other objects the registry of OMA, public implementations
//! and expert knowledge, as [`Basis`] says of every entry.

mod find;
mod instance;
mod model;
pub mod page;
mod story;
mod tables;
mod teller;

pub use find::{Operand, by_alert, by_id, by_operation, by_shape, has_kind, is_ended_by, is_of, same_id};
pub use instance::{Found, Instance, Instances, List, Sureness, is_standard, uri_of};
pub use model::{
    Access, Action, AlertRole, AlertType, Basis, MoId, Node, Object, Occurs, Range, ResultCode, Transition, Value,
    is_success,
};
pub use story::{Begun, Outcome, Step, Story, Versions};
pub use tables::{
    ANDSF, CONN_NAP, CONN_PROXY, DCMO, DEV_DETAIL, DEV_INFO, DIAG_FUNCTION, DIAG_TRAP, DM_ACC, DM_ACC_1_1, FUMO,
    GATEWAY, IMS, INBOX, LAWMO, NAS, OBJECTS, SACMO, SCHEDULING, SCOMO, SMART_CARD,
};
pub use teller::{of_run, stories};

#[cfg(test)]
mod tests;
