use super::super::proof::{check, judge, sessions};
use super::super::rule::Rule;
use super::*;
use crate::base::Severity::{Error, Info, Warning};
use crate::dm::Profile;
use crate::rules::{Engine, Selection};

/// Sessions in which a rule has occasions and decides none of them.
fn undecided(rule: &'static Rule, scripts: &[&str]) {
    for script in scripts {
        let (tally, findings) = judge(rule, script);
        assert!(findings.is_empty(), "{}: {findings:?}\n{script}", rule.id);
        assert!(tally.occasions > 0 && tally.undecided_in_all() == tally.occasions, "{}: {tally:?}\n{script}", rule.id);
    }
}

#[test]
fn results_answer_what_they_may() {
    check(
        &link::RESULTS_ANSWER_GET,
        &[
            (reading!("Exec ./A/x", "Status Exec 200\n    Results ./A/x=5 msgref=1 ref=4"), &[Warning]),
            (reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5 nomsgref"), &[]),
            (reading!("Exec ./A/x", "Status Exec 200\n    Results ./A/x=5 nomsgref ref=4"), &[Warning]),
            (reading!("Replace ./A/x=5", "Status Replace 200\n    Results ./A/x=5 nomsgref ref=4"), &[Error]),
            (reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=5 ref=0"), &[Error]),
        ],
    );
    undecided(
        &link::RESULTS_ANSWER_GET,
        &[
            "device msg=3\n    Status SyncHdr 200 msgref=2\n    Status Get 200 msgref=2 ref=4\n    Results ./A/x=5 msgref=2 ref=4\n\
             server msg=3\n    Status SyncHdr 200\n",
            reading!("Get ./A/x cmd=9\n    Get ./A/y cmd=9", "Results ./A/x=5 ref=9"),
            "device msg=3\n    Status SyncHdr 200 msgref=2\n    Status Get 200 msgref=2 ref=4\n    Results ./A/x=5 nomsgref ref=4\n\
             server msg=3\n    Status SyncHdr 200\n",
            reading!("Get ./A/x nocmd", "Results ./A/x=5 nomsgref ref=9"),
            reading!("Get ./A/x cmd=9\n    Get ./A/y cmd=9", "Results ./A/x=5 nomsgref ref=9"),
        ],
    );
}

#[test]
fn results_beside_failures() {
    check(
        &link::RESULTS_AFTER_FAILURE,
        &[
            (reading!("Get ./A/x ./A/y", "Status Get 404\n    Results ./A/x=5"), &[]),
            (
                reading!(
                    "Get ./A/x ./A/y",
                    "Status Get 200 target=./A/x\n    Status Get 404 ref=4 target=./A/y\n    Results ./A/x=5 ./A/y=6"
                ),
                &[Warning],
            ),
            (
                reading!(
                    "Get ./A/x ./A/y",
                    "Status Get 200 target=./A/x\n    Status Get 404 ref=4 target=./A/y\n    Results ./A/x=5"
                ),
                &[],
            ),
            (reading!("Get ./A/x", "Status Get 206\n    Results ./A/x=5"), &[]),
        ],
    );
}

#[test]
fn results_after_their_status_in_an_earlier_message() {
    check(
        &link::RESULTS_BEFORE_STATUS,
        &[(
            reading!(
                "Get ./A/x",
                "Status Get 200\nserver nofinal\n    Status SyncHdr 200\n    Alert 1222\ndevice\n    Status SyncHdr 200\n    \
                 Status Alert 200\n    Results ./A/x=5"
            ),
            &[],
        )],
    );
}

#[test]
fn items_that_name_their_node_in_another_way() {
    check(
        &items::NO_SOURCE,
        &[
            (reading!("Get ./A/x", "Status Get 200\n    Results data=5 sourceref=./A/x"), &[Warning]),
            (reading!("Get ./A/x", "Status Get 200\n    Results data=5"), &[Warning]),
            (
                reading!("Get ./A/x ./A/y", "Status Get 200\n    Results target=./A/x data=5 source=./A/y data=6"),
                &[Warning],
            ),
            (reading!("Exec ./A/x", "Status Exec 200\n    Results data=5 msgref=1 ref=4"), &[]),
        ],
    );
}

#[test]
fn sources_that_mean_the_requested_node() {
    check(
        &items::WRONG_SOURCE,
        &[
            (reading!("Get ./A/x", "Status Get 200\n    Results ./a/x=5"), &[Info]),
            (reading!("Get ./A", "Status Get 200\n    Results ./A/x=5"), &[Warning]),
            (reading!("Get ./A?list=Struct", "Status Get 200\n    Results ./A ./A/x ./A/x/y"), &[]),
            (reading!("Get ./A?list=TNDS", "Status Get 200\n    Results ./A=5"), &[]),
            (reading!("Get ./A?list=Struct", "Status Get 200\n    Results ./B/x"), &[Error]),
            (reading!("Get ./A?prop=Name", "Status Get 200\n    Results ./A=A"), &[Info]),
            (reading!("Get ./A?prop=Name", "Status Get 200\n    Results ./A?prop=Name=A"), &[]),
            (reading!("Get ./Vendor/One/x", "Status Get 200\n    Results ./Device/Vendor/One/x=5"), &[Info]),
            (reading!("Get ./Vendor/MSFT/x", "Status Get 200\n    Results ./Device/Vendor/MSFT/x=5"), &[]),
            (reading!("Get ./Ab", "Status Get 200\n    Results ./Abc=5"), &[Error]),
            (reading!("Get .", "Status Get 200\n    Results .=A format=node"), &[]),
        ],
    );
    undecided(&items::WRONG_SOURCE, &[reading!("Get ./A/x cmd=9\n    Get ./A/y cmd=9", "Results ./A/y=5 ref=9")]);
}

#[test]
fn the_profile_that_was_asked_for_decides() {
    let found = |profile, text: &str| {
        let selection = Selection { profile: Some(profile), ..Selection::default() };
        let engine = Engine::with_rules(vec![&items::WRONG_SOURCE], selection);
        sessions(text).iter().map(|session| engine.judge(session).findings.len()).sum::<usize>()
    };
    let other = reading!("Get ./Vendor/One/x", "Status Get 200\n    Results ./Device/Vendor/One/x=5");
    let windows = reading!("Get ./Vendor/MSFT/x", "Status Get 200\n    Results ./Device/Vendor/MSFT/x=5");
    assert_eq!(found(Profile::MsMdm, other), 0);
    assert_eq!(found(Profile::OmaDm1_2, windows), 1);
}

#[test]
fn parts_that_are_missing_are_nobodys_fault() {
    let parts = |first: &str, second: &str, third: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A\n\
             device nofinal{first}\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A=a/b/ format=node size=9 more\n\
             server nofinal{first}\n    Status SyncHdr 200\n    Status Results 213\n    Alert 1222\n\
             device nofinal{second}\n    Status SyncHdr 200\n    Status Alert 200\n    Results ./A=c/d/ more\n\
             server nofinal{second}\n    Status SyncHdr 200\n    Status Results 213\n    Alert 1222\n\
             device\n    Status SyncHdr 200\n    Status Alert 200\n    Results {third}\nserver\n    Status SyncHdr 200\n"
        )
    };
    check(&values::CHILD_LIST, &[(parts("", "", "./A=a").as_str(), &[Error])]);
    undecided(&values::CHILD_LIST, &[&parts("", " lost", "./A=a")]);
    // The part that named the node is missing.
    let (tally, findings) = judge(&items::NO_SOURCE, &parts(" lost", " lost", "data=e msgref=1 ref=4"));
    assert!(findings.is_empty() && tally.undecided_in_all() == 1, "{tally:?} {findings:?}");
}

