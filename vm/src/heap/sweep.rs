//! The sweep: finds dead cells, joins them with their free neighbours and lists the runs. Allocation drives it, a few
//! cells at a time, so no pause grows with the size of the heap.

use super::{Granule, Heap, Kind, MARK, SMALL};

impl Heap {
    /// Sweeps until a run of at least `n` granules has been listed, or all is swept.
    pub(super) fn sweep_for(&mut self, n: u32) {
        while self.sweep_at < self.granules {
            if self.sweep_one_run() >= n {
                // An exact fit in a free list, or something to cut: either serves.
                return;
            }
        }
    }

    /// Sweeps all that is left.
    pub(crate) fn sweep_all(&mut self) {
        while self.sweep_at < self.granules {
            self.sweep_one_run();
        }
    }

    /// Skips live cells, then joins what is not live up to the next live cell. Gives the run's length.
    fn sweep_one_run(&mut self) -> u32 {
        while self.sweep_at < self.granules && self.is_live(self.sweep_at) {
            self.sweep_at += self.length_at(self.sweep_at);
        }
        let start = self.sweep_at;
        while self.sweep_at < self.granules && !self.is_live(self.sweep_at) {
            // The current run has no header for its unused part; it is not this sweep's to hand out.
            if self.sweep_at == self.run_at && self.run_end > self.run_at {
                break;
            }
            let length = self.length_at(self.sweep_at);
            #[cfg(any(feature = "gc-stress", debug_assertions))]
            self.poison(self.sweep_at, length);
            self.sweep_at += length;
        }
        let length = self.sweep_at - start;
        if self.sweep_at == self.run_at && self.run_end > self.run_at {
            self.sweep_at = self.run_end;
        }
        if length > 0 {
            return self.list(start, length);
        }
        length
    }

    /// Lists a free run. Gives how much of it may be used.
    #[cfg(not(feature = "gc-stress"))]
    fn list(&mut self, start: Granule, length: u32) -> u32 {
        self.write_free(start, length);
        self.add_run(start, length);
        length
    }

    /// Lists the part of a free run that no cell ever had; the rest is kept out of use, so that whoever still holds a
    /// freed cell finds the poison there.
    #[cfg(feature = "gc-stress")]
    fn list(&mut self, start: Granule, length: u32) -> u32 {
        let kept = self.fence.saturating_sub(start).min(length);
        if kept > 0 {
            self.write_free(start, kept);
        }
        if length > kept {
            self.write_free(start + kept, length - kept);
            self.add_run(start + kept, length - kept);
        }
        length - kept
    }

    fn is_live(&self, at: Granule) -> bool {
        if at == self.run_at && self.run_end > self.run_at {
            return false;
        }
        // SAFETY: invariant 7; the sweep moves from header to header.
        let header = unsafe { *self.at(at) };
        header.kind != Kind::Free as u8 && header.flags & MARK == self.colour
    }

    /// Granules of the cell or free run at `at`.
    pub(super) fn length_at(&self, at: Granule) -> u32 {
        // SAFETY: invariant 7; `at` is the start of a cell or of a free run.
        let header = unsafe { *self.at(at) };
        if header.kind == Kind::Free as u8 {
            self.free_length(at)
        } else {
            Heap::granules_of(&header).max(1)
        }
    }

    /// Starts a new cycle after marking: nothing is known to be free.
    pub(super) fn start_sweep(&mut self, live: u32) {
        self.free = [0; SMALL + 1];
        self.bins.fill(0);
        (self.run_at, self.run_end) = (0, 0);
        self.sweep_at = 1;
        self.note_collection(live);
        self.used = live;
        self.spent = 0;
        self.set_budget();
    }

    /// Fills a dead cell, header and all, so that a use after free shows. A free run, poisoned before, stays as it is.
    #[cfg(any(feature = "gc-stress", debug_assertions))]
    fn poison(&mut self, at: Granule, length: u32) {
        let cell = self.at(at);
        // SAFETY: invariant 7; the cell is dead and inside the buffer, and its header is written again when it is listed.
        unsafe {
            if (*cell).kind != Kind::Free as u8 {
                core::ptr::write_bytes(cell as *mut u8, 0xDB, length as usize * super::GRANULE);
            }
        }
    }
}
