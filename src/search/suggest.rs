//! Suggestions: titles, aliases and headings that hold what was typed, for every keystroke.
//!
//! Places are looked at one after the other, best first, and only until there are suggestions enough: titles that begin
//! as typed, aliases that do, titles and aliases that hold every word, then headings. What begins as typed is found and
//! ordered by keys and columns alone, so that only pages that are shown have to be read.

use std::cmp::Ordering;
use std::collections::HashSet;

use tantivy::DocAddress;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, TERMINATED};

use super::Settings;
use super::chunks::chunks;
use super::compile::{Compiled, Context, FilterKey, Restriction, lang_key};
use super::engine::languages_of;
use super::highlight::{Highlighter, html};
use super::matching::Segment;
use super::query::{Clause, Query};
use super::ranking::{SUGGEST_BEGINS, SUGGEST_COVER, SUGGEST_LINKS, SUGGEST_SECTIONS};
use super::types::{SearchError, SuggestRequest, SuggestResponse, Suggestion, SuggestionKind};
use crate::index::analysis::Language;
use crate::index::{DocBits, SegmentView, Snapshot, StoredNames, TextField, key_of, upper_bound};
use crate::page::{Anchor, url_with_anchor};

/// Pages are read in runs of so many times the suggestions wanted.
const RUN: usize = 2;
/// Runs that one place is given: names that are all alike do not cost more than this.
const RUNS: usize = 4;

/// Completes what was typed so far.
pub fn suggest(
    snapshot: &Snapshot,
    settings: &Settings,
    request: &SuggestRequest,
) -> Result<SuggestResponse, SearchError> {
    let context = Context { snapshot, settings, languages: languages_of(snapshot, request.lang.as_deref()) };
    let (mut compiled, open) = compiled(&context, &request.q)?;
    let mut response = SuggestResponse { query: request.q.clone(), suggestions: Vec::new() };
    if compiled.slots.is_empty() || request.limit == 0 {
        return Ok(response);
    }
    if let Some(lang) = &request.lang {
        compiled.required.push(Restriction::Key(FilterKey::Lang, lang_key(lang)));
    }
    let mut gathered = Gathered::new(request.limit);
    Completion::new(snapshot, &context, &compiled, open)?.gather(&Place::ALL, &mut gathered)?;
    if gathered.shown.is_empty() {
        let mut tolerant = compiled.clone();
        context.add_typos(&mut tolerant, u64::MAX)?;
        if tolerant != compiled {
            Completion::new(snapshot, &context, &tolerant, open)?.gather(&Place::HOLDING, &mut gathered)?;
        }
    }
    response.suggestions = gathered.into_suggestions();
    Ok(response)
}

/// What was typed, compiled, and whether its last word is unfinished. Syntax is for searches: here everything is words,
/// but for exclusions and restrictions, which name nothing.
fn compiled(context: &Context<'_>, typed: &str) -> Result<(Compiled, bool), SearchError> {
    let clauses: Vec<Clause> = Query::read(typed)
        .clauses
        .into_iter()
        .filter_map(|clause| match clause {
            Clause::Word(text) | Clause::Phrase(text) => Some(Clause::Word(text)),
            Clause::Exclude(_) | Clause::Filter { .. } => None,
        })
        .collect();
    let open = typed.ends_with(|last: char| !last.is_whitespace());
    let last = clauses.iter().rev().find_map(|clause| match clause {
        Clause::Word(text) => chunks(text).pop(),
        _ => None,
    });
    let code = last.is_some_and(|chunk| chunk.whole.is_some() || chunk.parts.len() > 1);
    let mut compiled = context.compile(&Query { clauses, open: open && code })?;
    // A plain word needs no list of longer ones: names that begin so are found by their own terms.
    if open
        && !code
        && let Some(slot) = compiled.slots.last_mut()
    {
        slot.prefix = Some(slot.text.clone());
    }
    Ok((compiled, open))
}

/// Where a name stands that answers, and how; best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The name begins as typed.
    Begins(TextField),
    /// The name holds every word, in any order.
    Holds(TextField),
}

