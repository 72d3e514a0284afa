//! The board's processor start, serial port, clock and reset.

use core::arch::global_asm;
use core::ptr;

// Faults go to `fault`. The stack is painted (`romfs_board::memory::PAINT`) before anything is on it, then come zeros
// for what has no initial value, the initial values of the rest, and `main`.
global_asm!(
    ".section .text.start, \"ax\"",
    ".global start",
    "start:",
    "la t0, trap",
    "csrw mtvec, t0",
    "la sp, stack_top",
    "la t0, stack_low",
    "li t1, 0xA5A5A5A5",
    "1: bgeu t0, sp, 2f",
    "sw t1, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2: la t0, bss_start",
    "la t1, bss_end",
    "3: bgeu t0, t1, 4f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 3b",
    "4: la t0, data_start",
    "la t1, data_end",
    "la t2, data_load",
    "5: bgeu t0, t1, 6f",
    "lw t3, 0(t2)",
    "sw t3, 0(t0)",
    "addi t0, t0, 4",
    "addi t2, t2, 4",
    "j 5b",
    "6: call main",
    "7: j 7b",
    // A stack of its own: the fault may be one of the stack.
    ".balign 4",
    "trap:",
    "la sp, stack_top",
    "j fault",
);

/// The 16550 serial port.
const UART: *mut u8 = 0x1000_0000 as *mut u8;
/// Offset of its line status register.
const LINE_STATUS: usize = 5;
/// A byte has come in.
const DATA_READY: u8 = 1;
/// A byte can go out.
const TRANSMIT_EMPTY: u8 = 1 << 5;

/// The timer of the core-local interruptor: two words, at 10 MHz.
const TIME: *const u32 = 0x0200_bff8 as *const u32;
const TICKS_PER_US: u64 = 10;

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

    /// Sends a byte, waiting for room.
    pub fn write(&mut self, byte: u8) {
        while self.status() & TRANSMIT_EMPTY == 0 {}
        // SAFETY: invariant 2: the register of the board's serial port.
        unsafe { ptr::write_volatile(UART, byte) };
    }

    fn status(&self) -> u8 {
        // SAFETY: invariant 2: the status register of the board's serial port.
        unsafe { ptr::read_volatile(UART.add(LINE_STATUS)) }
    }
}

impl core::fmt::Write for Uart {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.bytes().for_each(|byte| self.write(byte));
        Ok(())
    }
}

/// Microseconds since start.
pub fn ticks_us() -> u64 {
    let word = |index| {
        // SAFETY: invariant 2: the board's timer.
        unsafe { ptr::read_volatile(TIME.add(index)) }
    };
    loop {
        let (high, low) = (word(1), word(0));
        // The lower word may have run over in between.
        if word(1) == high {
            return (u64::from(high) << 32 | u64::from(low)) / TICKS_PER_US;
        }
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
