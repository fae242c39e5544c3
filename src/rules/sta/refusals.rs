//! Credentials and versions that a Status accepts or refuses: 212, 401, 407, 505, 513.

use super::common::{
    Answered, CREP, FIRST, ONE_GET, PRO, STATUS, after_package_1, answered, is_done, message_at, number, status_shown,
};
use crate::base::Severity;
use crate::dm::{Entry, Session};
use crate::rules::cx::{Cmd, Cx, Msg};
use crate::rules::helper::quoted;
use crate::rules::rule::{Check, Clause, Judged, Level, Need, Rule, Scope, Source};
use crate::syncml::CommandName;

pub(super) static ACCEPTED_WITHOUT_CREDENTIALS: Rule = Rule {
    id: "STA-021",
    name: "authentication-accepted-without-credentials",
    title: "212 is given only to a side that sent credentials",
    level: Level::MustNot,
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Session,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 212" }],
    needs: &[Need::Start, Need::NoLoss],
    what: "A Status 212 for a SyncHdr comes only after the sender of that SyncHdr has sent Cred, or an x-syncml-hmac header, in \
           this message or earlier in the session. An observation where the transport may have authenticated it: TLS, HTTP \
           credentials, a proxy in front, or a transport that was not captured.",
    why: "The receiver believes that it is authenticated for the session, though nobody has looked at its credentials.",
    mend: "Answer 200 where no credentials were checked, and challenge with 407 where they are needed.",
    pass: &["session server=http://dm.example.com/dm\ndevice cred=basic:Bruce2:OhBehave\n Alert 1201\n\
         server\n Status SyncHdr 212\n Status Alert 200\n"],
    violate: &[
        "session server=http://dm.example.com/dm\ndevice\n Alert 1201\nserver\n Status SyncHdr 212\n Status Alert 200\n",
    ],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, accepted_without_credentials),
    ..Rule::MUST
};

fn accepted_without_credentials(status: Cmd<'_>, cx: &mut Cx<'_>) {
    if status.code() != Some(212) {
        return;
    }
    let Answered::Header(msg) = answered(status) else { return };
    let session = status.session();
    let claimant = if msg.entry.is_client() { &session.client_auth } else { &session.server_auth };
    let occasion = cx.occasion(status.at()).related(msg.at_node(None));
    if claimant.presented.first().is_some_and(|first| *first <= msg.id) {
        return occasion.held();
    }
    let seen = format!("212 for the SyncHdr of {}, whose sender has sent no credentials in the session", number(msg));
    let expected = "200, or a challenge with 401 or 407";
    if may_be_authenticated_below(msg.entry) {
        occasion.violated_as(Severity::Info, seen, expected);
    } else {
        occasion.violated(seen, expected);
    }
}

/// Whether the transport may have authenticated the sender of a message.
fn may_be_authenticated_below(entry: &Entry) -> bool {
    entry.transport.as_ref().is_none_or(|transport| {
        let is_behind_proxy = || {
            ["via", "forwarded", "x-forwarded-for", "x-forwarded-proto"]
                .iter()
                .any(|name| transport.header(name).is_some())
        };
        transport.tls || transport.has_http_credentials() || is_behind_proxy()
    })
}

pub(super) static REFUSED_AND_EXECUTED: Rule = Rule {
    id: "STA-030",
    name: "refused-message-executed",
    title: "A message refused with 401 or 407 is not executed",
    severity: Severity::Warning,
    source: Source::Memory,
    clause: &[Clause { document: PRO, section: "9.1" }],
    what: "Where a message has Status 401 or 407 for a SyncHdr, none of its Status elements for commands of the same message says \
           that the command was executed (2xx; 214, 215 and 216 do not say so).",
    why: "Commands of an unauthenticated sender took effect; and the sender, told to repeat its message, has them executed \
          twice.",
    mend: "Check the credentials before anything is executed, and answer every command of a refused message with the code of \
           its SyncHdr.",
    pass: &[after_package_1!("server", " Status SyncHdr 407 chal=md5:Tm9uY2U=", " Status * 407")],
    violate: &[after_package_1!(
        "server",
        " Status SyncHdr 401 chal=md5:Tm9uY2U=",
        " Status Alert 401",
        " Status Replace 200",
    )],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Message(refused_and_executed),
    ..Rule::MUST
};

fn refused_and_executed(msg: Msg<'_>, cx: &mut Cx<'_>) {
    if !msg.entry.content.failing_status {
        return;
    }
    let each = || msg.commands().filter(|cmd| cmd.command.name == CommandName::Status);
    let refusal = each().find_map(|status| match (answered(status), status.code()) {
        (Answered::Header(refused), Some(401 | 407)) => Some((status, refused)),
        _ => None,
    });
    let Some((header, refused)) = refusal else { return };
    for status in each() {
        let (Answered::Command(cmd), Some(code)) = (answered(status), status.code()) else { continue };
        if cmd.msg.id != refused.id {
            continue;
        }
        let occasion = cx.occasion(status.at()).related(header.at()).related(cmd.at());
        if is_done(code) || matches!(code, 202 | 213) {
            occasion.violated(
                format!("{} beside {}", status_shown(status), status_shown(header)),
                "401 or 407 for every command of the refused message",
            );
        }
    }
}

