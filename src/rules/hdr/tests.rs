use super::super::proof::{check, judge, sessions};
use super::super::rule::Rule;
use super::scripts::PLAIN;
use super::{addresses, identity, resp_uri, shape, versions};
use crate::base::Severity::{self, Error, Info, Warning};
use crate::rules::{Engine, Mode, Selection};

/// Sessions in which a rule finds nothing, and cannot decide so many of its occasions.
fn undecided(rule: &'static Rule, table: &[(&str, u64)]) {
    for (script, expected) in table {
        let (tally, findings) = judge(rule, script);
        assert!(findings.is_empty(), "{}: {findings:?}\n{script}", rule.id);
        assert_eq!(tally.undecided_in_all(), *expected, "{}: {tally:?}\n{script}", rule.id);
    }
}

#[test]
fn ver_dtd_is_held_against_ver_proto() {
    check(
        &versions::VER_DTD,
        &[
            (one_get!("verproto=DM/1.3 verdtd=1.1", "", "", ""), &[Warning]),
            (one_get!("verproto=DM/1.3", "", "", ""), &[]),
            (one_get!("verproto=DM/9.9 verdtd=9.9", "verproto=1.2 verdtd=3", "verproto= verdtd=3", ""), &[]),
            (one_get!("verproto= verdtd=", "", "", ""), &[Error]),
        ],
    );
    check(
        &versions::VER_PROTO,
        &[
            (one_get!("verproto=DM/1.4", "", "", ""), &[Warning]),
            (one_get!("verproto=DM/1.", "", "verproto=dm/1.2", ""), &[Error, Error]),
        ],
    );
}

#[test]
fn a_refused_version_may_be_followed_by_another() {
    let negotiated = "device verproto=DM/1.3\n    Alert 1201\nserver verproto=DM/1.1 verdtd=1.1\n    Status SyncHdr 513\n\
                      device\n    Status SyncHdr 200\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A\n\
                      device\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n";
    check(
        &versions::VERSION_CONSTANT,
        &[
            (negotiated, &[]),
            (one_get!("", "verproto=DM/1.1", "", "verproto=DM/1.1"), &[Warning]),
            (one_get!("", "", "verproto=DM/1.1", ""), &[Error]),
            // Not of DM: another rule speaks, and the next message is innocent.
            (one_get!("verproto=1.2", "", "", ""), &[]),
            // The first of both is at fault, and rules on the single message say so.
            (one_get!("verdtd=1.1", "", "", ""), &[]),
        ],
    );
    undecided(&versions::VERSION_CONSTANT, &[(one_get!("", "lost", "verproto=DM/1.1", "verproto=DM/1.1"), 1)]);
}

#[test]
fn name_spaces_are_lenient_where_the_field_is() {
    check(
        &versions::NAMESPACE,
        &[
            (one_get!("ns=", "", "", ""), &[Info]),
            (one_get!("verdtd=1.1", "", "", ""), &[]),
            (one_get!("", "ns=SYNCML:SYNCML1.1", "", ""), &[Warning]),
            (
                one_get!("", "", "ns=SYNCML:SYNCML1.1", "    Get ./Vendor/MSFT/A\n", "", "", "ns=SYNCML:SYNCML1.1", ""),
                &[Info, Info],
            ),
            (
                one_get!("ns=SYNCML:SYNCML1.1", "", "", "    Get ./Vendor/MSFT/A\n", "", "", "ns=urn:x", ""),
                &[Warning, Warning],
            ),
            (
                one_get!(
                    "",
                    "    patch \"<SyncML xmlns=\" => \"<s:SyncML xmlns:s='SYNCML:SYNCML1.2' xmlns=\"\n    patch </SyncML> => </s:SyncML>\n",
                    "",
                    "",
                    "",
                    "",
                    "",
                    ""
                ),
                &[],
            ),
        ],
    );
}

#[test]
fn a_session_id_may_not_change_inside_a_session() {
    let retry = "device\n    Alert 1201\nserver\n    Status SyncHdr 401 chal=md5:Tm9uY2U=\n    Status Alert 401\n\
                 device session=6 cred=md5:Bruce2:OhBehave:Tm9uY2U=\n    Status SyncHdr 200\n    Alert 1201\n\
                 server session=6\n    Status SyncHdr 212\n    Status Alert 200\n";
    let two = "session session=A\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n\
               session session=B\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n";
    check(
        &identity::SESSION_ID_CONSTANT,
        &[
            (retry, &[Error]),
            (two, &[]),
            (one_get!("", "session=01A", "", "session=1a"), &[Warning, Warning]),
            // Whoever goes back to what was right is right.
            (one_get!("", "", "session=2", ""), &[Error]),
            (one_get!("", "session=", "", ""), &[]),
        ],
    );
}

