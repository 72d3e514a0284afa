//! The memory that a linker script leaves over, and how much stack was used.
//!
//! A script defines `heap_low` and `heap_high`, between which nothing else lies, and `stack_low` and `stack_top`. The
//! start of a board fills the stack with [`PAINT`].

use core::mem::MaybeUninit;
use core::ptr;

/// What unused words of the stack hold.
pub const PAINT: u32 = 0xa5a5_a5a5;

unsafe extern "C" {
    static mut heap_low: u8;
    static heap_high: u8;
    static stack_low: u32;
    static stack_top: u32;
}

/// The memory for the VM.
///
/// # Safety
/// To be called once at most.
pub unsafe fn heap() -> &'static mut [MaybeUninit<u8>] {
    let low = &raw mut heap_low;
    let length = (&raw const heap_high) as usize - low as usize;
    // SAFETY: invariant 7; the linker script keeps these bytes for this, and the caller asks once.
    unsafe { core::slice::from_raw_parts_mut(low.cast(), length) }
}

/// Bytes of the stack that were used, at the deepest, since the board started.
pub fn stack_used() -> usize {
    let (mut at, top) = (&raw const stack_low, &raw const stack_top);
    // SAFETY: the linker script reserves the words from `stack_low` to `stack_top` for the stack.
    while at < top && unsafe { ptr::read_volatile(at) } == PAINT {
        at = at.wrapping_add(1);
    }
    top as usize - at as usize
}