impl Place {
    const ALL: [Self; 6] = [
        Self::Begins(TextField::Title),
        Self::Begins(TextField::Aliases),
        Self::Holds(TextField::Title),
        Self::Holds(TextField::Aliases),
        Self::Begins(TextField::Headings),
        Self::Holds(TextField::Headings),
    ];
    /// Where misspelt words may stand.
    const HOLDING: [Self; 3] =
        [Self::Holds(TextField::Title), Self::Holds(TextField::Aliases), Self::Holds(TextField::Headings)];
}

/// A page that has a name at a place.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    address: DocAddress,
    score: f32,
    /// Orders pages of one segment by path without reading it.
    path_ord: u64,
}

impl Candidate {
    fn new(view: &SegmentView, address: DocAddress, covered: f32) -> Self {
        let doc = address.doc_id;
        let score = SUGGEST_COVER * covered + popularity(view.inlinks(doc));
        Self { address, score, path_ord: view.path.ords().first(doc).unwrap_or(u64::MAX) }
    }

    /// In a segment: best first, then by path.
    fn order(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.path_ord.cmp(&other.path_ord))
    }
}

/// What links to a page are worth: a few count, many hardly more.
fn popularity(inlinks: u32) -> f32 {
    SUGGEST_LINKS * (1.0 + inlinks as f32).ln()
}

/// What was typed, ready to be completed.
struct Completion<'a> {
    snapshot: &'a Snapshot,
    compiled: &'a Compiled,
    highlighter: Highlighter,
    /// Whether the last word is unfinished.
    open: bool,
    /// The pages that may be named, by segment.
    allowed: Vec<DocBits>,
}

impl<'a> Completion<'a> {
    fn new(
        snapshot: &'a Snapshot,
        context: &Context<'_>,
        compiled: &'a Compiled,
        open: bool,
    ) -> Result<Self, SearchError> {
        let segments = snapshot.segments().iter().map(|view| Segment { snapshot, view });
        let allowed = segments.map(|segment| segment.allowed(compiled)).collect::<Result<_, _>>()?;
        let highlighter = Highlighter::new(compiled, &context.languages);
        Ok(Self { snapshot, compiled, highlighter, open, allowed })
    }

