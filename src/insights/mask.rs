//! Masking: what names a person in a query is replaced before it is kept.
//!
//! Pure and total. What has the form of a CPF, CNPJ, e-mail address, telephone or MAC address, or of another long
//! number, becomes a word in brackets; versions, IP addresses, dates and error codes stay, since they are what people
//! look for. Names of people cannot be told from other words: `docs/insights.md` says so.

use unicode_normalization::UnicodeNormalization;

/// The longest query kept, in characters.
const MAX_CHARS: usize = 160;
/// From how many digits on a number names somebody or something of theirs.
const LONG_RUN: usize = 7;
/// The same, where blanks and signs part the digits.
const LONG_GROUPED: usize = 8;

/// A query as it is compared and kept: composed, lower case, one blank between words, no control or invisible
/// direction characters, of bounded length.
pub fn tidy(query: &str) -> String {
    let visible = |c: &char| !matches!(*c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let flat: String = query.chars().filter(visible).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = flat.split_whitespace().collect();
    words.join(" ").nfc().flat_map(char::to_lowercase).take(4 * MAX_CHARS).collect()
}

/// A tidy query without what names a person.
pub fn mask(query: &str) -> String {
    let without_addresses: Vec<&str> =
        query.split(' ').map(|word| if is_address(word) { "[email]" } else { word }).collect();
    let words: Vec<&str> = without_addresses.iter().map(|word| if is_mac(word) { "[mac]" } else { *word }).collect();
    let masked = numbers(&words.join(" "));
    masked.chars().take(MAX_CHARS).collect()
}

/// Something, an at sign, something.
fn is_address(word: &str) -> bool {
    word.split_once(['@', '＠'])
        .is_some_and(|(name, host)| name.contains(char::is_alphanumeric) && host.contains(char::is_alphanumeric))
}

/// Twelve hexadecimal digits in pairs or fours.
fn is_mac(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let parts: Vec<&str> = word.split([':', '-', '.']).collect();
    let even = (parts.len() == 6 && parts.iter().all(|part| part.len() == 2))
        || (parts.len() == 3 && parts.iter().all(|part| part.len() == 4));
    let hex = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_hexdigit()));
    even && hex
}

fn is_digit(c: char) -> bool {
    // Digits of other scripts and full-width ones are digits to who reads them.
    c.is_numeric()
}

fn is_sign(c: char) -> bool {
    matches!(c, '.' | '-' | '/' | '(' | ')' | '+' | ' ' | '‐'..='―' | '_' | ',')
}

/// Replaces long numbers, however their digits are grouped.
fn numbers(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let opens =
            is_digit(chars[at]) || (matches!(chars[at], '+' | '(') && chars.get(at + 1).is_some_and(|c| is_digit(*c)));
        if !opens {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        // Digits and signs, to the last digit.
        let mut end = at;
        let mut last = at;
        while end < chars.len() && (is_digit(chars[end]) || is_sign(chars[end])) {
            if is_digit(chars[end]) {
                last = end;
            }
            end += 1;
        }
        let group: String = chars[at..=last].iter().collect();
        let before = at.checked_sub(1).map(|before| chars[before]);
        match verdict(&group, before, &chars[last + 1..]) {
            Some(word) => {
                // The new CNPJ has letters: what hangs together goes together.
                let tail = chars[last + 1..].iter().take_while(|c| c.is_alphanumeric()).count();
                out.push_str(word);
                at = last + 1 + tail;
            }
            None => {
                out.push_str(&group);
                at = last + 1;
            }
        }
    }
    alphanumeric_cnpj(&out)
}

/// What stands for a group of digits; none if it may stay.
fn verdict(group: &str, before: Option<char>, after: &[char]) -> Option<&'static str> {
    // An error code: 0x80070005.
    if group.ends_with('0') && after.first() == Some(&'x') && group.len() == 1 {
        return None;
    }
    if before == Some('x') && group.bytes().all(|b| b.is_ascii_digit()) && group.len() <= 8 {
        return None;
    }
    // Each word apart: "rejeicao 691 2024" is two short numbers, "11 98765 4321" one long one.
    let digits = group.chars().filter(|c| is_digit(*c)).count();
    let longest = group.split(|c| !is_digit(c)).map(|run| run.chars().count()).max().unwrap_or(0);
    if group.split(' ').filter(|word| !word.is_empty()).all(stays) && group.split(' ').count() <= 2 {
        return None;
    }
    if longest < LONG_RUN && digits < LONG_GROUPED {
        return None;
    }
    Some(match digits {
        14 => "[cnpj]",
        11 if !is_mobile(group) || is_cpf_shaped(group) => "[cpf]",
        8..=13 if group.starts_with(['+', '(']) || group.contains([' ', '-']) || is_mobile(group) => "[phone]",
        _ => "[number]",
    })
}

