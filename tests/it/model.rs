//! Random edits, with a reconcile after each step: at the end the incremental index equals a rebuild, and both equal
//! what an independent reading of the directory says (that of `tests/chaos`).
//!
//! Its own file beside `machine`, where anything may happen to either directory: here nothing but edits does, and two indexes
//! are compared to the last score.
//!
//! The runs are the same each time. `MODEL_SEED=7 MODEL_CASES=500 cargo test model` looks elsewhere.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use achei::config::{Boost, PathPattern, SearchConfig};
use achei::index::{Indexer, Request};
use achei::page::Timestamp;
use achei::search::{Facet, SearchRequest, SearchResponse, Settings, Sort, SuggestRequest, page, related, suggest};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::lab::Lab;
use crate::oracle;

/// Where pages may lie: folders, locales, other extensions, and files that claim one URL.
const PATHS: &[&str] = &[
    "home.md",
    "Cadastros/VPN.md",
    "Cadastros/Boletos.md",
    "Cadastros/Contratos/Plano.md",
    "Suporte/VPN.md",
    "Suporte/Chamados.md",
    "Suporte/Fila/Espera.md",
    "Guia.md",
    "pt-br/Guia.md",
    "Guia.markdown",
    "en/Guide.md",
    "es/Suporte/Guía.md",
];
const FOLDERS: &[&str] =
    &["Cadastros", "Cadastros/Contratos", "Suporte", "Suporte/Fila", "en", "Arquivo", "Arquivo/2024"];
const WORDS: &[&str] = &[
    "configuração",
    "configurar",
    "vpn",
    "boleto",
    "boletos",
    "contrato",
    "cliente",
    "emissão",
    "nota",
    "notas",
    "NF-e",
    "78.54.2",
    "rede",
    "senha",
    "de",
    "a",
    "quickly",
    "running",
    "servidor",
    "C++",
];
const TITLES: &[&str] = &["VPN", "Configuração da VPN", "Boletos", "Nota fiscal", "Contratos e planos", "Guia"];
const TAGS: &[&str] = &["vpn", "Rede", "financeiro", ""];
const DATES: &[&str] = &["", "", "date: 2024-01-01", "date: 2024-03-02T10:00:00.000Z", "updated: 2025-05-05"];
const WITHHELD: &[&str] = &["draft: true", "published: false", "search: false"];

