//! What may lie in the directory and how it comes there: odd names and kinds of files, renames, odd ways to write.

use std::fs;
use std::io::{Seek as _, Write as _};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::site::{Site, page, word};

/// Besides the renames in `watching`: names that differ in case alone, a file and a folder that take each other's place, two
/// pages and two folders exchanged in one step, a page from outside onto another. Seen to fail with the name that something
/// came to not looked at (`What::MovedIn` in `src/content/events.rs`).
#[test]
fn w04_renames() {
    let site = Site::small().page("Pasta.md/Dentro.md", &page("Dentro", "zqdentro")).start();
    site.rename("home.md", "Home.md");
    site.until("case alone", |site| site.finds("zqinicio", "Home.md"));
    site.rename("Cadastros", "cadastros");
    site.until("a folder's, too", |site| site.finds("zqvpn", "cadastros/VPN.md"));
    // A folder with the name of a page, and a page in its place.
    site.rename("Pasta.md", "outra");
    site.rename("Home.md", "Pasta.md");
    site.until("swapped", |site| site.finds("zqinicio", "Pasta.md") && site.finds("zqdentro", "outra/Dentro.md"));
    let exchange = |one: &str, other: &str| {
        let (one, other) = (site.content().join(one), site.content().join(other));
        renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
    };
    exchange("Pasta.md", "cadastros/VPN.md");
    site.until("exchanged", |site| site.finds("zqvpn", "Pasta.md") && site.finds("zqinicio", "cadastros/VPN.md"));
    exchange("cadastros", "Suporte");
    site.until("folders", |site| {
        site.finds("zqinicio", "Suporte/VPN.md") && site.finds("zqchamados", "cadastros/Chamados.md")
    });
    exchange("Pasta.md", "outra");
    site.until("a page and a folder", |site| {
        site.finds("zqvpn", "outra") || site.finds("zqdentro", "Pasta.md/Dentro.md")
    });
    fs::write(site.dir().join("fora.md"), page("Fora", "zqfora")).unwrap();
    site.note("zqfora");
    fs::rename(site.dir().join("fora.md"), site.content().join("Suporte/VPN.md")).unwrap();
    site.until("from outside", |site| site.finds("zqfora", "Suporte/VPN.md") && site.gone("zqinicio"));
    fs::rename(site.content().join("Suporte/VPN.md"), site.dir().join("fora.md")).unwrap();
    site.until("to outside", |site| site.gone("zqfora"));
    site.assert_equals_directory(&[]);
}

/// A directory that is removed whole, comes back without a page, and then with pages. Seen to fail with `Indexer::most_go` never
/// asked: the index was emptied.
#[test]
fn w06_removed_and_made_anew() {
    let site = Site::small().start();
    fs::remove_dir_all(site.content()).unwrap();
    site.until("held", |site| site.state() == "degraded");
    // It is looked at file by file while it goes; what is held is the last state that had pages.
    let held = site.paths("");
    assert!(!held.is_empty());
    fs::create_dir(site.content()).unwrap();
    site.until("it is seen to be empty", |site| {
        site.status()["reason"].as_str().is_some_and(|reason| reason.contains("holds no page"))
    });
    assert_eq!(site.state(), "degraded");
    assert_eq!(site.paths(""), held, "an empty mount point empties nothing");
    site.write("Novo.md", &page("Novo", "zqnovo"));
    site.until("followed again", |site| site.state() == "ready" && site.lists(&["Novo.md"]));
    site.assert_equals_directory(&[]);
}

/// Editors and tools: a byte at a time and never quiet, a backup that takes the old file away, a copy that keeps its time. Seen
/// to fail with no end of `PATIENCE` in `src/content/coalesce.rs`: the page that never rests was not found.
#[test]
fn w09_odd_writes() {
    let site = Site::small().start();
    let file = site.content().join("Inquieta.md");
    site.note("zqprimeira zqultima");
    let mut open = fs::File::create(&file).unwrap();
    open.write_all(page("Inquieta", "zqprimeira").as_bytes()).unwrap();
    // It is written to all the time, until it is found all the same.
    site.until("taken though it changes", |site| {
        open.write_all(b" x").unwrap();
        site.finds("zqprimeira", "Inquieta.md")
    });
    open.set_len(0).unwrap();
    open.rewind().unwrap();
    for byte in page("Inquieta", "zqultima").as_bytes() {
        open.write_all(&[*byte]).unwrap();
        std::thread::sleep(Duration::from_millis(if *byte == b'\n' { 100 } else { 1 }));
    }
    drop(open);
    site.until("and again when quiet", |site| site.finds("zqultima", "Inquieta.md") && site.gone("zqprimeira"));
    // As vim does with a backup.
    site.rename("home.md", "home.md~");
    site.write("home.md", &page("Início", "zqvim"));
    site.remove("home.md~");
    site.until("a backup", |site| site.finds("zqvim", "home.md") && site.gone("zqinicio"));
    // `cp -p`: another text with an old time.
    let outside = site.dir().join("fora.md");
    fs::write(&outside, page("Início", "zqcop")).unwrap();
    site.note("zqcop");
    let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    fs::File::options().append(true).open(&outside).unwrap().set_modified(time).unwrap();
    let target = site.content().join("home.md");
    assert!(Command::new("cp").arg("-p").args([&outside, &target]).status().unwrap().success());
    site.until("a copy", |site| site.finds("zqcop", "home.md"));
    site.assert_equals_directory(&[]);
}

