//! Generators and coroutines: a frame that outlives its call.

use crate::frame::Frame;
use crate::heap::{Cell, Header, Kind};
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// Where a generator is.
pub mod state {
    /// Has not run yet.
    pub const NEW: u8 = 0;
    /// Waits at a `yield`.
    pub const SUSPENDED: u8 = 1;
    /// Runs now.
    pub const RUNNING: u8 = 2;
    /// Has returned or raised: there is no frame any more.
    pub const DONE: u8 = 3;
}

/// A generator. The words of state, the frame and its handlers follow.
#[repr(C)]
pub struct Generator {
    /// `flags`: one of [`state`]; `aux`: words of state; `len`: words after this struct.
    pub header: Header,
    /// Exception to raise when it is resumed, thrown in before it ran or while it waits.
    pub pending: Slot,
    #[cfg(target_pointer_width = "32")]
    pad: u32,
}

// SAFETY: `repr(C)`, header first, made only by `Vm::new_generator`.
unsafe impl Cell for Generator {
    const KIND: Kind = Kind::Generator;
}

impl Vm<'_> {
    /// Moves a generator to another state.
    #[cfg_attr(not(romfs_vm_small), inline(always))]
    #[cfg_attr(romfs_vm_small, inline(never))]
    pub(crate) fn set_generator(&mut self, g: Value, state: u8) {
        self.cell_mut::<Generator>(g).set_state(state);
    }
}

impl Generator {
    /// Its state.
    #[inline(always)]
    pub fn state(&self) -> u8 {
        self.header.flags & 3
    }

    /// Moves it to another state.
    #[inline(always)]
    pub fn set_state(&mut self, state: u8) {
        self.header.flags = self.header.flags & !3 | state;
    }

    /// From waiting at a `yield` to running, or back.
    #[inline(always)]
    pub(crate) fn toggle(&mut self) {
        debug_assert!(matches!(self.state(), state::SUSPENDED | state::RUNNING));
        self.header.flags ^= state::SUSPENDED ^ state::RUNNING;
    }

    /// The frame, where there is one.
    ///
    /// # Safety
    /// `generator` is a valid cell.
    #[inline(always)]
    pub(crate) unsafe fn frame(generator: *mut Generator) -> Option<*mut Frame> {
        // SAFETY: invariant 3; the state of `aux` words and then the frame follow the struct.
        unsafe {
            if (*generator).state() == state::DONE {
                return None;
            }
            let words = generator.add(1) as *mut Slot;
            Some(words.add((*generator).header.aux as usize) as *mut Frame)
        }
    }
}
