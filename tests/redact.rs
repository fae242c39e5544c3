//! `--redact`: secrets are put into every place of a conversation, and looked for in every output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, unused_crate_dependencies)]

mod program;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use dmscope::analysis::{self, Options, Sink, channel};
use dmscope::fixture::{Encoding, Script};
use dmscope::verdict::{Arisen, JudgedSession, Report};
use program::Folder;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// What must not be seen, and whether it is to be seen at all without redaction (as text, or in base64).
const SECRETS: &[(&str, bool)] = &[
    // Who the device and its owner are.
    ("490154203237518", true),
    ("262073992311147", true),
    ("+491701234567", true),
    ("UserNemo77", true),
    ("FirstName Alpha", true),
    ("358240051111110", true),
    // Credentials and nonces.
    ("PassOmega88", false),
    ("SrvPassZed9", true),
    ("SrvUserZed", false),
    ("SrvUserZed:SrvPassZed9", true),
    ("NonceAlpha1", true),
    ("NextNonceBeta2", true),
    ("no*base64*nonce", true),
    ("RawCredQuux42", true),
    ("HttpUser9x", false),
    ("HttpPass9x", false),
    ("bm90LXJlYWxseS1h", true),
    // Values of accounts.
    ("Acct&<Secret>\"5\"", true),
    ("http://hidden.example.net:8443/x", true),
    ("AccountNameQ", true),
    ("OctetsOfAccount", true),
    ("TreeValueOmega", true),
    ("pw1", true),
    ("4711", true),
    ("WifiPass\u{fc}7", true),
    ("ProvisionedSecret3", true),
    ("SecondData\u{e9}Value", true),
    ("EncodedPlaceValue", true),
    ("OfAnUnknownCommand", true),
    ("LowerCaseCred7", true),
    ("Escaped&Tree", true),
    ("FirstHalfOfAKey", true),
    ("SecondHalfOfAKey", true),
    // A bootstrap message, and what protects it.
    ("BootSecretOne8", true),
    ("BootDataTwo9", true),
    ("BootUserThree7", true),
    ("NapSecretFour6", true),
    ("http://boot.hidden.example.net/five", true),
    ("http://boot.hidden.example.net/six", true),
    ("TreeServerSeven7", true),
    ("86421357", false),
    ("262019876543210", false),
];

const SCRIPT: &str = r#"
session device=IMEI:490154203237518 server=http://dm.example.com/dm session=1A
bootstrap cp sec=2 pin=86421357 imsi=262019876543210
    NAPDEF NAPID=N1
        NAPAUTHINFO AUTHSECRET=NapSecretFour6
    APPLICATION APPID=w7 PROVIDER-ID=dm.example.com TO-NAPID=N1
        APPADDR ADDR=http://boot.hidden.example.net/five
        APPAUTH AAUTHLEVEL=APPSRV AAUTHTYPE=MD4 AAUTHNAME=BootUserThree7 AAUTHSECRET=BootSecretOne8 AAUTHDATA=BootDataTwo9
bootstrap dm
    Add ./Inbox="<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Acc</NodeName><Node><NodeName>ServerID</NodeName><Value>TreeServerSeven7</Value></Node><Node><NodeName>Addr</NodeName><Value>http://boot.hidden.example.net/six</Value></Node></Node></MgmtTree>"
device cred=md5:UserNemo77:PassOmega88:Tm9uY2VBbHBoYTE= locname=UserNemo77 header="Authorization: Basic SHR0cFVzZXI5eDpIdHRwUGFzczl4"
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:358240051111110 ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en
server cred=basic:SrvUserZed:SrvPassZed9
    Status SyncHdr 401 chal=md5:Tm9uY2VBbHBoYTE=
    Status * 401
