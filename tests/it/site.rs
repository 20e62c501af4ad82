//! A private wiki with a real daemon over it: `Site::new().page("a.md", "…").start()`.
//!
//! Nobody sleeps for a fixed time: [`Site::until`] looks again and again until a deadline, [`Site::settle`] waits for a
//! reindex that began after it. The daemon's log is shown when a test fails; the daemon ends with its site.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read, Write as _};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tempfile::TempDir;
use ureq::http::{HeaderMap, Request};

/// How long anything may take before a test gives up.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// What cargo built for these tests.
const BINARY: &str = env!("CARGO_BIN_EXE_achei");
/// Between two looks.
const LOOK: Duration = Duration::from_millis(15);
/// Pages that bear no date of their own get this one, so that nothing depends on the time of the run.
pub const DATE: &str = "2024-08-08T00:00:00Z";

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'_').remove(b'-');

/// A wiki, its index directory, and the daemon over them.
pub struct Site {
    dir: TempDir,
    daemon: Option<Daemon>,
    logs: RefCell<Vec<PathBuf>>,
    agent: ureq::Agent,
    environment: BTreeMap<String, String>,
    /// What a shell does in a mount namespace of the daemon's own before it becomes the daemon.
    before: Option<String>,
    /// The daemon's binary.
    binary: PathBuf,
    /// Every word `zq…` that any page ever held: what [`Site::assert_equals_directory`] asks for.
    words: RefCell<BTreeSet<String>>,
}