#[test]
fn items_that_need_not_be_returned() {
    check(
        &items::ITEM_NOT_RETURNED,
        &[
            (reading!("Get ./A/x ./A/y", "Status Get 200\n    Results ./A/x=5\n    Results ./A/y=6 ref=4"), &[]),
            (
                reading!(
                    "Get ./A/x ./A/y",
                    "Status Get 200 target=./A/x\n    Status Get 404 ref=4 target=./A/y\n    Results ./A/x=5"
                ),
                &[],
            ),
            (reading!("Get ./A/x ./A/y", "Status Get 200\n    Status Get 404 ref=4\n    Results ./A/x=5"), &[]),
            (reading!("Get ./A/x ./A/y", "Status Get 200\n    Results ./A/x=5 ./B/z=6"), &[]),
            (
                reading!("Get ./A/x ./A/y ./A/z", "Status Get 200 target=./A/x target=./A/y\n    Results ./A/x=5"),
                &[Error],
            ),
            (reading!("Get ./A/x ./A/y ./A/z", "Status Get 200\n    Results ./A/x=5"), &[Error]),
            (reading!("Get ./A/x ./A/y", "Status Get 200"), &[]),
        ],
    );
    let cut = "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A/x ./A/y\n\
               device nofinal\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A/x=5\n";
    undecided(&items::ITEM_NOT_RETURNED, &[cut]);
}

