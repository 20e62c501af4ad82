//! X02, cold start: the first index of a large wiki, killed at half.
//!
//! Its own file because it has no world of edits: one directory, large, and two starts over it.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use crate::figures::peak_kb;
use crate::site::{Site, page, word};

/// The parts of a build that may be lost: what was read after the last checkpoint, which comes every 20 seconds at least.
const LOST_AT_MOST: f64 = 0.9;
/// Resident, at the most, mapped files included: bounded by the writer's memory and not by the number of pages.
const MOST_RESIDENT_KB: u64 = 400 << 10;
/// No page takes longer than this on any machine: what hangs is found out.
const MOST_A_PAGE: Duration = Duration::from_millis(20);

/// `/readyz` says 503 until the first complete comparison; after a kill at half the next start does not begin anew; every
/// page is then found. Seen to fail without checkpoints in `apply` (the next start began anew).
pub fn start(mut site: Site, pages: u64) {
    assert!(pages >= 1_000, "fewer are done before they can be killed");
    write(&site, pages);
    let budget = MOST_A_PAGE * u32::try_from(pages).unwrap() + Duration::from_secs(30);

    let began = Instant::now();
    site.launch();
    while site.parsed() < pages / 2 {
        assert_eq!(site.get("/readyz").status, 503, "half an index is not ready");
        assert!(began.elapsed() < budget, "half of the pages not within {budget:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (parsed, peak) = (site.parsed(), peak_kb(&site));
    site.kill();
    println!("killed after {parsed} of {pages} pages and {:.1} s, peak {peak} kB", began.elapsed().as_secs_f64());

    let began = Instant::now();
    site.launch();
    while site.get("/readyz").status != 200 {
        assert!(site.runs(), "the daemon has died: {}", site.log());
        assert!(began.elapsed() < budget, "not ready within {budget:?}: {}", site.status());
        std::thread::sleep(Duration::from_millis(20));
    }
    let (again, peak) = (site.parsed(), peak.max(peak_kb(&site)));
    println!(
        "{again} pages read after the restart, ready after {:.1} s, peak {peak} kB",
        began.elapsed().as_secs_f64()
    );
    assert!(site.log().contains("going on with an index that was being built"), "{}", site.log());
    let kept = pages.saturating_sub(again);
    assert!(kept as f64 >= parsed as f64 * (1.0 - LOST_AT_MOST), "of {parsed} pages {kept} were kept");
    assert!(peak <= MOST_RESIDENT_KB, "peak {peak} kB");
    assert_eq!(site.status()["pages"].as_u64(), Some(pages));
    for number in (0..pages).step_by(usize::try_from(pages / 500).unwrap()) {
        assert!(site.finds(&word(number as usize), &path(number)), "page {number}");
    }
    println!("cold start holds");
}

fn path(number: u64) -> String {
    format!("Pasta{}/Parte{}/P{number}.md", number % 50, number % 7)
}

/// Pages of one to six kilobytes.
fn write(site: &Site, pages: u64) {
    const TEXT: &str =
        "Como emitir a segunda via do boleto para o cliente e conferir a configuração da rede no contrato.";
    for number in 0..pages {
        let at = site.content().join(path(number));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        let mut text = format!("{}.\n", word(number as usize));
        for line in 0..10 + number % 50 {
            writeln!(text, "\n{TEXT} Passo {line} de {number}.").unwrap();
        }
        fs::write(at, page(&format!("Página {number}"), &text)).unwrap();
    }
}
