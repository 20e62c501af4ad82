//! What happens to a wiki: edits as people, editors, deployments and file systems make them, and faults of the process.
//!
//! Its own file because it alone draws at random: the same seed makes the same operations, though not the same moments.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::oracle::own_words;
use crate::site::Site;

const FOLDERS: &[&str] = &["", "Cadastros", "Cadastros/Contratos", "Suporte", "Suporte/Fila", "en", "pt-br", "es/Guia"];
const NAMES: &[&str] = &["VPN.md", "vpn.md", "Boletos.md", "Plano.markdown", "Plano.md", "Nota fiscal.md", "a+b&c.md"];

/// xorshift: enough to choose, and the same everywhere.
pub struct Random(u64);

impl Random {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A wiki, its daemon, and all words that its pages ever held.
pub struct World {
    pub site: Site,
    pub random: Random,
    pub seed: u64,
    words: Vec<String>,
    releases: usize,
}

impl World {
    pub fn new(seed: u64, site: Site) -> Self {
        Self {
            site,
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            seed,
            words: Vec::new(),
            releases: 0,
        }
    }

    /// The first pages, in a release that `content` leads to, and the start.
    pub fn begin(&mut self) {
        fs::rename(self.site.content(), self.site.dir().join("release-0")).unwrap();
        symlink("release-0", self.site.content()).unwrap();
        for _ in 0..30 {
            self.write();
        }
        // One that no operation touches: a wiki without any page is held, by design.
        self.site.write("Fica.md", "# Fica\n\nzqficasempre\n");
        self.site.restart();
    }

    fn path(&mut self) -> String {
        let (folder, name) = (self.random.pick(FOLDERS), self.random.pick(NAMES));
        if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.site.content().join(path)
    }

    fn word(&mut self) -> String {
        let mut word = "zq".to_owned();
        (0..10).for_each(|_| word.push(char::from(b'a' + self.random.below(26) as u8)));
        self.words.push(word.clone());
        word
    }

    fn text(&mut self) -> String {
        let word = self.word();
        let front = match self.random.below(8) {
            0 => "---\ntitle: Pagina\ndraft: true\n---\n",
            1 => "---\ntitle: Pagina\npublished: false\n---\n",
            2 => "---\ntitle: Configurar\nupdated: 2024-01-01\n---\n",
            3 => "---\ntitle: Pagina\nupdated: 2025-02-02\n---\n",
            _ => "",
        };
        format!("{front}# Pagina\n\nUma palavra {word}.\n")
    }

    /// Words of the past, the latest first, that may or may not stand somewhere still.
    pub fn dead_words(&self) -> Vec<String> {
        self.words.iter().rev().take(60).cloned().collect()
    }

