//! A scripted search: answers that a real index gives rarely or never, asked for by the query.

use crate::index::Snapshot;
use crate::search::*;

/// `panic`, `timeout`, `nada`, `uma`, `relaxada` and `zxss` do what they say; everything else finds the same.
pub fn search(
    snapshot: &Snapshot,
    _settings: &Settings,
    request: &SearchRequest,
) -> Result<SearchResponse, SearchError> {
    assert!(request.q != "panic", "as asked");
    if request.q == "timeout" {
        return Err(SearchError::Timeout { limit_ms: 500 });
    }
    let mut hits = demo();
    if request.q == "nada" || request.category.as_deref() == Some("Vazia") {
        hits.clear();
    }
    if request.q.contains("zxss") {
        hits = vec![hostile()];
    }
    let total = match (request.q.as_str(), hits.len()) {
        (_, 0) => 0,
        ("uma", _) => 1,
        _ => 1432,
    };
    Ok(SearchResponse {
        query: request.q.clone(),
        total,
        offset: request.offset,
        limit: request.limit,
        took_ms: 0.1,
        generation: snapshot.generation(),
        relaxed: request.q == "relaxada",
        did_you_mean: (request.q == "configuracoa vpn" || request.q == "nada").then(|| "configuração vpn".into()),
        hits,
        facets: request.facets.iter().map(|facet| (*facet, counts(&request.q, *facet))).collect(),
    })
}
fn counts(q: &str, facet: Facet) -> Vec<FacetValue> {
    let values: &[(&str, usize)] = match facet {
        _ if q != "vpn" => &[],
        Facet::Lang => &[("pt-br", 1432), ("en", 7)],
        Facet::Tag => &[("vpn", 1432), ("a&b", 12)],
        Facet::Category => &[("Suporte", 1000), ("Suporte/Redes_sem_fio", 70)],
    };
    values.iter().map(|(value, count)| FacetValue { value: (*value).to_owned(), count: *count }).collect()
}
fn hostile() -> Hit {
    let x = "\"'><script>alert(1)</script>".to_string();
    Hit {
        path: x.clone(),
        url: "javascript:alert(1)".into(),
        title: x.clone(),
        title_html: "&lt;b&gt; <mark>x</mark>".into(),
        breadcrumbs: vec![x.clone()],
        heading: x.clone(),
        anchor: x.clone(),
        snippet: "<mark>ok</mark>".into(),
        sections: vec![SectionHit {
            heading: x.clone(),
            anchor: x.clone(),
            url: "/a\"b'<c>".into(),
            snippet: String::new(),
            heading_html: String::new(),
        }],
        lang: x.clone(),
        tags: vec![x.clone()],
        updated: crate::page::Timestamp::from_millis(0),
        score: 1.0,
        explanation: None,
    }
}
fn demo() -> Vec<Hit> {
    let hit = |url: &str,
               title: &str,
               crumbs: &[&str],
               snippet: &str,
               sections: &[(&str, &str)],
               tags: &[&str],
               day: &str| Hit {
        path: format!("{url}.md"),
        url: url.into(),
        title: title.replace("<mark>", "").replace("</mark>", ""),
        title_html: title.into(),
        breadcrumbs: crumbs.iter().map(|c| (*c).to_string()).collect(),
        heading: sections.first().map_or(String::new(), |s| s.0.to_string()),
        anchor: sections.first().map_or(String::new(), |s| s.1.to_string()),
        snippet: snippet.into(),
        sections: sections
            .iter()
            .map(|(h, a)| SectionHit {
                heading: (*h).into(),
                anchor: (*a).into(),
                url: format!("{url}#{a}"),
                snippet: String::new(),
                heading_html: (*h).into(),
            })
            .collect(),
        lang: "pt-br".into(),
        tags: tags.iter().map(|c| (*c).to_string()).collect(),
        updated: crate::page::Timestamp::parse(day).expect("a day"),
        score: 1.0,
        explanation: None,
    };
    vec![
        hit(
            "/pt-br/Suporte/Redes/VPN",
            "<mark>Configuração</mark> e conexão da <mark>VPN</mark>",
            &["Suporte", "Redes"],
            "Abra o cliente, escolha <mark>Configurações</mark> e importe o perfil da <mark>VPN</mark> que a equipe de redes enviou. O certificado vale por doze meses e é renovado sem que nada precise ser feito…",
            &[
                ("Passo 1: instalar o cliente", "passo-1"),
                ("Passo 2: importar o perfil", "passo-2"),
                ("Quando a conexão cai", "quedas"),
            ],
            &["vpn", "acesso remoto"],
            "2026-08-08",
        ),
        hit(
            "/pt-br/Cadastros/Certificados",
            "Certificados digitais",
            &["Cadastros"],
            "…o certificado A1 também assina a <mark>configuração</mark> da <mark>VPN</mark>; veja a validade em Cadastros, Empresa, aba Certificados.",
            &[("Renovação", "renovacao")],
            &["certificado", "fiscal"],
            "2026-03-21",
        ),
        hit(
            "/pt-br/Redes/PPPoE",
            "PPPoE: autenticação e quedas",
            &["Redes", "Provedores"],
            "Se a <mark>VPN</mark> cai a cada 24 horas, a sessão PPPoE está sendo renovada: <mark>configure</mark> o keepalive do roteador em 30 segundos.",
            &[],
            &["rede"],
            "2025-11-02",
        ),
        hit(
            "/pt-br/home",
            "Início",
            &[],
            "Bem-vindo à base de conhecimento: cadastros, financeiro, fiscal, redes e <mark>VPN</mark>.",
            &[],
            &[],
            "2024-01-15",
        ),
    ]
}
#[expect(clippy::unnecessary_wraps, reason = "the signature of the real one")]
pub fn suggest(
    _snapshot: &Snapshot,
    _settings: &Settings,
    request: &SuggestRequest,
) -> Result<SuggestResponse, SearchError> {
    Ok(SuggestResponse {
        query: request.q.clone(),
        suggestions: vec![Suggestion {
            text: "VPN".into(),
            html: "<mark>VPN</mark>".into(),
            kind: SuggestionKind::Page,
            path: "pt-br/VPN.md".into(),
            url: "/pt-br/VPN".into(),
        }],
    })
}
/// `path` is matched in any Unicode normalization form.
#[expect(clippy::unnecessary_wraps, reason = "the signature of the real one")]
pub fn page(_snapshot: &Snapshot, path: &str) -> Result<Option<PageView>, SearchError> {
    let path = crate::page::nfc(path);
    Ok(["Cadastros/VPN.md", "Pasta um/\u{e7}.md", "a%b.md"].contains(&path.as_str()).then(|| PageView {
        path: path.clone(),
        url: "/x".into(),
        title: "VPN".into(),
        description: None,
        lang: "pt-br".into(),
        tags: vec![],
        aliases: vec![],
        updated: crate::page::Timestamp::from_millis(0),
        breadcrumbs: vec![],
        headings: vec![],
        links: vec![],
        backlinks: vec![],
    }))
}
pub fn related(snapshot: &Snapshot, path: &str, limit: usize) -> Result<Option<RelatedResponse>, SearchError> {
    Ok(page(snapshot, path)?.map(|page| RelatedResponse {
        path: page.path,
        hits: (0..limit)
            .map(|n| RelatedHit {
                path: format!("{n}.md"),
                url: "/x".into(),
                title: "x".into(),
                description: None,
                score: 1.0,
            })
            .collect(),
    }))
}
