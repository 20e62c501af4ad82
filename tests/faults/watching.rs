//! Watches that cannot be had, rights that are missing, a disk that goes, and what git does to thousands of files.
//!
//! Each daemon has namespaces or a user of its own: this needs root.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Command;

use crate::namespaces::{inside, needs, within};
use crate::site::{Site, page, word};

const SMALL: [&str; 3] = ["Cadastros/VPN.md", "Suporte/Chamados.md", "home.md"];
const NOBODY: u32 = 65_534;

/// How many lines of the log are warnings or errors.
fn warnings(site: &Site) -> Vec<String> {
    let log = site.log();
    log.lines().filter(|line| line.contains("\"WARN\"") || line.contains("\"ERROR\"")).map(str::to_owned).collect()
}

/// Without watches, and without any watcher: it polls, finds the same, says so once and in `/status`. Seen to fail with the
/// error of `Watcher::watch` taken for a success in `Watcher::start`: the mode stayed native, and new pages were not found.
#[test]
fn w07_watch_limits() {
    needs(&["-Ur", "true"]);
    for (limit, value) in [("max_inotify_watches", 5), ("max_inotify_instances", 0)] {
        let mut site = Site::small().config("[watch]\npoll_interval_ms = 100\n");
        for number in 0..20 {
            site.write(&format!("Pasta{number}/P.md"), &page("Página", &word(number)));
        }
        // The process stays the same one, so that its id is the daemon's.
        site.set_before(Some(&format!(
            "exec unshare -Ur sh -ec 'echo {value} > /proc/sys/user/{limit}\nexec \"$0\" \"$@\"' \"$0\" \"$@\""
        )));
        let site = site.start();
        let watcher = site.status()["watcher"].clone();
        assert_eq!((watcher["mode"].as_str(), watcher["healthy"].as_bool()), (Some("poll"), Some(true)), "{watcher}");
        let name = if value == 0 { "max_user_instances" } else { "max_user_watches" };
        assert!(watcher["reason"].as_str().is_some_and(|reason| reason.contains(name)), "{watcher}");
        site.assert_equals_directory(&[]);
        site.write("Nova/funda/P.md", &page("Nova", "zqnova"));
        site.write("home.md", &page("Início", "zqmudada"));
        site.rename("Pasta3", "Mudou");
        site.remove("Pasta4/P.md");
        site.until("followed", |site| {
            site.finds("zqnova", "Nova/funda/P.md")
                && site.finds("zqmudada", "home.md")
                && site.finds(&word(3), "Mudou/P.md")
                && site.gone(&word(4))
        });
        site.assert_equals_directory(&[]);
        let warned = warnings(&site);
        assert!(warned.len() == 1 && warned[0].contains("not watched by events"), "{warned:?}");
    }
}

fn chown_all(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().flatten().for_each(|entry| chown_all(&entry.path()));
    }
}

