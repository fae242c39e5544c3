use super::super::proof::{check, judge, sessions};
use super::{account, dm, document, follow, groups, message, push, references, session, tnds};
use crate::base::Severity::{Error, Info, Warning};
use crate::dm::SharedSecret;
use crate::provisioning::{KeyForm, Proof};
use crate::push::BootstrapPush;

const SHORT: &[u8] = include_bytes!("../../../tests/corpus/provisioning/short");
const ACCOUNT: &[u8] = include_bytes!("../../../tests/corpus/provisioning/account");
const PAGES: &[u8] = include_bytes!("../../../tests/corpus/provisioning/pages");
const DM_PUSH: &[u8] = include_bytes!("../../../tests/corpus/provisioning/dm-push");

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A bootstrap message with that content, and a session.
fn with(options: &str, body: &[u8]) -> String {
    format!("bootstrap {options} body-hex={}\n{}", hex(body), session!())
}

#[test]
fn macs_of_known_messages_verify_in_a_session_too() {
    let dm = BootstrapPush::decode(DM_PUSH).unwrap().body;
    for (options, body, form) in [
        ("cp sec=1 mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41", SHORT, KeyForm::NoNetwork),
        ("cp sec=0 mac=EBA0A21247EEB32B36A11B028907D0121AC53DEF", SHORT, KeyForm::SemiOctets),
        ("cp sec=2 mac=14FE8A76ABA5BE3F27A2A75DB5D9287D94CAB54A", ACCOUNT, KeyForm::SemiOctets),
        ("cp sec=1 mac=9482DC5DF77ADBF6C08DF9B9CE9415159254AF7B", PAGES, KeyForm::NoNetwork),
        ("dm sec=NETWORKID mac=575C8ADE371D6318F7165193CCA577BD62983892", dm.as_slice(), KeyForm::SemiOctets),
        ("dm sec=0 mac=7BD490A3A3B073E1C1913B74129E9070AEE9AC4A", dm.as_slice(), KeyForm::Digits),
        ("dm sec=USERPIN mac=8EF61BD4C7C7B06BE6CE1E7CC45A15E8AC5D3A32", dm.as_slice(), KeyForm::NoNetwork),
        ("dm sec=USERPIN_NETWORKID mac=90DD655DF6DB889AA5950FC3E9C463086405319B", dm.as_slice(), KeyForm::Digits),
    ] {
        // What the fixture computes is what the vector says.
        let computed: Vec<&str> = options.split(' ').filter(|word| !word.starts_with("mac=")).collect();
        for options in [options.to_owned(), computed.join(" ")] {
            let [session] = sessions(&with(&options, body)).try_into().unwrap();
            assert_eq!(session.bootstraps.len(), 1, "{options}");
            assert!(
                matches!(session.bootstraps[0].proof, Proof::Authentic(found) if found == form || form == KeyForm::Digits),
                "{options}"
            );
        }
    }
    let mut broken = ACCOUNT.to_vec();
    broken[40] ^= 1;
    check(&push::MAC, &[(&with("cp sec=1 mac=7754E3CE79D759BA626D5F39673CBAFEF5283F25", &broken), &[Warning])]);
}

#[test]
fn known_messages_are_as_they_should_be() {
    let dm = BootstrapPush::decode(DM_PUSH).unwrap().body;
    let engine = crate::rules::Engine::new(crate::rules::Selection::default());
    for (options, body) in [("cp", ACCOUNT), ("cp", PAGES), ("cp", SHORT), ("dm", dm.as_slice())] {
        for session in sessions(&with(options, body)) {
            let outcome = engine.judge(&session);
            let found: Vec<String> = (outcome.findings.iter())
                .filter(|found| found.severity > Info || found.rule.family() == "BST")
                .map(|found| format!("{} {}", found.rule.id, found.seen))
                .collect();
            assert!(found.is_empty(), "{options} {found:?}");
        }
    }
}

#[test]
fn an_account_that_is_not_known_is_not_held_against_anything() {
    let [session] = sessions(account!()).try_into().unwrap();
    let bootstrap = &session.bootstraps[0];
    assert_eq!((bootstrap.repeated, bootstrap.shared), (0, SharedSecret::NotCompared));
    assert!(bootstrap.document().is_some_and(|document| document.remarks.is_empty() && document.fault.is_none()));
    let twice = concat!("bootstrap\n    NAPDEF NAPID=A\nbootstrap at=+1\n    NAPDEF NAPID=A\n", session!());
    let [session] = sessions(twice).try_into().unwrap();
    assert_eq!((session.bootstraps.len(), session.bootstraps[0].repeated), (1, 1));
}

#[test]
fn a_push_that_came_after_the_session_began_belongs_to_the_next() {
    let text = concat!(session!(), "bootstrap at=+1\n    NAPDEF NAPID=A\n", "session session=2\n", session!());
    let found: Vec<usize> = sessions(text).iter().map(|session| session.bootstraps.len()).collect();
    assert_eq!(found, [0, 1]);
    let text = concat!("bootstrap port=9200\n    NAPDEF NAPID=A\n", session!());
    assert_eq!(sessions(text)[0].bootstraps.len(), 0);
}

