//! Marking: follows the words that each kind's shape says are values, with a bounded stack.
//!
//! A cell's last child is followed at once, so that a chain needs no stack; its other children wait on the stack. A wide
//! cell waits itself, with the word that comes next, so that the stack is never full of one cell's children. Where it is
//! full nevertheless a cell stays marked but unscanned, and the marked cells are walked once more at the end. Cells
//! without values are never put on the stack, nor looked at beyond their header.

use super::bits::Bits;
use super::{GRANULE, Granule, Header, Heap, Kind, SHAPES, Traced};
use crate::frame;
use crate::object::class::Instance;
use crate::object::generator::Generator;
use crate::table::Table;
use crate::value::{Slot, Value};

/// Cells that may wait at once. They lie on the native stack, 8 bytes each.
const DEPTH: usize = if cfg!(feature = "tiny") {
    24
} else if cfg!(romfs_vm_small) {
    96
} else {
    256
};
/// A constant: it is made where it is wanted, and not copied there.
const NOTHING_WAITS: [(Granule, u32); DEPTH] = [(0, 0); DEPTH];
/// From so many on a cell waits itself, not its children: one entry for each level of what is nested.
const DEEP: usize = if cfg!(feature = "tiny") { 0 } else { DEPTH / 2 };
/// Whether kinds that there are many of have code of their own.
const SHORT_CUTS: bool = cfg!(not(romfs_vm_small));
/// Words of a cell that are looked at before its first children are followed.
const WIDTH: u32 = 16;

/// The state of one collection.
pub struct Marker<'h> {
    heap: &'h mut Heap,
    /// Cells whose words are to be scanned, and from which on.
    stack: [(Granule, u32); DEPTH],
    depth: usize,
    overflowed: bool,
    live: u32,
}

impl Heap {
    /// Starts a collection.
    #[inline(always)] // the marker is made where the caller has it, and not copied there
    pub(crate) fn begin_mark(&mut self) -> Marker<'_> {
        // What the last collection found dead is poisoned in the builds that do so.
        #[cfg(any(feature = "gc-stress", debug_assertions))]
        self.sweep_all();
        self.retire_run();
        self.reached.clear_all();
        self.collections = self.collections.wrapping_add(1);
        Marker {
            heap: self,
            stack: NOTHING_WAITS,
            depth: 0,
            overflowed: false,
            live: 0,
        }
    }

    /// Whether a cell has been reached by the marking under way, or is not of the heap.
    pub(crate) fn is_marked(&self, v: Value) -> bool {
        if !v.is_ptr() || !self.contains(v.bits()) {
            return true;
        }
        self.reached.get(self.granule_of(v.bits()))
    }

    /// The next live cell of a walk through the heap, which begins with `at` as `None`. The current run has to be
    /// retired, and nothing may be allocated on the way.
    pub(crate) fn next_live(&self, at: &mut Option<Granule>) -> Option<Value> {
        let mut next = at.map_or(1, |at| at + self.length_at(at));
        while next < self.granules {
            if self.is_live(next) {
                *at = Some(next);
                return Some(Value::from_ptr(self.at(next)));
            }
            next += self.length_at(next);
        }
        None
    }
}

/// What marking needs to know of the heap, kept in registers.
#[derive(Clone, Copy)]
struct Map {
    base: usize,
    granules: u32,
    reached: Bits,
}

impl Map {
    /// The granule of a word that leads to a cell of the heap that was not reached yet.
    #[inline(always)]
    fn unreached(self, word: usize) -> Option<Granule> {
        // A word that is no pointer has low bits that end up on top, and so has one from below the heap.
        let granule = word
            .wrapping_sub(self.base)
            .rotate_right(GRANULE.trailing_zeros());
        if granule >= self.granules as usize || self.reached.get(granule as Granule) {
            return None;
        }
        Some(granule as Granule)
    }

    /// Marks a cell, which begins at `granule`. True where it has words to scan.
    ///
    /// # Safety
    /// `cell` is a cell of the heap.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    unsafe fn mark(self, cell: *const Header, granule: Granule, live: &mut u32) -> bool {
        // SAFETY: invariant 3; the caller's cell is live, and its granules are its own.
        unsafe {
            if cfg!(any(debug_assertions, feature = "gc-stress")) {
                let kind = (*cell).kind;
                assert!(
                    kind != Kind::Free as u8 && (kind as usize) < SHAPES.len(),
                    "a root or a live cell holds a freed one"
                );
            }
            let kind = Kind::from_u8((*cell).kind);
            if SHORT_CUTS && kind == Kind::Instance {
                // Its size is known.
                *live += self.mark_as(Kind::Instance, cell, granule);
                return true;
            }
            *live += self.mark_as(kind, cell, granule);
            SHAPES[kind as usize].traced != Traced::None
        }
    }

    /// Sets the bits of a cell of a kind. Gives its granules.
    #[inline(always)]
    unsafe fn mark_as(self, kind: Kind, cell: *const Header, granule: Granule) -> u32 {
        let shape = &SHAPES[kind as usize];
        // SAFETY: invariant 3; the caller's cell is live.
        let len = unsafe { (*cell).len };
        let bytes = shape.base as usize + shape.unit as usize * len as usize;
        let n = bytes.div_ceil(GRANULE) as u32;
        self.reached.set(granule, n);
        n
    }
}

