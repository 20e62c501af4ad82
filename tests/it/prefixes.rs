//! Every beginning of a title, from its second character on, finds the title's page among all hits. As each longer
//! beginning does, too, one more letter never loses it.
//!
//! What is typed is a title's own text: without query syntax (quotes, a leading `-`, `tag:`) and of at most 32 words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use achei::index::Snapshot;
use achei::search::{SearchRequest, Settings, search};
use proptest::prelude::*;
use proptest::sample::select;

use crate::lab::Lab;
use crate::site::DATE;

/// Hits asked for at once.
const PAGE_OF_HITS: usize = 100;
/// More bytes are no query.
const MAX_BYTES: usize = 512;

/// One index state, asked without limits.
struct Asker {
    snapshot: Arc<Snapshot>,
    settings: Settings,
}

impl Asker {
    fn new(lab: &mut Lab) -> Self {
        let settings =
            Settings { timeout: None, ..Settings::new(&lab.config.search, lab.config.server.search_timeout) };
        Self { snapshot: lab.snapshot(), settings }
    }

    /// Whether a page is among all hits, page of hits by page of hits.
    fn finds(&self, q: &str, path: &str) -> bool {
        let request =
            SearchRequest { q: q.to_owned(), limit: PAGE_OF_HITS, snippet_chars: 40, ..SearchRequest::default() };
        let pages_of_hits = (0..).step_by(PAGE_OF_HITS).map(|offset| {
            search(&self.snapshot, &self.settings, &SearchRequest { offset, ..request.clone() }).unwrap()
        });
        for response in pages_of_hits {
            if response.hits.iter().any(|hit| hit.path == path) {
                return true;
            }
            if response.offset + response.hits.len() >= response.total || response.hits.is_empty() {
                break;
            }
        }
        false
    }

    /// The beginnings of a title that lose its page.
    fn lost(&self, title: &str, path: &str) -> Vec<String> {
        beginnings(title).filter(|typed| !self.finds(typed, path)).map(str::to_owned).collect()
    }
}

/// The beginnings of a title of two characters and more, the whole title last.
fn beginnings(title: &str) -> impl Iterator<Item = &str> {
    let ends = title.char_indices().map(|(at, letter)| at + letter.len_utf8()).skip(1);
    ends.take_while(|end| *end <= MAX_BYTES).map(|end| &title[..end])
}

/// Whether a title is typed as it stands: a quotation is a phrase.
fn is_plain(title: &str) -> bool {
    !title.contains(['"', '“', '„', '«'])
}

#[test]
fn every_beginning_of_a_title_of_the_starter_wiki_finds_its_page() {
    let mut lab = Lab::new();
    lab.config.content.dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    lab.reconcile();
    let mut titles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for hit in lab.search("").hits {
        titles.entry(hit.title).or_default().push(hit.path);
    }
    let asker = Asker::new(&mut lab);
    let mut tried = 0;
    let mut lost = Vec::new();
    for (title, paths) in &titles {
        if let [path] = paths.as_slice()
            && is_plain(title)
        {
            tried += 1;
            lost.extend(asker.lost(title, path).into_iter().map(|typed| format!("{typed:?} of {title:?}")));
        }
    }
    assert!(tried >= 40, "{tried} titles");
    assert!(lost.is_empty(), "{lost:#?}");
}

const SYLLABLES: &[&str] = &[
    "ca", "co", "con", "ção", "ções", "fi", "gu", "ra", "re", "te", "ti", "na", "nha", "ô", "é", "ís", "pa", "pla",
    "su", "vi", "lo", "mês", "ção", "bo", "le", "to",
];
const FUNCTION_WORDS: &[&str] = &["a", "o", "e", "de", "da", "do", "em", "para", "com", "não", "à", "os"];
const CODES: &[&str] = &[
    "NF-e",
    "CT-e",
    "NFCom",
    "PPPoE",
    "C++",
    "C#",
    ".NET",
    "802.1Q",
    "TR-069",
    "IPv6",
    "Wi-Fi",
    "pré-pago",
    "pós-pago",
    "0x80070005",
    "78.54.2",
    "192.168.0.1",
    "08/08/2024",
    "#1234",
    "R$",
    "1.500,00",
    "2ª",
    "nº",
    "d'água",
    "(LOS)",
    "GPON/EPON",
    "–",
    "&",
    "e-mail",
    "config.toml",
    "valorTotal",
    "max_login",
    "[P1]",
    "50%",
    "1:8",
    "3-2-1",
    "São",
    "SQLSTATE[23000]:",
];

/// Words as Portuguese has them, function words, numbers, and codes of every sort.
fn word() -> impl Strategy<Value = String> {
    let made = prop::collection::vec(select(SYLLABLES), 1..5).prop_map(|syllables| syllables.concat());
    prop_oneof![
        8 => made.clone(),
        1 => made.prop_map(|word| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        }),
        2 => select(FUNCTION_WORDS).prop_map(str::to_owned),
        1 => (0u32..3000).prop_map(|number| number.to_string()),
        2 => select(CODES).prop_map(str::to_owned),
        1 => "[AB]{2}-[0-9]{1,4}",
        1 => "10(\\.[0-9]{1,2}){1,3}",
        1 => "[0-9]{1,3}(\\.[0-9]{1,3}){1,3}",
        1 => "[a-z]{2,5}[-_/.][a-z]{1,5}:?",
        1 => "[A-Za-zÀ-ú0-9#+(\\[][A-Za-zÀ-ú0-9#+&/()\\[\\].,:;_'-]{1,12}",
    ]
}

