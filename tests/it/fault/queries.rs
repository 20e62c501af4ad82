//! Hostile queries: whatever stands in `q` is text, costs bounded work, and no number leaves its bounds.

use serde_json::Value;

use crate::lab::Lab;
use crate::site::{Answer, Site, page};

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Every way to ask this, with its answer.
fn ask(site: &Site, q: &str) -> Vec<(&'static str, Answer)> {
    let typed = encoded(q);
    let body = serde_json::json!({"q": q}).to_string();
    vec![
        ("GET /search", site.get(&format!("/search?q={typed}"))),
        ("POST /search", site.send("POST", "/search", &[], &body)),
        ("GET /suggest", site.get(&format!("/suggest?q={typed}"))),
        ("GET /", site.send("GET", &format!("/?q={typed}"), &[("accept", "text/html")], "")),
    ]
}

fn assert_problem(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    if answer.header("content-type").starts_with("application/") {
        assert_eq!(answer.json()["status"], status, "{what}");
        assert_eq!(answer.json()["parameter"], "q", "{what}");
    }
}

/// Seen to fail with `MAX_BYTES` of 16 KiB: what is longer is then answered.
#[test]
fn q01_deep_queries_are_plain_words() {
    let mut site = Site::small().start();
    let parts =
        ["(", ")", "(+", "NOT ", "a OR (b OR (", "-(", "\"(", "tag:(", "[", "{", "-", "-\"", "title:\"", "a AND NOT ("];
    for part in parts {
        for bytes in [500, 512] {
            let q: String = part.chars().cycle().take(bytes).collect();
            for (way, answer) in ask(&site, &q) {
                assert_eq!(answer.status, 200, "{way} {part:?} × {bytes}: {}", answer.body);
            }
        }
        let q: String = part.chars().cycle().take(4 * 1024).collect();
        for (way, answer) in ask(&site, &q) {
            assert_problem(&answer, 422, &format!("{way} 4 KiB of {part:?}"));
        }
    }
    let deep = |depth: usize| format!("{{\"q\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
    for (depth, status) in [(50, 422), (100_000, 400)] {
        assert_eq!(site.send("POST", "/search", &[], &deep(depth)).status, status, "JSON {depth} deep");
    }
    assert_eq!(site.paths("((zqvpn"), ["Cadastros/VPN.md"]);
    assert!(site.runs(), "as the process that was started");
}

/// Seen to fail with `MAX_WORDS` of 1000: the words past 32 then count.
#[test]
fn q02_wide_queries_are_cut() {
    let mut lab = Lab::of(&[("a.md", "# Guia\n\nabcdefghijklmnopqrstuvwxyz um dois"), ("b.md", "# Outro\n\num")]);
    let letters: String = (0..256).flat_map(|number| [char::from(b'a' + (number % 26) as u8), ' ']).collect();
    let phrases = "\"a b\" ".repeat(85);
    let excluded = "-x ".repeat(170);
    let filters = "tag:x ".repeat(85);
    for q in [
        letters.as_str(),
        &"um ".repeat(170),
        &phrases,
        &excluded,
        &filters,
        "um~999999999",
        "um^1e309",
        "um~-1",
        "\"um\"~9",
    ] {
        let response = lab.search(q);
        assert!(response.total <= 2 && response.hits.len() <= 2, "{q}");
    }
    // The words past 32 are not there.
    let words = "guia ".repeat(32);
    assert_eq!(lab.search(&words).total, 1);
    assert_eq!(
        (lab.search(&format!("{words}naoexiste")).total, lab.search(&format!("{words}naoexiste")).relaxed),
        (1, false)
    );
    assert!(lab.search(&format!("{}naoexiste", "guia ".repeat(31))).relaxed);
    let site = Site::small().start();
    for (bytes, status) in [(511, 200), (512, 200), (513, 422)] {
        for (way, answer) in ask(&site, &"é".repeat(256).chars().cycle().take(256).collect::<String>()) {
            assert_eq!(answer.status, 200, "{way}: 512 bytes of two-byte letters");
        }
        for (way, answer) in ask(&site, &"a".repeat(bytes)) {
            assert_eq!(answer.status, status, "{way} {bytes}: {}", answer.body);
        }
    }
}

/// Seen to fail with `MAX_PREFIX_WORDS` of 1000: all 401 pages are then found.
#[test]
fn q03_expansions_are_capped_and_numbers_bounded() {
    let mut lab = Lab::new();
    for number in 0..400 {
        lab.write(&format!("p{number}.md"), &format!("# Página {number}\n\nprefixo{} comum\n", letters(number)));
    }
    // Found by its title whatever the body's words are.
    lab.write("titulo.md", "# Prefixozz\n\nraro\n");
    lab.reconcile();
    let request = achei::search::SearchRequest {
        q: "prefixo".to_owned(),
        limit: 100,
        explain: true,
        ..achei::search::SearchRequest::default()
    };
    let response = lab.ask(&request);
    assert!((1..=51).contains(&response.total), "{} pages by 50 expansions and titles", response.total);
    assert!(response.hits.iter().any(|hit| hit.path == "titulo.md"), "titles are never lost to the cap");
    for q in ["*", "a*", "/.*/", "[* TO *]", "{a TO b}", "campo:valor", "_exists_:title", "?", "a?b", "comum~2", "*:*"]
    {
        lab.search(q);
    }
    // Typos are not looked for in very long words: an answer, and no hit.
    assert_eq!(lab.search(&"x".repeat(255)).total, 0);

    let site = Site::small().start();
    for (parameter, values) in [
        ("limit", &["0", "101", "1e9", "-1", "NaN", "1.5", "+5", " 5", "0x10", "99999999999999999999", "5;"][..]),
        ("offset", &["-1", "10001", "1e3", "NaN", "Infinity", "18446744073709551616"]),
        ("snippet_chars", &["39", "1001", "-40", "x"]),
        ("sort", &["score", "relevance,updated", "RELEVANCE"]),
        ("typos", &["on", "2", "true"]),
        ("facets", &["lang,secret", "*", "path"]),
        ("explain", &["1", "yes", "TRUE"]),
        ("updated_after", &["yesterday", "2024-13-01", "2024-02-30", "9999999999", "2024-01-01T25:00:00Z"]),
        ("updated_before", &["now", "-1", "0000"]),
    ] {
        for value in values {
            let answer = site.get(&format!("/search?q=a&{parameter}={}", encoded(value)));
            assert_eq!(answer.status, 422, "{parameter}={value}: {}", answer.body);
            assert_eq!(answer.json()["parameter"], parameter, "{value}");
            assert!(!answer.body.contains(&format!("\"{value}\"")), "no echo of what was sent: {}", answer.body);
        }
        let twice = site.get(&format!(
            "/search?{parameter}={0}&{parameter}={0}",
            if parameter == "explain" { "true" } else { "50" }
        ));
        assert_eq!(twice.status, 422, "{parameter} twice");
    }
    for (parameter, at, beyond) in [("limit", 100, 101), ("offset", 10_000, 10_001), ("snippet_chars", 1000, 1001)] {
        assert_eq!(site.get(&format!("/search?q=zqvpn&{parameter}={at}")).status, 200);
        assert_eq!(site.get(&format!("/search?q=zqvpn&{parameter}={beyond}")).status, 422);
        let posted = |number: i32| site.send("POST", "/search", &[], &format!("{{\"{parameter}\": {number}}}")).status;
        assert_eq!((posted(at), posted(beyond), posted(-1)), (200, 422, 422));
    }
    for body in [
        "{\"limit\": 1e400}",
        "{\"limit\": 10.5}",
        "{\"limit\": \"10\"}",
        "{\"limit\": null}",
        "{\"q\": [\"a\"]}",
        "{\"tag\": [1]}",
    ] {
        let status = site.send("POST", "/search", &[], body).status;
        assert!(matches!(status, 400 | 422), "{body}: {status}");
    }
}

fn letters(number: usize) -> String {
    let digit = |number: usize| char::from(b'a' + (number % 26) as u8);
    [digit(number), digit(number / 26), digit(number / 676)].iter().collect()
}

/// More near-worst searches at once than may run and wait. Each is answered, or told to come back; the daemon lives, and
/// serves when they are gone. Seen to fail with the gate's places unbounded (none is told that there are too many), and without
/// `Retry-After` in `problem`.
#[test]
fn q04_a_flood_of_searches_is_answered_or_told_to_come_back() {
    let site = Site::small().config(
        "[server]\nsearch_threads = 1\nsearch_queue = 1\nrequest_timeout_ms = 30000\nsearch_timeout_ms = 30000\n",
    );
    let words = (0..800).map(letters).collect::<Vec<_>>().join(" ");
    for number in 0..60 {
        site.write(&format!("Muitas/p{number}.md"), &page(&format!("Página {number}"), &words));
    }
    let mut site = site.start();
    let worst: String = (0..32).map(|number| letters(number * 24)).collect::<Vec<_>>().join(" ");
    let ask = |number: usize| {
        let answer =
            site.get(&format!("/search?q={}&facets=lang,tag,category&limit={}", encoded(&worst), number % 100 + 1));
        if answer.status == 503 {
            assert!(answer.header("retry-after").parse::<u32>().is_ok_and(|seconds| (1..=5).contains(&seconds)));
            assert!(
                matches!(answer.json()["code"].as_str(), Some("overloaded" | "search_timeout" | "timeout")),
                "{}",
                answer.body
            );
        } else {
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        assert_eq!(site.get("/healthz").status, 200);
        answer.status
    };
    // `Site` is asked from many threads through its address alone.
    let answers = flood(&site, 64, &worst);
    assert!(answers.iter().all(|(status, _)| matches!(status, 200 | 503)), "{answers:?}");
    let overloaded = answers.iter().filter(|(_, body)| body.contains("\"overloaded\"")).count();
    assert!(overloaded > 0, "64 at once where one may run and one wait: {answers:?}");
    for number in 0..5 {
        ask(number);
    }
    site.until("served again", |site| site.get("/search?q=zqvpn").status == 200);
    let metrics = site.get("/metrics").body;
    let rejected = metrics.lines().find_map(|line| line.strip_prefix("achei_searches_rejected_total ")).unwrap();
    assert!(rejected.parse::<f64>().unwrap() >= overloaded as f64, "{rejected}");
    assert!(site.runs());
}

/// The same search from so many threads at once; their statuses and bodies.
fn flood(site: &Site, threads: usize, q: &str) -> Vec<(u16, String)> {
    let (base, start) = (site.base().to_owned(), std::sync::Barrier::new(threads));
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..threads)
            .map(|number| {
                let (base, start) = (&base, &start);
                scope.spawn(move || {
                    let config = ureq::Agent::config_builder().http_status_as_error(false);
                    let agent: ureq::Agent = config.build().into();
                    let url = format!("{base}/search?q={}&limit={}", encoded(q), number + 1);
                    start.wait();
                    let mut answer = agent.get(&url).call().unwrap();
                    let status = answer.status().as_u16();
                    assert!(status != 503 || answer.headers().contains_key("retry-after"));
                    (status, answer.body_mut().read_to_string().unwrap())
                })
            })
            .collect();
        asked.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Seen to fail with controls written into the page as they are, and with any request id taken that can be written.
#[test]
fn q05_hostile_bytes_are_text_in_q_and_refused_elsewhere() {
    let site = Site::small().start();
    for raw in [
        "%00",
        "%ff",
        "%c0%af",
        "%ed%a0%80",
        "%f5%80%80%80",
        "%0d%0aset-cookie:%20a=b",
        "%1b]0;x%07",
        "%",
        "%%",
        "%zz",
        "%e2%80%ae",
        "a%00zqvpn",
    ] {
        for path in ["/search", "/suggest", "/", "/1/indexes/x/query"] {
            let name = if path.starts_with("/1") { "query" } else { "q" };
            let answer = site.get(&format!("{path}?{name}={raw}"));
            assert_eq!(answer.status, 200, "{path} {raw}: {}", answer.body);
            assert_eq!(answer.header("set-cookie"), "", "{path} {raw}");
            assert!(!answer.body.contains('\u{1b}') && !answer.body.contains('\0'), "{path} {raw}: {:?}", answer.body);
        }
    }
    // As many parameters as a target holds.
    assert_eq!(site.get(&format!("/search?{}q=zqvpn", "a&".repeat(8000))).json()["total"], 1);
    assert_eq!(site.get("/search?q=a&q=b").status, 422);
    assert_eq!(site.get("/search?q=a&%71=b").status, 422, "however it is written");
    for id in ["a b", "a;b", "\u{e9}", &"a".repeat(65)] {
        let answer = site.send("GET", "/healthz", &[("x-request-id", id)], "");
        assert_ne!(answer.header("x-request-id"), id);
        assert!(answer.header("x-request-id").bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    }
    // One line each in the log, whatever stood in it.
    let log = site.log();
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok() && line.len() < 2048, "{line}");
    }
}