#[derive(Clone, Debug)]
enum Edit {
    Write { path: &'static str, text: String, age_s: u64 },
    Delete(&'static str),
    Rename(&'static str, &'static str),
    MoveFolder(&'static str, &'static str),
    Touch(&'static str, u64),
    FrontMatter(&'static str, String),
}

/// Edits, and whether only what they touched is compared, or the index is closed and opened before.
#[derive(Clone, Debug)]
struct Step {
    edits: Vec<Edit>,
    by_paths: bool,
    reopen: bool,
}

fn front_matter() -> impl Strategy<Value = String> {
    let withheld = prop_oneof![9 => Just(""), 2 => select(WITHHELD)];
    let extra = prop_oneof![6 => Just(""), 1 => Just("search: {boost: 3}"), 1 => Just("deprecated: true"), 1 => Just("lang: en"), 1 => Just("aliases: [rede privada]"), 1 => Just("description: emissão de nota")];
    (select(TITLES), select(TAGS), select(DATES), withheld, extra).prop_map(|(title, tag, date, withheld, extra)| {
        let lines = [
            format!("title: {title}"),
            format!("tags: [{tag}]"),
            date.to_owned(),
            withheld.to_owned(),
            extra.to_owned(),
        ];
        lines.into_iter().filter(|line| !line.is_empty()).fold(String::new(), |text, line| text + &line + "\n")
    })
}

fn text() -> impl Strategy<Value = String> {
    let words = || prop::collection::vec(select(WORDS), 1..12).prop_map(|words| words.join(" "));
    let link = prop_oneof![2 => Just(String::new()), 3 => select(PATHS).prop_map(|path| format!("[veja](/{path})\n"))];
    // Long enough to be a copy of another page.
    let long = WORDS.iter().copied().cycle().take(80).collect::<Vec<_>>().join(" ");
    let second = prop_oneof![3 => words(), 1 => Just(long)];
    (front_matter(), words(), words(), second, link).prop_map(|(front, heading, first, second, link)| {
        format!("---\n{front}---\n\n{first}.\n\n## {heading}\n\n{second}\n\n```\n{first}\n```\n\n{link}")
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let age_s = || select(&[10, 10, 500, 90_000][..]);
    prop_oneof![
        6 => (select(PATHS), text(), age_s()).prop_map(|(path, text, age_s)| Edit::Write { path, text, age_s }),
        2 => select(PATHS).prop_map(Edit::Delete),
        2 => (select(PATHS), select(PATHS)).prop_map(|(from, to)| Edit::Rename(from, to)),
        2 => (select(FOLDERS), select(FOLDERS)).prop_map(|(from, to)| Edit::MoveFolder(from, to)),
        2 => (select(PATHS), age_s()).prop_map(|(path, age_s)| Edit::Touch(path, age_s)),
        2 => (select(PATHS), front_matter()).prop_map(|(path, front)| Edit::FrontMatter(path, front)),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::collection::vec(edit(), 1..6), any::<bool>(), prop::bool::weighted(0.15));
    prop::collection::vec(step.prop_map(|(edits, by_paths, reopen)| Step { edits, by_paths, reopen }), 2..8)
}

/// Makes an edit if it can be made, and gives the paths that it touched.
fn make(lab: &Lab, edit: &Edit, epoch: SystemTime) -> Vec<String> {
    let at = |path: &str| lab.content().join(path);
    let date = |path: &str, age_s: u64| {
        File::options().append(true).open(at(path)).unwrap().set_modified(epoch - Duration::from_secs(age_s)).unwrap();
    };
    match edit {
        Edit::Write { path, text, age_s } => {
            if at(path).is_dir() {
                return Vec::new();
            }
            lab.write(path, text);
            date(path, *age_s);
            vec![(*path).to_owned()]
        }
        Edit::Delete(path) => fs::remove_file(at(path)).map_or_else(|_| Vec::new(), |()| vec![(*path).to_owned()]),
        Edit::Rename(from, to) | Edit::MoveFolder(from, to) => {
            fs::create_dir_all(at(to).parent().unwrap()).unwrap();
            fs::rename(at(from), at(to)).map_or_else(|_| Vec::new(), |()| vec![(*from).to_owned(), (*to).to_owned()])
        }
        Edit::Touch(path, age_s) => {
            if !at(path).is_file() {
                return Vec::new();
            }
            date(path, *age_s);
            vec![(*path).to_owned()]
        }
        Edit::FrontMatter(path, front) => {
            let Ok(text) = fs::read_to_string(at(path)) else { return Vec::new() };
            let body = text.splitn(3, "---\n").last().unwrap_or_default().to_owned();
            lab.write(path, &format!("---\n{front}---\n{body}"));
            date(path, 500);
            vec![(*path).to_owned()]
        }
    }
}

fn requests() -> Vec<SearchRequest> {
    let words = [
        "",
        "vpn",
        "VPN",
        "config",
        "configuracao",
        "configurasao",
        "boleto",
        "boletos contrato",
        "emissao de nota",
        "\"nota fiscal\"",
        "vpn -boleto",
        "nfe",
        "78.54.2",
        "c++",
        "run",
        "tag:vpn",
        "title:guia",
        "path:suporte",
        "lang:en",
        "cliente senha servidor rede",
        "rede privada",
        "-vpn",
        "x",
    ];
    let q = |q: &str| SearchRequest { q: q.to_owned(), limit: 100, ..SearchRequest::default() };
    let mut requests: Vec<SearchRequest> =
        words.iter().map(|word| SearchRequest { explain: true, ..q(word) }).collect();
    requests.push(SearchRequest { facets: vec![Facet::Lang, Facet::Tag, Facet::Category], sort: Sort::Title, ..q("") });
    requests.push(SearchRequest { facets: vec![Facet::Category], lang: Some("pt".into()), ..q("nota") });
    requests.push(SearchRequest { tags: vec!["rede".into()], sort: Sort::Updated, ..q("") });
    requests.push(SearchRequest { category: Some("Suporte".into()), limit: 2, offset: 1, ..q("vpn") });
    requests.push(SearchRequest {
        updated_after: Timestamp::parse("2024-01-01"),
        updated_before: Timestamp::parse("2025-01-01"),
        ..q("vpn")
    });
    requests
}

/// What readers see of an index, everything but times of the run.
#[derive(Debug, PartialEq)]
struct Seen {
    searches: Vec<SearchResponse>,
    pages: Vec<String>,
    skipped: Vec<String>,
}

fn seen(indexer: &Indexer, paths: &BTreeSet<String>) -> Seen {
    let snapshot = indexer.published().load_full().expect("an index");
    let boosts = vec![Boost { path: PathPattern::new("*.markdown").unwrap(), factor_milli: 1500 }];
    let curated = SearchConfig { boosts, ..SearchConfig::default() };
    let settings = Settings { timeout: None, ..Settings::new(&curated, Duration::ZERO) };
    let searches = requests()
        .iter()
        .map(|request| SearchResponse {
            took_ms: 0.0,
            generation: 0,
            ..achei::search::search(&snapshot, &settings, request).unwrap()
        })
        .collect();
    let suggestions = ["c", "vp", "bol", "nota"].map(|q| {
        let request = SuggestRequest { q: q.to_owned(), limit: 20, lang: None };
        format!("{:?}", suggest(&snapshot, &settings, &request).unwrap())
    });
    let views = paths
        .iter()
        .map(|path| format!("{:?} {:?}", page(&snapshot, path).unwrap(), related(&snapshot, path, 5).unwrap()));
    Seen {
        searches,
        pages: views.chain(suggestions).chain([format!("{} {}", snapshot.pages(), snapshot.sections())]).collect(),
        skipped: indexer.skipped().into_iter().map(|file| format!("{}: {}", file.path, file.reason)).collect(),
    }
}

fn play(steps: &[Step]) {
    let mut lab = Lab::new();
    let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    lab.reconcile();
    for step in steps {
        if step.reopen {
            lab.close();
        }
        let touched: BTreeSet<String> = step.edits.iter().flat_map(|edit| make(&lab, edit, epoch)).collect();
        let outcome = if step.by_paths { lab.reconcile_paths(&touched) } else { lab.reconcile() };
        assert!(outcome.held.is_none() && outcome.deferred.is_none() && outcome.unsettled.is_empty(), "{outcome:?}");
    }
    let expected: BTreeSet<String> = oracle::expected(&lab.content()).into_keys().collect();
    let listed = lab.paths("");
    assert_eq!(listed.len(), expected.len(), "no page twice");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), expected, "found and on disk");

    let mut index = lab.config.index.clone();
    index.dir.set_file_name("rebuilt");
    let mut rebuilt = Indexer::open(lab.config.content.clone(), index).unwrap();
    rebuilt.reconcile(&Request { explicit: true, ..Request::all() }, &|_| {}).unwrap();
    let (incremental, rebuilt) = (seen(lab.indexer(), &expected), seen(&rebuilt, &expected));
    for (a, b) in incremental.searches.iter().zip(&rebuilt.searches) {
        assert_eq!(a, b, "incremental and rebuilt: {:?}", a.query);
    }
    assert_eq!(incremental.pages, rebuilt.pages, "incremental and rebuilt");
    assert_eq!(incremental.skipped, rebuilt.skipped, "incremental and rebuilt");
    lab.close();
}

/// Found by thinking about it: rare among random edits.
#[test]
fn a_touch_may_turn_a_clash_around() {
    let text = |date: &str| format!("---\ntitle: Guia\n{date}\n---\nvpn\n");
    for date in ["", "date: 2024-01-01"] {
        let write = |path, age_s| Edit::Write { path, text: text(date), age_s };
        let steps = [
            vec![write("Guia.md", 100), write("pt-br/Guia.md", 200)],
            vec![Edit::Touch("pt-br/Guia.md", 10)],
            vec![Edit::Touch("Guia.md", 5)],
        ];
        for by_paths in [false, true] {
            for (count, reopen) in (1..=steps.len()).flat_map(|count| [(count, false), (count, true)]) {
                let steps: Vec<Step> =
                    steps[..count].iter().map(|edits| Step { edits: edits.clone(), by_paths, reopen }).collect();
                play(&steps);
            }
        }
    }
}

#[test]
fn after_any_edits_the_index_equals_a_rebuild_and_the_directory() {
    let number =
        |name: &str, default: u32| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let config = Config {
        cases: number("MODEL_CASES", 28),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let seed = [number("MODEL_SEED", 1).to_le_bytes(); 8].concat();
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let result = runner.run(&steps(), |steps| {
        play(&steps);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
