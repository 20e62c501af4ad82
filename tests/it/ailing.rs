//! Content health: what an editor is told to mend, and that nothing else is.

use achei::search::health;

use crate::lab::Lab;

/// A page that nothing but its text may be wrong with.
fn page(title: &str, text: &str) -> String {
    format!("---\ntitle: {title}\ndescription: Sobre {title}.\nupdated: 2024-01-01\n---\n\n{text}\n")
}

/// Kind, path and message of what is found.
fn found(lab: &mut Lab) -> Vec<(&'static str, String, String)> {
    let pins = lab.config.search.pins.clone();
    let ailments = health(&lab.snapshot(), &pins).unwrap();
    ailments.into_iter().map(|one| (one.kind, one.path, one.message)).collect()
}

/// Seen to fail without `without_alt` in the stored page.
#[test]
fn images_without_a_text_are_found_and_mended() {
    let mut lab = Lab::of(&[
        ("home.md", &page("Casa", "Veja [a tela](Tela.md) e [a rede](Rede.md).")),
        (
            "Tela.md",
            &page("Tela", "![Tela inicial](a.png)\n\n[![](/img/Menu%20novo.png)](Rede.md) <img src=\"b.png\">"),
        ),
        ("Rede.md", &page("Rede", "Enfeite: <img src=\"c.png\" alt=\"\">\n\n```\n![](d.png)\n```")),
    ]);
    let message = "line 9: the image Menu novo.png has no alternative text, nor has another one".to_owned();
    assert_eq!(found(&mut lab), [("no_alt", "Tela.md".to_owned(), message)]);
    lab.write("Tela.md", &page("Tela", "[![O menu](/img/Menu%20novo.png)](Rede.md)"));
    lab.reconcile();
    assert_eq!(found(&mut lab), []);
}

/// One page a kind; the others stand for nothing.
#[test]
fn every_kind_is_told_of_its_page() {
    let long = "O roteador do cliente perde a rota quando o enlace cai, e volta quando a sessão é refeita. ".repeat(8);
    let mut lab = Lab::of(&[
        (
            "home.md",
            &page("Casa", "[a](A.md) [b](B.md) [c](C.md) [d](D.md) [e](E.md) [não há](Z.md) [ponto](A.md#nada)"),
        ),
        ("A.md", &page("Rota", &format!("{long} Fim."))),
        ("B.md", &page("Volta", &format!("{long} Fim."))),
        ("C.md", &page("rota", "Outra coisa.")),
        ("D.md", "---\ntitle: Sem texto\nupdated: 2024-01-01\n---\n\nNada.\n"),
        ("E.md", &page("Nome", "Um nome.").replace("description", "aliases: [Volta]\ndescription")),
        ("F.md", &page("Só", "Ninguém chega aqui.")),
    ])
    .pins(&[("onde", "Onde.md")]);
    let kinds: Vec<String> = found(&mut lab).into_iter().map(|(kind, path, _)| format!("{kind} {path}")).collect();
    assert_eq!(
        kinds,
        [
            "alias E.md",
            "broken_anchor home.md",
            "broken_link home.md",
            "duplicate_title A.md",
            "duplicate_title C.md",
            "near_duplicate B.md",
            "no_description D.md",
            "orphan F.md",
            "pin Onde.md",
        ]
    );
}
