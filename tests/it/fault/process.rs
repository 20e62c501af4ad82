//! The end of the process while it is at work.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::site::{Site, page, wait_until, word};

/// Clients, and how often each asks.
const CLIENTS: usize = 20;
const PACE: Duration = Duration::from_millis(100);

/// 200 requests a second, pages that change all the time, clients that never finish, and a second signal. Seen to fail
/// with `drain_timeout` of an hour: the slow clients held the stop; and with the second signal ending the process: its code was
/// another one.
#[test]
fn c13_sigterm_under_load() {
    // Of the clocks that end slow clients the stop's alone is near.
    let config = "[server]\nheader_timeout_ms = 60000\nrequest_timeout_ms = 60000\nidle_timeout_ms = 60000\n";
    let mut site = Site::small().config(config);
    for number in 0..100 {
        site.write(&format!("Pasta{}/P{number}.md", number % 7), &page("Página", &word(number)));
    }
    site.restart();
    let (stop, asked, wrote) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let (base, content) = (site.base().to_owned(), site.content());
    let slow: Vec<TcpStream> = (0..30)
        .map(|number| {
            let mut stream = TcpStream::connect(site.address()).unwrap();
            let said: &[u8] = match number % 3 {
                0 => b"GET /search?q=vpn HTTP/1.1\r\nHost: x\r\nX-Slow: ",
                1 => b"POST /search HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{",
                // Asked a hundred times; no answer is taken in.
                _ => &b"GET /search?limit=100&q= HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100),
            };
            let _ = stream.set_write_timeout(Some(Duration::from_secs(1)));
            let _ = stream.write_all(said);
            stream
        })
        .collect();
    let (status, took) = std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (stop, asked, base) = (&stop, &asked, &base);
            scope.spawn(move || {
                let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
                while !stop.load(Ordering::Relaxed) {
                    let since = Instant::now();
                    // After the signal nobody may be there; whoever is answers well.
                    if let Ok(answer) = agent.get(format!("{base}/search?q={}", word(client))).call() {
                        assert!([200, 503].contains(&answer.status().as_u16()), "{}", answer.status());
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                    std::thread::sleep(PACE.saturating_sub(since.elapsed()));
                }
            });
        }
        scope.spawn(|| {
            for number in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let path = content.join(format!("Pasta{}/P{}.md", number % 7, number % 100));
                let _ = std::fs::write(path, page("Página", &word(1_000 + number % 100)));
                wrote.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            site.until_within(60, "the load is on", |site| {
                asked.load(Ordering::Relaxed) > 400 && wrote.load(Ordering::Relaxed) > 200 && site.generation() > 3
            });
            site.write("Carga.md", &page("Carga", "zqsobcarga"));
            site.until("found under load", |site| site.finds("zqsobcarga", "Carga.md"));
            site.signal("TERM");
            let address = site.address().to_owned();
            // Nobody is taken any more: that is what the first signal does, while open requests go on.
            wait_until("it no longer accepts", || TcpStream::connect(&address).is_err());
            site.stop()
        }));
        stop.store(true, Ordering::Relaxed);
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    assert_eq!(status.code(), Some(0));
    // What the contract promises; five seconds of it are for requests that are open.
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop(slow);
    let log = site.log();
    assert!(log.contains("\"stopped\"") && !log.contains("left behind") && !log.contains("panic"), "{log}");
    // Committed: what was found under load is on the disk.
    let found = site.expect(0, &["search", "zqsobcarga"]);
    assert!(found.contains("/Carga"), "{found}");
    (0..100).for_each(|number| site.note(&word(1_000 + number)));
    site.restart();
    assert!(!site.index().join("set-aside").exists());
    site.assert_equals_directory(&[]);
}
