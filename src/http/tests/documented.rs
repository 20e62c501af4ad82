//! The document is true: what it lists is there, what is there it lists.

use serde_json::Value as Json;

use super::{Site, TOKEN, documented_paths, filled};

fn document() -> Json {
    serde_json::to_value(super::super::openapi()).expect("json")
}

#[tokio::test]
async fn it_is_served_as_it_is_made() {
    let answer = Site::new().get("/openapi.json").await;
    assert_eq!(answer.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(answer.json(), document());
    assert!(answer.json()["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
}

#[test]
fn every_endpoint_of_the_contract_is_listed() {
    let paths = document()["paths"].clone();
    let listed: Vec<&str> = paths.as_object().expect("paths").keys().map(String::as_str).collect();
    let contract = [
        "/",
        "/1/indexes/{index}/facets/{facet}/query",
        "/1/indexes/{index}/queries",
        "/1/indexes/{index}/query",
        "/achei.js",
        "/assets/{name}",
        "/click",
        "/healthz",
        "/insights",
        "/metrics",
        "/openapi.json",
        "/opensearch.xml",
        "/pagefind/pagefind.js",
        "/pages/{path}",
        "/readyz",
        "/reindex",
        "/reindex/{id}",
        "/related",
        "/search",
        "/status",
        "/suggest",
    ];
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, contract);
    assert!(paths["/search"]["post"].is_object() && paths["/reindex"].get("get").is_none());
}

/// Every answer that the tests can cause has a status and a content type that the document names.
#[tokio::test(start_paused = true)]
async fn answers_are_documented() {
    let document = document();
    let site = Site::new();
    let bearer = format!("authorization: Bearer {TOKEN}");
    let huge = "x".repeat(1 << 21);
    for (path, methods) in documented_paths() {
        let template = document["paths"].as_object().expect("paths").keys().find(|template| filled(template) == path);
        let template = template.expect("documented").clone();
        for method in methods {
            let operation = &document["paths"][&template][method.to_lowercase()];
            for query in [
                "",
                "?limit=0",
                "?q=panic",
                "?q=timeout",
                "?wait=x",
                "?format=opensearch",
                "?path=Cadastros/VPN.md",
                "?query=panic",
            ] {
                for headers in [&[][..], &["if-none-match: *"], &["authorization: x"], &[&bearer]] {
                    for body in ["", "{}", "[]", "{\"q\":1}", "{\"paths\":[\"..\"]}", "{\"requests\":[{}]}", &huge] {
                        let answer = site.ask(method, &format!("{path}{query}"), headers, body).await;
                        let response = &operation["responses"][answer.status.as_str()];
                        let what = format!("{method} {path}{query} {headers:?}: {}", answer.status);
                        assert!(response.is_object(), "{what}");
                        if answer.status != 304 {
                            let kind = answer.header("content-type").expect(&what);
                            let kind = kind.split(';').next().unwrap_or_default();
                            assert!(
                                template == "/assets/{name}" || response["content"].get(kind).is_some(),
                                "{what}: {kind}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn parameters_stand_with_their_bounds() {
    let document = document();
    let parameter = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().expect("parameters").clone();
        parameters.into_iter().find(|parameter| parameter["name"] == name).expect(name)["schema"].clone()
    };
    for (path, name, from, to, default) in [
        ("/search", "limit", 1, 100, 10),
        ("/search", "offset", 0, 10_000, 0),
        ("/search", "snippet_chars", 40, 1000, 200),
        ("/suggest", "limit", 1, 20, 8),
        ("/related", "limit", 1, 20, 5),
    ] {
        let either = parameter(path, name);
        let schema = &either["anyOf"][0];
        assert_eq!(either["anyOf"][1]["maxLength"], 0, "an empty value counts as absent");
        assert_eq!(
            (schema["minimum"].as_f64(), schema["maximum"].as_f64()),
            (Some(f64::from(from)), Some(f64::from(to))),
            "{path} {name}"
        );
        assert_eq!(schema["default"].as_u64(), Some(default), "{path} {name}");
    }
    assert_eq!(parameter("/search", "sort")["enum"], serde_json::json!(["relevance", "updated", "title", ""]));
    assert_eq!(parameter("/pages/{path}", "path")["type"], "string");
    let body =
        &document["paths"]["/search"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert_eq!(body.as_object().map(serde_json::Map::len), Some(13));
}

/// Names that are referred to exist.
#[test]
fn references_lead_somewhere() {
    fn walk(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::String(target) if name == "$ref" => found.push(target.clone()),
                        value => walk(value, found),
                    }
                }
            }
            Json::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    walk(&document, &mut found);
    assert!(found.len() > 20);
    for target in found {
        let pointer = target.strip_prefix('#').expect("local");
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    assert_eq!(document["components"]["securitySchemes"]["admin"]["scheme"], "bearer");
    assert_eq!(document["paths"]["/reindex"]["post"]["security"], serde_json::json!([{"admin": []}]));
}
