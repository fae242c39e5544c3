use super::*;
use crate::base::{Direction, Effect, Limits};
use crate::fixture::{Encoding, Script, ScriptMessage};
use crate::http;
use crate::markup::Tag;
use crate::syncml::{self, MediaType, Message};
use proptest::prelude::*;
use std::time::Duration;

use Direction::{DeviceToServer as C, ServerToDevice as S};

/// Package 1, a challenge, package 1 again, two commands, their answers, the end.
const SESSION: &str = "\
session device=IMEI:1 session=7
device
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:1 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en
server
    Status SyncHdr 401 chal=md5:Zm9vYmFyYmF6
device cred=md5:u:p:Zm9vYmFyYmF6
    Status SyncHdr 200
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:1 ./DevInfo/Man=A ./DevInfo/Mod=B ./DevInfo/DmV=1 ./DevInfo/Lang=en
server
    Status SyncHdr 212 chal=md5:bmV4dG5vbmNl
    Status Alert 200
    Status Replace 200
    Get ./DevDetail/SwV
    Replace ./A/B=1 format=chr type=text/plain
device
    Status SyncHdr 200
    Status Get 200
    Results ./DevDetail/SwV=7.1
    Status Replace 200
server
    Status SyncHdr 200
";

fn script(encoding: Encoding) -> Script {
    Script::parse(SESSION).unwrap().with_encoding(encoding).unwrap()
}

fn engine(faults: &[&str]) -> Engine {
    Engine::new(faults.iter().map(|fault| fault.parse().unwrap()).collect())
}

fn head(message: &ScriptMessage) -> Vec<u8> {
    let wire = message.wire();
    let end = wire.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    wire[..end].to_vec()
}

fn play(engine: &Engine, script: &Script) -> Vec<Plan> {
    let messages = script.messages().iter();
    messages.map(|one| engine.message(u64::from(one.connection), one.direction, &head(one), &one.transferred)).collect()
}

/// The plans of a session, as the numbers of the messages (from 1) that are not left alone.
fn struck(fault: &str) -> Vec<usize> {
    let plans = play(&engine(&[fault]), &script(Encoding::Xml));
    (1..).zip(&plans).filter(|(_, plan)| !plan.is_empty()).map(|(number, _)| number).collect()
}

fn decoded(body: &[u8]) -> Message {
    syncml::decode(body.to_vec(), MediaType::Missing).unwrap()
}

/// Applies one fault to one message (counted from 1) of the session, in both encodings.
fn changed(fault: &str, number: usize, check: impl Fn(&Message, &Message, &Plan)) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let script = script(encoding);
        let plan = play(&engine(&[fault]), &script).swap_remove(number - 1);
        let before = decoded(&script.messages()[number - 1].body);
        let body = plan.body.as_ref().unwrap_or_else(|| panic!("{fault} {encoding:?}"));
        let after = decoded(body);
        assert!(after.is_judgeable(), "{fault} {encoding:?}");
        assert_eq!(after.encoding(), before.encoding());
        check(&before, &after, &plan);
    }
}

/// Names of the elements of SyncBody.
fn names(message: &Message) -> Vec<String> {
    let tree = message.tree();
    tree.elements(message.sync_body.unwrap()).map(|id| tree.name(id).to_owned()).collect()
}

#[test]
fn what_is_read_is_written_and_read_again() {
    let table = [
        ("drop-final on server package 4 in session 2", "drop-final on server package 4 in session 2"),
        ("delay 3s on client", "delay 3s on client"),
        ("DELAY 120s", "delay 2m"),
        ("delay 1500ms once", "delay 1500ms once"),
        ("http 503 once on client package 3", "http 503 on client package 3 once"),
        ("corrupt 17 on server p=0.1 seed=7", "corrupt 17 on server p=0.1 seed=7"),
        ("corrupt p=.25", "corrupt p=0.25"),
        ("strip-status on status to replace", "strip-status with status to Replace"),
        ("strip-status all status to SyncHdr and message 2", "strip-status all message 2 with status to SyncHdr"),
        ("drop after 0 times 2", "drop after 0 times 2"),
        ("drop 900 on server", "drop after 900 on server"),
        ("truncate 10", "truncate 10"),
        ("msgid 7 session 1", "msgid 7 in session 1"),
        ("repeat-msgid server", "repeat-msgid on server"),
        ("alter-nonce p=1", "alter-nonce p=1"),
        ("repeat package 1", "repeat package 1"),
    ];
    for (text, written) in table {
        let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(fault.to_string(), written);
        assert_eq!(written.parse::<Fault>().as_ref(), Ok(&fault), "{written}");
    }
}

