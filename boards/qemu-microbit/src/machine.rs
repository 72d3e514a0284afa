//! The board's serial port, clock and light.

use core::ptr;

use romfs_board::{Port, Typed};

/// Registers of the nRF51, by address.
mod register {
    pub const UART_START_RX: usize = 0x4000_2000;
    pub const UART_START_TX: usize = 0x4000_2008;
    pub const UART_RX_READY: usize = 0x4000_2108;
    pub const UART_TX_READY: usize = 0x4000_211c;
    pub const UART_ENABLE: usize = 0x4000_2500;
    pub const UART_RX: usize = 0x4000_2518;
    pub const UART_TX: usize = 0x4000_251c;
    pub const TIMER_START: usize = 0x4000_8000;
    pub const TIMER_CAPTURE: usize = 0x4000_8040;
    pub const TIMER_BITS: usize = 0x4000_8508;
    pub const TIMER_PRESCALER: usize = 0x4000_8510;
    pub const TIMER_CAPTURED: usize = 0x4000_8540;
    pub const GPIO_OUT: usize = 0x5000_0504;
    pub const GPIO_SET: usize = 0x5000_0508;
    pub const GPIO_CLEAR: usize = 0x5000_050c;
    pub const GPIO_OUTPUTS: usize = 0x5000_0518;
}

const UART_ON: u32 = 4;
const TIMER_32_BITS: u32 = 3;
/// 16 MHz by two to this is 1 MHz.
const TIMER_BY_16: u32 = 4;
/// The pin of the first row of lights; the columns are low, so the row decides.
const LIGHT: u32 = 1 << 13;

/// Reads a register.
pub fn read(register: usize) -> u32 {
    // SAFETY: invariant 2: a register of the board's.
    unsafe { ptr::read_volatile(register as *const u32) }
}

/// Writes a register.
pub fn write(register: usize, word: u32) {
    // SAFETY: invariant 2: a register of the board's.
    unsafe { ptr::write_volatile(register as *mut u32, word) };
}

/// Switches the light; whether the pin followed.
pub fn light(on: bool) -> bool {
    write(register::GPIO_OUTPUTS, LIGHT);
    let change = if on {
        register::GPIO_SET
    } else {
        register::GPIO_CLEAR
    };
    write(change, LIGHT);
    (read(register::GPIO_OUT) & LIGHT != 0) == on
}

/// Bytes that are kept for a program that has not asked for them yet.
const TYPED: usize = 8;

/// The board.
#[derive(Debug)]
pub struct Machine {
    us: u64,
    last: u32,
    typed: Typed<TYPED>,
}

impl Machine {
    /// Switches serial port and timer on.
    pub fn start() -> Self {
        write(register::UART_ENABLE, UART_ON);
        write(register::UART_START_RX, 1);
        write(register::UART_START_TX, 1);
        write(register::TIMER_BITS, TIMER_32_BITS);
        write(register::TIMER_PRESCALER, TIMER_BY_16);
        write(register::TIMER_START, 1);
        Self {
            us: 0,
            last: 0,
            typed: Typed::new(),
        }
    }
}

impl Port for Machine {
    fn put(&mut self, byte: u8) {
        write(register::UART_TX_READY, 0);
        write(register::UART_TX, byte.into());
        while read(register::UART_TX_READY) == 0 {}
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
        while read(register::UART_RX_READY) != 0 {
            write(register::UART_RX_READY, 0);
            self.typed.push(read(register::UART_RX) as u8);
        }
    }

    fn ticks_us(&mut self) -> u64 {
        write(register::TIMER_CAPTURE, 1);
        let now = read(register::TIMER_CAPTURED);
        self.us += u64::from(now.wrapping_sub(self.last));
        self.last = now;
        self.us
    }
}
