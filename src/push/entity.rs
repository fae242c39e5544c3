//! Pushes whose headers are text: over HTTP to the device (WAP-235-PushOTA, OTA-HTTP), in the second part of a message to a push
//! proxy (PAP), and in SIP (OMA-TS-DM_Notification-V1_3, OMA-TS-SIP_Push-V1_0).

use super::bootstrap::{BootstrapMedia, BootstrapPush};
use super::multipart;
use super::wsp::{ApplicationId, Carries, Push};

/// Media types of notifications, and what each carries.
const NOTIFICATIONS: [(&str, Carries); 2] = [
    ("application/vnd.syncml.notification", Carries::Notification),
    ("application/vnd.syncml.dm.notification", Carries::Notification1_3),
];

/// A body with the headers that say what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entity<'e> {
    /// Content-Type.
    pub content_type: &'e str,
    /// X-Wap-Application-Id.
    pub application: Option<&'e str>,
    /// The body.
    pub body: &'e [u8],
}

/// What an entity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// It carries a notification.
    Notification(Push),
    /// It carries a bootstrap message.
    Bootstrap(BootstrapPush),
}

impl Entity<'_> {
    /// What it is; `None` where it is none that device management knows. A message of DM alone is no push: what pushes it says that
    /// it is protected, or names an application.
    ///
    /// Of a body in parts, the first part that has the type of a push is read.
    pub fn read(&self) -> Option<Pushed> {
        match multipart::pushed(self) {
            Some(part) => part.entity().read_alone(),
            None => self.read_alone(),
        }
    }

    fn read_alone(&self) -> Option<Pushed> {
        let essence = essence(self.content_type);
        let application = self.application.map(application);
        if let Some((_, carries)) = NOTIFICATIONS.iter().find(|(name, _)| essence.eq_ignore_ascii_case(name)) {
            return Some(Pushed::Notification(Push::of_entity(*carries, application, self.body)));
        }
        let media = BootstrapMedia::ALL.into_iter().find(|media| essence.eq_ignore_ascii_case(media.name()))?;
        let (sec, mac) = (parameter(self.content_type, "SEC"), parameter(self.content_type, "MAC"));
        let is_pushed = media.is_provisioning() || sec.is_some() || mac.is_some() || application.is_some();
        is_pushed.then(|| Pushed::Bootstrap(BootstrapPush::of_entity(media, (sec, mac), application, self.body)))
    }
}

/// Whether a Content-Type may be that of a pushed entity.
pub fn is_pushed_type(content_type: &str) -> bool {
    let essence = essence(content_type);
    NOTIFICATIONS.iter().any(|(name, _)| essence.eq_ignore_ascii_case(name))
        || BootstrapMedia::ALL.iter().any(|media| essence.eq_ignore_ascii_case(media.name()))
}

/// A media type without its parameters.
pub(super) fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// A parameter of a Content-Type, without the quotes around it.
pub(super) fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (own, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (text, behind) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        let own = own.rsplit(';').next().unwrap_or_default().trim();
        if own.eq_ignore_ascii_case(name) {
            return Some(text.trim().to_owned());
        }
        rest = behind.split_once(';')?.1;
    }
}

/// An application by number or by name.
fn application(text: &str) -> ApplicationId {
    let text = text.trim();
    match text.parse() {
        Ok(number) => ApplicationId::Number(number),
        Err(_) => ApplicationId::Name(text.chars().take(256).collect()),
    }
}

/// The header lines of a text up to its blank line, names without the blanks around them, and octets up to behind that line.
/// Folded lines are left out. `None` where there is no blank line.
pub(super) fn headers(octets: &[u8]) -> Option<(Vec<(&str, &str)>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = octets.get(at..)?;
        let end = memchr::memchr(b'\n', rest)?;
        let line = rest.get(..end).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at = at.saturating_add(end).saturating_add(1);
        if line.is_empty() {
            return Some((found, at));
        }
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Some((name, value)) = text.split_once(':')
            && found.len() < HEADERS
        {
            found.push((name.trim(), value.trim()));
        }
    }
}

/// Header lines of one entity that are looked at.
const HEADERS: usize = 64;

/// The first header of a name, or of its short form.
pub(super) fn header<'h>(headers: &[(&'h str, &'h str)], names: &[&str]) -> Option<&'h str> {
    headers.iter().find(|(own, _)| names.iter().any(|name| own.eq_ignore_ascii_case(name))).map(|(_, value)| *value)
}

/// Name of the header that names the application.
pub(super) const APPLICATION_ID: &str = "x-wap-application-id";