device cred=raw:syncml:auth-md5:UmF3Q3JlZFF1dXg0Mg== locname="FirstName Alpha" hmac=UserNemo77:PassOmega88:Tm9uY2VBbHBoYTE=
    Status SyncHdr 200 chal=md5:no*base64*nonce
    Alert 1201
    Replace ./DevInfo/DevId=IMEI:490154203237518 ./DevInfo/Man=Example ./DevInfo/Mod=X1 ./DevInfo/DmV=1.0 ./DevInfo/Lang=en
server cred=raw:syncml:auth-md5:bm90LXJlYWxseS1h
    Status SyncHdr 212 chal=md5:TmV4dE5vbmNlQmV0YTI=
    Status * 200
    Replace ./DMAcc/acme/AAuth/1/AAuthSecret="Acct&<Secret>\"5\"" ./DMAcc/acme/AppAddr/1/Addr=http://hidden.example.net:8443/x
    Replace ./DMAcc/acme/AppAddr/1/Port/1/PortNbr=4711
    Replace ./DMAcc/acme/AAuth/1/AAuthData#=4f63746574734f664163636f756e74
    Replace ./SyncML/DMAcc/x/ClientPW=pw1 ./Vendor/Wifi/Password="WifiPassü7"
    Replace ./DMAcc:="<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>DMAcc</NodeName><Node><NodeName>AAuthSecret</NodeName><Value>TreeValueOmega</Value></Node></Node></MgmtTree>"
    Replace ./Vendor/Provisioning="<wap-provisioningdoc><parm name=\"AAUTHSECRET\" value=\"ProvisionedSecret3\"/></wap-provisioningdoc>"
    Replace ./%44MAcc/acme/AAuth/1/AAuthSecret=EncodedPlaceValue
    Replace ./DMAcc/acme/Ext/Key=FirstHalfOfAKey size=31 more
    xml <Replace><CmdID>90</CmdID><Item><Target><LocURI>./DMAcc/a/AAuth/1/AAuthSecret</LocURI></Target><Data>x</Data><Data>SecondDataéValue</Data></Item></Replace>
    xml <Renew><CmdID>91</CmdID><Item><Target><LocURI>./DMAcc/a/AAuth/1/AAuthSecret</LocURI></Target><Data>OfAnUnknownCommand</Data></Item></Renew>
    xml <cred><data>LowerCaseCred7</data></cred>
    Replace ./Any="<MgmtTree><Node><NodeName>DMAcc</NodeName><Value>Escaped&amp;Tree</Value></Node></MgmtTree>"
    Get ./DevDetail/Ext/IMSI ./DMAcc/acme/Name ./Inbox/490154203237518/Job ./Vendor/Contact
    Exec ./Vendor/Wifi/Password?list=TreeValueOmega
device
    Status SyncHdr 200
    Status * 200
    Results ./DevDetail/Ext/IMSI=262073992311147 ./DMAcc/acme/Name=AccountNameQ
    Results ./Vendor/Contact="call +491701234567" msgref=2 ref=8
    Results source=AAuthSecret data=pw1 msgref=2 ref=99
    Alert 1226 "IMEI:490154203237518 Acct&<Secret>\"5\" SrvPassZed9"
server
    Status SyncHdr 200
    Status * 200
    Replace ./DMAcc/acme/Ext/Key=SecondHalfOfAKey
    Alert 1226 "the key is FirstHalfOfAKeySecondHalfOfAKey; Escaped&Tree"
"#;

fn script() -> Script {
    Script::parse(SCRIPT).unwrap_or_else(|error| panic!("{error}"))
}

/// A text in the forms in which it may show.
fn forms(secret: &str) -> Vec<String> {
    let quoted = format!("{secret:?}");
    let marked = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let percent = secret.bytes().fold(String::new(), |mut text, octet| {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(octet)),
            _ => write!(text, "%{octet:02X}").unwrap(),
        }
        text
    });
    let hex = secret.bytes().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    });
    let mut forms = vec![
        secret.to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        marked.replace('"', "&quot;"),
        marked,
        percent,
        hex.to_uppercase(),
        hex,
        STANDARD_NO_PAD.encode(secret),
        // As a part of a JSON text, and of that in JSON.
        serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
    ];
    if let Ok(octets) = STANDARD.decode(secret) {
        forms.extend(String::from_utf8(octets));
    }
    forms
}

