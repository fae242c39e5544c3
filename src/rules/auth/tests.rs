//! What must not be flagged, what is flagged mildly, and what nobody can say.

use super::FAMILY;
use super::common::{BASIC, MAC, MD5, challenged, script};
use crate::base::Severity;
use crate::dm::Tracker;
use crate::fixture::Script;
use crate::rules::engine::{Engine, Selection};
use crate::rules::finding::Reason;
use crate::rules::proof::judge;

/// What a rule says of a script: `e`, `w` and `i` for each finding, `?` where it could not decide, `.` where it held.
fn said(id: &str, text: &str) -> String {
    let rule = crate::rules::find(id).unwrap();
    let (tally, findings) = judge(rule, text);
    let mut said: String = findings
        .iter()
        .map(|finding| match finding.severity {
            Severity::Info => 'i',
            Severity::Warning => 'w',
            Severity::Error => 'e',
        })
        .collect();
    if tally.undecided_in_all() > 0 {
        said.push('?');
    }
    if said.is_empty() && tally.occasions > 0 {
        said.push('.');
    }
    said
}

/// Each row: a rule, what it says, the session.
fn check(rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(id, expected, text)| {
            let said = said(id, text);
            (said != *expected).then(|| format!("{id} says {said:?}, not {expected:?}, of\n{text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_passes_one_rule_passes_the_whole_family() {
    for owner in FAMILY.rules {
        for text in owner.pass {
            for rule in FAMILY.rules.iter().filter(|rule| !["AUTH-032", "AUTH-033", "AUTH-044"].contains(&rule.id)) {
                let (_, findings) = judge(rule, text);
                let bad: Vec<&str> = (findings.iter())
                    .filter(|finding| finding.severity > Severity::Info)
                    .map(|finding| finding.seen.as_str())
                    .collect();
                // Their examples have the other side at fault.
                let expected = matches!((owner.id, rule.id), ("AUTH-018" | "AUTH-043", "AUTH-017"));
                assert!(bad.is_empty() || expected, "{} of {}: {bad:?}\n{text}", rule.id, owner.id);
            }
        }
    }
}

#[test]
fn without_credentials_no_digest_is_judged_and_the_session_is_not_inconclusive_for_it() {
    let engine = Engine::new(Selection { select: vec!["AUTH".to_owned()], ..Selection::default() });
    for (text, digests) in [(MD5, 1), (MAC, 2)] {
        let mut tracker = Tracker::new();
        let mut sessions = Vec::new();
        let mut keep = |finished: crate::dm::Finished| sessions.push(*finished.session);
        for exchange in Script::parse(text).unwrap().exchanges() {
            tracker.exchange(exchange, &mut keep);
        }
        tracker.finish(&mut keep);
        let outcome = engine.judge(&sessions[0]);
        let undecided: u64 = outcome.tallies.iter().map(|tally| tally.undecided_for(Reason::NoCredentials)).sum();
        assert_eq!((undecided, outcome.undecided_requirements), (digests, 0), "{text}");
    }
}

#[test]
fn types_and_forms_are_taken_mildly_where_they_can_be_understood() {
    check(&[
        ("AUTH-002", "w", "device cred=raw:SYNCML:AUTH-BASIC:QTpC\n Alert 1201\n"),
        ("AUTH-002", "w", "device cred=raw:com.example:token:QTpC\n Alert 1201\n"),
        ("AUTH-002", "e", "device cred=raw:syncml:auth-sha1:QTpC\n Alert 1201\n"),
        // The base64 of the hexadecimal digest.
        (
            "AUTH-005",
            "w",
            "device cred=raw:syncml:auth-md5:NjY4ZTg0OGFmNDc3YzllNjlhMTBkNzExMzdhOTY5MDE=\n Alert 1201\n",
        ),
        // Padding left out.
        ("AUTH-005", ".", "device cred=raw:syncml:auth-md5:Zz6EivR3yeaaENcRN6lpAQ\n Alert 1201\n"),
        (
            "AUTH-006",
            "w",
            "device cred=raw:syncml:auth-basic:A:B\n Alert 1201\n patch \"<Type xmlns='syncml:metinf'>syncml:auth-basic:A</Type>\" \
             => \"<Type xmlns='syncml:metinf'>syncml:auth-basic</Type>\"\n patch \"<Data>B</Data>\" => \"<Data>A:B</Data>\"\n patch \
             \">b64<\" => \">chr<\"\n",
        ),
    ]);
}

#[test]
fn a_challenge_may_be_the_last_word_and_an_abort_needs_none() {
    check(&[
        // Refused a second time, for good.
        (
            "AUTH-008",
            "w",
            challenged!("device", " Status SyncHdr 407 chal=basic", "device cred=basic:A:B", " Status SyncHdr 401"),
        ),
        (
            "AUTH-008",
            ".",
            challenged!("device", " Status SyncHdr 407 chal=basic", "device\n Alert 1223", " Status SyncHdr 407"),
        ),
        // A digest that was asked for has had its fresh nonce.
        (
            "AUTH-024",
            "",
            challenged!(
                "device",
                " Status SyncHdr 407 chal=md5:Tm9uY2U=",
                "device cred=md5:Bruce2:wrong:Tm9uY2U=",
                " Status SyncHdr 401"
            ),
        ),
    ]);
}

#[test]
fn who_was_refused_may_give_up_and_a_lost_message_accuses_nobody() {
    let challenge = " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==";
    let given_up = format!(
        "device\n Alert 1201\nserver\n{challenge}\n Status Alert 407\ndevice\n Status SyncHdr 200\nserver\n Status SyncHdr 200\n"
    );
    let by_http = format!(
        "device\n Alert 1201\nserver\n{challenge}\n Status Alert 407\ndevice header=\"Authorization: Basic QTpC\"\n Status SyncHdr 200\n Alert 1201\n\
         server\n Status SyncHdr 200\n Status Alert 200\n"
    );
    for id in ["AUTH-017", "AUTH-018", "AUTH-021", "AUTH-022", "AUTH-043"] {
        assert_eq!(said(id, &given_up), "", "{id}");
    }
    assert_eq!(said("AUTH-021", &by_http), "?");
    assert_eq!(said("AUTH-018", &by_http), "?");
    // Both sides refuse each other: the client repeats its package in the message that refuses the server.
    assert_eq!(said("AUTH-019", include_str!("../../../tests/fixtures/u15.dms")), ".");
}

#[test]
fn a_type_changes_on_demand() {
    check(&[(
        "AUTH-030",
        // Basic is accepted for one message, and a digest asked for with the next.
        "",
        challenged!(
            "device",
            " Status SyncHdr 407 chal=basic",
            "device cred=basic:Bruce2:OhBehave",
            " Status SyncHdr 200 chal=md5:Tm9uY2U=",
            "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
            " Status SyncHdr 200",
            " Status Get 404",
        ),
    )]);
    // Basic is refused, a digest is asked for and accepted.
    check(&[(
        "AUTH-030",
        "",
        challenged!(
            "device cred=basic:Bruce2:OhBehave",
            " Status SyncHdr 401 chal=md5:Tm9uY2U=",
            "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
            " Status SyncHdr 212"
        ),
    )]);
}

#[test]
fn a_connection_that_may_show_who_its_ends_are_is_not_looked_at() {
    let session = |options: &str| {
        format!(
            "session server=http://dm.example.com/dm\ndevice {options}\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n \
             Delete ./A\ndevice {options}\n Status SyncHdr 200\n Status Delete 200\nserver\n Status SyncHdr 200\n"
        )
    };
    for id in ["AUTH-032", "AUTH-033"] {
        assert_eq!(said(id, &session("")), "w", "{id}");
        for options in ["tls", "header=\"Authorization: Basic QTpC\"", "header=\"Via: 1.1 front\""] {
            assert_eq!(said(id, &session(options)), "", "{id} {options}");
        }
    }
}

#[test]
fn the_same_digest_twice_is_right_where_the_same_nonce_was_given_twice() {
    let twice = |first: &str, second: &str| {
        format!(
            "{first}\n Alert 1201\nserver\n Status SyncHdr 200 chal=md5:{second}\n Status Alert 200\n Get ./A\n\
             device cred=md5:Bruce2:OhBehave:Tm9uY2U=\n Status SyncHdr 200\n Status Get 404\n"
        )
    };
    // The nonce of the first digest is not in the session, and the one given is that one.
    assert_eq!(said("AUTH-028", &twice("device cred=md5:Bruce2:OhBehave:Tm9uY2U=", "Tm9uY2U=")), ".");
    // Another password than the one known: nobody can tell.
    assert_eq!(said("AUTH-028", &twice("device cred=md5:Bruce2:x:Tm9uY2U=", "Tm9uY2U=").replace("OhBehave", "x")), "?");
}

#[test]
fn a_digest_over_an_unknown_nonce_accuses_nobody() {
    check(&[
        // Made with a nonce of a session that was not captured; another digest shows that the password is right.
        (
            "AUTH-007",
            "?",
            challenged!(
                "device cred=md5:Bruce2:OhBehave:4nHfS6UwOa1iXe9jKd3RqQ==",
                " Status SyncHdr 401 chal=md5:Tm9uY2U=",
                "device cred=md5:Bruce2:OhBehave:Tm9uY2U=",
                " Status SyncHdr 212"
            ),
        ),
        // Nothing fits: the password given may be wrong. It is said once.
        (
            "AUTH-007",
            "i?",
            challenged!(
                "device cred=md5:Bruce2:x:4nHfS6UwOa1iXe9jKd3RqQ==",
                " Status SyncHdr 401 chal=md5:Tm9uY2U=",
                "device cred=md5:Bruce2:x:Tm9uY2U=",
                " Status SyncHdr 212"
            ),
        ),
        // A mistake that was refused is the business of the two sides.
        (
            "AUTH-007",
            "i",
            challenged!(
                "device",
                " Status SyncHdr 407 chal=md5:Tm9uY2U=",
                "device cred=md5:Bruce2:OhBehave:VG05dVkyVT0=",
                " Status SyncHdr 401"
            ),
        ),
    ]);
}

/// A session that ends with a nonce for the next one, and the next one; what is left out of the first; the digest of the
/// second.
fn two_sessions(first: &str, nonce: &str) -> String {
    format!(
        "session session=4\ndevice\n Alert 1201\nserver\n Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==\n Status Alert 407\n\
         device cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==\n Status SyncHdr 200\n Alert 1201\n\
         server\n Status SyncHdr 212 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n Get ./A\n\
         device locname=Bruce2\n Status SyncHdr 200\n Status Get 404\nserver {first}\n Status SyncHdr 200\n\
         session session=5\ndevice cred=md5:Bruce2:OhBehave:{nonce} at=+60\n Alert 1201\n\
         server\n Status SyncHdr 212 chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n"
    )
}

#[test]
fn an_earlier_session_counts_where_it_was_captured_as_a_whole() {
    let (new, old) = ("9RfKc3YtV6oAeN0uGhB5Jw==", "qzJ7m0b2E8XxL1vP4sWdTg==");
    assert_eq!(said("AUTH-029", &two_sessions("", new)), ".");
    assert_eq!(said("AUTH-029", &two_sessions("", old)), "w");
    // The end is missing: another nonce may have come there.
    assert_eq!(said("AUTH-029", &two_sessions("lost", old)), "");
    // The default nonce: both sides may have begun anew after a notification.
    assert_eq!(said("AUTH-029", &two_sessions("", "AAAAAA==")), ".");
    // The empty nonce is nobody's.
    assert_eq!(said("AUTH-029", &two_sessions("", "")), "w");
    // The same nonce again is seen whatever else is missing.
    assert_eq!(said("AUTH-014", &two_sessions("", new)), "w");
    assert_eq!(said("AUTH-014", &two_sessions("lost", new)), "w");
    let other = |first: &str| {
        let text = two_sessions(first, new);
        let at = text.rfind("9RfKc3YtV6oAeN0uGhB5Jw==").unwrap();
        format!("{}4nHfS6UwOa1iXe9jKd3RqQ=={}", &text[..at], &text[at + 24..])
    };
    assert_eq!(said("AUTH-014", &other("")), ".");
    assert_eq!(said("AUTH-014", &other("lost")), "?");
    // Another server, or another device, has nonces of its own.
    let elsewhere =
        two_sessions("", new).replace("session session=5", "session session=5 server=https://other.example.com/dm");
    assert_eq!(said("AUTH-014", &elsewhere), "");
}

#[test]
fn only_a_rule_that_declares_it_is_told_what_was_before() {
    use crate::rules::cx::Msg;
    use crate::rules::rule::{Check, Rule, Scope};
    const ASKS: Rule = Rule {
        check: Check::Session(|session, cx| {
            let first = session.entries_with_ids().next();
            if let Some((id, entry)) = first.filter(|_| cx.past().previous().is_some()) {
                cx.occasion(Msg { session, id, entry }.at()).held();
            }
        }),
        ..Rule::MUST
    };
    static WITHIN: Rule = Rule { scope: Scope::Session, ..ASKS };
    static ACROSS: Rule = Rule { scope: Scope::CrossSession, ..ASKS };
    let text = include_str!("../../../tests/fixtures/s04.dms");
    assert_eq!(judge(&WITHIN, text).0.occasions, 0);
    assert_eq!(judge(&ACROSS, text).0.occasions, 1);
}

#[test]
fn a_client_that_tries_again_may_keep_its_session_id() {
    let session = |first: &str, alert: &str| {
        format!(
            "session session=7\ndevice\n Alert {alert}\nserver {first}\n Status SyncHdr 200\n Status * 200\n\
             session session=7\ndevice at=+60\n Alert 1201\n Replace ./DevInfo/DevId=IMEI:1\n\
             server\n Status SyncHdr 200\n Status * 200\n"
        )
    };
    assert_eq!(said("HDR-009", &session("", "1201")), "w");
    assert_eq!(said("HDR-009", &session("lost", "1201")), "?");
    assert_eq!(said("HDR-009", &session("", "1200")), "");
}

#[test]
fn header_names_and_white_space_of_the_integrity_header_are_free() {
    let with = |header: &str| format!("device locname=Bruce2 header=\"{header}\"\n Alert 1201\n");
    let free = with("X-SyncML-HMAC: mac = 6AZk96DG6F0jSIaEpbK4Ng , username = \\\"Bruce2\\\" ,algorithm = MD5");
    for id in ["AUTH-035", "AUTH-036", "AUTH-037", "AUTH-038", "AUTH-039"] {
        assert_eq!(said(id, &free), ".", "{id}");
    }
    assert_eq!(
        said("AUTH-035", &with("x-syncml-hmac: mac=\\\"6AZk96DG6F0jSIaEpbK4Ng==\\\", username=\\\"Bruce2\\\"")),
        "w"
    );
    assert_eq!(said("AUTH-036", &with("x-syncml-hmac: mac=6AZk96DG6F0jSIaEpbK4Ng==, username=Bruce2")), "w");
    assert_eq!(said("AUTH-039", &with("x-syncml-hmac: mac=6AZk96DG6F0jSIaEpbK4Ng==, username=\\\"Bruce, 2\\\"")), "e");
    // Quoted strings of HTTP: a quote or a comma inside, and a backslash that escapes nothing.
    for (name, quoted) in [("a\\\"b", "a\\\\\\\"b"), ("a,b=c", "a,b=c"), ("D\\\\u", "D\\\\u"), ("D\\\\", "D\\\\")] {
        let text = with(&format!("x-syncml-hmac: username=\\\"{quoted}\\\", mac=6AZk96DG6F0jSIaEpbK4Ng=="));
        let text = text.replace("locname=Bruce2", &format!("locname=\"{name}\""));
        for id in ["AUTH-035", "AUTH-036", "AUTH-037", "AUTH-039"] {
            assert_eq!(said(id, &text), ".", "{id} of {text}");
        }
    }
    // The last answer of a session may be short.
    let short = MAC.replace(" chal=mac:Zk81QxLrT2mWvD7yPs0bCA==", "");
    assert_eq!(said("AUTH-042", &short), "w");
}

#[test]
fn a_session_cut_anywhere_is_not_accused_of_what_is_missing() {
    for text in [
        MD5,
        MAC,
        BASIC,
        include_str!("../../../tests/fixtures/s04.dms"),
        &two_sessions("", "9RfKc3YtV6oAeN0uGhB5Jw=="),
    ] {
        let script = Script::parse(text).unwrap();
        let engine = Engine::with_rules(FAMILY.rules.to_vec(), Selection::default());
        let count = script.messages().len();
        for (from, to) in (0..count).flat_map(|from| (from..=count).map(move |to| (from, to))) {
            let mut tracker = Tracker::new();
            let mut bad = Vec::new();
            let mut keep = |finished: crate::dm::Finished| {
                let findings = engine.judge(&finished.session).findings;
                bad.extend(findings.into_iter().filter(|finding| finding.severity == Severity::Error));
            };
            for exchange in script.cut(from, to).exchanges() {
                tracker.exchange(exchange, &mut keep);
            }
            tracker.finish(&mut keep);
            assert!(bad.is_empty(), "messages {from} to {to} of\n{text}\n{bad:?}");
        }
    }
}

/// Three messages of a device with the integrity header or without it, and what the server says of each.
fn with_headers(headers: [&str; 3], words: [&str; 3]) -> String {
    let rest = [" Alert 1201", " Status SyncHdr 200\n Status Get 404", " Status SyncHdr 200\n Status Get 404"];
    let next = ["\n Status Alert 200\n Get ./A", "\n Get ./B", ""];
    (0..3).map(|at| format!("device {}\n{}\nserver\n{}{}\n", headers[at], rest[at], words[at], next[at])).collect()
}

#[test]
fn one_cause_at_the_integrity_header_is_said_once() {
    let hmac = "hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==";
    let given = [
        " Status SyncHdr 200 chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==",
        " Status SyncHdr 200 chal=mac:Zk81QxLrT2mWvD7yPs0bCA==",
        " Status SyncHdr 200 chal=mac:4nHfS6UwOa1iXe9jKd3RqQ==",
    ];
    assert_eq!(said("AUTH-034", &with_headers([hmac, "", ""], given)), "e");
    // Whoever was told that no more is needed is not at fault.
    let enough = [" Status SyncHdr 212", " Status SyncHdr 200", " Status SyncHdr 200"];
    assert_eq!(said("AUTH-034", &with_headers([hmac, "", ""], enough)), "");
    assert_eq!(said("AUTH-041", &with_headers([hmac, "", ""], enough)), "e");
    assert_eq!(said("AUTH-042", &with_headers([hmac; 3], [" Status SyncHdr 200"; 3])), "e");
    let other = [given[0], " Status SyncHdr 200", given[2]];
    assert_eq!(said("AUTH-042", &with_headers([hmac; 3], other)), "e");
    let bare = "locname=Bruce2 header=\"x-syncml-hmac: algorithm=SHA1, username=bob, mac=6AZk96DG6F0jSIaEpbK4Ng==\"";
    for (id, expected) in [("AUTH-036", "w"), ("AUTH-038", "w")] {
        assert_eq!(said(id, &with_headers([bare; 3], given)), expected, "{id}");
        assert_eq!(said(id, &with_headers([bare, hmac, bare], given)), expected.repeat(2), "{id}");
    }
}

#[test]
fn a_nonce_that_was_meant_for_the_session_may_be_given_in_its_challenge() {
    let sessions = |code: &str, words: &str| {
        format!(
            "session session=1\ndevice cred=md5:Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==\n Alert 1201\nserver\n Status SyncHdr {code} \
             chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\nsession session=2\ndevice at=+60\n Alert 1201\nserver\n \
             Status SyncHdr {words} chal=md5:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n"
        )
    };
    assert_eq!(said("AUTH-014", &sessions("212", "407")), ".");
    assert_eq!(said("AUTH-014", &sessions("212", "200")), "w");
    assert_eq!(said("AUTH-014", &sessions("200", "407")), "w");
}

#[test]
fn who_reads_a_nonce_as_its_challenge_says_is_not_at_fault() {
    let session = |format: &str| {
        challenged!(
            "device",
            " Status SyncHdr 407 chal=md5:qzJ7m0b2E8XxL1vP4sWdTg==\n patch \">b64<\" => \">FORMAT<\"",
            "device cred=md5:Bruce2:OhBehave:cXpKN20wYjJFOFh4TDF2UDRzV2RUZz09",
            " Status SyncHdr 212",
        )
        .replace("FORMAT", format)
    };
    assert_eq!((said("AUTH-010", &session("chr")), said("AUTH-007", &session("chr"))), ("e".into(), "?".into()));
    assert_eq!((said("AUTH-010", &session("b64")), said("AUTH-007", &session("b64"))), (".".into(), "e".into()));
}

#[test]
fn after_an_abort_no_nonce_is_needed() {
    let aborted = |by: &str| {
        format!(
            "device\n Alert 1201\nserver\n Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==\n Status Alert 407\n\
             device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==\n Status SyncHdr 200\n{by}"
        )
    };
    let rule = crate::rules::find("AUTH-042").unwrap();
    for by in [
        " Alert 1223\nserver\n Status SyncHdr 200\n Status Alert 200\n",
        " Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n Alert 1223\n",
    ] {
        let (tally, findings) = judge(rule, &aborted(by));
        assert!(findings.is_empty() && tally.occasions == 0, "{tally:?} {findings:?}");
    }
}

#[test]
fn a_new_secret_is_found_in_use_only_where_the_old_one_was_seen_in_use() {
    // The password before, the secret that the server writes, the Status for that, and the password behind it.
    let script = |before: &str, new: &str, code: u16, behind: &str| {
        format!(
            "device\n Alert 1201\nserver\n Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==\n Status Alert 407\ndevice \
             hmac=Bruce2:{before}:qzJ7m0b2E8XxL1vP4sWdTg==\n Status SyncHdr 200\n Alert 1201\nserver\n Status SyncHdr 200 \
             chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n Replace ./DMAcc/x/AppAuth/c/AAuthSecret={new}\ndevice \
             hmac=Bruce2:{behind}:9RfKc3YtV6oAeN0uGhB5Jw==\n Status SyncHdr 200\n Status Replace {code}\nserver\n Status SyncHdr 200 \
             chal=mac:Zk81QxLrT2mWvD7yPs0bCA==\n"
        )
    };
    for (before, new, code, behind, expected) in [
        ("OhBehave", "Shagadelic", 200, "Shagadelic", "w"),
        ("OhBehave", "Shagadelic", 200, "OhBehave", "."),
        ("OhBehave", "OhBehave", 200, "OhBehave", "."),
        ("OhBehave", "Shagadelic", 200, "Groovy", "?"),
        // The password that is known is another one: nobody can say which one was changed.
        ("Shagadelic", "Shagadelic", 200, "Shagadelic", "?"),
        ("OhBehave", "Shagadelic", 405, "Shagadelic", ""),
    ] {
        assert_eq!(said("AUTH-047", &script(before, new, code, behind)), expected, "{before} {new} {code} {behind}");
    }
    let basic = script("OhBehave", "Shagadelic", 200, "Shagadelic");
    let elsewhere = basic.replace("AAuthSecret=", "AAuthName=");
    assert_eq!(said("AUTH-047", &elsewhere), "");
}

#[test]
fn a_secret_that_an_earlier_session_changed_is_in_force_in_the_next() {
    // The Status for the Replace, the password in the session after it.
    let script = |code: u16, behind: &str| {
        format!(
            "session session=1\ndevice\n Alert 1201\nserver\n Status SyncHdr 407 chal=mac:qzJ7m0b2E8XxL1vP4sWdTg==\n Status Alert 407\n\
             device hmac=Bruce2:OhBehave:qzJ7m0b2E8XxL1vP4sWdTg==\n Status SyncHdr 200\n Alert 1201\nserver\n Status SyncHdr 200 \
             chal=mac:9RfKc3YtV6oAeN0uGhB5Jw==\n Status Alert 200\n Replace ./DMAcc/x/AppAuth/c/AAuthSecret=Shagadelic\ndevice \
             hmac=Bruce2:OhBehave:9RfKc3YtV6oAeN0uGhB5Jw==\n Status SyncHdr 200\n Status Replace {code}\nserver\n Status SyncHdr 200 \
             chal=mac:Zk81QxLrT2mWvD7yPs0bCA==\nsession session=2\ndevice at=+60\n Alert 1201\nserver\n Status SyncHdr 407 \
             chal=mac:c3RhbGVzdGFsZXN0YWxlcw==\n Status Alert 407\ndevice hmac=Bruce2:{behind}:c3RhbGVzdGFsZXN0YWxlcw==\n Status SyncHdr \
             200\n Alert 1201\nserver\n Status SyncHdr 200 chal=mac:Zk81QxLrT2mWvD7yPs0bCA==\n Status Alert 200\n"
        )
    };
    for (code, behind, expected) in [
        (200, "Shagadelic", "."),
        (200, "OhBehave", "."),
        (200, "Groovy", "?"),
        // The client refused it, and it is nobody's secret.
        (405, "Shagadelic", "i"),
    ] {
        assert_eq!(said("AUTH-040", &script(code, behind)), expected, "{code} {behind}");
    }
    // What was given may be the new one.
    let first = script(200, "x").replace("OhBehave", "Groovy");
    let (first, _) = first.split_once("session session=2").unwrap();
    assert_eq!(said("AUTH-040", first), "?");
}

#[test]
fn a_resynchronisation_is_followed_only_where_another_nonce_was_in_force() {
    let first = include_str!("../../../tests/fixtures/s11b.dms");
    let asked = |notification: &str, client: &str| {
        format!(
            "session session=2B7\nnotification id=2b7 nonce={notification} at=+60\ndevice at=+5 cred=md5:Bruce2:OhBehave:{client}\n Alert \
             1200\nserver\n Status SyncHdr 212 chal=md5:Zk81QxLrT2mWvD7yPs0bCA==\n Status Alert 200\n"
        )
    };
    let (zeros, text, clients, servers) =
        ("AAAAAA==", "MHgwMDAwMDAwMA==", "qzJ7m0b2E8XxL1vP4sWdTg==", "9RfKc3YtV6oAeN0uGhB5Jw==");
    for (notification, client, expected) in [
        (zeros, zeros, "."),
        (text, zeros, "."),
        (zeros, clients, "w"),
        (text, "", "w"),
        // A nonce that nobody knows.
        (zeros, "Zk81QxLrT2mWvD7yPs0bCA==", "?"),
        // No resynchronisation.
        (servers, clients, ""),
    ] {
        let script = format!("{first}{}", asked(notification, client));
        assert_eq!(said("AUTH-051", &script), expected, "{notification} {client}");
    }
    // Which nonce was in force before is not known.
    assert_eq!(said("AUTH-051", &asked(zeros, clients)), "");
}

#[test]
fn what_is_signed_or_encrypted_is_judged_only_where_it_can_be_read() {
    let baseline = include_str!("../../../tests/fixtures/s19.dms");
    let with = |old: &str, new: &str| {
        assert!(baseline.contains(old), "{old}");
        baseline.replace(old, new)
    };
    let rows: [(&str, &str, String); 8] = [
        // An Id that another name space has, and a document that breaks off.
        ("AUTH-053", "", with("http://www.w3.org/2000/09/xmldsig#'>", "urn:example:other'>").replace("xmldsig#", "x#")),
        ("AUTH-053", "", with("</s:Signed>", "")),
        (
            "AUTH-053",
            "i",
            with(
                "<ds:Transforms><ds:Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/></ds:Transforms>",
                "",
            ),
        ),
        ("AUTH-053", "w", with("<ds:DigestValue>3q2+7wAAAAAAAAAAAAAAAAAAAAA=", "<ds:DigestValue>?")),
        ("AUTH-054", "i", with("#rsa-1_5", "#rsa-oaep-mgf1p")),
        ("AUTH-054", "w", with("<ds:KeyInfo><ds:KeyName>device</ds:KeyName></ds:KeyInfo>", "")),
        ("AUTH-054", "", with("type=application/xenc+xml", "type=application/xml")),
        ("AUTH-055", ".", baseline.to_owned()),
    ];
    for (id, expected, script) in rows {
        assert_eq!(said(id, &script), expected, "{id} of\n{script}");
    }
}