#[test]
fn items_without_data() {
    check(
        &items::NO_DATA,
        &[
            (reading!("Get ./A", "Status Get 200\n    Results ./A format=node"), &[Warning]),
            (reading!("Get ./A?list=Struct", "Status Get 200\n    Results ./A ./A/x"), &[]),
            (reading!("Get ./A/x", "Status Get 404\n    Results ./A/x"), &[]),
            (reading!("Get ./A/x?prop=Title", "Status Get 200\n    Results ./A/x?prop=Title"), &[Error]),
        ],
    );
}

#[test]
fn formats_of_values_that_are_no_text() {
    check(
        &values::FORMAT_MISSING,
        &[
            (reading!("Get ./A/x", "Status Get 200\n    Results format=int ./A/x=5"), &[]),
            (reading!("Get ./A?list=TNDS", "Status Get 200\n    Results ./A=\"<MgmtTree/>\""), &[Warning]),
            (reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=\"<MgmtTree/>\""), &[]),
            (reading!("Get ./A/x?prop=ACL", "Status Get 200\n    Results ./A/x?prop=ACL=\"Get=*\""), &[]),
            (reading!("Get ./A/x", "Status Get 200\n    Results ./A/x=a/b"), &[]),
        ],
    );
    let octets = reading!("Get ./A/x", "Status Get 200\n    Results ./A/x#=ff00fe");
    check(&values::FORMAT_MISSING, &[(octets, &[])]);
    let wbxml = format!("session encoding=wbxml\n{octets}");
    check(&values::FORMAT_MISSING, &[(wbxml.as_str(), &[Warning])]);
}

#[test]
fn nodes_that_the_server_made() {
    let made = |format: &str, more: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Add ./A format=node\n{more}\
             device\n    Status SyncHdr 200\n    Status * 200\nserver\n    Status SyncHdr 200\n    Get ./A\n\
             device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A=x format={format}\nserver\n    Status SyncHdr 200\n"
        )
    };
    check(
        &values::INTERIOR_FORMAT,
        &[
            (made("node", "").as_str(), &[]),
            (made("chr", "").as_str(), &[Warning]),
            (made("chr", "    Delete ./A\n").as_str(), &[]),
            // A message that is missing may have deleted it.
            (
                made("chr", "")
                    .replacen(
                        "server\n    Status SyncHdr 200\n    Get",
                        "server nofinal lost\n    Status SyncHdr 200\n    Delete ./A\ndevice lost\n    Status SyncHdr 200\n    \
                         Status Delete 200\nserver\n    Status SyncHdr 200\n    Get",
                        1,
                    )
                    .as_str(),
                &[],
            ),
        ],
    );
}

