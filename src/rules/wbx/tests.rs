use super::super::proof::{check, judge};
use super::*;
use crate::base::Severity::{Error, Info, Warning};

/// The session of [`session!`] with lines for the message that the server sends first.
fn with(lines: &str) -> String {
    GOOD.replacen("format=int\n", &format!("format=int\n{lines}"), 1)
}

/// The same with an Item of its own in place of `./A/x=5 format=int`.
fn item(text: &str) -> String {
    GOOD.replacen("./A/x=5 format=int", text, 1)
}

#[test]
fn headers_of_older_and_other_kinds() {
    check(
        &header::VERSION,
        &[
            (session!(" wbxml=1.1", ""), &[]),
            (with("    hex-patch 03a401 => 0ea401\n").as_str(), &[Warning]),
            (with("    hex-patch 03a401 => 20a401\n").as_str(), &[Error]),
        ],
    );
    check(
        &header::PUBLIC_ID,
        &[
            (with("    hex-patch a4016a00 => 016a00\n").as_str(), &[Warning]),
            (
                with(
                    "    hex-patch a4016a00 => 00006a1e2d2f2f53796e634d4c2f2f4454442053796e634d4c20312e322f2f454e00\n",
                )
                .as_str(),
                &[],
            ),
        ],
    );
    check(&header::PUBLIC_ID_AND_VERSION, &[(session!(" version=1.1", ""), &[])]);
}

#[test]
fn charsets_of_transport_and_document() {
    let latin = "    hex-patch a4016a => a40104\n";
    let typed = |charset: &str| {
        with(latin).replace(
            "server\n    Status SyncHdr 200\n    Status * 200\n",
            &format!(
                "server type=\"application/vnd.syncml.dm+wbxml; charset={charset}\"\n    Status SyncHdr 200\n    Status * 200\n"
            ),
        )
    };
    check(
        &header::CHARSET,
        &[
            (typed("ISO-8859-1").as_str(), &[Info]),
            (typed("UTF-8").as_str(), &[Warning]),
            (with("    hex-patch a4016a => a40103\n").as_str(), &[]),
            (with("    hex-patch a4016a => a40100\n").as_str(), &[]),
        ],
    );
}

#[test]
fn what_was_not_read_is_not_held_to_be_right() {
    let broken = opaque::LENGTH.violate[0];
    for rule in [&header::CHARSET, &header::STRING_TABLE] {
        let (tally, findings) = judge(rule, broken);
        assert!(findings.is_empty() && tally.undecided_in_all() == 1, "{}: {tally:?} {findings:?}", rule.id);
    }
    let (tally, findings) = judge(&opaque::LENGTH, &with("    hex-patch 120101 => 120183\n"));
    assert!(findings.is_empty() && tally.undecided_in_all() == 1, "{tally:?} {findings:?}");
}

#[test]
fn string_tables_without_terminator_are_information() {
    // All four messages name their document type in the table.
    check(&header::STRING_TABLE, &[(session!(" publicid=string", ""), &[Info; 4])]);
}

#[test]
fn tokens_of_a_later_version() {
    let script = item("./A/x=5 format=int")
        .replace("Replace ./A/x", "Exec correlator=c1 ./A/x")
        .replace("Status Replace", "Status Exec");
    check(
        &tokens::UNDEFINED_TOKEN,
        &[
            (script.as_str(), &[]),
            (script.replacen("session ", "session version=1.1 ", 1).as_str(), &[Warning]),
            (with("    hex-patch 5a0001 => 5a0007\n").as_str(), &[Error]),
        ],
    );
}

#[test]
fn inline_trees_after_a_switch_are_right() {
    let tree = item("./A/x:=\"<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD></MgmtTree>\" format=xml");
    for rule in FAMILY.rules {
        assert!(judge(rule, &tree).1.is_empty(), "{}", rule.id);
    }
    // The switch back to page 0 is missing: what follows is read as meta information.
    let left_on = with("    hex-patch 01010000 => 01010001\n");
    assert!(!judge(&tokens::WRONG_PAGE, &left_on).1.is_empty());
}

#[test]
fn ends_and_what_follows_them() {
    check(
        &tokens::END_BALANCE,
        &[
            (with("    hex-patch 120101 => 12010100\n").as_str(), &[Info]),
            (with("    hex-patch 120101 => 1201010000\n").as_str(), &[Error]),
            (with("    hex-patch 120101 => 12010101\n").as_str(), &[Error]),
        ],
    );
    check(
        &tokens::CONTENT_BIT,
        &[
            (with("    hex-patch 120101 => 52010101\n").as_str(), &[Info]),
            (with("    hex-patch 120101 => 520331000101\n").as_str(), &[]),
            (with("    hex-patch 120101 => 52033100010101\n").as_str(), &[Warning]),
        ],
    );
}

#[test]
fn literals_of_elements_without_a_token() {
    check(&tokens::LITERALS, &[(with("    xml <Odd/>\n").as_str(), &[])]);
}

#[test]
fn binary_data_and_its_formats() {
    check(
        &opaque::BINARY_DATA,
        &[
            (item("./A/x#=89504e47ff00 format=bin").as_str(), &[]),
            (item("./A/x#=89504e47ff00 format=chr").as_str(), &[Warning]),
            (item("./A/x#=89504e47ff00").as_str(), &[Warning]),
            (item("./A/x#=89504e47ff00 type=application/pkcs7-mime").as_str(), &[]),
            (item("./A/x#=03016a006001 format=xml").as_str(), &[]),
            (item("./A/x#=0102 format=bin").as_str(), &[]),
            (item("./A/x=aGVsbG8gd29ybGQ= format=bin").as_str(), &[Warning]),
            (item("./A/x=aGVsbG8gd29ybGQ= format=b64").as_str(), &[]),
            (item("./A/x=00112233 format=bin").as_str(), &[]),
            (item("./A/x=\"text\\0\" format=chr").as_str(), &[Warning]),
        ],
    );
}

#[test]
fn nul_in_the_text_of_wbxml_is_reported_once() {
    let script = item("./A/x=\"text\\0\" format=chr");
    let engine = super::super::Engine::new(super::super::Selection {
        select: vec!["XML".to_owned(), "WBX".to_owned()],
        ..super::super::Selection::default()
    });
    let found: Vec<&str> = super::super::proof::sessions(&script)
        .iter()
        .flat_map(|session| engine.judge(session).findings)
        .map(|finding| finding.rule.id)
        .collect();
    assert_eq!(found, ["WBX-011"]);
}

#[test]
fn integers_longer_than_five_octets() {
    check(&opaque::LENGTH, &[(session!(" opaque", "    hex-patch c30135 => c380808080800135\n"), &[Error])]);
}

#[test]
fn a_refusal_alone_proves_nothing() {
    let script = "session encoding=wbxml\ndevice wbxml=1.1\n    Alert 1201\nserver empty status=415\n";
    let (tally, findings) = judge(&header::VERSION_REFUSED, script);
    assert_eq!((tally.occasions, findings.len()), (0, 0));
}
