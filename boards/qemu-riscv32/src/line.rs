//! One serial line for two: frames of SMP and what a person types to the program.

use romfs_board::Typed;

/// What the first two bytes of a frame's line are.
const MARKS: [[u8; 2]; 2] = [[6, 9], [4, 20]];
/// Bytes that are kept for a program that has not asked for them yet; more are dropped.
const TYPED: usize = 64;
/// Microseconds after which a byte that a mark may begin with was typed: what sends frames does not pause within one.
const PAUSE_US: u64 = 100_000;

/// Tells the bytes that came in apart.
#[derive(Debug)]
pub struct Line {
    in_frame: bool,
    /// A byte that a mark may begin with, and when it came.
    held: Option<(u8, u64)>,
    /// What was typed.
    pub typed: Typed<TYPED>,
}

impl Line {
    /// A line on which nothing has come yet.
    pub const fn new() -> Self {
        Self {
            in_frame: false,
            held: None,
            typed: Typed::new(),
        }
    }

    /// Takes a byte that came at `now`, in microseconds; gives what of it belongs to a frame.
    pub fn push(&mut self, byte: u8, now: u64) -> ([u8; 2], usize) {
        if self.in_frame {
            self.in_frame = byte != b'\n';
            return ([byte, 0], 1);
        }
        if let Some((held, _)) = self.held.take() {
            let pair = [held, byte];
            if MARKS.contains(&pair) {
                self.in_frame = true;
                return (pair, 2);
            }
            self.typed.push(held);
        }
        if MARKS.iter().any(|mark| mark[0] == byte) {
            self.held = Some((byte, now));
        } else {
            self.typed.push(byte);
        }
        ([0; 2], 0)
    }

    /// Whether a byte waits to be told apart.
    pub fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// Takes note of the time: a byte after which nothing came was typed. So is Ctrl-D, the end of a program's input.
    pub fn pause(&mut self, now: u64) {
        if let Some((held, since)) = self.held
            && now.saturating_sub(since) > PAUSE_US
        {
            self.held = None;
            self.typed.push(held);
        }
    }
}
