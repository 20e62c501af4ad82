//! What searching needs of the configuration, prepared once and again at each reload.

use std::time::Duration;

use super::boosts::Boosts;
use super::synonyms::Synonyms;
use crate::config::SearchConfig;
use crate::index::key_of;

/// Prepared configuration of the search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Words and phrases that mean the same, analysed as texts are.
    pub synonyms: Synonyms,
    /// Whole queries, as keys, and the pages that come first for them, in order.
    pub pins: Vec<(String, String)>,
    /// How much pages count by where they lie.
    pub boosts: Boosts,
    /// How long a search may take; none: as long as it needs.
    pub timeout: Option<Duration>,
}

impl Settings {
    /// Prepares the configuration.
    pub fn new(config: &SearchConfig, timeout: Duration) -> Self {
        Self {
            synonyms: Synonyms::new(config),
            pins: config.pins.iter().map(|pin| (key_of(&pin.query), crate::page::nfc(&pin.path))).collect(),
            boosts: Boosts::new(&config.boosts),
            timeout: Some(timeout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Pin;

    #[test]
    fn pins_are_compared_as_queries_are() {
        let config = SearchConfig {
            pins: vec![Pin { query: "Segunda VIA".into(), path: "Financeiro/Boletos.md".into() }],
            ..SearchConfig::default()
        };
        let settings = Settings::new(&config, Duration::from_millis(500));
        assert_eq!(settings.pins, [("segunda via".to_owned(), "Financeiro/Boletos.md".to_owned())]);
    }
}
