//! Portuguese stems: what Snowball is given, so that it finds one stem for the forms of a word, and what is made equal
//! after.
//!
//! Words come in folded, and Snowball's own rules want accents, lose the commonest plurals (`-l/-is`, `-ão/-ões`), know
//! neither irregular verbs nor the letters that change before `e` and `a` (`marcar/marque`, `exigir/exija`), and cut into
//! roots that only look inflected (`prepara` to `prep`, as `cantara` to `cant`). So a word becomes its singular, then the
//! verb that it is a form of, then is written as Snowball expects it; the stem's last letters are made equal at the end.

use std::borrow::Cow;

use frostem::{Algorithm, Stemmer};

use super::super::fold::fold;
use super::super::stop_words::is_stop_word;
use super::Language;

/// The stem of a folded word of at least three ASCII letters.
pub fn stem(folded: &str) -> String {
    // Function words are no forms of anything: `entre` is not `entrar`, nor `este` `estar`.
    if is_stop_word(folded, &[Language::Pt]) {
        return folded.to_owned();
    }
    let singular = singular(folded);
    if NO_PLURALS.contains(&&*singular) {
        return singular.into_owned();
    }
    let word = without_adverb(&singular);
    // The whole word first: `experimente` is no adverb.
    if let Some(root) = guarded_root(&singular).or_else(|| guarded_root(word)) {
        return equal_letters(root);
    }
    let word = verb_of(word).unwrap_or(Cow::Borrowed(word));
    equal_letters(&snowball(&word))
}

/// `word` with its first fitting ending replaced; rows are the ending, what stands for it, and the letters before it.
fn replace(word: &str, rows: &[(&str, &str, usize)]) -> Option<String> {
    rows.iter().find_map(|&(ending, other, before)| {
        let root = word.strip_suffix(ending).filter(|root| root.len() >= before)?;
        Some(format!("{root}{other}"))
    })
}

/// Words that only look like plurals; they have no other forms.
const NO_PLURALS: &[&str] = &["depois", "demais", "jamais", "mais", "dois", "seis", "gratis", "pais", "lapis"];
/// Plurals that no rule tells.
const SINGULARS: &[(&str, &str)] = &[
    ("maes", "mae"),
    ("meses", "mes"),
    ("paises", "pais"),
    ("herois", "heroi"),
    ("civis", "civil"),
    ("funis", "funil"),
    ("fuzis", "fuzil"),
    ("gases", "gas"),
    ("onibus", "onibus"),
    ("chassis", "chassi"),
];
/// Endings of plurals, longest first, without accents on both sides.
const PLURALS: &[(&str, &str, usize)] = &[
    ("coes", "cao", 1),
    ("soes", "sao", 2),
    ("oes", "ao", 2),
    ("aos", "ao", 1),
    ("aes", "ao", 1),
    ("gueses", "gues", 2),
    ("nceses", "nces", 2),
    ("gleses", "gles", 1),
    ("oneses", "ones", 2),
    ("ais", "al", 2),
    ("ois", "ol", 2),
    // Loan words such as `plugin` end alike: `equal_letters` makes their m an n.
    ("ens", "em", 1),
    ("ins", "im", 1),
    ("ons", "om", 1),
];
/// How words in -il with the stress before it end, without it: their plural is -eis, as that of words in -el.
const UNSTRESSED_IL: &[&str] = &[
    "fac", "dific", "util", "ut", "ag", "frag", "portat", "versat", "volat", "hab", "deb", "foss", "projet", "miss",
    "text",
];
/// From this length on, `-is` after a consonant is the plural of `-il`: `perfis`, but not `APIs`.
const MIN_IL_PLURAL: usize = 6;
/// Letters before the `-en` of a loan word: `token`.
const MIN_BEFORE_EN: usize = 3;

