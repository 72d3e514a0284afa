//! The board's serial port, clock and reset.

use core::ptr;

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
