//! Firmware update (FUMO).

use super::super::model::{Action, AlertRole, AlertType, Basis, Node, Object, Occurs, ResultCode, Transition};
use super::{alert, id, value};
use Basis::{Code, Text};
use Occurs::{One, ZeroOrMore, ZeroOrOne};

static DOWNLOAD: Action =
    Action { name: "firmware download", done: "downloaded", failed: "download failed", shown_by: "State" };
static UPDATE: Action = Action { name: "firmware update", done: "updated", failed: "update failed", shown_by: "State" };
static BOTH: Action =
    Action { name: "firmware download and update", done: "updated", failed: "update failed", shown_by: "State" };

const ALL: &[&str] = &["10", "20", "30", "40", "50", "60", "70", "80", "90", "100"];
const LOADING: &[&str] = &["20", "30", "40", "50"];
const UPDATING: &[&str] = &["60", "70", "80", "90", "100"];

const fn step(
    from: &'static str,
    alone: &'static [&'static str],
    after: &'static [(&'static str, &'static [&'static str])],
) -> Transition {
    Transition { from, alone, after }
}

/// Firmware update. Failures of the download and of the update have codes of their own, which tell in which half a
/// DownloadAndUpdate broke off.
pub static FUMO: Object = Object {
    name: "FUMO",
    title: "Firmware update",
    ids: &[id("urn:oma:mo:oma-fumo:1.0", Text)],
    document: "OMA-TS-DM-FUMO-V1_0",
    nodes: &[
        Node::new("", ZeroOrMore, "node", "Get", "The root: one update package. Its Type is the identifier."),
        Node::new("PkgName", ZeroOrOne, "chr", "Get", "The name of the package."),
        Node::new("PkgVersion", ZeroOrOne, "chr", "Get", "The version of the package."),
        Node::new("Download", ZeroOrOne, "node chr", "Exec Get", "Starts the download over another protocol.")
            .starts(&DOWNLOAD),
        Node::new("Download/PkgURL", One, "chr", "Replace Get", "The URL of the package, or of its descriptor."),
        Node::new("Update", ZeroOrOne, "node chr", "Exec Get", "Starts the update with the package that is stored.")
            .starts(&UPDATE),
        Node::new("Update/PkgData", ZeroOrOne, "bin b64", "Replace", "The package, delivered over DM."),
        Node::new(
            "DownloadAndUpdate",
            ZeroOrOne,
            "node chr",
            "Exec Get",
            "Starts the download; the update follows it.",
        )
        .starts(&BOTH),
        Node::new(
            "DownloadAndUpdate/PkgURL",
            One,
            "chr",
            "Replace Get",
            "The URL of the package, or of its descriptor.",
        ),
        Node::new("State", One, "int chr", "Get", "Where the update stands.").values(&[
            value("10", "Idle/Start", "idle"),
            value("20", "Download Failed", "download failed"),
            value("30", "Download Progressing", "downloading"),
            value("40", "Download Complete", "downloaded"),
            value("50", "Ready to Update", "ready to update"),
            value("60", "Update Progressing", "updating"),
            value("70", "Update Failed/Have Data", "update failed, package kept"),
            value("80", "Update Failed/No Data", "update failed, package gone"),
            value("90", "Update Successful/Have Data", "updated, package kept"),
            value("100", "Update Successful/No Data", "updated, package gone"),
        ]),
        Node::new("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[
        alert(
            "org.openmobilealliance.dm.firmwareupdate.download",
            "the download has ended",
            AlertRole::Result("Download"),
            Text,
        ),
        alert(
            "org.openmobilealliance.dm.firmwareupdate.update",
            "the update has ended",
            AlertRole::Result("Update"),
            Text,
        ),
        alert(
            "org.openmobilealliance.dm.firmwareupdate.downloadandupdate",
            "the download and update has ended",
            AlertRole::Result("DownloadAndUpdate"),
            Text,
        ),
        alert(
            "org.openmobilealliance.dm.firmwareupdate.devicerequest",
            "the device asks for a check for updates",
            AlertRole::Request,
            Text,
        ),
        alert(
            "org.openmobilealliance.dm.firmwareupdate.userrequest",
            "the user asks for a check for updates",
            AlertRole::Request,
            Text,
        ),
        AlertType {
            draft: true,
            ..alert(
                "org.openmobilealliance.firmwareupdate.download",
                "the download has ended",
                AlertRole::Result("Download"),
                Code,
            )
        },
        AlertType {
            draft: true,
            ..alert(
                "org.openmobilealliance.firmwareupdate.update",
                "the update has ended",
                AlertRole::Result("Update"),
                Code,
            )
        },
        AlertType {
            draft: true,
            ..alert(
                "org.openmobilealliance.firmwareupdate.downloadandupdate",
                "the download and update has ended",
                AlertRole::Result("DownloadAndUpdate"),
                Code,
            )
        },
    ],
    codes: &[
        ResultCode::new(200, "success"),
        ResultCode::range(250, 299, "success, of the vendor"),
        ResultCode::new(400, "error of the management client"),
        ResultCode::new(401, "cancelled by the user"),
        ResultCode::new(402, "package corrupted"),
        ResultCode::new(403, "package does not fit the device"),
        ResultCode::new(404, "signature of the package not valid"),
        ResultCode::new(405, "package not acceptable"),
        ResultCode::new(406, "download: authentication failed").fails("download failed").only(LOADS),
        ResultCode::new(407, "download: request timed out").fails("download failed").only(LOADS),
        ResultCode::new(408, "not implemented"),
        ResultCode::new(409, "undefined error"),
        ResultCode::new(410, "firmware update failed").fails("update failed").only(UPDATES),
        ResultCode::new(411, "bad URL").fails("download failed").only(LOADS),
        ResultCode::new(412, "download server not available").fails("download failed").only(LOADS).by(Code),
        ResultCode::range(450, 499, "error of the client, of the vendor"),
        // One copy of the text says that the update failed, implementations that the download server did: both are read.
        ResultCode::new(500, "download server error, or update failed").by(Code),
        ResultCode::new(501, "download failed, out of memory").fails("download failed").only(LOADS),
        ResultCode::new(502, "update failed, out of memory").fails("update failed").only(UPDATES),
        ResultCode::new(503, "download failed, network").fails("download failed").only(LOADS),
        ResultCode::range(550, 599, "error of the download server, of the vendor"),
    ],
    transitions: &[
        step("10", &["10"], &[("Download", LOADING), ("DownloadAndUpdate", ALL), ("", &["50"])]),
        step("20", &["10", "20"], &[("Download", LOADING), ("DownloadAndUpdate", ALL), ("", &["50"])]),
        step("30", &["10", "20", "30", "40", "50"], &[("Update", UPDATING), ("DownloadAndUpdate", ALL)]),
        step(
            "40",
            &["10", "40", "50"],
            &[("Download", LOADING), ("Update", UPDATING), ("DownloadAndUpdate", ALL), ("", &["50"])],
        ),
        step(
            "50",
            &["10", "50"],
            &[("Download", LOADING), ("Update", UPDATING), ("DownloadAndUpdate", ALL), ("", &["50"])],
        ),
        step(
            "60",
            &["10", "60", "70", "80", "90", "100"],
            &[("Download", LOADING), ("DownloadAndUpdate", ALL), ("", &["50"])],
        ),
        // A package that is kept may be used again.
        step(
            "70",
            &["10", "70", "80"],
            &[("Download", LOADING), ("Update", UPDATING), ("DownloadAndUpdate", ALL), ("", &["50"])],
        ),
        step("80", &["10", "80"], &[("Download", LOADING), ("DownloadAndUpdate", ALL), ("", &["50"])]),
        step(
            "90",
            &["10", "90", "100"],
            &[("Download", LOADING), ("Update", UPDATING), ("DownloadAndUpdate", ALL), ("", &["50"])],
        ),
        step("100", &["10", "100"], &[("Download", LOADING), ("DownloadAndUpdate", ALL), ("", &["50"])]),
    ],
    shapes: &[&["State", "Download"], &["State", "Update"], &["State", "DownloadAndUpdate"]],
    ..Object::NONE
};

/// Operations that download, and operations that update.
const LOADS: &[&str] = &["Download", "DownloadAndUpdate"];
const UPDATES: &[&str] = &["Update", "DownloadAndUpdate"];
