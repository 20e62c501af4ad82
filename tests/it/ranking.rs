//! The order of results as users see it: two pages that differ in one thing alone.
//!
//! The better page lies at `z.md`, the other at `a.md`, so that the last tie-break speaks against what is tested. Each
//! pair is tried alone and among other pages, as a rule must not depend on how rare a word happens to be.

use achei::search::{SearchRequest, Sort};

use crate::lab::Lab;

const FILLERS: &[(&str, &str)] = &[
    (
        "f/1.md",
        "---\ntitle: Horário da equipe\nupdated: 2020-01-01\n---\nPlantão de segunda a sexta, das oito às dezoito.",
    ),
    ("f/2.md", "---\ntitle: Café\nupdated: 2020-01-01\n---\nA máquina fica no segundo andar, perto da copa."),
    ("f/3.md", "---\ntitle: Crachás\nupdated: 2020-01-01\n---\nPeça o seu na portaria e devolva ao sair."),
    (
        "f/4.md",
        "---\ntitle: Estacionamento\nupdated: 2020-01-01\n---\nVagas numeradas no subsolo, por ordem de chegada.",
    ),
    ("f/5.md", "---\ntitle: Impressoras\nupdated: 2020-01-01\n---\nToner e papel estão no armário do corredor."),
];

fn page(front: &str, body: &str) -> String {
    format!("---\nupdated: 2024-01-01\n{front}\n---\n\n{body}\n")
}

/// The better page stands before the other, with and without others around.
#[track_caller]
fn before(rule: &str, q: &str, better: &str, other: &str) {
    for fillers in [&[][..], FILLERS] {
        let mut pages = fillers.to_vec();
        pages.extend([("z.md", better), ("a.md", other)]);
        let mut lab = Lab::of(&pages);
        let found: Vec<String> = lab.paths(q).into_iter().filter(|path| !path.starts_with("f/")).collect();
        assert_eq!(found, ["z.md", "a.md"], "{rule}: {q:?}, {} pages around", fillers.len());
    }
}

/// Only the better page is found.
#[track_caller]
fn only(rule: &str, q: &str, better: &str, other: &str) {
    for fillers in [&[][..], FILLERS] {
        let mut pages = fillers.to_vec();
        pages.extend([("z.md", better), ("a.md", other)]);
        assert_eq!(Lab::of(&pages).paths(q), ["z.md"], "{rule}: {q:?}, {} pages around", fillers.len());
    }
}

#[test]
fn a_title_that_is_the_query_comes_first() {
    let much = "Boletos, boletos e mais boletos. Sobre boletos: segunda via de boletos.";
    for (q, title, other) in [
        ("boletos", "Boletos", "Boletos bancários"),
        ("Boletos", "boletos", "Boletos e segunda via"),
        ("segunda via", "Segunda via", "Segunda via de boletos"),
        ("configuracao da vpn", "Configuração da VPN", "Configuração da VPN no Windows"),
        ("o que é pix?", "O que é Pix", "O que é Pix automático"),
    ] {
        let texts = format!("{much} {other}.\n\n## {other}\n\n{other}. {much}");
        before(
            "a title that is the query",
            q,
            &page(&format!("title: {title}"), "Ver adiante."),
            &page(&format!("title: {other}\ntags: [{q}]"), &texts),
        );
    }
}

#[test]
fn all_words_before_some_words() {
    let both = page("title: Guia", "O roteador fica perto da janela.");
    let one = page("title: Roteador", "Roteador roteador. ## Roteador");
    only("all words before some", "roteador janela", &both, &one);
    // None holds all: some words are enough, and the answer says so.
    let mut lab = Lab::of(&[("z.md", &both), ("a.md", &one)]);
    let relaxed = lab.search("roteador bicicleta");
    assert!(relaxed.relaxed);
    assert_eq!(relaxed.total, 2);
    assert!(!lab.search("roteador janela").relaxed);
    // More of the words before fewer.
    let two = page("title: Guia", "Um roteador e uma bicicleta.");
    before(
        "more words before fewer",
        "roteador bicicleta quasar",
        &two,
        &page("title: Guia", "Um roteador e uma janela."),
    );
    // Phrases, exclusions and filters are never relaxed.
    for q in [
        "\"roteador bicicleta\"",
        "roteador bicicleta -janela -roteador",
        "roteador bicicleta tag:nada",
        "roteador bicicleta title:nada",
    ] {
        let found = lab.search(q);
        assert_eq!((found.total, found.relaxed), (0, false), "{q}");
    }
}

#[test]
fn function_words_are_not_required() {
    let page_ = page("title: Guia", "Configurar impressora térmica.");
    let mut lab = Lab::of(&[("z.md", &page_), ("a.md", &page("title: Guia", "Como é que o senhor vai?"))]);
    for q in ["como configurar a impressora", "o que é impressora térmica", "configurar uma impressora para o térmica"]
    {
        let found = lab.search(q);
        assert_eq!(found.hits.iter().map(|hit| hit.path.as_str()).collect::<Vec<_>>(), ["z.md"], "{q}");
        assert!(!found.relaxed, "{q}");
    }
    let mut english = Lab::of(&[
        ("en/z.md", &page("title: Guide", "Configure thermal printers.")),
        ("en/a.md", &page("title: Guide", "How to do the rest.")),
    ]);
    assert_eq!(english.paths("how to configure the printer"), ["en/z.md"]);
    // Alone they are words like any other.
    assert_eq!(lab.paths("como"), ["a.md"]);
}

