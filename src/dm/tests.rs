//! Conversations to sessions: what the tracker puts where, and what is worked out of it.

use super::*;
use crate::fixture::Script;
use crate::syncml::CommandName;

const R1: &str = include_str!("../../tests/fixtures/r1.dms");

fn track(exchanges: Vec<crate::http::Exchange>) -> Vec<Session> {
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    let mut keep = |finished: Finished| sessions.push(*finished.session);
    for exchange in exchanges {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    sessions.sort_by_key(|session| session.first_frame);
    sessions
}

fn sessions(text: &str) -> Vec<Session> {
    track(Script::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")).exchanges())
}

fn one(text: &str) -> Session {
    let mut sessions = sessions(text);
    assert_eq!(sessions.len(), 1, "{text}");
    sessions.remove(0)
}

/// Packages as `number.iteration/attempt/part`.
fn packages(session: &Session) -> Vec<String> {
    let row = |entry: &Entry| {
        let Package { number, iteration, attempt, part } = entry.package;
        format!("{number}.{iteration}/{attempt}/{part}")
    };
    session.entries.iter().map(row).collect()
}

#[test]
fn the_reference_session_is_understood_to_the_last_reference() {
    let session = one(R1);
    assert_eq!(session.identity.device, "IMEI:004400112233445");
    assert_eq!(session.identity.session_id, "1A");
    assert_eq!((session.version, session.profile), (Version::V1_2, Profile::OmaDm1_2));
    assert!(session.start_seen && !session.has_losses);
    assert_eq!(session.end, End::Completed);
    assert_eq!(packages(&session), ["1.1/1/1", "2.1/1/1", "1.1/2/1", "2.1/2/1", "3.1/1/1", "4.1/1/1"]);
    let phases: Vec<Phase> = session.entries.iter().map(|entry| entry.phase_after).collect();
    use Phase::{ClientAuth, ClientTurn, Closed, ServerTurn};
    assert_eq!(phases, [ServerTurn, ClientAuth, ServerTurn, ClientTurn, ServerTurn, Closed]);
    let refused: Vec<bool> = session.entries.iter().map(|entry| entry.refused).collect();
    assert_eq!(refused, [true, false, false, false, false, false]);
    for entry in &session.entries {
        for (id, command) in entry.message.commands_with_ids() {
            let resolved = entry.resolution(id).and_then(Resolution::found).is_some();
            assert_eq!(resolved, command.name.is_response(), "{command:?}");
        }
    }
    let get = Place { entry: EntryId(3), command: Some(crate::syncml::CommandId(3)) };
    assert_eq!(session.command(get).unwrap().1.name, CommandName::Get);
    assert_eq!(session.codes_of(get).collect::<Vec<_>>(), [200]);
    assert_eq!(session.results_of(get).count(), 1);
    assert_eq!(session.client_auth.state, AuthState::Accepted);
    assert_eq!(session.client_auth.scheme, Some(Scheme::Md5));
    let nonces: Vec<(&str, bool)> =
        session.client_auth.nonces.iter().map(|nonce| (nonce.text.as_str(), nonce.for_next_session)).collect();
    assert_eq!(nonces, [("Tm9uY2U=", false), ("LG3iZQhhdmKNHg==", true)]);
    assert_eq!(session.server_auth.state, AuthState::None);
}

#[test]
fn both_encodings_give_the_same_session() {
    let script = Script::parse(R1).unwrap();
    let wbxml = track(script.with_encoding(crate::fixture::Encoding::Wbxml).unwrap().exchanges());
    let xml = track(script.exchanges());
    assert_eq!(packages(&wbxml[0]), packages(&xml[0]));
    for (a, b) in wbxml[0].entries.iter().zip(&xml[0].entries) {
        assert!(a.message.tree().same_content(b.message.tree()));
        assert_eq!(a.resolutions, b.resolutions);
    }
}

#[test]
fn digests_are_recomputed_when_the_secret_is_known() {
    let mut session = one(R1);
    let secret = |secret: &str| Secrets {
        client: Some(Secret { name: None, secret: secret.to_owned(), nonce: None }),
        server: None,
        ..Secrets::default()
    };
    session.verify(&secret("OhBehave"));
    let shown: Vec<String> = session.client_auth.proofs.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["message 3, syncml:auth-md5: correct, with the nonce in force"]);
    session.verify(&secret("wrong"));
    let shown: Vec<String> = session.client_auth.proofs.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["message 3, syncml:auth-md5: wrong: no nonce known makes it right"]);
    // The base64 text of the nonce instead of its octets: base64 of that text decodes to it.
    let text = R1.replace("cred=md5:Bruce2:OhBehave:Tm9uY2U=", "cred=md5:Bruce2:OhBehave:VG05dVkyVT0=");
    let mut session = one(&text);
    session.verify(&secret("OhBehave"));
    let shown: Vec<String> = session.client_auth.proofs.iter().map(ToString::to_string).collect();
    assert!(shown[0].contains("base64 text of the nonce"), "{shown:?}");
}

