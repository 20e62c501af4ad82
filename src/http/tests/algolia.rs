//! What Algolia's clients ask, and what they are told.

use serde_json::{Value as Json, json};

use super::Site;

/// As `DocSearch` sends it: JSON under another name, so that browsers ask for no leave.
async fn queries(site: &Site, requests: &[Json]) -> Json {
    let body = json!({ "requests": requests }).to_string();
    let headers = ["content-type: text/plain", "origin: https://docs.example"];
    let target = "/1/indexes/*/queries?x-algolia-api-key=any&x-algolia-application-id=ANY";
    let answer = site.ask("POST", target, &headers, &body).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"));
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    answer.json()
}

#[tokio::test]
async fn results_come_in_the_order_of_the_requests() {
    let site = Site::new();
    let answer = queries(
        &site,
        &[
            json!({"indexName": "um", "query": "nada"}),
            json!({"indexName": "dois", "query": "a", "hitsPerPage": 2, "facets": ["*"]}),
            json!({"indexName": "três", "type": "facet", "facet": "tag", "params": "facetQuery=v"}),
            json!({"indexName": "quatro", "query": "a", "hitsPerPage": 0}),
        ],
    )
    .await;
    let results = answer["results"].as_array().expect("results");
    assert_eq!(results.len(), 4);
    assert_eq!((&results[0]["index"], &results[0]["nbHits"]), (&json!("um"), &json!(0)));
    assert_eq!(results[0]["hits"], json!([]));
    let found = &results[1];
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(2));
    for (member, value) in [
        ("index", json!("dois")),
        ("query", json!("a")),
        ("nbHits", json!(1432)),
        ("page", json!(0)),
        ("nbPages", json!(716)),
        ("hitsPerPage", json!(2)),
        ("exhaustiveNbHits", json!(true)),
        ("facets", json!({"tag": {}, "lang": {}, "category": {}})),
    ] {
        assert_eq!(found[member], value, "{member}");
    }
    assert!(found["processingTimeMS"].is_u64() && found["params"].is_string());
    assert_eq!(results[2]["facetHits"], json!([]));
    assert_eq!((&results[3]["hits"], &results[3]["nbHits"]), (&json!([]), &json!(1432)));
}

/// Every record has what a client reads without looking: the level that its type names, and one id of its own.
#[tokio::test]
async fn records_are_whole() {
    let site = Site::new();
    for attributes in [json!(["hierarchy.lvl0", "url"]), json!(["*"]), json!(null)] {
        let asked = json!({"indexName": "w", "query": "vpn", "hitsPerPage": 5, "attributesToRetrieve": attributes});
        let answer = queries(&site, &[asked]).await;
        let hits = answer["results"][0]["hits"].as_array().expect("hits").clone();
        assert_eq!(hits.len(), if attributes[0] == "hierarchy.lvl0" { 5 } else { 4 }, "{attributes}");
        let mut ids: Vec<&str> = hits.iter().map(|hit| hit["objectID"].as_str().expect("an id")).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), hits.len());
        for hit in &hits {
            let kind = hit["type"].as_str().expect("a type");
            assert!(kind == "content" && hit["content"].is_string() || hit["hierarchy"][kind].is_string(), "{hit}");
            for level in ["lvl0", "lvl1"] {
                assert!(hit["hierarchy"][level].is_string() && hit["url"].is_string(), "{hit}");
                assert!(hit["_highlightResult"]["hierarchy"][level]["value"].is_string(), "{hit}");
            }
            assert!(hit["hierarchy"].as_object().is_some_and(|levels| levels.len() == 7), "{hit}");
            assert!(hit["tag"].is_array() && hit["lang"] == "pt-br", "{hit}");
        }
    }
}

