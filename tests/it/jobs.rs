//! `POST /reindex` and `GET /reindex/{id}`: what is asked, what is done, what is counted.

use serde_json::{Value, json};

use crate::site::{Site, page};

/// Four pages and no watcher: only jobs look at the directory.
fn unwatched() -> Site {
    let site =
        Site::small().page("Suporte/Fila.md", &page("Fila", "zqfila")).config("[watch]\nmode = \"off\"\n").start();
    // The start was a reconcile, but no job.
    assert_eq!(site.status()["pages"], 4);
    site
}

fn counts(job: &Value) -> [u64; 7] {
    ["total", "done", "added", "updated", "removed", "unchanged", "failed"]
        .map(|name| job["counts"][name].as_u64().unwrap())
}

fn waited(site: &Site, body: &Value) -> Value {
    let answer = site.reindex("?wait=true", &body.to_string());
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[test]
fn a_job_is_queued_and_found_again() {
    let site = unwatched();
    site.write("home.md", &page("Início", "zqmudou"));
    let answer = site.reindex("", "");
    let job = answer.json();
    let id = job["id"].as_str().unwrap();
    assert_eq!((answer.status, answer.header("location")), (202, format!("/reindex/{id}").as_str()));
    assert!(job["queued_at"].is_string());
    let mut ended = Value::Null;
    site.until("the job ends", |site| {
        ended = site.get_as_admin(&format!("/reindex/{id}")).json();
        ended["state"] == "done"
    });
    assert_eq!(counts(&ended), [4, 4, 0, 1, 0, 3, 0]);
    assert!(ended["started_at"].is_string() && ended["finished_at"].is_string() && ended["error"].is_null());
    assert!(site.finds("zqmudou", "home.md"));
    let unknown = site.get_as_admin("/reindex/nope");
    assert_eq!((unknown.status, unknown.header("content-type")), (404, "application/problem+json"));
}

#[test]
fn a_wait_is_exact() {
    let site = unwatched();
    for round in 0..10 {
        let word = crate::site::word(round);
        site.write("home.md", &page("Início", &word));
        assert_eq!(counts(&waited(&site, &json!({}))), [4, 4, 0, 1, 0, 3, 0]);
        assert!(site.finds(&word, "home.md"), "round {round}");
    }
}

#[test]
fn counts_say_what_was_done() {
    let site = unwatched();
    site.write("Novo.md", "zqnovo");
    site.write("Cadastros/Outro.md", "zqoutro");
    site.write("home.md", &page("Início", "zqmudou"));
    site.remove("Suporte/Fila.md");
    // Five on disk, one gone: six in all.
    assert_eq!(counts(&waited(&site, &json!({}))), [6, 6, 2, 1, 1, 2, 0]);
    assert_eq!(counts(&waited(&site, &json!({}))), [5, 5, 0, 0, 0, 5, 0]);
    site.assert_equals_directory(&[]);
}

#[test]
fn paths_are_all_that_is_looked_at() {
    let site = unwatched();
    site.write("home.md", &page("Início", "zqlonge"));
    site.write("Suporte/Chamados.md", &page("Chamados", "zqperto"));
    site.remove("Suporte/Fila.md");
    site.write("Suporte/Novo.md", "zqnovo");
    let job = waited(&site, &json!({"paths": ["Suporte/Chamados.md"]}));
    assert_eq!(counts(&job), [1, 1, 0, 1, 0, 0, 0]);
    assert!(site.finds("zqperto", "Suporte/Chamados.md"));
    assert!(site.gone("zqlonge") && site.gone("zqnovo"));
    assert!(site.finds("zqfila", "Suporte/Fila.md"), "not looked at yet");
    // A folder, with and without its slash; what is gone is removed and no failure.
    for folder in ["Suporte", "Suporte/"] {
        let job = waited(&site, &json!({"paths": [folder, "nunca/existiu.md"]}));
        assert_eq!(job["state"], "done", "{job}");
    }
    assert!(site.gone("zqfila") && site.finds("zqnovo", "Suporte/Novo.md"));
    assert!(site.gone("zqlonge"));
    assert_eq!(counts(&waited(&site, &json!({"paths": ["home.md", "nunca/existiu.md"]}))), [1, 1, 0, 1, 0, 0, 0]);
    site.assert_equals_directory(&[]);
}

#[test]
fn a_path_is_found_in_any_normalization_form() {
    let site = unwatched();
    site.write("Integração/Página.md", &page("Página", "zqprimeira"));
    waited(&site, &json!({}));
    site.write("Integração/Página.md", &page("Página", "zqsegunda"));
    let decomposed = "Integrac\u{327}a\u{303}o/Pa\u{301}gina.md";
    assert_eq!(counts(&waited(&site, &json!({"paths": [decomposed]}))), [1, 1, 0, 1, 0, 0, 0]);
    assert!(site.finds("zqsegunda", "Integração/Página.md"));
    let view = site.page_view(decomposed);
    assert_eq!(
        (view.status, view.json()["path"].as_str().unwrap().to_owned()),
        (200, "Integração/Página.md".to_owned())
    );
}

#[test]
fn a_rebuild_counts_every_page_as_new_and_changes_nothing() {
    let site = unwatched();
    let before = site.search("");
    let parsed = site.parsed();
    let job = waited(&site, &json!({"rebuild": true}));
    assert_eq!((job["state"].as_str(), counts(&job)[0], counts(&job)[1]), (Some("done"), 4, 4), "{job}");
    assert_eq!(site.parsed(), parsed + 4);
    assert_eq!(site.search("")["hits"], before["hits"]);
    site.assert_equals_directory(&[]);
}

#[test]
fn no_admin_action_without_the_token() {
    let site = unwatched();
    site.write("home.md", &page("Início", "zqsemtoken"));
    let token = site.token();
    let bearer = format!("Bearer {token}");
    let refused: &[&[(&str, &str)]] = &[
        &[],
        &[("authorization", "")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "Bearer errado")],
        &[("authorization", &bearer[..bearer.len() - 1])],
        &[("authorization", &format!("{bearer}0"))],
        &[("authorization", &format!("Basic {token}"))],
        &[("authorization", &token)],
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("x-admin-token", &token)],
    ];
    for headers in refused {
        for (method, path) in [("POST", "/reindex?wait=true"), ("GET", "/reindex/1-1")] {
            let answer = site.send(method, path, headers, "{}");
            assert_eq!(answer.status, 401, "{method} {headers:?}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
            assert!(answer.headers.get("access-control-allow-origin").is_none());
        }
    }
    assert_eq!(site.send("POST", &format!("/reindex?wait=true&token={token}"), &[], "").status, 401);
    assert!(site.gone("zqsemtoken"), "nothing was started");
    // The status: public without a token, refused with a wrong one.
    assert_eq!(site.send("GET", "/status", &[("authorization", "Bearer errado")], "").status, 401);
    assert_eq!(site.send("GET", "/status", &[("authorization", &bearer), ("authorization", &bearer)], "").status, 401);
    assert!(site.get("/status").json().get("skipped").is_none());
    assert!(site.get_as_admin("/status").json()["skipped"].is_array());
    // Other endpoints do not look at the header.
    assert_eq!(site.send("GET", "/search?q=vpn", &[("authorization", "Bearer errado")], "").status, 200);
}

