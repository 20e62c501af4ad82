//! Hostile clients over real sockets: slow, many, huge, broken. Limits are short, and nothing is measured by the clock: a
//! client that is not cut off keeps its place, so that the healthy one behind it is never served.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::site::{DEADLINE, Site};

const HEALTHY: &[u8] = b"GET /search?q=zqvpn HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

fn connect(site: &Site) -> TcpStream {
    let stream = TcpStream::connect(site.address()).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// All that comes until the other side closes; panics where it never does.
fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => break,
            Err(error) => panic!("still open: {error}"),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends all of it, as far as the other side takes it, and reads to the end.
fn exchange(site: &Site, bytes: &[u8]) -> String {
    let mut stream = connect(site);
    let _ = stream.write_all(bytes);
    read_all(&mut stream)
}

fn assert_served(site: &Site) {
    let answer = exchange(site, HEALTHY);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("Cadastros/VPN.md"), "{answer}");
}

/// How many sockets this process may well hold open.
fn sockets(wanted: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft: usize = line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX);
    wanted.min(soft / 4)
}

fn short(connections: usize) -> Site {
    Site::small()
        .config(&format!(
            "[server]\nmax_connections = {connections}\nheader_timeout_ms = 400\nrequest_timeout_ms = 800\nidle_timeout_ms = 500\n"
        ))
        .start()
}

/// More slow clients of each kind than there are places, and a healthy one behind them. Seen to fail (the healthy one is
/// never served) with hours for a head, with hours for a request and so for its body, with hours for an idle connection,
/// and with `poll_blocked` never ready, which lets those stay that do not read.
#[test]
fn h01_slow_clients_are_cut_off() {
    const PLACES: usize = 40;
    let site = short(PLACES);
    let body = "POST /search HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";
    let chunked = "POST /search HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n";
    let facade = "POST /1/indexes/x/query HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";
    let unread = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    for (kind, begun) in [
        ("says nothing", ""),
        ("one byte", "G"),
        ("a slow line", "GET /search?q="),
        ("a slow field", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "),
        ("no end of the head", "GET / HTTP/1.1\r\nhost: x\r\n"),
        ("a slow body", body),
        ("slow chunks", chunked),
        ("a slow body of a facade", facade),
        ("idle behind an answer", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"),
        ("does not read", &unread),
    ] {
        let slow: Vec<TcpStream> = (0..2 * PLACES)
            .map(|_| {
                let mut stream = connect(&site);
                let _ = stream.set_nonblocking(true);
                let _ = stream.write(begun.as_bytes());
                stream
            })
            .collect();
        // It waits for a place, and gets one although none of them ever goes away by itself.
        assert_served(&site);
        for mut stream in slow {
            // A byte now and then buys no time.
            let _ = stream.write(b"x");
            drop(stream);
        }
        assert_served(&site);
        let healthy = exchange(&site, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert!(healthy.starts_with("HTTP/1.1 200 "), "{kind}: {healthy}");
    }
}

/// Thousands of connections that do nothing. Seen to fail with `max_connections` of a million: the daemon's descriptors
/// then grow with the clients.
#[test]
fn h02_a_flood_of_connections_is_bounded_and_passes() {
    const PLACES: usize = 100;
    let site = short(PLACES);
    let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", site.pid())).unwrap().count();
    let (before, mut most) = (descriptors(), 0);
    let wanted = sockets(3000);
    assert!(wanted > 2 * PLACES, "this process may open too few files to try");
    let mut flood = Vec::new();
    for number in 0..wanted {
        // The backlog of the system may be full: those wait with the system, and cost the daemon nothing.
        let address = site.address().parse().unwrap();
        if let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(50)) {
            flood.push(stream);
        }
        if number % 50 == 0 {
            most = most.max(descriptors());
        }
    }
    most = most.max(descriptors());
    assert!(most <= before + PLACES + 20, "{most} descriptors for {} connections, {before} before", flood.len());
    drop(flood);
    assert_served(&site);
    site.until("the places are free again", |_| descriptors() <= before + 5);
}

/// A shell's limit of open files is less than connections and pages need: `descriptors::raise` stands between. Seen to
/// fail without it.
#[test]
fn h02_descriptors_suffice_for_connections_and_pages() {
    let site = Site::small();
    for (limits, raised, warned) in [("ulimit -Sn 128; ulimit -Hn 4096", 1536, false), ("ulimit -n 256", 256, true)] {
        let inner = site.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        let log = site.dir().join(format!("log-of-{raised}"));
        let mut daemon = std::process::Command::new("sh")
            .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
            .arg(inner.get_program())
            .args(inner.get_args())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let end = std::time::Instant::now() + DEADLINE;
        let said = || std::fs::read_to_string(&log).unwrap();
        while !said().contains("listening") && daemon.try_wait().unwrap().is_none() && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(15));
        }
        let held = std::fs::read_to_string(format!("/proc/{}/limits", daemon.id()));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        let held = held.unwrap();
        let files = held.lines().find(|line| line.starts_with("Max open files")).unwrap();
        assert_eq!(files.split_whitespace().nth(3), Some(raised.to_string().as_str()), "{}", said());
        assert_eq!(said().contains("few files may be open"), warned, "{}", said());
    }
}

