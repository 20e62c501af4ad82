//! What reaches the log: one line a request, and nothing that people typed or keep secret.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;

use super::{Site, TOKEN};
use crate::http::Probe;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the lines").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn one_line_a_request_without_what_was_typed() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).with_max_level(tracing::Level::INFO);
    let _log = tracing::subscriber::set_default(subscriber.finish());
    // With one subscriber only, a line that another test's thread meets first would be off for all threads.
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().finish());
    let site = Site::new();
    let secret = "segredo-da-pessoa";
    let bearer = format!("authorization: Bearer {TOKEN}");
    let agent = format!("user-agent: {secret}\u{a0}");
    let requests = [
        ("GET", format!("/search?q={secret}+duas&tag={secret}"), "", 200),
        ("POST", "/search".to_owned(), "{\"q\": \"segredo-da-pessoa\"}", 200),
        ("GET", format!("/?q={secret}"), "", 200),
        ("GET", format!("/suggest?q={secret}"), "", 200),
        ("GET", format!("/pages/{secret}.md"), "", 404),
        ("GET", format!("/{secret}"), "", 404),
        ("GET", format!("/search?limit={secret}"), "", 422),
        ("GET", "/search?q=panic".to_owned(), "", 500),
        ("POST", "/reindex".to_owned(), "{\"paths\": [\"segredo-da-pessoa.md\"]}", 202),
        ("SEGREDO", "/search".to_owned(), "", 405),
    ];
    for (method, target, body, status) in &requests {
        let answer = site.ask(method, target, &[&bearer, &agent, "x-request-id: an-id"], body).await;
        assert_eq!(answer.status.as_u16(), *status, "{method} {target}");
    }
    let text = String::from_utf8(lines.0.lock().expect("the lines").clone()).expect("UTF-8");
    assert!(!text.to_lowercase().contains("segredo") && !text.contains(TOKEN), "{text}");
    let logged: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let logged: Vec<_> = logged.iter().filter(|line| line["fields"]["message"] == "request").collect();
    assert_eq!(logged.len(), requests.len());
    assert!(logged.iter().all(|line| line["level"] == "INFO" && line["fields"]["id"] == "an-id"));
    let first = &logged[0]["fields"];
    assert_eq!((first["route"].as_str(), first["status"].as_u64()), (Some("/search"), Some(200)));
    assert_eq!((first["query_bytes"].as_u64(), first["query_words"].as_u64()), (Some(22), Some(2)));
    assert_eq!((first["total"].as_u64(), first["generation"].as_u64()), (Some(1432), Some(1)));
    assert_eq!(logged[4]["fields"]["route"], "/pages/{*path}");
    assert_eq!(
        (logged[5]["fields"]["route"].as_str(), logged[9]["fields"]["method"].as_str()),
        (Some("-"), Some("OTHER"))
    );
}

/// Under systemd this was a line every five seconds. Seen to fail without the mark.
#[tokio::test]
async fn the_watchdogs_own_questions_are_not_logged() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).with_max_level(tracing::Level::INFO);
    let _log = tracing::subscriber::set_default(subscriber.finish());
    let _second = tracing::Dispatch::new(tracing_subscriber::fmt().finish());
    let site = Site::new();
    assert!(Probe::new(Arc::clone(&site.services)).answers().await);
    site.get("/healthz").await;
    let text = String::from_utf8(lines.0.lock().expect("the lines").clone()).expect("UTF-8");
    assert_eq!(text.matches("/healthz").count(), 1, "{text}");
}
