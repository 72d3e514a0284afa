//! The board's serial port and clock. Yours, all of it: the registers here are those of a 16550 and of a counter of
//! microseconds, at addresses of no board in particular.

use core::ptr;

use romfs_board::Port;

const UART: *mut u8 = 0x4000_0000 as *mut u8;
/// Offset of the line status register.
const LINE_STATUS: usize = 5;
/// A byte has come in.
const DATA_READY: u8 = 1;
/// A byte can go out.
const TRANSMIT_EMPTY: u8 = 1 << 5;
const MICROSECONDS: *const u32 = 0x4000_1000 as *const u32;

fn line_status() -> u8 {
    // SAFETY: invariant 2: a register of the board's.
    unsafe { ptr::read_volatile(UART.add(LINE_STATUS)) }
}

/// The board.
#[derive(Debug)]
pub struct Machine {
    /// Microseconds since start.
    us: u64,
    /// What the counter said last; it wraps.
    last: u32,
}

impl Machine {
    /// Switches on what the firmware uses.
    pub fn start() -> Self {
        Self { us: 0, last: 0 }
    }
}

impl Port for Machine {
    fn put(&mut self, byte: u8) {
        while line_status() & TRANSMIT_EMPTY == 0 {}
        // SAFETY: invariant 2: a register of the board's.
        unsafe { ptr::write_volatile(UART, byte) };
    }

    fn get(&mut self) -> Option<u8> {
        // SAFETY: invariant 2: a register of the board's.
        (line_status() & DATA_READY != 0).then(|| unsafe { ptr::read_volatile(UART) })
    }

    fn ticks_us(&mut self) -> u64 {
        // SAFETY: invariant 2: a register of the board's.
        let now = unsafe { ptr::read_volatile(MICROSECONDS) };
        self.us += u64::from(now.wrapping_sub(self.last));
        self.last = now;
        self.us
    }
}