fn singular(folded: &str) -> Cow<'_, str> {
    // `tokens` looks like the plural of a word in -em: then so is `token` one.
    if let Some(root) = folded.strip_suffix("en").filter(|root| root.len() >= MIN_BEFORE_EN) {
        return Cow::Owned(format!("{root}em"));
    }
    if NO_PLURALS.contains(&folded) || !folded.ends_with('s') {
        return Cow::Borrowed(folded);
    }
    if let Some((_, singular)) = SINGULARS.iter().find(|(plural, _)| *plural == folded) {
        return Cow::Borrowed(singular);
    }
    if let Some(root) = folded.strip_suffix("eis") {
        return match root {
            // `leis`, `reis`.
            _ if root.len() < 2 => Cow::Borrowed(&folded[..folded.len() - 1]),
            _ if UNSTRESSED_IL.iter().any(|end| root.ends_with(end)) => Cow::Owned(format!("{root}il")),
            _ => Cow::Owned(format!("{root}el")),
        };
    }
    if let Some(singular) = replace(folded, PLURALS) {
        return Cow::Owned(singular);
    }
    if let Some(root) = folded.strip_suffix("uns") {
        return Cow::Owned(format!("{root}um"));
    }
    let plain = &folded[..folded.len() - 1];
    let after_consonant =
        |root: &str| root.len() > 2 && root.ends_with(|last: char| !matches!(last, 'a' | 'e' | 'i' | 'o' | 'u' | 's'));
    match folded.strip_suffix("is") {
        Some(root) if after_consonant(root) && folded.len() >= MIN_IL_PLURAL => Cow::Owned(format!("{root}il")),
        // Loan words take a plain s: backups, logs.
        _ if after_consonant(plain) || folded.len() == 4 && folded.ends_with("pis") => Cow::Borrowed(plain),
        _ => Cow::Borrowed(folded),
    }
}

/// An adverb's adjective: `rapidamente`, `atualmente`. What else ends in `-mente` is mostly a verb: `comente`.
fn without_adverb(word: &str) -> &str {
    match word.strip_suffix("mente") {
        Some(root) if root.len() > 4 && (root.ends_with(['a', 'l']) || root.ends_with("nte")) => root,
        _ => word,
    }
}

/// How roots end that look as if they ended in an inflection.
#[rustfmt::skip]
const GUARDED_ROOTS: &[&str] = &[
    // Not `-ara`, `-era`, `-ira`.
    "prepar", "separ", "compar", "declar", "repar", "dispar", "recuper", "consider", "liber", "aceler", "toler", "moder",
    "numer", "super", "gener", "esper", "expir", "retir", "admir", "respir",
    "alter", "oper", "adquir", "requer",
    // Not `-asse`, `-esse`.
    "process", "acess", "interess", "ingress", "regress", "progress", "ultrapass", "repass", "estress",
    // Not `-iste`, `-erem`.
    "exist", "insist", "consist", "persist", "resist", "assist", "inser",
    // Not `-ido`.
    "rapid", "valid", "liquid", "solid", "hibrid", "decid", "incid", "resid", "convid", "duvid", "divid", "cuid", "timid",
    // Not `-imos`.
    "proxim", "ultim", "maxim", "minim", "anonim", "legitim", "sinonim", "otim",
    // Not `-ia`, `-aria`.
    "copi", "envi", "reenvi", "vari", "avali", "ampli", "propri", "obrigatori", "intermediari", "necessari", "secundari", "primari", "usuari", "temporari", "bancari", "tributari", "diari",
    "unitari", "originari", "monetari", "proprietari", "funcionari", "voluntari", "binari", "solidari",
    // Not `-mento`, nor a plural of `-cter`.
    "experiment", "compriment", "caracter",
];
/// Endings that a guarded root may have; all others are left to the rules.
const GUARDED_ENDINGS: &[&str] = &["as", "am", "es", "em", "os", "a", "e", "o"];

fn guarded_root(word: &str) -> Option<&str> {
    let root = GUARDED_ENDINGS.iter().find_map(|ending| word.strip_suffix(ending))?;
    let guards = |guarded: &&str| root == *guarded || guarded.len() > 4 && root.ends_with(guarded);
    GUARDED_ROOTS.iter().any(guards).then_some(root)
}