fn title() -> impl Strategy<Value = String> {
    let words =
        prop_oneof![9 => 1..8usize, 1 => 24..33usize].prop_flat_map(|words| prop::collection::vec(word(), words));
    words.prop_map(|words| words.join(" ")).prop_filter("query syntax", |title| {
        let filters = ["tag:", "title:", "path:", "lang:"];
        is_plain(title) && !title.split(' ').any(|word| filters.iter().any(|filter| word.starts_with(filter)))
    })
}

/// Thousands of words of the same syllables, numbers and codes, more for most beginnings than a prefix is expanded to:
/// the words of titles, which are rarer, are never among the commonest.
fn common_words() -> String {
    let mut words = String::new();
    for first in SYLLABLES {
        for second in SYLLABLES {
            for third in &SYLLABLES[..4] {
                write!(words, "{first}{second}{third} ").unwrap();
            }
        }
    }
    for number in 0..1000 {
        write!(words, "{number} AB-{number} 10.{}.{} ", number / 30, number % 30).unwrap();
    }
    words
}

/// A wiki of titles without doubles beside pages of common words.
fn wiki(titles: &BTreeSet<String>) -> Lab {
    let mut lab = Lab::new();
    for (number, title) in titles.iter().enumerate() {
        let quoted = serde_json::to_string(title).unwrap();
        lab.write(&format!("{number}.md"), &format!("---\ntitle: {quoted}\nupdated: {DATE}\n---\n\nTexto.\n"));
    }
    let words = common_words();
    for number in 0..3 {
        lab.write(&format!("texto-{number}.md"), &format!("# Texto {number}\n\n{words}\n"));
    }
    lab.reconcile();
    lab
}

/// Wikis tried: few, as each is indexed; more with `PROPTEST_CASES`.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_beginning_of_a_made_up_title_finds_its_page(titles in prop::collection::btree_set(title(), 4..12)) {
        let mut lab = wiki(&titles);
        let asker = Asker::new(&mut lab);
        for (number, title) in titles.iter().enumerate() {
            let lost = asker.lost(title, &format!("{number}.md"));
            prop_assert!(lost.is_empty(), "{lost:?} of {title:?}");
        }
    }
}

/// More words begin alike than are tried: which ones does not depend on pages that were deleted. Seen to fail with the words
/// tried in the order of the engine's counts, which deleted pages still raise.
#[test]
fn the_most_frequent_longer_words_are_of_live_pages() {
    let name =
        |word: usize| format!("zqu{}{}", char::from(b'a' + (word / 26) as u8), char::from(b'a' + (word % 26) as u8));
    let text = |words: &mut dyn Iterator<Item = usize>| {
        let words: Vec<String> = words.map(name).collect();
        format!("---\ntitle: Página\ndate: {DATE}\n---\n{}\n", words.join(" "))
    };
    // Sixty words on a page each; ten of them on many more pages, which go again, in a segment of their own with others.
    let keep =
        |lab: &Lab| (0..60).for_each(|word| lab.write(&format!("p{word:02}.md"), &text(&mut [word].into_iter())));
    let mut fresh = Lab::new();
    keep(&fresh);
    fresh.reconcile();
    let found = |lab: &mut Lab| -> Vec<String> {
        let request = SearchRequest { q: "zqu".to_owned(), limit: PAGE_OF_HITS, ..SearchRequest::default() };
        lab.ask(&request).hits.into_iter().map(|hit| hit.path).collect()
    };
    let expected = found(&mut fresh);
    assert_eq!(expected.len(), 50, "the bound");

    let mut edited = Lab::new();
    keep(&edited);
    (0..4).for_each(|number| edited.write(&format!("gone{number}.md"), &text(&mut (50..60))));
    edited.reconcile();
    (0..4).for_each(|number| std::fs::remove_file(edited.content().join(format!("gone{number}.md"))).unwrap());
    edited.reconcile();
    assert_eq!(found(&mut edited), expected);
}

/// Of codes that begin alike none is tried for a number that is still typed, only the numbers that they begin with: a
/// wiki holds addresses by the hundred thousand. Once a connector is typed they are. Seen to fail with `codes` always on:
/// fifty addresses took the places of longer numbers.
#[test]
fn codes_are_begun_once_a_connector_is_typed() {
    let mut lab = Lab::new();
    let page = |text: &str| format!("---\ntitle: Página\ndate: {DATE}\n---\n{text}\n");
    for number in 0..60 {
        lab.write(&format!("a{number:02}.md"), &page(&format!("10.20.{number}.1 e 10.20.{number}.2")));
    }
    lab.write("longer.md", &page("a porta 1024"));
    lab.reconcile();
    let mut found = |q: &str| -> BTreeSet<String> {
        let request = SearchRequest { q: q.to_owned(), limit: PAGE_OF_HITS, ..SearchRequest::default() };
        lab.ask(&request).hits.into_iter().map(|hit| hit.path).collect()
    };
    assert_eq!(found("10").len(), 61, "the first part of every address, and what begins so");
    assert!(found("102").contains("longer.md"));
    assert_eq!(found("10.20.5").len(), 11, "5 and 50 to 59");
    assert_eq!(found("10.20.59.2"), BTreeSet::from(["a59.md".to_owned()]));
}
