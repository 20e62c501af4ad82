#![allow(clippy::too_many_lines)] // tables

use super::*;

fn outline(body: &str) -> Outline {
    read(body, 1, AnchorStyle::Wikijs)
}

/// The blocks of a body without headings, as `kind: text`.
fn blocks(body: &str) -> Vec<String> {
    let outline = outline(body);
    let blocks = outline.sections.into_iter().flatten();
    blocks.map(|block| format!("{:?}: {}", block.kind, block.text)).collect()
}

#[test]
fn text_is_what_a_reader_sees() {
    let table: &[(&str, &[&str])] = &[
        ("Um **forte** e _leve_ com `código` e [link](/x/y).", &["Prose: Um forte e leve com código e link."]),
        ("linha um\nlinha dois  \nlinha três", &["Prose: linha um linha dois linha três"]),
        ("- a\n- b\n  - c\n  d\n\n1. e", &["Item: a", "Item: b", "Item: c d", "Item: e"]),
        ("- um\n\n  mais\n\n  - dentro\n\n  fim", &["Item: um mais", "Item: dentro", "Item: fim"]),
        ("- [x] feito", &["Item: feito"]),
        ("| a | b |\n|---|---|\n| `c` | **d** |\n| | e |", &["Row: a | b", "Row: c | d", "Row: e"]),
        ("```rust\nfn a() {\n    1\n}\n```", &["Code: fn a() {\n    1\n}"]),
        ("```mermaid\ngraph TD\n```\n\n```diagram\nPHN2Zz4=\n```", &["Code: graph TD"]),
        ("![Tela inicial](a.png)", &["Caption: Tela inicial"]),
        ("Veja ![a tela](a.png \"x\") aqui", &["Prose: Veja a tela aqui"]),
        ("![](a.png \"Legenda\")", &["Caption: Legenda"]),
        ("![Planta](a.png =100x50)", &["Caption: Planta"]),
        ("> citação\n{.is-info}", &["Prose: citação"]),
        ("> [!NOTE]\n> Leia", &["Prose: Leia"]),
        ("> [!dica] Um título\n> Leia", &["Prose: Um título Leia"]),
        ("Texto[^1] e[^x].\n\n[^1]: Uma nota.", &["Prose: Texto e.", "Prose: Uma nota."]),
        ("Termo\n: Definição", &["Prose: Termo", "Prose: Definição"]),
        ("a<br>b <kbd>Ctrl</kbd>+<kbd>C</kbd> &amp; &ccedil;", &["Prose: a b Ctrl+C & ç"]),
        ("antes <!-- nada --> depois", &["Prose: antes depois"]),
        ("<!-- a\n\n b -->\nfim", &["Prose: fim"]),
        ("<!-- sem fim\n\nperdido", &[]),
        ("<div>\n<script>var a = '<b>';\nx</script>\nvisto\n</div>", &["Prose: visto"]),
        ("<script>\n\na < b\n\n</script>\n\nfim", &["Prose: fim"]),
        ("a <script>x</script> b", &["Prose: a b"]),
        ("<details>\n<summary>Abrir</summary>\n\nDentro\n\n</details>", &["Prose: Abrir", "Prose: Dentro"]),
        (
            "<figure><img src=\"x\" alt=\"Um mapa\"><figcaption>A rede</figcaption></figure>",
            &["Caption: Um mapa", "Caption: A rede"],
        ),
        ("<iframe src=\"x\" title=\"Vídeo de treino\"></iframe>", &["Caption: Vídeo de treino"]),
        ("<video title=\"Aula\" src=x></video> texto", &["Prose: Aula texto"]),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>c<p>d</p></td><td>e</td></tr></table>",
            &["Row: A | B", "Row: c d | e"],
        ),
        ("<ul><li>um<li>dois</ul>", &["Item: um", "Item: dois"]),
        (
            "Um\n\n<Code lang=\"sh\" code={`\na < b\n\n*c*\n`} />\n\nDois",
            &["Prose: Um", "Code: a < b\n\n*c*", "Prose: Dois"],
        ),
        ("1. Um\n   <Code code={`x\n\n y`} />\n2. Dois", &["Item: Um", "Code: x\n\n y", "Item: Dois"]),
        ("<pre>a\n  b &lt;</pre>", &["Code: a\n  b <"]),
        ("[[toc]]\n\n[TOC]\n\n[[Página|texto]] [[Outra]]", &["Prose: texto Outra"]),
        ("[[1]](/x)", &["Prose: [1]"]),
        ("{{<nota>}}Oi{{</nota>}} {{< x \"y_z\" >}} *fim*", &["Prose: Oi fim"]),
        ("custa R$ 10 e R$ 20; H~2~O; ~~fora~~", &["Prose: custa R$ 10 e R$ 20; H2O; fora"]),
        (":::note Cuidado\n- um\n:::", &["Prose: Cuidado", "Item: um"]),
        ("!!! note \"Dica\"\n    Texto\n\n    - item", &["Prose: Dica Texto", "Item: item"]),
        ("<https://x.org/a> <a@b.c>", &["Prose: https://x.org/a a@b.c"]),
        ("e&#x301; &#x1b;[0m &#0;", &["Prose: é [0m �"]),
        ("---\n***", &[]),
        ("", &[]),
    ];
    for (body, expected) in table {
        assert_eq!(blocks(body), *expected, "{body}");
    }
}

