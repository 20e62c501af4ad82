//! `achei eval`, and the project's own golden sets: the starter wiki as operators ask it, and codes as they type them.
//!
//! Floors stand a little under what was measured last, with the figures beside: raise them with the ranking.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::lab::Lab;
use crate::site::{Site, bare_command, page};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs `achei eval` with a golden set over a folder, both of this repository, in an index of its own.
#[track_caller]
fn eval(set: &str, content: &str, floors: &[&str]) -> Value {
    let site = Site::new();
    let mut command = bare_command(site.dir());
    command.args(["eval", "--json", "--index-first", "--worst", "1000"]).args(floors).arg(root().join(set));
    command.arg("--content").arg(root().join(content)).arg("--index").arg(site.index());
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&out).unwrap()
}

#[track_caller]
fn assert_kinds(report: &Value, floors: &[(&str, f64)]) {
    let rows = report["kinds"].as_array().unwrap();
    assert_eq!(rows.len(), floors.len(), "{rows:#?}");
    for (kind, floor) in floors {
        let row = rows.iter().find(|row| row["kind"] == *kind).unwrap_or_else(|| panic!("{kind}"));
        let measured = row["mrr_at_10"].as_f64().unwrap();
        assert!(measured >= *floor, "{kind}: MRR@10 {measured:.3} is under {floor}\n{:#}", report["worst"]);
    }
    assert_eq!(report["stale"], Value::Array(Vec::new()), "the golden set expects what is there");
}

#[test]
fn the_starter_wiki_answers_as_its_golden_set_says() {
    // Measured: 244 queries, Success@1 0.926, MRR@10 0.955, nDCG@10 0.958, anchor@1 1.000.
    let floors = ["--min-success", "0.92", "--min-mrr", "0.945", "--min-ndcg", "0.95", "--min-anchor", "0.98"];
    let report = eval("tests/golden/starter.tsv", "content", &floors);
    assert!(report["all"]["queries"].as_u64().unwrap() >= 150);
    // MRR@10 as measured: 1.000, 1.000, 0.975, 1.000, 0.982, 0.964, 0.938, 0.844, 0.940.
    let kinds = [
        ("title", 1.0),
        ("title-typo", 1.0),
        ("title-prefix", 0.96),
        ("heading", 0.99),
        ("words", 0.97),
        ("inflected", 0.95),
        ("code", 0.93),
        ("question", 0.83),
        ("plain", 0.93),
    ];
    assert_kinds(&report, &kinds);
}

#[test]
fn codes_are_found_as_their_golden_set_says() {
    // Measured: 89 queries, all first.
    let report = eval("tests/golden/codes.tsv", "tests/golden/codes", &["--min-success", "1", "--min-ndcg", "1"]);
    assert_kinds(&report, &[("as-written", 1.0), ("part", 1.0), ("prefix", 1.0), ("spelling", 1.0)]);
}

#[test]
fn codes_find_nothing_that_only_looks_like_them() {
    let mut lab = Lab::new();
    lab.config.content.dir = root().join("tests/golden/codes");
    lab.reconcile();
    // A digit is no part of a number.
    for q in ["5", "5 ", "\"5\""] {
        assert!(!lab.paths(q).contains(&"Sala/Sala_15.md".to_owned()), "{q:?}");
    }
    assert_eq!(lab.paths("15").first().map(String::as_str), Some("Sala/Sala_15.md"));
    // What goes on may follow while a code is typed, but stands behind; after a blank it is another code.
    let behind = |lab: &mut Lab, q: &str, first: &str, second: &str| {
        let found = lab.paths(q);
        let place = |path: &str| found.iter().position(|other| other == path);
        assert_eq!(place(first), Some(0), "{q}: {found:?}");
        assert_ne!(place(second), Some(0), "{q}: {found:?}");
        assert!(!lab.paths(&format!("{q} ")).contains(&second.to_owned()), "{q} and a blank");
    };
    behind(&mut lab, "78.54.2", "Versoes/Correcao_78.54.2.md", "Versoes/Correcao_78.54.20.md");
    behind(&mut lab, "192.168.0.1", "Rede/Gateway.md", "Rede/Impressora.md");
    behind(&mut lab, "#1234", "Sistema/Chamado_1234.md", "Sistema/Chamado_12345.md");
    behind(&mut lab, "erro 539", "Fiscal/Erro_539.md", "Fiscal/Erro_5390.md");
    // No typo in a word with digits, however near.
    for q in ["538", "0x80070006", "78.54.3", "192.168.0.2", "08/08/2023", "123.456.789-08", "802.2q", "tr-068"] {
        let response = lab.search(q);
        assert_eq!(response.total, 0, "{q}: {:?}", response.hits.iter().map(|hit| &hit.path).collect::<Vec<_>>());
    }
    // `C`, `C++` and `C#` are three languages: each is first for itself, and none is found for another's sign.
    for (q, path) in [("C++", "Dev/C++.md"), ("C#", "Dev/CSharp.md"), ("C ", "Dev/C.md")] {
        assert_eq!(lab.paths(q).first().map(String::as_str), Some(path), "{q}");
    }
    for (q, other) in [("C++", "Dev/CSharp.md"), ("C#", "Dev/C++.md"), ("C++", "Dev/C.md"), ("C#", "Dev/C.md")] {
        assert!(!lab.paths(q).contains(&other.to_owned()), "{q} finds {other}");
    }
}