pub(super) static SUPPORTED_VERSIONS: Rule = Rule {
    id: "STA-031",
    name: "version-refused-without-list",
    title: "505 and 513 name the versions that are supported",
    severity: Severity::Warning,
    strict: Severity::Warning,
    scope: Scope::Element,
    clause: &[Clause { document: CREP, section: "10 Response Status Codes: 505, 513" }],
    what: "Each Status 505 or 513 has an Item whose Data is not empty. Where the SyncHdr of a message was refused so, only its own \
           Status is looked at.",
    why: "The other side cannot fall back to a version that would work, and the devices stay unmanaged.",
    mend: "Add an Item with the supported version, or one for each.",
    pass: &[
        "session version=1.3\ndevice\n Alert 1201\nserver\n Status SyncHdr 513 \"DM/1.2\"\n Status Alert 513 \"DM/1.2\"\n",
    ],
    violate: &["session version=1.3\ndevice\n Alert 1201\nserver\n Status SyncHdr 513\n"],
    not_applicable: &[FIRST, ONE_GET],
    check: Check::Command(STATUS, supported_versions),
    ..Rule::MUST
};

fn supported_versions(status: Cmd<'_>, cx: &mut Cx<'_>) {
    let Some(code @ (505 | 513)) = status.code() else { return };
    // The commands of a refused message have its code too; the versions stand with that of the SyncHdr.
    let repeats_header = || {
        status.msg.commands().any(|other| {
            other.command.name == CommandName::Status && other.answers_header() && other.code() == Some(code)
        })
    };
    if !status.answers_header() && repeats_header() {
        return;
    }
    let occasion = cx.occasion(status.at());
    if status.items().iter().all(|item| status.text(item.data).is_empty()) {
        let kind = if code == 505 { "VerDTD" } else { "VerProto" };
        occasion.violated(
            format!("{} without an Item that names a version", status_shown(status)),
            format!("an Item with each {kind} that is supported"),
        );
    }
}

pub(super) static VERSION_ACCEPTED: Rule = Rule {
    id: "STA-032",
    name: "foreign-version-accepted",
    title: "A server refuses a version that it does not speak",
    level: Level::Should,
    judged: Judged::Server,
    scope: Scope::Session,
    source: Source::Memory,
    clause: &[
        Clause { document: CREP, section: "10 Response Status Codes: 513" },
        Clause { document: PRO, section: "8 Packages" },
    ],
    what: "The first message of the server that accepts a client's SyncHdr with 2xx carries the VerProto of the client's message.",
    why: "Both sides go on under different rules; what only one of the versions has (TNDS, Generic Alerts) fails later, where \
          nobody looks for the version.",
    mend: "Answer 513 with the supported versions in Items, or speak the client's version.",
    pass: &[ONE_GET],
    violate: &[
        "session version=1.3\ndevice\n Alert 1201\nserver verproto=DM/1.2\n Status SyncHdr 200\n Status Alert 200\n",
    ],
    not_applicable: &[FIRST],
    check: Check::Session(version_accepted),
    ..Rule::SHOULD
};

fn version_accepted(session: &Session, cx: &mut Cx<'_>) {
    for (id, entry) in session.entries_with_ids() {
        if !entry.is_server() || !entry.message.is_judgeable() || !matches!(entry.content.hdr_status, Some(200..=299)) {
            continue;
        }
        let Some(msg) = message_at(session, id) else { return };
        let accepted = msg.commands().filter(|cmd| cmd.command.name == CommandName::Status).find_map(|status| {
            match (answered(status), status.code()) {
                (Answered::Header(asked), Some(200..=299)) => Some((status, asked)),
                _ => None,
            }
        });
        let Some((status, asked)) = accepted else { continue };
        let proto = |msg: Msg<'_>| msg.message().value(msg.message().hdr.ver_proto).map(str::to_owned);
        let (Some(own), Some(theirs)) = (proto(msg), proto(asked)) else { return };
        let occasion = cx.occasion(status.at()).related(asked.at_node(asked.message().hdr.ver_proto));
        if own != theirs {
            occasion.violated(
                format!(
                    "{} for VerProto {}, in a message with VerProto {}",
                    status.text(status.command.data),
                    quoted(&theirs),
                    quoted(&own)
                ),
                "Status 513 with an Item for each VerProto that is supported",
            );
        }
        return;
    }
}