/// A secret of few characters can be anything; in quotes, or as content of an element, it is this one.
fn shows(output: &str, form: &str) -> bool {
    if form.len() > 4 {
        return output.contains(form);
    }
    // The second one is a string of WBXML.
    [("\"", "\""), ("\u{3}", "\0"), (">", "<"), ("&gt;", "&lt;"), ("'", "'"), ("\\\"", "\\\"")]
        .iter()
        .any(|(before, after)| output.contains(&format!("{before}{form}{after}")))
}

/// All files of a folder, with their content.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let octets = std::fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&octets).into_owned();
            if path.extension().is_some_and(|extension| extension == "har") {
                bodies(&serde_json::from_str(&text).unwrap(), &path.display().to_string(), found);
            }
            found.push((path.display().to_string(), text));
        }
    }
}

/// The bodies of an archive that are in base64.
fn bodies(value: &serde_json::Value, name: &str, found: &mut Vec<(String, String)>) {
    match value {
        serde_json::Value::Object(fields) => {
            if fields.get("encoding").or(fields.get("_encoding")).is_some_and(|encoding| encoding == "base64") {
                let body = STANDARD.decode(fields["text"].as_str().unwrap()).unwrap();
                found.push((format!("a body of {name}"), String::from_utf8_lossy(&body).into_owned()));
            }
            fields.values().for_each(|value| bodies(value, name, found));
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| bodies(value, name, found)),
        _ => {}
    }
}

/// Every output of a run over the capture, by name.
fn outputs(encoding: Encoding, arguments: &[&str]) -> Vec<(String, String)> {
    let folder = Folder::new();
    folder.put("IMEI-490154203237518.pcap", &script().with_encoding(encoding).unwrap().capture());
    let mut found = Vec::new();
    let common = ["IMEI-490154203237518.pcap", "358240051111110.pcap"];
    let known = ["--pin", "86421357", "--imsi", "262019876543210"];
    let run = folder.dmscope(["analyze", "-v", "--out", "out"].iter().chain(&known).chain(arguments).chain(&common));
    found.push(("text".to_owned(), run.stdout));
    found.push(("standard error".to_owned(), run.stderr));
    files(&folder.path("out"), &mut found);
    let export = ["export", "--raw", "--to", "exported"].iter().chain(arguments).chain(&common);
    let run = folder.dmscope(export);
    found.push(("export".to_owned(), run.stdout));
    found.push(("export, standard error".to_owned(), run.stderr));
    assert!(folder.path("exported/session.har").exists());
    files(&folder.path("exported"), &mut found);
    for format in ["text", "json", "html", "ndjson", "junit", "markdown", "sarif", "csv", "github"] {
        let run = folder.dmscope(["analyze", "--format", format].iter().chain(arguments).chain(&common));
        found.push((format!("--format {format}"), run.stdout));
        found.push((format!("--format {format}, standard error"), run.stderr));
        if format != "json" {
            let stored = folder.dmscope(["report", "out/report.json", "--format", format]);
            found.push((format!("report --format {format}"), stored.stdout));
        }
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

#[test]
fn no_output_shows_what_was_put_in() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for (name, output) in outputs(encoding, &["--redact"]) {
            for form in SECRETS.iter().flat_map(|(secret, _)| forms(secret)) {
                if shows(&output, &form) {
                    let at = output.find(&form).unwrap();
                    let start = (at.saturating_sub(200)..=at).find(|at| output.is_char_boundary(*at)).unwrap();
                    panic!(
                        "{encoding:?}: {name} shows {form:?}: …{}",
                        output[start..].chars().take(400).collect::<String>()
                    );
                }
            }
        }
    }
}

