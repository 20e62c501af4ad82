//! What leaves is text: payloads in every place that a page or a query has, looked for in every field of every answer.

use serde_json::{Value, json};

use crate::site::Site;

/// Markup, markup by entities, what closes its surroundings, what only some parsers take for an end.
const PAYLOADS: [&str; 16] = [
    "<script>zqalert(1)</script>",
    "<img src=x onerror=zqalert(1)>",
    "<svg/onload=zqalert(1)>",
    "\"><svg onload=zqalert(1)>",
    "'><b onmouseover=zqalert(1)>",
    "</title></textarea></script><script>zqalert(1)</script>",
    "</mark><mark onclick=zqalert(1)>",
    "--><img src=x onerror=zqalert(1)>",
    "]]><img src=x onerror=zqalert(1)>",
    "&lt;img src=x onerror=zqalert(1)&gt;",
    "&#60;script&#62;zqalert(1)&#60;/script&#62;",
    "&amp;lt;script&amp;gt;zqalert(1)",
    "<scr\u{0}ipt>zqalert(1)</script>",
    "<zq\u{2028}img src=x onerror=zqalert(1)>",
    "{{constructor.constructor('zqalert(1)')()}}",
    "\u{202e}<img src=x onerror=zqalert(1)>",
];

/// Fields that are HTML: escaped, with `<mark>` as the only tag. All others are plain text.
fn is_html(field: &str) -> bool {
    field == "html" || field == "snippet" || field.ends_with("_html")
}

/// Panics at anything in a field of HTML but escaped text and `<mark>`.
fn assert_only_marks(html: &str, what: &str) {
    let bare = html.replace("<mark>", "").replace("</mark>", "");
    assert!(!bare.contains(['<', '>', '"', '\'']), "{what}: {html}");
    let mut rest = bare.as_str();
    while let Some(at) = rest.find('&') {
        rest = &rest[at..];
        let entity = ["&amp;", "&lt;", "&gt;", "&quot;", "&#039;"].into_iter().find(|entity| rest.starts_with(entity));
        rest = &rest[entity.unwrap_or_else(|| panic!("{what}: a bare & in {html}")).len()..];
    }
    let mut depth = 0;
    for part in html.split('<').skip(1) {
        depth += if part.starts_with("mark>") { 1 } else { -1 };
        assert!((0..=1).contains(&depth), "{what}: {html}");
    }
    assert_eq!(depth, 0, "{what}: {html}");
}

/// Every text of an answer, under the name of its field.
fn texts<'a>(field: &'a str, value: &'a Value, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((field, text)),
        Value::Array(items) => items.iter().for_each(|item| texts(field, item, found)),
        Value::Object(members) => members.iter().for_each(|(name, member)| texts(name, member, found)),
        _ => {}
    }
}

/// A wiki that holds each payload wherever a page can hold a text, and the paths of its pages.
fn wiki() -> (Site, Vec<String>) {
    let mut site = Site::new();
    let mut paths = Vec::new();
    for (number, payload) in PAYLOADS.into_iter().enumerate() {
        let plain = payload.replace('\0', "");
        let quoted = json!(plain).to_string();
        let front =
            format!("title: {quoted}\ndescription: {quoted}\ntags: [{quoted}]\naliases: [{quoted}]\nlang: pt-br\n");
        let name = plain.replace(['/', '\u{2028}'], "");
        let page = format!(
            "---\n{front}---\n\nzqpagina {payload}\n\n## Título {payload}\n\n`zqcodigo {payload}`\n\n    zqbloco {payload}\n\n- zqitem {payload}\n\n\
             | a | {} |\n|---|---|\n| zqcelula | {} |\n\n![zqalt {payload}](x.png \"{number}\")\n\n\
             [zqlink](javascript:zqalert(1)) [l](data:text/html,x) [v](vbscript:x) <a href=\"javascript:zqalert(1)\">h</a> [b](/quebrado{number}\"onclick=x)\n",
            payload.replace('|', "\\|"),
            payload.replace('|', "\\|"),
        );
        let path = format!("Pasta {number} {name}/Página {name}.md");
        site = site.page(&path, &page);
        paths.push(path);
    }
    (site.start(), paths)
}