#[test]
fn child_lists_are_judged_whole() {
    let list = |list: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A\n\
         device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A=\"{list}\" format=node\nserver\n    Status SyncHdr 200\n"
        )
    };
    let many: String = (0..40).map(|number| format!("n{number}/")).collect();
    check(
        &values::CHILD_LIST,
        &[
            (list("/a").as_str(), &[Error]),
            (list("a/").as_str(), &[Error]),
            (list("a/b/a").as_str(), &[Error]),
            (list("a/A").as_str(), &[]),
            (list("a b/c").as_str(), &[Warning]),
            (list("a%20b/{c}").as_str(), &[Warning]),
            (list("ä/b").as_str(), &[]),
            (list(&format!("{many}z")).as_str(), &[]),
            (list(&format!("{many}n7")).as_str(), &[Error]),
        ],
    );
    let parts = |second: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A\n\
             device nofinal\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A=a/b/ format=node size=5 more\n\
             server nofinal\n    Status SyncHdr 200\n    Status Results 213\n    Alert 1222\n\
             device\n    Status SyncHdr 200\n    Status Alert 200\n    Results ./A={second}\nserver\n    Status SyncHdr 200\n"
        )
    };
    check(&values::CHILD_LIST, &[(parts("c").as_str(), &[]), (parts("b").as_str(), &[Error])]);
}

#[test]
fn structures_from_clients_that_know_the_request_and_others() {
    check(
        &values::STRUCTURE_WITH_VALUES,
        &[
            (reading!("Get ./A?list=Struct", "Status Get 200\n    Results ./A=x/y format=node"), &[]),
            (reading!("Get ./A?list=Struct", "Status Get 200\n    Results ./A=\"\" format=node ./A/x=\"\""), &[]),
        ],
    );
    check(
        &values::LEAF_WITHOUT_VALUE,
        &[
            (reading!("Get ./A?list=StructData", "Status Get 200\n    Results ./A ./A/x=5 format=chr"), &[]),
            (reading!("Get ./A?list=StructData", "Status Get 200\n    Results ./A format=node ./A/x format=null"), &[]),
            (reading!("Get ./A?list=StructData", "Status Get 200\n    Results ./A format=node ./A/x"), &[Warning]),
        ],
    );
}

#[test]
fn properties_as_plain_text() {
    check(
        &values::PROPERTY_VALUE,
        &[
            (reading!("Get ./A/x?prop=TStamp", "Status Get 200\n    Results ./A/x?prop=TStamp=\"\""), &[]),
            (reading!("Get ./A/x?prop=Title", "Status Get 200\n    Results ./A/x?prop=Title=\"0x1F\" format=chr"), &[]),
            (
                reading!(
                    "Get ./A/x?prop=Size ./A/x?prop=Title",
                    "Status Get 200\n    Results ./A/x?prop=Size=x ./A/x?prop=Title=x"
                ),
                &[Warning],
            ),
            (reading!("Get ./A/x?prop=Size ./A/x?prop=Title", "Status Get 200\n    Results ./A/x=x ./A/x=5"), &[]),
        ],
    );
}

#[test]
fn the_form_of_results() {
    let results = |xml: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A/x\n\
         device\n    Status SyncHdr 200\n    Status Get 200\n    xml <Results>{xml}</Results>\nserver\n    Status SyncHdr 200\n"
        )
    };
    let item = "<Item><Source><LocURI>./A/x</LocURI></Source><Data>5</Data></Item>";
    check(
        &form::ORDER,
        &[
            (results(&format!("<MsgRef>1</MsgRef><CmdRef>4</CmdRef><CmdID>3</CmdID>{item}")).as_str(), &[Info]),
            (results(&format!("<CmdRef>4</CmdRef><MsgRef>1</MsgRef><CmdID>3</CmdID>{item}")).as_str(), &[Warning]),
            (results(&format!("<CmdID>3</CmdID><CmdRef>4</CmdRef>{item}")).as_str(), &[]),
        ],
    );
    check(
        &form::NO_CMD_REF,
        &[(results(&format!("<CmdID>3</CmdID><MsgRef>1</MsgRef><CmdRef/>{item}")).as_str(), &[Warning])],
    );
}

#[test]
fn a_part_of_a_large_value_may_be_acknowledged() {
    let status = |code: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./A/x\n\
             device nofinal\n    Status SyncHdr 200\n    Status Get 200\n    Results ./A/x=12345 size=10 more\n\
             server nofinal\n    Status SyncHdr 200\n    Status Results {code}\n    Alert 1222\n"
        )
    };
    check(&link::RESULTS_ACKNOWLEDGED, &[(status("213").as_str(), &[]), (status("200").as_str(), &[])]);
}
