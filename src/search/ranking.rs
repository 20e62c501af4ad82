//! The numbers that decide relevance: all in this place, each with the evaluation that chose it.
//!
//! Evaluations are on known-item sets (titles, titles with a typo, headings, rare words of a sentence, the same words
//! inflected) over three documentation wikis, A of 1,484 pages in Portuguese and English, B of 510 in Portuguese, Spanish
//! and English, C of 224 in Portuguese; and on two sets of questions, Q in Portuguese and E in English. Figures are
//! Success@1 for known items, nDCG@10 for questions. A number without figures is a bound, or settled by the contract.

use crate::index::TextField;

/// Weight of a word's frequency in a field, strongest first: the contract's order.
/// Title 5 to 3: headings A 0.980 to 0.987, Q 0.892 to 0.894, E 0.498 to 0.501; 4 lies between, as titles come first.
pub const FIELD_WEIGHTS: [f32; TextField::ALL.len()] = [4.0, 3.4, 2.8, 2.4, 1.9, 1.4, 1.0, 0.6];

/// How much a field's length counts (BM25's b). Short fields hardly vary, and a page that has none of them is no
/// better for it; body and code as in BM25. Body 0.5 to 0.4 with k1 0.9: Q 0.897 to 0.896, E 0.504 to 0.498.
pub const LENGTH_SHARE: [f32; TextField::ALL.len()] = [0.3, 0.0, 0.0, 0.3, 0.0, 0.2, 0.5, 0.6];

/// How soon more of a word says nothing new (BM25's k1). With [`TIER_POWER`], 1.2 to 1.0: inflected words A 0.947 to 0.958,
/// Q 0.922 to 0.923, E 0.502 to 0.501; 0.8: Q 0.924, E 0.499.
pub const SATURATION: f32 = 1.0;

/// The power of a tier's weight that a match counts: both in frequency, and in what it adds to a word's score after
/// stronger tiers have saturated. With frequency alone (power 1, and nothing taken from the score) 45 words that begin
/// like the word said as much as the word: inflected words A 0.953, C 0.932, Q 0.920, E 0.504; as it is 0.963, 0.945,
/// 0.923, 0.502. Power 1 in both: 0.963, 0.918, 0.924, 0.500. All tiers alike: words A 0.983, C 0.992, Q 0.916.
pub const TIER_POWER: f32 = 0.7;

/// How well a word of a page fits a word of the query, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The word itself, but for case and accents.
    Folded,
    /// Another form of the word.
    Stemmed,
    /// A word that begins so.
    Prefix,
    /// Two words written as one, or one as two.
    Joined,
    /// A word that means the same.
    Synonym,
    /// A word that differs by one or two letters.
    Typo,
}

impl Tier {
    /// All of them, best first.
    pub const ALL: [Self; 6] = [Self::Folded, Self::Stemmed, Self::Prefix, Self::Joined, Self::Synonym, Self::Typo];

    /// Its name in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folded => "folded",
            Self::Stemmed => "stemmed",
            Self::Prefix => "prefix",
            Self::Joined => "joined",
            Self::Synonym => "synonym",
            Self::Typo => "typo",
        }
    }

    /// What a match in this tier is worth against the word itself. Stems 0.75 to 0.5: words B 0.975 to 0.990, C 0.907 to
    /// 0.924, inflected words C 0.877 to 0.849; 0.65 lies between. Typos 0.35 to 0.2: titles with a typo C 0.963 to 0.954.
    pub fn weight(self) -> f32 {
        match self {
            Self::Folded => 1.0,
            Self::Stemmed => 0.65,
            Self::Prefix => 0.6,
            Self::Joined => 0.55,
            Self::Synonym => 0.5,
            Self::Typo => 0.35,
        }
    }
}

/// What each further letter of difference leaves of a typo's weight.
pub const TYPO_DECAY: f32 = 0.5;

/// A word that stands as typed, accents included, is worth so much more; twice in the title.
pub const EXACT_FORM: f32 = 0.04;

/// A page whose title is the query: before everything but pins. Larger than any sum of the other parts.
pub const TITLE_IS_QUERY: f32 = 10_000.0;
/// An alias that is the query.
pub const ALIAS_IS_QUERY: f32 = 5_000.0;
/// A page with a heading that is the query, in units of the query's own weight. Without: headings A 0.787, B 0.823,
/// C 0.844; with 1.0 0.980, 0.969, 1.000. 1.4 makes up for [`TITLE_BEGINS`]: headings B 0.985 to 0.992.
pub const HEADING_IS_QUERY: f32 = 1.4;
/// A pinned page.
pub const PINNED: f32 = 1_000_000.0;

