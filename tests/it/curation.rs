//! Curation without code: what the configuration and front matter say about the results.

use achei::config::{Boost, OneWay, PathPattern};
use serde_json::Value;

use crate::lab::Lab;
use crate::site::{Site, page};

/// A page with further keys in its front matter.
fn with(front: &str, body: &str) -> String {
    format!("---\nupdated: 2024-01-01\n{front}\n---\n\n{body}\n")
}

fn boost(path: &str, factor_milli: u32) -> Boost {
    Boost { path: PathPattern::new(path).unwrap(), factor_milli }
}

#[test]
fn synonyms_one_way_find_and_are_not_found() {
    let mut lab = Lab::new();
    lab.config.search.synonyms_one_way =
        vec![OneWay { from: "quasar azul".into(), to: vec!["Pulsar".into(), "estrela de nêutrons".into()] }];
    lab.write("q.md", &with("title: Guia", "Um quasar azul passa."));
    lab.write("p.md", &with("title: Guia", "Um pulsar passa."));
    lab.write("e.md", &with("title: Guia", "Uma estrela de nêutrons passa."));
    lab.reconcile();
    assert_eq!(lab.paths("quasar azul passa")[0], "q.md");
    assert_eq!(lab.search("quasar azul passa").total, 3);
    assert_eq!(lab.paths("pulsar"), ["p.md"]);
    assert_eq!(lab.paths("estrela de neutrons"), ["e.md"]);
}

#[test]
fn the_default_set_finds_marks_and_explains() {
    let mut lab = Lab::new();
    lab.write("nf.md", &with("title: Emitir", "Para cancelar a nota fiscal eletrônica, abra o menu."));
    lab.write("cobranca.md", &with("title: Receber", "A cobrança bancária vence na segunda."));
    lab.write("via.md", &with("title: Repetir", "Imprima a 2ª via aqui."));
    lab.write("wifi.md", &with("title: Casa", "O wi-fi caiu."));
    lab.reconcile();
    for (q, path) in [
        ("cancelar nfe", "nf.md"),
        ("NF-e cancelar", "nf.md"),
        ("cancelar nf e", "nf.md"),
        ("boleto", "cobranca.md"),
        ("boletos vencem", "cobranca.md"),
        ("imprimir segunda via", "via.md"),
        ("2 via", "via.md"),
        ("wireless", "wifi.md"),
    ] {
        let found = lab.search(q);
        assert_eq!(found.hits.first().map(|hit| hit.path.as_str()), Some(path), "{q}");
        assert!(!found.relaxed, "{q}: a synonym counts as holding the word");
    }
    let request = achei::search::SearchRequest { q: "boleto".into(), explain: true, ..Default::default() };
    let hit = lab.ask(&request).hits.remove(0);
    assert!(hit.snippet.contains("<mark>cobrança bancária</mark>"), "{}", hit.snippet);
    let matches = &hit.explanation.unwrap()["words"][0]["matches"];
    assert!(matches.as_array().unwrap().iter().any(|note| note["tier"] == "synonym"), "{matches}");
    lab.config.search.default_synonyms = false;
    assert_eq!(lab.paths("boleto"), [""; 0]);
    assert!(lab.search("cancelar nfe").relaxed);
}

#[test]
fn a_function_word_is_an_abbreviation_only_alone() {
    let mut lab = Lab::new();
    lab.write("ordem.md", &with("title: Campo", "Feche a ordem de serviço no aplicativo."));
    lab.write("outra.md", &with("title: Geral", "Todos os clientes estão ativos."));
    lab.reconcile();
    assert!(lab.paths("OS").contains(&"ordem.md".to_owned()));
    assert_eq!(lab.paths("os clientes"), ["outra.md"]);
    assert_eq!(lab.paths("ordem de serviço"), ["ordem.md"], "not every page with an article");
}

#[test]
fn an_inflected_synonym_is_scored_too() {
    let mut lab = Lab::new().synonyms(&[&["quasar", "fatura"]]);
    lab.write("z.md", &with("title: Guia", "As faturas, faturas e faturas chegaram."));
    lab.write(
        "a.md",
        &with("title: Guia", "Uma vez só: faturas, e um texto bem mais longo sobre outras coisas da casa."),
    );
    lab.reconcile();
    assert_eq!(lab.paths("quasar"), ["z.md", "a.md"]);
    assert!(lab.search("quasar").hits[1].score > 0.0);
}