    pub fn metric(&self, name: &str) -> f64 {
        let text = self.site.get("/metrics").body;
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// A page written anew or over, in one of the ways of editors.
    fn write(&mut self) -> String {
        let (path, text) = (self.path(), self.text());
        let at = self.at(&path);
        if at.is_dir() || at.parent().is_some_and(|parent| parent.exists() && !parent.is_dir()) {
            return "nothing".to_owned();
        }
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        let way = self.random.below(5);
        match way {
            // In place, with the size and the time that it had.
            0 if at.is_file() => {
                let old = fs::read_to_string(&at).unwrap();
                let time = fs::metadata(&at).unwrap().modified().unwrap();
                let Some(word) = own_words(&old).into_iter().next() else { return "nothing".to_owned() };
                let mut other: String = self.word();
                other.truncate(word.len());
                fs::write(&at, old.replace(&word, &other)).unwrap();
                let _ = File::options().write(true).open(&at).and_then(|file| file.set_modified(time));
            }
            1 => {
                let beside = at.with_extension("swp~");
                fs::write(&beside, &text).unwrap();
                fs::rename(beside, &at).unwrap();
            }
            // Truncated, then piece by piece.
            2 => {
                let mut file = File::create(&at).unwrap();
                for piece in text.as_bytes().chunks(20) {
                    file.write_all(piece).unwrap();
                    std::thread::sleep(Duration::from_millis(self.random.below(15) as u64));
                }
            }
            // As vim keeps a backup.
            3 if at.is_file() => {
                let backup = at.with_extension("md~");
                fs::rename(&at, &backup).unwrap();
                fs::write(&at, &text).unwrap();
                fs::remove_file(backup).unwrap();
            }
            _ => fs::write(&at, &text).unwrap(),
        }
        format!("write {way} {path}")
    }

    /// Something that people do to pages.
    pub fn edit(&mut self) -> String {
        let (from, to) = (self.path(), self.path());
        let (a, b) = (self.at(&from), self.at(&to));
        match self.random.below(10) {
            0..=5 => return self.write(),
            6 | 7 => drop(fs::remove_file(&a)),
            8 => drop(fs::rename(&a, &b)),
            _ => {
                let age = Duration::from_secs(self.random.below(1_000_000) as u64);
                let _ =
                    File::options().write(true).open(&a).and_then(|file| file.set_modified(SystemTime::now() - age));
            }
        }
        format!("edit {from} {to}")
    }

    /// Anything that may happen to the directory.
    pub fn operate(&mut self) -> String {
        let (from, to) = (self.path(), self.path());
        let (a, b) = (self.at(&from), self.at(&to));
        let (folder, other) = (self.random.pick(&FOLDERS[1..]), self.random.pick(&FOLDERS[1..]));
        let what = self.random.below(16);
        match what {
            0..=4 => return self.edit(),
            5 => {
                let aside = self.at("aside.tmp");
                if a.is_file() && b.is_file() && fs::rename(&a, &aside).is_ok() {
                    let _ = fs::rename(&b, &a);
                    fs::rename(&aside, &b).unwrap();
                }
            }
            6 => drop(fs::rename(self.at(folder), self.at(other))),
            7 => {
                let out = self.site.dir().join("outside");
                let _ = fs::remove_dir_all(&out);
                if fs::rename(self.at(folder), &out).is_ok() && self.random.below(2) == 0 {
                    let _ = fs::rename(&out, self.at(other));
                }
            }
            8 => drop(fs::remove_dir_all(self.at(folder))),
            9 => {
                for number in 0..20 {
                    let leaf = format!("Arvore{}/a/b{number}/c/d", self.random.below(3));
                    fs::create_dir_all(self.at(&leaf)).unwrap();
                    let text = self.text();
                    fs::write(self.at(&leaf).join("Folha.md"), text).unwrap();
                }
            }
            10 => (0..3).for_each(|number| drop(fs::remove_dir_all(self.at(&format!("Arvore{number}"))))),
            11 => {
                fs::create_dir_all(self.at(".store")).unwrap();
                let text = self.text();
                fs::write(self.at(".store/Alvo.md"), text).unwrap();
                for (target, link) in [(".store", "Ligada"), ("/etc", "Fora"), ("nada.md", "Nada.md"), (".", "Laco")] {
                    let _ = symlink(target, self.at(link));
                }
                let _ = symlink(a, self.at("Atalho.md"));
            }
            12 => ["Ligada", "Atalho.md", "Fora"].iter().for_each(|link| drop(fs::remove_file(self.at(link)))),
            13 => drop(fs::set_permissions(&a, fs::Permissions::from_mode(0o600 + self.random.below(2) as u32 * 0o44))),
            14 => {
                // Both names say the same from now on, whichever is written to.
                let _ = fs::hard_link(&a, &b);
                if let Ok(mut file) = File::options().append(true).open(&b) {
                    writeln!(file, "\n{}", self.word()).unwrap();
                }
            }
            _ => self.deploy(),
        }
        format!("{what} {from} {to} {folder} {other}")
    }

    /// A release beside, and the link flipped to it.
    fn deploy(&mut self) {
        self.releases += 1;
        let (dir, next) = (self.site.dir().to_owned(), format!("release-{}", self.releases));
        let old = fs::canonicalize(self.site.content()).unwrap();
        let copied = std::process::Command::new("cp").arg("-a").arg(&old).arg(dir.join(&next)).status().unwrap();
        assert!(copied.success());
        symlink(&next, dir.join("flip")).unwrap();
        fs::rename(dir.join("flip"), self.site.content()).unwrap();
        self.write();
        fs::remove_dir_all(old).unwrap();
    }

    /// Something that happens to the process, with edits meanwhile. A daemon runs and is watched when this ends.
    pub fn fault(&mut self) -> String {
        let what =
            self.random.pick(&["kill", "stop", "freeze", "overflow", "hup", "reindex", "rebuild", "empty", "gone"]);
        match what {
            "kill" | "stop" => {
                self.operate();
                if what == "kill" {
                    self.site.kill();
                } else {
                    assert_eq!(self.site.stop().0.code(), Some(0));
                }
                (0..5).for_each(|_| drop(self.operate()));
                self.site.restart();
            }
            "freeze" | "overflow" => {
                self.site.signal("STOP");
                (0..5).for_each(|_| drop(self.operate()));
                let noise = self.at("barulho.txt");
                for number in 0..if what == "overflow" { 9_000 } else { 0 } {
                    fs::write(&noise, number.to_string()).unwrap();
                    fs::remove_file(&noise).unwrap();
                }
                (0..5).for_each(|_| drop(self.operate()));
                self.site.signal("CONT");
            }
            "hup" => self.site.signal("HUP"),
            "reindex" => drop(self.site.reindex("", "{}")),
            "rebuild" => drop(self.site.reindex("", r#"{"rebuild": true}"#)),
            // Taken for a fault and held, until it is back.
            _ => {
                let real = fs::canonicalize(self.site.content()).unwrap();
                let away = self.site.dir().join("away");
                let before: BTreeSet<String> = self.site.paths("palavra").into_iter().collect();
                self.site.settle();
                let held: BTreeSet<String> = self.site.paths("palavra").into_iter().collect();
                fs::rename(&real, &away).unwrap();
                if what == "empty" {
                    fs::create_dir(&real).unwrap();
                }
                self.site.until("held", |site| site.state() == "degraded");
                let now: BTreeSet<String> = self.site.paths("palavra").into_iter().collect();
                assert!(now == held || now == before, "the last generation is held: {now:?} {held:?}");
                if what == "empty" {
                    fs::remove_dir(&real).unwrap();
                }
                fs::rename(&away, &real).unwrap();
                self.site.until("ready", |site| site.state() == "ready");
            }
        }
        what.to_owned()
    }
}
