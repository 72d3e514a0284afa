//! The matcher: backtracking over a program, with its stack in the caller's memory.

use super::compile::Program;
use super::op;

/// A position that no part of the match set.
pub const NO_POSITION: u32 = u32::MAX;

/// Instructions between two calls of the caller's `tick`.
const TICK: u32 = 1024;

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchError {
    /// The stack is full: MicroPython's "maximum recursion depth exceeded".
    Stack,
    /// The caller's `tick` said so.
    Interrupted,
}

/// What is searched.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The text, at most `u32::MAX - 1` bytes; `^` is its start, `$` its end.
    pub text: &'a [u8],
    /// Offset where matching starts.
    pub start: usize,
}

/// One entry of the backtracking stack: plain words, any of which are valid.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Entry([u32; 3]);

/// What is left to try, or to undo.
#[derive(Clone, Copy)]
enum Alternative {
    /// Go on at this instruction and position.
    Resume { pc: usize, at: usize },
    /// Put a position back.
    Restore { slot: usize, position: u32 },
    /// A greedy loop ran from `low` to `at`: go on behind it with one byte less.
    Shorter { pc: usize, at: usize, low: usize },
    /// A lazy loop, whose instruction is at `pc`, stopped at `at`: take one byte more.
    Longer { pc: usize, at: usize },
}

/// Bits of the first word of an entry that hold an instruction's offset or a slot; the kind is above.
const PC_BITS: u32 = 30;

impl Alternative {
    fn pack(self) -> Entry {
        let word = |kind: u32, pc: usize| kind << PC_BITS | pc as u32;
        Entry(match self {
            Alternative::Resume { pc, at } => [word(0, pc), at as u32, 0],
            Alternative::Restore { slot, position } => [word(1, slot), position, 0],
            Alternative::Shorter { pc, at, low } => [word(2, pc), at as u32, low as u32],
            Alternative::Longer { pc, at } => [word(3, pc), at as u32, 0],
        })
    }

    fn unpack(Entry([word, at, low]): Entry) -> Self {
        let pc = (word & ((1 << PC_BITS) - 1)) as usize;
        match word >> PC_BITS {
            0 => Alternative::Resume {
                pc,
                at: at as usize,
            },
            1 => Alternative::Restore {
                slot: pc,
                position: at,
            },
            2 => Alternative::Shorter {
                pc,
                at: at as usize,
                low: low as usize,
            },
            _ => Alternative::Longer {
                pc,
                at: at as usize,
            },
        }
    }
}

/// Matches at the start of `subject` if `anchored`, else at the first place where the pattern matches.
///
/// `code` and `program` are what `compile` made. `positions` holds [`Program::positions`] numbers and receives start
/// and end of the match and of each group, [`NO_POSITION`] for a group that took no part. `tick` is called every so
/// many instructions and stops the match by returning `false`.
pub fn find(
    program: Program,
    code: &[u8],
    subject: Subject,
    anchored: bool,
    positions: &mut [u32],
    stack: &mut [Entry],
    tick: &mut dyn FnMut() -> bool,
) -> Result<bool, MatchError> {
    let text = subject.text;
    let mut run = Run {
        code,
        long_jumps: program.long_jumps,
        text,
        positions,
        stack,
        depth: 0,
        tick,
        left: TICK,
    };
    let mut start = subject.start.min(text.len());
    loop {
        if !anchored {
            // A literal first byte, or `^`, rules most places out at once.
            match code {
                [op::CHAR, first, ..] => {
                    match text[start..].iter().position(|byte| byte == first) {
                        Some(skip) => start += skip,
                        None => return Ok(false),
                    }
                }
                [op::START, ..] if start > 0 => return Ok(false),
                _ => {}
            }
        }
        if run.attempt(start)? {
            return Ok(true);
        }
        if anchored || start == text.len() {
            return Ok(false);
        }
        start += 1;
    }
}

struct Run<'a> {
    code: &'a [u8],
    long_jumps: bool,
    text: &'a [u8],
    positions: &'a mut [u32],
    stack: &'a mut [Entry],
    depth: usize,
    tick: &'a mut dyn FnMut() -> bool,
    /// Instructions until the next tick.
    left: u32,
}

