//! `achei init`: each kind of wiki is known, and the configuration that is written gives its pages their addresses.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::site::bare_command;

/// A project in a folder `wiki`, beside which the configuration goes.
struct Project(TempDir);

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self(TempDir::with_prefix("achei-init-").unwrap());
        fs::create_dir(project.wiki()).unwrap();
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    fn dir(&self) -> &Path {
        self.0.path()
    }

    fn wiki(&self) -> std::path::PathBuf {
        self.dir().join("wiki")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.wiki().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[track_caller]
    fn achei(&self, code: i32, arguments: &[&str]) -> (String, String) {
        let Output { status, stdout, stderr } = bare_command(self.dir()).args(arguments).output().unwrap();
        let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        (out, err)
    }

    fn config(&self) -> String {
        fs::read_to_string(self.dir().join("config.toml")).unwrap()
    }

    /// The address of the one page that holds a word; none of no page.
    fn url(&self, word: &str) -> Option<String> {
        let (out, _) = self.achei(0, &["search", "--json", word]);
        let found: Value = serde_json::from_str(&out).unwrap();
        found["hits"][0]["url"].as_str().map(str::to_owned)
    }

    /// Guesses, writes, indexes, and compares addresses.
    #[track_caller]
    fn holds(&self, dir: &str, name: &str, urls: &[(&str, Option<&str>)]) -> String {
        let (out, _) = self.achei(0, &["init", dir]);
        assert!(out.starts_with(&format!("{name}: ")), "{out}");
        assert!(out.contains("achei serve"), "the next step is said: {out}");
        self.achei(0, &["index"]);
        for (word, url) in urls {
            assert_eq!(self.url(word).as_deref(), *url, "{word} by\n{}", self.config());
        }
        out
    }
}

#[test]
fn wikijs() {
    let front = "title: Página\neditor: markdown\ndateCreated: 2024-01-02T03:04:05.000Z\npublished: true";
    let page =
        |text: &str| format!("---\n{front}\n---\n\nIsto não é uma página dos outros.\n\n## 1. Início já\n\n{text}\n");
    let project = Project::new(&[
        ("home.md", &page("zqhome")),
        ("Cadastros/VPN.md", &page("zqvpn")),
        ("en/Start.md", &page("zqstart")),
    ]);
    let out = project.holds(
        "wiki",
        "Wiki.js",
        &[
            ("zqhome", Some("/pt-br/home#h-1-in%C3%ADcio-j%C3%A1")),
            ("zqvpn", Some("/pt-br/Cadastros/VPN#h-1-in%C3%ADcio-j%C3%A1")),
            ("zqstart", Some("/en/Start#h-1-in%C3%ADcio-j%C3%A1")),
        ],
    );
    assert!(out.contains("3 of 3 pages"), "{out}");
}

#[test]
fn mkdocs() {
    let project = Project::new(&[
        (
            "mkdocs.yml",
            "site_name: Ajuda\nsite_url: https://ajuda.example.org/v1\ntheme:\n  name: material\n  language: pt-BR\nexclude_docs: |\n  rascunhos/\n",
        ),
        ("docs/index.md", "# Início\n\nzqinicio"),
        ("docs/guia/Emissão.md", "# Emissão\n\n## Emissão da 2ª via\n\nzqemissao"),
        ("docs/rascunhos/a.md", "zqrascunho"),
        ("docs/templates/a.md", "zqmodelo"),
        ("fora.md", "zqfora"),
    ]);
    let urls = [
        ("zqinicio", Some("https://ajuda.example.org/v1/")),
        ("zqemissao", Some("https://ajuda.example.org/v1/guia/Emiss%C3%A3o/#emissao-da-2a-via")),
        ("zqrascunho", None),
        ("zqmodelo", None),
        ("zqfora", None),
    ];
    project.holds("wiki", "MkDocs", &urls);
    assert!(project.config().contains("\"pt-BR\""), "{}", project.config());
    // The same from the folder of pages, whose tool's file lies above it; and files in place of folders.
    project.write(
        "mkdocs.yml",
        "site_name: Ajuda\nuse_directory_urls: false\nsite_url: !ENV [URL, 'https://x.example/']\n",
    );
    fs::remove_file(project.dir().join("config.toml")).unwrap();
    let out = project.holds("wiki/docs", "MkDocs", &[("zqemissao", Some("/guia/Emiss%C3%A3o.html#emissao-da-2a-via"))]);
    assert!(out.contains("from the environment"), "{out}");
}