    /// Looks at places until there are suggestions enough.
    fn gather(&self, places: &[Place], gathered: &mut Gathered) -> Result<(), SearchError> {
        for place in places {
            if gathered.is_full() {
                break;
            }
            let mut found = match place {
                Place::Begins(field) => self.beginning(*field, gathered.limit)?,
                Place::Holds(field) => self.holding(*field)?,
            };
            for _ in 0..RUNS {
                let run = self.next_run(&mut found, RUN * gathered.limit);
                if run.is_empty() || gathered.is_full() {
                    break;
                }
                match place {
                    // In order already: what is not shown is not read.
                    Place::Begins(field) => {
                        for candidate in run {
                            if gathered.is_full() {
                                break;
                            }
                            for name in self.names(*place, *field, &candidate, gathered)? {
                                gathered.add(name);
                            }
                        }
                    }
                    Place::Holds(field) => {
                        let mut names = Vec::new();
                        for candidate in run {
                            names.extend(self.names(*place, *field, &candidate, gathered)?);
                        }
                        names.sort_by(Name::order);
                        for name in names {
                            gathered.add(name);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Pages with a name that begins as typed, by segment. Of one name at most `each` in a segment: more would be merged
    /// or cut.
    fn beginning(&self, field: TextField, each: usize) -> Result<Vec<Vec<Candidate>>, SearchError> {
        let fields = self.snapshot.fields();
        let field = match field {
            TextField::Title => fields.title_key,
            TextField::Aliases => fields.alias_key,
            _ => fields.heading_key,
        };
        let segments = self.snapshot.segments().iter().enumerate();
        segments.map(|(ord, view)| self.beginning_in(view, ord as u32, field, each)).collect()
    }

    fn beginning_in(
        &self,
        view: &SegmentView,
        ord: u32,
        field: Field,
        each: usize,
    ) -> Result<Vec<Candidate>, SearchError> {
        let key = self.compiled.key.as_str();
        let index = view.reader().inverted_index(field)?;
        let mut terms = index.terms().range().ge(key).lt(upper_bound(key)).into_stream()?;
        let mut found = Vec::new();
        while terms.advance() {
            let name = terms.key();
            if !self.open && name.len() > key.len() && name[key.len()] != b' ' {
                continue;
            }
            let covered = key.len() as f32 / name.len() as f32;
            let mut postings = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            let start = found.len();
            while postings.doc() != TERMINATED {
                if self.allowed[ord as usize].contains(postings.doc()) {
                    found.push(Candidate::new(view, DocAddress::new(ord, postings.doc()), covered));
                }
                postings.advance();
            }
            if found.len() - start > each {
                found[start..].sort_unstable_by(Candidate::order);
                found.truncate(start + each);
            }
        }
        Ok(found)
    }

    /// Pages with every word in a field, in any order, by segment.
    fn holding(&self, field: TextField) -> Result<Vec<Vec<Candidate>>, SearchError> {
        let typed = self.compiled.slots.len() as f32;
        let mut found = Vec::new();
        for (ord, view) in self.snapshot.segments().iter().enumerate() {
            let segment = Segment { snapshot: self.snapshot, view };
            let mut bits = self.allowed[ord].clone();
            for slot in &self.compiled.slots {
                let mut holding = DocBits::empty(view.reader().max_doc());
                for alternative in &slot.alternatives {
                    holding.unite(&segment.alternative_in(alternative, &[field])?);
                }
                if let Some(prefix) = &slot.prefix {
                    holding.unite(&segment.beginning_so(field, prefix)?);
                }
                bits.intersect(&holding);
            }
            let covered = |doc| match field {
                TextField::Title => (typed / view.title_words.first(doc).unwrap_or(1).max(1) as f32).min(1.0),
                _ => 0.0,
            };
            let candidate = |doc| Candidate::new(view, DocAddress::new(ord as u32, doc), covered(doc));
            found.push(bits.iter().map(candidate).collect());
        }
        Ok(found)
    }

    /// Takes the best candidates of all segments, in order. Paths are read only where nothing else tells two apart.
    fn next_run(&self, found: &mut [Vec<Candidate>], wanted: usize) -> Vec<Candidate> {
        let mut run: Vec<Candidate> = Vec::new();
        for of_segment in found.iter_mut() {
            if of_segment.len() > wanted {
                of_segment.select_nth_unstable_by(wanted, Candidate::order);
                run.extend(of_segment.drain(..wanted));
            } else {
                run.append(of_segment);
            }
        }
        run.sort_unstable_by(|a, b| Candidate::order(a, b).then(a.address.cmp(&b.address)));
        for tied in run.chunk_by_mut(|a, b| a.score.total_cmp(&b.score).is_eq()) {
            if tied.iter().any(|candidate| candidate.address.segment_ord != tied[0].address.segment_ord) {
                tied.sort_by_cached_key(|candidate| self.snapshot.path_of(candidate.address));
            }
        }
        for rest in run.drain(wanted.min(run.len())..) {
            found[rest.address.segment_ord as usize].push(rest);
        }
        run
    }

    /// What a page has to offer at a place: itself under its names, or its sections.
    fn names(
        &self,
        place: Place,
        field: TextField,
        candidate: &Candidate,
        gathered: &Gathered,
    ) -> Result<Vec<Name>, SearchError> {
        let named = gathered.pages.contains(&candidate.address);
        if named && field != TextField::Headings {
            return Ok(Vec::new());
        }
        let (path, page) = self.snapshot.names(candidate.address)?;
        let language = Language::of(&page.lang);
        let name = |text: &str, kind, url: String| {
            let score = self.fit(text, language, place)?;
            let marks = self.highlighter.marks(text, language);
            let suggestion =
                Suggestion { text: text.to_owned(), html: html(text, &marks), kind, path: path.clone(), url };
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
            Some(Name {
                score: score + candidate.score,
                address: candidate.address,
                lang: page.lang.clone(),
                folder,
                suggestion,
            })
        };
        let mut names: Vec<Name> = match field {
            TextField::Title => name(&page.title, SuggestionKind::Page, page.url.clone()).into_iter().collect(),
            TextField::Aliases => {
                page.aliases.iter().filter_map(|alias| name(alias, SuggestionKind::Page, page.url.clone())).collect()
            }
            _ => sections(&page, named)
                .filter_map(|(text, anchor)| name(text, SuggestionKind::Section, url_with_anchor(&page.url, anchor)))
                .collect(),
        };
        names.sort_by(Name::order);
        names.truncate(SUGGEST_SECTIONS);
        Ok(names)
    }

    /// How well a name answers at a place; none if it does not.
    fn fit(&self, name: &str, language: Option<Language>, place: Place) -> Option<f32> {
        if let Place::Begins(_) = place {
            let key = key_of(name);
            let rest = key.strip_prefix(self.compiled.key.as_str())?;
            if !self.open && !rest.is_empty() && !rest.starts_with(' ') {
                return None;
            }
            // A key knows words alone: only codes (`C+`) have to be looked at as written.
            let is_word = |text: &str| text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ');
            if self.compiled.slots.iter().all(|slot| is_word(&slot.text)) {
                return Some(SUGGEST_BEGINS + SUGGEST_COVER * self.compiled.key.len() as f32 / key.len().max(1) as f32);
            }
        }
        let marks = self.highlighter.marks(name, language);
        let mut weights = vec![0.0_f32; self.compiled.slots.len()];
        for mark in &marks {
            weights[mark.slot] = weights[mark.slot].max(mark.weight);
        }
        if weights.contains(&0.0) {
            return None;
        }
        let mean = weights.iter().sum::<f32>() / weights.len() as f32;
        let begins = marks.iter().any(|mark| mark.position == 0 && mark.slot == 0);
        let letters: usize = marks.iter().map(|mark| mark.end - mark.start).sum();
        let covered = (letters as f32 / name.len().max(1) as f32).min(1.0);
        Some(mean + if begins { SUGGEST_BEGINS } else { 0.0 } + SUGGEST_COVER * covered)
    }
}

/// A page's headings as they may be offered, each with the anchor that leads there or nearest before it. Never one that
/// repeats the title, nor the page's own first heading beside the page (`named`).
fn sections(page: &StoredNames, named: bool) -> impl Iterator<Item = (&str, &Anchor)> {
    let title = key_of(&page.title);
    let mut last = None;
    page.headings.iter().enumerate().filter_map(move |(index, heading)| {
        if !heading.anchor.0.is_empty() {
            last = Some(&heading.anchor);
        }
        let opens = index == 0 && heading.level == 1;
        let offered = !heading.text.is_empty() && key_of(&heading.text) != title && !(named && opens);
        offered.then_some((heading.text.as_str(), last.unwrap_or(&heading.anchor)))
    })
}

/// A suggestion that may be made.
struct Name {
    score: f32,
    address: DocAddress,
    lang: String,
    folder: String,
    suggestion: Suggestion,
}

impl Name {
    fn order(&self, other: &Self) -> Ordering {
        let text =
            |name: &Self| (name.suggestion.text.clone(), name.suggestion.path.clone(), name.suggestion.url.clone());
        other.score.total_cmp(&self.score).then_with(|| text(self).cmp(&text(other)))
    }

    /// Whether both read the same and lead to the same for a reader. Sections of one text are one, whatever the page;
    /// pages of one title are two where their folders tell them apart; a section never repeats a page. Other languages
    /// are other readers.
    fn repeats(&self, shown: &Self) -> bool {
        let (new, old) = (&self.suggestion, &shown.suggestion);
        new.text == old.text
            && self.lang == shown.lang
            && (new.kind == SuggestionKind::Section || self.folder == shown.folder)
    }
}

/// Suggestions so far.
struct Gathered {
    limit: usize,
    /// Pages that are suggested themselves.
    pages: HashSet<DocAddress>,
    /// In order, without repetitions.
    shown: Vec<Name>,
}

impl Gathered {
    fn new(limit: usize) -> Self {
        Self { limit, pages: HashSet::new(), shown: Vec::new() }
    }

    fn is_full(&self) -> bool {
        self.shown.len() >= self.limit
    }

    /// Adds a name, unless it says nothing new.
    fn add(&mut self, name: Name) {
        if self.is_full() || self.shown.iter().any(|shown| name.repeats(shown)) {
            return;
        }
        // A page has one name here, the best.
        if name.suggestion.kind == SuggestionKind::Section || self.pages.insert(name.address) {
            self.shown.push(name);
        }
    }

    fn into_suggestions(self) -> Vec<Suggestion> {
        self.shown.into_iter().map(|name| name.suggestion).collect()
    }
}