impl Run<'_> {
    /// Tries to match at `start`.
    fn attempt(&mut self, start: usize) -> Result<bool, MatchError> {
        self.positions.fill(NO_POSITION);
        self.depth = 0;
        let mut state = Some((0, start));
        loop {
            self.count()?;
            let Some((pc, at)) = state else {
                if self.depth == 0 {
                    return Ok(false);
                }
                state = self.backtrack()?;
                continue;
            };
            if self.code[pc] == op::MATCH {
                (self.positions[0], self.positions[1]) = (start as u32, at as u32);
                return Ok(true);
            }
            state = self.step(pc, at)?;
        }
    }

    fn count(&mut self) -> Result<(), MatchError> {
        self.left -= 1;
        if self.left == 0 {
            self.left = TICK;
            if !(self.tick)() {
                return Err(MatchError::Interrupted);
            }
        }
        Ok(())
    }

    fn push(&mut self, alternative: Alternative) -> Result<(), MatchError> {
        *self.stack.get_mut(self.depth).ok_or(MatchError::Stack)? = alternative.pack();
        self.depth += 1;
        Ok(())
    }

    /// Undoes up to the last choice and takes its other side; `None` if that fails at once.
    fn backtrack(&mut self) -> Result<Option<(usize, usize)>, MatchError> {
        self.depth -= 1;
        match Alternative::unpack(self.stack[self.depth]) {
            Alternative::Resume { pc, at } => Ok(Some((pc, at))),
            Alternative::Restore { slot, position } => {
                self.positions[slot] = position;
                Ok(None)
            }
            Alternative::Shorter { pc, at, low } => {
                if at - 1 > low {
                    self.push(Alternative::Shorter {
                        pc,
                        at: at - 1,
                        low,
                    })?;
                }
                Ok(Some((pc, at - 1)))
            }
            Alternative::Longer { pc, at } => {
                let (body, exit) = self.single_loop(pc);
                if self.consume(body, at).is_none() {
                    return Ok(None);
                }
                self.push(Alternative::Longer { pc, at: at + 1 })?;
                Ok(Some((exit, at + 1)))
            }
        }
    }

    /// Runs one instruction other than [`op::MATCH`]; the next one and the position, or `None` if it fails.
    fn step(&mut self, pc: usize, at: usize) -> Result<Option<(usize, usize)>, MatchError> {
        let next = match self.code[pc] {
            op::START => (at == 0).then_some((pc + 1, at)),
            op::END => (at == self.text.len()).then_some((pc + 1, at)),
            op::JUMP => Some((self.target(pc), at)),
            op::SPLIT => {
                self.push(Alternative::Resume {
                    pc: self.target(pc),
                    at,
                })?;
                Some((pc + self.jump_len(), at))
            }
            op::SPLIT_FAR => {
                self.push(Alternative::Resume {
                    pc: pc + self.jump_len(),
                    at,
                })?;
                Some((self.target(pc), at))
            }
            op::STAR | op::PLUS => Some(self.greedy(pc, at)?),
            op::STAR_LAZY | op::PLUS_LAZY => {
                self.push(Alternative::Longer { pc, at })?;
                Some((self.single_loop(pc).1, at))
            }
            op::SAVE => {
                let slot = usize::from(self.code[pc + 1]);
                self.push(Alternative::Restore {
                    slot,
                    position: self.positions[slot],
                })?;
                self.positions[slot] = at as u32;
                Some((pc + 2, at))
            }
            _ => self.consume(pc, at).map(|next| (next, at + 1)),
        };
        Ok(next)
    }

    /// Runs a loop over a one-byte instruction as far as it goes, and keeps the shorter ways with one entry.
    fn greedy(&mut self, pc: usize, low: usize) -> Result<(usize, usize), MatchError> {
        let (body, exit) = self.single_loop(pc);
        let mut at = low;
        while self.consume(body, at).is_some() {
            self.count()?;
            at += 1;
        }
        if at > low {
            self.push(Alternative::Shorter { pc: exit, at, low })?;
        }
        Ok((exit, at))
    }

    fn jump_len(&self) -> usize {
        if self.long_jumps { 3 } else { 2 }
    }

    /// Where the instruction with an offset at `pc` leads.
    fn target(&self, pc: usize) -> usize {
        let offset = if self.long_jumps {
            isize::from(i16::from_le_bytes([self.code[pc + 1], self.code[pc + 2]]))
        } else {
            isize::from(self.code[pc + 1] as i8)
        };
        (pc + self.jump_len()).wrapping_add_signed(offset)
    }

    /// The body of the one-byte loop whose instruction is at `pc`, and what follows the loop.
    fn single_loop(&self, pc: usize) -> (usize, usize) {
        let (next, target) = (pc + self.jump_len(), self.target(pc));
        if matches!(self.code[pc], op::PLUS | op::PLUS_LAZY) {
            (target, next)
        } else {
            (next, target)
        }
    }

    /// Matches the byte at `at` with the one-byte instruction at `pc`; the instruction after it.
    fn consume(&self, pc: usize, at: usize) -> Option<usize> {
        let byte = *self.text.get(at)?;
        let (matched, len) = match self.code[pc] {
            op::CHAR => (self.code[pc + 1] == byte, 2),
            op::NAMED => (in_named_class(self.code[pc + 1], byte), 2),
            op::ANY => (true, 1),
            class => {
                let len = 2 * usize::from(self.code[pc + 1]);
                let pairs = self.code[pc + 2..pc + 2 + len].as_chunks::<2>().0;
                let found = pairs.iter().any(|&[low, high]| match (low, high) {
                    (op::NAMED_PAIR, name) if name != op::NAMED_PAIR => in_named_class(name, byte),
                    _ => (low..=high).contains(&byte),
                });
                (found == (class == op::CLASS), 2 + len)
            }
        };
        matched.then_some(pc + len)
    }
}

/// Whether `byte` is in the class that `name` stands for; a capital negates.
fn in_named_class(name: u8, byte: u8) -> bool {
    let found = match name | 0x20 {
        b'd' => byte.is_ascii_digit(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        _ => byte.is_ascii_alphanumeric() || byte == b'_',
    };
    found == (name & 0x20 != 0)
}
