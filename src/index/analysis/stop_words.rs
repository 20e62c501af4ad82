//! Function words: they are indexed, and count in phrases and titles, but a page is never required to hold them.

use super::Language;

const PT: &str = "a ai ainda alem algo alguem algum alguma algumas alguns ali ante ao aos apenas apos aquela aquelas aquele aqueles aqui aquilo as assim ate atraves cada com como consigo cuja cujas cujo cujos da das de dela delas dele deles desde deve devem devo do dos durante e eis ela elas ele eles em entao entre era eram essa essas esse esses esta estao estar estas estava estavam este estes estiver estou eu faco faz fazer feita feitas feito feitos fez foi for foram ha haver havia houve ir isso isto ja la lhe lhes lo los mais mas me mesmo meu meus mim minha minhas muito na nada nas nem nenhum nenhuma ninguem no nos nossa nossas nosso nossos num numa o onde os ou outra outras outro outros para pela pelas pelo pelos pode podem poder podera pois por porque posso quais qual quando quanta quantas quanto quantos que quem quer sao se seja sejam sem sendo ser sera serao seria seriam seu seus si sido sob sobre sua suas tambem tanto tao te tem tenho ter teve ti tinha tiver toda todas todo todos tudo um uma umas uns vai voce voces vos vou";
const EN: &str = "a about after all also although among an and any are as at be because been before being between both but by can could did do does doesn doing don during each else ever every few for from further get got had has have having he her here hers him his how i if in into is isn it its itself may me might more most must my no nor not of off on once only or other our out over own per same shall she should so some such than that the their them then there these they this those though through to too toward towards under until up upon very via was we were what when where whether which while who whom why will with within without won would yes you your";
const ES: &str = "a al algo algunas algunos ante antes aquel aquella asi aun cada como con contra cual cuales cualquier cuando cuanta cuantas cuanto cuantos cuya cuyo de debe deben del desde donde durante e el ella ellas ellos en entre era eran es esa esas ese esos esta estaba estan estar estas este esto estos fue fueron ha haber hace hacer hacia han hay hecha hecho hubo la las le les lo los mas me mi mientras mis mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por porque puede pueden pues que quien quienes se sea sean segun ser sera seran si sido siendo sin sobre son su sus tambien tanto te tener tenia tiene tienen toda todas todo tras tu tus un una uno unos usted ustedes vosotros y ya yo";

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
