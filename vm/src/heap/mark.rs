//! Marking: follows the words that each kind's shape says are values, with a bounded stack.
//!
//! The stack holds (cell, next word) pairs, so its depth is the depth of the structure, not its breadth. Where it is
//! full the cell stays marked but unscanned, and the heap is walked once more at the end.

use super::{Granule, Header, Heap, Kind, MARK, SHAPES, Traced};
use crate::frame;
use crate::object::generator::Generator;
use crate::table::Table;
use crate::value::{Slot, Value};

/// Nested cells that are remembered before a second walk of the heap is needed.
const DEPTH: usize = if cfg!(feature = "tiny") { 24 } else { 256 };

/// Empty words at a cell's end that are looked past for its last value: those that a short list keeps in reserve.
const SPARE: usize = 8;

/// The state of one collection.
pub struct Marker<'h> {
    heap: &'h mut Heap,
    stack: [(Granule, u32); DEPTH],
    depth: usize,
    overflowed: bool,
    live: u32,
}

impl Heap {
    /// Starts a collection: what is dead from the last one is freed first, so that all that is left has one colour.
    pub(crate) fn begin_mark(&mut self) -> Marker<'_> {
        self.sweep_all();
        self.retire_run();
        self.colour ^= MARK;
        self.collections = self.collections.wrapping_add(1);
        Marker {
            heap: self,
            stack: [(0, 0); DEPTH],
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
        // SAFETY: invariant 3; `v` points to a cell of the heap.
        unsafe { (*v.ptr::<Header>()).flags & MARK == self.colour }
    }
}

impl Heap {
    /// The next live cell of a walk through the heap, which begins with `at` as `None`. The current run has to be
    /// retired, and nothing may be allocated on the way.
    pub(crate) fn next_live(&self, at: &mut Option<Granule>) -> Option<Value> {
        let mut next = at.map_or(1, |at| at + self.length_at(at));
        while next < self.granules {
            // SAFETY: invariant 7; the walk goes from header to header.
            let header = unsafe { *self.at(next) };
            if header.kind != Kind::Free as u8 && header.flags & MARK == self.colour {
                *at = Some(next);
                return Some(Value::from_ptr(self.at(next)));
            }
            next += self.length_at(next);
        }
        None
    }
}

impl Marker<'_> {
    /// Marks what a root holds, and all that it leads to.
    #[inline]
    pub fn root(&mut self, slot: Slot) {
        if let Some(v) = slot
            && self.reach(v)
        {
            self.drain();
        }
    }

    /// Marks each of a run of slots.
    ///
    /// # Safety
    /// The slots from `from` to `to` are readable and hold values or nothing.
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
    pub fn finish(mut self) {
        self.settle();
        let live = self.live;
        self.heap.start_sweep(live);
    }

    /// Marks one value. True where the cell has words to scan; it is then on the stack, unless that is full.
    #[inline(always)]
    fn reach(&mut self, v: Value) -> bool {
        if !v.is_ptr() || !self.heap.contains(v.bits()) {
            return false;
        }
        let header = v.ptr::<Header>();
        // SAFETY: invariant 3; a value that is a pointer into the heap points to a live cell.
        unsafe {
            if cfg!(any(debug_assertions, feature = "gc-stress")) {
                let kind = (*header).kind;
                assert!(
                    kind != Kind::Free as u8 && (kind as usize) < SHAPES.len(),
                    "a root or a live cell holds a freed one"
                );
            }
            if (*header).flags & MARK == self.heap.colour {
                return false;
            }
            (*header).flags ^= MARK;
            self.live += Heap::granules_of(&*header).max(1);
            if SHAPES[(*header).kind as usize].traced == Traced::None {
                return false;
            }
        }
        if self.depth == DEPTH {
            self.overflowed = true;
            return false;
        }
        self.stack[self.depth] = (self.heap.granule_of(v.bits()), 0);
        self.depth += 1;
        true
    }

    fn drain(&mut self) {
        while self.depth > 0 {
            let (cell, from) = self.stack[self.depth - 1];
            if !self.scan(cell, from) {
                self.depth -= 1;
            }
        }
    }

    /// Scans a cell from its traced word number `from` on, until one leads deeper. False where it is done.
    fn scan(&mut self, cell: Granule, from: u32) -> bool {
        let header = self.heap.at(cell);
        // SAFETY: invariant 3; `cell` was reached, so its header and all its words are valid; only words that its shape
        // calls traced are read, and the whole fixed and variable part lies in the buffer.
        unsafe {
            let words = header as *const Slot;
            let (start, end) = match SHAPES[(*header).kind as usize].traced {
                Traced::None => return false,
                Traced::Words(a, b) => (a as usize, b as usize),
                Traced::Tail(a) => {
                    let shape = &SHAPES[(*header).kind as usize];
                    let bytes = shape.base as usize + shape.unit as usize * (*header).len as usize;
                    (a as usize, bytes / size_of::<usize>())
                }
                Traced::Table => Table::traced_words(&*(header as *const Table)),
                Traced::Generator => {
                    return self.scan_generator(header as *mut Generator, from);
                }
            };
            let mut end = end;
            for _ in 0..SPARE {
                if end > start && (*words.add(end - 1)).is_none() {
                    end -= 1;
                }
            }
            let mine = self.depth - 1;
            for i in start + from as usize..end {
                let Some(v) = *words.add(i) else { continue };
                let last = i + 1 == end;
                if last {
                    // The last one takes this cell's place, so that a long chain needs no depth.
                    self.depth = mine;
                }
                if self.reach(v) {
                    if !last {
                        self.stack[mine].1 = (i + 1 - start) as u32;
                    }
                    return true;
                }
                self.depth = mine + 1;
            }
        }
        false
    }

    /// A generator's frame is short: all of it is reached at once, and what it leads to is scanned from the stack.
    fn scan_generator(&mut self, generator: *mut Generator, from: u32) -> bool {
        if from != 0 {
            return false;
        }
        let mine = self.depth - 1;
        self.stack[mine].1 = 1;
        // SAFETY: invariant 3; the generator was reached, so its frame is valid.
        unsafe {
            frame::for_each_slot(generator, |slot| {
                if let Some(v) = slot {
                    self.reach(v);
                }
            });
        }
        self.depth > mine + 1
    }

    /// Scans every marked cell again, for those that did not fit the stack.
    fn rescan(&mut self) {
        let mut at = 1;
        while at < self.heap.granules {
            let length = self.heap.length_at(at);
            // SAFETY: invariant 7; `at` moves from header to header.
            let header = unsafe { *self.heap.at(at) };
            if header.kind != Kind::Free as u8
                && header.flags & MARK == self.heap.colour
                && SHAPES[header.kind as usize].traced != Traced::None
            {
                self.stack[0] = (at, 0);
                self.depth = 1;
                self.drain();
            }
            at += length;
        }
    }
}
