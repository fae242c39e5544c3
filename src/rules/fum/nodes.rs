//! Nodes of a firmware update, and what is done to them: FUM-001 to FUM-007, FUM-009, FUM-011, FUM-022.

use super::super::cx::{Cmd, Cx};
use super::super::helper::{UriMatch, compare_uris, quoted, without_query};
use super::super::mo::{self, READ, accuse, leaves, typed};
use super::super::rule::{Check, Judged, Level, Need, Rule, Scope};
use super::super::sta::common::{ONE_GET, shown, status_shown};
use super::{CLAUSE, STATE};
use crate::base::Severity;
use crate::objects::FUMO;
use crate::syncml::CommandName;

const RESULTS: &[CommandName] = &[CommandName::Results];
const EXEC: &[CommandName] = &[CommandName::Exec];
const WRITES: &[CommandName] = &[CommandName::Add, CommandName::Replace, CommandName::Delete];

/// A list of the nodes of a package that has all it needs.
const LIST: &str = typed!(
    "./F",
    "urn:oma:mo:oma-fumo:1.0",
    " Get ./F\n",
    " Status Get 200\n Results ./F=PkgName/Download/Update/State/Ext format=node\n"
);

pub(super) static NODES: Rule = Rule {
    id: "FUM-001",
    name: "firmware-object-nodes",
    title: "A firmware object has State, and no nodes but its own",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Where the client lists the nodes below the root of a firmware object, State is among them, and no name but PkgName, \
           PkgVersion, Download, Update, DownloadAndUpdate, State, Ext. An observation where only names tell that it is one.",
    why: "Servers look for the operations and the state by these names.",
    mend: "Put nodes of the vendor below Ext.",
    pass: &[LIST],
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F\n",
        " Status Get 200\n Results ./F=Download/Update format=node\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(RESULTS, |cmd, cx| mo::structure(cmd, cx, &FUMO, &[""], Severity::Warning)),
    ..READ
};

pub(super) static STATES: Rule = Rule {
    id: "FUM-002",
    name: "firmware-state-unknown",
    title: "The state of a firmware update is one of ten numbers",
    judged: Judged::Client,
    severity: Severity::Error,
    strict: Severity::Error,
    scope: Scope::Session,
    clause: &[STATE],
    yields_to: &["MET-005"],
    what: "Results for State of a firmware object have one of 10, 20, 30, 40, 50, 60, 70, 80, 90, 100. A Format other than int is \
           a warning, chr an observation. Milder where only names tell that it is a firmware object.",
    why: "The server does not know whether it may start the update.",
    mend: "Report the states of the specification; those of the vendor belong below Ext.",
    pass: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/State\n",
        " Status Get 200\n Results ./F/State=50 format=int\n"
    )],
    violate: &[
        typed!(
            "./F",
            "urn:oma:mo:oma-fumo:1.0",
            " Get ./F/State\n",
            " Status Get 200\n Results ./F/State=15 format=int\n"
        ),
        typed!(
            "./F",
            "urn:oma:mo:oma-fumo:1.0",
            " Get ./F/State\n",
            " Status Get 200\n Results ./F/State=50 format=bool\n"
        ),
    ],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(RESULTS, states),
    ..READ
};

fn states(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &FUMO).into_iter().filter(|leaf| leaf.is(&["State"])) {
        let occasion = cx.occasion(leaf.at);
        let number = leaf.value.trim_start_matches('0');
        if !leaf.node.values.iter().any(|one| one.value == number) {
            accuse(
                occasion,
                (Severity::Error, leaf.sureness),
                leaf.shown(),
                "one of 10, 20, 30, 40, 50, 60, 70, 80, 90, 100",
            );
        } else if !leaf.format.is_empty() && !leaf.format.eq_ignore_ascii_case("int") {
            let severity = if leaf.format.eq_ignore_ascii_case("chr") { Severity::Info } else { Severity::Warning };
            let seen = format!("{} has Format {}", leaf.uri, quoted(leaf.format));
            accuse(occasion, (severity, leaf.sureness), seen, "Format int");
        }
    }
}

pub(super) static PACKAGE_URL: Rule = Rule {
    id: "FUM-004",
    name: "firmware-url-not-accessible",
    title: "PkgURL of a firmware object can be read and written",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "A Get or Replace of Download/PkgURL or DownloadAndUpdate/PkgURL of a firmware object is not refused with 405: the command \
           is one that the node must take.",
    why: "The server cannot say where the package is.",
    mend: "Allow Get and Replace on PkgURL.",
    pass: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Replace ./F/Download/PkgURL=http://example.com/f\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Replace ./F/Download/PkgURL=http://example.com/f\n",
        " Status Replace 405\n"
    )],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Answer(&[CommandName::Get, CommandName::Replace], package_url),
    ..READ
};

