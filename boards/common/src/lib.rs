//! What the firmwares of the boards share: a console for the VM over a serial port ([`Console`]), the memory that the
//! linker leaves to it (`memory`), running the main module of an image ([`program`]), and what an emulator offers:
//! a command line and an exit status (`semihost`).
//!
//! A board brings a [`Port`], its start (on Cortex-M `cortex_m` is that, on RISC-V `riscv32`) and its linker script.
#![no_std]

#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
#[macro_use]
mod state;

#[cfg(all(
    feature = "littlefs",
    any(target_arch = "arm", target_arch = "riscv32")
))]
mod c;
mod console;
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
mod copying;
#[cfg(target_arch = "arm")]
pub mod cortex_m;
#[doc(hidden)]
pub mod dividing;
#[doc(hidden)]
pub mod floating;
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub mod memory;
pub mod options;
pub mod program;
pub mod ram_flash;
pub mod record;
#[cfg(target_arch = "riscv32")]
pub mod riscv32;
#[cfg(target_arch = "riscv32")]
mod save_restore;
#[cfg(any(target_arch = "arm", target_arch = "riscv32"))]
pub mod semihost;
mod typed;

pub use console::{Console, Port};
pub use typed::Typed;
