//! The sweep: finds the stretches that no reached cell covers, by the map alone. Allocation drives it, a stretch at a
//! time, so no pause grows with what is dead, and dead cells are never looked at.

use super::{Granule, Heap, Kind, SMALL};

impl Heap {
    /// The next free stretch, which is the caller's then: start and length. Nothing where all is swept.
    pub(super) fn sweep_next(&mut self) -> Option<(Granule, u32)> {
        let start = self.unreached()?;
        #[cfg(feature = "gc-stress")]
        let start = {
            let mut start = self.quarantine(start);
            while start == self.sweep_at {
                let next = self.unreached()?;
                start = self.quarantine(next);
            }
            start
        };
        Some((start, self.sweep_at - start))
    }

    /// Moves the sweep behind the next stretch that was not reached. Gives its start.
    fn unreached(&mut self) -> Option<Granule> {
        let start = self.reached.find(self.sweep_at, false);
        self.sweep_at = self.reached.find(start, true);
        if start >= self.sweep_at {
            return None;
        }
        #[cfg(any(feature = "gc-stress", debug_assertions))]
        self.poison(start, self.sweep_at);
        Some(start)
    }

    /// Sweeps all that is left.
    pub(crate) fn sweep_all(&mut self) {
        while let Some((start, length)) = self.sweep_next() {
            self.write_free(start, length);
            self.add_run(start, length);
        }
    }

    /// Granules of the cell or free run at `at`.
    pub(super) fn length_at(&self, at: Granule) -> u32 {
        // SAFETY: invariant 7; `at` is the start of a cell or of a free run.
        let header = unsafe { &*self.at(at) };
        if header.kind == Kind::Free as u8 {
            self.free_length(at)
        } else {
            Heap::granules_of(header).max(1)
        }
    }

    /// Whether the cell at `at` is in use, as far as is known: behind the sweep everything is that is not free.
    pub(super) fn is_live(&self, at: Granule) -> bool {
        // SAFETY: invariant 7; `at` is the start of a cell or of a free run.
        let kind = unsafe { (*self.at(at)).kind };
        kind != Kind::Free as u8 && (at < self.sweep_at || self.reached.get(at))
    }

    /// Starts a new cycle after marking: nothing is known to be free.
    pub(super) fn start_sweep(&mut self, live: u32) {
        self.free = [0; SMALL + 1];
        self.bins.fill(0);
        self.sweep_at = 1;
        self.note_collection(live);
        self.used = live;
        self.spent = 0;
        self.set_budget();
    }

    /// Keeps the part of a free stretch that cells have had out of use, so that whoever still holds a freed cell finds
    /// the poison there. Gives where the rest begins.
    #[cfg(feature = "gc-stress")]
    fn quarantine(&mut self, start: Granule) -> Granule {
        let kept = self.fence.saturating_sub(start).min(self.sweep_at - start);
        if kept > 0 {
            self.write_free(start, kept);
        }
        start + kept
    }

    /// Fills the dead cells from `at` to `end`, header and all, so that a use after free shows. A free run, poisoned
    /// before, stays as it is.
    #[cfg(any(feature = "gc-stress", debug_assertions))]
    fn poison(&mut self, mut at: Granule, end: Granule) {
        while at < end {
            let length = self.length_at(at);
            let cell = self.at(at);
            // SAFETY: invariant 7; the cell is dead and inside the buffer, and its header is written again when it is
            // listed or handed out.
            unsafe {
                if (*cell).kind != Kind::Free as u8 {
                    let bytes = length as usize * super::GRANULE;
                    core::ptr::write_bytes(cell as *mut u8, 0xDB, bytes);
                }
            }
            at += length;
        }
        debug_assert!(at == end, "cells do not end where the map says");
    }
}
