//! What a state counts by what changed is what counting all gives: a debug build compares at each state, here with links
//! that come, go and change hands.

use proptest::prelude::*;

use super::{Wiki, reconcile};

/// Pages 0 to 7; each links to some others, by their paths.
fn text(number: usize, links: &[usize]) -> String {
    let links: Vec<String> = links.iter().map(|to| format!("[p](/P{to}) [p](/pt-br/P{to})")).collect();
    format!("# Página {number}\n\ncomum {}\n", links.join(" e "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Seen to fail without the pages that link to what came or went, and with the links of a changed page only added.
    #[test]
    fn links_counted_by_changes_are_those_counted_anew(
        edits in prop::collection::vec((0_usize..8, prop::option::weighted(0.75, prop::collection::vec(0_usize..8, 0..4))), 1..12),
    ) {
        let wiki = Wiki::of(1);
        let mut indexer = wiki.open();
        reconcile(&mut indexer);
        let mut there = std::collections::BTreeSet::from([0]);
        for (number, links) in edits {
            let file = wiki.config.content.dir.join(format!("P{number}.md"));
            if let Some(links) = links {
                std::fs::write(file, text(number, &links)).expect("a page");
                there.insert(number);
            } else if there.len() > 1 && there.remove(&number) {
                std::fs::remove_file(file).expect("a page");
            }
            reconcile(&mut indexer);
            let state = indexer.published().load_full().expect("an index");
            prop_assert_eq!(state.pages(), there.len() as u64);
        }
    }
}
