//! The board's processor start, serial port and reset.

use core::arch::global_asm;
use core::fmt;
use core::ptr;

// The stack pointer, zeros for what has no initial value, and on to `main`.
global_asm!(
    ".section .text.start, \"ax\"",
    ".global start",
    "start:",
    "la sp, stack_top",
    "la t0, bss_start",
    "la t1, bss_end",
    "1: bgeu t0, t1, 2f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2: call main",
    "3: j 3b",
);

/// The 16550 serial port.
const UART: *mut u8 = 0x1000_0000 as *mut u8;
/// Offset of its line status register.
const LINE_STATUS: usize = 5;
/// A byte has come in.
const DATA_READY: u8 = 1;
/// A byte can go out.
const TRANSMIT_EMPTY: u8 = 1 << 5;

/// The test finisher, and what resets the machine through it.
const FINISHER: *mut u32 = 0x10_0000 as *mut u32;
const RESET: u32 = 0x7777;

/// The serial port.
#[derive(Debug)]
pub struct Uart(());

impl Uart {
    /// The port. Whoever has it writes whole lines.
    pub fn take() -> Self {
        Self(())
    }

    /// The next byte, if one has come.
    pub fn read(&mut self) -> Option<u8> {
        if self.status() & DATA_READY == 0 {
            return None;
        }
        // SAFETY: invariant 2: the register of the board's serial port; reading takes the byte.
        Some(unsafe { ptr::read_volatile(UART) })
    }

    /// Sends bytes, waiting for room.
    pub fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            while self.status() & TRANSMIT_EMPTY == 0 {}
            // SAFETY: invariant 2: the register of the board's serial port.
            unsafe { ptr::write_volatile(UART, byte) };
        }
    }

    fn status(&self) -> u8 {
        // SAFETY: invariant 2: the status register of the board's serial port.
        unsafe { ptr::read_volatile(UART.add(LINE_STATUS)) }
    }
}

impl fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for line in text.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(line) => {
                    self.write(line.as_bytes());
                    self.write(b"\r\n");
                }
                None => self.write(line.as_bytes()),
            }
        }
        Ok(())
    }
}

/// Starts the machine again.
pub fn reset() -> ! {
    // SAFETY: invariant 2: the board's finisher takes this word and resets.
    unsafe { ptr::write_volatile(FINISHER, RESET) };
    loop {
        core::hint::spin_loop();
    }
}
