//! The words of the search page in its three languages.
//!
//! Its own file so that a translator finds them in one place; the compiler holds that none is missing.

use super::language::Language;

/// The words of the search page.
pub(super) struct Texts {
    pub(super) title: &'static str,
    pub(super) tagline: &'static str,
    pub(super) placeholder: &'static str,
    pub(super) label: &'static str,
    pub(super) submit: &'static str,
    pub(super) tips_title: &'static str,
    /// What to type, and what it does.
    pub(super) tips: [(&'static str, &'static str); 4],
    /// One hit, and more.
    pub(super) found: (&'static str, &'static str),
    pub(super) newest: &'static str,
    pub(super) of: &'static str,
    pub(super) none_title: &'static str,
    pub(super) none_help: &'static str,
    pub(super) did_you_mean: &'static str,
    pub(super) relaxed: &'static str,
    pub(super) sort: &'static str,
    pub(super) by_relevance: &'static str,
    pub(super) by_date: &'static str,
    pub(super) by_title: &'static str,
    pub(super) filters: &'static str,
    pub(super) clear: &'static str,
    pub(super) updated: &'static str,
    pub(super) previous: &'static str,
    pub(super) next: &'static str,
    pub(super) pages: &'static str,
    pub(super) not_ready: &'static str,
    pub(super) failed: &'static str,
    /// Between thousands.
    pub(super) thousands: char,
}

impl Texts {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::PtBr => &PT_BR,
            Language::En => &EN,
            Language::Es => &ES,
        }
    }
}

static PT_BR: Texts = Texts {
    title: "Busca",
    tagline: "Tudo o que a wiki sabe, na hora em que você precisa.",
    placeholder: "O que você procura?",
    label: "Buscar na wiki",
    submit: "Buscar",
    tips_title: "Para achar mais depressa",
    tips: [
        ("\"nota fiscal\"", "as palavras juntas, nesta ordem"),
        ("boleto -cancelado", "sem páginas que tenham a palavra"),
        ("tag:vpn", "somente páginas com a etiqueta"),
        ("title:backup", "a palavra no título"),
    ],
    found: ("página encontrada", "páginas encontradas"),
    newest: "mais recentes primeiro",
    of: "de",
    none_title: "Nada encontrado",
    none_help: "Confira a escrita, tente outras palavras ou menos delas.",
    did_you_mean: "Você quis dizer",
    relaxed: "Nenhuma página tem todas as palavras; estas têm algumas delas.",
    sort: "Ordem",
    by_relevance: "relevância",
    by_date: "data",
    by_title: "título",
    filters: "Filtros",
    clear: "Remover filtro",
    updated: "Atualizada em",
    previous: "Anteriores",
    next: "Próximas",
    pages: "Páginas de resultados",
    not_ready: "O índice está sendo criado. Tente de novo em instantes.",
    failed: "A busca não pôde ser feita.",
    thousands: '.',
};

static EN: Texts = Texts {
    title: "Search",
    tagline: "Everything the wiki knows, the moment you need it.",
    placeholder: "What are you looking for?",
    label: "Search the wiki",
    submit: "Search",
    tips_title: "Find it faster",
    tips: [
        ("\"purchase order\"", "the words together, in this order"),
        ("invoice -cancelled", "without pages that have the word"),
        ("tag:vpn", "only pages with the tag"),
        ("title:backup", "the word in the title"),
    ],
    found: ("page found", "pages found"),
    newest: "newest first",
    of: "of",
    none_title: "Nothing found",
    none_help: "Check the spelling, or try other words, or fewer of them.",
    did_you_mean: "Did you mean",
    relaxed: "No page has all the words; these have some of them.",
    sort: "Order",
    by_relevance: "relevance",
    by_date: "date",
    by_title: "title",
    filters: "Filters",
    clear: "Remove filter",
    updated: "Updated",
    previous: "Previous",
    next: "Next",
    pages: "Pages of results",
    not_ready: "The index is being built. Try again in a moment.",
    failed: "The search could not be done.",
    thousands: ',',
};

static ES: Texts = Texts {
    title: "Búsqueda",
    tagline: "Todo lo que la wiki sabe, en el momento en que lo necesitas.",
    placeholder: "¿Qué buscas?",
    label: "Buscar en la wiki",
    submit: "Buscar",
    tips_title: "Para encontrar más rápido",
    tips: [
        ("\"orden de compra\"", "las palabras juntas, en este orden"),
        ("factura -anulada", "sin páginas que tengan la palabra"),
        ("tag:vpn", "solo páginas con la etiqueta"),
        ("title:backup", "la palabra en el título"),
    ],
    found: ("página encontrada", "páginas encontradas"),
    newest: "más recientes primero",
    of: "de",
    none_title: "Sin resultados",
    none_help: "Revisa la ortografía, o prueba otras palabras o menos palabras.",
    did_you_mean: "Quizás quisiste decir",
    relaxed: "Ninguna página tiene todas las palabras; estas tienen algunas.",
    sort: "Orden",
    by_relevance: "relevancia",
    by_date: "fecha",
    by_title: "título",
    filters: "Filtros",
    clear: "Quitar filtro",
    updated: "Actualizada el",
    previous: "Anteriores",
    next: "Siguientes",
    pages: "Páginas de resultados",
    not_ready: "El índice se está creando. Inténtalo de nuevo en un momento.",
    failed: "No se pudo hacer la búsqueda.",
    thousands: '.',
};
