//! The accept loop over real sockets: slow, idle, huge and broken clients.
//!
//! Limits are short, and each test waits for the other side to act: nothing sleeps for things to happen.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Site, TOKEN};
use crate::config::ServerConfig;

/// Far longer than any limit in these tests.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The interface on a port of its own.
pub(super) struct Daemon {
    pub(super) address: std::net::SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Daemon {
    pub(super) async fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        let site = Site::with(|live| change(&mut live.server));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let served = tokio::spawn(super::super::run(listener, site.services, shutdown));
        Self { address, stop: Some(stop), served }
    }

    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("connected")
    }

    /// Sends bytes and reads until the connection ends.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The other side may have had enough before all is sent.
        let _ = stream.write_all(bytes).await;
        read_all(&mut stream).await
    }

    /// Stops, and says how long that took.
    pub(super) async fn stop(mut self) -> Duration {
        let begun = Instant::now();
        drop(self.stop.take());
        timeout(PATIENCE, self.served).await.expect("stopped").expect("joined").expect("served");
        begun.elapsed()
    }
}

/// All until the connection ends, however it ends.
pub(super) async fn read_all(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match timeout(PATIENCE, stream.read(&mut chunk)).await.expect("the connection ends") {
            Ok(0) | Err(_) => return String::from_utf8_lossy(&text).into_owned(),
            Ok(read) => text.extend_from_slice(&chunk[..read]),
        }
    }
}

/// One answer of a kept connection.
pub(super) async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut byte = [0];
        timeout(PATIENCE, stream.read_exact(&mut byte)).await.expect("in time").expect("an answer");
        text.push(byte[0]);
        if text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(text).expect("UTF-8").to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).expect("a length");
    let mut body = vec![0; length.parse().expect("a number")];
    timeout(PATIENCE, stream.read_exact(&mut body)).await.expect("in time").expect("a body");
    head + &String::from_utf8_lossy(&body)
}

