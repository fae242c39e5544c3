//! Where in a chain the Items are that name a URI, so that looking for one does not try all of them.

use super::events::{Chain, Part};
use crate::dm::uri::{percent_decoded, plain, without_query};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;

/// Items by the URIs in their Target and Source, queries and escapes apart.
#[derive(Debug, Default)]
pub(super) struct UriIndex(Vec<(u64, usize)>);

/// What two URIs have in common when [`same_uri`](super::expr::same_uri) finds them the same, and others hardly ever.
fn key(uri: &str) -> u64 {
    let path = plain(without_query(uri)).trim_end_matches('/');
    FixedState::default().hash_one(percent_decoded(path).as_bytes())
}

impl UriIndex {
    /// Of the Items of all events.
    pub(super) fn of(chain: &Chain<'_>) -> Self {
        let mut all = Vec::new();
        for (at, event) in chain.events.iter().enumerate() {
            let Part::Item(command, item) = event.part else { continue };
            let message =
                chain.session(event).and_then(|session| session.entry(event.entry)).map(|entry| &entry.message);
            let Some((message, command)) = message.and_then(|message| Some((message, message.command(command)?)))
            else {
                continue;
            };
            let item = usize::try_from(item).ok().and_then(|item| message.items(command).get(item));
            let uris = item.into_iter().flat_map(|item| [item.target_uri, item.source_uri]);
            all.extend(uris.filter_map(|uri| Some((key(message.value(uri)?), at))));
        }
        all.sort_unstable();
        Self(all)
    }

    /// The positions of the Items that may name a URI, in order.
    pub(super) fn of_uri(&self, uri: &str) -> impl Iterator<Item = usize> + '_ {
        let key = key(uri);
        let from = self.0.partition_point(|(other, _)| *other < key);
        let found = self.0.get(from..).unwrap_or_default();
        found.iter().take_while(move |(other, _)| *other == key).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testcase::expr::same_uri;

    #[test]
    fn uris_that_are_the_same_have_one_key() {
        let uris = [
            "./A/x",
            "A/x/",
            "./A/%78",
            "./A/x?prop=ACL",
            "./A/x?prop=Name",
            "./A%2Fx",
            ".",
            "./",
            "./a/x",
            "./\u{e4}",
        ];
        for (a, b) in uris.iter().flat_map(|a| uris.iter().map(move |b| (a, b))) {
            assert!(!same_uri(a, b) || key(a) == key(b), "{a} {b}");
        }
        assert_ne!(key("./A/x"), key("./A/y"));
    }
}
