//! Limits of URIs that the device tells, and what it answers: URI-014.

use super::lists::ADDRESSING;
use crate::base::{Direction, Severity};
use crate::dm::Session;
use crate::rules::cx::{Cx, Msg};
use crate::rules::helper::{loose_uri, quoted};
use crate::rules::known::{DREP, value};
use crate::rules::rule::{Check, Clause, Judged, Rule, Scope};
use crate::rules::sta::common::{ONE_GET, is_tnds, last_status, opened, status_shown};
use crate::syncml::{CommandName, number};

/// A session in which the device tells all three limits, and refuses a Get with a code.
macro_rules! limited {
    ($depth:literal, $code:literal) => {
        opened!(
            " Get ./DevDetail/URI/MaxSegLen ./DevDetail/URI/MaxTotLen ./DevDetail/URI/MaxDepth",
            "device",
            " Status SyncHdr 200",
            " Status Get 200",
            $depth,
            "server",
            " Status SyncHdr 200",
            " Get ./DevInfo/Man",
            "device",
            " Status SyncHdr 200",
            $code,
        )
    };
}

pub(super) static TOO_LONG: Rule = Rule {
    id: "URI-014",
    name: "short-uri-refused-as-too-long",
    title: "414 is for a URI that is longer than the device allows",
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Client,
    scope: Scope::Session,
    clause: &[Clause { document: DREP, section: "6.6 (Status codes of Add, Copy, Delete, Exec, Get, Replace)" }],
    what: "Once Results of the session have told all three limits below ./DevDetail/URI (0 is none), no command with one Item \
           is answered with 414 whose URIs stay below each limit, however their length is counted: with and without `./` and \
           query, in octets and in characters. A new name and a serialised tree, whose nodes may be too long, are not looked at.",
    why: "The server shortens names that were never too long, and never learns what is wrong.",
    mend: "Answer 414 only where MaxDepth, MaxTotLen or MaxSegLen is exceeded; 404 for a node that is not there.",
    pass: &[limited!(
        " Results ./DevDetail/URI/MaxSegLen=5 ./DevDetail/URI/MaxTotLen=255 ./DevDetail/URI/MaxDepth=16",
        " Status Get 414"
    )],
    violate: &[limited!(
        " Results ./DevDetail/URI/MaxSegLen=31 ./DevDetail/URI/MaxTotLen=255 ./DevDetail/URI/MaxDepth=16",
        " Status Get 414"
    )],
    not_applicable: &[
        ONE_GET,
        limited!(
            " Results ./DevDetail/URI/MaxSegLen=31 ./DevDetail/URI/MaxTotLen=255 ./DevDetail/URI/MaxDepth=16",
            " Status Get 404"
        ),
        opened!(" Get ./DevInfo/Man", "device", " Status SyncHdr 200", " Status Get 414"),
    ],
    check: Check::Session(too_long),
    ..Rule::MUST
};

/// Where the limits stand; MaxSegLen, MaxTotLen, MaxDepth.
const LIMITS: [&str; 3] = ["devdetail/uri/maxseglen", "devdetail/uri/maxtotlen", "devdetail/uri/maxdepth"];

fn too_long(session: &Session, cx: &mut Cx<'_>) {
    let mut limits: [Option<u64>; 3] = [None; 3];
    for (id, entry) in session.entries_with_ids().filter(|(_, entry)| entry.message.is_judgeable()) {
        let msg = Msg { session, id, entry };
        if entry.direction == Direction::DeviceToServer {
            learn(msg, &mut limits);
            continue;
        }
        let [Some(segment), Some(total), Some(depth)] = limits else { continue };
        for cmd in msg.commands().filter(|cmd| ADDRESSING.contains(&cmd.command.name)) {
            let [item] = cmd.items() else { continue };
            let Some((status, 414)) = last_status(cmd) else { continue };
            let target = cmd.text(item.target_uri);
            if target.is_empty() || target.ends_with("?prop=Name") || is_tnds(cmd, item) {
                continue;
            }
            let occasion = cx.occasion(status.at()).related(cmd.at());
            let is_below = |uri: &str| {
                let longest = uri.split('/').map(str::len).max().unwrap_or_default();
                let most = [(longest, segment), (uri.len(), total), (uri.split('/').count(), depth)];
                most.into_iter().all(|(length, limit)| limit == 0 || (length as u64) < limit)
            };
            if [target, cmd.text(item.source_uri)].into_iter().all(is_below) {
                let seen = format!("{} of {}", status_shown(status), quoted(target));
                let expected = format!(
                    "another code: the limits are {segment} (MaxSegLen), {total} (MaxTotLen), {depth} (MaxDepth)"
                );
                occasion.violated(seen, expected);
            }
        }
    }
}

fn learn(msg: Msg<'_>, limits: &mut [Option<u64>; 3]) {
    for results in msg.commands().filter(|cmd| cmd.command.name == CommandName::Results) {
        for item in results.items() {
            let uri = results.text(item.source_uri);
            // Nearly all Results are about something else.
            if !uri.contains("/Max") || uri.contains('?') {
                continue;
            }
            let uri = loose_uri(uri);
            if let Some(slot) = LIMITS.iter().position(|name| *name == uri).and_then(|at| limits.get_mut(at)) {
                *slot = number(value(results, item.data));
            }
        }
    }
}
