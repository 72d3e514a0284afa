//! Open files and directories of littlefs: memory in the heap that the C library links into lists of its own, so it has to
//! be closed before the collector may free it.
//!
//! Every open handle is in one chain of the VM, which does not keep it alive. A collection that finds one that nothing else
//! holds keeps it once more and marks it; it is closed at the next occasion, as a finaliser of MicroPython would.
#![cfg_attr(
    not(feature = "littlefs"),
    allow(dead_code, reason = "only littlefs has handles")
)]

use crate::heap::{Header, Kind};
use crate::native::Res;
use crate::value::Value;
use crate::vm::Vm;

/// The head of an open handle, at the start of a `Raw` cell; littlefs's part follows.
#[repr(C, align(8))]
pub(crate) struct Handle {
    next: *mut Handle,
    /// The filesystem that it belongs to.
    pub(super) volume: Value,
    pub(super) is_dir: bool,
    abandoned: bool,
}

impl Handle {
    /// Words of 64 bits before littlefs's part.
    pub(super) const WORDS: usize = size_of::<Handle>() / 8;

    /// The handle's cell.
    fn cell(this: *mut Handle) -> Value {
        Value::from_ptr((this as *mut u8).wrapping_sub(size_of::<Header>()))
    }

    /// For the collector, after everything else is marked: keeps what is open, and notes what was left open.
    ///
    /// # Safety
    /// `first` is the VM's chain.
    pub(crate) unsafe fn trace(
        first: *mut Handle,
        marker: &mut crate::heap::mark::Marker<'_>,
    ) -> bool {
        let mut any = false;
        let mut at = first;
        // SAFETY: invariant 3; the cells of the chain live until they are taken out of it.
        unsafe {
            while !at.is_null() {
                let cell = Handle::cell(at);
                if !marker.is_marked(cell) {
                    (*at).abandoned = true;
                    any = true;
                    marker.root(Some(cell));
                }
                marker.root(Some((*at).volume));
                at = (*at).next;
            }
        }
        any
    }
}

impl Vm<'_> {
    /// The handle in a cell.
    pub(super) fn handle(&self, cell: Value) -> *mut Handle {
        assert!(self.is(cell, Kind::Raw));
        crate::heap::kind::data(cell) as *mut Handle
    }

    /// littlefs's part of a handle.
    pub(super) fn handle_memory(&self, cell: Value) -> *mut u64 {
        (self.handle(cell) as *mut u64).wrapping_add(Handle::WORDS)
    }

    /// A cell for a handle whose littlefs part has `words` 64-bit words. It is not in the chain yet.
    pub(super) fn new_handle(&mut self, volume: Value, is_dir: bool, words: usize) -> Res {
        let cell = self.alloc_bytes(Kind::Raw, (Handle::WORDS + words) * 8)?;
        self.raw_mut(cell).fill(0);
        let handle = self.handle(cell);
        // SAFETY: invariant 7; the cell has room for the head, and is aligned as every cell is.
        unsafe {
            handle.write(Handle {
                next: core::ptr::null_mut(),
                volume,
                is_dir,
                abandoned: false,
            });
        }
        Ok(cell)
    }

    /// Takes a handle that was opened into the chain.
    pub(super) fn chain_handle(&mut self, cell: Value) {
        let handle = self.handle(cell);
        // SAFETY: invariant 3; a new handle.
        unsafe { (*handle).next = self.handles };
        self.handles = handle;
    }

    /// Whether a handle is in the chain.
    pub(super) fn is_open(&self, cell: Value) -> bool {
        let handle = self.handle(cell);
        let mut at = self.handles;
        // SAFETY: invariant 3; the chain's handles are alive.
        unsafe {
            while !at.is_null() && at != handle {
                at = (*at).next;
            }
        }
        !at.is_null()
    }

    /// Takes a handle out of the chain. False where it was not in it: closed already.
    pub(super) fn unchain_handle(&mut self, cell: Value) -> bool {
        let handle = self.handle(cell);
        let mut link = &raw mut self.handles;
        // SAFETY: invariant 3; the chain's handles are alive.
        unsafe {
            while !(*link).is_null() {
                if *link == handle {
                    *link = (*handle).next;
                    (*handle).next = core::ptr::null_mut();
                    return true;
                }
                link = &raw mut (**link).next;
            }
        }
        false
    }

    /// Closes the handles that a collection found to be left open.
    pub(crate) fn close_abandoned(&mut self) -> Res<()> {
        if cfg!(feature = "littlefs") && core::mem::take(&mut self.abandoned) {
            self.close_handles(|handle| handle.abandoned)?;
        }
        Ok(())
    }

    /// Closes every file that is open: what was written and not flushed is written. For the end of a program.
    ///
    /// # Errors
    /// What the device of a program's own raises.
    pub fn close_files(&mut self) -> Res<()> {
        self.close_handles(|_| true)
    }

    /// Closes the handles that a test picks.
    pub(super) fn close_handles(&mut self, pick: impl Fn(&Handle) -> bool) -> Res<()> {
        loop {
            let mut at = self.handles;
            // SAFETY: invariant 3; the chain's handles are alive.
            let found = unsafe {
                while !at.is_null() && !pick(&*at) {
                    at = (*at).next;
                }
                if at.is_null() {
                    return Ok(());
                }
                Handle::cell(at)
            };
            #[cfg(feature = "littlefs")]
            super::lfs_file::close_handle(self, found)?;
            #[cfg(not(feature = "littlefs"))]
            self.unchain_handle(found);
        }
    }
}