#[test]
fn what_can_not_be_read_says_where_and_what_is_allowed() {
    let table = [
        ("", "column 1: there is no fault; write, for one, \"drop-final on server package 4\""),
        (
            "drop-finale on server",
            "column 1: unknown fault \"drop-finale\"; did you mean drop-final? There are: delay, ",
        ),
        ("explode", "column 1: unknown fault \"explode\"; there are: delay, "),
        ("delay 3 on client", "column 7: \"3\" is not allowed here: a time of at most an hour"),
        ("delay 2h", "column 7: \"2h\" is not allowed here"),
        ("delay 61m", "column 7: \"61m\" is not allowed here"),
        ("delay", "column 6: after \"delay\" is missing: a time"),
        ("  http 404", "column 8: \"404\" is not allowed here: a status of HTTP from 500 to 599"),
        ("msgid x", "column 7: \"x\" is not allowed here: a number"),
        ("truncate 99999999999999999999", "column 10: \"99999999999999999999\" is not allowed here"),
        ("corrupt p=1.5", "column 11: \"1.5\" is not allowed here: a probability from 0 to 1"),
        ("corrupt seed=", "column 14: \"\" is not allowed here: a number"),
        ("drop-final on sever", "column 15: \"sever\" is no condition; did you mean server? There are: client"),
        ("drop-final on", "column 14: after \"on\" is missing: a condition"),
        ("drop-final package 5", "column 20: \"5\" is not allowed here: 1 or 3 of the client, 2 or 4 of the server"),
        ("drop-final session 0", "column 20: \"0\" is not allowed here: a number from 1"),
        ("drop-final once times 2", "column 17: how often is said twice"),
        ("drop-final on client on server", "column 25: the side is said twice"),
        (
            "strip-status status to Replase",
            "column 24: \"Replase\" is not allowed here: the name of a command, or SyncHdr; did you mean Replace?",
        ),
        ("strip-status status of Get", "column 21: \"of\" is not allowed here: \"to\""),
        ("drop-final on server package 3", "column 1: this never happens: packages 1 and 3 are the client's"),
        ("repeat on server", "column 1: this never happens: nothing can be sent to the device"),
        ("delay 1s ä", "column 10: \"ä\" is no condition"),
    ];
    for (text, expected) in table {
        let error = text.parse::<Fault>().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text}:\n{error}\n{expected}");
    }
    let long = format!("delay 1s{}", " ".repeat(Limits::FAULT_SPEC));
    assert!(matches!(long.parse::<Fault>().unwrap_err().kind, FaultErrorKind::TooLong { .. }));
}

#[test]
fn a_file_of_faults_has_one_a_line() {
    let faults = read_file("\u{feff}# all\n\ndelay 1s # slow\r\n  drop-final on server\n").unwrap();
    assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), ["delay 1s", "drop-final on server"]);
    let error = read_file("delay 1s\n  msgid x\n").unwrap_err();
    assert_eq!((error.line, error.column), (Some(2), 9));
    assert!(error.to_string().starts_with("line 2, column 9: "), "{error}");
    assert!(read_file(&"#".repeat(Limits::FAULT_FILE + 1)).is_err());
}

