//! The gate before the engine: so many searches run, so many wait, the rest is turned away at once.
//!
//! Its own file because every endpoint that asks the engine must pass it: a search cannot be cancelled from outside,
//! so it holds its place until it has really ended, whether or not someone still waits for it.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::metrics::REJECTED;
use super::problem::{Code, Problem};
use crate::search::SearchError;

/// Lets in as many searches as the machine can run.
pub(super) struct Gate {
    /// Those running and those waiting.
    places: Arc<Semaphore>,
    /// Those running.
    running: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(threads: usize, queue: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS / 2);
        let places = threads + queue.min(Semaphore::MAX_PERMITS / 2);
        Self { places: Arc::new(Semaphore::new(places)), running: Arc::new(Semaphore::new(threads)) }
    }

    /// Runs `work` on a thread that may block, when its turn has come.
    ///
    /// A full queue, no answer by `deadline`, and a search out of time are 503; a panic and a failing engine 500.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            metrics::counter!(REJECTED).increment(1);
            return Err(Problem::new(Code::Overloaded));
        };
        let turn = Arc::clone(&self.running).acquire_owned();
        let Ok(Ok(turn)) = timeout_at(deadline, turn).await else {
            metrics::counter!(REJECTED).increment(1);
            return Err(Problem::new(Code::Overloaded));
        };
        let search = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        match timeout_at(deadline, search).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(SearchError::Timeout { .. }))) => Err(Problem::new(Code::SearchTimeout)),
            Ok(Ok(Err(SearchError::Index(cause)))) => {
                tracing::error!(%cause, "a search failed");
                Err(Problem::new(Code::Internal))
            }
            Ok(Err(join)) => {
                // What the panic said stays out of the log: it may quote the query.
                tracing::error!(panicked = join.is_panic(), "a search ended abruptly");
                Err(Problem::new(Code::Internal))
            }
            Err(_) => Err(Problem::new(Code::Timeout)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn turns_away_what_cannot_wait_and_lets_in_again() {
        let gate = Arc::new(Gate::new(1, 1));
        let (open, opened) = mpsc::channel::<()>();
        let (entered, has_entered) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move {
                gate.run(soon(), move || {
                    let _ = entered.send(());
                    opened.recv().map_err(|_| SearchError::Index("closed".into()))
                })
                .await
            }
        });
        has_entered.await.expect("the first runs");
        let second = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.run(soon(), || Ok(2)).await }
        });
        while gate.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let third = gate.run(soon(), || Ok(3)).await.expect_err("the queue is full");
        assert_eq!(third.code, Code::Overloaded);
        open.send(()).expect("the first waits");
        assert_eq!(first.await.expect("joined"), Ok(()));
        assert_eq!(second.await.expect("joined"), Ok(2));
        assert_eq!(gate.run(soon(), || Ok(4)).await, Ok(4));
    }

    #[tokio::test]
    async fn a_search_out_of_time_keeps_its_place_until_it_has_ended() {
        let gate = Gate::new(1, 0);
        let (open, opened) = mpsc::channel::<()>();
        let due = Instant::now() + Duration::from_millis(20);
        let late = gate.run(due, move || opened.recv().map_err(|_| SearchError::Index("closed".into()))).await;
        assert_eq!(late.expect_err("late").code, Code::Timeout);
        assert_eq!(gate.run(soon(), || Ok(())).await.expect_err("still taken").code, Code::Overloaded);
        open.send(()).expect("it runs");
        while gate.places.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.run(soon(), || Ok(())).await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer() {
        let gate = Gate::new(1, 0);
        for _ in 0..3 {
            let failed = gate.run::<()>(soon(), || panic!("a word of the query")).await.expect_err("a panic");
            assert_eq!(failed.code, Code::Internal);
            while gate.places.available_permits() == 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(gate.run(soon(), || Ok(1)).await, Ok(1));
    }
}
