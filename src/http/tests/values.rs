//! What query strings and JSON bodies may hold.

use serde_json::{Value as Json, json};

use super::super::params::{RELATED, SEARCH};
use super::super::problem::Problem;
use super::super::values::Values;
use crate::page::Timestamp;

fn get(query: &str) -> Result<Values, Problem> {
    Values::from_query(SEARCH, query)
}

fn post(body: &Json) -> Result<Values, Problem> {
    let Json::Object(members) = body else { panic!("an object") };
    Values::from_json(SEARCH, members.clone().into_iter().collect())
}

#[test]
fn refuses_and_names_the_parameter() {
    let long = format!("q={}", "a".repeat(513));
    let long_accents = format!("q={}", "%C3%A7".repeat(257));
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=1e1", "limit"),
        ("limit=10.0", "limit"),
        ("limit=99999999999999999999999", "limit"),
        ("limit=+5", "limit"),
        ("limit=NaN", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=%00", "limit"),
        ("offset=10001", "offset"),
        ("offset=-1", "offset"),
        ("snippet_chars=39", "snippet_chars"),
        ("snippet_chars=1001", "snippet_chars"),
        ("sort=best", "sort"),
        ("sort=Title", "sort"),
        ("typos=on", "typos"),
        ("facets=tag,author", "facets"),
        ("explain=1", "explain"),
        ("explain=yes", "explain"),
        ("updated_after=ontem", "updated_after"),
        ("updated_after=2024-13-01", "updated_after"),
        ("updated_after=2024-08-08+10:00", "updated_after"),
        ("updated_after=2024-08-08T10:00", "updated_after"),
        ("updated_after=%2B024-08-08", "updated_after"),
        ("updated_after=20240808T00", "updated_after"),
        ("updated_before=08/08/2024", "updated_before"),
        ("updated_before=2024-8-8", "updated_before"),
        ("q=a&q=b", "q"),
        ("limit=5&limit=5", "limit"),
        ("lang=pt&lang=en", "lang"),
        ("facets=tag&facets=lang", "facets"),
        (&long, "q"),
        (&long_accents, "q"),
    ] {
        let problem = get(query).expect_err(query);
        let json: Json = serde_json::from_slice(&problem.json()).expect("json");
        assert_eq!(json["parameter"], name, "{query}");
        assert!(json["detail"].as_str().is_some_and(|detail| detail.starts_with(name)), "{query}");
    }
}

#[test]
fn takes_every_bound() {
    let full = format!("q={}", "a".repeat(512));
    for query in [
        "",
        "limit=1",
        "limit=100",
        "limit=007",
        "offset=0",
        "offset=10000",
        "snippet_chars=40",
        "snippet_chars=1000",
        "sort=relevance",
        "sort=updated",
        "sort=title",
        "typos=auto",
        "typos=off",
        "facets=,tag,,lang,",
        "facets=,",
        "explain=false",
        "updated_after=2024-08-08",
        "updated_after=2024-08-08T10:00:00Z",
        "updated_after=2024-08-08T10:00:00.5%2B03:00",
        "limit=&offset=&lang=&tag=&category=&updated_after=&updated_before=&sort=&facets=&typos=&snippet_chars=&explain=",
        "limit=&limit=5",
        "unknown=1&unknown=2&LIMIT=0",
        "q=%00%ff",
        &full,
    ] {
        assert!(get(query).is_ok(), "{query}: {:?}", get(query));
    }
}

#[test]
fn reads_what_was_given() {
    let values =
        get("q=a+b&tag=x&tag=&tag=y&tag=x&facets=tag,lang,tag&limit=7&explain=true&sort=title").expect("valid");
    assert_eq!(values.text("q").as_deref(), Some("a b"));
    assert_eq!(values.texts("tag"), ["x", "y"]);
    assert_eq!(values.choices("facets"), ["tag", "lang"]);
    assert_eq!((values.count("limit"), values.count("offset")), (Some(7), None));
    assert_eq!((values.flag("explain"), values.choice("sort")), (true, Some("title")));
    let plus = get("updated_after=2024-08-08T10:00:00+03:00").expect("valid").moment("updated_after");
    assert_eq!(plus, Timestamp::parse("2024-08-08T07:00:00Z"));
}

#[test]
fn json_is_typed() {
    for (body, name) in [
        (json!({"limit": "10"}), "limit"),
        (json!({"limit": 10.5}), "limit"),
        (json!({"limit": 0}), "limit"),
        (json!({"limit": -1}), "limit"),
        (json!({"limit": 1e300}), "limit"),
        (json!({"limit": null}), "limit"),
        (json!({"limit": true}), "limit"),
        (json!({"limit": ""}), "limit"),
        (json!({"q": 5}), "q"),
        (json!({"q": ["a"]}), "q"),
        (json!({"q": "a".repeat(513)}), "q"),
        (json!({"tag": 1}), "tag"),
        (json!({"tag": ["a", 1]}), "tag"),
        (json!({"facets": ["author"]}), "facets"),
        (json!({"facets": {"tag": 1}}), "facets"),
        (json!({"explain": "true"}), "explain"),
        (json!({"explain": 1}), "explain"),
        (json!({"sort": ["title"]}), "sort"),
        (json!({"updated_after": 2024}), "updated_after"),
    ] {
        let json: Json = serde_json::from_slice(&post(&body).expect_err("a problem").json()).expect("json");
        assert_eq!((json["parameter"].as_str(), json["code"].as_str()), (Some(name), Some("invalid_field")), "{body}");
    }
    let values =
        post(&json!({"q": "a", "limit": 10.0, "tag": ["x", "", "x", "y"], "facets": "tag, lang", "explain": true,
        "lang": "", "other": {"deep": []}}))
        .expect("valid");
    assert_eq!((values.count("limit"), values.flag("explain")), (Some(10), true));
    assert_eq!(values.texts("tag"), ["x", "y"]);
    assert_eq!(values.choices("facets"), ["tag", "lang"]);
    assert_eq!(values.text("lang"), None);
    assert_eq!(post(&json!({"tag": "x,y", "facets": ["tag"]})).expect("valid").texts("tag"), ["x,y"]);
    assert_eq!(post(&json!({"facets": ["tag"]})).expect("valid").choices("facets"), ["tag"]);
}

#[test]
fn what_must_be_given_is_asked_for() {
    for query in ["", "path=", "limit=3"] {
        assert!(Values::from_query(RELATED, query).is_err(), "{query}");
    }
    assert!(Values::from_query(RELATED, "path=a.md").is_ok());
}

#[test]
fn ten_thousand_parameters_cost_little() {
    let pairs: Vec<String> = (0..10_000).map(|n| format!("tag={n}&x{n}=1")).collect();
    let query = pairs.join("&");
    let start = std::time::Instant::now();
    assert_eq!(get(&query).expect("valid").texts("tag").len(), 10_000);
    assert!(start.elapsed().as_millis() < 1000, "{:?}", start.elapsed());
}
