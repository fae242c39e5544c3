//! Addresses on the web, as far as two of them have to be held against one another.

/// The absolute form of a reference that stands in a document or a header of an address (RFC 3986, section 5.2; segments with
/// dots are left as they are).
pub fn absolute(base: &str, reference: &str) -> String {
    let reference = reference.trim();
    let is_scheme = |scheme: &str| {
        !scheme.is_empty() && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
    };
    if reference.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)) {
        return reference.to_owned();
    }
    let Some((scheme, rest)) = base.split_once("://") else { return reference.to_owned() };
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if reference.starts_with('/') {
        return format!("{scheme}://{authority}{reference}");
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let folder = path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("/");
    format!("{scheme}://{authority}{folder}{reference}")
}

/// What is the same of two addresses that lead to the same place: the host in lower case without the default port, and path and
/// query as written. Whether it was protected does not count: a capture may have been made behind the end of TLS. `None` of
/// what is no address of HTTP.
pub fn same_place(url: &str) -> Option<String> {
    let (scheme, rest) = url.trim().split_once("://")?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return None;
    }
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let host = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(&host);
    if host.is_empty() {
        return None;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Some(format!("{host}{slash}{path}"))
}
