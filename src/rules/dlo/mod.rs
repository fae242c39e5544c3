//! OMA Download, with which firmware and software is fetched: requirements `DLO-001` to `DLO-010`.
//!
//! A download is judged with the session that it is given to ([`Session::downloads`]): findings stand at the first message of that
//! session, and name the frame of the request. [`descriptor`] looks at descriptors and what is fetched by them, [`report`] at
//! reports, [`operation`] at the operation that a download belongs to.

mod descriptor;
mod operation;
mod report;
#[cfg(test)]
mod tests;

use super::cx::{Cx, Occasion};
use super::finding::At;
use super::rule::{Check, Clause, Family, Judged, LeftOut, Level, Rule, Scope, Source};
use crate::base::{Direction, Severity};
use crate::dm::{Download, EntryId, Fetch, Session};

const TEXT: &str = "OMA-Download-OTA-V1_0";
const DESCRIPTOR: &[Clause] = &[Clause { document: TEXT, section: "Download Descriptor" }];
const REPORT: &[Clause] = &[Clause { document: TEXT, section: "Installation Notification" }];

pub(super) static FAMILY: Family = Family {
    letters: "DLO",
    title: "OMA Download",
    rules: &[
        &descriptor::ROOT,
        &descriptor::COMPLETE,
        &descriptor::SIZE,
        &descriptor::VERSION,
        &report::CODE,
        &report::ONCE,
        &operation::AGREES,
        &operation::ADDRESS,
        &descriptor::TYPE,
    ],
    left_out: &[LeftOut {
        id: "DLO-009",
        title: "PkgURL may give the package itself, without a descriptor",
        why: "It allows something: there is nothing to violate.",
    }],
    ..Family::NONE
};

/// What the rules of this family share.
const SEEN: Rule = Rule {
    level: Level::Must,
    severity: Severity::Warning,
    strict: Severity::Warning,
    judged: Judged::Server,
    scope: Scope::CrossSession,
    source: Source::Memory,
    clause: DESCRIPTOR,
    check: Check::Session(|_, _| {}),
    ..Rule::MUST
};

/// A session that asks for a download, these requests, and the session after it, whose alert has this code.
macro_rules! fetched {
    ($requests:expr) => {
        fetched!($requests, "200")
    };
    ($requests:expr, $code:literal) => {
        concat!(
            "session session=1\n",
            $crate::rules::sta::common::package_1!(),
            "server\n Status SyncHdr 200\n Status * 200\n Replace ./F/Download/PkgURL=http://dl.example.com/fw.dd\n \
             Exec ./F/Download correlator=c1\ndevice\n Status SyncHdr 200\n Status Replace 200\n Status Exec 202\n\
             server\n Status SyncHdr 200\n",
            $requests,
            "session session=2\ndevice\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:004400112233445 ./DevInfo/Man=Example \
             ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en\n Alert 1226 source=./F \
             type=org.openmobilealliance.dm.firmwareupdate.download format=int correlator=c1 data=",
            $code,
            "\nserver\n Status SyncHdr 200\n Status * 200\n"
        )
    };
}
use fetched;

/// A descriptor behind PkgURL with these elements before those that every one has, then these requests.
macro_rules! described {
    ($elements:literal) => {
        concat!(
            "download GET http://dl.example.com/fw.dd\n ",
            $elements,
            " objectURI=http://dl.example.com/fw.bin installNotifyURI=http://dl.example.com/done\n"
        )
    };
}
use described;

/// A download as it should be.
const GOOD: &str = fetched!(concat!(
    described!("type=application/octet-stream size=200"),
    "download GET http://dl.example.com/fw.bin size=200\n\
     download POST http://dl.example.com/done send=\"900 Success\"\n"
));
/// A package without a descriptor.
const DIRECT: &str = fetched!("download GET http://dl.example.com/fw.dd size=200\n");
/// A session that no download belongs to.
const ALONE: &str = super::sta::common::ONE_GET;

/// The first message of a session.
const FIRST: At = At { entry: EntryId(0), command: None, node: None };

/// Something that one side is judged by for a download.
fn of<'c, 's>(cx: &'c mut Cx<'s>, judged: Direction) -> Occasion<'c, 's> {
    cx.occasion_against(judged, FIRST)
}

/// The requests of downloads that the session was given, each with its download.
fn requests(session: &Session) -> impl Iterator<Item = (&Download, &Fetch)> {
    session.downloads.iter().flat_map(|download| download.fresh().iter().map(move |fetch| (download, fetch)))
}

/// Where a request was seen, for the text of a finding.
fn place(fetch: &Fetch) -> String {
    format!("the request of frame {}", fetch.frame)
}
