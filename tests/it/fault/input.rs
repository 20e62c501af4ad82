//! Hostile pages: each costs bounded time and memory, no word of the others, and is listed where it is not whole.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use achei::config::Config;
use achei::page::{MAX_EVENTS, Page, PagePath, WarningKind, parse};

use crate::lab::Lab;
use crate::site::{Site, page};

fn read(source: &[u8]) -> Page {
    let rules = Config::defaults(std::path::Path::new("")).content.page;
    parse(&PagePath::new("Pasta/Página.md").unwrap(), source, false, &rules)
}

fn text(page: &Page) -> String {
    page.sections
        .iter()
        .flat_map(|section| &section.blocks)
        .map(|block| block.text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

fn warned(page: &Page, kind: WarningKind) -> bool {
    page.warnings.iter().any(|warning| warning.kind == kind)
}

/// Seen to fail with `decode` taking everything for UTF-8 (UTF-16 pages), without its `clean` (CR alone, NUL), and with the
/// BOM left in (the front matter is then text).
#[test]
fn p01_any_bytes_are_a_page() {
    let utf16 = |little: bool, text: &str| {
        let units = text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() });
        let mark = if little { [0xff, 0xfe] } else { [0xfe, 0xff] };
        mark.into_iter().chain(units).collect::<Vec<u8>>()
    };
    let whole = "---\ntitle: Guia\n---\n\nzqpalavra está aqui\n";
    let pages: Vec<(&str, Vec<u8>, bool)> = vec![
        ("utf8.md", whole.into(), false),
        ("bom.md", [b"\xef\xbb\xbf", whole.as_bytes()].concat(), false),
        ("utf16le.md", utf16(true, whole), false),
        ("utf16be.md", utf16(false, whole), false),
        ("crlf.md", whole.replace('\n', "\r\n").into(), false),
        ("cr.md", whole.replace('\n', "\r").into(), false),
        ("nul.md", whole.replace(" está", "\0está\0").into(), false),
        ("latin1.md", b"---\ntitle: Guia\n---\n\nzqpalavra est\xe1 aqui\n".to_vec(), true),
        (
            "broken.md",
            b"---\ntitle: Guia\n---\n\nzqpalavra \xc3 \xe2\x82 \xf0\x9f\x92 \xc0\xaf \xed\xa0\x80 \xff\n".to_vec(),
            true,
        ),
        ("odd-utf16.md", [utf16(true, whole), vec![0x41]].concat(), true),
        ("lone-surrogate.md", [utf16(true, whole), vec![0x00, 0xd8]].concat(), true),
    ];
    let mut lab = Lab::new();
    for (path, bytes, _) in &pages {
        fs::write(lab.content().join(path), bytes).unwrap();
    }
    for (path, bytes) in
        [("empty.md", &b""[..]), ("front.md", b"---\ntitle: Frente\n---\n"), ("bom-alone.md", b"\xff\xfe")]
    {
        fs::write(lab.content().join(path), bytes).unwrap();
    }
    assert_eq!(lab.reconcile().counts.failed, 0);
    let mut found = lab.paths("zqpalavra");
    let mut expected: Vec<&str> = pages.iter().map(|(path, ..)| *path).collect();
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let response = lab.search("zqpalavra");
    for hit in &response.hits {
        assert_eq!(
            (hit.title.as_str(), hit.snippet.contains("<mark>zqpalavra</mark>")),
            ("Guia", true),
            "{}",
            hit.path
        );
    }
    for (path, bytes, broken) in &pages {
        assert_eq!(warned(&read(bytes), WarningKind::Encoding), *broken, "{path}");
    }
    assert_eq!(lab.paths("frente"), ["front.md"]);
    assert_eq!(lab.search("").total, pages.len() + 3);
}