#[test]
fn headings_and_what_is_written_behind_them() {
    let table: &[(&str, &str, Option<&str>, &str)] = &[
        ("## Título {#meu-id}", "Título", Some("meu-id"), "Título"),
        ("## Título {#meu-id .x} ##", "Título", Some("meu-id"), "Título"),
        ("Título {#a_b_c}\n---", "Título", Some("a_b_c"), "Título"),
        ("## Título <!-- {#meu-id} -->", "Título", Some("meu-id"), "Título"),
        ("## Título {/*meu-id*/}", "Título", Some("meu-id"), "Título"),
        ("## `use(x)` {/* #usex */}", "use(x)", Some("usex"), "use(x)"),
        ("## Título {/* uma nota */}", "Título", None, "Título"),
        ("## Título [#meu-id]", "Título", Some("meu-id"), "Título [#meu-id]"),
        ("## Título {.classe}", "Título", None, "Título"),
        ("## Uso de {x} e `{#y}`", "Uso de {x} e {#y}", None, "Uso de {x} e {#y}"),
        ("## nota[^1]\n\n[^1]: x", "nota", None, "nota[1]"),
        ("## nota[^1]", "nota", None, "nota[^1]"),
        ("## Quebra<br>linha", "Quebra linha", None, "Quebralinha"),
        ("## ![Logo](x.png) Marca", "Logo Marca", None, "Marca"),
        ("## [Link](/x) e **forte**", "Link e forte", None, "Link e forte"),
        ("## A  B", "A B", None, "A  B"),
        ("##", "", None, ""),
        ("<h2 id=\"aqui\">Bruto &amp; cru</h2>", "Bruto & cru", Some("aqui"), "Bruto & cru"),
        ("<div>\n<h3>Dentro</h3>\ntexto\n</div>", "Dentro", None, "Dentro"),
    ];
    for (body, text, explicit, slug_text) in table {
        let outline = outline(body);
        assert_eq!(outline.headings.len(), 1, "{body}");
        let heading = &outline.headings[0];
        assert_eq!(
            (heading.text.as_str(), heading.explicit.as_deref(), heading.slug_text.as_str()),
            (*text, *explicit, *slug_text),
            "{body}"
        );
    }
    // Seen with Hugo 0.168.0.
    for (body, slug_text) in [
        ("## Início -- fim --- `a --b`", "Início  fim  a --b"),
        ("## Imagem ![alt text](a.png \"tit\") x", "Imagem alt text x"),
    ] {
        assert_eq!(read(body, 1, AnchorStyle::Hugo).headings[0].slug_text, slug_text, "{body}");
    }
    assert!(outline("## Abas {.tabset}").headings[0].tabset);
    assert!(outline("## Abas <!-- {.tabset} -->").headings[0].tabset);
}

#[test]
fn links_know_their_lines() {
    let body = "\n[a](/a)\n\n- [b](b.md)\n<a href=\"/c?x=1&amp;y\">c</a>\n\n```\n[x](/x)\n```\n\n<div>\n<p><a\nhref='/d'>d</a>\n</div>\n\n[[e#f|g]] ![h](/h) [i][]\n\n[i]: /i\n";
    let outline = read(body, 10, AnchorStyle::Wikijs);
    let found: Vec<_> = outline.hrefs.iter().map(|href| (href.target.as_str(), href.line, href.wiki)).collect();
    assert_eq!(
        found,
        [
            ("/a", 11, false),
            ("b.md", 13, false),
            ("/c?x=1&y", 14, false),
            ("/d", 21, false),
            ("e#f", 25, true),
            ("/i", 25, false)
        ]
    );
}

#[test]
fn hostile_bodies_are_bounded() {
    let sparse = format!("|{}\n|{}\n{}", "a|".repeat(2000), "-|".repeat(2000), "|x\n".repeat(2000));
    let outline_of_table = outline(&sparse);
    assert!(sparse.len() < 16_384 && outline_of_table.cut.is_some());
    assert!(outline_of_table.sections[0].len() < 200);
    for (body, cut) in [
        (">".repeat(100_000), false),
        ("[".repeat(50_000), false),
        ("- ".repeat(50_000), false),
        ("*".repeat(50_000), false),
        ("`".repeat(50_000), false),
        ("# a\n".repeat(1_000_000), true),
        ("<p>".repeat(300_000), false),
        ("<div>\n".repeat(100_000), false),
        (format!("<!-- {}", "a\n\n".repeat(1000)), false),
        (format!("<script>{}", "a\n\n".repeat(1000)), false),
        ("[^a]: ".repeat(20_000), false),
        ("![".repeat(50_000), false),
        ("[a](".repeat(50_000), true),
        ("[[".repeat(50_000), false),
        ("{{<".repeat(50_000), false),
    ] {
        let outline = outline(&body);
        assert_eq!(outline.cut.is_some(), cut, "{}", &body[..6]);
        assert_eq!(outline.sections.len(), outline.headings.len() + 1);
    }
}

