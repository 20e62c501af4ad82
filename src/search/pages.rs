//! What the index knows of one page: headings, links, backlinks.

use std::collections::BTreeMap;

use tantivy::{DocAddress, Term};

use super::types::{Backlink, HeadingView, LinkView, PageView, SearchError};
use crate::index::{Snapshot, StoredPage, route_hash};

/// What the index knows of the page at a path, in any Unicode normalization form.
pub fn page(snapshot: &Snapshot, path: &str) -> Result<Option<PageView>, SearchError> {
    let Some(address) = snapshot.find_path(path)? else { return Ok(None) };
    let (path, page) = snapshot.page(address)?;
    let links = links_of(snapshot, &page)?;
    let backlinks = backlinks_of(snapshot, address, &page)?;
    let headings = page.headings.iter().map(|heading| HeadingView {
        level: heading.level,
        text: heading.text.clone(),
        anchor: heading.anchor.0.clone(),
    });
    Ok(Some(PageView {
        headings: headings.collect(),
        updated: page.updated(),
        path,
        url: page.url,
        title: page.title,
        description: page.description,
        lang: page.lang,
        tags: page.tags,
        aliases: page.aliases,
        breadcrumbs: page.breadcrumbs,
        links,
        backlinks,
    }))
}

/// The page that a link leads to: the first of its routes that exists.
fn target_of(snapshot: &Snapshot, routes: &[String]) -> Result<Option<DocAddress>, SearchError> {
    for route in routes {
        if let Some(address) = snapshot.find_route(route_hash(route))? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

fn links_of(snapshot: &Snapshot, page: &StoredPage) -> Result<Vec<LinkView>, SearchError> {
    let mut links: Vec<LinkView> = Vec::with_capacity(page.links.len());
    for link in &page.links {
        let target = target_of(snapshot, &link.routes)?;
        let path = match target {
            Some(address) => snapshot.path_of(address),
            None => link.target.clone(),
        };
        let view = LinkView { path, anchor: link.anchor.clone(), broken: target.is_none() };
        if !links.contains(&view) {
            links.push(view);
        }
    }
    Ok(links)
}

/// The pages that link to a page, by path: those of whose links it is the first route that exists.
fn backlinks_of(snapshot: &Snapshot, address: DocAddress, page: &StoredPage) -> Result<Vec<Backlink>, SearchError> {
    let mut backlinks = BTreeMap::new();
    for source in snapshot.docs_with(&Term::from_field_u64(snapshot.fields().link, route_hash(&page.route)))? {
        if source == address {
            continue;
        }
        let (path, linking) = snapshot.page(source)?;
        for link in linking.links.iter().filter(|link| link.routes.contains(&page.route)) {
            if target_of(snapshot, &link.routes)? == Some(address) {
                backlinks.insert(path.clone(), linking.title.clone());
                break;
            }
        }
    }
    Ok(backlinks.into_iter().map(|(path, title)| Backlink { path, title }).collect())
}

/// A link that leads nowhere, or to a heading that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkReport {
    /// The page with the link.
    pub path: String,
    /// The line in it.
    pub line: u32,
    /// The path it points to.
    pub target: String,
    /// The heading that is missing; none: the page is.
    pub missing_anchor: Option<String>,
}

/// All broken links of the index, by page and line.
pub fn link_report(snapshot: &Snapshot) -> Result<Vec<LinkReport>, SearchError> {
    let mut report = Vec::new();
    for (ord, view) in snapshot.segments().iter().enumerate() {
        for doc in view.found().iter() {
            let (path, page) = snapshot.page(DocAddress::new(ord as u32, doc))?;
            for link in &page.links {
                let target = target_of(snapshot, &link.routes)?;
                let missing_anchor = match (target, &link.anchor) {
                    (None, _) => None,
                    (Some(target), Some(anchor)) => {
                        let (_, target) = snapshot.page(target)?;
                        if target.headings.iter().any(|heading| heading.anchor.0 == *anchor) {
                            continue;
                        }
                        Some(anchor.clone())
                    }
                    (Some(_), None) => continue,
                };
                report.push(LinkReport {
                    path: path.clone(),
                    line: link.line,
                    target: link.target.clone(),
                    missing_anchor,
                });
            }
        }
    }
    report.sort();
    Ok(report)
}
