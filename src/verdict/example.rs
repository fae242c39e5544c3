//! Reports made by hand, for tests.

use super::{
    AuthReport, AuthSides, AuthState, CommandReport, DecodeState, FindingReport, HttpReport, MessageReport,
    ProductReport, Role, SessionEnd, SessionReport, Severity, SpecReport, Time,
};
use crate::base::{Direction, FrameNo};

/// A short session that went well.
pub(crate) fn session(index: u32) -> SessionReport<'static> {
    SessionReport {
        index,
        session_id: Some(format!("{index:X}").into()),
        device: Some("IMEI:004999010640000".into()),
        server: Some("https://dm.example.com/dm".into()),
        profile: "oma-dm-1.2".into(),
        transport: "http".into(),
        started: at(0),
        ended: at(480),
        end: SessionEnd::Completed,
        why: "the server had nothing more to ask and both sides said Final".into(),
        auth: AuthSides {
            client: AuthReport {
                scheme: Some("syncml:auth-md5".into()),
                state: Some(AuthState::Accepted),
                digests: Vec::new(),
            },
            server: AuthReport::default(),
        },
        product: ProductReport {
            manufacturer: Some("Example".into()),
            model: Some("X1".into()),
            software: Some("7.1".into()),
            ..ProductReport::default()
        },
        messages: (1..=4).map(message).collect(),
        ..SessionReport::default()
    }
}

/// A time so many milliseconds after the start of the example.
pub(crate) fn at(millis: i64) -> Time {
    Time(crate::base::Timestamp::from_nanos(1_767_225_600_000_000_000 + millis * 1_000_000))
}

/// The n-th message of a session of four.
pub(crate) fn message(index: u32) -> MessageReport<'static> {
    let from_device = index % 2 == 1;
    let command =
        |cmd_id: &'static str, name: &'static str, target: Option<&'static str>, status: &'static str| CommandReport {
            cmd_id: Some(cmd_id.into()),
            name: name.into(),
            target: target.map(Into::into),
            status: Some(status.into()),
            ..CommandReport::default()
        };
    MessageReport {
        index,
        direction: if from_device { Direction::DeviceToServer } else { Direction::ServerToDevice },
        package: Some(index),
        msg_id: Some(index.div_ceil(2).to_string().into()),
        encoding: "wbxml".into(),
        time: at(i64::from(index - 1) * 160),
        input: None,
        frames: [4 * index, 4 * index + 1].into_iter().filter_map(|n| FrameNo::new(u64::from(n))).collect(),
        bytes: 300 + u64::from(index),
        http: if from_device {
            HttpReport { method: Some("POST".into()), path: Some("/dm".into()), ..HttpReport::default() }
        } else {
            HttpReport { status: Some(200), ..HttpReport::default() }
        },
        is_final: true,
        decoded: DecodeState::Whole,
        injected: Vec::new(),
        commands: match index {
            3 => {
                let mut answers: Vec<_> = ["SyncHdr", "Get"].into_iter().map(|cmd| status("200", cmd)).collect();
                answers.push(status("404", "Exec"));
                let results = CommandReport { status: None, ..command("5", "Results", None, "") };
                answers.push(CommandReport { source: Some("./DevDetail/SwV".into()), ..results });
                answers
            }
            1 => vec![
                CommandReport { data: Some("1201".into()), ..command("1", "Alert", None, "200") },
                CommandReport { items: Some(5), ..command("2", "Replace", Some("./DevInfo/DevId"), "200") },
            ],
            2 => vec![
                status("212", "SyncHdr"),
                status("200", "Alert"),
                status("200", "Replace"),
                command("3", "Get", Some("./DevDetail/SwV"), "200"),
                command("4", "Exec", Some("./FUMO/Download"), "404"),
            ],
            _ => Vec::new(),
        },
    }
}

/// A Status that answers a command.
fn status(code: &'static str, cmd: &'static str) -> CommandReport<'static> {
    CommandReport { name: "Status".into(), data: Some(code.into()), cmd: Some(cmd.into()), ..CommandReport::default() }
}

/// A finding at a message of a session.
pub(crate) fn finding(rule: &'static str, severity: Severity, session: u32, message: u32) -> FindingReport<'static> {
    FindingReport {
        rule: rule.into(),
        severity,
        role: if message % 2 == 1 { Role::Client } else { Role::Server },
        session,
        message: Some(message),
        cmd_id: None,
        element: Some("/SyncML/SyncHdr/MsgID".into()),
        input: None,
        frames: [4 * message, 4 * message + 1].into_iter().filter_map(|n| FrameNo::new(u64::from(n))).collect(),
        line: None,
        column: None,
        text: "MsgID \"7\" after \"1\"".into(),
        expected: "\"2\"".into(),
        spec: SpecReport { document: "OMA-TS-SyncML-RepPro-V1_2_2".into(), section: "MsgID".into() },
        mend: "Count the messages of a session from 1.".into(),
        related: Vec::new(),
        fingerprint: None,
        waived: None,
        known: false,
    }
}