#[test]
fn bad_bodies_start_nothing() {
    let site = unwatched();
    site.write("home.md", &page("Início", "zqnada"));
    let wrong = [
        (400, "[]"),
        (400, "{"),
        (400, "\"x\""),
        (422, r#"{"paths": "home.md"}"#),
        (422, r#"{"paths": ["../home.md"]}"#),
        (422, r#"{"paths": ["/home.md"]}"#),
        (422, r#"{"paths": ["home.txt"]}"#),
        (422, r#"{"paths": ["home.md"], "rebuild": true}"#),
        (422, r#"{"rebuild": "yes"}"#),
    ];
    for (status, body) in wrong {
        let answer = site.reindex("?wait=true", body);
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let large = format!("{{\"paths\": [\"{}.md\"]}}", "a".repeat(1 << 20));
    assert_eq!(site.reindex("?wait=true", &large).status, 413);
    let method = site.send("DELETE", "/reindex", &[], "");
    assert_eq!((method.status, method.header("allow")), (405, "POST"));
    assert!(site.gone("zqnada"));
}

/// Row S03. Seen to fail with each submission making a job of its own.
#[test]
fn many_requests_share_two_jobs() {
    let site = unwatched();
    let ids: std::collections::BTreeSet<String> =
        (0..50).map(|_| site.reindex("", "{}").json()["id"].as_str().unwrap().to_owned()).collect();
    for id in &ids {
        site.until("every job ends", |site| site.get_as_admin(&format!("/reindex/{id}")).json()["state"] == "done");
    }
    site.assert_equals_directory(&[]);
}

#[test]
fn a_job_that_cannot_be_done_says_so() {
    let site = unwatched();
    std::fs::rename(site.content(), site.dir().join("away")).unwrap();
    std::fs::write(site.content(), "a file where the folder was").unwrap();
    let job = waited(&site, &json!({}));
    assert_eq!(job["state"], "failed", "{job}");
    assert!(job["error"].as_str().is_some_and(|error| !error.is_empty()), "{job}");
    assert_eq!(site.status()["pages"], 4);
}

#[test]
fn the_old_index_serves_while_a_new_one_is_built() {
    let mut site = Site::new();
    for number in 0..250 {
        site.write(&format!("P{number}.md"), &page(&format!("Página {number}"), &crate::site::word(number)));
    }
    site.restart();
    let before = site.generation();
    let job = site.reindex("", r#"{"rebuild": true}"#).json();
    let mut looks = 0;
    site.until("rebuilt", |site| {
        let found = site.search("página");
        assert_eq!(found["total"], 250, "every page, from the old index or the new one");
        looks += 1;
        site.get_as_admin(&format!("/reindex/{}", job["id"].as_str().unwrap())).json()["state"] == "done"
    });
    assert!(looks > 1, "nobody looked while it was built");
    assert_eq!(site.generation(), before + 1);
    site.assert_equals_directory(&[]);
}