/// Nouns whose ending is no verb's, although it looks so.
const NO_VERBS: &[&str] = &[
    "estacao",
    "relacao",
    "notacao",
    "rotacao",
    "lotacao",
    "nacao",
    "condicao",
    "posicao",
    "comissao",
    "submissao",
    "missao",
    "versao",
    "departamento",
    "imposto",
    "fundamento",
    "formacao",
    "transicao",
    "transacao",
];
/// Forms that are written differently from the verb they belong to.
const IRREGULAR_FORMS: &[(&str, &str)] = &[
    ("uso", "usar"),
    ("usa", "usar"),
    ("use", "usar"),
    ("possa", "poder"),
    ("possam", "poder"),
    ("saiba", "saber"),
    ("saibam", "saber"),
    ("perca", "perder"),
    ("percam", "perder"),
    ("diga", "dizer"),
    ("digam", "dizer"),
    ("traga", "trazer"),
    ("tragam", "trazer"),
    ("fez", "fazer"),
    ("fiz", "fazer"),
    ("fizer", "fazer"),
    ("quis", "querer"),
    ("quer", "querer"),
    ("quiser", "querer"),
    ("requer", "requerer"),
    // Not a form of `estar`.
    ("estado", "estadual"),
    // Not the stem of `conta`.
    ("conter", "contener"),
    ("contem", "contener"),
    ("contenha", "contener"),
    ("contenham", "contener"),
    ("contendo", "contener"),
    ("contido", "contener"),
    ("contida", "contener"),
    ("continha", "contener"),
    ("contiver", "contener"),
    ("meca", "medir"),
    ("mecam", "medir"),
    ("suspenso", "suspender"),
    ("suspensa", "suspender"),
    ("impresso", "imprimir"),
    ("impressa", "imprimir"),
    ("eleicao", "eleger"),
    ("protecao", "proteger"),
    ("correcao", "corrigir"),
    ("conexao", "conectar"),
    ("edicao", "editar"),
    ("divisao", "dividir"),
    ("decisao", "decidir"),
    ("expansao", "expandir"),
    ("concessao", "conceder"),
    ("rejeicao", "rejeitar"),
    ("isencao", "isentar"),
    ("adocao", "adotar"),
    ("execucao", "executar"),
    // Too few for a rule: `alcança` and `arranca` are verbs, `finança` is no form of one.
    ("mudanca", "mudar"),
    ("lembranca", "lembrar"),
    ("confianca", "confiar"),
    ("poupanca", "poupar"),
    ("limpeza", "limpar"),
    ("abertura", "abrir"),
    ("assinatura", "assinar"),
    ("cobertura", "cobrir"),
    ("leitura", "ler"),
    ("resposta", "responder"),
];
/// Endings of irregular forms and of nouns made from verbs, the narrower before the wider.
#[rustfmt::skip]
const VERB_ENDINGS: &[(&str, &str, usize)] = &[
    // The vowel of the root changes: `transferir/transfira`.
    ("fira", "ferir", 2), ("firam", "ferir", 2), ("insira", "inserir", 0), ("insiram", "inserir", 0), ("sugira", "sugerir", 0),
    ("adira", "aderir", 0), ("repita", "repetir", 0), ("invista", "investir", 0), ("sirva", "servir", 0),
    ("sirvam", "servir", 0), ("siga", "seguir", 0), ("sigam", "seguir", 0), ("cubra", "cobrir", 0), ("sinta", "sentir", 0),
    ("durma", "dormir", 0), ("sobe", "subir", 0), ("sume", "sumir", 2),
    // Compounds of ter, vir, pôr, ver, fazer, querer.
    ("tenha", "ter", 1), ("tenham", "ter", 1), ("tinha", "ter", 2), ("teve", "ter", 2), ("tiver", "ter", 1), ("tencao", "ter", 9),
    ("venha", "vir", 1), ("ponha", "por", 1), ("ponham", "por", 1), ("posto", "por", 2), ("xposta", "xpor", 1), ("isposta", "ispor", 1),
    ("omposta", "ompor", 1), ("roposta", "ropor", 1),
    ("poem", "por", 2), ("poe", "por", 2), ("pondo", "por", 2), ("eveja", "ever", 1), ("revisto", "rever", 0),
    ("revista", "rever", 1), ("faca", "fazer", 0), ("facam", "fazer", 0), ("feito", "fazer", 0), ("feita", "fazer", 0),
    ("queira", "querer", 0),
    // Participles.
    ("berto", "brir", 1), ("berta", "brir", 1), ("crito", "crever", 1), ("crita", "crever", 1),
    // Nouns whose root differs from the verb's.
    ("cricao", "crever", 2), ("missao", "mitir", 1), ("clusao", "cluir", 2), ("pensao", "pender", 2), ("eensao", "eender", 2),
    ("revisao", "revisar", 0), ("expressao", "expressar", 0), ("versao", "verter", 2), ("pressao", "primir", 2), ("ducao", "duzir", 2), ("devolucao", "devolver", 0), ("strucao", "struir", 2),
    ("solucao", "solver", 2), ("xtracao", "xtrair", 1), ("btracao", "btrair", 1),
    // Nouns and adjectives with the verb's own root.
    ("cussao", "cutir", 3), ("acao", "ar", 3), ("icao", "ir", 4), ("amento", "ar", 3), ("recimento", "recer", 2), ("lecimento", "lecer", 2),
    ("himento", "her", 3), ("cimento", "cer", 2), ("dimento", "der", 3), ("bimento", "ber", 3), ("timento", "tir", 4),
    ("primento", "prir", 2), ("erimento", "erer", 3),
];

