//! What an input held, in one sentence, where no DM session was in it.

use crate::http::Http;
use crate::net::Net;
use crate::tls::Tls;

/// Says what was found instead, and what to try.
pub(super) fn describe(net: &Net, tls: &Tls, http: &Http) -> String {
    let counters = net.counters();
    let (stats, closed) = (http.stats(), tls.stats().closed);
    let frames = counters.frames();
    if frames == 0 {
        return "it holds no packet".to_owned();
    }
    let found = format!(
        "{}, {}, {}",
        count(frames, "frame"),
        count(counters.tcp_flows, "TCP connection"),
        count(stats.exchanges, "HTTP exchange")
    );
    let advice = if counters.ip_packets == 0 {
        "none of it is IP; look whether the right interface was captured"
    } else if counters.tcp_flows == 0 {
        "none of it is TCP; DM runs over HTTP"
    } else if closed > 0 && stats.exchanges == 0 {
        "the connections are encrypted and stay closed; the problems say why, --keylog gives their secrets"
    } else if closed > 0 {
        "none of the HTTP is DM; encrypted connections stay closed, and the problems say why"
    } else if stats.exchanges == 0 {
        "no connection is HTTP; look whether the capture filter cut its beginning off"
    } else {
        "no HTTP body is a SyncML message; `dmscope decode` reads a single body"
    };
    format!("no DM session: {found}; {advice}")
}

fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
