//! Hits as Algolia's clients know them: records with a place in a hierarchy.
//!
//! Its own file because the shape is `DocSearch`'s: `lvl0` groups (where a page lies), `lvl1` is the page, `lvl2` a
//! heading in it. `type` says what of it is found; a client shows that level, so it is never null.

use serde::Serialize;
use utoipa::ToSchema;

use super::markup::{Marked, Markup, has_mark};
use crate::search::{Hit, SectionHit};

/// The most records of one page.
const MAX_RECORDS: usize = 3;
/// Between the folders of `lvl0`.
const BETWEEN_FOLDERS: &str = " › ";

/// A page or a section of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlgoliaRecord)]
pub(super) struct Record {
    /// The page's file; with `#` and the anchor for a section.
    #[serde(rename = "objectID")]
    object_id: String,
    /// Where it opens.
    url: String,
    /// What is found.
    #[serde(rename = "type")]
    kind: Kind,
    hierarchy: Hierarchy,
    /// An excerpt without marks.
    content: Option<String>,
    tag: Vec<String>,
    lang: String,
    /// The folder below the locale, `Cadastros/Contratos`.
    category: Option<String>,
    #[serde(rename = "_highlightResult")]
    highlight: Matched,
    #[serde(rename = "_snippetResult")]
    snippet: Matched,
}

/// What of a record is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = AlgoliaType)]
enum Kind {
    /// The page.
    Lvl1,
    /// A heading.
    Lvl2,
    /// The text below a heading.
    Content,
}

/// Where a record lies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlgoliaHierarchy)]
struct Hierarchy {
    /// The folders, made readable; of a page in none its title.
    lvl0: String,
    /// The page's title.
    lvl1: String,
    /// The heading.
    lvl2: Option<String>,
    /// Always null, as the levels below.
    lvl3: Option<String>,
    lvl4: Option<String>,
    lvl5: Option<String>,
    lvl6: Option<String>,
}

/// What matched in which attribute; attributes that are null are left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlgoliaMatched)]
struct Matched {
    hierarchy: MatchedHierarchy,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    content: Option<Marked>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlgoliaMatchedHierarchy)]
struct MatchedHierarchy {
    lvl0: Marked,
    lvl1: Marked,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lvl2: Option<Marked>,
}

/// Makes records of one answer.
pub(super) struct Records<'a> {
    pub(super) markup: &'a Markup,
    /// How many words the query has.
    pub(super) words: usize,
}

/// A section as a record shows it; none is the page as a whole.
#[derive(Clone, Copy)]
struct Part<'a> {
    heading: &'a str,
    heading_html: &'a str,
    snippet: &'a str,
}

