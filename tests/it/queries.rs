//! What may be typed: codes and their spellings, typos, phrases, exclusions, filters, and nonsense.

use achei::page::Timestamp;
use achei::search::{Facet, SearchRequest, Sort, Typos};

use crate::lab::Lab;

fn page(front: &str, body: &str) -> String {
    format!("---\ntitle: Guia\n{front}\n---\n\n{body}\n")
}

/// Whether a query finds a page of this text.
fn finds(text: &str, q: &str) -> bool {
    let mut lab = Lab::of(&[("a.md", &page("updated: 2024-01-01", text)), ("b.md", "Nada disso aqui.")]);
    let found = lab.search(q);
    found.hits.iter().any(|hit| hit.path == "a.md") && !found.relaxed
}

#[test]
fn codes_are_found_as_written_by_parts_and_in_usual_spellings() {
    for (text, found, missed) in [
        (
            "versão 78.54.2 instalada",
            &["78.54.2", "78.54", "78", "54", "78.54.", "versão 78.54.2", "\"78.54.2\""][..],
            &["78.54.3", "7854", "8.54.2", "78.55"][..],
        ),
        ("emissão de NF-e hoje", &["NF-e", "nf-e", "nfe", "NFe", "nf e", "NFE", "nf"], &["ne"]),
        ("emissão de NFe hoje", &["NF-e", "nfe", "nf-e"], &[]),
        ("sessão PPPoE presa", &["PPPoE", "pppoe", "PPPOE", "sessao pppoe"], &[]),
        (
            "o gateway 192.168.0.1 responde",
            &["192.168.0.1", "192.168", "192.168.0", "192", "\"192.168.0.1\""],
            &["192.168.0.2", "192.169"],
        ),
        ("erro 0x80070005 no Windows", &["0x80070005", "0X80070005", "0x8007"], &["0x80070006", "80070006"]),
        (
            "a chave snake_case vale",
            &["snake_case", "snake", "case", "snakecase", "snake case", "SNAKE_CASE"],
            &["snakes_cases_x"],
        ),
        ("escrito em C++ e C#", &["C++", "c++", "c#"], &["c--x"]),
        ("lançado em 08/08/2024 cedo", &["08/08/2024", "2024", "08/08", "08"], &["09/08/2024", "08/2025"]),
        ("registro #48213 aberto", &["48213", "#48213"], &["48214", "8213"]),
        (
            "e-mail de contato@exemplo.com.br",
            &["e-mail", "email", "e mail", "contato@exemplo.com.br", "exemplo.com.br", "exemplo"],
            &[],
        ),
        ("Wi-Fi e pré-pago", &["wi-fi", "wifi", "wi fi", "pre-pago", "prepago", "pré pago", "pago"], &[]),
        ("rejeição 539 da SEFAZ", &["539", "rejeicao 539"], &["538", "5390", "39"]),
    ] {
        for q in found {
            assert!(finds(text, q), "{q:?} finds {text:?}");
        }
        for q in missed {
            assert!(!finds(text, q), "{q:?} does not find {text:?}");
        }
    }
}

#[test]
fn a_number_is_never_another_number() {
    for (text, q) in [
        ("a porta 15 aberta", "5"),
        ("a porta 15 aberta", "51"),
        ("IPv6 ligado", "ipv4"),
        ("a versão 2.1", "2.2"),
        ("código ab12cd", "ab13cd"),
        ("série 2024", "2023"),
    ] {
        assert!(!finds(text, q), "{q:?} does not find {text:?}");
    }
    let mut lab = Lab::of(&[("a.md", "porta 5 aberta"), ("b.md", "porta 15 aberta"), ("c.md", "porta 50 aberta")]);
    assert_eq!(lab.paths("porta 5 "), ["a.md"], "a number that is typed to its end");
    assert!(!lab.paths("5").contains(&"b.md".to_owned()));
}

#[test]
fn typos_by_length() {
    for (text, q, found) in [
        ("uma vpn nova", "vpm", false),
        ("uma rede nova", "rede", true),
        ("uma rede nova", "rada", false),
        ("uma rota nova", "rpta", true),
        ("um boleto novo", "bolato", true),
        ("um boleto novo", "boelto", true),
        ("um boleto novo", "bolto", true),
        ("um boleto novo", "boletto", true),
        ("um boleto novo", "bolaxo", false),
        ("um boleto novo", "voleto", false),
        ("uma configuração nova", "confihuracso", true),
        ("uma configuração nova", "vonfiguracao", true),
        ("uma configuração nova", "vonfigiracao", false),
        ("uma configuração nova", "comfihuracso", false),
    ] {
        assert_eq!(finds(text, q), found, "{q:?} in {text:?}");
        if q != "rede" {
            let mut lab = Lab::of(&[("a.md", text)]);
            let off = lab.ask(&SearchRequest { q: q.to_owned(), typos: Typos::Off, ..SearchRequest::default() });
            assert_eq!(off.total, 0, "{q:?} with typos off");
        }
    }
}