struct Daemon {
    child: Child,
    base: String,
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A page as most tests need it: a title, a text, and a date that does not move.
pub fn page(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\nupdated: {DATE}\n---\n\n{text}\n")
}

impl Site {
    /// An empty wiki without a daemon.
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("achei-it-").unwrap();
        fs::create_dir(dir.path().join("content")).unwrap();
        fs::write(dir.path().join("config.toml"), "").unwrap();
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(DEADLINE));
        Self {
            dir,
            daemon: None,
            logs: RefCell::default(),
            agent: config.build().into(),
            environment: BTreeMap::new(),
            before: None,
            binary: PathBuf::from(BINARY),
            words: RefCell::default(),
        }
    }

    /// Three pages, each with a word of its own.
    pub fn small() -> Self {
        Self::new()
            .page("home.md", &page("Início", "Bem-vindo à wiki, zqinicio."))
            .page("Cadastros/VPN.md", &page("Configuração da VPN", "Como conectar, zqvpn."))
            .page("Suporte/Chamados.md", &page("Chamados", "Como abrir um chamado, zqchamados."))
    }

    /// Adds a page before the daemon starts.
    #[must_use]
    pub fn page(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// What `config.toml` says besides the directories.
    #[must_use]
    pub fn config(self, text: &str) -> Self {
        self.write_config(text);
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A variable of the next daemon; none takes it away.
    pub fn set_env(&mut self, name: &str, value: Option<&str>) {
        self.environment.remove(name);
        self.environment.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    }

    /// What is done in a mount namespace of the next daemon's own before it starts: it needs root, or user namespaces.
    pub fn set_before(&mut self, script: Option<&str>) {
        self.before = script.map(str::to_owned);
    }

    /// Another binary than the one that was built with the tests.
    pub fn set_binary(&mut self, binary: PathBuf) {
        self.binary = binary;
    }

    /// Starts the daemon and waits until it is ready.
    #[must_use]
    pub fn start(mut self) -> Self {
        self.restart();
        self
    }

    pub fn restart(&mut self) {
        self.launch();
        self.until("ready", |site| site.get("/readyz").status == 200);
    }

    /// Starts the daemon and waits until it listens.
    pub fn launch(&mut self) {
        assert!(self.daemon.is_none(), "one daemon at a time");
        let (child, log) = self.spawn();
        let mut daemon = Daemon { child, base: String::new() };
        let end = Instant::now() + DEADLINE;
        while daemon.base.is_empty() {
            if let Some(status) = daemon.child.try_wait().unwrap() {
                panic!("the daemon ended with {status}: {}", fs::read_to_string(&log).unwrap());
            }
            assert!(Instant::now() < end, "the daemon does not listen: {}", fs::read_to_string(&log).unwrap());
            std::thread::sleep(LOOK);
            let text = fs::read_to_string(&log).unwrap();
            let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(line) = lines.find(|line| line["message"] == "listening") {
                daemon.base = format!("http://{}", line["address"].as_str().unwrap());
            }
        }
        self.daemon = Some(daemon);
    }

    /// A daemon process over this site, its log in a file.
    pub fn spawn(&self) -> (Child, PathBuf) {
        let log = self.dir.path().join(format!("log-{}", self.logs.borrow().len()));
        self.logs.borrow_mut().push(log.clone());
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"]);
        let child = command.stdout(Stdio::null()).stderr(fs::File::create(&log).unwrap()).spawn().unwrap();
        (child, log)
    }

    /// The binary with this site's directories.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command_after(self.before.as_deref(), &self.binary, self.dir.path());
        command.arg("--config").arg(self.dir.path().join("config.toml"));
        command.arg("--content").arg(self.content()).arg("--index").arg(self.index());
        command.args(arguments).envs(&self.environment);
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs the binary, which must exit with this code, and gives what it wrote to standard output.
    #[track_caller]
    pub fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        out
    }

    // Files.

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn content(&self) -> PathBuf {
        self.dir.path().join("content")
    }

    pub fn index(&self) -> PathBuf {
        self.dir.path().join("index")
    }

    pub fn write_config(&self, text: &str) {
        fs::write(self.dir.path().join("config.toml"), text).unwrap();
    }

    /// Notes the words of a text that a page is about to hold.
    pub fn note(&self, text: &str) {
        self.words.borrow_mut().extend(own_words(text));
    }

    pub fn write(&self, path: &str, text: &str) {
        self.note(text);
        let path = self.content().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// As editors save: a temporary file beside, then a rename over the page.
    pub fn write_atomic(&self, path: &str, text: &str) {
        self.note(text);
        let path = self.content().join(path);
        let beside = path.with_extension("md.tmp~");
        let mut file = fs::File::create(&beside).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.sync_all().unwrap();
        fs::rename(beside, path).unwrap();
    }

    pub fn rename(&self, from: &str, to: &str) {
        let to = self.content().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.content().join(from), to).unwrap();
    }

    pub fn remove(&self, path: &str) {
        let path = self.content().join(path);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }

    /// A folder of pages that comes from outside with one rename.
    pub fn mkdir_moved_in(&self, folder: &str, pages: &[(&str, &str)]) {
        let outside = self.dir.path().join("outside");
        for (path, text) in pages {
            self.note(text);
            let path = outside.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::rename(outside, self.content().join(folder)).unwrap();
    }

    pub fn mkdir_moved_out(&self, folder: &str) {
        fs::rename(self.content().join(folder), self.dir.path().join("moved-out")).unwrap();
    }

    // The daemon.

    pub fn base(&self) -> &str {
        &self.daemon.as_ref().expect("a daemon").base
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> &str {
        self.base().strip_prefix("http://").unwrap()
    }

    /// Whether the daemon still runs, as the process that was started.
    pub fn runs(&mut self) -> bool {
        self.daemon.as_mut().is_some_and(|daemon| daemon.child.try_wait().unwrap().is_none())
    }

    /// The daemon's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.as_ref().expect("a daemon").child.id()
    }

    /// Sends a signal to the daemon by its own process id.
    pub fn signal(&self, name: &str) {
        let id = self.pid();
        assert!(Command::new("sh").args(["-c", &format!("kill -{name} {id}")]).status().unwrap().success());
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let mut daemon = self.daemon.take().expect("a daemon");
        daemon.child.kill().unwrap();
        daemon.child.wait().unwrap();
    }

    /// Lets go of a daemon that has ended by itself.
    pub fn forget(&mut self) {
        assert!(!self.runs(), "it still runs");
        self.daemon = None;
    }

    /// SIGTERM, and how and after how long the daemon ended.
    pub fn stop(&mut self) -> (ExitStatus, Duration) {
        self.signal("TERM");
        let since = Instant::now();
        let mut daemon = self.daemon.take().expect("a daemon");
        let status = wait_for(&mut daemon.child, DEADLINE);
        (status, since.elapsed())
    }

    /// All that daemons of this site have logged.
    pub fn log(&self) -> String {
        self.logs.borrow().iter().map(|log| fs::read_to_string(log).unwrap()).collect()
    }

    /// Looks again and again until it is so.
    #[track_caller]
    pub fn until(&self, what: &str, so: impl FnMut(&Self) -> bool) {
        self.until_within(DEADLINE.as_secs(), what, so);
    }

    /// The same for what takes longer: waits of the daemon after errors grow to half a minute.
    #[track_caller]
    pub fn until_within(&self, seconds: u64, what: &str, mut so: impl FnMut(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !so(self) {
            assert!(Instant::now() < end, "not within {seconds} s: {what}\n{}", self.get("/status").body);
            std::thread::sleep(LOOK);
        }
    }

    // Requests.

    pub fn token(&self) -> String {
        match self.environment.get("ACHEI_ADMIN_TOKEN") {
            Some(token) => token.clone(),
            None => fs::read_to_string(self.index().join("admin.token")).unwrap().trim().to_owned(),
        }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let asked = if matches!(method, "GET" | "HEAD") {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        let mut answer = asked.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let mut text = String::new();
        answer.body_mut().as_reader().read_to_string(&mut text).unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body: text }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "")
    }

    /// `GET` where nobody may answer.
    pub fn try_get(&self, path: &str) -> Option<u16> {
        self.agent.get(format!("{}{path}", self.base())).call().ok().map(|answer| answer.status().as_u16())
    }

    /// `GET` with the admin token.
    pub fn get_as_admin(&self, path: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {}", self.token()))], "")
    }

    /// `POST /reindex`, with the admin token.
    pub fn reindex(&self, query: &str, body: &str) -> Answer {
        self.send("POST", &format!("/reindex{query}"), &[("authorization", &format!("Bearer {}", self.token()))], body)
    }

    /// Waits for a full reindex that begins now.
    pub fn settle(&self) {
        let job = self.reindex("?wait=true", "{}");
        assert_eq!((job.status, job.json()["state"].as_str()), (200, Some("done")), "{}", job.body);
    }

    pub fn status(&self) -> Value {
        self.get("/status").json()
    }

    pub fn generation(&self) -> u64 {
        self.status()["generation"].as_u64().unwrap()
    }

    pub fn state(&self) -> String {
        self.status()["state"].as_str().unwrap().to_owned()
    }

    pub fn search_with(&self, parameters: &[(&str, &str)]) -> Value {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let answer = self.get(&format!("/search?{}", query.join("&")));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub fn search(&self, q: &str) -> Value {
        self.search_with(&[("q", q)])
    }

    /// The paths that a query finds, in order; at most 100.
    pub fn paths(&self, q: &str) -> Vec<String> {
        paths_of(&self.search_with(&[("q", q), ("limit", "100")]))
    }

    /// Whether a word, as it stands, is found in this page and in no other.
    pub fn finds(&self, word: &str, path: &str) -> bool {
        self.paths(&format!("\"{word}\"")) == [path]
    }

    /// Whether a word, as it stands, is found nowhere.
    pub fn gone(&self, word: &str) -> bool {
        self.paths(&format!("\"{word}\"")).is_empty()
    }

    pub fn page_view(&self, path: &str) -> Answer {
        self.get(&format!("/pages/{}", utf8_percent_encode(path, PATH)))
    }

    /// Pages read and parsed since the start.
    pub fn parsed(&self) -> u64 {
        let metrics = self.get("/metrics").body;
        let line = metrics.lines().find(|line| line.starts_with("achei_pages_parsed_total"));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0) as u64
    }

    /// Every page that a search without words lists, in its order. Up to 10,100: no search looks further.
    pub fn listed(&self) -> Vec<String> {
        let mut listed = Vec::new();
        loop {
            let offset = listed.len().to_string();
            let page = paths_of(&self.search_with(&[("q", ""), ("limit", "100"), ("offset", &offset)]));
            let last = page.len() < 100;
            listed.extend(page);
            if last {
                return listed;
            }
        }
    }

    /// What the index says, judged by an own walk of the directory: every page is found, once and as it is now; nothing
    /// else is. `but` are pages that are rightly not found.
    #[track_caller]
    pub fn assert_equals_directory(&self, but: &[&str]) {
        self.assert_equals(&self.content(), but);
    }

    /// The same where the daemon sees another directory than this process.
    #[track_caller]
    pub fn assert_equals(&self, folder: &Path, but: &[&str]) {
        let expected: BTreeMap<String, BTreeSet<String>> = walk(folder)
            .into_iter()
            .filter(|(path, _)| is_page(path) && !but.contains(&path.as_str()))
            .map(|(path, file)| (path, own_words(&String::from_utf8_lossy(&file.bytes))))
            .collect();
        let listed = self.listed();
        let (once, total) = (listed.iter().cloned().collect::<BTreeSet<_>>(), listed.len());
        assert_eq!(once, expected.keys().cloned().collect(), "listed and on disk");
        assert_eq!(once.len(), total, "no page twice");
        assert_eq!(self.status()["pages"].as_u64(), Some(total as u64));
        for word in self.words.borrow().iter() {
            let found: BTreeSet<String> = self.paths(&format!("\"{word}\"")).into_iter().collect();
            let holders: BTreeSet<String> =
                expected.iter().filter(|(_, words)| words.contains(word)).map(|(path, _)| path.clone()).collect();
            assert_eq!(found, holders, "{word:?}");
        }
    }

    /// Whether [`Site::assert_equals_directory`] would hold for the listing; for use in [`Site::until`].
    pub fn lists(&self, paths: &[&str]) -> bool {
        let mut listed = self.paths("");
        listed.sort();
        listed == paths
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.child.kill();
            let _ = daemon.child.wait();
        }
        if std::thread::panicking() {
            for log in self.logs.borrow().iter() {
                eprintln!("--- {}\n{}", log.display(), fs::read_to_string(log).unwrap_or_default());
            }
        }
    }
}

