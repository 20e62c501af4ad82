//! What searching needs of the configuration, prepared once and again at each reload.

use std::time::Duration;

use super::chunks::chunks;
use crate::config::SearchConfig;
use crate::index::key_of;

/// Prepared configuration of the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Groups of words and phrases that mean the same, analysed as texts are.
    pub synonyms: Vec<Vec<Vec<String>>>,
    /// Whole queries, as keys, and the pages that come first for them, in order.
    pub pins: Vec<(String, String)>,
    /// How long a search may take; none: as long as it needs.
    pub timeout: Option<Duration>,
}

impl Settings {
    /// Prepares the configuration.
    pub fn new(config: &SearchConfig, timeout: Duration) -> Self {
        let words = |text: &String| -> Vec<String> {
            // A code is met joined, as it stands in the index beside its parts.
            match chunks(text).as_slice() {
                [chunk] => vec![chunk.joined.clone().unwrap_or_else(|| chunk.parts.join(""))],
                chunks => chunks.iter().flat_map(|chunk| chunk.parts.clone()).collect(),
            }
        };
        let group = |group: &Vec<String>| group.iter().map(words).filter(|words| !words.is_empty()).collect::<Vec<_>>();
        Self {
            synonyms: config.synonyms.iter().map(group).filter(|group| group.len() > 1).collect(),
            pins: config.pins.iter().map(|pin| (key_of(&pin.query), crate::page::nfc(&pin.path))).collect(),
            timeout: Some(timeout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Pin;

    #[test]
    fn the_same_analysis_as_for_texts() {
        let config = SearchConfig {
            synonyms: vec![
                vec!["NF-e".into(), "Nota Fiscal Eletrônica".into()],
                vec!["só".into()],
                vec!["--".into(), "x".into()],
            ],
            pins: vec![Pin { query: "Segunda VIA".into(), path: "Financeiro/Boletos.md".into() }],
        };
        let settings = Settings::new(&config, Duration::from_millis(500));
        assert_eq!(
            settings.synonyms,
            [[vec!["nfe".to_owned()], ["nota", "fiscal", "eletronica"].map(str::to_owned).to_vec()]]
        );
        assert_eq!(settings.pins, [("segunda via".to_owned(), "Financeiro/Boletos.md".to_owned())]);
    }
}