/// Pages of 100 MB, of one line of 50 MB, of a million headings. Seen to fail with the cap on reading off
/// (`max_page_bytes` of 1 GiB): the daemon is then not ready in time.
#[test]
fn p02_huge_pages_cost_their_first_part() {
    /// The index writer's budget, three workers with 256 KiB of a page in several forms, and the binary itself.
    const PEAK_KIB: u64 = 200 * 1024;
    let mut site = Site::small().config("[content]\nmax_page_bytes = 262144\n");
    let fill = |path: &str, start: &str, part: &str, bytes: usize, end: &str| {
        let mut file = fs::File::create(site.content().join(path)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        let many = part.repeat((1 << 20) / part.len());
        for _ in 0..bytes / many.len() {
            file.write_all(many.as_bytes()).unwrap();
        }
        file.write_all(end.as_bytes()).unwrap();
        site.note(start);
    };
    fill(
        "Grande.md",
        "# Grande\n\nzqgrande\n\n",
        "Uma linha qualquer de uma página muito grande.\n",
        100 << 20,
        "zqfim\n",
    );
    fill("Linha.md", "# Linha\n\nzqlinha ", "palavra ", 50 << 20, "zqfim\n");
    fill("Titulos.md", "# Títulos\n\nzqtitulos\n\n", "# a\n\n", 5 << 20, "zqfim\n");
    let (long, longer) = ("a".repeat(255), "b".repeat(65_000));
    site.write("Palavras.md", &page("Palavras", &format!("zqantes {long} zqentre {longer} zqdepois")));
    site.restart();
    for (word, path) in [
        ("zqgrande", "Grande.md"),
        ("zqlinha", "Linha.md"),
        ("zqtitulos", "Titulos.md"),
        ("zqantes", "Palavras.md"),
        ("zqentre", "Palavras.md"),
        ("zqdepois", "Palavras.md"),
        ("zqvpn", "Cadastros/VPN.md"),
        (&long, "Palavras.md"),
    ] {
        assert!(site.finds(word, path), "{word}");
    }
    assert!(site.gone("zqfim"), "the end of a page that is cut");
    for (title, path) in [("grande", "Grande.md"), ("linha", "Linha.md"), ("titulos", "Titulos.md")] {
        assert_eq!(site.paths(&format!("title:{title}")), [path]);
    }
    let status = site.get_as_admin("/status").json();
    let mut listed: Vec<&str> =
        status["skipped"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    listed.sort_unstable();
    assert_eq!(listed, ["Grande.md", "Linha.md", "Titulos.md"], "{status}");
    assert!(status["skipped"][0]["reason"].as_str().is_some_and(|reason| reason.contains("first part")), "{status}");
    let peak = peak_kib(site.pid());
    println!("{peak} KiB at the peak");
    assert!(peak < PEAK_KIB, "{peak} KiB at the peak");
}

/// The most memory that a process ever had.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Bodies that nest, or open without end. What is found of them and how much becomes of them is bounded by their size; the
/// word before is found. Seen to fail with `MAX_EVENTS` of 2^60: the tables then unfold whole, without a warning.
#[test]
fn p03_nesting_unfolds_to_a_bounded_page() {
    let mut table = format!("|{}\n|{}\n", "a|".repeat(2000), "-|".repeat(2000));
    table.push_str(&"|x|\n".repeat(2000));
    let mut footnotes = String::new();
    let mut references = String::new();
    for number in 0..20_000 {
        let _ = write!(footnotes, "[^{number}] x\n\n[^{number}]: nota\n\n");
        let _ = writeln!(references, "[r{number}]: /B{number} \"t\"");
    }
    references.push('\n');
    for number in 0..20_000 {
        let _ = write!(references, "[r{number}] ");
    }
    let one_target = format!("[r]: /{} \"{}\"\n\n{}", "a".repeat(10_000), "t".repeat(10_000), "[r] ".repeat(20_000));
    let bombs = [
        ("table", table, true),
        ("footnotes", footnotes, false),
        ("references", references, false),
        ("target", one_target, false),
    ];
    let nested = [
        ">",
        "> ",
        "- ",
        "1. ",
        "* ",
        "[",
        "![",
        "[[",
        "[x](",
        "](",
        "*",
        "**a ",
        "_a",
        "*_",
        "~~",
        "`",
        "``a`",
        "<",
        "<!--",
        "<div>",
        "</div>",
        "<a ",
        "<a href=\"",
        "<b><i>",
        "<pre>",
        "<script>",
        "<http://",
        "&",
        "&amp",
        "{",
        "{{<",
        "{%",
        "%%\n",
        ":::\n",
        ":::a\n",
        "!!! a\n    ",
        "=== \"a\"\n",
        "<A b={",
        "<A>",
        "import a {\n\n",
        "export {\n\n",
        "{/*",
        "【",
        "†",
        "[^",
        "[^a]",
        "| ",
        "|a",
        "#",
        "# a\n",
        "\\",
        "^",
        "~",
        "==",
        "$",
        "$$",
        "\t",
        "a\n: ",
        "- [ ] ",
        "(",
        "\"",
        "\u{300}",
        "\u{202e}",
    ];
    let mut sources: Vec<(String, String, bool)> = bombs.map(|(name, bomb, cut)| (name.to_owned(), bomb, cut)).into();
    for part in nested {
        for count in [10_000, 100_000] {
            sources.push((format!("{part:?} × {count}"), part.repeat(count), false));
        }
    }
    for (name, bomb, must_cut) in sources {
        let source = format!("zqantes\n\n{bomb}\n\nzqdepois\n");
        let page = read(source.as_bytes());
        let (bytes, blocks) =
            (text(&page).len(), page.sections.iter().map(|section| section.blocks.len()).sum::<usize>());
        let cut = warned(&page, WarningKind::TooLarge);
        assert!(text(&page).starts_with("zqantes"), "{name}");
        assert!(bytes <= 4 * source.len(), "{name}: {bytes} bytes from {}", source.len());
        assert!(blocks + page.headings.len() <= MAX_EVENTS, "{name}: {blocks} blocks");
        assert!(page.links.len() <= 10_000 && page.warnings.len() <= 1000, "{name}");
        let anchors: usize = page.headings.iter().map(|heading| heading.anchor.0.len()).sum();
        let routes: usize = page.links.iter().flat_map(|link| &link.routes).map(String::len).sum();
        assert!(anchors + routes <= 64 * source.len(), "{name}: {anchors} and {routes} bytes of anchors and routes");
        assert!(cut || !must_cut, "{name} is cut, and says so");
    }
}

/// Titles whose anchors count on from one another: each is found in few steps. Seen to fail (it did not end) with each search
/// for a free number beginning at the heading's own.
#[test]
fn p03_anchors_that_count_on_are_linear() {
    let mut rules = Config::defaults(std::path::Path::new("")).content.page;
    rules.anchor_style = achei::page::AnchorStyle::PythonMarkdown;
    let numbers = 0..30_000;
    let mut source = String::new();
    for number in numbers.clone().chain(numbers) {
        let _ = writeln!(source, "# a_{number}\n");
    }
    let page = parse(&PagePath::new("A.md").unwrap(), source.as_bytes(), false, &rules);
    let distinct: std::collections::HashSet<&str> =
        page.headings.iter().map(|heading| heading.anchor.0.as_str()).collect();
    assert_eq!((page.headings.len(), distinct.len()), (60_000, 60_000));
    assert_eq!(page.headings[59_999].anchor.0, "a_59999");
}

/// Seen to fail with the fall back to lines taken out of `front_matter::split`, and with its limit in bytes raised. The bombs
/// cost nothing whatever the budget is, since an alias is one event: nothing is ever unfolded.
#[test]
fn p04_front_matter_costs_no_page() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    let wide = (0..4000).map(|number| format!("k{number}: v")).collect::<Vec<_>>().join("\n") + "\n";
    let cases: Vec<(&str, String, &str)> = vec![
        ("alias bomb", format!("title: Guia\n{bomb}"), "Guia"),
        ("alias bomb in the title", format!("{bomb}title: *a9\n"), "Página"),
        ("depth", format!("title: Guia\nx: {}\n", "[".repeat(10_000)), "Guia"),
        ("depth of maps", format!("title: Guia\nx: {}\n", "{a: ".repeat(10_000)), "Guia"),
        ("double keys", "title: Guia\ntitle: Outro\n".into(), "Guia"),
        ("a type", "title: !!python/object/apply:os.system [ls]\n".into(), "Página"),
        ("a plain type", "title: !!str Guia\n".into(), "Guia"),
        ("merge keys", "base: &b {title: Outro}\n<<: *b\ntitle: Guia\n".into(), "Guia"),
        ("a map", "title: {a: b}\n".into(), "Página"),
        ("a number", "title: 1.10\n".into(), "1.10"),
        ("null", "title: null\n".into(), "Página"),
        ("empty", "title:\n".into(), "Página"),
        ("broken", "title: Guia: um: dois\ntags: [a\n\tb: c\n".into(), "Guia: um: dois"),
        ("quotes left open", "title: \"Guia\ndescription: x\n".into(), "\"Guia"),
        ("many keys", format!("title: Guia\n{wide}"), "Guia"),
        ("an anchor to itself", "title: Guia\na: &a [*a]\n".into(), "Guia"),
        ("controls", "title: \"Gu\\u0007\\u001b[31mia\"\n".into(), "Gu [31mia"),
    ];
    for (name, front, title) in cases {
        let page = read(format!("---\n{front}---\n\nzqcorpo\n").as_bytes());
        assert_eq!(page.title, title, "{name}");
        assert_eq!(text(&page), "zqcorpo", "{name}");
        assert!(page.tags.len() + page.aliases.len() <= 4, "{name}");
    }
    // No end: all of it is text.
    for open in ["---\ntitle: Guia\n\nzqcorpo\n", "+++\ntitle = \"Guia\"\n\nzqcorpo\n"] {
        assert!(text(&read(open.as_bytes())).contains("zqcorpo"), "{open}");
    }
    let toml = read(b"+++\ntitle = \"Guia\"\n[x\n+++\n\nzqcorpo\n");
    assert_eq!(
        (toml.title.as_str(), text(&toml).as_str(), warned(&toml, WarningKind::FrontMatter)),
        ("Guia", "zqcorpo", true)
    );
    // At its limit, and one beyond: then it is text, and said.
    for (bytes, read_as_front) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let front = format!("title: Guia\nx: {}\n", "a".repeat(bytes - "title: Guia\nx: \n".len()));
        assert_eq!(front.len(), bytes);
        let page = read(format!("---\n{front}---\n\nzqcorpo\n").as_bytes());
        assert_eq!(page.title == "Guia", read_as_front, "{bytes}");
        assert_ne!(warned(&page, WarningKind::FrontMatter), read_as_front, "{bytes}");
        assert!(text(&page).ends_with("zqcorpo"), "{bytes}");
    }
}

