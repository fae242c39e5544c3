//! Software components (SCOMO).

use super::super::model::{Action, AlertRole, AlertType, Basis, Node, Object, Occurs, ResultCode};
use super::{alert, id, value};
use Basis::Code;
use Occurs::{One, ZeroOrMore, ZeroOrOne};

static DOWNLOAD: Action =
    Action { name: "software download", done: "downloaded", failed: "download failed", shown_by: "Status" };
static DOWNLOAD_INSTALL: Action = Action {
    name: "software download and installation",
    done: "installed",
    failed: "installation failed",
    shown_by: "Status",
};
static DOWNLOAD_INACTIVE: Action = Action {
    name: "software download and installation without activation",
    done: "installed, inactive",
    failed: "installation failed",
    shown_by: "Status",
};
static INSTALL: Action = Action {
    name: "software installation",
    done: "installed",
    failed: "installation failed",
    shown_by: "Status State",
};
static INSTALL_INACTIVE: Action = Action {
    name: "software installation without activation",
    done: "installed, inactive",
    failed: "installation failed",
    shown_by: "Status State",
};
static REMOVE_PACKAGE: Action =
    Action { name: "software package removal", done: "removed", failed: "removal failed", shown_by: "Status State" };
static ACTIVATE: Action =
    Action { name: "software activation", done: "activated", failed: "activation failed", shown_by: "Status State" };
static DEACTIVATE: Action = Action {
    name: "software deactivation",
    done: "deactivated",
    failed: "deactivation failed",
    shown_by: "Status State",
};
static REMOVE: Action =
    Action { name: "software removal", done: "removed", failed: "removal failed", shown_by: "Status State" };

const LOADS: &[&str] = &["Download", "DownloadInstall", "DownloadInstallInactive"];
const INSTALLS: &[&str] = &["DownloadInstall", "DownloadInstallInactive", "Install", "InstallInactive"];

const fn node(
    path: &'static str,
    occurs: Occurs,
    format: &'static str,
    access: &'static str,
    meaning: &'static str,
) -> Node {
    Node::new(path, occurs, format, access, meaning).from(Code)
}

const fn code(code: u16, meaning: &'static str) -> ResultCode {
    ResultCode::new(code, meaning).by(Code)
}

