//! What narrows a search on the search page: the filters in force, and those to choose from, with their counts.
//!
//! Its own file because here counts become links: areas by the folder below the one in force, languages by their names,
//! tags that tell results apart. Each is a link that keeps what was asked.

use std::fmt::{self, Write};

use super::address;
use super::html::Escaped;
use super::view::View;
use crate::search::{Facet, FacetValue, SearchRequest, SearchResponse};

/// What the page counts.
pub(super) const FACETS: [Facet; 3] = [Facet::Category, Facet::Lang, Facet::Tag];
/// Values shown of each.
const VALUES_SHOWN: usize = 8;

/// Whether anything but words narrows a search.
pub(super) fn is_narrowed(request: &SearchRequest) -> bool {
    !address::filters(request).is_empty()
}

/// The same words over the whole wiki.
pub(super) fn everywhere(request: &SearchRequest) -> SearchRequest {
    SearchRequest {
        lang: None,
        tags: Vec::new(),
        category: None,
        updated_after: None,
        updated_before: None,
        offset: 0,
        ..request.clone()
    }
}

impl View<'_> {
    /// The filters in force, each a link that takes it off.
    pub(super) fn write_filters(&self, out: &mut String) -> fmt::Result {
        let filters = address::filters(self.request);
        if filters.is_empty() {
            return Ok(());
        }
        write!(out, r#"<ul class="filters" aria-label="{}">"#, self.texts.filters)?;
        for (name, value) in filters {
            let link = self.link(|ask| match name {
                "lang" => ask.lang = None,
                "category" => ask.category = None,
                "updated_after" => ask.updated_after = None,
                "updated_before" => ask.updated_before = None,
                _ => ask.tags.retain(|tag| *tag != value),
            });
            let shown = match name {
                "lang" => self.language.name_of(&value).unwrap_or(&value).to_owned(),
                "category" => value.split('/').map(readable).collect::<Vec<_>>().join(" › "),
                "updated_after" => format!("≥ {value}"),
                "updated_before" => format!("< {value}"),
                _ => value,
            };
            write!(
                out,
                r#"<li><a href="{}" title="{}" rel="nofollow"><bdi>{}</bdi></a></li>"#,
                Escaped(&link),
                self.texts.clear,
                Escaped(&shown)
            )?;
        }
        out.write_str("</ul>\n")
    }

    /// The filters to choose from, where there is a choice.
    pub(super) fn write_choices(&self, out: &mut String, found: &SearchResponse) -> fmt::Result {
        let (texts, asked) = (self.texts, self.request);
        let groups = [
            (texts.areas, self.choices(found, Facet::Category)),
            (texts.languages, if asked.lang.is_some() { Vec::new() } else { self.choices(found, Facet::Lang) }),
            (texts.tags, self.choices(found, Facet::Tag)),
        ];
        if groups.iter().all(|(_, choices)| choices.is_empty()) {
            return Ok(());
        }
        writeln!(out, r#"<aside class="narrow" aria-label="{}">"#, texts.filter)?;
        for (name, choices) in groups.into_iter().filter(|(_, choices)| !choices.is_empty()) {
            writeln!(out, "<section><h2>{name}</h2>\n<ul>")?;
            for (choice, shown) in choices {
                let link = self.link(|ask| match name {
                    _ if name == texts.areas => ask.category = Some(choice.value.clone()),
                    _ if name == texts.languages => ask.lang = Some(choice.value.clone()),
                    _ => ask.tags.push(choice.value.clone()),
                });
                writeln!(
                    out,
                    r#"<li><a href="{}" rel="nofollow"><bdi>{}</bdi> <span class="number">{}</span></a></li>"#,
                    Escaped(&link),
                    Escaped(&shown),
                    self.number(choice.count)
                )?;
            }
            out.push_str("</ul></section>\n");
        }
        out.write_str("</aside>\n")
    }

    /// Values that leave something out, most frequent first, with what to show.
    fn choices<'b>(&self, found: &'b SearchResponse, facet: Facet) -> Vec<(&'b FacetValue, String)> {
        let asked = self.request;
        let below = asked.category.as_deref().unwrap_or_default().split('/').filter(|part| !part.is_empty()).count();
        let is_choice = |choice: &&FacetValue| {
            choice.count < found.total
                && match facet {
                    Facet::Category => choice.value.split('/').count() == below + 1,
                    Facet::Lang => true,
                    Facet::Tag => !asked.tags.iter().any(|tag| tag.to_lowercase() == choice.value.to_lowercase()),
                }
        };
        let shown = |value: &str| match facet {
            Facet::Category => readable(value.rsplit('/').next().unwrap_or(value)),
            Facet::Lang => self.language.name_of(value).unwrap_or(value).to_owned(),
            Facet::Tag => value.to_owned(),
        };
        let values = found.facets.get(&facet).map_or(&[][..], Vec::as_slice);
        values.iter().filter(is_choice).take(VALUES_SHOWN).map(|choice| (choice, shown(&choice.value))).collect()
    }

    /// Where filters leave nothing: how much there is without them.
    pub(super) fn write_everywhere(&self, out: &mut String) -> fmt::Result {
        let Some(total) = self.elsewhere.filter(|total| *total > 0) else { return Ok(()) };
        let link = address::of(&everywhere(self.request));
        let pages = if total == 1 { self.texts.found.0 } else { self.texts.found.1 };
        writeln!(
            out,
            r#"<p><a class="action" href="{}">{}</a></p><p>{} {pages}</p>"#,
            Escaped(&link),
            self.texts.everywhere,
            self.number(total)
        )
    }
}

/// A folder as people read it.
fn readable(folder: &str) -> String {
    folder.replace('_', " ")
}
