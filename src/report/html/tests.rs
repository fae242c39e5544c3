//! Tests of the HTML report as text; what a browser makes of it is tested from outside.

use super::*;
use crate::report::example;
use crate::verdict::example::{finding, session};
use crate::verdict::{
    Evidence, EvidencePart, Exhibit, FindingReport, JudgedSession, RequirementLevel, Severity, TestCaseReport,
    TestCaseVerdict, TestedRole, TrialCounts,
};
use std::collections::BTreeSet;

const HOSTILE: &str = "</title></script><script>alert(1)</script><img src=x onerror=\"alert('2')\">\u{202e}\x1b[31m";

fn html(store: &mut ReportStore) -> String {
    let mut out = Vec::new();
    Html.write(store, &mut out, &Options::default()).unwrap();
    String::from_utf8(out).unwrap()
}

fn case(verdict: TestCaseVerdict, session: u32) -> TestCaseReport {
    TestCaseReport {
        id: format!("DM12-CLI-AUTH-{session:03}").into(),
        title: "A client that is challenged tries again".into(),
        role: TestedRole::Client,
        rev: 1,
        sha256: "00".into(),
        level: RequirementLevel::Must,
        spec: Vec::new(),
        other_ids: Vec::new(),
        verdict,
        step: Some("retry".into()),
        reason: HOSTILE.to_owned(),
        trials: TrialCounts::default(),
        waived: None,
        fingerprint: None,
        evidence: vec![Evidence {
            session,
            message: Some(3),
            part: EvidencePart::Violation,
            text: HOSTILE.into(),
            ..Evidence::default()
        }],
    }
}

/// One session, in which every text that may come from the wire is hostile.
fn hostile() -> ReportStore {
    let mut store = ReportStore::default();
    let mut session = session(1);
    let text = || Some(HOSTILE.into());
    session.session_id = text();
    session.device = text();
    session.server = text();
    session.why = HOSTILE.into();
    session.auth.client.scheme = text();
    session.auth.client.digests = vec![HOSTILE.into()];
    session.product.model = text();
    for message in &mut session.messages {
        message.msg_id = text();
        message.encoding = HOSTILE.into();
        message.http.method = text();
        message.http.path = text();
        message.injected = vec![HOSTILE.into()];
        for command in &mut message.commands {
            command.name = HOSTILE.into();
            command.target = text();
            command.data = text();
            command.status = text();
        }
    }
    let findings = vec![FindingReport {
        cmd_id: text(),
        element: text(),
        text: HOSTILE.into(),
        expected: HOSTILE.into(),
        line: Some(1),
        column: Some(1),
        ..finding("HDR-003", Severity::Error, 1, 1)
    }];
    session.judge(&findings);
    let line = format!("{HOSTILE}\n");
    let exhibits = (1..=4)
        .map(|message| Exhibit { session: 0, message, octets: 10_000, text: Some(line.as_str().into()) })
        .collect();
    store.add(1, &JudgedSession::with_exhibits(session, findings, exhibits).unwrap()).unwrap();
    let mut inputs = example::inputs();
    inputs[0].path = HOSTILE.to_owned();
    store.finish(inputs, example::rules(), vec![case(TestCaseVerdict::Fail, 1), case(TestCaseVerdict::Pass, 9)]);
    store
}

/// Values of an attribute.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    html.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn links_land(html: &str) {
    let ids = values(html, " id=\"");
    let set: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), set.len(), "an id twice");
    for link in values(html, " href=\"") {
        assert!(link.strip_prefix('#').is_some_and(|id| set.contains(id)), "{link} leads nowhere");
    }
}

#[test]
fn a_small_report_reads_from_verdict_to_inputs() {
    let html = html(&mut example::store(1));
    let body = html.split("</style>").nth(1).unwrap().split("<script>").next().unwrap();
    insta::assert_snapshot!(body);
}

