//! What is wrong with pages, and what to do about it, in the languages of the insights page.
//!
//! Its own file beside the page's other words because these are sentences with parts. English is that of the JSON.

use std::fmt::Write as _;

use super::language::Language;
use crate::search::{Ailment, Wrong};

/// What to do.
pub(super) fn advice(language: Language, ailment: &Ailment) -> &'static str {
    let [portuguese, spanish] = match ailment.wrong {
        Wrong::Stale { .. } => [
            "Releia a página; corrija-a, ou mude a data se ela ainda vale.",
            "Vuelva a leer la página; corríjala, o cambie la fecha si sigue siendo válida.",
        ],
        Wrong::BrokenLink { .. } => ["Corrija ou remova o link.", "Corrija o quite el enlace."],
        Wrong::BrokenAnchor { .. } => {
            ["Aponte o link para um título que existe.", "Dirija el enlace a un título que exista."]
        }
        Wrong::Orphan => ["Ponha um link para ela na página acima.", "Enlácela desde la página superior."],
        Wrong::DuplicateTitle { .. } => ["Diga no título o que é diferente.", "Diga en el título qué es diferente."],
        Wrong::NearDuplicate { .. } => [
            "Faça das duas uma página, ou diga em cada uma o que é diferente.",
            "Haga de las dos una página, o diga en cada una qué es diferente.",
        ],
        Wrong::NoDescription => [
            "Acrescente uma frase em `description:`; a busca também a encontra.",
            "Añada una frase en `description:`; la búsqueda también la encuentra.",
        ],
        Wrong::NoAlt { .. } => [
            "Diga entre os colchetes o que a imagem mostra; a que só enfeita se escreve `<img alt=\"\" src=\"…\">`.",
            "Diga entre los corchetes qué muestra la imagen; la que solo adorna se escribe `<img alt=\"\" src=\"…\">`.",
        ],
        Wrong::FrontMatter { .. } => ["Corrija o cabeçalho da página.", "Corrija la cabecera de la página."],
        Wrong::Alias { .. } => [
            "Tire o apelido, ou dê outro título à outra página.",
            "Quite el alias, o cambie el título de la otra página.",
        ],
        Wrong::Pin { .. } => [
            "Corrija o caminho em search.pins, ou tire o destaque.",
            "Corrija la ruta en search.pins, o quite el destacado.",
        ],
    };
    match language {
        Language::PtBr => portuguese,
        Language::Es => spanish,
        Language::En => ailment.advice,
    }
}