#[test]
fn accents_case_and_composition_do_not_matter() {
    for (text, q) in [
        ("emissão", "EMISSAO"),
        ("emissao", "emissão"),
        ("Integração", "Integrac\u{327}a\u{303}o"),
        ("Integrac\u{327}a\u{303}o", "integração"),
        ("ÁRVORE", "árvore"),
        ("straße", "STRASSE"),
        ("ﬁltro", "filtro"),
    ] {
        assert!(finds(text, q), "{q:?} finds {text:?}");
    }
}

#[test]
fn words_are_found_in_other_forms() {
    for (text, q) in [
        ("os boletos vencidos", "boleto vencido"),
        ("o boleto", "boletos"),
        ("as configurações", "configuração"),
        ("contratos cancelados", "cancelar contrato"),
    ] {
        assert!(finds(text, q), "{q:?} finds {text:?}");
    }
    let mut lab = Lab::of(&[("en/a.md", "running servers"), ("es/b.md", "las configuraciones")]);
    assert_eq!(lab.paths("run server"), ["en/a.md"]);
    assert_eq!(lab.paths("configuración").first().map(String::as_str), Some("es/b.md"));
}

#[test]
fn the_last_word_may_still_be_typed() {
    let text = "relatório de inadimplência";
    assert!(finds(text, "relatorio inad"));
    assert!(finds(text, "inadi"));
    let mut lab = Lab::of(&[("a.md", text), ("b.md", "relatório de vendas")]);
    assert_eq!(lab.paths("inad relatorio"), ["a.md", "b.md"], "words before it are whole, unless no page holds all");
    assert!(!finds(text, "inad "), "a blank ends it");
}

#[test]
fn phrases_are_folded_and_not_stemmed() {
    let text = "Veja a Nota Fiscal de serviço.";
    assert!(finds(text, "\"nota fiscal\""));
    assert!(finds(text, "\"NOTA FISCAL DE SERVICO\""));
    assert!(finds(text, "“nota fiscal”"));
    for q in ["\"notas fiscais\"", "\"fiscal nota\"", "\"nota de servico\"", "\"nota fisca\"", "\"nota fixcal\""] {
        assert!(!finds(text, q), "{q}");
    }
    let mut lab = Lab::of(&[
        ("a.md", "---\ntitle: Nota\ntags: [fiscal]\n---\nserviço"),
        ("b.md", "---\ntitle: A nota fiscal\n---\nx"),
    ]);
    assert_eq!(lab.paths("\"nota fiscal\""), ["b.md"], "within one field");
    assert_eq!(lab.paths("\"fiscal servico\""), Vec::<String>::new());
}

#[test]
fn exclusions() {
    let mut lab = Lab::of(&[
        ("a.md", "---\ntitle: A\nupdated: 2024-01-01\ntags: [casa]\n---\nvpn no windows com nota fiscal"),
        ("b.md", "---\ntitle: B\nupdated: 2024-03-01\n---\nvpn no linux com fiscal nota"),
        ("c.md", "---\ntitle: C\nupdated: 2024-02-01\n---\nwindows -5 graus, nf-e"),
    ]);
    assert_eq!(lab.paths("vpn -windows"), ["b.md"]);
    assert_eq!(lab.paths("vpn -\"nota fiscal\""), ["b.md"]);
    assert_eq!(lab.paths("-vpn"), ["c.md"]);
    assert_eq!(lab.paths("-linux"), ["c.md", "a.md"], "exclusions alone list all others, newest first");
    assert_eq!(lab.paths("-tag:casa"), ["b.md", "c.md"]);
    assert_eq!(lab.paths("-\"nada disso\""), ["b.md", "c.md", "a.md"]);
    assert_eq!(lab.paths("-windo"), ["b.md", "c.md", "a.md"], "an excluded word is whole");
    assert!(lab.paths("windows -5").contains(&"c.md".to_owned()), "only before a letter or quote");
    assert_eq!(lab.paths("nf-e"), ["c.md"], "only at the start of a word");
}

#[test]
fn filters_in_the_query() {
    let mut lab = Lab::of(&[
        ("Cadastros/Planos de rede.md", "---\ntitle: Configuração da VPN\ntags: [Acesso Remoto, rede]\n---\nguia"),
        ("Suporte/Outro.md", "---\ntitle: Outro\ntags: [acesso]\n---\nguia de vpn e rede"),
        ("en/Guide.md", "---\ntitle: VPN guide\n---\nguia"),
    ]);
    for (q, found) in [
        ("tag:rede", &["Cadastros/Planos de rede.md"][..]),
        ("tag:\"acesso remoto\"", &["Cadastros/Planos de rede.md"]),
        ("tag:ACESSO", &["Suporte/Outro.md"]),
        ("title:configuracao", &["Cadastros/Planos de rede.md"]),
        ("title:vpn guia lang:pt", &["Cadastros/Planos de rede.md"]),
        ("guia lang:en", &["en/Guide.md"]),
        ("path:planos", &["Cadastros/Planos de rede.md"]),
        ("path:suporte guia", &["Suporte/Outro.md"]),
        ("TAG:rede", &["Cadastros/Planos de rede.md"]),
        ("tag:nada", &[]),
        ("lang:xx", &[]),
    ] {
        assert_eq!(lab.paths(q), found, "{q}");
    }
    assert!(lab.search("foo:bar").relaxed || lab.search("foo:bar").total == 0, "an unknown field is words");
}

