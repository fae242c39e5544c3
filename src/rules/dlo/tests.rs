//! What the examples do not show.

use super::*;
use crate::rules::proof::{check, sessions};

#[test]
fn what_is_not_known_of_an_object_accuses_nobody() {
    check(
        &descriptor::SIZE,
        &[
            // Broken off by the capture, coded, or of another descriptor.
            (
                fetched!(concat!(
                    described!("type=application/octet-stream size=100"),
                    "download GET http://dl.example.com/fw.bin size=50 length=100\n"
                )),
                &[],
            ),
            (
                fetched!(concat!(
                    described!("type=application/octet-stream size=100"),
                    "download GET http://dl.example.com/fw.bin size=50 header=\"Content-Encoding: br\"\n"
                )),
                &[],
            ),
            (
                fetched!(concat!(
                    described!("DDVersion=2.0 type=application/octet-stream size=100"),
                    "download GET http://dl.example.com/fw.bin size=50\n"
                )),
                &[],
            ),
            (
                fetched!(concat!(
                    described!("type=application/octet-stream size=100"),
                    "download GET http://dl.example.com/fw.bin unanswered\n"
                )),
                &[],
            ),
        ],
    );
}

#[test]
fn reports_of_attempts_are_reports_of_their_own() {
    let again = fetched!(concat!(
        described!("type=application/octet-stream size=200"),
        "download POST http://dl.example.com/done send=\"903 Loss of Service\"\n",
        "download GET http://dl.example.com/fw.bin size=200\n\
         download POST http://dl.example.com/done send=\"900 Success\"\n"
    ));
    check(&report::ONCE, &[(again, &[])]);
    let vendor = fetched!(concat!(
        described!("type=application/octet-stream size=200"),
        "download POST http://dl.example.com/done send=\"404 Not here\"\n"
    ));
    check(&report::CODE, &[(vendor, &[Severity::Info])]);
    // Where the object was fetched is not in the capture.
    let unseen = fetched!(concat!(
        described!("type=application/octet-stream size=200"),
        "download GET http://dl.example.com/fw.bin lost\ndownload POST http://dl.example.com/done send=\"900 Success\"\n"
    ));
    check(&report::ONCE, &[(unseen, &[])]);
}

#[test]
fn a_download_belongs_to_the_session_after_it() {
    let given: Vec<usize> = sessions(GOOD).iter().map(|session| session.downloads.len()).collect();
    assert_eq!(given, [0, 1]);
    let stories = crate::objects::stories(&sessions(GOOD)[1]);
    let lines: Vec<String> = stories.iter().map(crate::objects::Story::text).collect();
    assert_eq!(
        lines,
        [
            "firmware download of ./F (begun in session 1): accepted, downloaded (descriptor, 200 octets, reported 900 Success), \
          downloaded (200 success)"
        ]
    );
}
