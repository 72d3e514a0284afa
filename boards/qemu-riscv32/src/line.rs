//! One serial line for two: frames of SMP and what a person types to the program.

/// What the first two bytes of a frame's line are.
const MARKS: [[u8; 2]; 2] = [[6, 9], [4, 20]];
/// Bytes that are kept for a program that has not asked for them yet; more are dropped.
const TYPED: usize = 64;

/// Tells the bytes that came in apart.
#[derive(Debug)]
pub struct Line {
    in_frame: bool,
    /// A byte that a mark may begin with.
    held: Option<u8>,
    typed: [u8; TYPED],
    first: usize,
    count: usize,
}

impl Line {
    /// A line on which nothing has come yet.
    pub const fn new() -> Self {
        Self {
            in_frame: false,
            held: None,
            typed: [0; TYPED],
            first: 0,
            count: 0,
        }
    }

    /// Takes a byte; gives what of it belongs to a frame.
    pub fn push(&mut self, byte: u8) -> ([u8; 2], usize) {
        if self.in_frame {
            self.in_frame = byte != b'\n';
            return ([byte, 0], 1);
        }
        if let Some(held) = self.held.take() {
            let pair = [held, byte];
            if MARKS.contains(&pair) {
                self.in_frame = true;
                return (pair, 2);
            }
            self.keep(held);
        }
        if MARKS.iter().any(|mark| mark[0] == byte) {
            self.held = Some(byte);
        } else {
            self.keep(byte);
        }
        ([0; 2], 0)
    }

    fn keep(&mut self, byte: u8) {
        if self.count < TYPED {
            self.typed[(self.first + self.count) % TYPED] = byte;
            self.count += 1;
        }
    }

    /// Whether a byte waits for the program; it and those before it are dropped.
    pub fn take(&mut self, byte: u8) -> bool {
        let found = (0..self.count).position(|i| self.typed[(self.first + i) % TYPED] == byte);
        if let Some(i) = found {
            self.first = (self.first + i + 1) % TYPED;
            self.count -= i + 1;
        }
        found.is_some()
    }

    /// The next byte for the program.
    pub fn typed(&mut self) -> Option<u8> {
        self.count = self.count.checked_sub(1)?;
        let byte = self.typed[self.first];
        self.first = (self.first + 1) % TYPED;
        Some(byte)
    }
}