#[test]
fn the_first_msg_id_is_judged_only_when_it_is_the_first() {
    check(
        &identity::MSG_ID_FIRST,
        &[(one_get!("", "msg=7", "", ""), &[Warning]), (one_get!("", "", "msg=7", "msg=9"), &[])],
    );
    undecided(
        &identity::MSG_ID_FIRST,
        &[
            (one_get!("lost", "lost", "msg=2", "msg=2"), 2),
            (one_get!("", "lost", "", "msg=2"), 1),
            (one_get!("msg=2", "msg=2", "", ""), 2),
        ],
    );
}

#[test]
fn msg_ids_grow_except_in_repetitions_and_new_sessions() {
    let challenged = "device\n    Alert 1201\nserver\n    Status SyncHdr 401 chal=md5:Tm9uY2U=\n    Status Alert 401\n";
    let retry = |options: &str, status: &str| {
        format!(
            "{challenged}device {options} cred=md5:Bruce2:OhBehave:Tm9uY2U=\n{status}    Alert 1201\nserver\n    Status SyncHdr 212\n    Status Alert 200\n"
        )
    };
    check(
        &identity::MSG_ID_INCREASING,
        &[
            (&retry("", "    Status SyncHdr 200\n"), &[]),
            (&retry("msg=1", "    Status SyncHdr 200\n"), &[Error]),
            (&retry("msg=1", ""), &[]),
            (&format!("{PLAIN}device resend\nserver resend\n"), &[]),
            (one_get!("", "msg=2", "", "msg=2"), &[Error]),
            (one_get!("", "", "msg=5", "msg=7"), &[]),
        ],
    );
}

#[test]
fn a_gap_in_msg_ids_needs_a_whole_capture() {
    check(&identity::MSG_ID_STEP, &[(one_get!("", "", "msg=4", ""), &[Info]), (one_get!("", "", "msg=1", ""), &[])]);
    let long = concat!(
        "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status Alert 200\n    Get ./A\n",
        "device lost\n    Status SyncHdr 200\n    Status Get 404\nserver lost\n    Status SyncHdr 200\n    Get ./B\n",
        "device\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n",
    );
    undecided(&identity::MSG_ID_STEP, &[(long, 2), (one_get!("", "lost", "msg=3", ""), 1)]);
}

#[test]
fn addresses_are_compared_as_devices_are() {
    check(
        &addresses::ROLES,
        &[
            (one_get!("", "target=imei:004400112233445", "", ""), &[Info]),
            (one_get!("target=IMEI:004400112233445", "", "", ""), &[Warning]),
            (one_get!("", "source=https://public.example.com/", "", ""), &[]),
            (one_get!("respuri=urn:device:7", "target=urn:device:7", "", ""), &[]),
            // The client's own change is no fault of the server.
            (one_get!("", "", "source=IMEI:2", ""), &[]),
        ],
    );
    check(
        &addresses::SOURCE_CONSTANT,
        &[
            (one_get!("", "", "source=imei:004400112233445", ""), &[Warning]),
            (one_get!("", "", "source=", ""), &[]),
            (one_get!("", "source=https://other.example.com/", "", ""), &[]),
        ],
    );
    check(
        &addresses::DEV_ID,
        &[
            (PLAIN, &[]),
            ("device\n    Alert 1201\n    Replace ./DevInfo/DevId=other DevInfo/DevId=more\n", &[Info, Info]),
            ("device\n    Alert 1201\n    Replace ./DevInfo/DevId=\"\" ./DevInfo/Man=x\n", &[]),
        ],
    );
}

#[test]
fn digest_credentials_ask_for_a_user_name() {
    let windows = "session session=5 locname=\ndevice cred=md5:Bruce2:OhBehave:Tm9uY2U=\n    Alert 1201\n    \
                   Alert 1224 type=com.microsoft/MDM/LoginStatus data=user\n";
    let clear = windows.replace("session=5", "session=5 server=http://dm.example.com/dm");
    let hmac = "device hmac=Bruce2:OhBehave:Tm9uY2U= locname=\n    Alert 1201\n";
    check(
        &addresses::LOC_NAME,
        &[
            (hmac, &[Warning]),
            ("device hmac=Bruce2:OhBehave:Tm9uY2U=\n    Alert 1201\n", &[]),
            ("device cred=md5:Bruce2:OhBehave:Tm9uY2U= locname=\n    Alert 1201\n", &[Info]),
            (windows, &[]),
            (&clear, &[Info]),
            (&clear.replace("cred=md5:Bruce2:OhBehave:Tm9uY2U=", "hmac=Bruce2:OhBehave:Tm9uY2U="), &[Info]),
        ],
    );
    assert_eq!(judge(&addresses::LOC_NAME, windows).0.occasions, 0);
}

