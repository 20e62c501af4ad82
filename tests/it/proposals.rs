//! What is offered besides results: a query to try instead, completions while typing, pages like a page.

use achei::page::Timestamp;
use achei::search::{SearchRequest, Settings, SuggestRequest, Suggestion, SuggestionKind, Typos, related, suggest};
use proptest::prelude::*;

use crate::lab::Lab;

/// A page with a title and a text.
fn page(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\nupdated: 2024-01-01\n---\n\n{text}\n")
}

/// A small wiki of an internet provider.
fn provider() -> Lab {
    Lab::of(&[
        ("VPN.md", &page("Configuração da VPN", "A configuração da VPN pede usuário e senha. Veja o cadastro.")),
        ("Rede.md", &page("Configuração de rede", "Configuração do roteador e da VPN da empresa.")),
        ("Nota.md", &page("Nota fiscal", "A nota fiscal sai pelo caixa. Cadastro do cliente.")),
        ("Notas.md", &page("Cancelar", "Para cancelar a nota fiscal, abra o faturamento.")),
        ("Configuracao.md", &page("Painel", "O painel configuracao fica em /etc.")),
        ("en/VPN.md", &page("Guide", "The firewall of the office.")),
    ])
}

fn proposed(lab: &mut Lab, q: &str) -> Option<String> {
    lab.search(q).did_you_mean
}

#[test]
fn a_misspelt_query_is_proposed_as_pages_write_it() {
    let mut lab = provider();
    for (q, better) in [
        ("cofiguração vnp", "configuração vpn"),
        ("cofiguracao  VNP", "configuração VPN"),
        ("Cofiguracao da vpn", "Configuração da vpn"),
        ("pvn", "vpn"),
        ("configuração vpm -firewall", "configuração vpn -firewall"),
        ("\"nota fiscal\" faturamneto", "\"nota fiscal\" faturamento"),
        ("tag:nada cadatsro", ""),
        ("title:nota cadatsro", "title:nota cadastro"),
        ("notafiscal", "nota fiscal"),
        ("(roteadro)", "(roteador)"),
        ("faturamneto ", "faturamento"),
        ("cofiguração roteado", "configuração roteado"),
    ] {
        assert_eq!(proposed(&mut lab, q).unwrap_or_default(), better, "{q:?}");
    }
}

#[test]
fn nothing_is_proposed_where_it_would_not_find_more() {
    let mut lab = provider();
    for q in [
        "",
        "configuracao",
        "CONFIGURACAO VPN",
        "configurações",
        "config",
        "nota",
        "vpn2",
        "78.54.2",
        "xqzwk",
        "vnp xqzwk",
        "caixa roteadro",
        "-vnp",
        "\"cofiguração vnp\"",
        "tag:vnp",
        "vp",
        "vpns",
    ] {
        assert_eq!(proposed(&mut lab, q), None, "{q:?}");
    }
}

#[test]
fn a_proposal_keeps_to_the_filters_of_the_request() {
    let mut lab = provider();
    let mut ask = |change: &dyn Fn(&mut SearchRequest)| {
        let mut request = SearchRequest { q: "fierwall".into(), ..SearchRequest::default() };
        change(&mut request);
        lab.ask(&request).did_you_mean
    };
    assert_eq!(ask(&|_| {}).as_deref(), Some("firewall"));
    assert_eq!(ask(&|request| request.typos = Typos::Off).as_deref(), Some("firewall"));
    assert_eq!(ask(&|request| request.lang = Some("en".into())).as_deref(), Some("firewall"));
    assert_eq!(ask(&|request| request.lang = Some("pt".into())), None);
    assert_eq!(ask(&|request| request.category = Some("Nada".into())), None);
    assert_eq!(ask(&|request| request.updated_after = Timestamp::parse("2025-01-01")), None);
    assert_eq!(ask(&|request| request.offset = 50).as_deref(), Some("firewall"), "the same on every page of results");
}

#[test]
fn company_decides_between_spellings() {
    // `bolero` and `boleto` are equally near, but only `boleto` stands beside `vencido`.
    let mut lab = Lab::of(&[
        ("a.md", &page("A", "boleto vencido")),
        ("b.md", &page("B", "bolero dançado")),
        ("c.md", &page("C", "bolero cantado")),
        ("d.md", &page("D", "bolero antigo")),
    ]);
    assert_eq!(proposed(&mut lab, "bolexo ").as_deref(), Some("bolero"), "more pages");
    assert_eq!(proposed(&mut lab, "bolexo vencido").as_deref(), Some("boleto vencido"), "the company");
    assert_eq!(proposed(&mut lab, "bolexo vencido -boleto"), None);
    lab.write("a.md", &page("A", "outra coisa"));
    lab.reconcile();
    assert_eq!(proposed(&mut lab, "bolexo vencido"), None, "only live pages count");
}

