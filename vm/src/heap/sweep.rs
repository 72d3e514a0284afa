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
            self.sweep_at += self.length_at(self.sweep_at);
        }
        let length = self.sweep_at - start;
        if self.sweep_at == self.run_at && self.run_end > self.run_at {
            self.sweep_at = self.run_end;
        }
        if length > 0 {
            self.write_free(start, length);
            #[cfg(any(feature = "gc-stress", debug_assertions))]
            self.poison(start, length);
            self.add_run(start, length);
        }
        length
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

    /// Fills what was freed, so that a use after free shows. Headers stay: the heap can still be walked.
    #[cfg(any(feature = "gc-stress", debug_assertions))]
    fn poison(&mut self, start: Granule, length: u32) {
        let keep = if length >= u16::MAX as u32 {
            size_of::<super::Header>() + 4
        } else {
            size_of::<super::Header>()
        };
        let bytes = length as usize * super::GRANULE;
        if bytes > keep {
            // SAFETY: invariant 7; the run is free and inside the buffer.
            unsafe {
                core::ptr::write_bytes((self.at(start) as *mut u8).add(keep), 0xDB, bytes - keep)
            };
        }
    }
}
