//! The least firmware that runs the VM: an image at a fixed address, memory at another, a console that is one register.
//! It is not for running, but for weighing: `scripts/size.sh`.
#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use romfs_vm::native::Sink;
use romfs_vm::vm::{Host, Limits, Vm};

/// Where the image is mapped, and where the VM may have its memory.
const IMAGE: usize = 0x1000_0000;
const IMAGE_LEN: usize = 1 << 20;
const MEMORY: usize = 0x2000_0000;
const MEMORY_LEN: usize = 64 * 1024;
/// The register of the console, and a counter of microseconds behind it.
const CONSOLE: *mut u32 = 0x4000_0000 as *mut u32;

#[macro_use]
#[path = "../../common/src/state.rs"]
mod state;

#[path = "../../common/src/copying.rs"]
mod copying;
#[path = "../../common/src/dividing.rs"]
mod dividing;
#[path = "../../common/src/floating.rs"]
mod floating;
#[cfg(target_arch = "riscv32")]
#[path = "../../common/src/save_restore.rs"]
mod save_restore;

struct Board;

impl Host for Board {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            // SAFETY: the board's console.
            unsafe { CONSOLE.write_volatile(u32::from(byte)) };
        }
    }

    fn ticks_us(&mut self) -> u64 {
        // SAFETY: the board's counter.
        unsafe { u64::from(CONSOLE.add(1).read_volatile()) }
    }

    fn sleep_us(&mut self, us: u64) {
        let end = self.ticks_us() + us;
        while self.ticks_us() < end {}
    }
}

fn run<'a>(image: &'a [u8], memory: &'a mut [MaybeUninit<u8>], board: &'a mut Board) -> Option<()> {
    let limits = Limits {
        stack: 8 * 1024,
        ..Limits::default()
    };
    let mut vm = Vm::new(memory, limits, board).ok()?;
    let run = vm
        .mount_image("/rom", image)
        .and_then(|_| vm.add_path("/rom"))
        .and_then(|_| vm.run_main("main"));
    if let Err(raised) = run {
        let exception = vm.take_raised(raised);
        let _ = vm.print_exception(exception, Sink::Error);
    }
    Some(())
}

// Where the board starts: `gp` is what scripts/link_short.py has constants near.
#[cfg(target_arch = "riscv32")]
core::arch::global_asm!(
    ".section .text._start, \"ax\"",
    ".globl _start",
    "_start:",
    ".option push",
    ".option norelax",
    "la gp, __global_pointer$",
    ".option pop",
    where_state_has_a_place!("la tp, romfs_vm_state"),
    "j start",
);

#[cfg(target_arch = "arm")]
core::arch::global_asm!(
    ".section .text._start, \"ax\"",
    ".globl _start",
    ".thumb_func",
    "_start:",
    where_state_has_a_place!("ldr r0, =romfs_vm_state"),
    where_state_has_a_place!("mov r9, r0"),
    "bl start",
);

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the board maps its flash and its memory here, and nothing else uses them.
    let (image, memory) = unsafe {
        (
            core::slice::from_raw_parts(IMAGE as *const u8, IMAGE_LEN),
            core::slice::from_raw_parts_mut(MEMORY as *mut MaybeUninit<u8>, MEMORY_LEN),
        )
    };
    run(image, memory, &mut Board);
    loop {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
