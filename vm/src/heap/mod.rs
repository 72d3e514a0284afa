//! The heap: cells in a caller's buffer, never moved, collected precisely by mark and sweep.
//!
//! The buffer is cut in granules of two words. A cell is a run of granules that begins with a [`Header`], so the whole
//! heap can be walked from its start. Cells are cut off the current *run*, a stretch that is all free. Where it is too
//! short, a cell of up to [`SMALL`] granules comes from a free list of its size, else the sweep finds the next run, as
//! it lies; what it passes over is kept in lists by size.
//!
//! A collection sets the bits of all granules that it reaches, in a map behind the cells: a bit a granule, a word in 64
//! on 32-bit targets and in 128 on 64-bit ones. The sweep reads that map alone.

mod bits;
mod census;
pub mod check;
pub mod kind;
mod lock;
pub mod mark;
mod sweep;

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bits::Bits;
pub use kind::{Header, Kind, SHAPES, Traced};

use crate::value::{Slot, Value};

/// Bytes of a granule.
pub const GRANULE: usize = 2 * size_of::<usize>();
/// Largest cell, in granules, that has a free list of its own size.
pub const SMALL: usize = 8;
/// Lists of runs longer than [`SMALL`], each for lengths of one power of two; the last one has all that are longer.
const BINS: usize = if cfg!(feature = "tiny") { 7 } else { 25 };
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
    /// The unused part of the current run.
    run_at: *mut u8,
    run_end: *mut u8,
    base: *mut u8,
    granules: u32,
    /// Granules that the last collection reached.
    reached: Bits,
    /// Heads of the free lists of 1..=SMALL granules.
    free: [Granule; SMALL + 1],
    /// Heads of the lists of longer runs, by the logarithm of their length.
    bins: [Granule; BINS],
    /// Where the sweep is; `granules` when it is done.
    sweep_at: Granule,
    /// Granules in cells, live ones and those not yet known to be dead, and in the current run.
    used: u32,
    /// Granules that may be allocated until the next collection is due.
    budget: u32,
    /// Granules allocated since the last collection, counted a run at a time.
    spent: u32,
    /// What `budget` is set to after a collection, at least.
    pub(crate) budget_min: u32,
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
    /// A heap over `memory`, all of it free but the map. A part below one granule at either end is lost to alignment.
    pub fn new(memory: &mut [MaybeUninit<u8>]) -> Heap {
        let start = memory.as_mut_ptr() as *mut u8;
        let skip = start.align_offset(GRANULE).min(memory.len());
        let granules = granules_in(memory.len() - skip);
        let base = start.wrapping_add(skip);
        let map = base.wrapping_add(granules as usize * GRANULE) as *mut usize;
        let mut heap = Heap {
            run_at: base,
            run_end: base,
            base,
            granules,
            // SAFETY: invariant 7; `granules_in` leaves room for the map behind the granules, which nothing else uses.
            reached: unsafe { Bits::new(map, granules) },
            free: [0; SMALL + 1],
            bins: [0; BINS],
            // Granule 0 stays unused, so that an index of zero can mean none.
            sweep_at: granules.min(1),
            used: 0,
            budget: u32::MAX,
            spent: 0,
            budget_min: (1 << 20) / GRANULE as u32,
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
        };
        if granules > 1 {
            heap.write_free(1, granules - 1);
        }
        heap.budget = heap.budget_min;
        heap
    }

    /// Bytes that cells take.
    pub fn used_bytes(&self) -> usize {
        self.used_granules() as usize * GRANULE
    }

    /// Bytes that are not in cells.
    pub fn free_bytes(&self) -> usize {
        (self.granules.saturating_sub(1) - self.used_granules()) as usize * GRANULE
    }

    fn used_granules(&self) -> u32 {
        self.used - self.run_left()
    }

    /// Granules of the current run that are left.
    fn run_left(&self) -> u32 {
        ((self.run_end.addr() - self.run_at.addr()) / GRANULE) as u32
    }

    /// Whether `address` lies in the heap.
    #[inline(always)]
    pub fn contains(&self, address: usize) -> bool {
        // Volatile where bytes count: else those who ask this read the two fields each, and hand them over.
        let base = match cfg!(romfs_vm_small) {
            // SAFETY: a field of this heap.
            true => unsafe { (&raw const self.base).read_volatile() },
            false => self.base,
        };
        address.wrapping_sub(base.addr()) < self.granules as usize * GRANULE
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
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
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
    #[cfg_attr(romfs_vm_small, inline(never))]
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
            &mut self.bins[bin(length)]
        };
        let next = *head;
        *head = granule;
        // SAFETY: invariant 7; as in `write_free`.
        unsafe { (*self.at(granule)).len = next };
    }

    /// A cell of `kind` with `len` units, its header written and nothing else, or nothing where there is no room.
    ///
    /// The words of traced kinds are zeroed, so that the collector may look at the cell at once.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn alloc(&mut self, kind: Kind, len: u32) -> Option<NonNull<Header>> {
        #[cfg(feature = "alloc-countdown")]
        if self.fails_now() {
            return None;
        }
        let shape = &SHAPES[kind as usize];
        let bytes = shape.base as usize + shape.unit as usize * len as usize;
        let bytes = bytes.div_ceil(GRANULE) * GRANULE;
        let cell = self.take(bytes)?;
        #[cfg(feature = "gc-stress")]
        {
            let end = self.granule_of(cell.as_ptr().addr() + bytes);
            self.fence = self.fence.max(end);
        }
        // SAFETY: invariant 7; `take` gave so many bytes inside the buffer that no other cell has.
        unsafe {
            if shape.traced != Traced::None {
                zero(cell.as_ptr() as *mut u8, bytes);
            }
            *cell.as_ptr() = Header::new(kind, len);
        }
        Some(cell)
    }

    /// A cell of a kind without traced words and without a variable part, where one lies ready: nothing is called for it.
    #[inline(always)]
    pub(crate) fn alloc_ready(&mut self, kind: Kind) -> Option<Value> {
        let shape = &SHAPES[kind as usize];
        debug_assert!(shape.traced == Traced::None);
        let cell = self.ready(shape.base as usize)? as *mut Header;
        // SAFETY: invariant 7; so many bytes are inside the buffer, and no other cell has them.
        unsafe { *cell = Header::new(kind, 0) };
        Some(Value::from_ptr(cell))
    }

    /// A cell of these contents, likewise.
    #[inline(always)]
    pub(crate) fn alloc_struct<T: Cell>(&mut self, contents: T) -> Option<Value> {
        debug_assert!(size_of::<T>() == SHAPES[T::KIND as usize].base as usize);
        let cell = self.ready(size_of::<T>())? as *mut T;
        // SAFETY: invariant 7; so many bytes are inside the buffer, and no other cell has them.
        unsafe { cell.write(contents) };
        Some(Value::from_ptr(cell))
    }

    /// A cell of `items.len()` values, likewise.
    #[inline(always)]
    pub(crate) fn alloc_filled(&mut self, kind: Kind, items: &[Value]) -> Option<Value> {
        debug_assert!(matches!(SHAPES[kind as usize].traced, Traced::Tail(_)));
        let n = items.len();
        let cell = self.ready(size_of::<Header>() + size_of_val(items))? as *mut Header;
        // SAFETY: invariant 7; so many bytes are inside the buffer, and no other cell has them.
        unsafe {
            *cell = Header::new(kind, n as u32);
            let words = cell.add(1) as *mut Value;
            for (i, &item) in items.iter().enumerate() {
                // A few words: as a plain store the loop would become a call.
                words.add(i).write_volatile(item);
            }
        }
        Some(Value::from_ptr(cell))
    }

    /// A cell for `n` values, likewise, its header written and nothing else.
    ///
    /// # Safety
    /// The caller writes all of them before anything else is allocated.
    #[inline(always)]
    pub(crate) unsafe fn alloc_room(&mut self, kind: Kind, n: usize) -> Option<(Value, *mut Slot)> {
        debug_assert!(matches!(SHAPES[kind as usize].traced, Traced::Tail(_)));
        let bytes = size_of::<Header>() + n * size_of::<Slot>();
        let cell = self.ready(bytes)? as *mut Header;
        // SAFETY: invariant 7; so many bytes are inside the buffer, and no other cell has them.
        unsafe { *cell = Header::new(kind, n as u32) };
        Some((Value::from_ptr(cell), cell.wrapping_add(1) as *mut Slot))
    }

    /// Bytes of the current run for a cell or several, with no header yet, where it is long enough.
    #[inline(always)]
    fn ready(&mut self, bytes: usize) -> Option<*mut u8> {
        let bytes = bytes.next_multiple_of(GRANULE);
        let at = self.run_at;
        if cfg!(any(feature = "gc-stress", feature = "alloc-countdown"))
            || self.run_end.addr() - at.addr() < bytes
        {
            return None;
        }
        self.run_at = at.wrapping_add(bytes);
        Some(at)
    }

    /// So many bytes, a multiple of a granule's.
    #[inline(always)]
    fn take(&mut self, bytes: usize) -> Option<NonNull<Header>> {
        let at = self.run_at;
        if self.run_end.addr() - at.addr() >= bytes {
            self.run_at = at.wrapping_add(bytes);
            return NonNull::new(at as *mut Header);
        }
        self.take_slow(bytes / GRANULE)
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&mut self, n: usize) -> Option<NonNull<Header>> {
        let n: u32 = n.try_into().ok().filter(|&n| n < self.granules)?;
        if self.is_locked() || self.spent >= self.budget {
            return None;
        }
        if n as usize <= SMALL && self.free[n as usize] != 0 {
            let cell = self.at(self.free[n as usize]);
            self.reached.cover(self.free[n as usize] + n);
            // SAFETY: invariant 7; the lists hold starts of free runs only.
            self.free[n as usize] = unsafe { (*cell).len };
            self.used += n;
            self.spent = self.spent.saturating_add(n);
            return NonNull::new(cell);
        }
        while let Some((at, length)) = self.sweep_next() {
            if length >= n {
                let taken = length.min(n.max(RUN));
                // What is not due yet is swept again.
                self.sweep_at = at + taken;
                return self.start_run(at, length, n, taken);
            }
            self.write_free(at, length);
            self.add_run(at, length);
        }
        let (at, length) = self.unlink_run(n)?;
        let taken = length.min(n.max(RUN));
        let cell = self.start_run(at, length, n, taken);
        if length > taken {
            self.add_run(at + taken, length - taken);
        }
        cell
    }

    /// Makes the first `taken` granules of a free run the current run, and `n` of them a cell. The rest gets a header.
    fn start_run(
        &mut self,
        at: Granule,
        length: u32,
        n: u32,
        taken: u32,
    ) -> Option<NonNull<Header>> {
        self.retire_run();
        self.reached.cover(at + taken);
        let start = self.at(at) as *mut u8;
        self.run_at = start.wrapping_add(n as usize * GRANULE);
        self.run_end = start.wrapping_add(taken as usize * GRANULE);
        self.used += taken;
        self.spent = self.spent.saturating_add(taken);
        if length > taken {
            self.write_free(at + taken, length - taken);
        }
        NonNull::new(start as *mut Header)
    }

    /// Gives what is left of the current run back, so that the heap can be walked.
    pub(crate) fn retire_run(&mut self) {
        let left = self.run_left();
        if left > 0 {
            let at = self.granule_of(self.run_at.addr());
            self.run_at = self.run_end;
            self.write_free(at, left);
            self.add_run(at, left);
            self.used -= left;
            self.spent = self.spent.saturating_sub(left);
        }
    }

    /// Takes a run of at least `n` granules off its list: first fit, small lists first.
    fn unlink_run(&mut self, n: u32) -> Option<(Granule, u32)> {
        for size in n as usize..SMALL + 1 {
            let at = self.free[size];
            if at != 0 {
                // SAFETY: invariant 7; the lists hold starts of free runs only.
                self.free[size] = unsafe { (*self.at(at)).len };
                return Some((at, size as u32));
            }
        }
        for bin in bin(n.max(SMALL as u32 + 1))..BINS {
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
                } else {
                    self.reached.clear(at, before - after);
                }
            }
        }
    }
}

