//! What must not be flagged, what is flagged mildly, and what nobody can say.

use super::FAMILY;
use crate::base::Severity::{self, Error, Info, Warning};
use crate::fixture::Script;
use crate::rules::engine::{Engine, Mode, Selection, Tally};
use crate::rules::proof::{check, judge, sessions};
use crate::rules::rule::Rule;
use crate::rules::sta::common::{opened, package_1};

pub(super) fn rule(id: &str) -> &'static Rule {
    FAMILY.rules.iter().copied().find(|rule| rule.id == id).unwrap()
}

/// Severities that a rule gives, with a selection.
fn severities(id: &str, text: &str, selection: Selection) -> Vec<Severity> {
    let engine = Engine::with_rules(vec![rule(id)], selection);
    let findings = sessions(text).into_iter().flat_map(|session| engine.judge(&session).findings);
    findings.map(|finding| finding.severity).collect()
}

fn strict(id: &str, text: &str) -> Vec<Severity> {
    severities(id, text, Selection { mode: Mode::Strict, ..Selection::default() })
}

#[test]
fn what_passes_one_rule_passes_the_whole_family() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
    for owner in FAMILY.rules {
        for text in owner.pass {
            for session in sessions(text) {
                let mut findings = engine.judge(&session).findings;
                findings.retain(|finding| finding.severity > Info);
                assert!(findings.is_empty(), "{}: {findings:?}\n{text}", owner.id);
            }
        }
    }
}