#[test]
fn the_form_of_sec_and_mac_weighs_as_the_profile_does() {
    check(
        &push::SEC_AND_MAC,
        &[
            (account!("mac="), &[Warning]),
            (dm!("mac="), &[Error]),
            (account!("sec=3 mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41"), &[Info]),
            (account!("mac=f14e5dcd6dd2b4b4a68485f38cd5110c5c3c5d41"), &[Info]),
            (account!("sec= mac=F14E5DCD6DD2B4B4A68485F38CD5110C5C3C5D41"), &[Warning]),
            (dm!("sec=NETPIN"), &[]),
            (dm!("sec=NETPIN mac=12"), &[Error]),
        ],
    );
    check(&push::MAC, &[(account!("pin=4321"), &[Warning]), (dm!("pin=4321"), &[Error])]);
}

#[test]
fn without_a_secret_nothing_is_said_of_a_mac() {
    let script = crate::fixture::Script::parse(account!("pin=4321")).unwrap();
    let sessions = crate::testcase::proof::sessions(&script, &crate::dm::Secrets::default());
    let engine = crate::rules::Engine::with_rules(vec![&push::MAC], crate::rules::Selection::default());
    let outcome = engine.judge(&sessions[0]);
    assert_eq!((outcome.findings.len(), outcome.tallies[0].undecided_in_all()), (0, 1));
}

#[test]
fn a_document_that_is_cut_is_not_judged_by_what_it_lacks() {
    let cut = &ACCOUNT[..ACCOUNT.len() - 60];
    for rule in [&document::ACCOUNT, &references::RESOLVE, &references::UNIQUE, &document::NESTING] {
        let (tally, findings) = judge(rule, &with("cp", cut));
        assert_eq!((findings.len(), tally.undecided_in_all()), (0, tally.occasions), "{}", rule.id);
        assert!(tally.occasions > 0, "{}", rule.id);
    }
    let (tally, findings) = judge(&message::SHAPE, &with("dm", &[2, 0xa4, 1, 0x6a, 0, 0x6d, 0x6c]));
    assert_eq!((findings.len(), tally.undecided_in_all()), (0, 1));
}

#[test]
fn ordinary_sessions_use_the_numbers_of_bootstrap_messages_too() {
    // MsgRef 1 and SessionID 1, but the server has a message 1 of its own.
    let text = concat!(
        "session session=1\nbootstrap dm session=1 msg=1\n",
        tnds!("./Inbox"),
        "device\n    Alert 1201\n    Replace ./DevInfo/DevId=IMEI:004400112233445\nserver\n    Status SyncHdr 200\n    Status * \
         200\n    Add ./A/b=1\ndevice\n    Status SyncHdr 200\n    Status Add 200\nserver\n    Status SyncHdr 200\n"
    );
    check(&follow::ANSWERED, &[(text, &[])]);
}

#[test]
fn get_and_exec_in_a_bootstrap_message_are_warnings() {
    check(
        &message::SHAPE,
        &[
            (dm!("", "    Get ./DevDetail/SwV\n"), &[Warning]),
            (dm!("source="), &[Error]),
            (dm!("session=5 msg=7"), &[]),
        ],
    );
}

#[test]
fn the_same_group_twice_is_a_group_twice() {
    check(&references::UNIQUE, &[(groups!("    NAPDEF NAPID=A\n    NAPDEF NAPID=B\n    PXLOGICAL PROXY-ID=A\n"), &[])]);
}

#[test]
fn what_went_to_a_telephone_says_nothing_of_the_device() {
    // A MAC that another device's secrets would verify, and an account that is another's.
    check(&push::MAC, &[(account!("bearer=sms pin=4321"), &[]), (account!("bearer=sms"), &[])]);
    let [session] = sessions(account!("bearer=smpp pin=4321")).try_into().unwrap();
    assert_eq!((session.bootstraps[0].proof, session.bootstraps[0].shared), (Proof::Wrong, SharedSecret::NotCompared));
    let other = "    Get ./DMAcc/1\ndevice\n    Status SyncHdr 200\n    Status Get 200\n    Results ./DMAcc/1/ServerID=dm.example.com \
                 ./DMAcc/1/Name=Sample\nserver\n    Status SyncHdr 200\n";
    for (bearer, found) in [("", 1), ("bearer=sms ", 0)] {
        let text = format!("{}{other}", account!().replace("bootstrap cp ", &format!("bootstrap cp {bearer}")));
        assert_eq!(judge(&follow::MAPPED, &text).1.len(), found, "{bearer}");
    }
}

#[test]
fn parts_are_only_held_to_one_another_where_the_whole_can_be_read() {
    check(
        &push::JOINED,
        &[(account!("bearer=sms ports=2948,9200"), &[Warning]), (account!("bearer=sms part=0 ports=2948,9200"), &[])],
    );
    // Cut off inside: the parts may be of two messages.
    let text = with("cp sec= bearer=sms ports=2948,9200", &ACCOUNT[..ACCOUNT.len() - 3]);
    assert_eq!(sessions(&text)[0].bootstraps.len(), 1);
    let (tally, findings) = judge(&push::JOINED, &text);
    assert_eq!((tally.occasions, tally.violations, findings.len()), (1, 0, 0));
}