/// Seen to fail with `escape_into` leaving `<` as it is (fields of HTML), and without `nosniff`.
#[test]
fn p05_every_field_of_every_answer_is_text() {
    let (site, paths) = wiki();
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut asked: Vec<(String, crate::site::Answer)> = Vec::new();
    let queries = ["zqalert", "script", "img", "titulo", "zqcodigo", "zqalt", "\"zqpagina", "alert(1)"];
    for q in queries.into_iter().chain(PAYLOADS) {
        let typed = encode(q);
        for target in [
            format!("/search?q={typed}&limit=100&facets=tag,lang,category&explain=true&snippet_chars=1000"),
            format!("/search?q={typed}&limit=100&snippet_chars=40"),
            format!("/search?tag={typed}"),
            format!("/search?category={typed}"),
            format!("/suggest?q={typed}&limit=20"),
            format!("/suggest?q={typed}&format=opensearch"),
            format!("/search?q={typed}&sort={typed}"),
        ] {
            asked.push((target.clone(), site.get(&target)));
        }
    }
    for path in &paths {
        let listed = encode(path).replace("%2F", "/");
        asked.push((path.clone(), site.get(&format!("/pages/{listed}"))));
        asked.push((path.clone(), site.get(&format!("/related?path={}", encode(path)))));
    }
    asked.push(("/status".to_owned(), site.get_as_admin("/status")));
    let (mut marked, mut whole) = (0, 0);
    for (target, answer) in &asked {
        assert!(answer.header("content-type").contains("json"), "{target}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{target}");
        let body = answer.json();
        let mut found = Vec::new();
        texts("", &body, &mut found);
        for (field, text) in found {
            if is_html(field) {
                assert_only_marks(text, &format!("{field} of {target}"));
                marked += text.matches("<mark>").count();
            } else if matches!(field, "title" | "heading" | "text" | "tags" | "description") {
                whole += usize::from(text.contains("<script>") || text.contains("<img"));
            } else if field == "url" {
                assert!(text.starts_with('/') && !text.starts_with("//"), "{target}: {text}");
                assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/#:".contains(&byte)), "{text}");
            }
        }
    }
    assert!(marked > 100 && whole > 100, "{marked} marks, {whole} payloads as plain text");
}

/// The same over the routes of Algolia's clients: escaped for who writes markup into a page, raw for who does that later.
/// Seen to fail with `Markup` never escaping.
#[test]
fn p05_facades_escape_for_who_writes_markup() {
    let (site, _) = wiki();
    for (pre, post) in [(None, None), (Some("<em>"), Some("</em>")), (Some("<mark class=\"x\">"), Some("</mark>"))] {
        for q in ["zqalert", "zqcodigo", "titulo", "img"] {
            let mut query = json!({"query": q, "hitsPerPage": 100, "facets": ["tag", "category"], "attributesToRetrieve": ["hierarchy.lvl0", "content"]});
            if let (Some(pre), Some(post)) = (pre, post) {
                query["highlightPreTag"] = json!(pre);
                query["highlightPostTag"] = json!(post);
            }
            let answer = site.send("POST", "/1/indexes/x/query", &[], &query.to_string());
            assert_eq!(answer.status, 200, "{}", answer.body);
            let body = answer.json();
            assert!(body["hits"].as_array().is_some_and(|hits| !hits.is_empty()), "{q}");
            for hit in body["hits"].as_array().unwrap() {
                for part in ["_highlightResult", "_snippetResult"] {
                    let mut found = Vec::new();
                    texts("", &hit[part], &mut found);
                    for (field, text) in found.into_iter().filter(|(field, _)| *field == "value") {
                        let bare =
                            text.replace(pre.unwrap_or("<em>"), "<mark>").replace(post.unwrap_or("</em>"), "</mark>");
                        assert_only_marks(&bare, &format!("{part} {field} for {q}"));
                    }
                }
            }
        }
    }
}

/// The search page holds payloads as text alone: no tag, attribute or address of theirs. Seen to fail with `Escaped` leaving
/// `"` and `<` as they are.
#[test]
fn p05_the_search_page_has_no_markup_but_its_own() {
    const TAGS: &str = "a aside body button circle code div footer form g h1 h2 head header html input label li line link main mark meta \
        nav ol option p path rect script section select span strong style svg time title ul bdi kbd b small img";
    let (site, _) = wiki();
    for q in PAYLOADS.into_iter().chain(["zqalert", "titulo", "img"]) {
        let typed = percent_encoding::utf8_percent_encode(q, percent_encoding::NON_ALPHANUMERIC);
        for target in [
            format!("/?q={typed}"),
            format!("/?q={typed}&tag={typed}&category={typed}"),
            format!("/?q={typed}&limit={typed}"),
        ] {
            let html = site.send("GET", &target, &[("accept", "text/html")], "").body;
            for tag in html.split('<').skip(1) {
                let name: String =
                    tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
                let known = tag.starts_with('!') || TAGS.split_whitespace().any(|known| known == name);
                assert!(known, "{target}: <{}", tag.chars().take(80).collect::<String>());
                let inside = tag.split('>').next().unwrap();
                // Outside quotes there are names of attributes alone.
                let bare: String = inside.split('"').step_by(2).collect();
                assert!(!bare.contains(" on") && !bare.contains('\''), "{target}: <{inside}>");
                for address in ["href=\"", "src=\"", "action=\""] {
                    let scheme = inside
                        .split(address)
                        .nth(1)
                        .and_then(|value| value.split(['"', '/', '?', '#']).next())
                        .unwrap_or("");
                    assert!(!scheme.contains(':') || scheme == "https:" || scheme == "http:", "{target}: <{inside}>");
                }
            }
            assert!(!html.contains("<script>") && !html.contains("onerror=zqalert(1)>"), "{target}");
        }
    }
    let xml = site.send("GET", "/opensearch.xml", &[("host", "a\"><script>")], "");
    assert!(!xml.body.contains("<script>"), "{}", xml.body);
}
