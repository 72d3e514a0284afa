//! Work on many files at once.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// How many workers to start when nobody said.
pub fn default_workers() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// `work` on the index of every item from 0 to `count`, by up to `workers` threads; results in order.
///
/// # Errors
/// The error of the lowest index that failed. Indices are handed out in order, so all below a failing one are
/// finished too, and the same input gives the same error whatever the threads' timing.
pub fn map<T, E, F>(count: usize, workers: NonZeroUsize, work: F) -> Result<Vec<T>, E>
where
    T: Send,
    E: Send,
    F: Fn(usize) -> Result<T, E> + Sync,
{
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let worker = || {
        let mut done = Vec::with_capacity(count / workers + 1);
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let result = work(index);
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            done.push((index, result));
        }
        done
    };
    let helpers = workers.get().min(count).saturating_sub(1);
    let mut results = thread::scope(|scope| {
        let handles: Vec<_> = (0..helpers).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for handle in handles {
            match handle.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUR: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    #[test]
    fn results_keep_the_order_of_the_items() {
        let squares = map(1000, FOUR, |i| Ok::<_, ()>(i * i)).unwrap();
        assert!(squares.iter().enumerate().all(|(i, s)| *s == i * i));
    }

    #[test]
    fn the_first_error_wins() {
        for _ in 0..50 {
            let result = map(100, FOUR, |i| if i % 10 == 7 { Err(i) } else { Ok(i) });
            assert_eq!(result, Err(7));
        }
    }

    #[test]
    fn nothing_to_do_is_no_error() {
        assert_eq!(map(0, FOUR, |_| Err::<(), _>(())), Ok(vec![]));
    }
}
