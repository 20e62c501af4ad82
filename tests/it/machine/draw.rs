//! What the state machine draws: operations, faults, and runs of both.
//!
//! Its own file because it is all that chance decides; what each does stands beside.

use proptest::prelude::*;
use proptest::sample::select;

/// Folders, locales, other extensions, files that claim one URL, and a folder that has the name of a page.
const PATHS: &[&str] = &[
    "home.md",
    "Guia.md",
    "pt-br/Guia.md",
    "Guia.markdown",
    "Cadastros/VPN.md",
    "Cadastros/vpn.md",
    "Cadastros/Contratos/Plano.md",
    "Suporte/VPN.md",
    "Suporte/Fila/Espera.md",
    "en/Guide.md",
    "Pasta.md/Dentro.md",
    "Pasta.md",
    ".store/Alvo.md",
];
const FOLDERS: &[&str] = &["Cadastros", "Cadastros/Contratos", "Suporte", "Suporte/Fila", "en", "pt-br", "Arquivo"];
const LINKS: &[&str] = &["Atalho.md", "Suporte/Atalho.md", "Ligada", "en/Ligada"];
/// What links lead to: pages, folders, outside, nowhere, and up.
const TARGETS: &[&str] =
    &["Guia.md", ".store/Alvo.md", "Cadastros", "Suporte/Fila", ".", "/etc", "/etc/hostname", "nada.md"];
const FRONT: &[&str] = &[
    "",
    "",
    "---\ntitle: Guia\nupdated: 2024-01-01\n---\n",
    "---\ntitle: Guia\nupdated: 2025-02-02\n---\n",
    "---\ntitle: Guia\ndraft: true\n---\n",
    "---\ntitle: Guia\npublished: false\n---\n",
];

/// Not UTF-8, nothing, and a byte order mark.
const BYTES: &[&[u8]] = &[b"# \xff\xfe zqbytes", b"", b"\xef\xbb\xbfzqmarca"];

#[derive(Clone, Debug)]
pub enum Operation {
    Write {
        path: &'static str,
        front: &'static str,
    },
    /// Written beside, and renamed over it.
    Replace {
        path: &'static str,
        front: &'static str,
    },
    /// In place, with the size and the time that it had.
    SameSize(&'static str),
    /// Only so much of its text was written, front matter excepted.
    HalfWritten {
        path: &'static str,
        front: &'static str,
        bytes: usize,
    },
    Bytes(&'static str, &'static [u8]),
    Delete(&'static str),
    DeleteFolder(&'static str),
    Rename(&'static str, &'static str),
    Exchange(&'static str, &'static str),
    MoveFolder(&'static str, &'static str),
    Link {
        target: &'static str,
        link: &'static str,
    },
    HardLink(&'static str, &'static str),
    /// What has the name of a page and is none.
    Fifo(&'static str),
}

/// What may happen to the index, to the process or to the directory as a whole.
#[derive(Clone, Debug)]
pub enum Fault {
    None,
    Restart,
    Kill,
    /// At the page of this number of a build from nothing.
    KillWhileBuilding(u64),
    /// Whether while the index is open.
    IndexRemoved(bool),
    FileDamaged(Damage),
    Rebuild,
    /// Whether an empty one is in its place.
    ContentGone(bool),
}

#[derive(Clone, Debug)]
pub struct Damage {
    pub kind: &'static str,
    pub cut: bool,
    pub running: bool,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub operations: Vec<Operation>,
    pub fault: Fault,
    /// Only what was touched is compared, as after events.
    pub by_paths: bool,
}

fn operation() -> impl Strategy<Value = Operation> {
    let path = || select(PATHS);
    let folder = || select(FOLDERS);
    prop_oneof![
        6 => (path(), select(FRONT)).prop_map(|(path, front)| Operation::Write { path, front }),
        3 => (path(), select(FRONT)).prop_map(|(path, front)| Operation::Replace { path, front }),
        3 => path().prop_map(Operation::SameSize),
        2 => (path(), select(FRONT), 0..40_usize)
            .prop_map(|(path, front, bytes)| Operation::HalfWritten { path, front, bytes }),
        1 => (path(), select(BYTES))
            .prop_map(|(path, bytes)| Operation::Bytes(path, bytes)),
        2 => path().prop_map(Operation::Delete),
        1 => folder().prop_map(Operation::DeleteFolder),
        2 => (path(), path()).prop_map(|(from, to)| Operation::Rename(from, to)),
        1 => (path(), path()).prop_map(|(a, b)| Operation::Exchange(a, b)),
        2 => (folder(), folder()).prop_map(|(from, to)| Operation::MoveFolder(from, to)),
        2 => (select(TARGETS), select(LINKS)).prop_map(|(target, link)| Operation::Link { target, link }),
        1 => (path(), path()).prop_map(|(from, to)| Operation::HardLink(from, to)),
        1 => path().prop_map(Operation::Fifo),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let kinds = &["store", "idx", "term", "pos", "fast", "fieldnorm", "json"][..];
    prop_oneof![
        8 => Just(Fault::None),
        1 => Just(Fault::Restart),
        1 => Just(Fault::Kill),
        1 => (1..8_u64).prop_map(Fault::KillWhileBuilding),
        1 => any::<bool>().prop_map(Fault::IndexRemoved),
        2 => (select(kinds), any::<bool>(), any::<bool>())
            .prop_map(|(kind, cut, running)| Fault::FileDamaged(Damage { kind, cut, running })),
        1 => Just(Fault::Rebuild),
        1 => any::<bool>().prop_map(Fault::ContentGone),
    ]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (prop::collection::vec(operation(), 1..6), fault(), any::<bool>());
    prop::collection::vec(step.prop_map(|(operations, fault, by_paths)| Step { operations, fault, by_paths }), 2..9)
}
