//! What a state counts that follows another: only what changed is looked at.
//!
//! Its own file because it is a second way to the numbers of `sums`, and must come to the same ones: a debug build counts
//! both ways and compares. A save then costs the same in a wiki of any size.

use std::collections::{BTreeSet, HashMap};

use tantivy::{DocAddress, Term};

use super::sums::first_of_each;
use super::{SegmentView, Snapshot};

/// Where more pages changed, or link to what came or went, all are counted anew.
const MOST: usize = 2_000;

/// Pages that one state can find and the other cannot, by segment and document of the state that can.
struct Changes {
    gone: Vec<DocAddress>,
    come: Vec<DocAddress>,
}

impl Changes {
    /// None where they are many.
    fn between(before: &Snapshot, now: &Snapshot) -> Option<Self> {
        let mut changes = Self { gone: Vec::new(), come: Vec::new() };
        for (ord, segment) in before.segments.iter().enumerate() {
            missing(ord, segment, segment.same_in(now), &mut changes.gone)?;
        }
        for (ord, segment) in now.segments.iter().enumerate() {
            missing(ord, segment, segment.same_in(before), &mut changes.come)?;
        }
        Some(changes)
    }
}

/// What a segment finds and the other view of it does not.
fn missing(ord: usize, one: &SegmentView, other: Option<&SegmentView>, into: &mut Vec<DocAddress>) -> Option<()> {
    let mut found = one.found.clone();
    if let Some(other) = other {
        found.subtract(&other.found);
    }
    for doc in found.iter() {
        if into.len() == MOST {
            return None;
        }
        into.push(DocAddress::new(ord as u32, doc));
    }
    Some(())
}

impl SegmentView {
    fn same_in<'s>(&self, state: &'s Snapshot) -> Option<&'s Self> {
        state.segments.iter().find(|segment| segment.reader.segment_id() == self.reader.segment_id())
    }
}

impl Snapshot {
    /// Counts what `count` and `count_links` would, from the state before. False where too much changed for that.
    pub(super) fn count_from(&mut self, before: &Self) -> tantivy::Result<bool> {
        let Some(changes) = Changes::between(before, self) else { return Ok(false) };
        let Some(inlinks) = self.links_from(before, &changes)? else { return Ok(false) };
        let mut totals = before.totals.clone();
        for (state, docs, times) in [(before, &changes.gone, -1), (&*self, &changes.come, 1)] {
            for address in docs {
                let segment = &state.segments[address.segment_ord as usize];
                totals.add(segment, std::iter::once(address.doc_id), times)?;
            }
        }
        self.take_totals(totals);
        for segment in &mut self.segments {
            if let Some(known) = segment.same_in(before) {
                segment.inlinks.clone_from(&known.inlinks);
            }
        }
        for (address, count) in inlinks {
            self.segments[address.segment_ord as usize].inlinks[address.doc_id as usize] = count;
        }
        Ok(true)
    }

