//! Many connections at once: what each costs.

use super::house::{PATIENCE, Proxy, post, session};
use super::program::Folder;
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Barrier;
use tokio::time::timeout;

/// Connections that there can be: each costs this process and the proxy two descriptors.
fn room(wanted: usize) -> usize {
    let limit = Command::new("/bin/sh").args(["-c", "ulimit -n"]).output().unwrap();
    let limit = String::from_utf8(limit.stdout).unwrap().trim().parse().unwrap_or(1 << 20);
    wanted.min((limit - 200) / 2)
}

/// A server that answers each body of this length with itself.
async fn echo(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut pending = Vec::new();
            while stream.read_buf(&mut pending).await.is_ok_and(|count| count > 0) {
                while let Some((_, body)) = super::house::request(&mut pending) {
                    let answer = super::house::response("application/octet-stream", &body);
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            }
        });
    }
}

/// Connections that are all open at once, and all ask `times` times; the memory that the proxy then has needed.
fn crowd(connections: usize, times: usize, length: usize, more: &[&str]) -> u64 {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // The server takes the crowd, too.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(4_096).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(echo(listener));
        let limits = "ulimit -n $(ulimit -H -n)";
        let proxy = Proxy::limited(limits, ["--upstream", &url, "--fail-on", "never"].iter().chain(more));
        let (media, exchanges) = session("01-xml-basic.pcap");
        let message = exchanges[0].0.clone();
        let barrier = Arc::new(Barrier::new(connections));
        let mut devices = tokio::task::JoinSet::new();
        for number in 0..connections {
            let (address, barrier) = (proxy.address, Arc::clone(&barrier));
            // Some speak DM, so that there is something to judge.
            let octets = match number % 10 {
                0 => post("x", media, &message),
                _ => post("x", "application/octet-stream", &vec![b'q'; length]),
            };
            devices.spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(&octets[..1]).await.unwrap();
                // All are open before the first is served.
                barrier.wait().await;
                stream.write_all(&octets[1..]).await.unwrap();
                let mut answer = vec![0; 64 << 10];
                for at in 0..times {
                    let mut pending = Vec::new();
                    while super::house::request(&mut pending).is_none() {
                        let count = stream.read(&mut answer).await.unwrap();
                        assert_ne!(count, 0);
                        pending.extend_from_slice(&answer[..count]);
                    }
                    if at + 1 < times {
                        stream.write_all(&octets).await.unwrap();
                    }
                }
                barrier.wait().await;
            });
        }
        timeout(PATIENCE, async {
            while let Some(done) = devices.join_next().await {
                done.unwrap()
            }
        })
        .await
        .unwrap();
        let peak = proxy.peak_octets();
        let ended = tokio::task::spawn_blocking(move || proxy.end()).await.unwrap();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        peak
    })
}

#[test]
fn thousands_of_connections_take_little_memory() {
    let folder = Folder::new();
    let path = folder.path("r.pcapng");
    let connections = room(2_000);
    for more in [&["--no-analysis"][..], &["--record", path.to_str().unwrap()]] {
        let peak = crowd(connections, 2, 4 << 10, more);
        assert!(peak < 256 << 20, "{more:?}: {} MiB", peak >> 20);
    }
}

#[test]
fn a_few_busy_connections_take_less() {
    let folder = Folder::new();
    let path = folder.path("r.pcapng");
    for more in [&["--no-analysis"][..], &["--record", path.to_str().unwrap()], &[]] {
        let _ = std::fs::remove_file(&path);
        let peak = crowd(32, 20, 64 << 10, more);
        assert!(peak < 80 << 20, "{more:?}: {} MiB", peak >> 20);
    }
}