#[test]
fn the_commoner_spelling_is_proposed() {
    let mut lab = Lab::of(&[
        ("a.md", &page("A", "emissão")),
        ("b.md", &page("B", "emissao")),
        ("c.md", &page("C", "emissao")),
        ("d.md", &page("D", "secretária")),
        ("e.md", &page("E", "secretária")),
        ("f.md", &page("F", "secretaria")),
    ]);
    assert_eq!(proposed(&mut lab, "emisssao").as_deref(), Some("emissao"));
    assert_eq!(proposed(&mut lab, "secretraia").as_deref(), Some("secretária"));
}

#[test]
fn a_slip_that_a_page_holds_is_still_proposed() {
    let mut pages: Vec<(String, String)> =
        (0..120).map(|number| (format!("{number}.md"), page("Página", "O contrato do cliente."))).collect();
    pages.push(("slip.md".to_owned(), page("Outra", "Um contarto antigo.")));
    let pages: Vec<(&str, &str)> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let mut lab = Lab::of(&pages);
    assert_eq!(proposed(&mut lab, "contarto").as_deref(), Some("contrato"));
    assert_eq!(proposed(&mut lab, "antigo"), None);
}

fn suggested(lab: &mut Lab, q: &str, limit: usize, lang: Option<&str>) -> Vec<Suggestion> {
    let request = SuggestRequest { q: q.to_owned(), limit, lang: lang.map(str::to_owned) };
    suggest(&lab.snapshot(), &Settings::default(), &request).unwrap().suggestions
}

/// The texts suggested, sections with a `#`.
fn texts(lab: &mut Lab, q: &str) -> Vec<String> {
    let text = |suggestion: Suggestion| match suggestion.kind {
        SuggestionKind::Page => suggestion.text,
        SuggestionKind::Section => format!("#{}", suggestion.text),
    };
    suggested(lab, q, 20, None).into_iter().map(text).collect()
}

#[test]
fn titles_that_begin_as_typed_then_words_then_headings() {
    let mut lab = Lab::of(&[
        ("a.md", "---\ntitle: Cadastro de contratos\n---\n"),
        ("b.md", "---\ntitle: Outra\n---\n\n## Contrato assinado\n\n## Ver o contrato\n"),
        ("c.md", "---\ntitle: Contratos\n---\n"),
        ("d.md", "---\ntitle: Mais\naliases: [Contratação]\n---\n"),
        ("e.md", "---\ntitle: Ligada\n---\n"),
        ("f.md", "---\ntitle: Contratos de clientes\n---\n"),
        ("g.md", "[f](f.md)\n"),
        ("h.md", "---\ntitle: Rascunho de contratos\npublished: false\n---\n"),
    ]);
    assert_eq!(
        texts(&mut lab, "contr"),
        [
            "Contratos",
            "Contratos de clientes",
            "Contratação",
            "Cadastro de contratos",
            "#Contrato assinado",
            "#Ver o contrato",
        ]
    );
    assert_eq!(texts(&mut lab, "c")[..2], ["Contratos de clientes", "Contratos"], "one letter says little: links do");
    assert_eq!(texts(&mut lab, "contratos cad"), ["Cadastro de contratos"], "in any order");
    assert_eq!(texts(&mut lab, "contratos d"), ["Contratos de clientes", "Cadastro de contratos"]);
    assert_eq!(texts(&mut lab, "cotnratos de clie"), ["Contratos de clientes"], "misspelt");
    assert_eq!(texts(&mut lab, "cotnra").first().map(String::as_str), Some("Contratos"), "and unfinished");
    assert_eq!(texts(&mut lab, "contr "), Vec::<String>::new(), "a blank ends a word");
    assert_eq!(texts(&mut lab, "-contratos tag:x"), Vec::<String>::new());
    assert_eq!(texts(&mut lab, " "), Vec::<String>::new());
}

#[test]
fn links_decide_among_equals() {
    let mut lab = Lab::of(&[
        ("a.md", "---\ntitle: Rede antiga\n---\n"),
        ("b.md", "---\ntitle: Rede ligada\n---\n"),
        ("c.md", "[b](b.md)\n"),
    ]);
    assert_eq!(texts(&mut lab, "re"), ["Rede ligada", "Rede antiga"]);
    lab.write("c.md", "[a](a.md)\n");
    lab.reconcile();
    assert_eq!(texts(&mut lab, "re"), ["Rede antiga", "Rede ligada"]);
}

