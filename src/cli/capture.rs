//! `dmscope capture`.

#[cfg(feature = "live")]
mod live;

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::base::Limits;
use clap::Args;
use std::num::NonZeroU64;
use std::time::Duration;

/// Arguments of `capture`.
#[derive(Debug, Args)]
#[command(after_help = super::args::EXIT_CODES)]
pub(super) struct Arguments {
    /// Capture on this interface; on Linux, any stands for all
    #[arg(short, long, value_name = "IFACE", required_unless_present = "list_interfaces")]
    interface: Option<String>,
    /// List the interfaces that there are
    #[arg(long, conflicts_with = "interface")]
    list_interfaces: bool,

    /// Only packets that pass this filter, in the language of tcpdump: "tcp port 8080"
    #[arg(long, value_name = "EXPR", help_heading = "Capturing")]
    bpf: Option<String>,
    /// Octets that are kept of a packet; less than whole packets leaves messages unread
    #[arg(long, value_name = "OCTETS", default_value_t = Limits::SNAPLEN, hide_default_value = true,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(Limits::SNAPLEN)), help_heading = "Capturing")]
    snaplen: u32,
    /// Packets for other machines, too
    #[arg(long, help_heading = "Capturing")]
    promiscuous: bool,
    /// End after this many packets [default: at SIGINT (Ctrl-C) or SIGTERM]
    #[arg(long, value_name = "N", help_heading = "Capturing")]
    count: Option<NonZeroU64>,
    /// End after this time: 90s, 15m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Capturing")]
    duration: Option<Duration>,
    #[command(flatten)]
    recording: super::recording::Arguments,

    #[cfg(any(feature = "proxy", feature = "live"))]
    #[command(flatten)]
    judging: super::live::Arguments,
}

/// A time with its units; longer than none.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok();
    let parsed = parsed.and_then(|duration| Duration::try_from(duration).ok());
    parsed.filter(|duration| !duration.is_zero()).ok_or_else(|| "a time looks like 90s, 15m or 1h30m".to_owned())
}

#[cfg(feature = "live")]
pub(super) fn run(arguments: Arguments, output: &Output) -> Result<Exit, Failure> {
    live::run(arguments, output)
}

#[cfg(not(feature = "live"))]
pub(super) fn run(_arguments: Arguments, _output: &Output) -> Result<Exit, Failure> {
    Err(Failure::usage(WITHOUT_LIBPCAP))
}

#[cfg(not(feature = "live"))]
const WITHOUT_LIBPCAP: &str = "\
this dmscope was built without live capture. With libpcap and its headers (libpcap-dev on Debian and Ubuntu), build one that
has it: cargo install --path . --features live
What works now: tcpdump -i IFACE -U -w - | dmscope analyze -";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_is_longer_than_none() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for wrong in ["", "90", "0s", "-5s", "soon"] {
            assert!(duration(wrong).unwrap_err().contains("1h30m"), "{wrong}");
        }
    }
}