/// The least and the most of what a page's own boost and that of its path multiply to: [`TITLE_IS_QUERY`] outweighs it.
pub const WEIGHT_BOUNDS: (f32, f32) = (0.1, 10.0);
/// What is left of the relevance of a page that says of itself that it is deprecated: it falls behind pages that say the
/// same, and stays before those that hold the words by the way. None of the evaluations has such pages.
pub const DEPRECATED: f32 = 0.7;
/// What is left of the score of a page that says nearly the same as a better one. No figure of the evaluations moves.
pub const COPY: f32 = 0.7;
/// Bits of 64 in which the fingerprints of two pages may differ that say nearly the same. 2: 23 pairs in A, 7 in the texts
/// of Q, none in B, C and the texts of E; nearly all are copies, and share nine of ten runs of words. 3: twice as many
/// pairs in A, most of the new ones pages that one template made, down to seven of ten.
pub const COPY_DISTANCE: u32 = 2;

/// How much the title's fit counts: share of the query in the title times share of the title in the query,
/// in units of the query's own weight. With [`TITLE_COVER`] from 0.8 and 0.6 to 0.5 and 0.3: headings A 0.980 to 0.993,
/// B 0.969 to 0.992, titles with a typo B 0.980 to 0.975.
pub const TITLE_FIT: f32 = 0.5;
/// The same for the share of the query in the title alone. With [`SATURATION`] at 1.0, 0.3 to 0.4: plain queries of the
/// starter wiki MRR@10 0.920 to 0.940, E 0.502 to 0.501; 0.5: inflected words A 0.958 to 0.953.
pub const TITLE_COVER: f32 = 0.4;

/// A title of no other words than the query's, inflected, begun, misspelt or in another order as they may be, in units of
/// the query's own weight. Without: titles with a typo B 0.980, C 0.963, begun B 0.965, C 0.989; with it 0.985, 0.972,
/// 0.983, 1.000.
pub const TITLE_SAME_WORDS: f32 = 1.0;
/// A title that begins with the query as typed, in the same units. Without: titles begun B 0.977.
pub const TITLE_BEGINS: f32 = 0.3;

/// What the logarithm of a page's links is worth, in the same units: a page that many link to, before one that is
/// otherwise about as good. 0 to 0.03 changes no figure of any set; a guess of what is mild.
pub const POPULARITY: f32 = 0.02;

/// How much words side by side count, in units of the query's own weight. 1.6 to 3.0: inflected words A 0.921 to 0.947,
/// C 0.932 to 0.945, Q 0.910 to 0.916; 4.0: 0.953, 0.959, 0.917, but E 0.503 to 0.497 and begun titles B 0.983 to 0.977.
pub const PROXIMITY: f32 = 3.0;
/// Words further apart than this are as good as in different pages. 12 to 24: words A 0.914 to 0.931, B 0.960 to 0.975,
/// C 0.890 to 0.907.
pub const PROXIMITY_REACH: u32 = 24;
/// Closeness falls with this power of the distance. 0.5 to 0.7: inflected words A 0.942 to 0.947, Q 0.914 to 0.916; 0.9:
/// 0.942, 0.914.
pub const PROXIMITY_FALL: f32 = 0.7;
/// A word is to be close to so many words before it. 1 to 3: inflected words A 0.932 to 0.942, Q 0.910 to 0.914; 6 is
/// as good and slower.
pub const PROXIMITY_NEIGHBOURS: usize = 3;
/// What each step further back in the query leaves of it.
pub const PROXIMITY_NEIGHBOUR_DECAY: f32 = 0.7;
/// A page that holds every word as typed, but for case and accents, in units of the query's own weight, as far as they
/// stand close together. Without: words A 0.970, C 0.975; with it 0.996, 1.000. The same wherever they stand: inflected
/// words A 0.932 to 0.921.
pub const ALL_AS_TYPED: f32 = 0.7;
/// So many of the best pages are looked at for closeness: the same for every page of results, so that paging is stable.
pub const PROXIMITY_DEPTH: usize = 100;

/// What a word in a section's heading counts against one in its text.
pub const SECTION_HEADING: f32 = 2.0;
/// What a word in code counts against one in prose.
pub const SECTION_CODE: f32 = 0.6;
/// What a function word counts against others of its rarity: it is marked, but never the reason to show a place.
pub const SECTION_FUNCTION_WORD: f32 = 0.2;
/// What each further occurrence of a word adds to the first.
pub const SECTION_REPEAT: f32 = 0.1;
/// What words of the query side by side add, in units of what the rarer one says.
pub const SECTION_CLOSENESS: f32 = 0.5;
/// What a heading multiplies a section's score by, more than 1, that has nothing but words of the query.
pub const SECTION_HEADING_COVER: f32 = 0.5;
/// A section whose heading is the query, in units of the query's own weight. Without: right anchors A 0.987; with it
/// 0.993.
pub const SECTION_HEADING_IS_QUERY: f32 = 2.0;
/// A section below this share of the best one's score is not worth showing.
pub const SECTION_WORTH_SHOWING: f32 = 0.35;

