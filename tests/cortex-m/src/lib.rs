//! The bare board: start, console, stack measure, and flash in RAM.
#![no_std]

use core::arch::{asm, global_asm};
use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::ptr::{self, NonNull};

use embedded_storage::nor_flash::{ErrorType, MultiwriteNorFlash, NorFlash, ReadNorFlash};
use romfs_runtime::MpyTarget;
use romfs_runtime::flash::MappedFlash;
use romfs_runtime::update::{Rules, VerifyingKey};

// The vector table and the first instructions; the stack is painted below the stack pointer.
global_asm!(
    ".section .vectors, \"a\"",
    ".word stack_top",
    ".word reset",
    ".section .text.reset, \"ax\"",
    ".global reset",
    ".thumb_func",
    "reset:",
    "ldr r0, =stack_low",
    "ldr r1, =stack_top",
    "ldr r2, =0xA5A5A5A5",
    "1: cmp r0, r1",
    "bhs 2f",
    "str r2, [r0], #4",
    "b 1b",
    "2: bl main",
    "b .",
);

unsafe extern "C" {
    static stack_low: u32;
    static code_end: u32;
}

/// Prints to the console of the host.
#[derive(Debug, Clone, Copy)]
pub struct Console;

impl Write for Console {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            semihost(3, &raw const byte as usize);
        }
        Ok(())
    }
}

/// Ends the emulation, with success or without.
pub fn exit(success: bool) -> ! {
    semihost(0x18, if success { 0x20026 } else { 0x20023 });
    loop {
        core::hint::spin_loop();
    }
}

fn semihost(operation: usize, argument: usize) {
    // SAFETY: invariant 2: the emulator only reads the one byte, or nothing.
    unsafe {
        asm!("bkpt #0xab", inlateout("r0") operation => _, in("r1") argument, options(nostack));
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let _ = writeln!(Console, "{info}");
    exit(false)
}

/// The stack pointer of the caller: what is above it is the caller's own.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack)) };
    pointer
}

/// Bytes of stack that were used below `top`, at the deepest.
pub fn stack_used(top: usize) -> usize {
    let mut at = &raw const stack_low;
    // SAFETY: the linker script reserves the words from `stack_low` to the top for the stack.
    while (at as usize) < top && unsafe { ptr::read_volatile(at) } == 0xa5a5_a5a5 {
        at = at.wrapping_add(1);
    }
    top - at as usize
}

/// Bytes of code and constants, without the images that are built in.
pub fn code_size(images: usize) -> usize {
    (&raw const code_end) as usize - images
}

/// Bytes of the simulated flash.
pub const FLASH: usize = 64 * 1024;

#[repr(align(64))]
#[expect(dead_code, reason = "read and written by address")]
struct Memory([u8; FLASH]);

static mut MEMORY: Memory = Memory([0xff; FLASH]);

/// Serial NOR, in RAM.
#[derive(Debug)]
pub struct RamFlash(());

impl RamFlash {
    /// The flash; to be called once.
    pub fn take() -> Self {
        Self(())
    }

    fn address(&self, offset: u32) -> *mut u8 {
        (&raw mut MEMORY).cast::<u8>().wrapping_add(offset as usize)
    }
}

/// The operation is not within the flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds;

impl embedded_storage::nor_flash::NorFlashError for OutOfBounds {
    fn kind(&self) -> embedded_storage::nor_flash::NorFlashErrorKind {
        embedded_storage::nor_flash::NorFlashErrorKind::OutOfBounds
    }
}

fn check(offset: u32, length: usize) -> Result<(), OutOfBounds> {
    let fits = length <= FLASH && offset as usize <= FLASH - length;
    if fits { Ok(()) } else { Err(OutOfBounds) }
}

impl ErrorType for RamFlash {
    type Error = OutOfBounds;
}

impl ReadNorFlash for RamFlash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), OutOfBounds> {
        check(offset, bytes.len())?;
        // SAFETY: invariant 1: checked to be within the memory, which only this value writes.
        unsafe { ptr::copy_nonoverlapping(self.address(offset), bytes.as_mut_ptr(), bytes.len()) };
        Ok(())
    }

    fn capacity(&self) -> usize {
        FLASH
    }
}

impl NorFlash for RamFlash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), OutOfBounds> {
        let length = to.checked_sub(from).ok_or(OutOfBounds)? as usize;
        check(from, length)?;
        // SAFETY: invariant 1: checked to be within the memory; no mapped partition overlaps.
        unsafe { ptr::write_bytes(self.address(from), 0xff, length) };
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        check(offset, bytes.len())?;
        for (index, &byte) in bytes.iter().enumerate() {
            let at = self.address(offset).wrapping_add(index);
            // SAFETY: invariant 1: as above.
            unsafe { *at &= byte };
        }
        Ok(())
    }
}

impl MultiwriteNorFlash for RamFlash {}

// SAFETY: the memory is static and changes only in `write` and `erase` (invariant 1).
unsafe impl MappedFlash for RamFlash {
    fn base(&self) -> NonNull<u8> {
        NonNull::new(self.address(0)).expect("a static is not at 0")
    }
}

/// What the host signs images with here: key, vendor and class, as it passes them.
pub fn rules(keys: &[VerifyingKey]) -> Rules<'_> {
    Rules {
        keys,
        vendor: *b"test vendor 0001",
        class: *b"test class 00001",
        component: 0,
        target: MpyTarget {
            version: 6,
            sub_version: 3,
            arch: 0,
            small_int_bits: 31,
            arch_flags: 0,
        },
    }
}

/// The signed image that the host made.
pub static IMAGE: &[u8] = include_bytes!(env!("ROMFS_SIGNED_IMAGE"));

/// The delta from it to a newer one.
pub static DELTA: &[u8] = include_bytes!(concat!(env!("ROMFS_SIGNED_IMAGE"), ".delta"));

/// The public key that it is signed with.
pub static KEY: &[u8; 32] = include_bytes!(concat!(env!("ROMFS_SIGNED_IMAGE"), ".key"));