#[test]
fn a_resp_uri_is_followed_in_path_and_query() {
    check(
        &resp_uri::RESP_URI_ABSOLUTE,
        &[
            (one_get!("", "respuri=urn:x", "", ""), &[]),
            (one_get!("", "respuri=1a:b", "", ""), &[Warning]),
            (one_get!("", "    hdr-xml <RespURI/>\n", "", "", "", "", "", ""), &[Warning]),
        ],
    );
    let gateway = one_get!("", "respuri=https://inside.example.com/dm?sid=7", "", "");
    check(
        &resp_uri::RESP_URI_HONOURED,
        &[
            (one_get!("", "respuri=https://DM.example.com:443/%64m", "url=/dm", ""), &[]),
            (one_get!("", "respuri=https://dm.example.com", "url=/", ""), &[]),
            (one_get!("", "respuri=https://dm.example.com/a?b", "url=https://dm.example.com/a?b", ""), &[]),
            (one_get!("", "respuri=https://dm.example.com/a?b", "url=/a", ""), &[Error]),
            (gateway, &[Warning]),
            (one_get!("", "respuri=/x", "", ""), &[]),
            (one_get!("", "respuri=obex:x", "", ""), &[]),
            (one_get!("respuri=https://dm.example.com/a", "", "", ""), &[]),
            (
                one_get!(
                    "",
                    "",
                    "respuri=https://dm.example.com/dm?sid=7",
                    "    Get ./Vendor/MSFT/A\n",
                    "url=\"/dm?mode=Maintenance&sid=7&Platform=WoA\"",
                    "",
                    "",
                    ""
                ),
                &[],
            ),
        ],
    );
    undecided(&resp_uri::RESP_URI_HONOURED, &[(one_get!("", "respuri=https://inside.example.com/dm", "", ""), 1)]);
    // A whole exchange is missing, and with it perhaps another RespURI.
    undecided(&resp_uri::RESP_URI_HONOURED, &[(one_get!("", "respuri=https://dm.example.com/b", "msg=3", "msg=3"), 1)]);
}

#[test]
fn the_elements_of_a_header_are_told_apart() {
    check(
        &shape::ORDER,
        &[
            (one_get!("", "    hdr-xml <MsgID>1</MsgID>\n", "", "", "", "", "", ""), &[Error]),
            (one_get!("maxmsg=100", "    hdr-xml <RespURI>a:b</RespURI>\n", "", "", "", "", "", ""), &[Warning]),
            (one_get!("respuri=a:b cred=basic:a:b maxmsg=100", "", "", ""), &[]),
        ],
    );
    check(
        &shape::UNKNOWN_CHILD,
        &[
            (one_get!("", "    hdr-xml <x:Key xmlns:x='urn:example'>1</x:Key>\n", "", "", "", "", "", ""), &[Info]),
            (
                one_get!(
                    "",
                    "    hdr-xml <x:Key xmlns:x='urn:example'>1</x:Key><Data>1</Data>\n",
                    "",
                    "",
                    "",
                    "",
                    "",
                    ""
                ),
                &[Warning],
            ),
            (
                one_get!("", "    hdr-xml <MaxMsgSize xmlns='syncml:metinf'>1</MaxMsgSize>\n", "", "", "", "", "", ""),
                &[Warning],
            ),
        ],
    );
    check(
        &shape::EMPTY_BODY,
        &[
            ("device\n    Alert 1201\nserver nofinal\n", &[Warning]),
            ("device\n    Alert 1201\nserver\n    xml <Sttus/>\n", &[]),
        ],
    );
    check(
        &shape::META,
        &[
            (
                one_get!(
                    "",
                    "    hdr-xml <Meta><MetInf xmlns='syncml:metinf'><Version>1</Version></MetInf></Meta>\n",
                    "",
                    "",
                    "",
                    "",
                    "",
                    ""
                ),
                &[Info],
            ),
            (
                one_get!("", "    hdr-xml <Meta><EMI xmlns='syncml:metinf'>x</EMI></Meta>\n", "", "", "", "", "", ""),
                &[],
            ),
        ],
    );
    check(
        &shape::CONTAINERS,
        &[(one_get!("", "    patch \"<SyncHdr>\" => \"<SyncBody/><SyncHdr>\"\n", "", "", "", "", "", ""), &[Error])],
    );
}

#[test]
fn strict_mode_raises_what_the_field_does_not_keep() {
    let table: [(&'static Rule, &str); 4] = [
        (&versions::NAMESPACE, one_get!("ns=urn:x", "", "", "")),
        (&identity::MSG_ID_FIRST, one_get!("", "msg=7", "", "")),
        (&resp_uri::RESP_URI_ABSOLUTE, one_get!("", "respuri=/x", "", "")),
        (&identity::SESSION_ID_LENGTH, one_get!("session=12345", "session=1", "session=1", "session=1")),
    ];
    for (rule, script) in table {
        let engine = Engine::with_rules(vec![rule], Selection { mode: Mode::Strict, ..Selection::default() });
        let findings: Vec<Severity> = sessions(script)
            .iter()
            .flat_map(|session| engine.judge(session).findings)
            .map(|finding| finding.severity)
            .collect();
        assert_eq!(findings.first(), Some(&Error), "{} {findings:?}", rule.id);
    }
}