/// A file and a folder without rights, to a daemon that is not root. Seen to fail with what is denied taken for what fails, in
/// `UnreadableKind::of` and in reading: the page stayed in the results.
#[test]
fn w08_no_rights() {
    let mut site = Site::small().page("Suporte/Outro.md", &page("Outro", "zqoutro"));
    site.write("Suporte/Fila/Fundo.md", &page("Fundo", "zqfundo"));
    fs::set_permissions(site.dir(), fs::Permissions::from_mode(0o755)).unwrap();
    chown_all(site.dir());
    needs(&["--mount", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "true"]);
    // The binary may lie where nobody else may go.
    let binary = site.dir().join("achei");
    fs::write(&binary, "").unwrap();
    let binary = binary.display();
    site.set_before(Some(&format!(
        "mount --bind \"$0\" {binary}\n\
         exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --bounding-set=-all {binary} \"$@\""
    )));
    let mut site = site.start();
    let all = ["Cadastros/VPN.md", "Suporte/Chamados.md", "Suporte/Fila/Fundo.md", "Suporte/Outro.md", "home.md"];
    let chmod = |site: &Site, path: &str, mode| {
        fs::set_permissions(site.content().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    let listed = |site: &Site, path: &str| {
        let status = site.get_as_admin("/status").json();
        let skipped = status["skipped"].as_array().unwrap();
        skipped.iter().any(|file| file["path"] == path && file["reason"] == "permission denied")
    };
    assert!(site.lists(&all));
    for restarted in [false, true] {
        // A file: it leaves, its siblings stay and are followed.
        chmod(&site, "Suporte/Chamados.md", 0);
        site.until("it leaves", |site| site.gone("zqchamados") && listed(site, "Suporte/Chamados.md"));
        site.write("Suporte/Outro.md", &page("Outro", "zqsegue"));
        site.until("a sibling is followed", |site| site.finds("zqsegue", "Suporte/Outro.md"));
        site.assert_equals_directory(&["Suporte/Chamados.md"]);
        chmod(&site, "Suporte/Chamados.md", 0o644);
        site.until("it comes back", |site| site.finds("zqchamados", "Suporte/Chamados.md"));
        site.until("listed no more", |site| !listed(site, "Suporte/Chamados.md"));
        // A folder, and all below it.
        chmod(&site, "Suporte", 0);
        site.until("they leave", |site| site.lists(&["Cadastros/VPN.md", "home.md"]) && listed(site, "Suporte"));
        if restarted {
            site.stop();
            site.restart();
            assert!(site.lists(&["Cadastros/VPN.md", "home.md"]) && listed(&site, "Suporte"));
        }
        site.write("Cadastros/VPN.md", &page("VPN", "zqirma"));
        site.until("a sibling is followed", |site| site.finds("zqirma", "Cadastros/VPN.md"));
        assert_eq!((site.state().as_str(), site.status()["watcher"]["healthy"].as_bool()), ("ready", Some(true)));
        chmod(&site, "Suporte", 0o755);
        site.until("they come back", |site| site.lists(&all) && !listed(site, "Suporte"));
        site.write("Suporte/Fila/Fundo.md", &page("Fundo", "zqdevolta"));
        site.until("they are watched again", |site| site.finds("zqdevolta", "Suporte/Fila/Fundo.md"));
        site.assert_equals_directory(&[]);
        for (path, text) in [("Suporte/Fila/Fundo.md", "zqfundo"), ("Suporte/Outro.md", "zqoutro")] {
            site.write(path, &page("De novo", text));
        }
        site.until("as at first", |site| site.finds("zqfundo", all[2]) && site.finds("zqoutro", all[3]));
    }
}

/// The disk of the pages goes and comes; then all pages on it go. Seen to fail with `Indexer::most_go` never asked in
/// `Indexer::reconcile`: the empty mount point emptied the index.
#[test]
fn w06_unmounted() {
    needs(&["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let mut site = Site::small().config("[watch]\nrescan_interval_s = 1\n");
    // What lies in the daemon's directory is a disk with these pages; the empty mount point is below it.
    let pages = site.dir().join("pages");
    fs::rename(site.content(), &pages).unwrap();
    fs::create_dir(site.content()).unwrap();
    let (mount, content) = (site.dir().join("disk"), site.content());
    fs::create_dir(&mount).unwrap();
    let [mount, content, pages] = [&mount, &content, &pages].map(|path| path.to_str().unwrap().to_owned());
    site.set_before(Some(&format!(
        "mount -t tmpfs tmpfs {mount}\ncp -a {pages}/. {mount}/\nmount --bind {mount} {content}"
    )));
    let mut site = site.start();
    site.assert_equals(&inside(&site, &site.content()), &[]);
    for round in 0..2 {
        within(&site, &["umount", "-l", &content]);
        site.until("held", |site| site.state() == "degraded");
        assert!(site.lists(&SMALL) && site.get("/readyz").status == 200, "the last generation is held");
        assert!(site.status()["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
        assert!(site.log().contains("the last good index is held"));
        // The same disk, changed meanwhile.
        fs::write(inside(&site, Path::new(&mount)).join("home.md"), page("Início", &word(round))).unwrap();
        site.note(&word(round));
        within(&site, &["mount", "--bind", &mount, &content]);
        site.until("followed again", |site| site.state() == "ready" && site.finds(&word(round), "home.md"));
        let inner = inside(&site, &site.content());
        fs::write(inner.join("home.md"), page("Início", &word(10 + round))).unwrap();
        site.note(&word(10 + round));
        site.until("watched again", |site| site.finds(&word(10 + round), "home.md"));
        site.assert_equals(&inner, &[]);
    }
    // A start with the disk away.
    site.stop();
    site.set_before(None);
    site.restart();
    site.until("held", |site| site.state() == "degraded");
    assert!(site.lists(&SMALL));
    // Emptied for good: comparisons come and go; only who asks for it empties the index.
    for _ in 0..3 {
        site.signal("HUP");
        site.until("nothing waits", |site| site.status()["pending_changes"] == 0);
        assert!(site.lists(&SMALL) && site.state() == "degraded");
    }
    let job = site.reindex("?wait=true", "{}").json();
    assert_eq!((job["state"].as_str(), job["counts"]["removed"].as_u64()), (Some("done"), Some(3)), "{job}");
    site.until("ready", |site| site.state() == "ready");
    assert!(site.lists(&[]));
}

fn git(site: &Site, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(site.content()).args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0"]);
    let done = command.args(arguments).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Two branches of thousands of pages, checked out in turn, with a stash and a rebase. Seen to fail with a
/// reconcile for each path in `Coalescer::take`: hundreds of generations, and the burst took minutes.
#[test]
fn w01_burst_of_a_checkout() {
    let all = std::env::var_os("ACHEI_FAULTS_ALL").is_some();
    let (pages, rounds) = if all { (10_000, 20) } else { (1_500, 6) };
    // A machine that is busy meanwhile is no fault.
    let site = Site::small().config("[server]\nrequest_timeout_ms = 20000\nsearch_timeout_ms = 15000\n");
    let write = |branch: usize| {
        for number in 0..pages {
            // A third is of one branch alone, a third differs, a third is the same.
            let (name, text) = match number % 3 {
                0 => (format!("Ramo{branch}/Sub{}/P{number}.md", number % 17), 0),
                1 => (format!("Pasta{}/P{number}.md", number % 17), branch),
                _ => (format!("Pasta{}/P{number}.md", number % 17), 0),
            };
            site.write(&name, &page("Página", &word(text * 10_000 + number / 60)));
        }
    };
    git(&site, &["init", "-q", "-b", "um"]);
    write(1);
    git(&site, &["add", "-A"]);
    git(&site, &["commit", "-q", "-m", "um"]);
    git(&site, &["checkout", "-q", "-b", "dois"]);
    fs::remove_dir_all(site.content().join("Ramo1")).unwrap();
    write(2);
    git(&site, &["add", "-A"]);
    git(&site, &["commit", "-q", "-m", "dois"]);
    let site = { site }.start();
    let total = pages + 3;
    for round in 0..rounds {
        let before = site.generation();
        git(&site, &["checkout", "-q", if round % 2 == 0 { "um" } else { "dois" }]);
        let (new, old) = if round % 2 == 0 { (1, 2) } else { (2, 1) };
        site.until_within(120, "checked out", |site| {
            site.status()["pages"] == total
                && site.status()["pending_changes"] == 0
                && site.gone(&word(old * 10_000))
                && !site.gone(&word(new * 10_000 + (pages - 1) / 60))
        });
        let made = site.generation() - before;
        // The longer a checkout takes, the more states of it are shown.
        assert!(made * 25 < pages as u64, "a burst is coalesced: {made} generations of {pages} pages");
    }
    site.write("home.md", &page("Início", "zqguardada"));
    site.until("an edit", |site| site.finds("zqguardada", "home.md"));
    git(&site, &["stash", "-q"]);
    site.until("stashed", |site| site.gone("zqguardada") && site.finds("zqinicio", "home.md"));
    git(&site, &["stash", "pop", "-q"]);
    site.until("popped", |site| site.finds("zqguardada", "home.md"));
    git(&site, &["commit", "-q", "-a", "-m", "guardada"]);
    git(&site, &["rebase", "-q", "-X", "theirs", "um"]);
    site.until_within(120, "rebased", |site| {
        site.status()["pending_changes"] == 0 && site.finds("zqguardada", "home.md")
    });
    site.settle();
    site.assert_equals_directory(&[]);
}

/// A page that is written after the first look at its new folder, and before that is watched: no event tells of it. The
/// watcher's calls are delayed. Seen to fail with folders not looked at again once quiet, in `Coalescer::push`.
#[test]
fn w03_a_page_written_before_its_folder_is_watched() {
    let mut site = Site::small().config("[watch]\ndebounce_ms = 1000\n");
    // As a grandchild, so that the daemon keeps the process id that we know.
    let strace =
        "strace -D -f -qq -o /dev/null -e trace=inotify_add_watch -e inject=inotify_add_watch:delay_enter=400000";
    site.set_before(Some(&format!("command -v strace >/dev/null\nexec {strace} \"$0\" \"$@\"")));
    let site = site.start();
    site.mkdir_moved_in("Nova", &[("A.md", &page("Nova", "zqnova"))]);
    site.until("the first look", |site| site.finds("zqnova", "Nova/A.md"));
    site.write("Nova/B.md", &page("Nova", "zqdepois"));
    site.until("the second", |site| site.finds("zqdepois", "Nova/B.md"));
    site.assert_equals_directory(&[]);
}