#[test]
fn without_redaction_all_of_it_is_there() {
    let all: String = outputs(Encoding::Xml, &[]).into_iter().map(|(_, output)| output).collect();
    for (secret, _) in SECRETS.iter().filter(|(_, shown)| *shown) {
        assert!(
            forms(secret).iter().any(|form| shows(&all, form)),
            "{secret} is nowhere: the other test proves nothing"
        );
    }
}

#[test]
fn what_is_exported_without_secrets_is_still_the_conversation() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for line in ["", "network gzip", "network chunked"] {
            let folder = Folder::new();
            let script = Script::parse(&format!("{line}\n{SCRIPT}")).unwrap_or_else(|error| panic!("{error}"));
            folder.put("a.pcap", &script.with_encoding(encoding).unwrap().capture());
            let run = folder.dmscope(["export", "--redact", "--to", "out", "a.pcap"]);
            assert_eq!(run.code, 0, "{}", run.stderr);
            let report = |path: &str| -> Report {
                let run = folder.dmscope(["analyze", "--format", "json", "--no-tests", path]);
                serde_json::from_str(&run.stdout).unwrap()
            };
            let (open, redacted) = (report("a.pcap"), report("out/decrypted.pcapng"));
            assert!(redacted.inputs[0].problems.is_empty(), "{:?}", redacted.inputs[0].problems);
            // Every message is there, can be read, and has its commands.
            let shape = |report: &Report| -> Vec<Vec<String>> {
                let messages = report.sessions.iter().flat_map(|session| &session.messages);
                messages
                    .map(|message| message.commands.iter().map(|command| command.name.to_string()).collect())
                    .collect()
            };
            assert_eq!(shape(&open), shape(&redacted), "{encoding:?} {line}");
            let is_short = |report: &Report| report.findings.iter().any(|finding| finding.rule == "HTTP-021");
            assert!(!is_short(&redacted) && !is_short(&open));
        }
    }
}

#[test]
fn a_redacted_report_says_so_and_is_otherwise_the_same() {
    let folder = Folder::new();
    folder.put("a.pcap", &script().capture());
    let report = |arguments: &[&str]| -> Report {
        let run = folder.dmscope(["analyze", "--format", "json", "a.pcap"].iter().chain(arguments));
        serde_json::from_str(&run.stdout).unwrap()
    };
    let (open, redacted) = (report(&[]), report(&["--redact"]));
    assert!(redacted.summary.redacted && !open.summary.redacted);
    assert_eq!(open.summary.findings, redacted.summary.findings);
    let places = |report: &Report| -> Vec<_> {
        let place = |finding: &dmscope::verdict::FindingReport<'static>| {
            (
                finding.rule.to_string(),
                finding.message,
                finding.cmd_id.clone(),
                finding.element.clone(),
                finding.fingerprint.clone(),
            )
        };
        report.findings.iter().map(place).collect()
    };
    assert_eq!(places(&open), places(&redacted));
    assert_ne!(open.findings, redacted.findings, "some finding says a secret");
    let device = redacted.sessions[0].device.clone().unwrap();
    assert!(device.starts_with("IMEI:***") && device.len() == 16, "{device}");
    assert_eq!(redacted.sessions[0].server.as_deref(), Some("http://dm.example.com/dm"));
    for format in ["text", "html", "markdown"] {
        let run = folder.dmscope(["analyze", "--redact", "--format", format, "a.pcap"]);
        assert!(run.stdout.contains("redacted"), "{format}");
        let run = folder.dmscope(["analyze", "--format", format, "a.pcap"]);
        assert!(!run.stdout.contains("redacted: "), "{format}");
    }
    // The filter and waivers still know who is meant.
    let kept = folder.dmscope(["analyze", "--redact", "--filter", "device=IMEI:490154*", "--format", "json", "a.pcap"]);
    assert_eq!(serde_json::from_str::<Report>(&kept.stdout).unwrap().sessions.len(), redacted.sessions.len());
    // Lines and columns are those of the exported messages.
    folder.dmscope(["analyze", "--redact", "--out", "out", "a.pcap"]);
    let report: Report = serde_json::from_str(&folder.read("out/report.json")).unwrap();
    let mut seen = 0;
    for finding in &report.findings {
        let (Some(line), Some(column), Some(message)) = (finding.line, finding.column, finding.message) else {
            continue;
        };
        let text = folder.read(&format!("out/messages/session-{:04}/message-{message:04}.xml", finding.session));
        let line: String = text.lines().nth(line as usize - 1).unwrap().chars().skip(column as usize - 1).collect();
        let name = finding.element.as_ref().unwrap().rsplit('/').next().unwrap().split('[').next().unwrap();
        assert!(line.starts_with(&format!("<{name}")), "{line}: {finding:?}");
        seen += 1;
    }
    assert!(seen > 0);
}