impl Records<'_> {
    /// The page, at its best section.
    pub(super) fn of_page(&self, hit: &Hit) -> Record {
        let best = hit.sections.iter().find(|section| section.anchor == hit.anchor && section.heading == hit.heading);
        let heading_html = best.map_or("", |section| section.heading_html.as_str());
        let part = Part { heading: &hit.heading, heading_html, snippet: &hit.snippet };
        self.record(hit, hit.path.clone(), &hit.url, part)
    }

    /// The page, and the sections that answer, the best among them: `DocSearch` lists sections below their page.
    pub(super) fn of_sections(&self, hit: &Hit) -> Vec<Record> {
        let top = hit.sections.iter().find(|section| section.heading.is_empty());
        let part = Part { heading: "", heading_html: "", snippet: top.map_or("", |top| top.snippet.as_str()) };
        let page_url = hit.url.split('#').next().unwrap_or(&hit.url);
        let mut records = vec![self.record(hit, hit.path.clone(), page_url, part)];
        for section in chosen(hit) {
            let place = if section.anchor.is_empty() { &section.heading } else { &section.anchor };
            let part =
                Part { heading: &section.heading, heading_html: &section.heading_html, snippet: &section.snippet };
            records.push(self.record(hit, format!("{}#{place}", hit.path), &section.url, part));
        }
        records
    }

    fn record(&self, hit: &Hit, object_id: String, url: &str, part: Part<'_>) -> Record {
        let text = |plain: &str| self.markup.text(plain);
        let folders = hit.breadcrumbs.join(BETWEEN_FOLDERS);
        let lvl0 = if folders.is_empty() { &hit.title } else { &folders };
        let filled = |text: &str| !text.is_empty();
        Record {
            object_id,
            url: url.to_owned(),
            kind: part.kind(),
            hierarchy: Hierarchy {
                lvl0: text(lvl0),
                lvl1: text(&hit.title),
                lvl2: Some(part.heading).filter(|heading| filled(heading)).map(text),
                lvl3: None,
                lvl4: None,
                lvl5: None,
                lvl6: None,
            },
            content: Some(self.markup.unmarked(part.snippet)).filter(|content| filled(content)),
            tag: hit.tags.iter().map(|tag| text(tag)).collect(),
            lang: text(&hit.lang),
            category: category(hit).as_deref().map(text),
            highlight: self.matched(hit, lvl0, part),
            snippet: self.matched(hit, lvl0, part),
        }
    }

    fn matched(&self, hit: &Hit, lvl0: &str, part: Part<'_>) -> Matched {
        let marked = |html: &str| self.markup.marked(html, self.words);
        let mut folders = String::new();
        crate::search::escape_into(lvl0, &mut folders);
        let filled = |html: &&str| !html.is_empty();
        Matched {
            hierarchy: MatchedHierarchy {
                lvl0: marked(&folders),
                lvl1: marked(&hit.title_html),
                lvl2: Some(part.heading_html).filter(filled).map(marked),
            },
            content: Some(part.snippet).filter(filled).map(marked),
        }
    }
}

/// The sections that stand below their page: the best one, and others that show a match, for what is shown must say why.
fn chosen(hit: &Hit) -> Vec<&SectionHit> {
    let is_best = |section: &SectionHit| section.anchor == hit.anchor && section.heading == hit.heading;
    let shows = |section: &SectionHit| has_mark(&section.heading_html) || has_mark(&section.snippet);
    let mut sections: Vec<&SectionHit> = hit.sections.iter().filter(|section| !section.heading.is_empty()).collect();
    sections.retain(|section| is_best(section) || shows(section));
    while sections.len() >= MAX_RECORDS {
        // From the end, but never the best: the record of the page is one of those allowed.
        let last = sections.iter().rposition(|section| !is_best(section));
        sections.remove(last.unwrap_or(sections.len() - 1));
    }
    sections
}

impl Part<'_> {
    /// A heading is shown where it matches; else the text below it, which does.
    fn kind(self) -> Kind {
        if self.heading.is_empty() {
            Kind::Lvl1
        } else if has_mark(self.heading_html) || self.snippet.is_empty() {
            Kind::Lvl2
        } else {
            Kind::Content
        }
    }
}

