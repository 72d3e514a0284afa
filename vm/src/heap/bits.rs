//! One bit a granule, beside the heap: set for every granule of a cell that a collection reached.
//!
//! So a stretch of clear bits is free whatever was in it, and the sweep looks at no cell.

use super::Granule;

/// Bits of a word of the map.
const BITS: u32 = usize::BITS;

/// The map: it lies behind the granules, in the same buffer.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    words: *mut usize,
    granules: u32,
    /// Granules below this may be in cells; the words beyond were never written, so that a large heap of which little is
    /// used costs little. A multiple of a word's.
    covered: u32,
}

impl Bits {
    /// Words that a map of so many granules takes.
    pub(super) const fn words(granules: u32) -> usize {
        granules.div_ceil(BITS) as usize
    }

    /// A map with no bit set, that covers no granule yet.
    ///
    /// # Safety
    /// `words` leads to [`Bits::words`]`(granules)` words that stay the map's alone.
    pub(super) const unsafe fn new(words: *mut usize, granules: u32) -> Bits {
        Bits {
            words,
            granules,
            covered: 0,
        }
    }

    /// Covers the granules below `end`: cells may be there from now on.
    #[inline(always)]
    pub(super) fn cover(&mut self, end: Granule) {
        if end > self.covered {
            self.cover_more(end);
        }
    }

    #[cold]
    fn cover_more(&mut self, end: Granule) {
        let (before, after) = (self.covered / BITS, end.div_ceil(BITS));
        debug_assert!(end <= self.granules);
        // SAFETY: invariant 7; words of the map.
        unsafe {
            let new = self.words.wrapping_add(before as usize);
            new.write_bytes(0, (after - before) as usize);
        }
        self.covered = after * BITS;
    }

    /// The word of a granule, and the granule's bit within it.
    #[inline(always)]
    fn place(self, at: Granule) -> (*mut usize, u32) {
        debug_assert!(at < self.granules && at < self.covered);
        (self.words.wrapping_add((at / BITS) as usize), at % BITS)
    }

    pub(super) fn clear_all(&mut self) {
        // SAFETY: invariant 7; the words that `cover` wrote.
        unsafe { self.words.write_bytes(0, (self.covered / BITS) as usize) };
    }

    /// The bit of a granule that is covered.
    #[inline(always)]
    pub(super) fn get(self, at: Granule) -> bool {
        let (word, bit) = self.place(at);
        // SAFETY: invariant 7; `place` gives a word of the map.
        unsafe { *word >> bit & 1 != 0 }
    }

    /// Sets the bits of `n` granules from `at` on, one at least.
    #[inline(always)]
    pub(super) fn set(self, at: Granule, n: u32) {
        self.write(at, n, true);
    }

    /// Clears the bits of `n` granules from `at` on.
    pub(super) fn clear(self, at: Granule, n: u32) {
        self.write(at, n, false);
    }

    #[inline(always)]
    fn write(self, at: Granule, n: u32, set: bool) {
        debug_assert!(n > 0 && n <= self.granules - at);
        let (mut word, mut bit) = self.place(at);
        if (set || !cfg!(romfs_vm_small)) && bit + n < BITS {
            let mask = ((1 << n) - 1) << bit;
            // SAFETY: invariant 7; a word of the map.
            unsafe {
                *word = if set { *word | mask } else { *word & !mask };
            }
            return;
        }
        let mut left = n;
        loop {
            let here = left.min(BITS - bit);
            let mask = (usize::MAX >> (BITS - here)) << bit;
            // SAFETY: invariant 7; words of the map, which has `n` granules from `at` on.
            unsafe {
                *word = if set { *word | mask } else { *word & !mask };
            }
            left -= here;
            if left == 0 {
                return;
            }
            word = word.wrapping_add(1);
            bit = 0;
        }
    }

    /// The first granule from `at` on whose bit is set, or clear; the number of granules where there is none.
    pub(super) fn find(self, at: Granule, set: bool) -> Granule {
        let beyond = |at: Granule| {
            if set {
                self.granules
            } else {
                at.min(self.granules)
            }
        };
        if at >= self.covered.min(self.granules) {
            return beyond(at);
        }
        let flip = if set { 0 } else { usize::MAX };
        let (mut word, bit) = self.place(at);
        let mut from = at - bit;
        // SAFETY: invariant 7; covered words only: `from` is the first granule of `word`.
        let mut bits = unsafe { *word ^ flip } & usize::MAX << bit;
        while bits == 0 {
            from += BITS;
            if from >= self.covered {
                return beyond(from);
            }
            word = word.wrapping_add(1);
            // SAFETY: invariant 7; likewise.
            bits = unsafe { *word ^ flip };
        }
        (from + bits.trailing_zeros()).min(self.granules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_across_words() {
        let mut words = [usize::MAX; 5];
        // SAFETY: invariant 7; the array outlives the map, which has its length.
        let mut map = unsafe { Bits::new(words.as_mut_ptr(), 4 * BITS + 7) };
        assert_eq!((map.find(0, true), map.find(9, false)), (4 * BITS + 7, 9));
        map.cover(BITS + 1);
        assert_eq!(map.find(0, true), 4 * BITS + 7);
        assert_eq!(map.find(3, false), 3);
        map.set(BITS, BITS);
        assert_eq!(map.find(BITS, false), 2 * BITS);
        map.clear(BITS, BITS);
        map.cover(4 * BITS + 7);
        assert_eq!(map.find(0, true), 4 * BITS + 7);
        for (at, n) in [
            (3, 2),
            (BITS - 1, 2),
            (2 * BITS, 2 * BITS),
            (4 * BITS + 6, 1),
        ] {
            map.set(at, n);
        }
        let mut runs = std::vec::Vec::new();
        let mut at = 0;
        while at < 4 * BITS + 7 {
            let start = map.find(at, true);
            at = map.find(start, false);
            runs.push((start, at));
        }
        let end = 4 * BITS;
        assert_eq!(
            runs,
            [
                (3, 5),
                (BITS - 1, BITS + 1),
                (2 * BITS, end),
                (end + 6, end + 7)
            ]
        );
        map.clear(BITS, 2 * BITS + 1);
        assert!(map.get(BITS - 1) && !map.get(BITS) && !map.get(3 * BITS) && map.get(3 * BITS + 1));
        assert_eq!(map.find(BITS, true), 3 * BITS + 1);
    }
}
