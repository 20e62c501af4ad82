//! The real binary over a real directory and socket: start, freshness, memory, rest, requests. See README.md beside
//! this file.
//!
//! No criterion here: a start or a save is measured by its median over a few samples, and memory is not a time.
//! Memory and processor time come from /proc, so they show on Linux alone.

mod wiki;

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use achei::page::{LocaleInUrl, PageRules, UrlStyle};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use wiki::{ASKED_ABOUT, Questions, Wiki, is_smoke, percentile};

/// Longer than anything here may take on a slow machine, but for a large wiki's first index.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same for each page of a first index.
const PATIENCE_A_PAGE: Duration = Duration::from_millis(20);
/// A larger wiki is indexed once.
const LARGE: usize = 50_000;

fn main() {
    if is_passed_over() {
        return;
    }
    let (starts, saves, requests, rest) =
        if is_smoke() { (1, 2, 20, Duration::from_millis(200)) } else { (5, 30, 1_000, Duration::from_secs(5)) };
    let wiki = Wiki::load();
    let builds = if wiki.pages.len() > LARGE { 0 } else { starts };
    println!("{}", wiki.describe());
    let questions = Questions::about(&wiki.parsed(ASKED_ABOUT));
    fs::write(wiki.beside("config.toml"), config(&wiki.content.page)).expect("a configuration");
    wiki.settle();

    let daemon = Daemon::start(&wiki, "index");
    row("memory, index just built", &daemon.memory());
    let built = Instant::now();
    daemon.wait_until_compacted(&wiki.beside("index"));
    row("compacted later, without its seal", &times(vec![built.elapsed()]));
    row("memory, compacted", &daemon.memory());
    row("index", &size_of(&wiki.beside("index"), wiki.bytes()));
    let mut first = vec![daemon.stop().0];
    for number in 1..builds {
        first.push(Daemon::start(&wiki, &format!("index{number}")).stop().0);
    }
    row("first start to ready", &times(first));
    let (mut again, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..starts {
        let (ready, stop) = Daemon::start(&wiki, "index").stop();
        again.push(ready);
        stops.push(stop);
    }
    row("start, nothing changed", &times(again));
    row("stop", &times(stops));

    let daemon = Daemon::start(&wiki, "index");
    row("memory, index opened", &daemon.memory());
    row(&format!("at rest, {rest:?}"), &daemon.at_rest(rest));
    let (answers, elapsed) = daemon.ask(&mix(&questions, requests));
    row(
        &format!("{requests} searches, one client"),
        &format!("{}, {:.0}/s", times(answers), requests as f64 / elapsed.as_secs_f64()),
    );
    row(&format!("memory, {requests} searches later"), &daemon.memory());
    row(&format!("rename() to searchable, {saves} saves"), &times(daemon.freshness(&wiki, saves)));
    row("memory after the saves", &daemon.memory());
    row(&format!("at rest, {rest:?}"), &daemon.at_rest(rest));
    daemon.stop();
}

/// Whether the command line asks for other benchmarks: `cargo bench -- name`, or a list.
fn is_passed_over() -> bool {
    let mut arguments = std::env::args().skip(1).peekable();
    let mut filters = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return true,
            "--test" | "--bench" | "--quiet" | "--verbose" | "--noplot" | "--quick" => {}
            option if option.starts_with('-') => drop(arguments.next_if(|value| !value.starts_with('-'))),
            filter => filters.push(filter.to_owned()),
        }
    }
    !filters.is_empty() && !filters.iter().any(|filter| "daemon".contains(filter.as_str()))
}

fn row(name: &str, value: &str) {
    println!("{name:<36}{value}");
}

fn times(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let millis = |share| percentile(&times, share).as_secs_f64() * 1e3;
    let mut text = format!("p50 {:.2} ms", millis(0.5));
    if times.len() >= 20 {
        write!(text, ", p95 {:.2} ms", millis(0.95)).expect("text");
    }
    if times.len() >= 100 {
        write!(text, ", p99 {:.2} ms", millis(0.99)).expect("text");
    }
    write!(text, ", least {:.2} ms, most {:.2} ms", millis(0.0), millis(1.0)).expect("text");
    text
}

/// Queries of all classes in turn.
fn mix(questions: &Questions, count: usize) -> Vec<String> {
    let query = |number: usize| {
        let (_, queries) = &questions.classes[number % questions.classes.len()];
        queries[number / questions.classes.len() % queries.len()].clone()
    };
    (0..count).map(query).collect()
}