#[test]
fn boosts_by_path_move_pages_without_reindexing() {
    let same = with("title: Guia", "Um quasar só.");
    let mut lab = Lab::of(&[("A/a.md", &same), ("B/b.md", &same), ("B/Velho/c.md", &same)]);
    assert_eq!(lab.paths("quasar"), ["A/a.md", "B/Velho/c.md", "B/b.md"]);
    lab.config.search.boosts = vec![boost("B/**", 1500)];
    assert_eq!(lab.paths("quasar"), ["B/Velho/c.md", "B/b.md", "A/a.md"]);
    lab.config.search.boosts.push(boost("Velho/", 500));
    assert_eq!(lab.paths("quasar"), ["B/b.md", "A/a.md", "B/Velho/c.md"], "the last that means a page counts");
    // With the page's own boost, and on pages that come later.
    lab.write("A/d.md", &with("title: Guia\nsearch: {boost: 2}", "Um quasar só."));
    lab.write("B/e.md", &with("title: Guia\nsearch: {boost: 2}", "Um quasar só."));
    lab.reconcile();
    assert_eq!(lab.paths("quasar"), ["B/e.md", "A/d.md", "B/b.md", "A/a.md", "B/Velho/c.md"]);
    // A title that is the query stays first, whatever the boosts say.
    lab.config.search.boosts = vec![boost("*", 10_000), boost("/t.md", 100)];
    lab.write("t.md", &with("title: Quasar\nsearch: {boost: 0.1}", "Ver adiante."));
    lab.write("u.md", &with("title: Quasar e mais\nsearch: {boost: 10}", "Quasar quasar.\n\n## Quasar\n\nQuasar."));
    lab.reconcile();
    assert_eq!(lab.paths("quasar")[..2], ["t.md", "u.md"]);
}

#[test]
fn deprecated_pages_stand_behind_and_keep_their_title() {
    let body = "Um quasar só, e mais nada.";
    let mut lab = Lab::of(&[
        ("a.md", &with("title: Guia do quasar\ndeprecated: true", body)),
        ("z.md", &with("title: Guia do quasar", body)),
        ("m.md", &with("title: Outra coisa", "Muito longe de tudo passa um quasar, ao que se diz por aí.")),
    ]);
    assert_eq!(lab.paths("quasar"), ["z.md", "a.md", "m.md"], "mildly: by the way is further behind");
    lab.write("z.md", &with("title: Sobre o guia do quasar", body));
    lab.reconcile();
    assert_eq!(lab.paths("guia do quasar")[0], "a.md", "a title that is the query comes first");
    assert_eq!(lab.search("quasar").total, 3);
}

/// A text of so many different words.
fn long_text(words: usize) -> String {
    (0..words).map(|number| format!("termo{}", number * 7919 % 9973)).collect::<Vec<_>>().join(" ")
}

#[test]
fn copies_stand_behind_what_differs() {
    let text = long_text(200);
    let copy = |title: &str| with(&format!("title: {title}"), &format!("Um quasar e seu cometa.\n\n{text}"));
    let other = with(
        "title: Caderno quatro",
        &format!("Um quasar e seu cometa.\n\n{}", long_text(260).replace("termo", "verbo")),
    );
    let mut lab = Lab::of(&[
        ("a.md", &copy("Caderno um")),
        ("b.md", &copy("Caderno dois")),
        ("c.md", &copy("Caderno tres")),
        ("d.md", &other),
    ]);
    assert_eq!(lab.paths("quasar"), ["a.md", "d.md", "b.md", "c.md"]);
    assert_eq!(lab.search("quasar").total, 4, "demoted, not removed");
    assert_eq!(lab.paths("caderno tres")[0], "c.md", "never one whose title is the query");
    // Where the better page is not among the results, its copy is no copy.
    assert_eq!(lab.paths("quasar -title:um"), ["b.md", "d.md", "c.md"]);
    lab.write("a.md", &with("title: Caderno um", "Nada."));
    lab.reconcile();
    assert_eq!(lab.paths("quasar"), ["b.md", "d.md", "c.md"]);
    let request = achei::search::SearchRequest { q: "quasar".into(), explain: true, ..Default::default() };
    let copies: Vec<Value> =
        lab.ask(&request).hits.into_iter().map(|hit| hit.explanation.unwrap()["near_duplicate"].clone()).collect();
    assert_eq!(copies, [false, false, true]);
}

