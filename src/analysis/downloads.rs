//! Downloads of a session, as the report shows them.

use crate::dm::{Completeness, Download, Fetch, FetchContent, Purpose, Session};
use crate::verdict::{DownloadReport, FetchReport, clip};

/// The rows of a session: of each download what no earlier session has.
pub(super) fn report(session: &Session, input: Option<u32>) -> Vec<DownloadReport<'_>> {
    session.downloads.iter().map(|download| one(download, input)).collect()
}

fn one(download: &Download, input: Option<u32>) -> DownloadReport<'_> {
    DownloadReport {
        input,
        nodes: download.nodes.iter().map(|node| clip(node)).collect(),
        url: clip(&download.url),
        asked_in: clip(&download.session_id),
        summary: download.summary().into(),
        requests: download.fresh().iter().map(request).collect(),
    }
}

fn request(fetch: &Fetch) -> FetchReport<'_> {
    let purpose = match fetch.purpose {
        Purpose::Package => "package",
        Purpose::Object => "object",
        Purpose::Report => "report",
        Purpose::Elsewhere => "elsewhere",
    };
    FetchReport {
        frame: fetch.frame.get(),
        time: fetch.time.into(),
        purpose: purpose.into(),
        method: clip(&fetch.method),
        url: clip(&fetch.url),
        status: fetch.status,
        media: fetch.media.as_deref().map(clip),
        declared: fetch.declared,
        received: fetch.received,
        complete: match fetch.completeness {
            Completeness::Whole => Some(true),
            Completeness::Short => Some(false),
            Completeness::Unknown => None,
        },
        holds: match &fetch.content {
            FetchContent::Nothing => None,
            FetchContent::Descriptor(descriptor) => Some(clip(&descriptor.summary()).into_owned().into()),
            FetchContent::Report(report) => Some(clip(&report.line)),
        },
    }
}
