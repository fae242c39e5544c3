//! Finding the next record after octets that are missing.

use super::closed::{Closed, Sender};
use super::connection::{Connection, Cx, Held};
use super::keylog::Label;
use super::protect::Opener;
use super::record::{HEADER, Header, content};
use super::side::{Keys, Place, Side, Stage};
use super::version::Version;
use crate::base::Limits;

/// Octets before a record that are kept while it is searched for: the longest block of a cipher.
const BEFORE: usize = 16;

/// The search for the next record of a direction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Search {
    /// Octets of [`Side::record`] that are known to begin no record.
    at: usize,
    /// Records that can be lost at most, where that is known.
    lost: Option<u64>,
}

/// What a look for a record came to.
enum Found {
    /// The record at this place, this long, of this content type, opened with this number and these keys.
    Record { at: usize, length: usize, kind: u8, sequence: u64, stage: Option<(Stage, Opener)> },
    /// It takes more octets.
    More,
    /// Too much was tried.
    Never,
}

impl Connection {
    /// Octets are missing from a direction whose records are read.
    pub(super) fn gap(&mut self, sender: Sender, length: Option<u64>, place: Place, cx: &mut Cx<'_>) {
        let lost_octets = length.and_then(|length| usize::try_from(length).ok());
        let side = self.side(sender);
        if side.closed {
            return;
        }
        if let Keys::Wanted(stage) = side.keys
            && let Err(need) = self.install(sender, stage, place, cx)
        {
            self.side(sender).need = Some(need);
            return self.hold(place, Held::Gap(sender, length));
        }
        let side = self.side(sender);
        side.messages.lose();
        if side.search.is_some() {
            // What came between two gaps is of no use.
            side.record.clear();
            side.search = Some(Search::default());
            return;
        }
        // A record that is lost for a gap before, whose end is known.
        if side.skip > 0 {
            match lost_octets {
                Some(lost) if lost <= side.skip => side.skip -= lost,
                _ => self.search_from_here(sender, length, place, cx),
            }
            return;
        }
        let partial = side.record.len();
        let header = Header::parse(&side.record);
        let remains = header.and_then(|header| header.total().checked_sub(partial)?.checked_sub(lost_octets?));
        match (&side.keys, header, remains) {
            (Keys::Plain, Some(header), Some(remains)) => {
                // The messages before the missing octets still count.
                let record = std::mem::take(&mut side.record);
                side.skip = remains;
                side.records = side.records.saturating_add(1);
                if header.kind == content::HANDSHAKE {
                    self.messages(sender, record.get(HEADER..).unwrap_or_default(), place, cx);
                }
                self.side(sender).messages.lose();
            }
            (Keys::Plain, ..) => self.close_side(sender, Closed::HandshakeNotCaptured, place, cx),
            (Keys::Open(_, opener), Some(header), Some(remains)) if !opener.needs_before() && opener.can_skip() => {
                let plain = opener.plain_length(header);
                side.record = Vec::new();
                side.skip = remains;
                side.sequence = side.sequence.saturating_add(1);
                side.records = side.records.saturating_add(1);
                match plain {
                    Some(_) if header.kind != content::APPLICATION_DATA => {}
                    plain => self.emit_gap(sender, plain.map(|plain| plain as u64), place, cx),
                }
            }
            _ => self.search_from_here(sender, length, place, cx),
        }
    }

    fn search_from_here(&mut self, sender: Sender, length: Option<u64>, place: Place, cx: &mut Cx<'_>) {
        let side = self.side(sender);
        let can = match &side.keys {
            Keys::Open(_, opener) => opener.can_skip(),
            Keys::Plain | Keys::Wanted(_) => false,
        };
        if !can {
            let record = side.records.saturating_add(1);
            self.close_side(sender, Closed::GapBefore { sender, record }, place, cx);
            return;
        }
        side.record.clear();
        side.skip = 0;
        // The shortest record has a header and a MAC or tag.
        let lost = length.map(|length| length / (HEADER as u64 + 8) + 2);
        side.search = Some(Search { at: 0, lost });
    }

