//! Synonyms: which words and phrases also find which others, and how they fill the slots of a query.
//!
//! Its own file because rules come from three places (groups, one way, the set that comes with Achei) and end in one
//! table, keyed by the first word of what is typed: a query looks up its own words only, however many rules there are.
//! Texts are cut as queries are, so codes meet in every spelling.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::SearchError;
use super::chunks::{Chunk, chunks, run_length};
use super::compile::{Alternative, Context, Slot, Variant};
use super::ranking::{MAX_SYNONYMS, Tier};
use crate::config::{OneWay, SearchConfig};
use crate::index::analysis::is_stop_word;

/// The set that comes with Achei: see its head for what a line says.
const DEFAULTS: &str = include_str!("synonyms.txt");

/// Words side by side, folded; never empty.
pub type Phrase = Vec<String>;

/// The spellings of one word or phrase; never empty.
type Forms = Vec<Phrase>;

/// What words and phrases also find.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synonyms {
    /// By the first word of what is typed.
    rules: HashMap<String, Vec<Rule>>,
}

/// Who types `from` also finds each of `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    from: Phrase,
    to: Vec<Phrase>,
}

/// Rules as they are written: groups of what means the same, and what also finds others.
#[derive(Debug, Default)]
struct Rules {
    groups: Vec<Vec<Forms>>,
    one_way: Vec<(Forms, Vec<Forms>)>,
}

impl Synonyms {
    /// Prepares what the configuration says, and the set that comes with Achei where it counts.
    pub fn new(config: &SearchConfig) -> Self {
        static DEFAULT_RULES: LazyLock<Rules> = LazyLock::new(|| Rules::read(DEFAULTS));
        static NONE: Rules = Rules { groups: Vec::new(), one_way: Vec::new() };
        let defaults = if config.default_synonyms { &*DEFAULT_RULES } else { &NONE };
        let own = Rules::of(config);
        let mut synonyms = Self::default();
        for group in &defaults.groups {
            synonyms.add_group(group);
        }
        for mut group in own.groups {
            let joined = defaults.groups.iter().filter(|other| share_a_form(&group, other));
            let more: Vec<Forms> = joined.flatten().cloned().collect();
            group.extend(more);
            synonyms.add_group(&group);
        }
        for (from, to) in defaults.one_way.iter().chain(&own.one_way) {
            for to in to {
                synonyms.add(from, to);
            }
        }
        synonyms
    }

    /// What the words at the start of `plain` also find: how many chunks mean it, and what they find.
    pub fn at<'a>(&'a self, plain: &'a [Chunk]) -> impl Iterator<Item = (usize, &'a [Phrase])> {
        let first = plain.first().into_iter();
        let words =
            first.flat_map(|chunk| [chunk.parts.first(), chunk.joined.as_ref(), chunk.whole.as_ref()]).flatten();
        let rules = words.filter_map(|word| self.rules.get(word)).flatten();
        rules.filter_map(|rule| Some((run_length(plain, &rule.from)?, rule.to.as_slice())))
    }

    /// Whether a word stands in what is typed for a synonym.
    pub fn knows(&self, word: &str) -> bool {
        self.rules.values().flatten().any(|rule| rule.from.iter().any(|known| known == word))
    }

    fn add_group(&mut self, group: &[Forms]) {
        for (index, from) in group.iter().enumerate() {
            for (_, to) in group.iter().enumerate().filter(|(other, _)| *other != index) {
                self.add(from, to);
            }
        }
    }

    fn add(&mut self, from: &Forms, to: &Forms) {
        for from in from {
            let Some(first) = from.first() else { continue };
            let rules = self.rules.entry(first.clone()).or_default();
            let at = rules.iter().position(|rule| rule.from == *from).unwrap_or_else(|| {
                rules.push(Rule { from: from.clone(), to: Vec::new() });
                rules.len() - 1
            });
            let known = &mut rules[at].to;
            for to in to {
                if to != from && !known.contains(to) {
                    known.push(to.clone());
                }
            }
        }
    }
}

impl Rules {
    /// Of the configuration.
    fn of(config: &SearchConfig) -> Self {
        let one_way =
            |OneWay { from, to }: &OneWay| Some((forms(from)?, to.iter().filter_map(|to| forms(to)).collect()));
        Self {
            groups: config.synonyms.iter().map(|group| group.iter().filter_map(|text| forms(text)).collect()).collect(),
            one_way: config.synonyms_one_way.iter().filter_map(one_way).collect(),
        }
    }

