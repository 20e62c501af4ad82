#![allow(clippy::too_many_lines)] // tables

use proptest::prelude::*;
use unicode_normalization::is_nfc;

use super::*;
use crate::page::{AnchorStyle, Block, BlockKind, LocaleInUrl, Timestamp, UrlStyle};

fn rules(url_style: UrlStyle, anchor_style: AnchorStyle) -> PageRules {
    PageRules {
        locales: vec!["pt-BR".into(), "en".into()],
        locale_in_url: LocaleInUrl::Always,
        url_base: "/".into(),
        url_style,
        anchor_style,
    }
}

fn page_at(path: &str, source: &str) -> Page {
    let path = PagePath::new(path).expect("a page");
    parse(&path, source.as_bytes(), false, &rules(UrlStyle::Wikijs, AnchorStyle::Wikijs))
}

fn page(source: &str) -> Page {
    page_at("Cadastros/Página_um.md", source)
}

#[test]
fn a_whole_page() {
    let page = page_at(
        "EN/Tipo_de_cobrança/Pós-pago.md",
        "---\ntitle: Cobrança: pós-pago\ndescription: Como cobrar\npublished: true\ndate: 2026-05-01T10:26:10.123Z\n\
         tags: contrato, cobrança\neditor: markdown\ndateCreated: 2025-01-02T03:04:05.678Z\n---\n\n\
         # Cobranca:  PÓS-PAGO\nIntrodução.\n\n## Passo 1\nAbra [o cadastro](/Cadastros/Contratos#novo).\n",
    );
    assert_eq!(page.title, "Cobrança: pós-pago");
    assert_eq!((page.lang.as_str(), page.folders.as_slice()), ("en", &["Tipo_de_cobrança".to_owned()][..]));
    assert_eq!(page.breadcrumbs, ["Tipo de cobrança"]);
    assert_eq!(page.url, "/en/Tipo_de_cobran%C3%A7a/P%C3%B3s-pago");
    assert_eq!(page.route, "en/Tipo_de_cobrança/Pós-pago");
    assert_eq!(page.updated, Timestamp::parse("2026-05-01T10:26:10.123Z"));
    assert!(page.dated && page.warnings.is_empty() && page.visibility == Visibility::Public);
    let headings: Vec<_> = page.headings.iter().map(|heading| (heading.level, heading.anchor.0.as_str())).collect();
    assert_eq!(headings, [(1, "cobranca-pós-pago"), (2, "passo-1")]);
    assert_eq!(page.sections.len(), 2);
    assert_eq!((page.sections[0].heading, page.sections[0].anchor.0.as_str()), (None, ""));
    assert_eq!(page.sections[0].blocks, [Block { kind: BlockKind::Prose, text: "Introdução.".into() }]);
    assert_eq!((page.sections[1].heading, page.sections[1].anchor.0.as_str()), (Some(1), "passo-1"));
    let link = &page.links[0];
    assert_eq!((link.target.as_str(), link.anchor.as_deref(), link.line), ("Cadastros/Contratos", Some("novo"), 15));
    assert_eq!(link.routes, ["en/Cadastros/Contratos", "pt-BR/Cadastros/Contratos"]);
}

#[test]
fn titles() {
    for (path, source, title) in [
        ("a.md", "---\ntitle: Um\n---\n# Dois", "Um"),
        ("a.md", "## Zero\n# Dois *fortes*", "Dois fortes"),
        ("a.md", "#\n\n# Dois", "Dois"),
        ("Tipo_de-cobrança.md", "texto", "Tipo de cobrança"),
        ("x/02-Pos_pago.md", "", "Pos pago"),
        ("2024.md", "", "2024"),
        ("100% certo.md", "", "100% certo"),
        ("_.md", "", "_"),
        ("\u{200b}.md", "", ".md"),
        ("\n.md", "", ".md"),
        ("guia/index.md", "", "index"),
    ] {
        assert_eq!(page_at(path, source).title, title, "{path}");
    }
    let rules = rules(UrlStyle::Directory, AnchorStyle::Github);
    for (path, title) in [("guia_de_uso/index.md", "guia de uso"), ("README.md", "README"), ("en/index.md", "index")] {
        let path = PagePath::new(path).expect("a page");
        assert_eq!(parse(&path, b"", false, &rules).title, title);
    }
}

