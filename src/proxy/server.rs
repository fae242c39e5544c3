//! Takes connections of devices until it is told to end.

use super::connection;
use super::log::Level;
use super::recorder::{Recorder, Track};
use super::settings::Settings;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// How long nothing is accepted after the operating system had no room for a connection.
const BREATHE: Duration = Duration::from_millis(100);
/// Connections that may wait to be taken; the operating system may allow fewer.
const BACKLOG: u32 = 4_096;
/// How often what was collected is written though nobody waits for it.
const FLUSH: Duration = Duration::from_millis(200);
/// How often it is said that there is no room for more connections.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// Listens on an address, with room for a crowd that connects at one time: what finds none is dropped by the operating system,
/// and comes late or never.
///
/// # Errors
///
/// Where the address can't be listened on.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As listeners do on Unix: a port whose last connections are not forgotten yet is free.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Runs until `end` comes to pass, or until a recording that must go on can't. Exchanges that are under way then may finish.
///
/// # Errors
///
/// Where a recording that must go on can't.
pub async fn run(
    listener: TcpListener,
    settings: Arc<Settings>,
    recorder: Arc<Recorder>,
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    let (ending, ended) = watch::channel(false);
    let room = Arc::new(Semaphore::new(settings.patience.connections));
    let numbers = AtomicU64::new(1);
    let mut tasks = JoinSet::new();
    let mut said = None;
    let flusher = tokio::spawn({
        let recorder = Arc::clone(&recorder);
        async move {
            // Where that fails it has been told, and the traffic stops for it.
            while recorder.flush().is_ok() {
                sleep(FLUSH).await;
            }
        }
    });
    tokio::pin!(end);
    loop {
        let permit = match Arc::clone(&room).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                if said.is_none_or(|at: Instant| at.elapsed() >= SAY_AGAIN) {
                    said = Some(Instant::now());
                    let most = settings.patience.connections;
                    let text = format!("{most} connections are open; more have to wait (--max-connections)");
                    settings.log.line(Level::Warning, &text);
                }
                tokio::select! {
                    permit = Arc::clone(&room).acquire_owned() => match permit {
                        Ok(permit) => permit,
                        Err(_) => break,
                    },
                    () = &mut end => break,
                    () = recorder.failure() => break,
                }
            }
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut end => break,
            () = recorder.failure() => break,
            // Finished tasks are not kept.
            Some(_) = tasks.join_next(), if !tasks.is_empty() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                let number = numbers.fetch_add(1, Ordering::Relaxed);
                let (settings, recorder, ended) = (Arc::clone(&settings), Arc::clone(&recorder), ended.clone());
                let open = recorder.counters().connection();
                tasks.spawn(async move {
                    take(stream, number, &settings, recorder, ended).await;
                    drop((permit, open));
                });
            }
            Err(error) => {
                settings.log.line(Level::Warning, &format!("a connection can't be taken: {error}"));
                sleep(BREATHE).await;
            }
        }
    }
    drop(listener);
    // Nobody need be there to hear it.
    let _ = ending.send(true);
    let drained = timeout(settings.patience.drain, async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        let text = format!("{} connections were cut: they did not come to an end in time", tasks.len());
        settings.log.line(Level::Warning, &text);
        tasks.shutdown().await;
    }
    flusher.abort();
    let _ = flusher.await;
    if recorder.has_failed() { Err(io::Error::other("the recording could not go on")) } else { Ok(()) }
}

async fn take(
    stream: TcpStream,
    number: u64,
    settings: &Settings,
    recorder: Arc<Recorder>,
    mut ended: watch::Receiver<bool>,
) {
    let (Ok(device), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return };
    // Without it, the last part of an answer waits for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let track = Track::new(Arc::clone(&recorder), device, local);
    let watch = Arc::clone(&track);
    let patience = settings.patience;
    let served = connection::serve(stream, number, settings, recorder, track);
    let outcome = tokio::select! {
        outcome = served => outcome,
        () = watch.idle(patience.idle) => Err(connection::End::Idle),
        () = sleep(patience.total) => Err(connection::End::Total),
        () = quiet(&watch, &mut ended) => Ok(()),
    };
    if let Err(end) = outcome {
        settings.log.line(end.level(), &format!("{device}: {end}"));
    }
}

/// Waits for the end of the proxy, and then until no answer is outstanding.
async fn quiet(track: &Track, ended: &mut watch::Receiver<bool>) {
    // The other end lives as long as the proxy.
    let _ = ended.wait_for(|ended| *ended).await;
    track.answered().await;
}