/// A small wiki with an index, and a golden set beside it.
fn site_with(name: &str, golden: &str) -> (Site, PathBuf) {
    let site = Site::small();
    site.expect(0, &["index"]);
    let file = site.dir().join(name);
    fs::write(&file, golden).unwrap();
    (site, file)
}

fn failure(site: &Site, arguments: &[&str]) -> (i32, String) {
    let output = site.run(arguments);
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_figure_under_its_floor_is_exit_1() {
    let (site, file) = site_with("g.tsv", "vpn\tCadastros/VPN.md\ta\nabrir chamado\thome.md\tb\n");
    let file = file.to_str().unwrap();
    let out = site.expect(0, &["eval", file]);
    for part in
        ["Success@1", "0.500", "ALL", "abrir chamado", "expected home.md: not found", "first    Suporte/Chamados.md"]
    {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(!out.contains('\u{1b}'), "piped output is plain");
    site.expect(0, &["eval", file, "--min-success", "0.5", "--min-mrr", "0.5", "--min-ndcg", "0.5"]);
    for (floor, figure) in [("--min-success", "success_at_1"), ("--min-mrr", "mrr_at_10"), ("--min-ndcg", "ndcg_at_10")]
    {
        let out = site.expect(1, &["eval", file, floor, "0.51"]);
        assert!(out.contains(figure) && out.contains("0.500") && out.contains("0.51"), "{floor}: {out}");
    }
    assert!(site.expect(1, &["eval", file, "--min-anchor", "0"]).contains("anchor_at_1"), "there is none to measure");
    let report: Value = serde_json::from_str(&site.expect(1, &["eval", file, "--json", "--min-mrr", "1"])).unwrap();
    assert_eq!(report["floors"][0]["holds"], false, "{report:#}");
    assert_eq!((&report["all"]["queries"], &report["all"]["success_at_1"]), (&2.into(), &0.5.into()));
    assert_eq!(report["worst"][0]["q"], "abrir chamado");
    assert_eq!(report["worst"].as_array().unwrap().len(), 1, "what is right is not among the worst");
    let why = report["worst"][0]["first"]["why"].to_string();
    assert!(why.contains("chamado: ") && why.contains("folded"), "{why}");
    for wrong in [&["eval"][..], &["eval", file, "--min-mrr", "95"], &["eval", file, "--min-mrr", "NaN"]] {
        assert_eq!(failure(&site, wrong).0, 2, "{wrong:?}");
    }
}

#[test]
fn sections_grades_and_languages_count() {
    let site = Site::new()
        .page("Guia.md", &page("Guia", "Começo.\n\n# Instalar zqum\n\nTexto.\n\n# Remover\n\nOutro zqdois."))
        .page("en/Guide.md", &page("Guide", "Remove zqdois here."));
    site.expect(0, &["index"]);
    let file = site.dir().join("g.toml");
    let golden = "[[query]]\nq = \"instalar zqum\"\nexpect = \"Guia.md#instalar-zqum\"\n[[query]]\nq = \"zqdois\"\n\
                  lang = \"en\"\nexpect = [{ page = \"Guia.md\", grade = 2 }, \"en/Guide.md\"]\n\
                  [[query]]\nq = \"remover\"\nexpect = \"Guia.md#instalar-zqum\"\n";
    fs::write(&file, golden).unwrap();
    let out = site.expect(0, &["eval", "--json", file.to_str().unwrap()]);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["all"]["anchor_queries"], &report["all"]["anchor_at_1"]),
        (&2.into(), &0.5.into()),
        "{report:#}"
    );
    assert_eq!(report["all"]["success_at_1"], 1.0);
    let worst: Vec<_> =
        report["worst"].as_array().unwrap().iter().map(|outcome| outcome["q"].as_str().unwrap()).collect();
    assert_eq!(worst, ["zqdois", "remover"], "the better page is of another language; another section came first");
    assert_eq!(report["worst"][0]["total"], 1);
}

