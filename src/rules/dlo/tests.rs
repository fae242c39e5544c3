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
fn behind_octets_that_are_missing_nobody_can_say_what_belongs_together() {
    // On the connection of the object another descriptor may have come in between.
    let lost = fetched!(concat!(
        described!("DDVersion=9.0 type=application/octet-stream size=100"),
        "download GET http://dl.example.com/fw.dd lost\n\
         download GET http://dl.example.com/fw.bin size=200 type=text/html\n\
         download POST http://dl.example.com/done send=\"901 Insufficient memory\"\n"
    ));
    check(&descriptor::VERSION, &[(lost, &[])]);
    let lost = fetched!(concat!(
        described!("type=application/x-delta size=100"),
        "download GET http://dl.example.com/fw.dd lost\n\
         download GET http://dl.example.com/fw.bin size=200 type=text/html\n\
         download POST http://dl.example.com/done send=\"901 Insufficient memory\"\n"
    ));
    for rule in [&descriptor::SIZE, &descriptor::TYPE, &operation::AGREES] {
        check(rule, &[(lost, &[])]);
    }
    let elsewhere = fetched!(
        "download GET http://other.example.com/x lost\ndownload GET http://dl.example.com/old.dd\n \
         type=application/octet-stream size=200 objectURI=http://dl.example.com/old.bin\n"
    );
    check(&operation::ADDRESS, &[(elsewhere, &[])]);
    let twice = fetched!(concat!(
        described!("type=application/octet-stream size=200"),
        "download GET http://dl.example.com/fw.bin size=200\n\
         download POST http://dl.example.com/done send=\"900 Success\"\n\
         download GET http://dl.example.com/fw.bin lost\n\
         download POST http://dl.example.com/done send=\"900 Success\"\n"
    ));
    check(&report::ONCE, &[(twice, &[])]);
    // Two lengths in one head: either may be meant.
    let doubtful = fetched!(concat!(
        described!("type=application/octet-stream size=100"),
        "download GET http://dl.example.com/fw.bin size=200 length=200 header=\"Content-Length: 100\"\n"
    ));
    check(&descriptor::SIZE, &[(doubtful, &[])]);
}

#[test]
fn addresses_are_held_against_one_another_whatever_their_spelling() {
    // `%2F` is no slash.
    let other = fetched!(
        "download GET http://dl.example.com/%2Ffw.dd\n type=application/octet-stream size=200 objectURI=fw.bin\n"
    );
    check(&operation::ADDRESS, &[(other, &[Severity::Info])]);
    // The object of a descriptor, by a relative address; its size does not fit.
    let relative = fetched!(concat!(
        "download GET http://dl.example.com/fw.dd\n type=application/octet-stream size=100 objectURI=x/../%66w.bin\n",
        "download GET http://DL.example.com:80/fw.bin size=200\n"
    ));
    check(&descriptor::SIZE, &[(relative, &[Severity::Warning])]);
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
