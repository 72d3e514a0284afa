//! What the collector starts from: objects of the VM, the value stack, what native functions hold; and a collection.

use crate::CACHES;
use crate::frame::{self, Frame};
use crate::native::Res;
use crate::raise::Raised;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Objects that live as long as the VM: words that the collector goes through.
#[derive(Default)]
#[repr(C)]
pub(crate) struct Roots {
    /// `sys.modules`.
    pub modules: Slot,
    /// `sys.path`.
    pub path: Slot,
    /// `sys.argv`.
    pub argv: Slot,
    /// Names that a program put into `builtins`.
    pub builtins: Slot,
    /// The `MemoryError` that needs no memory.
    pub no_memory: Slot,
    /// The `RuntimeError` of a full stack.
    pub recursion: Slot,
    /// The exception that stands for one that there is no memory to make.
    pub emergency: Slot,
    /// What a program put into `sys`: a dict.
    pub sys: Slot,
    /// What `sys.atexit` was given.
    pub at_exit: Slot,
    /// The slice that subscripts of built-in sequences use in turn.
    pub slice: Slot,
    /// Scheduled callbacks: a list of function, argument, function, ...
    pub scheduled: Slot,
    /// What is mounted: a list of tuples of filesystem and path.
    pub mounts: Slot,
    /// The mount whose current directory is the program's; none: the root of all.
    pub cwd: Slot,
    /// The filesystem of the firmware's own image.
    pub frozen: Slot,
    /// Globals of `asyncio.core`.
    pub asyncio: Slot,
    /// Timers that run: a list.
    #[cfg(feature = "mod-machine")]
    pub timers: Slot,
    /// Buffers outside the heap whose addresses a program has: a list.
    pub addressed: Slot,
    /// `(object,)`: the bases of classes that name none.
    pub object_bases: Slot,
}

impl Roots {
    /// All of them.
    fn slots(&self) -> &[Slot] {
        let n = size_of::<Roots>() / size_of::<Slot>();
        // SAFETY: invariant 3; `repr(C)`, and every field is a slot.
        unsafe { core::slice::from_raw_parts(&raw const *self as *const Slot, n) }
    }
}

impl Vm<'_> {
    /// Where the temporary roots stand now.
    #[inline(always)]
    pub fn mark(&self) -> Mark {
        Mark(self.top)
    }

    /// Drops the temporary roots made since.
    #[inline(always)]
    pub fn release(&mut self, mark: Mark) {
        debug_assert!(mark.0 <= self.top);
        self.top = mark.0;
    }

    /// Keeps a value alive until the native function under way returns, or [`release`](Vm::release).
    ///
    /// # Errors
    /// `RuntimeError` where the value stack is full.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub fn root(&mut self, v: Value) -> Res<()> {
        if self.top >= self.stack_end {
            return Err(self.stack_full());
        }
        // SAFETY: invariant 7; below the end of the stack.
        unsafe {
            *self.top = Some(v);
            self.top = self.top.add(1);
        }
        Ok(())
    }

    /// A word of the value stack for a value that changes while a native function runs.
    ///
    /// # Errors
    /// As [`root`](Vm::root).
    pub(crate) fn keep(&mut self, v: Value) -> Res<Kept> {
        let kept = Kept(self.top);
        self.root(v)?;
        Ok(kept)
    }

    /// What a [`Kept`] holds.
    pub(crate) fn kept(&self, kept: &Kept) -> Value {
        assert!(kept.0 < self.top);
        // SAFETY: invariant 3; the word is below the top, where `keep` put it.
        unsafe { *kept.0 }.unwrap_or(Value::NONE)
    }

    /// Changes what a [`Kept`] holds.
    pub(crate) fn set_kept(&mut self, kept: &Kept, v: Value) {
        assert!(kept.0 < self.top);
        // SAFETY: invariant 3; likewise.
        unsafe { *kept.0 = Some(v) };
    }

    /// The error of a full value stack.
    #[cold]
    pub(crate) fn stack_full(&mut self) -> Raised {
        // Making the message takes a few words itself.
        self.raised = self.roots.recursion;
        Raised::parked()
    }

    /// Collects garbage now.
    pub fn collect(&mut self) {
        if self.heap.is_locked() {
            return;
        }
        self.cache.forget();
        if self.is_observed() {
            // What the last collection found dead was told then.
            self.heap.sweep_all();
        }
        let state = &mut **self;
        let mut marker = state.heap.begin_mark();
        marker.roots(&[state.raised, state.result, state.pending_exception]);
        marker.roots(state.roots.slots());
        marker.roots(&state.intern.roots());
        if CACHES {
            marker.roots(state.found_folders.roots());
        }
        let mut end = state.top as *const Slot;
        let mut at = state.frame;
        // SAFETY: invariant 3; the frames are valid, their `sp` saved, and between them lie the roots of natives.
        unsafe {
            while !at.is_null() {
                frame::for_each_frame_slot(at, &mut |slot| marker.root(slot));
                if (*at).owner.is_none() {
                    marker.root_range(Frame::end(at), end);
                    end = Frame::state(at);
                }
                at = (*at).prev;
            }
            marker.root_range(state.stack, end);
        }
        let mut due = false;
        // SAFETY: invariant 3; the chain is this VM's, and everything else is marked.
        if cfg!(feature = "littlefs")
            && unsafe { crate::files::Handle::trace(state.handles, &mut marker) }
        {
            state.abandoned = true;
            due = true;
        }
        #[cfg(feature = "mod-weakref")]
        {
            let mut chains = crate::builtin::weakref::Chains {
                weak: &mut state.weak,
                due: &mut state.weak_due,
            };
            // SAFETY: invariant 3; the chains are this VM's, and everything else is marked by then.
            unsafe {
                chains.trace(&mut marker);
                marker.settle();
                due |= chains.clear(&marker);
            }
        }
        marker.finish();
        if due {
            self.attend();
        }
        if self.is_observed() {
            self.tell_freed();
        }
        // What was freed is poisoned at once.
        #[cfg(feature = "gc-stress")]
        self.heap.sweep_all();
        #[cfg(any(debug_assertions, feature = "gc-stress", feature = "alloc-countdown"))]
        self.heap
            .check()
            .expect("the heap is whole after a collection");
    }
}

/// See [`Vm::mark`].
#[derive(Clone, Copy)]
pub struct Mark(pub(crate) *mut Slot);

/// See [`Vm::keep`].
pub(crate) struct Kept(*mut Slot);
