//! The modules that pages of other sites load.

use super::Site;

/// Where they are.
pub(super) const PATHS: [&str; 2] = ["/achei.js", "/pagefind/pagefind.js"];

#[tokio::test]
async fn any_origin_loads_them_whatever_is_configured() {
    for allowed in [vec![], vec!["https://wiki.example".to_owned()], vec!["*".to_owned()]] {
        let site = Site::with(|live| live.server.allowed_origins = allowed);
        for path in PATHS {
            for method in ["GET", "HEAD"] {
                let answer = site.ask(method, path, &["origin: https://other.example"], "").await;
                let what = format!("{method} {path}");
                assert_eq!(answer.status, 200, "{what}");
                assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{what}");
                assert_eq!(answer.header("cross-origin-resource-policy").as_deref(), Some("cross-origin"), "{what}");
                assert_eq!(answer.header("content-type").as_deref(), Some("text/javascript; charset=utf-8"), "{what}");
                assert_eq!(answer.header("x-content-type-options").as_deref(), Some("nosniff"), "{what}");
                assert!(!answer.header("vary").unwrap_or_default().contains("Origin"), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_version_that_is_theirs_is_kept_for_ever() {
    let site = Site::without_index();
    for path in PATHS {
        let plain = site.get(path).await;
        let tag = plain.header("etag").expect("a tag");
        let version = tag.trim_start_matches("W/").trim_matches('"');
        for (query, cached) in [
            (format!("?v={version}"), "public, max-age=31536000, immutable"),
            (format!("?x=1&v={}", &version[..8]), "public, max-age=31536000, immutable"),
            (format!("?v={}", &version[..7]), "no-cache"),
            (format!("?v={}", version.chars().rev().collect::<String>()), "no-cache"),
            ("?v=".to_owned(), "no-cache"),
            ("?v=%ff".to_owned(), "no-cache"),
            (String::new(), "no-cache"),
        ] {
            let target = format!("{path}{query}");
            let answer = site.get(&target).await;
            assert_eq!((answer.status.as_u16(), &answer.body), (200, &plain.body), "{target}");
            assert_eq!(answer.header("cache-control").as_deref(), Some(cached), "{target}");
            let again = site.ask("GET", &target, &[&format!("if-none-match: {tag}")], "").await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{target}");
            assert_eq!(again.header("cache-control").as_deref(), Some(cached), "{target}");
            assert_eq!(again.header("access-control-allow-origin").as_deref(), Some("*"), "{target}");
        }
    }
}

/// Behind a path prefix they find their server from where they were loaded; and they evaluate nothing.
#[tokio::test]
async fn they_ask_where_they_come_from() {
    let site = Site::new();
    for path in PATHS {
        let text = site.get(path).await.text();
        assert!(text.contains("import.meta.url"), "{path}");
        for never in ["eval(", "new Function", "innerHTML", "localhost", "127.0.0.1"] {
            assert!(!text.contains(never), "{path}: {never}");
        }
    }
}
