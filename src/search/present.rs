//! Hits: results as they are shown.

use serde_json::json;

use super::closeness::Closeness;
use super::compile::Compiled;
use super::engine::Run;
use super::highlight::{Highlighter, html};
use super::matching::Segment;
use super::order::Match;
use super::passages::{Passages, Spots};
use super::scoring::Scorer;
use super::snippet::sections;
use super::types::{Hit, SearchError};
use crate::index::analysis::Language;

impl Run<'_> {
    /// Results as they are shown.
    pub(super) fn hits(
        &self,
        compiled: &Compiled,
        highlighter: &Highlighter,
        shown: Vec<Match>,
    ) -> Result<Vec<Hit>, SearchError> {
        let mut in_index_order: Vec<(usize, Match)> = shown.into_iter().enumerate().collect();
        in_index_order.sort_by_key(|(_, found)| found.address);
        let mut hits = Vec::with_capacity(in_index_order.len());
        for of_segment in in_index_order.chunk_by(|(_, a), (_, b)| a.address.segment_ord == b.address.segment_ord) {
            let Some((_, first)) = of_segment.first() else { continue };
            let view = &self.snapshot.segments()[first.address.segment_ord as usize];
            let mut passages = Passages::open(&Segment { snapshot: self.snapshot, view }, compiled)?;
            for (place, found) in of_segment {
                let spots = passages.of(found.address.doc_id);
                hits.push((*place, self.hit(compiled, highlighter, found, &spots)?));
            }
        }
        hits.sort_by_key(|(place, _)| *place);
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }

    fn hit(
        &self,
        compiled: &Compiled,
        highlighter: &Highlighter,
        found: &Match,
        spots: &Spots,
    ) -> Result<Hit, SearchError> {
        let (path, page) = self.snapshot.page(found.address)?;
        let mut sections = sections(&page, spots, highlighter, found.title_is_query, self.request.snippet_chars);
        let best = sections.hits[sections.best].clone();
        if sections.hits.iter().all(|section| section.snippet.is_empty()) {
            sections.hits.truncate(1);
        }
        let explanation = if self.request.explain { Some(self.explain(compiled, found)?) } else { None };
        Ok(Hit {
            path,
            url: best.url,
            title_html: html(&page.title, &highlighter.marks(&page.title, Language::of(&page.lang))),
            heading: best.heading,
            anchor: best.anchor,
            snippet: best.snippet,
            sections: sections.hits,
            updated: page.updated(),
            title: page.title,
            breadcrumbs: page.breadcrumbs,
            lang: page.lang,
            tags: page.tags,
            score: found.score(),
            explanation,
        })
    }

    fn explain(&self, compiled: &Compiled, found: &Match) -> Result<serde_json::Value, SearchError> {
        let view = &self.snapshot.segments()[found.address.segment_ord as usize];
        let segment = Segment { snapshot: self.snapshot, view };
        let doc = found.address.doc_id;
        let mut explanation = Scorer::open(segment, compiled)?.explain(doc);
        let closeness =
            Closeness::open(&segment, compiled)?.map_or(0.0, |mut closeness| closeness.bonus(doc, found.all_as_typed));
        if let Some(parts) = explanation.as_object_mut() {
            parts.insert("score".into(), json!(found.score()));
            parts.insert("closeness".into(), json!(closeness));
            parts.insert("boost".into(), json!(self.weight(found.address)));
            parts.insert("deprecated".into(), json!(view.is_deprecated(doc)));
            parts.insert("near_duplicate".into(), json!(found.copy));
            parts.insert("title_is_query".into(), json!(found.title_is_query));
            parts.insert("pinned".into(), json!(self.pinned.contains(&found.address)));
            parts.insert("inlinks".into(), json!(found.inlinks));
        }
        Ok(explanation)
    }
}
