//! Counts how many inputs get past the first test, since a fuzzer that never does proves nothing.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const REPORT_EVERY: u64 = 1 << 16;

/// Inputs seen, and those of them that were let in.
pub struct Tally {
    seen: AtomicU64,
    past: AtomicU64,
}

impl Tally {
    pub const fn new() -> Self {
        Self {
            seen: AtomicU64::new(0),
            past: AtomicU64::new(0),
        }
    }

    /// Counts an input, and prints the share now and then.
    pub fn count(&self, past: bool) {
        let past = self.past.fetch_add(past.into(), Relaxed) + u64::from(past);
        let seen = self.seen.fetch_add(1, Relaxed) + 1;
        if seen.is_multiple_of(REPORT_EVERY) {
            eprintln!("tally: {seen} inputs, {past} past the header");
        }
    }
}
