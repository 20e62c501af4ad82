use std::fmt::Write as _;

use super::*;

fn front(block: &str) -> (FrontMatter, Vec<Warning>) {
    let text = format!("---\n{block}\n---\ncorpo\n");
    let split = split(&text);
    assert_eq!(split.body, "corpo\n", "{block}");
    (split.front, split.warnings)
}

const WIKIJS: &str = "editor: markdown\ndateCreated: 2025-01-02T03:04:05.678Z";

#[test]
fn wikijs_blocks_are_raw() {
    for title in [
        "Cobrança: pós-pago",
        "[rascunho] Contrato",
        "{x}",
        "\"Aspas\" no começo",
        "'Boleto'",
        "# número",
        "& cia",
        "* estrela",
        "100% certo",
        "@nome",
        "`código`",
        "- traço",
        "2026",
        "true",
        "nota # importante",
        "NF-e: cancelamento: prazo",
        "| barra",
        "> maior",
        "!importante",
        "? dúvida",
        "null",
        "~",
        "1.10",
        "{{ modelo }}",
        "\\ barra invertida",
    ] {
        let (front, warnings) = front(&format!("title: {title}\ndescription: \ntags: contrato, cobrança\n{WIKIJS}"));
        assert_eq!(front.title.as_deref(), Some(title));
        assert_eq!(front.description, None);
        assert_eq!(front.tags, ["contrato", "cobrança"]);
        assert!(warnings.is_empty(), "{title}");
    }
    let (front, _) = front(&format!("title: \npublished: false\ndate: 2026-05-01T10:26:10.123Z\ntags: \n{WIKIJS}"));
    assert_eq!((front.title, front.tags.len()), (None, 0));
    assert_eq!(front.visibility, Some(Visibility::Unpublished));
    assert_eq!(front.updated, Timestamp::parse("2026-05-01T10:26:10.123Z"));
}

#[test]
fn yaml_values_stay_as_written() {
    for (block, title) in [
        ("title: 2024", Some("2024")),
        ("title: 1.10", Some("1.10")),
        ("title: no", Some("no")),
        ("title: \"Erro: falha\"", Some("Erro: falha")),
        ("title: 'd''água'", Some("d'água")),
        ("title: >-\n  Duas\n  linhas", Some("Duas linhas")),
        ("TITLE: Grande", Some("Grande")),
        ("title: \"a\\e[31mb\"", Some("a [31mb")),
        ("title: x # nota", Some("x")),
        ("x: &t Nome\ntitle: *t", Some("Nome")),
        ("other: 1", None),
        ("", None),
    ] {
        let (front, warnings) = front(block);
        assert_eq!(front.title.as_deref(), title, "{block}");
        assert!(warnings.is_empty(), "{block}: {warnings:?}");
    }
    let (front, _) = front("tags: [no, yes, 1.10, 2024-01-01, '#NF-e', No, '']\nkeywords: boleto, yes");
    assert_eq!(front.tags, ["no", "yes", "1.10", "2024-01-01", "NF-e", "boleto"]);
}

#[test]
fn broken_yaml_is_read_line_by_line() {
    for (block, title, line) in [
        ("title: Erro: falha ao emitir", "Erro: falha ao emitir", Some(2)),
        ("a: 1\ntitle: @nome", "@nome", Some(3)),
        ("title: {{ x }}\nb: }", "{{ x }}", None),
        ("\ttitle: \"Recuado\"\ntitle: Depois", "Depois", None),
        ("title: \"Aspas\"\nb: [", "Aspas", None),
        ("title: Um\ntitle: Dois", "Um", Some(3)),
        ("title: *nada", "*nada", None),
    ] {
        let (front, warnings) = front(block);
        assert_eq!(front.title.as_deref(), Some(title), "{block}");
        assert_eq!(warnings.len(), 1, "{block}: {warnings:?}");
        assert!(line.is_none() || warnings[0].line == line, "{block}: {warnings:?}");
    }
    let (front, _) = front("title: a: b\ntags:\n  - 'um'\n  - dois\naliases: [x, \"y\"]\nsearch:\n  boost: 2");
    assert_eq!(front.tags, ["um", "dois"]);
    assert_eq!(front.aliases, ["x", "y"]);
    assert_eq!(front.boost, Some(2.0));
}

#[test]
fn wrong_types_give_way_with_a_warning() {
    for block in ["title: {a: 1}", "title: [a]", "title: null", "title:", "title: ~"] {
        let (front, warnings) = front(block);
        assert_eq!(front.title, None);
        assert_eq!(warnings.len(), 1, "{block}");
        assert_eq!(warnings[0].line, Some(2));
    }
    let (front, warnings) =
        front("updated: ontem\ndate: 2024-08-08\nlang: '<script>'\nsearch: {boost: 99}\ndraft: talvez");
    assert_eq!(front.updated, Timestamp::parse("2024-08-08"));
    assert_eq!((front.lang, front.boost, front.visibility), (None, None, None));
    assert_eq!(warnings.len(), 4);
}

