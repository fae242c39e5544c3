//! HDR: the message header, SyncHdr, and the elements that hold it.
//!
//! [`versions`] asks which version a message says it speaks; [`identity`] follows SessionID and MsgID; [`addresses`] looks at
//! Target and Source, [`resp_uri`] at RespURI; [`shape`] at the elements as such.

#[macro_use]
mod scripts;
mod addresses;
mod identity;
mod resp_uri;
mod shape;
#[cfg(test)]
mod tests;
mod versions;

use super::rule::Family;
pub(super) use resp_uri::resp_uri_honoured as judge_resp_uri;

const PRO: &str = "OMA-TS-DM_Protocol-V1_2_1";
const DREP: &str = "OMA-TS-DM_RepPro-V1_2_1";
const CREP: &str = "OMA-TS-SyncML-RepPro-V1_2_2";
const MET: &str = "OMA-TS-SyncML_MetaInfo-V1_2_2";
const SEC: &str = "OMA-TS-DM_Security-V1_2_1";
const STDOBJ: &str = "OMA-TS-DM_StdObj-V1_2_1";
const MS_MDM: &str = "[MS-MDM]";

/// The family.
pub(super) static FAMILY: Family = Family {
    letters: "HDR",
    title: "Message header (SyncHdr) and containers",
    rules: &[
        &versions::VER_DTD,
        &versions::VER_PROTO,
        &versions::VERSION_CONSTANT,
        &versions::NAMESPACE,
        &identity::SESSION_ID,
        &identity::SESSION_ID_LENGTH,
        &identity::SESSION_ID_CONSTANT,
        &identity::NOTIFIED,
        &identity::SESSION_ID_NEW,
        &identity::MSG_ID,
        &identity::MSG_ID_NUMERIC,
        &identity::MSG_ID_FIRST,
        &identity::MSG_ID_INCREASING,
        &identity::MSG_ID_STEP,
        &addresses::TARGET,
        &addresses::SOURCE,
        &addresses::ROLES,
        &addresses::SOURCE_CONSTANT,
        &addresses::DEV_ID,
        &resp_uri::RESP_URI_ABSOLUTE,
        &resp_uri::RESP_URI_HONOURED,
        &shape::NO_RESP,
        &shape::ORDER,
        &shape::UNKNOWN_CHILD,
        &addresses::LOC_NAME,
        &shape::CONTAINERS,
        &shape::EMPTY_BODY,
        &shape::META,
    ],
    ..Family::NONE
};
