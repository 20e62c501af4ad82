//! The coalescer as tables of times, and one law: nothing is forgotten.

use proptest::prelude::*;

use super::*;

const DEBOUNCE: u64 = 50;

/// A row: at which millisecond what is pushed, or what a take then gives.
enum Row {
    Settled(u64, &'static str),
    Changes(u64, &'static str),
    Folder(u64, &'static str),
    Lost(u64),
    Retry(u64, &'static str),
    /// A take gives nothing.
    Nothing(u64),
    /// A take gives these paths; those after `!` are forced.
    Takes(u64, &'static str),
    TakesAll(u64),
    TakesNewWatcher(u64),
    /// Nothing waits any more.
    Idle,
    /// The next deadline.
    Due(u64),
}

fn play(name: &str, rows: &[Row]) {
    let start = Instant::now();
    let at = |ms: u64| start + Duration::from_millis(ms);
    let mut coalescer = Coalescer::new(Duration::from_millis(DEBOUNCE));
    for (number, row) in rows.iter().enumerate() {
        let label = format!("{name}, row {number}");
        match *row {
            Row::Settled(ms, path) => coalescer.push(Hint::Touched { path: path.to_owned(), settled: true }, at(ms)),
            Row::Changes(ms, path) => coalescer.push(Hint::Touched { path: path.to_owned(), settled: false }, at(ms)),
            Row::Folder(ms, path) => coalescer.push(Hint::Folder { path: path.to_owned() }, at(ms)),
            Row::Lost(ms) => coalescer.push(Hint::Lost, at(ms)),
            Row::Retry(ms, path) => coalescer.retry(path, at(ms)),
            Row::Nothing(ms) => assert_eq!(coalescer.take(at(ms)), None, "{label}"),
            Row::Takes(ms, expected) => {
                let words = |forced: bool| expected.split(' ').filter(move |word| word.starts_with('!') || !forced);
                let plain = |word: &str| word.trim_start_matches('!').to_owned();
                let dirty = Dirty {
                    paths: words(false).map(plain).collect(),
                    forced: words(true).map(plain).collect(),
                    ..Dirty::default()
                };
                assert_eq!(coalescer.take(at(ms)), Some(dirty), "{label}");
            }
            Row::TakesAll(ms) => {
                assert_eq!(coalescer.take(at(ms)), Some(Dirty { all: true, ..Dirty::default() }), "{label}");
            }
            Row::TakesNewWatcher(ms) => {
                let dirty = Dirty { all: true, new_watcher: true, ..Dirty::default() };
                assert_eq!(coalescer.take(at(ms)), Some(dirty), "{label}");
            }
            Row::Idle => assert_eq!((coalescer.next_deadline(), coalescer.pending()), (None, 0), "{label}"),
            Row::Due(ms) => assert_eq!(coalescer.next_deadline(), Some(at(ms)), "{label}"),
        }
    }
}

#[test]
fn settled_pages() {
    use Row::{Due, Idle, Nothing, Settled, Takes};
    play("nothing", &[Nothing(0), Idle]);
    play("the first goes at once", &[Settled(5, "a"), Due(5), Takes(5, "a"), Nothing(500), Idle]);
    play(
        "followers are one batch when no more comes",
        &[
            Settled(0, "a"),
            Takes(0, "a"),
            Settled(10, "b"),
            Nothing(50),
            Settled(40, "c"),
            Due(90),
            Nothing(89),
            Takes(90, "b c"),
            Idle,
        ],
    );
    play(
        "a burst without end is taken in parts",
        &[
            Settled(0, "a"),
            Takes(0, "a"),
            Settled(10, "b"),
            Settled(200, "c"),
            Settled(490, "d"),
            Due(510),
            Nothing(509),
            Takes(510, "b c d"),
            Settled(530, "e"),
            Due(580),
        ],
    );
    play("one after the quiet time goes at once", &[Settled(0, "a"), Takes(0, "a"), Settled(50, "b"), Takes(50, "b")]);
    play("twice is once", &[Settled(0, "a"), Settled(1, "a"), Takes(1, "a"), Idle]);
    play("all that came before the take goes with it", &[Settled(0, "a"), Settled(1, "b"), Takes(2, "a b"), Idle]);
}

#[test]
fn changing_pages() {
    use Row::{Changes, Due, Idle, Nothing, Settled, Takes};
    play(
        "quiet",
        &[Changes(0, "a"), Due(50), Nothing(49), Changes(40, "a"), Due(90), Nothing(89), Takes(90, "a"), Idle],
    );
    play("settled", &[Changes(0, "a"), Nothing(5), Settled(10, "a"), Due(10), Takes(10, "a"), Idle]);
    play(
        "one that keeps changing is forced, and comes again when quiet",
        &[
            Changes(0, "a"),
            Changes(490, "a"),
            Due(500),
            Nothing(499),
            Takes(500, "!a"),
            Nothing(501),
            Due(540),
            Changes(520, "a"),
            Takes(570, "a"),
            Idle,
        ],
    );
    play(
        "it is forced again and again",
        &[
            Changes(0, "a"),
            Changes(499, "a"),
            Takes(500, "!a"),
            Changes(999, "a"),
            Takes(1000, "!a"),
            Takes(1049, "a"),
            Idle,
        ],
    );
    play(
        "one that changes does not hold up others",
        &[Changes(0, "a"), Changes(30, "a"), Settled(40, "b"), Takes(40, "b"), Due(80), Takes(80, "a"), Idle],
    );
    play(
        "one that changes after it was settled waits again",
        &[Settled(0, "x"), Takes(0, "x"), Settled(10, "a"), Changes(20, "a"), Due(70), Takes(70, "a"), Idle],
    );
}

#[test]
fn pages_that_were_not_read_whole() {
    use Row::{Changes, Due, Idle, Nothing, Retry, Settled, Takes};
    play(
        "one that is never read whole is forced",
        &[
            Changes(0, "a"),
            Takes(50, "a"),
            Retry(100, "a"),
            Takes(150, "a"),
            Retry(400, "a"),
            Due(450),
            Takes(450, "a"),
            Retry(500, "a"),
            Takes(500, "!a"),
            Takes(550, "a"),
            Idle,
        ],
    );
    play(
        "one that was never changing is retried",
        &[Settled(0, "a"), Takes(0, "a"), Retry(10, "a"), Takes(60, "a"), Idle],
    );
    play("old troubles are forgotten", &[Changes(0, "a"), Takes(50, "a"), Nothing(2000), Retry(2000, "a"), Due(2050)]);
}

#[test]
fn folders() {
    use Row::{Changes, Due, Folder, Idle, Nothing, Settled, Takes, TakesAll};
    play("now, and again when quiet", &[Folder(0, "A"), Takes(0, "A"), Due(50), Nothing(49), Takes(50, "A"), Idle]);
    play(
        "more below delays the second look",
        &[Folder(0, "A"), Takes(0, "A"), Folder(40, "A/B"), Nothing(50), Takes(90, "A A/B"), Idle],
    );
    play(
        "pages below do not",
        &[Folder(0, "A"), Takes(0, "A"), Changes(40, "A/a.md"), Takes(50, "A"), Takes(90, "A/a.md"), Idle],
    );
    play("folders with like names are strangers", &[Folder(0, "A"), Takes(0, "A"), Folder(40, "AB"), Takes(50, "A")]);
    play(
        "a storm below is looked at before it ends",
        &[
            Folder(0, "A"),
            Takes(0, "A"),
            Folder(300, "A/B"),
            Folder(490, "A/B"),
            Takes(500, "A A/B"),
            Takes(540, "A A/B"),
            Idle,
        ],
    );
    play("one that went away is looked at once", &[Folder(0, "A"), Settled(5, "A"), Takes(5, "A"), Idle]);
    play("the directory itself", &[Folder(0, ""), Settled(0, "a"), TakesAll(0), TakesAll(50), Idle]);
}

#[test]
fn lost_events() {
    use Row::{Changes, Due, Idle, Lost, Nothing, Settled, Takes, TakesNewWatcher};
    play("at once", &[Lost(0), Lost(1), Due(0), TakesNewWatcher(1), Idle]);
    play(
        "but once a second in a storm",
        &[
            Lost(0),
            TakesNewWatcher(0),
            Lost(10),
            Due(1000),
            Settled(60, "a"),
            Takes(60, "a"),
            Nothing(999),
            TakesNewWatcher(1000),
            Lost(3000),
            TakesNewWatcher(3000),
            Idle,
        ],
    );
    play(
        "what is settled goes with it, what changes does not",
        &[Changes(0, "a"), Settled(1, "b"), Lost(2), TakesNewWatcher(2), Due(50), Takes(50, "a"), Idle],
    );
}

#[test]
fn without_a_quiet_time_everything_goes_at_once() {
    let now = Instant::now();
    let mut coalescer = Coalescer::new(Duration::ZERO);
    for settled in [true, false] {
        coalescer.push(Hint::Touched { path: "a".to_owned(), settled }, now);
        assert!(coalescer.take(now).is_some());
        assert_eq!(coalescer.next_deadline(), None);
    }
}

#[test]
fn too_many_paths_are_the_whole_directory() {
    let start = Instant::now();
    let after = |ms: u64| start + Duration::from_millis(ms);
    for (count, all) in [(MAX_PATHS, false), (MAX_PATHS + 1, true), (5 * MAX_PATHS, true)] {
        for settled in [true, false] {
            let mut coalescer = Coalescer::new(Duration::from_millis(DEBOUNCE));
            for number in 0..count {
                coalescer.push(Hint::Touched { path: number.to_string(), settled }, start);
                assert!(coalescer.pending() <= MAX_PATHS + 1);
            }
            let dirty = coalescer.take(after(50)).expect("something is due");
            assert_eq!((dirty.all, dirty.paths.len()), if all { (true, 0) } else { (false, count) });
            assert_eq!(coalescer.next_deadline(), None);
        }
    }
    // What comes while flooded is seen once all is quiet, and then things are as before.
    let mut coalescer = Coalescer::new(Duration::from_millis(DEBOUNCE));
    for number in 0..=MAX_PATHS {
        coalescer.push(Hint::Touched { path: number.to_string(), settled: true }, start);
    }
    assert!(coalescer.take(start).expect("at once").all);
    coalescer.push(Hint::Touched { path: "late".to_owned(), settled: true }, after(40));
    assert_eq!(coalescer.take(after(89)), None);
    assert!(coalescer.take(after(90)).expect("quiet").all);
    coalescer.push(Hint::Touched { path: "a".to_owned(), settled: true }, after(300));
    assert_eq!(coalescer.take(after(300)).expect("at once").paths, BTreeSet::from(["a".to_owned()]));
}

#[derive(Clone, Debug)]
enum Step {
    Push(Hint),
    Retry(String),
    Take,
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let path =
        prop::sample::select(vec!["", "a.md", "A", "A/b.md", "A/B", "A/B/c.md", "AB.md"]).prop_map(str::to_owned);
    let step = prop_oneof![
        4 => (path.clone(), any::<bool>()).prop_map(|(path, settled)| Step::Push(Hint::Touched { path, settled })),
        2 => path.clone().prop_map(|path| Step::Push(Hint::Folder { path })),
        1 => Just(Step::Push(Hint::Lost)),
        1 => path.prop_map(Step::Retry),
        3 => Just(Step::Take),
    ];
    prop::collection::vec((prop_oneof![Just(0_u64), 0..30_u64, 40..700_u64], step), 0..120)
}

proptest! {
    /// Each hint is answered by a later take of its path or of everything, Lost by a new watcher; no take is empty; a
    /// deadline is there exactly while something waits, and is kept.
    #[test]
    fn nothing_is_forgotten(steps in steps(), debounce in prop::sample::select(vec![0_u64, 1, 50, 200])) {
        let start = Instant::now();
        let mut ms = 0;
        let mut coalescer = Coalescer::new(Duration::from_millis(debounce));
        // Path (None: a new watcher) to the hints not answered yet.
        let mut open: BTreeSet<Option<String>> = BTreeSet::new();
        let answer = |open: &mut BTreeSet<Option<String>>, dirty: &Dirty| {
            prop_assert!(dirty.all || !dirty.paths.is_empty());
            prop_assert!(dirty.forced.is_subset(&dirty.paths));
            prop_assert!(dirty.all || !dirty.new_watcher);
            open.retain(|hint| match hint {
                Some(path) => !dirty.all && !dirty.paths.contains(path),
                None => !dirty.new_watcher,
            });
            Ok(())
        };
        for (pause, step) in steps {
            ms += pause;
            let now = start + Duration::from_millis(ms);
            match step {
                Step::Push(hint) => {
                    open.insert(match &hint {
                        Hint::Touched { path, .. } | Hint::Folder { path } => Some(path.clone()),
                        Hint::Lost => None,
                    });
                    coalescer.push(hint, now);
                }
                Step::Retry(path) => {
                    coalescer.retry(&path, now);
                    open.insert(Some(path));
                }
                Step::Take => {
                    let due = coalescer.next_deadline().is_some_and(|due| due <= now);
                    let taken = coalescer.take(now);
                    prop_assert_eq!(due, taken.is_some());
                    if let Some(dirty) = taken {
                        answer(&mut open, &dirty)?;
                    }
                }
            }
            prop_assert_eq!(coalescer.next_deadline().is_some(), coalescer.pending() > 0);
        }
        let mut takes = 0;
        let mut now = start + Duration::from_millis(ms);
        while let Some(due) = coalescer.next_deadline() {
            now = now.max(due);
            let dirty = coalescer.take(now);
            prop_assert!(dirty.is_some(), "a deadline without anything due");
            answer(&mut open, &dirty.unwrap_or_default())?;
            takes += 1;
            prop_assert!(takes < 100, "it never ends");
        }
        prop_assert!(open.is_empty(), "forgotten: {:?}", open);
    }
}