/// The binary, in a folder, without anything of this process' own configuration.
pub fn bare_command(folder: &Path) -> Command {
    command_after(None, Path::new(BINARY), folder)
}

fn command_after(before: Option<&str>, binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(if before.is_some() { Path::new("unshare") } else { binary });
    if let Some(before) = before {
        // The process stays the same one through both, so that its id is the daemon's.
        command.args(["--mount", "sh", "-ec", &format!("{before}\nexec \"$0\" \"$@\"")]).arg(binary);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ACHEI_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Looks again and again until it is so, where no daemon is asked about it.
#[track_caller]
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + DEADLINE;
    while !so() {
        assert!(Instant::now() < end, "not within {DEADLINE:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Removes a folder in which somebody may just then make a file.
#[track_caller]
pub fn remove_whole(folder: &Path) {
    wait_until("the folder is removed", || match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => false,
        removed => removed.map(|()| true).unwrap(),
    });
}

/// Waits for a process, and ends it where it does not end by itself.
#[track_caller]
pub fn wait_for(child: &mut Child, limit: Duration) -> ExitStatus {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() >= end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still at work after {limit:?}");
        }
        std::thread::sleep(LOOK);
    }
}

pub fn paths_of(response: &Value) -> Vec<String> {
    response["hits"].as_array().unwrap().iter().map(|hit| hit["path"].as_str().unwrap().to_owned()).collect()
}

/// Words that begin with `zq`: letters only, so that they are one word to everybody.
fn own_words(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphabetic());
    words.filter(|word| word.len() > 2 && word.starts_with("zq")).map(str::to_owned).collect()
}