#[test]
fn filters_of_the_request() {
    let mut lab = Lab::of(&[
        ("Cadastros/Contratos/Plano.md", "---\ntitle: Plano\nupdated: 2024-01-01\ntags: [x, Y]\n---\nguia"),
        ("Cadastros/ContratosAntigos.md", "---\ntitle: Antigos\nupdated: 2024-02-01\ntags: [x]\n---\nguia"),
        ("pt-br/Cadastros/Contratos/Outro.md", "---\ntitle: Outro\nupdated: 2024-03-01\n---\nguia"),
        ("en/Cadastros/Guide.md", "---\ntitle: Guide\nupdated: 2024-04-01\n---\nguia"),
    ]);
    let mut ask = |change: &dyn Fn(&mut SearchRequest)| {
        let mut request = SearchRequest { limit: 100, sort: Sort::Updated, ..SearchRequest::default() };
        change(&mut request);
        let found = lab.ask(&request);
        assert_eq!(found.total, found.hits.len());
        found.hits.into_iter().map(|hit| hit.title).collect::<Vec<_>>()
    };
    assert_eq!(ask(&|_| {}), ["Guide", "Outro", "Antigos", "Plano"], "newest first");
    assert_eq!(
        ask(&|request| request.category = Some("cadastros/CONTRATOS".into())),
        ["Outro", "Plano"],
        "whole folders, in any case"
    );
    assert_eq!(
        ask(&|request| request.category = Some("Cadastros".into())),
        ["Guide", "Outro", "Antigos", "Plano"],
        "below the locale"
    );
    assert_eq!(ask(&|request| request.category = Some("Cadastros/Contr".into())), Vec::<String>::new());
    assert_eq!(ask(&|request| request.lang = Some("PT".into())), ["Outro", "Antigos", "Plano"], "pt takes in pt-br");
    assert_eq!(ask(&|request| request.lang = Some("pt-BR".into())), ["Outro", "Antigos", "Plano"]);
    assert_eq!(ask(&|request| request.lang = Some("p".into())), Vec::<String>::new());
    assert_eq!(ask(&|request| request.tags = vec!["x".into()]), ["Antigos", "Plano"]);
    assert_eq!(ask(&|request| request.tags = vec!["x".into(), "y".into()]), ["Plano"], "all must hold");
    assert_eq!(
        ask(&|request| request.updated_after = Timestamp::parse("2024-02-01")),
        ["Guide", "Outro", "Antigos"],
        "its bound in"
    );
    assert_eq!(ask(&|request| request.updated_before = Timestamp::parse("2024-02-01")), ["Plano"], "its bound out");
    assert_eq!(ask(&|request| request.sort = Sort::Title), ["Antigos", "Guide", "Outro", "Plano"]);
    assert_eq!(ask(&|request| request.q = "guia".into()).len(), 4);
    let facets = lab
        .ask(&SearchRequest {
            facets: vec![Facet::Lang, Facet::Tag, Facet::Category],
            limit: 1,
            ..SearchRequest::default()
        })
        .facets;
    let counted =
        |facet: Facet| facets[&facet].iter().map(|value| (value.value.as_str(), value.count)).collect::<Vec<_>>();
    assert_eq!(counted(Facet::Lang), [("pt-br", 3), ("en", 1)]);
    assert_eq!(counted(Facet::Tag).len(), 2);
    assert!(
        counted(Facet::Category).contains(&("Cadastros", 4))
            && counted(Facet::Category).contains(&("Cadastros/Contratos", 2)),
        "{facets:?}"
    );
}

#[test]
fn nothing_in_a_query_is_an_error() {
    let mut lab = Lab::of(&[("a.md", "um guia de vpn")]);
    let many = [
        "(".repeat(500),
        "(+".repeat(250),
        "a ".repeat(250),
        "\"".repeat(511),
        "a* OR (b ".repeat(40),
        "x".repeat(512),
        "é".repeat(256),
        "\"a b\" ".repeat(80),
    ];
    let odd = [
        "*",
        "a*",
        "/.*/",
        "~9",
        "^1e309",
        "[* TO *]",
        "AND",
        "OR NOT",
        "\0",
        "\u{feff}",
        "\u{202e}vpn",
        "🤦🏽‍♂️",
        "tag:",
        "title:\"",
        "--",
        "-",
        "-\"",
        "+",
        ":",
        "a:b:c",
    ];
    for q in many.iter().map(String::as_str).chain(odd) {
        lab.search(q);
    }
    assert_eq!(lab.paths("((vpn)) [guia"), ["a.md"], "odd syntax is read as plain words");
    // Past 32 words the rest is ignored.
    assert_eq!(lab.paths(&format!("{}nadadisso", "guia ".repeat(32))), ["a.md"]);
    assert!(lab.search(&format!("{}nadadisso", "guia ".repeat(31))).relaxed);
}