/// Seen to fail with `Limited` taken out of `body::read` (chunks without end are then not refused for their size), with the
/// `connection: close` behind chunks taken out (what follows is then a request of its own), with that of unread bodies taken
/// out, with two `Host` fields let pass, and with `bare_refusal` never seeing one (answers without a problem document).
#[test]
fn h03_bombs_and_what_is_no_http_are_refused_and_closed() {
    let site = short(100);
    let get = |fields: &str| format!("GET /search HTTP/1.1\r\nhost: x\r\n{fields}\r\n");
    let post = |fields: &str, body: &str| format!("POST /search HTTP/1.1\r\nhost: x\r\n{fields}\r\n{body}");
    let chunks = "1000\r\n".to_owned() + &"x".repeat(0x1000) + "\r\n";
    for (what, request, status, code) in [
        ("a field of 1 MB", get(&format!("x: {}\r\n", "a".repeat(1 << 20))), 431, "headers_too_large"),
        ("10,000 fields", get(&"a: b\r\n".repeat(10_000)), 431, "headers_too_large"),
        ("a target of 1 MB", format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20)), 414, "uri_too_long"),
        (
            "a body of 1 GB, announced",
            post("content-length: 1073741824\r\n", &"x".repeat(1 << 20)),
            413,
            "payload_too_large",
        ),
        ("a body of 2^64, announced", post("content-length: 18446744073709551616\r\n", ""), 400, "bad_request"),
        ("chunks without end", post("transfer-encoding: chunked\r\n", &chunks.repeat(1000)), 413, "payload_too_large"),
        ("a chunk of 2^60", post("transfer-encoding: chunked\r\n", "fffffffffffffff\r\nx"), 408, "request_timeout"),
        ("a chunk that is none", post("transfer-encoding: chunked\r\n", "zz\r\nx\r\n"), 400, "bad_request"),
        (
            "an extension without end",
            post("transfer-encoding: chunked\r\n", &format!("1;{}", "a".repeat(1 << 20))),
            400,
            "bad_request",
        ),
        (
            "trailers without end",
            post("transfer-encoding: chunked\r\n", &format!("0\r\n{}", "a: b\r\n".repeat(100_000))),
            400,
            "bad_request",
        ),
        ("two lengths", post("content-length: 1\r\ncontent-length: 2\r\n", "{}"), 400, "bad_request"),
        ("a length with a sign", post("content-length: +2\r\n", "{}"), 400, "bad_request"),
        ("chunks last of two", post("transfer-encoding: gzip\r\n", "{}"), 400, "bad_request"),
        ("two hosts", "GET /search HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), 400, "bad_request"),
        ("folded fields", get("x: a\r\n b\r\n"), 400, "bad_request"),
        ("a blank before the colon", get("x : a\r\n"), 400, "bad_request"),
        ("NUL in a field", get("x: a\0b\r\n"), 400, "bad_request"),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400, "bad_request"),
        ("HTTP/0.9", "GET /search\r\n\r\n".to_owned(), 400, "bad_request"),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n".to_owned(), 400, "bad_request"),
        ("nonsense", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), 400, "bad_request"),
    ] {
        let answer = exchange(&site, request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.to_lowercase().contains("content-type: application/problem+json"), "{what}: {head}");
        assert!(head.to_lowercase().contains("x-content-type-options: nosniff"), "{what}: {head}");
        assert!(body.starts_with('{') && body.contains(&format!("\"code\":\"{code}\"")), "{what}: {body}");
        assert!(body.ends_with('}') && !body.contains("HTTP/1.1"), "{what}: one answer alone, {body}");
    }
    // Chunks are taken, and the connection ends behind them: nothing smuggled behind the last one is ever a request.
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let answer = exchange(
        &site,
        post("transfer-encoding: chunked\r\n", &format!("2\r\n{{}}\r\n0\r\n\r\n{smuggled}")).as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
    for both in
        ["transfer-encoding: chunked\r\ncontent-length: 4\r\n", "content-length: 4\r\ntransfer-encoding: chunked\r\n"]
    {
        let answer = exchange(&site, post(both, &format!("2\r\n{{}}\r\n0\r\n\r\n{smuggled}")).as_bytes());
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    }
    // Who sends a body that nobody reads is told that the connection ends.
    for (method, path, status) in [("POST", "/reindex", 401), ("OPTIONS", "/metrics", 405), ("POST", "/nope", 404)] {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n");
        let answer = exchange(&site, format!("{head}{{}}").as_bytes());
        let told = answer.to_lowercase().contains("\r\nconnection: close\r\n");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && told, "{method} {path}: {answer}");
    }
    // Bodies are never decompressed: this one is 20 bytes of gzip that would be 10 MB.
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x01\x0d\x00\x00\x00\xc2\xa0\xf7";
    let mut zipped = format!(
        "POST /search HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        gzip.len()
    )
    .into_bytes();
    zipped.extend_from_slice(gzip);
    let answer = exchange(&site, &zipped);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"invalid_json\""), "{answer}");
    assert_served(&site);
}