#[test]
fn exact_before_inflected_before_prefix_before_typo() {
    let body = |word: &str| page("title: Guia", &format!("Veja o {word} na mesa."));
    for (rule, q, better, other) in [
        ("as typed before folded", "emissão", "emissão", "emissao"),
        ("exact before inflected", "boleto", "boleto", "boletos"),
        ("exact before prefix", "boleto", "boleto", "boletoxis"),
        ("exact before typo", "boleto", "boleto", "bolefo"),
        ("folded before prefix", "emissao", "emissão", "emissaoxis"),
        ("folded before typo", "emissao", "emissão", "emissto"),
        ("inflected before prefix", "boleto", "boletos", "boletoxis"),
        ("inflected before typo", "boleto", "boletos", "bolefo"),
        ("prefix before typo", "boleto", "boletoxis", "bolefo"),
        ("one letter before two", "configurar", "configuraz", "confizuraz"),
    ] {
        before(rule, q, &body(better), &body(other));
        let heading = |word: &str| page("title: Guia", &format!("## Sobre {word} aqui\n\nTexto."));
        before(&format!("{rule}, in headings"), q, &heading(better), &heading(other));
    }
}

#[test]
fn title_before_aliases_tags_headings_description_body_code() {
    // The word stands once, in one field, beside as many neutral words as anywhere else.
    let fields = ["title", "aliases", "tags", "headings", "description", "body", "code"];
    let text = |field: &str| {
        let at = |name: &str| if name == field { "quasar" } else { "neutro" };
        page(
            &format!(
                "title: Nome {} aqui\naliases: [Outro {} aqui]\ntags: [{}]\ndescription: Resumo {} aqui",
                at("title"),
                at("aliases"),
                at("tags"),
                at("description")
            ),
            &format!(
                "Texto com {} dentro.\n\n## Trecho {} aqui\n\nMais texto.\n\n```\nvalor {} aqui\n```",
                at("body"),
                at("headings"),
                at("code")
            ),
        )
    };
    for pair in fields.windows(2) {
        before(&format!("{} before {}", pair[0], pair[1]), "quasar", &text(pair[0]), &text(pair[1]));
    }
    before("title before code", "quasar", &text("title"), &text("code"));
}

#[test]
fn close_and_in_order_before_scattered() {
    let far = "ontem amanhã depois sempre nunca talvez quase ainda logo agora cedo tarde";
    let close = page("title: Guia", &format!("{far} cabo laranja {far}."));
    let scattered = page("title: Guia", &format!("cabo {far} {far} laranja."));
    before("close before scattered", "cabo laranja", &close, &scattered);
    let reversed = page("title: Guia", &format!("{far} laranja cabo {far}."));
    before("in order before reversed", "cabo laranja", &close, &reversed);
    let near = page("title: Guia", &format!("{far} cabo muito laranja {far}."));
    let further = page("title: Guia", &format!("{far} cabo ontem amanhã depois sempre laranja {far}."));
    before("near before further", "cabo laranja", &near, &further);
}

#[test]
fn the_better_linked_page_before_the_other_and_the_path_last() {
    let same = page("title: Guia do quasar", "Um quasar só.");
    let mut pages = FILLERS.to_vec();
    pages.extend([("a.md", same.as_str()), ("b.md", same.as_str()), ("z.md", same.as_str())]);
    assert_eq!(Lab::of(&pages).paths("quasar"), ["a.md", "b.md", "z.md"], "equal pages: by path");
    let mut linked = pages.clone();
    linked.extend([
        ("l1.md", "---\ntitle: Um\n---\n[ver](/z) e [ver](/b)"),
        ("l2.md", "---\ntitle: Dois\n---\n[ver](z.md)"),
        ("l3.md", "---\ntitle: Três\n---\n[ver](/pt-br/z)"),
    ]);
    assert_eq!(Lab::of(&linked).paths("quasar"), ["z.md", "b.md", "a.md"], "better linked first");
    // Three links from one page are one voice, and a page's own links none.
    let mut own = pages;
    own.extend([
        ("l1.md", "---\ntitle: Um\n---\n[ver](/z) [ver](/z) [ver](/z)"),
        ("l2.md", "---\ntitle: Dois\n---\n[ver](/b)"),
        ("l3.md", "---\ntitle: Três\n---\n[ver](/b)"),
    ]);
    assert_eq!(Lab::of(&own).paths("quasar"), ["b.md", "z.md", "a.md"], "by pages that link");
}

