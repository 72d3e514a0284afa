//! Runs the main module of the image that lies in flash behind the firmware, and ends with its status.
#![no_std]
#![no_main]

mod machine;
mod nvmc;
mod python;

use machine::Machine;
use romfs_board::options::Options;
use romfs_board::program::{self, Room};
use romfs_board::{Console, memory, semihost};
use romfs_vm::vm::Limits;

/// Where the image lies, and the most that it has.
const IMAGE: *const u8 = 0x3_e800 as *const u8;
const IMAGE_MAX: usize = 0x1000;
/// Bytes of the value stack.
const VALUES: usize = 1024;
/// The status after a fault or a panic.
const CRASHED: u8 = 101;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut line = [0; 64];
    let options = Options::parse(semihost::command_line(&mut line));
    let mut console = Console(Machine::start());
    // SAFETY: invariant 1: nothing writes to this flash.
    let image = unsafe { core::slice::from_raw_parts(IMAGE, IMAGE_MAX) };
    let room = Room {
        // SAFETY: invariant 7: the only time that it is asked for.
        memory: unsafe { memory::heap() },
        limits: Limits {
            stack: VALUES,
            native_depth: 4,
            nesting: 8,
            ..Limits::default()
        },
        image: image.into(),
        firmware: &python::FIRMWARE,
    };
    let status = program::run(&mut console, room, options);
    if options.report {
        console.line(b"#stack", &[memory::stack_used()]);
    }
    semihost::exit(status)
}

#[unsafe(no_mangle)]
extern "C" fn fault(at: usize) -> ! {
    Console(Machine::start()).fault(at);
    semihost::exit(CRASHED)
}

// Only where the compiler cannot make traps of panics.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    Console(Machine::start()).line(b"panic", &[]);
    semihost::exit(CRASHED)
}
