//! What came in on a console and no program has asked for yet.

/// A ring of at most `N` bytes; more are dropped.
#[derive(Debug)]
pub struct Typed<const N: usize> {
    bytes: [u8; N],
    first: usize,
    count: usize,
    /// The byte that interrupts a program, if one does.
    interrupt: Option<u8>,
}

impl<const N: usize> Typed<N> {
    /// Nothing has come yet; Ctrl-C interrupts.
    pub const fn new() -> Self {
        Self {
            bytes: [0; N],
            first: 0,
            count: 0,
            interrupt: Some(3),
        }
    }

    /// Keeps a byte that came in.
    pub fn push(&mut self, byte: u8) {
        if self.count < N {
            self.bytes[(self.first + self.count) % N] = byte;
            self.count += 1;
        } else if Some(byte) == self.interrupt && N > 0 {
            // However much was typed before, it must get through.
            self.bytes[(self.first + N - 1) % N] = byte;
        }
    }

    /// Whether the byte that interrupts, from now on this one, has come in; it and those before it are dropped.
    pub fn interrupted(&mut self, interrupt: Option<u8>) -> bool {
        self.interrupt = interrupt;
        let found = (0..self.count).position(|i| Some(self.at(i)) == interrupt);
        if let Some(i) = found {
            self.first = (self.first + i + 1) % N;
            self.count -= i + 1;
        }
        found.is_some()
    }

    /// Whether the next byte interrupts: [`next`](Typed::next) does not give it.
    pub fn interrupt_is_next(&self) -> bool {
        self.count > 0 && Some(self.at(0)) == self.interrupt
    }

    /// The next byte for the program.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Option<u8> {
        if self.count == 0 || self.interrupt_is_next() {
            return None;
        }
        let byte = self.at(0);
        self.first = (self.first + 1) % N;
        self.count -= 1;
        Some(byte)
    }

    fn at(&self, i: usize) -> u8 {
        self.bytes[(self.first + i) % N]
    }
}

impl<const N: usize> Default for Typed<N> {
    fn default() -> Self {
        Self::new()
    }
}