#[test]
fn conditions_pick_messages() {
    let table: &[(&str, &[usize])] = &[
        ("delay 1s", &[1, 2, 3, 4, 5, 6]),
        ("delay 1s on client", &[1, 3, 5]),
        ("delay 1s on server", &[2, 4, 6]),
        ("delay 1s package 1", &[1, 3]),
        ("delay 1s package 2", &[2, 4]),
        ("delay 1s package 3", &[5]),
        ("delay 1s package 4", &[6]),
        ("delay 1s message 2", &[3, 4]),
        ("delay 1s on server message 3", &[6]),
        ("delay 1s session 1 on client", &[1, 3, 5]),
        ("delay 1s session 2", &[]),
        ("delay 1s status to Get", &[5]),
        ("delay 1s on server status to Replace", &[4]),
        ("delay 1s once", &[1]),
        ("delay 1s on server times 2", &[2, 4]),
        ("delay 1s p=1", &[1, 2, 3, 4, 5, 6]),
        ("delay 1s p=0", &[]),
        // What finds nothing to change is not counted.
        ("strip-status once on client", &[3]),
        ("alter-nonce once message 2", &[4]),
        ("repeat-msgid once on server", &[4]),
    ];
    for (fault, expected) in table {
        assert_eq!(struck(fault), *expected, "{fault}");
    }
}

#[test]
fn sessions_are_counted_over_all_connections_and_resends_are_no_new_messages() {
    let engine = engine(&["delay 1s session 2 message 1 on client"]);
    let first = script(Encoding::Xml);
    assert!(play(&engine, &first).iter().all(Plan::is_empty));
    // The same device begins again under the same SessionID.
    let other = SESSION.replace("./DevInfo/Mod=B", "./DevInfo/Mod=C");
    let second = Script::parse(&other).unwrap();
    let message = &second.messages()[0];
    for connection in [1, 9] {
        let plan = engine.message(connection, C, &head(message), &message.transferred);
        assert_eq!(plan.delay, Some(Duration::from_secs(1)));
    }
    assert!(engine.message(9, C, &head(&second.messages()[2]), &second.messages()[2].transferred).is_empty());
}

#[test]
fn an_answer_without_names_belongs_to_the_session_of_its_connection() {
    let script = script(Encoding::Xml);
    let messages = script.messages();
    let engine = engine(&["delay 1s on server session 1"]);
    engine.message(5, C, &head(&messages[0]), &messages[0].transferred);
    let nameless = b"<SyncML><SyncHdr><MsgID>1</MsgID></SyncHdr><SyncBody><Final/></SyncBody></SyncML>";
    assert!(!engine.message(5, S, &head(&messages[1]), nameless).is_empty());
    assert!(engine.message(6, S, &head(&messages[1]), nameless).is_empty());
}

#[test]
fn final_is_dropped_and_every_other_octet_stays() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let script = script(encoding);
        let plan = play(&engine(&["drop-final on server package 4"]), &script).swap_remove(5);
        let before = &script.messages()[5].body;
        let message = decoded(before);
        let span = message.tree().span(message.final_mark.unwrap());
        let expected = [&before[..span.start as usize], &before[span.end as usize..]].concat();
        assert_eq!(plan.body.as_deref(), Some(&*expected), "{encoding:?}");
        assert_eq!(plan.notes.len(), 1);
        assert_eq!(
            plan.notes[0].to_string(),
            "dmscope fault: drop-final on server package 4 (altered; recorded as received)"
        );
        let again = engine(&["drop-final"]).message(1, S, &head(&script.messages()[5]), &expected);
        assert!(again.is_empty(), "{encoding:?}");
    }
}

#[test]
fn statuses_are_stripped_where_they_stand() {
    changed("strip-status on server status to Replace", 4, |before, after, _| {
        let mut expected = names(before);
        expected.remove(2);
        assert_eq!(names(after), expected);
        assert!(!after.commands.iter().any(|command| after.text(command.cmd) == "Replace"));
    });
    // With the Chal goes a part that stands on another code page.
    changed("strip-status first on server", 4, |before, after, plan| {
        assert_eq!(names(after), names(before)[1..]);
        assert!(!after.tree().ids().any(|id| after.tree().tag(id) == Some(Tag::NextNonce)));
        assert!(after.body().len() < before.body().len());
        // All that is behind it is as it was: it ends on the page on which it began, or says which one follows.
        let (kept, all) = (after.tree(), before.tree());
        let target = |tree: &crate::markup::Tree| {
            let uri = tree.ids().filter(|&id| tree.tag(id) == Some(Tag::LocURI)).last().unwrap();
            tree.text(uri).to_owned()
        };
        assert_eq!(target(kept), target(all));
        assert_eq!(plan.notes[0].effect, Effect::Altered);
    });
    changed("strip-status all on client message 3", 5, |_, after, plan| {
        assert_eq!(names(after), ["Results", "Final"]);
        assert!(plan.notes[0].text.ends_with("(3 Status)"), "{}", plan.notes[0].text);
    });
}