/// Software components.
pub static SCOMO: Object = Object {
    name: "SCOMO",
    title: "Software components",
    ids: &[id("urn:oma:mo:oma-scomo:1.0", Code), id("urn:oma:mo:oma-scomo:1.1", Code)],
    document: "OMA-TS-DM-SCOMO-V1_0",
    nodes: &[
        node("", ZeroOrMore, "node", "Get", "The root."),
        node("Download", One, "node", "Add Get Replace", "Packages to fetch."),
        node("Download/<X>", ZeroOrMore, "node", "Add Get Replace Delete", "One of them."),
        node("Download/<X>/PkgID", One, "chr", "Add Get Replace", "The identifier of the package."),
        node("Download/<X>/Name", ZeroOrOne, "chr", "Add Get Replace", "Its name."),
        node(
            "Download/<X>/PkgURL",
            ZeroOrOne,
            "chr",
            "Add Get Replace",
            "The URL of the package, or of its descriptor.",
        ),
        node("Download/<X>/InstallParams", ZeroOrOne, "chr", "Add Get Replace", "Parameters of the installation."),
        node("Download/<X>/Description", ZeroOrOne, "chr", "Add Get Replace", "What it is."),
        node("Download/<X>/Status", One, "int chr", "Get", "Where the download stands.").values(&[
            value("10", "Idle", "idle"),
            value("20", "Download Failed", "download failed"),
            value("30", "Download Progressing", "downloading"),
            value("40", "Download Completed", "downloaded"),
            value("50", "Install Progressing", "installing"),
            value("60", "Install Failed, data kept", "installation failed, data kept"),
            value("70", "Install Failed, data gone", "installation failed, data gone"),
        ]),
        node("Download/<X>/EnvType", ZeroOrOne, "chr", "Add Get Replace", "The environment that it is made for."),
        node("Download/<X>/PkgType", ZeroOrOne, "chr", "Add Get Replace", "Its media type."),
        node("Download/<X>/Operations", ZeroOrOne, "node", "Get", "What can be done."),
        node(
            "Download/<X>/Operations/Download",
            ZeroOrOne,
            "null node",
            "Exec Replace",
            "Downloads; the package is delivered then.",
        )
        .starts(&DOWNLOAD),
        node(
            "Download/<X>/Operations/DownloadInstall",
            ZeroOrOne,
            "null node",
            "Exec Replace",
            "Downloads, installs, activates.",
        )
        .starts(&DOWNLOAD_INSTALL),
        node(
            "Download/<X>/Operations/DownloadInstallInactive",
            ZeroOrOne,
            "null node",
            "Exec Replace",
            "Downloads and installs.",
        )
        .starts(&DOWNLOAD_INACTIVE),
        node("Download/<X>/Operations/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Download/<X>/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Inventory", One, "node", "Get", "What there is on the device."),
        node("Inventory/Delivered", One, "node", "Get Add", "Packages that are delivered."),
        node("Inventory/Delivered/<X>", ZeroOrMore, "node", "Add Get Replace Delete", "One of them."),
        node("Inventory/Delivered/<X>/PkgID", One, "chr", "Add Get Replace", "The identifier of the package."),
        node("Inventory/Delivered/<X>/Data", ZeroOrOne, "bin b64", "Add Replace", "The package, delivered over DM."),
        node("Inventory/Delivered/<X>/Name", ZeroOrOne, "chr", "Add Get Replace", "Its name."),
        node("Inventory/Delivered/<X>/Description", ZeroOrOne, "chr", "Add Get Replace", "What it is."),
        node(
            "Inventory/Delivered/<X>/InstallParams",
            ZeroOrOne,
            "chr",
            "Add Get Replace",
            "Parameters of the installation.",
        ),
        node(
            "Inventory/Delivered/<X>/EnvType",
            ZeroOrOne,
            "chr",
            "Add Get Replace",
            "The environment that it is made for.",
        ),
        node("Inventory/Delivered/<X>/PkgType", ZeroOrOne, "chr", "Add Get Replace", "Its media type."),
        node("Inventory/Delivered/<X>/Status", One, "int chr", "Get", "Where installation or removal stands.").values(
            &[
                value("10", "Idle", "idle"),
                value("20", "Remove Failed", "removal failed"),
                value("30", "Remove Progressing", "removing"),
                value("40", "Install Progressing", "installing"),
                value("50", "Install Failed, data kept", "installation failed, data kept"),
                value("60", "Install Failed, data gone", "installation failed, data gone"),
            ],
        ),
        node("Inventory/Delivered/<X>/State", One, "int chr", "Get", "Whether it is installed.")
            .values(&[value("10", "Delivered", "delivered"), value("20", "Installed", "installed")]),
        node("Inventory/Delivered/<X>/Operations", ZeroOrOne, "node", "Get", "What can be done."),
        node("Inventory/Delivered/<X>/Operations/Install", ZeroOrOne, "null node", "Exec", "Installs and activates.")
            .starts(&INSTALL),
        node("Inventory/Delivered/<X>/Operations/InstallInactive", ZeroOrOne, "null node", "Exec", "Installs.")
            .starts(&INSTALL_INACTIVE),
        node("Inventory/Delivered/<X>/Operations/Remove", ZeroOrOne, "null node", "Exec", "Removes the package.")
            .starts(&REMOVE_PACKAGE),
        node("Inventory/Delivered/<X>/Operations/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Inventory/Delivered/<X>/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Inventory/Deployed", One, "node", "Get", "Components that are installed."),
        node("Inventory/Deployed/<X>", ZeroOrMore, "node", "Get Replace", "One of them; the device creates it."),
        node("Inventory/Deployed/<X>/ID", One, "chr", "Get", "The identifier of the component."),
        node("Inventory/Deployed/<X>/PkgIDRef", ZeroOrOne, "chr", "Get", "PkgID of the package that it came in."),
        node("Inventory/Deployed/<X>/Name", ZeroOrOne, "chr", "Get Replace", "Its name."),
        node("Inventory/Deployed/<X>/Description", ZeroOrOne, "chr", "Get Replace", "What it is."),
        node("Inventory/Deployed/<X>/Version", ZeroOrOne, "chr", "Get Replace", "Its version."),
        node("Inventory/Deployed/<X>/EnvType", ZeroOrOne, "chr", "Get Replace", "The environment that it runs in."),
        node("Inventory/Deployed/<X>/Status", One, "int chr", "Get", "Where the operation on it stands.").values(&[
            value("10", "Idle", "idle"),
            value("20", "Remove Failed", "removal failed"),
            value("30", "Remove Progressing", "removing"),
            value("40", "Activate Failed", "activation failed"),
            value("50", "Activate Progressing", "activating"),
            value("60", "Deactivate Failed", "deactivation failed"),
            value("70", "Deactivate Progressing", "deactivating"),
        ]),
        node("Inventory/Deployed/<X>/State", One, "int chr", "Get", "Whether it runs.")
            .values(&[value("10", "Inactive", "inactive"), value("20", "Active", "active")]),
        node("Inventory/Deployed/<X>/Operations", ZeroOrOne, "node", "Get", "What can be done."),
        node("Inventory/Deployed/<X>/Operations/Activate", ZeroOrOne, "null node", "Exec", "Activates it.")
            .starts(&ACTIVATE),
        node("Inventory/Deployed/<X>/Operations/Deactivate", ZeroOrOne, "null node", "Exec", "Deactivates it.")
            .starts(&DEACTIVATE),
        node("Inventory/Deployed/<X>/Operations/Remove", ZeroOrOne, "null node", "Exec", "Removes it.").starts(&REMOVE),
        node("Inventory/Deployed/<X>/Operations/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Inventory/Deployed/<X>/Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
        node("Ext", ZeroOrOne, "node", "Get", "Of the vendor."),
    ],
    alerts: &[
        alert("urn:oma:at:scomo:1.0:OperationComplete", "an operation has ended", AlertRole::Result(""), Code),
        AlertType {
            draft: true,
            ..alert(
                "org.openmobilealliance.dm.softwarecomponent.OperationComplete",
                "an operation has ended",
                AlertRole::Result(""),
                Code,
            )
        },
    ],
    codes: &[
        code(1200, "success"),
        ResultCode::range(1250, 1299, "success, of the vendor").by(Code),
        code(1400, "error of the client"),
        code(1401, "cancelled by the user"),
        code(1402, "download failed").fails("download failed").only(LOADS),
        code(1403, "download: authentication failed").fails("download failed").only(LOADS),
        code(1404, "download failed, out of memory").fails("download failed").only(LOADS),
        code(1405, "installation failed").fails("installation failed").only(INSTALLS),
        code(1406, "installation failed, out of memory").fails("installation failed").only(INSTALLS),
        code(1407, "validation of the package failed"),
        code(1408, "removal failed").only(&["Remove"]),
        code(1409, "activation failed").only(&["Activate", "DownloadInstall", "Install"]),
        code(1410, "deactivation failed").only(&["Deactivate"]),
        code(1411, "not implemented"),
        code(1412, "undefined error"),
        code(1413, "environment not supported, or operation rejected"),
        ResultCode::range(1450, 1499, "error of the client, of the vendor").by(Code),
        code(1500, "download server error").fails("download failed").only(LOADS),
        code(1501, "download server not available").fails("download failed").only(LOADS),
        ResultCode::range(1550, 1599, "error of the server, of the vendor").by(Code),
    ],
    shapes: &[&["Download", "Inventory"]],
    ..Object::NONE
};
