//! What is counted over the pages of a state that can be found: pages, sections, languages, lengths and links.
//!
//! Its own file because it is all done twice: for everybody, and anew for each who may not find all.

use std::collections::{BTreeSet, HashMap};

use tantivy::DocId;

use super::{FIRST_ROUTE, Language, Snapshot, TextField};

impl Snapshot {
    /// Sums over live pages alone: the engine's own sums count deleted ones, and scores would depend on history.
    pub(super) fn count(&mut self) -> tantivy::Result<()> {
        let mut sums = [(0_u64, 0_u64); TextField::ALL.len()];
        let mut languages = BTreeSet::new();
        for segment in &self.segments {
            let sections = segment.reader.fast_fields().u64("sections")?;
            let langs = segment.reader.fast_fields().str("lang")?;
            let mut lang_ords = BTreeSet::new();
            for doc in segment.found.iter() {
                self.pages += 1;
                self.sections += sections.first(doc).unwrap_or(0);
                for (field, sum) in TextField::ALL.into_iter().zip(&mut sums) {
                    let length = segment.length(field, doc);
                    if length > 0 {
                        sum.0 += u64::from(length);
                        sum.1 += 1;
                    }
                }
                if let Some(langs) = &langs {
                    lang_ords.extend(langs.ords().first(doc));
                }
            }
            for ord in lang_ords {
                let mut lang = String::new();
                if let Some(langs) = &langs
                    && langs.ord_to_str(ord, &mut lang)?
                {
                    languages.extend(Language::of(&lang));
                }
            }
        }
        self.languages = languages.into_iter().collect();
        for (average, (total, count)) in self.average_lengths.iter_mut().zip(sums) {
            *average = if count == 0 { 1.0 } else { total as f32 / count as f32 };
        }
        Ok(())
    }

    /// Counts for each page the pages that link to it: of each link the first route that exists.
    pub(super) fn count_links(&mut self) -> tantivy::Result<()> {
        let mut owners: HashMap<u64, (usize, DocId)> = HashMap::with_capacity(self.pages as usize);
        let mut sequences = Vec::new();
        for (ord, segment) in self.segments.iter().enumerate() {
            let routes = segment.reader.fast_fields().u64("route")?;
            for doc in segment.found.iter() {
                owners.extend(routes.first(doc).map(|route| (route, (ord, doc))));
            }
            sequences.push(segment.reader.fast_fields().column_opt::<u64>("link_sequence")?);
        }
        let mut counted: Vec<(usize, DocId)> = Vec::new();
        for (ord, sequence) in sequences.iter().enumerate() {
            let Some(sequence) = sequence else { continue };
            let found: Vec<DocId> = self.segments[ord].found.iter().collect();
            for doc in found {
                counted.clear();
                let mut settled = true;
                for value in sequence.values_for_doc(doc) {
                    if value & FIRST_ROUTE != 0 {
                        settled = false;
                    }
                    if settled {
                        continue;
                    }
                    if let Some(&owner) = owners.get(&(value & !FIRST_ROUTE)) {
                        settled = true;
                        if owner != (ord, doc) && !counted.contains(&owner) {
                            counted.push(owner);
                        }
                    }
                }
                for (target, doc) in &counted {
                    self.segments[*target].inlinks[*doc as usize] += 1;
                }
            }
        }
        Ok(())
    }
}
