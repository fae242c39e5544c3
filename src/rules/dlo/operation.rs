//! Downloads and the operations that they belong to: DLO-007, DLO-008.

use super::{ALONE, DIRECT, GOOD, SEEN, described, fetched, of, place};
use crate::base::{Direction, Severity};
use crate::dm::uri::{UriMatch, compare_uris, is_below};
use crate::dm::{Download, EntryId, Purpose, Session};
use crate::objects::{self, FUMO, Outcome, SCOMO};
use crate::rules::cx::Cx;
use crate::rules::finding::{At, Reason};
use crate::rules::helper::quoted;
use crate::rules::operation;
use crate::rules::rule::{Check, Clause, Judged, Rule};
use crate::rules::sta::common::FUMO as FUMO_TEXT;

const CLIENT: Direction = Direction::DeviceToServer;
const DOWNLOAD: &[Clause] = &[Clause { document: FUMO_TEXT, section: "Alternate Download" }];

pub(super) static AGREES: Rule = Rule {
    id: "DLO-007",
    name: "download-report-contradicts-alert",
    title: "The report of a download and the alert of the operation agree",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    clause: DOWNLOAD,
    what: "The alert that tells of the end of an operation does not say success where the last report of its download has the code of a failure, and \
           not that the address is bad (FUMO 411) or the download failed (SCOMO 1402) where the report is 900. Where something was fetched after the report, or lost, nobody can say.",
    why: "One of the two servers is told something wrong.",
    mend: "Report the same end to both.",
    pass: &[GOOD],
    violate: &[
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download POST http://dl.example.com/done send=\"901 Insufficient memory\"\n"
        )),
        fetched!(
            concat!(
                described!("type=application/octet-stream size=200"),
                "download GET http://dl.example.com/fw.bin size=200\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n"
            ),
            "411"
        ),
    ],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(agrees),
    ..SEEN
};

fn agrees(session: &Session, cx: &mut Cx<'_>) {
    if session.downloads.is_empty() {
        return;
    }
    for story in objects::stories(session) {
        let (Some(ended), Some(download)) = (story.ended, story.download) else { continue };
        let Some(download) = session.downloads.get(download) else { continue };
        let Some(last) = download.fetches.iter().rposition(|fetch| fetch.report().is_some()) else { continue };
        let goes_on = download.fetches.iter().skip(last).any(|fetch| fetch.purpose != Purpose::Report)
            || download.fetches.iter().any(|fetch| fetch.after_loss);
        let Some((fetch, report)) = download.fetches.get(last).and_then(|fetch| Some((fetch, fetch.report()?))) else {
            continue;
        };
        if goes_on || download.shortened || report.known().is_none() {
            continue;
        }
        let object = story.object;
        let is_failed_download =
            |code: u16| object == Some(&FUMO) && code == 411 || object == Some(&SCOMO) && code == 1402;
        let at = At { entry: ended.entry, command: ended.command, node: None };
        let occasion = cx.occasion_against(CLIENT, at);
        let seen = |code: u16| format!("{code} in the alert, and {} in {}", quoted(&report.line), place(fetch));
        match story.outcome {
            Outcome::Succeeded(code) if !report.is_success() => occasion.violated(seen(code), "the code of a failure"),
            Outcome::Failed(code) if report.is_success() && is_failed_download(code) => {
                occasion.violated(seen(code), "another code than that of a failed download");
            }
            _ => {}
        }
    }
}

pub(super) static ADDRESS: Rule = Rule {
    id: "DLO-008",
    name: "download-from-elsewhere",
    title: "The first request of a download goes to PkgURL",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    clause: DOWNLOAD,
    what: "Behind an Exec that was accepted with 202, the first thing that the device fetches of a download is what PkgURL leads to. Violated where it \
           gets a download descriptor from another address, while that is the one PkgURL that was written and nothing was fetched from it. Addresses \
           are the same where RFC 3986 (section 6.2.2) says so, however they are spelled. Undecided behind octets that are missing.",
    why: "What is installed need not be what the server meant.",
    mend: "Fetch what PkgURL names; follow redirects from there.",
    pass: &[
        GOOD,
        fetched!(
            "download GET http://dl.example.com/fw.dd status=302 location=http://cdn.example.com/1\n\
                  download GET http://cdn.example.com/1 size=200\n"
        ),
        // The same address, written in another way.
        fetched!(
            "download GET http://DL.example.com.:80/a/../%66w%2Edd\n type=application/octet-stream size=200 objectURI=fw.bin\n"
        ),
    ],
    violate: &[fetched!(
        "download GET http://dl.example.com/old.dd\n type=application/octet-stream size=200 objectURI=http://dl.example.com/old.bin\n"
    )],
    not_applicable: &[ALONE],
    check: Check::Session(address),
    ..SEEN
};

fn address(session: &Session, cx: &mut Cx<'_>) {
    for download in session.downloads.iter().filter(|download| download.told == 0) {
        let Some(first) = download.fetches.first() else { continue };
        if !operation::known(session, cx.past(), EntryId(u32::MAX))
            .iter()
            .any(|exec| exec.accepted == Some(true) && exec.frame < first.frame && is_for(exec.uri, download))
        {
            continue;
        }
        let occasion = of(cx, CLIENT);
        if first.purpose == Purpose::Elsewhere && first.after_loss {
            occasion.undecided(Reason::MessageLost);
        } else if first.purpose == Purpose::Elsewhere {
            let seen = format!("{} in {}", quoted(&first.url), place(first));
            occasion.violated(seen, quoted(&download.url));
        }
    }
}

/// Whether an Exec starts the operation that an address was written for.
fn is_for(exec: &str, download: &Download) -> bool {
    let parents = download.nodes.iter().filter_map(|node| Some(node.rsplit_once('/')?.0));
    let is_at = |parent: &str| compare_uris(exec, parent) != UriMatch::Different || is_below(exec, parent);
    parents.into_iter().any(is_at)
}