#[test]
fn sessions_are_told_apart_by_device_server_id_and_time() {
    let plain = "
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
";
    let table = [
        // The same SessionID, one after the other: MsgID 1 is the only border.
        (format!("session\n{plain}session\ndevice at=+3\n    Alert 1200\nserver\n    Status SyncHdr 200\n    Status * 200\n"), 2),
        // Interleaved on one connection.
        (
            "session device=A\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             session device=B\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n"
                .to_owned(),
            2,
        ),
        // One session over two connections.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             device conn=2\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
                .to_owned(),
            1,
        ),
        // The server is reached under another name that means the same.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             device target=HTTPS://DM.example.com:443/dm\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
                .to_owned(),
            1,
        ),
        // A retry after a challenge that begins counting again, with a Status for the challenge.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 407 chal=basic\n    Status * 407\n\
             device msg=1 cred=basic:u:p\n    Status SyncHdr 200\n    Alert 1201\nserver\n    Status SyncHdr 212\n    Status * 200\n"
                .to_owned(),
            1,
        ),
        // The same without that Status: a new session.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 407 chal=basic\n    Status * 407\n\
             device msg=1 cred=basic:u:p\n    Alert 1201\nserver\n    Status SyncHdr 212\n    Status * 200\n"
                .to_owned(),
            2,
        ),
        // The SessionID changes in the middle, but the client goes on where it stood.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             device session=1B\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
                .to_owned(),
            1,
        ),
        // The device's name changes in the middle.
        (
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             device source=IMEI:2\n    Status SyncHdr 200\n    Status Get 404\nserver\n    Status SyncHdr 200\n"
                .to_owned(),
            1,
        ),
    ];
    for (text, expected) in table {
        let found = sessions(&text);
        assert_eq!(found.len(), expected, "{text}\n{:?}", found.iter().map(|s| &s.why).collect::<Vec<_>>());
    }
}

