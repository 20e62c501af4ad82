//! The command line: exit codes, and what is printed.

use std::fs;
use std::process::{Command, Output};
use std::time::Instant;

use serde_json::Value;

use crate::site::{DEADLINE, Site, bare_command, page};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn run(command: &mut Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code().expect("no signal"), text(&stdout), text(&stderr))
}

#[test]
fn every_problem_of_the_configuration_at_once_and_the_nearest_key() {
    let site = Site::small()
        .config("[content]\nlocale = [\"pt-br\"]\n[server]\nlisten = 7\n[serch]\nx = 1\n[watch]\ndebounce_ms = -1\n");
    for command in [&["serve"][..], &["index"], &["search", "x"], &["check"], &["reindex"], &["config"], &[]] {
        let (code, out, err) = run(&mut site.command(command));
        assert_eq!((code, out.as_str()), (78, ""), "{command:?}: {err}");
        for part in ["content.locale", "locales", "server.listen", "serch", "search", "watch.debounce_ms"] {
            assert!(err.contains(part), "{part} in {err}");
        }
    }
    assert!(!site.index().exists(), "nothing was begun");
}

#[test]
fn what_else_is_wrong_with_a_configuration() {
    let site = Site::small();
    let (code, _, err) = run(bare_command(site.dir()).args(["index", "--config", "nowhere.toml"]));
    assert_eq!(code, 78, "{err}");
    assert!(err.contains("nowhere.toml"));
    let (code, _, err) = run(site.command(&["index"]).env("ACHEI_SERVER__LISTEN", "nonsense"));
    assert_eq!(code, 78, "{err}");
    assert!(err.contains("ACHEI_SERVER__LISTEN"), "{err}");
    let (code, _, err) = run(site.command(&["index"]).env("ACHEI_SERVER__LISTN", "127.0.0.1:0"));
    assert_eq!((code, err.contains("LISTN")), (78, true), "{err}");
    assert_eq!(run(site.command(&["index"]).env("ACHEI_ELSE", "not ours")).0, 0, "a name without __ is not ours");
    assert_eq!(run(&mut site.command(&["--listen", "nonsense", "index"])).0, 78);
    assert_eq!(run(&mut site.command(&["--log-format", "xml", "index"])).0, 78);
    let (code, _, err) = run(site.command(&["index"]).env("ACHEI_CONTENT__EXCLUDE", "[\"[z-a]\"]"));
    assert_eq!((code, err.contains("content.exclude")), (78, true), "{err}");
    for (content, index) in [("a", "a/index"), ("b/content", "b"), ("c", "c")] {
        fs::create_dir_all(site.dir().join(content)).unwrap();
        let (code, _, err) = run(bare_command(site.dir()).args(["index", "--content", content, "--index", index]));
        assert_eq!(code, 78, "{index} and {content}: {err}");
    }
    assert!(!site.dir().join("a/index").exists(), "nothing is written into content");
}

#[test]
fn exit_codes() {
    let site = Site::small();
    // No index yet.
    let (code, out, err) = run(&mut site.command(&["search", "vpn"]));
    assert_eq!((code, out.as_str()), (74, ""), "{err}");
    assert!(err.contains(site.index().to_str().unwrap()) && err.contains("achei index"), "{err}");
    assert!(!site.index().exists(), "a search makes nothing");
    site.expect(1, &["check"]);
    assert!(!site.index().exists(), "nor does a check");
    assert!(site.expect(0, &["index"]).contains("3 pages"));
    assert!(site.expect(0, &["search", "vpn"]).contains("Configuração da VPN"));
    assert!(site.expect(0, &["search", "nadadisso"]).contains("Nothing found"), "no hit is no error");
    site.expect(0, &["check"]);
    site.expect(0, &["index"]);
    site.expect(0, &["index", "--rebuild"]);
    // Usage.
    for wrong in [
        &["frobnicate"][..],
        &["search"],
        &["search", "--limit", "0", "x"],
        &["search", "--limit", "101", "x"],
        &["--nope"],
        &["reindex", "--rebuild", "a.md"],
    ] {
        assert_eq!(run(&mut site.command(wrong)).0, 2, "{wrong:?}");
    }
    assert_eq!(run(&mut site.command(&["--help"])).0, 0);
    let (code, out, _) = run(&mut site.command(&["--version"]));
    assert_eq!((code, out.contains(env!("CARGO_PKG_VERSION"))), (0, true));
    // No daemon, with a token and without one ever made.
    fs::write(site.index().join("admin.token"), "um-token-qualquer").unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    assert_eq!(run(&mut site.command(&["--listen", &free, "reindex"])).0, 69);
    let fresh = Site::small();
    let (code, _, err) = run(&mut fresh.command(&["--listen", &free, "reindex"]));
    assert_eq!(code, 69, "where no daemon ever ran, there is none: {err}");
}

