//! The editors' desk: what looks at the whole index or database, aside of searches and one at a time.
//!
//! Its own file because such work takes as long as the wiki is large. It holds no place of a search, nobody can make
//! it run twice at once, and what it found of an index state is kept until there is another.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::problem::{Code, Problem};
use crate::search::Ailment;

/// Content health of an index state (its generation) under a configuration (its digest).
type Known = (u64, String, Arc<Vec<Ailment>>);

/// Room for one.
pub(super) struct Desk {
    seat: Arc<Semaphore>,
    known: Mutex<Option<Known>>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self { seat: Arc::new(Semaphore::new(1)), known: Mutex::new(None) }
    }

    /// Runs `work` on a thread that may block, once the one before has ended. What is not done by `deadline` goes on
    /// alone, and holds the seat until then.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let seat = Arc::clone(&self.seat).acquire_owned();
        let Ok(Ok(seat)) = timeout_at(deadline, seat).await else { return Err(Problem::new(Code::Overloaded)) };
        let work = tokio::task::spawn_blocking(move || {
            let _held = seat;
            work()
        });
        match timeout_at(deadline, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(join)) => {
                tracing::error!(panicked = join.is_panic(), "the insights ended abruptly");
                Err(Problem::new(Code::Internal))
            }
            Err(_) => Err(Problem::new(Code::Timeout)),
        }
    }

    /// What is known of a state; else what `look` finds, which is known from then on.
    pub(super) fn health<E>(
        &self,
        generation: u64,
        digest: &str,
        look: impl FnOnce() -> Result<Vec<Ailment>, E>,
    ) -> Result<Arc<Vec<Ailment>>, E> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, under, ailments)) = &*known()
            && *of == generation
            && under == digest
        {
            return Ok(Arc::clone(ailments));
        }
        let ailments = Arc::new(look()?);
        *known() = Some((generation, digest.to_owned(), Arc::clone(&ailments)));
        Ok(ailments)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_nobody_waits_for_ever() {
        let desk = Desk::new();
        let (free, wait) = std::sync::mpsc::channel::<()>();
        let soon = || Instant::now() + Duration::from_millis(50);
        let first = desk.run(soon(), move || Ok(wait.recv().is_ok())).await;
        assert_eq!(first.expect_err("still at work").code, Code::Timeout);
        assert_eq!(desk.run(soon(), || Ok(())).await.expect_err("the seat is taken").code, Code::Overloaded);
        free.send(()).expect("at work");
        let patient = Instant::now() + Duration::from_secs(60);
        assert!(desk.run(patient, || Ok(())).await.is_ok());
        let panics = desk.run(patient, || -> Result<(), Problem> { panic!("as asked") }).await;
        assert_eq!(panics.expect_err("a panic").code, Code::Internal);
        assert!(desk.run(patient, || Ok(())).await.is_ok(), "a panic frees the seat");
    }

    #[test]
    fn a_state_is_looked_at_once() {
        let (desk, looked) = (Desk::new(), std::cell::Cell::new(0));
        let look = || {
            looked.set(looked.get() + 1);
            Ok::<_, ()>(Vec::new())
        };
        for (generation, digest, times) in [(1, "a", 1), (1, "a", 1), (2, "a", 2), (2, "b", 3), (2, "b", 3)] {
            assert!(desk.health(generation, digest, look).is_ok_and(|ailments| ailments.is_empty()));
            assert_eq!(looked.get(), times, "{generation} {digest}");
        }
    }
}
