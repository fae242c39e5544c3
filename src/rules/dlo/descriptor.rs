//! Descriptors, and what is fetched by them: DLO-001 to DLO-004, DLO-010.

use super::{ALONE, DIRECT, GOOD, SEEN, described, fetched, of, place, requests};
use crate::base::{Direction, Severity};
use crate::dm::{Completeness, Descriptor, Fetch, MediaObject, Report, Session};
use crate::download::is_descriptor_type;
use crate::rules::cx::Cx;
use crate::rules::finding::Reason;
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Judged, Rule, Source};

const SERVER: Direction = Direction::ServerToDevice;

/// The descriptor of a request that could be read to its end, where its rules are those of version 1.
fn readable(fetch: &Fetch) -> Option<(&Descriptor, &MediaObject)> {
    let descriptor = fetch.descriptor().filter(|descriptor| descriptor.whole && descriptor.is_media())?;
    match descriptor.objects.as_slice() {
        [object] if descriptor.major() == "1" => Some((descriptor, object)),
        _ => None,
    }
}

pub(super) static ROOT: Rule = Rule {
    id: "DLO-001",
    name: "download-descriptor-root",
    title: "A download descriptor is known by its media type and its root",
    source: Source::Code,
    what: "A whole answer to a request of a download with the media type of a download descriptor is XML whose root is media, in whatever \
           name space. Undecided where the document cannot be read to its end.",
    why: "The device does not find what it is to fetch.",
    mend: "Send the document under its own type, with the root media.",
    pass: &[GOOD],
    violate: &[fetched!("download GET http://dl.example.com/fw.dd root=download\n size=200\n")],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(root),
    ..SEEN
};

fn root(session: &Session, cx: &mut Cx<'_>) {
    for (_, fetch) in requests(session) {
        let Some(descriptor) = fetch.descriptor() else { continue };
        if !fetch.media.as_deref().is_some_and(is_descriptor_type) || fetch.completeness != Completeness::Whole {
            continue;
        }
        let occasion = of(cx, SERVER);
        if !descriptor.whole || descriptor.root.is_empty() {
            occasion.undecided(Reason::Undecodable);
        } else if !descriptor.is_media() {
            let seen = format!("the root {} in the answer to {}", quoted(&descriptor.root), place(fetch));
            occasion.violated(seen, "the root media");
        }
    }
}

pub(super) static COMPLETE: Rule = Rule {
    id: "DLO-002",
    name: "download-descriptor-incomplete",
    title: "A download descriptor has type, size and objectURI",
    what: "A download descriptor of version 1 that could be read to its end has at least one type, a size and an objectURI, none of them empty.",
    why: "The device cannot know what it fetches, whether it has room for it, or where it is.",
    mend: "Add the element.",
    pass: &[GOOD],
    violate: &[fetched!("download GET http://dl.example.com/fw.dd\n type=application/octet-stream size=200\n")],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(complete),
    ..SEEN
};

fn complete(session: &Session, cx: &mut Cx<'_>) {
    for (_, fetch) in requests(session) {
        let Some((_, object)) = readable(fetch) else { continue };
        let has = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        let parts = [
            ("type", object.types.iter().any(|kind| !kind.is_empty())),
            ("size", has(object.size.as_deref())),
            ("objectURI", has(object.uri.as_deref())),
        ];
        let missing: Vec<&str> = parts.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect();
        let occasion = of(cx, SERVER);
        if !missing.is_empty() {
            let seen = format!("no {} in the descriptor that answers {}", missing.join(", no "), place(fetch));
            occasion.violated(seen, "type, size and objectURI");
        }
    }
}

pub(super) static SIZE: Rule = Rule {
    id: "DLO-003",
    name: "download-size-differs",
    title: "The object has the size that its descriptor gives",
    what: "The size in a download descriptor of version 1 is a number above 0; and where the object was answered whole with 200 and without a \
           content coding, or in ranges whose Content-Range tells the whole, it has that many octets. Not where the device reported 905. \
           Undecided where octets before or in the answer are missing from the capture, or its framing leaves doubt: it may be the \
           answer to another request, or belong to another descriptor.",
    why: "A device that holds the object against its descriptor refuses it after the whole of it was transferred.",
    mend: "Write the size of the object, in octets, into the descriptor.",
    pass: &[
        GOOD,
        fetched!(
            concat!(
                described!("type=application/octet-stream size=100"),
                "download GET http://dl.example.com/fw.bin size=200\n\
             download POST http://dl.example.com/done send=\"905 Attribute mismatch\"\n"
            ),
            "410"
        ),
    ],
    violate: &[
        fetched!(concat!(
            described!("type=application/octet-stream size=100"),
            "download GET http://dl.example.com/fw.bin size=200\n\
             download POST http://dl.example.com/done send=\"900 Success\"\n"
        )),
        fetched!(concat!(
            described!("type=application/octet-stream size=100"),
            "download GET http://dl.example.com/fw.bin size=50 status=206 range=\"bytes 0-49/200\"\n"
        )),
        fetched!(described!("type=application/octet-stream size=large")),
    ],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(size),
    ..SEEN
};

