use super::super::proof::check;
use super::{PLAIN, exchange, framing, media, reply, request, secure};
use crate::base::Severity::{Error, Info, Warning};

#[test]
fn a_request_in_clear_is_found_only_where_tls_cannot_have_ended_before() {
    check(
        &secure::IN_CLEAR,
        &[
            (exchange!("server=http://dm.example.com/dm", "header=\"Via: 1.1 gateway\"", ""), &[]),
            (exchange!("server=http://dm.example.com/dm version=1.1", "", ""), &[]),
            (exchange!("server=http://dm.example.com/dm", "tls", ""), &[]),
            (exchange!("server=srv1", "", ""), &[]),
        ],
    );
}

#[test]
fn types_of_data_synchronisation_are_let_off_lightly() {
    check(
        &media::REQUEST_TYPE,
        &[
            (exchange!("", "type=application/vnd.syncml+xml", ""), &[Warning]),
            (exchange!("", "type=application/xml", ""), &[Error]),
            (exchange!("", "noheader=Content-Type", ""), &[Error]),
        ],
    );
    check(&media::RESPONSE_TYPE, &[(exchange!("", "", "type=application/vnd.syncml+wbxml"), &[Warning])]);
}

#[test]
fn one_charset_has_several_names() {
    let declared = "    patch \"<SyncML \" => \"<?xml version='1.0' encoding='ISO-8859-1'?><SyncML \"\n";
    let with = |charset: &str| {
        format!("device type=\"application/vnd.syncml.dm+xml; charset={charset}\"\n    Alert 1201\n{declared}")
    };
    check(
        &media::CHARSET,
        &[
            (&with("latin1"), &[]),
            (&with("ISO-8859-1"), &[]),
            (&with("utf-8"), &[Warning]),
            (exchange!("", "type=\"application/vnd.syncml.dm+xml; charset=iso-8859-1\"", ""), &[]),
            (exchange!("", "type=\"application/vnd.syncml.dm+xml; charset=UTF-16\"", ""), &[Warning]),
            (&with("utf-16"), &[Warning]),
        ],
    );
}

#[test]
fn the_answer_goes_by_accept_and_by_the_request() {
    let only_wbxml = "header=\"Accept: application/vnd.syncml.dm+wbxml\"";
    let script = |device: &str, server: &str| {
        format!("device {device}\n    Alert 1201\nserver {server}\n    Status SyncHdr 200\n    Status Alert 200\n")
    };
    check(
        &media::OTHER_ENCODING,
        &[
            (&script(only_wbxml, "encoding=wbxml"), &[]),
            (&script("header=\"Accept: */*\"", "encoding=wbxml"), &[Warning]),
            (&script("header=\"Accept: */*;q=0.5, application/vnd.syncml.dm+wbxml\"", "encoding=wbxml"), &[]),
            (&script("header=\"Accept: */*, application/vnd.syncml.dm+wbxml;q=0.5\"", "encoding=wbxml"), &[Warning]),
        ],
    );
    check(
        &media::NOT_ACCEPTED,
        &[
            (&script(only_wbxml, ""), &[Warning]),
            (&script("header=\"Accept: application/*\"", ""), &[]),
            (&script("header=\"Accept: application/vnd.syncml.dm+xml;q=0, */*\"", ""), &[Warning]),
        ],
    );
    check(
        &request::ACCEPT,
        &[
            (&script("type=application/vnd.syncml+xml header=\"Accept: application/vnd.syncml+xml\"", ""), &[]),
            (&script("header=\"Accept: application/vnd.syncml+xml\"", ""), &[Warning]),
        ],
    );
}

#[test]
fn a_request_may_go_to_resp_uri_and_windows_adds_to_its_address() {
    let second = |first: &str, next: &str| {
        format!(
            "device\n    Alert 1201\nserver {first}\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A\n\
             device {next}\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
        )
    };
    check(
        &request::ADDRESS,
        &[
            (&second("respuri=https://dm.example.com/dm?s=7", "url=/dm?s=7"), &[]),
            (&second("", "url=/dm?s=7"), &[Info]),
            (&second("", "header=\"Host: other.example.com\""), &[]),
            (exchange!("url=\"/dm?mode=Maintenance&Platform=WoA\"", "", ""), &[]),
        ],
    );
}

#[test]
fn a_body_that_was_cut_after_a_refusal_is_nobody_s_fault() {
    let refused = "device header=\"Content-Length: 5000\"\n    Alert 1201\nserver empty status=413\n";
    check(&framing::LENGTH, &[(refused, &[]), (PLAIN, &[])]);
}

#[test]
fn what_is_no_content_coding_is_worse_than_an_observation() {
    check(
        &framing::CONTENT_CODING,
        &[
            (exchange!("", "header=\"Content-Encoding: UTF-8\"", ""), &[Warning]),
            (
                "network gzip\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A\n\
              device\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n",
                &[Info, Info],
            ),
        ],
    );
}

#[test]
fn secrets_of_http_stay_out_of_the_finding() {
    let script = exchange!("", "header=\"Authorization: c2VjcmV0\"", "");
    let (_, findings) = super::super::proof::judge(&reply::CREDENTIALS, script);
    assert_eq!(findings[0].seen, "Authorization of another scheme");
}

#[test]
fn a_client_without_accept_is_named_once() {
    let message = |accept: &str| format!("device {accept}\n    Alert 1201\nserver\n    Status SyncHdr 200\n");
    let (none, html) = (message("noheader=Accept"), message("header=\"Accept: text/html\""));
    check(
        &request::ACCEPT,
        &[(&none.repeat(3), &[Warning]), (&format!("{none}{html}{html}{none}"), &[Warning, Warning, Warning])],
    );
}
