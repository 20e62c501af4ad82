//! What the endpoints make of their parameters.

use serde_json::json;

use super::Site;

#[tokio::test]
async fn get_and_post_search_answer_alike() {
    let site = Site::new();
    let got = site.get("/search?q=configura%C3%A7%C3%A3o+vpn&limit=3&offset=7&tag=a&tag=b&unknown=1").await;
    let body = json!({"q": "configuração vpn", "limit": 3, "offset": 7, "tag": ["a", "b"], "unknown": {}});
    let posted = site.ask("POST", "/search", &["content-type: application/json"], &body.to_string()).await;
    assert_eq!((got.status.as_u16(), posted.status.as_u16()), (200, 200));
    assert_eq!(got.json()["query"], "configuração vpn");
    assert_eq!((got.json()["limit"].as_u64(), got.json()["offset"].as_u64()), (Some(3), Some(7)));
    assert_eq!(got.json(), posted.json());
    assert_eq!(got.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(posted.header("etag"), None);
    let untyped = site.ask("POST", "/search", &["content-type: text/plain"], "{\"q\": \"uma\"}").await;
    assert_eq!(untyped.json()["total"], 1);
}

#[tokio::test]
async fn queries_are_read_whatever_they_hold() {
    let site = Site::new();
    for (raw, read) in [
        ("q=%", "%"),
        ("q=%zz", "%zz"),
        ("q=%00", "\0"),
        ("q=%ff%fe", "\u{FFFD}\u{FFFD}"),
        ("q=%ed%a0%80", "\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("q=a%0d%0ab", "a\r\nb"),
        ("q=%1b]0;", "\u{1b}]0;"),
        ("q=((((", "(((("),
        ("q=a=b", "a=b"),
        ("&&q=x&&", "x"),
        ("q", ""),
        ("", ""),
    ] {
        let answer = site.get(&format!("/search?{raw}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["query"].as_str()), (200, Some(read)), "{raw}");
    }
}

#[tokio::test]
async fn wrong_values_are_named() {
    let site = Site::new();
    for (target, parameter) in [
        ("/search?limit=0", "limit"),
        ("/search?limit=1&limit=2", "limit"),
        ("/search?sort=x", "sort"),
        ("/?offset=-1", "offset"),
        ("/suggest?limit=21", "limit"),
        ("/suggest?limit=0", "limit"),
        ("/suggest?format=xml", "format"),
        ("/related?path=a.md&limit=21", "limit"),
        ("/related", "path"),
        ("/related?path=", "path"),
    ] {
        let answer = site.get(target).await;
        answer.assert_problem(422, "invalid_parameter", target);
        assert_eq!(answer.json()["parameter"], parameter, "{target}");
    }
    for body in ["", "[]", "null", "{", "q=a", "\"a\""] {
        site.ask("POST", "/search", &[], body).await.assert_problem(400, "invalid_json", body);
    }
    for body in ["{\"limit\":\"5\"}", "{\"q\":1}", "{\"limit\":1,\"limit\":2}", "{\"facets\":[\"x\"]}"] {
        site.ask("POST", "/search", &[], body).await.assert_problem(422, "invalid_field", body);
    }
    for target in ["/suggest", "/suggest?limit=20&q=", "/suggest?format=&limit="] {
        assert_eq!(site.get(target).await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn pages_are_named_by_path() {
    let site = Site::new();
    for target in [
        "/pages/Cadastros/VPN.md",
        "/pages/Cadastros%2FVPN.md",
        "/pages/Pasta%20um/%C3%A7.md",
        "/pages/Pasta%20um/c%CC%A7.md",
        "/pages/a%b.md",
        "/pages/a%25b.md",
    ] {
        assert_eq!(site.get(target).await.status, 200, "{target}");
    }
    for target in [
        "/pages/x.md",
        "/pages/Pasta+um/%C3%A7.md",
        "/pages/..%2f..%2fetc/passwd",
        "/pages/../search",
        "/pages/%ff",
        "/pages/%00",
        "/pages//Cadastros/VPN.md",
        "/pages/Cadastros/VPN.md/",
    ] {
        site.get(target).await.assert_problem(404, "page_not_found", target);
    }
    let related = site.get("/related?path=Cadastros/VPN.md").await;
    assert_eq!(related.json()["hits"].as_array().map(Vec::len), Some(5));
    site.get("/related?path=x.md").await.assert_problem(404, "page_not_found", "related");
}

#[tokio::test]
async fn a_search_out_of_time_and_a_panic_inside_are_told_apart() {
    let site = Site::new();
    site.get("/search?q=timeout").await.assert_problem(503, "search_timeout", "timeout");
    site.get("/search?q=panic").await.assert_problem(500, "internal", "panic");
    assert_eq!(site.get("/search?q=uma").await.status, 200);
}