/// The verb that a word is a form of, or a noun made from; of participles and such also the plural.
fn verb_of(word: &str) -> Option<Cow<'static, str>> {
    let one = word.strip_suffix('s').unwrap_or(word);
    if NO_VERBS.contains(&one) {
        return None;
    }
    if let Some((_, verb)) = IRREGULAR_FORMS.iter().find(|(form, _)| *form == one) {
        return Some(Cow::Borrowed(verb));
    }
    replace(one, VERB_ENDINGS).map(Cow::Owned)
}

/// Endings that Snowball knows with accents alone.
const WRITTEN: &[(&str, &str, usize)] = &[
    ("cao", "ção", 1),
    ("ao", "ão", 1),
    ("avel", "ável", 4),
    ("ivel", "ível", 4),
    ("ancia", "ância", 2),
    ("encia", "ência", 2),
    ("ancias", "ância", 2),
    ("encias", "ência", 2),
];

/// Shorter stems are too little to tell a word by.
const MIN_STEM: usize = 3;
/// Those of usar, unir, agir; not that of `user`.
const SHORT_STEMS: &[&str] = &["us", "un", "ag"];

/// Snowball's stem, with its accents. Its rules for verbs leave out what lies before the third letter, but after a
/// vowel and a consonant what lies before the second vowel (`usar`, `abrir`, `entrar` have no stem): a letter put in
/// front makes all words alike.
fn snowball(word: &str) -> String {
    let written = replace(word, WRITTEN).unwrap_or_else(|| word.to_owned());
    let vowel = |place: usize| matches!(word.as_bytes().get(place), Some(b'a' | b'e' | b'i' | b'o' | b'u'));
    let stemmer = Stemmer::new(Algorithm::Portuguese);
    if vowel(0) && !vowel(1) && word.len() > 3 {
        let longer = format!("b{written}");
        let stem = stemmer.stem(&longer);
        if let Some(stem) = stem.strip_prefix('b')
            && (stem.len() >= MIN_STEM || SHORT_STEMS.contains(&stem) && !word.ends_with("er"))
        {
            return stem.to_owned();
        }
    }
    stemmer.stem(&written).into_owned()
}

/// Last letters that differ between forms, how they end here, and the letters that must remain, one after the other:
/// Snowball takes off some of these endings in one form of a word and not in another.
const EQUAL: &[(&str, &str, usize)] = &[
    // `dependência`, `dependente`, `depender`.
    ("enc", "", 5),
    ("ent", "", 5),
    // `marque`, `marcar`.
    ("qu", "c", 2),
    ("cion", "c", 1),
    // `verifica`, `desativa`, which Snowball takes for adjectives.
    ("ific", "if", 2),
    ("ic", "", 5),
    ("iv", "", 5),
    // `roteie`, `inicie`, `auxilie`.
    ("ei", "", 3),
    ("ci", "c", 3),
    ("li", "l", 5),
    // `paguem`, `exija`, `proteja`, `restrinja`.
    ("gu", "g", 2),
    ("ij", "ig", 2),
    ("ej", "eg", 2),
    ("nj", "ng", 2),
    // `plugins` and `plugin`.
    ("im", "in", 2),
];

/// The stem folded, with its last letters made equal.
fn equal_letters(stem: &str) -> String {
    // `função` and `funcionar`.
    let noun = stem.strip_suffix('ã').filter(|root| root.ends_with('ç'));
    let mut stem = fold(noun.unwrap_or(stem));
    // `bloco` is another word.
    if stem.ends_with("bloqu") {
        return stem;
    }
    for &row in EQUAL {
        if let Some(equal) = replace(&stem, &[row]) {
            stem = equal;
        }
    }
    stem
}
