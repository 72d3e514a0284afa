//! Where a new board begins: it runs the main module of the image that lies in mapped flash. Copy this folder, then change
//! what is marked "yours" here, in `machine.rs` and in `link.ld`. boards/README.md has the steps beyond it.
#![no_std]
#![no_main]

mod machine;

use core::fmt::Write;

use machine::Machine;
use romfs_board::options::Options;
use romfs_board::program::{self, Room};
use romfs_board::{Console, memory};
use romfs_vm::embed::Firmware;
use romfs_vm::vm::Limits;

/// Yours: where the image is mapped, and the bytes of its partition, as the board's profile has them.
const IMAGE: *const u8 = 0x0808_0000 as *const u8;
const IMAGE_MAX: usize = 512 * 1024;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut console = Console(Machine::start());
    // SAFETY: invariant 1: nothing writes to this flash while the firmware runs.
    let image = unsafe { core::slice::from_raw_parts(IMAGE, IMAGE_MAX) };
    let room = Room {
        // SAFETY: invariant 7: the only time that it is asked for.
        memory: unsafe { memory::heap() },
        limits: Limits {
            stack: 16 * 1024,
            ..Limits::default()
        },
        image: image.into(),
        firmware: &Firmware::NONE,
    };
    let status = program::run(&mut console, room, Options::default());
    console.line(b"the program has ended with status", &[status.into()]);
    loop {
        core::hint::spin_loop();
    }
}

#[unsafe(no_mangle)]
extern "C" fn fault(at: usize) -> ! {
    Console(Machine::start()).fault(at);
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Console(Machine::start()), "{info}");
    loop {
        core::hint::spin_loop();
    }
}
