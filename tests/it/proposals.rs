//! What is offered besides results: a query to try instead, completions while typing, pages like a page.

use achei::page::Timestamp;
use achei::search::{SearchRequest, Typos};

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
