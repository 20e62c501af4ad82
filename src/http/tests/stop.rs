//! The stop: idle connections end at once, open requests in time, and nobody holds it up.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::socket::{Daemon, GET, PATIENCE, read_all, read_answer};

#[tokio::test]
async fn a_stop_closes_idle_connections_at_once() {
    let daemon = Daemon::with(|server| server.drain_timeout = PATIENCE).await;
    let mut idle = daemon.connect().await;
    idle.write_all(GET).await.expect("sent");
    read_answer(&mut idle).await;
    let fresh = daemon.connect().await;
    let address = daemon.address;
    assert!(daemon.stop().await < Duration::from_secs(2));
    assert_eq!(read_all(&mut idle).await, "");
    assert!(TcpStream::connect(address).await.is_err(), "nothing listens any more");
    drop(fresh);
}

#[tokio::test]
async fn a_stop_lets_open_requests_end() {
    let daemon = Daemon::with(|server| server.drain_timeout = PATIENCE).await;
    let mut open = daemon.connect().await;
    open.write_all(b"POST /search HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n")
        .await
        .expect("sent");
    // The handler is at work when it asks for the body.
    let mut go_on = [0; 25];
    timeout(PATIENCE, open.read_exact(&mut go_on)).await.expect("in time").expect("100");
    assert!(go_on.starts_with(b"HTTP/1.1 100 Continue"));
    let stopping = tokio::spawn(daemon.stop());
    open.write_all(b"{\"q\":\"uma\"}").await.expect("sent");
    let answer = read_all(&mut open).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    stopping.await.expect("stopped");
}

#[tokio::test]
async fn a_stop_waits_for_nobody_beyond_its_deadline() {
    let daemon = Daemon::with(|server| {
        server.drain_timeout = Duration::from_millis(100);
        server.request_timeout = PATIENCE;
        server.header_timeout = PATIENCE;
    })
    .await;
    let mut slow_body = daemon.connect().await;
    slow_body
        .write_all(b"POST /search HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n")
        .await
        .expect("sent");
    let mut go_on = [0; 25];
    timeout(PATIENCE, slow_body.read_exact(&mut go_on)).await.expect("in time").expect("100");
    let mut slow_head = daemon.connect().await;
    slow_head.write_all(b"GET / HT").await.expect("sent");
    let took = daemon.stop().await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}
