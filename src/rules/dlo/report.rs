//! Reports on downloads: DLO-005, DLO-006.

use super::{ALONE, DIRECT, GOOD, REPORT, SEEN, described, fetched, of, place, requests};
use crate::base::{Direction, Severity};
use crate::dm::{Download, Fetch, Purpose, Session};
use crate::download::same_place;
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Judged, Rule, Source};

const CLIENT: Direction = Direction::DeviceToServer;

pub(super) static CODE: Rule = Rule {
    id: "DLO-005",
    name: "download-report-code",
    title: "The report of a download begins with a status code",
    judged: Judged::Client,
    source: Source::Code,
    clause: REPORT,
    what: "The body of a POST to the installNotifyURI of a descriptor that was captured begins with a code of the specification, 900 to 903, 905, 906 \
           or 951 to 954; codes 400 to 499, which some devices send, are a remark. A descriptor of version 2.0 may ask for other codes: there any three \
           digits will do. Undecided where the body is too long to be looked at.",
    why: "The server does not know how the download ended.",
    mend: "Begin the body with the code and its words: 900 Success.",
    pass: &[GOOD],
    violate: &[
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download POST http://dl.example.com/done send=OK\n"
        )),
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download POST http://dl.example.com/done send=\"999 Foo\"\n"
        )),
    ],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(code),
    ..SEEN
};

fn code(session: &Session, cx: &mut Cx<'_>) {
    let posts = requests(session).filter(|(_, fetch)| fetch.purpose == Purpose::Report && fetch.method == "POST");
    for (download, fetch) in posts {
        let occasion = of(cx, CLIENT);
        let Some(report) = fetch.report() else {
            occasion.undecided(Reason::NotVisible);
            continue;
        };
        let seen = || format!("{} in {}", quoted(&report.line), place(fetch));
        match (report.known(), report.code) {
            (Some(_), _) => {}
            (None, Some(_)) if !is_first_version(download) => {}
            (None, Some(400..=499)) => occasion.violated_as(Severity::Info, seen(), "a code from 900 on"),
            (None, _) => occasion.violated(seen(), "a code of the specification"),
        }
    }
}

pub(super) static ONCE: Rule = Rule {
    id: "DLO-006",
    name: "download-reported-wrongly",
    title: "A download is reported once, and success only when it is complete",
    judged: Judged::Client,
    clause: REPORT,
    what: "A report on a download is not followed by another one to the same address, where the first was answered with success and nothing was \
           fetched in between (a remark: the second may be that of another device behind the same address); and 900 is not reported where every request for the one object of a descriptor of version 1.0 was answered 403, 404, 410 or 500. \
           Undecided where no request for the object was captured, where one failed otherwise (the device may have gone on elsewhere), where the \
           object was fetched more than once (several devices may stand behind one address), where something before the report is missing, and where several downloads are reported to one address.",
    why: "The server counts a download twice, or as one that never was.",
    mend: "Report once, when it is known how the download ended.",
    pass: &[
        GOOD,
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download GET http://dl.example.com/fw.bin size=200\n\
             download POST http://dl.example.com/done send=\"900 Success\" status=503\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n"
        )),
    ],
    violate: &[
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download GET http://dl.example.com/fw.bin size=200\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n"
        )),
        fetched!(concat!(
            described!("type=application/octet-stream size=200"),
            "download GET http://dl.example.com/fw.bin status=404\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n"
        )),
    ],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(once),
    ..SEEN
};

fn once(session: &Session, cx: &mut Cx<'_>) {
    for (download, fetch) in requests(session) {
        let Some(report) = fetch.report().filter(|report| report.code.is_some()) else { continue };
        let before = || download.fetches.iter().take_while(|other| !std::ptr::eq(*other, fetch));
        let occasion = of(cx, CLIENT);
        if let Some(first) = reported_before(download, fetch) {
            if download.has_losses_before(fetch) {
                occasion.undecided(Reason::MessageLost);
                continue;
            }
            if may_be_of_another(session, download, fetch) {
                occasion.undecided(Reason::NotVisible);
                continue;
            }
            let seen = format!("a report in {}, after that of frame {}", place(fetch), first.frame);
            // Another device behind the same address may have fetched it where nobody saw.
            occasion.violated_as(Severity::Info, seen, "one report");
            continue;
        }
        if !report.is_success() {
            continue;
        }
        let objects: Vec<&Fetch> = before().filter(|other| other.purpose == Purpose::Object).collect();
        let came = |object: &&Fetch| matches!(object.status, Some(200..=399));
        if objects.iter().any(came) {
            occasion.held();
        } else if objects.is_empty()
            || download.shortened
            || download.has_losses_before(fetch)
            || !is_first_version(download)
            || !objects.iter().all(|object| failed(object))
            || may_be_of_another(session, download, fetch)
        {
            occasion.undecided(Reason::NotVisible);
        } else {
            let last = objects.last().map_or(fetch.frame, |last| last.frame);
            let seen =
                format!("900 in {}; the object did not come, at last in the answer of frame {last}", place(fetch));
            occasion.violated(seen, "the code of a failure");
        }
    }
}

/// Whether a request for an object brought none, and the same one again would not.
fn failed(fetch: &Fetch) -> bool {
    matches!(fetch.status, Some(403 | 404 | 410 | 500)) && fetch.method == "GET"
}

/// Whether all descriptors of a download are of version 1, with one object.
fn is_first_version(download: &Download) -> bool {
    let mut all = download.fetches.iter().filter_map(Fetch::descriptor);
    all.all(|descriptor| descriptor.major() == "1" && descriptor.objects.len() <= 1)
}

/// Whether a report may be of something else: of another download that is reported to the same address, or of another device
/// behind the same address of the network, which fetched the same.
fn may_be_of_another(session: &Session, download: &Download, fetch: &Fetch) -> bool {
    let place = same_place(&fetch.url);
    let reports_there = |other: &&Download| {
        let objects = other.fetches.iter().filter_map(Fetch::descriptor).flat_map(|descriptor| &descriptor.objects);
        objects.filter_map(|object| object.notify.as_deref()).any(|notify| same_place(notify) == place)
    };
    let times = |purpose: Purpose| {
        let came = |one: &&Fetch| one.purpose == purpose && one.status == Some(200) && one.method == "GET";
        download.fetches.iter().filter(came).count()
    };
    session.downloads.iter().filter(reports_there).count() > 1
        || times(Purpose::Package) > 1
        || times(Purpose::Object) > 1
}

/// The report before another one to the same address that was accepted, where nothing was fetched in between. Of several objects,
/// each has its own.
fn reported_before<'d>(download: &'d Download, fetch: &Fetch) -> Option<&'d Fetch> {
    let of_one = |other: &Fetch| other.descriptor().is_none_or(|descriptor| descriptor.objects.len() <= 1);
    if !download.fetches.iter().all(of_one) {
        return None;
    }
    let place = same_place(&fetch.url)?;
    let at = download.fetches.iter().position(|other| std::ptr::eq(other, fetch))?;
    let before = download.fetches.get(..at)?.iter().rev();
    let mut reports = before.take_while(|other| other.purpose == Purpose::Report);
    reports.find(|other| {
        let has_code = other.report().is_some_and(|report| report.code.is_some());
        has_code && other.is_accepted() && same_place(&other.url).as_deref() == Some(&place)
    })
}