    /// Looks for the next record in what came since the gap.
    pub(super) fn search(&mut self, sender: Sender, place: Place, cx: &mut Cx<'_>) {
        let side = self.side(sender);
        let Some(mut search) = side.search else { return };
        let octets = std::mem::take(&mut side.record);
        let mut text = std::mem::take(cx.scratch);
        let found = self.look(sender, &octets, &mut search, &mut text, cx);
        match found {
            Found::More => {
                let side = self.side(sender);
                let keep = octets.get(search.at.saturating_sub(BEFORE)..).unwrap_or_default();
                side.record = keep.to_vec();
                search.at = search.at.min(BEFORE);
                side.search = Some(search);
            }
            Found::Never => {
                let record = self.side(sender).records.saturating_add(1);
                self.close_side(sender, Closed::GapBefore { sender, record }, place, cx);
            }
            Found::Record { at, length, kind, sequence, stage } => {
                let side = self.side(sender);
                side.search = None;
                side.records = side.records.saturating_add(sequence.saturating_sub(side.sequence)).saturating_add(1);
                side.sequence = sequence.saturating_add(1);
                if let Some((stage, opener)) = stage {
                    side.keys = Keys::Open(stage, opener);
                }
                self.emit_gap(sender, None, place, cx);
                self.content(sender, kind, &text, place, cx);
                *cx.scratch = text;
                let rest = octets.get(at.saturating_add(length)..).unwrap_or_default();
                self.octets(sender, rest, place, cx);
                return;
            }
        }
        *cx.scratch = text;
    }

    /// Tries what looks like a record, with each number that it may have.
    fn look(
        &mut self,
        sender: Sender,
        octets: &[u8],
        search: &mut Search,
        text: &mut Vec<u8>,
        cx: &mut Cx<'_>,
    ) -> Found {
        let outer = self.record_version();
        while let Some(rest) = octets.get(search.at..) {
            if rest.len() < HEADER {
                return Found::More;
            }
            let header = Header::parse(rest).filter(|header| Some(header.version) == outer && header.length >= 8);
            let Some(header) = header else {
                search.at += 1;
                continue;
            };
            let Some(fragment) = rest.get(HEADER..header.total()) else { return Found::More };
            let before = octets.get(..search.at).unwrap_or_default();
            let last = search.lost.unwrap_or(u64::MAX).min(Limits::TLS_LOST_RECORDS);
            let first = self.side(sender).sequence.saturating_add(1);
            for sequence in first..first.saturating_add(last) {
                self.trials = self.trials.saturating_add(header.total());
                if self.trials > Limits::TLS_TRIALS {
                    return Found::Never;
                }
                let Keys::Open(_, opener) = &mut self.side(sender).keys else { return Found::Never };
                if !opener.comes_after(before) {
                    break;
                }
                if let Ok(kind) = opener.open(header, fragment, sequence, text) {
                    return Found::Record { at: search.at, length: header.total(), kind, sequence, stage: None };
                }
            }
            // The end of the handshake may be among what is lost.
            if let Some(mut opener) = self.next_opener(sender, cx) {
                for sequence in 0..last {
                    self.trials = self.trials.saturating_add(header.total());
                    if self.trials > Limits::TLS_TRIALS {
                        return Found::Never;
                    }
                    if let Ok(kind) = opener.open(header, fragment, sequence, text) {
                        let stage = Some((Stage::Application, opener));
                        return Found::Record { at: search.at, length: header.total(), kind, sequence, stage };
                    }
                }
            }
            search.at += 1;
        }
        Found::More
    }

    /// The keys that follow on those of the handshake of TLS 1.3.
    fn next_opener(&mut self, sender: Sender, cx: &Cx<'_>) -> Option<Opener> {
        if !matches!(self.side(sender).keys, Keys::Open(Stage::Handshake, _)) {
            return None;
        }
        let label = match sender {
            Sender::Client => Label::ClientTraffic,
            Sender::Server => Label::ServerTraffic,
        };
        let secret = cx.sources.traffic(&self.client_random()?, label)?;
        let opener = Opener::tls13(self.suite()?, &secret)?;
        self.side(sender).secret = Some(secret);
        Some(opener)
    }

    /// The version in the headers of records.
    fn record_version(&self) -> Option<Version> {
        self.version().map(|version| version.min(Version::TLS_1_2))
    }
}

impl Side {
    /// Whether more octets are wanted to go on with the search.
    pub(super) fn is_searching(&self) -> bool {
        self.search.is_some()
    }
}
