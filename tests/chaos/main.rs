//! Chaos: the real binary under random file operations, faults, signals and restarts, against the oracle.
//!
//! A command of its own, as it runs for minutes: `cargo test --test chaos -- --minutes 3 --seed 7`. The seed is printed.
//! With `--soak` the daemon is never ended, is searched and rebuilt all the time, and must stay of one size: memory,
//! descriptors, threads and index are told at each quarter.

#![allow(clippy::unwrap_used, reason = "a run ends at the first thing that is not as it should be")]

#[allow(dead_code, reason = "the harness of the other tests, of which this uses a part")]
#[path = "../it/site.rs"]
mod site;

mod figures;
mod operations;
mod oracle;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use figures::Figures;
use operations::World;
use site::Site;

/// After quiet, the index equals the directory within one `rescan_interval_s` (10) and what a busy machine takes.
const WITHIN: Duration = Duration::from_secs(90);
const CONFIG: &str = "[watch]\nrescan_interval_s = 10\n";

struct Arguments {
    length: Duration,
    seed: u64,
    soak: bool,
}

fn main() {
    let arguments = arguments();
    println!(
        "seed {}, {} s, {}",
        arguments.seed,
        arguments.length.as_secs(),
        if arguments.soak { "soak" } else { "chaos" }
    );
    let mut world = World::new(arguments.seed, Site::new().config(CONFIG));
    world.begin();
    if arguments.soak { soak(&mut world, arguments.length) } else { chaos(&mut world, arguments.length) }
}

fn chaos(world: &mut World, length: Duration) {
    let began = Instant::now();
    let (mut rounds, mut drift) = (0, 0);
    while began.elapsed() < length {
        let count = 1 + world.random.below(12);
        let done: Vec<String> = (0..count).map(|_| world.operate()).collect();
        if world.random.below(3) == 0 {
            let fault = world.fault();
            println!("round {rounds}: {done:?}, {fault}");
        }
        converge(world, &done);
        drift = drift.max(world.metric("achei_reconcile_drift_total") as u64);
        rounds += 1;
    }
    println!("{rounds} rounds hold; most drift of one process {drift}");
}

/// The index comes to equal the directory, and nothing in it was touched.
fn converge(world: &mut World, done: &[String]) {
    let expected = oracle::expected(&world.site.content());
    let before = oracle::facts(&world.site.content());
    let dead = world.dead_words();
    let end = Instant::now() + WITHIN;
    while let Some(wrong) = oracle::wrong(&world.site, &expected, &dead) {
        assert!(world.site.runs(), "the daemon has died: {}", world.site.log());
        assert!(
            Instant::now() < end,
            "seed {}: {wrong}\nafter {done:?}\n{}\n{}",
            world.seed,
            world.site.status(),
            world.site.log()
        );
        std::thread::sleep(Duration::from_millis(30));
    }
    assert_eq!(world.site.get("/healthz").status, 200);
    assert!(oracle::facts(&world.site.content()) == before, "seed {}: the content was touched", world.seed);
}

fn soak(world: &mut World, length: Duration) {
    let (stop, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let base = world.site.base().to_owned();
    let mut quarters: Vec<Figures> = Vec::new();
    std::thread::scope(|scope| {
        for word in ["palavra", "\"uma palavra\"", "pagina conf", "zqaaa"] {
            let (stop, asked, base) = (&stop, &asked, &base);
            scope.spawn(move || {
                let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
                while !stop.load(Ordering::Relaxed) {
                    let answer =
                        agent.get(format!("{base}/search?q={}", word.replace(' ', "+").replace('"', "%22"))).call();
                    let status = answer.map(|answer| answer.status().as_u16());
                    assert!(matches!(status, Ok(200 | 503)), "{status:?}");
                    asked.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
        // Whatever fails below must not leave the load running.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let began = Instant::now();
            let mut rounds = 0;
            for quarter in 0..=4 {
                while began.elapsed() < length * quarter / 4 {
                    let done: Vec<String> = (0..6).map(|_| world.edit()).collect();
                    if rounds % 10 == 9 {
                        world.site.reindex("?wait=true", r#"{"rebuild": true}"#);
                    }
                    converge(world, &done);
                    rounds += 1;
                }
                let figures = Figures::of(&world.site);
                println!("{quarter}/4: {figures}, {rounds} rounds, {} searches", asked.load(Ordering::Relaxed));
                quarters.push(figures);
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    // The first quarter warms caches and pools up.
    quarters[4].assert_no_larger(&quarters[1]);
}

fn arguments() -> Arguments {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let mut arguments = Arguments { length: Duration::from_secs(180), seed: now.as_nanos() as u64 >> 10, soak: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse::<f64>().ok()).expect("a number");
        match word.as_str() {
            "--minutes" => arguments.length = Duration::from_secs_f64(number() * 60.0),
            "--seed" => arguments.seed = number() as u64,
            "--soak" => arguments.soak = true,
            _ => panic!("{word}? --minutes N, --seed N, --soak"),
        }
    }
    arguments
}
