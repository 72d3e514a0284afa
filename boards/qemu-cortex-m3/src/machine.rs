//! The board's serial port and clock.

use core::ptr;

use romfs_board::{Port, Typed};

/// The first CMSDK serial port.
const UART: *mut u32 = 0x4000_4000 as *mut u32;
/// Words from its start to its registers.
const DATA: usize = 0;
const STATE: usize = 1;
const CONTROL: usize = 2;
const DIVIDER: usize = 4;
/// The transmitter has no room.
const TRANSMIT_FULL: u32 = 1;
/// A byte has come in.
const RECEIVE_FULL: u32 = 1 << 1;
/// Transmitter and receiver on.
const BOTH_ON: u32 = 3;

/// The first CMSDK timer, which counts down.
const TIMER: *mut u32 = 0x4000_0000 as *mut u32;
const TIMER_CONTROL: usize = 0;
const TIMER_VALUE: usize = 1;
const TIMER_RELOAD: usize = 2;
const TIMER_ON: u32 = 1;
/// Cycles of it in a microsecond.
const CYCLES_PER_US: u64 = 25;

fn read(base: *mut u32, register: usize) -> u32 {
    // SAFETY: invariant 2: a register of the board's.
    unsafe { ptr::read_volatile(base.add(register)) }
}

fn write(base: *mut u32, register: usize, word: u32) {
    // SAFETY: invariant 2: a register of the board's.
    unsafe { ptr::write_volatile(base.add(register), word) };
}

/// Bytes that are kept for a program that has not asked for them yet.
const TYPED: usize = 64;

/// The board.
#[derive(Debug)]
pub struct Machine {
    /// Cycles since start, when the timer was read last.
    cycles: u64,
    /// What it said then.
    last: u32,
    typed: Typed<TYPED>,
}

impl Machine {
    /// Switches serial port and timer on.
    pub fn start() -> Self {
        write(UART, DIVIDER, 16);
        write(UART, CONTROL, BOTH_ON);
        write(TIMER, TIMER_RELOAD, u32::MAX);
        write(TIMER, TIMER_VALUE, u32::MAX);
        write(TIMER, TIMER_CONTROL, TIMER_ON);
        Self {
            cycles: 0,
            last: u32::MAX,
            typed: Typed::new(),
        }
    }
}

impl Port for Machine {
    fn put(&mut self, byte: u8) {
        while read(UART, STATE) & TRANSMIT_FULL != 0 {}
        write(UART, DATA, byte.into());
    }

    fn get(&mut self) -> Option<u8> {
        self.typed.next()
    }

    fn take_interrupt(&mut self, byte: Option<u8>) -> bool {
        self.typed.interrupted(byte)
    }

    fn interrupt_is_next(&self) -> bool {
        self.typed.interrupt_is_next()
    }

    fn poll(&mut self) {
        while read(UART, STATE) & RECEIVE_FULL != 0 {
            self.typed.push(read(UART, DATA) as u8);
        }
    }

    /// The timer runs through in some three minutes; it has to be asked within them.
    fn ticks_us(&mut self) -> u64 {
        let now = read(TIMER, TIMER_VALUE);
        self.cycles += u64::from(self.last.wrapping_sub(now));
        self.last = now;
        self.cycles / CYCLES_PER_US
    }
}
