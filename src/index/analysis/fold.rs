//! Folding: what letters are compared by, once case, accents and invisible noise are gone.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Appends `text` folded: compatibility-decomposed, lower case, without accents, zero-width
/// characters, soft hyphens and bidirectional controls. Folding twice changes nothing more.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
        return;
    }
    // Letter by letter: whole-text normalization would differ in the order of marks alone, and they go.
    for letter in text.chars() {
        match letter {
            '\0'..='\u{7f}' => out.push(letter.to_ascii_lowercase()),
            '\u{c0}'..='\u{ff}' => out.push_str(LATIN_1[letter as usize - 0xc0]),
            _ => {
                for piece in std::iter::once(letter).nfkd() {
                    if piece == ' ' && !letter.is_whitespace() {
                        // A blank that some letters decompose to (`ﷺ`, `ͺ`) parts no words.
                    } else if piece.is_ascii() {
                        out.push(piece.to_ascii_lowercase());
                    } else if !is_combining_mark(piece) && !is_invisible(piece) {
                        fold_letter(piece, out);
                    }
                }
            }
        }
    }
}

/// U+00C0 to U+00FF, folded: the accented letters of Portuguese and its neighbours, without a detour.
#[rustfmt::skip]
const LATIN_1: [&str; 64] = [
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "o", "×", "o", "u", "u", "u", "u", "y", "th", "ss",
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",
    "d", "n", "o", "o", "o", "o", "o", "÷", "o", "u", "u", "u", "u", "y", "th", "y",
];

/// `text` folded, see [`fold_into`].
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Letters that no decomposition takes to their base letter.
fn fold_letter(letter: char, out: &mut String) {
    match letter {
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'ø' | 'Ø' => out.push('o'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ł' | 'Ł' => out.push('l'),
        'ħ' | 'Ħ' => out.push('h'),
        'þ' | 'Þ' => out.push_str("th"),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        '’' | '‘' | 'ʼ' => out.push('\''),
        '‐' | '‑' | '‒' | '–' | '−' => out.push('-'),
        // Lower case may decompose again ('İ' is taken apart before it gets here).
        _ => out.extend(letter.to_lowercase().filter(|lower| !is_combining_mark(*lower))),
    }
}

/// Characters that print nothing and part nothing.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_is_the_long_way() {
        for letter in '\u{c0}'..='\u{ff}' {
            let mut long = String::new();
            for piece in std::iter::once(letter).nfkd().filter(|piece| !is_combining_mark(*piece)) {
                fold_letter(piece, &mut long);
            }
            assert_eq!(fold(&letter.to_string()), long, "{letter}");
        }
    }

    #[test]
    fn what_is_compared() {
        for (written, folded) in [
            ("Configuração", "configuracao"),
            ("configurac\u{327}a\u{303}o", "configuracao"),
            ("ÁRVORE", "arvore"),
            ("2ª", "2a"),
            ("nº", "no"),
            ("ﬁm", "fim"),
            ("co\u{ad}nta\u{200b}to", "contato"),
            ("Straße", "strasse"),
            ("İstanbul", "istanbul"),
            ("ＡＢＣ", "abc"),
            ("Ελλάς", "ελλασ"),
            ("\u{fdfa}", "صلىاللهعليهوسلم"),
            ("\u{37a}o\u{fc5e}", "o"),
            ("a\u{a0}b", "a b"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
            assert_eq!(fold(&fold(written)), folded, "{written} twice");
        }
    }
}
