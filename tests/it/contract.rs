//! The bodies of the contract, as snapshots over a small wiki: a client that was written for one of them goes on
//! working as long as these files do not change.
//!
//! Scores, times and sizes are hidden: they may change from run to run. `cargo insta review`, or `INSTA_UPDATE=always`,
//! takes over a change that is meant.

use insta::assert_json_snapshot;

use crate::site::Site;

const HOME: &str = "---
title: Wiki da equipe
description: Onde começar
published: true
date: 2024-08-08T10:00:00.000Z
tags: início, índice
editor: markdown
dateCreated: 2024-01-01T00:00:00.000Z
---

# Wiki da equipe

Comece pela [VPN](/Cadastros/VPN#passo-2) ou veja os [chamados](/Suporte/Chamados). Falta a página de [férias](/RH/Ferias).
";

const VPN: &str = "---
title: Configuração e conexão da VPN
description: Acesso de fora do escritório
date: 2024-08-08
tags: [vpn, Acesso remoto]
aliases: [Rede privada]
---

Para quem trabalha de casa. A VPN pede usuário & senha.

## Passo 1

Instale o cliente <b>oficial</b> da VPN e aceite as permissões.

## Passo 2

Na configuração da VPN, informe o servidor `vpn.exemplo.net` e a porta 1194. Volte ao [início](/).

## Erros comuns

| Código | Motivo |
| --- | --- |
| 809 | Porta da VPN fechada no roteador |
";

const CALLS: &str = "---
title: Chamados
updated: 2024-03-01T12:30:00Z
tags: [suporte]
---

Abra um chamado quando a VPN cair. Veja antes a [configuração](../Cadastros/VPN.md).
";

const GUIDE: &str = "---
title: VPN connection guide
date: 2023-05-05
tags: [vpn]
---

How to connect to the VPN from home.
";

fn wiki() -> Site {
    Site::new()
        .page("home.md", HOME)
        .page("Cadastros/VPN.md", VPN)
        .page("Suporte/Chamados.md", CALLS)
        .page("en/Cadastros/VPN.md", GUIDE)
        .start()
}

macro_rules! search_snapshot {
    ($name:literal, $answer:expr) => {{
        let answer = $answer;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
        assert_json_snapshot!($name, answer.json(), {".took_ms" => "[ms]", ".hits[].score" => "[score]"});
    }};
}

macro_rules! problem_snapshot {
    ($name:literal, $answer:expr) => {{
        let answer = $answer;
        assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
        let body = answer.json();
        assert_eq!(body["status"].as_u64(), Some(u64::from(answer.status)));
        for member in ["type", "title", "detail", "code"] {
            assert!(body[member].is_string(), "{member} in {body}");
        }
        assert_json_snapshot!($name, body, {".request_id" => "[id]", ".instance" => "[id]"});
    }};
}

#[test]
fn searches() {
    let site = wiki();
    search_snapshot!("search", site.get("/search?q=configuracao%20vpn&facets=lang,tag,category"));
    search_snapshot!("search_none", site.get("/search?q=abacaxi"));
    search_snapshot!("search_empty_query", site.get("/search?limit=2&offset=1"));
    search_snapshot!("search_relaxed", site.get("/search?q=vpn%20abacaxi&lang=pt&snippet_chars=40"));
    let posted = site.send(
        "POST",
        "/search",
        &[("content-type", "application/json")],
        r#"{"q": "configuracao vpn", "facets": ["lang", "tag", "category"]}"#,
    );
    let mut bodies = [posted.json(), site.get("/search?q=configuracao%20vpn&facets=lang,tag,category").json()];
    for body in &mut bodies {
        body["took_ms"].take();
    }
    assert_eq!(bodies[0], bodies[1], "POST answers as GET does");
    let explained = site.get("/search?q=vpn&explain=true").json();
    assert!(explained["hits"].as_array().unwrap().iter().all(|hit| hit["explanation"].is_object()));
}

#[test]
fn pages_suggestions_and_what_is_related() {
    let site = wiki();
    assert_json_snapshot!("suggest", site.get("/suggest?q=conf&limit=4").json());
    assert_json_snapshot!("page", site.page_view("Cadastros/VPN.md").json());
    assert_json_snapshot!("page_with_a_broken_link", site.page_view("home.md").json());
    assert_json_snapshot!("related", site.get("/related?path=Cadastros/VPN.md&limit=2").json(), {".hits[].score" => "[score]"});
}

#[test]
fn status_and_jobs() {
    let site = wiki();
    let hidden = "[…]";
    assert_json_snapshot!("status", site.status(), {
        ".version" => hidden, ".index_bytes" => hidden, ".resident_bytes" => hidden, ".last_commit" => hidden, ".last_reconcile" => hidden, ".uptime_seconds" => hidden, ".listen" => hidden,
    });
    assert_json_snapshot!("job", site.reindex("?wait=true", "{}").json(), {
        ".id" => hidden, ".queued_at" => hidden, ".started_at" => hidden, ".finished_at" => hidden,
    });
    let status = site.status();
    assert_eq!(status["listen"], site.address());
    assert!(status["index_bytes"].as_u64().unwrap() > 0);
    for time in ["last_commit", "last_reconcile"] {
        let text = status[time].as_str().unwrap();
        assert!(achei::page::Timestamp::parse(text).is_some() && text.ends_with('Z'), "{text}");
    }
}

#[test]
fn problems() {
    let site = wiki();
    problem_snapshot!("problem_422_parameter", site.get("/search?q=vpn&limit=0"));
    problem_snapshot!("problem_422_query_too_long", site.get(&format!("/search?q={}", "a".repeat(513))));
    problem_snapshot!("problem_422_repeated", site.get("/search?q=a&q=b"));
    problem_snapshot!("problem_404_route", site.get("/nada"));
    problem_snapshot!("problem_404_page", site.get("/pages/Nada.md"));
    problem_snapshot!("problem_401", site.send("POST", "/reindex", &[], ""));
    problem_snapshot!("problem_405", site.send("DELETE", "/search", &[], ""));
    problem_snapshot!("problem_400", site.send("POST", "/search", &[], "[]"));
}

#[test]
fn an_answer_is_fresh_until_something_changes() {
    let site = wiki();
    let first = site.get("/search?q=vpn");
    let tag = first.header("etag").to_owned();
    assert!(!tag.is_empty());
    let again = |site: &Site, path: &str| site.send("GET", path, &[("if-none-match", tag.as_str())], "");
    let unchanged = again(&site, "/search?q=vpn");
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    assert_eq!(again(&site, "/search?q=vpn&limit=3").status, 200, "another request");
    site.write("Novo.md", "Nada de novo.");
    site.settle();
    assert_eq!(again(&site, "/search?q=vpn").status, 200, "another generation");
}
