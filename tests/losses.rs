//! What was not captured is nobody's fault: conforming conversations with messages and exchanges taken out, repeated, and
//! mixed with those of another device raise no error that the whole did not.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing, unused_crate_dependencies)]

mod scripted;

use dmscope::base::{Direction, FrameNo, Severity, Timestamp};
use dmscope::capture::{Event, Reader};
use dmscope::dm::{Session, Tracker};
use dmscope::fixture::{Capture, Encoding, Script, ScriptPush};
use dmscope::http::{Exchange, Http};
use dmscope::net::{FlowId, Net};
use dmscope::rules::{Engine, Selection};
use dmscope::testcase::proof::deliver;
use scripted::{parse, scripts, secrets};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

/// The device of nearly every script, and another one.
const DEVICE: &str = "IMEI:004400112233445";
const OTHER: &str = "IMEI:990000862471854";

/// Rules that report what whole exchanges leave behind which are missing without a trace, on connections that nobody saw: device,
/// MsgIDs and references fit together, so that what is left of two sessions is, octet for octet, one session at fault. There is no
/// telling the two apart; a gap that shows decides it.
const WITHOUT_A_TRACE: &[(&str, &str)] = &[
    (
        "HDR-007",
        "the client goes on under another SessionID, with the next MsgID and a Status for the server's last message",
    ),
    (
        "RES-005",
        "two sessions under one SessionID, where a Get of the one seems to be answered by Results of the other",
    ),
];

