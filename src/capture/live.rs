//! Live capture through libpcap: an interface to a stream of pcapng.
//!
//! What comes out is what a file would hold: a Section Header Block, one Interface Description Block, an Enhanced Packet
//! Block for each packet and an Interface Statistics Block at the end. Who takes it records it, judges it, or both, with
//! the code that reads files.
//!
//! Sources: the manual pages of libpcap 1.10; draft-ietf-opsawg-pcapng for the blocks.

use super::{LinkType, write};
use crate::base::{Limits, Timestamp};
use pcap::{Active, Capture, Device, Error};
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// For how long the kernel may hold packets back, so that it can hand them over many at a time.
const HELD_BACK: Duration = Duration::from_millis(50);
/// How long a quiet interface is left alone before it is asked again.
const PAUSE: Duration = Duration::from_millis(10);
/// For how long packets are still taken after the end was asked for: those that the kernel held back by then.
const DRAIN: Duration = Duration::from_millis(150);

/// What to capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The interface, by its name: `eth0`, `lo`, and on Linux `any` for all of them.
    pub interface: String,
    /// A filter in the language of pcap-filter(7); everything without one.
    pub filter: Option<String>,
    /// Octets that are kept of a packet, up to [`Limits::SNAPLEN`].
    pub snaplen: u32,
    /// Whether packets for other machines are taken, too.
    pub promiscuous: bool,
}

/// When a capture ends. The first that comes about does it.
#[derive(Debug, Clone, Copy)]
pub struct Until<'a> {
    /// Looked at between packets; set it to end the capture.
    pub stop: &'a AtomicBool,
    /// After this many packets.
    pub count: Option<u64>,
    /// After this time.
    pub duration: Option<Duration>,
}

/// What ended a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It was told to stop.
    Stopped,
    /// The packets that were asked for are there.
    Count,
    /// The time that was asked for is over.
    Duration,
    /// The interface gave nothing more (it went away, it was taken down), with libpcap's reason.
    Lost(String),
}

/// A capture that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Why.
    pub ending: Ending,
    /// Packets that were handed on.
    pub packets: u64,
    /// What the kernel counted, where it does.
    pub statistics: Option<Statistics>,
}

/// What the kernel counted since the interface was opened (pcap_stats(3PCAP), which says what each system counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statistics {
    /// Packets received; on most systems those that pass the filter.
    pub received: u64,
    /// Packets lost because they were not read fast enough.
    pub dropped: u64,
    /// Packets lost by the interface or its driver.
    pub interface_dropped: u64,
}

/// An interface that libpcap knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, as [`Settings::interface`] takes it.
    pub name: String,
    /// What libpcap says of it.
    pub description: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it is up.
    pub up: bool,
    /// Whether it leads back to this machine.
    pub loopback: bool,
    /// Whether it is a radio interface.
    pub wireless: bool,
}

/// Why there is no capture.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// No interface has the name.
    #[error("there is no interface {name}")]
    NoInterface {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The program may not capture.
    #[error("no right to capture on {interface} ({message}). {}", REMEDY)]
    NoPermission {
        /// The interface.
        interface: String,
        /// What libpcap says.
        message: String,
    },
    /// The filter is not one.
    #[error("the filter {expression:?} can't be used: {message}")]
    Filter {
        /// The filter.
        expression: String,
        /// What libpcap says.
        message: String,
    },
    /// Anything else that libpcap complains about.
    #[error("libpcap can't capture on {interface}: {message}")]
    Library {
        /// The interface.
        interface: String,
        /// What libpcap says.
        message: String,
    },
    /// The interfaces can't be listed.
    #[error("libpcap can't list the interfaces: {0}")]
    List(String),
}

/// How the right to capture is given.
const REMEDY: &str = if cfg!(target_os = "linux") {
    "Give it to the program once: sudo setcap cap_net_raw=ep \"$(command -v dmscope)\"; or run dmscope as root"
} else if cfg!(target_os = "macos") {
    "Join the group that may read /dev/bpf* (access_bpf, which ChmodBPF of Wireshark makes); or run dmscope with sudo"
} else if cfg!(windows) {
    "Run dmscope as administrator, or install Npcap for all users"
} else {
    "Let a group of yours read /dev/bpf* (own and perm in devfs.conf, or chgrp and chmod g+r); or run dmscope as root"
};

/// Lists the interfaces that there are, in the order of libpcap.
///
/// # Errors
/// [`LiveError::List`] where the system does not tell.
pub fn interfaces() -> Result<Vec<Interface>, LiveError> {
    let devices = Device::list().map_err(|error| LiveError::List(said(error)))?;
    let interface = |device: Device| Interface {
        up: device.flags.is_up(),
        loopback: device.flags.is_loopback(),
        wireless: device.flags.is_wireless(),
        name: device.name,
        description: device.desc,
        addresses: device.addresses.into_iter().map(|address| address.addr).collect(),
    };
    Ok(devices.into_iter().map(interface).collect())
}

