//! A recorded message made to fit a live one, on trees, and sessions without sockets.

use super::draft::{Draft, NewStatus};
use super::heard::{Heard, describe};
use super::player::{Memory, Player};
use super::script::{Answer, Script};
use super::serving::Reply;
use super::{NonceChoice, Server, Settings};
use crate::analysis::{Account, Credentials};
use crate::base::{Limits, Role};
use crate::dm::{Challenge, Scheme, Secret, Session, Tracker};
use crate::markup::Tag;
use crate::syncml::{CommandName, Encoding, MediaType, Message, decode};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const GET: &str = "
session device=dev server=http://dm.example.com/dm session=1A
device msg=1
    Alert 1201
    Replace ./DevInfo/DevId=dev ./DevInfo/Man=Example
server respuri=http://dm.example.com/dm?s=7
    Status SyncHdr 200
    Status Alert 200
    Status Replace 200
    Get ./DevDetail/SwV
device
    Status SyncHdr 200
    Status Get 200
    Results ./DevDetail/SwV=7.1
server
    Status SyncHdr 200
";

fn session(script: &str) -> Session {
    let script = crate::fixture::Script::parse(script).unwrap();
    let mut sessions = Vec::new();
    let mut tracker = Tracker::new();
    for exchange in script.exchanges() {
        tracker.exchange(exchange, &mut |finished| sessions.push(*finished.session));
    }
    tracker.finish(&mut |finished| sessions.push(*finished.session));
    assert_eq!(sessions.len(), 1);
    sessions.remove(0)
}

fn server(script: &str) -> Player {
    let script = Arc::new(Script::new(session(script), Role::Server).unwrap());
    let settings = Arc::new(Settings { seed: Some(1), nonces: NonceChoice::Fresh, ..Settings::default() });
    let mut player = Player::new(&script, &settings, 1, Memory::default());
    player.here = "http://127.0.0.1:9".to_owned();
    player
}

fn message(xml: &str) -> Message {
    decode(xml.as_bytes().to_vec(), MediaType::DmXml).unwrap()
}

/// A message of a live device.
fn live(msg_id: u32, body: &str) -> Message {
    message(&format!(
        "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>\
         <SessionID>77</SessionID><MsgID>{msg_id}</MsgID><Target><LocURI>http://live/dm</LocURI></Target>\
         <Source><LocURI>other&amp;dev</LocURI></Source></SyncHdr><SyncBody>{body}<Final/></SyncBody></SyncML>"
    ))
}

