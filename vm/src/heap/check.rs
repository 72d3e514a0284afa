//! The heap checker: walks every cell and list and says what is wrong, for debug builds and hostile tests.

use super::{GRANULE, Granule, Heap, Kind, SHAPES, SMALL};

/// What the checker found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A header names no kind, at this byte offset.
    Kind(usize),
    /// A cell runs past the end of the heap.
    Length(usize),
    /// A free list holds something that is not free.
    List(usize),
    /// The count of used granules is off: counted, kept.
    Count(u32, u32),
    /// The map says otherwise of a cell ahead of the sweep than of its first granule, at this byte offset.
    Map(usize),
}

impl Heap {
    /// Walks the whole heap.
    ///
    /// # Errors
    /// The first fault found. A sound VM never has one.
    pub fn check(&mut self) -> Result<(), Fault> {
        self.retire_run();
        let mut at: Granule = 1;
        let mut live = 0;
        while at < self.granules {
            // SAFETY: invariant 7; `at` moves from header to header, each length checked below.
            let header = unsafe { *self.at(at) };
            if header.kind as usize >= SHAPES.len() {
                return Err(Fault::Kind(at as usize * GRANULE));
            }
            let length = self.length_at(at);
            if length == 0 || length > self.granules - at {
                return Err(Fault::Length(at as usize * GRANULE));
            }
            if self.is_live(at) {
                live += length;
            }
            if at >= self.sweep_at && !self.is_of_one_mind(at, length) {
                return Err(Fault::Map(at as usize * GRANULE));
            }
            at += length;
        }
        self.check_lists()?;
        if live != self.used {
            return Err(Fault::Count(live, self.used));
        }
        Ok(())
    }

    /// Whether the map has one bit for all granules of a cell, and none for those of a free run.
    fn is_of_one_mind(&self, at: Granule, length: u32) -> bool {
        let reached = self.reached.find(at, true) == at;
        self.reached.find(at, !reached) >= at + length && (self.is_live(at) || !reached)
    }

    fn check_lists(&self) -> Result<(), Fault> {
        for size in 1..=SMALL {
            self.check_list(self.free[size], |n| n as usize == size)?;
        }
        for (bin, &head) in self.bins.iter().enumerate() {
            self.check_list(head, |n| n as usize > SMALL && super::bin(n) == bin)?;
        }
        Ok(())
    }

    fn check_list(&self, mut at: Granule, fits: impl Fn(u32) -> bool) -> Result<(), Fault> {
        let mut steps = 0;
        while at != 0 {
            let wrong = Err(Fault::List(at as usize * GRANULE));
            if at >= self.granules || steps > self.granules {
                return wrong;
            }
            // SAFETY: invariant 7; `at` was checked to lie in the buffer.
            let header = unsafe { *self.at(at) };
            if header.kind != Kind::Free as u8 || !fits(self.free_length(at)) {
                return wrong;
            }
            at = header.len;
            steps += 1;
        }
        Ok(())
    }
}