#[tokio::test]
async fn one_query_comes_by_post_or_get() {
    let site = Site::new();
    let posted = site.ask("POST", "/1/indexes/any%20name/query", &[], r#"{"query": "vpn", "hitsPerPage": "3"}"#).await;
    let got = site.get("/1/indexes/any%20name/query?query=vpn&hitsPerPage=3").await;
    for answer in [&posted, &got] {
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        let json = answer.json();
        assert_eq!(
            (&json["index"], &json["query"], &json["hitsPerPage"]),
            (&json!("any name"), &json!("vpn"), &json!(3))
        );
        assert!(json.get("results").is_none());
    }
    assert_eq!(posted.json()["hits"], got.json()["hits"]);
    // No body asks for everything.
    assert_eq!(site.ask("POST", "/1/indexes/w/query", &[], "").await.status, 200);
    assert_eq!(site.ask("POST", "/1/indexes/w/facets/tag/query", &[], " ").await.json()["facetHits"], json!([]));
}

#[tokio::test]
async fn nothing_active_leaves_but_to_who_escapes() {
    let site = Site::new();
    for attributes in ["hierarchy.lvl1", "*"] {
        let asked = |pre: Option<&str>| json!({"indexName": "w", "query": "zxss", "highlightPreTag": pre, "attributesToRetrieve": [attributes]});
        let answer = queries(&site, &[asked(Some("<mark>")), asked(None), asked(Some("__ais-highlight__"))]).await;
        for result in &answer["results"].as_array().expect("results")[..2] {
            for hit in result["hits"].as_array().expect("hits") {
                for member in ["hierarchy", "content", "tag", "lang", "_highlightResult", "_snippetResult"] {
                    assert!(!hit[member].to_string().contains("<script"), "{hit}");
                }
            }
        }
        let raw = &answer["results"][2]["hits"][0];
        assert_eq!(raw["hierarchy"]["lvl1"], "\"'><script>alert(1)</script>");
        assert_eq!(raw["_highlightResult"]["hierarchy"]["lvl1"]["value"], "<b> __ais-highlight__x</em>");
    }
}

#[tokio::test]
async fn refusals_carry_a_message() {
    let site = Site::new();
    let requests = |count: usize| json!({"requests": vec![json!({}); count]}).to_string();
    assert_eq!(site.ask("POST", "/1/indexes/*/queries", &[], &requests(20)).await.status, 200);
    let many = requests(21);
    let padded = |bytes: usize| format!("{{{}}}", " ".repeat(bytes - 2));
    assert_eq!(site.ask("POST", "/1/indexes/w/query", &[], &padded(64 * 1024)).await.status, 200);
    let large = padded(64 * 1024 + 1);
    let tag = json!({"highlightPreTag": "<".repeat(300)}).to_string();
    for (method, target, body, status, code) in [
        ("POST", "/1/indexes/*/queries", "{}", 422, "invalid_field"),
        ("POST", "/1/indexes/*/queries", "[]", 400, "invalid_json"),
        ("POST", "/1/indexes/*/queries", r#"{"requests": {}}"#, 422, "invalid_field"),
        ("POST", "/1/indexes/*/queries", r#"{"requests": ["query=a"]}"#, 422, "invalid_field"),
        ("POST", "/1/indexes/*/queries", &many, 422, "invalid_field"),
        ("POST", "/1/indexes/w/query", &large, 413, "payload_too_large"),
        ("POST", "/1/indexes/*/queries", &large, 413, "payload_too_large"),
        ("POST", "/1/indexes/w/facets/tag/query", &large, 413, "payload_too_large"),
        ("POST", "/1/indexes/w/query", &tag, 422, "invalid_field"),
        ("POST", "/1/indexes/w/query", r#"{"query": "panic"}"#, 500, "internal"),
        ("POST", "/1/indexes/w/query", r#"{"query": "timeout"}"#, 503, "search_timeout"),
        ("GET", "/1/indexes/w/query?query=panic", "", 500, "internal"),
        ("PUT", "/1/indexes/w/query", "", 405, "method_not_allowed"),
        ("GET", "/1/indexes/w/settings", "", 404, "not_found"),
        ("POST", "/1/keys", "", 404, "not_found"),
    ] {
        let answer = site.ask(method, target, &["origin: https://docs.example"], body).await;
        answer.assert_problem(status, code, target);
        let json = answer.json();
        assert!(json["message"].as_str().is_some_and(|text| text == json["detail"]), "{target}: {json}");
        let readable = answer.header("access-control-allow-origin").is_some();
        assert!(readable || status == 404, "{target}");
    }
    assert!(site.get("/search?limit=0").await.json().get("message").is_none());
    Site::without_index().ask("POST", "/1/indexes/w/query", &[], "{}").await.assert_problem(503, "not_ready", "early");
}

#[tokio::test]
async fn preflights_allow_the_headers_of_the_clients() {
    let site = Site::new();
    let headers = ["origin: https://docs.example", "access-control-request-method: POST"];
    let answer = site.ask("OPTIONS", "/1/indexes/*/queries", &headers, "").await;
    assert_eq!(answer.status, 204);
    let allowed = answer.header("access-control-allow-headers").expect("headers");
    for name in ["content-type", "x-algolia-api-key", "x-algolia-application-id", "x-algolia-agent"] {
        assert!(allowed.split(", ").any(|known| known == name), "{name} in {allowed}");
    }
    let wanted = "access-control-request-headers: content-type, X-Algolia-UserToken,x-other";
    let answer = site.ask("OPTIONS", "/1/indexes/*/queries", &[headers[0], headers[1], wanted], "").await;
    let allowed = answer.header("access-control-allow-headers").expect("headers");
    assert!(allowed.contains("x-algolia-usertoken") && !allowed.contains("x-other"), "{allowed}");
    // Elsewhere they are not.
    let answer = site.ask("OPTIONS", "/search", &[headers[0], headers[1], wanted], "").await;
    assert_eq!(answer.header("access-control-allow-headers").as_deref(), Some("content-type, if-none-match"));
}