#[test]
fn a_message_that_is_sent_again_is_one_message() {
    let session = one("
device
    Alert 1201
server lost
    Status SyncHdr 200
device resend
server
    Status SyncHdr 200
    Status * 200
");
    assert_eq!(session.entries.len(), 2);
    assert_eq!(session.entries[0].resent, 1);
    assert_eq!(session.entries[0].http_answer, HttpAnswer::Message(EntryId(1)));
    assert_eq!(session.end, End::Completed);
}

#[test]
fn a_session_captured_from_its_middle_or_to_its_middle_says_so() {
    let script = Script::parse(R1).unwrap();
    let last = script.messages().len();
    for from in 0..last {
        let sessions = track(script.cut(from, last).exchanges());
        assert_eq!(sessions.len(), 1, "from {from}");
        // From the third message on, the retry of package 1 has MsgID 2.
        assert_eq!(sessions[0].start_seen, from == 0, "from {from}");
        let broken =
            sessions[0].entries.iter().flat_map(|entry| &entry.resolutions).flatten().find(|one| one.is_broken());
        assert_eq!(broken, None, "from {from}");
    }
    let ends: Vec<End> = (1..=last).map(|to| track(script.cut(0, to).exchanges()).remove(0).end).collect();
    use End::{Completed, Open, Truncated};
    assert_eq!(ends, [Truncated, Open, Truncated, Open, Truncated, Completed]);
}

#[test]
fn how_a_session_ended_is_told_in_one_sentence() {
    let head = "device\n    Alert 1201\n";
    let table = [
        ("server\n    Status SyncHdr 200\n    Status * 200\n", End::Completed, "no more operations"),
        ("server\n    Status SyncHdr 503\n    Status * 503\n", End::Completed, "refused the client's message with 503"),
        ("server\n    Status SyncHdr 407 chal=basic\n    Status * 407\n", End::Open, "did not come back"),
        ("server\n    Status SyncHdr 200\n    Alert 1223\n", End::Aborted, "the server sent Alert 1223"),
        ("server status=500 empty\n", End::Open, "HTTP 500 and no body"),
        ("server status=502 type=text/html body=\"<html>\"\n", End::Open, "HTTP 502 and no readable SyncML"),
        ("server status=200 body=\"<SyncML><SyncHdr\"\n", End::Truncated, "could not be decoded"),
        ("", End::Truncated, "answer to message 1 is not in the capture"),
        (
            "server\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n",
            End::Open,
            "never answered the server's message 1",
        ),
    ];
    for (rest, end, words) in table {
        let session = one(&format!("{head}{rest}"));
        assert!(session.end == end && session.why.contains(words), "{rest}: {:?} {}", session.end, session.why);
    }
}

#[test]
fn references_that_lead_nowhere_have_a_name() {
    let text = |status: &str| {
        format!(
            "device\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Status * 200\n    Get ./X cmd=7\n\
             device\n    Status SyncHdr 200\n    {status}\nserver\n    Status SyncHdr 200\n    Get ./Y cmd=8\n"
        )
    };
    let resolution = |status: &str| {
        let session = one(&text(status));
        session.entries[2].resolution(crate::syncml::CommandId(1)).unwrap()
    };
    assert!(matches!(resolution("Status Get 200 msgref=1 ref=7"), Resolution::Found(_)));
    assert_eq!(resolution("Status Get 200 msgref=9 ref=7"), Resolution::NoSuchMessage);
    assert_eq!(resolution("Status Get 200 msgref=1 ref=9"), Resolution::NoSuchCommand(EntryId(1)));
    assert_eq!(resolution("Status Get 200 msgref=2 ref=8"), Resolution::Forward(EntryId(3)));
    assert_eq!(resolution("Status Get 200 nomsgref ref=7"), Resolution::NoMsgRef);
    assert_eq!(resolution("Status Get 200 msgref=1 nocmdref"), Resolution::NoCmdRef(EntryId(1)));
    assert!(matches!(resolution("Status Get 200 msgref=01 ref=07"), Resolution::Found(_)));
    // A CmdID that occurs twice cannot be referred to.
    let doubled =
        text("Status Get 200 msgref=1 ref=7").replace("Get ./X cmd=7\n", "Get ./X cmd=7\n    Get ./Z cmd=7\n");
    assert_eq!(one(&doubled).entries[2].resolution(crate::syncml::CommandId(1)), Some(Resolution::Ambiguous));
}

#[test]
fn a_reference_to_a_message_that_the_capture_lost_is_no_broken_reference() {
    let script = |first: &str, second: &str| {
        format!(
            "device\n    Alert 1201\nserver {first}\n    Status SyncHdr 200\n    Status * 200\n    Get ./X\n\
             device {second}\n    Status SyncHdr 200\n    Status Get 200\n    Results ./X=1\n\
             server {second}\n    Status SyncHdr 200\n    Get ./Y\n\
             device\n    Status SyncHdr 200\n    Status Get 200\n    Results ./Y=1\n"
        )
    };
    let last = |text: &str| {
        let session = one(text);
        let entry = session.entries.last().unwrap();
        let resolutions: Vec<_> = (0..3).map(|at| entry.resolution(crate::syncml::CommandId(at)).unwrap()).collect();
        (entry.after_loss, resolutions)
    };
    let (after_loss, whole) = last(&script("", ""));
    assert!(!after_loss && whole.iter().all(|resolution| resolution.found().is_some()), "{whole:?}");
    // The second exchange as a whole: only the MsgIDs of both sides tell.
    assert_eq!(last(&script("", "lost")).1, [Resolution::NotCaptured; 3]);
    // One answer: the client goes on as if it had come.
    let one_answer = script("lost", "");
    let session = one(&one_answer);
    assert!(session.entries[1].after_loss && session.has_losses);
    assert_eq!(session.entries[1].resolution(crate::syncml::CommandId(0)), Some(Resolution::NotCaptured));
    // Where something is known to be lost, nobody can say what a reference that leads nowhere means.
    let too_far = script("", "lost").replace("Results ./Y=1", "Results ./Y=1 msgref=9 ref=2");
    assert_eq!(last(&too_far).1[2], Resolution::NotCaptured);
}

#[test]
fn a_message_that_was_answered_before_it_is_seen_came_again() {
    let script = "device\n Alert 1201\nserver\n Status SyncHdr 200\n Status * 200\n Get ./X\ndevice lost\n Status SyncHdr 200\n \
                  Status Get 404\nserver\n Status SyncHdr 200\n Get ./Y\ndevice resend\nserver resend\n";
    let losses: Vec<bool> = one(script).entries.iter().map(|entry| entry.after_loss).collect();
    assert_eq!(losses.get(..4), Some(&[false, false, true, true][..]), "{losses:?}");
    // So, too, where the capture begins with the answer.
    let begun = Script::parse(&script.replace(" lost", "")).unwrap().cut(3, 6);
    assert!(track(begun.exchanges())[0].entries[1].after_loss);
    // A wrong reference alone is the server's fault.
    let wrong = script
        .replace(" lost", "")
        .replace("server\n Status SyncHdr 200\n Get", "server\n Status SyncHdr 200 msgref=3\n Get");
    let wrong = wrong.replace("device resend\nserver resend\n", "device\n Status SyncHdr 200\n Status Get 404\n");
    assert!(one(&wrong).entries.iter().all(|entry| !entry.after_loss));
}

#[test]
fn a_large_object_is_joined_from_its_chunks() {
    let session = one("
device
    Alert 1201
server nofinal
    Status SyncHdr 200
    Status * 200
    Add ./X=Hello size=12 more
device nofinal
    Status SyncHdr 200
    Status Add 213
    Alert 1222
server
    Status SyncHdr 200
    Status Alert 200
    Add \"./X\"=\" world!\"
device
    Status SyncHdr 200
    Status Add 200
server
    Status SyncHdr 200
");
    assert_eq!(session.objects.len(), 1);
    let object = &session.objects[0];
    assert_eq!((object.announced, object.octets(), object.end), (Some(12), 12, ObjectEnd::Complete));
    assert_eq!(packages(&session), ["1.1/1/1", "2.1/1/1", "3.1/1/1", "2.1/1/2", "3.1/1/2", "4.1/1/1"]);
    let chunk = object.chunks[1];
    assert!(session.entry(chunk.entry).unwrap().is_continuation(chunk.command));
    assert_eq!(session.end, End::Completed);
}

#[test]
fn the_size_limit_in_force_is_the_other_sides_last_word() {
    let session = one("
device maxmsg=5000
    Alert 1201
server maxmsg=2048
    Status SyncHdr 200
    Status * 200
    Get ./X
device
    Status SyncHdr 200
    Status Get 404
server
    Status SyncHdr 200
    Get ./Y
device
    Status SyncHdr 200
    Status Get 404
");
    let limits: Vec<Option<(u64, bool)>> =
        session.entries.iter().map(|entry| entry.size_limit.map(|limit| (limit.octets, limit.latest))).collect();
    assert_eq!(limits, [None, Some((5000, true)), Some((2048, true)), Some((5000, false)), Some((2048, false))]);
}

#[test]
fn data_synchronisation_is_recognised_and_left_alone() {
    let script = Script::parse("session device=phone\ndevice verproto=SyncML/1.2\n    Alert 200\nserver verproto=SyncML/1.2\n    Status SyncHdr 200\n").unwrap();
    let mut tracker = Tracker::new();
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut |_| panic!("it is no DM session"));
    }
    tracker.finish(&mut |_| panic!("it is no DM session"));
    let problems = tracker.take_problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].text.contains("phone"), "{problems:?}");
}