#[test]
fn what_reads_the_same_is_suggested_once() {
    let mut lab = Lab::of(&[
        ("A/rede.md", "---\ntitle: Rede\naliases: [Rede, Redes]\n---\n\n# Rede\n\n## Passo final\n\n## Passo final\n"),
        ("A/outra.md", "---\ntitle: Rede\n---\n\n# Redes da empresa\n\n## Passo final\n"),
        ("B/rede.md", "---\ntitle: Rede\n---\n"),
        ("en/A/rede.md", "---\ntitle: Rede\n---\n\n## Passo final\n"),
    ]);
    let pages = |found: Vec<Suggestion>| found.into_iter().map(|found| found.path).collect::<Vec<_>>();
    assert_eq!(
        pages(suggested(&mut lab, "rede", 20, None)),
        ["A/outra.md", "B/rede.md", "en/A/rede.md", "A/rede.md"],
        "pages of one title where folder or language differ; the other by its alias; no first heading of theirs"
    );
    assert_eq!(pages(suggested(&mut lab, "passo", 20, None)).len(), 2, "a heading once in each language");
    assert_eq!(pages(suggested(&mut lab, "passo", 20, Some("EN"))), ["en/A/rede.md"]);
    assert_eq!(suggested(&mut lab, "rede", 1, None).len(), 1);
    assert_eq!(texts(&mut lab, "redes da"), ["#Redes da empresa"], "a first heading where the title does not answer");
}

#[test]
fn suggestions_are_safe_html_and_lead_to_their_section() {
    let mut lab = Lab::of(&[("a.md", "---\ntitle: A\n---\n\n## Opção <b>x</b> & y\n")]);
    let found = suggested(&mut lab, "opc", 8, None);
    assert_eq!(found.len(), 1);
    assert!(found[0].html.starts_with("<mark>Opção</mark>") && found[0].html.contains("&amp; y"), "{found:?}");
    assert!(found[0].url.contains('#'), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]
    #[test]
    fn every_beginning_of_a_title_suggests_it(
        titles in prop::collection::hash_set("[A-Da-d][a-dé]{1,4}( [a-dç]{1,5}){0,2}( 7\\.[1-3])?", 60..120),
    ) {
        let mut titles: Vec<String> = titles.into_iter().collect();
        titles.sort_unstable();
        titles.dedup_by_key(|title| achei::index::key_of(title));
        let pages: Vec<(String, String)> = (0..).zip(&titles)
            .map(|(number, title)| (format!("{number}.md"), page(title, &format!("Texto de número {number}."))))
            .collect();
        let mut lab = Lab::of(&pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
        for title in &titles {
            for (end, _) in title.char_indices().skip(2).chain([(title.len(), ' ')]) {
                let typed = &title[..end];
                if typed.ends_with(' ') {
                    continue;
                }
                let found = suggested(&mut lab, typed, 20, None);
                let key = achei::index::key_of(typed);
                let begins = |text: &str| achei::index::key_of(text).starts_with(&key);
                prop_assert!(
                    found.iter().any(|found| found.text == *title)
                        || found.len() == 20 && found.iter().all(|found| begins(&found.text)),
                    "{typed:?} of {title:?} suggests {:?}",
                    found.iter().map(|found| &found.text).collect::<Vec<_>>()
                );
            }
        }
    }
}

#[test]
fn related_pages_are_of_the_language_once_and_never_the_page() {
    let text = "Túnel cifrado com certificado e chave do roteador. [b](B) [b](/B) [c](C)";
    let mut lab = Lab::of(&[
        ("A.md", &page("Túnel\ntags: [rede]", text)),
        ("B.md", &page("Roteador", "O roteador e o túnel.")),
        ("C.md", &page("Chave", "Certificado e chave.")),
        ("D.md", "---\ntitle: Túnel\npublished: false\n---\nTúnel cifrado com certificado e chave do roteador."),
        ("E.md", &page("Nada", "Outro assunto.")),
        ("en/A.md", &page("Tunnel\ntags: [rede]", "An encrypted tunnel.")),
        ("F.md", &page("Tudo", &format!("Túnel roteador. {}", "muitas coisas diversas ".repeat(400)))),
    ]);
    let mut paths = |path: &str| -> Vec<String> {
        let found = related(&lab.snapshot(), path, 20).unwrap().unwrap();
        assert!(found.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
        found.hits.into_iter().map(|hit| hit.path).collect()
    };
    let found = paths("A.md");
    let place = |path: &str| found.iter().position(|found| found == path);
    assert!(place("A.md").is_none() && place("D.md").is_none() && place("E.md").is_none(), "{found:?}");
    assert!(place("B.md") < place("F.md"), "a long page holds everything: {found:?}");
    assert!(place("C.md") < place("en/A.md") && place("en/A.md").is_some(), "its translation after others: {found:?}");
    assert_eq!(found.iter().collect::<std::collections::HashSet<_>>().len(), found.len());
    assert_eq!(found, paths("A.md"), "the same always");
}
