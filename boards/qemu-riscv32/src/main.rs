//! Boots the image that the boot record names, says what is in it, and takes new ones over SMP.
#![no_std]
#![no_main]

mod cfi;
mod machine;
mod update;

use core::fmt::Write;

use machine::Uart;

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    let mut uart = Uart::take();
    update::run(&mut uart);
    machine::reset()
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    let _ = writeln!(Uart::take(), "{info}");
    machine::reset()
}