/// The `number`-th word of its own.
pub fn word(number: usize) -> String {
    let mut word = "zq".to_owned();
    let mut rest = number;
    for _ in 0..4 {
        word.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
    }
    word
}

pub fn is_page(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.') || part == "node_modules");
    !hidden
        && !path.ends_with('/')
        && matches!(Path::new(path).extension().and_then(|extension| extension.to_str()), Some("md" | "markdown"))
}

/// What a file is, as far as anybody could change it.
#[derive(Debug, PartialEq, Eq)]
pub struct FileFacts {
    pub mode: u32,
    pub mtime: (i64, i64),
    pub inode: u64,
    pub bytes: Vec<u8>,
}

/// Everything below a folder, folders included, by path.
pub fn walk(folder: &Path) -> BTreeMap<String, FileFacts> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let metadata = fs::metadata(&next).unwrap();
        let facts = |metadata: &fs::Metadata, bytes| FileFacts {
            mode: metadata.mode(),
            mtime: (metadata.mtime(), metadata.mtime_nsec()),
            inode: metadata.ino(),
            bytes,
        };
        let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        files.insert(format!("{}/", name(&next)), facts(&metadata, Vec::new()));
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path);
            } else {
                files.insert(name(&path), facts(&metadata, fs::read(&path).unwrap()));
            }
        }
    }
    files
}
