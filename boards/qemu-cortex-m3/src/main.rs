//! Runs the main module of the image at the address where the board's profile has it, and ends with its status.
#![no_std]
#![no_main]

mod machine;

use machine::Machine;
use romfs_board::options::Options;
use romfs_board::program::{self, Room};
#[cfg(feature = "littlefs")]
use romfs_board::ram_flash::RamFlash;
use romfs_board::{Console, memory, semihost};
#[cfg(feature = "littlefs")]
use romfs_runtime::littlefs::{NorDevice, Units};
use romfs_vm::embed::Firmware;
use romfs_vm::vm::Limits;

/// Where the image lies, and the most that it has.
const IMAGE: *const u8 = 0x2100_0000 as *const u8;
const IMAGE_MAX: usize = 4 * 1024 * 1024;
/// Where the simulated flash lies, behind the image.
#[cfg(feature = "littlefs")]
const FLASH: *mut u8 = 0x2140_0000 as *mut u8;
#[cfg(feature = "littlefs")]
const FLASH_SIZE: usize = 256 * 1024;
/// The status after a fault or a panic.
const CRASHED: u8 = 101;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let options = wanted();
    let mut console = Console(Machine::start());
    // SAFETY: invariant 1: nothing writes to this memory.
    let image = unsafe { core::slice::from_raw_parts(IMAGE, IMAGE_MAX) };
    #[cfg(feature = "littlefs")]
    // SAFETY: invariant 1: the board has this memory, and nothing else uses it.
    let flash = RamFlash::new(unsafe { core::slice::from_raw_parts_mut(FLASH, FLASH_SIZE) });
    #[cfg(feature = "littlefs")]
    let mut files = NorDevice::new(flash, Units::default());
    let room = Room {
        // SAFETY: invariant 7: the only time that it is asked for.
        memory: unsafe { memory::heap() },
        limits: Limits::default(),
        image: image.into(),
        firmware: &Firmware::NONE,
        #[cfg(feature = "littlefs")]
        files: files.as_mut().map(|device| device as _),
    };
    let status = if options.each {
        program::run_each(&mut console, room, options)
    } else {
        program::run(&mut console, room, options)
    };
    if options.report {
        console.line(b"#stack", &[memory::stack_used()]);
    }
    semihost::exit(status)
}

/// A board on its own: nobody asks for anything.
#[cfg(not(feature = "command-line"))]
fn wanted() -> Options {
    Options::default()
}

#[cfg(feature = "command-line")]
#[inline(never)] // what it reads into does not stay on the stack
fn wanted() -> Options {
    let mut line = [0; 256];
    Options::parse(semihost::command_line(&mut line))
}

#[unsafe(no_mangle)]
extern "C" fn fault(at: usize) -> ! {
    Console(Machine::start()).fault(at);
    semihost::exit(CRASHED)
}

// Only where the compiler cannot make traps of panics.

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(feature = "errors")]
    let _ = core::fmt::Write::write_fmt(&mut Console(Machine::start()), format_args!("{info}\n"));
    let _ = info;
    semihost::exit(CRASHED)
}
