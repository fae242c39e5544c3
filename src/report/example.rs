//! A report made by hand, for tests: three kinds of session, hostile text, a cut input.

use crate::base::{FrameNo, Problem, ProblemKind};
use crate::verdict::example::{finding, session};
use crate::verdict::{
    Evidence, EvidencePart, FindingReport, InputReport, JudgedSession, RelatedReport, ReportStore, RequirementLevel,
    RuleReport, SessionEnd, Severity, SpecReport, TestCaseReport, TestCaseVerdict, TestedRole, TrialCounts,
    UndecidedReport, WaivedReport,
};

pub(crate) fn inputs() -> Vec<InputReport> {
    let cut = Problem::at_offset(
        ProblemKind::TruncatedRecord,
        8_192,
        FrameNo::new(77),
        "the file ends 31 octets before the end of this record; what came before it was read",
    );
    vec![
        InputReport {
            path: "a.pcapng".to_owned(),
            bytes: 12_345,
            packets: 120,
            seen: None,
            left_out: 0,
            problems: Vec::new(),
        },
        InputReport {
            path: "b\u{202e}.pcap".to_owned(),
            bytes: 8_192,
            packets: 76,
            seen: None,
            left_out: 0,
            problems: vec![cut],
        },
    ]
}

pub(crate) fn rules() -> Vec<RuleReport> {
    let rule = |id: &'static str, title: &'static str, occasions, violations| RuleReport {
        id: id.into(),
        name: "some-name".into(),
        title: title.into(),
        also: Vec::new(),
        occasions,
        violations,
        undecided: Vec::new(),
    };
    let undecided = vec![UndecidedReport { reason: "the nonce is not in the capture".into(), occasions: 2 }];
    vec![
        rule("HDR-001", "MsgID starts at 1 and grows by one", 12, 1),
        rule("HDR-003", "MsgID starts at 1 and grows by one", 12, 2),
        rule("STA-002", "A status code is one of the specification", 12, 1),
        RuleReport { undecided, ..rule("AUTH-004", "A digest is right", 2, 0) },
        rule("LOB-001", "A large object has a Size", 0, 0),
        rule("LOB-002", "A large object comes to its end", 0, 0),
    ]
}

/// Sessions in turn: one with errors, one clean, one that was cut and has a waived finding.
pub(crate) fn sessions(count: u32) -> impl Iterator<Item = JudgedSession> {
    (1..=count).map(|index| {
        let mut session = session(index);
        let findings = match index % 3 {
            1 => {
                session.device = Some("IMEI:\x1b]0;owned\x07004999010640000".into());
                vec![
                    finding("HDR-003", Severity::Error, index, 1),
                    FindingReport {
                        cmd_id: Some("4".into()),
                        text: "Status \"\u{200b}999\" for Exec ./FUMO/Download\nFAIL".into(),
                        expected: "a three-digit code of the list".into(),
                        related: vec![RelatedReport {
                            text: "the command that it answers".into(),
                            message: Some(2),
                            cmd_id: Some("4".into()),
                            element: Some("/SyncML/SyncBody/Exec".into()),
                            frames: [8, 9].into_iter().filter_map(FrameNo::new).collect(),
                        }],
                        ..finding("STA-002", Severity::Warning, index, 3)
                    },
                    finding("HDR-003", Severity::Error, index, 4),
                ]
            }
            2 => Vec::new(),
            _ => {
                session.end = SessionEnd::Truncated;
                session.why = "message 4 is missing from the capture".into();
                session.messages.pop();
                let waived = WaivedReport {
                    reason: "known, mended in firmware 2.1".into(),
                    owner: Some("lab".into()),
                    expires: Some("2027-01-01".into()),
                };
                vec![FindingReport { waived: Some(waived), ..finding("HDR-001", Severity::Error, index, 1) }]
            }
        };
        session.judge(&findings);
        JudgedSession::new(session, findings).unwrap()
    })
}

/// A case with a verdict.
pub(crate) fn case(number: u32, verdict: TestCaseVerdict, reason: &str) -> TestCaseReport {
    TestCaseReport {
        id: format!("DM12-CLI-AUTH-{number:03}").into(),
        title: "An MD5 challenge is answered in the same session".into(),
        role: TestedRole::Client,
        rev: 1,
        sha256: "00".repeat(32).into(),
        level: RequirementLevel::Must,
        spec: vec![SpecReport { document: "DM-Protocol-1.2".into(), section: "9.1".into() }],
        other_ids: vec!["X-DM-41".into()],
        verdict,
        step: Some("retry".into()),
        reason: reason.to_owned(),
        trials: TrialCounts { pass: 3, fail: u64::from(verdict == TestCaseVerdict::Fail), inconclusive: 1 },
        waived: None,
        fingerprint: Some("0123456789abcdef".into()),
        evidence: vec![
            Evidence {
                session: 1,
                message: Some(2),
                frames: [8, 9].into_iter().filter_map(FrameNo::new).collect(),
                step: Some("challenge".into()),
                bound: Some("challenge".into()),
                text: "Status 401 with a challenge".into(),
                ..Evidence::default()
            },
            Evidence {
                session: 1,
                message: Some(3),
                frames: FrameNo::new(12).into_iter().collect(),
                step: Some("retry".into()),
                part: EvidencePart::Violation,
                text: "no Cred <script>".into(),
                expected: Some("Cred of type syncml:auth-md5".into()),
                ..Evidence::default()
            },
        ],
    }
}

/// A case of each verdict, one of them waived.
pub(crate) fn testcases() -> Vec<TestCaseReport> {
    let waived = WaivedReport { reason: "accepted by the operator".into(), owner: None, expires: None };
    vec![
        case(1, TestCaseVerdict::Pass, ""),
        case(2, TestCaseVerdict::Fail, "the client did not repeat package 1 | `x`"),
        case(3, TestCaseVerdict::Inconclusive, "window-open: the input ends before the answer"),
        case(4, TestCaseVerdict::NotApplicable, "C-AUTH-MD5 is false"),
        case(5, TestCaseVerdict::Error, "an expression could not be worked out"),
        TestCaseReport { waived: Some(waived), ..case(6, TestCaseVerdict::Fail, "known") },
    ]
}

/// The same report with test cases.
pub(crate) fn store_with_cases(count: u32) -> ReportStore {
    let mut store = store(count);
    store.finish(inputs(), rules(), testcases());
    store
}

pub(crate) fn store(count: u32) -> ReportStore {
    let mut store = ReportStore::default();
    for (number, session) in (1..).zip(sessions(count)) {
        store.add(number, &session).unwrap();
    }
    store.finish(inputs(), rules(), Vec::new());
    store
}