fn answer(player: &mut Player, live: &Message) -> Message {
    match player.answer(live, None) {
        Reply::Message(outgoing) => decode(outgoing.body, MediaType::DmXml).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Cmd, MsgRef, CmdRef and code of every Status.
fn statuses(message: &Message) -> Vec<(String, String, String, u16)> {
    let statuses = message.commands.iter().filter(|command| command.name == CommandName::Status);
    let text = |node| message.text(node).to_owned();
    statuses.map(|one| (text(one.cmd), text(one.msg_ref), text(one.cmd_ref), one.code.unwrap())).collect()
}

fn status(cmd: &str, msg_ref: &str, cmd_ref: &str, code: u16) -> (String, String, String, u16) {
    (cmd.to_owned(), msg_ref.to_owned(), cmd_ref.to_owned(), code)
}

#[test]
fn references_and_addresses_are_those_of_the_live_device() {
    let mut player = server(GET);
    let reply = answer(
        &mut player,
        &live(
            41,
            "<Alert><CmdID>70</CmdID><Data>1226</Data></Alert>\
             <Replace><CmdID>71</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source><Data>x</Data></Item></Replace>\
             <Alert><CmdID>72</CmdID><Data>1201</Data></Alert>\
             <Alert><CmdID>73</CmdID><NoResp/><Data>1226</Data></Alert>",
        ),
    );
    let expected = [
        status("SyncHdr", "41", "0", 200),
        status("Alert", "41", "72", 200),
        status("Replace", "41", "71", 200),
        status("Alert", "41", "70", 200),
    ];
    assert_eq!(statuses(&reply), expected);
    assert_eq!((reply.session_id(), reply.msg_id()), (Some("77"), Some("1")));
    assert_eq!((reply.target(), reply.source()), (Some("other&dev"), Some("http://live/dm")));
    assert_eq!(reply.text(reply.hdr.resp_uri), "http://127.0.0.1:9/dm?s=7");
    let ids: std::collections::BTreeSet<_> = reply.commands.iter().map(|command| reply.cmd_id(command)).collect();
    assert_eq!(ids.len(), reply.commands.len(), "CmdIDs stay unique");
    // The recorded commands follow the Status elements.
    assert_eq!(reply.commands.last().unwrap().name, CommandName::Get);
    assert_eq!(player.divergences, 2, "two Alerts more than recorded");
}

#[test]
fn a_status_for_what_the_device_did_not_send_is_left_out() {
    let mut player = server(GET);
    let reply = answer(&mut player, &live(1, "<Alert><CmdID>5</CmdID><Data>1201</Data></Alert>"));
    assert_eq!(statuses(&reply), [status("SyncHdr", "1", "0", 200), status("Alert", "1", "5", 200)]);
    assert_eq!(player.divergences, 1);
}

#[test]
fn answers_of_the_device_are_compared_with_the_recorded_ones() {
    let start = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>\
                 <Replace><CmdID>2</CmdID><Item><Source><LocURI>./DevInfo/DevId</LocURI></Source></Item></Replace>";
    let hdr = "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>";
    let mut player = server(GET);
    let reply = answer(&mut player, &live(1, start));
    let get = reply.cmd_id(reply.commands.last().unwrap()).unwrap().to_owned();
    let refs = format!("<MsgRef>1</MsgRef><CmdRef>{get}</CmdRef>");
    let results = format!(
        "<Results><CmdID>3</CmdID>{refs}<Item><Source><LocURI>./DevDetail/SwV</LocURI></Source></Item></Results>"
    );
    let said = |code: u16| format!("<Status><CmdID>2</CmdID>{refs}<Cmd>Get</Cmd><Data>{code}</Data></Status>");
    let table = [
        (format!("{hdr}{}{results}", said(200)), vec![]),
        (
            format!("{hdr}{}{results}", said(404)),
            vec!["the device answered Get ./DevDetail/SwV with 404, recorded 200"],
        ),
        (
            hdr.to_owned(),
            vec![
                "the device did not answer Get ./DevDetail/SwV, recorded 200",
                "the device sent no Results for Get ./DevDetail/SwV, other than recorded",
            ],
        ),
        (
            format!(
                "{hdr}{}{results}<Status><CmdID>9</CmdID><MsgRef>8</MsgRef><CmdRef>3</CmdRef><Cmd>Get</Cmd><Data>200</Data></Status>",
                said(200)
            ),
            vec!["the device answered message 8, command 3, which was not sent"],
        ),
    ];
    for (body, expected) in table {
        let mut player = server(GET);
        answer(&mut player, &live(1, start));
        player.take_log();
        answer(&mut player, &live(2, &body));
        let told: Vec<String> = player
            .take_log()
            .into_iter()
            .filter_map(|event| match event {
                super::Event::Divergence { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        assert_eq!(told, expected, "{body}");
        assert!(player.is_over());
    }
}

#[test]
fn a_message_past_the_script_closes_the_session() {
    let mut player = server("device\n Alert 1201\nserver\n Status SyncHdr 200\n Status Alert 200\n");
    let alert = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>";
    answer(&mut player, &live(1, alert));
    assert!(player.is_over());
    let reply = answer(&mut player, &live(2, "<Alert><CmdID>4</CmdID><Data>1226</Data></Alert>"));
    assert_eq!(statuses(&reply), [status("SyncHdr", "2", "0", 200), status("Alert", "2", "4", 200)]);
    assert_eq!((reply.msg_id(), reply.has_final(), reply.commands.len()), (Some("2"), true, 2));
    assert_eq!(player.divergences, 1);
}

#[test]
fn an_abort_of_the_device_ends_the_session() {
    let mut player = server(GET);
    let reply = answer(&mut player, &live(1, "<Alert><CmdID>1</CmdID><Data>1223</Data></Alert>"));
    assert_eq!(reply.commands.len(), 2);
    assert!(player.is_over());
}

#[test]
fn a_get_stands_only_for_one_of_the_same_uri() {
    let get = |uri: &str, id: u32| {
        format!("<Get><CmdID>{id}</CmdID><Item><Target><LocURI>{uri}</LocURI></Target></Item></Get>")
    };
    let recorded = live(1, &[get("./a", 1), get("./b", 2)].concat());
    let heard = Heard::new(&live(1, &[get("./b", 7), get("./c", 8)].concat()), Some(&recorded));
    let ids: Vec<_> = recorded.commands_with_ids().map(|(id, _)| id).collect();
    assert!(heard.pair(ids[0]).is_none());
    assert_eq!(heard.pair(ids[1]).unwrap().cmd_id.as_deref(), Some("7"));
    let unknown: Vec<_> = heard.unknown().map(|command| command.text.as_str()).collect();
    assert_eq!(unknown, ["Get ./c"]);
}

#[test]
fn a_draft_keeps_how_the_rest_was_written() {
    let xml = "<?xml version='1.0'?>\n<s:SyncML xmlns:s=\"SYNCML:SYNCML1.2\">\n <s:SyncHdr><s:MsgID>1</s:MsgID></s:SyncHdr>\n \
               <s:SyncBody><!-- c --><s:Final /></s:SyncBody></s:SyncML>\n";
    let message = message(xml);
    assert_eq!(Draft::new(&message).encode(Encoding::Xml), xml.as_bytes());
    let mut draft = Draft::new(&message);
    draft.text(message.hdr.msg_id, "a<b");
    draft.add_status(&NewStatus {
        msg_ref: "1",
        cmd_ref: "0",
        cmd: "SyncHdr",
        code: 401,
        challenge: Some((&Scheme::Md5, "bm8=")),
        ..NewStatus::default()
    });
    let expected = xml.replace("<s:MsgID>1<", "<s:MsgID>a&lt;b<").replace(
        "<s:Final />",
        "<s:Status><s:CmdID>1</s:CmdID><s:MsgRef>1</s:MsgRef><s:CmdRef>0</s:CmdRef><s:Cmd>SyncHdr</s:Cmd>\
         <s:Chal><s:Meta><Format xmlns=\"syncml:metinf\">b64</Format><Type xmlns=\"syncml:metinf\">syncml:auth-md5</Type>\
         <NextNonce xmlns=\"syncml:metinf\">bm8=</NextNonce></s:Meta></s:Chal><s:Data>401</s:Data></s:Status><s:Final />",
    );
    assert_eq!(String::from_utf8(draft.encode(Encoding::Xml)).unwrap(), expected);
}

#[test]
fn a_draft_goes_over_to_the_encoding_of_the_peer() {
    let message = live(1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
    let mut draft = Draft::new(&message);
    draft.credentials(Some((&Scheme::Md5, "ZGlnZXN0")));
    let wbxml = decode(draft.encode(Encoding::Wbxml), MediaType::DmWbxml).unwrap();
    assert_eq!(wbxml.encoding(), Encoding::Wbxml);
    assert!(wbxml.tree().same_content(&draft.tree()));
    assert_eq!(wbxml.auth_type(wbxml.hdr.cred.unwrap()), Some("syncml:auth-md5"));
    let back = decode(Draft::new(&wbxml).encode(Encoding::Xml), MediaType::DmXml).unwrap();
    assert!(back.tree().same_content(wbxml.tree()) && back.is_judgeable());
    assert_eq!(back.text(back.tree().child(back.hdr.cred.unwrap(), Tag::Data)), "ZGlnZXN0");
    assert_eq!(describe(&back, &back.commands[0]), "Alert 1201");
}

#[test]
fn a_script_pairs_requests_with_their_answers() {
    let script = Script::new(session(GET), Role::Client).unwrap();
    assert_eq!(script.steps().len(), 2);
    assert!(script.steps().iter().all(|step| step.asked.is_some() && step.answer.message().is_some()));
    let lost = "device\n Alert 1201\nserver lost\n Status SyncHdr 200\n Get ./a\ndevice\n Status Get 200\nserver status=500 empty\n";
    let script = Script::new(session(lost), Role::Client).unwrap();
    let answers: Vec<Answer> = script.steps().iter().map(|step| step.answer).collect();
    assert_eq!(answers, [Answer::Unknown, Answer::Status(500)]);
    let error = Script::new(session(lost), Role::Server).unwrap_err();
    assert_eq!(error.to_string(), "the recording holds no message of the server; there is nothing to play");
}

#[test]
fn the_ceilings_of_a_session_hold() {
    let alerts: String = (1..=Limits::REPLAY_ANSWERS + 5)
        .map(|id| format!("<Alert><CmdID>{id}</CmdID><Data>1226</Data></Alert>"))
        .collect();
    let mut player = server(GET);
    let reply = answer(&mut player, &live(1, &alerts));
    // SyncHdr, the recorded Alert, and those that the recording does not have.
    assert_eq!(statuses(&reply).len(), Limits::REPLAY_ANSWERS + 2);
    let told = player.take_log().into_iter().filter(|event| matches!(event, super::Event::Divergence { .. }));
    assert_eq!(told.count(), Limits::REPLAY_DIVERGENCES);
    assert!(usize::try_from(player.divergences).unwrap() > Limits::REPLAY_ANSWERS);
    let mut player = server(GET);
    player.messages = Limits::REPLAY_MESSAGES - 1;
    assert!(matches!(player.answer(&live(1, &alerts), None), Reply::Status(400)));
    assert!(player.is_over());
}

/// A server of the script, with what it tells.
async fn listening(script: &str) -> (Server, Arc<Mutex<Vec<String>>>) {
    let script = Script::new(session(script), Role::Server).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let kept = told.clone();
    let log = move |event: &super::Event| kept.lock().unwrap().push(event.to_string());
    let address = "127.0.0.1:0".parse().unwrap();
    (Server::bind(address, script, Settings::default(), log).await.unwrap(), told)
}

fn post(live: &Message) -> Vec<u8> {
    let head = format!("POST /dm HTTP/1.1\r\nHost: dm.example.net\r\nContent-Length: {}\r\n\r\n", live.body().len());
    [head.as_bytes(), live.body()].concat()
}

#[test]
fn any_stream_can_be_served_and_each_device_has_a_session_of_its_own() {
    super::block_on(async {
        let (server, told) = listening(GET).await;
        let alert = "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>";
        let devices = Limits::REPLAY_SESSIONS + 1;
        let mut requests = Vec::new();
        for device in 0..devices {
            let xml = String::from_utf8(live(1, alert).body().to_vec()).unwrap();
            requests.extend(post(&message(&xml.replace("other&amp;dev", &format!("dev{device}")))));
        }
        let (mut near, far) = tokio::io::duplex(1 << 20);
        near.write_all(&requests).await.unwrap();
        near.shutdown().await.unwrap();
        let mut heard = String::new();
        let handler = server.handler();
        let (read, ()) = tokio::join!(near.read_to_string(&mut heard), handler.converse(far, "a pipe", true));
        read.unwrap();
        assert_eq!(heard.matches("HTTP/1.1 200 OK").count(), devices);
        for device in 0..devices {
            assert!(heard.contains(&format!("<LocURI>dev{device}</LocURI>")), "{heard}");
        }
        assert!(heard.contains("<RespURI>https://dm.example.net/dm?s=7</RespURI>"), "{heard}");
        let told = told.lock().unwrap().join("\n");
        assert!(told.contains("session 1: divergence: given up for a newer session, after 1 of 2 exchanges"), "{told}");
    })
    .unwrap();
}

#[test]
fn nonces_hold_on_from_one_session_of_a_device_to_the_next() {
    let script = "session server=http://dm.example.com/dm\ndevice cred=md5:u:p:Tm9uY2U=\n Alert 1201\nserver\n \
                  Status SyncHdr 212 chal=md5:LG3iZQhhdmKNHg==\n Status Alert 200\n";
    let script = Arc::new(Script::new(session(script), Role::Server).unwrap());
    let account = Account { client_name: Some("u".into()), client_secret: Some("p".into()), ..Account::default() };
    let settings = Settings { credentials: Credentials { accounts: vec![account] }, ..Settings::default() };
    let settings = Arc::new(settings);
    let secret = Secret { name: Some("u".into()), secret: "p".into(), nonce: None };
    let mut memory = Memory::default();
    let mut nonce = Vec::new();
    for number in 1..=3 {
        let mut player = Player::new(&script, &settings, number, memory);
        let alert = live(1, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
        let mut draft = Draft::new(&alert);
        let digest = secret.cred(&Scheme::Md5, "", &nonce).unwrap();
        draft.credentials(Some((&Scheme::Md5, &digest)));
        let reply = answer(&mut player, &decode(draft.encode(Encoding::Xml), MediaType::DmXml).unwrap());
        assert_eq!(statuses(&reply)[0].3, 212, "session {number}");
        let chal = Challenge::of(&reply, reply.commands[0].chal.unwrap());
        let next = chal.nonce_octets().unwrap();
        assert_ne!(next, nonce);
        (nonce, memory) = (next, player.memory());
    }
}