/// Addresses of machines, dates and versions.
fn stays(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let (address, mask) = word.split_once('/').unwrap_or((word, "0"));
    let ip =
        address.parse::<std::net::Ipv4Addr>().is_ok() && mask.len() <= 2 && mask.bytes().all(|b| b.is_ascii_digit());
    let version = numbers && parts.len() >= 2 && parts.iter().all(|part| part.len() <= 2);
    let date: Vec<usize> = word.split(['/', '-']).map(str::len).collect();
    let plain = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b'-'));
    ip || version || plain && matches!(date[..], [1..=2, 1..=2, 2 | 4] | [4, 1..=2, 1..=2]) || plain && word.len() < 5
}

fn is_cpf_shaped(group: &str) -> bool {
    let shape: Vec<usize> = group.split(['.', '-', '/']).map(str::len).collect();
    shape == [3, 3, 3, 2]
}

/// Eleven digits, the third a 9: a Brazilian mobile with its area code.
fn is_mobile(group: &str) -> bool {
    let digits: Vec<char> = group.chars().filter(|c| is_digit(*c)).collect();
    digits.len() == 11 && digits[2] == '9' && digits[0] != '0' && digits[1] != '0'
}

/// CNPJs since 2026 hold letters: twelve letters and digits and two check digits, grouped as ever.
fn alphanumeric_cnpj(text: &str) -> String {
    let is_one = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let shape: Vec<usize> = word.split(['.', '/', '-']).map(str::len).collect();
        let bare: String = word.chars().filter(char::is_ascii_alphanumeric).collect();
        let digits = bare.bytes().filter(u8::is_ascii_digit).count();
        bare.len() == 14
            && digits >= 4
            && bare.bytes().skip(12).all(|b| b.is_ascii_digit())
            && (shape == [2, 3, 3, 4, 2] || shape == [14])
    };
    let words: Vec<&str> = text.split(' ').map(|word| if is_one(word) { "[cnpj]" } else { word }).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen to fail without `numbers`.
    #[test]
    fn what_names_a_person_is_replaced() {
        for (typed, kept) in [
            ("cliente 123.456.789-09", "cliente [cpf]"),
            ("cpf 12345678909 bloqueado", "cpf [cpf] bloqueado"),
            ("123 456 789 09", "[cpf]"),
            ("12.345.678/0001-95", "[cnpj]"),
            ("12345678000195 nota", "[cnpj] nota"),
            ("12.abc.345/01de-35", "[cnpj]"),
            ("fulano@exemplo.com.br senha", "[email] senha"),
            ("<fulano+x@exemplo.com>", "[email]"),
            ("(11) 98765-4321", "[phone]"),
            ("+55 11 98765-4321", "[phone]"),
            ("11987654321", "[phone]"),
            ("ligar 98765-4321", "ligar [phone]"),
            ("protocolo 2024000123", "protocolo [number]"),
            ("contrato 1234567", "contrato [number]"),
            ("aa:bb:cc:dd:ee:ff", "[mac]"),
            ("aabb.ccdd.eeff offline", "[mac] offline"),
            ("１２３４５６７８９０１", "[cpf]"),
            ("1234 5678 9012 3456", "[number]"),
        ] {
            assert_eq!(mask(&tidy(typed)), kept, "{typed}");
        }
    }

    #[test]
    fn what_is_looked_for_stays() {
        for typed in [
            "erro 691",
            "78.54.2",
            "192.168.0.1",
            "10.0.0.0/24",
            "0x80070005",
            "08/08/2024",
            "2024-08-08",
            "nf-e 4.00",
            "tr-069",
            "gpon 1490",
            "porta 8080",
            "c++",
            "rejeicao 539",
            "pppoe",
            "",
            "versao 2.15.1",
            "802.1q vlan 100",
            "@ticket",
            "18.04.2",
            "ligação às 10",
        ] {
            assert_eq!(mask(&tidy(typed)), typed, "{typed}");
        }
    }

    #[test]
    fn anything_is_taken() {
        let long = "9".repeat(5000);
        assert_eq!(mask(&tidy(&long)), "[number]");
        assert!(mask(&tidy(&"é".repeat(5000))).chars().count() <= MAX_CHARS);
        assert_eq!(tidy("  A\u{202e}B\n\tC\u{0}  "), "ab c");
        for odd in ["(", "+", "((((", "@", "a@", "+1", "((1", "\u{1b}[31m1234567", "---", "0x", "x1"] {
            let _ = mask(&tidy(odd));
        }
    }
}
