//! The words of the insights page, in the languages of the search page.
//!
//! Its own file because an editor reads them in one language, and who translates sees all three side by side.

use super::language::Language;
use crate::insights::Table;

/// A text in Brazilian Portuguese, English and Spanish.
type Three = [&'static str; 3];

/// The text for a language.
pub(super) fn say(language: Language, texts: &Three) -> &'static str {
    match language {
        Language::PtBr => texts[0],
        Language::En => texts[1],
        Language::Es => texts[2],
    }
}

pub(super) const TITLE: Three = ["O que os leitores procuram", "What readers look for", "Lo que buscan los lectores"];
pub(super) const OFF: Three = [
    "As buscas não são guardadas. Para guardá-las: [insights] file = \"insights.db\" em config.toml.",
    "Searches are not kept. To keep them: [insights] file = \"insights.db\" in config.toml.",
    "Las búsquedas no se guardan. Para guardarlas: [insights] file = \"insights.db\" en config.toml.",
];
pub(super) const UNREADABLE: Three = [
    "O banco de dados das buscas não pôde ser lido agora; o registro do servidor diz por quê.",
    "The database of searches cannot be read now; the server's log says why.",
    "No se pudo leer la base de datos de las búsquedas; el registro del servidor dice por qué.",
];
pub(super) const PERIOD: Three = ["Período", "Period", "Período"];
pub(super) const PERIODS: [(&str, u64, Three); 5] = [
    ("day", 1, ["1 dia", "1 day", "1 día"]),
    ("week", 7, ["7 dias", "7 days", "7 días"]),
    ("month", 30, ["30 dias", "30 days", "30 días"]),
    ("quarter", 90, ["90 dias", "90 days", "90 días"]),
    ("year", 365, ["1 ano", "1 year", "1 año"]),
];
pub(super) const SEARCHES: Three = ["buscas", "searches", "búsquedas"];
pub(super) const EMPTY: Three = ["sem resultado", "without result", "sin resultado"];
pub(super) const OPENED: Three = ["com clique", "opened", "con clic"];
pub(super) const RELAXED: Three = ["com palavras a menos", "relaxed", "con menos palabras"];
pub(super) const YES: Three = ["encontraram", "found it", "lo encontraron"];
pub(super) const NO: Three = ["não encontraram", "did not", "no lo encontraron"];
pub(super) const QUERY: Three = ["Busca", "Query", "Búsqueda"];
pub(super) const PAGES: Three = ["Páginas", "Pages", "Páginas"];
pub(super) const SLOWEST: Three = ["Mais lenta (ms)", "Slowest (ms)", "Más lenta (ms)"];
pub(super) const TODO: Three = ["O que fazer", "What to do", "Qué hacer"];
pub(super) const NOW: Three =
    ["hoje, sem filtros, encontra", "finds now, without filters", "hoy, sin filtros, encuentra"];
pub(super) const NEAREST: Three = ["Parecida", "Nearest", "Parecida"];
pub(super) const SYNONYM: Three = ["em search.synonyms:", "in search.synonyms:", "en search.synonyms:"];
pub(super) const ALIAS: Three = ["ou, no início de", "or, at the top of", "o, al inicio de"];
pub(super) const WRITE: Three = [
    "Nenhuma palavra parecida: talvez falte uma página.",
    "No word comes near: a page may be missing.",
    "Ninguna palabra se parece: quizá falte una página.",
];
pub(super) const NOTHING: Three = ["Nada neste período.", "Nothing in this period.", "Nada en este período."];
pub(super) const HEALTH: Three = ["Saúde do conteúdo", "Content health", "Salud del contenido"];
pub(super) const HEALTHY: Three = ["Nada a corrigir.", "Nothing to mend.", "Nada que corregir."];
pub(super) const ANY: Three = ["(todas)", "(all)", "(todas)"];
pub(super) const PAGE: Three = ["Página", "Page", "Página"];
pub(super) const WRONG: Three = ["O que há", "What is wrong", "Qué pasa"];

/// The heading of a table.
pub(super) fn heading(table: Table) -> Three {
    match table {
        Table::Time => ["Buscas ao longo do tempo", "Searches over time", "Búsquedas en el tiempo"],
        Table::Top => ["Mais buscadas", "Most frequent", "Más buscadas"],
        Table::Empty => ["Sem resultado", "Without result", "Sin resultado"],
        Table::Unopened => {
            ["Com resultados que ninguém abre", "With results that nobody opens", "Con resultados que nadie abre"]
        }
        Table::Relaxed => {
            ["Nenhuma página com todas as palavras", "No page with every word", "Ninguna página con todas las palabras"]
        }
        Table::Slow => ["Mais lentas", "Slowest", "Más lentas"],
        Table::Languages => ["Por idioma", "By language", "Por idioma"],
        Table::Areas => ["Por área", "By area", "Por área"],
    }
}

/// What a kind of ailment is called.
pub(super) fn ailment(kind: &str) -> Three {
    match kind {
        "stale" => ["Antigas e muito encontradas", "Old and often found", "Antiguas y muy encontradas"],
        "broken_link" => ["Links quebrados", "Broken links", "Enlaces rotos"],
        "broken_anchor" => [
            "Links para títulos que não existem",
            "Links to headings that are not there",
            "Enlaces a títulos que no existen",
        ],
        "orphan" => {
            ["Páginas sem nenhum link para elas", "Pages that nothing links to", "Páginas sin enlaces hacia ellas"]
        }
        "duplicate_title" => ["Títulos repetidos", "Duplicate titles", "Títulos repetidos"],
        "near_duplicate" => ["Quase iguais", "Near duplicates", "Casi iguales"],
        "no_description" => ["Sem descrição", "Without description", "Sin descripción"],
        "no_alt" => {
            ["Imagens sem texto alternativo", "Images without alternative text", "Imágenes sin texto alternativo"]
        }
        "front_matter" => ["Cabeçalho com erro", "Broken front matter", "Cabecera con errores"],
        "alias" => ["Apelidos sem efeito", "Aliases without effect", "Alias sin efecto"],
        _ => ["Destaques perdidos", "Lost pins", "Destacados perdidos"],
    }
}
