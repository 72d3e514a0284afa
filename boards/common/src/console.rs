//! The VM's host over a board's serial port and clock, and lines of a firmware's own.
//!
//! Texts and numbers are written without core's formatting, which is 2 KB that a firmware needs for nothing else.

use core::fmt;

use romfs_vm::ota::Updates;
use romfs_vm::vm::Host;

/// End of input on the console: Ctrl-D.
const END: u8 = 4;

/// What a board has: a serial port, a clock, and perhaps something to do while a program waits.
pub trait Port {
    /// Sends a byte, waiting for room.
    fn put(&mut self, byte: u8);

    /// The next byte that came in for the program, if there is one.
    fn get(&mut self) -> Option<u8>;

    /// Whether the byte that interrupts a program, from now on this one, came in and was not taken yet; then it is taken,
    /// with those before it. A port that keeps what came in can tell ([`Typed`](crate::Typed)): on the others nothing
    /// interrupts a program.
    fn take_interrupt(&mut self, byte: Option<u8>) -> bool {
        let _ = byte;
        false
    }

    /// Whether the byte that interrupts is the next one, so that [`get`](Port::get) has nothing to give.
    fn interrupt_is_next(&self) -> bool {
        false
    }

    /// Microseconds since start.
    fn ticks_us(&mut self) -> u64;

    /// The board's turn: called again and again while the program computes or waits, and each time it prints.
    fn poll(&mut self) {}

    /// The device's slots, where it can be updated.
    fn updates(&mut self) -> Option<&mut dyn Updates> {
        None
    }
}

/// The VM's [`Host`] over a [`Port`].
#[derive(Debug)]
pub struct Console<P>(pub P);

impl<P: Port> Console<P> {
    /// Writes a text.
    pub fn text(&mut self, text: &[u8]) {
        for &byte in text {
            self.0.put(byte);
        }
    }

    /// Writes a line: a text, and each number behind a space.
    #[inline(never)]
    pub fn line(&mut self, text: &[u8], numbers: &[usize]) {
        self.text(text);
        for &number in numbers {
            self.0.put(b' ');
            self.number(number);
        }
        self.0.put(b'\n');
    }

    /// Writes the line of a fault, given the address of its instruction, or 0 where the stack has overflowed. A panic is a fault,
    /// too, in firmware whose panics are traps (`scripts/cross.sh --small`). `addr2line -fie FIRMWARE ADDRESS` names the line.
    pub fn fault(&mut self, at: usize) {
        if at == 0 {
            return self.line(b"stack overflow", &[]);
        }
        self.text(b"fault at 0x");
        for place in (0..usize::BITS).step_by(4).rev() {
            self.0.put(b"0123456789abcdef"[at >> place & 15]);
        }
        self.0.put(b'\n');
    }

    fn number(&mut self, number: usize) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.0.put(b'0' + (number % 10) as u8);
    }
}

impl<P: Port> Host for Console<P> {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0.put(byte);
        }
        self.0.poll();
    }

    fn read(&mut self, into: &mut [u8]) -> Option<usize> {
        let Some(first) = into.first_mut() else {
            return Some(0);
        };
        loop {
            match self.0.get() {
                Some(END) => return Some(0),
                Some(byte) => {
                    *first = byte;
                    return Some(1);
                }
                // The VM asks at once who interrupts.
                None if self.0.interrupt_is_next() => return None,
                None => self.0.poll(),
            }
        }
    }

    fn interrupted(&mut self, byte: Option<u8>) -> bool {
        self.0.poll();
        self.0.take_interrupt(byte)
    }

    fn is_raw_terminal(&self) -> bool {
        true
    }

    fn ticks_us(&mut self) -> u64 {
        self.0.ticks_us()
    }

    fn sleep_us(&mut self, us: u64) {
        let end = self.0.ticks_us().saturating_add(us);
        while self.0.ticks_us() < end {
            self.0.poll();
        }
    }

    fn poll(&mut self) {
        self.0.poll();
    }

    fn updates(&mut self) -> Option<&mut dyn Updates> {
        self.0.updates()
    }
}

impl<P: Port> fmt::Write for Console<P> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text(text.as_bytes());
        Ok(())
    }
}
