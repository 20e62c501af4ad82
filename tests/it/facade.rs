//! Algolia's clients over a real wiki: filters, counts, sections and addresses are those of the pages.

use serde_json::{Value, json};

use crate::site::Site;

fn wiki() -> Site {
    let page = |title: &str, tags: &str, text: &str| {
        format!("---\ntitle: {title}\nupdated: 2024-08-08\ntags: [{tags}]\n---\n\n{text}\n")
    };
    Site::new()
        .config("[content]\nurl_base = \"https://wiki.example/\"\n")
        .page(
            "Redes/Fibra/Emenda.md",
            &page(
                "Emenda de fibra",
                "fibra, Óptica",
                "Corte a fibra.\n\n## Medir a fibra\n\nUse o OTDR na fibra.\n\n## Limpar\n\nÁlcool na fibra.",
            ),
        )
        .page("Redes/Radio.md", &page("Rádio enlace", "rádio", "Sem fibra, use o rádio."))
        .page(
            "Fiscal/Nota.md",
            &page(
                "Nota fiscal",
                "fiscal",
                "A nota da fibra <img src=x onerror=alert(1)> tem `<script>alert(2)</script>`.",
            ),
        )
        .page("en/Redes/Splice.md", &page("Splicing", "fibra", "Splicing a fibra cable."))
        .start()
}

