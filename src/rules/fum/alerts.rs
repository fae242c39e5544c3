//! Alerts about firmware updates: FUM-013 to FUM-016, FUM-018, FUM-019.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{UriMatch, compare_uris, quoted};
use super::super::mo::{self, READ, alerted, told};
use super::super::operation::{self, Operation};
use super::super::rule::{Check, Clause, Judged, Rule, Scope, Versions};
use super::super::sta::common::{FUMO as TEXT, ONE_GET, shown};
use crate::base::Severity;
use crate::dm::{Earlier, EarlierExec};
use crate::objects::{self, AlertRole, FUMO, is_success};
use crate::syncml::CommandName;

const ALERT: &[CommandName] = &[CommandName::Alert];
const TYPES: Clause = Clause { document: TEXT, section: "Firmware Update Alert Types" };
const CODES: Clause = Clause { document: TEXT, section: "Result Code" };

/// An update that went well.
const GOOD: &str = alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200");
/// A wish.
const WISH: &str =
    alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.devicerequest format=chr data=now");
/// An alert about something else.
const OTHER: &str = alerted!("source=./X type=org.example.thing format=int data=7");

/// An Exec that is answered, and its end in the next session.
macro_rules! later {
    ($code:literal) => {
        concat!(
            "session session=1\n",
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Exec ./F/Update correlator=u\n\
             device\n Status SyncHdr 200\n Status Exec ",
            $code,
            "\nserver\n Status SyncHdr 200\nsession session=2\n",
            alerted!(
                "source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200 correlator=u"
            )
        )
    };
}

/// An Exec that is accepted, and its end in the same session.
macro_rules! ended {
    ($exec:literal, $alert:literal) => {
        concat!(
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Exec ",
            $exec,
            "\ndevice\n Status SyncHdr 200\n Status Exec 202\n Alert 1226 ",
            $alert,
            "\n"
        )
    };
}

pub(super) static ANSWERED: Rule = Rule {
    id: "FUM-008",
    name: "firmware-operation-answered-200",
    title: "A firmware operation that ends in a later session is answered with 202",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[Clause { document: TEXT, section: "Exec Command" }],
    what: "An alert with the type of a firmware download, update, or both, that has the Correlator of an Exec on the object in an earlier \
           session: that Exec was not answered 200, which says that all was done. Within one session another rule speaks.",
    why: "The server takes the update for done, and does not wait for its result.",
    mend: "Answer 202 where the result comes later.",
    pass: &[later!("202")],
    violate: &[later!("200")],
    not_applicable: &[ONE_GET, WISH, GOOD],
    check: Check::Command(ALERT, answered),
    ..READ
};

