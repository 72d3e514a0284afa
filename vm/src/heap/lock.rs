//! What a program may ask of the collector: to lock the heap, to collect by hand only, a threshold, and figures.

use super::{GRANULE, Heap};

/// What MicroPython counts a threshold in: its blocks.
const BLOCK: usize = 4 * size_of::<usize>();

impl Heap {
    /// Nothing can be allocated until the same number of [`unlock`](Heap::unlock)s.
    pub(crate) fn lock(&mut self) {
        // Without a run every allocation takes the slow way, which looks.
        self.retire_run();
        self.locked = self.locked.saturating_add(1);
    }

    /// Undoes all locks for what is the VM's own; gives what [`resume_lock`](Heap::resume_lock) needs.
    pub(crate) fn pause_lock(&mut self) -> u16 {
        let locked = self.locked;
        if locked > 0 {
            self.locked = 1;
            self.unlock();
        }
        locked
    }

    /// Locks as it was before [`pause_lock`](Heap::pause_lock).
    pub(crate) fn resume_lock(&mut self, locked: u16) {
        if locked > 0 {
            self.lock();
            self.locked = locked;
        }
    }

    /// Takes one [`lock`](Heap::lock) back; how many are left.
    pub(crate) fn unlock(&mut self) -> u16 {
        self.locked = self.locked.saturating_sub(1);
        self.locked
    }

    /// Whether nothing can be allocated now.
    pub(crate) fn is_locked(&self) -> bool {
        self.locked > 0
    }

    /// Whether an allocation that finds no room may collect.
    pub(crate) fn may_collect(&self) -> bool {
        self.automatic && !self.is_locked()
    }

    /// Turns collections that allocation starts on or off.
    pub(crate) fn set_automatic(&mut self, on: bool) {
        self.automatic = on;
        self.set_budget();
    }

    /// Whether allocation may start collections.
    pub(crate) fn is_automatic(&self) -> bool {
        self.automatic
    }

    /// Bytes after which a collection is due; `None` for the VM's own choice.
    pub(crate) fn set_threshold(&mut self, bytes: Option<usize>) {
        self.threshold = bytes.map(|n| (n / BLOCK * BLOCK / GRANULE).min(u32::MAX as usize) as u32);
        self.set_budget();
    }

    /// See [`set_threshold`](Heap::set_threshold).
    pub(crate) fn threshold(&self) -> Option<usize> {
        self.threshold.map(|n| n as usize * GRANULE)
    }

    /// How much may be allocated until the next collection.
    pub(super) fn set_budget(&mut self) {
        self.budget = match self.threshold {
            _ if !self.automatic => u32::MAX,
            // A collection has to leave room for the allocation that asked for it.
            Some(n) => n.max(1),
            None => self.budget_min.max(self.used),
        };
    }

    /// Keeps the figures of a collection that left `live` granules.
    pub(super) fn note_collection(&mut self, live: u32) {
        self.peak = self.peak.max(self.used_granules());
        self.freed += self.used_granules().saturating_sub(live) as u64;
    }

    /// Bytes ever allocated.
    pub(crate) fn total_bytes(&self) -> u64 {
        (self.freed + self.used_granules() as u64) * GRANULE as u64
    }

    /// Most bytes in use so far.
    pub(crate) fn peak_bytes(&self) -> usize {
        self.peak.max(self.used_granules()) as usize * GRANULE
    }
}