/// What is broken is listed, by `achei check`. Seen to fail without the warning of front matter read line by line.
#[test]
fn p04_broken_front_matter_is_listed() {
    let site =
        Site::new().page("Quebrada.md", "---\ntitle: [a\nx: {\n---\n\nzqcorpo\n").page("Boa.md", &page("Boa", "zqboa"));
    site.expect(0, &["index"]);
    let report = site.expect(0, &["check"]);
    assert!(report.contains("Quebrada.md") && !report.contains("Boa.md"), "{report}");
    site.expect(1, &["check", "--strict"]);
}

/// Seen to fail with letters folded without taking them apart.
#[test]
fn p06_scripts_of_the_world_are_found_and_cut_whole() {
    let marks = format!("zalgo{}fim", "\u{301}\u{323}".repeat(500));
    let flags = "👩‍👩‍👧‍👦".repeat(300);
    let pages = [
        ("nfc.md", "O caf\u{e9} da manh\u{e3}".to_owned()),
        ("nfd.md", "O cafe\u{301} da manha\u{303}".to_owned()),
        ("ligature.md", "A \u{fb01}bra e o o\u{fb03}cio".to_owned()),
        ("turkish.md", "\u{130}stanbul ve I\u{11f}d\u{131}r".to_owned()),
        ("sharp.md", "Die Stra\u{df}e und STRASSENBAHN".to_owned()),
        ("zero.md", "Um bo\u{200b}le\u{ad}to e a Wi\u{2060}Fi".to_owned()),
        (
            "rtl.md",
            "O ar\u{202e}quivo txt.exe\u{202c} e \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}"
                .to_owned(),
        ),
        ("marks.md", marks),
        ("emoji.md", format!("fam\u{ed}lia {flags} zqdepois {flags}")),
        ("wide.md", "\u{ff22}\u{ff4f}\u{ff4c}\u{ff45}\u{ff54}\u{ff4f} \u{2460}".to_owned()),
        ("astral.md", "𝐁𝐨𝐥𝐞𝐭𝐨 matemático".to_owned()),
    ];
    let pages: Vec<(&str, &str)> = pages.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let mut lab = Lab::of(&pages);
    for q in ["café", "cafe\u{301}", "cafe", "CAFÉ", "manhã cafe\u{301}"] {
        let mut found = lab.paths(q);
        found.sort();
        assert_eq!(found, ["nfc.md", "nfd.md"], "{q}");
    }
    for (q, path) in [
        ("fibra", "ligature.md"),
        ("ofício", "ligature.md"),
        ("istanbul", "turkish.md"),
        ("İSTANBUL", "turkish.md"),
        ("strasse", "sharp.md"),
        ("STRAßE", "sharp.md"),
        ("שלום", "rtl.md"),
        ("مرحبا", "rtl.md"),
        ("família", "emoji.md"),
        ("zqdepois", "emoji.md"),
        ("wifi", "zero.md"),
    ] {
        assert!(lab.paths(q).iter().any(|found| found == path), "{q}: {:?}", lab.paths(q));
    }
    for q in ["\"boleto\"", "\"bo\u{200b}leto\""] {
        let found = lab.paths(q);
        assert!(
            ["zero.md", "wide.md", "astral.md"].iter().all(|path| found.iter().any(|found| found == path)),
            "{q}: {found:?}"
        );
    }
    // Every width of a snippet, over every page: nothing is cut within a character, and the marks are whole.
    for q in ["família", "zqdepois", "zalgo", "café", "شلوم שלום", "boleto"] {
        for snippet_chars in [40, 41, 42, 43, 57, 200, 1000] {
            let request = achei::search::SearchRequest { q: q.to_owned(), snippet_chars, ..Default::default() };
            for hit in lab.ask(&request).hits {
                assert_eq!(hit.snippet.matches("<mark>").count(), hit.snippet.matches("</mark>").count(), "{q}");
                assert!(!hit.snippet.contains('\u{fffd}'), "{q}");
            }
        }
    }
}