/// The one who was seen in one session is known again in another one, also of another capture.
#[test]
fn a_device_keeps_its_pseudonym() {
    let folder = Folder::new();
    let capture = |device: &str| {
        let text = format!("session device={device}\ndevice\n    Alert 1201\nserver\n    Status SyncHdr 200\n");
        Script::parse(&text).unwrap().capture()
    };
    for (name, device) in [("a", "IMEI:490154203237518"), ("b", "IMEI:358240051111110"), ("c", "IMEI:490154203237518")]
    {
        folder.put(&format!("{name}.pcap"), &capture(device));
    }
    let run = folder.dmscope(["analyze", "--redact", "--format", "json", "a.pcap", "b.pcap", "c.pcap"]);
    let report: Report = serde_json::from_str(&run.stdout).unwrap();
    let devices: Vec<_> = report.sessions.iter().map(|session| session.device.clone().unwrap()).collect();
    assert_eq!(devices[0], devices[2]);
    assert_ne!(devices[0], devices[1]);
}

#[derive(Default)]
struct Told(Vec<Arisen>);

impl Sink for Told {
    fn session(&mut self, _: u32, _: &JudgedSession) -> io::Result<()> {
        Ok(())
    }

    fn arisen(&mut self, arisen: &Arisen) -> io::Result<()> {
        self.0.push(arisen.clone());
        Ok(())
    }
}

#[test]
fn what_is_told_while_traffic_flows_is_redacted_too() {
    let told = |redact: bool| {
        let (feed, follow) = channel(1 << 20);
        for chunk in script().capture().chunks(300) {
            feed.write(chunk.to_vec()).unwrap();
        }
        drop(feed);
        let mut told = Told::default();
        analysis::follow("live", follow, &Options { redact, ..Options::default() }, &mut told).unwrap();
        told.0.iter().map(|arisen| serde_json::to_string(arisen).unwrap()).collect::<Vec<String>>().join("\n")
    };
    let (open, redacted) = (told(false), told(true));
    assert!(open.contains("490154203237518") && open.lines().count() == redacted.lines().count());
    for form in SECRETS.iter().flat_map(|(secret, _)| forms(secret)) {
        assert!(!shows(&redacted, &form), "{form:?}");
    }
}

#[test]
fn passwords_in_the_addresses_of_a_descriptor_are_taken_out() {
    let folder = Folder::new();
    let text = include_str!("fixtures/o05.dms").replace("objectURI=http://", "objectURI=http://user:DownloadPass8@");
    folder.put("a.pcap", &Script::parse(&text).unwrap().capture());
    for (format, shown) in [("json", true), ("text", true), ("html", true)] {
        let plain = folder.dmscope(["analyze", "--format", format, "a.pcap"]).stdout;
        assert_eq!(plain.contains("DownloadPass8"), shown, "{format}: {plain}");
        let redacted = folder.dmscope(["analyze", "--redact", "--format", format, "a.pcap"]).stdout;
        assert!(!redacted.contains("DownloadPass8"), "{format}: {redacted}");
        assert!(redacted.contains("dl.example.com/fw.bin"), "{format}: {redacted}");
    }
}