#[test]
fn message_ids_and_nonces_are_others_and_no_nonce_is_told() {
    changed("msgid 12345 on server message 2", 4, |before, after, plan| {
        assert_eq!((before.msg_id(), after.msg_id()), (Some("2"), Some("12345")));
        assert_eq!(names(after), names(before));
        assert_eq!(plan.notes[0].text, "msgid 12345 on server message 2 (MsgID 12345 instead of 2)");
    });
    changed("repeat-msgid on client package 3", 5, |_, after, _| assert_eq!(after.msg_id(), Some("2")));
    changed("alter-nonce on server message 2", 4, |before, after, plan| {
        let nonce = |message: &Message| {
            let tree = message.tree();
            let id = tree.ids().find(|&id| tree.tag(id) == Some(Tag::NextNonce)).unwrap();
            tree.text(id).to_owned()
        };
        let (old, new) = (nonce(before), nonce(after));
        assert!(old != new && old.len() == new.len() && old[1..] == new[1..]);
        assert_eq!(before.body().len(), after.body().len());
        assert!(!plan.notes[0].text.contains(&old[1..]));
    });
    assert_eq!(struck("msgid 1 message 1"), [0_usize; 0]);
}

#[test]
fn octets_are_cut_and_corrupted_and_delays_add_up() {
    let script = script(Encoding::Wbxml);
    let body = &script.messages()[0].body;
    let plan = |faults: &[&str]| play(&engine(faults), &script).swap_remove(0);
    assert_eq!(plan(&["truncate 10"]).body.as_deref(), Some(&body[..10]));
    assert!(plan(&["truncate 100000", "corrupt 100000"]).is_empty());
    let corrupt = plan(&["corrupt 17"]).body.unwrap();
    let others: Vec<usize> = (0..body.len()).filter(|&at| body[at] != corrupt[at]).collect();
    assert_eq!((others, corrupt.len()), (vec![17], body.len()));
    for seed in 0..50 {
        let fault = format!("corrupt seed={seed}");
        let once = plan(&[&fault]);
        assert_eq!(once, plan(&[&fault]));
        let corrupt = once.body.unwrap();
        assert_eq!(corrupt.iter().zip(body).filter(|(new, old)| new != old).count(), 1);
        assert!(once.notes[0].text.contains("(octet "));
    }
    let slow = plan(&["delay 1s", "delay 500ms"]);
    assert_eq!((slow.delay, slow.notes.len()), (Some(Duration::from_millis(1_500)), 2));
    assert!(slow.notes.iter().all(|note| !note.alters()));
}

