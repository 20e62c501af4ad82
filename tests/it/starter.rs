//! The starter wiki in `content/`: what a newcomer searches first is whole and is found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use achei::search::link_report;

use crate::lab::Lab;
use crate::site::{is_page, walk};

/// The one page that is not to be found.
const DRAFT: &str = "Rascunhos/Nova_politica_de_bloqueio.md";

fn starter() -> Lab {
    let mut lab = Lab::new();
    fs::remove_dir(lab.content()).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    assert!(Command::new("cp").arg("-r").args([&from, &lab.content()]).status().unwrap().success());
    lab.reconcile();
    lab
}

#[test]
fn every_page_but_the_draft_is_found() {
    let mut lab = starter();
    let mut on_disk: BTreeSet<String> = walk(&lab.content()).into_keys().filter(|path| is_page(path)).collect();
    assert!(on_disk.remove(DRAFT), "the draft is there");
    assert!(on_disk.len() >= 40, "{} pages", on_disk.len());
    assert_eq!(lab.paths("").into_iter().collect::<BTreeSet<_>>(), on_disk);
    assert!(lab.indexer().skipped().is_empty(), "{:?}", lab.indexer().skipped());
    for path in [
        "Configuração_e_Conexão_da_VPN.md",
        "Redes_Permitidas_no_acesso_do_grupo.md",
        "Cadastros/Contratos/Tipo_de_cobrança/Pos_pago.md",
        "Cadastros/Contratos/Tipo_de_cobrança/Pré_Pago.md",
        "Ferramentas/Agenda_de_Tarefas/Tarefa_de_avisar_atraso_automatico.md",
        "Como_chamar_suporte_ixcsoft.md",
        "Provedor/Integrações/Configuração_SNMP.md",
        "Provedor/ACS/Integração.md",
        "Integracoes/Email_SMTP.md",
        "CRM/Marketing/SMS_marketing.md",
    ] {
        assert!(on_disk.contains(path), "{path}: links out there lead to it");
    }
}

#[test]
fn no_page_is_ill_written_and_two_links_are_broken() {
    let mut lab = starter();
    let snapshot = lab.snapshot();
    for (path, page) in snapshot.all_pages().unwrap() {
        assert!(page.warnings.is_empty(), "{path}: {:?}", page.warnings);
    }
    let broken: Vec<String> = link_report(&snapshot)
        .unwrap()
        .into_iter()
        .map(|link| format!("{}:{} {} {:?}", link.path, link.line, link.target, link.missing_anchor))
        .collect();
    assert_eq!(broken.len(), 2, "{broken:#?}");
}

#[test]
fn a_title_finds_its_page_first() {
    let mut lab = starter();
    let mut titles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for hit in lab.search("").hits {
        titles.entry(hit.title).or_default().push(hit.path);
    }
    let unique: Vec<(String, String)> = titles
        .into_iter()
        .filter(|(_, paths)| paths.len() == 1)
        .map(|(title, mut paths)| (title, paths.remove(0)))
        .collect();
    assert!(unique.len() >= 40);
    for (title, path) in &unique {
        assert_eq!(lab.paths(title).first(), Some(path), "{title:?}");
        assert_eq!(lab.paths(&title.to_lowercase()).first(), Some(path), "{title:?} in lower case");
    }
}