pub(super) const GET: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn connections_are_kept_and_requests_pipelined() {
    let daemon = Daemon::with(|_| {}).await;
    let mut stream = daemon.connect().await;
    for _ in 0..3 {
        stream.write_all(GET).await.expect("sent");
        assert!(read_answer(&mut stream).await.starts_with("http/1.1 200"));
    }
    let mut many = GET.repeat(999);
    many.extend_from_slice(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(&many).await.expect("sent");
    assert_eq!(read_all(&mut stream).await.matches("HTTP/1.1 200 OK").count(), 1000);
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_408() {
    let daemon = Daemon::with(|server| server.header_timeout = Duration::from_millis(100)).await;
    for head in [&b"G"[..], b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: "] {
        let answer = daemon.exchange(head).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"request_timeout\""), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    }
    // Dripping does not buy time.
    let mut stream = daemon.connect().await;
    let (mut read, mut write) = stream.split();
    let drip = async {
        loop {
            if write.write_all(b"x").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let mut answer = [0; 12];
    tokio::select! {
        () = drip => {}
        read = timeout(PATIENCE, read.read_exact(&mut answer)) => {
            read.expect("in time").expect("an answer");
        }
    }
    assert_eq!(&answer, b"HTTP/1.1 408");
    // Nothing said, nothing answered.
    assert_eq!(daemon.exchange(b"").await, "");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_the_second_head_has_its_own_time() {
    let daemon = Daemon::with(|server| {
        server.idle_timeout = Duration::from_millis(150);
        server.header_timeout = Duration::from_millis(600);
    })
    .await;
    let mut stream = daemon.connect().await;
    stream.write_all(GET).await.expect("sent");
    read_answer(&mut stream).await;
    let begun = Instant::now();
    assert_eq!(read_all(&mut stream).await, "");
    assert!(begun.elapsed() < Duration::from_millis(500), "{:?}", begun.elapsed());

    let mut stream = daemon.connect().await;
    stream.write_all(GET).await.expect("sent");
    read_answer(&mut stream).await;
    let begun = Instant::now();
    stream.write_all(b"GET /heal").await.expect("sent");
    assert!(read_all(&mut stream).await.starts_with("HTTP/1.1 408"));
    assert!(begun.elapsed() > Duration::from_millis(400), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_408() {
    let daemon = Daemon::with(|server| server.request_timeout = Duration::from_millis(100)).await;
    let search = "POST /search HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{";
    let reindex = format!(
        "POST /reindex?wait=true HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: 9\r\n\r\n{{"
    );
    for request in [search, &reindex] {
        let answer = daemon.exchange(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"request_timeout\""), "{answer}");
    }
}

/// As [`Daemon::exchange`], for clients that send all before they read: none may be cut off while sending.
async fn exchange_whole(daemon: &Daemon, request: &str) -> String {
    let mut stream = daemon.connect().await;
    stream.write_all(request.as_bytes()).await.expect("all is taken in");
    read_all(&mut stream).await
}

#[tokio::test]
async fn large_bodies_are_refused_in_words() {
    let daemon = Daemon::with(|_| {}).await;
    // More than the buffers of both sides hold.
    let body = "x".repeat(24 << 20);
    for head in [
        format!("POST /search HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len()),
        format!(
            "POST /reindex HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        ),
        format!("GET /search HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len()),
        format!("POST /search HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len()),
    ] {
        let answer = exchange_whole(&daemon, &format!("{head}{body}")).await;
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\"payload_too_large\""), "{head}{answer}");
    }
    // Those who are not let in are told so too, whatever they send.
    let head = format!("POST /reindex HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    assert!(exchange_whole(&daemon, &format!("{head}{body}")).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn heads_that_cannot_be_read_are_problems_too() {
    let daemon = Daemon::with(|_| {}).await;
    let long = |bytes: usize| format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "a".repeat(bytes));
    let wide =
        |bytes: usize| format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\n\r\n", "a".repeat(bytes));
    let many =
        |count: usize| format!("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}\r\n", "a: b\r\n".repeat(count));
    for (request, status, code) in [
        (long(20_000), 414, "uri_too_long"),
        (long(100_000), 414, "uri_too_long"),
        (long(1 << 20), 414, "uri_too_long"),
        (wide(20_000), 431, "headers_too_large"),
        (wide(1 << 20), 431, "headers_too_large"),
        (many(65), 431, "headers_too_large"),
        (many(10_000), 431, "headers_too_large"),
        ("GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n".into(), 400, "bad_request"),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}\r\n\r\n".into(), 400, "bad_request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400, "bad_request"),
        ("GET /\r\n\r\n".into(), 400, "bad_request"),
        ("GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n".into(), 400, "bad_request"),
        ("POST /search HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n".into(), 400, "bad_request"),
    ] {
        let answer = daemon.exchange(request.as_bytes()).await;
        let what = format!("{}: {answer}", &request[..request.len().min(60)]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}");
        assert!(answer.contains(&format!("\"{code}\"")) && answer.contains("application/problem+json"), "{what}");
        assert!(answer.contains("nosniff"), "{what}");
    }
    assert!(
        daemon
            .exchange(b"GET http://x/healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 200")
    );
}

#[tokio::test]
async fn more_connections_than_allowed_wait_for_room() {
    let daemon = Daemon::with(|server| server.max_connections = 1).await;
    let mut first = daemon.connect().await;
    first.write_all(GET).await.expect("sent");
    read_answer(&mut first).await;
    let mut second = daemon.connect().await;
    second.write_all(GET).await.expect("sent");
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(100), second.read(&mut byte)).await.is_err(), "it waits");
    drop(first);
    assert!(read_answer(&mut second).await.starts_with("http/1.1 200"));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let daemon = Daemon::with(|server| {
        server.idle_timeout = Duration::from_millis(200);
        server.max_connections = 1;
    })
    .await;
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut deaf = socket.connect(daemon.address).await.expect("connected");
    // More answers than both sides' buffers hold; once writing blocks for good, the other side has stopped reading too.
    let request = b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2000);
    let _ = timeout(Duration::from_millis(100), deaf.write_all(&request)).await;
    // The only place becomes free although the client never reads.
    let mut next = daemon.connect().await;
    next.write_all(GET).await.expect("sent");
    assert!(read_answer(&mut next).await.starts_with("http/1.1 200"));
    drop(deaf);
}