#[test]
fn an_occupied_address_is_an_input_output_error() {
    let site = Site::small();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, err) = run(&mut site.command(&["--listen", &address, "serve"]));
    assert_eq!((code, err.contains(&address)), (74, true), "{err}");
}

#[test]
fn health_asks_the_daemon() {
    let mut site = Site::small().start();
    let address = site.address().to_owned();
    let ask = |site: &Site| run(&mut site.command(&["--listen", &address, "health"]));
    assert_eq!(ask(&site), (0, "ready\n".to_owned(), String::new()));
    site.stop();
    let (code, out, err) = ask(&site);
    assert_eq!((code, out.as_str(), err.contains(&address)), (69, "", true), "{err}");
    // Something else answers there.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = other.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    });
    assert_eq!(run(&mut site.command(&["--listen", &elsewhere, "health"])).0, 69);
}

#[test]
fn reindex_asks_the_daemon() {
    let site = Site::small().config("[watch]\nmode = \"off\"\n").start();
    let ask = |arguments: &[&str]| run(site.command(&["--listen", site.address(), "reindex"]).args(arguments));
    site.write("home.md", &page("Início", "zqpedido"));
    site.write("Novo/A.md", "zqnovo");
    let (code, out, err) = ask(&["Novo"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("1 added") && !out.contains('\u{1b}'), "{out}");
    assert!(site.finds("zqnovo", "Novo/A.md") && site.gone("zqpedido"));
    assert_eq!(ask(&[]).0, 0);
    assert!(site.finds("zqpedido", "home.md"));
    assert_eq!(ask(&["--rebuild"]).0, 0);
    site.assert_equals_directory(&[]);
    assert_eq!(ask(&["../fora.md"]).0, 2, "a path that the daemon refuses");
    // The wrong token.
    let refused =
        run(site.command(&["--listen", site.address(), "reindex"]).env("ACHEI_ADMIN_TOKEN", "um-token-errado"));
    assert_eq!(refused.0, 77, "{}", refused.2);
    assert!(!refused.2.contains("um-token-errado") && !refused.2.contains(&site.token()), "{}", refused.2);
    // A job that fails.
    fs::rename(site.content(), site.dir().join("away")).unwrap();
    fs::write(site.content(), "").unwrap();
    let (code, _, err) = ask(&[]);
    assert_eq!(code, 1, "{err}");
}

#[test]
fn a_search_without_daemon_answers_as_the_daemon_does() {
    let site = Site::small().config("[search]\nsynonyms = [[\"túnel\", \"vpn\"]]\n").start();
    for q in ["vpn", "chamado abrir", "túnel", "nadadisso", "title:vpn", "\"como abrir\"", "wiki -vpn"] {
        let (mut ours, mut theirs): (Value, Value) = (
            serde_json::from_str(&site.expect(0, &["search", "--json", "--limit", "7", q])).unwrap(),
            site.search_with(&[("q", q), ("limit", "7")]),
        );
        for answer in [&mut ours, &mut theirs] {
            assert!(answer["took_ms"].take().is_number());
        }
        assert_eq!(ours, theirs, "{q}");
    }
    // Several arguments are one query.
    let json: Value = serde_json::from_str(&site.expect(0, &["search", "--json", "abrir", "chamado"])).unwrap();
    assert_eq!(json["query"], "abrir chamado");
    let json: Value = serde_json::from_str(&site.expect(0, &["search", "--json", "abrir", "-vpn"])).unwrap();
    assert_eq!(
        (json["query"].as_str(), json["total"].as_u64()),
        (Some("abrir -vpn"), Some(1)),
        "exclusions can be typed"
    );
}

#[test]
fn piped_output_is_plain_and_pages_send_no_escapes() {
    let evil = "Fuga \u{1b}]0;zqtitulo\u{7} <script>alert(1)</script> \u{202e}zqfim";
    let site = Site::small()
        .page(
            "Fuga.md",
            &format!(
                "---\ntitle: \"Fuga \\e]0;zqtitulo\\a\"\n---\n\n# {evil}\n\nTexto {evil} [quebrado](/nada\u{1b}[2J)\n"
            ),
        )
        .page("N\u{1b}[31mome.md", &page("Nome", "zqnome"));
    site.expect(0, &["index"]);
    for arguments in [
        &["search", "vpn"][..],
        &["search", "zqtitulo"],
        &["search", "zqnome"],
        &["search", "--json", "zqtitulo"],
        &["search", "fuga\u{1b}]0;x"],
        &["check"],
        &["check", "--json"],
        &["config"],
    ] {
        let (_, out, err) = run(&mut site.command(arguments));
        let both = out + &err;
        assert!(!both.contains(|letter: char| letter.is_control() && letter != '\n'), "{arguments:?}: {both:?}");
        assert!(!both.contains('\u{202e}') || arguments.contains(&"--json"), "{arguments:?}: {both:?}");
    }
    assert!(site.expect(0, &["search", "zqtitulo"]).contains("zqtitulo"));
    let (_, _, err) = run(&mut site.command(&["reindex", "a\u{1b}]0;x.md"]));
    assert!(!err.contains('\u{1b}'), "{err:?}");
}

#[test]
fn check_tells_how_index_and_directory_differ() {
    let site = Site::small();
    site.expect(0, &["index"]);
    let json = |code: i32, strict: &[&str]| -> Value {
        serde_json::from_str(&site.expect(code, &[&["check", "--json"], strict].concat())).unwrap()
    };
    assert_eq!(json(0, &["--strict"])["equal"], true);
    site.write("Novo.md", "zqnovo");
    site.write("home.md", &page("Início", "zqmudado"));
    site.remove("Cadastros/VPN.md");
    let report = json(1, &[]);
    assert_eq!(report["equal"], false);
    for (what, path) in [("missing", "Novo.md"), ("stale", "home.md"), ("left_over", "Cadastros/VPN.md")] {
        assert_eq!(report[what], serde_json::json!([path]), "{report}");
    }
    let out = site.expect(1, &["check"]);
    assert!(["Novo.md", "home.md", "Cadastros/VPN.md"].iter().all(|path| out.contains(path)), "{out}");
    site.expect(0, &["index"]);
    site.expect(0, &["check", "--strict"]);
    // A touch changes nothing that anybody reads.
    let text = fs::read(site.content().join("home.md")).unwrap();
    fs::write(site.content().join("home.md"), text).unwrap();
    site.expect(0, &["check", "--strict"]);
}

#[test]
fn check_reports_what_is_wrong_with_pages() {
    let site = Site::small()
        .page("Quebrado.md", "---\ntitle: [a\nupdated: 2024-01-01\n---\n\nUm [link](/Nada/Aqui) e [outro](/home#nenhum).\n\n## Passo {#x}\n\n## Outro {#x}\n")
        .page("Bom.md", &page("Bom", "[início](/home) e [vpn](Cadastros/VPN.md)"))
        .config("[content]\nanchor_style = \"github\"\n");
    site.expect(0, &["index"]);
    site.expect(0, &["check"]);
    let report: Value = serde_json::from_str(&site.expect(1, &["check", "--json", "--strict"])).unwrap();
    assert_eq!(report["equal"], true, "{report}");
    let findings: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap(), finding["kind"].as_str().unwrap()))
        .collect();
    for kind in ["front_matter", "duplicate_anchor", "broken_link"] {
        assert!(findings.contains(&("Quebrado.md", kind)), "{kind}: {report}");
    }
    assert!(findings.iter().all(|(path, _)| *path == "Quebrado.md"), "{report}");
}