#[test]
fn a_stale_expectation_is_named_and_counts_as_failed() {
    let golden = "vpn\tCadastros/VPN.md|Cadastros/Tunel.md\nvpn\tVelho/VPN.md\ninicio\thome.md#nenhuma\n";
    let (site, file) = site_with("g.tsv", golden);
    let out = site.expect(1, &["eval", file.to_str().unwrap(), "--worst", "0", "--min-success", "0.67"]);
    for part in
        ["line 1 expects Cadastros/Tunel.md", "line 2 expects Velho/VPN.md: not in the index", "no section #nenhuma"]
    {
        assert!(out.contains(part), "{part} in {out}");
    }
    let report: Value = serde_json::from_str(&site.expect(0, &["eval", file.to_str().unwrap(), "--json"])).unwrap();
    assert_eq!(report["stale"].as_array().unwrap().len(), 3, "{report:#}");
    assert_eq!(report["stale"][1]["expected"][0]["stale"], "page");
    assert_eq!(report["all"]["anchor_at_1"], 0.0);
}

#[test]
fn pages_are_expected_in_any_normal_form() {
    let site = Site::new().page("Configurac\u{327}a\u{303}o.md", &page("Acesso remoto", "zqnfd")).page("a.md", "zq");
    site.expect(0, &["index"]);
    let file = site.dir().join("g.tsv");
    fs::write(&file, "zqnfd\tConfiguração.md\nacesso remoto\tConfigurac\u{327}a\u{303}o.md\n").unwrap();
    let out = site.expect(0, &["eval", file.to_str().unwrap(), "--min-success", "1", "--min-ndcg", "1"]);
    assert!(!out.contains("stale"), "{out}");
}

#[test]
fn a_bad_golden_file_is_exit_78_with_every_problem() {
    let (site, file) = site_with("g.tsv", "vpn\nvpn\tCadastros/VPN\nvpn\tCadastros/VPN.md\n\ta.md\n");
    let (code, err) = failure(&site, &["eval", file.to_str().unwrap()]);
    assert_eq!(code, 78, "{err}");
    for part in ["g.tsv:1: ", "g.tsv:2: ", "g.tsv:4: "] {
        assert!(err.contains(part), "{part} in {err}");
    }
    for (name, bytes, part) in [
        ("k.toml", &b"[[query]]\nq = \"a\"\nexpcet = \"a.md\"\n"[..], "`expect`"),
        ("e.tsv", b"", "no query"),
        ("u.tsv", b"vpn\xff\ta.md\n", "UTF-8"),
        ("g.csv", b"vpn,a.md\n", ".tsv or .toml"),
    ] {
        let file = site.dir().join(name);
        fs::write(&file, bytes).unwrap();
        let (code, err) = failure(&site, &["eval", file.to_str().unwrap()]);
        assert_eq!((code, err.contains(part)), (78, true), "{name}: {err}");
    }
    let (code, err) = failure(&site, &["eval", "nowhere.tsv"]);
    assert_eq!((code, err.contains("nowhere.tsv")), (78, true), "{err}");
}

#[test]
fn an_evaluation_reads_the_index_on_disk_and_may_make_it_first() {
    let site = Site::small();
    let file = site.dir().join("g.tsv");
    fs::write(&file, "vpn\tCadastros/VPN.md\nzqnovo\tNovo.md\n").unwrap();
    let file = file.to_str().unwrap();
    let (code, err) = failure(&site, &["eval", file]);
    assert_eq!((code, err.contains("achei index")), (74, true), "{err}");
    assert!(!site.index().exists(), "an evaluation makes nothing unless asked");
    let out = site.expect(0, &["eval", "--index-first", file]);
    assert!(out.contains("Novo.md is not in") || out.contains("Novo.md: not in the index"), "{out}");
    site.write("Novo.md", &page("Novo", "zqnovo"));
    site.expect(1, &["eval", "--min-success", "1", file]);
    site.expect(0, &["eval", "--min-success", "1", "--index-first", file]);
    // Beside a daemon, which holds the lock and follows by itself.
    let site = site.config("[watch]\nmode = \"off\"\n").start();
    site.expect(0, &["eval", "--min-success", "1", "--index-first", file]);
}

#[test]
fn golden_files_send_no_escapes() {
    let golden = "vpn\u{1b}]0;x\u{7} \u{202e}q\tCadastros/V\u{1b}[2JPN.md\ta\u{1b}[31m\nvpn\thome.md#\u{1b}[1m\tb\n";
    let (site, file) = site_with("g.tsv", golden);
    let bad = site.dir().join("b.toml");
    fs::write(&bad, "[[query]]\nq = \"a\"\n\"x\\u001b]0;y\" = 1\nexpect = \"\\u001b[2J\"\n").unwrap();
    for arguments in [
        &["eval", file.to_str().unwrap()][..],
        &["eval", "--json", file.to_str().unwrap()],
        &["eval", bad.to_str().unwrap()],
    ] {
        let output = site.run(arguments);
        let both = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!both.is_empty() && !both.contains(|letter: char| letter.is_control() && letter != '\n'), "{both:?}");
        assert!(!both.contains('\u{202e}') || arguments.contains(&"--json"), "{both:?}");
    }
}