#[test]
fn short_pages_and_translations_are_no_copies() {
    let text = long_text(200);
    let page = |text: &str| with("title: Caderno", &format!("Um quasar.\n\n{text}"));
    let fuller = with("title: Caderno", &format!("Um quasar.\n\n{}", long_text(300).replace("termo", "verbo")));
    let mut lab = Lab::of(&[("a.md", &page(&text)), ("en/b.md", &page(&text)), ("z.md", &fuller)]);
    assert_eq!(lab.paths("quasar"), ["a.md", "en/b.md", "z.md"]);
    let short = long_text(30);
    let mut lab = Lab::of(&[("a.md", &page(&short)), ("b.md", &page(&short)), ("z.md", &fuller)]);
    assert_eq!(lab.paths("quasar"), ["a.md", "b.md", "z.md"]);
}

#[test]
fn aliases_are_names_of_the_page() {
    let site = Site::new()
        .page("a.md", &with("title: Sobre a rede quasar", "Rede quasar, rede quasar."))
        .page("b.md", &with("title: Túnel\naliases: [Rede quasar, VPN da casa]", "Ver adiante."))
        .page("c.md", &with("title: Rede quasar", "Outra."))
        .page("d.md", &with("title: Folha\naliases: Holerite, Contracheque", "Ver adiante."))
        .page("e.md", "+++\ntitle = \"Ponto\"\naliases = \"Relógio azul\"\n+++\nVer adiante.")
        .start();
    assert_eq!(site.paths("rede quasar"), ["c.md", "b.md", "a.md"], "the title, then the alias, then the rest");
    for (q, path) in [("contracheque", "d.md"), ("holerite", "d.md"), ("relogio azul", "e.md"), ("vpn da casa", "b.md")]
    {
        assert_eq!(site.paths(q)[0], path, "{q}");
        let suggested = site.get(&format!("/suggest?q={}", q.replace(' ', "%20"))).json();
        assert_eq!(suggested["suggestions"][0]["path"], path, "{q}: {suggested}");
    }
    assert_eq!(site.page_view("d.md").json()["aliases"], serde_json::json!(["Holerite", "Contracheque"]));
}

#[test]
fn check_reports_pins_whose_page_is_not_found() {
    let pin = |query: &str, path: &str| format!("[[search.pins]]\nquery = \"{query}\"\npath = \"{path}\"\n");
    let site = Site::small().page("Rascunho.md", "---\ntitle: Rascunho\ndraft: true\n---\nTexto.");
    site.write_config(&[pin("início", "home.md"), pin("boleto", "Sumida.md"), pin("rascunho", "Rascunho.md")].concat());
    site.expect(0, &["index"]);
    site.expect(0, &["check"]);
    let report: Value = serde_json::from_str(&site.expect(1, &["check", "--json", "--strict"])).unwrap();
    let findings: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap(), finding["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(findings, [("Rascunho.md", "pin"), ("Sumida.md", "pin")], "{report}");
    let out = site.expect(0, &["check"]);
    assert!(out.contains("pinned for \"boleto\", but there is no such page"), "{out}");
    // What the index has yet to take in is missing there, and not lost.
    site.write("Sumida.md", &page("Sumida", "De volta."));
    site.write("Rascunho.md", &page("Rascunho", "Pronto."));
    let report: Value = serde_json::from_str(&site.expect(1, &["check", "--json"])).unwrap();
    assert_eq!(report["findings"], serde_json::json!([]), "{report}");
}

#[test]
fn curation_is_reloaded_and_lost_pins_are_logged() {
    let site = Site::small().start();
    site.write("A/a.md", &with("title: Guia", "Um quasar só."));
    site.write("B/b.md", &with("title: Guia", "Um quasar só, e a cobrança bancária."));
    site.settle();
    assert_eq!(site.paths("quasar"), ["A/a.md", "B/b.md"]);
    assert_eq!(site.paths("boleto"), ["B/b.md"]);
    site.write_config(
        "[search]\ndefault_synonyms = false\n[[search.synonyms_one_way]]\nfrom = \"zqnada\"\nto = [\"quasar\"]\n\
        [[search.boosts]]\npath = \"B/\"\nfactor = 3\n[[search.pins]]\nquery = \"x\"\npath = \"Sumida.md\"\n",
    );
    site.signal("HUP");
    site.until("boosted", |site| site.paths("quasar") == ["B/b.md", "A/a.md"]);
    assert_eq!(site.paths("zqnada"), ["B/b.md", "A/a.md"]);
    assert_eq!(site.paths("boleto"), [""; 0]);
    site.until("logged", |site| site.log().contains("Sumida.md"));
}