#[test]
fn config_names_the_origin_of_each_value_and_reads_back() {
    let site = Site::small()
        .config("[search]\nsynonyms = [[\"a\", \"b\"]]\n[[search.pins]]\nquery = \"boleto\"\npath = \"home.md\"\n");
    let (code, out, _) = run(site
        .command(&["--listen", "127.0.0.1:7999", "config"])
        .env("ACHEI_WATCH__DEBOUNCE_MS", "70")
        .env("ACHEI_ADMIN_TOKEN", "segredo-do-token"));
    assert_eq!(code, 0);
    assert!(!out.contains("segredo-do-token"));
    let line = |key: &str| {
        out.lines()
            .find(|line| line.starts_with(&format!("{key} = ")))
            .unwrap_or_else(|| panic!("{key} in {out}"))
            .to_lowercase()
    };
    assert!(line("listen").contains("flag") || line("listen").contains("--listen"), "{out}");
    assert!(line("debounce_ms").contains("env") || line("debounce_ms").contains("achei_watch__debounce_ms"), "{out}");
    assert!(line("synonyms").contains("config.toml"), "{out}");
    assert!(line("rescan_interval_s").contains("default"), "{out}");
    let parsed: toml::Table = out.parse().unwrap();
    assert_eq!(parsed["watch"]["debounce_ms"].as_integer(), Some(70));
    assert_eq!(parsed["search"]["pins"][0]["query"].as_str(), Some("boleto"));
    // What it prints is a configuration that says the same.
    site.write_config(&out);
    let (code, again, err) = run(bare_command(site.dir()).arg("config"));
    assert_eq!(code, 0, "{err}");
    assert_eq!(again.parse::<toml::Table>().unwrap(), parsed);
}