/// What is wrong, and whether it had to be said in English: what a parser says of front matter is.
pub(super) fn message(language: Language, ailment: &Ailment) -> (String, bool) {
    let [portuguese, spanish] = match &ailment.wrong {
        Wrong::Stale { times, date } => [
            format!("{times} vezes entre os primeiros resultados; última mudança em {date}"),
            format!("{times} veces entre los primeros resultados; último cambio el {date}"),
        ],
        Wrong::BrokenLink { line, target } => {
            [format!("linha {line}: não há página em {target}"), format!("línea {line}: no hay página en {target}")]
        }
        Wrong::BrokenAnchor { line, target, anchor } => [
            format!("linha {line}: {target} não tem o título #{anchor}"),
            format!("línea {line}: {target} no tiene el título #{anchor}"),
        ],
        Wrong::Orphan => ["nenhuma página leva a ela".to_owned(), "ninguna página lleva a ella".to_owned()],
        Wrong::DuplicateTitle { other, more: 0 } => {
            [format!("o mesmo título de {other}"), format!("el mismo título que {other}")]
        }
        Wrong::DuplicateTitle { other, more } => {
            [format!("o mesmo título de {other} e de mais {more}"), format!("el mismo título que {other} y {more} más")]
        }
        Wrong::NearDuplicate { other } => {
            [format!("diz quase o mesmo que {other}"), format!("dice casi lo mismo que {other}")]
        }
        Wrong::NoDescription => ["sem descrição no cabeçalho".to_owned(), "sin descripción en la cabecera".to_owned()],
        Wrong::NoAlt { line, name, others } => {
            let (mut portuguese, mut spanish) = if name.is_empty() {
                (format!("linha {line}: imagem"), format!("línea {line}: imagen"))
            } else {
                (format!("linha {line}: a imagem {name}"), format!("línea {line}: la imagen {name}"))
            };
            portuguese += " sem texto alternativo";
            spanish += " sin texto alternativo";
            if *others > 0 {
                // Writing to a String cannot fail.
                let _ = write!(portuguese, "; e mais {others}");
                let _ = write!(spanish, "; y {others} más");
            }
            [portuguese, spanish]
        }
        Wrong::FrontMatter { .. } => return (ailment.message.clone(), true),
        Wrong::Alias { alias, owner } => [
            format!("o apelido \"{alias}\" é o título de {owner}, que vem primeiro"),
            format!("el alias \"{alias}\" es el título de {owner}, que aparece primero"),
        ],
        Wrong::Pin { query } => [
            format!("em destaque para \"{query}\", e nenhuma busca a encontra"),
            format!("destacada para \"{query}\", y ninguna búsqueda la encuentra"),
        ],
    };
    match language {
        Language::PtBr => (portuguese, false),
        Language::Es => (spanish, false),
        Language::En => (ailment.message.clone(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::insights::Everything;
    use crate::http::insights_view::View;
    use crate::insights::{Filter, Report};

    /// Seen to fail as it was, in English for everybody, and with the advice written as HTML.
    #[test]
    fn what_to_mend_is_said_in_the_editors_language() {
        let text = || "zq<b>".to_owned();
        let all = [
            Wrong::Stale { times: 12, date: text() },
            Wrong::BrokenLink { line: 12, target: text() },
            Wrong::BrokenAnchor { line: 12, target: text(), anchor: text() },
            Wrong::Orphan,
            Wrong::DuplicateTitle { other: text(), more: 0 },
            Wrong::DuplicateTitle { other: text(), more: 12 },
            Wrong::NearDuplicate { other: text() },
            Wrong::NoDescription,
            Wrong::NoAlt { line: 12, name: text(), others: 0 },
            Wrong::NoAlt { line: 12, name: String::new(), others: 12 },
            Wrong::Alias { alias: text(), owner: text() },
            Wrong::Pin { query: text() },
            Wrong::FrontMatter { line: Some(12), message: text() },
        ];
        for wrong in all {
            let ailment = Ailment {
                kind: wrong.kind(),
                path: "A.md".to_owned(),
                url: None,
                title: String::new(),
                message: wrong.to_string(),
                advice: wrong.advice(),
                wrong: wrong.clone(),
            };
            let said = [Language::PtBr, Language::En, Language::Es].map(|language| {
                let (message, in_english) = message(language, &ailment);
                assert_eq!(in_english, matches!(wrong, Wrong::FrontMatter { .. }));
                for part in ["zq<b>", "12"] {
                    assert_eq!(message.matches(part).count(), ailment.message.matches(part).count(), "{message}");
                }
                let health = vec![ailment.clone()];
                let (report, proposals) = (Report::default(), Vec::new());
                let everything = Everything { on: false, unreadable: false, report, proposals, health };
                let html = View { language, filter: &Filter::default(), everything: &everything }.html();
                let shown = |text: &str| html.contains(&crate::http::html::Escaped(text).to_string());
                assert!(shown(&message) && shown(advice(language, &ailment)), "{html}");
                assert!(!html.contains("<b>") && !html.contains("<img"), "{html}");
                (message, advice(language, &ailment))
            });
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                assert_ne!(said[a].1, said[b].1);
                assert!(said[a].0 != said[b].0 || matches!(wrong, Wrong::FrontMatter { .. }), "{said:?}");
            }
        }
    }
}