/// The folders of a page below its locale, as they stand on disk: as many as it has breadcrumbs.
fn category(hit: &Hit) -> Option<String> {
    let folders: Vec<&str> = hit.path.split('/').collect();
    let (_, folders) = folders.split_last()?;
    let below = folders.len().checked_sub(hit.breadcrumbs.len())?;
    Some(folders[below..].join("/")).filter(|category| !category.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn section(heading: &str, snippet: &str) -> SectionHit {
        SectionHit {
            heading: heading.replace(['[', ']'], ""),
            heading_html: heading.replace('[', "<mark>").replace(']', "</mark>"),
            anchor: heading.to_lowercase().replace(' ', "-").replace(['[', ']'], ""),
            url: format!("/pt-br/Redes/Radio_link/Antena#{}", heading.len()),
            snippet: snippet.replace('[', "<mark>").replace(']', "</mark>"),
        }
    }

    fn hit(sections: Vec<SectionHit>, best: usize) -> Hit {
        Hit {
            path: "pt-br/Redes/Radio_link/Antena.md".into(),
            url: sections[best].url.clone(),
            title: "Antena & rádio".into(),
            title_html: "<mark>Antena</mark> &amp; rádio".into(),
            breadcrumbs: vec!["Redes".into(), "Radio link".into()],
            heading: sections[best].heading.clone(),
            anchor: sections[best].anchor.clone(),
            snippet: sections[best].snippet.clone(),
            sections,
            lang: "pt-br".into(),
            tags: vec!["<b>".into()],
            updated: crate::page::Timestamp::from_millis(0),
            score: 1.0,
            explanation: None,
        }
    }

    fn json(record: &Record) -> Json {
        serde_json::to_value(record).expect("json")
    }

    fn kinds(records: &[Record]) -> Vec<(Kind, &str)> {
        records.iter().map(|record| (record.kind, record.object_id.as_str())).collect()
    }

    #[test]
    fn a_page_is_one_record_at_its_best_section() {
        let markup = Markup::new(Some("__x__".into()), Some("__/x__".into()));
        let records = Records { markup: &markup, words: 1 };
        let found = hit(vec![section("Instalar", "fixe a [antena] <i>"), section("Medir", "nada")], 0);
        let record = json(&records.of_page(&found));
        assert_eq!(record["objectID"], "pt-br/Redes/Radio_link/Antena.md");
        assert_eq!(record["url"], "/pt-br/Redes/Radio_link/Antena#8");
        assert_eq!((&record["type"], &record["category"]), (&json!("content"), &json!("Redes/Radio_link")));
        assert_eq!(
            record["hierarchy"],
            json!({"lvl0": "Redes › Radio link", "lvl1": "Antena & rádio", "lvl2": "Instalar",
                "lvl3": null, "lvl4": null, "lvl5": null, "lvl6": null})
        );
        assert_eq!(record["tag"], json!(["<b>"]));
        let highlight = &record["_highlightResult"];
        assert_eq!(highlight["hierarchy"]["lvl1"]["value"], "__x__Antena__/x__ & rádio");
        assert_eq!(highlight["hierarchy"]["lvl1"]["matchedWords"], json!(["antena"]));
        assert_eq!(highlight["hierarchy"]["lvl0"]["matchLevel"], "none");
        assert_eq!(record["_snippetResult"]["content"]["value"], "fixe a __x__antena__/x__ <i>");
    }

    #[test]
    fn docsearch_gets_the_page_and_its_sections() {
        let markup = Markup::new(Some("<mark>".into()), Some("</mark>".into()));
        let records = Records { markup: &markup, words: 1 };
        let path = "pt-br/Redes/Radio_link/Antena.md";
        let name = |anchor: &str| format!("{path}#{anchor}");
        // The best of three has its place, whatever stands before it.
        let found =
            hit(vec![section("[Antena] um", "x"), section("[Antena] dois", "x"), section("Três", "[antena]")], 2);
        assert_eq!(
            kinds(&records.of_sections(&found)),
            [(Kind::Lvl1, path), (Kind::Lvl2, &*name("antena-um")), (Kind::Content, &*name("três"))]
        );
        // The top of the page is the page's own record; sections without a match are left out.
        let found = hit(vec![section("", "[antena]"), section("Um", "nada"), section("Dois", "[antena]")], 0);
        let made = records.of_sections(&found);
        assert_eq!(kinds(&made), [(Kind::Lvl1, path), (Kind::Content, &*name("dois"))]);
        let page = json(&made[0]);
        assert_eq!((&page["content"], &page["url"]), (&json!("antena"), &json!("/pt-br/Redes/Radio_link/Antena")));
        assert_eq!(page["hierarchy"]["lvl1"], "Antena &amp; rádio");
        assert_eq!(page["tag"], json!(["&lt;b&gt;"]));
        assert_eq!(page["_highlightResult"]["hierarchy"].get("lvl2"), None);
    }

    #[test]
    fn a_page_in_no_folder_is_its_own_group() {
        let markup = Markup::new(None, None);
        let mut found = hit(vec![section("", "")], 0);
        found.path = "pt-br/Antena.md".into();
        found.breadcrumbs.clear();
        let record = json(&Records { markup: &markup, words: 0 }.of_page(&found));
        assert_eq!((&record["hierarchy"]["lvl0"], &record["category"]), (&json!("Antena &amp; rádio"), &Json::Null));
        assert_eq!((&record["type"], &record["content"]), (&json!("lvl1"), &Json::Null));
    }
}
