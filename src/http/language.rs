//! Which of the page's languages a reader gets.
//!
//! Its own file because it is a small rule of its own: the configured one, else what the browser asks for,
//! else the wiki's first locale, else English.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use super::services::Live;
use crate::config::UiLanguage;

/// A language that the search page speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    PtBr,
    En,
    Es,
}

impl Language {
    /// For the `lang` attribute.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::PtBr => "pt-BR",
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// What readers of this language call another one; none where only its tag is known. Any case.
    pub(super) fn name_of(self, tag: &str) -> Option<&'static str> {
        let names: &[(&str, [&str; 3])] = &[
            ("pt-br", ["Português (Brasil)", "Portuguese (Brazil)", "Portugués (Brasil)"]),
            ("pt", ["Português", "Portuguese", "Portugués"]),
            ("en", ["Inglês", "English", "Inglés"]),
            ("es", ["Espanhol", "Spanish", "Español"]),
            ("fr", ["Francês", "French", "Francés"]),
            ("de", ["Alemão", "German", "Alemán"]),
            ("it", ["Italiano", "Italian", "Italiano"]),
            ("zh", ["Chinês", "Chinese", "Chino"]),
            ("ja", ["Japonês", "Japanese", "Japonés"]),
        ];
        let (_, name) = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag))?;
        let [in_portuguese, in_english, in_spanish] = *name;
        Some(match self {
            Self::PtBr => in_portuguese,
            Self::En => in_english,
            Self::Es => in_spanish,
        })
    }

    /// By the first part of a language tag, in any case of letters.
    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag);
        let is = |name: &str| primary.eq_ignore_ascii_case(name);
        if is("pt") {
            Some(Self::PtBr)
        } else if is("en") {
            Some(Self::En)
        } else if is("es") {
            Some(Self::Es)
        } else {
            None
        }
    }

    /// For a reader, and whether another reader might get another one.
    pub(super) fn of_reader(live: &Live, headers: &HeaderMap) -> (Self, bool) {
        match live.server.ui_language {
            UiLanguage::PtBr => (Self::PtBr, false),
            UiLanguage::En => (Self::En, false),
            UiLanguage::Es => (Self::Es, false),
            UiLanguage::Auto => {
                let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(preferred);
                let home = || Self::of_tag(&live.default_locale).unwrap_or(Self::En);
                (asked.unwrap_or_else(home), true)
            }
        }
    }
}

/// The first of the highest weight among those that we speak.
fn preferred(header: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for item in header.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let Some(language) = parts.next().and_then(Language::of_tag) else {
            continue;
        };
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |weight| weight.trim().parse().ok());
        let Some(weight) = weight.filter(|weight: &f32| *weight > 0.0) else {
            continue;
        };
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weightiest_known_language_wins() {
        for (header, language) in [
            ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::PtBr)),
            ("PT", Some(Language::PtBr)),
            ("fr, es;q=0.3, en;q=0.7", Some(Language::En)),
            ("es-419", Some(Language::Es)),
            ("en;q=0.5,es;q=0.5", Some(Language::En)),
            ("en;q=0, es;q=0.1", Some(Language::Es)),
            ("en;q=x, es", Some(Language::Es)),
            ("en;q=NaN", None),
            ("fr,de", None),
            ("*", None),
            ("enx", None),
            ("", None),
            (";;,,=", None),
        ] {
            assert_eq!(preferred(header), language, "{header}");
        }
    }
}
