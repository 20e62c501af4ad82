//! Stems: what the inflected forms of a word have in common, per language.
//!
//! For Portuguese the stock chain fails either way round: Snowball needs the accents that people don't type,
//! and misses the commonest plurals (`-ção/-ções`, `-l/-is`). So: fold, restore the suffix, stem, fold again.

use std::cell::RefCell;
use std::collections::HashMap;

use frostem::{Algorithm, Stemmer};

use super::fold::fold;

/// A language with a stemmer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Portuguese.
    Pt,
    /// English.
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// The language of a tag such as `pt-br`, if it has a stemmer.
    pub fn of(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next().unwrap_or_default() {
            "pt" => Some(Self::Pt),
            "en" => Some(Self::En),
            "es" => Some(Self::Es),
            _ => None,
        }
    }

    /// The letters that mark its stems in the index.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pt => "pt",
            Self::En => "en",
            Self::Es => "es",
        }
    }
}

/// Forgets everything when full; a wiki's vocabulary is far smaller.
const CACHE_ENTRIES: usize = 100_000;

thread_local! {
    /// By language; most words of a text have been seen before.
    static CACHE: RefCell<[HashMap<Box<str>, Box<str>>; 3]> = RefCell::default();
}

/// Calls `with` with the stem of a folded word, and returns what it returns.
/// Words with digits or of fewer than three letters have none.
pub fn with_stem<T>(language: Language, folded: &str, with: impl FnOnce(&str) -> T) -> Option<T> {
    if folded.len() < 3 || !folded.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    CACHE.with_borrow_mut(|caches| {
        let cache = &mut caches[language as usize];
        if let Some(stem) = cache.get(folded) {
            return Some(with(stem));
        }
        if cache.len() >= CACHE_ENTRIES {
            cache.clear();
        }
        let stem = compute(language, folded);
        let result = with(&stem);
        cache.insert(folded.into(), stem.into_boxed_str());
        Some(result)
    })
}

fn compute(language: Language, folded: &str) -> String {
    let stem = match language {
        Language::Pt => {
            let mut stem = Stemmer::new(Algorithm::Portuguese).stem(&restore_portuguese(folded)).into_owned();
            // `plugin` and `plugins` (restored as `plugim`): a final m and n are one, but not in `vpn`.
            if stem.len() > 3 && stem.ends_with("im") {
                stem.pop();
                stem.push('n');
            }
            stem
        }
        Language::En => Stemmer::new(Algorithm::English).stem(folded).into_owned(),
        Language::Es => Stemmer::new(Algorithm::Spanish).stem(&restore_spanish(folded)).into_owned(),
    };
    fold(&stem)
}

/// Folded suffix, and how it is written in the singular: the first that fits counts, longest first.
const PORTUGUESE_SUFFIXES: [(&str, &str); 15] = [
    ("coes", "ção"),
    ("soes", "são"),
    ("oes", "ão"),
    ("cao", "ção"),
    ("sao", "são"),
    ("aos", "ão"),
    ("aes", "ão"),
    ("ao", "ão"),
    ("ais", "al"),
    ("eis", "el"),
    ("ois", "ol"),
    ("ens", "em"),
    ("ins", "im"),
    ("ons", "om"),
    ("uns", "um"),
];
/// Words that only look like plurals.
const PORTUGUESE_EXCEPTIONS: [&str; 7] = ["depois", "demais", "jamais", "mais", "dois", "seis", "gratis"];
/// From this length on, `-is` after a consonant is the plural of `-il`: `perfis`, but not `APIs`.
const MIN_IL_PLURAL: usize = 6;
/// Letters that must remain before a restored suffix.
const MIN_BEFORE_SUFFIX: usize = 2;

fn restore_portuguese(folded: &str) -> String {
    if PORTUGUESE_EXCEPTIONS.contains(&folded) {
        return folded.to_owned();
    }
    for (suffix, written) in PORTUGUESE_SUFFIXES {
        if let Some(root) = folded.strip_suffix(suffix)
            // One letter is enough before a plural in -ns: `bons`, `sons`.
            && root.len() >= if suffix.ends_with("ns") { 1 } else { MIN_BEFORE_SUFFIX }
        {
            return format!("{root}{written}");
        }
    }
    let after_consonant =
        |root: &str| root.ends_with(|last: char| !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u' | 's')) && root.len() > 2;
    if let Some(root) = folded.strip_suffix("is").filter(|root| folded.len() >= MIN_IL_PLURAL && after_consonant(root))
    {
        return format!("{root}il");
    }
    // Loan words take a plain s: backups, logs.
    match folded.strip_suffix('s') {
        Some(root) if after_consonant(root) => root.to_owned(),
        _ => folded.to_owned(),
    }
}

fn restore_spanish(folded: &str) -> String {
    match folded.strip_suffix("cion") {
        Some(root) if root.len() >= MIN_BEFORE_SUFFIX => format!("{root}ción"),
        _ => folded.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stem(language: Language, word: &str) -> String {
        with_stem(language, &fold(word), str::to_owned).unwrap_or_else(|| fold(word))
    }

    #[test]
    fn portuguese_families_meet() {
        for family in [
            &["configuração", "configurações", "configuracao", "configurar", "configurado"][..],
            &["conexão", "conexões", "conexao"],
            &["fiscal", "fiscais"],
            &["boleto", "boletos"],
            &["cancelar", "cancelado", "cancelamento"],
            &["homem", "homens"],
            &["roteador", "roteadores"],
            &["móvel", "móveis", "moveis"],
            &["perfil", "perfis"],
            &["bom", "bons"],
            &["backup", "backups"],
            &["plugin", "plugins"],
        ] {
            for word in family {
                assert_eq!(stem(Language::Pt, word), stem(Language::Pt, family[0]), "{word}");
            }
        }
        assert_ne!(stem(Language::Pt, "depois"), stem(Language::Pt, "depol"));
        assert_eq!(stem(Language::Pt, "apis"), "apis", "no plural of apil");
    }

    #[test]
    fn other_languages() {
        assert_eq!(stem(Language::En, "connections"), stem(Language::En, "connected"));
        assert_eq!(stem(Language::Es, "configuracion"), stem(Language::Es, "configuraciones"));
        assert_eq!(with_stem(Language::Pt, "ipv6", str::to_owned), None);
        assert_eq!(Language::of("pt-br"), Some(Language::Pt));
        assert_eq!(Language::of("de"), None);
    }
}
