//! What `dmscope ca` does.

use super::{Export, Form, Init, Kind, Place, Show};
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, stdout_is_terminal};
use crate::proxy::authority::{Authority, AuthorityError, KeyKind, NewAuthority, default_folder, fingerprint};
use crate::report::visible;
use anstyle::{AnsiColor, Style};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

impl From<AuthorityError> for Failure {
    fn from(error: AuthorityError) -> Self {
        Self::usage(error.to_string())
    }
}

impl Place {
    fn folder(&self) -> Result<PathBuf, Failure> {
        let folder = self.dir.clone().or_else(|| default_folder(|name| std::env::var_os(name)));
        folder.ok_or_else(|| {
            Failure::usage("neither HOME nor DMSCOPE_CA_DIR is set; say with --dir where the authority lies")
        })
    }
}

pub(super) fn init(arguments: &Init, output: &Output) -> Result<Exit, Failure> {
    let new = NewAuthority {
        name: arguments.name.clone(),
        key: match arguments.key {
            Kind::Rsa => KeyKind::Rsa,
            Kind::Ec => KeyKind::Ec,
        },
        days: arguments.days,
        overwrite: arguments.force,
    };
    let authority = Authority::create(&arguments.place.folder()?, &new)?;
    let mut results = output.results();
    facts(&authority, &mut results)?;
    writeln!(results, "\nDevices have to trust the certificate; `dmscope ca show` says how.")?;
    results.flush()?;
    Ok(Exit::Done)
}

pub(super) fn show(arguments: &Show, output: &Output) -> Result<Exit, Failure> {
    let authority = Authority::load(&arguments.place.folder()?)?;
    let mut results = output.results();
    facts(&authority, &mut results)?;
    results.write_all(INSTALL.as_bytes())?;
    if arguments.qr {
        let text = arguments.url.clone().unwrap_or_else(|| fingerprint(&authority.facts().sha256));
        let code = QrCode::new(&text)
            .map_err(|error| Failure::usage(format!("--url: no QR code can be made of it: {error}")))?;
        draw(&code, output.text_options().color, &mut results)?;
        writeln!(results, "{}", visible(&text))?;
    }
    results.flush()?;
    if let Err(expired) = authority.check_time() {
        output.warning(&expired.to_string());
    }
    Ok(Exit::Done)
}

/// Draws a QR code with half blocks. Without colours it is drawn for light text on a dark terminal.
fn draw(code: &QrCode, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let (dark, light, style) = if color {
        let style = Style::new().fg_color(Some(AnsiColor::Black.into())).bg_color(Some(AnsiColor::BrightWhite.into()));
        (Dense1x2::Dark, Dense1x2::Light, style)
    } else {
        (Dense1x2::Light, Dense1x2::Dark, Style::new())
    };
    let drawn = code.render::<Dense1x2>().dark_color(dark).light_color(light).build();
    writeln!(out)?;
    drawn.lines().try_for_each(|line| writeln!(out, "{style}{line}{style:#}"))
}

fn facts(authority: &Authority, out: &mut dyn Write) -> io::Result<()> {
    let facts = authority.facts();
    let day = |time: crate::base::Timestamp| time.rfc3339().as_str().chars().take(10).collect::<String>();
    let lines = [
        ("Subject", facts.subject.clone()),
        ("Valid", format!("{} to {}", day(facts.not_before), day(facts.not_after))),
        ("Key", facts.key.clone()),
        ("SHA-256", fingerprint(&facts.sha256)),
        ("SHA-1", fingerprint(&facts.sha1)),
        ("Certificate", authority.certificate_file().display().to_string()),
        ("Private key", format!("{} (a secret: who has it can pose as every server)", authority.key_file().display())),
    ];
    lines.iter().try_for_each(|(what, text)| writeln!(out, "{what:<12} {}", visible(text)))
}

const INSTALL: &str = "
Trust it on a device, and compare the fingerprint there:
  Android    Copy the file of `dmscope ca export --format der --out ca.cer` to it. Settings, Security, Encryption &
             credentials, Install a certificate, CA certificate. Apps for Android 7 and newer trust it only if they say so
             in their network security configuration; a device management client of the system needs it in the store of the
             system (/system/etc/security/cacerts, on a rooted or engineering build).
  Windows    certutil -addstore Root ca.cer (as administrator); on a phone open the file and accept.
  Others     Most take the DER file as a download with the name ca.cer, or the PEM file; feature phones often only from a
             web page: `dmscope proxy --serve-ca` serves it at /.dmscope/ca.cer and /.dmscope/ca.pem of its port.
  A client under test often has a store of its own: add the PEM file there.
";

pub(super) fn export(arguments: &Export, output: &Output) -> Result<Exit, Failure> {
    if arguments.format == Form::Der && arguments.out.is_none() && stdout_is_terminal() {
        return Err(Failure::usage(
            "DER is no text for a terminal; redirect it, name a file with --out, or take --format pem",
        ));
    }
    let authority = Authority::load(&arguments.place.folder()?)?;
    let octets = match arguments.format {
        Form::Pem => authority.pem().into_bytes(),
        Form::Der => authority.der().to_vec(),
    };
    if let Some(file) = &arguments.out {
        fs::write(file, octets)
            .map_err(|error| Failure::usage(format!("--out: {} can't be written: {error}", file.display())))?;
        return Ok(Exit::Done);
    }
    let mut results = output.results();
    results.write_all(&octets)?;
    results.flush()?;
    Ok(Exit::Done)
}