    /// The pages that another number of pages links to than before, or that stand elsewhere, with that number.
    fn links_from(&self, before: &Self, changes: &Changes) -> tantivy::Result<Option<Vec<(DocAddress, u32)>>> {
        let (Some(gone), Some(come)) = (before.routes_of(&changes.gone)?, self.routes_of(&changes.come)?) else {
            return Ok(None);
        };
        // Of pages that stay, only those link elsewhere now that may mean what came or went.
        let mut linking: BTreeSet<DocAddress> = BTreeSet::new();
        for route in gone.symmetric_difference(&come) {
            linking.extend(self.docs_with(&Term::from_field_u64(self.fields.link, *route))?);
            if linking.len() > MOST {
                return Ok(None);
            }
        }
        linking.retain(|address| !changes.come.contains(address));
        let mut more: HashMap<u64, i64> = HashMap::new();
        let mut add = |state: &Self, address: DocAddress, times: i64| -> tantivy::Result<()> {
            for route in state.linked_by(address)? {
                *more.entry(route).or_default() += times;
            }
            Ok(())
        };
        for address in &linking {
            let segment = &self.segments[address.segment_ord as usize];
            let ord = before.segments.iter().position(|known| known.reader.segment_id() == segment.reader.segment_id());
            if let Some(ord) = ord {
                add(before, DocAddress::new(ord as u32, address.doc_id), -1)?;
            }
            add(self, *address, 1)?;
        }
        changes.gone.iter().try_for_each(|address| add(before, *address, -1))?;
        changes.come.iter().try_for_each(|address| add(self, *address, 1))?;
        let mut counts = Vec::new();
        for route in more.keys().copied().chain(come).collect::<BTreeSet<u64>>() {
            let Some(address) = self.find_route(route)? else { continue };
            let known = before.find_route(route)?.map_or(0, |known| before.inlinks_of(known));
            let count = i64::from(known) + more.get(&route).copied().unwrap_or(0);
            counts.push((address, u32::try_from(count).unwrap_or(0)));
        }
        Ok(Some(counts))
    }

    fn inlinks_of(&self, address: DocAddress) -> u32 {
        self.segments[address.segment_ord as usize].inlinks(address.doc_id)
    }

    /// The routes that pages claim; none where one has two owners, as long as a clash is not settled.
    fn routes_of(&self, addresses: &[DocAddress]) -> tantivy::Result<Option<BTreeSet<u64>>> {
        let mut routes = BTreeSet::new();
        for address in addresses {
            let Some(route) = self.route_of(*address)? else { return Ok(None) };
            if self.docs_with(&Term::from_field_u64(self.fields.route, route))?.len() != 1 {
                return Ok(None);
            }
            routes.insert(route);
        }
        Ok(Some(routes))
    }

    fn route_of(&self, address: DocAddress) -> tantivy::Result<Option<u64>> {
        let segment = &self.segments[address.segment_ord as usize];
        Ok(segment.reader.fast_fields().u64("route")?.first(address.doc_id))
    }

    /// The routes of the pages that a page links to, each once, itself not among them.
    fn linked_by(&self, address: DocAddress) -> tantivy::Result<BTreeSet<u64>> {
        let segment = &self.segments[address.segment_ord as usize];
        let sequence = segment.reader.fast_fields().column_opt::<u64>("link_sequence")?;
        let own: Option<u64> = self.route_of(address)?;
        let mut linked = BTreeSet::new();
        let mut failed = None;
        let routes = sequence.iter().flat_map(|sequence| sequence.values_for_doc(address.doc_id));
        first_of_each(routes, |route| match self.find_route(route) {
            Ok(owner) => {
                linked.extend(owner.map(|_| route).filter(|route| Some(*route) != own));
                owner.is_some()
            }
            Err(error) => {
                failed.get_or_insert(error);
                true
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(linked),
        }
    }

    /// Compares what was counted by changes with what counting all gives.
    #[cfg(debug_assertions)]
    pub(super) fn check_counts(&self) -> tantivy::Result<()> {
        let mut anew = Self::opened(
            self.searcher.clone(),
            std::sync::Arc::clone(&self.fields),
            self.identity.clone(),
            self.generation,
            None,
        )?;
        anew.count()?;
        let unclashed = anew.count_links()?;
        assert_eq!(anew.totals.without_zeroes(), self.totals.without_zeroes(), "counted by changes, and anew");
        let inlinks = |state: &Self| state.segments.iter().map(of_found).collect::<Vec<_>>();
        assert!(!unclashed || inlinks(&anew) == inlinks(self), "links counted by changes, and anew");
        Ok(())
    }
}

#[cfg(debug_assertions)]
fn of_found(segment: &SegmentView) -> Vec<(tantivy::DocId, u32)> {
    segment.found.iter().map(|doc| (doc, segment.inlinks(doc))).collect()
}