fn package_url(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(asked) = status.answered().filter(|asked| asked.msg.entry.is_server() && asked.items().len() == 1) else {
        return;
    };
    let uri = asked.items().first().map_or("", |item| asked.text(item.target_uri));
    if uri.contains('?') || status.msg.entry.refused {
        return;
    }
    let instances = cx.instances();
    let Some(found) = instances.of_object(&FUMO, uri) else { return };
    if found.node.is_none_or(|node| node.name() != "PkgURL") {
        return;
    }
    let occasion = cx.occasion(status.at()).related(asked.at());
    if status.code() == Some(405) {
        let seen = format!("{} of {}", status_shown(status), quoted(uri));
        accuse(occasion, (Severity::Warning, found.sureness), seen, "another code: PkgURL takes Get and Replace");
    }
}

pub(super) static PACKAGE_DATA: Rule = Rule {
    id: "FUM-005",
    name: "firmware-package-readable",
    title: "The package in a firmware object cannot be read",
    level: Level::May,
    severity: Severity::Info,
    strict: Severity::Info,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "Results for Update/PkgData of a firmware object with data: the description lists Replace alone. Devices may take more \
           commands: an observation.",
    why: "Whoever may read the node gets the firmware.",
    mend: "Refuse a Get of PkgData with 405.",
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/Update/PkgData\n",
        " Status Get 200\n Results ./F/Update/PkgData=AAEC format=b64\n"
    )],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(RESULTS, package_data),
    ..READ
};

fn package_data(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    for leaf in leaves(cmd, cx, &FUMO) {
        if leaf.is(&["Update/PkgData"]) && !leaf.value.is_empty() {
            let seen = format!("Results with the package in {}", leaf.uri);
            cx.occasion(leaf.at).violated(seen, "Status 405");
        }
    }
}

pub(super) static STATE_WRITTEN: Rule = Rule {
    id: "FUM-006",
    name: "firmware-state-written",
    title: "Servers only read the state of a firmware update",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[STATE],
    what: "No Add, Replace or Delete of the server is for State of a firmware object.",
    why: "The device refuses it, or loses track of its update.",
    mend: "Start and stop updates with Exec; read State.",
    pass: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Replace ./F/Download/PkgURL=http://example.com/f\n",
        " Status Replace 200\n"
    )],
    violate: &[typed!("./F", "urn:oma:mo:oma-fumo:1.0", " Replace ./F/State=10 format=int\n", " Status Replace 405\n")],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(WRITES, |cmd, cx| mo::written(cmd, cx, &FUMO, &["State"], Severity::Warning)),
    ..READ
};

pub(super) static TARGETS: Rule = Rule {
    id: "FUM-007",
    name: "firmware-exec-elsewhere",
    title: "Exec is for Download, Update and DownloadAndUpdate of a firmware object",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    what: "The Target of an Exec below a firmware object is one of its three operations; nodes below Ext are the vendor's.",
    why: "Nothing is started.",
    mend: "Send Exec to the node of the operation.",
    pass: &[typed!("./F", "urn:oma:mo:oma-fumo:1.0", " Exec ./F/Update\n", " Status Exec 202\n")],
    violate: &[typed!("./F", "urn:oma:mo:oma-fumo:1.0", " Exec ./F/Update/PkgData\n", " Status Exec 405\n")],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(EXEC, |cmd, cx| mo::operations(cmd, cx, &FUMO, Severity::Warning)),
    ..READ
};

/// The operation of a firmware object that an Exec starts, with the URI of the root.
fn started<'s>(exec: Cmd<'s>, cx: &Cx<'_>) -> Option<(&'s str, String, crate::objects::Sureness)> {
    if !exec.msg.entry.is_server() {
        return None;
    }
    let uri = exec.text(exec.items().first()?.target_uri);
    let instances = cx.instances();
    let found = instances.of_object(&FUMO, uri).filter(|found| found.node.is_some_and(|n| n.action.is_some()))?;
    Some((without_query(uri), found.root.to_owned(), found.sureness))
}

pub(super) static WITHOUT_URL: Rule = Rule {
    id: "FUM-009",
    name: "firmware-download-without-url",
    title: "A firmware download is started when its PkgURL is set",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: CLAUSE,
    needs: &[Need::NoLoss, Need::Executed],
    what: "An Exec of Download or DownloadAndUpdate of a firmware object does not follow the client's word that its PkgURL is empty or \
           absent, with no command for the object in between. Where the client said nothing of PkgURL there is no occasion.",
    why: "The device has nothing to download.",
    mend: "Write PkgURL, then send Exec.",
    pass: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/Download/PkgURL\n",
        " Status Get 200\n Results ./F/Download/PkgURL=http://example.com/f\n\
         server\n Status SyncHdr 200\n Exec ./F/Download\n"
    )],
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/Download/PkgURL\n",
        " Status Get 404\nserver\n Status SyncHdr 200\n Exec ./F/Download\n"
    )],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(EXEC, without_url),
    ..READ
};