/// A finding as one part of a conversation has it: rule, device, sender, MsgID.
type Mark = (&'static str, String, Direction, String);

/// Errors of sessions, with their texts.
fn errors(engine: &Engine, sessions: &[Session]) -> Vec<(Mark, String)> {
    let mut errors = Vec::new();
    for session in sessions {
        let found = engine.judge(session).findings;
        for finding in found.into_iter().filter(|finding| finding.severity == Severity::Error) {
            let entry = session.entry(finding.at.entry).unwrap();
            let number = entry.message.msg_id().unwrap_or("-").to_owned();
            let mark = (finding.rule.id, session.identity.device.clone(), entry.direction, number);
            let text = format!("{mark:?}: {} (expected {})", finding.seen, finding.expected);
            errors.push((mark, text));
        }
    }
    errors
}

/// The sessions of exchanges, as the tracker sees them.
fn track(pushes: &[ScriptPush], exchanges: Vec<Exchange>) -> Vec<Session> {
    let mut tracker = Tracker::new();
    let mut sessions = Vec::new();
    let mut keep = |finished: dmscope::dm::Finished| sessions.push(*finished.session);
    for push in pushes {
        deliver(push, &mut tracker);
    }
    for exchange in exchanges {
        tracker.exchange(exchange, &mut keep);
    }
    tracker.finish(&mut keep);
    sessions.iter_mut().for_each(|session| session.verify(&secrets()));
    sessions
}

/// The exchanges of a capture file, by way of packets and streams.
fn exchanges_of(capture: Vec<u8>) -> Vec<Exchange> {
    let mut reader = Reader::open(Box::new(Cursor::new(capture)));
    let mut net = Net::new();
    let mut http = Http::new(|_, _| true);
    let mut exchanges = Vec::new();
    while let Some(event) = reader.next() {
        match event {
            Event::Frame(frame) => {
                net.frame(&frame, &mut |event| http.event(&event, &mut |exchange: Exchange| exchanges.push(exchange)))
            }
            Event::Secrets(_) => {}
            Event::Problem(problem) => panic!("{problem:?}"),
        }
    }
    net.finish(&mut |event| http.event(&event, &mut |exchange: Exchange| exchanges.push(exchange)));
    http.finish(&mut |exchange| exchanges.push(exchange));
    exchanges
}

/// Runs every script in both encodings, and collects what variants of it have that is new.
fn new_errors(variants: impl Fn(&str, &Script, &mut dyn FnMut(&str, Vec<Session>))) -> String {
    let (wrong, count) = new_errors_by(|name, script, take| {
        variants(name, script, &mut |what, sessions| take(what, sessions, true));
    });
    said(&wrong, count)
}

fn said(wrong: &[String], count: u32) -> String {
    if wrong.is_empty() { String::new() } else { format!("{} of {count}:\n{}", wrong.len(), wrong.join("\n\n")) }
}

/// A variant of a script: what was done to it, its sessions, and whether the capture shows that something is missing.
type Take<'t> = &'t mut dyn FnMut(&str, Vec<Session>, bool);

fn new_errors_by(variants: impl Fn(&str, &Script, Take<'_>)) -> (Vec<String>, u32) {
    let engine = Engine::new(Selection::default());
    let mut wrong = Vec::new();
    let mut count = 0_u32;
    for (name, text) in scripts() {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            // What has no token exists in XML alone.
            let Ok(script) = parse(&name, &text).with_encoding(encoding) else { continue };
            let known: BTreeSet<Mark> = errors(&engine, &track(script.pushes(), script.exchanges()))
                .into_iter()
                .map(|(mark, _)| mark)
                .collect();
            variants(&name, &script, &mut |what, sessions, shows| {
                count += 1;
                let is_excused = |mark: &Mark| !shows && WITHOUT_A_TRACE.iter().any(|(rule, _)| *rule == mark.0);
                let is_new = |(mark, _): &(Mark, String)| !known.contains(mark) && !is_excused(mark);
                let found = errors(&engine, &sessions).into_iter().filter(is_new);
                let found: Vec<String> = found.map(|(_, text)| text).collect();
                if !found.is_empty() {
                    wrong.push(format!("{name} {encoding:?} {what}:\n{}", found.join("\n")));
                }
            });
        }
    }
    assert!(count > 1_000, "only {count} variants");
    (wrong, count)
}

/// Every one and every two of so many things, and all that stand between two of them.
fn ones_twos_and_runs(count: usize) -> impl Iterator<Item = Vec<usize>> {
    (0..count).flat_map(move |first| {
        let twos = (first + 1..count).map(move |second| vec![first, second]);
        let runs = (first + 2..count).map(move |last| (first..=last).collect());
        std::iter::once(vec![first]).chain(twos).chain(runs).filter(move |lost: &Vec<usize>| lost.len() < count)
    })
}

/// Exchanges without some of their messages: of each exchange the request comes first. One of which nothing is left is not
/// there, and where the connection shows the gap, the next one on it says so.
fn without(whole: &[Exchange], lost: &[usize], shows_gap: bool) -> Vec<Exchange> {
    let mut left = Vec::new();
    let mut gaps = BTreeSet::new();
    let mut at = 0;
    for exchange in whole {
        let mut exchange = exchange.clone();
        let mut is_lost = |there: bool| {
            at += usize::from(there);
            there && lost.contains(&(at - 1))
        };
        if is_lost(exchange.request.is_some()) {
            (exchange.request, exchange.cut) = (None, true);
        }
        if is_lost(exchange.response.is_some()) {
            (exchange.response, exchange.cut) = (None, true);
        }
        if exchange.request.is_none() && exchange.response.is_none() {
            gaps.insert(exchange.flow);
            continue;
        }
        exchange.after_gap |= shows_gap && gaps.remove(&exchange.flow);
        left.push(exchange);
    }
    left
}

fn messages(exchanges: &[Exchange]) -> usize {
    exchanges.iter().map(|one| usize::from(one.request.is_some()) + usize::from(one.response.is_some())).sum()
}

/// Each exchange on a connection of its own, as clients without keep-alive have it.
fn each_on_its_own(exchanges: &mut [Exchange]) {
    for (at, exchange) in (1_000..).zip(exchanges) {
        (exchange.flow, exchange.ordinal) = (FlowId(at), 0);
    }
}

#[test]
fn any_messages_may_be_missing() {
    let (wrong, count) = new_errors_by(|_, script, take| {
        for apart in [false, true] {
            let mut whole = script.exchanges();
            if apart {
                each_on_its_own(&mut whole);
            }
            for lost in ones_twos_and_runs(messages(&whole)) {
                let what = format!("without messages {lost:?}, connections apart: {apart}");
                let left = without(&whole, &lost, true);
                // A connection of its own that is missing as a whole shows no gap.
                let shows = !apart || left.len() == whole.len();
                take(&what, track(script.pushes(), left), shows);
            }
        }
    });
    assert!(wrong.is_empty(), "{}", said(&wrong, count));
}

#[test]
fn any_exchanges_may_be_missing() {
    let (wrong, count) = new_errors_by(|_, script, take| {
        for (apart, shows) in [(false, true), (false, false), (true, false)] {
            let mut whole = script.exchanges();
            if apart {
                each_on_its_own(&mut whole);
            }
            for lost in ones_twos_and_runs(whole.len()) {
                let mut left = Vec::new();
                let mut gaps = BTreeSet::new();
                for (at, exchange) in whole.iter().enumerate() {
                    if lost.contains(&at) {
                        gaps.insert(exchange.flow);
                        continue;
                    }
                    let after_gap = exchange.after_gap || shows && gaps.remove(&exchange.flow);
                    left.push(Exchange { after_gap, ..exchange.clone() });
                }
                let what = format!("without exchanges {lost:?}, connections apart: {apart}, gaps show: {shows}");
                take(&what, track(script.pushes(), left), shows);
            }
        }
    });
    assert!(wrong.is_empty(), "{}", said(&wrong, count));
}

/// The script with some of its messages marked as lost.
fn lossy(name: &str, text: &str, lost: &[usize]) -> Script {
    let mut at = 0;
    let mark = |line: &str| {
        if !line.starts_with("device") && !line.starts_with("server") {
            return line.to_owned();
        }
        at += 1;
        format!("{line}{}", if lost.contains(&(at - 1)) { " lost" } else { "" })
    };
    parse(name, &text.lines().map(mark).collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_packets_of_any_messages_may_be_missing() {
    let texts: BTreeMap<String, String> = scripts().into_iter().collect();
    let (wrong, count) = new_errors_by(|name, script, take| {
        let encoding = if script.exchanges().iter().any(is_wbxml) { Encoding::Wbxml } else { Encoding::Xml };
        for lost in ones_twos_and_runs(script.messages().len()) {
            let left = lossy(name, &texts[name], &lost).with_encoding(encoding).unwrap();
            let what = format!("without the packets of messages {lost:?}");
            // The handshakes of connections are there: that data is missing shows.
            take(&what, track(script.pushes(), exchanges_of(left.capture())), true);
        }
    });
    assert!(wrong.is_empty(), "{}", said(&wrong, count));
}

fn is_wbxml(exchange: &Exchange) -> bool {
    exchange.request.as_ref().is_some_and(|request| request.body.first().is_some_and(|first| *first < 0x20))
}

/// An exchange again, later, with frames of its own.
fn again(exchange: &Exchange, flow: FlowId) -> Exchange {
    let mut again = exchange.clone();
    again.flow = flow;
    again.ordinal += 1_000;
    again
}

/// Gives the exchanges frames and times in their order.
fn in_order(exchanges: &mut [Exchange]) {
    let mut frame = FrameNo::FIRST;
    let mut time = 1_767_225_600_000_000_000_i64;
    for exchange in exchanges {
        let parts = [
            exchange.request.as_mut().map(|message| (&mut message.frames, &mut message.started, &mut message.ended)),
            exchange.response.as_mut().map(|message| (&mut message.frames, &mut message.started, &mut message.ended)),
        ];
        for (frames, started, ended) in parts.into_iter().flatten() {
            for own in frames {
                *own = frame;
                frame = frame.next();
            }
            (*started, *ended) = (Timestamp::from_nanos(time), Timestamp::from_nanos(time + 1_000_000));
            time += 100_000_000;
        }
    }
}

#[test]
fn any_exchange_may_come_again() {
    let wrong = new_errors(|_, script, take| {
        let whole = script.exchanges();
        for at in 0..whole.len() {
            for flow in [whole[at].flow, FlowId(9_999)] {
                for without_answer in [false, true] {
                    let mut more = whole.clone();
                    more.insert(at + 1, again(&whole[at], flow));
                    if without_answer {
                        // The first try got no answer: that is why it came again.
                        (more[at].response, more[at].cut) = (None, false);
                    }
                    let what = format!("with exchange {at} again on {flow:?}, at first unanswered: {without_answer}");
                    take(&what, track(script.pushes(), more));
                }
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

/// The same conversation of another device.
fn of_other(name: &str, text: &str) -> Option<Script> {
    let other = text.replace(DEVICE, OTHER);
    let line = |line: &str| match line.strip_prefix("session ") {
        Some(rest) if !rest.contains("device=") => format!("session device={OTHER} {rest}"),
        _ => line.to_owned(),
    };
    let mut with_session = other.lines().map(line).collect::<Vec<_>>().join("\n");
    let first = with_session.lines().find(|line| !line.starts_with('#'));
    if !first.is_some_and(|line| line.starts_with("session")) {
        with_session = format!("session device={OTHER}\n{with_session}");
    }
    // Windows devices have names of their own.
    (!text.contains("device=")).then(|| parse(name, &with_session))
}

/// Two conversations in one, by turns: so many exchanges of each.
fn mixed(first: Vec<Exchange>, second: Vec<Exchange>, turn: (usize, usize), on_one: bool) -> Vec<Exchange> {
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    let mut mixed = Vec::new();
    while first.peek().is_some() || second.peek().is_some() {
        mixed.extend(first.by_ref().take(turn.0));
        mixed.extend(second.by_ref().take(turn.1).map(|mut exchange| {
            exchange.flow = FlowId(exchange.flow.0 + 500);
            exchange
        }));
    }
    if on_one {
        for (at, exchange) in (0..).zip(&mut mixed) {
            (exchange.flow, exchange.ordinal) = (FlowId(0), at);
        }
    }
    in_order(&mut mixed);
    mixed
}

#[test]
fn sessions_of_two_devices_may_be_interleaved() {
    let engine = Engine::new(Selection::default());
    let all = scripts();
    let mut wrong = Vec::new();
    for (at, (name, text)) in all.iter().enumerate() {
        let first = parse(name, text);
        for (other_name, other_text) in [&all[at], &all[(at + 1) % all.len()], &all[(at + 7) % all.len()]] {
            let Some(second) = of_other(other_name, other_text) else { continue };
            if !first.pushes().is_empty() || !second.pushes().is_empty() {
                // A notification goes to an address, and both have the same one here.
                continue;
            }
            let marks = |script: &Script| {
                let found = errors(&engine, &track(&[], script.exchanges()));
                found.into_iter().map(|(mark, _)| mark).collect::<BTreeSet<Mark>>()
            };
            let known: BTreeSet<Mark> = marks(&first).into_iter().chain(marks(&second)).collect();
            for turn in [(1, 1), (2, 1), (1, 2)] {
                for on_one in [false, true] {
                    let exchanges = mixed(first.exchanges(), second.exchanges(), turn, on_one);
                    let found = errors(&engine, &track(&[], exchanges));
                    let new: Vec<String> =
                        found.into_iter().filter(|(mark, _)| !known.contains(mark)).map(|(_, text)| text).collect();
                    if !new.is_empty() {
                        let what = format!("{name} and {other_name} {turn:?}, on one connection: {on_one}");
                        wrong.push(format!("{what}:\n{}", new.join("\n")));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn captures_of_two_devices_at_a_time_are_as_those_of_each() {
    let engine = Engine::new(Selection::default());
    let all = scripts();
    let mut wrong = Vec::new();
    for (at, (name, text)) in all.iter().enumerate() {
        let (other_name, other_text) = &all[(at + 1) % all.len()];
        let Some(second) = of_other(other_name, other_text) else { continue };
        let first = parse(name, text);
        let marks = |capture: Capture| errors(&engine, &track(&[], exchanges_of(capture.bytes())));
        let alone = |script| marks(Capture::new().script(script)).into_iter().map(|(mark, _)| mark);
        let known: BTreeSet<Mark> = alone(&first).chain(alone(&second)).collect();
        let found = marks(Capture::new().script(&first).script(&second).interleaved());
        let new: Vec<String> =
            found.into_iter().filter(|(mark, _)| !known.contains(mark)).map(|(_, text)| text).collect();
        if !new.is_empty() {
            wrong.push(format!("{name} and {other_name}:\n{}", new.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