/// At the limit a page is whole; with one element more it is cut, and says where. Seen to fail with the limit taken off.
#[test]
fn elements_have_an_end() {
    // A rule is one element; a paragraph is three.
    for (rules, cut) in [(MAX_EVENTS - 3, false), (MAX_EVENTS - 2, true)] {
        let outline = outline(&format!("***\n{}fim\n", "***\n".repeat(rules - 1)));
        assert_eq!(outline.cut.is_some(), cut, "{rules} rules");
        assert_eq!(outline.sections.iter().flatten().count(), 1, "{rules} rules");
    }
}

/// Each row: how many images lack a text, the line of the first and the name of its file.
#[test]
fn images_without_a_text_are_counted() {
    type Found = Option<(u32, u32, &'static str)>;
    let table: &[(&str, Found)] = &[
        ("![](tela.png)", Some((1, 1, "tela.png"))),
        ("![ ](/a/b%20c/Tela%20inicial.PNG?v=1#x)", Some((1, 1, "Tela inicial.PNG"))),
        ("![&nbsp;](a.png)", Some((1, 1, "a.png"))),
        ("![\u{200b}](a.png)", Some((1, 1, "a.png"))),
        ("![](a.png \"Legenda\")", Some((1, 1, "a.png"))),
        ("![](a.png =100x50)", Some((1, 1, "a.png"))),
        ("![]()", Some((1, 1, ""))),
        ("![][b]\n\n[b]: /x/b.png", Some((1, 1, "b.png"))),
        ("![](data:image/png;base64,iVBORw0KGgo=)", Some((1, 1, "data:image/png"))),
        ("![](..\\img\\a.png)", Some((1, 1, "a.png"))),
        // Of a link, a list, a table, a heading, a quotation.
        ("[![](a.png)](/alvo)", Some((1, 1, "a.png"))),
        ("x\n\n- ![](a.png)\n- ![](b.png)\n\n| a |\n|---|\n| ![](c.png) |", Some((3, 3, "a.png"))),
        ("# T\n\n## ![](a.png)\n\n> ![](b.png) ![b](c.png)", Some((2, 3, "a.png"))),
        ("![Tela](a.png) ![*`x`*](b.png) ![[a](b)](c.png) ![→](d.png)", None),
        ("![a ![](x.png) b](y.png)", None),
        ("![![](x.png)](y.png)", Some((1, 1, "y.png"))),
        ("![![c](x.png)](y.png)", None),
        // Code shows none.
        ("`![](a.png)`", None),
        ("```\n![](a.png)\n<img src=x>\n```\n\n    ![](a.png)", None),
        ("\\![](a.png)", None),
        ("<!-- ![](a.png) <img src=x> -->\n\n<!--\n<img src=y>\n-->", None),
        // HTML: an empty text is a word that it only decorates, none is not.
        ("<img src=\"/x/a.png\">", Some((1, 1, "a.png"))),
        ("um <img src='a.png' title='Tela'/> dois", Some((1, 1, "a.png"))),
        ("<img src=a.png alt=\"  \">", Some((1, 1, "a.png"))),
        ("<img>", Some((1, 1, ""))),
        ("<div>\n<p>\n<a href='/x'><img\n src='b.png'></a>\n</div>\n\n<img src=c.png>", Some((2, 3, "b.png"))),
        ("<table><tr><td><img src=a.png></td></tr></table>", Some((1, 1, "a.png"))),
        ("<picture><source srcset=b.webp><img src=b.png></picture>", Some((1, 1, "b.png"))),
        ("<img src=a alt=\"\"> <img src=a alt> <img alt src=a> <img src=a alt='Tela'>", None),
        ("<div>\n<img src=a alt=''>\n<img alt=\"&ccedil;\" src=a>\n</div>", None),
        ("<img src=a role=presentation> <img src=a role='NONE'> <img src=a aria-hidden=\"true\">", None),
        ("<img src=a aria-label=Tela> <img :src=\"x\" :alt=\"y\"> <img alt={texto} src={x} />", None),
        ("<img src=a aria-hidden=false aria-label=' '>", Some((1, 1, "a"))),
        ("a <script>document.write('<img src=x>')</script> b <imagem> <img-x>", None),
        // Vaults: pages are taken in the same way, and a width is no text.
        ("![[tela.png]] ![[Outra página]] ![[Nota.md]]", Some((1, 1, "tela.png"))),
        ("![[tela.png|300]] ![[b.JPG|100x50]] ![[c.svg|A rede]]", Some((2, 1, "tela.png"))),
    ];
    for (body, expected) in table {
        let found = outline(body).without_alt;
        let found = found.as_ref().map(|found| (found.count, found.line, found.name.as_str()));
        assert_eq!(found, *expected, "{body}");
    }
    let long = outline(&format!("![]({}.png)", "ção".repeat(500))).without_alt.expect("counted");
    assert_eq!(long.name.chars().count(), 120);
}