fn answered(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(told) = told(alert, cx, &FUMO).filter(mo::Told::is_result) else { return };
    let Some(correlator) = told.content.correlator.as_deref() else { return };
    let mut earlier = cx.past().sessions().flat_map(Earlier::execs);
    let is_meant = |exec: &&EarlierExec| {
        exec.correlator.as_deref() == Some(correlator)
            && own(exec.uri.as_str()).is_some()
            && objects::is_of(&exec.uri, &told.content.source)
    };
    let Some(exec) = earlier.rfind(is_meant) else { return };
    let Some(code) = exec.codes.last() else { return };
    let occasion = cx.occasion(alert.at());
    if *code == 200 {
        let seen = format!(
            "{} of type {}, and the Exec for {} was answered 200",
            shown(alert),
            quoted(&told.content.kind),
            quoted(&exec.uri)
        );
        occasion.violated(seen, "202 for the Exec, or no alert later");
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "FUM-013",
    name: "firmware-alert-of-other-operation",
    title: "The alert about a firmware operation has the type of its operation",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    versions: Versions::Since1_2,
    scope: Scope::CrossSession,
    clause: &[TYPES],
    what: "An alert with the type of a firmware download, update, or both, is about an Exec of that operation: the one with the same \
           Correlator, in this session or an earlier one. Without a Correlator a warning, where every Exec on the object that was \
           accepted and not told of is of one other operation. After DownloadAndUpdate, a failure may be told with the type of the \
           download; success with it is a warning, and so are types that only drafts have.",
    why: "The server takes a download for an update, or waits for the end of one that has ended.",
    mend: "Choose the type by the node that the Exec named.",
    pass: &[ended!(
        "./F/Update correlator=u",
        "source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200 correlator=u"
    )],
    violate: &[
        ended!(
            "./F/Update correlator=u",
            "source=./F type=org.openmobilealliance.dm.firmwareupdate.download format=int data=200 correlator=u"
        ),
        ended!(
            "./F/DownloadAndUpdate correlator=u",
            "source=./F type=org.openmobilealliance.dm.firmwareupdate.download format=int data=200 correlator=u"
        ),
        ended!(
            "./F/Update correlator=u",
            "source=./F type=org.openmobilealliance.firmwareupdate.update format=int data=200 correlator=u"
        ),
    ],
    not_applicable: &[ONE_GET, WISH, GOOD],
    check: Check::Command(ALERT, kind),
    ..READ
};

/// The operation of a firmware object that an Exec names, with the URI over it.
fn own(uri: &str) -> Option<(&str, &'static str)> {
    let (over, name) = uri.rsplit_once('/')?;
    let known = FUMO.operations().map(|(node, _)| node.name());
    Some((over, known.into_iter().find(|known| known.eq_ignore_ascii_case(name))?))
}

fn kind(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(told) = told(alert, cx, &FUMO) else { return };
    let AlertRole::Result(name) = told.kind.role else { return };
    let content = &told.content;
    let (session, past) = (alert.session(), cx.past());
    let all = operation::known(session, past, alert.msg.id);
    let is_of_object = |operation: &&Operation<'_>| {
        own(operation.uri).is_some_and(|(over, _)| {
            compare_uris(over, &content.source) != UriMatch::Different
                || compare_uris(operation.uri, &content.source) != UriMatch::Different
        })
    };
    let ours: Vec<&Operation<'_>> = all.iter().filter(is_of_object).collect();
    let tied = ours
        .iter()
        .rev()
        .find(|operation| operation.correlator.is_some() && operation.correlator == content.correlator.as_deref());
    let found = match tied {
        Some(tied) => Some((*tied, Severity::Error)),
        None if content.correlator.is_some() => None,
        None => {
            let before = operation::told(session, past, alert.msg.id);
            let is_open = |operation: &&&Operation<'_>| {
                operation.accepted != Some(false)
                    && !before.iter().any(|(other, frame)| operation.is_ended_by(other, *frame))
            };
            let open: Vec<&&Operation<'_>> = ours.iter().filter(is_open).collect();
            let names = open.iter().filter_map(|operation| own(operation.uri)).map(|(_, name)| name);
            let names: std::collections::BTreeSet<&str> = names.collect();
            let is_known = names.len() == 1 && past.is_complete() && !past.is_interleaved();
            open.last().filter(|_| is_known).map(|last| (**last, Severity::Warning))
        }
    };
    let Some((operation, severity)) = found else { return };
    let Some((_, wanted)) = own(operation.uri) else { return };
    let mut occasion = cx.occasion(alert.at());
    if let Some(exec) = operation.exec {
        occasion = occasion.related(exec.at());
    }
    let usual = FUMO.alerts.iter().find(|kind| kind.role == AlertRole::Result(wanted));
    let expected = format!("type {}", usual.map_or("", |kind| kind.kind));
    let seen =
        format!("{} of type {}, and the Exec was for {}", shown(alert), quoted(&content.kind), quoted(operation.uri));
    if name == wanted {
        if told.kind.draft {
            occasion.violated_as(Severity::Warning, seen, expected);
        }
        return;
    }
    match (wanted, name) {
        ("DownloadAndUpdate", "Download") if !content.result.is_some_and(is_success) => {}
        ("DownloadAndUpdate", "Download") => occasion.violated_as(Severity::Warning, seen, expected),
        _ => occasion.violated_as(severity, seen, expected),
    }
}

pub(super) static SOURCE: Rule = Rule {
    id: "FUM-014",
    name: "firmware-alert-from-elsewhere",
    title: "The alert about a firmware operation comes from a firmware object",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    versions: Versions::Since1_2,
    scope: Scope::Message,
    clause: &[Clause { document: TEXT, section: "URI of Firmware Update Management Object" }],
    yields_to: &["ALR-021"],
    what: "Source of an alert with the type of a firmware download, update, or both, is not the root of the tree and no node of DevInfo, \
           DevDetail, DMAcc or the Inbox. The node of the operation in place of the object is an observation. A Source that is \
           missing is the matter of another rule.",
    why: "The server cannot tell which of several updates came to its end.",
    mend: "Put the URI of the firmware object into Source.",
    pass: &[GOOD],
    violate: &[
        alerted!("source=./DevDetail type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200"),
        alerted!("source=./F/Update type=org.openmobilealliance.dm.firmwareupdate.update format=int data=200"),
    ],
    not_applicable: &[ONE_GET, WISH, OTHER],
    check: Check::Command(ALERT, source),
    ..READ
};

fn source(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(told) = told(alert, cx, &FUMO).filter(mo::Told::is_result) else { return };
    let occasion = cx.occasion(told.at_source());
    let own = &told.content.source;
    let seen = || format!("{} of type {} with Source {}", shown(alert), quoted(&told.content.kind), quoted(own));
    if own.is_empty() || objects::is_standard(own) {
        occasion.violated(seen(), "the URI of a firmware object");
    } else if is_operation(own) {
        occasion.violated_as(Severity::Info, seen(), "the URI of the firmware object, over the operation");
    }
}

/// Whether a URI ends as that of an operation does.
fn is_operation(uri: &str) -> bool {
    matches!(uri.rsplit('/').next(), Some("Download" | "Update" | "DownloadAndUpdate"))
}