#[test]
fn an_answer_of_the_proxys_own_leaves_nothing_to_change_but_a_delay() {
    let script = script(Encoding::Xml);
    let engine =
        engine(&["drop-final once", "drop 10 once", "repeat once", "delay 1s once", "http 503 once on client"]);
    let plans = play(&engine, &script);
    let first = &plans[0];
    assert_eq!(
        first.replace_with.as_deref(),
        Some(&b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"[..])
    );
    assert_eq!(
        (first.delay.is_some(), first.drop_after, first.repeat, first.body.is_some()),
        (true, None, false, false)
    );
    // They had nothing to do there, and so they still have.
    assert_eq!((plans[1].drop_after, plans[1].body.is_some(), plans[1].repeat), (Some(10), true, false));
    assert!(plans[2].repeat && plans[3].is_empty());
}

#[test]
fn coded_bodies_are_looked_into_and_changed_only_octet_by_octet() {
    let text = format!("network gzip\n{SESSION}");
    let script = Script::parse(&text).unwrap();
    let plans = play(&engine(&["drop-final", "delay 1s package 3", "corrupt 30 message 3"]), &script);
    let struck: Vec<usize> = (1..).zip(&plans).filter(|(_, plan)| !plan.is_empty()).map(|(at, _)| at).collect();
    assert_eq!(struck, [5, 6]);
    assert_eq!((plans[4].delay.is_some(), plans[4].body.is_some()), (true, true));
    assert_eq!(plans[4].body.as_ref().unwrap().len(), script.messages()[4].transferred.len());
}

#[test]
fn a_body_that_is_larger_than_what_is_held_passes() {
    let script = script(Encoding::Xml);
    let message = &script.messages()[5];
    let fault = engine(&["delay 1s"]);
    let padded = |size: usize| [&message.body[..], &vec![b'\n'; size - message.body.len()]].concat();
    assert!(!fault.message(1, S, &head(message), &padded(Limits::FAULT_BODY)).is_empty());
    assert!(fault.message(1, S, &head(message), &padded(Limits::FAULT_BODY + 1)).is_empty());
}

#[test]
fn bodies_are_asked_for_only_while_a_fault_can_apply() {
    let xml = Some("application/vnd.syncml.dm+xml; charset=utf-8");
    let engine = engine(&["drop-final on server once"]);
    assert!(
        engine.wants(S, xml) && engine.wants(S, None) && !engine.wants(C, xml) && !engine.wants(S, Some("text/html"))
    );
    let script = script(Encoding::Xml);
    play(&engine, &script);
    assert!(!engine.wants(S, xml));
    let counting = Engine::new(vec!["drop-final on server package 4".parse().unwrap()]);
    assert!(counting.wants(C, xml) && !Engine::new(Vec::new()).wants(C, xml));
}

#[test]
fn chance_is_the_same_each_time_and_another_with_another_seed() {
    let outcome = |seed: u32| -> Vec<bool> {
        let engine = engine(&[&format!("delay 1s p=0.5 seed={seed}")]);
        let script = script(Encoding::Xml);
        (0..20).flat_map(|_| play(&engine, &script)).map(|plan| !plan.is_empty()).collect()
    };
    assert_eq!(outcome(1), outcome(1));
    assert_ne!(outcome(1), outcome(2));
    let hits = outcome(1).iter().filter(|hit| **hit).count();
    assert!((40..80).contains(&hits), "{hits}");
}

#[test]
fn what_is_broken_already_is_not_edited() {
    let script = script(Encoding::Xml);
    let message = &script.messages()[5];
    let body = String::from_utf8(message.body.clone()).unwrap().replace("</SyncHdr>", "");
    let plan = engine(&["drop-final", "delay 1s"]).message(1, S, &head(message), body.as_bytes());
    assert_eq!((plan.body, plan.notes.len()), (None, 1));
}

#[test]
fn memory_follows_the_ceiling_and_not_the_devices() {
    let script = script(Encoding::Xml);
    let message = &script.messages()[0];
    let text = String::from_utf8(message.body.clone()).unwrap();
    let engine = engine(&["delay 1s session 1"]);
    for device in 0..Limits::FAULT_SESSIONS as u64 + 10 {
        let body = text.replace("IMEI:1<", &format!("IMEI:{device}<"));
        let plan = engine.message(device, C, &head(message), body.as_bytes());
        assert_eq!(plan.is_empty(), device != 0, "{device}");
    }
    // The first one is forgotten, and counted anew.
    let body = text.replace("IMEI:1<", "IMEI:0<");
    assert!(engine.message(0, C, &head(message), body.as_bytes()).is_empty());
}

const WORDS: &[&str] = &[
    "delay",
    "drop",
    "http",
    "corrupt",
    "truncate",
    "msgid",
    "strip-status",
    "all",
    "on",
    "client",
    "server",
    "session",
    "package",
    "status",
    "to",
    "Replace",
    "p=0.5",
    "seed=3",
    "once",
    "times",
    "0",
    "1",
    "3s",
    "503",
    "ä=",
    "=",
];

fn any_fault() -> impl Strategy<Value = Fault> {
    let kinds = prop_oneof![
        Just("delay 1s"),
        Just("drop 7"),
        Just("http 500"),
        Just("truncate 9"),
        Just("corrupt"),
        Just("corrupt 3"),
        Just("drop-final"),
        Just("msgid 4"),
        Just("repeat-msgid"),
        Just("alter-nonce"),
        Just("strip-status"),
        Just("strip-status all"),
        Just("repeat"),
    ];
    let when = prop_oneof![Just(""), Just(" once"), Just(" on client"), Just(" message 2"), Just(" p=0.5 seed=9")];
    (kinds, when).prop_map(|(kind, when)| format!("{kind}{when}").parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}", words in prop::collection::vec(0..WORDS.len(), 0..8)) {
        let _ = text.parse::<Fault>();
        let _ = read_file(&text);
        let text = words.iter().map(|at| WORDS[*at]).collect::<Vec<_>>().join(" ");
        if let Ok(fault) = text.parse::<Fault>() {
            prop_assert_eq!(fault.to_string().parse::<Fault>(), Ok(fault));
        }
    }

    #[test]
    fn no_body_makes_the_engine_panic(
        faults in prop::collection::vec(any_fault(), 0..6),
        wbxml in any::<bool>(),
        damage in prop::collection::vec((0_usize..4_000, any::<u8>()), 0..6),
        cut in prop::option::of(0_usize..4_000),
        noise in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let script = script(if wbxml { Encoding::Wbxml } else { Encoding::Xml });
        let engine = Engine::new(faults.clone());
        for message in script.messages() {
            let mut body = message.body.clone();
            for (at, octet) in &damage {
                if let Some(slot) = body.get_mut(*at) {
                    *slot = *octet;
                }
            }
            body.truncate(cut.unwrap_or(usize::MAX));
            let plan = engine.message(1, message.direction, &head(message), &body);
            prop_assert!(plan.notes.is_empty() == plan.is_empty());
            if let Some(new) = &plan.body {
                // Two that corrupt one octet undo each other.
                prop_assert!(faults.len() > 1 || *new != body);
                prop_assert!(http::with_length(&head(message), new.len()).ends_with(b"\r\n\r\n"));
            }
            engine.message(1, message.direction, &head(message), &noise);
            engine.message(1, message.direction, &noise, &body);
        }
    }

    #[test]
    fn without_a_fault_that_matches_all_passes(noise in prop::collection::vec(any::<u8>(), 0..200), wbxml in any::<bool>()) {
        let script = script(if wbxml { Encoding::Wbxml } else { Encoding::Xml });
        for faults in [&[][..], &["drop-final session 9", "delay 1s status to Exec", "msgid 3 p=0", "corrupt 999999"][..]] {
            let engine = engine(faults);
            prop_assert!(play(&engine, &script).iter().all(Plan::is_empty));
            prop_assert!(engine.message(1, C, &head(&script.messages()[0]), &noise).is_empty());
        }
    }
}