#[test]
fn memory_follows_what_is_open() {
    let script = Script::parse(R1).unwrap();
    let exchanges = script.exchanges();
    let mut tracker = Tracker::new();
    let mut finished = 0;
    for round in 0..200_u64 {
        for exchange in &exchanges {
            let mut exchange = exchange.clone();
            exchange.flow = crate::net::FlowId(round);
            for message in exchange.request.iter_mut() {
                message.ended = crate::base::Timestamp::from_nanos(i64::try_from(round).unwrap() * 60_000_000_000);
            }
            for message in exchange.response.iter_mut() {
                message.ended = crate::base::Timestamp::from_nanos(i64::try_from(round).unwrap() * 60_000_000_000);
            }
            tracker.exchange(exchange, &mut |_| finished += 1);
        }
        assert!(round < 2 || finished >= round - 1, "round {round}: {finished}");
    }
}

const DEVICE: &str = "IMEI:004400112233445";

#[test]
fn a_client_that_sends_a_command_of_the_server_stays_a_client() {
    let session = one("
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Exec ./X
device
    Status SyncHdr 200
    Status Exec 200
    Get ./X
server
    Status SyncHdr 200
    Status Get 405
");
    let directions: Vec<bool> = session.entries.iter().map(Entry::is_client).collect();
    assert_eq!(directions, [true, false, true, false]);
    assert_eq!(session.identity.device, DEVICE);
}

#[test]
fn an_answer_that_is_written_anew_takes_the_place_of_the_first() {
    let session = one("
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Get ./X
device
    Status SyncHdr 200
    Status Get 404
server respuri=https://dm.example.com/1
    Status SyncHdr 200
    Get ./Y
device resend conn=2
server msg=2 respuri=https://dm.example.com/2
    Status SyncHdr 200
    Get ./Y
device conn=2
    Status SyncHdr 200
    Status Get 404
");
    assert_eq!(session.entries.len(), 5);
    let answer = &session.entries[3];
    assert_eq!((answer.resent, answer.message.text(answer.message.hdr.resp_uri)), (1, "https://dm.example.com/2"));
    assert_eq!(session.entries[2].resent, 1);
}

#[test]
fn an_answer_without_its_request_is_not_given_to_a_session_that_has_one() {
    let sessions = sessions(
        "
session server=https://a.example.com/dm
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Get ./X
session server=https://b.example.com/dm
device conn=2 lost
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Get ./Y
",
    );
    let shape: Vec<(&str, usize)> =
        sessions.iter().map(|session| (session.identity.server.as_str(), session.entries.len())).collect();
    assert_eq!(shape, [("https://a.example.com/dm", 2), ("https://b.example.com/dm", 1)]);
}

#[test]
fn a_session_of_which_only_answers_were_captured_ends_at_the_same_ceiling() {
    let script =
        Script::parse("session device=D\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n    Get ./X\n")
            .unwrap();
    let mut answer = script.exchanges().remove(0);
    answer.request = None;
    let mut tracker = Tracker::new();
    let mut longest = 0;
    let mut finished = 0;
    let mut keep = |one: Finished| {
        finished += 1;
        longest = longest.max(one.session.entries.len());
    };
    let wanted = crate::base::Limits::SESSION_MESSAGES + 10;
    for number in 1..=wanted {
        let mut exchange = answer.clone();
        for response in exchange.response.iter_mut() {
            let body = String::from_utf8(response.body.clone()).unwrap();
            response.body = body.replace("<MsgID>1</MsgID>", &format!("<MsgID>{number}</MsgID>")).into_bytes();
        }
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    assert_eq!((longest, finished), (crate::base::Limits::SESSION_MESSAGES, 2));
}

/// Two sessions of one device, the second in the middle of the first.
const INTERLEAVED: &str = "
session session=1
device
    Alert 1201
server
    Status SyncHdr 407 chal=md5:Tm9uY2U=
    Status * 407
session session=2
device conn=2 at=+1
    Alert 1201
server
    Status SyncHdr 407 chal=md5:LG3iZQhhdmKNHg==
    Status * 407
";

#[test]
fn a_session_knows_what_was_given_before_it() {
    let sessions = track(Script::parse(include_str!("../../tests/fixtures/s04.dms")).unwrap().exchanges());
    let [first, second] = sessions.as_slice() else { panic!("{}", sessions.len()) };
    assert!(first.past().previous().is_none() && first.past().is_complete());
    let earlier = second.past().previous().unwrap();
    assert_eq!(
        (earlier.session_id.as_str(), earlier.whole, earlier.opened_by, earlier.went_on),
        ("1A", true, Some(1201), true)
    );
    let nonces: Vec<(&str, Option<u16>)> =
        earlier.nonces.iter().map(|nonce| (nonce.text.as_str(), nonce.code)).collect();
    assert_eq!(nonces, [("9RfKc3YtV6oAeN0uGhB5Jw==", Some(401)), ("Zk81QxLrT2mWvD7yPs0bCA==", Some(212))]);
    assert_eq!(earlier.digests.len(), 2);
    let carried: Vec<(&str, bool)> =
        second.client_auth.carried.iter().map(|nonce| (nonce.text.as_str(), nonce.in_force)).collect();
    assert_eq!(carried, [("9RfKc3YtV6oAeN0uGhB5Jw==", false), ("Zk81QxLrT2mWvD7yPs0bCA==", true)]);
    assert!(second.server_auth.carried.is_empty() && first.client_auth.carried.is_empty());
}

#[test]
fn before_is_told_by_frames_and_not_by_the_end() {
    let sessions = track(Script::parse(INTERLEAVED).unwrap().exchanges());
    let by_id = |id: &str| sessions.iter().find(|session| session.identity.session_id == id).unwrap();
    // The first one is still open when the second begins: it is known, but not as a whole.
    let earlier = by_id("2").past().previous().unwrap();
    assert_eq!((earlier.session_id.as_str(), earlier.whole), ("1", false));
    assert_eq!(earlier.nonces[0].text, "Tm9uY2U=");
    assert!(!by_id("2").client_auth.carried[0].in_force);
    assert!(by_id("1").past().previous().is_none());
    assert!(!by_id("1").past().is_interleaved());
    let goes_on = format!(
        "{INTERLEAVED}session session=1\ndevice msg=2\n    Status SyncHdr 200 msgref=1\n    Alert 1201\nserver msg=2\n    Status SyncHdr 200\n    Status * 200\n"
    );
    let sessions = track(Script::parse(&goes_on).unwrap().exchanges());
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|session| session.past().is_interleaved()));
}

#[test]
fn correlators_are_remembered_with_what_was_said_to_them() {
    let text = "
session session=1
device
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
    Exec correlator=job7 ./A/Run
device
    Status SyncHdr 200
    Status Exec 202
server
    Status SyncHdr 200
session session=2
device at=+60
    Alert 1201
server
    Status SyncHdr 200
    Status * 200
";
    let sessions = track(Script::parse(text).unwrap().exchanges());
    let [exec] = sessions[1].past().previous().unwrap().execs() else { panic!("one Exec") };
    assert_eq!((exec.uri.as_str(), exec.correlator.as_deref()), ("./A/Run", Some("job7")));
    assert!(exec.is_accepted());
}
