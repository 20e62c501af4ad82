//! What a service manager is told, over a socket of its kind.

use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::site::{Site, page};

/// A socket as systemd gives one, and all that was said to it.
struct Manager {
    said: Arc<Mutex<Vec<String>>>,
}

impl Manager {
    fn listen(path: &std::path::Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        // Ends with the test's process, or when nobody reads any more.
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = socket.recv(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                heard.lock().unwrap().extend(text.lines().map(str::to_owned));
            }
        });
        Self { said }
    }

    fn count(&self, line: &str) -> usize {
        self.said.lock().unwrap().iter().filter(|said| said.starts_with(line)).count()
    }

    /// What was said first of the two.
    fn before(&self, first: &str, second: &str) -> bool {
        let said = self.said.lock().unwrap();
        let place = |line: &str| said.iter().position(|said| said.starts_with(line));
        place(first).unwrap() < place(second).unwrap()
    }
}

/// Seen to fail with `READY=1` sent at once: `/readyz` was still 503 then, under a first index.
#[test]
fn the_service_manager_is_told_ready_alive_reloading_and_stopping() {
    let mut site = Site::small();
    let socket = site.dir().join("notify");
    let manager = Manager::listen(&socket);
    site.set_env("NOTIFY_SOCKET", Some(socket.to_str().unwrap()));
    site.set_env("WATCHDOG_USEC", Some("3000000"));
    for number in 0..150 {
        site.write(&format!("Muitas/{number}.md"), &page("Uma de muitas", &"palavra ".repeat(200)));
    }
    site.launch();
    site.until_within(90, "ready", |_| manager.count("READY=1") == 1);
    assert_eq!(site.get("/readyz").status, 200, "not a moment before");
    assert!(manager.before("EXTEND_TIMEOUT_USEC=", "READY=1"), "a first index may take long");
    site.until_within(60, "pinged again and again", |_| manager.count("WATCHDOG=1") >= 3);
    site.until_within(60, "how it goes", |_| manager.count("STATUS=ready, 153 pages") == 1);
    site.write("Nova.md", "# Nova");
    site.until_within(60, "how it goes on", |_| manager.count("STATUS=ready, 154 pages") == 1);
    // Reloads, a good one and a bad one, end in readiness.
    site.signal("HUP");
    site.until_within(60, "reloaded", |_| manager.count("READY=1") == 2);
    assert!(manager.count("RELOADING=1") == 1 && manager.count("MONOTONIC_USEC=") == 1);
    site.write_config("[nonsense]\nx = 1\n");
    site.signal("HUP");
    site.until_within(60, "refused, and said so", |_| {
        manager.count("READY=1") == 3 && manager.count("STATUS=ready, 154 pages; the new configuration is refused") == 1
    });
    assert_eq!(manager.count("STOPPING=1"), 0);
    assert_eq!(site.stop().0.code(), Some(0));
    site.until("said at the stop", |_| manager.count("STOPPING=1") == 1);
}

#[test]
fn a_manager_that_is_gone_harms_nobody() {
    let mut site = Site::small();
    let nowhere = site.dir().join("nobody");
    site.set_env("NOTIFY_SOCKET", Some(nowhere.to_str().unwrap()));
    site.set_env("WATCHDOG_USEC", Some("nonsense"));
    site.restart();
    assert!(site.finds("zqvpn", "Cadastros/VPN.md"));
    assert_eq!(site.stop().0.code(), Some(0));
}