#[test]
fn docusaurus() {
    let project = Project::new(&[
        (
            "docusaurus.config.js",
            "const config = {\n  url: 'https://ajuda.example.org', // url: 'no'\n  baseUrl: '/wiki/',\n  \
             i18n: {defaultLocale: 'en', locales: ['en', 'es']},\n  presets: [['classic', {docs: {routeBasePath: 'manual'}}]],\n};\nmodule.exports = config;\n",
        ),
        ("docs/intro.md", "# Intro\n\n## Second bill\n\nzqintro"),
        ("docs/01-setup/a.md", "zqsetup"),
        ("docs/_partial.md", "zqpartial"),
        ("docs/x.mdx", "zqmdx"),
        ("blog/b.md", "zqblog"),
    ]);
    let out = project.holds(
        "wiki",
        "Docusaurus",
        &[
            ("zqintro", Some("https://ajuda.example.org/wiki/manual/intro/#second-bill")),
            ("zqsetup", Some("https://ajuda.example.org/wiki/manual/setup/a/")),
            ("zqpartial", None),
            ("zqmdx", None),
            ("zqblog", None),
        ],
    );
    for note in ["i18n/", ".mdx", "blog"] {
        assert!(out.contains(note), "{note} in {out}");
    }
}

#[test]
fn vitepress() {
    let project = Project::new(&[
        (
            "docs/.vitepress/config.mts",
            "import { defineConfig } from 'vitepress'\nexport default defineConfig({\n  base: '/docs/', cleanUrls: true,\n  srcExclude: ['**/TODO.md'],\n  \
             locales: { root: { label: 'Português', lang: 'pt-BR' }, en: { label: 'English', lang: 'en' } },\n})\n",
        ),
        ("docs/index.md", "# Início\n\nzqinicio"),
        ("docs/guia/pix.md", "# PIX\n\n## 2ª via\n\nzqpix"),
        ("docs/en/pix.md", "# PIX\n\nzqenglish"),
        ("docs/guia/TODO.md", "zqtodo"),
    ]);
    let urls = [
        ("zqinicio", Some("/docs/")),
        ("zqpix", Some("/docs/guia/pix#_2a-via")),
        ("zqenglish", Some("/docs/en/pix")),
        ("zqtodo", None),
    ];
    let out = project.holds("wiki", "VitePress", &urls);
    assert!(out.contains("cleanUrls is true"), "{out}");
    assert!(project.config().contains(r#"locales = ["pt-BR", "en"]"#), "{}", project.config());
}

#[test]
fn starlight() {
    let project = Project::new(&[
        (
            "astro.config.mjs",
            "import starlight from '@astrojs/starlight'\nexport default defineConfig({ site: 'https://example.org', base: '/ajuda',\n  \
             integrations: [starlight({ title: 'Ajuda', defaultLocale: 'root', locales: { root: { label: 'Português', lang: 'pt-BR' }, es: { label: 'Español' } } })] })\n",
        ),
        ("src/content/docs/index.md", "zqinicio"),
        ("src/content/docs/guia/pix.md", "# PIX\n\n## 2ª via\n\nzqpix"),
    ]);
    let urls = [
        ("zqinicio", Some("https://example.org/ajuda/")),
        ("zqpix", Some("https://example.org/ajuda/guia/pix/#2%C2%AA-via")),
    ];
    project.holds("wiki", "Starlight", &urls);
    assert!(project.config().contains(r#"locales = ["pt-BR", "es"]"#), "{}", project.config());
}

#[test]
fn hugo() {
    let project = Project::new(&[
        (
            "hugo.toml",
            "baseURL = 'https://example.org/kb/'\ndefaultContentLanguage = 'pt-br'\ncontentDir = 'paginas'\n",
        ),
        ("paginas/_index.md", "+++\ntitle = 'Início'\n+++\nzqinicio"),
        ("paginas/guia/Pix.md", "+++\ntitle = 'Pix'\n+++\n## Devolução\n\nzqpix"),
    ]);
    let urls = [
        ("zqinicio", Some("https://example.org/kb/")),
        ("zqpix", Some("https://example.org/kb/guia/pix/#devolu%C3%A7%C3%A3o")),
    ];
    project.holds("wiki", "Hugo", &urls);
    fs::write(
        project.wiki().join("hugo.toml"),
        "baseURL = '/kb/'\ncontentDir = 'paginas'\ndisablePathToLower = true\n",
    )
    .unwrap();
    fs::remove_file(project.dir().join("config.toml")).unwrap();
    project.holds("wiki", "Hugo", &[("zqpix", Some("/kb/guia/Pix/#devolu%C3%A7%C3%A3o"))]);
    // An older name, which this program's own configuration has, too.
    let older = Project::new(&[("config.toml", "baseURL = '/x/'\nuglyURLs = true\n"), ("content/a.md", "zqa")]);
    older.holds("wiki", "Hugo", &[("zqa", Some("/x/a.html"))]);
    let (out, err) = older.achei(1, &["init", "wiki", "--config", "wiki/config.toml", "--force"]);
    assert!(out.is_empty() && err.contains("Hugo's own"), "{err}");
    assert!(fs::read_to_string(older.wiki().join("config.toml")).unwrap().contains("uglyURLs"), "it is left alone");
}

#[test]
fn mdbook() {
    let project = Project::new(&[
        ("book.toml", "[book]\nlanguage = \"en\"\n\n[output.html]\nsite-url = \"/book/\"\n"),
        ("src/SUMMARY.md", "- [zqsummary](a.md)"),
        ("src/README.md", "zqreadme"),
        ("src/part/a.md", "# A\n\n## Second Part\n\nzqpart"),
    ]);
    let urls = [("zqreadme", Some("/book/")), ("zqpart", Some("/book/part/a.html#second-part")), ("zqsummary", None)];
    project.holds("wiki", "mdBook", &urls);
    assert!(project.config().contains(r#"locales = ["en"]"#), "{}", project.config());
}

#[test]
fn obsidian() {
    let project = Project::new(&[
        (".obsidian/app.json", r#"{"userIgnoreFilters": ["Arquivo morto/"]}"#),
        (".obsidian/templates.json", r#"{"folder": "Modelos"}"#),
        ("Notas/Reunião.md", "# Reunião\n\n## Próximos passos\n\nIsto não é uma nota dos outros. zqreuniao"),
        ("Modelos/Nota.md", "zqmodelo"),
        ("Arquivo morto/a.md", "zqmorto"),
    ]);
    let urls =
        [("zqreuniao", Some("/Notas/Reuni%C3%A3o.md#pr%C3%B3ximos-passos")), ("zqmodelo", None), ("zqmorto", None)];
    project.holds("wiki", "Obsidian", &urls);
}

#[test]
fn plain_markdown() {
    let project = Project::new(&[
        ("README.md", "zqreadme"),
        ("en/Guide.md", "# Guide\n\n## The way of the page\n\nIt is on the way. zqguide"),
    ]);
    let urls = [("zqreadme", Some("/")), ("zqguide", Some("/en/Guide.md#the-way-of-the-page"))];
    project.holds("wiki", "plain Markdown", &urls);
    assert!(project.config().contains(r#"locales = ["en"]"#), "{}", project.config());
}

#[test]
fn nothing_is_overwritten_and_nothing_lies_among_the_pages() {
    let project = Project::new(&[("a.md", "zqa")]);
    fs::write(project.dir().join("config.toml"), "# mine\n").unwrap();
    let (_, err) = project.achei(1, &["init", "wiki"]);
    assert!(err.contains("--force") && err.contains("--print"), "{err}");
    assert_eq!(project.config(), "# mine\n");
    let (out, err) = project.achei(0, &["init", "wiki", "--print", "--listen", "[::1]:7000", "--index", "else/where"]);
    assert!(out.starts_with("# Achei's configuration") && err.contains("plain Markdown"), "{out}");
    assert!(out.contains("listen = \"[::1]:7000\"") && out.contains("dir = \"else/where\""), "{out}");
    assert_eq!(project.config(), "# mine\n");
    project.achei(0, &["init", "wiki", "--force"]);
    assert!(project.config().contains("url_style = \"file\""));
    // Among the pages.
    let inside = |arguments: &[&str]| {
        let output = bare_command(&project.wiki()).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, err) = inside(&["init"]);
    assert_eq!((code, err.contains("among the pages")), (Some(2), true), "{err}");
    assert_eq!(fs::read_dir(project.wiki()).unwrap().count(), 1, "only the page");
    assert_eq!(inside(&["init", "--print"]).0, Some(0), "and to look is no harm");
    project.achei(78, &["init", "wiki", "--force", "--listen", "nonsense"]);
    assert!(project.config().contains("127.0.0.1:7370"), "what does not load is not written");
    // What is no wiki.
    fs::create_dir(project.dir().join("empty")).unwrap();
    let (_, err) = project.achei(1, &["init", "empty"]);
    assert!(err.contains("no Markdown page"), "{err}");
    project.achei(74, &["init", "nowhere"]);
    project.achei(74, &["init", "config.toml"]);
    project.achei(2, &["init", "wiki", "--kind", "wordpress"]);
}

#[test]
fn what_is_written_explains_itself_and_a_kind_can_be_told() {
    let project = Project::new(&[("a.md", "zqa\n"), ("mkdocs.yml", "site_name: x\n"), ("docs/b.md", "zqb")]);
    let (out, _) = project.achei(0, &["init", "wiki", "--kind", "vitepress"]);
    assert!(out.starts_with("VitePress: as --kind says"), "{out}");
    let config = project.config();
    for words in ["# The shape of page URLs", "# Here: the shape of VitePress addresses.", "[[\"nfe\"", "access"] {
        assert!(config.contains(words), "{words} in\n{config}");
    }
    project.achei(0, &["index"]);
    assert_eq!(project.url("zqa").as_deref(), Some("/a.html"));
}

#[test]
fn completions_and_the_manual_know_every_command() {
    let project = Project::new(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (script, _) = project.achei(0, &["completions", shell]);
        assert!(script.contains("reindex") && script.contains("--config") || script.contains("config"), "{shell}");
    }
    let (page, _) = project.achei(0, &["man"]);
    assert!(page.contains(".TH achei 1") && page.contains("Exit codes"), "{page}");
    project.achei(0, &["man", "wiki"]);
    for page in ["achei.1", "achei-serve.1", "achei-init.1", "achei-reindex.1"] {
        assert!(fs::read_to_string(project.wiki().join(page)).unwrap().contains(".TH"), "{page}");
    }
    project.achei(74, &["man", "nowhere"]);
}
