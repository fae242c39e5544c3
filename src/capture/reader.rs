//! The reader of capture files.

use super::event::{Event, SecretsBlock};
use super::ledger::{Ledger, Step};
use super::pcap::{FILE_HEADER, Pcap};
use super::pcapng::{Pcapng, section_order};
use super::sniff::{self, Look};
use super::unfold::{Compression, UnfoldError};
use super::window::Window;
use crate::base::{Limits, Problem, ProblemKind};
use std::io::{self, Read};

/// Reads a capture from front to back: pcap or pcapng, plain, gzip or zstd.
///
/// Each event borrows from the reader until the next one is asked for. Nothing ends with an error: what is wrong with the
/// file is an [`Event::Problem`] at its place among the frames, and what can be read after it is read.
///
/// ```
/// use dmscope::capture::{Event, Reader};
///
/// let mut reader = Reader::open(Box::new(&b"no capture"[..]));
/// while let Some(event) = reader.next() {
///     match event {
///         Event::Frame(frame) => println!("frame {}: {} octets", frame.number, frame.data.len()),
///         Event::Secrets(_) => {}
///         Event::Problem(problem) => println!("{}", problem.text),
///     }
/// }
/// ```
pub struct Reader {
    window: Option<Window>,
    format: Format,
    ledger: Ledger,
    /// Octets that a compressed file may still unfold to.
    ceiling: u64,
}

enum Format {
    Unknown,
    Pcap(Pcap),
    Pcapng(Pcapng),
    /// Only problems are left.
    End,
}

impl Reader {
    /// A reader of a file, a pipe or any other stream. Nothing is read before the first event is asked for.
    pub fn open(source: Box<dyn Read + Send>) -> Self {
        Self::with_limits(source, Limits::WINDOW, Limits::DECOMPRESSED)
    }

    fn with_limits(source: Box<dyn Read + Send>, window: usize, ceiling: u64) -> Self {
        Self { window: Some(Window::new(source, window)), format: Format::Unknown, ledger: Ledger::new(), ceiling }
    }

    /// The next event; `None` at the end, and from then on.
    #[expect(clippy::should_implement_trait, reason = "an event borrows from the reader, which Iterator can't say")]
    #[inline]
    pub fn next(&mut self) -> Option<Event<'_>> {
        let step = loop {
            if let Some(problem) = self.ledger.pop() {
                return Some(Event::Problem(problem));
            }
            let window = self.window.as_mut()?;
            let step = match &mut self.format {
                Format::Pcap(pcap) => pcap.step(window, &mut self.ledger),
                Format::Pcapng(pcapng) => pcapng.step(window, &mut self.ledger),
                Format::Unknown => self.begin(),
                Format::End => return None,
            };
            match step {
                Step::Again => {}
                Step::End => self.end(),
                step => break step,
            }
        };
        let window = self.window.as_ref()?;
        match step {
            Step::Frame(slot) => Some(Event::Frame(slot.borrow(window))),
            Step::Secrets(format, place) => Some(Event::Secrets(SecretsBlock { format, bytes: window.at(place) })),
            Step::Again | Step::End => None,
        }
    }

    /// Frames numbered so far. Some may not have been handed out: those that could not be read, and the pcapng blocks
    /// without a packet that Wireshark numbers.
    pub fn frames(&self) -> u64 {
        self.ledger.numbered()
    }

    /// Whether the file is of a format that may hold secrets. Known from the first event on.
    pub fn may_hold_secrets(&self) -> bool {
        matches!(self.format, Format::Pcapng(_))
    }

    /// Octets of the (decompressed) file that were consumed.
    pub fn offset(&self) -> u64 {
        self.window.as_ref().map_or(0, Window::offset)
    }

    /// Finds out what the file is.
    fn begin(&mut self) -> Step {
        // Twice: a compressed file shows what it is after it was unfolded.
        for unfolded in [None, Some(())] {
            let Some(window) = self.window.as_mut() else { return Step::End };
            window.fill(sniff::ENOUGH);
            // However much a read brings along, the same octets decide.
            let rest = window.rest();
            match sniff::look(rest.get(..rest.len().min(sniff::ENOUGH)).unwrap_or_default()) {
                Look::Compressed(compression) if unfolded.is_none() => self.unfold(compression),
                look => return self.start(look),
            }
        }
        Step::End
    }

    fn unfold(&mut self, compression: Compression) {
        let Some(window) = self.window.take() else { return };
        let size = window.capacity();
        self.window = Some(Window::new(compression.unfold(window.into_stream(), self.ceiling), size));
    }

    fn start(&mut self, look: Look) -> Step {
        let Some(window) = self.window.as_mut() else { return Step::End };
        let there = window.rest().len();
        if there == 0 && !window.failed() {
            self.ledger.push(Problem::whole(
                ProblemKind::Empty,
                "the file is empty; if a capture was being written to it, stop that first or check its filter",
            ));
        }
        if there == 0 {
            return Step::End;
        }
        if look == Look::Pcap
            && let Some(pcap) = Pcap::parse(window.rest())
        {
            window.consume(FILE_HEADER);
            self.format = Format::Pcap(pcap);
            return Step::Again;
        }
        if look == Look::Pcapng
            && let Some(order) = section_order(window.rest())
        {
            self.format = Format::Pcapng(Pcapng::new(order));
            return Step::Again;
        }
        if window.failed() {
            return Step::End;
        }
        if look == Look::Pcap || sniff::is_beginning(window.rest()) {
            self.ledger.push(Problem::at_offset(
                ProblemKind::TruncatedRecord,
                0,
                None,
                format!("the file ends inside its first header, after {there} octets; copy the file again"),
            ));
            return Step::End;
        }
        let (what, advice) = match look {
            Look::Other(what, advice) => (what, advice),
            _ => ("a file that was compressed twice", "unpack it once"),
        };
        let text = format!("the file is no capture that dmscope reads; it looks like {what}: {advice}");
        self.ledger.push(Problem::at_offset(ProblemKind::NotACapture, 0, None, text));
        Step::End
    }

    /// Says what is left to say.
    #[cold]
    fn end(&mut self) {
        if let Some(window) = self.window.as_mut() {
            let place = window.read_so_far();
            if let Some(error) = window.take_error() {
                let (kind, text) = explain(&error);
                self.ledger.problem(kind, place, text);
            }
        }
        if let Format::Pcapng(pcapng) = &self.format {
            pcapng.close(&mut self.ledger);
        }
        self.ledger.close();
        self.format = Format::End;
    }
}

/// The problem that an error of the stream is.
fn explain(error: &io::Error) -> (ProblemKind, String) {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<UnfoldError>()) {
        Some(unfold @ UnfoldError::Broken { .. }) => (
            ProblemKind::BadCompression,
            format!(
                "{unfold}; what came out of it before was read. Copy the file again, or unpack it with its own tool"
            ),
        ),
        Some(unfold @ UnfoldError::Ceiling { .. }) => (
            ProblemKind::DecompressionLimit,
            format!("{unfold}; the rest was not read. If the file is no trap, unpack it and split it with editcap"),
        ),
        None => (
            ProblemKind::Io,
            format!("reading failed ({error}); what was read before is in the report. Check the disk or the pipe"),
        ),
    }
}

#[cfg(test)]
mod tests;