#[test]
fn the_default_command_serves_and_a_default_file_may_be_missing() {
    let site = Site::small();
    fs::remove_file(site.dir().join("config.toml")).unwrap();
    // In its own folder, with nothing said: content and index are beside.
    let mut child = bare_command(site.dir())
        .args(["--listen", "127.0.0.1:0"])
        .stderr(fs::File::create(site.dir().join("log")).unwrap())
        .spawn()
        .unwrap();
    let end = Instant::now() + DEADLINE;
    let log = || fs::read_to_string(site.dir().join("log")).unwrap();
    while !log().contains("listening") && Instant::now() < end && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(log().contains("listening"), "{}", log());
    assert!(site.index().join("admin.token").exists());
}

#[test]
fn check_compares_addresses_with_a_built_site() {
    let site = Site::new()
        .page("index.md", "# Início\n\ntexto\n")
        .page("Guia/Pós_pago.md", "# Pós-pago\n\n## Emissão de NF-e\n\na\n\n## Só aqui\n\nb\n")
        .config("[content]\nurl_style = \"directory\"\nanchor_style = \"github\"\nurl_base = \"/docs/\"\n");
    site.expect(0, &["index"]);
    let built = site.dir().join("built");
    let against = |code: i32, extra: &[&str]| site.expect(code, &[&["check", "--against", "built"], extra].concat());
    let (code, _, err) = run(&mut site.command(&["check", "--against", "built"]));
    assert_eq!((code, err.contains("built")), (74, true), "{err}");
    fs::create_dir_all(built.join("Guia/Pós_pago")).unwrap();
    fs::write(built.join("index.html"), "<h1>Início</h1>").unwrap();
    let out = against(1, &[]);
    assert!(out.contains("Guia/Pós_pago.md") && out.contains("1 of 2 pages"), "{out}");
    fs::write(
        built.join("Guia/Pós_pago/index.html"),
        "<h2 id=\"emissão-de-nf-e\">E</h2><script>'<p id=só-aqui>'</script>",
    )
    .unwrap();
    let report: Value = serde_json::from_str(&against(1, &["--json"])).unwrap();
    let report = &report["against"];
    assert_eq!((&report["pages"], &report["anchors"]), (&2.into(), &2.into()), "{report}");
    assert_eq!(report["missing_pages"], serde_json::json!([]), "{report}");
    assert_eq!(report["missing_anchors"][0]["anchor"], "só-aqui", "{report}");
    assert_eq!(report["missing_anchors"].as_array().unwrap().len(), 1, "{report}");
    fs::write(built.join("Guia/Pós_pago/index.html"), "<h2 id=\"emissão-de-nf-e\">E</h2><h2 id=só-aqui>").unwrap();
    assert!(against(0, &[]).contains("2 of 2 anchors"));
    assert!(!site.expect(0, &["check"]).contains("anchors"), "nothing is compared unasked");
}
