//! The search page, its files, and what browsers read.

use super::Site;
use crate::config::UiLanguage;

#[tokio::test]
async fn the_page_loads_nothing_but_its_own_files_by_relative_addresses() {
    let site = Site::new();
    for target in ["/", "/?q=vpn", "/?q=nada", "/?q=vpn&offset=20&tag=x"] {
        let answer = site.get(target).await;
        assert_eq!(answer.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let html = answer.text();
        assert!(!html.contains(" style=") && !html.contains("<style"), "{target}");
        let scripts: Vec<&str> = html.split("<script").skip(1).collect();
        assert!(
            matches!(scripts.as_slice(), [one] if one.starts_with(" type=\"module\" src=\"assets/page.")),
            "{target}"
        );
        assert!(html.contains(".js\"></script>"), "{target}");
        let own = [
            "href=\"assets/page.",
            "href=\"assets/icon.",
            "action=\"./\"",
            "href=\"opensearch.xml\"",
            "src=\"assets/icon.",
        ];
        for part in own {
            assert!(html.contains(part), "{target}: {part}");
        }
        for address in html
            .split("href=\"")
            .skip(1)
            .chain(html.split("src=\"").skip(1))
            .map(|rest| rest.split('"').next().unwrap_or(""))
        {
            let relative =
                ["assets/", "./", "opensearch.xml", "openapi.json"].iter().any(|start| address.starts_with(start));
            assert!(relative || address.starts_with("/pt-br/"), "{target}: {address}");
        }
        let style =
            html.split("rel=\"stylesheet\" href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a style");
        let style = site.get(&format!("/{style}")).await;
        assert_eq!(style.header("content-type").as_deref(), Some("text/css; charset=utf-8"));
        assert!(style.header("cache-control").is_some_and(|value| value.contains("immutable")));
    }
}

#[tokio::test]
async fn results_are_shown() {
    let html = Site::new().get("/?q=vpn&offset=10&sort=updated&tag=vpn").await.text();
    for part in [
        "<strong>1.432</strong> páginas encontradas",
        "value=\"vpn\"",
        "<a href=\"/pt-br/Suporte/Redes/VPN\"><mark>Configuração</mark> e conexão da <mark>VPN</mark></a>",
        "<span dir=\"auto\">Suporte</span><span dir=\"auto\">Redes</span>",
        "<a href=\"/pt-br/Suporte/Redes/VPN#passo-2\">Passo 2: importar o perfil</a>",
        "<time datetime=\"2026-08-08\" title=\"Atualizada em 08/08/2026\">08/08/2026</time>",
        "<a rel=\"prev\" href=\"./?q=vpn&amp;tag=vpn&amp;sort=updated\">",
        "<a rel=\"next\" href=\"./?q=vpn&amp;tag=vpn&amp;sort=updated&amp;offset=20\">",
        "<span>11–14 de 1.432</span>",
        "<input type=\"hidden\" name=\"tag\" value=\"vpn\">",
        "<input type=\"hidden\" name=\"sort\" value=\"updated\">",
        "<a href=\"./?q=vpn&amp;sort=updated\" title=\"Remover filtro\"",
        "<ol class=\"hits\" start=\"11\">",
    ] {
        assert!(html.contains(part), "{part} in\n{html}");
    }
    assert!(Site::new().get("/?q=relaxada").await.text().contains("Nenhuma página tem todas as palavras"));
    let none = Site::new().get("/?q=nada").await.text();
    assert!(none.contains("Nada encontrado") && none.contains("./?q=configura%C3%A7%C3%A3o%20vpn"), "{none}");
    assert!(!none.contains("<ol"));
}

#[tokio::test]
async fn filters_are_offered_with_their_counts() {
    let site = Site::new();
    let html = site.get("/?q=vpn").await.text();
    for part in [
        "<a href=\"./?q=vpn&amp;category=Suporte\" rel=\"nofollow\"><bdi>Suporte</bdi> <span class=\"number\">1.000</span></a>",
        "<a href=\"./?q=vpn&amp;lang=en\" rel=\"nofollow\"><bdi>Inglês</bdi> <span class=\"number\">7</span></a>",
        "<a href=\"./?q=vpn&amp;tag=a%26b\" rel=\"nofollow\"><bdi>a&amp;b</bdi>",
    ] {
        assert!(html.contains(part), "{part} in\n{html}");
    }
    // What holds for all results, and folders further down, tell nothing apart.
    assert!(!html.contains("<bdi>Português (Brasil)</bdi>") && !html.contains("<bdi>Redes sem fio</bdi>"), "{html}");
    let inside = site.get("/?q=vpn&category=Suporte&lang=en&tag=A%26b").await.text();
    assert!(inside.contains("./?q=vpn&amp;lang=en&amp;category=Suporte%2FRedes%5Fsem%5Ffio&amp;tag=A%26b"), "{inside}");
    assert!(inside.contains("<bdi>Redes sem fio</bdi> <span"), "{inside}");
    assert!(!inside.contains("<bdi>Inglês</bdi> <span") && !inside.contains("<bdi>a&amp;b</bdi> <span"), "{inside}");
}

#[tokio::test]
async fn filters_that_leave_nothing_lead_to_the_whole_wiki() {
    let site = Site::new();
    let html = site.get("/?q=vpn&category=Vazia&tag=x&lang=es&sort=title").await.text();
    let link = "<a class=\"action\" href=\"./?q=vpn&amp;sort=title\">Buscar em toda a wiki</a>";
    assert!(html.contains(link) && html.contains("1.432 páginas encontradas"), "{html}");
    // Where there is nothing either, or nothing narrows, nobody is sent there.
    for target in ["/?q=nada&category=Vazia", "/?q=nada"] {
        assert!(!site.get(target).await.text().contains("Buscar em toda a wiki"), "{target}");
    }
}

#[tokio::test]
async fn what_is_typed_and_what_pages_say_stays_text() {
    let site = Site::new();
    let typed = "%22%27%3E%3Cscript%3Ealert(1)%3C/script%3Ezxss";
    for target in [format!("/?q={typed}"), format!("/?q={typed}&tag={typed}&lang={typed}&category={typed}")] {
        let html = site.get(&target).await.text();
        assert!(html.matches("<script").count() == 1 && !html.contains("javascript:"), "{html}");
        assert!(html.contains("value=\"&quot;&#039;&gt;&lt;script&gt;"), "{html}");
        assert!(html.contains("&lt;b&gt; <mark>x</mark></h2>"), "a link elsewhere is no link: {html}");
        assert!(html.contains("href=\"/a&quot;b&#039;&lt;c&gt;\""), "{html}");
        for tag in html.split('<').skip(1) {
            let quotes = tag.split('>').next().unwrap_or("").matches('"').count();
            assert_eq!(quotes % 2, 0, "<{tag}");
        }
    }
    let long = format!("/?q=%3Cscript%3E{}", "a".repeat(513));
    let told = site.ask("GET", &long, &["accept: text/html,*/*;q=0.8"], "").await;
    assert_eq!((told.status.as_u16(), told.text().matches("<script").count()), (422, 1));
}

#[tokio::test]
async fn readers_get_their_language() {
    let site = Site::new();
    for (accept, lang, words) in [
        ("en-GB,en;q=0.9,pt;q=0.1", "en", "What are you looking for?"),
        ("es", "es", "¿Qué buscas?"),
        ("pt-PT", "pt-BR", "O que você procura?"),
        ("fr", "pt-BR", "O que você procura?"),
    ] {
        let answer = site.ask("GET", "/", &[&format!("accept-language: {accept}")], "").await;
        assert!(answer.text().contains(&format!("<html lang=\"{lang}\">")), "{accept}");
        assert!(answer.text().contains(words), "{accept}");
        assert!(answer.header("vary").is_some_and(|vary| vary.contains("Accept-Language")), "{accept}");
    }
    let fixed = Site::with(|live| live.server.ui_language = UiLanguage::En);
    let answer = fixed.ask("GET", "/", &["accept-language: es"], "").await;
    assert!(answer.text().contains("<html lang=\"en\">"));
    assert!(!answer.header("vary").unwrap_or_default().contains("Accept-Language"));
    let unknown = Site::with(|live| live.default_locale = "de".to_owned());
    assert!(unknown.get("/").await.text().contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn errors_are_pages_for_people() {
    let site = Site::without_index();
    let html = ["accept: text/html,application/xhtml+xml,*/*;q=0.8"];
    let answer = site.ask("GET", "/?q=a", &html, "").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
    assert!(answer.header("content-security-policy").is_some() && answer.header("retry-after").is_some());
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    assert!(answer.text().contains("O índice está sendo criado"));
    let answer = Site::new().ask("GET", "/?q=a&limit=x", &html, "").await;
    assert!(answer.status == 422 && answer.text().contains("limit must be"), "{}", answer.text());
}

#[tokio::test]
async fn browsers_can_add_the_search() {
    let site = Site::with(|live| live.server.public_url = "https://wiki.example/_busca/".to_owned());
    let answer = site.ask("GET", "/opensearch.xml", &["host: evil.example"], "").await;
    assert_eq!(answer.header("content-type").as_deref(), Some("application/opensearchdescription+xml; charset=utf-8"));
    let xml = answer.text();
    for part in [
        "<ShortName>Achei</ShortName>",
        "<InputEncoding>UTF-8</InputEncoding>",
        "<Language>pt-BR</Language>",
        "template=\"https://wiki.example/_busca/?q={searchTerms}\"",
        "template=\"https://wiki.example/_busca/suggest?q={searchTerms}&amp;format=opensearch\"",
        "rel=\"self\" template=\"https://wiki.example/_busca/opensearch.xml\"",
        "width=\"16\" height=\"16\"",
    ] {
        assert!(xml.contains(part), "{part} in {xml}");
    }
    assert!(!xml.contains("evil"));
    let site = Site::new();
    let by_host = async |host: &str| site.ask("GET", "/opensearch.xml", &[&format!("host: {host}")], "").await.text();
    assert!(by_host("wiki.example:8080").await.contains("\"http://wiki.example:8080/?q="));
    assert!(by_host("a\"><x").await.contains("\"http://127.0.0.1:7370/?q="));
    assert!(site.get("/opensearch.xml").await.text().contains("\"http://127.0.0.1:7370/?q="));
}

#[tokio::test]
async fn browsers_get_suggestions_in_their_shape() {
    let site = Site::new();
    let answer = site.ask("GET", "/suggest?q=vp&format=opensearch", &["host: w.example"], "").await;
    let kind = answer.header("content-type").expect("a kind");
    assert!(kind.starts_with("application/x-suggestions+json"), "{kind}");
    assert_eq!(answer.json(), serde_json::json!(["vp", ["VPN"], ["pt-br/VPN.md"], ["http://w.example/pt-br/VPN"]]));
    let plain = site.get("/suggest?q=vp").await;
    assert_eq!(plain.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(plain.json()["suggestions"][0]["kind"], "page");
}