/// A thousand requests at once on one connection, more of them than are read, and a client that goes away in the middle.
/// Seen to fail with `keep_alive(false)`: one is answered.
#[test]
fn h03_pipelined_requests_are_answered_in_turn() {
    // A slow machine must not run into a limit of time.
    let limits =
        "request_timeout_ms = 600000\nidle_timeout_ms = 600000\nheader_timeout_ms = 600000\nsearch_timeout_ms = 600000";
    let site = Site::small().config(&format!("[server]\n{limits}\n")).start();
    let mut many = String::new();
    for number in 1..=1000 {
        let limit = number % 100 + 1;
        let _ = write!(many, "GET /search?q=zqvpn&limit={limit} HTTP/1.1\r\nhost: x\r\nx-request-id: n{number}\r\n");
        many += if number == 1000 { "connection: close\r\n\r\n" } else { "\r\n" };
    }
    let mut stream = connect(&site);
    let mut reader = stream.try_clone().unwrap();
    let sent = std::thread::spawn(move || stream.write_all(many.as_bytes()));
    let answers = read_all(&mut reader);
    sent.join().unwrap().unwrap();
    let ids: Vec<&str> = answers.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    assert_eq!(ids, (1..=1000).map(|number| format!("n{number}")).collect::<Vec<_>>());
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1000);
    for _ in 0..50 {
        let mut gone = connect(&site);
        let _ = gone.write_all(&HEALTHY.repeat(20));
        let _ = gone.shutdown(Shutdown::Both);
    }
    assert_served(&site);
}

/// Nothing on disk is reached by any path. Seen to fail with `/pages/` answering from the disk what the
/// index does not have.
#[test]
fn h04_paths_lead_nowhere_but_to_routes() {
    let site = Site::small().start();
    std::fs::write(site.dir().join("segredo.md"), "zqsegredo").unwrap();
    let outside = [
        "/../../etc/passwd",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/..\\..\\etc\\passwd",
        "/assets/../../config.toml",
        "/assets/%2e%2e/%2e%2e/config.toml",
        "/assets/..%2f..%2fconfig.toml",
        "/pages/..%2f..%2fetc/passwd",
        "/pages/../segredo.md",
        "/pages/..%2fsegredo.md",
        "/pages/Cadastros/../../segredo.md",
        "/pages/%2fetc%2fpasswd",
        "/pages//etc/passwd",
        "/pages/.%00/home.md",
        "/pages/home.md%00",
        "/pages/..\\segredo.md",
        "/pages/%c0%ae%c0%ae/segredo.md",
        "/pages/config.toml",
        "/related?path=../segredo.md",
        "/related?path=/etc/passwd",
        "/static/..%2f..%2fetc/passwd",
        "/achei.js/../../config.toml",
        "/.git/config",
        "/index/admin.token",
        "*",
    ];
    for target in outside {
        let answer =
            exchange(&site, format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 404 ") || answer.starts_with("HTTP/1.1 400 "), "{target}: {answer}");
        assert!(answer.contains("application/problem+json"), "{target}: {answer}");
        assert!(
            !answer.contains("root:") && !answer.contains("zqsegredo") && !answer.contains("passwd"),
            "{target}: {answer}"
        );
        assert!(!answer.contains(site.dir().to_str().unwrap()), "{target}: no path of the disk, {answer}");
    }
    for (target, status) in [
        ("http://evil.example/healthz", 200),
        ("/pages/home.md", 200),
        ("/pages/Cadastros%2FVPN.md", 200),
        ("http://evil.example/pages/..%2fsegredo.md", 404),
    ] {
        let answer =
            exchange(&site, format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
        assert!(!answer.contains("evil.example"), "{target}: {answer}");
    }
}