#[test]
fn deprecated_says_so_or_what_to_use_instead() {
    for (block, deprecated, warned) in [
        ("deprecated: true", true, false),
        ("deprecated: yes", true, false),
        ("Deprecated: \"use a nova tela\"", true, false),
        ("deprecated: false", false, false),
        ("deprecated: no", false, false),
        ("deprecated:", false, false),
        ("deprecated: ''", false, false),
        ("deprecated: [a]", false, true),
        ("title: a", false, false),
        (&format!("title: A: b\ndeprecated: true\n{WIKIJS}"), true, false),
    ] {
        let (front, warnings) = front(block);
        assert_eq!((front.deprecated, !warnings.is_empty()), (deprecated, warned), "{block}: {warnings:?}");
    }
}

#[test]
fn keys() {
    let visibility = |block: &str| front(block).0.visibility;
    for block in
        ["published: false", "published: \"false\"", "draft: true", "draft: yes\nsearch: false", "Published: False"]
    {
        assert_eq!(visibility(block), Some(Visibility::Unpublished), "{block}");
    }
    for block in ["search: false", "search: {exclude: true}", "search:\n  exclude: true"] {
        assert_eq!(visibility(block), Some(Visibility::Unsearchable), "{block}");
    }
    for block in ["published: true", "draft: false", "search: true", "search: {boost: 2}", "published:"] {
        assert_eq!(visibility(block), None, "{block}");
    }
    for (block, updated) in [
        ("date: 2020-01-01\nlastmod: 2021-01-01", "2021-01-01"),
        ("last_update: {date: 2022-02-02, author: x}", "2022-02-02"),
        ("last_modified_at: 2024-08-08 10:00:00 -03:00", "2024-08-08T13:00:00Z"),
    ] {
        assert_eq!(front(block).0.updated, Timestamp::parse(updated), "{block}");
    }
    assert_eq!(front("summary: Resumo\ndescription:").0.description.as_deref(), Some("Resumo"));
    assert_eq!(front("locale: pt_BR").0.lang.as_deref(), Some("pt-br"));
    assert_eq!(front("search: {boost: 0.5}").0.boost, Some(0.5));
}

#[test]
fn toml() {
    let text = "+++\ntitle = \"Olá\"\ndate = 2024-08-08T10:00:00Z\ntags = [\"a\", 'b']\ndraft = true\n[search]\nboost = 3\n+++\ncorpo";
    let parted = split(text);
    assert_eq!((parted.body, parted.body_line), ("corpo", 9));
    assert_eq!(parted.front.title.as_deref(), Some("Olá"));
    assert_eq!(parted.front.tags, ["a", "b"]);
    assert_eq!(parted.front.boost, Some(3.0));
    assert_eq!(parted.front.updated, Timestamp::parse("2024-08-08T10:00:00Z"));
    assert!(parted.warnings.is_empty());
    let broken = split("+++\ntitle = \"Olá\"\nb = ]\n+++\n");
    assert_eq!(broken.front.title.as_deref(), Some("Olá"));
    assert_eq!(broken.warnings[0].line, Some(3));
}

#[test]
fn what_is_no_front_matter_is_body() {
    for text in [
        "---\ntitle: x\nsem fim",
        " ---\ntitle: x\n---\n",
        "\n---\ntitle: x\n---\n",
        "---\n\nUm parágrafo entre duas linhas.\n\n---\n",
        "---",
        "",
        "+++\na = 1",
    ] {
        let parted = split(text);
        assert_eq!((parted.body, parted.body_line), (text, 1));
        assert_eq!(parted.front, FrontMatter::default());
        assert!(parted.warnings.is_empty(), "{text}");
    }
    let large = format!("---\ntitle: x\nb: {}\n---\n", "y".repeat(MAX_BYTES));
    assert_eq!(split(&large).body, large);
    assert_eq!(split(&large).warnings.len(), 1);
    assert_eq!(split("---\n---\nfim").body, "fim");
}

#[test]
fn version_1_comments() {
    let parted = split("<!-- TITLE: Redes: visão geral -->\n<!-- SUBTITLE: Um começo -->\n\n# Corpo");
    assert_eq!(parted.front.title.as_deref(), Some("Redes: visão geral"));
    assert_eq!(parted.front.description.as_deref(), Some("Um começo"));
    assert_eq!(parted.body_line, 1);
}

#[test]
fn hostile_blocks_are_bounded() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let names = vec![format!("*a{}", level - 1); 9].join(",");
        writeln!(laughs, "a{level}: &a{level} [{names}]").expect("strings take text");
    }
    laughs.push_str("title: Risos");
    assert_eq!(front(&laughs).0.title.as_deref(), Some("Risos"));
    for block in [
        format!("title: Fundo\nx: {}", "[".repeat(10_000)),
        format!("title: Fundo\nx: {}{}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("title: Fundo\nx: {}", "{a: ".repeat(10_000)),
        format!("title: Fundo\n{}", "k: 1\n".repeat(10_000)),
        format!("title: Fundo\nx: [{}]", "1,".repeat(25_000)),
        format!("title: Fundo\nx: {}", "- ".repeat(20_000)),
    ] {
        assert_eq!(front(&block).0.title.as_deref(), Some("Fundo"));
    }
}