/// One query's answer.
fn ask(site: &Site, query: &Value) -> Value {
    let body = json!({ "requests": [query] }).to_string();
    let answer = site.send("POST", "/1/indexes/*/queries", &[("content-type", "text/plain")], &body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["results"][0].take()
}

fn titles(answer: &Value) -> Vec<String> {
    let hits = answer["hits"].as_array().unwrap();
    let mut titles: Vec<String> =
        hits.iter().map(|hit| hit["hierarchy"]["lvl1"].as_str().unwrap().to_owned()).collect();
    titles.sort();
    assert_eq!(answer["nbHits"].as_u64(), Some(titles.len() as u64), "{answer}");
    titles
}

#[test]
fn filters_narrow_in_both_notations() {
    let site = wiki();
    let all = ["Emenda de fibra", "Nota fiscal", "Rádio enlace", "Splicing"];
    for (filters, expected) in [
        (json!({"facetFilters": "tag:fibra"}), &["Emenda de fibra", "Splicing"][..]),
        (json!({"facetFilters": ["tag:FIBRA", "language:pt"]}), &["Emenda de fibra"]),
        (json!({"facetFilters": [["tag:optica", "tag:radio"]]}), &["Emenda de fibra", "Rádio enlace"]),
        (json!({"facetFilters": ["tag:-fibra"]}), &["Nota fiscal", "Rádio enlace"]),
        (json!({"facetFilters": [["tag:-fibra", "lang:en"]]}), &["Nota fiscal", "Rádio enlace", "Splicing"]),
        (json!({"facetFilters": ["category:redes/fibra"]}), &["Emenda de fibra"]),
        (json!({"facetFilters": ["category:Redes"]}), &["Emenda de fibra", "Rádio enlace", "Splicing"]),
        (json!({"facetFilters": [["lang:en", "lang:es"]]}), &["Splicing"]),
        (json!({"facetFilters": ["tag:unheard"]}), &[]),
        (json!({"facetFilters": [["docusaurus_tag:a", "docusaurus_tag:b"], "version:1"]}), &all),
        (json!({"filters": "category:Redes AND (tag:rádio OR lang:en)"}), &["Rádio enlace", "Splicing"]),
        (json!({"filters": "NOT tag:fiscal AND lang:pt-br", "facetFilters": ["tag:fibra"]}), &["Emenda de fibra"]),
        (json!({"filters": "views > 3", "numericFilters": ["views>3"], "tagFilters": ["x"]}), &all),
    ] {
        for query in ["fibra", ""] {
            let mut asked = filters.clone();
            asked["query"] = query.into();
            assert_eq!(titles(&ask(&site, &asked)), expected, "{asked}");
        }
    }
}

#[test]
fn counts_and_values_are_those_of_the_results() {
    let site = wiki();
    let answer = ask(&site, &json!({"query": "fibra", "facets": ["*"], "facetFilters": ["lang:pt-br"]}));
    assert_eq!(
        answer["facets"],
        json!({
            "tag": {"fibra": 1, "fiscal": 1, "rádio": 1, "Óptica": 1},
            "lang": {"pt-br": 3},
            "category": {"Redes": 2, "Fiscal": 1, "Redes/Fibra": 1}
        })
    );
    let most = ask(&site, &json!({"query": "", "facets": "tag", "maxValuesPerFacet": 1}));
    assert_eq!(most["facets"], json!({"tag": {"fibra": 2}}));
    let values = |facet: &str, body: Value| {
        let path = format!("/1/indexes/wiki/facets/{facet}/query");
        site.send("POST", &path, &[], &body.to_string()).json()["facetHits"].take()
    };
    assert_eq!(
        values("tag", json!({"facetQuery": "opt"})),
        json!([{"value": "Óptica", "highlighted": "<em>Ópt</em>ica", "count": 1}])
    );
    assert_eq!(values("tag", json!({"maxFacetHits": 1}))[0]["value"], "fibra");
    let over = json!({"facetQuery": "", "params": "facetFilters=%5B%22lang%3Aen%22%5D"});
    assert_eq!(values("category", over), json!([{"value": "Redes", "highlighted": "Redes", "count": 1}]));
    assert_eq!(values("price", json!({"facetQuery": "1"})), json!([]));
}

#[test]
fn docsearch_gets_sections_at_absolute_addresses() {
    let site = wiki();
    let asked = json!({
        "query": "medir fibra", "highlightPreTag": "<mark>", "highlightPostTag": "</mark>",
        "attributesToRetrieve": ["hierarchy.lvl0", "hierarchy.lvl1", "url"], "facetFilters": ["lang:pt-BR"]
    });
    let answer = ask(&site, &asked);
    let hits = answer["hits"].as_array().unwrap();
    assert_eq!(answer["nbHits"], 1);
    assert!((2..=3).contains(&hits.len()), "{answer}");
    assert_eq!(
        (&hits[0]["type"], &hits[0]["url"]),
        (&json!("lvl1"), &json!("https://wiki.example/pt-br/Redes/Fibra/Emenda"))
    );
    let section = hits.iter().find(|hit| hit["hierarchy"]["lvl2"] == "Medir a fibra").expect("the best section");
    assert_eq!(section["url"], "https://wiki.example/pt-br/Redes/Fibra/Emenda#medir-a-fibra");
    assert_eq!(section["hierarchy"]["lvl0"], "Redes › Fibra");
    assert_eq!(section["_highlightResult"]["hierarchy"]["lvl2"]["value"], "<mark>Medir</mark> a <mark>fibra</mark>");
    let capped = ask(&site, &json!({"query": "fibra", "hitsPerPage": 2, "attributesToRetrieve": ["hierarchy.lvl0"]}));
    assert_eq!((capped["hits"].as_array().unwrap().len(), &capped["nbHits"]), (2, &json!(4)));
}

#[test]
fn pages_follow_each_other_and_end() {
    let site = wiki();
    let mut seen = Vec::new();
    for page in 0..3 {
        let answer = ask(&site, &json!({"query": "fibra", "hitsPerPage": 2, "page": page}));
        assert_eq!((&answer["page"], &answer["nbPages"], &answer["nbHits"]), (&json!(page), &json!(2), &json!(4)));
        let hits = answer["hits"].as_array().unwrap();
        assert_eq!(hits.len(), if page < 2 { 2 } else { 0 });
        seen.extend(hits.iter().map(|hit| hit["objectID"].as_str().unwrap().to_owned()));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    assert_eq!(ask(&site, &json!({"query": "fibra", "page": 1_000_000}))["hits"], json!([]));
}

#[test]
fn what_pages_say_is_escaped_for_html_and_raw_for_placeholders() {
    let site = wiki();
    let ask = |pre: &str| ask(&site, &json!({"query": "script nota", "highlightPreTag": pre})).to_string();
    let html = ask("<mark>");
    assert!(!html.contains("<script") && html.contains("&lt;"), "{html}");
    let raw = ask("__ais-highlight__");
    assert!(!raw.contains("&lt;") && raw.contains("alert(2)"), "{raw}");
}
