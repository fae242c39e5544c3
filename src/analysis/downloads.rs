//! Downloads of a session, as the report shows them.

use crate::dm::{Completeness, Descriptor, Download, Fetch, FetchContent, Purpose, Report, Session};
use crate::verdict::{DescriptorField, DownloadReport, FetchReport, clip};

/// The rows of a session: of each download what no earlier session has.
pub(super) fn report(session: &Session, input: Option<u32>) -> Vec<DownloadReport<'_>> {
    session.downloads.iter().chain(&session.uploads).map(|download| one(download, input)).collect()
}

fn one(download: &Download, input: Option<u32>) -> DownloadReport<'_> {
    let coverage = download.coverage();
    DownloadReport {
        input,
        nodes: download.nodes.iter().map(|node| clip(node)).collect(),
        url: clip(&download.url),
        asked_in: clip(&download.session_id),
        summary: download.summary().into(),
        received: coverage.map(|coverage| coverage.received),
        size: coverage.and_then(|coverage| coverage.size),
        complete: coverage.and_then(|coverage| coverage.whole),
        requests: download.fresh().iter().map(request).collect(),
    }
}

fn request(fetch: &Fetch) -> FetchReport<'_> {
    let purpose = match fetch.purpose {
        Purpose::Package => "package",
        Purpose::Object => "object",
        Purpose::Report => "report",
        Purpose::Upload => "upload",
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
        sent: (fetch.purpose == Purpose::Upload).then_some(fetch.sent),
        complete: match fetch.completeness {
            Completeness::Whole => Some(true),
            Completeness::Short => Some(false),
            Completeness::Unknown => None,
        },
        range: fetch.range.map(|(first, last)| {
            let total = fetch.total.map_or_else(|| "*".to_owned(), |total| total.to_string());
            format!("{first}-{last}/{total}").into()
        }),
        more: fetch.more,
        descriptor: fetch.descriptor().map(fields).unwrap_or_default(),
        meaning: fetch.report().and_then(Report::known).map(|known| known.meaning.into()),
        holds: match &fetch.content {
            FetchContent::Nothing => None,
            FetchContent::Descriptor(descriptor) => Some(clip(&descriptor.summary()).into_owned().into()),
            FetchContent::Report(report) => Some(clip(&report.line)),
        },
    }
}

/// The fields of a descriptor, each with the name of its element.
fn fields(descriptor: &Descriptor) -> Vec<DescriptorField<'_>> {
    let mut fields = Vec::new();
    let mut add = |name: &'static str, value: Option<&str>| {
        if let Some(value) = value {
            fields.push(DescriptorField { name: name.into(), value: clip(value).into_owned().into() });
        }
    };
    add("DDVersion", descriptor.version.as_deref());
    add("name", descriptor.name.as_deref());
    add("vendor", descriptor.vendor.as_deref());
    for object in &descriptor.objects {
        object.types.iter().for_each(|kind| add("type", Some(kind)));
        add("size", object.size.as_deref());
        add("objectURI", object.uri.as_deref());
        add("installNotifyURI", object.notify.as_deref());
    }
    fields
}