#[test]
fn the_reference_session_has_no_findings() {
    let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection { mode: Mode::Strict, ..Selection::default() });
    for session in sessions(include_str!("../../../tests/fixtures/r1.dms")) {
        let findings = engine.judge(&session).findings;
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn cmdid_is_compared_as_text_and_each_number_is_told_once() {
    check(
        rule("CMD-002"),
        &[
            (opened!(" Get ./A cmd=7", " Get ./B cmd=07"), &[]),
            (opened!(" Get ./A cmd=7", " Get ./B cmd=7", " Get ./C cmd=7"), &[Error]),
            (opened!(" Sequence cmd=7", "  Get ./A cmd=7"), &[Error]),
            // Without CmdID there is nothing to compare.
            (opened!(" Get ./A nocmd", " Get ./B nocmd"), &[]),
        ],
    );
    check(rule("CMD-003"), &[(opened!(" Get ./A cmd=00"), &[Error]), (opened!(" Get ./A cmd=10"), &[])]);
    check(
        rule("CMD-004"),
        &[
            (opened!(" Get ./A cmd=a1"), &[Info]),
            (opened!(" Get ./Vendor/MSFT/A cmd=0F0F0F0F-1111-2222-3333-444455556666"), &[]),
        ],
    );
}

#[test]
fn clients_tell_devinfo_once() {
    check(
        rule("CMD-006"),
        &[
            ("device\n Alert 1201\n Replace DevInfo/Lang=en ./DevInfo/Ext/X=1 ./devinfo/Man=A\n", &[]),
            ("device\n Alert 1201\n Replace ./DevInfo/Lang=en ./Vendor/MSFT/A=1\n", &[Info]),
            ("device\n Alert 1201\n Replace ./DevInfoX/Lang=en\n", &[Warning]),
            ("device\n Alert 1201\n Replace ./DevDetail/SwV=1 ./Vendor/MSFT/A=1\n", &[Warning]),
        ],
    );
    assert_eq!(strict("CMD-006", "device\n Alert 1201\n Replace ./DevDetail/SwV=1\n"), [Error]);
    // A server may challenge late: package 1 comes again.
    let challenged = opened!(
        " Get ./A",
        "device",
        " Status SyncHdr 200",
        " Status Get 404",
        "server",
        " Status SyncHdr 407 chal=md5:Tm9uY2U=",
        "device cred=md5:a:b:Tm9uY2U=",
        " Status SyncHdr 200",
        " Replace ./DevInfo/Lang=en",
    );
    check(rule("CMD-007"), &[(challenged, &[])]);
}

#[test]
fn what_a_session_lacks_at_its_start_is_undecided() {
    let text = opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 404", " Replace ./DevInfo/Lang=de");
    let script = Script::parse(text).unwrap().cut(2, 3);
    let mut tracker = crate::dm::Tracker::new();
    let mut tally = Tally::default();
    let engine = Engine::with_rules(vec![rule("CMD-007")], Selection::default());
    let mut keep = |finished: crate::dm::Finished| {
        let outcome = engine.judge(&finished.session);
        assert!(outcome.findings.is_empty());
        outcome.tallies.iter().for_each(|part| tally.merge(part));
    };
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    assert_eq!((tally.occasions, tally.undecided_in_all()), (1, 1));
}

#[test]
fn items_have_their_exceptions() {
    let chunks = opened!(
        " Replace ./Vendor/A=Hello size=12 more",
        " patch \"<Final/>\" => \"\"",
        "device nofinal",
        " Status SyncHdr 200",
        " Status Replace 213",
        " Alert 1222",
        "server",
        " Status SyncHdr 200",
        " Status Alert 200",
        " Replace data=\" world!\"",
    );
    check(
        rule("CMD-014"),
        &[
            (chunks, &[]),
            // The Target has the URI as its own text: another rule says so.
            (opened!(" Get ./A/x", " patch \"<LocURI>./A/x</LocURI>\" => \"./A/x\""), &[]),
            (opened!(" Get ./A/x", " patch \"<LocURI>./A/x</LocURI>\" => \"<LocURI> </LocURI>\""), &[Error]),
            // A server that names the node in Source.
            (opened!(" xml <Get><CmdID>4</CmdID><Item><Source><LocURI>./A</LocURI></Source></Item></Get>"), &[Error]),
            ("device\n Alert 1201\n Get item=\"x\"\n", &[]),
        ],
    );
    check(
        rule("CMD-018"),
        &[
            (chunks, &[]),
            (opened!(" Replace ./A format=null"), &[]),
            (opened!(" Add ./A format=node"), &[]),
            (opened!(" Add ./A format=NODE"), &[]),
            (opened!(" Replace ./A?prop=Title"), &[]),
            // Format of the command holds for its Items.
            (opened!(" Add format=node ./A"), &[]),
            (concat!("session version=1.1\n", opened!(" Add ./A")), &[Warning]),
            (opened!(" Exec ./A"), &[]),
            (opened!(" Add ./Vendor/MSFT/A/DownloadInstall"), &[Warning]),
        ],
    );
    check(
        rule("CMD-020"),
        &[
            (opened!(" Add ./A= format=node"), &[]),
            (opened!(" Add ./A=<MgmtTree/> format=node type=application/vnd.syncml.dmtnds+xml"), &[]),
            (opened!(" Add format=node ./A=1 ./B=2"), &[Warning, Warning]),
        ],
    );
    check(
        rule("CMD-022"),
        &[
            (opened!(" Replace ./A?prop=Title=x"), &[]),
            (opened!(" Add format=chr ./A=1 ./B=2"), &[]),
            (opened!(" Replace ./A=1"), &[Info]),
        ],
    );
    assert_eq!(strict("CMD-022", opened!(" Replace ./A=1")), [Warning]);
    check(
        rule("CMD-024"),
        &[(
            opened!(
                " xml <Delete><CmdID>4</CmdID><Item><Target><LocURI>./A</LocURI></Target><Source><LocURI>./A</LocURI></Source></Item></Delete>"
            ),
            &[Info],
        )],
    );
    check(
        rule("CMD-015"),
        &[(opened!(" Copy ./A -> ./B", " patch \"<Source><LocURI>./A</LocURI>\" => \"<Source>./A\""), &[])],
    );
}

#[test]
fn uris_have_their_exceptions() {
    let get = |uri: &str| format!("{} Get \"{uri}\"\n", opened!());
    for (uri, expected) in [
        (".", &[][..]),
        ("./", &[Warning]),
        ("DevInfo", &[]),
        ("./a:b/c", &[]),
        ("./A%2F", &[]),
        ("./A?list=Struct", &[]),
        ("./A/?list=Struct", &[Error]),
        ("a/b:c", &[]),
        ("/A", &[Warning]),
        ("./A//B", &[Warning]),
        ("./A/..", &[Error]),
        ("./A/../B", &[Error]),
        ("./A/.", &[Error]),
        ("././A", &[Error]),
        ("syncml:x", &[Error]),
        ("./A.B/C", &[]),
    ] {
        check(rule("CMD-016"), &[(get(uri).as_str(), expected)]);
    }
    for (uri, expected) in [
        ("./A B", &[Warning][..]),
        ("./A<B", &[Warning]),
        ("./A{B}", &[Warning]),
        ("./A%zz", &[Warning]),
        ("./A%4", &[Warning]),
        ("./A%41", &[]),
        ("./Ä", &[Info]),
        ("./Vendor/MSFT/{A}", &[]),
        ("./Vendor/MSFT/A B", &[Warning]),
    ] {
        let xml = uri.replace('<', "&lt;");
        let text = format!(
            "{} xml <Get><CmdID>4</CmdID><Item><Target><LocURI>{xml}</LocURI></Target></Item></Get>\n",
            opened!()
        );
        check(rule("CMD-039"), &[(text.as_str(), expected)]);
    }
    assert_eq!(strict("CMD-039", &get("./A B")), [Error]);
    // Identifiers of devices are often no URIs.
    check(rule("CMD-039"), &[("device source=\"my device\"\n Alert 1201\n", &[Info])]);
    check(rule("CMD-040"), &[(get("./A/%E6%BC%A2").as_str(), &[]), (get("./A/%E6%BC").as_str(), &[Warning])]);
}

/// A session in which the device tells a limit, and the server then asks for a node.
fn limited(limit: &str, uri: &str) -> String {
    format!(
        "{} Get ./DevDetail/URI/{}\ndevice\n Status SyncHdr 200\n Status Get 200\n Results ./DevDetail/URI/{limit}\n\
         server\n Status SyncHdr 200\n Get {uri}\n",
        opened!(),
        limit.split('=').next().unwrap(),
    )
}

#[test]
fn limits_count_characters_and_segments() {
    for (limit, uri, expected) in [
        ("MaxSegLen=4", "./abcd/abc", &[][..]),
        ("MaxSegLen=4", "./abcde", &[Warning]),
        ("MaxSegLen=4", "./%41%42%43%44", &[]),
        ("MaxSegLen=4", "./abcd?list=StructData", &[]),
        ("MaxSegLen=0", "./abcde", &[]),
        ("MaxSegLen=x", "./abcde", &[]),
        ("MaxDepth=2", "./a/b", &[]),
        ("MaxDepth=2", "./a/b/c", &[Warning]),
        ("MaxTotLen=5", "./a/bcd", &[]),
        ("MaxTotLen=5", "./a/bcde", &[Warning]),
    ] {
        check(rule("CMD-017"), &[(limited(limit, uri).as_str(), expected)]);
    }
    // What the device has not told yet does not bind.
    check(rule("CMD-017"), &[(opened!(" Get ./DevDetail/URI/MaxSegLen", " Get ./AVeryLongNameOfANode"), &[])]);
}

#[test]
fn properties_have_their_exceptions() {
    let acl = |uri: &str, value: &str| {
        let value = value.replace('&', "&amp;");
        format!(
            "{} xml <Replace><CmdID>4</CmdID><Item><Target><LocURI>{uri}?prop=ACL</LocURI></Target><Data>{value}</Data></Item></Replace>\n",
            opened!()
        )
    };
    for (uri, value, expected) in [
        ("./A", "", &[][..]),
        (".", "", &[Error]),
        ("./A", "Get=*", &[]),
        ("./A", "Get=a+b&Replace=a&Add=*&Delete=x&Exec=y", &[]),
        ("./A", "Get=*+a", &[Warning]),
        ("./A", "Get=a&Get=b", &[Info]),
        ("./A", "Get", &[Error]),
        ("./A", "Get=", &[Error]),
        ("./A", "Copy=a", &[Error]),
        ("./A", "get=a", &[Error]),
        ("./A", "Get=a b", &[Error]),
        ("./A", "Get=a&&Replace=b", &[Error]),
    ] {
        check(rule("CMD-028"), &[(acl(uri, value).as_str(), expected)]);
    }
    // Pretty printing.
    check(rule("CMD-028"), &[(opened!(" Replace ./A?prop=ACL=\"\\n Get=*&\\n Replace=a \\n\""), &[Warning])]);
    check(rule("CMD-028"), &[(acl("./Vendor/MSFT/A", "nonsense").as_str(), &[])]);
    for (uri, expected) in [
        ("./A?list=TNDS", &[][..]),
        ("./A?list=TNDS+ACL", &[]),
        ("./A?list=TNDS%2BACL+Name", &[]),
        ("./A?list=TNDS-ACL-Value", &[]),
        ("./A?list=TNDSACL", &[Warning]),
        ("./A?list=TNDS+", &[Warning]),
        ("./A?list=struct", &[Warning]),
        ("./A?list=", &[Warning]),
        ("./A?list=TNDS-ACL%2BSize", &[Error]),
    ] {
        check(rule("CMD-027"), &[(format!("{} Get {uri}\n", opened!()).as_str(), expected)]);
    }
    check(
        rule("CMD-025"),
        &[
            (opened!(" Replace ./A?prop=Name=B", " Replace ./A?prop=ACL=Get=*", " Get ./A?prop=Size"), &[]),
            (opened!(" Replace ./A?prop=TStamp=1 ./B?prop=VerNo=2"), &[Warning, Warning]),
            (opened!(" Delete ./A?prop=ACL"), &[Warning]),
        ],
    );
    check(rule("CMD-026"), &[(opened!(" Get ./A?prop=acl"), &[Info])]);
    check(rule("CMD-029"), &[(opened!(" Replace format=chr ./A?prop=Title=x ./B=1"), &[])]);
}

#[test]
fn the_order_of_samples_is_information() {
    let meta_first = opened!(
        " Replace ./A=1",
        " patch \"<Target><LocURI>./A</LocURI></Target>\" => \
         \"<Meta><Format xmlns='syncml:metinf'>chr</Format></Meta><Target><LocURI>./A</LocURI></Target>\"",
    );
    let item_first = opened!(
        " Get ./A",
        " patch \"<Get><CmdID>4</CmdID>\" => \"<Get>\"",
        " patch \"</Get>\" => \"<CmdID>4</CmdID></Get>\"",
    );
    // Order in Status is another rule's matter; order in its Items is not.
    let status = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
                  patch \"<CmdID>2</CmdID><MsgRef>1</MsgRef>\" => \"<MsgRef>1</MsgRef><CmdID>2</CmdID>\"\n";
    let more = opened!(" Replace ./A=1 more", " patch \"<Data>1</Data><MoreData/>\" => \"<MoreData/><Data>1</Data>\"");
    check(rule("CMD-041"), &[(meta_first, &[Info]), (item_first, &[Warning]), (status, &[]), (more, &[])]);
    assert_eq!(strict("CMD-041", meta_first), [Error]);
    check(
        rule("CMD-042"),
        &[
            (
                opened!(
                    " Replace ./A=1",
                    " patch \"<Data>1</Data>\" => \"<Data><a xmlns='x'><Data/><Data/></a></Data>\""
                ),
                &[],
            ),
            (
                opened!(" Get ./A", " patch \"<LocURI>./A</LocURI>\" => \"<LocURI>./A</LocURI><LocURI>./B</LocURI>\""),
                &[Error],
            ),
            (opened!(" Get ./A ./B ./C"), &[]),
            (opened!(" Exec ./A ./B"), &[]),
        ],
    );
}

#[test]
fn elements_that_have_rules_of_their_own_are_left_to_them() {
    check(
        rule("CMD-043"),
        &[
            (opened!(" Get lang=en ./A", " Replace ./B=1 correlator=7"), &[]),
            (opened!(" Atomic", "  Replace ./A=1", "  xml <Item/>"), &[]),
            (
                opened!(" Get ./A", "device", " Status SyncHdr 200", " Status Get 200", " Results ./A=1 cmd-name=Get"),
                &[],
            ),
            (
                "device\n Alert 1201\n Alert 1224 type=com.microsoft/x data=1\n Alert 1224 type=com.microsoft/y data=1\n patch \"<Meta><Type\" => \"<Type\"\n \
             patch \"</Type></Meta>\" => \"</Type>\"\n",
                &[Info],
            ),
            (opened!(" xml <Get><CmdID>4</CmdID><x:Y xmlns:x='urn:x'/><Item/></Get>"), &[Warning]),
        ],
    );
    check(rule("CMD-010"), &[("device noresp\n Alert 1201\n", &[])]);
    check(
        rule("CMD-035"),
        &[
            (opened!(" Exec ./A correlator="), &[Warning]),
            (opened!(" Exec ./Vendor/MSFT/A correlator=7"), &[Warning]),
            (concat!("session version=1.1\n", opened!(" Exec ./A correlator=7")), &[Warning]),
            (
                opened!(
                    " Exec ./A correlator=7",
                    " patch \"<Correlator>\" => \"<Correlator>1</Correlator><Correlator>\""
                ),
                &[Error],
            ),
        ],
    );
}

#[test]
fn an_answer_to_an_unknown_command_is_no_wrong_reference() {
    let text = concat!(
        package_1!(),
        " xml <Reboot><CmdID>9</CmdID></Reboot>\nserver\n Status SyncHdr 200\n Status * 200\n Status Reboot 400 msgref=1 ref=9\n"
    );
    let (tally, findings) = judge(crate::rules::find("MSG-004").unwrap(), text);
    assert!(findings.is_empty() && tally.occasions > 0, "{findings:?}");
    let elsewhere = text.replace("ref=9", "ref=8");
    assert_eq!(judge(crate::rules::find("MSG-004").unwrap(), &elsewhere).1.len(), 1);
}
