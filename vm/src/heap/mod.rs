//! The heap: cells in a caller's buffer, never moved, collected precisely by mark and sweep.
//!
//! The buffer is cut in granules of two words. A cell is a run of granules that begins with a [`Header`], so the whole
//! heap can be walked from its start. Cells of up to [`SMALL`] granules come from a free list per size, or are cut off
//! the current *run* (a stretch that is all free); larger ones from runs kept by size. What is free is found by a sweep
//! that allocation drives a little at a time.
//!
//! A live cell carries the colour of the last collection in its header. Marking flips the colour, so that nothing has
//! to be cleared, and a cell that the sweep reaches with the old colour is free.

mod census;
pub mod check;
pub mod kind;
mod lock;
pub mod mark;
mod sweep;

use core::mem::MaybeUninit;
use core::ptr::NonNull;

pub use kind::{Header, Kind, MARK, SHAPES, Traced};

use crate::value::Value;

/// Bytes of a granule.
pub const GRANULE: usize = 2 * size_of::<usize>();
/// Largest cell, in granules, that has a free list of its own size.
pub const SMALL: usize = 8;
/// Runs longer than [`SMALL`] are kept in lists by the power of two below their length.
const BINS: usize = 28;
/// The most granules that become the current run at once: how often the collection budget is looked at.
const RUN: u32 = 4096;

/// A type that lies at the start of a cell of one kind.
///
/// # Safety
/// `Self` is `repr(C)`, begins with a [`Header`], and every cell whose header says `KIND` holds a valid `Self`.
pub unsafe trait Cell: Sized {
    /// The kind of such cells.
    const KIND: Kind;
}

/// Granules, as indices; zero is none.
type Granule = u32;

/// The heap in the caller's buffer.
pub struct Heap {
    base: *mut u8,
    granules: u32,
    /// Heads of the free lists of 1..=SMALL granules.
    free: [Granule; SMALL + 1],
    /// Heads of the lists of longer runs, by the logarithm of their length.
    bins: [Granule; BINS],
    run_at: Granule,
    run_end: Granule,
    /// Where the sweep is; `granules` when it is done.
    sweep_at: Granule,
    /// The mark bit that live cells have.
    colour: u8,
    /// Granules in cells: live ones, and those not yet known to be dead.
    used: u32,
    /// Granules that may be allocated until the next collection is due.
    budget: u32,
    /// Granules allocated since the last collection, counted a run at a time.
    spent: u32,
    /// What `budget` is set to after a collection, at least.
    pub(crate) budget_min: u32,
    /// Free lists put away while the heap is locked.
    parked: [Granule; SMALL + 1],
    /// How often the heap is locked: nothing is allocated until it is zero again.
    locked: u16,
    /// Whether allocation may start a collection.
    automatic: bool,
    /// Granules between collections that the program asked for.
    threshold: Option<u32>,
    /// Most granules in use so far.
    peak: u32,
    /// Granules freed so far.
    freed: u64,
    /// How often a collection ran.
    pub(crate) collections: u32,
    /// Allocations until one fails.
    #[cfg(feature = "alloc-countdown")]
    countdown: Option<u32>,
    /// Whether the next try fails too: the one after a collection.
    #[cfg(feature = "alloc-countdown")]
    failing: bool,
    /// Where memory that no cell ever had begins: what is freed below it is kept out of use while there is any.
    #[cfg(feature = "gc-stress")]
    fence: Granule,
}

impl Heap {
    /// A heap over `memory`, all of it free. A part below one granule at either end is lost to alignment.
    pub fn new(memory: &mut [MaybeUninit<u8>]) -> Heap {
        let start = memory.as_mut_ptr() as *mut u8;
        let skip = start.align_offset(GRANULE).min(memory.len());
        let granules = ((memory.len() - skip) / GRANULE).min(u32::MAX as usize / 2) as u32;
        Heap {
            base: start.wrapping_add(skip),
            granules,
            free: [0; SMALL + 1],
            bins: [0; BINS],
            run_at: 0,
            run_end: 0,
            sweep_at: granules.min(1),
            colour: 0,
            used: 0,
            budget: u32::MAX,
            spent: 0,
            budget_min: (1 << 20) / GRANULE as u32,
            parked: [0; SMALL + 1],
            locked: 0,
            automatic: true,
            threshold: None,
            peak: 0,
            freed: 0,
            collections: 0,
            #[cfg(feature = "alloc-countdown")]
            countdown: None,
            #[cfg(feature = "alloc-countdown")]
            failing: false,
            #[cfg(feature = "gc-stress")]
            fence: 0,
        }
        .with_first_run()
    }