/// An interface that is open.
pub struct Live {
    capture: Capture<Active>,
    interface: String,
    link_type: LinkType,
    snaplen: u32,
}

impl Live {
    /// Opens an interface. From then on the kernel collects packets.
    ///
    /// # Errors
    /// [`LiveError`], all but the last.
    pub fn open(settings: &Settings) -> Result<Self, LiveError> {
        let name = settings.interface.as_str();
        let refused = |error| refusal(name, said(error), interfaces().unwrap_or_default());
        let snaplen = settings.snaplen.clamp(1, Limits::SNAPLEN);
        let capture = Capture::from_device(name)
            .map_err(refused)?
            .snaplen(i32::try_from(snaplen).unwrap_or(i32::MAX))
            .promisc(settings.promiscuous)
            .timeout(i32::try_from(HELD_BACK.as_millis()).unwrap_or(i32::MAX))
            .buffer_size(Limits::LIVE_BUFFER)
            .open()
            .map_err(refused)?;
        // A read that waits can't be ended on every system when nothing comes: no packet, no end.
        let mut capture = capture.setnonblock().map_err(refused)?;
        if let Some(expression) = &settings.filter {
            capture
                .filter(expression, true)
                .map_err(|error| LiveError::Filter { expression: expression.clone(), message: said(error) })?;
        }
        let link_type = link_type(capture.get_datalink().0).ok_or_else(|| LiveError::Library {
            interface: name.to_owned(),
            message: format!("its link type {} has no number in files", capture.get_datalink().0),
        })?;
        Ok(Self { capture, interface: name.to_owned(), link_type, snaplen })
    }

    /// What the first octets of its packets are.
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }

    /// What the stream begins with, and every file that it is recorded to: section header and interface.
    ///
    /// # Errors
    /// None in practice: memory is written.
    pub fn prelude(&self) -> io::Result<Vec<u8>> {
        let mut blocks = Vec::new();
        write::section(&mut blocks, concat!("dmscope ", env!("CARGO_PKG_VERSION")))?;
        write::interface(&mut blocks, self.link_type, self.snaplen)?;
        Ok(blocks)
    }

    /// Hands packets on until the end: whole blocks, one or many, with the time of the last of them. What has come is handed
    /// on as soon as nothing more is waiting.
    ///
    /// # Errors
    /// Only those of the sink. An interface that goes away is an [`Ending`], since what came before it is whole.
    pub fn run(&mut self, until: &Until<'_>, sink: &mut Sink<'_>) -> io::Result<Ended> {
        let mut batch = Batch { blocks: Vec::with_capacity(Limits::LIVE_BATCH), last: None, packets: 0, sink };
        let ending = self.packets(until, &mut batch)?;
        batch.hand_on()?;
        let statistics = self.capture.stats().ok().map(|counted| Statistics {
            received: counted.received.into(),
            dropped: counted.dropped.into(),
            interface_dropped: counted.if_dropped.into(),
        });
        if let Some(counted) = &statistics {
            let time = now();
            let statistics = write::Statistics {
                interface: 0,
                time,
                received: counted.received,
                interface_dropped: counted.interface_dropped,
                system_dropped: counted.dropped,
            };
            write::statistics(&mut batch.blocks, &statistics)?;
            batch.last = Some(time);
            batch.hand_on()?;
        }
        Ok(Ended { ending, packets: batch.packets, statistics })
    }

    fn packets(&mut self, until: &Until<'_>, batch: &mut Batch<'_, '_>) -> io::Result<Ending> {
        let began = Instant::now();
        let mut asked: Option<(Ending, Instant)> = None;
        while until.count.is_none_or(|count| batch.packets < count) {
            match &asked {
                Some((ending, when)) if when.elapsed() >= DRAIN => return Ok(ending.clone()),
                Some(_) => {}
                None if until.stop.load(Ordering::Relaxed) => asked = Some((Ending::Stopped, Instant::now())),
                None if until.duration.is_some_and(|longest| began.elapsed() >= longest) => {
                    asked = Some((Ending::Duration, Instant::now()));
                }
                None => {}
            }
            match self.capture.next_packet() {
                Ok(packet) => batch.add(&packet)?,
                Err(Error::TimeoutExpired) => {
                    batch.hand_on()?;
                    thread::sleep(PAUSE);
                }
                Err(error) => return Ok(Ending::Lost(said(error))),
            }
        }
        Ok(Ending::Count)
    }
}

/// Takes whole blocks and the time of the last of them.
pub type Sink<'a> = dyn FnMut(Timestamp, &[u8]) -> io::Result<()> + 'a;

