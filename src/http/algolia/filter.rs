//! `facetFilters` and `filters`: what narrows a search, as lists of which each must have one that holds.
//!
//! Its own file because both notations mean the same and both are read without recursion. An attribute that records do
//! not have (`docusaurus_tag`, `version`, a number) narrows nothing: sites send those unasked.

use serde_json::Value as Json;

use crate::search::{Condition, Facet};

/// Of each list one must hold.
pub(super) type Clauses = Vec<Vec<Condition>>;

/// The facet that an attribute stands for, by any of its usual names.
pub(super) fn facet_of(attribute: &str) -> Option<Facet> {
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(attribute));
    if is(&["lang", "language", "locale"]) {
        Some(Facet::Lang)
    } else if is(&["tag", "tags"]) {
        Some(Facet::Tag)
    } else if is(&["category", "categories"]) {
        Some(Facet::Category)
    } else {
        None
    }
}

/// A list that is being read.
#[derive(Default)]
struct Clause {
    conditions: Vec<Condition>,
    /// Whether something in it may hold that we know nothing of: then it narrows nothing.
    open: bool,
}

impl Clause {
    /// `attribute:value`; a `-` before the value negates, `\-` is a plain one.
    fn add(&mut self, text: &str, negated: bool) {
        let (attribute, value) = text.split_once(':').unwrap_or_default();
        let Some(facet) = facet_of(unquoted(attribute.trim())) else {
            self.open = true;
            return;
        };
        let value = value.trim();
        let (value, minus) = match value.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (value.strip_prefix('\\').filter(|rest| rest.starts_with('-')).unwrap_or(value), false),
        };
        self.conditions.push(Condition { facet, value: unquoted(value).to_owned(), negated: negated != minus });
    }

    fn end(self, clauses: &mut Clauses) {
        if !self.open && !self.conditions.is_empty() {
            clauses.push(self.conditions);
        }
    }
}

fn unquoted(text: &str) -> &str {
    let without = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    without('"').or_else(|| without('\'')).unwrap_or(text)
}

/// `facetFilters`: a text, a list of texts that must all hold, or lists in it of which one must. A text may be the same
/// as JSON, as in a query string.
pub(super) fn of_facet_filters(json: &Json, clauses: &mut Clauses) {
    let parsed = match json {
        Json::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok(),
        _ => None,
    };
    let filters = match parsed.as_ref().unwrap_or(json) {
        Json::Array(filters) => filters.as_slice(),
        single => std::slice::from_ref(single),
    };
    for filter in filters {
        let mut clause = Clause::default();
        let alternatives = match filter {
            Json::Array(alternatives) => alternatives.as_slice(),
            single => std::slice::from_ref(single),
        };
        for text in alternatives.iter().filter_map(Json::as_str) {
            let text = text.trim();
            match text.strip_prefix('-') {
                Some(rest) => clause.add(rest, true),
                None if !text.is_empty() => clause.add(text, false),
                None => {}
            }
        }
        clause.end(clauses);
    }
}

/// `filters`: conditions joined by `AND`, `OR` and `NOT`. `OR` binds tighter, as it does at Algolia, which allows no
/// other grouping than lists of alternatives: so parentheses say nothing that the words do not.
pub(super) fn of_filters(text: &str, clauses: &mut Clauses) {
    let mut clause = Clause::default();
    let mut negated = false;
    for token in tokens(text) {
        match token.as_str() {
            "AND" => std::mem::take(&mut clause).end(clauses),
            "OR" => {}
            "NOT" => negated = true,
            condition => {
                clause.add(condition, negated);
                negated = false;
            }
        }
    }
    clause.end(clauses);
}

/// Words parted by blanks and parentheses; quotes keep them together and stay.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut token, mut quote) = (Vec::new(), String::new(), None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match quote {
            Some(_) if letter == '\\' => token.extend(letters.next()),
            Some(open) => {
                token.push(letter);
                quote = (letter != open).then_some(open);
            }
            None if letter.is_whitespace() || matches!(letter, '(' | ')') => {
                tokens.push(std::mem::take(&mut token));
            }
            None => {
                // An apostrophe within a word opens nothing.
                let opens = matches!(letter, '"' | '\'') && (token.is_empty() || token.ends_with(':'));
                quote = opens.then_some(letter);
                token.push(letter);
            }
        }
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(clauses: &Clauses) -> String {
        let one = |condition: &Condition| {
            let not = if condition.negated { "!" } else { "" };
            format!("{not}{:?}={}", condition.facet, condition.value).to_lowercase()
        };
        let any = |clause: &Vec<Condition>| clause.iter().map(one).collect::<Vec<_>>().join("|");
        clauses.iter().map(any).collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn lists_of_lists() {
        for (json, expected) in [
            (json!("tag:rede"), "tag=rede"),
            (json!(["tag:rede", "lang:pt-BR"]), "tag=rede & lang=pt-br"),
            (json!([["tag:rede", "tag:fibra óptica"], "locale:es"]), "tag=rede|tag=fibra óptica & lang=es"),
            (json!([["language:pt-BR"], ["docusaurus_tag:default", "docusaurus_tag:docs"]]), "lang=pt-br"),
            (json!([["tag:rede", "version:2"]]), ""),
            (json!(["tag:-rede", "-tag:fibra", "tag:\\-5"]), "!tag=rede & !tag=fibra & tag=-5"),
            (json!("[[\"tag:a\",\"tag:b\"]]"), "tag=a|tag=b"),
            (json!("[not json"), ""),
            (json!("category:Redes/Fibra: emendas"), "category=redes/fibra: emendas"),
            (json!([[], [1, null], {}, "", "tag"]), ""),
            (json!([[["tag:deep"]]]), ""),
            (json!(null), ""),
        ] {
            let mut clauses = Clauses::new();
            of_facet_filters(&json, &mut clauses);
            assert_eq!(written(&clauses), expected, "{json}");
        }
    }

    #[test]
    fn words_between_conditions() {
        for (text, expected) in [
            ("tag:rede", "tag=rede"),
            ("tag:rede AND lang:es", "tag=rede & lang=es"),
            ("tag:a AND (lang:es OR lang:en)", "tag=a & lang=es|lang=en"),
            ("tag:a OR tag:b AND lang:es", "tag=a|tag=b & lang=es"),
            ("NOT tag:a AND tag:b", "!tag=a & tag=b"),
            (
                "tag:\"segunda via\" AND category:'Redes/Fibra AND rádio'",
                "tag=segunda via & category=redes/fibra and rádio",
            ),
            ("tag:\"a \\\" b\"", "tag=a \" b"),
            ("tag:d'água", "tag=d'água"),
            ("date > 10 AND tag:a", "tag=a"),
            ("date:1 TO 5 AND tag:a", "tag=a"),
            ("tag:a OR version:2", ""),
            ("((", ""),
            ("AND OR NOT", ""),
            ("tag:\"open", "tag=\"open"),
            ("", ""),
        ] {
            let mut clauses = Clauses::new();
            of_filters(text, &mut clauses);
            assert_eq!(written(&clauses), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_an_error(text in "[a-z:()\"'\\\\ -]*(AND|OR|NOT)?\\PC*") {
            of_filters(&text, &mut Clauses::new());
            of_facet_filters(&Json::String(text), &mut Clauses::new());
        }
    }
}
