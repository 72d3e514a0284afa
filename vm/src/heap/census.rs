//! Counting cells by kind: what a heap is full of.

use super::{GRANULE, Granule, Heap, Kind, SHAPES};
use crate::observe::Census;

impl Kind {
    /// All kinds.
    pub(crate) fn all() -> impl Iterator<Item = Kind> {
        (0..SHAPES.len() as u8).map(Kind::from_u8)
    }
}

impl Heap {
    /// Cells of a kind that the last collection found alive, or not. Before the sweep begins, that is: right after it.
    pub(crate) fn census(&mut self, kind: Kind, alive: bool) -> Census {
        let mut census = Census {
            kind,
            cells: 0,
            bytes: 0,
        };
        self.retire_run();
        let mut at: Granule = 1;
        while at < self.granules {
            // SAFETY: invariant 7; `at` moves from header to header.
            let header = unsafe { *self.at(at) };
            let length = self.length_at(at);
            if header.kind == kind as u8 && kind != Kind::Free && self.is_live(at) == alive {
                census.cells += 1;
                census.bytes += length as usize * GRANULE;
            }
            at += length;
        }
        census
    }
}
