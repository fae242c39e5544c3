//! Octets from one side to the other, each direction on its own: neither waits for the other.

use super::cut::CHUNK;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// Octets that are read from a device and thrown away, so that it gets to its answer.
const DRAIN: usize = 1 << 20;
/// How long the next of them is waited for, and all of them.
const DRAIN_WAIT: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// Where a direction broke.
#[derive(Debug)]
pub(super) enum Broken {
    Reading(io::Error),
    Writing(io::Error),
}

/// Writes octets so that they are on their way: a stream of TLS may keep the last of them back.
pub(super) async fn put(to: &mut (impl AsyncWrite + Unpin), octets: &[u8]) -> io::Result<()> {
    to.write_all(octets).await?;
    to.flush().await
}

/// Passes everything on, `first` before all else, until the side that sends it ends; then the other side is told so.
pub(super) async fn pass(
    first: &[u8],
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> Result<(), Broken> {
    put(to, first).await.map_err(Broken::Writing)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await.map_err(Broken::Reading)?;
        if count == 0 {
            // It may be gone already.
            let _ = to.shutdown().await;
            return Ok(());
        }
        put(to, buffer.get(..count).unwrap_or_default()).await.map_err(Broken::Writing)?;
    }
}

/// How two directions came to their end.
#[derive(Debug)]
pub(super) enum Over {
    /// Both sides have said everything.
    Both,
    /// The server is gone, and the device has all that there was of it. It may be sending still.
    Server,
    /// The device is gone.
    Device(io::Error),
}

/// Runs both directions: to the server and to the device.
pub(super) async fn both(
    up: impl Future<Output = Result<(), Broken>>,
    down: impl Future<Output = Result<(), Broken>>,
) -> Over {
    let (mut up, mut down) = (pin!(up), pin!(down));
    let (mut is_sent, mut is_gone, mut is_answered) = (false, false, false);
    loop {
        tokio::select! {
            outcome = &mut up, if !is_sent => match outcome {
                Ok(()) => is_sent = true,
                Err(Broken::Reading(error)) => return Over::Device(error),
                // A server that takes no more may have answered all the same.
                Err(Broken::Writing(_)) => (is_sent, is_gone) = (true, true),
            },
            outcome = &mut down, if !is_answered => match outcome {
                Ok(()) => is_answered = true,
                Err(Broken::Reading(_)) => return Over::Server,
                Err(Broken::Writing(error)) => return Over::Device(error),
            },
        }
        match (is_answered, is_sent, is_gone) {
            (true, _, true) => return Over::Server,
            (true, true, false) => return Over::Both,
            _ => {}
        }
    }
}

/// Says to the device that nothing more comes, and reads what it is still sending: closed before that, a connection is reset,
/// and what is on its way to the device is lost.
pub(super) async fn linger(device: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let (each, all) = DRAIN_WAIT;
    let drain = async {
        if device.shutdown().await.is_err() {
            return;
        }
        let mut sink = vec![0; CHUNK];
        let mut drained = 0_usize;
        while let Ok(Ok(count @ 1..)) = timeout(each, device.read(&mut sink)).await {
            drained = drained.saturating_add(count);
            if drained > DRAIN {
                break;
            }
        }
    };
    let _ = timeout(all, drain).await;
}