#[test]
fn no_text_of_the_wire_becomes_markup() {
    let html = html(&mut hostile());
    assert_eq!(html.matches("<script>").count(), 1);
    assert_eq!(html.matches("</script>").count(), 1);
    for bad in ["<img", "\u{202e}", "\x1b", "<script>alert", "\"alert"] {
        assert!(!html.contains(bad), "{bad:?}");
    }
    assert!(html.matches("&lt;img src=x onerror=&quot;").count() > 20);
    links_land(&html);
}

#[test]
fn the_policy_names_the_style_and_the_script_that_are_there() {
    let html = html(&mut example::store(1));
    let between = |from: &str, to: &str| html.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
    assert!(html.contains(&digest(&between("<style>", "</style>"))));
    assert!(html.contains(&digest(&between("<script>", "</script>"))));
    let page = html.replace(STYLE, "").replace(SCRIPT, "");
    for bad in [" style=", " src=", "javascript:", "<link", "@import", "<iframe", " onclick="] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert!(!STYLE.contains("url(") && !SCRIPT.contains("innerHTML"));
}

#[test]
fn an_element_is_marked_at_its_line_and_points_to_its_finding() {
    let mut store = ReportStore::default();
    let mut session = session(1);
    let waived = crate::verdict::WaivedReport { reason: "known".into(), ..Default::default() };
    let findings = vec![
        FindingReport { line: Some(2), column: Some(3), ..finding("HDR-003", Severity::Warning, 1, 1) },
        finding("HDR-001", Severity::Error, 1, 1),
        FindingReport {
            waived: Some(waived),
            line: Some(3),
            column: Some(99),
            ..finding("X-001", Severity::Info, 1, 1)
        },
    ];
    session.judge(&findings);
    let text = "<SyncML>\n  <MsgID>7 &amp;\t</MsgID>\n</SyncML>\n";
    let exhibits = vec![
        Exhibit { session: 0, message: 1, octets: 44, text: Some(text.into()) },
        Exhibit { session: 0, message: 2, octets: 44, text: None },
    ];
    store.add(1, &JudgedSession::with_exhibits(session, findings, exhibits).unwrap()).unwrap();
    store.finish(Vec::new(), example::rules(), Vec::new());
    let html = html(&mut store);
    assert!(html.contains(
        "<i class=\"hit w\">  <mark><b>&lt;MsgID&gt;</b>7 &amp;amp;\t<b>&lt;/MsgID&gt;</b></mark><s></s>\
         <a class=\"point w\" href=\"#f-1\""
    ));
    assert!(html.contains("<ul class=\"notes\">\n<li><a class=\"point e\" href=\"#f-2\""));
    assert!(html.contains("<i class=\"hit x\"><mark>"));
    assert!(html.contains("<code>messages/session-0001/message-0002.xml</code>"));
    links_land(&html);
}

#[test]
fn a_report_without_texts_says_so() {
    let html = html(&mut example::store(3));
    assert!(html.contains("The texts of the messages are not part of the stored report"));
    assert!(!html.contains("<pre"));
    links_land(&html);
}

#[test]
fn ten_thousand_findings_are_folded_and_paged() {
    let mut store = ReportStore::default();
    for number in 1..=100 {
        let mut session = session(number);
        let findings: Vec<_> = (0..100)
            .map(|at| finding(if at < 99 { "HDR-003" } else { "STA-002" }, Severity::Error, number, 1))
            .collect();
        session.judge(&findings);
        store.add(number, &JudgedSession::new(session, findings).unwrap()).unwrap();
    }
    store.finish(example::inputs(), example::rules(), Vec::new());
    let html = html(&mut store);
    assert_eq!(html.matches("<li class=\"f\"").count(), 10_000);
    assert!(html.contains("<summary>Findings 9801 to 9900</summary>"));
    assert!(html.contains("<summary>Sessions from number 51 on</summary>"));
    let open = html.matches("<details class=\"page\" open>").count();
    assert_eq!(open, 2, "the first page of findings and of sessions");
    links_land(&html);
}

#[test]
fn an_empty_report_is_a_page_too() {
    let mut store = ReportStore::default();
    store.finish(Vec::new(), Vec::new(), Vec::new());
    let html = html(&mut store);
    assert!(html.contains("No DM session was found.") && html.ends_with("</html>\n"));
    links_land(&html);
}
