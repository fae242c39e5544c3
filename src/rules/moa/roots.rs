//! What the root of an object says it is: MOA-015.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{plain, quoted, without_query};
use super::super::operation::{known, told};
use super::super::res::{get_of, request_of};
use super::super::rule::{Check, Clause, Judged, Rule, Scope, Versions};
use super::super::sta::common::{FIRST, FUMO, ONE_GET, TND, opened, shown};
use super::ends::{Object, object_of};
use crate::base::Severity;
use crate::dm::EntryId;
use crate::syncml::CommandName;

const FIRMWARE: &str = "urn:oma:mo:oma-fumo:";

/// A firmware update that ends, and the Type of its object.
macro_rules! of_type {
    ($kind:literal) => {
        concat!(
            opened!(),
            " Exec ./FwUpdate/Update correlator=7\ndevice\n Status SyncHdr 200\n Status Exec 202\n",
            " Alert 1226 source=./FwUpdate type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200 correlator=7\n",
            "server\n Status SyncHdr 200\n Status Alert 200\n Get ./FwUpdate?prop=Type\ndevice\n Status SyncHdr 200\n Status Get 200\n",
            " Results ./FwUpdate?prop=Type=",
            $kind,
            "\nserver\n Status SyncHdr 200\n"
        )
    };
}

pub(super) static IDENTIFIER: Rule = Rule {
    id: "MOA-015",
    name: "firmware-object-of-other-type",
    title: "The Type of a firmware object is its identifier",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[Clause { document: TND, section: "Interior objects" }, Clause { document: FUMO, section: "Type" }],
    what: "The property Type of a node is urn:oma:mo:oma-fumo:, in whatever version, where the node is the root of a firmware object: the alert \
           about the end of an operation on firmware names it, or the node of the operation directly below it, and an Exec of Download, \
           Update or DownloadAndUpdate directly below it was seen. Types of other objects are not looked at.",
    why: "Servers find the object by its Type, and do not find this one.",
    mend: "Return urn:oma:mo:oma-fumo:1.0.",
    pass: &[of_type!("urn:oma:mo:oma-fumo:1.0")],
    violate: &[of_type!("text/plain")],
    not_applicable: &[
        FIRST,
        ONE_GET,
        opened!(" Get ./A?prop=Type", "device", " Status SyncHdr 200", " Status Get 200", " Results ./A?prop=Type=x"),
    ],
    check: Check::Command(&[CommandName::Results], identifier),
    ..Rule::MUST
};

/// The node above one of the operations on firmware.
fn root_of(uri: &str) -> Option<&str> {
    let (root, name) = plain(without_query(uri)).rsplit_once('/')?;
    matches!(name, "Download" | "Update" | "DownloadAndUpdate").then_some(root)
}

fn identifier(results: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(get) = get_of(results) else { return };
    for item in results.items() {
        let source = results.text(item.source_uri);
        let asked = if source.contains('?') { Some(source) } else { request_of(get, source) };
        let Some(asked) = asked.filter(|asked| asked.ends_with("?prop=Type")) else { continue };
        let Some(data) = item.data.filter(|_| item.more_data.is_none()) else { continue };
        let path = plain(without_query(asked));
        if !is_firmware(path, results, cx) {
            continue;
        }
        let value = results.text(data);
        let occasion = cx.occasion(results.at_node(data)).related(get.at());
        if !value.get(..FIRMWARE.len()).is_some_and(|start| start.eq_ignore_ascii_case(FIRMWARE)) {
            let seen = format!("Type {} of the firmware object {} in {}", quoted(value), quoted(path), shown(results));
            occasion.violated(seen, "urn:oma:mo:oma-fumo:1.0");
        }
    }
}

/// Whether the whole session, or an earlier one, uses a node as the root of a firmware object.
fn is_firmware(path: &str, results: Cmd<'_>, cx: &Cx<'_>) -> bool {
    let (session, past) = (results.session(), cx.past());
    let end = EntryId(u32::MAX);
    let is_named = told(session, past, end).iter().any(|(alert, _)| {
        object_of(&alert.kind) == Some(Object::Firmware)
            && (plain(&alert.source) == path || root_of(&alert.source) == Some(path))
    });
    is_named && known(session, past, end).iter().any(|operation| root_of(operation.uri) == Some(path))
}