pub(super) static CODE: Rule = Rule {
    id: "FUM-015",
    name: "firmware-result-unknown",
    title: "The result of a firmware operation is one of the defined codes",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    versions: Versions::Since1_2,
    clause: &[CODES],
    what: "Data of an alert with the type of a firmware download, update, or both, is 200, 250 to 299, 400 to 412, 450 to 499, 500 to 503, \
           or 550 to 599. 412 is missing in some copies of the table, and counts as one of it.",
    why: "The server cannot tell success from failure.",
    mend: "Send a code of the table; those of the vendor have numbers of their own.",
    pass: &[GOOD],
    violate: &[
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=299999"),
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int data=1200"),
    ],
    not_applicable: &[ONE_GET, WISH, OTHER],
    check: Check::Command(ALERT, |alert, cx| mo::result(alert, cx, &FUMO, Severity::Error)),
    ..READ
};

pub(super) static CODE_FITS: Rule = Rule {
    id: "FUM-016",
    name: "firmware-result-of-other-operation",
    title: "The result of a firmware operation is one that the operation can have",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    clause: &[CODES],
    what: "An alert with the type of an update has none of 406, 407, 411, 412, 501, 503, which tell of a download; one with the type of a \
           download has neither 410 nor 502, which tell of an update.",
    why: "The server repeats the wrong half of the work.",
    mend: "Choose the code by what failed.",
    pass: &[GOOD],
    violate: &[
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=int mark=warning data=407"),
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.download format=int mark=warning data=410"),
    ],
    not_applicable: &[ONE_GET, WISH, OTHER],
    check: Check::Command(ALERT, |alert, cx| mo::result_fits(alert, cx, &FUMO, Severity::Warning)),
    ..READ
};

pub(super) static FORMAT: Rule = Rule {
    id: "FUM-018",
    name: "firmware-result-format",
    title: "The result of a firmware operation has Format int",
    judged: Judged::Client,
    versions: Versions::Since1_2,
    clause: &[CODES],
    yields_to: &["MET-001", "ALR-011"],
    what: "Format of an alert with the type of a firmware download, update, or both, is int. chr is an observation: many devices send \
           the number so.",
    why: "Servers that go by the Format do not read the number.",
    mend: "Send Format int.",
    pass: &[GOOD],
    violate: &[
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=xml data=200"),
        alerted!("source=./F type=org.openmobilealliance.dm.firmwareupdate.update format=chr data=200"),
    ],
    not_applicable: &[ONE_GET, WISH, OTHER],
    check: Check::Command(ALERT, format),
    ..READ
};

fn format(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(told) = told(alert, cx, &FUMO).filter(|told| told.is_result() && !told.format.is_empty()) else { return };
    let occasion = cx.occasion(told.at_data());
    if told.format.eq_ignore_ascii_case("int") {
        return;
    }
    let severity = if told.format.eq_ignore_ascii_case("chr") { Severity::Info } else { Severity::Warning };
    occasion.violated_as(severity, format!("{} with Format {}", shown(alert), quoted(told.format)), "Format int");
}

pub(super) static REQUEST: Rule = Rule {
    id: "FUM-019",
    name: "firmware-request-from-elsewhere",
    title: "A request for a firmware update names a firmware object, or nothing",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    versions: Versions::Since1_2,
    clause: &[Clause { document: TEXT, section: "Client Initiated Firmware Update" }],
    what: "Source of an alert with the type of a request of the device or its user, where there is one, is not the root of the tree and no \
           node of DevInfo, DevDetail, DMAcc or the Inbox. The node of an operation in place of the object is an observation. That it \
           has Data, which may be empty, is the matter of another rule.",
    why: "The server looks for an update where there is none.",
    mend: "Leave Source out, or name the firmware object.",
    pass: &[WISH],
    violate: &[
        alerted!(
            "source=./DevInfo/DevId type=org.openmobilealliance.dm.firmwareupdate.userrequest format=chr data=\"\""
        ),
        alerted!(
            "source=./F/DownloadAndUpdate type=org.openmobilealliance.dm.firmwareupdate.devicerequest format=chr data=0"
        ),
    ],
    not_applicable: &[ONE_GET, GOOD, OTHER],
    check: Check::Command(ALERT, request),
    ..READ
};

fn request(alert: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(told) = told(alert, cx, &FUMO).filter(|told| told.kind.role == AlertRole::Request) else { return };
    let own = &told.content.source;
    let occasion = cx.occasion(told.at_source());
    let seen = || format!("{} of type {} with Source {}", shown(alert), quoted(&told.content.kind), quoted(own));
    if !own.is_empty() && objects::is_standard(own) {
        occasion.violated(seen(), "no Source, or a firmware object");
    } else if is_operation(own) {
        occasion.violated_as(
            Severity::Info,
            seen(),
            "no Source, or the URI of the firmware object, over the operation",
        );
    }
}
