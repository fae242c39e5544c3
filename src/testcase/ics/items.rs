//! The items of a statement of support, as one table.

use crate::testcase::CaseVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose statement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The client's.
    Client,
    /// The server's.
    Server,
}

/// What an item is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// True or false.
    Flag,
    /// A limit: a number of octets.
    Limit,
}

/// Whether an item must be supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `m`.
    Mandatory,
    /// `o`.
    Optional,
    /// `o.n`: at least one of the group.
    OneOf(u8),
    /// `c`: mandatory where [`Item::condition`] is true.
    Conditional,
    /// `x`: not in this version.
    Prohibited,
}

/// An item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its name in files and in `when`.
    pub id: &'static str,
    /// True or false, or a limit.
    pub kind: ItemKind,
    /// What it means.
    pub meaning: &'static str,
    /// What in the traffic shows it.
    pub seen: &'static str,
    /// Of a conditional item: an expression over items that makes it mandatory; empty where words alone say it.
    pub condition: &'static str,
    status: Status,
    since_1_3: bool,
}

impl Item {
    /// Whose it is.
    pub fn side(&self) -> Side {
        if self.id.starts_with("S-") { Side::Server } else { Side::Client }
    }

    /// Its status in a version.
    pub fn status(&self, version: CaseVersion) -> Status {
        if self.since_1_3 && version < CaseVersion::Dm13 { Status::Prohibited } else { self.status }
    }
}

/// The item of a name.
pub fn find(id: &str) -> Option<&'static Item> {
    ITEMS.iter().find(|item| item.id == id)
}

const fn item(id: &'static str, status: Status, meaning: &'static str, seen: &'static str) -> Item {
    Item { id, kind: ItemKind::Flag, meaning, seen, condition: "", status, since_1_3: false }
}

const fn limit(of: Item) -> Item {
    Item { kind: ItemKind::Limit, ..of }
}

const fn when(condition: &'static str, of: Item) -> Item {
    Item { condition, ..of }
}

const fn since_1_3(of: Item) -> Item {
    Item { since_1_3: true, ..of }
}