#[test]
fn a_fault_that_is_switched_off_strikes_no_more_until_it_is_on_again() {
    let script = script(Encoding::Xml);
    let engine = engine(&["drop-final on client", "msgid 9 on server session 3 message 1"]);
    let applied = || engine.faults().iter().map(|one| (one.on, one.applied)).collect::<Vec<_>>();
    let finals = |plans: &[Plan]| plans.iter().filter(|plan| !plan.is_empty()).count();
    let first = finals(&play(&engine, &script));
    assert!(first > 0);
    let of_first = u64::try_from(first).unwrap();
    assert_eq!(applied(), [(true, of_first), (true, 0)]);
    assert_eq!((engine.turn(0), engine.turn(1)), (Some(false), Some(false)));
    // Off, it does nothing; the sessions of the other one are counted all the same.
    assert_eq!(finals(&play(&engine, &script)), 0);
    assert_eq!(applied(), [(false, of_first), (false, 0)]);
    assert_eq!((engine.turn(0), engine.turn(1)), (Some(true), Some(true)));
    assert_eq!(finals(&play(&engine, &script)), first + 1);
    assert_eq!(applied(), [(true, 2 * of_first), (true, 1)]);
    assert_eq!(engine.turn(2), None);
}

#[test]
fn a_fault_that_is_switched_off_holds_no_message_back() {
    let engine = engine(&["drop-final on client"]);
    assert!(engine.wants(C, Some("application/vnd.syncml.dm+xml")));
    engine.turn(0);
    assert!(!engine.wants(C, Some("application/vnd.syncml.dm+xml")));
}
