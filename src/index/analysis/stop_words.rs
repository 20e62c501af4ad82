//! Function words: they are indexed, and count in phrases and titles, but a page is never required to hold them.

use super::Language;

const PT: &str = "a ao aos aquela aquelas aquele aqueles aquilo as ate com como da das de dela delas dele deles do dos e ela elas ele eles em entre era essa essas esse esses esta estas este estes eu foi for foram ha isso isto ja la lhe lhes mais mas me mesmo meu meus minha minhas muito na nas nem no nos nossa nossas nosso nossos num numa o onde os ou para pela pelas pelo pelos por qual quais quando que quem se sem ser sera seu seus sao sob sobre sua suas tambem te tem tinha um uma umas uns voce voces";
const EN: &str = "a about after all also an and any are as at be because been before being between both but by can could did do does doing during each few for from further had has have having he her here hers him his how i if in into is it its itself me more most my no nor not of off on once only or other our out over own same she should so some such than that the their them then there these they this those through to too under until up very was we were what when where which while who whom why will with would you your";
const ES: &str = "a al algo algunas algunos ante antes como con contra cual cuando de del desde donde durante e el ella ellas ellos en entre era es esa esas ese esos esta estas este esto estos fue ha hay la las le les lo los mas me mi mis mucho muy nada ni no nos nosotros o os otra otro para pero poco por porque que quien se sin sobre son su sus tambien tanto te tiene todo tu tus un una uno unos y ya yo";

/// Whether a folded word is a function word of any of the languages.
pub fn is_stop_word(folded: &str, languages: &[Language]) -> bool {
    // One-letter words and the longest function word bound the look-up.
    folded.len() <= 9
        && languages.iter().any(|language| {
            let list = match language {
                Language::Pt => PT,
                Language::En => EN,
                Language::Es => ES,
            };
            list.split(' ').any(|word| word == folded)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_language() {
        assert!(is_stop_word("de", &[Language::Pt]));
        assert!(is_stop_word("the", &[Language::Pt, Language::En]));
        assert!(!is_stop_word("the", &[Language::Pt]));
        assert!(!is_stop_word("vpn", &[Language::Pt, Language::En, Language::Es]));
        assert!(!is_stop_word("de", &[]));
    }

    #[test]
    fn lists_are_folded_and_within_the_bound() {
        for word in [PT, EN, ES].join(" ").split(' ') {
            assert_eq!(super::super::fold(word), word);
            assert!(word.len() <= 9, "{word}");
        }
    }
}