/// From so many letters on a word that others follow may be begun only, too, once words are optional.
pub const ABBREVIATION_LETTERS: usize = 3;
/// The same in queries of at most so many words. Where such a page counted as holding all words, 3: Q 0.915 to 0.914.
pub const ABBREVIATION_WORDS: usize = 2;

/// Misspelt words count only where fewer pages than this hold the words as they are.
pub const TYPO_BELOW: usize = 20;
/// In a longer query that no page answers word for word, only words that no page holds are taken for misspelt.
/// Without: Q 0.898, with it 0.899, and questions cost less.
pub const TYPO_ANY_WORDS: usize = 4;
/// A word that so many pages hold is taken for well spelt as long as pages hold all words of the query.
/// Never: words A 0.961, inflected 0.895; 20: 0.966, 0.874; 5: 0.974, 0.858. Inflected words lean on typos where stems fail.
pub const WELL_SPELT_FROM: u64 = 20;
/// Words tried for a prefix and for a typo, best first. Titles that begin so are always found.
pub const MAX_PREFIX_WORDS: usize = 50;
/// Fewer digits than this are completed to numbers of at most so many: longer ones are addresses and codes without their
/// dots, of which nobody types the beginning. A bound; no figure of any set moves.
pub const NUMBER_DIGITS: usize = 6;
/// Words tried for a typo.
pub const MAX_TYPO_WORDS: usize = 30;
/// Synonyms tried for a query, in the order of its words.
pub const MAX_SYNONYMS: usize = 50;
/// Letters from which one and two may be wrong.
pub const TYPO_LENGTHS: (usize, usize) = (4, 8);
/// Longer words are never taken for misspelt.
pub const MAX_TYPO_LENGTH: usize = 40;

/// Suggestions of one kind: what the share of a name that was typed is worth.
pub const SUGGEST_COVER: f32 = 0.4;
/// What links to its page are worth, for each factor of e: a page with 50 links stands as high as one whose name is
/// typed in full instead of none of it.
pub const SUGGEST_LINKS: f32 = 0.1;
/// What it is worth that the first word typed is the first of the name.
pub const SUGGEST_BEGINS: f32 = 0.5;
/// Sections of one page among suggestions, as in hits.
pub const SUGGEST_SECTIONS: usize = 3;

/// Related pages are compared by so many words, those that say most. The numbers were settled by reading what some ten
/// pages of wiki A and of the starter wiki are given; there is no judged set.
pub const RELATED_WORDS: usize = 25;
/// Bytes of a page's text that are looked at for them.
pub const RELATED_TEXT_BYTES: usize = 64 * 1024;
/// A word in the title counts as often as this.
pub const RELATED_TITLE_FREQUENCY: u32 = 5;
/// What a shared tag is worth, in units of the rarest word's weight.
pub const RELATED_TAG: f32 = 0.6;
/// What a link in either direction is worth.
pub const RELATED_LINK: f32 = 0.8;
/// What a shared folder is worth.
pub const RELATED_FOLDER: f32 = 0.5;
/// How much a page's length takes from what shared words say. Without, release notes and terms of service were among the
/// first six of most pages of A, as they hold every word.
pub const RELATED_LENGTH_SHARE: f32 = 0.3;
/// What is left of the score of a page in another language: it is shown where hardly anything else is related. With a
/// bonus for the same language instead, a translation stood among pages of its links' and tags' strength.
pub const RELATED_OTHER_LANGUAGE: f32 = 0.25;

/// "Did you mean" looks at queries that fewer pages than this answer without typos: less than one page of results.
pub const PROPOSAL_BELOW: usize = 10;
/// A word that so many pages hold may still be a slip of theirs.
pub const PROPOSAL_RARE: u64 = 2;
/// Letters from which one and two may be wrong in a word for which another is proposed: earlier than in matching, as
/// the asker decides.
pub const PROPOSAL_LENGTHS: (usize, usize) = (3, 7);
/// What a wrong letter costs against company: a word must stand in some 50 times as many pages, together with the rest
/// of the query, to be proposed for one that is a letter nearer.
pub const PROPOSAL_EDIT: f32 = 4.0;
/// Words tried in the place of one, and spellings of the whole query that are carried on.
pub const MAX_PROPOSAL_CANDIDATES: usize = 8;
/// Of more doubtful words than this nothing is made.
pub const MAX_PROPOSAL_WORDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_tiers_keep_the_order_of_the_contract() {
        assert!(FIELD_WEIGHTS.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(Tier::ALL.iter().enumerate().all(|(place, tier)| *tier as usize == place));
        assert!(Tier::ALL.windows(2).all(|pair| pair[0].weight() > pair[1].weight()));
    }
}