    /// Granule 0 stays unused, so that an index of zero can mean none.
    fn with_first_run(mut self) -> Heap {
        if self.granules > 1 {
            self.write_free(1, self.granules - 1);
            self.sweep_at = self.granules;
            self.add_run(1, self.granules - 1);
        }
        self.budget = self.budget_min;
        self
    }

    /// Bytes that cells take.
    pub fn used_bytes(&self) -> usize {
        self.used as usize * GRANULE
    }

    /// Bytes that are not in cells.
    pub fn free_bytes(&self) -> usize {
        (self.granules.saturating_sub(1) - self.used) as usize * GRANULE
    }

    /// Whether `address` lies in the heap.
    #[inline(always)]
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base.addr()) < self.granules as usize * GRANULE
    }

    /// The header at a granule.
    #[inline(always)]
    pub(crate) fn at(&self, granule: Granule) -> *mut Header {
        debug_assert!(granule < self.granules);
        self.base.wrapping_add(granule as usize * GRANULE) as *mut Header
    }

    #[inline(always)]
    pub(crate) fn granule_of(&self, address: usize) -> Granule {
        ((address - self.base.addr()) / GRANULE) as Granule
    }

    /// Granules of the cell whose header this is.
    #[inline(always)]
    pub(crate) fn granules_of(header: &Header) -> u32 {
        let shape = &SHAPES[header.kind as usize];
        let bytes = shape.base as usize + shape.unit as usize * header.len as usize;
        bytes.div_ceil(GRANULE) as u32
    }

    /// Granules of a free run. Its header keeps the link in `len`; a run too long for `aux` has its length in the next word.
    pub(crate) fn free_length(&self, granule: Granule) -> u32 {
        let header = self.at(granule);
        // SAFETY: invariant 7; `granule` is the start of a free run, whose header `write_free` wrote inside the buffer.
        unsafe {
            match (*header).aux {
                u16::MAX => *(header.add(1) as *const u32),
                n => n as u32,
            }
        }
    }

    /// Makes `length` granules a free run with no link.
    pub(crate) fn write_free(&mut self, granule: Granule, length: u32) {
        let header = self.at(granule);
        debug_assert!(length > 0 && granule + length <= self.granules);
        // SAFETY: invariant 7; the run lies inside the buffer and no cell overlaps it.
        unsafe {
            let aux = if length < u16::MAX as u32 {
                length as u16
            } else {
                u16::MAX
            };
            *header = Header {
                kind: Kind::Free as u8,
                flags: 0,
                aux,
                len: 0,
            };
            if aux == u16::MAX {
                *(header.add(1) as *mut u32) = length;
            }
        }
    }

    /// Puts a free run, whose header is written, on the list of its length.
    pub(crate) fn add_run(&mut self, granule: Granule, length: u32) {
        let head = if length as usize <= SMALL {
            &mut self.free[length as usize]
        } else {
            &mut self.bins[length.ilog2() as usize]
        };
        let next = *head;
        *head = granule;
        // SAFETY: invariant 7; as in `write_free`.
        unsafe { (*self.at(granule)).len = next };
    }

    /// A cell of `kind` with `len` units, its header written and nothing else, or nothing where there is no room.
    ///
    /// The words of traced kinds are zeroed, so that the collector may look at the cell at once.
    #[inline(always)]
    pub(crate) fn alloc(&mut self, kind: Kind, len: u32) -> Option<NonNull<Header>> {
        #[cfg(feature = "alloc-countdown")]
        if self.fails_now() {
            return None;
        }
        let shape = &SHAPES[kind as usize];
        let bytes = shape.base as usize + shape.unit as usize * len as usize;
        let n = bytes.div_ceil(GRANULE);
        let cell = self.take(n)?;
        #[cfg(feature = "gc-stress")]
        {
            let end = self.granule_of(cell.as_ptr().addr()) + n as u32;
            self.fence = self.fence.max(end);
        }
        // SAFETY: invariant 7; `take` gave `n` granules inside the buffer that no other cell has.
        unsafe {
            if shape.traced != Traced::None {
                core::ptr::write_bytes(cell.as_ptr() as *mut u8, 0, n * GRANULE);
            }
            *cell.as_ptr() = Header {
                kind: kind as u8,
                flags: self.colour,
                aux: 0,
                len,
            };
        }
        Some(cell)
    }

    #[inline(always)]
    fn take(&mut self, n: usize) -> Option<NonNull<Header>> {
        if n <= SMALL {
            let head = self.free[n];
            if head != 0 {
                let cell = self.at(head);
                // SAFETY: invariant 7; the lists hold starts of free runs only.
                self.free[n] = unsafe { (*cell).len };
                self.used += n as u32;
                return NonNull::new(cell);
            }
        }
        if (self.run_end - self.run_at) as usize >= n {
            let cell = self.at(self.run_at);
            self.run_at += n as u32;
            self.used += n as u32;
            return NonNull::new(cell);
        }
        self.take_slow(n)
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&mut self, n: usize) -> Option<NonNull<Header>> {
        let n: u32 = n.try_into().ok().filter(|&n| n < self.granules)?;
        if self.is_locked() {
            return None;
        }
        loop {
            self.sweep_for(n);
            if n as usize <= SMALL && self.free[n as usize] != 0 {
                return self.take(n as usize);
            }
            if self.spent >= self.budget {
                return None;
            }
            if let Some((at, length)) = self.unlink_run(n) {
                self.start_run(at, length, n);
                return self.take(n as usize);
            }
            if self.sweep_at >= self.granules {
                return None;
            }
        }
    }

    /// Makes a free run, or as much of it as is due, the current one.
    fn start_run(&mut self, at: Granule, length: u32, n: u32) {
        self.retire_run();
        let taken = length.min(n.max(RUN));
        self.run_at = at;
        self.run_end = at + taken;
        self.spent = self.spent.saturating_add(taken);
        if length > taken {
            self.write_free(at + taken, length - taken);
            self.add_run(at + taken, length - taken);
        }
    }

    /// Gives what is left of the current run back, so that the heap can be walked.
    pub(crate) fn retire_run(&mut self) {
        let (at, end) = (self.run_at, self.run_end);
        (self.run_at, self.run_end) = (0, 0);
        if end > at {
            self.write_free(at, end - at);
            self.add_run(at, end - at);
            self.spent = self.spent.saturating_sub(end - at);
        }
    }

    /// Takes a run of at least `n` granules off its list: first fit, small lists first.
    fn unlink_run(&mut self, n: u32) -> Option<(Granule, u32)> {
        for size in n as usize..=SMALL {
            let at = self.free[size];
            if at != 0 {
                // SAFETY: invariant 7; the lists hold starts of free runs only.
                self.free[size] = unsafe { (*self.at(at)).len };
                return Some((at, size as u32));
            }
        }
        let first = if n as usize <= SMALL {
            0
        } else {
            n.ilog2() as usize
        };
        for bin in first..BINS {
            let mut previous = 0;
            let mut at = self.bins[bin];
            while at != 0 {
                let length = self.free_length(at);
                // SAFETY: invariant 7; the lists hold starts of free runs only.
                let next = unsafe { (*self.at(at)).len };
                if length >= n {
                    match previous {
                        0 => self.bins[bin] = next,
                        // SAFETY: invariant 7; likewise.
                        p => unsafe { (*self.at(p)).len = next },
                    }
                    return Some((at, length));
                }
                (previous, at) = (at, next);
            }
        }
        None
    }

    /// Lets the allocation after `after` others fail, once.
    #[cfg(feature = "alloc-countdown")]
    pub fn fail_after(&mut self, after: Option<u32>) {
        self.countdown = after;
        self.failing = false;
    }

    /// Whether the allocation that [`fail_after`](Heap::fail_after) chose is still to come.
    #[cfg(feature = "alloc-countdown")]
    pub fn has_yet_to_fail(&self) -> bool {
        self.countdown.is_some()
    }

    #[cfg(feature = "alloc-countdown")]
    fn fails_now(&mut self) -> bool {
        if core::mem::take(&mut self.failing) {
            return true;
        }
        match &mut self.countdown {
            Some(0) => {
                self.countdown = None;
                self.failing = true;
                true
            }
            Some(n) => {
                *n -= 1;
                false
            }
            None => false,
        }
    }

    /// Puts all that is free to use again, where memory that no cell ever had is used up.
    #[cfg(feature = "gc-stress")]
    pub(crate) fn end_quarantine(&mut self) {
        self.fence = 0;
    }

    /// Shortens a cell in place: the granules past its new `len` become free.
    pub(crate) fn shrink(&mut self, cell: Value, len: u32) {
        let header = cell.ptr::<Header>();
        if self.is_locked() {
            return;
        }
        // SAFETY: invariant 3; `cell` is a live heap cell and `len` is at most its own.
        unsafe {
            debug_assert!(len <= (*header).len);
            let before = Heap::granules_of(&*header);
            (*header).len = len;
            let after = Heap::granules_of(&*header).max(1);
            if after < before {
                let at = self.granule_of(header.addr()) + after;
                self.write_free(at, before - after);
                self.used -= before - after;
                // Behind the sweep it has to be listed; ahead of it the sweep will find it.
                if at < self.sweep_at {
                    self.add_run(at, before - after);
                }
            }
        }
    }
}