fn config(rules: &PageRules) -> String {
    let (url, anchor) = match rules.url_style {
        UrlStyle::File => ("file", "github"),
        _ => ("wikijs", "wikijs"),
    };
    assert_eq!(rules.locale_in_url, LocaleInUrl::Always, "as the configuration below says");
    format!(
        "[content]\nlocales = {:?}\nlocale_in_url = \"always\"\nurl_style = \"{url}\"\nanchor_style = \"{anchor}\"\n",
        rules.locales
    )
}

/// A process of ours; it ends with this value.
struct Daemon {
    child: Child,
    address: SocketAddr,
    ready: Duration,
    /// For what takes as long as the wiki is large.
    patience: Duration,
}

impl Daemon {
    /// Starts the binary and waits until it is ready.
    fn start(wiki: &Wiki, index: &str) -> Self {
        let built = || env!("CARGO_BIN_EXE_achei").into();
        let mut command = Command::new(std::env::var_os("ACHEI_BENCH_BINARY").unwrap_or_else(built));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ACHEI_")) {
            command.env_remove(name);
        }
        command.current_dir(wiki.beside("")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.args(["--listen", "127.0.0.1:0", "--log-format", "json", "--config", "config.toml", "--content"]);
        command.arg(&wiki.content.dir).arg("--index").arg(wiki.beside(index));
        let start = Instant::now();
        let mut child = command.spawn().expect("the binary starts");
        let log = child.stderr.take().expect("a log");
        let address = listening(log).recv_timeout(PATIENCE);
        let address = match address {
            Ok(address) => address,
            Err(error) => {
                end(&mut child);
                panic!("the daemon names no address: {error}");
            }
        };
        let patience = PATIENCE + PATIENCE_A_PAGE * wiki.pages.len() as u32;
        let mut daemon = Self { child, address, ready: Duration::ZERO, patience };
        let mut client = Client::new(daemon.address);
        while client.get("/readyz").0 != 200 {
            assert!(start.elapsed() < patience, "the daemon does not become ready");
            thread::sleep(Duration::from_millis(1));
        }
        daemon.ready = start.elapsed();
        daemon
    }

    /// Ends the process as an operator does. How long it took to be ready, and to end.
    fn stop(mut self) -> (Duration, Duration) {
        let start = Instant::now();
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        assert!(asked.expect("kill").success(), "the daemon has died");
        let status = self.child.wait().expect("an end");
        assert!(status.success(), "the daemon ended with {status}");
        (self.ready, start.elapsed())
    }

    /// Searches one after the other over one connection. The time of each, and of all.
    fn ask(&self, queries: &[String]) -> (Vec<Duration>, Duration) {
        let mut client = Client::new(self.address);
        let targets: Vec<String> = queries.iter().map(|query| target(query)).collect();
        let all = Instant::now();
        let one = |target: &String| {
            let start = Instant::now();
            let (status, body) = client.get(target);
            // What takes longer than a search may is told of, and counts with all the time that it took.
            if status == 503 {
                println!("{target}: {body}");
            } else {
                assert_eq!(status, 200, "{target}: {body}");
            }
            start.elapsed()
        };
        (targets.iter().map(one).collect(), all.elapsed())
    }

    /// From the rename of a saved page to the first search that finds its new word.
    fn freshness(&self, wiki: &Wiki, saves: usize) -> Vec<Duration> {
        let mut client = Client::new(self.address);
        let mut sample = |number: usize| {
            // Saves are not to fall in step with anything that happens at fixed times.
            thread::sleep(Duration::from_millis(200 + 37 * (number as u64 % 11)));
            let page = &wiki.pages[number * 31 % wiki.pages.len()];
            let word = format!("frescor{number}x{}", number * 7919);
            let target = format!("{}&limit=1&typos=off", target(&word));
            assert!(!found(&mut client, &target), "{word} is not there yet");
            // The write itself is the editor's, the rename is the save.
            let file = wiki.content.dir.join(&page.path);
            let new = file.with_file_name(".achei-bench-new");
            fs::write(&new, format!("{}\n\n{word}\n", page.text)).expect("a page");
            let start = Instant::now();
            fs::rename(new, file).expect("a page in its place");
            while !found(&mut client, &target) {
                assert!(start.elapsed() < PATIENCE, "{} is never found", page.path);
            }
            start.elapsed()
        };
        (0..saves).map(&mut sample).collect()
    }

