//! Boots the image that the boot record names, runs its main module, and takes new images over SMP meanwhile.
#![no_std]
#![no_main]

mod cfi;
mod device;
mod flash;
mod line;
mod machine;

use core::fmt::Write;

use machine::Uart;
use romfs_board::options::Options;
use romfs_board::semihost;

/// The status after a fault or a panic.
const CRASHED: u8 = 101;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut line = [0; 256];
    // What a debugger or emulator says; without one there is nothing.
    let options = Options::parse(semihost::command_line(&mut line));
    device::run(options)
}

#[unsafe(no_mangle)]
extern "C" fn fault(at: usize) -> ! {
    let _ = match at {
        0 => writeln!(Uart::take(), "stack overflow"),
        _ => writeln!(Uart::take(), "fault at {at:#010x}"),
    };
    semihost::exit(CRASHED)
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart::take(), "{info}");
    semihost::exit(CRASHED)
}