/// Packets on their way to the sink, so that it is not called for each on a busy interface.
struct Batch<'a, 'b> {
    blocks: Vec<u8>,
    last: Option<Timestamp>,
    packets: u64,
    sink: &'a mut Sink<'b>,
}

impl Batch<'_, '_> {
    fn add(&mut self, packet: &pcap::Packet<'_>) -> io::Result<()> {
        let time = time(packet.header);
        let packet = write::Packet {
            interface: 0,
            time,
            data: packet.data,
            original_len: packet.header.len,
            direction: None,
            comment: None,
        };
        write::packet(&mut self.blocks, &packet)?;
        self.last = Some(time);
        self.packets = self.packets.saturating_add(1);
        if self.blocks.len() >= Limits::LIVE_BATCH { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        if let Some(last) = self.last.take() {
            (self.sink)(last, &self.blocks)?;
            self.blocks.clear();
        }
        Ok(())
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("interface", &self.interface)
            .field("link_type", &self.link_type)
            .field("snaplen", &self.snaplen)
            .finish_non_exhaustive()
    }
}

/// Where libpcap leaves the reason to its number.
const SILENT: &str = "no reason is given";

/// What libpcap says, without the words that the binding puts before it.
fn said(error: Error) -> String {
    match error {
        Error::PcapError(message) if message.is_empty() => SILENT.to_owned(),
        Error::PcapError(message) => message,
        error => error.to_string(),
    }
}

/// Why an interface was not opened. The binding hides libpcap's numbers, so that the list of interfaces and the words of
/// libpcap must tell: "CAP_NET_RAW may be required", "Operation not permitted", "Permission denied".
fn refusal(name: &str, message: String, known: Vec<Interface>) -> LiveError {
    let interface = name.to_owned();
    let down = known.iter().any(|known| known.name == name && !known.up);
    if !known.is_empty() && !known.iter().any(|known| known.name == name) {
        return LiveError::NoInterface { name: interface, known: known.into_iter().map(|known| known.name).collect() };
    }
    let lower = message.to_lowercase();
    if ["permission", "not permitted", "cap_net_raw"].iter().any(|word| lower.contains(word)) {
        LiveError::NoPermission { interface, message }
    } else if down && message == SILENT {
        LiveError::Library { interface, message: "it is down".to_owned() }
    } else {
        LiveError::Library { interface, message }
    }
}

/// The number in files of a number of libpcap's (`DLT_`). They differ where systems do not agree among each other (the
/// `LINKTYPE_` registry of tcpdump.org).
fn link_type(dlt: i32) -> Option<LinkType> {
    let open_bsd = cfg!(target_os = "openbsd");
    let number = match dlt {
        11 => 100,
        12 if open_bsd => 108,
        12 => 101,
        14 if open_bsd => 101,
        other => u16::try_from(other).ok()?,
    };
    Some(LinkType(number))
}

fn time(header: &pcap::PacketHeader) -> Timestamp {
    let nanos = i128::from(header.ts.tv_sec) * 1_000_000_000 + i128::from(header.ts.tv_usec) * 1_000;
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(0))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(name: &str, up: bool) -> Interface {
        Interface { name: name.into(), description: None, addresses: Vec::new(), up, loopback: false, wireless: false }
    }

    #[test]
    fn a_refusal_is_told_from_the_others() {
        let known = || vec![interface("eth0", true), interface("wlan0", false)];
        let refused = |name: &str, message: &str| refusal(name, message.to_owned(), known());
        let raw = "Attempt to create packet socket failed - CAP_NET_RAW may be required";
        for message in [raw, "socket: Operation not permitted", "(cannot open BPF device) /dev/bpf0: Permission denied"]
        {
            let error = refused("eth0", message);
            assert!(matches!(error, LiveError::NoPermission { .. }), "{message}: {error:?}");
            assert!(error.to_string().contains(message) && error.to_string().contains(REMEDY), "{error}");
            // Without rights libpcap says so before it looks for the interface.
            assert!(matches!(refused("eth1", message), LiveError::NoInterface { .. }));
        }
        assert!(matches!(refused("wlan0", SILENT), LiveError::Library { message, .. } if message == "it is down"));
        assert!(
            matches!(refused("eth0", "out of memory"), LiveError::Library { message, .. } if message == "out of memory")
        );
        // Where nothing can be listed, the words alone tell.
        assert!(matches!(refusal("eth0", raw.to_owned(), Vec::new()), LiveError::NoPermission { .. }));
    }

    #[test]
    fn link_types_get_the_numbers_of_files() {
        assert_eq!(link_type(1), Some(LinkType(1)));
        assert_eq!(link_type(113), Some(LinkType(113)));
        assert_eq!(link_type(-1), None);
        if !cfg!(target_os = "openbsd") {
            assert_eq!(link_type(12), Some(LinkType(101)));
        }
    }
}