#[test]
fn languages() {
    for (path, source, lang) in [
        ("a.md", "", "pt-br"),
        ("PT-br/a.md", "", "pt-br"),
        ("EN/a.md", "", "en"),
        ("TI/a.md", "", "pt-br"),
        ("en/a.md", "---\nlang: pt_BR\n---\n", "pt-br"),
        ("en.md", "", "pt-br"),
    ] {
        assert_eq!(page_at(path, source).lang, lang, "{path}");
    }
}

#[test]
fn the_preamble() {
    let anchors = |source: &str| {
        let page = page(source);
        page.sections
            .iter()
            .map(|section| (section.heading, section.anchor.0.clone(), section.blocks.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(anchors("texto\n# Título\nmais\n## Outro"), [(None, String::new(), 2), (Some(1), "outro".into(), 0)]);
    assert_eq!(anchors("## Outro\n# Título\nmais").len(), 3);
    assert_eq!(anchors(""), [(None, String::new(), 0)]);
    // A tab links to the last heading that has an id.
    let tabs = "## Antes\n## Abas {.tabset}\n### Linux\na\n## Depois\n### Linux";
    assert_eq!(
        anchors(tabs).iter().map(|(_, anchor, _)| anchor.as_str()).collect::<Vec<_>>(),
        ["", "antes", "antes", "antes", "depois", "linux"]
    );
}

#[test]
fn warnings_stand_in_line_order() {
    let source = b"---\ntitle: a: b\n---\n## X {#x}\n## \xff {#x}\n";
    let path = PagePath::new("a.md").expect("a page");
    let page = parse(&path, source, true, &rules(UrlStyle::Directory, AnchorStyle::Github));
    let kinds: Vec<_> = page.warnings.iter().map(|warning| (warning.line, warning.kind)).collect();
    assert_eq!(
        kinds,
        [
            (None, WarningKind::TooLarge),
            (None, WarningKind::Encoding),
            (Some(2), WarningKind::FrontMatter),
            (Some(5), WarningKind::DuplicateAnchor)
        ]
    );
    assert_eq!(page.title, "a: b");
}

#[test]
fn a_million_headings() {
    let page = page(&"# a\n".repeat(1_000_000));
    assert_eq!(page.warnings.len(), 1);
    assert_eq!(page.warnings[0].kind, WarningKind::TooLarge);
    assert!(page.headings.len() > 60_000 && page.headings.len() < 70_000);
}

const URL_STYLES: [UrlStyle; 8] = [
    UrlStyle::Wikijs,
    UrlStyle::Directory,
    UrlStyle::Html,
    UrlStyle::File,
    UrlStyle::Clean,
    UrlStyle::Docusaurus,
    UrlStyle::Starlight,
    UrlStyle::Hugo,
];
const ANCHOR_STYLES: [AnchorStyle; 10] = [
    AnchorStyle::Wikijs,
    AnchorStyle::Github,
    AnchorStyle::Docusaurus,
    AnchorStyle::Starlight,
    AnchorStyle::Vitepress,
    AnchorStyle::PythonMarkdown,
    AnchorStyle::Mdbook,
    AnchorStyle::Mdbook05,
    AnchorStyle::Hugo,
    AnchorStyle::Kramdown,
];

fn holds(path: &str, source: &[u8]) {
    let path = PagePath::new(path).expect("a page");
    let (text, _) = decode::decode(source, false);
    let lines = text.matches('\n').count() as u32 + 1;
    for (index, anchor_style) in ANCHOR_STYLES.into_iter().enumerate() {
        let page = parse(&path, source, index % 2 == 1, &rules(URL_STYLES[(index + source.len()) % 8], anchor_style));
        assert!(!page.title.is_empty() && is_nfc(&page.title));
        assert!(page.url.is_ascii());
        assert!(!page.lang.is_empty());
        for section in &page.sections {
            let known =
                section.anchor.0.is_empty() || page.headings.iter().any(|heading| heading.anchor == section.anchor);
            assert!(known, "{}", section.anchor);
            assert!(section.heading.is_none_or(|heading| (heading as usize) < page.headings.len()));
            for block in &section.blocks {
                assert!(!block.text.trim().is_empty() && is_nfc(&block.text), "{block:?}");
                let control = |c: char| c.is_control() && !(block.kind == BlockKind::Code && c == '\n');
                assert!(!block.text.contains(control), "{block:?}");
            }
        }
        for line in
            page.links.iter().map(|link| link.line).chain(page.warnings.iter().filter_map(|warning| warning.line))
        {
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
        }
        for link in &page.links {
            assert!(!link.routes.is_empty() && link.routes.len() <= 6 && !link.routes.contains(&page.route));
        }
    }
}

/// Text that is likely to meet every branch.
fn markdownish() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "---\n",
        "+++\n",
        "title: ",
        "tags: [a, ",
        "editor: x\ndateCreated: y\n",
        "# ",
        "## ",
        "\n",
        "\n\n",
        "    ",
        "\t",
        "> ",
        "- ",
        "1. ",
        "```",
        "~~~",
        "`",
        "``",
        "*",
        "**",
        "_",
        "~",
        "|",
        "|-|-|\n",
        "[",
        "]",
        "(",
        ")",
        "](",
        "![",
        "[[",
        "]]",
        "[^1]",
        "[^1]: ",
        "<",
        ">",
        "</",
        "/>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<pre>",
        "<table><tr><td>",
        "<h2>",
        "</h2>",
        "<li>",
        "<br>",
        "<Intro a={",
        "<a href=\"",
        "\"",
        "'",
        "{",
        "}",
        "{{<",
        ">}}",
        "{{%",
        "%}}",
        "{%",
        "%}",
        "{/*",
        "*/}",
        "{#id}",
        "{.tabset}",
        "{.x}",
        "[#id]",
        ":::",
        "::: note ",
        "!!! note \"",
        "=== \"",
        "??? ",
        "import a from 'b'\n",
        "export const a = {",
        "%%",
        "==",
        "†source",
        "【",
        "】",
        "^",
        "*[X]: ",
        ": ",
        "[TOC]",
        "[!NOTE]",
        "--8<-- ",
        " =1x1)",
        "a",
        "é",
        "e\u{301}",
        "\u{301}",
        "ﬁ",
        "🚀",
        "\u{200b}",
        "\u{ad}",
        "\u{202e}",
        "\r\n",
        "\r",
        "\0",
        "\u{1b}",
        "&amp;",
        "&#x301;",
        "&#27;",
        "/pt-br/x",
        "../b.md",
        "http://",
        "Título",
        "1",
        " ",
        "  \n",
        "\\",
        "$",
        "0",
        ":tada:",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_give_a_page(source in prop::collection::vec(any::<u8>(), 0..400)) {
        holds("a/b.md", &source);
    }

    #[test]
    fn any_markdown_gives_a_page(source in markdownish()) {
        holds("a/b.md", source.as_bytes());
    }

    #[test]
    fn any_front_matter_gives_a_page(block in markdownish(), body in markdownish()) {
        holds("a/b.md", format!("---\n{block}\n---\n{body}").as_bytes());
        holds("a/b.md", format!("+++\n{block}\n+++\n{body}").as_bytes());
    }

    #[test]
    fn any_path_gives_a_page(name in "[^/\0]{1,12}", folder in "[^/\0]{1,6}") {
        let path = format!("{folder}/{name}.md");
        prop_assume!(PagePath::new(path.as_str()).is_some());
        holds(&path, b"[a](b) [[c]]");
    }
}