fn without_url(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((uri, root, sureness)) = started(exec, cx) else { return };
    if uri.ends_with("/Update") {
        return;
    }
    let url = format!("{uri}/PkgURL");
    let Some((at, value)) = mo::last_value(exec, &url, &root) else { return };
    let occasion = cx.occasion(exec.at()).related(at);
    if value.is_empty() {
        accuse(
            occasion,
            (Severity::Warning, sureness),
            format!("{} on {}, and {url} is empty or absent", shown(exec), quoted(uri)),
            "a Replace or Add of PkgURL before",
        );
    }
}

pub(super) static WITHOUT_PACKAGE: Rule = Rule {
    id: "FUM-011",
    name: "firmware-update-without-package",
    title: "A firmware update is started when there is a package",
    judged: Judged::Server,
    scope: Scope::Session,
    clause: &[STATE],
    needs: &[Need::NoLoss, Need::Executed],
    what: "An Exec of Update of a firmware object does not follow a State of 10, 20, 80 or 100 that the client gave in the session, with \
           no command for the object in between: there is no package then. State 30 is left out, since a download may end at any time.",
    why: "The device has nothing to install.",
    mend: "Deliver or download the package, and wait for State 40 or 50.",
    pass: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/State\n",
        " Status Get 200\n Results ./F/State=50 format=int\nserver\n Status SyncHdr 200\n Exec ./F/Update\n"
    )],
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F/State\n",
        " Status Get 200\n Results ./F/State=10 format=int\nserver\n Status SyncHdr 200\n Exec ./F/Update\n"
    )],
    not_applicable: &[ONE_GET, LIST],
    check: Check::Command(EXEC, without_package),
    ..READ
};

fn without_package(exec: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some((uri, root, sureness)) = started(exec, cx) else { return };
    if !uri.ends_with("/Update") {
        return;
    }
    let state = format!("{}/State", root.trim_end_matches('/'));
    let Some((at, value)) = mo::last_value(exec, &state, &root) else { return };
    let occasion = cx.occasion(exec.at()).related(at);
    if matches!(value, "10" | "20" | "80" | "100") {
        let seen = format!("{} on {}, and {state} is {value}", shown(exec), quoted(uri));
        accuse(occasion, (Severity::Warning, sureness), seen, "a package: State 40, 50, 70 or 90");
    }
}

pub(super) static MECHANISMS: Rule = Rule {
    id: "FUM-022",
    name: "firmware-object-without-operation",
    title: "A firmware object can be downloaded to, and updated",
    judged: Judged::Client,
    scope: Scope::Session,
    clause: CLAUSE,
    yields_to: &["FUM-001"],
    what: "Where the client lists the nodes below the root of a firmware object, Update or DownloadAndUpdate is among them; and where \
           neither Download nor DownloadAndUpdate is, and the nodes below Update are listed too, PkgData is among those.",
    why: "There is no way to bring a package to the device, or to install it.",
    mend: "Offer Exec on Update or DownloadAndUpdate, and one of Download, DownloadAndUpdate, Update/PkgData.",
    pass: &[LIST],
    violate: &[typed!(
        "./F",
        "urn:oma:mo:oma-fumo:1.0",
        " Get ./F\n",
        " Status Get 200\n Results ./F=PkgName/Download/State format=node\n"
    )],
    not_applicable: &[ONE_GET],
    check: Check::Command(RESULTS, mechanisms),
    ..READ
};

fn mechanisms(cmd: Cmd<'_>, cx: &mut Cx<'_>) {
    let instances = cx.instances();
    let place = cmd.place();
    for list in instances.lists().filter(|list| list.by == place && list.names().next().is_some()) {
        let Some(found) = instances.of_object(&FUMO, &list.uri) else { continue };
        if !found.path.is_empty() {
            continue;
        }
        let is_over = list.names().all(|name| FUMO.below("").all(|node| !node.name().eq_ignore_ascii_case(name)));
        if is_over {
            continue;
        }
        let occasion = cx.occasion(cmd.at());
        let update = format!("{}/Update", list.uri.trim_end_matches('/'));
        let is_update = |uri: &str| compare_uris(uri, &update) != UriMatch::Different;
        let has_both = list.has("DownloadAndUpdate");
        let is_undelivered = || {
            let mut below = instances.lists().filter(|list| is_update(&list.uri));
            below.next().is_some_and(|below| !below.has("PkgData"))
        };
        let severity = (Severity::Warning, mo::of_nodes(found.sureness));
        if !has_both && !list.has("Update") {
            accuse(
                occasion,
                severity,
                format!("{} has neither Update nor DownloadAndUpdate", list.uri),
                "one of the two",
            );
        } else if !has_both && !list.has("Download") && is_undelivered() {
            let seen = format!("{} has no Download, no DownloadAndUpdate, no Update/PkgData", list.uri);
            accuse(occasion, severity, seen, "one of the three");
        }
    }
}
