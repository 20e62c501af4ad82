//! No leak: what a reader is answered equals what an index answers that never held the hidden pages.
//!
//! Each of these guards was once off alone, and each time this failed: hidden pages left in what a query may match, in
//! facets, in related pages, in the pages that hold a word (`live_df_in`), in `docs_with`, in the links that count, in the
//! mean lengths.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use achei::access::{Policy, Reader};
use achei::config::{AccessConfig, AccessDefault, AccessRule, PathPattern};
use achei::index::{PageFacts, Snapshot};
use achei::search::{Facet, SearchRequest, Settings, Sort, SuggestRequest, page, related, search, suggest};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::lab::Lab;

const PATHS: &[&str] = &[
    "home.md",
    "Cadastros/VPN.md",
    "Cadastros/Boletos.md",
    "Cadastros/Contratos/Plano.md",
    "Suporte/VPN.md",
    "Suporte/Chamados.md",
    "Suporte/Fila/Espera.md",
    "en/Guide.md",
    "es/Suporte/Guía.md",
];
const WORDS: &[&str] = &[
    "configuração",
    "configurar",
    "vpn",
    "boleto",
    "boletos",
    "contrato",
    "cliente",
    "segredo",
    "segredos",
    "senha",
    "NF-e",
    "78.54.2",
    "rede",
    "de",
    "quickly",
    "running",
    "servidor",
    "salário",
    "salarios",
];
const TITLES: &[&str] = &["VPN", "Configuração da VPN", "Boletos", "Nota fiscal", "Salários", "Segredos da rede"];
const GROUPS: &[&str] = &["equipe", "n2", "rh"];
const QUERIES: &[&str] = &[
    "vpn",
    "configuracao",
    "segrdo",
    "salarjos",
    "boleto vpn",
    "sal",
    "s",
    "c",
    "NF-e",
    "78.54.2",
    "segredo contrato rede",
    "\"configuração vpn\"",
    "-vpn rede",
    "",
    "confgurar",
    "tag:vpn",
    "se nha",
    "salario",
];

#[derive(Clone, Debug)]
struct Made {
    text: String,
    path: &'static str,
}

fn some_pages() -> impl Strategy<Value = Vec<Made>> {
    let one = |path: &'static str| {
        (
            select(TITLES),
            prop::collection::vec(select(WORDS), 1..14),
            select(vec!["", "vpn", "Rede", "interno"]),
            subsequence(GROUPS.to_vec(), 0..=2),
            subsequence(PATHS.to_vec(), 0..=2),
        )
            .prop_map(move |(title, words, tag, groups, links)| {
                let mut text = format!("---\ntitle: {title}\n");
                if !tag.is_empty() {
                    let _ = writeln!(text, "tags: [{tag}]");
                }
                if !groups.is_empty() {
                    let _ = writeln!(text, "groups: [{}]", groups.join(", "));
                }
                let _ = write!(text, "date: 2024-01-01\n---\n\n## {}\n\n{}\n", words[0], words.join(" "));
                for link in links {
                    let _ = write!(text, "\n[x](/{})\n", link.trim_end_matches(".md"));
                }
                Made { text, path }
            })
    };
    subsequence(PATHS.to_vec(), 3..=PATHS.len())
        .prop_flat_map(move |paths| paths.into_iter().map(one).collect::<Vec<_>>())
}

fn some_rules() -> impl Strategy<Value = AccessConfig> {
    let path = select(vec!["Cadastros/", "Suporte/", "/Suporte/Fila/", "*.md", "VPN.md", "Guide.md"]);
    let rule =
        (path, any::<bool>(), subsequence(vec!["*", "equipe", "n2", "rh"], 0..=2)).prop_map(|(path, tag, groups)| {
            AccessRule {
                path: (!tag).then(|| PathPattern::new(path).unwrap()),
                tag: tag.then(|| "interno".to_owned()),
                groups: groups.into_iter().map(str::to_owned).collect(),
            }
        });
    (prop::collection::vec(rule, 0..4), any::<bool>()).prop_map(|(rules, closed)| AccessConfig {
        default: if closed { AccessDefault::Closed } else { AccessDefault::Public },
        rules,
        ..AccessConfig::default()
    })
}

/// All that is answered, but for what names the index: scores and order are compared, too.
fn answers(snapshot: &Snapshot, settings: &Settings) -> Vec<Value> {
    let mut out = vec![json!([snapshot.pages(), snapshot.sections()])];
    for query in QUERIES {
        for sort in [Sort::Relevance, Sort::Title] {
            let request = SearchRequest {
                q: (*query).to_owned(),
                limit: 100,
                sort,
                facets: vec![Facet::Lang, Facet::Tag, Facet::Category],
                explain: true,
                ..SearchRequest::default()
            };
            let mut answer = serde_json::to_value(search(snapshot, settings, &request).unwrap()).unwrap();
            answer["took_ms"] = json!(0);
            answer["generation"] = json!(0);
            out.push(answer);
        }
        let request = SuggestRequest { q: (*query).to_owned(), limit: 10, lang: None };
        out.push(serde_json::to_value(suggest(snapshot, settings, &request).unwrap()).unwrap());
    }
    for path in PATHS {
        out.push(serde_json::to_value(page(snapshot, path).unwrap()).unwrap());
        out.push(serde_json::to_value(related(snapshot, path, 10).unwrap()).unwrap());
    }
    out
}

#[test]
fn hidden_pages_leave_no_trace() {
    let cases = std::env::var("ACCESS_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(24);
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let readers = prop::option::of(subsequence(GROUPS.to_vec(), 0..=GROUPS.len()));
    let result = runner.run(&(some_pages(), some_rules(), readers), |(pages, config, groups)| {
        let reader = groups.map_or_else(Reader::guest, Reader::of);
        let whole: Vec<(&str, &str)> = pages.iter().map(|made| (made.path, made.text.as_str())).collect();
        let mut lab = Lab::of(&whole);
        let locales = lab.config.content.page.locales.clone();
        let policy = Policy::new(&config, &locales, None);
        let seen = lab.snapshot().seen_by("x", |facts: PageFacts<'_>| policy.may_find(facts, &reader)).unwrap();
        let visible: BTreeSet<String> =
            seen.segments().iter().flat_map(|view| view.found().iter().map(|doc| view.path_of(doc))).collect();
        let left: Vec<(&str, &str)> = whole.iter().filter(|(path, _)| visible.contains(*path)).copied().collect();
        let mut other = Lab::of(&left);
        let settings =
            Settings { timeout: None, ..Settings::new(&lab.config.search, lab.config.server.search_timeout) };
        let (seen, never) = (answers(&seen, &settings), answers(&other.snapshot(), &settings));
        for (seen, never) in seen.iter().zip(&never) {
            prop_assert_eq!(seen, never);
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}