/// The list of runs of a length above [`SMALL`].
#[cfg_attr(romfs_vm_small, inline(never))]
fn bin(length: u32) -> usize {
    if !cfg!(romfs_vm_small) {
        return ((length.ilog2() - (SMALL as u32).ilog2()) as usize).min(BINS - 1);
    }
    // The same in a loop, where a logarithm is no instruction and bytes count.
    let (mut bin, mut rest) = (0, length / (2 * SMALL as u32));
    while rest > 0 && bin < BINS - 1 {
        (bin, rest) = (bin + 1, rest / 2);
    }
    bin
}

/// How many granules fit so many bytes together with their map.
fn granules_in(bytes: usize) -> u32 {
    let granules = |bytes: usize| (bytes / GRANULE).min(u32::MAX as usize / 2) as u32;
    let map = Bits::words(granules(bytes)) * size_of::<usize>();
    granules(bytes.saturating_sub(map))
}

/// Zeroes a cell: the few words of a small one without a call.
///
/// # Safety
/// `cell` leads to `bytes` bytes that are the caller's, and both are multiples of a granule's.
#[inline(always)]
unsafe fn zero(cell: *mut u8, bytes: usize) {
    // SAFETY: invariant 7; the caller's bytes.
    unsafe { core::ptr::write_bytes(cell, 0, bytes) }
}
