//! The matcher: backtracking over a program, with its stack in the caller's memory.

#[cfg(doc)]
use super::Program;
use super::{JUMP_LEN, op};

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

/// What is left to try, or to undo: the top bits of an entry's first word. Below them is an instruction's offset, in the
/// second word a position.
mod left {
    /// Go on at this instruction and position.
    pub const RESUME: u32 = 0 << super::PC_BITS;
    /// Put a position back; its slot stands for the instruction.
    pub const RESTORE: u32 = 1 << super::PC_BITS;
    /// A greedy loop ran from the third word to the position: go on behind it with one byte less.
    pub const SHORTER: u32 = 2 << super::PC_BITS;
    /// A lazy loop, whose instruction this is, stopped at the position: take one byte more.
    pub const LONGER: u32 = 3 << super::PC_BITS;
}

/// Bits of the first word of an entry that hold an instruction's offset or a slot; the kind is above.
const PC_BITS: u32 = 30;

/// Matches at the start of `subject` if `anchored`, else at the first place where the pattern matches.
///
/// `code` is what `compile` made. `positions` holds [`Program::positions`] numbers and receives start
/// and end of the match and of each group, [`NO_POSITION`] for a group that took no part. `tick` is called every so
/// many instructions and stops the match by returning `false`.
pub fn find(
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

    #[cfg_attr(not(romfs_vm_small), inline(always))]
    fn push(&mut self, kind: u32, pc: usize, at: usize, low: usize) -> Result<(), MatchError> {
        *self.stack.get_mut(self.depth).ok_or(MatchError::Stack)? =
            Entry([kind | pc as u32, at as u32, low as u32]);
        self.depth += 1;
        Ok(())
    }

    /// Undoes up to the last choice and takes its other side; `None` if that fails at once.
    fn backtrack(&mut self) -> Result<Option<(usize, usize)>, MatchError> {
        self.depth -= 1;
        let Entry([word, at, low]) = self.stack[self.depth];
        let (kind, pc) = (word >> PC_BITS << PC_BITS, (word << 2 >> 2) as usize);
        let (at, low) = (at as usize, low as usize);
        match kind {
            left::RESUME => Ok(Some((pc, at))),
            left::RESTORE => {
                self.positions[pc] = at as u32;
                Ok(None)
            }
            left::SHORTER => {
                if at - 1 > low {
                    self.push(left::SHORTER, pc, at - 1, low)?;
                }
                Ok(Some((pc, at - 1)))
            }
            _ => {
                let (body, exit) = self.single_loop(pc);
                if self.consume(body, at).is_none() {
                    return Ok(None);
                }
                self.push(left::LONGER, pc, at + 1, 0)?;
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
                self.push(left::RESUME, self.target(pc), at, 0)?;
                Some((pc + JUMP_LEN, at))
            }
            op::SPLIT_FAR => {
                self.push(left::RESUME, pc + JUMP_LEN, at, 0)?;
                Some((self.target(pc), at))
            }
            op::STAR | op::PLUS => Some(self.greedy(pc, at)?),
            op::STAR_LAZY | op::PLUS_LAZY => {
                self.push(left::LONGER, pc, at, 0)?;
                Some((self.single_loop(pc).1, at))
            }
            op::SAVE => {
                let slot = usize::from(self.code[pc + 1]);
                self.push(left::RESTORE, slot, self.positions[slot] as usize, 0)?;
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
            self.push(left::SHORTER, exit, at, low)?;
        }
        Ok((exit, at))
    }

    /// Where the instruction with an offset at `pc` leads.
    fn target(&self, pc: usize) -> usize {
        (pc + JUMP_LEN).wrapping_add_signed(isize::from(self.code[pc + 1] as i8))
    }

    /// The body of the one-byte loop whose instruction is at `pc`, and what follows the loop.
    fn single_loop(&self, pc: usize) -> (usize, usize) {
        let (next, target) = (pc + JUMP_LEN, self.target(pc));
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