    /// Waits until what a build left has become one segment or few, as the index's own list of them says.
    fn wait_until_compacted(&self, index: &Path) {
        let start = Instant::now();
        while !is_compacted(index) {
            assert!(start.elapsed() < self.patience, "the index of {} is never compacted", self.address);
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Resident memory, how much of it is the process's own, and the most there ever was.
    fn memory(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let megabytes = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            let kilobytes =
                line.trim_start_matches(':').split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
            kilobytes.map_or_else(|| "?".to_owned(), |kilobytes| format!("{:.1} MB", kilobytes / 1024.0))
        };
        let [resident, own, files, most] = ["VmRSS", "RssAnon", "RssFile", "VmHWM"].map(megabytes);
        format!("resident {resident} (own {own}, files {files}), most {most}")
    }

    /// What it costs when nothing happens.
    fn at_rest(&self, rest: Duration) -> String {
        thread::sleep(rest / 5);
        let before = self.threads();
        thread::sleep(rest);
        let after = self.threads();
        let (Some(before), Some(after)) = (before, after) else { return "?".to_owned() };
        let wakes = (after.1 - before.1) as f64 / rest.as_secs_f64();
        format!("{:.2} ms of processor time, {wakes:.1} wakes a second", (after.0 - before.0) as f64 / 1e6)
    }

    /// Processor time in nanoseconds and voluntary waits of all threads.
    fn threads(&self) -> Option<(u64, u64)> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let mut sums = (0, 0);
        for task in tasks {
            let (nanos, waits) = of_thread(&task.ok()?.path())?;
            sums = (sums.0 + nanos, sums.1 + waits);
        }
        Some(sums)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// After a failure nothing of ours stays behind. One that has ended already is not touched.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn of_thread(task: &Path) -> Option<(u64, u64)> {
    let nanos = fs::read_to_string(task.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()?;
    let status = fs::read_to_string(task.join("status")).ok()?;
    let waits = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?.trim().parse().ok()?;
    Some((nanos, waits))
}

/// Reads the log to its end, so that the daemon never waits for us, and tells the address that it names. What is not
/// only information is shown.
fn listening(log: impl Read + Send + 'static) -> Receiver<SocketAddr> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event["level"] != "INFO" {
                eprintln!("daemon: {line}");
            }
            if event["message"] == "listening"
                && let Some(address) = event["address"].as_str().and_then(|address| address.parse().ok())
            {
                // Nobody waits for a second one.
                let _ = sender.send(address);
            }
        }
    });
    receiver
}

/// Index folders below an index directory.
fn folders(index: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(index).expect("an index").flatten().map(|entry| entry.path());
    entries.filter(|path| path.join("meta.json").exists())
}

/// Whether its documents lie in few segments.
fn is_compacted(index: &Path) -> bool {
    let list = folders(index).next().and_then(|folder| fs::read_to_string(folder.join("meta.json")).ok());
    // A sum follows the JSON.
    let meta: Option<serde_json::Value> =
        list.and_then(|list| serde_json::Deserializer::from_str(&list).into_iter().next()?.ok());
    let segments = meta.as_ref().and_then(|meta| meta["segments"].as_array()).map(Vec::as_slice).unwrap_or_default();
    let documents: u64 = segments.iter().filter_map(|segment| segment["max_doc"].as_u64()).sum();
    (1..=2 + documents / 100_000).contains(&(segments.len() as u64))
}

/// Bytes of the index, and their share of the wiki's.
fn size_of(index: &Path, wiki: u64) -> String {
    let files = folders(index).flat_map(|folder| fs::read_dir(folder).expect("an index").flatten().collect::<Vec<_>>());
    let bytes: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    format!("{:.1} MB, {:.2} of the Markdown", bytes as f64 / 1e6, bytes as f64 / wiki as f64)
}

fn target(query: &str) -> String {
    format!("/search?q={}", utf8_percent_encode(query, NON_ALPHANUMERIC))
}

fn found(client: &mut Client, target: &str) -> bool {
    let (status, body) = client.get(target);
    assert_eq!(status, 200, "{target}: {body}");
    let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    answer["total"].as_u64().expect("a total") > 0
}

/// One connection that is kept, and nothing between it and the socket that would cost time.
struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        Self { stream: BufReader::new(stream), address }
    }

    /// Status and body.
    fn get(&mut self, target: &str) -> (u16, String) {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", self.address);
        self.stream.get_mut().write_all(request.as_bytes()).expect("a request");
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = self.stream.read_line(&mut head).expect("an answer");
            assert!(read > 0, "the connection ended: {head}");
        }
        let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or_else(|| panic!("an answer without length: {head}"))];
        self.stream.read_exact(&mut body).expect("a body");
        (status, String::from_utf8(body).expect("UTF-8"))
    }
}