fn size(session: &Session, cx: &mut Cx<'_>) {
    for (download, fetch) in requests(session) {
        if let Some(size) =
            readable(fetch).and_then(|(_, object)| object.size.as_deref()).filter(|size| !size.is_empty())
        {
            let is_number = size.bytes().all(|octet| octet.is_ascii_digit());
            let is_positive = is_number && size.bytes().any(|octet| octet != b'0');
            let occasion = of(cx, SERVER);
            if !is_positive {
                let seen = format!("size {} in the descriptor that answers {}", quoted(size), place(fetch));
                occasion.violated(seen, "a number of octets above 0");
            }
        }
        let Some(octets) = fetch.object_size() else { continue };
        let Some((descriptor, object)) = download.described(fetch) else { continue };
        let Some(size) = object.octets().filter(|_| descriptor.major() == "1") else { continue };
        let is_told = download.reported().and_then(|report| report.code) == Some(Report::ATTRIBUTE_MISMATCH);
        let occasion = of(cx, SERVER);
        if octets != size && download.has_losses_before(fetch) {
            occasion.undecided(Reason::MessageLost);
        } else if octets != size && !is_told {
            let seen = format!("{octets} octets in the answer to {}, size {size} in its descriptor", place(fetch));
            occasion.violated(seen, format!("{size} octets"));
        }
    }
}

pub(super) static VERSION: Rule = Rule {
    id: "DLO-004",
    name: "download-version-accepted",
    title: "A descriptor whose version is not known is refused",
    judged: Judged::Client,
    severity: Severity::Info,
    strict: Severity::Info,
    what: "Where a download descriptor has a DDVersion of another major version than 1 or 2, the device's report has the code 951. Undecided where \
           no report was captured, or something was lost before it.",
    why: "The device goes by a document that it cannot understand.",
    mend: "Report 951, and fetch nothing.",
    pass: &[
        fetched!(concat!(
            described!("DDVersion=1.0 type=application/octet-stream size=200"),
            "download GET http://dl.example.com/fw.bin size=200\n"
        )),
        fetched!(
            concat!(
                described!("DDVersion=9.0 type=application/octet-stream size=200"),
                "download POST http://dl.example.com/done send=\"951 Invalid DDVersion\"\n"
            ),
            "410"
        ),
    ],
    violate: &[fetched!(concat!(
        described!("DDVersion=9.0 type=application/octet-stream size=200"),
        "download GET http://dl.example.com/fw.bin size=200\n\
         download POST http://dl.example.com/done send=\"900 Success\"\n"
    ))],
    not_applicable: &[ALONE, DIRECT, GOOD],
    check: Check::Session(version),
    ..SEEN
};

fn version(session: &Session, cx: &mut Cx<'_>) {
    for (download, fetch) in requests(session) {
        let Some(descriptor) = fetch.descriptor().filter(|descriptor| descriptor.whole && descriptor.is_media()) else {
            continue;
        };
        let Some(version) = descriptor.version.as_deref() else { continue };
        let occasion = of(cx, Direction::DeviceToServer);
        if matches!(descriptor.major(), "1" | "2") {
            continue;
        }
        match download.reported() {
            None => occasion.undecided(Reason::NotVisible),
            Some(report) if report.code == Some(Report::INVALID_VERSION) => {}
            Some(_) if download.fetches.iter().any(|fetch| fetch.after_loss) => {
                occasion.undecided(Reason::MessageLost);
            }
            Some(report) => {
                let version = quoted(version);
                let seen = format!("the report {} after DDVersion {version} in {}", quoted(&report.line), place(fetch));
                occasion.violated(seen, "951");
            }
        }
    }
}

pub(super) static TYPE: Rule = Rule {
    id: "DLO-010",
    name: "download-type-differs",
    title: "The object has one of the types that its descriptor names",
    what: "Where an object was answered with 200 or 206 and a Content-Type, that is one of the types in its download descriptor of version 1, \
           whatever its parameters and the case of its letters. Undecided where octets before or in the answer are missing from the \
           capture.",
    why: "A device that goes by Content-Type refuses the object.",
    mend: "Let the server of the object send the type that the descriptor names, or name that type.",
    pass: &[
        GOOD,
        fetched!(concat!(
            described!("type=application/x-delta size=200"),
            "download GET http://dl.example.com/fw.bin size=200 type=\"Application/x-delta; v=1\"\n"
        )),
    ],
    violate: &[fetched!(concat!(
        described!("type=application/x-delta size=200"),
        "download GET http://dl.example.com/fw.bin size=200 type=text/html\n"
    ))],
    not_applicable: &[ALONE, DIRECT],
    check: Check::Session(kind),
    ..SEEN
};

fn kind(session: &Session, cx: &mut Cx<'_>) {
    for (download, fetch) in requests(session) {
        if !fetch.is_for_object() || !matches!(fetch.status, Some(200 | 206)) {
            continue;
        }
        let (Some(media), Some((descriptor, object))) = (fetch.media.as_deref(), download.described(fetch)) else {
            continue;
        };
        // Ranges of a multipart answer carry their types inside.
        if descriptor.major() != "1" || object.types.is_empty() || media.is_empty() || media.starts_with("multipart/") {
            continue;
        }
        let essence = |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let occasion = of(cx, SERVER);
        let fits = object.types.iter().any(|kind| essence(kind) == media);
        if !fits && download.has_losses_before(fetch) {
            occasion.undecided(Reason::MessageLost);
        } else if !fits {
            let types: Vec<&str> = object.types.iter().take(4).map(String::as_str).collect();
            let seen = format!("Content-Type {} in the answer to {}", quoted(media), place(fetch));
            occasion.violated(seen, quoted(&types.join(", ")));
        }
    }
}