/// All items: the client's, then the server's.
pub static ITEMS: [Item; 111] = [
    item("C-HTTP", Status::OneOf(1), "transport binding HTTP", "transport"),
    item("C-OBEX", Status::OneOf(1), "transport binding OBEX", "transport"),
    item("C-WSP", Status::OneOf(1), "transport binding WSP", "transport"),
    item("C-XML", Status::OneOf(2), "sends XML", "Content-Type"),
    item("C-WBXML", Status::OneOf(2), "sends WBXML", "Content-Type"),
    item("C-TLS", Status::Conditional, "TLS for https accounts", "handshake"),
    item("C-TLS-CLIENT", Status::Optional, "client certificate", "handshake"),
    item("C-NOTI", Status::Optional, "acts on package 0", "Alert 1200 after a trigger"),
    since_1_3(item("C-NOTI-HTTP", Status::Optional, "acts on package 0 over HTTP push", "Alert 1200 after a trigger")),
    since_1_3(item("C-NOTI-SIP", Status::Optional, "acts on package 0 over SIP push", "Alert 1200 after a trigger")),
    item("C-INIT-USER", Status::Optional, "the user can start a session", "Alert 1201"),
    item("C-AUTH-BASIC", Status::Optional, "syncml:auth-basic", "Cred"),
    when("not C-TLS-CLIENT", item("C-AUTH-MD5", Status::Conditional, "syncml:auth-md5", "Cred")),
    item("C-AUTH-MAC", Status::Optional, "syncml:auth-MAC", "header x-syncml-hmac"),
    item(
        "C-CHAL",
        Status::Conditional,
        "challenges the server; mandatory without server authentication by transport",
        "Chal in Status",
    ),
    item("C-MULTIMSG", Status::Mandatory, "a package over several messages", "no Final and Alert 1222"),
    item("C-LRGOBJ", Status::Optional, "takes large objects", "DevDetail/LrgObj true; 213"),
    item("C-LRGOBJ-UP", Status::Optional, "sends large objects", "MoreData from the client"),
    limit(item("C-MAXMSG", Status::Optional, "announces MaxMsgSize", "SyncHdr Meta")),
    limit(item("C-MAXOBJ", Status::Optional, "announces MaxObjSize", "SyncHdr Meta")),
    item("C-ADD", Status::Mandatory, "Add received", "success"),
    item("C-DELETE", Status::Mandatory, "Delete received", "success"),
    item("C-GET", Status::Mandatory, "Get received", "success"),
    item("C-REPLACE", Status::Mandatory, "Replace received", "success"),
    item("C-SEQUENCE", Status::Mandatory, "Sequence received", "success"),
    item("C-ATOMIC", Status::Optional, "Atomic received", "200 or 507 against 406"),
    item("C-COPY", Status::Optional, "Copy received", "200 against 406"),
    item("C-EXEC", Status::Optional, "Exec received", "200 or 202 against 406"),
    when("C-BOOT-DM", item("C-TNDS", Status::Conditional, "TNDS objects", "200 against 415")),
    item("C-LIST-STRUCT", Status::Optional, "?list=Struct", "200 against 406"),
    item("C-LIST-STRUCTDATA", Status::Optional, "?list=StructData", "200 against 406"),
    item("C-PROP-SIZE", Status::Optional, "property Size", "200 against 406"),
    item("C-PROP-TITLE", Status::Optional, "property Title", "200 against 406"),
    item("C-PROP-TSTAMP", Status::Optional, "property TStamp", "200 against 406"),
    item("C-PROP-VERNO", Status::Optional, "property VerNo", "200 against 406"),
    item("C-PROP-ACL", Status::Mandatory, "property ACL", "200 against 406"),
    item("C-PROP-FORMAT", Status::Mandatory, "property Format", "200 against 406"),
    item("C-PROP-NAME", Status::Mandatory, "property Name", "200 against 406"),
    item("C-PROP-TYPE", Status::Mandatory, "property Type", "200 against 406"),
    when("C-BOOT-DM", item("C-INBOX", Status::Conditional, "./Inbox", "Add there")),
    item("C-UI-DISPLAY", Status::Optional, "Alert 1100", "200, 304 or 408 against 406"),
    item("C-UI-CONFIRM", Status::Optional, "Alert 1101", "200, 304 or 408 against 406"),
    item("C-UI-INPUT", Status::Optional, "Alert 1102", "200, 304 or 408 against 406"),
    item("C-UI-CHOICE", Status::Optional, "Alert 1103", "200, 304 or 408 against 406"),
    item("C-UI-MULTI", Status::Optional, "Alert 1104", "200, 304 or 408 against 406"),
    item("C-GALERT", Status::Optional, "Alert 1226", "sent"),
    item("C-CEVENT", Status::Optional, "Alert 1224", "sent"),
    item("C-ABORT", Status::Optional, "signals an abort", "1223 sent"),
    item("C-BOOT-DM", Status::Optional, "bootstrap profile DM", "declared"),
    item("C-BOOT-CP", Status::Optional, "bootstrap profile CP", "declared"),
    item("C-BOOT-SC", Status::Optional, "bootstrap profile SC", "declared"),
    item("C-FUMO", Status::Optional, "FUMO 1.0", "Type or alert type"),
    item("C-FUMO-DL", Status::Conditional, "FUMO part DL", "nodes below the object"),
    item("C-FUMO-UPD", Status::Conditional, "FUMO part UPD", "nodes below the object"),
    item("C-FUMO-DLU", Status::Conditional, "FUMO part DLU", "nodes below the object"),
    item("C-FUMO-REPL", Status::Conditional, "FUMO part REPL", "nodes below the object"),
    item("C-FUMO-DLOTA", Status::Conditional, "FUMO part DLOTA", "nodes below the object"),
    item("C-FUMO-CI", Status::Conditional, "FUMO part CI", "nodes below the object"),
    item("C-SCOMO", Status::Optional, "SCOMO 1.0", "Type"),
    item("C-SCOMO-DL", Status::Optional, "SCOMO 1.0 part DL", "declared"),
    item("C-SCOMO-DLI", Status::Optional, "SCOMO 1.0 part DLI", "declared"),
    item("C-SCOMO-INST", Status::Optional, "SCOMO 1.0 part INST", "declared"),
    item("C-SCOMO-ACT", Status::Optional, "SCOMO 1.0 part ACT", "declared"),
    item("C-SCOMO-REM", Status::Optional, "SCOMO 1.0 part REM", "declared"),
    item("C-LAWMO", Status::Optional, "LAWMO 1.0", "Type"),
    item("C-LAWMO-LOCK", Status::Optional, "LAWMO 1.0 part LOCK", "declared"),
    item("C-LAWMO-WIPE", Status::Optional, "LAWMO 1.0 part WIPE", "declared"),
    item("C-LAWMO-RESET", Status::Optional, "LAWMO 1.0 part RESET", "declared"),
    item("C-DCMO", Status::Optional, "DCMO 1.0", "Type"),
    item("C-DIAG", Status::Optional, "DiagMon 1.0", "Type"),
    item("C-DIAG-RUN", Status::Optional, "DiagMon 1.0 part RUN", "declared"),
    item("C-DIAG-TRAP", Status::Optional, "DiagMon 1.0 part TRAP", "declared"),
    item("C-CONN", Status::Optional, "ConnMO 1.0", "Type"),
    item("C-CONN-PXY", Status::Optional, "ConnMO 1.0 part PXY", "declared"),
    item("C-SCHED", Status::Optional, "DM Scheduling 1.0", "Type"),
    since_1_3(item("C-SLESS", Status::Optional, "sessionless reports", "declared")),
    since_1_3(item("C-BOOT-HTTP", Status::Optional, "bootstrap over HTTPS", "declared")),
    item("C-MS-SAV3", Status::Optional, "Windows SyncApplicationVersion 3.0 or later", "declared"),
    item("S-XML", Status::OneOf(1), "sends XML", "Content-Type"),
    item("S-WBXML", Status::OneOf(1), "sends WBXML", "Content-Type"),
    item("S-TLS", Status::Mandatory, "TLS", "handshake"),
    item("S-TLS-CLIENT", Status::Mandatory, "asks for a client certificate", "handshake"),
    item("S-ANON", Status::Optional, "serves clients without authentication", "declared"),
    item("S-AUTH-BASIC", Status::Optional, "accepts basic", "200 or 212 for the Cred"),
    item("S-AUTH-MD5", Status::Mandatory, "accepts MD5", "200 or 212 for the Cred"),
    item("S-AUTH-MAC", Status::Optional, "accepts MAC", "200 or 212 for the header"),
    item(
        "S-CRED",
        Status::Conditional,
        "sends its own credentials; mandatory without TLS server authentication",
        "Cred",
    ),
    item("S-NOTI", Status::Optional, "package 0", "package 0"),
    item("S-ADD", Status::Mandatory, "Add sent", "sent"),
    item("S-ATOMIC", Status::Mandatory, "Atomic sent", "sent"),
    item("S-DELETE", Status::Mandatory, "Delete sent", "sent"),
    item("S-GET", Status::Mandatory, "Get sent", "sent"),
    item("S-REPLACE", Status::Mandatory, "Replace sent", "sent"),
    item("S-SEQUENCE", Status::Mandatory, "Sequence sent", "sent"),
    item("S-ALERT", Status::Mandatory, "Alert received", "success"),
    item("S-RESULTS", Status::Mandatory, "Results received", "success"),
    item("S-COPY", Status::Optional, "Copy sent", "sent"),
    item("S-EXEC", Status::Optional, "Exec sent", "sent"),
    item("S-LRGOBJ", Status::Mandatory, "large objects both ways", "MoreData from the server"),
    item("S-MAXMSG", Status::Mandatory, "respects MaxMsgSize and MaxObjSize", "declared"),
    item("S-GALERT", Status::Mandatory, "answers Generic Alerts", "success"),
    item("S-TNDS", Status::Optional, "TNDS objects", "sent"),
    item("S-UI", Status::Optional, "Alerts 1100 to 1104", "sent"),
    item("S-BOOT-DM", Status::Optional, "bootstrap profile DM", "declared"),
    item("S-BOOT-CP", Status::Optional, "bootstrap profile CP", "declared"),
    item("S-FUMO", Status::Optional, "FUMO", "declared"),
    item("S-SCOMO", Status::Optional, "SCOMO", "declared"),
    item("S-LAWMO", Status::Optional, "LAWMO", "declared"),
    item("S-DCMO", Status::Optional, "DCMO", "declared"),
    item("S-DIAG", Status::Optional, "DIAG", "declared"),
    since_1_3(item("S-DLG", Status::Optional, "delegation", "declared")),
];
