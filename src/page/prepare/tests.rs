use super::*;

fn lines(text: &str) -> Vec<String> {
    let prepared = prepare(text);
    assert_eq!(prepared.matches('\n').count(), text.matches('\n').count(), "{text}");
    prepared.split('\n').map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn lines_of_other_dialects() {
    let table: &[(&str, &[&str])] = &[
        ("import A from 'a';\nimport {\n  B,\n} from \"b\"\n\nTexto", &["", "", "", "", "", "Texto"]),
        ("import os pacotes da pasta", &["import os pacotes da pasta"]),
        ("a frase\nimport A from 'a'", &["a frase", "import A from 'a'"]),
        ("export const meta = {\n  a: 1\n};\nTexto", &["", "", "", "Texto"]),
        (":::note Atenção\nTexto\n:::", &["Atenção", "Texto", ""]),
        (":::tip[Uma dica]{#x}\n::: warning\n:::: {.aviso}", &["Uma dica", "", ""]),
        ("!!! note \"Um título\"\n    dentro\n\n    mais\nfora", &["Um título", "dentro", "", "mais", "fora"]),
        (
            "??? dica\n    - a\n        - b\n    ```\n    x\n    ```\nfora",
            &["", "- a", "    - b", "```", "x", "```", "fora"],
        ),
        ("!!! a\n    !!! b\n        c\n    d", &["", "", "c", "d"]),
        ("=== \"Linux\"\n    texto", &["Linux", "texto"]),
        ("Título\n===", &["Título", "==="]),
        ("*[NF]: Nota fiscal", &["NF: Nota fiscal"]),
        ("<Intro>\n\nUm **texto**\n\n</Intro>", &["", "", "Um **texto**", "", ""]),
        ("<Tela\n  src={x}\n  alt=\"Uma tela\"\n/>\nTexto", &["![Uma tela]()", "", "", "", "Texto"]),
        (
            "<Code lang=\"sh\" code={`\na \\`b\\` < \\n\n${x}`} />\nfim",
            &["<pre>", "a `b` &lt; \\n", "${x}</pre>", "fim"],
        ),
        ("<Code\n  code={`um`}\n  lang='x'\n/> fim", &["", "<pre>um</pre>", "", " fim"]),
        ("- a\n  <Code code={`x\ny`} />", &["- a", "  <pre>x", "  y</pre>"]),
        ("Rode <Code code=\"a & b\" /> já", &["Rode <code>a &amp; b</code> já"]),
        ("<Code code={a + b} /><div code={`x`}>d</div>", &["d</div>"]),
        ("antes <B a={1 > 0}>meio</B> depois", &["antes meio depois"]),
        ("`<B>` e <https://x.org> e a < b", &["`<B>` e <https://x.org> e a < b"]),
        ("<div class=\"x\">\ntexto\n</div>", &["<div class=\"x\">", "texto", "</div>"]),
        ("<div style={{a: '}'}}>x</div>", &["x</div>"]),
        ("## a {/*b*/} `{/*c*/}`", &["## a <!--{/*b*/}--> `{/*c*/}`"]),
        ("{/* um\ncomentário */}\nTexto", &["", "", "Texto"]),
        ("%%\nsegredo\n%%\nTexto", &["", "", "", "Texto"]),
        ("{{% alerta %}}\n- a\n{{% /alerta %}}", &["", "- a", ""]),
        ("{{< figura\n  src=\"x\" >}}\nTexto", &["", "", "Texto"]),
        ("{{< abas x=true >}} {{% aba %}}", &["{{< abas x=true >}} {{% aba %}}"]),
        ("--8<-- \"x.md\"", &[""]),
        ("![p](x.png =100x50) [q](y =z)", &["![p](x.png) [q](y =z)"]),
        ("[a]({{< ref \"b.md#c\" >}}) `](x =1x1)`", &["[a](b.md#c) `](x =1x1)`"]),
        ("[a]({{ site.base }}/x) [b]({% link c.md %})", &["[a](/x) [b](c.md)"]),
    ];
    for (text, expected) in table {
        assert_eq!(lines(text), *expected, "{text}");
    }
}

#[test]
fn fences_are_left_alone() {
    for text in [
        "```js\nimport a from 'b';\n:::note\n<Intro a={1}>\n{{< x >}}\n*[X]: y\n```",
        "~~~\n```\n!!! note\n~~~",
        "> ```\n> <Intro>\n> ```",
        "- ```\n  <Intro>\n  ```",
        "1. ```\n   export const a = 1\n   ```",
        "```\n<Intro>",
    ] {
        assert_eq!(prepare(text), text);
    }
}

#[test]
fn marks_that_share_a_character() {
    for text in [
        "[a]({%})",
        "[a]({{})",
        "{%}",
        "{/*/}",
        "](<a ={})",
        "{{<>}}",
        "<A a={}>",
        "</>",
        "<>",
        "=== \"",
        "!!! a \"",
        ":::[",
        "*[]: ",
    ] {
        let _ = lines(text);
    }
    assert_eq!(lines("[a]({%})"), ["[a]({%})"]);
}

#[test]
fn hostile_lines_are_linear() {
    for text in [
        "{/*\n".repeat(50_000),
        "%%\n".repeat(50_001),
        "<A\n".repeat(50_000),
        "<A a={".repeat(20_000),
        "export const a = {\n".repeat(50_000),
        "`".repeat(300_000),
        "!!! a\n".repeat(50_000),
        "](x =".repeat(50_000),
    ] {
        assert_eq!(prepare(&text).matches('\n').count(), text.matches('\n').count());
    }
}