/// The words of a cell to be looked at: from, to, and how many steps apart. Nothing for a generator.
///
/// # Safety
/// `cell` is a cell of the heap.
#[inline(always)]
unsafe fn words(cell: *const Header) -> Option<(u32, u32, u32)> {
    // SAFETY: invariant 3; the caller's cell is live.
    unsafe {
        let shape = &SHAPES[Kind::from_u8((*cell).kind) as usize];
        Some(match shape.traced {
            Traced::None => (0, 0, 1),
            Traced::Words(a, b) => (a as u32, b as u32, 1),
            Traced::Tail(a) => {
                let bytes = shape.base as usize + shape.unit as usize * (*cell).len as usize;
                (a as u32, (bytes / size_of::<usize>()) as u32, 1)
            }
            Traced::Table => Table::traced_words(cell as *const Table),
            Traced::Generator => return None,
        })
    }
}

impl Marker<'_> {
    /// Marks what a root holds, and all that it leads to.
    #[inline]
    pub fn root(&mut self, slot: Slot) {
        if let Some(v) = slot
            && v.is_ptr()
        {
            self.reach(v);
        }
    }

    /// Marks each of a run of slots.
    ///
    /// # Safety
    /// The slots from `from` to `to` are readable and hold values or nothing.
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub unsafe fn root_range(&mut self, from: *const Slot, to: *const Slot) {
        let mut at = from;
        while at < to {
            // SAFETY: invariant 3; the caller's range.
            unsafe {
                self.root(*at);
                at = at.add(1);
            }
        }
    }

    /// Marks what these hold.
    pub fn roots(&mut self, slots: &[Slot]) {
        let ends = slots.as_ptr_range();
        // SAFETY: the slice's own range.
        unsafe { self.root_range(ends.start, ends.end) }
    }

    /// Whether a value has been reached already (always so for one outside the heap).
    pub fn is_marked(&self, v: Value) -> bool {
        self.heap.is_marked(v)
    }

    /// Marks what did not fit the stack: only then is what is not marked garbage.
    pub fn settle(&mut self) {
        while core::mem::take(&mut self.overflowed) {
            self.rescan();
        }
    }

    /// Ends the marking; the sweep may begin.
    pub fn finish(&mut self) {
        self.settle();
        let live = self.live;
        self.heap.start_sweep(live);
    }

    fn map(&self) -> Map {
        Map {
            base: self.heap.base.addr(),
            granules: self.heap.granules,
            reached: self.heap.reached,
        }
    }

    /// Marks a value, and all that it leads to.
    #[inline(never)]
    fn reach(&mut self, v: Value) {
        if self.mark(v) {
            self.trace(v.ptr());
        }
    }

    /// Marks one value. True where the cell is new and has words to scan.
    fn mark(&mut self, v: Value) -> bool {
        let map = self.map();
        match map.unreached(v.bits()) {
            // SAFETY: invariant 3; a value that is a pointer into the heap points to a live cell.
            Some(granule) => unsafe { map.mark(v.ptr(), granule, &mut self.live) },
            None => false,
        }
    }

    /// Lets a cell wait to be scanned, from a word on.
    #[inline(always)]
    fn push(&mut self, cell: *const Header, from: u32) {
        if self.depth < DEPTH {
            self.stack[self.depth] = (self.heap.granule_of(cell.addr()), from);
            self.depth += 1;
        } else {
            self.overflowed = true;
        }
    }

    /// Scans a cell and all that it leads to.
    fn trace(&mut self, cell: *const Header) {
        let mut next = (cell, 0);
        loop {
            if let Some(generator) = self.follow(next.0, next.1) {
                self.scan_generator(generator);
            }
            let Some(waits) = self.pop() else {
                return;
            };
            next = waits;
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(*const Header, u32)> {
        self.depth = self.depth.checked_sub(1)?;
        let (granule, from) = self.stack[self.depth];
        Some((self.heap.at(granule), from))
    }

    /// The same up to a generator, which it gives: without a call all that it needs stays in registers.
    #[inline(never)]
    fn follow(&mut self, mut cell: *const Header, mut from: u32) -> Option<*mut Generator> {
        let map = self.map();
        loop {
            // SAFETY: invariant 3; `cell` was reached, so its header and all its words are valid; only words that its
            // shape calls traced are read, and the whole fixed and variable part lies in the buffer.
            let next = unsafe {
                let kind = (*cell).kind;
                if SHORT_CUTS && from == 0 && self.depth < DEEP && kind == Kind::Instance as u8 {
                    self.scan_instance(map, cell as *const Instance)
                } else {
                    let Some((start, end, step)) = words(cell) else {
                        return Some(cell as *mut Generator);
                    };
                    self.scan(map, cell, (start + from, end, step), from)
                }
            };
            (cell, from) = match next.is_null() {
                false => (next, 0),
                true => self.pop()?,
            };
        }
    }

    /// Marks what the words of a cell hold. Gives the child to go on with, or null.
    #[inline(always)]
    unsafe fn scan(
        &mut self,
        map: Map,
        cell: *const Header,
        (start, mut end, step): (u32, u32, u32),
        from: u32,
    ) -> *const Header {
        let mut next: *const Header = core::ptr::null();
        // The first traced word.
        let first = start - from;
        if end.saturating_sub(start) > WIDTH && self.depth < DEEP {
            end = start + WIDTH;
            self.push(cell, end - first);
        }
        let words = cell as *const usize;
        let mut at = words.wrapping_add(start as usize);
        let end = words.wrapping_add(end as usize);
        while at < end {
            // SAFETY: invariant 3; the words that `follow` found.
            unsafe {
                let word = *at;
                if let Some(granule) = map.unreached(word) {
                    if !next.is_null() && self.depth >= DEEP {
                        self.push(cell, at.offset_from_unsigned(words) as u32 - first);
                        break;
                    }
                    next = self.child(map, word, granule, next);
                }
            }
            at = at.wrapping_add(step as usize);
        }
        next
    }

    /// The same for an instance together with its attributes, where the stack has room for all that they hold.
    #[inline(always)]
    unsafe fn scan_instance(&mut self, map: Map, instance: *const Instance) -> *const Header {
        let mut next: *const Header = core::ptr::null();
        // SAFETY: invariant 3; `follow` says that it is an instance, and its table is live.
        unsafe {
            for slot in [Some((*instance).class), (*instance).native] {
                let word = slot.map_or(0, Value::bits);
                if let Some(granule) = map.unreached(word) {
                    next = self.child(map, word, granule, next);
                }
            }
            let Some(word) = (*instance).table.map(Value::bits) else {
                return next;
            };
            let Some(granule) = map.unreached(word) else {
                return next;
            };
            let table = core::ptr::with_exposed_provenance::<Table>(word);
            let (start, end, step) = Table::traced_words(table);
            if step == 1 || end > start + WIDTH {
                return self.child(map, word, granule, next);
            }
            self.live += map.mark_as(Kind::Table, table as *const Header, granule);
            let mut at = (table as *const usize).add(start as usize);
            let end = (table as *const usize).add(end as usize);
            while at < end {
                let word = *at;
                if let Some(granule) = map.unreached(word) {
                    next = self.child(map, word, granule, next);
                }
                at = at.wrapping_add(2);
            }
        }
        next
    }

    /// Marks a child that was not marked. Gives the child to go on with; the one before it has to wait then.
    #[inline(always)]
    unsafe fn child(
        &mut self,
        map: Map,
        word: usize,
        granule: Granule,
        next: *const Header,
    ) -> *const Header {
        let child = core::ptr::with_exposed_provenance(word);
        // SAFETY: invariant 3; a word that is a pointer into the heap points to a live cell.
        if unsafe { !map.mark(child, granule, &mut self.live) } {
            return next;
        }
        if !next.is_null() {
            self.push(next, 0);
        }
        child
    }

    /// A generator's frame is short: all that it holds is marked at once.
    #[cold]
    #[inline(never)]
    fn scan_generator(&mut self, generator: *mut Generator) {
        // SAFETY: invariant 3; the generator was reached, so its frame is valid.
        unsafe {
            frame::for_each_slot(generator, &mut |slot| {
                if let Some(v) = slot
                    && v.is_ptr()
                    && self.mark(v)
                {
                    self.push(v.ptr(), 0);
                }
            });
        }
    }

    /// Scans every marked cell again, for those that did not fit the stack.
    fn rescan(&mut self) {
        let mut at = self.heap.reached.find(1, true);
        while at < self.heap.granules {
            // SAFETY: invariant 7; the first granule of a stretch that is reached is a cell's, and so is what follows it.
            let header = unsafe { *self.heap.at(at) };
            if SHAPES[header.kind as usize].traced != Traced::None {
                self.trace(self.heap.at(at));
            }
            at = self.heap.reached.find(at + self.heap.length_at(at), true);
        }
    }
}