    /// Of lines: `a = b`, `a > b = c`, comments and empty ones.
    fn read(text: &str) -> Self {
        let mut rules = Self::default();
        let members = |text: &str| text.split(" = ").filter_map(forms).collect::<Vec<_>>();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.split_once(" > ") {
                Some((from, to)) => rules.one_way.extend(forms(from).map(|from| (from, members(to)))),
                None => rules.groups.push(members(line)),
            }
        }
        rules
    }
}

impl Context<'_> {
    /// Words and phrases that mean the same as a run of words of the query fill all slots of the run.
    pub(super) fn add_synonyms(
        &self,
        slots: &mut [Slot],
        plain: &[Chunk],
        places: &[usize],
    ) -> Result<(), SearchError> {
        let mut added = 0;
        for start in 0..plain.len() {
            for (run, meanings) in self.settings.synonyms.at(&plain[start..]) {
                let run = &places[start..start + run];
                // Among other words, `os` is an article and no abbreviation.
                if slots.len() > 1 && run.iter().all(|place| slots[*place].stop_word) {
                    continue;
                }
                for words in meanings {
                    let Some(alternative) = self.synonym(words)? else { continue };
                    // A code may mean the same by its parts and as one.
                    if run.iter().all(|place| slots[*place].alternatives.contains(&alternative)) {
                        continue;
                    }
                    for place in run {
                        slots[*place].alternatives.push(alternative.clone());
                    }
                    added += 1;
                    if added == MAX_SYNONYMS {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// A synonym as it may fill a slot; none where no page can hold it. A function word stands in every page.
    fn synonym(&self, words: &[String]) -> Result<Option<Alternative>, SearchError> {
        let mut alternative = self.exact_words(words, Tier::Synonym)?;
        if let ([word], [variants]) = (words, alternative.words.as_mut_slice()) {
            if is_stop_word(word, &self.languages) {
                return Ok(None);
            }
            for mut variant in self.word_variants(word, true)?.into_iter().skip(1) {
                variant.tier = Tier::Synonym;
                variant.weight = Tier::Synonym.weight() * Tier::Stemmed.weight();
                variants.push(variant);
            }
        }
        let may_occur = |variants: &Vec<Variant>| variants.iter().any(|variant| variant.df > 0);
        Ok(alternative.words.iter().all(may_occur).then_some(alternative))
    }
}

/// Whether two groups have a word or phrase in common.
fn share_a_form(group: &[Forms], other: &[Forms]) -> bool {
    group.iter().flatten().any(|phrase| other.iter().flatten().any(|known| known == phrase))
}

/// The spellings in which a text is met: with its codes joined, as they stand in the index beside their parts, and with
/// the parts side by side. None of a text without words.
fn forms(text: &str) -> Option<Forms> {
    let chunks = chunks(text);
    // `C++` is not `c`: a code of one part is met as written.
    let apart = |chunk: &Chunk| match (&chunk.whole, chunk.parts.as_slice()) {
        (Some(whole), [_]) => vec![whole.clone()],
        _ => chunk.parts.clone(),
    };
    let joined = |chunk: &Chunk| chunk.joined.clone().map_or_else(|| apart(chunk), |joined| vec![joined]);
    let mut forms: Forms = vec![chunks.iter().flat_map(joined).collect(), chunks.iter().flat_map(apart).collect()];
    forms.dedup();
    (!chunks.is_empty()).then_some(forms)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn synonyms(groups: &[&[&str]], one_way: &[(&str, &str)], default_synonyms: bool) -> Synonyms {
        let owned = |text: &&str| (*text).to_owned();
        Synonyms::new(&SearchConfig {
            synonyms: groups.iter().map(|group| group.iter().map(owned).collect()).collect(),
            synonyms_one_way: one_way
                .iter()
                .map(|(from, to)| OneWay { from: owned(from), to: vec![owned(to)] })
                .collect(),
            default_synonyms,
            ..SearchConfig::default()
        })
    }

    /// What the start of a query also finds, each with the chunks that mean it.
    fn found(synonyms: &Synonyms, query: &str) -> Vec<String> {
        let plain = chunks(query);
        let mut found: Vec<String> = synonyms
            .at(&plain)
            .flat_map(|(run, to)| to.iter().map(move |phrase| format!("{run}: {}", phrase.join(" "))))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn both_ways_in_every_spelling() {
        let synonyms = synonyms(&[&["NF-e", "Nota Fiscal Eletrônica"], &["só"], &["--", "x"]], &[], false);
        for query in ["nfe", "NF-e cancelada"] {
            assert_eq!(found(&synonyms, query), ["1: nota fiscal eletronica"], "{query}");
        }
        assert_eq!(found(&synonyms, "nf e"), ["2: nota fiscal eletronica"]);
        assert_eq!(found(&synonyms, "nota fiscal eletronica de março"), ["3: nf e", "3: nfe"]);
        for query in ["nota fiscal", "so", "x", "", "emitir nfe"] {
            assert_eq!(found(&synonyms, query), [""; 0], "{query}");
        }
    }

    #[test]
    fn one_way_is_not_the_other() {
        let synonyms = synonyms(&[], &[("arquivo remessa", "CNAB")], false);
        assert_eq!(found(&synonyms, "arquivo remessa"), ["2: cnab"]);
        assert_eq!(found(&synonyms, "cnab"), [""; 0]);
    }

    #[test]
    fn a_group_adds_to_the_default_one_that_it_shares_a_word_with() {
        let own: &[&[&str]] = &[&["ftth", "fibra em casa"], &["quasar", "pulsar"]];
        let with = synonyms(own, &[], true);
        assert!(found(&with, "ftth").contains(&"1: fibra em casa".to_owned()));
        assert!(found(&with, "ftth").contains(&"1: fiber to the home".to_owned()));
        assert!(found(&with, "fibra em casa").contains(&"3: fiber to the home".to_owned()));
        assert!(found(&with, "fiber to the home").contains(&"4: fibra em casa".to_owned()));
        assert_eq!(found(&with, "quasar"), ["1: pulsar"]);
        let without = synonyms(own, &[], false);
        assert_eq!(found(&without, "ftth"), ["1: fibra em casa"]);
    }

    #[test]
    fn codes_of_one_part_are_met_as_written() {
        let synonyms = synonyms(&[&["C++", "cpp"]], &[], false);
        assert_eq!(found(&synonyms, "c++"), ["1: cpp"]);
        assert_eq!(found(&synonyms, "cpp"), ["1: c++"]);
        assert_eq!(found(&synonyms, "c"), [""; 0]);
    }

    #[test]
    fn the_default_set_says_each_thing_once() {
        let rules = Rules::read(DEFAULTS);
        assert!((60..=120).contains(&(rules.groups.len() + rules.one_way.len())));
        let mut members = HashSet::new();
        for group in &rules.groups {
            assert!(group.len() > 1, "{group:?}");
            for forms in group {
                for phrase in forms {
                    let elsewhere = group.iter().filter(|other| *other != forms).flatten().any(|other| other == phrase);
                    assert!(!elsewhere || phrase == &["cgnat"], "{phrase:?} is twice in a group");
                }
                assert!(members.insert(forms.clone()), "{forms:?} is in two groups");
            }
        }
        for (from, to) in &rules.one_way {
            assert!(!to.is_empty() && !to.contains(from), "{from:?}");
            let known = rules.groups.iter().find(|group| group.contains(from));
            assert!(!known.is_some_and(|group| to.iter().any(|to| group.contains(to))), "{from:?} goes both ways");
        }
    }

    #[test]
    fn the_default_set_has_no_line_that_is_not_read() {
        for line in DEFAULTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let rules = Rules::read(line);
            assert_eq!(rules.groups.len() + rules.one_way.len(), 1, "{line}");
            assert!(!line.contains("  ") && line.trim() == line, "{line}");
            assert!(line.split(" > ").count() <= 2 && line.contains(['=', '>']), "{line}");
        }
    }

    #[test]
    fn the_abbreviations_of_the_trade_are_known() {
        let defaults = synonyms(&[], &[], true);
        for (query, meaning) in [
            ("nfse", "1: nota fiscal de servico eletronica"),
            ("ct-e", "1: conhecimento de transporte eletronico"),
            ("olt", "1: optical line terminal"),
            ("ont", "1: onu"),
            ("tr069", "1: acs"),
            ("acs", "1: tr069"),
            ("segunda via", "2: 2a via"),
            ("2 via", "2: segunda via"),
            ("2a via do boleto", "2: segunda via"),
            ("boleto", "1: cobranca bancaria"),
            ("cobranca bancaria", "2: boleto"),
            ("wifi", "1: wireless"),
            ("senha", "1: password"),
        ] {
            assert!(
                found(&defaults, query).iter().any(|known| known == meaning),
                "{query}: {:?}",
                found(&defaults, query)
            );
        }
        assert_eq!(found(&defaults, "password"), [""; 0]);
    }
}