#[test]
fn links_only_break_ties() {
    let better = page("title: Quasar azul", "Texto.");
    let mut pages = vec![("z.md", better.as_str()), ("a.md", "---\ntitle: Azul\n---\nUm quasar.")];
    let links: Vec<(String, String)> =
        (0..12).map(|number| (format!("l{number}.md"), "---\ntitle: Ver\n---\n[ver](/a)".to_owned())).collect();
    pages.extend(links.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    assert_eq!(Lab::of(&pages).paths("quasar"), ["z.md", "a.md"]);
}

#[test]
fn the_same_order_always() {
    let texts: Vec<(String, String)> =
        (0..40).map(|number| (format!("p{:02}.md", (number * 7) % 40), page("title: Guia", "Um quasar só."))).collect();
    let pages: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut lab = Lab::of(&pages);
    let all = lab.paths("quasar");
    assert!(all.is_sorted() && all.len() == 40, "{all:?}");
    let paged: Vec<String> = (0..8)
        .flat_map(|number| {
            lab.ask(&SearchRequest { q: "quasar".into(), limit: 5, offset: number * 5, ..SearchRequest::default() })
                .hits
        })
        .map(|hit| hit.path)
        .collect();
    assert_eq!(paged, all, "paging goes through the same order");
}

#[test]
fn pins_stand_before_all_obey_filters_and_act_on_relevance_only() {
    let other = page("title: Boleto", "Boleto boleto.\n\n## Boleto");
    let mut lab =
        Lab::new().pins(&[("Boleto", "z.md"), ("boleto", "y.md"), ("configuração vpn", "z.md"), ("sumida", "nada.md")]);
    lab.write("z.md", &page("title: Pagamentos\nlang: en", "Nada a ver."));
    lab.write("y.md", &page("title: Cobrança", "Nada a ver."));
    lab.write("a.md", &other);
    lab.write("b.md", &page("title: Sobre boleto", "Um boleto."));
    lab.reconcile();
    assert_eq!(
        lab.paths("boleto"),
        ["z.md", "y.md", "a.md", "b.md"],
        "in the order configured, also where the query does not stand in them"
    );
    assert_eq!(lab.paths("BOLETO"), ["z.md", "y.md", "a.md", "b.md"]);
    assert_eq!(lab.search("boleto").total, 4);
    assert_eq!(lab.paths("boleto segunda").first().map(String::as_str), Some("a.md"), "the whole query only");
    assert_eq!(lab.paths("configuracao VPN"), ["z.md"], "without accents, in any case");
    assert_eq!(lab.paths("sumida"), Vec::<String>::new());
    let filtered = SearchRequest { q: "boleto".into(), lang: Some("pt".into()), ..SearchRequest::default() };
    let paths = |lab: &mut Lab, request: &SearchRequest| {
        lab.ask(request).hits.into_iter().map(|hit| hit.path).collect::<Vec<_>>()
    };
    assert_eq!(paths(&mut lab, &filtered), ["y.md", "a.md", "b.md"], "filters hold for pins");
    assert_eq!(lab.paths("boleto -pagamentos").first().map(String::as_str), Some("a.md"), "that is another query");
    let by_title =
        SearchRequest { sort: Sort::Title, ..SearchRequest { q: "boleto".into(), ..SearchRequest::default() } };
    let titled = paths(&mut lab, &by_title);
    assert!(titled.first().is_some_and(|path| path == "a.md"), "by title, pins are pages like any other: {titled:?}");
}

#[test]
fn synonyms_hold_the_word_and_stand_behind_it() {
    let mut lab = Lab::new().synonyms(&[&["nfe", "nota fiscal eletronica"], &["fatura", "conta"]]);
    lab.write("z.md", &page("title: Guia", "A fatura chegou ontem."));
    lab.write("a.md", &page("title: Guia", "A conta chegou ontem."));
    lab.write("n.md", &page("title: Guia", "Emita a nota fiscal eletrônica aqui."));
    lab.write("m.md", &page("title: Guia", "Emita a NF-e aqui."));
    lab.reconcile();
    assert_eq!(lab.paths("fatura"), ["z.md", "a.md"], "the word before its synonym");
    assert_eq!(lab.paths("fatura ontem"), ["z.md", "a.md"]);
    assert!(!lab.search("fatura ontem").relaxed, "a synonym counts as holding the word");
    assert_eq!(lab.paths("nfe"), ["m.md", "n.md"]);
    assert_eq!(lab.paths("nota fiscal eletrônica"), ["n.md", "m.md"]);
    assert_eq!(lab.paths("emita nf-e"), ["m.md", "n.md"]);
    assert_eq!(lab.paths("\"nota fiscal eletronica\""), ["n.md"], "a phrase is as it stands");
}

#[test]
fn a_boost_moves_a_page_and_no_more() {
    let with = |boost: &str| page(&format!("title: Guia\nsearch: {{boost: {boost}}}"), "Um quasar só.");
    before("boosted", "quasar", &with("2"), &with("1"));
    before("held down", "quasar", &with("1"), &with("0.5"));
    only("a boost does not find", "janela quasar", &page("title: Guia", "Janela e quasar."), &with("10"));
}
