//! Where HTTP requests go, for comparison.

use super::helper::percent_decoded;
use crate::dm::Transport;
use std::borrow::Cow;

/// Where an HTTP request goes.
pub(super) struct Address<'a> {
    /// Host and port in lower case, without a default port; `None` where nothing tells.
    pub(super) authority: Option<String>,
    /// Path and query.
    pub(super) path: &'a str,
}

impl<'a> Address<'a> {
    pub(super) fn of_uri(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        Some(Self { authority: Some(normal_authority(authority)), path: if path.is_empty() { "/" } else { path } })
    }

    pub(super) fn of_request(transport: &'a Transport) -> Option<Self> {
        if transport.url.starts_with('/') {
            let authority = transport.header("host").map(normal_authority);
            Some(Self { authority, path: transport.url.as_str() })
        } else {
            Self::of_uri(&transport.url)
        }
    }
}

fn normal_authority(authority: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    let bare = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443"));
    bare.map(str::to_owned).unwrap_or(host)
}

/// Path and query for comparison; of Windows devices without the parameters that they add.
pub(super) fn path_of(path: &str, windows: bool) -> Cow<'_, str> {
    let path = percent_decoded(path);
    if !windows {
        return path;
    }
    let Some((before, query)) = path.split_once('?') else { return path };
    let is_own = |part: &&str| !part.starts_with("mode=") && !part.starts_with("Platform=");
    let kept: Vec<&str> = query.split('&').filter(is_own).collect();
    Cow::Owned(if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) })
}