/// A FIFO, a socket, a device (where it may be made) and a sparse file of a terabyte, all with names of pages. Seen to fail with
/// anything taken for a file by the walk and by reading: the FIFO and the device were pages.
#[test]
fn w12_special_files() {
    let site = Site::small();
    assert!(Command::new("mkfifo").arg(site.content().join("Cano.md")).status().unwrap().success());
    let _socket = UnixListener::bind(site.content().join("Soquete.md")).unwrap();
    let device = site.content().join("Zero.md");
    // By root alone.
    let device =
        Command::new("mknod").arg(device).args(["c", "1", "5"]).output().is_ok_and(|made| made.status.success());
    let mut sparse = fs::File::create(site.content().join("Esparsa.md")).unwrap();
    sparse.write_all(page("Esparsa", "zqesparsa").as_bytes()).unwrap();
    sparse.set_len(1 << 40).unwrap();
    site.note("zqesparsa");
    let site = site.start();
    let expected = ["Cadastros/VPN.md", "Esparsa.md", "Suporte/Chamados.md", "home.md"];
    assert!(site.lists(&expected), "{:?}", site.paths(""));
    assert!(site.finds("zqesparsa", "Esparsa.md"), "its first part counts");
    // Under a running daemon, too: a page becomes a FIFO.
    site.remove("home.md");
    assert!(Command::new("mkfifo").arg(site.content().join("home.md")).status().unwrap().success());
    site.until("it leaves", |site| site.gone("zqinicio"));
    site.write("Cadastros/VPN.md", &page("VPN", "zqsegue"));
    site.until("nothing hangs", |site| site.finds("zqsegue", "Cadastros/VPN.md"));
    let status = site.get_as_admin("/status").json();
    let mut listed: Vec<&str> =
        status["skipped"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    listed.sort_unstable();
    let mut wanted = vec!["Cano.md", "Esparsa.md", "Soquete.md", "home.md"];
    wanted.extend(device.then_some("Zero.md"));
    wanted.sort_unstable();
    assert_eq!(listed, wanted, "{status}");
}

/// Names of the greatest length, with escapes, overrides and turns of writing, in long paths and deep folders: found, with a URL
/// that leads back to the page. Seen to fail with segments not encoded in `page::url`. Of such names in the log:
/// `w13_a_hostile_name_in_the_log` in `tests/faults`.
#[test]
fn w13_names() {
    let names = [
        format!("{}.md", "n".repeat(252)),
        "\u{1b}]0;titulo\u{7}.md".to_owned(),
        "\u{202e}dm.virado.md".to_owned(),
        "a..%2f..%2fb.md".to_owned(),
        "-rf.md".to_owned(),
        format!("{}fim.md", "longo_caminho_de_pasta/".repeat(150)),
        format!("{}fundo.md", "d/".repeat(200)),
    ];
    let site = Site::new();
    for (number, name) in names.iter().enumerate() {
        site.write(name, &page(&format!("Nome {number}"), &word(number)));
    }
    fs::write(site.content().join("\u{1b}]0;cheia\u{7}.md"), "x ".repeat(3_000_000)).unwrap();
    let site = site.start();
    for (number, name) in names.iter().enumerate() {
        assert!(site.finds(&word(number), name), "{number}");
        let view = site.page_view(name);
        assert_eq!(view.status, 200, "{number}");
        assert_eq!(view.json()["path"], **name);
        let url = view.json()["url"].as_str().unwrap().to_owned();
        assert!(url.is_ascii() && !url.contains(['#', '?', ' ', '"', '\n', '\u{1b}']), "{url}");
        let back = percent_encoding::percent_decode_str(&url).decode_utf8().unwrap().into_owned();
        assert!(back.ends_with(name.trim_end_matches(".md")), "{back} is {name}");
    }
    let listed = site.get_as_admin("/status").body;
    assert!(listed.contains("]0;cheia") && !listed.contains(char::is_control), "{listed}");
}
